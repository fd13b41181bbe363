"""A submission read without being run: a file, a notebook, a folder or an archive of them, down to the definitions that it makes."""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from autograd_rnn.grader.files import LETTERS, TEXTS, Unreadable, called, files, program, syntax
from autograd_rnn.grader.isolation.modules import PLAIN, REMOVED
from autograd_rnn.visible import visible
from autograd_rnn.writing import file_name

ITSELF = "submission"  # the module that a submission is, for its parts that import one another
TOP = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
VALUES = (  # what an expression may be made of so that it is evaluated as a submission is loaded; a lambda, whatever is in it
    *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Lambda, ast.keyword),
    *(ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension, ast.JoinedStr, ast.FormattedValue, ast.Starred),
)
READERS = ("load", "loadtxt", "genfromtxt", "fromfile", "memmap")  # of numpy
ACTS = {*("open", "input", "print", "exec", "eval", "compile", "exit", "quit", "help", "breakpoint")}
COMPUTING = {*PLAIN} - {"sys", "builtins", "time", "logging"}
WHERE_IT_RUNS = "__where_it_runs__"  # the worker's: what begins with it is left out where it raises


class _Known(NamedTuple):
    """The names that a program has given values to so far; those among them that are its own; those that may be called, or whose
    methods may, as it is loaded: what computes, values made of nothing else, its classes, and its functions but those that loop, which may
    train."""

    there: frozenset[str]
    own: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    loop: frozenset[str] = frozenset()

    def after(self, node: ast.stmt) -> _Known:
        """What is known after a statement that is kept."""
        names = frozenset(_bound(node))
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            computes = {_bound_by(a) for a in node.names if (module or a.name) in COMPUTING and a.name not in READERS}
            return self._replace(there=self.there | names, called=(self.called - names) | computes, own=self.own - names)
        known = self._replace(there=self.there | names, own=self.own | names, called=self.called - names, loop=self.loop - names)
        if isinstance(node, ast.FunctionDef):
            loops = any(isinstance(x, (ast.For, ast.While)) or isinstance(x, ast.Name) and x.id in self.loop for x in _nodes(node))
            return known._replace(loop=known.loop | names) if loops else known._replace(called=known.called | names)
        mixed = any(isinstance(x, ast.Lambda) or isinstance(x, ast.Name) and x.id in known.own - names for x in _nodes(node))
        return known if mixed and not isinstance(node, ast.ClassDef) else known._replace(called=known.called | names)


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
    if not parts and first and any(Path(inner).suffix.lower() in TEXTS for inner, _ in found):
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
    nodes = _nodes(tree)
    numpy = {a.asname or a.name for node in nodes if isinstance(node, ast.Import) for a in node.names if a.name == "numpy"}
    kept = _kept(tree.body)
    lines = text.split("\n")
    blank, unsure = [""] * len(lines), set[str]()
    for node in kept:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        words = _words(lines, node, first, modules)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and not blank[first - 1] and _may_fail(node, numpy, unsure):
            unsure |= _bound(node)
            words[0] = f"with {WHERE_IT_RUNS}: {words[0]}"
        for k, line in enumerate(words, first - 1):
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


def _kept(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that define something: a block of nothing else whole, of another its imports, each by itself."""
    kept: list[ast.stmt] = []
    known = _Known(frozenset({*dir(builtins), "__name__"}), called=frozenset({*dir(builtins)} - ACTS))
    for node in body:
        new = [node]
        if isinstance(node, (ast.If, ast.Try)):
            inside = list(_inside(node))
            there = functools.reduce(_Known.after, inside, known)
            whole = all(_defines(x, there) or isinstance(x, ast.Expr) and _plain(x.value, there) for x in inside)
            if not whole or isinstance(node, ast.If) and not _plain(node.test, known):
                new = [x for x in inside if isinstance(x, (ast.Import, ast.ImportFrom))]
        elif not _defines(node, known):
            new = []
        kept += new
        known = functools.reduce(
            _Known.after, [x for one in new for x in (_inside(one) if isinstance(one, (ast.If, ast.Try)) else [one])], known
        )
    return sorted(kept, key=lambda node: (node.lineno, node.col_offset))


def _defines(node: ast.stmt, known: _Known) -> bool:
    """Whether a statement does no more than to import, to define, or to give names, or parts of what is the program's own, values that are
    plain."""
    if isinstance(node, (*TOP, ast.Pass)):
        return True
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return _plain(node.value, known) and all(_target(target, known) for target in targets)


def _target(target: ast.expr, known: _Known) -> bool:
    """Whether what is assigned to is a name, names, or a part of something of the program's own."""
    if isinstance(target, (ast.Attribute, ast.Subscript)):
        root = _root(target)
        return isinstance(root, ast.Name) and root.id in known.own and _plain(target, known)
    return all(isinstance(x, (ast.Name, ast.Tuple, ast.List, ast.Starred, ast.expr_context)) for x in _nodes(target))


def _inside(block: ast.stmt) -> Iterator[ast.stmt]:
    """The statements of a block and of the blocks in it, but not of functions and classes."""
    waiting: list[ast.AST] = [block]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, (ast.If, ast.Try, ast.ExceptHandler)):
                waiting.append(node)
            elif isinstance(node, ast.stmt):
                yield node


def _plain(value: ast.expr, known: _Known) -> bool:
    """Whether an expression is evaluated without a file and without a name that is left out, and calls nothing that may take long."""
    within = {x.id for x in _nodes(value) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)}
    waiting: list[ast.AST] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            root = _root(node.func)
            reads = isinstance(node.func, ast.Attribute) and node.func.attr in READERS
            if reads or not isinstance(root, ast.Constant) and not (isinstance(root, ast.Name) and root.id in known.called | within):
                return False
        elif not isinstance(node, VALUES) or isinstance(node, ast.Name) and node.id not in known.there | within:
            return False
        inner = [*node.args.defaults, *filter(None, node.args.kw_defaults)] if isinstance(node, ast.Lambda) else ast.iter_child_nodes(node)
        waiting += inner
    return True


def _nodes(node: ast.AST) -> list[ast.AST]:
    """A node and all that is in it, as `ast.walk` gives them, in half the time."""
    found = [node]
    for one in found:  # which grows as it is read
        for name in one._fields:
            part = getattr(one, name, None)
            if isinstance(part, ast.AST):
                found.append(part)
            elif isinstance(part, list):
                found += [x for x in part if isinstance(x, ast.AST)]
    return found


def _root(node: ast.expr) -> ast.expr:
    """What something is a part, or the answer, of."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def _may_fail(node: ast.stmt, numpy: set[str], unsure: set[str]) -> bool:
    """Whether a statement calls more than numpy, or needs a name whose statement does."""
    nodes = _nodes(node)
    roots = [_root(x) for x in nodes if isinstance(x, ast.Call)]
    more = any(not isinstance(root, ast.Name) or root.id not in numpy for root in roots)
    return more or any(isinstance(x, ast.Name) and x.id in unsure for x in nodes)


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement, or what is in it, gives a value to."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return {node.name}
    inner = {id(x) for part in _nodes(node) if isinstance(part, ast.comprehension) for x in _nodes(part.target)}
    return {x.id for x in _nodes(node) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store) and id(x) not in inner}


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
