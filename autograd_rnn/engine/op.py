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

from autograd_rnn.engine.calling import LISTS, explain, general, guarded, mixed, operand, promoting, real_only, signature
from autograd_rnn.engine.checks import string, switch
from autograd_rnn.engine.facts import Facts
from autograd_rnn.engine.naming import checked_name
from autograd_rnn.engine.rule import OPS, Op, is_ours
from autograd_rnn.engine.tensor import Tensor, make
from autograd_rnn.visible import shown

F = TypeVar("F", bound=Callable[..., Any])
UFUNCS: dict[Any, Callable[..., Any]] = {}  # numpy ufunc -> operation
FUNCTIONS: dict[Any, Callable[..., Any]] = {}  # other numpy function -> operation


def op(reads: str, *vjps: Any, numpy: Any = (), analytic: bool = True, kind: str = "", **facts: Any) -> Callable[[F], F]:
    """Declare an operation (see the module). ``numpy``: the functions it stands in for; ``analytic=False`` refuses complex numbers, where
    its forward would break complex-step differentiation. All else that any reading of it goes by may be said by name, or is found out:
    ``picture``, ``words``, ``why``, ``kind``, ``values``, ``rising``, ``chooses``, ``named``, ``meaning`` (`Facts`).

    A forward that takes ``*inputs`` gives one function ``count -> vjps`` in their place, of vjps ``(k, g, y, inputs, **options)`` that
    are told which input they are asked for.

    >>> @op("{}³", lambda g, y, x: 3 * g * x * x)
    ... def cube(x, /):
    ...     return x**3
    >>> gradcheck(cube, np.array([2.0])).ok
    True
    >>> _ = OPS.pop("cube")
    """
    switch("op: analytic", analytic), string("op: kind", kind)
    known = {"numpy", "analytic", *Facts.__slots__} - {"reads"}
    if unknown := sorted({*facts} - known):
        raise TypeError(f"op knows nothing called {shown(unknown[0])}: what may be said of an operation is {', '.join(sorted(known))}")
    functions = numpy if isinstance(numpy, tuple) else (numpy,)
    kind = kind or "elementwise" * any(isinstance(f, np.ufunc) and f.signature is None for f in functions)

    def declare(forward: F) -> F:
        called = checked_name(getattr(forward, "__name__", type(forward).__name__), "an operation's name")
        if not called.isidentifier():
            raise ValueError(f"an operation is called as its function is, and {shown(called)} can be no name: write the function with def")
        variadic, options = signature(forward, len(vjps))
        complex_too = analytic and not facts.get("chooses")
        computes: Callable[..., Any] = forward if complex_too else real_only(forward)
        computes = promoting(computes) if int(np.__version__.partition(".")[0]) < 2 else computes
        rules: Any = vjps if is_ours(forward) else guarded(forward, vjps, variadic)
        rules = rules[0] if variadic else rules
        OPS[called] = rule = Op(called, computes, reads, rules, variadic, complex_too, kind=kind, **facts)
        if options:
            apply = general(rule, None if variadic else len(vjps), options)
        elif variadic or len(vjps) > 2:
            apply = _many(rule)
        else:
            apply = _unary(rule) if len(vjps) == 1 else _binary(rule)
        apply = functools.wraps(forward)(apply)
        for function in functions:
            (UFUNCS if isinstance(function, np.ufunc) else FUNCTIONS)[function] = apply
        return apply  # type: ignore[return-value]

    return declare


def _unary(rule: Op) -> Callable[..., Any]:
    forward = rule.forward

    def apply(x: Any) -> Any:
        ours = x.__class__ is Tensor
        if not ours and x.__class__ in LISTS:
            return mixed(rule, (x,), {})
        try:
            value = forward(x.value if ours else x)
        except Exception as error:
            raise explain(rule, (x,), error) from None
        return make(rule if x.op is not None else None, value, (x,)) if ours else value

    return apply


def _binary(rule: Op) -> Callable[..., Any]:
    forward = rule.forward

    def apply(x: Any, y: Any) -> Any:
        if x.__class__ is not Tensor:
            if y.__class__ is not Tensor:
                return mixed(rule, (x, y), {})
            x = operand(rule, x)
        elif y.__class__ is not Tensor and y.__class__ is not float:  # a number stays as it is: no call
            y = operand(rule, y)
        a, b, live = x, y, False  # spelled out: a conditional expression of tuples makes them
        if x.__class__ is Tensor:
            a, live = x.value, x.op is not None
        if y.__class__ is Tensor:
            b, live = y.value, live or y.op is not None
        try:
            value = forward(a, b)
        except Exception as error:
            raise explain(rule, (x, y), error) from None
        return make(rule if live else None, value, (x, y))

    return apply


def _many(rule: Op) -> Callable[..., Any]:
    forward = rule.forward

    def apply(*inputs: Any) -> Any:
        try:
            values = [x.value for x in inputs]
        except AttributeError:  # not tensors alone
            return mixed(rule, inputs, {})
        try:
            value = forward(*values)
        except Exception as error:
            raise explain(rule, inputs, error) from None
        for x in inputs:
            if x.op is not None:
                return make(rule, value, inputs)
        return make(None, value)

    return apply
