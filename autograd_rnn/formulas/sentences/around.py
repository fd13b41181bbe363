"""A text without the sentences around its equations, where every word of them is known to leave an equation as it is."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Container, Iterator

from autograd_rnn.formulas.sentences.aloof import aloof
from autograd_rnn.formulas.sentences.harmless import FORMULA, LONG, PHRASES, SHAPE, SPELLED, unread
from autograd_rnn.formulas.sentences.lettered import direct, lettered, unset
from autograd_rnn.formulas.sentences.prose import is_left, owned
from autograd_rnn.formulas.sentences.remarks import refused
from autograd_rnn.formulas.sentences.words import harmless
from autograd_rnn.formulas.writing.lines import MOST, Unreadable
from autograd_rnn.formulas.writing.spans import EVERY, condition, halves
from autograd_rnn.formulas.writing.sugar import CALLS

LONGEST, WIDE, SIGNS = 5_000, 1_000, 12  # characters of a text and of a line that are looked at, equations of a line
PROGRAM = re.compile(
    r"(?m)^\s*(?:(?:for|while)\s+[\w, ]+(?:\bin\b|=|\bfrom\b|:=|<|>)[^\n]*(?::|\bdo)\s*$|"
    r"(?:def|return|import|function|end)\b|if\b.*:\s*$|else\b)|\+="
)
COMMENT = re.compile(r"(?<!\\)[#%]|//|/\*")
SET = re.compile(r"[$`]+|\\[\[\]()](?!\w)")  # what sets LaTeX in a line
SPACED = re.compile(r"(?<=[\w)}\]ᵀ²])\s+(?=[.;,](?:\s|$))")
SIGN = re.compile(r"(?<![<>!=:+*/-])(?::=|=)(?!=)|[≈≔←]|\\(?:approx|leftarrow|gets)(?![a-z])")
SENTENCE = re.compile(r"(?<=[\w)}\]²ᵀ'’!])[.;!](?:\s+(?=[^\W\d]|[\\∂∇($*])|\s*$)")
SHORT = re.compile(
    r"(?:^|[\s(])(?:w\.?\s?r\.?\s?t|i\.?\s?e|e\.?\s?g|d\.?\s?h|bzw|eqs?|eqn|cf|resp|vgl|gl|sec|fig|pp?|ch|al|nr|ex|(?![tTL])\w|[qa]?\d+(?:\.\d+)*)$",
    re.IGNORECASE,
)
BEGINS = ("by since because as using with from where which whereby via due so thus hence see for after applying follows holds "
          "nach weil denn mit durch gemäß "
          "laut aus wegen siehe wobei par car puisque selon avec d'après voir où").split()  # fmt: skip
TAIL = re.compile(
    rf"\s*(?:[,;:–—]|--)\s+|\s+(?=[(\[])|\s{{4,}}(?=[^\W\d_]{{2,}}\s)|\s+(?=(?:be|is|are)\s+(?:called\s+|denoted\s+)?(?:the|an?|our)\s)|\s+(?=(?:{'|'.join(BEGINS)})\s)",
    re.IGNORECASE,
)
SLOPE = re.compile(r"tanh\s*['′’]\s*(?:\([^()]*\)\s*)?(?:=|is\b)")
BULLET = re.compile(r"(?m)^[^\S\n]*[-–•][^\S\n]+(?=\S)")
END = re.compile(
    r"[\s.,;]*\s(?:q\.?\s?e\.?\s?d|w\.\s?z\.\s?b\.\s?w|wzbw|cqfd|[∎□■◻✓☑]|\\(?:qed|square|blacksquare|checkmark))[.!\s]*$", re.IGNORECASE
)
TIMED = re.compile(r"\w{2}\s+(?:step\s+)?[tTk]\s*$")  # at t = 1
SIGNED = re.compile(r"[-−–+*/@⊙∘·×]\s*$")  # a sign in front of the left side
CAUSE = re.compile(r"[\s,;:(–—-]*(?:since|because|as|by|due|weil|da|denn|car|puisque)\b", re.IGNORECASE)
AT_T = re.compile(r"[_\[({^]t\b")
STEPS = re.compile(  # which a sentence says of the equation behind it
    r"(?:for|für|pour)\s+(?:(?:all|every|each|any|alle\w*|jede\w*|tout\w*|tous)\s+)?(?:les\s+|the\s+)?(?:(?:earlier|previous|other|remaining|früheren|vorherigen|"
    r"anderen|précédents)\s+)?(?:(?:time\s*)?steps?\s+|zeitschritte?\s+|instants?\s+)?\$?(t\s*(?:<|\\lt)\s*T|1\s*(?:<|≤|\\leq?)\s*t\s*<\s*T|"
    r"t\s*(?:<=?|≤|\\leq?)\s*T\s*-\s*1|t\s*=\s*T\s*-\s*1\s*,\s*(?:\.{2,}|…|\\[lc]?dots)\s*,?\s*1)", re.IGNORECASE,
)  # fmt: skip
LINKED = re.compile(
    r",?\s+(?:we\s+can\s+read\s+off|it\s+follows(?:\s+that)?|we\s+(?:get|obtain|find|have)|and|und|et|while|whereas|or|so|then)(?:\s+(?:equivalently|then|also|that|for|similarly|finally|donc))*\s*$",
    re.IGNORECASE,
)  # a = b and
TITLE = re.compile(r"#.*|\W*(?:\d+[.)]\s+)?(?!\w*(?:ed|[_^])\W*$)[^\W\d_]+:?\s*")  # a heading, or one word for what follows
LEADS = re.compile(r"(?:^|[\s,])(?:with|from|mit|aus|avec|de)\s*$", re.IGNORECASE)  # the equation itself
RECKONED = re.compile(r"[=+*@⊙∘·×−<>≤≥≈|]|\s-\s|(?<![a-z]{3})/")
TOKEN = re.compile(r"(?:\\[A-Za-z]+\s+)?[^\s/]+(?:\s*/\s*(?:\\[A-Za-z]+\s+)?\S+)?|/")
NUMBER = re.compile(r"^\W*(?:\d+(?:\.\d+)*|[a-h]|[ivx]+)[.):]\s+")
COMMAND = re.compile(r"(?:\\[A-Za-z]+|[∇δΔ])$")  # belongs to the left side behind it
PAUSE = re.compile(r"[.,;:]?(?:\s|$)")
FACTOR = re.compile(  # brackets in which something is reckoned, or in front of which a sign stands
    r"\s*(?:[-–—]+\s*[(\[]|[(\[](?=.*(?:(?<!\w)[-–−]\s*\w|[→%•]|[)\]]\s*[(\[]|['′’](?!\w))))"
)
PROMPT = re.compile(r"(?m)^[ \t]*(?:Out\s*\[\d*\]:.*|In\s*\[\d*\]:|>>>(?=\s))")  # of a notebook
ENDS = re.compile(  # what is said of one step alone
    r"(?:case|holds?|valid|true|applies|is|gilt|gültig|vaut|valable)\s+(?:only\s+|nur\s+|que\s+)?(?:at|for|when|if|in|bei|für|im|pour|à|au)\s+(?:t\s*=\s*(?:T(?!\w)|\d+(?![\d\s]*,?\s*(?:\.\.|…|\\[lc]?dots|to|bis|à)))|"
    r"(?:the\s+|den\s+|dem\s+|le\s+)?(?:very\s+)?(?:last|final|first|letzten|ersten|dernier|premier)\s+(?:time\s*-?\s*)?(?:step|zeitschritt|schritt|pas))(?!\w)",
    re.IGNORECASE,
)
REFUSED = "says of the equation is not read"
Asked = Callable[[str, str], str]
ODD = re.compile(r"LaTeX command|no meaning in a formula|cannot stand here|read as none|is not in the language|never closed|closes nothing|"
                 r"has no step in a sum|is missing here|there is no left side|no formula in the text|is not in this model")  # fmt: skip


def silenced(text: str, names: Container[str], asked: Asked = unread) -> tuple[str, list[str]]:
    """A text without the words around its equations that are known to leave them as they are, every equation in its line, and the words
    behind equations; raises Unreadable, which quotes the words, where such are not known. ``names``: of the model; ``asked``: what is not
    known of some words.

    >>> silenced("Using the chain rule, we obtain\\nthe gradient db = Σ_t da_t, since the bias is shared.", ())
    ('\\ndb = Σ_t da_t', ['`, since the bias is shared` is a remark, and is not read'])
    """
    lines = text.split("\n")
    if len(text) > LONGEST or len(lines) > MOST or max(map(len, lines)) > WIDE or PROGRAM.search(text):
        return text, []
    text, told = direct(unset(PROMPT.sub("", text)))
    text, behind = lettered(text, names)
    behind, lines = [*told, *behind], text.split("\n")
    if any(len(SIGN.findall(line)) > SIGNS for line in lines):
        return text, []
    if len([*BULLET.finditer(text)]) > 1:
        text = BULLET.sub("", text)
    rows = [
        [*(part for said in sentences(END.sub("", SPACED.sub("", SET.sub(" ", body[0])))) for part in apart(said)), body[1]]
        for body in map(halved, text.split("\n"))
    ]
    flat = [(k, part) for k, row in enumerate(rows) for part in row[:-1] if part.strip()]
    own = owned(text)
    found: list[list[str]] = [[] for _ in rows]
    last, some, past = "", "", list[str]()
    for at, (k, part) in enumerate(flat):
        sign = equates(part)
        if sign and (equates(part, sign.end()) or not TIMED.search(part[: sign.start()])):
            last = part = headless(LINKED.sub("", part.strip()), names, own, asked, past)
            if some and AT_T.search(part[: part.find("=")]) and not halves(part)[1]:
                last = part = f"{part.rstrip(' .,;')}  for {some}"
            some = ""
            if tail := tailed(part, names, own, asked):
                last, every = part.removesuffix(tail), EVERY.search(tail) and not CAUSE.match(tail)
                part = f"{last}  (for all t)" if every and AT_T.search(last.partition("=")[0]) else last  # which it claims
                behind.append(f"`{tail.strip()}` is a remark, and is not read")
            found[k].append(part.strip())
            continue
        following = next((other for _, other in flat[at + 1 :] if equates(other)), "")
        if said := STEPS.search(part):
            some, part = said[1], part.replace(said[1], " ")
        elif EVERY.search(part) and not CAUSE.match(part) and not re.search(r"[.;!]\s*$", lines[k]):
            some = "all t"  # which a sentence that goes on in the equation claims
        if len(spelled(part)) == 0:
            found[k].append(part)
            continue
        left = [asked(part, line) for line in (following, last) if line] or [asked(part, "")]
        ends = part.rstrip()[-1:] if part.rstrip()[-1:] == ":" else lines[k].rstrip()[-1:]
        if ENDS.search(part) and AT_T.search(last.partition("=")[0] or following.partition("=")[0]):
            refused(part.strip(), part)
        if clashing(part, names, own) or all(left) and not aloof(part.strip() + ends * (ends in ".!")):
            refused(left[0] or part.strip(), part)
        past += [part.strip()] * all(left)
    if past:
        more = f" and {len(past) - 1} more" if len(past) > 1 else ""
        behind.append(f"what has no word for changing an equation is read past: `{past[0]}`{more}")
    return "\n".join(" ; ".join(parts) + row[-1] for parts, row in zip(found, rows, strict=True)), behind


def halved(line: str) -> tuple[str, str]:
    """A line and its comment."""
    comment = COMMENT.search(line)
    return (line[: comment.start()], line[comment.start() :]) if comment else (line, "")


def sentences(line: str) -> Iterator[str]:
    """The sentences of a line."""
    start = 0
    for end in SENTENCE.finditer(line):
        if not SHORT.search(line[start : end.start()]) or end.end() == len(line):
            yield line[start : end.start()]
            start = end.end()
    yield line[start:]


@functools.lru_cache(maxsize=1024)
def masked(text: str) -> str:
    """A text with spaces in place of what is known to be said beside an equation."""
    return PHRASES.sub(lambda found: " " * len(found[0]), SLOPE.sub(lambda found: " " * len(found[0]), text))


def equates(text: str, start: int = 0) -> re.Match[str] | None:
    """The first sign of equality in a text that is none of what is known to be said beside an equation, as da_{T+1} = 0."""
    return SIGN.search(masked(text), start)


def apart(text: str) -> Iterator[str]:
    """The equations of a sentence between which there are words alone."""
    start, sign = 0, equates(text)
    while sign:
        sign = equates(text, last := sign.end())
        if sign is None:
            break
        tokens = [*TOKEN.finditer(text[last : sign.start()])]
        k = len(tokens)
        words = [token[0].strip(".,:;()").casefold() for token in tokens]
        while k > 2 and harmless(words[k - 2]) and (len(words[k - 2]) > 1 or words[k - 3 : k - 1] == ["on", "a"]):
            k -= 1
        closed = all(text[start : sign.start()].count(a) == text[start : sign.start()].count(b) for a, b in ("()", "[]", "{}"))
        if closed and 1 < k < len(tokens) and is_left(tokens[-1][0]):
            yield text[start : (start := last + tokens[k - 1].start())].rstrip(" ,;")
    yield text[start:]


def spelled(text: str) -> list[str]:
    """The words of a text."""
    words = (found[0].strip("-–—'\"*_#=…:.") for found in FORMULA.finditer(text))
    return [word for word in words if len(word) > 1 and SPELLED.fullmatch(word) and (len(word) > 2 or harmless(word.casefold()))]


def clashing(words: str, names: Container[str], own: Container[str]) -> bool:
    """Whether a word is a quantity's name."""
    return any(word in names or word in own for word in re.findall(r"(?<![\w\\])[^\W\d_]{2,}(?![\w\[{^])", words))


def reckons(words: str) -> bool:
    """Whether signs stand among words, but for those of what is known to be said."""
    words = PHRASES.sub(" ", SLOPE.sub(" tanh ", words))
    return (
        RECKONED.search(re.sub(r"^\s*[-*•]\s+|-+>|=>|1\s*[-−–]\s*\S+|[_\[({]\{?t\s*[-+]\s*1[\])}]", " ", SHAPE.sub(" ", words))) is not None
    )


def headless(line: str, names: Container[str], own: Container[str], asked: Asked, past: list[str]) -> str:
    """An equation without the words in front of it; to ``past`` a label whose words are not all known."""
    sign = equates(line)
    head = line[: sign.start()].rstrip() if sign else ""
    first = ""
    for space in reversed([*re.finditer(r"(?<![/∂^_])\s+(?![/^_])", head)][-60:]):
        words, left = head[: space.start()], head[space.end() :].strip(" :")
        if sum(left.count(c) for c in "([{") != sum(left.count(c) for c in ")]}") or not is_left(left):
            continue
        if re.match(r"(?:is|ist|est|as|equals?|to|be)$", left, re.IGNORECASE) or any(map(spelled, left.split())) or COMMAND.search(words):
            continue
        equation = f"{left} {line[len(head) :].strip()}"
        if reckons(words) or SIGNED.search(words) or not (spelled(words) or re.fullmatch(r"\W*\w{1,3}\W*", words)):
            continue
        worse = asked(LEADS.sub("", words).rstrip(" ,:."), equation)
        told = worse and words.rstrip()[-1:] == ":" and TITLE.fullmatch(words) and aloof(NUMBER.sub("", words))
        if (told or not worse) and not clashing(words, names, own):
            past += [words.strip()] * bool(told)
            return f"{equation}  (for all t)" if EVERY.search(words) and AT_T.search(left) else equation
        first = first or worse
    if first and len(spelled(head)) > 1 + (head.rstrip() in spelled(head)):
        refused(first, line)
    return line


def tailed(line: str, names: Container[str], own: Container[str], asked: Asked) -> str:
    """The words behind an equation."""
    sign = equates(line)
    start, first = sign.end() if sign else 0, ""
    for apart in TAIL.finditer(line, start):
        before, tail = line[: apart.start()], line[apart.start() :]
        if (
            re.search(r"[-+*/=@⊙∘·×−^_]\s*$", before)
            or any(before.count(a) != before.count(b) for a, b in ("()", "[]", "{}"))
            or not before[start:].strip(" +-*/=@⊙∘·×−,")
            or len(words := line[apart.end() :].strip()) > LONG
            or FACTOR.match(tail)
            or any(condition(words[: cut.start()]) for cut in PAUSE.finditer(words))
        ):
            continue  # of which steps it is, is part of the equation
        words = words[1:-1] if re.fullmatch(r"\[[^\[\]]*\]", words) and not SHAPE.fullmatch(words) else words
        begins = re.match(r"[(\[]?\s*([^\W\d_][\w'’-]+|i\.\s?e\.|d\.\s?h\.|c\.-à-d)", words)
        if SHAPE.fullmatch(words.rstrip(" .")):
            return tail
        if not begins or not SLOPE.search(words) and (begins[1].casefold() in CALLS and len(spelled(words)) < 2):
            continue
        if not spelled(words) or reckons(words):
            continue
        if not (worse := asked(words, before)) and not clashing(words, names, own) and not (first and spelled(before[start:])):
            return tail
        first = first or (worse if len(spelled(words)) > 1 else "")
    if first:
        refused(first, line, start)
    return ""


def spoken(text: str, names: Container[str], said: str) -> tuple[str, list[str], str]:
    """A text that was not read without its words, those behind equations, and what is to be said if it is not read either: ``said``, or in
    its place which of its words are not."""
    try:
        less, behind = silenced(text, names)
    except Unreadable as error:
        return text, [], str(error) if ODD.search(said) or REFUSED in said else said
    return less, behind, said


def wordless(text: str, names: Container[str]) -> str:
    """A text that was not read for words of it without any: its equations by themselves, whatever is said of them; as it is where it has
    words for what an equation would say."""
    try:
        return silenced(text, names, lambda words, line: "")[0]
    except Unreadable:
        return text
