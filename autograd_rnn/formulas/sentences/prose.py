"""The words around an equation: ``so the gradient is dW = ...``, ``(3) dh_t = ...``, ``dh_t = ...   (10.18)``; and several in one line."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Container, Iterable

from autograd_rnn.formulas.sentences.harmless import unread
from autograd_rnn.formulas.sentences.remarks import refused
from autograd_rnn.formulas.writing.lines import UNENDED, Unreadable, marked
from autograd_rnn.formulas.writing.spans import condition, stepped

ARROW = re.compile(r"←|\\(?:leftarrow|gets)(?![a-z])")
STACKED = re.compile(r"\s*\[([^\[\]=]*(?:\[[tT][^\[\]]*\][^\[\]=]*)*)\](_\w|_\{[^{}=]*\}|\[[^\[\]=]*\])?\s*=\s*\[(.*)\]\s*$")  # of columns
STEP = re.compile(r"\\?(?:[tTSkijτ]|tau)")  # t = 1..T says for which steps, and is none
FOLD = re.compile(r"(?:for|if|when|at|all|every)\b|\\?(?:sum|prod|Sum|Prod)|[Σ∑Π∏]")
GROUP = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")
LINKS = ("so then thus hence therefore also and now finally first next let with where define namely that is are be get gets have has "
         "obtain find yields gives becomes implies write set by follows recall "
         "ist sind gilt folgt somit daher dann wobei und mit est sont donc alors ainsi où avec et").split()  # fmt: skip
LINK = re.compile(rf"(?:^|(?<=[\s,.(]))({'|'.join(LINKS)}|i\.e\.)[,:]?\s+(?=[^\W\d]|[\\∂∇({{])", re.IGNORECASE)
NUMBERED = re.compile(r"^\s*(?:\(\s*(?:\d+(?:\.\d+)*[a-z]?|[a-z]|i{1,3})\s*\)|\d+[.)]|[a-z]\)|•|\\item)\s+(?=[^\W\d]|[\\∂∇({])")
HEADED = re.compile(r"^(?=[^=]*[A-Za-z]{2})[\w\s,.'’()-]*[\w)]:\s+(?=[^\W\d]|[\\∂∇({])")
BRANCH = re.compile(
    r"\s*(?:if|elif|else|unless|while|until|def|lambda|class|try|except|finally|async)\b", re.IGNORECASE
)  # what may not be done
PHRASE = re.compile(r"^(?!return\b)((?:[A-Za-z][a-z'’-]*\s+){1,12}[A-Za-z][a-z'’-]+),\s+(?=\S)")
LONE = re.compile(r"^\s*([^\W\d_]{2,}),\s+(?=[^\W\d])")  # wrong, a = b
REMARK = re.compile(r"\s+(\((?=[^()]*[^\W\d_]{3})(?:[^()=]|\([^()=]*\))*\))[.\s]*$")
RECKONS = re.compile(r"[\d_^²*+/@⊙∘·×⋅∙•→]|(?<!\w)[-−–]\s*\w|^\(\s*[—!]|\w\(|['′’](?![\w])")  # (1 - tanh(a_t)²) is a factor
OWN = re.compile(
    r"(?<![\w\\])([^\W\d]\w{0,40}?)(?:_\w|_?[\[{(][^\[\](){}=\n]{0,40}[\])}]){0,4}\s{0,9}(?::|\+|\*|-|/)?=(?![=<>])|\bdef\s+([^\W\d]\w*)"
)
TAG = re.compile(r"\s*\\tag\*?\s*\{([^{}]*)\}|(?<=[\w\s)}\]²ᵀ])(?:\s\s+|\s*(?:\\q?quad\s*)+|"
                 r"\s+(?:[-.…·]{2,}>?|[—─…]+|\\[lc]?dots(?![a-z]))\s*|"
                 r"\s+(?:by|with|(?i:eqn?\.?|equation|gl\.?))\s+(?=\(\d\)))"
                 r"(\(\s*\d+(?:\.\d+)*[a-z]?\s*\)|\[\d{1,2}\])\s*[.,]?\s*$|"
                 r"(?<=[\w)}\]²ᵀ])\s+(\(\s*[1-9]\d*(?:\.\d+[a-z]?|[a-e])\s*\))\s*[.,]?\s*$")  # fmt: skip
IN_ROW = re.compile(r"(?<=[\w)}\]²ᵀ])\s+(\(\s*(\d+)\s*\))\s*[.,]?\s*$")
SAYING = re.compile(r"\s+(?:is|are|denotes?|being)\s+(?:the|a|an|our|its|called)\b[\w\s,.'’-]*$|"
                    r"\s+\((?!(?:for|if|where|when|at)\b)(?:[A-Za-z'’-]{2,}[\s,]+)+[A-Za-z'’-]{2,}\.?\)\s*$")  # fmt: skip

BY = r"(?:with\s+respect\s+to|w\.?\s?r\.?\s?t\.?|by|nach)\s+(?:the\s+)?"
GRADIENT = re.compile(rf"(?:\b(?:the|die)\s+)?(?:\b(?:total|partial|partielle)\s+)?\b(?:derivative|gradient|partial|ableitung)\s+"
                      rf"(?:of|von)\s+(?:the\s+)?(?:loss|cost|error|[LEJ])(?:\s+[LEJ])?\s+{BY}(\S+)(?:\s+(?:is|equals|ist|reads)\s+(?!=))?",
                      re.IGNORECASE)  # fmt: skip
SAID = re.compile(r"\\(?:text|mathrm|mbox|textrm)\s*\{\s*((?:for|if|when|where|at|and|with|all)(?:\s+(?:all|every|each))?)\s*\}")
PARTIAL = re.compile(r"(?<![\w\\])(?:partial|del(?![A-Za-z]))\s*(?=[A-Za-z](?:\s|/|\w*_|\w*\[|\w*\())")

HOLDS = re.compile(r"((?:\\math\w+\s*\{\s*1\s*\}|(?<!\w)[1I𝟙𝟏])\s*_?\s*[\[{(]\s*t\s*)=(?=\s*[TS1]\s*[\]})])")  # 1{t = T}
ZERO = r"([hc](?:_0|\[0\]|_\{0\}|₀))[ \t]*(?:=|is|ist|est)[ \t]*(?:0|zero|null|nul|\\mathbf\{0\})"
CAUSE = r"(?:since|because|as|with|where|for|assuming(?:[ \t]+that)?|if|weil|da|mit|car|avec|si)[ \t]+"
AT_FIRST = re.compile(  # (since h_0 = 0), which is a line of its own
    rf"(?<![ \t,])[ \t,]+\(?[ \t]*{CAUSE}{ZERO}[ \t]*\)?[ \t.]*$|"
    rf"(?:^|(?<=[.;:]))[ \t]*(?:{CAUSE}|(?:note|recall|remember|assume|suppose)[ \t]+(?:that[ \t]+)?){ZERO}[ \t]*(?:[,;:]|\.(?!\d))",
    re.MULTILINE | re.IGNORECASE,
)
TILDE = re.compile(r"(?<=[A-Za-z])~(?=[_\[^])")  # c~_t, as c̃ is typed
TIE = re.compile(r"(?<=[\w})\]])~(?=[\w({\\])")  # LaTeX's space


def phrased(text: str) -> str:
    """A text with signs for what it says of a derivative in words, and for what is typed for want of them.

    >>> phrased("partial L / partial c_t = dh_t * o_t")
    '∂L / ∂c_t = dh_t * o_t'
    >>> phrased("the gradient of the loss with respect to W_hh is Σ_t da_t h_{t-1}^T")
    '∂L/∂W_hh = Σ_t da_t h_{t-1}^T'
    """
    text = AT_FIRST.sub(lambda found: f" ; {found[1]} = 0" if found[1] else f"{found[2]} = 0 ; ", text)
    text = TIE.sub(" ", TILDE.sub("\u0303", HOLDS.sub(r"\1==", text)))
    text = GRADIENT.sub(lambda found: f"∂L/∂{found[1]}" + " = " * (found[0][-1] == " " and found[0].split()[-1] != found[1]), text)
    return PARTIAL.sub("∂", SAID.sub(lambda found: f" {found[1]} ", text))


def owned(text: str) -> set[str]:
    """The names that a text gives a value of its own: in a bracket behind a line such a word is a factor and no remark.

    >>> sorted(owned("slope_t = 1 - h_t²; loss := 2"))
    ['loss', 'slope']
    """
    return {found[1] or found[2] for found in OWN.finditer(text)}


def remark(line: str, known: Callable[[str], object], own: Container[str] = ()) -> re.Match[str] | None:
    """The words behind an equation that are read past, in which nothing is reckoned and no name of the model or of the text stands."""
    saying = SAYING.search(line) if "=" in line else None
    behind = saying or (REMARK.search(line, line.find("=")) if "=" in line else None)
    if behind is None or UNENDED.search(line[: behind.start()]):
        return None
    words = re.findall(r"[^\W\d]\w*", behind[0])
    if any(word in own or (not saying or len(word) > 2) and known(word) for word in words):
        return None
    reckons = "(" in behind[0] and RECKONS.search(behind[0].strip(" ."))
    return None if reckons or not saying and (condition(behind[1]) or unread(behind[1], line[: behind.start()])) else behind


def unworded(line: str, known: Callable[[str], object], own: Container[str] = ()) -> tuple[str, str]:
    """A line without the words around its equation and the number that it has in a book, and the sentence that says so of a number.
    ``known``: whether the model has a quantity of some name; ``own``: the names of the text itself.

    >>> unworded("so the gradient is dW = Σ_t da_t h_{t-1}^T   (10.2)", {}.get)
    ('dW = Σ_t da_t h_{t-1}^T', '`(10.2)` is read as the number of the equation')
    >>> unworded("Therefore, dh_T = W_hyᵀ ds_T", {}.get)
    ('dh_T = W_hyᵀ ds_T', '')
    """
    if (found := NUMBERED.match(line)) and "=" in line:
        line = line[found.end() :]
    tag = TAG.search(line)
    if tag and "=" in line[: tag.start()]:
        refused(unread(tag[1]) if tag[1] and re.search(r"[^\W\d_]{3}", tag[1]) else "", line, tag.start())
        line = line[: tag.start()] + line[tag.end() :]
    said = f"`{(tag[2] or tag[3]).strip()}` is read as the number of the equation" if tag and (tag[2] or tag[3]) else ""
    whole = line
    if behind := remark(line, known, own):
        refused(unread(behind[0], line[: behind.start()]), whole, whole.find(behind[0]), line[: behind.start()])
        said = said or f"`{behind[0].strip()}` is a remark, and is not read"
        line = line[: behind.start()]
    if (found := LONE.match(line)) and not known(found[1]) and len(parted(line.partition("=")[2], ",")) == 1:
        refused(unread(found[1]), whole, 0, line[found.end() :])
    if (found := HEADED.match(line)) and (branch := BRANCH.match(line)):
        raise Unreadable(
            marked(f"whether a line behind `{branch[0].strip()} ...:` is done is not read: write `a = b if t == T else c`", line, 0)
        )
    if found and not any(map(known, re.findall(r"\w+", found[0]))):
        line = line[found.end() :]
    before = ""
    while before != line:
        before, head = line, line.partition("=")[0]
        if (found := PHRASE.match(head)) and not any(map(known, found[1].split())):
            line = line[found.end() :]
            continue
        links = [found for found in LINK.finditer(head) if not known(found[1])]
        if links and links[-1].end() < len(head.rstrip(" :")) and not re.search(r"[+*@⊙∘]", head[: links[-1].start()]):
            line = line[links[-1].end() :]
    refused(unread(whole[: whole.find(line)], line), whole, 0, line)
    stepped(f"{whole[: whole.find(line)]} {said}", line)
    return line.strip(), said


def in_a_row(lines: Iterable[str]) -> list[str]:
    """Lines with the numbers that stand right behind them set apart as a book has them, where these count the lines.

    >>> in_a_row(["ds_t = p_t - y_t (1)", "da_t = (1 - h_t²) dh_t (2)"]), in_a_row(["da_t = dh_t (2)"])
    (['ds_t = p_t - y_t  (1)', 'da_t = (1 - h_t²) dh_t  (2)'], ['da_t = dh_t (2)'])
    """
    lines = [*lines]
    found = [IN_ROW.search(line) for line in lines]
    numbers = [int(number[2]) for number in found if number]
    if len(numbers) < 2 or numbers != [*range(numbers[0], numbers[0] + len(numbers))]:
        return lines
    return [f"{line[: at.start()]}  {at[1]}" if at else line for line, at in zip(lines, found, strict=True)]


def is_left(text: str) -> bool:
    """Whether a text may be the left side of an equation: one name with what hangs on it, or a derivative."""
    bare = text.strip().removesuffix(":").strip()
    if len(bare) > 80 or FOLD.match(bare) or STEP.fullmatch(bare):
        return False
    while (less := GROUP.sub("", bare)) != bare:
        bare = less
    return re.fullmatch(r"(?:∂|∇|\\|[^\W\d])[\w\\∂∇'’/^.,⁺+]*(?:\s?[\w\\∂/^]+){0,3}", bare) is not None


def parted(line: str, sign: str) -> list[str]:
    """A text at each such sign that stands in no bracket, that of an equation alone and none that compares."""
    depth, ends = 0, [-1]
    for k, character in enumerate(line):
        depth += (character in "([{") - (character in ")]}")
        after = line[k + 1 : k + 2]
        whole = after.isspace() if sign == "," else line[k - 1 : k] not in [*"<>!="] and after != "="  # da_i,t is a name
        ends += [k] if character == sign and not depth and whole else []
    return [line[a + 1 : b] for a, b in itertools.pairwise([*ends, len(line)])]


def several(line: str) -> list[str]:
    """The equations of one line: ``a = b, c = d`` and ``a = b (where c = d)``.

    >>> several("dV = Σ_t e_t h_t^T, where e_t = p_t - y_t")
    ['dV = Σ_t e_t h_t^T', 'e_t = p_t - y_t']
    >>> several("dV = Σ_t e_t h_t^T   (e_t = p_t - y_t)")
    ['dV = Σ_t e_t h_t^T', 'e_t = p_t - y_t']
    >>> several("[da_i; da_f]_t = [di_t i_t (1 - i_t); df_t f_t (1 - f_t)]")
    ['da_i_t = di_t i_t (1 - i_t)', 'da_f_t = df_t f_t (1 - f_t)']
    >>> several("dV ← 0, dW ← 0")
    ['dV ← 0', 'dW ← 0']
    """
    if stacked := STACKED.match(line):
        lefts, rights = stacked[1].split(";"), parted(stacked[3], ";")
        if len(lefts) == len(rights) > 1:  # one of another's length is none
            return [f"{left.strip()}{stacked[2] or ''} = {right.strip()}" for left, right in zip(lefts, rights, strict=True)]
    whole, line = line, ARROW.sub("=\0", line)
    if line.count("=") < 2 or len(line) > 2000:
        return [whole]
    inner = re.search(r"\s\(((?:[^()]|\([^()]*\))*)\)\s*[.,]?\s*$", line)
    if (
        inner
        and not condition(inner[1])
        and len(sides := parted(inner[1], "=")) == 2
        and is_left(LINK.sub("", sides[0]))
        and "=" in line[: inner.start()]
    ):
        line = f"{line[: inner.start()].rstrip()}, {inner[1]}"
    found: list[str] = []
    for part in parted(line, ","):
        left, *right = parted(part, "=")
        begins = right and is_left(LINK.sub("", left.strip().removesuffix("+").strip())) and not condition(part)
        if found and not (begins and len(parted(found[-1], "=")) > 1):
            found[-1] += f",{part}"
        else:
            found.append(part)
    if len(found) < 2:
        return [line.replace("=\0", "←")]
    return [re.sub(r"^\s*(?:and\s+)?(?:(?:where|with|wobei|mit|où|avec|con)\s+)?", "", part).replace("=\0", "←") for part in found]
