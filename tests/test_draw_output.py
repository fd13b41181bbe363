"""What a figure is printed as: DOT and what Graphviz makes of it, TikZ, hover texts, themes, emphasis."""

import math
import random
import re
import shutil
import string
import subprocess
import time
import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra.expr import Sym, Time
from autograd_rnn.algebra.letters import GREEK, lettered
from autograd_rnn.algebra.mathml import mathml
from autograd_rnn.algebra.printing import show
from autograd_rnn.drawing import Picture, draw
from autograd_rnn.drawing.curves import samples
from autograd_rnn.drawing.figure import Arrow, Figure, Frame, Mark, Symbol, Text
from autograd_rnn.drawing.gallery import PICTURES
from autograd_rnn.drawing.measure import text_size
from autograd_rnn.drawing.output.dot import dot, inline, point
from autograd_rnn.drawing.output.hover import numbers, tip
from autograd_rnn.drawing.output.latex import formula, words
from autograd_rnn.drawing.output.looks import SHEETS, channels, label_sizes, of_arrow, of_frame, of_mark, shade
from autograd_rnn.drawing.output.page import page
from autograd_rnn.drawing.output.render import render
from autograd_rnn.drawing.output.shapes import POLYGONS, extent
from autograd_rnn.drawing.output.style import ARROWS, BACK, FRAMES, INK, MARKS
from autograd_rnn.drawing.output.svg import svg
from autograd_rnn.drawing.output.tikz import BOXES, NOTHING, tikz
from autograd_rnn.engine.naming import Name
from tests.sampling import sampled
from tests.test_draw import lstm, modelled
from tests.test_draw_sheet import GALLERY

SVG = "{http://www.w3.org/2000/svg}"
h = Symbol("h", "2", "t-1")
LABELS = [
    (),
    ((h,),),
    (("σ",),),
    (("⊙",),),
    (("tanh",),),
    ((Symbol("c", "", "3"),), (Symbol("h", "", "3"),)),
    (("σ",), (Symbol("f", "", "t"), " = ", h)),
    (("one & two",), ("<three>",), ("50%",)),
    ((Symbol("a'", "", "i,3"), " + b"),),
]


def everything():
    """A figure with every kind of mark, arrow and frame, every kind of label, each emphasis."""
    figure = Figure("all & <everything>", 'said "in" words')
    for k, kind in enumerate(FRAMES):
        figure.add(Frame(f"frame_{kind}", kind, (60 * k - 25, -25), (60 * k + 25, 325), "a frame", emphasis=("", "lit", "faded")[k % 3]))
    for k, kind in enumerate(MARKS):
        for row, emphasis in enumerate(("", "lit", "faded")):
            label = LABELS[(k + row) % len(LABELS)]
            figure.add(Mark(f"{kind}_{row}", kind, (60 * k, 60 * row), label, f"the {kind}", emphasis=emphasis))
    for k, kind in enumerate(ARROWS):
        x = 60 * k
        curve = ((x, 250.0), (x + 20, 250), (x + 40, 270), (x + 40, 290), (x + 40, 300), (x + 40, 310), (x + 40, 313))
        for row, emphasis in enumerate(("", "lit", "faded")):
            points = tuple((a, b + 60 * row) for a, b in curve)
            about = dict(label=(h, " ⊙ ", h), label_at=(x + 20, 300.0 + 60 * row), note="an arrow", dotted=row == 2, emphasis=emphasis)
            figure.add(Arrow(f"arrow_{kind}_{row}", "input_0", "state_0", kind, points, (x + 40, 320.0 + 60 * row), **about))
    figure.add(Text((300, -60), ("the same ", Symbol("W", "2", "xh"), " in every step"), "caption"))
    figure.add(Text((300, -80), ("encoder_1",), "heading"))
    figure.add(Text((300, -100), ('\\x{} дом naïve 猫 ~^`"#$ \n',), "label"))
    return figure


FIGURES = {name: (lambda make=make: make().figure) for name, (_, make) in PICTURES.items()} | {"everything": everything}
each_figure = pytest.mark.parametrize("name", FIGURES)
each_theme = pytest.mark.parametrize("theme", SHEETS)


# -- TikZ -------------------------------------------------------------------------------------------------------------


@each_figure
@each_theme
def test_tikz_draws_every_mark_and_arrow_once_in_plain_letters(name, theme):
    figure = FIGURES[name]()
    source = tikz(figure, page(theme))
    assert re.sub(r"\\ifdefined\\Umathchar\{.\}\\else", "", source).isascii()  # what only modern engines read, they alone see
    code = [line.split(" % ") for line in source.splitlines() if not line.startswith("% ")]
    bare = re.sub(r"\\.", "", "\n".join(line[0] for line in code))
    assert bare.count("{") == bare.count("}") and bare.count("[") == bare.count("]") and bare.count("$") % 2 == 0
    drawn = [line[1] for line in code if len(line) > 1]
    arrows = drawn[len(figure.frames) : -len(figure.marks)]
    assert sorted(arrows) == sorted(arrow.id for arrow in figure.arrows)
    assert drawn == [frame.id for frame in figure.frames] + arrows + list(figure.marks)
    defined, used = (set(re.findall(pattern, source)) for pattern in (r"definecolor\{(\w+)\}", r"[={](c[0-9A-F]{6})\b"))
    assert used == defined
    styles = set(re.findall(r"^  ([\w ]+)/\.style", source, re.M))
    taken = {option for options in re.findall(r"\\path\[([^\]]*)\]", source) for option in options.split(", ") if "=" not in option}
    assert taken - {"dotted", "dashed"} <= styles and styles - taken <= {"words"}


def test_tikz_stands_where_dot_stands():
    figure = FIGURES["lstm"]()
    source = tikz(figure)
    for mark in figure.marks.values():
        x, y = (f"{v:g}" for v in mark.at)
        corner = f"({mark.at[0] - 23:g},{mark.at[1] - 23:g})"
        assert f"({x},{y}) circle[radius=23]" in source or corner in source or "octagon" in MARKS[mark.kind]["shape"]
    arrow = next(arrow for arrow in figure.arrows if arrow.kind == "carry")
    line = next(line for line in source.splitlines() if line.endswith(f"% {arrow.id}"))
    assert f"-- ({point(arrow.tip)}) --" in line and line.count(r"\path") == 2


def test_an_octagon_has_the_corners_that_graphviz_gives_it():
    figure = Figure("t")
    figure.add(Mark("m", "loss", (0, 0)))
    drawn = re.findall(r'<polygon [^>]*points="([^"]*)"', render(dot(figure), "svg").decode())[-1]
    tex = next(line for line in tikz(figure).splitlines() if line.endswith("% m")).partition(r"\node")[0]
    corners = [np.array([[float(v) for v in at.split(",")] for at in found]) for found in (drawn.split(), re.findall(r"\(([^()]*)\)", tex))]
    there, here = ({tuple(np.round(at - at_all[:8].mean(0), 0)) for at in at_all[:8]} for at_all in corners)
    assert there == here and len(here) == 8


def test_arrows_lie_one_over_another_in_the_same_order_in_svg_and_tikz():
    figure = everything()
    for k in range(3):
        for tail, head in (("state_1", "input_1"), ("input_1", "state_1"), ("input_1", "input_0")):
            figure.add(Arrow(f"{tail}-{head}-{k}", tail, head, "plain", ((0, 0), (1, 0), (2, 0), (9, 0)), (16, 0)))
    ids = {arrow.id for arrow in figure.arrows}
    here = [id for id in shown(Picture(figure)) if id in ids]
    tex = [line.split(" % ")[1] for line in tikz(figure).splitlines() if line.split(" % ")[-1] in ids]
    assert here == tex and len(here) == len(ids)


def test_every_shape_colour_and_head_in_use_is_known_to_tikz():
    assert {look["shape"] for look in MARKS.values()} <= {"circle", "ellipse", *BOXES, *NOTHING, *POLYGONS}
    assert {look.get("arrowhead", "normal") for look in ARROWS.values()} <= {"normal", "empty", "none"}
    for look in (*MARKS.values(), *ARROWS.values(), *FRAMES.values()):
        for name, value in look.items():
            if name.endswith("color"):
                assert all(len(channels(colour)) == 3 for colour in value.split(":"))


@pytest.mark.parametrize("name", PICTURES)
def test_the_smallest_letters_of_the_gallery_can_be_read_on_a_page(name):
    """Set across a page 16 cm wide, or along one of 24 cm where the caption says so, no line of text is smaller than a footnote's index."""
    across = "for a page set across" in PICTURES[name][0]
    figure, page = FIGURES[name](), (24 if across else 16) / 2.54 * 72
    left, _, right, _ = extent(figure)
    sizes = [size for mark in figure.marks.values() for size in label_sizes(mark, of_mark(mark))] + [text_size(t) for t in figure.texts]
    assert min(sizes) * min(1, page / (right - left)) > (5 if across else 6.4)


def typeset(document, folder, engine="pdflatex", needs="tikz.sty"):
    """How many pages an engine of LaTeX makes of a document, without a letter that it lacks or anything that goes beyond its place."""
    if shutil.which(engine) is None:
        pytest.skip(f"no {engine} on the path")
    if not subprocess.run(["kpsewhich", needs], capture_output=True, check=False).stdout:
        pytest.skip(f"this LaTeX has no {needs}")
    (folder / "pages.tex").write_text(document, encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "pages.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    log = (folder / "pages.log").read_text(encoding="utf-8", errors="replace").replace("\n", "")
    assert not re.findall("Overfull|Missing character|Font Warning", done.stdout), done.stdout[-2000:]
    return int(re.search(r"pages\.pdf \((\d+) page", log)[1])


def article(pictures, fonts=""):
    """A page a picture."""
    pages = "\n\\newpage\\noindent\n".join(pictures)
    return rf"\documentclass{{article}}\usepackage{{tikz}}{fonts}\begin{{document}}\noindent" + f"\n{pages}\\end{{document}}\n"


@pytest.mark.parametrize("names", sampled([["lstm-cell"], ["everything", *PICTURES]], 2))
def test_tikz_compiles_in_a_plain_article(names, tmp_path):
    pictures = [*(tikz(FIGURES[name]()) for name in names), tikz(everything(), page("dark"))]
    assert typeset(article(pictures), tmp_path) == len(pictures)


BUILT = {
    "step": lambda: ar.frames(modelled(lstm(), T=3), background="black"),
    "backward": lambda: ar.frames(modelled(lstm(), T=2), by="backward", level="cell"),
    "stages": lambda: ar.frames(lstm(), by="stages"),
    "operations": lambda: ar.frames(modelled(lstm(), T=2), by="backward", level="op"),
}


@pytest.mark.parametrize("by", sampled(BUILT, len(BUILT)))
def test_a_build_up_compiles_as_a_slide_a_frame(by, tmp_path):
    """A frame of beamer takes no # and is no higher than a slide."""
    frames = BUILT[by]()
    assert typeset(frames.tex(), tmp_path, needs="beamer.cls") == len(frames)


def test_names_in_other_letters_compile_where_an_engine_reads_them(tmp_path):
    picture = ar.draw(modelled(lstm(), T=2), labels=["Привет", "ά"], letters={"h": "ψ", "x": "я", "s": "ŷ", "L": "ж"})
    if not shutil.which("fc-list") or not subprocess.run(["fc-list", ":family=DejaVu Serif"], capture_output=True, check=False).stdout:
        pytest.skip("no font DejaVu Serif, which has the letters")
    fonts = r"\usepackage{fontspec}\setmainfont{DejaVu Serif}"
    assert typeset(article([picture.tex()], fonts), tmp_path, "lualatex", "fontspec.sty") == 1


def test_a_picture_too_large_for_latex(tmp_path):
    figure = Figure("t")
    figure.add(Mark("a", "state", (0, 0)))
    figure.add(Mark("b", "state", (40000, 0)))
    with pytest.raises(ValueError, match="LaTeX sets no picture of 40046 points, only up to 15000: draw fewer steps, or leave some out"):
        Picture(figure).save(tmp_path / "t.tex")
    assert not list(tmp_path.iterdir())
    figure.add(Mark("b", "state", (14900, 0)))
    assert tikz(figure)


@pytest.mark.parametrize(
    "symbol, wanted",
    [
        (Symbol("h", "2", "3"), "h^{2}_{3}"),
        (Symbol("W", "", "xh"), "W_{xh}"),
        (Symbol("W", "enc", "hh"), r"W^{\mathrm{enc}}_{hh}"),
        (Symbol("a", "", "i,t−1"), "a_{i,t-1}"),
        (Symbol("σ"), r"\sigma"),
        (Symbol("Σ", "", "α"), r"\Sigma_{\alpha}"),
        (Symbol("Α", "", "λκ"), r"\mathrm{A}_{\lambda\kappa}"),
        (Symbol("tanh", "", "_"), r"\mathit{tanh}_{\mbox{\_}}"),
        (Symbol("σx"), r"\sigma x"),
        (Symbol("W", "ᵀ"), "W^{^{T}}"),
        (Symbol("x", "", "x*"), "x_{x*}"),
    ],
)
def test_symbols_as_formulas(symbol, wanted):
    assert formula(symbol) == wanted


def test_pictures_and_formulas_set_a_name_alike(random_seed):
    rng = random.Random(random_seed)
    words = ["".join(rng.choices(string.ascii_letters + string.digits, k=rng.randint(1, 40))) for _ in range(50)]
    greek = [word + digits for word in GREEK for digits in ("", "1", str(rng.randint(0, 999)))]
    for word in greek + [word for word in words if word.isidentifier()]:
        latex = formula(Symbol(word, "2", "t"))
        assert latex == show(Sym(Name(word, "2"), Time("t", 0)), "latex")
        assert f"<I>{lettered(word)}</I>" in inline(Symbol(word), 17)
        assert f"<mi>{lettered(word)}</mi>" in mathml(latex) and f'data-q="{word}2_t"' in mathml(latex)
    assert all(lettered(word).rstrip(string.digits) == GREEK[word.rstrip(string.digits)] for word in greek)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("a_b", r"a\_b"),
        ("50% & #1 $x$", r"50\% \& \#1 \$x\$"),
        ("\\{~^`", r"\textbackslash{}\{\textasciitilde{}\textasciicircum{}\textasciigrave{}"),
        ("a -- b, ''", "a -{}- b, '{}'"),
        ("⊙", r"\ensuremath{\odot}"),
        ("", ""),
        ("h₂²", r"h\ensuremath{_{2}}\ensuremath{^{2}}"),
        ("éÅç", r"\'{e}\r{A}\c{c}"),
        ("e\u0301", r"\'{e}"),
        ("ß–“␣", r"\ss{}--``\textvisiblespace{}"),
        ("猫", r"\ifdefined\Umathchar{猫}\else\texttt{U+732B}\fi{}"),
        ("1 < 2", "1 $<$ 2"),
    ],
)
def test_words_in_latex(text, wanted):
    assert words(text) == wanted


# -- labels and hover -------------------------------------------------------------------------------------------------


def shown(picture):
    """{id: (title, texts)} of every group of the SVG."""
    groups = {}
    for group in ET.fromstring(picture.svg()).iter(f"{SVG}g"):
        said = ["".join(node.itertext()) for node in group.findall(f"{SVG}text")]
        groups[group.get("id")] = (group.findtext(f"{SVG}title"), said)
    return groups


def test_every_label_reaches_the_svg():
    figure = Figure("labels")
    for k, label in enumerate(LABELS):
        figure.add(Mark(f"m{k}", "score", (80 * k, 0), label, size=(70, 60)))
    groups = shown(Picture(figure))
    for k, label in enumerate(LABELS):
        letters = "".join(part if isinstance(part, str) else part.base + part.sup + part.sub for line in label for part in line)
        assert sorted("".join(groups[f"m{k}"][1]).replace(" ", "")) == sorted(letters.replace(" ", ""))
    assert groups["m6"][1][0] == "σ" and groups["m7"][1] == ["one & two", "<three>", "50%"]


def test_every_group_says_its_words_where_any_browser_shows_them():
    run = ar.Model(ar.LSTM(3, 4), 3).unroll(np.ones((2, 3)), [0, 1])
    picture = draw(run)
    text, groups = picture.svg(), shown(picture)
    assert "<a" not in text and "href" not in text and "<!--" not in text
    for id in (*picture.figure.marks, *(arrow.id for arrow in picture.figure.arrows)):
        assert groups[id][0]
    state = run.chains[0].steps[0]
    assert groups["h_1"][0].splitlines() == ["state h_1, c_1", f"h_1 {numbers(state['h'].value)}", f"c_1 {numbers(state['c'].value)}"]
    assert groups["h_0-h_1"][0] == "h_0 to h_1 by W_h"
    assert text.startswith("<?xml") and text.count("<desc>") == 1 and 'role="img"' in text


def test_hover_numbers():
    assert numbers(np.array([0.12, -0.3, 0.05, 0.9])) == "(4,): 0.12 -0.3 0.05 0.9"
    assert numbers(np.array([-0.0, 1e-9, np.nan, np.inf, -np.inf])) == "(5,): 0 1e-09 nan inf -inf"
    assert numbers(np.arange(13)) == "(13,): mean 6, from 0 to 12"
    assert numbers(np.float64(-0.0)) == "0" and numbers(np.arange(12)).endswith("10 11") and numbers(np.zeros((0, 3))) == "(0, 3): empty"
    assert numbers(np.r_[np.nan, np.zeros(19)]) == "(20,): 1 of 20 not finite, the others: mean 0, from 0 to 0"
    assert numbers(np.full((4, 5), np.inf)) == "(4, 5): none finite"
    assert numbers(np.array([True, False])) == "(2,): True False"
    assert tip(Mark("x", "input", (0, 0), tip="input x", tensors=(ar.tensor([1.0, 2.0]),))) == "input x\n(2,): 1 2"


def test_a_tip_with_line_breaks_quotes_and_backslashes():
    figure = Figure("t")
    figure.add(Mark("m", "state", (0, 0), (), 'one\ntwo "2" \\N & <b>\x01'))
    assert shown(Picture(figure))["m"][0] == 'one\ntwo "2" \\N & <b>␁'


# -- themes and emphasis ----------------------------------------------------------------------------------------------


def contrast(a, b):
    """How far two colours stand apart for the eye, from 1 to 21."""
    light = []
    for colour in (a, b):
        red, green, blue = (v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in channels(colour))
        light.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(light) + 0.05) / (min(light) + 0.05)


@each_theme
def test_letters_and_lines_stand_out_on_either_sheet(theme):
    sheet, letters = SHEETS[theme], shade(INK, theme)
    assert contrast(letters, sheet) > 7
    for kind, look in MARKS.items():
        if look.get("fillcolor", INK) != INK:
            assert contrast(shade(look.get("fontcolor", INK), theme), shade(look["fillcolor"], theme)) > 4.5, kind
    for kind, look in ARROWS.items():
        if kind == "grid":  # what lies behind the lines of a chart
            continue
        assert contrast(shade(look["color"].split(":")[0], theme), sheet) > 3, kind


SHADED = {
    "contributions": lambda: ar.draw(modelled(lstm(), T=4), contributions="W_hi", gradients=True),
    "flow": lambda: ar.draw(modelled(lstm(), T=4), flow="h", gradients=True),
    "ended": lambda: ar.draw(
        ar.Model(ar.LSTM(3, 4), 5).unroll(np.ones((4, 2, 3)), np.zeros((4, 2), int), lengths=[1, 2]), gradients=True, level="cell"
    ),
    "operations": lambda: ar.draw(modelled(lstm(), T=3), contributions="W_hf", gradients=True, level="op"),
} | {name: picture for name, (_, picture) in PICTURES.items()}


@each_theme
@pytest.mark.parametrize("name", sampled(list(SHADED), 12))
def test_letters_and_gradients_stand_out_on_what_is_under_them(name, theme):
    figure = SHADED[name]().figure

    def under(at):
        fills = [SHEETS[theme]]
        for frame in figure.frames:
            if frame.low[0] <= at[0] <= frame.high[0] and frame.low[1] <= at[1] <= frame.high[1]:
                fills.append(of_frame(frame, theme)["fillcolor"])
        return fills[-1]

    letters = shade(INK, theme)
    places = [arrow.label_at for arrow in figure.arrows if arrow.label and arrow.label_at] + [text.at for text in figure.texts]
    assert all(contrast(letters, under(at)) > 4.5 for at in places)
    for arrow in figure.arrows:
        if arrow.kind in BACK and not arrow.emphasis:
            assert all(contrast(of_arrow(arrow, theme)["color"], under(at)) >= 4.5 for at in samples(arrow.points)), arrow.id


@pytest.mark.parametrize("name", sampled(list(SHADED), 12))
def test_every_head_is_on_its_shaft(name):
    """The shaft arrives at the head's base, in its direction, and some of it is seen."""
    figure = SHADED[name]().figure
    for arrow in figure.arrows:
        look = of_arrow(arrow)
        if look.get("arrowhead") == "none" or arrow.emphasis or arrow.kind == "unfold":
            continue
        base, tip = np.array(arrow.points[-1]), np.array(arrow.tip)
        before = np.array(next(at for at in arrow.points[::-1] if math.dist(at, base) > 0.05))
        shaft, way = (base - before) / math.dist(base, before), (tip - base) / math.dist(tip, base)
        assert shaft @ way > 0.95 and abs(math.dist(tip, base) - 10 * look.get("arrowsize", 0.7)) < 0.8, arrow.id
        assert math.dist(arrow.points[0], base) > 2, arrow.id


def test_lines_of_different_colours_differ_in_grey():
    def said_without_colour(look):
        return look["penwidth"], look.get("style"), look.get("arrowhead"), look["color"].count(":")

    for a, b in combinations(("plain", "recurrent", "carry", "feedback"), 2):
        assert said_without_colour(ARROWS[a]) != said_without_colour(ARROWS[b])


COLOURS = set("black white grey gray dark darker darkest light lighter lightest pale blue orange red green pink purple".split())


def test_no_words_name_a_colour_since_a_sheet_may_be_dark_and_a_print_grey():
    run = ar.Model(ar.LSTM(3, 4), 5).unroll(np.ones((4, 2, 3)), np.zeros((4, 2), int), lengths=[1, 4])
    weighed = ar.Model(ar.RNN(3, 4), 5).unroll(np.ones((4, 3)), [0, 1, 2, 3], weights=[1, 0, 2.5, 1])
    heated = [ar.draw(modelled(lstm(), T=4), level="states", quantity=name) for name in "hf"]
    heated += [ar.draw(what, thumbnails=True, gradients=True, truncate=2) for what in (run, weighed, modelled(lstm(), T=4))]
    drawn = [picture.svg() for picture in heated] + [path.read_text(encoding="utf-8") for path in GALLERY]
    for said in (text for one in drawn for text in re.findall(r"<text .*</text>", one)):
        assert not COLOURS.intersection(re.findall(r"\w+", re.sub("<[^>]*>", "", said))), said


def test_what_is_lit_is_thick_and_what_is_faded_is_pale():
    for theme, sheet in SHEETS.items():
        marks = [of_mark(Mark("m", "state", (0, 0), emphasis=e), theme) for e in ("", "lit", "faded")]
        arrows = [of_arrow(Arrow("a", "m", "m", "carry", (), (0, 0), emphasis=e), theme) for e in ("", "lit", "faded")]
        assert marks[1]["penwidth"] >= 2 * marks[0]["penwidth"] and marks[1]["fillcolor"] == marks[0]["fillcolor"]
        assert arrows[1]["color"].split(":")[1:-1] == arrows[0]["color"].split(":")
        for name in ("fillcolor", "color", "fontcolor"):
            plain = marks[0].get(name, shade(INK, theme))
            assert contrast(marks[2][name], sheet) < contrast(plain, sheet)
        assert contrast(arrows[2]["color"].split(":")[0], sheet) < 0.5 * contrast(arrows[0]["color"].split(":")[0], sheet)


@each_theme
def test_everything_renders(theme):
    picture = Picture(everything(), theme)
    groups = shown(picture)
    ids = [*picture.figure.marks, *(arrow.id for arrow in picture.figure.arrows), *(frame.id for frame in picture.figure.frames)]
    assert set(ids) <= set(groups)
    assert re.search(r'<rect class="sheet" fill="([^"]*)"', picture.svg())[1] == SHEETS[theme]
    assert picture.png().startswith(b"\x89PNG") and dot(picture.figure, page(theme)).splitlines()[2:] == picture.source.splitlines()[2:]


def test_an_unknown_theme():
    with pytest.raises(ValueError, match="theme='sepia': choose from light, dark$"):
        Picture(Figure("t"), "sepia")


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_large_figure_is_printed_in_proportion():
    def seconds(count):
        figure = Figure("large")
        for k in range(count):
            figure.add(Mark(f"n{k}", "state", (60.0 * k, 0), ((Symbol("h", "2", str(k)),),), "a node"))
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            dot(figure), svg(figure)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(4000) < 16 * seconds(500)  # 8 in proportion, 64 if it grew with the square
