"""The command line: ``autograd-rnn`` or ``python -m autograd_rnn``. Errors are one sentence on stderr and exit code 2."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autograd_rnn
from autograd_rnn.nets.cells import ACTIVATIONS, CELLS
from autograd_rnn.nets.losses import LOSSES
from autograd_rnn.nets.model import TASKS, Model


class Parser(argparse.ArgumentParser):
    """argparse, with its errors in our form."""

    def error(self, message: str) -> Any:
        raise ValueError(f"{message} (see {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = Parser(prog="autograd-rnn", description="Recurrent nets on one tape: unrolled, differentiated, drawn and checked.")
    top.add_argument("--version", action="version", version=f"autograd-rnn {autograd_rnn.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)

    tour = commands.add_parser("tour", help="the whole program in one go, on real text")
    tour.add_argument("--text", metavar="FILE", help="any UTF-8 text (default: a short one that comes with the program)")
    tour.add_argument("--out", metavar="DIR", default="tour", help="where pictures and models go (default: ./tour)")
    tour.set_defaults(run=run_tour)

    train = commands.add_parser("train", help="learn a character model from a text, and let it write")
    train.add_argument("file", metavar="FILE", help="any UTF-8 text")
    train.add_argument("--cell", choices=CELLS, default="lstm", help="default: lstm")
    train.add_argument("--hidden", type=int, default=64, metavar="H", help="size of the state (default: 64)")
    train.add_argument("--epochs", type=int, metavar="N", help="passes over the text (default: enough for about 1000 updates)")
    train.add_argument("--lr", type=float, default=5e-3, help="Adam's learning rate (default: 0.005)")
    train.add_argument("--batch", type=int, default=16, metavar="B", help="streams read side by side (default: 16)")
    train.add_argument("--truncate", type=int, default=25, metavar="K", help="steps of truncated BPTT (default: 25)")
    train.add_argument("--sample", type=int, default=200, metavar="N", help="characters to write afterwards (default: 200)")
    train.add_argument("--start", metavar="TEXT", help="what the written text starts with (default: the text's first character)")
    train.add_argument("--temperature", type=float, default=0.7, help="lower is more cautious (default: 0.7)")
    train.add_argument("--seed", type=int, default=0, help="default: 0")
    train.add_argument("--save", metavar="FILE.npz", help="keep the model")
    train.set_defaults(run=run_train)

    unfold = commands.add_parser("unfold", help="draw a net's unfolding through time, on a text if you like")
    unfold.add_argument("cell", choices=CELLS)
    unfold.add_argument("--steps", type=int, default=4, metavar="T", help="default: 4")
    unfold.add_argument("--text", metavar="TEXT", help="a word to read: each step is labelled with its character")
    unfold.add_argument("-o", "--output", metavar="FILE", help=".svg .png .pdf or .dot (default: CELL.svg)")
    unfold.set_defaults(run=run_unfold)

    derive = commands.add_parser("derive", help="the BPTT equations of a net, read off its recorded backward sweep")
    net_options(derive)
    derive.add_argument("--wrt", metavar="NAME", help="only one gradient or adjoint: W_hf, h, a_i")
    derive.add_argument("--format", choices=("text", "ascii", "latex", "markdown"), default="text", help="default: text")
    derive.set_defaults(run=run_derive)

    check = commands.add_parser("check", help="hold your own formula against the derivation: exit 0 equal, 1 not equal, 2 unreadable")
    net_options(check)
    check.add_argument("formula", help="such as 'dW_hh = Sum(da[t] @ h[t-1].T, t)'; several lines are one answer; - reads standard input")
    check.set_defaults(run=run_check)

    verify = commands.add_parser("verify", help="check a net's gradients by three routes, and its derived equations against the tape")
    net_options(verify)
    verify.add_argument("--steps", type=int, default=5, metavar="T", help="length of the sequence (default: 5)")
    verify.set_defaults(run=run_verify)

    gallery = commands.add_parser("gallery", help="draw every picture of the gallery")
    gallery.add_argument("folder", metavar="DIR")
    gallery.set_defaults(run=run_gallery)
    return top


def net_options(command: argparse.ArgumentParser) -> None:
    """A net by its cell's name and options."""
    command.add_argument("cell", choices=CELLS)
    command.add_argument("--activation", choices=ACTIVATIONS, help="of an rnn (default: tanh)")
    command.add_argument("--peephole", action="store_true", help="an lstm whose gates see the cell state")
    command.add_argument("--coupled", action="store_true", help="an lstm with f = 1 - i")
    command.add_argument("--reset", choices=("before", "after"), help="of a gru: before or after the matrix product (default: before)")
    command.add_argument("--update", choices=("new", "keep"), help="of a gru: what z takes (default: new)")
    command.add_argument("--task", choices=TASKS, default="many-to-many", help="default: many-to-many")
    command.add_argument("--loss", choices=LOSSES, default="cross_entropy", help="default: cross_entropy")
    command.add_argument("--mean", action="store_true", help="the mean of the losses in place of their sum")


def model_of(options: Any) -> Model:
    """The small model that the options describe; an option of another cell is an error."""
    own = {"rnn": ("activation",), "lstm": ("peephole", "coupled"), "gru": ("reset", "update")}
    given = {name: value for names in own.values() for name in names if (value := getattr(options, name))}
    foreign = [name for name in given if name not in own[options.cell]]
    if foreign:
        raise ValueError(f"--{foreign[0]} is no option of {options.cell}, which has --{' and --'.join(own[options.cell])}")
    cell = CELLS[options.cell](2, 3, **given)
    return Model(cell, output_size=4, task=options.task, loss=options.loss, reduction="mean" if options.mean else "sum")


def run_derive(options: Any) -> None:
    """Print the derived equations."""
    from autograd_rnn.formulas import derive
    from autograd_rnn.formulas.printing import show

    derivation = derive(model_of(options))
    if options.format == "markdown" and not options.wrt:
        print(derivation.markdown(), end="")
    elif options.wrt:
        style = "latex" if options.format == "markdown" else options.format
        print("\n".join(show(equation, style) for equation in derivation.formula(options.wrt)))
    else:
        print(derivation.latex() if options.format == "latex" else derivation.text(options.format))


def run_check(options: Any) -> int:
    """Print the verdict on a person's formula."""
    from autograd_rnn.formulas import derive

    text = sys.stdin.read() if options.formula == "-" else options.formula
    verdict = derive(model_of(options)).check(text)
    print(verdict, file=sys.stderr if verdict.exit_code == 2 else sys.stdout)
    return verdict.exit_code


def run_verify(options: Any) -> None:
    """Print the proof; a ValueError if it fails."""
    from autograd_rnn.formulas import derive
    from autograd_rnn.nets.cell import size

    proof = derive(model_of(options)).verify(size("--steps", options.steps))
    print(proof)
    if not proof.ok:
        raise ValueError("the routes disagree: see the table")


def run_tour(options: Any) -> None:
    """The tour (`autograd_rnn.tour`)."""
    from autograd_rnn.tour import tour

    tour(options.text, options.out)


def run_train(options: Any) -> None:
    """Train on a file, then write."""
    from autograd_rnn.nets.cell import size
    from autograd_rnn.nets.files import save
    from autograd_rnn.nets.text import Text
    from autograd_rnn.nets.training import fit
    from autograd_rnn.writing import writable

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
    history = fit(model, (x, y), lr=options.lr, clip_norm=5.0, epochs=epochs, truncate=options.truncate)
    first, last = history.mean(0, 10), history.mean(-10, None)
    stopped = " (stopped by hand)" if history.interrupted else ""
    print(f"loss {first:.3f} -> {last:.3f} nats a character in {len(history)} updates{stopped}")
    if options.save:
        save(model, options.save, {"characters": text.characters})
        print(f"saved to {options.save}")
    if options.sample:
        print()
        print(text.write(model, start, options.sample, options.temperature, options.seed))


def run_unfold(options: Any) -> None:
    """Draw one cell's unfolding."""
    import numpy as np

    from autograd_rnn.drawing import draw
    from autograd_rnn.nets.cell import size
    from autograd_rnn.nets.text import Text

    if options.text is not None:
        if not options.text:
            raise ValueError("--text needs at least one character")
        text = Text(options.text + "\n", "--text")
        x, y = text.stretch(len(options.text))
        run, labels = text.model(options.cell, 4, fused=False).unroll(x, y), list(options.text)
    else:
        model = Model(CELLS[options.cell](3, 4), output_size=3)
        steps = size("--steps", options.steps)
        run, labels = model.unroll(np.ones((steps, 3)), np.zeros(steps, int)), None
    target = options.output or f"{options.cell}.svg"
    draw(run, labels=labels).save(target)
    print(target)


def run_gallery(options: Any) -> None:
    """Draw the gallery into a folder."""
    from autograd_rnn.drawing.gallery import gallery

    for path in gallery(Path(options.folder)):
        print(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 (of check also 1, not equal), or 2 with one sentence on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        options = parser().parse_args(arguments)
        code = options.run(options)
        print(end="", flush=True)  # a closed output is None, which has no flush
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("autograd-rnn: stopped", file=sys.stderr)
        return 130
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        message = str(error.args[0] if error.args and not isinstance(error, OSError) else error)
        print(f"autograd-rnn: {' '.join(message.split())}", file=sys.stderr)
        return 2
    else:
        return code or 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
