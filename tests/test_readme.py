"""Every example of the README runs as it stands; its two set-up commands are what .ci/run executes."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from autograd_rnn.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)


def test_the_python_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = "\n".join(blocks("python"))
    assert examples.count(">>>") > 20
    test = doctest.DocTestParser().get_doctest(examples, {}, "README", "README.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)  # how far a machine isolates is its own
    runner.run(test)
    assert runner.failures == 0


@pytest.mark.parametrize("line", [line for block in blocks("console") for line in block.splitlines()])
def test_the_command_lines(line, tmp_path, monkeypatch, capsys):
    words = shlex.split(line)
    assert words[0] == "autograd-rnn"
    words = [str(ROOT / word) if word.startswith("autograd_rnn/") else word for word in words[1:]]
    monkeypatch.chdir(tmp_path)
    assert main(words) == 0
    assert capsys.readouterr().out


def test_the_two_commands_and_their_place_in_ci():
    tour, tests = (block.strip() for block in blocks("sh"))
    assert tour.endswith("autograd-rnn tour") and tests.endswith("-m pytest -n auto")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in script and "ruff" in script and "mypy" in script


def test_the_files_and_commands_that_it_names_exist():
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link
    for path in re.findall(r"tests/\w+\.py", README):
        assert (ROOT / path).exists(), path
