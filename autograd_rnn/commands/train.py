"""``autograd-rnn train``: learn a character model from a text, and let it write."""

from __future__ import annotations

import math
from typing import Any

from autograd_rnn.nets.cells import CELLS
from autograd_rnn.visible import visible


def options(command: Any) -> None:
    """The command's options."""
    command.add_argument("file", metavar="FILE", help="any UTF-8 text")
    command.add_argument("--cell", choices=CELLS, default="lstm", help="default: lstm")
    command.add_argument("--hidden", type=int, default=64, metavar="H", help="size of the state (default: 64)")
    command.add_argument("--epochs", type=int, metavar="N", help="passes over the text (default: enough for about 1000 updates)")
    command.add_argument("--lr", type=float, default=5e-3, help="Adam's learning rate (default: 0.005)")
    command.add_argument("--batch", type=int, default=16, metavar="B", help="streams read side by side (default: 16)")
    command.add_argument("--truncate", type=int, default=25, metavar="K", help="steps of truncated BPTT (default: 25)")
    command.add_argument("--sample", type=int, default=200, metavar="N", help="characters to write afterwards (default: 200)")
    command.add_argument("--start", metavar="TEXT", help="what the written text starts with (default: the text's first character)")
    command.add_argument("--temperature", type=float, default=0.7, help="lower is more cautious (default: 0.7)")
    command.add_argument("--seed", type=int, default=0, help="default: 0")
    command.add_argument("--save", metavar="FILE.npz", help="keep the model")


def run(options: Any) -> None:
    """Train on a file, then write."""
    from autograd_rnn.nets.given import size
    from autograd_rnn.nets.saving import save
    from autograd_rnn.nets.text import Text
    from autograd_rnn.nets.training import fit, mean_loss
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
    text = Text.read(options.file)
    start = text.content[0] if options.start is None else options.start
    text.encode(start)
    if not start:
        raise ValueError("--start needs at least one character")
    if options.save is not None:
        writable(options.save)
    batch = max(1, min(options.batch, (len(text.content) - 1) // (2 * options.truncate)))
    x, y = text.lesson(batch)
    epochs = options.epochs or -(-1000 // -(-len(x) // options.truncate))
    model = text.model(options.cell, options.hidden, options.seed)
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
