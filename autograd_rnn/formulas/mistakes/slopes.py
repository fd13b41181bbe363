"""Mistakes at the derivative of an activation, and what a net's names tell of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.mistakes.places import Path, complement, places, squared
from autograd_rnn.formulas.reading.shapes import Shape, shapes
from autograd_rnn.formulas.system import System


class Mutation(NamedTuple):
    """A right side with a mistake in it, and the sentence that names the mistake. A lower rank is the likelier reading."""

    right: e.Expr
    sentence: str
    rank: int = 2
    path: Path = ()


def ascii(x: e.Expr) -> str:
    """An expression in the language of the keyboard, in backquotes."""
    return f"`{show(x, 'ascii')}`"


class Slopes:
    """The mutations of 1 - h² and of f (1 - f). A net's names tell what could stand for what."""

    def __init__(self, derivation: System):
        known = shapes(derivation)
        self.names, self.parameters = known.names, known.parameters
        self.ends = sorted(set(derivation.letters.values()))
        self.axes = derivation.letters
        self.mean = any(isinstance(node, e.Num) and node.text for q in derivation.equations for _, node in places(q.right))
        adjoints = {q.left.name for q in derivation.equations if q.left.adjoint}
        self.states = {name for name, role in derivation.roles.items() if role == "state"}
        applied = {x.of.name for q in derivation.forward for _, x in places(q.right) if isinstance(x, e.Fn) and isinstance(x.of, e.Sym)}
        self.arguments = applied - self.states  # what goes into an activation
        made = {q.left.name: q.right for q in derivation.forward if isinstance(q.right, e.Fn) and q.left.time == e.Time("t", 0)}
        self.made = made  # what an activation makes
        self.rivals: dict[tuple[bool, bool, tuple[Shape, str | None]], list[str]] = {}
        for name, shape in self.names.items():
            if not shape:
                continue
            for adjoint in (False, True):
                if not adjoint or name in adjoints:
                    self.rivals.setdefault((adjoint, name in self.parameters, (shape, derivation.letters.get(name))), []).append(name)

    def shape(self, symbol: e.Sym) -> tuple[str, ...]:
        """The shape of a symbol in letters."""
        return self.names.get(symbol.name, ())

    def alike(self, symbol: e.Sym) -> list[str]:
        """Names that could stand where a symbol stands: of its kind and shape."""
        kind = (symbol.adjoint, symbol.name in self.parameters, (self.shape(symbol), self.axes.get(symbol.name)))
        return [name for name in self.rivals.get(kind, []) if name != symbol.name]

    def other(self, symbol: e.Sym, name: str, instead: str) -> e.Expr | None:
        """Another activation of what goes into the one that makes a symbol; None where no such one makes it of a symbol alone."""
        made = self.made.get(symbol.name)
        if made is None or made.name != name or not isinstance(made.of, e.Sym):
            return None
        return e.Fn(instead, made.of._replace(time=symbol.time))

    def slopes(self, x: e.Expr) -> Iterator[Mutation]:
        """Wrong derivatives for 1 - h², and for the 1 - h of a h * (1 - h)."""
        inner = complement(x)
        if inner is None:
            return
        h = squared(inner)
        if h is None:
            yield Mutation(e.add(e.ONE, e.negative(e.mul(inner, inner))), f"a square is too much: it is {ascii(x)}", 0)
            return
        minus = e.add(e.ONE, e.negative(h))
        right = f"the derivative of tanh is {ascii(x)}"
        yield Mutation(minus, f"the square is missing: {right}", 0)
        yield Mutation(e.mul(minus, minus), f"the square is of {ascii(h)} alone: {right}, not {ascii(e.mul(minus, minus))}", 0)
        yield Mutation(e.mul(h, minus), f"{right}; {ascii(e.mul(h, minus))} is that of the sigmoid", 0)
        yield Mutation(e.mul(h, h), f"{right}, not {ascii(e.mul(h, h))}", 1)
        for name in ("tanh", "sigmoid"):
            again = e.Fn(name, h)
            sentence = f"{ascii(h)} is activated already: {right}, without another {name}"
            yield Mutation(e.add(e.ONE, e.negative(e.mul(again, again))), sentence, 0)
        if isinstance(h, e.Fn):
            yield Mutation(e.add(e.ONE, e.negative(e.mul(h.of, h.of))), f"the {h.name} is missing: {right}", 0)
            inner = h.of
            for other in [inner._replace(name=name) for name in self.alike(inner)] if isinstance(inner, e.Sym) else []:
                for wrong in (other, e.Fn(h.name, other)):
                    yield Mutation(e.add(e.ONE, e.negative(e.mul(wrong, wrong))), f"{right}, with {ascii(h)}, not {ascii(wrong)}", 1)
        elif isinstance(h, e.Sym):
            if (gate := self.other(h, "tanh", "sigmoid")) is not None:
                sigmoid = e.mul(gate, e.add(e.ONE, e.negative(gate)))
                yield Mutation(sigmoid, f"{right}; {ascii(sigmoid)} is that of the sigmoid", 0)
            for name in self.alike(h):
                wrong = e.Fn("tanh", h._replace(name=name))
                if name not in self.arguments:
                    yield Mutation(e.add(e.ONE, e.negative(e.mul(wrong, wrong))), f"{right}, with {ascii(h)}, not {ascii(wrong)}", 1)

    def gate(self, others: list[e.Expr], f: e.Expr, factor: e.Expr) -> Iterator[Mutation]:
        """Wrong derivatives for the f * (1 - f) of a product."""
        pair = ascii(e.mul(f, factor))
        yield Mutation(e.mul(*others), f"the derivative of the activation, {pair}, is missing", 0)
        slopes = [f, *filter(None, [self.other(f, "sigmoid", "tanh") if isinstance(f, e.Sym) else None])]
        for square in (e.add(e.ONE, e.negative(e.mul(h, h))) for h in slopes):
            yield Mutation(e.mul(*others, square), f"the derivative of the sigmoid is {pair}; {ascii(square)} is that of tanh", 0)
        again = e.Fn("sigmoid", f)
        once_more = e.add(e.ONE, e.negative(again))
        for a, b in ((again, once_more), (f, once_more), (again, factor)):
            said = f"{ascii(f)} is activated already: the derivative is {pair}, without another sigmoid"
            yield Mutation(e.mul(*others, a, b), said, 0)
