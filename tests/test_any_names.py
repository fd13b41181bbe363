"""What a name may be, asked where it is given; labels of pictures may be any text, and every format is well-formed all the same."""

import random
import subprocess
import sys
import xml.dom.minidom

import numpy as np
import pytest

import autograd_rnn as ar

UNNAMEABLE = ["", " ", "a\nb", "a\0", "\x1b[2J", "\x9b2J", "\ud800", "a\ufffe", "\u202eh", "\u2028", "\ufeffh", "x" * 61, "a\tb"]
NAMEABLE = ["a b", "W&\"'", "<b>", "}{", "漢", "\\", "%", "$x$", "x" * 60, "é_1", "🐍", "]]>", "--", "\\N", "&amp;", "%d", "{}"]


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


@pytest.mark.parametrize("what", ["parameter", "quantity", "state", "class"])
def test_whatever_can_be_a_name_is_drawn_derived_and_saved(what):
    for name in NAMEABLE[:: 1 if what == "state" else 3]:
        model = net(what, name)
        run = model.unroll(np.ones((2, 2)), [0, 1])
        run.backward()
        for level in ("block", "cell", "op"):
            picture = ar.draw(run, level=level)
            xml.dom.minidom.parseString(picture.svg())
            assert picture.tex() and picture.source
        assert str(ar.derive(model)) and str(run.tape)


JUNK = """
import random, sys, xml.dom.minidom
import numpy as np
import autograd_rnn as ar
rng = random.Random(int(sys.argv[1]))
pieces = [chr(k) for k in (*range(0x20), *range(0x7e, 0xa1), 0x202e, 0x2028, 0xfffe, 0xffff, 0xd800, 0xdfff, 0x1f40d, 0x1ffff)]
pieces += ['"', "<", ">", "&", "\\\\", "\\\\N", "\\\\n", "%", "$", "{", "}", "]]>", "<!--", "<script>", "&#0;", "x" * 300, "h", "_", "^"]
run = ar.Model(ar.RNN(2, 3), output_size=2).unroll(np.ones((3, 2)), [0, 1, 0])
for k in range(25):
    labels = ["".join(rng.choice(pieces) for _ in range(rng.randrange(12))) for _ in range(3)]
    picture = ar.draw(run, labels=labels, level=rng.choice(["block", "cell", "op"]))
    try:
        xml.dom.minidom.parseString(picture.svg())
        picture.tex().encode(), picture.source.encode()
        k % 5 or picture.png()
    except ar.drawing.NoGraphviz:
        pass
    except Exception as error:
        sys.exit(f"{labels!r}: {error!r}")
"""


def test_labels_may_be_any_text_in_every_format(random_seed):
    """In a process of its own: what is wrong with a text may end the renderer's."""
    done = subprocess.run([sys.executable, "-c", JUNK, str(random.Random(random_seed).randrange(10**9))], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
