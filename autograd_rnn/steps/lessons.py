"""Short guided walks on real nets. What a stop says is computed from its net, and what it claims is checked."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd_rnn.engine.numeric import complex_step, replayed
from autograd_rnn.engine.tensor import tensor
from autograd_rnn.nets.cells import GRU, LSTM, RNN
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.wiring import Bidirectional
from autograd_rnn.steps.navigator import Navigator, step
from autograd_rnn.steps.step import Step
from autograd_rnn.visible import shown


class Stop(NamedTuple):
    """One stop of a lesson: a sentence or two, the step one stands at, and what is claimed of it (``holds``: whether it is so).
    ``navigator`` stands there too, to look around from."""

    text: str
    step: Step
    claim: str
    holds: bool
    navigator: Navigator

    def walk(self) -> Navigator:
        """A walk of its own where the lesson stands: one may look around in it without leading the lesson astray."""
        own = Navigator(self.navigator.subject, self.step.level)
        own.goto(number=self.step.number)
        return own

    def __str__(self) -> str:
        return f"{self.text}\n{self.step}\n  checked: {self.claim}" + ("" if self.holds else "   IT IS NOT SO")

    def __repr__(self) -> str:
        return str(self)


def _stop(s: Navigator, text: str, claim: str, holds: object) -> Stop:
    return Stop(text, s.step, claim, bool(holds), s)


def close(a: object, b: object) -> bool:
    """Whether two numbers, or arrays of them, are equal but for rounding."""
    return bool(np.allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-10, atol=1e-14))


def number(s: Navigator) -> float:
    """The current step's number: the first, if there are several."""
    return float(np.ravel(next(iter(s.step.numbers.values())))[0])


def diamond() -> Iterator[Stop]:
    """Why the order is reverse topological: b = a + a, c = b + b."""
    a = tensor(3.0, name="a")
    b = a + a
    b.name = "b"
    c = b + b
    c.name = "c"
    s = step(c)
    s.goto(node="b")
    yield _stop(s, "a = 3, b = a + a, c = b + b. Wanted is da, the derivative of c by a; on the way db, that of c by b. "
                "c uses b twice: its first use hands b a share, but db is not finished yet, so that it is written +=.",
                "this share is half of db", close(number(s), float(c.backward()[b]) / 2))  # fmt: skip
    s.until(node="a")
    s.back()
    total = number(s)
    yield _stop(s, f"Only after both uses db is known: {total:g}. Had a been visited before, it would have taken an unfinished adjoint.",
                f"db = {total:g}", close(total, c.backward()[b]))  # fmt: skip
    s.goto(number=len(s))
    yield _stop(s, f"So the sweep goes from the newest tensor to the oldest: each is finished before it is used. da = {number(s):g}.",
                f"da = {number(s):g} = c / a", close(number(s), c.value / a.value))  # fmt: skip
    order = [line.node for line in s.walk().lines if line.kind in ("seed", "accumulate")]
    ids = {"a": a.id, "b": b.id, "c": c.id}
    yield _stop(s, f"The adjoints were finished in the order {', '.join(order)}: the reverse of the order in which the tensors were made.",
                "newest first", order == sorted(order, key=lambda name: -ids[name]))  # fmt: skip


def _scalar() -> Run:
    """An RNN of one unit, three steps, with weights that a hand can follow."""
    model = Model(RNN(1, 1), output_size=1, loss="squared_error", task="many-to-one")
    for name, value in {"W_xh": 0.5, "W_hh": 0.8, "W_hy": 1.0}.items():
        model.parameters[name].assign([[value]])
    return model.unroll(np.array([[1.0], [0.0], [0.0]]), np.array([0.0]))


def by_hand() -> Iterator[Stop]:
    """A scalar RNN over three steps, by hand."""
    run = _scalar()
    s = step(run, level="unrolled")
    h = [float(run.h[t].value[0]) for t in range(4)]
    w = float(run.parameters["W_hh"].value[0, 0])
    s.goto(t=3, node="h")
    yield _stop(s, f"One unit, one loss at the end: L = ½ s² with s = W_hy h_3 = h_3 = {h[3]:.4f}, since W_hy is 1 and the target 0. "
                "dh_3 is the derivative of L by h_3: the gradient enters there, and is the score itself.",
                "dh_3 = h_3", close(number(s), h[3]))  # fmt: skip
    s.goto(t=3, node="a")
    first = number(s)
    yield _stop(s, f"Through tanh it is multiplied by 1 - h_3² = {1 - h[3] ** 2:.4f}.",
                "da_3 = dh_3 (1 - h_3²)", close(first, h[3] * (1 - h[3] ** 2)))  # fmt: skip
    s.goto(t=2, node="h")
    yield _stop(s, f"One step back: times the weight, {w:g}. No loss at t=2, so nothing is added.",
                f"dh_2 = {w:g} da_3", close(number(s), w * first))  # fmt: skip
    s.goto(node="W_hh")
    d3 = h[3] * (1 - h[3] ** 2)
    d2 = w * d3 * (1 - h[2] ** 2)
    by_hand = d3 * h[2] + d2 * h[1]
    yield _stop(s, "The weight was used at every step: each use gives da_t h_{t-1}, and the gradient is their sum. h_0 = 0 gives nothing.",
                f"dW_hh = {by_hand:.6f}", close(number(s), by_hand))  # fmt: skip


def vanishing() -> Iterator[Stop]:
    """Why gradients vanish: one factor a step."""
    run = Model(RNN(1, 1, seed=1), output_size=1, loss="squared_error", task="many-to-one").unroll(np.ones((12, 1)), np.array([5.0]))
    run.parameters["W_hh"].assign([[0.6]])
    run = run.model.unroll(np.ones((12, 1)), np.array([5.0]))
    s = step(run, level="unrolled")
    s.goto(t=12, node="h")
    last = number(s)
    yield _stop(s, f"Twelve steps, one loss at the end. At t=12 the adjoint of the state, the derivative of L by h_12, is {last:.3g}.",
                "dh_12 is not 0", last != 0)  # fmt: skip
    s.goto(t=11, node="h")
    factor = 0.6 * (1 - float(run.h[12].value[0]) ** 2)
    yield _stop(s, f"One step back it is multiplied by W_hh (1 - h_12²) = {factor:.3g}: the weight times the slope of tanh, both below 1.",
                "dh_11 / dh_12 is that factor", close(number(s) / last, factor))  # fmt: skip
    s.goto(t=1, node="h")
    product = float(np.prod([0.6 * (1 - float(run.h[t].value[0]) ** 2) for t in range(2, 13)]))
    yield _stop(s, f"After eleven such factors {number(s) / last:.2g} is left of it: what happened at t=1 hardly moves the weights.",
                f"dh_1 / dh_12 is the product of the factors, {product:.2g}, and below 0.6^11 = {0.6**11:.2g}",
                close(number(s) / last, product) and abs(product) < 0.6**11)  # fmt: skip


def cell_path() -> Iterator[Stop]:
    """The LSTM's cell path: through the cell the factor is the forget gate alone."""
    run = Model(LSTM(2, 3, forget_bias=2.0), output_size=2, task="many-to-one").unroll(np.ones((4, 2)), 1)
    s = step(run)
    s.goto(node="c")
    equation = s.step.after.text
    yield _stop(s, "The cell's adjoint dc_t, the derivative of L by c_t, has two terms: what comes through h_t of its own step, "
                "and the carry, which the next cell hands back.",
                "the carry is dc_{t+1} ⊙ f_{t+1}, without a matrix", "dc_{t+1} ⊙ f_{t+1}" in equation and "W" not in equation)  # fmt: skip
    s.step_in()
    s.goto(t=2, node="c")
    grads = run.backward()
    carry = grads["c_3"] * run["f"][3].value
    own = grads["h_2"] * run["o"][2].value * (1 - np.tanh(run["c"][2].value) ** 2)
    gate = np.round(run["f"][3].value, 2).tolist()
    yield _stop(s, f"At t=2 the carry is dc_3 ⊙ f_3 with f_3 = {gate}: no slope of tanh and no matrix shrinks it.",
                "dc_2 = its own term + the carry", close(s.step.numbers["dc_2"], own + carry))  # fmt: skip
    s.goto(t=1, node="c")
    gates = np.prod([run["f"][t].value for t in (2, 3, 4)], axis=0)
    yield _stop(s, f"Three steps back along this path the factor is f_2 ⊙ f_3 ⊙ f_4 = {np.round(gates, 2).tolist()}: "
                "the net itself decides how much of the gradient it keeps.", "that product is the direct path's share of ∂c_4/∂c_1",
                close(gates, _direct(run)))  # fmt: skip


def _direct(run: Run) -> np.ndarray:
    """How each number of c_4 changes with its own of c_1 along the cells alone: the tape run again with c_1 moved by a little, each
    hidden state held fixed. No matrix is on the way, so that a number of c_1 reaches no other's."""
    c, held = run["c"], {*run.h}
    nodes = [node for node in run.tape if node.inputs]

    def last(value: np.ndarray) -> Any:
        again = replayed(nodes, lambda x: getattr(x, "value", x), {c[1]: value}, lambda node, x: x not in held)
        return again[c[4]].sum()

    return complex_step(last, c[1].value, np.ndindex(c[1].shape))


def switches() -> Iterator[Stop]:
    """The GRU's two switches: update and reset."""
    run = Model(GRU(2, 3), output_size=2, task="many-to-one").unroll(np.ones((3, 2)), 1)
    s = step(run)
    s.goto(node="h")
    yield _stop(s, "The state's adjoint takes several ways back. Through 1 - z_{t+1} the old state is copied: no matrix, no slope.",
                "the equation has the factor 1 - z_{t+1}", "1 - z_{t+1}" in s.step.after.text)  # fmt: skip
    s.step_in()
    s.goto(t=3, node="a_z")
    grads = run.backward()
    z, n, before = (run[name][t].value for name, t in (("z", 3), ("n", 3), ("h", 2)))
    yield _stop(s, "The update gate learns from the difference between what it could write, n_3, and what it would keep, h_2.",
                "da_z,3 = dh_3 ⊙ (n_3 - h_2) ⊙ z_3 ⊙ (1 - z_3)",
                close(s.step.numbers["da_z,3"], grads["h_3"] * (n - before) * z * (1 - z)))  # fmt: skip
    s.goto(t=3, node="a_r")
    r, inner = run["r"][3].value, run.parameters["W_hn"].value.T @ grads["a_n_3"]
    yield _stop(s, "The reset gate stands between the old state and the candidate: it learns through W_hn, and from the old state only.",
                "da_r,3 = (W_hnᵀ da_n,3) ⊙ h_2 ⊙ r_3 ⊙ (1 - r_3)",
                close(s.step.numbers["da_r,3"], inner * before * r * (1 - r)))  # fmt: skip


def truncated() -> Iterator[Stop]:
    """Truncated BPTT: which edge is cut, and what that costs."""
    run = Model(RNN(2, 3), output_size=2).unroll(np.eye(4, 2), [0, 1, 0, 1])
    whole = run.backward()
    h_2, a_3, weight = whole["h_2"], whole["a_3"], whole["W_hh"]
    s = step(run, truncate=2, level="unrolled")
    s.goto(t=3, node="h")
    yield _stop(s, "With truncate=2 the state is cut after every second step. At t=3 nothing is different yet.",
                "dh_3 is the full one", close(s.step.numbers["dh_3"], whole["h_3"]))  # fmt: skip
    s.goto(t=2, node="h")
    lost = float(np.linalg.norm(h_2 - np.asarray(s.step.numbers["dh_2"])))
    yield _stop(s, "At t=2 the carry W_hhᵀ da_3 is dropped: what t=3 and t=4 would have told this state is lost.",
                f"dh_2 lacks W_hhᵀ da_3, a vector of length {lost:.3g}",
                s.step.kind == "truncate" and close(h_2 - s.step.numbers["dh_2"], run.parameters["W_hh"].value.T @ a_3))  # fmt: skip
    s.goto(node="W_hh")
    short = np.asarray(s.step.numbers["dW_hh"])
    error = float(np.linalg.norm(short - weight) / np.linalg.norm(weight))
    yield _stop(s, f"The sum over time still has all four terms, but with the shortened adjoints: the gradient is {100 * error:.0f}% off.",
                "it is what run.backward(truncate=2) gives", close(short, run.backward(truncate=2)["W_hh"]) and error > 0)  # fmt: skip


def two_ways() -> Iterator[Stop]:
    """Bidirectional: the backward chain's own time runs the other way, and so does its gradient."""
    run = Model(Bidirectional(RNN(2, 3), RNN(2, 3, seed=1)), output_size=2).unroll(np.eye(3, 2), [0, 1, 0])
    s = step(run)
    s.goto(node="hf")
    yield _stop(s, "The forward chain is an RNN as always: the carry, the term from the neighbouring step, comes from t+1.",
                "dhf_t takes from daf_{t+1}", "daf_{t+1}" in s.step.after.text)  # fmt: skip
    s.goto(node="hb")
    yield _stop(s, "The backward chain reads the sequence from its end: its carry comes from t-1, so that its sweep runs from t=1 to T.",
                "dhb_t takes from dab_{t-1}", "dab_{t-1}" in s.step.after.text)  # fmt: skip
    s.step_in()
    s.goto(t=1, node="hb")
    first = s.number
    s.goto(t=3, node="hb")
    yield _stop(s, "In the unrolled walk dhb_1 is therefore found before dhb_3.", "dhb_1 comes first", first < s.number)


LESSONS: dict[str, Callable[[], Iterator[Stop]]] = {
    "diamond": diamond, "by-hand": by_hand, "vanishing": vanishing, "cell-path": cell_path, "switches": switches, "truncated": truncated,
    "bidirectional": two_ways,
}  # fmt: skip


def lessons() -> dict[str, str]:
    """The lessons that there are: {name: what it is about}.

    >>> from autograd_rnn.steps.lessons import lesson, lessons
    >>> lessons()["diamond"]
    'Why the order is reverse topological: b = a + a, c = b + b.'
    """
    return {name: str(make.__doc__) for name, make in LESSONS.items()}


def listed() -> str:
    """The lessons, one a line."""
    return "\n".join(f"{name:<15} {title}" for name, title in lessons().items())


def lesson(name: str) -> Iterator[Stop]:
    """The stops of a lesson, one after the other; each is worked out when one comes to it.

    >>> from autograd_rnn.steps.lessons import lesson
    >>> all(stop.holds for stop in lesson("diamond"))
    True
    """
    if name not in LESSONS:
        near = difflib.get_close_matches(shown(name).strip("'"), LESSONS, 1)
        raise ValueError(
            f"there is no lesson {shown(name)}" + (f": did you mean {near[0]!r}?" if near else f": there are {', '.join(LESSONS)}")
        )
    return LESSONS[name]()
