"""Whose submission is whose: the layouts that course systems export, copies, late ones, and rosters."""

import csv
import io
import os
import random
import re
import unicodedata
import zipfile
from pathlib import Path

import pytest

from autograd_rnn import grader
from autograd_rnn.cli import main
from autograd_rnn.grader.batch.journal import Journal
from autograd_rnn.grader.batch.pages import page_name
from autograd_rnn.grader.batch.people import works
from autograd_rnn.grader.spec import find
from tests.submissions import RIGHT
from tests.test_grader_files import HELPED, OWN, as_bytes

METADATA = """\
---
submission_42:
  :submitters:
  - :name: Ada Lovelace
    :sid: '1815'
    :email: ada@example.org
  :created_at: 2026-11-01 10:00:00 Z
submission_43:
  :submitters:
  - :name: "Grace Hopper"
    :sid: '1906'
  - :name: Alan Turing
    :sid: '1912'
"""
# A layout: its files, then (name, number, notes, programs) of each person.
LAYOUTS = {
    "files": ({"ada.py": "a", "Grace H.IPYNB": "b", "alan.zip": "c"},
              {("Grace H", "Grace H", ()), ("ada", "ada", ()), ("alan", "alan", ())}),
    "folders": ({"ada/rnn.py": "a", "grace/x/rnn.py": "b"}, {("ada", "ada", ()), ("grace", "grace", ())}),
    "what an editor and a system leave": (
        {"ada.py": "a", ".DS_Store": "", "__MACOSX/._ada.py": "", ".git/x.py": "b"}, {("ada", "ada", ())}),
    "Canvas": (
        {"lovelaceada_101_2001_rnn_layers.py": "a", "hopper-grace_LATE_102_2002_rnn_layers.ipynb": "b", "müllerjörg_103_2003_x.py": "c"},
        {("lovelaceada", "101", ()), ("hopper-grace", "102", ("late",)), ("müllerjörg", "103", ())}),
    "Canvas, a copy": (
        {"lovelaceada_101_2001_rnn.py": "old", "lovelaceada_101_2009_rnn-1.py": "new", "lovelaceada_LATE_101_2010_rnn-2.py": "newest"},
        {("lovelaceada", "101", ("late", "also handed in: lovelaceada_101_2001_rnn.py, lovelaceada_101_2009_rnn-1.py"))}),
    "Canvas, several files": (
        {"lovelaceada_101_2001_a.py": "a", "lovelaceada_101_2002_b.py": "b", "lovelaceada_101_2003_report.pdf": "%PDF"},
        {("lovelaceada", "101", ())}),
    "Canvas, no program": ({"lovelaceada_101_2001_report.pdf": "%PDF"}, {("lovelaceada", "101", ())}),
    "Moodle": (
        {"Ada Lovelace_101_assignsubmission_file_/rnn.py": "a", "Ada Lovelace_101_assignsubmission_onlinetext_/onlinetext.html": "<p>",
         "Grace M. Hopper_102_assignsubmission_file/rnn.ipynb": "b"},
        {("Ada Lovelace", "101", ()), ("Grace M. Hopper", "102", ())}),
    "Moodle without folders": (
        {"Ada Lovelace_101_assignsubmission_file_rnn.py": "a", "Ada Lovelace_101_assignsubmission_file_utils.py": "b",
         "Grace Hopper_102_assignsubmission_file_rnn.py": "c"},
        {("Ada Lovelace", "101", ()), ("Grace Hopper", "102", ())}),
    "Gradescope": (
        {"export/submission_metadata.yml": METADATA, "export/submission_42/rnn.py": "a", "export/submission_43/rnn.py": "b"},
        {("Ada Lovelace", "1815", ()), ("Grace Hopper and Alan Turing", "1906+1912", ())}),
    "Gradescope, numbers that are not known": (
        {"submission_metadata.yml": "submission_1:\n  - :name: Ada\n    :sid: ''\nsubmission_2:\n  - :name: 'Al O''Neil'\n    :sid: \n"
         "submission_3:\n  - :name: Ada\n    :sid:\n  - :name: Grace\n    :sid: '5'\nsubmission_4:\n  - :name: Mary\n    :sid: ~\n"}
        | {f"submission_{k}/rnn.py": "a" for k in (1, 2, 3, 4)},
        {("Ada", "1", ()), ("Al O'Neil", "2", ()), ("Ada and Grace", "5", ()), ("Mary", "4", ())}),
    "Gradescope without metadata": ({"submission_42/rnn.py": "a"}, {("submission_42", "42", ())}),
}  # fmt: skip


def laid_out(layout, folder, form):
    """A layout as a folder, or as the archive that a system exports."""
    if form == "zip":
        with zipfile.ZipFile(folder.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in layout.items():
                archive.writestr(name, as_bytes(text))
        return folder.with_suffix(".zip")
    for name, text in layout.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(as_bytes(text))
    return folder


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_says_whose_work_it_is(layout, form, tmp_path):
    files, people = LAYOUTS[layout]
    (tmp_path / "room").mkdir()
    found, said = works(laid_out(files, tmp_path / "work", form), tmp_path / "room")
    assert {(work.who, work.number, work.notes) for work in found} == people and not said
    assert len({work.number for work in found}) == len(found) and all(work.path.exists() for work in found)


def test_of_copies_the_last_counts_and_several_files_are_one_submission(tmp_path):
    files = {"adal_101_1_rnn.py": "old", "adal_101_9_rnn-1.py": "from utils import tanh\n" + HELPED, "adal_101_7_utils.py": OWN}
    (tmp_path / "room").mkdir()
    [work], _ = works(laid_out(files, tmp_path / "work", "folder"), tmp_path / "room")
    assert {path.name for path in work.path.iterdir()} == {"rnn.py", "utils.py"} and "adal_101_1_rnn.py" in work.notes[0]
    assert grader.grade("cs231n-rnn", work.path, seed=1, only=["rnn_step_forward"]).full


def test_of_two_files_of_one_name_the_one_that_was_written_last_counts(tmp_path):
    laid_out({"ada.py": "a", "ada.ipynb": "b", "ada/rnn.py": "c"}, tmp_path / "work", "folder")
    for second, name in enumerate(("ada.ipynb", "ada", "ada.py")):
        os.utime(tmp_path / "work" / name, (second, second))
    [work], _ = works(tmp_path / "work", tmp_path)
    assert work.path.name == "ada.py" and work.notes == ("also handed in: ada, ada.ipynb",)


def test_what_is_no_program_is_said(tmp_path):
    found, said = works(laid_out({"ada.py": "a", "notes.txt": "b", "x.docx": "c"}, tmp_path / "work", "folder"), tmp_path)
    assert [work.who for work in found] == ["ada"] and said == ["left out, as they are no submissions: notes.txt, x.docx"]


ROSTERS = [
    "id,name\n101,Ada Lovelace\n7,Alan\n",
    "\ufeffName;ID\r\nAda Lovelace;101\r\nAlan;7\r\n",
    "id\tname\n101\tAda Lovelace\n7\tAlan\n",
]


@pytest.mark.parametrize("roster", ROSTERS)
def test_a_roster_in_every_form_names_people(roster, tmp_path):
    (tmp_path / "roster.csv").write_text(roster, encoding="utf-8", newline="")
    folder = laid_out({"x_101_1_rnn.py": "a", "y_102_1_rnn.py": "b"}, tmp_path / "work", "folder")
    found, said = works(folder, tmp_path, tmp_path / "roster.csv")
    assert [work.who for work in found] == ["Ada Lovelace", "y"] and said == ["not in the roster: y", "handed in nothing: Alan"]


@pytest.mark.parametrize("head", ["id", "name,number", "id,name,ID", "", "id,name,name"])
def test_a_roster_with_other_columns_is_a_sentence_that_says_which(head, tmp_path):
    (tmp_path / "roster.csv").write_text(f"{head}\n101,Ada,7\n" if head else "")
    said = f"its columns are {head.lower().replace(',', ', ')}" if head else "it is empty"
    with pytest.raises(ValueError, match=f"id and name, one of each: {said}"):
        works(laid_out({"x_101_1_rnn.py": "a"}, tmp_path / "work", "folder"), tmp_path, tmp_path / "roster.csv")


def test_what_is_twice_in_a_roster_or_has_no_id_is_said(tmp_path):
    (tmp_path / "roster.csv").write_text("id,name,mail\n101,Ada\n7,Alan\n,Nobody,x\n101,Grace,y,z\n,\n")
    [work], said = works(laid_out({"x_101_1_rnn.py": "a"}, tmp_path / "work", "folder"), tmp_path, tmp_path / "roster.csv")
    assert work.who == "Ada" and said == [
        "handed in nothing: Alan", "twice in the roster, of which the first counts: 101", "in the roster without an id: Nobody"
    ]  # fmt: skip


def test_a_roster_that_comes_later_names_what_is_graded(tmp_path):
    folder = laid_out({"x_101_1_rnn.py": "a"}, tmp_path / "work", "folder")
    (tmp_path / "roster.csv").write_text(ROSTERS[0])
    for roster in (None, tmp_path / "roster.csv"):
        found = grader.grade_all("cs231n-rnn", folder, tmp_path / "out", seed=1, jobs=1, roster=roster)
        assert found.graded == (roster is None)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "grades.csv").read_text())))
    assert [row["name"] for row in rows] == ["Ada Lovelace"] and "Ada Lovelace" in (tmp_path / "out" / "class.html").read_text()


def test_a_roster_in_another_encoding_is_a_sentence(tmp_path):
    (tmp_path / "roster.csv").write_bytes("id,name\n101,Jörg\n".encode("cp1252"))
    with pytest.raises(ValueError, match="is not encoded as UTF-8: save it as CSV in UTF-8"):
        works(laid_out({"x_101_1_rnn.py": "a"}, tmp_path / "work", "folder"), tmp_path, tmp_path / "roster.csv")


def test_who_is_gone_has_no_page_left_and_two_runs_do_not_share_a_journal(tmp_path, capsys):
    folder = laid_out({"ada.py": "x", "grace.py": "x"}, tmp_path / "work", "folder")
    for left in (2, 1):
        grader.grade_all("cs231n-rnn", folder, tmp_path / "out", seed=1, jobs=1)
        assert len(list((tmp_path / "out" / "students").iterdir())) == left
        (folder / "grace.py").unlink(missing_ok=True)
    with Journal(tmp_path / "out", find("cs231n-rnn"), None):
        assert main(["grade-all", "cs231n-rnn", str(folder), "-o", str(tmp_path / "out"), "--seed", "2"]) == 2
    assert "another run keeps its grades in" in capsys.readouterr().err
    assert grader.grade_all("cs231n-rnn", folder, tmp_path / "out").before == 1


def bomb(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ada.py", "x")
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = (4_200_000_000).to_bytes(4, "little")
    path.write_bytes(data)


BAD = {
    "an empty folder": (lambda p: p.mkdir(), "holds no submissions"),
    "notes alone": (lambda p: laid_out({"a.txt": "x"}, p, "folder"), "holds no submissions"),
    "a file": (lambda p: p.write_text("x"), "is no folder of submissions"),
    "nothing": (lambda p: None, "there is no folder"),
}
BAD_ARCHIVES = {
    "no archive": (lambda p: p.write_text("x"), "is no archive of submissions"),
    "half an archive": (lambda p: p.write_bytes(b"PK\3\4" + bytes(50)), "is no archive of submissions"),
    "more than a disk holds": (bomb, "it holds more than"),
}


@pytest.mark.parametrize("what", [*BAD, *BAD_ARCHIVES])
def test_what_is_no_class_is_one_sentence(what, tmp_path, capsys):
    make, said = (BAD | BAD_ARCHIVES)[what]
    path = tmp_path / ("work.zip" if what in BAD_ARCHIVES else "work")
    make(path)
    assert main(["grade-all", "cs231n-rnn", str(path), "-o", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "out").exists()


def test_a_class_archive_writes_nothing_beside_its_room(tmp_path):
    names = ("../../outside.py", "/tmp/outside.py", "ada.py")
    (tmp_path / "deep" / "room").mkdir(parents=True)
    works(laid_out(dict.fromkeys(names, RIGHT), tmp_path / "work", "zip"), tmp_path / "deep" / "room")
    assert {path.name for path in tmp_path.iterdir()} == {"work.zip", "deep"} and not Path("/tmp/outside.py").exists()


@pytest.mark.parametrize("where", ["work", "work/grades", "work/../work/x"])
def test_grades_do_not_lie_among_submissions(where, tmp_path, capsys):
    laid_out({"ada.py": "x"}, tmp_path / "work", "folder")
    assert main(["grade-all", "cs231n-rnn", str(tmp_path / "work"), "-o", str(tmp_path / where)]) == 2
    assert "lies among the submissions" in capsys.readouterr().err and len(list((tmp_path / "work").iterdir())) == 1


def test_a_class_hands_in_formulas_as_texts(tmp_path):
    text = "dW_xh = Sum(outer(da[t], x[t]), t)\n"
    files = {"ada.txt": text, "grace/answers.md": text, "x_101_1_a.tex": text, "alan.zip": "", "notes.py": "x = 1\n"}
    folder = laid_out(files, tmp_path / "work", "folder")
    with zipfile.ZipFile(folder / "alan.zip", "w") as archive:
        archive.writestr("a.txt", text)
    found = grader.grade_all("bptt-formulas", folder, tmp_path / "out", seed=1, jobs=1)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "grades.csv").read_text())))
    assert [row["id"] for row in rows] == ["ada", "alan", "grace", "101"] and {row["dW_xh verdict"] for row in rows} == {"correct"}
    assert found.said == ["left out, as they are no submissions: notes.py"]


def test_no_odd_file_stops_a_class(tmp_path):
    folder = laid_out({"ada.py": RIGHT, "empty.py": "", "locked.py": RIGHT, "a/b.py": RIGHT}, tmp_path / "work", "folder")
    (folder / "gone.py").symlink_to("nowhere")
    (folder / "ring").symlink_to(folder)
    (folder / "a" / "ring").symlink_to(folder)
    (folder / "locked.py").chmod(0)
    (folder / "x\udcff\x1b[2J.py").write_text("x")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.py")
    grader.grade_all("cs231n-rnn", folder, tmp_path / "out", seed=1, jobs=1)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "grades.csv").read_text(encoding="utf-8"))))
    right = {row["id"] for row in rows if row["score"] == row["max_score"]}
    assert len(rows) == len(list(folder.iterdir())) and {"ada", "a"} <= right <= {"ada", "a", "locked"}  # nothing is locked to root


def test_every_page_has_a_name_of_its_own_on_every_system(random_seed):
    """On some, names are one that differ in their capitals alone or in how an accent is written, and some names are devices."""
    rng = random.Random(random_seed)
    names = {"Ada", "ada", "ADA", "é", "e\u0301", "É", "straße", "strasse", "nul", "NUL", "con.txt", "aux", "..", ".", "", "a/b", "a_b"}
    names |= {"a\0b", "101", "豈", "\uf900", "x" * 300, "x" * 299, "漢" * 90, "\udcff", "-", "a.", "a", "a\n", "\u017f", "s", "\u212a", "k"}
    names |= {"".join(rng.choice("aAéÉ.-_/ 1ß") for _ in range(rng.randrange(1, 6))) for _ in range(300)}
    names |= {page_name(name) for name in names}  # what somebody may call a file to have another's page
    found = [unicodedata.normalize("NFC", page_name(name)).casefold() for name in names]
    assert len(set(found)) == len(names)
    for name in map(page_name, names):
        assert re.fullmatch(r"[\w-][\w.-]*", name) and len(f"{name}.html".encode()) <= 255
        assert name.partition(".")[0].upper() not in ("NUL", "CON", "AUX", "PRN")
    assert [page_name(name) for name in ("101", "ada", "ada_lovelace")] == ["101", "ada", "ada_lovelace"]
