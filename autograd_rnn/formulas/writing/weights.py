"""Any weight ``w_{kj}`` and any error ``δ_k``, as books have them that tell layers apart by the letters of their units: which matrix it is,
and which quantity."""

from __future__ import annotations

import re

from autograd_rnn.formulas.writing.elements import LETTERS
from autograd_rnn.formulas.writing.vocabulary import Layers

MOST = 200  # weights in a line
UNIT = r"\{?\s*([a-z]'?)\s*\}?"
WEIGHT = re.compile(r"(?<![^\W_])w_\s*(?:\{\s*([a-z]'?)\s*,?\s*([a-z]'?)\s*\}|([a-z])([a-z])(?!\w))")
STEP = r"[tn]\s*(?:[+-]\s*1)?"
WHEN = rf"(?:\s*\^\s*(?:\{{\s*\(?\s*({STEP})\s*\)?\s*\}}|(t)(?!\w))|\(\s*({STEP})\s*\))?"
VALUE = re.compile(rf"(?<![^\W_])(delta|[abhxz])_{UNIT}{WHEN}(?![\w{{}}])")
SUM = re.compile(r"(?:Σ|[Ss]um(?=_))\s*_\s*(?:\{\s*([a-z]'?)\s*(?:=\s*1\s*)?\}|([a-z])(?!\w))(?:\s*\^\s*(?:\{\s*\w\s*\}|\w))?")
SLOPE = re.compile(r"(?<![A-Za-z])theta\s*'(?=\s*\()")


BY_WEIGHT = re.compile(r"\s*(?:⁄\s*\{\s*[d∂]\s*\w\s*\}\s*\{\s*|[d∂]\s*\w\s*/\s*)[d∂]\s*(?=w_)")


def gradient(text: str, layers: Layers | None) -> tuple[list[tuple[int, int, str]], str] | None:
    """The same of a derivative by such a weight, ``∂L/∂w_{hk} = Σ_t δ_k^t b_h^t``; None of any other line."""
    start = BY_WEIGHT.match(text) if layers else None
    weight = WEIGHT.match(text, start.end()) if start else None
    values = [match for match in VALUE.finditer(text, text.find("="))]
    if layers is None or weight is None or len(values) != 2 or (values[0][1] == "delta") == (values[1][1] == "delta"):
        return None
    error, unit = sorted(values, key=lambda match: match[1] != "delta")
    if {error[2], unit[2]} != {weight[1] or weight[3], weight[2] or weight[4]} or unit[1] == "a":
        return None
    steps = ["".join(filter(None, match.groups()[2:])).replace("n", "t").replace(" ", "") for match in (error, unit)]
    if unit[1] != "x" and ("-" in steps[1]) == (error[2] == "k"):  # which may be of any layer
        return None
    matrix = layers.first if unit[1] == "x" else layers.again if "-" in steps[1] else layers.last
    name = layers.given if unit[1] == "x" else layers.out
    if not matrix or not all(steps):
        return None
    made = zip((error, unit), (f"d{layers.score if matrix == layers.last else layers.into}", name), steps, "ij", strict=True)
    new = [(*match.span(), f"{name}_{{{step},{letter}}}") for match, name, step, letter in made]
    said = f"`{weight[0]}` is read as a weight of {matrix}, to the unit {error[2]} from the unit {unit[2]}"
    return [(*weight.span(), f"{matrix}_{{i,j}}"), *new], said


def units(text: str, layers: Layers | None) -> tuple[list[tuple[int, int, str]], str]:
    """What stands for the weights, errors and units in a line with a ``w_{kj}``, each with its place; and what is to be said of them."""
    if (found := gradient(text, layers)) is not None:
        return found
    weights, values = list(WEIGHT.finditer(text)), list(VALUE.finditer(text))
    left = next(iter(values), None)
    if layers is None or not 0 < len(weights) <= MOST or left is None or left.end() > text.find("=") or left[1] not in ("delta", "a"):
        return [], ""
    own = left[2]
    pairs = [(match[1] or match[3], match[2] or match[4]) for match in weights]
    kind = {own: "hidden"}
    for match in values[1:]:
        if match[1] == "b" and match[2] == own:
            continue
        name, unit, later = match[1], match[2], any(sign in (match[3] or match[5] or "") for sign in "+-")
        if name == "delta" and unit != own:
            kind[unit] = "hidden" if later else "output"
        elif unit != own:
            kind[unit] = "input" if name == "x" else "hidden"
            if name != "x" and left[1] == "a" and not later:
                kind[own] = "output"
    if any({a, b} - {*kind} or own not in (a, b) for a, b in pairs):
        return [], ""
    order = ("output", "hidden", "input")
    firsts = {order.index(kind[a]) < order.index(kind[b]) for a, b in pairs if kind[a] != kind[b]}
    rows_first = firsts != {False}  # the unit that a weight goes to stands in front, unless others of the line say so
    used = {unit for unit in kind if unit in LETTERS}
    free = [letter for letter in LETTERS if letter not in used and letter not in "nip"]
    if len(free) < sum(unit not in LETTERS or unit == "n" for unit in kind):
        return [], ""
    spelled = {unit: unit if unit in LETTERS and unit not in "n" else free.pop(0) for unit in kind}
    names = {("a", "hidden"): layers.into, ("a", "output"): layers.score}
    names |= {("delta", of): f"d{name}" for (_, of), name in names.items()}
    new, said = [], {}  # type: list[tuple[int, int, str]], dict[str, None]
    for match, (a, b) in zip(weights, pairs, strict=True):
        ends = {kind[a], kind[b]}
        matrix = layers.last if "output" in ends else layers.first if "input" in ends else layers.again
        if not matrix or ends == {"output", "input"} or ends == {"output"}:
            return [], ""
        row, column = (a, b) if (rows_first if len(ends) == 1 else order.index(kind[a]) < order.index(kind[b])) else (b, a)
        new.append((*match.span(), f"{matrix}_{{{spelled[row]},{spelled[column]}}}"))
        said[f"`{match[0]}` is read as the weight of {matrix} to the {kind[row]} unit {row} from the {kind[column]} unit {column}"] = None
    for match in values:
        name = names.get((match[1], kind.get(match[2], "")), layers.given if match[1] == "x" else layers.out)
        step = (match[3] or match[4] or match[5] or "").replace("n", "t")
        bias = match[1] == "b" and match[2] == own and left[1] == "a"  # where Graves has what comes out of a unit
        if match[2] in spelled and not bias:
            new.append((*match.span(), f"{name}_{{{f'{step},' if step else ''}{spelled[match[2]]}}}"))
    for match in SUM.finditer(text):
        if (unit := match[1] or match[2]) in spelled:
            new.append((*match.span(), f"Σ_{spelled[unit]} "))
    new += [(*match.span(), "f'") for match in SLOPE.finditer(text)]
    return new, "; ".join(said)
