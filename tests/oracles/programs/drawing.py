"""What a random program is drawn with: choices, numbers that stand apart, operands that are there or new."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_rnn as ar
from autograd_rnn.engine.op import FUNCTIONS, UFUNCS
from tests.oracles.programs.program import NAME, Line, Program, spelled

LARGE = 6.0  # a statement with a larger result is squashed
ROOM = 60  # elements of the largest result
LEAVES = 8

Field = Callable[["Draw"], str]


class Unsuitable(Exception):
    """Raised by a draw that finds nothing to work on: another statement is drawn."""


class Row:
    """One kind of statement: its text, and how each field of it is drawn, in order, as text again.

    ``theirs`` is PyTorch's text where it is not ours with ``T.`` for ``ar.``; ``when`` is told the fields' values and may refuse them;
    ``needs`` names options (``"var.ddof"``), or says outright, what else than the functions that the text calls must be there, or the row
    is left out.
    """

    def __init__(self, ours: str, theirs: str = "", needs: Sequence[str | bool] = (), when: Any = None, **fields: Field):
        self.ours, self.theirs, self.needs, self.when, self.fields = ours, theirs or spelled(ours), needs, when, fields

    def active(self) -> bool:
        called = re.findall(r"\bar\.(\w+)", self.ours)
        return all(hasattr(ar, name) for name in called) and all(takes(need) if isinstance(need, str) else need for need in self.needs)

    def draw(self, d: Draw) -> tuple[str, str]:
        """The statement's text, ours and PyTorch's. Sometimes ours goes by numpy's name."""
        texts = {}
        d.got.clear()
        for name, drawn in self.fields.items():
            texts[name] = drawn(d)
            d.got[name] = d.value(texts[name])
        if self.when and not self.when(**d.got):
            raise Unsuitable
        ours = self.ours.format(**texts)
        called = re.match(r"ar\.(\w+)\(", ours)
        if called and d.chance(0.15) and any(getattr(np, called[1], None) in table for table in (UFUNCS, FUNCTIONS)):
            ours = "np." + ours.removeprefix("ar.")
        return ours, self.theirs.format(**{name: spelled(text) for name, text in texts.items()})

    def __repr__(self) -> str:
        return self.ours


def takes(need: str) -> bool:
    """Whether a function has an option, or a class an attribute."""
    name, _, option = need.partition(".")
    owner = getattr(ar, name, None)
    code = getattr(getattr(owner, "__wrapped__", owner), "__code__", None)
    return hasattr(owner, option) or (code is not None and option in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def computes(expression: Callable[[], Any]) -> bool:
    """Whether the engine can do this at all."""
    try:
        expression()
    except Exception:
        return False
    return True


class Draw:
    """The program so far, its values (plain arrays), and random choices."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.program = Program(seed)
        self.values: dict[str, np.ndarray] = {}  # leaves and results
        self.names: dict[str, Any] = {"ar": ar, "np": np}
        self.got: dict[str, Any] = {}  # the values of the fields of the statement at hand
        self.empty = self.chance(0.12)
        self.dtypes = self.one([("float64",)] * 8 + [("float32",), ("float32", "float64")])
        self.sizes = [self.integer(1, 4) for _ in range(3)] + [0] * self.empty

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def integer(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def one(self, choices: Any) -> Any:
        choices = list(choices)
        if not choices:
            raise Unsuitable
        return choices[self.integer(0, len(choices) - 1)]

    def size(self) -> int:
        return int(self.one(self.sizes)) if self.chance(0.8) else self.integer(1, 4)

    def shape(self, least: int = 0, most: int = 3) -> tuple[int, ...]:
        return tuple(self.size() for _ in range(self.integer(least, most)))

    def numbers(self, shape: tuple[int, ...]) -> np.ndarray:
        """Numbers of both signs whose magnitudes stand apart from each other and from 0, with few digits to print."""
        n = int(np.prod(shape))
        magnitudes = 0.21 + 1.6 * (self.rng.permutation(n) + self.rng.uniform(0.2, 0.8, n)) / max(n, 1)
        signed: np.ndarray = magnitudes * self.rng.choice([-1, 1], n)
        return signed.round(3).reshape(shape).astype(self.one(self.dtypes))

    def leaf(self, shape: tuple[int, ...]) -> str:
        name = f"x{len(self.program.leaves)}"
        self.program.leaves[name] = self.values[name] = self.names[name] = self.numbers(shape)
        return name

    def keep(self, kind: str, value: np.ndarray) -> str:
        """A new plain array: a constant (c), or an index or mask (i)."""
        name = f"{kind}{len(self.program.constants)}"
        self.program.constants[name] = self.names[name] = value
        return name

    def fresh(self, shape: tuple[int, ...]) -> str:
        """A new operand: a leaf, a plain array or a constant tensor."""
        if np.prod(shape) > ROOM:
            raise Unsuitable
        if len(self.program.leaves) < LEAVES and self.chance(0.6):
            return self.leaf(shape)
        name = self.keep("c", self.numbers(shape))
        return name if self.chance(0.8) else f"ar.constant({name})"

    def pick(self, test: Any = lambda a: True) -> str:
        """A value so far that passes, a late one rather than an early one; or a new leaf that does."""
        fit = [name for name, value in self.values.items() if test(value)]
        if fit:
            return str(self.one(fit[-3:] if self.chance(0.5) else fit))
        shapes = [self.shape() for _ in range(50)]
        return self.leaf(self.one(shape for shape in shapes if test(np.ones(shape))))

    def near(self, shape: tuple[int, ...]) -> str:
        """An operand of this shape: one that is there, or a new one."""
        fit = [name for name, value in self.values.items() if value.shape == shape]
        return str(self.one(fit)) if fit and self.chance(0.6) else self.fresh(shape)

    def value(self, text: str) -> Any:
        """What an expression is on plain arrays."""
        with np.errstate(all="ignore"):
            value = eval(text, self.names)
        return value.value if isinstance(value, ar.Tensor) else value

    def statement(self, row: Row) -> bool:
        """One statement of this row, or Unsuitable with nothing changed; False where the engine cannot compute it: the run will say how."""
        stores = (self.values, self.names, self.program.leaves, self.program.constants)
        before = [dict(store) for store in stores]
        try:
            ours, theirs = row.draw(self)
            try:
                value = self.value(ours)
            except Exception:
                self.program.doomed = f"v{len(self.values)}"
                self.program.lines.append(Line((self.program.doomed,), ours, theirs))
                return False
            values = [np.asarray(v) for v in (value if isinstance(value, list) else [value])]
            if any(v.size > ROOM or v.ndim > 5 or (not v.size and not self.empty) for v in values):
                raise Unsuitable
        except Unsuitable:
            for store, old in zip(stores, before, strict=True):
                store.clear()
                store.update(old)
            raise
        top = max(float(np.abs(v).max(initial=0)) for v in values)
        if top > LARGE and not isinstance(value, list):
            scale = float(f"{0.9 / top:.1g}")
            ours, theirs = f"ar.tanh({ours} * {scale})", f"T.tanh({theirs} * {scale})"
            values = [np.asarray(self.value(ours))]
        targets = tuple(f"v{len(self.values) + k}" for k in range(len(values)))
        self.program.lines.append(Line(targets, ours, theirs))
        self.values.update(zip(targets, values, strict=True))
        self.names.update(zip(targets, values, strict=True))
        return True

    def term(self, name: str) -> str:
        """A number made of a value."""
        kind = self.integer(0, 5)
        if kind < 3:
            return f"({self.keep('c', self.numbers(self.values[name].shape))} * {name}).sum()"
        return (f"({name} * {name}).sum()", f"{name}.sum()", f"ar.sin({name}).sum()")[kind - 3]


def draw(seed: int, rows: Sequence[Row]) -> Program:
    """The program of a seed. One of its statements is of row number ``seed % len(rows)``: consecutive seeds go through the table."""
    d = Draw(seed)
    for _ in range(d.integer(1, 3)):
        d.leaf(d.shape())
    count = d.integer(3, 15)
    at, going = d.integer(0, count - 1), True
    for k in range(count):
        for _ in range(100):
            try:
                going = d.statement(rows[seed % len(rows)] if k == at else d.one(rows))
                break
            except Unsuitable:
                continue
        if not going:
            break
    results = [name for line in d.program.lines for name in line.targets if name in d.values]
    used = set(NAME.findall(" ".join(line.ours for line in d.program.lines)))
    ends = [name for name in results if name not in used or d.chance(0.15)]
    d.program.terms += [d.term(name) for name in ends or list(d.values)[:1]]
    return d.program
