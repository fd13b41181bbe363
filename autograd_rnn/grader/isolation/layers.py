"""What the kernel takes from a worker before it meets a person's code: files, network, other processes, memory without end.

By ctypes alone, as an ordinary user. Each layer is entered by itself, and which of them hold is what the report calls the level:
``full`` (all), ``partial`` (limits on what it takes, but it could reach out), ``process`` (a process of its own and the parent's clock).
Source: the manual pages landlock(7), seccomp(2), prctl(2) and getrlimit(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
import sys

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

PDEATHSIG, DUMPABLE, SECCOMP, NO_NEW_PRIVS = 1, 4, 22, 38  # prctl's
LANDLOCK_CREATE, LANDLOCK_RESTRICT = 444, 446  # on every machine
LAYERS = ("limits", "no new privileges", "no files", "no network", "no system calls")

# Calls that computing in one thread needs; every other one fails with "not permitted". (x86_64, aarch64)
ALLOWED = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62), "poll": (7, 73), "ppoll": (271, 73),
    "recvfrom": (45, 207), "sendto": (44, 206), "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214),
    "mremap": (25, 216), "madvise": (28, 233), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "sched_yield": (24, 124), "getpid": (39, 172), "gettid": (186, 178), "futex": (202, 98),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "getrandom": (318, 278), "getrusage": (98, 165), "restart_syscall": (219, 128), "exit": (60, 93),
    "exit_group": (231, 94),
}  # fmt: skip
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # the column above, the kernel's name for it


def enter(memory: int, seconds: int) -> list[str]:
    """Give up whatever computing does not need; the layers that hold from now on. ``memory``: bytes beyond what is taken already."""
    held = []
    if resource is not None:
        with contextlib.suppress(OSError, ValueError):
            _limit(memory, seconds)
            held.append("limits")
    if sys.platform != "linux":
        return held
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    libc.prctl(PDEATHSIG, 9, 0, 0, 0)
    libc.prctl(DUMPABLE, 0, 0, 0, 0)
    if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0):
        return held
    held.append("no new privileges")
    files, network = _landlocked(libc)
    held += ["no files"] * files + ["no network"] * network
    if _filtered(libc):
        held += [layer for layer in ("no network", "no system calls") if layer not in held]
    return held


def level(held: list[str]) -> str:
    """What the layers amount to.

    >>> level(list(LAYERS)), level(["limits"]), level([])
    ('full', 'partial', 'process')
    """
    return "full" if {*LAYERS} <= {*held} else "partial" if "limits" in held else "process"


def _limit(memory: int, seconds: int) -> None:
    """Limits of what the process may take, none of which it can raise again."""
    taken = 0
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as file:
        taken = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    limits = {"CPU": seconds, "FSIZE": 0, "CORE": 0, "NOFILE": 16} | ({"AS": taken + memory} if taken else {})
    for name, most in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        last = most + (name == "CPU")  # a second later than the signal that says why
        resource.setrlimit(kind, (most, last if hard == resource.RLIM_INFINITY else min(last, hard)))


def _landlocked(libc: ctypes.CDLL) -> tuple[bool, bool]:
    """Deny every access to files, and to the network where the kernel can; whether each holds."""
    version = libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False, False
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    rules = struct.pack("<QQQ", files, 3 * (version >= 4), 3 * (version >= 6))[: 8 if version < 4 else 16 if version < 6 else 24]
    made = libc.syscall(LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    if made < 0:
        return False, False
    held = libc.syscall(LANDLOCK_RESTRICT, made, 0) == 0
    os.close(made)
    return held, held and version >= 4


def _filtered(libc: ctypes.CDLL) -> bool:
    """Allow the calls of the table and no other, in the language of the kernel's filters: compare, jump so far if equal, so far if not."""
    column, machine = MACHINES.get(platform.machine(), (0, 0))
    if not machine or sys.maxsize < 1 << 32:
        return False

    def line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("<HBBI", code, yes, no, value)

    load, equal, answer, fine, denied = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050001  # denied: errno 1, "not permitted"
    numbers = sorted({both[column] for both in ALLOWED.values()})
    program = [line(load, 4), line(equal, machine, 1, 0), line(answer, denied), line(load, 0)]
    program += [line(equal, number, len(numbers) - k, 0) for k, number in enumerate(numbers)]
    program += [line(answer, denied), line(answer, fine)]
    code = ctypes.create_string_buffer(b"".join(program))
    filter = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    return bool(libc.prctl(SECCOMP, 2, ctypes.c_char_p(filter), 0, 0) == 0)
