"""Vectors that a program puts together and takes apart: a state and an input for one weight, and the gates as one vector."""

import functools
import random

import pytest

import autograd_rnn as ar
from tests.sampling import sampled

GATES = "ifgo"
ADJOINTS = {"o": "dh * np.tanh(c[t]) * o[t] * (1 - o[t])", "f": "dc * c[t-1] * f[t] * (1 - f[t])", "i": "dc * g[t] * i[t] * (1 - i[t])",
            "g": "dc * i[t] * (1 - g[t]**2)"}  # fmt: skip


class Joined(ar.Cell):
    """The LSTM as most programs have it: every gate has one weight on [h; x]."""

    states = ("h", "c")

    def shapes(self):
        n = self.hidden_size
        return {f"{k}_{gate}": (n, n + self.input_size) if k == "W" else (n,) for gate in GATES for k in "Wb"}

    def step(self, p, x, h, c):
        z = ar.concatenate([h, x], -1)
        a = {k: getattr(p, f"W_{k}") @ z + getattr(p, f"b_{k}") for k in GATES}
        i, f, g, o = ((ar.tanh if k == "g" else ar.sigmoid)(a[k]) for k in GATES)
        c = f * c + i * g
        return dict(z=z, a_i=a["i"], a_f=a["f"], a_g=a["g"], a_o=a["o"], i=i, f=f, g=g, o=o, c=c, h=o * ar.tanh(c))


@functools.cache
def derivation(name):
    return ar.derive(ar.Model(Joined(2, 3) if name == "joined" else ar.LSTM(2, 3), output_size=4))


def put_together(rng, parts):
    """A call that puts vectors one below the other."""
    call = rng.choice(["np.concatenate({})", "np.hstack({})", "np.concatenate({}, axis=0)"])
    return call.format(rng.choice(["({})", "[{}]"]).format(", ".join(parts)))


def program(rng, joined, back="dz[:H]", order=("h[t-1]", "x[t]"), wrong=None):
    """The backward pass of an LSTM; ``wrong``: a gate whose adjoint lacks a factor."""
    gates = {k: text.replace(" * (1 - ", " * (2 - ") if k == wrong else text for k, text in ADJOINTS.items()}
    lines = ["dhnext, dcnext = np.zeros(H), np.zeros(H)", "for t in reversed(range(T)):", f"    z = {put_together(rng, order)}",
             "    dy = p[t] - onehot(y[t])", "    dh = Why.T @ dy + dhnext",
             "    dc = dh * o[t] * (1 - np.tanh(c[t])**2) + dcnext"]  # fmt: skip
    names = rng.sample(GATES, 4)
    lines += [f"    da_{k} = {gates[k]}" for k in names]
    lines += [f"    dW_{k} += np.outer(da_{k}, z)" for k in names]
    lines += [f"    db_{k} += da_{k}" for k in names]
    if joined:
        lines += [f"    dz = {' + '.join(f'W_{k}.T @ da_{k}' for k in names)}", f"    dhnext = {back}"]
    else:
        lines += [f"    dhnext = {' + '.join(f'W_h{k}.T @ da_{k}' for k in names)}"]
    return "\n".join([*lines, "    dcnext = f[t] * dc"])


@pytest.mark.parametrize("k", sampled(range(4), 4))
def test_a_program_with_one_weight_on_two_that_are_put_together(k, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} joined {k}"), derivation("joined")
    right = program(rng, True)
    assert d.check(right).equal, f"{right}\n{d.check(right)}"
    wrong = [program(rng, True, wrong=rng.choice(GATES)), right.replace("a_f, z)", "a_o, z)")]
    wrong += [program(rng, True, back=back) for back in ("dz[H:]", "dz[:D]", "dz", "dz[D:]", "dz[:H] * 2", "dz[:2*H]")]
    wrong += [
        program(rng, True, order=order) for order in (("x[t]", "h[t-1]"), ("h[t]", "x[t]"), ("h[t-1]", "x[t-1]"), ("h[t-1]", "h[t-1]"))
    ]
    for text in rng.sample(wrong, 5):
        assert d.check(text).kind not in ("equal", "equal if"), text


@pytest.mark.parametrize("k", sampled(range(4), 4))
@pytest.mark.parametrize("name", sampled(["joined", "lstm"], 2))
def test_the_gates_as_one_vector_are_taken_apart_where_they_were_put(name, k, random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} gates {name} {k}"), derivation(name)
    for _ in range(6):
        order = rng.sample(GATES, 4)
        rows = ["[:H]", "[H:2*H]", "[2*H:3*H]", rng.choice(["[3*H:]", "[3*H:4*H]"])]
        at, gate = rng.randrange(4), rng.choice([*GATES, None])
        gate = gate or order[at]
        text = f"da = {put_together(rng, [f'da_{k}' for k in order])}\ndb_{gate} += da{rows[at]}"
        verdict = d.check(text)
        assert verdict.equal == (gate == order[at]), f"{text}\n{verdict}"
        for bad in ("[H:]", "[:2*H]", "[H:3*H]", "[D:2*D]", "[H+1:2*H]", "[2*H:H]", ""):
            assert not d.check(f"{text.rpartition('[')[0]}{bad}").equal, (text, bad)
        changed = text.replace("\n", f"\nda_{order[at]} = 2 * da_{order[at]}\n")
        assert not d.check(changed).equal, changed


def test_what_the_model_has_no_weight_for_is_said():
    d = derivation("lstm")
    told = d.check(program(random.Random(1), True))
    assert told.kind == "unreadable" and "no one weight on what `z` puts together" in str(told) and "`W_h" in str(told), told
    told = d.check("dz = W_f.T @ da_f + W_i.T @ da_i\ndhnext = dz[:H]")
    assert told.kind == "unreadable" and "no one weight on a state and an input" in str(told), told
    assert d.check("f[t] = sigmoid(W_f @ np.concatenate((h[t-1], x[t])) + b_f)").equal
    assert not d.check("f[t] = sigmoid(W_f @ np.concatenate((h[t], x[t])) + b_f)").equal
