"""Nets unrolled: a bare net by `unroll`, and `Model`, a net with a readout and a loss, for the four tasks of one sequence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.checks import whole
from autograd_rnn.engine.resting import resting
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.given import array_of, choose, size
from autograd_rnn.nets.inputs import checked, masks_of, net_of, parameters_of, placed, ragged
from autograd_rnn.nets.losses import loss_of
from autograd_rnn.nets.parameters import ByName
from autograd_rnn.nets.readout import Readout
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.saving import save
from autograd_rnn.nets.unrolling import Series, Unrolled, affordable, names_in, unroll_net
from autograd_rnn.nets.weighing import counts_of
from autograd_rnn.nets.wiring import cells_in

TASKS = ("one-to-one", "one-to-many", "many-to-one", "many-to-many")


@resting
def unroll(cell: Any, x: Any, h0: Any = None, lengths: Any = None, parameters: Any = None) -> Run:
    """Unroll a bare net over x (T, D) or (T, B, D): no scores and no loss. A tensor as x gives dL/dx.

    ``h0`` is the initial state: (h_0), (h_0, c_0), or one such for each chain, from the lowest layer up. ``lengths`` (B): a sequence that
    has ended carries its state. ``parameters``: {tag: parameters by name, or a function of t that gives them} in place of the cells' own.

    >>> run = unroll(RNN(3, 4), np.ones((5, 3)))
    >>> len(run.h), run.h[5].shape, run.h[5].name
    (6, (4,), 'h_5')
    """
    net = net_of(cell)
    x = checked(x, "x", net.input_size, net.dtype)
    batch = x.shape[1:-1]
    given = parameters_of([net], None, parameters)
    unrolled = unroll_net(net, given, placed(x, "x"), batch, h0, masks_of(lengths, len(x), batch))
    return Run([unrolled], given, Series("s", 1, []), Series("L", 1, []), None, lengths=lengths)


class Scored:
    """What `Model` and `EncoderDecoder` share: ``nets`` that run one after the other, each over a sequence of its own, and a readout."""

    task: str
    nets: list[Any]
    readout: Readout
    unroll: Callable[..., Run]
    config: Callable[[], dict[str, Any]]

    @property
    def cells(self) -> list[Cell]:
        """Every cell, one a chain, in the order in which they run."""
        return [cell for net in self.nets for cell in cells_in(net)]

    @property
    def parameters(self) -> Mapping[str, Tensor]:
        """Every parameter by name: those of the nets, then the readout's."""
        parts = [part.parameters for part in (*self.nets, self.readout)]
        return ByName({name: value for part in parts for name, value in part.items()}, (pair for part in parts for pair in part.spelled))

    count_parameters = Cell.count_parameters

    def equations(self, form: str = "text", notation: str = "names") -> str:
        """The forward equations of the whole model, as ``text`` or ``latex``, in one of the notations of `Cell.equations`: those of its
        cells, then how the scores s, the probabilities p (of cross-entropy), each step's loss and the total come of them.

        >>> print(Model(RNN(3, 4), output_size=2).equations())
        a_t = W_xh x_t + W_hh h_{t-1} + b_h
        h_t = tanh(a_t)
        <BLANKLINE>
        s_t = W_hy h_t + b_y
        p_t = softmax(s_t)
        L_t = -log p_t[y_t]
        L = Σ_t L_t
        """
        from autograd_rnn.nets.whole import whole as written  # as in `Cell.equations`

        return written(self, choose("form", form, ("text", "latex")), notation)

    def save(self, path: Any) -> None:
        """Write parameters and construction to one ``.npz`` file (never pickle); `load` reads it."""
        save(self, path)


class Model(Scored):
    """A net with a readout and a loss, for one of the four tasks of a single sequence.

    ``task``: one-to-one and one-to-many take x (D) or (B, D); many-to-one and many-to-many x (T, D) or (T, B, D).
    ``loss``: cross_entropy of the ``output`` g(s) = softmax, with class indices as targets, squared_error of the identity, or
    binary_cross_entropy of sigmoid, whose targets lie between 0 and 1; either says the other. ``reduction``: the losses' sum over steps and
    batch, or their mean. ``bias=False``: no b_y; a cell has an option of the same name. ``class_weights`` (K): m_t = w[y_t].

    >>> model = Model(RNN(3, 4), output_size=5)
    >>> run = model.unroll(np.ones((6, 3)), y=[0, 1, 2, 3, 4, 0])
    >>> run.backward()["W_hh"].shape, run.contributions("W_hh").shape
    ((4, 4), (6, 4, 4))
    """

    def __init__(
        self,
        cell: Any,
        output_size: int,
        task: str = "many-to-many",
        loss: str | None = None,
        reduction: str = "sum",
        seed: int = 0,
        bias: bool = True,
        class_weights: Any = None,
        output: str | None = None,
    ):
        self.cell, self.task = net_of(cell), choose("task", task, TASKS)
        self.nets = [self.cell]
        self.readout = Readout(cell, output_size, loss_of(output, loss), reduction, seed, bias, class_weights)

    @resting
    def unroll(
        self,
        x: Any,
        y: Any = None,
        lengths: Any = None,
        h0: Any = None,
        steps: int | None = None,
        start: int = 1,
        parameters: Any = None,
        where: Any = None,
        weights: Any = None,
    ) -> Run:
        """Unroll over x; with targets y also the losses. See the class for the shapes; y has those of the scores, without K for classes.

        ``steps=S`` for one-to-many without y: the input enters at t = 1, later inputs are zero. ``lengths`` (B) masks padding; x as a list
        of arrays (T_b, D) is padded by itself, and so is a list of targets. ``where``: which losses count, of the shape of the steps of y,
        and ``weights`` how much: L_t = m_t (...), and a mean divides by Σ m_t. Where none counts a target may be anything, -1 or NaN.
        ``h0`` as in `unroll`. ``start``: the number of the first step, for a sequence continued. ``parameters``: {tag: parameters by name,
        or a function of t that gives them} in place of a part's own, the readout's as "readout": one tensor in two places is a tied weight.

        >>> model = Model(RNN(2, 3), output_size=3)
        >>> tied = {"W_hy": model.parameters["W_hh"], "b_y": model.parameters["b_y"]}
        >>> run = model.unroll(np.ones((4, 2)), y=[0, 1, 2, 0], parameters={"readout": tied})
        >>> run.parameters["W_hy"] is model.parameters["W_hh"], list(run.backward().keys())
        (True, ['W_xh', 'W_hh', 'b_h', 'b_y'])
        """
        many_in, many_out = self.task.startswith("many"), self.task.endswith("many")
        if steps is not None and self.task != "one-to-many":
            raise ValueError(f"steps= belongs to one-to-many: a {self.task} net takes its length from x")
        start = whole("start", start, None)
        if many_in:
            steps_of = dict(y=y, where=where, weights=weights) if many_out else {}
            x, lengths, each = ragged(x, "x", 2, lengths, steps_of)
            y, where, weights = (each.get(name, value) for name, value in (("y", y), ("where", where), ("weights", weights)))
        net = self.cell
        given = parameters_of([net], self.readout, parameters)
        x = checked(x, "x", net.input_size, net.dtype, timed=many_in)
        batch = x.shape[1:-1] if many_in else x.shape[:-1]
        T = len(x) if many_in else self._length(steps, y) if many_out else 1
        affordable(net, T, batch)
        xs = placed(x if many_in else x[None], "x", start)
        if not many_in:  # nothing enters later
            xs = [*xs, *placed(np.zeros((max(T - 1, 0), *x.shape), net.dtype), "x", start + 1)][:T]
        masks = masks_of(lengths, T, batch)
        unrolled = unroll_net(net, given, xs, batch, h0, masks, start)
        outputs = unrolled.outputs() if many_out else [self._final(unrolled)]
        first = start if many_out else start + T - 1
        scores = [self.readout.score(parts, first + k, given.get(self.readout)) for k, parts in enumerate(outputs)]
        scored = Series("s", first, scores)
        rows = (T, *batch) if many_out else batch
        counts = counts_of(where, weights, masks if many_out else None, rows)
        if y is None:
            counts.unused()
            return Run([unrolled], given, scored, Series("L", first, []), None, self, start, lengths)
        targets = self.readout.targets(y, rows, many_out, counts.rows)
        ys = placed(np.array(targets if many_out else targets[None]), "y", first)
        op = VARIABLE if isinstance(x, Tensor) else None
        losses, total, weighed = self.readout.answered(scores, ys, counts, first, names_in([unrolled], given), op)
        return Run([unrolled], given, scored, Series("L", first, losses), total, self, start, lengths, weights=weighed)

    def _length(self, steps: int | None, y: Any) -> int:
        if steps is None and y is None:
            raise ValueError("a one-to-many net needs steps=S, or targets y of length S")
        y = None if y is None else np.atleast_1d(array_of(y, "y"))
        if steps is not None and y is not None and size("steps", steps) != len(y):
            raise ValueError(f"steps={steps}, but y has {len(y)} steps")
        return len(y) if y is not None else size("steps", steps)

    @staticmethod
    def _final(unrolled: Unrolled) -> list[Any]:
        """What a many-to-one readout reads: each top chain's output after its last step."""
        finals = []
        for chain in unrolled.layers[-1]:
            if chain.cell.given not in chain.final:
                raise ValueError(f"x has no time steps, and {chain.cell.name} has no first {chain.cell.given} to read out in their place")
            finals.append(chain.final[chain.cell.given])
        return finals

    def config(self) -> dict[str, Any]:
        """What `load` needs to build the model again."""
        first, *others = self.readout.config().items()  # in the order in which files have always had them
        return {"class": "Model", "cell": self.cell.config(), **dict([first, ("task", self.task), *others])}

    def __repr__(self) -> str:
        return f"Model({self.cell!r}, output_size={self.readout.output_size}, task={self.task!r}, {self.readout})"
