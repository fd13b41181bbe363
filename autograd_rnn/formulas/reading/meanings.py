"""What a line with derivatives or products over steps may mean: books write ∂ for the total derivative as for the partial one, leave out
the plus of the immediate one, and do not say on which side of a product the later steps stand."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import free
from autograd_rnn.algebra.printing import DERIVATIVES, show
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import Line
from autograd_rnn.formulas.writing.prepared import SENSITIVITY

ERROR = re.compile(r"`δ_?(\w+)` is read as `d\1`")
CHOSEN = re.compile(r"`δ_(\w+)` is read as `d(\w+)`")
NEXT = re.compile(r"`(\w+)` is read as `(\w+)\[t\+1\]`")
Reading = tuple[e.Equation, str]  # an equation, and the sentence that says what was taken for what
TOTAL = "the derivatives are read as total ones, along every path"
PARTIAL = "the derivatives are read as partial ones, the other states of the earlier step held fixed: the total one has further terms"
IMMEDIATE = "the derivatives by a parameter on the right are read as immediate ones, the states of the step before held fixed"
DIRECT = "the derivatives are read along that state alone, its direct path: the partial and the total one have further terms"
APART = "that is so where the two steps differ; at one and the same step the derivative is the identity matrix"
TIE = "on a tie, where what is compared is exactly 0, this takes the other side: the derivative is 0 there"
LEFT = "the product over steps is read with the later steps on the left"
RIGHT = "the product over steps is read with the later steps on the right"


def readings(equation: e.Equation, text: str) -> tuple[Reading, ...]:
    """What an equation may mean, as it is written first; nothing where that is one thing. Who types ``total(...)`` means that, and p_ij^k
    is a total one."""
    found: dict[e.Equation, str] = {}
    said = SENSITIVITY.search(text) or any(f"{word}(" in text for word in DERIVATIVES)
    kinds = [(equation, ""), *([] if said else kinds_of(equation))]
    for (meant, said), (turned, order) in itertools.product(kinds, ((lambda x: x, LEFT), (backwards, RIGHT))):
        whole = both(meant, turned)
        found.setdefault(whole, "; ".join(filter(None, (said, order * matters(whole)))))
    return tuple(found.items()) if len(found) > 1 or any(found.values()) else ()


def returned(system: System, adjoint: e.Sym) -> e.Expr:
    """What of an adjoint comes back from other steps: its terms that hold adjoints at these."""
    own = next((q.right for q in system.equations if q.left == adjoint._replace(time=e.Time("t", 0))), e.ZERO)
    terms = own.terms if isinstance(own, e.Add) else (own,)
    return e.add(*(x for x in terms if any(s.adjoint and s.time and s.time.base == "t" and s.time.offset for s in e.symbols(x))))


def handed_back(system: System, equation: e.Equation, notes: Iterable[str]) -> Iterator[Reading]:
    """A line with ``dh_next`` in it, read as the adjoint of the step after: with what comes back from there in its place, as programs have
    it."""
    for name, base in (found.groups() for note in notes if (found := NEXT.fullmatch(note))):
        later = next((s for s in e.symbols(equation.right) if s.adjoint and f"d{s.name}" == base and s.time == e.Time("t", 1)), None)
        back = returned(system, later) if later is not None else e.ZERO
        if later is not None and back != e.ZERO:
            right = e.mapped(equation.right, lambda s, later=later, back=back: back if s == later else s)  # type: ignore[misc]
            yield equation._replace(right=right), f"`{name}` is read as what comes back into step t, `{show(back, 'ascii')}`"


def chosen(sentence: str, notes: Iterable[str]) -> dict[str, str]:
    """What a reading takes each δ of a line for, which all lines of a text take for one and the same."""
    return {found[1]: found[1] for note in notes if (found := ERROR.fullmatch(note))} | dict(CHOSEN.findall(sentence))


def summand(x: e.Expr) -> str:
    """The one quantity that alone is what goes into an activation, or a term of it beside peepholes, which has the same adjoint."""
    alone = [term.name for term in (x.terms if isinstance(x, e.Add) else [x]) if isinstance(term, e.Sym)]
    return alone[0] if len(alone) == 1 else ""


def peeped(system: System, equation: e.Equation) -> dict[str, None]:
    """That a derivative is that of all that goes into a gate, its peephole too, where the quantity is a sum without it."""
    asked = {(x.of.name, x.by.name) for side in equation[:2] for x in e.nodes(side) if isinstance(x, e.Derivative)}
    into = [(summand(q.right.of), q) for q in system.forward if isinstance(q.right, e.Fn) and isinstance(q.right.of, e.Add)]
    found = [(inner, q) for inner, q in into if any((inner, s.name) in asked for s in e.symbols(q.right) if s.name != inner)]
    return {f"`{inner}` is taken as all that goes into `{show(q.right, 'ascii')}`, as books have it": None for inner, q in found}


def errors(system: System, equation: e.Equation, line: Line) -> Iterator[Reading]:
    """A line with ``δ_o`` in it, which is read as the adjoint of the gate, as some books have it: that of what goes into its activation."""
    made = {q.left.name: q.right for q in system.forward if isinstance(q.right, e.Fn)}
    into = {name: inner for name, x in made.items() if (inner := summand(x.of))}
    new = {name for name, x in made.items() if x.name != "sigmoid"}
    alike = [q for q in system.forward if not any(isinstance(x, e.MatMul) for x in e.nodes(q.right))]  # of one shape, other than scores
    taken = {q.left.name: next((s.name for s in e.symbols(q.right) if s.name in new), "") for q in alike}
    told, apart = chosen("", line.notes), re.search(r"δ|delta", line.text.partition("=")[2]) is None
    gates = {name: into[name] for name in told if name in into}
    states = {name: into[taken[name]] for name in told if name not in into and taken.get(name)}
    for other in (gates, states, gates | states):

        def change(s: e.Sym, other: dict[str, str] = other) -> e.Expr:
            return s._replace(name=other[s.name]) if s.adjoint and s.name in other else s

        left, right = (e.mapped(side, change) for side in equation[:2])
        said = "; ".join(f"`δ_{name}` is read as `d{inner}`" for name, inner in other.items())
        if other and isinstance(left, e.Sym):
            yield equation._replace(left=left, right=right), said
            if apart and right != equation.right:  # which has the other, dc_t, by its name
                yield equation._replace(left=left), f"{said} on the left side"


def kinds_of(equation: e.Equation) -> Iterator[Reading]:
    """The equation with its derivatives as others of their kind."""
    derivatives = [x for side in equation[:2] for x in e.nodes(side) if isinstance(x, e.Derivative)]
    if not derivatives:
        return
    for kind, sentence in (("partial", PARTIAL), ("total", TOTAL)):
        yield both(equation, lambda x, kind=kind: of_kind(x, kind, x.kind != "immediate")), sentence  # type: ignore[misc]
    left = equation.left
    if len(derivatives) == 1 and isinstance(left, e.Derivative) and left.of.name == left.by.name:
        yield equation._replace(left=left._replace(kind="direct")), DIRECT
    for kind in ("total", "partial"):
        other = both(equation, lambda x, kind=kind: of_kind(x, kind, x.kind != "immediate" and x.by.time is not None))  # type: ignore[misc]
        at_once = both(other, lambda x: of_kind(x, "immediate", x.by.time is None))  # type: ignore[attr-defined, arg-type]
        if at_once.right != other.right:
            yield other._replace(right=at_once.right), IMMEDIATE


def of_kind(x: e.Derivative, kind: str, changed: bool) -> e.Derivative:
    """A derivative as one of another kind; of a loss, or by a parameter, there is no partial one."""
    return x._replace(kind=kind) if changed else x


def both(equation: e.Equation, change: Callable[[e.Expr], e.Expr]) -> e.Equation:
    """An equation with both its sides changed, at each derivative or at each product over steps."""

    def changed(node: e.Expr) -> e.Expr:
        return change(node) if isinstance(node, e.Derivative) else node

    if change is backwards:
        return equation._replace(right=e.transformed(equation.right, backwards))
    return equation._replace(left=e.transformed(equation.left, changed), right=e.transformed(equation.right, changed))


def backwards(x: e.Expr) -> e.Expr:
    """A product whose text does not say its order, in the other one."""
    return x._replace(sign="Π→") if isinstance(x, e.Fold) and x.sign == "Π" and x.matrices and x.over in free(x.of) else x


def matters(equation: e.Equation) -> bool:
    """Whether there is a product of matrices whose order the text does not say."""
    return any(isinstance(x, e.Fold) and x.sign[0] == "Π" and x.sign != "Π←" and x.matrices and x.over in free(x.of)
               for x in e.nodes(equation.right))  # fmt: skip
