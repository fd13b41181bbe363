"""Cells of the literature, written by a person: each derives, and what is derived is proven."""

import functools
import itertools
import random

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.gathering import gathered
from autograd_rnn.algebra.printing import show
from autograd_rnn.drawing.cell.inside import inside
from autograd_rnn.nets.equations import forward
from tests.oracles import literature
from tests.oracles.literature import CELLS, D, H
from tests.sampling import sampled
from tests.test_every_net import SHORT


def model_of(cell, seed=3):
    """A model of a cell whose parameters are all random, biases too."""
    model, rng = ar.Model(cell(D, H, seed=seed), output_size=3), np.random.default_rng(seed)
    for parameter in model.parameters.values():
        parameter.assign(rng.normal(size=parameter.shape) / 2)
    return model


@functools.cache
def derived(cell):
    """The equations of a cell's model."""
    return ar.derive(model_of(cell))


@pytest.mark.parametrize("cell", sampled(CELLS, 12), ids=lambda cell: cell.__name__)
def test_it_derives_and_is_proven(cell):
    derivation = derived(cell)
    proof = derivation.verify(steps=3)
    assert proof.ok, proof
    assert not proof.report.silent  # of Quiet, whose operation says no meaning, its forward says it
    for style in ("text", "ascii", "latex"):
        assert "Call(" not in derivation.text(style)
    assert all(len(str(derivation.formula(name).sympy())) > 5 for name in derivation.model.parameters)


WRITTEN = [ar.RNN, ar.LSTM, ar.GRU, *CELLS]


@pytest.mark.parametrize("cell", sampled(WRITTEN, 8), ids=lambda cell: cell.__name__)
def test_what_a_model_prints_is_what_is_derived_and_is_read_back(cell, random_seed):
    derivation, rng = derived(cell), random.Random(f"{random_seed} {cell.__name__}")
    for style in ("text", "latex"):
        shown = {show(equation, style) for equation in derivation.forward}
        assert set(derivation.model.cell.equations(style).splitlines()) <= shown
    net = rng.choice([net for net in SHORT if "own" not in net and not net.endswith(("one step", "one-to-one"))])
    if cell.__name__ not in (*FIXED, "Dale", "Concatenated"):  # of four units; one matrix on what is itself two columns
        derivation = ar.derive(SHORT[net](lambda size: cell(size, 3)))
    for style, notation in (("text", "names"), ("latex", "letters"), ("text", "concatenated")):
        lines = [line for line in derivation.model.equations(style, notation).splitlines() if line and line[0] not in "(%"]
        for line in (line for line in lines if not line.startswith("W") or "[" not in line):  # what a matrix is made of says no more
            verdict = derivation.check(line)
            assert verdict.equal or notation == "concatenated" and verdict.kind == "not decided", f"{net}: {line}\n{verdict}"


@pytest.mark.parametrize("cell", WRITTEN, ids=lambda cell: cell.__name__)
def test_what_a_tip_says_is_what_the_cell_prints(cell):
    """A part of the picture is a named quantity, with those written out that it holds inside."""
    cell = cell(D, H)
    equations = {equation.left: equation.right for equation in forward(cell)}
    tips = dict(mark.tip.split(" = ", 1) for mark in inside(cell).marks.values() if " = " in mark.tip)
    shown = {symbol for symbol in equations if show(symbol) in tips}

    def written_out(symbol):
        return e.transformed(equations[symbol], lambda x: gathered(written_out(x) if x in equations and x not in shown else x))

    assert cell.given in {symbol.name for symbol in shown}
    assert {show(symbol): show(written_out(symbol)) for symbol in shown} == tips


def test_there_are_enough():
    assert len(CELLS) >= 52


@pytest.mark.parametrize(
    "cell, name, equation",
    [
        ("CourseLSTM", "a", "da_t = [dc_t ⊙ g_t ⊙ i_t ⊙ (1 - i_t); dc_t ⊙ c_{t-1} ⊙ f_t ⊙ (1 - f_t); dh_t ⊙ tanh(c_t) ⊙ o_t ⊙ (1 - o_t); "
                            "dc_t ⊙ i_t ⊙ (1 - g_t²)]"),
        ("Reservoir", "h", "dh_t = W_hyᵀ ds_t + 0.7 dh_{t+1} + reservoirᵀ da_{t+1}"),
        ("SecondOrder", "g", "dg_t = V_hhᵀ da_{t+1}"),
        ("SecondOrder", "h", "dh_t = W_hyᵀ ds_t + dg_{t+1} + W_hhᵀ da_{t+1}"),
        ("Masked", "W_hh", "dW_hh = Σ_t da_t h_{t-1}ᵀ ⊙ mask"),
        ("Maxout", "u", "du_t = dh_t ⊙ (1 - h_t²) ⊙ heaviside(u_t - v_maxout,t)"),
        ("Squash", "a", "da_t = dh_t ⊙ squash'(a_t)"),
        ("Arctan", "a", "da_t = dh_t / (1 + a_t²)"),
        ("TransposedInput", "W", "dW = Σ_t x_t da_tᵀ"),
        ("FastRNN", "alpha", "dalpha = Σ_t sum(dh_t ⊙ tanh(a_t))"),
        ("Dale", "W_hh", "dW_hh = Σ_t (da_t h_{t-1}ᵀ) C_1ᵀ ⊙ sign(W_hh)"),
    ],
)  # fmt: skip
def test_it_reads_as_a_book_would_print_it(cell, name, equation):
    assert equation in str(derived(getattr(literature, cell)).formula(name)).splitlines()


@pytest.mark.parametrize("cell", sampled(CELLS, 50), ids=lambda cell: cell.__name__)
def test_its_own_equations_are_right_answers(cell, undiagnosed):
    derivation = derived(cell)
    for equation in derivation.equations:
        line = show(equation._replace(where=""), "ascii")
        assert derivation.check(line).equal, line
    left, right = show(derivation.formula("h")[0]._replace(where=""), "ascii").split(" = ", 1)
    assert not derivation.check(f"{left} = 2 * ({right})").equal


@pytest.mark.parametrize("cell", sampled(CELLS, 60), ids=lambda cell: cell.__name__)
def test_its_jacobian_is_a_right_answer_in_any_style(cell, random_seed):
    derivation = derived(cell)
    for k, equation in enumerate(derivation.jacobian()):
        line = show(equation, ("text", "ascii", "latex")[(random_seed + k) % 3])
        assert derivation.check(line).equal, line


@pytest.mark.parametrize("spelling", sampled(["{inverse} * a[t]", "a[t] / {n}", "1/{n} * a[t]", "a[t] * (1/{n})"], 2))
def test_what_a_kink_asks_of_is_divided_in_any_spelling(spelling, random_seed):
    n = 2 + random_seed % 11

    def step(p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=ar.minimum(ar.maximum(a / n + 0.5, 0), 1) * ar.tanh(a))

    derivation = ar.derive(model_of(small(step)))
    line = show(derivation.formula("a")[0], "ascii").replace(f"{1 / n:g} * a[t]", f"a[t] / {n}")
    said = line.replace(f"a[t] / {n}", spelling.format(n=n, inverse=1 / n))
    assert derivation.check(said).equal, said
    assert not derivation.check(said.replace("0.5", "0.25")).equal


@pytest.mark.parametrize("cell", sampled(CELLS, 24), ids=lambda cell: cell.__name__)
def test_it_draws_and_walks(cell):
    model = model_of(cell)
    for level in ("block", "cell", "op"):
        assert "<svg" in ar.draw(model, level=level, steps=2).svg()
    for level in ("recursion", "unrolled", "op"):
        assert all(str(step) for step in ar.step(model, steps=2, level=level))


@pytest.mark.parametrize("cell", sampled(CELLS, 12), ids=lambda cell: cell.__name__)
def test_every_form_is_there(cell):
    derivation = derived(cell)
    parameter = next(iter(derivation.model.parameters))
    assert str(derivation.unrolled(3)) and str(derivation.formula("h", form="truncated", chunk=2))
    forms = [
        lambda: derivation.jacobian(),
        lambda: derivation.bound(),
        lambda: derivation.formula(parameter, form="expanded", steps=2),
        lambda: derivation.forward_form(parameter),
        lambda: derivation.paths("L", "h_1", steps=2),
    ]
    assert all(str(form()) for form in forms)


WIRINGS = {
    "float32": lambda cell: ar.Model(cell(D, H, dtype="float32"), output_size=3),
    "squared error, mean": lambda cell: ar.Model(cell(D, H), output_size=3, loss="squared_error", reduction="mean"),
    "many-to-one, learned start": lambda cell: ar.Model(cell(D, H, learn_initial=True), output_size=3, task="many-to-one"),
    "stacked": lambda cell: ar.Model(ar.Stacked([cell(D, H), cell(H, H)]), output_size=3),
    "bidirectional": lambda cell: ar.Model(ar.Bidirectional(cell(D, H), cell(D, H, seed=2)), output_size=3),
    "encoder-decoder": lambda cell: ar.EncoderDecoder(cell(D, H), cell(3, H), output_size=3),
    "one unit": lambda cell: ar.Model(cell(1, 1), output_size=1),
}


WIRED = ["CourseLSTM", "LayerNormRNN", "FastRNN", "SecondOrder", "Antisymmetric", "GatedFeedback", "Squash"]


@pytest.mark.parametrize("name, wiring", sampled(itertools.product(WIRED, WIRINGS), 11))
def test_wired_in_any_way_it_is_proven(name, wiring):
    assert ar.derive(WIRINGS[wiring](getattr(literature, name))).verify(steps=3).ok


def small(step, states=("h",)):
    """A cell with W (H, D) and U (H, H) of this step."""
    shapes = lambda self: {"W": (self.hidden_size, self.input_size), "U": (self.hidden_size, self.hidden_size)}  # noqa: E731
    return type("Small", (ar.Cell,), {"states": states, "shapes": shapes, "step": lambda self, *given: step(*given)})


def divided(p, x, h):
    q = ar.exp(p.W @ x)
    return dict(q=q, h=p.U @ h / q)


def logged(p, x, h):
    q = ar.exp(p.W @ x) + 0.5
    return dict(q=q, h=h * ar.log(q))


def attended(p, x, h):
    q = p.W @ x
    return dict(q=q, h=h * ar.softmax(q) + h * ar.concatenate([x, x], -1))


@pytest.mark.parametrize("step", [divided, logged, attended], ids=lambda step: step.__name__)
def test_a_quantity_beyond_the_last_step_is_in_the_domain_of_what_is_done_to_it(step):
    """Its adjoint is zero there, and 0 / q is no division by zero, nor softmax(q) that of a number."""
    assert ar.derive(model_of(small(step))).verify(steps=3).ok


def used_twice(p, x, h):
    return dict(h=ar.tanh(p.U @ h + p.U @ h + p.W @ x))


def larger_of(p, x, h):
    return dict(h=ar.maximum(0.7 * (h * h), h) + p.W @ x)  # the two terms share the adjoint, one of them has h besides


@pytest.mark.parametrize("step, line", [
    (used_twice, "dU = Σ_t 2 (dh_t ⊙ (1 - h_t²)) h_{t-1}ᵀ"),
    (larger_of, None),
], ids=["a parameter", "a quantity"])  # fmt: skip
def test_what_is_used_twice_in_the_same_way_counts_twice(step, line):
    derivation = ar.derive(model_of(small(step)))
    assert derivation.verify(steps=3).ok
    assert line is None or line in str(derivation).splitlines()


@pytest.mark.parametrize("operation", sampled(["*", "/", "+", "-", "normed", "nested"], 4))
def test_a_parameter_repeated_within_a_matrix_is_summed_over_all_steps(operation, random_seed):
    """Its gradient sums a matrix's elements, which is a sum over the steps: of every shape that fits, in equations of any length."""
    random_ = np.random.default_rng([random_seed, len(operation), ord(operation[0])])
    how = {
        "*": lambda g, V: g * V,
        "/": lambda g, V: V / g,
        "+": lambda g, V: V + g,
        "-": lambda g, V: g - V,
        "normed": lambda g, V: g * V / ar.sqrt((V * V).sum() + g.sum() ** 2),
        "nested": lambda g, V: V * (g * (V.T * g + 1) - V),
    }[operation]
    for shape in [(1,), (1, 1), (H,), (H, 1), (1, H), (H, H)]:

        def step(self, p, x, h):
            return dict(h=ar.tanh(how(p.g, p.V) @ h + p.W @ x))

        shapes = lambda self, shape=shape: {"g": shape, "V": (H, H), "W": (H, D)}  # noqa: E731
        model = model_of(type("Repeated", (ar.Cell,), {"shapes": shapes, "step": step}), seed=int(random_.integers(1000)))
        assert ar.derive(model).verify(steps=int(random_.integers(1, 9))).ok, shape


@pytest.mark.parametrize(
    "cell",
    sampled([literature.Concatenated, literature.Maxout, literature.Squash, literature.QRNN, literature.IndRNN, literature.MUT1], 4),
    ids=lambda cell: cell.__name__,
)
def test_its_walk_takes_the_lines_that_it_writes(cell):
    """Products side by side before ⊙, [a; b], max for maximum, f'."""
    walk = ar.step(model_of(cell), steps=2)
    for level in ("recursion", "unrolled"):
        for one in walk.walk(level):
            walk.level, walk.number = level, one.number
            assert one.kind == "seed" or all(walk.check(line).equal for line in one.after.text.splitlines()), one


def product(draws, parameters):
    """A product of two to four matrices, some of them constant, some transposed or under a function."""
    fixed = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.5], [0.25, 0.0, 2.0]])
    ways = [lambda x: x, lambda x: x, lambda x: x.T, ar.abs, ar.tanh, ar.relu]
    chosen = [[draws.choice(ways)(draws.choice(parameters)), fixed] for _ in range(draws.choice([1, 2]))]
    factors = [one for pair in chosen for one in (pair if draws.random() < 0.5 else pair[::-1])]
    while len(factors) > 1:
        at = draws.randrange(len(factors) - 1)
        factors[at : at + 2] = [factors[at] @ factors[at + 1]]
    return factors[0]


def test_products_with_constant_matrices_are_read_to_the_end(random_seed):
    def step(self, p, x, h):
        a = p.W @ x + product(random.Random(random_seed), [p.U, p.V]) @ h
        return dict(a=a, h=ar.tanh(a))

    shapes = lambda self: {"W": (3, 2), "U": (3, 3), "V": (3, 3)}  # noqa: E731
    derivation = ar.derive(ar.Model(type("Chain", (ar.Cell,), {"shapes": shapes, "step": step})(2, 3), 2))
    assert "matmul" not in derivation.text("ascii") and derivation.verify(steps=2).ok
    assert all(derivation.check(line).equal for line in derivation.text("ascii").splitlines())


def test_what_large_terms_leave_that_cancel_is_no_mistake():
    """No loss hangs on m, which each gate is divided by: its adjoint is what rounding leaves."""
    proof = ar.derive(model_of(literature.SLSTM, seed=8)).verify(steps=5)
    assert proof.ok and proof.worst < 1e-12, proof


DIVIDING = {
    "a root": lambda a, q: ar.sqrt(1 + a * a),
    "an inverse": lambda a, q: 1 / (2 + ar.sin(a)),
    "a quotient": lambda a, q: a / (q * q + 1),
    "a length": lambda a, q: ar.sqrt(a * a + q * q + 1) / ar.sqrt(1 + q * q),
    "a logarithm": lambda a, q: ar.log(ar.exp(a) + q * q),
    "normed": lambda a, q: a / ar.sqrt((a * a).sum() + 1),
}


@pytest.mark.parametrize("function", sampled(DIVIDING, 6))
def test_a_line_that_divides_by_a_state_is_held_against_the_derivation(function, undiagnosed):
    """It asks for the state beyond the last step, beside an adjoint that is 0 there."""

    def step(p, x, h):
        a, q = p.U @ h, p.W @ x
        return dict(a=a, q=q, h=DIVIDING[function](a, q))

    derivation = ar.derive(model_of(small(step)))
    for line in (show(equation._replace(where=""), "ascii") for equation in derivation.equations):
        left, right = line.split(" = ", 1)
        assert derivation.check(line).equal, line
        assert right == "0" or derivation.check(f"{left} = 2 * ({right})").kind == "not equal"
    assert not derivation.check("dh[t] = dh[t] / (h[t] - h[t])").equal


def rooted(p, x, h):
    a = p.W @ x + p.U @ h
    return dict(a=a, h=a / ar.sqrt(1 + a * a))


def test_why_writes_an_operation_of_two_arguments():
    walk = ar.step(model_of(small(rooted)), steps=2)
    assert all(str(walk.why(step)) for step in walk)


def test_what_is_stacked_of_parts_and_cut_into_others_is_read_back(random_seed):
    """A product of rotations: their angles are halves of a state, which nothing else says."""

    class Rotations(ar.Cell):
        def shapes(self):
            return {"φ": (2,), "θ": (2,), "W": (4, 3)}

        def step(self, p, x, h):
            def turned(h, angle):
                a, b, c, s = h[:2], h[2:], ar.cos(angle), ar.sin(angle)
                return ar.concatenate([c * a - s * b, s * a + c * b])

            r = turned(h, p.φ)[np.roll(np.arange(4), 1 + random_seed % 3)]
            return dict(r=r, h=ar.tanh(turned(r, p.θ) + p.W @ x))

    derivation = ar.derive(ar.Model(Rotations(3, 4), output_size=3))
    assert derivation.verify(steps=2).ok
    line = show(derivation.equations[-1], "ascii")
    assert line.startswith("dh[0] = ") and derivation.check(line).equal, line


REDUCING = {name: getattr(ar, name) for name in ("max", "min", "prod", "sum", "mean", "std", "norm", "logsumexp")}


@pytest.mark.parametrize("function, axis, keepdims", sampled(itertools.product(REDUCING, (0, 1), (False, True)), 11))
def test_what_each_row_or_column_is_taken_to_is_read_back_in_any_style(function, axis, keepdims):
    def step(p, x, h):
        a = (p.W @ x + p.U @ h).reshape((2, -1) if axis == 0 else (-1, 2))
        return dict(a=a, h=ar.tanh(ar.concatenate([REDUCING[function](a, axis=axis, keepdims=keepdims).reshape(-1)] * 2)))

    derivation = ar.derive(model_of(small(step)))
    assert derivation.verify(steps=2).ok
    for style in ("text", "ascii", "latex"):
        line = show(derivation.formula("a")[0]._replace(where=""), style)
        assert derivation.check(line).equal, line


FIXED = ["Reservoir", "QRNN", "Masked", "Rotation", "TimeGate", "Matrices"]  # whose constants are of four units
ONE_UNIT = [cell for cell in CELLS if cell.__name__ not in (*FIXED, "Squash", "VarianceRNN", "Stacked", "Dale")]


@pytest.mark.parametrize("cell", sampled(ONE_UNIT, 16), ids=lambda cell: cell.__name__)
def test_with_one_unit_and_one_input_its_lines_have_shapes_that_fit(cell):
    derivation = ar.derive(ar.Model(cell(1, 1, seed=3), output_size=1))
    for equation in (*derivation.forward, *derivation.equations):
        assert derivation.check(show(equation._replace(where=""), "ascii")).equal, show(equation, "ascii")


def scaled(p, x, h, v):
    a = p.W @ x + p.U @ h
    v = 0.5 * v + 0.5 * a * a
    return dict(v=v, h=a / ar.sqrt(v + 0.1))


def logarithmic(p, x, h, v):
    v = 0.5 * v + ar.exp(p.W @ x)
    return dict(v=v, h=ar.tanh(p.U @ h) * ar.log(1 + v))


@pytest.mark.parametrize("step", [scaled, logarithmic], ids=lambda step: step.__name__)
def test_a_state_that_is_never_below_0_is_none_in_a_random_run_either(step, random_seed):
    model = model_of(small(step, ("h", "v")), seed=random_seed % 1000)
    derivation = ar.derive(model)
    assert derivation.verify(steps=3).ok
    assert all(derivation.check(show(equation._replace(where=""), "ascii")).equal for equation in derivation.equations)
    assert all(str(one) for one in ar.step(model, steps=2))


def test_a_factor_with_a_functions_name_is_no_remark():
    derivation = derived(literature.CoRNN)
    assert derivation.check("da_t = 0.042 dz_t ⊙ (1 - tanh(a_t)²)").equal
    assert not derivation.check("da_t = 0.042 dz_t ⊙ (1 - tanh(a_t)²) (1 - tanh(a_t)²)").equal
