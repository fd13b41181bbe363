"""Words that leave the equation beside them as it is: those that are known to. Whatever else is said of an equation may change it."""

from __future__ import annotations

import functools
import re

from autograd_rnn.formulas.sentences.words import ALSO, ROLES, harmless
from autograd_rnn.formulas.writing.lines import WIDEST
from autograd_rnn.formulas.writing.spans import STEPS

LONG = 600  # characters of words that are read
SUB = r"(?:_\w+|_?\{\w+(?:[-+]\w)?\}|_?\[\w+(?:[-+]\w)?\]|[ₜₕₓᵧ]+)?"
NAME = rf"(?:d|∂|δ|δ_|\\delta|\\partial\s?)?[A-Za-zσδ]{SUB}"
IS = r"(?:(?:is|be)\s+short\s+for|is|be|denote|are|denotes?|being|means|represents?|stands\s+for|ist|sind|bezeichnet|est|désigne|sont|:)"
THE = r"(?:(?:the|its|a|an|our|die|der|das|den|la|le|les)\s+)?"
EACH = r"(?:all|every|each|any|alle[nr]?|jede[nmrs]?|tou[st]|toutes?|chaque)"
STEP = (
    r"(?:t(?:ime)?(?:\s*-?\s*steps?)?|steps?|timesteps?|zeitschritte?n?|zeit|pas(?:\s+de\s+temps)?|instants?|units?|"
    r"entries|parameters?|weights?)"
)
PART = (
    r"(?:(?:recurrent|hidden|output|input|readout|weight|rekurrente|verdeckte)n?\s+)*(?:weights?|bias(?:es)?|state|layer|gates?|matri(?:x|ces)|"
    r"gewichte|poids|biais|pre-?activations?|activations?|cell|loss|parameters|softmax|scores|logits|ausgabe|sortie)"
)
SLOPED_BY = r"1\s*[-−–]\s*tanh\s*(?:\(\w+\))?\s*(?:\^2|²|\*\*2)\s*(?:\(\w+\))?"
LINK = r"(?:(?:and|with|where|here|using|since|as|for|we|mit|wobei|où|avec|und)\s+)?"
PHRASES = re.compile(  # steps, places in texts, parts of the net and facts on them, by themselves known to leave an equation as it is
    "|".join(
        rf"(?<![\w\\^-])(?:{phrase})(?![\w^-])"
        for phrase in (
            rf"(?:for|with|over|für|über|pour|sur|,)?\s*(?:all\s+)?(?:t(?:ime)?\s+)?{STEPS}|∀\s*t|over\s+(?:the\s+)?(?:time|sequence)",
            r"errors?\s+(?:at|of)\s+the\s+(?:outputs?|scores|hidden\s+state)(?!\s+(?:sign|term|is\s+(?!the\b)))",  # what a δ is called
            r"(?:from|for|von|für|pour)\s+(?:t\s*=\s*)?(?-i:1\s+(?:to|bis|à)\s+(?:t\s*=\s*)?T|T\s+(?:down\s+)?(?:to|bis|à)\s+(?:t\s*=\s*)?1)",
            rf"(?:for|at|in|over|of|across|an?|bei|für|über|pour|à|sur)\s+{EACH}\s+(?:les\s+|the\s+)?{STEP}(?:\s+(?-i:t)(?!\w))?",
            r"(?:at|for)\s+(?:time\s*-?(?:\s*step)?|step)\s+t|zum\s+zeitpunkt\s+t|à\s+l'instant\s+t|im\s+zeitschritt\s+t",
            r"(?:see\s+|for\s+|in\s+|cf\.?\s*|from\s+|by\s+|siehe\s+|voir\s+)?(?:eqs?|eqn|equation|formula|section|sec|slide|page|p\.|chapter|"
            r"lecture|exercise|homework|assignment|sheet|problem|task|question|part|step|gl|gleichung|aufgabe|blatt|folie|teil|exercice|équation)"
            r"s?\.?\s*\(?\s*(?:\d+(?:\.\d+)*(?:\s*\(?[a-h]\)?)?|[a-h](?=\)))\s*\)?|(?:from|by|see|using|mit|aus|cf\.?)\s+\(\d+(?:\.\d+)*[a-z]?\)",
            rf"(?:for|für|pour)\s+{THE}{PART}|(?:answer|solution|lösung|antwort|réponse)\s+(?:(?:to|zu|à)\s+)?\(?(?:\d+|[a-h]\))\)?",
            rf"{LINK}(?:(?:d|δ|∂|\\delta|delta)\w*?{SUB}?_?[\[{{(]+(?-i:T)\s*\+\s*1[\]}})]+|[hc](?:_0|\[0\]|_\{{0\}}|₀))\s*"
            r"(?::?=|is|are|ist|est)\s*(?:0|zero|null|nul)",
            rf"{LINK}(?:[⊙*∘]|\\odot|{THE}(?:squares?|products?))\s*{IS}?\s*(?:taken\s+)?{THE}(?:produit\s+)?(?:element-?\s?wise|hadamard|elementweise\w*|terme\s+à\s+terme)(?:\s+(?:product|produkt|produit|multiplication))?",
            rf"{LINK}(?:\^?\{{?T\}}?|ᵀ|\^?\\top)\s*{IS}\s*{THE}(?:matrix\s+)?(?:transpos(?:e|ition)|transponierte|transposée)(?=\s*(?:[.,;)]|$))",
            r"[LEJ]\s*=\s*(?:\\sum|Σ|∑|sum)_?\{?t\}?\s*[LEJ](?:_t|_\{t\}|\^\{?\(t\)\}?)",
            rf"{LINK}(?-i:T|H|D|K|N)\s*(?:=|{IS})\s*{THE}(?:(?:number|length|size|dimension|anzahl|länge|größe|nombre|longueur|taille)\s+(?:of|der|des|de)\s+{THE})?"
            r"(?:(?:hidden|input|output|sequence|batch|verdeckten)\s+)?(?:length|size|dimension|units|inputs?|outputs?|(?:time\s*)?steps|sequence|zeitschritte|einheiten|pas\s+de\s+temps)",
            rf"{LINK}(?:{THE}(?:derivative|slope|ableitung|dérivée)\s+(?:of|von|de)\s+tanh|tanh\s*['′’](?:\(\w+\))?)\s*(?:=|is|ist|est|being)\s*"
            rf"{SLOPED_BY}|{SLOPED_BY}|(?:derivative|ableitung|dérivée)\s+(?:of|von|de|des)\s+tanh|(?:through|by)\s+(?:the\s+)?tanh",
            rf"{LINK}(?:σ|sigma)\s*['′’]\s*(?:\(\w+\))?\s*=\s*(?:σ|sigma)\s*(?:\(\w+\))?\s*[*·⊙]?\s*\(\s*1\s*[-−–]\s*(?:σ|sigma)\s*(?:\(\w+\))?\s*\)",
            r"(?:in|with|by)?\s*respect\s+to|(?:from|of)\s+the\s+future|aus\s+der\s+zukunft|du\s+futur|pas\s+de\s+temps|dans\s+le\s+temps|as\s+usual|"
            r"in\s+order\s+to|once\s+more|of\s+course|et\s+al|think\s+of|goodfellow|final\s+(?:answer|result)|deep\s+learning",
            r"negative\s+log-?\s?likelihood|log-likelihood\s+loss|candidates?(?!\s+(?:answer|solution|formula|equation|for))|(?:the\s+)?recurrent\s+part|softmax\s+(?:with|and|mit|und|avec|et)\s+(?:the\s+)?cross-entropy|(?:forget|reset|input|output|update)"
            r"\s+gates?|candidate\s+(?:state|gate)|error\s+(?:signals?|vectors?)|outer\s+product\s+per\s+time\s*step",
            rf"(?:the\s+)?(?:two|both|zwei|beide\w?|deux)\s+(?:paths?|contributions?|pfaden?|beiträgen?|chemins)|in\s+(?:two|several)\s+(?:ways|places)|{THE}same\s+(?:{PART}|as|is|holds)",
            r"(?:recursion|recurrence|rekursion)\s+(?:starts?|begins?|startet|beginnt)(?:\s+(?:at|with|bei|mit))?|start(?:ing|s)?\s+(?:at|with|from)\s+t\s*=\s*T|"
            r"(?:the\s+)?sum\s+(?:runs|goes)\s+over(?=\s+(?:(?:all|the|every|each)\s+)*(?:t\b|time|steps?\b))|(?:L|loss(?:es)?)\s+(?:is|are)\s+(?:summed|(?:a|the)\s+sum)|over\s+the\s+(?:whole|entire)\s+sequence|no\s+(?:future|next)\s+(?:term|step)\s+(?:at|after)\s+the\s+(?:last|final)\s+(?:time\s*)?step|(?:holds|true|valid)(?=\s+for\s+(?:all|every|each))",
            r"^\W*(?:(?:first|second|third)(?:ly)?|lastly|next(?=,))(?=(?:\s+of\s+all)?,?\s+(?:the|we|let|consider)\s)|(?:we\s+)?start\s+(?:at|with|from)\s+the\s+(?:loss|outputs?|readout|scores|softmax)|"
            r"(?:the\s+)?(?:output|hidden)\s+errors?(?=\s+(?:is|are)\W*$|\W*$)|one\s+can\s+(?:show|see|check|verify)|after\s+(?:some\s+)?(?:simplification|algebra)|collecting\s+(?:the\s+|all\s+)?terms",
            r"(?:us(?:e|es|ing)|with|by|after|apply(?:ing)?|mit|durch|avec|en\s+utilisant|on\s+applique)\s+(?:the\s+|der\s+|la\s+)?(?:chain\s+rule|"
            r"product\s+rule|definitions?|above|kettenregel|produktregel|definition|règle)",
        )
    ),
    re.IGNORECASE,
)

MARKS = re.compile(
    r"^\s*(?:\*\s+(?!is\b|means|denotes|ist\b|est\b|stands|=|:)|\*+(?=\w))|(?<=\w)\*+\s*$|\\(?:item|text\w*|mathrm|mbox|emph|"
    r"(?:sub)*section\*?|paragraph|noindent|title|quad|qquad)(?![a-z])\*?[\s{]*|[✓☑∎■□⇒⟹→•●▪‣]|=>|-->?"
)
INTRODUCED = re.compile(
    rf"(?:(?:(?:^|[,;(])\s*(?:with|mit|avec|where|wobei|où)|\b(?:and|und|et))\s+({NAME})\s+|(?<![\w\\^])(?:let\s+)?({NAME})\s+(?:here\s+)?{IS}\s+|"
    rf"(?<!\w)(?:denote\s+by|write|use)\s+({NAME})\s+(?:for\s+)?)"
    r"(?:the|a|an|our|der|die|das|le|la|l['’]|un|une)\b\s*((?:[^\s,.;()]+\s*){1,10})",
    re.IGNORECASE,
)
VERB = (
    r"(?:influences?|affects?|wirkt|wirken|agit|agissent|enters?|appears|depends?|reaches|feeds|goes|flows|beeinflusst|geht|hängt|"
    r"intervient|dépend|"
    r"(?:is|are)\s+used\s+(?:by|in))"
)
FLOWS = re.compile(
    rf"(?<![\w\\^])({NAME})(\s+{VERB})(?![\w-])(?=(\s+(?:(?:on|in|into|von|dans|de)\s+)?(?:{NAME}(?![\w^])|the\s+loss|through|via|"
    rf"both|all|every|each|"
    r"den\s+verlust|la\s+perte|it(?!\w)|them|this))?)",
    re.IGNORECASE,
)
TWICE = re.compile(
    rf"(?<!\w)(?:{NAME}\s+)?(?:(?:is|are|was)\s+(?:used|needed)|appears|enters|occurs|wird\s+verwendet)\s+(?:twice|zweimal)(?!\w)",
    re.IGNORECASE,
)
RESPECT = re.compile(
    r"(?:(?:(?:with|in|by)\s+)?respect\s+to|w\.?r\.?t\.?|nach|bezüglich|bzgl\.?|of|von|für|for|rapport\s+à)\s+(?:the\s+(?:bias|"
    rf"pre-?activation|(?:hidden\s+)?state|(?:weight\s+)?matrix|weights)\s+)?({NAME})(?!\s*=|[\w^{{\[(ᵀ'.])",
    re.IGNORECASE,
)
KINDS = {  # what is in the name of a weight that is called so
    "input|eingabe|entrée": "[xiU]",
    "output|ausgabe|sortie": "[yqoV]",
    "recurrent|rekurren|récurren|hidden-to-hidden": "h[a-pr-wz]|^W$|^U",
}
ASKED = re.compile(
    r"(?:gradients?|derivatives?)\s+(?:of|for|with\s+respect\s+to|w\.?r\.?t\.?)\s+the\s+(input|output|recurrent)(?:\s+(?:weights?|bias|"
    r"(?:weight\s+)?matrix))?(?:\s+(?:is|are|equals))?\W*$"
)
OTHERWISE = re.compile(
    r"(?:respect\s+to|w\.?\s?r\.?\s?t\.?|bezüglich|bzgl\.?|rapport\s+à)\s+(\S*\w[_^\[ᵀ'′]\S*|[A-Z](?![\w.]))|sum\s+of\s+(?:this|that|"
    r"it)(?!\w)",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"(?:\W*|.*[:.]\s+)[-+−*/^×·][(\[{]|[(\[{]\s*[-+−*/^×·]\s*\w|.*(?:^|[\s{(\[\"`])['′’]+\W*$|(?:%|//)\s*\d"
)  # what goes on with an equation by a sign
LABEL = re.compile(
    r"^(?:\d+\)\s*(?:[-–,]|to|and|und|bis|et|à)\s*\d+\)|\(\d+(?:\.\d+)*[a-h]?\)|\(?[a-h]\)|(?:step|schritt|étape|zu|ad)\s+\d+[.:)]*|\(?[ivx]+\)|"
    r"[qa]\d+[.:)]*|(?:[qa]|[b-h]\d|\d+(?:\.\d+)*)[.:)]|"
    r"\d+(?:\.\d+)+)(?=\s|:|$)",
    re.IGNORECASE,
)
GOES = re.compile(
    r"((?:through|via|into|on|enters?|affects?|influences?|reaches|and|both|by|über|in|von|par|et|und|of)\s+(?:(?:the|its|die|den|la|"
    r"le)\s+)?(?:(?:next|own|hidden|"
    rf"output|scores?|state|loss|preactivation|pre-activation|input|sortie|état|zustand|ausgabe)\s+)*|,\s*){NAME}(?![\w^{{\[(])",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(  # where the answer is
    r"\b(?:(?:next|subsequent|nächste\w*|folgende[nr]?)\s+(?:page|sheet|line|answer|section|attempt|version|one|seite|zeile|blatt)|"
    r"(?:page|feuille|ligne|réponse|section)\s+suivante|(?:see|over|on\s+the)\s+back)\b|(?:^|\s)[:;]'?-?[(/|\\](?=\s|$)|"
    r"\b(?:is\s+(?:that|the\s+one)\s+(?:of|from)|d(?:as|er|ie)\s+(?:des|der|vom)|cel(?:le|ui)\s+(?:du|de)|el\s+del?)\s+(?:\w+\s+){0,3}(?:next|previous|later|earlier|before|"
    r"preceding|following|nächst\w+|vori\w+|vorh\w+|suivante?|précédente?|siguiente|anterior)\b|"
    r"\b(?:matrix|weights?|activation|net\w*|W\w*)\s+(?:is|are)\s+(?:the\s+|an?\s+)?identity\b|\bidentity\s+(?:activations?|nonlinearity|units?)\b|\bto\s+(?:do|be\s+(?!shown|proved|proven)\w+)\W*$|(?:\bi\.\s?e\.|\bthat\s+is|\bd\.\s?h\.|c'est-à-dire),?\s+\S+\W*$",
    re.IGNORECASE,
)
SAID = frozenset(
    "same because since that weil da dass dieselbe car que where matrix weights state of".split()
)  # in front of what is asked for
FORMULA = re.compile(r"(?:[^\s,;.!?:()\"]|(?<=\w)\(|\((?=[^\s()]*\))|(?<=[\w}])\)|\.(?=\w)|,(?=\w))+")
APART = re.compile(r"[\s_{}()\[\],$\\*·]|mathrm|text")
SPELLED = re.compile(r"[^\W\d_]+(?:[-.'’][^\W\d_]+)*\.?")
TABLE = re.compile(r"\|\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?")  # below the heads of one
SIZE, BY = r"(?:[HDKNTBV]|\d+)", r"\s*(?:[x×]|by|\\times)\s*"
SHAPE = re.compile(  # of what stands beside it
    rf"(?:(?:of\s+)?\b(?:shape|size|dim(?:ension)?)s?\s*:?\s*)?(?<![\w^*@/])(?:[\[(]\s*(?:[HDKNBV]|{SIZE}(?:(?:{BY}|\s*,\s*){SIZE})+)\s*,?\s*[)\]]|"
    rf"{SIZE}(?:{BY}{SIZE})+|(?<=[zem\s:])[HDKNBV](?=\s*$))(?:\s+(?:matri(?:x|ces)|vectors?)\b)?(?![\w(^*@])"
)
CONTRAST = re.compile(  # of two quantities of which the equation has the first
    rf"(?:(?:with|mit|avec)\s+)?({NAME}),?\s+(?:(?:and|but|und|et|sondern)\s+)?(?:not|nicht|(?:et\s+)?non|instead\s+of|in\s+place\s+of|rather\s+than|statt|"
    rf"anstelle\s+von|au\s+lieu\s+de)\s+({NAME})(?![\w^])"
)


@functools.lru_cache(maxsize=4096)
def unread(words: str, line: str = "") -> str:
    """The first piece of some words beside an equation that is not known to leave it as it is; empty where all are. ``line``: the
    equation.

    >>> [unread(words) for words in ("by the chain rule, see eq. (10.2)", "for all t = 1..T", "wobei h_t der verdeckte Zustand ist")]
    ['', '', '']
    >>> unread("the sign is the other way round"), unread("with h_t", "dW = Σ_t da_t h_{t-1}^T"), unread("summing", "db = Σ_t da_t")
    ('sign', 'with', '')
    """
    if len(words) > LONG or "?" in words or "~~" in words or re.search(r"[✗✘❌]|\\[xb]?(?:cancel|sout)", words):
        return words.strip()
    if signed(words):
        return words.strip()
    if found := ELSEWHERE.search(words):
        return found[0]
    line = line if len(line) <= WIDEST else ""
    known = {more for sign, some in ALSO if re.search(sign, line) for more in some.casefold().split()}
    pieces = {APART.sub("", piece) for piece in (line, *FORMULA.findall(line))} - {""}
    text = MARKS.sub(" ", words).replace("\\tanh", "tanh").replace("`", " ").replace("**", " ").replace("$", " ").strip(" #%/_>\"'")
    text, left = LABEL.sub("", text), {APART.sub("", name) for name in re.findall(rf"(?<![A-Za-z]){NAME}", line.partition("=")[0])}
    left |= {name[1:] for name in left if name[:1] in "d∂δ"}
    weight = next((name for name in sorted(left) if re.match(r"[WUVb](?![a-z]{4})", name)), "")
    if weight and (found := ASKED.search(text)) and not all(re.search(x, weight) for of, x in KINDS.items() if re.search(of, found[1])):
        return found[0]
    text = INTRODUCED.sub(_meant, text)
    if "\0" in text:
        return text.partition("\0")[2].split()[0]
    text = RESPECT.sub(lambda found: " ; " if APART.sub("", found[1]) in left else found[0], text)
    if other := OTHERWISE.search(text):
        return other[1] or other[0]
    text = TWICE.sub(" ; ", text)
    if re.search(rf"(?<!\w){VERB}(?!\w)", text):
        own = left | pieces
        text = GOES.sub(r"\1;", FLOWS.sub(lambda found: f" ; {found[2]}" if found[3] or APART.sub("", found[1]) in own else found[0], text))
    has = {APART.sub("", name) for name in re.findall(rf"(?<![A-Za-z]){NAME}", line.partition("=")[2])}
    text = CONTRAST.sub(lambda found: " ; " if APART.sub("", found[1]) in has and APART.sub("", found[2]) not in has else found[0], text)
    text = PHRASES.sub(" ; ", SHAPE.sub(" ; ", text))
    text = re.sub(r"(?<=;)\s+[-–—|]\s+(?=;)", " ", text)  # which parts a heading
    if re.search(r"\b(?:outer|äußere\w*|extérieur)\b", text):
        pieces |= {re.sub(r"(?:\^?T|ᵀ|\.T|\^top)$", "", piece) for piece in pieces}
    if APART.sub("", text.strip(" :")) == APART.sub("", line.partition("=")[0]) != "":  # a label
        return ""
    unknown, said, alone = _unknown(text, left, pieces, known)
    bare = text.strip() != "" and not re.search(r"[;\w]", text) or re.search(r"[-+*/=^@×⊙∘−]", text)  # signs alone
    return unknown or ("" if said else alone or words.strip() * bool(bare))


def _unknown(text: str, left: set[str], pieces: set[str], known: set[str]) -> tuple[str, bool, str]:
    """The first piece of words that is neither a word that is known nor one of the ``pieces`` of the equation, whose left side is ``left``;
    whether there are known words; and the first piece of the equation."""
    said, alone = False, ""
    for found in FORMULA.finditer(text):
        piece = found[0].strip("-–—'\"*_#=…").strip()
        if re.match(r"[-–−]\w(?![^\W_]{2})", found[0]):  # a sign in front of a quantity
            return found[0], said, alone
        piece = re.sub(r"^\(([^\W\d_]{2,})\)$", r"\1", piece)
        piece = piece.rstrip(")") if piece.count(")") > piece.count("(") else piece
        if not piece:
            if found[0].strip("-–—'\"_#…") in ("*", "="):
                return found[0], said, alone
            continue
        lower = piece.casefold().replace("’", "'")
        if SPELLED.fullmatch(piece) and len(piece) > 1 or lower in ("a", "i", "à", "l"):
            parts = (
                [lower]
                if lower.rstrip(".") in known or harmless(lower.rstrip("."))
                else [part for part in lower.rstrip(".").split("'") if part]
            )
            if all(part.rstrip(".") in known or harmless(part.rstrip(".")) for part in parts):
                said = said or len(piece) > 1
                continue
            if APART.sub("", piece) not in pieces:
                return piece, said, alone
        before = text[: found.start()].split()
        if APART.sub("", piece) in left and "".join(before[-1:]).casefold() in SAID:
            continue
        if APART.sub("", piece) not in pieces or before and before[-1].casefold() in ("for", "für", "pour", "by", "to", "as"):
            return piece, said, alone
        alone = alone or piece
    return "", said, alone


def signed(words: str) -> bool:
    """Whether words begin with a sign that goes on with the equation beside them, or end with one."""
    return SIGNED.match(words.strip()) is not None


def _meant(found: re.Match[str]) -> str:
    """What is left of a phrase that says what a letter stands for: nothing of the letter if it is what books call so."""
    name = found[1] or found[2] or found[3]
    of = re.sub(r"^(?:\\delta|\\partial\s?|[d∂])_?(?=.)", "", name) if name[0] in "d∂\\" else name
    letter = "a" if name[0] in "δσ" or name.startswith("\\delta") else of[0]
    roles = ROLES.get(letter)
    said = re.sub(rf"(?:with\s+respect\s+to|w\.?r\.?t\.?|nach|at)\s+(?:the\s+[\w-]+\s+)?{re.escape(of)}[\s:]*$", " ; ", found[4])
    others = any(re.search(rf"\b(?:{more})", found[4], re.IGNORECASE) for key, more in ROLES.items() if key not in "LEJt")
    if of != name or letter != name[0]:
        roles = roles if others else "gradient|derivative|error|ableitung|dérivée|delta"
        named = re.search(rf"(?:{roles})", found[4], re.IGNORECASE) if roles else None
    else:
        named = re.match(rf"(?:\S+\s+){{0,3}}(?:\S*)(?:{roles})", found[4], re.IGNORECASE) if roles else None
    told = [names for words, names in KINDS.items() if name[0] in "WUVb" and re.search(words, found[4], re.IGNORECASE)]
    return (
        f" ; {said}"
        if named and all(re.search(names, name) for names in told)
        else f"\0{name} {found[4]}"
        if roles and others
        else found[0]
    )


def tabled(text: str) -> str:
    """A text with a line for each row of a table in Markdown that says a thing by a name: the cell that is an equation, or the first two.
    Where another cell or a head says what is not known to leave that as it is, the table stays one.

    >>> tabled("| name | gradient | |\\n|---|---|---|\\n| 1 | `a` | $b$ |\\n| 2 | c | c = d |").split("\\n")
    ['', '', 'a = b', 'c = d']
    """
    lines, found = text.split("\n"), list[str]()
    ruled = {n for n, line in enumerate(lines) if TABLE.fullmatch(line.strip())}
    for n, line in enumerate(lines if ruled else []):
        cells = [cell.strip(" \t`$") for cell in line.strip().removesuffix("|").split("|")[1:]]
        cells = cells[re.fullmatch(r"\d*[.)]?", "".join(cells[:1])) is not None :] if line.lstrip()[:1] == "|" else [line]
        whole = next((cell for cell in cells if "=" in re.sub(r"\{[^{}]*\}", "", cell)), " = ".join(cells[:2]))
        rest = [cell for cell in cells[2 * (whole not in cells) :] if cell != whole and cell not in whole.partition("=")[0]]
        if n in ruled or n + 1 in ruled:
            whole, rest = "", cells * (n not in ruled)
        if cells != [line] and any(unread(cell) for cell in rest if not re.fullmatch(r"\W*[A-Z]\W*", cell)):
            return text
        found.append(line if cells == [line] else whole)
    return "\n".join(found) if ruled else text
