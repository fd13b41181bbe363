"""What a loop of a program has of the others: of one above what its last step made, of one below nothing yet."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from autograd_rnn.formulas.programs.bodies import Loop, carried_in
from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.values import Values, is_zero, name_in, names_of
from autograd_rnn.formulas.writing.lines import Unreadable

LIKE = ("len", "np.zeros_like", "np.ones_like")  # which needs no more than a shape


def alone(body: list[ast.stmt], loop: Loop, below: Collection[str], above: Mapping[str, bool], needed: Collection[str]) -> None:
    """Refuses a loop whose steps need what another loop makes at each of its own. ``below``: what later ones make; ``above``: what earlier
    ones made anew at each step, and whether they ended with the first; ``needed``: what the earlier ones used."""
    lefts = [y.targets[0] for y in body if isinstance(y, ast.Assign)]
    anew = {name_in(y) for y in lefts if not (isinstance(y, ast.Subscript) and isinstance(y.value, ast.Subscript))}
    whole, carried = {y.id for y in lefts if isinstance(y, ast.Name)}, carried_in(body)
    for x in body:
        value, line = getattr(x, "value", x), short(ast.unparse(x))
        changed = {name_in(y) for y in (*getattr(x, "targets", ()), getattr(x, "target", x))} - anew
        handed = {y for y in names_of(value) & carried if not (loop.backwards and above.get(y))}
        if last := (names_of(x) - whole | handed) & above.keys():
            raise Unreadable(f"`{min(last)}` is here what the last step of the loop above made: `{min(last)}[t] = ...` keeps all: {line}")
        if ahead := names_of(value) & {*below} - anew:
            raise Unreadable(f"`{min(ahead)}` is made by the loop below: {line}")
        if late := changed & {*needed}:
            raise Unreadable(f"`{min(late)}` is changed after the loop above has used it: {line}")
        for y in ast.walk(value):
            by = (offset(y, loop) or 0) * (-1 if loop.backwards else 1)
            if isinstance(y, ast.Subscript) and by > 0 and any(name_in(z) == name_in(y) and offset(z, loop) == 0 for z in lefts):
                raise Unreadable(f"the loop has not been at `{ast.unparse(y)}` by then: {line}")


def in_step(body: list[ast.stmt], loop: Loop, values: Values, arrays: Collection[str]) -> None:
    """Refuses a loop that needs of a step what it does later, or all steps for one. ``arrays``: what other loops have made by step."""
    lefts = [y for x in body for y in getattr(x, "targets", ())]
    whole = {y.id for y in lefts if isinstance(y, ast.Name)}
    timed = {name_in(y) for y in lefts if offset(y, loop) == 0} | {*arrays} - whole
    for x in body:
        value = getattr(x, "value", x)
        within = {id(y.value) for y in ast.walk(value) if isinstance(y, (ast.Subscript, ast.Attribute))}
        within |= {id(z) for y in ast.walk(value) if isinstance(y, ast.Call) and name_in(y.func) in ("len", "np") for z in y.args[:1]
                   if ast.unparse(y.func) in LIKE}  # fmt: skip
        for y in ast.walk(value):
            if isinstance(y, ast.Name) and y.id in timed and id(y) not in within:
                raise Unreadable(f"`{y.id}` is that of all steps here, and `{y.id}[{loop.step}]` that of one: {short(ast.unparse(x))}")
            if isinstance(y, ast.Subscript) and offset(y, loop) == 0 and name_in(y) in whole - timed:
                raise Unreadable(
                    f"`{name_in(y)}` is that of one step here: write `{name_in(y)}[{loop.step}] = ...`: {short(ast.unparse(x))}"
                )
    carried, used = carried_in(body), {y for x in body for y in names_of(x)}
    late = carried if not values.both and not loop.backwards and "range" in loop.head and any(map(values.adjoint, used)) else set()
    if late:
        said = f"`{min(late)}` comes from the step after, and the loop has not been there"
        raise Unreadable(f"{said}: write `for {loop.step} in reversed(range(T)):`")
    if loop.step != "t" and "t" in used and not any(name_in(y) == "t" for x in body for y in getattr(x, "targets", ())):
        line = next(x for x in body if "t" in names_of(x))
        raise Unreadable(f"the loop counts `{loop.step}`, and its lines are of the step `t`: {short(ast.unparse(line))}")
    anew = {name_in(y) for x in body for y in getattr(x, "targets", ()) if isinstance(y, ast.Name)}
    needed = {y for x in body for y in names_of(getattr(x, "value", x))}
    for x in body:
        match x:
            case ast.Assign([ast.Name(name)], value) if is_zero(value) and not values.fleeting(name):
                raise Unreadable(f"`{name}` is set to zero at every step of the loop: that stands before it")
            case ast.AugAssign(ast.Name(name)) if name not in anew and (values.adjoint(name) and values.fleeting(name) or name in needed):
                raise Unreadable(f"`{name}` is added to at every step of the loop and keeps what all of them gave: write `{name} = ...`")


def in_turn(body: list[ast.stmt], loop: Loop) -> None:
    """Refuses a loop that adds to what a step was by then: it has been there, or a line above has used it, or its own line says it anew."""
    anew = {name_in(y) for x in body for y in getattr(x, "targets", ()) if offset(y, loop) == 0}
    for k, x in enumerate(body):
        target = x.target if isinstance(x, ast.AugAssign) else ast.Constant(0)
        by, key, line = offset(target, loop), ast.unparse(target), short(ast.unparse(x))
        ahead = (by or 0) * (-1 if loop.backwards else 1)
        if ahead < 0:
            raise Unreadable(f"the loop has been at `{key}` by then: {line}")
        if ahead > 0 and name_in(target) in anew:
            raise Unreadable(f"what is added to `{key}` is lost where the loop says anew what `{name_in(target)}` is: {line}")
        before = (z for y in body[:k] for z in ast.walk(getattr(y, "value", y)))
        if by == 0 and name_in(target) not in anew and any(isinstance(z, ast.Subscript) and ast.unparse(z) == key for z in before):
            raise Unreadable(f"`{key}` is changed after a line above has used it: {line}")


def same_steps(body: list[ast.stmt], loop: Loop, spans: Mapping[str, tuple[int, str]]) -> None:
    """Refuses a loop that uses by its step what one over other steps has filled. ``spans``: the first and the last step of each."""
    for x in body:
        for y in ast.walk(x):
            name = name_in(y) if isinstance(y, ast.Subscript) and offset(y, loop) is not None else ""
            if spans.get(name, (loop.first, loop.last)) != (loop.first, loop.last):
                raise Unreadable(f"`{name}` is made by a loop over other steps than this one: {short(ast.unparse(x))}")


def offset(x: ast.AST, loop: Loop) -> int | None:
    """How many steps behind that of a loop an element is; None for what is none of a step."""
    match x:
        case ast.Subscript(ast.Name(), ast.Name(step)) if step == loop.step:
            return 0
        case ast.Subscript(ast.Name(), ast.BinOp(ast.Name(step), ast.Add() | ast.Sub() as op, ast.Constant(int(by)))) if step == loop.step:
            return by if isinstance(op, ast.Add) else -by
    return None


def filled(x: ast.stmt) -> set[str]:
    """The lists that a statement puts something into."""
    calls = (y.func for y in ast.walk(x) if isinstance(y, ast.Call) and isinstance(y.func, ast.Attribute))
    return {name_in(f) for f in calls if f.attr in ("append", "insert", "extend")}
