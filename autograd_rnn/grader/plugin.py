"""A pytest fixture for an instructor's own tests: ``submission``, a person's functions in a process that can only compute.

In conftest.py: ``pytest_plugins = ["autograd_rnn.grader.plugin"]``; then ``pytest --submission rnn_layers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograd_rnn.grader.isolation.wire import Kept
from autograd_rnn.grader.isolation.workers import Ended, Limits, Worker, Workers
from autograd_rnn.grader.submission import Unreadable, read


class Handed:
    """A submission in its worker: each of its functions is an attribute. ``level``: how far it is isolated.

    What a function returns that is no array, number, text or a tuple, list or dict of these stays with the worker; ``kept(k)`` stands for
    the k-th part of the last answer, as the cache that a backward pass takes.
    """

    def __init__(self, worker: Worker, names: list[str]):
        self._worker, self._names, self.level, self._last = worker, names, worker.level, -1

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in self._names:
            raise AttributeError(f"the submission has no function {name}: it has {', '.join(self._names)}")

        def call(*arguments: Any) -> Any:
            answer = self._worker.call(name, *arguments)
            if isinstance(answer, Ended):
                pytest.fail(f"{name}: {answer.why} {answer.words}".rstrip(), pytrace=False)
            if "raised" in answer:
                pytest.fail(f"{name} raises {answer['raised']}: {answer['message']} (line {answer['line']})", pytrace=False)
            self._last = answer["call"]
            return answer["result"]

        return call

    def kept(self, k: int) -> Kept:
        """The k-th part of the last answer, as it is in the worker."""
        return Kept(self._last, (k,))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that names the submission."""
    parser.addoption("--submission", metavar="FILE", help="what is to be tested: a .py file, a notebook, a folder or .zip of them")


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Iterator[Handed]:
    """The functions of what was handed in, fresh for each test."""
    path = request.config.getoption("--submission")
    if path is None:
        pytest.skip("no submission: pytest --submission FILE")
    try:
        found = read(path)
    except Unreadable as error:
        pytest.fail(str(error), pytrace=False)
    with Workers() as workers, workers.start(Limits()) as worker:
        loaded = worker.load(found.source)
        if isinstance(loaded, Ended) or "raised" in loaded:
            pytest.fail(f"its definitions do not run: {loaded}", pytrace=False)
        yield Handed(worker, [str(name) for name in loaded["functions"]])
