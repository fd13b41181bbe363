"""How much of a change at each step still arrives at the last state, as the depth of a tint behind the step."""

from __future__ import annotations

import math

import numpy as np

from autograd_rnn.drawing.figure import Figure, Line, quantity
from autograd_rnn.drawing.overlay.contributions import Band, columns_of, shade, widened
from autograd_rnn.drawing.overlay.legend import Entry, say
from autograd_rnn.nets.flow import Flow, numeral
from autograd_rnn.nets.run import Run

LEAST = -6.0  # the power of ten of what is not shaded any more


def reaching(figure: Figure, run: Run, of: str) -> Figure:
    """Shade each step by `Run.flow` of a quantity, on a logarithmic scale: in full where all of a change arrives or more, not at all where
    less than a millionth does. The number stands above; steps left out share one band, with the first's and the last's."""
    flow = run.flow(of)
    gains = [float(gain) for gain in flow.typical(flow.log_gains)]
    written, bands = len(run.unrolled[-1].xs), []
    pieces = [("", run.start, gains)] if len(run.unrolled) == 1 else [("dec", 1, gains[:written]), ("enc", 1, gains[written:])]
    for part, first, some in pieces:
        onward = not part and flow.steps[0] < flow.steps[-1]  # a chain that reads from the end arrives at the first step
        by_step = dict(enumerate(some if onward else some[::-1], first))
        for steps, low, high in widened(columns_of(figure, list(by_step), part)):
            values = [by_step[t] for t in (steps[0], steps[-1])]
            depth = float(np.clip(np.nan_to_num(1 - np.mean(values) / math.log(10) / LEAST), 0, 1))
            text = " … ".join(dict.fromkeys(map(_short, values)))
            tip = f"of a change at {f'step {steps[0]}' if len(steps) == 1 else f'steps {steps[0]} to {steps[-1]}'} arrives {text}"
            bands.append(Band(f"reach_{part}{steps[0]}", low, high, depth, text, tip))
    shade(figure, bands)
    rate = f"{flow.kind}, a factor of {flow.factor:.3g} a step" if len(flow) > 1 else "one step: nothing flows"
    say(figure, Entry(("shaded: how much of a change at a step arrives at the end, ", *_measured(flow, run))), Entry((rate,)))
    return figure


def _short(natural: float) -> str:
    """A number by its natural logarithm, in two digits."""
    return f"{math.exp(natural):.2g}" if abs(natural) < 600 else numeral(natural)


def _measured(flow: Flow, run: Run) -> Line:
    """‖∂h_T/∂h_k‖, or what else was measured; of several states of the top layer all."""
    cell = run.unrolled[-1].layers[-1][0].cell
    above, below = ([*cell.carried] if flow.of in ("state", "x") else [flow.of], [*cell.carried] if flow.of == "state" else [flow.of])
    return ("‖∂", *_listed(above, "T"), "/∂", *_listed(below, "k"), "‖")


def _listed(names: list[str], time: str) -> Line:
    symbols = [part for name in names for part in (", ", quantity(name, "", time))][1:]
    return ("(", *symbols, ")") if len(names) > 1 else tuple(symbols)
