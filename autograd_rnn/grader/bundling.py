"""An autograder as a course system takes it: an archive that holds the program, an assignment, and what calls them."""

from __future__ import annotations

import os
import re
import shlex
import zipfile
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import autograd_rnn
from autograd_rnn.grader.assignment import FOLDER, Spec
from autograd_rnn.grader.grading import HINTS
from autograd_rnn.grader.spec import find
from autograd_rnn.nets.given import choose
from autograd_rnn.writing import file_name, replacing

SETUP = """#!/bin/sh
# Called once, before anything is graded.
set -e
export PIP_BREAK_SYSTEM_PACKAGES=1
python3 -m pip --version || {{ apt-get update && apt-get install -y python3 python3-pip; }}
python3 -m pip install {requirements}
"""
RUN = """#!/bin/sh
# Called for each submission: what was handed in is in submission/, the report goes to results/results.json.
base=${{AUTOGRADER:-/autograder}}
cd "$base/source"
python3 -m autograd_rnn grade assignment.toml "$base/submission" --format gradescope -o "$base/results/results.json"{options}
test -s "$base/results/results.json"
"""
# The grader runs in its own folder: in the student's, files of theirs would be taken for modules of its own.
WORKFLOW = """# For the template repository of a GitHub Classroom assignment. Protect .github/**/* there, so that a change of it is seen.
name: Autograding Tests
on: [push, workflow_dispatch, repository_dispatch]
permissions:
  checks: write
  actions: read
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    if: github.actor != 'github-classroom[bot]'
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: what the grader needs
        run: sh .github/autograder/setup.sh
      - name: the report
        run: {report} --format markdown >> "$GITHUB_STEP_SUMMARY" || true
{steps}      - name: the points
        uses: classroom-resources/autograding-grading-reporter@v1
        env:
{results}        with:
          runners: {runners}
"""
STEP = """      - name: {name}
        id: {id}
        uses: classroom-resources/autograding-command-grader@v1
        with:
          test-name: {name}
          command: {command}
          timeout: 10
          max-score: {points}
"""
GRADE = 'cd .github/autograder && python3 -m autograd_rnn grade assignment.toml "$(dirname "$(dirname "$PWD")")"'
SYSTEMS = ("gradescope", "github")


def bundle(assignment: str | Path, target: str | Path, hint: int | None = None, system: str = "gradescope") -> Path:
    """Write the archive to ``target``: upload it as a Gradescope autograder; for ``system="github"`` unpack it in the template repository
    of a GitHub Classroom assignment. ``hint``: how much a student is told. Raises ValueError for an assignment that is none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     archive = bundle("cs231n-rnn", Path(place, "autograder.zip"))
    ...     print(*zipfile.ZipFile(archive).namelist()[:4])
    setup.sh run_autograder assignment.toml autograd_rnn/__init__.py
    """
    path = file_name(assignment)
    spec = find(path)
    known = FOLDER / f"{path}.toml"
    text = (known if os.path.isfile(known) else path).read_text(encoding="utf-8-sig")
    if hint is not None:
        choose("hint", hint, HINTS)
    choose("system", system, SYSTEMS)
    package = Path(autograd_rnn.__file__).parent
    try:
        needed = [line for line in requires("autograd-rnn") or [] if "extra ==" not in line]
    except PackageNotFoundError:
        raise ValueError("what the archive has to install is known of an installed autograd-rnn: pip install it first") from None
    options, root = f" --hint {hint}" if hint is not None else "", ".github/autograder/" if system == "github" else ""
    scripts = {f"{root}setup.sh": SETUP.format(requirements=" ".join(map(shlex.quote, needed)))}
    if system == "github":
        scripts[".github/workflows/classroom.yml"] = _workflow(spec, options)
    else:
        scripts["run_autograder"] = RUN.format(options=options)
    with replacing(target) as file, zipfile.ZipFile(file, "w") as archive:
        for name, script in scripts.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o755 << 16
            archive.writestr(member, script)
        archive.writestr(zipfile.ZipInfo(f"{root}assignment.toml"), text.replace("\r\n", "\n"))
        if beside := re.search(r"""^\s*reference\s*=\s*["'](\S+\.py)["']""", text, re.MULTILINE):
            archive.writestr(zipfile.ZipInfo(f"{root}{beside[1]}"), spec.reference)
        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                member = zipfile.ZipInfo(f"{root}autograd_rnn/{path.relative_to(package).as_posix()}")
                archive.writestr(member, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return file_name(target)


def _workflow(spec: Spec, options: str) -> str:
    """A step a function, each worth its points if it has all of them; the system counts in whole points."""
    functions = spec.asked
    whole = 1 if all(float(function.points).is_integer() for function in functions) else 100
    steps, ids = "", [f"function{k}" for k in range(1, len(functions) + 1)]
    for name, function in zip(ids, functions, strict=True):
        command = _quoted(f"{GRADE} --only {shlex.quote(function.name)}{options}")
        steps += STEP.format(id=name, name=_quoted(function.name), command=command, points=round(whole * function.points))
    results = "".join(f'          {name.upper()}_RESULTS: "${{{{steps.{name}.outputs.result}}}}"\n' for name in ids)
    return WORKFLOW.format(report=GRADE + options, steps=steps, results=results, runners=",".join(ids))


def _quoted(text: str) -> str:
    """A text in YAML."""
    return "'" + text.replace("'", "''") + "'"
