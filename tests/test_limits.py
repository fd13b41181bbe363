"""What would take all memory or more than a person's patience is refused before it begins, in one sentence with the remedy."""

import functools
import itertools
import subprocess
import sys
import tracemalloc
from importlib import import_module

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.cli import COMMANDS as ALL
from autograd_rnn.cli import main, parser
from autograd_rnn.limits import allowing, amount, memory
from tests.junk import SMALL, WORK
from tests.sampling import sampled


@pytest.fixture(autouse=True)
def _no_memory_is_spent():
    import_module("autograd_rnn.formulas.proving.proof")  # slow where memory is counted
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6


COMMANDS = [
    ["unfold", "rnn", "--steps", "100000"],
    ["unfold", "rnn", "--steps", "9" * 30],
    ["unfold", "rnn", "--layers", "99999999999"],
    ["derive", "lstm", "--layers", "99999999999"],
    ["derive", "lstm", "--layers", "25"],
    ["check", "gru", "--layers", "100", "dh[t] = 1"],
    ["verify", "lstm", "--layers", "22", "--steps", "2"],
    ["step", "lstm", "--steps", "1000", "-o", "x.html"],
    ["step", "rnn", "--steps", "50", "--layers", "50", "-o", "x.html"],
    ["flow", "rnn", "--steps", "100000"],
    ["flow", "lstm", "--hidden", "1000"],
    ["flow", "rnn", "lstm", "gru", "--steps", "3000"],
    ["flow", "rnn", "--layers", "100", "--hidden", "1"],
    ["flow", "rnn", "--layers", "50", "--hidden", "2", "--steps", "300"],
    ["compare", "--inputs", "200000", "--hidden", "1"],
    ["compare", "--outputs", "200000", "--hidden", "1"],
    ["compare", "--hidden", "300", "--steps", "1000"],
    ["compare", "--untimed", "--steps", *"9" * 21],
    ["verify", "rnn", "--steps", "100000"],
    ["verify", "rnn", "--steps", "100", "--layers", "90"],
    ["unfold", "lstm", "--text", "a" * 12_000],
    ["unfold", "rnn", "--text", "a " * 6_000, "--words", "--bidirectional"],
    ["flow", "rnn", "--trained", "adding", "--steps", "3000", "--updates", "5000"],
    ["compare", "--hidden", "6000", "--untimed"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_refuses_what_would_never_end_and_says_what_lifts_it(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert "--force" in error and " are allowed: " in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


TOO_MUCH = {
    "units": lambda: ar.RNN(10, 10**7),
    "an orthogonal weight": lambda: ar.RNN(10, 9_000),
    "orthogonal weights": lambda: ar.GRU(10, 3_000),
    "parts": lambda: ar.array_split(np.ones(3), 10**11),
    "a margin": lambda: ar.pad(np.ones((2, 3)), 20_000),
    "sequences": lambda: ar.fit(ar.Model(ar.RNN(2, 3), 2), itertools.repeat((np.broadcast_to(1.0, (10**5, 2)), [0] * 10**5))),
    "characters": lambda: ar.generate(ar.Model(ar.RNN(2, 3), 2), [0], 10**11),
    "inputs": lambda: ar.GRU(10**10, 10),
    "scores": lambda: ar.Model(ar.RNN(2, 3), output_size=10**12),
    "steps": lambda: ar.Model(ar.RNN(2, 3), 2, task="one-to-many").unroll(np.ones(2), steps=10**9),
    "answers": lambda: ar.EncoderDecoder(ar.RNN(2, 3), ar.RNN(2, 3), 2).unroll(np.ones((4, 2)), steps=10**12),
    "epochs": lambda: ar.fit(ar.Model(ar.RNN(2, 3), 2), (np.ones((4, 2)), [0, 1, 0, 1]), epochs=10**30),
    "a proof": lambda: ar.derive(ar.Model(ar.RNN(2, 200), 2)).verify(),
    "a long proof": lambda: ar.derive(ar.Model(ar.RNN(2, 20), 2)).verify(100),
    "nets side by side": lambda: ar.compare(output_size=5 * 10**6, timed=False),
    "a window": lambda: ar.compare(input_size=300, hidden_size=300, lengths=(10**4,)),
    "what is compared": lambda: ar.compare({"mine": ar.Model(ar.LSTM(2, 300), 2)}, lengths=(3000,)),
    "a long product": lambda: ar.derive(ar.Model(ar.RNN(2, 3), 2)).jacobian(t=10**30, k=1),
    "sequences that flow": lambda: ar.unroll(ar.RNN(1, 64), np.ones((6, 2000, 1))).flow(),
    "what hangs on what": lambda: ar.Model(ar.RNN(1, 1), 9000).unroll(np.ones((60, 1))).connectivity(60),
    "large derivatives": lambda: ar.Model(ar.RNN(7000, 1), 9000).unroll(np.ones((9, 7000))).connectivity(9),
    "a run's proof": lambda: ar.verify(ar.Model(ar.LSTM(2, 100), 2).unroll(np.ones((4, 2)), [0, 1, 0, 1])),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_function_refuses_what_it_cannot_finish(what):
    with pytest.raises(ValueError, match=" allowed: ") as caught:
        TOO_MUCH[what]()
    assert str(caught.value).isprintable()


def test_what_is_allowed_is_done(monkeypatch):
    model = ar.Model(ar.RNN(2, 3), 2)
    with allowing():
        assert memory() == float("inf")
    monkeypatch.setenv("AUTOGRAD_RNN_MEMORY", "0.000001")
    with pytest.raises(ValueError, match="a run of 4 steps takes about 16.4 kB of memory and 1 kB are allowed"):
        model.unroll(np.ones((4, 2)))
    with allowing():
        assert len(model.unroll(np.ones((4, 2)))["h"]) == 5
    assert amount(0) == "0 bytes" and amount(999) == "999 bytes" and amount(1e3) == "1 kB"


def test_force_lifts_the_limit_of_a_command(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("autograd_rnn.commands.pictures.LARGEST", 3)
    assert main(["unfold", "rnn", "--steps", "4", "-o", "a.dot"]) == 2
    assert main(["unfold", "rnn", "--steps", "4", "-o", "a.dot", "--force"]) == 0


TEXT = "to be or not to be, that is the question: " * 30
USUAL = {  # what each command needs beside an option
    "train": ["text.txt"], "unfold": ["lstm"], "flow": ["rnn"], "derive": ["lstm"], "check": ["rnn", "da[t] = dh[t] * (1 - h[t]**2)"],
    "verify": ["rnn"], "step": ["rnn"], "grade": ["small.toml", "work.py"], "grade-all": ["small.toml", "class", "-o", "out"],
}  # fmt: skip
BESIDE = {"opened": ["--level", "cell"], "units": ["--level", "gates"], "updates": ["--trained", "adding"]}
HARMLESS = ("--seed", "--truncate", "--updates", "--jobs")  # where a huge number may stand for no less than all there is


def huge(number):
    """Every option of every command that takes whole numbers, with that number: (command line,)."""
    for name in ALL:
        command = parser()._subparsers._group_actions[0].choices[name]
        for action in command._actions:
            if action.type is int and action.choices is None:
                for beside in [[], *([BESIDE[action.dest]] if action.dest in BESIDE else [])]:
                    yield ([name, *USUAL.get(name, []), *beside, action.option_strings[-1], str(number)],)


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process may have is a setting of Linux")
@pytest.mark.parametrize("arguments", sampled([*huge(10**11), *huge(10**30)], 24), ids=" ".join)
def test_a_huge_number_anywhere_is_a_sentence_in_little_memory(arguments, tmp_path):
    import resource

    (tmp_path / "class").mkdir()
    for name, text in {"text.txt": TEXT, "small.toml": SMALL, "work.py": WORK, "class/ada.py": WORK}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    little = functools.partial(resource.setrlimit, resource.RLIMIT_AS, (3 * 2**30,) * 2)
    command = [sys.executable, "-m", "autograd_rnn", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, preexec_fn=little)
    assert done.returncode == 2 or done.returncode == 0 and arguments[-2] in HARMLESS, done
    if done.returncode == 2:
        assert done.stderr.startswith("autograd-rnn: ") and done.stderr.count("\n") == 1 and "not memory enough" not in done.stderr, done
        assert any(way in done.stderr for way in (arguments[-2], arguments[-2][2:], "--force", "AUTOGRAD_RNN_MEMORY")), done
