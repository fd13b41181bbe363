"""The loss as programs collect it over the steps, ``loss -= np.log(ps[t][targets[t], 0])``, as a formula: ``L = Σ_t -log(p[t][y[t]])``."""

from __future__ import annotations

import ast
import re

from autograd_rnn.formulas.programs.libraries import plain
from autograd_rnn.formulas.programs.trees import put
from autograd_rnn.formulas.programs.values import names_of
from autograd_rnn.formulas.system import TARGET
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

NAME = r"(?:self\.)?(?:\w+_)?(?:L|E|J|loss|Loss|cost)"
ADDED = re.compile(rf"\s*({NAME})\s*(?:([-+])=|=\s*\1\s*([-+])(?!=))(.+)$")
MADE = re.compile(rf"\s*{NAME}(?:_t|\[t\])?\s*=(?!=)(.+)$")
BEGUN = re.compile(rf"\s*{NAME}\s*=\s*0(?:\.0*)?\s*;?\s*$")
KEPT = re.compile(rf"{BEGUN.pattern}|\s*return\b")
IDLE = re.compile(rf"{BEGUN.pattern}|\s*(?:(?:for\b.*|pass|end)\s*)?$")
SCALED = re.compile(rf"(?<![\w.]){NAME}\s*[*/]")
FROM_1 = re.compile(r"range\(1,|,\s*0,\s*-1\)|\[\w+\s*[-+]\s*1\]\s*=(?!=)")
STEPS = re.compile(r"\bfor\s+(\w+)\s*(?:,\s*\w+\s*)?in\b")
GUARD = 1e-4  # the most that one adds to a probability for its logarithm to be finite


class Unknown(Exception):
    """What stands there is none of the net's."""


def collected(line: str, text: str, words: Vocabulary) -> tuple[str, str]:
    """A line of a program on its loss as a formula, and what is not read of it; nothing of any other."""
    added = ADDED.match(line)
    if (found := added or MADE.match(line)) is None:
        return "", ""
    term = Term({"t", *STEPS.findall(text)}, words)
    try:
        tree = put(put(ast.parse(found[found.lastindex or 0].partition("#")[0].strip(), mode="eval"), plain), term)
    except (SyntaxError, ValueError, RecursionError, Unknown):
        return "", ""
    right = ast.unparse(tree).replace("Sum_t(", "Σ_t (")
    if term.whole:
        return "" if added else f"L = {right}", term.left
    return f"L = Σ_t ({(added[2] or added[3]).replace('+', '')}({right}))" if added else f"L_t = {right}", term.left


class Term:
    """What stands in such a line, at the step at hand. ``steps``: how loops call it; ``whole``: whether some of it is of all steps;
    ``left``: the sentence on what is added to a probability for its logarithm to be finite."""

    def __init__(self, steps: set[str], words: Vocabulary):
        self.steps, self.words, self.whole, self.left = steps, words, False, ""

    def __call__(self, x: ast.AST) -> ast.AST | None:
        match x:
            case ast.Call(ast.Attribute(of, "sum"), [], []) if ast.unparse(of) != "np":
                return self(ast.Call(ast.Name("sum"), [of], []))
            case ast.Call(ast.Name("sum") | ast.Attribute(_, "sum"), [ast.GeneratorExp(of, [one]) | ast.ListComp(of, [one])], []) if (
                re.match(r"range\((?:\w+|len\(\w+\))\)$", ast.unparse(one.iter)) and not one.ifs
            ):
                self.whole = True
                return ast.Call(ast.Name("Sum_t"), [put(of, self)], [])
            case ast.Call(ast.Name(name) | ast.Attribute(ast.Name("np" | "math" | "torch"), name), [of], []):
                match of:
                    case ast.BinOp(inner, ast.Add(), ast.Constant(float() as least)) if name == "log" and 0 < least <= GUARD:
                        of, self.left = inner, f"without the `{least:g}` that is added within the logarithm"
                before = self.whole
                found = put(of, self)
                return ast.Call(ast.Name("Sum_t" if name == "sum" and self.whole and not before else name), [found], [])
            case ast.Call(ast.Name("len"), [_], []) | ast.Name("T"):
                return ast.Name("T")
            case ast.Name(name):
                return ast.Subscript(ast.Name(self.timed(name)), ast.Name("t"))
            case ast.Subscript():
                return self.element(x)
        return None

    def timed(self, name: str) -> str:
        """The model's name of something that has steps."""
        of = self.words.called(name)
        if not of or not self.words.timed.get(of):
            raise Unknown(name)
        return of

    def element(self, x: ast.Subscript) -> ast.expr:
        """``ps[t][targets[t], 0]`` as ``p[t][y[t]]``."""
        of, places = x, list[ast.expr]()  # type: ast.expr, list[ast.expr]
        while isinstance(of, ast.Subscript):
            places[:0] = getattr(of.slice, "elts", [of.slice])
            of = of.value
        if not isinstance(of, ast.Name):
            raise Unknown
        step, picked = list[ast.expr](), list[ast.expr]()
        for place in places:
            match place:
                case ast.Name(name) | ast.BinOp(ast.Name(name), ast.Add() | ast.Sub(), ast.Constant(int())) if name in self.steps:
                    step.append(put(place, lambda y: ast.Name("t") if isinstance(y, ast.Name) else None))
                case ast.Call(ast.Name("range") | ast.Attribute(ast.Name("np"), "arange"), [_]):
                    step.append(ast.Name("t"))
                    self.whole = True
                case ast.Constant(0 | None) if step or picked:
                    pass
                case _ if any(self.words.called(name) == TARGET for name in names_of(place)):
                    picked.append(put(place, self))
                case _:
                    raise Unknown
        if len(step) > 1 or len(picked) > 1:
            raise Unknown
        found = ast.Subscript(ast.Name(self.timed(of.id)), step[0] if step else ast.Name("t"))
        return ast.Subscript(found, picked[0]) if picked else found
