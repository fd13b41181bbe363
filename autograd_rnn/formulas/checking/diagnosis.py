"""What is wrong with a line that is not equal, in the order in which it is looked for."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.mistakes.differing import differing
from autograd_rnn.formulas.mistakes.mutate import another, derived
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.mistakes.search import Search
from autograd_rnn.formulas.mistakes.terms import compared
from autograd_rnn.formulas.reading.parse import Statement
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import Line

TURNED = "this is the transpose, right in denominator layout: here a Jacobian has a row for each element of {} and a column for each of {}"
IMMEDIATE = "that is the immediate derivative, ∂⁺, with the states of the step before held fixed: these depend on {} too"


def mistaken(checker: Checker, statement: Statement, loose: bool) -> tuple[list[str], Line, e.Expr | None]:
    """What is wrong with a line, the likeliest first, in which line, and in which derived right side it was found."""
    derivation = checker.derivation
    statement = statement._replace(equation=unwrapped(derivation, statement.equation))
    equation, question = statement.equation, checker.question(statement)
    if checker.turned(statement):
        return [TURNED.format(ascii(equation.left.of), ascii(equation.left.by))], statement.line, None
    if checker.immediate(statement):
        return [IMMEDIATE.format(ascii(equation.left.by))], statement.line, None
    line = statement.line
    if {s.name for s in e.symbols(equation.right)} & set(checker.reader.own):
        if guess := checker.culprit(statement):
            return guess[1], guess[0].line, None
        line = (checker.giver(statement) or statement).line
    search = Search(derivation, equation, checker.own, question)
    mistakes = another(derivation, question) or search.explain(1)
    rights = derived(derivation, equation.left)
    terms = compared(question, rights[0]) if rights and not loose and all(question.steps) else []
    if not mistakes and terms and terms[0].endswith("too much") and " missing" not in terms[0]:
        mistakes = terms
    if not mistakes and not loose and all(question.steps):
        mistakes, search.meant = differing(question, search.rights, search.rewriter)
    return mistakes or search.explain(2) or terms, line, search.meant


def unwrapped(derivation: System, equation: e.Equation) -> e.Equation:
    """Of what is written as an activation of a whole expression, where the net has a name for what goes into it, the equation of that."""
    right, own = equation.right, next(iter(derived(derivation, equation.left)), None)
    if isinstance(right, e.Fn) and isinstance(own, e.Fn) and right.name == own.name and isinstance(own.of, e.Sym):
        if not isinstance(right.of, e.Sym) and any(q.left == own.of for q in derivation.forward):
            return equation._replace(left=own.of, right=right.of)
    return equation


def elsewhere(checker: Checker, left: e.Sym | e.Derivative) -> list[str]:
    """What is said of an adjoint that has an equation at another step alone, as that of the scores where the loss is of the last."""
    found = [
        q for q in checker.derivation.equations if isinstance(left, e.Sym) and (q.left.name, q.left.adjoint) == (left.name, left.adjoint)
    ]
    said = f"there is an equation at one step alone, `{{}}`: at any other {ascii(left)} is 0"
    return [said.format(show(found[0], "ascii"))] if found else []
