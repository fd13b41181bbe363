"""The inside of one cell, as a textbook draws it: its gates, its lines, its equations."""

from __future__ import annotations

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.reading import Teller
from autograd_rnn.drawing.cell.anatomy import anatomy
from autograd_rnn.drawing.cell.equations import beside
from autograd_rnn.drawing.cell.interior import Interior, Way, legend, line_of
from autograd_rnn.drawing.cell.joining import halves_of, joining
from autograd_rnn.drawing.cell.planning import planned
from autograd_rnn.drawing.figure import Figure, Mark, Symbol, quantity
from autograd_rnn.drawing.op.graph import letters
from autograd_rnn.drawing.output.looks import grown
from autograd_rnn.engine.call import identity
from autograd_rnn.engine.naming import name_of
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.equations import constants, one_step
from autograd_rnn.nets.standing import BEFORE

BEYOND, LINE = 44.0, 20.0  # from the frame to the marks around it; from text line to text line
STATE = (40.0, 40.0)
FREE = BEYOND - STATE[0] / 2  # from the frame to the marks' edges


def inside(cell: Cell, notation: str = "names", equations: bool = False) -> Figure:
    """A cell at a step t: what enters it, its gates and operations, what leaves it; with ``equations`` those at its right.

    >>> figure = inside(LSTM(3, 4))
    >>> [name for name, mark in figure.marks.items() if mark.kind == "gate"]
    ['i_t', 'f_t', 'g_t', 'o_t']
    """
    given, record = one_step(cell)
    roles = {value: name if name == "x" else name + BEFORE for name, value in given.items()}
    for label, node in record.items():
        if node in roles:  # what is carried on is a quantity of its own
            record[label] = identity(node)
            record[label].name = label
    read = anatomy(record, roles, (*cell.carried, cell.given))
    if notation == "concatenated":
        read = joining(read, halves_of(cell)[0])
    plan = planned(read, cell)
    names = {value: e.Sym(name, e.Time("t", 0 if name == "x" else -1)) for name, value in given.items()}
    by_letter = letters([cell]) if notation == "letters" else {}
    interior = Interior(read, plan, (0.0, 0.0), "", "t", Teller(names, constants([cell])), cell.given, by_letter, "t\u22121")
    figure = Figure(f"inside of {cell!r}")
    interior.put(figure, type(cell).__name__, None)
    ways = around(figure, interior, cell)
    interior.wires(figure, ways)
    if equations:
        told = {interior.mark_id(role): interior.told(part) for role, part in read.parts.items() if part.nodes}
        beside(figure, {id: equation for id, equation in told.items() if isinstance(equation, e.Equation)}, by_letter)
    said = legend([interior], [cell] if notation == "concatenated" else [])
    figure.write(said, plan.width / 2, -BEYOND - STATE[1] / 2 - LINE, LINE)
    figure.description = f"One step of {cell!r}. {'; '.join(mark.tip for mark in figure.marks.values() if mark.tensors)}."
    return figure


def around(figure: Figure, interior: Interior, cell: Cell) -> dict[str, Way]:
    """The marks outside the frame: x below, the states before at the left, the states after at the right, the output above."""
    plan = interior.plan
    ways = {}
    for tail, _ in interior.anatomy.wires:
        if tail == "x" and tail not in ways:
            entry = next(points[0] for (start, _), points in plan.routes.items() if start == "x")
            label = ((Symbol("x", "", "t"),),)
            figure.add(Mark("x_t", "input", (entry[0], -BEYOND), label, "input x_t", size=grown(label, "input", STATE)))
            ways[tail] = Way("x_t", ((entry[0], -BEYOND + STATE[1] / 2),))
        elif tail.endswith(BEFORE) and tail not in ways:
            y = next(points[0][1] for (start, _), points in plan.routes.items() if start == tail)
            name, label = show(e.Sym(name_of(tail[:-1]), e.Time("t", -1))), ((quantity(tail[:-1], "", "t\u22121"),),)
            size = grown(label, "initial", STATE)
            figure.add(Mark(name, "initial", (-FREE - size[0] / 2, y), label, f"state {name}", size=size))
            ways[tail] = Way(name, ((-FREE, y),), line_of(cell, tail[:-1]))
    way = interior.out(cell.given, "out ")
    if way:
        x = way.corners[-1][0]
        kind, symbol = cell.answers.get(cell.given, "state"), quantity(cell.given, "", "t")
        name = symbol.id
        figure.add(Mark(name, kind, (x, plan.height + BEYOND), ((symbol,),), f"output {name}", size=grown(((symbol,),), kind, STATE)))
        interior.onward(figure, way, name, (x, plan.height + BEYOND - STATE[1] / 2))
    for state in cell.carried:
        way = interior.out(state, f"out {state}", line_of(cell, state))
        if way:
            y = way.corners[-1][1]
            symbol = quantity(state, "", "t")
            end, size = f"{symbol.id}-next", grown(((symbol,),), "state", STATE)
            figure.add(Mark(end, "state", (plan.width + FREE + size[0] / 2, y), ((symbol,),), f"state {symbol.id}", size=size))
            interior.onward(figure, way, end, (plan.width + FREE, y))
    return ways
