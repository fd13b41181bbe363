"""What the numbers say, laid over a picture: the backward sweep, cuts, shares, what is brought out, heat maps."""

import math
import random
import re
from itertools import combinations, pairwise, product

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.block.block import block
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.cell.cells import cells
from autograd_rnn.drawing.curves import samples
from autograd_rnn.drawing.figure import Symbol
from autograd_rnn.drawing.measure import width
from autograd_rnn.drawing.op.operations import operations
from autograd_rnn.drawing.output.dot import dot
from autograd_rnn.drawing.overlay.contributions import contributed, contributions
from autograd_rnn.drawing.overlay.flow import Flow, carried, norm
from autograd_rnn.drawing.overlay.gradients import Scale, cuts, gradients
from autograd_rnn.drawing.overlay.highlight import highlight
from autograd_rnn.drawing.overlay.returns import LIFT, highways
from autograd_rnn.drawing.overlay.room import within
from autograd_rnn.drawing.overlay.strands import trees
from autograd_rnn.drawing.overlay.thumbnails import SIDES, thumbnails
from autograd_rnn.engine import Tensor
from tests.sampling import sampled
from tests.test_draw import RUNS, lstm, modelled, pair, rnn, translated, x

LOSSES = [name for name in RUNS if name not in ("free running", "bare")]
LEVELS = {"block": lambda run: block(unfold(run)), "cell": cells, "op": operations}


@pytest.fixture(params=RUNS)
def run(request):
    return RUNS[request.param]()


@pytest.fixture(params=LOSSES)
def scored(request):
    return RUNS[request.param]()


def drawn(run, **options):
    return block(unfold(run, **options))


def backs(figure):
    return {arrow.id.removeprefix("back_"): arrow for arrow in figure.arrows if arrow.id.startswith("back_")}


def crossing(figure):
    """The tape's edges from what one mark shows into what leads into another within a step, by walking the tape from each mark down."""
    shown = {}
    for mark in figure.marks.values():
        for tensor in mark.tensors:
            shown.setdefault(tensor, []).append(mark.id)
    found = {}
    for tensor, marks in shown.items():
        stack, seen = [tensor] if tensor.inputs else [], set()
        while stack:
            node = stack.pop()
            for parent in node.inputs:
                if not isinstance(parent, Tensor):
                    continue
                if parent in shown and not set(shown[parent]) & set(marks):
                    found.setdefault((node, parent), set()).update(marks)
                if parent not in shown and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
    return found, shown


def test_every_tape_edge_between_two_marks_is_on_exactly_one_arrow(run):
    figure = drawn(run, elide=False)
    wanted, shown = crossing(figure)
    standing = [(edge, arrow) for arrow in figure.arrows for edge in arrow.edges]
    weights = set(run.parameters.values())
    assert len(standing) == len({edge for edge, _ in standing})
    assert {edge for edge, _ in standing if edge[1] in shown} == set(wanted)
    assert not {edge for edge, _ in standing if edge[1] in weights and edge[1] not in shown}
    for edge, arrow in standing:
        if edge in wanted:
            assert arrow.tail in shown[edge[1]] and arrow.head in wanted[edge]


def test_each_state_has_its_own_line_of_edges():
    figure = drawn(RUNS["lstm many-to-one"]())
    lanes = {arrow.id: {parent.label for _, parent in arrow.edges} for arrow in figure.arrows if arrow.kind in ("recurrent", "carry")}
    assert lanes["h_1-h_2"] == {"h"} and lanes["h_1-h_2-1"] == {"c"}
    encoded = drawn(RUNS["encoder-decoder lstm"]())
    assert [a.id for a in encoded.arrows if a.kind == "carry" and not a.edges] == []


def test_arrows_into_and_out_of_a_gap_stand_for_the_real_edges():
    run = RUNS["T=40"]()
    arrows = {arrow.id: arrow for arrow in drawn(run).arrows}
    assert [(node.step, parent.name) for node, parent in arrows["h_3-h_gap"].edges] == [(4, "h_3")]
    assert [(node.step, parent.name) for node, parent in arrows["h_gap-h_40"].edges] == [(40, "h_39")]
    assert not drawn(run).marks["h_gap"].tensors


@pytest.mark.parametrize("options", [{}, {"truncate": 2}, {"truncate": 2, "truncation": "window"}], ids=str)
def test_what_flows_along_the_arrows_adds_up_to_each_states_gradient(scored, options):
    if options.get("truncation") == "window" and any(chain.reverse for chain in scored.chains) and len(scored.losses) < scored.T:
        with pytest.raises(ValueError, match="take chunk"):
            scored.backward(**options)
        return
    grads = scored.backward(**options)
    figure = drawn(scored, elide=False)
    flow = Flow(scored, (edge for _, edges in carried(figure) for edge in edges))
    states = {t for mark in figure.marks.values() if mark.kind == "state" for t in mark.tensors if t.label == "h" and t in grads}
    assert states
    for state in states:
        parts = [part for (_, parent), sent in flow.sent.items() if parent is state for part in sent]
        own = {node for node in flow.adjoint if any(x is state for x in node.inputs)} - {node for node, p in flow.sent if p is state}
        if parts and not any(node.step == state.step and node.op.name == "where" for node in own):
            np.testing.assert_allclose(sum(parts), grads[state], rtol=1e-9, atol=1e-12)


def test_drawing_adds_nothing_to_any_grad():
    run = RUNS["rnn"]()
    gradients(drawn(run), run)
    contributions(drawn(run), run, "W_hh")
    thumbnails(drawn(run), run)
    assert all(value.grad is None for value in run.parameters.values())


@pytest.mark.parametrize("level", LEVELS)
def test_a_line_back_runs_beside_its_arrow_from_border_to_border(level):
    run = modelled(lstm(), T=3)
    figure = gradients(LEVELS[level](run), run)
    arrows = {arrow.id: arrow for arrow in figure.arrows}
    assert len(arrows) == len(figure.arrows)
    whole = {name: back for name, back in backs(figure).items() if name in arrows and back.kind == "gradient"}
    assert len(whole) >= 10
    over = highways(figure)
    for name, back in whole.items():
        arrow = arrows[name]
        if arrow.tail in over:  # straight over the circles of its line
            assert {y for _, y in back.points[-4:]} == {over[arrow.tail] + LIFT}
            continue
        assert (back.tail, back.head) == (arrow.head, arrow.tail) and len(back.points) % 3 == 1
        (x0, y0), head = back.points[0], figure.marks[arrow.head]
        assert not within(head, (x0 + (x0 - head.at[0]) * 0.15, y0 + (y0 - head.at[1]) * 0.15))
        course = list(samples((*arrow.points, arrow.points[-1], arrow.tip, arrow.tip), 2.0))
        away = [min(math.dist(at, other) for other in course) for at in samples(back.points)]
        assert 3 < np.median(away) < 9 and max(away) < 14


def test_widths_follow_the_norms_and_shrink_where_gradients_vanish():
    run = ar.Model(ar.RNN(3, 4), 5, task="many-to-one").unroll(0.1 * x(30), 1)
    for name, value in run.parameters.items():
        value.assign(0.3 * value.value if name == "W_hh" else value.value)
    run = run.model.unroll(0.1 * x(30), 1)
    figure = gradients(drawn(run, elide=False), run)
    widths = [backs(figure)[f"h_{t}-h_{t + 1}"].width for t in range(1, 30)]
    assert widths == sorted(widths) and widths[0] < widths[-5] < widths[-1]
    words = ["".join(map(str, text.parts)) for text in figure.texts]
    assert (
        any(word.startswith("\u2264 1e-") for word in words)
        and "no dashed line: nothing has to be computed there" in words
        and "zero" not in words
    )
    grads = run.backward()
    assert figure.marks["h_2"].tip.endswith(f"\u2016dL/dh_2\u2016 = {np.linalg.norm(grads['h_2']):.3g}")


def test_not_computed_is_not_zero():
    model = ar.Model(ar.RNN(3, 4), 5, task="many-to-one")
    model.parameters["W_hh"].assign(np.zeros((4, 4)))
    run = model.unroll(x(3), 1)
    figure = gradients(drawn(run), run)
    second = backs(figure)["h_1-h_2"]
    assert "h_0-h_1" not in backs(figure)
    assert second.kind == "gradient" and second.dotted and second.note == "back from h_2 to h_1: zero"
    assert {"zero", "no dashed line: nothing has to be computed there"} <= {"".join(map(str, text.parts)) for text in figure.texts}
    assert "\u2016dL/dx_2\u2016: not computed" in figure.marks["x_2"].tip
    learned = ar.Model(ar.RNN(3, 4, learn_initial=True), 5).unroll(x(3), [0, 1, 2])
    assert backs(gradients(drawn(learned), learned))["h_0-h_1"].kind == "gradient"


def test_a_sweep_without_its_norms():
    run = modelled(rnn(), T=3)
    figure = gradients(drawn(run), run, measured=False)
    assert {back.width for back in backs(figure).values() if back.kind == "gradient"} == {1.6}
    said = ["".join(map(str, text.parts)) for text in figure.texts]
    assert said[-2:] == ["dashed: the backward sweep", "no dashed line: nothing has to be computed there"]


def test_norms_of_any_size_have_a_width():
    assert norm([np.array([3e200]), np.array([4e200])]) == pytest.approx(5e200) and norm([np.zeros(3)]) == 0
    assert norm([np.array([3e-200, 4e-200])]) == pytest.approx(5e-200)
    scale = Scale.of([1e-12, 1.0, math.inf, math.nan, 0.0])
    widths = [scale.width(size) for size in (0.0, 1e-300, 1e-12, 1e-3, 1.0, math.inf)]
    assert widths == sorted(widths) and widths[0] < widths[1] < widths[3] < widths[4]
    assert scale.width(math.nan) == scale.width(math.inf)


def test_a_decoder_that_reads_its_own_answer_sends_its_gradient_back_along_it():
    model = ar.EncoderDecoder(rnn(), rnn(5), 5, loss="squared_error")
    run = model.unroll(x(3), np.ones((4, 5)), teacher_forcing=False)
    figure = gradients(drawn(run), run)
    fed, entering = backs(figure)["s_1-xdec_2"], backs(figure)["xdec_2-hdec_2"]
    assert fed.kind == entering.kind == "gradient" and fed.width == entering.width


# -- truncation -----------------------------------------------------------------------------------------------------------


def severed(figure):
    return sorted(arrow.id[4:-2] for arrow in figure.arrows if arrow.id.startswith("cut_") and arrow.id.endswith("_0"))


def test_a_truncated_sweep_is_cut_where_no_gradient_passes():
    run = modelled(lstm(), T=5)
    figure = gradients(drawn(run), run, truncate=2)
    assert severed(figure) == ["h_2-h_3", "h_2-h_3-1", "h_4-h_5", "h_4-h_5-1"]
    assert not {"h_2-h_3", "h_2-h_3-1", "h_4-h_5"} & set(backs(figure)) and backs(figure)["h_1-h_2"].kind == "gradient"
    assert sum(arrow.kind == "cut" and arrow.tail == "h_2" for arrow in figure.arrows) == 4  # two strokes a line
    assert severed(cuts(drawn(run), run, 5)) == [] == severed(cuts(drawn(run), run))


def test_the_last_sweep_is_the_one_that_is_drawn():
    run = modelled(rnn(), T=4)
    run.backward(truncate=3)
    assert severed(cuts(drawn(run), run)) == ["h_3-h_4"]
    run.backward()
    assert severed(gradients(drawn(run), run)) == []
    run.backward(truncate=2, truncation="window")
    assert severed(gradients(drawn(run), run)) == []  # each loss reaches back one step, so something passes everywhere
    single = ar.Model(rnn(), 5, task="many-to-one").unroll(x(5), 1)
    single.backward(truncate=2, truncation="window")
    assert severed(cuts(drawn(single), single)) == ["h_3-h_4"]


def test_cuts_are_drawn_once_and_off_the_labels():
    run = modelled(lstm(peephole=True), T=4)
    figure = cuts(cuts(drawn(run), run, 2), run, 2)
    assert len([arrow for arrow in figure.arrows if arrow.kind == "cut" and arrow.tail == "h_2"]) == 4
    labels = [arrow.label_at for arrow in figure.arrows if arrow.label and arrow.tail == "h_2"]
    ends = [at for arrow in figure.arrows if arrow.kind == "cut" for at in (arrow.points[0], arrow.tip) if arrow.tail == "h_2"]
    assert all(abs(x - at[0]) > 6 or abs(y - at[1]) > 8 for x, y in ends for at in labels)


@pytest.mark.parametrize("level", ["cell", "op"])
def test_gates_fed_by_one_line_are_cut_once(level):
    run = modelled(ar.GRU(3, 4), T=3)
    figure = cuts(LEVELS[level](run), run, 2)
    assert len(severed(figure)) == 1


# -- lines that are shared ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["cell", "op"])
def test_what_comes_back_along_a_shared_line_is_the_sum(level):
    run = modelled(ar.GRU(3, 4), T=3)
    grads = run.backward()
    figure = LEVELS[level](run)
    ways = carried(figure)
    flow = Flow(run, (edge for _, edges in ways for edge in edges))
    grown = trees(figure, ways)
    assert sorted(arrow.id for arrow, _ in ways) == sorted({s.arrow.id for tree in grown for s in tree})
    [tree] = [tree for tree in grown if len(tree) > 2 and any(p is run.h[1] for _, p in tree[0].edges)]
    trunk = max(tree, key=lambda strand: len(strand.edges))
    assert trunk.tail and trunk.last and trunk.points[0] == pytest.approx(trunk.arrow.points[0])
    readout = [edge for arrow, edges in ways for edge in edges if edge[1] is run.h[1] and edge not in set(trunk.edges)]
    total = sum(flow.along(trunk.edges)) + (sum(flow.along(readout)) if readout else 0)
    np.testing.assert_allclose(total, grads["h_1"], rtol=1e-9)
    assert [strand for strand in tree if strand.last] == [trunk]  # one head, where all of it arrives


MANY = ["rnn", "lstm peephole", "gru", "stacked", "bidirectional", "encoder-decoder lstm", "jordan", "masked"]


@pytest.mark.parametrize("level, name", sampled(product(LEVELS, MANY), 8))
def test_every_overlay_on_every_level(level, name):
    run = RUNS[name]()
    figure = LEVELS[level](run)
    before, titles = set(figure.marks), figure.title
    weight = next(parameter for parameter in run.parameters if "_h" in parameter)
    contributions(gradients(figure, run, 2), run, weight)
    highlight(thumbnails(figure, run), 2)
    for kind in (figure.arrows, figure.frames):
        assert len({item.id for item in kind}) == len(kind)
    assert before <= set(figure.marks) and figure.title == titles
    assert dot(figure).endswith("}\n")


def test_what_meets_on_the_way_to_one_mark_comes_back_along_one_line():
    run = modelled(rnn(), T=4)
    figure = gradients(operations(run), run)
    stack = next(mark.id for mark in figure.marks.values() if mark.label == (("[ , ]",),))
    lines = {name: back for name, back in backs(figure).items() if back.tail == stack and back.head[0] == "L"}
    headed = [back for back in lines.values() if back.kind == "gradient"]
    assert sorted(back.head for back in headed) == ["L_1", "L_2", "L_3", "L_4"] and len(lines) == 7
    rail = [at for back in lines.values() for at in samples(back.points, 4.0) if abs(at[1] - figure.marks[stack].at[1]) < 12]
    assert len({round(y) for _, y in rail if _ > 0}) <= 12  # one level, and the bends into it
    level = [(min(p[0] for p in b.points), max(p[0] for p in b.points)) for b in lines.values() if b.points[0][1] == b.points[-1][1]]
    assert len(level) == 3 and all(a[1] <= b[0] + 1 for a, b in pairwise(sorted(level)))  # nothing twice on top of itself


def test_of_two_arrows_between_the_same_marks_each_has_its_own_part():
    a = ar.tensor(2.0, name="a")
    b = a * a
    b.name = "b"
    notes = [arrow.note for arrow in backs(gradients(operations(b), b)).values()]
    assert notes == ["back from b to a: norm 2"] * 2
    c = a - a * 3.0
    sizes = sorted(arrow.note.rpartition(" ")[2] for arrow in backs(gradients(operations(c), c)).values())
    assert sizes == ["1", "1", "2", "3"]  # 2 where both come back along one line: |1 - 3|


def boxes_of_labels(figure):
    """Each label as a box: the arrow's id, left, low, right, high."""
    for arrow in figure.arrows:
        if arrow.label and arrow.label_at:
            (x0, y0), half = arrow.label_at, width(arrow.label[0]) / 2 - 2
            high = 8.0 if any(getattr(part, "sup", "") and part.sub for part in arrow.label) else 5.0
            yield arrow.id, x0 - half, y0 - high, x0 + half, y0 + high


def touching(figure):
    """Labels that lie on one another or on a line."""
    labels = list(boxes_of_labels(figure))
    for a, b in combinations(labels, 2):
        if not (a[1] >= b[3] or b[1] >= a[3] or a[2] >= b[4] or b[2] >= a[4]):
            yield a[0], b[0]
    for arrow in figure.arrows:
        for px, py in samples(arrow.points, 3.0):
            yield from ((name, arrow.id) for name, left, low, right, high in labels if left < px < right and low < py < high)


OVERLAID = {"bare": None, "gradients": {}, "truncated": {"truncate": 2}}


@pytest.mark.parametrize("name, overlay, level", sampled(product(LOSSES, OVERLAID, LEVELS), 25))
def test_no_line_crosses_a_label_and_no_two_labels_touch(name, overlay, level):
    run, options = RUNS[name](), OVERLAID[overlay]
    figure = LEVELS[level](run)
    if options is not None:
        gradients(figure, run, **options)
    assert not list(touching(figure))


@pytest.mark.parametrize("level", LEVELS)
def test_names_of_any_length_that_people_give_have_room(level, random_seed):
    rng = random.Random(random_seed)
    run = RUNS[rng.choice(list(RUNS))]()
    plain = ar.draw(run, level=level).figure
    bases = {part.base for mark in plain.marks.values() for line in mark.label for part in line if isinstance(part, Symbol)}
    bases |= {part.base for arrow in plain.arrows for part in arrow.label}
    letters = {base: "".join(rng.choices("aemWlgV", k=rng.randint(1, 9))) for base in sorted(bases)}
    assert not list(touching(ar.draw(run, level=level, letters=letters).figure)), letters


def test_a_scalar_tensor_alone():
    a = ar.tensor([1.0, 2.0], name="a")
    b = a + a
    L = ((b + b) * 3).sum()
    figure = gradients(operations(L), L)
    assert "\u2016dL/da\u2016 = 17" in figure.marks["a"].tip and a.grad is None
    tips = [frame.tip for frame in thumbnails(figure, L).frames if frame.id.startswith("adjoint_a_")]
    assert tips == ["dL/da: 12", "dL/da: 12"]
    with pytest.raises(TypeError, match="not in str"):
        gradients(operations(L), "L")
    with pytest.raises(ValueError, match="truncate= belongs to a run"):
        gradients(operations(L), L, truncate=2)
    bare = ar.unroll(rnn(), x(3))
    with pytest.raises(ValueError, match="this run has no loss"):
        gradients(drawn(bare), bare)


# -- shares ---------------------------------------------------------------------------------------------------------------


def shares(figure):
    return [frame for frame in figure.frames if frame.kind == "share"]


def percentages(figure):
    return [text.parts[0] for text in sorted(figure.texts, key=lambda text: text.at[0]) if str(text.parts[0]).endswith(" %")]


@pytest.mark.parametrize("truncate", [None, 2])
def test_shares_are_those_of_the_runs_contributions(truncate):
    run = modelled(rnn(), T=4)
    figure = contributions(drawn(run), run, "W_hh", truncate)
    run.backward(truncate=truncate)
    expected = run.contributions("W_hh")
    parts, _ = contributed(run, "W_hh", truncate)
    np.testing.assert_allclose(np.array(list(parts.values())), expected, rtol=1e-12)
    sizes = np.linalg.norm(expected.reshape(4, -1), axis=1)
    assert percentages(figure) == [f"{100 * size / sizes.sum():.0f} %" for size in sizes]
    bands = sorted(shares(figure), key=lambda band: band.low[0])
    assert [band.id for band in bands] == ["share_1", "share_2", "share_3", "share_4"] and figure.frames[: len(bands)] == bands[::-1]
    light = [int(band.fill[1:3], 16) for band in bands]
    assert np.argsort(light).tolist() == np.argsort(-sizes).tolist()
    whole = expected.sum(axis=0)
    cosine = np.sum(expected[2] * whole) / sizes[2] / np.linalg.norm(whole)
    assert bands[2].tip.endswith(f"{'with' if cosine > 0 else 'against'} the whole gradient: cosine {cosine:.2f}")


def test_bands_touch_and_hold_their_steps():
    figure = contributions(drawn(modelled(pair())), modelled(pair()), "Wf_xh")
    bands = sorted(shares(figure), key=lambda band: band.low[0])
    assert all(a.high[0] == pytest.approx(b.low[0]) for a, b in pairwise(bands))
    for mark in figure.marks.values():
        if mark.step in (1, 2, 3, 4) and mark.kind != "anchor":
            band, half = bands[mark.step - 1], mark.extent[0] / 2
            assert band.low[0] < mark.at[0] - half and mark.at[0] + half < band.high[0] and band.low[1] < mark.at[1] < band.high[1]


def test_steps_left_out_share_a_band():
    run = RUNS["T=40"]()
    figure = contributions(drawn(run), run, "W_xh")
    bands = sorted(shares(figure), key=lambda band: band.low[0])
    assert [band.id for band in bands] == [f"share_{t}" for t in (1, 2, 3, 4, 40)]
    assert bands[3].tip.startswith("steps 4 to 39: ")
    assert bands[3].low[0] < figure.marks["h_gap"].at[0] < bands[3].high[0]
    found = sum(float(band.tip.split(": ")[1].split("%")[0]) for band in bands)
    assert found == pytest.approx(100, abs=0.3)


def test_an_encoders_weight_shades_the_encoders_steps():
    run = translated(rnn(), rnn(5))
    for name, marks in (("Wenc_hh", "henc_"), ("Wdec_hh", "hdec_"), ("W_hy", "s_")):
        figure = contributions(drawn(run), run, name)
        for band in shares(figure):
            assert band.low[0] < figure.marks[marks + band.id.removeprefix("share_")].at[0] < band.high[0]
        assert len(shares(figure)) == (4 if name == "Wenc_hh" else 3)


def test_shares_of_what_is_not_there():
    run = RUNS["rnn"]()
    with pytest.raises(ValueError, match="no parameter 'W_hx' in this run: did you mean W_"):
        contributions(drawn(run), run, "W_hx")
    single = ar.Model(rnn(), 5, task="many-to-one").unroll(np.zeros((1, 3)), 1)
    figure = contributions(drawn(single), single, "W_hh")  # h_0 is zero
    assert percentages(figure) == ["0 %"] and "zero" in "".join(map(str, figure.texts[-1].parts))


# -- brought out ----------------------------------------------------------------------------------------------------------


def lit(figure):
    return [item.id for item in (*figure.marks.values(), *figure.arrows) if item.emphasis == "lit"]


def test_a_quantity_a_step_a_weight_or_a_way_is_brought_out():
    run = modelled(lstm(), T=3)
    for what in ("h_2", "c_2", run.c[2], run.h[2]):
        figure = highlight(drawn(run), what)
        assert lit(figure) == ["h_2"] and figure.marks["h_3"].emphasis == "faded" == figure.arrows[0].emphasis
    for what in (2, "t=2", " t = 2"):
        assert lit(highlight(drawn(run), what)) == ["x_2", "h_2", "s_2", "L_2", "x_2-h_2", "h_2-s_2", "s_2-L_2"]
    assert lit(highlight(drawn(run), ["x_1", "s_2"])) == ["x_1", "h_1", "h_2", "s_2", "x_1-h_1", "h_1-h_2", "h_1-h_2-1", "h_2-s_2"]
    assert lit(highlight(drawn(run), ["L_2", run.h[1]])) == ["h_1", "h_2", "s_2", "L_2", "h_1-h_2", "h_1-h_2-1", "h_2-s_2", "s_2-L_2"]
    assert lit(highlight(drawn(run), "W_hf")) == ["h_0-h_1", "h_1-h_2", "h_2-h_3"] == lit(highlight(drawn(run), "W_h"))
    assert lit(highlight(drawn(run), "W_xi")) == ["x_1-h_1", "x_2-h_2", "x_3-h_3"]


def test_what_is_laid_over_is_kept_beside_what_is_brought_out():
    run = modelled(rnn(), T=3)
    figure = highlight(gradients(drawn(run), run), ["h_1", "h_2"])
    emphasis = {arrow.id: arrow.emphasis for arrow in figure.arrows}
    assert emphasis["h_1-h_2"] == "lit" and emphasis["back_h_1-h_2"] == "" and emphasis["back_h_2-h_3"] == "faded"
    assert emphasis["legend_0a_0"] == ""
    squares = highlight(thumbnails(drawn(run)), "h_2").frames
    assert {frame.id for frame in squares if not frame.emphasis} == {f"value_h_2_0_{k}_0" for k in range(4)}


@pytest.mark.parametrize(
    "what, says",
    [
        ("h_9", "no 'h_9' in this picture: did you mean h_"),
        ("W_hf ", "did you mean W_hf"),
        (9, "no step t=9 in this picture; it shows t = 0, 1, 2, 3"),
        ([], "names nothing"),
        (["x_1", "q"], "no 'q' in this picture"),
        (["x_3", "x_1"], "no way leads along the arrows between x_3 and x_1"),
        (2.5, "takes a tensor, a name, a step.* or a list of .*, not float"),
        (ar.tensor(1.0, name="other"), "other is not in this picture: it belongs to another run"),
    ],
)
def test_what_is_not_in_the_picture(what, says):
    with pytest.raises(ValueError, match=says):
        highlight(drawn(modelled(lstm(), T=3)), what)


# -- heat maps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rnn", "lstm peephole", "bidirectional", "jordan"])
def test_a_heat_map_has_a_square_a_number(name):
    run = RUNS[name]()
    figure = thumbnails(gradients(drawn(run), run), run)
    squares = [frame for frame in figure.frames if frame.kind.endswith("_value")]
    shown = [tensor for mark in figure.marks.values() if mark.kind not in ("initial", "join") for tensor in mark.tensors]
    assert len(squares) == sum(tensor.size for tensor in shown)
    state = [frame for frame in squares if frame.tip.startswith("h_2: ") or frame.tip.startswith("hf_2: ")]
    value = run["hf" if name == "bidirectional" else "h"][2].value
    assert [frame.tip.split(": ")[1] for frame in state] == [f"{v:.3g}" for v in value]
    assert [frame.kind for frame in state] == ["negative_value" if v < 0 else "positive_value" for v in value]
    for mark in figure.marks.values():
        (x0, y0), (wide, high) = mark.at, mark.extent
        for frame in squares:
            (x1, y1), side = frame.low, frame.high[0] - frame.low[0]
            assert abs(x1 + side / 2 - x0) > wide / 2 or abs(y1 + side / 2 - y0) > high / 2


@pytest.mark.parametrize("batch", [1, 3, 6, 12, 24])
def test_heat_maps_are_as_large_as_fits_and_never_touch_their_neighbours(batch):
    run = ar.Model(ar.RNN(1, 4), 3).unroll(np.ones((3, batch, 1)), np.zeros((3, batch), int))
    bare = drawn(run)
    bare.texts.clear()  # under the inputs nothing is in the way but the neighbours' own
    figure = thumbnails(bare, limit=100)
    for row in "xhs":
        boxes = []
        for t in (1, 2, 3):
            own = [f for f in figure.frames if f.id.startswith(f"value_{row}_{t}_")]
            assert len({round(f.high[0] - f.low[0], 6) for f in own}) == 1 and round(own[0].high[0] - own[0].low[0], 6) in SIDES
            boxes.append((min(f.low[0] for f in own), max(f.high[0] for f in own)))
        assert all(left[1] < right[0] for left, right in pairwise(boxes))
        assert batch > 1 or own[0].high[0] - own[0].low[0] == SIDES[0]


def test_heat_maps_stand_at_the_same_place_in_every_step():
    run = modelled(lstm(), T=4)
    figure = thumbnails(drawn(run), run)
    for kind in ("value", "adjoint"):
        places = {}
        for t in range(1, 5):
            frames = [frame for frame in figure.frames if frame.id.startswith(f"{kind}_h_{t}_")]
            corner = min(f.low[0] for f in frames), min(f.low[1] for f in frames)
            places[t] = tuple(round(a - b, 6) for a, b in zip(corner, figure.marks[f"h_{t}"].at, strict=True))
        assert len(set(places.values())) == 1


def test_of_a_large_array_each_square_is_the_mean_of_a_block(random_seed):
    draws = np.random.default_rng(random_seed)
    for shape in [(70,), (int(draws.integers(65, 1000)),), (int(draws.integers(2, 200)), int(draws.integers(33, 300)))]:
        a = ar.tensor(draws.normal(size=shape), name="a")
        figure = thumbnails(ar.draw(ar.tanh(a).sum()).figure)
        own = [frame for frame in figure.frames if frame.id.startswith("value_a_")]
        (count,) = {int(found[1]) for frame in own if (found := re.match(r"a, the mean of up to (\d+): ", frame.tip))}
        assert len(own) <= 64 <= 4 * len(own) and f"each square the mean of up to {count} numbers" in " ".join(spoken(figure))
        told, squares = [float(frame.tip.split(": ")[1]) for frame in own], a.value.reshape(shape[0], -1)
        blocks = [(d, count // d) for d in range(1, count + 1) if count % d == 0]  # of sequences, of numbers
        means = [
            [squares[k : k + d, n : n + e].mean() for n in range(0, squares.shape[1], e) for k in range(0, squares.shape[0], d)]
            for d, e in blocks
        ]
        assert any(len(told) == len(each) and np.allclose(sorted(told), sorted(each), rtol=0.01, atol=1e-4) for each in means)
    assert "mean" not in " ".join(spoken(thumbnails(drawn(ar.Model(ar.RNN(3, 64), 5).unroll(x(2), [0, 1])))))


def spoken(figure):
    """The words under a figure."""
    return [part for text in figure.texts for part in text.parts if isinstance(part, str)]


@pytest.mark.parametrize("name", ["lstm", "rnn", "stacked lstm", "encoder-decoder lstm", "T=40 encoder"])
def test_heat_maps_side_by_side_are_told_apart(name):
    """As many as are named stand beside each circle that has several, in that order."""
    run = {"lstm": lambda: modelled(lstm(), T=3), "stacked lstm": lambda: modelled(ar.Stacked([lstm(), ar.LSTM(4, 4)]), T=3)}.get(
        name, RUNS.get(name)
    )()
    figure = thumbnails(block(unfold(run)))
    told = [
        [str(part) for part in text.parts[1:] if isinstance(part, Symbol)] for text in figure.texts if text.parts[0] == "side by side: "
    ]
    several = {}
    for mark in figure.marks.values():
        maps = {f.tip.partition(": ")[0]: f.low[0] for f in figure.frames if f.id.startswith(f"value_{mark.id}_")}
        if len(maps) > 1:
            several[tuple(name.rpartition("_")[0] for name in sorted(maps, key=maps.get))] = None
    assert sum(told, []) == [name for names in several for name in names] and bool(told) == ("rnn" not in name)


@pytest.mark.parametrize("name", sampled(["lstm", "lstm peephole", "gru", "bidirectional lstm", "encoder-decoder lstm"], 2))
def test_what_goes_back_past_gates_alone_is_one_straight_line_through_all_steps(name):
    """As in the well-known lecture: no other line is as long, it has one head, and its pieces meet."""
    nets = {"lstm": lambda: modelled(lstm(), T=4), "bidirectional lstm": lambda: modelled(ar.Bidirectional(lstm(), lstm(seed=1)), T=4)}
    run = (nets | RUNS)[name]()
    figure = ar.draw(run, level="cell", gradients=True, elide=False).figure
    way = [arrow for arrow in figure.arrows if arrow.kind.startswith("highway") and arrow.label_at is None and arrow.note]
    heights = {arrow.points[0][1] for arrow in way}
    assert len(way) >= 4 and all({y for _, y in arrow.points} == {arrow.points[0][1]} for arrow in way)
    for height in heights:
        pieces = sorted(tuple(sorted((a.points[0][0], a.tip[0]))) for a in way if a.points[0][1] == height)
        assert sum(arrow.kind == "highway" for arrow in way if arrow.points[0][1] == height) == 1
        assert all(-3 < b[0] - a[1] < 0.6 for a, b in pairwise(pieces)), pieces
    circles = [mark for mark in figure.marks.values() if mark.kind == "pointwise"]
    for mark in circles:
        assert all(abs(height - mark.at[1]) > mark.extent[1] / 2 + 2 for height in heights)


def test_a_tensor_of_a_step_that_is_left_out_is_told_as_its_name_is():
    run = modelled(lstm(), T=30)
    for what in ("h_15", run["h"][15]):
        with pytest.raises(ValueError, match="^h_15 is of a step that is left out: elide=False draws it$"):
            ar.draw(run, highlight=what, elide=True)
