"""A submission read without being run: a file, a notebook, a folder or an archive of them, down to the definitions that it makes."""

from __future__ import annotations

import ast
import io
import json
import tokenize
import zipfile
from pathlib import Path
from typing import NamedTuple

from autograd_rnn.visible import visible

LARGEST, MEMBERS = 5_000_000, 200  # bytes of one file, files of one folder or archive
TEXTS = (".py", ".ipynb")
REMOVED = {  # from numpy, and what stands in their place
    **{name: name for name in ("int", "float", "object", "complex")},
    **{"float_": "np.float64", "product": "np.prod", "cumproduct": "np.cumprod", "alltrue": "np.all", "sometrue": "np.any"},
}
TOP = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)


class Unreadable(Exception):
    """A submission of which nothing can be graded: the verdict, the sentence, the line."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.line = line


class Submission(NamedTuple):
    """``source``: the definitions alone, each on its own line of the file; ``imports``: (module, line); ``notes``: what was left out."""

    name: str
    source: str
    imports: list[tuple[str, int]]
    defined: dict[str, int]
    notes: list[str]


def read(path: str | Path) -> Submission:
    """A submission from a ``.py`` or ``.ipynb`` file, a folder or a ``.zip`` of them. Raises Unreadable."""
    path = Path(path)
    name = visible(path.name)
    texts = [(inner, text) for inner, text in _texts(path) if text.strip()]
    if not texts:
        raise Unreadable(f"{name} has no code: a .py file, a notebook with code cells, or a folder or .zip of them is needed")
    parts = [definitions(text, inner) for inner, text in texts]
    if len(parts) == 1:
        return parts[0]._replace(name=name)
    source = "\n".join(part.source for part in parts)
    defined = {function: line for part in parts for function, line in part.defined.items()}
    return Submission(name, source, [x for p in parts for x in p.imports], defined, [note for part in parts for note in part.notes])


def definitions(text: str, name: str) -> Submission:
    """The imports, functions, classes and plain constants of a program, with everything else blank, so that lines keep their numbers."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise Unreadable(f"{name} {_why(text, error)}", line) from None
    kept = [node for node in tree.body if isinstance(node, TOP) or _constant(node)]
    kept = _inside(kept, {node for node in tree.body if isinstance(node, (ast.If, ast.Try))})
    lines = text.splitlines()
    blank = [""] * len(lines)
    for node in kept:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        blank[first - 1 : node.end_lineno] = lines[first - 1 : node.end_lineno]
        if node.col_offset:  # an import out of a block
            blank[first - 1] = blank[first - 1].lstrip()
    left = len(tree.body) - len(kept)
    imports = [(module, getattr(node, "lineno", 0)) for node in ast.walk(tree) for module in _modules(node)]
    defined = {node.name: node.lineno for node in kept if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    notes = [f"{left} statement{'s' * (left > 1)} outside functions left out"] if left else []
    notes += [f"line {line}: np.{old} is gone from numpy: {new} stands in its place" for old, new, line in _removed(tree)]
    return Submission(name, "\n".join(blank) + "\n", imports, defined, notes)


def _constant(node: ast.stmt) -> bool:
    """Whether a statement only gives a name to plain numbers or text, which functions may read."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    plain = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.expr_context)
    return all(isinstance(t, ast.Name) for t in targets) and all(isinstance(x, plain) for x in ast.walk(node.value))


def _inside(kept: list[ast.stmt], blocks: set[ast.stmt]) -> list[ast.stmt]:
    """What is kept, in the file's order; imports that stand in a ``try`` or ``if`` are kept too, each by itself."""
    inner = [
        node for block in blocks for node in ast.walk(block) if isinstance(node, (ast.Import, ast.ImportFrom)) and node.col_offset == 0
    ]
    return sorted([*kept, *inner], key=lambda node: node.lineno)


def _modules(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [("." * node.level) + (node.module or "")] if isinstance(node, ast.ImportFrom) else []


def _removed(tree: ast.Module) -> list[tuple[str, str, int]]:
    """Names that numpy no longer has: the name, what replaces it, the line."""
    aliases = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names if a.name == "numpy"}
    return [
        (node.attr, REMOVED[node.attr], node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in REMOVED and isinstance(node.value, ast.Name) and node.value.id in aliases
    ]


def _why(text: str, error: Exception) -> str:
    """Why a program cannot be read: it is one for Python 2, or what Python says."""
    line = getattr(error, "lineno", None) or 0
    words = text.splitlines()[line - 1 : line]
    old = words and (
        words[0].lstrip().startswith(("print ", "exec ", "raise ")) or "except" in words[0] and "," in words[0] or "<>" in words[0]
    )
    if old or "xrange(" in text and isinstance(error, SyntaxError) and "print" in str(error):
        return f"is written for Python 2 (line {line}): it needs print(...) and what else Python 3 asks for"
    if isinstance(error, SyntaxError):
        return f"is no Python (line {line}: {visible(error.msg or 'invalid syntax')[:100]})"
    return f"is no Python: {visible(error)[:100]}"


# -- files -------------------------------------------------------------------------------------------------------------


def _texts(path: Path) -> list[tuple[str, str]]:
    """The programs of a path, (name, text), in the order of their names."""
    name = visible(path.name)
    try:
        if path.is_symlink():
            raise Unreadable(f"{name} is a link: hand in the file itself")
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix in (*TEXTS, ".zip") and p.is_file() and not p.is_symlink())
            if len(inside) > MEMBERS:
                raise Unreadable(f"{name} holds more than {MEMBERS} programs")
            return [text for p in inside if _small(p) for text in _read(p)]
        if not path.is_file():
            raise Unreadable(f"there is no file {name}" if not path.exists() else f"{name} is no file")
        _small(path)
        return _read(path)
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {visible(error.strerror)}") from None


def _read(path: Path) -> list[tuple[str, str]]:
    """The programs of one file, (name, text)."""
    name, data = visible(path.name), path.read_bytes()
    return _unzipped(name, data) if path.suffix == ".zip" or data[:4] == b"PK\3\4" else [(name, _program(path.name, data))]


def _small(path: Path) -> bool:
    """Whether a file may be read. Raises Unreadable for one that is too large for a program."""
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"{visible(path.name)} has {path.stat().st_size / 1e6:.0f} MB: a submission has at most {LARGEST / 1e6:.0f}")
    return True


def _unzipped(name: str, data: bytes) -> list[tuple[str, str]]:
    """The programs in an archive, none of which is written to the disk; a size is believed only as far as it is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if m.filename.endswith(TEXTS) and not m.filename.startswith("__MACOSX")]
            if len(members) > MEMBERS:
                raise Unreadable(f"{name} holds more than {MEMBERS} programs")
            texts = []
            for member in sorted(members, key=lambda m: m.filename):
                with archive.open(member) as file:
                    inner = file.read(LARGEST + 1)
                if len(inner) > LARGEST:
                    raise Unreadable(f"{visible(member.filename)} in {name} has more than {LARGEST / 1e6:.0f} MB")
                texts.append((visible(member.filename), _program(member.filename, inner)))
            return texts
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Unreadable(f"{name} is no archive that can be read: {visible(error)[:100]}") from None


def _program(name: str, data: bytes) -> str:
    """The text of a program, by the encoding that it names; of a notebook, its code cells."""
    if name.endswith(".ipynb"):
        return _cells(visible(name), data)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise Unreadable(f"{visible(name)} is not encoded as UTF-8, nor names its encoding") from None


def _cells(name: str, data: bytes) -> str:
    """The code cells of a notebook, one under the other, without magics; cells that are no Python are left out."""
    try:
        notebook = json.loads(data)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
        sources = [cell.get("source", cell.get("input", "")) for cell in cells if cell.get("cell_type") == "code"]
        texts = ["".join(source) if isinstance(source, list) else str(source) for source in sources]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise Unreadable(f"{name} is no notebook") from None
    found = []
    for text in texts:
        lines = ["" if line.lstrip().startswith(("%", "!", "?")) else line for line in text.splitlines()]
        found.append("\n".join(lines) if not text.lstrip().startswith("%%") else "")
    good = [text for text in found if _parses(text)]
    return "\n".join(good if any(text.strip() for text in good) else found) + "\n"


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
