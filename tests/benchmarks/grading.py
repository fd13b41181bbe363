"""Grading: processor time a submission of a class of which a third is wrong, its diagnosis and its worker included, what the memory grows
by, and one grade from the command line."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from autograd_rnn.grader import Grader
from tests.benchmarks.timing import Result
from tests.planted.table import planted, source_of

STYLES, CLASS, WHOLE, CORES = ("book", "messy", "whole"), 60, 500, 2  # a class of 500, by 60 of it


def results() -> Iterator[Result]:
    if not hasattr(os, "fork"):
        return
    rng = random.Random(0)
    wrong = [rng.choice(planted(style)).source for style in STYLES for _ in range(CLASS // 9)]
    work = [wrong[k // 3 % len(wrong)] if k % 3 == 0 else source_of(STYLES[k % 2]) for k in range(CLASS)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{k}.py") for k in range(CLASS)]
        for path, text in zip(paths, work, strict=True):
            path.write_text(text, encoding="utf-8")
        with Grader("cs231n-rnn", seed=1) as grader:
            began = time.process_time()
            missed = sum(not grader.grade(path).full for path in paths)
            first, held = time.process_time() - began, _megabytes()
            for path in paths:
                grader.grade(path)
            grown, again = _megabytes() - held, time.process_time() - began - first
            mine = (first + again * (WHOLE / CLASS - 1)) / WHOLE  # what is made once serves all of a class
            before = os.times()
        after = os.times()  # what the workers took is known once the process that they come from has ended
        theirs = (after.children_user - before.children_user + after.children_system - before.children_system) / 2
        took = mine + theirs / CLASS
        detail = f"{mine * 1e3:.0f} ms of processor time and {theirs / CLASS * 1e3:.0f} of its worker, {missed} of {CLASS} wrong"
        yield Result(f"grade: a submission of a class, {CORES} cores", took / CORES, 0.05, detail, "s")
        yield Result(f"grade: memory that {CLASS} more submissions leave", grown, 2.0, unit="MB")
        before = os.times()
        subprocess.run([sys.executable, "-m", "autograd_rnn", "grade", "cs231n-rnn", paths[0], "--seed", "1"], stdout=subprocess.DEVNULL)
        after = os.times()
        took = after.children_user - before.children_user + after.children_system - before.children_system
        yield Result("grade: one from the command line", took, 1.5, "processor time", "s")


def _megabytes() -> float:
    """What this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
