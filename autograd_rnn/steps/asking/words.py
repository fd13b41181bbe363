"""What the signs, letters and words of a walk mean: those that it uses, and no others."""

from __future__ import annotations

import difflib
import re
import weakref
from typing import NamedTuple

from autograd_rnn.algebra.printing import show
from autograd_rnn.algebra.templates import called
from autograd_rnn.engine.checks import string
from autograd_rnn.engine.naming import name_of
from autograd_rnn.engine.rule import is_ours
from autograd_rnn.formulas.system import PROBABILITY
from autograd_rnn.steps.search import places
from autograd_rnn.steps.subject import Subject
from autograd_rnn.steps.walks.vjps import sign_of
from autograd_rnn.visible import shown

# What is looked for in the equations, the sign, and what it means: {d} is an adjoint, {x} its quantity, {L} the end.
SIGNS = (
    (r"\bd[A-Za-z]", "{d}", "the adjoint of {x}: the derivative of {L} by it, ∂{L}/∂{x}; it says how {L} changes when {x} changes a "
     "little, and has the shape of {x}"),
    ("ᵀ", "ᵀ", "transposed: rows become columns"),
    (r"\w [A-Za-z]\S*ᵀ", "a bᵀ", "a column times a row, the outer product: the matrix of all products a[i] b[j]"),
    ("⊙", "⊙", "times, component by component"),
    ("²", "²", "squared, component by component"),
    (r"\+=", "+=", "one share of an adjoint that gets several: their sum is a step of its own"),
    ("Σ_t", "Σ_t", "the sum over all time steps"),
    (r"_\{?t|,t|_\{t", "_t", "at time step t; t-1 is the step before, t+1 the one after, 0 stands before the first"),
    ("σ", "σ", "the sigmoid 1/(1 + exp(-x)): it lies between 0 and 1, and its derivative is σ (1 - σ)"),
    (r"softmax", "softmax", "exp of each score, divided by the sum of all: probabilities"),
    (r"onehot", "onehot(y)", "the vector with 1 at the class y and 0 elsewhere"),
    (r"\[i\]", "[i]", "component i, counted from 0"),
    (r"\bv_\d", "v_25", "a value without a name of its own: number 25 on the tape, which prints it as %25"),
)  # fmt: skip
LETTERS = {
    "x": "the input", "h": "the hidden state", "c": "the cell state", "s": "the scores", "p": "the probabilities, softmax of the scores",
    "y": "the target", "L": "the loss", "i": "the input gate", "f": "the forget gate", "o": "the output gate",
    "g": "the candidate, what the cell could write", "r": "the reset gate", "z": "the update gate",
    "n": "the candidate, what the state could become", "m": "the old state behind the reset gate",
    "a": "what goes into the activation: the weighted sum before tanh or σ",
}  # fmt: skip
ROLES = {"input": "x", "score": "s", "probability": "p", "target": "y", "loss": "L"}
TIME = re.compile(r"_(?:[tTS]|\{[tTS][+-]\d+\})$")  # at the end of a name
SIZES = {"H": "how many units the state has", "D": "how many components an input has", "K": "how many classes, or outputs, there are",
         "E": "how many components the input of a decoder has"}  # fmt: skip
IDEAS = {
    "adjoint": "the derivative of the loss by a quantity on the way to it; written with a d before the quantity",
    "seed": "where the way back begins: the derivative of the loss by itself is 1",
    "local Jacobian": "all derivatives of one operation's output by its input: row i, column j is ∂output[i]/∂input[j]",
    "vjp": "vector-Jacobian product: an output's adjoint times the local Jacobian, which is the share that its input gets",
    "carry": "the part of a state's adjoint that comes from the neighbouring time step",
    "truncated": "the carry is dropped after every so many steps: cheaper, and no longer the whole gradient",
    "tape": "the record of all operations in the order in which they ran",
    "sweep": "the way back over the tape, from the newest tensor to the oldest",
}
MEANT = {
    "recursion": "one equation for every t",
    "unrolled": "the equations of each t, with numbers",
    "op": "what the tape did, one operation and one share at a time",
    "component": "each share written out with indices, its small proof",
}


class Words(NamedTuple):
    """Signs and words with what they mean, as pairs. Prints one a line."""

    pairs: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        wide = max((len(sign) for sign, _ in self.pairs), default=0)
        return "\n".join(f"{sign:<{wide}}  {meaning}" for sign, meaning in self.pairs)

    def __repr__(self) -> str:
        return str(self)


def words(subject: Subject, name: str | None = None) -> Words:
    """The signs, the letters and the words of a walk; or what one of them means. Raises ValueError for one that means nothing here."""
    known = _known(subject)
    if name is None:
        return Words(known)
    asked = " ".join(string("the word asked for", name).split())
    found = [pair for pair in known if asked in (pair[0], pair[0].partition("_")[0], pair[0].partition("(")[0])]
    quantity = [] if found else _quantity(subject, asked)
    if not found and not quantity:
        near = difflib.get_close_matches(asked, [sign for sign, _ in known], 1)
        raise ValueError(
            f"{shown(asked)} is no sign or word of this walk" + (f": did you mean {near[0]!r}?" if near else ": words lists them")
        )
    return Words(tuple(found or quantity))


KNOWN: weakref.WeakKeyDictionary[Subject, tuple[tuple[str, str], ...]] = weakref.WeakKeyDictionary()  # those of a walk, found once


def _known(subject: Subject) -> tuple[tuple[str, str], ...]:
    """All the signs, letters and words of a walk."""
    if subject not in KNOWN:
        levels = ((level, MEANT[level]) for level in subject.levels)
        KNOWN[subject] = (*_signs(subject), *_operations(subject), *_letters(subject), *levels, *_ideas(subject))
    return KNOWN[subject]


def _equations(subject: Subject) -> str:
    """The equations that a person meets first: those in t, or a single tensor's steps."""
    steps = subject.walk(subject.levels[0])[:60]
    return "\n".join(step.after.text for step in steps)


def _signs(subject: Subject) -> list[tuple[str, str]]:
    text = _equations(subject) + ("" if subject.reason else "\n+= [i] v_1")  # the finer levels have these
    end = subject.names.name(subject.root)
    x = "h_t" if not subject.reason and "dh_t" in text else subject.names.name(next(reversed(subject.sweep.adjoints)))
    return [(sign.format(d=f"d{x}"), meaning.format(x=x, L=end)) for seen, sign, meaning in SIGNS if re.search(seen, text)]


def _operations(subject: Subject) -> list[tuple[str, str]]:
    """The operations that stand in the equations as functions, and what their declarations say of them."""
    text, signs, found = _equations(subject), {sign for _, sign, _ in SIGNS}, {}
    for op in dict.fromkeys(node.op for node in subject.names.tape if node.op is not None):
        shown = called(op.name, False)
        if shown not in signs and re.search(rf"(?<!\w){re.escape(shown)}['₁₂₃]*\(", text):
            found[shown] = " ".join((op.forward.__doc__ or "an operation of your own").partition("\n\n")[0].split())
    return list(found.items())


def _letters(subject: Subject) -> list[tuple[str, str]]:
    """The net's own letters, and the letters of its shapes."""
    if subject.reason:
        return []
    walk = subject.walk("recursion")
    named = dict.fromkeys(name for step in walk for name in step.shapes)
    found = [(name, told) for name in named if (told := _letter(subject, name.replace(",", "_")))]
    sizes = {str(size): None for step in walk for shape in step.shapes.values() for size in shape}
    return [*_once(found), *((size, SIZES[size[:1]]) for size in sizes if size[:1] in SIZES and not size[1:].isdigit())]


def _once(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """h_t and h_{t-1} are told once."""
    first: dict[str, tuple[str, str]] = {}
    for name, told in pairs:
        first.setdefault(told, (re.sub(r"\{t[+-]1\}$", "t", name), told))
    return list(first.values())


def _letter(subject: Subject, text: str) -> str:
    """What a quantity of a net is, by its role; of one that a person's own cell computes how it is computed."""
    known = subject.quantities
    name = next((name for name in (text, re.sub(TIME, "", text)) if name in known or name == PROBABILITY), None)
    if name is None or subject.run is None:
        return ""
    role = known[name].role if name in known else "probability"
    parts = name_of(next(one for one in (*known, PROBABILITY) if one == name))  # as the net has it, with its parts
    if role == "probability" and subject.run.model is not None and subject.run.model.readout.output == "sigmoid":
        return "the probabilities, σ of the scores"
    if role in ROLES:
        return LETTERS[ROLES[role]]
    if role == "weight":
        return "how much the loss of a step counts" if known[name].step is not None else "what the weights of the losses sum to"
    ours = all(is_ours(type(chain.cell)) for chain in subject.run.chains)
    if role != "parameter":
        return LETTERS.get(parts.letter, "") if ours else "" if subject.reason else _computed(subject, str(parts), role)
    if subject.run.parameters[name].ndim > 1:
        lettered = parts.sub and (ours or subject.run.model is not None and name in subject.run.model.readout.parameters)
        return "a weight matrix" + ("; its letters say from where to where" if lettered else "")
    value = subject.run.parameters[name]
    users = [node for node in subject.names.tape if any(x is value for x in node.inputs)]
    added = all(node.op.name in ("add", "subtract") or node.op.name == "linear" and node.inputs[-1] is value for node in users)  # type: ignore[union-attr]
    return "a bias, which is added" if added else "a vector of weights"


def _computed(subject: Subject, name: str, role: str) -> str:
    """How a quantity is computed at every step, by the forward equations."""
    right = next((q.right for q in subject.derivation.forward if q.left.name == name and q.left.time.base == "t"), None)
    computed = f"computed as {show(right)}" if right is not None else ""
    return f"a state, which each step gets from the one before: given first, then {computed}" if computed and role == "state" else computed


def _made(subject: Subject, name: str) -> str:
    """How a tensor was made, by the tape."""
    names = subject.names
    node = next((node for node in names.tape if name in (names.name(node), places(names.name(node))[0])), None)
    if node is None or node.op is None or not node.inputs:
        return "a constant" if node is not None and node.op is None else "a quantity of this walk, which no operation made"
    return f"made by {sign_of(node)}: {names.shown(node)} = {show(subject.sweep.rules.forward(node))}"


def _quantity(subject: Subject, name: str) -> list[tuple[str, str]]:
    """A quantity or an adjoint by any of its names."""
    spelled = name.replace(",", "_")
    known = {places(subject.names.name(node))[0] for node in subject.names.tape} | {subject.names.name(node) for node in subject.names.tape}
    constants = {} if subject.reason else subject.derivation.constants
    known |= {PROBABILITY, *constants} & {*constants, *(() if subject.reason else subject.derivation.roles)}
    end = subject.names.name(subject.root)
    for base in (spelled, spelled[1:] if spelled[:1] == "d" else ""):
        plain = base if base in known else re.sub(TIME, "", base)  # W_T may be a weight
        if plain and (plain in known or places(plain)[0] in known):
            if plain in constants:
                return [(name, "a constant of the cell, the same at every step")]
            what = _letter(subject, plain) or _letter(subject, places(plain)[0]) or _made(subject, base if base in known else plain)
            if base != spelled:
                return [(name, f"the adjoint of {name[1:]} ({what}): ∂{end}/∂{name[1:]}, of the same shape")]
            return [(name, what)]
    return []


def _ideas(subject: Subject) -> list[tuple[str, str]]:
    timed = {"carry", "truncated"}
    return [(word, told) for word, told in IDEAS.items() if subject.run is not None or word not in timed]
