"""The cells that docs/grading.md shows for other graders do what it says, in these graders themselves where they are installed."""

import importlib.util
import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

from tests.submissions import RIGHT

DOCS = (Path(__file__).parent.parent / "docs" / "grading.md").read_text(encoding="utf-8")
WRONG = RIGHT.replace("db = np.sum(dz, axis=0)", "db = dz[0]", 1)


def cell(system):
    return re.search(rf"^```python {system}\n(.*?)^```", DOCS, re.M | re.S)[1]


def session(text):
    """The names of a notebook in which a text has run."""
    names = {"__name__": "__main__"}
    exec(compile(text, "notebook", "exec"), names)
    return names


def test_the_test_for_otter_passes_for_right_work_and_says_what_is_wrong(monkeypatch):
    stands_in = types.ModuleType("otter.test_files")
    stands_in.test_case = lambda: lambda function: function
    monkeypatch.setitem(sys.modules, "otter", types.ModuleType("otter"))
    monkeypatch.setitem(sys.modules, "otter.test_files", stands_in)
    test = session(cell("otter"))["test_rnn_step_backward"]
    test(session(RIGHT)["rnn_step_backward"])
    with pytest.raises(AssertionError, match="8 of 10 points"):
        test(session(WRONG)["rnn_step_backward"])


@pytest.mark.parametrize("text, score", [(RIGHT, 10.0), (WRONG, 8.0)])
def test_the_cell_for_nbgrader_ends_in_the_points(text, score, capsys):
    names = session(text)
    *lines, last = cell("nbgrader").strip().split("\n")
    exec("\n".join(lines), names)
    assert eval(last, names) == score and f"{score:g} of 10 points" in capsys.readouterr().out


OTTER = """
import sys, otter
from tests.test_grader_elsewhere import RIGHT, WRONG, session
for text in (RIGHT, WRONG):
    result = otter.Notebook(tests_dir=sys.argv[1]).check("q1", global_env=session(text))
    print("points:", result.score, "of", result.possible)
"""
NBGRADER = """
import sys
from pathlib import Path
import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config
from tests.test_grader_elsewhere import RIGHT, WRONG, cell
root = Path(sys.argv[1])
own, test = new_code_cell("### BEGIN SOLUTION\\n" + RIGHT + "\\n### END SOLUTION"), new_code_cell(cell("nbgrader"))
same = {"schema_version": 3, "task": False}
own.metadata["nbgrader"] = {**same, "grade": False, "solution": True, "locked": False, "grade_id": "own"}
test.metadata["nbgrader"] = {**same, "grade": True, "solution": False, "locked": True, "grade_id": "q1", "points": 10}
notebook = new_notebook(cells=[own, test])
notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
(root / "source" / "ps1").mkdir(parents=True)
nbformat.write(notebook, str(root / "source" / "ps1" / "rnn.ipynb"))
settings = Config()
settings.CourseDirectory.root = str(root)
api = NbGraderAPI(config=settings)
assert api.generate_assignment("ps1")["success"]
for who, text in (("ada", RIGHT), ("bob", WRONG)):
    (root / "submitted" / who / "ps1").mkdir(parents=True)
    handed = nbformat.read(str(root / "release" / "ps1" / "rnn.ipynb"), 4)
    handed.cells[0].source = text
    nbformat.write(handed, str(root / "submitted" / who / "ps1" / "rnn.ipynb"))
    assert api.autograde("ps1", who)["success"]
    with api.gradebook as book:
        print("points:", book.find_submission("ps1", who).score)
from autograd_rnn import grader
grader.grade_all("cs231n-rnn", root / "submitted", root / "grades", seed=1, jobs=1)
print((root / "grades" / "grades.csv").read_text())
"""


def ran(program, folder):
    """What a program prints that is run by itself, with the commands of what is installed."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    places = os.environ | {"PATH": path, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", program, str(folder)], cwd=folder, env=places, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(importlib.util.find_spec("otter") is None, reason="otter-grader is not installed")
def test_otter_gives_the_points(tmp_path):
    (tmp_path / "q1.py").write_text(cell("otter"))
    said = ran(OTTER, tmp_path)
    assert re.findall(r"points: (\S+) of (\S+)", said) == [("10.0", "10.0"), ("0", "10.0")], said


@pytest.mark.skipif(importlib.util.find_spec("nbgrader") is None, reason="nbgrader is not installed")
def test_nbgrader_gives_the_points_and_what_it_collects_is_a_class(tmp_path):
    said = ran(NBGRADER, tmp_path)
    assert re.findall(r"points: (\S+)", said) == ["10.0", "8.0"] and "ada,ada,ada,68.0,68.0" in said, said
