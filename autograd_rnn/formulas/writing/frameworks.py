"""What PyTorch calls the parameters of a cell: ``W_ii``, ``W_hi`` and the two biases ``b_ii + b_hi`` of a gate, ``weight_ih_l0``."""

from __future__ import annotations

import ast

from autograd_rnn.engine.naming import Name
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.sugar import replaced
from autograd_rnn.formulas.writing.vocabulary import Vocabulary


def gates(derivation: System) -> list[tuple[Name, Name, Name | None]]:
    """Of every gate that is named in two letters the matrix on its input, that on its state, and its bias where it has one."""
    states = {m.whole: name for name, m in derivation.matrices.items() if m.letter == "W" and m.source and name in derivation.parameters}
    found = []
    for name, matrix in derivation.matrices.items():
        if matrix.letter == "U" and matrix.source and len(name.sub) == 2 and matrix.whole in states and name in derivation.parameters:
            bias = Name("b", name.tag, name.sub[1])
            found.append((name, states[matrix.whole], bias if bias in derivation.parameters else None))
    return found


def pytorch(derivation: System) -> tuple[dict[str, str], dict[str, str]]:
    """PyTorch's names and the model's; and of each second bias, which it adds to the first, the one that both together are here.

    >>> pytorch(derive(Model(LSTM(2, 3), output_size=4)))[1]
    {'b_hi': 'b_i', 'b_hf': 'b_f', 'b_hg': 'b_g', 'b_ho': 'b_o'}
    """
    found, second = {}, {}  # type: dict[str, str], dict[str, str]
    cells: dict[str, list[tuple[Name, Name, Name | None]]] = {}
    for gate in gates(derivation):
        name, _, bias = gate
        cells.setdefault(name.tag, []).append(gate)
        found[f"W{name.tag}_i{name.sub[1]}"] = name
        if bias is not None:
            found[f"b{name.tag}_i{name.sub[1]}"] = bias
            other = f"b{name.tag}_h{name.sub[1]}"
            second |= {other: bias} if other not in derivation.parameters else {}
    for layer, ((name, state, bias), *more) in enumerate(cells.values()):
        for ending in () if more else (f"_l{layer}", *([""] if len(cells) == 1 else [])):  # of several gates it stacks the rows
            found |= {f"weight_ih{ending}": name, f"weight_hh{ending}": state}
            if bias is not None:
                found[f"bias_ih{ending}"] = bias
                second[f"bias_hh{ending}"] = bias
    return found | {f"d{name}": f"d{bias}" for name, bias in second.items()}, second


def stacked(derivation: System, name: str) -> str:
    """The sentence for a matrix that has the rows of all gates in PyTorch; nothing for any other name."""
    bare = name.removeprefix("d").removeprefix("grad_")
    kind = next((k for k, part in enumerate(("weight_ih", "weight_hh", "bias")) if bare.startswith(part)), None)
    several = [gate[kind] for gate in gates(derivation)] if kind is not None else []
    rows = ", ".join(filter(None, several))
    return f"`{name}` has the rows of all gates, {rows}, one under the other: write a line for each" if len(several) > 1 else ""


def as_one(tree: ast.Module, words: Vocabulary) -> list[str]:
    """Leaves the second bias out of a sum that has the first too, in place; and says so."""
    if not any(isinstance(node, ast.Name) and node.id in words.second for node in ast.walk(tree)):
        return []
    said, beside = [], {id(term) for node in ast.walk(tree) for term in _second(node, words)}

    def one(x: ast.expr) -> ast.expr:
        if not isinstance(x, ast.Name) or x.id not in words.second or x.id in words.own:
            return x
        said.append(f"`{x.id}` and the other bias of its gate are read as one, `{words.second[x.id]}`")
        return ast.Constant(0) if id(x) in beside else ast.Name(words.second[x.id])

    replaced(tree, one)
    return said[::-1]


def _second(node: ast.AST, words: Vocabulary) -> list[ast.Name]:
    """The second biases among the terms of a sum to which the first is added too."""
    added: list[ast.Name] = []
    stack: list[ast.AST] = [node] if isinstance(node, ast.BinOp) else []
    while stack:
        match stack.pop():
            case ast.BinOp(left, ast.Add(), right):
                stack += [left, right]
            case ast.BinOp(left, ast.Sub(), _):
                stack.append(left)
            case ast.Name() as name:
                added.append(name)
    return [name for name in added if words.second.get(name.id) in {other.id for other in added}]
