"""The house rules: floors, sizes, light imports, public docstrings, and the budgets' structural side."""

import ast
import functools
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar

PACKAGE = Path(ar.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = {  # by floor; tables and files may be written from anywhere
    -1: ["interrupt", "visible"],
    0: ["limits", "table", "writing"],
    1: ["engine"],
    2: ["algebra"],
    3: ["nets"],
    4: ["formulas", "drawing"],
    5: ["steps", "grader"],  # side by side: neither imports the other
    6: ["tour", "commands", "cli", "__main__", "__init__"],
}
TOP = max(ROOMS)
FLOORS = {room: floor for floor, rooms in ROOMS.items() for room in rooms}


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names] if isinstance(node, ast.Import) else []
        yield from (name.split(".")[1] for name in names if name and name.startswith("autograd_rnn."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_from_its_own_floor_or_lower_ones_and_stays_small(path):
    mine = room(path)
    for other in imported(path):
        allowed = FLOORS[other] < FLOORS[mine] or other == mine or FLOORS[mine] == TOP
        assert allowed, f"{path.name} ({mine}) imports from {other}"
    assert path.read_text(encoding="utf-8").count("\n") <= 330


ANYTHING = {  # what may be anything, and is said to be
    "algebra/options.py": "Told",  # what an operation is called with, of any kind
    "algebra/expr/kinds.py": "left",  # a symbol, of a Jacobian a derivative; 3.10 has no named tuple that is generic in a field
    "formulas/evaluate.py": "Value",  # of any field: floats, 50 digits, residues, enclosures
    "formulas/equations.py": "sympy",  # which has no types
}


def test_an_expression_is_typed_as_one():
    for path in [path for path in FILES if room(path) in ("algebra", "formulas")]:
        tree, name = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(PACKAGE).as_posix()
        lines = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "Any"}
        text = path.read_text(encoding="utf-8").splitlines()
        assert all(ANYTHING.get(name, "nothing") in text[line - 1] for line in lines), (name, lines)
        assert len(lines) <= 1, name


def test_judging_isolation_and_diagnosis_do_not_know_each_other():
    rooms = ("judging", "isolation", "diagnosis")
    for path in (path for name in rooms for path in (PACKAGE / "grader" / name).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in getattr(node, "names", [])]
            others = [f"autograd_rnn.grader.{name}" for name in rooms if name != path.parent.name]
            assert not any(str(name).startswith(other) for name in names for other in others), (path, names)


def test_files_are_written_by_the_one_writer_alone():
    """Whatever opens a file elsewhere, reads it: by a mode that says so."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or path.name == "writing.py":
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in ("write_text", "write_bytes", "savez", "tofile", "mkstemp", "NamedTemporaryFile"), path
            if called == "open" and getattr(node.func, "value", node.func).__dict__.get("id") != "archive":
                modes = [mode.value for mode in [*node.args, *(k.value for k in node.keywords)] if isinstance(mode, ast.Constant)]
                assert not {"w", "wb", "a", "ab", "x", "xb", "r+", "rb+", "w+"} & set(map(str, modes)), path


def test_a_sentence_names_a_class_by_the_one_function():
    """Which shows what a class's name may hold and cuts it short; ``__name__`` is whatever somebody wrote."""
    for path in [path for path in FILES if path.name != "wire.py"]:  # a worker's, which knows errors of Python's own alone
        for node in [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Raise)]:
            assert not re.search(r"\{type\([\w.]+\)\.__name__\}", ast.unparse(node)), f"{path}: {ast.unparse(node)}"


def test_importing_the_package_loads_numpy_at_its_first_name_and_nothing_heavier():
    late = {"sympy", "graphviz", "pygraphviz", "rich", "mpmath", "torch", "zipfile", "fractions", "pathlib", "inspect", "threading"}
    late |= {"autograd_rnn.algebra", "autograd_rnn.nets"}
    code = f"import sys; sys.path[:] = {sys.path!r}; had = {{*sys.modules}}; import autograd_rnn; print(*{{*sys.modules}} - had)\n"
    code += f"import numpy; had = {{*sys.modules}}; autograd_rnn.tensor; print(*{late!r} & set(sys.modules) - had)"
    alone = [sys.executable, "-S", "-c", code]  # without site, which loads more where the package is installed in place
    first, then = subprocess.run(alone, capture_output=True, text=True, check=True).stdout.splitlines()
    assert set(first.split()) <= {"autograd_rnn", "__future__"} and not then


@pytest.mark.parametrize("name", ["tensor", "RNN"])
@pytest.mark.parametrize("before, after", [("pass", "True 0"), ("gc.disable()", "False 0"), ("gc.freeze()", "True 1")])
def test_an_import_takes_no_time_for_the_collector_and_leaves_it_as_it_was(before, after, name):
    code = f"import gc, sys; sys.path[:] = {sys.path!r}; seen = []; import autograd_rnn\n"
    code += f"{before}; gc.collect(); gc.callbacks.append(lambda phase, info: seen.append(phase)); autograd_rnn.{name}; found = len(seen)\n"
    code += "print(gc.isenabled(), min(gc.get_freeze_count(), 1), found)"
    told = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert told.startswith(after) and (told.endswith(" 0") or after == "True 1"), told


@pytest.mark.parametrize("name", sorted(set(dir(ar)) - {"OPS", "conventions"}))
def test_every_public_name_explains_itself_with_an_example(name):
    thing = getattr(ar, name)
    assert thing.__doc__ and len(thing.__doc__) > 30
    without_example = {"Tensor", "Gradients", "Run", "Cell", "scope"}  # what makes these has the example
    assert ">>>" in thing.__doc__ or name in without_example
    assert name in dir(ar)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="autograd_rnn has no 'LTSM'"):
        ar.LTSM


def test_lazy_names_stay_what_they_are_after_their_modules_are_imported():
    first, again = ar.draw, ar.draw
    assert inspect.isfunction(first) and first is again and inspect.isfunction(ar.verify)
    assert set(ar.nets.__all__) <= set(dir(ar)) and all(getattr(ar, name) is getattr(ar.nets, name) for name in ar.nets.__all__)


def test_a_shared_weight_costs_one_product_a_sweep(monkeypatch):
    from autograd_rnn.engine.rule import OPS

    pooled = []
    for rule in set(OPS["linear"].rules(3)):
        if hasattr(rule, "pool"):
            monkeypatch.setattr(rule, "pool", lambda parts, *rest, pool=rule.pool: pooled.append(len(parts)) or pool(parts, *rest))
    model = ar.Model(ar.RNN(3, 4), output_size=2)
    run = model.unroll(np.ones((7, 3)), [0] * 7)
    run.backward()
    assert sorted(pooled) == [7] * 5  # W_xh, W_hh, b_h, W_hy, b_y: one call each, all seven steps in it


def test_two_deep_graphs_are_freed_without_the_collector():
    import gc
    import weakref

    gc.disable()
    try:
        run = ar.Model(ar.LSTM(2, 3), output_size=2).unroll(np.ones((4, 2)), [0, 1, 0, 1])
        run.backward()
        node = weakref.ref(run.h[2])
        del run
        assert node() is None
    finally:
        gc.enable()


def test_import_star_leaves_pythons_own_names_alone():
    import builtins

    assert set(ar.__all__) == set(dir(ar)) - set(dir(builtins)) and {"sum", "abs", "max", "min"} <= set(dir(ar))


@functools.cache
def modules_imported(path):
    """The package's modules that a file imports, inside functions too; not those that only a type checker reads."""
    found, waiting = set(), [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd_rnn"):
            for name in node.names:
                within = PACKAGE.parent.joinpath(*node.module.split("."), name.name)
                found.add(f"{node.module}.{name.name}" if within.with_suffix(".py").exists() or within.is_dir() else node.module)
        blocks = (getattr(node, block, ()) for block in ("body", "orelse", "finalbody", "handlers", "cases"))
        waiting += (child for block in blocks if isinstance(block, list) for child in block)  # no expression imports
    return found


def circles(folder):
    """The files of a folder that import each other in a circle."""
    names = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path for path in folder.rglob("*.py")
    }
    above = {name: modules_imported(path) & set(names) - {name} for name, path in names.items()}
    while free := [name for name, needs in above.items() if not needs]:
        above = {name: needs - set(free) for name, needs in above.items() if name not in free}
    return above


def test_no_files_import_each_other_in_a_circle():
    assert circles(PACKAGE) == {}


def test_the_rooms_of_the_formulas_stand_on_those_below_them():
    rooms = ["writing", "sentences", "programs", "proving", "reading", "evidence", "mistakes", "checking"]
    assert {path.parent.name for path in (PACKAGE / "formulas").glob("*/__init__.py")} == set(rooms)
    for level, room in enumerate(rooms):
        needed = {name for path in (PACKAGE / "formulas" / room).glob("*.py") for name in modules_imported(path)}
        assert {name.split(".")[2] for name in needed if name.startswith("autograd_rnn.formulas.")} & set(rooms[level + 1 :]) == set(), room


def test_what_a_model_consists_of_is_asked_not_tested_for():
    asked = [path.name for path in FILES if "EncoderDecoder)" in re.sub(r"class \w+\(.*", "", path.read_text(encoding="utf-8"))]
    assert [name for name in asked if name != "files.py"] == []  # model.nets, model.cells; files.py lists the classes that it loads


# Lists of operations outside the engine, and why each is of its room and no fact of an operation that its declaration should hold.
LANGUAGE, SYMPY, LATEX = "what the formula language has nodes for", "what numpy's or mpmath's function is in sympy", "LaTeX's own commands"
LAWS = "laws between functions, by which exact arithmetic proves: each row is a theorem on several"
TABLES = {
    ("nets/losses.py", "LOSSES"): "what a model's losses are called",
    ("nets/losses.py", "OUTPUTS"): "what each of them takes for the answer, which is the model's affair",
    ("nets/__init__.py", "__all__"): "what may be imported",
    ("__init__.py", "LAZY"): "what may be imported",
    ("algebra/operations.py", "READ"): LANGUAGE,
    ("formulas/proving/exact.py", "Exact.node"): LANGUAGE,
    ("formulas/writing/components.py", "Components.node"): "what of the formula language takes whole vectors and matrices, no elements",
    ("formulas/proving/meanings.py", "MEANINGS"): "sympy, which the engine does not know, where a forward does not say it to symbols",
    ("formulas/proving/meanings.py", "CHOICES"): "what the numbers decide before MEANINGS",
    ("formulas/proving/traced.py", "FUNCTIONS"): SYMPY,
    ("formulas/evidence/enclosed.py", "EACH"): "mpmath's functions of intervals, by sympy's names",
    ("formulas/proving/laws.py", "EXPONENTIAL"): LAWS,
    ("formulas/proving/laws.py", "Lawful.found"): LAWS,
    ("formulas/proving/laws.py", "Lawful.logarithm"): LAWS,
    **{("formulas/proving/signed.py", name): LAWS for name in ("RISING", "ABOVE", "FLAT", "WITHIN", "Signed.node")},
    ("formulas/proving/nonzero.py", "WEAK"): LAWS,
    ("formulas/evidence/examples.py", "PARTIAL"): LAWS,
    ("formulas/writing/sugar.py", "PRIMES"): "how people write a derivative with a prime",
    ("formulas/writing/sugar.py", "_called"): "what people write in other words",
    ("formulas/writing/signs.py", "FUNCTIONS"): LATEX,
    ("drawing/output/latex.py", "FUNCTIONS"): LATEX,
    ("algebra/mathml.py", "FUNCTIONS"): LATEX,
    ("drawing/cell/anatomy.py", "preparing"): "what the picture of a cell puts into a gate's box",
    ("drawing/cell/anatomy.py", "assembled"): "what the picture of a cell puts into a gate's box",
    ("steps/asking/proofs.py", "PROOFS"): "proofs with indices that are no chain rule through a diagonal or a product",
    **{("formulas/programs/reckoned.py", name): "what programs call of Python and numpy" for name in ("NAMES", "METHODS", "PLAIN")},
    ("formulas/checking/losses.py", "LOSSES"): "what a person may write for each of a model's losses, as formulas",
    ("formulas/checking/modular.py", "functions_at"): "the functions that a random point has answers for, as programs call them",
    ("formulas/checking/trial.py", "KNOWN"): "what programs call without saying of which library",
    ("nets/cells.py", "ACTIVATIONS"): "the activations that activation= takes",
}


def listed(node):
    """The strings that a literal lists, that a match tells apart, or that a function compares with."""
    match node:
        case ast.Dict(parts) | ast.Set(parts) | ast.Tuple(parts) | ast.List(parts):
            pass
        case ast.Call(ast.Attribute(ast.Constant(str() as text), "split")):
            parts = [ast.Constant(word) for word in text.split()]
        case ast.Call(ast.Name("dict"), _, keywords):
            parts = [ast.Constant(keyword.arg) for keyword in keywords]
        case ast.Match(_, cases):
            parts = [value for case in cases for value in ast.walk(case.pattern)]
        case ast.FunctionDef():
            parts = [part for one in ast.walk(node) if isinstance(one, ast.Compare) for part in (one.left, *one.comparators)]
        case _:
            parts = []
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def tables(source):
    """Where a source lists three operations or more: the name that is assigned, or of the function."""
    waiting, operations = [(ast.parse(source), "")], {*ar.OPS}
    while waiting:
        node, within = waiting.pop()
        match node:
            case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name)) | ast.AugAssign(ast.Name(name)) if not within:
                within = name
            case ast.FunctionDef(name) | ast.ClassDef(name):
                within = f"{within}.{name}".lstrip(".")
        if len(listed(node) & operations) > 2:
            yield within
        waiting += [(child, within) for child in ast.iter_child_nodes(node)]


def test_what_an_operation_is_stands_in_its_declaration_alone():
    from autograd_rnn.nets import losses  # noqa: F401 - declares the losses

    outside = [path for path in FILES if room(path) != "engine"]
    found = {(path.relative_to(PACKAGE).as_posix(), name) for path in outside for name in tables(path.read_text(encoding="utf-8"))}
    assert found == set(TABLES), "declare it in engine/ops (see op), or say here why it is of that room"


@pytest.mark.parametrize(
    "table",
    ['S = {"add": 1, "tanh": 2, "sum": 3}', 'def f(x):\n    return x in ("add", "tanh", "sum")', 'S = dict(add=1, tanh=2, sum=3)',
     'def f(x):\n    if x == "add":\n        return 1\n    return x == "tanh" or x == "sum"', 'S = "add tanh sum".split()',
     'match x:\n    case "add" | "tanh":\n        pass\n    case Fn("sum"):\n        pass'],
)  # fmt: skip
def test_a_table_of_operations_is_found(table):
    assert list(tables(table)) and not list(tables(table.replace("tanh", "unknown")))
