"""A step that several indices make, ``h_{t-k}`` or ``o_{T+t-i}``, as one index of its own: what else hangs on the old one is put in terms
of it. Syntax alone."""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from autograd_rnn.algebra.expr import Time
from autograd_rnn.formulas.writing.elements import LETTERS
from autograd_rnn.formulas.writing.lines import Line
from autograd_rnn.formulas.writing.spans import moved_on
from autograd_rnn.formulas.writing.sugar import placed, replaced, rewritten

Linear = dict[str, int]  # of each index how often it is in a time, and of "" the number
ENDS = ("t", "T", "S")


def linear(node: ast.AST) -> Linear | None:
    """A time as the indices in it; None of what is none."""
    found: Linear = {"": 0}
    stack: list[tuple[ast.AST, int]] = [(node, 1)]
    while stack:
        match stack.pop():
            case ast.Constant(int(n)), sign if not isinstance(n, bool):
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


def put_to(side: ast.expr, step: str) -> None:
    """Puts t to a step, in place, ``... if t == T``."""
    there = linear(ast.parse(step, mode="eval").body) or {}
    for node in ast.walk(side):
        if isinstance(node, ast.Subscript) and (at := linear(node.slice)) and {**at, "": 1} == {"": 1, "t": 1}:
            node.slice = placed(time_of(added(there, {"": at[""]})), node.slice)


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
    loops = (ast.GeneratorExp, ast.ListComp)
    replaced(tree, lambda x: rewritten(x, ()) if isinstance(x, ast.Call) and any(isinstance(of, loops) for of in x.args) else x)
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
    """The lines, with those as one that add to one quantity: ``dh[t] += ...`` and ``dh[t-1] += ...``, which is so for all t; where some
    add at single steps, or leave some out, one for each of these."""
    found: list[Line] = []
    sums: dict[str, int] = {}
    for line in map(moved, lines):
        key = f"{ast.unparse(line.lefts[0])} {sorted(map(str, line.apart))}"
        if not line.more or not isinstance(line.lefts[0], ast.Name) and linear(getattr(line.lefts[0], "slice", line.lefts[0])) is None:
            found.append(line)
        elif (k := sums.get(key)) is None:
            sums[key] = len(found)
            found.append(line)
        else:
            found[k] = both(found[k], line)
    alone = "`+=` on one line alone is read as `=`"
    found = by_steps(found, [*sums])
    return [line._replace(notes=(*line.notes, alone)) if line.more == 1 and not summed(line.right) else line for line in found]


def moved(line: Line) -> Line:
    """A line that adds to ``dh[t-1]`` as one that adds to ``dh[t]``."""
    left = line.lefts[0]
    at = linear(left.slice) if line.more and isinstance(left, ast.Subscript) else None
    shift = at[""] if at and at.get("t") == 1 else 0
    if shift and not any(summed(x) for x in ast.walk(line.right)):
        for place in list(places(ast.Module([ast.Assign([left], line.right)], []))):
            if "t" in (time := place.time):
                place.put(added(time, {"": -shift}, time["t"]))
        line = line._replace(apart=moved_on(line.apart, shift))
    return line


def both(one: Line, other: Line) -> Line:
    """Two lines as one that adds both."""
    right = ast.copy_location(ast.BinOp(one.right, ast.Add(), other.right), other.right)
    return one._replace(right=right, notes=(*one.notes, *other.notes), more=one.more + other.more + 1)


def by_steps(lines: list[Line], sums: Collection[str]) -> list[Line]:
    """The lines, those on one quantity of which one adds to what others make at some of its steps put together: one line for each step
    that not all of them have, and one for the rest."""
    names = {key.partition("[")[0] for key in sums if "[" in key}
    for name in names:
        own = [x for x in lines if isinstance(x.lefts[0], ast.Subscript) and ast.unparse(x.lefts[0].value) == name and len(x.lefts) == 1]
        steps = [single_step(x) for x in own]
        if len(own) < 2 or None in steps or not any(step == "t" for step in steps):
            continue
        apart = {time for x in own for time in x.apart} | {time for time in steps if isinstance(time, Time) and inside(time)}
        made: list[Line] = []
        times: list[str | Time] = ["t", *sorted(apart)]
        for time in times:
            terms = [
                x if step == time else put(x, time)
                for x, step in zip(own, steps, strict=True)
                if step in (time, "t") and time not in x.apart
            ]
            if any(not x.more for x in terms[1:]):  # each is judged by itself
                return lines
            if terms:
                whole = functools.reduce(both, terms)
                made.append(whole._replace(apart=frozenset(apart) if time == "t" else frozenset()))
        outside = [x for x, step in zip(own, steps, strict=True) if isinstance(step, Time) and not inside(step)]
        lines = [*(x for x in lines if x not in own), *made, *outside]
    return sorted(lines, key=lambda line: line.number) if names else lines


def single_step(line: Line) -> str | Time | None:
    """The step of which a line is, if it is one; t if it is any; None of another, as ``t-1``."""
    at = linear(line.lefts[0].slice) if isinstance(line.lefts[0], ast.Subscript) else None
    if at is None or len(at) > 2:
        return None
    base = next((name for name in at if name), "")
    return ("t" if not at[""] else None) if base == "t" else Time("T" if base else "", at[""])


def inside(time: Time) -> bool:
    """Whether a step is one of the sequence."""
    return time.offset <= 0 if time.base else time.offset > 0


def put(line: Line, time: str | Time) -> Line:
    """A line on any step as it is of one."""
    if isinstance(time, str):
        return line
    left, right = copy.deepcopy((line.lefts[0], line.right))
    for side in (left, right):
        put_to(side, f"T{time.offset or ''}" if time.base else f"{time.offset}")
    return line._replace(lefts=[left], right=right)


def summed(node: ast.AST) -> str:
    """The index of a sum or a product over one; nothing of anything else."""
    match node:
        case ast.Call(ast.Name("Sum" | "Prod"), [_, ast.Name(index), *_], []):
            return index
    return ""
