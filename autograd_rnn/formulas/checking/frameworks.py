"""What PyTorch calls the parameters of a cell: ``W_ii``, ``W_hi`` and the two biases ``b_ii + b_hi`` of a gate, ``weight_ih_l0``."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autograd_rnn.engine.naming import Name, name_of
from autograd_rnn.formulas.checking.vocabulary import Vocabulary


def gates(parameters: Iterable[str]) -> list[tuple[Name, Name, Name | None]]:
    """Of every gate the matrix of its input, that of its state, and its bias where it has one."""
    names = {name: name_of(name) for name in parameters}
    inputs = [name for name in names.values() if name.letter == "W" and len(name.sub) == 2 and name.sub[0] == "x"]
    found = []
    for name in inputs:
        state, bias = Name("W", name.tag, f"h{name.sub[1]}"), Name("b", name.tag, name.sub[1])
        if state in names:
            found.append((name, state, bias if bias in names else None))
    return found


def pytorch(parameters: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """PyTorch's names and the model's; and of each second bias, which it adds to the first, the one that both together are here.

    >>> pytorch(["W_xi", "W_hi", "b_i", "W_xf", "W_hf", "b_f"])[1]
    {'b_hi': 'b_i', 'b_hf': 'b_f'}
    """
    parameters = list(parameters)
    found, second = {}, {}  # type: dict[str, str], dict[str, str]
    cells: dict[str, list[tuple[Name, Name, Name | None]]] = {}
    for gate in gates(parameters):
        name, _, bias = gate
        cells.setdefault(name.tag, []).append(gate)
        found[f"W{name.tag}_i{name.sub[1]}"] = name
        if bias is not None:
            found[f"b{name.tag}_i{name.sub[1]}"] = bias
            other = f"b{name.tag}_h{name.sub[1]}"
            second |= {other: bias} if other not in parameters else {}
    for layer, ((name, state, bias), *more) in enumerate(cells.values()):
        for ending in () if more else (f"_l{layer}", *([""] if len(cells) == 1 else [])):  # of several gates it stacks the rows
            found |= {f"weight_ih{ending}": name, f"weight_hh{ending}": state}
            if bias is not None:
                found[f"bias_ih{ending}"] = bias
                second[f"bias_hh{ending}"] = bias
    return found | {f"d{name}": f"d{bias}" for name, bias in second.items()}, second


def stacked(parameters: Iterable[str], name: str) -> str:
    """The sentence for a matrix that has the rows of all gates in PyTorch; nothing for any other name."""
    bare = name.removeprefix("d").removeprefix("grad_")
    kind = next((k for k, part in enumerate(("weight_ih", "weight_hh", "bias")) if bare.startswith(part)), None)
    several = [gate[kind] for gate in gates(parameters)] if kind is not None else []
    rows = ", ".join(filter(None, several))
    return f"`{name}` has the rows of all gates, {rows}, one under the other: write a line for each" if len(several) > 1 else ""


def as_one(tree: ast.Module, words: Vocabulary) -> list[str]:
    """Leaves the second bias out of a line that has the first too, in place; and says so."""
    said = []
    present = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            match value:
                case ast.Name(name) if name in words.second and name not in words.own:
                    bias = words.second[name]
                    new = ast.Constant(0) if bias in present else ast.Name(bias)
                    setattr(node, field, ast.copy_location(new, value))
                    said.append(f"`{name}` and the other bias of its gate are read as one, `{bias}`")
    return said
