"""Operations and their derivatives outside any tape, in any field's numbers: what a formula's `Call` means to fifty digits or modulo a
prime."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import sympy

from autograd_rnn.algebra.expr import Call, Num
from autograd_rnn.engine.rule import OPS
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.proving.components import Arithmetic, Kind, derived, key_of, meaning_of, number_of, written
from autograd_rnn.formulas.proving.meanings import exact, filled
from autograd_rnn.formulas.proving.rationals import lettered


class Field:
    """A field's numbers, and the operations met so far in components."""

    def __init__(self, field: Arithmetic):
        self.field = field
        self.kinds: dict[Hashable, tuple[Kind, tuple[int, ...]]] = {}
        self.latest: tuple[Hashable, list[Value], dict[int, Value]] = None, [], {}  # the slopes of what was asked last, as of one matrix

    def called(self, x: Call, inputs: list[np.ndarray], floats: list[np.ndarray], g: np.ndarray | None) -> np.ndarray:
        """The value of a `Call`, given its arguments in the field's numbers and near them in floating point: of the operation, of its
        derivative by an argument, or with ``g`` of that argument's adjoint."""
        op, options, number = OPS[x.name], x.options.given, self.field.number
        meaning, chosen = meaning_of(op, floats, options, x.name)
        fixed = [
            isinstance(part, Num) and not (array.shape or lettered(part))
            for part, array in zip(x.parts[-len(inputs) :], inputs, strict=True)
        ]
        plain_numbers = [number for number, plain in zip(floats, fixed, strict=True) if plain]
        shapes = [array.shape for array in inputs]
        key = (x.name, x.options, x.by is None, *map(key_of, (chosen, shapes, fixed, plain_numbers)))
        if key not in self.kinds:
            symbols = sympy.symbols(f"v:{sum(array.size for array, plain in zip(inputs, fixed, strict=True) if not plain)}")
            free = iter(symbols)
            arrays = [
                exact(part.value) if plain and isinstance(part, Num) else filled([next(free) for _ in range(array.size)], array.shape)
                for part, array, plain in zip(x.parts[-len(inputs) :], inputs, fixed, strict=True)
            ]
            found = written(meaning, chosen, arrays, options)
            live = set(symbols) if x.by is not None else set()
            self.kinds[key] = derived(list(symbols), live, list(found.ravel())), found.shape
        kind, shape = self.kinds[key]
        values = [v for array, plain in zip(inputs, fixed, strict=True) if not plain for v in array.ravel()]
        known = dict(zip(kind.symbols, values, strict=True))
        if x.by is None:
            return filled([number(number_of(c, known, self.field)) for c in kind.components], shape)
        start = sum(array.size for array, plain in zip(inputs[: x.by], fixed, strict=False) if not plain)
        wanted, above = inputs[x.by], None if g is None else np.broadcast_to(g, shape).ravel()
        by_component = g is None and len(kind.components) >= wanted.size
        total = [number(0)] * (len(kind.components) if by_component else wanted.size)
        if self.latest[0] != key or self.latest[1] != values:
            self.latest = key, values, {}
        slopes = self.latest[2]
        for n, (i, k, d) in enumerate(kind.derivatives):
            if start <= k < start + wanted.size:
                if n not in slopes:
                    slopes[n] = number_of(d, known, self.field)
                place, slope = i if by_component else k - start, slopes[n]
                total[place] = number(total[place] + (slope if above is None else above[i] * slope))
        return filled(total, shape if by_component else wanted.shape)
