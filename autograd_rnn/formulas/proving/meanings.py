"""What each operation means, written in components with sympy, independently of how the engine computes or differentiates it.

A row takes arrays of symbols in place of the operation's inputs, and its options by name, and returns an array of expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy


def filled(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """An array of sympy or mpmath objects; one number fills it."""
    array = np.empty(shape, dtype=object)
    array.reshape(-1)[:] = value
    return array


def exact(number: Any) -> Any:
    """A float or whole number as sympy's exact rational."""
    if isinstance(number, (bool, int, np.bool_, np.integer)):
        return sympy.Integer(int(number))
    x = float(number)
    return sympy.Rational(*x.as_integer_ratio()) if np.isfinite(x) else sympy.nan if x != x else sympy.oo * (1 if x > 0 else -1)


def _each(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numbers as a function of arrays of symbols, element by element."""
    return lambda *arrays: np.frompyfunc(f, len(arrays), 1)(*arrays)


_exp, _log, _root = _each(sympy.exp), _each(sympy.log), _each(sympy.sqrt)


def _total(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Σ x along axes, each sum built at once."""
    reduced = range(x.ndim) if axis is None else [a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
    rest = [a for a in range(x.ndim) if a not in reduced]
    rows = np.transpose(x, [*rest, *reduced]).reshape(*(x.shape[a] for a in rest), -1 if x.size else 0)
    sums = filled([sympy.Add(*row) for row in rows.reshape(-1, rows.shape[-1])] if x.size else 0, rows.shape[:-1])
    return sums.reshape([1 if a in reduced else n for a, n in enumerate(x.shape)]) if keepdims else sums


def _linear(*terms: Any) -> Any:
    total = sum(x @ W.T for W, x in zip(terms[:-1:2], terms[1::2], strict=False))
    return total + terms[-1] if len(terms) % 2 else total


def _scatter(x: Any, index: Any, shape: Any) -> Any:
    total = filled(0, shape)
    np.add.at(total, index, x)
    return total


def _inverse(x: Any) -> Any:
    """By Cramer's rule, for the last two axes."""
    return _adjugate(x) / _det(x)[..., None, None]


def _adjugate(x: Any) -> Any:
    """The transposed cofactors of each matrix of a stack."""
    found = [np.array(sympy.Matrix(matrix).adjugate(), dtype=object) for matrix in x.reshape(-1, *x.shape[-2:])]
    return np.array(found, dtype=object).reshape(x.shape)


def _det(x: Any) -> Any:
    """The determinant of each matrix of a stack."""
    return filled([sympy.Matrix(matrix).det(method="berkowitz") for matrix in x.reshape(-1, *x.shape[-2:])], x.shape[:-2])


def _cholesky(x: Any) -> Any:
    """Column by column: what is left of x there, over the root of its diagonal."""
    lower = filled(0, x.shape)
    for j in range(x.shape[-1]):
        rest = x[..., j:, j] - (lower[..., j:, :j] * lower[..., j : j + 1, :j]).sum(-1)
        lower[..., j:, j] = rest / _root(rest[..., :1])
    return lower


# How each operation's components are written. What a recorded number decides (a branch, a class, which element is largest) is not
# differentiated: `CHOICES` reads it off the numbers, and the meaning receives it first.
MEANINGS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda x: -x,
    "power": lambda a, b: a**b,
    "square": lambda x: x**2,
    "sqrt": _root,
    "exp": _exp,
    "expm1": lambda x: _exp(x) - 1,
    "log": _log,
    "log1p": lambda x: _log(1 + x),
    "sin": _each(sympy.sin),
    "cos": _each(sympy.cos),
    "arctan": _each(sympy.atan),
    "tanh": _each(sympy.tanh),
    "sigmoid": lambda x: 1 / (1 + _exp(-x)),
    "softplus": lambda x: _log(1 + _exp(x)),
    "relu": lambda positive, x: np.where(positive, x, 0),
    "abs": lambda sign, x: sign * x,
    "slope": lambda sign, x: sign + 0 * x,
    "maximum": lambda share, a, b: share * a + (1 - share) * b,
    "minimum": lambda share, a, b: share * a + (1 - share) * b,
    "where": lambda chosen, condition, a, b: np.where(chosen, a, b),
    "clip": lambda side, x, low, high: np.where(side == 0, x, np.where(side < 0, exact(low or 0), exact(high or 0))),
    "log2": lambda x: _log(x) / sympy.log(2),
    "log10": lambda x: _log(x) / sympy.log(10),
    "logaddexp": lambda a, b: a + _log(1 + _exp(b - a)),
    "tan": _each(sympy.tan),
    "sinh": _each(sympy.sinh),
    "cosh": _each(sympy.cosh),
    "arcsin": _each(sympy.asin),
    "arccos": _each(sympy.acos),
    "arcsinh": _each(sympy.asinh),
    "arccosh": _each(sympy.acosh),
    "arctanh": _each(sympy.atanh),
    "arctan2": _each(sympy.atan2),
    "hypot": lambda a, b: _root(a**2 + b**2),
    "erf": _each(sympy.erf),
    "erfc": _each(sympy.erfc),
    "mod": lambda whole, a, b: a - whole * b,
    "round": lambda step, x, decimals: step,
    **dict.fromkeys(("trunc", "floor", "ceil", "sign"), lambda step, x: step),
    # products
    "solve": lambda a, b: _inverse(a) @ b,
    "inv": _inverse,
    "det": _det,
    "cofactor": lambda x: np.swapaxes(_adjugate(x), -1, -2),
    "logabsdet": lambda sign, x: _log(sign * _det(x)),
    "cholesky": _cholesky,
    "linear": _linear,
    "outer_sum": lambda a, b: a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1]),
    "matmul": lambda a, b: a @ b,
    "einsum": lambda *xs, subscripts: np.einsum(subscripts, *xs),
    # reductions
    "sum": _total,
    "mean": lambda x, axis, keepdims: _total(x / sympy.Integer(x.size // max(_total(x, axis).size, 1)), axis, keepdims),
    "max": lambda share, x, axis, keepdims: _total(share * x, axis, keepdims),
    "min": lambda share, x, axis, keepdims: _total(share * x, axis, keepdims),
    "prod": lambda x, axis, keepdims: np.prod(x, axis=axis, keepdims=keepdims),
    "cumsum": lambda x, axis: np.cumsum(x, axis=axis),
    "cumprod": lambda x, axis: np.cumprod(x, axis=axis),
    "norm": lambda zero, x, axis, keepdims: _root(_total(np.where(zero, 0, x**2), axis, keepdims)),
    "unit": lambda zero, x, axis: np.where(zero, 0, x / _root(_total(np.where(zero, 1, x**2), axis, True))),
    "powers": lambda sign, x, axis, keepdims, p: _total((sign * x) ** exact(p), axis, keepdims) ** (1 / exact(p)),
    "sort": lambda order, x, axis: np.take_along_axis(x, order, axis),
    "logsumexp": lambda x, axis, keepdims: _log(_total(_exp(x), axis, keepdims)),
    "softmax": lambda x, axis: _exp(x) / _total(_exp(x), axis, True),
    "log_softmax": lambda x, axis: x - _log(_total(_exp(x), axis, True)),
    "cross_entropy": lambda y, s, _: _log(_total(_exp(s), -1)) - np.take_along_axis(s, y[..., None], -1)[..., 0],
    "squared_error": lambda s, y: _total((s - y) ** 2, -1) / 2,
    # what moves numbers
    "getitem": lambda x, index: x[index],
    "scatter": _scatter,
    "part": lambda x, k, count, axis: np.split(x, count, axis)[k],
    "concatenate": lambda *xs, axis, edges=(): np.concatenate(xs, axis),
    "stack": lambda *xs, axis: np.stack(xs, axis),
    "reshape": lambda x, shape: np.reshape(x, shape),
    "transpose": lambda x, axes: np.transpose(x, axes),
    "swapaxes": lambda x, a, b: np.swapaxes(x, a, b),
    "moveaxis": lambda x, source, destination: np.moveaxis(x, source, destination),
    "squeeze": lambda x, axis: np.squeeze(x, axis),
    "expand_dims": lambda x, axis: np.expand_dims(x, axis),
    "ravel": lambda x: np.ravel(x),
    "broadcast_to": lambda x, shape: np.broadcast_to(x, shape),
    "flip": lambda x, axis: np.flip(x, axis),
    "repeat": lambda x, repeats, axis: np.repeat(x, repeats, axis),
    "pad": lambda x, width: np.pad(x, width),
    "cast": lambda x, dtype: x,
    "identity": lambda x: x,
}


def _halves(a: Any, b: Any) -> Any:
    """How much of a counts where the larger of a and b is wanted: 1, 0, or a half of each on a tie."""
    return _each(lambda wins, ties: sympy.Rational(2 * int(wins) + int(ties), 2))(np.greater(a, b), np.equal(a, b))


def _shares(x: Any, best: Any, axis: Any) -> Any:
    """How much of each element counts in an extreme: tied elements count equally."""
    won = x == best
    return _each(lambda wins, of: sympy.Rational(int(wins), int(of)))(won, won.sum(axis=axis, keepdims=True))


CHOICES: dict[str, Callable[..., Any]] = {
    "relu": lambda x: x > 0,
    "abs": lambda x: np.sign(x).astype(int),
    "slope": lambda x: np.sign(x).astype(int),
    "maximum": lambda a, b: _halves(a, b),
    "minimum": lambda a, b: _halves(b, a),
    "where": lambda condition, a, b: condition,
    "clip": lambda x, low, high: (x >= (np.inf if high is None else high)) * 1 - (x <= (-np.inf if low is None else low)) * 1,
    "max": lambda x, axis, keepdims: _shares(x, np.max(x, axis=axis, keepdims=True), axis),
    "min": lambda x, axis, keepdims: _shares(x, np.min(x, axis=axis, keepdims=True), axis),
    "norm": lambda x, axis, keepdims: np.all(x == 0, axis=axis, keepdims=True),
    "unit": lambda x, axis: np.all(x == 0, axis=axis, keepdims=True),
    "powers": lambda x, axis, keepdims, p: np.sign(x).astype(int),
    "sort": lambda x, axis: np.argsort(x, axis, kind="stable"),
    "cross_entropy": lambda s, y: y,
    "mod": lambda a, b: _each(exact)(np.floor_divide(a, b)),
    "round": lambda x, decimals: _each(exact)(np.round(x, decimals)),
    **{name: lambda x, step=getattr(np, name): _each(exact)(step(x)) for name in ("trunc", "floor", "ceil", "sign")},
    "logabsdet": lambda x: np.linalg.slogdet(x)[0].astype(int),
}
