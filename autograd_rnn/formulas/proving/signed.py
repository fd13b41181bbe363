"""On which side of 0 an expression lies, in exact arithmetic: the masks of relu and of comparisons follow these laws and are else random.

    sign(x y) = sign(x / y) = sign x sign y       sign f(x) = sign x for f = tanh, sinh, arctan, erf, ...    sign c = 1 for c = T, 1/T
    sign e^x = sign σ(x) = sign softplus(x) = 1   sign relu(x) = [x > 0]                                     √(x²) = |x| = x sign x
    sign of a sum whose terms have one sign       1 - u, 1 + u > 0 where u is a product of values of tanh and σ
    sign(x - f(x)) = sign x where |f(x)| < |x|    sign(e^x - 1) = sign(σ(x) - 1/2) = sign x                  sign(c x) = sign c sign x

Any other sum has a random sign, the same wherever it stands. Where it is 0, so is its sign.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable
from fractions import Fraction

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.evaluate import Value, as_array
from autograd_rnn.formulas.proving.exact import P, residue
from autograd_rnn.formulas.proving.laws import Key, Lawful, key

RISING = {"tanh", "sinh", "arcsinh", "arctan", "arcsin", "arctanh", "erf", "expm1", "log1p", "sign", "sqrt"}  # 0 at 0, and else of x's sign
ABOVE = {"exp", "sigmoid", "softplus", "softmax", "cosh", "erfc"}  # more than 0 everywhere
FLAT = {"tanh", "arctan", "arcsinh", "sin"}  # |f(x)| < |x|
WITHIN = {"tanh", "sigmoid", "erf"}  # |f(x)| < 1
CENTRES = {"exp": Fraction(1), "sigmoid": Fraction(1, 2)}  # f(0) of increasing functions
# Of simple fractions their signs: such a multiple of a random number is one by no chance
SIMPLE = {residue(Fraction(sign * above, below)): sign for above in range(1, 13) for below in range(1, 13) for sign in (1, -1)}
BIASES = (4, 7, 1)  # of eight signs so many are plus: what is wrong only where several are, or none is, is seen too
Term = tuple[Fraction, e.Expr, int | None]
Centre = tuple[int, e.Expr, "int | None"]
Terms = dict[Key, Term]  # by their values: how often each stands in a sum, and where


class Signed(Lawful):
    """A random point at which what asks for a side of 0 gets what the laws above make of it."""

    def node(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        match x:
            case e.Fn("positive", of):
                return self.masked(self.side(of, t) > 0, parts[0])
            case e.Fn("heaviside", of):
                side = self.side(of, t)
                return self.masked(np.where(side == 0, residue(0.5), side > 0), parts[0])
            case e.Fn("sign", of):
                return self.masked(self.side(of, t), parts[0])
            case e.Fn("sqrt", e.Mul((of, again))) if of == again:
                return self.masked(self.side(of, t), self.evaluate(of, t)) * self.evaluate(of, t) % P
            case e.Fn("abs", of):
                return self.masked(self.side(of, t), parts[0]) * parts[0] % P
        return super().node(x, parts, t)

    @staticmethod
    def masked(side: Value, like: Value) -> np.ndarray:
        """A mask modulo P, in the shape of what it is of."""
        return np.asarray(np.broadcast_to(np.asarray(side).astype(object), np.shape(like)) * 1 % P, dtype=object)

    @functools.cached_property
    def signs(self) -> dict[tuple[e.Expr, int | None], np.ndarray]:
        """The signs that were asked for."""
        return {}

    @functools.cached_property
    def sums(self) -> dict[tuple[e.Expr, int | None, bool], Terms]:
        """The sums that were gathered, through definitions or not."""
        return {}

    @functools.cached_property
    def centres(self) -> dict[tuple[e.Expr, int | None], Centre | None]:
        """What sums are centred at."""
        return {}

    def side(self, x: e.Expr, t: int | None) -> np.ndarray:
        """The signs of an expression's elements, from the leaves up."""
        self.sided = True
        return e.upward((x, t), lambda one: self.asked(*one), lambda one, parts: self.sign(*one, parts), self.signs)[x, t]

    def asked(self, x: e.Expr, t: int | None) -> list[tuple[e.Expr, int | None]]:
        """What an expression's sign follows from, each at its step; nothing where it is a random one."""
        match x:
            case e.Mul() | e.Quotient():
                return [(part, t) for part in e.children(x)]
            case e.Fn(name, of) if name in RISING or name in ("relu", "positive", "heaviside", "abs"):
                return [(of, t)]
            case e.Sym() if (equation := self.equation(self.bound(x, t))) is not None:
                time = self.bound(x, t).time
                return [(equation.right, None if time is None else time.offset)]
            case e.Add() if (centred := self.centred(x, t)) is not None:
                return [centred[1:]]
            case e.Add():
                terms = [(node, at) for _, node, at in self.gathered(x, t).values()]
                return [] if (x, t) in terms else terms
        return []

    def sign(self, x: e.Expr, t: int | None, sides: list[np.ndarray]) -> np.ndarray:
        """An expression's signs from those of its parts."""
        match x:
            case e.Num():
                return np.array(sign_of(self.rational(x)))
            case e.Fn(name) if name in ABOVE:
                return np.ones(np.shape(self.evaluate(x, t)), int)
            case e.Fn("abs"):
                return abs(sides[0])
            case e.Fn("relu" | "positive"):
                return sides[0].clip(0)
            case e.Fn("heaviside"):
                return (sides[0] >= 0) * 1
            case e.Fn("onehot") | e.Ones():
                return np.asarray(self.evaluate(x, t) != 0) * 1
            case e.Add() if (centred := self.centred(x, t)) is not None:
                return centred[0] * sides[0]
            case e.Add() if sides:
                return self.summed(x, t, list(self.gathered(x, t).values()), sides)
            case _ if sides:
                return math.prod(sides[1:], start=sides[0])
        return self.drawn_sign(x, t)

    def centred(self, x: e.Expr, t: int | None) -> Centre | None:
        """The u of a sum c f(u) - c f(0) with an increasing f, or of c u, whatever else there is being nothing or a multiple of u,
        its step, and the sign of c; None of any other sum."""
        if (x, t) not in self.centres:
            self.centres[x, t] = self.centre(x, t)
        return self.centres[x, t]

    def centre(self, x: e.Expr, t: int | None) -> Centre | None:
        """The same, as it is found."""
        terms = [*self.gathered(x, t).values()]
        whole = np.ravel(as_array(self.evaluate(x, t)))
        for _, node, at in terms if whole.any() else ():
            part, first = np.ravel(as_array(self.evaluate(node, at))), int(np.argmax(whole != 0))
            times = whole[first] * pow(int(part[first]), -1, P) % P if part.size == whole.size and part[first] else 0
            if (node, at) != (x, t) and times in SIMPLE and not np.any((part * times - whole) % P):
                return SIMPLE[times], node, at
        plain = next((number for number, node, _ in terms if node == e.ONE), None)
        number, node, at = next((term for term in terms if term[1] != e.ONE), (Fraction(0), e.ONE, t))
        if isinstance(node, e.Sym):
            node, at = next(iter(self.asked(node, at)), (node, at))
        if len(terms) == 2 and isinstance(node, e.Fn) and plain == -number * CENTRES.get(node.name, Fraction(0)):
            return sign_of(number), node.of, at
        return None

    def summed(self, x: e.Expr, t: int | None, terms: list[Term], sides: list[np.ndarray]) -> np.ndarray:
        """The signs of a sum: what all of its terms have where they agree, else that of the one that is larger than the rest together."""
        signs = [sign_of(number) * side for (number, _, _), side in zip(terms, sides, strict=True)]
        spread = np.stack(np.broadcast_arrays(*signs))
        low, high = spread.min(0), spread.max(0)
        agreed: np.ndarray = np.where(low >= 0, high, low)
        if np.all((low >= 0) | (high <= 0)):
            return agreed
        larger = self.larger(terms)
        other = signs[larger] if larger is not None else self.drawn_sign(x, t)
        return np.where((low >= 0) | (high <= 0), agreed, other)

    def larger(self, terms: list[Term]) -> int | None:
        """Which term of a sum is in any case larger than the others together: a number than values of tanh or σ, x than tanh(x)."""
        for k, (number, node, at) in enumerate(terms):
            rest = [self.against(node, at, *term) for j, term in enumerate(terms) if j != k]
            if all(size is not None for size in rest) and sum(filter(None, rest)) <= abs(number):
                return k
        return None

    def against(self, node: e.Expr, at: int | None, number: Fraction, x: e.Expr, t: int | None) -> Fraction | None:
        """A bound on |number x| in units of a term, which it does not reach; None where there is none."""
        if node == e.ONE:
            return abs(number) if self.within(x, t) else None
        if isinstance(x, e.Fn) and x.name in FLAT:
            inner = list(self.gathered(x.of, t).values())
            if len(inner) == 1 and key(self.evaluate(inner[0][1], inner[0][2])) == key(self.evaluate(node, at)):
                return abs(number * inner[0][0])
        return None

    def within(self, x: e.Expr, t: int | None) -> bool:
        """Whether the elements of a product lie between -1 and 1."""
        stack = [(x, t)]
        while stack:
            node, at = stack.pop()
            match node:
                case e.Mul(factors):
                    stack += [(factor, at) for factor in factors]
                case e.Sym() if inside := self.asked(node, at):
                    stack += inside
                case e.Fn(name) if name in WITHIN:
                    pass
                case _:
                    return False
        return True

    def gathered(self, x: e.Expr, t: int | None, through: bool = False) -> Terms:
        """x as a sum, equal terms drawn together. ``through``: what a quantity is defined as is looked into."""
        if (x, t, through) not in self.sums:
            self.sums[x, t, through] = self.gather(x, t, through)
        return self.sums[x, t, through]

    def gather(self, x: e.Expr, t: int | None, through: bool) -> Terms:
        """The same, as it is found."""
        found: Terms = {}
        for number, node, at in self.terms(x, t, through):
            value = key(self.evaluate(node, at))
            before = found.get(value, (Fraction(0), node, at))
            found[value] = (before[0] + number, *before[1:])
        return {value: term for value, term in found.items() if term[0] and any(value[1])}

    def drawn_sign(self, x: e.Expr, t: int | None) -> np.ndarray:
        """Random signs: those of -x are the others, those of 2 x the same, and so for any number times x."""
        whole = self.gathered(x, t, through=True)
        if not whole:
            return np.zeros(np.shape(self.evaluate(x, t)), int)
        number = whole[max(whole, key=lambda value: value[1])][0]
        unit = np.asarray(self.evaluate(x, t) * self.number(1 / number) % P)
        signs = [self.answer("sign", element) if element else 0 for element in unit.ravel().tolist()]
        return sign_of(number) * np.array(signs, int).reshape(unit.shape)

    def found(self, name: Hashable, element: Value) -> int:
        """A random sign, as often plus as the seed says."""
        if name == "sign":
            return 1 if self.random.randrange(8) < BIASES[self.seed % len(BIASES)] else -1
        return super().found(name, element)


def sign_of(number: Fraction) -> int:
    """-1, 0 or 1."""
    return (number > 0) - (number < 0)
