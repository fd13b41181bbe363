"""An assignment as its file says it, and every mistake in one with its line."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd_rnn.grader.assignment import (
    CACHES,
    FOLDER,
    LARGEST,
    LAYOUTS,
    LEVELS,
    MEANINGS,
    MOST,
    PARAMETERS,
    SHOWN,
    SIZES,
    WORKS,
    Function,
    Spec,
    Wrong,
)
from autograd_rnn.grader.files import called
from autograd_rnn.grader.graphs import wrong_edges
from autograd_rnn.grader.meanings import arrays_of, kind_of, misfits
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.convention_table import CONVENTIONS
from autograd_rnn.nets.model import TASKS
from autograd_rnn.visible import shown, visible
from autograd_rnn.writing import file_name, named

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # the same, before it came with Python

KINDS = {"layout": "rows", "weights": "cs231n"}  # what a function is written in, unless it or the assignment says otherwise


def available() -> dict[str, str]:
    """The assignments that come with the program: {name: title}.

    >>> available()["cs231n-rnn"]
    'CS231n assignment 3, recurrent networks'
    """
    return {path.stem: read(path).title for path in sorted(FOLDER.glob("*.toml"))}


def find(assignment: str | Path | Spec) -> Spec:
    """An assignment by its name, or by the path of its file. Raises ValueError where there is none."""
    if isinstance(assignment, Spec):
        return assignment
    path = file_name(assignment)
    known = FOLDER / f"{path}.toml"
    if re.fullmatch(r"[\w.-]+", str(path)) and os.path.isfile(known):
        return read(known)
    if path.suffix == ".toml" or os.path.isfile(path):
        return read(path)
    names = sorted(path.stem for path in FOLDER.glob("*.toml"))
    close = difflib.get_close_matches(str(path)[-100:], names, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}, and any .toml file of your own"
    raise ValueError(f"there is no assignment {named(path)!r}: {hint}")


def read(path: str | Path) -> Spec:
    """An assignment's file. Raises Wrong, with the line, for what it may not say, and ValueError where it cannot be read."""
    path = file_name(path)
    text, table = toml(path)
    return _Reader(path, text).spec(path.stem, table)


def written(path: Path) -> str:
    """A file's text. Raises ValueError for one that cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise ValueError(f"{named(path)} is no file")
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"{named(path)} cannot be read: {visible(error.strerror)}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{called(path)} is not encoded as UTF-8") from None
    if len(text) > LARGEST:
        raise ValueError(f"{called(path)} has more than {LARGEST:,} letters")
    return text


def toml(path: Path) -> tuple[str, dict[str, Any]]:
    """A TOML file's text and what it says. Raises ValueError for one that cannot be read, and Wrong for one that is none."""
    text = written(path)
    try:
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of too many digits among them
        raise Wrong(f"{called(path)} is no TOML: {visible(error)[:200]}") from None


class _Reader:
    """Holds an assignment's table against what it may say; every mistake is told with its line."""

    def __init__(self, path: Path, text: str):
        self.path, self.file, self.lines = path, visible(path.name), text.split("\n")

    def line(self, key: str, table: int = 0, within: str = "") -> int:
        """The line on which a key stands, or else the table ``within`` which it is; ``table``: in which [[function]], counted from 1."""
        starts = [n for n, line in enumerate(self.lines, 1) if re.match(r"\s*\[\[\s*function\s*\]\]", line)]
        for word in (key, within):
            for number, line in enumerate(self.lines, 1):
                there = re.match(rf"""\s*(\[\s*)?["']?{re.escape(word)}["']?\s*[\].=]""", line)
                if word and there and sum(start <= number for start in starts) == table:
                    return number
        return starts[table - 1] if 0 < table <= len(starts) else 1

    def wrong(self, what: str, key: str, table: int = 0, within: str = "") -> Wrong:
        return Wrong(f"{self.file}, line {self.line(key, table, within)}: {what}")

    def checked(self, given: Any, fields: Mapping[str, type | tuple[type, ...]], table: int = 0) -> dict[str, Any]:
        """A table whose keys are known and whose values are of their kinds."""
        words = {
            str: "a text",
            int: "a whole number",
            (int, float): "a number",
            list: "a list of texts",
            dict: "a table",
            bool: "true or false",
        }
        for key, value in given.items():
            if key not in fields:
                close = difflib.get_close_matches(key, fields, 1)
                hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(fields)}"
                raise self.wrong(f"there is no key {shown(key)} here: {hint}", key, table)
            kind = fields[key]
            texts = isinstance(value, list) and all(isinstance(x, str) for x in value)
            if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool) or kind is list and not texts:
                raise self.wrong(f"{key} is {words[kind]}", key, table)
        return dict(given)

    def spec(self, name: str, table: dict[str, Any]) -> Spec:
        number = (int, float)
        fields: dict[str, Any] = {
            "title": str,
            "layout": str,
            "weights": str,
            "net": str,
            "task": str,
            "steps": int,
            "hint": int,
            "reference": str,
            "shapes": dict,
            "names": dict,
            "imports": list,
            "tolerance": number,
            "clip": number,
        }
        fields |= {"helpers": dict, "sizes": dict, "isolation": str, "seconds": number, "total": number, "megabytes": int, "function": list}
        functions = table.pop("function", None)
        given = self.checked(table, fields)
        if not isinstance(functions, list) or not functions or not all(isinstance(one, dict) for one in functions):
            raise self.wrong("an assignment asks for at least one [[function]]", "function")
        formulas = "net" in given or "steps" in given
        for key, able in (("layout", LAYOUTS), ("isolation", LEVELS), ("net", tuple(CELLS)), ("task", TASKS)):
            if key in given and given[key] not in able:
                raise self.wrong(f"{key} is one of {', '.join(able)}, not {shown(given[key])}", key)
        if given.get("weights", "cs231n") not in CONVENTIONS:
            raise self.wrong(f"weights is one of {', '.join(CONVENTIONS)}, not {shown(given['weights'])}", "weights")
        given["functions"] = tuple(self.formula(one, k) if formulas else self.function(one, k, given) for k, one in enumerate(functions, 1))
        for key, most in (("tolerance", 1), ("seconds", 86_400), ("total", 86_400), ("megabytes", 1_000_000), ("steps", 20), ("hint", 3)):
            if key in given and not 0 < given[key] <= most:
                raise self.wrong(f"{key} is a number above 0, and at most {most:,}", key)
        for course, ours in given.get("names", {}).items():
            if ours not in MEANINGS:
                raise self.wrong(f"{shown(course)} is one of our quantities: {', '.join(MEANINGS)}", course, within="names")
        for module, source in given.get("helpers", {}).items():
            if not isinstance(source, str):
                raise self.wrong(f"{shown(module)} is the text of a module", module, within="helpers")
        if given.get("reference", "").endswith(".py"):
            given["reference"] = self.beside(given["reference"])
        for key, letters in given.get("shapes", {}).items():
            sizes = tuple(letter.strip() for letter in letters.split(",")) if isinstance(letters, str) else ()
            if not sizes or not set(sizes) <= set(SIZES):
                raise self.wrong(f"a shape is sizes of {', '.join(SIZES)}, as 'N, D'", key, within="shapes")
            given["shapes"] = given["shapes"] | {key: sizes}
        given["imports"] = tuple(given.get("imports", ("numpy",)))
        given["sizes"] = SIZES | {letter: self.size(letter, pair) for letter, pair in given.get("sizes", {}).items()}
        spec = Spec(**{"title": name, **given, "name": name})
        for sentence, key, k in wrong_edges(spec) if spec.steps else ():
            raise self.wrong(sentence, key, k)
        self.consistent(spec)
        return spec

    def beside(self, name: str) -> str:
        """The text of a file that lies beside this one."""
        try:
            return written(file_name(self.path.parent / name))
        except ValueError as error:
            raise self.wrong(f"the reference {error}", "reference") from None

    def size(self, letter: str, pair: Any) -> tuple[int, int]:
        whole = isinstance(pair, list) and len(pair) == 2 and all(isinstance(n, int) and not isinstance(n, bool) for n in pair)
        if letter not in SIZES or not whole or not 1 <= pair[0] <= pair[1] <= 100:
            raise self.wrong(
                f"a size is one of {', '.join(SIZES)} and drawn between two whole numbers from 1 to 100, as T = [3, 6]",
                letter,
                within="sizes",
            )
        return pair[0], pair[1]

    def formula(self, given: dict[str, Any], table: int) -> Function:
        """An equation that is asked for, by its left side."""
        given = self.checked(given, {"name": str, "points": (int, float), "visibility": str}, table)
        if "name" not in given:
            raise self.wrong("this equation has no name, as dW_hh", "function", table)
        return Function(**self.worth(given, table))

    def worth(self, given: dict[str, Any], table: int) -> dict[str, Any]:
        """Points and visibility, held against what they may be."""
        if given.get("visibility", SHOWN[0]) not in SHOWN:
            raise self.wrong(f"visibility is one of {', '.join(SHOWN)}, not {shown(given['visibility'])}", "visibility", table)
        if not 0 <= given.get("points", 1) <= MOST:
            raise self.wrong(f"points are a number from 0 to {MOST:,}", "points", table)
        return given

    def function(self, given: dict[str, Any], table: int, spec: Mapping[str, Any]) -> Function:
        """A function or a method that is asked for; what it does not say of itself, the assignment says."""
        texts = "name takes returns computes backward_of form visibility called made reads instead_of".split()
        fields: dict[str, Any] = dict.fromkeys((*texts, *KINDS), str)
        given = self.checked(given, fields | {"points": (int, float), "averaged": bool, "accumulated": bool}, table)
        for key in ("name", "takes", "returns"):
            if key not in given:
                raise self.wrong(f"this function has no {key}", "function", table)
        for key in ("takes", "returns", "made", "reads"):
            if key in given:
                given[key] = self.listed(given[key], key, table)
        if ("computes" in given) == ("backward_of" in given):
            raise self.wrong("a function either computes something or is backward_of another", "name", table)
        for key, able in (("computes", tuple(WORKS)), ("form", ("tuple", "dict")), ("layout", LAYOUTS), ("weights", tuple(CONVENTIONS))):
            if key in given and given[key] not in able:
                raise self.wrong(f"{key} is one of {', '.join(able)}, not {shown(given[key])}", key, table)
        given = {"called": given["name"]} | {key: spec.get(key, default) for key, default in KINDS.items()} | given
        given["returns"] += given.get("reads", ())
        if unknown := [size for size in given.get("made", ()) if size not in SIZES]:
            raise self.wrong(f"an object is made of sizes, {', '.join(SIZES)}, not {unknown[0]}", "made", table)
        if "computes" in given and ("." in given["called"]) != ("made" in given):
            raise self.wrong('a method is called Class.method, and made says of which sizes its object is, as made = "D, H"', "name", table)
        return Function(**self.worth(given, table))

    def listed(self, text: str, key: str, table: int) -> tuple[str, ...]:
        """Names, separated by commas."""
        names = tuple(name.strip() for name in text.split(","))
        if not all(name.isidentifier() for name in names):
            raise self.wrong(f'{key} is names, separated by commas, as "x, prev_h, Wx, Wh, b"', key, table)
        return names

    def consistent(self, spec: Spec) -> None:
        """Whether functions that stand for one another do: names once, a backward pass of what is there."""
        names = [function.name for function in spec.functions]
        forward = {function.name: function for function in spec.functions if function.computes}
        for k, function in enumerate(spec.functions, 1):
            if names.index(function.name) != k - 1:
                raise self.wrong(f"{function.name} is asked for twice", "name", k)
            if function.instead_of and function.instead_of not in [other.name for other in spec.functions[: k - 1] if not other.instead_of]:
                raise self.wrong(f"instead_of names a function that stands above, not {function.instead_of!r}", "instead_of", k)
            for sentence, key in misfits(spec, function) if function.computes else ():
                raise self.wrong(sentence, key, k)
            if function.backward_of:
                self.backward(function, forward.get(function.backward_of), k)

    def backward(self, function: Function, first: Function | None, table: int) -> None:
        """Whether a backward pass can be called with what its forward pass takes and gives, and returns gradients of what that takes."""
        if first is None:
            raise self.wrong(
                f"backward_of names a function that computes something here, not {function.backward_of!r}", "backward_of", table
            )
        if not first.made and not {*CACHES} & {*first.returns}:
            raise self.wrong(f"{first.name} returns no {' or '.join(CACHES)}, with which {function.name} is called", "backward_of", table)
        if function.called.rpartition(".")[0] != first.called.rpartition(".")[0]:
            raise self.wrong(f"{function.called} is no method of the class that {first.called} is one of", "name", table)
        kind = kind_of(first) if first.made or PARAMETERS in first.takes else None
        outputs = [name for name in first.returns if name not in CACHES]
        able = {"takes": {*(f"d{name}" for name in outputs), *first.takes, *first.returns} - {PARAMETERS}}
        able["returns"] = {f"d{name}" for name in (*first.takes, *(arrays_of(kind, first.weights) if kind else ())) if name != PARAMETERS}
        for key, known in able.items():
            if unknown := [name for name in getattr(function, key) if name not in known]:
                raise self.wrong(f"{unknown[0]} is none of {', '.join(sorted(known))}, which {first.name} has", key, table)
