"""``autograd-rnn flow`` as a person meets it: the table is the run's, the picture too, and every option does what it says."""

import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.cli import main
from autograd_rnn.nets.specimen import specimen
from tests.sampling import sampled


@pytest.fixture
def flow(tmp_path, monkeypatch, capsys):
    """What the command prints."""
    monkeypatch.chdir(tmp_path)

    def run(words, code=0):
        assert main(["flow", *words.split()]) == code
        return capsys.readouterr().out

    return run


def ends(printed):
    """By net the factor a step that the table has."""
    return {name: float(factor) for name, factor in re.findall(r"^ (\S+(?: \w+)?) +(?:vanishing|healthy|exploding) +(\S+)", printed, re.M)}


def test_the_picture_and_the_sentences_of_every_lecture(flow, tmp_path):
    out = flow("rnn lstm gru --steps 100 -o flow.svg")
    assert re.search(r"^ +99 +\S+e-1\d +\S+e-05 +\S+e-1\d$", out, re.M)
    assert all(f"{name}: vanishing: over 99 steps" in out for name in ("RNN", "LSTM", "GRU"))
    assert "RNN: ‖dh_t/dh_k‖ ≤ (γ σ_max(W_hh))^(t-k) = 1: gradients cannot explode" in out and out.endswith("\nflow.svg\n")
    drawn = (tmp_path / "flow.svg").read_text(encoding="utf-8")
    assert all(f">{name}</text>" in drawn for name in ("RNN", "LSTM", "GRU"))
    alone = flow("lstm --forget-bias 3 --steps 40 --hidden 16")
    assert alone.startswith("LSTM(8, 16, ") and "healthy: over 39 steps" in alone


def test_the_table_is_that_of_the_run(flow):
    out = flow("gru --steps 30 --hidden 5 --seed 4 -o a.svg")
    model = ar.Model(ar.GRU(8, 5, seed=4), 4, task="many-to-one")
    assert out.startswith(str(specimen(model, 30, 30, 4).flow()) + "\n")
    assert flow("gru --steps 30 --hidden 5 --seed 4 -o a.svg") == out != flow("gru --steps 30 --hidden 5 --seed 5 -o a.svg")


def test_scale_is_that_of_what_multiplies_a_state(flow):
    plain, twice = (ends(flow(f"rnn jordan --activation identity --steps 30 --hidden 4 --scale {s} -o a.svg")) for s in (1, 2))
    for name in ("RNN", "JORDAN"):
        assert twice[name] / plain[name] == pytest.approx(2, rel=0.01)
    assert "exploding" in flow("rnn --activation relu --scale 3 --steps 40 -o a.svg")
    gated = [ends(flow(f"lstm gru --steps 30 --scale {scale} -o a.svg")) for scale in (0.1, 1, 3)]
    assert gated[0]["LSTM"] < gated[1]["LSTM"] < gated[2]["LSTM"] and gated[0]["GRU"] != gated[1]["GRU"]


@pytest.mark.parametrize(
    "options",
    sampled(["--bidirectional", "--layers 2", "--decoder", "--task many-to-many", "--task one-to-many", "--loss squared_error", "--of h",
     "--of x",
     "--task one-to-one --steps 1",
     "--learn-initial", "--steps 1", "--theme dark", "--activation sigmoid", "--reset after --update keep", "--peephole --coupled"], 4),
)  # fmt: skip
def test_every_option_has_a_table_and_a_picture(flow, options):
    out = flow(f"rnn lstm gru {options} --hidden 3 {'' if '--steps' in options else '--steps 6'} -o a.svg")
    names = ["RNN", "LSTM", "GRU"]
    if options == "--bidirectional":
        names = [f"{name} {way}" for name in names for way in ("forward", "backward")]
    assert all(f"\n{name}: " in out for name in names)
    assert flow(f"jordan --hidden 3 --steps 6 {options if options.split()[0] in ('--loss', '--theme') else ''} -o a.svg")


def test_one_step_is_the_only_one_unasked(flow):
    assert "one step: nothing flows" in flow("rnn --task one-to-one -o a.svg")


def test_a_picture_that_is_there_stays_unless_it_is_named(flow, tmp_path):
    (tmp_path / "flow.svg").write_text("mine")
    assert flow("rnn --steps 3").endswith("flow.svg is there already and stays: -o flow.svg replaces it\n")
    assert (tmp_path / "flow.svg").read_text() == "mine"
    assert flow("rnn --steps 3 -o -").startswith("<?xml") and flow("rnn --steps 3 -o flow.svg")
    assert (tmp_path / "flow.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_forget_bias_and_a_first_state_reach_the_net(flow, tmp_path):
    out = flow("lstm --forget-bias 0 --steps 4 -o a.svg")
    assert "forget_bias=0" in out and "a factor is 0.5 on average" in out
    assert main(["verify", "gru", "--learn-initial"]) == 0
    assert np.isfinite(list(ends(out + flow("rnn gru --steps 4 -o a.svg")).values())).all()


def test_before_and_after_adding_is_learned(flow, tmp_path):
    out = flow("rnn gru --trained adding --steps 8 --hidden 6 --updates 30 -o a.svg")
    assert "Learning to add" in out and "always to answer 1 has a loss of 0.0833" in out
    assert list(ends(out)) == ["RNN", "RNN trained", "GRU", "GRU trained"]
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(f">{name}</text>" in drawn for name in ("RNN", "RNN trained", "GRU", "GRU trained"))
    assert flow("rnn gru --trained adding --steps 8 --hidden 6 --updates 30 -o a.svg") == out
    for words in ("lstm --trained adding --decoder", "lstm --trained adding --steps 1", "lstm --trained adding --updates 0"):
        flow(words, 2)


def test_a_person_who_waits_sees_the_updates_and_the_loss(flow, monkeypatch):
    """A bar inside another one stays silent, so none may stand around the training."""
    from autograd_rnn.nets import adding, progress

    begun = []

    class Told(progress.Progress):
        def __enter__(self):
            begun.append((self.label, self.total, progress._busy.get()() is not None))
            return super().__enter__()

    monkeypatch.setattr(adding, "Progress", Told)
    flow("rnn gru --trained adding --steps 5 --hidden 3 --updates 4 -o a.svg")
    assert begun == [(f"learning to add: {net}", 4, False) for net in ("RNN", "GRU")]


def test_adding_is_the_sum_of_the_two_that_are_marked(random_seed):
    from autograd_rnn.nets.adding import CHANCE, batch

    x, y = batch(11, 4000, np.random.default_rng(random_seed))
    assert (x[:5, :, 1].sum(0) == 1).all() and (x[5:, :, 1].sum(0) == 1).all() and x.shape == (11, 4000, 2)
    np.testing.assert_allclose((x[..., 0] * x[..., 1]).sum(0), y[:, 0], rtol=1e-12)
    assert abs(0.5 * np.mean((y - 1) ** 2) - CHANCE) < 0.01


@pytest.mark.sweep
def test_gates_learn_to_open(random_seed):
    """What the notes say of gates: over the same distance much more arrives once adding is learned."""
    from autograd_rnn.nets.adding import batch, learn

    model = ar.Model(ar.GRU(2, 24, fused=True, dtype="float32"), 1, task="many-to-one", loss="squared_error", reduction="mean")
    x, y = (array[..., 0, :] for array in batch(30, 1, np.random.default_rng(random_seed)))
    before = model.unroll(x, y).flow().gains[-1]
    learn(model, 30, 400, random_seed)
    assert model.unroll(x, y).flow().gains[-1] > 20 * before
