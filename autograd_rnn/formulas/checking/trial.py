"""A program as it is run: what its names are to a model, what it is given, and which gradients it makes."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Container, Iterator, Mapping

import numpy as np

from autograd_rnn.engine.ops import softmax
from autograd_rnn.formulas.checking.worlds import FIRST, SHAPES, Layout, World
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.programs.begun import BEFORE, asked, zeros
from autograd_rnn.formulas.programs.held import UNMADE, Missing, Steps, beside, bulk, is_zero, parts
from autograd_rnn.formulas.programs.loops import HANDED
from autograd_rnn.formulas.programs.onestep import REST, WHOLE
from autograd_rnn.formulas.programs.reckoned import FUNCTIONS, PLAIN
from autograd_rnn.formulas.programs.running import Interpreter, Returned, local
from autograd_rnn.formulas.programs.trees import counted, fed, pairs, separate
from autograd_rnn.formulas.programs.values import name_in, names_of
from autograd_rnn.formulas.reading.names import Names
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.vocabulary import Vocabulary
from autograd_rnn.nets.losses import one_hot

LOSS = re.compile(r"^d[LEJ]_?(?=d)")  # dLdW, as dL/dW
FIRST_STATE = re.compile(r"(grad_?|d)?_?([^\W\d]+?)_?0")  # dh_0
SHIFTS = {"prev": -1, "next": 1, "t": 0}


LIBRARY = "tanh exp log sqrt outer diag square dot maximum zeros zeros_like asarray ravel squeeze transpose reshape"
KNOWN: dict[str, Value] = {
    **{name: FUNCTIONS[name] for name in LIBRARY.split() if name in FUNCTIONS},
    "beside": beside, "matrices": lambda a, b: a @ b if np.ndim(a) and np.ndim(b) else beside(a, b),  # `*` where `.*` is by elements
    "softmax": softmax, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "relu": lambda x: np.maximum(x, 0),
}  # fmt: skip


class Given(dict[str, Value]):
    """A dictionary that no line makes, of which not every key is known."""

    def __missing__(self, key: Value) -> Value:
        if isinstance(key, str) and (plain := key.replace("_", "")) != key and plain in self:
            return self[plain]
        raise Missing(key)


Pair = tuple[str, str | None, Value]  # a name, what it is in the tape, its value


class Trial:
    """A program: what its names are to a model, and what of them it makes."""

    def __init__(self, tree: ast.Module, words: Vocabulary, derivation: System):
        self.blocks, self.words = separate(tree), words
        self.symbols = Names(derivation).symbols  # in whatever letters
        nodes = [x for _, block in self.blocks for y in block if not isinstance(y, ast.ClassDef) for x in ast.walk(y)]
        stored = [x for x in nodes if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)]
        filled = [x for x in nodes if isinstance(x, ast.Subscript) and isinstance(x.ctx, ast.Store)]
        grown = {x.target.id for x in nodes if isinstance(x, ast.AugAssign) and isinstance(x.target, ast.Name)}
        grown |= {of for x in nodes if isinstance(x, ast.AugAssign) and (of := base(x.target))}
        taken = {x.arg for y in nodes if isinstance(y, (ast.FunctionDef, ast.Lambda)) for x in y.args.args}
        self.made = {x.id for x in stored} - {x.target.id for x in nodes if isinstance(x, ast.AugAssign) and isinstance(x.target, ast.Name)}
        inner = [y for function, block in self.blocks for y in block if function] + [x for x in nodes if isinstance(x, ast.FunctionDef)]
        within = {id(x) for y in inner for x in ast.walk(y) if not hasattr(x, "owner")}
        self.around = {x.id for x in stored if id(x) not in within}  # made where functions do not make their own
        self.filled = {base(x) for x in filled}
        over = {*words.sizes} - {"T", "S"}
        counts = {name_in(x.target) for x in nodes if isinstance(x, ast.For) and names_of(x.iter) & over} | {*words.sizes}  # of no step
        lefts = [x for x in filled if not any(isinstance(y, (ast.Compare, ast.Subscript)) for y in ast.walk(x.slice))]  # which is no step
        self.by_step = {base(x) for x in lefts if names_of(x.slice) - counts}
        self.listed = listed(nodes)
        self.typed = any(hasattr(x, "typed") for x in nodes)  # and no Python, in which an array of the steps is made before
        self.names = {x.id for x in nodes if isinstance(x, ast.Name)} - {x.name for x in nodes if isinstance(x, ast.FunctionDef)}
        self.names -= {*PLAIN, "np", "numpy"} | (taken - grown - self.names)
        self.ours = self.made | grown | self.filled
        self.defined = {x.name for x in nodes if isinstance(x, ast.FunctionDef)}
        sides = [side for x in nodes if isinstance(x, ast.Assign) for side in pairs(x)]
        empty = {name_in(a) for a, b in sides if any(isinstance(x, ast.expr) and zeros(x) for x in ast.walk(b))}
        befores = {name: self.meant(found[1])[0] for name in self.names - self.made if (found := BEFORE.fullmatch(name))}
        self.firsts = {name: of for name, of in befores.items() if of and derivation.roles.get(of) == "state"}
        states = {name for name in self.names | empty if derivation.roles.get(self.meant(name)[0] or "") == "state"}
        self.begins = not self.firsts and bool(states & empty) and not states & asked(tree) - self.around  # and nobody gives another
        entries = [side for x in nodes if isinstance(x, ast.Dict) for side in zip(x.keys, x.values, strict=True)]
        begun = {base(a) for a, b in sides if nothing(b)} | {str(a.value) for a, b in entries if isinstance(a, ast.Constant) and nothing(b)}
        self.once = any(name.startswith((REST, WHOLE)) for name in self.names)  # a function of one step
        several = self.once or any(isinstance(x, (ast.Import, ast.ImportFrom, ast.FunctionDef)) for y in tree.body for x in ast.walk(y))
        gradients = {x for x in self.ours | begun if words.adjoint(of := self.meant(x)[0] or "") and not words.timed[of]}
        forward = any(derivation.roles.get(self.meant(x)[0] or "") == "state" for x in self.ours - empty)
        self.whole = several or bool(gradients) and forward or any(x in gradients or x in grown & self.filled for x in begun)
        functions = (x for y in tree.body for x in ast.walk(y) if isinstance(x, ast.FunctionDef) and x.name not in self.defined)
        adds = [(x.target, x.op) for x in nodes if isinstance(x, ast.AugAssign)]
        onto = [(a, b.op) for a, b in sides if isinstance(b, ast.BinOp) and ast.unparse(b.left) == ast.unparse(a)]  # dW = dW + ...
        plus = [a for a, op in (*adds, *onto) if isinstance(op, (ast.Add, ast.Sub)) and isinstance(a, ast.Name)]
        sums = [name_in(a) for a in plus if not self.whole]
        self.unbegun = sorted(name for name in {*sums} & gradients if counted(name, tree) == sums.count(name) and name not in self.filled)
        self.handed = {x.arg for function in functions for x in function.args.args}
        self.assumed = set[str]()  # what it asks for before a line makes it
        self.placed = {base(x) for x in nodes if isinstance(x, ast.Subscript)}
        self.hot = unindexed(nodes)  # a class in no index is one
        self.meanings = {name: self.meant(name) for name in self.names | self.ours}
        timed = {name for name, (of, _) in self.meanings.items() if words.adjoint(of or "") and words.timed[of or ""]}
        self.lent = sorted(timed & self.names - self.ours - self.handed)  # adjoints that no line makes
        self.fed = functools.partial(fed, nodes)
        self.back: list[set[str]] = []  # what it gives back is in the run
        self.other: dict[str, tuple[Value, Value]] = {}  # of each that is not the tape's the value, and the tape's
        backward = [any(words.adjoint(self.meant(name)[0] or "") for x in block for name in names_of(x)) for _, block in self.blocks]
        self.gives = [*backward[:-1], True]  # of each block whether what it gives back is asked for
        self.texts = [x.value for x in nodes if isinstance(x, ast.Constant) and isinstance(x.value, str)]
        self.keyed = {base(x) for x in nodes if isinstance(x, ast.Subscript) and isinstance(getattr(x.slice, "value", 0), str)}
        self.keyed |= {base(x.value) for x in nodes if isinstance(x, ast.Attribute) and x.attr in ("items", "keys")}
        known = {name: self.meant(name)[0] or "" for name in self.ours}
        self.feeding = fed(nodes, self.keyed | {name for name, of in known.items() if words.adjoint(of) and not words.timed[of]})
        self.largest = max((abs(x.value) for x in nodes if isinstance(x, ast.Constant) and isinstance(x.value, int)), default=0)

    def meant(self, name: str) -> tuple[str | None, int]:
        """The model's name for one of the program's, if it has one, and of which step from that at hand it is."""
        if name.startswith((REST, WHOLE)):
            return name, 0
        plain, _, place = name.rpartition("_")
        ways = [(name, 0), (name.removesuffix("s"), 0), (LOSS.sub("", name), 0), *([(plain, SHIFTS[place])] if place in SHIFTS else [])]
        ways += [(name.removesuffix(place), shift) for place, shift in SHIFTS.items() if place.isalpha() and name.endswith(place)]  # hprev
        for tried, shift in ways:
            if found := self.words.called(tried) or self.words.accents.get(tried):
                symbol = self.symbols.get(found)
                return f"{'d' * symbol.adjoint}{symbol.name}" if symbol else found, shift
        return None, 0

    def claimed(self, name: str, among: Container[str]) -> str | None:
        """Which parameter's name another begins or ends with, the longest: ``grad_Whh``, ``Whh_sum``."""
        ends = sorted({x for k in range(len(name)) for x in (name[k:], name[: k + 1])}, key=lambda x: (-len(x), x))
        return next((of for x in ends if (of := self.meant(x)[0]) in among), None)

    def keys(self, at: World) -> Iterator[tuple[str, str]]:
        """The keys of a dictionary of the model's: those that the program has, and each parameter's."""
        said = {of: key for key in self.texts if (of := self.meant(key)[0]) in at.fixed or of in at.letters}
        yield from ((key, of) for of, key in said.items() if of)
        yield from ((name.replace("_", ""), name) for name in at.gradients if name not in said)

    def given(self, at: World, layout: Layout, functions: Mapping[str, Value] = KNOWN) -> tuple[dict[str, Value], dict[str, Value]]:
        """What the program's names are before it runs, and what those are that it uses before a line makes them. ``functions``: as they are
        on this run's numbers."""
        names: dict[str, Value] = {
            **{k: functions.get(k, v) for k, v in KNOWN.items()},
            **at.sizes,
            "onehot": lambda k: SHAPES.get(layout.shape, np.copy)(one_hot(k, at.classes)),
        }
        later: dict[str, Value] = dict.fromkeys(self.defined, UNMADE)
        for name in sorted(self.names - names.keys()):
            of, shift = self.meanings[name]
            known = of if of in at.steps or of in at.fixed else None
            ours = name in self.ours and (known is None or known in at.adjoints)
            on = HANDED.fullmatch(name)
            theirs = known in at.adjoints and name not in self.placed or on and f"d{on[1] or on[2]}" in at.adjoints
            if name.startswith((REST, WHOLE)):
                names[name] = at.value(name, layout)
            elif self.firsts.get(name) in at.states and not shift:
                before = at.steps[self.firsts[name]]
                names[name] = SHAPES.get(layout.shape, np.copy)(before[0 if 0 in before else max(before)])
            elif name in self.unbegun:
                names[name] = np.float64(0)
            elif self.whole and name not in self.handed and (ours and not (self.typed and name in self.filled) or theirs):
                later[name] = UNMADE
            elif ours:
                later[name] = (
                    np.float64(0) if name in self.ours - self.filled or name in self.made else Steps({}, at.last["T"], True, bare=False)
                )
            elif known in at.fixed and known in at.adjoints:
                continue  # a gradient that it has to make
            elif name in self.keyed and name not in self.ours:
                names[name] = Given((key, at.value(of, layout)) for key, of in self.keys(at))
            elif known is not None:
                value = at.value(known, layout, shift, name in self.hot)
                if isinstance(value, Steps):
                    value.bare = name not in self.placed and "matrices" not in self.names  # else all are one array
                (later if name in self.around else names)[name] = value
        return names, later

    def run(self, inside: Interpreter, at: World, layout: Layout, of_steps: bool) -> dict[str, bool]:
        """Of each gradient that is made whether it is the tape's; raises where it does not run."""
        spellings = {name: self.meanings[name] for name in sorted(self.ours)}
        plain = {of for name, (of, _) in spellings.items() if name == of}  # of which other names are a program's own
        bare = self.ours - self.filled - self.listed if at.exact or self.once else ()
        stepped = {
            name: of for name, (of, shift) in spellings.items() if of and name in bare and not shift and (name == of or of not in plain)
        }
        self.other.clear()
        inside.noted = {name: [] for name, of in stepped.items() if of in at.steps and of in at.adjoints}
        backs = list[Value]()  # of what has to do with adjoints
        kept = dict[str, Value]()
        for (function, block), gives in zip(self.blocks, self.gives, strict=True):
            before, own = dict(inside.names), local(function) if function else set[str]()
            given = {x.arg for x in function.args.args} if function else set()
            inside.names.update({name: value for name, value in kept.items() if name in given and name not in before})
            hidden = {name: inside.names.pop(name) for name in self.made & own - given if name in inside.names}
            around, inside.later = inside.later, {**inside.later, **hidden}
            try:
                inside.block(block)
            except Returned as returned:
                backs += [returned.args[0]] * gives
            inside.later = around
            kept |= {name: value for name in [*inside.names] if name in own and (value := inside.names.pop(name)) is not UNMADE}
            inside.names.update({name: before[name] for name in own & before.keys()})
        ours = {name: value for name, value in {**inside.names, **kept}.items() if name in self.ours and bulk(value) >= 0}
        pairs = [(name, spellings[name][0], value) for name, value in ours.items()]
        turn = np.transpose if layout.turned else np.asarray
        whole = {name for name, value in ours.items() if isinstance(value, dict) and self.gives_all(value, at, turn)}
        less = self.fed(whole) - whole  # of which one adds those of each step
        keyed = [(str(key), x) for key, x in parts([*backs, *(ours[name] for name in ours.keys() - less)]) if isinstance(key, str)]
        said = [(name, of, value) for name, of, value in pairs if name == of or of not in plain]
        for key, value in keyed:
            of = self.meant(key)[0]
            if of not in at.gradients or not at.same(value, at.fixed[of]):  # which is no gradient
                said.append((key, at.gradients.get(of or "", of), value))
        judged: dict[str, bool] = {}
        for name, of, value in said:
            if of and of in at.fixed and of in at.adjoints:
                if not (good := at.same(value, turn(at.fixed[of]))):
                    self.other[name] = value, turn(at.fixed[of])
                judged[name] = judged.get(name, True) and good
        for name, value in [*ours.items(), *keyed]:
            if (state := FIRST_STATE.fullmatch(name)) and (first := at.steps.get(f"d{state[2]}", {}).get(0)) is not None:
                if state[1] or name not in ours and not at.same(value, at.steps[state[2]][0]):  # which is no state
                    judged[name] = at.same(value, first)
        once = [of for _, x in parts(backs) for of in {of for _, of, y in pairs if x is y} & {*at.gradients.values()}]
        if len({*once}) < len(once):  # one twice, in the place of another
            judged |= {name: False for name, of, _ in pairs if of in at.gradients.values() and of not in once}
        judged |= self.stepwise(inside, at, layout, pairs, stepped, of_steps)
        if not judged:
            raise Missing("it makes no gradient")
        if at.exact:
            held = [*(pair for pair in pairs if pair[0] not in less), *((key, None, value) for key, value in keyed)]
            self.owned(at, held, judged, layout.turned)
            self.back = [
                at.called(x, layout.turned) for _, x in parts(backs) if not any(x is y for _, of, y in pairs if of in at.gradients)
            ]
            if not all(self.back):
                raise Missing("what it gives back is no gradient that is known")
        return judged

    def gives_all(self, made: dict[Value, Value], at: World, turn: Callable[[np.ndarray], np.ndarray]) -> bool:
        """Whether a dictionary has the tape's gradients under the names of parameters, and of them no other."""
        known = [(at.gradients.get(self.meant(key)[0] or ""), x) for key, x in made.items() if isinstance(key, str)]
        return any(of for of, _ in known) and all(at.same(x, turn(at.fixed[of])) for of, x in known if of)

    def stepwise(
        self, inside: Interpreter, at: World, layout: Layout, pairs: list[Pair], stepped: dict[str, str], of_steps: bool
    ) -> dict[str, bool]:
        """Of what is made at each step whether it is the tape's: lists and arrays where ``of_steps``, of names all values and the last."""
        judged: dict[str, bool] = {}
        for name, of, value in pairs if of_steps else []:
            if of and of in at.steps and of in at.adjoints and name in self.listed and isinstance(value, list):
                steps = at.last[at.letters[at.adjoints[of]]]
                judged[name] = len(value) != steps or all(at.same(x, at.steps[of][k]) for k, x in enumerate(value, 1) if k in at.steps[of])
            if of and of in at.steps and of in at.adjoints and name in self.by_step:
                made: Value = dict(enumerate(value)) if isinstance(value, (list, np.ndarray)) else value
                if np.size(next(iter(made.values()), 0)) != np.size(next(iter(at.steps[of].values()))):  # the elements of one step's
                    continue
                last, by = at.last[at.letters[at.adjoints[of]]], FIRST[layout.first][0]
                judged[name] = all(at.same(made[k + by], v) for k, v in at.steps[of].items() if 1 <= k <= last and k + by in made)
        for name, values in inside.noted.items():
            of, found = stepped[name], [*values, *(row for x in values if np.ndim(x) > 1 for row in x)]
            tape = [v for k, v in at.steps[of].items() if 1 <= k <= at.last[at.letters[at.adjoints[of]]]]
            judged[name] = not values or all(any(at.same(x, v) for x in found) for v in tape)
        for name, of, value in pairs if at.exact else []:  # what one ends with is one, as where the state's goes on to the step before
            if not of or of not in at.steps or of not in at.adjoints or isinstance(value, (list, tuple, dict)):
                continue
            ended = self.meanings[name][1] and at.same(value, np.zeros(np.shape(np.squeeze(value)), int))  # beyond the ends, where it is 0
            back = at.adjoints[of] in at.states and self.meanings[name][1]  # what goes on to another step is a state's adjoint
            names = {x for x in at.called(value, layout.turned) if not back or at.adjoints.get(x) in at.states}
            if not ended and np.size(value) == np.size(next(iter(at.steps[of].values()))) and not names:
                judged[name] = False
        return judged

    def example(self, at: World) -> str:
        """Where the first of what is not the tape's differs, in a sentence."""
        for name, (value, tape) in self.other.items():
            if isinstance(value, (list, dict)):
                return ""
            array = np.squeeze(np.asarray(value, float))
            if array.shape != np.shape(np.squeeze(tape)):
                return f": with T={at.last['T']}, `{name}` has the shape {array.shape} and not {np.shape(tape)}"
            place = tuple(np.argwhere(~np.isclose(array, np.squeeze(tape), 1e-8, 1e-10))[0])
            where = f"{name}[{', '.join(map(str, place))}]" if place else name
            return f": with T={at.last['T']}, {where} is {np.squeeze(tape)[place]:.6g}, this gives {array[place]:.6g}"
        return ""

    def owned(self, at: World, made: list[tuple[str, str | None, Value]], judged: Container[str], turned: bool) -> None:
        """Raises if something that a program makes beside gradients, and from none of which it makes one, is not the tape's, or is
        another's gradient than its name says."""
        for name, of, value in made:
            if name != "_" and name not in self.feeding and name not in judged and of not in at.gradients:
                by, gradients = at.gradients.get(self.claimed(name, at.gradients) or ""), {*at.gradients.values()}
                found = [at.called(x, turned) for _, x in parts([value])]
                if not all(found) or by and any(one & gradients and by not in one for one in found):
                    raise Missing(f"`{name}` is no gradient that is known")  # and it may be wrong


def nothing(value: ast.expr) -> bool:
    """Whether a value is 0, or all that it holds is."""
    return any(isinstance(x, ast.expr) and zeros(x) for x in ast.walk(value)) or isinstance(value, ast.Constant) and is_zero(value.value)


def base(x: ast.expr) -> str:
    """The name of what an element is one of."""
    while isinstance(x, ast.Subscript):
        x = x.value
    return x.id if isinstance(x, ast.Name) else ""


def listed(nodes: list[ast.AST]) -> set[str]:
    """The lists that something is put into, and that are not used otherwise."""
    calls = [x.value for x in nodes if isinstance(x, ast.Attribute) and x.attr in ("append", "insert", "reverse")]
    read = [x.id for x in nodes if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load)]
    return {x for x in map(base, calls) if read.count(x) == sum(base(y) == x for y in calls)}


def unindexed(nodes: list[ast.AST]) -> frozenset[str]:
    """The names that stand in some place that is no index."""
    places = [x.slice for x in nodes if isinstance(x, ast.Subscript)]
    places += [y for x in nodes if isinstance(x, ast.Call) and isinstance(x.func, ast.Name) and x.func.id == "onehot" for y in x.args]
    within = {id(x) for place in places for x in ast.walk(place)}
    return frozenset(x.id for x in nodes if isinstance(x, ast.Name) and id(x) not in within)
