"""Closed forms for steps t and k and for any length: the product of the Jacobians between two steps, and an adjoint as the sum over all
later losses. Of a chain with one state; with several, the product of blocks has no short form."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import put
from autograd_rnn.formulas.jacobian import NOW, backward, one_step
from autograd_rnn.formulas.matrices import Matrices
from autograd_rnn.formulas.rolling import terms
from autograd_rnn.formulas.system import SCORE, System
from autograd_rnn.formulas.unfolded import states_of
from autograd_rnn.visible import shown

DEEP = 8  # equations between a quantity and its state


def alone(derivation: System, state: str) -> bool:
    """Whether a state is its chain's only one."""
    return [state] in states_of(derivation)


def power(derivation: System, of: e.Sym, by: e.Sym, step: e.Expr | None = None, size: tuple[str, ...] = ()) -> e.Fold:
    """The product of the Jacobians of the steps between two of a state, from ``by`` on up to ``of``. ``step``: that of one step, if it is
    not the state's own; ``size``: its shape in letters."""
    assert of.time is not None and by.time is not None
    index = next(letter for letter in "jimn" if letter not in (of.time.base, by.time.base))
    one = put(step or one_step(derivation, of.name, of.name).right, "t", e.Time(index, 0))
    shape = size or tuple(map(str, Matrices(derivation.shapes).shape(one)))
    if backward(derivation, of.name):
        return e.Fold(one, index, of.time, by.time._replace(offset=by.time.offset - 1), "Π→", shape)
    return e.Fold(one, index, by.time._replace(offset=by.time.offset + 1), of.time, "Π←", shape)


def source(right: e.Expr) -> e.Expr:
    """What comes into an adjoint's equation in t from no other step."""
    here = [term for term in terms(right) if not any(s.adjoint and s.time is not None and s.time.offset for s in e.symbols(term))]
    return e.add(*here)


def closed(derivation: System, symbol: e.Sym, size: tuple[str, ...] = ()) -> e.Expr | None:
    """The adjoint of a state as the sum over all later steps of what comes in there; None of any other quantity."""
    own = [q for q in derivation.equations if q.left == e.Sym(symbol.name, NOW, True)]
    if not own or symbol.time is None or not alone(derivation, symbol.name) or backward(derivation, symbol.name):
        return None
    k = e.Time("k", 0)
    way = power(derivation, e.Sym(symbol.name, k), symbol._replace(adjoint=False), size=size)
    here, end = put(source(own[0].right), "t", k), e.Time(derivation.letters[symbol.name], 0)
    if here == e.ZERO:  # the loss comes in at the last step alone
        last = next((q.right for q in derivation.equations if q.left == symbol._replace(time=end)), None)
        whole = power(derivation, e.Sym(symbol.name, end), symbol._replace(adjoint=False), size=size)
        return None if last is None else e.matmul(e.transpose(whole), last)
    return e.Fold(e.matmul(e.transpose(way), here), "k", symbol.time, end)


def summed_up(derivation: System, right: e.Expr, size: tuple[str, ...] = ()) -> e.Expr | None:
    """A right side with each state's adjoint as the sum over all later steps; None where there is none to write so."""
    for _ in range(DEEP):
        wanted = [s for s in e.symbols(right) if s.adjoint and s.time is not None and s.time.base == "t"]
        whole = {s: x for s in wanted if (x := closed(derivation, s, size)) is not None}
        if whole:
            return e.mapped(right, lambda s, whole=whole: whole.get(s, s))  # type: ignore[misc]
        rules = {q.left: q.right for q in derivation.equations if q.left.name != SCORE}
        own = {s: put(rules[now], "t", s.time) for s in wanted if s.time and (now := s._replace(time=NOW)) in rules}
        right = e.mapped(right, lambda s, own=own: own.get(s, s))  # type: ignore[misc]
        if not own:
            return None
    return None


def for_any_length(derivation: System, name: str) -> e.Equation:
    """The equation of a state's adjoint, of another's, or of a parameter's gradient, for general t and any length. Raises ValueError
    where it has no short one."""
    found = [q for q in derivation.equations if q.left.name == name and (q.left.time is None or q.left.time == NOW)]
    whole = (closed(derivation, q.left) or summed_up(derivation, q.right) for q in found)
    right = next(whole, None)
    if right is None:
        raise ValueError(f"d{name} expanded for any length has a short form only where a chain has one state and is read from the start")
    return e.Equation(found[0].left, right)


def between(derivation: System, of: str, t: object, k: object) -> e.Equation:
    """A state at step t by itself at step k, both named by letters."""
    for name, letter in (("t", t), ("k", k)):
        if not isinstance(letter, str) or len(letter) != 1 or not letter.isalpha():
            raise ValueError(f"{name} must be a whole number or one letter, not {shown(letter)}")
    if not alone(derivation, of):
        raise ValueError(
            f"{of} stands in a chain of several states: between steps {t} and {k} its Jacobian has no short form, take numbers"
        )
    upper, lower = e.Sym(of, e.Time(str(t), 0)), e.Sym(of, e.Time(str(k), 0))
    return e.Equation(e.Derivative(upper, lower), power(derivation, upper, lower))
