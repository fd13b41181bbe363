"""An assignment as its file says it: the functions asked for, how they are called, what they compute, and what each is worth."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.convention_table import CONVENTIONS, Kind
from autograd_rnn.nets.model import TASKS
from autograd_rnn.visible import visible

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # the same, before it came with Python

FOLDER = Path(__file__).parent / "assignments"
LAYOUTS = ("rows", "columns")
LEVELS = ("process", "partial", "full")  # of isolation, weakest first
SHOWN = ("visible", "hidden", "after_due_date", "after_published")
SIZES = {"N": (2, 4), "T": (3, 6), "D": (2, 6), "H": (2, 6), "V": (4, 8)}
COMPUTES = tuple(f"{cell} {what}" for cell in ("rnn", "lstm", "gru") for what in ("step", "sequence")) + ("embedding", "character loss")
MEANINGS = ("x", "h_0", "c_0", "h", "c", "p", "L", "tokens", "targets", "H", "V")
CACHES = ("cache", "caches")  # what a forward pass keeps for its backward pass, in a form of its own
LARGEST, MOST = 100_000, 1_000_000  # letters of a file, points of a function


class Function(NamedTuple):
    """One function that is asked for. ``backward_of``: the function whose gradient it is, called on that one's own cache."""

    name: str
    takes: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    computes: str = ""
    backward_of: str = ""
    points: float = 1.0
    form: str = "tuple"
    visibility: str = "visible"


class Spec(NamedTuple):
    """An assignment. ``names``: what the course calls our quantities; ``helpers``: modules that it hands out, as source by name; ``sizes``:
    from and to what each size is drawn; ``clip``: to what a character loss clips its gradients, 0 for not at all; ``net`` and ``task``: of
    formulas that are asked for instead of functions."""

    name: str
    title: str
    functions: tuple[Function, ...]
    layout: str = "rows"
    weights: str = "cs231n"
    names: Mapping[str, str] = {}
    imports: tuple[str, ...] = ("numpy",)
    helpers: Mapping[str, str] = {}
    tolerance: float = 1e-7
    clip: float = 0.0
    net: str = ""
    task: str = "many-to-many"
    sizes: Mapping[str, tuple[int, int]] = SIZES
    isolation: str = "process"
    seconds: float = 10.0
    megabytes: int = 512


class Wrong(ValueError):
    """A mistake in an assignment's file, named with its line."""


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
    known = FOLDER / f"{assignment}.toml"
    if re.fullmatch(r"[\w.-]+", str(assignment)) and known.is_file():
        return read(known)
    path = Path(assignment)
    if path.suffix == ".toml" or path.is_file():
        return read(path)
    names = sorted(path.stem for path in FOLDER.glob("*.toml"))
    close = difflib.get_close_matches(str(assignment), names, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}, and any .toml file of your own"
    raise ValueError(f"there is no assignment {visible(assignment)!r}: {hint}")


def read(path: str | Path) -> Spec:
    """An assignment's file. Raises Wrong, with the line, for what it may not say, and ValueError where it cannot be read."""
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise ValueError(f"{visible(path)} is no file")
        with path.open(encoding="utf-8") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"{visible(path)} cannot be read: {visible(error.strerror)}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{visible(path.name)} is not encoded as UTF-8") from None
    if len(text) > LARGEST:
        raise ValueError(f"{visible(path.name)} is no assignment: it has more than {LARGEST:,} letters")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of too many digits among them
        raise Wrong(f"{visible(path.name)} is no TOML: {visible(error)[:200]}") from None
    return _Reader(path.name, text).spec(path.stem, table)


def arrays_of(kind: Kind) -> list[str]:
    """The names of a convention's arrays for one cell."""
    return [name.format(letter) for name in (*kind.arrays, *kind.readout) for letter in (kind.theirs if "{}" in name else " ")]


class _Reader:
    """Holds an assignment's table against what it may say; every mistake is told with its line."""

    def __init__(self, file: str, text: str):
        self.file, self.lines = visible(file), text.split("\n")

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
        words = {str: "a text", int: "a whole number", (int, float): "a number", list: "a list of texts", dict: "a table"}
        for key, value in given.items():
            if key not in fields:
                close = difflib.get_close_matches(key, fields, 1)
                hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(fields)}"
                raise self.wrong(f"there is no key {visible(key)!r} here: {hint}", key, table)
            kind = fields[key]
            texts = isinstance(value, list) and all(isinstance(x, str) for x in value)
            if not isinstance(value, kind) or isinstance(value, bool) or kind is list and not texts:
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
            "names": dict,
            "imports": list,
            "tolerance": number,
            "clip": number,
        }
        fields |= {"helpers": dict, "sizes": dict, "isolation": str, "seconds": number, "megabytes": int, "function": list}
        functions = table.pop("function", None)
        given = self.checked(table, fields)
        if not isinstance(functions, list) or not functions or not all(isinstance(one, dict) for one in functions):
            raise self.wrong("an assignment asks for at least one [[function]]", "function")
        formulas = "net" in given
        given["functions"] = tuple(self.formula(one, k) if formulas else self.function(one, k) for k, one in enumerate(functions, 1))
        for key, able in (("layout", LAYOUTS), ("isolation", LEVELS), ("net", tuple(CELLS)), ("task", TASKS)):
            if key in given and given[key] not in able:
                raise self.wrong(f"{key} is one of {', '.join(able)}, not {visible(given[key])!r}", key)
        if given.get("weights", "cs231n") not in CONVENTIONS:
            raise self.wrong(f"weights is one of {', '.join(CONVENTIONS)}, not {visible(given['weights'])!r}", "weights")
        for key, most in (("tolerance", 1), ("seconds", 86_400), ("megabytes", 1_000_000)):
            if key in given and not 0 < given[key] <= most:
                raise self.wrong(f"{key} is a number above 0, and at most {most:,}", key)
        for course, ours in given.get("names", {}).items():
            if ours not in MEANINGS:
                raise self.wrong(f"{visible(course)} is one of our quantities: {', '.join(MEANINGS)}", course, within="names")
        for module, source in given.get("helpers", {}).items():
            if not isinstance(source, str):
                raise self.wrong(f"{visible(module)} is the text of a module", module, within="helpers")
        given["imports"] = tuple(given.get("imports", ("numpy",)))
        given["sizes"] = SIZES | {letter: self.size(letter, pair) for letter, pair in given.get("sizes", {}).items()}
        spec = Spec(**{"title": name, **given, "name": name})
        self.consistent(spec)
        return spec

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
            raise self.wrong(f"visibility is one of {', '.join(SHOWN)}, not {visible(given['visibility'])!r}", "visibility", table)
        if not 0 <= given.get("points", 1) <= MOST:
            raise self.wrong(f"points are a number from 0 to {MOST:,}", "points", table)
        return given

    def function(self, given: dict[str, Any], table: int) -> Function:
        fields: dict[str, Any] = dict.fromkeys(("name", "takes", "returns", "computes", "backward_of", "form", "visibility"), str)
        given = self.checked(given, fields | {"points": (int, float)}, table)
        for key in ("name", "takes", "returns"):
            if key not in given:
                raise self.wrong(f"this function has no {key}", "function", table)
        for key in ("takes", "returns"):
            names = [name.strip() for name in given[key].split(",")]
            if not all(name.isidentifier() for name in names):
                raise self.wrong(f'{key} is names, separated by commas, as "x, prev_h, Wx, Wh, b"', key, table)
            given[key] = tuple(names)
        if ("computes" in given) == ("backward_of" in given):
            raise self.wrong("a function either computes something or is backward_of another", "name", table)
        if given.get("computes", COMPUTES[0]) not in COMPUTES:
            raise self.wrong(f"computes is one of {', '.join(COMPUTES)}, not {visible(given['computes'])!r}", "computes", table)
        if given.get("form", "tuple") not in ("tuple", "dict"):
            raise self.wrong("form is tuple or dict", "form", table)
        return Function(**self.worth(given, table))

    def consistent(self, spec: Spec) -> None:
        """Whether functions that stand for one another do: names once, a backward pass of what is there."""
        names = [function.name for function in spec.functions]
        forward = {function.name: function for function in spec.functions if function.computes}
        for k, function in enumerate(spec.functions, 1):
            if names.index(function.name) != k - 1:
                raise self.wrong(f"{function.name} is asked for twice", "name", k)
            if function.backward_of and function.backward_of not in forward:
                raise self.wrong(
                    f"backward_of names a function that computes something here, not {function.backward_of!r}", "backward_of", k
                )
            if function.backward_of:
                first = forward[function.backward_of]
                if not {*CACHES} & {*first.returns}:
                    raise self.wrong(
                        f"{first.name} returns no {' or '.join(CACHES)}, with which {function.name} is called", "backward_of", k
                    )
                weights = (
                    {name for kind in CONVENTIONS[spec.weights].kinds for name in arrays_of(kind)} if "parameters" in first.takes else set()
                )
                able = {"takes": {f"d{n}" for n in first.returns if n not in CACHES} | {n for n in first.returns if n in CACHES}}
                able["returns"] = {f"d{name}" for name in (*first.takes, *weights) if name != "parameters"}
                for key, known in able.items():
                    if unknown := [name for name in getattr(function, key) if name not in known]:
                        raise self.wrong(f"{unknown[0]} is none of {', '.join(sorted(known))}, which {first.name} has", key, k)
