"""A quantity is what it is, whatever it is called: cells of the literature under their papers' names, and under every name that means
something else to a net."""

import random
import time

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.op.graph import graph_of, letters
from autograd_rnn.drawing.op.operations import operations
from autograd_rnn.formulas.rolling import canonical
from autograd_rnn.formulas.system import quantities
from autograd_rnn.formulas.unfolded import Unfolded
from autograd_rnn.nets.spelling import Spelling, looks
from tests.sampling import sampled

D, H, K = 2, 3, 4


def cell(name, weights, equations, states=("h",), output="h", sizes=None):
    """A class of its own. ``weights``: {parameter: shape in letters}; ``equations(p, x, *states)``: its record."""

    def shapes(self):
        length = {"D": self.input_size, "H": self.hidden_size}
        return {key: tuple(length[letter] for letter in shape) for key, shape in weights.items()}

    return type(name, (ar.Cell,), {
        "states": states, "output": output, "shapes": shapes, "step": lambda self, p, x, *before: equations(p, x, *before),
    })  # fmt: skip


def affine(p, gate, x, h):
    return ar.linear(getattr(p, f"W_x{gate}"), x, getattr(p, f"W_h{gate}"), h, getattr(p, f"b_{gate}"))


def gates(letters):
    return {key: shape for k in letters for key, shape in ((f"W_x{k}", "HD"), (f"W_h{k}", "HH"), (f"b_{k}", "H"))}


def minimal_gated(p, x, h):  # Zhou et al. 2016
    f = ar.sigmoid(affine(p, "f", x, h))
    n = ar.tanh(affine(p, "n", x, f * h))
    return dict(f=f, n=n, h=(1 - f) * h + f * n)


def update_gate(p, x, h):  # Collins, Sohl-Dickstein and Sussillo 2017
    c, g = ar.tanh(affine(p, "c", x, h)), ar.sigmoid(affine(p, "g", x, h))
    return dict(c=c, g=g, h=g * h + (1 - g) * c)


def irnn(p, x, h):  # Le, Jaitly and Hinton 2015
    a = affine(p, "h", x, h)
    return dict(a=a, h=ar.relu(a))


def skip(p, x, h):
    a = affine(p, "h", x, h)
    h = ar.tanh(a) + ar.linear(p.S, x)
    return dict(a=a, h=h)


def fast_grnn(p, x, h):  # Kusupati et al. 2018
    u = ar.linear(p.W, x, p.U, h)
    z, c = ar.sigmoid(u + p.b_z), ar.tanh(u + p.b_h)
    return dict(u=u, z=z, c=c, h=(0.9 * (1 - z) + 0.1) * c + z * h)


def chaos_free(p, x, h):  # Laurent and von Brecht 2017
    t, i = ar.sigmoid(affine(p, "t", x, h)), ar.sigmoid(affine(p, "i", x, h))
    return dict(t=t, i=i, h=t * ar.tanh(h) + i * ar.tanh(ar.linear(p.W, x)))


def scrn(p, x, s, h):  # Mikolov et al. 2015: a slow context s beside the hidden state
    s = 0.05 * ar.linear(p.B, x) + 0.95 * s
    a = ar.linear(p.P, s, p.A, x, p.R, h)
    return dict(s=s, a=a, h=ar.sigmoid(a))


def janet(p, x, h):  # van der Westhuizen and Lasenby 2018
    s, n = affine(p, "f", x, h), ar.tanh(affine(p, "c", x, h))
    return dict(s=s, n=n, h=ar.sigmoid(s) * h + (1 - ar.sigmoid(s - 1)) * n)


def li_gru(p, x, h):  # Ravanelli et al. 2018, without the batch norm
    z, a = ar.sigmoid(affine(p, "z", x, h)), affine(p, "h", x, h)
    return dict(z=z, a=a, h=z * h + (1 - z) * ar.relu(a))


def peephole(p, x, h, c):  # Gers and Schmidhuber 2000
    i, f = ar.sigmoid(affine(p, "i", x, h) + p.p_i * c), ar.sigmoid(affine(p, "f", x, h) + p.p_f * c)
    c = f * c + i * ar.tanh(affine(p, "z", x, h))
    o = ar.sigmoid(affine(p, "o", x, h) + p.p_o * c)
    return dict(i=i, f=f, c=c, o=o, h=o * ar.tanh(c))


def no_output_gate(p, x, h, c):  # Greff et al. 2017
    i, f, y = ar.sigmoid(affine(p, "i", x, h)), ar.sigmoid(affine(p, "f", x, h)), ar.tanh(affine(p, "y", x, h))
    c = f * c + i * y
    return dict(i=i, f=f, y=y, c=c, h=ar.tanh(c))


def leaky(p, x, h):  # Jaeger et al. 2007
    n = ar.tanh(affine(p, "h", x, h))
    return dict(n=n, h=0.7 * h + 0.3 * n)


def residual(p, x, h):
    a = affine(p, "h", x, h)
    return dict(a=a, h=h + ar.tanh(a))


def multiplicative(p, x, h):  # Sutskever, Martens and Hinton 2011
    f = ar.linear(p.W_fx, x) * ar.linear(p.W_fh, h)
    a = ar.linear(p.W_hf, f, p.W_hx, x, p.b)
    return dict(f=f, a=a, h=ar.tanh(a))


def deep(p, x, h):  # Pascanu et al. 2014: two hidden layers a step
    d = ar.tanh(ar.linear(p.W_xd, x, p.W_hd, h, p.b_d))
    return dict(d=d, h=ar.tanh(ar.linear(p.W_dh, d, p.b_h)))


def antisymmetric_like(p, x, h):  # Euler's step, Chang et al. 2019
    g = ar.tanh(affine(p, "h", x, h) - 0.1 * h)
    return dict(g=g, h=h + 0.5 * g)


def quasi(p, x, c):  # Bradbury et al. 2017, a window of one: fo-pooling
    z, f, o = (act(ar.linear(w, x)) for act, w in ((ar.tanh, p.W_z), (ar.sigmoid, p.W_f), (ar.sigmoid, p.W_o)))
    c = f * c + (1 - f) * z
    return dict(z=z, f=f, o=o, c=c, h=o * c)


def simple_recurrent_unit(p, x, c):  # Lei et al. 2018
    t, f, r = ar.linear(p.W, x), ar.sigmoid(ar.linear(p.W_f, x) + p.v_f * c), ar.sigmoid(ar.linear(p.W_r, x) + p.v_r * c)
    c = f * c + (1 - f) * t
    return dict(x=t, f=f, r=r, c=c, h=r * c + (1 - r) * ar.linear(p.S, x))


def statistical(p, x, m, h):  # moving averages, after Oliva, Poczos and Schneider 2017
    u = ar.linear(p.W_m, m, p.b_r)
    v = ar.linear(p.W_r, ar.relu(u), p.W_x, x, p.b)
    phi = ar.relu(v)
    m = 0.5 * m + 0.5 * phi
    return dict(u=u, v=v, phi=phi, m=m, h=ar.tanh(ar.linear(p.W_o, m)))


def softmax_memory(p, x, m):
    w = ar.softmax(ar.linear(p.W, x, p.U, m))
    return dict(w=w, m=(1 - w) * m + w * ar.linear(p.V, x))


def exponential(p, x, h):
    g = ar.exp(-ar.square(ar.linear(p.W, x)))
    return dict(g=g, h=g * h + (1 - g) * ar.tanh(ar.linear(p.U, x)))


def with_own_readout(p, x, h):  # what a book prints: the scores inside the step
    a = affine(p, "h", x, h)
    h = ar.tanh(a)
    s = ar.linear(p.W_hy, h, p.b_y)
    return dict(a=a, h=h, s=s, p=ar.softmax(s))


def delayed(p, x, h, x1, x2):  # a window of three inputs: an input carried on twice
    a = ar.linear(p.W, x, p.W1, x1, p.W2, x2, p.U, h)
    return dict(a=a, h=ar.tanh(a), x1=x, x2=x1)


Delayed = cell("Delayed", {"W": "HD", "W1": "HD", "W2": "HD", "U": "HH"}, delayed, ("h", "x1", "x2"))
Delayed.state_size = lambda self, state: self.hidden_size if state == "h" else self.input_size
CELLS = {
    "minimal gated unit": cell("MGU", gates("fn"), minimal_gated),
    "update gate": cell("UGRNN", gates("cg"), update_gate),
    "IRNN": cell("IRNN", gates("h"), irnn),
    "skip": cell("Skip", {**gates("h"), "S": "HD"}, skip),
    "FastGRNN": cell("FastGRNN", {"W": "HD", "U": "HH", "b_z": "H", "b_h": "H"}, fast_grnn),
    "chaos free": cell("CFN", {**gates("ti"), "W": "HD"}, chaos_free),
    "SCRN": cell("SCRN", {"B": "HD", "P": "HH", "A": "HD", "R": "HH"}, scrn, ("s", "h")),
    "JANET": cell("JANET", gates("fc"), janet),
    "Li-GRU": cell("LiGRU", gates("zh"), li_gru),
    "peephole": cell("Peephole", {**gates("ifzo"), "p_i": "H", "p_f": "H", "p_o": "H"}, peephole, ("h", "c")),
    "no output gate": cell("NOG", gates("ify"), no_output_gate, ("h", "c")),
    "leaky": cell("Leaky", gates("h"), leaky),
    "residual": cell("Residual", gates("h"), residual),
    "multiplicative": cell("MRNN", {"W_fx": "HD", "W_fh": "HH", "W_hf": "HH", "W_hx": "HD", "b": "H"}, multiplicative),
    "deep transition": cell("Deep", {"W_xd": "HD", "W_hd": "HH", "b_d": "H", "W_dh": "HH", "b_h": "H"}, deep),
    "Euler": cell("Euler", gates("h"), antisymmetric_like),
    "QRNN": cell("QRNN", {"W_z": "HD", "W_f": "HD", "W_o": "HD"}, quasi, ("c",)),
    "SRU": cell("SRU", {"W": "HD", "W_f": "HD", "W_r": "HD", "v_f": "H", "v_r": "H", "S": "HD"}, simple_recurrent_unit, ("c",)),
    "statistical": cell("Stat", {"W_m": "HH", "b_r": "H", "W_r": "HH", "W_x": "HD", "b": "H", "W_o": "HH"}, statistical, ("m", "h")),
    "softmax memory": cell("Memory", {"W": "HD", "U": "HH", "V": "HD"}, softmax_memory, ("m",), "m"),
    "exponential": cell("Exp", {"W": "HD", "U": "HD"}, exponential),
    "own readout": cell("Book", {**gates("h"), "W_hy": "HH", "b_y": "H"}, with_own_readout),
    "delayed": Delayed,
}


def through_every_reading(model):
    """Holds every reading of a model against the tape; answers its derivation."""
    derivation = ar.derive(model)
    assert derivation.verify(steps=4).ok
    assert len({show(q.left) for q in derivation.equations}) == len(derivation.equations)
    for line in derivation.text("ascii").splitlines()[: -1 if derivation.beyond else None]:
        assert derivation.check(line).equal, line
    for line in derivation.text("text").splitlines():
        assert line.isprintable()
    assert derivation.latex().count("{") == derivation.latex().count("}")
    run = model.unroll(np.random.default_rng(0).normal(size=(3, D)), [0, 1, 2])
    found = quantities(run)
    by_name = {(q.name, q.step): node for node, q in found.items()}
    for name in run.names():
        series = run[name]
        for t in range(1, 4):
            assert by_name.get((name, t), series[t]) is series[t] or (series[t].value == by_name[name, t].value).all()
    assert list(run["s"]) == list(run.scores)
    named = [node.name for node in run.tape if node.name and node.op is not None]
    assert len(set(named)) == len(named)  # no two tensors of one name
    for level in ("block", "op"):
        assert ar.draw(model, steps=3, level=level).svg().startswith("<")
    try:
        assert "<svg" in ar.draw(model, steps=3, level="cell").svg()
    except ValueError as error:  # a state that no operation made
        assert "draw level=" in str(error)
    ar.draw(run, gradients=True).svg()
    ar.draw(run, contributions=next(iter(run.parameters))).svg()
    begun = time.process_time()
    for level in ("recursion", "unrolled", "op"):
        walk = ar.step(model, steps=2, level=level)
        assert len(walk.walk()) > 10 and walk.words()
        if level != "recursion":
            assert all(check.ok for one in list(walk.walk())[::5] if (check := walk.subject.check_numbers(one)) is not None)
        assert walk.why()
    assert time.process_time() - begun < 60
    return derivation


@pytest.mark.parametrize("name", sampled(CELLS, 12))
def test_cells_of_the_literature_by_their_own_names(name):
    through_every_reading(ar.Model(CELLS[name](D, H), K))


RESERVED = """s p y L x xn t T S d lambda W h c a b i f o g r z n m dh ds sum diag outer onehot v I dW W_hy b_y W_xh h_1 s_t v_i if in tanh
Sum U V delta a_i x1 H D K L_1 dd sigma""".split()


def renamed(kind, random_, known=RESERVED):
    """The cell with every state, quantity and parameter under a name drawn from those that mean something else to a net."""
    plain = kind(D, H)
    record = plain.step(plain.named(), ar.tensor(np.zeros(D)), *(ar.tensor(np.zeros(plain.state_size(s))) for s in plain.states))
    labels = dict(zip(record, random_.sample(known, len(record)), strict=True))
    weights = dict(zip(plain.shapes(), random_.sample(known, len(plain.shapes())), strict=True))
    back = {new: old for old, new in labels.items()}

    class Own(ar.Cell):
        states, output = tuple(labels[state] for state in kind.states), labels[kind.output]

        def state_size(self, state):
            return plain.state_size(back[state])

        def shapes(self):
            return {weights[name]: shape for name, shape in plain.shapes().items()}

        def step(self, p, x, *before):
            given = type("Given", (), {old: getattr(p, new) for old, new in weights.items()})
            return {labels[old]: value for old, value in plain.step(given, x, *before).items()}

    cell = Own(D, H)
    for old, new in weights.items():
        cell._parameters[new].assign(plain._parameters[old].value)
    printed = {plain.spelling.quantity(old): cell.spelling.quantity(new) for old, new in labels.items()}
    printed |= {plain.spelling.parameters[old]: cell.spelling.parameters[new] for old, new in weights.items()}
    return cell, printed


def sides(derivation, printed):
    def change(x):
        return x._replace(name=str(printed.get(x.name, x.name))) if isinstance(x, e.Sym) else x

    return {tuple(canonical(e.mapped(side, change)) for side in q[:2]) for q in (*derivation.forward, *derivation.equations)}


@pytest.mark.parametrize("name", sampled(sorted(CELLS), 12))
def test_cells_under_every_name_that_means_something_else(name, random_seed):
    """The equations are those of the plainly named cell, name for name, and every reading holds."""
    random_ = random.Random(f"{random_seed} {name}")
    reference = ar.derive(ar.Model(CELLS[name](D, H), K))
    for round_ in range(4):
        cell, printed = renamed(CELLS[name], random_)
        model = ar.Model(cell, K)
        assert len(set(printed.values())) == len(printed)
        derivation = through_every_reading(model) if round_ == 0 else ar.derive(model)
        assert sides(derivation, {}) == sides(reference, printed), printed


LIKE_STEPS = "a_t q_t h_1 u_1 e_T l_2 k_t v_3 _b α β_t z_0 W_t W_1 b_T U_S _w γ_1 d_t m_10".split()


@pytest.mark.parametrize("name", sampled(["IRNN", "JANET", "skip", "SCRN", "delayed", "update gate"], 6))
def test_a_walk_takes_and_finds_what_it_writes_where_names_look_like_steps(name, random_seed):
    cell, _ = renamed(CELLS[name], random.Random(f"{random_seed} {name}"), LIKE_STEPS)
    walk = ar.step(ar.Model(cell, K), steps=3)
    for level in ("recursion", "unrolled"):
        for one in walk.walk(level):
            walk.level, walk.number = level, 1
            found = walk.goto(node=one.name)
            assert (found.node, found.t) == (one.node, one.t)
            assert all(str(walk.words(symbol)) for symbol in one.shapes)
            for line in one.after.text.splitlines() if one.kind != "seed" else ():
                walk.level, walk.number = level, one.number
                assert walk.check(line).equal, line


class Own(ar.Cell):
    """The preactivation is called s, as in some books."""

    def shapes(self):
        D, H = self.input_size, self.hidden_size
        return {"W_xh": (H, D), "W_hh": (H, H), "lambda": (H,)}

    def step(self, p, x, h):
        s = ar.linear(p.W_xh, x, p.W_hh, h, getattr(p, "lambda"))
        xn = ar.tanh(s)
        return dict(s=s, xn=xn, h=xn * h)


NETS = {
    "stacked": lambda **o: ar.Model(ar.Stacked([Own(D, H, **o), CELLS["SCRN"](H, H)]), K),
    "stacked alike": lambda **o: ar.Model(ar.Stacked([Own(D, H, **o), Own(H, H, seed=1, **o)]), K),
    "bidirectional": lambda **o: ar.Model(ar.Bidirectional(Own(D, H, **o), Own(D, H, seed=1, **o)), K),
    "mixed": lambda **o: ar.Model(ar.Stacked([ar.Bidirectional(Own(D, H, **o), ar.GRU(D, 2)), Own(5, H)]), K),
    "learned": lambda **o: ar.Model(CELLS["SCRN"](D, H, learn_initial=True), K),
    "squared error": lambda **o: ar.Model(Own(D, H, **o), K, loss="squared_error"),
    "many-to-one": lambda **o: ar.Model(Own(D, H, **o), K, task="many-to-one"),
    "encoder-decoder": lambda **o: ar.EncoderDecoder(Own(D, H), Own(K, H, seed=1), K),
}


@pytest.mark.parametrize("name", sampled(NETS, 8))
def test_own_names_in_larger_nets(name):
    model = NETS[name]()
    derivation = ar.derive(model)
    assert derivation.verify(steps=4).ok
    for line in derivation.text("ascii").splitlines()[: -1 if derivation.beyond else None]:
        assert derivation.check(line).equal, line
    assert derivation.jacobian() and isinstance(str(derivation.bound()), str)
    for level in ("block", "op", "cell"):
        assert "<svg" in ar.draw(model, level=level).svg()
    assert all(len(ar.step(model, level=level).walk()) > 10 for level in ("recursion", "unrolled", "op", "component"))


def test_what_prints_alike_is_told_apart_everywhere():
    model = ar.Model(Own(D, H), K)
    assert model.cell.equations() == "s_own,t = W_xh x_t + W_hh h_{t-1} + lambda\nxn_t = tanh(s_own,t)\nh_t = xn_t ⊙ h_{t-1}"
    assert r"s_{own,t} = W_{xh} \, x_{t} + W_{hh} \, h_{t-1} + \lambda" in model.cell.equations("latex")
    assert r"\mathit{xn}_{t} = \tanh(s_{own,t})" in model.cell.equations("latex")
    derivation = ar.derive(model)
    assert "ds_own,t = dh_t ⊙ h_{t-1} ⊙ (1 - xn_t²)" in derivation.text()
    assert derivation.check("dlambda = Sum(ds_own[t], t)").equal
    assert derivation.formula("lambda").text() == "dlambda = Σ_t ds_own,t"
    assert derivation.roles["s_own"] == "inner" and derivation.roles["s"] == "score"
    run = model.unroll(np.ones((2, D)), [0, 1])
    assert run["s_own"][1].shape == (H,) and run["s"][1].shape == (K,) and run["s"][1] is run.scores[1]
    assert run.tape["s_own_2"] is run["s_own"][2] and run.backward()["lambda"].shape == (H,)
    told = dict(ar.step(model).words().pairs)
    assert told["x_t"] == "the input" and told["p_t"].startswith("the probabilities") and told["s_own,t"].startswith("computed as ")


def test_a_jordan_nets_own_scores_are_the_scores():
    for feedback in ("scores", "probabilities"):
        derivation = ar.derive(ar.Model(ar.Jordan(D, H, K, feedback=feedback), K))
        assert derivation.roles["s"] == "score" and not any("jordan" in name for name in derivation.roles)
        assert derivation.roles.get("p", "probability") == "probability"


def test_spelling():
    """The net's names first, then states, parameters, and quantities as they come."""
    names = Spelling("My_Cell", ["h", "p"], ["h", "W_hy", "dh", "h_1", "p_1", "T", "t"])
    assert names.parameters == {n: f"{n}_mycell" for n in ("h", "W_hy", "h_1", "p_1", "T", "t")} | {"dh": "dh_mycell2"}
    assert [names.quantity(n) for n in ("a", "da", "T", "t")] == ["a", "da_mycell", "T", "t"]
    assert [names.quantity(n) for n in ("p", "s", "v", "p")] == ["p_mycell", "s_mycell", "v_mycell", "p_mycell"]
    assert Spelling("A", ["s"], ["s_a", "s_0"], learned=True).parameters == {"s_a": "s_a_a", "s_0": "s_a_0"}
    assert Spelling("Ü", [], ["L"]).parameters == {"L": "L_cell"}


def test_a_saved_cell_keeps_its_names(tmp_path):
    model = ar.Model(CELLS["own readout"](D, H), K)
    model.save(tmp_path / "model.npz")
    twin = ar.load(tmp_path / "model.npz", cells=[CELLS["own readout"]])
    assert list(twin.parameters) == list(model.parameters) and "W_hy_book" in twin.parameters


def test_walks_over_equations_end():
    """What is defined by itself is said so, by every walk."""
    derivation = ar.derive(ar.Model(ar.RNN(D, H), K))
    t = e.Time("t", 0)
    circle = {"a": e.Sym("h", t, True), "h": e.matmul(e.transpose(e.Sym("W_hh")), e.Sym("a", t, True))}
    derivation.equations[:] = [q._replace(right=circle.get(q.left.name, q.right)) for q in derivation.equations]
    start = e.Sym("h", e.Time("", 2), True)
    unfolded = Unfolded(derivation, 3)
    run = derivation.model.unroll(np.ones((3, D)), [0, 1, 2])
    for walk in (
        lambda: unfolded.ordered([start]),
        lambda: unfolded.count(start),
        lambda: list(unfolded.ways(start)),
        lambda: derivation.formula("h", form="expanded", steps=3),
        lambda: derivation.formula("h", form="unrolled", steps=3),
        lambda: derivation.jacobian(),
        lambda: derivation.paths("L", "h_1"),
        lambda: derivation.numbers(run),
    ):
        with pytest.raises(ValueError, match="defined by itself"):
            walk()


def test_a_label_that_ends_as_a_tag_begins_is_told():
    Numbered = cell("Numbered", {"W": "HD", "U": "HH"}, lambda p, x, h: (lambda a: dict(h1=a, h=ar.tanh(a)))(ar.linear(p.W, x, p.U, h)))
    model = ar.Model(ar.Stacked([Numbered(D, H), *(Numbered(H, H) for _ in range(10))]), K)
    with pytest.raises(ValueError, match="h1 in layer 1 and h in layer 11 are both printed h11: call one of them otherwise"):
        ar.derive(model)


# -- parameters of any name: what they are is where they stand -------------------------------------------------------------

WORDS = ["b", "b_h", "W_xh", "W_hh", "W_hx", "W_xy", "w_co", "V", "A", "U_i", "gamma", "bias", "x_0", "W_h", "W_x", "weight", "h0"]
STEPS = {
    "linear": lambda p, i, s, b, x, h: ar.linear(p[i], x, p[s], h, p[b]),
    "apart": lambda p, i, s, b, x, h: p[i] @ x + (p[s] @ h + p[b]),
    "gated": lambda p, i, s, b, x, h: p[b] + p[s] @ (ar.sigmoid(h) * h) + p[i] @ (x / ar.norm(x)),
}


def any_names(step, seed):
    """A cell of one step whose three parameters have any names, and those: of the input's weight, the state's, the bias."""
    rng = np.random.default_rng(seed)
    names = [str(name) for name in rng.choice(WORDS, 3, replace=False)]
    shapes = dict(zip(names, ((H, D), (H, H), (H,)), strict=True))

    class Named(ar.Cell):
        def shapes(self):
            return {name: shapes[name] for name in rng.permutation(names)}

        def step(self, p, x, h):
            return dict(h=ar.tanh(STEPS[step](vars(p), *names, x, h)))

    return Named(D, H, seed=1), names


@pytest.mark.parametrize("step", STEPS)
def test_a_parameter_is_what_it_does_whatever_its_name(step, random_seed):
    for seed in range(random_seed, random_seed + 20):
        cell, names = any_names(step, seed)
        weighing, carrying, bias = (cell.spelling.parameters[name] for name in names)
        values = cell.parameters
        W = values[carrying].value
        assert not values[bias].value.any() and np.allclose(W @ W.T, np.eye(H)) and values[weighing].value.any(), names
        run = ar.Model(cell, K).unroll(np.ones((2, D)), [0, 1])
        labels = {(edge.tail, edge.head): edge.label and edge.label.id for edge in unfold(run).edges}
        assert (labels["x_2", "h_2"], labels["h_1", "h_2"], labels["h_2", "s_2"]) == (weighing, carrying, "W_hy"), names
        short = {edge.kind: str(edge.label) for edge in unfold(run, notation="letters").edges if edge.label}
        assert short == {"input": "U", "recurrent": "W", "readout": "V"}
        assert {weighing, carrying} <= {arrow.label[0].id for arrow in operations(run).arrows if arrow.label}
        weights = graph_of(run.loss, letters=letters([cell], ["W_hy"])).weights
        assert {str(w.name): symbol.base for w, symbol in weights.items() if w.ndim > 1} == {weighing: "U", carrying: "W", "W_hy": "V"}
        assert {symbol.base for symbol in letters([cell]).values()} == {"U", "W"}


@pytest.mark.parametrize("word", ["Loss", "Readout", "Concat", "Input", "Steps", "InputGate", "Lossy"])
def test_a_class_called_like_a_place_of_the_net_is_drawn_as_a_cell(word):
    def picture(name):
        cell = type(name, (ar.RNN,), {})
        figure = operations(ar.Model(ar.Bidirectional(cell(D, H), cell(D, H)), K).unroll(np.ones((3, D)), [0, 1, 1]))
        return [(mark.id, mark.kind, mark.at) for mark in figure.marks.values()], [frame.low for frame in figure.frames]

    assert picture(word) == picture("Plain")


@pytest.mark.parametrize("hidden", ["h", "z", "s_1", "L"])
def test_a_cell_that_answers_by_itself_shows_what_it_answers_from(hidden):
    class Answering(ar.Cell):
        states, output, answers = ("s",), "s", {"s": "score"}
        readout_size = output_size = K

        def state_size(self, state):
            return K

        def shapes(self):
            return {"A": (H, D), "B": (H, K), "C": (K, H)}

        def step(self, p, x, s):
            z = ar.tanh(p.A @ x + p.B @ s)
            return {hidden: z, "s": p.C @ z}

    cell = Answering(D, H)
    run = ar.Model(cell, K).unroll(np.ones((2, D)), [0, 1])
    scene, name = unfold(run), cell.spelling.quantity(hidden)
    labels = {(edge.tail, edge.head): str(edge.label) for edge in scene.edges if edge.label}
    assert labels["x_2", f"{name}_2"] == "A" and labels["s_1", f"{name}_2"] == "B" and labels[f"{name}_2", "s_2"] == "C"
    for level in ("block", "op", "cell"):
        assert "<svg" in ar.draw(run, level=level).svg()


@pytest.mark.parametrize("name", ["dh", "s", "W_hy", "h", "L", "x", "T", "h_1"])
def test_a_renamed_parameter_answers_to_its_own_name(name):
    class Own(ar.Cell):
        def shapes(self):
            return {"W": (3, self.input_size), "U": (3, 3), name: (3,)}

        def step(self, p, x, h):
            return dict(h=ar.tanh(p.W @ x + p.U @ h + getattr(p, name)))

    model = ar.Model(Own(2, 3), 3)
    run = model.unroll(np.ones((3, 2)), [0, 1, 2])
    printed = model.cell.spelling.parameters[name]
    assert printed != name
    for parameters in (model.cell.parameters, model.parameters, run.parameters):
        if name != "W_hy" or parameters is model.cell.parameters:
            assert parameters[name] is parameters[printed]
        assert name not in [*parameters] or name == "W_hy"
        with pytest.raises(KeyError) as caught:
            parameters["nothing"]
        assert str(caught.value) == f"no parameter 'nothing': it has {', '.join(parameters)}"
    grads = run.backward()
    if name not in ("W_hy", "L"):  # which are another's
        np.testing.assert_array_equal(grads[name], grads[printed] if name != "h_1" else grads[run.h[1]])
        np.testing.assert_array_equal(run.contributions(name), run.contributions(printed))
    twice = ar.Model(ar.Stacked([Own(2, 3), Own(3, 3)]), 3) if name == "s" else None
    if twice:
        with pytest.raises(KeyError, match="no parameter 's': s1_own and s2_own are called so: take one of them"):
            twice.parameters[name]
        assert twice.cell.cells[1].parameters["s"].name == "s2_own"


# primes, accents over letters, and digits as of a step
ODD = ["h'", "c̃", "y'", "Ŵ", "x̂", "n'", "a1", "s1", "h1", "c2", "W'", "U1", "b'", "g̃", "ṽ", "_u"]
TAGGED = {
    "bidirectional": lambda cell: ar.Model(ar.Bidirectional(cell(D, H), cell(D, H, seed=1)), K),
    "stacked": lambda cell: ar.Model(ar.Stacked([cell(D, H), ar.RNN(H, D), cell(D, H, seed=1)]), K),
    "encoder-decoder": lambda cell: ar.EncoderDecoder(cell(D, H), cell(D, H, seed=1), D),
    "plain": lambda cell: ar.Model(cell(D, H), K),
}


@pytest.mark.parametrize("net", sampled(TAGGED, 2))
def test_names_with_primes_accents_and_digits_are_read_back_in_any_net(net, random_seed):
    random_ = random.Random(f"{random_seed} {net}")
    name = random_.choice(["update gate", "minimal gated unit", "SCRN", "skip"])
    derivation = ar.derive(TAGGED[net](type(renamed(CELLS[name], random_, ODD)[0])))
    steps = derivation.unrolled(2)
    for equation in random_.sample([*derivation.forward, *derivation.equations, *steps], 10):
        line = show(equation._replace(where=""), random_.choice(["text", "ascii", "latex"]))
        verdict = (derivation.at(2) if equation in steps else derivation).check(line)
        assert verdict.equal or equation.where and verdict.kind == "not equal", f"{line}\n{verdict}"


# what is no name in a formula, looks like another one in print, or means something else there
LETTERS = (
    "h W x t T d s λ alpha α Σ Π ß ŷ é e\u0301 e I S 3 2x _ __ σ ϕ φ ℎ 漢 F np math in E 1e5 grad δ ∂ ᵀ τ k i log max one hat prev".split()
)
ENDS = ["", " ", "_hat", *r"""_ ' '' _1 1 2' _t _i_t _T _{1} ^ ² ₁ ᵀ _hh __a ! ^2 .T [t] (t) _' -1 * _i,t ′""".split(), "\u0303", "\u0302"]


def odd_names(random_):
    """Names of any signs."""
    drawn = (random_.choice(LETTERS) + "".join(random_.choices(ENDS, k=random_.choice([1, 1, 2]))) for _ in range(60))
    return list(dict.fromkeys(name for name in drawn if name.strip()))


@pytest.mark.parametrize("net", sampled(TAGGED, 2))
def test_names_of_any_signs_are_printed_as_they_are_read_back(net, random_seed):
    random_ = random.Random(f"{random_seed} {net}")
    cell, printed = renamed(CELLS[random_.choice(["update gate", "SCRN", "peephole", "delayed"])], random_, odd_names(random_))
    type(cell).__name__ = random_.choice(["T", "S", "D", "Own", "L3", "Ünit", "X", "Dh"])
    derivation = ar.derive(TAGGED[net if type(cell)(D, H).states != ("h", "x1", "x2") else "plain"](type(cell)))
    assert len(set(map(looks, printed.values()))) == len(printed) and derivation.verify(steps=2).ok
    for equation in random_.sample([q for q in (*derivation.forward, *derivation.equations) if not q.where], 8):
        line = show(equation, random_.choice(["text", "ascii", "latex"]))
        assert derivation.check(line).equal, line


@pytest.mark.parametrize("name", ["x_", "W^", "λ̂_", "h²", "new state", "t_{1}", "3", "__", "🐍"])
def test_what_is_printed_otherwise_answers_to_its_own_name(name):
    Odd = cell("Odd", {"W": "HD", "U": "HH"}, lambda p, x, h: (lambda a: {name: a, "h": ar.tanh(a)})(ar.linear(p.W, x, p.U, h)))
    run = ar.Model(Odd(D, H), K).unroll(np.ones((2, D)), [0, 1])
    printed = run.chains[0].cell.spelling.quantity(name)
    assert printed != name and run[name][1] is run[printed][1] and name not in run.names()
    with pytest.raises(KeyError, match="no 'nothing' in this run"):
        run["nothing"]


def test_a_matrix_for_a_state_is_told_how_to_be_carried():
    class Fast(ar.Cell):
        def shapes(self):
            return {"W": (H, D)}

        def state_size(self, state):
            return (H, H)

        def step(self, p, x, h):
            return dict(h=0.9 * h + ar.outer(p.W @ x, p.W @ x))

    told = r"fast: state_size\('h'\) is the length of a vector, not \(3, 3\): a matrix is carried as one, `M.reshape\(-1\)`"
    with pytest.raises(ValueError, match=told):
        ar.derive(ar.Model(Fast(D, H), K))


@pytest.mark.parametrize("state, inner", [("h'", "up"), ("h′", "update"), ("out", "out_h"), ("g", "h'"), ("h''", "in"), ("_h", "left")])
def test_a_name_that_a_picture_uses_itself_changes_no_picture(state, inner):
    def drawn(state, inner):
        def step(p, x, h, g):
            a = ar.linear(p.W, x, p.U, h, p.V, g)
            return {state: h, inner: a, "h": ar.tanh(a) * g}

        model = ar.Model(cell("Two", {"W": "HD", "U": "HH", "V": "HH"}, step, ("h", state))(D, H), K)
        figures = [ar.draw(what, level="cell").figure for what in (model.cell, model)] + [ar.draw(model).figure]
        places = [{name: k for k, name in enumerate(figure.marks)} for figure in figures]
        kinds = [[mark.kind for mark in figure.marks.values()] for figure in figures]
        return kinds, [{(one.kind, at[one.tail], at[one.head]) for one in f.arrows} for f, at in zip(figures, places, strict=True)]

    assert drawn(state, inner) == drawn("k", "a")


@pytest.mark.parametrize("word", sampled("tau delta sigma d grad partial sum T t log one never except half".split(), 4))
def test_a_parameter_may_begin_with_a_word_that_formulas_have(word, undiagnosed):
    """As a time constant is ``tau_h``, or is one that changes an equation: what is printed of it is read back in every style."""
    name = f"{word}_h"

    class Constant(ar.Cell):
        def shapes(self):
            return {"W": (3, 2), "U": (3, 3), name: (3,)}

        def step(self, p, x, h):
            return {"a": p.W @ x + p.U @ h, "h": ar.tanh(getattr(p, name) * (p.W @ x + p.U @ h))}

    derivation = ar.derive(ar.Model(Constant(2, 3), output_size=2))
    for q in (*derivation.forward, *derivation.equations):
        for style in ("text", "ascii", "latex"):
            line = show(q._replace(where=""), style)
            assert derivation.check(line).equal, f"{line}\n{derivation.check(line)}"
