"""A text as equations in Python's syntax: cut into lines, each read by `notation`, every piece at its place in what the person wrote."""

from __future__ import annotations

import ast
import copy
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

from autograd_rnn.algebra.printing import DERIVATIVES
from autograd_rnn.formulas.programs.loops import handed_on, within
from autograd_rnn.formulas.programs.program import cased, parted, remaining, short, straight
from autograd_rnn.formulas.programs.scripts import plainly
from autograd_rnn.formulas.reading.acted import acted, joined
from autograd_rnn.formulas.reading.asides import without
from autograd_rnn.formulas.reading.branching import branches
from autograd_rnn.formulas.reading.columns import inlined, side_by_side
from autograd_rnn.formulas.reading.dialects import translated
from autograd_rnn.formulas.reading.shifts import collected, put_to, single
from autograd_rnn.formulas.reading.spaces import spaced
from autograd_rnn.formulas.sentences.prose import in_a_row, owned, phrased, several, unworded
from autograd_rnn.formulas.sentences.remarks import LIMIT, refused, uncommented
from autograd_rnn.formulas.writing.arrays import sliced, summed
from autograd_rnn.formulas.writing.components import matrix_form
from autograd_rnn.formulas.writing.einsum import multiplied_out
from autograd_rnn.formulas.writing.elements import WORD
from autograd_rnn.formulas.writing.frames import BESIDE
from autograd_rnn.formulas.writing.frameworks import as_one
from autograd_rnn.formulas.writing.indices import final
from autograd_rnn.formulas.writing.layers import layered
from autograd_rnn.formulas.writing.lines import END, GAP, WIDEST, Line, Unreadable, bare, bounded, cut, marked
from autograd_rnn.formulas.writing.notation import LANGUAGE, Reading, read
from autograd_rnn.formulas.writing.prepared import SENSITIVITY, evened, numbered
from autograd_rnn.formulas.writing.spans import ANY_STEP, UNBOUND, halves, spanned
from autograd_rnn.formulas.writing.sugar import ACTS, call, sweetless, tied
from autograd_rnn.formulas.writing.vocabulary import Vocabulary, reserved

COUNTED = re.compile(r"\bsum\(.*\bfor\s+\w+\s+in\s+(?:reversed\()?(range\(\s*([TS](?:\s*[-+]\s*\d+)?)\s*\))")
TIMES = re.compile(r"[\[_({^,<]\s*\{?\(?\s*[tTS]\b|ₜ|\[\s*\d(?!\s*:)|_\{?\d|Σ|∑|\bSum\b|\\sum|\bt\b|\(n(?:\s*[-+]\s*\d+)?\)")
HANDED = re.compile(r"\s*d\w*(?:next|prev)\w*\s*=(?!=)")  # what a loop hands on, if no loop is written too
MOMENT = re.compile(r"\s*([^\W\d]\w*)\(\s*[tn]\s*\)\s*")
PATHS = re.compile(r"→\s*L(?:_\d+)?\b|^\s*path\s+product of derivatives")  # as `paths` prints them
KINDS = "|".join(DERIVATIVES)
DERIVED = re.compile(rf"(?:{KINDS})\(.* = ")
LEFT = re.compile(rf"\s*\(?(?:[^\W\d]\w*(?:\[[^\[\]]*\])*|(?:{KINDS})\([^()]*(?:\([^()]*\)[^()]*)*\))\)?(?:\.T)?\s*|"
                  r"\s*[^\W\d][\w\[\]+-]*(?:, [^\W\d][\w\[\]+-]*)+\s*")  # what a line may say what it is of  # fmt: skip
BRACKETED = re.compile(rf"\s*\(((?:{KINDS})\([^()]*(?:\([^()]*\)[^()]*)*\))\)(\.T)(?= = )")
BOUND = re.compile(r"\s*(?:‖|\|\|?|\\[lr]?[vV]ert|\\\||(?:np\.linalg\.)?norm\().*?(?:≤|<=?|\\leq?(?![a-z]))")


def _tree(reading: Reading, line: str, instead: Mapping[str, str], meant: Callable[[str], str]) -> ast.Module:
    """Python's syntax tree of one line. ``instead``: what stands for a name that Python does not read; ``meant``: the name of letters that
    stand for it."""
    words = {letters: name for name, letters in instead.items()}
    inside, plain, named_in = 0, [], []  # type: int, list[str], list[int]
    for character in reading.text:  # [a; b] stacks columns, as the printed equations do
        inside += (character in "[(") - (character in "])")
        named_in += [len(plain)] if character == "=" and inside else []  # an option in a call
        plain.append("," if character == ";" and inside else character)
    lead = len(plain) - len("".join(plain).lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = DERIVED.sub(lambda found: found[0].replace(" = ", " =="), "".join(plain)[lead:])  # Python assigns to no call
            for k in (k - lead for k in named_in if plain[k + 1 : k + 2] == [" "]):
                text = f"{text[: k + 1]} {text[k + 2 :]}"
            named = re.sub(r"\w+", lambda m: instead.get(m[0], m[0]), text)
            tree = ast.parse(named)
    except SyntaxError as error:
        column = _column(reading, (error.offset or 1) - 1 + lead, line)
        if line.lstrip()[:1] == "=":
            said = "there is no left side in front of the `=`: say what this is, as in `dW_hh = ...` or `da[t] = ...`"
            raise Unreadable(f"{said}: {short(line)}") from None
        if "assign" in error.msg or "instead of '='" in error.msg:
            raise Unreadable(marked("the left side is one name, as `da[t]` or `dW_hh`: this is read as none", line, column)) from None
        found = WORD.match(line, column) or re.compile(".?").match(line, column)
        said = f"`{found[0]}` cannot stand here" if found and found[0].strip() else "something is missing here"
        raise Unreadable(marked(said, line, column)) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise Unreadable("the formula is nested too deeply or has a number that is too large") from None
    match tree.body:
        case [ast.Expr(ast.Compare() as compared), *_] if "==" in text and DERIVED.match("".join(plain)[lead:]):
            compared.ops = [ast.Is() for _ in compared.ops]  # which compares nothing
    ascii_only = named.isascii()
    for literal in (x for x in ast.walk(tree) if isinstance(x, ast.Constant) and isinstance(x.value, float)):
        written = ast.get_source_segment(named, literal) or ""
        if Decimal(written.replace("_", "")) != Decimal(repr(literal.value)):
            raise Unreadable(f"the number `{short(written, 40)}` has more digits than are read: write at most 15, or a fraction, as `1/3`")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = meant(words.get(node.id, node.id))
        if hasattr(node, "col_offset"):  # in bytes
            at = node.col_offset if ascii_only else len(named.encode()[: node.col_offset].decode(errors="ignore"))
            node.col_offset = _column(reading, at + lead, line)
    return tree


def _column(reading: Reading, at: int, line: str) -> int:
    """Where in the person's line a place of the reading is."""
    return reading.at[at] if 0 <= at < len(reading.at) else len(line) if at > 0 else 0


def lines_of(text: str, vocabulary: Vocabulary, longest: int = WIDEST) -> list[Line]:
    """Every equation of a text as syntax, of names that `vocabulary` knows; a line has at most so many characters."""
    instead, text, own = reserved(vocabulary.timed), evened(bounded(text, longest), vocabulary), owned(text)
    text, unread = uncommented(text, lambda name: name in vocabulary.timed or name in own)
    text, spoken_of = acted(*spaced(GAP.sub(" " * 100, text), vocabulary), vocabulary)
    text, asides = without(translated(text, vocabulary.timed), vocabulary.timed)
    script = plainly(text, vocabulary, longest)
    text, numbers = (script.text, script.numbers) if script else (handed_on(text, lambda name: name in vocabulary.timed), [])
    rows = parted(phrased(layered(text, vocabulary, asides)))
    whole, inside = cut(text := bare(remaining(cased("\n".join(line for _, line in rows)))), longest), within(text)
    numbers = numbers or ([number for number, _ in rows] if text.count("\n") < len(rows) else [])
    if numbers:
        whole, inside = [(numbers[number - 1], line) for number, line in whole], {numbers[number - 1] for number in inside}
    begun = {name.partition("_")[0] for name in vocabulary.timed}
    for _, line in whole:
        words = LIMIT.finditer(line, line.find("=")) if "=" in line else ()
        refused(next((word[0] for word in words if re.split(r"[\W_ᵀ]", word[0])[0] not in begun), ""), line, line.find("="))
    spoken = [(number, part) for number, line in whole for part in several(line)]
    said = [unworded(line, vocabulary.typed_so, own) for line in in_a_row(line for _, line in spoken)]
    notes = joined(spoken_of, asides, {number: note for (number, _), (_, note) in zip(spoken, said, strict=True) if note})
    given = [(number, line) for (number, _), (line, _) in zip(spoken, said, strict=True)]
    given, program, taken = straight(given, vocabulary.sizes, inside if script else ())
    unread += [*(script.notes if script else []), *taken]
    given = inlined(given, vocabulary, program)
    above = [(number, *(numbered(line, vocabulary) if "]" in line and not program else (line, ""))) for number, line in given]
    given, notes = [(number, line) for number, line, _ in above], joined(notes, {number: said for number, _, said in above if said})
    if any(PATHS.search(line) for _, line in given):
        raise Unreadable("a table of paths is one of numbers, of one run, and no equation: the sum of its products is one, `dh_1 = ...`")
    vocabulary.tau = not vocabulary.find("tau") and final([line for _, line in given])
    code = program or not any(TIMES.search(line) for _, line in given)  # as in a program, where every name is that of the step at hand
    made = [(name, row) for row, (_, line) in enumerate(given) for name in _defined(line, vocabulary)]
    defined = dict(reversed(made))  # a name that a second loop makes anew is known from the first line on that makes it
    known = vocabulary.timed.keys() & defined.keys()  # dWx is no name of one's own
    beside = (name for name in defined.keys() & vocabulary.other.keys() if name[1:] in vocabulary.other.keys() - defined.keys()
              if any(re.search(rf"(?<![A-Za-z∂])(?<!∂\s)(?<!partial ){name[1:]}(?![A-Za-z])", line) for _, line in given))  # fmt: skip
    itself = {name for name, row in made if re.search(rf"(?<![^\W_]){name}(?!\w)", given[row][1].partition("=")[2])}  # hs, as a state is
    aliases = (name for name, of in vocabulary.other.items()
               if not known or vocabulary.timed.get(of) is False or name in itself and name == f"{of}s" and of not in defined)  # fmt: skip
    plain = {*vocabulary.timed, *aliases, *beside}  # do beside an o that is read as s
    vocabulary.own = {name: row for name, row in defined.items() if name not in plain}  # dhraw, if it is all that is told
    handed = any(HANDED.match(line) for _, line in given)
    vocabulary.looped = {number for number, _ in given} if handed and not program else inside
    untimed = ((name, row) for name, row in reversed(made) if not TIMES.search(given[row][1].partition("=")[0]))
    vocabulary.order = vocabulary.own | (dict(untimed) if program or handed else {})

    def read_as(code: bool) -> list[Line]:
        rows = enumerate(given)
        found = [x for row, (number, line) in rows for x in _equations(number, line, vocabulary, row if code else None, instead)]
        found = [x._replace(claimed=x.claimed or x.number in inside and ANY_STEP.match(x.text) is not None) for x in found]
        return [line._replace(notes=(*line.notes, *filter(None, [notes.get(line.number)]), *unread)) for line in found]

    lines = collected(read_as(code))
    if given and not lines:
        raise Unreadable(f"this says what a matrix is made of and nothing that comes of it: write a line that has it too: {short(text)}")
    return collected(read_as(True)) if not code and any(_untimed(line, vocabulary) for line in lines) else lines


def _untimed(line: Line, vocabulary: Vocabulary) -> bool:
    """Whether a name of the person's own has no time where what it is has one."""
    summed = {id(x) for call in ast.walk(line.right) if getattr(getattr(call, "func", None), "id", "") == "Sum" for x in ast.walk(call)}
    steps = (x.slice for x in ast.walk(line.right) if isinstance(x, ast.Subscript) and id(x) not in summed)
    own = any(isinstance(left, ast.Name) and left.id in vocabulary.own for left in line.lefts)
    return own and any(isinstance(x, ast.Name) and x.id == "t" for step in steps for x in ast.walk(step))


def typed(text: str, vocabulary: Vocabulary) -> str:
    """A text as it is typed in the formula language, with nothing between what stands side by side."""
    found = []
    for _, line in cut(bare(text)):
        body, rest = halves(line)
        found.append((vocabulary.meant(read(body, vocabulary).text).replace(BESIDE, " "), rest))
    return "\n".join(re.sub(r"\.raised\((\d+)\)", r"^\1", body) + rest for body, rest in found)


def _defined(line: str, vocabulary: Vocabulary) -> list[str]:
    """The names on a line's left side."""
    left, *right = re.split(r"\+=|=|←|≡|:=", line, maxsplit=1)
    own = MOMENT.fullmatch(left)  # e(t), which is no function
    if own and not (vocabulary.find(own[1]) or own[1] in {*vocabulary.calls, *vocabulary.other, *LANGUAGE, "delta", "δ"}):
        return [own[1]]
    try:
        text = read(left, vocabulary, None, False, line).text
        if right and not LEFT.fullmatch(text) and LEFT.fullmatch(other := read(right[0], vocabulary, None, False, line).text):
            text = other
    except Unreadable:
        return []
    return re.findall(r"(?<![\w\[])([^\W\d]\w*)(?![\w(])", re.sub(rf"\[.*?\]|(?:{KINDS})\(.*\)", "", text))


def _equations(number: int, line: str, vocabulary: Vocabulary, row: int | None, instead: Mapping[str, str]) -> list[Line]:
    """One equation, or of a derivative as many as there are ``=``. ``row``: which line it is of a program, in which names have no times."""
    if BOUND.match(line):
        raise Unreadable(f"a bound on a norm is judged by itself, without lines that are none: {short(line)}")
    body, apart, steps, distinct, also, claimed = spanned(line)
    reading = read(vocabulary.printed(body) or END.sub("", body), vocabulary, row)
    found: list[Line] = []
    for part in _chained(reading, vocabulary.own):
        tree = _tree(part, body, instead, vocabulary.meant)
        if len(tree.body) != 1:
            raise Unreadable(f"one equation a line: {short(line)}")
        match tree.body[0]:
            case ast.Assign([left], right) if part != reading and ast.unparse(left) == ast.unparse(right):
                continue  # ∂L/∂h = dh = ...
        told = tuple(single(tree, vocabulary.timed))
        match tree.body[0]:
            case ast.Expr(ast.Compare(ast.Call(_, [one, _]), _, [ast.Call(_, [other, _])])) if ast.dump(one) == ast.dump(other):
                if SENSITIVITY.search(body):
                    continue  # p_ij^k = ∂h_k/∂W_ij
        for branch, at, out in branches(tree, line):
            for half, said in (halves := side_by_side(branch, vocabulary)):
                notes = (*reading.notes, *told, *said, *also)
                whole = Line(number, line, apart | out, [], ast.Constant(0), notes, distinct, bool(reading.counted), claimed=claimed)
                for step in (at,) if at else steps or (None,):
                    found += _sides(whole, copy.deepcopy(half) if len(steps) > 1 else half, step, part, vocabulary)
            if not halves:
                return found
    if not found and not SENSITIVITY.search(body):
        raise Unreadable(f"both sides are one and the same: {short(line)}")
    return found


def _chained(reading: Reading, names: Collection[str] = ()) -> list[Reading]:
    """Of ``a = b = c`` the readings ``a = b`` and ``a = c``, or ``b = c`` where a is one of the person's ``names``; of others."""
    text, inside, signs = reading.text, 0, []  # type: str, int, list[int]
    for k, character in enumerate(text):
        inside += (character in "[({") - (character in "])}")
        signs += [k] if character == "=" and not inside and text[k - 1 : k] not in "<>!=+" and text[k + 1 : k + 2] != "=" else []
    if signs and (own := BRACKETED.match(text)):  # (∂h_t/∂h_k)ᵀ
        text = " " * own.start(1) + own[1] + own[2] + " " * (own.start(2) - own.end(1)) + text[own.end(2) :]
        reading = reading._replace(text=text)
    if signs and not LEFT.fullmatch(text[: signs[0]]) and LEFT.fullmatch(text[signs[-1] + 1 :]):  # what it is stands behind
        last = signs[-1]
        whole = reading._replace(
            text=f"{text[last + 1 :]} = {text[:last]}", at=[*reading.at[last + 1 :], *reading.at[last : last + 1] * 3, *reading.at[:last]]
        )
        return _chained(whole, names)
    if len(signs) < 2 or DERIVED.match(text.lstrip()):
        return [reading]
    ends = [*signs[1:], len(text)]
    named = text[: signs[0]].strip().partition("[")[0] in names and LEFT.fullmatch(text[signs[0] + 1 : signs[1]]) is not None
    starts = [(0, signs[0]), *[(signs[0] + 1, signs[1]) if named else (0, signs[0])] * (len(signs) - 1)]
    return [
        reading._replace(text=text[c:d].lstrip() + text[a:b], at=reading.at[d - len(text[c:d].lstrip()) : d] + reading.at[a:b])
        for (c, d), a, b in zip(starts, signs, ends, strict=True)
    ]


def _sides(line: Line, tree: ast.Module, step: str | None, reading: Reading, vocabulary: Vocabulary) -> list[Line]:
    """A line with the sides that its syntax has. ``step``: where it holds, if at one step alone."""
    told = [*as_one(tree, vocabulary), *multiplied_out(tree, line.text, vocabulary)]
    whole = None if line.number in vocabulary.looped or TIMES.search(line.text) else sliced(line.text, vocabulary)[1]
    whole = whole if isinstance(tree.body[0], ast.Assign) else None
    summed(tree, vocabulary, whole)
    line = line._replace(whole=whole)
    for over, last in COUNTED.findall(line.text):
        told.append(f"`{over}` is read as {'all steps' if last in 'TS' else f'the steps to {last}'}, which are counted from 1 here")
    over = matrix_form(tree, line.text, vocabulary, reading.counted)
    line = line._replace(over=over, notes=(*line.notes, *told, *_slopes(tree, vocabulary)))
    line = line._replace(tied=tied(tree))
    sweetless(tree, vocabulary.calls, vocabulary.slopes)
    statement = tree.body[0]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Compare) and DERIVED.match(reading.text.lstrip()):
        left, rights = statement.value.left, statement.value.comparators
        if isinstance(left, ast.Attribute):
            left, rights = left.value, [ast.copy_location(ast.Attribute(right, "T"), right) for right in rights]
            line = line._replace(turned=True)
        return [line._replace(lefts=[left], right=right) for right in rights]
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add) and isinstance(statement.target, ast.Name):
        statement = ast.Assign([statement.target], ast.copy_location(call("Sum", statement.value, ast.Name("t")), statement.value))
        line = line._replace(more=1)
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add) and isinstance(statement.target, ast.Subscript):
        statement, line = ast.Assign([statement.target], statement.value), line._replace(more=1)
    if isinstance(statement, ast.Expr):
        raise Unreadable(f"there is no left side and no `=`: say what this is, as in `dW_hh = ...` or `da[t] = ...`: {short(line.text)}")
    if not isinstance(statement, ast.Assign):
        raise Unreadable(f"only equations `left = right` are read, no {_kind(statement)}: {short(line.text)}")
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Attribute) and target.attr == "T":
        target, value, line = target.value, ast.copy_location(ast.Attribute(value, "T"), value), line._replace(turned=True)
    names = [x.id for x in ast.walk(target.slice) if isinstance(x, ast.Name)] if isinstance(target, ast.Subscript) else []
    index = names[0] if len(names) == 1 and len(names[0]) == 1 and names[0] not in "tTS" else ""  # dh[k] = ...
    if line.distinct and not index:
        raise Unreadable(f"{UNBOUND}: {short(line.text)}")
    for name in (x for side in (target, value) for x in ast.walk(side) if isinstance(x, ast.Name) and index and x.id in ("t", index)):
        name.id = index if name.id == "t" else "t"  # said of any step k: of any t
    if step:
        if isinstance(target, ast.Subscript) and "t" not in (own := ast.unparse(target.slice).replace(" ", "")) and own != step:
            raise Unreadable(f"this is said of the step {own} on the left and of {step} behind: {short(line.text)}")
        put_to(target, step)
        put_to(value, step)
    if not (lefts := target.elts if isinstance(target, ast.Tuple) else [target]):
        raise Unreadable(f"no name stands on the left side: say what this is, as in `dW_hh = ...` or `da[t] = ...`: {short(line.text)}")
    if len(lefts) > 1 and not (isinstance(value, ast.Constant) and value.value == 0):  # x2, dW = ...
        raise Unreadable(f"one value stands for {len(lefts)} names: write an equation for each: {short(line.text)}")
    return [line._replace(lefts=list(lefts), right=value, distinct=False)]


def _slopes(tree: ast.Module, vocabulary: Vocabulary) -> list[str]:
    """Says of σ', as books call the derivative of any activation, that it is that of the sigmoid, where another one is meant."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("sigmoid_prime"), [ast.Subscript(ast.Name(name))], []):
                own = vocabulary.slopes.get(name, "sigmoid")
                said = f"`σ'` is read as the derivative of the sigmoid, but `{name}[t]` goes into {own}: that is `{own}'({name}[t])`"
                found += [said] if own != "sigmoid" else []
            case ast.Call(ast.Name(act), [_], []) if (
                act in ACTS and act not in vocabulary.calls and len({*vocabulary.slopes.values()}) == 1
            ):
                found.append(f"`{act}` is read as {next(iter(vocabulary.slopes.values()))}, the activation of the net")
    return found


def names_in(lines: list[Line]) -> set[str]:
    """Every name that stands in some lines; of what stands in a derivative, which is read off adjoints, its adjoint's."""
    nodes = [node for line in lines for side in (*line.lefts, line.right) for node in ast.walk(side)]
    within = [x for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") in DERIVATIVES for x in ast.walk(node)]
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {f"d{node.id}" for node in within if isinstance(node, ast.Name)}


def _kind(node: ast.AST) -> str:
    """What a piece of syntax is called."""
    return {"Import": "import", "ImportFrom": "import", "AugAssign": "`+=`", "AnnAssign": "annotation"}.get(
        type(node).__name__, type(node).__name__.lower()
    )
