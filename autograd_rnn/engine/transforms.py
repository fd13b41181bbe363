"""Functions of functions: grad, value_and_grad, vjp, jvp, jacobian, hessian.

``argnum`` says which arguments to differentiate by: the number or the name of one, or a tuple of those. Such an argument is an array,
or a structure of arrays (nested dicts, lists and tuples: see `Structure`), and what comes back for it has the same structure.
Inside another transform they answer with tensors, so they nest to any order; outside with arrays.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine.call import Argnum, Call, Function, is_live, like, nested, out, pull
from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.habits import spoken
from autograd_rnn.engine.ops import reshape, stack
from autograd_rnn.engine.place import scope
from autograd_rnn.engine.structure import Path
from autograd_rnn.engine.tensor import Tensor, tensor
from autograd_rnn.visible import class_of, shown


def _checked(f: Function, unused: str) -> Callable[[Function], Function]:
    """What gives a transform of f the name and the docstring of f, once f is known to be a function."""
    if not callable(f):
        raise TypeError(f"a transform takes a function, not {describe(f)}: the gradient of a tensor is loss.backward()[x]")
    if not isinstance(unused, str):
        raise TypeError(f"a transform gives a function, which takes the arguments: as in grad(f)(x), not {shown(unused, 40)} beside f")
    if unused not in ("error", "zero"):
        raise ValueError(f"unused={shown(unused)}: choose 'error' or 'zero'")
    return functools.wraps(f, updated=())


@spoken
def vjp(f: Function, argnum: Argnum = 0, unused: str = "error") -> Function:
    """``value, pull = vjp(f)(x)``; ``pull(g)`` is g' ∂f/∂x, with g of f's shape and the result of x's.

    Raises ValueError where f does not depend on x, or on one of its leaves, unless ``unused="zero"``.

    >>> value, pull = vjp(lambda x: x * x)(np.array([1.0, 2.0]))
    >>> value, pull(np.array([1.0, 10.0]))
    (array([1., 4.]), array([ 2., 40.]))
    """

    @_checked(f, unused)
    def run(*args: Any, **options: Any) -> tuple[Any, Function]:
        call = Call(f, argnum, unused, args, options)

        def pull_back(g: Any = None) -> Any:
            if g is None and call.answer.is_leaf:
                y = call.y[()]
                if y.size != 1:
                    raise ValueError(f"vjp: f's result has shape {y.shape}, not a single number: pull(g) needs a g of that shape")
                seeds = {(): np.ones(y.shape, y.dtype)}
            else:
                parts = call.answer.split(g, "vjp: the seed")
                seeds = {path: like(y, parts[path], "vjp: the seed") for path, y in call.y.items()}
            pulled = call.pull(seeds)
            return call.given.filled({path: out(call.depends(path, d)) for path, d in pulled.items()})

        return call.value(), pull_back

    return run


@spoken
def value_and_grad(f: Function, argnum: Argnum = 0, unused: str = "error") -> Function:
    """``value, gradient = value_and_grad(f)(x)`` for an f with a single number as its result.

    >>> value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    (array(5.), array([2., 4.]))
    """
    pulling = vjp(f, argnum, unused)

    @_checked(f, unused)
    def run(*args: Any, **options: Any) -> tuple[Any, Any]:
        value, pull = pulling(*args, **options)
        if not isinstance(value, (Tensor, np.ndarray)):
            raise TypeError(f"grad: f returned a {class_of(value)}, not a single number: return the one to differentiate")
        if value.size != 1:
            raise ValueError(f"grad: f's result has shape {value.shape}, not a single number: use jacobian or vjp, or sum it")
        return value, pull()

    return run


@spoken
def grad(f: Function, argnum: Argnum = 0, unused: str = "error") -> Function:
    """The gradient of a function with a single number as its result, as a function. Nests: ``grad(grad(f))``.

    >>> grad(lambda x: x**2 + x**3)(3.0)
    array(33.)
    >>> grad(grad(tanh))(0.5).round(6).item()
    -0.726862

    By several arguments, by a keyword argument, and by all that a dict holds, in one sweep:

    >>> grad(lambda x, y: x * x * y, argnum=(0, 1))(3.0, 2.0)
    (array(12.), array(9.))
    >>> grad(lambda x, scale: scale * x**2, argnum="scale")(3.0, scale=2.0)
    array(9.)
    >>> grad(lambda p, x: (p["W"] @ x + p["b"]).sum())({"W": np.ones((1, 2)), "b": np.zeros(1)}, np.array([3.0, 4.0]))
    {'W': array([[3., 4.]]), 'b': array([1.])}
    """
    both = value_and_grad(f, argnum, unused)

    @_checked(f, unused)
    def run(*args: Any, **options: Any) -> Any:
        return both(*args, **options)[1]

    return run


@spoken
def jvp(f: Function, argnum: Argnum = 0, unused: str = "error") -> Function:
    """``value, push = jvp(f)(x)``; ``push(v)`` is ∂f/∂x v, with v of x's shape and the result of f's.

    Forward mode without rules of its own: u ↦ u' ∂f/∂x is linear in u, so its own vjp at v is ∂f/∂x v
    (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).

    >>> value, push = jvp(lambda x: x * x)(np.array([1.0, 2.0]))
    >>> push(np.array([1.0, 10.0]))
    array([ 2., 40.])

    The product of a Hessian with a direction, by every parameter at once:

    >>> f = lambda p: p["a"] ** 2 * p["b"]
    >>> jvp(grad(f))({"a": 3.0, "b": 2.0})[1]({"a": 1.0, "b": 0.0})
    {'a': array(4.), 'b': array(6.)}
    """

    @_checked(f, unused)
    def run(*args: Any, **options: Any) -> tuple[Any, Function]:
        call = Call(f, argnum, unused, args, options)
        if not any(map(is_live, call.y.values())):
            for path in call.x:
                call.depends(path, None)

        def pushed(directions: dict[Path, Any]) -> tuple[dict[Path, Tensor], dict[Tensor, Any]]:
            u = {path: tensor(np.ones(y.shape, y.dtype)) for path, y in call.y.items() if is_live(y)}
            pulled = pull(call.y, u, call.stop, create_graph=True)
            linear = {path: call.depends(path, pulled.get(x)) for path, x in call.x.items()}
            return u, pull(linear, directions, min((seed.id for seed in u.values()), default=0), create_graph=nested())

        def push(v: Any) -> Any:
            parts = call.given.split(v, "jvp: the direction")
            directions = {path: like(x, parts[path], "jvp: the direction") for path, x in call.x.items()}
            u, swept = scope(recording=True).run(pushed, directions)
            tangents = {path: swept[u[path]] if u.get(path) in swept else np.zeros(y.shape, y.dtype) for path, y in call.y.items()}
            return call.answer.filled({path: out(t) for path, t in tangents.items()})

        return call.value(), push

    return run


@spoken
def jacobian(f: Function, argnum: Argnum = 0, unused: str = "error") -> Function:
    """The Jacobian ∂f_i/∂x_j as a function: shape (*f's shape, *x's shape), one backward sweep a row.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])

    For structures, x's inside f's: ``J["y"]["W"]`` is ∂y/∂W.
    """

    @_checked(f, unused)
    def run(*args: Any, **options: Any) -> Any:
        call = Call(f, argnum, unused, args, options)
        seeds = {path: np.eye(y.size).reshape(y.size, *y.shape) for path, y in call.y.items()}
        rows = {path: [call.pull({path: seed}) for seed in seeds[path]] for path in call.y}
        for path in call.x:
            found = [row[path] for some in rows.values() for row in some]
            if found and all(g is None for g in found):
                call.depends(path, None)

        def block(at: Path, by: Path) -> Any:
            y, x = call.y[at], call.x[by]
            parts = [np.zeros(x.shape, x.dtype) if row[by] is None else row[by] for row in rows[at]]
            return out(reshape(stack(parts), y.shape + x.shape) if parts else np.zeros(y.shape + x.shape, x.dtype))

        return call.answer.filled({at: call.given.filled({by: block(at, by) for by in call.x}) for at in call.y})

    return run


@spoken
def hessian(f: Function, argnum: Argnum = 0, unused: str = "error") -> Function:
    """The Hessian of a function with a single number as its result: shape (*x's shape, *x's shape).

    >>> hessian(lambda x: x[0] * x[1])(np.array([1.0, 2.0]))
    array([[0., 1.],
           [1., 0.]])

    For a structure, its rows and columns: ``H["W"]["b"]`` is ∂²f/∂W∂b.

    >>> hessian(lambda x, y: x * x * y, argnum=(0, 1))(3.0, 2.0)
    ((array(4.), array(6.)), (array(6.), array(0.)))
    """
    return jacobian(grad(f, argnum, unused), argnum, unused="zero")
