"""The verdict on a text that could be read: which of its lines are wrong, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.checking.claims import beyond, circular, claimed, derivatives_in, unsummed
from autograd_rnn.formulas.checking.diagnosis import elsewhere, mistaken, unwrapped
from autograd_rnn.formulas.checking.verdict import Verdict
from autograd_rnn.formulas.evidence.derivatives import connected, parted, two
from autograd_rnn.formulas.evidence.examples import lacking
from autograd_rnn.formulas.evidence.points import Setting
from autograd_rnn.formulas.mistakes.mutate import derived
from autograd_rnn.formulas.mistakes.mutations import ascii
from autograd_rnn.formulas.reading.aliases import in_words
from autograd_rnn.formulas.reading.parse import Statement
from autograd_rnn.formulas.reading.printed import verbatim
from autograd_rnn.formulas.system import LOSS
from autograd_rnn.formulas.writing.lines import marked
from autograd_rnn.nets.run import PLAIN

LONG = 300  # letters of an equation that is shown beside another


def judged(checker: Checker) -> Verdict:
    """The verdict on a text that could be read."""
    asked = [s for s in checker.statements if not s.own and not checker.given(s)]
    given = [s for s in checker.statements if checker.given(s)]
    if (first := apart(checker, asked, given)) is not None:
        return first
    idle = checker.idle()
    guessed = [name for name in idle if name[0] == "d" and name not in checker.reader.unadjoint and checker.handed(name) is None]
    words = {f"d{word}" for word, names in in_words(checker.derivation).items() if len(names) > 1 and word not in checker.reader.own}
    slips = [misspelled(checker, name) for name in (*guessed, *(name for name in checker.unneeded() if name in words))]
    guessed += [name for name in idle if name[0] != "d" and checker.claims(name)]
    guessed += [f"d{name}" for name in checker.own.axes if f"d{name}" in checker.own.axes and not checker.alias(f"d{name}")]
    slip = next((slip for slip in slips if "did you mean" in slip or "any weight" in slip or "may be" in slip), "")
    if (first := slipped(checker, asked, slip)) is not None:
        return first
    notes = [f"{ascii(s.equation.left)} is given, not derived: its line was not checked" for s in given]
    named = [s for s in asked if s.equation.right == s.equation.left]  # δh_t = ∂L/∂h_t, beside lines that say more
    named = named if len(named) < len(asked) else []
    asked = [s for s in asked if s not in named]
    notes += [f"`{s.line.text.strip()}` says what is called so, and no more" for s in named]
    notes += repeated(asked)
    if asked:
        notes += [
            f"`{name}` is used by no other line and was not checked" for name in idle if not ((back := checker.handed(name)) and back[1])
        ]
    if not asked:
        return unasked(checker, slip)
    faults = [(statement, setting) for statement in asked if (setting := checker.wrong(statement)) is not None]
    going = circular(s.equation for s in checker.statements if s not in named)
    turning = next((s for s in asked if not faults and s.equation.left in going), None)
    if turning:
        both = f"the lines say {' and '.join(map(ascii, going))} by way of each other alone"
        said = both if len(going) > 1 else f"{claimed(turning)} stands on both sides"
        return Verdict("not equal", [f"{said}: that is true but defines nothing"], turning.line.number)
    copied = [pair for pair in faults if verbatim(checker.derivation, pair[0].line.text) and not checker.counterexample(*pair)]
    faults = [pair for pair in faults if pair not in copied]
    many = f"all {len(asked)} equations are" if len(asked) > 1 else f"{claimed(asked[0])} is"
    if faults and (stated := (told := checker.assumptions) or checker.begun):
        right = checker.holding(asked, stated)
        said = " and ".join(f"`{show(equation, 'ascii')}`" for equation in stated)
        if right and told:
            kind = "equal" if all(map(checker.starts, stated)) else "equal if"
            return valued(checker, asked, Verdict(kind, [f"{many} equal to what is derived from the tape if {said}", *notes]))
        notes += [f"with {said} it is right: where that is meant, write it beside the others"] * right
    if zero := next((x for s in asked if not faults for x in vain(checker, s)), None):
        said = f"{ascii(zero)} is 0 here wherever the two steps differ: the later one stands above"
        return Verdict("not decided", [said, f"{many} equal to what is derived from the tape", *notes])
    if faults or not guessed:
        return faulty(checker, faults, notes) if faults else right_for_all(checker, asked, many, notes)
    said = f"whether `{guessed[0]}` is right is not decided: it is none of this model's quantities"
    return Verdict("not decided", [said, f"{many} equal to what is derived from the tape", *notes])


def apart(checker: Checker, asked: list[Statement], given: list[Statement]) -> Verdict | None:
    """The verdict on a text with a line that changes what is given, asks what the adjoints do not tell, or is on another derivative."""
    changed = (s for s in given if s.equation.left in e.nodes(s.equation.right))
    if asked and (found := next(changed, None)):  # behind them, too: in a loop the next step has it
        said = f"{ascii(found.equation.left)} is given, and this line changes it for the others: write there what it is times or plus"
        return Verdict("unreadable", [f"{said}: {found.line.text}"])
    made = (s for s in given if any(isinstance(x, e.Sym) and x.adjoint for x in e.nodes(s.equation.right)))
    if asked and (found := next(made, None)):  # x_t for dx_t
        said = f"{ascii(found.equation.left)} is given, and no derivative makes it: what the loss changes by with it is another name's"
        return Verdict("not equal", [said], found.line.number)
    derivation, asides = checker.derivation, [(s, x) for s in checker.statements for x in derivatives_in(s.equation) if x.of.name != LOSS]
    if zero := next((x for s, x in asides if s.equation.right != e.ZERO and not connected(derivation, x)), None):
        said = f"{ascii(zero)} is 0 in this model, whose {ascii(zero.of)} does not hang on {ascii(zero.by)}"
        turned = connected(derivation, zero._replace(of=zero.by, by=zero.of))
        return Verdict("not equal" if turned else "unreadable", [said if turned else f"{said}: what else is so called?"])
    if mixed := next((x for _, x in asides if not parted(derivation, x.of, x.by, x.kind)), None):
        said = f"what goes into `{mixed.of.name}` is added to it too, and the derived adjoints do not tell the two apart"
        return Verdict("not decided", [f"{ascii(mixed)}: {said}"])
    if wrong := checker.misderived():
        return Verdict("not equal", [wrong[1]], wrong[0].line.number)
    return None


def slipped(checker: Checker, asked: list[Statement], slip: str) -> Verdict | None:
    """The verdict on a text of which a name is not what it is meant for: it hands back what is none, is another's, or of nothing that can
    be derived. ``slip``: what a name is perhaps meant to be."""
    handed = next(((name, back[0]) for name in checker.unneeded() if (back := checker.handed(name)) and not back[1]), None)
    if handed:
        said = f"`{handed[0]}` is not what goes back from step t into the one before: that is {handed[1]}"
        number = next(s.line.number for s in checker.statements if s.own and s.equation.left.name == handed[0])
        others = [s for s in asked if checker.wrong(s)]
        if not others or min(s.line.number for s in others) > number:
            return Verdict("not equal", [said], number)
    if asked and (meant := checker.slipped()) and not any(checker.wrong(s) for s in asked):
        return Verdict("not equal", meant[1], meant[0].line.number)
    if slip and asked:
        return Verdict("unreadable", [slip])
    plain = [n for n, value in checker.derivation.parameters.items() if f"d{n}" in checker.reader.own and value.op is None]
    return Verdict("unreadable", [f"{plain[0]} {PLAIN}"]) if plain else None


def unasked(checker: Checker, slip: str) -> Verdict:
    """The verdict on a text of a person's own names alone. ``slip``: what one of them is perhaps meant to be."""
    names = checker.names()
    weights = {name_of(name).letter for name in checker.derivation.parameters}
    others = ((name, name_of(name[1:])) for name in checker.own.axes if name[:1] == "d")
    if gone := next((name for name, of in others if of.letter in weights and of.sub), None):  # the gradient of what the model has not
        return Verdict("unreadable", [slip or checker.reader.missing(gone)])
    if "may be" in slip:
        return Verdict("unreadable", [slip])
    if names and checker.said() >= {getattr(s.equation.left, "name", s) for s in checker.statements}:
        return everywhere(checker, Verdict("equal if" if checker.likened() else "equal", names))
    if guess := checker.culprit():
        return Verdict("not equal", guess[1], guess[0].line.number)
    tag = (renamed := checker.renamed()) and name_of(renamed[0].equation.left.name).tag
    said = f"`delta{tag}` is read as `da{tag}`, the adjoint of what goes into the activation"
    faults = [(statement, setting) for statement in renamed if (setting := checker.wrong(statement)) is not None]
    if faults:
        return faulty(checker, faults, [said])
    if len(renamed) == len(checker.statements):  # of some steps alone, from which no name of one's own follows
        return everywhere(checker, Verdict("equal", [f"{claimed(renamed[0])} is equal to what is derived from the tape", said]))
    if slip:
        return Verdict("unreadable", [slip])
    said = f"{ascii(checker.statements[0].equation.left)} is a name of yours, and no line says what an adjoint or a gradient is"
    return Verdict("unreadable", [f"{said}: write `dW_hh = ...` or `da[t] = ...`"])


def everywhere(checker: Checker, right: Verdict) -> Verdict:
    """The verdict on a text of own names alone that are right wherever they have a value: not decided if they may have none."""
    doubtful = next((s for s in checker.statements if checker.unproven(s)), None)
    if doubtful is None:
        return right
    said = f"whether {ascii(doubtful.equation.left)} has a value wherever what it is meant for has one is not decided"
    return Verdict("not decided", [said, *right.sentences], doubtful.line.number)


def right_for_all(checker: Checker, asked: list[Statement], many: str, notes: list[str]) -> Verdict:
    """The verdict on equations that no number refutes: for how many steps they are right, and with what beyond the ends. ``many``: how a
    sentence on them begins."""
    derived = f"{many} equal to what is derived from the tape"
    right = Verdict(
        "equal if" if checker.likened() else "equal", [derived, *checker.meant, *notes, *unsaid(checker, asked), *checker.names()]
    )
    if least := checker.least(asked):
        right.kind, right.sentences[0] = "equal if", f"{derived} for T >= {least}, but not for T = {least - 1}"
    boundaries = {s.equation.left for s in asked if s.equation.right == e.ZERO}
    ends, reverse = checker.outlines[0], checker.derivation.reverse
    far = (beyond(s.equation, ends, reverse) for s in (*asked, *(s for s in checker.statements if s.own)))
    if right.kind == "equal" and (needed := next((s for s in far if s and s not in boundaries), None)):
        said = f"`{show(needed, 'ascii')}` is 0, which no derived equation has: leave it out, or write that it is 0"
        right.kind, right.sentences[0] = "equal if", f"{derived} if {said}"
    return valued(checker, asked, right)


def vain(checker: Checker, statement: Statement) -> Iterator[e.Derivative]:
    """The derivatives of a right side that say nothing there, since all of them are of an earlier step by a later one."""
    for x in derivatives_in(statement.equation._replace(left=e.ZERO)):
        sums = [s for s in e.nodes(statement.equation.right) if isinstance(s, (e.Sum, e.Fold)) and x in e.nodes(s.of)]
        upto = any(s.last == x.of.time and x.by.time == e.Time(getattr(s, "over", "t"), 0) for s in sums)  # the last step by each
        if two(x) and connected(checker.derivation, x) and not upto:
            apart = {x: x._replace(kind="immediate")}
            if checker.like(statement, right=e.transformed(statement.equation.right, lambda node, apart=apart: apart.get(node, node))):  # type: ignore[misc]
                yield x


def holds(checker: Checker, statement: Statement, right: e.Expr) -> bool:
    """Whether a formula that is found for a derivative is it; of a number by a vector some have shapes that do not fit."""
    try:
        return checker.like(statement, right=right)
    except (TypeError, ValueError, IndexError):
        return False


def unsaid(checker: Checker, asked: list[Statement]) -> list[str]:
    """Says of which steps no line says anything, where some lines leave out steps."""
    lines: dict[e.Sym, list[Statement]] = {}
    for s in asked:
        if isinstance(s.equation.left, e.Sym) and s.equation.left.time:
            lines.setdefault(s.equation.left._replace(time=None), []).append(s)
    found = []
    for left, mine in lines.items():
        if any(s.line.apart for s in mine):
            point, letter = checker.outlines[0], checker.derivation.letters[left.name]
            last = point.last[letter]
            told = {t or point.step(s.equation.left.time, None) for s in mine for t in checker.steps(s, point, 0)}
            times = (e.Time("", t) if 2 * t < last else e.Time(letter, t - last) for t in range(1, last + 1) if t not in told)
            found += [f"nothing is said of {ascii(left._replace(time=time))}" for time in times]
    return found


def repeated(asked: list[Statement]) -> list[str]:
    """Says of what several lines define that each of them is judged by itself."""
    lines: dict[tuple[e.Expr, str], set[int]] = {}
    for statement in asked:
        lines.setdefault((statement.equation.left, statement.equation.where), set()).add(statement.line.number)
    where = [(show(left, "ascii"), ", ".join(map(str, sorted(found)))) for (left, _), found in lines.items() if len(found) > 1]
    return [f"`{left}` is defined in the lines {found}: each of them is judged by itself" for left, found in where]


def misspelled(checker: Checker, name: str) -> str:
    """The sentence for a name of the person's own that may be meant for one of the model, the place marked."""
    line = next(s.line for s in checker.statements if s.own and s.equation.left.name == name)
    return marked(checker.reader.missing(name), line.text, line.lefts[0].col_offset)


def valued(checker: Checker, asked: list[Statement], right: Verdict) -> Verdict:
    """The verdict on a text that is right wherever it has a value: not equal if it has none where the derived equation has one."""
    for statement in asked:
        if not (partial := checker.partial(statement)):
            continue
        rights = [lacking(right) for right in derived(checker.derivation, statement.equation.left)]
        if rights and partial <= set.intersection(*rights):  # it has a value wherever the derived line has one
            continue
        left, missing = claimed(statement), checker.undefined(statement)
        if isinstance(missing, tuple):
            return Verdict("not equal", [f"{left} is defined where this is not", missing[0]], statement.line.number)
        doubtful = checker.unproven(statement)
        if doubtful and (pole := checker.pole(statement, doubtful)):
            said = f"what divides by `{show(pole, 'ascii')}` has no value where that is 0, as it is at some numbers"
            return Verdict("not equal", [f"{left} is defined where this is not", said], statement.line.number)
        if missing or doubtful:
            return Verdict("not decided", [f"whether this has a value where {left} has one is not decided"], statement.line.number)
    return right


def faulty(checker: Checker, faults: list[tuple[Statement, Setting]], notes: list[str]) -> Verdict:
    """The verdict on a text with wrong lines: the first one that certainly is explained."""
    examples = ((statement, setting, checker.counterexample(statement, setting)) for statement, setting in faults)
    statement, setting, example = next((found for found in examples if found[2]), (*faults[0], None))
    equation, derivation, line = statement.equation, checker.derivation, statement.line
    asked = unwrapped(derivation, equation).left
    rights = derived(derivation, asked)
    if isinstance(asked, e.Derivative):
        rights = [x for x in rights if holds(checker, statement._replace(equation=equation._replace(left=asked)), x)]
    shown = [f"the derived equation is `{show(e.Equation(asked, rights[0]), 'ascii')}`"] if rights else elsewhere(checker, equation.left)
    loose = unsummed(equation)
    if not example and not loose:
        doubt = f"whether {claimed(statement)} is that is not decided: no law that is known proves it, and no number refutes it"
        return Verdict("not decided", [doubt, *shown, *notes], line.number)
    scope = checker.special(statement, setting) or ("" if loose else checker.scope(statement, setting))
    mistakes, line, meant = ([], line, None) if scope and not scope.endswith("only") else mistaken(checker, statement, loose)
    if rights and meant not in (None, rights[0]) and len(written := show(e.Equation(asked, meant), "ascii")) < LONG:
        shown[0] += f", that is `{written}`"
    time = None if isinstance(equation.left, e.Derivative) else equation.left.time
    single = time is not None and not time.base or "<=" in scope  # of one step, whose line may be right where it is the last
    mistakes = mistakes[: 2 if scope else 3] + [scope] * bool(scope) if single else [scope] * bool(scope) + mistakes[: 2 if scope else 3]
    shown = [] if any(said.startswith("the derived equation") for said in mistakes) else shown
    sentences = mistakes + shown or [f"{claimed(statement)} is not that"]
    if example:
        sentences.append(example[0])
    if len(checker.statements) > 1:
        sentences.append(line.fault)
    others = sorted({s.line.number for s, _ in faults} - {line.number, statement.line.number})
    if others:
        sentences.append(f"line{'s' * (len(others) > 1)} {', '.join(map(str, others))} {'are' if len(others) > 1 else 'is'} wrong too")
    return Verdict("not equal", sentences + notes, line.number, example[1:] if example else None)
