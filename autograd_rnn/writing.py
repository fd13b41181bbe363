"""The one writer of files: a file is written whole or not at all, and what is not a file is never replaced."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from autograd_rnn.visible import shown, visible

try:
    import fcntl
except ImportError:  # on Windows a file that somebody has open cannot be deleted, which says the same as a lock
    fcntl = None  # type: ignore[assignment]

PREFIX, SUFFIX = ".autograd_rnn-", ".part"
PIECE = 2000  # characters, which are fewer bytes than Python's buffer holds
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}


@contextlib.contextmanager
def replacing(path: Any) -> Iterator[IO[bytes]]:
    """A binary file that takes the place of ``path`` when everything is written, and leaves nothing behind when it is not.

    A link is followed. The mode and the owner of the file that was there are kept. Raises ValueError for what `writable` refuses, and
    where the disk does.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(os.path.join(folder, "x")) as file:
    ...         _ = file.write(b"whole")
    ...     os.listdir(folder)
    ['x']
    """
    target = writable(path)
    name = os.path.join(target.parent, f"{PREFIX}{os.urandom(8).hex()}{SUFFIX}")
    try:
        _clear(target.parent)
        with ended_in_order():
            try:  # from before there is a file: an interrupt may come at any moment
                with _beside(target, name) as file:
                    yield file
                    file.flush()
                    _as_it_was(file.fileno(), target)
                    if fcntl:  # it moves while it is locked, so that nobody clears it in between
                        os.replace(name, target)
                if not fcntl:
                    os.replace(name, target)
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(name)
    except OSError as error:
        raise ValueError(f"cannot save to {named(path)}: {error.strerror or error}; choose another place") from None


def file_name(path: Any) -> Path:
    """What people name a file by, as a Path; TypeError for anything but a text or a Path, ValueError for a text that can name none.

    >>> file_name(3)
    Traceback (most recent call last):
    TypeError: a file is named by a text or a Path, not by 3
    """
    try:
        given = os.fsdecode(path)
        fault = "a NUL character" if b"\0" in os.fsencode(given) else ""
    except TypeError:
        raise TypeError(f"a file is named by a text or a Path, not by {shown(path)}") from None
    except UnicodeEncodeError:
        fault = "half a character"
    if fault:
        raise ValueError(f"{named(given)} names no file: it holds {fault}; give a file name")
    return Path(given)


def named(path: Any) -> str:
    """A file as a sentence names it: to be seen, and of a very long name the end."""
    text = visible(path)
    return text if len(text) <= 300 else f"...{text[-300:]}"


def writable(path: Any, formats: Collection[str] = ()) -> Path:
    """The file that writing to ``path`` would make or replace, links followed: asked before long work, so that it is not lost.

    Raises ValueError if nothing could be written there, if what is there is not a file, or if its ending is none of the formats.
    """
    ending = file_name(path).suffix
    given = os.fsdecode(path)
    what = f"cannot save to {named(given)}"
    if formats and ending.lower() not in formats:
        fault = f"{named(ending)} is no ending known here" if ending else "the name has no ending"
        raise ValueError(f"{what}: {fault}; choose from {', '.join(formats)}")
    if not given:
        raise ValueError(f"{what}: the name is empty; give a file name")
    target = Path(os.path.realpath(given))
    try:
        there = os.stat(given)  # what a name of an open file stands for, such as /dev/stdout, has no other name
    except FileNotFoundError:
        there = None
    except OSError as error:  # a name that is too long, a file taken for a folder
        raise ValueError(f"{what}: {error.strerror}; choose another place") from None
    if there and not stat.S_ISREG(there.st_mode):
        raise ValueError(f"{what}: it is {KINDS.get(stat.S_IFMT(there.st_mode), 'not a file')}; give a file name")
    if given.endswith(("/", os.sep)):
        raise ValueError(f"{what}: that names a folder; give a file name")
    if there and not there.st_mode & 0o222:
        raise ValueError(f"{what}: it is read-only; choose another place")
    if not os.path.isdir(target.parent):
        raise ValueError(f"{what}: there is no folder {named(os.path.dirname(given) or target.parent)}")
    for place in (target, target.parent) if there else (target.parent,):
        if not os.access(place, os.W_OK):
            kind = "the file" if place == target else f"the folder {named(place)}"
            raise ValueError(f"{what}: {kind} cannot be written to; choose another place")
    return target


def write(path: Any, data: bytes) -> None:
    """One whole file: what was there stays if it cannot be written."""
    with replacing(path) as file:
        file.write(data)


def put(text: str) -> None:
    """A text to standard output, piece by piece: of a long one Python drops the rest unseen where a disk is full in its middle."""
    for k in range(0, len(text), PIECE):
        print(text[k : k + PIECE], end="")


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """While files are written, or processes work, a request to terminate, or a terminal that is closed, ends the program as an exception
    does: nothing is left."""
    asked = [signal.SIGTERM, signal.SIGHUP] if hasattr(signal, "SIGHUP") else [signal.SIGTERM]
    alone = threading.current_thread() is threading.main_thread()  # which alone may say what becomes of them
    mine = [one for one in asked if alone and signal.getsignal(one) is signal.SIG_DFL]
    try:
        for one in mine:
            signal.signal(one, lambda number, frame: sys.exit(128 + number))
        yield
    finally:
        for one in mine:
            signal.signal(one, signal.SIG_DFL)


def _beside(target: Path, name: str) -> IO[bytes]:
    """A new file by that name, locked while it is open; for a target that is there, nobody else may read it yet."""
    mode = 0o600 if target.exists() else 0o666
    while True:
        file = open(name, "xb", opener=lambda path, flags: os.open(path, flags, mode))  # noqa: SIM115 - it is handed on
        _locked(file.fileno(), wait=True)
        if os.path.exists(name):  # else somebody cleared it before it was locked
            return file
        file.close()


def _clear(folder: Path) -> None:
    """Remove what writers that were killed have left: nobody holds it any more."""
    with os.scandir(folder) as entries:
        left = [entry.path for entry in entries if entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX)]
    for name in left:
        with contextlib.suppress(OSError):
            if not fcntl:
                os.unlink(name)
                continue
            with open(name, "rb") as file:
                if _locked(file.fileno(), wait=False):
                    os.unlink(name)


def _locked(number: int, wait: bool) -> bool:
    """Whether this process holds the open file from now on; some network file systems have no locks."""
    with contextlib.suppress(OSError):
        if fcntl:
            fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            return True
    return False


def _as_it_was(number: int, target: Path) -> None:
    """Give the open file the owner and the mode of the file whose place it takes."""
    with contextlib.suppress(OSError, AttributeError):  # there is none; another's owner cannot be given; Windows has no such modes
        there = os.stat(target)
        with contextlib.suppress(OSError):
            os.fchown(number, there.st_uid, there.st_gid)
        os.fchmod(number, stat.S_IMODE(there.st_mode))
