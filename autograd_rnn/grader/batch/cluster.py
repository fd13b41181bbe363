"""The jobs of a class on a Dask cluster: a submission goes over as its programs, its report comes back as text.

The cluster needs no disk in common with this machine, only the same autograd-rnn. Each of its processes grades one submission at a time.
"""

from __future__ import annotations

import logging
import re
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from autograd_rnn.grader.batch.people import Work
from autograd_rnn.grader.files import LARGEST, TEXTS, WRITTEN, below
from autograd_rnn.grader.grading import Grader
from autograd_rnn.grader.report import failed
from autograd_rnn.grader.spec import Spec
from autograd_rnn.nets.progress import Progress
from autograd_rnn.visible import shown, visible
from autograd_rnn.writing import replacing

# Seconds for a cluster to answer; submissions that have gone over and are not graded; failures that tell of one that cannot grade at all
WAIT, AHEAD, FEW = 30, 100, 10
Files = list[tuple[str, bytes, int]]  # (place below the submission, as much of it as a grade reads, its size)

_graders: dict[tuple[str, int], Grader] = {}  # of a process of the cluster: the last one
_one_at_a_time = threading.Lock()


def connected(address: str) -> Any:
    """A Dask cluster's client, a context manager. Raises ValueError where there is none."""
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("--dask needs Dask: pip install 'autograd-rnn[dask]'") from None
    if not re.fullmatch(r"(tcp|tls|ws|wss)://.+", address):
        raise ValueError(f"{shown(address)} is no address of a Dask cluster: one is written as tcp://10.0.0.1:8786")
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what it says is said here in a sentence
    try:
        with Progress(None, None, "looking for the cluster"):
            return Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"there is no Dask cluster at {shown(address)}: {visible(error)[:200]}") from None


def on_cluster(client: Any, spec: Spec, seed: int, todo: list[Work]) -> Generator[tuple[Work, str], None, None]:
    """Each submission's report as JSON, as they come; one that cannot be read, or laid out there, is graded here. Raises ValueError for a
    cluster that is gone, or whose processes cannot grade."""
    from distributed import CancelledError, KilledWorker, as_completed

    rest, coming = todo[::-1], as_completed(raise_errors=False, loop=client.loop)
    waiting: dict[str, Work] = {}
    left, able, why = [], False, ""
    while rest or waiting:
        while rest and len(waiting) < AHEAD:
            work = rest.pop()
            try:
                files = contents(work.path)
            except OSError:
                left.append(work)
                continue
            future = client.submit(graded, spec, seed, work.path.name, files, pure=False)
            waiting[future.key] = work
            coming.add(future)
        if not waiting:
            break
        future = next(coming)
        work = waiting.pop(future.key)
        try:
            raised = future.exception()
            report = "" if raised else future.result()
        except (OSError, CancelledError):
            raise ValueError("the Dask cluster is gone: run again to go on where it was") from None
        if raised and not isinstance(raised, KilledWorker):
            left, why = [*left, work], f"a process of the Dask cluster cannot grade: {visible(raised)[:200]}"
            if not able and (len(left) > FEW or not waiting):
                break
            continue
        able = True
        yield work, report or failed(spec, work.path.name, seed, "the process that graded it ended").to_json()
    if why and not able:
        raise ValueError(why)
    if left:
        with Grader(spec, seed) as here:
            yield from ((work, here.grade(work.path).to_json()) for work in left)


def contents(path: Path) -> Files | None:
    """What a submission consists of; None for what is no file and no folder, a link among them. Raises OSError for what cannot be read."""
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        return None
    found = []
    for file in sorted(below(path, (*TEXTS, *WRITTEN))) if path.is_dir() else [path]:
        with file.open("rb") as data:
            found.append(("" if file == path else str(file.relative_to(path)), data.read(LARGEST + 1), file.stat().st_size))
    return found


def graded(spec: Spec, seed: int, name: str, files: Files | None) -> str:
    """One submission's report, on a process of the cluster."""
    with _one_at_a_time, tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        if files is None:
            path.symlink_to(folder)
        elif [place for place, _, _ in files] != [""]:
            path.mkdir()
        for place, data, size in files or ():
            (path / place).parent.mkdir(parents=True, exist_ok=True)
            with replacing(path / place) as file:
                file.write(data)
                file.truncate(size)
        if (repr(spec), seed) not in _graders:
            for key in [*_graders]:
                _graders.pop(key).__exit__()
            _graders[repr(spec), seed] = Grader(spec, seed).__enter__()
        return _graders[repr(spec), seed].grade(path).to_json()
