"""What is handed in as files: programs written in the ways that people write them are read, and what cannot be is said in a sentence."""

import io
import itertools
import json
import os
import random
import re
import zipfile

import pytest

from autograd_rnn.grader import Grader
from autograd_rnn.grader.files import LARGEST, LETTERS, MEMBERS, Unreadable
from autograd_rnn.grader.submission import read
from tests.sampling import sampled
from tests.submissions import RIGHT, without
from tests.test_grader_hostile import COURSE


@pytest.fixture(scope="module")
def grader(tmp_path_factory):
    path = tmp_path_factory.mktemp("course") / "course.toml"
    path.write_text(COURSE)
    with Grader(path, seed=3) as one:
        yield one


IMPORT = "import numpy as np\n"
HELPED = RIGHT.replace("np.tanh(x.dot(Wx)", "tanh(x.dot(Wx)", 1)  # needs a function tanh of its own
assert HELPED != RIGHT


def before(place, *lines):
    """The right text with lines before the first place where it says something."""
    assert f"    {place}" in RIGHT
    return RIGHT.replace(f"    {place}", "".join(f"    {line}\n" for line in lines) + f"    {place}", 1)


PROGRAMS = {
    "a byte order mark": b"\xef\xbb\xbf" + RIGHT.encode(),
    "lines of another system": RIGHT.replace("\n", "\r\n"),
    "lines of an old system": RIGHT.replace("\n", "\r"),
    "a named encoding": b"# -*- coding: latin-1 -*-\n# \xe9\n" + RIGHT.encode(),
    "another named encoding": "# coding: cp1251\n# привет\n".encode("cp1251") + RIGHT.encode(),
    "pages and odd lines": "'''a\x0c\u2028b\x85c\x1cd'''\n\x0c\nX = 'a\x0b\u2029b'\n" + RIGHT.replace("\n\n\n", "\n\x0c\n"),
    "no last line": RIGHT.rstrip("\n"),
    "much to read": RIGHT + "# " + "x" * 100_000 + "\n" + "'''" + "y" * 50_000 + "'''\n",
    "bad escapes": "'''\\d \\w'''\n" + RIGHT.replace("    H = prev", "    '\\d'\n    H = prev"),
    "two Pythons": "from __future__ import print_function, division\nfrom builtins import range\nfrom past.builtins import xrange\n"
    + before("cache = (x,", "[k for k in xrange(2)]"),
    "a fallback": "try:\n    xrange\nexcept NameError:\n    xrange = range\n" + before("cache = (x,", "xrange(2)"),
    "a tried import": RIGHT.replace(IMPORT, "try:\n    import numpy as np\nexcept ImportError:\n    np = None\n"),
    "a conditional import": "import sys\nif sys.version_info[0] < 3:\n    import cPickle as pickle\nelse:\n    import pickle\n" + RIGHT,
    "an import between work": RIGHT.replace(IMPORT, "if True:\n    print(1)\n    import numpy as np\n"),
    "a tried function": "try:\n    from numba import jit\nexcept ImportError:\n    def jit(f):\n        return f\n" + RIGHT,
    "a lambda": IMPORT + "tanh = lambda z: np.tanh(z)\n" + HELPED,
    "another name": IMPORT + "tanh = np.tanh\n" + HELPED,
    "constants": IMPORT + "A, (B, C) = 1, [2.0, -3]\nD = {'a': A + B * C}\nE: float = np.finfo(float).eps\nF = np.zeros((A, 2))\n"
    + HELPED.replace("tanh(x.dot", "D['a'] * 0 + E * 0 + F[0, 0] + np.tanh(x.dot", 1),
    "training": "import matplotlib.pyplot as plt\nimport torch, argparse, sys\ndata = open('input.txt').read()\n" + RIGHT
    + "\nW = np.random.randn(3, len(data))\nfor epoch in range(10 ** 9):\n    rnn_forward(1)\nwhile True: pass\nplt.show()\n"
    + "if __name__ == '__main__':\n    args = argparse.ArgumentParser().parse_args()\n    sys.exit(0)\n",
    "work on one line": RIGHT.replace(IMPORT, "import numpy as np; data = open('x').read(); np.load('y')\n"),
    "what the course hands out": "from rnn_utils import *\nfrom cs231n.layers import affine_forward\nfrom .classifiers import x as y\n"
    "import nn.layers as L\nclass Net(L.Module):\n    size = L.size\n    def __init__(self): self.net = L.Linear(3)\n" + RIGHT,
    "a data class": "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import NamedTuple\n"
    "@dataclass\nclass A:\n    x: int = 0\nclass B(NamedTuple):\n    y: A\n" + RIGHT,
    "names that numpy had": before("cache = (x,", "next_h = np.float(1) * np.int(1) * next_h * np.float_(1)"),
    "a named tuple": before("return dx", "import collections", "G = collections.namedtuple('G', 'a b c d e')",
                            "return G(dx, dprev_h, dWx, dWh, db)"),
    "other layouts": before("return dx", "dx, dWx, dWh = np.asfortranarray(dx), dWx[::-1][::-1], np.matrix(dWh)"),
    "a ring in its cache": before("cache = (x,", "ring = []", "ring += [ring, object(), lambda: 0, {(1, 2): ring}]")
    .replace("next_h)\n    return next_h", "next_h)\n    cache = (*cache, ring)\n    return next_h", 1)
    .replace("Wh, next_h = cache", "Wh, next_h, ring = cache", 1),
    "output": before("cache = (x,", "print('x' * 10 ** 6)"),
    **{f"{text.splitlines()[-1]}": f"{IMPORT}{text}\n{HELPED}" for text in (  # what defines tanh by more than a def
        "from types import SimpleNamespace\nns = SimpleNamespace(f=np.tanh)\ntanh = ns.f",
        "from collections import namedtuple\nC = namedtuple('C', 'z')\ndef tanh(z): return np.tanh(C(z).z)",
        "import collections as c\nseen = c.defaultdict(int)\ndef tanh(z):\n    seen['calls'] += 1\n    return np.tanh(z)",
        "from functools import partial\ntanh = partial(lambda k, z: k * np.tanh(z), 1)",
        "from numpy import array\nONE = array([1.0])[0]\ndef tanh(z): return ONE * np.tanh(z)",
        "def made(f): return lambda z: f(z)\ntanh = made(np.tanh)",
        "class Tanh:\n    def __call__(self, z): return np.tanh(z)\ntanh = Tanh()",
        "class A: pass\nA.f = lambda self, z: np.tanh(z)\ntanh = A().f",
        "def tanh(z):\n    tanh.calls += 1\n    return np.tanh(z)\ntanh.calls = 0",
        "TABLE = {}\nTABLE['tanh'] = np.tanh\ndef tanh(z): return TABLE['tanh'](z)",
        "NAMES = [name.upper() for name in 'tanh']\ndef tanh(z): return getattr(np, ''.join(NAMES).lower())(z)",
        "(zero, *rest), one = (float('0'), 2, 3), len('x')\ndef tanh(z): return zero + one * np.tanh(z)",
        "KEY = f'{1 + 1}'\ndef tanh(z): return np.tanh(z) * int(KEY) / 2",
        "def train():\n    while True: pass\ndef run(): return train()\nlosses = run()\nlost = train()\ntanh = np.tanh",
        "class Data:\n    def __init__(self): self.text = open('input.txt').read()\ndata = Data()\ntext = data.text\ntanh = np.tanh",
        "def size(x): return len(x)\nn = size(3)\nm = 1 + n\ntanh = np.tanh",
    )},
}  # fmt: skip


@pytest.mark.parametrize("what", PROGRAMS)
def test_a_right_program_with_it_is_right(what, grader, tmp_path):
    text = PROGRAMS[what]
    (tmp_path / "a.py").write_bytes(text if isinstance(text, bytes) else text.encode())
    report = grader.grade(tmp_path / "a.py")
    assert report.full, str(report)


def test_the_line_of_an_error_is_the_line_of_the_file(grader, tmp_path):
    text = "'''a\x0c\u2028\n\x85'''\r\nimport numpy as np; x = 1\r\n\x0c\r\n" + without("rnn_step_backward").replace("\n", "\r\n")
    text += "def rnn_step_backward(dnext_h, cache):\r\n    y = '\u2028\x1c'\r\n    return z\r\n"
    (tmp_path / "a.py").write_bytes(text.encode())
    line = text.count("\n")
    assert grader.grade(tmp_path / "a.py").items[1].message == f"line {line}: NameError: name 'z' is not defined"


def test_what_is_left_out_is_said(tmp_path):
    (tmp_path / "a.py").write_text("'''doc'''\nimport numpy as np; np.load('y')\nx = open('z')\nfor k in x:\n    pass\ny = np.int(3)\n")
    found = read(tmp_path / "a.py")
    assert found.notes[0] == "3 statements outside functions left out, lines 2, 3, 4 to 5"
    assert found.notes[1] == "line 6: np.int is gone from numpy: int stands in its place"
    assert found.source.split("\n")[1:3] == ["import numpy as np", ""] and "np.int(3)" in found.source


# -- notebooks, folders, archives ----------------------------------------------------------------------------------------


def notebook(*cells, version=4):
    made = [{"cell_type": "code", "source": text.splitlines(True), "outputs": [{"data": {"image/png": "x" * 1000}}]} for text in cells]
    made.insert(1, {"cell_type": "markdown", "source": "def f(: # no program"})
    if version == 3:
        made = [{"cell_type": cell["cell_type"], "input": cell["source"]} for cell in made]
        return json.dumps({"worksheets": [{"cells": made}]}).encode()
    return json.dumps({"cells": made, "nbformat": 4}).encode()


PARTS = [part + "\n" for part in RIGHT.split("\n\n\n")]
NOTEBOOKS = {
    "cells": notebook(*PARTS),
    "magics": notebook("%matplotlib inline\n" + PARTS[0] + "!pip install x\n?np\n", "%%time\nwhile True: pass\n", "%%bash\nrm x\n", *PARTS),
    "a cell that is no Python": notebook(*PARTS, "print 'x'\n", "for\n"),
    "work": notebook(*PARTS, "while True:\n    rnn_forward(0)\n"),
    "an older form": notebook(*PARTS, version=3),
    "a byte order mark": b"\xef\xbb\xbf" + notebook(*PARTS),
    "odd lines": notebook("'''\x0c\u2028'''\r\n", *[part.replace("\n", "\r\n") for part in PARTS]),
}


@pytest.mark.parametrize("what", NOTEBOOKS)
def test_a_right_notebook_with_it_is_right(what, grader, tmp_path):
    (tmp_path / "A.IPYNB").write_bytes(NOTEBOOKS[what])
    assert grader.grade(tmp_path / "A.IPYNB").full


OWN = "import numpy as np\n\n\ndef tanh(z):\n    return np.tanh(z)\n"
FOLDERS = {
    "one file": {"hw/rnn.py": RIGHT},
    "a helper by name": {"a.py": "from utils import tanh\n" + HELPED, "utils.py": OWN},
    "a helper under another name": {"z.py": "from utils import tanh as t\n" + HELPED.replace("tanh(x", "t(x", 1), "utils.py": OWN},
    "a helper as a module": {"a.py": "import utils\n" + HELPED.replace("tanh(x", "utils.tanh(x", 1), "utils.py": OWN},
    "a helper in a package": {"p/a.py": "from .utils import *\nfrom . import utils as u\n" + HELPED, "p/utils.py": OWN},
    "a helper by its path": {"p/a.py": "import p.utils as v\nfrom p.utils import tanh\n" + HELPED, "p/utils.py": OWN},
    "helpers that need one another": {"a.py": "import b\nfrom b import tanh\n" + HELPED, "b.py": "from c import tanh\n", "c.py": OWN},
    "a notebook and its helper": {"a.ipynb": notebook("from utils import tanh\n", HELPED), "utils.py": OWN},
    "what others put there": {
        "a.py": RIGHT, ".ipynb_checkpoints/a-checkpoint.py": "def rnn_step_forward(): pass\n", "__MACOSX/._a.py": b"\x00\x05\x16\x07",
        "._a.py": b"\xff\x00", "__pycache__/a.py": "x", ".git/b.py": "y", "notes.txt": "z", "photo.png": b"\x89PNG",
    },
    "a file that cannot be read": {"a.py": RIGHT, "b.py": "print 'x'\n", "c.py": b"\xff\xfe\x00", "d.ipynb": b"{", "e.py": ""},
}  # fmt: skip


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def zipped(files, **options):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, text in files.items():
            archive.writestr(name, as_bytes(text))
    return made.getvalue()


@pytest.mark.parametrize("form", ["folder", "zip", "zip in a folder"])
@pytest.mark.parametrize("what", FOLDERS)
def test_a_right_folder_with_it_is_right(what, form, grader, tmp_path):
    path = tmp_path / "hand in.zip" if form == "zip" else tmp_path / "hand in"
    if form == "zip":
        path.write_bytes(zipped(FOLDERS[what]))
    else:
        files = {"x.ZIP": zipped(FOLDERS[what])} if form == "zip in a folder" else FOLDERS[what]
        for name, text in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(as_bytes(text))
    report = grader.grade(path)
    assert report.full, str(report)
    if what == "a file that cannot be read":
        assert [note.split(":")[0] for note in report.notes].count("left out") == 3


def test_links_are_not_followed(tmp_path):
    other, mine = tmp_path / "other", tmp_path / "mine"
    other.mkdir()
    mine.mkdir()
    (other / "a.py").write_text("def secret(): pass\n")
    (mine / "b.py").write_text("def own(): pass\n")
    (mine / "folder").symlink_to(other)
    (mine / "c.py").symlink_to(other / "a.py")
    assert list(read(mine).defined) == ["own"]
    with pytest.raises(Unreadable, match="is a link"):
        read(mine / "c.py")
    with pytest.raises(Unreadable, match="is a link"):
        read(mine / "folder")


# -- what cannot be read -------------------------------------------------------------------------------------------------


def sparse(path):
    with path.open("wb") as file:
        file.truncate(100_000_000)


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.py", "w") as file:
        for _ in range(20):
            file.write(bytes(1_000_000))


def encrypted(path):
    data = bytearray(zipped({"a.py": RIGHT}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)


def compressed(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.py", RIGHT)


BAD = {  # what is there, its name, what is said
    "nothing": (lambda p: None, "a.py", "there is no file a.py"),
    "an empty file": (lambda p: p.write_text(""), "a.py", "has no code"),
    "blanks": (lambda p: p.write_text(" \n\t\n"), "a.py", "has no code"),
    "a paper": (lambda p: p.write_text("%PDF-1.4"), "a.pdf", "has no code"),
    "a paper of bytes": (lambda p: p.write_bytes(b"%PDF-1.4 \xe2\xe3"), "a.pdf", "has no code"),
    "an empty folder": (lambda p: p.mkdir(), "a", "has no code"),
    "100 MB": (sparse, "a.py", "has 100 MB: a submission has at most 5"),
    "long code": (lambda p: p.write_text("x = 1\n" * (LETTERS // 6 + 1)), "a.py", "letters of code"),
    "a long notebook": (lambda p: p.write_bytes(notebook("x = 1\n" * (LETTERS // 6 + 1))), "a.ipynb", "letters of code"),
    "a pipe": (lambda p: os.mkfifo(p), "a.py", "is no file"),
    "many files": (lambda p: p.write_bytes(zipped({f"{k}.py": "" for k in range(MEMBERS + 1)})), "a.zip", "more than 200 programs"),
    "a zip bomb": (bomb, "a.zip", "holds more than 5 MB"),
    "zip bombs together": (
        lambda p: p.write_bytes(zipped({f"{k}.py": bytes(LARGEST // 4) for k in range(5)})), "a.zip", "holds more than 5 MB"),
    "an archive in an archive": (lambda p: p.write_bytes(zipped({"a.zip": zipped({"a.py": RIGHT})})), "a.zip", "has no code"),
    "a secret archive": (encrypted, "a.zip", "no archive that can be read"),
    "an odd archive": (compressed, "a.zip", "compressed in a way that is not read"),
    "half an archive": (lambda p: p.write_bytes(zipped({"a.py": RIGHT})[:-40]), "a.zip", "no archive that can be read"),
    "no archive": (lambda p: p.write_text(RIGHT), "a.zip", "no archive that can be read"),
    "Python 2": (lambda p: p.write_text(RIGHT + "print 'x'\n"), "a.py", rf"Python 2 \(line {RIGHT.count(chr(10)) + 1}\)"),
    "an error caught as in Python 2": (lambda p: p.write_text("try:\n    pass\nexcept E, e:\n    pass\n"), "a.py", r"Python 2 \(line 3\)"),
    "no Python": (lambda p: p.write_text("import numpy\ndef f(:\n"), "a.py", r"is no Python \(line 2: "),
    "a picture": (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff"), "a.py", "not encoded as UTF-8"),
    "two bytes a letter": (lambda p: p.write_text(RIGHT, encoding="utf-16"), "a.py", "not encoded as UTF-8"),
    "no letters": (lambda p: p.write_bytes(b"x = 1\x00\n"), "a.py", "is no Python"),
    **{
        f"the encoding {name}": (lambda p, name=name: p.write_text(f"# coding: {name}\nx = 1\n"), "a.py", "nor names an encoding")
        for name in ("rot13", "punycode", "idna", "undefined", "unicode_escape", "utf-7", "zlib", "hex", "utf-16", "no-such")
    },
    **{
        f"no notebook: {text[:12]!r}": (lambda p, text=text: p.write_text(text), "a.ipynb", "is no notebook")
        for text in ("{", "[]", "3", "null", '"cells"', '{"cells": 3}', '{"cells": [3]}', "x = 1",
                     '{"cells": [{"cell_type": "code", "source": [3]}]}', "[" * 100_000, '{"worksheets": []}', '{"cells": {"a": 1}}')
    },
    "a notebook without code": (lambda p: p.write_text('{"cells": [{"cell_type": "markdown", "source": "x"}]}'), "a.ipynb", "has no code"),
    "a name that acts": (lambda p: p.write_text("def f(:\n"), "a\x1b[2J.py", r"a\\x1b\[2J.py is no Python"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_read_is_said_and_worth_nothing(what, grader, tmp_path):
    make, name, sentence = BAD[what]
    make(tmp_path / name)
    with pytest.raises(Unreadable, match=sentence) as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    report = grader.grade(tmp_path / name)
    assert report.score == 0 and {item.verdict for item in report.items} == {"unreadable"}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_read_beside_right_work_spoils_nothing(what, tmp_path):
    make, name, sentence = BAD[what]
    (tmp_path / "right.py").write_text(RIGHT)
    make(tmp_path / name)
    found = read(tmp_path)
    assert "rnn_backward" in found.defined
    if (tmp_path / name).is_file() and "has no code" not in sentence:
        assert any(re.search(sentence, note) and note.startswith("left out: ") for note in found.notes), found.notes


BOMBS = {  # programs that are deep or wide, by a number
    "brackets": lambda n: f"x = {'(' * n}1{')' * n}",
    "lists": lambda n: f"x = {'[' * n}{']' * n}",
    "signs": lambda n: f"x = {'-' * n}1",
    "sum": lambda n: f"x = {'1+' * n}1",
    "attributes": lambda n: f"x = np{'.a' * n}",
    "calls": lambda n: f"def f(): return np{'()' * n}",
    "lambdas": lambda n: f"x = {'lambda: ' * n}1",
    "conditions": lambda n: "def f(x):\n    if x: pass\n" + "    elif x: pass\n" * n,
    "blocks": lambda n: "".join(" " * k + "if 1:\n" for k in range(min(n, 95))) + " " * 95 + "pass",
    "nested functions": lambda n: "".join(" " * k + "def f():\n" for k in range(min(n, 95))) + " " * 95 + "pass",
    "digits": lambda n: f"x = {'9' * n}",
    "hex digits": lambda n: f"def f(): return 0x{'f' * n}",
    "power": lambda n: f"x = {'9**' * n}9",
    "letters": lambda n: f"x = {'f' if n % 2 else ''}'{'{np}' * n}'",
    "texts": lambda n: "x = " + "'a' " * n,
    "names": lambda n: "import " + "a." * n + "b",
    "arguments": lambda n: "def f(" + ",".join(f"a{k}" for k in range(n)) + "): pass",
    "decorators": lambda n: "@np\n" * n + "def f(): pass",
}


@pytest.mark.parametrize("what, n", sampled(itertools.product(BOMBS, [30, 95, 330, 985, 4000]), 4))
def test_a_deep_program_ends_in_a_report(what, n, grader, tmp_path):
    (tmp_path / "a.py").write_text(RIGHT + BOMBS[what](n) + "\n")
    before, grader.spec = grader.spec, grader.spec._replace(seconds=0.5)
    try:
        report = grader.grade(tmp_path / "a.py")
    finally:
        grader.spec = before
    verdicts = {item.verdict for item in report.items}
    assert verdicts <= {"correct", "unreadable", "crashed", "out of memory", "timed out"} and all(
        item.message or item.verdict == "correct" for item in report.items
    )


def test_an_archive_with_any_byte_changed_is_read_or_refused(random_seed, tmp_path):
    rng = random.Random(random_seed)
    data = zipped({"a.py": "def f(): pass\n" * 20, "b/c.ipynb": notebook("x = 1"), "d.py": "y = 2\n"})
    refused = 0
    for _ in range(400):
        words = bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            words[rng.randrange(len(words))] = rng.randrange(256)
        (tmp_path / "a.zip").write_bytes(words[: rng.choice([None, None, rng.randrange(len(words))])])
        try:
            read(tmp_path / "a.zip")
        except Unreadable:
            refused += 1
    assert refused


@pytest.mark.sweep
def test_a_text_with_any_letter_changed_is_read_or_refused(random_seed, tmp_path):
    rng = random.Random(random_seed)
    odd = [
        "\x00",
        "\x0c",
        "\r",
        "\n",
        "\t",
        "(",
        '"""',
        "'",
        "\\",
        "#",
        ";",
        ":",
        "\u2028",
        "é",
        "\ufeff",
        "lambda",
        "0",
        " ",
        "import ",
        "@",
    ]
    for _ in range(150):
        words = list("\n\n".join(PARTS[:4]))
        for _ in range(rng.randrange(1, 5)):
            words[rng.randrange(len(words))] = rng.choice(odd)
        (tmp_path / "a.py").write_bytes("".join(words).encode())
        try:
            found = read(tmp_path / "a.py")
        except Unreadable:
            continue
        compile(found.source, "a.py", "exec", dont_inherit=True)
