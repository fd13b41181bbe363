"""A class graded on all cores: every submission in a worker of its own, every report noted at once, none that stops the others."""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import secrets
import signal
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from autograd_rnn.engine.checks import string, switch
from autograd_rnn.grader.assignment import Spec
from autograd_rnn.grader.batch.cluster import connected, on_cluster
from autograd_rnn.grader.batch.journal import Journal
from autograd_rnn.grader.batch.pages import write_pages
from autograd_rnn.grader.batch.people import Work, works
from autograd_rnn.grader.cases import drawn_by
from autograd_rnn.grader.files import LARGEST, TEXTS, WRITTEN
from autograd_rnn.grader.grading import Grader
from autograd_rnn.grader.report import failed
from autograd_rnn.grader.spec import find
from autograd_rnn.nets.given import size
from autograd_rnn.nets.progress import Progress
from autograd_rnn.visible import visible
from autograd_rnn.writing import ended_in_order, file_name, named

AHEAD = 4  # submissions that wait for each process: enough that none is idle
MOST = 61  # processes, as many as Windows can wait for
NOBODY = (
    "no process that grades can be started: this machine lacks memory, or grade_all stands in a script of your own, and there not below "
    "`if __name__ == '__main__':`"
)


class Class(NamedTuple):
    """What came of a class: how many were graded now, how many before, where the pages are, and what does not match a roster."""

    graded: int
    before: int
    folder: Path
    said: list[str]


def grade_all(
    assignment: str | Path | Spec,
    folder: str | Path,
    out: str | Path,
    seed: int | None = None,
    jobs: int | None = None,
    roster: str | Path | None = None,
    regrade: bool = False,
    progress: bool | None = None,
    dask: str | None = None,
) -> Class:
    """Grade a class, and write journal, ``grades.csv`` and pages to ``out``. ``folder``: the submissions, a file or folder a student, or
    the .zip that a course system exports.

    What is graded already and has not changed is left as it is, so that an interrupted run goes on where it was; ``regrade`` grades all
    again. ``seed``: of the numbers that are tried, the same for everybody; by default a new one, or that of the journal. ``jobs``: how
    many processes, by default one a core. ``dask``: the address of a Dask cluster that grades instead of this machine, as
    "tcp://10.0.0.1:8786". ``roster``: a CSV file with the columns id and name. Raises ValueError for a folder without submissions, for an
    ``out`` that holds something else or lies among them, and for a cluster that is gone.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = Path(place, "work").mkdir(), Path(place, "work", "ada.py").symlink_to("elsewhere")
    ...     found = grade_all("cs231n-rnn", Path(place, "work"), Path(place, "grades"), seed=1, jobs=1, progress=False)
    ...     print(found.graded, *sorted(path.name for path in found.folder.iterdir()))
    1 class.html grades.csv grades.sqlite students
    """
    spec, out, folder, seed = find(assignment), file_name(out), file_name(folder), seed if seed is None else drawn_by(seed)
    jobs = (os.cpu_count() or 1) if jobs is None else size("jobs", jobs)
    regrade, dask = switch("regrade", regrade), dask if dask is None else string("dask", dask)
    if os.path.isdir(folder) and Path(os.path.realpath(out)).is_relative_to(os.path.realpath(folder)):
        raise ValueError(f"{named(out)} lies among the submissions: choose a folder beside them for the grades")
    with ended_in_order(), TemporaryDirectory() as room, connected(dask) if dask else contextlib.nullcontext() as cluster:
        found, said = works(folder, Path(room), roster, WRITTEN if spec.net else TEXTS)
        with Journal(out, spec, seed) as journal:
            seed = secrets.randbelow(1 << 32) if journal.seed is None else drawn_by(journal.seed)
            journal.begin(seed)
            digests = {work.number: _digest(work.path) for work in found}
            known = {} if regrade else journal.known()
            todo = [work for work in found if known.get(work.number) != digests[work.number]]
            journal.forget([number for number in journal.known() if number not in digests])
            journal.rename([(work.who, json.dumps(work.notes), work.number) for work in found])
            coming = on_cluster(cluster, spec, seed, todo) if cluster else _graded(spec, seed, todo, min(jobs, MOST))
            with Progress(len(todo), progress, "grading") as bar, contextlib.closing(coming) as done:
                for work, report in done:
                    journal.keep(work.number, work.who, visible(work.path.name), digests[work.number], [*work.notes], report)
                    bar.update(work.who)
            journal.put_in_order()
            write_pages(journal, spec)
    return Class(len(todo), len(found) - len(todo), out, said)


_grader: Grader | None = None  # of a process of the pool


def _begin(spec: Spec, seed: int) -> None:
    global _grader
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where nothing is unheard of from the start
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _grader = Grader(spec, seed)
    _grader.__enter__()


def _end_with_parent() -> None:
    """A process of the pool waits for its parent for ever, even if that was killed."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """Processes that are started within hear no Ctrl-C: their parent does, which ends them. What it is told meanwhile is heard at the end:
    a pool of Python's that is half started, or half shut down, can neither be shut down nor go on."""
    came: list[int] = []
    names = ("SIGALRM", "SIGHUP", "SIGTERM", "SIGINT") if threading.current_thread() is threading.main_thread() else ()
    handlers = {one: signal.getsignal(one) for name in names if (one := getattr(signal, name, None))}
    heard = {one: handler for one, handler in handlers.items() if callable(handler)}
    masked = hasattr(signal, "pthread_sigmask")  # not on Windows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masked else ()
    try:
        for one in heard:
            signal.signal(one, lambda number, frame: came.append(number))
        yield
    finally:
        if masked:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for one, handler in heard.items():
            signal.signal(one, handler)
    for number in came:
        signal.raise_signal(number)


def _one(path: str) -> str:
    assert _grader is not None
    return _grader.grade(path).to_json()


def _graded(spec: Spec, seed: int, todo: list[Work], jobs: int) -> Generator[tuple[Work, str], None, None]:
    """Each submission's report as JSON, as they come. A process that dies takes no other submission with it."""
    rest = list(todo)
    while rest:
        waiting: dict[Future[str], Work] = {}
        context = multiprocessing.get_context("spawn")
        others = {*multiprocessing.active_children()}
        pool = ProcessPoolExecutor(min(jobs, len(rest)), context, initializer=_begin, initargs=(spec, seed))
        try:
            with _unheard():
                begun = pool.submit(os.getpid)
            while rest or waiting:
                while rest and len(waiting) < (AHEAD * jobs if jobs > 1 else 1):  # of several it would not be known which ended it
                    work = rest.pop(0)
                    with _unheard():
                        waiting[pool.submit(_one, str(work.path))] = work
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    work = waiting.pop(future)
                    yield work, future.result()
        except BrokenProcessPool:
            lost = [work, *waiting.values()]
            if begun.exception():  # there is no process to blame a submission for
                if jobs == 1:
                    raise ValueError(NOBODY) from None
            elif len(lost) == 1 or jobs == 1:
                yield lost[0], failed(spec, lost[0].path.name, seed, "the process that graded it ended").to_json()
                lost = lost[1:]
            rest, jobs = [*lost, *rest], 1  # one at a time, until it is known which
        finally:
            with _unheard():  # of a thread that is waited for, Python takes an interrupt for its end
                for process in {*multiprocessing.active_children()} - others if rest or waiting else ():
                    process.kill()  # an interrupt: nobody waits for what is running
                pool.shutdown(wait=True, cancel_futures=True)


def _digest(path: Path) -> str:
    """What tells one version of a submission from another."""
    found = hashlib.sha256()
    for file in sorted(p for p in (path.rglob("*") if path.is_dir() else [path]) if p.is_file() and not p.is_symlink())[:10_000]:
        try:
            found.update(os.fsencode(file.relative_to(path)))
            with file.open("rb") as data:  # of what is too large for a submission the size is enough
                found.update(data.read(LARGEST + 1) + str(file.stat().st_size).encode())
        except OSError:
            found.update(b"unreadable")
    return found.hexdigest()
