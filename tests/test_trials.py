"""Programs run on numbers: as Python runs them, bounded by counts, and held against the tape before they are called equal."""

import ast
import random
import re

import numpy as np
import pytest

from autograd_rnn import Cell, Model, derive, tanh
from autograd_rnn.formulas.checking import trials
from autograd_rnn.formulas.checking.trials import tried
from autograd_rnn.formulas.checking.worlds import world
from autograd_rnn.formulas.programs.held import LARGEST, Stopped
from autograd_rnn.formulas.programs.running import Interpreter
from autograd_rnn.formulas.reading.names import Names
from tests.oracles.scripts import Program, mistaken, parted, programs, runs_right
from tests.sampling import sampled
from tests.test_check import derivation

PROGRAMS = programs()


class Odd(Cell):
    def shapes(self):
        D, H = self.input_size, self.hidden_size
        return {"W": (H, D), "dW": (H, H), "b": (H,)}

    def step(self, p, x, h):
        return {"h": tanh(p.W @ x + p.dW @ h + p.b)}


HOSTILE = [
    "while True:\n    pass", "x = 2\nfor t in range(99):\n    x *= x", "x = [0] * 4096 * 4096", "x = np.zeros(10 ** 9)",
    "x = np.zeros((4096, 4096, 4096))", "x = np.ones(shape=(4096, 4096, 9))", "x = np.zeros(np.full(9, 4096))",
    "x = np.repeat(np.ones(9), repeats=4096)",
    "a = np.ones(4096)\nx = np.where(a[:, None, None], a[:, None], a)", "a = np.ones(4096)\nx = a.clip(a[:, None], a[:, None, None])",
    "x = np.eye(4096)", "x = [0]\nfor t in range(99):\n    x += x",
    "def f(n):\n    return f(n) + f(n)\nf(1)",
    "x = ().__class__", "x = np.load('x')", "open('x')", "x = '%9999999d' % 5", "x = 'a' * 4096", "x = print.__self__", "x = T.__class__",
    "x = np.zeros.__globals__", "x = getattr(T, 'real')", "x = np.zeros(9).astype('U99999999')", "x = np.ones(4096)\ny = np.outer(x, x)",
    "x = np.ones(4096)\ny = np.einsum('a,b,c', x, x, x)", "x = np.tile(np.ones(999), 999)", "x = np.ones(99).view('O')", "exec('x = 1')",
    "import os\nos.remove('x')", "x = [].extend", "x = f'{T:>99999999}'", "x = np.arange(0, 4096, 1e-9)",
    "x = np.linspace(0, 1, 4096 * 4096)",
    "x = [1]\nfor t in range(99):\n    x = [x, x]\ny = np.array(x)", "x = {}\nfor t in range(99):\n    x = {'a': x, 'b': x}",
    "x = []\nx.append(x)\ny = x",
    "x = np.full((4096, 4096), 1.0)", "x = (lambda f: f(f))(lambda f: f(f))", "global x", "x = np.zeros(9, 'U99999999')", "del T",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_without_bound_or_reaches_what_is_not_given(text):
    inside = Interpreter({"T": 3}, {}, 5000)
    with pytest.raises((Stopped, RecursionError, TypeError)), np.errstate(all="ignore"):
        inside.block(ast.parse(text).body)
    assert all((len(x) if isinstance(x, (list, dict)) else np.size(x)) <= LARGEST for x in inside.names.values())


def agrees(program, slipped):
    """Whether what running a program here says is what Python does; one with a slip may ask for adjoints, which the oracle has."""
    d, right = derivation(program.net), runs_right(program)
    with np.errstate(all="ignore"):
        found = tried(d, ast.parse(program.text), Names(d).vocabulary(program.text)).how
    if right is True and not slipped and found in ("stops", "fails"):  # at `self.W_hh`, or in a book's letters, which `check` knows
        return d.check(program.text).equal or program.refused
    return right is True and slipped or program.refused or (found in ("right", "unknown") if right else found != "right")


@pytest.mark.parametrize("k", sampled(range(len(PROGRAMS)), 10))
def test_a_program_runs_here_as_in_python(k, random_seed):
    rng = random.Random(f"{random_seed} {k}")
    assert agrees(PROGRAMS[k], False), PROGRAMS[k].text
    found = [*(mistaken(PROGRAMS[k], rng) for _ in range(4)), parted(PROGRAMS[k], rng)]
    assert not (others := [x.text for x in found if not agrees(x, True)]), others[0]


HEAD = """dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
dbh, dby = np.zeros_like(bh), np.zeros_like(by)
dhnext = np.zeros_like(hs[0])
"""
LOOP = "for t in reversed(range(T)):\n"
BODY = """    dy = np.copy(ps[t])
    dy[targets[t]] -= 1
    dWhy += np.outer(dy, hs[t])
    dby += dy
    dh = np.dot(Why.T, dy) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh
    dbh += dhraw
    dWxh += np.outer(dhraw, xs[t])
    dWhh += np.outer(dhraw, hs[t-1])
    dhnext = np.dot(Whh.T, dhraw)
"""
WHOLE = HEAD + LOOP + BODY
FUNCTION = "def backward():\n" + "".join(f"    {line}\n" for line in WHOLE.splitlines())
LIST = HEAD + "das = []\n" + LOOP + BODY + "    das.append(dhraw)\ndas.reverse()\n"
WRONG = [  # read line by line each of them is right
    FUNCTION.replace("    for t", "    return dWhh, dWxh\n    for t"),
    WHOLE.replace("range(T)", "range(W_hy)"),
    LIST + "dWxh = sum(np.outer(das[t], xs) for t in range(T))\n",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_program_is_not_equal_that_gives_other_gradients_than_the_tape(text):
    verdict = derivation("rnn-tanh").check(text)
    told = ("run as a program it", "has no step in a sum over the steps", "`return` ends the program")
    assert not verdict.equal and (any(words in verdict.sentences[0] for words in told) or "range(W_hy)" in text), verdict


FORWARD_TOO = "q = {-1: hs[-1]}\n"  # which no line is read of
ADDED = WHOLE.replace("np.outer(dhraw, hs[t-1])", "dhraw[:, None] * hs[t-1][None, :]").replace("np.", "jnp.")
ADDED = ADDED.replace("(1 - hs[t] * hs[t]) * dh", "[(1 - hs[t] * hs[t]) * dh][0]")  # so that it is run


@pytest.mark.parametrize("text", [WHOLE, FUNCTION, FUNCTION + "    return dWxh, dWhh\n", LIST, ADDED])
def test_one_that_gives_those_of_the_tape_is_equal(text):
    assert (verdict := derivation("rnn-tanh").check(text)).equal, verdict


IN_A_CLASS = "class RNN:\n    def __init__(self, Whh):\n        self.Whh = Whh\n        {}\n" + "".join(
    f"    {line}\n" for line in FUNCTION.replace("np.dot(Whh", "np.dot(self.Whh").replace("dhraw, hs", "{}, hs").splitlines()
)
SCOPES = [
    (IN_A_CLASS.format("self.loss = 0", "dhraw"), True),
    (IN_A_CLASS.format("self.dhraw = 1", "self.dhraw"), False),  # which is not the loop's
    (IN_A_CLASS.format("self.T = T - 1", "dhraw").replace("range(T)", "range(self.T)"), False),
    (IN_A_CLASS.format("Whh *= 2", "dhraw"), False),
    ("def back(h, d):\n    return (1 - h * h) * d\n" + WHOLE.replace("(1 - hs[t] * hs[t]) * dh", "back(hs[t], dh)"), True),
    (WHOLE.replace("(1 - hs[t] * hs[t]) * dh", "back(hs[t], dh)") + "def back(h, d):\n    return (1 - h * h) * d\n", False),
    ("def back(h, d):\n    return d\ndef back(h, d):\n    return (1 - h * h) * d\n"
     + WHOLE.replace("(1 - hs[t] * hs[t]) * dh", "back(hs[t], dh)") + "def back(h, d):\n    return d\n", True),
    (WHOLE.replace("hs[t-1]", "cache[t]['h_prev']"), True),
    (IN_A_CLASS.format("self.loss = 0", "dhraw").replace("    dhnext = np.dot", "    self.dhnext = np.dot"), False),
    (FUNCTION.replace("    dhraw =", "    h_t = hs[t]\n        dhraw =").replace("(1 - hs[t] * hs[t]) * dh", "back(dh)")
     + "def back(d):\n    return (1 - h_t * h_t) * d\nbackward()\n", False),
    (WHOLE.replace(LOOP, f"loss = 0\n{LOOP}    loss -= np.log(ps[t][targets[t]])\n"), True),
    (WHOLE.replace(LOOP, f"loss = 0\n{LOOP}    loss -= np.log(hs.pop(t)[0])\n"), False),
]  # fmt: skip


@pytest.mark.parametrize("text, right", SCOPES)
def test_names_are_those_of_where_they_stand(text, right):
    assert (verdict := derivation("rnn-tanh").check(text)).equal == right, verdict


def test_what_a_whole_program_uses_a_line_of_it_makes(random_seed):
    """One that begins no gradient is a part of one, if it has no forward pass."""
    assert derivation("rnn-tanh").check(LOOP + BODY).equal
    rng = random.Random(random_seed)
    name = rng.choice(["dWxh", "dWhh", "dWhy", "dbh", "dby", "dhnext", "dy", "dhraw", "dh"])
    begun = re.sub(r"np\.zeros_like\([Wb]\w+\)", lambda _: rng.choice(["0", "0.0", "np.zeros(1)", "0 * np.zeros(1)"]), HEAD) + LOOP + BODY
    for whole in (WHOLE, begun):
        lines = re.sub(rf"(?m)\b{name}(?=[ ,].*=|[,\w ]* = (?:np.zeros|0)| = )", "other", whole).replace("other +=", f"{name} +=")
        verdict = derivation("rnn-tanh").check(lines)
        assert not verdict.equal, (lines, verdict)
    forward = "for t in range(T):\n    hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t-1] + bh)\n" + HEAD.splitlines(True)[-1] + LOOP + BODY
    verdict = derivation("rnn-tanh").check(forward)
    assert not verdict.equal and "no line before it makes `dWhy`" in verdict.sentences[0], verdict


def test_a_derivative_that_is_overwritten_is_what_it_ends_with(random_seed):
    """The next step's takes what it was, which a name that goes on keeps."""
    rng = random.Random(random_seed)
    name, deep = rng.choice(["dy", "dh", "dhraw", "dhnext"]), rng.choice(["", "    "])
    behind = rng.choice(["{0} = 2 * {0}", "{0} = -{0}", "{0} *= 3", "{0} = {0} + hs[0]"]).format(name)
    over = (FORWARD_TOO + WHOLE.rstrip("\n") + f"\n{deep}{behind}\n") if name != "dhnext" or not deep else FORWARD_TOO + WHOLE + behind
    assert not (verdict := derivation("rnn-tanh").check(over)).equal and f"`{name}" in verdict.sentences[0], (over, verdict)
    carried = (FORWARD_TOO + WHOLE).replace(" + dhnext", " + dh").replace("dhnext", "dh")
    assert derivation("rnn-tanh").check(carried).equal
    for name in ("dhnext", "dh"):  # beyond the ends the one is 0
        reset = f"{FORWARD_TOO}{WHOLE}{name} = {rng.choice(['0 * {}', 'np.zeros_like({})', '{} - {}']).replace('{}', name)}\n"
        assert (verdict := derivation("rnn-tanh").check(reset)).equal == (name == "dhnext"), (reset, verdict)


@pytest.mark.parametrize(
    "line, right",
    [
        ("np.multiply.reduce([1 - hs[t] ** 2, dh])", False),  # nor is it run
        ("np.split(np.concatenate([(1 - hs[t] ** 2) * dh, dh]), 2)[0]", True),
        ("np.stack([dh * (1 - hs[t] ** 2)])[0] * (1 if T < 50 else 2)", False),  # other at lengths that are not tried
        ("np.stack([dh * (1 - hs[t] ** 2)])[0] * (T - (T - 1)) ** 50", False),
        ("np.stack([dh * (1 - hs[t] ** 2)])[0] * (1 if T * T < 500 else 2)", False),
        ("np.stack([dh * (1 - hs[t] ** 2) + 1e-12])[0]", False),  # which no rounded number shows
        ("np.stack([dh * (1 - hs[t] ** 2)])[0] * (1 if abs(dh[0]) < 1000 else 2)", False),
        ("np.clip(np.stack([dh * (1 - hs[t] ** 2)])[0], -1000, 1000)", False),
        ("np.stack([dh * (1 - hs[t] ** 2) * np.tanh(1e9 * (1 + b_y[0] ** 2))])[0]", False),
    ],
)
def test_a_program_that_is_not_read_is_run_in_exact_arithmetic(line, right):
    verdict = derivation("rnn-tanh").check(WHOLE.replace("(1 - hs[t] * hs[t]) * dh", line))
    assert verdict.equal == right, verdict


SUM = "dW_hh = np.zeros_like(W_hh)\n{}:\n    dW_hh += np.stack([np.outer(da[t], h[t-1])])[0]"


@pytest.mark.parametrize(
    "text, right",
    [
        (SUM.format("for t in range(T)"), True),
        (SUM.format("for t, _ in zip(range(T), np.zeros((6, 5)).ravel())"), False),
        (SUM.format("for t, _ in zip(range(T), W_hh.ravel())"), False),
        (SUM.format("for t in range(min(T, np.ones((6, 5)).size))"), False),
        (SUM.format("for t, _ in zip(range(T), np.zeros(6 * 6))"), False),
        (SUM.format("for t in range(min(T, H * H))"), False),
        ("dWhh = np.stack([dW_hh])[0]", False),  # which it is to make
        ("grads = {'W_hh': np.stack([dW_hh])[0]}", False),
    ],
)
def test_what_is_right_of_short_sequences_alone_or_makes_nothing_is_not_equal(text, right):
    assert (verdict := derivation("rnn-tanh").check(text)).equal == right, verdict


GIVEN_BACK = [
    ("return dWhh, dWxh, hs[T-1]", True), ("return {'dWhh': dWxh}", False), ("return dWxh, {'g': {'Whh': dWxh}}", False),
    ("grads = {}\ngrads['Whh'] = dWxh", False), ("return dict(zip(['Whh', 'Wxh'], [dWhh, dWxh]))", True), ("return [dWhh.T]", False),
    ("return dict(zip(['Whh', 'Wxh'], [dWxh, dWhh]))", False), ("out = dWhh / 2\nreturn out", False), ("grad_Whh = dWxh", False),
    ("G = namedtuple('G', 'dWhh dWxh')\nreturn G(dWxh, dWhh)", False), ("return dWhh if T > 2 else dWxh", False),
    ("params = {'Whh': Whh}\nreturn dWhh", True), ("Whh -= 0.1 * dWhh\nreturn Whh", True),
]  # fmt: skip


@pytest.mark.parametrize("behind, right", sampled(GIVEN_BACK, 3))
def test_what_a_program_gives_back_is_what_its_names_say(behind, right):
    text = "".join(
        f"    {line}\n" for line in (WHOLE.replace("= (1 - hs", "= [(1 - hs").replace("* dh\n", "* dh][0]\n") + behind).splitlines()
    )
    verdict = derivation("rnn-tanh").check("def bptt(hs, xs, ps, targets):\n" + text)
    assert verdict.equal == right, verdict


BESIDE = [  # names that are the model's in some books alone, and one that is nobody's
    ("rnn-tanh", {"Wxh": "Wx", "Whh": "Wh", "bh": "b"}, "db"), ("rnn-tanh", {"Wxh": "U", "Whh": "W", "Why": "V", "bh": "b"}, "db"),
    ("rnn-tanh", {"Wxh": "U", "Whh": "W", "Why": "V", "by": "c"}, "dc"), ("rnn-tanh", {"dbh": "dbias_sum"}, "dbias_sum"),
    ("lstm-peephole", {"w_ci": "p_i", "w_cf": "p_f", "w_co": "p_o"}, "dp_i"),
]  # fmt: skip


@pytest.mark.parametrize("net, names, name", sampled(BESIDE, 3))
def test_a_gradient_is_judged_in_whichever_letters(net, names, name, random_seed, undiagnosed):
    """What is made beside others, and what a program is run for alone."""
    text = WHOLE if net == "rnn-tanh" else next(p.text for p in PROGRAMS if p.net == net)
    text = re.sub(r"(?<![A-Za-z])(d?)(\w+)", lambda m: m[1] + names.get(m[2], m[2]) if m[0] not in names else names[m[0]], text)
    run = text.replace("* dh\n", "* [dh][0]\n").replace("(1 - g[t]**2)", "[1 - g[t]**2][0]")
    assert name in run != text
    for right in (text, run):
        assert name == "dbias_sum" or (verdict := derivation(net).check(right)).equal, verdict
        other = random.Random(f"{random_seed} {name}").choice([f"{name} -= ", f"{name} += 2 * ", f"{name} = {name} * 0.5 + "])
        assert f"{name} += " in right and not derivation(net).check(right.replace(f"{name} += ", other)).kind.startswith("equal"), other


AT_OUTPUT = [
    "dy = np.copy(ps[t])\n    dy[targets[t]] -= 1\n    dby += dy",
    "dh = np.dot(Why.T, dy) + dhnext",
    "dhraw = [(1 - hs[t] * hs[t]) * dh][0]",
    "dhnext = np.dot(Whh.T, dhraw)",
]


def test_a_right_gradient_does_not_make_derivatives_of_the_steps_right(random_seed):
    """In whichever order, and forwards: what is gathered at the output alone is the tape's in all of them."""
    rng, begun, d = random.Random(random_seed), "dby = np.zeros_like(by)\ndhnext = np.zeros_like(hs[0])\n", derivation("rnn-tanh")
    first, *rest = AT_OUTPUT
    assert d.check(begun + LOOP + "".join(f"    {line}\n" for line in AT_OUTPUT)).equal
    for head in (LOOP, "for t in range(T):\n"):
        other = rng.sample(rest, 3)
        if head != LOOP or other != rest:
            verdict = d.check(begun + head + "".join(f"    {line}\n" for line in [first, *other]))
            assert not verdict.equal, verdict
    wrong = rng.choice(["da = dh", "da = 2 * dhraw", "da[t] = 2 * dhraw"])
    assert not d.check(f"{'da = {}' * ('[' in wrong)}\n{begun}{LOOP}" + "".join(f"    {line}\n" for line in [*AT_OUTPUT, wrong])).equal


HANGING = [  # what stands above the program, and by what a derivative is multiplied there: 1 for what is tried with few numbers
    ("n = 0\nfor i in range(6):\n    for j in range(6):\n        n += 1", "(2 if T > n else 1)"), ("", "(2 if K < 3 else 1)"),
    ("", "(2 if H == 1 else 1)"), ("", "(2 if H == D else 1)"), ("", "(2 if T > H + D + K else 1)"),
    ("", f"(2 if T > {' + '.join('HHHHDDDDKKKK')} else 1)"),
    ("", "(2 if H > K + D else 1)"),
    ("for i, _ in enumerate([0] * 6):\n    pass", "(2 if T > i + i + i + i + i + i else 1)"), ("", "np.sum(hs[t]) / np.sum(hs[t])"),
    ("k = 2\ndef f(v, k=k):\n    return k\nk = 1", "f(dh)"), ("def f(v, *, k=2):\n    return k\nk = 1", "f(dh)"), ("np = 3", "1"),
    ("from numpy import dot as outer", "(1 + 0 * outer(dh, dh))"), ("import torch as np", "1"), ("", "hs[t] * hs[t] ** -1"),
]  # fmt: skip


@pytest.mark.parametrize("above, by", sampled(HANGING, 3))
def test_what_a_program_hangs_on_is_no_number_that_was_not_tried(above, by):
    text = f"{above}\n{WHOLE}".replace("(1 - hs[t] * hs[t]) * dh", "[(1 - hs[t] * hs[t]) * dh][0] * {}")
    assert not (verdict := derivation("rnn-tanh").check(text.format(by))).equal, verdict
    assert derivation("rnn-tanh").check(text.removeprefix(above).format("(1 if T > 2 else 1)")).equal


TOLD = [
    ("dWhh = dWhh / T", "not equal", "another `dWhh` than the tape: with T=4, dWhh[0, 0] is "),
    ("dWhh = dWxh", "not equal", "has the shape (3, 2) and not (3, 3)"),
    ("dWhh = np.round(dWhh, 8)", "unreadable", "stops at `dWhh = np.round(dWhh, 8)`"),
    ("dWhh = dnone", "unreadable", ""),
]  # fmt: skip


@pytest.mark.parametrize("behind, kind, said", TOLD)
def test_the_first_sentence_on_a_whole_program_is_what_running_it_says(behind, kind, said):
    verdict = derivation("rnn-tanh").check(f"import numpy as np\nq = {{-1: hs[-1]}}\n{WHOLE}{behind}\n")
    assert verdict.kind == kind and said in verdict.sentences[0], verdict


def unread(program, rng):
    """A program with one of its values written so that it is not read as an equation, but is run."""
    tree = ast.parse(program.text)
    found = [x for x in ast.walk(tree) if isinstance(x, ast.Assign) and isinstance(x.value, ast.BinOp)]
    for x in rng.sample(found, 1):
        text = rng.choice(["np.stack([{0}, {0}])[1]", "[{0}][-1]", "dict(a={0})['a']", "({0}, 0)[0]"])
        x.value = ast.parse(text.format(ast.unparse(x.value)), mode="eval").body
    return program._replace(text=ast.unparse(tree))


@pytest.mark.parametrize("k", sampled(range(len(PROGRAMS)), 20))
def test_a_program_that_is_run_alone_is_equal_if_it_runs_right(k, random_seed, undiagnosed):
    rng, program = random.Random(f"{random_seed} alone {k}"), PROGRAMS[k]
    if any(isinstance(x, ast.Assign) and isinstance(x.value, ast.BinOp) for x in ast.walk(ast.parse(program.text))):
        assert derivation(program.net).check(unread(program, rng).text).kind != "not equal"
        for _ in range(4):
            slip = mistaken(program, rng)
            if not any(isinstance(x, ast.Assign) and isinstance(x.value, ast.BinOp) for x in ast.walk(ast.parse(slip.text))):
                continue
            wrong = unread(slip, rng)  # in this order: a slip in what is not taken out of a list is none
            verdict = derivation(program.net).check(wrong.text)
            assert not verdict.equal or runs_right(wrong) is not False, f"{wrong.text}\n{verdict}"


def test_what_is_wrong_at_one_step_alone_is_seen(random_seed):
    """The lines are right and their order is not: what a step makes is that of another."""
    begun, line = f"dx = {{}}\n{WHOLE}", "    dx[t] = Wxh.T @ dhraw\n"
    assert (verdict := derivation("rnn-tanh").check(begun + line)).equal, verdict
    lines = begun.splitlines(keepends=True)
    early = random.Random(random_seed).randrange(lines.index(LOOP) + 1, lines.index("    dhraw = (1 - hs[t] * hs[t]) * dh\n") + 1)
    assert not derivation("rnn-tanh").check("".join([*lines[:early], line, *lines[early:]])).equal


@pytest.mark.parametrize("head", ["try:", "with np.errstate():", "async def f():", "match T:\n  case 1:"])
def test_what_stands_around_lines_is_refused(head):
    text = head + "\n" + "".join(f"      {line}\n" for line in WHOLE.splitlines()) + ("finally:\n    dWhh = 0\n" if head == "try:" else "")
    assert derivation("rnn-tanh").check(text).kind == "unreadable"


BOTH = {  # which of their names a second loop makes anew, what one leaves goes on by another name, and arrays with one step more
    "bidirectional": """dbf_h, dbb_h, dWf_hy = np.zeros_like(bf_h), np.zeros_like(bb_h), np.zeros_like(Wf_hy)
df_next = np.zeros(H)
for t in range(T, 0, -1):
    ds = p[t] - onehot(y[t])
    dWf_hy += np.outer(ds, hf[t])
    daf = (Wf_hy.T @ ds + df_next) * (1 - hf[t]**2)
    dbf_h += daf
    df_next = Wf_hh.T @ daf
db_next = np.zeros(H)
for t in range(1, T + 1):
    ds = p[t] - onehot(y[t])
    dab = (Wb_hy.T @ ds + db_next) * (1 - hb[t]**2)
    dbb_h += dab
    db_next = Wb_hh.T @ dab
""",
    "encoder-decoder": """dbenc_h, dbdec_h = np.zeros(H), np.zeros(H)
dhdec_next = np.zeros(H)
for t in range(S, 0, -1):
    ds = p[t] - onehot(y[t])
    dadec = (W_hy.T @ ds + dhdec_next) * (1 - hdec[t]**2)
    dbdec_h += dadec
    dhdec_next = Wdec_hh.T @ dadec
dhenc_next = dhdec_next
for t in range(T, 0, -1):
    daenc = dhenc_next * (1 - henc[t]**2)
    dbenc_h += daenc
    dhenc_next = Wenc_hh.T @ daenc
""",
    "gru-before-keep": """ds, dh = np.zeros((T + 2, K)), np.zeros((T + 2, H))
da_r, da_z, da_n, dk = np.zeros((T + 2, H)), np.zeros((T + 2, H)), np.zeros((T + 2, H)), np.zeros((T + 2, H))
dW_hz, db_z = np.zeros_like(W_hz), np.zeros_like(b_z)
for t in range(T, 0, -1):
    ds[t] = p[t] - onehot(y[t])
    dh[t] = W_hy.T @ ds[t] + dh[t+1] * z[t+1] + dk[t+1] * r[t+1] + W_hr.T @ da_r[t+1] + W_hz.T @ da_z[t+1]
    da_n[t] = dh[t] * (1 - z[t]) * (1 - n[t]**2)
    dk[t] = W_hn.T @ da_n[t]
    da_r[t] = dk[t] * h[t-1] * r[t] * (1 - r[t])
    da_z[t] = dh[t] * (h[t-1] - n[t]) * z[t] * (1 - z[t])
    dW_hz += np.outer(da_z[t], h[t-1])
    db_z += da_z[t]
""",
}


@pytest.mark.parametrize("net", sampled(BOTH, 3))
def test_programs_of_more_than_one_chain_or_with_longer_arrays_are_equal_and_with_a_slip_they_are_not(net, random_seed):
    assert (verdict := derivation(net).check(BOTH[net])).equal, verdict
    program, rng = Program(net, BOTH[net]), random.Random(random_seed)
    for other in (mistaken(program, rng) for _ in range(6)):
        if (verdict := derivation(net).check(other.text)).equal:
            assert runs_right(other) is not False, other.text


@pytest.mark.parametrize(
    "zeros", ["dWhh ← 0, dWxh ← 0, dbh ← 0", "dWhh ← 0; dWxh ← 0; dbh ← 0", r"dWhh \gets 0, dWxh \gets 0, dbh \gets 0"]
)
def test_what_begins_with_zero_may_stand_in_one_line(zeros):
    begun = WHOLE.replace(HEAD, f"{zeros}\ndWhy, dby, dhnext ← 0\n").replace("(1 - hs[t] * hs[t]) * dh", "(1 - hs[t]²) ⊙ dh")
    assert (verdict := derivation("rnn-tanh").check(begun)).equal, verdict
    assert not derivation("rnn-tanh").check(begun.replace("0;", "1;").replace("0,", "1,")).equal


def test_the_runs_of_a_program_have_one_bound_together(monkeypatch):
    """A layout in which it stops takes from what is left for the others, and none is called wrong before all were tried."""
    monkeypatch.setattr(trials, "ALL", 3000)
    seen, visit = [], Interpreter.visit
    monkeypatch.setattr(Interpreter, "visit", lambda self, node: (seen.append(node), visit(self, node))[1])
    d, text = derivation("rnn-tanh"), "for t in range(4000):\n    dW_hh += 1\n"
    found, said, *_ = tried(d, ast.parse(text), Names(d).vocabulary(text))
    assert found == "stops" and said.endswith("too many steps") and len(seen) <= 3001


@pytest.mark.parametrize("fills, right", [("dx.append({})", False), ("dx.insert(0, {})", True), ("dx.append({})\ndx.reverse()", True)])
def test_a_list_that_is_given_back_has_its_first_step_first(fills, right):
    text = WHOLE + "    " + fills.format("Wxh.T @ dhraw") + "\n"
    verdict = derivation("rnn-tanh").check(text.replace(LOOP, f"dx = []\nn = hs[0].shape[0]\n{LOOP}"))
    assert verdict.equal == right and (right or "another `dx` than the tape" in verdict.sentences[0]), verdict


GRU = """dW_hr = np.zeros_like(W_hr)
db_r = np.zeros_like(b_r)
dW_hz = np.zeros_like(W_hz)
db_z = np.zeros_like(b_z)
ds = np.zeros((T + 2, K))
dh = np.zeros((T + 2, H))
da_n = np.zeros((T + 2, H))
dm = np.zeros((T + 2, H))
da_z = np.zeros((T + 2, H))
{}for t = T, ..., 1:
{}    ds[t] ← p[t] - onehot(y[t])
    dh[t] ← W_hy^T @ ds[t] + dh[t+1] ∘ (1 - z[t+1]) + W_hr^T @ da_r[t+1] + W_hz^T @ da_z[t+1] + dm[t+1] ∘ r[t+1]
    da_n[t] ← dh[t] ∘ z[t] ∘ (1 - n[t]^2)
    dm[t] ← W_hn^T da_n[t]
    da_z[t] ← dh[t] ∘ (n[t] - h[t-1]) ∘ z[t] ∘ (1 - z[t])
    da_r[t] ← dm[t] ∘ h[t-1] ∘ r[t] ∘ (1 - r[t])
    dW_hr += np.outer(da_r[t], h[t-1])
    db_r += da_r[t]
    dW_hz += np.outer(da_z[t], h[t-1])
    db_z += da_z[t]"""


def test_an_array_of_all_steps_is_not_made_anew_at_each():
    """There what the step after has made of it is 0 again."""
    zeros = "da_r = np.zeros((T + 2, H))\n"
    assert (verdict := derivation("gru-before-new").check(GRU.format(zeros, ""))).equal, verdict
    assert (verdict := derivation("gru-before-new").check(GRU.format("", f"    {zeros}"))).kind == "unreadable", verdict


HEADS = [
    "for t in range(T, 0, -1): {}",
    "for t = T, ..., 1:\n    {}",
    "for t = 1 to T: {}",
    "For t = T, T-1, ..., 1 do:\n  {}",
    "for t = T:-1:1\n  {}\nend",
]


@pytest.mark.parametrize("head", HEADS)
def test_a_loop_over_all_steps_says_the_last_one_anew(head):
    """Though no line makes a parameter's gradient, nor the array, by which it is run."""
    d, last = derivation("rnn-many-to-one"), "dh[T] = W_hy.T @ ds[T]\n"
    assert not d.check(last + head.format("dh[t] = W_hh.T @ da[t+1]")).equal
    assert d.check(last + head.format("da[t] = (1 - h[t]**2) * dh[t]")).equal


def test_an_adjoint_is_known_by_what_it_is_and_not_by_its_letters():
    """A weight that is called as another's gradient is none."""
    at = world(derive(Model(Odd(2, 3, seed=1), output_size=4)), 4, 3)
    assert at.gradients["W"] == "dW" and at.gradients["dW_odd"] == "ddW_odd" and "dW_odd" not in at.adjoints


CACHED = """def step(dh, cache):
    x_t, h_prev, h_t = cache
    da = dh * (1 - h_t ** 2)
    return W_hh.T @ da, np.outer(da, h_prev)

dW_hh = np.zeros_like(W_hh)
dh_next = np.zeros(H)
for t in reversed(range(T)):
    dh = W_hy.T @ (p[t] - onehot(y[t])) + dh_next
    dh_next, dWh = step(dh, {})
    dW_hh += dWh
"""
KEPT = """h_prev = {0}
caches = []
for t in range(T):
    h_t = np.tanh(W_xh @ x[t] + W_hh @ {1} + b_h)
    caches.append((x[t], h_prev, h_t))
    h_prev = {2}
"""
FORWARD = [("h0", "h_prev", "h_t", True), ("np.zeros(H)", "h_prev", "h_t", True), ("np.ones(H)", "h_prev", "h_t", False),
           ("h0", "h_t", "h_t", False), ("h0", "h_prev", "x[t]", False), ("h0", "h_prev", "h_t * 2", False)]  # fmt: skip


@pytest.mark.parametrize("start, used, on, right", FORWARD)
def test_what_a_program_keeps_of_its_forward_pass_is_what_it_made_there(start, used, on, right):
    text = KEPT.format(start, used, on) + CACHED.format("caches[t]")
    for behind in ("", "h0 += 1\n" * (start == "h0")):  # an array that is changed once it is used up
        verdict = derivation("rnn-tanh").check(text + behind)
        assert verdict.equal == right, verdict


@pytest.mark.parametrize(
    "given, right", [("caches[t]", True), ("caches[t-1]", False), ("(x[t], h[t-1], h[t])", True), ("(x[t], h[t], h[t-1])", False)]
)
def test_a_cache_that_a_function_is_given_is_what_it_is_called_with(given, right):
    assert (verdict := derivation("rnn-tanh").check(CACHED.format(given))).equal == right, verdict
    late = (
        CACHED.format(given).replace("    x_t, h_prev, h_t = cache\n", "").replace("    return", "    x_t, h_prev, h_t = cache\n    return")
    )
    assert not derivation("rnn-tanh").check(late).equal  # h_t is that of the call before


@pytest.mark.parametrize(
    "test, right", [("t > 0", True), ("t", True), ("t > 1", False), ("t >= 0", True), ("t >= 1", True), ("t == 0", False)]
)
def test_the_state_before_the_first_step_is_asked_for_at_the_first(test, right):
    """With a cache that no line makes nothing is run."""
    text = CACHED.replace("dh_next, dWh = step(dh, {})", f"before = h[t-1] if {test} else h0\n    da = dh * (1 - h_t ** 2)")
    text = text.replace("dW_hh += dWh", "dW_hh += np.outer(da, before)\n    dh_next = W_hh.T @ da").replace(
        "    dh = W", "    x_t, h_t = caches[t]\n    dh = W"
    )
    verdict = derivation("rnn-tanh").check("".join(text.partition("dW_hh = np")[1:]))
    assert verdict.equal == right, verdict


FIRST_STATE = """
def bptt(x, y, {0}):
    {1}
    p = {{}}
    for t in range(T):
        h[t] = np.tanh(W_xh @ x[t] + W_hh @ h[t-1] + b_h)
        p[t] = softmax(W_hy @ h[t] + b_y)
    dW_hh, db_h, dh_next = np.zeros_like(W_hh), np.zeros_like(b_h), np.zeros_like(b_h)
    for t in reversed(range(T)):
        ds = p[t].copy()
        ds[y[t]] -= 1
        dh = W_hy.T @ ds + dh_next
        da = dh * (1 - h[t]**2)
        dW_hh += np.outer(da, h[t-1])
        db_h += da
        dh_next = W_hh.T @ da
    return dW_hh, db_h
"""
MADE_FIRST = ["h = {{-1: {0}}}", "h = {{}}\n    h[-1] = {0}", "h = {{}}\n    h[-1] = np.copy({0})", "h, q = {{-1: {0}.copy()}}, {{}}",
              "h = np.zeros((T + 1, H))\n    h[-1] = {0}"]  # fmt: skip
SLIPPED = [
    ("da = dh * (1 - h[t]**2)", "da = dh * (1 - h[t])"), ("db_h += da", "db_h += 2 * da"), ("W_hh.T @ da", "W_hh @ da"),
    ("W_hy.T @ ds + dh_next", "W_hy.T @ ds - dh_next"), ("dW_hh += np.outer(da, h[t-1])", "dW_hh += np.outer(da, h[t])"),
]  # fmt: skip


def test_a_whole_program_is_read_line_by_line_though_it_makes_its_first_state(random_seed):
    """So that the line with the slip is named; another first state is run, and another array is not the one that is read."""
    rng, d = random.Random(random_seed), derivation("rnn-tanh")
    called, made, slip = rng.choice(["h0", "h_0", "h_prev", "hprev", "h_init"]), rng.choice(MADE_FIRST), rng.choice(SLIPPED)
    text = FIRST_STATE.format(called, made.format(called))
    verdict = d.check(text)
    assert verdict.equal and "is read as the state that a run begins with" in str(verdict), (text, verdict)
    wrong = text.replace(*slip)
    verdict = d.check(wrong)
    assert verdict.kind == "not equal" and slip[1] in wrong.split("\n")[verdict.line - 1], (wrong, verdict)
    for doubled in (made.replace("{0}", "2 * {0}"), "{0} = 2 * {0}\n    " + made, "h = np.zeros((T, H))\n    h[-1] = {0}"):
        assert not (verdict := d.check(FIRST_STATE.format(called, doubled.format(called)))).equal, (doubled, verdict)


@pytest.mark.parametrize("name, right", [("_", True), ("spare", False)])
def test_what_goes_by_no_name_is_no_gradient(name, right):
    text = ADDED + f"{name}, other = 2 * dWhh, dWxh\n"
    assert (verdict := derivation("rnn-tanh").check(text)).equal == right, verdict
