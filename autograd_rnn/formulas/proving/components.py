"""The same gradients by sympy: a second opinion that shares nothing with the engine's table of derivatives.

From a tape it takes what was done, and to what: operations, inputs, options, the numbers of the leaves. Every element of every entry
gets a symbol; each operation's meaning (`meaning_of`) writes it out in components, sympy differentiates each of these local equations
(``diff``), and the chain rule is summed in adjoint form, one number an element:

    v̄_j = Σ_i v̄_i ∂f_i/∂v_j        over all equations v_i = f_i(...) in which v_j occurs

so that size and time are linear in the length of the tape. Numbers are mpmath's, at 50 digits or as many as asked for: floats are read
exactly, and every value is computed anew. Griewank and Walther 2008, section 3.2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple, Protocol

import mpmath
import numpy as np
import sympy

from autograd_rnn.engine.guards import describe
from autograd_rnn.engine.rule import VARIABLE, Op
from autograd_rnn.engine.tape import Tape
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.evaluate import Value
from autograd_rnn.formulas.proving.meanings import CHOICES, MEANINGS, Meaning, chooses, chosen_by, exact, filled
from autograd_rnn.formulas.proving.traced import decisions, traced

Options = dict[str, object]  # what an operation is called with beside its arguments
Arrays = dict[Tensor, np.ndarray]
GUARD = 10  # digits computed beyond those asked for


class Meaningless(ValueError):
    """Raised for an operation that nobody has told sympy the meaning of."""


def meaning_of(op: Op, values: list[Value], options: Options, at: str) -> tuple[Meaning, list[Value]]:
    """What an operation means, by its declaration, its row, or its own forward on symbols, and what the numbers decide."""
    name = op.name.strip("_")
    if op.meaning is not None:
        try:
            looks = chooses(op.meaning, values, options)
        except (MemoryError, SystemError):  # no answer of a function
            raise
        except Exception as error:  # a person's own code
            each = "np.frompyfunc(sympy.exp, 1, 1) takes an array"
            raise ValueError(f"{at}: {name}'s meaning= fails on arrays of symbols ({error}): {each}, sympy.exp a single one") from None
        return (chosen_by(op.meaning), [values]) if looks else (op.meaning, [])
    if name in MEANINGS:
        return MEANINGS[name], [np.asarray(CHOICES[name](*values, **options))] if name in CHOICES else []
    try:
        return traced(op), [decisions(op, values, options)]
    except (MemoryError, SystemError):  # no answer of a function
        raise
    except Exception:  # whatever a forward does that a symbol cannot
        said = "declare it with @ar.op(..., meaning=), the same written with sympy"
        raise Meaningless(f"{at}: sympy does not know what {name} means: {said}") from None


def written(meaning: Meaning, chosen: list[Value], arrays: list[Value], options: Options) -> np.ndarray:
    """An operation's components as sympy expressions of its inputs' symbols."""
    result = np.asarray(meaning(*chosen, *arrays, **options), dtype=object)
    return filled([sympy.sympify(e) for e in result.ravel()], result.shape)


def _checked(components: np.ndarray, node: Tensor, at: str) -> list[sympy.Expr]:
    """The components in C order, if there are as many as the node has elements."""
    if components.shape != node.shape:
        raise ValueError(f"{at}: written in components it has shape {components.shape}")
    return list(components.ravel())


class Kind(NamedTuple):
    """What all operations alike have in common: their components and the derivatives of these, in symbols of their own."""

    symbols: list[sympy.Symbol]
    components: list[sympy.Expr]
    derivatives: list[tuple[int, int, sympy.Expr]]  # (component, symbol, ∂component/∂symbol), without the zeros


def derived(symbols: list[sympy.Symbol], live: set[sympy.Symbol], components: list[sympy.Expr]) -> Kind:
    derivatives, place = [], {s: k for k, s in enumerate(symbols)}
    for i, component in enumerate(components):
        terms: dict[sympy.Symbol, list[sympy.Expr]] = defaultdict(list)  # of a long sum sympy differentiates those that hold the symbol
        for term in sympy.Add.make_args(component):
            for symbol in term.free_symbols & live:
                terms[symbol].append(term)
        found = ((place[s], sympy.diff(sympy.Add(*held), s)) for s, held in terms.items())
        derivatives += [(i, k, d) for k, d in sorted(found, key=lambda pair: pair[0]) if d != 0]
    return Kind(symbols, components, derivatives)


def key_of(x: object) -> Hashable:
    """Options, shapes and choices as something that a dictionary takes."""
    if isinstance(x, np.ndarray):
        return x.shape, str(x.dtype), x.tobytes() if x.dtype != object else tuple(x.ravel())
    return tuple(map(key_of, x)) if isinstance(x, (tuple, list)) else repr(x)


class Arithmetic(Protocol):
    """What a field has to know to give sympy's expressions values. In a ``formal`` one functions have none of their own."""

    formal: bool

    def plain(self, e: sympy.Expr) -> Value: ...  # a number that stands in an expression
    def add(self, args: list[Value]) -> Value: ...
    def multiply(self, args: list[Value]) -> Value: ...
    def power(self, base: Value, exponent: Value, e: sympy.Expr) -> Value: ...
    def function(self, name: str, args: list[Value]) -> Value: ...
    def number(self, value: Value) -> Value: ...  # a result, of the field's own type


class Whole(Arithmetic, Protocol):
    """One that also has what nothing computed: the elements of a ``leaf``."""

    def leaf(self, node: Tensor) -> list[Value]: ...


class Reals:
    """Arithmetic on mpmath's numbers."""

    formal = False

    def leaf(self, node: Tensor) -> list[Value]:
        return [mpmath.mpf(x) for x in node.value.ravel().tolist()]

    def plain(self, e: sympy.Expr) -> Value:
        if e is sympy.pi:
            return +mpmath.pi
        return mpmath.mpf(e.p) / e.q if e.is_Rational else mpmath.mpf(str(e).replace("oo", "inf"))

    def add(self, args: list[Value]) -> Value:
        return mpmath.fsum(args)

    def multiply(self, args: list[Value]) -> Value:
        return mpmath.fprod(args)

    def power(self, base: Value, exponent: Value, e: sympy.Expr) -> Value:
        return base ** (int(e.exp) if e.exp.is_Integer else exponent)

    def function(self, name: str, args: list[Value]) -> Value:
        if not hasattr(mpmath, name):
            raise Meaningless(f"a meaning= holds sympy's {name}, of which mpmath knows no digits: write it with functions that it has")
        return getattr(mpmath, name)(*args)

    def number(self, value: Value) -> Value:
        return mpmath.mpf(value)


def number_of(e: sympy.Expr, known: dict[sympy.Expr, Value], field: Arithmetic) -> Value:
    """The value of an expression, given those of its symbols; parts met before are not computed again."""
    if e in known:
        return known[e]
    if not e.args:
        value = field.plain(e)
    else:
        args = [number_of(part, known, field) for part in e.args]
        if e.is_Add:
            value = field.add(args)
        elif e.is_Mul:
            value = field.multiply(args)
        elif e.is_Pow:
            value = field.power(args[0], args[1], e)
        elif isinstance(e, sympy.exp) and field.formal:  # exp(2x), which sympy makes of exp(x)², is that again
            times, rest = e.args[0].as_coeff_Mul()
            value = field.power(
                field.function("exp", [number_of(rest, known, field)]), None, sympy.Pow(sympy.Dummy(), times, evaluate=False)
            )
        else:
            value = field.function(type(e).__name__, args)
    known[e] = value
    return value


def component_sweep(root: Tensor, digits: int = 50, field: Whole | None = None) -> tuple[Arrays, Arrays]:
    """The value and the adjoint of every entry on the tape of ``root`` (one number), by sympy alone: {tensor: array of mpf}, or of
    another ``field``'s numbers."""
    field = field or Reals()
    if root.size != 1:
        raise ValueError(f"{describe(root)} is not a single number: sum it")
    tape = Tape.of(root)
    kinds: dict[Hashable, Kind] = {}
    values: Arrays = {}
    slopes: dict[Tensor, tuple[Kind, list[Value]]] = {}
    with mpmath.workdps(digits + GUARD):
        for node in tape:
            at = f"%{tape.number(node)} {describe(node)}"
            if node.op is None or node.op is VARIABLE:
                values[node] = filled(field.leaf(node), node.shape)
                continue
            if late := [x for x in node.inputs if isinstance(x, Tensor) and x not in values]:
                raise ValueError(f"{describe(late[0])} was given a new value after this tape was recorded: run the forward pass again")
            options = node.options or {}
            meaning, chosen = meaning_of(node.op, [x.value if isinstance(x, Tensor) else x for x in node.inputs], options, at)
            given = [x for x in node.inputs if isinstance(x, Tensor)]
            signs = [(x.shape, x.op is not None) if isinstance(x, Tensor) else (x,) for x in node.inputs]
            key = (node.op.name, *map(key_of, (list(options.items()), chosen, signs)))
            if key not in kinds:
                symbols = sympy.symbols(f"v:{sum(x.size for x in given)}")
                free, arrays, live = iter(symbols), [], set()
                for x in node.inputs:
                    own = [next(free) for _ in range(x.size)] if isinstance(x, Tensor) else []
                    arrays.append(filled(own, x.shape) if isinstance(x, Tensor) else exact(x))
                    live |= set(own) if isinstance(x, Tensor) and x.op is not None else set()
                kinds[key] = derived(list(symbols), live, _checked(written(meaning, chosen, arrays, options), node, at))
            kind = kinds[key]
            known = dict(zip(kind.symbols, (v for x in given for v in values[x].ravel()), strict=True))
            try:
                values[node] = filled([field.number(number_of(e, known, field)) for e in kind.components], node.shape)
                slopes[node] = kind, [field.number(number_of(d, known, field)) for _, _, d in kind.derivatives]
            except (ArithmeticError, ValueError, TypeError) as error:
                raise ValueError(f"{at}: no real derivative at these numbers ({str(error) or 'division by zero'})") from None
        return values, _chained(root, tape, slopes, field)


def _chained(root: Tensor, tape: Tape, slopes: dict[Tensor, tuple[Kind, list[Value]]], field: Arithmetic) -> Arrays:
    """v̄_j = Σ_i v̄_i ∂f_i/∂v_j, from the last entry to the first."""
    zero = field.number(0)
    adjoints = {node: filled(zero, node.shape) for node in tape if node.op is not None}
    if root in adjoints:
        adjoints[root] = filled(field.number(1), root.shape)
    for node in reversed(list(tape)):
        if node in slopes:
            kind, numbers = slopes[node]
            above, below = adjoints[node].ravel(), [zero] * len(kind.symbols)
            for (i, k, _), d in zip(kind.derivatives, numbers, strict=True):
                below[k] = field.number(below[k] + above[i] * d)
            shares = iter(below)
            for x in node.inputs:
                if isinstance(x, Tensor):
                    share = filled([next(shares) for _ in range(x.size)], x.shape)
                    if x in adjoints:
                        adjoints[x] = filled([field.number(a) for a in np.asarray(adjoints[x] + share, object).ravel()], x.shape)
    return adjoints


def component_gradients(root: Tensor, variables: Iterable[Tensor], digits: int = 50) -> dict[Tensor, np.ndarray]:
    """d root/d v for each variable (or any other entry of the tape): {v: object array of mpf}; 0 where root does not depend on v.

    Raises ValueError for a root of more than one number, an operation that sympy has no meaning of, and a singular point.

    >>> from autograd_rnn.formulas import component_gradients
    >>> w = tensor([0.5, 2.0], name="w")
    >>> g = component_gradients((w * w * w).sum(), [w])[w]
    >>> g[0] == 0.75, g[1] == 12
    (True, True)
    """
    _, adjoints = component_sweep(root, digits)
    return {v: adjoints[v] if v in adjoints else filled(mpmath.mpf(0), v.shape) for v in variables}


def _symbols(tape: Tape) -> Iterator[tuple[Tensor, np.ndarray]]:
    """A symbol for every element: ``W_hh[0,1]``, ``L``; entries without a name, or with one that is taken, are ``%12``."""
    taken: set[str] = set()
    for node in tape:
        number = f"%{tape.number(node)}"
        name = number if not node.name or node.name in taken else node.name
        taken.add(name)
        indices = [f"[{','.join(map(str, at))}]" if at else "" for at in np.ndindex(node.shape)]
        yield node, filled([sympy.Symbol(name + index) for index in indices], node.shape)


def component_equations(root: Tensor) -> list[sympy.Eq]:
    """The forward pass in components, as sympy reads it: an Eq for each element of each operation's result, in order.

    >>> from autograd_rnn.formulas import component_equations
    >>> W = tensor([[0.5, -0.2]], name="W")
    >>> for equation in component_equations(tanh(W @ constant([1.0, 2.0], name="x")).sum()):
    ...     print(equation.lhs, "=", equation.rhs)
    %2[0] = W[0,0]*x[0] + W[0,1]*x[1]
    %3[0] = tanh(%2[0])
    %4 = %3[0]
    """
    tape = Tape.of(root)
    symbols = dict(_symbols(tape))
    equations = []
    for node in tape:
        if node.op is not None and node.op is not VARIABLE:
            at, options = f"%{tape.number(node)} {describe(node)}", node.options or {}
            meaning, chosen = meaning_of(node.op, [x.value if isinstance(x, Tensor) else x for x in node.inputs], options, at)
            arrays = [symbols[x] if isinstance(x, Tensor) else exact(x) for x in node.inputs]
            components = _checked(written(meaning, chosen, arrays, options), node, at)
            equations += [sympy.Eq(s, e, evaluate=False) for s, e in zip(symbols[node].ravel(), components, strict=True)]
    return equations
