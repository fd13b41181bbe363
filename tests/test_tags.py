"""Nets of several cells in the notations of books: layers, directions and the two nets of a translator above, below or over a name. Every
derived equation is written in a notation at random, right and with one slip; the writer here shares nothing with the reader."""

import random
import re

import pytest

import autograd_rnn as ar
from tests.test_derive import MODELS

NAME = re.compile(
    r"(?<![a-z])(?P<d>d?)(?:(?P<matrix>[Wb])(?P<of>1f|1b|1|2|f|b|enc|dec|)_(?P<sub>[a-z]{1,2})"
    r"|(?P<base>[ahsxpy])(?P<tag>1f|1b|1|2|f|b|enc|dec|)_(?P<step>\{[^}]*\}|[tTS0-9]))(?P<turned>ᵀ?)(?P<square>²?)"
)
LAYERS = {"": ("", ""), "(": ("(", ")"), "[": ("[", "]")}
DIRECTIONS = [{"f": "f", "b": "b"}, {"f": "fw", "b": "bw"}, {"f": r"\rightarrow", "b": r"\leftarrow"}, {"f": "→", "b": "←"}]
TRANSLATORS = [{"enc": "enc", "dec": "dec"}, {"enc": "e", "dec": "d"}]
DEEP = [{"1f": "1f", "1b": "1b", "2": "2"}, {"1f": "1,f", "1b": "1,b", "2": "2"}, {"1f": r"1,\rightarrow", "1b": r"1,\leftarrow", "2": "2"}]
LETTERS = {"W_xh": "U", "W_hh": "W", "W_hy": "V", "b_h": "b", "b_y": "b_{y}"}
NETS = {
    "stacked": ([{"1": "1", "2": "2"}], {"1": "2", "2": "1"}),
    "bidirectional": (DIRECTIONS, {"f": "b", "b": "f"}),
    "bidirectional-many-to-one": (DIRECTIONS, {"f": "b", "b": "f"}),
    "encoder-decoder": (TRANSLATORS, {"enc": "dec", "dec": "enc"}),
    "stacked-bidirectional": (DEEP, {"1f": "1b", "1b": "1f"}),
}


class Notation:
    """One way to write the names of a net. ``place``: where the tag stands."""

    def __init__(self, rng, net):
        self.tags = rng.choice(NETS[net][0])
        places = ["behind", "before"] + ["below", "after", "under"] * (net == "stacked") + ["over", "graves"] * ("bidir" in net[:6])
        self.place, self.marks = rng.choice(places), LAYERS["([" [rng.randrange(2)]]  # fmt: skip
        self.marks = ("", "") if self.place == "before" and rng.random() < 0.5 else self.marks
        self.short = self.place != "graves" and rng.random() < 0.5
        self.adjoint = rng.choice([r"\frac{\partial L}{\partial %s}", "∂L/∂%s", "dL/d%s", r"\nabla_{%s} L", "d%s"])
        self.delta = self.place != "under" and rng.random() < 0.5  # δ_{t,1} is Kronecker's
        self.sums = rng.choice([r"\sum_t", r"\sum_{t}"])

    def tagged(self, base, below, tag, moving):
        """A name with its tag."""
        under, above = f"_{{{below}}}" * bool(below), f"^{{{self.tags[tag].join(self.marks)}}}"
        if self.place == "over" or self.place == "graves" and moving:
            return {"f": r"\overrightarrow{%s}", "b": r"\overleftarrow{%s}"}[tag] % base + under
        if self.place == "graves":
            arrow = {"f": r"\overrightarrow{h}", "b": r"\overleftarrow{h}"}[tag]
            return f"{base}_{{{below.replace('h', arrow)}}}"
        if self.place in ("below", "under") and (moving or below):
            return f"{base}_{{{tag},{below}}}" if moving and self.place == "below" else f"{base}_{{{below},{tag}}}"
        if self.place == "after" and moving:
            return f"{base}^{{{self.marks[0]}{tag}{self.marks[1]},{below}}}"
        return base + above + under if self.place == "before" else base + under + above

    def written(self, m):
        """One name as this has it, of what `NAME` found."""
        moving, tag = m["matrix"] is None, (m["tag"] if m["matrix"] is None else m["of"])
        base, below = (m["base"], m["step"].strip("{}").replace(" ", "")) if moving else (m["matrix"], m["sub"])
        base, below = (LETTERS[f"{base}_{below}"], "") if not moving and self.short else (base, below)
        error = m["d"] and moving and base == "a" and self.delta
        text = self.tagged(r"\delta" if error else base, below, tag, moving) if tag else base + f"_{{{below}}}" * bool(below)
        text = text if error or not m["d"] else self.adjoint % text
        return (f"({text})^2" if m["square"] else text) if not m["turned"] else f"{{{text}}}^\\top"

    def line(self, text):
        """A line of the derivation; a_{1,2} is of layer 1, whichever number is the step."""
        self.place = "behind" if self.place == "under" and re.search(r"_[01]", text) else self.place
        text = NAME.sub(self.written, re.sub(r"Σ_t", lambda _: self.sums, text))
        return text.replace("⊙", r"\odot").replace("tanh", r"\tanh").replace("softmax", r"\mathrm{softmax}")


def slip(text, swap, rng):
    """A line with one wrong tag or step on its right side."""
    left, right = text.split(" = ", 1)
    new = {"t": ["{t+1}", "{t-1}"], "{t+1}": ["{t-1}", "t"], "{t-1}": ["{t+1}", "t"]}
    found = []
    for m in NAME.finditer(right):
        group = "tag" if m["matrix"] is None else "of"
        found += [(m.span(group), swap[m[group]])] if m[group] in swap else []
        found += [(m.span("step"), step) for step in new.get(m["step"], ()) if m["base"] not in ("y", "p")]
    (start, end), instead = rng.choice(found) if found else ((0, 0), "")
    return f"{left} = {right[:start]}{instead}{right[end:]}" if found else None


@pytest.mark.parametrize("net", NETS)
def test_layers_and_directions_are_read_wherever_they_stand(net, random_seed, undiagnosed):
    rng, derivation = random.Random(f"{random_seed} {net}"), ar.derive(MODELS[net]())
    lines = f"{derivation.text()}\n{derivation.forward}".splitlines()
    lines = [line for line in lines if NAME.match(line) and not re.search(r"\[|, |S", line)]
    for _ in range(12):
        line = rng.choice(lines)
        text = Notation(rng, net).line(line)
        assert derivation.check(text).kind in ("equal", "equal if"), (line, text, str(derivation.check(text)))
        if (wrong := slip(line, NETS[net][1], rng)) is not None:
            text = Notation(rng, net).line(wrong)
            assert derivation.check(text).kind in ("not equal", "ill-typed"), (wrong, text, str(derivation.check(text)))


@pytest.mark.parametrize("net", NETS)
def test_a_delta_of_one_layer_is_that_of_no_other(net, random_seed, undiagnosed):
    """On the left side too, where it is a name that the line itself makes; and where one δ is read as da, no other is dh."""
    rng, derivation = random.Random(f"{random_seed} {net}"), ar.derive(MODELS[net]())
    rights = [line.split(" = ") for line in derivation.text().splitlines() if "   " not in line]
    rights = [(left, right) for left, right in rights if re.match(r"d[ah]\w+_t$", left) and "[" not in right]
    for left, right in rights:
        tag, notation = NAME.match(left)["tag"], Notation(rng, net)
        notation.place, notation.delta = ("behind" if notation.place == "under" else notation.place), False
        for other in (tag, NETS[net][1].get(tag, tag)):
            text = notation.tagged(r"\delta", "t", other, True) + " = " + notation.line(right)
            verdict = derivation.check(text)
            assert (verdict.kind in ("equal", "equal if")) == (other == tag), (text, str(verdict))
    if net == "stacked":
        mixed = r"\delta_t^{(1)} = W_{xh}^{(2)T} \delta_t^{(2)} + W_{hh}^{(1)T} \frac{\partial L}{\partial a_{t+1}^{(1)}}"
        assert derivation.check(mixed).kind == "not equal"


def test_a_gate_a_step_and_a_layer_stand_below_in_either_order(random_seed, undiagnosed):
    rng, derivation = random.Random(random_seed), ar.derive(ar.Model(ar.Stacked([ar.LSTM(2, 3), ar.GRU(3, 3)]), 4))
    for layer, gate in rng.sample([("1", "i"), ("1", "f"), ("1", "g"), ("1", "o"), ("2", "r"), ("2", "z"), ("2", "n")], 3):
        for below in (f"{layer},{gate},t", f"{gate},t,{layer}"):
            left = rf"\frac{{\partial L}}{{\partial W_{{x{gate},{layer}}}}} = \sum_t \frac{{\partial L}}{{\partial a_{{{below}}}}} "
            given, wrong = ("x_{t}", "x_{t+1}") if layer == "1" else ("h_{1,t}", "h_{2,t}")
            assert derivation.check(rf"{left} {given}^\top").kind == "equal", (left, given)
            assert not derivation.check(rf"{left} {wrong}^\top"), (left, wrong)


PROGRAMS = {"f": ("f", "fw", "fwd", "forward"), "b": ("b", "bw", "bwd", "backward")}


@pytest.mark.parametrize("net", ["stacked", "bidirectional", "encoder-decoder", "stacked-bidirectional"])
def test_a_weight_has_its_tag_at_its_end_in_programs(net, random_seed, undiagnosed):
    """``Whh2``, ``W_hh_dec``, ``bh_fwd``: those of layers were read with one line between their parts alone."""
    rng, d = random.Random(f"{random_seed} {net} programs"), ar.derive(MODELS[net]())
    tags = list(NETS[net][1])
    for tag in tags:
        said = rng.choice(PROGRAMS.get(tag, (tag,)))
        for right, (own, state) in ((True, (tag, tag)), (False, (tag, NETS[net][1][tag])), (False, (NETS[net][1][tag], tag))):
            letter = "S" if own == "dec" else "T"
            before = "{t+1}" if own[-1:] == "b" else "{t-1}"
            line = f"Σ_{{t=1}}^{letter} da{own}_t h{state}_{before}^T" + " + dadec_1 henc_T^T - dadec_1 hdec_0^T" * (own == "dec")
            name = f"dW{rng.choice(['', '_'])}hh{rng.choice(['', '_'])}{said}"
            assert d.check(f"{name} = {line}").equal == right, (name, line)
            bias = f"db{rng.choice(['', '_'])}h{rng.choice(['', '_'])}{said}"
            assert d.check(f"{bias} = Σ_{{t=1}}^{letter} da{own}_t").equal == (own == tag), (bias, own)
