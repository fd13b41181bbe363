"""What a text says the loss is, ``L_t = -log p_t[y_t]`` or ``L = Σ_t L_t``, held against the readout's own: the same at every random
point, or told apart."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.checking.collected import ADDED, BEGUN, FROM_1, IDLE, KEPT, MADE, SCALED, collected
from autograd_rnn.formulas.checking.collected import NAME as LOSS_NAME
from autograd_rnn.formulas.checking.trials import LOOPS
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.evidence.enclosed import Undecided, apart, digits
from autograd_rnn.formulas.evidence.wide import Undefined
from autograd_rnn.formulas.mistakes.mutate import same
from autograd_rnn.formulas.programs.program import ZERO
from autograd_rnn.formulas.proving.exact import P
from autograd_rnn.formulas.reading.names import Names
from autograd_rnn.formulas.sentences.prose import parted, several
from autograd_rnn.formulas.system import LOSS, SCORE, TARGET, System
from autograd_rnn.formulas.writing.lines import MOST, IllTyped, Unreadable
from autograd_rnn.formulas.writing.signs import plain
from autograd_rnn.nets.readout import Readout

STEP = r"(?:_\s*\{?\s*[tTS]\s*\}?|\[[tTS]\]|\([tTS]\)|\^\s*\{?\s*\(\s*[tTS]\s*\)\s*\}?|\^\s*\{?\s*t\s*\}?(?!\w))"
MOVED = STEP.replace("[tTS]", r"[tTS](?:\s*[+-]\s*\d)?")
NAME = r"(?:L|E|J|loss|Loss|cost)"
ONE = re.compile(rf"(?<![A-Za-z\\_]){NAME}\s*({STEP})")  # the loss of one step
DERIVED = rf"[d∂]\s*{NAME}\s*/\s*[d∂]\s*{NAME}\s*{STEP}|⁄\{{\s*[d∂]\s*{NAME}\s*\}}\s*\{{\s*[d∂]\s*{NAME}\s*{STEP}\s*\}}"
MAYBE = re.compile(r"[^=]*(?:[LEJℒℓ]|[Ll]oss|cost)[^=]*=")
LINE = re.compile(rf"\s*(?:{NAME}\s*(?P<at>{STEP})?|(?P<share>{DERIVED}))\s*:?=(?P<right>(?:[^=]|(?<=[{{(]\w)=|(?<=[{{(]\w )=)+)$")
GIVEN = re.compile(  # E_t(y_t, ŷ_t), J(θ): a loss is no function here
    rf"(?<![A-Za-z_])({NAME})\s*({STEP})?\s*\(\s*((?:theta|θ|(?:y_hat|[ŷypo]\u0302?)\s*(?:{STEP})?[\s,;]*)+)\)(?=\s*(?:[=.,]|:=|$))"
)
LEFT = re.compile(rf"\s*(?:\\mathcal\s*\{{?\s*)?(?:{NAME}|[ℒℓ])(?![A-Za-z])")
FACTOR = r"(?:(?<![\w∂∇\\}}{{])(?<![∂d∇}}] )(?<!partial )|(?:∏|\\prod)[^∂d]*?[\s}}]){}\s*(?:_|\[|\(|\^|$)"
NUMBER = re.compile(r"[\d\s./()TS⁄{}*·-]+")
OF = rf"(?P<of>softmax\s*\([^()]*\)|[A-Za-z]\w*?\s*{STEP}|[a-z](?=\s*\[\s*y\s*\])|[A-Za-z]\w*?(?=\s*_\s*\{{\s*(?P<inner>[tTS])\s*,))"
PICKED = re.compile(  # log p_t[y_t], s_t[y_t], log p_{t,y_t}
    rf"(?P<log>(?:np\.)?(?:log|ln)\s*\(?\s*)?{OF}\s*(?:\[|_\s*\{{\s*(?:[tTS]\s*,)?)\s*y\s*(?P<at>{MOVED})?\s*[\]}}]"
)
NORM = re.compile(r"(?:‖|\|\||\\Vert|\\lVert)(?P<of>[^‖|]+)(?:‖|\|\||\\rVert)\s*(?:_\s*2|_\{2\})?\s*(?:\*\*\s*2|\^\s*\{?\s*2\s*\}?)")
OVER = re.compile(r"Σ\s*\[(.*)\]$")  # with no index: over the classes
MINE, TRUE = "own_loss", "own_truth"
LOSSES = {  # at a step, numbers without a unit: -log p[y]; ½‖s - y‖²; -Σ y log p + (1 - y) log(1 - p)
    "cross_entropy": "(-onehot(y_{0})^T log(p_{0}))",
    "squared_error": "(sum((s_{0} - y_{0})**2) / 2)",
    "binary_cross_entropy": "(-sum(y_{0} * log(p_{0}) + (1 - y_{0}) * log(1 - p_{0})))",
}

SAID = r"(?:loss|cost|objective|verlust|perte|coût)(?:\W+function)?\W+"
IS = SAID + r"(?:is|are|being|ist|est)\W+(?:\w+\W+){0,3}?"
WITH = r"\b(?:with|us(?:e|es|ing)|for|assum\w+|mit|avec)\W+(?:\w+\W+){0,2}?"
WORDED: dict[str, Callable[[Readout, bool], bool]] = {  # what a loss is said to be, and whether it is not: of a readout, at every step
    rf"{IS}(?:mean|averaged?|mittel\w*|moyenne)(?!\W*square)": lambda readout, running: running and readout.reduction != "mean",
    rf"(?:{IS}|{WITH})(?:squared|quadratic|mse|mean\W+square\w*|quadratisch\w*|quadratique)(?!\w)": lambda readout, _: (
        readout.loss != "squared_error"
    ),
    rf"(?:{IS}|{WITH})(?:cross-?\s?entropy|kreuzentropie|entropie\W+croisée)": lambda readout, _: readout.loss == "squared_error",
    rf"{SAID}(?:\w+\W+)?(?:only|nur)\W+(?:\w+\W+){{0,3}}?(?:last|final|letzte\w*)|"
    r"only\W+(?:the\W+)?(?:last|final)\W+(?:time\W*)?(?:step|output)\W+(?:\w+\W+){0,2}?(?:loss|target|label)": lambda _, running: running,
}


def runs(system: System) -> bool:
    """Whether there is a loss of every step."""
    return any(q.left.name == SCORE and q.left.time is not None and q.left.time.base == "t" for q in system.forward)


def otherwise(system: System, text: str) -> str:
    """What a text says in words of a loss that is another than the readout's; empty where there is no such sentence."""
    found = (
        said[0] for words, other in WORDED.items() if other(system.model.readout, runs(system)) and (said := re.search(words, text, re.I))
    )
    return next(found, "")


def stated(system: System, text: str) -> tuple[str, list[str], str, int]:
    """A text without its lines on what the loss is; the sentences that say they are right, and the one on the first that is wrong with its
    number.

    >>> stated(derive(Model(RNN(2, 3), output_size=4)), "L_t = log p_t[y_t]")[2:]
    ('`L_t = log p_t[y_t]` is not the loss of this model, `-log p_t[y_t]`', 1)
    >>> stated(derive(Model(RNN(2, 3), output_size=4)), "L = Σ_t L_t\\ndh_t = V^T ds_t")[:2]
    ('\\ndh_t = V^T ds_t', ['`L = Σ_t L_t` is so: the loss is the sum of those of all steps'])
    """
    lines, right, wrong, number = text.split("\n"), [], "", 0  # type: list[str], list[str], str, int
    if len(lines) > MOST or system.weighed or system.roles.get(LOSS) != "loss":
        return text, right, wrong, number
    looped = LOOPS.search(text) or "np." in text or any(map(ADDED.match, lines))  # a program, in which a loss may begin as 0
    parts = [(k, part) for k, line in enumerate(lines) if len(line) <= 200 and MAYBE.match(line) for part in several(line)]
    reckoned = [row for row in lines if not LEFT.match(row) and "∇" not in row and "nabla" not in row]
    for k, line in parts:
        if (own := re.match(r"\s*([EJ])(?![A-Za-z])", line)) and any(re.search(FACTOR.format(own[1]), row) for row in reckoned):
            continue  # a name of one's own, which other lines need
        if looped and (ZERO.match(line) or NUMBER.fullmatch(line.partition("=")[2])):  # it begins to collect it, or counts layers
            continue
        so, said = of_each(system, line)
        if so is None and (MADE.match(line) or ADDED.match(line) and runs(system)):
            formula, less = collected(line, text, Names(system).vocabulary(text))
            so = judged(system, formula)[0] if formula and not SCALED.search(text) else None
            elsewhere = "[t - 1]" in formula or "[t + 1]" in formula  # where arrays begin elsewhere, two steps may be one
            unsure = sum(ADDED.match(row) is not None for row in lines) > 1 or elsewhere and FROM_1.search(text)
            so = None if not so and unsure else so
            alone = "the loss of one step, which no line adds over them" * formula.startswith("L_t")
            said = ", ".join(filter(None, [alone, less])) if so else ""
        if so is None:
            continue
        if so:
            right.append(f"`{line.strip()}` is so{': ' * bool(said)}{said}")
        elif not wrong:
            shown = next(part for part in system.model.equations().splitlines() if part.startswith("L_")).partition(" = ")[2]
            wrong, number = said or f"`{line.strip()}` is not the loss of this model, `{shown}`", k + 1
        above = next((row for row in reversed(lines[:k]) if row.strip()), "")
        idle = lines[k].partition(line.lstrip())[0] + "pass" if above.rstrip().endswith(":") else ""  # of a body with nothing else
        lines[k] = lines[k].replace(line, "").strip(" ,") or idle
    if looped and right and not any(re.search(rf"(?<!\w){LOSS_NAME}(?!\w)", row) for row in lines if not KEPT.match(row)):
        lines = ["" if BEGUN.match(row) else row for row in lines]
    return ("" if right and all(map(IDLE.match, lines)) else "\n".join(lines)), right, wrong, number


def with_loss(system: System, text: str, verdict: Verdict) -> Verdict:
    """The verdict on a program with what it says of the loss, which its gradients do not have."""
    if verdict.kind not in ("equal", "equal if", "not decided") or not LOOPS.search(text) or not re.search(LOSS_NAME, text):
        return verdict
    rest, right, wrong, number = stated(system, text)
    if wrong:
        return Verdict("not equal", [wrong, *verdict.sentences * (verdict.kind != "not decided")], number)
    left = dict.fromkeys(row.strip() for row in rest.split("\n") if ADDED.match(row))
    verdict.sentences += [said for said in right if said not in verdict.sentences]
    verdict.sentences += [f"`{line}` was not checked" for line in left if verdict.kind != "not decided"]
    return verdict


def of_each(system: System, line: str) -> tuple[bool | None, str]:
    """What `judged` says of a line that may have several sides, ``L = Σ_t L_t = -Σ_t log p_t[y_t]``, of which each is the loss."""
    left, *sides = parted(line, "=")
    found = [judged(system, f"{left}={side}") for side in sides] if len(sides) > 1 else [judged(system, line)]
    kinds = {so for so, _ in found}
    return (None if None in kinds else all(kinds)), next((said for so, said in found if so is False), found[0][1])


def judged(system: System, line: str) -> tuple[bool | None, str]:
    """Whether a line on the loss is right, None of any other line or where neither is certain; and where it is one on how the loss is made
    of those of the steps, how it is."""
    named = re.match(r"\s*([^\W_]+)", line)
    if named and named[1] != LOSS and named[1] in system.letters:  # a quantity that a net calls ℓ
        return None, ""
    try:
        spelled = str(plain(line.split("#")[0])).strip(" .,")
        spelled = GIVEN.sub(lambda m: f"{m[1]}{m[2] or '_t' * bool(re.search(STEP, m[3]))}", spelled)
        spelled = re.sub(STEP, lambda m: m[0].replace("t", "T"), spelled) if system.last == {"T": 1} else spelled  # the only step
    except Unreadable:
        return None, ""
    found = LINE.match(spelled)
    if not found or found["share"] and not NUMBER.fullmatch(found["right"]) or found["at"] and ONE.search(found["right"]):
        return None, ""
    end, loss = system.letters[SCORE], LOSSES[system.model.readout.loss]
    running = runs(system)
    mean = system.model.readout.reduction == "mean" and running
    right = f"Σ_t ({found['right']}) L_t" if found["share"] else found["right"]
    said = ""
    if ONE.search(right):
        said = "the loss is the sum of those of all steps" + f" over {end}" * mean
        said = said if running else "the loss is that of the last step alone"
        if not running and not re.fullmatch(rf"\s*{ONE.pattern}\s*", right):
            return False, f"{said}, L = L_{end}"
        right = ONE.sub(lambda one: loss.format(*re.findall("[tTS]", one[1])), right)
    right = PICKED.sub(_element, NORM.sub(r"sum((\g<of>)**2)", right))
    right = OVER.sub(r"sum(\1)", right) if found["at"] else right
    whole = not found["at"] and running
    moves = running and not whole
    truth = loss.format("t" if running else end)
    truth = f"{f'1/{end} ' * mean}Σ_{{t=1}}^{{{end}}} {truth}" if whole else truth
    try:
        checker = Checker(system, "\n".join(f"{name}{'_t' * moves} = {side}" for name, side in ((MINE, right), (TRUE, truth))))
    except (Unreadable, IllTyped, RecursionError):
        return None, ""
    if (MINE in checker.own.axes) != moves:  # one number, said of every step, or the other way round
        return None, ""
    mine, true = (e.Sym(name, e.Time("t", 0) if moves else None) for name in (MINE, TRUE))

    def steps(last: int) -> range:
        return range(1, last + 1) if moves else range(1, 2)

    try:
        points = [checker.point(setting) for setting in checker.settings]
        if all(same(_number(p.evaluate(mine, t)) % P, p.evaluate(true, t)) for p in points for t in steps(p.last[end])):
            known = (s.time.offset for s in points[0].known if s.name == TARGET and s.time)
            defined = not any(checker.unproven(s) for s in checker.statements)  # wherever the loss is
            return (True, said) if defined and all(1 <= step <= points[0].last[end] for step in known) else (None, "")
    except (Undefined, Undecided):
        pass
    with digits():
        for net, t in ((at, t) for at in checker.nets(checker.settings[0]) for t in steps(at.last[end])):
            try:
                if apart(net.evaluate(true, t), _number(net.evaluate(mine, t))) is not None:
                    return False, said
            except (Undefined, Undecided):
                continue  # of a step that there is not, and others may tell
    return None, ""


def _element(found: re.Match[str]) -> str:
    """The element of the right class, of a logarithm that of it."""
    of = found["of"] + (f"_{found['inner']}" if found["inner"] else "")
    step = found["at"] and [found["at"]] or re.search(STEP, of)
    picked = f"(onehot(y{step[0] if step else ''})^T {'log' if found['log'] else ''}({of})"
    return picked + ")" * (1 - (found["log"] or "").count("("))


def _number(value: Value) -> Value:
    """A number, as books mean ``y_t log ŷ_t``: summed over the classes."""
    return np.sum(value) if np.ndim(value) else value
