"""A line on any layer as one for each: ``h_t^{(l)} = tanh(W^{(l)} h_t^{(l-1)} + ...)``, ``l < L``."""

from __future__ import annotations

import re

from autograd_rnn.formulas.writing.lines import Unreadable, marked
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

ELL, LESS = r"(?:l|ℓ|\\ell(?![a-z]))", r"<=|<|≤|\\leq?q?(?![a-z])"
NUMBER, DOTS = r"(?:\d|L(?:\s*-\s*1)?)", r"(?:\.{2,}|…|⋯|\\[lc]?dots|to|,|\s)+"
ABOVE = re.compile(rf"(\^\s*(?:\{{\s*[(\[]?|[(\[])\s*)({ELL}|L)(?:\s*([-+])\s*(1))?(?=\s*[,)\]}}])|(\^\s*)({ELL})(?!\w)")
BELOW = re.compile(r"h(\s*_\s*(?:\{[^{}]*\}|\w))?\s*\^\s*(?:\{\s*[(\[]?\s*0\s*[)\]]?\s*\}|[(\[]\s*0\s*[)\]])")
INPUT = re.compile(  # h_t^{(0)} = x_t, with its steps
    r"[ \t,;]{0,9}(?:(?:where|with|and)\s+)?" + BELOW.pattern + r"(\s*_\s*(?:\{[^{}]*\}|\w))?\s*&?:?=(?!=)"
    r"(?:\s*(x)(\s*_\s*(?:\{[^{}]*\}|\w))?(?![\w^'])(?!\s*(?:[-+*/⊙∘·=]|\\(?:odot|cdot|circ|times)(?![a-z]))))?"
)
LAYERS = re.compile(  # l < L, 1 ≤ l < L, l = 1, ..., L-1, l > 1, for all l
    rf"(?<!\^)[\s,;(]{{1,9}}(?:(?:for|if|where|with|and)\s+)?(?:(?:all|any|each|every)\s+)?(?:layers?\s+)?(?:({NUMBER})\s*({LESS})\s*)?{ELL}\s*"
    rf"(?:({LESS}|>=|>|≥|\\geq?q?(?![a-z])|=|∈|\\in(?![a-z]))\s*\\?\{{?\s*({NUMBER})(?:{DOTS}({NUMBER}))?\s*\\?\}}?)?\s*[).]*\s*$"
)


def layered(text: str, vocabulary: Vocabulary, notes: dict[int, str]) -> str:
    """A text with a line for each layer that a line on any is of, in the same row, behind zeros; what says so joins the notes of the rows.
    One with no condition is of those layers that have the others in it, as ``l + 1``."""
    count = sum(tag.isdigit() for tag in vocabulary.layers)
    if not count or vocabulary.letter("l") or "^" not in text:
        return text
    rows = INPUT.sub(given, text).split("\n")
    for k, row in enumerate(rows):
        found = [*ABOVE.finditer(row)]
        said, steps = LAYERS.search(row), {step(m) for m in found if m[2] != "L"}
        if not steps:
            rows[k] = one(row, 0, count)
            continue
        if said:
            meant, row = [n for n in range(1, count + 1) if within(n, said, count)], row[: said.start()]
        else:
            least = 0 if BELOW.search(ABOVE.sub("^{0}", row)) else 1
            meant = [n for n in range(1, count + 1) if all(least <= n + up <= count for up in steps)]
        if meant:
            letter = next(m[2] or m[6] for m in found if m[2] != "L")
            spread = " to ".join(map(str, dict.fromkeys((meant[0], meant[-1]))))
            notes[k + 1] = "; ".join(filter(None, [notes.get(k + 1), f"`{letter}` is read as {spread}"]))
            rows[k] = "\0".join(one(row, n, count) for n in meant)
    return "\n".join(rows)


def given(found: re.Match[str]) -> str:
    """Nothing for a line that says that the state below the first layer is the input; of any other it is known that it is wrong."""
    below, behind, x, step = (re.sub(r"[\s_{}]", "", part or "") for part in found.groups())
    if not x or (below or behind or "t") != (step or "t"):
        start = found.start() + len(found[0]) - len(found[0].lstrip(" \t,;"))
        raise Unreadable(marked("what stands below the first layer is the input here: `h_t^{(0)} = x_t`", found.string, start))
    return ""


def step(found: re.Match[str]) -> int:
    """How many layers above the one at hand a letter is: l + 1."""
    return int(f"{found[3] or '+'}{found[4] or 0}")


def one(row: str, layer: int, count: int) -> str:
    """A line on any layer of so many as it is of one, and the state below the first as the input that it is."""
    row = ABOVE.sub(lambda m: f"{m[1] or m[5]}{(count if m[2] == 'L' else layer) + step(m)}", row)
    return BELOW.sub(r"x\1", re.sub(r"\^\s*\((\d)\)", r"^{(\1)}", row))  # (2) behind a line would be its number


def within(layer: int, said: re.Match[str], count: int) -> bool:
    """Whether what is said behind a line holds for a layer."""
    least, less, sign, first, last = said.groups()
    low, one, two = (None if x is None else count - ("1" in x) if x[0] == "L" else int(x) for x in (least, first, last))
    if low is not None and (layer < low or less == "<" and layer == low):
        return False
    if one is None:
        return True
    if sign[-1:] in "=∈n" and sign not in ("<=", ">="):
        return min(one, two or one) <= layer <= max(one, two or one)
    return layer < one or layer == one and sign != "<" if re.fullmatch(LESS, sign) else layer > one or layer == one and sign != ">"
