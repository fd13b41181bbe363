"""What an instructor is told of gradients that nobody has derived: each way of having them is seen, and no honest work is."""

import pytest

from autograd_rnn import grader
from autograd_rnn.grader import integrity
from autograd_rnn.grader.spec import find
from autograd_rnn.grader.submission import read
from tests.planted import apart, table

BOOK = table.source_of("book")
START = BOOK.index("def rnn_step_backward")
END = BOOK.index("def rnn_forward")
STEP = """
def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    given, gradients = [x, prev_h, Wx, Wh, BIAS], []
    for k, array in enumerate(given):
        gradient = np.zeros(array.shape)
        for at in np.ndindex(*array.shape):
            moved = [a.astype(complex) if {complex} else a.copy() for a in given]
            moved[k][at] += {step}
            gradient[at] = {difference}
        gradients.append(gradient)
    return tuple(gradients)

"""
DIFFERENCE = "((({f})(*moved)[0] - next_h) * dnext_h).sum() / 1e-6"
EXACT = "(np.imag(({f})(*moved)) / 1e-30 * dnext_h).sum()"


def numerical(f, complex_step=False):
    """A backward pass of a step by differences, or by a complex step, of a function."""
    difference = (EXACT if complex_step else DIFFERENCE).format(f=f)
    filled = STEP.format(complex=complex_step, step="1e-30j" if complex_step else "1e-6", difference=difference)
    return BOOK[:START] + filled + BOOK[END:]


CELL = "def cell(x, prev_h, Wx, Wh, b):\n    return np.tanh(x @ Wx + prev_h @ Wh + b)\n\n\n"
TAPE = """
class Dual:
    def __init__(self, value):
        self.value = value

    def __mul__(self, other):
        return Dual(self.value * other)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = (Dual(dnext_h) * (1 - next_h**2)).value
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


"""
CHEATS = {
    "called": (numerical("rnn_step_forward"), "calls rnn_step_forward"),
    "another name": (numerical("step") + "\nstep = rnn_step_forward\n", "calls rnn_step_forward"),
    "by its text": (numerical('globals()["rnn_step_forward"]'), "calls rnn_step_forward"),
    "in a table": (numerical('TABLE["f"]') + '\nTABLE = {"f": rnn_step_forward}\n', "calls rnn_step_forward"),
    "through a helper": (numerical("helper") + "\n\ndef helper(*given):\n    return rnn_step_forward(*given)\n", "calls rnn_step_forward"),
    "in the cache": (numerical("cache[-1]").replace("Wh, next_h)\n", "Wh, next_h, rnn_step_forward)\n", 1), "uses itself"),
    "a complex step": (CELL + numerical("cell", True), "complex"),
    "arithmetic of its own": (BOOK[:START] + TAPE + BOOK[END:], "arithmetic of class Dual"),
    "a library by its text": (BOOK.replace("    da = dnext_h *", '    __import__("torch")\n    da = dnext_h *', 1), "torch"),
    "a library": (BOOK.replace("    da = dnext_h *", "    import jax\n    da = dnext_h *", 1), "jax"),
}  # fmt: skip


def noted(source, assignment, tmp_path):
    (tmp_path / "work.py").write_text(source)
    found = read(tmp_path / "work.py")
    return integrity.notes(found.tree, found.imports, [*find(assignment).functions])


@pytest.mark.parametrize("name", CHEATS)
def test_each_way_of_having_gradients_without_deriving_them_is_seen(name, tmp_path):
    source, words = CHEATS[name]
    found = noted(source, "cs231n-rnn", tmp_path)
    assert any(words in line for line in found), found


@pytest.mark.parametrize("style", [*apart.ASSIGNMENTS, "cells"])
def test_nothing_is_said_of_honest_work(style, tmp_path):
    assignment = {**apart.ASSIGNMENTS, **table.ASSIGNMENTS}[style]
    assert noted(apart.source_of(style), assignment, tmp_path) == []


def test_a_method_that_calls_the_forward_pass_of_its_object_is_seen(tmp_path):
    wrong = apart.source_of("cells").replace("        N = len(x)\n", "        N = len(x)\n        self.forward(x, prev_h)\n", 1)
    assert noted(wrong, "cmu-rnn", tmp_path) == ["RNNCell.backward calls RNNCell.forward: perhaps it takes differences"]


def test_a_loss_function_that_takes_differences_is_seen(tmp_path, random_seed):
    source = apart.source_of("character").replace("def lossFun", "def loss_of", 1)
    source += """

def lossFun(inputs, targets, hprev):
    found = []
    for array in (Wxh, Whh, Why, bh, by):
        gradient = np.zeros_like(array)
        for at in np.ndindex(*array.shape):
            ends = []
            for step in (2e-4, 1e-4, -1e-4, -2e-4):
                array[at] += step
                ends.append(loss_of(inputs, targets, hprev)[0])
                array[at] -= step
            gradient[at] = (8 * (ends[1] - ends[2]) - (ends[0] - ends[3])) / 12e-4
        found.append(np.clip(gradient, -5, 5))
    whole = loss_of(inputs, targets, hprev)
    return whole[0], *found, whole[-1]
"""
    (tmp_path / "derived.py").write_text(apart.source_of("character"))
    assert not grader.grade("min-char-rnn", tmp_path / "derived.py", random_seed).integrity
    (tmp_path / "work.py").write_text(source)
    reports = (grader.grade("min-char-rnn", tmp_path / "work.py", random_seed + k) for k in range(9))
    report = next(report for report in reports if report.full)  # where scores are far apart, differences are far from the derivative
    assert len(report.integrity) == 1 and "perhaps it takes differences" in report.integrity[0], report.integrity
