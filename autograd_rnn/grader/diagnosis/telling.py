"""Mistakes that were found, as sentences and formulas: one made in every gate is said once, and arrays have the course's names."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.grader.computing import Computation
from autograd_rnn.grader.diagnosis.diagnosed import Diagnosis, Net
from autograd_rnn.grader.diagnosis.fitting import Finding
from autograd_rnn.grader.diagnosis.recursion import HANDED, Recursion, places

SUBJECT = "\0"  # what a mistake is made in, in a sentence that is the same for several


def told(found: list[list[list[Finding]]], outputs: tuple[str, ...], computation: Computation, recursion: Recursion) -> Diagnosis | None:
    """Explanations, likeliest first, as a diagnosis."""
    teller = Teller(computation, recursion)
    merged = sorted((teller.merged(findings) for findings in found if findings), key=lambda one: (len(one), sum(g[0].rank for g in one)))
    if not merged:
        return None
    best = merged[0]
    sentences = list(dict.fromkeys(teller.sentences(best) + [x for other in merged[1:4] for x in teller.sentences(other)[:2]]))
    equations = list(dict.fromkeys(finding.equation for group in best for finding in group[:1]))
    steps = [group[0].first_wrong for group in best if group[0].first_wrong is not None]
    first = max(steps, default=None) if computation.what == "sequence" else None
    behind = 0 if first is None else computation.sizes["T"] - first
    at = "" if first is None else f", first wrong at t = T{f'-{behind}' * (behind > 0)}"
    where = ", ".join(dict.fromkeys(x for group in best for x in teller.places(group)))
    return Diagnosis(
        sentences[0], tuple(sentences[1:4]), f"in {where}{at}", first, outputs,
        "\n".join(show(q, "text") for q in equations), "\n".join(show(q, "latex") for q in equations),
        equations[0].left, Net(computation.kind, tuple(computation.options.items())),
    )  # fmt: skip


class Teller:
    """Says findings on one assignment's function."""

    def __init__(self, computation: Computation, recursion: Recursion):
        self.computation, self.recursion = computation, recursion
        self.families = recursion.families
        self.handed = {HANDED[computation.meaning(name)]: f"d{name}" for name in computation.states}
        self.letters = {gate.name: recursion.letter(gate.name) for gate in recursion.gates}

    def merged(self, findings: list[list[Finding]]) -> list[list[Finding]]:
        """Findings with those drawn together that are one mistake made in several gates: each a list of its wordings, the best first.
        A finding's ``symbols`` are all that it is seen in."""
        plain = {id(x): self.plain(x) for wordings in findings for x in wordings}
        words = Counter(kind for wordings in findings for kind in {plain[id(x)] for x in wordings})
        groups: dict[Any, list[list[Finding]]] = {}
        for wordings in findings:
            ranked = sorted(wordings, key=lambda x: -words[plain[id(x)]])
            family = next((k for k, family in enumerate(self.families) if wordings[0].equation.left in family), None)
            groups.setdefault((family, plain[id(ranked[0])]) if family is not None else len(groups) + 1000, []).append(ranked)
        drawn = []
        for same in groups.values():
            symbols = tuple(s for wordings in same for s in wordings[0].symbols or (wordings[0].equation.left,))
            arrays = tuple(dict.fromkeys(array for w in same for array in w[0].arrays))
            steps = [w[0].first_wrong for w in same if w[0].first_wrong is not None]
            kinds = [{plain[id(x)] for x in w} for w in same]
            kept = [x for x in same[0] if all(plain[id(x)] in kind for kind in kinds)]
            drawn.append([x._replace(symbols=symbols, first_wrong=max(steps, default=None), arrays=arrays) for x in kept])
        return drawn

    def plain(self, finding: Finding) -> str:
        """A sentence without the names of the gate that it is about."""
        left = finding.equation.left
        family = next((f for f in self.families if left in f), [])
        if left not in family:
            return finding.sentence
        k = family.index(left)
        names = {str(f[k].name) for f in self.families if len(f) == len(family)} | {self.letters[self.recursion.gates[k].name]}
        names |= {f"d{name}" for name in names}
        return re.sub(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b", "the gate", finding.sentence)

    def sentences(self, groups: list[list[Finding]]) -> list[str]:
        """The first sentence, then those with another wording of one of its mistakes."""
        said = []
        for k in range(max(map(len, groups))):
            by_words: dict[str, list[str]] = {}  # one mistake that is made in several arrays is said once
            for group in groups:
                finding = group[min(k, len(group) - 1)]
                name, sentence = self.subject(finding), self.said(finding)
                by_words.setdefault(sentence.replace(name, SUBJECT, 1), []).append(name)
            each = {words: "each of " * (len(x) > 1 and SUBJECT in words) + ", ".join(dict.fromkeys(x)) for words, x in by_words.items()}
            text = "; and ".join(words.replace(SUBJECT, names, 1) for words, names in each.items())
            said.append(text + self.explained(text))
        return said[:4]

    def explained(self, text: str) -> str:
        """What G is, where it is spoken of."""
        named = [f"{symbol} is {name}" for symbol, name in self.handed.items() if f"`{symbol}[" in text or f" {symbol}[" in text]
        return f" ({', '.join(named)}, the gradient that is handed in)" if named else ""

    def subject(self, finding: Finding) -> str:
        """What a mistake is made in, as the course calls it."""
        left = finding.equation.left
        if left.time is None and left.adjoint:
            return self.called(finding.symbols or (left,), finding.arrays)
        return f"`{self.ours()[left]}`" if left in self.ours() else ascii(left)

    def said(self, finding: Finding) -> str:
        """One mistake's sentence, in the course's words."""
        sentence, left = finding.sentence, finding.equation.left
        sentence = sentence.replace(ascii(left), self.subject(finding))
        family = next((f for f in self.families if left in f), None)
        if family is None or len(finding.symbols) < 2 or "gates" in sentence:
            return sentence
        if left.time is None and (set(finding.symbols) == set(family) or self.subject(finding) in sentence):
            return sentence  # the subject says it
        if set(finding.symbols) == set(family):
            return f"{sentence}, and likewise in every gate"
        others = [self.gate(s) for s in finding.symbols if s != left]
        return f"{sentence}, and likewise for {' and '.join(others)}"

    def gate(self, symbol: e.Sym) -> str:
        """The letter of the gate that a quantity belongs to."""
        family = next(f for f in self.families if symbol in f)
        return self.letters[self.recursion.gates[family.index(symbol)].name]

    def called(self, symbols: tuple[e.Sym, ...], arrays: tuple[str, ...] = ()) -> str:
        """What a course calls the gradients of weights: an array (of some, where it was seen in these), or some of its rows or columns."""
        for array, blocks in places(self.computation).items():
            mine = [s for s in symbols if s.name in blocks]
            if not mine or any(arrays) and array not in arrays:
                continue
            if len(mine) == len(blocks) or len(blocks) == 1:
                return f"`d{array}`"
            block, shape = blocks[mine[0].name], self.computation.weights[array]
            order = sorted(blocks, key=lambda name: blocks[name].min())
            part = "part" if len(shape) == 1 else "columns" if self.stands(array, block) else "rows"
            if not self.computation.gates:  # one gate's weights, of its state and its input side by side
                inputs = next(name for name in self.computation.leaves if self.computation.meaning(name) == "x")
                state = next(name for name in self.computation.leaves if self.computation.meaning(name) == "h_0")
                through = {gate.weight for gate in self.recursion.gates}
                return f"`d{array}` (its {part} of {', '.join(inputs if s.name in through else state for s in mine)})"
            letters = [self.computation.gates[order.index(s.name)] for s in mine]
            return f"`d{array}` (its {', '.join(letters)} {part})"
        return ascii(symbols[0])

    def stands(self, array: str, block: Any) -> bool:
        """Whether a block has all rows of an array, and so some of its columns."""
        rows, columns = self.computation.weights[array]
        return len({int(place) // columns for place in block.ravel()}) == rows

    def ours(self) -> dict[e.Sym, str]:
        """The course's names of gradients that are no weights'."""
        c, found = self.computation, {}
        for name in c.leaves:
            meaning = c.meaning(name)
            time = e.Time("t", 0) if meaning == "x" else e.Time("", 0)
            found[e.Sym(meaning.removesuffix("_0"), time, True)] = f"d{name}"
        return found

    def places(self, group: list[Finding]) -> list[str]:
        """Where a mistake is."""
        finding = group[0]
        names = finding.symbols or (finding.equation.left,)
        if names[0].time is None:
            return [self.called(names, finding.arrays).replace("`", "")]
        return [self.ours().get(s) or show(s, "text") for s in names]
