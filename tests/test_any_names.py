"""What a name may be, asked where it is given; labels of pictures may be any text, and every format is well-formed all the same."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar
from tests.odd_names import name

UNNAMEABLE = ["", " ", "a\nb", "a\0", "\x1b[2J", "\x9b2J", "\ud800", "a\ufffe", "\u202eh", "\u2028", "\ufeffh", "x" * 61, "a\tb"]
SHAPELESS = [0xAD, 0x34F, 0x115F, 0x17B4, 0x180E, 0x200B, 0x2060, 0x206F, 0x3164, 0xFFA0, 0xFFF9, 0xE0001, 0xE0041, 0x202A, 0xFFFE]


class Own(ar.Cell):
    odd_parameter, odd_quantity, odd_state = "W_hh", "a", "h"

    def shapes(self):
        return {self.odd_parameter: (self.hidden_size, self.input_size)}

    def step(self, p, x, h):
        a = getattr(p, self.odd_parameter) @ x + 0.5 * h
        return {self.odd_quantity: a, self.odd_state: ar.tanh(a)}


def net(what, name):
    """A net with an odd name in it."""
    if what == "class":
        kind = type(name.replace("\0", "\1").encode("utf-8", "replace").decode() if "\0" in name or "\ud800" in name else name, (Own,), {})
    else:
        extra = {"states": (name,), "output": name} if what == "state" else {}
        kind = type("Odd", (Own,), {f"odd_{what}": name, **extra})
    return ar.Model(kind(2, 3), output_size=2)


def operation(name):
    """An operation of a person's own by an odd name."""

    def forward(x):
        return x

    forward.__name__ = name
    return ar.op("{}", lambda g, y, x: g)(forward)


GIVEN = {
    "tensor": lambda name: ar.tensor([1.0], name=name),
    "renamed": lambda name: setattr(ar.tensor([1.0]) * 2, "name", name),
    "place": lambda name: ar.scope(cell=name or " "),
    "operation": operation,
    **{what: lambda name, what=what: net(what, name).unroll(np.ones((1, 2)), [0]) for what in ("parameter", "quantity", "state", "class")},
}


@pytest.mark.parametrize("what", sorted(GIVEN))
@pytest.mark.parametrize("name", UNNAMEABLE, ids=ascii)
def test_what_cannot_be_a_name_is_refused_where_it_is_given(what, name):
    if what == "class" and ("\0" in name or "\ud800" in name):
        pytest.skip("Python refuses such a class itself")
    with pytest.raises(ValueError, match="name|place's cell") as caught:
        GIVEN[what](name)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 300
    for other in (3, None, b"x") if what == "tensor" else ():
        if other is not None:
            with pytest.raises(TypeError, match="a name is a string"):
                GIVEN[what](other)


@pytest.mark.parametrize("what", ["tensor", "class", "state"])
def test_what_has_no_shape_is_in_no_name(what, random_seed):
    """Wherever it stands; beside others what joins them may be there."""
    rng = random.Random(f"{random_seed} {what}")
    for _ in range(20):
        seen, hidden = name(rng)[:40], chr(rng.choice(SHAPELESS))
        k = rng.randrange(len(seen) + 1)
        with pytest.raises(ValueError, match="holds characters that cannot be seen") as caught:
            GIVEN[what](seen[:k] + hidden + seen[k:])
        assert hidden not in str(caught.value) and ascii(hidden)[1:-1] in str(caught.value)
    GIVEN[what]("a" + rng.choice("\u200c\u200d\ufe0f") + "b")
    with pytest.raises(ValueError, match="name"):
        GIVEN[what](rng.choice("\u200c\u200d\ufe0f \xa0") * rng.randrange(1, 60))


@pytest.mark.parametrize("count, latex", [(3, []), *(pytest.param(*case, marks=pytest.mark.sweep) for case in ((20, []), (4, ["LATEX"])))])
def test_odd_names_and_labels_in_every_format(count, latex, random_seed):
    """In a process of its own: what is wrong with a text may end the renderer's."""
    if latex and not (shutil.which("pdflatex") and subprocess.run(["kpsewhich", "tikz.sty", "beamer.cls"], capture_output=True).stdout):
        pytest.skip("there is no LaTeX with TikZ and beamer on the path: nothing is compiled")
    command = [sys.executable, "-m", "tests.odd_names", str(random_seed), str(count), *latex]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-500:] + done.stderr[-3000:]
