"""Every form of a derived formula held against the tape of a run, and Jacobians against numbers that share no code with it."""

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.numeric import SMALL, TINY, replayed
from autograd_rnn.engine.tape import Tape
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.forms import evaluation
from autograd_rnn.formulas.jacobian import backward
from autograd_rnn.formulas.system import absolute, quantities


def same(derived_value, true, what, tolerance=1e-12):
    """Equal to 10⁻¹² of the largest element."""
    worst = np.max(np.abs(derived_value + np.zeros(np.shape(true)) - true), initial=0.0)
    assert worst <= tolerance * max(np.max(np.abs(true), initial=0.0), 1e-3), what


def whole(value, rows, columns):
    """A derivative's number as a matrix: zero stands for one of zeros."""
    return np.reshape(value, (rows, columns)) if np.size(value) == rows * columns else value + np.zeros((rows, columns))


def computed(d, run, equations, t=0):
    """The first equation's number; the others define what it names."""
    system = evaluation(d, [], run)
    for q in reversed(equations):
        left = q.left._replace(of=system.bound(q.left.of, t), by=system.bound(q.left.by, t))
        system.blocks[left] = whole(system.evaluate(q.right, t), *(run[s.name][1].size for s in (left.of, left.by)))
    return system.blocks[left]


def sourced(d, run, numbers, x):
    """An expression's number; of the adjoints it may ask for the scores' only, whose value is the tape's."""
    swept = adjoints(run.loss)
    for node, q in quantities(run).items():
        if q.name == "s" and node in swept:
            numbers.known[absolute(q, adjoint=True)] = swept[node]
    return numbers.evaluate(x)


def stepped(target, source):
    """A Jacobian from numbers alone, the tape run again: by the complex step, else by central differences; and how exact it is."""
    nodes, found = Tape.of(target).nodes, np.zeros((target.size, source.size))

    def moved(i, by):
        x = source.value.astype(type(by))
        x[i] += by
        return replayed(nodes, lambda x: x.value if isinstance(x, Tensor) else x, {source: x}).get(target, target.value)

    try:
        for i in range(source.size):
            found[:, i] = moved(i, 1j * TINY).imag / TINY
        return found, 1e-9
    except (TypeError, Warning):  # not analytic
        for i in range(source.size):
            found[:, i] = (moved(i, SMALL) - moved(i, -SMALL)) / (2 * SMALL)
        return found, 1e-5


def forward_form_holds(d, run, p, decoder=False):
    """The recursion's dh_t/dW, run forward, against one sweep back from each element of h_t. How many elements were compared; None, if
    the parameter has no forward form. ``decoder``: whose first state depends on the encoder is covered by the recursion itself."""
    try:
        equations = d.forward_form(p)
    except ValueError as error:
        assert "has no forward form" in str(error)
        return None
    chain = [q.left for q in equations if q.left.kind == "total" and q.left.by == e.Sym(p)]
    system, weight, proven = evaluation(d, [], run), run.parameters[p], 0
    steps = range(1, len(run[chain[0].of.name].items))
    reverse = backward(d, chain[0].of.name)
    for left in chain:
        outside = steps[-1] + 1 if reverse else 0
        first = left._replace(of=left.of._replace(time=e.Time("", outside)))
        system.blocks[first] = np.zeros((run[left.of.name][1].size, weight.size))
    for t in () if decoder else reversed(steps) if reverse else steps:
        for q in sorted(equations, key=lambda q: ("partial", "immediate", "total").index(q.left.kind)):
            left = q.left._replace(of=system.bound(q.left.of, t), by=system.bound(q.left.by, t))
            size = run[left.of.name][1].size, weight.size if left.by == e.Sym(p) else run[left.by.name][1].size
            system.blocks[left] = whole(system.evaluate(q.right, t), *size)
        for left in chain:
            state = run[left.of.name][t]
            rows = [adjoints(state, np.eye(state.size)[i]).get(weight, np.zeros(weight.shape)).ravel() for i in range(state.size)]
            same(system.blocks[left._replace(of=system.bound(left.of, t))], np.array(rows), (p, t))
            proven += 1
    return proven
