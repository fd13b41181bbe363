"""The figures that textbooks have: targets that feed losses, answers fed back, gates over time, one cell opened, masked steps."""

import numpy as np
import pytest

import autograd_rnn as ar
from tests.test_draw import lstm, pair, rnn


def joins(figure, kind=None):
    """Which marks the arrows of a kind join."""
    return [(arrow.tail, arrow.head) for arrow in figure.arrows if kind in (None, arrow.kind)]


def said(figure):
    """The lines under a picture."""
    return ["".join(map(str, text.parts)) for text in figure.texts if text.kind == "caption"]


# -- targets, and what is fed to the next step --------------------------------------------------------------------------


@pytest.mark.parametrize("net", [rnn(), lstm(), ar.Stacked([rnn(), ar.RNN(4, 4)])], ids=["rnn", "lstm", "stacked"])
def test_a_folded_net_has_a_target_that_feeds_its_loss(net):
    model = ar.Model(net, 3)
    assert ("y", "L") in joins(ar.draw(model, folded=True, targets=True).figure)
    both = joins(ar.draw(model, folded=True, beside="unfolded", steps=2, targets=True).figure)
    assert {("1-y", "1-L"), ("2-y_1", "2-L_1"), ("2-y_2", "2-L_2")} <= set(both)


@pytest.mark.parametrize("bare", [rnn(), pair()])
def test_a_net_without_losses_has_no_targets(bare):
    for options in (dict(folded=True), dict(), dict(level="cell")):
        with pytest.raises(ValueError, match="targets= needs losses to stand over"):
            ar.draw(bare, targets=True, **options)


def test_a_target_shows_the_class_that_its_loss_compares_with():
    run = ar.Model(lstm(), 5).unroll(np.ones((3, 3)), [4, 0, 2])
    for level in ("block", "cell", "op"):
        marks = ar.draw(run, level=level, targets=True).figure.marks
        assert [int(marks[f"y_{t}"].tensors[0].value) for t in (1, 2, 3)] == [4, 0, 2]


@pytest.mark.parametrize("level", ["block", "cell"])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_a_run_whose_inputs_are_the_targets_before_is_drawn_as_taught(level, batch, random_seed):
    rng = np.random.default_rng(random_seed)
    classes = rng.integers(0, 5, (5, *batch))
    model = ar.Model(ar.LSTM(5, 4), 5)
    taught = model.unroll(np.eye(5)[classes[:-1]], classes[1:])
    figure = ar.draw(taught, level=level, targets=True).figure
    assert joins(figure, "feedback") == [(f"y_{t}", f"x_{t + 1}") for t in (1, 2, 3)]
    assert "each step reads the target before: teacher forcing" in said(figure)
    assert not joins(ar.draw(taught, level=level).figure, "feedback")  # no targets are shown that could feed
    other = np.array(classes[1:])
    other[1] = (other[1] + 1) % 5
    figure = ar.draw(model.unroll(np.eye(5)[classes[:-1]], other), level=level, targets=True).figure
    assert not joins(figure, "feedback") and not any("teacher" in line for line in said(figure))


@pytest.mark.parametrize("level", ["block", "cell"])
def test_a_run_that_reads_its_own_answers_is_drawn_as_it_writes(level):
    model, read = ar.Model(ar.GRU(4, 6, seed=3), 4), [2]
    for _ in range(4):
        read.append(int(model.unroll(np.eye(4)[read]).scores[len(read)].value.argmax()))
    figure = ar.draw(model.unroll(np.eye(4)[read]), level=level).figure
    assert joins(figure, "feedback") == [(f"s_{t}", f"x_{t + 1}") for t in (1, 2, 3, 4)]
    assert "each step reads what the step before answered" in said(figure)
    read[2] = (read[2] + 1) % 4
    assert not joins(ar.draw(model.unroll(np.eye(4)[read]), level=level).figure, "feedback")


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("level", ["block", "cell"])
def test_a_decoder_is_fed_by_its_answers_or_by_the_targets(loss, level):
    model = ar.EncoderDecoder(ar.GRU(3, 4), ar.GRU(2, 4, seed=1), 2, loss=loss)
    x, y = np.ones((2, 3)), [1, 0, 1] if loss == "cross_entropy" else np.ones((3, 2))
    for run in (model.unroll(x, steps=3), model.unroll(x, y, teacher_forcing=False)):
        figure = ar.draw(run, level=level).figure
        assert joins(figure, "feedback") == [("s_1", "xdec_2"), ("s_2", "xdec_3")] and "the decoder reads its own last answer" in said(
            figure
        )
    figure = ar.draw(model.unroll(x, y), level=level, targets=True).figure
    assert joins(figure, "feedback") == [("y_1", "xdec_2"), ("y_2", "xdec_3")]
    assert "the decoder reads the target before: teacher forcing" in said(figure)


@pytest.mark.parametrize("task", ["many-to-many", "one-to-many"])
@pytest.mark.parametrize("way, tail", [("answers", "s"), ("targets", "y")])
def test_a_model_is_unrolled_as_it_writes_or_as_it_is_taught(task, way, tail):
    figure = ar.draw(ar.Model(ar.LSTM(5, 4), 5, task=task), fed=way, steps=4).figure
    assert joins(figure, "feedback") == [(f"{tail}_{t}", f"x_{t + 1}") for t in (1, 2, 3)]
    assert ("y_1" in figure.marks) == (way == "targets")
    long = ar.draw(ar.Model(ar.LSTM(5, 4), 5, task=task), fed=way, steps=30).figure
    assert (f"{tail}_gap", "x_30") in joins(long, "feedback")


@pytest.mark.parametrize(
    "what, options, sentence",
    [
        (rnn(), dict(fed="answers"), "fed= needs a net that answers at every step"),
        (ar.Model(rnn(), 3, task="many-to-one"), dict(fed="answers"), "fed= needs a net that answers at every step"),
        (ar.Model(rnn(), 5), dict(fed="targets"), "generate feeds answers back as inputs: both sizes must be equal"),
        (ar.Model(rnn(), 3), dict(fed="both"), "fed='both': choose from answers, targets$"),
        (ar.Model(rnn(), 3), dict(fed="answers", level="op"), "fed= is drawn between steps: level='block' or level='cell'$"),
        (ar.Model(rnn(), 3), dict(fed="answers", folded=True), "fed= has no place in a folded net"),
    ],
)
def test_what_cannot_be_fed(what, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        ar.draw(what, **options)
