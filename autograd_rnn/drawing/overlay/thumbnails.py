"""Arrays as heat maps beside their marks: a square a number, or the mean of some, round where it is negative, the darker the larger."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd_rnn.drawing.curves import through
from autograd_rnn.drawing.figure import Figure, Frame, Line, Mark, Point, Symbol, quantity
from autograd_rnn.drawing.output.looks import tint
from autograd_rnn.drawing.overlay.flow import Flow
from autograd_rnn.drawing.overlay.labels import settle
from autograd_rnn.drawing.overlay.legend import Entry, say
from autograd_rnn.drawing.overlay.room import Room

SIDES = (8.0, 7.0, 6.0, 5.0, 4.0, 3.0)  # of a square: the largest for which there is room
ROWS, APART, OFF, RIM = 5, 3.0, 11.0, 0.5  # in a column; between arrays and off the mark; off its middle line; of a box, may be in others
MUCH = 1000  # what it costs to touch a neighbour, in places taken
LIMIT = 64  # squares: of a larger array each is the mean of a block
WITHOUT = ("gap", "anchor", "join", "branch", "initial")
Grid = list[tuple[str, np.ndarray]]  # name and columns of each array


def thumbnails(figure: Figure, subject: Any = None, limit: int = LIMIT, truncate: int | None = None) -> Figure:
    """A heat map beside each mark, of at most ``limit`` squares an array; with a run or a scalar tensor as ``subject`` one of each adjoint,
    too. All values share one scale, all adjoints another; the numbers are told on hover."""
    marks = [mark for mark in figure.marks.values() if mark.kind not in WITHOUT]
    room = Room(figure)
    kinds: list[tuple[str, str, Callable[[Any], Any]]] = [("value", "values", lambda tensor: tensor.value)]
    root, beside = "", set[str]()  # marks of several heat maps
    if subject is not None:
        flow = Flow(subject, (), truncate)
        root = flow.root.name or "L"
        kinds.append(("adjoint", f"gradients of {root}", flow.adjoint.get))
    for kind, words, numbers in kinds:
        grids = {mark.id: grid for mark in marks if (grid := _grid(mark, kind, numbers, limit, root))}
        beside |= {id for id, grid in grids.items() if len(grid) > 1}
        largest = max((float(np.nanmax(np.abs(a), initial=0.0)) for grid in grids.values() for _, a in grid), default=0.0)
        rows: dict[tuple[str, int], list[Mark]] = {}
        for mark in marks:
            if mark.id in grids:
                rows.setdefault((mark.kind, round(mark.at[1])), []).append(mark)
        before = len(figure.frames)
        for row in rows.values():
            _draw(figure, row, grids, kind, largest, room)
        settle(figure, room, (through([frame.low, frame.high]) for frame in figure.frames[before:]))
        if grids:
            outlined = "thick outlines, " if kind == "adjoint" else ""
            say(figure, Entry((f"{words}: {outlined}square > 0, round < 0, the strongest {largest:.2g}",)))
    pairs = dict.fromkeys(_side_by_side(mark) for mark in marks if mark.id in beside)
    if pairs:
        say(figure, Entry(tuple(part for k, pair in enumerate(pairs) for part in ("; " if k else "side by side: ", *pair))))
    large: dict[int, list[Any]] = {}  # by how many numbers share a square
    for tensor in (tensor for mark in marks for tensor in _shown(mark)):
        if (most := _block(_squares(tensor.value)[0], limit)) != (1, 1):
            large.setdefault(most[0] * most[1], []).append(tensor)
    for count, tensors in sorted(large.items()):
        names = _listed(tensor for tensor in tensors if tensor.label)
        say(figure, Entry((*names, ": " * bool(names), f"each square the mean of up to {count} numbers")))
    return figure


def _squares(array: np.ndarray) -> tuple[np.ndarray, bool]:
    """An array as rows of squares, a batch's sequences side by side; and whether it is one sequence, to be broken into columns."""
    flat = np.asarray(array, float)
    return (flat.reshape(len(flat), math.prod(flat.shape[1:])).T, False) if flat.ndim > 1 else (flat.reshape(-1, 1), True)


def _block(squares: np.ndarray, limit: int) -> tuple[int, int]:
    """How many rows and columns share a square, so that there are few enough."""
    high, wide = (max(1, size) for size in squares.shape)
    across = -(-wide // max(1, limit // min(high, ROWS)))
    return -(-high // max(1, limit // -(-wide // across))), across


def _means(squares: np.ndarray, block: tuple[int, int]) -> np.ndarray:
    """The means of an array's blocks."""
    if block == (1, 1):
        return squares
    starts = [np.arange(0, size, some) for size, some in zip(squares.shape, block, strict=True)]
    sums, counts = (
        np.add.reduceat(np.add.reduceat(array, starts[0], axis=0), starts[1], axis=1) for array in (squares, np.ones(squares.shape))
    )
    return np.asarray(sums / counts)


def _shown(mark: Mark) -> list[Any]:
    """The tensors of a mark that have heat maps: those it names, as a gate its own value and not all within, or else its first."""
    named = {part.id for line in mark.label for part in line if isinstance(part, Symbol)}
    return [tensor for tensor in mark.tensors if tensor.name in named] or list(mark.tensors[:1])


def _side_by_side(mark: Mark) -> Line:
    """What the heat maps of a mark of several tensors stand for, from the left."""
    return _listed(_shown(mark))


def _listed(tensors: Iterable[Any]) -> Line:
    """What tensors are called, each once, whatever their step."""
    letters = dict.fromkeys(quantity(tensor.label, tensor.scope.tag) for tensor in tensors)
    return tuple(part for letter in letters for part in (", ", letter))[1:]


def _grid(mark: Mark, kind: str, numbers: Callable[[Any], Any], limit: int, root: str) -> Grid:
    """A mark's arrays as columns, each of a few rows; a batch's sequences side by side."""
    found = []
    for tensor in _shown(mark):
        array = numbers(tensor)
        if array is None or not array.size or array.dtype.kind not in "fiub":
            continue
        squares, alone = _squares(array)
        columns = _means(squares, block := _block(squares, limit))
        if alone:
            flat = columns.reshape(-1)
            across = -(-flat.size // ROWS)
            columns = np.full(across * -(-flat.size // across), np.nan)
            columns[: flat.size] = flat
            columns = columns.reshape(across, -1).T
        name = tensor.name or mark.id
        shared = f", the mean of up to {block[0] * block[1]}" if block != (1, 1) else ""
        found.append(((name if kind == "value" else f"d{root}/d{name}") + shared, columns))
    return found


def _draw(figure: Figure, row: list[Mark], grids: dict[str, Grid], kind: str, largest: float, room: Room) -> None:
    """The heat maps of marks in one row, at the corner of each where the least is in the way, as large as fits."""
    corners = [(dx, dy) for dx in (-2, -1, 2, 1, -3, 3) for dy in (-1, 1)]

    def crowd(place: tuple[Point, float]) -> int:
        boxes = [_box(mark, grids[mark.id], *place) for mark in row]
        touching = sum(a[1][0] + APART > b[0][0] and b[1][0] + APART > a[0][0] for a, b in zip(boxes[:-1], boxes[1:], strict=True))
        return MUCH * touching + sum(room.full(*box, rim=RIM) for box in boxes)

    best, side = min(((corner, side) for side in SIDES for corner in corners), key=crowd)
    for mark in row:
        (x, y), (right, top) = _box(mark, grids[mark.id], best, side)
        room.fill((x, y), (right, top), f"thumbnail of {mark.id}")
        for k, (name, columns) in enumerate(grids[mark.id]):
            for (i, j), value in np.ndenumerate(columns):
                if not np.isnan(value):
                    low = (x + j * side, top - (i + 1) * side)
                    look = f"{'negative' if value < 0 else 'positive'}_{kind}"
                    box = low, (low[0] + side, low[1] + side)
                    figure.add(Frame(f"{kind}_{mark.id}_{k}_{i}_{j}", look, *box, f"{name}: {value:.3g}", tint(value, largest)))
            x += columns.shape[1] * side + APART


def _box(mark: Mark, grid: Grid, corner: Point, side: float) -> tuple[Point, Point]:
    """Where a mark's heat maps stand: the lower left and the upper right corner."""
    wide = sum(columns.shape[1] * side for _, columns in grid) + APART * (len(grid) - 1)
    high = max(columns.shape[0] * side for _, columns in grid)
    (x, y), (across, up) = mark.at, mark.extent
    beside = abs(corner[0]) == 1  # at a corner; otherwise over or under the mark, off the line through its middle
    off = across / 2 + APART if beside else OFF * (abs(corner[0]) - 1)  # 3: a line back runs between
    left = x + off if corner[0] > 0 else x - off - wide
    far = up / 4 if beside else up / 2 + APART
    low = y + far if corner[1] > 0 else y - far - high
    return (left, low), (left + wide, low + high)
