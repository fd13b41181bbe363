"""A net by its name and options, as the commands take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_rnn.limits import at_most
from autograd_rnn.nets.cells import ACTIVATIONS, CELLS, Jordan
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.feed_forward import FeedForward
from autograd_rnn.nets.given import size
from autograd_rnn.nets.losses import LOSSES
from autograd_rnn.nets.model import TASKS, Model
from autograd_rnn.nets.wiring import Bidirectional, Stacked

PLAIN = "feed-forward"
OWN = {"rnn": ("activation",), "lstm": ("peephole", "coupled", "forget_bias"), "gru": ("reset", "update"), "jordan": ("activation",)}
OWN |= {PLAIN: ("activation",)}


def net_options(command: Any, cell: Any = None, task: str = "many-to-many") -> None:
    """A net by its cell's name and options. ``cell``: how many of that name (``?``: it may be left out); ``task``: what it does unasked."""
    command.add_argument("cell", choices=OWN, nargs=cell, help="the cell that the net is made of")
    command.add_argument("--activation", choices=ACTIVATIONS, help="of an rnn, a jordan or a feed-forward net (default: tanh)")
    command.add_argument("--peephole", action="store_true", help="an lstm whose gates see the cell state")
    command.add_argument("--coupled", action="store_true", help="an lstm with f = 1 - i")
    command.add_argument("--forget-bias", type=float, metavar="B", help="an lstm's b_f to begin with (default: 1)")
    command.add_argument("--reset", choices=("before", "after"), help="of a gru: before or after the matrix product (default: before)")
    command.add_argument("--update", choices=("new", "keep"), help="of a gru: z takes the new value or keeps the old (default: new)")
    command.add_argument("--layers", type=int, default=1, metavar="N", help="cells one above the other (default: 1)")
    command.add_argument("--bidirectional", action="store_true", help="two chains a layer, one against the other")
    command.add_argument("--decoder", action="store_true", help="an encoder-decoder: a second net of the same kind writes the answer")
    command.add_argument("--no-bias", action="store_true", help="neither the cells nor the readout have biases")
    command.add_argument("--learn-initial", action="store_true", help="the first state is a parameter")
    command.add_argument("--task", choices=TASKS, help=f"what is read and answered (default: {task})")
    command.set_defaults(unasked=task)
    command.add_argument("--loss", choices=LOSSES, default="cross_entropy", help="of each step (default: cross_entropy)")
    command.add_argument("--mean", action="store_true", help="the mean of the losses in place of their sum")
    command.add_argument("--force", action="store_true", help="do it however long it takes, and however large the picture")


def given_of(options: Any) -> dict[str, Any]:
    """The options that belong to some cells only, as far as they were given."""
    found = {name: getattr(options, name) for names in OWN.values() for name in names}
    return {name: value for name, value in found.items() if value is not None and value is not False}


def flag(name: str) -> str:
    """An option as it is written on the command line."""
    return f"--{name.replace('_', '-')}"


def model_of(options: Any, D: int = 2, H: int = 3, K: int = 4, seed: int = 0) -> Any:
    """The model that the options describe, of D inputs, H units and K scores; an option of another cell is an error."""
    given = given_of(options)
    foreign = [name for name in given if name not in OWN[options.cell]]
    if foreign:
        raise ValueError(f"{flag(foreign[0])} is no option of {options.cell}, which has {' and '.join(map(flag, OWN[options.cell]))}")
    plain = options.cell == PLAIN
    task = options.task or ("many-to-many" if options.decoder else "one-to-one" if plain else options.unasked)
    if options.cell == "jordan" and (options.bidirectional or options.decoder or options.layers > 1):
        raise ValueError("a jordan net feeds its own answer back: --layers, --bidirectional and --decoder belong to rnn, lstm and gru")

    if plain and (unfit := [name for name in ("bidirectional", "decoder", "learn_initial") if getattr(options, name)]):
        raise ValueError(f"a feed-forward net has no state that goes on from step to step: leave out {flag(unfit[0])}")
    if options.learn_initial and options.decoder:
        raise ValueError("a decoder starts from the encoder's last state, so it has none to learn: leave out --learn-initial")

    def cell(D: int, seed: int) -> Any:
        given.update(learn_initial=options.learn_initial, bias=not options.no_bias)
        return Jordan(D, H, K, seed=seed, **given) if options.cell == "jordan" else CELLS[options.cell](D, H, seed=seed, **given)

    reduction = "mean" if options.mean else "sum"
    bias = not options.no_bias or options.cell == "jordan"
    at_most("--layers", options.layers, 100)
    net = (
        FeedForward(D, [H] * size("--layers", options.layers), seed=seed, bias=bias, **given)
        if plain
        else _wired(cell, options, D, H, seed)
    )
    if not options.decoder:
        return Model(net, output_size=K, task=task, loss=options.loss, reduction=reduction, bias=bias)
    if task != "many-to-many" or options.bidirectional:
        raise ValueError("an encoder-decoder is many-to-many, and --bidirectional would let its decoder read what it has not written yet")
    return EncoderDecoder(net, _wired(cell, options, K, H, seed + 100), output_size=K, loss=options.loss, reduction=reduction, bias=bias)


def _wired(cell: Callable[[int, int], Any], options: Any, D: int, H: int, seed: int) -> Any:
    """So many layers, each of one cell or of two that run against each other; each cell's parameters have a seed of their own."""
    layers: list[Any] = []
    for level in range(size("--layers", options.layers)):
        D = layers[-1].output_size if layers else D
        first = seed + 2 * level
        layers.append(Bidirectional(cell(D, first), cell(D, first + 1)) if options.bidirectional else cell(D, first))
    return layers[0] if len(layers) == 1 else Stacked(layers)
