"""Junk for every public name: a result or one sentence of ours, no warning, no output, and never long."""

import io
import os
import random
import signal
import sys
import zlib

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.steps.showing.terminal import Piped
from tests.junk import ENTRIES, SMALL, WORK, Endless, EndlessOfThree, arguments, complaint, model, own_cell, run, shown

QUICK, SWEEP, FIXED = 1, 25, 51  # calls of each name; a seed
SLOW = {"grader.isolation_here": 6, "grader.audit": 10, "picture.png": 10}  # of which most calls start a process or draw


class TooLong(BaseException):
    """A call is stopped that would keep the whole suite waiting."""


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """In a folder of its own with a saved model, little memory allowed, and no call that goes on for ever."""
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    monkeypatch.setenv("AUTOGRAD_RNN_MEMORY", "0.2")
    model().save("model.npz")
    (tmp_path / "inner" / "class").mkdir()
    for name, text in {"small.toml": SMALL, "work.py": WORK, "class/ada.py": WORK}.items():
        (tmp_path / "inner" / name).write_text(text, encoding="utf-8")
    if not hasattr(signal, "setitimer"):
        yield
        return
    kinds = {signal.SIGPROF: "not done in ten seconds of the processor", signal.SIGALRM: "waits"}
    before = {kind: signal.signal(kind, lambda kind, _: (_ for _ in ()).throw(TooLong(kinds[kind]))) for kind in kinds}
    yield
    timed(0, 0)
    for kind, handler in before.items():
        signal.signal(kind, handler)


def timed(work, wait):
    """Stop in so many seconds of the processor, which other programs do not make longer, or of waiting."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, work)
        signal.setitimer(signal.ITIMER_REAL, wait)


def attack(name, seed, count):
    """What is wrong with calls of one name, each told with its arguments."""
    found = []
    for k in range(count):
        rng = random.Random(f"{seed} {name} {k}")
        function = ENTRIES[name]()
        positional, named = arguments(rng, function)
        told = ", ".join([*map(shown, positional), *(f"{key}={shown(value)}" for key, value in named.items())])
        timed(10, 300)
        if wrong := complaint(lambda: function(*positional, **named)):
            found.append(f"{name}({told}): {wrong}")
    return found


@pytest.mark.parametrize("part", range(4))
def test_junk_is_told_in_one_sentence(part, capfd):
    """The same calls each time, so that what breaks is what was changed; the sweep has fresh ones."""
    found = [wrong for name in sorted(ENTRIES) if zlib.crc32(name.encode()) % 4 == part for wrong in attack(name, FIXED, QUICK)]
    assert found == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.sweep
@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_much_junk_is_told_in_one_sentence(name, random_seed, capfd):
    found = attack(name, random_seed, SLOW.get(name, SWEEP))
    assert not found, "\n".join(found)
    assert capfd.readouterr() == ("", "")


def test_the_judge_sees_what_is_not_ours():
    assert complaint(lambda: None) == "" and complaint(lambda: ar.tanh("x")) == ""
    assert "raw AttributeError" in complaint(lambda: sys.nothing)
    assert "raw TypeError" in complaint(lambda: np.tanh("x"))
    assert "OverflowError" in complaint(lambda: float(10**5000))


def test_what_is_quoted_is_short_and_can_be_seen():
    from autograd_rnn.visible import shown

    for value in ("a\nb\x1b[2J" * 1000, [1] * 10**5, np.ones((50, 50)), 10**5000, "\ud800", object(), io.StringIO):
        assert len(shown(value)) <= 80 and shown(value).isprintable()
    assert os.sep not in shown("x")


PAIR = (np.ones((3, 2)), [0, 1, 0])
WITHOUT_END = {
    "sequences": lambda: ar.fit(model(), Endless(PAIR)),
    "sequences one by one": lambda: ar.fit(model(), iter(Endless(PAIR))),
    "sequences that say three": lambda: ar.fit(model(), EndlessOfThree(PAIR)),
    "a range": lambda: ar.fit(model(), range(10**30)),
    "labels": lambda: ar.draw(model(), labels=Endless("h")),
    "targets": lambda: ar.draw(model(), targets=EndlessOfThree("h")),
    "hidden": lambda: ar.draw(model(), hide=Endless("losses")),
    "opened": lambda: ar.draw(model(), level="cell", opened=Endless(1)),
}


@pytest.mark.parametrize("what", WITHOUT_END)
def test_what_never_ends_is_left_after_a_count(what):
    if what in ("hidden", "opened"):  # of which one too many is no mistake: the same again
        WITHOUT_END[what]()
        return
    with pytest.raises(ValueError, match="data|labels|targets"):
        WITHOUT_END[what]()


def test_commands_from_a_pipe_end():
    piped = Piped(io.StringIO("h\n" * 10_001))
    assert [piped.readline() for _ in range(10_000)][-1] == "h\n"
    with pytest.raises(ValueError, match="more than 10,000 commands"):
        piped.readline()
    with pytest.raises(ValueError, match="a line of more than 100,000 characters"):
        Piped(io.StringIO("x" * 200_000)).readline()


@pytest.mark.parametrize("pair", [(2, "x"), ("x", 10**12), (b"x", 3), ("%s", 2), ((1, 2), (3, 10**40)), (["x"], 2)], ids=ascii)
def test_what_numpy_has_no_type_of_numbers_for_is_none(pair):
    """Python repeats a text that is multiplied, takes a percent sign for its own, and reckons with whole numbers of any length."""
    for operation in (ar.multiply, ar.mod, ar.power):
        with pytest.raises(TypeError, match=f"{operation.__name__} does not take"):
            operation(*pair)


@pytest.mark.parametrize("of", [np.ones(2), ar.tensor([1.0, 2.0]), "\x1b[2J", "x" * 500, [], 3], ids=ascii)
@pytest.mark.parametrize("t, k", [("t", "k"), (None, "k"), (3, 1), (None, None)])
def test_a_state_is_asked_for_by_its_name_whatever_the_steps_are(of, t, k):
    for cell in (ar.RNN(2, 3), ar.LSTM(2, 3)):
        derived = ar.derive(ar.Model(cell, 2))
        assert complaint(lambda derived=derived: derived.jacobian(of, t=t, k=k)) == ""


SPAN = np.timedelta64(3, "s")  # numpy counts it among its whole numbers


@pytest.mark.parametrize("call", [
    lambda: own_cell(shapes=lambda self: {"W": (SPAN,)}), lambda: run().tape[SPAN],
    lambda: ar.draw(model(), level="cell", opened=SPAN), lambda: ar.draw(model(), level="cell", opened=[SPAN]), lambda: ar.RNN(SPAN, 3),
    lambda: ar.draw(ar.unroll(ar.RNN(2, 3), np.ones((3, 4, 2))), level="states", sequence=SPAN), lambda: ar.draw(run(), highlight=SPAN),
])  # fmt: skip
def test_a_span_of_time_is_no_number(call):
    with pytest.raises((ValueError, TypeError)):
        call()
    assert complaint(call) == ""


@pytest.mark.parametrize("numbers", [[None, 1.0], [1.0, 2.0]], ids=repr)
def test_arrays_of_no_axes_are_no_sequences(numbers):
    with pytest.raises((ValueError, TypeError), match="x (has shape|holds object)"):
        model().unroll([np.array(number) for number in numbers], [0, 1])
