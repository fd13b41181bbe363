"""Whoever does what an error says is understood: each refused line, changed as its sentence has it, is read, and right where it was right
but for that."""

import random
import re

import pytest

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.formulas.mistakes.mutate import renamed
from autograd_rnn.formulas.reading.shapes import shapes
from tests.sampling import sampled
from tests.test_check import derivation

NETS = ["rnn-tanh", "rnn-many-to-one", "lstm", "gru-before-keep", "stacked", "encoder-decoder"]
STYLES = ["ascii", "text", "latex"]
NAME = re.compile(r"(?:\\mathrm\{d\})?[^\W\d]\w*(?:\^\{\w+\})?(?:_\{\w+\})?")
PARAMETER = re.compile(r"W\w*(?:_\{\w+\})?")
TURNED = re.compile(r"(W\w*?(?:_\{\w+\}|_\w+?)?)(\.T\b|ᵀ|\^\{\\top\})")


def misspelled(line, style, rng):
    """A parameter with one letter too many, or two of them exchanged."""
    found = rng.choice(list(PARAMETER.finditer(line)))
    name = found[0]
    k = rng.randrange(len(name.rstrip("}")) - 1, len(name.rstrip("}"))) + 1
    other = name[:k] + name[k - 1] + name[k:]
    return line[: found.start()] + other + line[found.end() :]


def respelled(line, verdict):
    """The name at the mark as the sentence has it."""
    sentence, shown, mark = verdict.sentences[-1].split("\n")
    at = line.index(shown.strip()) + len(mark) - 1 - (len(shown) - len(shown.lstrip()))
    found = NAME.match(line, at)
    assert found, (line, sentence)
    return line[:at] + re.search(r"did you mean `([^`]+)`", sentence)[1] + line[found.end() :]


def upright(line, style, rng):
    """A transpose forgotten."""
    found = rng.choice(list(TURNED.finditer(line)))
    return line[: found.start()] + found[1] + line[found.end() :]


def turned(line, verdict):
    """What would fit, in place of what does not."""
    wanted = re.search(r"`([^`]+)` would fit", verdict.sentences[-1])[1]
    bare = re.sub(r"\.T$|ᵀ$|\^\{\\top\}$|\^T$", "", wanted)
    return re.sub(rf"(?<![\w}}]){re.escape(bare)}(?!\.T|ᵀ|\^|\w)", lambda _: wanted, line)


def in_rows(line, style, rng):
    """A product in the row layout among others in columns."""
    found = rng.choice(list(re.finditer(r"(W\w*)ᵀ (\w+_(?:\w\b|\{[^}]*\}))", line)))
    return line[: found.start()] + f"{found[2]} {found[1]}" + line[found.end() :]


def in_columns(line, verdict):
    """The product as the sentence has it."""
    wanted = re.search(r"in columns it is `([^`]+)`", verdict.sentences[-1])[1]
    matrix, column = re.fullmatch(r"(\w+)ᵀ (.+)", wanted).groups()
    return line.replace(f"{column} {matrix}", wanted)


def with_a_step(line, style, rng):
    """A parameter with a step, which it has not."""
    found = rng.choice(list(re.finditer(r"(?<![d\w])W\w*", line)))
    return line[: found.end()] + "[t]" + line[found.end() :]


def without_it(line, verdict):
    """The name that the sentence quotes without a step."""
    name = re.search(r"`(\w+)` is the same at every step", verdict.sentences[-1])[1]
    return line.replace(f"{name}[t]", name)


def undiagonal(line, style, rng):
    """A Jacobian with a column in front of a matrix."""
    return "∂h[t]/∂h[t-1] = (1 - h[t]**2) @ W_hh"


def diagonal(line, verdict):
    return f"∂h[t]/∂h[t-1] = {re.search(r'it is `([^`]+)`', verdict.sentences[-1])[1]}"


WAYS = {
    "misspelled": (misspelled, "did you mean", respelled, STYLES, NETS),
    "upright": (upright, "would fit", turned, STYLES, NETS),
    "in rows": (in_rows, "in columns it is", in_columns, ["text"], NETS),
    "with a step": (with_a_step, "is the same at every step", without_it, ["ascii"], NETS),
    "no diagonal": (undiagonal, "as the diagonal matrix it is", diagonal, ["ascii"], ["rnn-tanh"]),
}


@pytest.mark.parametrize("way", sampled(WAYS, 2))
def test_who_does_what_an_error_says_is_understood(way, random_seed):
    spoilt, said, mended, styles, nets = WAYS[way]
    rng, followed = random.Random(f"{random_seed} {way}"), 0
    while followed < 8:
        d, style = derivation(rng.choice(nets)), rng.choice(styles)
        line = show(rng.choice([q for q in d.equations if not q.where])._replace(where=""), style)
        try:
            wrong = spoilt(line, style, rng)
        except IndexError:  # there is none of that in it
            continue
        verdict = d.check(wrong)
        if verdict.exit_code != 2 or said not in verdict.sentences[-1]:
            continue
        again = mended(wrong, verdict)
        after = d.check(again)
        assert after.equal or after.kind == "not equal" and way == "misspelled", f"{wrong}\n{verdict}\n{again}\n{after}"
        followed += 1


def alike(d, left):
    """What two adjoints share that could stand for one another: the shape, and how many steps they have."""
    return shapes(d).names[left.name], d.letters[left.name]


@pytest.mark.parametrize("net", NETS)
def test_the_adjoint_of_another_quantity_is_named(net, random_seed):
    """A gate's adjoint that is its pre-activation's, and a delta by the name of a state: each is said to be what it is."""
    rng, d, told = random.Random(f"{random_seed} {net}"), derivation(net), 0
    running = [q for q in d.equations if q.left.time == e.Time("t", 0) and not isinstance(q.right, e.Sym) and not q.where]
    pairs = [(a, b) for a in running for b in running if a.left != b.left and alike(d, a.left) == alike(d, b.left)]
    for one, other in rng.sample(pairs, min(6, len(pairs))):
        for right in dict.fromkeys((one.right, renamed(one.right, one.left, other.left))):
            verdict = d.check(f"{show(other.left, 'ascii')} = {show(right, 'ascii')}")
            mixed = right != one.right and any((s.name, s.adjoint) == (other.left.name, True) for s in e.symbols(one.right))
            if verdict.equal or other.left in e.nodes(right) or mixed:
                continue
            meant = show(one.left, "ascii")
            assert f"his is `{meant}`, the adjoint of `{meant[1:]}`, and not of `{show(other.left, 'ascii')[1:]}`" in verdict.sentences[0]
            told += 1
    assert told or len(pairs) < 2
