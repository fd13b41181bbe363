"""Whole programs in numpy as they are published: the forward pass, a one-hot input, the loss, the gradients and their clipping."""

import random
import re

import pytest

from tests.sampling import sampled
from tests.test_check import derivation

LOSS_FUN = """def lossFun(inputs, targets, hprev):
  xs, hs, ys, ps = {{}}, {{}}, {{}}, {{}}
  hs[-1] = np.copy(hprev)
  loss = 0
  for t in range(len(inputs)):
    {hot}
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
    ys[t] = np.dot(Why, hs[t]) + by
    ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
    loss += -np.log(ps[t][targets[t],0])
  dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
  dbh, dby = np.zeros_like(bh), np.zeros_like(by)
  dhnext = np.zeros_like(hs[0])
  for t in reversed(range(len(inputs))):
    dy = np.copy(ps[t])
    dy[targets[t]] -= 1
    dWhy += np.dot(dy, hs[t].T)
    dby += dy
    dh = np.dot(Why.T, dy) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t-1].T)
    dhnext = np.dot(Whh.T, dhraw)
{clip}  return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs)-1]
"""
HOT = [
    "xs[t] = np.zeros((vocab_size, 1))\n    xs[t][inputs[t]] = 1",
    "xs[t] = np.zeros((vocab_size, 1))\n    xs[t][inputs[t], 0] = 1.0",
    "xs[t] = np.eye(vocab_size)[inputs[t]]",
]
ONE_BY_ONE = [  # how many is counted as the input is taken, and by what name the one of the step goes
    ("", "xs[t] = np.zeros((vocab_size, 1))\n    xs[t][ix] = 1", "xs[t]"),
    ("", "x = np.zeros((vocab_size, 1))\n    x[ix] = 1", "x"),
    ("xs = np.zeros((len(inputs), vocab_size, 1))\n  ", "xs[t, ix] = 1", "xs[t]"),
]
NOT_HOT = ["xs[t][targets[t]] = 1", "xs[t][inputs[t-1]] = 1", "xs[t][inputs[t]] = 2", "xs[t-1][inputs[t]] = 1", "xs[t][t] = 1", "pass",
           "xs[t][inputs[t]] -= 1", "xs[t][inputs[t]] = True", "xs[t][inputs[t]] = 1\n    xs[t] = 2 * xs[t]"]  # fmt: skip
CLIPS = [
    "  for dparam in [dWxh, dWhh, dWhy, dbh, dby]:\n    np.clip(dparam, -5, 5, out=dparam)\n",
    "  np.clip(dWhh, -1, 1, out=dWhh)\n",
    "  dWxh = np.clip(dWxh, -limit, limit)\n",
    "    np.clip(dhnext, -1e-9, 1e-9, out=dhnext)\n",
    "  norm = np.sqrt(sum(np.sum(g ** 2) for g in [dWxh, dby]))\n  if norm > 5:\n    for g in [dWxh, dby]:\n      g *= 5 / norm\n",
    "  for g in (dWhh, dbh):\n    g_norm = np.linalg.norm(g)\n    if g_norm > limit:\n      g /= g_norm / limit\n",
    "  if np.linalg.norm(dWhh) >= 1:\n    dWhh, dbh = 1 * dWhh / np.linalg.norm(dWhh), dbh * 0.5\n",
]
NO_CLIPS = ["  if norm < 5:\n    dWhh *= 5 / norm\n", "  if norm > 5:\n    dWhh += 5 / norm\n", "  dWhh *= 5 / norm\n",
            "  if norm > 5:\n    dWhh = dWhh * dWhh / norm\n", "  if loss > 5:\n    dWhh /= 2\n",
            "  if norm > 5:\n    dWhh = 5 / norm\n"]  # fmt: skip
SLIPS = [("np.tanh(np.dot", "(np.dot"), ("+ np.dot(Whh, hs", "- np.dot(Whh, hs"), ("Whh, hs[t-1]", "Whh, hs[t]"), ("+ by", ""),
         ("+ bh", ""), ("] -= 1", "] += 1"), ("(dy, hs[t].T)", "(dy, hs[t-1].T)"),
         ("Why.T", "Why"), ("+ dhnext", ""), ("(1 - hs[t] *", "(1 + hs[t] *"),
         ("hs[t] * hs[t]", "hs[t]"), ("dhraw, xs[t]", "dh, xs[t]"), ("dhraw, hs[t-1]", "dhraw, hs[t]"), ("Whh.T", "Whh"),
         ("dbh += dhraw", "dbh += dh"), ("dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.dot(Whh.T, dh)"), ("reversed(range(len(inputs)))",
         "range(len(inputs))"), ("dby += dy", "dby = dy"), ("dy[targets[t]]", "dy[targets[t-1]]"),
         ("Why.T, dy) +", "Why.T, dy) -")]  # fmt: skip


@pytest.mark.parametrize("hot", sampled(HOT, 3))
def test_a_program_that_makes_its_input_one_hot_is_read(hot, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {hot}"), derivation("rnn-tanh")
    verdict = d.check(text := LOSS_FUN.format(hot=hot, clip=""))
    assert verdict.equal and "makes the input, which is the model's `x`" in str(verdict), verdict
    clip = rng.choice(CLIPS)
    verdict = d.check(LOSS_FUN.format(hot=hot, clip=clip))
    assert verdict.kind == "equal if" and verdict.sentences[0].startswith("without its clipping this is equal"), verdict
    for right, wrong in rng.sample(SLIPS, 4):
        assert right in text
        slip = d.check(text.replace(right, wrong).replace("  return", rng.choice(["", clip]) + "  return"))
        assert slip.kind in ("not equal", "unreadable", "ill-typed"), (right, wrong, slip)
        assert slip.kind != "not equal" or re.search(r"other `d|another `d|Line \d+", str(slip)), slip


@pytest.mark.parametrize("other", sampled(NO_CLIPS, 3))
def test_what_does_more_than_to_clip_is_no_clipping(other, undiagnosed):
    norm = "  norm = np.sqrt(np.sum(dWhh ** 2))\n"
    assert not derivation("rnn-tanh").check(LOSS_FUN.format(hot=HOT[0], clip=norm + other)).kind.startswith("equal")


@pytest.mark.parametrize("begun, hot, name", sampled(ONE_BY_ONE, 3))
def test_inputs_that_are_taken_one_by_one_are_counted(begun, hot, name, random_seed, undiagnosed):
    rng, text = random.Random(f"{random_seed} {hot}"), LOSS_FUN.format(hot=hot, clip="").replace("  xs, hs, ys", f"  {begun}hs, ys")
    text = text.replace("in range(len(inputs)):", "in enumerate(inputs):").replace("for t in enumerate", "for t, ix in enumerate")
    text = (
        text.replace("{}, {}, {}, {}", "{}, {}, {}").replace("Wxh, xs[t]", f"Wxh, {name}").replace("  dWxh += np.dot(dhraw, xs[t].T)", "")
    )
    text = text.replace("dWxh, ", "").replace("np.zeros_like(Wxh), ", "")
    assert (verdict := derivation("rnn-tanh").check(text)).equal and "makes the input" in str(verdict), verdict
    for right, wrong in rng.sample([pair for pair in SLIPS if pair[0] in text], 3):
        assert derivation("rnn-tanh").check(text.replace(right, wrong)).kind in ("not equal", "unreadable"), (right, wrong)


@pytest.mark.parametrize("other", sampled(NOT_HOT, 4))
def test_what_makes_another_input_is_not_taken_for_it(other, undiagnosed):
    hot = HOT[0].replace("xs[t][inputs[t]] = 1", other)
    assert not (verdict := derivation("rnn-tanh").check(LOSS_FUN.format(hot=hot, clip=""))).kind.startswith("equal"), verdict


def test_an_input_that_is_used_before_it_is_made_is_not_taken_for_one(undiagnosed):
    text = LOSS_FUN.format(hot=HOT[0], clip="").splitlines()
    text[5:8] = [text[5], text[7], text[6]]
    assert "xs[t][inputs[t]] = 1" in text[7] and derivation("rnn-tanh").check("\n".join(text)).kind != "equal"


BPTT = """def bptt(self, x, y):
    T = len(y)
    o, s = self.forward_propagation(x)
    dLdU = np.zeros(self.U.shape)
    dLdV = np.zeros(self.V.shape)
    dLdW = np.zeros(self.W.shape)
    delta_o = o
    delta_o[np.arange(len(y)), y] -= 1.
    for t in np.arange(T)[::-1]:
        dLdV += np.outer(delta_o[t], s[t].T)
        delta_t = self.V.T.dot(delta_o[t]) * (1 - (s[t] ** 2))
        for k in np.arange(0, t+1)[::-1]:
            dLdW += np.outer(delta_t, s[k-1])
            dLdU += np.outer(delta_t, x[k])
            delta_t = self.W.T.dot(delta_t) * (1 - s[k-1] ** 2)
    return [dLdU, dLdV, dLdW]
"""
CALLS = ["self.forward_propagation(x)", "self.forward(x)", "forward(x, U, V, W)", "run(self.W, x, h0)"]
OTHER_CALLS = ["self.forward(o)", "np.tanh(x)", "relu(x)", "forward(x)\n    s = 2 * s", "forward(x)\n    o, s = forward(x)", "list(x)"]
STEPS = [("] -= 1.", "] += 1."), ("V.T.dot", "V.dot"), ("W.T.dot", "W.dot"), ("(s[t] ** 2)", "s[t]"), ("1 - (s[t]", "1 + (s[t]"),
         ("s[k-1])\n", "s[k])\n"), ("x[k]", "x[t]"), ("x[k]", "x[k-1]"), ("s[k-1] ** 2", "s[k] ** 2"), ("(0, t+1)", "(0, t)"),
         ("(0, t+1)", "(1, t+1)"), ("dLdV +=", "dLdV -="), ("(delta_o[t], s[t].T)", "(delta_o[t], s[t-1])"), ("dLdW +=", "dLdW ="),
         (" * (1 - s[k-1] ** 2)", ""), ("delta_t, s[k-1])", "delta_o[t], s[k-1])")]  # fmt: skip


def slipped(d, text, rng, count, names=str):
    """The slips of a program that are called equal, in other names."""
    found = [text.replace(*pair) for pair in rng.sample(STEPS, count)]
    assert text not in found
    return [x for x in map(names, found) if d.check(x).kind.startswith("equal")]


@pytest.mark.parametrize("letters", sampled(["p, h", "o, s"], 2))
def test_a_function_that_nobody_says_gives_what_its_names_say(letters, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {letters}"), derivation("rnn-tanh")
    named, call = dict(zip("os", letters.split(", "), strict=True)), rng.choice(CALLS)
    gradient = rng.choice(["dLd", "dL_d", "d", "dEd"])

    def names(text):
        text = re.sub(r"\b[os]\b", lambda found: named[found[0]], text)
        return text.replace("self.forward_propagation(x)", call).replace("dLd", gradient)

    assert (verdict := d.check(names(BPTT))).equal and "is read as giving what its names say" in str(verdict), verdict
    assert not slipped(d, BPTT, rng, 5, names)
    other = rng.choice(OTHER_CALLS)
    assert not d.check(BPTT.replace("self.forward_propagation(x)", other)).kind.startswith("equal"), other


SHORTER = ["max(0, t-self.bptt_truncate), t+1)", "max(0, t - 4), t+1)"]


@pytest.mark.parametrize("head", SHORTER)
def test_steps_that_stop_some_way_back_are_right_where_none_is_so_far(head, random_seed, undiagnosed):
    d, text = derivation("rnn-tanh"), BPTT.replace("0, t+1)", head)
    assert (verdict := d.check(text)).kind == "equal if" and verdict.sentences[0].startswith("with all steps before each"), verdict
    slips = [pair for pair in STEPS if "t+1" not in pair[0]]
    wrong = [text.replace(*pair) for pair in random.Random(f"{random_seed} {head}").sample(slips, 4)]
    wrong += [text.replace("max(0, t", other) for other in ("max(1, t", "min(0, t", "max(0, k")]
    assert not [x for x in wrong if d.check(x).kind.startswith("equal")]


GATES = """grads = {{k: np.zeros_like(v) for k, v in params.items()}}
dh_next, dc_next = np.zeros(H), np.zeros(H)
for t in reversed(range(T)):
    dy = p[t] - Y[t]
    grads['Why'] += np.outer(dy, h[t])
    grads['by'] += dy
    dh = params['Why'].T @ dy + dh_next
    dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next
    da = [dc * g[t] * i[t] * (1 - i[t]), dc * c[t-1] * f[t] * (1 - f[t]), dc * i[t] * (1 - g[t] ** 2),
          dh * np.tanh(c[t]) * o[t] * (1 - o[t])]
    dh_next, dc_next = 0, dc * f[t]
    for k, d in zip('ifgo', da):
        grads[{}] += np.outer(d, x[t])
        grads[{}] += np.outer(d, h[t-1])
        grads[{}] += d
        dh_next = dh_next + params[{}].T @ d
"""


def test_keys_that_are_put_together_are_those_of_the_gates(random_seed, undiagnosed):
    rng, d = random.Random(random_seed), derivation("lstm")
    x, h, b, back = (rng.choice([f"'{kind}' + k", f"f'{kind}{{k}}'"]) for kind in ("Wx", "Wh", "b", "Wh"))
    assert (verdict := d.check(text := GATES.format(x, h, b, back))).equal, verdict
    for right, wrong in rng.sample([("'ifgo'", "'igfo'"), (x, h), ("h[t-1]", "h[t]"), (f"params[{back}]", f"params[{x}]"),
                                    ("'ifgo'", "'fgo'"), (".T @ d\n", " @ d\n"), ("'ifgo'", "'ifg'")], 3):  # fmt: skip
        assert not d.check(text.replace(right, wrong)).kind.startswith("equal"), (right, wrong)


FUNCTIONS = """def forward(x, h0):
    h_prev, cache = h0, []
    for t in range(T):
        h = np.tanh(W_xh @ x[t] + W_hh @ h_prev + b_h)
        cache.append((x[t], h_prev, h))
        h_prev = h
    return cache

def backward(cache, y):
    dW_xh, dW_hh = np.zeros_like(W_xh), np.zeros_like(W_hh)
    dh_next = np.zeros(H)
    for t in reversed(range(T)):
        x, h_prev, h = cache[t]
        s = W_hy @ h + b_y
        p = np.exp(s) / np.exp(s).sum()
        p[y[t]] -= 1
        da = (W_hy.T @ p + dh_next) * (1 - h**2)
        dW_xh += np.outer(da, x)
        dW_hh += np.outer(da, h_prev)
        dh_next = W_hh.T @ da
    return dW_xh, dW_hh

{}
"""


def test_a_name_of_a_function_is_not_the_one_around_it(random_seed, undiagnosed):
    d = derivation("rnn-tanh")
    assert (verdict := d.check(text := FUNCTIONS.format("dW_xh, dW_hh = backward(forward(x, h0), y)"))).equal, verdict
    methods = text.rpartition("\ndW_xh")[0].replace("cache, y", "y").replace(" cache", " self.cache").replace("(cache", "(self.cache")
    methods = methods.replace("def forward(", "def forward(self, ").replace("def backward(", "def backward(self, ")
    methods = "class RNN:\n" + "".join(f"    {line}\n" for line in methods.replace("    return self.cache\n", "").splitlines())
    assert (verdict := d.check(methods.replace("h_prev, self.cache = h0, []", "h_prev = h0\n        self.cache = []"))).equal, verdict
    slips = [("@ x[t]", "@ x[t-1]"), ("h_prev = h\n", "h_prev = h0\n"), ("x, h_prev, h = cache", "x, h, h_prev = cache"), ("tanh(", "sin("),
             ("y[t]]", "y[t-1]]"), ("def forward(x, h0):", "def forward(x, h0):\n    x = 2 * x"), ("(da, x)", "(da, h)")]  # fmt: skip
    for pair in random.Random(random_seed).sample(slips, 3):
        assert not d.check(text.replace(*pair)).kind.startswith("equal"), pair
    assert not d.check(FUNCTIONS.format("x = x[::-1]\ndW_xh, dW_hh = backward(forward(x, h0), y)")).kind.startswith("equal")


def test_a_gradient_that_is_added_to_may_begin_with_nothing_and_that_is_said(random_seed, undiagnosed):
    rng, d, said = random.Random(random_seed), derivation("rnn-tanh"), "begin{} with: that is taken to be 0"
    part = "".join(line for line in BPTT.splitlines(True) if "np.zeros" not in line and "def " not in line and "return" not in line)
    verdict = d.check(text := "".join(line.removeprefix("    ") for line in part.splitlines(True)))
    assert verdict.equal and said.format("") in str(verdict), verdict
    assert not slipped(d, text, rng, 4)
    one = rng.choice(["dLdU", "dLdV", "dLdW"])
    ours = re.sub(r"\bs\b", "h", re.sub(r"\bo\b", "p", BPTT))
    some = d.check(ours.replace(f"{one} = np.zeros(self.{one[-1]}.shape)", "pass"))  # of a whole program each begins
    assert not some.equal and f"no line before it makes `{one}`" in str(some), some
    lines = "for t in reversed(range(T)):\n    ds = p[t] - onehot(y[t])\n    dW_hy += np.outer(ds, h[t])\n"
    assert said.format("s") in str(d.check(lines)) and said.format("s") not in str(d.check(f"dW_hy = np.zeros_like(W_hy)\n{lines}"))


@pytest.mark.parametrize("begun", ["", "dW_xh, dW_hh = 0, 0\n"])
def test_a_gradient_that_is_made_anew_with_more_begins_with_something_or_that_is_said(begun):
    step = "dh = W_hy.T @ (p[t] - onehot(y[t])) + back\n    da = dh * (1 - h[t] ** 2)\n    dW_xh = dW_xh + np.outer(da, x[t])"
    text = f"back = 0\nfor t in reversed(range(T)):\n    {step}\n    dW_hh = dW_hh + np.outer(da, h[t - 1])\n    back = W_hh.T @ da"
    verdict = derivation("rnn-tanh").check(begun + text)
    said = "no line says what `dW_hh` and `dW_xh` begin with: that is taken to be 0"
    assert verdict.equal and (said in map(str, verdict.sentences)) is not bool(begun), verdict


SOFTMAX = """{}
ds[np.arange(T), y] -= 1
dW_hy = ds.T @ h
"""
OF_EACH = ["ds = np.exp(s) / np.sum(np.exp(s), axis=1, keepdims=True)", "e = np.exp(s)\nds = e / e.sum(axis=1, keepdims=True)"]
OF_ALL = [
    "ds = np.exp(s) / np.sum(np.exp(s))",
    "e = np.exp(s)\nds = e / e.sum()",
    "e = np.exp(s)\nds = e / np.sum(e)",
    "ds = np.exp(s) / np.exp(s).sum()",
]


def test_a_sum_of_all_steps_at_once_is_no_softmax(undiagnosed):
    d = derivation("rnn-tanh")
    for text in OF_ALL:
        whole = SOFTMAX.format(text)
        assert not [x for x in (whole, whole[: whole.index("dW")]) if d.check(x).kind.startswith("equal")], text
    assert [d.check(SOFTMAX.format(text)).kind for text in OF_EACH] == ["equal"] * len(OF_EACH)


def test_what_one_element_is_taken_from_and_what_nothing_begins_is_said():
    d = derivation("rnn-tanh")
    assert "`ds[t]` is taken to be `p`" in str(d.check("ds[t][y[t]] -= 1"))
    loop = "for t in reversed(range(T)):\n    da = (W_hy.T @ (p[t] - onehot(y[t])) + {0}) * (1 - h[t]**2)\n"
    loop += "    dW_hh += np.outer(da, h[t-1])\n    {0} = W_hh.T @ da\n"
    for name in ("dh_next", "back", "delta"):
        assert (verdict := d.check(loop.format(name))).equal and "begin with: that is taken to be 0" in str(verdict)
        assert d.check(f"{name} = np.zeros(H)\n" + loop.format(name)).equal


def test_an_adjoint_that_is_made_twice_is_no_condition_and_what_no_line_makes_is_said(random_seed):
    head, rng, d = "dh_next = np.zeros(H)\nfor t in reversed(range(T)):\n", random.Random(random_seed), derivation("rnn-tanh")
    lines = ["dh = W_hy.T @ {} + dh_next", "da = dh * (1 - h[t]**2)", "dW_hh += np.outer(da, h[t-1])", "dh_next = W_hh.T @ da"]
    k = rng.choice([0, 1])
    text = head + "".join(f"    {line}\n" for line in [*lines[:k], lines[k], *lines[k:]])
    made, lent = (d.check(text.replace("{}", ds)) for ds in ("(p[t] - onehot(y[t]))", "ds"))
    assert made.equal and "no line makes" not in str(made).lower(), made
    assert lent.equal and "no line makes `ds`" in str(lent).lower(), lent


PICKED = ["-np.log({}[t][y[t]])", "np.log(1 / {}[t][y[t]])", "-np.log({}[t])[y[t]]", "np.sqrt({}[t][y[t]])", "np.log(2 + {}[t][y[t]])"]


@pytest.mark.parametrize("picked", sampled(PICKED, 2))
@pytest.mark.parametrize("net", sampled(["rnn-tanh", "stacked", "lstm", "bidirectional", "gru-after-new"], 2))
def test_the_probability_that_a_class_picks_is_above_0(net, picked, undiagnosed):
    """So that a loss has a value at any numbers; of scores it may have none."""
    for of in "ps":
        text = f"total = 0\nfor t in range(T):\n    p[t] = softmax(s[t])\n    total += {picked.format(of)}\n"
        assert (verdict := derivation(net).check(text)).equal == (of == "p"), (text, verdict)


COLLECTED = ["{} -= np.log({}[t][{}[t]])", "{} += -np.log({}[t][{}[t], 0])", "{0} = {0} - np.log({1}[t, {2}[t]])",
             "{} -= np.log({}[t][{}[t]].item())", "{} += -np.sum(np.log({}[t][{}[t]] + 1e-12))",
             "{} += float(-np.log({}[t][{}[t]][0]))"]  # fmt: skip
WHOLLY = ["{} = -sum(np.log({}[t][{}[t]]) for t in range(T))", "{} = -np.log({}[np.arange(T), {}]).sum()"]
OTHER_LOSSES = [("log(", "log(2 * "), ("-", "- 2 *"), ("[t]", "[t-1]"), ("log", "sqrt"), ("log(", "tanh("), ("-", "0.5 -"), ("-", "- 1 /")]
BEFORE = [
    "",
    "loss = 0\n",
    "for t in range(T):\n    ",
    "loss = 0\nfor t in range(T):\n    s[t] = W_hy @ h[t] + b_y\n    p[t] = softmax(s[t])\n    ",
]


@pytest.mark.parametrize("line", sampled([*COLLECTED, *WHOLLY], 4))
@pytest.mark.parametrize("net", sampled(["rnn-tanh", "lstm", "gru-before-new", "stacked"], 2))
def test_the_loss_that_a_program_collects_is_judged(line, net, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} {line} {net}"), derivation(net)
    before = rng.choice(BEFORE[:2] if line in WHOLLY else BEFORE).replace("h[t]", "h2[t]" if net == "stacked" else "h[t]")
    names = "loss", rng.choice(["p", "ps", "probs"]) if "softmax" not in before else "p", rng.choice(["y", "targets"])
    assert (verdict := d.check(before + (right := line.format(*names)))).equal and "is so" in str(verdict), verdict
    for slip in rng.sample(OTHER_LOSSES, 4):
        if (wrong := right.replace(*slip, 1) if slip[0] != "-" else re.sub("-(?=[^-]*log)(?!=)", slip[1], right, count=1)) != right:
            assert not (verdict := d.check(before + wrong)).equal, (slip, verdict)


@pytest.mark.parametrize("other", ["np.log(ps[t][targets[t],0])", "-2*np.log(ps[t][targets[t],0])", "-np.sqrt(ps[t][targets[t],0])"])
def test_another_loss_is_said_of_a_program_with_the_right_gradients(other, undiagnosed):
    text = LOSS_FUN.format(hot=HOT[0], clip="")
    verdict = derivation("rnn-tanh").check(text.replace("-np.log(ps[t][targets[t],0])", other))
    assert verdict.kind == "not equal" and "is not the loss of this model" in str(verdict) and verdict.line == 11, verdict
    from_1 = "for t in range(1, T + 1):\n    loss -= np.log(p[t][y[t-1]])"
    assert derivation("rnn-tanh").check(from_1).kind != "not equal"
    assert derivation("rnn-tanh").check(from_1.replace("1, T + 1", "T")).kind == "not equal"
    scaled = derivation("rnn-tanh").check(text.replace("  return loss", "  return loss / len(inputs)"))
    assert scaled.equal and "was not checked" in str(scaled), scaled
    assert "is so" in str(derivation("rnn-tanh").check(text))


def test_numbers_that_a_program_calls_as_losses_are_called_are_none():
    text = "for t in reversed(range(T)):\n    da[t] = (1 - h[t]**2) * dh[t]\n"
    assert derivation("rnn-tanh").check("L = 2\n" + text).kind != "not equal"
    assert derivation("rnn-tanh").check("L = 2").kind == "not equal"


ROWS = """h = np.zeros((T+1, H)){}
for t in range(T):
    h[t] = np.tanh(W_xh @ x[t] + W_hh @ h[t-1] + b_h)
dW_hh = np.zeros_like(W_hh)
dh_next = np.zeros(H)
for t in reversed(range(T)):
    dh = W_hy.T @ ds[t] + dh_next
    da = (1 - h[t]**2) * dh
    dW_hh += np.outer(da, h[t-1])
    dh_next = W_hh.T @ da
dW_hy = ds.T.dot({})
"""


@pytest.mark.parametrize("begun", ["", "\nh[-1] = h0", "\nh[-1] = np.zeros(H)"])
@pytest.mark.parametrize("first", [True, False])
def test_a_row_for_the_first_state_stands_first_or_last(begun, first, undiagnosed):
    text = ROWS if not first else ROWS.replace("h[t-1]", "h[t+0]").replace("h[t]", "h[t+1]").replace("h[t+0]", "h[t]")
    begun, d = begun.replace("-1", "0") if first else begun, derivation("rnn-tanh")
    rows = ("h[1:]", "h[1:T+1]") if first else ("h[:T]", "h[:-1]", "h[0:T]")
    for of in rows:
        assert (verdict := d.check(text.format(begun, of))).equal, (of, verdict)
    for of in ("h[:T]", "h[:-1]", "h") if first else ("h[1:]", "h"):
        assert not (verdict := d.check(text.format(begun, of))).kind.startswith("equal"), (of, verdict)
    at, before = ("h[t+1]", "h[t]") if first else ("h[t]", "h[t-1]")
    for pair in (
        (f"{at}**2", f"{before}**2"),
        (f"da, {before}", f"da, {at}"),
        ("+ dh_next", "- dh_next"),
        ("T+1, H)){}", "T+1, H)) + 1{}"),
    ):
        begun = begun if "+ 1{}" not in pair[1] else ""
        assert pair[0] in text and not d.check(text.replace(*pair).format(begun, rows[0])).kind.startswith("equal"), pair
    if not first:  # the last state is not the first
        assert not d.check(ROWS.replace("T+1", "T").format(begun, "h[:T]")).kind.startswith("equal")


def test_what_is_added_within_the_logarithm_of_a_loss_is_said_not_to_be_read():
    found = derivation("rnn-tanh").check("loss = 0\nfor t in range(T):\n    loss -= np.log(p[t][y[t]] + 1e-8)")
    assert found.equal and "without the `1e-08` that is added" in str(found)
    assert not derivation("rnn-tanh").check("loss = 0\nfor t in range(T):\n    loss -= np.log(p[t][y[t]] + 0.01)")
