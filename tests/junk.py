"""Calls of every public name with junk in one or two places, and what may come of them: a result, or one sentence of ours."""

import contextlib
import inspect
import itertools
import opcode
import operator
import re
import time
import warnings
from pathlib import Path

import numpy as np

import autograd_rnn as ar
from autograd_rnn import grader
from autograd_rnn.engine.operators import Missing

PACKAGE = str(Path(ar.__file__).parent)
PROTOCOL = (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError)
CALLED = re.compile(r"(takes|expected|missing|unexpected|got some) .*argument")  # Python's words of a call with too many or too few
PYTHONS = re.compile("object has no attribute|not supported between|is not iterable|unpack|is not subscriptable|has no len|Traceback")
BOUND = 2.0  # seconds of the processor
SCALARS = [
    None, True, False, 0, 1, -1, 2, 3, 7, -3, 10 ** 6, 10 ** 12, 10 ** 30, -10 ** 30, 10 ** 5000, 2 ** 63, -2 ** 63, 0.0, -0.0, 0.5, 1.5,
    -2.5, 1e-320, 1e+308, float('nan'), float('inf'), float('-inf'), 1j, complex('nan'), '', ' ', 'x', 'h', 'W_hh', 'dW_hh = 0', 't=2',
    'h_2', '2', '-1', 'a\nb', '\x1b[2J', '\x00', '\ud800', '\u202e', '漢' * 70, 'x' * 10000, '{}', '%s', '../x', b'', b'bytes', b'\xff',
    bytearray(3), Ellipsis, NotImplemented, object, int, float, str, dict, type, Exception, ValueError('x'), np.float64, np.ndarray, np,
    print, len, range(3), range(0), range(10 ** 30), slice(None), slice(1, 2), slice('a', None, 0), np.float64('nan'), np.float32(2),
    np.int8(-3), np.int64(2), np.uint64(2 ** 64 - 1), np.bool_(True), np.str_('h'), np.bytes_(b'h'), np.datetime64('2020'),
    np.timedelta64(3, 's'), np.complex64(1j), np.float16(1), np.void(b'ab'), np.longdouble(1), memoryview(b'abc'), property(),
    staticmethod(len), frozenset(), frozenset({1, 'a'}), np.dtype('f4'), np.newaxis,
]  # fmt: skip


def sources(text):
    """Expressions, between semicolons and ends of lines, each to be made anew every time."""
    return [compile(part.strip(), __file__, "eval") for part in re.split("[;\n]", text) if part.strip()]


class Bare:
    """Nothing at all."""


class Odd:
    """Something that looks like several things and is none."""

    shape, value, dtype, ndim, name, op, inputs = (2,), "value", "f8", "two", 3, None, 7

    def __len__(self):
        return 3


class Endless:
    """What never ends: more of it than anybody needs was read."""

    def __init__(self, item=1):
        self.item = item

    def __iter__(self):
        yield from itertools.repeat(self.item, 10**6)
        raise RuntimeError("read without an end")


class EndlessOfThree(Endless):
    """What says that it ends and does not."""

    def __len__(self):
        return 3


class Silent:
    """What cannot be written out, compared, hashed or asked whether it is true."""

    def __repr__(self):
        raise ValueError("cannot be written out")

    __eq__ = __hash__ = __bool__ = __len__ = __iter__ = __float__ = __index__ = lambda self, *others: self.__repr__()


class Told(Silent):
    """What can be a key and not be written out."""

    __hash__, __eq__ = object.__hash__, object.__eq__


MADE = sources("""
Endless(); iter(Endless()); ValueError(10**5000); {ValueError(10**5000): np.ones(2)}; Endless((np.ones((3, 2)), [0, 1, 0]))
iter(Endless((np.ones((3, 2)), [0, 1, 0]))); EndlessOfThree((np.ones((3, 2)), [0, 1, 0])); EndlessOfThree(); Endless("h")
iter(Endless("h")); Silent(); [Silent()]; Told(); {Told(): 1}; {Told(): (3, 2)}; {"W": Told()}
type("Own\x1b[2J", (), {}); type("Own\x1b[2J", (), {})()
object(); Bare(); Odd(); Bare; Odd; list(); dict(); tuple(); set(); {1, 2}; {'h'}; [None]; [[]]; [[], []]; [[1], [1, 2]]; [1, 'a']
[[[[1.0]]]]; (1, 2); (1, 2, 3); [0, 1, 0]; ['a', 'b']; [np.nan]; [object()]; {'a': 1}; {None: None}; {(1, 2): []}; {'h': {'h': None}}
{1.5: np.ones(2)}; {'W_hh': None}; {'W_xh': np.ones((3, 2)), '': 0}; (k for k in range(3)); iter([]); iter([1, 'a']); map(str, [1])
zip([1], [2]); lambda: None; lambda x: x; lambda *a, **k: None; lambda x: 'x'; lambda x: [x, None]; np.array([]); np.zeros((0, 3))
np.zeros((3, 0)); np.array(None); np.array([None, 1], dtype=object); np.array(['a', 'b']); np.array([b'a']); np.array([1, 2, 3])
np.array([True, False]); np.array([1j, 2]); np.full((3, 2), np.nan); np.full(3, np.inf); np.ones((3, 2), 'f2'); np.ones((3, 2), 'f4')
np.ones((3, 2), 'i1'); np.ones((2, 3, 2)); np.ones((1,) * 20); np.ones(3, dtype=[('a', 'f8')]); np.array('2020', 'M8')
np.ma.masked_array([1.0, 2.0], [True, False]); np.ones((3, 2)).view(np.recarray); np.array(5.0); np.ones((2, 2))[::-1]; -np.ones(3)
np.ones(3, '>f8'); np.float64(2)[None]; ar.tensor([1.0, 2.0]); ar.tensor(2.0); ar.tensor([1.0]) * 2; ar.constant([1, 2])
ar.constant(True); [ar.tensor(1.0), 2]; [ar.tensor([1.0]), 'a']; ar.tensor(np.ones((2, 0))); ar.constant(np.ones((2, 3, 4)))
ar.RNN(2, 3); ar.RNN; ar.Model(ar.RNN(2, 3), 2); ar.Stacked([ar.RNN(2, 3)]); (ar.Model(ar.RNN(2, 3), 2), 3)
(np.ones((3, 2)), [0, 1, 0]); (np.ones((3, 2)), 'abc'); ar.scope; ar.OPS
""")


def hashable(key):
    """Whether a dict takes it."""
    with contextlib.suppress(TypeError, ValueError):
        return hash(key) is not None


def junk(rng, depth=0):
    """Anything."""
    roll = rng.random()
    if depth < 2 and roll < 0.15:
        parts = [junk(rng, depth + 1) for _ in range(rng.randrange(4))]
        kind = rng.choice([list, tuple, dict, iter])
        if kind is not dict:
            return kind(parts)
        return dict(zip(filter(hashable, map(lambda _: rng.choice(SCALARS), parts)), parts))
    return rng.choice(SCALARS) if roll < 0.6 else eval(rng.choice(MADE))


def ours(error):
    """Whether a ``raise`` of the package made the error, and not Python or numpy inside of it."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return code.co_filename.startswith(PACKAGE) and opcode.opname[code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"


def own(error):
    """Whether a function of this file made it, as a person's own would, called with what it is not for."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename == __file__


def complaint(call):
    """What is wrong with how a call went; nothing if it gave a result, or one sentence of ours."""
    start = time.process_time()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.suppress(SystemExit):
            warnings.simplefilter("error")
            call()
    except PROTOCOL as error:
        said = str(error.args[0]) if error.args else ""
        if not ours(error) and not own(error) and not CALLED.search(said):
            return f"raw {type(error).__name__}: {error}"
        if not said.isprintable() or not said.strip() or len(said) > 1000:
            return f"unprintable or long: {said[:300]!r}"
        if PYTHONS.search(said):
            return f"Python's words: {error}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    if (spent := time.process_time() - start) > BOUND:
        return f"took {spent:.1f} s"
    return ""


def model():
    return ar.Model(ar.RNN(2, 3), 2)


def run():
    return model().unroll(np.ones((3, 2)), [0, 1, 0])


def own_cell(**members):
    """A cell of a class that says what a test wants it to say."""
    usual = {"shapes": lambda self: {"W": (3, 2)}, "step": lambda self, p, x, h: {"h": p.W @ x + h}}
    return type("Own", (ar.Cell,), usual | members)(2, 3)


SMALL = '[[function]]\nname = "embed"\ntakes = "x, W"\nreturns = "out, cache"\ncomputes = "embedding"\n'  # an assignment
WORK = "def embed(x, W):\n    return W[x], None\n"  # and the work of somebody
exec(WORK)
X = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
GOOD = """
x: ar.tensor(X); a: ar.tensor(X[:, :2]); b: ar.tensor(X[:, :2]); axis: 0; shape: (3, 2); tensors: [ar.tensor(X), X]; condition: X > 0
index: (0, 1); value: 1.0; name: 'h'; classes: [0, 1, 1]; size: 3; W: ar.tensor(X); s: ar.tensor(X); y: [0, 1]; dtype: 'f4'; sections: 2
reps: 2; width: 1; indices: [0, 1]; shift: 1; source: 0; destination: 1; repeats: 2; subscripts: 'ij->j'; operands: X
terms: ar.tensor(X); input_size: 2; hidden_size: 3; output_size: 2; cell: ar.RNN(2, 3); cells: [ar.RNN(2, 3), ar.RNN(3, 3, seed=1)]
forward: ar.RNN(2, 3); backward: ar.RNN(2, 3, seed=1); encoder: ar.RNN(2, 3); decoder: ar.RNN(2, 3, seed=1); model: model()
data: (np.ones((3, 2)), [0, 1, 0]); f: lambda x: (x * x).sum(); args: X; what: run(); subject: run(); run: run(); steps: 3
path: 'file.npz'; convention: 'pytorch'; reads: 'f({})'; vjps: lambda g, y, x: g; model_or_cell: model()
arrays: ar.conventions.dump_weights(model()); text: 'dW_hh = 0'; parameter: 'W_hh'; loss: 'L_2'; node: 'h_1'; t: 2; k: 1; T: 3; S: 0
of: 'h'; by: 'h'; form: 'recursion'; state: 'h'; key: 'W_hh'; index_: 0; variable: model().parameters['W_hh']; tag: '2'; number: 1
level: None; values: 1.0; other: 2.0; decimals: 0; root: run().loss; reduction: 'sum'; p: ar.RNN(2, 3).named(); states: np.zeros(3)
alpha: 1.0; low: 0; high: 1; assignment: 'small.toml'; submission: 'work.py'; only: ['embed']; hint: 3; seed: 1; function: embed
folder: 'class'; out: 'out'; jobs: 1; target: 'x.zip'
"""  # by the name of a parameter, what fits often enough
GOOD = dict(part.split(": ", 1) for part in re.split("[;\n] *", GOOD) if part)
INSIDE = {  # what a program's own parts call; a person makes none of these and hands nothing to them
    "OPS", "conventions", "Tape", "Gradients", "Run", "Tensor", "observed", "scope", "set_tag", "specimen", "recorded", "fuse", "unfuse",
    "preactivations", "parameter", "first", "state_size", "step", "chunks", "by_gate", "cell_arrays", "expressible", "first_bias",
    "fitting_convention", "other_kind", "other_sizes", "layout", "parts_of", "wanted_by", "checked",
}  # fmt: skip
SUBJECTS = {
    "tensor": lambda: ar.tensor(X, name="x"),
    "number": lambda: (ar.tensor(X) * 2).sum(),
    "model": model,
    "cell": lambda: ar.LSTM(2, 3),
    "run": run,
    "stack": lambda: ar.Stacked([ar.RNN(2, 3)]),
    "translator": lambda: ar.EncoderDecoder(ar.RNN(2, 3), ar.RNN(2, 3, seed=1), 2),
    "gradients": lambda: run().backward(),
    "derivation": lambda: ar.derive(model()),
    "sweep": lambda: (ar.tensor(X, name="x") * 2).sum().backward(),
    "walk": lambda: ar.step(run()),
    "picture": lambda: ar.draw(run()),
    "tape": lambda: run().tape,
    "parameters": lambda: model().parameters,
    "conventions": lambda: ar.conventions,
}


def jacobian_product(name, x, direction):
    """A transform of a sum of squares, called."""
    result = getattr(ar, name)(lambda x: (x * x).sum())
    return result(x, direction) if name == "jvp" else result(x)


def entries():
    """Every public name: {how it is called: () -> (the function, its parameters)}."""
    found = {}
    for name in sorted(set(dir(ar)) - INSIDE | {"step"}):
        found[name] = lambda name=name: getattr(ar, name)
    for what, make in SUBJECTS.items():
        thing = make()
        names = thing.__all__ if inspect.ismodule(thing) and hasattr(thing, "__all__") else dir(thing)
        for name in names:
            attribute = inspect.getattr_static(thing, name, None)
            foreign = inspect.ismodule(thing) and not getattr(attribute, "__module__", "").endswith(what)
            if name.startswith("_") or name in INSIDE or foreign or isinstance(attribute, (property, type, Missing)):
                continue
            if callable(getattr(thing, name)):
                found[f"{what}.{name}"] = lambda make=make, name=name: getattr(make(), name)
    for what in ("tensor", "run", "gradients", "sweep", "tape", "parameters"):
        found[f"{what}[]"] = lambda make=SUBJECTS[what]: lambda index: make()[index]
    for what in ("h", "losses", "scores"):
        found[f"run.{what}[]"] = lambda what=what: lambda t: getattr(run(), what)[t]
    for sign in ("add", "sub", "mul", "truediv", "matmul", "pow", "mod", "floordiv", "eq", "lt", "contains", "setitem", "iadd"):
        found[f"tensor {sign}"] = lambda sign=sign: (
            lambda other: getattr(operator, sign)(ar.tensor(X), *([other, other] if sign == "setitem" else [other]))
        )
    found["load"] = lambda: lambda path="model.npz", cells=(): ar.load(path, cells)
    found["scope"] = lambda: lambda cell=None, step=None, tag="": ar.scope(cell=cell, step=step, tag=tag)
    for name in ("grad", "value_and_grad", "jacobian", "hessian", "vjp", "jvp"):
        found[f"{name}()"] = lambda name=name: lambda x, direction=X: jacobian_product(name, x, direction)
    found["op()"] = lambda: lambda reads, vjps=lambda g, y, x: g, f=lambda x: x: ar.op(reads, vjps)(f)
    for name in set(grader.__all__) - {"Report"}:
        found[f"grader.{name}"] = lambda name=name: getattr(grader, name)
    for name in ("answers", "fields", "output", "states", "usual", "words"):
        found[f"Cell.{name}"] = lambda name=name: lambda value: own_cell(**{name: value})
    found["Cell.shapes"] = lambda: lambda shapes: own_cell(shapes=lambda self: shapes)
    found["Cell.shape"] = lambda: lambda shape: own_cell(shapes=lambda self: {"W": shape})
    found["Cell.step"] = lambda: lambda answer: ar.unroll(own_cell(step=lambda self, p, x, h: answer), np.ones((3, 2)))
    found["Cell.h"] = lambda: lambda state: ar.unroll(own_cell(step=lambda self, p, x, h: {"h": state}), np.ones((3, 2)))
    return found


ENTRIES = entries()


def arguments(rng, function):
    """Good arguments with junk in the place of one or two of them."""
    places = [p for p in inspect.signature(function).parameters.values()]
    spoilt = set(rng.sample(range(len(places)), min(len(places), 1 + (rng.random() < 0.2))))
    positional, named = [], {}
    for k, place in enumerate(places):
        good = GOOD.get(place.name)
        if k in spoilt:
            value = junk(rng)
            if place.name == "f" and callable(value):  # what another's function raises is its own
                value = None
            if place.name == "progress" and isinstance(value, (bool, np.bool_)):  # a bar that is asked for is seen
                value = False
        elif place.default is not place.empty and (good is None or rng.random() < 0.7):
            if place.kind is place.KEYWORD_ONLY or place.kind is place.POSITIONAL_ONLY and k > 0:
                continue
            value = place.default
        elif place.kind is place.VAR_KEYWORD:
            continue
        else:
            value = eval(good) if good else None
        if place.kind is place.VAR_KEYWORD:
            continue
        if place.kind is place.KEYWORD_ONLY:
            named[place.name] = value
        else:
            positional.append(value)
    return positional, named


def shown(value):
    """An argument as a report of a failure has it."""
    try:
        return ascii(value)[:120]
    except Exception as error:
        return f"<{type(value).__name__}, {type(error).__name__}>"
