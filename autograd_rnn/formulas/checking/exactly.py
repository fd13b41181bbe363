"""Programs run in exact arithmetic: on the integers modulo P of a random point, on which nothing is rounded and no two are compared.

What a program gives at lengths and sizes beyond every number that it has, and at the short ones, is the tape's in each element or it is
not, as for a line that is read: "equal" is said of such a one alone."""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.modular import Literal, functions_at, residues, sided, whole
from autograd_rnn.formulas.checking.trial import Trial
from autograd_rnn.formulas.checking.worlds import Layout, World, world
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.evidence.points import NOTHING, Setting, lengths, point_at
from autograd_rnn.formulas.programs.held import Stopped, is_zero
from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.reckoned import MADE
from autograd_rnn.formulas.programs.running import Interpreter
from autograd_rnn.formulas.proving.exact import P
from autograd_rnn.formulas.proving.nonzero import signs
from autograd_rnn.formulas.reading.names import Names
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.system import System

ALL = 150_000  # nodes that all the runs of a program visit
LONG = 16  # steps, of which a program has one run: four times what all sizes of a net are together there
MOST = 6  # the largest number that a program may have, beyond which its lengths and sizes are


class ExactWorld(World):
    """A random point as programs find it."""

    exact = True

    def __init__(self, derivation: System, setting: Setting, started: bool):
        self.like = world(derivation, setting.T, setting.S)
        before = {
            (name, t) for name in self.like.states for t in self.like.steps[name] if not 1 <= t <= self.like.last[derivation.letters[name]]
        }
        nothing = tuple(e.Equation(e.Sym(name, e.Time("", t)), e.ZERO) for name, t in sorted(before) if not started)
        self.point = point_at(derivation, setting, NOTHING._replace(assumed=nothing))
        self.derivation = derivation
        self.last, self.letters, self.classes, self.one = self.like.last, self.like.letters, self.point.classes, self.like.one
        self.states, self.adjoints, self.gradients = self.like.states, self.like.adjoints, self.like.gradients
        self.sizes = {**self.point.sizes, **self.last}
        self.fixed = {name: value for name in self.like.fixed if (value := self.found(name, None)) is not None}
        steps = {name: {t: self.found(name, t) for t in known} for name, known in self.like.steps.items()}
        self.steps = {name: known for name, known in steps.items() if all(x is not None for x in known.values())}
        self.sides: dict[int, bool] = {}  # of each number at whose 0 a derivative jumps, and of what comes of it, whether it is above 0
        for out, into in ((out, of) for out, of in Names(derivation).masks.items() if isinstance(of, e.Sym)):
            for t in range(1, self.last[derivation.letters[out.name]] + 1):
                made, given = (map(whole, np.ravel(self.found(x.name, t)).tolist()) for x in (out, into))
                self.sides |= {y: one != 0 for one, x in zip(made, given, strict=True) for y in (one, x)}

    @property
    def functions(self) -> dict[str, Value]:
        """Those of the point, for one program: none depends on another."""
        return functions_at(self.point.knowing(NOTHING), self.sides)

    def number(self, x: e.Expr, t: int) -> Value:
        """What an expression is at a step."""
        return residues(self.point.evaluate(x, t), False)

    def found(self, name: str, t: int | None) -> Value:
        """A quantity, or an adjoint; None of one that no equation derives."""
        symbol = e.Sym(self.adjoints.get(name, name), None if t is None else e.Time("", t), name in self.adjoints)
        if symbol not in self.point.known and self.point.equation(symbol) is None:
            return None
        value = self.point.evaluate(symbol)
        always = symbol._replace(time=None if t is None else e.Time("t", 0))
        above = t != 0 and signs([always], self.point.derivation.forward)[always] == (1, True)
        return np.asarray(value) if isinstance(value, int) else residues(value, above)

    @functools.cached_property
    def named(self) -> dict[bool, dict[Hashable, set[str]]]:
        """What each value of the run is, with weights that are turned or not."""
        found: dict[bool, dict[Hashable, set[str]]] = {False: {}, True: {}}
        values = [(name, v) for name, known in self.steps.items() for v in known.values()] + [*self.fixed.items()]
        for turned, names in found.items():
            for name, v in values:
                names.setdefault(hashed(v.T if turned and name in self.fixed and np.ndim(v) == 2 else v), set()).add(name)
        return found

    def called(self, value: Value, turned: bool) -> set[str]:
        """What something is in the run, or each of some that stand one below another."""
        names = self.named[turned]
        found = {*names.get(hashed(value), ())}
        if np.ndim(value) > 1:
            found |= set.intersection(*({*names.get(hashed(row), ())} for row in value))
        return found | {"a number"} if np.size(value) <= 1 else found

    @staticmethod
    def same(value: Value, expected: Value) -> bool:
        """Whether two are one modulo P, whatever axes of length 1 they have."""
        return hashed(value) == hashed(expected) is not None


def hashed(value: Value) -> Hashable:
    """What two values share that are one modulo P, whatever axes of length 1 they have."""
    array = np.squeeze(np.asarray(value, object))
    try:
        return (array.shape, *(whole(x) % P for x in array.ravel().tolist()))
    except (TypeError, ValueError):  # of what is no number
        return None


@functools.lru_cache(maxsize=16)
def exact_worlds(derivation: System, largest: int, started: bool) -> list[ExactWorld]:
    """The points at which a program is run: with lengths and sizes beyond its numbers, and short ones.
    ``started``: from any first state, else from 0."""
    sizes, n = tuple(range(largest + 1, largest + 9)), largest
    letters, classes = [*lengths(derivation, sizes)], shapes(derivation).letters[shapes(derivation).classes]
    small = tuple(1 + (letter == classes) for letter in letters)
    at = [(n + 5, n + 8, sizes[1:]), (1, 3, sizes[1:]), (2, 1, sizes), (3, 2, sizes[1:]), (LONG + 1, LONG, small)]
    at += [(2, 2, (size,) * 8) for size in range(2, n + 2)]  # a program may hang on a size; of a single class all gradients are 0
    at += [(2, 3, tuple(size if one == letter else 2 for one in letters)) for letter in letters for size in (1, 3 * n + 9)]
    return [ExactWorld(derivation, Setting(T, S, k, several), started) for k, (T, S, several) in enumerate(at, 1)]


class ExactInterpreter(Interpreter):
    """Runs statements on residues. ``largest``: the largest number of the text, or of what such alone make, that it has met."""

    largest, beyond = 2, ALL  # and a larger one than any step, length or index here is such a number

    def __init__(self, names: dict[str, Value], later: dict[str, Value], most: int, known: Mapping[str, Value]):
        super().__init__(names, later, most)
        self.functions = known

    def visit_Constant(self, node: ast.Constant) -> Value:
        """A number, or a key."""
        return self.met(Literal(node.value)) if type(node.value) is int else node.value

    def met(self, number: int) -> int:
        """A number of the text."""
        self.largest = max(self.largest, abs(number))
        return number

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Value:
        """A sign, or not."""
        found = super().visit_UnaryOp(node)
        return Literal(found) if type(found) is int and isinstance(node.operand, ast.Constant) else found

    def product(self, op: ast.operator, left: Value, right: Value) -> Value:
        """What an operator makes of two values."""
        found, literal = super().product(op, left, right), [isinstance(x, Literal) for x in (left, right)]
        if type(found) is int and all(literal):
            return self.met(Literal(found))
        if type(found) is int and abs(found) > self.beyond:
            self.met(found)
        of_length = type(found) is int and not isinstance(op, (ast.Add, ast.Sub)) and not (isinstance(op, ast.Mult) and any(literal))
        if of_length or isinstance(found, float) and isinstance(op, (ast.Add, ast.Sub, ast.Pow, ast.Mod, ast.FloorDiv)):
            raise Stopped("numbers are counted with here, and divide")  # what is 0 at some lengths may not be at all
        return found

    def visit_Attribute(self, node: ast.Attribute) -> Value:
        """What an array has; how many elements a matrix has is no length."""
        if node.attr in ("size", "flat"):
            raise Stopped("the elements of a matrix are not counted")
        found = super().visit_Attribute(node)
        return functools.partial(self.functions["max"], found.__self__) if node.attr == "max" and hasattr(found, "__self__") else found

    def compared(self, op: ast.cmpop, left: Value, right: Value) -> Value:
        """What is compared: a step or a length, or numbers of the net with 0."""
        if isinstance(op, (ast.Lt, ast.GtE)):
            left, right = right, left
        if isinstance(left, np.ndarray) and is_zero(right) and isinstance(op, (ast.Lt, ast.Gt, ast.LtE, ast.GtE)):
            above = self.functions["above"](left)
            return above if isinstance(op, (ast.Lt, ast.Gt)) else ~above
        if right is not None and (isinstance(left, (float, np.ndarray)) or isinstance(right, (float, np.ndarray))):
            raise Stopped("what a program does may not hang on a quantity")
        return super().compared(op, *((right, left) if isinstance(op, (ast.Lt, ast.GtE)) else (left, right)))

    def place(self, index: ast.expr) -> Value:
        """Where something is put."""
        found = super().place(index)
        return np.reshape([one.value == 1 for one in found.ravel().tolist()], found.shape) if sided(found) else found

    def known(self, function: Callable[..., Value], given: list[Value], named: dict[str, Value]) -> Value:
        """A call of a function that is known, whose arrays hold residues."""
        found = super().known(function, given, named)
        of = [x for x in (getattr(function, "__self__", None), *given) if isinstance(x, np.ndarray)]
        if (
            isinstance(found, np.ndarray)
            and found.ndim == 1
            and any(np.size(x) == np.size(found) > max(np.shape(x), default=0) for x in of)
        ):
            raise Stopped("as many as a matrix has may be fewer than there are steps")
        if getattr(function, "__name__", "") in MADE:
            self.met(math.prod(int(x) for part in given for x in np.ravel(np.asarray(part, object)) if isinstance(x, Literal)))
        if isinstance(found, np.ndarray) and found.dtype.kind == "f":
            return found.astype(object)
        if isinstance(found, int) and not any(isinstance(x, (np.ndarray, dict)) for x in given):
            self.met(found)
        return found


def exactly(derivation: System, trial: Trial, layout: Layout, started: bool) -> str:
    """The sentence on a program that gives the tape's gradients in exact arithmetic at all lengths and sizes that are tried, beyond every
    number that it has; raises with one for any other."""
    largest = trial.largest if ExactInterpreter.largest < trial.largest <= MOST else ExactInterpreter.largest
    while largest <= MOST:
        worlds, met, made = exact_worlds(derivation, largest, started), largest, dict[str, bool]()
        backs = list[list[set[str]]]()
        for at in worlds:
            inside = ExactInterpreter(*trial.given(at, layout, functions := at.functions), ALL, functions)
            inside.beyond = sum(at.last.values()) + 4 * sum(at.point.sizes.values()) + largest
            try:
                made = trial.run(inside, at, layout, True)
            except Exception as error:  # Python's own and numpy's: of what compares or rounds
                said = error if isinstance(error, Stopped) else "it is done on plain numbers alone"
                raise Stopped(f"in exact arithmetic it stops at `{short(ast.unparse(inside.at).splitlines()[0])}`: {said}") from None
            if inside.assumed:
                raise Stopped("a name in it is used before a line makes it")
            if others := [name for name, right in made.items() if not right]:
                raise Stopped(f"{listed(others)} must be the tape's at each step and at the end: a part or a multiple has another name")
            met = max(met, inside.largest)
            backs.append(trial.back)
            if len(trial.back) == len(backs[0]) and not all(set.intersection(*same) for same in zip(*backs, strict=False)):
                raise Stopped("it gives back one gradient at some lengths, and another at others")
        if met == largest:
            said = f"run as a program in exact arithmetic, with T = {', '.join(dict.fromkeys(str(at.last['T']) for at in worlds))}"
            return f"{said}, it gives the tape's {listed(made)}"
        largest = met  # which the lengths are beyond, too
    raise Stopped(f"no lengths are tried that are beyond its {largest}")


def listed(names: Iterable[str]) -> str:
    """Some names in a sentence."""
    *rest, last = (f"`{name}`" for name in names)
    return f"{', '.join(rest)} and {last}" if rest else last
