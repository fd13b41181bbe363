"""The places in an expression, another node put at one, and what is looked for there."""

from __future__ import annotations

from collections.abc import Mapping

from autograd_rnn.algebra import expr as e

Path = tuple[int, ...]


def places(x: e.Expr) -> list[tuple[Path, e.Expr]]:
    """Every node with the way to it."""
    found, stack = [], [((), x)]  # type: list[tuple[Path, e.Expr]], list[tuple[Path, e.Expr]]
    while stack:
        path, node = stack.pop()
        found.append((path, node))
        stack += [((*path, k), part) for k, part in enumerate(e.children(node))][::-1]
    return found


def placed(x: e.Expr, path: Path, new: e.Expr) -> e.Expr:
    """x with another node at one place."""
    nodes = [x]
    for k in path:
        nodes.append(e.children(nodes[-1])[k])
    for node, k in zip(nodes[-2::-1], path[::-1], strict=True):
        parts = list(e.children(node))
        parts[k] = new
        new = e.rebuilt(node, tuple(parts))
    return new


def without(parts: tuple[e.Expr, ...], k: int) -> tuple[e.Expr, ...]:
    """The parts without one."""
    return parts[:k] + parts[k + 1 :]


def exchanged(x: e.Expr, names: Mapping[e.Sym, e.Sym]) -> e.Expr:
    """x with some symbols put for others."""
    return e.mapped(x, lambda symbol: names.get(symbol, symbol))


def complement(x: e.Expr) -> e.Expr | None:
    """y where x is 1 - y, else None."""
    if isinstance(x, e.Add) and len(x.terms) == 2 and x.terms[0] == e.ONE:
        other = e.negative(x.terms[1])
        return other if not isinstance(other, (e.Num, e.Add)) else None
    return None


def squared(x: e.Expr) -> e.Expr | None:
    """y where x is y * y, else None."""
    return x.factors[0] if isinstance(x, e.Mul) and len(x.factors) == 2 and x.factors[0] == x.factors[1] else None


def is_slope(x: e.Expr) -> bool:
    """Whether a factor looks like the derivative of an activation, or a part of one."""
    return complement(x) is not None or (isinstance(x, e.Fn) and x.name in ("positive", "heaviside"))
