"""Other languages in the words of the one that is read: Octave's columns and loops, PyTorch's ``.grad``, sums and conditions as they are
said, in English, German and French. Text alone, before anything else is read."""

from __future__ import annotations

import re
from collections.abc import Collection

from autograd_rnn.formulas.reading.mathematica import wolfram
from autograd_rnn.formulas.writing.lines import LONGEST, WIDEST, Unreadable, marked
from autograd_rnn.formulas.writing.signs import closing
from autograd_rnn.formulas.writing.spans import fronted

HINT = re.compile(  # what any of them has
    r":\s*,|,\s*:|\.\s*(?:grad|pow|square|unsqueeze|detach|clone|data|T|doit)\b|\bfor\s+\w\s*(?:=|from)|∈|\\in\b|mean\(|(?i:su?m|som)\w*[\s(_]|[Σ∑]|"
    r"\\sum|ü|\b(?i:fuer|pour|wenn|falls|si)\s|\bd\s|\s[\^_.]|\^\s|_\{\s|\b(?:and|und|et)\s|otherwise|sonst|sinon|(?:dim|axis)\s*=\s*-1|"
    r"\w,[i-n]{2}\b|,\s*2\s*\)|(?im:^\s*(?:for|if|when|at|für)\s)|reduce_|equal|<-|==|SUM_|\{\s*[tT]|\^\{[tT]r\}|\.[*^]|(?m:^\s*\w{1,2}\)\s)|gleich|égal|"
    r"∀|\\forall|[\w)]'\s*\*|\*\s*\w+(?:\([^()]*\))?'|(?m:^[^=\n]{0,60}\b[i-nt](?:[+-]\d)?\s*(?:[<>≤≥⩽⩾=≠∈]|!=|\\[lgni][etn]|in\b|from\b))|(?m:^[^=\n]{0,60}(?:[<>≤≥⩽⩾=]=?|\\[lg][et]q?)\s*[i-nt]\b)"
)
MOMENT = r"(?:end|[tkT])(?:\s*[-+]\s*\d+)?|\d+"
NAMED = re.compile(r"(?<![\w.])([^\W\d]\w*)\(\s*:\s*,\s*(" + MOMENT + r")\s*\)")  # h(:, t-1), as Octave has a column
COLUMN = re.compile(r"(?<![\w.])([^\W\d]\w*)\[\s*(?::\s*,\s*){1,2}((?:[tkT])(?:\s*[-+]\s*\d+)?)\s*\]")  # h[:, t]
ROW = re.compile(r"\[\s*([tkT](?:\s*[-+]\s*\d+)?)\s*,\s*:\s*\]")
CELL = re.compile(r"(?<![\\_^\w}])([^\W\d_](?:\w*[^\W_])?)\{\s*([tT](?:\s*[-+]\s*\d+)?)\s*\}")  # h{t}, as Octave has a list
MATLAB = re.compile(r"\.[*^]|\w\(\s*(?:[tT]\s*(?:[-+]\s*\d+\s*)?|\d+)\)")
TIMES_TURNED = re.compile(r"[\w)]'\s*\*(?!\*)|(?<!\*)\*\s*\w+(?:\([^()]*\))?'")
PLAIN = re.compile(r"(?:(?<!\w)[Ss]um|[Σ∑]|\\sum)\s*_\s*\{?1\}?\s*\^\s*\{?(T)\}?(?!\w)")
LISTED = re.compile(r"(?m)^[ \t]*(?:\d{1,2}|[a-z])\)[ \t]+(?=[^\W\d]|[∂∇\\])")  # a) dh_t = ...
ACROSS = re.compile(r"(?<![\w.])sum\(\s*([^\W\d]\w*)\s*,\s*2\s*\)")  # of Octave's columns
GRAD = re.compile(r"(?<!\w)([^\W\d]\w*)((?:\[[^\[\]]*\])?)\.grad\b(?!\()(?:\.data\b)?")
BEHIND = {r"\.pow\(\s*(\d+)\s*\)": r"**\1", r"\.square\(\)": "**2", r"\.unsqueeze\(\s*(?:1|-1)\s*\)": "", r"\.unsqueeze\(\s*0\s*\)": ".T",
          r"\.(?:detach|clone|doit)\(\)|(?<=[\w\])])\.data\b": ""}  # fmt: skip
TO = r"\s*,?\s*(?:(?<=\d),(?=\s*[TN]\s*\))|\.\.+|…|\\[lc]?dots|\bto\b|\bbis\b|\bà\b|→|\\to\b)\s*,?\s*"
FROM = r"([a-z])\s*=\s*([\w+-]+?)" + TO + r"([\w+-]+)"
LIMITS = re.compile(
    r"(?:(?<!\w)[Ss]um|[Σ∑]|\\sum)\s*(?:_?\(\s*" + FROM + r"\s*\)|(?:from\s+|(?<=[ms])[ \t]+)" + FROM + r"(?:\s+of\b)?)(?=\s*[\w\\∂∇δ(])"
)
ARROW = re.compile(r"((?:[Ss]um|[Σ∑]|\\sum)\s*_)\s*\{\s*([a-z])\s*=\s*(\d+)\s*(?:to|→|\\to)\s*([\w+-]+)\s*\}")
INSIDE = re.compile(r"(?:,|\s+for)\s*" + FROM + r"\s*\)")  # sum(da_t for t = 1..T)
DOWN = re.compile(r"(?i)\bfor\s+(?:each\s+)?\w\s*(?::?=|←|from|in|∈)\s*[TS]" + TO + r"1(?!\w|\s*step)")
AT_MOST = r"\s*(?:≤|\\leq?(?![a-z])|<=)\s*"
CHAIN = re.compile(
    rf"(?:[Σ∑]|\\sum)(?:\\limits)?\s*_\s*\{{\s*1{AT_MOST}([a-z])(?:{AT_MOST}|\s*(<|\\lt)\s*)([a-z]){AT_MOST}T\s*\}}"
)  # 1 ≤ k ≤ t ≤ T
GATES = re.compile(r"(?:[Σ∑]|\\sum)\s*_\s*\{\s*([a-z])\s*(?:∈|\\in(?![a-z]))\s*\\?\{\s*([a-z](?:\s*,\s*[a-z])+)\s*\\?\}\s*\}")
EACH = re.compile(  # for k ∈ {i, f, g, o}
    r"(?<![ \t,;($])(?:\\q?quad|\b(?:for|where|with|all|each|every|any|gates?)\b|[ \t,;($]){1,60}(?<![A-Za-z])([a-su-z])\s*"
    r"(?:∈|\\in(?![a-z])|\bin\b)\s*\\?\{\s*([a-z](?:\s*,\s*[a-z])+)\s*\\?\}[).,\s$]*$"
)
STAR = re.compile(r"(?<=[_{hx,])\s*(?:\\(?:ast|star)(?![a-z])|[*⋆])\s*|(?:\\(?:ast|star)(?![a-z])|[*⋆])\s*(?=∈|\\in(?![a-z]))")
STARRED = re.compile(r"(?:\\(?:ast|star)|[*⋆])\s*(?:∈|\\in(?![a-z]))")  # as Greff has any gate
WITHIN = re.compile(
    r"_\s*\{\s*([a-z])\s*(?:∈|\\in\b)\s*(?:\[\s*1\s*,|(?:\\?\{|\[)?\s*1\s*(?:,?\s*(?:\.\.+|…|\\[lc]?dots)\s*,?|:))"  # {1, T} are two
    r"\s*T\s*(?:\\?\}|\])?\s*\}"
)
LOOP = re.compile(
    r"(?m)^(\s*)(?i:for|foreach|loop)\s+(?:each\s+)?(\w)\s*(?:=|:=|←|from|in\s+(?=[\w ]+:)|∈\s*(?=[\w ]+:))\s*"
    r"(?:([TS])(?:\s*,\s*[TS]\s*-\s*1)?"
    + rf"(?:\s*:\s*-1\s*:\s*|{TO}|\s+down\s*to\s+)1|1(?:\s*,\s*2)?(?:\s*:\s*|{TO})([TS])(?!\w|[ \t]*[+-]))"
    + r"[ \t]*(?:step\s+-1[ \t]*)?(?:do\b[ \t]*:?|,(?=\s*$)|:)?[ \t]*(?=$|[^\s,])"
)
COUNT = re.compile(r"(?<![\w.])(?:(length|numel|eachindex)\(\s*(\w+)\s*\)|(size|axes)\(\s*(\w+)\s*,\s*2\s*\))")  # of steps
SIZES = re.compile(r"(?m)^([ \t]*)\[[ \t]*(\w+|~)[ \t]*,[ \t]*(\w+|~)[ \t]*\][ \t]*=[ \t]*size\([ \t]*(\w+)[ \t]*\)")  # [D, T] = size(x)
HEADED = re.compile(  # for k = t:-1:max(1, t-4)
    r"(?m)^([ \t]*for[ \t]+\w+)[ \t]*(?:=|in|∈)[ \t]*(reverse\([ \t]*)?(\w+)[ \t]*:[ \t]*(?:(-[ \t]*1)[ \t]*:[ \t]*)?"
    r"(\w+|max\([ \t]*1[ \t]*,[ \t]*t[ \t]*-[ \t]*\w+[ \t]*\))(?(2)[ \t]*\))(?=[ \t]*(?:do)?[ \t]*[;,]?[ \t]*$)"
)
CHOSEN = re.compile(r"(?m)=[ \t]*\(?([^=?:\n()]+[<>=]=?[^=?:\n()]+)[ \t]\?[ \t]+([^?\n]+?)[ \t]+:[ \t]+([^?\n]+?)\)?(?=[ \t]*;?[ \t]*$)")
DOT = re.compile(r"(?:^|(?<=[\w)\] ]))[ \t]*(?<![.*])([-*/^+])[ \t]*")
DOTTED = re.compile(r"@\.[ \t]*([^\n]*)")
MIXED = re.compile(r"(?<![\w.])\d+(?:\.\d*)?[ \t]*[-+][ \t]*(?:\w+\[[ \t]*:|\w+\.\()")
ASKED = re.compile(r"(?m)^([ \t]*)(else[ \t]*if|elif|if)\b[ \t]*([^\n]{1,100}?)[ \t]*(?:\bthen|:)[ \t]*$")
ELSE = re.compile(r"(?m)^([ \t]*)else[ \t]*:?[ \t]*$")
FUNCTION = re.compile(
    r"(?mi)^([ \t]*)(?:function|procedure|algorithm)[ \t]+(?:[^\n=():]{1,200}=[ \t]*)?([^\W\d][\w-]*)[ \t]*(?:\([^()\n]*\))?[ \t]*:?[ \t]*$"
)
BEGUN = re.compile(r"(?m)(?<=[=←])([ \t]*0)[ \t]*(?:,?[ \t]+and)[ \t]+(?=\w+[ \t]*(?::=|[=←]))")  # dW ← 0 and db ← 0
SAID = re.compile(r"(?mi)^([ \t]*)(?:initiali[sz]e|set|let|compute)[ \t]*:?[ \t]+(?=[^\s=←]+[ \t]*(?:\+?=|:=|←))")
END = re.compile(r"(?i)(?:end(?:[ \t]*(?:for|if|while|function|procedure|algorithm))?|next[ \t]+\w)[ \t]*;?$")
ALGORITHMIC = {  # LaTeX's
    r"\\(?i:for|forall|while)\s*\{(.*)\}[ \t]*$": r"for \1 do", r"\\(?i:elsif)\s*\{(.*)\}[ \t]*$": r"elif \1 then",
    r"\\(?i:if)\s*\{(.*)\}[ \t]*$": r"if \1 then", r"\\(?i:else)[ \t]*$": "else", r"\\(?i:state|statex|return)\b\s*": "",
    r"\\(?i:end(?:for|if|while))\b": "end", r"\\(?:begin|end)\{algorithm(?:ic)?\}(?:\[[^\]\n]*\])?": "",
}  # fmt: skip
NUMBERED = re.compile(r"(?m)^[ \t]*\d{1,2}[:.][ \t](?=[^\n]*\S)")
OVER = re.compile(
    r"(?i)(?:\b(?:die|la|the)\s+)?\b(?:summe|somme|sum)\s+(?:über|ueber|sur|over)\s+(?:alle\s+|all\s+|tous\s+les\s+|tout\s+)?([tk])\b(?:\s*:|\s+(?:von|de|of)\b)?"
)
FOR = re.compile(r"(?i)(?<!\w)(?:für|fuer|pour|wenn|falls|si)\s+((?:alle|jede[sn]?|tout|tous\s+les|chaque)\s+)?(?=[tT]\b)")
ALSO = re.compile(r"(?m)(?<=[^=\n])(=[^=\n]*?),?[ \t]+(?:and|und|et)[ \t]+(?=(?:[d∂δ\\]|grad_)[^\s=]*[ \t]*=)")  # a = b and c = d
IS = re.compile(
    r"(?m)^([ \t]*(?:\([\w.]{1,6}\)[ \t]+)?[∂d\\][^\s=]*)[ \t]+"
    r"(?:is[ \t]+equal[ \t]+to|equals|ist[ \t]+gleich|est[ \t]+égale?[ \t]+à|<-|==)[ \t]"
)
LAST = re.compile(r"softmax\(([^()]*),\s*(?:dim|axis)\s*=\s*-1\s*\)")
ELEMENT = re.compile(r"(?<!\w)([^\W\d]\w*_\w+),([i-n]{2})(?!\w)")  # W_hh,ij
RANGE = re.compile(r"\w\(\s*:\s*,[^()]*:[^()]*\)")
SPAN = r"\(\s*:\s*,\s*(\d)\s*:\s*([TS])\s*(?:-\s*(\d))?\s*\)"
SPANS = re.compile(rf"(?<![\w.])(\w+){SPAN}\s*\*\s*(\w+){SPAN}'")  # da(:, 1:T) * h(:, 0:T-1)', Octave's
TOTAL = re.compile(rf"(?<![\w.])sum\(\s*(\w+){SPAN}\s*,\s*2\s*\)")
SPACED = {
    r"\^[ \t]+T\b": "^T",
    r"_\{\s*([tTSk])\s*(?:([-+])\s*(\d+)\s*)?\}": r"_{\1\2\3}",
    r"(?<=[\w)\]}])[ \t]+(?=\.?\^)": "",
    r"(?<=[\w)\]}])[ \t]*\.[ \t]+T\b|(?<=[\w)\]}])[ \t]+\.T\b": ".T",
}

PICKED = re.compile(  # dy(y(t)) = dy(y(t)) - 1
    r"(?m)((?:^|;)[ \t]*)([^\W\d]\w*)([\[(]\s*(\w+)[\[(]\s*t\s*[\])]\s*(?:,\s*[:\d]\s*)?[\])])[ \t]*"
    r"(?:=[ \t]*\2[ \t]*\3[ \t]*-|-=)[ \t]*(?=1(?:\.0*)?[ \t]*(?:;|$))"
)
UNEQUAL = re.compile(r"(?<![\w~\\])([tkj])\s*~=\s*(?!~)")  # t ~= T, in Octave; in LaTeX a tie stands on both sides


def indented(text: str) -> str:
    """The lines of a text whose blocks have an end, ``end for``, as deep as they are, without the ends and what ends a line."""
    deep, lines = 0, []
    for line in text.split("\n"):
        bare = line.strip()
        if END.match(bare):
            deep -= deep > 0
            lines.append("")
            continue
        lines.append("    " * (deep - (deep > 0 and bare.startswith(("else:", "elif ")))) + bare.rstrip(";"))
        deep += bare.endswith(":") and bare.startswith(("for ", "if ", "while ", "def "))
    return "\n".join(lines)


def spanned(found: re.Match[str]) -> str:
    """A product of columns from one step to another as a sum over the steps, where both have as many."""
    a, first, end, less, b, other, to, fewer = found.groups()
    by = int(other) - int(first)
    if end != to or int(less or 0) - int(fewer or 0) != by:
        return found[0]
    return f"Sum(outer({a}[t], {b}[t{f'{by:+}' * (by != 0)}]), t, {first}, {end}{f'-{less}' * bool(less)})"


def headed(found: re.Match[str]) -> str:
    """The head of a loop from one number to another, one by one, in Python's words; what LOOP reads, and what goes nowhere, as it is."""
    head, turned, first, down, last = found.groups()
    if "end" in (first, last):
        raise Unreadable(f"`end` stands in no index here: say up to which step, `for t = T:-1:1`: {found[0].strip()}")
    if turned and down or not turned and {first, last} <= {"1", "T", "S"}:
        return found[0]
    first, last = (last, first) if turned else (first, last)
    if not (turned or down):
        return f"{head} in range({first}, {last} + 1):"
    return f"{head} in range({first}, {'0' if last == '1' else f'{last} - 1'}, -1):"


def julian(text: str) -> str:
    """A program with Julia's and Octave's counts of steps, choices and dots in the words of the others; raises on a number and an array
    that Julia does not add.

    >>> print(julian("for t in reverse(1:length(x))\\n  a = @. h[t] * (1 - h[t]^2)\\n  b = t > 1 ? h[t-1] : h0"))
    for t in range(T, 0, -1):
      a = h[t] .* (1 .- h[t] .^ 2)
      b = (h[t-1] if t > 1 else h0)
    """
    columns = {found[1] for found in (*COLUMN.finditer(text), *NAMED.finditer(text))}

    def steps(found: re.Match[str]) -> str:
        if found[2] in columns or found[4] and not columns:  # the length of columns is no count of them
            return found[0]
        head = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].lstrip().startswith("for ")
        return f"{'1:' * ((found[1] or found[3]) in ('eachindex', 'axes'))}T" if head else f"len({found[2] or found[4]})"

    def dotted(found: re.Match[str]) -> str:
        parts = re.split(r"(\[[^\[\]]*\])", found[1])
        return "".join(part if k % 2 else DOT.sub(r" .\1 ", part) for k, part in enumerate(parts))

    counted = re.findall(r"\w+", " ".join(re.findall(r"(?m)^[ \t]*for\b.*", text)))
    text = SIZES.sub(lambda m: f"{m[1]}{m[2] if m[2] in counted else m[3]} = len({m[4]})", text)
    text = CHOSEN.sub(r"= (\2 if \1 else \3)", HEADED.sub(headed, COUNT.sub(steps, text)))
    if COLUMN.search(text) and MATLAB.search(text) and not NAMED.search(text) and (found := MIXED.search(text)):
        start = text.rfind("\n", 0, found.start()) + 1
        raise Unreadable(marked("Julia adds no number to an array: `1 .- h`", text[start:].split("\n")[0], found.start() - start))
    return re.sub(r"(?<= )\.(?=[-+*/]?=(?!=))", "", DOTTED.sub(dotted, text))


def asked(found: re.Match[str]) -> str:
    """The head of what is done at some steps in Python's signs."""
    test = re.sub(r"(?<![<>=!])=(?!=)", "==", found[3])
    for sign, plain in {"≠": "!=", "≤": "<=", "≥": ">=", "~=": "!="}.items():
        test = test.replace(sign, plain)
    return f"{found[1]}{'if' if found[2] == 'if' else 'elif'} {test}:"


def picked(text: str) -> str:
    """What makes one element less by 1 in one sign, ``dy[y[t]] -= 1``."""
    return PICKED.sub(r"\1\2[\4[t]] -= ", text)


def looped(text: str) -> str:
    """A text with Python's heads of loops, conditions and functions for those of Octave and of pseudocode.

    >>> print(looped("for t = T:-1:1\\n  db = db + da;\\nend"))
    for t in range(T, 0, -1):
        db = db + da
    <BLANKLINE>
    """

    def head(found: re.Match[str]) -> str:
        space = " " * bool(found.string[found.end() : found.end() + 1].strip())
        return f"{found[1]}for {found[2]} in range({f'{found[3]}, 0, -1' if found[3] else f'1, {found[4]}+1'}):{space}"

    text = julian(text) if "for " in text or "@." in text or MATLAB.search(text) else text
    if "\\State" in text or "\\STATE" in text:
        for pattern, other in ALGORITHMIC.items():
            text = re.sub(rf"(?m){pattern}", other, text)
        text = re.sub(r"\$", "", text)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 2 and all(map(NUMBERED.match, lines)):
        text = NUMBERED.sub("", text)
    text = UNEQUAL.sub(r"\1 ≠ ", LOOP.sub(head, picked(text)))
    if "for " in text:
        text = SAID.sub(r"\1", text)
        text = BEGUN.sub(r"\1; ", ELSE.sub(r"\1else:", ASKED.sub(asked, text)))
        text = FUNCTION.sub(lambda found: f"{found[1]}def {found[2].replace('-', '_')}():", text)
    return indented(text) if any(END.match(line.strip()) for line in text.split("\n")) else text


def folded(text: str) -> str:
    """``sum(da_t for t = 1..T)``, ``sum_t(da_t)`` and ``mean(da[t], t)`` as sums over the steps."""
    for over in reversed([*re.finditer(r"(?<![A-Za-z\\])[Ss]um_\{?t\}?(?=\()", text)]):
        if (end := closing(text, over.end(), "([{", ")]}")) > 0:
            text = f"{text[: over.start()]}Sum{text[over.end() : end]}, t){text[end + 1 :]}"
    while found := INSIDE.search(text):
        start = closing(text, found.end() - 1, ")]}", "([{", -1)
        if start < 0 or not re.search(r"[Ss]um$", text[:start]):
            break
        index, first, last = found.groups()
        text = f"{text[: start - 3]}Sum{text[start : found.start()]}, {index}, {first}, {last}){text[found.end() :]}"
    for found in reversed([*re.finditer(r",\s*t\s*\)", text)]):
        start = closing(text, found.end() - 1, ")]}", "([{", -1)
        if start > 0 and (name := re.search(r"(?<!\w)(?:np\.)?mean$", text[:start])):
            text = f"{text[: name.start()]}(1/T * Sum{text[start : found.end()]}){text[found.end() :]}"
    return text


def coded(text: str) -> str:
    """The language of a program whose columns and signs between elements are Octave's or Julia's."""
    if NAMED.search(text) or CELL.search(text):
        return "Octave"
    return "Julia" if ("@." in text or MATLAB.search(text)) and TIMES_TURNED.search(text) else ""


def gated(text: str) -> str:
    """A line with its sums over gates term by term; one on any gate as one for each.

    >>> gated("dh = Σ_{k∈{i,f}} W_{hk}^T da_k[t+1] + e")
    'dh = ( W_{hi}^T da_i[t+1]  +  W_{hf}^T da_f[t+1] )+ e'
    """
    text = STAR.sub("q", text) if STARRED.search(text) and "q" not in text else text
    if each := EACH.search(text):
        return " ; ".join(of_gates(text[: each.start()], each))
    for _ in GATES.findall(text)[:3]:  # within each other they double what stands there
        if not (found := GATES.search(text)):
            break
        deep, end = 0, found.end()
        while end < len(text) and (deep or text[end] not in "+-−=\n,;)"):
            deep += (text[end] in "([{") - (text[end] in ")]}")
            end += 1
        text = f"{text[: found.start()]}({' + '.join(of_gates(text[found.end() : end], found))}){text[end:]}"
    return text


def of_gates(text: str, found: re.Match[str]) -> list[str]:
    """A text with each of the gates in turn for the letter that stands for any."""
    parts = re.split(rf"(_\{{[^{{}}]*\}}|_\w+|(?<![A-Za-z\\])d?{found[1]}(?![A-Za-z]))", text)
    gates = re.findall("[a-z]", found[2])
    return ["".join(part.replace(found[1], gate) if k % 2 else part for k, part in enumerate(parts)) for gate in gates]


def equals(found: re.Match[str]) -> str:
    """A sign of equality for its words; what stands within a bracket, as in da[h == 0], compares."""
    left = found[1]
    return f"{left} = " if all(left.count(a) == left.count(b) for a, b in ("[]", "()")) else found[0]


def translated(text: str, known: Collection[str] = ()) -> str:
    """A text in the words that are read. ``known``: the names of the model.

    >>> translated("dh(:,t) = Why' * ds(:,t) + Whh' * da(:,t+1)")
    "dh[t] = Why' · ds[t] + Whh' · da[t+1]"
    >>> translated("W_hh.grad = sum(outer(a[t].grad, h[t-1]) for t = 1..T)")
    'dW_hh = Sum(outer(da[t], h[t-1]), t, 1, T)'
    >>> translated("dW = Summe über alle t von da_t h_{t-1}^T (für t > 1)")
    'dW = sum over t of da_t h_{t-1}^T (for t > 1)'
    """
    text = wolfram(text) if len(text) <= LONGEST else text
    if len(text) > LONGEST or not HINT.search(text):
        return text
    if ":" in text:
        text = SPANS.sub(spanned, TOTAL.sub(lambda m: f"Sum({m[1]}[t], t, {m[2]}, {m[3]}{f'-{m[4]}' * bool(m[4])})", text))
    found, said = RANGE.search(text), "columns from one step to another are read as a sum over the steps: write `sum_t a(:,t) * b(:,t-1)'`"
    for column in () if found else (*NAMED.finditer(text), *COLUMN.finditer(text)):
        found = re.search(rf"(?<!\w){column[1]}[\[(]\s*(?:(?:{MOMENT})\s*(?:,\s*:\s*)?[\])]|:\s*,[^][()]*[\])]'?\s*\^)", text) or found
        said = f"beside `{column[0]}` this is a number, a row or a power of a matrix" if found else said
    if found:
        line = text.count("\n", 0, found.start())
        raise Unreadable(marked(said, text.split("\n")[line], found.start() - (text.rfind("\n", 0, found.start()) + 1)))
    octave = coded(text)
    text = LISTED.sub(lambda m: m[0] if text[: m.start()].count("(") > text[: m.start()].count(")") else "", text)
    text = CELL.sub(r"\1[\2]", PLAIN.sub(r"Σ_{t=1}^{T}", re.sub(r"\^\{[tT]r\}", "^T", text.replace("SUM_", "Σ_"))))
    text = looped(text)
    text = re.sub(r"(?<=[\w)\]}'] )\.(?=[-+/] )", "", text)  # 1 .- h, as Julia has it
    if not re.search(
        r"\b(?:for\s+\w+\s+in(?!\s*(?:\\?\{|\[\d,\s*[TS][^\]]*\]))|def)\b", text
    ):  # in a program `if` counts as its loop does, and `==` does nothing
        text = IS.sub(equals, "\n".join(fronted(line) if len(line) <= WIDEST else line for line in text.split("\n")))
    text = NAMED.sub(lambda m: f"{m[1]}[{m[2].replace(' ', '').replace('end', 'T')}]", text)
    text = re.sub(r"(?<![.*])\*(?!\*)", "·", text) if octave else text
    text = ROW.sub(r"[\1]", COLUMN.sub(r"\1[\2]", text))
    text = GRAD.sub(r"d\1\2", re.sub(r"\breduce_(?=sum\()", "", ACROSS.sub(r"Sum(\1[t], t)", text)))
    for pattern, other in {**BEHIND, **SPACED}.items():
        text = re.sub(pattern, other, text)
    if not any(name.startswith(("_", "d_")) for name in known):  # a name of the model may begin so
        text = re.sub(r"(?<=[^\W\d_])(?<!\bdef)[ \t]+_(?=[\w{(])", "_", text)
    text = ALSO.sub(r"\1 ; ", LAST.sub(r"softmax(\1)", text))
    text = ELEMENT.sub(lambda m: f"{m[1]}_{{{m[2]}}}" if m[1] in known else m[0], text)
    text = LIMITS.sub(lambda m: "Σ_{" + f"{m[1] or m[4]}={m[2] or m[5]}}}^{{{m[3] or m[6]}}}", text)
    text = CHAIN.sub(lambda m: f"Σ_{{{m[3]}=1}}^{{T}} Σ_{{{m[1]}=1}}^{{{m[3]}{'-1' * bool(m[2])}}}", text)
    text = WITHIN.sub(r"_{\1=1}^{T}", ARROW.sub(r"\1{\2=\3}^{\4}", text))
    text = OVER.sub(r"sum over \1 of", FOR.sub(lambda m: "for all " if m[1] else "for ", text))
    if "d" not in known and not re.search(r"(?m)^\s*d\s*(?:_|\[|=)", text):
        text = re.sub(r"(?<![\w\\}{])d[ \t]+(?=[A-Za-z]\w*[_\[(])", "d", text)
    return "\n".join(folded(gated(line)) if len(line) <= WIDEST else line for line in text.split("\n"))
