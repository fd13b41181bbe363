"""Where what people hand over meets Python and numpy: what those say of it is told as one sentence with the operation and the operands."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.habits import other_option
from autograd_rnn.visible import visible

F = TypeVar("F", bound=Callable[..., Any])
PACKAGE = os.path.dirname(os.path.dirname(__file__))
REASONS = (ValueError, IndexError, ArithmeticError, MemoryError)
LONGEST = 300  # characters of a reason
SHOWN = 6  # operands in a sentence
KINDS = (IndexError, FloatingPointError, MemoryError)  # that stay what they are; any other reason is a ValueError


def ours(error: BaseException) -> bool:
    """Whether a ``raise`` of this package made the error, which then is a sentence; else Python or numpy did, inside of it."""
    from opcode import opname  # where a call has failed already

    trace: Any = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return bool(code.co_filename.startswith(PACKAGE) and opname[code.co_code[trace.tb_lasti]] == "RAISE_VARARGS")


def listed(operands: Iterable[Any], join: str = ", ") -> str:
    """The operands as errors name them, the first of many."""
    some = [describe(x) for x in itertools.islice(operands, SHOWN + 1)]
    return join.join(some if len(some) <= SHOWN else [*some[:SHOWN], "..."])


def told(name: str, error: Exception, operands: str, whole: str = "") -> Exception:
    """The sentence in the place of an error from inside: numpy's reason where a value or an index does not fit, no words of Python's
    where it is of another kind than an operation takes."""
    if isinstance(error, REASONS) and "unpack" not in str(error):
        text, misfit = str(error), isinstance(error, ValueError) and ("shape" in str(error) or "broadcast" in str(error))
        reason = "shapes do not fit" if misfit else visible(" ".join(text.split()))[:LONGEST] or "there is not memory enough"
        return next((kind for kind in KINDS if isinstance(error, kind) and not isinstance(error, ValueError)), ValueError)(
            f"{name}: {reason}: {operands}"
        )
    return TypeError(f"{name} does not take {operands}: help(autograd_rnn.{whole or name}) says what it takes")


def bordered(function: F) -> F:
    """A public function made of others: what goes wrong inside it is told with its own name, and how its options are called here."""
    code, name = function.__code__, function.__name__.strip("_")
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except Exception as error:
            if isinstance(error, TypeError) and (other := other_option(name, names, options)):
                raise other from None
            if ours(error) or error.__traceback__ is not None and error.__traceback__.tb_next is None:  # Python's own of how it was called
                raise
            given = [listed(arguments), *(f"{option}={describe(value)}" for option, value in options.items())]
            method = next(iter(names), "") == "self"
            raise told(name, error, ", ".join(filter(None, given)), f"Tensor.{function.__name__}" if method else "") from None

    return called  # type: ignore[return-value]
