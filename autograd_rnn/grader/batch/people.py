"""Whose submission is whose: from the names of files and folders, from the layouts of course systems, from a roster."""

from __future__ import annotations

import contextlib
import csv
import errno
import os
import re
import shutil
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from autograd_rnn.grader.files import TEXTS, below
from autograd_rnn.visible import visible
from autograd_rnn.writing import file_name, named

CANVAS = re.compile(r"(?P<who>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_\d+_(?P<name>.+)", re.IGNORECASE)  # lastfirst_LATE_101_202_file.py
MOODLE = re.compile(r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<name>.*)")  # Ada Lovelace_101_assignsubmission_file_
GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")  # a folder; who handed it in stands in submission_metadata.yml
METADATA = "submission_metadata.yml"
AGAIN = re.compile(r"-(\d+)(?=\.\w+$)")  # file-2.py: the third copy of file.py
MOST, LARGEST = 50_000, 4_000_000_000  # files of a class's archive, and their bytes


class Work(NamedTuple):
    """One person's submission: who, by what number, where it is; ``notes``: late, or one of several. ``name``: the file's own, where a
    course system has put something before it."""

    who: str
    number: str
    path: Path
    notes: tuple[str, ...] = ()
    name: str = ""


def works(
    folder: str | Path, room: Path, roster: str | Path | None = None, endings: tuple[str, ...] = TEXTS
) -> tuple[list[Work], list[str]]:
    """Every submission in a folder or .zip, by name; and what is no submission, or does not match the roster. ``room``: an empty folder for
    what has to be unpacked or put together. Raises ValueError for a folder without any submission."""
    folder, roster = file_name(folder), roster if roster is None else file_name(roster)
    if os.path.isfile(folder) and folder.suffix.lower() == ".zip":
        _unzip(folder, room / "class")
        entries = _entries(room / "class")
    elif not os.path.isdir(folder):
        there = os.path.exists(folder)
        raise ValueError(f"{named(folder)} is no folder of submissions" if there else f"there is no folder {named(folder)}")
    else:
        entries = _entries(folder)
    with contextlib.suppress(ValueError):  # one person's folder that cannot be read
        if len(entries) == 1 and os.path.isdir(entries[0]) and any(map(_in_a_system, _entries(entries[0]))):
            entries = _entries(entries[0])  # the one folder that an export is
    owners = {key: value for path in entries if path.name == METADATA for key, value in _owners(path).items()}
    taken = [path for path in entries if os.path.isdir(path) or path.suffix.lower() in (*endings, ".zip") or _in_a_system(path)]
    if not taken:
        raise ValueError(
            f"{named(folder)} holds no submissions: files or folders, one a student, with {', '.join(endings)} or .zip are needed"
        )
    others = [visible(path.name) for path in entries if path not in taken and path.name != METADATA]
    said = [f"left out, as they are no submissions: {', '.join(others[:10])}{' and more' * (len(others) > 10)}"] * bool(others)
    found, more = _enrolled(_once([_work(path, owners) for path in taken], room, endings), roster)
    return found, said + more


def _entries(folder: Path) -> list[Path]:
    """What people have put into a folder."""
    try:
        return [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "__"))]
    except OSError as error:
        raise ValueError(f"{named(folder)} cannot be read: {error.strerror}") from None


def _in_a_system(path: Path) -> bool:
    """Whether a name is one that a course system gives."""
    return os.path.isdir(path) and bool(GRADESCOPE.fullmatch(path.name)) or _named(path) is not None


def _named(path: Path) -> re.Match[str] | None:
    """The parts of a name that a course system gives by person."""
    return MOODLE.fullmatch(path.name) or (None if os.path.isdir(path) else CANVAS.fullmatch(path.name))


def _work(path: Path, owners: dict[str, tuple[str, str]]) -> Work:
    """A file or folder as somebody's work."""
    if os.path.isdir(path) and (match := GRADESCOPE.fullmatch(path.name)):
        own = _owners(path / METADATA)
        who, number = owners.get(path.name) or own.get(path.name) or own.get("") or (path.name, "")
        return Work(who, number or match["id"], path)
    if match := _named(path):
        late = match.groupdict().get("late")
        return Work(visible(match["who"]), match["id"], path, ("late",) if late else (), match["name"])
    stem = visible(path.name if os.path.isdir(path) else path.stem)
    return Work(stem, stem, path)


def _owners(record: Path) -> dict[str, tuple[str, str]]:
    """Who handed in what, (name, number) by folder, as an export's metadata say it; of several people all."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    folder = ""
    for line in _text(record).split("\n"):
        if match := re.match(r"(submission_\d+):", line):
            folder = match[1]
        elif match := re.match(r"[\s-]*:?(name|sid):(.*)", line):
            said = found.setdefault(folder, ([], []))[match[1] == "sid"]
            if (text := match[2].strip(" \t\r'\"").replace("''", "'")) not in ("", "~", "null"):
                said.append(visible(text))
    return {folder: (" and ".join(names) or folder, "+".join(numbers)) for folder, (names, numbers) in found.items()}


def _text(path: Path) -> str:
    """What a file holds, up to a limit; nothing for one that cannot be read."""
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as file:
                return file.read(10_000_000)
    return ""


def _once(found: Iterable[Work], room: Path, endings: tuple[str, ...]) -> list[Work]:
    """One submission a person. Files of different names that a course system has put side by side are one; of the others the one that was
    written last counts, which says so."""
    by_number: dict[str, list[Work]] = {}
    for work in found:
        by_number.setdefault(work.number, []).append(work)
    kept = []
    for several in by_number.values():
        able = [work for work in several if _has_work(work.path, endings)] or several[:1]
        by_name: dict[str, list[Work]] = {}
        for work in able:
            by_name.setdefault(AGAIN.sub("", work.name), []).append(work)
        last = {name: max(copies, key=_age) for name, copies in by_name.items()}
        others = [work.path.name for work in able if work not in last.values()]
        if len(last) > 1 and "" in last:  # a folder, say, beside files of the same number
            latest = max(last.values(), key=_age)
            others += [work.path.name for work in last.values() if work is not latest]
            last = {"": latest}
        one = next(iter(last.values())) if len(last) == 1 else _together(last, room)
        kept.append(one._replace(notes=one.notes + (f"also handed in: {visible(', '.join(others))}",) * bool(others)))
    return kept


def _age(work: Work) -> tuple[int, bool, float, str]:
    """What is larger of the later of two copies."""
    match = AGAIN.search(work.name)
    return int(match[1]) if match else 0, bool(work.notes), work.path.lstat().st_mtime, work.path.name


def _has_work(path: Path, endings: tuple[str, ...]) -> bool:
    return any(True for _ in below(path, endings)) if os.path.isdir(path) else path.suffix.lower() in (*endings, ".zip")


def _together(files: dict[str, Work], room: Path) -> Work:
    """Several files of one person as the folder that they come from, by their own names."""
    first = next(iter(files.values()))
    folder = room / "together" / first.number / first.who
    folder.mkdir(parents=True)
    for name, work in files.items():
        if not work.path.is_symlink():
            shutil.copyfile(work.path, folder / name)
    return first._replace(path=folder, notes=tuple(dict.fromkeys(note for work in files.values() for note in work.notes)))


def _unzip(path: Path, folder: Path) -> None:
    """Unpack a class's archive, with the times of its files. Raises ValueError for one that cannot be read or is too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.filename.startswith("__MACOSX")]
            if len(members) > MOST or sum(m.file_size for m in members) > LARGEST:
                raise ValueError(f"it holds more than {MOST:,} files, or more than {LARGEST / 1e9:.0f} GB")
            folder.mkdir()
            for member in members:
                target = archive.extract(member, folder)
                with contextlib.suppress(OverflowError, ValueError):
                    os.utime(target, (time.mktime((*member.date_time, 0, 0, -1)),) * 2)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        why = visible(getattr(error, "strerror", None) or error)[:200]
        raise ValueError(f"{named(path)} is no archive of submissions that can be unpacked: {why}") from None


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
            head = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=max(",;\t", key=head.count))
            reader.fieldnames = columns = [name.strip().lower() for name in reader.fieldnames or ()]
            rows = [{key: (value or "").strip() for key, value in row.items() if key} for row in reader]
    except UnicodeDecodeError:
        raise ValueError(f"the roster {named(roster)} is not encoded as UTF-8: save it as CSV in UTF-8") from None
    except (OSError, csv.Error) as error:
        raise ValueError(f"the roster {named(roster)} cannot be read: {visible(getattr(error, 'strerror', None) or error)}") from None
    if not columns.count("id") == columns.count("name") == 1:
        there = f"its columns are {visible(', '.join(columns))[:200]}" if columns else "it is empty"
        raise ValueError(f"the roster {named(roster)} has no columns id and name, one of each: {there}")
    names: dict[str, str] = {}
    for row in rows:
        names.setdefault(row["id"], visible(row["name"]))
    without = [visible(row["name"]) for row in rows if row["name"] and not row["id"]]
    again = [visible(key) for key, count in Counter(row["id"] for row in rows).items() if key and count > 1]
    names.pop("", "")
    theirs = {work: [key for key in dict.fromkeys((*work.number.split("+"), work.who)) if key in names] for work in found}
    if not any(theirs.values()):
        raise ValueError(f"the roster {named(roster)} does not match: none of its ids is the name or number of a submission")
    known = [work._replace(who=" and ".join(names[key] for key in theirs[work]) or work.who) for work in found]
    strangers = [work.who for work in found if not theirs[work]]
    handed = {key for keys in theirs.values() for key in keys}
    said = {
        "not in the roster": strangers,
        "handed in nothing": [name for number, name in names.items() if number not in handed],
        "twice in the roster, of which the first counts": again,
        "in the roster without an id": without,
    }
    return known, [f"{what}: {', '.join(who)}" for what, who in said.items() if who]
