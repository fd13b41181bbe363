"""Every adjoint and gradient of one run as numbers, evaluated from the equations, beside the tape's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd_rnn.formulas.explained import mismatch
from autograd_rnn.formulas.forms import gradients
from autograd_rnn.formulas.system import System, lengths
from autograd_rnn.nets.parameters import of_one_name
from autograd_rnn.nets.run import Run
from autograd_rnn.table import table
from autograd_rnn.visible import shown


def numbers(derivation: System, run: Run | None, at: Callable[[tuple[int, ...], int], System]) -> str:
    """`Derivation.numbers`; ``at``: the same equations for so many steps, truncated."""
    if run is None:
        raise ValueError("a model alone has no numbers: derive(run).numbers(), or numbers(run) of a run of this model")
    if not isinstance(run, Run):
        raise TypeError(f"numbers are those of a run, model.unroll(x, y), not of {shown(run)}")
    if reason := mismatch(derivation, run):
        raise ValueError(reason)
    chunk, kind = run.truncated
    if chunk is not None and kind == "window":
        remedy = f'formula(name, form="truncated", window={chunk}) has its equations, backward() again the whole gradient'
        raise ValueError(f"each loss of the last sweep reached back a window of its own: {remedy}")
    system = derivation if chunk is None else at(tuple(lengths(run).values()), chunk)
    rows = []
    for name, derived, tape in gradients(system, run, chunk):
        value = np.array2string(np.asarray(derived), precision=4, suppress_small=True, threshold=12, separator=" ").replace("\n", "")
        brief = value if len(value) <= 70 else value[:66] + " ..."
        rows.append((name, brief, f"{float(np.max(np.abs(derived - tape), initial=0.0)):.1e}"))
    shared = len(of_one_name(run.parameters))  # they come first; a sweep ends with them
    note = "" if chunk is None else f"truncated after every {chunk} steps, as this run's last backward was"
    return table(["adjoint", "value", "derived - tape"], [*reversed(rows[shared:]), *rows[:shared]], note=note)
