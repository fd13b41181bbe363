"""What was handed in as files: the programs in it as text, read with care, since nobody knows what they are."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from autograd_rnn.visible import visible
from autograd_rnn.writing import file_name, named

# Bytes of one file and of all of an archive, files of one folder or archive, letters of a program (reading one takes seconds at worst)
LARGEST, MEMBERS, LETTERS = 5_000_000, 200, 200_000
TEXTS = (".py", ".ipynb")
WRITTEN = (".txt", ".md", ".tex", ".dot", ".gv", ".ipynb")  # answers that are no programs
STORED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCODINGS = tuple("utf-8 utf-8-sig ascii iso-8859-1 iso-8859-15 cp1252 cp1250 cp1251 koi8-r gbk big5 shift_jis euc_jp euc_kr".split())


class Unreadable(Exception):
    """A submission of which nothing can be graded: the verdict, the sentence, the line."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.line = line


def called(path: Path) -> str:
    """A file or a folder by its own name, as a sentence has it."""
    return named(path.name or Path(os.path.abspath(path)).name or path)


def answer(path: str | Path, what: str) -> str:
    """The text of an answer that is no program: of a file, of a notebook its words, or of all that a folder or an archive holds. Raises
    Unreadable."""
    path = file_name(path)
    texts = []
    for name, data in sorted(files(path, WRITTEN), key=lambda one: one[0]):
        if isinstance(data, Unreadable):
            raise data
        texts += _cells(visible(name), data, ("markdown", "raw")) if name.lower().endswith(".ipynb") else [_decoded(name, data)]
    text, name = "\n".join(texts), called(path)
    if len(text) > LETTERS or not text.strip():
        raise Unreadable(f"{name} has more than {LETTERS:,} letters" if len(text) > LETTERS else f"{name} has no {what}")
    return text


def _decoded(name: str, data: bytes) -> str:
    """The text of an answer as editors save it: in UTF-8, in UTF-16, where every other byte is 0, or in the letters of Windows.

    >>> {_decoded("a.txt", "(1 - h²)".encode(encoding)) for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1")}
    {'(1 - h²)'}
    """
    order = "be" if data[::2].count(0) > data[1::2].count(0) else "le"
    wide = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else [f"utf-16-{order}"] * (4 * data.count(0) > len(data))
    for encoding in wide or ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\0-\x08\x0e-\x1f]", text) is None or encoding == "utf-8-sig":
            return text
    raise Unreadable(f"{visible(name)} is no text in UTF-8, UTF-16 or the letters of Windows")


def files(path: Path, endings: tuple[str, ...] = TEXTS) -> Iterator[tuple[str, bytes | Unreadable]]:
    """The programs of a path, (name, bytes); of what in a folder cannot be read, why."""
    name = called(path)
    try:
        if path.is_symlink():
            raise Unreadable(f"{name} is a link: hand in the file itself")
        if path.is_dir():
            inside = sorted(below(path, endings), key=lambda one: (one.suffix.lower() == ".zip", one.stat().st_size, one))
            if len(inside) > MEMBERS:
                raise Unreadable(f"{name} holds more than {MEMBERS} programs")
            left = LARGEST  # which large files use up last
            for one in inside:
                try:
                    for inner, data in _unpacked(str(one.relative_to(path)), _bytes(one), endings):
                        left -= len(data)
                        yield inner, data if left >= 0 else Unreadable(f"{name} holds more than {LARGEST / 1e6:.0f} MB of programs")
                except Unreadable as error:
                    yield str(one.relative_to(path)), error
            return
        if not path.is_file():
            raise Unreadable(f"there is no file {name}" if not path.exists() else f"{name} is no file")
        yield from _unpacked(path.name, _bytes(path), endings)
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {visible(error.strerror)}") from None


def below(folder: Path, endings: tuple[str, ...] = TEXTS) -> Iterator[Path]:
    """The programs in a folder and in its folders, but not what a system or an editor keeps there, and behind no link."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _is_theirs(name)]
        for one in (Path(place, name) for name in names if _is_theirs(name)):
            if one.suffix.lower() in (*endings, ".zip") and one.is_file() and not one.is_symlink():
                yield one


def _is_theirs(name: str) -> bool:
    """Whether a file or a folder was made by a person: not a copy of an editor's, not what an archive says of another system."""
    return not name.startswith((".", "__"))


def _bytes(path: Path) -> bytes:
    """What is in a file. Raises Unreadable for one that is too large for a program."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"{visible(path.name)} has {path.stat().st_size / 1e6:.0f} MB: a submission has at most {LARGEST / 1e6:.0f}")
    return data


def _unpacked(name: str, data: bytes, endings: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """A file's programs: itself, or what is in it; nothing is written to the disk, and a size is believed only as far as it is read."""
    if not name.lower().endswith(".zip") and data[:4] != b"PK\3\4":
        yield name, data
        return
    left = LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [
                m for m in archive.infolist() if m.filename.lower().endswith(endings) and all(map(_is_theirs, m.filename.split("/")))
            ]
            if len(members) > MEMBERS:
                raise Unreadable(f"{visible(name)} holds more than {MEMBERS} programs")
            for member in sorted(members, key=lambda m: m.filename):
                if member.compress_type not in STORED:
                    raise Unreadable(
                        f"{visible(member.filename)} in {visible(name)} is compressed in a way that is not read: use zip's own"
                    )
                with archive.open(member) as file:
                    inner = file.read(left + 1)
                left -= len(inner)
                if left < 0:
                    raise Unreadable(f"{visible(name)} holds more than {LARGEST / 1e6:.0f} MB")
                yield member.filename, inner
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Unreadable(f"{visible(name)} is no archive that can be read: {visible(error)[:100]}") from None


def program(name: str, data: bytes) -> str:
    """The text of a program, by the encoding that it names; of a notebook, its code cells."""
    if name.lower().endswith(".ipynb"):
        return _code(visible(name), data)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if encoding not in ENCODINGS:
            raise LookupError  # some take very long, or stand for other things than letters
        return data.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        raise Unreadable(f"{visible(name)} is not encoded as UTF-8, nor names an encoding that is read here") from None


def _cells(name: str, data: bytes, kinds: tuple[str, ...]) -> list[str]:
    """The texts of a notebook's cells of some kinds."""
    try:
        notebook = json.loads(data)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
        sources = [cell.get("source", cell.get("input", "")) for cell in cells if cell.get("cell_type") in kinds]
        return ["".join(source) if isinstance(source, list) else str(source) for source in sources]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise Unreadable(f"{name} is no notebook") from None


def _code(name: str, data: bytes) -> str:
    """The code cells of a notebook, one under the other, without magics; cells that are no Python are left out."""
    texts = _cells(name, data, ("code",))
    if sum(map(len, texts)) > LETTERS:
        raise Unreadable(f"{name} has {sum(map(len, texts)):,} letters of code: a submission has at most {LETTERS:,}")
    found = []
    for text in texts:
        lines = ["" if line.lstrip().startswith(("%", "!", "?")) else line for line in text.split("\n")]
        found.append("\n".join(lines) if not text.lstrip().startswith("%%") else "")
    good = [text for text in found if _parses(text)]
    return "\n".join(good if any(text.strip() for text in good) else found) + "\n"


def _parses(text: str) -> bool:
    try:
        syntax(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def syntax(text: str) -> ast.Module:
    """A program's syntax, without what Python would say of its style. Raises SyntaxError for what compiles to nothing too, as a star that
    unpacks where nothing takes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
        compile(text, "submission.py", "exec", dont_inherit=True)
        return tree
