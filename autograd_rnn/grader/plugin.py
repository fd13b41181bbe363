"""A pytest fixture for an instructor's own tests: ``submission``, a person's functions in a process that can only compute.

In conftest.py: ``pytest_plugins = ["autograd_rnn.grader.plugin"]``; then ``pytest --submission rnn_layers.py --assignment cs231n-rnn``.
With an assignment it is loaded as a grade loads it: with the modules that the course hands out and allows, within its limits, refused where
this machine isolates less than it demands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograd_rnn.grader.assignment import Spec
from autograd_rnn.grader.grading import Grader
from autograd_rnn.grader.isolation.wire import Kept
from autograd_rnn.grader.isolation.workers import Ended, Worker
from autograd_rnn.grader.judging.calling import raised
from autograd_rnn.grader.submission import Unreadable, read


class Handed:
    """A submission in its worker: each of its functions is an attribute. ``level``: how far it is isolated.

    What a function returns that is no array, number, text or a tuple, list or dict of these stays with the worker; ``kept(k)`` stands for
    the k-th part of the last answer, as the cache that a backward pass takes. ``names``: what its functions find as global names.
    """

    def __init__(self, worker: Worker):
        self._worker, self.level, self.names, self._last = worker, worker.level, dict[str, Any](), -1

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*arguments: Any) -> Any:
            answer = self._worker.call(name, *arguments, names=self.names)
            if isinstance(answer, Ended):
                pytest.fail(f"{name}: {answer.why} {answer.words}".rstrip(), pytrace=False)
            if "missing" in answer:
                pytest.fail(f"the submission has no function {name}", pytrace=False)
            if "raised" in answer:
                pytest.fail(f"{name}: {': '.join(raised(answer)[:2])}", pytrace=False)
            self._last = answer["call"]
            return answer["result"]

        return call

    def kept(self, k: int) -> Kept:
        """The k-th part of the last answer, as it is in the worker."""
        return Kept(self._last, (k,))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that name the submission and what it was handed in for."""
    parser.addoption("--submission", metavar="FILE", help="what is to be tested: a .py file, a notebook, a folder or .zip of them")
    parser.addoption("--assignment", metavar="NAME", help="what it was handed in for: an assignment's name, or a TOML file")


@pytest.fixture(scope="session")
def submission_grader(request: pytest.FixtureRequest) -> Iterator[Grader]:
    """The process that submissions are forked from, for all tests."""
    asked = request.config.getoption("--assignment")
    try:
        with Grader(Spec("submission", "an instructor's own tests", ()) if asked is None else asked) as grader:
            yield grader
    except ValueError as error:
        pytest.exit(str(error), returncode=2)


@pytest.fixture
def submission(request: pytest.FixtureRequest, submission_grader: Grader) -> Iterator[Handed]:
    """The functions of what was handed in, fresh for each test."""
    path = request.config.getoption("--submission")
    if path is None:
        pytest.skip("no submission: pytest --submission FILE")
    unread = ""
    try:
        found = read(path)
    except Unreadable as error:
        unread = str(error)
    if unread:  # out of the error, which would be shown beside the sentence
        pytest.fail(unread, pytrace=False)
    try:
        with submission_grader.started(found) as running:
            if running.refused is not None:
                pytest.fail(f"{running.refused.word}: {running.refused.message}", pytrace=False)
            yield Handed(running.worker)
    except ValueError as error:  # less isolation than is demanded
        pytest.exit(str(error), returncode=2)
