"""A function of one step, ``dh_prev = step(dh_next, ...)``, as it is called: at each step from the last to the first with what it gave at
the step after, its gradients added."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

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


def onestep(
    tree: ast.Module, words: Vocabulary, states: Mapping[str, bool], heads: Mapping[str, str]
) -> list[tuple[ast.Module, list[str]]]:
    """A program that is a function of one step as a loop over all, in the readings of what it is given; none for any other.
    ``states``: of each whether it is what a cell gives, to whose adjoint others add at the step; ``heads``: how
    a loop goes over its steps."""
    functions = [x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef) and x.name != "__init__"]
    loops = any(isinstance(x, (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.Lambda)) for x in ast.walk(tree))
    if len(functions) != 1 or loops or sum(isinstance(x, ast.Return) for x in ast.walk(tree)) > 1:
        return []
    step = OneStep(functions[0], words, states)
    over = {heads[of] for of in step.on}
    if not step.plain or len(over) > 1 or (kept := step.without_caches()) is None or (summed := step.added(kept)) is None:
        return []
    above = [y for y in tree.body if not isinstance(y, ast.ClassDef) and y is not functions[0]]
    return [(finished(ast.Module([*above, *loop], [])), [*step.notes, *said]) for loop, said in step.loops(kept, summed, *over)]


class OneStep:
    """A function of one step. ``into``: of each name under which it is given the adjoint of a state, which; ``on``: what it gives back of
    each; ``parts``: all that it gives back, and ``names``, those that are names; ``new``: what its names are in a loop."""

    def __init__(self, function: ast.FunctionDef, words: Vocabulary, states: Mapping[str, bool]):
        self.name, self.words, self.states = function.name, words, states
        self.notes, self.gradients = list[str](), list[str]()
        self.body, self.given = copied(function).body, [x.arg for x in function.args.args if x.arg != "self"]
        back = self.body.pop().value if isinstance(self.body[-1], ast.Return) else None  # type: ignore[attr-defined]
        match back, self.body[-1:]:
            case ast.Name(name), [ast.Assign([ast.Name(last)], ast.Dict() | ast.Tuple() as gives)] if name == last:
                back = gives
                self.body.pop()
        self.parts = back.values if isinstance(back, ast.Dict) else back.elts if isinstance(back, ast.Tuple) else [back] if back else []
        self.names = [name_in(x) for x in self.parts if isinstance(x, ast.Name)]
        keys = [str(getattr(x, "value", "")) for x in back.keys] if isinstance(back, ast.Dict) else self.names
        self.into = {name: of for name in self.given if (of := self.state(name))}
        self.on: dict[str, list[ast.expr]] = {of: [] for of in self.into.values()}
        for x in self.parts:
            if isinstance(x, ast.Name) and (of := self.state(x.id)) in self.on:
                self.on[of].append(x)
        if other := [x for x in self.parts if not isinstance(x, ast.Name)]:
            self.on |= {of: other for of in self.on if not self.on[of]}
        if back is None:
            self.on = {of: [ast.Name(name) for name in stored(function) if "prev" in name and self.state(name) == of] for of in self.on}
        several = any(len(x) > 1 for x in self.on.values()) or len(self.on) > 1 and bool(other) or len(other) > 1
        alike = all(words.called(key) == words.called(name) for key, name in zip(keys, self.names, strict=False))
        # each state once, and what is given back under its own name
        self.plain = bool(self.body and self.into) and len({*self.into.values()}) == len(self.into) and alike and not several
        self.used = {name for x in self.body for name in names_of(x)}
        self.new: dict[str, ast.expr] = {name: ast.Name(own(name)) for name in self.into}
        for name in self.used:  # h_next beside h_prev is that of the step
            of = name.removeprefix("next_").removeprefix("prev_").removesuffix("_next")
            if of in states and name in (f"next_{of}", f"{of}_next") and self.used.isdisjoint({of, f"{of}_t"}):
                self.new[name] = ast.Name(of)
            if of in states and name == f"prev_{of}":
                self.new[name] = ast.Name(f"{of}_prev")
        lacks = [f"d{of}" for of in self.on if not self.on[of] and any(self.state(x) == of and "prev" in x for x in stored(function))]
        self.notes += [f"what goes back to `{name}` {LACKS}" for name in lacks]

    def state(self, name: str) -> str:
        """The state whose adjoint this is at some step, ``dh_next``."""
        of = self.words.called(SIDES.sub("", name)) or ""
        if len(self.states) == 1 and SIDES.sub("", name) == "d":  # dnext, where there is one
            return next(iter(self.states))
        return of[1:] if self.words.adjoint(of) and of[1:] in self.states else ""

    def without_caches(self) -> list[ast.stmt] | None:
        """The lines without those that take a cache apart; nothing where it is not taken apart by names that say what they are."""
        kept = list[ast.stmt]()
        for x in self.body:
            match x:
                case ast.Assign([ast.Tuple(lefts) as left], ast.Name(cache)) if cache in self.given and not self.words.called(cache):
                    theirs = [name_in(self.new.get(name_in(y), y)) for y in lefts]
                    early = {name for y in kept for name in names_of(y)} & names_of(left)
                    if early or not all(moved(y, self.words) or self.words.timed.get(self.words.called(y) or "") is False for y in theirs):
                        return None
                    unsaid = self.used - {*names_of(left), *self.given} - stored(ast.Module(self.body, []))
                    if any(moved(name, self.words) for name in unsaid):
                        return None
                    self.notes.append(GIVEN.format(short(ast.unparse(x))))
                case _:
                    kept.append(x)
        return kept

    def added(self, kept: list[ast.stmt]) -> list[str] | None:
        """The gradients that it makes of one step, which are then names of its own; nothing where what is made is not what is given."""
        made = {name_in(left) for x in kept for y in ast.walk(x) for side in lefts_of(y) for left in getattr(side, "elts", [side])}
        grown = {name_in(y.target) for x in kept for y in ast.walk(x) if isinstance(y, ast.AugAssign)}
        self.gradients = sorted(name for name in made if self.words.timed.get((self.words.called(name) or "")[1:]) is False)
        summed = [name for name in self.gradients if name not in grown or name in self.names]
        if len({*self.names}) < len(self.names) or {*self.names} & {*self.gradients} and not {*summed} <= {*self.names}:
            return None
        self.new |= {name: ast.Name(own(name)) for name in summed}
        self.notes += [f"the gradients that `{self.name}` {ADDED}"] * bool(summed)
        return summed

    def loops(self, kept: list[ast.stmt], summed: list[str], over: str) -> Iterator[tuple[list[ast.stmt], list[str]]]:
        """The loop over the steps, where what it is given of a state is all that comes to it or what comes from the step after."""
        free = (name for name in self.given if name in self.used and not moved(name, self.words) and not self.words.called(name))
        at = next((name for name in free if indexes(name, self.body)), "t")
        begun: list[ast.stmt] = [assign(name, ast.Constant(0)) for name in (*(f"out {of}" for of in self.on), *self.gradients)]
        end: list[ast.stmt] = [ast.Expr(put(x, named(self.new))) for x in self.parts]  # which has to be made
        end += [assign(f"out {of}", put(x, named(self.new))) for of, values in self.on.items() for x in values]
        end += [ast.AugAssign(ast.Name(name), ast.Add(), ast.Name(own(name))) for name in summed]
        onward = any("next" in name for name in self.used - {*self.into})  # as the state that the step makes is called
        given_as = {of: name for name, of in self.into.items()}
        every = frozenset(of for of in self.on if self.states[of] and (onward or "next" not in given_as[of]))
        for whole in dict.fromkeys(
            (every, frozenset[str](), frozenset(of for of in self.on if self.states[of] and f"d{of}" not in self.used))
        ):
            start: list[ast.stmt] = []
            for of in self.on:
                rest, total = ast.Name(f"{REST}{of}"), ast.Name(f"{WHOLE}{of}")
                start += [] if self.on[of] else [assign(f"out {of}", ast.BinOp(total, ast.Sub(), rest))]
                some = ast.BinOp(ast.Constant(int(of in whole)), ast.Mult(), rest)
                start.append(assign(own(given_as[of]), ast.BinOp(some, ast.Add(), ast.Name(f"out {of}"))))
            head = ast.parse(over, mode="eval").body
            loop = ast.For(ast.Name(at), head, [*start, *(put(x, named(self.new)) for x in kept), *end], [])
            yield [*begun, loop], [(ALL if of in whole else BACK).format(name, self.name) for name, of in self.into.items()]


def own(name: str) -> str:
    """The name of what a program calls so and is none of the model's."""
    return f"{OWN}{name}"


def assign(name: str, value: ast.expr) -> ast.Assign:
    """``name = value``."""
    return ast.Assign([ast.Name(name)], value)


def indexes(name: str, body: list[ast.stmt]) -> bool:
    """Whether a name says which step is meant."""
    return any(isinstance(x, ast.Subscript) and name in names_of(x.slice) for y in body for x in ast.walk(y))
