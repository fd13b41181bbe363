"""One seed for the random tests of a run, the same in every worker process, and printed at the end."""

import gc
import importlib.util
import os
import shutil
import zlib

import pytest

SEED = "AUTOGRAD_RNN_SEED"
RENDERS = bool(shutil.which("dot") or importlib.util.find_spec("pygraphviz"))  # a PNG or a PDF
collect_ignore = [] if importlib.util.find_spec("torch") else ["oracles/programs/in_torch.py"]  # doctests are sought in every file


def pytest_configure():
    os.environ.setdefault(SEED, str(int.from_bytes(os.urandom(4), "big")))


def pytest_collection_modifyitems(config, items):
    """Of the sweep the part that ``AUTOGRAD_RNN_PART`` names, 0/3, 1/3 or 2/3: each case is in one of them, whatever stands beside it."""
    part, of = map(int, os.environ.get("AUTOGRAD_RNN_PART", "0/1").split("/"))
    gone = [x for x in items if x.get_closest_marker("sweep") and zlib.crc32(x.nodeid.encode()) % of != part]
    config.hook.pytest_deselected(items=gone)
    items[:] = [x for x in items if x not in set(gone)]


def pytest_collection_finish():
    """What has been loaded stays: the collector need not look through it again and again, which took a tenth of the time."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"random tests from {SEED}={os.environ[SEED]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    """Where there is no Graphviz, of the system or with a wheel, what is only seen in a PNG or a PDF is skipped."""
    try:
        return (yield)
    except RuntimeError as error:
        if RENDERS or type(error).__name__ != "NoGraphviz":
            raise
        pytest.skip(str(error))


@pytest.fixture
def random_seed():
    """Another one each run; the environment variable repeats a run."""
    return int(os.environ[SEED])


@pytest.fixture
def undiagnosed(monkeypatch):
    """Verdicts without the search for what the mistake is called, for tests that ask for the verdict alone."""
    monkeypatch.setattr("autograd_rnn.formulas.checking.judging.mistaken", lambda checker, statement, loose: ([], statement.line, None))


@pytest.fixture(autouse=True)
def operations_as_they_were():
    """What a test declares is gone after it."""
    from autograd_rnn.engine.rule import OPS

    before = dict(OPS)
    yield
    if OPS != before:
        OPS.clear()
        OPS.update(before)
