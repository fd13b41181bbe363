"""Programs in Python as the plain loops that are read: one name a line, each made once in a loop, no function, dictionary or condition
around it. What is left runs as the program did; what would not, is refused. Syntax trees alone; nothing is evaluated."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable
from typing import NamedTuple

from autograd_rnn.formulas.programs.between import alone, filled, in_step, in_turn, offset, same_steps
from autograd_rnn.formulas.programs.bodies import Body, assigned, at, carried_in, idle, made_in
from autograd_rnn.formulas.programs.loops import opened
from autograd_rnn.formulas.programs.program import LOOP, short
from autograd_rnn.formulas.programs.pseudocode import Measured, Row, again, headless, module, rows_of, same
from autograd_rnn.formulas.programs.statements import Statements
from autograd_rnn.formulas.programs.taken import assumed
from autograd_rnn.formulas.programs.unfolded import Unfolded
from autograd_rnn.formulas.programs.values import Values, is_zero, name_in, names_of, subscripted
from autograd_rnn.formulas.writing.lines import MOST, WIDEST, Unreadable
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

BEGUN = re.compile(
    r"(?m)^\s*(?:for|while|def|class)\b.*:|^\s*[^\W\d]\w*\s*,[^=\n]*=(?!=)"
    r"|\bsum\([^\n]*\bfor\b[^\n]*\bin\s+(?:zip\(|range\(\s*T\s*\))"
)
LARGEST = 10_000  # of a program's tree


class Plain(NamedTuple):
    """A program as lines: the text, of each line the number that it had, and what is to be said."""

    text: str
    numbers: list[int]
    notes: list[str]


def plainly(text: str, words: Vocabulary, longest: int = WIDEST) -> Plain | None:
    """A program in plain lines; None for a text that is none. ``longest``: what a line may have.

    >>> print(plainly("for t in reversed(range(T)):\\n    a, b = b * 2, a\\n    b *= a", Vocabulary({})).text)
    for t in reversed(range(T)):
        v1_a = b * 2
        v1_b = a
        a = v1_a
        b = v1_b * a
    """
    if not BEGUN.search(text) or text.count("\n") > 5 * MOST or max(map(len, text.split("\n"))) > longest:
        return None
    text = textwrap.dedent(text)
    rows = [Row(number, line.strip(), line) for number, line in enumerate(text.split("\n"), 1)]
    tree = module(rows)
    if tree is None:
        rows = rows_of(opened(text), words, longest) if any(map(LOOP.match, text.split("\n"))) else []
        tree = module(rows)
    if tree is None:
        lost = next((row for row in rows if module([row._replace(python=headless(row.python))]) is None), rows[0])
        raise Unreadable(f"the order of this program's lines cannot be followed: {short(lost.typed)}")
    if not rows:
        return None
    if (parts := sum(1 for _ in ast.walk(tree))) > LARGEST:
        raise Unreadable(f"the program has {parts:,} names, numbers and signs: at most {LARGEST:,} are read")
    tree = Measured(tree).visit(tree)
    tree, taken = assumed(tree, words)
    try:
        unfolded = Unfolded(tree, words)
        tree = unfolded.done()
        script = Script(Values(tree, words), tree, rows)
        script.notes |= dict.fromkeys([*taken, *unfolded.notes])
        return script.plain()
    except Unreadable as error:
        said, _, line = str(error).rpartition(": ")
        statements = [x for x in ast.walk(module(rows) or tree) if isinstance(x, ast.stmt)]
        lines = {short(ast.unparse(x)): rows[x.lineno - 1].typed for x in statements}
        told = f"{said}: {short(lines[line])}" if line in lines else said if "opaque(" in line else str(error)
        raise Unreadable(told) from None


class Script(Statements):
    """One program on its way to plain lines."""

    def __init__(self, values: Values, tree: ast.Module, rows: list[Row]):
        super().__init__(values)
        self.rows = rows
        self.lines: list[Row] = []
        self.made: set[str] = set()  # by loops that are over
        self.loose: dict[str, bool] = {}  # of those, what each step made anew, and whether the last of them is the first step
        self.needed: set[str] = set()  # what loops that are over have used
        self.spans: dict[str, tuple[int, str]] = {}  # of what they have filled by step, the first and the last
        self.begun: set[str] = set()  # what is something before a loop
        self.from_0: set[str] = set()  # of those, whose first step has the number 0
        self.single: dict[str, int] = {}  # what is of the last step alone, and in which line it is made
        self.body = [self.values.visit(x) for x in self.flat(tree.body)]
        nodes = (y for x in self.body for y in ast.walk(x) if isinstance(y, ast.Name))
        used = {y.id for y in nodes if not isinstance(getattr(y, "ctx", None), ast.Store)}
        self.shares = {*self.values.exps} - used
        self.given = {name for x in self.body for name in (*made_in(x), *filled(x))}  # what is more than zeros
        self.steps = {x.target.id for x in self.body if isinstance(x, ast.For) and isinstance(x.target, ast.Name)}

    def flat(self, body: Iterable[ast.stmt]) -> list[ast.stmt]:
        """The statements of a program without what only stands around them."""
        found: list[ast.stmt] = []
        for k, x in enumerate(body := [*body]):
            match x:
                case ast.FunctionDef() | ast.ClassDef():
                    found += self.flat(x.body)
                case ast.Return() if below := [y for y in body[k + 1 :] if not idle(y)]:
                    raise Unreadable(f"`return` ends the program, and what stands below is not done: {short(ast.unparse(below[0]))}")
                case ast.Expr(ast.Constant(str())) | ast.Expr(ast.Call(ast.Name("print"))):
                    pass
                case _ if (hasattr(x, "body") or hasattr(x, "cases")) and not isinstance(x, (ast.For, ast.While, ast.If)):
                    raise Unreadable(f"of what stands around lines, loops and `if` are read: {short(ast.unparse(x).splitlines()[0])}")
                case _ if not idle(x):
                    found.append(x)
        return found

    def plain(self) -> Plain:
        """All of it."""
        loops = [k for k, x in enumerate(self.body) if isinstance(x, (ast.For, ast.While))]
        for k, x in enumerate(self.body):
            if k in loops:
                self.loop(x, {name for j in loops if j > k for name in (*assigned(self.body[j]), *filled(self.body[j]))})
            elif isinstance(x, ast.Return):
                self.add(ast.unparse(x), x.lineno)
            else:
                for y in self.simple(x, None):
                    self.outside(y, [self.body[j] for j in loops if j > k])
        numbers = [row.number + k for row in self.lines for k in range(row.typed.count("\n") + 1)]
        return Plain("\n".join(row.typed for row in self.lines), numbers, [*self.notes])

    def add(self, line: str, number: int) -> None:
        """One line, as it was typed where it says the same."""
        row, deep = self.rows[number - 1], line[: len(line) - len(line.lstrip())]
        one = same(row.python.strip(), line.strip())
        if "opaque(" in line and not one:
            raise Unreadable(f"what this makes is changed elsewhere: say in one line what it is: {short(row.typed)}")
        if row.typed or not one:
            self.lines.append(Row(row.number, deep + (row.typed.replace("\n", f"\n{deep}") if one else again(line.strip())), line))

    # -- outside of loops ------------------------------------------------------------------------------------------------

    def outside(self, x: ast.stmt, later: list[ast.stmt]) -> None:
        """One statement that stands in no loop."""
        match x:
            case ast.Assign([ast.Name(name)], value) if is_zero(value):
                if name in self.begun:
                    raise Unreadable(f"`{name}` is set to zero behind the line that makes it: {short(ast.unparse(x))}")
                if name in self.made:
                    if not any(name in assigned(loop) for loop in later):
                        raise Unreadable(f"`{name}` is set to zero behind the loop that fills it: {short(ast.unparse(x))}")
                    self.made.discard(name)
                    self.loose.pop(name, None)
                    self.values.again(name, self.body)
                    name = self.values.names.get(name, name)
                listed = not isinstance(value, (ast.Constant, ast.Call))  # a list that the loop fills
                if name in self.values.scattered or self.steps and name in self.given:
                    return
                zero = "np.zeros(1)" if listed or isinstance(value, ast.Constant) and later else ast.unparse(value)
                self.add(f"{name} = {zero}", x.lineno)
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "reverse"), [], [])) if name in self.listed:
                self.listed[name] = not self.listed[name]
            case ast.Assign(
                [ast.Name(name)], ast.Subscript(ast.Name(of), ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1))))
            ) if name == of and name in self.listed:
                self.listed[name] = not self.listed[name]
            case ast.AugAssign(ast.Name(name), op, value) if name in self.made:
                self.scaled(x, name, op, value)
            case ast.Assign([ast.Name(name)], ast.BinOp(ast.Name(of), op, value)) if name == of and name in self.made:
                self.scaled(x, name, op, value)
            case ast.Assign([ast.Name()], ast.Name(of)) if (
                self.loose.get(of)
                and (one := self.at_the_end(at(x, ast.Assign(x.targets, subscripted(of, ast.Constant(1)))), later))
                and isinstance(getattr(one, "targets", [None])[0], ast.Subscript)
            ):  # what one loop leaves goes into the next by another name
                self.begun |= assigned(one)
                self.add(ast.unparse(self.values.renamed(one)), x.lineno)
            case _:
                self.in_place(x, later)
                match x:
                    case ast.AugAssign(ast.Name(name) as left, ast.Add(), value) if self.steps:  # once, and not at every step
                        if sum(name in made_in(y) for y in self.body) > 1:
                            raise Unreadable(f"`{name}` is added to in more than one place: say in one what it is: {short(ast.unparse(x))}")
                        x = at(x, ast.Assign([left], value))
                match x:
                    case ast.Assign([ast.Subscript(ast.Name(name), index)], _) if name in self.from_0 and not names_of(index):
                        raise Unreadable(f"this changes one element of what the loop above has made: {short(ast.unparse(x))}")
                if one := self.at_the_end(self.added(self.last_steps(x)), later):
                    self.begun |= assigned(one)
                    self.add(ast.unparse(self.values.renamed(one)), x.lineno)

    def scaled(self, x: ast.stmt, name: str, op: ast.operator, by: ast.expr) -> None:
        """What divides or multiplies behind a loop what it has collected: it does so with each part."""
        ours = [k for k, row in enumerate(self.lines) if row.python.strip().startswith(f"{name} +=")]
        if not ours or not isinstance(op, (ast.Mult, ast.Div)) or names_of(by) & self.made:
            raise Unreadable(f"this changes behind the loop what it has made: say in the loop what `{name}` is: {short(ast.unparse(x))}")
        for k in ours:
            head, value = self.lines[k].python.split(" += ", 1)
            part = ast.BinOp(ast.parse(value, mode="eval").body, op, by)
            deep = head[: len(head) - len(head.lstrip())]
            self.lines[k] = self.lines[k]._replace(typed=deep + again(f"{head.strip()} += {ast.unparse(part)}"))

    def at_the_end(self, x: ast.stmt, later: list[ast.stmt]) -> ast.stmt | None:
        """A statement before a loop that begins with what is made here, of the last step; None of one that changes another."""
        listed, found = dict(self.listed), [self.headed(y) for y in later if isinstance(y, (ast.For, ast.While))]
        heads = [(head, carried_in([z for y in body for z in self.simple(y, head)])) for head, body in found]
        self.listed = listed
        outside = {name_in(y.targets[0]) for y in self.body if isinstance(y, ast.Assign) and not is_zero(y.value)}
        last = next((head.last for head, carried in heads if head.backwards and carried & outside), None)
        if last is None:
            return x
        now = {name: subscripted(name, ast.Name(last)) for name in self.single}
        match x:
            case ast.AugAssign(ast.Subscript(ast.Name(name), index), ast.Sub(), ast.Constant(1)) if name in self.single:
                if any(re.search(rf"(?<!\w){name}(?!\w)", row.python) for row in self.lines[self.single[name] + 1 :]):
                    raise Unreadable(f"`{name}` is changed after a line above has used it: {short(ast.unparse(x))}")
                made = f"{self.lines[self.single[name]].python} - onehot({ast.unparse(index)})"
                self.lines[self.single[name]] = Row(self.rows[x.lineno - 1].number, again(made), made)
                return None
            case ast.Assign([ast.Name(name)], value) if name not in self.single and self.values.fleeting(name):
                self.single[name] = len(self.lines)
                return at(x, ast.Assign([subscripted(name, ast.Name(last))], self.values.put(value, now)))
            case ast.Assign([ast.Name() as target], value) if target.id not in self.single:
                return at(x, ast.Assign([target], self.values.put(value, now)))
        raise Unreadable(f"of the last step each line before the loop says what one name is: {short(ast.unparse(x))}")

    def last_steps(self, x: ast.stmt) -> ast.stmt:
        """A statement outside of loops that count from 0 with the steps of the model, ``p[T-1]`` as that of the step T."""
        if not any(isinstance(y, (ast.For, ast.While)) for y in self.body):
            return x  # a line alone counts as the model does
        if any(isinstance(y, ast.For) and re.search(r"range\(1,|, 0, -1\)", ast.unparse(y.iter)) for y in self.body):
            return x
        behind = x.targets if isinstance(x, ast.Assign) and is_zero(x.value) else []
        for node in ast.walk(x):
            if isinstance(node, ast.Subscript) and re.fullmatch(r"(?:T|len\(\w+\)) - 1", ast.unparse(node.slice)):
                node.slice = ast.Name("T")
            elif isinstance(node, ast.Subscript) and node in behind and ast.unparse(node.slice) == "T":
                node.slice = ast.BinOp(ast.Name("T"), ast.Add(), ast.Constant(1))
        return x

    def added(self, x: ast.stmt) -> ast.stmt:
        """A statement with Python's ``sum`` of what a loop fills as the one over its steps."""
        for node in ast.walk(x):
            match node:
                case ast.Call(ast.Name("sum"), [ast.Name(name)], []) if name in self.made:
                    node.keywords = [ast.keyword("axis", ast.Constant(0))]
        alone = {id(y) for z in ast.walk(x) if isinstance(z, ast.Call) and ast.unparse(z.func) in ("sum", "np.sum") for y in z.args}
        last = next((y.id for y in ast.walk(x) if isinstance(y, ast.Name) and self.listed.get(y.id) and id(y) not in alone), None)
        if last:
            raise Unreadable(f"`{last}` has its last step first: write `{last}.reverse()` behind the loop: {short(ast.unparse(x))}")
        return x

    def in_place(self, x: ast.stmt, later: list[ast.stmt]) -> None:
        """Refuses a statement that needs what a loop below it makes, or the step of one."""
        bound = {y for z in ast.walk(x) for y in names_of(getattr(z, "target", ast.Constant(0))) if isinstance(z, ast.comprehension)}
        bound |= {
            y for z in ast.walk(x) if isinstance(z, ast.Call) and name_in(z.func) == "Sum" for part in z.args[1:] for y in names_of(part)
        }
        if step := (names_of(x) & self.steps) - bound - {"T"}:
            raise Unreadable(f"this stands in no loop, and its `{min(step)}` is no step of one: {short(ast.unparse(x))}")
        if self.loose.keys() & (names_of(x) - bound - assigned(x)):
            name = min(self.loose.keys() & names_of(x))
            raise Unreadable(f"behind the loop `{name}` is what its last step made: `{name}[t] = ...` keeps all: {short(ast.unparse(x))}")
        ahead = (names_of(x) & {name for loop in later for name in assigned(loop)}) - self.begun - self.made - assigned(x)
        if ahead and self.steps:
            raise Unreadable(f"`{min(ahead)}` is made by the loop below: {short(ast.unparse(x))}")

    # -- loops -----------------------------------------------------------------------------------------------------------

    def loop(self, x: ast.For | ast.While, below: set[str]) -> None:
        """A loop whose body makes each name once. ``below``: what the loops behind it make."""
        loop, body = self.headed(x)
        for y in (z for one in body for z in ast.walk(one)):
            if isinstance(y, (ast.Return, ast.Break, ast.Continue)):
                raise Unreadable(f"`{type(y).__name__.lower()}` ends the loop or a step of it: each step is done whole, and the program "
                                 f"returns behind the loop: {short(ast.unparse(y))}")  # fmt: skip
        self.add(loop.head, x.lineno)
        simple = [y for one in body for y in self.simple(one, loop) if not idle(y)]
        if last := next((y for z in simple for y in names_of(z) if y in self.made and self.listed.get(y)), None):
            raise Unreadable(f"`{last}` has its last step first: write `{last}.reverse()` behind the loop that fills it")
        same_steps(simple, loop, self.spans)
        in_step(simple, loop, self.values, self.spans)
        in_turn(simple, loop)
        alone(simple, loop, below, self.loose, {y for y in self.needed if self.values.fleeting(y)})
        self.needed |= {y for z in simple for y in names_of(getattr(z, "value", z))}
        carried = carried_in(simple)
        going = sorted(carried & self.made - self.begun) if loop.backwards else []
        for name in going:  # what one loop leaves goes into the next
            self.values.again(name, [])
            made = f"{self.values.names[name]}[{loop.last}] = {name}[1]"
            self.lines.insert(-1, Row(self.rows[x.lineno - 1].number, made, made))
        started = carried & self.begun if loop.backwards else set()
        done = Body(
            self.values,
            simple,
            loop,
            {*started, *going},
            carried - self.begun - self.made if self.values.both and not loop.backwards else set(),
        )
        self.notes |= dict.fromkeys(done.notes)
        for line, number in done.lines:
            self.add(f"    {line}", number)
        bare = (target.id for target, _, _ in done.found if isinstance(target, ast.Name))
        self.loose |= {name: loop.backwards for name in bare if self.values.fleeting(name)}
        self.spans |= {name_in(target): (loop.first, loop.last) for target, _, _ in done.found if offset(target, loop) == 0}
        self.from_0 |= set() if loop.first else {name_in(target) for target, _, _ in done.found}
        self.made |= assigned(x) | {name_in(target) for target, _, _ in done.found}
