"""Lines of numpy homework that work on whole arrays or on rows, drawn right and with slips, and run by numpy on real tapes: nothing here is
the checker's."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tests.oracles.lines import World, worlds

NETS: dict[str, dict[str, Any]] = {  # the gradients of matrices as pairs, of biases, and what goes to an input: adjoints and their matrices
    "rnn-tanh": {"W": {"dW_xh": ("da", "x"), "dW_hh": ("da", "h-"), "dW_hy": ("ds", "h")}, "b": {"db_h": "da", "db_y": "ds"},
                 "v": {"dx": [("da", "W_xh")]},
                 "e": ["da = dh * (1 - {h}**2)", "ds = p - Y"], "step": [("ds", "W_hy"), ("da_next", "W_hh")]},
    "lstm": {"W": {"dW_xi": ("da_i", "x"), "dW_hf": ("da_f", "h-"), "dW_ho": ("da_o", "h-"), "dW_hy": ("ds", "h")},
             "b": {"db_f": "da_f", "db_g": "da_g", "db_y": "ds"}, "v": {"dx": [(f"da_{k}", f"W_x{k}") for k in "ifgo"]},
             "e": ["da_o = dh * np.tanh({c}) * o * (1 - o)", "df = dc * {c-}"],
             "step": [("ds", "W_hy"), *((f"da_{k}_next", f"W_h{k}") for k in "ifgo")]},
}  # fmt: skip


def whole(rng: random.Random, name: str, turned: bool, slip: bool) -> str:
    """A line on whole arrays. ``turned``: of weights as in h = x W."""
    net, kind = NETS[name], rng.choice("WWWbve")
    longer = rng.random() < 0.5  # h has a row for the step 0

    def array(of: str) -> str:
        if of[0] in "hc" and of.rstrip("-") in ("h", "c"):
            state, now = of[0], not of.endswith("-")
            if slip and rng.random() < 0.4:
                now = not now
            return (f"{state}[1:]" if now else f"{state}[:-1]") if longer else (state if now else f"{state}_prev")
        return of

    if kind == "W":
        left, (a, b) = rng.choice(list(net["W"].items()))
        a, b = array(a), array(b)
        a, b = ("(p - Y)" if a == "ds" and rng.random() < 0.3 else a), b
        if turned != (slip and rng.random() < 0.4):
            a, b = b, a
        sign = rng.choice(["-", "2 * "]) if slip and rng.random() < 0.3 else ""
        return f"{left} = {sign}{contracted(rng, a, b)}"
    if kind == "b":
        left, a = rng.choice(list(net["b"].items()))
        a = rng.choice(["da", "ds", "dh"]) if slip and rng.random() < 0.3 and name == "rnn-tanh" else a
        a = a + rng.choice(["[1:]", "[:-1]"]) if slip and rng.random() < 0.4 else a
        return f"{left} = {'-' * (slip and rng.random() < 0.4)}{summed(rng, a)}"
    if kind == "v":
        ((left, terms),) = net["v"].items()
        return f"{left} = {rowed(rng, terms, turned, slip)}"
    line = rng.choice(net["e"])
    line = line.replace("(1 -", "(1 +") if slip and rng.random() < 0.5 else line
    if slip and rng.random() < 0.5:
        line = line.replace("= ", "= -", 1)
    return line.format(**{key: array(key) for key in ("h", "c", "c-")})


def contracted(rng: random.Random, a: str, b: str) -> str:
    """``a.T @ b`` in some spelling."""
    return rng.choice(["{}.T @ {}", "np.dot({}.T, {})", "{}.T.dot({})", "np.matmul({}.T, {})"]).format(a, b)


def summed(rng: random.Random, a: str) -> str:
    """The sum over the steps."""
    return rng.choice(["{}.sum(axis=0)", "np.sum({}, axis=0)", "{}.sum(0)", "np.sum({}, 0)"]).format(a)


def rowed(rng: random.Random, terms: list[tuple[str, str]], turned: bool, slip: bool) -> str:
    """Rows times their matrices, added."""
    terms = rng.sample(terms, len(terms))
    if slip and len(terms) > 1 and rng.random() < 0.5:
        terms = terms[:-1]
    wrong = rng.randrange(len(terms)) if slip else -1
    made = [
        rng.choice(["{} @ {}", "np.dot({}, {})", "{}.dot({})"]).format(a, m + ".T" * (turned != (k == wrong)))
        for k, (a, m) in enumerate(terms)
    ]
    return " + ".join(made)


def stepped(rng: random.Random, name: str, turned: bool, slip: bool) -> str:
    """A line on one step's rows."""
    net, kind = NETS[name], rng.choice("WWbv")
    if kind == "b":
        left, a = rng.choice(list(net["b"].items()))
        return f"{left} += {'-' * slip}{rng.choice(['{}', '{}.sum(axis=0)', 'np.sum({}, axis=0)']).format(a)}"
    if kind == "v":
        return f"dh = {rowed(rng, net['step'], turned, slip)}"
    left, (a, b) = rng.choice(list(net["W"].items()))
    b = "h_prev" if (b == "h-") != (slip and b[0] == "h" and rng.random() < 0.5) else b.rstrip("-")
    if turned != (slip and rng.random() < 0.5):
        a, b = b, a
    return f"{left} += {contracted(rng, a, b) if turned or rng.random() < 0.7 else f'np.outer({a}, {b})'}"


# -- numbers ------------------------------------------------------------------------------------------------------------


def right(name: str, text: str, steps: bool) -> bool:
    """Whether a text's lines are right by numpy, states with a row for the step 0 or without one; with the weights as in h = x W where
    numpy cannot run them as the model has them."""
    found: list[Any] = []
    for turned in (False, True):
        ways = ([holds(world, text, turned, steps, first) for world in worlds(name)] for first in ((1,) if steps else (0, 1)))
        found = [None if None in way else all(way) for way in ways]
        if any(way is not None for way in found):
            break
    return any(found)


def holds(world: World, text: str, turned: bool, steps: bool, first: int) -> bool | None:
    """Whether lines give what the tape has, run on whole arrays or on the rows of each step; None if they do not run."""
    weights = {k: v.T if turned and v.ndim == 2 else v for k, v in world.parameters.items()}
    last = world.last["T"]
    hot = np.stack([np.eye(len(world.at["p"][1]))[world.targets[t]] for t in range(1, last + 1)])
    rows = {k: np.stack([world.quantity(k, t) for t in range(1, last + 1)]) for k in list(world.at)} | {"Y": hot}
    before = {k: np.stack([world.quantity(k, t) for t in range(last)]) for k in "hc" if k in world.at}
    after = {k: np.stack([world.quantity(k, t) for t in range(2, last + 2)]) for k in list(world.at) if k[0] == "d"}
    near = {f"{k}_prev": v for k, v in before.items()} | {f"{k}_next": v for k, v in after.items()}
    given = {**weights, **rows, **near, "np": np}
    lefts = {line.split()[0] for line in text.split("\n")}
    try:
        if not steps:
            names = given | ({k: np.concatenate([before[k][:1], rows[k]]) for k in before} if first == 0 else {})
            made = {k: eval(line.partition("=")[2], names) for line in text.split("\n") for k in [line.split()[0]]}
        else:
            made = {k: 0.0 for k in lefts} | {k: [] for k in lefts & {*rows}}
            for t in range(last):
                names = weights | {k: v[t : t + 1] for k, v in {**rows, **near}.items()} | {"np": np}
                for line in text.split("\n"):
                    left, value = line.split()[0], eval(line.partition("=")[2], names)
                    made[left] = made[left] + (value if "+=" in line else [value])
            made = {k: np.concatenate(v) if isinstance(v, list) else v for k, v in made.items()}
    except ValueError:
        return None
    return all(np.size(v) == np.size(given[k]) and close(v, given[k]) for k, v in made.items())


def close(a: Any, b: Any) -> bool:
    """Whether two arrays are equal but for rounding, and for an axis of one."""
    return np.squeeze(a).shape == np.squeeze(b).shape and bool(np.allclose(np.squeeze(a), np.squeeze(b), rtol=1e-9, atol=1e-11))
