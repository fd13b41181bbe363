"""A step at a terminal: the equation in a box, its numbers, its shapes, what comes next. rich draws it, imported when it is used."""

from __future__ import annotations

import io
import os
import re
import sys
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from autograd_rnn.steps.step import Step, Written, shape_text
from autograd_rnn.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

LEAST = 20  # columns: a box needs some room
WIDEST = 110  # columns: longer lines are hard to read
MOST = 16  # shapes that are listed: a sum over many steps has hundreds
HANGING, JOINED = " " * 4, "\x00"  # before what a broken line goes on with; between words that stay together
PLAIN = {
    "ᵀ": ".T", "⊙": "*", "⊗": "kron", "×": "x", "÷": "/", "²": "**2", "½": "1/2", "Σ": "Sum", "σ": "sigmoid", "∂": "d", "⁺": "+", "−": "-",
    "→": "->", "…": "...", "≠": "!=", "─": "-", "▲": "^",
}  # fmt: skip
PIPED, LONGEST = 10_000, 100_000  # commands that come through a pipe, and the characters of one


class Screen:
    """Where steps are shown: as wide as the terminal, in colour unless NO_COLOR or a pipe says no, in ASCII where there is no unicode.

    >>> import io
    >>> from autograd_rnn.steps.showing.terminal import Screen
    >>> print(Screen(io.StringIO(), width=40).ascii)
    False
    """

    def __init__(self, stream: Any = None, width: int | None = None):
        self.stream = stream or sys.stdout or io.StringIO()  # no stdout where it was closed
        dumb = os.environ.get("TERM") in ("dumb", "unknown")
        encoding = (getattr(self.stream, "encoding", None) or "utf-8").lower()
        self.ascii = dumb or not encoding.startswith("utf")
        self.live = bool(getattr(self.stream, "isatty", lambda: False)())
        self.coloured = self.live and not dumb and not os.environ.get("NO_COLOR")
        self.given = width

    @property
    def width(self) -> int:
        """Columns: the terminal's at this moment; 80 where there is none."""
        return max(LEAST, min(WIDEST, self.given or self.console().width))

    def console(self, width: int | None = None) -> Console:
        """A console of rich's, made anew: the window may have been resized."""
        from rich.console import Console

        return Console(
            file=self.stream, width=width, color_system="auto" if self.coloured else None, force_terminal=self.coloured, highlight=False,
            markup=False, emoji=False, legacy_windows=False, safe_box=True, no_color=not self.coloured,
        )  # fmt: skip

    def show(self, step: Step, ahead: Step | None = None) -> None:
        """The step; ``ahead`` is what comes next."""
        from rich import box
        from rich.panel import Panel
        from rich.text import Text

        across = 2 if self.width >= 60 else 1
        inside = self.wrapped(self.written(step.after), self.width - 2 - 2 * across)
        if step.note:
            self.say(step.note, "italic")
        self.say(f"[{step.level}] {step.crumb}", "bold")
        self.console(self.width).print(
            Panel(Text(inside, self.style("bold")), box=box.ASCII if self.ascii else box.ROUNDED, padding=(across - 1, across),
                  border_style=self.style("cyan"), width=self.width)
        )  # fmt: skip
        if step.values.text not in ("", step.after.text):
            self.say(self.written(step.values))
        if step.shapes:
            names = {name: self.keyed(name, step) for name in step.shapes}
            told = [f"{names[name]} {shape_text(shape)}".replace(" ", JOINED) for name, shape in step.shapes.items()]
            more = [f"and {len(told) - MOST} more"] if len(told) > MOST else []
            self.say("shapes  " + "  ".join(told[:MOST] + more), "dim")
        if ahead is not None:
            self.say("next    " + self.written(ahead.after).split("\n")[0], "dim")
        self.stream.flush()

    def say(self, text: Any, style: str = "") -> None:
        """Lines, wrapped at the width and continued under their beginning."""
        from rich.text import Text

        shown = Text(self.wrapped(str(text), self.width), self.style(style))
        self.console(self.width).print(shown, no_wrap=True, overflow="ignore", crop=False)
        self.stream.flush()

    def rows(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Words and what they mean in two columns; on a narrow screen below each other."""
        pairs = [(self.plain(left), self.plain(right)) for left, right in pairs]
        across = max(len(left) for left, _ in pairs) + 2
        narrow = self.width - across < 30
        for left, right in pairs:
            room = self.width - (len(HANGING) if narrow else across)
            lines = textwrap.wrap(right, room, break_on_hyphens=False)
            if narrow:
                self.say("\n".join([left, *(HANGING + line for line in lines)]))
            else:
                self.say("\n".join(f"{left if not k else '':<{across}}{line}" for k, line in enumerate(lines)))

    def keyed(self, name: str, step: Step) -> str:
        """A quantity's name as the screen's notation has it: ``h[t-1]`` beside equations for the keyboard."""
        typed = re.sub(r"[_,](?:(t|\d+)|\{([^}]*)\})$", lambda found: f"[{found[1] or found[2]}]", name)
        return typed if self.ascii and typed in step.after.ascii else name

    def style(self, name: str) -> str:
        """A style, where there are any."""
        return name if self.coloured else ""

    def wrapped(self, text: str, width: int) -> str:
        """Lines broken at spaces, inside a word only where it must be, the rest further in."""
        lines = []
        whole = re.compile(rf"\[[^][\n]{{,{width - 8}}}\]")  # a vector stays in one piece where it can
        text = whole.sub(lambda found: found[0].replace(" ", JOINED), self.plain(text))
        for line in text.split("\n"):
            indent = line[: len(line) - len(line.lstrip())][: width // 2] + HANGING
            lines += textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True) or [""]
        return "\n".join(lines).replace(JOINED, " ")

    def written(self, equations: Written) -> str:
        """Equations in the notation that the screen can show."""
        return self.plain(equations.ascii or equations.text) if self.ascii else equations.text

    def plain(self, text: str) -> str:
        """Text in the screen's characters; control characters, which a person's own names may hold, never reach it."""
        text = JOINED.join(visible(part, lines=True) for part in text.split(JOINED))
        if not self.ascii:
            return text
        return "".join(PLAIN.get(letter, letter) for letter in text).encode("ascii", "replace").decode()


class Piped:
    """Commands that nobody types, which might never end."""

    def __init__(self, stream: Any):
        self.stream, self.count = stream, 0

    def readline(self) -> str:
        """The next line; ValueError for one too many, or one without an end."""
        line = str(self.stream.readline(LONGEST + 1))
        self.count += bool(line)
        if self.count > PIPED or len(line) > LONGEST:
            what = f"a line of more than {LONGEST:,} characters" if len(line) > LONGEST else f"more than {PIPED:,} commands"
            raise ValueError(f"standard input holds {what}: send fewer")
        return line
