"""A line before it is read: in the plain spelling, with one letter for τ, and layers as parts of names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from autograd_rnn.formulas.writing.arrays import sliced
from autograd_rnn.formulas.writing.elements import LETTERS, WORD, hung, stepping
from autograd_rnn.formulas.writing.indices import ANY_TAU
from autograd_rnn.formulas.writing.signs import VARIED, plain
from autograd_rnn.formulas.writing.tags import UNIT, UNITS, tagged
from autograd_rnn.formulas.writing.vocabulary import Vocabulary
from autograd_rnn.formulas.writing.weights import units

TAU = re.compile(r"(?<![A-Za-z0-9])tau(?!\w)")
PAIR, ONE = rf"\{{?\s*([{LETTERS}])\s*,?\s*([{LETTERS}])\s*(?:,\s*(t[^}}]*))?\}}?", rf"\{{?\s*\(?([{LETTERS}])\)?\s*\}}?"
SENSITIVITY = re.compile(  # p_ij^k(t) or π^k_{ij,t}, what a state's element k changes by with the weight ij
    rf"(?<![^\W_])((?!d|∂)[^\W\d_]|pi|dot p)(?:_{PAIR}\s*\^\s*{ONE}|\^\s*{ONE}\s*_{PAIR})(?![^\W_])"
    r"\s*(?:\(\s*(t[^()]*|\d+)\)|\[\s*(t[^\[\]]*|\d+)\])?"
)
STEPS_N = re.compile(r"[A-Za-z_}]\s*\(\s*n\s*(?:[-+]\s*\d+)?\s*\)")  # as Jaeger has a step, h(n+1)
JAEGER, ANY_T = re.compile(r"(?<![^\W_])n(?![^\W_])"), re.compile(r"(?<![^\W_])t(?![^\W_])")
RAISED = re.compile(r"(\^\s*(?:t(?![^\W_])|\{\s*\(?\s*t[^{}()]*\)?\s*\}))(\s*_(?:\{[^{}]*\}|\w+))")  # a^t_ω is a_ω^t
FIRST = re.compile(r"(?<![^\W_])([^\W\d_ΣΠ][^\W_]*)((?:\^|\*{2})\s*(?:[T2]|\{\s*[T2]\s*\}))(\s*_\s*(?:\{([^{}]*)\}|(\w)))")  # h^T_t
ARROW = re.compile(r"(?:(\^\s*\{\s*[(\[]?\s*(?:\w+\s*,\s*)?)|\^\s*)(→|←|\\(?:leftarrow|rightarrow|to)(?![A-Za-z]))")  # h^{\rightarrow}
LENGTH = re.compile(r"(?<!\w)T_(?:\{\s*(?:\\(?:text|mathrm)\{)?(x|y|e|d|enc|dec)\}?\s*\}|([xy])(?!\w))")
BAR = re.compile(r"\\(?:bar|overline)(?![a-z])|\u0304")
DIFFERENTIAL = re.compile(r"[∂∇]|\\partial|\\nabla|d(?:C|Div|DIV|div|[LEJ]_)")
BRACKETED = re.compile(r"_\{\s*([(\[])\s*([^(){}\[\]]*)[)\]]\s*\}")  # h_{(t-1)}
LOSS = r"(C|Div|DIV|div|[LEJ]_(?:\{\s*tot(?:al)?\s*\}|tot(?:al)?(?!\w)))"  # as some books call it, beside L, E and J
OF_LOSS = re.compile(rf"(?<![^\W_])[d∂]\s*{LOSS}\s*(?=/|\}}\s*\{{)|∇\s*_?\s*(?:\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|\w)\s*{LOSS}(?!\w)")
OVER = r"(?:[∂d]\s*[LEJ]|∂\s*(?:\^?\s*\{?\+\}?\s*)?[^\W\d]\w*(?:\s*[_^]\s*(?:\{[^{}]*\}|\([^()]*\)|\w+)|\[[^\[\]]*\])*)"
UNDER = r"[∂d]\s*[^\W\d]\w*(?:\s*[_^]\s*(?:\{[^{}]*\}|\([^()]*\)|\w+)|\[[^\[\]]*\])*"
LINEAR = re.compile(  # (∂L)/(∂h_t ), as word processors write a fraction in one line
    rf"(?<![A-SU-Za-z0-9])(?:(\()\s*{OVER}\s*(\))|{OVER})\s*/\s*(?:(\()\s*{UNDER}\s*(\))|(?(1){UNDER}|(?!)))"
)
LIMITS = re.compile(r"(Σ|Π)(\s*\^\s*(?:\{[^{}]*\}|\w))(\s*_\s*(?:\{[^{}]*\}|\w))")  # its end in front
ELEMENT = re.compile(rf"\)\s*\^\s*\{{?\s*([{LETTERS}])\s*\}}?(?!\w)")  # σ(W x)^j, as h_t^j has it
MOVING = r"_\{[^{}]*[tTS][^{}]*\}|_[tTS](?!\w)|\[\s*(?:[tTS][^\[\]]*|\d+\s*)\](?=\s*\[)|\(\s*[tTS][^()]*\)"
NUMBERED = re.compile(rf"(?<![^\W_])([^\W\d]\w*?)({MOVING})?\[\s*([{LETTERS}\d](?:\s*,\s*[{LETTERS}\d])?)\s*\]")  # dW[0, 1]
GLUED = re.compile(
    r"(?<![^\W_\\])([A-Z])([^\W\d_])(?=\s*[_^]\s*[{(]*\s*[(<\[]?\s*([^\W\d_])(?![^\W_])|[\[(]\s*([^\W\d_])(?![^\W_]))"
)  # Wh_{t-1}

PEOPLE = (  # as people write it, and as it is read
    (re.compile(r"\^\s*(?:\{\s*<([^<>{}]*)>([^<>{}]*)\}|<([^<>{}]*)>(T(?!\w))?)"), r"^{(\1\3)\2\4}"),  # h^{<t>} and h^{<t-1>T}
    (re.compile(r"\^\s*\{\s*\|\s*V\s*\|\s*\}"), "^{V}"),  # of a sum over the words of a vocabulary
    (re.compile(rf"(?<![\w.])1\s*_\s*\{{\s*([{LETTERS}])\s*,\s*(y(?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"), r"1_{\1=\2}"),  # Goodfellow's 1_{i,y}
    (re.compile(r"(?<![\w\\])(y_(?:\{[^{}]*\}|\w))\s*\^\s*\{?\s*\(?one[-\s]?hot\)?\s*\}?"), r"onehot(\1)"),
    (re.compile(r"(\([^()]*[<>]=?[^()]*\))\.astype\((?:np\.)?(?:float|int)\d*\)"), r"\1"),  # of what is compared
)
TURNED_ELEMENT = re.compile(  # W^T_{ij} is the element ij of the transposed matrix, where no W_ij has a name
    rf"(?<![^\W_])([^\W\d_]+(?:_(?:\{{\w+\}}|\w+))?)\s*\^\s*(?:T|\{{\s*T\s*\}})\s*_\s*\{{?\s*([{LETTERS}])\s*,?\s*([{LETTERS}])\s*(?:\}}|(?!\w))"
)


def sensed(text: str, places: list[int], vocabulary: Vocabulary) -> tuple[str, list[int]]:
    """A line with a derivative for each sensitivity, as real-time recurrent learning has it with three indices. By which matrix: by the one
    of the input that stands beside the Kronecker delta, else by that of the state."""
    if not vocabulary.learned or not (found := list(SENSITIVITY.finditer(text))):
        return text, places
    state, matrices = vocabulary.learned
    second = {match[3] or match[8] for match in found}
    words = [(match[0], "".join([*match[0].split("_")[1:], *hung(text, match.start(), LETTERS)[1]])) for match in WORD.finditer(text)]
    beside = [word for word, below in words if {*below} & second]
    matrix = next(
        (own for name, own in matrices.items() if name != state and any(re.match(rf"{name}(?:_|$)", x) for x in beside)), matrices[state]
    )
    new = []
    for match in found:
        i, j, one, k = (match[2], match[3], match[4], match[5]) if match[5] else (match[7], match[8], match[9], match[6])
        step = one or match[10] or match[11] or "t"
        new.append((*match.span(), f"∂{state}_{{{step.strip()},{k}}}/∂{matrix}_{{{i}{j}}}"))
    return exchanged(text, places, new)


def evened(text: str, vocabulary: Vocabulary) -> str:
    """A text with the letter of the model for the length of each sequence, T_x and T_y, and with words for arrows above names."""
    ends = {"y": "S", "d": "S", "dec": "S"} if "dec" in vocabulary.layers else {}
    text = text if vocabulary.letter("T") else LENGTH.sub(lambda m: ends.get(m[1] or m[2], "T"), text)
    text = re.sub(r"\\vec(?!\s*\{?\s*x|[A-Za-z])", r"\\overrightarrow", text) if vocabulary.both else text
    return ARROW.sub(lambda m: f"{m[1] or '^{'}{'bw' if m[2][:2] in ('←', chr(92) + 'l') else 'fw'}{'' if m[1] else '}'}", text)


def numbered(line: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """A line on one element with letters for the numbers that say which, ``db_h[0] = Σ_t da_t[0]``: what is so of any is so of that one."""
    wholes = {m: m[2] and vocabulary.called(m[1] + m[2]) for m in NUMBERED.finditer(line)}  # U_S is a name, and no U at step S
    found = [
        m for m, own in wholes.items() if (m[2] is not None and not own) == vocabulary.timed.get(own or vocabulary.called(m[1]) or "", True)
    ]
    whole = found and "=" not in line[: found[0].start()] and re.match(r"[\s})]*=", line[found[0].end() :])
    places = re.findall(r"\d", found[0][3]) if whole else []
    taken = {*re.findall(rf"(?<![A-Za-z])[{LETTERS}](?![A-Za-z])", line), *vocabulary.timed}
    letters = dict(zip(places, (letter for letter in LETTERS if letter not in taken), strict=False))
    if (
        not places
        or len(letters) < len(places)
        or re.search(r"\)\s*\[\s*\d", line)
        or not all({*re.findall(r"\d", m[3])} <= {*places} for m in found)
    ):
        return line, ""
    said = f"`[{found[0][3]}]` is read as that of any element: what is so of each is so of one"
    for m in reversed(found):
        line = line[: m.start(3)] + re.sub(r"\d", lambda n: letters[n[0]], m[3]) + line[m.end(3) :]
    return line, said


def losses(text: str, vocabulary: Vocabulary) -> list[re.Match[str]]:
    """What is the loss by another name, which no quantity of the net and none of the person's has: ``C`` or ``E_total``."""
    found = [match for match in OF_LOSS.finditer(text) if not {*filter(None, match.groups())} & {*vocabulary.own}]
    return [match for match in found if not vocabulary.letter(match[match.lastindex or 0])]


def unit_steps(text: str, vocabulary: Vocabulary) -> list[re.Match[str]]:
    """Where the unit step function of what goes into a relu stands by a letter that books have for it and nothing else has, ``H(a_t)``."""
    rectified = "|".join(re.escape(name) for name, act in vocabulary.slopes.items() if act == "relu")
    found = re.finditer(rf"(?<![\w.])(H|[Tt]heta|u|step|unit_step)(?=\s*\(\s*-?\s*(?:{rectified})(?![^\W_]))", text) if rectified else ()
    return [match for match in found if not vocabulary.find(match[1]) and match[1] not in vocabulary.own]


def exchanged(text: str, places: list[int], new: Iterable[tuple[int, int, str]]) -> tuple[str, list[int]]:
    """A text with other pieces from here to there, each at the place where the old one begins."""
    places = places[: len(text)]
    for start, end, instead in sorted(new, reverse=True):
        text = text[:start] + instead + text[end:]
        places[start:end] = [places[min(start, len(places) - 1)]] * len(instead)  # behind the last one too
    return text, places


def prepared(line: str, vocabulary: Vocabulary) -> tuple[str, list[int]]:
    """A line in the plain spelling, τ as the step that it is, a layer above a name as part of it, ``h^{2}_{t}`` as ``h2_{t}``; and of each
    character the place in the line."""
    spelled = plain(line, vocabulary.letters)
    text, places = vocabulary.standing(str(spelled)), spelled.at
    text, places = exchanged(text, places, [(m.start(2), m.start(2), " ") for m in GLUED.finditer(text) if multiplied(m, vocabulary)])
    brackets = (m.span(k) for m in LINEAR.finditer(text) for k in range(1, 5) if m[k])
    text, places = exchanged(text, places, [(*span, " ") for span in brackets])
    for writing, reading in PEOPLE:
        text, places = exchanged(text, places, [(*m.span(), m.expand(reading)) for m in writing.finditer(text)])
    whole = (m for m in TURNED_ELEMENT.finditer(text) if not any(vocabulary.called(f"{m[1]}_{sub}") for sub in (m[2] + m[3], m[3] + m[2])))
    text, places = exchanged(text, places, [(*m.span(), f"{m[1]}_{{{m[3]}{m[2]}}}") for m in whole])
    text, places = exchanged(text, places, [(*m.span(), f"_{{{m[2]}}}") for m in BRACKETED.finditer(text)])
    text, places = exchanged(text, places, [(*m.span(), f"{m[1]}{m[3]}{m[2]}") for m in LIMITS.finditer(text)])
    left = text.partition("=")[0] if "^" in text else ""
    beside = re.search(rf"\w_\{{?t[^=]*?\^\s*\{{?\s*([{LETTERS}])(?!\w)", left) if len(left) < 100 else None
    elements = [(*m.span(), f")_{m[1]}") for m in ELEMENT.finditer(text) if beside and beside[1] == m[1]]
    text, places = exchanged(text, places, elements)
    text, places = exchanged(text, places, [(*m.span(m.lastindex or 0), "L") for m in losses(text, vocabulary)])
    text, places = exchanged(text, places, [(*m.span(), "positive") for m in unit_steps(text, vocabulary)])
    text, places = exchanged(text, places, sliced(text, vocabulary)[0] if ":" in text else [])
    text = JAEGER.sub("t", text) if STEPS_N.search(text) and not vocabulary.find("n") and not ANY_T.search(text) else text
    text, places = exchanged(text, places, units(text, vocabulary.dense)[0] if "w" in text else [])
    text, places = sensed(text, places, vocabulary)
    plainly = lambda m: m[1] + vocabulary.layers.get(m[2] or m[3], m[3] or "")
    text, places = exchanged(
        text, places, [(*m.span(1), UNIT.sub(plainly, m[1])) for m in UNITS.finditer(text) if re.search(r"\^|ward", m[1])]
    )
    text, places = exchanged(text, places, tagged(text, vocabulary))
    text = RAISED.sub(lambda found: found[2] + found[1], text)
    text = FIRST.sub(lambda m: m[1] + m[3] + m[2] if behind(m, vocabulary) else m[0], text)
    new: list[tuple[int, int, str]] = []
    if "tau" in text and not (vocabulary.find("tau") or "tau" in vocabulary.own):
        new += [(*match.span(), "T" if vocabulary.tau else "τ") for match in TAU.finditer(text)]
    return exchanged(text, places, new)


def multiplied(found: re.Match[str], vocabulary: Vocabulary) -> bool:
    """Whether two letters with a step behind them are a matrix and a quantity, as a name of a matrix has no step."""
    whole, step, timed = found[1] + found[2], found[3] or found[4], vocabulary.timed
    known = whole in vocabulary.own or timed.get(vocabulary.called(whole) or "")
    return (
        not known
        and step in {*"tTS", *stepping(found.string)}
        and timed.get(found[1]) is False
        and bool(timed.get(vocabulary.called(found[2]) or ""))
    )


def behind(found: re.Match[str], vocabulary: Vocabulary) -> bool:
    """Whether what stands below a name behind its ``^T`` is its step, or what a matrix is of: no T is the last step there, no 2 a layer."""
    below = (found[4] or found[5]).strip()
    moving = below[:1] in {*"tTS", *stepping(found.string)} and not below[1:2].isalpha()
    return moving or vocabulary.timed.get(vocabulary.find(f"{found[1]}_{below}") or "") is False


def taken(line: str, vocabulary: Vocabulary) -> list[str]:
    """The sentences that say what signs of a line are read as something of the model."""
    seen = vocabulary.learned or ":" in line or vocabulary.slopes or vocabulary.dense and "w" in line or DIFFERENTIAL.search(line)
    spelled, said = str(plain(line, vocabulary.letters)) if seen else "", []
    if vocabulary.learned and (sense := SENSITIVITY.search(spelled)):
        said.append(f"`{sense[0].partition('(')[0].strip()}` is read as what the element of the state changes by with that of the weight")
    said += [sliced(spelled, vocabulary)[2] if ":" in line else ""]
    said += [units(spelled, vocabulary.dense)[1] if vocabulary.dense and "w" in line else ""]
    said += ["`τ` is read as the last step, T"] * bool(vocabulary.tau and ANY_TAU.search(line))
    said += [f"`{m[1]}` is read as the unit step function, `1{{a > 0}}`" for m in unit_steps(spelled, vocabulary)]
    lost = losses(spelled, vocabulary) if DIFFERENTIAL.search(line) else []
    said += [f"`{loss[loss.lastindex or 0]}` is read as the loss, `L`" for loss in lost]
    said += [f"`{name}` has no layer here and is read as `{whole}`" for name, whole in vocabulary.untold.items()]
    said += ["a bar above a name is read as its adjoint"] * bool(BAR.search(line) and not VARIED.search(line))
    return [sentence for sentence in said if sentence]
