"""Programs that are no Python as some that make and use the same names in the same order; each line has its own beside it."""

from __future__ import annotations

import ast
import re
import warnings
from typing import NamedTuple

from autograd_rnn.formulas.programs.loops import indent
from autograd_rnn.formulas.programs.program import LOOP, apart, cased
from autograd_rnn.formulas.programs.values import is_zero, name_in, names_of
from autograd_rnn.formulas.sentences.prose import owned, phrased, several, unworded
from autograd_rnn.formulas.writing.elements import WORD
from autograd_rnn.formulas.writing.frames import BESIDE
from autograd_rnn.formulas.writing.lines import END, Unreadable, bare, cut
from autograd_rnn.formulas.writing.notation import read
from autograd_rnn.formulas.writing.signs import plain
from autograd_rnn.formulas.writing.spans import spanned
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

ELEMENT = re.compile(r"([^=\[\]]+?)\[(.+)\]\s*([-+*/]?=)(?!=)\s*(.+)$")  # dy[y_t] -= 1, da[h_t <= 0] = 0
CHANGE = re.compile(r"([^=<>!]+?)\s*([-+*/])=(?!=)\s*(.+)$")
RETURN = re.compile(r"return\b")


class Row(NamedTuple):
    """One line of a program: its number, how it is typed, and in Python."""

    number: int
    typed: str
    python: str


def rows_of(text: str, vocabulary: Vocabulary, longest: int) -> list[Row]:
    """The lines of a program. Where the indentation of a loop's body was lost, all that follows up to the next loop is in it."""
    found, blocks, own = [], [], owned(text)  # type: list[Row], list[tuple[int, bool]], set[str]
    text = bare(cased(apart(phrased(text)))).expandtabs(4)
    whole = [(number, indent(text.splitlines()[number - 1]), line) for number, line in cut(text, longest)]
    for k, (number, deep, line) in enumerate(whole):
        head = LOOP.match(line) is not None
        while blocks and (blocks[-1][0] >= deep and not blocks[-1][1] or blocks[-1][1] and (head or RETURN.match(line))):
            blocks.pop()
        within = "    " * len(blocks)
        if head or line.endswith(":"):
            found.append(Row(number, line, within + line))
            lost = head and (k + 1 == len(whole) or whole[k + 1][1] <= deep)
            blocks.append((deep, lost))
            found += [Row(number, "", f"{within}    pass")] * (k + 1 == len(whole))
            continue
        for part in several(line):
            span = spanned(unworded(part, vocabulary.typed_so, own)[0])
            lines = written(span.body, vocabulary)
            if span.apart or span.steps or span.distinct:  # what it is at some steps
                left, value = sides(lines[0])
                lines = [f"{left} = opaque({value})"]
            left, value = sides(lines[0])
            before = sides(found[-1].python) if found else ("", "")
            if left and left == before[0] and "opaque(" in before[1] + value:
                last = found.pop()
                found.append(Row(last.number, f"{last.typed}\n{part}", f"{within}{left} = opaque({before[1]}, {value})"))
                continue
            found += [Row(number, "" if k else part, within + line) for k, line in enumerate(lines)]
    return in_one_writing(found)


def sides(line: str) -> tuple[str, str]:
    """What a line of Python makes, and of what; nothing of any other."""
    match parsed(line):
        case ast.Assign([left], value):
            return ast.unparse(left), ast.unparse(value)
        case ast.AugAssign(left, _, value):
            return ast.unparse(left), f"{ast.unparse(left)}, {ast.unparse(value)}"
    return "", ""


class Writing(ast.NodeTransformer):
    """Puts ``da[t]`` for ``da``. ``names``: those that loops make and of which there is both; ``step``: of the loop at hand."""

    def __init__(self, tree: ast.AST):
        loops = [x for x in ast.walk(tree) if isinstance(x, ast.For)]
        self.step, steps = "", {ast.unparse(x.target) for x in loops}
        made = {name_in(y) for loop in loops for x in ast.walk(loop) if isinstance(x, ast.Assign) for y in x.targets}
        self.names = {name_in(x) for x in ast.walk(tree) if isinstance(x, ast.Subscript) and ast.unparse(x.slice) in steps} & made

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name alone."""
        return ast.Subscript(node, ast.Name(self.step)) if node.id in self.names else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """An element, or what it is at a step."""
        whole = isinstance(node.value, ast.Name) and isinstance(node.slice, (ast.Name, ast.BinOp, ast.Constant))
        return node if whole else self.generic_visit(node)


def in_one_writing(rows: list[Row]) -> list[Row]:
    """The lines of a program in which a name that a loop makes has its step everywhere in loops or nowhere."""
    tree = module(rows) or ast.Module([], [])
    writing = Writing(tree)
    for loop in (x for x in ast.walk(tree) if isinstance(x, ast.For)):
        writing.step = ast.unparse(loop.target)
        for x in (x for x in ast.walk(loop) if isinstance(x, (ast.Assign, ast.AugAssign))):
            if isinstance(x, ast.Assign) and isinstance(x.value, ast.Call) and is_zero(x.value):
                continue  # an array of all steps that is made anew is not that of one
            row = rows[x.lineno - 1]
            rows[x.lineno - 1] = row._replace(python=row.python[: indent(row.python)] + ast.unparse(writing.visit(x)))
    return rows


def written(line: str, vocabulary: Vocabulary) -> list[str]:
    """A line as statements of Python: one for each name that it makes. What has no such writing is a call of what it uses."""
    if change := CHANGE.match(line):
        text = f"{side(change[1], vocabulary)} {change[2]}= {side(change[3], vocabulary)}"
    else:
        text = side(line, vocabulary)
    if part := ELEMENT.match(line):
        made, index = (side(part[k], vocabulary) for k in (1, 2))
        if "[" in made + index or not parsed(text):
            text = f"{made}[{index}] {part[3]} {side(part[4], vocabulary)}"
    if RETURN.match(line):
        return [line] if parsed(line) else [f"return {called(line[6:])}"]
    if isinstance(parsed(line), ast.Expr):  # a call
        return [line]
    match parsed(text):
        case ast.Assign([ast.Name() | ast.Subscript() | ast.Tuple()]) | ast.AugAssign():
            return [text]
        case ast.Assign(targets, value):
            sides = dict.fromkeys(ast.unparse(x) for x in targets if isinstance(x, (ast.Name, ast.Subscript)))  # ∂L/∂h_t = dh_t = ...
            return [f"{left} = {ast.unparse(value)}" for left in sides] or [called(line)]
    left, sign, right = line.partition("=")
    return [f"{side(left, vocabulary)} = {called(right)}"] if sign and parsed(f"{side(left, vocabulary)} = 0") else [called(line)]


def parsed(text: str) -> ast.stmt | None:
    """The one statement that a text is."""
    tree = module([Row(1, text, text.strip())])
    return tree.body[0] if tree and len(tree.body) == 1 else None


def side(text: str, vocabulary: Vocabulary) -> str:
    """A line, or a side of one, in the formula language."""
    try:
        return read(END.sub("", text), vocabulary, None, False).text.strip()
    except Unreadable:
        return ""


def called(text: str) -> str:
    """What a text uses."""
    return f"opaque({', '.join(dict.fromkeys(WORD.findall(str(plain(text)))))})"


def again(line: str) -> str:
    """A line in the formula language as a person types it: what stands side by side there is so again."""
    if BESIDE not in line and ".raised" not in line:
        return line
    tree = ast.parse(line)
    for node in reversed([*ast.walk(tree)]):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
            for name in ("left", "right"):
                part = getattr(node, name)
                if isinstance(part, ast.BinOp) and not isinstance(part.op, ast.FloorDiv if name == "left" else ast.Pow):
                    setattr(node, name, ast.Name(f"({ast.unparse(part)})"))
    return re.sub(r"\.raised\((\d+)\)", r"^\1", ast.unparse(tree).replace(BESIDE, " "))


def module(rows: list[Row]) -> ast.Module | None:
    """The syntax of some lines, if they are Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse("\n".join(row.python for row in rows))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def headless(line: str) -> str:
    """A line as it may stand alone."""
    return line.strip() + " pass" * line.rstrip().endswith(":")


def same(typed: str, line: str) -> bool:
    """Whether two lines are the same syntax."""
    try:
        one, other = (ast.parse(x + " pass" if x.endswith(":") else x) for x in (typed, line))
    except SyntaxError:
        return False
    return ast.dump(one) == ast.dump(other)


class Measured(ast.NodeTransformer):
    """Leaves out what says how long something is, ``T = len(x)`` or ``N, D = x.shape``. A length that a loop runs over is called T, any
    other what no quantity is."""

    LENGTH = re.compile(r"len\(\w+\)|[\w.]+(?:\[-?\d\])?\.(?:shape|size)(?:\[-?\d\]|\(-?\d\))?")

    def __init__(self, tree: ast.Module):
        self.gone = [x for x in ast.walk(tree) if isinstance(x, ast.Assign) and self.LENGTH.fullmatch(ast.unparse(x.value))]
        self.lengths = {name for x in self.gone for target in x.targets for name in names_of(target)}
        self.steps = {name for x in ast.walk(tree) if isinstance(x, ast.Call) and name_in(x.func) == "range" for name in names_of(x)}

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """One assignment."""
        return None if node in self.gone else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """One name."""
        if node.id not in self.lengths:
            return node
        return ast.copy_location(ast.Name("T" if node.id in self.steps else f"length_{node.id}", node.ctx), node)
