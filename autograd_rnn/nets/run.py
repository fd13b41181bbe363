"""A run: one net unrolled over one sequence, with its values by name and time step, its loss and its gradients."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine import Tape, Tensor
from autograd_rnn.engine.checks import string
from autograd_rnn.engine.gradients import accumulate, adjoints
from autograd_rnn.engine.habits import spoken
from autograd_rnn.engine.naming import full_name
from autograd_rnn.engine.ops import sigmoid, softmax
from autograd_rnn.engine.sweep import Cut, Observer
from autograd_rnn.engine.tensor import make, set_label
from autograd_rnn.nets.connectivity import Connectivity, connectivity
from autograd_rnn.nets.flow import Flow
from autograd_rnn.nets.given import choose, size
from autograd_rnn.nets.gradients import PLAIN, VARY, RunGradients
from autograd_rnn.nets.jacobian import jacobian
from autograd_rnn.nets.measuring import flow
from autograd_rnn.nets.parameters import ByName, Given
from autograd_rnn.nets.truncation import crossing, windowed
from autograd_rnn.nets.unrolling import Chain, Series, Unrolled
from autograd_rnn.nets.weighing import Weights, shared_among
from autograd_rnn.visible import shown


def _whole(truncate: Any) -> int | None:
    """A number of steps to truncate after, or None, checked."""
    return None if truncate is None else size("truncate", truncate)


class Run:
    """What `Model.unroll` and `unroll` return: ``run.loss``, ``run.h[t]``, ``run["i"][t]``, ``run.backward()``.

    ``parameters``: the tensors that ran, by name; a weight given in two places stands under both names, one given as a function of t
    under a name a step, ``W_hh_3``. ``start``, ``lengths``, ``target_lengths``, ``teacher_forcing`` and ``replaced`` (parameters given by
    tag): what it was unrolled with. ``given``: what each part ran with. ``weights``: what multiplies the losses, ``run["m"][t]``, if
    anything does.
    """

    def __init__(
        self,
        unrolled: list[Unrolled],
        given: Mapping[Any, Given],
        scores: Series,
        losses: Series,
        loss: Tensor | None,
        model: Any = None,
        start: int = 1,
        lengths: Any = None,
        teacher_forcing: bool = True,
        weights: Weights | None = None,
        target_lengths: Any = None,
    ):
        self.unrolled, self.scores, self.losses, self.model, self.given = unrolled, scores, losses, model, given
        self.weights = weights
        spelled = (pair for part in given.values() for pair in part.spelled)
        self.parameters = ByName({name: value for part in given.values() for name, value in part.ran().items()}, spelled)
        self.start, self.lengths, self.teacher_forcing, self.target_lengths = int(start), lengths, teacher_forcing, target_lengths
        self.replaced = {part.part: part.kept for part in given.values() if part.given is not None}
        self._loss, self._swept = loss, None  # type: tuple[Tensor | None, RunGradients | None]
        self.truncated: tuple[int | None, str] = (None, "chunk")  # how the last backward sweep was

    # -- values by name ---------------------------------------------------------------------------------------------

    @property
    def chains(self) -> list[Chain]:
        """Every unrolled cell, in the order in which they ran."""
        return [chain for unrolled in self.unrolled for chain in unrolled.chains]

    @property
    def T(self) -> int:
        """The number of time steps of the (last) net."""
        return len(self.unrolled[-1].xs)

    @property
    def has_loss(self) -> bool:
        """Whether there were targets."""
        return self._loss is not None

    @property
    def loss(self) -> Tensor:
        """The total loss L."""
        if self._loss is None:
            raise ValueError("this run has no loss: give targets, model.unroll(x, y), or sum what interests you of run.h")
        return self._loss

    def _top(self, label: str) -> Series:
        top = self.unrolled[-1].layers[-1]
        if len(top) > 1 and all(self._labelled(chain, label) for chain in top):
            names = " and ".join(f"run['{full_name(label, chain.cell.tag, None)}']" for chain in top)
            raise ValueError(f"the top layer has two directions: {names}")
        return self._labelled(top[0], label)

    def _labelled(self, chain: Chain, label: str) -> Series:
        known = [*chain.steps[0]] if chain.steps else [*chain.first]
        if not isinstance(label, str) or label not in known:
            raise ValueError(f"{chain.cell.name} has no {shown(label)}; it has {', '.join(known)}")
        return chain.series(label)

    @property
    def h(self) -> Series:
        """The top layer's states, ``h[0]`` the initial one."""
        return self._top("h")

    @property
    def c(self) -> Series:
        """The top layer's cell states, ``c[0]`` the initial one."""
        return self._top("c")

    @property
    def x(self) -> Series:
        """The inputs."""
        return Series("x", self.start, self.unrolled[0].xs)

    def names(self) -> list[str]:
        """Every name that ``run[name]`` answers to."""
        answers = ["s", *(["p"] if self._probable else [])] if len(self.scores) else []
        chains = [full_name(label, c.cell.tag, None) for c in self.chains for label in (c.steps[0] if c.steps else c.first)]
        return [*dict.fromkeys(["x", *chains, *answers, *self._weighed, *(["L"] if len(self.losses) else [])])]

    @property
    def weighed(self) -> bool:
        """Whether a person gave the losses weights, and not only what has ended is left out."""
        return self.weights is not None and self.weights.chosen

    shared = property(shared_among)

    @property
    def _weighed(self) -> dict[str, Series]:
        """The weights of the losses by their name, if there are any."""
        return {w.name: Series(w.name, w.first, w.steps)} if (w := self.weights) is not None else {}

    @property
    def _probable(self) -> bool:
        """Whether the scores stand for probabilities."""
        return self.model is not None and self.model.readout.output != "identity"

    def equations(self, form: str = "text", notation: str = "names") -> str:
        """The forward equations of what ran, as ``text`` or ``latex``: `Model.equations`, with the weights of this run's losses.
        Of a batch they are those of one sequence, and L its part of the sum, or of the mean over the batch, which divides by M."""
        from autograd_rnn.nets.whole import whole  # as in `Cell.equations`

        if self.model is None:
            return str(self.unrolled[0].net.equations(form, notation))
        return whole(self.model, choose("form", form, ("text", "latex")), notation, self.weights if self.weighed else None, self.shared)

    @property
    def probabilities(self) -> Series:
        """p_t = softmax(s_t), or σ(s_t), as numbers: what ``run["p"]`` answers where the loss is a cross-entropy."""
        items, made = [], softmax if self.model.readout.output == "softmax" else sigmoid
        for s in self.scores:
            p = make(None, np.array(made(s.value)))
            set_label(p, "p")
            p.scope = s.scope
            items.append(p)
        return Series("p", self.scores.first, items)

    def __getitem__(self, name: str) -> Series:
        """A quantity over time by its printed name: ``run["s"]`` are the scores, ``run["p"]`` their probabilities, and a cell's own s is
        ``run["s_mycell"]``."""
        string("the name of a quantity", name)
        fixed = {"x": self.x, "s": self.scores, "L": self.losses, **self._weighed}
        for chain in self.chains:
            for label in chain.steps[0] if chain.steps else chain.first:
                if full_name(label, chain.cell.tag, None) == name:
                    return chain.series(label)
        if name == "p" and self._probable:
            return self.probabilities
        meant = [chain.series(chain.cell.spelling.quantities[name]) for chain in self.chains if name in chain.cell.spelling.quantities]
        if name not in fixed and len(meant) != 1:
            raise KeyError(f"no {shown(name)} in this run; it has {', '.join(self.names())}")
        return fixed[name] if name in fixed else meant[0]

    @property
    def tape(self) -> Tape:
        """Everything that ran, as a program."""
        ends = [value for chain in self.chains for value in chain.last.values()] + list(self.scores)
        return Tape.of(*(ends if self._loss is None else [*ends, self._loss]))

    @property
    def unrecorded(self) -> tuple[str, str] | None:
        """Why the tape holds no operation, and what to do about it; None where it holds some."""
        tape = self.tape
        if any(node.inputs for node in tape):
            return None
        if any(not node.scope.recording for node in tape):
            return "the run was not recorded", "unroll outside no_grad()"
        return "all parameters of this run are plain numbers", VARY

    def __repr__(self) -> str:
        nets = " -> ".join(repr(unrolled.net) for unrolled in self.unrolled)
        return f"<run of {nets}: T={self.T}{'' if self._loss is None else f', loss {self._loss.value:.6g}'}>"

    # -- gradients --------------------------------------------------------------------------------------------------

    @spoken
    def backward(self, truncate: int | None = None, truncation: str = "chunk") -> RunGradients:
        """Backpropagation through time. Adds to the parameters' ``grad`` and returns the record.

        ``truncate=k`` leaves edges of the recorded tape out: ``chunk`` cuts the states after every k-th step, as detaching them would;
        ``window`` lets each loss reach back k steps. k of at least T is exact; k = 1 leaves the local terms.
        Williams and Peng 1990.
        """
        choose("truncation", truncation, ("chunk", "window"))
        truncate = _whole(truncate)
        root, complete = self.loss, True
        swept: dict[Tensor, Any] = {}
        again: Any = lambda observe=None: {}
        if truncate is not None and truncation == "window" and root.op is not None:
            again = functools.partial(windowed, self, truncate)
            swept = again()
        elif root.op is not None or self.T:
            again, complete = functools.partial(adjoints, root, cut=self.chunks(truncate)), False
            swept = again(variables_only=True)
        accumulate(swept)
        self._swept = RunGradients(root, swept, again, self.parameters, complete)
        self.truncated = (truncate, truncation)
        return self._swept

    def observed(self, observe: Observer, truncate: int | None = None, truncation: str = "chunk") -> dict[Tensor, Any]:
        """Every adjoint of `backward`'s sweep, with ``observe(node, parent, d)`` told of each vjp, and nothing added to any ``grad``."""
        reach = _whole(truncate)
        if reach is not None and truncation == "window":
            return windowed(self, reach, observe)
        return adjoints(self.loss, cut=self.chunks(reach), observe=observe)

    def chunks(self, truncate: int | None) -> Cut | None:
        """The edges that ``backward(truncate=k)`` leaves out: the states after every k-th step, none without k."""
        chunk = _whole(truncate)
        return None if chunk is None else crossing(self, lambda t, first, ahead, joint: not joint and (t - first) % chunk == 0)

    def contributions(self, name: str) -> np.ndarray:
        """Each time step's share of a parameter's gradient: shape (T, *parameter's), summing to the gradient.

        The share of step t is the gradient of that step's own copy in the net without weight sharing. Taken from the last
        backward sweep (which is run if there was none).
        """
        if string("the name of a parameter", name) not in self.parameters:
            raise KeyError(f"no parameter {shown(name)} in this run; it has {', '.join(self.parameters)}")
        grads = self._swept or self.backward()
        parameter = self.parameters[name]
        if parameter.op is None:
            raise ValueError(f"{name} {PLAIN}")
        shares = grads.shares(parameter)
        lengths = [len(unrolled.xs) for unrolled in self.unrolled]
        total = np.zeros((max(lengths), *parameter.shape), parameter.dtype)
        if not len(total):  # no steps, no shares
            return total
        for step, share in shares.items():
            if step is None or not 0 <= step - self.start < len(total):
                raise ValueError(f"{name} also enters by what is computed from it outside the steps, which is no step's share")
            total[step - self.start] += share
        return total

    def jacobian(self, t: int, k: int, of: str = "h", wrt: str = "h") -> np.ndarray:
        """∂h_t/∂h_k by every path between them: (H, H), or (B, H, H) for a batch. The identity for k = t; 0 where no path leads
        from k to t. ``of`` and ``wrt`` name other quantities: ``run.jacobian(3, 1, "c", "c")``.
        """
        return jacobian(self, t, k, of, wrt)

    def flow(self, of: str = "state", chain: str | None = None) -> Flow:
        """How a change flows through time: ∂s_T/∂s_k by every path, for each k, with norms, bounds, saturation and a verdict (`Flow`).

        ``of``: ``state``, all that a step hands on to the next together, as an LSTM's (h, c), of all layers; one of them, ``h`` or ``c`` of
        the top layer, ``h1``, by the paths that `jacobian` has; or ``x``, ∂s_T/∂x_k. Of an encoder-decoder, from the decoder's last state
        back into the encoder. ``chain``: where a layer has two directions, the chain by its tag, ``f`` or ``b``; by default the top layer's
        forward one. The loss may be missing. Raises ValueError for parameters that have had other values since.

        >>> run = Model(LSTM(3, 4), output_size=2, task="many-to-one").unroll(np.ones((50, 3)), y=1)
        >>> flow = run.flow()
        >>> flow.gains.shape, bool(flow.gains[0] == 1), flow.kind
        ((50,), True, 'healthy')
        """
        return flow(self, of, chain)

    def connectivity(self, t: int, of: str | None = None, labels: Iterable[str] | None = None) -> Connectivity:
        """‖∂s_t/∂x_k‖ for every k, by every path: which inputs, past and future, the scores of step t hang on (`Connectivity`).

        ``of`` names another quantity, ``h`` or ``f``; without scores it is h. ``labels``: what was read, a text a step.

        >>> run = Model(RNN(3, 4), output_size=2).unroll(np.eye(3)[[0, 1, 2, 0]], y=[0, 1, 0, 1])
        >>> run.connectivity(2, labels="abca")
         k   x_k   ‖∂s_2/∂x_k‖    share
        ────────────────────────────────
         1   a          0.2965   22.1 %
         2   b           1.044   77.9 %
         3   c               0    0.0 %
         4   a               0    0.0 %
        <BLANKLINE>
        s_2 holds something of 1 earlier input and nothing of a later one.
        """
        return connectivity(self, t, of, labels)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("a run is not a sequence: run.h[t], run.scores[t] and run.losses[t] have its steps")
