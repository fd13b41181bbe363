"""Gradient flow as a picture: of one run all that was measured, of several nets their gains on one axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_rnn.drawing.charts.chart import Curve, chart
from autograd_rnn.drawing.figure import Figure, Line, Symbol
from autograd_rnn.drawing.output.style import CURVES
from autograd_rnn.nets.flow import FEW, Flow
from autograd_rnn.visible import shown

ACROSS: Line = ("steps back from the last one, ", Symbol("T"), " − ", Symbol("k"))
SOLID = [name for name, look in CURVES.items() if not look.get("aside")]
MARKED = ((0.0, "1"), (math.log10(FEW), "1 %"))
LONGEST = 24  # characters of a net's name


def flows(what: Any) -> Figure:
    """One flow, or several by name.

    >>> from autograd_rnn.drawing.charts.flows import flows
    >>> figure = flows({name: unroll(cell(2, 3), np.ones((9, 2))).flow() for name, cell in (("RNN", RNN), ("LSTM", LSTM))})
    >>> [arrow.id for arrow in figure.arrows if arrow.kind.startswith("curve")]
    ['RNN', 'LSTM']
    """
    if isinstance(what, Flow):
        return _alone(what)
    if not what:
        raise ValueError('draw takes flows by name, {"RNN": run.flow(), "LSTM": other.flow()}, and here is none')
    for name, flow in what.items():
        if not isinstance(name, str) or not isinstance(flow, Flow):
            raise TypeError(f'draw takes flows by name, {{"RNN": run.flow(), ...}}, not {shown(name)}: {shown(flow)}')
    if len(what) > len(SOLID):
        raise ValueError(f"{len(what)} flows in one picture are not to be told apart: draw at most {len(SOLID)}")
    curves = [
        Curve(
            (name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…",), decades(flow, flow.log_gains), look, f"{name}: {flow.verdict}"
        )
        for look, (name, flow) in zip(SOLID, what.items(), strict=False)
    ]
    measured = dict.fromkeys(norm(flow.of) for flow in what.values())
    above: Line = tuple([part for line in measured for part in (", ", *line)][1:])
    figure = chart(curves, f"Gradient flow: {', '.join(what)}", ACROSS, above, MARKED)
    figure.description = " ".join(f"{name}: {flow.verdict}." for name, flow in what.items())
    return figure


def _alone(flow: Flow) -> Figure:
    """What was measured of one run: gains, their bound, the smallest singular value, and the loss's gradient."""
    with np.errstate(all="ignore"):
        least = np.log(flow.least)
        loss = None if flow.norms is None else np.log(flow.norms)
    curves = [Curve(norm(flow.of), decades(flow, flow.log_gains), "curve_0", flow.verdict)]
    if loss is not None:
        curves.append(Curve(("‖∂", Symbol("L"), "/∂", *step(flow.of), "‖"), decades(flow, loss), "curve_1", "what of the loss arrives"))
    if not np.isnan(flow.log_bound).all():
        note = "the product of the steps' own norms: what the norm never exceeds"
        curves.append(Curve(("bound",), decades(flow, flow.log_bound), "aside_0", note))
    curves.append(Curve(("smallest",), decades(flow, least), "aside_1", "the smallest singular value"))
    figure = chart([c for c in curves if np.isfinite(c.values).any()], f"Gradient flow of {flow.what}", ACROSS, norm(flow.of), MARKED)
    figure.description = f"{flow.verdict}."
    return figure


def step(of: str) -> Line:
    """The state at step k as a symbol."""
    return (Symbol("s" if of == "state" else of, sub="k"),)


def norm(of: str) -> Line:
    """What is measured, as symbols."""
    return ("‖∂", Symbol("s" if of in ("state", "x") else of, sub="T"), "/∂", *step(of), "‖")


def decades(flow: Flow, natural: np.ndarray) -> np.ndarray:
    """Decimal logarithms, of a batch the middle sequence's."""
    return flow.typical(natural) / math.log(10)
