"""``autograd-rnn unfold`` and ``gallery``: pictures of a net."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograd_rnn.commands.nets import model_of, net_options


def unfold_options(command: Any) -> None:
    """The options of ``unfold``."""
    net_options(command)
    command.add_argument("--steps", type=int, metavar="T", help="default: 4")
    command.add_argument("--text", metavar="TEXT", help="what to read: each step is labelled with its character")
    command.add_argument("--words", action="store_true", help="read --text word by word in place of character by character")
    command.add_argument("--level", choices=("block", "cell", "op"), default="block", help="a circle a state, the cells within, every op")
    command.add_argument("--inside", action="store_true", help="the inside of one cell alone")
    command.add_argument("--folded", action="store_true", help="the loop in place of the steps")
    command.add_argument("--beside", action="store_true", help="the loop, and the steps beside it")
    command.add_argument("--all", action="store_true", help="draw every step of a long run")
    command.add_argument("--elide", action="store_true", help="leave out the steps between the third and the last")
    command.add_argument("--notation", choices=("names", "letters"), default="names", help="W_xh, W_hh, W_hy or U, W, V")
    command.add_argument("--backward", action="store_true", help="the backward sweep beside the arrows")
    command.add_argument("--gradients", action="store_true", help="the backward sweep, as wide as the norm of what flows back")
    command.add_argument("--contributions", metavar="NAME", help="shade each step by its share of a weight's gradient, such as W_hh")
    command.add_argument("--truncate", type=int, metavar="K", help="mark where truncated BPTT cuts")
    command.add_argument("--highlight", nargs="+", metavar="NAME", help="a quantity, a step (t=2), or several as a path")
    command.add_argument("--thumbnails", action="store_true", help="values as small heat maps")
    command.add_argument("--theme", choices=("light", "dark"), default="light", help="default: light")
    command.add_argument("--force", action="store_true", help="draw thousands of nodes")
    command.add_argument("-o", "--output", metavar="FILE", help=".svg .png .pdf .tex or .dot (default: CELL.svg)")


def run_unfold(options: Any) -> None:
    """Draw a net."""
    from autograd_rnn.drawing import draw

    look = {name: getattr(options, name) for name in ("notation", "theme")}
    if options.inside:
        drawn = draw(_cell(model_of(options, 3, 4, 3)), **look)
    else:
        what, labels = _subject(options)
        looped = options.folded or options.beside
        highlight = options.highlight
        drawn = draw(
            what,
            level=None if looped and options.level == "block" else options.level,
            folded=looped,
            beside="unfolded" if options.beside else None,
            elide=False if options.all else options.elide or None,
            labels=None if looped else labels,
            highlight=highlight[0] if highlight and len(highlight) == 1 else highlight,
            **{name: getattr(options, name) for name in ("backward", "gradients", "contributions", "truncate", "thumbnails", "force")},
            **look,
        )
    target = options.output or f"{options.cell}.svg"
    drawn.save(target)
    print(target)


def _cell(model: Any) -> Any:
    """The model's one cell."""
    from autograd_rnn.nets.cell import Cell

    cell = getattr(model, "cell", None)
    if not isinstance(cell, Cell):
        raise ValueError("--inside shows one cell: leave out --layers, --bidirectional and --decoder")
    return cell


def _subject(options: Any) -> tuple[Any, list[str] | None]:
    """The run to draw, and what to write under its steps."""
    from autograd_rnn.nets.cell import size
    from autograd_rnn.nets.specimen import specimen

    if options.text is None:
        if options.words:
            raise ValueError("--words says how to read --text: give it one")
        steps = size("--steps", 4 if options.steps is None else options.steps)
        return specimen(model_of(options, 3, 4, 3), steps, steps, variables=False), None
    if options.steps is not None:
        raise ValueError("--text has a length of its own: leave out --steps")
    if options.decoder or options.task != "many-to-many":
        raise ValueError("--text is read to predict what comes next, many-to-many: leave out --decoder and --task")
    pieces = options.text.split() if options.words else list(options.text)
    if not pieces:
        raise ValueError(f"--text needs at least one {'word' if options.words else 'character'}")
    return _reading(options, pieces), pieces


def _reading(options: Any, pieces: list[str]) -> Any:
    """A run over a text, piece by piece: each is to be told from those before it; after the last comes an end."""
    from autograd_rnn.nets.losses import one_hot

    known = {piece: k for k, piece in enumerate(sorted(set(pieces)))}
    classes = [known[piece] for piece in pieces] + [len(known)]
    model = model_of(options, len(known) + 1, 4, len(known) + 1)
    return model.unroll(one_hot(classes[:-1], len(known) + 1), classes[1:])


def gallery_options(command: Any) -> None:
    """The options of ``gallery``."""
    command.add_argument("folder", metavar="DIR")


def run_gallery(options: Any) -> None:
    """Draw the gallery into a folder."""
    from autograd_rnn.drawing.gallery import gallery

    for path in gallery(Path(options.folder)):
        print(path)
