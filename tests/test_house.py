"""The house rules: floors, sizes, light imports, public docstrings, and the budgets' structural side."""

import ast
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
    -1: ["visible"],
    0: ["limits", "table", "writing"],
    1: ["engine"],
    2: ["algebra"],
    3: ["nets"],
    4: ["formulas", "drawing"],
    5: ["steps"],
    6: ["tour", "commands", "cli", "__main__", "__init__"],
}
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
        allowed = FLOORS[other] < FLOORS[mine] or other == mine or FLOORS[mine] == 6
        assert allowed, f"{path.name} ({mine}) imports from {other}"
    assert path.read_text(encoding="utf-8").count("\n") <= 330


def test_importing_the_package_loads_numpy_and_nothing_heavier():
    late = {"sympy", "graphviz", "pygraphviz", "rich", "mpmath", "torch", "zipfile", "fractions", "autograd_rnn.algebra"}
    code = f"import sys, numpy; had = {{*sys.modules}}; import autograd_rnn; print(*{late!r} & set(sys.modules) - had)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert found == []


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
        waiting += ast.iter_child_nodes(node)
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


def test_what_a_model_consists_of_is_asked_not_tested_for():
    asked = [path.name for path in FILES if "EncoderDecoder)" in re.sub(r"class \w+\(.*", "", path.read_text(encoding="utf-8"))]
    assert [name for name in asked if name != "files.py"] == []  # model.nets, model.cells; files.py lists the classes that it loads
