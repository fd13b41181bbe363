"""For which steps a line says that it holds: ``(1 < t < T)``, ``for t = T``, ``[t ≥ T-1]``, ``for all t``. A condition is read as the steps
that it has in a long sequence, or the line is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd_rnn.algebra.expr import Time
from autograd_rnn.formulas.writing.lines import END, UNENDED, Unreadable, marked
from autograd_rnn.formulas.writing.signs import closing

INDEX = "[i-ntτ]"
TERM = rf"(?:(?:{INDEX}|[TS])(?:[+-]\d{{1,2}})?|\d{{1,2}})(?![\d+-])"
LISTED = rf"{TERM}(?:,{TERM}(?![<>≤≥=≠∈]))*"
SOME = re.compile(rf"({INDEX})([=∈])([\[({{]?)({LISTED})(,?…,?)?((?(5){TERM}))([\])}}]?)")  # t = T-1, ..., 2
UNLIKE = re.compile(rf"({INDEX})?≠({LISTED})")
CHAIN = re.compile(rf"{TERM}(?:[<>≤≥=]{TERM})+")  # 1 < t ≤ T-1
RELATIONS = {"=": int.__eq__, "<": int.__lt__, ">": int.__gt__, "≤": int.__le__, "≥": int.__ge__}
SIGNS = {r"\\leq?(?:slant)?(?![a-z])|<=|⩽|≦": "≤", r"\\geq?(?:slant)?(?![a-z])|>=|⩾|≧": "≥", r"\\neq?(?![a-z])|!=|/=|<>": "≠",
         r"\\lt(?![a-z])": "<", r"\\gt(?![a-z])": ">", r"==": "=", r"\\in(?![a-z])|\bin\b": "∈", r"\bfrom\b|\bvon\b|\bde\b": "=",
         r"\\[lc]?dots|\.\.+|:(?:-1:)?": "…",
         r"\b(?:down\s*)?to\b|\bbis\b|à|→|\\to\b": "…", r"\\[,;:! ]|~|\u2009|\u00a0": " ",
         r"\b(?:and|und|et)\b|∧|&+|\\(?:wedge|land)\b": ","}  # fmt: skip
COUNTED = re.compile(r"(?:reversed\()?range\((?:[TS]|1,[TS]\+1|[TS],0,-1|[TS]-1,-1,-1)\)+")
WORD = re.compile(  # what such a condition begins with
    r"(?:∀|\\forall(?![a-z])|(?:for|if|where|when|whenever|at|with|on|in|provided(?:\s+that)?|für|fuer|wenn|falls|bei|pour|si|all|every|each|any|alle|"
    r"jede[sn]?|tou[ts]|tous\s+les|chaque|(?:time[\s-]*)?steps?|zeitschritte?n?)(?![\w'’]))[\s:,]*", re.IGNORECASE)  # fmt: skip
TEXT = re.compile(r"\\(?:text|mathrm|mbox|textrm)\s*\{([^{}]*)\}")
ALL = re.compile(r"∀|forall|\b(?:all|every|each|any|alle|jede[sn]?|tou[ts]|chaque|for|für|pour)\b", re.IGNORECASE)
BEGIN = re.compile(r"\s*[,;:|]\s*|\s+|(?<=[\]})ᵀₜ])(?=[(\[{])|(?<=_t)(?=[(\[{])|(?<=[\w\]})])(?=∀|\\forall)")
HOLDS = re.compile(r"(?:(?<![\w.])(?:1(?!\s\s)|[I𝟙𝟏χ])|\\math\w+\s*\{?\s*[1I]\s*\}?|\\chi|\bwhere)_?\s*$")  # 1{t < T}, not 1   (t < T)
GROUP = re.compile(r"(?:\s|(?<=[\]})ᵀₜ])|(?<=_t))[(\[{]([^()\[\]{}]*)[)\]}][\s.,;]*$|[,;]\s*([^,;=]*=?[^,;=]*)$")
BARE = re.compile(r"(?<![\w\\\[^{_.])[tT](?![\w\[(])(?=[^\w]*[<>≤≥≠∈=])|[<>≤≥≠∈=]\s*[tT](?![\w\[(])")
MAYBE = re.compile(
    r"[<>≤≥⩽⩾≦≧≠∈∀]|=.*=|\\(?:[lg]eq?|[lg]t|neq?|in|forall)|\b(?:in|from|von|for|pour|für|all|every|each|any|steps?)\b", re.DOTALL
)
PAIRS, FAR, LONG, BESIDE = {"(": ")", "[": "]", "{": "}"}, 160, 1000, 300
TWO = re.compile(
    r"(?:\d+[<≤])?[i-n]([<≠≤])[tTS](?:(?<=t)≤[TS])?|(?:[TS]≥(?=t))?[tTS]([>≠≥])[i-n](?:[>≥]\d+)?"
)  # of a derivative's two steps
ANY_STEP = re.compile(r"[^=+]*?[\w^][_\[({]+t[\])}]*\s*(?::?=|←)(?!=)")  # of which a loop over all steps says the last one, too
ON = re.compile(r"[\[_({^⟨,]\s*([i-ntτTS])(?![A-Za-z])|([ₜₖ])")

LEFT = re.compile(
    r"^([^=\n]*?[\w\]})])\s*[(\[]((?=[^\n]*?(?:[<>≤≥⩽⩾=≠∈]|\b(?:in|from)\b|\\[lgni][etn]))(?:[^()\[\]\n]|\[[^()\[\]\n]*\])*)[)\]]\s*(:?=)(?!=)(.*)$"
)
SPLIT = re.compile(r"\s*[:,]\s*|\s+|(?<=[)\]])")
THEN = re.compile(r"^(?:(?:then|we\s+(?:have|get)|gilt|ist|dann|alors|on\s+a)[\s:,]+)+", re.IGNORECASE)
DOTS = r"\s*,?\s*(?:\.\.+|…|\\[lc]?dots|(?:down\s+)?to|bis|à|:|through)\s*,?\s*"
LESS = r"\s*(?:<=|≤|\\leq?)\s*"
STEPS = (
    rf"(?:t\s*(?:=|from|von|de|in|∈|\\in|\s)\s*\\?\{{?(?:1\s*(?:,\s*2\s*)?{DOTS}T|T\s*(?:,\s*T\s*-\s*1\s*)?{DOTS}1)\\?\}}?|"
    rf"1{LESS}t{LESS}T)"
)
EVERY = re.compile(  # what claims all steps
    rf"(?<!\w){STEPS}(?!\w)|\b(?:from|von|de)\s+(?:1\s+(?:to|bis|à)\s+T|T\s+(?:down\s+)?(?:to|bis|à)\s+1)\b|"
    r"\b(?:always|everywhere|throughout|immer|stets|überall|toujours|partout)\b|\b(?:whole|entire|full)\s+sequence\b|"
    r"\b(?:for|at|in|on|over|across|für|bei|zu|auf|über|pour|à|en|sur)\s+(?:all|every|each|any|allen?|jede[nmrs]?|tou[ts]|toutes?|chaque)\s+(?:\w+\s+){0,2}?"
    r"(?:t|(?:time\s*)?steps?|times?|\w*[Ss]chritt\w*|Zeit\w*|pas|instants?)\b", re.IGNORECASE,
)  # fmt: skip
ONE = re.compile(r"(?<!\w)(?:(?:very\s+)?(?:first|last|final)\s+(?:time[\s-]*)?step|(?:erste|letzte)[nmrs]?\s+(?:Zeits|S)chritt|"
                 r"(?:premier|dernier)\s+(?:pas|instant)|t\s+(?:is\s+)?(?:odd|even|small|large)|"
                 r"(?:odd|even)\s+(?:t|steps?))(?!\w)", re.IGNORECASE)  # fmt: skip

UNBOUND = "the condition is on an index that the left side has not: a sum says below its sign over what it goes"
ADVICE = "write `for t < T`, `for t = T` or `for 1 < t`"


class Span(NamedTuple):
    """A line without what it says of steps; the steps of which it says nothing; those where alone it holds, if they are few; whether it is
    said where two steps differ; what is to be said of how it was read; and whether it says of which steps it is, so that no other line's
    step is none of them."""

    body: str
    apart: frozenset[Time] = frozenset()
    steps: tuple[str, ...] = ()
    distinct: bool = False
    notes: tuple[str, ...] = ()
    claimed: bool = False


class Said(NamedTuple):
    """What a condition says: its parts, one for each relation, of which index; all steps if there is none."""

    parts: tuple[re.Match[str], ...]
    of: str
    text: str
    notes: tuple[str, ...] = ()


def spanned(line: str) -> Span:
    """A line, and for which steps it is.

    >>> spanned("dh_t = W^T da_{t+1}  for t = T")[::2]
    ('dh_t = W^T da_{t+1}', ('T',), ())
    >>> sorted(spanned("dh_t = W^T da_{t+1}  (1 < t ≤ T-1)").apart)
    [Time(base='', offset=1), Time(base='T', offset=0)]
    >>> spanned("dh_t = V^T ds_t  [t ≥ T-1]").steps
    ('T-1', 'T')
    """
    found = behind(line)
    if found is None:
        stepped(line.partition("=")[2], line)
        if (group := GROUP.search(line)) and "=" in line[: group.start()]:
            inner, body = group[1] or group[2] or "", line[: group.start()]
            factor = UNENDED.search(body) or HOLDS.search(body) or any(body.count(a) != body.count(b) for a, b in PAIRS.items())
            if BARE.search(inner) and not factor and not re.search(r"\belse\b", inner):
                raise Unreadable(marked(f"what this says of steps is not read: {ADVICE}", line, group.start() + 1))
        return Span(line)
    body, said = found
    on = {letter or ("t" if low == "ₜ" else "k") for letter, low in ON.findall(body.partition("=")[0])}
    if (two := TWO.fullmatch(said.text)) and len(on) > 1:
        return Span(body, distinct=(two[1] or two[2]) in "<>≠" and "t" in on)  # of the last step it is judged where they are one, too
    if said.of not in ("", "t", *on) or len(on - {"T", "S"}) > 1 and said.of not in ("", "t"):
        raise Unreadable(f"{UNBOUND}: {line}")
    letters = sorted({*re.findall("[TS]", said.text)})
    if len(letters) > 1:
        raise Unreadable(f"one line has one last step, {' or '.join(letters)}: {line}")
    return _steps(body, said, (letters or ["T"])[0], line)


def behind(line: str) -> tuple[str, Said] | None:
    """A line without the condition behind it, and the condition; None if there is none."""
    equals = line.find("=")
    if equals < 0 or not MAYBE.search(line, equals):
        return None
    for begin in BEGIN.finditer(line, max(equals + 1, len(line) - FAR)):
        body = line[: begin.start()]
        if not body[equals + 1 :].strip() or UNENDED.search(body) or any(body.count(a) != body.count(b) for a, b in PAIRS.items()):
            continue
        if line[begin.end() : begin.end() + 1] in ("(", "[", "{") and HOLDS.search(line[: begin.end()]):
            continue
        if said := condition(line[begin.end() :]):
            return body, said
    return None


def condition(text: str) -> Said | None:
    """What a text says of steps, with the words and brackets around it; None if it is no condition.

    >>> condition("for all t in {1, ..., T}").text, condition("(T > t ≥ 2)").text, condition("a_t > 0")
    ('t∈{1…T}', 'T>t≥2', None)
    """
    inner, words, boxed = TEXT.sub(r" \1 ", END.sub("", text)).replace("\\{", "{").replace("\\}", "}").strip(), "", False
    while inner:
        if found := WORD.match(inner):
            words, inner = words + found[0], inner[found.end() :]
        elif (first := inner[0]) in PAIRS and closing(inner, 0, "([{", ")]}") == len(inner) - 1:
            inner, boxed = inner[1:-1].strip(), boxed or first != "("
        elif inner[0] == "|":
            inner = inner[1:].lstrip()
        else:
            break
    if not inner or re.fullmatch(INDEX, inner):
        return Said((), inner, "") if ALL.search(words) and (inner or "step" in words.lower() or "schritt" in words.lower()) else None
    for sign, other in SIGNS.items():
        inner = re.sub(sign, other, inner)
    inner = re.sub(r"\s*([^\w\s])\s*", r"\1", inner)
    inner = re.sub(r",?…,?", "…", inner)
    shown = END.sub("", text.strip())
    if over := re.fullmatch(rf"({INDEX})∈{COUNTED.pattern}", inner):
        return Said((), over[1], inner, (f"`{shown}` is read as all steps, which are counted from 1 here",))
    parts, at = list[re.Match[str]](), 0
    while at < len(inner):
        tried = (pattern.match(inner, at) for pattern in (SOME, UNLIKE, CHAIN))
        part = next((found for found in tried if found and inner[found.end() : found.end() + 1] in ("", ",")), None)
        if part is None:
            return None
        parts, at = [*parts, part], part.end() + 1
    indices = {*re.findall(INDEX, inner)}
    if len(indices) != 1 and not TWO.fullmatch(inner):
        return None
    told = f"`{shown}` is read as the steps for which the line is: a factor that is 1 there is `1{{t < T}}`"
    return Said(tuple(parts), "t" if "t" in indices else indices.pop(), inner, (told,) if boxed else ())


def _value(term: str, t: int) -> int:
    """A term as a number, in a long sequence."""
    return (LONG if term[0] in "TS" else t) + int(term[1:] or 0) if not term[0].isdigit() else int(term)


def _holds(part: re.Match[str], t: int) -> bool | None:
    """Whether a relation holds at a step; None if its steps do not follow one another."""
    if part.re is CHAIN:
        first, *others = re.split("([<>≤≥=])", part[0])
        pairs = zip([first, *others[1::2]], others[::2], others[1::2], strict=False)
        return all(RELATIONS[sign](_value(a, t), _value(b, t)) for a, sign, b in pairs)
    if part.re is UNLIKE:
        return t not in [_value(term, t) for term in part[2].split(",")]
    said = [_value(term, t) for term in part[4].split(",")]
    if part[5]:
        last = _value(part[6], t)
        way = 1 if last >= said[0] else -1
        run = range(said[0], last + way, way)
        return t in run if said == [*run[: len(said)]] else None
    if part[3] in ("[", "(") and len(said) == 2 and part[2] == "∈":  # (1, T) may leave out its ends
        return None if part[3] == "(" else said[0] <= t < said[1] + (part[7] == "]")
    return t in said


def _steps(body: str, said: Said, letter: str, line: str) -> Span:
    """What a condition says of the steps of a line."""

    def held() -> Iterator[tuple[int, bool]]:
        for t in (-BESIDE, *range(BESIDE), *range(LONG - BESIDE, LONG + BESIDE)):
            found = [None if part.re is SOME and part[2] == "∈" and not (part[3] or part[5]) else _holds(part, t) for part in said.parts]
            if None in found or said.of == "":
                raise Unreadable(f"what `{said.text}` says of steps is not read: {ADVICE}: {line}")
            yield t, all(found)

    if not said.parts:
        return Span(body, notes=said.notes, claimed=True)
    holds, notes = dict(held()), said.notes
    only = said.parts[0] if len(said.parts) == 1 and said.parts[0].re is SOME else None
    if only and not only[5] and not (only[3] == "[" and "," in only[4]):
        return Span(body, steps=tuple(only[4].split(",")), notes=notes)
    if holds[0] and not holds[-BESIDE]:
        also = "" if holds[LONG] else f" or {letter}"
        notes = (*notes, f"steps are counted from 1 here, and `{said.text}` is read so: nothing is asked of a step 0{also}")
    if holds[BESIDE - 1]:
        inside = ((t, Time("", t) if t <= BESIDE else Time("T", t - LONG)) for t, _ in holds.items() if 1 <= t <= LONG)
        return Span(body, frozenset(time for t, time in inside if not holds[t]), notes=notes, claimed=True)
    few = [f"{t}" if t < BESIDE else f"{letter}{t - LONG or ''}" for t, held_at in holds.items() if held_at and 1 <= t <= LONG]
    if not few or len(few) > 8:
        raise Unreadable(f"there {'is no step' if not few else 'are too many single steps'} with `{said.text}`: {ADVICE}: {line}")
    return Span(body, steps=tuple(few), notes=notes)


def left_over(said: Iterable[str], index: str, line: str) -> str:
    """The condition of the steps for which none of some others is; of those behind the last if these are all.

    >>> left_over(["(1 < t < T)", "t = 1"], "t", ""), left_over(["if t = T"], "k", ""), left_over(["t < T", "t = T"], "t", "")
    ('t = T', 'k ≠ T', 't = T+1')
    """
    found = [condition(text.strip(" ,;:")) for text in said]
    if None in found or any(not one.parts for one in found if one):
        raise Unreadable(f"which steps are left is not read: {ADVICE}: {line}")
    letter = "S" if any("S" in one.text for one in found if one) else "T"
    inside = [*range(1, BESIDE), *range(LONG - BESIDE, LONG + 1)]
    free = {t: not any(all(_holds(part, t) for part in one.parts) for one in found if one) for t in inside}
    middle = free[BESIDE - 1]
    few = [f"{t}" if t < BESIDE else f"{letter}{t - LONG or ''}" for t in inside if free[t] != middle]
    if len(few) > 8 or free[LONG - BESIDE] != middle:
        raise Unreadable(f"which steps are left is not read: {ADVICE}: {line}")
    return f"{index} {'≠' if middle else '='} {','.join(few or [f'{letter}+1'])}"


def moved_on(apart: frozenset[Time], by: int) -> frozenset[Time]:
    """The steps of which a line says nothing, so many later; those at the ends that it does not reach so, where it leaves out some."""
    gone = [Time("T", k) for k in range(by + 1, 1)] if by < 0 else [Time("", k) for k in range(1, by + 1)]
    moved = [*(time._replace(offset=time.offset + by) for time in apart), *gone] if apart else []
    return frozenset(time for time in moved if (time.offset <= 0 if time.base else time.offset > 0))


def fronted(line: str) -> str:
    """A line with the condition behind it that stands in front of it or of its sign.

    >>> fronted("for t < T: dh_t = W^T da_{t+1}"), fronted("dh_t (t = T) = V^T ds_t")
    ('dh_t = W^T da_{t+1}  for t < T', 'dh_t = V^T ds_t  for t = T')
    """
    if (on := LEFT.match(line)) and (said := condition(on[2])) and said.of:
        return f"{on[1].rstrip()} {on[3]} {on[4].strip()}  {_worded(on[2])}"
    last = line.rfind("=")
    for cut in reversed([*SPLIT.finditer(line, 0, min(max(last, 0), FAR))]):
        head, rest = line[: cut.start()].strip(), line[cut.end() :]
        if rest.lstrip()[:1] not in (*"=<>≤≥≠:,", "") and (said := condition(head)) and (said.of or cut[0].strip()):
            return f"{line[: len(line) - len(line.lstrip())]}{END.sub('', THEN.sub('', rest))}  {_worded(head)}"
    return line


def _worded(text: str) -> str:
    """A condition as it is put behind a line."""
    return text if (found := WORD.match(text)) and not found[0].isspace() else f"for {text}"


def stepped(words: str, line: str) -> None:
    """Refuses words in front of a line on any step that say of which one it is, or of all."""
    if (found := ONE.search(words) or EVERY.search(words)) and any(
        letter == "t" or low == "ₜ" for letter, low in ON.findall(line.partition("=")[0])
    ):
        raise Unreadable(f"of which step the line is, `{found[0]}`, is said by its index, as `dh_T`, or behind it, `for t = T`: {line}")


def ends(line: str) -> set[str]:
    """The last steps that a line names where it says for which steps it is, T or S."""
    found = behind(line)
    return {*re.findall("[TS]", found[1].text)} if found else set()


def halves(line: str) -> tuple[str, str]:
    """A line and what it says of steps, as it is written."""
    found = behind(line)
    return (found[0], line[len(found[0]) :]) if found else (line, "")
