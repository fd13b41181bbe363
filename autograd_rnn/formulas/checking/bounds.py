"""A bound on the norm of a Jacobian, ``‖dh_t/dh_k‖ ≤ (γ ‖W_hh‖)^{t-k}``: it holds where each step's factor is no less than the norms of
what the Jacobian of a step is a product of, and it does not where intervals say so. A norm is the 2-norm; Frobenius' is no less."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import put
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.bound import Norms, Row, bound
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.evidence.derivatives import returns
from autograd_rnn.formulas.evidence.enclosed import Undecided, digits, iv, near
from autograd_rnn.formulas.evidence.examples import quotient
from autograd_rnn.formulas.evidence.wide import Undefined
from autograd_rnn.formulas.jacobian import backward, one_step
from autograd_rnn.formulas.mistakes.expected import directly
from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.reading.meanings import DIRECT
from autograd_rnn.formulas.reading.parse import Reader, Statement
from autograd_rnn.formulas.reading.printed import squeezed
from autograd_rnn.formulas.sentences.remarks import uncommented
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.unfolded import states_of
from autograd_rnn.formulas.writing.layers import layered
from autograd_rnn.formulas.writing.lines import Unreadable, bare, cut

BARS = r"(?:‖|\|\|?|\\[lr]?[vV]ert(?![a-z])|\\\|)"
OPEN = re.compile(rf"\s*(?:\\left\s*)?(?:{BARS}|(?:np\.linalg\.)?norm\()")
SIGN = re.compile(r"≤|<=|<|\\leq?(?![a-z])|\\leqslant(?![a-z])|\\lt(?![a-z])")
NORM = re.compile(rf"(?:\\left\s*|\\right\s*)?{BARS}(?:_\{{?(?:2|F)\}}?(?!\w))?")
MAX = r"(?:\\max|max|\\text\{max\}|\\mathrm\{max\}|1)"
LARGEST = re.compile(rf"(?:\\?sigma|σ)_\{{?\s*{MAX}\s*\}}?\s*\(([^()]*)\)|(?:np\.linalg\.)?norm\(([^()]*)\)")
GAMMA = re.compile(r"\\?(?<![A-Za-z])(?:γ|gamma)(?![A-Za-z])")
DIAGONAL = re.compile(r"‖\s*\\?(?:(?:mathrm|operatorname|text)\{diag\}|diag)\s*(?:\\left\s*)?(?=\()")
TAIL = re.compile(r"=\s*([\d.]+)(?:\s*\^\s*[({]?\s*(?:t\s*-\s*k|k\s*-\s*t)\s*[)}]?)?\s*(?:[:,;].*)?$")
FEW = 3  # steps of a net at which a bound is tried
HOW = "a bound is written as `‖dh_t/dh_k‖ ≤ (γ ‖W_hh‖)^(t-k)`"


Polynomial = dict[tuple[str, ...], float]  # of the norms that stand together in a term its number


class Parts(NamedTuple):
    """A product of norms: a number in front, and each step's factor; the vectors whose norms, as those of diagonal matrices, are in it."""

    once: float
    factor: Polynomial
    vectors: list[e.Expr]


def bounds(derivation: System, text: str) -> Verdict | None:
    """The verdict on a text of bounds alone; None for any other text."""
    if not OPEN.match(text) and " alone = " not in text:
        return None
    rows = _lines(text)
    printed = {squeezed(shown): row for row in _printed(derivation) for shown in _shown(row)}
    if not all(squeezed(line) in printed or OPEN.match(line) and SIGN.search(line) for _, line in rows):
        return None
    vocabulary, notes = Reader(derivation).vocabulary(text), dict[int, str]()
    each = [(number, one) for number, line in rows for one in layered(line, vocabulary, notes).split("\0")]
    found = [(number, _judged(derivation, line, printed.get(squeezed(line)))) for number, line in each]
    number, first = next((pair for pair in found if not pair[1].equal), found[0])
    first.line = None if first.equal else number
    first.sentences += notes.values()
    return first


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines of a text; as they are printed, with words behind them."""
    try:
        return cut(bare(uncommented(text)[0]))
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
    checker, asked, number, strict, partial = _read(derivation, line)
    left, claim = asked.equation.left, f"the bound on ‖{quotient(asked.equation.left)}‖"
    row = next((row for row in _printed(derivation) if row.state == left.of.name and row.whole), None)
    path = next((row for row in _printed(derivation) if row.state == left.of.name and not row.whole), None)
    proven = [f"what is proven is `{row.left} ≤ {row.formula}`"] if row else []
    proven += [f"what is known of one path is {path.left} = {path.formula}{path.note}"] if path else []
    parts = _parts(asked, backward(derivation, left.of.name))
    alone = [states for states in states_of(derivation) if left.of.name in states] == [[left.of.name]]
    if parts and alone and _holds(derivation, one_step(derivation, left.of.name, left.by.name).right, parts):
        if strict and (refused := _strictly(parts, left)):
            return Verdict("not equal", [f"{claim} holds with ≤, not with <: {refused}"])
        if number is not None and row and abs(number - row.each) > 6e-4 * row.each:
            return Verdict(
                "not equal", [f"{claim} holds, but with the weights as they are a step's factor is {row.each:.4g}, not {number:g}"]
            )
        return Verdict("equal", [f"{claim} holds, whatever the weights are", *proven])
    if parts and partial and not strict and returns(derivation, left.of.name):
        if _holds(derivation, directly(derivation, left.of.name), parts):
            return Verdict("equal", [f"{claim} holds along {left.of.name} alone, whatever the weights are", DIRECT])
    if example := _refuted(checker, asked):
        return Verdict("not equal", [f"{claim} does not hold", *proven, example])
    others = [state for states in states_of(derivation) if left.of.name in states for state in states if state != left.of.name]
    why = "that is proven of a product, or a sum of products, of the norms of its factors"
    why = f"it runs through {' and '.join(others)} too, of which no bound is proven" if others else why
    return Verdict("not decided", [f"whether {claim} holds is not decided: no number refutes it, and {why}", *proven])


def _strictly(parts: Parts, left: e.Derivative) -> str:
    """Where a bound that holds is no larger than what it bounds; nothing where that is nowhere found."""
    if all(parts.factor):
        return f"where {' and '.join(dict.fromkeys(norms[0] for norms in parts.factor))} is 0 both sides are 0"
    if not left.of.time or not left.by.time or left.of.time.base != left.by.time.base:
        return "at one and the same step both sides are 1" if parts.once <= 1 else ""
    return ""


def _read(derivation: System, line: str) -> tuple[Checker, Statement, float | None, bool, bool]:
    """A bound as a derivative and a number, to be held against each other; the number behind it, whether it is strict, and whether the
    derivative is a partial one."""
    sign = SIGN.search(line)
    assert sign is not None
    right, number = line[sign.end() :], None
    if tail := TAIL.search(right):
        right, number = right[: tail.start()], float(tail[1])
    if SIGN.search(right) or "=" in re.sub(r"_\{[^{}]*\}|_\([^()]*\)", "", right):
        raise Unreadable(f"one bound a line is judged, without what follows from it: {short(line)}")
    if re.search(r"[‖|]_\{?(?:F|1|\\infty|∞)", line[: sign.start()]):
        raise Unreadable(f"the norm of a Jacobian is the 2-norm here: {short(line)}")
    bars = (LARGEST.sub(lambda found: f"‖{found[1] or found[2]}‖", side) for side in (line[: sign.start()], right))
    left, formula = (DIAGONAL.sub("‖", NORM.sub("‖", side)) for side in bars)  # of a diagonal matrix that of its diagonal
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
    return checker, statement._replace(equation=equation), number, sign[0] in ("<", "\\lt"), "∂" in left or "partial" in left


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
    once, each = 1.0, []  # type: float, list[e.Expr]
    single = of.time.base == by.time.base and of.time.offset == by.time.offset + 1
    stack = [] if single else [asked.equation.right]
    if single:
        each.append(put(asked.equation.right, of.time.base, e.Time("t", -of.time.offset)))
    while stack:
        match stack.pop():
            case e.Mul(factors):
                stack += factors
            case e.Num(value, "") if value >= 0:
                once *= value
            case e.Fold(inner, index, first, last, sign) if sign != "Σ":
                if (first, last) != (by.time._replace(offset=by.time.offset + 1), of.time):
                    return None
                each.append(put(inner, index, e.Time("t", 0)) if index else inner)
            case _:
                return None
    whole = e.mul(*each)
    roots = [x.of.of.factors[0] for x in e.nodes(whole) if _is_norm(x)]  # type: ignore[attr-defined]
    factor = _polynomial(whole, lambda x: {(_called(x.of.of.factors[0]),): 1.0} if _is_norm(x) else None)  # type: ignore[attr-defined]
    return Parts(once, factor, [x for x in roots if not _matrix(x)]) if factor is not None else None


def _is_norm(x: e.Expr) -> bool:
    """Whether it is the norm of a matrix or a vector, as it is read."""
    match x:
        case e.Fn("sqrt", e.Fn("sum", e.Mul((one, other)))):
            return bool(one == other)
    return False


def _called(x: e.Expr) -> str:
    """A matrix as its norm is known: that of its transpose is the same."""
    return show(x.of if isinstance(x, e.Transpose) else x, "ascii")


def _polynomial(x: e.Expr, leaf: Callable[[e.Expr], Polynomial | None]) -> Polynomial | None:
    """An expression as a sum of products of norms with numbers that are not negative; None where it is none. ``leaf``: a norm."""

    def inside(node: e.Expr) -> tuple[e.Expr, ...]:
        return e.children(node) if isinstance(node, (e.Add, e.Mul, e.MatMul)) and leaf(node) is None else ()

    def norms_of(node: e.Expr, parts: list[Polynomial | None]) -> Polynomial | None:
        if not parts:
            return {(): node.value} if isinstance(node, e.Num) and not node.text and node.value >= 0 and leaf(node) is None else leaf(node)
        if None in parts:
            return None
        known: Polynomial = {(): 1.0} if not isinstance(node, e.Add) else {}
        for part in filter(None, parts):
            if isinstance(node, e.Add):
                known = {norms: known.get(norms, 0.0) + part.get(norms, 0.0) for norms in {**known, **part}}
            else:
                both = [(tuple(sorted((*a, *b))), known[a] * part[b]) for a in known for b in part]
                known = {norms: sum(value for other, value in both if other == norms) for norms, _ in both}
        return known

    return e.upward(x, inside, norms_of)[x]


def _matrix(x: e.Expr) -> bool:
    """Whether what stands in a norm is a parameter, and not the vector on a diagonal."""
    return all(s.time is None for s in e.symbols(x))


def _holds(derivation: System, block: e.Expr, parts: Parts) -> bool:
    """Whether each step's factor is no less than the norms of the products that the Jacobian is a sum of, term by term."""
    norms = Norms(derivation)

    def leaf(x: e.Expr) -> Polynomial | None:
        match x:
            case e.Diag(of):
                return {(_called(of),) if of in parts.vectors else (): 1.0 if of in parts.vectors else norms.largest(of)}
            case e.Identity():
                return {(): 1.0}
            case e.Sym() | e.Transpose(e.Sym()) if _matrix(x):
                return {(_called(x),): 1.0}
            case e.Num(value):
                return {(): abs(value)}
        return None

    least = _polynomial(block, leaf)
    return least is not None and parts.once >= 1 and all(parts.factor.get(k, 0.0) >= n * (1 - 1e-12) for k, n in least.items())


def _rising(x: e.Expr) -> bool:
    """Whether a node is larger where a norm in it is, so that Frobenius' norm, which is no less than the 2-norm, may stand for it."""
    match x:
        case e.Num(value):
            return value >= 0
        case e.Fn(name):
            return name in ("sqrt", "sum")
    return isinstance(x, (e.Sym, e.Mul, e.Add, e.Fold, e.Transpose, e.Derivative))


def _refuted(checker: Checker, asked: Statement) -> str:
    """A net at which the Jacobian is certainly larger than the bound, as an example; nothing where none is found. Of each net a few steps
    are looked at: u'Jv is no larger than the norm, where u and v have the length 1."""
    rising = all(map(_rising, e.nodes(asked.equation.right)))
    with digits():
        for net, _, derived, yours in checker.enclosed(asked, checker.settings[0], FEW):
            if isinstance(yours, (Undecided, Undefined)) or not rising and np.size(derived) > 1:
                continue
            limit, jacobian = np.ravel(yours)[0], np.atleast_2d(derived)
            left, _, right = np.linalg.svd(near(jacobian))
            u, v = (np.array([iv.mpf(float(x)) for x in vector], object) for vector in (left[:, 0], right[0]))
            norm = abs(u @ jacobian @ v) / iv.sqrt((u @ u) * (v @ v))
            if norm.a > limit.b:
                lengths = ", ".join(f"{letter}={n}" for letter, n in {**net.last, **net.sizes}.items())
                return f"for example with {lengths}: the norm is at least {float(norm.mid):.6g}, and this gives {float(limit.mid):.6g}"
    return ""
