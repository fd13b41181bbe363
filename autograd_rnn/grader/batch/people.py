"""Whose submission is whose: from the names of files and folders, from the layouts of course systems, from a roster."""

from __future__ import annotations

import contextlib
import csv
import errno
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from autograd_rnn.grader.files import TEXTS
from autograd_rnn.visible import visible
from autograd_rnn.writing import file_name, named

SUFFIXES = (*TEXTS, ".zip")
CANVAS = re.compile(r"(?P<who>[a-z0-9-]+)_(?P<late>LATE_)?(?P<id>\d+)_\d+_.+", re.IGNORECASE)  # lastfirst_LATE_101_202_file.py
MOODLE = re.compile(r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_\w+_?")  # Ada Lovelace_101_assignsubmission_file_
GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")  # a folder, its owner in submission_metadata.yml
OWNER = re.compile(r"^\s*:?name:\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE)


class Work(NamedTuple):
    """One person's submission: who, by what number, where it is; ``notes``: late, or one of several."""

    who: str
    number: str
    path: Path
    notes: tuple[str, ...] = ()


def works(folder: str | Path, roster: str | Path | None = None) -> tuple[list[Work], list[str]]:
    """Every submission in a folder, by name; and what does not match the roster. Raises ValueError for a folder without any."""
    folder, roster = file_name(folder), roster if roster is None else file_name(roster)
    if not os.path.isdir(folder):
        raise ValueError(
            f"{named(folder)} is no folder of submissions" if os.path.exists(folder) else f"there is no folder {named(folder)}"
        )
    try:
        entries = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "__"))]
    except OSError as error:
        raise ValueError(f"{named(folder)} cannot be read: {error.strerror}") from None
    found = [_work(path) for path in entries if os.path.isdir(path) or path.suffix in SUFFIXES]
    if not found:
        raise ValueError(f"{named(folder)} holds no submissions: files or folders, one a student, with {', '.join(SUFFIXES)} are needed")
    return _enrolled(_once(found), roster)


def _work(path: Path) -> Work:
    """A file or folder as somebody's work."""
    stem = path.name if path.is_dir() else path.stem
    if path.is_dir() and (match := GRADESCOPE.fullmatch(stem)):
        owner = OWNER.search(_beginning(path / "submission_metadata.yml"))
        return Work(visible(owner[1]) if owner else stem, match["id"], path)
    if path.is_dir() and (match := MOODLE.fullmatch(stem)):
        return Work(visible(match["who"]), match["id"], path)
    if not path.is_dir() and (match := CANVAS.fullmatch(stem)):
        return Work(visible(match["who"]), match["id"], path, ("late",) if match["late"] else ())
    return Work(visible(stem), visible(stem), path)


def _beginning(path: Path) -> str:
    """What a file begins with; nothing for one that cannot be read."""
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as file:
                return file.read(100_000)
    return ""


def _once(found: Iterable[Work]) -> list[Work]:
    """One submission a person: of several the one that was written last, which says so."""
    by_number: dict[str, list[Work]] = {}
    for work in found:
        by_number.setdefault(work.number, []).append(work)
    kept = []
    for several in by_number.values():
        latest = max(several, key=lambda work: (work.path.lstat().st_mtime, work.path.name))
        others = [work.path.name for work in several if work is not latest]
        kept.append(latest._replace(notes=latest.notes + (f"also handed in: {visible(', '.join(others))}",) * bool(others)))
    return kept


def _regular(path: Path) -> Path:
    """A file that can be read to its end, which a pipe or a device may not have."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file")
    return path


def _enrolled(found: list[Work], roster: Path | None) -> tuple[list[Work], list[str]]:
    """Names by a roster, a CSV file with the columns ``id`` and ``name``; and who is in one of the two alone."""
    if roster is None:
        return found, []
    try:
        with _regular(roster).open(encoding="utf-8-sig", newline="") as file:
            rows = [{str(k).strip().lower(): (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"the roster {named(roster)} cannot be read: {visible(getattr(error, 'strerror', None) or error)}") from None
    if not rows or not {"id", "name"} <= rows[0].keys():
        raise ValueError(f"the roster {named(roster)} has no columns id and name")
    names = {row["id"]: visible(row["name"]) for row in rows}
    if not names.keys() & {work.number for work in found} | {work.who for work in found} & names.keys():
        raise ValueError(f"the roster {named(roster)} does not match: none of its ids is the name or number of a submission")
    known = [work._replace(who=names.get(work.number, names.get(work.who, work.who))) for work in found]
    strangers = [work.who for work in found if work.number not in names and work.who not in names]
    handed = {work.number for work in found} | {work.who for work in found}
    missing = [name for number, name in names.items() if number not in handed]
    said = [f"not in the roster: {', '.join(strangers)}"] * bool(strangers) + [f"handed in nothing: {', '.join(missing)}"] * bool(missing)
    return known, said
