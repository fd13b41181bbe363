"""A step that several indices make, ``h_{t-k}`` or ``o_{T+t-i}``, as one index of its own: what else hangs on the old one is put in terms
of it. Syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from autograd_rnn.formulas.checking.elements import LETTERS
from autograd_rnn.formulas.checking.lines import Line
from autograd_rnn.formulas.checking.sugar import placed, rewritten

Linear = dict[str, int]  # of each index how often it is in a time, and of "" the number
ENDS = ("t", "T", "S")


def linear(node: ast.AST) -> Linear | None:
    """A time as the indices in it; None of what is none."""
    found: Linear = {"": 0}
    stack: list[tuple[ast.AST, int]] = [(node, 1)]
    while stack:
        match stack.pop():
            case ast.Constant(int(n)), sign:
                found[""] += sign * n
            case ast.Name(name), sign:
                found[name] = found.get(name, 0) + sign
            case ast.BinOp(left, ast.Add() | ast.Sub() as op, right), sign:
                stack += [(left, sign), (right, sign if isinstance(op, ast.Add) else -sign)]
            case ast.UnaryOp(ast.USub(), of), sign:
                stack.append((of, -sign))
            case _:
                return None
    return {name: n for name, n in found.items() if n or not name}


def time_of(found: Mapping[str, int]) -> ast.expr:
    """A time of indices, those that are added first: ``t - n + 1``."""
    node: ast.expr | None = None
    for name, n in sorted(found.items(), key=lambda pair: (not pair[0], pair[1] < 0)):
        part: ast.expr = ast.Name(name) if name else ast.Constant(abs(n))
        for _ in range(abs(n) if name else bool(n)):
            start = ast.UnaryOp(ast.USub(), part) if n < 0 else part
            node = start if node is None else ast.BinOp(node, ast.Add() if n > 0 else ast.Sub(), part)
    return node or ast.Constant(0)


def added(a: Mapping[str, int], b: Mapping[str, int], times: int = 1) -> Linear:
    """a and b so many times."""
    found = {name: a.get(name, 0) + times * b.get(name, 0) for name in {"", *a, *b}}
    return {name: n for name, n in found.items() if n or not name}


class Place(NamedTuple):
    """Where a time or a number of steps stands: in which node, in which of its fields and, of several, which; and whether it is a time."""

    node: ast.AST
    field: str
    which: int | None = None
    timed: bool = False

    @property
    def old(self) -> ast.expr:
        """What stands there."""
        value = getattr(self.node, self.field)
        found: ast.expr = value if self.which is None else value[self.which]
        return found

    @property
    def time(self) -> Linear:
        """What stands there, as indices; none where it is no time."""
        return linear(self.old) or {"": 0}

    def put(self, found: Linear) -> None:
        """Puts a time there."""
        new = placed(time_of(found), self.old)
        if self.which is None:
            setattr(self.node, self.field, new)
        else:
            getattr(self.node, self.field)[self.which] = new


def places(root: ast.AST) -> Iterator[Place]:
    """Where a time or a number of steps may stand."""
    for node in ast.walk(root):
        match node:
            case ast.Subscript():
                yield Place(node, "slice", timed=True)
            case ast.BinOp(_, ast.Pow() | ast.BitXor(), _):
                yield Place(node, "right")
            case ast.Call(ast.Attribute(_, "raised"), [_], []):
                yield Place(node, "args", 0)
            case ast.Call(ast.Name("matrix_power" | "power"), [_, _], []):
                yield Place(node, "args", 1)
            case ast.Call(ast.Name("Sum" | "Prod"), [_, _, _, _], []):
                yield from (Place(node, "args", k) for k in (2, 3))


def single(tree: ast.AST, taken: Collection[str]) -> list[str]:
    """Puts a line, in place, so that each of its steps has one index; what was put for what. ``taken``: names that are none of an index."""
    if not any(len(place.time) > 2 for place in places(tree)):
        return []
    for node in list(ast.walk(tree)):
        for field, value in ast.iter_fields(node):
            match value:
                case ast.Call(ast.Name("sum"), [ast.GeneratorExp() | ast.ListComp()], []):
                    setattr(node, field, placed(rewritten(value, ()), value))
    names = {x.id for x in ast.walk(tree) if isinstance(x, ast.Name)} | {*taken}
    free, told = [letter for letter in "mnijkqrl" if letter in LETTERS and letter not in names], []  # type: list[str], list[str]
    bound = {index: x for x in ast.walk(tree) if isinstance(x, ast.Call) and (index := summed(x))}
    for index in [*reversed(bound), *sorted(names - {*bound, *ENDS})]:
        whole = bound.get(index)
        body = tree if whole is None else whole.args[0]
        found = [place.time for place in places(body) if place.timed and index in place.time]
        several = next((at for at in found if len(at) > 2), None)
        if several is None or not free or abs(several[index]) != 1 or whole and len(whole.args) != 4:
            continue
        if any({**at, "": 0} != {**several, "": 0} for at in found):
            continue
        rest, sign = {name: n for name, n in several.items() if name not in ("", index)}, several[index]
        ends = [added(rest, linear(end) or {}, sign) for end in whole.args[2:]] if whole else []
        if any(len(end) > 2 and {*end} <= {"", *ENDS} for end in ends):  # from t to T - t
            continue
        new = free.pop(0)
        back = added({new: sign}, rest, -sign)  # what the old index is now
        for place in list(places(body)):
            if index in (at := place.time):
                place.put(added({name: n for name, n in at.items() if name != index}, back, at[index]))
        if whole is not None:
            falls = sign < 0 and getattr(whole.func, "id", "") == "Sum"  # a product stays in its order
            for k, end in enumerate(ends[::-1] if falls else ends):
                Place(whole, "args", 2 + k).put(end)
            whole.args[1] = ast.copy_location(ast.Name(new), whole.args[1])
        told.append(f"the step `{ast.unparse(time_of(rest | {index: sign}))}` is written `{new}` here")
    for index, whole in bound.items():  # of what is the same at each step only how often counts: from m+1 to t for from 1 to t-m
        ends = [linear(end) or {} for end in whole.args[2:]]
        if len(ends) == 2 and not any(isinstance(x, ast.Name) and x.id == index for x in ast.walk(whole.args[0])):
            for name in [name for name, n in ends[1].items() if n < 0 and name]:
                ends = [added(end, {name: 1}) for end in ends]
            for k, end in enumerate(ends):
                Place(whole, "args", 2 + k).put(end)
    return told


def collected(lines: list[Line]) -> list[Line]:
    """The lines, with those as one that add to one quantity: ``dh[t] += ...`` and ``dh[t-1] += ...``, which is so for all t."""
    found: list[Line] = []
    sums: dict[str, int] = {}
    for line in lines:
        left = line.lefts[0]
        at = None
        if line.more:
            at = linear(left.slice) if isinstance(left, ast.Subscript) else {"": 0}
        if at is None:
            found.append(line)
            continue
        whole, shift = ast.Module([ast.Assign([left], line.right)], []), at[""] if at.get("t") == 1 else 0
        if shift and not any(summed(x) for x in ast.walk(line.right)):
            for place in list(places(whole)):
                if "t" in (time := place.time):
                    place.put(added(time, {"": -shift}, time["t"]))
        key = f"{ast.unparse(left)} {sorted(map(str, line.apart))}"
        if (k := sums.get(key)) is None:
            sums[key] = len(found)
            found.append(line)
            continue
        both = ast.copy_location(ast.BinOp(found[k].right, ast.Add(), line.right), line.right)
        found[k] = found[k]._replace(right=both, notes=(*found[k].notes, *line.notes), more=False)
    alone = "`+=` on one line alone is read as `=`"
    return [line._replace(notes=(*line.notes, alone)) if line.more and not summed(line.right) else line for line in found]


def summed(node: ast.AST) -> str:
    """The index of a sum or a product over one; nothing of anything else."""
    match node:
        case ast.Call(ast.Name("Sum" | "Prod"), [_, ast.Name(index), *_], []):
            return index
    return ""
