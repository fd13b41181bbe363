"""The template of an operation's declaration, ``max({}, {})``, filled with its arguments as text or as LaTeX."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from autograd_rnn.engine.rule import OPS

Part = TypeVar("Part")  # an argument, whatever it is to who has it written
OPERATOR = r"\operatorname{{{}}}"
# How tightly a template binds, by the operator in it, and what its arguments must bind at least: in parentheses where they bind less.
SUM, TERM, PRODUCT, ATOM = 0, 1, 2, 3
BINDING = (
    (" + ", SUM, SUM),
    (" - ", SUM, TERM),
    (" ⊙ ", TERM, PRODUCT),
    (" / ", TERM, PRODUCT),
    (" mod ", TERM, ATOM),
    (" ", PRODUCT, ATOM),
)
SIGNS = {
    "⊙": r"\odot", "σ": r"\sigma", "tanh": r"\tanh", "ᵀ": r"^{\top}", "⁻¹": "^{-1}", "½": r"\tfrac{1}{2}", "²": "^{2}",
    "₂": "_{2}", "₁₀": "_{10}", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "√": r"\sqrt",
}  # fmt: skip
SIGN = re.compile("|".join(sorted(map(re.escape, SIGNS), key=len, reverse=True)) + r"|[A-Za-z][A-Za-z0-9]*")


def template(name: str) -> str:
    """How an operation reads: as its declaration says, or as a function of its name."""
    return (OPS[name].reads if name in OPS else "") or f"{name.strip('_')}({{}})"


def latex(text: str) -> str:
    """A piece of a template in LaTeX."""
    return SIGN.sub(lambda found: SIGNS.get(found[0]) or OPERATOR.format(found[0]), text)


def raised(text: str) -> str:
    """What gets a superscript in LaTeX: in braces where it has one already, since LaTeX refuses a second; a fraction in brackets."""
    if text.startswith(r"\frac"):  # which is no power of what stands above its line alone
        return rf"\left({text}\right)"
    return f"{{{text}}}" if re.fullmatch(r"[^()^]*\^[^()]*|.*\^\{[^{}]*\}", text) else text


def called(name: str, in_latex: bool) -> str:
    """The name of an operation as its template has it, σ for sigmoid; of one that is no function of a name the declared name."""
    found = re.fullmatch(r"([^{}()]+)\(\{.*\}\)", template(name))
    shown = found[1] if found else name.strip("_")
    return latex(shown) if in_latex else shown


def notation(name: str) -> bool:
    """Whether an operation has a notation of its own, ``{}⁻¹``: no function of a name, and no brackets of which the eye tells no axis."""
    return re.fullmatch(r"[A-Za-z]\w*\(.*\)|\{\}|\[.*", template(name)) is None


SILENT = ("axis", "keepdims", "dtype", "shape", "edges", "axes", "decimals")  # what a formula leaves to the eye


def told(options: Mapping[str, object], shapes: Sequence[tuple[int, ...]]) -> list[str]:
    """The options that a formula shows; of matrices also along which axis.

    >>> told({"index": slice(1, 3), "shape": (4,)}, [(2,)]), told({"axis": 0}, [(2, 3)]), told({"axis": 0}, [(3,)])
    (['slice(1, 3)'], ['axis=0'], [])
    """
    axis = options.get("axis") if max(map(len, shapes), default=0) > 1 else None
    shown = [literal(value) for name, value in options.items() if name not in SILENT and value is not None]
    return shown + [f"axis={literal(axis)}"] * (axis is not None)


def filled(
    name: str, parts: Sequence[Part], within: Callable[[Part, int], str], in_latex: bool, options: Iterable[str] = ()
) -> tuple[str, int]:
    """An operation's text and how tightly it binds. ``within(part, least)`` is the text of an argument that must bind at least so."""
    reads = template(name)
    if options and reads.endswith("({})"):
        text = ", ".join([*(within(part, SUM) for part in parts), *options])
        return f"{called(name, in_latex)}({text})", ATOM
    fences = [("‖", r"\lVert "), ("|", r"\lvert ")]
    pieces, places = re.split(r"\{\d*\}", reads), re.findall(r"\{(\d*)\}", reads)
    enclosed = all(a[-1:] in ("(", "[", "‖", "|", "⌊", "⌈") or b[:1] in (",", ")", "]") for a, b in zip(pieces, pieces[1:], strict=False))
    whole, least = next(((whole, least) for sign, whole, least in BINDING if sign in "".join(pieces)), (ATOM, ATOM))
    if enclosed:
        whole, least = SUM if reads[0] == "-" else ATOM, SUM
    elif pieces == ["", ""]:  # {} alone: what moves numbers is not seen
        return within(parts[0], ATOM), ATOM
    if len(places) < len(parts):  # any number of arguments
        between = "; " if reads.startswith("[") else ", "
        filling = [between.join(within(part, SUM) for part in parts)] + [""] * (len(places) - 1)
    else:
        filling = [within(parts[int(place or k)], least) for k, place in enumerate(places)]
    if in_latex:
        pieces = [latex(piece) for piece in pieces]
        for sign, command in fences:
            pieces = [
                piece.replace(sign, command if k < len(pieces) - 1 else command.replace("l", "r", 1)) for k, piece in enumerate(pieces)
            ]
        filling = [raised(part) if after.startswith("^") else part for part, after in zip(filling, pieces[1:], strict=True)]
        if reads == "{}^{}":
            filling[1] = f"{{{filling[1]}}}"
    return "".join(piece + part for piece, part in zip(pieces, [*filling, ""], strict=True)), whole


def subscripted(index: object) -> str:
    """An index as it is written: ``0``, ``1:3``, ``:, 0``."""
    if isinstance(index, tuple):
        return ", ".join(map(subscripted, index))
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop)]
        return ":".join(ends) + (f":{index.step}" if index.step not in (None, 1) else "")
    return literal(index)


@functools.cache
def defaults(name: str) -> dict[str, object]:
    """What an operation's options are where nothing is said."""
    given = inspect.signature(OPS[name].forward).parameters.values() if name in OPS else ()
    return {one.name: one.default for one in given if one.default is not one.empty}


def typed(name: str, options: Mapping[str, object]) -> list[str]:
    """The options as they are typed in a call: in their order, those that are as by default left out and the ones after these named.

    >>> typed("sum", {"axis": 0, "keepdims": False}), typed("scatter", {"index": slice(1, 3), "shape": (4,)})
    (['0'], ['slice(1, 3)', '(4,)'])
    """
    default, found, gap = defaults(name), [], False  # type: dict[str, object], list[str], bool
    for key, value in options.items():
        if key in default and default[key] is value or value is None:
            gap = True
        elif key == "subscripts":  # as numpy takes them too: einsum(W, h, [0, 1], [1], [0])
            found += numbered(str(value))
        else:
            found.append(f"{key}={literal(value)}" if gap else literal(value))
    return found


def numbered(subscripts: str) -> list[str]:
    """The subscripts of an einsum as lists of numbers.

    >>> numbered("ij,j->i")
    ['[0, 1]', '[1]', '[0]']
    """
    numbers: dict[str, int] = {}
    return [str([numbers.setdefault(c, len(numbers)) for c in part]) for part in subscripts.replace("->", ",").split(",")]


def literal(value: object) -> str:
    """A value as it is typed: ``slice(1, 3)``, ``[0, 0, 2]``, ``(4,)``."""
    if isinstance(value, (np.ndarray, np.generic)):
        return literal(value.tolist())
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, slice):
        return f"slice({', '.join(str(x) for x in (value.start, value.stop, value.step)[: 3 if value.step not in (None, 1) else 2])})"
    return "..." if value is Ellipsis else " ".join(str(value).split())


def typed_index(index: object) -> str:
    """An index as it is typed in brackets: ``0``, ``::-1``, ``[0, 0, 2, 1]``, ``:, 0``."""
    if isinstance(index, tuple):
        return ", ".join(map(typed_index, index)) + "," * (len(index) == 1)
    return subscripted(index) if isinstance(index, slice) else literal(index)
