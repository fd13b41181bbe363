"""What holds a submission: each layer of the kernel's by itself, the limits of a worker, and the messages between it and the grader."""

import ctypes
import json
import platform
import random
import socket
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from autograd_rnn.grader.isolation import layers, wire
from autograd_rnn.grader.isolation.workers import Ended, Limits, Workers, _holds

# -- layers --------------------------------------------------------------------------------------------------------------

PROBES = {  # what is entered by itself, and what fails from then on and had worked before
    "no files": (
        "held = layers._landlocked(libc)[0]",
        ["open('/etc/passwd').read()", "os.listdir('/')", "open('/proc/self/status').read()", "open(made, 'w')", "os.mkdir(made + '.d')"],
    ),
    "no network": (
        "held = layers._landlocked(libc)[1]",
        ["socket.create_connection(address, 5).close()", "socket.create_server(('127.0.0.1', 0)).close()"],
    ),
    "no system calls": (
        "held = layers._filtered(libc)",
        ["os._exit(0) if os.fork() == 0 else os.wait()", "socket.socket().close()", "os.kill(os.getpid(), 0)", "os.chdir('/')"]
        + ["open('/etc/passwd').read()", "threading.Thread(target=print).start()", "os.pipe()", "os.stat('/')", "os.nice(0)"],
    ),
}
PROGRAM = """
import ctypes, os, socket, sys, threading
sys.path.insert(0, {folder!r})
import layers
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.prctl(38, 1, 0, 0, 0)
address, made = ('127.0.0.1', {port}), {made!r}
before = []
if {first}:
    {enter}
    if not held:
        print('missing')
        sys.exit()
try:
    {probe}
    print('done')
except (PermissionError, RuntimeError):
    print('denied')
"""


def probed(layer, probe, entered, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = {"folder": str(Path(layers.__file__).parent), "port": server.getsockname()[1], "made": str(tmp_path / "made")}
        program = PROGRAM.format(first=entered, enter=PROBES[layer][0], probe=probe, **words)
        return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True).stdout.split()[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")
@pytest.mark.parametrize("layer, probe", [(layer, probe) for layer, (_, probes) in PROBES.items() for probe in probes])
def test_a_layer_denies_by_itself_what_works_without_it(layer, probe, tmp_path):
    found = probed(layer, probe, True, tmp_path)
    if found == "missing":  # the kernel's own word, so that a layer that we break is not taken for one that it lacks
        landlock = ctypes.CDLL(None).syscall(layers.LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1) > 0
        filters = Path("/proc/sys/kernel/seccomp").exists() and platform.machine() in layers.MACHINES
        assert not (filters if layer == "no system calls" else layer == "no files" and landlock)
        pytest.skip(f"this machine lacks the layer {layer}")
    assert found == "denied" and not [*tmp_path.iterdir()]
    assert probed(layer, probe, False, tmp_path) == "done"


WORK = """
import numpy as np
def f(x): return np.linalg.svd(x @ x.T)[1], np.fft.fft(x).real, np.einsum('ij,kj->ik', x, x), np.random.default_rng(1).normal(size=3)
def loop():
    while True: pass
def fill(n): return np.ones(n << 17).sum()
def fail(): return [][0]
"""


@pytest.fixture(scope="module")
def workers():
    with Workers() as started:
        yield started


def test_a_worker_computes_whatever_numpy_computes(workers):
    x = np.arange(6.0).reshape(2, 3)
    with workers.start() as worker:
        assert "f" in worker.load(WORK)["functions"]
        singular, spectrum, product, drawn = worker.call("f", x)["result"]
    assert np.allclose(singular, np.linalg.svd(x @ x.T)[1]) and np.allclose(spectrum, np.fft.fft(x).real) and np.allclose(product, x @ x.T)
    assert np.array_equal(drawn, np.random.default_rng(1).normal(size=3))


def test_what_a_worker_takes_is_limited(workers):
    with workers.start(Limits(memory=1 << 26)) as worker:
        worker.load(WORK)
        assert worker.call("fill", 8)["result"] == 8 << 17 and worker.call("fill", 1 << 10)["raised"] == "MemoryError"
    with workers.start(Limits(seconds=1, call=60.0)) as worker:  # of processor time, which a machine that is busy does not take
        worker.load(WORK)
        assert worker.call("loop") == Ended("timed out", worker.ended.words) and worker.call("f") is worker.ended
    with workers.start(Limits(call=0.2)) as worker:
        worker.load("import time\ndef f(): time.sleep(1e6)")
        assert worker.call("f").why == "timed out"
    with workers.start() as worker:
        worker.load(WORK)
        assert worker.call("fail") == {"raised": "IndexError", "message": "list index out of range", "line": 7, "printed": ""}


def test_modules_that_an_assignment_allows_are_loaded_before_the_files_are_gone():
    with Workers(["numpy", "colorsys", "no_such_module"]) as workers, workers.start() as worker:
        worker.load("import colorsys\ndef f(): return colorsys.rgb_to_hls(1, 0, 0)[1]\ndef g(): import no_such_module", {}, ("colorsys",))
        assert worker.call("f")["result"] == 0.5 and worker.call("g") and "printed" in worker.call("g")


def test_a_text_goes_over_whole(workers):
    source = "x = '''" + "é" * 100_000 + "'''\ndef f(): return len(x), x\n"
    with workers.start() as worker:
        worker.load(source, {"helper": "y = 1\n" * 10_000})
        count, text = worker.call("f")["result"]
    assert count == 100_000 and 0 < len(text) <= wire.LETTERS


# -- messages ------------------------------------------------------------------------------------------------------------


def value(rng, depth=0):
    """A random value that goes over as it is."""
    kind = rng.randrange(12 if depth < 4 else 8)
    if kind >= 8:
        parts = [value(rng, depth + 1) for _ in range(rng.randrange(4))]
        keys = rng.sample([*range(-3, 3), "a", "b", "é", "\ud800"], len(parts))
        return {8: parts, 9: tuple(parts), 10: dict(zip(keys, parts)), 11: [*parts, ()]}[kind]
    shape = tuple(rng.randrange(4) for _ in range(rng.randrange(4)))
    return [
        lambda: None, lambda: rng.random() < 0.5, lambda: rng.randrange(-(1 << 62), 1 << 62), lambda: rng.gauss(0, 1e9),
        lambda: rng.choice(["", "text", "\x00\x1b", "\ud800"]), lambda: np.array(rng.gauss(0, 1)).astype(rng.choice("fdFDeiq?"))[()],
        lambda: wire.Kept(rng.randrange(9), (0, "x")), lambda: np.array(rng.random()) * np.ones(shape, rng.choice("fdFDeiq?")),
    ][kind]()  # fmt: skip


def same(a, b):
    if isinstance(a, (list, tuple, dict)):
        pairs = zip([*a.items()], [*b.items()]) if isinstance(a, dict) else zip(a, b)
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y) for x, y in pairs)
    if isinstance(a, (np.ndarray, np.generic)):  # numpy has two names for a whole number of eight bytes
        return isinstance(b, (np.ndarray, np.generic)) and a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b)
    return type(a) is type(b) and a == b


def parted(message):
    header, body = wire.LENGTHS.unpack(message[: wire.LENGTHS.size])
    rest = message[wire.LENGTHS.size :]
    assert len(rest) == header + body
    return rest[:header], rest[header:]


def test_values_come_over_as_they_were(random_seed):
    rng = random.Random(random_seed)
    for _ in range(500):
        sent = value(rng)
        assert same(sent, wire.unpacked(*parted(wire.packed(sent))))


def junk(rng):
    """A message that nobody wrote: one of ours with something else in it, or tokens by chance."""
    header, body = parted(wire.packed(value(rng)))
    odd = [None, True, -1, 0, 3, 1.5, 1 << 40, 10**30, "list", "dict", "array", "<f8", "O", "|V8", [], [1 << 40, 1 << 40], [-1], {}, "xyz"]
    if rng.random() < 0.3:
        words = bytearray(header + body)
        for _ in range(rng.randrange(1, 5)):
            words[rng.randrange(len(words))] = rng.randrange(256)
        return bytes(words[: len(header)]), bytes(words[len(header) :])
    tokens = json.loads(header) if rng.random() < 0.6 else []
    kinds = ["list", "tuple", "dict", "array", "number", "kept", "other", "value", "none"]
    tokens += [[rng.choice(kinds), *rng.choices(odd, k=rng.randrange(4))] for _ in range(rng.randrange(1, 6))]
    for _ in range(rng.randrange(3)):
        token = rng.choice(tokens)
        token[rng.randrange(len(token))] = rng.choice(odd)
    rng.shuffle(tokens)
    return json.dumps(rng.choice([tokens, tokens, tokens, tokens[0], {"a": tokens}])).encode(), body[: rng.randrange(len(body) + 1)]


def test_junk_is_a_value_or_nothing_and_takes_no_memory(random_seed):
    rng = random.Random(random_seed)
    lost = 0
    tracemalloc.start()
    for _ in range(3000):
        header, body = junk(rng)
        try:
            _holds(wire.unpacked(header, body))
        except wire.Lost:
            lost += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 1000 < lost < 3000 and peak < 20e6


@pytest.mark.parametrize(
    "header",
    [
        *(b"", b"[]", b"[" * 10**5, b"{", b"null", b"1" * 5000, b"[[]]", b'[["list",1]]', b'[["value",1e999]', b"\xff\xfe", b"NaN"),
        *(b'[["array","<f8",[1099511627776]]]', b'[["array","<f8",[-1,-1]]]', b'[["array","|O",[0]]]', b'[["number","<f8","00"]]'),
        b'[["value",' + b"9" * 4000 + b"]]",
        b"[" + b",".join([b'["list",1]'] * 1000 + [b'["list",0]']) + b"]",
        b"[" + b",".join([b'["dict",2]', b'["value",1]', b'["value",0]', b'["value",2305843009213693952]', b'["value",0]']) + b"]",
    ],
)  # fmt: skip
def test_what_nobody_sends_is_lost(header):
    with pytest.raises(wire.Lost):
        wire.unpacked(header, b"")


def test_a_stream_of_junk_is_lost_before_memory_is_taken(random_seed):
    rng = random.Random(random_seed)
    streams = [wire.LENGTHS.pack(1 << 31, 0), wire.LENGTHS.pack(0, 1 << 60), wire.LENGTHS.pack(9, 9), b"", b"abc", rng.randbytes(4000)]
    streams += [wire.LENGTHS.pack(1 << 20, wire.LARGEST) + b"[]" * 50]
    tracemalloc.start()
    for stream in streams:
        mine, theirs = socket.socketpair()
        with mine:
            with theirs:
                theirs.sendall(stream)
            with pytest.raises(wire.Lost):
                wire.receive(mine, 60.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


LARGE = [
    (lambda: [0] * 10**5, "20,000 values"),
    (lambda: np.broadcast_to(0.0, (1 << 20, 1 << 20)), "256 MB"),
    (lambda: ["x" * 4000] * 1000, "1 MB"),
]


@pytest.mark.parametrize("made, limit", LARGE)
def test_what_is_too_large_is_not_sent(made, limit):
    with pytest.raises(ValueError, match=limit):
        wire.packed(made())


def test_what_is_no_data_goes_over_by_its_class():
    ring = []
    ring.append(ring)
    sent = [object(), len, {(1, 2): 3}, np.zeros(2, object), np.zeros(2, "M8[s]"), 1 << 64, type("a\x1b[2J", (), {})()]
    kinds = [part.kind for part in wire.unpacked(*parted(wire.packed(sent)))]
    assert kinds == ["object", "builtin_function_or_method", "dict", "ndarray", "ndarray", "int", "object"]
    assert isinstance(wire.unpacked(*parted(wire.packed(ring))), list)

    class Pairs(dict): ...  # noqa: E701

    assert wire.unpacked(*parted(wire.packed(Pairs(a=1)))) == {"a": 1}
    view = np.arange(6.0).reshape(2, 3)[::-1, ::-1].T
    assert np.array_equal(wire.unpacked(*parted(wire.packed(np.ma.masked_array(view, view > 3)))), view)


@pytest.mark.parametrize(
    "answer",
    [
        None, [], {}, {1: 2}, {"result": 1}, {"result": 1, "changed": [], "call": True}, {"result": 1, "changed": [1.5], "call": 0},
        {"result": 1, "changed": 5, "call": 0}, {"result": 1, "changed": [], "call": -1}, {"raised": [], "message": "", "line": None},
        {"raised": "E", "message": "", "line": 1 << 40}, {"raised": "E", "message": ""}, {"layers": "full"}, {"functions": [1]},
        {"raised": "E", "message": "", "line": 1, "score": 1}, {"missing": None}, {"result": 1, "changed": [], "call": 0, "printed": b""},
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_none(answer):
    assert not _holds(answer)
