"""The engine against the peers: a long chain of small operations, its growth, a very deep one, and the cost of importing."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd_rnn as ar
from tests.benchmarks.timing import Result, against, seconds

X = np.linspace(-0.5, 0.5, 4)


def chain(x: Any, operations: int, tanh: Any) -> Any:
    """A chain of multiplications by a number, additions and tanh."""
    y = x
    for _ in range(operations // 3):
        y = y * 1.01
        y = y + x
        y = tanh(y)
    return y


def ours(operations: int = 999) -> np.ndarray:
    x = ar.tensor(X)
    chain(x, operations, ar.tanh).sum().backward()
    return x.grad


def results() -> Iterator[Result]:
    try:
        import autograd.numpy as anp
        from autograd import grad

        hips = grad(lambda x: anp.sum(chain(x, 999, anp.tanh)))
        assert np.allclose(hips(X), ours())
        yield against("chain of 999 operations on (4,), against HIPS autograd", ours, lambda: hips(X), 0.30)
    except ImportError:
        print("HIPS autograd is not installed: pip install autograd")
    try:
        import mygrad

        def theirs() -> np.ndarray:
            x = mygrad.tensor(X)
            chain(x, 999, mygrad.tanh).sum().backward()
            return x.grad

        assert np.allclose(theirs(), ours())
        yield against("chain of 999 operations on (4,), against MyGrad", ours, theirs, 0.25)
    except ImportError:
        print("MyGrad is not installed: pip install mygrad")
    yield growth()
    yield Result("stack of 20,000 tensors, forward and backward", statistics.median(seconds(stacked) for _ in range(5)), 0.2, unit="s")
    yield Result("a chain 200,000 deep: forward, backward, deletion", seconds(deep), 1.5, unit="s")
    yield imports()


def growth() -> Result:
    """The cost an operation at 100,000 operations, collector on, against that at 1,000."""
    per_small = statistics.median(seconds(ours) / 999 for _ in range(100))
    per_large = statistics.median(seconds(lambda: ours(99_999)) / 99_999 for _ in range(5))
    detail = f"{per_large * 1e6:.2f} us against {per_small * 1e6:.2f} us an operation"
    return Result("100,000 operations against 1,000, an operation", per_large / per_small, 1.4, detail)


def stacked() -> None:
    pieces = [ar.tensor(float(k)) for k in range(20_000)]
    ar.stack(pieces).sum().backward()


def deep() -> None:
    x = ar.tensor(1.0)
    y = x
    for _ in range(200_000):
        y = y + 1.0
    y.backward()
    del y


def imports() -> Result:
    """Importing autograd_rnn and asking for its first name, against importing numpy, each in a fresh interpreter that times itself: without
    site, which loads modules that we need too where the package is installed in place."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)

    def time_of(statement: str) -> float:
        code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
        return float(subprocess.run([sys.executable, "-S", "-c", code], check=True, env=environment, capture_output=True).stdout)

    ours, numpys = "import autograd_rnn; autograd_rnn.tensor", "import numpy"
    time_of(ours)  # compiles both, as an installation does
    pairs = [(time_of(ours), time_of(numpys)) for _ in range(9)]
    figure = statistics.median(mine / numpy for mine, numpy in pairs)
    mine, numpy = (statistics.median(column) * 1e3 for column in zip(*pairs, strict=True))
    return Result("import autograd_rnn, against import numpy", figure, 1.2, f"{mine:.0f} ms against {numpy:.0f} ms")
