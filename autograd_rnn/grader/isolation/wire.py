"""What goes between the grader and a worker: a JSON header of limited length, then the raw bytes of the arrays that it names. Never pickle.

A message is made of None, truth values, numbers, text, lists, tuples, dicts and arrays; of anything else, and of what lies deeper than
anybody nests (a list in itself), only the name of its class goes over. The header is flat, one token a node. Nothing that is received is
believed: every length, depth, dtype and shape is held against a limit before memory is taken for it.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

LENGTHS = struct.Struct("<IQ")  # of the header and of the arrays behind it
LONGEST, LARGEST, NODES, LETTERS = 1 << 20, 1 << 28, 20_000, 4_000  # bytes, bytes, nodes of a message, letters of a text
DEEPEST, FARTHEST = 200, 1 << 63  # lists in one another; whole numbers are nearer to 0
DTYPES = frozenset(np.dtype(code).str for code in ("?", "b", "B", "h", "H", "i", "I", "q", "Q", "e", "f", "d", "F", "D"))
CODES = {np.dtype(code).newbyteorder(order): code for code in DTYPES for order in "<>"}  # what an array is sent as, of either byte order
SIZED: dict[str, type] = {"list": list, "tuple": tuple, "dict": dict}


class Other(NamedTuple):
    """What a function returned that is no data: the name of its class."""

    kind: str


class Kept(NamedTuple):
    """A part of an earlier answer that stays with the worker, such as a cache: which call's, and the way to it."""

    call: int
    path: tuple[int | str, ...] = ()


class Lost(Exception):
    """There is no whole message: the other side is gone, wrote junk or too much, or took too long."""


def packed(value: Any) -> bytes:
    """A message as bytes. Raises ValueError if it is larger than a reader would take."""
    tokens: list[Any] = []
    arrays: list[np.ndarray] = []
    size = 0
    stack = [(value, 0)]
    while stack:
        node, depth = stack.pop()
        if len(tokens) > NODES:
            raise ValueError(f"more than {NODES:,} values")
        kind = None
        if depth <= DEEPEST and isinstance(node, (list, tuple, dict)) and not isinstance(node, Kept):
            kind = next(name for name, made in SIZED.items() if isinstance(node, made))
        if kind == "dict" and not all(_is_key(key) for key in node):
            kind = None
        if kind is not None:
            parts = [x for pair in node.items() for x in pair] if kind == "dict" else list(node)
            tokens.append([kind, len(parts) // 2 if kind == "dict" else len(parts)])
            stack += [(part, depth + 1) for part in reversed(parts)]
        elif isinstance(node, np.ndarray) and node.dtype in CODES:
            size += node.nbytes  # of all that it shows, which a few bytes in memory may be
            if size > LARGEST:
                raise ValueError(f"more than {LARGEST >> 20} MB")
            tokens.append(["array", CODES[node.dtype], list(node.shape)])
            arrays.append(node)
        elif isinstance(node, Kept):
            tokens.append(["kept", node.call, *node.path])
        else:
            tokens.append(_plain(node))
    header = json.dumps(tokens).encode()
    if len(header) > LONGEST:
        raise ValueError(f"more than {LONGEST >> 20} MB of values that are no arrays")
    body = b"".join(np.asarray(array, CODES[array.dtype]).tobytes() for array in arrays)
    return LENGTHS.pack(len(header), len(body)) + header + body


def _is_key(key: Any) -> bool:
    """Whether it may be a key: nothing that takes long to find among others."""
    return type(key) is str or type(key) is int and abs(key) < 1 << 31


def _plain(node: Any) -> list[Any]:
    """The token of what holds nothing else."""
    if isinstance(node, np.generic) and node.dtype.str in DTYPES:
        return ["number", node.dtype.str, node.tobytes().hex()]
    if node is None or isinstance(node, bool):
        return ["value", node]
    if isinstance(node, float) or isinstance(node, int) and abs(node) < FARTHEST:
        return ["value", float(node) if isinstance(node, float) else int(node)]
    return ["value", str(node)[:LETTERS]] if isinstance(node, str) else ["other", type(node).__name__[:60]]


def unpacked(header: bytes, body: bytes) -> Any:
    """The message of a header and the bytes behind it. Raises Lost for everything that `packed` does not write."""
    try:
        tokens = json.loads(header)
        if not isinstance(tokens, list) or not 0 < len(tokens) <= NODES + 1:
            raise Lost("a message without nodes")
        built: list[Any] = []
        depths: list[int] = []
        end = len(body)
        for kind, *rest in reversed(tokens):
            depth = 0
            if kind in SIZED:
                count = rest[0] * (2 if kind == "dict" else 1)
                if not 0 <= count <= len(built):
                    raise Lost("a message that says it holds more than it does")
                parts = [built.pop() for _ in range(count)]
                depth = 1 + max((depths.pop() for _ in range(count)), default=0)
                if depth > DEEPEST + 1 or kind == "dict" and not all(_is_key(key) for key in parts[::2]):
                    raise Lost("a message that nests deeper, or has other keys, than is taken")
                built.append(dict(zip(parts[::2], parts[1::2], strict=True)) if kind == "dict" else SIZED[kind](parts))
            elif kind == "array":
                dtype, shape = _dtype(rest[0]), tuple(map(int, rest[1]))
                size = math.prod(shape) * dtype.itemsize
                if min(shape, default=0) < 0 or len(shape) > 32 or size > end:
                    raise Lost("an array of another size than was sent")
                end -= size
                built.append(np.ndarray(shape, dtype, body, end).copy())
            elif kind == "number":
                built.append(np.frombuffer(bytes.fromhex(rest[1]), _dtype(rest[0]), 1)[0])
            elif kind == "kept" and all(_is_key(key) for key in rest):
                built.append(Kept(int(rest[0]), tuple(rest[1:])))
            elif kind == "other" and isinstance(rest[0], str):
                built.append(Other(rest[0][:60] if rest[0].isidentifier() else "object"))
            elif kind == "value" and _is_plain(rest[0]):
                built.append(rest[0])
            else:
                raise Lost("a message of an unknown kind")
            depths.append(depth)
        if len(built) != 1 or end:
            raise Lost("a message with a rest")
        return built[0]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise Lost(f"a message that is none: {type(error).__name__}") from None


def _is_plain(x: Any) -> bool:
    """Whether it is a value that needs no other token, and a whole number that is one for numpy too."""
    return x is None or isinstance(x, bool | float | str) or isinstance(x, int) and abs(x) < FARTHEST


def _dtype(code: Any) -> np.dtype[Any]:
    """A dtype of plain numbers by its code."""
    if code not in DTYPES:
        raise Lost("an array of no plain numbers")
    return np.dtype(code)


def send(line: socket.socket, value: Any, seconds: float | None = None) -> None:
    """Write a message. Raises Lost where nobody reads it in time."""
    try:
        if seconds is not None:  # a worker may not set one, and waits without
            line.settimeout(seconds)
        line.sendall(packed(value))
    except OSError as error:
        raise Lost("timed out" if isinstance(error, TimeoutError) else "nobody reads") from None


def receive(line: socket.socket, seconds: float | None = None, longest: int = LARGEST) -> Any:
    """Read a message. Raises Lost where none comes whole within ``seconds``."""
    until = None if seconds is None else time.monotonic() + seconds
    header, body = LENGTHS.unpack(b"".join(_read(line, LENGTHS.size, until)))
    if header > LONGEST or body > longest:
        raise Lost("too much")
    text = b"".join(_read(line, header, until))
    return unpacked(text, b"".join(_read(line, body, until)))


def _read(line: socket.socket, size: int, until: float | None) -> Iterable[bytes]:
    """So many bytes, in pieces; memory is taken for what has come and not for what was announced."""
    while size:
        left = None if until is None else until - time.monotonic()
        if left is not None and left <= 0:
            raise Lost("timed out")
        if left is not None:
            line.settimeout(left)
        try:
            piece = line.recv(min(size, 1 << 20))
        except TimeoutError:
            raise Lost("timed out") from None
        except OSError:
            raise Lost("gone") from None
        if not piece:
            raise Lost("gone")
        size -= len(piece)
        yield piece
