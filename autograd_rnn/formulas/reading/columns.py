"""A gate's one matrix on a state and an input together, as some books write it: ``W_f [h, x]``, and its gradient ``da_f [h, x]ᵀ``."""

from __future__ import annotations

import ast
import copy
import re

from autograd_rnn.formulas.sentences.prose import parted
from autograd_rnn.formulas.writing.lines import Unreadable, marked
from autograd_rnn.formulas.writing.sugar import binary, replaced
from autograd_rnn.formulas.writing.vocabulary import Vocabulary

JOINING = ("concatenate", "hstack", "vstack", "row_stack", "cat")

WHOLE = re.compile(rf"\s*([^\W\d]\w*?)(?:\[t\]|_t|_\{{t\}})?\s*=\s*(?:\w+\.)?(?:{'|'.join(JOINING)})"
                   r"\(\s*[(\[]\s*([^;]*)[)\]]\s*(?:,\s*(?:axis\s*=\s*)?0)?\s*\)\s*")  # fmt: skip
ALONG = re.compile(r"\[\s*(?:\d|:|\d?\s*:\s*-)[^\[\]]*\]")  # of an array with all steps, which is put together along these


def inlined(lines: list[tuple[int, str]], words: Vocabulary, program: bool) -> list[tuple[int, str]]:
    """The lines of a text, each name that one says to be several put together, ``z = np.concatenate((h, x))``, as these in the lines
    behind it, if the model has none of that name; none of what is changed behind it."""
    found: list[tuple[int, str]] = []
    put: dict[str, str] = {}
    for number, line in lines:
        for name, whole in put.items():
            line = re.sub(rf"(?<![\w.]){name}(?!\w)(?:\[t\]|_t(?!\w)|_\{{t\}})?", whole.replace("\\", r"\\"), line)
        made = WHOLE.fullmatch(line)
        parts = parted(made[2].rstrip(" ,"), ",") if made and not ALONG.search(made[2]) else []
        left = re.match(r"\s*([^\W\d]\w*)", line)
        put = {name: whole for name, whole in put.items() if not left or not re.search(rf"(?<![\w.]){left[1]}(?!\w)", whole)}
        if made and len(parts) == 2 and program and (gate := next(iter(words.beside), "")):
            a, b = words.beside[gate]
            said = f"this model has no one weight on what `{made[1]}` puts together but two, as `{b}` and `{a}`"
            raise Unreadable(marked(f"{said}: write a line for the gradient of each, and what goes back with `{b}.T` alone", line, 0))
        if made and len(parts) > 1 and words.timed.get(made[1]) is None:
            put[made[1]] = f"[{'; '.join(part.strip() for part in parts)}]"
            line = "" if any(re.search(rf"(?<![\w.]){made[1]}(?!\w)", x) for n, x in lines if n > number) else line
        found += [(number, line)] if line else []
    return found or lines


def side_by_side(tree: ast.Module, words: Vocabulary) -> list[tuple[ast.Module, list[str]]]:
    """A line with each product ``W_f [h, x]`` as ``W_hf h + W_xf x``; the gradient of such a matrix as a line for each of the two; and what
    is to be said of it. Nothing, where a line says what such a matrix is made of."""
    replaced(tree, lambda x: _joined(x, words))
    if not any(isinstance(x, ast.List) for x in ast.walk(tree)):
        return [(tree, [])]
    said: list[str] = []

    def apart(x: ast.expr) -> ast.expr:
        match x:
            case ast.BinOp(ast.Name(name) | ast.BinOp(_, ast.FloorDiv() | ast.Mult(), ast.Name(name)), op, ast.List(parts)):
                if isinstance(op, (ast.FloorDiv, ast.MatMult, ast.Mult)) and (pair := _each_its_own(name, parts, words)):
                    said.append(f"`{name}` in front of two columns is read as `{pair[0]}` and `{pair[1]}` side by side")
                    first, second = (binary(ast.Name(m), ast.FloorDiv, part) for m, part in zip(pair, parts, strict=True))
                    both = binary(first, ast.Add, second)
                    return ast.BinOp(x.left.left, x.left.op, both) if isinstance(x.left, ast.BinOp) else both
        return x

    replaced(tree, apart)
    match tree.body:
        case [ast.Assign([ast.Name(name)], ast.List([ast.Name(a), ast.Name(b)]))] if (b, a) == words.beside.get(name):
            return []
        case [ast.Assign([ast.Name(name)], right) | ast.AugAssign(ast.Name(name), _, right)]:
            pairs = [_each_its_own(name, x.elts, words) for x in ast.walk(right) if isinstance(x, ast.List)]
            if found := next(filter(None, pairs), None):
                note = f"the gradient of one matrix on two columns is read as `{found[0]}` and `{found[1]}` side by side"
                return [(_half(copy.deepcopy(tree), name, matrix, words), [*said, note]) for matrix in found]
    return [(tree, said)]


def _joined(x: ast.expr, words: Vocabulary) -> ast.expr:
    """``[a; b]`` for ``np.concatenate((a, b))`` along the first axis, as programs write it; anything else as it is."""
    match x:
        case ast.Call(ast.Name(name), [ast.Tuple(parts) | ast.List(parts), *axis], named) if name in JOINING and name not in words.calls:
            taken = [of.slice for part in parts for of in ast.walk(part) if isinstance(of, ast.Subscript)]
            if any(isinstance(step, (ast.Constant, ast.Slice)) for step in taken):
                return x  # of an array with all steps, which is put together along these
            along = [*axis, *(of.value for of in named if of.arg in ("axis", "dim"))]
            if len(along) == len(axis) + len(named) < 2 and all(ast.unparse(of) in ("0", "-1") for of in along) and len(parts) > 1:
                return ast.List(parts, ast.Load())
    return x


def _half(tree: ast.Module, whole: str, matrix: str, words: Vocabulary) -> ast.Module:
    """A line on one matrix on two columns as that on the one of the two that belongs to a matrix."""

    def own(x: ast.expr) -> ast.expr:
        pair = _each_its_own(whole, x.elts, words) if isinstance(x, ast.List) else []
        if pair and isinstance(x, ast.List):
            return x.elts[pair.index(matrix)]
        return ast.Name(matrix, x.ctx) if isinstance(x, ast.Name) and x.id == whole else x

    replaced(tree, own)
    return tree


def _each_its_own(name: str, parts: list[ast.expr], words: Vocabulary) -> list[str]:
    """Of two parts, of the lengths that a gate's two matrices have, the matrix of each; nothing for any others."""
    pair = {words.dims[matrix][1]: matrix for matrix in words.beside.get(name, ())}
    lengths = []
    for part in parts:
        of = part.elts if isinstance(part, ast.List) else [part]
        known = (next((x.id for x in ast.walk(one) if isinstance(x, ast.Name) and x.id in words.dims), "") for one in of)
        lengths.append("+".join(words.dims.get(name, ("",))[0] for name in known))
    return [pair[length] for length in lengths] if len(pair) == len(parts) == 2 and {*pair} == {*lengths} else []
