"""What every tensor of a tape is called in a walk, and how an equation over such names is written, with symbols and with numbers."""

from __future__ import annotations

import ast
import functools
import inspect
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd_rnn.algebra import expr as e
from autograd_rnn.algebra.printing import show
from autograd_rnn.drawing.block.unfold import unfold
from autograd_rnn.drawing.op.graph import graph_of
from autograd_rnn.engine.naming import Name, full_name
from autograd_rnn.engine.tape import Tape
from autograd_rnn.engine.tensor import Tensor
from autograd_rnn.formulas.system import Quantity, absolute, quantities
from autograd_rnn.nets.letters import shown_states
from autograd_rnn.nets.run import Run
from autograd_rnn.steps.step import Written

STYLES = ("text", "ascii", "latex")
FEW, MANY = 4, 8  # a matrix of more numbers than FEW, a vector of more than MANY, stays a symbol among the numbers
MOST = 300  # tensors of a tape that is still a picture to look at
HOLE = 0xE000  # private characters that stand for what no symbol says: an index, numbers


class Names:
    """The names of one tape: a net's quantities as its derivation has them, other tensors by their own names, the rest ``v_25``,
    as a Wengert list counts them, for the one that the tape prints as ``%25``."""

    def __init__(self, root: Tensor, run: Run | None):
        self.run, self.tape = run, Tape.of(root) if run is None else run.tape
        self.found: dict[Tensor, Quantity] = {} if run is None else quantities(run)
        counts = Counter(node.name for node in self.tape if node not in self.found)
        self.symbols: dict[Tensor, e.Sym] = {}
        self.nameless: set[Tensor] = set()
        for node in self.tape:
            if node in self.found:
                self.symbols[node] = absolute(self.found[node])
            elif node.label and counts[node.name] == 1:
                own = run is None and node.step is not None
                label = full_name(node.label, node.scope.tag, None) if own else node.label
                self.symbols[node] = e.Sym(label, e.Time("", node.step) if own and node.step is not None else None)
            else:
                self.nameless.add(node)
                self.symbols[node] = e.Sym(Name("v", "", str(self.tape.number(node))))
        self.by_symbol = {symbol: node for node, symbol in self.symbols.items()}
        cells = [chain.cell for chain in run.chains] if run is not None else []
        self.homes = {cell.tag: full_name(shown_states(cell)[0], cell.tag, None) for cell in cells}  # whose circle stands for a cell
        self.drawn = frozenset(unfold(run, elide=False).nodes) if run is not None else frozenset()  # the ids of the block picture's nodes

    @functools.cached_property
    def operations(self) -> dict[Tensor, str]:
        """The ids of the op picture's nodes; none of a tape that is too long for a picture."""
        used = {x for node in self.tape for x in node.inputs if isinstance(x, Tensor)}
        ends = [node for node in self.tape if node not in used]
        return {node: drawn.id for node, drawn in graph_of(*ends).nodes.items()} if len(self.tape) <= MOST else {}

    def name(self, node: Tensor) -> str:
        """The full name: ``h2_3``, ``W_hh``, ``v_25``."""
        symbol = self.symbols[node]
        return symbol.name if symbol.time is None else f"{symbol.name}_{symbol.time}"

    def shown(self, node: Tensor) -> str:
        """The name as equations write it: ``a_i,3``."""
        return show(self.symbols[node])

    def step(self, node: Tensor) -> int | None:
        """The time step that a walk shows for a tensor: none for a parameter and for the total loss."""
        time = self.symbols[node].time
        return time.offset if time is not None else node.step if node in self.nameless else None

    def tag(self, node: Tensor) -> str:
        """Layer and direction."""
        return node.scope.tag

    def mark(self, *nodes: Tensor) -> tuple[str, ...]:
        """The nodes of the block picture that show these tensors: a gate is inside its cell's state. A single tensor has the op picture
        only."""
        found: dict[str, None] = {}
        for node in nodes if self.run is not None else ():
            home = self.homes.get(self.tag(node), "")
            options = (self.name(node), str(full_name(home, "", self.step(node))))
            found |= dict.fromkeys([name for name in options if name in self.drawn][:1])
        return tuple(found)

    def operation(self, *nodes: Tensor) -> tuple[str, ...]:
        """The nodes of the op picture that are these tensors, where there is such a picture: a weight is no node of it."""
        if not self.operations:
            return self.mark(*nodes)
        return tuple(dict.fromkeys(self.operations[node] for node in nodes if node in self.operations))


def written(equation: Any, sign: str = "=") -> Written:
    """An equation, or several, in the three notations; ``sign="+="`` for one term of several."""
    several = equation if isinstance(equation, list) else [equation]
    styles = ("\n".join(show(q, style) for q in several) for style in STYLES)
    return Written(*(text.replace(" = ", f" {sign} ", 1) if sign != "=" else text for text in styles))


def filled(x: Any, holes: Mapping[Any, Mapping[str, str]], also: Callable[[str, str], str] = lambda text, style: text) -> Written:
    """An expression or equation with some of its nodes replaced by text of their own, {node: {style: text}}."""
    letters = {node: e.Sym(chr(HOLE + k)) for k, node in enumerate(holes)}

    def change(node: Any) -> Any:
        return letters.get(node, node)

    if isinstance(x, e.Equation):
        held: Any = e.Equation(e.transformed(x.left, change), e.transformed(x.right, change), x.where)
    else:
        held = e.transformed(x, change)
    result = []
    for style in STYLES:
        text = show(held, style)
        for k, node in enumerate(holes):
            text = text.replace(chr(HOLE + k), holes[node][style])
        result.append(also(text, style))
    return Written(*result)


def in_numbers(equation: e.Equation, value: Callable[[e.Sym], Any], result: Any, sign: str = "=") -> Written:
    """An equation with the numbers of its small symbols put in, and its result: ``da_2 = [0.1 -0.2] ⊙ (1 - [0.5 0.3]²) = [...]``."""
    holes = {}
    for symbol in dict.fromkeys(e.symbols(equation.right)):
        number = value(symbol)
        if number is not None and np.size(number) <= (FEW if np.ndim(number) > 1 else MANY):
            texts = {style: numbers(number, style) for style in STYLES}
            negative = np.ndim(number) == 0 and texts["text"].startswith("-")
            holes[symbol] = {style: f"({text})" for style, text in texts.items()} if negative else texts
    right = filled(equation.right, holes)
    left, total = written(equation.left), [numbers(result, style) for style in STYLES]
    rows = []
    for side, text, end in zip(left, right, total, strict=True):
        long = not holes or text == end or len(right.text) > 200
        rows.append(f"{side} {sign} {end}" if long else f"{side} {sign} {text} = {end}")
    return Written(*rows)


def numbers(value: Any, style: str = "text") -> str:
    """A number, vector or matrix with four significant digits, as the notation writes it; a large one by its ends."""
    array = np.asarray(value) + 0  # no negative zeros
    if array.ndim == 0:
        return f"{array.item():.4g}"
    if style == "latex" and array.ndim <= 2 and array.size <= 64:
        rows = array[:, None] if array.ndim == 1 else array
        body = r" \\ ".join(" & ".join(f"{x:.4g}" for x in row) for row in rows.tolist())
        return rf"\begin{{bmatrix}}{body}\end{{bmatrix}}"
    separator = ", " if style == "ascii" else " "
    form: Any = {"float_kind": "{:.4g}".format}
    text = np.array2string(array, threshold=24, edgeitems=2, separator=separator, formatter=form, max_line_width=10**6)
    text = " ".join(text.split())
    return rf"\text{{{text}}}" if style == "latex" else text


@functools.cache
def line_of(function: Any, label: str = "") -> str:
    """Where code stands, ``elementwise.py:215``: a function's first line, or the line inside it that computes ``label``."""
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    first = code.co_firstlineno
    if label:
        try:
            source = inspect.getsource(function)
        except (OSError, TypeError):
            return ""
        indent = len(source) - len(source.lstrip())
        try:
            tree = ast.parse("\n".join(line[indent:] for line in source.splitlines()))
        except SyntaxError:  # a lambda in the middle of something else
            return f"{Path(code.co_filename).name}:{first}"
        named = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == label]
        first += named[0].lineno - 1 if named else 0
    return f"{Path(code.co_filename).name}:{first}"
