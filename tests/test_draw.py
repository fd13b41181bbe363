"""The block pictures: what is drawn, where it stands, and how it becomes a file."""

import re
import stat
import sys
import threading
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.drawing import NoGraphviz, draw
from autograd_rnn.drawing.block.layout import RADIUS, place
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.figure import Symbol
from autograd_rnn.drawing.output.dot import visible
from autograd_rnn.drawing.output.render import INSTEAD, has_wheel

SVG = "{http://www.w3.org/2000/svg}"


def x(T, D=3, *batch):
    return np.random.default_rng(T).normal(size=(T, *batch, D))


def rnn(D=3, seed=0):
    return ar.RNN(D, 4, seed=seed)


def pair(D=3):
    return ar.Bidirectional(rnn(D), rnn(D, seed=1))


def lstm(D=3, **options):
    return ar.LSTM(D, 4, **options)


def modelled(cell, T=4, task="many-to-many", K=5, **options):
    y = np.arange(T) % K if task.endswith("to-many") else 1
    return ar.Model(cell, K, task=task).unroll(x(T) if task.startswith("many") else np.ones(3), y, **options)


def translated(encoder, decoder, T=4, S=3, **options):
    return ar.EncoderDecoder(encoder, decoder, 5, **options).unroll(x(T), np.arange(S) % 5)


RUNS = {
    "rnn": lambda: modelled(rnn()),
    "lstm many-to-one": lambda: modelled(lstm(), task="many-to-one"),
    "lstm peephole": lambda: modelled(lstm(peephole=True)),
    "gru": lambda: modelled(ar.GRU(3, 4)),
    "fused": lambda: modelled(ar.GRU(3, 4, fused=True)),
    "stacked": lambda: modelled(ar.Stacked([lstm(), lstm(4)])),
    "bidirectional": lambda: modelled(pair()),
    "bidirectional many-to-one": lambda: modelled(pair(), task="many-to-one"),
    "stacked bidirectional": lambda: modelled(ar.Stacked([pair(), pair(8)])),
    "encoder-decoder": lambda: translated(rnn(), rnn(5)),
    "encoder-decoder lstm": lambda: translated(lstm(), lstm(5), T=1),
    "two directions into two layers": lambda: translated(pair(), ar.Stacked([rnn(5), rnn(4)])),
    "free running": lambda: ar.EncoderDecoder(rnn(), rnn(5), 5, loss="squared_error").unroll(x(3), steps=4),
    "one-to-many": lambda: modelled(rnn(), task="one-to-many"),
    "jordan": lambda: modelled(ar.Jordan(3, 4, output_size=2), K=2),
    "jordan many-to-one": lambda: modelled(ar.Jordan(3, 4, output_size=2, feedback="probabilities"), K=2, task="many-to-one"),
    "jordan below": lambda: modelled(ar.Stacked([ar.Jordan(3, 4, output_size=2), rnn(2)])),
    "bare": lambda: ar.unroll(ar.GRU(3, 4), x(4)),
    "T=1": lambda: modelled(rnn(), T=1, task="one-to-one"),
    "masked": lambda: ar.Model(lstm(), 5).unroll(x(4, 3, 2), np.zeros((4, 2), int), lengths=[4, 2]),
    "continued": lambda: modelled(rnn(), start=9),
    "T=40": lambda: modelled(rnn(), T=40),
    "T=40 bidirectional lstm": lambda: modelled(ar.Bidirectional(lstm(), lstm(seed=1)), T=40, task="many-to-one"),
    "T=40 jordan": lambda: modelled(ar.Jordan(3, 4, output_size=2), T=40, K=2),
    "T=40 encoder": lambda: translated(lstm(), lstm(5), T=40, S=3),
}


@pytest.fixture(params=RUNS)
def run(request):
    return RUNS[request.param]()


def pairs(scene):
    """(tail, head) of every arrow; through the dot where two directions join."""
    joins = {n.id: [e.tail for e in scene.edges if e.head == n.id] for n in scene.nodes.values() if n.kind == "join"}
    return {(tail, e.head) for e in scene.edges if e.head not in joins for tail in joins.get(e.tail, [e.tail])}


def dependencies(run):
    """(tail, head) of every block quantity's nearest block inputs, by walking the tape: what the picture must show."""
    names = {}
    for unrolled, part in zip(run.unrolled, ("enc", "dec") if len(run.unrolled) > 1 else ("",), strict=True):
        for t, value in enumerate(unrolled.xs, unrolled.start):
            names |= {value: f"x{part}_{t}"} if value not in set(run.scores) else {}
        for chain in unrolled.chains:
            jordan, tag, T = isinstance(chain.cell, ar.Jordan), chain.cell.tag, len(chain.steps)
            start = unrolled.start + T if chain.reverse else unrolled.start - 1
            for value in chain.first.values():
                names.setdefault(value, f"{chain.cell.states[0]}{tag}_{start}")
            for t, record in enumerate(chain.steps, unrolled.start):
                names.update({record["h"]: f"h{tag}_{t}"} | ({record["c"]: f"h{tag}_{t}"} if "c" in record else {}))
                names.update({record[s]: f"s{tag}_{t}" for s in "sp" if s in record} if jordan else {})
    names.update({value: value.name for series in (run.scores, run.losses) for value in series if value not in names})
    found = set()
    for node, head in names.items():
        stack = list(node.inputs)
        while stack:
            parent = stack.pop()
            if isinstance(parent, ar.Tensor):
                tail = names.get(parent)
                found |= {(tail, head)} if tail and tail != head else set()
                stack += [] if tail else parent.inputs
    return found


def test_every_dependency_of_the_tape_is_drawn_once_and_no_other(run):
    scene = unfold(run, elide=False)
    drawn, wanted = pairs(scene), dependencies(run)
    silent = {f"x_{t}" for t in range(2, 5)} if any("no input after" in str(note[0]) for note in scene.notes) else set()
    feedback = {(e.tail, e.head) for e in scene.edges if e.kind == "feedback"}
    if feedback:  # there x_u is s_{u-1}, and drawn as a node of its own
        same = {head: tail for tail, head in feedback}
        drawn = {(same.get(tail, tail), head) for tail, head in drawn - feedback}
    assert drawn == {(tail, head) for tail, head in wanted if tail not in silent}
    once = [(e.tail, e.head, e.lane) for e in scene.edges]
    assert len(once) == len(set(once))


def test_recording_is_not_needed():
    with ar.no_grad():
        silent = modelled(lstm())
    assert pairs(unfold(silent)) == pairs(unfold(modelled(lstm())))


def test_time_runs_from_left_to_right_in_equal_steps(run):
    scene = unfold(run)
    at = place(scene).at
    rows = {}
    for node in scene.nodes.values():
        rows.setdefault((node.row, node.side, node.part), []).append((node.column, *at[node.id]))
    steps = set()
    for row in rows.values():
        row.sort()
        assert len({y for _, _, y in row}) == 1
        steps |= {round((b[1] - a[1]) / (b[0] - a[0]), 6) for a, b in pairwise(row)}
    assert len(steps) <= 1 and all(step >= 100 for step in steps)
    times = [n.step for n in sorted(scene.nodes.values(), key=lambda n: n.column) if n.kind == "state" and not n.part and n.row == 1]
    assert times == sorted(times)


def test_nothing_overlaps(run):
    scene = unfold(run)
    layout = place(scene)
    for (_, a), (_, b) in combinations(layout.at.items(), 2):
        assert np.hypot(a[0] - b[0], a[1] - b[1]) > 1.5 * RADIUS
    labels = [path.label for path in layout.paths if path.label]
    for a, b in combinations(labels, 2):
        assert abs(a[0] - b[0]) > 20 or abs(a[1] - b[1]) > 12
    for label in labels:
        assert all(np.hypot(label[0] - p[0], label[1] - p[1]) > RADIUS for name, p in layout.at.items() if "join" not in name)
    assert all(text.at[1] < -RADIUS for text in layout.texts)


def test_inputs_are_at_the_bottom_and_losses_at_the_top(run):
    scene = unfold(run)
    rows = {kind: {n.row for n in scene.nodes.values() if n.kind == kind} for kind in ("input", "state", "loss")}
    assert rows["input"] == {0} and min(rows["state"]) == 1
    assert not rows["loss"] or rows["loss"] == {max(n.row for n in scene.nodes.values())}
    assert max(n.row for n in scene.nodes.values()) == max(rows["state"] | rows["loss"] | {n.row for n in scene.nodes.values()})


def test_arrows_end_at_the_borders_of_what_they_join(run):
    scene = unfold(run)
    layout = place(scene)
    for edge, path in zip(scene.edges, layout.paths, strict=True):
        for node, end in ((edge.tail, path.points[0]), (edge.head, path.tip)):
            away = np.hypot(end[0] - layout.at[node][0], end[1] - layout.at[node][1])
            assert away < 1.25 * RADIUS and (away > 0.9 * RADIUS or scene.nodes[node].kind in ("join", "gap"))
        assert len(path.points) % 3 == 1


def test_a_backward_chain_runs_from_right_to_left():
    scene = unfold(RUNS["bidirectional"]())
    at = place(scene).at
    back = [e for e in scene.edges if e.kind == "recurrent" and e.head.startswith("hb")]
    assert [(e.tail, e.head) for e in back] == [("hb_5", "hb_4"), ("hb_4", "hb_3"), ("hb_3", "hb_2"), ("hb_2", "hb_1")]
    assert all(at[e.tail][0] > at[e.head][0] for e in back)
    assert scene.nodes["hb_5"].kind == "initial" and at["hb_5"][0] == max(p[0] for p in at.values())
    forward = [e for e in scene.edges if e.kind == "recurrent" and e.head.startswith("hf")]
    assert all(at[e.tail][0] < at[e.head][0] for e in forward) and forward[0].tail == "hf_0"


def test_long_runs_are_elided():
    run = RUNS["T=40"]()
    scene = unfold(run)
    states = [n for n in scene.nodes.values() if n.row == 1]
    assert [n.id for n in sorted(states, key=lambda n: n.column)] == ["h_0", "h_1", "h_2", "h_3", "h_gap", "h_40"]
    assert {("h_3", "h_gap"), ("h_gap", "h_40")} <= pairs(scene)
    assert ("steps 4 to 39 are left out (36 steps)",) in scene.notes
    assert len(unfold(run, elide=False).nodes) == 4 * 40 + 1
    assert not unfold(modelled(rnn(), T=12)).notes and unfold(modelled(rnn(), T=13)).notes
    assert unfold(modelled(rnn(), T=5), elide=True).notes == [("step 4 is left out (1 step)",)]
    assert not unfold(modelled(rnn(), T=4), elide=True).notes
    assert unfold(RUNS["T=40 encoder"]()).notes == [("encoder: steps 4 to 39 are left out (36 steps)",)]
    free = ar.EncoderDecoder(rnn(), rnn(5), 5, loss="squared_error").unroll(x(3), steps=20)
    back = [(e.tail, e.head) for e in unfold(free).edges if e.kind == "feedback"]
    assert back == [("s_1", "xdec_2"), ("s_2", "xdec_3"), ("s_3", "xdec_gap"), ("s_gap", "xdec_20")]


def words(run, **options):
    return ["".join(map(str, line)) for line in unfold(run, **options).captions]


def test_weights_are_named_and_shared():
    assert words(RUNS["rnn"]()) == ["the same W_xh, W_hh, W_hy in every step"]
    once = ar.Model(ar.RNN(3, 4), 2, task="many-to-one").unroll(np.ones((3, 3)), 1)
    assert words(once) == ["the same W_xh, W_hh in every step"]
    assert words(RUNS["rnn"](), notation="letters") == ["the same U, W, V in every step", "U = W_xh, W = W_hh, V = W_hy"]
    gates = ["W_x: W_xr, W_xz, W_xn", "W_h: W_hr, W_hz, W_hn"]
    assert words(RUNS["gru"]()) == ["the same W_x, W_h, W_hy in every step", *gates]
    assert words(RUNS["fused"]())[1:] == ["W_x*: W_x, W_xn", "W_h*: W_h, W_hn"]
    assert words(RUNS["stacked"]())[1:] == ["W_x: W_xi, W_xf, W_xg, W_xo", "W_h: W_hi, W_hf, W_hg, W_ho"]
    assert words(RUNS["lstm peephole"]())[-1] == "w_c: w_ci, w_cf"  # w_co reads c_t, not what comes from the step before
    assert words(RUNS["T=1"]()) == []
    jordan = {e.label for e in unfold(RUNS["jordan"]()).edges if e.kind == "recurrent"}
    assert jordan == {Symbol("W", "", "yh")}
    assert "W2f_xh" in {str(e.label) for e in unfold(RUNS["stacked bidirectional"]()).edges}
    assert words(RUNS["one-to-many"]())[-1] == "no input after the first step"


def test_a_cell_of_your_own():
    class Residual(ar.Cell):
        def shapes(self):
            return {"A": (4, 3), "W_hh": (4, 4)}

        def step(self, p, x, h):
            h = h + ar.tanh(ar.linear(p.A, x, p.W_hh, h))
            y = ar.relu(h)
            return dict(h=h, y=y)

        output = "y"

    run = ar.Model(Residual(3, 4), 2).unroll(x(2), [0, 1])
    shown = {("x_1", "h_1"), ("x_2", "h_2"), ("h_0", "h_1"), ("h_1", "h_2"), ("h_1", "y_residual_1"), ("h_2", "y_residual_2")}
    assert pairs(unfold(run)) == shown | {("y_residual_1", "s_1"), ("y_residual_2", "s_2"), ("s_1", "L_1"), ("s_2", "L_2")}
    assert "PNG" in repr(draw(run).png()[:8])


def test_a_cell_with_three_states():
    class Three(ar.Cell):
        states = ("h", "c", "m")

        def shapes(self):
            return {"W_xh": (4, 3)}

        def step(self, p, x, h, c, m):
            return dict(h=ar.linear(p.W_xh, x) + h, c=c + h, m=m * c)

    scene = unfold(ar.unroll(Three(3, 4), x(20)))
    assert [e.lane for e in scene.edges if (e.tail, e.head) == ("h_1", "h_2")] == [0, 1, 2]
    assert len({path.tip for path in place(scene).paths}) == len(scene.edges)


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def bare_path(monkeypatch, tmp_path):
    """A machine without a system Graphviz."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


@pytest.fixture
def no_graphviz(bare_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def texts(svg):
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_run_renders_without_a_system_graphviz(run, bare_path, capfd):
    picture = draw(run)
    root = ET.fromstring(picture.svg())
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"] and root[1].text.startswith("Time runs from left to right")
    scene = unfold(run)
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert set(scene.nodes) <= set(ids) and len(ids) == len(set(ids))
    assert picture.png().startswith(b"\x89PNG") and picture.pdf().startswith(b"%PDF")
    assert capfd.readouterr() == ("", "")


def test_the_same_bytes_each_time(bare_path):
    first, again = draw(RUNS["bidirectional"]()), draw(RUNS["bidirectional"]())
    for form in ("svg", "png", "pdf"):
        assert getattr(first, form)() == getattr(again, form)() == getattr(first, form)()
    assert first.source == again.source
    assert b"20000101000000" in first.pdf() and "<!--" not in first.svg()


LABELS = ['"<&>"', "\\N\\\\G&amp;", " ", "\n\t\x00"]


def test_labels_are_escaped(bare_path):
    picture = draw(RUNS["rnn"](), labels=LABELS)
    shown = ['"<&>"', "\\N\\\\G&amp;", "␣", "↵⇥␀"]
    assert [text for text in texts(picture.svg()) if text in shown] == shown
    tips = [(node.text or "").split("\n")[0] for node in ET.fromstring(picture.svg()).iter(f"{SVG}title")]
    assert [tip for tip in tips if tip.startswith("input")] == [f"input x_{t}: {text}" for t, text in enumerate(shown, 1)]


def test_labels_of_any_script(bare_path):
    picture = draw(RUNS["rnn"](), labels=["дом", "猫", "नमस्ते", "\ud800"])
    assert {"дом", "猫", "नमस्ते", "?"} <= set(texts(picture.svg()))
    wide = draw(RUNS["rnn"](), labels=["a very long word indeed", "", "b", "c"])
    assert wide.png() and visible("a\u2028b") == "a\ufffdb"


def test_labels_of_an_elided_run_stand_under_their_own_steps():
    scene = unfold(RUNS["T=40"](), labels=[str(t) for t in range(1, 41)])
    assert list(scene.under.values()) == ["1", "2", "3", "40"]


def test_subscripts_are_lowered_without_what_browsers_ignore(bare_path):
    svg = draw(RUNS["rnn"]()).svg()
    assert "baseline-shift" not in svg and {"h1", "Whh", "the same Wxh, Whh, Why in every step"} <= set(texts(svg))
    assert re.search(r'<tspan dy="[\d.]+" [^>]*>1</tspan>', svg)


@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf", ".dot", ".tex", ".SVG"])
def test_save(ending, tmp_path, bare_path):
    target = tmp_path / f"net{ending}"
    target.write_text("old")
    draw(RUNS["rnn"]()).save(target)
    assert target.stat().st_size > 1000 and [p.name for p in tmp_path.iterdir() if p.is_file()] == [target.name]
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_save_says_what_is_wrong(tmp_path, bare_path, monkeypatch):
    picture = draw(RUNS["rnn"]())
    with pytest.raises(ValueError, match=r"save to \S*net.gif: .gif is no ending known here; choose from .svg, .png, .pdf, .dot, .tex$"):
        picture.save(tmp_path / "net.gif")
    with pytest.raises(ValueError, match="the name has no ending; choose from .svg"):
        picture.save("net")
    with pytest.raises(ValueError, match="there is no folder .*missing$"):
        picture.save(tmp_path / "missing" / "net.svg")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(ValueError, match="it is a folder; give a file name"):
        picture.save(tmp_path / "folder.svg")
    (tmp_path / "net.svg").write_text("old")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(ValueError, match="cannot save to .*net.svg: Permission denied; choose another place"):
        picture.save(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_text() == "old" and not list(tmp_path.glob("*.part"))


def test_without_any_graphviz(no_graphviz, tmp_path):
    picture = draw(RUNS["rnn"]())
    for form in ("png", "pdf"):
        sentence = f"nothing to draw a {form} with: install Graphviz, {INSTEAD[has_wheel()]}"
        with pytest.raises(NoGraphviz, match=re.escape(sentence) + "$"):
            picture.save(tmp_path / f"net.{form}")
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    for form in ("svg", "dot", "tex"):
        picture.save(tmp_path / f"net.{form}")
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == picture.svg() == picture._repr_mimebundle_()["image/svg+xml"]


def fake_dot(folder, monkeypatch, script):
    folder.mkdir()
    (folder / "dot").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for dot")
def test_a_system_graphviz_comes_first(tmp_path, monkeypatch):
    fake_dot(tmp_path / "bin", monkeypatch, 'while read -r line; do :; done; echo "drawn by $*"')
    assert draw(RUNS["rnn"]()).png() == b"drawn by -Kdot -Tpng\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for dot")
def test_a_system_graphviz_that_fails_is_passed_over(tmp_path, monkeypatch, capfd):
    fake_dot(tmp_path / "bin", monkeypatch, "echo no such format >&2; exit 1")
    assert draw(RUNS["rnn"]()).png().startswith(b"\x89PNG")
    assert capfd.readouterr() == ("", "")


def test_a_notebook_shows_it(bare_path):
    bundle = draw(RUNS["rnn"]())._repr_mimebundle_()
    assert bundle["image/svg+xml"].rstrip().endswith("</svg>") and bundle["text/plain"].startswith("<picture of RNN(3, 4")


def test_a_thousand_steps(bare_path, capfd):
    picture = draw(ar.unroll(rnn(), x(700)), elide=False)
    assert picture.svg().count('class="node state"') == 700
    assert capfd.readouterr() == ("", "")


def test_threads(bare_path):
    picture, out = draw(RUNS["lstm peephole"]()), []
    threads = [threading.Thread(target=lambda: out.append(picture.svg())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(out) == 4 and len(set(out)) == 1


@pytest.mark.parametrize("thing", [np.ones(3), None, 7])
def test_what_cannot_be_drawn(thing):
    known = "draw takes a run, a model, a net, a cell, a scalar tensor or a flow"
    with pytest.raises(TypeError, match=rf"^{known}, not {type(thing).__name__}: run = model.unroll\(x, y\)$"):
        draw(thing)


@pytest.mark.parametrize("thing, call", [("lstm", "ar.LSTM(3, 4)"), ("gru", "ar.GRU(3, 4)"), ("river", "ar.LSTM(3, 4)), with labels=")])
def test_a_text_is_no_net_and_what_to_write_is_said(thing, call):
    with pytest.raises(TypeError, match=re.escape(f"not the text '{thing}': write ar.draw({call}")):
        draw(thing)


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(level="gate"), "level='gate': choose from block, cell, op, states, gates, units$"),
        (dict(elide="yes"), "elide='yes': choose from True, False$"),
        (dict(notation="greek"), "notation='greek': choose from names, letters, superscript, concatenated$"),
        (dict(labels="abc"), "labels needs one string for each of the 4 steps, not 3$"),
        (dict(labels=[1, 2, 3, 4]), r"labels holds 1: each must be a string, list\(map\(str, labels\)\) for instance$"),
        (dict(labels=7), "labels must be a sequence of strings, one a step, not int$"),
    ],
)
def test_unknown_options(options, message):
    with pytest.raises(ValueError, match=message):
        draw(RUNS["rnn"](), **options)


def test_labels_of_both_parts():
    with pytest.raises(ValueError, match=r"labels needs one string for each of the 4 \+ 3 steps, not 4"):
        draw(RUNS["encoder-decoder"](), labels="abcd")
    assert list(unfold(RUNS["encoder-decoder"](), labels="abcdEFG").under.values()) == list("abcdEFG")


def test_no_steps():
    with pytest.raises(ValueError, match="there is nothing to draw in a run of T=0 steps: unroll over at least one"):
        draw(ar.unroll(rnn(), np.zeros((0, 3))))
