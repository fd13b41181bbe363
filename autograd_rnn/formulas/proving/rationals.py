"""Numbers as they are meant: the fraction that a float is but for its rounding."""

from __future__ import annotations

import functools
import math
from fractions import Fraction

from autograd_rnn.algebra import expr as e

SLACK = 8  # units in the last place: four decimal numbers lose at most four by being written in binary, three operations three by rounding
SIMPLE = 10**11  # numerator times denominator of a fraction: hardly one float in a thousand is by chance as near to such a one


@functools.lru_cache(maxsize=4096)
def meant(x: float) -> Fraction:
    """The fraction that a float is but for its rounding, the first of those within `SLACK` units that is short as a decimal, or as a
    fraction: 3/20 of 0.1 * 1.5, which is 0.15000000000000002, 3071/50 of 8.3 / (1 / 7.4), 1/3 of 1 / 3; and what was left of 1, as
    1 - 0.9876, if it is just that. Numbers that differ in their first 14 digits stay two.

    >>> from autograd_rnn.formulas.proving.rationals import meant
    >>> meant(0.1 * 1.5), meant(8.3 / (1 / 7.4)), meant(1 / 3), meant(1 - 0.9876)
    (Fraction(3, 20), Fraction(3071, 50), Fraction(1, 3), Fraction(31, 2500))
    >>> meant(0.123456789012), meant(0.1234567890121)
    (Fraction(30864197253, 250000000000), Fraction(1234567890121, 10000000000000))
    """
    exactly, slack = Fraction(x), SLACK * Fraction(math.ulp(x))
    left, short = Fraction(f"{x:.8f}"), simplest(exactly - slack, exactly + slack)
    near = [
        (Fraction(f"{x:.12g}"), slack),
        (left, Fraction(1, 2**53) if left and abs(x) == 1 - float(1 - abs(left)) else slack),
        (short, slack if abs(short.numerator) * short.denominator <= SIMPLE else 0),
        (Fraction(f"{x:.15g}"), slack),
    ]
    return next((simple for simple, most in near if abs(simple - exactly) <= most), Fraction(repr(x)))


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction between two numbers of one sign with the smallest denominator: their common continued fraction."""
    if low <= 0 <= high:
        return Fraction(0)
    sign, (low, high) = (1, (low, high)) if low > 0 else (-1, (-high, -low))
    whole: list[int] = []
    while math.ceil(low) > high:
        whole.append(math.floor(low))
        low, high = 1 / (high - whole[-1]), 1 / (low - whole[-1])
    found = Fraction(math.ceil(low))
    for part in reversed(whole):
        found = part + 1 / found
    return sign * found


def lettered(x: e.Num) -> bool:
    """Whether a number is a length, or has one below the fraction's line."""
    return not set("TS").isdisjoint(x.text)
