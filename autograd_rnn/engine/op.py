"""What an operation is, and how applying one records it.

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

from autograd_rnn.engine.place import here
from autograd_rnn.engine.tensor import Tensor, constant, describe, make

Rule = Callable[..., Any]
F = TypeVar("F", bound=Callable[..., Any])


class Op:
    """One row of the table of derivatives."""

    __slots__ = ("name", "forward", "reads", "picture", "vjps", "analytic", "_by_position", "_variadic")

    def __init__(self, name: str, forward: Rule, reads: str, picture: str, vjps: tuple[Any, ...], variadic: bool, analytic: bool):
        self.name, self.forward, self.reads, self.picture, self.analytic = name, forward, reads, picture, analytic
        self.vjps = None if variadic else vjps
        self._variadic: dict[int, tuple[Rule | None, ...]] = {}
        self._by_position = vjps[0] if variadic and vjps else None

    def rules(self, count: int) -> tuple[Rule | None, ...]:
        """One vjp for each of ``count`` inputs; those of a variadic operation are made once a count."""
        if self.vjps is not None:
            return self.vjps
        if count not in self._variadic:
            assert self._by_position is not None
            self._variadic[count] = tuple(self._by_position(position, count) for position in range(count))
        return self._variadic[count]

    def __repr__(self) -> str:
        return f"<op {self.name}>"


REQUIRED = object()  # the default of an option that has none
VARIABLE = Op("variable", lambda: None, "", "", (), False, True)
UFUNCS: dict[Any, Callable[..., Any]] = {}  # numpy ufunc -> operation
FUNCTIONS: dict[Any, Callable[..., Any]] = {}  # other numpy function -> operation
FIXED = (bool, int, float, str, slice, type(None), type(Ellipsis))  # options that nobody can change after the forward pass
OPS: dict[str, Op] = {}  # every declared operation, by name


class Misfit(ValueError):
    """Raised by a forward whose inputs do not fit: the reason, and which inputs to show, joined as they are written."""

    def __init__(self, reason: str, *positions: int, join: str = " and "):
        super().__init__(reason)
        self.reason, self.positions, self.join = reason, positions, join


def op(reads: str, *vjps: Any, picture: str = "", numpy: Any = (), analytic: bool = True) -> Callable[[F], F]:
    """Declare an operation (see the module). ``picture`` is its sign on a drawing; ``numpy`` the functions it stands in for;
    ``analytic=False`` refuses complex numbers, where its forward would break complex-step differentiation.

    A forward that takes ``*inputs`` gives one function ``(position, count) -> vjp`` in place of the vjps.

    >>> @op("{}³", lambda g, y, x: 3 * g * x * x)
    ... def cube(x, /):
    ...     return x**3
    >>> gradcheck(cube, np.array([2.0])).ok
    True
    >>> _ = OPS.pop("cube")
    """

    def declare(forward: F) -> F:
        variadic, options = _signature(forward, len(vjps))
        computes: Rule = forward if analytic else _real_only(forward)
        computes = _promoting(computes) if int(np.__version__.partition(".")[0]) < 2 else computes
        rule = Op(forward.__name__, computes, reads, picture or forward.__name__, vjps, variadic, analytic)
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


def _signature(forward: Rule, count: int) -> tuple[bool, dict[str, Any]]:
    """Whether a forward takes any number of inputs, and its options with their defaults: what follows its inputs.
    Read off the code object, since importing inspect would cost a tenth of importing numpy."""
    code, defaults = forward.__code__, forward.__defaults__ or ()
    if code.co_flags & 0x04:  # *inputs
        return True, {name: (forward.__kwdefaults__ or {}).get(name, REQUIRED) for name in code.co_varnames[: code.co_kwonlyargcount]}
    names = code.co_varnames[: code.co_argcount]
    given = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    return False, {name: given.get(name, REQUIRED) for name in names[count:]}


def _real_only(forward: Rule) -> Rule:
    @functools.wraps(forward)
    def guarded(*values: Any, **options: Any) -> Any:
        if any(np.iscomplexobj(value) for value in values):
            raise TypeError("not analytic, so not for complex numbers")
        return forward(*values, **options)

    return guarded


def _promoting(forward: Rule) -> Rule:
    """numpy 2's promotion under numpy 1, which widens a single-precision array of shape () as soon as it meets a Python number."""

    @functools.wraps(forward)
    def narrowed(*values: Any, **options: Any) -> Any:
        result = np.asarray(forward(*values, **options))
        dtypes = [value.dtype for value in values if isinstance(value, (np.ndarray, np.generic))]
        wanted = np.result_type(*dtypes) if dtypes else result.dtype
        return result.astype(wanted) if result.dtype.kind == wanted.kind == "f" and wanted < result.dtype else result

    return narrowed


def _unary(rule: Op) -> Callable[..., Any]:
    forward = rule.forward

    def apply(x: Any) -> Any:
        if x.__class__ is not Tensor:
            return forward(x)
        try:
            value = forward(x.value)
        except Exception as error:
            raise explain(rule, (x,), error) from None
        return make(rule, value, (x,)) if x.op is not None and here.place.recording else make(None, value)

    return apply


def _binary(rule: Op) -> Callable[..., Any]:
    forward = rule.forward

    def apply(x: Any, y: Any) -> Any:
        if x.__class__ is not Tensor:
            if y.__class__ is not Tensor:
                return forward(x, y)
            x = operand(rule, x)
        elif y.__class__ is not Tensor:
            y = operand(rule, y)
        a, live = (x.value, x.op is not None) if x.__class__ is Tensor else (x, False)
        b, live = (y.value, live or y.op is not None) if y.__class__ is Tensor else (y, live)
        try:
            value = forward(a, b)
        except Exception as error:
            raise explain(rule, (x, y), error) from None
        return make(rule, value, (x, y)) if live and here.place.recording else make(None, value)

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
        if here.place.recording:
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
        return _mixed(rule, inputs, {**defaults, **dict(zip(names, extra, strict=False)), **options})

    return apply


def _mixed(rule: Op, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """An operation on tensors, plain arrays and numbers in any mixture, with options."""
    for x in (*inputs, *options.values()):
        if x.__class__ is Tensor:
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
    return make(rule, value, inputs, options or None) if live and here.place.recording else make(None, value)


def operand(rule: Op, x: Any) -> Any:
    """A plain input as the tape keeps it: numbers as they are (they cannot change), anything else as a constant (copied)."""
    if isinstance(x, (float, int, complex, np.generic)):
        return x
    try:
        return constant(x)
    except TypeError as error:
        raise TypeError(f"{rule.name}: {error}") from None


def frozen(rule: Op, x: Any) -> Any:
    """An option as the tape keeps it: lists and arrays copied, and the numbers of a tensor that has no gradient to lose."""
    if x.__class__ is Tensor:
        x._leaves_tape(f"{rule.name} with it as an option", "pass its .value")
        return x.value
    if isinstance(x, (tuple, list)):
        for part in x:
            if part.__class__ not in FIXED:
                return x.__class__([frozen(rule, part) for part in x])
        return x if isinstance(x, tuple) else x.copy()
    return x.copy() if isinstance(x, np.ndarray) else x


def explain(rule: Op, inputs: tuple[Any, ...], error: Exception) -> Exception:
    """The error a person sees: operation, reason, the inputs by name and shape, and the place."""
    if isinstance(error, Misfit):
        reason, shown, join = error.reason, [inputs[k] for k in error.positions], error.join
    else:
        text, misfit = str(error), isinstance(error, ValueError) and ("shape" in str(error) or "broadcast" in str(error))
        reason, shown, join = "shapes do not fit" if misfit else text, list(inputs), " and "
    place = f", at {here.place}" if str(here.place) else ""
    kind = type(error) if type(error) in (TypeError, IndexError) else ValueError
    return kind(f"{rule.name}: {reason}: {join.join(map(describe, shown))}{place}")


class Pooled:
    """A vjp whose results are summed over every use of the same input: the sweep collects the ``part`` of each use and
    calls ``pool`` once, when it reaches the input. A weight shared by T steps so costs one product, not T."""

    def __init__(self, rule: Rule, part: Rule, pool: Callable[[list[Any], np.ndarray, dict[Any, np.ndarray]], np.ndarray]):
        self.rule, self.part, self.pool = rule, part, pool

    def __call__(self, g: Any, y: Any, *inputs: Any, **options: Any) -> Any:
        return self.rule(g, y, *inputs, **options)
