"""Mathematica's calls, which have square brackets, and sympy's sums in the words of the language that is read. Text alone."""

from __future__ import annotations

import re

from autograd_rnn.formulas.writing.signs import closing

WORDS = {"Sum": "Sum", "Product": "Prod", "Outer": "outer", "KroneckerProduct": "outer", "DiagonalMatrix": "diag", "Times": "multiply"}
WOLFRAM = re.compile(rf"(?<![\w.\\])({'|'.join(WORDS)}|Transpose|Dot|Tanh|Sech|Cosh|Exp|Log)\[(?:\s*Times\s*,)?")
WOLFRAM_CALLS = 200
SYMPY = re.compile(r"(?<![\w.])(?:Sum|summation)\(")
BOUNDS = re.compile(r",\s*[({](\s*[a-z]\s*,[^(){}\[\],]+,[^(){}\[\],]+)[)}](?=\s*\))")


def wolfram(text: str) -> str:
    """A text with Mathematica's calls and products, and its sums and sympy's, as they are typed here.

    >>> wolfram("dW == Sum[Outer[Times, a[t], Tanh[W.h[t-1]]], {t, 1, T}]")
    'dW == Sum(outer( a[t], tanh(W @ h[t-1])),t, 1, T)'
    """
    given = text
    for _ in range(WOLFRAM_CALLS):
        found = WOLFRAM.search(text)
        end = closing(text, found.end(1), "[", "]") if found else -1
        if not found or end < 0:
            break
        name = WORDS.get(found[1], found[1].lower())
        text = f"{text[: found.start()]}{name}({text[found.end() : end]}){text[end + 1 :]}"
    if text != given:
        text = re.sub(r"(?<=[\w\])])[ \t]*\.[ \t]*(?=[A-Za-z(])(?!T\b)", " @ ", text)
    return BOUNDS.sub(r",\1", SYMPY.sub("Sum(", text)) if SYMPY.search(text) else text
