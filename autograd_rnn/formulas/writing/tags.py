"""Layers, directions and the two nets of a translator above, below or over a name: ``h_t^{(2)}``, ``h_{2,t}``, ``W_{h^1h^2}``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_rnn.formulas.writing.elements import LETTERS
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

WAY, TAG, STEP = "forward|backward|fwd|bwd|fw|bw", r"\w+?(?:\s*,\s*[a-z]+)?", r"[tTS](?:\s*[-+]\s*\d+)?|\d+"
NAMED = re.compile(  # a name, an arrow over it, what is below, the tag above with a step or a T, and what is below behind that
    rf"(?<![^\W\d_])([^\W\d_][^\W_]*)(?:_({WAY})(?![^\W_]))?(\s*_(?:\{{[^{{}}]*\}}|[^\W_]+))?(?:_({WAY})(?![^\W_]))?"
    rf"(?:\s*(?:\^|\*\*)\s*(?:\{{\s*([(\[]?)\s*({TAG})\s*[)\]]?(?:\s*,\s*({STEP})|\(\s*({STEP})\s*\))?\s*\^?\s*(T?|\{{\s*T\s*\}})\s*\}}"
    r"|[(\[](\w+)[)\]]|([^\WT])(?![^\W_]|\.)))?(\s*_(?:\{[^{}]*\}|[^\W_]+))?"
)
UNITS = re.compile(r"(?<![^\W\d_])d?[A-Zb]\s*_\{((?:\s*[a-z](?:_(?:for|back)ward_?|\s*\^\s*(?:\w|\{\s*\(?\w+\)?\s*\}))?)+)\s*\}")
UNIT = re.compile(r"\s*([a-z])(?:_(forward|backward)_?|\s*\^\s*\{?\s*\(?(\w+?)\)?\s*\}?(?=\s*(?:[a-z]|$)))?")  # W_{h^1h^2}


def tagged(text: str, vocabulary: Vocabulary) -> Iterator[tuple[int, int, str]]:
    """The names of a text that have a tag, each from here to there as the model has it, ``h2_{t}``; and where there is one tag alone,
    those that the model has with it alone."""
    known, layers, bare, seen = vocabulary.bases, vocabulary.layers, [], set()
    for m in NAMED.finditer(text):
        base, early, below, late, bracket, above, *steps, turned, beside, single, behind = m.groups()
        way, over, end = early or late or "", re.sub(r"[\s,]", "", above or beside or single or ""), m.end()
        if way and over + way not in layers:  # what stands above is a power or a transpose
            over, turned, behind, end = "", "", "", max(m.end(k) for k in (2, 3, 4))
        written, step = over + way, next(filter(None, steps), "")
        parts = re.split(r"\s*,\s*", below.strip(" _{}")) if below and not written else []
        if side := len(parts) > 1:  # h_{t,2}, δ_{2,t}, W_{hh,2}, a_{f,t,2}
            written, *parts = parts if parts[0] in layers and re.fullmatch(STEP, parts[-1]) else [parts[-1], *parts[:-1]]
            below = f"_{{{','.join(parts)}}}"
        tag = layers.get(written, "" if side else written)
        sub, new, own = re.sub(r"[\s{}]", "", below or ""), base not in known, base in vocabulary.own
        if not tag:
            bare += [m] * (new and not above and not own and not vocabulary.called(base + sub))
            continue
        sole = not own and (new or vocabulary.timed.get(base + tag + sub) is False and not vocabulary.called(base + sub))  # and so no power
        sure = bracket or beside or way or step or behind or not written.isdigit() or sole
        if base == "delta":  # δ^o is not δ
            tag = f"_{tag}" if f"delta_{tag}" in vocabulary.other else tag
            fits = sure and written in layers or tag[0] == "_" or behind and not bracket and not {*tag} & {*LETTERS, *"tTSτ"}
        else:  # or of a name that is misspelled, whose power would be no one's
            fits = sure if base + tag in known else written in layers and new and not own and (behind or step)
        if fits and (sole or not side):
            seen.add(tag)
            yield m.start(), end, f"{base}{tag}{below or ''}{behind or ''}{f'_{{{step}}}' * bool(step)}{'^T' * bool(turned)}"
    vocabulary.untold = {m[1]: m[1] + tag for m in bare for tag in seen if m[1] + tag in known and len(seen) == 1}
    yield from ((m.end(1), m.end(1), vocabulary.untold[m[1]].removeprefix(m[1])) for m in bare if m[1] in vocabulary.untold)
