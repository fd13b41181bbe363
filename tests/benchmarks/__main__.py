"""``python -m tests.benchmarks``: every budget measured in one run, as a table; exit code 1 if one is not met."""

from __future__ import annotations

import os
import sys

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from autograd_rnn.table import table  # noqa: E402 - the thread counts come before numpy
from tests.benchmarks import engine, formulas, nets  # noqa: E402

measured = [result for module in (engine, nets, formulas) for result in module.results()]
print(table(["measured", "figure", "budget", "met", "detail"], [result.row() for result in measured], width=170))
sys.exit(not all(result.met for result in measured))
