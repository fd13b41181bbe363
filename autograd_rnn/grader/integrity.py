"""What an instructor may want to look at: never a verdict, and never told to a student."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter

from autograd_rnn.grader.files import syntax
from autograd_rnn.grader.spec import Function

AUTODIFF = ("torch", "tensorflow", "jax", "autograd", "autograd_rnn", "keras", "theano", "mxnet", "mygrad", "tinygrad", "casadi")
SHORT = 25  # statements of a whole submission: shorter ones may well be written alike by two people


def notes(source: str, imports: list[tuple[str, int]], functions: list[Function]) -> list[str]:
    """Whether a backward pass leans on something else than a derivation: an autodiff library, or the forward pass called again."""
    found = [f"imports {module} (line {line}), which differentiates" for module, line in imports if module.partition(".")[0] in AUTODIFF]
    calls = called(source)
    for function in functions:
        if function.backward_of and function.backward_of in reached(function.name, calls):
            found.append(f"{function.name} calls {function.backward_of}: perhaps it takes differences")
    return found


def called(source: str) -> dict[str, set[str]]:
    """The names that each function of a program calls."""
    tree = syntax(source)
    return {
        node.name: {inner.func.id for inner in ast.walk(node) if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


def reached(name: str, calls: dict[str, set[str]]) -> set[str]:
    """The functions that one calls, by way of others too."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = calls.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def fingerprint(source: str) -> str:
    """What two submissions have in common that differ in names, comments and layout alone; nothing for a short one."""
    tree = syntax(source)
    kept = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    if sum(isinstance(inner, ast.stmt) for node in kept for inner in ast.walk(node)) < SHORT:
        return ""
    parts = []
    for node in kept:
        names: dict[str, str] = {}
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        for inner in ast.walk(node):
            if isinstance(inner, ast.arg):
                inner.arg = names.setdefault(inner.arg, f"v{len(names)}")
            elif isinstance(inner, ast.Name):
                inner.id = names.setdefault(inner.id, f"v{len(names)}")
        node.name = ""
        parts.append("\n".join(map(_written, ast.walk(node))))
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def _written(node: ast.AST) -> str:
    """One node of a program, level by level as they are walked; a whole one at once is written by recursion, which a deep one ends."""
    words = [type(node).__name__]
    for _, value in ast.iter_fields(node):
        parts = value if isinstance(value, list) else [value]
        words += [type(x).__name__ if isinstance(x, ast.AST) else hex(x) if isinstance(x, int) else repr(x) for x in parts] + [";"]
    return " ".join(words)


def alike(people: list[tuple[str, str]]) -> list[str]:
    """Sentences on people, (name, fingerprint), whose submissions are one but for names and layout."""
    counts = Counter(mark for _, mark in people if mark)
    groups = [[who for who, mark in people if mark == common] for common, count in counts.items() if count > 1]
    return [f"the same but for names and layout: {', '.join(group)}" for group in groups]
