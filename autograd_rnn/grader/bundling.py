"""An autograder for Gradescope: an archive that holds the program, an assignment, and the two scripts that the system calls."""

from __future__ import annotations

import os
import zipfile
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import autograd_rnn
from autograd_rnn.grader.assignment import FOLDER
from autograd_rnn.grader.grading import HINTS
from autograd_rnn.grader.spec import find
from autograd_rnn.nets.given import choose
from autograd_rnn.writing import file_name, replacing

SETUP = """#!/bin/sh
# Called once, as the image is built.
set -e
python3 -m pip install {requirements}
"""
RUN = """#!/bin/sh
# Called for each submission: what was handed in is in submission/, the report goes to results/results.json.
base=${{AUTOGRADER:-/autograder}}
cd "$base/source"
python3 -m autograd_rnn grade assignment.toml "$base/submission" --format gradescope -o "$base/results/results.json"{options}
test -s "$base/results/results.json"
"""


def bundle(assignment: str | Path, target: str | Path, hint: int = 3) -> Path:
    """Write the archive to ``target``: upload it as a Gradescope autograder. ``hint``: how much a student is told.

    Raises ValueError for an assignment that is none.
    """
    path = file_name(assignment)
    find(path)  # that it is one
    known = FOLDER / f"{path}.toml"
    text = (known if os.path.isfile(known) else path).read_text(encoding="utf-8-sig")
    choose("hint", hint, HINTS)
    package = Path(autograd_rnn.__file__).parent
    try:
        needed = [line for line in requires("autograd-rnn") or [] if "extra ==" not in line]
    except PackageNotFoundError:
        raise ValueError("what the archive has to install is known of an installed autograd-rnn: pip install it first") from None
    scripts = {
        "setup.sh": SETUP.format(requirements=" ".join(f"'{line}'" for line in needed)),
        "run_autograder": RUN.format(options=f" --hint {hint}" if hint != 3 else ""),
    }
    with replacing(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, script in scripts.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o755 << 16
            archive.writestr(member, script)
        archive.writestr(zipfile.ZipInfo("assignment.toml"), text.replace("\r\n", "\n"))
        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.writestr(zipfile.ZipInfo(f"autograd_rnn/{path.relative_to(package).as_posix()}"), path.read_bytes())
    return file_name(target)
