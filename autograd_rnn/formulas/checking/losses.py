"""What a text says the loss is, ``L_t = -log p_t[y_t]``, held against the readout's own: the same at every random point, or told apart."""

from __future__ import annotations

import re

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.evidence.enclosed import Undecided, apart, digits
from autograd_rnn.formulas.evidence.wide import Undefined
from autograd_rnn.formulas.mistakes.mutate import same
from autograd_rnn.formulas.proving.exact import P
from autograd_rnn.formulas.reading.asides import BEGINS, MAYBE
from autograd_rnn.formulas.sentences.prose import several
from autograd_rnn.formulas.system import LOSS, PROBABILITY, SCORE, TARGET, System
from autograd_rnn.formulas.writing.lines import MOST, IllTyped, Unreadable
from autograd_rnn.formulas.writing.signs import plain

STEP = r"(?:_\s*\{?\s*[tTS]\s*\}?|\[[tTS]\]|\^\s*\{?\s*\(\s*[tTS]\s*\)\s*\}?)"
LEFT = re.compile(rf"\s*[A-Za-z]+\s*(?P<at>{STEP})?\s*:?=(?P<right>[^=]+)$")
OF = rf"(?P<of>softmax\s*\([^()]*\)|[A-Za-z]\w*?\s*{STEP}|[a-z](?=\s*\[\s*y\s*\])|[A-Za-z]\w*?(?=\s*_\s*\{{\s*(?P<inner>[tTS])\s*,))"
PICKED = re.compile(  # log p_t[y_t], s_t[y_t], log p_{t,y_t}
    rf"(?P<log>(?:log|ln)\s*\(?\s*)?{OF}\s*(?:\[\s*y\s*{STEP}?\s*\]|_\s*\{{\s*y\s*{STEP}?\s*\}}|_\s*\{{\s*[tTS]\s*,\s*y\s*{STEP}?\s*\}})"
)
NORM = re.compile(r"(?:‖|\|\||\\Vert|\\lVert)(?P<of>[^‖|]+)(?:‖|\|\||\\rVert)\s*(?:_\s*2|_\{2\})?\s*(?:\*\*\s*2|\^\s*\{?\s*2\s*\}?)")
OVER = re.compile(r"Σ\s*\[(.*)\]$")  # with no index: over the classes
MINE = "own_loss"


def _error(s: e.Expr, p: e.Expr, y: e.Expr) -> e.Expr:
    return e.mul(e.Num(0.5), e.Fn("sum", e.mul(*[e.add(s, e.negative(y))] * 2)))


def _entropy(s: e.Expr, p: e.Expr, y: e.Expr) -> e.Expr:
    return e.negative(e.Fn("sum", e.mul(e.Fn("onehot", y), e.Fn("log", p))))


def _entropies(s: e.Expr, p: e.Expr, y: e.Expr) -> e.Expr:
    p_, y_ = (e.add(e.ONE, e.negative(x)) for x in (p, y))
    return e.negative(e.Fn("sum", e.add(e.mul(y, e.Fn("log", p)), e.mul(y_, e.Fn("log", p_)))))


LOSSES = {"cross_entropy": _entropy, "squared_error": _error, "binary_cross_entropy": _entropies}  # of scores, probabilities and target


def stated(system: System, text: str) -> tuple[str, list[str], str, int]:
    """A text without its lines on what the loss is; the sentences that say they are right, and the one on the first that is wrong with its
    number.

    >>> stated(derive(Model(RNN(2, 3), output_size=4)), "L_t = log p_t[y_t]")[2:]
    ('`L_t = log p_t[y_t]` is not the loss of this model, `-log p_t[y_t]`', 1)
    """
    lines, right, wrong, number = text.split("\n"), [], "", 0  # type: list[str], list[str], str, int
    if len(lines) > MOST or system.weighed or system.roles.get(LOSS) != "loss":
        return text, right, wrong, number
    parts = [(k, part) for k, line in enumerate(lines) if len(line) <= 200 and MAYBE.match(line) for part in several(line)]
    for k, line in parts:
        so = judged(system, line)
        if so is None:
            continue
        said = next(part for part in system.model.equations().splitlines() if part.startswith("L_")).partition(" = ")[2]
        if so:
            right.append(f"`{line.strip()}` is so")
        else:
            wrong, number = wrong or f"`{line.strip()}` is not the loss of this model, `{said}`", number or k + 1
        lines[k] = lines[k].replace(line, "").strip(" ,")
    return "\n".join(lines), right, wrong, number


def judged(system: System, line: str) -> bool | None:
    """Whether a line on the loss is right; None of any other line, or where neither is certain."""
    try:
        spelled = str(plain(line.split("#")[0])).strip(" .,")
        found = LEFT.match(spelled) if BEGINS.match(re.sub(STEP, "", spelled, count=1)) else None
        if not found:
            return None
        right = PICKED.sub(_element, NORM.sub(r"sum((\g<of>)**2)", found["right"]))
        right = OVER.sub(r"sum(\1)", right) if found["at"] else right
        at = next((q.left.time for q in system.forward if q.left.name == SCORE), None)
        running = bool(at and at.base == "t")
        whole = not found["at"] and running
        checker = Checker(system, f"{MINE}{'' if whole or not running else '_t'} = {right}")
    except (Unreadable, IllTyped, RecursionError):
        return None
    symbols = (e.Sym(name, at) for name in (SCORE, PROBABILITY, TARGET))
    truth = LOSSES[system.model.readout.loss](*symbols)
    mean = system.model.readout.reduction == "mean" and running
    end = e.Time(system.letters[SCORE], 0)
    truth = e.Sum(truth, e.Time("", 1), end) if whole else truth
    truth = e.mul(e.Num(1.0, f"1/{end.base}"), truth) if whole and mean else truth
    mine = e.Sym(MINE, None if whole or not running else e.Time("t", 0))

    if (MINE in checker.own.axes) != (mine.time is not None):  # one number, said of every step, or the other way round
        return None

    def steps(last: int) -> list[int]:
        return [1] if whole or not running else [*range(1, last + 1)]

    try:
        points = [checker.point(setting) for setting in checker.settings]
        if all(
            same(_number(point.evaluate(mine, t)) % P, point.evaluate(truth, t)) for point in points for t in steps(point.last[end.base])
        ):
            return True
        with digits():
            for net in checker.nets(checker.settings[0]):
                for t in steps(net.last[end.base]):
                    if apart(net.evaluate(truth, t), _number(net.evaluate(mine, t))) is not None:
                        return False
    except (Undefined, Undecided):
        return None
    return None


def _element(found: re.Match[str]) -> str:
    """The element of the right class, of a logarithm that of it."""
    of = found["of"] + (f"_{found['inner']}" if found["inner"] else "")
    step = re.search(STEP, of)
    picked = f"(onehot(y{step[0] if step else ''})^T {'log' if found['log'] else ''}({of})"
    return picked + ")" * (1 - (found["log"] or "").count("("))


def _number(value: Value) -> Value:
    """A number, as books mean ``y_t log ŷ_t``: summed over the classes."""
    return np.sum(value) if np.ndim(value) else value
