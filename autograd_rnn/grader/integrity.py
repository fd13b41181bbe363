"""What an instructor may want to look at: never a verdict, and never told to a student."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from autograd_rnn.grader.assignment import CHARACTER, Function
from autograd_rnn.grader.judging.verdicts import CORRECT, Verdict

AUTODIFF = ("torch", "tensorflow", "jax", "autograd", "autograd_rnn", "keras", "theano", "mxnet", "mygrad", "tinygrad", "casadi")
COMPLEX = {"complex", "complex64", "complex128", "clongdouble", "imag"}
ARITHMETIC = {"__add__", "__mul__", "__matmul__", "__array_ufunc__"}  # methods of what may be a tape or a dual number
SHORT = 25  # statements of a whole submission: shorter ones may well be written alike by two people
EXACT = 1e-13  # an error that a derivation in double precision stays below, and differences do not
NAMED = (ast.Name, ast.arg, ast.FunctionDef, ast.ClassDef)  # nodes that begin with a name of the person's own


def notes(definitions: list[ast.stmt], imports: list[tuple[str, int]], functions: list[Function]) -> list[str]:
    """Whether a backward pass leans on something else than a derivation: an autodiff library, the forward pass called again, complex
    numbers, arithmetic of its own."""
    found = [f"imports {module} (line {line}), which differentiates" for module, line in imports if module.partition(".")[0] in AUTODIFF]
    used = dict(_uses(definitions))
    own = {node.name for node in definitions if isinstance(node, ast.ClassDef) and ARITHMETIC & {getattr(x, "name", "") for x in node.body}}
    for function in (f for f in functions if f.backward_of or f.computes == CHARACTER):
        name, there = function.name, reached(function.called or function.name, used)
        forward = next((f.called or f.name for f in functions if f.name == function.backward_of), function.backward_of)
        if forward and forward in there:
            found.append(f"{name} calls {function.backward_of}: perhaps it takes differences")
        if forward and forward in reached(forward, used):
            found.append(f"{function.backward_of} uses itself: perhaps it hands itself on, to take differences")
        found += [f"{name} names {module}, which differentiates" for module in AUTODIFF if module in there]
        if COMPLEX & there:
            found.append(f"{name} works with complex numbers: perhaps it takes a complex step")
        found += [f"{name} uses the arithmetic of class {x}: perhaps that differentiates" for x in sorted(own & there)]
    return found


def inexact(name: str, verdict: Verdict) -> list[str]:
    """Whether a gradient is right but only to as many digits as differences have."""
    error = verdict.error if verdict.word == CORRECT else None
    return [f"{name} is right to {error:.0e} only: perhaps it takes differences, or rounds"] if error and error > EXACT else []


def _uses(definitions: list[ast.stmt]) -> Iterator[tuple[str, set[str]]]:
    """What each definition uses, by its name: of functions, of classes and their methods, of names that are given to something."""
    for node in definitions:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, _used(node, "")
        for method in node.body if isinstance(node, ast.ClassDef) else []:
            if isinstance(method, ast.FunctionDef):
                yield f"{node.name}.{method.name}", _used(method, node.name)  # type: ignore[attr-defined]
        for name in [x.id for x in _walked([*getattr(node, "targets", [])]) if isinstance(x, ast.Name)]:
            yield name, _used(node, "")


def _used(definition: ast.stmt, owner: str) -> set[str]:
    """The names that a definition uses, by themselves, of something or as text; what it uses of itself is its ``owner``'s."""
    names, of = set[str](), set[str]()
    for node in _walked([definition]):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            of.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, (str, complex)):
            names.add("complex" if isinstance(node.value, complex) else node.value)
    return names | of | {f"{owner}.{x}" for x in of if owner}


def reached(name: str, used: dict[str, set[str]]) -> set[str]:
    """The names that a function uses, by way of others too."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = used.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def fingerprint(definitions: list[ast.stmt]) -> str:
    """What two submissions have in common that differ in names, comments and layout alone; nothing for a short one."""
    parts: list[str] = []
    names: dict[str, str]
    statements = 0
    for definition in definitions:
        if isinstance(definition, (ast.FunctionDef, ast.ClassDef)):
            nodes, names = list(_walked([definition])), {}
            statements += sum(isinstance(node, ast.stmt) for node in nodes)
            parts.append(" ".join(_word(node, names) for node in nodes))
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest() if statements >= SHORT else ""


def _walked(waiting: list[Any]) -> Iterator[Any]:
    """Nodes in the order of their text, with what is no node and the ends of lists, but without texts that are statements, as
    explanations are. No recursion, which a deep program ends."""
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        yield node
        if isinstance(node, list):
            waiting += [len(node), *reversed(node)]
        elif isinstance(node, ast.AST):
            fields = node._fields[1:] if isinstance(node, NAMED) else node._fields
            waiting += [getattr(node, name, None) for name in reversed(fields) if name != "ctx"]


def _word(node: Any, names: dict[str, str]) -> str:
    """A node's kind and, by the order in which they come first, its names."""
    if isinstance(node, NAMED):
        return f"{type(node).__name__} {names.setdefault(getattr(node, node._fields[0]), f'v{len(names)}')}"
    if isinstance(node, (ast.AST, list)):
        return type(node).__name__
    return hex(node) if isinstance(node, int) else repr(node)


def alike(people: list[tuple[str, str]]) -> list[str]:
    """Sentences on people, (name, fingerprint), whose submissions are one but for names and layout."""
    counts = Counter(mark for _, mark in people if mark)
    groups = [[who for who, mark in people if mark == common] for common, count in counts.items() if count > 1]
    return [f"the same but for names and layout: {', '.join(group)}" for group in groups]
