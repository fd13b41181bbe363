"""The body of a program's loop with each name made once: in place of what is changed there are names of their own."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.values import Values, copied, is_zero, name_in, names_of, subscripted
from autograd_rnn.formulas.writing.lines import Unreadable


class Loop(NamedTuple):
    """A loop over the steps. ``first``: the number of the first step."""

    head: str
    step: str
    first: int
    backwards: bool

    @property
    def last(self) -> str:
        """The letter of the last step."""
        return "S" if re.search(r"range\([^)]*\bS\b", self.head) else "T"


class Body:
    """The statements of a loop, each name made once: in place of what is changed there are names of their own."""

    def __init__(self, values: Values, body: list[ast.stmt], loop: Loop, started: set[str], onwards: set[str]):
        self.values, self.found, self.at = values, [], {}  # type: Values, list[tuple[ast.expr, ast.expr, ast.stmt]], dict[str, ast.expr]
        self.notes: list[str] = []
        events = [self.event(x) for x in body]
        anew = {key for key, _, fresh, _ in events if fresh}
        if whole := next((key for key in sorted(anew) if any(other.startswith(f"{key}[") for other, *_ in events)), None):
            raise Unreadable(f"`{whole}` is set as a whole at every step, and by element too: that stands before the loop")
        left = {key: sum(other == key for other, *_ in events) for key in anew}
        for (key, value, fresh, target), x in zip(events, body, strict=True):
            if key not in anew:
                collects = isinstance(x, ast.AugAssign) and x.target is target
                self.found.append((target, self.now(x.value if collects else value), x))  # type: ignore[attr-defined]
                continue
            left[key] -= 1
            if not fresh and self.found and ast.unparse(self.found[-1][0]) == ast.unparse(self.at.get(key, target)):
                self.at[key] = self.found.pop()[1]  # what is changed at once is one value
            value = self.now(value)
            name = target if not left[key] else ast.Name(values.fresh(name_in(target)))
            if left[key]:
                self.notes.append(f"`{name_in(name)}` is `{key}` as line {x.lineno} has it")
            if is_zero(value) and left[key]:
                self.at[key] = ast.Constant(0)
                continue
            if is_zero(value) and isinstance(target, ast.Name):
                raise Unreadable(f"`{key}` is set to zero at every step of the loop: that stands before it")
            self.found.append((name, value, x))
            self.at[key] = load(name)
        early = [key for key in anew if "[" in key]
        for k, (_, value, x) in enumerate(self.found):
            later = {ast.unparse(other) for other, _, _ in self.found[k:]}
            used = {ast.unparse(y) for y in ast.walk(value) if isinstance(y, ast.Subscript)}
            if ahead := next((key for key in early if key in later and key in used), None):
                raise Unreadable(f"`{ahead}` is used before its line has made it: {short(ast.unparse(x))}")
        now, before = ast.Name(loop.step), ast.BinOp(ast.Name(loop.step), ast.Sub(), ast.Constant(1))
        for carried in (*started, *onwards):
            self.timed(carried, *((now, before) if carried in started else (before, now)))
        self.lines = [self.line(*one) for one in self.found]

    def timed(self, name: str, early: ast.expr, late: ast.expr) -> None:
        """Gives a name that comes out of the step before in the loop its step: where it comes in, and from the line on that makes it."""
        made = next(k for k, (target, _, _) in enumerate(self.found) if ast.unparse(target) == name)
        for k, (target, value, x) in enumerate(self.found):
            value = self.values.put(value, {name: subscripted(name, early if k <= made else late)})
            self.found[k] = subscripted(name, late) if k == made else target, value, x

    def event(self, x: ast.stmt) -> tuple[str, ast.expr, bool, ast.expr]:
        """What a statement makes: its key, the value, whether that is all of it, and where it goes."""
        match x:
            case ast.Assign([ast.Subscript(ast.Name() | ast.Subscript() as of, ast.Compare() as mask)], value):
                return ast.unparse(of), ast.Call(ast.Name("where"), [mask, value, load(of)], []), False, of
            case ast.Assign([ast.Name() | ast.Subscript() as target], value):
                return ast.unparse(target), value, True, target
            case ast.AugAssign(ast.Subscript(ast.Name() | ast.Subscript() as of, index), ast.Sub(), ast.Constant(1)) if not simple_step(
                index
            ):
                parts = [y for y in getattr(index, "elts", [index]) if ast.unparse(y) not in ("0", ":")]  # a row or a column of one
                if len(parts) != 1:
                    raise Unreadable(f"one element is made less by 1, as `ds[y[t]] -= 1`: {short(ast.unparse(x))}")
                one = ast.Call(ast.Name("onehot"), parts, [])
                return ast.unparse(of), ast.BinOp(load(of), ast.Sub(), one), False, of
            case ast.AugAssign(ast.Name() | ast.Subscript() as target, op, value):
                return ast.unparse(target), ast.BinOp(load(target), op, value), False, target
        raise Unreadable(f"in the loop each line says what a name is: {short(ast.unparse(x))}")

    def now(self, value: ast.expr) -> ast.expr:
        """A value with what its names are by now."""
        return self.values.put(value, self.at)

    def line(self, target: ast.expr, value: ast.expr, x: ast.stmt) -> tuple[str, int]:
        """One line of the loop."""
        if isinstance(x, ast.AugAssign) and x.target is target and ast.unparse(target) not in self.at:
            return ast.unparse(self.values.renamed(at(x, ast.AugAssign(target, x.op, value)))), x.lineno
        match value:
            case ast.BinOp(ast.Constant(0), ast.Add(), right):
                value = right
        return ast.unparse(self.values.renamed(at(x, ast.Assign([target], value)))), x.lineno


MODULES = ("np", "numpy", "torch", "math")


def carried_in(body: list[ast.stmt]) -> set[str]:
    """The names that come into a step of a loop from the one that it did before."""
    made: set[str] = set()
    used: set[str] = set()
    for x in body:
        match x:
            case ast.Assign([target], value):
                used |= names_of(value) - made
                made |= {target.id} if isinstance(target, ast.Name) else set()
            case ast.AugAssign(target, _, value):
                used |= (names_of(value) | {name_in(target)}) - made
    return used & made


def simple_step(index: ast.expr) -> bool:
    """Whether an index is a step: a letter, or one plus or minus a number."""
    return isinstance(index, ast.Name) or isinstance(index, ast.BinOp)


def assigned(x: ast.stmt) -> set[str]:
    """The names that a statement gives something to."""
    lefts = [y for z in ast.walk(x) if isinstance(z, ast.Assign) for y in z.targets]
    lefts += [z.target for z in ast.walk(x) if isinstance(z, ast.AugAssign)]
    return {name_in(part) for left in lefts for part in getattr(left, "elts", [left])}


def made_in(x: ast.stmt) -> set[str]:
    """The names that a statement gives something to that is not just zero."""
    found = {name for z in ast.walk(x) if isinstance(z, ast.AugAssign) for name in assigned(z)}
    for z in (z for z in ast.walk(x) if isinstance(z, ast.Assign)):
        sides = zip(getattr(z.targets[0], "elts", z.targets), getattr(z.value, "elts", None) or [z.value] * len(z.targets), strict=False)
        found |= {name_in(left) for left, right in sides if not is_zero(right)}
    return found


def at(old: ast.stmt, new: ast.stmt) -> ast.stmt:
    """A new statement at the place of another."""
    return ast.fix_missing_locations(ast.copy_location(new, old))


def load(target: ast.expr) -> ast.expr:
    """What stands on a left side, as a value."""
    return copied(target)


IDLE = (ast.Assert, ast.Import, ast.ImportFrom, ast.Pass)


def idle(x: ast.stmt) -> bool:
    """Whether a statement makes nothing; what an assertion calls on an array of its own may."""
    calls = (y.func for y in ast.walk(x) if isinstance(y, ast.Call))
    return isinstance(x, IDLE) and all(
        name_in(f) in MODULES or isinstance(f, ast.Name) or getattr(f, "attr", "") in ("all", "any") for f in calls
    )
