"""How an operation is declared, and how applying one records it.

An operation is declared once, as a function on plain arrays with a docstring, under a line that says how it reads
and one vjp per input::

    @op("tanh({})", lambda g, y, x: g * (1 - y * y), numpy=np.tanh)
    def tanh(x, /):
        return np.tanh(x)

A vjp is a static function ``(g, y, *inputs, **options)``: ``g`` is the adjoint of the output ``y``, and it returns the
adjoint of its input up to broadcasting. It uses plain operators and this engine's functions only, so that the same line runs on
arrays (fast) and on tensors (recorded, for second derivatives and for formulas).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd_rnn.engine.calling import FIXED, REQUIRED, explain, frozen, promoting, real_only, signature
from autograd_rnn.engine.place import here
from autograd_rnn.engine.rule import OPS, Op
from autograd_rnn.engine.tensor import Tensor, constant, make

F = TypeVar("F", bound=Callable[..., Any])
UFUNCS: dict[Any, Callable[..., Any]] = {}  # numpy ufunc -> operation
FUNCTIONS: dict[Any, Callable[..., Any]] = {}  # other numpy function -> operation
SPELLED: dict[str, Callable[..., Any]] = {}  # operation -> the same with more of numpy's options
LISTS = frozenset((list, tuple))  # inputs that may hold tensors


def op(reads: str, *vjps: Any, picture: str = "", numpy: Any = (), analytic: bool = True) -> Callable[[F], F]:
    """Declare an operation (see the module). ``picture`` is its sign on a drawing; ``numpy`` the functions it stands in for;
    ``analytic=False`` refuses complex numbers, where its forward would break complex-step differentiation.

    A forward that takes ``*inputs`` gives one function ``count -> vjps`` in their place, of vjps ``(k, g, y, inputs, **options)`` that
    are told which input they are asked for.

    >>> @op("{}³", lambda g, y, x: 3 * g * x * x)
    ... def cube(x, /):
    ...     return x**3
    >>> gradcheck(cube, np.array([2.0])).ok
    True
    >>> _ = OPS.pop("cube")
    """

    def declare(forward: F) -> F:
        variadic, options = signature(forward, len(vjps))
        computes: Callable[..., Any] = forward if analytic else real_only(forward)
        computes = promoting(computes) if int(np.__version__.partition(".")[0]) < 2 else computes
        rules = vjps[0] if variadic else vjps
        rule = Op(forward.__name__, computes, reads, picture or forward.__name__, rules, variadic, analytic)
        OPS[rule.name] = rule
        if options:
            apply = _general(rule, None if variadic else len(vjps), options)
        elif variadic or len(vjps) > 2:
            apply = _many(rule)
        else:
            apply = _unary(rule) if len(vjps) == 1 else _binary(rule)
        apply = functools.wraps(forward)(apply)
        for function in numpy if isinstance(numpy, tuple) else (numpy,):
            (UFUNCS if isinstance(function, np.ufunc) else FUNCTIONS)[function] = apply
        return apply  # type: ignore[return-value]

    return declare


def _unary(rule: Op) -> Callable[..., Any]:
    forward = rule.forward

    def apply(x: Any) -> Any:
        if x.__class__ is not Tensor:
            return apply(gathered(x)) if x.__class__ in LISTS and holds(x) else forward(x)
        try:
            value = forward(x.value)
        except Exception as error:
            raise explain(rule, (x,), error) from None
        return make(rule, value, (x,)) if x.op is not None and here().recording else make(None, value)

    return apply


def _binary(rule: Op) -> Callable[..., Any]:
    forward = rule.forward

    def apply(x: Any, y: Any) -> Any:
        if x.__class__ is not Tensor:
            if y.__class__ is not Tensor:
                return forward(x, y) if x.__class__ not in LISTS and y.__class__ not in LISTS else _mixed(rule, (x, y), {})
            x = operand(rule, x)
        elif y.__class__ is not Tensor:
            y = operand(rule, y)
        a, live = (x.value, x.op is not None) if x.__class__ is Tensor else (x, False)
        b, live = (y.value, live or y.op is not None) if y.__class__ is Tensor else (y, live)
        try:
            value = forward(a, b)
        except Exception as error:
            raise explain(rule, (x, y), error) from None
        return make(rule, value, (x, y)) if live and here().recording else make(None, value)

    return apply


def _many(rule: Op) -> Callable[..., Any]:
    forward = rule.forward

    def apply(*inputs: Any) -> Any:
        try:
            values = [x.value for x in inputs]
        except AttributeError:  # not tensors alone
            return _mixed(rule, inputs, {})
        try:
            value = forward(*values)
        except Exception as error:
            raise explain(rule, inputs, error) from None
        if here().recording:
            for x in inputs:
                if x.op is not None:
                    return make(rule, value, inputs)
        return make(None, value)

    return apply


def _general(rule: Op, count: int | None, defaults: dict[str, Any]) -> Callable[..., Any]:
    names = list(defaults)
    defaults = {name: default for name, default in defaults.items() if default is not REQUIRED}

    def apply(*args: Any, **options: Any) -> Any:
        inputs, extra = (args, ()) if count is None else (args[:count], args[count:])
        if len(extra) > len(names):
            raise TypeError(f"{rule.name}: {len(extra)} options, but there are only {', '.join(names) or 'none'}")
        try:
            return _mixed(rule, inputs, {**defaults, **dict(zip(names, extra, strict=False)), **options})
        except TypeError:  # numpy's other spellings, looked for only now, so that ours cost nothing
            given = {**dict(zip(names, extra, strict=False)), **options}
            if rule.name not in SPELLED or given.keys() <= set(names):
                raise
        return SPELLED[rule.name](*inputs, **given)

    return apply


def _mixed(rule: Op, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """An operation on tensors, plain arrays and numbers in any mixture, with options."""
    for x in (*inputs, *options.values()):
        if x.__class__ is Tensor:
            break
    else:
        for x in inputs:
            if x.__class__ in LISTS and holds(x):
                break
        else:
            return rule.forward(*inputs, **options)
    for name, option in options.items():
        if option.__class__ not in FIXED:
            options[name] = frozen(rule, option)
    live, values, kept = False, [], []
    for x in inputs:
        if x.__class__ is not Tensor:
            x = operand(rule, x)
        if x.__class__ is Tensor:
            live = live or x.op is not None
            values.append(x.value)
        else:
            values.append(x)
        kept.append(x)
    inputs = tuple(kept)
    try:
        value = rule.forward(*values, **options)
    except Exception as error:
        raise explain(rule, inputs, error) from None
    return make(rule, value, inputs, options or None) if live and here().recording else make(None, value)


def operand(rule: Op, x: Any) -> Any:
    """A plain input as the tape keeps it: numbers as they are (they cannot change), anything else as a constant (copied)."""
    if isinstance(x, (float, int, complex, np.generic)):
        return x
    if x.__class__ in LISTS and holds(x):
        return gathered(x)
    try:
        return constant(x)
    except TypeError as error:
        raise TypeError(f"{rule.name}: {error}") from None


def holds(x: Any) -> bool:
    """Whether x is a tensor, or a list with one in it."""
    return x.__class__ is Tensor or (x.__class__ in LISTS and any(map(holds, x)))


def gathered(x: Any) -> Any:
    """A list that holds tensors as one tensor, stacked, as numpy makes an array of a list of arrays; anything else as it is."""
    if x.__class__ not in LISTS or not holds(x):
        return x
    return _mixed(OPS["_stack"], tuple(map(gathered, x)), {"axis": 0})
