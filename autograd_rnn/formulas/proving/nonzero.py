"""What never is 0, and never less: by what it divides and of what it takes a root or a logarithm, a line has a value at any numbers.

    e^x, σ(x), softplus(x), cosh x, softmax(x), T > 0      x², |x|, relu(x), √x, a mask, 1{...} ≥ 0      Σ, products and quotients of these
    c - u > 0 where u is made of values of tanh and σ whose bounds are at most c together: 1 - h², 1 - z, 2 + h

What is shown by none of these is looked at in numbers: where it has both signs it is 0 in between.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.proving.rationals import lettered, meant
from autograd_rnn.formulas.proving.signed import ABOVE, WITHIN

WEAK = {"relu", "abs", "positive", "heaviside", "onehot", "square"}  # never less than 0
Sign = tuple[int, bool]  # 1, -1 or 0, where nothing is known; and whether it never is 0
NONE: Sign = (0, False)


def signs(asked: Iterable[e.Expr], equations: Iterable[e.Equation]) -> dict[e.Expr, Sign]:
    """The sign of each expression and of all that it is made of, as far as it is the same at any numbers and steps."""
    made: dict[str, list[e.Expr]] = {}
    for left, right, _ in equations:
        if isinstance(left, e.Sym) and not left.adjoint:
            made.setdefault(left.name, []).append(right)
    done: dict[e.Expr, Sign] = {}
    stack, open_ = list(asked), set[e.Expr]()
    while stack:
        x = stack[-1]
        inside = made.get(x.name, []) if isinstance(x, e.Sym) and made_now(x) else inner(x)
        waiting = [part for part in inside if part not in done and part not in open_]
        if x not in done and waiting:
            open_.add(x)  # what a quantity is before itself is not known
            stack += waiting
            continue
        stack.pop()
        if x not in done:
            done[x] = _sign(x, [done.get(part, NONE) for part in inside], made)
    return done


def inner(x: e.Expr) -> list[e.Expr]:
    """What an expression is made of; of the one element of a product that a class picks, the rest of the product."""
    match x:
        case e.Fn("sum", e.Mul(factors) as product) if 1 == sum(isinstance(y, e.Fn) and y.name == "onehot" for y in factors):
            return [product._replace(factors=tuple(y for y in factors if not (isinstance(y, e.Fn) and y.name == "onehot")))]
    return list(e.children(x))


def made_now(x: e.Sym) -> bool:
    """Whether a quantity is at a step at which its equation says what it is, and none that may be the first state."""
    return not x.adjoint and (x.time is None or bool(x.time.base) and x.time.offset >= 0)


def _sign(x: e.Expr, parts: list[Sign], made: dict[str, list[e.Expr]]) -> Sign:
    """A node's sign from those of its parts."""
    match x:
        case e.Num(value, text):
            return (1, True) if text.lstrip("1/") in ("T", "S") else ((value > 0) - (value < 0), value != 0)
        case e.Fn(name) | e.Call(name, by=None) if name in ABOVE:
            return 1, True
        case e.Fn(name) | e.Call(name, by=None) if name in WEAK:
            return 1, False
        case e.Fn("sqrt"):
            return 1, parts[0] == (1, True)
        case e.Fn("sum") | e.Transpose():
            return parts[0]
        case e.Sum(_, first, last):
            return parts[0][0], parts[0][1] and (first, last.offset) == (e.Time("", 1), 0)
        case e.Sym() if parts:
            return (parts[0][0], all(strict for _, strict in parts)) if len({sign for sign, _ in parts}) == 1 else NONE
        case e.Mul(factors):
            single = [factor for factor, times in Counter(factors).items() if times % 2]
            sign = math.prod(part[0] for factor, part in zip(factors, parts, strict=True) if factor in single)
            return sign, bool(sign) and all(strict for _, strict in parts)
        case e.Quotient():
            return parts[0][0] * parts[1][0], parts[0][1]
        case e.Add(terms):
            found = {sign for sign, _ in parts}
            if len(found) == 1 and 0 not in found:
                return parts[0][0], any(strict for _, strict in parts)
            number = sum(float(meant(term.value)) for term in terms if isinstance(term, e.Num) and not lettered(term))
            sizes = [_size(term, made) for term in terms if not isinstance(term, e.Num) or lettered(term)]
            if abs(number) >= sum(sizes) and number:
                return (1 if number > 0 else -1), True
    return NONE


def _size(x: e.Expr, made: dict[str, list[e.Expr]]) -> float:
    """A bound that |x| does not reach: the product of numbers and of functions that stay below 1; infinite where there is none."""
    size, stack, seen = 1.0, [x], 0
    while stack:
        node, seen = stack.pop(), seen + 1
        match node:
            case e.Mul(factors):
                stack += factors
            case e.Num(value, ""):
                size *= abs(value)
            case e.Sym(name) if made_now(node) and len(made.get(name, ())) == 1 and seen < 60:
                stack += made[name]
            case e.Fn(name) if name in WITHIN:
                pass
            case _:
                return math.inf
    return size
