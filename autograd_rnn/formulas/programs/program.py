r"""A program's lines as equations: loops and what only clears the way left out, what changes a quantity in place put where it was made; and
``\begin{cases}``, a line for each case."""

from __future__ import annotations

import re
from collections.abc import Collection

from autograd_rnn.formulas.system import PROBABILITY
from autograd_rnn.formulas.writing.lines import Unreadable
from autograd_rnn.formulas.writing.spans import condition, halves, left_over

Numbered = tuple[int, str]  # a line and its number
LOOP = re.compile(r"\s*for\s+\w+\s+in\s+.*:\s*$")
LENGTH = r"(?:[TS]|len\([\w.]+\)|[^\W\d][\w.]+(?:\[-?\d\])?)"
EVERY = rf"(?:(?:0,)?{LENGTH}|1,{LENGTH}\+1|{LENGTH},0,-1|{LENGTH}-1,-1,-1)(?:,1)?"
WHOLE = re.compile(rf"for\w+in(?:[a-z]+\()*(?:(?:\w+\.)?a?range\({EVERY}\)|[^\W\d]\w*)\)*(?:\[::-1\])?:$")
RECKONED = re.compile(  # more than names
    r"\s*return\b.*(?:[*/@+]\s*[\w(\[]|(?:^|[\s(,\[{:=\w])-|\.T\b|(?<=\w)(?<!dict)(?<!list)(?<!tuple)(?<!return)\(|\bif\b)"
)
IDLE = re.compile(r"\s*(?:def\s.*:|return\b.*|pass|(?:from\s+\w+\s+)?import\s.*)\s*$")
PART = re.compile(r"\s*([^\W\d]\w*)\[(?:-?\d+|[-\d]*:[-\d]*)\]\s*[-+*/]?=(?!=)")
NAME = r"[^\W\d]\w*(?:\[[^\[\]=]*\])?"
WHOLE_AXIS = re.compile(r"0|:|(?:np\.)?arange\(\s*(?:T|len\(\w+\))\s*\)")
ZERO = re.compile(rf"\s*({NAME}(?:\s*[,=]\s*{NAME})*)\s*=\s*(?:(?:\w+\.)*zeros?(?:_like)?\(.*\)|(0(?:\.0*)?))\s*$")
HOT = re.compile(rf"\s*({NAME})\[(.+)\]\s*-=\s*1(?:\.0*)?\s*$")
MASKED = re.compile(rf"\s*({NAME})\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*(?:[<>]|==|!=)=?.+)\]\s*=\s*(0(?:\.0*)?)\s*$")
STEPLESS = re.compile(r"d(?:[A-Zb]\w*|[wp]_(?!next|prev)\w+)(?<!_t)")  # dW = dW + ... collects
OF_ALL = re.compile(r"/\s*(?:\w+\.)*sum\(((?:[^(),\[\]]|\((?:[^(),\[\]]|\([^(),\[\]]*\))*\))*)\)")  # np.exp(s) / np.sum(np.exp(s))
ONTO = re.compile(rf"^\s*({NAME})\s*=\s*\1\s*([-+*/])\s*(.+)$")
AGAIN = re.compile(rf"\s*({NAME})\s*([-+*/])=(?!=)\s*(.+)$")
ALSO = re.compile(
    r"[,;]?\s+(?:\\(?:text|mathrm)\s*\{\s*(?:where|with|wobei|mit|où|avec|con)\s*\}|where|with|wobei|mit|où|avec|con)\s+"
    r"(?=(?![tTS]\b|respect\b|the\b|an?\b|d(?:er|ie|as|em|en)\b|l(?:a|es?)\b|une?\b|eine?[mnr]?\b)[^=<>≤≥\n]{1,200}=)"
)
ANY = re.compile(r"[=←]|\\(?:leftarrow|gets)(?![a-z])")
CASES = re.compile(
    r"(?:\\begin\{d?cases\}|\\left\s*\\(?:\{|lbrace)\s*\\begin\{array\}\s*\{[^{}]*\})((?:(?!\\begin)[\s\S]){,4000}?)"
    r"(?:\\end\{d?cases\}|\\end\{array\}\s*\\right\s*\.)"
)
IN_A_LINE = re.compile(  # a if t = T, b otherwise
    r"(?m)^([^=\n]*=)([^=\n]+?),?[ \t]+(?:if|when|for)[ \t]+([^,;\n<>=≤≥≠]*[<>=≤≥≠]=?[^,;\n<>=≤≥≠]*)[,;][ \t]*(?:and[ \t]+)?"
    r"(?:(?:else|otherwise)[,:]?[ \t]+([^=\n]+?)|([^=\n]+?),?[ \t]+(?:else|otherwise))[ \t.]*$"
)
SIGN = re.compile(r"\s*(\\[lgn]eq?(?![a-z])|[<>!=]=|[<>=≤≥≠])\s*")
SPELLED = {r"\le": "≤", r"\leq": "≤", "<=": "≤", r"\ge": "≥", r"\geq": "≥", ">=": "≥", r"\ne": "≠", r"\neq": "≠", "!=": "≠", "==": "="}
OPPOSED = dict(zip("<≥>≤=≠", "≥<≤>≠=", strict=True))
SAME = re.compile(
    r"(?:\b1|\bI|\\mathbb\{?\s*[1I]\s*\}?|\\mathbf\{1\}|𝟙)\s*(?:_\s*)?\\?[\[{(]\s*([i-n])\s*==?\s*([i-n])\s*\\?[\]})]"
)  # 1{i = j}
ELEMENT = re.compile(r"([i-n])\s*(=|≠|!=|\\neq?(?![a-z]))\s*([i-n]|y(?:_\{?t\}?|\^\{?\(t\)\}?)?)")  # which element it is
OTHERWISE = re.compile(r"(?:otherwise|else|sonst|sinon)[\s.,]*$")
REST = re.compile(r"[ \t,]+\(?(?:otherwise|sonst|sinon)\)?[ \t]*\.?[ \t]*$")
ASKED = re.compile(r"[^<>=≤≥]+(?:[<>]=?|[≤≥]|\\[lg]eq?(?![a-z]))[^<>=≤≥]+$")
STEPPED = re.compile(r"([^=]*?[\w^][_\[({]+)\s*(?:([i-nt])|([TS](?:\s*-\s*\d+)?|\d+))\s*[\])}]*\s*:?=(?!=)")  # of any step, or of one


def cased(text: str) -> str:
    r"""A text with a line for each case of those that it tells apart.

    >>> print(cased("h = \\begin{cases} a & \\text{if } t = T \\\\ b & \\text{otherwise} \\end{cases}"))
    h = a if t = T
    h = b otherwise
    """
    text = SAME.sub(r"δ_{\1\2}", text)
    while match := CASES.search(text):
        before, cases, after = text[: match.start()], match[1], text[match.end() :]
        above, _, left = before.rpartition("\n")
        made, told = [], []  # type: list[str], list[tuple[str, str]]
        for case in re.split(r"\\\\", cases.replace("\n", " ")):
            side, _, when = case.strip().rstrip(",.").partition("&")
            when = re.sub(r"\\(?:text|mathrm|mbox)\s*\{([^}]*)\}|\\[,;: ]|\\q?quad", lambda m: m[1] or " ", when.replace("&", " ")).strip()
            when = re.sub(r"^(?:if|for|when|falls|wenn)\b\s*", "", when)
            told += [(side.strip().rstrip(","), when)] if side.strip() else []
        asks = [[SPELLED.get(part, part) for part in SIGN.split(when)] for _, when in told]
        rest = len(told) == 2 and (OTHERWISE.match(told[1][1]) or asks[1] == [OPPOSED.get(part, part) for part in asks[0]])
        if rest and ASKED.match(told[0][1]) and not condition(told[0][1]):  # of what is asked
            made = [f"{left}({told[0][0]} if {told[0][1]} else {told[1][0]})"]
        if rest and (of := ELEMENT.fullmatch(told[0][1])):
            one = f"δ_{{{of[1]}{of[3]}}}" if len(of[3]) == 1 and of[3] != "y" else f"1\\{{{of[1]} = {of[3]}\\}}"
            there, others = (side for side, _ in (told if of[2] == "=" else told[::-1]))
            made = [f"{left}({there}) {one} + ({others}) (1 - {one})"]
        for side, when in told if not made else ():
            asked = " otherwise" * bool(OTHERWISE.match(when)) or f" if {when}" * bool(when)
            made.append(f"{left}{side}{asked}")
        text = "\n".join([*([above] if above else []), *made]) + after
    return text


def remaining(text: str) -> str:
    """A text that says for which steps what is so otherwise: those that no other line on the same quantity has.

    >>> print(remaining("dh_t = a if t < T\\ndh_t = b otherwise"))
    dh_t = a if t < T
    dh_t = b  for t = T
    """
    lines = text.split("\n")
    for k, line in enumerate(lines):
        if not (rest := REST.search(line)) or not (mine := STEPPED.match(line)):
            continue
        others = (
            found for other in (*lines[:k], *lines[k + 1 :]) if (found := STEPPED.match(other)) and found[1].split() == mine[1].split()
        )
        said = [f"t = {found[3]}" if found[3] else halves(found.string)[1] for found in others]
        if not any(said):
            raise Unreadable(f"no other line says for which steps it is, and so not which are left: {short(line.strip())}")
        lines[k] = f"{line[: rest.start()]}  for {left_over(said, mine[2] or 't', line)}"
    return "\n".join(lines)


def apart(text: str) -> str:
    """A text with a line for each of several equations: ``e; f``, ``e where f``.

    >>> apart("di = dc * g; df = dc * c_prev").splitlines()
    ['di = dc * g', 'df = dc * c_prev']
    """
    return "\n".join(line for _, line in parted(text))


def parted(text: str) -> list[Numbered]:
    """The lines of a text with one for each of several equations, or of two cases, each with the number of the line that it comes from."""

    def ends(found: re.Match[str]) -> str:
        return found[0] if condition(text[found.end() :].partition("\n")[0]) else "\n" * found[0].count("\n") or "\0"

    lines = list[Numbered]()
    text = IN_A_LINE.sub(lambda found: f"{found[1]}{found[2]} if {found[3].rstrip()}\0{found[1]} {found[4] or found[5]} otherwise", text)
    for number, row in enumerate(ALSO.sub(ends, text).split("\n"), 1):
        for line in row.split("\0"):
            parts = list[str]()
            for part in filter(str.strip, line.split(";")):
                parts = [*parts[:-1], f"{parts[-1]};{part}"] if parts and condition(part) else [*parts, part]
            several = len(parts) > 1 and all(ANY.search(part) and part.count("(") == part.count(")") for part in parts)
            deep = line[: len(line) - len(line.lstrip())]
            lines += [(number, deep + part.strip()) for part in parts] if several else [(number, line)]
    return lines


def straight(lines: list[Numbered], sizes: Collection[str] = (), done: Collection[int] = ()) -> tuple[list[Numbered], bool, list[str]]:
    """The equations among some lines, whether they are a program's, in which their order counts, and what is taken to be so that no line
    says. ``done``: those that say already what is changed in place."""
    for _, line in lines:
        over = {*re.findall(r"\w+", line.partition(" in ")[2])}
        if LOOP.match(line) and (not over.isdisjoint(sizes) or not WHOLE.match(re.sub(r"\s", "", line))):
            raise Unreadable(f"a loop goes over all steps, `for t in range(1, T+1):`; a shorter sum is `Sum(..., t, 2, T)`: {short(line)}")
    if back := next((line for _, line in lines if RECKONED.match(re.sub(r"(?<=\w)\[[^\]]*\]", "", line))), None):
        raise Unreadable(f"a program returns names: what they are stands in its lines: {short(back.strip())}")
    given = [(number, line) for number, line in lines if not LOOP.match(line) and not IDLE.match(line)]
    whole = {make[1] for _, line in given if (make := re.match(r"\s*([^\W\d]\w*)\s*=(?!=)", line)) and not ZERO.match(line)}
    if part := next((line for _, line in given if (one := PART.match(line)) and one[1] in whole), None):
        raise Unreadable(f"this changes one element, or the step before the first, of what another line makes: {short(part.strip())}")
    looped, found, taken = len(given) < len(lines), [], []  # type: bool, list[Numbered], list[str]
    for number, line in given:
        if number in done:
            found.append((number, line))
            continue
        onto = ONTO.match(line)
        again = onto and (looped or onto[2] == "+" and STEPLESS.fullmatch(onto[1]) or made(found, onto[1]) is not None)
        onto = onto if again else None
        hot, again = HOT.match(line), onto or AGAIN.match(line)
        name, sign, right = again.groups() if again else ("", "", "")
        if hot:
            name, sign, right = hot[1], "-", f"onehot({picked(hot[2], line, given[: given.index((number, line))], looped)})"
        masked = MASKED.match(line)
        if masked and (k := made(found, masked[1])) is not None:  # da = dh.copy(); da[h <= 0] = 0
            left, _, before = found[k][1].partition("=")
            found[k] = found[k][0], f"{left}= where({masked[2]}, 0, {before.strip()})"
            continue
        k = made(found, name)
        if k is not None:
            used = next((other for other in found[k + 1 :] if re.search(rf"=.*(?<!\w){re.escape(name)}(?!\w)", other[1])), None)
            if used:
                raise Unreadable(f"`{name}` is changed in line {number}, after line {used[0]} has used it: say there what it is by then")
            left, _, before = found[k][1].partition("=")
            found[k] = found[k][0], f"{left}= ({before.strip()}) {sign} " + (right if onto else f"({right})")
        elif hot or onto and sign == "+":
            found.append((number, f"{name} = {PROBABILITY} - {right}" if hot else f"{name} += {right}"))
            taken += [f"`{name}` is taken to be `{PROBABILITY}` before 1 is taken from it: no line says so"] if hot else []
        else:
            found.append((number, line))
    kept: list[Numbered] = []
    for k, (number, line) in enumerate(found):
        zero = ZERO.match(line)
        names = [name.strip() for name in re.split(r"[,=]", zero[1])] if zero else []
        whole_names = [re.sub(r"\[\s*(?:t|:|\.\.\.)\s*\]$", "", name) for name in names]
        if late := next((name for name in whole_names if "[" not in name and cleared(name, False, found[:k])), None):
            raise Unreadable(f"`{late}` is set to zero behind the line that makes it: {short(line.strip())}")
        bare = [name for name in names if not cleared(name, bool(zero and zero[2]) and not looped, found)]
        kept += [(number, line)] if len(names) == len(bare) < 2 else [(number, f"{name} = 0") for name in bare]
    if not kept:
        raise Unreadable("there is no formula in the text")
    return kept, looped, taken


def picked(places: str, line: str, before: list[Numbered], looped: bool) -> str:
    """Which element of each step a line makes less by 1. ``before``: the lines above it."""
    parts = [part.strip() for part in places.split(",")]
    elements = [part for part in parts if not WHOLE_AXIS.fullmatch(part)]  # of a row or a column of one, or of each step
    if len(elements) != 1 or ":" in parts and not looped or "arange" in parts[-1]:
        raise Unreadable(f"of each step one element is made less by 1, `ds[y[t]]` or `ds[np.arange(T), y]`: {short(line)}")
    if len(parts) > 1 and ":" not in parts and (all_of := next((x for _, x in before if OF_ALL.search(x)), None)):
        raise Unreadable(f"of all steps at once a sum has its axis, `np.sum(..., axis=1, keepdims=True)`: {short(all_of.strip())}")
    return elements[0]


def made(lines: list[Numbered], name: str) -> int | None:
    """The line that says what a name is, if it is not just set to zero."""
    squeezed = re.sub(r"\s", "", name)
    found = [k for k, (_, line) in enumerate(lines) if re.sub(r"\s", "", line.partition("=")[0]) == squeezed and not ZERO.match(line)]
    return found[-1] if found else None


def cleared(name: str, plain: bool, lines: list[Numbered]) -> bool:
    """Whether what is set to zero is given its value by other lines: it collects from the steps, or is an array that they fill."""
    name = name.partition("[")[0] if "[t" in name else name
    filled = rf"\s*{re.escape(name)}(?:\[[^\]]*\])?\s*" + (r"\+=" if plain or "[" in name else r"\+?=")
    return any(re.match(filled, line) and not ZERO.match(line) for _, line in lines)


def short(line: str, most: int = 80) -> str:
    """A line's text, cut where it is long."""
    return line if len(line) <= most else line[: most - 3] + "..."
