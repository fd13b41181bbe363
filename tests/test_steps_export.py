"""Handouts: Markdown, LaTeX and notebooks, whole or not at all."""

import base64
import json
import os
import re
import shutil
import subprocess

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.steps import step
from autograd_rnn.steps.showing.export import FORMATS, lettered, marked
from tests.sampling import sampled

LATEX = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "walk.tex"]
MODELS = {
    "lstm": lambda: ar.Model(ar.LSTM(2, 3), output_size=2),
    "stacked": lambda: ar.Model(ar.Stacked([ar.RNN(2, 3), ar.GRU(3, 2)]), 2, loss="squared_error", task="many-to-one"),
    "bidirectional": lambda: ar.Model(ar.Bidirectional(ar.RNN(2, 3), ar.RNN(2, 3)), 2, reduction="mean"),
    "jordan": lambda: ar.Model(ar.Jordan(2, 3, output_size=2), 2),
    "encoder-decoder": lambda: ar.EncoderDecoder(ar.RNN(2, 3), ar.GRU(3, 3, seed=1), 3),
}


def saved(navigator, folder, ending):
    target = folder / f"walk{ending}"
    navigator.save(target)
    assert os.listdir(folder) == [target.name]
    return target.read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", FORMATS)
def test_each_format_holds_every_step_of_its_levels(ending, tmp_path):
    s = step(MODELS["lstm"](), steps=2)
    text = saved(s, tmp_path, ending)
    told = {".tex": lettered, ".md": marked, ".ipynb": lambda crumb: json.dumps(marked(crumb), ensure_ascii=False)[1:-1]}.get(ending)
    for level in ("recursion", "unrolled"):
        for one in s.walk(level):
            assert f'id="{level}-{one.number}"' in text if ending == ".html" else told(one.crumb) in text
    assert ending == ".html" or told(s.walk("op")[-1].crumb) not in text


def test_a_handout_goes_down_to_where_one_stands(tmp_path):
    s = step(MODELS["lstm"](), steps=2, level="op")
    assert marked(s.walk("op")[-1].crumb) in saved(s, tmp_path, ".md")


@pytest.mark.parametrize("name", sampled(MODELS, 3))
def test_the_latex_compiles(name, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("there is no pdflatex on the path: the handout is not compiled")
    s = step(MODELS[name](), steps=2, level="component" if name == "stacked" else "op")
    saved(s, tmp_path, ".tex")
    done = subprocess.run(LATEX, cwd=tmp_path, capture_output=True, timeout=300)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log and (tmp_path / "walk.pdf").stat().st_size > 10000


def test_the_latex_has_letters_only_that_every_latex_has(tmp_path):
    for name, make in MODELS.items():
        folder = tmp_path / name
        folder.mkdir()
        assert saved(step(make(), steps=2, level="op"), folder, ".tex").isascii()


def test_the_notebook_is_valid(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: the notebook is not held against its schema")
    text = saved(step(MODELS["bidirectional"](), steps=2), tmp_path, ".ipynb")
    nbformat.validate(nbformat.reads(text, as_version=4))


def test_the_notebook_holds_the_picture_and_a_cell_a_step(tmp_path):
    s = step(MODELS["lstm"](), steps=2)
    cells = json.loads(saved(s, tmp_path, ".ipynb"))["cells"]
    assert len(cells) == 4 + len(s.walk("recursion")) + len(s.walk("unrolled"))
    assert cells[0]["attachments"]["net.svg"]["image/svg+xml"].rstrip().endswith("</svg>")
    assert len({cell["id"] for cell in cells}) == len(cells) and all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", cell["id"]) for cell in cells)


def test_the_handouts_hold_the_picture_and_say_what_the_signs_mean(tmp_path):
    s = step(MODELS["lstm"](), steps=2)
    texts = {ending: saved(s, folder, ending) for ending in (".md", ".tex") if not (folder := tmp_path / ending[1:]).mkdir()}
    data = re.search(r"^\[net\]: data:image/svg\+xml;base64,(\S+)$", texts[".md"], re.M)[1]
    assert base64.b64decode(data).decode().rstrip().endswith("</svg>") and "][net]" in texts[".md"].splitlines()[2]
    assert r"\usepackage{tikz}" in texts[".tex"] and texts[".tex"].count(r"\begin{tikzpicture}") == 1
    assert "- ⊙: times, component by component" in texts[".md"]
    assert r"\item[{${}\odot$}] times, component by component" in texts[".tex"]


@pytest.mark.parametrize("own", ["a \\input{x}", "red\u0301", "a ; % b"])
def test_letters_that_no_document_has_do_no_harm(own, tmp_path):
    text = saved(step(ar.tanh(ar.tensor(np.ones(2), name=own)).sum()), tmp_path, ".tex")
    assert "\n\\input" not in text
    plain = re.sub(r"\\ifdefined\\Umathchar\{.\}\\else(.*?)\\fi", r"\1", text)  # what an engine of letters of 8 bits reads
    assert not re.search(r"[^\n -~]", plain)
    if shutil.which("pdflatex"):
        subprocess.run(LATEX, cwd=tmp_path, capture_output=True, check=True)


@pytest.mark.parametrize("ending", FORMATS)
def test_the_same_walk_is_the_same_file(ending, tmp_path):
    first = saved(step(MODELS["jordan"](), steps=2), tmp_path, ending)
    assert saved(step(MODELS["jordan"](), steps=2), tmp_path, ending) == first


@pytest.mark.parametrize("own", [r"a_{%}$&#\input <b>*x*", "<b>", "$&#", "a%b"])
@pytest.mark.parametrize("ending", FORMATS)
def test_names_are_text_whatever_they_hold(ending, own, tmp_path):
    a = ar.tensor(np.ones(2), name=own)
    text = saved(step(ar.tanh(a).sum()), tmp_path, ending)
    if ending == ".ipynb":
        text = "\n".join(cell["source"] for cell in json.loads(text)["cells"])
    if ending in (".md", ".ipynb"):  # an indented line is code
        text = re.sub("^    .*$", "", text, flags=re.M)
    if ending == ".html":  # inside a script nothing but its end is markup
        text = re.sub("<script.*?</script>", "", text, flags=re.S)
    assert "<b>" not in text and (ending == ".html" or "$&#" not in text)
    assert ending != ".tex" or r"\input" not in text
    if ending == ".tex" and shutil.which("pdflatex"):
        subprocess.run(LATEX, cwd=tmp_path, capture_output=True, check=True)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_batch_and_a_single_tensor_can_be_saved(ending, tmp_path):
    run = ar.Model(ar.RNN(2, 3), output_size=2).unroll(np.ones((2, 4, 2)), np.zeros((2, 4), int))
    assert "t=2" in saved(step(run), tmp_path, ending) or ending == ".html"
    a = ar.tensor(3.0, name="a")
    assert saved(step(a * a), tmp_path, ending)


@pytest.mark.parametrize("name, said", [("walk.docx", ".docx is no ending known here; choose from .html, .md, .tex, .ipynb"),
                                        ("walk", "the name has no ending"), ("no/walk.md", "there is no folder no")])  # fmt: skip
def test_an_unknown_place_or_ending_is_a_sentence_and_nothing_is_written(name, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=re.escape(said)):
        step(MODELS["jordan"](), steps=2).save(name)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("ending", FORMATS)
def test_what_stood_there_stays_when_saving_fails(ending, tmp_path, monkeypatch):
    target = tmp_path / f"walk{ending}"
    target.write_text("mine", encoding="utf-8")
    s = step(MODELS["jordan"](), steps=2)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autograd_rnn.writing.os.replace", full)
    with pytest.raises(ValueError, match="No space left on device"):
        s.save(target)
    assert target.read_text(encoding="utf-8") == "mine" and os.listdir(tmp_path) == [target.name]
