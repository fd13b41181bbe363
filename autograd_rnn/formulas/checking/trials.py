"""Programs tried on numbers: whether what one makes of a run's quantities are the gradients that the tape has, in some layout in which
arrays hold them. Nothing here reads a formula: the tape is the judge, and a program is wrong if it gives other numbers wherever it runs."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from autograd_rnn.engine.ops import softmax
from autograd_rnn.formulas.checking.exactly import MOST, ExactInterpreter, exact_worlds
from autograd_rnn.formulas.checking.owned import OWNS
from autograd_rnn.formulas.checking.verdict import STORED, Verdict
from autograd_rnn.formulas.checking.worlds import FIRST, LAYOUTS, SHAPES, Layout, World, world
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.programs.begun import zeros
from autograd_rnn.formulas.programs.held import UNMADE, Missing, Steps, Stopped, bulk, is_zero
from autograd_rnn.formulas.programs.libraries import plainly
from autograd_rnn.formulas.programs.loops import HANDED, opened
from autograd_rnn.formulas.programs.program import LOOP, short
from autograd_rnn.formulas.programs.pseudocode import Row, module, rows_of
from autograd_rnn.formulas.programs.reckoned import FUNCTIONS, PLAIN
from autograd_rnn.formulas.programs.running import Interpreter, Returned
from autograd_rnn.formulas.programs.taken import assumed, parted
from autograd_rnn.formulas.programs.trees import loops_of, pairs
from autograd_rnn.formulas.programs.values import name_in, names_of
from autograd_rnn.formulas.reading.dialects import translated
from autograd_rnn.formulas.reading.names import Names
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import WIDEST, Unreadable
from autograd_rnn.formulas.writing.sugar import replaced
from autograd_rnn.formulas.writing.vocabulary import Vocabulary
from autograd_rnn.nets.losses import one_hot

LENGTHS, LONGEST, ALL = ((4, 3), (1, 2)), 24, 150_000  # of sequences; nodes that all the runs of a program visit
WORTH = 20_000  # characters of a text that was refused: what a longer one gives, it does not say
UNREAD = ("unreadable", "ill-typed")
SHIFTS = {"prev": -1, "next": 1, "t": 0}


class Given(dict[str, Value]):
    """A dictionary that no line makes, of which not every key is known."""

    def __missing__(self, key: Value) -> Value:
        raise Missing(key)


class Trial:
    """A program: what its names are to a model, and what of them it makes."""

    def __init__(self, tree: ast.Module, words: Vocabulary, derivation: System):
        self.body, self.words = [*unwrapped(tree.body)], words
        self.letters = {f"{d}{letter}": f"{d}{name}" for name, letter in derivation.by_letter.items() for d in ("", "d")}
        nodes = [x for y in self.body for x in ast.walk(y)]
        stored = [x for x in nodes if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)]
        filled = [x for x in nodes if isinstance(x, ast.Subscript) and isinstance(x.ctx, ast.Store)]
        grown = {x.target.id for x in nodes if isinstance(x, ast.AugAssign) and isinstance(x.target, ast.Name)}
        grown |= {of for x in nodes if isinstance(x, ast.AugAssign) and (of := base(x.target))}
        taken = {x.arg for y in nodes if isinstance(y, (ast.FunctionDef, ast.Lambda)) for x in y.args.args}
        self.made = {x.id for x in stored} - {x.target.id for x in nodes if isinstance(x, ast.AugAssign) and isinstance(x.target, ast.Name)}
        self.filled = {base(x) for x in filled}
        over = {*words.sizes} - {"T", "S"}
        counts = {name_in(x.target) for x in nodes if isinstance(x, ast.For) and not names_of(x.iter) & over}
        lefts = [y for x in nodes if isinstance(x, ast.Assign) for y in x.targets if isinstance(y, ast.Subscript)]
        self.by_step = {base(x) for x in lefts if {y.id for y in ast.walk(x.slice) if isinstance(y, ast.Name)} & counts}
        calls = [x.value for x in nodes if isinstance(x, ast.Attribute) and x.attr in ("append", "insert", "reverse")]
        read = [x.id for x in nodes if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load)]
        self.used = {*read}
        self.listed = {x for x in map(base, calls) if read.count(x) == sum(base(y) == x for y in calls)}  # and not used here
        self.names = {x.id for x in nodes if isinstance(x, ast.Name)} - {x.name for x in nodes if isinstance(x, ast.FunctionDef)}
        self.names -= {*PLAIN, "np", "numpy"} | (taken - grown - self.names)
        self.ours = self.made | grown | self.filled
        self.defined = {x.name for x in nodes if isinstance(x, ast.FunctionDef)}
        begun = {name_in(a) for x in nodes if isinstance(x, ast.Assign) for a, b in pairs(x) if zeros(b)}
        entries = [side for x in nodes if isinstance(x, ast.Dict) for side in zip(x.keys, x.values, strict=True)]
        begun |= {str(a.value) for a, b in entries if isinstance(a, ast.Constant) and zeros(b)}
        several = any(isinstance(x, (ast.Import, ast.ImportFrom, ast.FunctionDef)) for y in tree.body for x in ast.walk(y))
        self.whole = several or any(words.adjoint(x) and not words.timed.get(words.called(x) or "") for x in begun)
        functions = (x for y in tree.body for x in ast.walk(y) if isinstance(x, ast.FunctionDef) and x.name not in self.defined)
        self.handed = {x.arg for function in functions for x in function.args.args}
        plain = (ast.Name, ast.Tuple, ast.List, ast.Dict, ast.Constant, ast.expr_context)
        inner = {id(x) for y in nodes if isinstance(y, ast.FunctionDef) for x in ast.walk(y)}
        back = [x.value for x in nodes if isinstance(x, ast.Return) and x.value is not None and id(x) not in inner]
        self.reckons = any(not isinstance(x, plain) for value in back for x in ast.walk(value))  # with what it gives back
        self.placed = {base(x) for x in nodes if isinstance(x, ast.Subscript)}
        places = [x.slice for x in nodes if isinstance(x, ast.Subscript)]
        places += [y for x in nodes if isinstance(x, ast.Call) and isinstance(x.func, ast.Name) and x.func.id == "onehot" for y in x.args]
        within = {id(x) for place in places for x in ast.walk(place)}
        self.hot = frozenset(x.id for x in nodes if isinstance(x, ast.Name) and id(x) not in within)  # a class in no index is a vector
        self.texts = [x.value for x in nodes if isinstance(x, ast.Constant) and isinstance(x.value, str)]
        self.keyed = {base(x) for x in nodes if isinstance(x, ast.Subscript) and isinstance(getattr(x.slice, "value", 0), str)}
        self.keyed |= {base(x.value) for x in nodes if isinstance(x, ast.Attribute) and x.attr in ("items", "keys")}
        self.largest = max((abs(x.value) for x in nodes if isinstance(x, ast.Constant) and isinstance(x.value, int)), default=0)

    def meant(self, name: str) -> tuple[str | None, int]:
        """The model's name for one of the program's, if it has one, and of which step from that at hand it is."""
        plain, _, place = name.rpartition("_")
        for tried, shift in ((name, 0), (name.removesuffix("s"), 0), *([(plain, SHIFTS[place])] if place in SHIFTS else [])):
            if found := self.letters.get(tried) or self.words.called(tried):
                return found, shift
        return None, 0

    def keys(self, at: World) -> Iterator[tuple[str, str]]:
        """The keys of a dictionary of the model's: those that the program has, and each parameter's."""
        said = {of: key for key in self.texts if (of := self.meant(key)[0]) in at.fixed or of in at.letters}
        yield from ((key, of) for of, key in said.items() if of)
        yield from ((name.replace("_", ""), name) for name in at.gradients if name not in said)

    def given(self, at: World, layout: Layout) -> tuple[dict[str, Value], dict[str, Value]]:
        """What the program's names are before it runs, and what those are taken for that it uses before a line makes them."""
        names: dict[str, Value] = {
            **KNOWN,
            **{k: v for k, v in at.functions.items() if k in KNOWN},
            **at.sizes,
            "onehot": lambda k: SHAPES.get(layout.shape, np.copy)(one_hot(k, at.classes)),
        }
        later: dict[str, Value] = dict.fromkeys(self.defined, UNMADE)
        for name in self.names - names.keys():
            of, shift = self.meant(name)
            known = of if of in at.steps or of in at.fixed else None
            ours = name in self.ours and (known is None or known in at.adjoints)
            on = HANDED.fullmatch(name)
            theirs = known in at.adjoints and name not in self.placed or on and f"d{on[1] or on[2]}" in at.adjoints
            if self.whole and name not in self.handed and (ours or theirs):
                later[name] = UNMADE
            elif ours:
                later[name] = (
                    np.float64(0) if name in self.ours - self.filled or name in self.made else Steps({}, at.last["T"], True, bare=False)
                )
            elif known is not None:
                value = at.value(known, layout, shift, name in self.hot)
                if isinstance(value, Steps):
                    value.bare = name not in self.placed
                (later if name in self.made else names)[name] = value
            elif name[-1:] == "0" and (of := self.meant(name[:-1].rstrip("_"))[0]) in at.states:
                names[name] = SHAPES.get(layout.shape, np.copy)(at.steps[of][0])
            elif name in self.keyed:
                names[name] = Given((key, at.value(of, layout)) for key, of in self.keys(at))
        return names, later

    def run(self, inside: Interpreter, at: World, layout: Layout, of_steps: bool) -> dict[str, bool]:
        """Of each gradient that is made whether it is the tape's; raises where it does not run."""
        try:
            inside.block(self.body)
        except Returned:
            pass
        ours = {name: value for name, value in inside.names.items() if name in self.ours and bulk(value) >= 0}
        held = [x for x in ours.values() if isinstance(x, dict) and not isinstance(x, Steps)]
        pairs = [(name, self.meant(name)[0], value) for name, value in ours.items()]
        for key, of, value in ((key, self.meant(key)[0], value) for x in held for key, value in x.items() if isinstance(key, str)):
            pairs.append((key, at.gradients.get(of or "", of), value))
        judged: dict[str, bool] = {}
        exact = {of for name, of, _ in pairs if name == of}  # of which other names are a program's own
        for name, of, value in pairs:
            if of and of in at.fixed and of in at.adjoints and (name == of or of not in exact):
                judged[name] = judged.get(name, True) and at.same(value, at.fixed[of].T if layout.turned else at.fixed[of])
        for name, of, value in pairs if of_steps else []:
            if of and of in at.steps and of in at.adjoints and name in self.listed and isinstance(value, list):
                steps = at.last[at.letters[at.adjoints[of]]]
                judged[name] = len(value) != steps or all(at.same(x, at.steps[of][k]) for k, x in enumerate(value, 1) if k in at.steps[of])
            if of and of in at.steps and of in at.adjoints and name in self.by_step:
                made: Value = dict(enumerate(value)) if isinstance(value, (list, np.ndarray)) else value
                last, by = at.last[at.letters[at.adjoints[of]]], FIRST[layout.first][0]
                judged[name] = all(at.same(made[k + by], v) for k, v in at.steps[of].items() if 1 <= k <= last and k + by in made)
        if not judged:
            raise Missing("it makes no gradient")
        return judged


def base(x: ast.expr) -> str:
    """The name of what an element is one of."""
    while isinstance(x, ast.Subscript):
        x = x.value
    return x.id if isinstance(x, ast.Name) else ""


def unwrapped(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a program, with those of a class, or of a function that it does not call, in its place."""
    left = [*body]
    called = {x.func.id for y in left for x in ast.walk(y) if isinstance(x, ast.Call) and isinstance(x.func, ast.Name)}
    while left:
        x = left.pop(0)
        if isinstance(x, ast.ClassDef) or isinstance(x, ast.FunctionDef) and x.name not in called:
            left[:0] = x.body
        else:
            yield x


class Tried(NamedTuple):
    """What running a program says of the gradients that it makes: "right" if all are the tape's in one layout, else "wrong", "fails" if
    Python runs it in none, "stops" if this does not, "unknown" if it asks for what is not known or makes no gradient; and the sentence."""

    how: str
    said: str = ""
    layout: Layout = LAYOUTS[0]
    hot: frozenset[str] = frozenset()


def tested(derivation: System, text: str, verdict: Verdict) -> Verdict:
    """The verdict on a text that is a program, with what running it says: one that gives other gradients than the tape is not equal, though
    each of its lines be right, nor is one that Python would not run; one that gives the tape's and was not read is equal if it does so in
    exact arithmetic, too, else it is not decided."""
    right = verdict.kind == "equal" or verdict.kind == "equal if" and STORED in verdict.sentences[0]
    if (
        not (LOOPS.search(text) or verdict.kind in UNREAD and "np." in text)
        or not right
        and (verdict.kind in ("not decided", "equal if") or len(text) > WORTH)
    ):
        return verdict
    words, python = Names(derivation).vocabulary(text), parsed(text)
    tree = python or written(text, words)
    if tree is None:
        return verdict
    of_steps = right and not any(OWNS in sentence for sentence in verdict.sentences)
    read, taken = assumed(tree, words)
    found = tried(derivation, read, words, of_steps)
    for loop in loops_of(tree) if taken else ():
        parted(loop, words)
    if taken and (right or found.how == "right"):  # as it stands, too, from some first state
        before = [tried(derivation, tree, words, of_steps, started) for started in (True, False)]
        found = before[0] if all(one.how in ("wrong", "fails") for one in before) else found
    if found.how == "right" and verdict.kind in UNREAD and (said := exactly(derivation, Trial(read, words, derivation), found)):
        return Verdict("equal", [said, *taken])
    if found.how == "wrong" and verdict.kind == "unreadable" and python and not taken:
        return Verdict("not equal", [found.said, f"line by line it is not read: {verdict.sentences[0]}"])
    if found.how in ("wrong", *(("fails", "stops") if python else ())) if right else found.how == "right":
        though = ", though line by line" * (found.how == "wrong")
        return Verdict("not decided", [found.said + though, *verdict.sentences], verdict.line, verdict.values)
    return verdict


def exactly(derivation: System, trial: Trial, found: Tried) -> str:
    """The sentence on a program that gives the tape's gradients in exact arithmetic at all lengths and sizes that are tried, beyond every
    number that it has; nothing for any other."""
    trial.hot, largest = found.hot, ExactInterpreter.largest
    while not derivation.last and largest <= MOST:
        worlds, met, right, wrong = exact_worlds(derivation, largest), largest, dict[str, None](), set[str]()
        for at in worlds:
            inside = ExactInterpreter(*trial.given(at, found.layout), ALL, at.functions)
            try:
                made = trial.run(inside, at, found.layout, True)
            except Exception:  # Python's own and numpy's: of what compares or rounds
                return ""
            right, wrong = dict.fromkeys(made), wrong | {name for name, good in made.items() if not good}
            if inside.assumed or not wrong <= trial.by_step & trial.used or not right.keys() - wrong:
                return ""
            met = max(met, inside.largest)
        if met == largest:
            said = f"run as a program in exact arithmetic, with T = {', '.join(str(at.last['T']) for at in worlds)}"
            own = f"; {listed(sorted(wrong))}, which it needs on the way, is its own" if wrong else ""
            return f"{said}, it gives the tape's {listed(name for name in right if name not in wrong)}{own}"
        largest = met  # which the lengths are beyond, too
    return ""


def tried(derivation: System, tree: ast.Module, words: Vocabulary, of_steps: bool = False, started: bool = True) -> Tried:
    """What running a program says of the gradients that it makes. ``started``: from any first state."""
    trial = Trial(tree, words, derivation)
    long = min(trial.largest + 3, LONGEST)
    pairs = [*dict.fromkeys((*LENGTHS, (long, long + 2)))]
    worlds = [world(derivation, T, S, started) for T, S in pairs]
    left, wrong, stops, unknown = ALL, list[str](), list[tuple[int, str, bool]](), False  # stops: after how many nodes, and the sentence
    for layout, hot in ((layout, hot) for hot in dict.fromkeys((trial.hot, frozenset[str]())) for layout in LAYOUTS):
        trial.hot, before, inside = hot, left, Interpreter({}, {}, left)
        try:
            for at in worlds:
                inside = Interpreter(*trial.given(at, layout), left)
                made = trial.run(inside, at, layout, of_steps)
                left = inside.left
                if found := [name for name, right in made.items() if not right]:
                    wrong = min(wrong or found, found, key=len)
                    break
            else:
                lasts = " and ".join(dict.fromkeys(str(T) for T, _ in sorted(pairs)))
                first = f"run as a program with T = {lasts} it gives the tape's {listed(made)}, which proves nothing of other lengths"
                return Tried("unknown" if inside.assumed or trial.reckons else "right", f"{first}; line by line:", layout, hot)
        except Missing:
            unknown = True
        except Exception as error:  # Python's own and numpy's, as whoever runs it meets them: it is no layout for this program
            line = short(ast.unparse(inside.at).splitlines()[0])
            stops.append((before - inside.left, f"run as a program it stops at `{line}`: {error}", isinstance(error, Stopped)))
            unknown |= inside.assumed  # a part of a program, which has begun elsewhere
        if (left := inside.left) < 0:
            return Tried("stops", stops[-1][1])  # before the layout was tried that it may have
    if wrong:
        other = "another" if len(wrong) == 1 else "other"
        return Tried("wrong", f"run as a program it gives {other} {listed(wrong)} than the tape")
    if unknown or not stops:
        return Tried("unknown")
    _, said, here = max(stops)
    return Tried("stops" if here else "fails", said)


def listed(names: Iterable[str]) -> str:
    """Some names in a sentence."""
    *rest, last = (f"`{name}`" for name in names)
    return f"{', '.join(rest)} and {last}" if rest else last


def parsed(text: str) -> ast.Module | None:
    """A text's syntax tree, if it is a program with a loop or with what an array has."""
    tree = module([Row(number, line, line) for number, line in enumerate(textwrap.dedent(text).split("\n"), 1)])
    return plainly(tree) if tree and any(isinstance(x, (ast.For, ast.While, ast.Attribute)) for x in ast.walk(tree)) else None


def written(text: str, words: Vocabulary) -> ast.Module | None:
    """The tree of a program that is no Python, in which what stands side by side is multiplied as its shapes say."""
    try:
        text = opened(translated(text, words.timed))
        tree = module(rows_of(text, words, WIDEST)) if any(map(LOOP.match, text.split("\n"))) else None
    except Unreadable:
        return None

    def multiplied(x: ast.expr) -> ast.expr:
        product = isinstance(x, ast.BinOp) and isinstance(x.op, ast.FloorDiv)
        return ast.Call(ast.Name("beside", ast.Load()), [x.left, x.right], []) if product else x  # type: ignore[attr-defined]

    if tree:
        replaced(tree, multiplied)
    return tree


def beside(a: Value, b: Value) -> Value:
    """The product of what stands side by side: of matrices, where their shapes fit, else of numbers."""
    if is_zero(a) or is_zero(b):
        return np.float64(0)
    return a @ b if np.ndim(a) and np.ndim(b) and np.shape(a)[-1:] == np.shape(b)[:1] and np.shape(a) != np.shape(b) else a * b


LOOPS = re.compile(r"(?m)^[ \t]*(?:[Ff]or|foreach|[Ll]oop|while|def|class)\b")
KNOWN: dict[str, Value] = {
    **{name: FUNCTIONS[name] for name in "tanh exp log sqrt outer diag square dot maximum zeros zeros_like".split() if name in FUNCTIONS},
    "beside": beside, "softmax": softmax, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "relu": lambda x: np.maximum(x, 0),
}  # fmt: skip
