"""A program without what clips a derivative in place, so that it is known whether it is right but for that."""

from __future__ import annotations

import ast
import re
import textwrap

from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.pseudocode import Row, module
from autograd_rnn.formulas.programs.trees import blocks

CLIPPED = "without its clipping this is equal, and with it where that changes nothing: `{}` was not read"


def unclipped(text: str) -> tuple[str, list[str]]:
    """A program without its lines that clip what they change, as many on either side of 0, and those lines.

    >>> unclipped("for t in range(T):\\n    da = np.clip(da, -5, 5)\\n    db += da")
    ('for t in range(T):\\n    pass\\n    db += da', ['da = np.clip(da, -5, 5)'])
    """
    lines = textwrap.dedent(text).split("\n")
    tree = module([Row(number, line, line) for number, line in enumerate(lines, 1)]) if re.search(r"\bclip\b", text) else None
    found = dict[ast.stmt, None]()
    for x in (x for block in blocks(tree) for x in block) if tree else ():
        inner = x.body if isinstance(x, ast.For) else [x]
        if all(map(clips, inner)) and not any(x is not y and x in ast.walk(y) for y in found):
            found[x] = None
    for x in found:
        first, last = x.lineno - 1, x.end_lineno or x.lineno
        if ";" in lines[first]:
            return text, []
        deep = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        lines[first:last] = [f"{deep}pass", *[""] * (last - first - 1)]
    return ("\n".join(lines), [short(ast.unparse(x).splitlines()[-1].strip()) for x in found]) if found else (text, [])


def clips(x: ast.stmt) -> bool:
    """Whether a statement clips what it changes, and does nothing else."""
    match x:
        case ast.Assign([left], ast.Call(ast.Attribute(ast.Name("np" | "numpy"), "clip"), [of, low, high], [])) if ast.unparse(
            left
        ) == ast.unparse(of):
            pass
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("np" | "numpy"), "clip"), [of, low, high], [ast.keyword("out", to)])) if ast.unparse(
            to
        ) == ast.unparse(of):
            pass
        case _:
            return False
    return ast.unparse(low) == f"-{ast.unparse(high)}"
