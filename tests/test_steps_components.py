"""The component level read back as arithmetic: each line's text, with the tape's numbers in it, is what the tape has."""

import functools
import itertools
import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.steps.asking.proofs import lines_of
from tests.sampling import sampled
from tests.test_steps import NETS, given, walked


def named(sweep):
    """{a symbol's keyboard text: its array}, values and adjoints."""
    from autograd_rnn.algebra.printing import show

    found = {}
    for node, symbol in sweep.names.symbols.items():
        found[show(symbol, "ascii")] = node.value
        if node in sweep.adjoints:
            found[show(symbol._replace(adjoint=True), "ascii")] = sweep.adjoints[node]
    return found


def component(text, arrays):
    """A component's array and index letters: ``dh[2][i]`` is (array of dh[2], ["i"])."""
    if text in arrays:
        return arrays[text], []
    name, _, inside = text.rpartition("[")
    return arrays[name], inside.rstrip("]").split(",")


def evaluated(text, arrays, bound):
    """An expression's number with its letters bound; sums run over what their letters can be."""
    found = re.fullmatch(r"Sum_([a-z]+) (.*)", text)
    if found:
        spans = [letter_span(letter, found[2], arrays) for letter in found[1]]
        places = itertools.product(*map(range, spans))
        return sum(evaluated(found[2], arrays, {**bound, **dict(zip(found[1], place, strict=True))}) for place in places)

    def number(match):
        if match[0] in ("exp", "tanh"):
            return match[0]
        array, letters = component(match[0], arrays)
        index = tuple(int(letter) if letter.isdigit() else bound[letter] for letter in letters)
        return f"({float(array[index])!r})"

    plain = re.sub(r"[A-Za-z]\w*(?:\[\d+\])?(?:\[[a-z0-9,]+\])?", number, text)
    return eval(plain, {"__builtins__": {}, "exp": np.exp, "tanh": np.tanh})


def letter_span(letter, text, arrays):
    """How far a letter counts: the length of an axis that it stands on."""
    for found in re.findall(r"[A-Za-z]\w*(?:\[\d+\])?\[[a-z0-9,]+\]", text):
        array, letters = component(found, arrays)
        if letter in letters:
            return array.shape[letters.index(letter)]
    raise AssertionError(f"{letter} stands nowhere in {text}")


def readable(event):
    op = event.user.op.name
    return op in ("linear", "matmul", "sum", "_stack", "tanh", "sigmoid", "multiply", "add", "subtract", "negative", "square", "exp")


@functools.cache
def events(name):
    s = ar.step(given(batch=True, cell=ar.GRU(2, 3))) if name == "batch" else walked(name, None)
    return s.subject.sweep, [event for event in s.subject.sweep.events if event.kind == "vjp" and readable(event)]


CASES = ["batch", "rnn", "jordan", "peephole", "gru", "gru after", "stacked", "coupled"]


@pytest.mark.parametrize("name", CASES)
def test_what_is_left_of_the_sum_is_the_vjp(name):
    sweep, found = events(name)
    arrays = named(sweep)
    for event in found:
        left, _, right = re.split(r" (\+?=) ", lines_of(sweep, event)[3].ascii)
        target, letters = component(left, arrays)
        for place in np.ndindex(target.shape):
            value = evaluated(right, arrays, dict(zip(letters, place, strict=True)))
            np.testing.assert_allclose(value, event.value[place], rtol=1e-12, atol=1e-15)
    assert len(found) > 20


@pytest.mark.parametrize("name", CASES)
def test_the_local_jacobian_is_that_of_the_operation(name):
    sweep, found = events(name)
    arrays = named(sweep)
    for event in found:
        line = lines_of(sweep, event)[1].ascii
        above, below, right, when = re.fullmatch(r"d\((.+?)\)/d\((.+?)\) = (.*?)(?: if (.*), else 0)?", line).groups()
        (_, ys), (_, xs) = component(above, arrays), component(below, arrays)
        given_values = [x.value if isinstance(x, ar.Tensor) else x for x in event.user.inputs]
        for place in np.ndindex(event.node.shape):
            moved = event.node.value.astype(complex)
            moved[place] += 1e-30j
            again = [moved if k == event.position else x for k, x in enumerate(given_values)]
            column = np.imag(event.user.op.forward(*again, **event.user.options or {})) / 1e-30
            for at in np.ndindex(event.user.shape):
                bound = dict(zip(ys, at, strict=True)) | dict(zip(xs, place, strict=True))
                conditions = [condition.split(" = ") for condition in when.split(", ")] if when else []
                meets = all(bound[a] == (int(b) if b.isdigit() else bound[b]) for a, b in conditions)
                expected = evaluated(right, arrays, bound) if meets else 0.0
                np.testing.assert_allclose(column[at], expected, rtol=1e-12, atol=1e-15, err_msg=line)


def test_the_lines_of_a_transpose_and_of_a_diagonal():
    s = walked("rnn", None)
    found = [event for event in s.subject.sweep.events if event.kind == "vjp" and event.user.step == 4]
    texts = {event.node.name: lines_of(s.subject.sweep, event) for event in found}
    assert [line.text for line in texts["h_4"]] == [
        "s_4[i] = Σ_j W_hy[i,j] h_4[j] + …", "∂s_4[i]/∂h_4[p] = W_hy[i,p]", "dh_4[p] = Σ_i ds_4[i] ∂s_4[i]/∂h_4[p]",
        "dh_4[j] = Σ_i ds_4[i] W_hy[i,j]",
    ]  # fmt: skip
    assert texts["a_4"][1].text == "∂h_4[i]/∂a_4[p] = 1 - h_4[i]² if i = p, else 0"
    assert texts["W_hh"][3].text == "dW_hh[i,j] += da_4[i] h_3[j]" and texts["b_h"][1].text == "∂a_4[i]/∂b_h[p] = 1 if i = p, else 0"
    assert texts["s_4"][1].text == "∂L_4/∂s_4[j] = softmax(s_4)[j] - 1[j = y_4]"
    latex = r"\left[\mathrm{d}h_{4}\right]_{j} = \sum_{i} \left[\mathrm{d}s_{4}\right]_{i} \, \left[W_{hy}\right]_{i,j}"
    assert texts["h_4"][3].latex == latex


def test_a_number_that_was_repeated_collects_from_its_copies():
    a, v = ar.tensor(2.0, name="a"), ar.tensor([1.0, 3.0], name="v")
    s = ar.step((a * v).sum(), level="component")
    line = [step for step in s.walk() if step.node == "a"][3]
    assert line.after.text == "da = Σ_i dv_2[i] v[i]" and line.values.text == "da = 4"


@pytest.mark.parametrize("name", sampled(NETS, 4))
def test_every_vjp_has_four_lines_and_ends_with_its_first_number(name):
    s = walked(name, None)
    walk = s.walk("component")
    for number, inside in walk.children.items():
        kinds = [walk.lines[k - 1].kind for k in inside]
        op = s.walk("op").step(number)
        assert kinds == ["forward", "local Jacobian", "vjp", "substitute"] if op.kind == "vjp" else len(kinds) == 1
        last = walk.step(inside[-1])
        first = float(np.ravel(next(iter(op.numbers.values())))[0])
        assert float(last.values.text.split("= ")[-1]) == pytest.approx(first, rel=1e-3, abs=1e-12)


def test_an_input_that_stands_twice_has_a_derivative_by_each_place():
    a = ar.tensor(3.0, name="a")
    s = ar.step(a + a, level="component")
    assert s.walk()[1].after.text == "∂v_1/∂a = 1   (by this place alone)"
    assert r"\text{(by this place alone)}" in s.walk()[5].after.latex
