"""A text that is wrong of this net and right of the same net as other books have it: with z that keeps the old state or takes the new
one, with r before or after the matrix product."""

from __future__ import annotations

import functools

from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.checking.judging import judged
from autograd_rnn.formulas.derive import recursion, unrolling
from autograd_rnn.formulas.reading.dialects import looped
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import IllTyped, Unreadable
from autograd_rnn.nets.specimen import specimen
from autograd_rnn.nets.variants import variants


@functools.lru_cache(maxsize=8)
def twins(derivation: System) -> list[tuple[str, System]]:
    """The systems of a net's variants; none of a run with weights or with operations replaced."""
    found = variants(derivation.model) if not derivation.weighed and not derivation.replaced else []
    return [(said, recursion(specimen(model, *unrolling(model)))) for said, model in found]


def elsewhere(derivation: System, text: str) -> list[str]:
    """What is said of a text that is equal in another convention.

    >>> d = derive(Model(GRU(2, 3), output_size=4))
    >>> print(elsewhere(d, "dn_t = dh_t ⊙ (1 - z_t)")[0])
    It is right of GRU(..., update='keep'), where `h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1}`
    """
    for said, twin in twins(derivation):
        try:
            checker = Checker(twin, looped(text))
            if not any(checker.wrong(s) for s in checker.statements if not s.own) and judged(checker).equal:
                apart = [show(equation) for equation in twin.forward if equation not in derivation.forward]
                return [f"It is right of {said}{f', where `{apart[0]}`' * (len(apart) == 1)}"]
        except (IllTyped, Unreadable):
            continue
    return []
