"""The sheet of a picture, and what of it is shown: widths, fonts, grounds, captions, letters, targets, what is left out."""

import random
import re
import struct
import zlib
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing.gallery import PICTURES
from autograd_rnn.drawing.measure import breadth, text_box
from autograd_rnn.drawing.output.looks import label_sizes, of_mark
from autograd_rnn.drawing.output.page import LEGIBLE, TEXT_WIDTH
from autograd_rnn.drawing.output.render import dotted, titled
from autograd_rnn.drawing.output.style import SMALL
from autograd_rnn.drawing.output.svg import sheet
from tests.sampling import sampled
from tests.test_draw import lstm, modelled, rnn
from tests.test_draw_sheet import GALLERY

CM = 72 / 2.54


@pytest.fixture(scope="module")
def run():
    return modelled(rnn(), T=4)


def width_of(svg):
    return float(re.search(r'<svg [^>]*width="([\d.]+)pt"', svg)[1])


def words(picture):
    """Every line that a picture shows, as its SVG has it."""
    return [re.sub("<[^>]*>", "", line) for line in re.findall(r"<text .*?</text>", picture.svg())]


@pytest.mark.parametrize(
    ("width", "points"), [("16cm", 16 * CM), ("120mm", 12 * CM), ("5in", 360.0), ("300pt", 300.0), (" 7.5 cm ", 7.5 * CM)]
)
def test_a_picture_is_as_wide_as_asked_in_every_format(run, width, points):
    picture = ar.draw(run, width=width)
    assert abs(width_of(picture.svg()) - points) < 0.02
    assert f'size="{points / 72:.4f},1000!"' in picture.source
    box = re.search(rb"MediaBox \[ 0 0 (\d+) ", picture.pdf())
    assert box and abs(int(box[1]) - points) < 0.06 * points  # Graphviz measures its own letters
    factor = float(re.search(r"\\scalebox\{([\d.]+)\}", picture.tex())[1])
    assert abs(factor * sheet(picture.figure).width - points) < 0.01 * points


def test_a_picture_fits_a_page_by_itself_as_long_as_it_can_be_read():
    for level, steps in (("block", 1), ("block", 4), ("block", 30), ("cell", 2), ("op", 2)):
        picture = ar.draw(ar.Model(lstm(), 3), level=level, steps=steps)
        room, width = sheet(picture.figure), width_of(picture.svg())
        shrunk = width / room.width
        assert shrunk <= 1.001 and (width <= TEXT_WIDTH + 0.01 or abs(shrunk * room.smallest - LEGIBLE) < 0.01)


def test_every_picture_of_the_gallery_fits_a_page_by_itself():
    assert not [path.stem for path in GALLERY if width_of(path.read_text(encoding="utf-8")) > TEXT_WIDTH + 0.01]


def test_a_scale_a_font_and_a_ground(run):
    plain, large = ar.draw(run, scale=1), ar.draw(run, scale=2.5, font="sans", background="transparent")
    assert abs(width_of(large.svg()) - 2.5 * width_of(plain.svg())) < 0.1
    assert 'font-family="Helvetica,Arial,sans-serif"' in large.svg() and 'fontname="Helvetica,Arial,sans-serif"' in large.source
    assert 'class="sheet"' in plain.svg() and 'class="sheet"' not in large.svg() and 'bgcolor="transparent"' in large.source
    assert r"\selectfont\sffamily" in large.tex() and r"\colorbox" not in large.tex()
    slide = ar.draw(run, theme="dark", background="#000000")
    assert 'class="sheet" fill="#000000"' in slide.svg() and r"\colorbox{c000000}" in slide.tex()
    for background, theme in [("black", "dark"), ("#002B36", "dark"), ("#7A0000", "dark"), ("white", "light"), ("#FDF6E3", "light")]:
        assert ar.draw(run, background=background).svg() == ar.draw(run, background=background, theme=theme).svg()
    assert ar.draw(run, background="transparent").page.theme == "light" == ar.draw(run, background="black", theme="light").page.theme


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(width=12), r"width takes a length with its unit \(cm, mm, in, pt\), such as '16cm', not 12$"),
        (dict(width="wide"), "width takes a length with its unit"),
        (dict(width="0cm"), "width takes a length above 0"),
        (dict(width="9000cm"), "width takes a length above 0 and up to 508cm"),
        (dict(width="1cm"), r"under 4 pt nobody reads them: give at least width='[\d.]+cm', or draw fewer steps"),
        (dict(scale=0), "scale takes a number above 0"),
        (dict(scale=True), "scale takes a number above 0"),
        (dict(scale=float("nan")), "scale takes a number above 0"),
        (dict(scale=500), "no page is wider than 200"),
        (dict(width="10cm", scale=2), "width= and scale= both say how large the picture is: give one of them$"),
        (dict(font=3), "font takes 'serif', 'sans' or a font's name"),
        (dict(font='a"b'), "font takes 'serif', 'sans' or a font's name"),
        (dict(background="url(x)"), "background takes 'transparent', 'white', 'black' or a colour as '#RRGGBB', not"),
        (dict(background=0), "background takes"),
        (dict(caption=None), "caption=None: choose from True, False$"),
        (dict(hide="h"), "hide='h': choose from initial, losses, scores, weights, biases$"),
        (dict(hide=3), "hide=3: choose from"),
        (dict(letters={"q": "r"}), "letters: nothing in this picture is called 'q'; its letters are L, W, h, s, x$"),
        (dict(letters={"h": ""}), "letters takes a dict of names"),
        (dict(letters="ab"), "letters takes a dict of names"),
        (dict(targets="abc"), "targets takes True, or one string for each of the 4 losses, not 'abc'$"),
        (dict(targets=7), "targets takes True, or one string"),
        (dict(targets="ello", folded=True), "targets takes True in a folded net, where all steps are one, not 'ello'$"),
        (dict(fed="answers"), "a run shows by itself what its steps read: fed= belongs to a model$"),
    ],
)
def test_what_makes_no_sense(run, options, words):
    with pytest.raises(ValueError, match=words):
        ar.draw(run, **options)


def test_the_least_width_that_is_offered_is_taken(run):
    with pytest.raises(ValueError, match="give at least width=") as refused:
        ar.draw(run, width="1cm")
    least = re.search(r"width='([^']*)'", str(refused.value))[1]
    assert ar.draw(run, width=least).svg()


@pytest.mark.parametrize("level", ["block", "cell", "op"])
@pytest.mark.parametrize("cell", [rnn, lstm])
def test_what_is_left_out_is_nowhere(cell, level):
    run = modelled(cell(), T=3)
    full = ar.draw(run, level=level)
    kinds = {mark.kind for mark in full.figure.marks.values()}
    for what, gone in (
        ("initial", {"initial"}),
        ("losses", {"loss", "criterion", "target"}),
        ("scores", {"score", "loss", "criterion", "target"}),
    ):
        figure = ar.draw(run, level=level, hide=what).figure
        left = {mark.kind for mark in figure.marks.values()}
        assert left.isdisjoint(gone) and kinds - gone - {"value"} <= left
        assert all(arrow.tail in figure.marks and arrow.head in figure.marks for arrow in figure.arrows)
    said = " ".join(words(ar.draw(run, level=level, hide=["weights", "biases"])))
    assert "W" not in said and "b_" not in said and "the same" not in said and "x1" in said
    without = " ".join(words(ar.draw(run, level=level, hide=["scores"])))
    assert "Why" not in without and "by" not in without


def test_captions_and_their_samples_can_be_left_out():
    run = modelled(lstm(), T=3)
    for level in ("block", "cell", "op"):
        bare = ar.draw(run, level=level, gradients=True, caption=False)
        assert not any("the same" in line or "dashed" in line for line in words(bare))
        full = ar.draw(run, level=level, gradients=True)
        assert len(bare.figure.marks) < len(full.figure.marks) and sheet(bare.figure).height < sheet(full.figure).height
    assert "t = 1" in words(ar.draw(run, level="op", caption=False)) or "t = 1" in words(ar.draw(run, level="op"))


def test_letters_of_ones_own_and_times_above():
    run = modelled(lstm(), T=3)
    said = words(ar.draw(run, letters={"s": "o", "h": "a", "W_hy": "V", "c": "C"}))
    assert "o1" in said and "a0" in said and "V" in said and "C3" in said and not any(line.startswith(("s", "h", "Why")) for line in said)
    for options in (dict(level="block"), dict(level="cell"), dict(level="op"), dict(folded=True), dict(beside="unfolded")):
        for own in run.names():  # p is a letter of the operations alone, i of the cells: a lecture's letters go with every picture
            said = words(ar.draw(run, letters={own: "q", "h": "a"}, **options))
            assert any(line.startswith("a") for line in said), (options, own)
    above = words(ar.draw(run, notation="superscript", letters={"h": "a"}))
    assert "a⟨0⟩" in above and "L⟨3⟩" in above and "Wh" in above
    inside = " ".join(words(ar.draw(ar.GRU(3, 4), notation="superscript")))
    assert "h⟨t\u22121⟩" in inside and "x⟨t⟩" in inside
    operations = " ".join(words(ar.draw(run, level="op", letters={"a_i": "z_i", "f": "Γ_f"})))
    assert "zi,1" in operations and "Γf,2" in operations


@pytest.mark.parametrize("level", ["block", "cell", "op"])
def test_targets_stand_over_their_losses(level):
    run = modelled(rnn(), T=3)
    picture = ar.draw(run, level=level, targets=["e", "l", "o"])
    assert ar.draw(run, level=level, targets="elo").svg() == ar.draw(run, level=level, targets=["elo"]).svg() == picture.svg()
    for t, word in enumerate("elo", 1):
        loss, target = picture.figure.marks[f"L_{t}"], picture.figure.marks[f"y_{t}"]
        assert target.kind == "target" and any(a.tail == target.id and a.head == loss.id for a in picture.figure.arrows)
        assert any(
            text.parts == (word,) and abs(text.at[0] - target.at[0]) < 1 and text.at[1] > target.at[1] for text in picture.figure.texts
        )
    one = ar.draw(ar.Model(rnn(), 3, task="many-to-one").unroll(np.ones((3, 3)), 1), targets=["class 1"], level=level)
    assert "y_3" in one.figure.marks and "class␣1" in words(one)


def test_a_png_says_its_dots_an_inch(run):
    png, at, chunks = ar.draw(run).png(), 8, {}
    while at < len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        chunks[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + length]
        assert zlib.crc32(png[at + 4 : at + 8 + length]) == struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
        at += length + 12
    assert struct.unpack(">IIB", chunks[b"pHYs"]) == (11811, 11811, 1)
    assert dotted(b"no PNG", 300) == b"no PNG"


def test_a_pdf_has_its_title_and_its_table_is_right(run):
    pdf = ar.draw(run).pdf()
    assert pdf == ar.draw(run).pdf() and (b"\xfe\xff" + ar.draw(run).title.encode("utf-16-be")).hex().encode() in pdf
    start = int(re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf)[1])
    number, offset = re.match(rb"xref\n(\d+) 1\n(\d{10}) 00000 n", pdf[start:]).groups()
    assert pdf[int(offset) :].startswith(number + b" 0 obj") and b"/Info " + number + b" 0 R" in pdf[start:]
    before = int(re.search(rb"/Prev (\d+)", pdf[start:])[1])
    assert pdf[before:].startswith(b"xref")
    assert titled(b"%PDF of another make", "x") == b"%PDF of another make"


# -- numbers in the nodes -----------------------------------------------------------------------------------------------


def test_each_node_of_a_small_graph_has_its_value_and_gradient():
    a, b = ar.tensor(2.0, name="a"), ar.tensor(-3.0, name="b")
    loss = ar.tanh(a * b / 4)
    grads = loss.backward()
    figure = ar.draw(loss, numbers=True, shapes=True).figure
    for mark in figure.marks.values():
        tensor = mark.tensors[0]
        said = [part for line in mark.label for part in line if isinstance(part, str)]
        for number in (tensor.value, grads[tensor]):
            assert any(f"{float(number):.4g}".replace("-", "−") in part for part in said), mark
        assert "()" in said
    low, high = sheet(figure)[1] - sheet(figure).height, sheet(figure)[1]
    assert all(low < mark.at[1] - mark.size[1] / 2 and mark.at[1] + mark.size[1] / 2 < high for mark in figure.marks.values())


@pytest.mark.parametrize("cell", [rnn, lstm])
def test_nodes_with_numbers_do_not_overlap(cell):
    figure = ar.draw(modelled(cell(), T=2), level="op", numbers=True).figure
    boxes = [(m.at[0], m.at[1], *m.size) for m in figure.marks.values() if m.look]
    assert len(boxes) > 8
    for k, (x, y, w, h) in enumerate(boxes):
        assert all(abs(x - x1) >= (w + w1) / 2 or abs(y - y1) >= (h + h1) / 2 for x1, y1, w1, h1 in boxes[:k])


# -- build-up for slides ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", sampled(["cell", "block", "op"], 3))
@pytest.mark.parametrize("by", ["step", "backward", ["x", "t=2", "L"]])
def test_frames_have_one_size_and_each_has_more_than_the_one_before(level, by, tmp_path):
    frames = ar.frames(modelled(lstm(), T=3), by=by, level=level)
    svgs = [frame.svg() for frame in frames]
    assert len(frames) > 2 and len({re.search(r"<svg [^>]*>", svg)[0] for svg in svgs}) == 1
    shown = [set(re.findall(r'<g id="([^"]*)"', svg)) for svg in svgs]
    assert all(before < after or before == after for before, after in zip(shown[:-1], shown[1:], strict=True))
    assert shown[0] < shown[-1] and shown[-1] == set(re.findall(r'<g id="([^"]*)"', frames.whole.svg()))
    moving = frames.svg()
    assert moving.count('class="since') == sum(thing.since > 0 for thing in frames.whole.figure.things())
    frames.save(tmp_path / "f.svg")
    assert len(list(tmp_path.glob("f-*.svg"))) == len(frames)
    tex = frames.tex()
    assert tex.count(r"\onslide<") == moving.count('class="since') and tex.count("{") == tex.count("}")


def test_a_frame_leaves_out_in_every_format_what_comes_later():
    frames = ar.frames(modelled(rnn(), T=3))
    first, last = frames[0], frames[-1]
    assert "h_3" not in re.findall(r'<g id="([^"]*)"', first.svg()) and "h_3" in re.findall(r'<g id="([^"]*)"', last.svg())
    assert first.source.count('style="invis"') > last.source.count('style="invis"') == 0
    assert "% h_3" not in first.tex() and "% h_3" in last.tex()
    box = re.compile(rb"MediaBox \[([^\]]*)\]")
    assert box.search(first.pdf())[1] == box.search(last.pdf())[1]
    assert [frame.title for frame in frames[1:]] == [f"{frames.whole.title}, frame {k}" for k in (2, 3)]


@pytest.mark.parametrize("by", ["steps", 3, [], ["nothing"], [3], None, [[]], ["h", [3]], [["h", "nothing"]]])
def test_another_way_to_build_up_is_refused(by):
    with pytest.raises(ValueError, match="by=|no 'nothing' in this picture"):
        ar.frames(modelled(rnn(), T=3), by=by)


def test_frames_are_saved_in_three_ways_or_refused(tmp_path, monkeypatch):
    frames = ar.frames(modelled(rnn(), T=2))
    for name, options in (("f.png", {}), ("f.tex", dict(moving=True)), ("f", {})):
        with pytest.raises(ValueError, match="choose from .svg, .pdf, .tex$|moving=True is an SVG's"):
            frames.save(tmp_path / name, **options)
    frames.save(tmp_path / "m.svg", moving=True)
    assert (tmp_path / "m.svg").read_text().count("@keyframes") == len(frames) - 1
    monkeypatch.setitem(__import__("sys").modules, "pypdf", None)
    with pytest.raises(RuntimeError, match=r'pip install "autograd-rnn\[slides\]"$'):
        frames.save(tmp_path / "f.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["m.svg"]


def test_frames_become_the_pages_of_a_pdf(tmp_path):
    pytest.importorskip("pypdf", reason="frames of a PDF need the package pypdf")
    frames = ar.frames(modelled(rnn(), T=3), by="backward")
    frames.save(tmp_path / "f.pdf")
    made = (tmp_path / "f.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b(?!s)", made)) == len(frames) and frames.pdf() == made


def test_marks_are_nodes_of_tikz_by_their_names(run):
    tex = ar.draw(run).tex()
    for mark in ar.draw(run).figure.marks.values():
        assert rf"({mark.id}) at ({mark.at[0]:g},{mark.at[1]:g}) {{}};" in tex


# -- what people call things --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["w", "alpha", "theta_1", "fc1.weight", "learning_rate", "some very long name with spaces", "日本語の重み"]
)
def test_a_mark_is_as_wide_as_its_name_in_letters_of_full_size(name):
    a = ar.tensor(2.0, name=name)
    mark = next(mark for mark in ar.draw(ar.tanh(a)).figure.marks.values() if mark.tensors == (a,))
    assert min(label_sizes(mark, of_mark(mark))) >= 14


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_the_labels_of_states_side_by_side_do_not_meet(count):
    class Several(ar.Cell):
        states = tuple("hcmnk"[:count])

        def shapes(self):
            return {f"W_{s}{s}": (4, 4) for s in self.states} | {"W_xh": (4, 3)}

        def step(self, p, x, *before):
            weights = vars(p)
            return {s: ar.tanh(weights[f"W_{s}{s}"] @ v + p.W_xh @ x) for s, v in zip(self.states, before, strict=True)}

    figure = ar.draw(ar.Model(Several(3, 4), 3), steps=2).figure
    labels = [arrow.label_at for arrow in figure.arrows if arrow.tail == "h_1" and arrow.head == "h_2"]
    assert len(labels) == count
    heights = sorted(y for _, y in labels)
    assert all(after - before >= 14 for before, after in zip(heights[:-1], heights[1:], strict=True))
    figure = ar.draw(ar.Model(Several(3, 4), 3), folded=True).figure
    loops = [arrow for arrow in figure.arrows if arrow.tail == arrow.head]
    ends = sorted((a.label_at[0] - breadth(a.label, SMALL) / 2, a.label_at[0] + breadth(a.label, SMALL) / 2) for a in loops)
    squares = [mark.at[0] for mark in figure.marks.values() if mark.kind == "delay"]
    assert len(ends) == len(squares) == count and all(before[1] < after[0] for before, after in pairwise(ends))
    assert not any(low < x < high for x in squares for low, high in ends)


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_states_in_one_circle_have_letters_of_one_size(count):
    class Beside(ar.Cell):
        states = tuple("hcmnk"[:count])

        def shapes(self):
            return {"W_hh": (4, 4), "W_xh": (4, 3)}

        def step(self, p, x, h, *more):
            h = ar.tanh(p.W_hh @ h + p.W_xh @ x)
            return dict(h=h) | {name: h * before for name, before in zip(self.states[1:], more, strict=True)}

    figure = ar.draw(ar.Model(Beside(3, 4), 3), steps=3).figure
    for mark in figure.marks.values():
        sizes = set(label_sizes(mark, of_mark(mark)))
        assert len(sizes) == 1 and min(sizes) >= 11 or mark.kind == "gap"
    levels = sorted({arrow.tip[1] for arrow in figure.arrows if arrow.tail == "h_1" and arrow.head == "h_2"})
    assert len(levels) == count and all(after - before > 13 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", ["stacked", "bidirectional", "encoder-decoder"])
def test_graphviz_sets_both_scripts_of_a_caption_one_above_the_other(name):
    (line,) = [line for line in PICTURES[name][1]().source.splitlines() if line.startswith("text_") and 'tooltip="the same' in line]
    assert "<TABLE" in line and "<SUP>" not in line


@pytest.mark.parametrize("strange", ["\ufffe", "\uffff", "\x01", "\ud800", "\x7f", "\U0001fffe"])
def test_what_no_file_of_markup_may_hold_gives_a_whole_file_all_the_same(run, strange):
    pictures = [ar.draw(run, labels=[strange] * 4, targets=[strange] * 4), ar.draw({strange: run.flow()})]
    for picture in [*pictures, ar.draw(run, letters={"h": strange})]:
        picture.svg().encode()
        assert ElementTree.fromstring(picture.svg()).tag.endswith("svg")


@pytest.mark.parametrize("level", ["block", "cell", "op"])
def test_one_long_word_goes_on_below_and_stretches_no_step(level, random_seed):
    rng = random.Random(random_seed)
    words = ["".join(rng.choices("aemWl- ", k=rng.randint(1, 60))) for _ in range(4)]
    run = modelled(rnn(), T=4)
    short, long = (ar.draw(run, level=level, labels=labels).figure for labels in ("abcd", words))
    assert long.marks["x_4"].at[0] - long.marks["x_1"].at[0] <= max(short.marks["x_4"].at[0] - short.marks["x_1"].at[0], 3 * 142)
    for t, word in enumerate(words, 1):
        lines = [text for text in long.texts if text.kind == "label" and abs(text.at[0] - long.marks[f"x_{t}"].at[0]) < 200]
        boxes = [text_box(text) for text in long.texts if text.kind == "label"]
        assert all(a[1][0] <= b[0][0] or b[1][0] <= a[0][0] or abs(a[0][1] - b[0][1]) > 16 for a, b in combinations(boxes, 2))
        assert word in "".join(text.parts[0] for text in sorted(lines, key=lambda text: (text.at[0], -text.at[1]))), word


@pytest.mark.parametrize("level", sampled(["cell", "block", "op"], 3))
def test_what_could_not_be_read_on_a_page_leaves_steps_out_and_says_so(level):
    model = ar.Model(rnn(), 3)
    for steps in (5, 6, 9, 12, 13, 14):
        whole, picture = (ar.draw(model, level=level, steps=steps, **options) for options in (dict(elide=False), {}))
        room = sheet(whole.figure)
        readable = TEXT_WIDTH / room.width * room.smallest >= LEGIBLE
        said = any("left out" in line for line in words(picture))
        assert said == (not readable and steps > 5), steps
        assert len(ar.draw(model, level=level, steps=steps, width="90cm").figure.marks) >= len(picture.figure.marks)
        wide = ar.draw(model, level=level, steps=steps, width="150cm")
        assert wide.figure.marks.keys() == whole.figure.marks.keys()
        assert steps > 12 or (
            ar.draw(model, level=level, steps=steps, scale=1).svg() == ar.draw(model, level=level, steps=steps, elide=False, scale=1).svg()
        )
        assert steps > 12 or not any("left out" in line for line in words(ar.draw(model, level=level, steps=steps, highlight="h_3")))
