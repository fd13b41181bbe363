"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def replacing(path: Any) -> Iterator[Any]:
    """A binary file that takes the place of ``path`` when everything is written, and leaves nothing behind when it is not.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(os.path.join(folder, "x")) as file:
    ...         _ = file.write(b"whole")
    ...     os.listdir(folder)
    ['x']
    """
    target = Path(path)
    writable(target)
    temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            yield file
        os.replace(temporary, target)
    except OSError as error:
        raise ValueError(f"cannot save to {target}: {error.strerror or error}; choose another place") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def writable(path: Any) -> None:
    """Raise ValueError if nothing could be written to ``path``: asked before long work, so that it is not lost."""
    target = Path(path)
    if os.path.isdir(target):  # not target.is_dir(), which raises for a name that is too long
        raise ValueError(f"cannot save to {target}: it is a folder; give a file name")
    if not os.path.isdir(target.parent):
        raise ValueError(f"cannot save to {target}: there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise ValueError(f"cannot save to {target}: the folder {target.parent} cannot be written to; choose another place")


def write(path: Any, data: bytes) -> None:
    """One whole file: what was there stays if it cannot be written."""
    with replacing(path) as file:
        file.write(data)
