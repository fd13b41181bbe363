"""One vjp written with indices, line by line: where the transpose, the diag and the outer product come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.elementwise import elementwise
from autograd_rnn.algebra.printing import show
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.steps.step import Written
from autograd_rnn.steps.walks.naming import HOLE, STYLES
from autograd_rnn.steps.walks.swept import Event, Sweep
from autograd_rnn.steps.walks.vjps import sign_of

SIGNS = {"text": ("Σ_{}", "∂{}/∂{}", " ", " if {}, else 0"), "ascii": ("Sum_{}", "d({})/d({})", "*", " if {}, else 0")}
SIGNS |= {"latex": (r"\sum_{{{}}}", r"\frac{{\partial {}}}{{\partial {}}}", r" \, ", r" \text{{ if }} {}\text{{, else }} 0")}


class Writer:
    """The components of one vjp in one notation. ``y`` is the operation's output, ``x`` the input, letters count their axes."""

    def __init__(self, sweep: Sweep, event: Event, style: str):
        assert event.user is not None
        self.sweep, self.event, self.style, self.user, self.node = sweep, event, style, event.user, event.node
        self.sum, self.partial, self.times, self._when = SIGNS[style]
        self.plus = "=" if sweep.alone(event) else "+="

    def at(self, node: Any, *letters: str, adjoint: bool = False) -> str:
        """A component, ``h_2[i]``; a plain number by itself."""
        if not isinstance(node, Tensor):
            return f"{node:g}"
        return self.component(self.sweep.names.symbols[node]._replace(adjoint=adjoint), letters)

    def component(self, symbol: e.Sym, letters: Any) -> str:
        """A symbol's component."""
        inside = ",".join(letters)
        if self.style == "latex":
            return show(symbol, "latex") if not inside else rf"\left[{show(symbol, 'latex')}\right]_{{{inside}}}"
        return show(symbol, self.style) + (f"[{inside}]" if inside else "")

    def total(self, letters: Any, text: str) -> str:
        """Σ over letters; nothing to sum, no Σ."""
        return f"{self.sum.format(''.join(letters))} {text}" if letters else text

    def when(self, ours: Any, theirs: Any) -> str:
        """`` if i = p, j = q, else 0``: where a Jacobian is not zero; nothing where it never is."""
        return self._when.format(", ".join(f"{a} = {b}" for a, b in zip(ours, theirs, strict=True))) if ours else ""

    def jacobian(self, y: Any, x: Any) -> str:
        """∂y[i]/∂x[j]."""
        return self.partial.format(self.at(self.user, *y), self.at(self.node, *x))

    def chain(self, y: Any, x: Any) -> str:
        """dx[j] = Σ_i dy[i] ∂y[i]/∂x[j]."""
        return f"{self.at(self.node, *x, adjoint=True)} {self.plus} " + self.total(
            y, self.at(self.user, *y, adjoint=True) + self.times + self.jacobian(y, x)
        )

    def result(self, x: Any, text: str) -> str:
        """dx[j] = what is left."""
        return f"{self.at(self.node, *x, adjoint=True)} {self.plus} {text}"

    def indexed(self, expression: Any, letters: str) -> str:
        """An elementwise expression with an index on each of its symbols; a smaller operand has the last letters."""
        holes: dict[e.Sym, str] = {}
        for symbol in dict.fromkeys(e.symbols(expression)):
            node = self.sweep.names.by_symbol.get(symbol._replace(adjoint=False))
            own = letters[len(letters) - (node.ndim if node is not None else 0) :]
            holes[symbol] = self.component(symbol, own if node is not None else "")
        marked = {symbol: e.Sym(chr(HOLE + k)) for k, symbol in enumerate(holes)}
        text = show(e.mapped(expression, lambda x: marked.get(x, x)), self.style)
        for symbol, mark in marked.items():
            text = text.replace(mark.name, holes[symbol])
        return text.replace(" ⊙ ", " ").replace(r" \odot ", r" \, ")


def lines_of(sweep: Sweep, event: Event) -> list[Written]:
    """The four lines of a vjp, in the three notations; written once, since every level comes to them."""
    place = event.user, event.position
    if place not in sweep.proofs:
        sweep.proofs[place] = _lines(sweep, event)
    return sweep.proofs[place]


def _lines(sweep: Sweep, event: Event) -> list[Written]:
    rows = [tuple(proof(Writer(sweep, event, style))) for style in STYLES]
    if event.user is not None and sum(x is event.node for x in event.user.inputs) > 1:  # b = a + a: ∂b/∂a is 1 by each of the two
        rows = [(row[0], row[1] + _alone(style), *row[2:]) for row, style in zip(rows, STYLES, strict=True)]
    return [Written(*texts) for texts in zip(*rows, strict=True)]


def _alone(style: str) -> str:
    """Said of a derivative by one of several places at which the same input stands."""
    return r" \quad \text{(by this place alone)}" if style == "latex" else "   (by this place alone)"


def proof(w: Writer) -> tuple[str, str, str, str]:
    """The lines in one notation, by the kind of operation."""
    assert w.user.op is not None
    name = w.user.op.name
    if w.user.op.kind == "multiplies":
        found = product(w)
        if found is not None:
            return found
    special = PROOFS.get(name)
    if special is not None:
        return special(w)
    if elementwise(w.user.op, w.user.options):
        return diagonal(w)
    return anything(w)


def letters_of(node: Any, alphabet: str = "ijklmn") -> str:
    """One letter an axis."""
    return alphabet[: node.ndim] if isinstance(node, Tensor) else ""


def diagonal(w: Writer) -> tuple[str, str, str, str]:
    """y[i] = f(x[i]): the Jacobian is diagonal, so that the sum keeps one term, and diag(f') times a vector is ⊙."""
    y = letters_of(w.user)
    x = "pqrstu"[: w.node.ndim]
    inside = y[len(y) - w.node.ndim :]
    template = w.sweep.rules.vjp(w.user, w.event.position, summed=False)
    own = w.sweep.names.symbols[w.user]._replace(adjoint=True)
    factor = e.mapped(template, lambda s: e.ONE if s == own else s)
    forward = f"{w.at(w.user, *y)} = {w.indexed(w.sweep.rules.forward(w.user), y)}"
    local = f"{w.jacobian(y, x)} = {w.indexed(factor, y)}{w.when(inside, x)}"
    repeated = y[: len(y) - w.node.ndim] + "".join(
        a for a, have, want in zip(inside, w.node.shape, w.user.shape[len(y) - w.node.ndim :], strict=True) if have == 1 != want
    )
    return forward, local, w.chain(y, x), w.result(inside, w.total(repeated, w.indexed(template, y)))


def product(w: Writer) -> tuple[str, str, str, str] | None:
    """y[…] = Σ a[…] b[…]: what multiplies x[…] is the other factor, and the sum runs over what x does not have."""
    found = _factors(w)
    if found is None:
        return None
    y, x, other, own_first, rest = found
    summed = [c for c in dict.fromkeys(other[1] + x) if c not in y]
    pair = [w.at(w.node, *x), w.at(*other[:1], *other[1])] if other[0] is not None else [w.at(w.node, *x)]
    term = w.times.join(pair if own_first else pair[::-1])
    forward = f"{w.at(w.user, *y)} = {w.total(summed, term)}{' + …' if rest else ''}"
    if w.style == "latex":
        forward = forward.replace("…", r"\dots")
    fresh = dict(zip(x, "pqrstu", strict=False))
    new = [fresh[c] for c in x]
    fixed = [c for c in x if c in y]  # these letters of y must be x's own
    value = w.at(other[0], *(fresh[c] if c in x and c not in y else c for c in other[1])) if other[0] is not None else "1"
    local = f"{w.jacobian(y, new)} = {value}{w.when(fixed, [fresh[c] for c in fixed])}"
    left_over = [c for c in y if c not in x]
    factors = [w.at(w.user, *y, adjoint=True), *([w.at(other[0], *other[1])] if other[0] is not None else [])]
    return forward, local, w.chain(y, new), w.result(x, w.total(left_over, w.times.join(factors)))


def _factors(w: Writer) -> Any:
    """The letters of output, input and of the other factor (with it; None for a bias), whether x stands first, whether terms follow."""
    user, k, name = w.user, w.event.position, w.user.op.name if w.user.op is not None else ""
    batch = "b" * (user.ndim - 1)
    if name == "linear":
        last, rest = len(user.inputs) - 1, len(user.inputs) > 2
        if user.ndim > 2:
            return None
        if k == last and k % 2 == 0:
            return list(batch + "i"), ["i"], (None, []), True, True
        other = user.inputs[k + 1 if k % 2 == 0 else k - 1]
        x = list(batch[: other.ndim - 1 if k % 2 == 0 else w.node.ndim - 1] + "j")
        y, matrix = list(batch + "i"), ["i", "j"]
        return (y, x, (other, matrix), False, rest) if k % 2 else (y, matrix, (other, x), True, rest)
    if len(user.inputs) != 2:
        return None
    a, b = user.inputs
    shapes = {(2, 1): ("ij", "j", "i"), (1, 2): ("i", "ij", "j"), (2, 2): ("ij", "jk", "ik"), (1, 1): ("i", "i", "")}
    if name == "outer_sum":
        shapes = {(1, 1): ("i", "j", "ij"), (2, 2): ("bi", "bj", "ij")}
    letters = shapes.get((np.ndim(getattr(a, "value", a)), np.ndim(getattr(b, "value", b))))
    if subscripts := (user.options or {}).get("subscripts"):
        letters = tuple(subscripts.replace("->", ",").split(","))
    if letters is None or any(len(set(one)) < len(one) for one in letters):
        return None
    own, other, node = (letters[k], letters[1 - k], (a, b)[1 - k])
    return list(letters[2]), list(own), (node, list(other)), k == 0, False


def total(w: Writer) -> tuple[str, str, str, str]:
    """y = Σ_i x[i]: every element counts once, so that each gets y's adjoint."""
    if w.user.ndim:
        return anything(w)
    x = letters_of(w.node)
    new = "pqrstu"[: w.node.ndim]
    forward = f"{w.at(w.user)} = {w.total(x, w.at(w.node, *x))}"
    return forward, f"{w.jacobian('', new)} = 1", w.chain("", new), w.result(x, w.at(w.user, adjoint=True))


def stacked(w: Writer) -> tuple[str, str, str, str]:
    """y[k] = x for the k-th of the tensors stacked."""
    if w.user.ndim != 1:
        return anything(w)
    k = str(w.event.position)
    forward = f"{w.at(w.user, k)} = {w.at(w.node)}"
    local = f"{w.jacobian('i', '')} = 1{w.when('i', [k])}"
    return forward, local, w.chain("i", ""), w.result("", w.at(w.user, k, adjoint=True))


def entropy(w: Writer) -> tuple[str, str, str, str]:
    """L = log Σ_k e^{s[k]} - s[y]: the first term's derivative is softmax, the second's is a one."""
    rows, y = "b" * w.user.ndim, w.at(w.user.inputs[1], *"b" * w.user.ndim)
    exp, log = {"latex": (r"e^{{{}}}", r"\log")}.get(w.style, ("exp({})", "log"))
    soft = {"latex": r"\operatorname{softmax}"}.get(w.style, "softmax")
    p = f"{soft}({w.at(w.node, *rows)})" + ("_{j}" if w.style == "latex" else "[j]")
    forward = f"{w.at(w.user, *rows)} = {log} {w.total('k', exp.format(w.at(w.node, *rows, 'k')))} - {w.at(w.node, *rows, y)}"
    one = rf"1\left[j = {y}\right]" if w.style == "latex" else f"1[j = {y}]"
    local = f"{w.jacobian(rows, rows + 'j')} = {p} - {one}"
    chain = f"{w.at(w.node, *rows, 'j', adjoint=True)} {w.plus} {w.at(w.user, *rows, adjoint=True)}{w.times}{w.jacobian(rows, rows + 'j')}"
    return forward, local, chain, w.result(rows + "j", f"{w.at(w.user, *rows, adjoint=True)}{w.times}({p} - {one})")


def binary(w: Writer) -> tuple[str, str, str, str]:
    """L = Σ_k log(1 + e^{s[k]}) - y[k] s[k]: the first term's derivative is σ, the second's the target."""
    if w.event.position:  # of the targets
        return anything(w)
    rows, y = "b" * w.user.ndim, w.user.inputs[1]
    log, sigma, exp = {"latex": (r"\log", r"\sigma", r"e^{{{}}}"), "text": ("log", "σ", "exp({})")}.get(
        w.style, ("log", "sigmoid", "exp({})")
    )
    inner = f"{log}(1 + {exp.format(w.at(w.node, *rows, 'k'))}) - {w.at(y, *rows, 'k')}{w.times}{w.at(w.node, *rows, 'k')}"
    forward = f"{w.at(w.user, *rows)} = {w.total('k', f'({inner})')}"
    difference = f"{sigma}({w.at(w.node, *rows, 'j')}) - {w.at(y, *rows, 'j')}"
    chain = f"{w.at(w.node, *rows, 'j', adjoint=True)} {w.plus} {w.at(w.user, *rows, adjoint=True)}{w.times}{w.jacobian(rows, rows + 'j')}"
    result = w.result(rows + "j", f"{w.at(w.user, *rows, adjoint=True)}{w.times}({difference})")
    return forward, f"{w.jacobian(rows, rows + 'j')} = {difference}", chain, result


def squares(w: Writer) -> tuple[str, str, str, str]:
    """L = ½ Σ_k (s[k] - y[k])²: the 2 of the square meets the ½."""
    rows = "b" * w.user.ndim
    other = w.user.inputs[1 - w.event.position]
    first, second = w.user.inputs[:2]
    half = {"latex": r"\tfrac{1}{2}", "text": "½"}.get(w.style, "1/2")
    square = {"ascii": "**2", "text": "²"}.get(w.style, "^{2}")
    inner = f"({w.at(first, *rows, 'k')} - {w.at(second, *rows, 'k')}){square}"
    forward = f"{w.at(w.user, *rows)} = {half} {w.total('k', inner)}"
    difference = f"{w.at(w.node, *rows, 'j')} - {w.at(other, *rows, 'j')}"
    chain = f"{w.at(w.node, *rows, 'j', adjoint=True)} {w.plus} {w.at(w.user, *rows, adjoint=True)}{w.times}{w.jacobian(rows, rows + 'j')}"
    return (
        forward,
        f"{w.jacobian(rows, rows + 'j')} = {difference}",
        chain,
        w.result(rows + "j", f"{w.at(w.user, *rows, adjoint=True)}{w.times}({difference})"),
    )


def softmax(w: Writer) -> tuple[str, str, str, str]:
    """y[i] = e^{x[i]} / Σ_k e^{x[k]}: every output depends on every input."""
    rows = "b" * (w.user.ndim - 1)
    exp = r"e^{{{}}}" if w.style == "latex" else "exp({})"
    at, y, dy = w.at, w.user, {"adjoint": True}
    forward = f"{at(y, *rows, 'i')} = {exp.format(at(w.node, *rows, 'i'))} / {w.total('k', exp.format(at(w.node, *rows, 'k')))}"
    one = r"1\left[i = j\right]" if w.style == "latex" else "1[i = j]"
    local = f"{w.jacobian(rows + 'i', rows + 'j')} = {at(y, *rows, 'i')}{w.times}({one} - {at(y, *rows, 'j')})"
    inner = w.total("i", f"{at(y, *rows, 'i', **dy)}{w.times}{at(y, *rows, 'i')}")
    result = w.result(rows + "j", f"{at(y, *rows, 'j')}{w.times}({at(y, *rows, 'j', **dy)} - {inner})")
    chain = f"{at(w.node, *rows, 'j', **dy)} {w.plus} "
    chain += w.total("i", f"{at(y, *rows, 'i', **dy)}{w.times}{w.jacobian(rows + 'i', rows + 'j')}")
    return forward, local, chain, result


def anything(w: Writer) -> tuple[str, str, str, str]:
    """Any other operation: the chain rule as it stands, and the rule that the operation declares for its sum."""
    y, x = letters_of(w.user), "pqrstu"[: w.node.ndim]
    forward = show(e.Equation(w.sweep.names.symbols[w.user], w.sweep.rules.forward(w.user)), w.style)
    name = sign_of(w.user) if w.style != "latex" else rf"\text{{{sign_of(w.user)}}}"
    local = f"{w.jacobian(y, x)} = J[{','.join([*y, *x])}]"
    declared = show(w.sweep.rules.vjp(w.user, w.event.position), w.style)
    adjoint = show(w.sweep.names.symbols[w.node]._replace(adjoint=True), w.style)
    comment = f"   (J of {name})" if w.style != "latex" else rf" \quad (J \text{{ of }} {name})"
    return forward, local + comment, w.chain(y, x), f"{adjoint} {w.plus} {declared}"


PROOFS: dict[str, Callable[[Writer], tuple[str, str, str, str]]] = {
    "sum": total, "_stack": stacked, "cross_entropy": entropy, "squared_error": squares, "softmax": softmax,
    "binary_cross_entropy": binary,
}  # fmt: skip
