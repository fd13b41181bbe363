"""``python -m tests.benchmarks``: every budget measured in one run, as a table; exit code 1 if one is not met."""

from __future__ import annotations

import sys

from autograd_rnn.table import table
from tests.benchmarks import drawing, engine, formulas, nets, steps

measured = [result for module in (engine, nets, formulas, drawing, steps) for result in module.results()]
print(table(["measured", "figure", "budget", "met", "detail"], [result.row() for result in measured], width=170))
sys.exit(not all(result.met for result in measured))
