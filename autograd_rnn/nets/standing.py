"""Where the parameters of a cell stand in its step: what each multiplies. Their names say nothing about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograd_rnn.engine import Tape, Tensor
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets.equations import one_step

BEFORE = "′"  # after the name of a state before: in no name of a quantity, see `Spelling`


def multiplied(cell: Any, also: Iterable[str] = ()) -> dict[str, set[str]]:
    """What each parameter, by its name in ``step``, multiplies: ``x``, a state before, ``h′``, a state after, ``h``, or a quantity named
    in ``also``, or nothing of these; one that is only added, as a bias is, is left out.

    >>> multiplied(RNN(3, 4))["W_hh"], multiplied(GRU(3, 4))["W_hn"], multiplied(LSTM(3, 4, peephole=True))["w_co"]
    ({'h′'}, {'h′'}, {'c'})
    """
    given, record = one_step(cell)
    sources = {record[name]: name for name in (*cell.carried, *also) if name in record}
    sources |= {value: name if name == "x" else name + BEFORE for name, value in given.items()}
    found = met(Tape.of(*record.values()), sources)
    return {name: found[value] for name, value in vars(cell.named()).items() if value in found}


def met(tape: Iterable[Tensor], sources: Mapping[Tensor, str]) -> dict[Tensor, set[str]]:
    """By parameter the sources that it multiplies, as they are or after other operations than a matrix product."""
    found: dict[Tensor, set[str]] = {}
    weights: dict[Tensor, set[Tensor]] = {}  # the parameters that a tensor is made of, where it is made of nothing else
    passed: dict[Tensor, set[str]] = {}  # the sources that a tensor still is
    for node in tape:
        inputs = [x for x in node.inputs if isinstance(x, Tensor)]
        held = [x for x in inputs if x in weights]
        if node in sources:
            passed[node] = {sources[node]}
        elif len(held) == len(inputs):
            weights[node] = {node} if node.op is VARIABLE else set().union(*(weights[x] for x in held))
        elif held and node.op is not None and node.op.kind == "multiplies":  # what else is done to a quantity (a gate, a norm), it stays it
            passed[node] = set()
        else:
            passed[node] = set().union(*(passed[x] for x in inputs if x not in weights))
        if node.op is None or node in weights or node.op.name in ("add", "subtract"):
            continue
        pairs = list(zip(inputs[::2], inputs[1::2], strict=False)) if node.op.name == "linear" else [(x, y) for x in held for y in inputs]
        for weight, other in pairs:
            for parameter in weights.get(weight, ()):
                found.setdefault(parameter, set()).update(passed.get(other, ()))
    return found
