"""``autograd-rnn unfold`` and ``gallery``: pictures of a net."""

from __future__ import annotations

import argparse
import functools
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograd_rnn.commands.nets import model_of, net_options
from autograd_rnn.limits import at_most
from autograd_rnn.nets.given import size
from autograd_rnn.nets.progress import patient
from autograd_rnn.visible import shown, visible
from autograd_rnn.writing import put, writable

WAYS = ("step", "backward", "stages")  # to build a picture up
NUMBERS = ("backward", "gradients", "contributions", "flow", "truncate", "thumbnails", "numbers", "shapes")
LARGEST = 10_000  # cells that run before a picture leaves most of them out
MAPPED = ("quantity", "units")  # options of a heat map
OF_STEPS = ("steps", "text", "words", "level", "all", "elide", "fed", "opened", *NUMBERS, *MAPPED)  # options that say how to draw steps
OF_PAGES = ("figure", "hide", "letters", "no_caption", "theme", "width", "font", "background", "output")  # of any picture
SAID = re.compile(rf"\b(level|elide|force|labels|width|hide|background|targets|{'|'.join(OF_STEPS)})=(?:(True|False)|'([\w.]+)')?")


def unfold_options(command: Any) -> None:
    """The options of ``unfold``."""
    net_options(command, "?")
    command.add_argument("--figure", metavar="NAME", help="a picture of the gallery by its name, such as task-shapes, in place of a net")
    command.add_argument("--steps", type=int, metavar="T", help="how many steps to draw (default: 4)")
    command.add_argument("--text", metavar="TEXT", help="what to read: each step is labelled with its character")
    command.add_argument("--words", action="store_true", help="read --text word by word in place of character by character")
    levels = "circles, the cells within, every operation, a heat map of the states, a unit's open and closed gates (default: block)"
    command.add_argument("--level", choices=("block", "cell", "op", "states", "gates", "units"), help=levels)
    command.add_argument("--opened", nargs="+", type=int, metavar="T", help="of --level cell: the steps drawn from within (default: all)")
    command.add_argument("--quantity", metavar="NAME", help="of --level states: the gate or state, such as f (default: the state)")
    command.add_argument(
        "--units", nargs="+", type=int, metavar="N", help="of --level states: some units, from 0 on (default: all); of gates: one"
    )
    shape = command.add_mutually_exclusive_group()
    shape.add_argument("--inside", action="store_true", help="the inside of one cell alone")
    shape.add_argument("--folded", action="store_true", help="the loop in place of the steps")
    shape.add_argument("--beside", action="store_true", help="the loop, and the steps beside it")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--all", action="store_true", help="draw every step of a long run (default: as many as can be read)")
    length.add_argument("--elide", action="store_true", help="leave out the steps between the third and the last")
    command.add_argument("--direction", choices=("right", "up"), default="right", help="where time runs to (default: right)")
    command.add_argument(
        "--notation",
        choices=("names", "letters", "superscript", "concatenated"),
        default="names",
        help="W_xh, W_hh, W_hy; U, W, V; h^⟨t⟩; or inside cells W [h, x] (default: names)",
    )
    command.add_argument("--backward", action="store_true", help="the backward sweep beside the arrows")
    command.add_argument("--gradients", action="store_true", help="the backward sweep, as wide as the norm of what flows back")
    command.add_argument("--contributions", metavar="NAME", help="shade each step by its share of a weight's gradient, such as W_hh")
    arrives = "shade each step by how much of a change there arrives at the end, of all that is handed on or of h, c or x"
    command.add_argument("--flow", nargs="?", const="state", choices=("state", "h", "c", "x"), help=arrives)
    command.add_argument("--truncate", type=int, metavar="K", help="mark where truncated BPTT cuts: after every K-th step")
    command.add_argument("--highlight", nargs="+", metavar="NAME", help="a quantity (h_2), a step (t=2), a weight, or a path of quantities")
    command.add_argument("--thumbnails", action="store_true", help="values as small heat maps")
    command.add_argument("--numbers", action="store_true", help="value and gradient in each node (--level op)")
    command.add_argument("--shapes", action="store_true", help="the shape in each node (--level op)")
    command.add_argument("--equations", action="store_true", help="the equations beside the inside of a cell (--inside)")
    command.add_argument("--spelt", action="store_true", help="gates and signs in words (--inside, --level cell)")
    command.add_argument("--targets", nargs="*", metavar="WORD", help="what each loss compares with, y_t, and a word over each")
    fed = "each step reads what the one before answered (as it writes), or should have (as it is taught)"
    command.add_argument("--fed", choices=("answers", "targets"), help=fed)
    command.add_argument("--hide", nargs="+", default=(), metavar="KIND", help="leave out: initial, losses, scores, weights, biases")
    command.add_argument("--letters", nargs="+", default=(), metavar="OLD=NEW", help="call things otherwise: s=o W_hy=V")
    command.add_argument("--no-caption", action="store_true", help="leave out the lines below")
    command.add_argument("--width", metavar="LENGTH", help="such as 16cm, 6in or 300pt (default: up to 16cm if it can be read)")
    command.add_argument("--font", default="serif", help="serif, sans or a font's name (default: serif)")
    command.add_argument("--background", metavar="COLOUR", help="transparent or #RRGGBB (default: the theme's)")
    command.add_argument("--theme", choices=("light", "dark"), help="default: light, dark on a dark background")
    ways = "built up for slides: step, backward, stages (of --inside), or names, one a frame; -o a .svg a frame, .pdf or .tex (beamer)"
    command.add_argument("--frames", nargs="+", metavar="WAY", help=ways)
    command.add_argument("--moving", action="store_true", help="the --frames as one SVG that moves")
    command.add_argument(
        "-o", "--output", metavar="FILE", help=".svg .png .pdf .tex or .dot; -: SVG to standard output (default: a new CELL.svg)"
    )


@patient("drawing")
def run_unfold(options: Any) -> None:
    """Draw a net."""
    from autograd_rnn.drawing.output.render import FORMATS

    if (options.cell is None) == (options.figure is None):
        raise ValueError("give a cell to unfold, such as lstm, or a picture of the gallery, --figure NAME")
    target = Path(f"{options.cell or options.figure}.svg" if options.output is None else options.output)
    try:
        numbered = options.frames and not options.moving and target.suffix.lower() == ".svg"
        _given_up(options, [] if numbered else [target])
        if options.output != "-":
            writable(target, FORMATS)
        drawn = _drawn(options)
        if options.output == "-":
            put(drawn.svg())
            return
        files = drawn.files(target) if numbered else [target]
        _given_up(options, files)
        drawn.save(target, **{"moving": True} if options.moving else {})
    except ValueError as error:
        raise ValueError(SAID.sub(_flag, str(error))) from None
    for file in files:
        print(visible(file))


def _given_up(options: Any, files: Sequence[Path]) -> None:
    """Raise ValueError for a file that is there already where nobody named it: nobody gave it up."""
    if options.output is None and (there := [visible(file) for file in files if os.path.lexists(file)]):
        raise ValueError(f"{there[0]} is there already: -o {there[0]} replaces it, another name keeps it")


def _flag(said: re.Match[str]) -> str:
    """An option as `draw` names it, in the words of the command line."""
    name, switch, value = said.groups()
    return "--all" if switch == "False" else f"--{'text' if name == 'labels' else name}{f' {value}' if value else ''}"


def _drawn(options: Any) -> Any:
    """The picture that the options describe."""
    from autograd_rnn.drawing import draw, frames

    if options.moving and not options.frames:
        raise ValueError("--moving is of a picture that is built up: give --frames, too")
    make: Any = draw
    if options.frames:
        make = functools.partial(frames, by=options.frames[0] if options.frames[0] in WAYS and len(options.frames) == 1 else options.frames)
    if options.figure is not None:
        return _of_the_gallery(options)
    asked = [name for name in OF_STEPS if getattr(options, name) not in (None, False)]
    if options.inside and asked:
        raise ValueError(f"--{asked[0]} says how to draw steps, and --inside shows a single one: leave out either")
    stops = [int(name) if name.isdecimal() else name for name in options.highlight or ()]
    look = dict(highlight=stops if len(stops) > 1 else stops[0] if stops else None, notation=options.notation, theme=options.theme)
    look |= dict(width=options.width, font=options.font, background=options.background, hide=options.hide, caption=not options.no_caption)
    look |= dict(letters=_letters(options.letters), targets=True if options.targets == [] else options.targets)
    if options.inside:
        return make(_cell(model_of(options, 3, 4, 3)), **{name: True for name in ("equations", "spelt") if getattr(options, name)}, **look)
    what, labels = _subject(options)
    return make(
        what,
        steps=options.steps,
        labels=labels,
        folded=options.folded or options.beside,
        beside="unfolded" if options.beside else None,
        elide=False if options.all else options.elide or None,
        **{
            name: getattr(options, name)
            for name in ("level", "force", "fed", "opened", "direction", "equations", "spelt", *NUMBERS, *MAPPED)
        },
        **look,
    )


def _of_the_gallery(options: Any) -> Any:
    """A picture of the gallery, set as the options say."""
    from autograd_rnn.drawing import Picture, captions, choosing
    from autograd_rnn.drawing.gallery import PICTURES
    from autograd_rnn.drawing.overlay.highlight import nearest

    parser = argparse.ArgumentParser()
    unfold_options(parser)
    for name, unasked in vars(parser.parse_args([])).items():
        if name not in OF_PAGES and getattr(options, name) != unasked:
            raise ValueError(f"--{name.replace('_', '-')} is of a net that is drawn: give a cell in place of --figure")
    if options.figure not in PICTURES:
        raise ValueError(f"the gallery has no {shown(options.figure)}{nearest(options.figure, PICTURES)}")
    figure = PICTURES[options.figure][1]().figure
    if options.hide:
        choosing.hide(figure, options.hide)
    choosing.rename(figure, _letters(options.letters) or {}, None)
    if options.no_caption:
        captions.without_captions(figure)
    return Picture(figure, options.theme, width=options.width, font=options.font, background=options.background)


def _letters(pairs: Sequence[str]) -> dict[str, str] | None:
    """What is called otherwise, by its name."""
    if wrong := [pair for pair in pairs if not all(pair.partition("=")[::2])]:
        raise ValueError(f"--letters {shown(wrong[0])}: write OLD=NEW, such as s=o")
    return {pair.partition("=")[0]: pair.partition("=")[2] for pair in pairs} or None


def _cell(model: Any) -> Any:
    """The model's one cell."""
    from autograd_rnn.nets.cell import Cell

    cell = getattr(model, "cell", None)
    if not isinstance(cell, Cell):
        raise ValueError("--inside shows one cell: leave out --layers, --bidirectional and --decoder")
    return cell


def _subject(options: Any) -> tuple[Any, list[str] | None]:
    """The model to draw, or a run over a text and what to write under its steps."""
    cells = options.layers * (1 + options.bidirectional) * (1 + options.decoder)
    if options.steps is not None:
        at_most("unfold: cells that run", size("--steps", options.steps) * cells, LARGEST)
    if options.text is None:
        if options.words:
            raise ValueError("--words says how to read --text: give it one")
        return model_of(options, 3, 4, 3), None
    if options.steps is not None:
        raise ValueError("--text has a length of its own: leave out --steps")
    if options.decoder or options.task not in (None, "many-to-many"):
        raise ValueError("--text is read to predict what comes next, many-to-many: leave out --decoder and --task")
    pieces = options.text.split() if options.words else list(options.text)
    if not pieces:
        raise ValueError(f"--text needs at least one {'word' if options.words else 'character'}")
    at_most("unfold --text: cells that run", len(pieces) * cells, LARGEST)
    return _reading(options, pieces), pieces


def _reading(options: Any, pieces: list[str]) -> Any:
    """A run over a text, piece by piece: each is to be told from those before it; after the last comes an end."""
    from autograd_rnn.nets.losses import one_hot

    known = {piece: k for k, piece in enumerate(sorted(set(pieces)))}
    classes = [known[piece] for piece in pieces] + [len(known)]
    model, hot = model_of(options, len(known) + 1, 4, len(known) + 1), one_hot(classes, len(known) + 1)
    return model.unroll(hot[:-1], classes[1:] if options.loss == "cross_entropy" else hot[1:])


def gallery_options(command: Any) -> None:
    """The options of ``gallery``."""
    command.add_argument("folder", metavar="DIR", help="where to: made where it is missing; a gallery there before is replaced")


def run_gallery(options: Any) -> None:
    """Draw the gallery into a folder."""
    from autograd_rnn.drawing.gallery import gallery

    if not options.folder:
        raise ValueError("DIR is empty: give the gallery a folder")
    for path in gallery(Path(options.folder)):
        print(visible(path))
