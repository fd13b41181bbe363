"""A model's equations are what it computes: each line evaluated on the numbers of a run."""

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.nets.cell import Cell
from tests.sampling import sampled
from tests.test_nets import K, made

TASKS = ("many-to-many", "many-to-one", "one-to-one")


def lines(model, form="text"):
    return model.equations(form).splitlines()


@pytest.mark.parametrize(
    "net", sampled(["rnn-tanh", "lstm", "gru-after-keep", "stacked", "bidirectional", "stacked-bidirectional", "jordan-scores"], 3)
)
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "binary_cross_entropy"])
def test_scores_and_losses_are_those_of_a_run(net, task, loss):
    model = ar.Model(made(net), K, task=task, loss=loss, reduction="mean" if task == "many-to-one" else "sum")
    x = np.random.default_rng(0).normal(size=(4, 3) if task != "one-to-one" else 3)
    shape = (4,) if task == "many-to-many" else ()
    y = np.ones(shape, int) if loss == "cross_entropy" else np.full((*shape, K), 0.5)
    run, last = model.unroll(x, y), {"many-to-many": 3, "many-to-one": 4, "one-to-one": 1}[task]
    found = dict(line.split(" = ", 1) for line in lines(model) if " = " in line)
    t = "T" if task == "many-to-one" else "t"
    s = run.scores[last].value
    if not net.startswith("jordan"):
        total = 0
        for term in found[f"s_{t}"].split(" + "):
            weight, *state = term.split()
            value = run.parameters[weight].value
            if state:
                name, _, time = state[0].rpartition("_")
                step = {"t": last, "T": last, "1": 1}[time]
                top = run.h if name == "h" else run[name]
                value = value @ top[step].value
            total = total + value
        np.testing.assert_allclose(total, s, atol=1e-14)
    p = np.exp(s) / np.exp(s).sum()
    wanted = {
        "cross_entropy": -np.log(p[1]),
        "squared_error": 0.5 * np.sum((s - 0.5) ** 2),
        "binary_cross_entropy": 0.5 * np.sum(np.log(1 + np.exp(s)) + np.log(1 + np.exp(-s))),
    }[loss]
    assert abs(float(run.losses[last].value) - wanted) < 1e-12
    assert (
        found[f"L_{t}"]
        == {
            "cross_entropy": f"-log p_{t}[y_{t}]",
            "squared_error": f"½‖s_{t} - y_{t}‖²",
            "binary_cross_entropy": f"-Σ [y_{t} log p_{t} + (1 - y_{t}) log(1 - p_{t})]",
        }[loss]
    )
    answer = {"cross_entropy": f"softmax(s_{t})", "binary_cross_entropy": f"σ(s_{t})"}
    assert found.get(f"p_{t}") == answer.get(loss)
    assert found["L"] == {"many-to-many": "Σ_t L_t", "many-to-one": "L_T", "one-to-one": "L_t"}[task]
    assert model.equations().startswith(model.cell.equations() + "\n\n")


def test_of_an_encoder_decoder_both_nets_and_latex():
    model = ar.EncoderDecoder(ar.GRU(3, 4), ar.GRU(2, 4, seed=1), 2, reduction="mean")
    text = model.equations()
    assert "henc_t = " in text and text.endswith("s_t = W_hy hdec_t + b_y\np_t = softmax(s_t)\nL_t = -log p_t[y_t]\nL = 1/S Σ_t L_t")
    latex = lines(ar.Model(ar.RNN(3, 4, bias=False), 2, loss="squared_error", bias=False), "latex")
    assert latex[-3:] == [r"s_{t} = W_{hy} \, h_{t}", r"L_{t} = \tfrac{1}{2} \lVert s_{t} - y_{t} \rVert^2", r"L = \sum_{t} L_{t}"]
    twice = ar.Model(ar.Jordan(3, 4, 2, feedback="probabilities"), 2).equations()
    assert twice.count("p_t = softmax(s_t)") == 1 and twice.endswith("L_t = -log p_t[y_t]\nL = Σ_t L_t")
    with pytest.raises(ValueError, match="form='html': choose from text, latex"):
        model.equations("html")
    assert isinstance(model.encoder, Cell)


@pytest.mark.parametrize("net", ["rnn-tanh", "stacked-bidirectional", "jordan-scores", "jordan-probabilities"])
def test_probabilities_are_a_quantity_of_the_run(net):
    run = ar.Model(made(net), K).unroll(np.random.default_rng(1).normal(size=(4, 2, 3)), np.zeros((4, 2), int))
    for t in range(1, 5):
        s = run.scores[t].value
        np.testing.assert_allclose(run["p"][t].value, np.exp(s) / np.exp(s).sum(-1, keepdims=True))
        assert run["p"][t].name == f"p_{t}" and "p" in run.names()
    bare = ar.Model(made("rnn-tanh"), K, loss="squared_error").unroll(np.ones((4, 3)))
    with pytest.raises(KeyError, match="no 'p' in this run; it has x, a, h, s"):
        bare["p"]
    assert len(ar.draw(ar.Model(made("rnn-tanh"), K).unroll(np.ones((4, 3))), level="states", quantity="p").figure.frames) == 4 * K


SETTINGS = [
    "1. **{0}**: {1}\n2. **{2}**: {3}",
    "**{0}:** {1}\n\n**{2}:** {3}",
    "- *{0}*: `{1}`\n- *{2}*: `{3}`",
    "* {1}\n* {3}",
    "– {1}\n– {3}",
    "- {1}\n\n- {3}",
    "In [1]: {1}\nOut[1]: 3\nIn [2]: {3}",
    "> {1}\n> {3}",
    ">>> {1}\n>>> {3}",
    "[1] {1}\n[2] {3}",
    "{1}\n⇒ {3}",
    "{1}\n=> {3}",
    "{0}\n------\n{1}\n{2}\n======\n{3}",
    "<p><b>{0}</b>: {1}</p>\n<p><b>{2}</b>: {3}</p>",
    "{1}<br>\n{3}<br/>",
]
STRUCK = ["~~{}~~", "<s>{}</s>", "<del>{}</del>", "<p><s>{}</s></p>", "– {}", "⇏ {}", "**Not**: {}", "1. **Wrong**: {}"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_what_sets_lines_in_markdown_or_html_is_read_past_and_each_line_judged(setting, undiagnosed):
    d = ar.derive(ar.Model(ar.RNN(2, 3), 4))
    lines = ["ds[t] = p[t] - onehot(y[t])", "dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t+1]"]
    assert d.check(setting.format("Output layer", lines[0], "Hidden layer", lines[1])).equal
    for k, wrong in enumerate(("ds[t] = p[t] + onehot(y[t])", "dh[t] = W_hy.T @ ds[t] + W_hh.T @ da[t]")):
        both = [wrong if j == k else line for j, line in enumerate(lines)]
        text = setting.format("Output layer", both[0], "Hidden layer", both[1])
        verdict = d.check(text)
        assert not verdict.equal and verdict.line == 1 + text[: text.index(wrong)].count("\n"), verdict


def test_what_is_struck_out_is_not_read_past(undiagnosed):
    d = ar.derive(ar.Model(ar.RNN(2, 3), 4))
    assert d.check('"ds_t = p_t - y_t"').equal and not any(d.check(struck.format("ds_t = p_t - y_t")).equal for struck in STRUCK)
