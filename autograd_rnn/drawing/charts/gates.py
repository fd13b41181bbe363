"""One unit's gates over time, each as open as it was: a ring is an open gate, a bar across the arrow a closed one. After Graves 2008."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from autograd_rnn.drawing.block.layout import LINE
from autograd_rnn.drawing.block.scene import SHOWN, left_out, said_left_out
from autograd_rnn.drawing.charts.heat import chosen_units
from autograd_rnn.drawing.curves import straight
from autograd_rnn.drawing.figure import Arrow, Figure, Line, Mark, Point, Symbol, Text, quantity
from autograd_rnn.drawing.output.style import RADIUS, REACHED
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.place import scope
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets.cells import GRU, LSTM
from autograd_rnn.nets.inputs import placed
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.unrolling import Chain, unroll_net

STEP, HIGH = 96.0, 88.0  # from step to step, from row to row
RING, BAR = 15.0, 2.0  # across: an open gate; along its arrow: a closed one
GATES = {"below": "what lets the input in", "beside": "what keeps the state", "above": "what lets it out"}


def gates(run: Run, elide: bool | None = None, units: Iterable[int] | None = None, labels: Sequence[str] | None = None) -> Figure:
    """A unit's state over time, and on each arrow the gate that it passes; shaded by how much of the first input is left in it.

    Of an LSTM the input gate stands below the cell state, the forget gate beside it, the output gate above; of a GRU z or 1 - z, below
    the share of the new value, beside it that of the old. ``units``: one, or the one whose gates move most.

    Raises ValueError for other nets, for a batch, and for a unit that there is not.

    >>> from autograd_rnn.drawing.charts.gates import gates
    >>> figure = gates(unroll(LSTM(3, 4), np.ones((2, 3))), units=[0])
    >>> [(mark.id, mark.tip) for mark in figure.marks.values() if mark.kind == "valve" and mark.step == 2]
    [('f_2', 'f_2[0] = 0.821'), ('i_2', 'i_2[0] = 0.289'), ('o_2', 'o_2[0] = 0.677')]
    """
    chain = _chain(run)
    opened = _opened(chain)
    unit = _unit(units, opened, chain.cell.hidden_size)
    state = "c" if isinstance(chain.cell, LSTM) else "h"
    times = list(range(run.start, run.start + run.T))
    out = left_out(times, elide)
    shown: list[int | None] = [t for t in times if t not in out]
    shown[SHOWN:SHOWN] = [None] * bool(out)
    figure = Figure(f"the gates of unit {unit} of {chain.cell!r} over {run.T} steps")
    lit, most = _reached(run, chain, unit, state, [t for t in shown if t is not None])
    rows = [("x", "input")] + [(name, "state") for name in dict.fromkeys((state, "h"))]
    for k, t in enumerate(shown):
        for row, (name, kind) in enumerate(rows):
            at = ((k + 1) * STEP, row * HIGH)
            if t is None:
                figure.add(Mark(f"{name}_gap", "gap", at, (("\u22ef",),), "steps left out"))
                continue
            reached = lit.get((name, t))
            tip = f"{name}_{t}" + ("" if reached is None else f"[{unit}]: of x_{run.start} {reached:.3g} is left")
            look = "" if reached is None else f"reached_{round((len(REACHED) - 1) * reached / most) if most else 0}"
            figure.add(Mark(f"{name}_{t}", kind, at, ((Symbol(name, "", str(t)),),), tip, t, look=look))
            if row == 0 and labels:
                figure.add(Text((at[0], -RADIUS - 0.75 * LINE), (labels[t - run.start],), "label"))
    first = quantity(state, "", str(run.start - 1))
    figure.add(Mark(first.id, "initial", (0.0, HIGH), ((first,),), f"initial state {first}", run.start - 1))
    for k, t in enumerate(shown):
        ends = [f"{name}_{'gap' if t is None else t}" for name, _ in rows]
        before = first.id if k == 0 else f"{state}_{'gap' if shown[k - 1] is None else shown[k - 1]}"
        pairs = [("beside", before, ends[1])] + [("below", ends[0], ends[1]), ("above", *ends[-2:])][: len(rows) - 1] * (t is not None)
        for place, tail, head in pairs:
            _arrow(figure, tail, head, "carry" if place == "beside" else "input", t is None or tail.endswith("_gap"))
            if t is not None:
                name, values = opened[place]
                _valve(figure, f"{name}_{t}", float(values[t - run.start][unit]), (tail, head), unit, t, place)
    _words(figure, chain, unit, opened, most, run, out)
    return figure


def _chain(run: Run) -> Chain:
    """The one chain of a run that has gates."""
    chains = run.chains
    if len(chains) != 1 or not isinstance(chains[0].cell, (LSTM, GRU)):
        raise ValueError("level='gates' shows the gates of one LSTM or GRU: draw such a cell alone, or level='states', quantity='f'")
    if chains[0].steps[0]["h"].ndim != 1:
        raise ValueError("level='gates' shows one sequence, and this run is a batch: unroll one alone, or level='states', sequence=0")
    return chains[0]


def _opened(chain: Chain) -> dict[str, tuple[str, list[np.ndarray]]]:
    """How open each place's gate was, step by step, and what it is called."""
    if isinstance(chain.cell, LSTM):
        names = {"below": "i", "beside": "f", "above": "o"}
        return {place: (name, [record[name].value for record in chain.steps]) for place, name in names.items()}
    z = ("z", [record["z"].value for record in chain.steps])
    rest = ("1\u2212z", [1 - value for value in z[1]])
    kept, new = (z, rest) if getattr(chain.cell, "update") == "keep" else (rest, z)  # noqa: B009 - of a GRU
    return {"below": new, "beside": kept}


def _unit(units: Iterable[int] | None, opened: dict[str, tuple[str, list[np.ndarray]]], count: int) -> int:
    """The unit asked for, or the one whose gates move most."""
    if units is None:
        return int(np.argmax(sum(np.ptp(np.stack(values), axis=0) for _, values in opened.values())))
    asked = chosen_units(units, count, "the gates")
    if len(asked) > 1:
        raise ValueError(f"level='gates' shows one unit, units=[{asked[0]}] for instance, and {len(asked)} are given")
    return asked[0]


def _reached(run: Run, chain: Chain, unit: int, state: str, shown: Sequence[int]) -> tuple[dict[tuple[str, int], float], float]:
    """How much of the first input is left in the unit at each step, the norm of its gradient, and the most of it: a run over variables."""
    old = run.unrolled[-1]
    xs = placed(np.stack([x.value for x in old.xs]), "x", old.start, VARIABLE)
    first = [tuple(one.first.values()) for one in old.chains]
    again = scope(recording=True).run(unroll_net, old.net, run.given, xs, (), first[0], None, old.start).chains[0]
    seed, found = np.eye(chain.cell.hidden_size)[unit], {}
    for t in shown:
        for name in dict.fromkeys((state, "h")):
            target = again.steps[t - chain.start][name]
            gradient = adjoints(target, seed.astype(target.dtype), stop=xs[0].id).get(xs[0])
            found[name, t] = 0.0 if gradient is None else float(np.linalg.norm(gradient))
    return found, max(found.values())


def _arrow(figure: Figure, tail: str, head: str, kind: str, dotted: bool) -> None:
    """A straight arrow from mark to mark."""
    (x0, y0), (x1, y1) = figure.marks[tail].at, figure.marks[head].at
    dx, dy = RADIUS * np.sign(x1 - x0), RADIUS * np.sign(y1 - y0)
    way = straight((x0 + dx, y0 + dy), (x1 - dx, y1 - dy))
    figure.add(Arrow(f"{tail}-{head}", tail, head, kind, *way, note=f"{tail} to {head}", dotted=dotted))


def _valve(figure: Figure, name: str, opened: float, ends: tuple[str, str], unit: int, t: int, place: str) -> None:
    """A gate on its arrow, as far open along it as it was."""
    (x0, y0), (x1, y1) = (figure.marks[end].at for end in ends)
    along = BAR + (RING - BAR) * opened
    size: Point = (along, RING) if place == "beside" else (RING, along)
    figure.add(Mark(name, "valve", ((x0 + x1) / 2, (y0 + y1) / 2), (), f"{name}[{unit}] = {opened:.3g}", t, size))


def _words(
    figure: Figure, chain: Chain, unit: int, opened: dict[str, tuple[str, list[np.ndarray]]], most: float, run: Run, out: Sequence[int]
) -> None:
    """What the signs mean."""
    which = [part for place, (name, _) in opened.items() for part in ("; ", f"{place} it ", Symbol(name), f", {GATES[place]}")]
    state = "c" if isinstance(chain.cell, LSTM) else "h"
    lines: list[Line] = [("ring: an open gate; bar: a closed one; between: as far open as it was",)]
    lines.append((f"unit {unit} of ", Symbol(state), ": ", *which[1:]))
    lines.append(("shaded by what of ", Symbol("x", "", str(run.start)), f" is left in it, the strongest {most:.2g}"))
    lines += [(said_left_out(out),)] if out else []
    low = -RADIUS - LINE * (1.9 if any(text.kind == "label" for text in figure.texts) else 1.0)
    middle = max(mark.at[0] for mark in figure.marks.values()) / 2
    figure.write(lines, middle, low, LINE)
    figure.description = " ".join("".join(map(str, line)) + "." for line in lines)
