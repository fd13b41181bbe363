"""Labels as LaTeX that a plain article sets: symbols as formulas, words with every sign escaped or by its command."""

from __future__ import annotations

import re
import unicodedata

from autograd_rnn.algebra.letters import latex_letter
from autograd_rnn.drawing.figure import Symbol

MODERN = r"\ifdefined\Umathchar"  # LuaLaTeX or XeLaTeX, which read any letter that their font has
FUNCTIONS = ("tanh", "exp", "log", "max", "min", "sin", "cos")
CAPITALS = "gamma delta theta lambda xi pi sigma upsilon phi psi omega".split()
SIGNS = {
    **dict(zip("⊙⊗⊕⊖·×−±÷∘∗", "odot otimes oplus ominus cdot times - pm div circ ast".split(), strict=True)),
    **dict(zip("⋯…∂∇∑∏√∞∈⊤", "cdots ldots partial nabla sum prod surd infty in top".split(), strict=True)),
    **dict(zip("≤≥≠≈≡→←↑↓", "leq geq neq approx equiv to leftarrow uparrow downarrow".split(), strict=True)),
    **dict(zip("↔↦⇒↵⇥", "leftrightarrow mapsto Rightarrow hookleftarrow rightarrow".split(), strict=True)),
    **dict(zip("‖⟨⟩′ε", ["|", "langle", "rangle", "prime", "varepsilon"], strict=True)),
}
ESCAPED = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "`": r"\textasciigrave{}"}
ESCAPED |= {sign: "\\" + sign for sign in "{}$&#_%"} | {sign: f"${sign}$" for sign in "<>|"} | {'"': r"{\ttfamily\char34}"}
LETTERS = dict(zip("ßæÆøØœŒłŁ", (rf"\{name}{{}}" for name in "ss ae AE o O oe OE l L".split()), strict=True))
LETTERS |= {"␣": r"\textvisiblespace{}", "\u00a0": "~", "–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'", "§": r"\S{}"}
ACCENTS = dict(zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327", "`'^~=u.\"rHvc", strict=True))


def formula(symbol: Symbol) -> str:
    """A symbol as a formula.

    >>> formula(Symbol("h", "2f", "t-1")), formula(Symbol("σ", "", "out"))
    ('h^{2f}_{t-1}', '\\\\sigma_{\\\\mathrm{out}}')
    """
    raised = "".join(f"{mark}{{{mathematics(text)}}}" for mark, text in (("^", symbol.sup), ("_", symbol.sub)) if text)
    plain = re.fullmatch(r"\w+", symbol.base, re.ASCII)
    return (latex_letter(symbol.base) if plain else mathematics(symbol.letter)) + raised


def mathematics(text: str) -> str:
    """Signs and letters within a formula; words of three letters and more are upright."""
    pieces = re.findall(r"[A-Za-z]{3,}|.", text, re.S)
    return re.sub(r"(\\[A-Za-z]+) (?![A-Za-z])", r"\1", "".join(map(_piece, pieces)))


def _piece(piece: str) -> str:
    if len(piece) > 1:
        return rf"\{piece} " if piece in FUNCTIONS else rf"\mathrm{{{piece}}}"
    command = _command(piece)
    if command:
        return command
    return piece if piece.isascii() and piece not in ESCAPED else rf"\mbox{{{words(piece)}}}"


def _command(sign: str) -> str:
    """The command of a Greek letter or a sign in a formula; raised and lowered ones too. Empty for any other."""
    if sign in SIGNS:
        name = SIGNS[sign]
        return name if name == "-" else rf"\{name}" + " " * name.isalpha()
    raised = re.fullmatch(r"<(super|sub)> ([0-9A-F]+)", unicodedata.decomposition(sign))
    if raised:
        return f"{'^' if raised[1] == 'super' else '_'}{{{mathematics(chr(int(raised[2], 16)))}}}"
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(sign, ""))
    return _greek(greek[2].replace("LAMDA", "LAMBDA").lower(), greek[1] == "CAPITAL") if greek else ""


def _greek(name: str, capital: bool) -> str:
    """A Greek letter; those that look Latin are set so."""
    if name == "omicron" or capital and name not in CAPITALS:
        latin = {"eta": "H", "rho": "P", "chi": "X"}.get(name, name[0].upper())
        return rf"\mathrm{{{latin}}}" if capital else "o"
    return rf"\{name.capitalize() if capital else name} "


def words(text: str) -> str:
    """Words as LaTeX text. What a plain article has no letter for stands as it is, to engines that read it, and as its number to others.

    >>> words("50% naïve"), words("tanh ⊙"), words("猫")
    ('50\\\\% na\\\\"{i}ve', 'tanh \\\\ensuremath{\\\\odot}', '\\\\ifdefined\\\\Umathchar{猫}\\\\else\\\\texttt{U+732B}\\\\fi{}')
    """
    text = unicodedata.normalize("NFC", text)
    twice = [a == b and a in "-'," for a, b in zip(text, text[1:], strict=False)]  # two hyphens are no dash
    return "".join(_sign(sign) + "{}" * double for sign, double in zip(text, [*twice, False], strict=False))


def _sign(sign: str) -> str:
    """One sign of a text."""
    if sign in ESCAPED or sign in LETTERS:
        return ESCAPED.get(sign) or LETTERS[sign]
    if sign.isascii() and sign.isprintable():
        return sign
    command = _command(sign)
    if command:
        return rf"\ensuremath{{{command.rstrip()}}}"
    apart = unicodedata.normalize("NFD", sign)
    if len(apart) == 2 and apart[0].isascii() and apart[1] in ACCENTS:
        return rf"\{ACCENTS[apart[1]]}{{{apart[0]}}}"
    return rf"{MODERN}{{{sign}}}\else\texttt{{U+{ord(sign):04X}}}\fi{{}}"
