"""Programs tried on numbers: whether what one makes of a run's quantities are the gradients that the tape has, in some layout in which
arrays hold them. Nothing here reads a formula: the tape is the judge, and a program is wrong if it gives other numbers wherever it runs."""

from __future__ import annotations

import ast
import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.checking.exactly import ALL, exactly, listed
from autograd_rnn.formulas.checking.owned import FROM_0, OWNS
from autograd_rnn.formulas.checking.trial import Trial
from autograd_rnn.formulas.checking.verdict import STORED, Verdict
from autograd_rnn.formulas.checking.worlds import LAYOUTS, Layout, world
from autograd_rnn.formulas.programs.handed import handed
from autograd_rnn.formulas.programs.held import ONE_STEP, Missing, Stopped
from autograd_rnn.formulas.programs.libraries import plainly
from autograd_rnn.formulas.programs.loops import opened
from autograd_rnn.formulas.programs.onestep import ADDED, LACKS, OWN, onestep
from autograd_rnn.formulas.programs.program import LOOP, short
from autograd_rnn.formulas.programs.pseudocode import Row, module, rows_of
from autograd_rnn.formulas.programs.running import Interpreter
from autograd_rnn.formulas.programs.taken import STARTS, assumed, parted
from autograd_rnn.formulas.programs.trees import finished, loops_of
from autograd_rnn.formulas.programs.values import name_in
from autograd_rnn.formulas.reading.dialects import coded, picked, translated
from autograd_rnn.formulas.reading.names import Names
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import WIDEST, Unreadable
from autograd_rnn.formulas.writing.sugar import replaced
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

PAPER = [one for one in LAYOUTS if one.first == "from 1" and not one.turned]  # where a loop that is no Python goes from 1 to T
LENGTHS, LONGEST = ((4, 3), (1, 2)), 24  # of sequences
WORTH = 20_000  # characters of a text that was refused: what a longer one gives, it does not say
UNREAD = ("unreadable", "ill-typed")
NO_PROGRAM = "cannot stand here"  # of a text that is none
LENT = "no line makes {}: what {} so called in the tape is taken"
BEGUN = "no line says what {} begin{} with: that is taken to be 0"
ZERO = "it begins with states that are 0, as where nobody gives any"


class Tried(NamedTuple):
    """What running a program says of the gradients that it makes: "right" if all are the tape's in one layout, else "wrong", "fails" if
    Python runs it in none, "stops" if this does not, "unknown" if it asks for what is not known or makes no gradient; and the sentence."""

    how: str
    said: str
    trial: Trial
    layout: Layout = LAYOUTS[0]


def tested(derivation: System, text: str, verdict: Verdict) -> Verdict:
    """The verdict on a text that is a program, with what running it says: one that gives other gradients than the tape is not equal, though
    each of its lines be right, nor is one that Python would not run; one that gives the tape's and was not read is equal if it does so in
    exact arithmetic, too, else it is not decided."""
    right = verdict.kind == "equal" or verdict.kind == "equal if" and STORED in verdict.sentences[0]
    if (
        not (LOOPS.search(text) or verdict.kind in UNREAD and "np." in text)
        or not right
        and (verdict.kind in ("not decided", "equal if") or len(text) > WORTH)
    ):
        return verdict
    words, python = Names(derivation).vocabulary(text), parsed(picked(text))
    if (tree := python or written(text, words)) is None:
        return verdict
    tree, made = handed(finished(tree), words)
    for loop in loops_of(tree):
        parted(loop, words)
    after = {x for x, role in derivation.roles.items() if role == "state"}
    spans = {x: f"range({derivation.letters[x]})" for x in after}
    heads = {x: span if derivation.reverse.get(x) else f"reversed({span})" for x, span in spans.items()}
    outs = [q.right for q in derivation.forward if q.left.name in after]
    inner = {s.name for x in outs for s in e.symbols(x) if s.time == e.Time("t", 0)}  # as an LSTM's c is in its h
    steps = onestep(tree, words, {name: name not in inner for name in after}, heads) if python else []
    if not right:
        judged = alone(derivation, words, verdict, tree, python is not None, steps)
        judged.sentences += [said for said in made if said not in judged.sentences]
        return judged
    of_steps, ends = not any(OWNS in sentence for sentence in verdict.sentences), ("wrong", "fails")
    found = tried(derivation, tree, words, of_steps)  # as it stands, and else as it is taken
    if steps:
        runs = [tried(derivation, one, words) for one, _ in steps]
        found = next((one for how in ("right", "stops", "fails", "wrong") for one in runs if one.how == how), runs[0])
    elif found.how != "right":
        read, taken = assumed(tree, words)
        if not (taken and found.how in ends and tried(derivation, tree, words, of_steps, False).how in ends):
            found = tried(derivation, read, words, of_steps)
    if found.how in ends and found.trial.begins and (other := tried(derivation, tree, words, of_steps, False)).how == "right":
        found = other
        verdict.sentences.append(ZERO)
    if found.how in (*ends, *(("stops",) if python or coded(text) and ONE_STEP in found.said else ())):
        though = ", though line by line" * (found.how == "wrong")
        return Verdict("not decided", [found.said + though, *verdict.sentences], verdict.line, verdict.values)
    verdict.sentences[:0] = [said for _, notes in steps[:1] for said in notes if LACKS in said]
    verdict.sentences += begun(found.trial)
    return verdict


def begun(trial: Trial) -> list[str]:
    """The sentences on what a program adds to or asks for, and no line of which says what it is, or begins with."""
    unbegun = sorted({*trial.unbegun, *(trial.assumed & trial.ours - trial.filled)})
    said = [LENT.format(listed(trial.lent), "is" if len(trial.lent) == 1 else "are")] if trial.lent else []
    return [*said, *([BEGUN.format(listed(unbegun), "s" * (len(unbegun) == 1))] if unbegun else [])]


def readings(tree: ast.Module, words: Vocabulary) -> Iterator[tuple[ast.Module, list[str], bool]]:
    """A program as it stands, from any first state and from 0, and as it is taken where it begins with what no line makes; each with what
    is to be said of it."""
    yield tree, [], True
    yield tree, [ZERO], False
    read, taken = assumed(tree, words)
    if taken:
        yield read, taken, True


def alone(
    derivation: System,
    words: Vocabulary,
    verdict: Verdict,
    program: ast.Module,
    python: bool,
    steps: Sequence[tuple[ast.Module, list[str]]] = (),
) -> Verdict:
    """The verdict on a program that is not read line by line, or not so, by running it."""
    runs, why = list[Tried](), list[str]()
    for tree, notes, started in [(one, said, True) for one, said in steps] or readings(program, words):
        taken = len(runs) == 2 and not steps  # and it would run as it stands
        if taken and all(one.how in ("wrong", "fails") for one in runs):
            break
        runs.append(found := tried(derivation, tree, words, started=started))
        counted = verdict.kind == "not equal" and found.layout.first == "from 1"  # as lines count the steps, which a loop here does not
        counted |= any(STARTS in said for said in verdict.sentences)  # of a whole program, whose names may be its own
        if found.how == "right" and (verdict.kind in UNREAD or counted or steps):
            if (started or found.trial.begins) and not derivation.last:
                try:
                    told = [exactly(derivation, found.trial, found.layout, started), *notes, *begun(found.trial)]
                    return Verdict("equal if", [*told[1:], told[0]]) if steps else Verdict("equal", told)
                except Stopped as error:
                    why = why or [str(error)]
    lines = [said for said in verdict.sentences if not python or NO_PROGRAM not in said]
    if shown := next((found for found in runs if found.how == "right" and (steps or found is not runs[1])), None):
        shows = [*why, shown.said + "; line by line:" * bool(lines)]
        return Verdict("not decided", [*shows, *lines], verdict.line, verdict.values)
    if not python:
        return verdict
    ends = [one for how in ("wrong", "fails", "stops", "unknown") for one in runs if one.how == how and one.said]
    how, said = ends[0][:2] if ends else ("unknown", "run as a program it asks for what is not known before it")
    whole, wrong = runs[0].trial.whole, how == "wrong"
    if verdict.kind in UNREAD and whole:
        kind = "not equal" if wrong and all(one.how in ("wrong", "fails") for one in runs) else "unreadable"
        return Verdict(kind, [*[said] * (bool(ends) or not lines), *lines], verdict.line, verdict.values)
    first, last = (
        [said] * (whole and how == "fails" or wrong and any(ADDED in said for _, notes in steps for said in notes)),
        [said] * (verdict.kind in UNREAD and wrong and not steps),
    )  # of a part, the line comes first
    return Verdict(verdict.kind, [*first, *verdict.sentences, *last], verdict.line, verdict.values)


def tried(derivation: System, tree: ast.Module, words: Vocabulary, of_steps: bool = False, started: bool = True) -> Tried:
    """What running a program says of the gradients that it makes. ``started``: from any first state."""
    trial = Trial(tree, words, derivation)
    long = min(trial.largest + 3, LONGEST)
    pairs = [*dict.fromkeys((*LENGTHS, (long, long + 2)))]
    worlds = [world(derivation, T, S, started) for T, S in pairs]
    left, wrong, example, unknown = ALL, list[str](), "", False
    stops = list[tuple[int, str, bool]]()  # after how many nodes, and the sentence
    for hot, layout in itertools.product(dict.fromkeys((trial.hot, frozenset[str]())), PAPER if on_paper(tree) else LAYOUTS):
        trial.hot, before, inside = hot, left, Interpreter({}, {}, left)
        try:
            for at in worlds:
                inside = Interpreter(*trial.given(at, layout), left)
                made = trial.run(inside, at, layout, of_steps)
                left = inside.left
                trial.assumed = inside.assumed
                if found := [name for name, right in made.items() if not right]:
                    if not wrong or len(found) < len(wrong):
                        wrong, example = found, trial.example(at)
                    break
            else:
                lasts = " and ".join(dict.fromkeys(str(T) for T, _ in sorted(pairs)))
                first = f"run as a program with T = {lasts} it gives the tape's {listed(made)}, which proves nothing of other lengths"
                return Tried("unknown" if inside.assumed else "right", first, trial, layout)
        except Exception as error:  # Python's own and numpy's, as whoever runs it meets them: it is no layout for this program
            line = short(getattr(inside.at, "typed", "").strip() or ast.unparse(inside.at).splitlines()[0].replace(OWN, ""))
            why = f"there is no {error} in it" if isinstance(error, KeyError) else f"nobody says what `{error}` is"
            why = why if isinstance(error, KeyError) or str(error).isidentifier() else str(error)
            stops.append((before - inside.left, f"run as a program it stops at `{line}`: {why}", isinstance(error, Stopped)))
            trial.assumed = trial.assumed or inside.assumed
            unknown |= bool(inside.assumed) or isinstance(error, Missing)  # a part of a program, which has begun elsewhere
        if (left := inside.left) < 0:
            return Tried("stops", stops[-1][1], trial)  # before the layout was tried that it may have
    if wrong:
        other = "another" if len(wrong) == 1 else "other"
        return Tried("wrong", f"run as a program it gives {other} {listed(wrong)} than the tape{example}", trial)
    _, said, here = max(stops)
    return Tried("unknown" if unknown else "stops" if here else "fails", said, trial)


def on_paper(tree: ast.Module) -> bool:
    """Whether a program counts its steps from 1, as one does that is no Python, unless a loop of it says otherwise."""
    loops = loops_of(tree)
    typed = any(hasattr(x, "typed") for x in ast.walk(tree))
    return typed and loops != [] and not any(FROM_0.search(ast.unparse(loop.iter)) for loop in loops)


def parsed(text: str) -> ast.Module | None:
    """A text's syntax tree, if it is a program with a loop or with what an array has."""
    tree = module([Row(number, line, line) for number, line in enumerate(textwrap.dedent(text).split("\n"), 1)])
    return plainly(tree) if tree and any(isinstance(x, (ast.For, ast.While, ast.Attribute)) for x in ast.walk(tree)) else None


def written(text: str, words: Vocabulary) -> ast.Module | None:
    """The tree of a program that is no Python, in which what stands side by side is multiplied as its shapes say."""
    try:
        code, text = coded(text), opened(translated(text, words.timed))
        tree = module(rows := rows_of(text, words, WIDEST)) if any(map(LOOP.match, text.split("\n"))) else None
    except Unreadable:
        return None

    for x in (x for x in ast.walk(tree) if isinstance(x, ast.stmt)) if tree else ():
        x.typed = rows[x.lineno - 1].typed  # type: ignore[attr-defined]
        if isinstance(x, ast.Assign) and isinstance(x.targets[0], ast.Tuple) and isinstance(x.value, ast.Constant):  # a, b ← 0
            x.targets = x.targets[0].elts

    def multiplied(x: ast.expr) -> ast.expr:
        match x:
            case ast.BinOp(left, ast.FloorDiv(), right):
                return ast.Call(ast.Name("matrices" if code else "beside", ast.Load()), [left, right], [])
            case ast.Call(ast.Attribute(of, "raised"), [power]):
                return ast.BinOp(of, ast.Pow(), power)
            case ast.Call(ast.Name("zeros"), [ast.Call(ast.Name("size"), [of])]) | ast.Call(ast.Name("zero"), [of]):
                return ast.Call(ast.Name("zeros_like", ast.Load()), [of], [])
            case ast.Call(ast.Name("zeros"), [ast.Name(), *_]) if not code:  # of columns, or vectors
                return ast.Constant(0)
        return x

    if tree:
        replaced(tree, multiplied)
    nodes = [*ast.walk(tree)] if tree and code else []
    placed = {name_in(x.value) for x in nodes if isinstance(x, ast.Subscript)}
    for y in nodes:
        match y:
            case ast.Assign([ast.Name(name)], ast.Call(ast.Name("zeros"), [first, *others])):
                sizes = [first, *(others or [first if code == "Octave" else ast.Constant(1)])]
                of = ast.Name("?") if name in placed else ast.Tuple(sizes, ast.Load())  # of each step what a line makes
                y.value = ast.Call(ast.Attribute(ast.Name("np"), "zeros"), [of], [])
    return tree


LOOPS = re.compile(r"(?m)^[ \t]*(?:[Ff]or|foreach|[Ll]oop|while|def|class)\b")
