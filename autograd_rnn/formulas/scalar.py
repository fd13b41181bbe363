"""The adjoints of any scalar tensor, as equations: the derivation of a graph that is no net."""

from __future__ import annotations

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.gathering import collected
from autograd_rnn.algebra.opaque import Seen, opaque
from autograd_rnn.algebra.reading import Constants, read
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.engine.sweep import sweep
from autograd_rnn.engine.tape import Tape
from autograd_rnn.engine.tensor import Tensor, tensor
from autograd_rnn.visible import shown


def scalar_equations(root: Tensor) -> tuple[list[e.Equation], dict[str, np.ndarray]]:
    """The adjoint of every variable and every named tensor that ``root`` came from, newest first, in terms of the named ones; what
    has no name is written out. And the constant arrays by their names, those without one ``C_1``, ...

    Raises ValueError for a root of more than one number, two tensors of one name, or an operation that has no reading.

    >>> from autograd_rnn.algebra.printing import show
    >>> a = tensor(3.0, name="a")
    >>> b = a + a
    >>> b.name = "b"
    >>> for equation in scalar_equations(b * b)[0]:
    ...     print(show(equation))
    db = 2 b
    da = 2 db
    """
    if root.size != 1:
        raise ValueError(f"{describe(root)} is not a single number: sum it")
    if root.op is None:
        raise ValueError(f"{describe(root)} hangs on no variable: derive what is computed from those made with tensor(..., name=...)")
    seen: list[Seen] = []
    one = tensor(np.ones(root.shape, root.dtype))  # a variable, so that all that is made of it is recorded
    swept = sweep(root, one, create_graph=True, observe=lambda *vjp: seen.append(vjp))
    names = {node: e.Sym(node.name) for node in Tape.of(root) if node.name and node is not root}
    taken = [symbol.name for symbol in names.values()]
    if twice := sorted({name for name in taken if taken.count(name) > 1}):
        raise ValueError(f"two tensors are called {shown(twice[0])}: give each a name of its own")
    kept = [node for node in sorted(swept, key=lambda n: -n.id) if node in names or node.op is VARIABLE]
    unnamed = [node for node in kept if node not in names]
    if unnamed:
        raise ValueError(f"{describe(unnamed[0])} has no name: write tensor(value, name=...)")
    reading: dict[Tensor, e.Expr] = {**names, one: e.ONE}
    own: dict[Tensor, Tensor] = {}
    for node in kept:
        g = swept[node]
        if g.op is not None and g not in reading:
            reading[g], own[g] = names[node]._replace(adjoint=True), node
    constants = Constants(taken=taken)
    found = read([swept[node] for node in kept], reading, {}, constants, opaque(seen, swept))
    equations = [
        e.Equation(names[node]._replace(adjoint=True), collected(found[g] if own.get(g := swept[node], node) is node else reading[g]))
        for node in kept
    ]
    return equations, constants.values
