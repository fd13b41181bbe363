"""What stands beside symbolic answers in a sheet: words that are known to leave them as they are, and all else, which may change some."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from autograd_rnn.formulas.reading.asides import EQUATES
from autograd_rnn.formulas.sentences.aloof import CHANGES, MEANS, NAME, POINTS, PREPOSED, TURNS, aloof, sentences
from autograd_rnn.formulas.sentences.aloof import SIGNS as MARKS
from autograd_rnn.formulas.sentences.harmless import APART, signed, unread
from autograd_rnn.formulas.sentences.words import ROLES

SIGN = re.compile(r"(?!(?:\*\s+)?\*\*[^\W\d_]{3,}[^*]*\*\*)(?:&\s*)*(?:[-+*@^.]|/(?![/*])|≈|≃|\\(?:approx|simeq)(?![A-Za-z])|=(?!=))")
HEAD = re.compile(  # marks of lists, comments and quotations, numbers, and commands of LaTeX that set words
    r"(?:#+|//|>|(?:and|und|et|to|bis|[-–,])\s*(?=\d+[.)])|[-*+•–—]\s|%+\s*(?=[^\W\d_]{2})|\(?(?:\d+(?:\.\d+)*|[a-h]\d?|[ivx]+)[.):](?:\s+|"
    r"$)|\\(?:item|text\w*|mathrm|mbox|emph|"
    r"(?:sub)*section\*?|paragraph|noindent|title)(?![a-z])(?:\[[^\]]*\])?[\s{]*|[\s\"'`*_])+",
    re.IGNORECASE,
)
TITLE = re.compile(r"\W*(?:#|\\(?:(?:sub)*section|paragraph|title)\*?\s*\{|\*\*|__)\W*[A-ZÄÖÜÉÀ]")
RULE = re.compile(  # a line, a number, a fence of code, what sets a document
    r"[-=_*#`|:\s]{2,}|`{3}\w*|\(?[VHDKN]\)?|\(?(?:\d+(?:\.\d+)*|[a-g]|[ivx]+)[.):]|"
    r"import\s+\w+(?:\s+as\s+\w+)?|\\(?:document\w+|usepackage|maketitle|author|date|newpage|clearpage|noindent|\w+skip|label|tag|nonumber|notag|hline|centering|(?:re)?newcommand)(?![a-z]).*"
)
DEFINES = re.compile(r"[\s(,]*(?:and\s+)?(?:where|with|wobei|mit|où|avec)\b", re.IGNORECASE)
CASE = re.compile(r"[\s(]*(?:if|for|when|at|für|wenn|bei|pour|si)\b", re.IGNORECASE)
COMPARED = re.compile(r"[(\[\s]*(?:[a-zTS]|\d+)\s*(?:==?|[<>≤≥≠∈]|!=|\\(?:leq?|geq?|neq?|in|lt|gt)\b)")
SAID = re.compile(r"(?<![\w*])[-+*]\s+(?:is|means|denotes|ist|bezeichnet|est|désigne)\b")  # what a sign is
LEAD = re.compile(r"\W*((?:[^\W\d_]{2,}[\s,:]+)+)(?=[^\s=])")  # the words in front of an equation
STEP = re.compile(r"(?<![\w\\∂∇/])(?:[tTS]|\d+)\s*$")
ENDS = re.compile(r":\s*$")
SPOKEN = re.compile(r"(?<![\w\\])(?!(?:tanh|diag|[Ss]um|outer)\b)[^\W\d_]{3,}(?![\w\[({^])")  # a word, and no name in a formula
EQUAL = re.compile(  # one quantity is another
    r";\S*\s+(?:is|are|be|equals?|means?|ist|sind|gleicht|entspricht|est|sont|égale?|vaut|becomes?|wird)\s+(?!used|"
    r"needed)(?:[\w-]+\s+){0,3};",
    re.IGNORECASE,
)
PEOPLE = re.compile(r"(?:[A-ZÄÖÜÉ][^\W\d_]+(?:-[A-Z][^\W\d_]+)?[\s,&]*){1,4}\d*")  # a person, behind the words that close a letter
CLOSING = re.compile(
    r"(?:(?:with|best|kind|warm|viele|mit|freundlichen|liebe|beste|bien)\s+)*(?:regards|wishes|cheers|sincerely|grüßen?|cordialement)\W*",
    re.IGNORECASE,
)
OMITTED = re.compile(r"(?:^|[^\w,]\s*)(?:\.\.+|…|\\[lc]?dots)\W*$")  # what goes on and is not said
LISTS = re.compile(r"^(?:[#>%\s\"'(`$]|\*\*|//|\d+[.)]|\w\))*")  # marks in front of a line, but for signs
UNSAID = re.compile(  # what is asked for, or taken as if, and not said to be so
    r".*\b(?:want|wish|like|have|need|going|asked|remains?|left|try|trying|hope)\s+to\s+(?:show|prove|verify)\b|"
    r"(?:^|.*[.:;,!])\W*(?:(?:(?:we|i|you)\s+)?(?:have\s+|need\s+)?(?:to\s+)?(?:show|prove|"
    r"be\s+(?:shown|proved|proven)|verify)|"
    r"prove\s+or|(?:is|does)\s+(?:it|this)|(?:question|frage)(?=\s*:)|why|warum|pourquoi|(?:i|we)\s+think(?!\s+of)|re-?lu|(?:given|"
    r"gegeben|is)(?=\W*$)|claims?|conjecture|"
    r"goal|aim|wanted|sought|asked|(?:zu\s+)?(?:zeigen?|beweisen?)|behauptung|gesucht|ziel|"
    r"(?:à\s+)?(?:dé)?montr(?:er|ez|ons))"
    r"\b(?!.*\bwanted\b)",
    re.IGNORECASE,
)
REFERS = re.compile(  # what points at more than what stands beside it
    r"\b(?:all|every\w*|each|both|others?|nothing|none|neither|these|those|my|alle\w*|nichts|kein\w*|jede\w*|beide\w*|übrige\w*|andere\w*|tou[st]\w*|"
    r"rien|chaque|autres?|answers|equations|formulas|formulae|solutions|signs|lines|gleichungen|formeln|équations|formules|réponses|signes|sheet|draft|"
    r"version|graded|(?:first|second|third|fourth|fifth|sixth|seventh|eighth|last|erste\w*|zweite\w*|dritte\w*|vierte\w*|letzte\w*|premi\w+|deuxième|"
    r"troisième|derni\w+)(?=\W*$|\s+(?:\w+\s+)?(?:ones?|answer|equation|formula|line|result|solution|of|is|was|antwort|gleichung|formel|zeile|ist|"
    r"équation|formule|ligne|réponse|est)))\b|\(\w\)|\b[a-h]\)|#\s*\d|\b(?:no|nr|eqs?|gl|line|answer|question|part|task|exercise|aufgabe|teil)\.?"
    r"\s*\(?\w?\d|\b[ivx]+\)",
    re.IGNORECASE,
)
MOST = 2000  # lines that are looked at


class Answer(NamedTuple):
    """An equation that is asked for: its name, the places of its first and its last row, its line, and what its right side uses."""

    name: str
    first: int
    last: int
    line: str
    uses: frozenset[str]


def unmarked(row: str) -> str:
    """A line without the marks of a list, a comment or a heading before its words."""
    text = row[found.end() :] if (found := HEAD.match(row)) and found.end() < len(row) else row
    return text.removesuffix("}") if text.count("}") > text.count("{") else text


def harmless(row: str, line: str) -> bool:
    """Whether a line is made of words that leave the equation ``line`` beside it as it is, or is a rule or a number.

    >>> line = "dW_hh = Σ_t da_t h_{t-1}^T"
    >>> [harmless(row, line) for row in ("because the loss is summed", "## Biases", "- and so on", "(by the chain rule)", "b)", "---")]
    [True, True, True, True, True, True]
    >>> [harmless(row, line) for row in ("only at the end", "wrong", "(t < T)", "% 2", "h_t", "2", "times two", "- not", "with h_t")]
    [False, False, False, False, False, False, False, False, False]
    """
    if re.match(r"[-+−*/^→←⇒·×=]", LISTS.sub("", row, count=1)) and not SPOKEN.search(row) and not ENDS.search(row):
        return RULE.fullmatch(row) is not None
    if OMITTED.search(row) or signed(LISTS.sub("", row, count=1)) or signed(row):
        return False
    if not re.search(r"\w", row) and RULE.fullmatch(row) is None:
        return re.fullmatch(r"[\s\[\]){}.,;$\"`*#>□■∎✓☑]*", row) is not None
    text = row if SAID.search(row) else unmarked(row)
    return RULE.fullmatch(row) is not None or not (unread(text, line) or UNSAID.match(text) and text[-1:] != ".")


def own(row: str) -> bool:
    """Whether a line has an equation of its own, and no condition on steps alone."""
    text = unmarked(row)
    equates = EQUATES.search(re.sub(r"[<>!=]=", "  ", text))
    if equates is None or any(begins.match(text) for begins in (SIGN, COMPARED, DEFINES)) or STEP.search(text[: equates.start()]):
        return False
    lead = LEAD.match(text[: equates.start()])
    return not (lead and unread(lead[1]) and not aloof(lead[1].strip()))


def around(rows: list[tuple[int, str]], first: int, last: int, line: str) -> list[int]:
    """Of the numbered rows the places right above and below the answer ``line``, ``rows[first]`` to ``rows[last]``, of what may be read
    with it: a line above that ends with a colon, and those below up to one that ends so.

    >>> around([(1, "For t < T:"), (2, "a = b"), (3, "(t < T)"), (4, "For t = T:"), (5, "a = c")], 1, 1, "a = b")
    [0, 2]
    """
    above = [first - 1] if first and ENDS.search(rows[first - 1][1]) and rows[first][0] - rows[first - 1][0] <= 1 else []
    found = [k for k in above if not own(rows[k][1]) and not harmless(rows[k][1], line)]
    for k in range(last + 1, len(rows)):
        number, row = rows[k]
        if number - rows[k - 1][0] > 1 or own(row) or ENDS.search(row):
            break
        limits = any(begins.match(unmarked(row)) for begins in (CASE, COMPARED, DEFINES)) or row[0] in "(["
        found += [k] if limits and not harmless(row, line) else []
    return found


@functools.lru_cache(maxsize=1024)
def naming(left: str, name: str) -> re.Pattern[str]:
    """How a text names an answer with this left side, in its spelling or as the grader has it; one letter, with an index.

    >>> [naming("∂L/∂W_hh", "dW_hh").search(row) is not None for row in ("in dWhh the sign", "∂L/∂W_{hh} is half", "dW_hhx")]
    [True, True, False]
    >>> [naming("h_t", "h").search(row) is not None for row in ("h_{t+1} is half", "2h *= 2", "h or not", "dh_t")]
    [True, True, False, False]
    """
    joined = r"[^\w∂∇]{0,3}_?[^\w∂∇]{0,2}"
    pieces, base = (re.findall(r"[^\W_]+|[∂∇]", text.strip().rstrip(":+")) for text in (left, name.removeprefix("d")))
    pieces = pieces[:-1] if pieces[-1:] == ["t"] else pieces
    way = joined.join(map(re.escape, pieces)) + r"(?=[_\[({^.ₜ]|\s*(?:[-+*/:−]?=|[←→]))" * (len("".join(pieces)) == 1)
    if name.startswith("d"):
        way += rf"|(?:d|[∂∇δΔ]|\\?partial|\\?delta|grad)[\W_]{{0,4}}{joined.join(map(re.escape, base))}"
    return re.compile(rf"(?<![^\W\d_])(?:{way.strip('|')})(?!(?!ᵀ)[^\W_])(?:[_\[({{^]{{1,2}}[tT]?(?:\s?[-+−]\s?\d)?[\])}}]{{1,2}}|_t)?")


class Beside:
    """The rows of a sheet beside its answers: which are known to leave them as they are, and what the others may change."""

    def __init__(self, rows: list[tuple[int, str]], answers: list[Answer]) -> None:
        self.rows, self.answers = rows, sorted(answers, key=lambda answer: answer.first)
        self.ways = {answer.name: naming(answer.line.partition("=")[0], answer.name) for answer in answers}
        lines = " ".join(answer.line.replace("_", " ") for answer in answers)
        self.letters = {*re.findall(r"(?<![A-Za-z])(?:[d∂δ]|\\\w+ )?([A-Za-z])(?![A-Za-z])", lines)}
        uses = frozenset[str]().union(*(answer.uses for answer in answers))
        self.used = {name: naming(name, name) for name in uses}

    def near(self, k: int) -> list[Answer]:
        """The answers before and behind a row."""
        before = [answer for answer in self.answers if answer.last < k][-1:]
        return before + [answer for answer in self.answers if answer.first > k][:1]

    def lines(self, k: int) -> list[str]:
        """The answers that a row may say something of."""
        return [answer.line for answer in self.near(k) if answer.first > k or not ENDS.search(self.rows[k][1])]

    def harmless(self, k: int, said: str = "") -> bool:
        """Whether a row, or what is ``said`` in its place, is known to leave the answers as they are that it stands beside, or names."""
        row = bare = said or self.rows[k][1]
        for way in (*self.ways.values(), *self.used.values()):
            bare = way.sub(";", bare)
        if EQUAL.search(bare) or re.search(r"(?:^|\s)[-+−];|[:.#%>]\s+[-+−]\s*;", bare):
            return False
        if CLOSING.fullmatch(row):
            return True
        if PEOPLE.fullmatch(row) and k and CLOSING.fullmatch(self.rows[k - 1][1]) and not [a for a in self.answers if a.first > k]:
            return True
        lines = self.lines(k)
        named = [answer.line for answer in self.answers if self.ways[answer.name].search(row)]
        if named and not SPOKEN.search(row):
            label = next((answer.line.partition("=")[0] for answer in self.near(k) if answer.first > k), "")
            return APART.sub("", unmarked(row).rstrip(" :`*$.")) == APART.sub("", label.strip("`*$ ")) != ""
        if any(harmless(row, line) for line in ("", *lines)):
            return True
        bare = row
        for way in self.ways.values():
            bare = way.sub(" ; ", bare)
        return bool(named) and (harmless(bare, "") or any(harmless(row, line) for line in named))

    def unknown(self, k: int, lines: list[str]) -> str:
        """The sentences of a row that are not known to leave the answers ``lines`` beside it as they are, and may change one."""
        row = self.rows[k][1]
        heads = TITLE.match(row) is not None or k == 0 and row[:1].isupper()
        row = re.sub(r"(?<!\w)(\*{1,2}|_{1,2})(\w[^*_]*)\1(?!\w)", r"\2", row)
        leads = row[-1:] not in ".!?)" and any(answer.first == k + 1 for answer in self.answers)
        row = NAME.sub(
            lambda found: found[0] if found[0].lstrip("dδ∂")[:1] in {*self.letters, found[0]} else "it", row
        )  # what no answer has
        parts = sentences(row if SAID.search(row) else unmarked(row))
        return " ".join(
            part
            for part in parts
            if not any(harmless(part, line) for line in ("", *lines))
            and not any(way.fullmatch(part.rstrip(" :")) for way in self.ways.values())
            and (
                UNSAID.match(part)
                and part[-1] not in ".?"
                or not aloof(part, any(way.search(part) for way in self.ways.values()), heads, leads and part is parts[-1])
            )
        )

    def joined(self, k: int, answer: Answer) -> bool:
        """Whether no empty line stands between a row and an answer."""
        first, last = (answer.last, k) if answer.last < k else (k, answer.first)
        return all(self.rows[j + 1][0] - self.rows[j][0] <= 1 for j in range(first, last))

    def touched(self, k: int) -> set[str]:
        """The answers that a row may change which is not known to be harmless: those that it names and those right beside it; where it
        names none, those before and behind it, those that use what it names, and all where it points farther or stands outside of them."""
        row, near = self.rows[k][1], self.near(k)
        named = {name for name, way in self.ways.items() if way.search(row)}
        beside = {answer.name for answer in near if self.joined(k, answer)}
        uses = {name for name, way in self.used.items() if way.search(row)}
        users = {answer.name for answer in self.answers if answer.uses & uses}
        if named:
            used = {answer.name for answer in near if answer.uses & named}
            return named | beside | used | (users if EQUATES.search(row) or not SPOKEN.search(row) else set())
        outside = len(near) == 1 and not beside
        said = self.unknown(k, [answer.line for answer in near])
        turns = CHANGES.search(said) or MEANS.search(said) or POINTS.search(said)
        if turns and (outside or REFERS.search(unmarked(said))):
            return {answer.name for answer in self.answers}
        if outside and near[0].first > k and row[-1:] not in ":," and not (TURNS.search(said) or PREPOSED.match(said)):
            return set()  # a head, a name, a greeting
        if not (turns or TURNS.search(said)) and SPOKEN.search(said) and not MARKS.search(NAME.sub(" ", said)):  # nothing in it points back
            leads = row[-1:] in ":," or row[-1:] not in ".!" and unmarked(row)[:1].isupper()
            behind = {answer.name for answer in near if answer.first > k and leads}
            return behind or (beside if len(beside) == 1 else {answer.name for answer in near})
        called = {name for name in self.ways if (role := ROLES.get(name[1:2])) and re.search(role, said, re.IGNORECASE)}
        called |= {name for name in self.ways if naming(name[1:], name[1:]).search(said)}
        return {answer.name for answer in near} | users | called
