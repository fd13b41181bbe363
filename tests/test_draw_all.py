"""Every net at every level under every overlay: a picture that is whole, or one sentence; and every option that makes no sense."""

import math
import os
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import chain, product

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing import NoGraphviz
from autograd_rnn.drawing.figure import Figure, Mark
from autograd_rnn.drawing.output.render import SHOWN, Picture, render
from autograd_rnn.drawing.output.svg import sheet
from tests.sampling import sampled
from tests.test_draw import RUNS, fake_dot, lstm, modelled, pair, rnn, translated, x


class Odd(ar.Cell):
    """Names that no markup likes."""

    states = ("Ü<&>", "two words")
    output = "Ü<&>"

    def shapes(self):
        return {"W_1": (4, 3), "M": (4, 4), 'b "q" \\N': (4,), "__": (4, 4)}

    def step(self, p, x, a, b):
        own = vars(p)
        w = ar.linear(p.W_1, x, p.M, a) + own['b "q" \\N']
        y = ar.tanh(w)
        z = ar.sigmoid(b @ own["__"])
        return {"·": w, "u v": w + 1, "_": z, "Ü<&>": y, "two words": z * y}


class Swap(ar.Cell):
    """A state is handed on as it is."""

    states = ("h", "c")

    def shapes(self):
        return {"W_xh": (4, 3)}

    def step(self, p, x, h, c):
        return dict(c=h, h=ar.tanh(ar.linear(p.W_xh, x) + c))


class Bare(ar.Cell):
    """Nothing is learned."""

    def shapes(self):
        return {}

    def step(self, p, x, h):
        return dict(h=ar.tanh(h + x.sum()))


def silent(make):
    with ar.no_grad():
        return make()


def swept(run, **options):
    run.backward(**options)
    return run


def single(cell, **options):
    return ar.Model(cell, 1, **options).unroll(np.ones((3, 1)), np.ones((3, 1)) if options else [0, 0, 0])


NETS = {
    **RUNS,
    "relu": lambda: modelled(ar.RNN(3, 4, activation="relu")),
    "identity": lambda: modelled(ar.RNN(3, 4, activation="identity")),
    "lstm coupled": lambda: modelled(lstm(coupled=True, peephole=True, fused=True)),
    "gru after": lambda: modelled(ar.GRU(3, 4, reset="after", update="keep")),
    "mixed stack": lambda: modelled(ar.Stacked([rnn(), lstm(4), ar.GRU(4, 2)])),
    "mixed pair": lambda: modelled(ar.Bidirectional(lstm(), ar.GRU(3, 2)), T=2),
    "odd": lambda: modelled(Odd(3, 4)),
    "odd pair": lambda: modelled(ar.Bidirectional(Odd(3, 4), Odd(3, 4))),
    "swap": lambda: modelled(Swap(3, 4)),
    "nothing learned": lambda: modelled(Bare(3, 4)),
    "one unit": lambda: single(ar.RNN(1, 1)),
    "one unit lstm": lambda: single(ar.LSTM(1, 1), loss="squared_error"),
    "learned start": lambda: modelled(lstm(learn_initial=True)),
    "start given": lambda: modelled(rnn(), h0=ar.tensor(np.ones(4), "h_0")),
    "start computed": lambda: modelled(rnn(), h0=ar.tanh(ar.tensor(np.ones(4), "v"))),
    "start shared": lambda: (lambda h: modelled(lstm(), h0=(h, h)))(ar.tensor(np.ones(4), "start")),
    "inputs variable": lambda: ar.Model(rnn(), 5).unroll(ar.tensor(x(3), "x"), [0, 1, 2]),
    "inputs computed": lambda: ar.Model(lstm(), 5).unroll(ar.tensor(x(3), "e") * 2, [0, 1, 2]),
    "before zero": lambda: modelled(ar.GRU(3, 4), start=-2),
    "float32": lambda: modelled(lstm(dtype="float32")),
    "no targets": lambda: ar.Model(lstm(), 5).unroll(x(3)),
    "not recorded": lambda: silent(lambda: modelled(lstm())),
    "truncated": lambda: swept(modelled(lstm(), T=5), truncate=2),
    "window": lambda: swept(modelled(rnn(), T=5), truncate=2, truncation="window"),
    "own answers": lambda: ar.EncoderDecoder(rnn(), rnn(5), 5).unroll(x(3), [0, 1], teacher_forcing=False),
    "masked encoder": lambda: ar.EncoderDecoder(rnn(), rnn(5), 5).unroll(x(4, 3, 2), np.zeros((2, 2), int), lengths=[4, 2]),
    "long encoder-decoder": lambda: translated(lstm(), lstm(5), T=20, S=15),
    "an empty batch": lambda: ar.Model(rnn(), 5).unroll(np.ones((3, 0, 3)), np.zeros((3, 0), int)),
    "huge numbers": lambda: ar.Model(ar.RNN(3, 4, activation="relu"), 5).unroll(1e200 * x(3), [0, 1, 2]),
}
LOOKS = list(product((None, True, False), ("names", "letters"), ("light", "dark")))
REFUSED = re.compile(r"this run has no loss|the run was not recorded|no parameter|is not finite|what the cells did|of that step made")


def overlays(run):
    """Everything that can be laid over a run."""
    last = run.chains[-1].last
    state, first = (next(iter(found.values())) for found in (last, run.chains[-1].first))
    weights = list(run.parameters) or ["W"]
    yield from ({}, dict(backward=True), dict(truncate=2), dict(truncate=1, gradients=True), dict(thumbnails=True))
    yield dict(highlight=run.unrolled[-1].start)
    yield dict(highlight=state)
    if isinstance(run.chains[-1].cell, (ar.RNN, ar.LSTM, ar.GRU)):  # a cell of one's own may lead no state on
        yield dict(highlight=[first, state])
    yield dict(contributions=weights[0])
    every = dict(contributions=weights[-1], truncate=2, gradients=True, thumbnails=True, highlight=f"t={run.unrolled[-1].start}")
    yield every | dict(labels=["<&>\n\\N"] * sum(len(unrolled.xs) for unrolled in run.unrolled))


def whole(picture, rendered=True):
    """That a figure holds together: places finite, ids unique, arrows between marks; and, rendered, that its SVG has all of it."""
    figure = picture.figure
    items = [*figure.marks.values(), *figure.arrows, *figure.frames]
    ids = [item.id for item in items]
    assert len(ids) == len(set(ids)) and list(figure.marks) == [mark.id for mark in figure.marks.values()]
    places = [mark.at for mark in figure.marks.values()] + [text.at for text in figure.texts]
    places += chain.from_iterable((*arrow.points, arrow.tip) for arrow in figure.arrows)
    places += chain.from_iterable((frame.low, frame.high) for frame in figure.frames)
    assert all(math.isfinite(v) for at in places for v in at)
    assert all({arrow.tail, arrow.head} <= set(figure.marks) and len(arrow.points) % 3 == 1 for arrow in figure.arrows)
    assert picture.source.count(" -> ") >= len(figure.arrows)
    if not rendered:
        return
    root = ET.fromstring(picture.svg())
    shown = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(shown) == len(set(shown)) and set(ids) <= set(shown)
    assert picture.tex().count(r"\begin{tikzpicture}") == 1


@pytest.mark.parametrize("name", sampled(NETS, 21))
def test_a_picture_of_anything_under_anything_is_whole_or_refused_in_a_sentence(name, capfd):
    run, draws = NETS[name](), random.Random(name)
    levels = draws.sample(("block", "cell", "op"), 3)
    before = {key: None if value.grad is None else value.grad.copy() for key, value in run.parameters.items()}
    for level in levels:
        elide, notation, theme = draws.choice(LOOKS)
        options = draws.choice(list(overlays(run)))
        options |= dict(level=level, elide=elide if len(run.unrolled[0].xs) < 9 else None, notation=notation, theme=theme)
        try:
            picture = ar.draw(run, **options)
        except ValueError as error:
            assert REFUSED.search(str(error)), f"{options}: {error}"
            continue
        whole(picture, rendered=level == levels[0])
        if level == levels[1]:
            assert ar.draw(run, **options).source == picture.source
    whole(ar.draw(run, folded=True, beside=draws.choice((None, "unfolded"))), rendered=False)
    if len(run.losses) and run.loss.inputs:
        whole(ar.draw(run.loss, backward=True), rendered=False)
    for key, value in run.parameters.items():
        np.testing.assert_array_equal(value.grad, before[key]) if before[key] is not None else None
        assert (value.grad is None) == (before[key] is None)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("ending", sampled(["pdf", "png"], 2))
def test_every_file_is_the_same_twice(ending):
    run = NETS["odd pair"]()
    first, again = (getattr(ar.draw(run, level="op", gradients=True, theme="dark"), ending)() for _ in range(2))
    assert first == again and first[1:4] in (b"PNG", b"PDF")


# -- what makes no sense ----------------------------------------------------------------------------------------------

a = ar.tensor(2.0, name="a")
MODEL, CELL = ar.Model(rnn(), 3), lstm()
RUN, NO_LOSS, SILENT, LONG = (RUNS["rnn"], NETS["no targets"], NETS["not recorded"], RUNS["T=40"])
FOLDED = "has no place in a folded net, where all steps are one: leave it out, or draw the net unfolded alone"
KNOWN = "draw takes a run, a model, a net, a cell, a scalar tensor or a flow, not"
SENSELESS = [
    (RUN, dict(level=""), "level='': choose from block, cell, op"),
    (RUN, dict(level=np.ones(2)), "choose from block, cell, op"),
    (RUN, dict(beside=True), "beside=True: choose from unfolded"),
    (RUN, dict(elide=3), "elide=3: choose from True, False"),
    (RUN, dict(gradients=None), "gradients=None: choose from False, True"),
    (RUN, dict(theme=0), "theme=0: choose from light, dark"),
    (RUN, dict(steps=3), "a run has its own number of steps: steps= belongs to a model or a cell"),
    (MODEL, dict(steps=0), "steps must be a whole number of at least 1, not 0"),
    (MODEL, dict(steps="3"), "steps must be a whole number of at least 1, not '3'"),
    (ar.Model(rnn(), 3, task="one-to-one"), dict(steps=3), "a one-to-one net has a single step: leave out steps="),
    (RUN, dict(folded=True, level="cell"), f"level= {FOLDED}"),
    (RUN, dict(folded=True, beside="unfolded", gradients=True), f"gradients= {FOLDED}"),
    (RUN, dict(beside="unfolded", labels="abcd"), f"labels= {FOLDED}"),
    (RUN, dict(folded=True, highlight="h_1"), f"highlight= {FOLDED}"),
    (MODEL, dict(folded=True, steps=3), f"steps= {FOLDED}"),
    (MODEL, dict(folded=True, elide=False), f"elide= {FOLDED}"),
    (a * a, dict(folded=True), "is a tensor, which has no steps to fold: draw the run that it came from"),
    (7, dict(folded=True), f"{KNOWN} int: run = model.unroll(x, y)"),
    (ar.LSTM, {}, f"{KNOWN} the class LSTM: make one, LSTM(...)"),
    (CELL, dict(elide=True), "elide= leaves out steps, and the inside of a cell is one step: give steps=, too"),
    (CELL, dict(gradients=True), "gradients= needs a loss, and a net without a readout has none: draw Model(net, output_size=K)"),
    (pair(), dict(contributions="Wf_hh"), "contributions= needs a loss, and a net without a readout has none"),
    (NO_LOSS, dict(backward=True), "this run has no loss: give targets, model.unroll(x, y), or sum what interests you of run.h"),
    (SILENT, dict(gradients=True), "the run was not recorded, so gradients= has nothing to show: unroll outside no_grad()"),
    (SILENT, dict(truncate=2), "the run was not recorded, so truncate= has nothing to show: unroll outside no_grad()"),
    (SILENT, dict(level="op"), "the run was not recorded, so there is no level='op': unroll outside no_grad(), or draw level='block'"),
    (RUN, dict(truncate=0), "truncate must be a whole number of at least 1, not 0"),
    (RUN, dict(contributions=["W_hh"]), "contributions takes a parameter's name, such as 'W_hh', not list"),
    (RUN, dict(contributions="Whh"), "no parameter 'Whh' in this run: did you mean W_hh?"),
    (RUN, dict(labels=b"abcd"), "labels must be a sequence of strings, one a step, not bytes"),
    (RUN, dict(labels={"a"}), "labels must be a sequence of strings, one a step, not set"),
    (RUN, dict(labels=["a", None, "c", "d"]), "labels holds None: each must be a string, list(map(str, labels)) for instance"),
    (RUNS["T=1"], dict(labels="ab"), "labels needs one string for the only step, not more"),
    (RUNS["T=1"], dict(labels=map(str, iter(int, 1))), "labels needs one string for the only step, not more"),
    (a, {}, "a () has no tape: no recorded operation made it; draw what is computed from it"),
    (a * a, dict(level="cell"), "a tensor is drawn as the operations it came from: level, steps and labels belong to a run or a model"),
    (a * a, dict(truncate=2), "truncate= needs a run's steps, and a tensor's tape has none: draw the run, not its loss"),
    (a * np.ones(3), dict(gradients=True), "(3,) is not a single number, so no gradient flows back from it: draw its sum()"),
    (a * a, dict(highlight=1), "no step t=1 in this picture; it has no steps"),
    (a * a, dict(highlight="q"), "no 'q' in this picture; it has a, n1"),
    (RUN, dict(highlight="q"), "no 'q' in this picture; it has x_1, x_2, x_3, x_4, h_1, h_2, h_3, h_4, h_0, s_1, s_2, s_3, ..."),
    (RUN, dict(highlight=["L_3", "W_hh"]), "W_hh is a weight, and a way leads from quantity to quantity: give W_hh alone, or leave it out"),
    (RUN, dict(highlight=["h_1", 2]), "highlight takes a tensor, a name, a step, or a list of tensors and names, not int"),
    (LONG, dict(highlight="h_15"), "h_15 is of a step that is left out: elide=False draws it"),
    (LONG, dict(highlight=["h_15", "h_1"]), "h_15 is of a step that is left out: elide=False draws it"),
    (LONG, dict(highlight="a_15", level="op"), "a_15 is of a step that is left out: elide=False draws it"),
    (LONG, dict(highlight="a_15"), "a_15 is not shown here: level='op', elide=False, shows every operation"),
    (LONG, dict(highlight=a), "a is not in this picture: it belongs to another run"),
    (LONG, dict(highlight="h_41"), "no 'h_41' in this picture: did you mean"),
    (RUN, dict(highlight="a_2"), "a_2 is not shown here: level='op' shows every operation"),
    (LONG, dict(highlight=7), "step t=7 is left out: elide=False draws it"),
]


@pytest.mark.parametrize("what, options, sentence", SENSELESS, ids=[f"{k}-{'-'.join(given)}" for k, (_, given, _) in enumerate(SENSELESS)])
def test_what_makes_no_sense_is_said_in_a_sentence(what, options, sentence):
    with pytest.raises((ValueError, TypeError)) as error:
        ar.draw(what() if callable(what) and not isinstance(what, type) else what, **options)
    said = str(error.value)
    assert sentence in said and "\n" not in said and (said[-1] != "." or said.endswith("..."))


def test_thousands_of_operations_are_counted_before_they_are_drawn():
    run = modelled(lstm(), T=200)
    with pytest.raises(ValueError, match="have 3404 nodes: level='block' or elide=True draws less; force=True draws it all the same$"):
        ar.draw(run, level="op", elide=False)
    with pytest.raises(ValueError, match="have 3404 nodes: elide=True draws less; force=True"):  # a tensor has no other level
        ar.draw(run.loss, elide=False)
    assert len(ar.draw(run, level="op", elide=False, force=True).figure.marks) == 3404
    with pytest.raises(ValueError, match="have 3901 nodes: level='block' or elide=True draws less; force=True draws it all the same$"):
        ar.draw(modelled(lstm(), T=300), level="cell", elide=False)
    run = ar.unroll(rnn(), x(1500))
    with pytest.raises(ValueError, match="have 3001 nodes: elide=True draws less; force=True draws it all the same$"):
        ar.draw(run, elide=False)
    assert len(ar.draw(run, elide=False, force=True).figure.marks) == 3001 and len(ar.draw(run).figure.marks) < 12


def test_what_is_brought_out_may_be_given_as_it_is_at_hand():
    run = RUN()
    weight = run.parameters["W_hh"]
    assert ar.draw(run, highlight=weight).source == ar.draw(run, highlight="W_hh").source
    assert ar.draw(run, highlight=np.int64(2)).source == ar.draw(run, highlight="t=2").source
    inside = ar.draw(CELL, highlight="h_t").figure
    assert [mark.id for mark in inside.marks.values() if mark.emphasis == "lit"] == ["h_t"]


def test_api_examples_run_as_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, cell = MODEL, CELL
    run = model.unroll(x(4), [0, 1, 2, 0])
    levels = (ar.draw(run, level=level) for level in ("block", "cell", "op"))
    for picture in (ar.draw(run), ar.draw(model, steps=4), ar.draw(cell), ar.draw(run.loss), *levels):
        whole(picture)
    whole(ar.draw(model, folded=True))
    both = ar.draw(model, folded=True, beside="unfolded")
    assert repr(both) == "<picture of RNN(3, 4, activation='tanh'), folded and unfolded in time>"
    options = dict(elide=True, notation="names", backward=True, highlight=run.h[2])
    p = ar.draw(run, gradients=True, contributions="W_hh", **options)
    p.save("lstm.svg")
    assert (tmp_path / "lstm.svg").read_text(encoding="utf-8") == p.svg() and p.source.startswith("digraph")


# -- rendering --------------------------------------------------------------------------------------------------------


def wide(length):
    figure = Figure("wide")
    for k, at in enumerate((0.0, length)):
        figure.add(Mark(f"m{k}", "state", (at, 0.0)))
    return Picture(figure)


def test_a_png_that_nobody_could_read_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a PNG of .* points would be too small to read, .*: elide=True leaves steps out"):
        wide(100000.0).save(tmp_path / "wide.png")
    assert not list(tmp_path.iterdir())
    png = wide(60000.0).png()
    assert 30000 < int.from_bytes(png[16:20], "big") <= 32767


def test_a_large_png_has_fewer_dots_an_inch_than_would_fill_the_memory(monkeypatch):
    """A picture of two metres has a hundred million dots and not ten times as many: they are counted before they are drawn."""
    asked = []
    monkeypatch.setattr("autograd_rnn.drawing.output.render.render", lambda source, format: asked.append(source) or b"")
    monkeypatch.setattr("autograd_rnn.drawing.output.render.dotted", lambda data, dpi: data)
    for width, least in (("16cm", 300), ("200cm", 72)):
        p = ar.draw(ar.Model(ar.LSTM(2, 3), 2), width=width)
        p.png()
        dpi = int(re.search(r"dpi=(\d+)", asked.pop())[1])
        room = sheet(p.figure)
        dots = room.width * room.height * (p._factor * dpi / 72) ** 2
        assert least <= dpi <= 300 and dots < 1.01e8 and (dpi == 300) == (width == "16cm")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize("files", sampled([7, 5, 9, 6, 12], 3))
def test_a_process_that_may_open_few_files_is_not_ended_by_the_renderer(files, tmp_path):
    import resource

    pytest.importorskip("pygraphviz", reason="the renderer inside a package is not installed")
    program = (
        "import sys, pygraphviz; from autograd_rnn.__main__ import run; sys.argv = ['', 'unfold', 'rnn', '-o', 'x.png']; sys.exit(run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"PATH": ""},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) in ((0, 0), (2, 1)), done
    assert done.returncode == 0 or "Too many open files" in done.stderr


def test_a_notebook_is_not_given_what_would_stop_it():
    figure = Figure("crowd")
    for k in range(SHOWN + 1):
        figure.add(Mark(f"m{k}", "state", (float(k), 0.0)))
    assert Picture(figure)._repr_mimebundle_() == {
        "text/plain": "<picture of crowd>: 20001 marks and arrows are too many to show here; save('name.svg') draws them"
    }


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for dot")
@pytest.mark.parametrize("script", ["exit 1", "exit 0"])
def test_a_dot_that_cannot_draw_is_named(script, tmp_path, monkeypatch):
    fake_dot(tmp_path / "bin", monkeypatch, script)
    assert wide(100.0).png()  # the package draws
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    sentence = r'bin.dot makes no png: install Graphviz anew, or pip install "autograd-rnn\[draw\]", or save it as .svg, which needs n'
    with pytest.raises(NoGraphviz, match=sentence):
        wide(100.0).save(tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of another kind")
def test_a_dot_that_is_no_program_is_passed_over(tmp_path, monkeypatch):
    fake_dot(tmp_path / "bin", monkeypatch, "")
    (tmp_path / "bin" / "dot").write_bytes(b"\x00\x01")
    assert wide(100.0).png().startswith(b"\x89PNG")


def test_nothing_is_drawn_for_a_place_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr("autograd_rnn.drawing.output.render.render", lambda *_: pytest.fail("drawn in vain"))
    with pytest.raises(ValueError, match="there is no folder"):
        wide(100.0).save(tmp_path / "no" / "a.png")


@pytest.mark.parametrize("name", ["bidirectional", "lstm peephole"])
def test_graphviz_puts_everything_where_the_svg_has_it(name):
    """Of whatever version, of the system or inside pygraphviz: every circle, box and arrow's head stands where our own writer has it."""
    options = dict(level="cell", contributions=next(iter(NETS[name]().parameters)), highlight="t=2")
    picture, places = ar.draw(NETS[name](), **options), []
    for text in (render(picture.source, "svg").decode(), picture.svg()):
        places.append({})
        for group in ET.fromstring(text).iter(f"{SVG}g"):
            shapes = [node for node in group.iter() if node.tag in SHAPES]
            if shapes and group.get("class") and group.get("class") != "graph":
                places[-1][group.get("id")] = middle(shapes[-1 if "edge" in group.get("class") else 0])
    assert set(places[0]) == set(places[1]) and len(places[0]) > 10
    shift = np.median([np.subtract(places[0][id], places[1][id]) for id in places[0]], axis=0)  # the page's border depends on fonts
    for id in places[0]:
        np.testing.assert_allclose(places[0][id] - shift, places[1][id], atol=0.5, err_msg=id)


SVG = "{http://www.w3.org/2000/svg}"
SHAPES = [f"{SVG}{tag}" for tag in ("ellipse", "polygon", "rect", "path")]


def middle(shape):
    """The middle of a shape, as far as its corners say."""
    if shape.get("cx"):
        return float(shape.get("cx")), float(shape.get("cy"))
    if shape.get("width"):
        return tuple(float(shape.get(at)) + float(shape.get(size)) / 2 for at, size in (("x", "width"), ("y", "height")))
    corners = [[float(v) for v in at.split(",")] for at in re.findall(r"[-\d.]+,[-\d.]+", shape.get("points") or shape.get("d"))]
    return (np.min(corners, axis=0) + np.max(corners, axis=0)) / 2
