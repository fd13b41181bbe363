"""The tour: nets built, printed, trained, taken apart, checked and drawn on one real text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from autograd_rnn.formulas import verify
from autograd_rnn.nets.cells import CELLS
from autograd_rnn.nets.model import Model
from autograd_rnn.nets.saving import save
from autograd_rnn.nets.text import Text
from autograd_rnn.nets.training import fit
from autograd_rnn.table import table
from autograd_rnn.visible import visible
from autograd_rnn.writing import file_name, named, replacing, writable

HOMEWORK = "rnn_layers.py"  # comes with the program; one line of it is wrong
ASKED = ("rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward")
HIDDEN, BATCH, TRUNCATE, UPDATES = 48, 16, 20, 300
LONGEST = UPDATES * TRUNCATE * BATCH + 1  # characters of which each is learned from once


def tour(source: Any = None, out: Any = "tour") -> None:
    """Print the tour of a text (by default the one shipped) and leave pictures and models in the folder ``out``."""
    text, folder = Text.read(source), file_name(out)
    made(folder)
    heading("1. A text", f"{text.source}: {len(text.content):,} characters, {len(text.characters)} different ones.")
    print(f"  {visible(' '.join(text.content[:90].split()))} ...")
    if len(text.content) > LONGEST:
        text = Text(text.content[:LONGEST], text.source)
        print(f"The tour is short: it reads the first {LONGEST:,} of them.")
    two_steps(text)
    models = trained(text, folder)
    shares(text)
    checked(text)
    pictures = drawn(text, folder)
    stepped(text, folder)
    graded(folder)
    heading("7. What you have now", f"In {visible(folder)}/:")
    for name, shown in pictures.items():
        print(f"  {name:<22} {shown}")
    print(f"  {'bptt.html':<22} how an RNN's gradients come about, step by step: open it in a browser")
    print(f"  {HOMEWORK:<22} the homework: mend it, and autograd-rnn grade cs231n-rnn {visible(folder / HOMEWORK)}")
    for name in models:
        print(f"  {f'{name}.npz':<22} the trained {name.upper()}: ar.load({str(folder / f'{name}.npz')!r})")
    print("\nWhat to try next:")
    shown = "FILE" if source is None else text.source
    for command, what in (
        (f"autograd-rnn train {shown} --cell lstm --sample 200", "a longer training, and a text written by the net"),
        ("autograd-rnn unfold gru --text river -o river.svg", "the unfolding of your own word"),
        ("autograd-rnn step --lesson", "guided walks through derivations; step lstm walks an LSTM"),
        ("autograd-rnn derive lstm", "the BPTT equations, read off the tape"),
        ('autograd-rnn check rnn "da[t] = (1 - h[t]) * dh[t]"', "a formula of your own, and what is wrong with it"),
    ):
        print(f"  {command}\n      {what}")


def made(folder: Path) -> None:
    """Make the folder, or say why it cannot be written to, before anything else is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot make the folder {named(folder)}: {error.strerror}") from None
    writable(folder / "rnn.npz")


def heading(title: str, sentence: str) -> None:
    """A part of the tour begins."""
    print(f"\n{title}\n{'=' * len(title)}\n{sentence}")


def two_steps(text: Text) -> None:
    """The tape of an RNN's first two steps."""
    x, y = text.stretch(2)
    run = text.model("rnn", HIDDEN).unroll(x, y)
    read = " then ".join(map(repr, text.content[: len(y)]))
    heading("2. One tape", f"An RNN reads {read}. Every operation is on its tape, one a line:")
    print(run.tape)
    print("\nIts equations, read off that tape:")
    print(run.unrolled[0].net.equations())


def trained(text: Text, folder: Path) -> list[str]:
    """Train the three nets briefly; a table of the losses, and a line that each one writes."""
    heading("3. Three nets learn it", f"{HIDDEN} units each, truncated BPTT over {TRUNCATE} characters, Adam, clipped at norm 5:")
    batch = max(1, min(BATCH, (len(text.content) - 1) // (2 * TRUNCATE)))
    x, y = text.lesson(batch)
    epochs = -(-UPDATES // -(-len(x) // TRUNCATE))
    rows, lines = [], []
    for name in CELLS:
        model = text.model(name, HIDDEN)
        before = loss_of(model, text)
        history = fit(model, (x, y), lr=1e-2, clip_norm=5.0, epochs=epochs, truncate=TRUNCATE, label=name.upper())
        if history.interrupted:  # who stops the tour does not want the rest of it
            raise KeyboardInterrupt
        rows.append((name.upper(), f"{model.count_parameters():,}", f"{before:.3f}", f"{loss_of(model, text):.3f}"))
        lines.append(f"{name.upper():>6}: " + visible(" ".join(text.write(model, text.content[0], 90).split())))
        save(model, folder / f"{name}.npz", {"characters": text.characters})
    print(table(["net", "parameters", "loss before", "after"], rows, note="loss in nats a character, over the text's first 500"))
    print("\nWhat they write now:")
    print("\n".join(lines))
    return list(CELLS)


def loss_of(model: Model, text: Text) -> float:
    """The mean loss over the beginning of the text."""
    return float(model.unroll(*text.stretch(500)).loss.value)


def shares(text: Text) -> None:
    """Each time step's share of one weight's gradient."""
    steps = 8
    x, y = text.stretch(steps)
    run = text.model("rnn", HIDDEN, dtype="float64").unroll(x, y)
    gradient, parts = run.backward()["W_hh"], run.contributions("W_hh")
    at = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    name = f"W_hh[{at[0]},{at[1]}]"
    heading("4. Whose fault is it?", f"{name} is used at every step, so its gradient is a sum: each step's share of dL/d{name}.")
    widest = max(abs(float(part[at])) for part in parts)
    rows = []
    for t, part in enumerate(parts, 1):
        share = float(part[at])
        bar = "█" * round(24 * abs(share) / widest) if widest else ""
        rows.append((str(t), repr(text.content[t - 1]), f"{share:+.6f}", bar))
    note = f"the shares' sum {sum(float(part[at]) for part in parts):+.6f}, the gradient {float(gradient[at]):+.6f}"
    print(table(["t", "read", "share", ""], rows, note=note))


def checked(text: Text) -> None:
    """The gradients of small nets on the text, by three routes that share no code."""
    heading("5. Are the gradients right?", "Small nets on the text's first characters; every gradient by three routes that share no code:")
    x, y = text.stretch(3)
    rows = []
    for name in CELLS:
        report = verify(text.model(name, 3, fused=False, dtype="float64").unroll(x, y))
        worst = [max(row[k] for row in report.rows) for k in (3, 4, 5)]
        rows.append((name.upper(), str(len(report.rows)), *(f"{error:.1e}" for error in worst), "yes" if report.ok else "NO"))
    columns = ["net", "parameters", "tape - sympy", "tape - complex", "sympy - complex", "agree"]
    note = "largest error relative to the largest element; sympy works with 50 digits, complex is the complex step"
    print(table(columns, rows, note=note))


def drawn(text: Text, folder: Path) -> dict[str, str]:
    """The three unfoldings and the inside of an LSTM, as SVG, and as PNG where there is a Graphviz; else a sentence says what would make
    one. {file: what it shows}."""
    from autograd_rnn.drawing import NoGraphviz, draw

    steps = min(6, len(text.content) - 1)
    x, y = text.stretch(steps)
    letters = list(text.content[:steps])
    pictures = {name: draw(text.model(name, 4, fused=False).unroll(x, y), labels=letters) for name in CELLS}
    pictures["lstm-cells"] = draw(text.model("lstm", 4, fused=False).unroll(x[:3], y[:3]), level="cell", labels=letters[:3])
    shown: dict[str, str] = {}
    for name, picture in pictures.items():
        what = "the unfolding through time" if name in CELLS else "three steps of an LSTM, cell by cell"
        picture.save(folder / f"{name}.svg")
        shown[f"{name}.svg"] = f"{what}: open it in a browser"
        try:
            picture.save(folder / f"{name}.png")
            shown[f"{name}.png"] = what
        except NoGraphviz as error:
            if len(shown) == 1:  # once is enough
                print(f"\n{error}")
    return shown


def stepped(text: Text, folder: Path) -> None:
    """How the gradients of an RNN over three characters come about, as a page to step through."""
    from autograd_rnn.steps import step

    x, y = text.stretch(min(3, len(text.content) - 1))
    step(text.model("rnn", 3, dtype="float64").unroll(x, y), level="unrolled").save(folder / "bptt.html")


def graded(folder: Path) -> None:
    """A homework with a mistake in it, graded."""
    from autograd_rnn.grader import grade

    text = (Path(__file__).parent / "data" / HOMEWORK).read_bytes()
    with replacing(folder / HOMEWORK) as file:
        file.write(text)
    sentence = "A homework runs in a process that can only compute, on numbers that it could not know; the tape says what is right:"
    heading("6. A homework is graded", sentence)
    print(grade("cs231n-rnn", folder / HOMEWORK, seed=1, only=ASKED))
