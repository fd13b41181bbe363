"""How a quantity's own letter is set, in formulas and in pictures alike: Greek words by their letters, any other word in one piece."""

from __future__ import annotations

import re

SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega"
GREEK = dict(zip(SMALL.split(), "αβγδεζηθικλμνξπρστυφχψω", strict=True))
GREEK |= dict(zip("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(), "ΓΔΘΛΞΠΣΥΦΨΩ", strict=True))


def lettered(word: str) -> str:
    """The letter as signs; digits after a Greek word stay behind it.

    >>> [lettered(word) for word in ("lambda", "beta1", "xn", "h")]
    ['λ', 'β1', 'xn', 'h']
    """
    stem = word.rstrip("0123456789")
    return GREEK.get(stem, stem) + word[len(stem) :]


def latex_letter(word: str) -> str:
    r"""The letter in LaTeX.

    >>> print(*map(latex_letter, ("lambda", "beta1", "xn", "h")))
    \lambda \mathit{\beta1} \mathit{xn} h
    """
    stem = word.rstrip("0123456789")
    if word in GREEK:
        return rf"\{word}"
    text = (rf"\{stem}" if stem in GREEK else stem.replace("_", r"\_")) + word[len(stem) :]
    return rf"\mathit{{{text}}}" if len(word) > 1 and re.fullmatch(r"\w+", word) else text
