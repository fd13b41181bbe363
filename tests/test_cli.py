"""The command line as a person meets it: what it prints, what it leaves behind, and one sentence for every mistake."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn import cli
from autograd_rnn.cli import main
from autograd_rnn.drawing.output.render import INSTEAD, has_wheel
from autograd_rnn.visible import visible
from tests.sampling import sampled


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def briefly(monkeypatch):
    """A tour whose nets are hardly trained; that they learn is tested on the shipped text."""
    monkeypatch.setattr("autograd_rnn.tour.UPDATES", 20)


def said(capsys):
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured


@pytest.mark.sweep
def test_the_tour_on_the_shipped_text(here, capsys):
    assert main(["tour", "--out", "seen"]) == 0
    out = said(capsys).out
    assert "%8 a_1" in out and "linear W_xh x_1 W_hh h_0 b_h   # rnn t=1" in out
    table = re.findall(r"^ (RNN|LSTM|GRU) +[\d,]+ +([\d.]+) +([\d.]+)$", out, re.M)
    assert len(table) == 3 and all(float(after) < 0.6 * float(before) for _, before, after in table)
    total, gradient = re.search(r"the shares' sum (\S+), the gradient (\S+)", out).groups()
    assert total == gradient
    assert len(re.findall(r"^ (?:RNN|LSTM|GRU) .* yes$", out, re.M)) == 3
    for name in ("rnn", "lstm", "gru"):
        assert (here / "seen" / f"{name}.svg").read_text().lstrip().startswith("<")
        assert (here / "seen" / f"{name}.png").exists() != ("nothing to draw a png with" in out)
        assert ar.load(here / "seen" / f"{name}.npz").count_parameters() > 1000
    assert "lstm-cells.svg" in out and "<math" in (here / "seen" / "bptt.html").read_text(encoding="utf-8")
    assert sorted(os.listdir(here)) == ["seen"] and len(os.listdir(here / "seen")) == 9 + 4 * ("nothing to draw" not in out)


def test_the_tour_without_any_graphviz(here, briefly, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    (here / "text.txt").write_text("to be or not to be", encoding="utf-8")
    assert main(["tour", "--text", "text.txt", "--out", "seen"]) == 0
    out = said(capsys).out
    assert out.count("pip install") == 1 and "7. What you have now" in out
    written = ["bptt.html", "gru.svg", "lstm-cells.svg", "lstm.svg", "rnn.svg", "rnn_layers.py"]
    assert sorted(name for name in os.listdir("seen") if not name.endswith(".npz")) == written
    assert "<svg" in (here / "seen" / "bptt.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", sampled(["a b\tc\n<&>\"'\\", "ab", "aaaa", "Привет, мир!\n" * 3], 4))
def test_the_tour_on_odd_texts(here, briefly, capsys, content):
    (here / "text.txt").write_text(content, encoding="utf-8")
    assert main(["tour", "--text", "text.txt", "--out", "seen"]) == 0
    assert "7. What you have now" in said(capsys).out


@pytest.mark.sweep
def test_the_tour_says_the_same_twice(here, briefly, capsys):
    (here / "text.txt").write_text("to be or not to be", encoding="utf-8")
    runs = []
    for _ in range(2):
        main(["tour", "--text", "text.txt"])
        runs.append(said(capsys).out)
    assert runs[0] == runs[1]


@pytest.mark.parametrize("cell", sampled(["rnn", "lstm", "gru"], 3))
def test_train_learns_writes_and_saves(here, capsys, cell):
    (here / "text.txt").write_text("abcdefgh" * 40, encoding="utf-8")
    arguments = ["train", "text.txt", "--cell", cell, "--hidden", "16", "--epochs", "40", "--lr", "0.02", "--sample", "30"]
    assert main([*arguments, "--start", "cde", "--temperature", "0.1", "--save", "m.npz"]) == 0
    out = said(capsys).out
    before, after = map(float, re.search(r"loss (\S+) -> (\S+) nats", out).groups())
    assert after < 0.3 * before
    assert out.splitlines()[-1] == ("cdefghab" * 5)[:33]
    assert ar.load("m.npz").count_parameters() > 0


def test_train_counts_its_sample(here, capsys):
    (here / "text.txt").write_text("ab" * 20, encoding="utf-8")
    assert main(["train", "text.txt", "--epochs", "1", "--hidden", "2", "--sample", "0"]) == 0
    assert re.search(r"mean loss 0.\d+ -> 0.\d+ nats a character in 2 updates\n", said(capsys).out)


def test_unfold_draws_a_word(here, capsys):
    assert main(["unfold", "lstm", "--text", "ab c", "-o", "word.dot"]) == 0
    assert said(capsys).out == "word.dot\n" and "digraph" in (here / "word.dot").read_text(encoding="utf-8")
    assert main(["unfold", "gru", "--steps", "2"]) == 0
    assert (here / "gru.svg").exists()
    assert main(["unfold", "rnn", "--text", 'é🎉 "<&>\\N\n\t', "--loss", "squared_error", "-o", "a b <&>.svg"]) == 0
    assert "é" in (here / "a b <&>.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "options, what, by, count",
    [
        ("lstm --inside --frames stages", lambda: ar.LSTM(3, 4), "stages", 4),
        ("lstm --inside --frames f i c", lambda: ar.LSTM(3, 4), ["f", "i", "c"], 3),
        ("rnn --steps 3 --frames step", lambda: ar.Model(ar.RNN(3, 4), 3), "step", 3),
        ("rnn --steps 3 --frames backward", lambda: ar.Model(ar.RNN(3, 4), 3), "backward", 5),
    ],
)
def test_unfold_builds_a_picture_up(here, options, what, by, count):
    steps = {} if "--inside" in options else {"steps": 3}
    frames = ar.frames(what(), by=by, **steps)
    assert main(["unfold", *options.split(), "-o", "f.svg"]) == 0
    assert [path.name for path in sorted(here.glob("f*.svg"))] == [f"f-{k}.svg" for k in range(1, count + 1)]
    assert (here / "f-2.svg").read_text(encoding="utf-8") == frames[1].svg()
    assert main(["unfold", *options.split(), "--moving", "-o", "m.svg"]) == 0
    assert (here / "m.svg").read_text(encoding="utf-8") == frames.svg()


def test_unfold_draws_gates_over_time(here, capsys):
    assert main(["unfold", "lstm", "--level", "gates", "--units", "1", "--steps", "3", "-o", "g.svg"]) == 0
    assert (here / "g.svg").read_text(encoding="utf-8") == ar.draw(ar.Model(ar.LSTM(3, 4), 3), level="gates", units=[1], steps=3).svg()
    assert main(["unfold", "rnn", "--level", "gates"]) == 2
    assert "--level gates shows the gates of one LSTM or GRU: draw such a cell alone, or --level states, --quantity f" in said(capsys).err


def test_unfold_replaces_no_file_that_nobody_named(here, capsys):
    (here / "lstm.svg").write_text("drawn by hand")
    assert main(["unfold", "lstm"]) == 2
    assert said(capsys).err == "autograd-rnn: lstm.svg is there already: -o lstm.svg replaces it, another name keeps it\n"
    assert (here / "lstm.svg").read_text() == "drawn by hand"
    assert main(["unfold", "lstm", "-o", "lstm.svg"]) == 0
    assert (here / "lstm.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_unfold_draws_what_draw_draws(here, capsys):
    model, fed = ar.Model(ar.RNN(3, 4), 3), dict(fed="targets", level="cell", steps=2)
    wanted = {
        "--inside --theme dark": ar.draw(ar.RNN(3, 4), theme="dark"),
        "--beside --steps 3 --notation letters": ar.draw(model, steps=3, folded=True, beside="unfolded", notation="letters"),
        "--steps 14 --all --level op": ar.draw(model, steps=14, elide=False, level="op"),
        "--truncate 2 --gradients --contributions W_hh": ar.draw(model, truncate=2, gradients=True, contributions="W_hh"),
        "--highlight 2": ar.draw(model, highlight=2),
        "--targets a b c d --hide initial weights --letters s=o --width 12cm --font sans --background transparent": ar.draw(
            model,
            targets="abcd",
            hide=["initial", "weights"],
            letters={"s": "o"},
            width="12cm",
            font="sans",
            background="transparent",
        ),
        "--inside --equations --spelt": ar.draw(ar.RNN(3, 4), equations=True, spelt=True),
        "--direction up --steps 2": ar.draw(model, direction="up", steps=2),
        "--level cell --opened 2 3 --spelt": ar.draw(model, level="cell", opened=[2, 3], spelt=True),
        "--fed targets --task one-to-many --level cell --steps 2": ar.draw(ar.Model(ar.RNN(3, 4), 3, task="one-to-many"), **fed),
        "--level op --numbers --shapes --no-caption --notation superscript --targets": ar.draw(
            model, level="op", numbers=True, shapes=True, caption=False, notation="superscript", targets=True
        ),
        "--highlight L_4 h_1 --thumbnails --backward": ar.draw(model, highlight=["L_4", "h_1"], thumbnails=True, backward=True),
    }
    for options, picture in wanted.items():
        assert main(["unfold", "rnn", *options.split(), "-o", "a.dot"]) == 0
        assert (here / "a.dot").read_text(encoding="utf-8") == picture.source, options


def test_a_picture_of_the_gallery_by_its_name(here, capsys):
    assert main(["unfold", "--figure", "task-shapes", "-o", "shapes.svg"]) == 0
    drawn = (Path(__file__).parent.parent / "diagrams" / "task-shapes.svg").read_text(encoding="utf-8")
    assert (here / "shapes.svg").read_text(encoding="utf-8") == drawn
    assert main([*"unfold --figure rnn --hide initial --letters s=o --no-caption --background black -o rnn.svg".split()]) == 0
    own = (here / "rnn.svg").read_text(encoding="utf-8")
    assert 'id="s_1"' in own and 'id="h_0"' not in own and ">o<" in own and ">s<" not in own and ">the same <" not in own
    for wrong in (["--figure", "task-shape"], [], ["lstm", "--figure", "lstm"]):
        assert main(["unfold", *wrong]) == 2
    assert "did you mean task-shapes" in capsys.readouterr().err


def test_pictures_without_any_graphviz(here, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert main(["unfold", "rnn", "-o", "a.png"]) == 2
    assert said(capsys).err.endswith(f"install Graphviz, {INSTEAD[has_wheel()]}\n")
    assert main(["unfold", "rnn", "-o", "a.svg"]) == main(["gallery", "g"]) == 0
    assert sorted(os.listdir("g")) == sorted(os.listdir(Path(__file__).parent.parent / "diagrams")) and sorted(os.listdir()) == [
        "a.svg",
        "g",
    ]


def test_derive_prints_every_format(capsys):
    assert main(["derive", "gru", "--reset", "after", "--wrt", "W_hn"]) == 0
    assert said(capsys).out == "dW_hn = Σ_t dm_t h_{t-1}ᵀ\n"
    assert main(["derive", "lstm", "--wrt", "dW_hf", "--format", "ascii", "--mean"]) == 0
    assert said(capsys).out == "dW_hf = Sum(outer(da_f[t], h[t-1]), t)\n"
    assert main(["derive", "rnn", "--activation", "relu", "--format", "latex"]) == 0
    assert r"\operatorname{positive}(a_{t})" in said(capsys).out
    assert main(["derive", "rnn", "--task", "many-to-one", "--format", "markdown"]) == 0
    assert said(capsys).out.startswith("## Forward")


def test_check_answers_by_its_exit_code(capsys, monkeypatch):
    assert main(["check", "rnn", "dW_hh = Sum(da[t] @ h[t-1].T, t)"]) == 0
    assert said(capsys).out.startswith("equal\n")
    assert main(["check", "rnn", "dW_hh = Sum(da[t] @ h[t].T, t)"]) == 1
    assert "`h[t]` stands where `h[t-1]` belongs" in said(capsys).out
    assert main(["check", "rnn", "dW_hhh = 0"]) == 2
    captured = said(capsys)
    assert captured.out == "" and "did you mean `dW_hh`?" in captured.err
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("da_f[t] = dc[t] * c[t-1] * f[t] * (1 - f[t])\ndW_hf = Sum(outer(da_f[t], h[t-1]), t)\n"))
    assert main(["check", "lstm", "-"]) == 0


def test_verify_prints_both_proofs(capsys):
    assert main(["verify", "lstm", "--coupled", "--loss", "squared_error", "--steps", "3"]) == 0
    out = said(capsys).out
    assert "The tape, sympy (50 digits) and complex step agree on every gradient" in out
    assert "The derived equations and the tape agree on" in out and "T=3" in out


def test_the_gallery_is_what_the_code_draws(here):
    """diagrams/ drifts from the code as soon as a byte differs: none depends on the machine."""
    kept = Path(__file__).parent.parent / "diagrams"
    assert main(["gallery", "again"]) == 0
    assert sorted(os.listdir("again")) == sorted(os.listdir(kept))
    for name in os.listdir("again"):
        new, old = ((folder / name).read_text(encoding="utf-8") for folder in (here / "again", kept))
        assert new == old, f"{name}: run autograd-rnn gallery diagrams"


MISTAKES = [
    ([], "required: COMMAND"),
    (["turn"], "choose from 'tour'"),
    (["tour", "--text", "none.txt"], "there is no file none.txt"),
    (["tour", "--text", "empty.txt"], "empty.txt has 0 characters: at least 2"),
    (["tour", "--text", "one.txt"], "one.txt has 1 character: at least 2"),
    (["tour", "--text", "latin.txt"], "latin.txt is not UTF-8 text (byte 2): save it as UTF-8"),
    (["tour", "--text", "."], "cannot be read"),
    (["tour", "--out", "one.txt"], "cannot make the folder one.txt"),
    (["train", "none.txt"], "there is no file none.txt"),
    (["train", "text.txt", "--cell", "ltsm"], "invalid choice: 'ltsm'"),
    (["train", "text.txt", "--hidden", "0"], "--hidden must be a whole number of at least 1, not 0"),
    (["train", "text.txt", "--hidden", "many"], "invalid int value: 'many'"),
    (["train", "text.txt", "--epochs", "-1"], "--epochs must be a whole number of at least 1, not -1"),
    (["train", "text.txt", "--lr", "0"], "lr must be a number above 0"),
    (["train", "text.txt", "--lr", "nan"], "--lr must be a number above 0"),
    (["train", "text.txt", "--temperature", "0"], "--temperature must be a number above 0, not 0.0"),
    (["train", "text.txt", "--temperature", "nan"], "--temperature must be a number above 0, not nan"),
    (["train", "text.txt", "--seed", "-1"], "seed must be a whole number of at least 0, not -1"),
    (["train", "text.txt", "--save", ""], "--save is empty: give it something, or leave it out"),
    (["train", "text.txt", "--sample", "-5"], "--sample must be at least 0, not -5"),
    (["train", "text.txt", "--start", "Z"], "'Z' does not occur in text.txt"),
    (["train", "text.txt", "--start", ""], "--start needs at least one character"),
    (["train", "text.txt", "--save", "no/where.npz"], "there is no folder no"),
    (["unfold", "rnn", "--steps", "0"], "--steps must be a whole number of at least 1, not 0"),
    (["unfold", "rnn", "-o", "x.jpeg"], "choose from .svg, .png, .pdf, .dot"),
    (["unfold", "rnn", "-o", "no/x.svg"], "there is no folder no"),
    (["unfold", "rnn", "--text", ""], "--text needs at least one character"),
    (["unfold", "rnn", "-o", ""], "--output is empty"),
    (["unfold", "rnn", "--inside", "--level", "op"], "--level says how to draw steps, and --inside shows a single one"),
    (["unfold", "rnn", "--moving"], "--moving is of a picture that is built up: give --frames, too"),
    (["unfold", "rnn", "--frames", "stages"], "by='stages' builds up the inside of a cell"),
    (["unfold", "--figure", "rnn", "--frames", "step"], "--frames is of a net that is drawn: give a cell in place of --figure"),
    *((["unfold", "--figure", "rnn", f"--{one}", "2"], f"--{one} is of a net that is drawn") for one in ("steps", "layers", "truncate")),
    (["unfold", "rnn", "--equations"], "stand beside the inside of a cell"),
    (["unfold", "rnn", "--inside", "--text", "ab"], "--text says how to draw steps"),
    (["unfold", "rnn", "--inside", "--layers", "2"], "--inside shows one cell: leave out --layers, --bidirectional and --decoder"),
    (["unfold", "rnn", "--folded", "--beside"], "argument --beside: not allowed with argument --folded"),
    (["unfold", "rnn", "--all", "--elide"], "argument --elide: not allowed with argument --all"),
    (["unfold", "rnn", "--folded", "--text", "ab"], "--text has no place in a folded net, where all steps are one"),
    (["unfold", "rnn", "--folded", "--level", "cell"], "--level has no place in a folded net"),
    (["unfold", "rnn", "--task", "one-to-one", "--steps", "3"], "a one-to-one net has a single step: leave out --steps"),
    (["unfold", "lstm", "--steps", "400", "--level", "op", "--all"], "--level block or --elide draws less; --force draws it all the same"),
    (["unfold", "rnn", "--steps", "1000", "--all", "--force", "-o", "a.png"], "--elide leaves steps out"),
    (["unfold", "rnn", "--steps", "20", "--highlight", "9"], "step t=9 is left out: --all draws it"),
    (["unfold", "rnn", "--words"], "--words says how to read --text: give it one"),
    (["unfold", "rnn", "--text", "ab", "--steps", "3"], "--text has a length of its own: leave out --steps"),
    (["unfold", "rnn", "--contributions", "Whh"], "no parameter 'Whh' in this run: did you mean W_hh?"),
    (["unfold", "rnn", "--truncate", "0"], "truncate must be a whole number of at least 1, not 0"),
    (["flow"], "the following arguments are required: cell"),
    (["flow", "rnn", "rnn"], "rnn is named twice: name each cell once"),
    (["flow", "rnn", "gru", "--forget-bias", "3"], "--forget-bias is no option of rnn or gru"),
    (["flow", "lstm", "--forget-bias", "nan"], "forget_bias must be a finite number, not nan"),
    (["flow", "rnn", "--scale", "0"], "--scale must be a number above 0, not 0.0"),
    (["flow", "rnn", "--scale", "inf"], "--scale must be a number above 0, not inf"),
    (["flow", "rnn", "--scale", "x"], "argument --scale: invalid float value: 'x'"),
    (["flow", "rnn", "--steps", "0"], "--steps must be a whole number of at least 1, not 0"),
    (["flow", "rnn", "--hidden", "-3"], "--hidden must be a whole number of at least 1, not -3"),
    (["flow", "rnn", "--seed", "-1"], "--seed must be at least 0, not -1"),
    (["flow", "rnn", "--of", "c"], "of='c': rnn has state, x, h"),
    (["flow", "rnn", "--task", "one-to-one", "--steps", "3"], "a one-to-one net has a single step: leave out --steps"),
    (["flow", "rnn", "--decoder", "--learn-initial"], "a decoder starts from the encoder's last state"),
    (["flow", "rnn", "-o", "a.txt"], ".txt is no ending known here"),
    (["gallery", "one.txt"], "cannot make the folder one.txt"),
    (["gallery", ""], "DIR is empty: give the gallery a folder"),
    (["gallery", "."], "README.md is no gallery's index, and would be lost: give the gallery a folder of its own"),
    (["derive", "rnn", "--peephole"], "--peephole is no option of rnn, which has --activation"),
    (["derive", "lstm", "--wrt", "W_h"], "'W_h' is not in this model: did you mean"),
    (["derive", "lstm", "--wrt", ""], "--wrt is empty: give it something, or leave it out"),
    (["tour", "--out", ""], "--out is empty: give it something, or leave it out"),
    (["unfold", "rnn", "--contributions", ""], "--contributions is empty"),
    (["step", "rnn", "-o", ""], "--output is empty"),
    (["step", "--lesson", ""], "--lesson is empty"),
    (["train", "text\x1b[2J\n.txt"], r"there is no file text\x1b[2J\n.txt"),
    (["derive", "transformer"], "invalid choice: 'transformer'"),
    (["x" * 5000], "invalid choice: 'xxx"),
    (["train", "text.txt", "--save", "-"], "--save -: train writes no text that is printed: name a file"),
    (["bundle", "cs231n-rnn", "-o", "-"], "-o -: bundle writes no text"),
    (["verify", "gru", "--steps", "0"], "--steps must be a whole number of at least 1, not 0"),
]


WRITING = {
    "train": ["train", "text.txt", "--save"],
    "unfold": ["unfold", "rnn", "--text", "abab", "-o"],
    "flow": ["flow", "rnn", "--steps", "3", "-o"],
    "trained": ["flow", "rnn", "--steps", "3", "--trained", "adding", "-o"],
    "step": ["step", "rnn", "-o"],
    "grade": ["grade", "cs231n-rnn", "text.txt", "-o"],
}


@pytest.mark.parametrize("command", WRITING)
def test_where_a_result_goes_is_asked_before_there_is_one(here, capsys, monkeypatch, command):
    """A training of an hour is not lost to a folder that is missing."""

    def worked(*_, **__):
        raise AssertionError("there was work before the file was asked for")

    (here / "text.txt").write_text("abab" * 10)
    (here / "folder.tex").mkdir()
    monkeypatch.setattr("autograd_rnn.grader.grade", worked)
    monkeypatch.setattr("autograd_rnn.nets.model.Model.unroll", worked)
    for target in ("no/where.tex", "folder.tex", "x" * 300 + ".tex", "text.txt/x.tex"):
        assert main([*WRITING[command], target]) == 2
        err = said(capsys).err
        assert err.startswith("autograd-rnn: cannot ") and err.count("\n") == 1, err


@pytest.mark.parametrize("arguments, sentence", MISTAKES, ids=[" ".join(a)[:80] or "nothing" for a, _ in MISTAKES])
def test_a_mistake_is_one_sentence_on_stderr_and_exit_code_2(here, capsys, arguments, sentence):
    (here / "empty.txt").write_text("")
    (here / "one.txt").write_text("a")
    (here / "README.md").write_text("# My project")
    (here / "latin.txt").write_bytes(b"ab\xe9 cd")
    (here / "text.txt").write_text("abab" * 10)
    before = sorted(os.listdir(here))
    assert main(arguments) == 2
    captured = said(capsys)
    assert sentence in captured.err and captured.err.startswith("autograd-rnn: ")
    assert captured.err.count("\n") == 1
    assert sorted(os.listdir(here)) == before  # nothing half-written


def test_help_and_version_everywhere(capsys):
    for arguments in (["--help"], ["tour", "--help"], ["train", "--help"], ["unfold", "--help"], ["gallery", "--help"], ["--version"]):
        assert main(arguments) == 0
        assert said(capsys).out


def test_as_a_module():
    done = subprocess.run([sys.executable, "-m", "autograd_rnn", "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "tour" in done.stdout
    done = subprocess.run([sys.executable, "-m", "autograd_rnn", "turn"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1


def test_ctrl_c_is_a_sentence(monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("autograd_rnn.tour.tour", stopped)
    assert main(["tour"]) == 130
    assert said(capsys).err == "autograd-rnn: stopped\n"


def test_ctrl_c_in_the_tours_training_ends_the_tour(here, monkeypatch, capsys):
    def interrupted(self, *_):
        raise KeyboardInterrupt

    monkeypatch.setattr("autograd_rnn.nets.training.Optimizer.update", interrupted)
    assert main(["tour", "--out", "seen"]) == 130
    captured = said(capsys)
    assert captured.err == "autograd-rnn: stopped\n" and "4. Whose fault" not in captured.out


def test_one_hot_of_a_long_text_is_made_a_stretch_at_a_time():
    from autograd_rnn.nets.text import OneHot, Text

    x, y = Text("abcab" * 10).lesson(batch=4)
    assert isinstance(x, OneHot) and x[3:5].shape == (2, 4, 3) and len(x) == len(y) == 12
    np.testing.assert_array_equal(np.asarray(x)[1:].argmax(-1), y[:-1])


def test_a_closed_output_is_no_error(here):
    code = "import sys; sys.stdout = None; from autograd_rnn.cli import main; sys.exit(main(['unfold', 'rnn', '-o', 'x.dot']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and (here / "x.dot").exists()


def test_the_tours_tables_fit_a_terminal_of_80_columns(here, briefly, capsys):
    (here / "text.txt").write_text("the river runs " * 10)
    assert main(["tour", "--text", "text.txt", "--out", "seen"]) == 0
    ruled = [line for line in said(capsys).out.splitlines() if line.strip("─") == "" and line]
    assert len(ruled) == 4 and max(map(len, ruled)) <= 80


def test_options_are_checked_before_anything_is_trained(here, capsys):
    (here / "text.txt").write_text("abab" * 10)
    for option in ("--temperature", "--lr"):
        assert main(["train", "text.txt", option, "0"]) == 2
        assert said(capsys).out == ""


def test_a_byte_order_mark_is_no_character(here, capsys):
    (here / "text.txt").write_bytes(b"\xef\xbb\xbfabab")
    assert main(["train", "text.txt", "--epochs", "1", "--sample", "0"]) == 0
    assert "text.txt: 4 characters, 2 different ones" in said(capsys).out


def start(arguments, here, **options):
    """The command as a process of its own, in a scratch folder."""
    return subprocess.run([sys.executable, "-m", "autograd_rnn", *arguments], cwd=here, stderr=subprocess.PIPE, timeout=300, **options)


INTO_A_FULL_DISK = [["--help"], ["derive", "rnn"], ["check", "rnn", "dW_hh = 0"], ["unfold", "--help"], ["step", "rnn"]]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("arguments", sampled(INTO_A_FULL_DISK, 3))
def test_a_full_standard_output_is_a_sentence(here, arguments):
    with open("/dev/full", "w") as full:
        done = start(arguments, here, stdin=subprocess.DEVNULL, stdout=full)
        assert done.stderr == b"autograd-rnn: standard output: No space left on device\n" and done.returncode == 2
        done = subprocess.run([sys.executable, "-m", "autograd_rnn", "turn"], cwd=here, stdout=subprocess.PIPE, stderr=full, timeout=300)
        assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell's pipes")
@pytest.mark.parametrize("arguments", sampled(["derive lstm", "--help", "step lstm -o -", "unfold rnn -o -", "step rnn <<< $'n\nn\nn'"], 3))
def test_a_reader_that_leaves_early_is_no_error(here, arguments):
    command = f"{sys.executable} -m autograd_rnn {arguments} | head -c 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], cwd=here, capture_output=True, timeout=300)
    assert (done.returncode, done.stderr, len(done.stdout)) == (0, b"", 1)


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes streams")
@pytest.mark.parametrize("closed, code", sampled([(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0)], 3))
def test_closed_streams_are_no_error(here, closed, code):
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m autograd_rnn derive rnn {closed}"], cwd=here, capture_output=True, timeout=300
    )
    assert (done.returncode, done.stderr) == (code, b"")
    files = "import os, sys; from autograd_rnn.__main__ import run; sys.argv[1:] = ['derive', 'rnn']; code = run(); file = open('x', 'w'); "
    files += "sys.exit(code or file.fileno() < 3)"  # no file stands where others write
    assert subprocess.run(["bash", "-c", f'{sys.executable} -c "$0" {closed}', files], cwd=here, capture_output=True).returncode == code
    done = subprocess.run(["bash", "-c", f"{sys.executable} -m autograd_rnn check rnn - <&-"], cwd=here, capture_output=True, timeout=300)
    assert (done.returncode, done.stderr) == (2, b"autograd-rnn: standard input is closed: give the formula as an argument\n")


@pytest.mark.parametrize("encoding, shown", sampled([("ascii", r"\u03a3"), ("latin-1", r"\u03a3"), ("utf-8", "Σ"), ("cp437", "Σ")], 2))
def test_output_is_utf_8_unless_the_person_says_otherwise_and_then_a_sentence_says_what_is_lacking(here, encoding, shown):
    done = start(["derive", "gru", "--wrt", "W_hn"], here, stdout=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": encoding})
    assert shown in done.stdout.decode(encoding) and done.returncode == 0
    assert (b"your terminal has no" in done.stderr) == (encoding != "utf-8")
    plain = start(["derive", "gru", "--format", "ascii"], here, stdout=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": encoding})
    assert (plain.returncode, plain.stderr) == (0, b"")


def test_input_is_utf_8_and_a_byte_order_mark_is_ignored(here):
    for text, code in (("dW_hh = Σ_t da_t h_{t-1}ᵀ".encode("utf-8-sig"), 0), (b"dW_hh = \xff\xfe", 2), (b"\x00\x1b[2J", 2), (b"", 2)):
        done = start(["check", "rnn", "-"], here, input=text, stdout=subprocess.PIPE)
        assert done.returncode == code, done
        assert b"\x1b" not in done.stderr + done.stdout and b"Traceback" not in done.stderr


def test_memory_that_is_not_there_is_a_sentence(monkeypatch, capsys):
    def greedy(*_):
        raise MemoryError

    monkeypatch.setattr("autograd_rnn.formulas.derive", greedy)
    for command in (["derive", "rnn"], ["check", "rnn", "dW_hh = 0"], ["verify", "rnn"]):
        assert main(command) == 2
        assert said(capsys).err == "autograd-rnn: there is not memory enough for this: ask for fewer steps or smaller sizes\n"


@pytest.mark.parametrize(
    "command",
    sampled(["train text.txt --epochs 1 --hidden 2", "tour --text text.txt --out seen"], 2),
    ids=lambda command: command.split()[0],
)
def test_nothing_of_a_text_reaches_the_terminal_raw(command, here, capsys):
    (here / "text.txt").write_bytes("a\x1b[2Jb\x07\u202ec".encode() * 20)
    assert main(command.split()) == 0
    captured = said(capsys)
    assert not set(captured.out + captured.err) & set("\x1b\x07\u202e")


def test_a_text_without_an_end_is_refused(monkeypatch, here):
    from autograd_rnn.nets.text import Text

    monkeypatch.setattr("autograd_rnn.nets.text.LONGEST", 1000)
    (here / "long.txt").write_text("ab" * 501)
    with pytest.raises(ValueError, match="long.txt holds more than 1 kB, the longest text that is read: cut it"):
        Text.read(here / "long.txt")
    if os.path.exists("/dev/zero"):
        with pytest.raises(ValueError, match="/dev/zero holds more than 1 kB"):
            Text.read("/dev/zero")


EVIL = ["a\x1b[2J", "a\nb", "\x9b31m", "\u202egvs", "\x07", "\x7f", "\ufeffx"]
WHERE = {
    "unfold": lambda name: ["unfold", "rnn", "-o", f"{name}.svg"],
    "an ending": lambda name: ["unfold", "rnn", "-o", f"x.{name}"],
    "step": lambda name: ["step", "rnn", "--steps", "1", "-o", f"{name}.md"],
    "a folder": lambda name: ["unfold", "rnn", "-o", f"{name}/x.svg"],
    "train": lambda name: ["train", name, "--epochs", "1", "--hidden", "2", "--sample", "4", "--save", f"{name}.npz"],
    "no text": lambda name: ["train", f"no{name}"],
    "tour": lambda name: ["tour", "--text", f"no{name}"],
    "gallery": lambda name: ["gallery", f"{name}/{name}/{name}"],
    "wrt": lambda name: ["derive", "rnn", "--wrt", name],
    "contributions": lambda name: ["unfold", "rnn", "--contributions", name],
    "highlight": lambda name: ["unfold", "rnn", "--highlight", name],
    "formula": lambda name: ["check", "rnn", f"da[t] = {name}"],
    "lesson": lambda name: ["step", "--lesson", name],
    "command": lambda name: [name],
    "option": lambda name: ["derive", "rnn", f"--{name}"],
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("what", WHERE)
def test_no_name_that_is_given_reaches_the_terminal_raw(what, here, capfd, monkeypatch):
    monkeypatch.setattr("autograd_rnn.drawing.gallery.PICTURES", {})
    for name in EVIL:
        (here / name).write_text("abcabc" * 20, encoding="utf-8")
        code = main(WHERE[what](name))
        out, err = capfd.readouterr()
        said = (out + err).replace("\n", "")
        assert code in (0, 2) and (out or err) and visible(said) == said.replace("\t", "\\t"), (name, out, err)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_file_that_grows_too_large_is_named(here):
    """As on a full disk: what was there stays, and the sentence names the file, or the standard output."""
    import resource

    (here / "x.svg").write_text("old")
    limited = dict(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))
    for arguments, named in ((["unfold", "rnn", "-o", "x.svg"], "cannot save to x.svg"), (["unfold", "rnn", "-o", "-"], "standard output")):
        with open(here / "out", "wb") as out:
            done = start(arguments, here, stdout=out, **limited)
        assert done.returncode == 2 and done.stderr.decode().startswith(f"autograd-rnn: {named}: File too large"), done.stderr
        assert done.stderr.count(b"\n") == 1 and (here / "x.svg").read_text() == "old"
        assert sorted(os.listdir(here)) == ["out", "x.svg"]


@pytest.mark.parametrize("code, named", [(errno.EMFILE, "the system"), (errno.EAGAIN, "the system"), (errno.ENOSPC, "standard output")])
def test_what_the_system_refuses_is_not_said_of_the_output(code, named, monkeypatch, capsys):
    def refused(options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setitem(cli.COMMANDS, "compare", (lambda command: None, refused, ""))
    assert main(["compare"]) == 2 and said(capsys).err == f"autograd-rnn: {named}: {os.strerror(code)}\n"


@pytest.mark.parametrize("arguments", ["--frames step -o f.svg", "--frames step --moving -o f.svg", "--frames step -o f.tex", "-o f.dot"])
def test_what_is_said_to_be_written_is_there(arguments, here, capsys):
    assert main(["unfold", "rnn", "--steps", "2", *arguments.split()]) == 0
    assert sorted(said(capsys).out.split()) == sorted(os.listdir(here))


LONG = {
    "verify rnn --steps 1": "verifying",
    "derive rnn": "deriving",
    "gallery g": "drawing",
    "unfold rnn -o x.svg": "drawing",
    "flow rnn --steps 3": "following",
    "compare --untimed": "measuring",
    "step rnn --steps 1 -o x.md": "writing",
    "step rnn --steps 1 -o -": "writing",
}


@pytest.mark.parametrize("command", LONG)
def test_what_may_take_long_has_a_bar(command, here, monkeypatch, capsys):
    from autograd_rnn.nets.progress import Progress

    begun = []
    monkeypatch.setattr("autograd_rnn.drawing.gallery.PICTURES", {})
    usual = Progress.__enter__
    monkeypatch.setattr(Progress, "__enter__", lambda self: begun.append(self.label) or usual(self))
    assert main(command.split()) == 0
    assert any(LONG[command] in label for label in begun), begun
