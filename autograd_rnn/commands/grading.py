"""``autograd-rnn grade`` and ``assignments``: a submission graded, and what can be graded."""

from __future__ import annotations

from typing import Any

from autograd_rnn.visible import visible
from autograd_rnn.writing import put, writable, write

FORMATS = ("text", "json", "html", "markdown", "junit", "gradescope")


def grade_options(command: Any) -> None:
    """The options of ``grade``."""
    command.add_argument("assignment", nargs="?", help="its name (see autograd-rnn assignments), or a TOML file")
    command.add_argument("submission", nargs="?", help="a .py file, a notebook, a folder or .zip of them")
    command.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    command.add_argument("--seed", type=int, metavar="N", help="of the numbers that are tried (default: a new one, which the report names)")
    command.add_argument("--only", metavar="FUNCTION", action="append", default=[], help="grade this function alone; may be repeated")
    command.add_argument("--hint", type=int, choices=(1, 2, 3), help="how much is told: 1 which output, 2 where, 3 which term")
    command.add_argument("-o", dest="target", metavar="FILE", help="write the report there (default, and -: print it)")
    command.add_argument("--isolation", action="store_true", help="say from what this machine keeps a submission, and nothing else")


def run_grade(options: Any) -> int:
    """Print or write the report; 0 for full marks, 1 for less."""
    from autograd_rnn import grader

    if options.isolation:
        print(grader.isolation_here())
        return 0
    if options.assignment is None or options.submission is None:
        raise ValueError("grade takes an assignment and a submission: autograd-rnn grade cs231n-rnn rnn_layers.py")
    if options.seed is not None and options.seed < 0:
        raise ValueError("--seed is a whole number from 0")
    if options.target and options.target != "-":
        writable(options.target)
    report = grader.grade(options.assignment, options.submission, options.seed, options.only, options.hint)
    text = str(report) if options.format == "text" else getattr(report, f"to_{options.format}")()
    text = text if text.endswith("\n") else text + "\n"
    if options.target and options.target != "-":
        write(options.target, text.encode())
    else:
        put(text)
    return judged(report, report.full)


def judged(report: Any, well: bool) -> int:
    """The exit code: 0 if all is well, 1 if not; ValueError, and so 2, where nothing could be judged."""
    if report and (unread := [item for item in report.items if item.verdict == "unreadable"]):
        raise ValueError(unread[0].message)
    return 0 if well else 1


def grade_all_options(command: Any) -> None:
    """The options of ``grade-all``."""
    command.add_argument("assignment", help="its name (see autograd-rnn assignments), or a TOML file")
    command.add_argument("folder", help="submissions, a file or folder a student, or the .zip that a course system exports")
    command.add_argument("-o", dest="out", metavar="DIR", required=True, help="where journal, grades.csv and pages go; run again to go on")
    command.add_argument("--seed", type=int, metavar="N", help="of the numbers that are tried (default: a new one, kept in the journal)")
    where = command.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, metavar="N", help="processes (default: one a core)")
    where.add_argument("--dask", metavar="ADDRESS", help="grade on the Dask cluster there, as tcp://10.0.0.1:8786")
    command.add_argument("--roster", metavar="FILE", help="a CSV file with the columns id and name")
    command.add_argument("--regrade", action="store_true", help="grade again what has not changed")


def run_grade_all(options: Any) -> None:
    """Grade a class, and say where to look."""
    from autograd_rnn import grader

    asked = {name: getattr(options, name) for name in ("seed", "jobs", "roster", "regrade", "dask")}
    found = grader.grade_all(options.assignment, options.folder, options.out, **asked)
    print(
        f"graded {found.graded}, unchanged {found.before}: {visible(found.folder / 'grades.csv')}, {visible(found.folder / 'class.html')}"
    )
    for line in found.said:
        print(line)


def bundle_options(command: Any) -> None:
    """The options of ``bundle``."""
    command.add_argument("assignment", help="its name (see autograd-rnn assignments), or a TOML file")
    command.add_argument("-o", dest="target", metavar="FILE", default="autograder.zip", help="the archive (default: autograder.zip)")
    command.add_argument("--hint", type=int, choices=(1, 2, 3), help="how much a student is told (default: as the assignment says)")
    command.add_argument("--for", dest="system", choices=("gradescope", "github"), default="gradescope", help="default: gradescope")


def run_bundle(options: Any) -> None:
    """Write the archive."""
    from autograd_rnn import grader

    use = "unpack it in the template repository" if options.system == "github" else "upload it as a Gradescope autograder"
    print(f"wrote {visible(grader.bundle(options.assignment, options.target, options.hint, options.system))}: {use}")


def audit_options(command: Any) -> None:
    """The options of ``audit``."""
    command.add_argument("assignment", help="its name (see autograd-rnn assignments), or a TOML file")
    command.add_argument("reference", nargs="?", help="code that should have all points")
    command.add_argument(
        "--expected", metavar="FILE", help="a TOML file of printed numbers, each of which is derived and checked (see docs/grading.md)"
    )


def run_audit(options: Any) -> int:
    """Print what the tests see, and whether the reference is right; 0 if all is well, else 1."""
    from autograd_rnn import grader

    found = grader.audit(options.assignment, options.reference, options.expected)
    print(found)
    return judged(found.reference, found.ok)


def assignments_options(command: Any) -> None:
    """The options of ``assignments``."""
    command.add_argument("--init", metavar="NAME", help="write NAME.toml, a commented assignment to start from, into this folder")
    command.add_argument("--like", metavar="ASSIGNMENT", help="which of these to start from (default: the one called NAME, or cs231n-rnn)")


def run_assignments(options: Any) -> None:
    """List the assignments, or write one to start from."""
    from autograd_rnn import grader
    from autograd_rnn.table import table

    if options.init is None:
        if options.like is not None:
            raise ValueError("--like goes with --init NAME, the assignment to write")
        print(table(("assignment", "what it asks for"), grader.assignments().items()))
        return
    print(f"wrote {visible(grader.begun(options.init, options.like))}")
