"""The tape as a person meets it: printable, indexable, sliceable, copied and validated. No recursion."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import numpy as np

from autograd_rnn.engine.checks import counts
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.rule import OPS, VARIABLE
from autograd_rnn.engine.tensor import Tensor, make
from autograd_rnn.visible import shown


class Tape:
    """Every tensor that a root came from, oldest first; ``tape[12]`` is the one printed as ``%12``.

    >>> W = tensor([[0.5, -0.2], [0.1, 0.3]], name="W")
    >>> L = tanh(W @ constant([1.0, 2.0], name="x")).sum()
    >>> print(L.tape)
    %0 W : f8[2,2] = variable
    %1 x : f8[2] = constant
    %2   : f8[2] = matmul W x
    %3   : f8[2] = tanh %2
    %4   : f8[] = sum %3
    >>> L.tape[3].op.name, len(L.tape), L.tape["W"] is W
    ('tanh', 5, True)
    """

    LIMIT = 400  # lines printed before the middle is left out

    def __init__(self, nodes: list[Tensor], numbers: dict[Tensor, int]):
        self.nodes, self._numbers = nodes, numbers

    @classmethod
    def of(cls, *roots: Tensor) -> Tape:
        """The tape of one or several tensors."""
        if wrong := [root for root in roots if not isinstance(root, Tensor)]:
            raise TypeError(f"a tape is of tensors, not of {shown(wrong[0])}")
        seen, stack = set(roots), list(roots)
        while stack:
            for parent in stack.pop().inputs:
                if isinstance(parent, Tensor) and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        nodes = sorted(seen, key=attrgetter("id"))
        return cls(nodes, {node: number for number, node in enumerate(nodes)})

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.nodes)

    def __contains__(self, node: object) -> bool:
        return any(entry is node for entry in self.nodes)

    def __getitem__(self, index: int | slice | str) -> Any:
        if isinstance(index, str):
            for node in self.nodes:
                if node.name == index:
                    return node
            names = ", ".join(sorted({n.name for n in self.nodes if n.name})[:12]) or "no names"
            raise KeyError(f"no {shown(index)} on this tape; it has {names}")
        if isinstance(index, slice):
            try:
                return Tape(self.nodes[index], self._numbers)
            except (TypeError, ValueError):
                raise TypeError(f"tape[a:b:c] takes whole numbers, and c is not 0: not {shown(index)}") from None
        if not counts(index):
            raise TypeError(f"tape[k] takes a number, a slice or a name, not {shown(index)}")
        if not -len(self) <= index < len(self):
            raise IndexError(f"%{shown(index)} is not on this tape of {len(self)} entries")
        return self.nodes[index]

    def number(self, node: Tensor) -> int:
        """The number that the node is printed with."""
        if not isinstance(node, Tensor) or node not in self._numbers:
            raise ValueError(f"{describe(node)} is not on this tape")
        return self._numbers[node]

    def _line(self, node: Tensor, width: int) -> str:
        left = f"%{self._numbers[node]} {node.name or ''}".ljust(width)
        kind = f"{node.dtype.kind}{node.dtype.itemsize}[{','.join(map(str, node.shape))}]"
        inputs = [(x.name or f"%{self._numbers[x]}") if isinstance(x, Tensor) else repr(x) for x in node.inputs]
        options = [" ".join(f"{k}={v}".split()) for k, v in (node.options or {}).items() if v is not None and v is not False]
        what = "constant" if node.op is None else " ".join([node.op.name.strip("_"), *inputs, *options])
        place = f"   # {node.scope}" if str(node.scope) and node.op is not VARIABLE else ""
        return f"{left} : {kind} = {what}{place}"

    def __str__(self) -> str:
        half = self.LIMIT // 2
        left_out = len(self) - self.LIMIT
        printed = self.nodes if left_out <= 0 else self.nodes[:half] + self.nodes[-half:]
        width = max((len(f"%{self._numbers[n]} {n.name or ''}") for n in printed), default=0)
        lines = [self._line(node, width) for node in printed]
        if left_out > 0:
            lines.insert(half, f"... {left_out} more: print(tape[{half}:{half + 100}]) shows the next hundred ...")
        return "\n".join(lines)

    __repr__ = __str__

    def validate(self) -> Tape:
        """Check the record: order, known operations, one vjp an input, read-only values, and that every operation run again
        gives the value recorded (bit for bit). Returns the tape, or raises ValueError naming the entry.

        >>> _ = (tensor(2.0) * 3).tape.validate()
        """
        declared = set(OPS.values())
        for number, node in enumerate(self.nodes):
            at = f"%{self._numbers[node]} {describe(node)}"
            if number and self.nodes[number - 1].id >= node.id:
                raise ValueError(f"{at}: out of order on the tape")
            if node.value.flags.writeable:
                raise ValueError(f"{at}: its value can be written into")
            if node.op is None or node.op is VARIABLE:
                continue
            if node.op not in declared:
                raise ValueError(f"{at}: {node.op!r} is not a declared operation")
            if len(node.op.rules(len(node.inputs))) != len(node.inputs):
                raise ValueError(f"{at}: {len(node.inputs)} inputs do not fit the vjps of {node.op.name}")
            late = [x for x in node.inputs if isinstance(x, Tensor) and x.id >= node.id]
            if late:
                raise ValueError(f"{at}: made before its input {describe(late[0])}: was that given a new value since?")
            values = [x.value if isinstance(x, Tensor) else x for x in node.inputs]
            again = np.asarray(node.op.forward(*values, **node.options or {}))
            if again.dtype != node.dtype or not np.array_equal(again, node.value, equal_nan=again.dtype.kind in "fc"):
                raise ValueError(f"{at}: running {node.op.name} again gives another value, shape or dtype")
        return self


def copied(root: Tensor, memo: dict[int, Any]) -> Any:
    """A deep copy of a tensor with its whole tape, one entry after the other."""
    for node in Tape.of(root):
        if id(node) not in memo:
            if late := [x for x in node.inputs if isinstance(x, Tensor) and id(x) not in memo]:
                raise ValueError(f"{describe(late[0])} was given a new value after this tape was recorded: run the forward pass again")
            inputs = tuple(memo[id(x)] if isinstance(x, Tensor) else x for x in node.inputs)
            twin = make(node.op, node.value.copy(order="K"), inputs, copy.copy(node.options))
            twin.scope = node.scope
            if node.label:
                twin.name = node.label
            if node.grad is not None:
                twin._grad = node.grad.copy()
            memo[id(node)] = twin
    return memo[id(root)]
