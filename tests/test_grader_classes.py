"""Classes that are handed in: objects made of sizes, weights as attributes, gradients beside them, and classes of other years."""

import importlib

import numpy as np
import pytest

from autograd_rnn import grader
from tests.planted.cells import BASE, sources

SOURCES = sources()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grades a text as a submission: ``graded(text)`` gives its items by name."""
    folder = tmp_path_factory.mktemp("handed-in")
    with grader.Grader("cmu-rnn", seed=11) as one:

        def grade(text):
            (folder / "rnn.py").write_text(text)
            return {item.name: item for item in one.grade(folder / "rnn.py").items}

        yield grade


def changed(old, new, text=BASE):
    assert old in text, old
    return text.replace(old, new, 1)


@pytest.mark.parametrize("style", SOURCES)
def test_a_right_class_has_all_points_however_it_is_written(style, graded):
    items = graded(SOURCES[style])
    assert list(items) == ["RNNCell.forward", "RNNCell.backward", "GRUCell.forward", "GRUCell.backward"]
    assert all(item.verdict == "correct" and item.score == item.max_score for item in items.values()), items


WRONG = {  # what is written, in place of what: in which item it shows, by which verdict, what is said
    "not divided by N": ("h_prev_l / batch_size", "h_prev_l", "RNNCell.backward", "correct in another convention", "N times too large"),
    "assigned": ("self.dW_hh += ", "self.dW_hh = ", "RNNCell.backward", "wrong", "gradients add up over the calls of backward, `+=`"),
    "no derivative": (
        "dz = self.activation.backward(delta, state=h_t)", "dz = delta", "RNNCell.backward", "wrong", "the derivative of the activation"),
    "no class": ("class GRUCell", "class Gru", "GRUCell.forward", "missing", "there is no class GRUCell"),
    "no method": ("    def backward(self, delta):", "    def back(self, delta):", "GRUCell.backward", "missing", "has no method backward"),
    "no attribute": ("self.W_hh =", "self.Whh =", "RNNCell.forward", "missing", "an object of RNNCell has no attribute W_hh"),
    "no gradient": ("self.dWnx = np.outer(dan, self.x)", "del self.dWnx", "GRUCell.backward", "not implemented", "dWnx is None"),
    "a constructor that fails": ("self.x_t = 0", "1 / 0", "GRUCell.forward", "crashed", "line 62: ZeroDivisionError"),
    "no method written": ("h_t = self.activation(", "return None\n        h_t = (", "RNNCell.forward", "not implemented", "returns None"),
    "two values": ("return dx, dh_prev_t", "return dx", "RNNCell.backward", "wrong shape", "needed are 2: dx, dh_prev_t"),
    "a shape": ("return dx, dh_prev_t", "return dx.T, dh_prev_t", "RNNCell.backward", "correct in another convention", "transposed"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_in_a_class_is_said(what, graded):
    old, new, name, word, sentence = WRONG[what]
    item = graded(changed(old, new))[name]
    told = item.message + (item.diagnosis.sentence if item.diagnosis else "")
    assert item.verdict == word and item.score < item.max_score and sentence in told, item


def test_a_class_of_another_year_with_a_mistake_is_read_as_that_years(graded):
    for style in ("of 2020", "of 2019"):
        old = "self.r * (1 - self.r)" if style == "of 2020" else "back * h * self.r_act.derivative()"
        item = graded(changed(old, "self.r" if style == "of 2020" else "back * h", SOURCES[style]))["GRUCell.backward"]
        assert item.verdict == "wrong" and "1 - r[t]" in item.diagnosis.sentence, item


def test_a_class_is_checked_in_ones_own_session(tmp_path, monkeypatch):
    (tmp_path / "my_cells.py").write_text(SOURCES["own activations"])
    monkeypatch.syspath_prepend(tmp_path)
    mine = importlib.import_module("my_cells")
    for kind in (mine.RNNCell, mine.GRUCell):
        report = grader.check("cmu-rnn", kind)
        assert report.full and len(report.items) == 2 and report.submission == "my_cells.py", report
        assert grader.check("cmu-rnn", kind.backward).full


def test_one_class_alone_is_graded(tmp_path):
    (tmp_path / "a.py").write_text(BASE)
    report = grader.grade("cmu-rnn", tmp_path / "a.py", 3, ["GRUCell"])
    assert [item.name for item in report.items] == ["GRUCell.forward", "GRUCell.backward"] and report.full
    with pytest.raises(ValueError, match="asks for no function"):
        grader.grade("cmu-rnn", tmp_path / "a.py", 3, ["GRUCell.forward of 2020"])


def test_every_gradient_of_a_class_is_the_mean_over_the_batch():
    from autograd_rnn.grader.cases import Cases
    from autograd_rnn.grader.spec import find

    spec = find("cmu-rnn")
    case = Cases(spec, 5).of(spec.functions[0])[0]
    c, rng = case.computation, np.random.default_rng(1)
    for name, gradient in case.gradients.items():
        way = rng.normal(size=gradient.shape)
        near = [c.forward({**case.given, name: case.given[name] + k * 1e-6 * way})["h_t"] for k in (-1, 1)]
        slope = ((near[1] - near[0]) * case.upstream["h_t"]).sum() / 2e-6
        assert np.isclose((gradient * way).sum(), slope / (c.sizes["N"] if name in c.weights else 1), rtol=1e-6, atol=1e-8), name


def test_a_class_of_people_has_a_column_for_each_method_that_is_asked_for(tmp_path):
    (tmp_path / "work").mkdir()
    for name, style in (("ada", "of 2019"), ("bob", "of 2020")):
        (tmp_path / "work" / f"{name}.py").write_text(SOURCES[style])
    grader.grade_all("cmu-rnn", tmp_path / "work", tmp_path / "out", seed=1, jobs=1)
    first, *rows = (tmp_path / "out" / "grades.csv").read_text().splitlines()
    assert first.count("points") == 4 and "2019" not in first and len(rows) == 2 and all(",35.0,35.0," in row for row in rows), first
