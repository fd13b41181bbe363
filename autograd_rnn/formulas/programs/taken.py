"""What a program is taken for where it has no equation: a cache that it is given, the state before the first step, an input, the loss."""

from __future__ import annotations

import ast
import re

from autograd_rnn.formulas.programs.begun import first, starts
from autograd_rnn.formulas.programs.handed import handed
from autograd_rnn.formulas.programs.libraries import of_self, plainly
from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.trees import (
    ahead,
    blocks,
    counted,
    finished,
    loops_of,
    moved,
    named,
    pairs,
    put,
    stored,
    together,
)
from autograd_rnn.formulas.programs.values import name_in, names_of, subscripted
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

GIVEN = "`{}` is read as what its names say, those of the step at hand"
BEGUN = "`{}` is read as `{}`, which before the first step is the first state"
STARTS = "is read as the state that a run begins with"
FIRST = "{} sets what a run begins with, and is not read"


def assumed(tree: ast.Module, words: Vocabulary) -> tuple[ast.Module, list[str]]:
    """A program in which a cache that it is given holds what its names say, and the state before the first step is the model's; and what
    is to be said of it."""
    notes = dict[str, None]()

    def begun(x: ast.AST) -> ast.AST | None:
        if not isinstance(x, ast.FunctionDef) or x.name != "__init__":
            return None
        notes[FIRST.format("`__init__`")] = None
        body = [y for y in x.body if not sets_up(y, words)] or [ast.Pass()]
        return ast.FunctionDef(**{**dict(ast.iter_fields(x)), "body": body})

    tree, made = handed(finished(plainly(put(finished(tree), begun))), words)
    notes |= dict.fromkeys(made)
    called = {name_in(x.func) for x in ast.walk(tree) if isinstance(x, ast.Call)}
    ours = stored(tree) | {y.arg for x in ast.walk(tree) if isinstance(x, ast.FunctionDef) and x.name in called for y in x.args.args}
    for loop in loops_of(tree):
        unpacked(loop, words)
    begins = {int(re.search(r"range\(1,|, 0, -1\)", ast.unparse(x.iter)) is not None) for x in loops_of(tree)}
    notes |= dict.fromkeys(uncached(tree, ours, words))
    functions = {x.name: x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef)}

    def taken(node: ast.AST) -> ast.AST | None:
        match node:
            case ast.Call(ast.Name(name), given, []) if name in functions:
                for k, (x, argument) in enumerate(zip(given, functions[name].args.args, strict=False)):
                    if isinstance(x, ast.Subscript) and kept(x, ours, words, ast.unparse(x.slice)):
                        node.args[k] = parts_of(functions[name], argument.arg, x.slice, words) or x
                        notes[GIVEN.format(ast.unparse(x))] = None
            case ast.Subscript(ast.Subscript(ast.Name(of), ast.Name() as step), ast.Constant(str(key))) if (
                of not in ours and not words.called(of) and (found := moved(key, words))
            ):
                notes[GIVEN.format(ast.unparse(node))] = None
                by = ast.BinOp(step, ast.Sub() if found[1] < 0 else ast.Add(), ast.Constant(1)) if found[1] else step
                return subscripted(found[0], by)
            case ast.Subscript(ast.Name(of), ast.Constant(str(key))) if (
                of not in ours and not words.called(of) and moved(key, words) == (key, 0)
            ):
                notes[GIVEN.format(ast.unparse(node))] = None
                return ast.Name(key)
            case ast.Assign() if begins == {0} and (sides := starts(node, words, ours)) != pairs(node):
                notes[f"`{ast.unparse(node)}` {STARTS}"] = None
                return together(sides, node) if sides else ast.Pass()
            case ast.IfExp() if start := first(node, words, begins):
                notes[BEGUN.format(ast.unparse(node), ast.unparse(start))] = None
                return start
            case ast.If(_, [ast.Assign([ast.Name(name)], a)], [ast.Assign([ast.Name(other)], b)]) if name == other:
                if start := first(ast.IfExp(node.test, a, b), words, begins):
                    notes[BEGUN.format(ast.unparse(a), ast.unparse(start))] = None
                    return ast.Assign([ast.Name(name, ast.Store())], start)
        return None

    tree = put(tree, taken)
    for block in blocks(tree):
        block[:] = without(block) or [ast.Pass()] * bool(block)
    for loop in loops_of(tree):
        parted(loop, words)
    return finished(tree), [*notes]


def uncached(tree: ast.Module, ours: set[str], words: Vocabulary) -> list[str]:
    """Takes from a program the lines that have out of a cache what their names say, in place; and what is to be said of it."""
    notes = list[str]()
    within = {id(x.body): x.target.id for x in loops_of(tree) if isinstance(x.target, ast.Name)}
    for block in blocks(tree):
        for x in [*block]:
            match x:
                case ast.Assign([ast.Tuple(parts)], value) if kept(value, ours, words, within.get(id(block), "")):
                    names = [part.id for part in parts if isinstance(part, ast.Name)]
                    known = len(names) == len(parts) and all(moved(name, words) and counted(name, tree) == 1 for name in names)
                    if known and ahead(x, names, block, tree):
                        notes.append(GIVEN.format(short(ast.unparse(x))))
                        block.remove(x)
                        block += [ast.copy_location(ast.Pass(), x)] * (not block)
    return notes


def sets_up(x: ast.stmt, words: Vocabulary) -> bool:
    """Whether a line of ``__init__`` sets what a run begins with, and nothing else."""
    if isinstance(x, ast.Expr):
        return isinstance(x.value, ast.Constant) or re.fullmatch(r"super\([\w, ]*\)\.__init__\([\w, ]*\)", ast.unparse(x)) is not None
    sides = pairs(x) if isinstance(x, ast.Assign) else []
    alone = all(isinstance(a, ast.Name) and not any(map(words.called, names_of(b))) or of_self(a) for a, b in sides)
    return bool(sides) and alone and not any(of_self(a) and other(ast.Name(a.attr), b, words) for a, b in sides)


def parted(loop: ast.For, words: Vocabulary) -> None:
    """Has names of a loop's own for what a step adds to a gradient, ``dW_xh += dWx``, of which the model's is another spelling."""
    lefts = [y for x in ast.walk(loop) if isinstance(x, ast.Assign) for z in x.targets for y in getattr(z, "elts", [z])]
    made = {y.id for y in lefts if isinstance(y, ast.Name)}
    added = [(x.target, x.value) for x in ast.walk(loop) if isinstance(x, ast.AugAssign)]
    new: dict[str, ast.expr] = {}
    for of, value in added:
        for name in made & ({value.id} if isinstance(value, ast.Name) else set()):
            model = words.called(name)
            if name != name_in(of) and model and words.timed.get(model) is False:
                new[name] = ast.Name(f"own_{name}")
    if new and not any(isinstance(x, ast.Name) and x.id.startswith("own_") for x in ast.walk(loop)):
        loop.body = [put(x, named(new)) for x in loop.body]


def other(name: ast.expr, value: ast.expr, words: Vocabulary) -> bool:
    """Whether something of the model is said to be other things of it."""
    of = words.called(name_in(name))
    return of is not None and any(words.called(x) not in (None, of) for x in names_of(value) - {*words.sizes})


def kept(value: ast.expr, ours: set[str], words: Vocabulary, step: str) -> bool:
    """Whether a value is what a cache that is given keeps of the step at hand."""
    match value:
        case ast.Name(of) | ast.Subscript(ast.Name(of), ast.Name()):
            at = ast.unparse(value.slice) if isinstance(value, ast.Subscript) else step
            return of not in ours and not words.called(of) and at == step
    return False


def parts_of(function: ast.FunctionDef, cache: str, step: ast.expr, words: Vocabulary) -> ast.expr | None:
    """What a function takes the cache of a step for that it is given, by the names under which it takes it apart."""
    uses = [x for x in ast.walk(function) if isinstance(x, ast.Name) and x.id == cache]
    lefts = [x.targets[0] for x in function.body if isinstance(x, ast.Assign) and ast.unparse(x.value) == cache]
    found = [moved(name_in(x), words) for left in lefts for x in getattr(left, "elts", [])]
    if len(uses) > 1 or not found or None in found:
        return None
    places = [(of, ast.parse(f"{ast.unparse(step)} + {by}", mode="eval").body if by else step) for of, by in filter(None, found)]
    return ast.Tuple([subscripted(of, put(ast.Expression(place), named({})).body) for of, place in places])


def unpacked(loop: ast.For, words: Vocabulary) -> None:
    """A loop over the steps for one over a cache, ``for t, (x_t, h_t) in reversed(list(enumerate(caches)))``."""
    text, over, target = ast.unparse(loop.iter), loop.iter, loop.target
    while isinstance(over, ast.Call) and name_in(over.func) in ("reversed", "list") and len(over.args) == 1:
        over = over.args[0]
    step: ast.expr = ast.Name("t")
    match target, over:
        case ast.Tuple([ast.Name() as step, one]), ast.Call(ast.Name("enumerate"), [ast.Name() as of], []):
            pass
        case ast.Tuple() as one, ast.Name() as of if "t" not in names_of(loop):
            pass
        case _:
            return
    if words.called(of.id):
        return
    loop.target = ast.copy_location(ast.Name(ast.unparse(step), ast.Store()), loop.target)
    head = "reversed(range(T))" if "reversed" in text else "range(T)"
    loop.iter = ast.copy_location(ast.parse(head, mode="eval").body, loop.iter)
    taken = ast.Assign([one], subscripted(of.id, ast.Name(ast.unparse(step))))
    loop.body.insert(0, ast.fix_missing_locations(ast.copy_location(taken, loop)))
    ast.fix_missing_locations(loop)


def without(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements without what gives a name to itself."""
    found = list[ast.stmt]()
    for x in body:
        if isinstance(x, ast.Assign) and len(x.targets) == 1:
            sides = [(a, b) for a, b in pairs(x) if not (isinstance(a, ast.Name) and isinstance(b, ast.Name) and a.id == b.id)]
            if not sides:
                continue
            if 1 < len(pairs(x)) != len(sides):
                x = together(sides, x)
        found.append(x)
    return found
