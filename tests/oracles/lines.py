"""Lines that a person might write about a net, right and wrong, and what they are worth at real tapes: nothing here is the checker's.

A line is a small tree. `BOOKS` hold the equations as the books have them; `reworked` writes one otherwise by algebra that changes nothing,
`mistaken` by a slip that mostly does; `worth` puts numbers of recorded runs of several lengths and sizes on both sides.
"""

from __future__ import annotations

import functools
import random
from typing import Any, NamedTuple

import numpy as np

import autograd_rnn as ar


class Node(NamedTuple):
    """``op`` of some ``parts``; ``at``: what a leaf is, or how far a sum runs."""

    op: str
    parts: tuple[Any, ...] = ()
    at: Any = None


class Line(NamedTuple):
    """``name[base + offset] = right`` for the steps from ``first`` to ``last`` before the end."""

    name: str
    time: tuple[str, int] | None
    right: Node
    axis: str = "T"
    upto: int = 0  # holds for t < T where 1
    masked: bool = False  # a slip was made in what a mask asks about: it may change no sign, which no law need show

    def __str__(self) -> str:
        left = self.name + (f"[{when(self.time)}]" if self.time else "")
        return f"{left} = {text(self.right)}" + f"   (t < {self.axis})" * self.upto


def when(time: tuple[str, int]) -> str:
    base, offset = time
    return f"{base}{offset:+d}" if base and offset else base or str(offset)


def v(name: str, offset: int = 0, base: str = "t") -> Node:
    return Node("sym", (), (name, (base, offset)))


def n(value: Any) -> Node:
    return Node("num", (), str(value))


def add(*parts: Node) -> Node:
    return Node("+", parts)


def mul(*parts: Node) -> Node:
    return Node("*", parts)


def sub(a: Node, b: Node) -> Node:
    return add(a, mul(n(-1), b))


def mv(matrix: str, of: Node, turned: bool = True) -> Node:
    return Node("@", (of,), (matrix, turned))


def outer(a: Node, b: Node) -> Node:
    return Node("outer", (a, b))


def fn(name: str, of: Node) -> Node:
    return Node("fn", (of,), name)


def total(of: Node, first: tuple[str, int] = ("", 1), last: tuple[str, int] = ("T", 0)) -> Node:
    return Node("sum", (of,), (first, last))


def hot(offset: int = 0, base: str = "t") -> Node:
    return Node("hot", (), (base, offset))


def text(x: Node) -> str:
    """A tree in the language of the keyboard."""
    match x:
        case Node("sym", _, (name, time)):
            return f"{name}[{when(time)}]"
        case Node("num", _, value):
            return f"({value})" if value[0] == "-" or "/" in value else value
        case Node("+", parts):
            return "(" + " + ".join(map(text, parts)) + ")"
        case Node("*", parts):
            return " * ".join(f"({text(p)})" if p.op in ("@", "*") else text(p) for p in parts)
        case Node("@", (of,), (matrix, turned)):
            inside = text(of)
            return f"{matrix}{'.T' * turned} @ {inside if inside[0] == '(' and of.op == '+' or of.op == 'sym' else f'({inside})'}"
        case Node("outer", (a, b)):
            return f"outer({text(a)}, {text(b)})"
        case Node("fn", (of,), name):
            return f"{name}({text(of)})"
        case Node("sum", (of,), (first, last)):
            return f"Sum({text(of)}, t, {when(first)}, {when(last)})"
        case Node("hot", _, time):
            return f"onehot(y[{when(time)}])"
    raise TypeError(x)


# -- numbers ------------------------------------------------------------------------------------------------------------


class Far(Exception):
    """A sum reaches farther than the sequence: right if what is there is said to be 0, and not said."""


class World:
    """What one recorded run knows: every quantity and its adjoint at every step, every parameter and its gradient."""

    def __init__(self, run: Any, lasts: dict[str, int], seed: int):
        self.last, self.rng = lasts, np.random.default_rng(seed)
        self.at: dict[str, dict[int, Any]] = {}
        nodes: list[tuple[str, int, Any]] = []
        for unrolled, tag in zip(run.unrolled, ("enc", "dec") if len(run.unrolled) > 1 else ("",), strict=True):
            (chain,) = unrolled.chains
            nodes += [(f"x{tag}", k, x) for k, x in enumerate(unrolled.xs, 1)]
            nodes += [(f"{state}{tag}", 0, value) for state, value in chain.first.items()]
            for k, record in enumerate(chain.steps, 1):
                nodes += [(label[:1] + tag + label[1:], k, value) for label, value in record.items()]
        nodes += [("s", k, score) for k, score in enumerate(run.scores, run.scores.first)]
        gradients = run.loss.backward()
        for name, step, node in nodes:
            g = gradients.get(node)
            self.at.setdefault(name, {})[step] = node.value
            self.at.setdefault("d" + name, {})[step] = np.zeros(node.shape) if g is None else np.asarray(g)
        for step, score in self.at["s"].items():
            e = np.exp(score - score.max())
            self.at.setdefault("p", {})[step] = e / e.sum()
        self.steps = {name: {*steps} for name, steps in self.at.items()}
        self.parameters = {name: value.value for name, value in run.parameters.items()}
        self.parameters |= {"d" + name: np.asarray(gradients[value]) for name, value in run.parameters.items()}
        self.targets: dict[int, int] = {}

    def step(self, time: tuple[str, int], t: int | None) -> int:
        base, offset = time
        return offset + (t if base == "t" else self.last[base] if base else 0)  # type: ignore[operator]

    def quantity(self, name: str, step: int) -> Any:
        known = self.at[name]
        if step not in known:  # an adjoint beyond the ends is 0; what has no meaning is any number
            shape = next(iter(known.values())).shape
            known[step] = np.zeros(shape) if name[0] == "d" and name[1:] in self.at else self.rng.normal(size=shape)
        return known[step]

    def nothing(self, x: Node, k: int) -> bool:
        """Whether a sum's term is 0 since there is none of its adjoints at that step."""
        asked = [node.at for _, node in places(x) if node.op == "sym" and node.at[0][0] == "d" and node.at[1][0] == "t"]
        known = [step in self.steps[name] or 1 <= step <= max(self.steps[name]) for name, (_, n) in asked for step in (k + n,)]
        return bool(asked) and not any(known) and not np.any(self.value(x, k))

    def value(self, x: Node, t: int | None) -> Any:
        match x:
            case Node("sym", _, (name, time)):
                return self.quantity(name, self.step(time, t))
            case Node("num", _, number):
                above, _, below = number.partition("/")
                return float(self.last.get(above) or above) / float((self.last.get(below) or below) if below else 1)
            case Node("+", parts):
                return sum(self.value(part, t) for part in parts)
            case Node("*", parts):
                return functools.reduce(np.multiply, [self.value(part, t) for part in parts])
            case Node("@", (of,), (matrix, turned)):
                found = self.parameters[matrix]
                return (found.T if turned else found) @ self.value(of, t)
            case Node("outer", (a, b)):
                return np.outer(self.value(a, t), self.value(b, t))
            case Node("fn", (of,), name):
                return FUNCTIONS[name](self.value(of, t))
            case Node("sum", (of,), (first, last)):
                steps = range(self.step(first, None), self.step(last, None) + 1)
                if any(self.nothing(of, k) for k in (*steps[:1], *steps[-1:])):
                    raise Far
                return sum(self.value(of, k) for k in steps) if steps else 0.0
            case Node("hot", _, time):
                k, size = self.targets.get(self.step(time, t)), len(next(iter(self.at["s"].values())))
                return np.zeros(size) if k is None else np.eye(size)[k]
        raise TypeError(x)


def _softmax(x: Any) -> Any:
    if np.ndim(x) == 0:
        raise ValueError("a sum over no steps is no vector")
    e = np.exp(x - x.max())
    return e / e.sum()


TINY = 1e-300  # what is above 0 stays so where it has no float, since a mask may ask; of what rounding left it has no answer
FUNCTIONS = {
    "tanh": np.tanh,
    "sigmoid": lambda x: np.maximum(1 / (1 + np.exp(-x)), TINY),
    "positive": lambda x: np.where((1e-18 < np.abs(x)) & (np.abs(x) < 1e-13), np.nan, (x > 0) * 1.0),  # doubtful
    "softmax": _softmax,
    "exp": lambda x: np.maximum(np.exp(x), TINY),
}
LENGTHS = ((1, 2), (2, 1), (3, 4), (6, 3), (9, 5))
SIZES = ((2, 3, 4), (3, 2, 5), (1, 4, 3))


@functools.cache
def worlds(name: str) -> list[World]:
    """Runs of a net at several lengths and sizes; more of them where masks fall one way or the other."""
    found = []
    for k, (T, S) in enumerate(LENGTHS * (6 if name == "rnn-relu" else 1)):
        D, H, K = SIZES[k % len(SIZES)]
        rng = np.random.default_rng(k)
        model = NETS[name](D, H, K)
        for parameter in model.parameters.values():
            parameter.assign(rng.normal(size=parameter.shape) * 0.7)
        steps = S if name == "encoder-decoder" else T
        one = name == "rnn-many-to-one"
        targets = rng.integers(0, K) if one else rng.integers(0, K, steps)
        first = [ar.tensor(rng.normal(size=H)) for _ in range(2 if name == "lstm" else 1)]
        x = ar.tensor(rng.normal(size=(T, D)))
        run = model.unroll(x, targets, h0=tuple(first) if name == "lstm" else first[0])
        world = World(run, {"T": T, "S": S} if name == "encoder-decoder" else {"T": T}, k)
        world.targets = {T: int(targets)} if one else {t: int(y) for t, y in enumerate(targets, 1)}
        found.append(world)
    return found


def worth(name: str, line: Line) -> str:
    """ "right", "wrong", or nothing where rounding leaves a doubt, where the shapes do not fit, where the line defines nothing, and where
    a slip in a mask has changed none of its signs here."""
    if any(node.op == "sym" and node.at == (line.name, line.time) for _, node in places(line.right)):
        return ""
    try:
        with np.errstate(all="ignore"):
            worst = difference(name, line)
    except ValueError:
        return ""
    except Far:
        return "wrong"
    if worst < 1e-11:
        return "" if line.masked else "right"
    return "wrong" if worst > 1e-6 else ""


def difference(name: str, line: Line) -> float:
    """The largest difference of the two sides, relative to what is larger there."""
    worst = 0.0
    for world in worlds(name):
        last = world.last[line.axis]
        match line.time:
            case None:
                steps: list[int | None] = [None]
            case ("t", offset):
                steps = list(range(1, last + 1 - line.upto))
            case ("", offset):
                steps = [None] if offset < 1 or offset + 2 <= last else []
            case (_, offset):
                steps = [None] if last + offset > 0 else []
        for t in steps:
            left = world.parameters[line.name] if line.time is None else world.quantity(line.name, world.step(line.time, t))
            right = world.value(line.right, t)
            scale = max(float(np.max(np.abs(left), initial=0)), float(np.max(np.abs(right), initial=0)), 1e-3)
            worst = max(worst, float(np.max(np.abs(left - right), initial=0)) / scale)
            if not np.isfinite(worst):
                return float("nan")
    return worst


# -- the books ----------------------------------------------------------------------------------------------------------


def recurrent(slope: Node, mean: bool = False) -> list[Line]:
    error = add(v("p"), mul(n(-1), hot()))
    return [
        Line("ds", ("t", 0), mul(n("1/T"), error) if mean else error),
        Line("dh", ("t", 0), add(mv("W_hy", v("ds")), mv("W_hh", v("da", 1)))),
        *backward(slope),
        Line("dW_hy", None, total(outer(v("ds"), v("h")))),
        Line("db_y", None, total(v("ds"))),
    ]


def backward(slope: Node) -> list[Line]:
    return [
        Line("da", ("t", 0), mul(slope, v("dh"))),
        Line("dx", ("t", 0), mv("W_xh", v("da"))),
        Line("dh", ("", 0), mv("W_hh", v("da", 1, ""))),
        Line("dW_xh", None, total(outer(v("da"), v("x")))),
        Line("dW_hh", None, total(outer(v("da"), v("h", -1)))),
        Line("db_h", None, total(v("da"))),
    ]


def one_minus(x: Node, *factors: Node) -> Node:
    return add(n(1), mul(n(-1), x, *factors))


TANH = one_minus(v("h"), v("h"))
GATES = "ifgo"
CELL = mul(v("dh"), v("o"), one_minus(fn("tanh", v("c")), fn("tanh", v("c"))))
BOOKS: dict[str, list[Line]] = {
    "rnn-tanh": recurrent(TANH),
    "rnn-relu": recurrent(fn("positive", v("a"))),
    "rnn-sigmoid-mean": recurrent(mul(v("h"), one_minus(v("h"))), mean=True),
    "rnn-many-to-one": [
        Line("ds", ("T", 0), add(v("p", 0, "T"), mul(n(-1), hot(0, "T")))),
        Line("dh", ("T", 0), mv("W_hy", v("ds", 0, "T"))),
        Line("dh", ("t", 0), mv("W_hh", v("da", 1)), upto=1),
        *backward(TANH),
        Line("dW_hy", None, outer(v("ds", 0, "T"), v("h", 0, "T"))),
    ],
    "lstm": [
        Line("dh", ("t", 0), add(mv("W_hy", v("ds")), *(mv(f"W_h{g}", v(f"da_{g}", 1)) for g in GATES))),
        Line("dc", ("t", 0), add(CELL, mul(v("dc", 1), v("f", 1)))),
        Line("da_o", ("t", 0), mul(v("dh"), fn("tanh", v("c")), v("o"), one_minus(v("o")))),
        Line("da_g", ("t", 0), mul(v("dc"), v("i"), one_minus(v("g"), v("g")))),
        Line("da_f", ("t", 0), mul(v("dc"), v("c", -1), v("f"), one_minus(v("f")))),
        Line("da_i", ("t", 0), mul(v("dc"), v("g"), v("i"), one_minus(v("i")))),
        Line("dx", ("t", 0), add(*(mv(f"W_x{g}", v(f"da_{g}")) for g in GATES))),
        Line("dW_hf", None, total(outer(v("da_f"), v("h", -1)))),
        Line("dW_xo", None, total(outer(v("da_o"), v("x")))),
        Line("db_i", None, total(v("da_i"))),
        Line("dc", ("", 0), mul(v("dc", 1, ""), v("f", 1, ""))),
    ],
    "encoder-decoder": [
        Line("ds", ("t", 0), add(v("p"), mul(n(-1), hot())), "S"),
        Line("dhdec", ("t", 0), add(mv("W_hy", v("ds")), mv("Wdec_hh", v("dadec", 1))), "S"),
        Line("dadec", ("t", 0), mul(one_minus(v("hdec"), v("hdec")), v("dhdec")), "S"),
        Line("dhenc", ("T", 0), mv("Wdec_hh", v("dadec", 1, ""))),
        Line("dhenc", ("t", 0), mv("Wenc_hh", v("daenc", 1)), upto=1),
        Line("daenc", ("t", 0), mul(one_minus(v("henc"), v("henc")), v("dhenc"))),
        Line("dWenc_hh", None, total(outer(v("daenc"), v("henc", -1)))),
        Line("dbdec_h", None, total(v("dadec"), last=("S", 0)), "S"),
        Line("dWdec_hh", None, total(outer(v("dadec"), v("hdec", -1)), last=("S", 0)), "S"),
    ],
}
NETS = {
    "rnn-tanh": lambda D, H, K: ar.Model(ar.RNN(D, H), K),
    "rnn-relu": lambda D, H, K: ar.Model(ar.RNN(D, H, activation="relu"), K),
    "rnn-sigmoid-mean": lambda D, H, K: ar.Model(ar.RNN(D, H, activation="sigmoid"), K, reduction="mean"),
    "rnn-many-to-one": lambda D, H, K: ar.Model(ar.RNN(D, H), K, task="many-to-one"),
    "lstm": lambda D, H, K: ar.Model(ar.LSTM(D, H), K),
    "encoder-decoder": lambda D, H, K: ar.EncoderDecoder(ar.RNN(D, H), ar.RNN(K, H, seed=1), K),
}
KINDS = {  # what could stand for what
    "rnn": [["h", "a", "dh", "da"], ["s", "p", "ds"], ["W_hh"], ["W_xh"], ["W_hy"], ["x", "dx"]],
    "lstm": [["h", "c", "i", "f", "g", "o", "a_f", "dh", "dc", "da_i", "da_f", "da_g", "da_o"], ["W_hi", "W_hf", "W_hg", "W_ho"]],
    "encoder-decoder": [["henc", "aenc", "dhenc", "daenc"], ["hdec", "adec", "dhdec", "dadec"], ["Wenc_hh", "Wdec_hh"], ["s", "p", "ds"]],
}


def alike(net: str, name: str) -> list[str]:
    kinds = KINDS.get(net, KINDS["rnn"])
    return next(([other for other in kind if other != name] for kind in kinds if name in kind), [])


# -- writing otherwise, and wrongly ---------------------------------------------------------------------------------------


def places(x: Node) -> list[tuple[tuple[int, ...], Node]]:
    found = [((), x)]
    for k, part in enumerate(x.parts):
        found += [((k, *path), node) for path, node in places(part)]
    return found


def put(x: Node, path: tuple[int, ...], new: Node) -> Node:
    if not path:
        return new
    parts = tuple(put(part, path[1:], new) if k == path[0] else part for k, part in enumerate(x.parts))
    return x._replace(parts=parts)


def shifted(x: Node, by: int) -> Node:
    """x with t + by for t, outside sums."""
    if x.op == "sum":
        return x
    if x.op == "sym" and x.at[1][0] == "t":
        return x._replace(at=(x.at[0], ("t", x.at[1][1] + by)))
    if x.op == "hot" and x.at[0] == "t":
        return x._replace(at=("t", x.at[1] + by))
    return x._replace(parts=tuple(shifted(part, by) for part in x.parts))


def fixed(x: Node, time: tuple[str, int]) -> Node:
    """x at one step."""
    if x.op == "sym" and x.at[1][0] == "t":
        return x._replace(at=(x.at[0], (time[0], time[1] + x.at[1][1])))
    if x.op == "hot" and x.at[0] == "t":
        return x._replace(at=(time[0], time[1] + x.at[1]))
    return x._replace(parts=tuple(fixed(part, time) for part in x.parts))


def reworked(net: str, line: Line, rng: random.Random) -> Line:
    """The same line, written otherwise."""
    path, x = rng.choice(places(line.right))
    vector = x.op in ("sym", "@") and not (path and _above(line.right, path).op == "num")
    k = rng.randrange(1, 12)
    options: list[Node] = []
    match x:
        case Node("+" | "*", parts):
            options.append(x._replace(parts=tuple(rng.sample(parts, len(parts)))))
            if x.op == "*" and (sums := [p for p in parts if p.op == "+"]):
                others = list(parts)
                others.remove(sums[0])
                options.append(add(*(mul(*others, term) for term in sums[0].parts)))
            if x.op == "+" and len(parts) == 2 and parts[0] == n(1) and parts[1].op == "*" and len(parts[1].parts) == 3:
                h = parts[1].parts[1]
                if parts[1].parts[1] == parts[1].parts[2]:
                    options.append(mul(one_minus(h), add(n(1), h)))
        case Node("@", (Node("+", terms),), (matrix, turned)):
            options.append(add(*(mv(matrix, term, turned) for term in terms)))
        case Node("sum", (of,), (first, last)):
            options.append(total(shifted(of, 1), (first[0], first[1] - 1), (last[0], last[1] - 1)))
            options.append(total(shifted(of, -1), (first[0], first[1] + 1), (last[0], last[1] + 1)))
            options.append(add(fixed(of, first), total(of, (first[0], first[1] + 1), last)))
            options.append(mul(n(k), total(mul(n(f"1/{k}"), of), first, last)))
        case Node("outer", (a, b)):
            options += [outer(mul(n(2), a), mul(n("1/2"), b)), outer(mul(n(-1), a), mul(n(-1), b))]
    if vector:
        options += [mul(n(f"1/{k}"), x, n(k)), add(mul(n(k + 1), x), mul(n(-k), x)), mul(n(0.1), n(10), x), mul(n("1/T"), n("T"), x)]
        options += [add(x, mul(n(-1), fn("tanh", x)), fn("tanh", x)), mul(x, add(fn("sigmoid", x), fn("sigmoid", mul(n(-1), x))))]
        small = fn("tanh", x)
        options.append(add(mul(fn("exp", small), fn("exp", mul(n(-1), small))), n(-1), x))
    if x.op == "sym" and x.at[0] == "h" and net in ("rnn-tanh", "rnn-many-to-one") and x.at[1] != ("t", -1) and x.at[1][0] == "t":
        a = x._replace(at=("a", x.at[1]))
        options += [] if _summed(line.right, path) or x.at[1][1] else [fn("tanh", a), add(mul(n(2), fn("sigmoid", mul(n(2), a))), n(-1))]
    if x.op == "sym" and x.at[0] == "p" and x.at[1] == ("t", 0) and not _summed(line.right, path):
        options += [fn("softmax", v("s")), fn("softmax", add(v("s"), n(k)))]
    defined = [q for q in BOOKS[net] if x.op == "sym" and (q.name, q.time) == (x.at[0], ("t", 0)) and not q.upto]
    if defined and x.at[1] == ("t", 0) and q_inside(line, path):
        options.append(defined[0].right)
    return line._replace(right=put(line.right, path, rng.choice(options))) if options else line


def q_inside(line: Line, path: tuple[int, ...]) -> bool:
    """Whether t runs from 1 to the end at a place."""
    sums = [node for k in range(len(path)) if (node := _at(line.right, path[:k])).op == "sum"]
    return all(node.at[0] == ("", 1) and node.at[1][1] == 0 for node in sums)


def _at(x: Node, path: tuple[int, ...]) -> Node:
    for k in path:
        x = x.parts[k]
    return x


def _above(x: Node, path: tuple[int, ...]) -> Node:
    return _at(x, path[:-1])


def _summed(x: Node, path: tuple[int, ...]) -> bool:
    return any(_at(x, path[:k]).op == "sum" for k in range(len(path)))


def mistaken(net: str, line: Line, rng: random.Random) -> Line:
    """A line with a slip, which may by chance be none."""
    path, x = rng.choice(places(line.right))
    options: list[Node] = []
    match x:
        case Node("sym", _, (name, (base, offset))):
            options += [x._replace(at=(name, (base, offset + k))) for k in (-2, -1, 1, 2)]
            options += [x._replace(at=(other, (base, offset))) for other in alike(net, name)]
            options += [fn("tanh", x), mul(n(rng.choice(["2", "1/2", "T", "1/T", "-1", "1.001", "1/3", "T/5"])), x), one_minus(x)]
            if base == "t":
                options.append(
                    x._replace(at=(name, rng.choice([("", rng.randrange(1, 9)), ("T" if net != "encoder-decoder" else "S", 0)])))
                )
        case Node("+" | "*", parts):
            k = rng.randrange(len(parts))
            rest = parts[:k] + parts[k + 1 :]
            options += [x._replace(parts=rest)] if len(rest) > 0 else []
            options.append(x._replace(parts=(*rest, mul(n(rng.choice(["-1", "2", "1/2"])), parts[k]))))
            options.append(x._replace(op="+" if x.op == "*" else "*"))
        case Node("@", (of,), (matrix, turned)):
            options += [x._replace(at=(other, turned)) for other in alike(net, matrix)]
            options += [x._replace(at=(matrix, not turned))] if matrix.partition("_")[2] in ("hh", "hi", "hf", "hg", "ho") else []
        case Node("sum", (of,), (first, last)):
            moved = rng.choice([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1)])
            options.append(x._replace(at=((first[0], first[1] + moved[0]), (last[0], last[1] + moved[1]))))
            options += [fixed(of, rng.choice([first, last])), mul(n(rng.choice(["1/T", "2", "T/4", "1/5"])), x)]
        case Node("outer", (a, b)):
            options += [outer(b, a)]
        case Node("fn", (of,), name):
            options += [of, *(fn(other, of) for other in ("tanh", "sigmoid") if name in ("tanh", "sigmoid", "positive"))]
        case Node("num", _, value):
            options += [n(k) for k in ("1", "2", "-1", "1/2", "T") if k != value]
    masked = line.masked or any(_at(line.right, path[:k])[::2] == ("fn", "positive") for k in range(len(path)))
    return line._replace(right=put(line.right, path, rng.choice(options)), masked=masked) if options else line


def drawn(net: str, rng: random.Random) -> Line:
    """A line: as the book has it, written otherwise, and in two of three cases with a slip or two."""
    line = rng.choice(BOOKS[net])
    for _ in range(rng.choice((0, 1, 1, 2, 3, 4))):
        line = reworked(net, line, rng)
    for _ in range(rng.choice((0, 1, 2)) if rng.random() < 0.85 else 0):
        line = mistaken(net, line, rng)
    return line
