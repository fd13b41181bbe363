"""Functions of functions: grad, value_and_grad, vjp, jvp, jacobian, hessian.

Inside another transform they answer with tensors, so they nest to any order; outside with arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine.gradients import adjoints, seed_for
from autograd_rnn.engine.op import op
from autograd_rnn.engine.ops import reshape, stack
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.place import here, scope
from autograd_rnn.engine.sweep import sweep
from autograd_rnn.engine.tensor import Tensor, tensor

Function = Callable[..., Any]


@op("{}", lambda g, y, x: g, picture="=")
def identity(x: Any, /) -> Any:
    """x itself, as a new node: each transform differentiates with respect to a node of its own.

    >>> identity(tensor(2.0)).value
    array(2.)
    """
    return np.asarray(x)


def _nested() -> bool:
    return here().transforms > 0


def _out(x: Tensor | np.ndarray) -> Any:
    """What a person gets: a tensor inside another transform, else an array of their own."""
    return x if _nested() else np.array(x.value if isinstance(x, Tensor) else x)


def _trace(f: Function, argnum: int, args: tuple[Any, ...]) -> tuple[Tensor, Any]:
    """The node that stands for ``args[argnum]``, and f's answer recorded from it."""
    if not isinstance(argnum, (int, np.integer)):
        raise TypeError(f"argnum is the number of one argument, not {argnum!r}")
    if not -len(args) <= argnum < len(args):
        raise ValueError(f"argnum={argnum}, but f was called with {len(args)} argument{'s' * (len(args) != 1)}")
    given = args[argnum]
    live = isinstance(given, Tensor) and given.op is not None and _nested()
    with scope(transforms=here().transforms + 1, recording=True):
        x = identity(given) if live else tensor(given)
        if not live and isinstance(given, Tensor) and given.label:
            x.name = given.label
        at = argnum % len(args)
        y = f(*args[:at], x, *args[at + 1 :])
    return x, y


def _depends(x: Tensor, y: Any, g: Any, unused: str) -> Any:
    """The adjoint g of x, or, where f does not depend on x, an error or the zero that was asked for."""
    if g is not None:
        return g
    if unused == "zero":
        return np.zeros(x.shape, x.dtype)
    shown = describe(y) if isinstance(y, Tensor) else "a plain array"
    raise ValueError(f"f's result, {shown}, does not depend on its argument {describe(x)}: pass unused='zero' if that is meant")


def _live(y: Any) -> bool:
    return isinstance(y, Tensor) and y.op is not None


def vjp(f: Function, argnum: int = 0, unused: str = "error") -> Function:
    """``value, pull = vjp(f)(x)``; ``pull(g)`` is g' ∂f/∂x, with g of f's shape and the result of x's.

    Raises ValueError where f does not depend on x, unless ``unused="zero"``.

    >>> value, pull = vjp(lambda x: x * x)(np.array([1.0, 2.0]))
    >>> value, pull(np.array([1.0, 10.0]))
    (array([1., 4.]), array([ 2., 40.]))
    """
    if unused not in ("error", "zero"):
        raise ValueError(f"unused={unused!r}: choose 'error' or 'zero'")

    def run(*args: Any) -> tuple[Any, Function]:
        x, y = _trace(f, argnum, args)

        def pull(g: Any = None) -> Any:
            swept = {}
            if _live(y):
                swept = sweep_from(y, g, x)
            return _out(_depends(x, y, swept.get(x), unused))

        return _out(y if isinstance(y, Tensor) else np.asarray(y)), pull

    return run


def sweep_from(y: Tensor, g: Any, x: Tensor) -> dict[Tensor, Any]:
    """The adjoints from y down to x; recorded inside another transform, where g may itself be a live tensor."""
    if isinstance(g, Tensor) and g.op is not None and _nested():
        seed_for(y, np.zeros(g.shape), "vjp")
        return sweep(y, g, create_graph=True, stop=x.id)
    return adjoints(y, g, create_graph=_nested(), stop=x.id)


def value_and_grad(f: Function, argnum: int = 0, unused: str = "error") -> Function:
    """``value, gradient = value_and_grad(f)(x)`` for an f with a single number as its result.

    >>> value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    (array(5.), array([2., 4.]))
    """

    def run(*args: Any) -> tuple[Any, Any]:
        value, pull = vjp(f, argnum, unused)(*args)
        if np.size(value) != 1:
            raise ValueError(f"grad: f's result has shape {value.shape}, not a single number: use jacobian or vjp, or sum it")
        return value, pull()

    return run


def grad(f: Function, argnum: int = 0, unused: str = "error") -> Function:
    """The gradient of a function with a single number as its result, as a function. Nests: ``grad(grad(f))``.

    >>> grad(lambda x: x**2 + x**3)(3.0)
    array(33.)
    >>> grad(grad(tanh))(0.5).round(6).item()
    -0.726862
    """
    both = value_and_grad(f, argnum, unused)
    return lambda *args: both(*args)[1]


def jvp(f: Function, argnum: int = 0, unused: str = "error") -> Function:
    """``value, push = jvp(f)(x)``; ``push(v)`` is ∂f/∂x v, with v of x's shape and the result of f's.

    Forward mode without rules of its own: u ↦ u' ∂f/∂x is linear in u, so its own vjp at v is ∂f/∂x v
    (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).

    >>> value, push = jvp(lambda x: x * x)(np.array([1.0, 2.0]))
    >>> push(np.array([1.0, 10.0]))
    array([ 2., 40.])
    """

    def run(*args: Any) -> tuple[Any, Function]:
        x, y = _trace(f, argnum, args)
        if not _live(y):
            _depends(x, y, None, unused)

        def push(v: Any) -> Any:
            if np.shape(v) != x.shape:
                raise ValueError(f"jvp: the direction has shape {np.shape(v)}, but {describe(x)} needs {x.shape}")
            if not _live(y):
                return _out(np.zeros(np.shape(y)))
            with scope(recording=True):
                u = tensor(np.ones(y.shape, y.dtype))
                pulled = _depends(x, y, sweep(y, u, create_graph=True, stop=x.id).get(x), unused)
                tangent = sweep_from(pulled, v, u).get(u) if _live(pulled) else None
            return _out(np.zeros(y.shape, y.dtype) if tangent is None else tangent)

        return _out(y if isinstance(y, Tensor) else np.asarray(y)), push

    return run


def jacobian(f: Function, argnum: int = 0, unused: str = "error") -> Function:
    """The Jacobian ∂f_i/∂x_j as a function: shape (*f's shape, *x's shape), one backward sweep a row.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def run(*args: Any) -> Any:
        value, pull = vjp(f, argnum, unused)(*args)
        shape = tuple(np.shape(value))
        n = int(np.prod(shape))
        seeds = np.eye(n).reshape(n, *shape)
        if not len(seeds):
            return _out(np.zeros(shape + np.shape(args[argnum])))
        return _out(reshape(stack([pull(seed) for seed in seeds]), shape + np.shape(args[argnum])))

    return run


def hessian(f: Function, argnum: int = 0) -> Function:
    """The Hessian of a function with a single number as its result: shape (*x's shape, *x's shape).

    >>> hessian(lambda x: x[0] * x[1])(np.array([1.0, 2.0]))
    array([[0., 1.],
           [1., 0.]])
    """
    return jacobian(grad(f, argnum), argnum, unused="zero")
