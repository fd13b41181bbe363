"""The cell level: the inside of a cell as the textbooks draw it, and a run's cells side by side, both read off the tape."""

import math
import random
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.cell.anatomy import anatomy
from autograd_rnn.drawing.cell.cells import cells
from autograd_rnn.drawing.cell.inside import inside
from autograd_rnn.drawing.cell.planning import planned
from autograd_rnn.drawing.cell.textbook import template
from autograd_rnn.drawing.curves import curve
from autograd_rnn.drawing.figure import LONGEST, Symbol, quantity
from autograd_rnn.drawing.measure import breadth
from autograd_rnn.drawing.output.looks import label_sizes, of_mark, short
from autograd_rnn.drawing.output.style import MARKS, SMALL
from autograd_rnn.engine import Tape
from autograd_rnn.nets.standing import BEFORE
from tests.oracles import literature
from tests.test_draw import RUNS, lstm, modelled, rnn
from tests.test_every_net import NETS, own


class Residual(ar.Cell):
    """A cell of one's own: no template knows it."""

    def shapes(self):
        D, H = self.input_size, self.hidden_size
        return {"W_xh": (H, D), "W_hh": (H, H), "b_h": (H,)}

    def step(self, p, x, h):
        return dict(h=h + ar.tanh(ar.linear(p.W_xh, x, p.W_hh, h, p.b_h)))


class Untidy(ar.Cell):
    """Gates without names, matmul in place of linear, a weight that multiplies, the same sum twice, a box that reads x twice."""

    states = ("h", "c")

    def shapes(self):
        D, H = self.input_size, self.hidden_size
        return {"W_xh": (H, D), "W_hh": (H, H), "b_h": (H,), "w_c": (H,)}

    def step(self, p, x, h, c):
        a = p.W_xh @ x + p.W_hh @ h + p.b_h
        c = ar.sigmoid(a + p.w_c * c) * c + 0.5 * ar.exp(a)
        o = ar.tanh(p.W_xh @ x + ar.linear(p.W_xh, x, p.b_h))
        return dict(c=c, o=o, h=ar.tanh(c) + o * ar.tanh(c) * ar.relu(x).sum())


CELLS = {
    **{f"rnn {f}": (lambda f=f: ar.RNN(3, 4, activation=f)) for f in ("tanh", "relu", "sigmoid", "identity")},
    **{
        f"lstm{' peephole' * p}{' coupled' * c}{' fused' * f}": (lambda p=p, c=c, f=f: lstm(peephole=p, coupled=c, fused=f))
        for p in (False, True)
        for c in (False, True)
        for f in (False, True)
    },
    **{
        f"gru {r} {u}{' fused' * f}": (lambda r=r, u=u, f=f: ar.GRU(3, 4, reset=r, update=u, fused=f))
        for r in ("before", "after")
        for u in ("new", "keep")
        for f in (False, True)
    },
    **{f"jordan {f}": (lambda f=f: ar.Jordan(3, 4, output_size=2, feedback=f)) for f in ("scores", "probabilities")},
    "jordan identity": lambda: ar.Jordan(3, 4, output_size=2, activation="identity"),
}
OWN = {"residual": lambda: Residual(3, 4), "untidy": lambda: Untidy(3, 4)}
MORE = {name: (lambda make=make: ar.unroll(make(), np.ones((3, 3)))) for name, make in (CELLS | OWN).items()}
MORE |= {
    "learned start": lambda: modelled(lstm(learn_initial=True)),
    "gru bidirectional": lambda: modelled(ar.Bidirectional(ar.GRU(3, 4), ar.GRU(3, 4, seed=1))),
    "layers of different kinds": lambda: modelled(ar.Stacked([lstm(), ar.GRU(4, 4), rnn(4)])),
}
ALL = RUNS | MORE


def size(mark):
    return mark.size or MARKS[mark.kind]["size"]


def edges_within(run):
    """The tape's edges inside the cells: (node, parent) by identity, weights and plain numbers left out."""
    firsts = {id(value) for chain in run.chains for value in chain.first.values()}
    inputs = {id(x) for unrolled in run.unrolled for x in unrolled.xs}
    names = {chain.cell.name for chain in run.chains}
    ends = [value for chain in run.chains for record in chain.steps for value in record.values()]
    for node in Tape.of(*ends) if ends else ():
        if node.inputs and node.scope.cell in names:
            for parent in node.inputs:
                if isinstance(parent, ar.Tensor) and (parent.inputs or id(parent) in firsts | inputs):
                    yield node, parent


@pytest.mark.parametrize("name", ALL)
def test_every_edge_of_the_tape_in_a_cell_is_one_arrow_or_within_one_box(name):
    run = ALL[name]()
    every_edge_is_drawn(run, {id(x) for unrolled in run.unrolled for x in unrolled.xs[1:] if name == "one-to-many"})


def every_edge_is_drawn(run, silent=()):
    """Check a run's edges one by one; ``silent``: inputs of zeros, said in words. Returns the figure."""
    figure = cells(run, elide=False)
    arrows = {}
    for arrow in figure.arrows:
        for node, parent in arrow.edges:
            arrows.setdefault((id(node), id(parent)), []).append(arrow)
    boxes = [{id(tensor) for tensor in mark.tensors} for mark in figure.marks.values() if mark.tensors]
    checked = 0
    for node, parent in edges_within(run):
        if id(parent) in silent:
            continue
        key = id(node), id(parent)
        within = any(key[0] in box and key[1] in box for box in boxes)
        assert len(arrows.get(key, [])) == (0 if within else 1), (node.op, node.name, parent.name)
        checked += 1
        for arrow in arrows.get(key, []):
            head, tail = figure.marks[arrow.head], figure.marks[arrow.tail]
            assert id(node) in map(id, head.tensors)
            assert id(parent) in map(id, tail.tensors) or tail.kind in ("join", "input")
    assert checked
    return figure


@pytest.mark.parametrize("name", ALL)
def test_every_operation_of_a_cell_is_in_exactly_one_box(name):
    run = ALL[name]()
    figure = cells(run, elide=False)
    boxes = [mark for mark in figure.marks.values() if mark.kind in ("gate", "product", "pointwise", "number", "function")]
    held = [id(tensor) for box in boxes for tensor in box.tensors]
    operations = {id(node) for node, _ in edges_within(run)}
    assert operations <= set(held) and len(held) == len(set(held))


def anatomy_of(cell):
    run = ar.unroll(cell, np.ones((2, 3)))
    before, record = run.chains[0].steps
    given = {run.x[2]: "x"} | {before[state]: state + BEFORE for state in cell.states}
    return anatomy(record, given, (*cell.states, cell.output))


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_of_the_package_has_its_textbook_template(name):
    plan = template(anatomy_of(CELLS[name]()))
    assert plan is not None and not plan.curved
    for route in plan.routes.values():
        assert all(a[0] == b[0] or math.isclose(a[1], b[1]) for a, b in pairwise(route))
    for (x, y), (w, h) in ((plan.at[role], plan.sizes[role]) for role in plan.at):
        assert w / 2 < x < plan.width - w / 2 and h / 2 < y < plan.height - h / 2


@pytest.mark.parametrize("name", CELLS)
def test_a_masked_step_is_drawn_as_any_other_with_what_keeps_its_states_behind(name, random_seed):
    lengths = random.Random(f"{random_seed}{name}").choices(range(1, 5), k=3)
    masked = ar.unroll(CELLS[name](), np.ones((4, 4, 3)), lengths=[4, *lengths])
    (chain,), plain = masked.chains, cells(ar.unroll(CELLS[name](), np.ones((4, 2, 3))))
    cell, silent = chain.cell, set()
    if cell.given not in cell.carried:  # a Jordan net's scores are kept where its probabilities are its memory, and that is not drawn
        silent = {id(record[cell.given]) for record in chain.steps}
    figure, kept = every_edge_is_drawn(masked, silent), len({*cell.carried, cell.given})
    inside, others = ([mark for mark in one.marks.values() if mark.step == 4 and mark.tensors] for one in (figure, plain))
    assert sum(mark.label == (("where",),) for mark in inside) == kept == len(inside) - len(others)
    (frame, was), below = ([f for f in one.frames if f.id == "cell_2"] for one in (figure, plain)), figure.marks["x_2"].at[1]
    assert silent or frame[0].high[0] - frame[0].low[0] < was[0].high[0] - was[0].low[0] + 90 and frame[0].low[1] > below


@pytest.mark.parametrize("name", OWN)
def test_a_cell_of_ones_own_is_laid_out_in_layers(name):
    read = anatomy_of(OWN[name]())
    assert template(read) is None
    plan = planned(read, OWN[name]())
    assert plan.curved and plan.whole()


def test_a_cell_that_is_an_lstm_but_for_one_operation_gets_no_template():
    class Odd(ar.LSTM):
        def step(self, p, x, h, c):
            record = super().step(p, x, h, c)
            return record | dict(h=record["o"] * ar.sin(record["c"]))

    assert template(anatomy_of(Odd(3, 4))) is None
    assert "sin-c_2" in cells(ar.unroll(Odd(3, 4), np.ones((2, 3)))).marks


@pytest.mark.parametrize("name", CELLS | OWN)
def test_nothing_overlaps_inside_a_cell(name):
    nothing_overlaps(inside((CELLS | OWN)[name]()))


def nothing_overlaps(figure):
    marks = [mark for mark in figure.marks.values() if mark.kind not in ("branch", "cell_title")]
    for a, b in combinations(marks, 2):
        apart = [abs(a.at[axis] - b.at[axis]) - (size(a)[axis] + size(b)[axis]) / 2 for axis in (0, 1)]
        assert max(apart) >= 3, (a.id, b.id)
    frame = figure.frames[0]
    for mark in figure.marks.values():
        if mark.tensors and mark.kind != "initial":
            assert all(frame.low[k] < mark.at[k] < frame.high[k] for k in (0, 1))


@pytest.mark.parametrize("name", CELLS)
def test_no_wire_runs_through_a_box(name):
    no_wire_in_a_box(inside(CELLS[name]()))


def no_wire_in_a_box(figure):
    for arrow in figure.arrows:
        for mark in figure.marks.values():
            if mark.id in (arrow.tail, arrow.head) or mark.kind in ("branch", "cell_title", "end"):
                continue
            (x, y), (w, h) = mark.at, size(mark)
            for a, b in pairwise(arrow.points[::3]):
                for share in np.linspace(0, 1, 30):
                    p = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
                    assert abs(p[0] - x) >= w / 2 - 1 or abs(p[1] - y) >= h / 2 - 1, (arrow.id, mark.id)


@pytest.mark.parametrize("name", ALL)
def test_arrows_begin_and_end_at_the_borders_of_their_marks(name):
    at_borders(cells(ALL[name]()))


def at_borders(figure):
    for arrow in figure.arrows:
        assert len(arrow.points) % 3 == 1
        for mark, end in ((figure.marks[arrow.tail], arrow.points[0]), (figure.marks[arrow.head], arrow.tip)):
            dx, dy = (abs(end[k] - mark.at[k]) for k in (0, 1))
            w, h = size(mark)
            assert dx <= w / 2 + 3 and dy <= h / 2 + 3, (arrow.id, mark.id)
            assert mark.kind in ("join", "gap", "end") or dx >= w / 2 - 2 or dy >= h / 2 - 2, (arrow.id, mark.id)


@pytest.mark.parametrize("name", ALL)
def test_steps_are_alike_and_equally_far_apart(name):
    run = ALL[name]()
    figure = cells(run, elide=False)
    for chain in run.chains:
        places = []
        for t in range(chain.start, chain.start + len(chain.steps)):
            frame = next(f for f in figure.frames if f.id == f"cell{chain.cell.tag}_{t}")
            marks = [m for m in figure.marks.values() if all(frame.low[k] <= m.at[k] <= frame.high[k] for k in (0, 1))]
            inner = [(m.kind, *(round(m.at[k] - frame.low[k], 3) for k in (0, 1))) for m in marks if m.kind != "cell_title"]
            places.append((frame.low, sorted(inner)))
        assert all(one[1] == places[0][1] for one in places)
        steps = {(round(b[0][0] - a[0][0], 3), b[0][1] - a[0][1]) for a, b in pairwise(places)}
        assert len(steps) <= 1 and all(dx > 100 and dy == 0 for dx, dy in steps)


@pytest.mark.parametrize("name", ALL)
def test_marks_outside_the_cells_do_not_overlap(name):
    figure = cells(ALL[name]())
    outside = [m for m in figure.marks.values() if m.kind in ("input", "state", "initial", "score", "loss", "end", "gap")]
    for a, b in combinations(outside, 2):
        apart = [abs(a.at[axis] - b.at[axis]) - (size(a)[axis] + size(b)[axis]) / 2 for axis in (0, 1)]
        assert max(apart) >= -1, (a.id, b.id)
    for mark in outside:
        for frame in figure.frames:
            clear = [max(frame.low[k] - mark.at[k], mark.at[k] - frame.high[k]) - size(mark)[k] / 2 for k in (0, 1)]
            assert max(clear) >= -1, (mark.id, frame.id)


def test_ids_are_those_of_the_block_picture_and_of_the_gates():
    figure = cells(modelled(ar.Stacked([lstm(), lstm(4)])))
    assert {"x_2", "h1_3", "h2_3", "s_1", "L_4", "f1_3", "c2_2", "o2_4"} <= set(figure.marks)
    assert figure.marks["h2_3"].kind == "state" and figure.marks["f1_3"].kind == "gate"
    assert len({arrow.id for arrow in figure.arrows}) == len(figure.arrows)


def test_tooltips_are_the_equations_of_the_step():
    figure = cells(modelled(lstm(peephole=True)))
    assert figure.marks["f_3"].tip == "f_3 = σ(W_xf x_3 + W_hf h_2 + b_f + w_cf ⊙ c_2)"
    assert figure.marks["c_3"].tip == "c_3 = f_3 ⊙ c_2 + i_3 ⊙ g_3"
    assert figure.marks["h_3-made"].tip == "h_3 = o_3 ⊙ tanh(c_3)"
    assert cells(modelled(ar.Bidirectional(rnn(), rnn(seed=1)))).marks["hb_3-made"].tip == "hb_3 = tanh(Wb_xh x_3 + Wb_hh hb_4 + bb_h)"
    assert inside(ar.GRU(3, 4)).marks["n_t"].tip == "n_t = tanh(W_xn x_t + W_hn m_t + b_n)"


def test_a_backward_chain_is_mirrored():
    figure = cells(modelled(ar.Bidirectional(lstm(), lstm(seed=1))))
    at = {name: mark.at for name, mark in figure.marks.items()}
    assert at["ff_2"][0] < at["if_2"][0] < at["gf_2"][0] < at["of_2"][0]
    assert at["fb_2"][0] > at["ib_2"][0] > at["gb_2"][0] > at["ob_2"][0]
    assert at["cb_3"][0] > at["cb_2"][0] and at["hb_5"][0] > at["cb_4"][0]
    assert at["hf_2"][1] < at["hb_2"][1]


def test_the_cell_state_runs_along_the_top_and_the_state_along_the_bottom():
    figure = inside(lstm())
    at = {name: mark.at for name, mark in figure.marks.items()}
    line = [at[name] for name in ("c_{t-1}", "multiply-f-c_t", "c_t", "c_t-next")]
    assert len({y for _, y in line}) == 1 and line == sorted(line)
    gates = [at[f"{k}_t"] for k in "figo"]
    assert len({y for _, y in gates}) == 1 and gates == sorted(gates)
    assert at["h_{t-1}"][1] < gates[0][1] < line[0][1] and at["x_t"][1] < 0


def test_a_fused_product_is_one_box_that_splits():
    figure = cells(modelled(lstm(fused=True), T=1))
    product = next(mark for mark in figure.marks.values() if mark.kind == "product")
    assert product.label == ((Symbol("W", "", "x"), ", ", Symbol("W", "", "h")),)
    assert [arrow.head for arrow in figure.arrows if arrow.tail == product.id] == ["i_1", "f_1", "g_1", "o_1"]


def test_peepholes_are_dashed_and_states_have_lines_of_their_own():
    arrows = cells(modelled(lstm(peephole=True), T=2)).arrows
    kinds = {kind: {(a.tail, a.head) for a in arrows if a.kind == kind and a.head.endswith("_2")} for kind in ("peephole", "carry_wire")}
    assert kinds["peephole"] == {("c_1", "i_2"), ("c_1", "f_2"), ("c_2", "o_2")}
    assert kinds["carry_wire"] == {("c_1", "multiply-f-c_2"), ("multiply-f-c_2", "c_2")}
    assert {a.head for a in arrows if a.kind == "state_wire" and a.tail == "h_1-made"} == {"i_2", "f_2", "g_2", "o_2"}


def test_notation_by_letters():
    box = cells(modelled(lstm()), notation="letters").marks["f_2"]
    assert box.label[1] == (Symbol("U", "", "f"), ", ", Symbol("W", "", "f"))
    assert cells(modelled(lstm())).marks["f_2"].label == (("σ",), (Symbol("W", "", "f"),))


def test_captions_say_what_the_letters_stand_for():
    words = ["".join(map(str, text.parts)) for text in cells(modelled(lstm(peephole=True), T=40)).texts]
    assert words == [
        "the same weights in every step",
        "W_i: W_xi, W_hi;  W_f: W_xf, W_hf;  W_g: W_xg, W_hg;  W_o: W_xo, W_ho",
        "dashed: weighted number by number, w_ci, w_cf, w_co",
        "steps 4 to 39 are left out (36 steps)",
    ]


def test_long_runs_are_elided():
    figure = cells(RUNS["T=40 bidirectional lstm"]())
    assert [f.id for f in figure.frames if "b" in f.id] == ["cellb_40", "cellb_3", "cellb_2", "cellb_1"]
    assert {"cf_gap-line", "hf_gap-line", "cb_gap-line", "hb_gap-line"} <= set(figure.marks)
    assert {a.tail for a in figure.arrows if a.head == "cb_3" or a.head == "multiply-f-cb_3"} >= {"cb_gap-line"}
    assert len(cells(RUNS["T=40"](), elide=False).frames) == 40


def test_a_decoder_goes_on_where_its_encoder_ends():
    figure = cells(RUNS["encoder-decoder lstm"]())
    joint = [arrow for arrow in figure.arrows if arrow.tail == "cenc_1" and arrow.head.endswith("dec_1")]
    assert len(joint) == 1 and {y for _, y in joint[0].points} == {figure.marks["cenc_1"].at[1]}
    assert {"cenc_1-line", "cdec_3-end"} <= set(figure.marks) and "cenc_1-end" not in figure.marks
    apart = cells(RUNS["two directions into two layers"]())
    assert apart.marks["hencb_1-again"].kind == "initial" and "hencf_4-again" not in apart.marks


def test_labels_stand_under_the_inputs():
    figure = cells(modelled(rnn()), labels=list("hell"))
    shown = [text for text in figure.texts if text.kind == "label"]
    assert [text.parts for text in shown] == [("h",), ("e",), ("l",), ("l",)]
    assert [text.at[0] for text in shown] == [figure.marks[f"x_{t}"].at[0] for t in range(1, 5)]


def test_a_curve_has_round_corners_sharp_branches_and_hops():
    points, tip = curve([(0.0, 0.0), (50.0, 0.0), (50.0, 60.0)], hops={((50.0, 30.0), False)})
    assert tip == (50.0, 60.0) and points[-1] == (50.0, 53.0) and (50.0, 0.0) not in points
    assert max(x for x, _ in points) > 50 and len(points) % 3 == 1
    assert (50.0, 0.0) in curve([(0.0, 0.0), (50.0, 0.0), (50.0, 60.0)], sharp=[(50.0, 0.0)])[0]
    ends = curve([(0.0, 0.0), (40.0, 10.0), (80.0, 10.0)])[0]
    assert all(math.isclose(a[0], b[0]) or math.isclose(a[1], b[1]) or math.dist(a, b) < 12 for a, b in pairwise(ends[::3]))


def test_a_run_that_was_not_recorded_cannot_be_drawn_by_cells():
    with ar.no_grad():
        run = modelled(lstm())
    with pytest.raises(ValueError, match="was not recorded"):
        cells(run)


def test_the_same_run_gives_the_same_picture():
    one, two = (cells(modelled(ar.GRU(3, 4))) for _ in range(2))
    assert [m._replace(tensors=()) for m in one.marks.values()] == [m._replace(tensors=()) for m in two.marks.values()]
    assert [a._replace(edges=()) for a in one.arrows] == [a._replace(edges=()) for a in two.arrows]


class Behind(ar.Cell):
    """It gives its second state, and reads its first no more."""

    states, output = ("s", "p"), "p"

    def shapes(self):
        return {"W_xh": (self.hidden_size, self.input_size), "W_hh": (self.hidden_size,) * 2}

    def step(self, p, x, s, before):
        now = ar.tanh(ar.linear(p.W_xh, x, p.W_hh, before))
        return dict(s=now * 2, p=now * 0.5 + before)


@pytest.mark.parametrize("wired", [lambda: Behind(3, 4), lambda: ar.Stacked([Behind(3, 4), Behind(4, 4)])])
def test_a_cell_that_gives_its_second_state_is_read_out_of_it_and_what_nobody_reads_has_no_line(wired):
    """The circle over the cell and the arrow to the scores were missing, and a circle of the unread state stood by itself."""
    run = ar.Model(wired(), 2).unroll(np.ones((3, 3)), [0, 1, 0])
    figure, given = cells(run), run.chains[-1].cell.given
    tag = run.chains[-1].cell.tag
    for t in (1, 2, 3):
        output = quantity(given, tag, str(t)).id
        assert figure.marks[output].kind == "state"
        assert any(arrow.tail == output and arrow.head == f"s_{t}" for arrow in figure.arrows)
        assert any(arrow.head == output for arrow in figure.arrows)
    touched = {end for arrow in figure.arrows for end in (arrow.tail, arrow.head)}
    assert {mark.id for mark in figure.marks.values() if mark.kind in ("state", "initial", "score", "loss", "input")} <= touched
    lines = [mark.label[0][0] for mark in figure.marks.values() if mark.id.endswith("-line")]
    assert lines and {symbol.base for symbol in lines} == {"p"}, "s is not read by the next step"


def test_symbols_one_above_the_other_fit_their_circle():
    def step(self, p, x, *states):
        return {name: ar.tanh(p.W @ x + state) for name, state in zip(self.states, states, strict=True)}

    for count in range(1, 7):
        names = tuple("habcde"[:count])
        cell = type("Many", (ar.Cell,), {"states": names, "shapes": lambda self: {"W": (3, 2)}, "step": step})(2, 3)
        for mark in ar.draw(ar.Model(cell, 2), steps=2).figure.marks.values():
            look = of_mark(mark)
            assert 1.45 * sum(label_sizes(mark, look)) <= look["size"][1] + 0.5 or look["shape"] == "none" or len(mark.label) < 2


def gated(weights):
    """A cell with one gate, whose two matrices are called so."""

    def step(self, p, x, h):
        f = ar.sigmoid(ar.linear(getattr(p, weights[0]), x, getattr(p, weights[1]), h))
        return dict(f=f, h=f * h + ar.tanh(x).sum())

    shapes = lambda self: {weights[0]: (self.hidden_size, self.input_size), weights[1]: (self.hidden_size,) * 2}  # noqa: E731
    return type("Gated", (ar.Cell,), {"shapes": shapes, "step": step})(2, 3)


def test_a_gate_says_its_own_weights_or_one_symbol_that_the_caption_explains(random_seed):
    """W_lambda and U_lambda were bundled as W_ambda, which is no weight of anybody's."""
    rng = random.Random(random_seed)
    words = ["".join(rng.choices("xhyabλ1", k=rng.randint(1, 5))) for _ in range(12)]
    pairs = [(f"{a}_{x}{one}", f"{b}_{h}{two}") for one, two in pairwise(words) for a, b in ("WW", "WU") for x, h in (("x", "h"), ("", ""))]
    pairs += [
        ("W_lambda", "U_lambda"),
        ("W_xlambda", "W_hlambda"),
        ("alpha", "beta"),
        ("W_xf", "U_hf"),
        *((f"W_x{w}", f"W_h{w}") for w in words),
    ]
    bundled = 0
    for pair in pairs:
        if len(set(pair)) == 1:
            continue
        figure, cell = inside(gated(pair)), gated(pair)
        known = {str(name) for name in cell.parameters}
        shown = [part for part in figure.marks["f_t"].label[1] if isinstance(part, Symbol)]
        meant = {
            text.parts[0]: [part for part in text.parts[2:] if isinstance(part, Symbol)] for text in figure.texts if len(text.parts) > 3
        }
        if len(shown) == 2:
            assert {str(symbol) for symbol in shown} == known and not meant
            continue
        bundled += 1
        ((symbol, members),) = meant.items()
        assert shown == [symbol] and {str(member) for member in members} == known
        assert {(member.base, member.sub) for member in members} == {(symbol.base, source + symbol.sub) for source in "xh"}
    assert bundled >= len(words) - words.count("y"), "W_hy is the readout's, so that an own one is printed otherwise"


@pytest.mark.parametrize("level", [None, "block", "cell", "op"])
def test_a_name_of_any_length_fits_its_mark_and_stands_once(level, random_seed):
    rng = random.Random(random_seed)
    for length in (1, 8, 12, 13, 40, *rng.choices(range(1, 60), k=3)):
        word = lambda length=length: rng.choice("bdkmq") + "".join(rng.choices("ab_cw1", k=length - 1)).rstrip("_")  # noqa: E731
        state, inner, names = word(), f"{word()}z", (f"U{word()}", f"V{word()}", f"b{word()}")

        def step(self, p, x, h, state=state, inner=inner, names=names):
            W, U, b = (getattr(p, name) for name in names)
            a = ar.linear(W, x, U, h, b)
            return {inner: a, state: ar.tanh(a)}

        shapes = lambda self, names=names: dict(zip(names, ((3, 2), (3, 3), (3,)), strict=True))  # noqa: E731
        cell = type("Own", (ar.Cell,), {"states": (state,), "output": state, "shapes": shapes, "step": step})(2, 3)
        picture = ar.draw(cell) if level is None else ar.draw(ar.Model(cell, 2), level=level, steps=3)
        for mark in picture.figure.marks.values():
            look = of_mark(mark)
            for line, size in zip(map(short, mark.label), label_sizes(mark, look), strict=True):
                assert all(len(part.base) <= LONGEST >= len(part.sub) for part in line if isinstance(part, Symbol))
                assert look["shape"] == "none" or breadth(line, size) <= look["size"][0] + 1, mark
        if level == "op":
            labels = [part for mark in picture.figure.marks.values() for line in mark.label[:1] for part in line]
            for name in (state, inner):
                assert labels.count(quantity(cell.spelling.quantity(name), "", "2")) == 1
        assert ET.fromstring(picture.svg()) is not None and picture.tex()


class Shifted(ar.Cell):
    """What is added after tanh has no name between."""

    def shapes(self):
        return {"W": (self.hidden_size, self.input_size), "U": (self.hidden_size, self.hidden_size), "c": (self.hidden_size,)}

    def step(self, p, x, h):
        a = ar.linear(p.W, x, p.U, h)
        return dict(a=a, h=ar.tanh(a) + p.c)


@pytest.mark.parametrize("cell", [Shifted, *literature.CELLS], ids=lambda cell: cell.__name__)
def test_a_wire_is_called_by_a_name_of_the_cells_own_or_not_at_all(cell):
    run = ar.Model(cell(2, 4), output_size=3).unroll(np.ones((2, 2)), [0, 1])
    named = {quantity(label, "", str(t)) for chain in run.chains for t, record in enumerate(chain.steps, 1) for label in record}
    figure = ar.draw(run, level="cell").figure
    marks = {mark.id for mark in figure.marks.values() if mark.kind in ("gate", "product", "pointwise")}
    assert all(symbol in named for arrow in figure.arrows if {arrow.tail, arrow.head} <= marks for symbol in arrow.label)


TWO = np.arange(1.0, 4)
FIXED = {
    "all of it": lambda p, x, h, k: dict(h=ar.constant(TWO), k=ar.constant(np.ones(3))),
    "one state": lambda p, x, h, k: dict(h=ar.tanh(p.W @ x + p.U @ h + k), k=ar.constant(TWO)),
    "the same at every step": lambda p, x, h, k, one=ar.constant(TWO): dict(h=ar.tanh(p.W @ x + p.U @ h + k), k=one),
    "what the step reads too": lambda p, x, h, k: dict(k=(c := ar.constant(TWO)), h=ar.tanh(p.W @ x + p.U @ h * c)),
    "by an operation": lambda p, x, h, k: dict(h=ar.tanh(p.W @ x + p.U @ h + k), k=ar.exp(ar.constant(TWO))),
    "the output": lambda p, x, h, k: dict(h=ar.constant(TWO), k=ar.tanh(p.W @ x + p.U @ k)),
    "a parameter": lambda p, x, h, k: dict(h=ar.tanh(p.W @ x + p.U @ h + k), k=p.b),
}


@pytest.mark.parametrize("level", ["inside", "block", "cell", "op"])
@pytest.mark.parametrize("kind", FIXED)
def test_a_state_may_be_made_of_constants(kind, level):
    cell = own(FIXED[kind], ("h", "k"))
    if level == "inside":
        figure = ar.draw(cell(2)).figure
        assert {"h_t-next", "k_t-next"} <= figure.marks.keys() and all(arrow.head in figure.marks for arrow in figure.arrows)
        return
    for net in ("many-to-one", "layers", "both directions", "encoder and decoder"):
        assert "<svg" in ar.draw(NETS[net](cell), level=level, steps=3).svg()


@pytest.mark.parametrize("notation", ["names", "superscript", "concatenated"])
@pytest.mark.parametrize("cell", [ar.LSTM(2, 3), ar.LSTM(2, 3, peephole=True), ar.GRU(2, 3), ar.GRU(2, 3, reset="before")], ids=repr)
def test_a_gates_name_touches_neither_its_box_nor_what_it_enters(cell, notation):
    figure = ar.draw(cell, notation=notation).figure
    for arrow in figure.arrows:
        if arrow.label and arrow.label_at:
            (x, y), wide = arrow.label_at, breadth(arrow.label, SMALL) / 2
            for mark in figure.marks.values():
                (left, low), (w, h) = mark.at, mark.extent
                if mark.kind == "anchor":
                    continue
                assert abs(x - left) > wide + w / 2 or abs(y - low) > 0.5 * SMALL + 1 + h / 2, (arrow.id, mark.id)
