"""A text without what sets its words in LaTeX, and in the letters of the model where it says once what its own ones stand for."""

from __future__ import annotations

import re
from collections.abc import Container

from autograd_rnn.algebra.letters import GREEK

ENVIRONMENTS = (
    "equation|align|aligned|alignat|gather|gathered|multline|eqnarray|displaymath|split|subequations|proof|theorem|lemma|proposition|corollary|"
    "remark|definition|solution|answer|itemize|enumerate|description|center|flushleft|document|quote|problem|exercise|question|parts"
)
FRAME = re.compile(
    rf"\\(?:begin|end)\s*\{{(?:{ENVIRONMENTS})\*?\}}(?:\[[\w\s,.()-]*\]|\{{\d\}})?|\\(?:item|noindent|medskip|bigskip|smallskip|newline|par|clearpage|"
    r"newpage|hfill|centering|maketitle|allowdisplaybreaks|nonumber|notag)(?![A-Za-z])|\\(?:label|[vh]space)\*?\s*\{[^{}]*\}|"
    r"\\(?:documentclass|usepackage|author|date|(?:this)?pagestyle)\s*(?:\[[^\]\n]*\])?\{[^{}]*\}"
)
SHOWN = re.compile(r"\\\[[\s\S]*?\\\]|\$\$[\s\S]*?\$\$|\\begin\s*\{(?:equation|multline|split|displaymath)\*?\}[\s\S]*?\\end\s*\{\w+\*?\}|"
                   r"\\begin\s*\{(?:align|aligned|alignat|gather|gathered|eqnarray)\*?\}[\s\S]*?\\end\s*\{\w+\*?\}")  # fmt: skip
ROW = re.compile(r"\\\\\*?(?:\[-?[\d.]+\s*[a-z]{2}\])?")
HEADING = re.compile(r"\\(?:(?:sub)*section|chapter|paragraph|subparagraph|title)\*?\s*\{([^{}]*)\}[ \t]*\n?")
WORDS = re.compile(r"\\(?:text(?:bf|it|rm|sf|sc|normal)?|emph|mathrm|mbox|underline|intertext)\s*\{([^{}]*[^\W\d_]{2}[^{}]*)\}")
SIDE = re.compile(r"\\q?quad(?![A-Za-z])")
FUNCTION = re.compile(r"\\(tanh|exp|log|ln|cosh|sinh|sigma)(?![A-Za-z])")

SIGN = r"(?:\\(?:boldsymbol|mathbf|bm|vec|hat|tilde|bar)\s*\{\s*\\?[A-Za-z]+\s*\}|\\[a-z]+|[^\W\d_][\u0302\u0303]?)"
STEP = r"(?:\s*(?:_\s*t(?!\w)|_\s*\{\s*t\s*\}|\[t\]|\(t\)|\^\s*\{?\s*\(\s*t\s*\)\s*\}?)|ₜ)"
INDEX = r"\s*(?:ₜ|[_^]\s*\w|[_^]\s*\{[^{}=]*\}|\[[^\[\]=]*\]|\([^()=]*\))"
LEAD = (
    r"(?:(?:let(?:\s+us)?|we|here|and|,)?\s*(?:let|where|with|here|write|denote(?:\s+by)?|denoting|define|set|wobei|mit|sei|sei(?:en)?|es\s+sei|soit|où|"
    r"avec|in\s+which)\s+)"
)
IS = (
    r"(?:denotes?|is|be|stands?\s+(?:here\s+)?for|represents?|means|is\s+defined\s+as|is\s+short\s+for|is\s+(?:our\s+)?(?:notation|shorthand)\s+for|"
    r"bezeichnet|bezeichne|sei|ist|steht\s+für|désigne|est|note|for)"
)
DEFINED = r"(?::=|=|≡|≔|≜|\\(?:equiv|coloneqq|triangleq|doteq)(?![A-Za-z]))"
LOSS = r"(?:L|E|J|ℒ|ℓ|\\ell|\\mathcal\s*\{?\s*L\s*\}?|loss)"
D = r"(?:∂|\\partial(?![A-Za-z])|d|\\mathrm\{d\})\s*"
GRADIENT = (
    r"(?:(?:the|den|die|le)\s+)?(?:total\s+|partial\s+|partielle\s+)?(?:gradient(?:en)?|derivative|error(?:\s+signal)?|adjoint|ableitung|fehlersignal|dérivée)\s+"
    rf"(?:(?:of|von|des|der|de)\s+(?:(?:the|la)\s+)?(?:total\s+)?(?:loss(?:\s+function)?|cost|error|verlusts?|perte|{LOSS})(?:\s+{LOSS})?\s+)?"
    r"(?:with\s+respect\s+to|w\.?\s?r\.?\s?t\.?|bezüglich|nach|par\s+rapport\s+à)\s+(?:(?:the|der|dem)\s+(?:[\w-]+\s+){1,2})?"
)
ROLES = {
    "a": r"(?:pre-?\s?activations?|voraktivierung|pré-?activation|net(?:work)?\s+inputs?|(?:summed|total)\s+inputs?)",
    "s": r"(?:(?:output\s+)?(?:scores?|logits?)|unnormali[sz]ed\s+(?:log-?)?(?:probabilities|outputs?))",
    "p": r"(?:(?:output\s+|predicted\s+|softmax\s+)?probabilit(?:y|ies)(?:\s+vector)?|softmax\s+outputs?)",
    "h": r"(?:hidden\s+states?|verdeckte[rn]?\s+zustand|état\s+caché)",
}
ROLE = (
    r"(?:(?:the|our|a|die|der|das|la|le|l['’])\s*(?:vector\s+of\s+)?(?:"
    + "|".join(f"(?P<{key}>{words})" for key, words in ROLES.items())
    + "))"
)
AT = r"(?:\s+(?:vector|at\s+(?:time\s+)?(?:step\s+)?\$?t\$?|zum\s+zeitpunkt\s+t|à\s+l'instant\s+t))*"
CALLS = re.compile(  # denote the pre-activation by a_t
    rf"(?:denot\w+|call|write)\s+{ROLE}{AT}\s+(?:by|as|with)\s+\$?(?P<name>{SIGN})(?P<at>{STEP})\$?(?=\s*(?:[.,;:)]|$|(?:and|so|then|we)\s))",
    re.IGNORECASE,
)
SAYS = re.compile(
    rf"(?:(?<=[\s,;:(.$])|^)(?P<lead>{LEAD})?\$?(?P<name>{SIGN})(?P<at>{STEP})\$?\s*"
    rf"(?:(?P<is>{IS})\s+|(?P<set>{DEFINED})\s*)\$?"
    rf"(?:(?:{D}{LOSS}\s*/\s*{D}|\\[td]?frac\s*\{{\s*{D}{LOSS}\s*\}}\s*\{{\s*{D}|(?P<of>{GRADIENT})\$?)(?P<by>{SIGN})(?P<step>{STEP})\}}?|"
    rf"{ROLE}{AT}(?P<made>\s*:?\s*\$?(?=[A-Z\\][\w\\{{}}]*\s[^.;]*\+))?)\$?"
    r"(?(made)|(?=\s*\n\s*(?:[^\W\d]|\\delta)|\s*(?:[.,;:)]|$|(?:and|so|then|we|und|et|be|is|with|where)\s)))",
    re.IGNORECASE,
)
DIRECT = re.compile(
    r"(?m)^(\s*(?:\\[td]?frac\s*\{\s*)?(?:∂|\\partial(?![A-Za-z])))(\s*(?![LEJℒℓ]|\\mathcal|\\ell)[^=\n]*=[^=\n]*?)[\s,]*"
    r"\(?\s*(?:the\s+)?(?:direct|immediate|explicit)(?:\s+(?:path|term|part|partial|derivative|dependence|dependency|contribution|one|only|alone|"
    r"gradient|jacobian))*\s*\)?[\s.]*$",
    re.IGNORECASE,
)


def unset(text: str) -> str:
    r"""A text without the commands that set its words, every equation that stands by itself in one line.

    >>> unset("\\section{The bias}\nHence\n\\[ db_h = \\sum_t\n da_t \\quad\\text{(chain rule)}. \\]\nso").split("\n")
    ['The bias.', 'Hence', '  db_h = \\sum_t  da_t     (chain rule).  ', '', 'so']
    """
    if "\\" not in text:
        return text

    def shown(found: re.Match[str]) -> str:  # every row in the line that it has, as far as its lines go
        rows = ROW.sub("\n", found[0].replace("\n", " ").replace("\\[", " ", found[0][:2] == "\\["))
        less = found[0].count("\n") - rows.count("\n")
        first = less > 0 and re.match(r"(?:\\\[|\$\$|\\begin\s*\{\w+\*?\})[ \t]*\n", found[0]) is not None
        return "\n" * first + rows + "\n" * (less - first)

    def framed(found: re.Match[str]) -> str:
        begins = not found.string[: found.start()].rpartition("\n")[2].strip()
        return "\n" if found[0][1] == "i" and not begins else " "

    text = SHOWN.sub(shown, text)
    text = HEADING.sub(lambda found: f"{found[1].rstrip(' .:')}.\n" if found[1].strip() else "\n" * (found[0][-1] == "\n"), text)
    text = SIDE.sub("    ", FRAME.sub(framed, text).replace("\\]", " "))

    def words(found: re.Match[str]) -> str:
        before = found.string[found.start() - 1 : found.start()]
        after = found.string[found.end() : found.end() + 1]
        return (
            " " * (before.isalnum() or before in ("}", ")")) + found[1] + " " * (after.isalnum() or after == "\\" or found[1][-1:] == " ")
        )

    return FUNCTION.sub(lambda found: f" {found[1]}" if found[1] != "sigma" else " σ", WORDS.sub(words, text))


def lettered(text: str, names: Container[str]) -> tuple[str, list[str]]:
    """A text in the letters of the model where it says, in words or by ``:=``, for what letters of its own stand, and what says so.

    >>> lettered("Let e_t denote ∂L/∂a_t. Then db = Σ_t e_t", {"a"})
    (' Then db = Σ_t da_t', ['`e_t` is read as `da_t`, as the text says'])
    >>> lettered("e_t := ∂L/∂a_t, e_t = (1 - h_t²) ⊙ dh_t", {"a"})[0]
    ' da_t = (1 - h_t²) ⊙ dh_t'
    """
    text = CALLS.sub(lambda found: f"let {found['name']}{found['at']} be the {next(found[key] for key in ROLES if found[key])} ", text)
    meant: dict[str, set[str]] = {}
    found = [said for said in SAYS.finditer(text) if meaning(said, names)]
    for said in found:
        meant.setdefault(bare(said["name"]), set()).add(meaning(said, names))
    if not found or any(len(others) > 1 for others in meant.values()):
        return text, []
    for said in reversed(found):
        made = f" ; {said['name']}{said['at']} = " if said["made"] else " "
        rest = text[said.end() :]
        text = (
            text[: said.start()]
            + made
            + (rest if text[: said.start()].rstrip()[-1:] not in ("", ".", ";", ":") else re.sub(r"^\s*[.,;:)]\s*", "", rest))
        )
    for name, (other,) in meant.items():
        text = re.sub(rf"(?<![A-Za-z\\]){spelled(name)}(?=\s*[_\[^(ₜ])", rf"\g<of>{other}", text)
    return text, [f"`{name}_t` is read as `{other}_t`, as the text says" for name, (other,) in meant.items()]


def direct(text: str) -> tuple[str, list[str]]:
    """A text with the immediate derivative on the left side of a line that is said to be of the direct path, and what says so.

    >>> direct("∂c_t/∂c_{t-1} = diag(f_t) (direct path only)")[0]
    '∂⁺c_t/∂c_{t-1} = diag(f_t)'
    """
    less = DIRECT.sub(r"\1⁺\2", text)
    said = "what is said to be direct is read as the immediate derivative, `∂⁺`, in which the other states of that step are held fixed"
    return less, [said] * (less != text)


def meaning(said: re.Match[str], names: Container[str]) -> str:
    """What a letter is said to stand for, in the letters of the model; empty where that is not known, or it is one of the model's."""
    name, by = bare(said["name"]), bare(said["by"] or "")
    role = next((key for key in ROLES if said[key]), "")
    again = said["set"] and re.search(rf"{spelled(name)}{INDEX}\s*&?\s*{DEFINED}", said.string[said.end() :])
    if not said["lead"] and (said["set"] and not again or said["is"] in ("for", "note")):
        return ""
    taken = name in names or f"d{name}" in names or name in ("t", "T", "L", "d", "\\partial")
    if taken or any(other not in names for other in (role, by) if other):
        return ""
    return (role if role != name else "") if role else f"d{by}"


def bare(name: str) -> str:
    """A letter without what it is set in, Greek ones by their sign."""
    name = GREEK.get(name[1:], name) if name[:1] == "\\" else name
    return re.sub(r"^\\(?:boldsymbol|mathbf|bm|vec)\s*\{\s*(.*?)\s*\}$", r"\1", name)


def spelled(name: str) -> str:
    """What finds a letter, set in whatever there is."""
    word = next((f"|\\\\{word}" for word, sign in GREEK.items() if sign == name), "")
    signs = f"(?:{re.escape(name)}{word})"
    return rf"(?:(?P<of>{D}))?(?:\\(?:boldsymbol|mathbf|bm|vec)\s*(?:\{{\s*{signs}\s*\}}|{signs})|{signs})"
