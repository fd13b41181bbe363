"""What an instructor prints, held against what is derived: right numbers pass, wrong ones are told with the mistake that gives them."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from autograd_rnn import grader
from autograd_rnn.cli import main
from autograd_rnn.grader.expected import _as_printed, checked, read
from autograd_rnn.grader.spec import find
from tests.planted import apart
from tests.sampling import sampled

PARAMETERS = ("Wf", "bf", "Wi", "bi", "Wc", "bc", "Wo", "bo", "Wy", "by")


def printed(source, seed, T=4):
    """The numbers that a notebook would print of lstm_backward: seeds, arrays drawn one after the other, a few elements."""
    space = {}
    exec(source, space)
    shapes = {"x": (3, 5, T), "a0": (2, 5)}
    shapes |= {name: (2, 1) if name[0] == "b" else (2, 2 if name == "Wy" else 5) for name in PARAMETERS} | {"da": (2, 5, T)}
    rng = np.random.RandomState(seed)
    arrays = {name: rng.randn(*shape) for name, shape in shapes.items()}
    _, _, _, caches = space["lstm_forward"](arrays["x"], arrays["a0"], {name: arrays[name] for name in PARAMETERS})
    found = space["lstm_backward"](arrays["da"], caches)
    values = {"dx[1][2]": found["dx"][1][2].round(8).tolist(), "da0[1][0]": round(float(found["da0"][1][0]), 8)}
    values |= {f"{name}[0][0]": float(f"{found[name][0][0]:.6g}") for name in ("dWf", "dWi", "dWc", "dWo", "dbf")}
    draws = ", ".join(f"{name}{shape}" for name, shape in shapes.items())
    lines = "\n".join(f"{json.dumps(name)} = {value}" for name, value in values.items())
    return f'[[expected]]\nfunction = "lstm_backward"\nseed = {seed}\ndraws = "{draws}"\n[expected.values]\n{lines}\n'


WRONG = {
    ("da[:, :, t] + da_prevt, dc_prevt", "da[:, :, t], 0 * dc_prevt"): "what flows back through time is missing",
    ("dc_prevt, caches[t]", "0 * dc_prevt, caches[t]"): "`dc[t+1] * f[t+1]`",
}


def held(text, tmp_path, assignment):
    """Numbers as a file has them, checked."""
    (tmp_path / "numbers.toml").write_text(text)
    (found,) = map(checked, read(tmp_path / "numbers.toml", grader.Grader(assignment, 1).cases))
    return found


def test_right_numbers_are_right_and_wrong_ones_are_told_with_their_mistake(tmp_path, random_seed):
    source = apart.source_of("notebook")
    right = held(printed(source, random_seed), tmp_path, "dlai-rnn")
    assert right.ok and str(right) == "lstm_backward: all 7 expected numbers are right"
    (old, new), words = random.Random(random_seed).choice(list(WRONG.items()))
    wrong = held(printed(source.replace(old, new), random_seed), tmp_path, "dlai-rnn")
    assert not wrong.ok and any(words in sentence for sentence in wrong.mistakes[:3]), wrong
    assert "lstm_backward: da0[1][0] is not" in str(wrong) and "what gives these numbers" in str(wrong)


def test_the_numbers_that_the_docs_show_are_right_and_changed_they_are_wrong(tmp_path):
    docs = (Path(__file__).parent.parent / "docs" / "grading.md").read_text(encoding="utf-8")
    text = docs.partition("```toml expected\n")[2].partition("```")[0]
    assert held(text, tmp_path, "cs231n-rnn").ok
    wrong = held(text.replace("-0.090193", "-2.073344"), tmp_path, "cs231n-rnn")
    assert any("the derivative of the activation is missing" in mistake for mistake in wrong.mistakes), wrong


def test_a_wrong_number_that_no_mistake_gives_is_told_alone(tmp_path):
    noise = held(STEP, tmp_path, "cs231n-rnn")
    assert list(noise.wrong) == ["db[0]"] and str(noise).endswith("rnn_step_backward: no known mistake gives them")


STEP = """[[expected]]
function = "rnn_step_backward"
seed = 231
draws = "x(3, 4), prev_h(3, 5), Wx(4, 5), Wh(5, 5), b(5), dnext_h(3, 5)"
[expected.values]
"db[0]" = 0.5
"""
BAD = {
    "function is one of": ('"rnn_step_backward"', '"nobody"'),
    "there is no key 'sed' here": ("seed =", "sed ="),
    "there is no Wx: it is drawn or given": (" Wx(4, 5),", ""),
    "Wh has shape (5, 4), (5, 5) is needed": ("Wh(5, 5)", "Wh(5, 4)"),
    "draws are names with shapes": ("x(3, 4)", "x[3, 4]"),
    "returns no 'dW'": ('"db[0]"', '"dW"'),
    "'db[9]' is not there": ('"db[0]"', '"db[9]"'),
    "is no TOML": ("[[expected]]", "[[expected"),
    "values are the printed numbers": ('"db[0]" = 0.5\n', ""),
    "x has shape (3,), 2 axes are needed": ("x(3, 4)", "x(3)"),
    "seed is a whole number": ("231", "-1"),
    "more than a million numbers": ("x(3, 4)", "x(3000, 4000)"),
}


@pytest.mark.parametrize("words", sampled(BAD, 3))
def test_a_mistake_in_a_file_of_expected_numbers_is_a_sentence(words, tmp_path, capsys):
    (tmp_path / "e.toml").write_text(STEP.replace(*BAD[words]))
    assert main(["audit", "cs231n-rnn", "--expected", str(tmp_path / "e.toml")]) == 2
    told = capsys.readouterr().err
    assert words in told and "Traceback" not in told and told.count("\n") == 1


def test_a_number_is_right_to_as_many_decimals_as_are_written():
    assert _as_printed(0.33, 1 / 3) and not _as_printed(0.3334, 1 / 3) and _as_printed(1e-07, 1.04e-7) and not _as_printed(2e-07, 1e-7)
    assert _as_printed([1, 2], np.array([1.2, 1.9])) and not _as_printed([1, 2], np.array([[1.0, 2.0]]))


@pytest.mark.sweep
def test_a_loss_function_is_rated(random_seed):
    found = grader.audit("min-char-rnn", seed=random_seed, progress=False)
    assert found.ok and found.tried["lossFun"] > 300, str(found)


def test_words_are_rated(random_seed):
    spec = find("cs231n-rnn")
    words = tuple(f for f in spec.functions if "embedding" in f.name)
    assert grader.audit(spec._replace(functions=words), seed=random_seed, progress=False).ok
    once = spec._replace(functions=words, sizes={**spec.sizes, "N": (1, 1), "T": (1, 1)})  # no word occurs twice
    (first, *_) = grader.audit(once, seed=random_seed, progress=False).unseen
    assert first.function == "word_embedding_backward" and first.equation == "dW" and first.sizes
