"""The commands of the prompt, and what may stand behind them."""

from __future__ import annotations

import re
from typing import Any

from autograd_rnn.steps.lessons import lessons
from autograd_rnn.steps.navigator import Navigator
from autograd_rnn.steps.showing.export import FORMATS
from autograd_rnn.visible import shown

COMMANDS = {
    "next": ("n", "", "the next step, or a lesson's next stop; an empty line does the same"),
    "back": ("b", "", "the step before"),
    "in": ("s", "", "step into this one: the finer steps that it consists of"),
    "up": ("u", "", "out to the coarser step that this one is part of"),
    "together": ("t", "", "on past all steps that are the same in form"),
    "goto": ("g", "t=2 node=h | 7", "to a time, a quantity, or a step's number"),
    "until": ("", "t=2 node=c", "on to the next step at a time or of a quantity"),
    "find": ("f", "TEXT", "on to the next step that mentions it"),
    "play": ("", "", "all steps from here to the end"),
    "where": ("w", "", "where this is in the derivation"),
    "why": ("y", "", "the rule, and its small proof"),
    "values": ("v", "", "the numbers, and an independent check of them"),
    "words": ("", "[NAME]", "what the signs and words mean; or one of them: words dh_2"),
    "paths": ("p", "[NUMBER]", "the paths from this quantity to the loss, the first few or so many"),
    "check": ("c", "FORMULA", "is this line right? c dh_2 = W_hyᵀ ds_2, or from the keyboard W_hy.T @ ds_2"),
    "quiz": ("", "", "hide the equations that follow; you say them"),
    "answer": ("a", "FORMULA", "your line in a quiz"),
    "hint": ("", "", "in a quiz: three hints, each larger than the one before"),
    "giveup": ("", "", "in a quiz: show the line, go on to the next question"),
    "lesson": ("", "[NAME]", "a guided walk; without a name, which there are"),
    "leave": ("", "", "end the quiz or the lesson"),
    "save": ("", "FILE", f"all of it as a page or a handout: {', '.join(FORMATS)}"),
    "help": ("h", "[COMMAND]", "this list"),
    "quit": ("q", "", "leave"),
}
MOVES = {"back": "back", "in": "step_in", "up": "up"}
QUESTIONS = ("where", "values")
SHORT = {short: name for name, (short, _, _) in COMMANDS.items() if short} | {"?": "help", "step": "in", "exit": "quit", "EOF": "eof"}


def place(text: str, usage: str) -> dict[str, Any]:
    """``t=2 node=h``, a name or a number as what `Navigator.goto` takes."""
    found: dict[str, Any] = {}
    for word in re.sub(r"\s*=\s*", "=", text).split():
        key, _, value = word.strip(",").rpartition("=")
        key = key or ("number" if value.isdigit() else "node")
        if key not in ("t", "node", "number") or (key != "node" and not re.fullmatch(r"-?\d+", value)):
            raise ValueError(f"{shown(word)} is no place: {usage}")
        found[key] = value if key == "node" else int(value)
    if not found:
        raise ValueError(f"where to? {usage}")
    return found


def completions(text: str, before: str, command: str, navigator: Navigator) -> list[str]:
    """What may stand behind a command in place of the beginning ``text``: quantities, times, lessons, commands."""
    lines = navigator.walk().lines
    if command == "lesson":
        known = list(lessons())
    elif command == "help":
        known = list(COMMANDS)
    elif command == "words":
        known = [sign for sign, _ in navigator.words().pairs]
    elif command in ("goto", "until") and before.endswith("t="):
        known = [str(t) for t in sorted({line.t for line in lines if line.t is not None})]
    elif command in ("goto", "until", "find", "check", "answer"):
        fields = ["t=", "node="] if command in ("goto", "until") and not before.endswith("=") else []
        known = list(dict.fromkeys([*fields, *(line.node for line in lines)]))
    else:
        known = []
    return [name for name in known if name.startswith(text)]
