"""``autograd-rnn train``: learn a character model from a text, and let it write."""

from __future__ import annotations

import math
from typing import Any

from autograd_rnn.limits import at_most
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.visible import visible

BATCH, STRETCH = 16, 25  # streams, and steps of truncated BPTT, unasked


def options(command: Any) -> None:
    """The command's options."""
    command.add_argument("file", metavar="FILE", help="any UTF-8 text")
    command.add_argument("--cell", choices=CELLS, default="lstm", help="default: lstm")
    command.add_argument("--hidden", type=int, default=64, metavar="H", help="size of the state (default: 64)")
    command.add_argument("--epochs", type=int, metavar="N", help="passes over the text (default: enough for about 1000 updates)")
    command.add_argument("--lr", type=float, default=5e-3, help="Adam's learning rate (default: 0.005)")
    command.add_argument("--batch", type=int, default=BATCH, metavar="B", help=f"streams read side by side (default: {BATCH})")
    command.add_argument("--truncate", type=int, default=STRETCH, metavar="K", help=f"steps of truncated BPTT (default: {STRETCH})")
    command.add_argument("--sample", type=int, default=200, metavar="N", help="characters to write afterwards (default: 200)")
    command.add_argument("--start", metavar="TEXT", help="what the written text starts with (default: the text's first character)")
    command.add_argument("--temperature", type=float, default=0.7, help="lower is more cautious (default: 0.7)")
    command.add_argument("--seed", type=int, default=0, help="default: 0")
    command.add_argument("--save", metavar="FILE.npz", help="keep the model")
    command.add_argument("--force", action="store_true", help="do it however long it takes")


def run(options: Any) -> None:
    """Train on a file, then write."""
    from autograd_rnn.nets.given import size
    from autograd_rnn.nets.saving import save
    from autograd_rnn.nets.text import Text
    from autograd_rnn.nets.training import LETTERS, affordable, fit, mean_loss
    from autograd_rnn.writing import put, writable

    for name in ("hidden", "batch", "truncate"):
        size(f"--{name}", getattr(options, name))
    if options.epochs is not None:
        size("--epochs", options.epochs)
    for name in ("lr", "temperature"):
        if not 0 < getattr(options, name) < math.inf:
            raise ValueError(f"--{name} must be a number above 0, not {getattr(options, name)}")
    if options.sample < 0:
        raise ValueError(f"--sample must be at least 0, not {options.sample}")
    at_most("--sample: characters to write", options.sample, LETTERS)
    text = Text.read(options.file)
    pairs = len(text.content) - 1
    for name, usual in (("batch", BATCH), ("truncate", STRETCH)):
        if (given := getattr(options, name)) > max(usual, pairs):
            raise ValueError(f"--{name} {given:,} is more than {text.source} has characters to learn from, {pairs:,}: ask for fewer")
    start = text.content[0] if options.start is None else options.start
    text.encode(start)
    if not start:
        raise ValueError("--start needs at least one character")
    if options.save is not None:
        writable(options.save)
    batch = max(1, min(options.batch, pairs // (2 * options.truncate)))
    x, y = text.lesson(batch)
    epochs = options.epochs or -(-1000 // -(-len(x) // options.truncate))
    model = text.model(options.cell, options.hidden, options.seed)
    affordable("train", epochs * len(x), batch, model)
    print(f"{text.source}: {len(text.content):,} characters, {len(text.characters)} different ones")
    how = f"{epochs} pass{'es' * (epochs != 1)} in {batch} stream{'s' * (batch != 1)}"
    print(f"{options.cell} with {options.hidden} units: {model.count_parameters():,} parameters, {how}")
    before = mean_loss(model, x, y, options.truncate)
    history = fit(model, (x, y), lr=options.lr, clip_norm=5.0, epochs=epochs, truncate=options.truncate)
    after = mean_loss(model, x, y, options.truncate)
    stopped = " (stopped by hand)" if history.interrupted else ""
    print(f"mean loss {before:.3f} -> {after:.3f} nats a character in {len(history)} update{'s' * (len(history) != 1)}{stopped}")
    if options.save:
        save(model, options.save, {"characters": text.characters})
        print(f"saved to {visible(options.save)}")
    if options.sample:
        print()
        put(visible(text.write(model, start, options.sample, options.temperature, options.seed), lines=True) + "\n")
    if history.interrupted:  # what was learned is kept, and the exit code says that it is not all
        raise KeyboardInterrupt
