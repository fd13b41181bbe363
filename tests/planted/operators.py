"""The mistakes that people make, as changes of a program's syntax tree. Each operator looks at one node and gives what may stand there."""

from __future__ import annotations

import ast
import copy
import re
from typing import NamedTuple

NUMPY = {"np", "numpy"}
SHAPES = {"zeros", "empty", "zeros_like", "ones_like", "eye", "range", "split", "len", "zip", "enumerate", "reshape", "einsum"}
# Names of one kind in the styles: what a person mixes up.
KINDS = [
    {"i", "f", "o", "g"}, {"next_h", "prev_h"}, {"next_c", "prev_c"}, {"dnext_h", "dnext_c", "dc"}, {"r", "z", "n", "m"},
    {"da_r", "da_z", "da_n", "dm"}, {"da_i", "da_f", "da_o", "da_g"}, {"dai", "daf", "dao", "dag"}, {"di", "df", "do", "dg"},
    {"da", "dnext_h"}, {"dz", "dnext_h"}, {"du", "da"}, {"ai", "af", "ao", "ag"},
]  # fmt: skip


class Mistake(NamedTuple):
    """A planted mistake: in which function, by which operator, what stood there and what stands there now, the whole program."""

    function: str
    operator: str
    old: str
    new: str
    source: str
    line: int


class Context(NamedTuple):
    """Where a node stands: its function, the call or subscript around it, whether it is assigned to, the statement that it is in."""

    function: str
    inside: tuple[ast.AST, ...]

    @property
    def shape(self):
        """Whether it says how large something is, or where, and computes nothing."""
        for node in self.inside:
            if isinstance(node, ast.Call) and called(node) in SHAPES:
                return True
            if isinstance(node, ast.Subscript):
                return True
        return False

    @property
    def backward(self):
        """Whether gradients are computed there."""
        return self.function.endswith("backward") or self.function == "lossFun"

    @property
    def last(self):
        """The number of steps, as its function has it."""
        known = {x.id for x in ast.walk(self.inside[0]) if isinstance(x, ast.Name)}
        return next((name for name in ("T", "T_x") if name in known), "len(inputs)")

    @property
    def statement(self):
        return next((node for node in reversed(self.inside) if isinstance(node, ast.stmt)), None)


def called(node):
    """The name of what a call calls."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def made(text, **parts):
    """An expression from text, with other expressions for the names in it."""
    tree = ast.parse(text, mode="eval").body
    return Put(parts).visit(tree)


class Put(ast.NodeTransformer):
    def __init__(self, parts):
        self.parts = parts

    def visit_Name(self, node):
        return copy.deepcopy(self.parts[node.id]) if node.id in self.parts else node


def is_power(node):
    """X of X ** 2, X * X or np.square(X), else None."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return node.left
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right):
        return node.left
    return node.args[0] if isinstance(node, ast.Call) and called(node) == "square" else None


def complement(node):
    """X of 1 - X, else None."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.left, ast.Constant) and node.left.value == 1:
        return node.right
    return None


def products(node, at):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and not at.shape and is_power(node) is None:
        yield "factor dropped", node.left
        if not (isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult)):
            yield "factor dropped", node.right
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Mult):
        yield "factor dropped", ast.Pass()


def sums(node, at):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and not at.shape and not one(node.left):
        yield "term dropped", node.left
        yield "term dropped", node.right
        yield "sign of a term", ast.BinOp(node.left, ast.Sub(), node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and not at.shape and not one(node.left):
        yield "term dropped", node.left
        yield "sign of a term", ast.BinOp(node.left, ast.Add(), node.right)


def one(node):
    return isinstance(node, ast.Constant)


def transposes(node, at):
    if isinstance(node, ast.Attribute) and node.attr == "T" and not at.shape:
        yield "transpose dropped", node.value
    outer = at.inside[-1] if at.inside else None
    plain = not (isinstance(outer, ast.Attribute) and outer.attr == "T")
    product = isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.MatMult) or isinstance(outer, ast.Call) and called(outer) == "dot"
    if isinstance(node, ast.Name) and node.id == "Wh" and plain and product and isinstance(node.ctx, ast.Load) and "rnn" in at.function:
        yield "transpose added", made("X.T", X=node)


def names(node, at):
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not at.shape:
        statement = at.statement
        if isinstance(statement, ast.Return) and "forward" in at.function:
            return
        known = {x.id for x in ast.walk(at.inside[0]) if isinstance(x, ast.Name)} | {a.arg for a in at.inside[0].args.args}
        for kind in KINDS:
            if node.id in kind and ("r" not in kind or "gru" in at.function.lower()):
                for other in sorted(kind & known - {node.id}):
                    yield "name for another", ast.Name(other, ast.Load())


def parentheses(node, at):
    """a * (b + c) with the parentheses lost, the sum's name in its place written out; a term of that sum too much; a sum for a product."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)) or at.shape or is_power(node) is not None:
        return
    for side, other in ((node.left, node.right), (node.right, node.left)):
        total = summed(at.inside[0], side.id) if isinstance(side, ast.Name) else side
        if isinstance(total, ast.BinOp) and isinstance(total.op, (ast.Add, ast.Sub)) and not (one(total.left) and total is side):
            a, b = total.left, total.right
            yield "parentheses lost", ast.BinOp(a, total.op, ast.BinOp(b, ast.Mult(), other))
            yield "parentheses lost", ast.BinOp(ast.BinOp(a, ast.Mult(), other), total.op, b)
    yield "sum for a product", ast.BinOp(node.left, ast.Add(), node.right)


def summed(function, name):
    """The sum that a name is assigned, if it is assigned once and that is one."""
    found = [x.value for x in ast.walk(function) if isinstance(x, ast.Assign) and [ast.unparse(t) for t in x.targets] == [name]]
    return found[0] if len(found) == 1 and isinstance(found[0], ast.BinOp) and isinstance(found[0].op, ast.Add) else None


def dropped_gates(node, at):
    """A gate's gradient that is left at zero; what a state's gradient has already, once more before the first step."""
    if not at.function.endswith("backward"):
        return
    if isinstance(node, ast.Assign) and re.fullmatch(r"d(a?_?[rznifog])", ast.unparse(node.targets[0])):
        yield "a gate left at zero", ast.Assign(node.targets, made("0 * (X)", X=node.value))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and {ast.unparse(node.left), ast.unparse(node.right)} == {"dc", "f"}:
        total = summed(at.inside[0], "dc")
        if total is not None:
            yield "a term too much", ast.BinOp(node, ast.Add(), total.right)


def steps(node, at):
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and any(isinstance(x, (ast.For, ast.While)) for x in at.inside):
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if any(isinstance(x, ast.Name) and x.id == "t" for x in index):
            yield "step shifted", shifted(node)


def shifted(node):
    new = copy.deepcopy(node)
    index = new.slice.elts if isinstance(new.slice, ast.Tuple) else [new.slice]
    for k, x in enumerate(index):
        if isinstance(x, ast.Name) and x.id == "t":
            index[k] = made("t - 1")
    if not isinstance(new.slice, ast.Tuple):
        new.slice = index[0]
    return new


def accumulated(node, at):
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        yield "assigned, not accumulated", ast.Assign([node.target], node.value)


def loops(node, at):
    if not at.backward or "embedding" in at.function:
        return
    if isinstance(node, ast.Call) and called(node) == "reversed":
        yield "loop not reversed", node.args[0]
    if isinstance(node, ast.Call) and called(node) == "range" and len(node.args) == 3:
        yield "loop not reversed", made("range(T)")


def reductions(node, at):
    if isinstance(node, ast.Call) and called(node) == "sum" and at.backward:
        mean = copy.deepcopy(node)
        mean.func.attr = "mean"
        yield "sum to mean", mean
        of = node.args[0] if isinstance(node.func.value, ast.Name) and node.func.value.id in NUMPY else node.func.value
        if ast.unparse(node).endswith(("axis=0)", "(0)")):
            yield "first sample", made("X[0]", X=of)
        if ast.unparse(node).endswith("axis=1, keepdims=True)"):
            yield "first sample", made("X[:, :1]", X=of)


def scaled(node, at):
    if isinstance(node, ast.Assign) and isinstance(node.value, (ast.BinOp, ast.Call)) and isinstance(node.targets[0], ast.Name):
        if at.backward and node.targets[0].id[0] == "d" and not (isinstance(node.value, ast.Call) and called(node.value) in SHAPES):
            yield "sign", ast.Assign(node.targets, made("-(X)", X=node.value))
            yield "factor 2", ast.Assign(node.targets, made("2 * (X)", X=node.value))


def slopes(node, at):
    inner = complement(node)
    if inner is None or at.shape:
        return
    base = is_power(inner)
    if base is not None:
        yield "sigmoid's derivative for tanh's", made("X * (1 - X)", X=base)
        yield "square missing", made("1 - X", X=base)
        yield "activated twice", made("1 - np.tanh(X) ** 2", X=base)
        if ast.unparse(base) == "np.tanh(next_c)":
            yield "the square of another", made("1 - (o * X) ** 2", X=base)
            yield "the square of another", made("1 - next_c ** 2")
            yield "the square of another", made("1 - prev_h ** 2")
        if isinstance(base, ast.Name):
            yield "square misplaced", made("(1 - X) ** 2", X=base)


def sigmoid_slopes(node, at):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and not at.shape:
        inner = complement(node.right)
        left = node.left.right if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult) else node.left
        if inner is not None and ast.dump(left) == ast.dump(inner):
            rest = node.left.left if left is not node.left else None
            for name, text in (("tanh's derivative for sigmoid's", "1 - X ** 2"), ("activated twice", "sigmoid(X) * (1 - sigmoid(X))")):
                new = made(text, X=inner)
                yield name, new if rest is None else made("R * (S)", R=rest, S=new)
            if rest is not None:
                yield "derivative dropped", rest


def activations(node, at):
    if isinstance(node, ast.Call) and called(node) in ("tanh", "sigmoid") and not at.shape:
        other = "sigmoid" if called(node) == "tanh" else "np.tanh"
        if at.function.endswith("forward"):
            yield "another activation", made(f"{other}(X)", X=node.args[0])
        yield "activation dropped", node.args[0]
        yield "activated once more", made("F(X)", F=node.func, X=node)


def handed(node, at):
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in ("dh", "da") and at.backward:
        if isinstance(node.ctx, ast.Load) and "step" not in at.function and "t" in ast.unparse(node.slice):
            yield "upstream at the last step alone", made(f"X * (t == {at.last} - 1)", X=node)
            yield "divided by T", made(f"X / {at.last}", X=node)


def returned(node, at):
    if not isinstance(node, ast.Return) or not at.backward or not isinstance(node.value, (ast.Tuple, ast.Dict)):
        return
    several = node.value.elts if isinstance(node.value, ast.Tuple) else node.value.values
    for k, part in enumerate(several):
        if isinstance(part, (ast.Name, ast.BinOp, ast.Call)) and (at.function != "lossFun" or ast.unparse(part)[0] == "d"):
            yield "left at zero", with_part(node, k, made("X * 0", X=part))
    if not at.function.endswith(("step_backward", "cell_backward", "lossFun")):
        yield "upstream for the initial state", with_part(node, 1, made("dh[:, 0]" if isinstance(node.value, ast.Tuple) else "da[:, :, 0]"))


def with_part(node, k, part):
    new = copy.deepcopy(node)
    (new.value.elts if isinstance(new.value, ast.Tuple) else new.value.values)[k] = part
    return new


CARRIES = ("dprev", "dprev_h", "carry", "dc", "dprev_c", "da_prevt", "dc_prevt", "dhnext")


def carried(node, at):
    """Statements before others in the loop over the steps."""
    short = "step" in at.function or "embedding" in at.function or "cell" in at.function
    within = any(isinstance(x, ast.For) for x in at.inside)
    if not isinstance(node, ast.For) or short or within or "split" in ast.unparse(node.iter):
        return
    inner = {x.id for x in ast.walk(at.inside[0]) if isinstance(x, ast.Name)}
    back = at.function.endswith("backward") or at.function == "lossFun" and "reversed" in ast.unparse(node.iter)

    def before(text):
        new = copy.deepcopy(node)
        new.body[:0] = ast.parse(text).body
        return new

    there = [name for name in CARRIES if name in inner and back and (name != "dc" or at.function.startswith("lstm"))]  # else a bias's
    for name in there:
        yield "carry reset", before(f"{name} = 0 * {name}")
        yield "truncated", before(f"{name} = {name} if t > {at.last} - 3 else 0 * {name}")
        yield "carry begins with ones", ast.If(ast.Constant(True), [*ast.parse(f"{name} = {name} + 1").body, node], [])
    if at.function.startswith("lstm") and len(there) == 2:
        yield "both carries reset", before("; ".join(f"{name} = 0 * {name}" for name in there))
    first = [(name, "h0") for name in ("prev", "prev_h")] + [("a_next", "a0"), ("hs", "hprev")]
    for name, start in first if not back else ():
        if name in inner and start in {*inner, *(a.arg for a in at.inside[0].args.args)}:
            yield "forward reuses h0", before(f"{name}{'[t - 1]' * (name == 'hs')} = {start}")


def aliased(node, at):
    if isinstance(node, ast.Assign) and at.function == "lstm_step_forward" and ast.unparse(node.targets[0]) == "next_h":
        yield "state aliased", ast.If(ast.Constant(True), [node, *ast.parse("prev_c[...] = next_c").body], [])


def stacked(node, at):
    if isinstance(node, ast.Call) and called(node) in ("hstack", "concatenate") and at.function.endswith("step_backward"):
        parts = node.args[0].elts
        for j, k in ((0, 1), (1, 2)):
            new = copy.deepcopy(node)
            new.args[0].elts[j], new.args[0].elts[k] = copy.deepcopy(parts[k]), copy.deepcopy(parts[j])
            yield "gates in another order", new


def embedded(node, at):
    if "embedding_backward" not in at.function:
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.add.at":
        yield "words assigned", made("dW.__setitem__(A, B)", A=node.args[1], B=node.args[2])
        yield "words not repeated", made("dW.__setitem__(A, dW[A] + B)", A=node.args[1], B=node.args[2])
        yield "first sample", made("np.add.at(dW, A[0], B[0])", A=node.args[1], B=node.args[2])
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript):
        yield "words assigned", ast.Assign([node.target], node.value)


OPERATORS = (products, sums, parentheses, dropped_gates, transposes, names, steps, accumulated, loops, reductions, scaled, slopes,
             sigmoid_slopes, activations, handed, returned, carried, aliased, stacked, embedded)  # fmt: skip


def mistakes(source):
    """Every mistake of every operator at every place of a program."""
    lines = source.splitlines()
    for owner, function in functions(ast.parse(source)):
        for path, node, inside in walked(function):
            for operator in OPERATORS:
                for name, new in operator(node, Context(owner + function.name, inside)):
                    changed = copy.deepcopy(function)
                    put(changed, path, copy.deepcopy(new))
                    old, text = (ast.unparse(ast.fix_missing_locations(copy.deepcopy(x))) for x in (node, new))
                    if old != text:
                        own = [" " * function.col_offset + line for line in ast.unparse(ast.fix_missing_locations(changed)).splitlines()]
                        whole = "\n".join([*lines[: function.lineno - 1], *own, *lines[function.end_lineno :]]) + "\n"
                        yield Mistake(owner + function.name, name, old, text, whole, getattr(node, "lineno", 0))


def functions(tree):
    """The functions of a program and the methods of its classes but those of its own, each with the class and a dot before its name."""
    for node in tree.body:
        for function in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(function, ast.FunctionDef) and function.name not in ("sigmoid", "__init__"):
                yield f"{node.name}." if node is not function else "", function


def walked(function):
    """Each node with the way to it and the nodes around it."""
    waiting = [((), function, ())]
    while waiting:
        path, node, inside = waiting.pop()
        if path:
            yield path, node, inside
        for field, value in ast.iter_fields(node):
            if field in ("args", "returns", "decorator_list") and node is function:
                continue
            for k, part in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(part, ast.AST):
                    waiting.append(((*path, (field, k)), part, (*inside, node)))


def put(node, path, new):
    """Another node at the end of a way."""
    for field, k in path[:-1]:
        node = getattr(node, field) if k is None else getattr(node, field)[k]
    field, k = path[-1]
    if k is None:
        setattr(node, field, new)
    else:
        getattr(node, field)[k] = new


# What a sentence that names a mistake says, by operator.
SAYS = {
    "factor dropped": r"missing|parentheses|stands where|belongs|left at zero|flows back|without|square",
    "term dropped": r"missing|taken off|stands where|flows back|handed in|not carried|left at zero|collect|last step only",
    "sign of a term": r"sign|stands where",
    "transpose dropped": r"transpose",
    "transpose added": r"transpose",
    "name for another": r"collect|left at zero|stands? where|time of|stands at|swapped|activated|order|derivative of|belongs|missing"
    r"|too much",
    "step shifted": r"step before|step after|time of|stands where|stands at|every step|loop",
    "assigned, not accumulated": r"collect|flows back|missing|add up|handed in",
    "loop not reversed": r"wrong order|backwards in time",
    "sum to mean": r"mean|1/|factor",
    "first sample": r"first sequence|first step|alone|only the first",
    "sign": r"sign",
    "factor 2": r"factor 2|there twice",
    "parentheses lost": r"parentheses|belongs to|stands where|too much|factor",
    "sum for a product": r"it is a product|parentheses|stands where|belongs",
    "a gate left at zero": r"left at zero|missing",
    "a term too much": r"too much|parentheses",
    "both carries reset": r"what flows back through time is missing",
    "carry begins with ones": r"begins with ones",
    "divided by T": r"1/T",
    "the square of another": r"with `tanh|tanh is missing|stands where the derivative",
    "sigmoid's derivative for tanh's": r"that of the sigmoid|stands where",
    "tanh's derivative for sigmoid's": r"that of tanh",
    "square missing": r"square is missing",
    "square misplaced": r"square is of",
    "activated twice": r"activated already",
    "activated once more": r"activated already",
    "derivative dropped": r"derivative of the activation",
    "another activation": r"activation is",
    "activation dropped": r"is missing|stands where",
    "upstream at the last step alone": r"last step only",
    "left at zero": r"left at zero",
    "upstream for the initial state": r"`G\[1\]` stands where",
    "carry reset": r"flows back|missing|stops after",
    "truncated": r"stops after",
    "forward reuses h0": r"not carried on|stands at every step",
    "state aliased": r"`c\[t(-1)?\]`",
    "gates in another order": r"order|swapped|stands where",
    "words assigned": r"add up over its places",
    "words not repeated": r"add up over its places",
}


# The formulas' names of a program's variables, as far as they have one.
FORMULAS = {
    **{gate: rf"`[^`]*\b(a_)?{gate}\[" for gate in "ifogrznm"},
    "next_h": r"\bh\[", "prev_h": r"\bh\[", "next_c": r"\bc\[", "prev_c": r"\bc\[",
    "dnext_h": r"\b(dh|G)\[", "dnext_c": r"\b(dc|Gc)\[", "dc": r"\bdc\[", "Wh": r"\bW_h", "Wx": r"\bW_x",
    "dm": r"\bdm\[|factor `r\[t\]`",
    **{name: rf"\bd{name[1:]}\[" for name in ("da_i", "da_f", "da_o", "da_g", "da_r", "da_z")},
    "da_n": r"\bda_n\[|factor `r\[t\]`",  # dm is da_n times r: one for the other is that factor too much, or missing
}  # fmt: skip
SPOKEN = (
    "name for another",
    "factor dropped",
    "activated twice",
    "activation dropped",
    "square missing",
    "tanh's derivative for sigmoid's",
)


def names_it(mistake, diagnosis, every=False):
    """Whether a diagnosis names a mistake in its first sentence, or in its first three: says what kind it is, and of which quantity."""
    said = [diagnosis.sentence, *diagnosis.also[:2]] if every else [diagnosis.sentence]
    names = set(re.findall(r"\w+", mistake.old)) ^ set(re.findall(r"\w+", mistake.new))
    names -= set() if "gru" in mistake.function.lower() else {*"rznm"}
    spoken = [FORMULAS[name] for name in sorted(names) if name in FORMULAS] if mistake.operator in SPOKEN else []
    kind = SAYS[mistake.operator]
    return any(re.search(kind, text) and (not spoken or any(re.search(one, text) for one in spoken)) for text in said)
