"""Nets with gates neuron by neuron: a line for each weight with its own number, and a line from number to number where vectors meet so."""

import random
import re
from itertools import combinations

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.panels.clusters import RADIUS
from autograd_rnn.drawing.panels.units import units
from tests.test_draw_joined import random_cell

D, H, K = 3, 4, 2
NETS = {
    "lstm": lambda: ar.LSTM(D, H, seed=1),
    "lstm peephole": lambda: ar.LSTM(D, H, peephole=True),
    "lstm coupled": lambda: ar.LSTM(D, H, coupled=True, peephole=True),
    "lstm fused": lambda: ar.LSTM(D, H, fused=True),
    **{f"gru {r} {u}{' fused' * f}": (lambda r=r, u=u, f=f: ar.GRU(D, H, reset=r, update=u, fused=f))
       for r in ("before", "after") for u in ("new", "keep") for f in (False, True)},
    "layers": lambda: ar.Stacked([ar.GRU(D, H, reset="after"), ar.LSTM(H, 3, peephole=True), ar.RNN(3, 2)]),
    "jordan above": lambda: ar.Stacked([ar.LSTM(D, H), ar.Jordan(H, 3, K)]),
    "one": lambda: ar.LSTM(1, 1),
    "eight": lambda: ar.LSTM(8, 8),
    "eight gru": lambda: ar.GRU(8, 8),
}  # fmt: skip


def circles(figure):
    return {mark.id: mark for mark in figure.marks.values() if mark.kind.startswith("neuron")}


def vector_of(id):
    return id.rpartition("-")[0]


def one_number_each_way(run, figure):
    """Every number of every vector hangs on those that lines lead from, and on no other: measured by moving one at a time."""
    lines, by = {}, {}
    for arrow in figure.arrows:
        lines.setdefault(arrow.head, set()).add(arrow.tail)
        by.setdefault((vector_of(arrow.tail), vector_of(arrow.head)), []).append(arrow)
    chain = run.chains[0]
    rng = np.random.default_rng(0)
    given = [rng.normal(size=(n,)) for n in (chain.cell.input_size, *chain.cell.state_sizes().values())]
    step = lambda values: chain.cell.recorded(chain.cell.step(chain.cell.named(), *(ar.tensor(v) for v in values)))  # noqa: E731
    base = step(given)
    names = ["x_1", *(f"{state}_0" for state in chain.cell.carried)]
    reached = {}
    for k, name in enumerate(names):
        for j in range(len(given[k])):
            moved = [value.copy() for value in given]
            moved[k][j] += 1e-3
            for label, node in step(moved).items():
                for i in np.flatnonzero(np.abs(node.value - base[label].value) > 1e-13):
                    reached.setdefault((label, int(i)), set()).add((name, j))
    drawn = {(m.id.rpartition("-")[0], m.id.rpartition("-")[2]) for m in circles(figure).values()}
    for label in {vector.rpartition("_")[0] for vector, _ in drawn} & {label for label, _ in reached}:
        for i in range(base[label].size):
            sources, stack = set(), [f"{label}_1-{i + 1}"]
            while stack:
                for tail in lines.get(stack.pop(), ()):
                    vector, number = tail.rsplit("-", 1)
                    if tail not in lines:
                        sources.add((re.sub(r"-(read|kept)-\d+$", "", vector), int(number) - 1))
                    stack.append(tail)
            assert reached.get((label, i), set()) <= sources, (label, i)
    return by


@pytest.mark.parametrize("name", NETS)
def test_every_weight_is_a_line_with_its_own_number(name):
    net = NETS[name]()
    model = ar.Model(net, K)
    run = model.unroll(np.random.default_rng(0).normal(size=(1, net.input_size)), [1])
    for figure in (ar.draw(model, level="units").figure, ar.draw(run, level="units").figure):
        values = {str(key): value.value for key, value in run.parameters.items()}
        seen = {}
        for arrow in figure.arrows:
            if found := re.fullmatch(r"(.*)\[(\d+)(?:,(\d+))?\] = (.*)", arrow.note):
                key, at = found[1], tuple(int(k) for k in found.groups()[1:3] if k is not None)
                assert found[4] == f"{values[key][at]:.3g}" and (arrow.kind == "minus") == (found[4][0] == "-")
                seen.setdefault(key, []).append(at)
            else:
                assert arrow.note in ("number by number", "the same number")
        beyond = {key for key, value in values.items() if "b_" not in key and not re.match(r"b\d?$", key)} - seen.keys()
        assert not {key for key in beyond if values[key].ndim == 2}, beyond
        assert all(len(set(found)) == len(found) == values[key].size for key, found in seen.items()), "each weight once in one step"


@pytest.mark.parametrize("name", [name for name in NETS if "above" not in name and name != "layers"])
def test_what_a_number_hangs_on_leads_to_it(name):
    net = NETS[name]()
    run = ar.Model(net, K).unroll(np.ones((1, net.input_size)), [1])
    one_number_each_way(run, units(run))


def clear(figure):
    """No line meets a circle that is not its own, and no name lies on another or on a circle."""
    round_ = list(circles(figure).values())
    for a, b in combinations(round_, 2):
        assert np.hypot(a.at[0] - b.at[0], a.at[1] - b.at[1]) > 2 * RADIUS + 4
    at, ids = np.array([c.at for c in round_]), [c.id for c in round_]
    for arrow in figure.arrows:
        if arrow.note == "the same number":
            continue
        (x0, y0), (x1, y1) = arrow.points[0], arrow.tip
        way, off = np.array([x1 - x0, y1 - y0]), at - (x0, y0)
        far = np.linalg.norm(np.clip(off @ way / (way @ way), 0, 1)[:, None] * way - off, axis=1)
        met = [ids[k] for k in np.flatnonzero(far < RADIUS - 0.3) if ids[k] not in (arrow.tail, arrow.head)]
        assert not met, (arrow.id, met)
    names = [mark for mark in figure.marks.values() if mark.kind in ("matrix", "vector")]
    for a, b in combinations(names, 2):
        assert any(abs(a.at[k] - b.at[k]) >= (a.extent[k] + b.extent[k]) / 2 - 4 for k in (0, 1)), (a.id, b.id)
    for mark in names:
        for circle in round_:
            assert any(abs(mark.at[k] - circle.at[k]) >= (mark.extent[k] + circle.extent[k]) / 2 - 4 for k in (0, 1)), (mark.id, circle.id)


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("name", NETS)
def test_the_picture_can_be_read(name, steps):
    figure = units(ar.Model(NETS[name](), K), steps)
    clear(figure)
    shown = ["".join(map(str, text.parts)) for text in figure.texts]
    assert any("one line a weight" in text for text in shown) and ("same weights" in " ".join(shown)) == (steps > 1)
    assert any(f"h: {H} units" in text or "units each" in text or ": 1 unit" in text for text in shown)


def test_what_is_met_number_by_number_is_said_by_its_equation():
    said = {name: " ".join("".join(map(str, text.parts)) for text in units(ar.Model(NETS[name](), K)).texts) for name in NETS}
    assert "c_t = f_t ⊙ c_t−1 + i_t ⊙ g_t" in said["lstm"] and "h_t = o_t ⊙ tanh(c_t)" in said["lstm"]
    assert "m_t = r_t ⊙ h_t−1" in said["gru before new"] and "h_t = (1 − z_t) ⊙ h_t−1 + z_t ⊙ n_t" in said["gru before new"]
    assert "h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_t−1" in said["gru after keep"]


def test_states_go_on_to_the_next_step():
    figure = units(ar.Model(ar.LSTM(D, H), K), 3)
    kept = [(vector_of(a.tail), vector_of(a.head)) for a in figure.arrows if a.note == "the same number"]
    assert set(kept) == {(f"{s}_{t}", f"{s}_{t}-{how}-{t + 1}") for t in (1, 2) for s, how in (("c", "kept"), ("h", "read"))}
    assert len(kept) == 4 * H
    first, second = ({m.id: m.at for m in circles(figure).values() if m.step == t} for t in (1, 2))
    moved = {tuple(np.subtract(second[id.replace("x_1", "x_2")], at)) for id, at in first.items() if id.startswith("x_1")}
    assert len(moved) == 1 and len(first) == len(second)


@pytest.mark.sweep
def test_random_cells_are_drawn_or_refused_in_a_sentence(random_seed):
    rng, drawn = random.Random(random_seed), 0
    for _ in range(60):
        model = ar.Model(random_cell(rng), K)
        try:
            figure = ar.draw(model, level="units").figure
        except ValueError as error:
            assert str(error).startswith("units draws one matrix from vector to vector") and "draw(run)" in str(error)
            continue
        drawn += 1
        one_number_each_way(model.unroll(np.ones((1, 3)), [1]), units(model.unroll(np.ones((1, 3)), [1])))
        assert circles(figure)
    assert drawn > 10


def test_what_cannot_be_drawn_so_is_said():
    class Twice(ar.Cell):
        def shapes(self):
            return {"A": (4, 4), "B": (4, 4), "W_x": (4, 3)}

        def step(self, p, x, h):
            g = ar.sigmoid(p.W_x @ x)
            return dict(g=g, h=g * ar.tanh(p.A @ (p.B @ h)))

    for net, message in (
        (Twice(3, 4), "one matrix from vector to vector, and what is met number by number, and between h_1 and what it is made of lie two"),
        (ar.LSTM(3, 9), "vectors of up to 8 numbers, but h_1 has 9"),
        (ar.Bidirectional(ar.LSTM(3, 4), ar.LSTM(3, 4)), "one direction"),
    ):
        with pytest.raises(ValueError, match=message):
            ar.draw(ar.Model(net, K), level="units")
    with pytest.raises(ValueError, match="units draws up to 8 steps, and there are 9"):
        ar.draw(ar.Model(ar.LSTM(3, 4), K), level="units", steps=9)
