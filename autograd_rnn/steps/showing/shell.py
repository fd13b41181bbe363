"""`autograd-rnn step`: a prompt in the manner of pdb, from which a person moves through a derivation."""

from __future__ import annotations

import cmd
import difflib
import io
import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.reading.asides import EQUATES
from autograd_rnn.interrupt import heard
from autograd_rnn.nets.progress import Progress
from autograd_rnn.steps.asking.quiz import Quiz
from autograd_rnn.steps.lessons import Stop, lesson, listed
from autograd_rnn.steps.navigator import Navigator
from autograd_rnn.steps.showing.commands import COMMANDS, MOVES, QUESTIONS, SHORT, completions, place
from autograd_rnn.steps.showing.export import FORMATS
from autograd_rnn.steps.showing.present import heading
from autograd_rnn.steps.showing.terminal import Piped, Screen
from autograd_rnn.steps.walks.naming import numbers
from autograd_rnn.visible import shown

FEW = 6  # paths that are shown unasked
QUIZ = "this is a quiz: answer, hint, giveup, or leave"


class Shell(cmd.Cmd):
    """The prompt. It never ends with a traceback, and no mistake moves it. Each ``do_`` is a command: `COMMANDS` says what it does."""

    def __init__(self, navigator: Navigator, screen: Screen | None = None, stdin: Any = None):
        self.screen = screen or Screen()
        super().__init__(stdin=stdin or sys.stdin or io.StringIO(), stdout=self.screen.stream)  # no stdin where it was closed
        self.navigator = navigator  # where one is now
        self.walk: Navigator | None = navigator  # the walk to come back to after a lesson
        self.quiz: Quiz | None = None
        self.stops: Iterator[Stop] | None = None
        self.use_rawinput = self.stdin is sys.stdin and self.stdin.isatty() and self.screen.live
        self.prompt = "(step) " if self.use_rawinput else ""
        if not self.use_rawinput:
            self.stdin: Any = Piped(self.stdin)

    # -- the loop -----------------------------------------------------------------------------------------------------

    def run(self, stops: Iterator[Stop] | None = None) -> None:
        """Commands until the last one, or the end of the input; on a lesson first, if there are stops."""
        end = self.navigator.subject.names.shown(self.navigator.subject.root)
        self.say(f"{heading(self.navigator)}. h lists the commands, q leaves.", "dim")
        self.say(f"A d before a name is the derivative of {end} by it, its adjoint; words explains every sign.", "dim")
        if stops is None:
            self.show()
        else:
            self.begin(stops)
        while True:
            try:
                self.cmdloop()
                return
            except KeyboardInterrupt:
                if not self.use_rawinput:  # nobody is at a prompt to go on
                    raise
                heard()
                self.say(f"\nStopped; you are still at {self.here()}. q leaves.")

    def here(self) -> str:
        """The position in a few words."""
        return f"step {self.navigator.number} of {len(self.navigator)}, level {self.navigator.level}"

    def precmd(self, line: str) -> str:
        """A transcript shows what was asked."""
        if not self.use_rawinput and line.strip() != "EOF":
            self.say(f"> {line.strip()}")
        return line

    def parseline(self, line: str) -> tuple[str, str, str]:
        """The command's full name, what stands behind it, the line."""
        word, _, rest = line.strip().partition(" ")
        if word[:1] == "?" and word != "?":
            word, rest = "?", word[1:]
        return SHORT.get(word, word), rest.strip(), line

    def onecmd(self, line: str) -> bool:
        """One command; what goes wrong is said in a sentence."""
        name, rest, _ = self.parseline(line)
        try:
            name = name or "next"
            if name != "eof" and name not in COMMANDS:
                self.default(line)
            elif name in MOVES:
                self.move(getattr(self.navigator, MOVES[name]))
            elif name in QUESTIONS:
                self.say(getattr(self.navigator, name)())
            else:
                return bool(getattr(self, f"do_{name}")(rest))
        except (ValueError, TypeError, OSError, RuntimeError, MemoryError) as error:
            self.say(" ".join(str(error.args[0] if error.args and not isinstance(error, OSError) else error).split()))
        return False

    def default(self, line: str) -> None:
        """No command: in a quiz an answer, a formula to check, or a slip of the finger."""
        word = line.split()[0]
        if EQUATES.search(line) or self.quiz is not None:
            return self.do_answer(line) if self.quiz is not None else self.do_check(line)
        near = difflib.get_close_matches(word, [*COMMANDS, *SHORT], 1)
        self.say(f"{shown(word)} is no command: " + (f"did you mean {near[0]}?" if near else "h lists them."))

    def say(self, text: object, style: str = "") -> None:
        self.screen.say(text, style)

    def show(self) -> None:
        """The current step, and dimly what follows."""
        walk, number = self.navigator.walk(), self.navigator.number
        self.screen.show(self.navigator.step, walk[number] if number < len(walk) else None)

    def move(self, go: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """A move, and where it led. In a quiz there is none: it would show the answers."""
        if self.quiz is not None:
            raise ValueError(QUIZ)
        go(*arguments, **named)
        self.show()

    # -- moves --------------------------------------------------------------------------------------------------------

    def do_next(self, rest: str) -> None:
        if self.quiz is not None:
            self.say(self.quiz.question, "bold")
        elif self.stops is not None:
            self.stop()
        else:
            self.move(self.navigator.next)

    def do_together(self, rest: str) -> None:
        self.move(self.navigator.next, together=True)

    def do_goto(self, rest: str) -> None:
        self.move(self.navigator.goto, **place(rest, "goto t=2 node=h, goto h_2, or goto 7"))

    def do_until(self, rest: str) -> None:
        asked = place(rest, "until t=2, or until node=c")
        self.move(self.navigator.until, **{"t" if key == "number" else key: value for key, value in asked.items()})

    def do_find(self, rest: str) -> None:
        if not rest:
            raise ValueError("find what? find tanh, for instance")
        self.move(self.navigator.find, rest)

    def do_play(self, rest: str) -> None:
        if self.quiz is not None:
            raise ValueError(QUIZ)
        for step in self.navigator.play():
            self.screen.show(step)

    # -- questions ----------------------------------------------------------------------------------------------------

    def do_why(self, rest: str) -> None:
        found = self.navigator.why()
        self.say(found.sentence)
        self.say("\n".join(f"    {line}" for part in found.proof for line in self.screen.written(part).split("\n")))

    def do_words(self, rest: str) -> None:
        self.screen.rows(self.navigator.words(rest or None).pairs)

    def do_paths(self, rest: str) -> None:
        if rest and not rest.isdecimal():
            raise ValueError(f"how many paths? paths {FEW}, not {rest}")
        paths = self.navigator.paths(limit=int(rest or FEW))
        more = f"paths {paths.total} lists all {paths.total}" if len(paths) < paths.total else ""
        if max(map(len, str(paths).split("\n"))) <= self.screen.width:
            self.say(f"{paths}\n{more}".rstrip())
            return
        for path in paths:  # no room for a table
            self.say(f"{path}\n    {show(path.product)} = {numbers(path.share)}, {100 * paths.part(path):.1f}%")
        self.say(f"{str(paths).splitlines()[-1]}\n{more}".rstrip())

    def do_check(self, rest: str) -> None:
        if not rest:
            raise ValueError("check which line? check dh_2 = W_hy.T @ ds_2, for instance")
        if self.quiz is not None:
            raise ValueError(QUIZ)
        with Progress(None, None, "looking for the mistake"):
            verdict = self.navigator.check(rest)
        self.say(verdict)

    # -- quiz and lessons ---------------------------------------------------------------------------------------------

    def do_quiz(self, rest: str) -> None:
        self.quiz = self.navigator.quiz()
        self.say("Say each line: `a dh_t = ...` or the formula alone. hint helps, giveup shows the line, leave ends the quiz.", "dim")
        self.say(self.quiz.question, "bold")

    def asked(self) -> Quiz:
        """The quiz that is on."""
        if self.quiz is None:
            raise ValueError("there is no quiz on: quiz begins one")
        return self.quiz

    def do_answer(self, rest: str) -> None:
        quiz = self.asked()
        with Progress(None, None, "looking for the mistake"):
            verdict = quiz.answer(rest)
        self.say(verdict)
        if verdict.equal:
            self.question(quiz)

    def do_hint(self, rest: str) -> None:
        self.say(self.asked().hint())

    def do_giveup(self, rest: str) -> None:
        quiz = self.asked()
        self.screen.show(quiz.give_up())
        self.question(quiz)

    def question(self, quiz: Quiz) -> None:
        """The next question, or the end."""
        if quiz.over:
            self.do_leave("")
        else:
            self.say(quiz.question, "bold")

    def do_lesson(self, rest: str) -> None:
        if not rest:
            self.say(listed())
            return
        self.begin(lesson(rest))

    def begin(self, stops: Iterator[Stop]) -> None:
        """A lesson, from its first stop."""
        self.stops, self.quiz = stops, None
        self.say("n goes on to the next stop; all other commands look around from where you are.", "dim")
        self.stop()

    def stop(self) -> None:
        """The lesson's next stop; after the last one the walk that was left."""
        stop = next(self.stops, None) if self.stops is not None else None
        if stop is None:
            self.do_leave("")
            return
        self.navigator = stop.walk()
        self.say(f"\n{stop.text}", "bold")
        self.screen.show(stop.step)
        self.say(f"checked: {stop.claim}" if stop.holds else f"NOT SO: {stop.claim}", "green" if stop.holds else "red")

    def do_leave(self, rest: str) -> None:
        if self.quiz is None and self.stops is None:
            raise ValueError("there is no quiz and no lesson to leave: q leaves the program")
        if self.quiz is not None:
            self.say(f"The quiz is over: {self.quiz.score}.")
            self.quiz = None
        elif self.walk is None:
            self.say("The lesson is over. Look around in its net; lesson lists the others, q leaves.")
            self.stops = None
            return
        else:
            self.say("The lesson is over: you are back where you were.")
            self.stops, self.navigator = None, self.walk
        self.show()

    # -- the rest -----------------------------------------------------------------------------------------------------

    def do_save(self, rest: str) -> None:
        if not rest:
            raise ValueError(f"save to which file? Its ending says what it becomes: {', '.join(FORMATS)}")
        self.navigator.save(rest)
        self.say(f"saved to {rest}")

    def do_help(self, rest: str) -> None:
        wanted = SHORT.get(rest, rest)
        if wanted and wanted not in COMMANDS:
            self.default(wanted)
            return
        rows = [(name, *COMMANDS[name]) for name in ([wanted] if wanted else COMMANDS)]
        self.screen.rows((f"{short:<2} {name} {what}", told) for name, short, what, told in rows)

    def do_quit(self, rest: str) -> bool:
        return True

    def do_eof(self, rest: str) -> bool:
        if self.use_rawinput:
            self.say(f"\nLeft at {self.here()}.")
        return True

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """The commands that begin so."""
        return [name for name in COMMANDS if name.startswith(text)]

    def completedefault(self, text: str, line: str, begin: int, end: int) -> list[str]:
        """What may stand behind a command."""
        return completions(text, line[:begin], self.parseline(line)[0], self.navigator)


def shell(navigator: Navigator | None = None, name: str = "", screen: Screen | None = None, stdin: Any = None) -> None:
    """Commands at a prompt, or from a pipe: on a walk, or through the lesson ``name`` (without a walk, on the lesson's own net)."""
    stops, walk = lesson(name) if name or navigator is None else iter(()), navigator
    if navigator is None:
        first = next(stops)
        navigator, stops = first.walk(), itertools.chain([first], stops)
    prompt = Shell(navigator, screen, stdin)
    prompt.walk = walk
    prompt.run(stops if name else None)
