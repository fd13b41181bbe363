"""Pictures of gradient flow: every line where its numbers are, axes that hold them, no label on another, refusals in a sentence."""

import itertools
import math

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.charts.chart import HIGH, LEAD, WIDE, Curve, chart, settled, span
from autograd_rnn.drawing.charts.flows import flows
from autograd_rnn.drawing.measure import text_box
from tests.conftest import RENDERS

NETS = {"RNN": ar.RNN(2, 3), "GRU": ar.GRU(2, 3), "LSTM": ar.LSTM(2, 3), "σ": ar.RNN(2, 3, activation="sigmoid")}
X = np.random.default_rng(5).normal(size=(40, 2))
FLOWS = {name: ar.unroll(net, X).flow() for name, net in NETS.items()}


def on_the_axis(figure, curve):
    """A curve's numbers again, by distance, read off the picture's ticks."""
    heights = {text.parts[0]: text.at[1] for text in figure.texts if text.at[0] == -26.0 and "%" not in text.parts[0]}
    undone = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    ticks = sorted((0 if label == "1" else int(label[2:].translate(undone)), y) for label, y in heights.items())
    (v0, y0), (v1, y1) = ticks[0], ticks[-1]
    corners = (curve.points[0], *curve.points[3::3])
    return {round(x / WIDE * 39): v0 + (y - y0) * (v1 - v0) / (y1 - y0) for x, y in corners}


def test_each_line_is_where_its_numbers_are():
    figure = ar.draw(FLOWS).figure
    drawn = {arrow.id: arrow for arrow in figure.arrows if arrow.kind.startswith("curve")}
    assert list(drawn) == list(FLOWS)
    for name, flow in FLOWS.items():
        read = on_the_axis(figure, drawn[name])
        for d, gain in enumerate(flow.log_gains):
            assert abs(read[d] - gain / math.log(10)) < 1e-6
        assert flow.verdict in drawn[name].note and flow.verdict in figure.description
    assert len({drawn[name].kind for name in drawn}) == len(drawn)


def test_one_flow_has_its_bound_and_the_loss_beside_it():
    run = ar.Model(ar.LSTM(2, 3), 4, task="many-to-one").unroll(X, 1)
    kinds = [arrow.kind for arrow in ar.draw(run.flow()).figure.arrows if arrow.kind.startswith(("curve", "aside"))]
    assert kinds == ["curve_0", "curve_1", "aside_0", "aside_1"]
    kinds = [arrow.kind for arrow in ar.draw(ar.unroll(ar.RNN(2, 3), X).flow("x")).figure.arrows if arrow.kind.startswith("curve")]
    assert kinds == ["curve_0"]


def test_no_label_lies_on_another_and_all_lines_are_within_the_axes(random_seed):
    rng = np.random.default_rng(random_seed)
    for _ in range(20):
        count, T = rng.integers(1, 8), rng.integers(1, 300)
        values = [np.cumsum(rng.normal(rng.normal(), 1, T)) * 10.0 ** rng.integers(-2, 3) for _ in range(count)]
        values[0][rng.random(T) < 0.1] = rng.choice([np.nan, np.inf, -np.inf])
        figure = chart(
            [Curve((f"net {k}",), v, f"curve_{k}") for k, v in enumerate(values)], "t", ("d",), ("n",), [(0.0, "1"), (-2.0, "1 %")]
        )
        boxes = [text_box(text) for text in figure.texts]
        for ((x0, y0), (x1, _)), ((x2, y2), (x3, _)) in itertools.combinations(boxes, 2):
            assert abs(y0 - y2) > 12.9 or x1 <= x2 + 1e-9 or x3 <= x0 + 1e-9
        for arrow in figure.arrows:
            if arrow.kind.startswith("curve"):
                assert all(-1e-6 <= x <= WIDE + 1e-6 and -1e-6 <= y <= HIGH + 1e-6 for x, y in arrow.points)


def test_labels_are_set_apart_and_stay_in_order(random_seed):
    rng = np.random.default_rng(random_seed)
    for _ in range(200):
        heights = list(rng.uniform(0, rng.choice([10, 100, 1000]), rng.integers(1, 9)))
        places = settled(heights)
        order = np.argsort(heights, kind="stable")
        assert all(b - a > LEAD - 1e-6 for a, b in itertools.pairwise([places[k] for k in order]))
        if min(np.diff(np.sort(heights)), default=LEAD) >= LEAD:
            assert places == heights


@pytest.mark.parametrize("numbers", [[], [np.nan, np.inf], [0.0], [0.3, -0.2], [-2000.0, 3.0], [5.0, 5.0]])
def test_the_axis_holds_what_it_shows(numbers):
    low, high, step = span([Curve(("a",), np.array(numbers), "curve_0")], [])
    finite = [n for n in numbers if np.isfinite(n)]
    assert low < high and step >= 1 and all(low <= n <= high for n in finite) and (high - low) / step < 12


def test_a_flow_is_drawn_in_every_format_and_theme(tmp_path):
    for theme in ("light", "dark"):
        for ending in ["svg", "dot", "tex", *(["png", "pdf"] if RENDERS else [])]:
            path = tmp_path / f"a.{ending}"
            ar.draw(FLOWS, theme=theme).save(path)
            assert path.stat().st_size > 1000
    assert flows(FLOWS["RNN"]).title.startswith("Gradient flow of RNN(2, 3") and "steps back" in ar.draw(FLOWS).svg()


@pytest.mark.parametrize(
    "what, options, sentence",
    [
        ({}, {}, "draw takes flows by name"),
        ({"a": 3}, {}, "draw takes flows by name"),
        ({3: FLOWS["RNN"]}, {}, "draw takes flows by name"),
        (FLOWS, {"level": "cell"}, "level= has no place in a picture of gradient flow"),
        (FLOWS["RNN"], {"folded": True}, "folded= has no place"),
        ({str(k): FLOWS["RNN"] for k in range(8)}, {}, "8 flows in one picture"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(what, options, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        ar.draw(what, **options)


def test_a_run_of_one_step_and_a_dead_net_are_drawn_too():
    dead = ar.RNN(2, 3, activation="relu")
    dead.parameters["b_h"].assign(np.full(3, -99.0))
    for net, T in ((ar.RNN(2, 3), 1), (dead, 9), (dead, 1)):
        ar.draw(ar.unroll(net, np.ones((T, 2))).flow()).svg()
