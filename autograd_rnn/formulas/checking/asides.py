"""What books write around their equations: ``≈``, bars of evaluation, θ for any parameter, and what they say of the loss itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from autograd_rnn.formulas.checking.lines import LONGEST, MOST, Unreadable, marked
from autograd_rnn.formulas.checking.prose import several
from autograd_rnn.formulas.checking.signs import plain
from autograd_rnn.formulas.system import LOSS, SCORE, System

EQUATES = re.compile(r"=|≈|≃|\\(?:approx|simeq)(?![A-Za-z])")
ABOUT = re.compile(r"≈|≃|\\(?:approx|simeq)(?![A-Za-z])")
LEFT = re.compile(r"\\left\.")
SIZED, VERT = re.compile(r"\\(?:right|[bB]igg?r?)\s*(?=\||\\r?vert)"), re.compile(r"\\r?vert(?=\s*_)")
STEP = r"[TS](?:\s*-\s*\d+)?|\d+"
AT = re.compile(rf"\s*\|\s*_\s*(?:\{{\s*t\s*=\s*({STEP})\s*\}}|\(\s*t\s*=\s*({STEP})\s*\))")
PUT = re.compile(r"\(\s*([a-z])\s*\)\s*\|\s*_\s*\{\s*\1\s*=\s*((?:[^{}]|\{[^{}]*\})+)\}")
HELD = re.compile(r"(?<!\|)\|\s*_\s*\{\s*[A-Za-z]\w*\s*[_=^]")
DIFFERENTIAL = r"(?:(?:∂|\\partial|\\mathrm\{d\}|(?<![A-Za-z])d)\s*|(?:∇|\\nabla)\s*(?:_\s*)?(?:\{\s*)?)"
THETA = re.compile(DIFFERENTIAL + r"(θ|Θ|\\(?:var)?[tT]heta|theta(?![A-Za-z]))")


def without(text: str, names: Mapping[str, bool]) -> tuple[str, dict[int, str]]:
    """A text with plain equations for what is only nearly one, or is one at one step, and of each line the sentence that says so.
    ``names``: of each name of the model whether it has a time.

    >>> without("dh_t|_{t=T} ≈ V^T ds_T", {"W_hh": False})
    ('dh_t = V^T ds_T  for t = T', {1: '`≈` is read as `=`'})
    """
    if len(text) > LONGEST or not re.search(r"[≈≃|θΘ]|\\(?:approx|simeq|r?vert|right|(?:var)?[tT]heta)|theta", text):
        return text, {}
    lines, notes = text.split("\n"), {}
    for k, line in enumerate(lines):
        if (theta := THETA.search(line)) and not any(name.startswith(("theta", "θ", "Θ")) for name in names):
            adjoints = {f"d{name}" for name in names}
            some = [f"`{name}`" for name, moves in names.items() if not moves and name not in adjoints][:2]
            said = f"`{theta[1]}` is any parameter in books: name the one that is meant, as {' or '.join(some)}"
            raise Unreadable(marked(said, line, theta.start(1)))
        if about := ABOUT.search(line):
            notes[k + 1] = f"`{about[0]}` is read as `=`"
            line = ABOUT.sub("=", line)
        if "|" in line or "vert" in line:
            line = PUT.sub(lambda found: f"({found[2]})", VERT.sub("|", SIZED.sub("", LEFT.sub("", line))))
            steps = {found[1] or found[2] for found in AT.finditer(line)}
            first = AT.search(line)
            if len(steps) == 1 and first and first.start() < line.find("="):  # on the right side it is said of one quantity there
                line = f"{AT.sub('', line)}  for t = {steps.pop()}"
            if held := HELD.search(line):
                said = "a bar says at which step, as `|_{t=T}`: what is held fixed is said by `∂⁺`, the immediate derivative"
                raise Unreadable(marked(said, line, held.start()))
        lines[k] = line
    return "\n".join(lines), notes


NAME, T = r"(?:L|E|J|loss|Loss|cost)", r"(?:_\s*\{?\s*t\s*\}?|\[t\]|\^\s*\{?\s*\(\s*t\s*\)\s*\}?|\^\s*\{?\s*t\s*\}?(?!\w)|\(t\))"
MEAN = r"(?:1\s*/\s*{0}|\(\s*1\s*/\s*{0}\s*\)|⁄\{{\s*1\s*\}}\{{\s*{0}\s*\}})"
OVER = r"(?:Σ|[Ss]um(?=_))\s*_?\s*(?:\{{\s*t\s*(?:=\s*1\s*)?\}}|\(\s*t\s*=\s*1\s*\)|t(?!\w))\s*(?:\^\s*(?:\{{\s*{0}\s*\}}|{0}))?"
CALLED = r"[Ss]um\(\s*{name}\s*{t}\s*(?:,\s*t\s*(?:,\s*1\s*,\s*{end}\s*)?|for t in range\((?:1,\s*{end}\s*\+\s*1|{end})\))\)"
SUM = r"(?:{over}\s*\(?\s*{name}\s*{t}\s*\)?|" + CALLED + ")"
DERIVED = rf"(?:[d∂]\s*{NAME}\s*/\s*[d∂]\s*{NAME}\s*{T}|⁄\{{\s*[d∂]\s*{NAME}\s*\}}\s*\{{\s*[d∂]\s*{NAME}\s*{T}\s*\}})"

MAYBE, BEGINS = re.compile(r"[^=]*(?:[LEJℒℓ]|[Ll]oss|cost)[^=]*="), re.compile(rf"\s*(?:{NAME}|{DERIVED})\s*=")


@functools.lru_cache(maxsize=8)
def forms(whole: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a line on the loss and one on its derivative are, of steps up to one of this letter."""
    over, share = OVER.format(whole), MEAN.format(whole)
    total = SUM.format(over=over, name=NAME, t=T, end=whole)
    made = rf"\s*{NAME}\s*=\s*(?:(?P<before>{share})\s*[·*]?\s*)?\(?\s*{total}\s*\)?\s*(?P<after>/\s*{whole})?\s*[.,]?\s*$"
    given = rf"\s*{DERIVED}\s*=\s*(?:(?P<one>1)|(?P<share>{share})|(?P<other>-?\s*[\d./]+))\s*[.,]?\s*$"
    return re.compile(made), re.compile(given)


def of_loss(system: System, text: str) -> tuple[str, list[str], str, int]:
    """A text without its lines on how the loss is made of those of the steps, ``L = Σ_t L_t`` and ``∂L/∂L_t = 1``; the sentences that say
    they are right, and the one on the first that is wrong with its number.

    >>> of_loss(derive(Model(RNN(2, 3), output_size=4)), "L = Σ_t L_t\\ndh_t = V^T ds_t")[:2]
    ('\\ndh_t = V^T ds_t', ['`L = Σ_t L_t` is so: the loss is the sum of those of all steps'])
    """
    lines, right, wrong, number = text.split("\n"), [], "", 0  # type: list[str], list[str], str, int
    whole = system.letters.get(LOSS)
    if whole is None or len(lines) > MOST or system.weighed or system.roles.get(LOSS) != "loss":
        return text, right, wrong, number
    mean = system.model.readout.reduction == "mean"
    once = not any(q.left.name == SCORE and q.left.time and q.left.time.base == "t" for q in system.forward)
    parts = [(k, part) for k, line in enumerate(lines) if MAYBE.match(line) and len(line) <= 200 for part in several(line)]
    for k, line in parts:
        try:
            spelled = str(plain(line.split("#")[0]))
        except Unreadable:
            continue
        made, given = forms(whole) if BEGINS.match(spelled) else (None, None)
        found, derived = (form and form.fullmatch(spelled) for form in (made, given))
        if not (found or derived):
            continue
        shared = bool(found["before"] or found["after"]) if found else bool(derived and derived["share"])
        if once:
            said = f"the loss is that of the last step alone, L = L_{whole}"
        else:
            said = f"the loss is {f'the sum of those of all steps over {whole}' if mean else 'the sum of those of all steps'}"
        if shared != mean or once or derived and derived["other"]:
            wrong, number = wrong or said, number or k + 1
        else:
            right.append(f"`{line.strip()}` is so: {said}")
        lines[k] = lines[k].replace(line, "").strip(" ,")
    return "\n".join(lines), right, wrong, number
