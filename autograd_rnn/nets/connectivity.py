"""What a prediction hangs on: how much each input, past and future, moves one step's scores or state."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor, scope
from autograd_rnn.engine.checks import string, taken
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.limits import afford, at_most
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.inputs import masks_of, placed
from autograd_rnn.nets.links import changed, close
from autograd_rnn.nets.progress import patient
from autograd_rnn.nets.unrolling import Series, Unrolled, unroll_net
from autograd_rnn.table import table
from autograd_rnn.visible import visible

ORANGE = (230, 159, 0)  # of what counts most, in Okabe and Ito's palette; black letters can be read on it
MOST = 500_000  # steps that are swept back in some ten seconds, once for each number of the one that is asked for
CUBE = (0, 95, 135, 175, 215, 255)  # the steps of a terminal's 256 colours


class Connectivity:
    """‖∂s_t/∂x_k‖ for every k, what `Run.connectivity` found. ``norms``: spectral norms, (T,), or (T, B) for a batch; ``steps``: the
    k of each; ``shares``: each in relation to the sum of all; ``labels``: what was read. It prints as a table with a sentence;
    ``coloured()`` is the text in a terminal's colours, ``html()`` as markup; ``ar.draw(connectivity)`` draws it."""

    def __init__(self, of: str, t: int, steps: list[int], norms: np.ndarray, labels: list[str], read: bool = False):
        self.of, self.t, self.steps, self.norms, self.labels = of, t, steps, norms, labels
        self.read = read  # all of it before step t, by an encoder, whose steps have their own numbers

    @property
    def shares(self) -> np.ndarray:
        """Each norm in relation to the sum of all; 0 where all are."""
        total = self.norms.sum(axis=0)
        return self.norms / np.where(total > 0, total, 1.0)

    @property
    def weights(self) -> np.ndarray:
        """By step from 0 to 1, 1 for the input that counts most; of a batch the mean share."""
        by = self.shares if self.norms.ndim == 1 else self.shares.mean(axis=1)
        return by / (by.max() or 1.0) if by.size else by

    def here(self, k: int) -> bool:
        """Whether an input is that of the step itself."""
        return k == self.t and not self.read

    @property
    def sentence(self) -> str:
        """What of the past and of the future reaches the step."""
        by = self.norms.reshape(len(self.steps), -1).max(axis=1)
        if self.read:
            return f"{self.of}_{self.t} holds something of {int((by > 0).sum())} of the {len(by)} input{'s' * (len(by) != 1)} read before."
        past = [k for k, norm in zip(self.steps, by, strict=True) if k < self.t and norm > 0]
        future = [k for k, norm in zip(self.steps, by, strict=True) if k > self.t and norm > 0]
        name, later = f"{self.of}_{self.t}", [k for k in self.steps if k > self.t]
        of_past = f"something of {len(past)} earlier input{'s' * (len(past) != 1)}" if past else "nothing of an earlier input"
        of_future = f"of {len(future)} later one{'s' * (len(future) != 1)}" if future else "nothing of a later one"
        return f"{name} holds {of_past}" + (f" and {of_future}." if later else ".")

    def coloured(self) -> str:
        """The text, each piece on a ground as dark as its share, the step itself underlined; plain where NO_COLOR is set."""
        if os.environ.get("NO_COLOR"):
            return "".join(visible(label) for label in self.labels)
        return "".join(map(self._piece, self.labels, self.weights, self.steps))

    def _piece(self, label: str, weight: float, k: int) -> str:
        """One piece of the text in a terminal's colours."""
        tint = [min(range(6), key=lambda n, c=c: abs(CUBE[n] - c)) for c in self._tint(weight)]  # type: ignore[misc]
        under = "4;" if self.here(k) else ""
        return f"\x1b[{under}38;5;16;48;5;{16 + 36 * tint[0] + 6 * tint[1] + tint[2]}m{visible(label)}\x1b[0m"

    def html(self) -> str:
        """The text as HTML: a span a piece, on a ground as dark as its share, with the number for a pointer."""
        spans = []
        for k, label, norm, weight in zip(self.steps, self.labels, self.norms, self.weights, strict=True):
            ground = ", ".join(str(round(c)) for c in self._tint(weight))
            outline = "; outline: 2px solid #222" if self.here(k) else ""
            said = f"|d{self.of}_{self.t}/dx_{k}| = {', '.join(f'{n:.3g}' for n in np.atleast_1d(norm))}"
            style = f"background: rgb({ground}); color: #222{outline}"
            spans.append(f'<span style="{style}" title="{html.escape(said)}">{html.escape(visible(label))}</span>')
        return f'<p class="connectivity" style="white-space: pre-wrap">{"".join(spans)}</p>'

    _repr_html_ = html

    @staticmethod
    def _tint(weight: float) -> list[float]:
        """A colour from white to orange."""
        return [255 - weight * (255 - c) for c in ORANGE]

    def __str__(self) -> str:
        columns = ["k", "x_k", f"‖∂{self.of}_{self.t}/∂x_k‖", "share"]
        norms = self.norms if self.norms.ndim == 1 else self.norms.mean(axis=1)
        shares = self.shares if self.norms.ndim == 1 else self.shares.mean(axis=1)
        rows = [
            [str(k), label, float(n), f"{100 * s:.1f} %"] for k, label, n, s in zip(self.steps, self.labels, norms, shares, strict=True)
        ]
        note = f"In the mean of {self.norms.shape[1]} sequences." if self.norms.ndim > 1 else ""
        return table(columns, rows) + "\n\n" + " ".join(filter(None, [self.sentence, note]))

    __repr__ = __str__


@patient("following gradients")
def connectivity(run: Any, t: int, of: str | None = None, labels: Iterable[str] | None = None) -> Connectivity:
    """What step t hangs on: see `Run.connectivity`."""
    name = ("s" if len(run.scores) else "h") if of is None else string("of", of)
    xs = list(run.x)
    said = _labels(labels, len(xs))
    target = _quantity(run, name)[t]
    if not target.size:
        raise ValueError("a batch of no sequences hangs on nothing: unroll at least one")
    if not target.ndim:
        raise ValueError(f"{name}_{t} is a single number: run.backward() has its gradient")
    if not all(isinstance(x, Tensor) and x.op is not None for x in xs) and xs:
        before, run = target, scope(recording=True).run(_again, run)
        xs, target = list(run.x), _quantity(run, name)[t]
        if not close(target.value, before.value):
            raise changed(f"{name}_{t}")
    width, count = xs[0].shape[-1] if xs else 0, target.shape[-1]
    at_most("connectivity: steps that are swept back", len(xs) * count * len(run.unrolled[-1].chains), MOST)
    afford(f"derivatives of {count:,} numbers by {width:,} at each of {len(xs):,} steps", 8.0 * len(xs) * target.size * width)
    parts = np.zeros((len(xs), *target.shape, width))
    for i in range(count):
        seed = np.zeros(target.shape, target.dtype)
        seed[..., i] = 1
        found = adjoints(target, seed, stop=min(x.id for x in xs)) if target.op is not None else {}
        for k, x in enumerate(xs):
            parts[k, ..., i, :] = found.get(x, 0)
    norms = np.linalg.norm(parts, 2, axis=(-2, -1)) if len(xs) else np.zeros(0)
    steps = [run.start + k for k in range(len(xs))]
    return Connectivity(name, t, steps, norms, said or list(map(str, steps)), len(run.unrolled) > 1 and name not in encoded(run))


def _quantity(run: Any, name: str) -> Any:
    """A quantity over time, h and c those of the top layer."""
    return run.h if name == "h" else run.c if name == "c" else run[name]


def encoded(run: Any) -> set[str]:
    """What an encoder computes, by name; nothing where there is none."""
    chains = run.unrolled[0].chains if len(run.unrolled) > 1 else []
    return {"xenc", *(str(full_name(label, chain.cell.tag, None)) for chain in chains for label in chain.steps[0])}


def _again(run: Any) -> Any:
    """The run once more, over inputs that are variables; a decoder over what it read."""
    again: list[Unrolled] = []
    for k, old in enumerate(run.unrolled):
        values = [x.value for x in old.xs]
        batch = values[0].shape[:-1]
        if any(isinstance(x, Tensor) and x.inputs for x in old.xs):
            raise ValueError("this decoder reads its own numbers: unroll over x = tensor(...) to differentiate by the inputs")
        first = again[-1].last() if k else [tuple(chain.first.values()) for chain in old.chains]
        xs = old.xs if k else placed(np.stack(values), "x", old.start, VARIABLE)
        masks = None if k else masks_of(run.lengths, len(xs), batch)
        again.append(unroll_net(old.net, run.given, xs, batch, first[0] if isinstance(old.net, Cell) else first, masks, old.start))
    scores = []
    if len(run.scores):
        readout, outputs = run.model.readout, again[-1].outputs()
        if len(run.scores) < len(outputs):  # the last alone
            outputs = [[chain.final[chain.cell.given] for chain in again[-1].layers[-1]]]
        scores = [readout.score(parts, run.scores.first + k, run.given.get(readout)) for k, parts in enumerate(outputs)]
    nothing = Series("L", 1, [])
    return type(run)(again, run.given, Series("s", run.scores.first, scores), nothing, None, run.model, run.start, run.lengths)


def _labels(labels: Iterable[str] | None, count: int) -> list[str]:
    """What was read, a text a step."""
    said = taken(labels, count) or []
    if labels is not None and (len(said) != count or not all(isinstance(label, str) for label in said)):
        raise ValueError(f"labels needs one string for each of the {count} steps of x, not {'more' if len(said) > count else len(said)}")
    return said
