"""Grading: read a submission, run it in a worker, judge what comes back, and say it."""

from __future__ import annotations

import math
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from autograd_rnn.grader import integrity
from autograd_rnn.grader.assignment import CHARACTER, FOLDER, LEVELS, REFERENCE, Function, Spec
from autograd_rnn.grader.cases import Case, Cases, drawn_by
from autograd_rnn.grader.character import Character
from autograd_rnn.grader.files import Unreadable, answer, called
from autograd_rnn.grader.isolation.workers import Ended, Limits, Worker, Workers
from autograd_rnn.grader.judging.calling import IN_ALL, raised
from autograd_rnn.grader.judging.judge import Judge
from autograd_rnn.grader.judging.smallest import smallest
from autograd_rnn.grader.judging.verdicts import Verdict
from autograd_rnn.grader.local import Local, named, where
from autograd_rnn.grader.report import Item, Report, Told
from autograd_rnn.grader.spec import find
from autograd_rnn.grader.submission import Submission, read
from autograd_rnn.nets.given import choose
from autograd_rnn.nets.progress import patient
from autograd_rnn.visible import class_of, shown
from autograd_rnn.writing import file_name, replacing

HINTS = (1, 2, 3)  # how much is told


class Grader:
    """One assignment, one seed, any number of submissions. A context manager: the process that its workers come from ends with it."""

    def __init__(self, assignment: str | Path | Spec, seed: int | None = None, only: Iterable[str] = (), hint: int | None = None):
        self.spec = find(assignment)
        self.hint = self.spec.hint if hint is None else choose("hint", hint, HINTS)
        self.cases = Cases(self.spec, secrets.randbelow(1 << 32) if seed is None else drawn_by(seed))
        asked = self.spec.asked
        names = [function.name for function in asked] + [function.called.partition(".")[0] for function in asked if function.made]
        if not isinstance(only, (str, list, tuple, set)):
            raise TypeError(f"only takes names of functions, as ['{names[0]}'], not {shown(only)}")
        for name in (wanted := [only] if isinstance(only, str) else list(only)):
            if not isinstance(name, str) or name not in names:
                raise ValueError(f"{self.spec.name} asks for no function {shown(name)}: there are {', '.join(names)}")
        self.functions = [f for f in asked if not wanted or {f.name, f.called.partition(".")[0]} & {*wanted}]
        self.workers = Workers(self.spec.imports)
        self.derivation: Any = None  # of formulas, once
        self.plain: dict[str, list[Case]] = {}  # small draws, by function
        self.seen: dict[str, Case] = {}  # the draws by which mistakes are told apart, by function
        self.losses: Any = None  # a loss function's, on that draw

    def __enter__(self) -> Grader:
        if not self.spec.net:  # of formulas and graphs nothing runs
            self.workers.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.workers.__exit__(*error)

    def grade(self, submission: str | Path) -> Report:
        """The report on a submission, whatever it does. Raises ValueError where this machine cannot grade it."""
        name = called(file_name(submission))
        if self.spec.net:
            return self._written(name, submission)
        try:
            found = read(submission)
        except Unreadable as error:
            return self._report(name, [self._item(f, Verdict("unreadable", str(error))) for f in self.functions], None, [])
        with self.started(found) as running:
            notes = list(found.notes)
            private = integrity.notes(found.tree, found.imports, self.functions)
            if running.refused is not None:
                items = [self._item(function, running.refused) for function in self.functions]
            else:
                items, more = self.tried(Judge(self.cases, running.worker, running.fresh, self.recognised), private)
                notes += more
            report = self._report(name, items, running.worker, notes)
            report.integrity = private
            report.fingerprint = integrity.fingerprint(found.tree)
            return report

    def _written(self, name: str, submission: str | Path) -> Report:
        """The report on formulas, or on a graph: nothing of them runs, so nothing has to be isolated."""
        from autograd_rnn.grader import formulas, graphs

        notes, looked = list[str](), list[str]()
        try:
            if self.spec.steps:
                items = graphs.graded(self.spec, self.functions, answer(submission, "graph"))
            else:
                text = answer(submission, "equations")
                self.derivation = self.derivation or formulas.derivation(self.spec)
                items, notes, looked = formulas.graded(self.spec, self.derivation, self.functions, text)
        except Unreadable as error:
            return self._report(name, [self._item(f, Verdict("unreadable", str(error))) for f in self.functions], None, [])
        report = self._report(name, items, None, notes)
        report.integrity = looked
        return report

    def tried(self, judge: Judge, private: list[str]) -> tuple[list[Item], list[str]]:
        """Every function's item, and what is noted; to ``private`` what an instructor may want to look at."""
        items: list[Item] = []
        notes: list[str] = []
        for function in self.functions:
            with np.errstate(all="ignore"):  # a person's numbers may be as large as there are
                tried = judge.tried(function)
                for other in self.spec.functions:
                    if other.instead_of == function.name and tried.verdict.word == "missing":
                        instead = judge.tried(other)
                        tried = tried if instead.verdict.word == "missing" else instead
                outputs = {name: verdict.word for name, verdict in tried.outputs.items()}
                wrong = [name for name, word in outputs.items() if word == "wrong"]
                seen: dict[str, list[str]] = {}  # outputs, by the mistake that their verdict names
                for name in wrong:
                    seen.setdefault(tried.outputs[name].mistake, []).append(name)
                diagnosis = self._diagnosed(judge, tried.function, wrong) if "" in seen else None
                if seen and "" not in seen:
                    mistake = max(seen, key=lambda said: len(seen[said]))  # what is rounded may look rounded to fewer digits in some
                    diagnosis = Told(mistake, (), f"in {', '.join(seen[mistake])}", None, tuple(wrong))
                example = smallest(judge, tried.function, self.plain) if wrong else None
            items.append(self._item(function, tried.verdict, tried.share, outputs, diagnosis, example))
            notes += tried.notes
            derived = function.backward_of or function.computes == CHARACTER
            private += integrity.inexact(function.name, tried.verdict) if derived else []
        return items, list(dict.fromkeys(notes))

    def recognised(self, judge: Judge, function: Function) -> bool:
        """Whether a wrong forward pass is the one that is asked for, but for mistakes that are known."""
        return self._diagnosed(judge, function, list(function.returns)) is not None

    def _diagnosed(self, judge: Judge, function: Function, wrong: list[str]) -> Any:
        """The mistake behind wrong numbers, seen on a draw that shows every equation by itself; None where it is not recognised."""
        first = judge.functions.get(function.backward_of, function)
        from autograd_rnn.grader.diagnosis.diagnose import of_backward, of_forward
        from autograd_rnn.grader.diagnosis.observed import sizes_to_see

        if first.computes == REFERENCE:  # whose equations nobody has derived
            return None
        if first.computes == CHARACTER:
            return self._diagnosed_loss(judge, function, wrong)
        if first.name not in self.seen:  # the same draw for every submission
            self.seen[first.name] = self.cases.drawn(first, sizes_to_see(first.work))
        case = self.seen[first.name]
        answer = judge.answer(function, case)
        if answer is None:
            return None
        own, got = answer
        if function.computes:
            return of_forward(case.computation, case.given, own)
        return of_backward(case.computation, case.given, case.upstream, own, {name[1:]: value for name, value in got.items()}, wrong)

    def _diagnosed_loss(self, judge: Judge, function: Function, wrong: list[str]) -> Any:
        """The mistake in a loss function, seen on a draw that clips nothing."""
        from autograd_rnn.grader.diagnosis.loss import Losses
        from autograd_rnn.grader.diagnosis.observed import SIZES_OF_LOSS

        if function.name not in self.seen:
            case = self.cases.drawn(function, SIZES_OF_LOSS)
            assert isinstance(case.computation, Character)
            self.seen[function.name], self.losses = case, Losses(*case.computation.as_sequence(case.given))
        answer = judge.answer(function, self.seen[function.name])
        if answer is None:
            return None
        got, names = answer[0], {self.spec.names.get(name): name for name in function.returns}
        gradients = {name: got[f"d{name}"] for name in (*self.losses.part.weights, *self.losses.part.readout)}
        return self.losses.diagnosed(got[names["L"]], got[names["h"]], gradients, wrong, (names["L"], names["h"]))

    @contextmanager
    def started(self, submission: Submission) -> Iterator[_Running]:
        """A worker that has loaded a submission, or been refused it."""
        running = _Running(self, submission)
        try:
            yield running
        finally:
            running.worker.close()

    @staticmethod
    def _item(
        function: Function,
        verdict: Verdict,
        share: float = 0.0,
        outputs: dict[str, str] | None = None,
        diagnosis: Any = None,
        example: Any = None,
    ) -> Item:
        points = round(function.points * share, 6)
        return Item(
            function.name, points, function.points, verdict.word, verdict.message, function.visibility, outputs or {}, diagnosis, example
        )

    def _report(self, name: str, items: list[Item], worker: Worker | None, notes: list[str]) -> Report:
        level, layers = (worker.level, worker.layers) if worker else ("none", [])
        return Report(self.spec.name, name, items, level, layers, self.cases.seed, notes, self.hint)


class _Running:
    """A submission's worker, and how to get a fresh one. ``refused``: why there is nothing to try."""

    def __init__(self, grader: Grader, submission: Submission):
        self.grader, self.submission, self.until = grader, submission, time.monotonic() + grader.spec.total
        self.refused: Verdict | None = None
        self.worker = self.fresh()

    def fresh(self) -> Worker:
        """A worker that has loaded the submission. Raises ValueError where the machine isolates less than the assignment demands."""
        spec = self.grader.spec
        seconds = math.ceil(spec.total)
        limits = Limits(memory=spec.megabytes << 20, seconds=seconds, call=float(spec.seconds), until=self.until)
        self.worker = worker = self.grader.workers.start(limits)
        if LEVELS.index(worker.level) < LEVELS.index(spec.isolation):
            worker.close()
            raise ValueError(
                f"{spec.name} demands {spec.isolation} isolation, and this machine gives {worker.level}: grade on Linux 6.2 or newer"
            )
        loaded = worker.load(self.submission.source, dict(spec.helpers), spec.imports)
        if isinstance(loaded, Ended):
            told = f"they take more than {spec.seconds:g} seconds" if loaded.why == "timed out" else loaded.words
            words = IN_ALL if loaded.words == "in all" else f"its definitions do not run: {told}"
            self.refused = Verdict("crashed" if loaded.why == "too much" else loaded.why, words)
        elif "raised" in loaded:
            verdict = raised(loaded)
            self.refused = verdict._replace(message=f"its definitions do not run: {verdict.message}")
        return worker


@patient("grading")
def grade(
    assignment: str | Path | Spec, submission: str | Path, seed: int | None = None, only: Iterable[str] = (), hint: int | None = None
) -> Report:
    """Grade one submission: a ``.py`` file, a notebook, a folder or ``.zip`` of them.

    ``assignment``: one that comes with the program (`spec.available`), or the path of a TOML file. ``seed``: of the numbers that the
    functions are tried on, by default a new one, which the report names. ``only``: the functions to try. ``hint``: how much is told of a
    mistake, 1 which output, 2 in which equation and at which step, 3 the term; by default as the assignment says. Raises ValueError for an
    assignment that is none, and where the machine isolates less than it demands. A submission never raises: its report says what it did.

    >>> grade("cs231n-rnn", "no-such-file.py", seed=1).items[0].verdict
    'unreadable'
    """
    with Grader(assignment, seed, only, hint) as grader:
        return grader.grade(submission)


@patient("trying")
def check(assignment: str | Path | Spec, function: Callable[..., Any], hint: int | None = None, seed: int = 0) -> Report:
    """Try one function of an assignment as it stands in this session: the verdict and the words of the report.

    ``function``: found in the assignment by its name; a backward pass is tried on the cache of the forward pass that stands beside it.
    ``hint``: how much is told of a mistake, 1 which output, 2 where, 3 which term. Raises ValueError where the assignment asks for no such
    function.

    >>> import numpy as np
    >>> def word_embedding_forward(x, W):
    ...     return W[x], (x, W.shape)
    >>> check("cs231n-rnn", word_embedding_forward).items[0].verdict
    'correct'
    """
    if not callable(function):
        raise TypeError(f"check takes a function of the assignment, as check(..., rnn_step_forward), not {class_of(function)}")
    grader = Grader(assignment, seed, [named(function)], hint)
    local: Any = Local(function)
    items, notes = grader.tried(Judge(grader.cases, local, lambda: local, grader.recognised), [])
    return Report(grader.spec.name, where(function), items, "none", [], grader.cases.seed, notes, grader.hint)


def isolation_here() -> str:
    """From what this machine keeps a submission: the level, and each layer that holds or is missing.

    >>> isolation_here().splitlines()[0] in ("isolation: full", "isolation: partial", "isolation: process")
    True
    """
    from autograd_rnn.grader.isolation.layers import LAYERS

    with Workers() as workers, workers.start() as worker:
        lines = [f"{'holds  ' if layer in worker.layers else 'missing'}  {layer}" for layer in LAYERS]
        return "\n".join([f"isolation: {worker.level}", *lines])


def begun(name: str | Path, like: str | Path | None = None) -> Path:
    """Write an assignment to start from, ``NAME.toml`` in this folder, which grades as it is: a copy of the one that it is to be ``like``,
    or that is called so. Raises ValueError where there is a file of this name."""
    path = file_name(name)
    if not path.name:
        raise ValueError("an assignment needs a name: homework-3")
    path = path if path.suffix == ".toml" else Path(f"{path}.toml")
    known = FOLDER / (path.name if like is None else f"{file_name(like)}.toml")
    if like is not None and not os.path.isfile(known):
        find(like)
        known = file_name(like)  # one of the person's own
    text = (known if os.path.isfile(known) else FOLDER / "cs231n-rnn.toml").read_bytes()
    if os.path.lexists(path):
        raise ValueError(f"{called(path)} exists already: choose another name")
    with replacing(path) as file:
        file.write(text)
    return path
