"""What else a program that is not equal may mean: names that its loop makes are its own, whatever the model calls so; and its states have a
row for the one before the first step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.reading.dialects import NAMED
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

LOOP = re.compile(r"(?m)^\s*for\s+(\w+)\s+in\s.*:")
FROM_0 = re.compile(r"range\((?!1\s*,)(?![^,()]+,\s*0\s*,\s*-1)")
LEFT = re.compile(r"(?m)^[ \t]*([^\W\d]\w*(?:[ \t]*,[ \t]*[^\W\d]\w*)*)(?:\[[^\[\]=]*(?:\[[^\[\]]*\])?\])?[ \t]*[-+*/]?=(?!=)")
OWN, SELF = "own_", re.compile(r"`([^`]+)` is `\1`")
OWNS = "of the program's own"
SAID = f"{{}} read as {{}} {OWNS}, and not as the model's"
LAST = "`{0}[-1]` is read as the state before the first step: the first rows of `{0}` are those of the steps"
ROWS = "`{0}` is read as with a row for the state before the first step: `{0}[{1}+1]` is that of the step {1}"


def others(text: str, words: Vocabulary, derivation: System) -> Iterator[tuple[str, list[str]]]:
    """A program in its other readings, each with what is to be said of it."""
    if not LOOP.search(text):
        return
    later = rows(text, words, derivation)
    for read, said in [(text, []), later] if later else [(text, [])]:
        if said:
            yield read, said
        made = dict.fromkeys(name.strip() for found in LEFT.finditer(read) for name in found[1].split(","))
        own = [name for name in made if words.timed.get(meant(name, words)) is not False and f"{OWN}{name}" not in read]
        taken = [f"`{name}`" for name in own if words.adjoint(meant(name, words))]
        stepped = re.search(rf"(?<![\w.'\"])(?:{'|'.join(map(re.escape, own))})_(?:\{{|[tT](?!\w))", read) if own else None
        if taken and not stepped and len(own) < len(made):  # ds_t beside ds would stay the model's
            renamed = re.sub(rf"(?<![\w.'\"])({'|'.join(map(re.escape, own))})(?![\w'\"])", rf"{OWN}\1", read)
            are, names = ("are", "names") if len(taken) > 1 else ("is", "a name")
            yield renamed, [*said, SAID.format(f"{', '.join(taken)} {are}", names)]


def meant(name: str, words: Vocabulary) -> str:
    """What the model calls it, or the name itself."""
    return words.find(name) or words.other.get(name) or name


def rows(text: str, words: Vocabulary, derivation: System, sliced: bool = False) -> tuple[str, list[str]] | None:
    """A program whose arrays of states begin with the one before the first step, in the steps of the model; None if none does.
    ``sliced``: only of those that slices say so of, ``h[:-1]`` and ``h[1:]``."""
    heads = [*LOOP.finditer(text)]
    asked = [s for q in derivation.forward for s in e.symbols(q.right) if s.time and s.time.base == "t"]
    states = {s.name for s in asked if s.time and s.time.offset == -1} - {s.name for s in asked if s.time and s.time.offset == 1}
    columns = NAMED.search(text) is not None  # which Octave counts from 1, as it does the steps
    if not heads or not columns and not all(FROM_0.search(head[0]) for head in heads):
        return None
    text = NAMED.sub(r"\1[\2]", text) if not sliced else text
    said = []
    for name in dict.fromkeys(re.findall(r"[^\W\d]\w*(?=\[)", text)):
        step = heads[0][1]
        at = {found.replace(" ", "") for found in re.findall(rf"(?<!\w){name}\[({step}(?:\s*[-+]\s*\d)?)\]", text)}
        cut = re.search(rf"(?<!\w){name}\[\s*(?:1\s*:|0?\s*:\s*(?:-\s*1|T|len\(\w+\)))\s*\]", text)
        if sliced and meant(name, words) in states and f"{step}-1" in at and f"{step}+1" not in at:  # as Python counts from the end
            longer = re.search(rf"(?m)^[ \t]*{name}\s*=.*zeros\(\(?(?:T|len\(\w+\))\s*\+\s*1\b", text)
            until = r"T|len\(\w+\)" + r"|-\s*1" * bool(longer)
            text, count = re.subn(rf"(?<!\w){name}\[\s*0?\s*:\s*(?:{until})\s*\]", name, text)
            said += [LAST.format(name)] * bool(count)
        begun = cut and at and f"{step}-1" not in at or not sliced and f"{step}+1" in at and at <= {step, f"{step}+1"}
        if meant(name, words) in states and begun:
            text = re.sub(rf"(?<!\w){name}\[{step}\s*-\s*1\]", f"{name}[{step}-2]", text)
            text = re.sub(rf"(?<!\w){name}\[{step}\]", f"{name}[{step}-1]", text)
            text = re.sub(rf"(?<!\w){name}\[{step}\s*\+\s*1\]", f"{name}[{step}]", text)
            said.append(ROWS.format(name, step))
    return (text, said) if said else None
