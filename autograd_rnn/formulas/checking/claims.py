"""What an equation of a person claims: its left side as a sentence has it, the derivatives in it, whether nothing sums over its t."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import free
from autograd_rnn.formulas.checking.mutations import ascii
from autograd_rnn.formulas.checking.parse import Statement


def derivatives_in(equation: e.Equation) -> list[e.Derivative]:
    """The derivatives on both sides of an equation."""
    return [x for side in equation[:2] for x in e.nodes(side) if isinstance(x, e.Derivative)]


def unsummed(equation: e.Equation) -> bool:
    """Whether a right side has a t that nothing sums over, be it the end of a sum, and the left side has none."""
    timed = isinstance(equation.left, e.Derivative) or equation.left.time is not None
    return not timed and "t" in free(equation.right)


def claimed(statement: Statement) -> str:
    """The left side of an equation as a sentence has it: a derivative as it was written."""
    written = statement.line.text.partition("=")[0].strip()
    return f"`{written}`" if isinstance(statement.equation.left, e.Derivative) and len(written) < 80 else ascii(statement.equation.left)


def called(x: e.Expr, name: str, symbol: e.Sym) -> e.Expr:
    """x with a model's name for an own one."""

    def change(s: e.Sym) -> e.Sym:
        return symbol._replace(time=s.time) if s.name == name else s

    return e.mapped(x, change)
