"""Where in a net an operation runs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from autograd_rnn.engine.checks import fields, runs_at_once

F = TypeVar("F", bound=Callable[..., Any])
ASYNC_GENERATOR = 0x200  # inspect.CO_ASYNC_GENERATOR
FIELDS = ("cell", "tag", "step", "recording", "transforms")


class Place:
    """Where in a net an operation ran: the cell, its ``tag`` (layer and direction, as names carry them: ``2``, ``b``, ``2b``, ``enc``),
    and the time step; and whether operations are recorded, and inside how many transforms."""

    __slots__ = (*FIELDS, "outer", "opened_by")

    step: int | None
    outer: Place | None  # the place around this one
    opened_by: scope | None  # that ends with this one

    def __init__(self, cell: str = "", tag: str = "", step: Any = None, recording: bool = True, transforms: int = 0, outer: Any = None):
        self.cell, self.tag, self.step, self.recording, self.transforms = cell, tag, step, recording, transforms
        self.outer, self.opened_by = outer, None

    @property
    def layer(self) -> int | None:
        """The layer's number in a stacked net."""
        digits = "".join(c for c in self.tag if c.isdigit())
        return int(digits) if digits else None

    @property
    def direction(self) -> str | None:
        """``forward`` or ``backward`` in a bidirectional net."""
        return {"f": "forward", "b": "backward"}.get(self.tag.lstrip("encd0123456789"))

    def moved(self, **changes: Any) -> Place:
        """A copy of this place with some of its fields changed."""
        return Place(**{field: changes.get(field, getattr(self, field)) for field in FIELDS})

    def __str__(self) -> str:
        part = {"enc": "encoder", "dec": "decoder"}.get(self.tag[:3])
        layer = f"layer {self.layer}" if self.layer else ""
        step = "" if self.step is None else f"t={self.step}"
        return " ".join(word for word in (part, self.cell, layer, self.direction, step) if word)

    def __repr__(self) -> str:
        return f"<place {self}>" if str(self) else "<place: outside any net>"


_current: ContextVar[Place] = ContextVar("place", default=Place())  # noqa: B039 - nobody writes into it; of each thread and of each task its own
here = _current.get
go_to = _current.set


class scope:
    """``with scope(cell="rnn", step=3):`` marks every operation inside with that place, and puts the old one back.

    It also decorates a function, whose every call then runs there. Raises RuntimeError in an asynchronous generator: one that is given
    up is closed by the event loop, in another place than it was opened, and what it began would never end.

    >>> with scope(cell="rnn", step=3):
    ...     h = tensor([1.0], name="W") * 2
    >>> h.step, str(h.scope)
    (3, 'rnn t=3')
    """

    def __init__(self, **changes: Any):
        self._changes = fields(changes, FIELDS)

    def __enter__(self) -> Place:
        before = here()
        if sys._getframe(1).f_code.co_flags & ASYNC_GENERATOR:
            raise RuntimeError(
                "a scope or no_grad() in an asynchronous generator might never be closed: open it in the coroutine that reads it"
            )
        try:
            go_to(self._inside(before))
            return here()
        except KeyboardInterrupt:  # what is interrupted before its body is not closed after it
            go_to(before)
            raise

    def _inside(self, outer: Place) -> Place:
        place = outer.moved(**self._changes)
        place.outer, place.opened_by = outer, self
        return place

    def __exit__(self, *exception: object) -> None:
        place = None
        try:
            place = self._without()
        finally:  # an interrupt too
            go_to(place or self._without())

    def _without(self) -> Place:
        """Generators may close their scopes in any order: what was opened after this one stays open, around what was before it."""
        later, place = [], here()
        while place.opened_by is not self:
            if place.outer is None:
                raise RuntimeError("a scope is closed in the thread or task in which it was opened")
            later.append(place.opened_by)
            place = place.outer
        assert place.outer is not None
        place = place.outer
        for opened in reversed(later):
            place = opened._inside(place) if opened else place
        return place

    def run(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """``function(*arguments, **options)`` inside; an interrupt that falls on the very closing finds the old place put back, too."""
        before = here()
        try:
            with self:
                return function(*arguments, **options)
        except KeyboardInterrupt:
            go_to(before)
            raise

    def __call__(self, function: F) -> F:
        @functools.wraps(runs_at_once(function))
        def inside(*arguments: Any, **options: Any) -> Any:
            return self.run(function, *arguments, **options)

        return inside  # type: ignore[return-value]


def no_grad(function: Callable[..., Any] | None = None) -> Any:
    """``with no_grad():`` computes values without recording them; ``@no_grad`` above a function does so in every call of it.

    >>> W = tensor([1.0, 2.0], name="W")
    >>> with no_grad():
    ...     print(W * 3)
    Tensor([3. 6.], constant)
    """
    return scope(recording=False) if function is None else scope(recording=False)(function)
