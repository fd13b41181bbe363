"""``autograd-rnn flow``: how gradients flow through nets, before any training, and after one: a table, a sentence, a picture."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np

from autograd_rnn.commands.nets import OWN, PLAIN, flag, given_of, model_of, net_options
from autograd_rnn.limits import at_most
from autograd_rnn.nets.adding import BATCH
from autograd_rnn.nets.cells import CELLS, Jordan
from autograd_rnn.nets.given import size
from autograd_rnn.nets.links import MOST, WORK, work
from autograd_rnn.nets.progress import patient
from autograd_rnn.nets.training import affordable
from autograd_rnn.visible import visible
from autograd_rnn.writing import put, writable

INPUTS, SCORES = 8, 4
STATES = ("state", "h", "c", "x")


def options(command: Any) -> None:
    """The command's options."""
    net_options(command, "+", "many-to-one")
    command.add_argument("--steps", type=int, metavar="T", help="length of the sequence (default: 100)")
    command.add_argument("--hidden", type=int, default=32, metavar="H", help="size of the state (default: 32)")
    command.add_argument("--scale", type=float, default=1.0, metavar="S", help="times the weights that multiply a state (default: 1)")
    command.add_argument("--trained", choices=("adding",), help="on the adding problem too, before and after it is learned")
    command.add_argument("--updates", type=int, default=1000, metavar="N", help="of a training at most (default: 1000)")
    command.add_argument("--of", choices=STATES, default="state", help="what is changed: all that a step hands on, or one (default: state)")
    command.add_argument("--seed", type=int, default=0, help="of weights and inputs (default: 0)")
    command.add_argument("--theme", choices=("light", "dark"), default="light", help="default: light")
    command.add_argument(
        "-o", "--output", metavar="FILE", help=".svg .png .pdf .tex or .dot; -: SVG to standard output (default: a new flow.svg)"
    )


def run(options: Any) -> None:
    """Measure, print and draw."""
    from autograd_rnn.drawing import draw
    from autograd_rnn.drawing.output.render import FORMATS

    target = Path("flow.svg" if options.output is None else options.output)
    models = _models(options)
    if options.output != "-" and not (options.output is None and target.exists()):
        writable(target, FORMATS)
    flows, learned = _trained(models, options) if options.trained else (_all(models, options), "")
    picture = draw(flows if len(flows) > 1 else next(iter(flows.values())), theme=options.theme)
    if options.output == "-":
        put(picture.svg())
        return
    put(f"{learned}{_table(flows)}\n\n{'' if options.task == 'one-to-one' else _bounds(models)}")
    if options.output is None and target.exists():  # nobody named it, so nobody gave it up
        put(f"{visible(target)} is there already and stays: -o {visible(target)} replaces it\n")
        return
    picture.save(target)
    put(f"{visible(target)}\n")


def _models(options: Any) -> dict[str, Any]:
    """A model of each cell, by its name, each with the options that it has; those that none of them has are an error."""
    cells, given = options.cell, given_of(options)
    if len(set(cells)) < len(cells):
        raise ValueError(f"{next(cell for cell in cells if cells.count(cell) > 1)} is named twice: name each cell once")
    if PLAIN in cells:
        raise ValueError(f"a {PLAIN} net has no state, so that nothing flows through time: name rnn, lstm, gru or jordan")
    for name in given:
        if not any(name in OWN[cell] for cell in cells):
            raise ValueError(f"{flag(name)} is no option of {' or '.join(cells)}")
    if not 0 < options.scale < math.inf:
        raise ValueError(f"--scale must be a number above 0, not {options.scale}")
    if options.steps is None:
        options.steps = 1 if options.task == "one-to-one" else 100
    T, H = size("--steps", options.steps), size("--hidden", options.hidden)
    if options.trained:
        _addable(options, T)
    if options.seed < 0:
        raise ValueError(f"--seed must be at least 0, not {options.seed}")
    if options.task == "one-to-one" and T > 1:
        raise ValueError("a one-to-one net has a single step: leave out --steps")
    at_most(WORK, sum(_work(cell, T, H, options) for cell in cells), MOST)
    models, sizes = {}, (2, H, 1) if options.trained else (INPUTS, H, SCORES)
    for cell in cells:
        own = {name: None for name in given if name not in OWN[cell]}
        model = model_of(argparse.Namespace(**{**vars(options), **own, "cell": cell}), *sizes, options.seed)
        _scaled(model, options.scale)
        models[cell.upper()] = model
    if options.trained:
        affordable("flow --trained", options.updates * T, BATCH, *models.values())
    return models


def _work(cell: str, T: int, H: int, options: Any) -> float:
    """What it costs to follow the gradients of a net, of its joint state or of the top layer's two chains each by itself; and to derive
    its bounds, which reads every layer's equations by each other's."""
    states, layers = len((CELLS | {"jordan": Jordan})[cell].states) * H, options.layers
    measured = 2 * work(T, 1, states) if options.bidirectional else work(T, layers, layers * states)
    return (1 + options.decoder) * (measured + layers**2)


def _scaled(model: Any, scale: float) -> None:
    """Multiply the weights that multiply a state of the step before."""
    from autograd_rnn.nets.standing import BEFORE, multiplied

    for cell in model.cells:
        of_states = {state + BEFORE for state in cell.carried}
        for name, by in multiplied(cell).items():
            weight = cell.parameters[name]
            if scale != 1 and weight.ndim == 2 and by & of_states:
                weight.assign(scale * weight.value)


def _addable(options: Any, T: int) -> None:
    """Options set for the adding problem, or an error where they are for another."""
    if options.decoder or options.task not in (None, "many-to-one"):
        raise ValueError("--trained adding asks for one number at the end: leave out --decoder and --task")
    if T < 2:
        raise ValueError("--trained adding marks two numbers: --steps must be at least 2")
    at_most("--updates", size("--updates", options.updates), 100_000)
    options.loss, options.mean = "squared_error", True


def _trained(models: dict[str, Any], options: Any) -> tuple[dict[str, Any], str]:
    """Every model's flow over one sequence of the adding problem before and after it is learned, and what was."""
    from autograd_rnn.nets.adding import batch, learn, learned

    flows: dict[str, Any] = {}
    histories = {}
    x, y = (array[..., 0, :] for array in batch(options.steps, 1, np.random.default_rng(options.seed)))
    for name, model in models.items():
        before = _ways(name, model.unroll(x, y), options)
        histories[name] = learn(model, options.steps, options.updates, options.seed, f"learning to add: {name}")
        after = _ways(name, model.unroll(x, y), options)
        flows |= before | {f"{way} trained": flow for way, flow in after.items()}
    return flows, f"{learned(histories)}\n\n"


@patient("following gradients")
def _all(models: dict[str, Any], options: Any) -> dict[str, Any]:
    """The flows of some models over random inputs."""
    return {way: flow for name, model in models.items() for way, flow in _flows(name, model, options).items()}


def _flows(name: str, model: Any, options: Any) -> dict[str, Any]:
    """The flow of a model over random inputs, by a name."""
    from autograd_rnn.nets.specimen import specimen

    return _ways(name, specimen(model, options.steps, options.steps, options.seed), options)


@patient("following gradients")
def _ways(name: str, run: Any, options: Any) -> dict[str, Any]:
    """The flow of a run, by a name; where a layer has two directions, of the top layer's two."""
    top = run.unrolled[-1].layers[-1]
    if len(top) == 1:
        return {name: run.flow(options.of)}
    return {f"{name} {way}": run.flow(options.of, chain.cell.tag) for way, chain in zip(("forward", "backward"), top, strict=True)}


def _table(flows: dict[str, Any]) -> str:
    """One flow's own table; of several their norms side by side, and what becomes of them."""
    from autograd_rnn.nets.flow import by_name

    return str(next(iter(flows.values()))) if len(flows) == 1 else by_name(flows)


def _bounds(models: dict[str, Any]) -> str:
    """What the weights alone tell."""
    from autograd_rnn.formulas import derive

    lines = [f"{name}: {line}" for name, model in models.items() for line in str(derive(model).bound()).splitlines()]
    return "\n".join(["What the weights alone tell, before any input:", *lines, ""])
