"""What a program is taken for where it has no equation: a cache that it is given, the state before the first step, an input, the loss."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from autograd_rnn.formulas.programs.libraries import plain
from autograd_rnn.formulas.programs.program import short
from autograd_rnn.formulas.programs.trees import ahead, blocks, counted, finished, loops_of, moved, named, pairs, put, stored, together
from autograd_rnn.formulas.programs.values import ZEROS, name_in, names_of, subscripted
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

GIVEN = "`{}` is read as what its names say, those of the step at hand"
BEGUN = "`{}` is read as `{}`, which before the first step is the first state"
START = "`{}` is read as what the states begin with, the first state of the model"
INPUT = "`{}` is read as the model's input"
LOSS = "`{}` collects the loss, and is not read"
FIRST = "{} sets what a run begins with, and is not read"


def assumed(tree: ast.Module, words: Vocabulary) -> tuple[ast.Module, list[str]]:
    """A program in which a cache that it is given holds what its names say, and the state before the first step is the model's; and what
    is to be said of it."""
    tree, notes = finished(put(tree, plain)), dict[str, None]()
    for one in [x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef) and x.name == "__init__"]:
        one.body = [x for x in one.body if isinstance(x, ast.Assign) and any(other(a, b, words) for a, b in pairs(x))] or [ast.Pass()]
        notes[FIRST.format("`__init__`")] = None
    tree = singular(tree, words)
    called = {name_in(x.func) for x in ast.walk(tree) if isinstance(x, ast.Call)}
    ours = stored(tree) | {y.arg for x in ast.walk(tree) if isinstance(x, ast.FunctionDef) and x.name in called for y in x.args.args}
    for loop in loops_of(tree):
        unpacked(loop, words)
    within = {id(x.body): x.target.id for x in loops_of(tree) if isinstance(x.target, ast.Name)}
    for block in blocks(tree):
        for x in [*block]:
            match x:
                case ast.Assign([_], _) if id(block) in within:
                    same = [a for a, b in pairs(x) if is_it(a, b, within[id(block)], words) and counted(name_in(a), tree) == 1]
                    if same and ahead(x, [*map(name_in, same)], block, tree):
                        removed(x, same, block)
            match x:
                case ast.Assign([ast.Tuple(parts)], value) if kept(value, ours, words, within.get(id(block), "")):
                    names = [part.id for part in parts if isinstance(part, ast.Name)]
                    known = len(names) == len(parts) and all(moved(name, words) and counted(name, tree) == 1 for name in names)
                    if known and ahead(x, names, block, tree):
                        notes[GIVEN.format(short(ast.unparse(x)))] = None
                        block.remove(x)
                        block += [ast.copy_location(ast.Pass(), x)] * (not block)

    def taken(node: ast.AST) -> ast.AST | None:
        match node:
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
            case ast.IfExp() if start := first(node, words):
                notes[BEGUN.format(ast.unparse(node), ast.unparse(start))] = None
                return start
            case ast.If(_, [ast.Assign([ast.Name(name)], a)], [ast.Assign([ast.Name(other)], b)]) if name == other:
                if start := first(ast.IfExp(node.test, a, b), words):
                    notes[BEGUN.format(ast.unparse(a), ast.unparse(start))] = None
                    return ast.Assign([ast.Name(name, ast.Store())], start)
        return None

    tree = put(tree, taken)
    inputs = dict[str, str]()
    for block in blocks(tree):
        block[:] = without(block) or [ast.Pass()] * bool(block)
        started(block, words, notes)
        block[:] = unhot(block, words, inputs) or [ast.Pass()] * bool(block)
    for block in blocks(tree) if inputs else ():
        for x in [*block]:
            if isinstance(x, ast.Assign) and (
                gone := [a for a, b in pairs(x) if isinstance(a, ast.Name) and a.id in inputs and starting(b, a.id)]
            ):
                removed(x, gone, block)
    notes |= {INPUT.format(said): None for said in inputs.values()}
    for loop in loops_of(tree):
        parted(loop, words)
    return finished(lossless(finished(tree), words, notes)), [*notes]


def lossless(tree: ast.Module, words: Vocabulary, notes: dict[str, None]) -> ast.Module:
    """A program without the lines that collect a loss, ``loss += -np.log(p[t][y[t]])``, which nothing but its end needs."""
    sums = {x.target.id for x in ast.walk(tree) if isinstance(x, ast.AugAssign) and isinstance(x.target, ast.Name)
            and any(isinstance(y, ast.Call) and getattr(y.func, "attr", name_in(y.func)) == "log" for y in ast.walk(x.value))}  # fmt: skip
    back = {id(y) for x in ast.walk(tree) if isinstance(x, ast.Return) for y in ast.walk(x)}
    loads = {x.id for x in ast.walk(tree) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load) and id(x) not in back}
    gone = {name for name in sums - loads if not words.called(name)}
    for block in blocks(tree) if gone else ():
        for x in [*block]:
            lefts = x.targets if isinstance(x, ast.Assign) else [x.target] if isinstance(x, ast.AugAssign) else []
            if isinstance(x, ast.Assign) and gone & stored(x) and len(pairs(x)) > 1:
                block[block.index(x)] = together([(a, b) for a, b in pairs(x) if name_in(a) not in gone], x)
            elif lefts and {*map(name_in, lefts)} <= gone:
                block[block.index(x)] = ast.copy_location(ast.Pass(), x)
    notes |= {LOSS.format(name): None for name in sorted(gone)}
    return put(tree, lambda x: ast.Constant(0) if isinstance(x, ast.Name) and x.id in gone else None) if gone else tree


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


def singular(tree: ast.Module, words: Vocabulary) -> ast.Module:
    """A program that makes quantities of the model by their steps under names of people's, ``hs[t] = ...``, with the model's."""
    every, new = names_of(tree), dict[str, ast.expr]()
    for loop in loops_of(tree):
        for x in (y for z in ast.walk(loop) if isinstance(z, ast.Assign) for y in z.targets):
            name = name_in(x)
            of = words.called(name) if isinstance(x, ast.Subscript) else None
            if of and of != name and of not in every and words.timed.get(of) and not words.adjoint(of):
                new[name] = ast.Name(of)
    return put(tree, named(new)) if new else tree


def started(block: list[ast.stmt], words: Vocabulary, notes: dict[str, None]) -> None:
    """Has a loop that reckons the states from the first one, ``h_prev = h0``, do so by their steps."""
    for loop in [x for x in block if isinstance(x, ast.For) and isinstance(x.target, ast.Name) and "reversed" not in ast.unparse(x.iter)]:
        above = block[: block.index(loop)]
        starts = [(x, left, value) for x in above if isinstance(x, ast.Assign) for left, value in pairs(x)]
        gone: dict[ast.Assign, list[ast.expr]] = {}
        for x, left, value in starts:
            name = name_in(left)
            state = moved(name, words)
            if state is None or not starting(value, state[0]):
                continue
            if isinstance(left, ast.Name) and (carried(loop, name, state[0], words, above) or fills(loop, state[0])):
                gone.setdefault(x, []).append(left)
            elif isinstance(left, ast.Subscript) and ast.unparse(left.slice) in ("-1", "0") and fills(loop, name):
                gone.setdefault(x, []).append(left)
        loop.body[:] = [x for x in loop.body if not itself(x, words)] or [ast.copy_location(ast.Pass(), loop)]
        done = {state[0] for x, left, _ in starts if x in gone and (state := moved(name_in(left), words))}
        for x, left, value in starts:
            empty = isinstance(value, ast.List) or isinstance(value, ast.BinOp) and isinstance(value.left, ast.List)
            if isinstance(left, ast.Name) and empty and any(words.called(left.id) == words.called(of) for of in done):
                gone.setdefault(x, []).append(left)
        for x, lefts in gone.items():
            notes[START.format(short(ast.unparse(x)))] = None
            removed(x, lefts, block)


def other(name: ast.expr, value: ast.expr, words: Vocabulary) -> bool:
    """Whether something of the model is said to be other things of it."""
    of = words.called(name_in(name))
    return of is not None and any(words.called(x) not in (None, of) for x in names_of(value) - {*words.sizes})


def is_it(name: ast.expr, value: ast.expr, step: str, words: Vocabulary) -> bool:
    """Whether a name is that of the quantity of the model that it is given, ``h_prev = h[t-1]``."""
    found = moved(name.id, words) if isinstance(name, ast.Name) else None
    if found is None or not isinstance(value, ast.Subscript) or words.called(name_in(value)) != words.called(found[0]):
        return False
    return ast.unparse(value.slice) == {0: step, -1: f"{step} - 1", 1: f"{step} + 1"}[found[1]]


def removed(x: ast.Assign, lefts: Sequence[ast.expr], block: list[ast.stmt]) -> None:
    """Takes some of what an assignment makes out of its block."""
    rest = [(a, b) for a, b in pairs(x) if not any(a is left for left in lefts)]
    block[block.index(x)] = together(rest, x) if rest else ast.copy_location(ast.Pass(), x)


def unhot(block: list[ast.stmt], words: Vocabulary, inputs: dict[str, str]) -> list[ast.stmt]:
    """Statements without those that make an input of the model from a class, ``xs[t] = np.zeros(D); xs[t][inputs[t]] = 1``, and those that
    reckon what nothing needs, as the loss."""
    found: list[ast.stmt] = []
    for x in block:
        match x, found[-1] if found else None:
            case ast.Assign([ast.Subscript(ast.Subscript(ast.Name(of), at), _)], ast.Constant(1)), ast.Assign(
                [ast.Subscript(ast.Name(name), step)], value
            ) if (
                of == name
                and not any(of in names_of(y) for y in block[: block.index(found[-1])])
                and ast.unparse(at) == ast.unparse(step)
                and words.called(of) in words.given
                and zeros(value)
            ):
                inputs[of] = f"{of}[{ast.unparse(step)}]"
                found[-1] = ast.copy_location(ast.Pass(), x)
                continue
        found.append(x)
    return found


def zeros(value: ast.expr) -> bool:
    """Whether a value is an array of zeros."""
    return isinstance(value, ast.Call) and getattr(value.func, "attr", name_in(value.func)) in ZEROS


def itself(x: ast.stmt, words: Vocabulary) -> bool:
    """Whether a statement puts a quantity of the model where it is."""
    match x:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(of), "append"), [ast.Subscript(ast.Name(name), ast.Name())], [])) | ast.Assign(
            [ast.Subscript(ast.Name(of), ast.Name())], ast.Subscript(ast.Name(name), ast.Name())
        ):
            same = words.called(of) is not None and words.called(of) == words.called(name)
            return same and (isinstance(x, ast.Expr) or ast.unparse(x.targets[0].slice) == ast.unparse(x.value.slice))  # type: ignore[attr-defined]
    return False


def starting(value: ast.expr, of: str) -> bool:
    """Whether a value is a state before the first step, or what the states are put into with that."""
    match value:
        case ast.Dict([], []) | ast.List([]):
            return True
        case ast.Dict([ast.UnaryOp(ast.USub(), ast.Constant(1)) | ast.Constant(0)], [start]):
            return starting(start, of)
        case ast.Call(ast.Attribute(_, "copy"), [inner], []) | ast.Call(ast.Attribute(inner, "copy"), [], []):
            return starting(inner, of)
    return zeros(value) or re.fullmatch(rf"{of.removesuffix('s')}_?s?(?:0|prev|init|start)", ast.unparse(value)) is not None


def fills(loop: ast.For, of: str) -> bool:
    """Whether a loop makes of each step what it needs of the one before."""
    places = [x for x in ast.walk(loop) if isinstance(x, ast.Subscript) and name_in(x) == of and isinstance(x.value, ast.Name)]
    step = ast.unparse(loop.target)
    return {(ast.unparse(x.slice), type(x.ctx)) for x in places} >= {(step, ast.Store), (f"{step} - 1", ast.Load)}


def carried(loop: ast.For, name: str, state: str, words: Vocabulary, above: list[ast.stmt]) -> bool:
    """Puts a state by its steps for a name that a loop carries on, if it carries that state."""
    stores = [x for x in loop.body if isinstance(x, ast.Assign) and any(name_in(y) == name and isinstance(y, ast.Name) for y in x.targets)]
    if counted(name, ast.Module(above, [])) > 1:
        return False
    early = next((k for k, x in enumerate(loop.body) if name in names_of(getattr(x, "value", x))), None)
    if len(stores) != 1 or counted(name, loop) != 1 or early is None or early > (k := loop.body.index(stores[0])):
        return False
    step = ast.unparse(loop.target)
    now, before = (ast.parse(f"{state}[{at}]", mode="eval").body for at in (step, f"{step} - 1"))
    value = stores[0].value
    instead = {value.id: now} if isinstance(value, ast.Name) and moved(value.id, words) == (state, 0) else {}
    if any(not first_made(of, loop) for of in instead):
        return False
    for j, x in enumerate(loop.body):
        loop.body[j] = put(x, named({**instead, name: now if j > k else before}))
    loop.body[k] = put(stores[0], named({**instead, name: before}))
    loop.body[k].targets = [put(now, named({}))]  # type: ignore[attr-defined]
    return True


def kept(value: ast.expr, ours: set[str], words: Vocabulary, step: str) -> bool:
    """Whether a value is what a cache that is given keeps of the step at hand."""
    match value:
        case ast.Name(of) | ast.Subscript(ast.Name(of), ast.Name()):
            at = ast.unparse(value.slice) if isinstance(value, ast.Subscript) else step
            return of not in ours and not words.called(of) and at == step
    return False


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


def first(node: ast.IfExp, words: Vocabulary) -> ast.expr | None:
    """``h[t-1]`` for ``h[t-1] if t > 0 else h0``; None for any other condition."""
    before, start = node.body, node.orelse
    match node.test:
        case ast.Compare(ast.Name(step), [ast.Gt() | ast.NotEq()], [ast.Constant(0 | 1)]) | ast.Name(step):
            pass
        case ast.Compare(ast.Name(step), [ast.GtE()], [ast.Constant(1 | 2)]):
            pass
        case ast.Compare(ast.Name(step), [ast.Eq()], [ast.Constant(0 | 1)]):
            before, start = start, before
        case _:
            return None
    match before:
        case ast.Subscript(ast.Name(of), ast.BinOp(ast.Name(at), ast.Sub(), ast.Constant(1))) if at == step and moved(of, words):
            called = ast.unparse(start)
            if zeros(start) or re.fullmatch(rf"{of.removesuffix('s')}_?s?(?:0|prev|init|start)|{of}\[-1\]", called):
                return before
    return None


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


def first_made(name: str, loop: ast.For) -> bool:
    """Whether a loop makes a name before it uses it."""
    for x in loop.body:
        if name in names_of(x):
            return isinstance(x, ast.Assign) and name in stored(x) and name not in names_of(x.value)
    return False
