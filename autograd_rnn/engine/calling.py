"""How an operation is called: what its forward says of itself, its inputs and options as the tape keeps them, and its errors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.engine.border import REASONS, listed, ours, told
from autograd_rnn.engine.guards import describe, masked
from autograd_rnn.engine.habits import other_option
from autograd_rnn.engine.place import here
from autograd_rnn.engine.pooling import Pooled
from autograd_rnn.engine.rule import OPS, Op, Rule, is_ours
from autograd_rnn.engine.tensor import Tensor, constant, make
from autograd_rnn.visible import class_of, shown, visible

SPELLED: dict[str, Callable[..., Any]] = {}  # operation -> the same with more of numpy's options
LISTS = frozenset((list, tuple))  # inputs that may hold tensors
PYTHONS = LISTS | {str, bytes, bytearray}  # inputs to which Python's operators do something else than numpy
DEEPEST = 32  # levels of lists in lists
REQUIRED = object()  # the default of an option that has none
FIXED = (bool, int, float, str, slice, type(None), type(Ellipsis))  # options that nobody can change after the forward pass


class Misfit(ValueError):
    """Raised by a forward whose inputs do not fit: the reason, and which inputs to show, joined as they are written."""

    def __init__(self, reason: str, *positions: int, join: str = " and "):
        super().__init__(reason)
        self.reason, self.positions, self.join = reason, positions, join


def signature(forward: Rule, count: int) -> tuple[bool, dict[str, Any]]:
    """Whether a forward takes any number of inputs, and its options with their defaults: what follows its inputs.
    Read off the code object, since importing inspect would cost a tenth of importing numpy."""
    if not hasattr(forward, "__code__"):
        raise TypeError(f"op declares a function, written with def, not {shown(forward)}")
    code, defaults = forward.__code__, forward.__defaults__ or ()
    if code.co_flags & 0x04:  # *inputs
        return True, {name: (forward.__kwdefaults__ or {}).get(name, REQUIRED) for name in code.co_varnames[: code.co_kwonlyargcount]}
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    given = dict(zip(names[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True)) | (forward.__kwdefaults__ or {})
    return False, {name: given.get(name, REQUIRED) for name in names[count:]}


def real_only(forward: Rule) -> Rule:
    """A forward that refuses complex numbers, since it would break complex-step differentiation."""

    @functools.wraps(forward)
    def real(*values: Any, **options: Any) -> Any:
        if any(np.iscomplexobj(value) for value in values):
            raise TypeError("not analytic, so not for complex numbers")
        return forward(*values, **options)

    return real


def widened(x: Any, precision: np.dtype) -> Any:
    """A real or complex array in this precision, and as real or complex as it was; anything else as it is."""
    if not isinstance(x, (np.ndarray, np.generic)) or x.dtype.kind not in "fc":
        return x
    return np.asarray(x, precision if x.dtype.kind == "c" else np.empty(0, precision).real.dtype)


def promoting(forward: Rule) -> Rule:
    """numpy 2's promotion under numpy 1, which widens a single-precision array of shape () as soon as it meets a Python number, and
    narrows a double-precision one of shape () that meets a larger array in single precision."""

    @functools.wraps(forward)
    def narrowed(*values: Any, **options: Any) -> Any:
        kinds = {value.dtype for value in values if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc"}
        if len(kinds) > 1:
            values = tuple(map(functools.partial(widened, precision=np.result_type(*kinds)), values))
        result = np.asarray(forward(*values, **options))
        told = options.get("dtype")  # a cast is told, and may widen
        dtypes = [value.dtype if told is None else told for value in values if isinstance(value, (np.ndarray, np.generic))]
        wanted = np.result_type(*dtypes) if dtypes else result.dtype
        return result.astype(wanted) if result.dtype.kind == wanted.kind == "f" and wanted < result.dtype else result

    return narrowed


def guarded(forward: Rule, vjps: tuple[Any, ...], variadic: bool) -> tuple[Any, ...]:
    """The vjps of a person's own operation, each with its name at hand where it goes wrong."""
    name = forward.__name__
    if name in OPS and is_ours(OPS[name].forward):
        raise ValueError(f"{name} is an operation already: give yours another name")
    if variadic:
        return (lambda count: tuple(rule and _checked(name, None, rule) for rule in vjps[0](count)),)
    return tuple(rule if rule is None or rule.__class__ is Pooled else _checked(name, k, rule) for k, rule in enumerate(vjps))


def _checked(name: str, k: int | None, vjp: Rule) -> Rule:
    """A vjp of a person's own operation: what goes wrong in it, or comes out of it, is told with the operation's name and the input's."""

    @functools.wraps(vjp)
    def checked(*given: Any, **options: Any) -> Any:
        position, inputs = (k, given[2:]) if k is not None else (given[0], given[3])
        what = f"{name}: the vjp of input {position}"
        try:
            d = vjp(*given, **options)
        except Exception as error:
            raise ValueError(f"{what} raises {class_of(error)}: {visible(error)[:200]}") from error
        d = np.asarray(d) if isinstance(d, (int, float)) else d
        if not isinstance(d, (np.ndarray, np.generic, Tensor)) or d.dtype.kind not in "fiub":
            raise TypeError(f"{what} gives {shown(d, 40)}, not an array of real numbers")
        shape = np.shape(inputs[position])
        try:
            np.broadcast_shapes(d.shape, shape)
        except ValueError:
            raise ValueError(
                f"{what} gives shape {d.shape}, and {describe(inputs[position])} of shape {shape} is not broadcast to that"
            ) from None
        return d

    return checked


def general(rule: Op, count: int | None, defaults: dict[str, Any]) -> Callable[..., Any]:
    """The function that people call, of an operation with options: ``count`` inputs (None: any number), then options by place or name."""
    names = list(defaults)
    defaults = {name: default for name, default in defaults.items() if default is not REQUIRED}

    def apply(*args: Any, **options: Any) -> Any:
        inputs, extra = (args, ()) if count is None else (args[:count], args[count:])
        if len(extra) > len(names):
            raise TypeError(f"{rule.name}: {len(extra)} options, but there are only {', '.join(names) or 'none'}")
        if extra and options and (twice := [name for name in names[: len(extra)] if name in options]):
            raise TypeError(f"{rule.name}: {twice[0]} is given twice")
        given = {**dict(zip(names, extra, strict=False)), **options} if extra else options
        try:
            return mixed(rule, inputs, {**defaults, **given})
        except TypeError:  # numpy's other spellings, looked for only now, so that ours cost nothing
            if error := other_option(rule.name, names, given):
                raise error from None
            if rule.name not in SPELLED or given.keys() <= set(names):
                raise
        return SPELLED[rule.name](*inputs, **given)

    return apply


def mixed(rule: Op, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """An operation on tensors, plain arrays and numbers in any mixture, with options."""
    for x in (*inputs, *options.values()):
        if x.__class__ is Tensor:
            break
    else:
        for x in inputs:
            if x.__class__ in LISTS and holds(x):
                break
        else:
            try:  # a forward is written with Python's operators: of two lists + makes a longer one, and of a text and a number *
                return rule.forward(*(numbers(x) if x.__class__ in PYTHONS else x for x in inputs), **options)
            except Exception as error:
                raise explain(rule, inputs, error, options) from None
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
        raise explain(rule, inputs, error, options) from None
    return make(rule if live else None, value, inputs, options or None)


def numbers(x: Any) -> np.ndarray:
    """An array of Python's numbers; of texts, or of what numpy has no type for, a TypeError without words: with whole numbers of any length
    it would reckon for as long as they are."""
    array = np.asarray(x)
    if array.dtype.kind not in "biufc":
        raise TypeError
    return array


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
    level = [x]
    for _ in range(DEEPEST):
        if any(part.__class__ is Tensor for part in level):
            return True
        level = [part for parts in level if parts.__class__ in LISTS for part in parts]
        if not level:
            return False
    return False


def gathered(x: Any, depth: int = 0) -> Any:
    """A list that holds tensors as one tensor, stacked, as numpy makes an array of a list of arrays; anything else as it is."""
    if x.__class__ not in LISTS or not holds(x):
        return x
    if depth == DEEPEST:
        raise ValueError(f"lists nest at most {DEEPEST} deep: does one hold itself?")
    return mixed(OPS["_stack"], tuple(gathered(part, depth + 1) for part in x), {"axis": 0})


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
    if isinstance(x, dict):
        return {name: frozen(rule, part) for name, part in x.items()}
    if masked(x):
        raise TypeError(f"{rule.name}: a masked array has elements without a number: fill it first, array.filled(0)")
    return x.copy() if isinstance(x, np.ndarray) else x


def explain(rule: Op, inputs: tuple[Any, ...], error: Exception, options: dict[str, Any] | None = None) -> Exception:
    """The error a person sees: operation, reason, the inputs by name and shape, and the place."""
    name, place = rule.name.strip("_"), f", at {here()}" if str(here()) else ""
    if isinstance(error, Misfit):
        return ValueError(f"{name}: {error.reason}: {error.join.join(describe(inputs[k]) for k in error.positions)}{place}")
    operands = listed(inputs, " and ")
    if isinstance(error, TypeError) and str(error) and (ours(error) or not is_ours(rule.forward)):
        return TypeError(f"{name}: {error}: {operands}{place}")
    if not isinstance(error, REASONS):
        operands = ", ".join([operands, *(f"{option}={describe(value)}" for option, value in (options or {}).items())])
    return told(name, error, f"{operands}{place}")
