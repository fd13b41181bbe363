"""A function of one step, ``dh_prev = step(dh_next, ...)``, as it is called: at each step from the last to the first with what it gave at
the step after, its gradients added."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.taken import GIVEN
from autograd_rnn.formulas.programs.trees import finished, lefts_of, moved, named, put, stored
from autograd_rnn.formulas.programs.values import copied, name_in, names_of
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

OWN = "own_"
REST, WHOLE = "rest of ", "whole of "  # in front of a state: its adjoint, without what comes back from the step after or with it
SIDES = re.compile(r"_?(?:next|prev)_?|_t$|_?0$")
BACK = "`{0}` is taken as what `{1}` gave at the step after"
ALL = "`{0}` is taken as all that comes into step t: whoever calls `{1}` adds what does not come from the step after"
LACKS = "is made and not returned, and nothing says that the step before is given it"
ADDED = "gives are those of one step: they are taken as added over the steps"


def onestep(tree: ast.Module, words: Vocabulary, states: Mapping[str, bool]) -> list[tuple[ast.Module, list[str]]]:
    """A program that is a function of one step as a loop over all, in the readings of what it is given; none for any other.
    ``states``: of each whether it is what a cell gives, to whose adjoint others add at the step."""
    functions = [x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef) and x.name != "__init__"]
    loops = any(isinstance(x, (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.Lambda)) for x in ast.walk(tree))
    if len(functions) != 1 or loops or sum(isinstance(x, ast.Return) for x in ast.walk(tree)) > 1:
        return []
    function = functions[0]
    body, given = copied(function).body, [x.arg for x in function.args.args if x.arg != "self"]
    back = body.pop().value if isinstance(body[-1], ast.Return) else None  # type: ignore[attr-defined]
    match back, body[-1:]:
        case ast.Name(name), [ast.Assign([ast.Name(last)], ast.Dict() | ast.Tuple() as gives)] if name == last:
            back = gives
            body.pop()
    parts = back.values if isinstance(back, ast.Dict) else back.elts if isinstance(back, ast.Tuple) else [back] if back else []
    names = [name_in(x) for x in parts if isinstance(x, ast.Name)]
    keys = [str(getattr(x, "value", "")) for x in back.keys] if isinstance(back, ast.Dict) else names
    if any(words.called(key) != words.called(name) for key, name in zip(keys, names, strict=False)):
        return []

    def state(name: str) -> str:
        of = words.called(SIDES.sub("", name)) or ""
        return of[1:] if words.adjoint(of) and of[1:] in states else ""

    into = {name: of for name in given if (of := state(name))}
    on: dict[str, list[ast.expr]] = {of: [x for x in parts if isinstance(x, ast.Name) and state(x.id) == of] for of in into.values()}
    if other := [x for x in parts if not isinstance(x, ast.Name)]:
        on |= {of: other for of in on if not on[of]}
    if back is None:
        on = {of: [ast.Name(name) for name in stored(function) if "prev" in name and state(name) == of] for of in on}
    several = len({*into.values()}) < len(into) or any(len(x) > 1 for x in on.values()) or len(on) > 1 and bool(other) or len(other) > 1
    if not body or not into or several:
        return []
    used = {name for x in body for name in names_of(x)}
    at = next((name for name in given if name in used and not moved(name, words) and not words.called(name) and indexes(name, body)), "t")
    new: dict[str, ast.expr] = {name: ast.Name(own(name)) for name in into}
    for name in used:  # h_next beside h_prev is that of the step
        if (
            (found := re.fullmatch(r"next_(\w+)|(\w+)_next", name))
            and (of := found[1] or found[2]) in states
            and used.isdisjoint({of, f"{of}_t"})
        ):
            new[name] = ast.Name(of)
        if (found := re.fullmatch(r"prev_(\w+)", name)) and found[1] in states:
            new[name] = ast.Name(f"{found[1]}_prev")
    lacks = [f"d{of}" for of in on if not on[of] and any(state(name) == of and "prev" in name for name in stored(function))]
    notes, kept = [f"what goes back to `{name}` {LACKS}" for name in lacks], list[ast.stmt]()
    for x in body:
        match x:
            case ast.Assign([ast.Tuple(lefts)], ast.Name(cache)) if cache in given and not words.called(cache):
                theirs = [new.get(name_in(y), y) for y in lefts]
                early = {name for y in kept for name in names_of(y)} & names_of(x.targets[0])
                if early or not all(moved(name_in(y), words) or words.timed.get(words.called(name_in(y)) or "") is False for y in theirs):
                    return []
                notes.append(GIVEN.format(short(ast.unparse(x))))
            case _:
                kept.append(x)
    made = {name_in(left) for x in kept for y in ast.walk(x) for side in lefts_of(y) for left in getattr(side, "elts", [side])}
    grown = {name_in(y.target) for x in kept for y in ast.walk(x) if isinstance(y, ast.AugAssign)}
    gradients = sorted(name for name in made if words.timed.get((words.called(name) or "")[1:]) is False)
    summed = [name for name in gradients if name not in grown or name in names]
    if len({*names}) < len(names) or {*names} & {*gradients} and not {*summed} <= {*names}:
        return []  # what is made is not what is given
    new |= {name: ast.Name(own(name)) for name in summed}
    notes += [f"the gradients that `{function.name}` {ADDED}"] * bool(summed)
    begun = [assign(name, ast.Constant(0)) for name in (*(f"out {of}" for of in on), *gradients)]
    end: list[ast.stmt] = [ast.Expr(put(x, named(new))) for x in parts]  # which has to be made
    end += [assign(f"out {of}", put(x, named(new))) for of, values in on.items() for x in values]
    end += [ast.AugAssign(ast.Name(name), ast.Add(), ast.Name(own(name))) for name in summed]
    onward = any("next" in name for name in used - {*into})  # as the state that the step makes is called
    given_as = {of: name for name, of in into.items()}
    ways = list[tuple[ast.Module, list[str]]]()
    for whole in dict.fromkeys((frozenset(of for of in on if states[of] and (onward or "next" not in given_as[of])), frozenset[str]())):
        start: list[ast.stmt] = []
        for of in on:
            rest, every = ast.Name(f"{REST}{of}"), ast.Name(f"{WHOLE}{of}")
            start += [] if on[of] else [assign(f"out {of}", ast.BinOp(every, ast.Sub(), rest))]
            some = ast.BinOp(ast.Constant(int(of in whole)), ast.Mult(), rest)
            start.append(assign(own(given_as[of]), ast.BinOp(some, ast.Add(), ast.Name(f"out {of}"))))
        head = ast.parse("reversed(range(T))", mode="eval").body
        loop = ast.For(ast.Name(at), head, [*start, *(put(x, named(new)) for x in kept), *end], [])
        above = [y for y in tree.body if not isinstance(y, ast.ClassDef) and y is not function]
        said = [(ALL if of in whole else BACK).format(name, function.name) for name, of in into.items()]
        ways.append((finished(ast.Module([*above, *begun, loop], [])), [*notes, *said]))
    return ways


def own(name: str) -> str:
    """The name of what a program calls so and is none of the model's."""
    return f"{OWN}{name}"


def assign(name: str, value: ast.expr) -> ast.Assign:
    """``name = value``."""
    return ast.Assign([ast.Name(name)], value)


def indexes(name: str, body: list[ast.stmt]) -> bool:
    """Whether a name says which step is meant."""
    return any(isinstance(x, ast.Subscript) and name in names_of(x.slice) for y in body for x in ast.walk(y))
