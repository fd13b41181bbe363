"""Where in a net an operation runs, and the names that follow from it."""

from __future__ import annotations

import threading
from typing import Any


class Place:
    """Where in a net an operation ran: the cell, its ``tag`` (layer and direction, as names carry them: ``2``, ``b``, ``2b``, ``enc``),
    and the time step; and whether operations are recorded, and inside how many transforms."""

    __slots__ = ("cell", "tag", "step", "recording", "transforms")

    def __init__(self, cell: str = "", tag: str = "", step: int | None = None, recording: bool = True, transforms: int = 0):
        self.cell, self.tag, self.step, self.recording, self.transforms = cell, tag, step, recording, transforms

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
        return Place(**{field: changes.get(field, getattr(self, field)) for field in self.__slots__})

    def __str__(self) -> str:
        part = {"enc": "encoder", "dec": "decoder"}.get(self.tag[:3])
        layer = f"layer {self.layer}" if self.layer else ""
        step = "" if self.step is None else f"t={self.step}"
        return " ".join(word for word in (part, self.cell, layer, self.direction, step) if word)

    def __repr__(self) -> str:
        return f"<place {self}>" if str(self) else "<place: outside any net>"


class _Here(threading.local):
    """The current place of each thread, so that two threads record two tapes without mixing."""

    place = Place()


here = _Here()


class scope:
    """``with scope(cell="rnn", step=3):`` marks every operation inside with that place, and puts the old one back.

    >>> with scope(cell="rnn", step=3):
    ...     h = tensor([1.0], name="W") * 2
    >>> h.step, str(h.scope)
    (3, 'rnn t=3')
    """

    def __init__(self, **changes: Any):
        self._changes = changes
        self._before: list[Place] = []  # a scope may be entered again while it is open

    def __enter__(self) -> Place:
        self._before.append(here.place)
        here.place = here.place.moved(**self._changes)
        return here.place

    def __exit__(self, *exception: object) -> None:
        here.place = self._before.pop()


def no_grad() -> scope:
    """``with no_grad():`` computes values without recording them.

    >>> W = tensor([1.0, 2.0], name="W")
    >>> with no_grad():
    ...     print(W * 3)
    Tensor([3. 6.], constant)
    """
    return scope(recording=False)


def full_name(label: str, tag: str, step: int | None) -> str:
    """``h`` in layer 2 at t=3 is ``h2_3``; the gate pre-activation ``a_i`` is ``a2_i_3``: the superscript follows the letter."""
    base, underscore, subscript = label.partition("_")
    return f"{base}{tag}{underscore}{subscript}" + ("" if step is None else f"_{step}")
