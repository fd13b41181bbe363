"""What books write around their equations: ``≈``, bars of evaluation and θ for any parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograd_rnn.formulas.sentences.aloof import CHANGES, TURNS
from autograd_rnn.formulas.sentences.remarks import refused
from autograd_rnn.formulas.writing.lines import LONGEST, Unreadable, marked
from autograd_rnn.formulas.writing.signs import closing
from autograd_rnn.formulas.writing.spans import condition, spanned

MARKS = re.compile(
    r"[≈≃|θΘ←Δ≝≜≔]|\\(?:approx|simeq|r?vert|right|(?:var)?[tT]heta|stackrel|overset|triangleq|doteq|coloneqq|equiv|Delta|leftarrow|gets)(?![a-z])|frac|theta|brace|[bf]box|boxed|\\p?d|δ|\\delta|\[|[-−–]=|"
    r"\]\s*_|\)\s*_|(?<![A-Za-z])([A-Za-z][\w{}]{0,40})\s*:?=\s*\1\s*[-+−–]|new|['′]\s*&?\s*=|prime"
)
PRIME = r"\s*(?:['′]|\^\s*(?:\\prime(?![a-z])|\{\s*\\prime\s*\}))"
RENEWED = re.compile(rf"(?:(?m:^)|\\\\)[ \t$&]*([A-Za-z]){PRIME}\s*&?\s*=(?!=)((?:[^\n\\]|\\(?!\\))*)")
EQUATES = re.compile(r"=|≈|≃|\\(?:approx|simeq)(?![A-Za-z])")
ABOUT = re.compile(r"≈|≃|\\(?:approx|simeq)(?![A-Za-z])")
LEFT = re.compile(r"\\left\.")
SIZED, VERT = re.compile(r"\\(?:right|[bB]igg?r?)\s*(?=\||\\r?vert)"), re.compile(r"\\r?vert(?=\s*_)")
STEP = r"[TS](?:\s*-\s*\d+)?|\d+"
AT = re.compile(rf"\s*\|\s*_\s*(?:\{{\s*t\s*=\s*({STEP})\s*\}}|\(\s*t\s*=\s*({STEP})\s*\))")
PUT = re.compile(r"\(\s*([a-z])\s*\)\s*\|\s*_\s*\{\s*\1\s*=\s*((?:[^{}]|\{[^{}]*\})+)\}")
HELD = re.compile(r"(?<!\|)\|\s*_\s*\{\s*[A-Za-z]\w*\s*[_=^]")
D_ = r"(?:∂|\\partial(?![a-z])|\\(?:mathrm|text)\{d\}|d)\s*"
ACT = r"((?:\\?(?:var)?(?:sigma|phi|psi|theta|tanh|logistic|sigmoid)|relu|ReLU|[fgσφϕψθ])(?![A-Za-z]))\s*(?:\(\s*([a-z])\s*\)|(?=\s*[/}]))"
BY = rf"(?:/\s*{D_}([a-z])|\}}\s*\{{\s*{D_}([a-z])\s*\}})"
SLOPE = re.compile(  # ∂f(u)/∂u|_{u=a_t}, (df/du)|_{u=a_t}, [d tanh(x)/dx]_{x=a_t}
    rf"(?:(?:\\left\s*)?[\[(])?\s*(?:\\[dt]?frac\s*\{{\s*|(?<![A-Za-z])(?=[d∂\\])){D_}{ACT}\s*{BY}\s*(?:(?:\\right\s*)?[\])]\s*)?\|?\s*_\s*\{{\s*([a-z])\s*=\s*"
    r"((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})+)\}"
)
UPDATE = re.compile(
    r"^\s*(?:(?P<step>Δ|\\Delta(?![A-Za-z]))\s*(?P<of>(?:\\[a-z]+\{|[A-Za-z](?![a-z]))[^=]*?)\s*(?:=|:=|∝|\\propto)|"
    r"(?P<name>(?:\\[a-z]+\{)?[A-Za-z][\w{}^\\]*?)(?P<new>(?:_?new|'|\^\{(?:\\text\{)?new\}?\})?)\s*(?:=|:=|←|\\leftarrow|\\gets)\s*(?P=name)\s*[-+−–]|"
    r"(?P<less>(?:\\[a-z]+\{)?[A-Za-z][\w{}^\\]*?)\s*[-−–]=)\s*(?P<rest>.+)$"
)
RATE = re.compile(
    r"\s*[-+−–]?\s*(?P<rate>\\?(?:eta|alpha|gamma|lambda|mu|epsilon|varepsilon)(?![A-Za-z])|[ηαγλμε]|lr|learning_rate|rate|step_size|\d+(?:\.\d+)?)\s*[*·⋅]?\s*"
)
SET_OVER = re.compile(
    r"\\(?:stackrel|overset)\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\w|!))\s*(?:\{\s*=\s*\}|=)|\\(?:triangleq|doteq|coloneqq|equiv)(?![A-Za-z])|≝|≜|≔"
)
HARMLESS = re.compile(  # above a sign of equality: that it defines or is asked for, or the number of an equation
    r"\s*(?:\\(?:text|mathrm|textrm|mbox|rm)\s*\{?)?\s*(?:(?:by\s+)?def(?:inition)?\.?|!|△|▵|Δ|\\(?:triangle|vartriangle|Delta|bigtriangleup)|"
    r"\(\s*(?:\d+(?:\.\d+)*[a-z]?|[a-z*]|[ivx]{1,4})\s*\)|\d+(?:\.\d+)*|[a-su-z*])\s*\}?\s*"
)
IVERSON = re.compile(r"(?<![\w\])}^.])\[\s*([^\[\]{}()=]*?[<>≤≥≠=\\][^\[\]{}()]*?)\s*\]")  # [t < T]
KRONECKER = re.compile(r"(?:δ|\\delta)\s*_\s*\{\s*t\s*(?:,\s*([TS1])|([TS]))\s*\}")
PRIVATE, CLAIMS = 0xE000, 20  # signs of nobody, each for a part that is said to be equal to something, and how many of these are read
BRACED = re.compile(r"\\(?:(?:under|over)brace|(boxed|fbox))\s*(?=\{)")
CLAIM = re.compile(r"\s*(?:=(?!:)|≡|\\equiv(?![a-z]))(?!.*\\(?:text|mathrm|mbox))(.*)", re.S)
NAMED_SO = re.compile(r"\\(?:text|mathrm|mbox)\s*\{[^{}]*?(?:=|\b(?:is|equals|i\.e\.)(?!\w))\s*\}(?=\s*\S)")  # \text{= } 1 - h_t
MOMENT = re.compile(
    r"(?:[A-Za-z]|\\[a-z]+)\w*\s*(?:\^\s*\{?\s*[(<]?\s*t|_\s*(?:\{[^{}]*\b)?t(?![a-z])|\[\s*t)|(?:[a-z]|σ|φ)\s*(?:['′]|\^\s*\{?\s*\\prime)"
)
WORDED = re.compile(
    r"\\(?:text|mathrm|mbox|in|times|to)(?![a-z])|[∈×→]|(?<![\\\w])(?!(?:tanh|sigmoid|diag|relu|exp|log|sech)\W)[A-Za-z]{3,}(?!\w)|δ|\\delta"
)
BY_LOSS = re.compile(r"(?:∂|\\partial)\s*(?:[LEJ]|\\mathcal\s*\{?\s*L\s*\}?)[\s/{}]*(?:∂|\\partial(?![a-z]))\s*")  # ∂L/∂c_t
SLOPE_BY = re.compile(rf"\s*(?!.*\\(?:text|mathrm|mbox))(?:\\[td]?frac\s*\{{\s*)?{BY_LOSS.pattern}[^=]+", re.S)
TURNED = re.compile(r"(?:ᵀ|\.T|['′]|\^\s*\{?\s*(?:T|\\top|\\intercal|\\mathsf\s*\{?T\}?)\s*\}?)\s*$")
PHYSICS = re.compile(
    r"\\(?:p?dv|od|pd|p?diff)\*?" + 2 * r"\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
)  # of LaTeX's package of that name
BARE = re.compile(r"(\\[td]?frac\s*(?:\{[^{}]*\}\s*)?)(\d|(?<=[\s}])[A-Za-z](?![A-Za-z_]))")  # \frac12, \frac{1}T
DIFFERENTIAL = r"(?:(?:∂|\\partial|\\mathrm\{d\}|(?<![A-Za-z])d)\s*|(?:∇|\\nabla)\s*(?:_\s*)?(?:\{\s*)?)"
THETA = re.compile(DIFFERENTIAL + r"(θ|Θ|\\(?:var)?[tT]heta|theta(?![A-Za-z]))")


def without(text: str, names: Mapping[str, bool]) -> tuple[str, dict[int, str]]:
    """A text with plain equations for what is only nearly one, or is one at one step, and of each line the sentence that says so.
    ``names``: of each name of the model whether it has a time.

    >>> without("dh_t|_{t=T} ≈ V^T ds_T", {"W_hh": False})
    ('dh_t = V^T ds_T  for t = T', {1: '`≈` is read as `=`'})
    """
    if len(text) > LONGEST or not MARKS.search(text):
        return text, {}
    text, new = renewed(text, names)
    text = BARE.sub(r"\1{\2}", BARE.sub(r"\1{\2}", PHYSICS.sub(r"\\frac{\\partial \1}{\\partial \2}", unbraced(text))))
    lines, notes = text.split("\n"), {}
    for k, line in enumerate(lines):
        if (theta := THETA.search(line)) and not any(name.lower().startswith(("theta", "θ")) for name in names):
            adjoints = {f"d{name}" for name in names}
            some = [f"`{name}`" for name, moves in names.items() if not moves and name not in adjoints][:2]
            said = f"`{theta[1]}` is any parameter in books: name the one that is meant, as {' or '.join(some)}"
            raise Unreadable(marked(said, line, theta.start(1)))
        for found in SET_OVER.finditer(line):
            if not HARMLESS.fullmatch(over := found[1] or found[2] or "!"):
                said = f"what `{over.strip()}` above the sign says of the equation is not read: write it in front or behind, and `=` alone"
                raise Unreadable(marked(said, line, found.start()))
        line, told = weighed(line)
        notes[k + 1] = "; ".join(filter(None, [new, told]))
        line = SET_OVER.sub("=", line)
        updated(line, names)
        if about := ABOUT.search(line):
            notes[k + 1] = f"`{about[0]}` is read as `=`{'; ' * bool(notes[k + 1])}{notes[k + 1]}"
            line = ABOUT.sub("=", line)
        if "|" in line or "vert" in line:
            line = VERT.sub("|", SIZED.sub("", LEFT.sub("", line)))
        if "_" in line:
            line = SLOPE.sub(sloped, line)
        if "|" in line:
            line = PUT.sub(lambda found: f"({found[2]})", line)
            steps = {found[1] or found[2] for found in AT.finditer(line)}
            first = AT.search(line)
            if len(steps) == 1 and first and first.start() < line.find("="):  # on the right side it is said of one quantity there
                line = f"{AT.sub('', line)}  for t = {steps.pop()}"
            if held := HELD.search(line):
                said = "a bar says at which step, as `|_{t=T}`: what is held fixed is said by `∂⁺`, the immediate derivative"
                raise Unreadable(marked(said, line, held.start()))
        lines[k] = line
    return "\n".join(lines), {number: note for number, note in notes.items() if note}


def renewed(text: str, names: Mapping[str, bool]) -> tuple[str, str]:
    """A text whose new states have a prime and whose old ones nothing, as PyTorch documents its cells, with their steps; and what says so.

    >>> renewed("c' = f * c + i * g", {"c": True})[0]
    'c_{t} = f * c_{t-1} + i * g'
    """
    made = {m[1]: m[2] for m in RENEWED.finditer(text) if names.get(m[1])}
    whole = re.compile(rf"(?<![\w\\{{.])({'|'.join(made)})({PRIME}|(?!\s*_|\s*\^(?!\s*\{{?\s*(?:\d|T(?!\w)|\\top))|(?![²³ᵀ])[\w}}\[(]))")
    if not any(m[1] == name and not m[2] for name, right in made.items() for m in whole.finditer(right)):
        return text, ""
    said = ", ".join(f"`{name}'` is read as that of step t and `{name}` as that of t-1" for name in made)
    return whole.sub(lambda m: f"{m[1]}_{{t{'-1' * (not m[2])}}}", text), said


def weighed(line: str) -> tuple[str, str]:
    """A line with ``1{t < T}`` for ``[t < T]`` within a sum or a product and for Kronecker's delta, and what says so. Behind a line a
    bracket is its condition.

    >>> weighed("dh_t = V^T ds_t + [t<T] W^T da_{t+1}")
    ('dh_t = V^T ds_t + 1{t<T} W^T da_{t+1}', '`[t<T]` is read as 1 where it holds, 0 elsewhere')
    >>> weighed("dh_t = δ_{t,T} V^T ds_t + W^T da_{t+1}   [t<T]")
    ('dh_t = 1{t==T} V^T ds_t + W^T da_{t+1}   [t<T]', '`δ_{t,T}` is read as 1 where t = T, 0 elsewhere')
    """
    told: list[str] = []

    def holds(found: re.Match[str]) -> str:
        if "=" not in line[: found.start()] or not condition(found[1]) or not re.search(r"[\w(\[{]", line[found.end() :]):
            return found[0]
        if re.match(r"\s*[.,;:=]", line[found.end() :]):
            return found[0]
        told.append(f"`{found[0]}` is read as 1 where it holds, 0 elsewhere")
        return f"1{{{found[1]}}}"

    def same(found: re.Match[str]) -> str:
        told.append(f"`{found[0]}` is read as 1 where t = {found[1] or found[2]}, 0 elsewhere")
        return f"1{{t=={found[1] or found[2]}}}"

    return KRONECKER.sub(same, IVERSON.sub(holds, line)), "; ".join(dict.fromkeys(told))


def sloped(found: re.Match[str]) -> str:
    """The derivative of an activation by a letter, which a bar puts to some quantity, as ``f'(a_t)``; as it is where letters differ."""
    act, inner, *by, put, value = found.groups()
    return found[0] if {*filter(None, (inner, *by))} != {put} else f" {act}'({value})"


def updated(line: str, names: Mapping[str, bool]) -> None:
    """Refuses the update of a weight, which has a learning rate that no derived equation has."""
    found = UPDATE.match(line)
    name = (found["of"] or found["name"] or found["less"]).strip() if found else ""
    bare = re.sub(r"\\[a-z]+\{|[{}\\_]|[\^(].*", "", name)
    bare = bare[0] if bare[1:] in ("ij", "ji", "jk", "kj", "lm") else bare
    weights = {known.replace("_", "") for known, moves in names.items() if not moves and known[0] != "d"}
    if not found or bare not in {"w", *weights}:
        return
    rate = RATE.match(found["rest"])
    rest = found["rest"][rate.end() :] if rate else found["rest"]
    if not rate and not (found["step"] or found["less"]):
        return
    less = f", without the learning rate `{rate['rate']}`" if rate else ""
    said = f"this is an update, which no derived equation is: write the gradient alone{less}"
    own = re.search(r"[∂∇]|\\partial|\\nabla|d[A-Za-z]*[A-Z]|dw", rest) is None
    raise Unreadable(marked(said + (f", as `d{name} = {rest.strip(' .,')}`" if own and len(rest) < 80 else ""), line, found.start("rest")))


def labels(text: str) -> list[tuple[int, str, bool]]:
    r"""What stands below braces and can be a formula, each with where it begins and whether the part is transposed:
    it says what the part is equal to, with no sign of it.

    >>> labels(r"da_t = \underbrace{dh_t}_{\text{error}} \underbrace{(1-h_t^2)}_{\sigma'(a_t)}")
    [(64, "\\sigma'(a_t)", False)]
    """
    found: list[tuple[int, str, bool]] = []
    for brace in BRACED.finditer(text) if len(text) <= LONGEST else ():
        if (end := closing(text, brace.end())) < 0:
            break
        below = re.compile(r"\s*[_^]\s*(?=\{)").match(text, end + 1) if not brace[1] else None
        last = closing(text, below.end()) if below else -1
        if not below or last < 0:
            continue
        start, under = below.end() + 1, text[below.end() + 1 : last]
        plainly = MOMENT.search(under) and not any((CLAIM.fullmatch(under), WORDED.search(under), SLOPE_BY.fullmatch(under)))
        if plainly or NAMED_SO.match(under.lstrip()) or re.match(r"\s*:=|\s*=:", under):
            found.append((start, under, bool(TURNED.search(text[:end]) and re.search(r"∂|\\partial", under))))
    return found


def told_equal(text: str, start: int, under: str, turned: bool = False) -> str:
    """A text whose label below a brace has the sign that says so, or in the other layout, as the transpose of what the label is."""
    claim = NAMED_SO.sub("", under, count=1)
    return f"{text[:start]}= {f'({claim})^T' if turned else claim}{text[start + len(under) :]}"


def unbraced(text: str) -> str:
    r"""A text without ``\underbrace{...}_{...}`` and the words below it, and without boxes. What is equal to a part by a sign below it is
    said of the whole right side once more; of a derivative of the loss below it that it is equal to the part, in a line of its own.

    >>> unbraced(r"da_t = \underbrace{(1-h_t^2)}_{= \tanh'(a_t)} dh_t")
    "da_t = {(1-h_t^2)} dh_t =  { \\tanh'(a_t)} dh_t"
    """
    alike: list[tuple[str, str]] = []  # a part and what it is equal to, each with a sign of its own in the text
    said: list[str] = []
    for found in reversed([*BRACED.finditer(text)]):  # the inner ones first
        end = closing(text, found.end())
        below = re.compile(r"\s*[_^]\s*(?=\{)").match(text, end + 1) if end > 0 and not found[1] else None
        last = closing(text, below.end()) if below else end
        if last < 0:
            break  # and neither is the text
        inner, under = text[found.end() + 1 : end], text[below.end() + 1 : last] if below else ""
        part = inner if found[1] and "=" in inner else f"{{{inner}}}"
        sloped = SLOPE_BY.fullmatch(under) and not TURNED.search(inner)
        if len(alike) + len(said) == CLAIMS and (sloped or CLAIM.fullmatch(under)):
            raise Unreadable(f"at most {CLAIMS} parts are read of which a brace says what they are: write a line for each")
        if claim := CLAIM.fullmatch(under):
            alike.append((part, f"{{{claim[1]}}}"))
            part = chr(PRIVATE + len(alike) - 1)
        elif sloped:
            called, at_hand = (re.sub(r"\\[td]?frac|[\s{}]", "", BY_LOSS.sub("d", side)) for side in (under, inner))
            behind = text[last + 1 :].partition("\n")[0]
            body = spanned(f"h_t = h_t{behind}").body.removeprefix("h_t = h_t")  # of which steps the line is, this is too
            said += [] if called == at_hand else [f"\n{under.strip()} = {part} {behind[len(body) :] * behind.startswith(body)}"]
        else:
            words = re.sub(r"\\[A-Za-z]+|[{}$~]|\S*[_^=+]\S*", " ", under)
            changes = CHANGES.search(words) or TURNS.search(words)  # what a brace names is otherwise what stands above it
            refused(changes[0].strip() if changes else "", words)
        text = text[: found.start()] + part + text[last + 1 :]
    text += "".join(said)
    rows = re.split(r"(\n|\\\\)", text) if alike else [text]
    signs = {chr(PRIVATE + n): pair for n, pair in reversed([*enumerate(alike)])}  # those around others first
    for k, row in enumerate(rows):
        again = []
        for sign, (part, equal) in signs.items():
            if sign in row:
                again.append(f" = {row.partition('=')[2].replace(sign, equal)}")
                row = row.replace(sign, part)
        rows[k] = "".join([row, *again])
        for sign, (part, _) in signs.items():
            rows[k] = rows[k].replace(sign, part)
    return "".join(rows)
