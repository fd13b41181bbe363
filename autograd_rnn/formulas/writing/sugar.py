"""What people write in other words, put in those of the formula language: ``np.dot(W, x)``, ``where(a > 0, x, 0)``, ``tanh'(a)``,
``sum(f for t in range(T))``. Syntax trees alone; nothing is evaluated."""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from autograd_rnn.algebra.operations import functions
from autograd_rnn.formulas.writing.lines import Unreadable

BINARY: dict[str, type[ast.operator]] = {
    **dict.fromkeys(("dot", "matmul", "mm", "mv"), ast.FloorDiv),
    **dict.fromkeys(("multiply", "mul", "hadamard", "hadamard_product", "HadamardProduct"), ast.Mult),
    **dict.fromkeys(("divide", "div"), ast.Div),
    **dict.fromkeys(("subtract", "sub"), ast.Sub),
    "add": ast.Add,
    "power": ast.Pow,
    "matrix_power": ast.BitXor,
}
CALLS = sorted({*functions(), "positive", "heaviside", "softmax", "onehot", "outer", "diag", "sum", "Sum"})  # what the language has
ACTS = ("f", "g", "h", "phi", "psi")  # what books call an activation
ZEROS = {"zeros", "zeros_like", "zero"}
WRITTEN = 20  # factors in front of dots that are one row at most


def call(name: str, *arguments: ast.expr) -> ast.expr:
    """``name(arguments)``."""
    return ast.Call(ast.Name(name), list(arguments), [])


def binary(left: ast.expr, operator: type[ast.operator], right: ast.expr) -> ast.expr:
    """``left operator right``."""
    return ast.BinOp(left, operator(), right)


def number(value: int) -> ast.Constant:
    """A number."""
    return ast.Constant(value)


def squared(x: ast.expr) -> ast.expr:
    """x**2."""
    return binary(x, ast.Pow, number(2))


PRIMES: dict[str, Callable[[ast.expr], ast.expr]] = {
    "tanh": lambda u: binary(number(1), ast.Sub, squared(call("tanh", u))),
    "sigmoid": lambda u: binary(call("sigmoid", u), ast.Mult, binary(number(1), ast.Sub, call("sigmoid", u))),
    "relu": lambda u: call("positive", u),
    "exp": lambda u: call("exp", u),
    "sin": lambda u: call("cos", u),
    "cos": lambda u: ast.UnaryOp(ast.USub(), call("sin", u)),
    "softplus": lambda u: call("sigmoid", u),
    "log": lambda u: binary(number(1), ast.Div, u),
}


# A comparison by whether the one is above the other, and the other above the one: a tie is neither.
COMPARED: dict[type[ast.cmpop], Callable[[ast.expr, ast.expr], ast.expr]] = {
    ast.Gt: lambda above, below: above,
    ast.Lt: lambda above, below: below,
    ast.GtE: lambda above, below: binary(number(1), ast.Sub, below),
    ast.LtE: lambda above, below: binary(number(1), ast.Sub, above),
    ast.Eq: lambda above, below: binary(binary(number(1), ast.Sub, above), ast.Sub, below),
    ast.NotEq: lambda above, below: binary(above, ast.Add, below),
}


def tied(tree: ast.AST) -> bool:
    """Whether a line has a comparison that holds on a tie, too: which of the two a derivative is there is a choice."""
    ones = (x for x in ast.walk(tree) if isinstance(x, ast.Call) and getattr(x.func, "id", "") == "heaviside" and len(x.args) == 2)
    return any(isinstance(x, (ast.GtE, ast.LtE)) for x in ast.walk(tree)) or any(_is(x.args[1], 1) for x in ones)


def _less(left: ast.expr, right: ast.expr) -> ast.expr:
    """The difference of two sides."""
    return left if _is(right, 0) else ast.UnaryOp(ast.USub(), right) if _is(left, 0) else binary(left, ast.Sub, right)


def sweetless(root: ast.AST, known: Collection[str] = (), slopes: Mapping[str, str] = MappingProxyType({})) -> None:
    """Rewrites a statement in place, from the leaves up. ``known``: the net's own operations, which mean what they mean there;
    ``slopes``: of what goes into an activation which one, for f' of it."""
    replaced(root, lambda x: rewritten(sloped(x, slopes), known))


def sloped(node: ast.expr, slopes: Mapping[str, str]) -> ast.expr:
    """``f'(a)`` as the derivative of the activation that a goes into, ``f(W x)`` as the only one that a net has; anything else as it is."""
    match node:
        case ast.Call(ast.Name(act), [of], []) if len({*slopes.values()}) == 1 and act.removesuffix("_prime") in ACTS:
            return ast.Call(ast.Name(next(iter(slopes.values())) + act[len(act.removesuffix("_prime")) :]), [of], [])
        case ast.Call(ast.Name(act), [ast.Subscript(ast.Name(name)) as of], []) if name in slopes and act.removesuffix("_prime") in ACTS:
            return ast.Call(ast.Name(slopes[name] + act[len(act.removesuffix("_prime")) :]), [of], [])
    return node


def at(term: ast.expr, step: int, counted: bool = False) -> str:
    """A term with a step for the end, or behind that of each number."""
    whole = copy.deepcopy(term)
    for part in (x for x in ast.walk(whole) if isinstance(x, ast.Subscript)):
        match part.slice:
            case ast.Name():
                part.slice = number(step)
            case ast.BinOp(_, ast.Add() | ast.Sub() as sign, ast.Constant(int(n))):
                part.slice = number(step + n if isinstance(sign, ast.Add) else step - n)
            case ast.Constant(int(n)) if counted:
                part.slice = number(step + n)
    return ast.dump(whole)


def fallen(terms: list[ast.expr]) -> ast.expr | None:
    """The first of the terms in front of dots, if each of the others is of the step before: ``da[T] + da[T-1] + ... + da[1]``."""
    return terms[0] if all(at(term, k, True) == at(terms[0], 0, True) for k, term in enumerate(terms)) else None


def dotted(terms: list[ast.expr], last: ast.expr) -> list[ast.expr] | None:
    """The terms in front of dots, with what the last of them begins as a sum up to ``last``: ``da[1] + da[2] + ... + da[T]``."""
    ends = {x.id for part in ast.walk(last) if isinstance(part, ast.Subscript) for x in ast.walk(part.slice) if isinstance(x, ast.Name)}
    steps = [part.slice for part in ast.walk(last) if isinstance(part, ast.Subscript)]
    numbers = [step.value for step in steps if isinstance(step, ast.Constant) and isinstance(step.value, int)]
    upto: ast.expr | None = None
    if not ends and numbers and len(numbers) == len(steps):  # up to a step with a number
        ends, upto, last = {"T"}, number(numbers[0]), copy.deepcopy(last)
        for part, n in zip((x for x in ast.walk(last) if isinstance(x, ast.Subscript)), numbers, strict=True):
            part.slice = binary(ast.Name("T"), ast.Add, number(n - numbers[0]))
    if len(ends) != 1:
        return None
    (end,) = ends

    for first in range(-1, 20):
        begun = next(
            (k for k in range(len(terms)) if [ast.dump(x) for x in terms[k:]] == [at(last, first + j) for j in range(len(terms) - k)]), None
        )
        if begun is not None:
            general = copy.deepcopy(last)
            for name in (x for part in ast.walk(general) if isinstance(part, ast.Subscript) for x in ast.walk(part.slice)):
                if isinstance(name, ast.Name):
                    name.id = "t"
            return [*terms[:begun], call("Sum", general, ast.Name("t"), number(first), upto or ast.Name(end))]
    return None


def running(x: ast.expr, index: ast.expr) -> tuple[ast.expr, ast.expr, str, int] | None:
    """A factor at any step, the first step that it has, and what that is counted from and how far behind it; None if its steps are not
    all counted from the same."""
    whole, found = copy.deepcopy(x), list[tuple[str, int]]()
    parts = [y for y in ast.walk(whole) if isinstance(y, ast.Subscript)]
    for part in parts:
        match part.slice:
            case ast.Name(name):
                found.append((name, 0))
            case ast.BinOp(ast.Name(name), ast.Add() | ast.Sub() as sign, ast.Constant(int(n))):
                found.append((name, n if isinstance(sign, ast.Add) else -n))
            case ast.Constant(int(n)):
                found.append(("", n))
    if len({name for name, _ in found}) != 1 or len(found) < len(parts):
        return None
    first = parts[0].slice
    for part, (_, n) in zip(parts, found, strict=True):
        part.slice = binary(index, ast.Add, number(n - found[0][1]))
    return (whole, first, *found[0])


def in_a_row(node: ast.expr, sign: type[ast.operator]) -> ast.expr | None:
    """A product with the last factors in front of dots, each of the step before that in front of it or behind it, up to that behind them
    as one, in the order in which it is written: ``x J[t] J[t-1] ... J[k+1]``."""
    parts = [y for x in terms_of(node, sign) for y in terms_of(x, sign)]
    dots = [k for k, x in enumerate(parts) if isinstance(x, ast.Constant) and x.value is ...]
    many = len(parts) - dots[0] - 1 if len(dots) == 1 else 0
    for start in range(max(dots[0] % many, dots[0] - WRITTEN * many), dots[0] - many + 1, many) if many else ():
        ends = [*range(start, dots[0], many), dots[0] + 1]
        factors = [functools.reduce(lambda a, b: binary(a, sign, b), parts[k : k + many]) for k in ends]
        used = {y.id for x in factors for y in ast.walk(x) if isinstance(y, ast.Name)}
        index = ast.Name(next((letter for letter in "jikmnlqr" if letter not in used), "j_"))
        steps = [found for x in factors if (found := running(x, index))]
        if len(steps) < len(factors) or len({ast.dump(whole) for whole, *_ in steps}) > 1:
            continue
        (whole, begins, name, first), (_, last, end, final) = steps[0], steps[-1]
        offsets = [n - first for _, _, other, n in steps[:-1] if other == name]
        if len(offsets) == 1:  # one factor alone: f_t ... f_{k+1} goes down, f_2 ... f_T goes up
            before = functools.reduce(lambda a, b: binary(a, sign, b), parts[start - many : start]) if start >= many else number(0)
            alike = ast.dump((running(before, index) or (before,))[0]) == ast.dump(whole) or name == end
            down, up = name and (not end or final > first), end and (not name or first > final)
            offsets = [] if alike else [0] if down else [0, 1] if up else []
        product: ast.expr | None = call("Prod", whole, index, begins, last) if offsets == [-k for k in range(len(factors) - 1)] else None
        if offsets == [*range(max(2, len(factors) - 1))]:
            product = ast.Attribute(call("Prod", ast.Attribute(whole, "T"), index, last, begins), "T")
        if product is not None:
            return functools.reduce(lambda a, b: binary(a, sign, b), [*parts[:start], product])
    return None


def terms_of(x: ast.expr, sign: type[ast.operator] = ast.Add) -> list[ast.expr]:
    """The terms of a sum, or the factors of a product."""
    found: list[ast.expr] = []
    while isinstance(x, ast.BinOp) and isinstance(x.op, sign):
        found.append(x.right)
        x = x.left
    return [x, *found[::-1]]


def placed(new: ast.expr, old: ast.expr) -> ast.expr:
    """What is new, at the place of what it stands for."""
    if new is not old:
        for node in ast.walk(new):
            if isinstance(node, ast.expr) and not hasattr(node, "col_offset"):
                node.lineno, node.col_offset = old.lineno, old.col_offset
    return new


def replaced(root: ast.AST, change: Callable[[ast.expr], ast.expr]) -> None:
    """Puts in a tree, in place and from the leaves up, what is made of each expression in it."""
    for node in reversed(list(ast.walk(root))):
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, field, placed(change(value), value))
            elif isinstance(value, list):
                value[:] = [placed(change(x), x) if isinstance(x, ast.expr) else x for x in value]


def rewritten(node: ast.expr, known: Collection[str]) -> ast.expr:
    """One node whose parts are done."""
    match node:
        case ast.BinOp(ast.BinOp(before, ast.Add(), ast.Constant(value)), ast.Add(), last) if value is ...:
            sides = dotted(terms_of(before), last) or (first := fallen(terms_of(before))) and dotted([last], first)
            return functools.reduce(lambda a, b: binary(a, ast.Add, b), sides) if sides else node
        case ast.BinOp(_, ast.FloorDiv() | ast.MatMult() | ast.Mult() as sign, _) if (row := in_a_row(node, type(sign))) is not None:
            return row
        case ast.BinOp(ast.Attribute(ast.Constant(1), "T"), ast.FloorDiv() | ast.MatMult(), of):  # 1ᵀ x, of a vector of ones
            return call("sum", of)
        case ast.List([part]) if not isinstance(part, ast.Constant):  # [0] is a list of axes, [x] a bracket
            return part
        case ast.Call(ast.Attribute(of, "raised"), [times], []):
            return rewritten(binary(of, ast.BitXor, times), known)
        case ast.BinOp(ast.Attribute(ast.Call(ast.Name(name), arguments, named), "T"), ast.FloorDiv() | ast.MatMult(), g) if (
            "_prime" in name and (pulled := name.replace("_prime", "_pulled")) in known
        ):  # max'(V)ᵀ g
            return ast.Call(ast.Name(pulled), [g, *arguments], named)
        case ast.Compare(left, [sign], [right]) if type(sign) in COMPARED:
            if isinstance(sign, (ast.Eq, ast.NotEq)) and any(isinstance(x, ast.Constant) and x.value for x in _outside(node)):
                raise Unreadable(
                    f"what is exactly some number nearly never is: only 0 is asked for so, as in `a == 0`: {ast.unparse(node)}"
                )
            above, below = call("positive", _less(left, right)), call("positive", _less(right, left))
            return COMPARED[type(sign)](above, below)
        case ast.BinOp(ast.Call(ast.Name("exp"), [u], []), ast.Div(), ast.Call(ast.Name("sum"), [ast.Call(ast.Name("exp"), [v], [])], [])):
            return call("softmax", u) if ast.dump(u) == ast.dump(v) else node
        case ast.Call(ast.Name(name), arguments, named) if name not in known:
            plain = all(x.arg == "axis" and _is(x.value, 0) or x.arg == "keepdims" for x in named) if name == "sum" else name in ZEROS
            return _called(name, arguments, node) if not named or plain else node
    return node


def _called(name: str, arguments: list[ast.expr], node: ast.Call) -> ast.expr:
    """A call of a function that the language has under another name, or not as one."""
    match name, arguments:
        case _, [left, right] if name in BINARY:
            return binary(left, BINARY[name], right)
        case "prod", [left, ast.Call(ast.Name("total" | "partial" | "immediate"))]:  # as Dive into Deep Learning has the chain rule
            return binary(left, ast.FloorDiv, arguments[1])
        case "transpose", [x]:
            return ast.Attribute(x, "T")
        case "sech", [x]:
            return binary(number(1), ast.Div, call("cosh", x))
        case "negative", [x]:
            return ast.UnaryOp(ast.USub(), x)
        case "square", [x]:
            return squared(x)
        case "copy" | "array" | "asarray", [x]:
            return x
        case "where", [condition, yes, no]:
            if _is(no, 0):
                return condition if _is(yes, 1) else binary(yes, ast.Mult, condition)
            other = binary(number(1), ast.Sub, condition)
            kept = condition if _is(yes, 1) else binary(yes, ast.Mult, condition)
            return binary(no, ast.Mult, other) if _is(yes, 0) else binary(kept, ast.Add, binary(no, ast.Mult, other))
        case "max" | "maximum", [one, other] if _is(one, 0) or _is(other, 0):
            return call("relu", one if _is(other, 0) else other)
        case "heaviside", [x, tie] if _is(tie, 0.5):
            return call("heaviside", x)
        case "heaviside", [x, tie] if _is(tie, 0) or _is(tie, 1):  # as numpy takes it
            return COMPARED[ast.GtE if _is(tie, 1) else ast.Gt](call("positive", x), call("positive", ast.UnaryOp(ast.USub(), x)))
        case "sum", [ast.GeneratorExp(of, [ast.comprehension(ast.Name(index), over, [], 0)])]:
            return _summed(of, index, over) or node
        case "sum", [ast.ListComp(of, [ast.comprehension(ast.Name(index), over, [], 0)])]:
            return _summed(of, index, over) or node
        case "sum", [_, ast.Name("t"), *_]:
            return call("Sum", *arguments)
        case _, [u] if name.endswith("_prime") and name.removesuffix("_prime") in PRIMES:
            return PRIMES[name.removesuffix("_prime")](u)
        case _ if name in ZEROS:
            return number(0)
    return node


def _summed(of: ast.expr, index: str, over: ast.expr) -> ast.expr | None:
    """A sum over ``range(1, T+1)``; of ``range(T)`` over all steps, which are counted from 1 here, of ``range(T-1)`` over the first T-1."""
    match over:
        case ast.Call(ast.Name("reversed"), [ast.Call(ast.Name("range"), [*ends], [])]) | ast.Call(ast.Name("range"), [*ends], []):
            pass
        case _:
            return None
    if len(ends) == 1:
        whole = isinstance(ends[0], ast.Name) and ends[0].id in ("T", "S")
        return call("Sum", of, ast.Name(index), *(() if whole else (number(1), ends[0])))
    if len(ends) != 2:
        return None
    match ends[1]:
        case ast.BinOp(last, ast.Add(), ast.Constant(1)):
            return call("Sum", of, ast.Name(index), ends[0], last)
        case ast.Constant(int(n)):
            return call("Sum", of, ast.Name(index), ends[0], number(n - 1))
        case ast.Name() as last:
            return call("Sum", of, ast.Name(index), ends[0], binary(last, ast.Sub, number(1)))
    return None


def _outside(node: ast.expr) -> list[ast.AST]:
    """What stands in an expression, and in no index of it."""
    inside = {id(x) for whole in ast.walk(node) if isinstance(whole, ast.Subscript) for x in ast.walk(whole.slice)}
    return [x for x in ast.walk(node) if id(x) not in inside]


def _is(node: ast.expr, value: float) -> bool:
    """Whether a piece of syntax is this number."""
    return isinstance(node, ast.Constant) and node.value == value and not isinstance(node.value, bool)
