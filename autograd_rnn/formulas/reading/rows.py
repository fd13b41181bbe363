"""Products of rows, as programs that keep a row for each step or each example have them: ``da_t @ W`` and ``x_t.T @ da_t``."""

from __future__ import annotations

import ast
import re

from autograd_rnn.algebra import expr as e
from autograd_rnn.formulas.reading.names import Names, Refuse
from autograd_rnn.formulas.reading.shapes import Typed, transposed
from autograd_rnn.formulas.system import System
from autograd_rnn.formulas.writing.lines import IllTyped, Line

CODE = re.compile(r"@|(?<![A-Za-z])(?:dot|matmul|mm|mv)\(")
SHAPED = re.compile(r"reshape|None|newaxis|unsqueeze|\[:, *None\]")  # which says that a vector is a column or a row
ROW = "a vector in front of a matrix is read as a row: in columns that is the transposed matrix in front of the vector"
ROWS = "vectors are read as rows, as arrays of numpy have one for each step or each example"
TURNED = "the weights are read as the layout h = x W has them, each matrix the transpose of the model's"


class Rows(Names):
    """What two factors are. ``laid``: how the vectors of a line lie, as ``columns``, as ``rows`` where they do not fit so, or as rows with
    the weights ``turned``, too. ``columned``: what the text has that only columns have. ``line``: the one that is read."""

    laid = "columns"
    line: Line | None = None
    evident = False  # whether a product says that the weights are turned

    def __init__(self, derivation: System):
        super().__init__(derivation)
        self.columned: set[str] = set()

    def times(self, a: Typed, b: Typed, node: ast.expr) -> Typed:
        """``a @ b``."""
        if a.unknown or b.unknown or not a.shape or not b.shape:
            return self.shapes.applied(a, b, node)
        kind = "outer" if len(a.shape) == len(b.shape) == 1 and b.row and not a.row else ""
        kind = "matrix" if len(a.shape) == 2 and len(b.shape) == 1 and not b.row else kind
        if self.laid == "columns":
            found = self.shapes.applied(a, b, node)
            self.columned |= {kind}
            return found
        strict = self.laid == "turned" or self.line is None or self.line.whole is not None or not CODE.search(self.line.text)
        if kind == "outer" or kind and strict:
            raise IllTyped("columns among rows")
        if len(a.shape) == 1 and len(b.shape) == 2 and not a.row:
            self.evident = self.evident or self.laid == "turned" and b.shape[0] != b.shape[1]
            self.taken[ROW if self.laid == "rows" else TURNED] = None
            return self.shapes.applied(transposed(b), a, node)
        if len(a.shape) == len(b.shape) == 1 and a.row and not b.row:
            return self.contracted(a, b, node)
        return self.shapes.applied(a, b, node)

    def contracted(self, a: Typed, b: Typed, node: ast.expr) -> Typed:
        """``a.T @ b`` of rows: the outer product, and of whole arrays the sum of those of all steps."""
        line = self.line
        if line is None or SHAPED.search(line.text) or "outer" in self.columned or not (line.more == 1 or line.whole or self.evident):
            raise IllTyped("columns elsewhere")
        if "matrix" in self.columned and not line.whole:
            raise IllTyped("columns elsewhere")
        self.taken[ROWS] = None
        found = self.shapes.applied(a._replace(row=False), b._replace(row=True), node)
        if not line.whole:
            return found
        axes = [self.axes[s.name] for s in e.symbols(found.expr) if s.name in self.axes and s.time and s.time.base == "t"]
        first, short = line.whole
        return found._replace(expr=e.Sum(found.expr, e.Time("", first), e.Time(axes[0] if axes else sorted(self.ends)[-1], -short)))

    def symbol(self, name: str, time: e.Time | None, refuse: Refuse) -> Typed:
        found = super().symbol(name, time, refuse)
        known = self.symbols.get(name)
        if self.laid != "turned" or len(found.shape or ()) != 2 or known is None or known.name not in self.shapes.parameters:
            return found
        return found._replace(expr=e.Transpose(found.expr), shape=(found.shape or ())[::-1])
