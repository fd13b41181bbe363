"""A bound on the norm of a Jacobian, ``‖dh_t/dh_k‖ ≤ (γ ‖W_hh‖)^{t-k}``: it holds where each step's factor is no less than the norms of
what the Jacobian of a step is a product of, and it does not where intervals say so. A norm is the 2-norm; Frobenius' is no less."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import put
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.bound import Norms, Row, bound
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.checking.enclosed import Undecided, digits
from autograd_rnn.formulas.checking.examples import quotient
from autograd_rnn.formulas.checking.lines import Unreadable, bare, cut
from autograd_rnn.formulas.checking.parse import Statement
from autograd_rnn.formulas.checking.printed import squeezed
from autograd_rnn.formulas.checking.program import short
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.checking.wide import Undefined
from autograd_rnn.formulas.jacobian import backward, one_step
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.unfolded import states_of

BARS = r"(?:‖|\|\|?|\\[lr]?[vV]ert(?![a-z])|\\\|)"
OPEN = re.compile(rf"\s*(?:\\left\s*)?(?:{BARS}|(?:np\.linalg\.)?norm\()")
SIGN = re.compile(r"≤|<=|<|\\leq?(?![a-z])|\\leqslant(?![a-z])|\\lt(?![a-z])")
NORM = re.compile(rf"(?:\\left\s*|\\right\s*)?{BARS}(?:_\{{?(?:2|F)\}}?(?!\w))?")
MAX = r"(?:\\max|max|\\text\{max\}|\\mathrm\{max\}|1)"
LARGEST = re.compile(rf"(?:\\?sigma|σ)_\{{?\s*{MAX}\s*\}}?\s*\(([^()]*)\)|(?:np\.linalg\.)?norm\(([^()]*)\)")
GAMMA = re.compile(r"\\?(?<![A-Za-z])(?:γ|gamma)(?![A-Za-z])")
DIAGONAL = re.compile(r"‖\s*\\?(?:(?:mathrm|operatorname|text)\{diag\}|diag)\s*(?:\\left\s*)?(?=\()")
TAIL = re.compile(r"=\s*([\d.]+)(?:\s*\^\s*[({]?\s*(?:t\s*-\s*k|k\s*-\s*t)\s*[)}]?)?\s*(?:[:,;].*)?$")
HOW = "a bound is written as `‖dh_t/dh_k‖ ≤ (γ ‖W_hh‖)^(t-k)`"


class Parts(NamedTuple):
    """A product of norms: a number in front; of each step a number, what stands in the norms of matrices, and in those of diagonal ones."""

    once: float
    number: float
    matrices: list[e.Expr]
    vectors: list[e.Expr]


def bounds(derivation: System, text: str) -> Verdict | None:
    """The verdict on a text of bounds alone; None for any other text."""
    if not OPEN.match(text) and " alone = " not in text:
        return None
    rows = _lines(text)
    printed = {squeezed(shown): row for row in _printed(derivation) for shown in _shown(row)}
    if not all(squeezed(line) in printed or OPEN.match(line) and SIGN.search(line) for _, line in rows):
        return None
    found = [(number, _judged(derivation, line, printed.get(squeezed(line)))) for number, line in rows]
    number, first = next((pair for pair in found if not pair[1].equal), found[0])
    first.line = None if first.equal else number
    return first


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines of a text; as they are printed, with words behind them."""
    try:
        return cut(bare(text))
    except Unreadable:
        return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _printed(derivation: System) -> list[Row]:
    """What is printed of this net, if anything is."""
    try:
        return bound(derivation).rows
    except ValueError:
        return []


def _shown(row: Row) -> tuple[str, ...]:
    """A row as it is printed, and what may be copied of it."""
    whole = f"{row.left} {'≤' if row.whole else '='} {row.formula}{row.note}"
    return whole.removesuffix(row.note), whole, whole.partition(": ")[0], whole.partition(",")[0]


def _judged(derivation: System, line: str, printed: Row | None) -> Verdict:
    """The verdict on one bound."""
    if printed is not None:
        return Verdict("equal", [f"that is what `bound()` prints of {printed.left}, proven for whatever inputs"])
    checker, asked, number, strict = _read(derivation, line)
    left, claim = asked.equation.left, f"the bound on ‖{quotient(asked.equation.left)}‖"
    block = one_step(derivation, left.of.name, left.by.name).right
    row = next((row for row in _printed(derivation) if row.state == left.of.name and row.whole), None)
    proven = [f"what is proven is `{row.left} ≤ {row.formula}`"] if row else []
    parts = _parts(asked, backward(derivation, left.of.name))
    alone = [states for states in states_of(derivation) if left.of.name in states] == [[left.of.name]]
    if parts and alone and _holds(derivation, block, parts):
        if strict and parts.matrices:
            zero = f"where {show(parts.matrices[0], 'ascii')} is 0 both sides are 0"
            return Verdict("not equal", [f"{claim} holds with ≤, not with <: {zero}"])
        if number is not None and row and abs(number - row.each) > 6e-4 * row.each:
            return Verdict(
                "not equal", [f"{claim} holds, but with the weights as they are a step's factor is {row.each:.4g}, not {number:g}"]
            )
        return Verdict("equal", [f"{claim} holds, whatever the weights are", *proven])
    if example := _refuted(checker, asked):
        return Verdict("not equal", [f"{claim} does not hold", *proven, example])
    return Verdict("not decided", [f"whether {claim} holds is not decided: no number refutes it", *proven])


def _read(derivation: System, line: str) -> tuple[Checker, Statement, float | None, bool]:
    """A bound as a derivative and a number, to be held against each other; the number behind it, and whether it is strict."""
    sign = SIGN.search(line)
    assert sign is not None
    right, number = line[sign.end() :], None
    if tail := TAIL.search(right):
        right, number = right[: tail.start()], float(tail[1])
    if SIGN.search(right) or "=" in re.sub(r"_\{[^{}]*\}|_\([^()]*\)", "", right):
        raise Unreadable(f"one bound a line is judged, without what follows from it: {short(line)}")
    if re.search(r"[‖|]_\{?(?:F|1|\\infty|∞)", line[: sign.start()]):
        raise Unreadable(f"the norm of a Jacobian is the 2-norm here: {short(line)}")
    left, formula = (_norms(side) for side in (line[: sign.start()], right))
    left = left.strip().removeprefix("‖").removesuffix("‖")
    formula = GAMMA.sub(f"({_gamma(derivation)})", formula) if GAMMA.search(formula) else formula
    checker = Checker(derivation, f"{left} = {left}")
    statement, reader = checker.statements[0], checker.reader
    asked = statement.equation.left
    if not isinstance(asked, e.Derivative) or asked.of.time is None or asked.by.time is None or asked.of.name != asked.by.name:
        raise Unreadable(f"{HOW}, of a state's Jacobian: {short(line)}")
    (read,) = reader.lines(f"{left} = {formula}")
    found = reader.expression(read.right, line, statement.free)
    if found.shape != ():
        raise Unreadable(f"{HOW}: the right side is {found.written}, not a number: {short(line)}")
    equation = e.Equation(asked._replace(kind="total"), found.expr)
    return checker, statement._replace(equation=equation), number, sign[0] in ("<", "\\lt")


def _norms(side: str) -> str:
    """A side with every norm between two bars, that of a diagonal matrix as that of its diagonal."""
    return DIAGONAL.sub("‖", NORM.sub("‖", LARGEST.sub(lambda found: f"‖{found[1] or found[2]}‖", side)))


def _gamma(derivation: System) -> str:
    """The largest slope of the activation, as a number."""
    norms = Norms(derivation)
    blocks = [one_step(derivation, state, state).right for state in {row.state for row in _printed(derivation) if row.whole}]
    largest = [norms.largest(x.of) for block in blocks for x in e.nodes(block) if isinstance(x, e.Diag)]
    if not largest or not np.isfinite(max(largest)):
        raise Unreadable("no number γ bounds the slope of this net's activation")
    return repr(max(largest))


def _parts(asked: Statement, reverse: bool) -> Parts | None:
    """The right side as a product over the steps between; None where it is none. ``reverse``: the chain reads from the end."""
    of, by = asked.equation.left[1::-1] if reverse else asked.equation.left[:2]
    once, number, inside = 1.0, 1.0, []  # type: float, float, list[e.Expr]
    stack: list[tuple[e.Expr, bool, str]] = [(asked.equation.right, False, "")]
    single = of.time.base == by.time.base and of.time.offset == by.time.offset + 1
    while stack:
        node, each, index = stack.pop()
        each = each or single
        match node:
            case e.Mul(factors):
                stack += [(factor, each, index) for factor in factors]
            case e.Num(value, "") if each:
                number *= value
            case e.Num(value, ""):
                once *= value
            case e.Fold(inner, over, first, last, sign) if sign != "Σ" and not each:
                if (first, last) != (by.time._replace(offset=by.time.offset + 1), of.time):
                    return None
                stack.append((inner, True, over))
            case e.Fn("sqrt", e.Fn("sum", e.Mul((one, other)))) if one == other and each:
                inside.append(put(one, index, e.Time("t", 0)) if index else put(one, of.time.base, e.Time("t", -of.time.offset)))
            case _:
                return None
    return Parts(once, number, [x for x in inside if _matrix(x)], [x for x in inside if not _matrix(x)])


def _matrix(x: e.Expr) -> bool:
    """Whether what stands in a norm is a parameter, and not the vector on a diagonal."""
    return all(s.time is None for s in e.symbols(x))


def _holds(derivation: System, block: e.Expr, parts: Parts) -> bool:
    """Whether each step's factor is no less than the norms of the factors of the Jacobian, whose norm is no larger than their product."""
    norms, factors, stack = Norms(derivation), [], [block]  # type: Norms, list[e.Expr], list[e.Expr]
    while stack:
        node = stack.pop()
        stack += [node.matrix, node.vector] if isinstance(node, e.MatMul) else []
        factors += [] if isinstance(node, e.MatMul) else [node]
    vectors = [x.of for x in factors if isinstance(x, e.Diag)]
    matrices = [e.transpose(x) if isinstance(x, e.Transpose) else x for x in factors if not isinstance(x, e.Diag)]
    mine = [x.of if isinstance(x, e.Transpose) else x for x in parts.matrices]
    if sorted(map(repr, mine)) != sorted(map(repr, matrices)) or any(x not in vectors for x in parts.vectors):
        return False
    least = float(np.prod([norms.largest(x) for x in vectors if x not in parts.vectors]))
    return parts.once >= 1 and parts.number >= least * (1 - 1e-12)


def _rising(x: e.Expr) -> bool:
    """Whether a node is larger where a norm in it is, so that Frobenius' norm, which is no less than the 2-norm, may stand for it."""
    match x:
        case e.Num(value):
            return value >= 0
        case e.Fn(name):
            return name in ("sqrt", "sum")
    return isinstance(x, (e.Sym, e.Mul, e.Add, e.Fold, e.Transpose, e.Derivative))


def _refuted(checker: Checker, asked: Statement) -> str:
    """A net at which the Jacobian has an element that is larger than the bound, as an example; nothing where none is found."""
    rising = all(map(_rising, e.nodes(asked.equation.right)))
    with digits():
        for net, _, derived, yours in checker.enclosed(asked, checker.settings[0]):
            if isinstance(yours, (Undecided, Undefined)) or not rising and np.size(derived) > 1:
                continue
            limit, elements = np.ravel(yours)[0], [abs(x) for x in np.ravel(derived).tolist()]
            larger = [x for x in elements if x.a > limit.b]
            if larger:
                lengths = ", ".join(f"{letter}={n}" for letter, n in {**net.last, **net.sizes}.items())
                return f"for example with {lengths}: the norm is at least {float(larger[0].mid):.6g}, and this gives {float(limit.mid):.6g}"
    return ""
