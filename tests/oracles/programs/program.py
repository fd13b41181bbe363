"""Random programs: a few leaves, some statements drawn from the table in `rows`, and a number made of what they leave behind.

A program is text, so that a failing one can be pasted. Run as it stands it is the engine's; with ``T.`` for ``ar.`` and ``np.`` it is
PyTorch's (`in_torch`). PyTorch always computes in double precision, the engine in the leaves' own.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

import autograd_rnn as ar

NAME = re.compile(r"\b[xciv]\d+\b")  # x leaves, c constants, i indices and masks, v results
TOLERANCE = {"float64": 1e-9, "float32": 5e-4}  # relative to the largest element, or to 1


@dataclass(frozen=True)
class Line:
    """``v1 = ar.tanh(x0)``, and what it reads in PyTorch's spelling."""

    targets: tuple[str, ...]
    ours: str
    theirs: str


@dataclass
class Program:
    seed: int
    leaves: dict[str, np.ndarray] = field(default_factory=dict)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)  # of the root
    doomed: str = ""  # the result of a line that the engine could not compute on plain arrays

    def body(self, theirs: bool = False) -> str:
        lines = [f"{', '.join(line.targets)} = {line.theirs if theirs else line.ours}" for line in self.lines]
        root = f"root = {' + '.join(self.terms)}"
        return "\n".join([*lines, spelled(root) if theirs else root])

    def __str__(self) -> str:
        """The program as it can be pasted."""
        used = set(NAME.findall(self.body()))
        head = ["import numpy as np", "import autograd_rnn as ar"]
        head += [f"{name} = ar.tensor({literal(value)}, name={name!r})" for name, value in self.leaves.items()]
        head += [f"{name} = {literal(value)}" for name, value in self.constants.items() if name in used]
        return "\n".join([*head, self.body()])


def spelled(text: str) -> str:
    """A line of ours in PyTorch's spelling."""
    return re.sub(r"\b(ar|np)\.", "T.", text)


def literal(value: np.ndarray) -> str:
    dtype = {"float32": ", np.float32", "float64": ""}.get(str(value.dtype), "")
    numbers = np.reshape([float(str(x)) for x in value.ravel()], value.shape) if dtype else value  # float32 in its own few digits
    return f"np.zeros({value.shape}{dtype})" if not value.size else f"np.array({numbers.tolist()}{dtype})"


class Fault(NamedTuple):
    what: str
    name: str  # of the value or leaf at fault, or of the line that raises
    detail: str


# -- running: nothing is shared but the text ----------------------------------------------------------------------------


def tones(program: Program) -> dict[str, np.ndarray]:
    """Weights that make one number of all gradients, for the second derivatives."""
    rng = np.random.default_rng(program.seed)
    return {name: rng.uniform(0.5, 1.5, x.shape).round(2) for name, x in program.leaves.items()}


def execute(body: str, names: dict[str, Any]) -> dict[str, Any]:
    exec(compile(body, "<program>", "exec"), names)
    return names


def run_ours(program: Program) -> dict[str, dict[str, Any]]:
    """{what: {name: array}}: values, gradients by both sweeps, second derivatives; None is what the root does not depend on."""
    leaves = {name: ar.tensor(x, name=name) for name, x in program.leaves.items()}
    names = execute(program.body(), {"ar": ar, "np": np, **program.constants, **leaves})
    root, weights = names["root"], tones(program)
    found: dict[str, dict[str, Any]] = {"value": {name: getattr(names[name], "value", names[name]) for name in made(program)}}
    first: dict[str, Any] = dict.fromkeys(leaves)
    recorded, second = dict(first), dict(first)
    if root.op is not None:
        swept, live = root.backward(), root.backward(create_graph=True)
        first = {name: swept.get(x) for name, x in leaves.items()}
        recorded = {name: live.get(x) for name, x in leaves.items()}
        parts = [(g * weights[name].astype(g.dtype)).sum() for name, g in recorded.items() if g is not None and g.op is not None]
        total = sum(parts[1:], parts[0]) if parts else None
        if total is not None:
            again = total.backward()
            second = {name: again.get(x) for name, x in leaves.items()}
        recorded = {name: g if g is None else g.value for name, g in recorded.items()}
    return found | {"gradient": first, "gradient of the recorded sweep": recorded, "second derivative": second}


def run_theirs(program: Program) -> dict[str, dict[str, Any]]:
    """The same in PyTorch."""
    import torch

    from tests.oracles.programs import in_torch as T

    leaves = {name: torch.tensor(x, dtype=torch.float64, requires_grad=True) for name, x in program.leaves.items()}
    constants = {name: torch.tensor(c).double() if c.dtype.kind == "f" else c for name, c in program.constants.items()}
    names = execute(program.body(theirs=True), {"T": T, **constants, **leaves})
    root, weights = names["root"], tones(program)
    found: dict[str, dict[str, Any]] = {"value": {name: T.numbers(names[name]) for name in made(program)}}

    def gradients(y: Any) -> dict[str, Any]:
        if not y.requires_grad:
            return dict.fromkeys(leaves)
        got = torch.autograd.grad(y, list(leaves.values()), create_graph=True, allow_unused=True)
        return dict(zip(leaves, got, strict=True))

    first = gradients(root)
    total = sum(((g * torch.tensor(weights[name])).sum() for name, g in first.items() if g is not None), torch.zeros(()))
    plain = {what: {name: g if g is None else T.numbers(g) for name, g in gs.items()}
             for what, gs in (("gradient", first), ("second derivative", gradients(total)))}  # fmt: skip
    return found | plain | {"gradient of the recorded sweep": plain["gradient"]}


def made(program: Program) -> list[str]:
    return [name for line in program.lines for name in line.targets] + ["root"]


def stopped(program: Program, error: Exception) -> Fault:
    """The fault of a program that the engine does not get through."""
    at = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<program>"]
    return Fault(type(error).__name__, program.body().splitlines()[(at[-1] or 0) - 1] if at else "the sweep", str(error))


def fault(program: Program) -> Fault | None:
    """Where the engine and PyTorch part, or None."""
    try:
        wanted = run_theirs(program)
    except Exception as error:  # the row is at fault, or its spelling in PyTorch
        return stopped(program, error)._replace(what=f"PyTorch's {type(error).__name__}")
    try:
        got = run_ours(program)
    except Exception as error:
        return stopped(program, error)
    dtypes = {str(x.dtype) for x in program.leaves.values()} | {str(c.dtype) for c in program.constants.values() if c.dtype.kind == "f"}
    tolerance = max(TOLERANCE[dtype] for dtype in dtypes)
    for what, values in got.items():
        for name, g in values.items():
            w = wanted[what][name]
            x = program.leaves.get(name)
            if x is not None and g is not None and (g.shape != x.shape or g.dtype != x.dtype):
                return Fault(f"kind of {what}", name, f"{g.dtype}{list(g.shape)} for a leaf {x.dtype}{list(x.shape)}")
            if x is None and len(dtypes) == 1 and str(g.dtype) not in dtypes:
                return Fault("dtype", name, f"{g.dtype}, of nothing but {dtypes}")
            shape = np.shape(w if g is None else g)
            w = np.zeros(shape) if w is None else w
            g = np.zeros(shape) if g is None else g
            scale = max(1.0, float(np.abs(w[np.isfinite(w)]).max(initial=0)))
            if g.shape != w.shape or not np.allclose(g, w, rtol=0, atol=tolerance * scale, equal_nan=True):
                return Fault(what, name, f"ours {np.array2string(g, precision=12)}\nPyTorch's {np.array2string(w, precision=12)}")
    return None


# -- shrinking ---------------------------------------------------------------------------------------------------------


def pruned(program: Program) -> Program:
    """Without the lines, leaves and constants that the root does not need."""
    needed, lines = set(NAME.findall(" ".join([*program.terms, program.doomed]))), []
    for line in reversed(program.lines):
        if needed & set(line.targets):
            lines.append(line)
            needed |= set(NAME.findall(line.ours))
    leaves = {name: x for name, x in program.leaves.items() if name in needed}
    constants = {name: c for name, c in program.constants.items() if name in needed}
    return replace(program, leaves=leaves, constants=constants, lines=lines[::-1])


def smaller(program: Program, values: dict[str, np.ndarray]) -> Any:
    """The program with one thing less: a term of its root, a line (whose results become leaves), a leaf (which becomes a constant)."""
    for k in range(len(program.terms) if len(program.terms) > 1 else 0):
        yield replace(program, terms=program.terms[:k] + program.terms[k + 1 :])
    for k, line in reversed(list(enumerate(program.lines))):
        given = {name: values[name] for name in line.targets if name in values}
        if len(given) == len(line.targets) and len(program.lines) > 1:
            yield replace(program, leaves=program.leaves | given, lines=program.lines[:k] + program.lines[k + 1 :])
    for name, x in program.leaves.items() if len(program.leaves) > 1 else ():
        others = {other: y for other, y in program.leaves.items() if other != name}
        yield replace(program, leaves=others, constants=program.constants | {name: x})


def shrunk(program: Program, failing: Callable[[Program], Fault | None]) -> Program:
    """The smallest program that can be reached with a fault of the same kind."""
    found = failing(program)
    assert found is not None
    names: dict[str, Any] = {"ar": ar, "np": np, **program.leaves, **program.constants}
    try:
        execute(program.body(), names)
    except Exception:  # the values up to there will do
        pass
    values = {name: np.asarray(names[name]) for name in made(program) if name in names}
    moved = True
    while moved:
        moved = False
        for other in map(pruned, smaller(program, values)):
            still = failing(other)
            if still is not None and still.what == found.what:
                program, moved = other, True
                break
    return program


def report(program: Program, failing: Callable[[Program], Fault | None] = fault) -> str:
    """What a failing test says."""
    small = shrunk(program, failing)
    found = failing(small)
    assert found is not None
    return f"seed {program.seed}: {found.what}, {found.name}: {found.detail}\n\n{small}\n\n# PyTorch\n{small.body(theirs=True)}"
