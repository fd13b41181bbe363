"""The functions of the formula language."""

from __future__ import annotations

import ast

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.proving.rationals import lettered
from autograd_rnn.formulas.reading.indexed import Indexed
from autograd_rnn.formulas.reading.names import Refuse, moved
from autograd_rnn.formulas.reading.shapes import Typed, one, transposed
from autograd_rnn.formulas.writing.arrays import ACROSS
from autograd_rnn.formulas.writing.lines import IllTyped
from autograd_rnn.formulas.writing.sugar import ACTS, CALLS, PRIMES

JOINED = ("concatenate", "hstack", "vstack", "stack", "column_stack", "split", "hsplit", "vsplit", "array_split", "cat", "chunk")


class Functions(Indexed):
    """The nodes that are calls."""

    def unlike(self, node: ast.Call) -> str:
        """The sentence for a call that the language has not, or not so."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in self.calls.known:
            return f"`{name}` takes what it takes in this net: `{self.calls.like(name)}`"
        if name == "sum" and any(getattr(x.value, "value", 0) for x in node.keywords if x.arg in ("axis", "dim")):
            return ACROSS
        if name == "sum":
            return "`sum` takes a vector, and adds its elements: over the steps write `Sum(da[t], t)`"
        if (act := name.removesuffix("_prime")).partition("_")[0] in (*ACTS, "theta", "act", "activation"):
            used = (x.name for q in self.derivation.forward for x in e.nodes(q.right) if isinstance(x, e.Fn) and x.name in PRIMES)
            return f"`{act}` is any activation in books: name the one that is meant, {' or '.join(dict.fromkeys(used))}"
        if name in JOINED:
            said = "puts several quantities into one array or takes one apart: write a line for each, as `da_i = ...`, `da_f = ...`"
            return f"`{name}` {said}"
        return f"`{name}(...)` is not in the language: it has {', '.join(CALLS)}"

    def call(self, name: str, parts: list[Typed], node: ast.expr, refuse: Refuse) -> Typed:
        """A function of the language."""
        if name not in CALLS:
            raise refuse(self.unlike(node) if isinstance(node, ast.Call) else name)
        if name == "outer":
            if len(parts) != 2:
                raise refuse("`outer(a, b)` takes two columns")
            return self.shapes.applied(one(parts[0], node), transposed(one(parts[1], node)), node)
        if len(parts) != 1:
            raise refuse(f"`{name}(...)` takes one argument")
        of = parts[0]
        if name == "onehot":
            if not (of.shape is None and isinstance(of.expr, e.Sym)):
                raise IllTyped(f"`onehot` takes a class number y[t]: {ast.unparse(node)}")
            return Typed(e.Fn("onehot", of.expr), (self.shapes.letters[self.shapes.classes],))
        if of.unknown:
            return of
        if of.shape is None:
            raise IllTyped(f"a class number such as y[t] is written `onehot(y[t])`: {ast.unparse(node)}")
        if name != "sqrt" and not any(e.symbols(of.expr)) and any(isinstance(x, e.Num) and lettered(x) for x in e.nodes(of.expr)):
            raise refuse("a formula is one for every T: what compares T with a number, and functions of it other than sqrt, are not read")
        if name == "sum":
            return Typed(e.Fn("sum", of.expr), ())
        if name == "diag":
            return Typed(e.Diag(one(of, node).expr), of.shape * 2)
        if name == "positive" and isinstance(of.expr, e.Sym) and of.expr.time:
            general = of.expr._replace(time=e.Time("t", 0))
            if general in self.masks and of.expr.time.base == "t":  # relu is positive where its argument is
                return Typed(e.Fn(name, moved(self.masks[general], of.expr.time)), of.shape, of.row)
        return of._replace(expr=e.Fn(name, of.expr))
