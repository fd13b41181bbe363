"""Training: update rules, clipping, truncated BPTT over long sequences with the state carried, and generation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np

from autograd_rnn.engine import scope
from autograd_rnn.engine.checks import finite, positive, whole
from autograd_rnn.engine.ops import norm as length
from autograd_rnn.interrupt import heard
from autograd_rnn.limits import afford, at_most
from autograd_rnn.nets.given import array_of, choose, generator, size
from autograd_rnn.nets.model import Model, Scored
from autograd_rnn.nets.parameters import distinct
from autograd_rnn.nets.progress import Progress, patient
from autograd_rnn.nets.stretches import cuttable, pieces, sequences
from autograd_rnn.nets.wiring import Bidirectional, layers_of
from autograd_rnn.table import table
from autograd_rnn.visible import class_of, shown

# An update rule says what to add to a parameter: (gradient, its memory m, v, the update's number, lr, the rule's settings).
# A memory is an array that starts at zero and is written in place.


def sgd(g: Any, m: Any, v: Any, n: int, lr: float) -> Any:
    """-lr g."""
    return -lr * g


def momentum(g: Any, m: Any, v: Any, n: int, lr: float, beta: float = 0.9) -> Any:
    """m ← β m + g; -lr m. Polyak 1964."""
    m[...] = beta * m + g
    return -lr * m


def adagrad(g: Any, m: Any, v: Any, n: int, lr: float, eps: float = 1e-8) -> Any:
    """v ← v + g²; -lr g / (√v + ε). Duchi, Hazan and Singer 2011."""
    v += g * g
    return -lr * g / (np.sqrt(v) + eps)


def rmsprop(g: Any, m: Any, v: Any, n: int, lr: float, rho: float = 0.9, eps: float = 1e-8) -> Any:
    """v ← ρ v + (1 - ρ) g²; -lr g / (√v + ε). Tieleman and Hinton 2012."""
    v[...] = rho * v + (1 - rho) * g * g
    return -lr * g / (np.sqrt(v) + eps)


def adam(g: Any, m: Any, v: Any, n: int, lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Any:
    """m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g²; -lr m̂ / (√v̂ + ε) with m̂ = m / (1 - β₁ⁿ), v̂ = v / (1 - β₂ⁿ). Kingma and Ba 2015."""
    m[...] = beta1 * m + (1 - beta1) * g
    v[...] = beta2 * v + (1 - beta2) * g * g
    return -lr * (m / (1 - beta1**n)) / (np.sqrt(v / (1 - beta2**n)) + eps)


LETTERS = 100_000  # that a model writes in some ten seconds
SMALL, MOST = 300_000, 10**7  # numbers that are multiplied in the time that a step's own work takes, and steps in some half an hour
RULES: dict[str, Callable[..., Any]] = {rule.__name__: rule for rule in (sgd, momentum, adagrad, rmsprop, adam)}


class Optimizer:
    """One update rule with the memories of every parameter.

    >>> W = tensor([1.0, 2.0], name="W")
    >>> Optimizer("sgd", lr=0.5).update({"W": W}, {"W": np.array([2.0, 0.0])})
    >>> W.value
    array([0., 2.])
    """

    def __init__(self, rule: str, lr: float, **settings: float):
        self.rule, self.lr, self.settings, self.updates = RULES[choose("optimizer", rule, RULES)], lr, settings, 0
        if not (finite(lr) and lr > 0):
            raise ValueError(f"lr must be a number above 0, not {shown(lr)}")
        known = self.rule.__code__.co_varnames[5 : self.rule.__code__.co_argcount]
        if unknown := [name for name in settings if name not in known]:
            raise ValueError(f"{rule} has the settings {', '.join(known) or 'none'}, not {', '.join(unknown)}")
        for name, value in settings.items():
            if not (isinstance(value, Real) and 0 <= value < 1):
                raise ValueError(f"{name} must be a number from 0 up to but not 1, not {shown(value)}")
        self._memory: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def update(self, parameters: Any, gradients: Any) -> None:
        """Give every parameter its next value."""
        self.updates += 1
        for name, parameter in distinct(parameters).items():
            m, v = self._memory.setdefault(name, (np.zeros(parameter.shape), np.zeros(parameter.shape)))
            parameter.assign(parameter.value + self.rule(gradients[name], m, v, self.updates, self.lr, **self.settings))


def global_norm(gradients: dict[str, np.ndarray]) -> float:
    """√Σ g² over all gradients, also where the squares leave the range of the dtype.

    >>> global_norm({"W": np.array([3.0]), "b": np.array([4.0])})
    5.0
    """
    return math.hypot(*(float(length(g)) for g in gradients.values()))


def clipped(gradients: dict[str, np.ndarray], norm: float | None = None, value: float | None = None) -> dict[str, np.ndarray]:
    """Gradients clipped: each element to ±value, then all together to a global norm (Pascanu, Mikolov and Bengio 2013).

    >>> clipped({"W": np.array([3.0]), "b": np.array([4.0])}, norm=1.0)
    {'W': array([0.6]), 'b': array([0.8])}
    """
    if value is not None:
        gradients = {name: np.clip(g, -value, value) for name, g in gradients.items()}
    if norm is not None and (whole := global_norm(gradients)) > norm:
        gradients = {name: g * (norm / whole) for name, g in gradients.items()}
    return gradients


class History:
    """The loss and the gradient's norm (before clipping) at every update; prints as a table."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.interrupted = False

    def __len__(self) -> int:
        return len(self.losses)

    def mean(self, first: int | None, last: int | None) -> float:
        """The mean loss of some updates: ``mean(0, 10)`` of the first ten, ``mean(-10, None)`` of the last."""
        losses = self.losses[first:last]
        return float(np.mean(losses)) if losses else math.nan

    def __str__(self) -> str:
        picked = sorted({0, len(self) - 1, *(round(k * (len(self) - 1) / 9) for k in range(10))}) if len(self) else []
        note = "stopped by hand" if self.interrupted else ""
        return table(["update", "loss", "gradient norm"], [(k + 1, self.losses[k], self.norms[k]) for k in picked], note=note)

    __repr__ = __str__


def fit(
    model: Any,
    data: Any,
    optimizer: str = "adam",
    lr: float = 1e-2,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    epochs: int = 1,
    truncate: int | None = None,
    progress: bool | None = None,
    label: str = "training",
    **settings: float,
) -> History:
    """Train a model in place; returns the loss and gradient norm of every update.

    ``data``: one (x, y), (x, y, lengths) or (x, y, dict(where=...)), with what else `unroll` takes, or a list of them. ``optimizer``:
    sgd, momentum, adagrad, rmsprop or adam, with its own settings (``beta=0.9``). ``truncate=k``: truncated BPTT, an update every k steps,
    the state carried across. ``progress``: a bar on stderr (by default where that is a terminal), called ``label``. Ctrl-C ends the
    training and keeps what was learned. Raises ValueError where the loss stops being a number.

    >>> model = Model(RNN(2, 3), output_size=2)
    >>> history = fit(model, (np.eye(2), [0, 1]), epochs=20)
    >>> history.losses[-1] < history.losses[0]
    True
    """
    rule, history, items = Optimizer(optimizer, lr, **settings), History(), sequences(data)
    epochs, truncate = _checked(model, items, epochs, truncate, clip_norm=clip_norm, clip_value=clip_value)
    total = epochs * sum(-(-len(x) // truncate) if truncate else 1 for x, *_ in items)
    at_most("fit: updates", total, 10**7)
    count = model.count_parameters()
    afford(f"training {count:,} parameters", 64.0 * count)  # their gradients, what the rule remembers, and what it computes with
    with Progress(total, progress, label) as bar, np.errstate(over="ignore", invalid="ignore"):  # the loss is looked at instead
        try:
            for _ in range(epochs):
                for item in items:
                    state: Any = None
                    for x, y, options in pieces(item, truncate):
                        run = model.unroll(x, y, **{"h0": state, **options})
                        loss, norm = update(rule, model, run, clip_norm, clip_value)
                        history.losses.append(loss)
                        history.norms.append(norm)
                        bar.update(f"loss {loss:.4g}  |gradient| {norm:.3g}")
                        state = carried(run) if truncate else None
        except KeyboardInterrupt:
            heard()
            history.interrupted = True
    for parameter in model.parameters.values():
        parameter.zero_grad()
    return history


def _checked(model: Any, items: list[tuple[Any, ...]], epochs: Any, truncate: Any, **limits: float | None) -> tuple[int, int | None]:
    """The epochs and the steps of a stretch, if a training with them makes sense."""
    if not isinstance(model, Scored):
        raise TypeError(f"fit trains a Model or an EncoderDecoder, not {class_of(model)}: write Model(cell, output_size=...)")
    for what, limit in limits.items():
        if limit is not None and not (isinstance(limit, float) and limit == math.inf):
            positive(what, limit)
    if truncate is not None:
        truncate = size("truncate", truncate)
        if model.task != "many-to-many":
            raise ValueError(f"truncate cuts sequences with a target at every step, not a {model.task} task")
        carries_forward(model, "truncate")
        for item in items:
            cuttable(item)
    return size("epochs", epochs), truncate


def affordable(what: str, steps: int, batch: int, *models: Any) -> None:
    """Raise ValueError for a training of so many steps, on so many sequences at a time, that takes more than half an hour.

    >>> affordable("train", 25_000, 16, Model(RNN(2, 3), output_size=2))
    """
    small = sum(steps * (1 + batch * model.count_parameters() / SMALL) for model in models)
    at_most(f"{what}: steps to learn, in those of a small net", small, MOST)


def update(rule: Optimizer, model: Any, run: Any, norm: float | None, value: float | None) -> tuple[float, float]:
    """One step of the rule on a run's gradients, clipped to ``norm`` and ``value``; the loss and the gradient's norm before that."""
    loss, gradients = float(run.loss.value), dict(run.backward().items())
    whole = global_norm(gradients)
    if not math.isfinite(loss + whole):
        at = f"at update {rule.updates + 1}, the gradient's norm {whole}"
        raise ValueError(f"the loss is {loss} {at}: lower lr={rule.lr}, or clip with clip_norm=5")
    rule.update(model.parameters, clipped(gradients, norm, value))
    return loss, whole


@patient("measuring the loss")
@scope(recording=False)
def mean_loss(model: Any, x: Any, y: Any, truncate: int, stretches: int = 40) -> float:
    """The mean loss over the first ``stretches`` of a sequence, the state carried from one to the next, and nothing learned.

    >>> bool(np.isclose(mean_loss(Model(RNN(2, 3), output_size=2, reduction="mean"), np.zeros((4, 2)), [0, 1, 0, 1], 2), np.log(2)))
    True
    """
    total, steps, state = 0.0, 0, None
    for few, wanted, _ in itertools.islice(pieces((x, y), truncate), stretches):
        run = model.unroll(few, wanted, h0=state)
        total, steps, state = total + len(few) * float(run.loss.value), steps + len(few), carried(run)
    return total / steps


def carries_forward(model: Any, what: str) -> None:
    """Raises ValueError for a model whose last state is not where the next stretch of the sequence starts."""
    if not isinstance(model, Model) or any(isinstance(layer, Bidirectional) for layer in layers_of(model.cell)):
        raise ValueError(
            f"{what} carries the state from one stretch to the next: it needs a Model that reads forward only, not {shown(model)}"
        )


def carried(run: Any) -> Any:
    """A run's last states as plain arrays, in the form that ``h0`` takes."""
    states = [tuple(value.value for value in state) for state in run.unrolled[-1].last()]
    return states[0] if len(run.unrolled[-1].chains) == 1 else states


@scope(recording=False)
def generate(model: Any, classes: Sequence[int], steps: int, temperature: float = 1.0, seed: int = 0) -> list[int]:
    """Continue a sequence of classes by ``steps`` more, each drawn from softmax(s / temperature) and fed back as one-hot input.

    >>> len(generate(Model(RNN(2, 3), output_size=2), [0], steps=5))
    5
    """
    from autograd_rnn.nets.losses import one_hot

    carries_forward(model, "generate")
    at_most("generate: steps", whole("steps", steps), LETTERS)
    temperature = positive("temperature", temperature)
    if model.readout.output != "softmax":
        raise ValueError(f"generate draws classes, and the scores of {model.readout.loss} are none: build the model with cross_entropy")
    if model.cell.input_size != model.readout.output_size:
        sizes = f"input_size={model.cell.input_size} and output_size={model.readout.output_size}"
        raise ValueError(f"generate feeds answers back as inputs: both sizes must be equal, not {sizes}")
    first = array_of(classes, "classes")
    if first.ndim != 1 or not len(first):
        raise ValueError("generate continues a sequence: classes needs at least one to start from, in a list")
    rng, written, state, given = generator(seed), [], None, first.tolist()
    with Progress(steps, None, "writing") as bar:
        for _ in range(steps):
            run = model.unroll(one_hot(given, model.cell.input_size), h0=state)
            state = carried(run)
            scores = run.scores[len(given)].value.astype(np.float64)
            with np.errstate(over="ignore"):  # at almost no temperature: e^-inf is 0
                weights = np.exp((scores - scores.max()) / temperature)
            given = [int(rng.choice(len(weights), p=weights / weights.sum()))]
            written += given
            bar.update()
    return written
