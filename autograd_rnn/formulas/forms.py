"""The other forms of a derived formula: unrolled, expanded, truncated. Each comes from the recursion by substitution alone."""

from __future__ import annotations

import difflib

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.checks import string, whole
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.formulas.evaluate import Evaluation, function
from autograd_rnn.formulas.system import PROBABILITY, SCORE, System, absolute, lengths, quantities
from autograd_rnn.formulas.unfolded import Unfolded, states_of, tag_of
from autograd_rnn.nets.run import PLAIN, Run
from autograd_rnn.visible import shown

FORMS = ("recursion", "unrolled", "expanded", "truncated")
LIMIT = 1000  # terms of an expanded formula
WIDTH = 140  # a longer line is broken before each term


def named(derivation: System, name: str) -> tuple[str, int | None]:
    """The quantity that ``name`` asks for, and its step: ``W_hh``, ``dW_hh``, ``h``, ``h_2``, ``a_i,2``.

    Raises ValueError for a name that the model does not have.
    """
    names = list(dict.fromkeys(q.left.name for q in derivation.equations))
    string("the name of a gradient or an adjoint", name)
    for candidate in (name, name[1:] if name[:1] == "d" else ""):
        candidate = derivation.aliases.get(candidate, candidate)
        if candidate in names:
            return candidate, None
        base, _, step = candidate.replace(",", "_").rpartition("_")
        if base in derivation.letters and base in names and step.isdigit():
            return base, int(step)
    plain = name[1:] if name[:1] == "d" else name
    if plain in derivation.parameters and derivation.parameters[plain].op is None:
        raise ValueError(f"{plain} {PLAIN}")
    if known := plain if plain in derivation.roles else plain.replace(",", "_").rpartition("_")[0]:
        if known in influential(derivation):
            raise ValueError(f"d{known} has no equation of its own: it is written out where another adjoint needs it")
        if known in derivation.roles:
            raise ValueError(f"{known} has no influence on the loss: d{known} is zero")
    near = difflib.get_close_matches(plain, names, 8)
    near = sorted((other for other in near if other.startswith(plain)), key=names.index) or near  # for W_h rather W_hh than W_xh
    raise ValueError(f"{shown(name)} is not in this model: " + (f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"))


def influential(derivation: System) -> set[str]:
    """The names of all that the scores, and so the loss, are computed from."""
    found: set[str] = {SCORE}
    stack: list[str] = [SCORE]
    while stack:
        here = stack.pop()
        inside = {s.name for q in derivation.forward if q.left.name == here for s in e.symbols(q.right)} - found
        found |= inside
        stack += inside
    return found


def formula(
    derivation: System, name: str, form: str, steps: int | tuple[int, ...] | None, window: int | None, chunk: int | None
) -> list[e.Equation]:
    """`Derivation.formula`: the equations of one gradient or adjoint in one of the forms."""
    if not isinstance(form, str) or form not in FORMS:
        near = difflib.get_close_matches(shown(form).strip("'"), FORMS, 1)
        raise ValueError(f"form must be one of {', '.join(FORMS)}, not {shown(form)}" + (f": did you mean {near[0]!r}?" if near else ""))
    if (window is not None or chunk is not None) and form != "truncated":
        raise ValueError(f'window and chunk belong to form="truncated", not to {shown(form)}')
    base, step = named(derivation, name)
    if form == "recursion" and steps is None and step is None:
        return [q for q in derivation.equations if q.left.name == base]
    if form == "truncated":
        return truncated(derivation, base, step, steps, window, chunk)
    unfolded = Unfolded(derivation, 3 if steps is None else steps)
    if form == "expanded":
        return expanded(unfolded, base, step)
    return [e.Equation(symbol, unfolded.definition(symbol)) for symbol in targets(unfolded, base, step)]


def targets(unfolded: Unfolded, name: str, step: int | None = None) -> list[e.Sym]:
    """The adjoint's symbols at all its steps, or at one, in the order of the sweep."""
    found = {}
    last = unfolded.last.get(unfolded.derivation.letters.get(name, ""), 0)
    for t in [None] if name not in unfolded.derivation.letters else range(last + 2) if step is None else [step]:
        symbol = e.Sym(name, None if t is None else e.Time("", t), True)
        if unfolded.lookup.equation(symbol) is not None:
            found[symbol] = True
    if not found:
        raise ValueError(f"{shown(name)} has no adjoint at step {step}: it runs over {last} step{'s' * (last != 1)}")
    return [symbol for symbol in unfolded.ordered(list(found)) if symbol in found]


def unrolled(derivation: System, steps: int | tuple[int, ...] = 3, chunk: int | None = None) -> list[e.Equation]:
    """Every adjoint equation of a net of ``steps`` steps, in the order of the sweep.

    >>> from autograd_rnn.formulas.forms import unrolled
    >>> print(*map(show, unrolled(derive(Model(RNN(2, 3), output_size=4)), 1)), sep="\\n")
    ds_1 = p_1 - onehot(y_1)
    dh_1 = W_hyᵀ ds_1
    da_1 = dh_1 ⊙ (1 - h_1²)
    dh_0 = W_hhᵀ da_1
    dx_1 = W_xhᵀ da_1
    dW_xh = da_1 x_1ᵀ
    dW_hh = da_1 h_0ᵀ
    db_h = da_1
    dW_hy = ds_1 h_1ᵀ
    db_y = ds_1
    """
    unfolded = Unfolded(derivation, steps, chunk)
    names = dict.fromkeys(q.left.name for q in derivation.equations)
    found = [symbol for name in names for symbol in targets(unfolded, name)]
    return [e.Equation(symbol, unfolded.definition(symbol)) for symbol in unfolded.ordered(found)]


def expanded(unfolded: Unfolded, name: str, step: int | None = None, window: int | None = None) -> list[e.Equation]:
    """The recursion substituted into itself until only the losses' own terms are left: a sum over t, the loss, and k ≤ t, the step at
    which the weight was used, of products of Jacobians. ``window``: losses reach back that many steps only.

    Pascanu, Mikolov and Bengio 2013, equations 3 to 5.
    """
    equations = []
    for symbol in targets(unfolded, name, step):
        losses: list[int | None] = sorted({q.time.offset for q in sources(unfolded)}) if symbol.adjoint else []  # type: ignore[union-attr]
        count = sum(unfolded.count(symbol, t, window) for t in losses)
        if count > LIMIT:
            raise ValueError(f"d{name} expanded has {count:,} terms, more than {LIMIT:,}: take fewer steps, or form='recursion'")
        parts = [way.term.product(unfolded.matrices) for t in losses for way in unfolded.ways(symbol, t, window)]
        equations.append(e.Equation(symbol, e.add(*parts)))
    return equations


def sources(unfolded: Unfolded) -> list[e.Sym]:
    """The adjoints that a loss enters: the scores'."""
    return targets(unfolded, SCORE)


def truncated(
    derivation: System, name: str, step: int | None, steps: int | tuple[int, ...] | None, window: int | None, chunk: int | None
) -> list[e.Equation]:
    """Truncated BPTT: the recursion with terms dropped. ``chunk``: the carry into every chunk-th step; for general t, or for a number
    of steps. ``window``: what lies further from its loss than window - 1 steps, in the expanded form. Williams and Peng 1990."""
    if (window is None) == (chunk is None):
        raise ValueError('form="truncated" takes either window=w or chunk=K, a number of steps')
    for what, given in (("window", window), ("chunk", chunk)):
        if given is not None:
            whole(what, given, 1)
    if window is not None:
        if len(derivation.model.nets) > 1:
            raise ValueError("a window is counted within one sequence, and an encoder-decoder has two: take chunk=K")
        states = {state for states in states_of(derivation) for state in states}
        read = [(q.left.time, s) for q in derivation.equations if q.left.name in states for s in e.symbols(q.right)]
        if any(s.adjoint and s.name == SCORE and s.time != time for time, s in read):
            raise ValueError("a window is counted from the loss's own step, and this net's score reads a state of another: take chunk=K")
        return expanded(Unfolded(derivation, max(3, window + 1) if steps is None else steps), name, step, window)
    assert chunk is not None
    if steps is None and step is None:
        return _rolled_chunks(derivation, name, chunk)
    unfolded = Unfolded(derivation, steps if steps is not None else max(3, step or 0), chunk)
    return [e.Equation(s, unfolded.definition(s)) for s in unfolded.ordered(targets(unfolded, name, step))]


def _rolled_chunks(derivation: System, name: str, chunk: int) -> list[e.Equation]:
    """The quantity's equations for general t and those that lose a term, these as two: with the carry and without."""
    states = {state for states in states_of(derivation) for state in states}
    carried = {q: [s for s in e.symbols(q.right) if _carries(derivation, q.left, s)] for q in derivation.equations if q.left.name in states}
    needed, equations = _needs(derivation, name), []
    for equation in derivation.equations:
        left, gone = equation.left, carried.get(equation, [])
        if left.name not in needed:
            continue
        if gone:
            first = chunk if gone[0].time.offset > 0 else chunk + 1  # type: ignore[union-attr]
            which, before = f"{first}, {first + chunk}, …", f"{equation.where}, " if equation.where else ""
            less = e.transformed(equation.right, lambda x, gone=frozenset(gone): e.ZERO if x in gone else x)  # type: ignore[misc]
            equations += [equation._replace(where=f"{before}t ≠ {which}")] if chunk > 1 else []
            equations.append(e.Equation(left, less, equation.where if chunk == 1 else f"{before}t = {which}"))
        elif left.name == name or any(q.left.name == left.name and rest for q, rest in carried.items()) and not _initial(left):
            equations.append(equation)
    return equations


def _needs(derivation: System, name: str) -> set[str]:
    """The names of all adjoints that one depends on, itself among them."""
    found, stack = {name}, [name]
    while stack:
        here = stack.pop()
        inside = {s.name for q in derivation.equations if q.left.name == here for s in e.symbols(q.right) if s.adjoint}
        stack += inside - found
        found |= inside
    return found


def _initial(symbol: e.Sym) -> bool:
    """Whether a symbol stands before the first step or after the last."""
    time = symbol.time
    return time is not None and (time == e.Time("", 0) or time.base in ("T", "S") and time.offset > 0)


def _carries(derivation: System, left: e.Sym, right: e.Sym) -> bool:
    """Whether an adjoint in the equation for general t comes from another step of the same sequence."""
    if not right.adjoint or right.time is None or left.time is None or "t" not in (left.time.base, right.time.base):
        return False
    return right.time != left.time and tag_of(derivation, left.name) == tag_of(derivation, right.name)


def evaluation(system: System, equations: list[e.Equation], run: Run) -> Evaluation:
    """Equations ready to be evaluated on the numbers of a run: ``evaluation(d, equations, run)[symbol]``."""
    found = quantities(run)
    values: dict[e.Sym, np.ndarray] = {absolute(q, start=run.start): node.value for node, q in found.items()}
    values |= {e.Sym(name): value for name, value in system.constants.items()}
    for q, node in [(q, node) for node, q in found.items() if q.role == "score"]:
        values.setdefault(e.Sym(PROBABILITY, absolute(q, start=run.start).time), function(system.model.readout.output)(node.value))
    return Evaluation(equations, values, lengths(run), system.letters, system.model.readout.output_size, system.reverse)


def lines(equation: e.Equation, style: str = "text") -> list[str]:
    """An equation's text, a long sum's as one line a term."""
    whole = show(equation, style)
    if len(whole) <= (WIDTH if style != "latex" else 3 * WIDTH) or not isinstance(equation.right, e.Add):
        return [whole]
    first, *rest = equation.right.terms
    written = [show(term, style) for term in rest]
    return [show(equation._replace(right=first), style), *(f"- {text[1:]}" if text[0] == "-" else f"+ {text}" for text in written)]


def gradients(system: System, run: Run, chunk: int | None = None) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """(name, derived, tape's) for every adjoint at every step of a run, and every parameter's gradient. ``chunk=K``: of a sweep truncated
    after every K-th step, which is what the ``system`` must be too."""
    found, swept = quantities(run), adjoints(run.loss, cut=run.chunks(chunk))
    numbers = evaluation(system, system.equations, run)
    compared = []
    for node, q in found.items():
        if node in swept and (q.name, True) in numbers.by_name and q.role != "loss":
            symbol = absolute(q, adjoint=True, start=run.start)
            compared.append((show(absolute(q, adjoint=True)), numbers[symbol] + np.zeros(node.shape), swept[node]))
    return compared
