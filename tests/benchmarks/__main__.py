"""``python -m tests.benchmarks``: every budget measured in one run, as a table; exit code 1 if one is not met."""

from __future__ import annotations

import gc
import os
import sys

# One thread each, numpy and its peers alike: read when numpy is loaded, so it is set before that.
os.environ |= {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}

from autograd_rnn.table import table  # noqa: E402
from tests.benchmarks import checking, drawing, engine, formulas, grading, nets, steps  # noqa: E402

gc.collect()
gc.freeze()  # what the libraries hold is no part of what a tape costs the collector

measured = [result for module in (engine, nets, formulas, checking, drawing, steps, grading) for result in module.results()]
print(table(["measured", "figure", "budget", "met", "detail"], [result.row() for result in measured], width=170))
sys.exit(not all(result.met for result in measured))
