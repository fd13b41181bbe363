"""Backward passes as people write them in numpy, run by Python on real tapes, and slips planted in them: nothing here is the checker's."""

from __future__ import annotations

import ast
import copy
import functools
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd_rnn as ar
from tests.test_derive import MODELS, D, H, K

SHORT = {"W_xh": "U", "W_hh": "W", "W_hy": "V", "b_h": "b"}
LENGTHS = ((4, 3), (1, 2), (3, 5))
SHAPES: dict[str, Callable[[Any], Any]] = {
    "columns": lambda v: v.reshape(-1, 1).copy(), "vectors": lambda v: v.copy(), "rows": lambda v: v.reshape(1, -1).copy()
}  # fmt: skip
STEPS = {"from 0": (-1, -1), "from 1": (0, 0), "states one longer": (-1, 0)}  # what is added to a step, of all and of states
LAYOUTS = [(steps, shape) for steps in STEPS for shape in SHAPES] + [("whole", "vectors"), ("whole, states one longer", "vectors")]


class Program(NamedTuple):
    """A backward pass. ``after``: what calls it; ``alias``: other names for the tape's; ``refused``: not read, as a sentence says."""

    net: str
    text: str
    after: str = ""
    alias: tuple[tuple[str, str], ...] = ()
    refused: bool = False


def programs() -> list[Program]:
    found = []
    for part in (Path(__file__).parents[1] / "files" / "numpy_programs.txt").read_text(encoding="utf-8").split("=== ")[1:]:
        head, _, text = part.partition("\n")
        net, *more = head.split(" | ")
        calls = [x for x in more if "(" in x]
        pairs = [tuple(pair.split("=")) for x in more if "(" not in x and "=" in x for pair in x.split()]
        found.append(Program(net, text.rstrip("\n"), "".join(calls), tuple(pairs), "refused" in more))  # type: ignore[arg-type]
    return found


class World:
    """One recorded run: every quantity and adjoint by its step, the parameters and their gradients."""

    def __init__(self, net: str, seed: int, T: int, S: int):
        rng, model = np.random.default_rng(seed), MODELS[net]()
        for parameter in model.parameters.values():
            parameter.assign(rng.normal(size=parameter.shape) * 0.7)
        self.T, self.S, self.one, seams = T, S, "many-to-one" in net, net.startswith("encoder")
        count = S if seams else T
        self.y = int(rng.integers(0, K)) if self.one else rng.integers(0, K, count)
        first = [ar.tensor(rng.normal(size=H)) for _ in range(2)]
        starts = {"h0": tuple(first) if net.startswith("lstm") else first[0]} if net.startswith(("lstm", "gru", "rnn")) else {}
        run = model.unroll(ar.tensor(rng.normal(size=(T, D))), self.y, **starts)
        gradients, self.q = run.loss.backward(), {}  # type: Any, dict[str, dict[int, Any]]
        tags = {"stacked": "12", "bidirectional": "fb"}.get(net) or (("enc", "dec") if seams else ("",))
        chains = [(chain, unrolled) for unrolled in run.unrolled for chain in unrolled.chains]
        for (chain, unrolled), tag in zip(chains, tags, strict=True):
            if seams or tag in ("", "1", "f"):
                self.note(gradients, f"x{tag}" if seams else "x", enumerate(unrolled.xs, 1))
            for name, value in chain.first.items():
                self.note(gradients, name + tag, [(len(chain.steps) + 1 if chain.reverse else 0, value)])
            for k, record in enumerate(chain.steps, 1):
                for name, value in record.items():
                    self.note(gradients, name[:1] + tag + name[1:], [(k, value)])
        self.note(gradients, "s", enumerate(run.scores, run.scores.first))
        self.q["p"] = {k: np.exp(s) / np.exp(s).sum() for k, s in self.q["s"].items()}
        for state in "hc" if seams else "":
            if f"{state}dec" in self.q:
                self.q[f"{state}dec"][0] = self.q[f"{state}enc"][T]
        self.parameters = {k: np.asarray(v.value) for k, v in run.parameters.items()}
        self.gradients = {k: np.asarray(gradients[v]) for k, v in run.parameters.items()}

    def note(self, gradients: Any, name: str, steps: Any) -> None:
        for k, node in steps:
            g = gradients.get(node)
            self.q.setdefault(name, {})[k] = np.asarray(node.value)
            self.q.setdefault(f"d{name}", {})[k] = np.zeros(node.shape) if g is None else np.asarray(g)

    def names(self, layout: tuple[str, str], turned: bool) -> dict[str, Any]:
        """What a program finds in some layout; ``turned``: with the weights as in h = x W."""
        (steps, kind), states = layout, ("h", "c")
        shape = SHAPES[kind]
        found: dict[str, Any] = {"np": np, "T": self.T, "S": self.S, "H": H, "D": D, "K": K, "inputs": [0] * self.T}
        count, y = (0, self.y) if self.one else (len(self.y), [int(k) for k in self.y])
        hot = {k: np.eye(K)[j] for k, j in enumerate(y, 1)} if count else {}
        for name, known in {**self.q, "Y": hot}.items():
            last, long = max(known, default=0), "one longer" in steps and name[:1] in states
            if steps in STEPS:
                by = STEPS[steps][name[:1] in states]
                value: Any = {k + by: shape(v) for k, v in known.items()}
            else:
                first = 0 if long and 0 in known else 1
                value = np.stack([known[k] for k in range(first, last + 1)]) if {*range(first, last + 1)} <= {*known} and known else None
                if not long and 0 in known:
                    found[f"{name}_prev"] = np.stack([known[k] for k in range(last)])
            found |= {name: value, f"{name}s": value}
        found |= {"y": y, "targets": dict(enumerate(y, 1)) if count and steps == "from 1" else y}
        found["y"] = found["targets"]
        found["onehot"] = lambda k: shape(np.eye(K)[k])
        found |= {f"{state}0": shape(self.q[state][0]) for state in "hc" if state in self.q and 0 in self.q[state]}
        found |= {"hprev": found.get("h0"), "sigmoid": lambda v: 1 / (1 + np.exp(-v))}
        parameters = {
            k: v.T.copy() if turned and v.ndim == 2 else v.copy() if v.ndim == 2 else shape(v) for k, v in self.parameters.items()
        }
        short = {k.replace("_", ""): v for k, v in parameters.items()}
        return found | parameters | {k: v.copy() for k, v in short.items()} | {"params": short}

    def right(self, made: dict[str, Any], turned: bool) -> bool | None:
        """Whether what a program calls gradients are those; None if it has none."""
        held = [x for x in made.values() if isinstance(x, dict) and not {*x} & {"np"}]
        pairs = [(k, v) for names in (made, *held) for k, v in names.items() if isinstance(k, str) and names is not made.get("params")]
        known = {spelling: k for k in self.gradients for spelling in (k, k.replace("_", ""), *([SHORT[k]] if k in SHORT else []))}
        pairs = [(k.removeprefix("d"), v) for k, v in pairs if k[:1] == "d" or made.get(k) is not v]
        judged = [same(v, self.gradients[known[k]].T if turned else self.gradients[known[k]]) for k, v in pairs if k in known]
        return all(judged) if judged else None


def same(a: Any, b: Any) -> bool:
    try:
        a, b = np.squeeze(np.asarray(a, float)), np.squeeze(b)
    except (TypeError, ValueError):
        return False
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-8, atol=1e-10))


@functools.cache
def worlds(net: str) -> list[World]:
    return [World(net, seed, T, S) for seed, (T, S) in enumerate(LENGTHS)]


def runs_right(program: Program) -> bool | None:
    """Whether a program gives the gradients of the tape in some layout; None if it runs in none."""
    code, found = compile(f"{program.text}\n{program.after}", "program", "exec"), set()
    for turned in (False, True):
        for layout in LAYOUTS:
            good = ran(program, code, layout, turned)
            if good:
                return True
            found.add(good)
    return False if False in found else None


def ran(program: Program, code: Any, layout: tuple[str, str], turned: bool) -> bool | None:
    for world in worlds(program.net):
        names = world.names(layout, turned)
        names |= {alias: names[name] for alias, name in program.alias if name in names}
        try:
            with np.errstate(all="ignore"):
                exec(code, names)
        except Exception:
            return None
        good = world.right(names, turned)
        if not good:
            return good
    return True


# -- slips --------------------------------------------------------------------------------------------------------------

HEADS = ("range(T)", "reversed(range(T - 1))", "range(T - 1, 0, -1)", "reversed(range(1, T))", "range(T - 2, -1, -1)")


def mistaken(program: Program, rng: random.Random) -> Program:
    """A program with a slip, which may by chance be none."""
    before = ast.unparse(ast.parse(program.text))
    for _ in range(50):
        tree = ast.parse(program.text)
        rng.choice(SLIPS)(tree, rng)
        if (text := ast.unparse(ast.fix_missing_locations(tree))) != before:
            return program._replace(text=text)
    raise AssertionError(program)


def nodes(tree: ast.AST, kind: Any) -> list[Any]:
    """Nodes of a kind that stand in what is made, not in what is set to zero or what a loop runs over."""
    made = [x.value for x in ast.walk(tree) if isinstance(x, (ast.Assign, ast.AugAssign)) and "zeros" not in ast.unparse(x)]
    return [x for value in made for x in ast.walk(value) if isinstance(x, kind)]


def bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    return (x.body for x in ast.walk(tree) if isinstance(x, (ast.Module, ast.For, ast.FunctionDef)))


def put(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for x in ast.walk(tree):
        for field, value in ast.iter_fields(x):
            if value is old:
                setattr(x, field, new)
            elif isinstance(value, list) and any(y is old for y in value):
                value[:] = [new if y is old else y for y in value]


def sign(tree: ast.Module, rng: random.Random) -> None:
    if found := [x for x in nodes(tree, ast.BinOp) if isinstance(x.op, (ast.Add, ast.Sub))]:
        x = rng.choice(found)
        x.op = ast.Sub() if isinstance(x.op, ast.Add) else ast.Add()


def step(tree: ast.Module, rng: random.Random) -> None:
    if found := [x for x in nodes(tree, ast.Subscript) if "t" in ast.unparse(x.slice)]:
        rng.choice(found).slice = ast.parse(rng.choice(["t - 1", "t + 1", "t", "T - 1", "0"]), mode="eval").body


def turn(tree: ast.Module, rng: random.Random) -> None:
    if found := [x for x in nodes(tree, ast.Name) if x.id[0] == "W"] + [x for x in nodes(tree, ast.Attribute) if x.attr == "T"]:
        x = rng.choice(found)
        put(tree, x, x.value if isinstance(x, ast.Attribute) else ast.Attribute(x, "T", ast.Load()))


def drop(tree: ast.Module, rng: random.Random) -> None:
    if found := [x for x in nodes(tree, ast.BinOp) if isinstance(x.op, (ast.Add, ast.Sub, ast.Mult))]:
        x = rng.choice(found)
        put(tree, x, rng.choice([x.left, x.right]))


def other(tree: ast.Module, rng: random.Random) -> None:
    found = [x for x in nodes(tree, ast.Name) if x.id not in ("np", "t", "T", "S", "H")]
    if found:
        rng.choice(found).id = rng.choice([x.id for x in found])


def order(tree: ast.Module, rng: random.Random) -> None:
    body = rng.choice([x for x in bodies(tree)])
    line = body.pop(rng.randrange(len(body)))
    body.insert(rng.randrange(len(body) + 1), line)


def head(tree: ast.Module, rng: random.Random) -> None:
    if found := [x for x in ast.walk(tree) if isinstance(x, ast.For)]:
        rng.choice(found).iter = ast.parse(rng.choice(HEADS), mode="eval").body


def assign(tree: ast.Module, rng: random.Random) -> None:
    found = [(body, k) for body in bodies(tree) for k, x in enumerate(body) if isinstance(x, ast.AugAssign)]
    if found:
        body, k = rng.choice(found)
        x: Any = body[k]
        body[k] = rng.choice([ast.Assign([x.target], x.value), ast.AugAssign(x.target, ast.Sub(), x.value)])


def number(tree: ast.Module, rng: random.Random) -> None:
    if found := [x for x in nodes(tree, ast.Constant) if type(x.value) in (int, float)]:
        rng.choice(found).value = rng.choice([0, 1, 2, 3])


def swap(tree: ast.Module, rng: random.Random) -> None:
    if found := [x for x in nodes(tree, ast.BinOp) if isinstance(x.op, (ast.MatMult, ast.Sub))]:
        x = rng.choice(found)
        x.left, x.right = x.right, x.left
    if (calls := [x for x in nodes(tree, ast.Call) if len(x.args) == 2]) and rng.random() < 0.5:
        rng.choice(calls).args.reverse()


def out(tree: ast.Module, rng: random.Random) -> None:
    """A line of a loop before or behind it, or one of those in it."""
    body = rng.choice([x for x in bodies(tree) if any(isinstance(y, ast.For) for y in x)] or [tree.body])
    for k, loop in [(k, x) for k, x in enumerate(body) if isinstance(x, ast.For)][:1]:
        if rng.random() < 0.6:
            body.insert(k + rng.randrange(2), loop.body.pop(rng.randrange(len(loop.body))))
        elif k:
            loop.body.insert(rng.choice([0, len(loop.body)]), body.pop(k - 1))
        if not loop.body:
            loop.body.append(ast.Pass())


def twice(tree: ast.Module, rng: random.Random) -> None:
    body = rng.choice([x for x in bodies(tree)])
    k = rng.randrange(len(body))
    body.insert(k, copy.deepcopy(body[k]))


SLIPS = (sign, step, step, turn, drop, drop, other, other, order, order, head, assign, number, swap, out, twice)


# -- loops --------------------------------------------------------------------------------------------------------------


def kept(tree: ast.Module, rng: random.Random) -> None:
    """Some of what each step of a loop makes anew, by step: ``da[t]`` for ``da``."""
    found = [(body, x) for body in bodies(tree) for x in body if isinstance(x, ast.For) and isinstance(x.target, ast.Name)]
    for around, loop in found:
        made, early = set(), set()  # type: set[str], set[str]
        for x in loop.body:
            value = x.value if isinstance(x, (ast.Assign, ast.AugAssign)) else x
            early |= {y.id for y in ast.walk(value) if isinstance(y, ast.Name)} - made
            made |= {y.id for y in getattr(x, "targets", ()) if isinstance(y, ast.Name)}
        steps = {"t"} & {loop.target.id, *made}
        for name in [name for name in sorted(made - early - {"t"}) if steps and rng.random() < 0.7]:
            for y in [y for y in ast.walk(loop) if isinstance(y, ast.Name) and y.id == name]:
                put(loop, y, ast.Subscript(ast.Name(name), ast.Name("t"), y.ctx))
            around.insert(around.index(loop), ast.parse(f"{name} = {{}}").body[0])


def parted(program: Program, rng: random.Random) -> Program:
    """A program with lines of a loop in other loops behind or before it."""
    tree = ast.parse(program.text)
    if rng.random() < 0.7:
        kept(tree, rng)
    for _ in range(rng.choice([1, 1, 2])):
        found = [(body, x) for body in bodies(tree) for x in body if isinstance(x, ast.For) and len(x.body) > 1]
        if not found:
            break
        body, loop = rng.choice(found)
        k, how = rng.randrange(1, len(loop.body)), rng.random()
        line, moved = loop.body[k], loop.body[k:]
        if how < 0.2 and isinstance(line, ast.Assign) and isinstance(line.value, ast.BinOp) and not isinstance(line.value.op, ast.MatMult):
            moved = [ast.AugAssign(copy.deepcopy(line.targets[0]), line.value.op, line.value.right)]
            line.value = line.value.left
        elif how < 0.7:
            moved = [loop.body.pop(rng.randrange(len(loop.body)))]
        else:
            del loop.body[k:]
        other = copy.deepcopy(loop)
        other.body = moved
        if isinstance(loop.target, ast.Name) and rng.random() < 0.3:
            other.iter = ast.parse(rng.choice(["range(T)", "reversed(range(T))", "range(T, 0, -1)", "range(1, T + 1)"]), mode="eval").body
        body.insert(body.index(loop) + (rng.random() < 0.8), other)
    return program._replace(text=ast.unparse(ast.fix_missing_locations(tree)))


# -- signs --------------------------------------------------------------------------------------------------------------

UNREAD = ("zeros", "'", "def ", "return", "import", "class", "if", "else", "while")


def pseudocode(program: Program, rng: random.Random) -> str:
    """The text of a program in the signs of a book."""
    times, gets, step = rng.choice(["⊙", "∘", r"\odot", ".*"]), rng.choice(["←", ":=", "="]), rng.choice(["_{{{}}}", "[{}]"])
    turned, found = rng.choice(["^T", "ᵀ", ".T"]), []
    heads = {
        "for t in range(T, 0, -1):": ["for t = T, ..., 1:", "for t = T downto 1 do", "for t ← T down to 1 do"],
        "for t in range(1, T + 1):": ["for t = 1, ..., T:", "for t = 1 to T do"],
    }
    for line in ast.unparse(ast.parse(program.text)).split("\n"):
        deep, bare = line[: len(line) - len(line.lstrip())], line.strip()
        if bare.endswith("= {}"):
            continue
        if not bare.startswith("for ") and not any(sign in bare for sign in UNREAD):
            bare = re.sub(r" \*\* 2\b", rng.choice(["²", "^2"]), bare.replace(" * ", f" {times} ")).replace(".T", turned)
            bare = re.sub(r"(?<![\w.])(\w+)\[(t(?: [-+] 1)?)\]", lambda m: m[1] + step.format(m[2].replace(" ", "")), bare)
            bare = bare.replace(" @ ", rng.choice([" ", " @ "]))
            bare = bare if re.search(r"[-+*/<>=!]=", bare) else bare.replace(" = ", f" {gets} ", 1)
        found.append(deep + rng.choice([bare, *heads.get(bare, [])]))
    return "\n".join(found if "def " in program.text or rng.random() < 0.5 else ended(found, rng.choice(["end for", "end", "endfor"])))


def ended(lines: list[str], end: str) -> list[str]:
    """Lines with an end behind each loop."""
    found, open_loops = [], 0
    for line in [*lines, ""]:
        deep = (len(line) - len(line.lstrip())) // 4
        found += ["    " * k + end for k in range(open_loops - 1, deep - 1, -1)]
        open_loops = deep + line.lstrip().startswith("for ")
        found.append(line)
    return found[:-1]
