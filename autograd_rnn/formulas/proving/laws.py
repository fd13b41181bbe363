"""Exact arithmetic in which the functions of the nets keep their laws, so that what is equal by one of them is proven equal.

    e^(a + b) = e^a e^b        e^(n a / m) = (e^(a / m))^n        e^(log u) = u
    σ(x) = 1 / (1 + e^-x)      tanh x = (e^2x - 1) / (e^2x + 1) = 2 σ(2x) - 1        cosh x, sinh x = (e^x ± e^-x) / 2        √u √u = u
    softmax(s)_k = e^s_k / Σ_j e^s_j, and so softmax(s + c) = softmax(s)
    log(u v) = log u + log v   log(e^u) = u        log Σ_j e^(s_j + c) = c + log Σ_j e^s_j
    softplus(x) = log(1 + e^x) = x + softplus(-x)  log σ(x) = -softplus(-x)      log softmax(s) = s - log Σ_j e^s_j

An exponential is a power of a random number, one for every argument that is no sum; another function is a random one. Two formulas that
agree then agree for the functions themselves, wherever these are defined.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from fractions import Fraction

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.proving.exact import Exact, P
from autograd_rnn.formulas.proving.meanings import CHOICES

ROOT = 5040  # every exponential is this power of a random number: e^(x/2), e^(x/3), ... are powers of that number too
PARTS = {n: pow(n, -1, P) for n in (1, -1, 2, -2, 3, -3)}
MANY = 60  # terms of one exponent
ORIGIN: dict[tuple[Hashable, int], int] = {("exp", 0): 1, ("tanh", 0): 0, ("sin", 0): 0, ("cos", 0): 1, ("log", 1): 0}
Key = tuple[tuple[int, ...], tuple[int, ...]]  # a value's shape and its elements
# Functions with such laws
EXPONENTIAL = ("exp", "sigmoid", "tanh", "softmax", "softplus", "cosh", "sinh")


class Lawful(Exact):
    """A random point at which the laws above hold. ``plain``: nothing that is asked needs those of the exponential, and e^x is as random as
    any other function. ``sided``: whether anything so far depended on which side of a kink an argument lies."""

    plain, sided, seed = False, False, 0

    def rational(self, x: e.Num) -> Fraction:
        """A number as it is written."""
        raise NotImplementedError

    def number(self, value: Fraction) -> Value:
        """A rational number modulo P."""
        raise NotImplementedError

    def node(self, x: e.Expr, parts: list[Value], t: int | None) -> Value:
        match x:
            case e.Mul() | e.Quotient() if (value := self.rooted(x, t)) is not None:
                return value
            case e.Quotient():  # what is divided by 0 is no number, and any
                below = np.frompyfunc(lambda element: element or self.random.randrange(1, P), 1, 1)(parts[1])
                return super().node(x, [parts[0], below], t)
            case e.Fn("log", of):
                return self.logarithm(of, parts[0], t)
            case e.Fn(name, of) if name in EXPONENTIAL:
                self.powers(of, parts[0], t)
                if name == "softplus":
                    return self.softplus(parts[0])
        return super().node(x, parts, t)

    def rooted(self, x: e.Expr, t: int | None) -> Value | None:
        """A product in which √u stands more than once, or beside u itself, with a whole power of u in their place; None for any other."""
        factors: list[tuple[e.Expr, int]] = []
        stack: list[tuple[e.Expr, int]] = [(x, 1)]
        while stack:
            factor, power = stack.pop()
            if isinstance(factor, e.Mul):
                stack += [(part, power) for part in factor.factors]
            elif isinstance(factor, e.Quotient):
                stack += [(factor.above, power), (factor.below, -power)]
            else:
                factors.append((factor, power))
        roots = [f for f, _ in factors if isinstance(f, e.Fn) and f.name == "sqrt"]
        if not roots:
            return None
        halves = {key(self.evaluate(root.of, t)): root for root in roots}
        counts, whole = dict.fromkeys(halves, 0), 1  # type: dict[Key, int], Value
        for factor, power in factors:
            root = isinstance(factor, e.Fn) and factor.name == "sqrt"
            value = self.evaluate(factor.of if root and isinstance(factor, e.Fn) else factor, t)
            if key(value) in halves:
                counts[key(value)] += power if root else 2 * power
            else:
                whole = whole * powers(value, power) % P
        if all(abs(power) == 1 for power in counts.values()):
            return None
        for place, power in counts.items():
            of, odd = halves[place].of, power - 2 * int(power / 2)
            whole = whole * powers(self.evaluate(of, t), int(power / 2)) * powers(self.evaluate(e.Fn("sqrt", of), t), odd) % P
        return whole

    def called(self, x: e.Call, parts: list[Value], t: int | None) -> Value:
        self.sided |= x.name in CHOICES
        return super().called(x, parts, t)

    def answer(self, name: Hashable, element: Value) -> int:
        """A random function's value, the same whenever it is asked for, or what a law makes of it."""
        if (name, element) not in self.oracle:
            self.oracle[name, element] = self.found(name, element)
        return self.oracle[name, element]

    def found(self, name: Hashable, element: Value) -> int:
        """A random function's value where it has none yet."""
        if (name, element) in ORIGIN:
            return ORIGIN[name, element]
        match name:
            case "exp" if (name, -element % P) in self.oracle:
                return pow(self.oracle[name, -element % P], -1, P)
            case "exp":
                return pow(self.answer((ROOT, "root of exp"), element), ROOT, P)
            case (_, "root of exp") if element == 0:
                return 1
            case (_, "root of exp") if (name, -element % P) in self.oracle:
                return pow(self.oracle[name, -element % P], -1, P)
            case "tanh":
                square = pow(self.answer("exp", element), 2, P)
                return (square - 1) * pow(square + 1, -1, P) % P
            case "cosh" | "sinh":
                power = self.answer("exp", element)
                return (power + (1 if name == "cosh" else -1) * pow(power, -1, P)) * pow(2, -1, P) % P
            case "log" if element and (name, pow(element, -1, P)) in self.oracle:
                return -self.oracle[name, pow(element, -1, P)] % P
        return self.random.randrange(1, P)

    def powers(self, of: e.Expr, value: Value, t: int | None) -> None:
        """e^x for every element of x: what it is known to be, else the product over its terms, of all but one of them at once if that is
        known. What is one number has one exponential, whatever it was read off: where a mask is 1, relu'(a) dh is dh."""
        elements = [] if self.plain else np.ravel(value).tolist()
        found = [self.exponential(element) for element in elements]
        if None in found:
            parts = []
            for number, term, at in self.terms(of, t):
                inside = self.evaluate(term, at)
                if isinstance(term, e.Fn) and term.name == "log" and number.denominator == 1:
                    base, power = self.evaluate(term.of, at), number.numerator
                else:
                    below, power = (number * ROOT).denominator, (number * ROOT).numerator
                    base = self.answers((below * ROOT, "root of exp"), inside)
                factor = np.frompyfunc(lambda b, power=power: pow(int(b), power, P), 1, 1)(base)
                both = (np.broadcast_to(x, np.shape(value)).ravel().tolist() for x in (inside * self.number(number) % P, factor))
                parts.append(list(zip(*both, strict=True)))
            for k in (k for k, result in enumerate(found) if result is None):
                rest = ((self.exponential(elements[k] - part), power) for part, power in (terms[k] for terms in parts if len(parts) > 1))
                whole = math.prod(terms[k][1] for terms in parts)
                found[k] = next((known * power for known, power in rest if known is not None), whole) % P
        for element, result in zip(elements, found, strict=True):
            if element and result is not None:
                self.oracle.setdefault(("exp", element), result)

    def exponential(self, element: int) -> int | None:
        """e^x of a number as that of the number itself, or of a part of it, says; None where none is known."""
        parts = ((n, ("exp", element * part % P)) for n, part in PARTS.items())
        return next((pow(self.oracle[part], n, P) for n, part in parts if part in self.oracle), None if element % P else 1)

    def terms(self, x: e.Expr, t: int | None, through: bool = True) -> list[tuple[Fraction, e.Expr, int | None]]:
        """x as a sum of multiples of what is no sum. ``through``: what a quantity is defined as is looked into."""
        found: list[tuple[Fraction, e.Expr, int | None]] = []
        stack: list[tuple[Fraction, e.Expr, int | None]] = [(Fraction(1), x, t)]
        while stack:
            number, node, at = stack.pop()
            if len(stack) + len(found) > MANY:
                return [(Fraction(1), x, t)]
            match node:
                case e.Add(terms):
                    stack += [(number, term, at) for term in terms]
                case e.Num() if not self.length(node):
                    found.append((number * self.rational(node), e.ONE, at))
                case e.Quotient(above, e.Num(value) as below) if value and not self.length(below):
                    stack.append((number / self.rational(below), above, at))
                case e.Mul(factors) if self.spread(factors):
                    stack += [(number * times, term, at) for times, term in self.multiplied(factors)]
                case e.MatMul(matrix, e.Add(terms)):
                    stack += [(number, e.matmul(matrix, term), at) for term in terms]
                case e.MatMul(matrix, e.Mul(factors)) if self.spread(factors):
                    stack += [(number * times, e.matmul(matrix, term), at) for times, term in self.multiplied(factors)]
                case e.Fn("sum", e.Mul(factors)) if self.spread(factors):
                    stack += [(number * times, e.Fn("sum", term), at) for times, term in self.multiplied(factors)]
                case e.Sym() if through and (meaning := self.meaning(node, at)) is not None:
                    stack.append((number, *meaning))
                case _:
                    found.append((number, node, at))
        return found

    def length(self, x: e.Num) -> bool:
        """Whether a number is a sequence's length, T or 1/T: more than 0, but no one number, as which T - 50 had a sign."""
        return bool(self.last.keys() & x.text.split("/"))

    def numbers(self, factors: tuple[e.Expr, ...]) -> list[e.Num]:
        """A product's numbers, lengths only where they cancel, as T in T/T."""
        found = [factor for factor in factors if isinstance(factor, e.Num)]
        said = [f"{x.text}/1".split("/")[:2] for x in found if self.length(x)]
        cancel = sorted(above for above, _ in said) == sorted(below for _, below in said)
        return found if cancel else [x for x in found if not self.length(x)]

    def spread(self, factors: tuple[e.Expr, ...]) -> bool:
        """Whether a product is a sum of several multiples, or a multiple of something."""
        return bool(self.numbers(factors)) or any(isinstance(factor, e.Add) for factor in factors)

    def multiplied(self, factors: tuple[e.Expr, ...]) -> Iterator[tuple[Fraction, e.Expr]]:
        """A product with its numbers apart, and its first sum multiplied out."""
        numbers = self.numbers(factors)
        times = math.prod(map(self.rational, numbers), start=Fraction(1))
        others = [factor for factor in factors if factor not in numbers]
        place, terms = next(((k, factor.terms) for k, factor in enumerate(others) if isinstance(factor, e.Add)), (0, ()))
        if not terms:
            yield times, e.mul(*others)
        for term in terms:
            yield times, e.mul(*others[:place], term, *others[place + 1 :])

    def meaning(self, symbol: e.Sym, t: int | None) -> tuple[e.Expr, int | None] | None:
        """What defines a symbol, if that is no function, and the step at which."""
        absolute = self.bound(symbol, t)
        equation = self.equation(absolute)
        if equation is None or not isinstance(equation.right, (e.Add, e.Sym, e.Mul, e.MatMul)):
            return None
        return equation.right, None if absolute.time is None else absolute.time.offset

    def softplus(self, value: Value) -> np.ndarray:
        """log(1 + e^x), where log(1 + e^-x) is x less; and log σ(x), as a logarithm of what is then known."""
        total = []
        for element in np.ravel(value).tolist():
            if ("softplus", element) not in self.oracle:
                other = ("softplus", -element % P)
                power = self.answer("exp", element)
                known = (self.oracle[other] + element) % P if other in self.oracle else self.answer("log", (1 + power) % P)
                self.oracle["softplus", element] = known
                self.oracle.setdefault(("log", (1 + power) % P), known)
            total.append(self.oracle["softplus", element])
        return np.array(total, dtype=object).reshape(np.shape(value))

    def logarithm(self, x: e.Expr, value: Value, t: int | None) -> Value:
        """The logarithm, by the laws that hold for what x is."""
        match x:
            case e.Sym() if (equation := self.equation(self.bound(x, t))) is not None:
                at = self.bound(x, t).time
                return self.logarithm(equation.right, value, None if at is None else at.offset)
            case e.Mul(factors) if not any(isinstance(factor, e.Num) and factor.value < 0 for factor in factors):
                return sum(self.logarithm(factor, self.evaluate(factor, t), t) for factor in factors) % P
            case e.Quotient(above, below):
                return (self.logarithm(above, self.evaluate(above, t), t) - self.logarithm(below, self.evaluate(below, t), t)) % P
            case e.Fn("exp", of):
                return self.evaluate(of, t)
            case e.Fn("sigmoid", of):
                inside = self.evaluate(of, t)
                self.powers(of, inside, t)
                return (inside - self.softplus(inside)) % P
            case e.Fn("softmax", of):
                inside = self.evaluate(of, t)
                return (inside - self.logarithm(e.Fn("sum", e.Fn("exp", of)), None, t)) % P
            case e.Fn("sum", e.Fn("exp", of)):
                inside = self.evaluate(of, t)
                self.powers(of, inside, t)
                raw, first = self.answers("exp", inside), np.ravel(inside).tolist()[0]
                apart = int(np.sum(raw)) * pow(self.answer("exp", first), -1, P) % P
                return (first + self.answer("log", apart)) % P
            case e.Add((e.Num(1.0, ""), e.Fn("exp", of)) | (e.Fn("exp", of), e.Num(1.0, ""))):
                inside = self.evaluate(of, t)
                self.powers(of, inside, t)
                return self.softplus(inside)
        return self.answers("log", value)


def key(value: Value) -> Key:
    """A value as a key: its shape and its elements."""
    return np.shape(value), tuple(int(element) % P for element in np.ravel(value))


def powers(value: Value, power: int) -> Value:
    """A power of each element modulo P; what is divided by 0 is no number, and 0 as good as any."""
    return np.frompyfunc(lambda element: pow(int(element), power, P) if element or power >= 0 else 0, 1, 1)(value)
