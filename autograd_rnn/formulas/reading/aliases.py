"""What books and programs call the quantities of a net: ``ŷ`` the prediction, ``c̃`` what a state takes in, arrows for directions."""

from __future__ import annotations

import itertools
import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.engine.naming import Name, full_name, name_of
from autograd_rnn.formulas.reading.meanings import summand
from autograd_rnn.formulas.system import PROBABILITY, SCORE, TARGET, System
from autograd_rnn.formulas.writing.sugar import PRIMES
from autograd_rnn.formulas.writing.vocabulary import Layers, Vocabulary

OUTPUTS = {"W_hq": "W_hy", "W_qh": "W_hy", "W_ho": "W_hy", "W_oh": "W_hy", "b_o": "b_y", "b_q": "b_y"}  # with other letters for y
ARGUMENT = re.compile(  # tanh(z_t), f'(net_j), softmax(z_t), \\tanh^2(z_t)
    r"(?<![A-Za-z])(tanh|sech|cosh|sigmoid|sigma|σ|relu|ReLU|softmax|phi|theta|[fgφθ])(?![A-Za-z])(?:\s*(?:'|′|\\prime|\^\{\\prime\}|²|(?:\^|\*\*)\s*(?:2|\{2\})))?"
    r"\s*(?:\\left\s*)?[({]\s*([A-Za-z]|net|pre(?:act)?|in|arg)(?!\s*\.|[A-Za-z]|\s*\((?!\s*t))"
)
# that a line of the text makes a name
MADE = r"(?<![A-Za-z\\∂])(?<!∂\s){}\s*(?:_\s*(?:\{{[^}}]*\}}|\w)|\[[^\]]*\]|\^\S*|\([^)]*\))*\s*(?::?=|←|\\gets|\\leftarrow)"
LETTERED = "LEJI"  # the loss, and the identity
SPELLED = {"σ": "sigmoid", "sigma": "sigmoid", "ReLU": "relu", "sech": "tanh", "cosh": "tanh"}


def turned(derivation: System) -> dict[str, str]:
    """Matrices as those call them who write where to before where from: W_hx, W_yh, W_fh. PyTorch's W_ih is another."""
    found: dict[str, str] = {}
    for name, matrix in derivation.matrices.items():
        if matrix.source and len(name.sub) == 2 and name.sub[0] != name.sub[1] and name.sub != "hi":
            found[Name(name.letter, name.tag, name.sub[::-1], True)] = derivation.aliases.get(name, name)
    return found


def slopes(derivation: System) -> dict[str, str]:
    """Of every quantity that goes into an activation and nowhere else which one that is."""
    into = [(x.of.name, x.name) for q in derivation.forward for x in e.nodes(q.right) if isinstance(x, e.Fn) and isinstance(x.of, e.Sym)]
    into = [pair for pair in into if pair[1] in PRIMES]
    return {name: function for name, function in into if {other for own, other in into if own == name} == {function}}


def dense(derivation: System, words: Vocabulary) -> Layers | None:
    """The parts of a net of one hidden layer, with or without a state; None of any other."""
    out = words.made
    into = [name for name in words.slopes if name in out]
    given = [name for name, role in derivation.roles.items() if role == "input"]
    if len(into) != 1 or len(given) != 1:
        return None
    ends = {"first": (out[into[0]], given[0]), "again": (out[into[0]],) * 2, "last": (SCORE, out[into[0]])}
    lengths = {part: tuple(words.dims.get(name, ("",))[0] for name in pair) for part, pair in ends.items()}
    matrices = [name for name, role in derivation.roles.items() if role == "parameter" and len(words.dims.get(name, ())) == 2]
    found = {part: [name for name in matrices if words.dims[name] == pair] for part, pair in lengths.items()}
    if any(len(names) > 1 for names in found.values()) or not (found["first"] and found["last"]):
        return None
    return Layers(given[0], into[0], out[into[0]], SCORE, *("".join(found[part]) for part in ends))


def fed(derivation: System, words: Vocabulary) -> dict[str, str]:
    """Each matrix by the quantities that it is between, ``W_h1h2``, and a bias by its own, where no two have one length."""
    named = {name: words.dims[name][0] for name, role in derivation.roles.items() if role in ("state", "input") and name in words.dims}
    of = {length: name for name, length in named.items()} | {words.dims[SCORE][0]: TARGET}
    sides = {p: "".join(of.get(length, "?") for length in words.dims[p][::-1]) for p in derivation.parameters if p in words.dims}
    found = {f"{d}{name_of(p).letter}_{side}": f"{d}{p}" for p, side in sides.items() for d in ("", "d")}
    return found if len(of) > len(named) and len(found) == 2 * len(sides) else {}


def ends_of(derivation: System) -> dict[str, str]:
    """The quantities that are at the last step alone, as the scores of one answer are, and that step."""
    times: dict[str, set[e.Time | None]] = {}
    for q in (*derivation.forward, *derivation.equations):
        for s in (s for side in q[:2] for s in e.symbols(side)):
            times.setdefault(("d" * s.adjoint) + s.name, set()).add(s.time)
    ends = {e.Time(end, 0) for end in derivation.letters.values()}
    return {name: str(next(iter(found))) for name, found in times.items() if len(found) == 1 and found <= ends}


def tags(derivation: System) -> dict[str, str]:
    """What people write for a layer, for a direction and for one of two nets, and the tag that it is."""
    found = {tag: tag for symbol in map(name_of, derivation.roles) if (tag := symbol.tag)}
    ways = {name_of(name).tag: ("bw", "bwd", "backward") if back else ("fw", "fwd", "forward") for name, back in derivation.reverse.items()}
    if len({*ways.values()}) > 1:
        found |= {tag.rstrip("fb") + way: tag for tag in found.keys() & ways.keys() for way in ways[tag] if tag[-1:] in {*"fb"}}
    return found | ({"e": "enc", "d": "dec"} if {"enc", "dec"} <= found.keys() else {})


def tagged_names(derivation: System) -> dict[str, str]:
    """What programs call the quantities of a layer, a direction or one of two nets: ``W_hh_dec``, ``Whh2``, ``bh_fwd``."""
    found: dict[str, str] = {}
    for said, tag in tags(derivation).items():
        for n in (n for n in map(name_of, (*derivation.parameters, *(q.left.name for q in derivation.forward))) if n.tag == tag):
            ways = (
                itertools.product(("_", ""), ("_", ""))
                if n in derivation.parameters
                else ((line, "_") for line in ("_", "") if tag.isalpha())
            )
            found |= {f"{n.letter}{line * bool(n.sub)}{n.sub}{behind}{said}": n for line, behind in ways if n.sub or tag.isalpha()}
    return found


def other_names(derivation: System) -> tuple[dict[str, str], dict[str, str]]:
    """What books call quantities of a net, ``ŷ`` the prediction and ``c̃`` what a state takes in, the one quantity in its equation that an
    activation other than σ makes; and what programs do, ``hs[t]``, ``dy`` and ``dhraw``."""
    made, roles = {q.left: q.right for q in derivation.forward}, derivation.roles
    prediction = PROBABILITY if any(q.left.name == PROBABILITY for q in derivation.forward) else SCORE
    accents: dict[str, str] = {f"{TARGET}_hat": prediction, f"{prediction}_hat": prediction, f"{TARGET}_pred": prediction}
    gate: dict[str, str] = {}  # W_c and b_c of what c takes in, and W where there is one state alone
    states = [name for name, role in roles.items() if role == "state"]
    for q in derivation.forward:
        if roles.get(q.left.name) == "state" and isinstance(q.right, e.Add):
            taken = [s for s in e.symbols(q.right) if isinstance(by := made.get(s), e.Fn) and by.name != "sigmoid"]
            both = (q.left.name, q.left.name.upper())
            if len(set(taken)) == 1:
                accents |= {f"{name}_{accent}": taken[0].name for name in both for accent in ("tilde", "hat")}
                own, state = name_of(taken[0].name), name_of(q.left.name)
                below = [f"_{state.letter}", f"_{state.letter.upper()}", *([""] if len(states) == 1 else [])]
                gate |= {f"a_{state.letter}": by.of.name for by in [made[taken[0]]] if isinstance(by, e.Fn) and isinstance(by.of, e.Sym)}
                gate |= {f"W{own.tag}_{a}{state.letter}": Name("W", own.tag, f"{a}{own.letter}") for a in "xh"}  # W_xc, W_hc
                gate |= {f"{w}{own.tag}{sub}": Name(w, own.tag, own.letter) for w in "UWb" for sub in below}
    accents |= {f"{name}_{accent}": of for name, of in gate.items() if "_" in name for accent in ("tilde", "hat")}  # W_{x\\tilde{c}}
    other: dict[str, str] = {
        f"{name}s": name for name in (PROBABILITY, *(name for name, role in roles.items() if role in ("state", "input")))
    }
    timed = [name for name, role in roles.items() if role == "input"] + [q.left.name for q in derivation.forward]
    timed = [name for name in timed if len(name) == 1]
    other |= {name.upper(): name for name in timed if name.upper() not in {*derivation.letters.values(), *LETTERED}}
    other |= gate
    halves = derivation.halves.items()
    if len(halves) == 2:  # one W on the state and one on the input, as lectures have them
        other |= {f"W{line}{'x' if letter == 'U' else 'h'}": name for name, (_, letter) in halves for line in ("_", "")}
    into = {q.left.name: q.right.of for q in derivation.forward if isinstance(q.right, e.Fn)}
    within = {name: inner for name, of in into.items() if (inner := summand(of))}
    accents |= {f"d{name}_{accent}": f"d{inner}" for accent in ("hat", "tilde") for name, inner in within.items()}
    gates = {name: inner for name, inner in within.items() if roles.get(name) == "inner" and len(name) == 1}
    bare = {name: inner for name, inner in gates.items() if isinstance(into[name], e.Sym)}  # no peephole beside it
    accents |= {f"{name}_{accent}": inner for accent in ("hat", "tilde") for name, inner in bare.items()}
    for letter in (x for x in ("z", "net") if x not in roles):  # z_f, which goes into the gate f
        other |= {f"d{letter}_{name}": f"d{inner}" for name, inner in gates.items()}
        other |= {f"{letter}_{name}": inner for name, inner in bare.items()}
    named = {name: name for name, role in roles.items() if role == "inner" and len(name) == 1 and len(gates) > 1}
    named |= {"u": named.get("z", "i")} if {"z", "i"} & {*named} else {}
    other |= {f"Gamma_{letter}": name for letter, name in named.items()}  # as Ng has gates, u that of the update
    other |= tagged_names(derivation) | {f"delta{o}": f"d{SCORE}" for o in ("o", "_o", "_out", "_output", f"_{TARGET}")}
    other |= {f"d{name}": f"d{found}" for name, found in other.items()} | {f"d{TARGET}": f"d{SCORE}"}
    other |= {"dI": "di"} if "i" in timed else {}
    if {"c", "o"} <= {*roles} and gate:  # as Graves has an LSTM: a gate's output b, an error ε of a state or of the output
        other |= {"s_c": "c", "epsilon_c": "dh", "epsilon_h": "dh", "epsilon_s": "dc"}
    other |= {"target": TARGET, "targets": TARGET, f"{TARGET}s": TARGET, "dhraw": "da"}
    other |= {} if TARGET.upper() in derivation.letters.values() else {TARGET.upper(): TARGET}
    worded = {word: names[0] for word, names in in_words(derivation).items() if len(names) == 1}
    other |= {f"{d}{name}": f"{d}{own}" for d in ("", "d") for name, own in (OUTPUTS | worded).items()}
    return accents | {f"d{name}": f"d{found}" for name, found in accents.items()}, other


def in_words(derivation: System) -> dict[str, list[str]]:
    """The quantities that a word may be for, ``hidden`` and ``forget_gate``: by the role of each, and by what its cell calls it."""
    made = {q.left.name for q in derivation.forward}
    of = {role: [name for name, own in derivation.roles.items() if own == role] for role in ("state", "input", "score")}
    out = [name for c in derivation.model.cells if (name := full_name(c.given, c.tag, None)) in derivation.roles]
    answers = [PROBABILITY] if PROBABILITY in made else of["score"]
    found = dict.fromkeys(("state", "states"), of["state"]) | dict.fromkeys(("hidden", "hidden_state"), out)
    found |= dict.fromkeys(("cell", "cell_state", "memory"), [name for name in of["state"] if name not in out])
    found |= dict.fromkeys(("probs", "prob", "probabilities", "pred", "preds", "prediction", "predictions"), answers)
    found |= dict.fromkeys(("output", "outputs"), [*of["score"], *answers, *out]) | dict.fromkeys(("logits", "scores", "o"), of["score"])
    found |= dict.fromkeys(("input", "inputs"), of["input"])
    for c in derivation.model.cells:
        for label, words in c.words.items():
            for word in {words.replace(" ", "_"), words.replace(" ", ""), *([words.split()[0]] if words.split()[0] not in found else [])}:
                found[word] = [*found.get(word, ()), full_name(label, c.tag, None)]
    return {word: [*dict.fromkeys(names)] for word, names in found.items() if names and word not in derivation.letters}


def arguments(derivation: System, text: str, words: Vocabulary) -> dict[str, str]:
    """What a text calls that which goes into a function by a letter that neither the model nor a line of its own has: ``tanh(z_t)``,
    ``f'(net_j)``. Only where one quantity goes into that function, which the text does not name itself."""
    into: dict[str, set[str]] = {}
    for x in (x for q in derivation.forward for x in e.nodes(q.right)):
        if isinstance(x, e.Fn) and isinstance(x.of, e.Sym):
            into.setdefault(x.name, set()).add(x.of.name)
    any_of = {name for act, names in into.items() if act in PRIMES for name in names}
    found: dict[str, set[str]] = {}
    counted = {"t", *derivation.letters.values(), *words.sizes, *LETTERED}
    for act, name in ARGUMENT.findall(text):
        known = words.find(name) or name in words.other or name in words.accents or name in counted
        if not known and not re.search(MADE.format(name), text):
            found.setdefault(name, set()).update(into.get(SPELLED.get(act, act), any_of))
    meant = {name: next(iter(own)) for name, own in found.items() if len(own) == 1}
    said = {own: "|".join([own, *(other for other, of in words.other.items() if of == own)]) for own in meant.values()}
    meant = {name: own for name, own in meant.items() if not re.search(rf"(?<![A-Za-z\\])(?:{said[own]})(?![A-Za-z])", text)}
    return {f"{d}{name}": f"{d}{own}" for name, own in meant.items() for d in ("", "d") if f"{d}{own}" in words.timed}
