"""The names of a person's formula: what each stands for in a model, and at which time.

A person types an adjoint as ``d`` and the name of a quantity: that is looked up among the adjoints that there are, after the names of the
quantities themselves, so that one that is called ``d``, ``dh`` or ``delta`` is what it is.
"""

from __future__ import annotations

import ast
import difflib
import os
import re
from collections.abc import Callable, Collection, Iterator

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.binding import X, bound_by, put
from autograd_rnn.engine.naming import name_of
from autograd_rnn.formulas.reading.aliases import arguments, dense, ends_of, fed, in_words, other_names, slopes, tags, turned
from autograd_rnn.formulas.reading.calls import Calls
from autograd_rnn.formulas.reading.printed import DERIVATIVE, Printed, printed
from autograd_rnn.formulas.reading.shapes import Kind, Typed, shapes
from autograd_rnn.formulas.reading.shifts import linear
from autograd_rnn.formulas.system import TARGET, System
from autograd_rnn.formulas.writing.frameworks import pytorch, stacked
from autograd_rnn.formulas.writing.lines import Unreadable
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

FARTHEST = 20  # how far from t or from the ends a time index may reach
BIASES = {"b": "b_h", "c": "b_y"}  # beside U, W and V
LAYERS = {"W_in": "U", "W_rec": "W", "W_out": "V"}  # as Jaeger and Pascanu have them, beside U, W and V
PEEPHOLES = {"p_i": "w_ci", "p_f": "w_cf", "p_o": "w_co", "W_ci": "w_ci", "W_cf": "w_cf", "W_co": "w_co"}  # Greff's, and as diagonals
GREEK_GATES = {"iota": "i", "phi": "f", "varphi": "f", "omega": "o"}  # as Graves calls the gates of an LSTM
Refuse = Callable[[str], Unreadable]  # makes the error for a sentence, the place marked


class Names:
    """Every name that a formula about a model may use. ``own``: the shapes of the person's own, as far as they are known."""

    def __init__(self, derivation: System):
        self.derivation, self.shapes = derivation, shapes(derivation)
        known = self.shapes.names
        adjoints = {q.left.name for q in derivation.equations if q.left.adjoint} | {s.name for s in derivation.beyond}
        self.symbols: dict[str, e.Sym] = {"d" + name: e.Sym(name, None, True) for name in known if name in adjoints}
        self.symbols |= {name: e.Sym(name) for name in known}
        for alias, name in derivation.aliases.items():
            self.symbols |= {alias: e.Sym(name), "d" + alias: e.Sym(name, None, True)}
        short = turned(derivation) | {letter: derivation.aliases.get(name, name) for name, letter in derivation.by_letter.items()}
        if derivation.by_letter and len({*derivation.letters.values()}) == 1:
            short |= BIASES | {name: short[letter] for name, letter in LAYERS.items() if letter in short}
        biases = [name_of(name) for name in derivation.parameters if name_of(name).letter == "b"]
        below = [bias.tag for bias in biases]
        short |= PEEPHOLES | {f"b{bias.tag}": bias for bias in biases if bias.tag and below.count(bias.tag) == 1}
        self.letters = {k: v for k, v in short.items() if not {k, f"d{k}"} & set(self.symbols) and v in known}
        for letter, name in self.letters.items():
            self.symbols |= {letter: e.Sym(name), "d" + letter: e.Sym(name, None, True)}
        self.axes, self.longest = derivation.letters, max(derivation.last.values(), default=None)
        self.ends = set(self.axes.values())
        self.masks = {q.left: q.right.of for q in derivation.forward if isinstance(q.right, e.Fn) and q.right.name == "relu"}
        used = [x for q in (*derivation.forward, *derivation.equations) for x in e.nodes(q.right)]
        self.calls = Calls(used, self.shapes)
        numbers = {abs(x.value) for x in used if isinstance(x, e.Num)}  # the net's own, and as equations in signs have them
        self.numbers = {float(f"{x:.6g}"): x for x in numbers if len(f"{x:.6g}".strip("0.")) > 5} | {x: x for x in numbers}
        self.unadjoint = {"d" + name for name in known if "d" + name not in self.symbols}
        self.own: dict[str, Kind | None] = {}
        self.identities: set[str | None] = set()  # names that stand for I, which has any size
        self.taken: dict[str, None] = {}  # what was read in one of two ways
        self.timed: dict[str, bool] = {}

    def printed(self, text: str) -> Printed:
        """The equations as they are printed, that a text may have lines of."""
        return printed(self.derivation, bool(DERIVATIVE.search(text)))

    def vocabulary(self, text: str) -> Vocabulary:
        """The names as `notation` needs them."""
        timed = {name: symbol.name not in self.shapes.parameters for name, symbol in self.symbols.items()}
        accents, other = other_names(self.derivation)
        theirs, second = pytorch(self.derivation)
        other |= {f"{d}{name}": f"{d}{own}" for name, own in theirs.items() for d in ("", "d"[: name[0] != "d"])}
        unadjoint = dict.fromkeys(self.unadjoint - other.keys(), True)
        words = Vocabulary(timed | unadjoint, self.calls.known, self.printed(text).typed, self.shapes.sizes)
        free = ({k: name for k, name in x.items() if name in words.timed and k not in timed} for x in (accents, other))
        words.accents, words.other = free
        words.other |= arguments(self.derivation, text, words)
        words.slopes = slopes(self.derivation)
        words.made = {
            q.right.of.name: q.left.name for q in self.derivation.forward if isinstance(q.right, e.Fn) and isinstance(q.right.of, e.Sym)
        }
        words.both = any(s.time and s.time == e.Time("t", 1) for q in self.derivation.forward for s in e.symbols(q.right))
        halves = self.derivation.halves.items()
        given = {whole: name for name, (whole, letter) in halves if letter == "U"}
        pairs: dict[str, tuple[str, str]] = {name: (given[whole], name) for name, (whole, letter) in halves if letter == "W"}
        parts = {part for name in timed for part in name.split("_")}
        outputs = {"c": "h", **{gate: gate for gate in GREEK_GATES.values()}} if {*GREEK_GATES.values()} <= {*timed} else {}
        only = [name for name, role in self.derivation.roles.items() if role == "state"]
        outputs = outputs or ({only[0]: only[0]} if len(only) == 1 and timed.get(f"b_{only[0]}") is False else {})
        words.given = words.timed.keys() - {q.left.name for q in self.derivation.forward}
        said = {
            name for name in outputs.values() if re.search(rf"(?<![^\W\d_])(?<![_^{{]){name}\s*[_^\[]", text)
        }  # h_t, beside which b_h^t is a bias
        words.moving = {f"b_{below}": name for below, name in outputs.items() if name not in said}
        for q in self.derivation.forward:  # a_h^t, as Graves has what goes into h
            if q.left.name in outputs and isinstance(q.right, e.Fn) and isinstance(q.right.of, e.Sym):
                words.moving |= {f"{q.right.of.name}_{q.left.name}": q.right.of.name}
        words.greek = {word: gate for word, gate in GREEK_GATES.items() if gate in timed and word not in parts}
        states, inputs = ([name for name, role in self.derivation.roles.items() if role == wanted] for wanted in ("state", "input"))
        if len(states) == len(inputs) == len(pairs) == 1:
            words.learned = states[0], {states[0]: next(iter(pairs)), inputs[0]: next(iter(pairs.values()))[0]}
        of_gates = {
            name: (pairs[s.name], s.adjoint) for name, s in self.symbols.items() if s.name in pairs and name != f"{'d' * s.adjoint}{s.name}"
        }
        words.beside = {name: (f"d{x}", f"d{h}") if adjoint else (x, h) for name, ((x, h), adjoint) in of_gates.items()}
        words.layers = tags(self.derivation)
        words.second = {name: bias for name, bias in second.items() if name not in timed}
        words.only = ends_of(self.derivation)
        classes = (self.shapes.letters[self.shapes.classes],)  # of a class number the vector that has a 1 there
        known = {name: self.shapes.names[symbol.name] or classes * (symbol.name == TARGET) for name, symbol in self.symbols.items()}
        words.dims = {name: dims for name, dims in known.items() if dims}
        words.dense = dense(self.derivation, words)
        words.other |= {k: name for k, name in fed(self.derivation, words).items() if k not in words.timed}
        return words

    def indexed(self, node: ast.Subscript) -> bool:
        """Whether what stands in brackets after a name is an index, not a time: the name has no time, and some rows are taken."""
        name = getattr(node.value, "id", "")
        if self.unit(name):
            return True
        known = self.symbols[name].name in self.shapes.parameters if name in self.symbols else not self.timed.get(name, True)
        return known and (isinstance(node.slice, ast.Slice) or bool(self.calls.matching(node)))

    def unit(self, name: str) -> bool:
        """Whether a name is the identity matrix."""
        return (name == "I" or name in self.identities) and name not in self.symbols and name not in self.own

    def symbol(self, name: str, time: e.Time | None, refuse: Refuse) -> Typed:
        """A name, with its time if it has one."""
        if name in self.own and name not in self.symbols:
            kind = self.own[name]
            if name in ("L", "E", "J") and time is not None and not self.timed[name]:
                raise refuse(f"of how the loss is made of those of the steps only `{name} = Σ_t {name}_t` is read, or its mean over T")
            if (time is None) == self.timed[name]:
                raise refuse(f"`{name}` {'has a time: write' if self.timed[name] else 'has no time: do not write'} `{name}[t]`")
            symbol = e.Sym(name, time)
            return Typed(symbol, None, unknown=True) if kind is None else Typed(symbol, kind[0], kind[1])
        if name not in self.symbols:
            raise refuse(self.missing(name))
        symbol = self.symbols[name]
        timed = symbol.name not in self.shapes.parameters
        target = self.shapes.roles[symbol.name] == "target"
        if time is None and timed and not target:
            raise refuse(f"`{name}` has a time: write `{name}[t]`")
        if time is not None and not timed:
            raise refuse(f"`{name}` is the same at every step: write it without a time")
        shape = self.shapes.names[symbol.name]
        return Typed(symbol._replace(time=time), None if target and not shape else shape)

    def missing(self, name: str) -> str:
        """The sentence for a name that nothing defines."""
        if several := in_words(self.derivation).get(name.removeprefix("d"), ())[1:]:
            names = [f"`{'d' * name.startswith('d')}{one}`" for one in (in_words(self.derivation)[name.removeprefix("d")][0], *several)]
            return f"`{name}` may be {' or '.join(names)} here: write the one that is meant"
        if name in self.unadjoint:
            return f"`{name}` has no equation of its own in this derivation: define it by a line of yours"
        if rows := stacked(self.derivation, name):
            return rows
        if name[:1] == "d" and name[1:] in self.own and name[1:] not in self.symbols:
            return f"`{name}` is the derivative by `{name[1:]}`, which is a name of yours and no quantity of this model"
        if name.removeprefix("d").partition("_")[0] == "w":
            matrices = [n for n, shape in self.shapes.names.items() if n in self.shapes.parameters and len(shape) == 2]
            return f"`{name}` is any weight in some books: here each matrix has a name, {', '.join(matrices)}, a row for what it goes to"
        names = [n for n in self.symbols if n not in {short for letter in self.letters for short in (letter, f"d{letter}")}]
        names += [own for own in self.own if own not in (name, f"d{name}")]
        base, adjoint = name.removeprefix("d"), "d" * name.startswith("d")
        if base[-1:] == "t" and (glued := self.symbols.get(adjoint + base[:-1])) and glued.name not in self.shapes.parameters:
            own = adjoint + base[:-1]
            return f"`{name}` is not in this model: did you mean `{own}_t`, with its step below, and `{own}_{{t-1}}`?"
        near = difflib.get_close_matches(name, names, 8, 0.5)
        near = [n for n in near if len(name) > 2 or n[:1] != "d" or name[:1] != "d"]  # of two letters an adjoint has one of its own
        like = {n: round(difflib.SequenceMatcher(None, name, n).ratio(), 6) for n in near}
        near.sort(key=lambda n: (-like[n], not n.startswith(name), -len(os.path.commonprefix([name, n])), names.index(n)))
        return f"`{name}` is not in this model" + (f": did you mean `{near[0]}`?" if near else f": it has {', '.join(self.shapes.names)}")

    def time(self, index: ast.expr, scope: Collection[str], refuse: Refuse) -> e.Time:
        """A time index: t, t-1, T, T+1, 0, ...; ``scope``: what an index may be called here."""
        found = linear(index)
        if found is None or len(found) > 2 or any(found[name] != 1 for name in found if name):
            raise refuse("a time is t, t-1, t+1, T, T+1 or a number")
        base, offset = max(found), found[""]
        if base not in {"", *self.ends, *scope}:
            raise refuse(f"a time is t, t-1, t+1, T, T+1 or a number, not `{ast.unparse(index)}`")
        if self.longest is not None and not base and not 0 <= offset <= self.longest + 1:
            raise refuse(f"this net has the steps 1 to {self.longest}, not {offset}")
        if abs(offset) > max(self.longest or 0, FARTHEST):
            raise refuse(f"a time is at most {max(self.longest or 0, FARTHEST)} steps away")
        return e.Time(base, offset)


def moved(x: X, time: e.Time | None) -> X:
    """x with t put to a step."""
    return x if time is None else put(x, "t", time)


def outside_sums(x: e.Expr) -> Iterator[e.Sym]:
    """Every symbol that stands in no sum."""
    stack = [x]
    while stack:
        node = stack.pop()
        if isinstance(node, e.Sym):
            yield node
        elif bound_by(node) != "t":
            stack += e.children(node)
