"""The journal of a class: one SQLite file that holds every report as it is made, so that nothing is graded twice."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from autograd_rnn.grader.assignment import Spec
from autograd_rnn.visible import visible
from autograd_rnn.writing import named, writable

NAME = "grades.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS class (assignment TEXT NOT NULL, digest TEXT NOT NULL, seed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS grades (
    number TEXT PRIMARY KEY, who TEXT NOT NULL, file TEXT NOT NULL, digest TEXT NOT NULL, notes TEXT NOT NULL,
    score REAL NOT NULL, max_score REAL NOT NULL, report TEXT NOT NULL
) WITHOUT ROWID;
"""


class Journal:
    """The journal in a folder, a context manager. Raises ValueError for a folder that holds something else, or another assignment."""

    def __init__(self, folder: Path, spec: Spec, seed: int | None):
        self.folder, self.digest = folder, hashlib.sha256(repr(spec).encode()).hexdigest()
        path, shown = folder / NAME, named(folder)
        try:
            if os.path.lexists(folder) and not folder.is_dir():
                raise ValueError(f"{shown} is no folder")
            if folder.is_dir() and not os.path.lexists(path) and any(folder.iterdir()):
                raise ValueError(f"{shown} holds something else: choose an empty or a new folder for the grades")
            folder.mkdir(parents=True, exist_ok=True)
            writable(path)  # a pipe would wait for ever
            self.database = sqlite3.connect(path, timeout=1)
            self.database.executescript(f"PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; {TABLES} COMMIT;")  # held until it is closed
            row = self.database.execute("SELECT assignment, digest, seed FROM class").fetchone()
        except OSError as error:
            raise ValueError(f"grades cannot be kept in {shown}: {error.strerror or error}; choose another folder") from None
        except sqlite3.Error as error:
            raise _told(path, error) from None
        if row is not None and row[0] != spec.name:
            raise ValueError(f"{shown} holds the grades of {visible(row[0])}: choose another folder for those of {spec.name}")
        self.changed = row is not None and (row[1] != self.digest or seed not in (None, row[2]))
        self.seed = row[2] if row is not None and seed is None else seed
        self.spec = spec

    def begin(self, seed: int) -> None:
        """Note what is graded, and by which numbers; grades by others are forgotten."""
        if self.changed:
            self.database.execute("DELETE FROM grades")
        self.database.execute("DELETE FROM class")
        self.database.execute("INSERT INTO class VALUES (?, ?, ?)", (self.spec.name, self.digest, seed))
        self.database.commit()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.database.close()
        if isinstance(error, sqlite3.Error):
            raise _told(self.folder / NAME, error) from None

    def known(self) -> dict[str, str]:
        """The digest of every submission that is graded, by the person's number."""
        return dict(self.database.execute("SELECT number, digest FROM grades"))

    def keep(self, number: str, who: str, file: str, digest: str, notes: list[str], report: str) -> None:
        """Note one report, as JSON; at once, so that an interruption loses nothing."""
        found = json.loads(report)
        row = (number, who, file, digest, json.dumps(notes), found["score"], found["max_score"], report)
        self.database.execute("INSERT OR REPLACE INTO grades VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        self.database.commit()

    def forget(self, numbers: list[str]) -> None:
        """Take out people whose submission is gone."""
        self.database.executemany("DELETE FROM grades WHERE number = ?", [(number,) for number in numbers])
        self.database.commit()

    def rename(self, people: list[tuple[str, str, str]]) -> None:
        """Note (name, notes as JSON, number) of people whose submission may have been graded before, as by another roster."""
        self.database.executemany("UPDATE grades SET who = ?, notes = ? WHERE number = ?", people)
        self.database.commit()

    def put_in_order(self) -> None:
        """Rewrite the file by what it holds alone, whoever was graded first: its pages lie as they were filled."""
        self.database.execute("VACUUM")

    def all(self) -> Iterator[dict[str, Any]]:
        """Every grade, by the person's name."""
        names = ("number", "who", "file", "digest", "notes", "score", "max_score", "report")
        for row in self.database.execute("SELECT * FROM grades ORDER BY who, number"):
            found = dict(zip(names, row, strict=True))
            yield found | {"notes": json.loads(found["notes"]), "report": json.loads(found["report"])}


def _told(path: Path, error: sqlite3.Error) -> ValueError:
    """What the database says, as a sentence: it is another's, another run's, or the disk is full."""
    if "locked" in str(error):
        return ValueError(f"another run keeps its grades in {named(path)}: wait for it, or choose another folder")
    if isinstance(error, sqlite3.OperationalError):
        return ValueError(f"grades cannot be kept in {named(path)}: {visible(error)}")
    return ValueError(f"{named(path)} is no journal of grades: {visible(error)}")
