"""Operations as lines of text: each by the template of its declaration, in parentheses where it must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_rnn.engine.naming import name_of
from autograd_rnn.engine.tensor import Tensor

# How tightly a reading binds, by the operator in its template; what binds less is put in parentheses inside what binds more.
BINDING = ((" + ", 1), (" - ", 1), (" ⊙ ", 2), (" / ", 2), ("-", 2), (" ", 3))
LATEX = {"⊙": r"\odot", "σ": r"\sigma", "tanh": r"\tanh", "relu": r"\operatorname{relu}", "softmax": r"\operatorname{softmax}"}


def at(name: str, time: str) -> str:
    """A name with its time: ``h_t``, ``h_{t-1}``, ``a_i,t``."""
    time = time if time == "t" else "{" + time + "}"
    return f"{name},{time}" if name_of(name).sub else f"{name}_{time}"


def read(node: Any, names: dict[Any, str], top: bool = True) -> tuple[str, int]:
    """The expression of a node and how tightly it binds; named inputs by their names, others read in turn."""
    order, stack = [], [node]
    while stack:  # inputs before users, without recursion
        current = stack.pop()
        order.append(current)
        stack += [x for x in current.inputs if isinstance(x, Tensor) and x not in names]
    texts: dict[Any, tuple[str, int]] = {}
    for current in sorted(set(order), key=lambda n: n.id):
        parts = []
        for x in current.inputs:
            if not isinstance(x, Tensor):
                parts.append((f"{x:g}", 9))
            else:
                parts.append((names[x], 9) if x in names else texts[x])
        texts[current] = written(current, parts)
    return texts[node]


def written(node: Tensor, parts: list[tuple[str, int]]) -> tuple[str, int]:
    """One operation's template filled with its inputs' expressions, in parentheses where they bind less tightly."""
    if node.op is None or not node.inputs:  # a constant, or a variable that is none of the cell's parameters
        numbers = np.array2string(node.value, threshold=6, separator=" ", formatter={"float_kind": "{:g}".format})
        return node.name or " ".join(numbers.split()), 9
    reads = node.op.reads
    if node.op.name == "_part":  # a gate of a fused product: some of its rows
        (text, binds), size = parts[0], node.shape[-1]
        first = (node.options or {})["k"] * size
        return f"{text if binds == 9 else f'({text})'}[{first}:{first + size}]", 9
    if node.op.name == "linear":
        shown = [f"({text})" if 1 <= binds < 9 else text for text, binds in parts]
        terms = [" ".join(shown[k : k + 2]) for k in range(0, len(shown), 2)]
        return " + ".join(terms), 1
    binds = next((level for sign, level in BINDING if sign in reads), 9)
    call = "({})" in reads
    filled = [f"({text})" if not call and inner < binds else text for text, inner in parts]
    return reads.format(*filled), 9 if call else binds


def latex(line: str, names: Mapping[str, str]) -> str:
    r"""A text equation in LaTeX: signs as commands, and last the names, for which single characters stand in the line.

    >>> print(latex("H = O ⊙ tanh(C)", {"H": "h_{t}", "O": "o_{t}", "C": "c_{t}"}))
    h_{t} = o_{t} \odot \tanh(c_{t})
    """
    for sign, command in LATEX.items():
        line = line.replace(sign, command)
    return "".join(names.get(character, character) for character in line)
