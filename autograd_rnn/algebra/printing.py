"""Expressions as text: unicode for the eye, Python-like text for the keyboard, LaTeX for the page."""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_rnn.algebra.arranged import divisors, is_matrix, power_of, tiled
from autograd_rnn.algebra.expr import (
    ONE,
    Add,
    Call,
    Column,
    Derivative,
    Diag,
    Equation,
    Expr,
    Fn,
    Fold,
    Identity,
    Kron,
    MatMul,
    Matrix,
    Mul,
    Num,
    Ones,
    Outer,
    Part,
    Quotient,
    Sum,
    Sym,
    Transpose,
    children,
    mul,
    upward,
)
from autograd_rnn.algebra.styles import STYLES, Style, digits, symbol
from autograd_rnn.algebra.templates import OPERATOR, called, filled, raised, subscripted, told, typed, typed_index
from autograd_rnn.engine.naming import name_of
from autograd_rnn.visible import shown

SUM, TERM, PRODUCT, ATOM = 0, 1, 2, 3  # how tightly an expression binds
Within = Callable[[Expr, int], str]  # a part's text where it must bind at least so


def show(x: Expr | Equation, style: str = "text") -> str:
    """An expression or an equation in one of the notations: text, ascii, latex.

    >>> from autograd_rnn.algebra.expr import Sym, Time, matmul, transpose
    >>> show(matmul(transpose(Sym("W_hh")), Sym("a", Time("t", 1), adjoint=True)))
    'W_hhᵀ da_{t+1}'
    >>> show(matmul(transpose(Sym("W_hh")), Sym("a", Time("t", 1), adjoint=True)), "ascii")
    'W_hh.T @ da[t+1]'
    """
    form = STYLES[style]
    if isinstance(x, Equation):
        right, where = written(x.right, form), f"   ({x.where.replace('≠', '!=') if form.keyboard else x.where})" if x.where else ""
        if form.latex:
            where = rf" \quad ({x.where})".replace("≠", r"\neq").replace("…", r"\dots") if x.where else ""
        return f"{written(x.left, form)} = {right}{where}"
    return written(x, form)


def written(x: Expr, form: Style) -> str:
    """The text of an expression."""
    return texts(x, form)[x][0]


def texts(x: Expr, form: Style) -> dict[Expr, tuple[str, int]]:
    """The text of an expression and of each of its parts, and how tightly it binds; the parts first."""
    done: dict[Expr, tuple[str, int]] = {}
    return upward(x, children, lambda node, _: _node(node, done, form), done)


def _within(part: Expr, done: dict[Expr, tuple[str, int]], least: int, form: Style) -> str:
    """A part's text, in parentheses if it binds less than its place asks for."""
    text, binds = done[part]
    return text if binds >= least else rf"\left({text}\right)" if form.latex else f"({text})"


def _raised(text: str, form: Style) -> str:
    """What gets a superscript."""
    return raised(text) if form.latex else text


def _node(x: Expr, done: dict[Expr, tuple[str, int]], form: Style) -> tuple[str, int]:
    """One node's text and how tightly it binds, given its parts'."""

    def within(part: Expr, least: int) -> str:
        return _within(part, done, least, form)

    match x:
        case Sym():
            return symbol(x, form), ATOM
        case Num():
            return (x.text or digits(x.value, form)), ATOM if x.value >= 0 else SUM
        case Ones(shape):
            return _ones(shape, form), ATOM
        case Add(terms):
            if column := tiled(terms):
                return ("[" + "; ".join(within(part, SUM) for part in column) + "]"), ATOM
            parts = [within(term, TERM) if _sign(term) > 0 else within(_positive(term, done, form), TERM) for term in terms]
            text = ("-" if _sign(terms[0]) < 0 else "") + parts[0]
            return text + "".join((" + " if _sign(t) > 0 else " - ") + part for t, part in zip(terms[1:], parts[1:], strict=True)), SUM
        case Mul(factors):
            return _product(factors, within, form), TERM
        case MatMul(matrix, vector):
            return within(matrix, ATOM) + form.matrix + within(vector, PRODUCT if not form.keyboard else ATOM), PRODUCT
        case Transpose(of):
            return form.transposed.format(_raised(within(of, ATOM), form)), ATOM
        case Outer(left, right):
            least = SUM if form.keyboard else ATOM
            text = form.outer.format(within(left, least), _raised(within(right, least), form))
            return text, ATOM if form.keyboard else PRODUCT
        case Fn(name, of):
            return (f"{name}({within(of, SUM)})", ATOM) if form.keyboard else filled(name, [of], within, form.latex)
        case Quotient():
            above, below = divisors(x)
            return _divided(within(above, SUM if form.latex else TERM), below, within, form), ATOM if form.latex else TERM
        case Call():
            return _call(x, within, form)
        case Part(of, start, stop):
            return f"{within(of, ATOM)}[{start}:{stop}]", ATOM
        case Column(inside, sign):
            return "[" + f"{sign} ".join(within(part, SUM) for part in inside) + "]", ATOM
        case Sum(of, first, last):
            inner = within(of, SUM if form.keyboard else TERM)
            whole = form.latex or (str(first) == "1" and not last.offset)  # text and keyboard leave the usual bounds out
            return (form.sum if whole else form.stretch).format(inner, first, last), ATOM if form.keyboard else PRODUCT
        case Fold():
            return _fold(x, within, form)
        case Diag(of):
            return f"{OPERATOR.format('diag') if form.latex else 'diag'}({within(of, SUM)})", ATOM
        case Kron(left, right):
            if form.keyboard:
                return f"kron({within(left, SUM)}, {within(right, SUM)})", ATOM
            return within(left, ATOM) + (r" \otimes " if form.latex else " ⊗ ") + within(right, ATOM), TERM
        case Identity():
            return "I", ATOM
        case Matrix(of):
            return done[of]
        case Derivative():
            return _derivative(x, done[x.of][0], done[x.by][0], form), ATOM
    raise TypeError(f"{shown(x)} is no expression")


def _fold(x: Fold, within: Within, form: Style) -> tuple[str, int]:
    """A sum or a product over an index of its own, ``Π_{j=k+1..t} f_j``; a power of as many factors as there are steps."""
    if x.sign in ("^", "**"):
        exponent = power_of(x)
        if form.latex:
            return f"{_raised(within(x.of, ATOM), form)}^{{{exponent}}}", PRODUCT
        return f"{within(x.of, ATOM)}{x.sign if form.keyboard else '^'}({exponent})", PRODUCT
    first, last = x.first, x.last
    if form.keyboard:
        return f"{'Sum' if x.sign == 'Σ' else 'Prod'}({within(x.of, SUM)}, {x.over}, {first}, {last})", ATOM
    inner = within(x.of, TERM if x.sign == "Σ" else PRODUCT)
    if form.latex:
        return rf"\{'sum' if x.sign == 'Σ' else 'prod'}_{{{x.over}={first}}}^{{{last}}} {inner}", TERM
    return f"{x.sign[0]}_{{{x.over}={first}..{last}}} {inner}", TERM


def _ones(shape: tuple[int, ...], form: Style) -> str:
    """A vector of ones with its length, a matrix with both of its."""
    if form.keyboard:
        return f"ones({', '.join(map(str, shape))})"
    size = (r" \times " if form.latex else "×").join(map(str, shape))
    return rf"\mathbf{{1}}_{{{size}}}" if form.latex else f"𝟏_{size}" if len(shape) == 1 else f"𝟏_{{{size}}}"


def typed_as(x: Call) -> str:
    """An operation's name on the keyboard: ``clip``, ``swish_prime``, ``power_prime2``; ``cumprod_pulled`` of an adjoint g and x is
    g pulled back to x, the transposed Jacobian times g."""
    several = len(x.parts) - x.back > 1
    return x.name.strip("_") + ("" if x.by is None else f"_{'pulled' if x.back else 'prime'}{x.by + 1 if several else ''}")


def _call(x: Call, within: Within, form: Style) -> tuple[str, int]:
    """An operation by its declaration's template, on the keyboard as a function; its derivative by an argument with a prime."""
    if x.by is None and x.name == "getitem":
        index = x.options.given["index"]
        return f"{within(x.parts[0], ATOM)}[{typed_index(index) if form.keyboard else subscripted(index)}]", ATOM
    if x.name == "ravel" and x.by is None and len((x.shapes or ((),))[0]) > 1:  # a matrix as one vector
        return f"{OPERATOR.format('ravel') if form.latex else 'ravel'}({within(x.parts[0], SUM)})", ATOM
    if form.keyboard:
        return f"{typed_as(x)}({', '.join([*(within(part, SUM) for part in x.parts), *typed(x.name, x.options.given)])})", ATOM
    options = told(x.options.given, x.shapes)
    if form.latex:
        options = [option if "->" in option else re.sub("[A-Za-z]{2,}", r"\\mathrm{\g<0>}", option) for option in options]
    if x.by is None:
        return filled(x.name, list(x.parts), within, form.latex, options)
    arguments = x.parts[1:] if x.back else x.parts
    text = ", ".join([*(within(part, SUM) for part in arguments), *options])
    which = str(x.by + 1) if len(arguments) > 1 else ""
    if form.latex:
        primed = f"{called(x.name, True)}'{f'_{{{which}}}' if which else ''}({text})"
    else:
        primed = f"{called(x.name, False)}'{which.translate(BELOW)}({text})"
    if not x.back:
        return primed, ATOM
    return form.transposed.format(f"{{{primed}}}" if form.latex else primed) + form.matrix + within(x.parts[0], ATOM), PRODUCT


BELOW, ABOVE = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"), str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
DERIVATIVES = {"total": ("d", r"\mathrm{d}"), "partial": ("∂", r"\partial "), "immediate": ("∂⁺", r"\partial^{+} "),
               "direct": ("∂", r"\partial ")}  # fmt: skip


def _derivative(x: Derivative, of: str, by: str, form: Style) -> str:
    """``dh_t/dW`` for the total derivative, ``∂h_t/∂c_{t-1}`` for a partial one, ``∂⁺h_t/∂W`` for the immediate one."""
    above, latex = DERIVATIVES[x.kind]
    if form.keyboard:
        return f"{x.kind}({of}, {by})"
    if form.latex:
        return rf"\frac{{{latex}{of}}}{{{latex.replace('^{+}', '')}{by}}}"
    return f"{above}{of}/{above[0]}{by}"


def _sign(term: Expr) -> int:
    """-1 for a term that carries a minus in front."""
    number = term.factors[0] if isinstance(term, Mul) else term
    return -1 if isinstance(number, Num) and number.value < 0 else 1


def _positive(term: Expr, done: dict[Expr, tuple[str, int]], form: Style) -> Expr:
    """The term without its minus, its text made as well."""
    number, *rest = term.factors if isinstance(term, Mul) else (term,)
    assert isinstance(number, Num)
    other = mul(Num(-number.value), *rest)
    done[other] = _node(other, done, form)
    return other


def _divided(above: str, below: list[Expr], within: Within, form: Style) -> str:
    """A quotient, equal divisors as a power: ``x / b²``."""
    counted = {part: below.count(part) for part in below}
    if form.latex:
        least = SUM if len(below) == 1 else PRODUCT
        parts = [_power(part, n, within, form) if n > 1 else within(part, least) for part, n in counted.items()]
        return rf"\frac{{{above}}}{{{form.product.join(parts)}}}"
    return above + "".join(f" / {_power(part, n, within, form) if n > 1 else within(part, ATOM)}" for part, n in counted.items())


def _power(x: Expr, n: int, within: Within, form: Style) -> str:
    """x², x³, ...; of a matrix, whose power is another, with the sign of the product."""
    text, exponent = _raised(within(x, ATOM), form), str(n) if form.latex or form.keyboard else str(n).translate(ABOVE)
    if not form.keyboard and is_matrix(x):
        return rf"{text}^{{{form.product.strip()}{' ' * form.latex}{n}}}"
    return form.power.format(text, exponent)


def _product(factors: tuple[Expr, ...], within: Within, form: Style) -> str:
    """Factors joined by ⊙, numbers in front, equal ones as a power, those that are one over something divided by at the end."""
    numbers = [factor for factor in factors if isinstance(factor, Num)]
    others = [factor for factor in factors if not isinstance(factor, Num)]
    below = [part for x in others if divisors(x)[0] == ONE for part in divisors(x)[1]]
    if form.latex and len(set(others)) > 1:
        below = []  # a fraction is a factor there like any other
    counted = {factor: others.count(factor) for factor in others if not (below and divisors(factor)[0] == ONE)}
    scales = [x for x in counted if isinstance(x, Sym) and name_of(x.name).number and len(counted) > 1 and not form.keyboard]
    first = "".join(_power(x, n, within, form) if (n := counted.pop(x)) > 1 else within(x, ATOM) + " " for x in scales)
    parts: list[str] = []
    for factor, count in counted.items():
        apart = count > 1 or form.keyboard and isinstance(factor, MatMul) and bool(parts or numbers)  # a * (W @ x): @ binds no tighter
        parts.append(_power(factor, count, within, form) if count > 1 else within(factor, ATOM if apart else PRODUCT))
    if len(counted) == 1 and numbers and all(isinstance(factor, Quotient) for factor in counted):
        parts = [within(factor, TERM) for factor in counted]  # a number times a quotient
    body = first + form.product.join(parts)
    after = " * " if form.keyboard else " "
    between = after if form.keyboard else r" \cdot " if form.latex else "·"
    signs = "-" * sum(1 for n in numbers if n.value == -1 and not n.text)
    shown = between.join(n.text or digits(n.value, form) for n in numbers if n.value != -1 or n.text)
    if not below:
        return signs + shown + (after if shown and body else "") + body
    return signs + _divided((shown + (after if shown and body else "") + body) or "1", below, within, form)
