"""For which steps a line is: a condition in any writing, behind a line or before it, claims the steps that Python finds for its relation,
and the line is equal exactly if it is right at each of these."""

import itertools
import random
import re

import pytest

import autograd_rnn as ar
from tests.sampling import sampled
from tests.test_check import derivation

LENGTHS = (9, 14)
# of each net, right sides of one adjoint and the steps at which they are right in a sequence of T
LINES = {
    "rnn-tanh": [
        ("dh_{} = V^T ds_{} + W^T da_{+1}", lambda t, T: True),
        ("dh_{} = V^T ds_{}", lambda t, T: t == T),
        ("dh_{} = V^T ds_{} + W^T da_{+1} + W^T W^T da_{+2}", lambda t, T: t >= T - 1),
        ("dh_{} = V^T ds_{} + W^T da_{+1} + da_{+3}", lambda t, T: t >= T - 2),
        ("da_{} = (1 - h_{}²) ⊙ (V^T ds_{} + W^T W^T da_{+2})", lambda t, T: t == T),
    ],
    "rnn-many-to-one": [
        ("dh_{} = W^T da_{+1}", lambda t, T: t < T),
        ("dh_{} = V^T ds_T", lambda t, T: t == T),
        ("da_{} = (1 - h_{}²) ⊙ (W^T da_{+1} + da_{+2})", lambda t, T: t == T - 1),
    ],
    "bidirectional": [
        ("dhb_{} = Wb_hy^T ds_{} + Wb_hh^T dab_{-1}", lambda t, T: True),
        ("dhb_{} = Wb_hy^T ds_{}", lambda t, T: t == 1),
        ("dhb_{} = Wb_hy^T ds_{} + Wb_hh^T dab_{-1} + dab_{-2}", lambda t, T: t <= 2),
    ],
}  # fmt: skip
BESIDE = {"rnn-tanh": "dh_T = V^T ds_T", "rnn-many-to-one": "dh_T = V^T ds_T", "bidirectional": "dhb_1 = Wb_hy^T ds_1"}  # right of one step
RELATIONS = ["t {<} T", "t {<=} T", "t {>=} T", "t {>} T-1", "t {=} T", "t {<} T-1", "t {>} 1", "1 {<} t", "T {>} t", "T {>=} t",
             "t {=} 1", "t {>=} 1",
             "1 {<=} t {<} T", "1 {<=} t {<=} T", "1 {<} t {<} T", "T {>} t {>} 1", "T {>=} t {>=} 2", "t {>=} T-1", "t {>=} T-2",
             "t {<=} 2", "t {=} T-1",
             "t {!=} T", "t {!=} 1", "t {=} 2", "T {=} t", "t {>} T-2", "T-1 {<=} t", "t+1 {<=} T", "t-1 {>=} 1",
             "2 {<=} t {<=} T-1"]  # fmt: skip
SIGNS = {"<": ["<", "\\lt"], "<=": ["<=", "≤", "\\leq", "\\le", "⩽"], ">": [">", "\\gt"], ">=": [">=", "≥", "\\geq", "\\ge"],
         "=": ["=", "=="], "!=": ["!=", "≠", "\\neq", "\\ne"]}  # fmt: skip
BEHIND = [
    "{} ({})",
    "{} [{}]",
    "{}, {}",
    "{}  {}",
    "{}; {}",
    "{} | {}",
    "{}\\quad {}",
    "{}\\quad ({})",
    "{} ,\\quad \\text{{for }} {}",
    "{}: {}",
    "{} \\{{{}\\}}",
]
WORDED = ["{} {w} {}", "{} ({w} {})", "{}, {w} {}", "{}  \\text{{{w} }} {}", "{} [{w} {}]"]
WORDS = ["for", "if", "when", "where", "at", "for all", "für", "wenn", "falls", "für alle", "pour", "si", "with", "whenever", "∀"]
BEFORE = ["{c}: {}", "({c}) {}", "for {c}: {}", "for {c}, {}", "For {c} we have {}", "if {c}: {}", "für {c}: {}", "pour {c} : {}",
             "for all {c}: {}",
          "[{c}] {}"]  # fmt: skip


def step(text, index, rng):
    """A line of any step with its steps written out."""
    way = rng.choice(["{}", "{{{}}}", "[{}]"])

    def put(found):
        shifted = f"{index}{found[1]}"
        return (
            way.format(shifted)
            if way[0] == "["
            else "_"
            + (way if found[1] or way != "{}" else "{}")
            .format(shifted)
            .replace(shifted, f"{{{shifted}}}" if found[1] and way == "{}" else shifted)
        )

    return re.sub(r"_\{([+-]\d)?\}", lambda found: put((found[0], found[1] or "")), text)


def relation(rng, index):
    """A relation as it is written, and as Python has it."""
    plain = rng.choice(RELATIONS)
    shown = re.sub(r"\{(.*?)\}", lambda found: rng.choice(SIGNS[found[1]]), plain)
    shown = re.sub(r"(\\[a-z]+)\b", r"\1 ", shown)
    shown = shown if rng.random() < 0.5 else re.sub(r" ?(?<!\\[a-z]{2} )(?<!\\[a-z]{3} )([<>=≤≥≠!⩽]+) ?", r"\1", shown)
    python = re.sub(r"\{=\}", "==", plain).replace("{", "").replace("}", "")
    return re.sub(r"\bt\b", index, shown), python


def listed(rng, index):
    """Steps in a row as they are written, and as Python has them."""
    a, b = rng.choice([(1, "T"), (2, "T"), (1, "T-1"), (2, "T-1"), ("T-1", "T"), (1, 2)])
    dots = rng.choice(["...", "…", "\\dots ", ", ..., ", ",…,", ", \\ldots, "])
    back = rng.random() < 0.3
    ends = f"{b}{dots}{a}" if back else f"{a}{dots}{b}"
    form = rng.choice(["{i} = {}", "{i} = {}", "{i} ∈ {{{}}}", "{i} \\in \\{{{}\\}}", "{i} in {{{}}}",
                       "{i} = {a} to {b}", "{i} from {b} down to {a}",
                       "{i} ∈ [{a}, {b}]", "{i} = {a}:{b}"])  # fmt: skip
    return form.format(ends, i=index, a=a, b=b), f"{a} <= t <= {b}"


def conditioned(rng, name):
    """A line with a condition, whether it is right at the steps that are claimed, and whether any are."""
    body, right = rng.choice(LINES[name])
    index = rng.choice("tttk" if "ds_T" not in body else "t")
    said, python = (relation if rng.random() < 0.7 else listed)(rng, index)
    line, way = step(body, index, rng), rng.random()
    if way < 0.4:
        text = rng.choice(BEHIND).format(line, said)
    elif way < 0.75:
        text = rng.choice(WORDED).format(line, said, w=rng.choice(WORDS))
    elif way < 0.9 and index == "t":
        text = rng.choice(BEFORE).format(line, c=said)
    else:
        text = re.sub(r" = ", lambda found: f" ({said}) = ", line, count=1)
    if way < 0.3 or 0.4 < way < 0.6:  # which takes no step from what is claimed
        text = "\n".join(rng.sample([text, BESIDE[name]], 2))
    steps = [(T, [t for t in range(1, T + 1) if eval(python, {}, {"t": t, "T": T})]) for T in LENGTHS]
    return text, all(right(t, T) for T, some in steps for t in some), all(some for _, some in steps)


@pytest.mark.parametrize(("name", "k"), sampled(itertools.product(LINES, range(6)), 9))
def test_a_line_is_right_if_it_is_at_the_steps_that_its_condition_claims(name, k, random_seed, undiagnosed):
    rng, d, count = random.Random(f"{random_seed} {name} {k}"), derivation(name), 0
    for drawn in range(200):
        if drawn >= 25 and count:
            break
        text, right, some = conditioned(rng, name)
        verdict = d.check(text)
        wanted = (
            {"equal", "equal if"} if right and some else {"not equal", *["unreadable"] * (not some)}
        )  # step 2 is the last one where T is 2
        wanted |= {"unreadable"} if re.match(r"(?:for|für|pour) \w = [1T]\W+[1T] ?:", text) else set()  # the head of a loop
        assert verdict.kind in wanted and (verdict.kind != "equal if" or "T >= " in str(verdict)), f"{text}\n{verdict}"
        count += verdict.equal
    assert count


UNREAD = ["(t even)", "(t ≥ T or t = 1)", "(t > T)", "(t < 1)", "(t ∈ (1, T))", "(t = 1, 3, ..., T)", "(T > 1)", "(t ≪ T)",
             "(1 < k < T)", ", t odd",
          "(t < T/2)", "(t < 2T)", "[t mod 2 = 0]", "(t ≥ T, t = 1)", "at the last step", "(first step)", "unless t = T", "(not t = T)",
             "for t < 999",
          "(t < S)", "(t < T) (t > 1) (t = 1)", "(t = T) wrong", "t ∈ T"]  # fmt: skip


@pytest.mark.parametrize("said", UNREAD)
def test_what_is_no_condition_that_is_read_is_refused(said):
    for line in ("dh_t = V^T ds_t", "dh_t = V^T ds_t + W^T da_{t+1}"):
        for text in (f"{line} {said}", f"{said}: {line}"):
            assert derivation("rnn-tanh").check(text).kind in ("unreadable", "not decided"), text


@pytest.mark.parametrize(("line", "right"), [
    ("dh_{t-1} = V^T ds_{t-1}", ["(t = T+1)"]),
    ("dh_{t-1} = V^T ds_{t-1} + W^T da_t + W^T W^T da_{t+1}", ["(t ≥ T)", "(t = T)"]),
    ("dh_{t+1} = V^T ds_{t+1}", ["(t = T-1)", "(t > T-2, t < T)", "(t ≥ T-1, t ≠ T)"])])  # fmt: skip
def test_a_condition_is_on_the_index_and_not_on_the_step_of_the_left_side(line, right):
    """Of dh_{t-1} the condition t > 1 claims all steps but the last, and one on t of the model's own steps what it says."""
    for said in [*right, "(t > 1)", "(t < T)", "(1 < t ≤ T)", "for t = 2, ..., T-1", "(t = T-2)"]:
        assert derivation("rnn-tanh").check(f"{line} {said}").equal == (said in right), said


@pytest.mark.parametrize("mark", ["# {}", "// {}", "% {}", "/* {} */"])
def test_a_condition_in_a_comment_is_said_to_be_unread(mark):
    for said in ("t = T", "for t < T", "t > 1"):
        verdict = derivation("rnn-tanh").check(f"dh_t = V^T ds_t + W^T da_{{t+1}}  {mark.format(said)}")
        assert verdict.equal and f"what a comment says of an equation is not read: `{said}`" in verdict.sentences
        assert not derivation("rnn-tanh").check(f"dh_t = V^T ds_t  {mark.format(said)}").equal


def test_what_is_a_factor_is_no_condition():
    d = derivation("rnn-many-to-one")
    for factor in ("1{{{}}} {}", "1({}) {}", "({}) {}", "𝟙[{}] {}", "{1} * ({0})", "{1} 1{{{0}}}", "{1} ⊙ 1({0})", "\\mathbb{{1}}[{}] {}"):
        last, others = factor.format("t >= T", "V^T ds_T"), factor.format("t < T", "W^T da_{t+1}")
        assert d.check(f"dh_t = W^T da_{{t+1}} + {last}").equal, last
        assert not d.check(f"dh_t = W^T da_{{t+1}} + {factor.format('t < T', 'V^T ds_T')}").equal, factor
        assert d.check(f"dh_t = {others} + {last}").kind != "not equal", last
    found = d.check("dh_t = V^T ds_T [t = T]")
    assert found.equal and "`[t = T]` is read as the steps for which the line is" in str(found)


PARTS = [["for all t"], ["t < T", "t == T"], ["t > 1", "t == 1"], ["1 < t < T", "t == 1", "t == T"], ["t < T-1", "t >= T-1"],
         ["t <= T", "t == T+1"],
         ["t != 2", "t == 2"]]  # fmt: skip


def added(rng):
    """Lines that add to dh, each at some steps, and whether each of two terms is added there once; None of steps beyond the end alone."""
    lines, counts = [], {(T, t, k): 0 for T in LENGTHS for t in range(1, T + 1) for k in range(2)}
    for k, term in enumerate(("V^T ds_{}", "W^T da_{+1}")):
        parts = list(rng.choice(PARTS))
        if rng.random() < 0.4:
            k_th = rng.randrange(len(parts))
            parts[k_th : k_th + 1] = rng.choice([[], [parts[k_th]] * 2, ["t < T"], ["t == T"], ["t > 1"]])
        for part in parts:
            python = "True" if part == "for all t" else part
            for T, t in itertools.product(LENGTHS, range(1, LENGTHS[-1] + 1)):
                counts[T, t, k] = counts.get((T, t, k), 0) + bool(eval(python, {}, {"t": t, "T": T}))
            fixed = re.fullmatch(r"t == (T|1|2)", part)
            index = fixed[1] if fixed and rng.random() < 0.5 else "t"
            line = step(f"dh_{{}} += {term}", "t", rng)
            if index != "t":
                line = re.sub(r"(?<![a-zA-Z])t(?![a-zA-Z])", index, line.replace("_t", "_{t}")).replace("1+1", "2").replace("2+1", "3")
            shifted = f"dh_{{t-1}} += {re.sub('_{}', '_{-1}', term).replace('_{+1}', '_{}')}"
            if part == "for all t" and k == 1 and rng.random() < 0.3:
                line = step(shifted.replace("dh_{t-1}", "dh_{-1}"), "t", rng)
            lines.append(line if index != "t" or part == "for all t" else f"{line}  ({part})")
    rng.shuffle(lines)
    asked = {(T, t) for (T, t, _), n in counts.items() if n and t <= T}
    once = all(n == 1 for (T, t, k), n in counts.items() if (T, t) in asked and not (k == 1 and t == T))  # beyond the end is nothing to add
    return "\n".join(lines), once if asked else None


@pytest.mark.parametrize("k", sampled(range(8), 8))
def test_lines_that_add_to_one_adjoint_at_some_steps_are_their_sum_at_each(k, random_seed, undiagnosed):
    rng, d, right = random.Random(f"{random_seed} added {k}"), derivation("rnn-tanh"), 0
    for _ in range(25):
        text, once = added(rng)
        verdict = d.check(text)
        assert once is None or (verdict.kind in ("equal", "equal if")) == once, f"{text}\n{verdict}"
        right += once or 0
    assert right


def test_one_line_that_adds_is_said_to_be_read_as_the_whole():
    d, told = derivation("rnn-tanh"), "`+=` on one line alone is read as `=`"
    assert told in d.check("dh_t += V^T ds_t + W^T da_{t+1}").sentences
    for text in (
        "dh_t += V^T ds_t",
        "dh_t += V^T ds_t (t < T)",
        "dh_{t-1} += W^T da_t",
        "dh_T = V^T ds_T\ndh_T += V^T ds_T",
        "db_h = Σ_t da_t\ndb_h += da_t",
    ):
        assert not d.check(text).equal, text


@pytest.mark.parametrize("text", ["sum(np.outer(da[t], x) for t in range(T))", "Σ_t da_t x^T", "Σ da x_t^T", "Sum(outer(da, x[t]), t)",
                                  "\\sum_{t=1}^T \\delta_t x^\\top", "sum([np.outer(da, x[t]) for t in range(1, T+1)])",
                                  "sum(np.outer(da, x) for t in range(T))"])  # fmt: skip
def test_a_sum_over_the_steps_has_the_step_of_all_that_it_adds_or_of_none(text):
    d = derivation("rnn-tanh")
    verdict = d.check(f"dW_xh = {text}")
    assert verdict.kind == "unreadable" and "has no step in a sum" in str(verdict), verdict
    assert d.check("dW_xh = Σ_t da x^T").equal and d.check("dW_xh = Σ_t da_t x_t^T").equal


def test_a_gradient_as_one_vector_is_said_to_have_another_shape():
    for text in ("np.ravel(Σ_t da_t h_{t-1}^T)", "(Σ_t da_t h_{t-1}^T).flatten()", "ravel(Sum(outer(da[t], h[t-1]), t))"):
        verdict = derivation("rnn-tanh").check(f"dW_hh = {text}")
        assert verdict.equal and "one vector, row after row" in str(verdict)
        assert not derivation("rnn-tanh").check(f"dW_hh = {text.replace('h_{t-1}', 'h_t').replace('h[t-1]', 'h[t]')}").equal


BETWEEN = ["⊙", "∘", "\\odot", "*", "\\circ"]


def test_which_of_two_products_comes_first_is_said_where_both_have_shapes_and_brackets_are_kept(random_seed):
    """``Wᵀ a ⊙ b`` is read from the left, and from the right only where there is no other way and no bracket says so."""
    rng, d = random.Random(random_seed), ar.derive(ar.Model(ar.RNN(3, 3), output_size=3))
    sign, turned = rng.choice(BETWEEN), rng.choice(["^T", "^\\top", "ᵀ", "'"])
    told = "is multiplied first, and then element by element"
    found = d.check(f"da_{{t-1}} = W{turned} da_t {sign} (1 - h_{{t-1}}²) + (V{turned} ds_{{t-1}}) {sign} (1 - h_{{t-1}}²)")
    assert found.equal and sum(told in said for said in found.sentences) == 1
    for right in (f"W{turned} ((1 - h_t²) {sign} dh_t)", f"W{turned} da_t"):
        found = d.check(f"dh_{{t-1}} = {right} + V{turned} ds_{{t-1}}")
        assert found.equal and told not in str(found)
    found = d.check(f"dh_{{t-1}} = W{turned} dh_t {sign} (1 - h_t²) + V{turned} ds_{{t-1}}")
    assert found.kind == "not equal" and told in str(found)
    assert "from left to right it has no shape" in str(d.check(f"dx_t = U{turned} dh_t {sign} (1 - h_t²)"))
    code = ["np.dot(U.T, dh_t) * (1 - h_t²)", "(U.T @ dh[t]) * (1 - h[t]**2)", "U.T @ dh[t] * (1 - h[t]**2)"]
    for text in (*code, f"(U{turned} dh_t) {sign} (1 - h_t²)", f"2/2 (U{turned} dh_t) {sign} (1 - h_t²)"):
        assert d.check(f"dx_t = {text}").kind == "ill-typed", text


@pytest.mark.parametrize(("factor", "right"), [("1   ({})", "<"), ("1 ({})", ""), ("1({})", ""), ("1{{{}}}", ""), ("1,  ({})", "<")])
def test_a_number_in_front_of_a_condition_is_a_factor_of_it_where_they_touch(factor, right):
    """``V^T ds_t`` is the whole adjoint at the last step, and what it has in common with those of others."""
    line = "dh_t = (V^T ds_t) * " if right else "dh_t = V^T ds_t + W^T da_{t+1} * "
    for sign in "<=":
        text = line + factor.format(f"t {sign} T")
        assert derivation("rnn-tanh").check(text).equal == (sign == ("=" if right else "<")), text


@pytest.mark.parametrize(("said", "once"), [("(1 ≤ t ≤ T)", False), ("(t ≤ T)", False), ("(T ≥ t)", False), ("(t < T)", True), ("", True)])
def test_a_name_that_is_said_of_all_steps_has_no_other_line_for_one(said, once):
    text = f"u_t = W^T da_{{t+1}}  {said}\nu_T = V^T ds_T\ndh_t = u_t"
    assert derivation("rnn-many-to-one").check(text).equal == once


@pytest.mark.parametrize("said", ["for all t", "for t = 1, ..., T", "(t ≤ T)", "for every t"])
@pytest.mark.parametrize("words", ["{}. This follows from the chain rule.", "{}, by the chain rule as shown.", "{}"])
def test_words_behind_a_condition_do_not_take_it_away(said, words):
    text = f"We now derive the gradient of the hidden state.\ndh_t = W^T da_{{t+1}} {words.format(said)}\ndh_T = V^T ds_T"
    assert not derivation("rnn-many-to-one").check(text).equal


def test_a_condition_in_octaves_sign_is_the_opposite_one(undiagnosed):
    line = "dh_t = W_hy^T ds_t for t {} T"
    assert derivation("rnn-tanh").check(line.format("=")).equal and not derivation("rnn-tanh").check(line.format("~=")).equal
    assert derivation("rnn-tanh").check("dh_t = W_hy^T ds_t + W_hh^T da_{t+1} for t ~= T").equal
