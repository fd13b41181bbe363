"""The same equations in other notations: by letters, and with one matrix on a state and an input together."""

import random
import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import noted
from autograd_rnn.algebra.printing import show
from autograd_rnn.cli import main
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.system import absolute, lengths, quantities
from tests.sampling import sampled

D, H, K = 2, 3, 4
NETS = {
    "rnn": lambda s: ar.RNN(D, H, seed=s),
    **{f"lstm{' peephole' * p}{' coupled' * c}": (lambda s, p=p, c=c: ar.LSTM(D, H, peephole=p, coupled=c, seed=s))
       for p in (False, True) for c in (False, True)},
    **{f"gru {r} {u}": (lambda s, r=r, u=u: ar.GRU(D, H, reset=r, update=u, seed=s)) for r in ("before", "after") for u in ("new", "keep")},
    "bidirectional": lambda s: ar.Bidirectional(ar.LSTM(D, H, seed=s), ar.GRU(D, H, seed=s + 1)),
    "stacked": lambda s: ar.Stacked([ar.GRU(D, H, seed=s), ar.RNN(H, H, seed=s + 1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", sampled(NETS, 5))
def test_the_concatenated_equations_give_the_same_numbers(name, random_seed):
    """Evaluated as they are printed, W_f [h, x] of what W_f is said to be made of; and each gradient is that of its two halves."""
    model = ar.Model(NETS[name](random_seed), K)
    rng = np.random.default_rng(random_seed)
    run = model.unroll(rng.normal(size=(4, D)), rng.integers(0, K, 4))
    d, grads = ar.derive(model), run.backward()
    given = {absolute(q): node.value for node, q in quantities(run).items() if not node.inputs}
    equations = noted([*d.forward, *d.equations], "concatenated", d.by_letter, d.halves)
    halves = {q.left.name: q.right.parts for q in equations if isinstance(q.right, e.Column)}
    assert halves and all(len(parts) == 2 for parts in halves.values())
    given |= {e.Sym(whole): np.hstack([given[part] for part in parts]) for whole, parts in halves.items()}
    numbers = Evaluation(
        [q for q in equations if q.left.name not in halves or q.left.adjoint], given, lengths(run), d.letters, K, d.reverse
    )
    for node, q in quantities(run).items():
        if node.inputs and q.role not in ("loss", "target"):
            np.testing.assert_allclose(numbers[absolute(q)], node.value, rtol=1e-12, atol=1e-14, err_msg=q.name)
    for parameter in run.parameters:
        whole = d.halves.get(parameter)
        if whole and whole[0] in halves and (e.Sym(whole[0]).name, True) in numbers.by_name:
            wanted = np.hstack([grads[part.name] for part in halves[whole[0]]])
            np.testing.assert_allclose(numbers[e.Sym(whole[0], None, True)], wanted, rtol=1e-9, atol=1e-13, err_msg=whole[0])
        else:
            np.testing.assert_allclose(
                numbers[e.Sym(parameter, None, True)] + np.zeros(grads[parameter].shape), grads[parameter], atol=1e-12
            )


def test_what_the_notes_write():
    gru = ar.GRU(D, H)
    assert "a_z,t = W_z [h_{t-1}, x_t] + b_z" in gru.equations(notation="concatenated")
    assert "a_n,t = W_n [m_t, x_t] + b_n" in gru.equations(notation="concatenated")
    assert r"W_{f} \, [h_{t-1}, x_{t}]" in ar.LSTM(D, H).equations("latex", "concatenated")
    d = ar.derive(ar.Model(ar.LSTM(D, H), K))
    assert str(d.formula("W_f", notation="concatenated")) == "dW_f = Σ_t da_f,t [h_{t-1}, x_t]ᵀ\nW_f = [W_hf, W_xf]"
    unrolled = d.formula("dW_f", form="unrolled", steps=2, notation="concatenated")
    assert str(unrolled).startswith("dW_f = da_f,1 [h_0, x_1]ᵀ + da_f,2 [h_1, x_2]ᵀ")
    assert str(d.jacobian("c", notation="concatenated")) == str(d.jacobian("c"))
    plain = ar.derive(ar.Model(ar.RNN(D, H), K))
    assert "dW = Σ_t da_t [h_{t-1}, x_t]ᵀ" in plain.text(notation="concatenated")
    assert "a_t = U x_t + W h_{t-1} + b_h" in ar.Model(ar.RNN(D, H), K).equations(notation="letters")
    assert "s_t = V h_t + b_y" in ar.Model(ar.RNN(D, H), K).equations(notation="letters")
    with pytest.raises(ValueError, match="notation='w': choose from names, letters, concatenated"):
        gru.equations(notation="w")


def test_a_name_that_is_taken_is_not_given_twice():
    class Own(ar.RNN):
        def shapes(self):
            return {**super().shapes(), "W": (H, H)}

        def step(self, p, x, h):
            return dict(h=ar.tanh(p.W_xh @ x + p.W_hh @ h + p.W @ h + p.b_h))

    assert "[" not in ar.derive(ar.Model(Own(D, H), K)).text(notation="concatenated")


@pytest.mark.parametrize("cell", [ar.RNN, ar.LSTM, ar.GRU])
def test_the_weights_so_written_go_out_and_in(cell, random_seed):
    model, other = (ar.Model(cell(D, H, seed=random_seed + k), K, seed=random_seed + k) for k in (0, 1))
    arrays = ar.conventions.dump_weights(model, "concatenated")
    x, h = np.random.default_rng(random_seed).normal(size=(2, max(D, H)))
    for name, array in arrays.items():
        if name.startswith("W") and name != "W_hy":
            gate = name.removeprefix("W").removeprefix("_") or "h"
            both = model.parameters[f"W_h{gate}"].value @ h[:H] + model.parameters[f"W_x{gate}"].value @ x[:D]
            np.testing.assert_allclose(array @ np.concatenate([h[:H], x[:D]]), both, rtol=1e-12)
    ar.conventions.load_weights(other, arrays, "concatenated")
    assert all((value.value == other.parameters[name].value).all() for name, value in model.parameters.items())


def test_on_the_command_line_and_in_pictures(capsys):
    assert main(["derive", "gru", "--notation", "concatenated"]) == 0
    assert "dW_z = Σ_t da_z,t [h_{t-1}, x_t]ᵀ" in capsys.readouterr().out
    assert main(["derive", "rnn", "--notation", "letters", "--wrt", "W_hh"]) == 0
    assert capsys.readouterr().out == "dW = Σ_t da_t h_{t-1}ᵀ\n"
    assert main(["derive", "lstm", "--notation", "concatenated", "--format", "markdown", "--learn-initial"]) == 0
    assert r"W_{f} \, [h_{t-1}, x_{t}]" in capsys.readouterr().out
    for cell in (ar.LSTM(D, H), ar.GRU(D, H)):
        captions = ["".join(map(str, text.parts)) for text in ar.draw(cell, notation="concatenated").figure.texts]
        assert any(re.search(r"W_\w = \[W_h\w, W_x\w\]", caption) for caption in captions), captions
    run = ar.Model(ar.LSTM(D, H), K).unroll(np.ones((2, D)), [0, 1])
    assert "=" in ar.draw(run, level="cell", notation="concatenated").svg()
    for options in ({}, dict(level="op"), dict(folded=True), dict(beside="unfolded")):
        with pytest.raises(ValueError, match="is of the inside of cells"):
            ar.draw(run, notation="concatenated", **options)


TURNED = [
    (
        ar.RNN(D, H),
        ["dW_yh = Sum(outer(ds[t], h[t]), t)", "dW_hx = Sum(outer(da[t], x[t]), t)", "dh[t] = W_yh.T @ ds[t] + W_hh.T @ da[t+1]"],
    ),
    (ar.LSTM(D, H), ["dW_ix = Sum(outer(da_i[t], x[t]), t)", "dW_fh = Sum(outer(da_f[t], h[t-1]), t)"]),
    (ar.Bidirectional(ar.RNN(D, H), ar.RNN(D, H)), ["dWf_hx = Sum(outer(daf[t], x[t]), t)", "dWb_yh = Sum(outer(ds[t], hb[t]), t)"]),
    (ar.Jordan(D, H, K), ["dW_yh = Sum(outer(da[t], s[t-1]), t)", "dW_hx = Sum(outer(da[t], x[t]), t)"]),  # whose own W_yh feeds back
]


@pytest.mark.parametrize(("net", "lines"), TURNED)
def test_check_reads_matrices_from_where_to_where_both_ways(net, lines):
    d = ar.derive(ar.Model(net, K))
    assert [str(d.check(line)).splitlines()[0] for line in lines] == ["equal"] * len(lines)
    assert not any(d.check(line.replace("Sum(", "2 * Sum(")).equal for line in lines[:2])


@pytest.mark.parametrize(("name", "style"), sampled([(name, style) for style in ("text", "latex", "ascii") for name in NETS], 12))
def test_check_reads_what_is_printed_with_one_matrix_a_gate(name, style, random_seed):
    model = ar.Model(NETS[name](random_seed), K)
    d = ar.derive(model)
    found = d.check(d.text(style, notation="concatenated"))
    assert found.equal, str(found)
    for equation in noted(d.equations, "concatenated", d.by_letter, d.halves):
        if any(isinstance(x, e.Column) for x in e.nodes(equation.right)) and equation.left.adjoint:
            line, (h, x) = show(equation, style), next(x.parts for x in e.nodes(equation.right) if isinstance(x, e.Column))
            assert d.check(line.replace(show(h, style), show(x, style) + "+" + show(h, style))).equal is False, line
            turned = line.replace(show(e.Column((h, x), ","), style), show(e.Column((x, h), ","), style))
            assert turned != line and d.check(turned).equal, turned
            assert not d.check(f"{line} + {line.partition('=')[2]}").equal, line


BOOKS = {
    "gru": (
        ar.GRU(D, H, bias=False),
        [r"z_t = \sigma(W_z \cdot [h_{t-1}, x_t])", "h̃_t = tanh(W [r_t * h_{t-1}, x_t])", r"\tilde{h}_t = \tanh(W_h [x_t, r_t * h_{t-1}])",
         "dW_r = Σ_t da_r,t [h_{t-1}, x_t]ᵀ", "dW += outer(da_n[t], [r[t] * h[t-1], x[t]])"],
        ["h̃_t = tanh(W [h_{t-1}, x_t])", "dW_r = Σ_t da_r,t [h_t, x_t]ᵀ", "dW_r = Σ_t da_z,t [h_{t-1}, x_t]ᵀ",
         "dW = Σ_t da_n,t [h_{t-1}, x_t]ᵀ",
         "dW_hr = Σ_t da_r,t [h_{t-1}, x_t]ᵀ", "z_t = σ(W_hz [h_{t-1}, x_t])"],
    ),
    "lstm": (
        ar.LSTM(D, H),
        [r"\tilde{C}_t = \tanh(W_C \cdot [h_{t-1}, x_t] + b_C)", "dW_c = Σ_t da_g,t [h_{t-1}, x_t]ᵀ", "db_c = Sum(da_g[t], t)",
         r"\frac{\partial L}{\partial W_f} = \sum_t da_{f,t} [h_{t-1}, x_t]^T", "W_f = [W_hf, W_xf]\nf_t = σ(W_f [h_{t-1}, x_t] + b_f)"],
        [r"\tilde{C}_t = \tanh(W_i \cdot [h_{t-1}, x_t] + b_C)", "dW_c = Σ_t da_i,t [h_{t-1}, x_t]ᵀ", "W_f = [W_hf, W_xf]",
         "W_f = [W_hf, W_xi]"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKS)
def test_check_reads_the_notes_own_lines(name):
    net, right, wrong = BOOKS[name]
    d = ar.derive(ar.Model(net, K))
    assert [line for line in right if not d.check(line).equal] == []
    assert [line for line in wrong if d.check(line).equal] == []
    if name == "gru":  # a name of one's own stays one's own
        assert d.check("W[t] = dh[t] * z[t]\nda_n[t] = W[t] * (1 - n[t]**2)").equal


ODD = (
    "W_xa W_ha W_xh W_hh W_ab W_ba A B U W V W_hy W_yh W_hidden W_in Wx Wh U_x W_x W_h d_W delta grad_x W_xi W_hi "
    "W_ih W_hx d dh lambda s p y"
).split()


def oddly_named(rng):
    """A cell of one or two gates whose matrices, biases and quantities have any names, those of another matrix too."""
    gates = rng.choice([1, 2])
    names = rng.sample([*ODD, *"TLt"], 3 * gates)
    inner = rng.sample([q for q in "a a_a a_i z s d dh delta grad_a u x_a W U c da i".split() if q not in names], gates)

    class Odd(ar.Cell):
        def shapes(self):
            return {name: ((H, D), (H, H), (H,))[k % 3] for k, name in enumerate(names)}

        def step(self, p, x, h):
            x_, h_, b = (names[k::3] for k in range(3))
            sums = [getattr(p, x_[k]) @ x + getattr(p, h_[k]) @ h + getattr(p, b[k]) for k in range(gates)]
            return {**dict(zip(inner, sums, strict=True)), "h": ar.tanh(sums[0]) * (ar.sigmoid(sums[1]) if gates == 2 else 1)}

    return Odd, names


@pytest.mark.parametrize("k", sampled(range(24), 24))
def test_a_letter_says_what_a_matrix_multiplies_whatever_it_is_called(k, random_seed):
    rng = random.Random(random_seed + k)
    cell, names = oddly_named(rng)
    d = ar.derive(ar.Model(cell(D, H, seed=k), K))
    parameters = [d.model.cell.parameter(name) for name in names]
    for name, letter in ((name, "UW"[at % 3]) for at, name in enumerate(parameters) if at % 3 < 2):
        assert d.by_letter.get(name, letter)[0] == letter, (name, names)
        assert d.halves.get(name, ("", letter))[1] == letter, (name, names)
    assert not {parameters[at] for at in range(2, len(names), 3)} & {*d.by_letter, *d.halves}
    for notation, style in (("letters", "text"), ("letters", "latex"), ("concatenated", "ascii")):
        for q in noted([*d.forward, *d.equations], notation, d.by_letter, d.halves):
            line = show(q._replace(where=""), style)
            if isinstance(q.right, e.Column) and q.left.time is None:
                continue  # what a matrix is made of is read beside what comes of it
            assert d.check(line).equal, (line, names)
            left, _, right = line.partition(" = ")
            assert right == "0" or not d.check(f"{left} = 2 {'*' * (style == 'ascii')} ({right})").equal, (line, names)
