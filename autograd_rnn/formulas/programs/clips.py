"""A program without what clips a derivative in place, or scales all by a norm, so that it is known whether it is right but for that."""

from __future__ import annotations

import ast
import re
import textwrap

from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.pseudocode import Row, module
from autograd_rnn.formulas.programs.trees import blocks, pairs

SHORT = "with all steps before each this is equal, and as it stands where none is so far behind: `{}` was not read"
STOPS = re.compile(
    r"(?m)^([ \t]*for (\w+)[ \t]*(?:in\b.*[(,\s]|(?:=|in\b).*:[ \t]*))max\(\s*(0|-1|(?<=:max\()1|(?<=: max\()1)\s*,\s*"
    r"((?!\2\b)\w+\s*-\s*(?:self\.)?\w+)\s*\)(?=[^()\n]*\).*:|[ \t]*;?[ \t]*$)"
)
CLIPPED = "without its clipping this is equal, and with it where that changes nothing: `{}` was not read"


def unclipped(text: str) -> tuple[str, list[str]]:
    """A program without what clips what it changes, as many on either side of 0 or by a norm, and a line of each such.

    >>> unclipped("for t in range(T):\\n    da = np.clip(da, -5, 5)\\n    db += da")
    ('for t in range(T):\\n    pass\\n    db += da', ['da = np.clip(da, -5, 5)'])
    """
    lines = textwrap.dedent(text).split("\n")
    tree = module([Row(number, line, line) for number, line in enumerate(lines, 1)]) if re.search(r"\bclip\b|norm", text) else None
    every = [x for block in blocks(tree) for x in block] if tree else []
    found, told = dict[ast.stmt, None](), list[str]()
    for x in every:
        if (said := clips(x)) and not any(x in ast.walk(y) for y in found):
            found[x] = None
            told.append(short(said))
    for x in reversed(every) if found else ():  # what they alone need is not read either
        theirs = {id(y) for z in found for y in ast.walk(z)}
        if isinstance(x, ast.Assign) and isinstance(x.targets[0], ast.Name) and id(x) not in theirs and about(x):
            uses = [y for z in every for y in ast.walk(z) if isinstance(y, ast.Name) and y.id == x.targets[0].id and y is not x.targets[0]]
            found |= {x: None} if uses and all(id(y) in theirs for y in uses) else {}
    for x in found:
        first, last = x.lineno - 1, x.end_lineno or x.lineno
        if ";" in lines[first]:
            return text, []
        deep = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        lines[first:last] = [f"{deep}pass", *[""] * (last - first - 1)]
    return ("\n".join(lines), told) if found else (text, [])


def clips(x: ast.stmt) -> str:
    """The line in a statement that clips what it changes, and does nothing else; nothing of any other."""
    match x:
        case ast.For(body=body, orelse=[]):
            told = [clips(y) or isinstance(y, ast.Assign) and y is not body[-1] and about(y) for y in body]
            return str(told[-1]) if all(told) else ""
        case ast.If(ast.Compare(of, [ast.Gt() | ast.GtE()], [_]) | ast.Compare(_, [ast.Lt()], [of]), body, []) if "norm" in ast.unparse(of):
            inner = [z for y in body for z in (y.body if isinstance(y, ast.For) else [y])]
            only = all(scales(y) or isinstance(y, ast.Assign) and y is not inner[-1] and about(y) for y in inner)
            return ast.unparse(x).splitlines()[0] if only else ""
        case ast.Assign([left], ast.Call(ast.Attribute(ast.Name("np" | "numpy"), "clip"), [of, low, high], [])):
            pass
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("np" | "numpy"), "clip"), [of, low, high], [ast.keyword("out", left)])):
            pass
        case _:
            return ""
    return ast.unparse(x) if ast.unparse(left) == ast.unparse(of) and ast.unparse(low) == f"-{ast.unparse(high)}" else ""


def about(x: ast.Assign) -> bool:
    """Whether a line says no more than what a norm is, what one multiplies by, or which arrays there are."""
    arrays = isinstance(x.value, (ast.List, ast.Tuple)) and all(isinstance(y, ast.Name) for y in x.value.elts)
    return isinstance(x.targets[0], ast.Name) and (arrays or "norm" in ast.unparse(x) and not x.targets[0].id.startswith("d"))


def scales(x: ast.stmt) -> bool:
    """Whether a statement multiplies what it changes, and does nothing else."""
    for left, value in pairs(x) if isinstance(x, ast.Assign) else ():
        parts, factors = [value], list[str]()
        while parts:
            one = parts.pop()
            if isinstance(one, ast.BinOp) and isinstance(one.op, (ast.Mult, ast.Div)):
                parts += [one.left, one.right][: 2 if isinstance(one.op, ast.Mult) else 1]
            factors.append(ast.unparse(one))
        if factors.count(ast.unparse(left)) != 1:
            return False
    return isinstance(x, ast.Assign) or isinstance(x, ast.AugAssign) and isinstance(x.op, (ast.Mult, ast.Div))


def whole(text: str) -> tuple[str, list[str]]:
    """A program whose loops go back to the first step where they stop after some, and what they stop by.

    >>> whole("for t in range(T):\\n    for k in range(t, max(-1, t - tau), -1):\\n        dW += 1")
    ('for t in range(T):\\n    for k in range(t, -1, -1):\\n        dW += 1', ['max(-1, t - tau)'])
    """
    told = [f"max({found[3]}, {found[4]})".replace("self.", "") for found in STOPS.finditer(text)]
    return STOPS.sub(r"\1\3", text), told
