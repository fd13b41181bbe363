"""Numbers that an instructor prints for students to compare with, derived again: which is wrong, and the mistake that gives it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.grader.assignment import CHARACTER, EMBEDDING, Function
from autograd_rnn.grader.cases import Case, Cases
from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.diagnosis.whole import Whole
from autograd_rnn.grader.spec import toml
from autograd_rnn.visible import shown, visible
from autograd_rnn.writing import file_name

KEYS = ("function", "seed", "draws", "given", "values")
DRAW = re.compile(r"(\w+)\s*\(([\d\s,]+)\)")
PLACE = re.compile(r"(\w+)\s*((?:\[[\d\s,-]+\])*)")


class Expected(NamedTuple):
    """Numbers of one function on one call: {(output, place): number as it is printed}."""

    function: Function
    case: Case
    values: dict[str, Any]


class Printed(NamedTuple):
    """What came of them: each wrong one with what it has to be, and what gives all of them, likeliest first."""

    function: str
    right: int
    wrong: dict[str, tuple[Any, Any]]
    mistakes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all are right."""
        return not self.wrong

    def __str__(self) -> str:
        if self.ok:
            return f"{self.function}: all {self.right} expected numbers are right"
        lines = [f"{self.function}: {name} is not {_said(got)}, it is {_said(true)}" for name, (got, true) in self.wrong.items()]
        why = "; or: ".join(self.mistakes[:3]) if self.mistakes else "no known mistake gives them"
        return "\n".join([*lines, f"{self.function}: {'what gives these numbers: ' * bool(self.mistakes)}{why}"])


def read(path: str | Path, cases: Cases) -> list[Expected]:
    """Expected numbers from a TOML file, a table [[expected]] a call. Raises ValueError for what it may not say.

    ``function``: one of the assignment. What it and its forward pass are called with: ``draws = "xt(3, 10), a_prev(5, 10)"``, standard
    normal numbers one after the other by numpy's old generator with the ``seed``, and tables ``given`` of arrays. ``values``: the printed
    numbers, ``dxt = [[...]]`` or ``"dxt[1][2]" = 3.23055911``, right to as many decimals as are written.
    """
    path = file_name(path)
    _, table = toml(path)
    tables = table.get("expected")
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables) or not tables:
        raise ValueError(f"{visible(path.name)} has no [[expected]], a table for each call with function, seed, draws, given and values")
    return [_Reader(f"{visible(path.name)}, [[expected]] number {k}", one, cases).expected() for k, one in enumerate(tables, 1)]


class _Reader:
    """One table."""

    def __init__(self, where: str, table: Mapping[str, Any], cases: Cases):
        self.where, self.table, self.cases = where, table, cases

    def wrong(self, what: str) -> ValueError:
        return ValueError(f"{self.where}: {what}")

    def expected(self) -> Expected:
        if unknown := [key for key in self.table if key not in KEYS]:
            raise self.wrong(f"there is no key {shown(unknown[0])} here: there are {', '.join(KEYS)}")
        functions = {f.name: f for f in self.cases.spec.functions}
        function = functions.get(self.table.get("function", ""))
        first = functions.get(function.backward_of, function) if function is not None else None
        if function is None or first is None or first.computes in ("", EMBEDDING, CHARACTER):
            able = [f for f in functions.values() if functions.get(f.backward_of, f).work.cell and f.computes != CHARACTER]
            raise self.wrong(f"function is one of {', '.join(f.name for f in able)}, not {shown(self.table.get('function'))}")
        arrays = self.arrays()
        computation = self.sized(first, arrays)
        unread = {name: np.zeros(shape) for name, shape in computation.readout.items() if name not in arrays}  # no state depends on it
        given = {name: self.fitting(name, arrays | unread, computation.shape(name)) for name in computation.inputs}
        handed = computation.handed if function.backward_of else []
        outputs = computation.forward(given)
        zeros = {name: np.zeros(outputs[name].shape) for name in computation.handed}
        upstream = zeros | {name: self.fitting(f"d{name}", arrays, outputs[name].shape) for name in handed}
        case = Case(computation, "", given, upstream, outputs, computation.backward(given, upstream))
        values = self.table.get("values")
        if not isinstance(values, dict) or not values:
            raise self.wrong('values are the printed numbers, as "dx[0][1]" = 0.25')
        return Expected(function, case, values)

    def arrays(self) -> dict[str, np.ndarray]:
        """What is drawn and what is given, by name."""
        draws, seed = self.table.get("draws", ""), self.table.get("seed", 0)
        if not isinstance(draws, str) or DRAW.sub("", draws).strip(" ,\n"):
            raise self.wrong('draws are names with shapes, as "xt(3, 10), a_prev(5, 10)"')
        if not isinstance(seed, int) or not 0 <= seed < 1 << 32:
            raise self.wrong("seed is a whole number from 0")
        rng, found = np.random.RandomState(seed), {}
        for name, shape in DRAW.findall(draws):
            sizes = [int(part) for part in shape.split(",") if part.strip()]
            if np.prod(sizes) > 1_000_000:
                raise self.wrong(f"{name} has more than a million numbers")
            found[name] = rng.randn(*sizes)
        for name, value in self.table.get("given", {}).items():
            try:
                found[name] = np.asarray(value, float)
            except (ValueError, TypeError):
                raise self.wrong(f"given.{shown(name)} is no array of numbers") from None
        return found

    def sized(self, first: Function, arrays: dict[str, np.ndarray]) -> Computation:
        """The function at the sizes that its arrays have. A backward pass may be shorter than its forward pass."""
        draft = Computation(self.cases.spec, first, {"N": 2, "T": 2, "D": 2, "H": 2, "V": 2})
        named = {draft.meaning(name): name for name in draft.leaves}
        x, h = (self.needed(name, arrays) for name in (named["x"], named.get("h_0", named["x"])))
        later = [arrays[f"d{name}"] for name in draft.handed if f"d{name}" in arrays]
        if draft.what == "sequence" and later and x.ndim == 3:
            steps = draft.ours(x)[: len(draft.ours(later[0]))]
            arrays[named["x"]] = x = draft.theirs(steps)
        ours = draft.ours(x)
        if ours.ndim != (3 if draft.what == "sequence" else 2) or "h_0" not in named or h.ndim != 2:
            raise self.wrong(f"{named['x']} has shape {x.shape}, {3 if draft.what == 'sequence' else 2} axes are needed")
        T, N, D = ours.shape if ours.ndim == 3 else (1, *ours.shape)
        V = min((arrays[name].size for name in draft.readout if name in arrays), default=2)  # a bias has the fewest numbers
        return Computation(self.cases.spec, first, {"N": N, "T": T, "D": D, "H": draft.ours(h).shape[-1], "V": V})

    def needed(self, name: str, arrays: dict[str, np.ndarray]) -> np.ndarray:
        if name not in arrays:
            raise self.wrong(f"there is no {name}: it is drawn or given")
        return arrays[name]

    def fitting(self, name: str, arrays: dict[str, np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        """An array in the shape that the function takes."""
        array = self.needed(name, arrays)
        if array.shape != shape:
            raise self.wrong(f"{name} has shape {array.shape}, {shape} is needed")
        return array


def checked(expected: Expected) -> Printed:
    """Each number held against the derived one, and all of them against every known mistake."""
    whole, backward = Whole(expected.case), bool(expected.function.backward_of)
    true = {f"d{name}": x for name, x in expected.case.gradients.items()} if backward else dict(expected.case.outputs)
    wrong = {}
    for place, value in expected.values.items():
        found = _at(true, place, expected.function.name)
        if not _as_printed(value, found):
            wrong[place] = (value, found)
    mistakes: list[tuple[int, str]] = []
    for mistake in (whole.mistakes() if backward else whole.forward_mistakes()) if wrong else ():
        try:
            with np.errstate(all="ignore"):
                got = {f"d{name}": x for name, x in whole.backward(mistake).items()} if backward else whole.forward(mistake)
            if all(_as_printed(value, _at(got, place, "")) for place, value in expected.values.items()):
                mistakes.append((mistake.rank, mistake.sentence))
        except ValueError:  # a mistake that has no shape
            continue
    words = tuple(dict.fromkeys(sentence for _, sentence in sorted(mistakes, key=lambda pair: pair[0])))
    return Printed(expected.function.name, len(expected.values) - len(wrong), wrong, words)


def _at(arrays: Mapping[str, Any], place: str, function: str) -> Any:
    """What stands at a place such as dx[0][1]."""
    found = PLACE.fullmatch(place.strip())
    if found is None or found[1] not in arrays:
        raise ValueError(f"{function} returns no {shown(place)}: it returns {', '.join(arrays)}")
    index = tuple(int(number) for number in re.findall(r"-?\d+", found[2]))
    try:
        return np.asarray(arrays[found[1]])[index]
    except IndexError:
        raise ValueError(f"{shown(place)} is not there: {found[1]} has shape {np.shape(arrays[found[1]])}") from None


def _as_printed(value: Any, true: Any) -> bool:
    """Whether a number, or each of an array, is another to as many decimals as are written."""
    got = np.asarray(value, float)
    if got.shape != np.shape(true):
        return False
    return all(abs(a - float(b)) <= 0.51 * 10.0 ** -_decimals(a) for a, b in zip(got.ravel().tolist(), np.ravel(true), strict=True))


def _decimals(number: float) -> int:
    """How many decimals a number is written with, the zeros at its end not counted."""
    mantissa, _, exponent = repr(number).partition("e")
    return len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0)


def _said(value: Any) -> str:
    """A number or an array in words."""
    return f"{float(value):.9g}" if np.ndim(value) == 0 else str(np.asarray(value).round(8).tolist())
