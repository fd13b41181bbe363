"""What a derivation prints is what it says: every line has shapes that fit, is true of the run's numbers, and is read back as equal."""

import ast
import itertools
import random

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.notations import noted
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.gradients import adjoints
from autograd_rnn.formulas.checking.checker import Checker
from autograd_rnn.formulas.evaluate import Evaluation
from autograd_rnn.formulas.reading.parse import parse
from autograd_rnn.formulas.system import lengths, quantities
from tests.sampling import sampled
from tests.test_readings import REFUSED, USES, Uses

D, H = 2, 3


class Strict:
    """An array that is added and multiplied with one of its own shape or with a number alone, and applied to what it fits."""

    def __init__(self, array):
        self.array = np.asarray(array, float)

    def by_element(self, other, f):
        a, b = self.array, other.array if isinstance(other, Strict) else np.asarray(float(other))
        assert a.shape == b.shape or not a.shape or not b.shape, f"{a.shape} and {b.shape}"
        return Strict(f(a, b))

    def __matmul__(self, other):
        assert self.array.ndim == 2 and other.array.ndim in (1, 2), f"{self.array.shape} @ {other.array.shape}"
        return Strict(self.array @ other.array)

    def __neg__(self):
        return Strict(-self.array)

    def __pow__(self, n):
        return Strict(self.array**n)

    def __getitem__(self, index):
        assert self.array.shape
        return Strict(self.array[index])

    @property
    def T(self):
        assert self.array.ndim == 2, "only matrices are transposed in print"
        return Strict(self.array.T)


for sign, f in (("add", np.add), ("sub", np.subtract), ("mul", np.multiply), ("truediv", np.divide)):
    setattr(Strict, f"__{sign}__", lambda self, other, f=f: self.by_element(other, f))
    setattr(Strict, f"__r{sign}__", lambda self, other, f=f: self.by_element(other, lambda a, b: f(b, a)))


class Steps:
    """One quantity at its steps; beyond them an adjoint is zero, and anything else what it was last."""

    def __init__(self, values):
        self.values = values

    def __getitem__(self, t):
        return Strict(self.values[t] if t in self.values else 0 * self.values[max(self.values)])


def outer(a, b):
    assert a.array.ndim == b.array.ndim == 1
    return Strict(np.outer(a.array, b.array))


def vector(f):
    """A function of a vector or a matrix."""

    def checked(x, *options):
        assert x.array.ndim, "a number stands where a vector is"
        return Strict(f(x.array, *options))

    return checked


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


def world(run):
    """Every name of a printed line by its numbers in a run, and the functions that it may call."""
    found, swept = quantities(run), adjoints(run.loss)
    names = {
        **lengths(run),
        "ones": lambda *shape: Strict(np.ones(shape)),
        "outer": outer,
        "onehot": lambda k: Strict(np.eye(run.model.readout.output_size)[int(k.array)]),
    }
    names |= {f: lambda x, g=getattr(np, f): Strict(g(x.array)) for f in ("tanh", "sqrt", "exp", "sin", "cos")}
    names |= {"norm": vector(np.linalg.norm), "unit": vector(lambda x: x / np.linalg.norm(x)), "softmax": vector(softmax)}
    names |= {
        "sum": vector(lambda x, axis=None, keep=False: x.sum(axis, keepdims=keep)),
        "reshape": vector(np.reshape),
        "mean": vector(np.mean),
        "logsumexp": vector(lambda x: np.log(np.exp(x).sum())),
        "logsumexp_prime": vector(softmax),
    }
    for node, q in found.items():
        g = swept.get(node, np.zeros(node.shape))
        for name, value in ((q.name, node.value), ("d" + q.name, getattr(g, "value", g))):
            if q.step is None:
                names[name] = Strict(value)
            else:
                names.setdefault(name, Steps({})).values[q.step] = value
    names["p"] = Steps({t: softmax(s) for t, s in names["s"].values.items()})
    axes = {q.name: q.axis.letter for q in found.values() if q.axis}
    names["axes"] = axes | {f"d{name}": letter for name, letter in axes.items()} | {"p": axes["s"]}
    names["Sum"] = lambda f, first, last: sum((f(t) for t in range(first, last + 1)), 0)
    names["column"] = lambda *parts: Strict(np.concatenate([part.array for part in parts]))
    return names


class Summed(ast.NodeTransformer):
    """Sum(f(t), t) as a function of t, and from where to where: as far as the quantities in it go. [a; b] is one vector."""

    def __init__(self, axes):
        self.axes = axes

    def visit_Call(self, node):
        self.generic_visit(node)
        if getattr(node.func, "id", "") == "Sum":
            made = ast.parse("lambda t: 0", mode="eval").body
            axis = next(self.axes[name.id] for name in ast.walk(node) if getattr(name, "id", "") in self.axes)
            made.body, node.args = node.args[0], [made, *(node.args[2:] or [ast.Constant(1), ast.Name(axis, ast.Load())])]
        return node

    def visit_List(self, node):
        self.generic_visit(node)
        return ast.Call(ast.Name("column", ast.Load()), node.elts, [])


def ranges(where, names):
    """Whether ``1 < t < T, t != 2, T-1`` is so."""
    between, _, unlike = where.partition("t != ")
    return eval(between.strip(" ,") or "True", names) and names["t"] not in eval(f"[{unlike}]", names)


def holds(line, names):
    """Holds a printed line against the numbers, by shapes that fit, at every step that its range has: ``(1 < t < T)``, ``(t != T-1)``."""
    line, _, where = line.replace(";", ",").partition("   (")
    left, right = (
        compile(ast.fix_missing_locations(Summed(names["axes"]).visit(ast.parse(x, mode="eval"))), line, "eval")
        for x in line.split(" = ", 1)
    )
    name = line.partition("[t]")[0]
    steps = range(1, names[names["axes"][name]] + 1) if "[t] = " in line[: len(name) + 6] else (0,)
    for t in steps:
        if where and not ranges(where[:-1], {**names, "t": t}):
            continue
        a, b = (eval(side, {**names, "t": t}) for side in (left, right))
        b = Strict(0 * a.array) if b == 0 else b  # of what nothing reaches
        assert a.array.shape == b.array.shape, f"{a.array.shape} = {b.array.shape}"
        assert np.allclose(a.array, b.array, rtol=1e-9, atol=1e-12)


def printed(derivation):
    """Every equation as it is typed."""
    return [show(q._replace(where=""), "ascii") for q in (*derivation.forward, *derivation.equations)]


class Made(ar.Cell):
    """A cell of what was drawn."""

    def __init__(self, step):
        self.made = step
        super().__init__(D, H, seed=3)

    def shapes(self):
        return {"W": (H, D), "U": (H, H), "S": (H,), "V": (H, H)}

    def step(self, p, x, h):
        return self.made(p, x, h)


def number(rng, depth):
    """A number of a, h and parameters, as a function of (p, a, h)."""
    inside, other = vectors(rng, depth - 1), (lambda: number(rng, depth - 1))
    kinds = [
        lambda p, a, h, v=inside: v(p, a, h).sum(),
        lambda p, a, h, v=inside: ar.mean(v(p, a, h)),
        lambda p, a, h, v=inside: ar.norm(v(p, a, h) + 2),
        lambda p, a, h, v=inside: ar.var(v(p, a, h)),
        lambda p, a, h, v=inside: ar.logsumexp(v(p, a, h)),
    ]
    if depth > 0:
        one, two = other(), other()
        kinds += [
            lambda p, a, h: one(p, a, h) + two(p, a, h),
            lambda p, a, h: ar.sin(one(p, a, h)) * two(p, a, h),
            lambda p, a, h: ar.broadcast_to(one(p, a, h), (H,)).mean(),
        ]
    return rng.choice(kinds)


def vectors(rng, depth):
    """A vector of a, h and parameters, as a function of (p, a, h)."""
    if depth <= 0:
        return rng.choice([lambda p, a, h: a, lambda p, a, h: h, lambda p, a, h: p.S])
    v, w, n = vectors(rng, depth - 1), vectors(rng, depth - 1), number(rng, depth - 1)
    return rng.choice([
        lambda p, a, h: v(p, a, h) - n(p, a, h),
        lambda p, a, h: v(p, a, h) * n(p, a, h),
        lambda p, a, h: v(p, a, h) / (2 + n(p, a, h) ** 2),
        lambda p, a, h: ar.broadcast_to(n(p, a, h), (H,)),
        lambda p, a, h: v(p, a, h) * w(p, a, h) + n(p, a, h),
        lambda p, a, h: p.V @ ar.broadcast_to(n(p, a, h), (H,)) + w(p, a, h),
        lambda p, a, h: (p.V + n(p, a, h)) @ v(p, a, h),
        lambda p, a, h: ar.outer(v(p, a, h), w(p, a, h)) @ ar.broadcast_to(n(p, a, h), (H,)),
        lambda p, a, h: ar.sin(v(p, a, h) + w(p, a, h)),
    ])  # fmt: skip


KINDS = ["plain", "a named number", "a named vector"]


@pytest.mark.parametrize("k, kind", sampled(itertools.product(range(4), KINDS), 12))
def test_a_number_is_a_number_and_a_vector_a_vector(k, kind, random_seed):
    rng = random.Random(f"{random_seed} {k} {kind}")
    first, second, m = vectors(rng, 2), vectors(rng, 2), number(rng, 1) if kind == "a named number" else vectors(rng, 1)

    def step(p, x, h):
        a = p.W @ x + p.U @ h
        if kind == "plain":
            return dict(a=a, h=ar.sin(first(p, a, h) + 0.1 * second(p, a, h)))
        named = m(p, a, h)
        return dict(a=a, m=named, h=ar.sin(first(p, a, h) * named + 0.1 * second(p, a, h) + named))

    model = ar.Model(Made(step), output_size=2)
    derivation = ar.derive(model)
    proof = derivation.verify(steps=2)  # sin of a large number, as some of these cells take, has lost its last digits
    assert proof.worst < 1e-9 and max(proof.digits.values()) < 1e-40 and all(proof.exact.values()), f"{derivation}\n{proof}"
    assert derivation.latex() and len(derivation.recursion().sympy()) == len(derivation.equations)
    names = world(derivation.specimen(4, 4, seed=random_seed))
    for line in printed(derivation):
        holds(line, names)
        verdict = derivation.check(line) if len(line) < 1000 else None  # longer ones take long
        assert verdict is None or verdict.equal, f"{line}\n{verdict}"


def test_a_line_of_any_length_that_is_printed_is_read_back_and_a_longer_one_refused():
    def step(p, x, h):
        a = p.W @ x + p.U @ h
        for k in range(3):
            a = ar.sin(a * h + p.S * (k + 2)) * ar.sum(a)
        return dict(h=a)

    derivation = ar.derive(ar.Model(Made(step), output_size=2))
    long = max(printed(derivation), key=len)
    assert 6_000 < len(long) and Checker(derivation, long).statements[0].equation.right
    refused = derivation.check(f"dh[t] = {' + '.join(['dh[t]'] * len(long))}")
    assert refused.kind == "unreadable" and "characters: at most" in str(refused)
    short = ar.derive(ar.Model(ar.RNN(D, H), output_size=2))
    assert "5997 characters: at most 4000" in str(short.check(f"dh[t] = {' + '.join(['dh[t]'] * 749)}"))


NESTED = {
    "nested means": (lambda p, a, h: a - ar.mean(p.S - ar.mean(a)), "da_t = dh_t + sum(-sum(-dh_t) ⊙ 𝟏_3 / 3) / 3"),
    "one mean": (lambda p, a, h: a - ar.mean(a), "da_t = dh_t + sum(-dh_t) / 3"),
    "a sum": (lambda p, a, h: ar.broadcast_to(a.sum(), (H,)), "da_t = sum(dh_t) ⊙ 𝟏_3"),
}


@pytest.mark.parametrize("name", NESTED)
def test_ones_stand_where_nothing_else_is_a_vector(name):
    rule, line = NESTED[name]

    def step(p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=rule(p, a, h))

    derivation = ar.derive(ar.Model(Made(step), output_size=2))
    assert line in str(derivation).splitlines()
    assert (
        ("ones(3)" in show(derivation.formula("a")[0], "ascii")) == ("𝟏" in line) == (r"\mathbf{1}_{3}" in derivation.formula("a").latex())
    )


def test_the_books_equations_have_no_ones():
    for cell in (ar.RNN(D, H), ar.LSTM(D, H, peephole=True), ar.GRU(D, H), ar.GRU(D, H, reset="after")):
        assert "𝟏" not in str(ar.derive(ar.Model(cell, output_size=2)))


READ = sorted(set(USES) - set(REFUSED))


SOME = range(0, len(READ), 8)  # by the run's seed: all of them take minutes


@pytest.mark.parametrize("k", sampled(SOME, 12))
def test_what_is_printed_of_an_operation_is_read_back(k, random_seed):
    name = READ[(k + random_seed) % len(READ)]
    derivation = ar.derive(ar.Model(Uses(name, USES[name]), output_size=3))
    for line in printed(derivation):
        verdict = derivation.check(line)
        assert verdict.equal, f"{line}\n{verdict}"
    for q in (*derivation.forward, *derivation.equations):
        for style in ("text", "latex"):
            line = show(q, style)
            assert parse(line, derivation) == parse(show(q, "ascii"), derivation), line


# What is printed of these leaves a shape to the eye: whether vectors stand under or beside each other, what was a row, a flat matrix.
SHAPELESS = """_solve _stack atleast_2d atleast_3d column_stack diag diagonal dstack expand_dims kron reshape solve stack trace transpose
               vstack""".split()


def turned(q):
    """An equation with the terms of its right side the other way round."""
    return q._replace(right=e.Add(q.right.terms[::-1]) if isinstance(q.right, e.Add) else q.right, where="")


@pytest.mark.parametrize("k", sampled(SOME, 12))
def test_what_is_printed_of_an_operation_is_read_in_another_line_too(k, random_seed):
    name = READ[(k + random_seed) % len(READ)]
    derivation = ar.derive(ar.Model(Uses(name, USES[name]), output_size=3))
    for q in (*derivation.forward, *derivation.equations):
        lines = [f"{show(turned(q), style)} + 0" for style in (("ascii",) if name in SHAPELESS else ("text", "ascii", "latex"))]
        assert len({parse(line, derivation)[0] for line in lines[::2]}) == 1, lines  # as printed, in either style
        verdict = derivation.check(lines[0])
        assert verdict.equal, f"{lines[0]}\n{verdict}"


def tape(derivation, run):
    """The equations' numbers on a run, at every step."""
    found = {e.Sym(q.name, None if q.step is None else e.Time("", q.step)): node.value for node, q in quantities(run).items()}
    return Evaluation([], found | {e.Sym(name): x for name, x in derivation.constants.items()}, lengths(run), {}, 3)


def slips(x, rng):
    """An expression with one slip: a factor, a sign, a dropped term, a transposition, another index or step, another order."""
    places = [node for node in e.nodes(x) if not isinstance(node, e.Sym) or node.time is not None]
    at = rng.choice(places)
    match at:
        case e.Sym():
            wrong = [at._replace(time=at.time._replace(offset=at.time.offset + by)) for by in (-1, 1)]
        case e.Add(terms):
            n = rng.randrange(len(terms))
            wrong = [e.add(*terms[:n], *terms[n + 1 :]), e.add(*terms[:n], e.negative(terms[n]), *terms[n + 1 :])]
        case e.Transpose(of):
            wrong = [of]
        case e.MatMul(a, b):
            wrong = [e.MatMul(b, a), a, b, e.MatMul(e.transpose(a), b), e.MatMul(a, e.transpose(b))]
        case e.Outer(a, b):
            wrong = [e.Outer(b, a)]
        case e.Kron(a, b):
            wrong = [e.Kron(b, a)]
        case e.Part(of, start, stop) if start:
            wrong = [e.Part(of, start - 1, stop - 1)]
        case e.Call("getitem", (e.Identity(),), options):
            index = np.roll(options.given["index"], 1).tolist() if isinstance(options.given["index"], list) else 0
            wrong = [at._replace(options=e.Options({"index": index}))]
        case _:
            wrong = [e.Mul((e.Num(rng.choice([-1.0, 2.0, 1.5])), at))]
    new = rng.choice(wrong)
    return e.transformed(x, lambda node: new if node == at else node)


@pytest.mark.parametrize("k", sampled(range(0, len(READ), 40), 4))
def test_what_is_derived_of_an_operation_is_read_back_and_broken_told(k, random_seed, undiagnosed):
    """Jacobians and forward forms, in every style and in letters; a slip that changes the numbers of a tape is not equal."""
    name = READ[(k + random_seed) % len(READ)]
    rng = random.Random(f"{random_seed} {name}")
    derivation = ar.derive(ar.Model(Uses(name, USES[name]), output_size=3))
    run = derivation.specimen(4, 4, seed=random_seed)
    values, block = tape(derivation, run), derivation.jacobian("h")[0]
    assert np.allclose(values.evaluate(block.right, 3), run.jacobian(3, 2), rtol=1e-6, atol=1e-9)
    for q in (*derivation.jacobian(), *derivation.forward_form("b_h")[1:]):
        for style, notation in (("ascii", "names"), ("text", "names"), ("latex", "letters"))[: 3 if q == block else 1]:
            line = show(noted([q], notation, derivation.by_letter, derivation.halves)[0], style)
            verdict = derivation.check(line)
            assert verdict.equal, f"{line}\n{verdict}"
    right, broken = values.evaluate(block.right, 3), 0
    for _ in range(5):
        slipped = slips(block.right, rng)
        try:
            with np.errstate(all="ignore"):
                number = np.asarray(values.evaluate(slipped, 3))
        except (ValueError, KeyError, IndexError):  # what does not fit
            number = np.zeros(())
        if number.shape == right.shape and np.allclose(number, right, rtol=1e-7, atol=1e-12):
            continue
        line, broken = show(block._replace(right=slipped), "ascii"), broken + 1
        assert not derivation.check(line).equal, line
    assert broken


x, y = e.Sym("x"), e.Sym("y")
ALIKE = [
    e.Add((x, y)),
    e.Mul((x, y)),
    e.Column((x, y)),
    e.MatMul(x, y),
    e.Outer(x, y),
    e.Quotient(x, y),
    e.Kron(x, y),
    e.Transpose(x),
    e.Diag(x),
]


@pytest.mark.parametrize("one, other", [*itertools.combinations(ALIKE, 2)])
def test_two_kinds_of_the_same_parts_are_two(one, other):
    assert one != other and len({one, other}) == 2


TWINS = {
    "sum, product": lambda p, a, h: ar.tanh(a * h) + ar.tanh(a + h),
    "quotient, outer product": lambda p, a, h: ar.exp(a / (h * h + 1)) + ar.outer(a, h * h + 1) @ h,
    "product with a matrix, quotient": lambda p, a, h: ar.sin(p.U @ h) + ar.outer(p.S, h) @ a + ar.sin(p.S / (h * h + 1)),
    "stacked, product": lambda p, a, h: ar.concatenate([(a * h)[0:1], (a + h)[1:3]], -1),
}


@pytest.mark.parametrize("name", sampled(TWINS, 2))
def test_one_cell_may_have_two_kinds_of_the_same_parts(name):
    def step(p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=ar.tanh(TWINS[name](p, a, h)))

    derivation = ar.derive(ar.Model(Made(step), output_size=2))
    assert derivation.verify(steps=3).ok
    assert all(derivation.check(line).equal for line in printed(derivation))


QUOTIENTS = {
    "a number over": (
        lambda p, a, h: -2 / (a * a + 1),
        "h_t = tanh(-2 / (a_t² + 1))",
        "da_t = 4 dh_t ⊙ (1 - h_t²) ⊙ a_t / (a_t² + 1)²",
    ),
    "one over a square": (
        lambda p, a, h: ar.exp(a) ** -2,
        "h_t = tanh(1 / exp(a_t)²)",
        "da_t = -2 dh_t ⊙ (1 - h_t²) / exp(a_t)²",
    ),
    "by a number": (lambda p, a, h: 3 * h / (2 + ar.sum(a)), "h_t = tanh(3 h_{t-1} / (2 + sum(a_t)))", None),
    "twice": (lambda p, a, h: h / ar.exp(a) / ar.exp(h), "h_t = tanh(h_{t-1} / exp(a_t) / exp(h_{t-1}))", None),
    "a fifth power": (lambda p, a, h: a**3 * a * a / (h * h + 1), "h_t = tanh(a_t⁵ / (h_{t-1}² + 1))", None),
    "less one over": (
        lambda p, a, h: h - 1 / ar.exp(a),
        "h_t = tanh(h_{t-1} - 1 / exp(a_t))",
        "da_t = dh_t ⊙ (1 - h_t²) / exp(a_t)",
    ),
}


@pytest.mark.parametrize("name", sampled(QUOTIENTS, 2))
def test_a_quotient_is_printed_as_a_person_would(name):
    rule, forward, backward = QUOTIENTS[name]

    def step(p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=ar.tanh(rule(p, a, h)))

    derivation = ar.derive(ar.Model(Made(step), output_size=2))
    assert forward in [show(q) for q in derivation.forward]
    assert backward is None or backward in str(derivation).splitlines()
    assert derivation.verify(steps=3).ok
    assert all(derivation.check(line).equal for line in printed(derivation))


OUTER = [
    lambda y, h: ar.outer(y, h),
    lambda y, h: y[:, None] * h[None, :],
    lambda y, h: y[..., np.newaxis] * h,
    lambda y, h: h[None] * ar.reshape(y, (H, 1)),
    lambda y, h: y[:, None] @ h[None, :],
    lambda y, h: ar.expand_dims(y, 1) * ar.broadcast_to(h, (H, H)),
    lambda y, h: ar.einsum("i,j->ij", y, h),
]


@pytest.mark.parametrize("k", sampled(range(len(OUTER)), 2))
def test_a_column_times_a_row_is_an_outer_product_however_it_is_written(k):
    def step(p, x, h):
        a = p.W @ x + p.U @ h
        return dict(a=a, h=ar.tanh(OUTER[k](a, h) @ p.S))

    derivation = ar.derive(ar.Model(Made(step), output_size=2))
    assert "h_t = tanh((a_t h_{t-1}ᵀ) S_made)" in [show(q) for q in derivation.forward]
    assert derivation.verify(steps=3).ok
    names = world(derivation.specimen(4, 4))
    for line in printed(derivation):
        holds(line, names)
        assert derivation.check(line).equal, line


def test_any_letter_may_name_a_quantity(random_seed):
    """Also those that are another sign's compatibility form to Python (ℓ and µ), that the language refuses elsewhere, and Cyrillic ones;
    but for ℒ, which is the loss's and is printed with the cell's name."""
    rng = random.Random(random_seed)
    W, U, S, V, a = rng.sample([*"ΣσℓµджΩªé", rng.choice(["λ", "lambda"]), "if", "ﬁ", "Σ_é", "None"], 5)
    W = rng.choice([W, "ₐ"]) if "ª" not in (U, S, V, a) else W  # which is no letter to a person, and looks like ª

    class Lettered(ar.Cell):
        def shapes(self):
            return {W: (H, D), U: (H, H), S: (H,), V: (H,)}

        def step(self, p, x, h):
            made = getattr(p, W) @ x + getattr(p, U) @ h + getattr(p, S) * getattr(p, V)
            return {a: made, "h": ar.tanh(made)}

    derivation = ar.derive(ar.Model(Lettered(D, H), output_size=2))
    for line in printed(derivation):
        verdict = derivation.check(line)
        assert verdict.equal, f"{line}\n{verdict}"
    wrong = derivation.check(f"d{S} = Sum(d{a}[t], t)")
    assert wrong.kind == "not equal" and wrong.sentences[0] == f"the factor `{V}` is missing", wrong


def matrix(rng, depth):
    """A square matrix of parameters and h, as a function of (p, h)."""
    if depth == 0:
        return rng.choice([lambda p, h: p.V, lambda p, h: p.V.T, lambda p, h: ar.outer(h, p.S), lambda p, h: ar.sin(p.V)])
    one, two, n = matrix(rng, depth - 1), matrix(rng, depth - 1), rng.choice([2, 3])
    return rng.choice([
        lambda p, h: one(p, h) ** n,
        lambda p, h: one(p, h) ** n + two(p, h),
        lambda p, h: two(p, h) * one(p, h) ** n,
        lambda p, h: (one(p, h) @ two(p, h)) ** n,
        lambda p, h: two(p, h) / (2 + one(p, h) ** 2),
    ])  # fmt: skip


@pytest.mark.parametrize("depth", sampled([1, 2], 2))
def test_a_power_of_a_matrix_element_by_element_is_no_matrix_power(depth, random_seed):
    """In every style, also where the line is not letter by letter the printed one."""
    made = matrix(random.Random(f"{random_seed} {depth}"), depth)
    derivation = ar.derive(ar.Model(Made(lambda p, x, h: dict(h=ar.tanh(made(p, h) @ h + p.W @ x))), output_size=2))
    for q, style in itertools.product((*derivation.forward, *derivation.equations), ("text", "ascii", "latex")):
        line = show(q._replace(where=""), style)
        for written in (line, f"{line} + 0"):
            verdict = derivation.check(written)
            assert verdict.equal or verdict.kind == "not decided", f"{written}\n{verdict}"


def test_only_a_matrix_is_raised_by_the_sign_of_the_product():
    rule = lambda p, x, h: dict(h=ar.tanh((p.V * p.V) @ h + (p.S * p.S) * (p.W @ x) ** 2))  # noqa: E731
    derivation = ar.derive(ar.Model(Made(rule), output_size=2))
    assert [show(q) for q in derivation.forward][0] == "h_t = tanh((V^{⊙2}) h_{t-1} + S_made² ⊙ (W x_t)²)"
    assert r"\left(V^{\odot 2}\right) \, h_{t-1}" in derivation.markdown() and "V**2" in show(derivation.forward[0], "ascii")
    assert "(V^{⊙2}) h_{t-1}" in derivation.model.cell.equations()
    squared = derivation.check("h_t = tanh(V^2 h_{t-1} + S_made² ⊙ (W x_t)²)")
    assert squared.kind == "not equal" and "`V ^ 2` is the matrix power" in str(squared)


@pytest.mark.parametrize("k", range(2))
def test_a_name_may_hold_a_sign_that_is_no_letter(k, random_seed):
    """A tilde or a hat, a prime, ∂ and ∇ themselves: what is printed is read back, also in another line."""
    rng = random.Random(f"{random_seed} {k}")
    W, U, b, a = rng.sample(["h̃", "W'", "∂", "∇", "ĉ_t", "a*", "x̄", "W''", "d̃", "g̃_2"], 4)

    class Signed(ar.Cell):
        def shapes(self):
            return {W: (H, D), U: (H, H), b: (H,)}

        def step(self, p, x, h):
            made = getattr(p, W) @ x + getattr(p, U) @ h + getattr(p, b)
            return {a: made, "h": ar.tanh(made)}

    derivation = ar.derive(ar.Model(Signed(D, H), output_size=2))
    for q in (*derivation.forward, *derivation.equations, *derivation.jacobian()):
        line = show(q._replace(where=""), rng.choice(["text", "ascii", "latex"]))
        for said in (line, f"{line} + 0"):
            verdict = derivation.check(said)
            assert verdict.equal, f"{said}\n{verdict}"
    arriving = next(line for line in derivation.text("ascii").splitlines() if line.startswith("dh[t] = "))
    wrong = derivation.check(f"dh[t] = {arriving.rpartition(' + ')[2]}")  # the loss does not enter
    assert wrong.kind == "not equal", wrong


def test_a_quantity_may_be_called_as_an_option_is(random_seed):
    """``powers(a[t], p=3)`` gives no scores p[t], and ``axis=0`` no quantity of that name."""
    first, second = random.Random(random_seed).sample(["axis", "keepdims", "p"], 2)

    def step(p, x, h):
        a = p.W @ x + p.U @ h
        scaled = a * ar.norm(a, ord=3) + ar.softmax(a, axis=0)
        return {first: a, second: scaled, "h": ar.tanh(scaled + ar.sum(a, axis=0, keepdims=True)) * ar.norm(scaled, ord=2.5)}

    derivation = ar.derive(ar.Model(Made(step), output_size=2))
    for q, style in itertools.product((*derivation.forward, *derivation.equations), ("text", "ascii", "latex")):
        verdict = derivation.check(show(q, style))
        assert verdict.equal, f"{show(q, style)}\n{verdict}"
