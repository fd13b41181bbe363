"""What a program keeps of each step in one list, ``caches.append((x, h))``, each thing by itself."""

from __future__ import annotations

import ast

from autograd_rnn.formulas.programs.trees import blocks, moved, named, put, step_in
from autograd_rnn.formulas.programs.values import Fresh, name_in, subscripted
from autograd_rnn.formulas.writing.vocabulary import Vocabulary


class Cached(Fresh):
    """A program with caches."""

    words: Vocabulary
    tree: ast.Module

    def caches(self) -> None:
        """What a program keeps of each step in one list, each thing by itself."""
        for block in blocks(self.tree):
            for made in [*block]:
                match made:
                    case ast.Assign([ast.Name(of)], ast.ListComp(one, [ast.comprehension(ast.Name() as step, ast.Call() as over, [])])):
                        loop = ast.For(step, over, [ast.Assign([subscripted(of, ast.Name(step.id))], one)], [])
                        empty = ast.Assign([ast.Name(of, ast.Store())], ast.List([]))
                        k = block.index(made)
                        block[k : k + 1] = [ast.fix_missing_locations(ast.copy_location(y, made)) for y in (empty, loop)]
        fills: dict[str, list[tuple[ast.stmt, ast.expr]]] = {}
        for x in ast.walk(self.tree):
            match x:
                case ast.Expr(ast.Call(ast.Attribute(ast.Name(of), "append"), [value], [])) | ast.Assign(
                    [ast.Subscript(ast.Name(of), ast.Name())], value
                ):
                    fills.setdefault(of, []).append((x, value))
        for of, ((fill, filling), *more) in fills.items():
            if not more and isinstance(filling, (ast.Tuple, ast.Dict)) and not self.words.called(of):
                self.cache(of, fill, filling)

    def cache(self, of: str, fill: ast.stmt, value: ast.Tuple | ast.Dict) -> None:
        """What one cache keeps, each thing by itself."""
        keys = [getattr(k, "value", None) for k in value.keys] if isinstance(value, ast.Dict) else [*range(len(value.elts))]
        values = value.values if isinstance(value, ast.Dict) else value.elts
        names = {key: self.fresh(f"{of}_{key}") for key in keys}
        known = {key: v for key, v in zip(keys, values, strict=True) if isinstance(v, ast.Subscript) and isinstance(v.value, ast.Name)
                 and moved(v.value.id, self.words) and step_in(v.slice)}  # fmt: skip

        def element_of(key: object, step: ast.expr) -> ast.expr:
            if key not in known:
                return subscripted(names[key], step)
            found = known[key]
            return subscripted(name_in(found), put(ast.Expression(found.slice), named({step_in(found.slice): step})).body)

        def of_step(x: ast.AST, loop: ast.For | None) -> ast.expr | None:
            match x:
                case ast.Subscript(ast.Name(name), index) if name == of and isinstance(index, (ast.Name, ast.BinOp)):
                    return index
                case ast.Call(ast.Attribute(ast.Name(name), "pop"), [], []) if name == of and loop:
                    whole = ast.unparse(loop.iter) in ("reversed(range(T))", "range(T - 1, -1, -1)", "range(T, 0, -1)", "range(T)[::-1]")
                    once = sum(isinstance(y, ast.Call) and ast.unparse(y.func) == f"{of}.pop" for y in ast.walk(self.tree)) == 1
                    if whole and once and isinstance(loop.target, ast.Name):
                        return ast.Name(loop.target.id)
            return None

        def one(x: ast.stmt, loop: ast.For | None) -> list[ast.stmt]:
            if x is fill:
                whole = isinstance(x, ast.Assign)
                made = [ast.Assign([subscripted(names[k], x.targets[0].slice)], v) if whole else  # type: ignore[attr-defined]
                        ast.Expr(ast.Call(ast.Attribute(ast.Name(names[k]), "append"), [v], [])) for k, v in zip(keys, values, strict=True)
                        if k not in known]  # fmt: skip
                return [ast.fix_missing_locations(ast.copy_location(y, x)) for y in made]
            match x:
                case ast.Assign([ast.Name(name)], _) if name == of:
                    made = [ast.Assign([ast.Name(own, ast.Store())], ast.List([])) for k, own in names.items() if k not in known]
                    return [ast.fix_missing_locations(ast.copy_location(y, x)) for y in made]
                case ast.Assign([ast.Tuple(parts)], from_) if (step := of_step(from_, loop)) and len(parts) == len(keys):
                    made = [ast.Assign([part], element_of(k, step)) for k, part in zip(keys, parts, strict=True)]
                    return [ast.fix_missing_locations(ast.copy_location(y, x)) for y in made]
                case ast.For() | ast.While() | ast.If() | ast.FunctionDef():
                    x.body = [z for y in x.body for z in one(y, x if isinstance(x, ast.For) else loop)] or [ast.Pass()]
                    return [x]

            def element(node: ast.AST) -> ast.AST | None:
                match node:
                    case ast.Subscript(from_, ast.Constant(key)) if key in names and (step := of_step(from_, loop)):
                        return element_of(key, step)
                return None

            return [put(x, element)]

        self.tree.body = [y for x in self.tree.body for y in one(x, None)]
