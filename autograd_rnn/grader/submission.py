"""A submission read without being run: a file, a notebook, a folder or an archive of them, down to the definitions that it makes."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from autograd_rnn.grader.files import LETTERS, Unreadable, called, files, program, syntax
from autograd_rnn.grader.isolation.modules import REMOVED
from autograd_rnn.visible import visible
from autograd_rnn.writing import file_name

ITSELF = "submission"  # the module that a submission is, for its parts that import one another
TOP = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
PLAIN = (  # what an expression may be made of so that it is evaluated as a submission is loaded; a lambda, whatever is in it
    *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Lambda, ast.keyword),
    *(ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context),
)
READERS = ("load", "loadtxt", "genfromtxt", "fromfile", "memmap")  # of numpy


class Submission(NamedTuple):
    """``source``: the definitions alone, each on its own line of the file; ``tree``: the same as syntax; ``imports``: (module, line);
    ``notes``: what was left out."""

    name: str
    source: str
    imports: list[tuple[str, int]]
    defined: dict[str, int]
    notes: list[str]
    tree: list[ast.stmt]


def read(path: str | Path) -> Submission:
    """A submission from a ``.py`` or ``.ipynb`` file, a folder or a ``.zip`` of them. Raises Unreadable."""
    path = file_name(path)
    name = called(path)
    parts, notes = [], []
    first: Unreadable | None = None
    found = sorted(files(path), key=lambda one: one[0])
    modules = frozenset(Path(inner).stem for inner, _ in found) if len(found) > 1 else frozenset()
    for inner, data in found:
        try:
            if isinstance(data, Unreadable):
                raise data
            text = program(inner, data)
            if text.strip():
                parts.append((Path(inner).stem, definitions(text, visible(inner), modules)))
        except Unreadable as error:
            first = first or error
            notes.append(f"left out: {error}")
    if not parts and first:
        raise first
    if not parts:
        raise Unreadable(f"{name} has no code: a .py file, a notebook with code cells, or a folder or .zip of them is needed")
    if len(parts) == 1:
        return parts[0][1]._replace(name=name, notes=notes + parts[0][1].notes)
    ordered = _in_order(parts)
    defined: dict[str, int] = {}
    for part in ordered:
        notes += [f"{function} is defined twice: the one in {part.name} counts" for function in part.defined if function in defined]
        defined |= part.defined
    notes += [f"{part.name}: {note}" for part in ordered for note in part.notes]
    source, tree = "\n".join(part.source for part in ordered), [x for part in ordered for x in part.tree]
    return Submission(name, source, [x for part in ordered for x in part.imports], defined, notes, tree)


def _in_order(parts: list[tuple[str, Submission]]) -> list[Submission]:
    """Parts after those that they import."""
    waiting, ordered = dict(enumerate(parts)), []
    while waiting:
        missing = {stem for stem, _ in waiting.values()}
        needs = {k: {module.rpartition(".")[2] for module, _ in part.imports} & missing - {stem} for k, (stem, part) in waiting.items()}
        k = next((k for k in waiting if not needs[k]), min(waiting))
        ordered.append(waiting.pop(k)[1])
    return ordered


def definitions(text: str, name: str, modules: frozenset[str] = frozenset()) -> Submission:
    """The imports, functions, classes and plain constants of a program, with everything else blank, so that lines keep their numbers.
    ``modules``: what is handed in beside it, and read as one with it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LETTERS:
        raise Unreadable(f"{name} has {len(text):,} letters of code: a submission has at most {LETTERS:,}")
    try:
        tree = syntax(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise Unreadable(f"{name} {_why(text, error)}", line) from None
    nodes = list(ast.walk(tree))
    numpy = {a.asname or a.name for node in nodes if isinstance(node, ast.Import) for a in node.names if a.name == "numpy"}
    kept = _kept(tree.body, numpy)
    lines = text.split("\n")
    blank = [""] * len(lines)
    for node in kept:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        for k, line in enumerate(_words(lines, node, first, modules), first - 1):
            blank[k] += "; " * bool(blank[k]) + line
    there = {id(node) for node in kept}
    left = [
        node for node in tree.body if id(node) not in there and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    imports = [(module, getattr(node, "lineno", 0)) for node in nodes for module in _modules(node)]
    defined = {node.name: node.lineno for node in kept if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    notes = [f"{len(left)} statement{'s' * (len(left) > 1)} outside functions left out, {_places(left)}"] if left else []
    notes += [f"line {line}: np.{old} is gone from numpy: {REMOVED[old][1]} stands in its place" for old, line in _removed(nodes, numpy)]
    return Submission(name, "\n".join(blank) + "\n", imports, defined, notes, kept)


def _kept(body: list[ast.stmt], numpy: set[str]) -> list[ast.stmt]:
    """The statements that define something: a block of nothing else whole, of another its imports, each by itself."""
    kept: list[ast.stmt] = []
    known = {*dir(builtins), "__name__"}
    for node in body:
        new = [node]
        if isinstance(node, (ast.If, ast.Try)):
            inside = list(_inside(node))
            there = known.union(*map(_bound, inside))
            whole = all(_defines(x, there, numpy) or isinstance(x, ast.Expr) and _plain(x.value, there, numpy) for x in inside)
            if not whole or isinstance(node, ast.If) and not _plain(node.test, known, numpy):
                new = [x for x in inside if isinstance(x, (ast.Import, ast.ImportFrom))]
        elif not _defines(node, known, numpy):
            new = []
        kept += new
        known = known.union(*map(_bound, new))
    return sorted(kept, key=lambda node: (node.lineno, node.col_offset))


def _defines(node: ast.stmt, known: set[str], numpy: set[str]) -> bool:
    """Whether a statement does no more than to import, to define, or to give names to values that are plain."""
    if isinstance(node, (*TOP, ast.Pass)):
        return True
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    named = all(isinstance(x, (ast.Name, ast.Tuple, ast.List, ast.expr_context)) for target in targets for x in ast.walk(target))
    return named and _plain(node.value, known, numpy)


def _inside(block: ast.stmt) -> Iterator[ast.stmt]:
    """The statements of a block and of the blocks in it, but not of functions and classes."""
    waiting: list[ast.AST] = [block]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, (ast.If, ast.Try, ast.ExceptHandler)):
                waiting.append(node)
            elif isinstance(node, ast.stmt):
                yield node


def _plain(value: ast.expr, known: set[str], numpy: set[str]) -> bool:
    """Whether an expression is evaluated without a person's code, a file or a name that is left out: calls are numpy's alone."""
    waiting: list[ast.AST] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            root = node.func
            while isinstance(root, ast.Attribute):
                root = root.value
            reads = isinstance(node.func, ast.Attribute) and node.func.attr in READERS
            if not isinstance(root, ast.Name) or root.id not in numpy or root is node.func or reads:
                return False
        elif not isinstance(node, PLAIN) or isinstance(node, ast.Name) and node.id not in known:
            return False
        inner = [*node.args.defaults, *filter(None, node.args.kw_defaults)] if isinstance(node, ast.Lambda) else ast.iter_child_nodes(node)
        waiting += inner
    return True


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement, or what is in it, gives a value to."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return {node.name}
    return {x.id for x in ast.walk(node) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)}


def _words(lines: list[str], node: ast.stmt, first: int, modules: frozenset[str]) -> list[str]:
    """The lines of a statement, without what stands beside it; of an import of another part, an import of the submission itself."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] in modules:
        names = ", ".join(f"{a.name} as {a.asname or a.name}" for a in node.names if a.name != "*")
        return [f"from {ITSELF} import {names}" if names else "pass"]
    if isinstance(node, (ast.Import, ast.ImportFrom)) and any(a.name.rpartition(".")[2] in modules for a in node.names):
        return ["; ".join(f"import {ITSELF if a.name.rpartition('.')[2] in modules else a.name} as {_bound_by(a)}" for a in node.names)]
    words = lines[first - 1 : node.end_lineno]
    words[-1] = words[-1].encode()[: node.end_col_offset].decode()
    if first == node.lineno:
        words[0] = words[0].encode()[node.col_offset :].decode()
    return words


def _bound_by(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _places(nodes: list[ast.stmt]) -> str:
    """Where statements stand, the first few."""
    spans = [str(n.lineno) if n.end_lineno == n.lineno else f"{n.lineno} to {n.end_lineno}" for n in nodes]
    return f"line{'s' * (len(spans) > 1)} {', '.join(spans[:4])}{' and more' * (len(spans) > 4)}"


def _modules(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [("." * node.level) + (node.module or "")] if isinstance(node, ast.ImportFrom) else []


def _removed(nodes: Iterable[ast.AST], numpy: set[str]) -> list[tuple[str, int]]:
    """Names that numpy no longer has, and their lines."""
    return [
        (node.attr, node.lineno)
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr in REMOVED and isinstance(node.value, ast.Name) and node.value.id in numpy
    ]


def _why(text: str, error: Exception) -> str:
    """Why a program cannot be read: it is one for Python 2, or what Python says."""
    line = getattr(error, "lineno", None) or 0
    words = text.split("\n")[line - 1 : line]
    old = words and (
        words[0].lstrip().startswith(("print ", "exec ", "raise ")) or "except" in words[0] and "," in words[0] or "<>" in words[0]
    )
    if old or "xrange(" in text and isinstance(error, SyntaxError) and "print" in str(error):
        return f"is written for Python 2 (line {line}): it needs print(...) and what else Python 3 asks for"
    if isinstance(error, SyntaxError):
        return f"is no Python (line {line}: {visible(error.msg or 'invalid syntax')[:100]})"
    return f"is no Python: {visible(error)[:100]}"
