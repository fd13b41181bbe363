"""How papers and lectures set their equations, by a generator: fonts under bars, steps in brackets below, any letter for the loss, slopes
with a bar of evaluation, braces with words below, W_rec and peepholes by other names. Each right line is equal, with a slip it is not."""

import random
import re

import pytest

from tests.oracles.papers import LINES
from tests.sampling import sampled
from tests.test_check import derivation

FONTS = ["{}", r"\mathbf{{{}}}", r"\boldsymbol{{{}}}", r"\mathrm{{{}}}"]
STEPS = ["{0}_{{{1}}}", "{0}_{{({1})}}", "{0}^{{({1})}}", "{0}^({1})", r"{0}^{{\langle {1} \rangle}}", "{0}_{{[{1}]}}"]
ADJOINTS = [r"\frac{{\partial {0}}}{{\partial {1}}}", r"\dfrac{{\partial {0}}}{{\partial {1}}}", r"\nabla_{{{1}}} {0}", "∂{0}/∂{1}"]
LOSSES = ["L", "E", "J", r"\mathcal{L}", "C", "Div", "DIV", "J_total", r"E_{\text{total}}", r"\mathcal{E}"]
SLOPES = ["(1 - {h}^2)", "(1 - {h} \\odot {h})", r"\left.\frac{{\partial f(u)}}{{\partial u}}\right|_{{u={a}}}", "∂f(u)/∂u|_{{u={a}}}",
          r"\left[\frac{{d \tanh(z)}}{{d z}}\right]_{{z={a}}}", "df/du|_{{u={a}}}", "tanh'({a})", r"\phi'({a})"]  # fmt: skip
WRONG_SLOPES = [  # of the same kinds
    "(1 - {h})",
    "(1 + {h}^2)",
    r"\left.\frac{{\partial f(u)}}{{\partial u}}\right|_{{u={h}}}",
    "∂f(u)/∂u|_{{u={before}}}",
    "{h}",
]
EQUALS = ["=", "=", "&=", ":=", r"\stackrel{\text{def}}{=}", r"\overset{!}{=}", r"\triangleq"]
ENDS = ["", ".", ",", r" \in \mathbb{R}^{n}", r", \quad (10.22)", r" \tag{7}"]
MATRICES = [("W", "U", "V"), ("W_{hh}", "W_{xh}", "W_{hy}"), ("W_{rec}", "W_{in}", "W_{out}"), ("W^{(hh)}", "W^{(xh)}", "W^{(hy)}")]


class Setting:
    """How one paper writes: drawn once, then the same in all of its lines."""

    def __init__(self, rng):
        self.rng, self.font, self.steps, self.loss = rng, rng.choice(FONTS), rng.choice(STEPS), rng.choice(LOSSES)
        self.barred, self.adjoints = rng.random() < 0.3, rng.choice(ADJOINTS)
        self.again, self.given, self.last = (self.matrix(name) for name in rng.choice(MATRICES))

    def matrix(self, name):
        """A matrix in the paper's font, which no bracket below or above it is."""
        return self.font.format(name[0]) + name[1:]

    def at(self, letter, step):
        """A quantity at a step."""
        return self.steps.format(self.font.format(letter), step)

    def adjoint(self, letter, step):
        """The adjoint of a quantity at a step."""
        return self.of(self.at(letter, step))

    def of(self, what):
        """The adjoint of what is written so."""
        return rf"\overline{{{what}}}" if self.barred else self.adjoints.format(self.loss, what)

    def braced(self, term):
        """A term, with words below it now and then."""
        word = self.rng.choice(["future", "from the output", "error"])
        return rf"\underbrace{{{term}}}_{{\text{{{word}}}}}" if self.rng.random() < 0.3 else term

    def line(self, left, right):
        """An equation."""
        return f"{left} {self.rng.choice(EQUALS)} {right}{self.rng.choice(ENDS)}"

    def recursion(self, slip=0):
        """The adjoint of what goes into the activation, with one of four slips or none."""
        now, step = "t", "t" if slip == 1 else "t+1"
        slope = self.rng.choice(WRONG_SLOPES if slip == 2 else SLOPES)
        slope = slope.format(h=self.at("h", now), a=self.at("a", now), before=self.at("a", "t-1"))
        first, turned = self.last + r"^\top " + self.adjoint("s", now), r"^\top " if slip != 3 else " "
        second = self.again + turned + self.adjoint("a", step)
        sign = "-" if slip == 4 else "+"
        terms = rf"\left( {self.braced(first)} {sign} {self.braced(second)} \right)"
        return self.line(self.adjoint("a", now), rf"{slope} \odot {terms}")

    def gradient(self, slip=0):
        """The gradient of a matrix, with one of four slips or none."""
        again = self.rng.random() < 0.5
        unit = self.at(*(("h", "t-1") if again else ("x", "t")))
        turned = [r"^\top", r"^T", r"^{\intercal}"][self.rng.randrange(3)]
        unit = self.at(*(("h", "t") if again else ("x", "t-1"))) if slip == 1 else unit
        whole = rf"{{{unit}}}{turned}" if slip != 3 else unit
        sum_ = self.rng.choice([r"\sum_{t=1}^{T}", r"\sum_t", r"\sum\limits_{t=1}^T", "Σ_t", "∑_{1 ≤ t ≤ T}"])
        sum_ = r"\sum_{t=2}^{T}" if slip == 2 else sum_
        return self.line(self.of(self.again if again else self.given), f"{'-' * (slip == 4)}{sum_} {self.adjoint('a', 't')} {whole}")


def drawn(seed, slip=0):
    """A line of a paper: of a setting of its own."""
    setting = Setting(random.Random(seed))
    return setting.recursion(slip) if seed % 2 else setting.gradient(slip)


@pytest.mark.parametrize("k", range(12))
def test_a_line_is_read_in_any_setting(k, random_seed):
    text = drawn(random_seed * 1000 + k)
    assert derivation("rnn-tanh").check(text).equal, (text, derivation("rnn-tanh").check(text))


@pytest.mark.parametrize("k", range(16))
def test_with_a_slip_it_is_not_equal(k, random_seed, undiagnosed):
    text = drawn(random_seed * 1000 + k, 1 + k // 2 % 4)
    assert not derivation("rnn-tanh").check(text).equal, text


@pytest.mark.sweep
@pytest.mark.parametrize("k", range(300))
def test_a_line_in_many_settings(k, random_seed, undiagnosed):
    seed = random_seed * 1000 + 100 + k
    assert derivation("rnn-tanh").check(drawn(seed)).equal, drawn(seed)
    for slip in (1, 2, 3, 4):
        assert not derivation("rnn-tanh").check(drawn(seed, slip)).equal, drawn(seed, slip)


@pytest.mark.parametrize("name, text, wrong", sampled(LINES, 2))
def test_what_a_source_has_is_right_and_a_slip_of_it_is_not(name, text, wrong, undiagnosed):
    assert derivation(name).check(text).equal, derivation(name).check(text)
    assert not derivation(name).check(wrong).equal, wrong


LETTERED = [
    ("rnn-tanh", "h_t = tanh(U h_{t-1} + W x_t + b)", "h_t = tanh(U h_t + W x_t + b)"),
    ("rnn-tanh", "∂L/∂U = Σ_t δ_t h_{t-1}^T", "∂L/∂U = Σ_t δ_t h_t^T"),
    ("rnn-tanh", "dh_t = V^T ds_t + U^T da_{t+1}", "dh_t = V^T ds_t - U^T da_{t+1}"),
    ("gru-before-new", "z_t = σ(W_z x_t + U_z h_{t-1} + b_z)", "z_t = σ(W_z x_t + U_z h_{t-1} - b_z)"),
    ("gru-before-new", r"\tilde{h}_t = \tanh(W x_t + U (r_t \odot h_{t-1}) + b)", r"\tilde{h}_t = \tanh(W x_t + U h_{t-1} + b)"),
    ("lstm", "f_t = σ(W_f x_t + U_f h_{t-1} + b_f)", "f_t = σ(W_f x_t + U_i h_{t-1} + b_f)"),
]


@pytest.mark.parametrize("name, text, wrong", LETTERED)
def test_u_and_w_the_other_way_round_are_equal_under_that_condition_alone(name, text, wrong, undiagnosed):
    verdict = derivation(name).check(text)
    assert verdict.kind == "equal if" and not verdict.equal and "`U` stands for the weight on the state" in str(verdict)
    assert derivation(name).check(wrong).kind == "not equal"


RATES = ["η", "\\eta", "α", "γ", "lr", "learning_rate", "0.1"]


@pytest.mark.parametrize("rate", RATES)
def test_the_update_of_a_weight_is_answered_with_the_gradient_which_is_then_judged(rate, random_seed):
    rng = random.Random(f"{random_seed}{rate}")
    for _ in range(4):
        name, unit = rng.choice([("W", "h_{t-1}"), ("W_hh", "h_{t-1}"), ("U", "x_t"), ("W_{xh}", "x_t"), ("W_hh", "h_t")])
        update = rng.choice(["{0} ← {0} − {1} {2}", "{0} := {0} - {1} {2}", "Δ{0} = -{1} {2}", r"\Delta {0} = -{1} {2}", "{0} -= {1} * {2}",
                             "{0}_new = {0} - {1} {2}"])  # fmt: skip
        line = update.format(name, rate, f"Σ_t δ_t {unit}^T")
        verdict = derivation("rnn-tanh").check(line)
        advice = re.search(r"without the learning rate `.+?`, as `(.+?)`", str(verdict))
        assert verdict.kind == "unreadable" and advice, (line, verdict)
        assert derivation("rnn-tanh").check(advice[1]).kind == ("not equal" if unit == "h_t" else "equal"), advice[1]


@pytest.mark.parametrize("line", ["dhnext = {}", "dh_next = {}", "dprev_h = {}", "dh_prev = {}", "da = (1 - h**2) * dh\ndhnext = {}"])
def test_what_a_program_hands_back_is_that_and_nothing_else(line):
    assert derivation("rnn-tanh").check(line.format("W_hh.T @ da")).equal
    for wrong in ("W_xh.T @ da", "W_hh @ da", "W_hy.T @ ds", "W_hh.T @ dh", "2 * W_hh.T @ da"):
        assert not derivation("rnn-tanh").check(line.format(wrong)).equal, line.format(wrong)


@pytest.mark.parametrize("name", ["o_t", "logits_t", "scores_t", "do_t", "dlogits_t", "dscores_t"])
@pytest.mark.parametrize("beside", ["h_t = tanh(a_t)", "da_t = (1 - h_t²) ⊙ dh_t"])
def test_a_name_that_books_have_for_a_quantity_is_judged_beside_other_lines(name, beside, undiagnosed):
    right, wrong = ("p_t - onehot(y_t)", ("p_t", "p_t + onehot(y_t)", "2 p_t")) if name[0] == "d" else ("V h_t + c", ("V h_t - c", "V h_t"))
    assert derivation("rnn-tanh").check(f"{beside}\n{name} = {right}").equal
    for other in wrong:
        assert not derivation("rnn-tanh").check(f"{beside}\n{name} = {other}").equal, other


@pytest.mark.parametrize("k", range(8))
def test_an_equation_may_go_on_in_the_next_line(k, random_seed, undiagnosed):
    """Before or behind any sign, in an environment or not; of a chain each part is judged."""
    rng = random.Random(f"{random_seed}{k}")
    times, top = rng.choice([(r"\odot", r"^\top"), ("⊙", "ᵀ")])
    signs = [f"(1 - h_t^2) {times} ", f"(V{top} ds_t ", f"W{top} da_{{t+1}})"]

    def laid(parts):
        text = " = ".join(["da_t", f"dh_t {times} (1 - h_t^2)", f"{parts[0]}{parts[1]}+ {parts[2]}"])
        sign = rng.choice(["=", "+", times])
        broken = text.replace(f" {sign} ", rng.choice([f"\n{sign} ", f" {sign}\n"]))
        aligned = times == r"\odot" and rng.random() < 0.5
        return rf"\begin{{align}}{broken}\end{{align}}".replace("\n", r" \\" + "\n&") if aligned else broken

    assert derivation("rnn-tanh").check(laid(signs)).equal, laid(signs)
    for old, new in (("+1", ""), ("^2", ""), (top, "")):
        wrong = [part.replace(old, new) for part in signs]
        assert not derivation("rnn-tanh").check(laid(wrong)).equal, laid(wrong)


ANSWERED = [
    ("rnn-tanh", "∂W∂L=∑t=1Tδtht−1⊤", "∂L/∂W"),
    ("rnn-tanh", "∂O/∂W = Σ_t δ_t h_{t-1}^T", "`O` is neither the loss"),
    ("rnn-tanh", "h_t = tanh(W^{back} y_t + a_t)", "`^{back}` is neither a step"),
    ("rnn-tanh", "ht = tanh(Wxh xt + Whh ht−1 + bh)", "`x_t`, with its step below"),
    ("rnn-tanh", "δ_k = y_k - t_k", "the target is `y`"),
    ("rnn-tanh", "y_t = onehot(y_t)", "the readout makes the scores `s_t`"),
    ("rnn-tanh", "∂L/∂W = Σ_t ∂L/∂W^{(t)}", "written out"),
    ("lstm", "g_t = φ(W_xg x_t + W_hg h_{t-1} + b_g)", "name the one that is meant, sigmoid or tanh"),
]


@pytest.mark.parametrize("name, line, said", ANSWERED)
def test_what_is_not_read_is_answered_with_what_would_be(name, line, said):
    verdict = derivation(name).check(line)
    assert verdict.exit_code == 2 and said in str(verdict), verdict


FOLLOWED = [  # the advice above, and of others, as it is taken
    (
        "rnn-tanh",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \tanh'(W_{hh} h_{t-1} + W_{xh} x_t + b_h) W_{hh}",
        "as the diagonal matrix it is",
    ),
    ("rnn-tanh", "∂h_t/∂h_{t-1} = (1 - h_t²) W_hh", "as the diagonal matrix it is"),
    ("rnn-relu", "∂h_t/∂h_{t-1} = relu'(a_t) W_hh", "as the diagonal matrix it is"),
]


@pytest.mark.parametrize("name, line, words", FOLLOWED)
def test_advice_that_is_taken_is_read(name, line, words):
    verdict = derivation(name).check(line)
    advice = re.search(f"{words} `(.+?)`", str(verdict))
    assert advice, verdict
    assert derivation(name).check(line.partition(" = ")[0] + " = " + advice[1]).equal, advice[1]


@pytest.mark.parametrize("line", ["h_t = tanh({})", "h[t] = np.tanh({})"])
def test_of_a_line_with_an_activation_around_it_the_terms_are_named(line):
    for terms, said in (("W_hh h_{t-1} + W_xh x_t", "the term `b_h` is missing"), ("W_hh h_t + W_xh x_t + b_h", "the time of")):
        terms = terms.replace("h_{t-1}", "@ h[t-1]").replace("h_t", "@ h[t]").replace("x_t", "@ x[t]") if "np" in line else terms
        assert derivation("rnn-tanh").check(line.format(terms)).sentences[0].startswith(said)


def test_what_is_said_to_be_read_is_spelled_as_it_was():
    said = str(derivation("gru-before-new").check(r"h_t^j = (1 - z_t^j) h_{t-1}^j + z_t^j \tilde{h}_t^j"))
    assert r"`\tilde{h}` is read as" in said
    assert "`W` is read as" not in str(derivation("gru-before-new").check("a_z_t = W_{xz} x_t + W_{hz} h_{t-1} + b_z"))


SAID = [
    ("∂C/∂W = Σ_t δ_t h_{t-1}^T", "`C` is read as the loss, `L`"),
    ("∂L/∂W = Σ_t^N δ_t h_{t-1}^T", "`N` is read as the last step, T"),
    (r"\overline{W} = \sum_t \overline{a_t} h_{t-1}^\top", "a bar above a name is read as its adjoint"),
]


@pytest.mark.parametrize("line, said", SAID)
def test_of_two_readings_the_one_that_was_taken_is_said(line, said):
    verdict = derivation("rnn-tanh").check(line)
    assert verdict.equal and said in verdict.sentences, verdict


@pytest.mark.parametrize("behind", [r"\in \mathbb{R}^{H \times H} \cdot 2", "∈ ℝ^H - W_hh", "∈ R^{H×H} except for t = 3", "∈ R^H + 1"])
def test_what_stands_behind_the_space_of_a_right_side_is_not_dropped(behind):
    assert not derivation("rnn-tanh").check(f"∂L/∂W = Σ_t δ_t h_{{t-1}}^T {behind}").equal


def test_the_loss_of_one_step_is_no_whole_one():
    """∂L_n/∂W, where n is a step as any other letter may be, is not what the whole loss has."""
    assert not derivation("rnn-tanh").check("∂L_n/∂W = Σ_t δ_t h_{t-1}^T").equal
    assert not derivation("rnn-tanh").check("∂E_t/∂W = Σ_t δ_t h_{t-1}^T").equal


HARMLESS = ["def", r"\text{def}", r"\mathrm{def.}", "!", r"\triangle", "(a)", "(iv)", "(10.3)", "7", r"\text{(3)}", "b"]
SAID_ABOVE = ["?", "wrong", r"\text{not}", r"\text{only } t=T", "t<T", "T", r"\neq", r"\not", r"\times 2", "-", r"\text{if } t=T", "t=T",
              r"t\to\infty", "W", r"\text{twice}", "-1"]  # fmt: skip


@pytest.mark.parametrize("above", sampled(SAID_ABOVE, 3))
def test_what_stands_above_the_sign_and_says_something_is_refused(above, random_seed):
    rng = random.Random(f"{random_seed}{above}")
    sign = rng.choice([r"\stackrel{{{}}}{{=}}", r"\overset{{{}}}{{=}}", r"\overset {{{}}} {{ = }}", r"\overset{{{}}}="])
    line = r"dh_t {} V^\top ds_t + W^\top da_{{t+1}}"
    verdict = derivation("rnn-tanh").check(line.format(sign.format(above)))
    assert verdict.kind == "unreadable", verdict
    for harmless in HARMLESS:
        assert derivation("rnn-tanh").check(line.format(sign.format(harmless))).equal, harmless


THERE = ["[t=T]", r"\delta_{t,T}", "δ_{tT}", r"\mathbb{1}[t=T]", "1{t=T}"]
ELSEWHERE = ["[t<T]", "[t ≠ T]", r"(1-\delta_{t,T})", r"\mathbf{1}_{t<T}", r"[t \leq T-1]\,"]
SENTENCES = ["The hidden state $h_t$ influences the loss in two ways, through $s_t$ and through $h_{t+1}$. Hence",
             "We start from the last time step and go backwards.\nBy the multivariate chain rule, this becomes",
             "\\section*{Backward pass}\nNext we need the gradient that the previous equations propagate:",
             "Wir betrachten ein einfaches rekurrentes Netz mit der Aktivierung tanh. Nach der Kettenregel gilt",
             "On considère un réseau récurrent simple avec la fonction d'activation tanh. Il vient",
             "\\documentclass[11pt]{article}\n\\usepackage{amsmath}\n\\begin{document}\n\\section{Unfolding}\n"
             "Imagine a ladder whose rungs are the moments of the sentence.\n"
             "Let $\\delta h_t = \\partial L / \\partial h_t$ and $\\delta s_t = \\partial L/\\partial s_t$."]  # fmt: skip
FRAMES = [
    "\\[ {} \\]",
    "$${},$$",
    "\\begin{{equation}}\n{}. \\tag{{3}}\n\\end{{equation}}",
    "{}",
    r"{} \quad\text{{(chain rule)}}",
    r"\boxed{{{}}}",
]
COMMANDS = [r"\delta", r"\partial", r"\Delta", "∇", r"\bar"]
RECURSIONS = {"a": "{} = dh_t ⊙ (1-h_t^2)", "h": "{} = V^T ds_t + W^T da_{{t+1}}", "s": "{} = p_t - y_t"}
SAYING = [
    "Let {l}_t denote ∂L/∂{q}_t. Then {e}",
    "{e}, where ${l}_t$ is the gradient of the loss with respect to {q}_t",
    "With {l}_t := dL/d{q}_t we have {e}",
]


def test_a_factor_that_asks_for_the_last_step_is_one_there(random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} there"), derivation("rnn-many-to-one")
    for _ in range(8):
        there, elsewhere = rng.choice(THERE), rng.choice(ELSEWHERE)
        assert d.check(rf"dh_t = {there} V^\top ds_T + {elsewhere} W^\top da_{{t+1}}").equal, (there, elsewhere)
        wrong = rng.choice([(elsewhere, there), (elsewhere, elsewhere), ("", elsewhere), (there, there), (f"2 {there}", elsewhere)])
        assert not d.check(rf"dh_t = {wrong[0]} V^\top ds_T + {wrong[1]} W^\top da_{{t+1}}").equal, wrong


def test_whole_sentences_and_frames_leave_an_equation_as_it_is(random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} sentences"), derivation("rnn-tanh")
    for k in range(8):
        line = rng.choice(
            [
                r"\frac{\partial L}{\partial h_t} = V^\top ds_t + W^\top da_{t+1}",
                r"\nabla_W L = \sum_{t=1}^{T} \nabla_{a_t} L \, h_{t-1}^\top",
            ]
        )
        text = f"{SENTENCES[-1] if k == 0 else rng.choice(SENTENCES)}\n{rng.choice(FRAMES).format(line)}"
        assert d.check(text).equal, f"{text}\n{d.check(text)}"
        wrong = text.replace(r"\top", "{}").replace("= ", "= 2 ")
        assert not d.check(wrong).equal, wrong
        said = rng.choice(["Twice this.", "This is wrong.", "The sign is the opposite one.", "Take the state of the next step here."])
        assert not d.check(f"{text}\n{said}").equal, f"{text}\n{said}"


def test_a_command_in_front_of_a_left_side_is_no_word(random_seed, undiagnosed):
    """`\\delta h_t = tanh(a_t)` among sentences is wrong, and `h_t = tanh(a_t)` is what the net has."""
    rng, d = random.Random(f"{random_seed} commands"), derivation("rnn-tanh")
    for _ in range(6):
        line = rng.choice([r"h_t = \tanh(a_t)", r"a_t = W h_{t-1} + U x_t + b", r"s_t = V h_t + c"])
        text = f"{rng.choice(SENTENCES[:-1])}\n{rng.choice(['', 'the gradient ', 'State: ', '2. State: '])}${rng.choice(COMMANDS)} {line}$"
        assert not d.check(text).equal and "by itself" not in str(d.check(text)), text


ROWS = [
    "\\begin{equation}\n%s\n\\end{equation}",
    "\\[\n%s\n\\]",
    "Hence %s",
    "%s and db_y = \\sum_t ds_t",
    "%s; dW_hh = \\sum_t da_t h_{t-1}^T",
    "\\begin{align}\n%s \\\\\ndb_y &= \\sum_t ds_t\n\\end{align}",
    "\\begin{itemize}\n\\item %s\n\\end{itemize}",
]


def test_the_line_at_fault_has_the_number_that_it_has_in_the_text(random_seed, undiagnosed):
    """In LaTeX, among sentences and behind several equations in a line; words that are not read are named behind what is wrong."""
    rng, d = random.Random(f"{random_seed} lines"), derivation("rnn-tanh")
    rights = ["ds_t = p_t - onehot(y_t)", "db_h = \\sum_t da_t", "dh_t = V^T ds_t + W^T da_{t+1}", "da_t = (1 - h_t^2) * dh_t"]
    for _ in range(8):
        blocks = [rng.choice(ROWS) % right for right in rng.sample(rights, 3)]
        blocks += rng.choices(["We go on.", "", "The blurgh glimmers."], k=2)
        rng.shuffle(blocks)
        at = rng.randrange(6)
        blocks.insert(at, rng.choice(["dW_xh = \\sum_t da_t h_t^T", "db_h = \\sum_t ds_t h_t", "dW_hy = 2 \\sum_t ds_t h_t^T"]))
        text = "\n".join(blocks)
        verdict = d.check(text)
        assert verdict.line in (None, "\n".join(blocks[:at]).count("\n") + 1 + (at > 0)), f"{verdict.line}\n{text}"
        wrong = verdict.kind in ("not equal", "ill-typed") or re.match(
            "by itself this is (not equal|ill-typed), but ", verdict.sentences[0]
        )
        assert wrong, f"{text}\n{verdict}"


def test_letters_that_a_text_says_once_are_what_it_says(random_seed, undiagnosed):
    rng, d = random.Random(f"{random_seed} letters"), derivation("rnn-tanh")
    for _ in range(8):
        (one, line), (other, _) = rng.sample([*RECURSIONS.items()], 2)
        letter, saying = rng.choice(["e", "g", "q", "ξ", r"\varepsilon", r"\boldsymbol{e}"]), rng.choice(SAYING)
        right, wrong = (saying.format(l=letter, q=name, e=line.format(f"{letter}_t")) for name in (one, other))
        assert d.check(right).equal, f"{right}\n{d.check(right)}"
        assert not d.check(wrong).equal, wrong
