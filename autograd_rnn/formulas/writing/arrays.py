"""Whole arrays as programs have them, a row for each step: ``da.sum(axis=0)``, ``da[1:]``, ``h[:-1]``."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from autograd_rnn.formulas.writing.einsum import rank
from autograd_rnn.formulas.writing.elements import WORD
from autograd_rnn.formulas.writing.lines import Unreadable
from autograd_rnn.formulas.writing.sugar import binary, call, number, replaced
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

OVER_STEPS = re.compile(r"\.sum\(\s*(?:(?:axis|dim)\s*=\s*)?(?:0|\(\s*0\s*,\s*\))\s*(?:,\s*keepdims?\s*=\s*(?:True|False|0|1)\s*)?\)")
WITHIN_A_STEP = re.compile(r"\.sum\(\s*(?:(?:axis|dim)\s*=\s*)?-?\s*1\s*[,)]")
ACROSS = "`axis=1` adds the elements of each step: over the steps, which are the rows, it is `axis=0`"
# what lacks no step but the first or the last: 1:T does in any array
SLICE = re.compile(r"\[\s*(?!1\s*:\s*T\s*[\],]|0?\s*:\s*T\s*\+)([01])?\s*:\s*(-\s*1|T(?:\s*\+\s*1)?)?\s*(?:,\s*:\s*)?\]")


class Whole(NamedTuple):
    """The steps of which an array without a step has the rows: all from the ``first`` to so many before the last."""

    first: int = 1
    short: int = 0


def moves(word: str, words: Vocabulary) -> bool:
    """Whether a name has a step of its own: it is an array with a row for each."""
    name = words.find(word) or words.other.get(word, word)
    return words.timed.get(name, name in words.own and name not in words.timed) or name == "delta"


def sliced(text: str, words: Vocabulary) -> tuple[list[tuple[int, int, str]], Whole, str]:
    """Where a text has rows from the second on or but for the last, ``da[1:]`` and ``h[:-1]``, and the step that each is beside the others.
    Beside a whole array, or both together, they are those of an array that has a row for the step 0 too; alone they lack a step."""
    found = [(word, SLICE.match(text, word.end())) for word in WORD.finditer(text) if moves(word[0], words)]
    cut = [(word, match) for word, match in found if match]
    less = [match for word, match in cut if match[1] == "1" or match[2] and not (match[2] == "T" and words.adjoint(word[0]))]  # no ds[0] is
    after = {match[1] == "1" for match in less}
    plain = any(match is None and text[word.end() : word.end() + 1] != "[" for word, match in found)
    begun = any((match[2] or "")[:1] == "T" for match in less)  # said with its length, h[:T] of T + 1 rows
    beside = plain or begun or len(after) == 2
    new: list[tuple[int, int, str]] = []
    said: dict[str, None] = {}
    for word, match in cut:
        step = "" if match not in less else "[t]" if match[1] == "1" or not beside else "[t-1]"
        new.append((*match.span(), step))
        rows = f"the rows of the steps {step[1:-1]}" if step else "all steps" if match[2] else ""
        said |= {f"`{word[0]}{match[0]}` is read as {rows}": None} if rows else {}
    whole = Whole() if beside or not less else Whole(2, 0) if after == {True} else Whole(1, 1)
    return new, whole, " and ".join(said)


def summed(tree: ast.Module, words: Vocabulary, whole: Whole | None) -> None:
    """Reads sums over the first axis, in place: over the steps of whole arrays; of one step there is one row."""

    def over_steps(x: ast.expr) -> ast.expr:
        if (of := _summand(x, words)) is None:
            return x
        if isinstance(of, ast.Attribute) and of.attr == "T" or rank(of, words) == 2:
            raise Unreadable(f"`axis=0` of `{ast.unparse(of)}` is no axis of steps: of whole arrays the steps are the first")
        bounds = [number(whole.first), binary(ast.Name("T"), ast.Sub, number(whole.short))] if whole and whole != Whole() else []
        return call("Sum", of, ast.Name("t"), *bounds) if whole else of

    replaced(tree, over_steps)


def _summand(node: ast.expr, words: Vocabulary) -> ast.expr | None:
    """What is summed over its first axis; None if nothing is."""
    match node:
        case ast.Call(ast.Attribute(of, "sum"), [ast.Constant(0)], []):
            return of
        case ast.Call(ast.Name("sum"), [ast.ListComp() | ast.GeneratorExp(), *_], _):
            return None  # says its steps itself
        case ast.Call(ast.Name("sum"), [of, *axis], named) if "sum" not in words.calls.values():
            given = [*axis, *(x.value for x in named if x.arg in ("axis", "dim"))]
            rest = [x for x in named if x.arg not in ("axis", "dim", "keepdims", "keepdim")]
            match given:
                case [ast.Constant(0) | ast.Tuple([ast.Constant(0)])] if not rest:
                    return of
    return None
