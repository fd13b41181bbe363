"""What a step hangs on, against the Jacobians of the same run over variable inputs; heat maps against the run's numbers."""

import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.charts.heat import states
from autograd_rnn.limits import allowing

T = 5
NETS = {
    "rnn": lambda x, y: ar.Model(ar.RNN(3, 4), 2).unroll(x, y),
    "lstm": lambda x, y: ar.Model(ar.LSTM(3, 4, learn_initial=True), 2).unroll(x, y, start=4),
    "gru": lambda x, y: ar.Model(ar.GRU(3, 4), 2).unroll(x, y, h0=np.ones(4)),
    "jordan": lambda x, y: ar.Model(ar.Jordan(3, 4, 2), 2).unroll(x, y),
    "stacked": lambda x, y: ar.Model(ar.Stacked([ar.GRU(3, 4), ar.RNN(4, 2)]), 2).unroll(x, y),
    "both directions": lambda x, y: ar.Model(ar.Bidirectional(ar.RNN(3, 4), ar.LSTM(3, 2)), 2).unroll(x, y),
    "layers of both": lambda x, y: ar.Model(ar.Stacked([pair(3), pair(8)]), 2).unroll(x, y),
    "many to one": lambda x, y: ar.Model(pair(3), 2, task="many-to-one").unroll(x, 1),
    "no targets": lambda x, y: ar.Model(ar.RNN(3, 4), 2).unroll(x),
    "bare": lambda x, y: ar.unroll(ar.LSTM(3, 4), x),
    "replaced": lambda x, y: ar.Model(ar.RNN(3, 4), 2).unroll(x, y, parameters={"": replaced}),
    "decoder": lambda x, y: ar.EncoderDecoder(ar.RNN(3, 4), ar.RNN(2, 4, seed=1), 2).unroll(x, y[:3]),
    "own words": lambda x, y: ar.EncoderDecoder(ar.LSTM(3, 4), ar.LSTM(2, 4, seed=1), 2).unroll(x, y[:3], teacher_forcing=False),
}


def below(figure):
    """What stands below the columns."""
    return [text.parts[0] for text in figure.texts if text.kind == "label" and len(text.parts) == 1]


def pair(D):
    return ar.Bidirectional(ar.RNN(D, 4), ar.RNN(D, 4, seed=1))


def replaced(t):
    return {"W_xh": np.full((4, 3), 0.1 * t), "W_hh": np.eye(4), "b_h": np.zeros(4)}


@pytest.mark.parametrize("name", NETS)
def test_it_is_the_jacobian_of_the_tape(name, random_seed):
    rng = np.random.default_rng(random_seed)
    x, y = rng.normal(size=(T, 3)), rng.integers(0, 2, T)
    run, live = NETS[name](x, y), NETS[name](ar.tensor(x, "x"), y)
    with ar.no_grad():
        quiet = NETS[name](x, y)
    of = "s" if len(run.scores) else "h"
    series = run.scores if of == "s" else run.h
    for t in range(max(series.first, run.start), series.first + len(series)):
        wanted = [np.linalg.norm(live.jacobian(t, k, of, "x"), 2) for k in range(run.start, run.start + T)]
        with ar.no_grad():
            inside = quiet.connectivity(t)
        for found in (run.connectivity(t), live.connectivity(t), quiet.connectivity(t), inside):
            np.testing.assert_allclose(found.norms, wanted, atol=1e-15)
            assert found.steps == list(range(run.start, run.start + T)) and found.of == of
        both = any(chain.reverse for chain in run.chains) or len(run.unrolled) > 1
        assert both or not any(found.norms[t - run.start + 1 :])
    assert not run.parameters[next(iter(run.parameters))].grad is not None  # nothing is added


def test_a_batch_s_sequences_are_as_if_alone(random_seed):
    rng = np.random.default_rng(random_seed)
    x, model = rng.normal(size=(T, 3, 3)), ar.Model(ar.GRU(3, 4), 2)
    together = model.unroll(x, np.zeros((T, 3), int), lengths=[5, 4, 2]).connectivity(5)
    for b, length in enumerate((5, 4, 2)):
        alone = model.unroll(x[:length, b]).connectivity(length)
        np.testing.assert_allclose(together.norms[:length, b], alone.norms)
    assert "In the mean of 3 sequences." in str(together) and np.isfinite(together.shares).all()


def test_past_and_future_are_told_apart():
    x = np.random.default_rng(0).normal(size=(T, 3))
    assert ar.unroll(ar.RNN(3, 4), x).connectivity(3).sentence == "h_3 holds something of 2 earlier inputs and nothing of a later one."
    assert ar.Model(pair(3), 2).unroll(x).connectivity(3).sentence == "s_3 holds something of 2 earlier inputs and of 2 later ones."
    assert ar.unroll(ar.RNN(3, 4), x).connectivity(1).sentence == "h_1 holds nothing of an earlier input and nothing of a later one."
    assert ar.unroll(ar.LSTM(3, 4), x).connectivity(5, of="f").sentence == "f_5 holds something of 4 earlier inputs."


def test_a_decoder_s_step_comes_after_all_that_its_encoder_read(monkeypatch):
    """Its numbers begin anew: input 3 is no later one than answer 2, and input 2 not that of its step."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for encoder in (ar.GRU(3, 4), ar.Stacked([ar.LSTM(3, 4), ar.GRU(4, 4)])):
        decoder = ar.GRU(2, 4, seed=1) if isinstance(encoder, ar.GRU) else ar.Stacked([ar.LSTM(2, 4), ar.GRU(4, 4)])
        run = ar.EncoderDecoder(encoder, decoder, 2).unroll(np.ones((4, 3)), [0, 1, 0])
        for t in (1, 2, 3):
            found = run.connectivity(t, labels="abcd")
            assert found.sentence == f"s_{t} holds something of 4 of the 4 inputs read before." and found.sentence in str(found)
            assert "outline" not in found.html() and "4;" not in found.coloured().replace("48;5", "")
            assert not any(frame.emphasis for frame in ar.draw(found).figure.frames)
        top = "henc" if isinstance(encoder, ar.GRU) else "henc2"
        own = run.connectivity(2, top)
        assert own.sentence == f"{top}_2 holds something of 1 earlier input and nothing of a later one." and "outline" in own.html()


def test_the_text_is_shaded_wherever_it_is_shown(monkeypatch, tmp_path):
    labels = ["<a>", " ", "\x1b[2J", "é", "b"]
    found = ar.unroll(ar.RNN(3, 4), np.ones((T, 3))).connectivity(4, labels=labels)
    monkeypatch.delenv("NO_COLOR", raising=False)
    pieces = re.findall(r"\x1b\[(4;)?38;5;16;48;5;(\d+)m(.*?)\x1b\[0m", found.coloured())
    assert [text for *_, text in pieces] == ["<a>", " ", "\\x1b[2J", "é", "b"] and [bool(here) for here, *_ in pieces].index(True) == 3
    assert pieces[4][1] == "231"  # white: nothing of the future
    monkeypatch.setenv("NO_COLOR", "1")
    assert found.coloured() == "<a> \\x1b[2Jéb"
    page = found.html()
    assert page.count("<span") == 5 and "&lt;a&gt;" in page and page.count("outline") == 1 and "rgb(255, 255, 255)" in page
    figure = ar.draw(found).figure
    assert [frame.id for frame in figure.frames if frame.emphasis == "lit"] == ["x 4"] and len(figure.frames) == 5
    assert found.sentence == figure.description
    ar.draw(found, theme="dark").save(tmp_path / "a.svg")


def test_a_long_text_goes_on_in_the_next_line():
    figure = ar.draw(ar.unroll(ar.RNN(3, 4), np.ones((200, 3))).connectivity(150, labels="word " * 40)).figure
    assert len({frame.high[1] for frame in figure.frames}) > 3 and max(frame.high[0] for frame in figure.frames) < 800
    boxes = sorted((frame.low[1], frame.low[0], frame.high[0]) for frame in figure.frames)
    assert all(a[0] != b[0] or a[2] <= b[1] + 1e-6 for a, b in zip(boxes[:-1], boxes[1:], strict=True))


@pytest.mark.parametrize("quantity", ["h", "c", "f", "a_o"])
def test_a_heat_map_holds_the_run_s_numbers(quantity, random_seed):
    run = ar.Model(ar.LSTM(3, 4, seed=random_seed), 2).unroll(np.random.default_rng(random_seed).normal(size=(T, 3)), [0] * T)
    figure = ar.draw(run, level="states", quantity=quantity, units=[2, 0], labels="hallo").figure
    assert len(figure.frames) == 2 * T
    for frame in figure.frames:
        name, t, unit = frame.id.rsplit(" ", 2)
        value = run[quantity][int(t)].value[int(unit)]
        assert frame.tip == f"{quantity}_{t}[{unit}] = {value:.3g}" and frame.kind == ("negative_value" if value < 0 else "positive_value")
    assert below(figure) == list("hallo")
    assert len(ar.draw(run, level="states").figure.frames) == 4 * T


def test_a_batch_s_heat_map_is_that_of_one_of_its_sequences(random_seed):
    rng = np.random.default_rng(random_seed)
    x, lengths = rng.normal(size=(T, 3, 3)), [T, 2, 4]
    for net, quantity in ((ar.LSTM(3, 4), "f"), (ar.Bidirectional(ar.GRU(3, 4), ar.GRU(3, 4, seed=1)), "hb"), (ar.RNN(3, 4), "s")):
        model = ar.Model(net, 2)
        run = model.unroll(x, rng.integers(0, 2, (T, 3)), lengths=lengths)
        for b, length in enumerate(lengths):
            alone = model.unroll(x[:length, b], [0] * length)
            together = ar.draw(run, level="states", quantity=quantity, sequence=b).figure
            assert [frame.tip for frame in together.frames] == [
                frame.tip for frame in ar.draw(alone, level="states", quantity=quantity).figure.frames
            ]
            assert together.title.endswith(f"sequence {b}")


def test_heat_maps_of_every_net_and_its_words():
    model = ar.EncoderDecoder(ar.GRU(3, 4), ar.GRU(2, 4, seed=1), 2)
    run = model.unroll(np.ones((3, 3)), [0, 1])
    for quantity, said in (("zenc", "abc"), ("zdec", "de"), ("s", "de")):
        figure = ar.draw(run, level="states", quantity=quantity, labels="abcde").figure
        assert below(figure) == list(said)
    assert ar.draw(ar.Model(pair(3), 2), level="states", quantity="hb", steps=3).figure.frames
    assert ar.draw(ar.RNN(3, 4), level="states").figure.frames
    last = ar.Model(ar.RNN(3, 4), 2, task="many-to-one").unroll(np.ones((4, 3)))
    assert len(ar.draw(last, level="states", quantity="s", labels="abcd").figure.frames) == 2


RUN = ar.Model(ar.LSTM(3, 4), 2).unroll(np.ones((T, 3)), [0] * T)
BATCH = ar.unroll(ar.RNN(3, 4), np.ones((T, 2, 3)))


@pytest.mark.parametrize(
    "ask, sentence",
    [
        (lambda: RUN.connectivity(9), "s has t = 1..5, not 9"),
        (lambda: RUN.connectivity(True), "s[t] takes one time step, a whole number, not True"),
        (lambda: RUN.connectivity(2, "zz"), "no 'zz' in this run"),
        (lambda: RUN.connectivity(2, "L"), "L_2 is a single number"),
        (lambda: RUN.connectivity(2, labels="ab"), "labels needs one string for each of the 5 steps of x, not 2"),
        (lambda: RUN.connectivity(2, labels=range(10**30)), "labels needs one string for each of the 5 steps of x, not more"),
        (lambda: RUN.connectivity(2, labels=3), "labels needs one string for each of the 5 steps"),
        (lambda: ar.draw(RUN, level="states", units=[4]), "a list of units of h, from 0 to 3"),
        (lambda: ar.draw(RUN, level="states", units=[0, 0]), "has one twice"),
        (lambda: ar.draw(RUN, level="states", units=[]), "a list of units of h"),
        (lambda: ar.draw(RUN, level="states", units="3"), "a list of units of h"),
        (lambda: ar.draw(RUN, level="states", quantity="zz"), "no 'zz' in this run"),
        (lambda: ar.draw(RUN, level="states", quantity=3), "quantity"),
        (lambda: ar.draw(RUN, level="states", quantity="L"), "L is no vector in this run"),
        (lambda: ar.draw(RUN, level="states", gradients=True), "gradients= has no place in a heat map of states"),
        (lambda: ar.draw(RUN, quantity="f"), "quantity= belongs to level='states'"),
        (
            lambda: ar.draw(BATCH, level="states"),
            "h is a batch of 2 in this run, and a heat map has a unit a row: sequence=0 shows the first",
        ),
        (lambda: ar.draw(BATCH, level="states", sequence=2), "sequence=2: the batch has 2, from 0 to 1"),
        (lambda: ar.draw(BATCH, level="states", sequence=True), "sequence=True: the batch has 2, from 0 to 1"),
        (lambda: ar.draw(RUN, level="states", sequence=0), "sequence= chooses one of a batch, and this run is one sequence"),
        (lambda: ar.draw(BATCH, sequence=0), "sequence= belongs to level='states', the heat map"),
        (lambda: ar.draw(ar.unroll(ar.LSTM(3, 4), np.ones((T, 2, 3))), level="gates"), "or level='states', sequence=0"),
        (lambda: ar.draw(ar.unroll(ar.RNN(3, 300), np.ones((99, 3))), level="states"), "numbers in a heat map: about 29,700"),
        (lambda: ar.draw(RUN.connectivity(2), labels="hallo"), "labels= has no place in a picture of what a step hangs on"),
        (lambda: ar.draw(RUN.loss, level="states"), "a tensor is drawn as the operations it came from"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(ask, sentence):
    with pytest.raises((ValueError, TypeError, KeyError, IndexError)) as error:
        ask()
    assert sentence in str(error.value.args[0])


def test_a_run_whose_net_has_learned_since_is_refused():
    model = ar.Model(ar.RNN(3, 4), 2)
    run = model.unroll(np.ones((T, 3)), [0] * T)
    model.parameters["W_hh"].assign(np.eye(4))
    with pytest.raises(ValueError, match="s_3 gives other values now than it did in this run"):
        run.connectivity(3)
    with pytest.raises(ValueError, match="a batch of no sequences"):
        ar.unroll(ar.RNN(3, 4), np.ones((T, 0, 3))).connectivity(3)


def test_a_large_heat_map_is_drawn_where_it_is_allowed():
    with allowing():
        assert len(states(ar.unroll(ar.RNN(3, 210), np.ones((99, 3))), "h", None, None).frames) > 20_000
