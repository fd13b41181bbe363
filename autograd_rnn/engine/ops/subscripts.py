"""einsum's subscripts in every form that numpy takes, as letters with their result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_rnn.visible import shown

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def interleaved(arguments: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """``einsum(a, [0, 1], b, [1, 2], [0, 2])``, numpy's form with numbers for letters, as subscripts and operands."""
    count = len(arguments) // 2
    lists = [arguments[2 * k + 1] for k in range(count)] + list(arguments[2 * count :])
    words = ["".join("..." if part is Ellipsis else LETTERS[part] for part in part_list) for part_list in lists]
    result = f"->{words[count]}" if len(words) > count else ""
    return ",".join(words[:count]) + result, tuple(arguments[2 * k] for k in range(count))


def spelled_out(subscripts: str, shapes: Sequence[tuple[int, ...]]) -> str:
    """The subscripts with an explicit result and with letters in place of each ``...``, for operands of these shapes."""
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms, ndims = left.split(","), [len(shape) for shape in shapes]
    if not arrow:  # numpy's implicit result: the axes of the ellipses, then the letters that occur once, in order
        result = ("..." if "." in left else "") + "".join(sorted(c for c in set(left) - set(",.") if left.count(c) == 1))
    repeated = next((c for c in result.replace("...", "") if result.count(c) > 1), None)
    if repeated:
        raise ValueError(f"einsum: {shown(subscripts)} names {repeated!r} twice in its result, which numpy does not take: multiply by eye")
    hidden = [n - len(term) + 3 if "..." in term else 0 for term, n in zip(terms, ndims, strict=False)]
    spare = "".join(c for c in LETTERS if c not in subscripts)[: max([0, *hidden])]
    if len(terms) == len(ndims) and min(hidden, default=0) >= 0:
        terms = [term.replace("...", spare[len(spare) - n :]) for term, n in zip(terms, hidden, strict=True)]
        result = result.replace("...", spare)
    if [len(term) for term in terms] != ndims or "." in "".join([*terms, result]):
        raise ValueError(f"einsum: {shown(subscripts)} does not name the axes of operands of shapes {list(shapes)}")
    return ",".join(terms) + "->" + result
