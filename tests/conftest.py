"""One seed for the random programs of a run, the same in every worker process, and printed at the end."""

import importlib.util
import os

SEED = "AUTOGRAD_RNN_SEED"
collect_ignore = [] if importlib.util.find_spec("torch") else ["oracles/programs/in_torch.py"]  # doctests are sought in every file


def pytest_configure():
    os.environ.setdefault(SEED, str(int.from_bytes(os.urandom(4), "big")))


def pytest_terminal_summary(terminalreporter):
    if any("test_programs" in getattr(report, "nodeid", "") for reports in terminalreporter.stats.values() for report in reports):
        terminalreporter.write_line(f"random programs from {SEED}={os.environ[SEED]}")
