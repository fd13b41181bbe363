"""Index notation, the commonest of textbooks: the lines of `oracles.lines`, right and wrong, element by element in any spelling, judged as
real tapes have them; and what is said where an index is bound by nothing, or stands nowhere."""

import itertools
import random

import pytest

from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.checking.check import check
from autograd_rnn.formulas.reading.shapes import shapes
from autograd_rnn.formulas.writing.componentwise import in_components
from autograd_rnn.formulas.writing.elements import LETTERS as INDICES
from tests.oracles.lines import BOOKS, Node, drawn, when, worth
from tests.sampling import sampled
from tests.test_check import derivation

LETTERS = {"W_xh": "U", "W_hh": "W", "W_hy": "V", "b_h": "b", "b_y": "c"}
STEPPED = [
    "{n}_{{{b}{t},{i}}}",
    "{n}{p}_{{{i}}}^{{({t})}}",
    "{n}{p}[{t}]_{i}",
    "{n}{p}[{t}][{i}]",
    "({n}{p}[{t}])_{i}",
    "{n}{p}^{{({t})}}_{i}",
]
PAIRS = ["({n})_{{{i}{j}}}", "{n}[{i},{j}]", "{n}_{{{i}{j}}}", "[{n}]_{{{i}{j}}}", "({n})_{{{i},{j}}}"]
SUMS = ["Σ_{j} ", "\\sum_{{{j}}} ", "Σ_{{{j}=1}}^{{n}} ", "sum_{j} "]


class Elements:
    """Writes one line in one spelling."""

    def __init__(self, net, rng):
        self.lettered = net.startswith("rnn") and rng.random() < 0.5
        self.stepped, self.pair, self.sum = rng.choice(STEPPED), rng.choice(PAIRS), rng.choice(SUMS)
        self.free = iter(rng.sample("lmnpqr", 6) * 9)

    def vector(self, name, step, index):
        base, _, part = name.partition("_")
        return self.stepped.format(n=base, p=f"_{part}" if part else "", b=f"{part}," if part else "", t=step, i=index)

    def matrix(self, name, i, j):
        prefix, name = ("d", name[1:]) if name[0] == "d" else ("", name)
        name = LETTERS.get(name, name) if self.lettered else name
        written = self.pair.format(n=name, i=i, j=j)
        return f"∂L/∂{written}" if prefix else written

    def text(self, x, over):
        """A tree's element at some indices."""
        match x:
            case Node("sym", _, (name, time)):
                return self.vector(name, when(time), over)
            case Node("num", _, value):
                return f"({value})"
            case Node("+", parts):
                return "(" + " + ".join(self.text(part, over) for part in parts) + ")"
            case Node("*", parts):
                return " ".join(self.text(part, over) for part in parts)
            case Node("@", (of,), (matrix, turned)):
                inner = next(self.free)
                pair = (inner, over) if turned else (over, inner)
                return f"({self.sum.format(j=inner)}{self.matrix(matrix, *pair)} {self.text(of, inner)})"
            case Node("outer", (a, b)):
                return f"{self.text(a, over[0])} {self.text(b, over[1])}"
            case Node("fn", (of,), "softmax"):
                inner = next(self.free)
                return f"(exp({self.text(of, over)}) / Σ_{inner} exp({self.text(of, inner)}))"
            case Node("fn", (of,), name):
                return f"{name}({self.text(of, over)})"
            case Node("sum", (of,), (first, last)):
                return f"(Σ_{{t={when(first)}}}^{{{when(last)}}} {self.text(of, over)})"
            case Node("hot", _, time):
                return f"onehot(y[{when(time)}])_{over}"
        raise TypeError(x)

    def line(self, line):
        name, time, right = line[:3]
        if time is not None:
            return f"{self.vector(name, when(time), 'i')} = {self.text(right, 'i')}" + f"   (t < {line.axis})" * line.upto
        over = "i" if name[1] == "b" else "ij"
        left = self.matrix(name, "i", "j") if over == "ij" else f"d{LETTERS.get(name[1:], name[1:])}_i" if self.lettered else f"{name}[i]"
        return f"{left} = {self.text(right, over)}"


def judge(seeds):
    """How often lines were judged right and wrong, each as it is."""
    counted = {}
    for seed in seeds:
        rng = random.Random(f"elements {seed}")
        net = rng.choice(sorted(BOOKS))
        line = drawn(net, rng)
        writer, truth = Elements(net, rng), worth(net, line)
        if by_number := rng.random() < 0.3:
            writer.stepped, writer.pair = STEPPED[3], PAIRS[1]
        text = writer.line(line)
        if by_number and "_i" not in text.replace("_i[", "").replace("_i,", ""):  # of what is so of any element
            text = text.replace("[i", "[0").replace(",i]", ",0]").replace(",j]", ",1]").replace("[j]", "[1]")
        verdict = check(derivation(net), text)
        counted[truth, verdict.kind] = counted.get((truth, verdict.kind), 0) + 1
        fits = truth == "right" or verdict.exit_code != 2
        assert not truth or not fits or verdict.equal == (truth == "right"), f"{seed}: {net}: {line}\n{text}\nis {truth}:\n{verdict}"
    return counted


def test_index_notation_is_judged_as_real_tapes_have_it(random_seed, undiagnosed):
    counted = judge(range(random_seed, random_seed + 40))
    assert counted.get(("right", "equal"), 0) > 4 and counted.get(("wrong", "not equal"), 0) > 4, counted


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(2))
def test_much_index_notation_is_judged_as_real_tapes_have_it(part, random_seed, undiagnosed):
    judge(range(random_seed + 1000 * (part + 1), random_seed + 1000 * (part + 1) + 250))


SAID = [
    ("dh_{t,i} = Σ_k V_ki ds_{t,k} + W_ji da_{t+1,j}", "unreadable", "o sum binds the index `j`"),
    ("dh_{t,i} = Σ_k V_ki ds_{t,k} + Σ_j W_ki da_{t+1,k}", "ill-typed", "`Σ_j` sums over `j`, which stands in no factor"),
    ("dW_ij = Σ_t δ_{t,i}", "ill-typed", "lacks the index `j`"),
    ("dW_ij = Σ_t Σ_k δ_{t,k} h_{t-1,j}", "ill-typed", "lacks the index `i`"),
    ("db_i = Σ_t Σ_j δ_{t,j}", "ill-typed", "the index `i` of the left side stands nowhere"),
    ("dh_{t,i} = V^T ds_t + W^T da_{t+1}", "ill-typed", "`da` is a vector, which has one index, and has none here"),
    ("dh_{t,i} = Σ_j W_jj da_{t,j}", "unreadable", "stands twice on one matrix"),
    ("dh_{t,i} = Σ_k V_ik ds_{t,k} + Σ_j W_ji da_{t+1,j}", "ill-typed", "the index `i` counts H elements of `W`, and K of `V`"),
    ("dh_{t,i} = Σ_{j=2}^{H} W_ji da_{t+1,j} + Σ_k V_ki ds_{t,k}", "unreadable", "goes over all of them: write `Σ_j`"),
    ("dh_{t,i} = Σ_{j=1}^{D} W_ji da_{t+1,j} + Σ_k V_ki ds_{t,k}", "unreadable", "goes over all of them: write `Σ_j`"),
    ("∂h_{t,i}/∂W_{jk} = 0", "not equal", "the derived equation is `∂h_{t,i}/∂w_{jk} = ∂⁺h_{t,i}/∂w_{jk} + (1 - h_{t,i}^2)"),
    ("dh_{t,i} = Σ_k V_ki ds_{t,k} + Σ_j W_ij da_{t+1,j}", "not equal", "`w` must be transposed"),
    ("∂p_{t,k}/∂s_{t,l} = p_{t,k} (1 - p_{t,l})", "not equal", "`∂p_{t,k}/∂s_{t,l} = δ_kl p_{t,k} - p_{t,k} p_{t,l}`"),
    ("dh_{t,i} = Σ_k V_ki ds_{t,k} + Σ_j W_ij da_{t+1,j}", "not equal", "`dh_{t,i} = σ_j v_{ji} ds_{t,j} + σ_j w_{ji} da_{t+1,j}`"),
    ("dh[t]_i = Σ_k V_ki ds[t]_k + Σ_j W_ij da[t+1]_j", "not equal", "`dh[t]_i = sum_j v_ji * ds[t]_j + sum_j w_ji * da[t+1]_j`"),
    (r"\frac{\partial L}{\partial a_{t,i}} = (1 - h_{t,i}) \frac{\partial L}{\partial h_{t,i}}", "not equal", "(1 - h_{t,i}^{2})`"),
    ("ds_{t,k} = p_{t,k} + 1_{k=y_t}", "not equal", "`ds_{t,k} = p_{t,k} - 1_{k=y_t}`"),
    ("dW_ij = Σ_t δ_{t,i} h_{t-1,j}", "equal", "of whole vectors and matrices that is `dw = σ_t da_t h_{t-1}ᵀ`"),
]


@pytest.mark.parametrize("text, kind, sentence", SAID)
def test_what_an_index_does_is_said(text, kind, sentence):
    verdict = derivation("rnn-tanh").check(text)
    assert verdict.kind == kind and sentence.lower() in str(verdict).lower(), verdict


READ = [  # in the spellings of books
    ("rnn-tanh", r"\delta^{(t)}_i = \left(1 - (h^{(t)}_i)^2\right) \left( \sum_{k} V_{ki} (\hat{y}^{(t)}_k - y^{(t)}_k) "
     r"+ \sum_{j=1}^{H} W_{ji} \delta^{(t+1)}_j \right)"),
    ("rnn-tanh", "δ_i^t = (1 - (h_i^t)^2) (Σ_k V_{ki} (p_k^t - y_k^t) + Σ_j W_{ji} δ_j^{t+1})"),
    ("rnn-tanh", r"\frac{\partial L}{\partial W_{ij}} = \sum_{t=1}^{T} \frac{\partial L}{\partial a_{t,i}} h_{t-1,j}"),
    ("rnn-tanh", "dh[t,i] = Sum(V[k,i]*ds[t,k], k) + Sum(W[j,i]*da[t+1,j], j)"),
    ("rnn-tanh", "dh[t][i] = sum(V[k,i]*ds[t][k] for k in range(K)) + sum(W[j,i]*da[t+1][j] for j in range(H))"),
    ("rnn-tanh", "∂p_{t,k}/∂s_{t,l} = p_{t,k} (δ_kl - p_{t,l})"),
    ("rnn-tanh", "p_{t,k} = exp(s_{t,k}) / Σ_l exp(s_{t,l})"),
    ("rnn-tanh", "∂h_{t,i}/∂h_{t-2,j} = Σ_k (1 - h_{t,i}^2) W_ik (1 - h_{t-1,k}^2) W_kj"),
    ("rnn-tanh", "h_{t,i} = tanh(Σ_j U_ij x_{t,j} + Σ_k W_ik h_{t-1,k} + b_i)"),
    ("rnn-tanh", "δ_{T,i} = (1 - h_{T,i}²) Σ_k V_ki (p_{T,k} - y_{T,k})"),
    ("rnn-tanh", "dW_ij = Σ_{k=1}^{T} δ_{k,i} h_{k-1,j}"),
    ("rnn-tanh", "e_{t,i} = (1-h_{t,i}^2) dh_{t,i}\ndW_ij = Σ_t e_{t,i} h_{t-1,j}"),
    ("rnn-tanh", r"(\nabla_{o^{(t)}} L)_i = \frac{\partial L}{\partial o_i^{(t)}} = \hat y_i^{(t)} - \mathbf{1}_{i = y^{(t)}}"),
    ("rnn-tanh", "ds_{t,k} = p_{t,k} - [k = y_t]"),
    ("rnn-tanh", "ds_{t,k} = p_{t,k} - δ_{k,y_t}"),
    ("rnn-tanh", r"\frac{\partial h_{t,k}}{\partial W_{ij}} = (1-h_{t,k}^2) "
     r"(\delta_{ki} h_{t-1,j} + \sum_l W_{kl} \frac{\partial h_{t-1,l}}{\partial W_{ij}})"),
    ("rnn-tanh", "∂h_{t,k}/∂U_{ij} = (1-h_{t,k}²) (δ_{ki} x_{t,j} + Σ_l W_{kl} ∂h_{t-1,l}/∂U_{ij})"),
    ("rnn-tanh", "∂a_{t,k}/∂W_{ij} = h_{t-1,j} δ_{ik} + Σ_l ∂h_{t-1,l}/∂W_{ij} W_{kl}"),
    ("rnn-tanh", "∂⁺h_{t,k}/∂W_{ij} = (1-h_{t,k}²) δ_{ki} h_{t-1,j}"),
    ("rnn-tanh", "∂L_t/∂W_{ij} = Σ_k ∂L_t/∂h_{t,k} ∂h_{t,k}/∂W_{ij}"),
    ("rnn-tanh", "∂L/∂W_{ij} = Σ_t Σ_k Σ_m (p_{t,m} - 1_{m=y_t}) V_{mk} ∂h_{t,k}/∂W_{ij}"),
    ("lstm", "da_i[t]_j = dc[t]_j g[t]_j i[t]_j (1 - i[t]_j)"),
    ("lstm", "dx_{t,k} = Σ_j W_{xi,jk} da_{i,t,j} + Σ_j W_{xf,jk} da_{f,t,j} + Σ_j W_{xg,jk} da_{g,t,j} + Σ_j W_{xo,jk} da_{o,t,j}"),
]  # fmt: skip


@pytest.mark.parametrize("name, text", READ)
def test_index_notation_is_read_as_books_have_it(name, text):
    assert derivation(name).check(text).equal, derivation(name).check(text)


def test_a_table_of_paths_is_said_to_be_one():
    d = derivation("rnn-tanh")
    table = str(d.paths("L", "h_1"))
    for text in (table, table.splitlines()[2]):
        verdict = d.check(text)
        assert verdict.kind == "unreadable" and verdict.sentences[0].startswith("a table of paths is one of numbers"), verdict


@pytest.mark.parametrize(
    "name", sampled(["rnn-tanh", "lstm", "gru-after-keep", "stacked", "rnn-relu", "lstm-peephole", "encoder-decoder"], 5)
)
def test_what_is_said_in_index_notation_is_read_back(name, undiagnosed):
    d = derivation(name)
    ranks = {known: len(shape) for known, shape in shapes(d).names.items()}
    below = {name_of(known).sub for known in ranks}
    for q in (q for q in (*d.forward, *d.equations) if not q.where):
        over = tuple(letter for letter in INDICES if letter not in below)[: ranks[q.left.name]]
        for style in ("text", "latex", "ascii"):
            line = in_components(ranks, style, below, over)(q)
            assert d.check(line).equal, line


@pytest.mark.parametrize("line", ["dh_{t,i} = Σ_k V_{ki} ds_{t,k} + Σ_j W_{ji}{T} da_{t+1,j}",
                                  "a_{t,i} = Σ_j U_{ij} x_{t,j} + Σ_j W_{ij}{T} h_{t-1,j} + b_i",
                                  "dW_{ij}{T} = Σ_t da_{t,i} h_{t-1,j}"])  # fmt: skip
def test_an_element_has_no_transpose(line):
    """`W_{ij}^T` may be meant for `(W^T)_{ij}`, which is another number."""
    d = derivation("rnn-tanh")
    assert d.check(line.replace("{T}", "")).equal
    for turned in ("^T", "ᵀ", "^{\\top}"):
        verdict = d.check(line.replace("{T}", turned))
        assert verdict.kind == "unreadable" and "has no transpose" in str(verdict), verdict


IS = ["k = y_t", "y_t = k", "k == y_t", "y_t == k"]
BRACKETS = ["1{{{}}}", "1[{}]", r"\mathbb{{1}}_{{{}}}", "I[{}]", r"\mathbb{{1}}\{{{}\}}"]
CASED = r"{} = \begin{{cases}} {} & {} \\ {} & {} \end{{cases}}"


def test_which_element_it_is_is_asked_in_any_writing(undiagnosed):
    for of, bracket in itertools.product(IS, BRACKETS):
        if not (bracket.endswith(r"_{{{}}}") and of[0] == "y"):
            line = f"ds_{{t,k}} = p_{{t,k}} - {bracket.format(of)}"
            assert derivation("rnn-tanh").check(line).equal, line
        for old, new in (("==", "!="), ("==", ">="), ("= ", "≠ "), ("y_t", "y_t + 1"), ("y_t", "y_{t+1}"), ("k", "j")):
            wrong = f"ds_{{t,k}} = p_{{t,k}} - {bracket.format(of.replace(old, new))}"
            assert old not in of or not derivation("rnn-tanh").check(wrong).equal, wrong
    lines = [("ds_{t,k}", "p_{t,k} - 1", "p_{t,k}", "k", "y_t"),
             (r"\frac{\partial p_{t,i}}{\partial s_{t,j}}", "p_{t,i} (1 - p_{t,i})", "-p_{t,i} p_{t,j}", "i", "j")]  # fmt: skip
    for left, here, elsewhere, i, j in lines:
        for other in (rf"{i} \neq {j}", r"\text{otherwise}"):
            assert derivation("rnn-tanh").check(CASED.format(left, here, f"{i} = {j}", elsewhere, other)).equal, (left, other)
            assert not derivation("rnn-tanh").check(CASED.format(left, elsewhere, f"{i} = {j}", here, other)).equal, (left, other)
        assert derivation("rnn-tanh").check(CASED.format(left, elsewhere, rf"{i} \neq {j}", here, f"{i} = {j}")).equal
        assert not derivation("rnn-tanh").check(CASED.format(left, here, f"{i} = {j}", elsewhere, f"{i} = {j}")).equal
