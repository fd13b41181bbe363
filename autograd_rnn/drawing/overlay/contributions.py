"""The depth of a tint behind each step: its share of a weight's gradient, or how much of a change there still arrives at the last state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autograd_rnn.drawing.figure import Figure, Frame, Line, Mark, Text, quantity
from autograd_rnn.drawing.op.graph import weight_symbol
from autograd_rnn.drawing.output.looks import tint
from autograd_rnn.drawing.output.style import SHARE
from autograd_rnn.drawing.overlay.flow import Flow, norm
from autograd_rnn.drawing.overlay.highlight import nearest
from autograd_rnn.drawing.overlay.legend import Entry, say, sides
from autograd_rnn.nets.flow import Flow as Gains
from autograd_rnn.nets.flow import numeral
from autograd_rnn.nets.run import PLAIN, Run
from autograd_rnn.visible import shown

BOXES = ("step", "cell")  # frames of a step
DEEPEST = 0.5  # how much of the colour the tint of a whole gradient has: letters stay legible on it
LEAST = -6.0  # the power of ten of what of a change is not shaded any more
MARGIN = 10.0  # above and below what is shaded


class Band(NamedTuple):
    """What is shaded, from where to where: how deep, from 0 to 1, and the words above it and on hover."""

    name: str
    low: float
    high: float
    depth: float
    text: str
    tip: str


def contributions(figure: Figure, run: Run, name: str, truncate: int | None = None) -> Figure:
    """Shade each step by its share of a parameter's gradient: the norm of `Run.contributions` at t over the sum of these norms.

    The percentage stands above; on hover the norm, and the cosine of the angle to the whole gradient, negative where the step pulls
    against it. Steps left out share one band. ``truncate`` is as in `gradients`.
    """
    if name not in run.parameters:
        raise ValueError(f"no parameter {shown(name)} in this run{nearest(name, run.parameters)}")
    parts, tags = contributed(run, name, truncate)
    columns = columns_of(figure, list(parts), _part(run, tags))
    whole, sizes = np.sum(list(parts.values()), axis=0), {t: norm([part]) for t, part in parts.items()}
    total = math.fsum(sizes.values())
    if not math.isfinite(total):
        raise ValueError(f"dL/d{name} is not finite, so no step has a share of it: clip the gradients, or scale the inputs")
    bands = []
    for steps, low, high in widened(columns):
        size, part = math.fsum(sizes[t] for t in steps), np.sum([parts[t] for t in steps], axis=0)
        share = size / total if total else 0.0
        where = f"step {steps[0]}" if len(steps) == 1 else f"steps {steps[0]} to {steps[-1]}"
        tip = f"{where}: {share:.1%} of dL/d{name}, norm {size:.3g}{_direction(part, whole)}"
        bands.append(Band(f"share_{steps[0]}", low, high, math.sqrt(share), percent(share), tip))
    shade(figure, bands)
    say(
        figure,
        Entry(("shaded: each step's share of the gradient of ", weight_symbol(run.parameters[name])) + (() if total else (", zero",))),
    )
    return figure


def shade(figure: Figure, bands: Sequence[Band]) -> None:
    """Tint each band behind what stands in it, its text above."""
    bottom, top = (corner[1] for corner in sides(figure, words=False))
    for name, low, high, depth, text, tip in bands:
        fill, box = tint(DEEPEST * depth, 1.0, SHARE), ((low, bottom - MARGIN), (high, top + MARGIN))
        inner = [low < (f.low[0] + f.high[0]) / 2 < high and f.kind in BOXES for f in figure.frames]
        figure.frames = [f._replace(fill=fill) if within else f for f, within in zip(figure.frames, inner, strict=True)]
        figure.frames.insert(0, Frame(name, "share", *box, tip, fill))
        figure.add(Text(((low + high) / 2, top + MARGIN + 9), (text,), "caption"))


def contributed(run: Run, name: str, truncate: int | None = None) -> tuple[dict[int, np.ndarray], list[str]]:
    """What each step adds to a parameter's gradient, and the tags of the cells that use the parameter."""
    parameter = run.parameters[name]
    if parameter.op is None:
        raise ValueError(f"{name} {PLAIN}")
    users = [node for node in run.tape if any(x is parameter for x in node.inputs)]
    flow = Flow(run, ((node, parameter) for node in users), truncate)
    parts: dict[int, np.ndarray] = {}
    for node in users:
        t = node.step
        if t is None:
            raise ValueError(f"{name} also enters by what is computed from it outside the steps, which is no step's share")
        parts[t] = parts.get(t, 0.0) + sum(flow.sent.get((node, parameter), ()), np.zeros(parameter.shape))
    return dict(sorted(parts.items())), sorted({node.scope.tag for node in users})


def percent(share: float) -> str:
    """A share in a few letters.

    >>> percent(0.123), percent(0.004), percent(0.0)
    ('12 %', '<1 %', '0 %')
    """
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _direction(part: np.ndarray, whole: np.ndarray) -> str:
    sizes = norm([part]), norm([whole])
    if not all(sizes):
        return ""
    cosine = float(np.sum(part / sizes[0] * (whole / sizes[1])))
    return f", {'with' if cosine >= 0 else 'against'} the whole gradient: cosine {cosine:.2f}"


def _part(run: Run, tags: list[str]) -> str:
    """Which part of a run the cells are of: ``enc``, ``dec``, or nothing where there is only one part."""
    return "" if len(run.unrolled) == 1 else "enc" if tags and tags[0].startswith("enc") else "dec"


def columns_of(figure: Figure, steps: list[int], part: str) -> list[tuple[list[int], float, float]]:
    """For each step shown, and for those left out together, from where to where its marks reach."""

    def reach(marks: list[Mark]) -> tuple[float, float]:
        low, high = min(m.at[0] - m.extent[0] / 2 for m in marks), max(m.at[0] + m.extent[0] / 2 for m in marks)
        boxes = [f for f in figure.frames if f.kind in BOXES and low < (f.low[0] + f.high[0]) / 2 < high]
        return min([low, *(f.low[0] for f in boxes)]), max([high, *(f.high[0] for f in boxes)])

    of_step: dict[int, list[Mark]] = {t: [] for t in steps}
    for mark in figure.marks.values():
        here = not part or any(tensor.scope.tag.startswith(part) for tensor in mark.tensors)
        if mark.step in of_step and here and mark.kind != "initial":
            of_step[mark.step].append(mark)
    found = [([t], *reach(marks)) for t, marks in of_step.items() if marks]
    missing = [t for t, marks in of_step.items() if not marks]
    if missing:
        before = max((high for (t,), _, high in found if t < missing[0]), default=-math.inf)
        after = min((low for (t,), low, _ in found if t > missing[-1]), default=math.inf)
        gaps = [mark for mark in figure.marks.values() if mark.kind == "gap" and before < mark.at[0] < after]
        if gaps:
            found.append((missing, *reach(gaps)))
    return sorted(found, key=lambda column: column[1])


def widened(columns: list[tuple[list[int], float, float]]) -> list[tuple[list[int], float, float]]:
    """The columns widened until they touch."""
    edges = [(a[2] + b[1]) / 2 for a, b in zip(columns[:-1], columns[1:], strict=True)]
    margin = min((edge - column[2] for edge, column in zip(edges, columns, strict=False)), default=2 * MARGIN)
    edges = [columns[0][1] - margin, *edges, columns[-1][2] + margin] if columns else []
    return [(column[0], low, high) for column, low, high in zip(columns, edges[:-1], edges[1:], strict=True)]


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


def _measured(flow: Gains, run: Run) -> Line:
    """‖∂h_T/∂h_k‖, or what else was measured; of several states of the top layer all."""
    cell = run.unrolled[-1].layers[-1][0].cell
    above, below = ([*cell.carried] if flow.of in ("state", "x") else [flow.of], [*cell.carried] if flow.of == "state" else [flow.of])
    return ("‖∂", *_listed(above, "T"), "/∂", *_listed(below, "k"), "‖")


def _listed(names: list[str], time: str) -> Line:
    symbols = [part for name in names for part in (", ", quantity(name, "", time))][1:]
    return ("(", *symbols, ")") if len(names) > 1 else tuple(symbols)
