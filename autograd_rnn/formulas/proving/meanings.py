"""What those operations mean whose own forward does not say it to symbols (see `traced`), written in components with sympy.

A row takes arrays of symbols in place of the operation's inputs, and its options by name, and returns an array of expressions.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import sympy
from sympy.utilities.exceptions import SymPyDeprecationWarning

from autograd_rnn.formulas.evaluate import Value

Meaning = Callable[..., np.ndarray]  # of arrays of symbols, and options
Axes = int | tuple[int, ...] | None


def filled(value: object, shape: tuple[int, ...]) -> np.ndarray:
    """An array of sympy or mpmath objects; one number fills it."""
    array = np.empty(shape, dtype=object)
    array.reshape(-1)[:] = value
    return array


def exact(number: Value) -> sympy.Expr:
    """A float or whole number as sympy's exact rational."""
    if isinstance(number, (bool, int, np.bool_, np.integer)):
        return sympy.Integer(int(number))
    x = float(number)
    return sympy.Rational(*x.as_integer_ratio()) if np.isfinite(x) else sympy.nan if x != x else sympy.oo * (1 if x > 0 else -1)


def _each(f: Callable[..., sympy.Expr]) -> Meaning:
    """A function of numbers as a function of arrays of symbols, element by element."""
    return lambda *arrays: np.frompyfunc(f, len(arrays), 1)(*arrays)


_exp, _log, _root = _each(sympy.exp), _each(sympy.log), _each(sympy.sqrt)


def _total(x: np.ndarray, axis: Axes = None, keepdims: bool = False) -> np.ndarray:
    """Σ x along axes, each sum built at once."""
    reduced = range(x.ndim) if axis is None else [a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
    rest = [a for a in range(x.ndim) if a not in reduced]
    rows = np.transpose(x, [*rest, *reduced]).reshape(*(x.shape[a] for a in rest), -1 if x.size else 0)
    sums = filled([sympy.Add(*row) for row in rows.reshape(-1, rows.shape[-1])] if x.size else 0, rows.shape[:-1])
    return sums.reshape([1 if a in reduced else n for a, n in enumerate(x.shape)]) if keepdims else sums


def _inverse(x: np.ndarray) -> np.ndarray:
    """By Cramer's rule, for the last two axes."""
    return np.asarray(_adjugate(x) / _det(x)[..., None, None])


def _adjugate(x: np.ndarray) -> np.ndarray:
    """The transposed cofactors of each matrix of a stack."""
    found = [np.array(sympy.Matrix(matrix).adjugate(), dtype=object) for matrix in x.reshape(-1, *x.shape[-2:])]
    return np.array(found, dtype=object).reshape(x.shape)


def _det(x: np.ndarray) -> np.ndarray:
    """The determinant of each matrix of a stack."""
    return filled([sympy.Matrix(matrix).det(method="berkowitz") for matrix in x.reshape(-1, *x.shape[-2:])], x.shape[:-2])


def _cholesky(x: np.ndarray) -> np.ndarray:
    """Column by column: what is left of x there, over the root of its diagonal."""
    lower = filled(0, x.shape)
    for j in range(x.shape[-1]):
        rest = x[..., j:, j] - (lower[..., j:, :j] * lower[..., j : j + 1, :j]).sum(-1)
        lower[..., j:, j] = rest / _root(rest[..., :1])
    return lower


# What an operation's components are where they are not what its own forward makes of symbols (`traced`), and why they are not. What a
# recorded number decides (which element is largest) is not differentiated: `CHOICES` reads it off the numbers, and the meaning gets it
# first.
MEANINGS: dict[str, Meaning] = {
    # the forward guards against overflow: here the definition
    "sigmoid": lambda x: 1 / (1 + _exp(-x)),
    "softplus": lambda x: _log(1 + _exp(x)),
    "logaddexp": lambda a, b, d: a + _log(1 + _exp(b - a)),
    "cosine": lambda a, b: a / _root(a**2 + b**2),
    "logsumexp": lambda x, axis, keepdims: _log(_total(_exp(x), axis, keepdims)),
    "softmax": lambda x, axis: _exp(x) / _total(_exp(x), axis, True),
    "log_softmax": lambda x, axis: x - _log(_total(_exp(x), axis, True)),
    "cross_entropy": lambda y, s, _: _log(_total(_exp(s), -1)) - np.take_along_axis(s, y[..., None], -1)[..., 0],
    "binary_cross_entropy": lambda s, y: _total(_log(1 + _exp(s)) - y * s, -1),
    # the derivative at a kink is a policy
    "relu": lambda positive, x: np.where(positive, x, 0),
    "abs": lambda sign, x: sign * x,
    "power_log": lambda a, b, k: a**b * _log(a) ** k,
    "maximum": lambda share, a, b: share * a + (1 - share) * b,
    "minimum": lambda share, a, b: share * a + (1 - share) * b,
    "clip": lambda side, x, low, high: np.where(side == 0, x, np.where(side < 0, exact(low or 0), exact(high or 0))),
    "max": lambda share, x, axis, keepdims: _total(share * x, axis, keepdims),
    "min": lambda share, x, axis, keepdims: _total(share * x, axis, keepdims),
    "powers": lambda sign, x, axis, keepdims, p: _total((sign * x) ** exact(p), axis, keepdims) ** (1 / exact(p)),
    "norm": lambda zero, x, axis, keepdims: _root(_total(np.where(zero, 0, x**2), axis, keepdims)),
    "unit": lambda zero, x, axis: np.where(zero, 0, x / _root(_total(np.where(zero, 1, x**2), axis, True))),
    # the forward is compiled code that takes no symbols
    "erf": _each(sympy.erf),
    "erfc": _each(sympy.erfc),
    "solve": lambda a, b: _inverse(a) @ b,
    "inv": _inverse,
    "det": _det,
    "cofactor": lambda x: np.swapaxes(_adjugate(x), -1, -2),
    "logabsdet": lambda sign, x: _log(sign * _det(x)),
    "cholesky": _cholesky,
    "cast": lambda x, dtype: x,
    # a long sum is built at once
    "sum": _total,
}


def _halves(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How much of a counts where the larger of a and b is wanted: 1, 0, or a half of each on a tie."""
    return _each(lambda wins, ties: sympy.Rational(2 * int(wins) + int(ties), 2))(np.greater(a, b), np.equal(a, b))


def _shares(x: np.ndarray, best: np.ndarray, axis: Axes) -> np.ndarray:
    """How much of each element counts in an extreme: tied elements count equally."""
    won = x == best
    return _each(lambda wins, of: sympy.Rational(int(wins), int(of)))(won, won.sum(axis=axis, keepdims=True))


CHOICES: dict[str, Callable[..., np.ndarray]] = {
    "relu": lambda x: x > 0,
    "abs": lambda x: np.sign(x).astype(int),
    "maximum": lambda a, b: _halves(a, b),
    "minimum": lambda a, b: _halves(b, a),
    "clip": lambda x, low, high: (x >= (np.inf if high is None else high)) * 1 - (x <= (-np.inf if low is None else low)) * 1,
    "max": lambda x, axis, keepdims: _shares(x, np.max(x, axis=axis, keepdims=True), axis),
    "min": lambda x, axis, keepdims: _shares(x, np.min(x, axis=axis, keepdims=True), axis),
    "norm": lambda x, axis, keepdims: np.all(x == 0, axis=axis, keepdims=True),
    "unit": lambda x, axis: np.all(x == 0, axis=axis, keepdims=True),
    "powers": lambda x, axis, keepdims, p: np.sign(x).astype(int),
    "cross_entropy": lambda s, y: y,
    "logabsdet": lambda x: np.linalg.slogdet(x)[0].astype(int),
}
CHOOSERS = (sympy.Max, sympy.Min, sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Piecewise, sympy.floor, sympy.ceiling)


def chooses(meaning: Meaning, values: Iterable[Value], options: Mapping[str, object]) -> bool:
    """Whether what a person's operation means holds a choice, as sympy's ``Max`` or ``Piecewise``."""
    free = (sympy.Dummy() for _ in iter(int, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error", SymPyDeprecationWarning)
        result = meaning(*(filled([next(free) for _ in range(np.size(x))], np.shape(x)) for x in values), **options)
    if any(sympy.sympify(e).atoms(sympy.NDimArray) for e in np.ravel(result)):
        raise TypeError("a function of sympy's took one for a single symbol")
    return any(sympy.sympify(e).has(*CHOOSERS) for e in np.ravel(result))


def chosen_by(meaning: Meaning) -> Meaning:
    """The meaning with each choice made as the numbers, which it gets first, have it: a kink is not differentiated."""

    def made(values: Iterable[Value], *arrays: np.ndarray, **options: object) -> np.ndarray:
        pairs = (
            (symbol, number) for a, x in zip(arrays, values, strict=True) for symbol, number in zip(np.ravel(a), np.ravel(x), strict=True)
        )
        near = {symbol: float(number) for symbol, number in pairs if isinstance(symbol, sympy.Symbol)}

        def choice(e: sympy.Expr) -> sympy.Expr:
            parts = [part.subs(near) for part in e.args]
            match e:
                case sympy.Max() | sympy.Min():
                    return e.args[parts.index(e.func(*parts))]
                case sympy.Abs():
                    return e.args[0] * (1 if parts[0] >= 0 else -1)
                case sympy.Piecewise():
                    return next(value for value, holds in e.args if holds.subs(near) == True)  # noqa: E712 - sympy's own truth
            return exact(e.func(*parts))

        result = np.asarray(meaning(*arrays, **options), dtype=object)
        settled = [sympy.sympify(e).replace(lambda x: isinstance(x, CHOOSERS), choice) for e in result.ravel()]
        return filled(settled, result.shape)

    return made
