"""What students write around their lines, in front, behind, above and below, is read past where it is known to change nothing."""

import random

import pytest

from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.checking.check import check
from tests.test_check import derivation
from tests.wordings import CHANGING, said

NETS = ["rnn-tanh", "lstm", "gru-before-keep", "stacked", "rnn-many-to-one"]
ABOVE = [
    "Using the chain rule, we obtain",
    "Backward pass:",
    "We apply the chain rule.",
    "Here * is elementwise.",
    "Homework 5, question 2:",
    "Die Rückwärtsgleichungen lauten:",
    "Par la règle de la chaîne :",
    "Primero la capa de salida.",
    "H is the number of hidden units.",
    "The recursion starts with da_{T+1} = 0.",
]
BEFORE = [
    "So finally ",
    "I think ",
    "Proof. ",
    "Hence we get ",
    "Answer (b): ",
    "Q2. ",
    "(i) ",
    "It is easy to see that ",
    "We know tanh' = 1 - tanh², so ",
    "Ok so here is my answer. ",
    "Das ergibt ",
    "Man sieht leicht, dass ",
    "Mit der Kettenregel erhalten wir ",
    "On obtient ",
    "On en déduit que ",
    "As derived in the lecture, ",
    "Using (2), ",
]
BEHIND = [
    ". QED",
    "  q.e.d.",
    " ∎",
    ", as shown in the lecture.",
    " by the chain rule.",
    " [chain rule]",
    ". This follows from the chain rule.",
    ", because tanh' = 1 - tanh²",
    "; the weights are shared",
    ", weil die Gewichte in jedem Zeitschritt verwendet werden.",
    ", car le biais est partagé à chaque instant.",
    " (no future term at the last step)",
    " — the same weights are used at each step",
]
BELOW = ["This is the final answer.", "Explanation: the weights are shared across time.", "Fertig.", "Here we used the chain rule."]
SLIPS = [
    "not",
    "except at t = 1",
    "times two",
    "transposed",
    "only for the last step",
    "plus the bias",
    "averaged",
    "with the opposite sign",
    "nicht",
    "transponiert",
    "fois deux",
    "where h_t is the input",
    "where da_t is the gradient of the hidden state",
    "where W_hh is the input weight",
    "with respect to W_hh^T",
    "the derivative of tanh being 1 - h_t",
]


def equation(rng):
    """A net and a line that is right of it, and the same with its right side doubled."""
    d = derivation(rng.choice(NETS))
    line = show(rng.choice([q for q in d.equations if not q.where and q.left.adjoint]), "text")
    return d, line, line.replace(" = ", " = 2 ", 1)


def around(rng, line):
    """A line with sentences around it, each part there or not."""
    above, below = (rng.choice(["", f"{rng.choice(ABOVE)}\n"]), rng.choice(["", f"\n{rng.choice(BELOW)}"]))
    return f"{above}{rng.choice(['', rng.choice(BEFORE)])}{line}{rng.choice(['', rng.choice(BEHIND)])}{below}"


def test_sentences_around_a_line_are_read_past(random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} prose")
    for _ in range(25):
        d, line, wrong = equation(rng)
        text = around(rng, line)
        assert check(d, text).equal, f"{random_seed}: {text}\n{check(d, text)}"
        assert not check(d, text.replace(line, wrong)).equal, f"{random_seed}: {text.replace(line, wrong)}"


def test_several_lines_with_words_between_them_are_each_judged(random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} between")
    d = derivation("rnn-tanh")
    lines = [(show(q, "text"), show(q, "text").replace(" = ", " = 2 ", 1)) for q in d.equations if not q.where and q.left.adjoint]
    joins = [
        ". Then ",
        " and hence ",
        ", and we get ",
        ". Similarly, ",
        ". Danach ",
        " et donc ",
        "\nFrom this we obtain\n",
        ". (chain rule) ",
    ]
    for _ in range(8):
        (one, _), (other, wrong) = rng.sample(lines, 2)
        join = rng.choice([*joins[:7]])
        assert check(d, f"With {one}{join}{other}.").equal, f"{random_seed}: With {one}{join}{other}."
        assert not check(d, f"With {one}{join}{wrong}.").equal, f"{random_seed}: With {one}{join}{wrong}."


def test_what_is_not_known_to_be_harmless_is_refused_and_quoted(random_seed, undiagnosed):
    rng, past = random.Random(f"{random_seed} slips"), list[str]()
    for _ in range(30):
        d, line, _ = equation(rng)
        slip = rng.choice([rng.choice(SLIPS), rng.choice([words for words in said(CHANGING) if "t=T" not in words.replace(" ", "")])])
        whole = slip[0].upper() + slip[1:]
        text = around(
            rng,
            rng.choice(
                [f"{line}, {slip}", f"{line} ({slip})", f"{line}. {whole}.", f"{whole}: {line}", f"{whole}.\n{line}", f"{line}\n{whole}."]
            ),
        )
        verdict = check(d, text)
        past += [text] * (verdict.equal and any(said in str(verdict) for said in ("read past", "was not checked")))  # K = 5 steps back: ...
        assert not verdict.equal or "is not read" in str(verdict) or slip.rstrip(".") in ("2", "h_t") or text in past[-1:], (
            f"{random_seed}: {text}\n{verdict}"
        )
    assert len(past) < 7, past  # and each is quoted
    line = "da_t = (1 - h_t²) ⊙ dh_t"
    for weights, name in (("output", "W_hh"), ("recurrent", "W_hy"), ("input", "W_hh"), ("output", "W_xh")):
        right = show(derivation("rnn-tanh").formula(name)[0], "text")
        assert not check(derivation("rnn-tanh"), f"The gradient of the {weights} weights is {right}").equal, right
    for text in (f"so - {line}", f"{line}\nThe gradient is the sum of this and dh_t.", f"{line}, with tanh' = 1 - tanh"):
        assert not check(derivation("rnn-tanh"), text).equal, text
    for slip in ("except at t = 1", "times two", "plus the bias"):
        sentence = check(derivation("rnn-tanh"), f"So finally db_h = Σ_t da_t. It is {slip}.").sentences[0]
        assert f"`{slip.split()[0]}`" in sentence and "write it with signs" in sentence, sentence


ALL = [
    "We obtain for all t that",
    "At every step",
    "In jedem Schritt gilt",
    "Pour tout t on a",
    "We have, for any t,",
    "For each time step the gradient is",
    "Always",
    "Over the whole sequence",
    "For t = T, T-1, ..., 1 do:\n ",
]
TAILS = [", which holds for every step", " from T down to 1", ", true for all t = 1, ..., T", " for t in range(T)"]


@pytest.mark.parametrize("words", [*(f"{words} {{}}" for words in ALL), *(f"{{}}{words}" for words in TAILS)])
def test_words_that_claim_all_steps_are_no_words(words, undiagnosed):
    """Beside another line on the last step a line on t is one on the others: not where a sentence says that it is on all."""
    line, last = "dh_t = W^T da_{t+1}", "dh_T = V^T ds_T"
    net = derivation("rnn-many-to-one")
    assert net.check(f"{line}\n{last}").equal and not net.check(f"{words.format(line)}\n{last}").equal
    assert derivation("rnn-tanh").check(words.format("dh_t = V^T ds_t + W^T da_{t+1}")).equal
    assert net.check(f"{line}, since the weights are shared at every step\n{last}").equal


PREMISES = {  # which a net's line is right under, and another's is not
    "The loss is the mean over time.": ("rnn-sigmoid-mean", "rnn-tanh"),
    "The loss is the squared error.": ("rnn-identity-squared-error", "rnn-tanh"),
    "With cross-entropy loss we get": ("rnn-tanh", "rnn-identity-squared-error"),
    "Only the last step has a loss.": ("rnn-many-to-one", "rnn-tanh"),
    "The loss depends only on the last output.": ("rnn-many-to-one", "rnn-tanh"),
}
ENDING = ["This holds at t = T.", "Only valid at the last step.", "Das gilt für t = T.", "This is the case at t = 1."]
TURNING = ["The minus is a plus.", "The gradient is multiplied by the learning rate.", "Der Index ist um eins zu hoch."]


def test_what_a_sentence_says_of_the_loss_or_of_one_step_is_held_against_the_line(undiagnosed):
    lines = {"rnn-sigmoid-mean": "ds_t = (p_t - onehot(y_t))/T", "rnn-identity-squared-error": "ds_t = s_t - y_t",
             "rnn-many-to-one": "dh_T = V^T ds_T", "rnn-tanh": "ds_t = p_t - onehot(y_t)"}  # fmt: skip
    for words, (right, wrong) in PREMISES.items():
        assert derivation(right).check(f"{words}\n{lines[right]}").equal, words
        assert not derivation(wrong).check(f"{words}\n{lines[wrong]}").equal, words
    for words in (*ENDING, *TURNING):
        assert not derivation("rnn-tanh").check(f"{words}\n{lines['rnn-tanh']}").equal, words
        assert not derivation("rnn-tanh").check(f"{lines['rnn-tanh']}\n{words}").equal, words
    assert derivation("rnn-tanh").check(f"dh_T = V^T ds_T\n{ENDING[0]}").equal
    assert derivation("lstm").check("∂c_t/∂c_{t-1} = f_t").equal
    for words in ("The total derivative is {}.", "{} (total derivative)", "Die totale Ableitung ist {}."):
        assert not derivation("lstm").check(words.format("∂c_t/∂c_{t-1} = f_t")).equal


def later(rng):
    """What says that indices are others."""
    subject = f"{rng.choice(['Every', 'Each', 'The', 'Any'])} {rng.choice(['index', 'subscript', 'index on the right', 'time index'])}"
    verb, other = rng.choice(["is", "is to be understood as", "counts", "was meant"]), rng.choice(["later", "earlier", "higher", "lower"])
    return f"{subject} {verb} one {other}."


def proposed(rng):
    """What one would write in place of a line, or says of its sign in words."""
    would = f"{rng.choice(['I', 'We', 'You'])} would {rng.choice(['now ', 'rather ', ''])}{rng.choice(['write', 'put', 'print', 'have'])}"
    what, how = (
        rng.choice(["it", "the whole", "both", "a 2 there"]),
        rng.choice(["with a minus", "in place of that", "today", "in my notes"]),
    )
    return f"{would} {what} {how}."


def powered(rng):
    """What a line is raised to, or bounded by."""
    said = ["{} goes to the {} power.", "{} is the reciprocal of the {} one.", "{} is an upper bound on the {} one."]
    return rng.choice(said).format(rng.choice(["Everything", "The right side", "What is written"]), rng.choice(["second", "third"]))


def other(rng):
    """What asks the reader for a change, or says of a net, a sign or a place that it is another."""
    begins, whole = rng.choice(["Please read", "Read", "Move", "Put", "The hook belongs on", "I took"]), rng.choice(["other", "opposite"])
    net, has = rng.choice(["loss", "activation", "network", "dot"]), rng.choice(["a hinge", "the cosine", "convolved"])
    facts = [
        f"{begins} the {whole} {rng.choice(['index', 'matrix', 'side', 'factor'])}.",
        f"{rng.choice(['The', 'Our'])} {net} is {has}.",
        f"The {rng.choice(['label', 'target'])} is {rng.choice(['that of', 'the one from'])} the {rng.choice(['next', 'previous'])} step.",
        f"The {rng.choice(['state', 'index'])} {rng.choice(['ought to', 'should'])} {rng.choice(['be the newer one', 'sit there'])}.",
        rng.choice(["The loss is the log-likelihood.", "The recurrent matrix is the identity.", "The sum runs over the units."]),
    ]
    return rng.choice(facts)


FEW = ["First", "Then", "Next", "And then", "Now", "Zuerst", "Now for"]
OF = ["the readout.", "the hidden state.", "the weights.", "the recursion.", "the biases."]


@pytest.mark.parametrize("says", [later, proposed, powered, other])
def test_what_no_single_word_corrects_is_a_correction_by_its_class(says, random_seed, undiagnosed):
    rng = random.Random(f"{random_seed} {says.__name__}")
    for _ in range(6):
        d, words = derivation("rnn-tanh"), says(rng)
        line = show(rng.choice([q for q in d.equations if not q.where and q.left.adjoint]), "text")
        for text in (f"{line}\n{words}", f"{line}. {words}", f"{words}\n{line}"):
            assert not check(d, text).equal, f"{random_seed}: {text}"


def test_a_sentence_of_few_words_is_held_against_what_is_known(random_seed, undiagnosed):
    """Words that are known, of which none is in a class that changes an equation; not so what says of which step or layer it is."""
    rng, d = random.Random(f"{random_seed} few"), derivation("rnn-tanh")
    for _ in range(6):
        line = show(rng.choice([q for q in d.equations if not q.where and q.left.adjoint]), "text")
        assert check(d, words := f"{rng.choice(FEW)} {rng.choice(OF)}\n{line}").equal, f"{random_seed}: {words}"
        one = f"{rng.choice(['For', 'At', 'In'])} the {rng.choice(['first', 'second', 'third'])} {rng.choice(['layer', 'step', 'moment'])}."
        assert not check(d, f"{line}\n{one}").equal and not check(d, f"{line}\n{rng.choice(['With', 'Or', 'Using'])} h_t.").equal, one


@pytest.mark.parametrize(
    "around", ["In [3]:\n{}\nOut[3]: array([0.1, 0.2])", ">>> {}", "{}   (4x3)", "{}  [2, 7]", "Group 7\n{}", "Task 4.2\n{}"]
)
def test_prompts_shapes_and_numbers_of_tasks_are_read_past(around, undiagnosed):
    line = "dh_t = V^T ds_t + W^T da_{t+1}"
    assert derivation("rnn-tanh").check(around.format(line)).equal
    assert not derivation("rnn-tanh").check(around.format(line.replace("V", "2 V"))).equal


@pytest.mark.parametrize("name", ["rnn-tanh", "lstm", "gru-before-keep"])
def test_a_wrong_line_in_deltas_is_judged(name, undiagnosed):
    """A δ is read as that of what goes into an activation only where shapes agree: what is wrong of the scores' was a traceback."""
    d = derivation(name)
    line = next(show(q, "text") for q in d.equations if q.left.name == "h" and q.left.adjoint)
    deltas = line.replace("d", "δ")
    assert d.check(deltas).equal and d.check(deltas.replace("= ", "= 2 * ", 1)).kind == "not equal", deltas
