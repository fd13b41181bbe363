"""Between which numbers the elements of a quantity lie, by interval arithmetic from what operations are declared to give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.rule import OPS, Op, is_ours
from autograd_rnn.formulas.system import System

Range = tuple[float, float]
ANY, CHANCE = (-np.inf, np.inf), (0.0, 1.0)  # of any number, of a probability


def ranges(derivation: System) -> dict[str, Range]:
    """The range of each quantity that an activation makes: (-1, 1) for tanh's, (0, 1) for σ's; that of each parameter's numbers."""
    found: dict[str, Range] = {name: CHANCE for name, role in derivation.roles.items() if role == "probability"}
    found |= {name: (float(value.min()), float(value.max())) for name, value in given(derivation).items() if value.size}
    for equation in derivation.forward:
        name, (low, high) = equation.left.name, interval(equation.right, found)
        if np.isfinite(low) and np.isfinite(high):
            found[name] = min(low, found.get(name, ANY[::-1])[0]), max(high, found.get(name, ANY[::-1])[1])
    return found


def given(derivation: System) -> dict[str, np.ndarray]:
    """The numbers of all parameters and constants, by name."""
    return {name: parameter.value for name, parameter in derivation.parameters.items()} | derivation.constants


def interval(x: e.Expr, known: dict[str, Range]) -> Range:
    """The range of the elements of a vector, by interval arithmetic; x² and x ⊙ (1 - x) exactly."""
    done: dict[e.Expr, Range] = {}
    return e.upward(x, e.children, lambda node, _: _interval(node, done, known), done)[x]


def _interval(x: e.Expr, done: dict[e.Expr, Range], known: dict[str, Range]) -> Range:
    """The range of one node from its parts'."""
    match x:
        case e.Num(value):
            return value, value
        case e.Sym(name):
            return known.get(name, ANY)
        case e.Ones():
            return 1.0, 1.0
        case e.Fn("abs", of):
            low, high = done[of]
            return max(low, -high, 0.0), max(-low, high)
        case e.Fn("positive" | "heaviside"):
            return CHANCE
        case e.Fn(name) | e.Call(name, by=None) if name in OPS:
            return _declared(OPS[name], x, [done[part] for part in e.children(x)])
        case e.Quotient(above, below) if done[below][0] > 0 or done[below][1] < 0:
            ends = [1 / end for end in done[below]]
            return _product(done[above], (min(ends), max(ends)))
        case e.Add(parts):
            return sum(done[p][0] for p in parts), sum(done[p][1] for p in parts)
        case e.Mul(factors):
            total, left = (1.0, 1.0), list(factors)
            while left:
                factor = left.pop(0)
                low, high = done[factor]
                complement = e.add(e.ONE, e.negative(factor))
                if factor in left:  # a square
                    left.remove(factor)
                    low, high = (0.0 if low < 0 < high else min(low * low, high * high)), max(low * low, high * high)
                elif complement in left and 0 <= low and high <= 1:
                    left.remove(complement)
                    low, high = 0.0, 0.25
                total = _product(total, (low, high))
            return total
    return ANY


def _declared(op: Op, x: e.Expr, given: list[Range]) -> Range:
    """The range of an operation by its declaration: where it rises those between its values at the two ends, if it has them."""
    options = x.options.given if isinstance(x, e.Call) else {}
    if not is_ours(op.forward):
        _tried(op, given, options)
    with np.errstate(all="ignore"):
        low, high = [float(op.forward(np.float64(end), **options)) for end in given[0]] if op.rising else (np.nan, np.nan)
    return op.values or ANY if np.isnan(low) or np.isnan(high) else (low, high)


def _tried(op: Op, given: list[Range], options: Mapping[str, object]) -> None:
    """A ValueError where a person's own operation gives what its declaration says that it does not, at some numbers of those ranges."""
    rng, spread = np.random.default_rng(0), np.sinh(np.linspace(-20, 20, 401))  # from tiny to 2e8, to both sides
    among = []
    for low, high in given:
        near = (low, high) if np.isfinite(high - low) else (max(low, -9.0), min(high, 9.0))
        among.append(np.sort(np.clip(np.append(spread, rng.uniform(min(near), max(near), 200)), low, high)))
    among[1:] = map(rng.permutation, among[1:])
    try:
        with np.errstate(all="ignore"):
            y = np.asarray(op.forward(*among, **options), float)
    except Exception:  # not for so many numbers at once
        return

    def shown(k: np.intp) -> str:
        given = f"{op.name}({', '.join(f'{x[k]:.4g}' for x in among)}) = " if y.shape == among[0].shape else ""
        return f"{given}{y.flat[k]:.4g}"

    low, high = op.values or ANY
    out = np.flatnonzero((y < low - 1e-9 * (1 + abs(low))) | (y > high + 1e-9 * (1 + abs(high))))
    if out.size:
        raise ValueError(f"{op.name} is declared with values=({low:g}, {high:g}), but {shown(out[0])}: declare bounds that hold, or none")
    falls = np.flatnonzero(np.diff(y) < -1e-9 * (1 + np.abs(y[1:]))) if op.rising and y.shape == among[0].shape else np.zeros(0, int)
    if falls.size:
        k = falls[0]
        raise ValueError(f"{op.name} is declared with rising=True, but {shown(k)} and then {shown(k + 1)}: leave that out, or say values=")


def _product(one: Range, other: Range) -> Range:
    """The range of a product."""
    ends = [a * b if a and b else 0.0 for a in one for b in other]
    return min(ends), max(ends)
