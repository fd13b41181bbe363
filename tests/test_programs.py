"""Random programs of every operation, fresh at each run: values, gradients by both sweeps and second derivatives equal PyTorch's.

A failure prints its seed, and ``AUTOGRAD_RNN_SEED=<seed> python -m pytest tests/test_programs.py`` begins there. The long sweep:
``python -m pytest -m sweep tests/test_programs.py``.
"""

import importlib.util
import os
import re

import numpy as np
import pytest

import autograd_rnn as ar
from autograd_rnn.engine import ops
from tests.oracles.programs.drawing import draw
from tests.oracles.programs.program import Fault, execute, fault, made, report, stopped
from tests.oracles.programs.rows import ROWS, UNDRAWN

BASE = int(os.environ["AUTOGRAD_RNN_SEED"])
TORCH = importlib.util.find_spec("torch") is not None
beside_torch = pytest.mark.skipif(not TORCH, reason="PyTorch, the other engine, is not installed; finite differences stand in below")


def agree(seeds, failing):
    """Every program of these seeds, or a failure that prints the first at fault, made as small as it gets."""
    for seed in seeds:
        program = draw(seed, ROWS)
        if failing(program) is not None:
            pytest.fail(f"AUTOGRAD_RNN_SEED={seed} repeats this.\n{report(program, failing)}", pytrace=False)


@beside_torch
@pytest.mark.parametrize("part", range(3))
def test_fresh_programs_agree_with_pytorch(part):
    agree(range(BASE + part, BASE + 300, 3), fault)


@beside_torch
@pytest.mark.sweep
@pytest.mark.parametrize("part", range(20))
def test_a_long_sweep_of_fresh_programs_agrees_with_pytorch(part):
    agree(range(BASE + 300 + 250 * part, BASE + 300 + 250 * (part + 1)), fault)


# -- without PyTorch: first gradients against the complex step or central differences -----------------------------------


UNSEEN = ("detach", "np.sign")  # no difference sees the one, a complex number takes the other for a direction; full_like rounds to float32


def against_numbers(program):
    """The fault that gradcheck finds in a program, or None."""

    def root(*leaves):
        given = dict(zip(program.leaves, leaves, strict=True))
        return execute(program.body(), {"ar": ar, "np": np, **program.constants, **given})["root"]

    single = any(x.dtype == np.float32 for x in (*program.leaves.values(), *program.constants.values()))
    if any(call in program.body() for call in UNSEEN) or (single and "full_like" in program.body()):
        return None
    try:
        checked = ar.gradcheck(root, *map(ar.tensor, program.leaves.values(), program.leaves), tolerance=5e-4 if single else 1e-5)
    except Exception as error:
        return stopped(program, error)
    if checked.ok or checked.faults == ["f's result does not depend on any argument"]:
        return None
    return Fault("gradcheck", "", str(checked))


def test_fresh_programs_agree_with_numeric_derivatives():
    agree(range(BASE, BASE + 60), against_numbers)


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(4))
def test_a_long_sweep_of_fresh_programs_agrees_with_numeric_derivatives(part):
    agree(range(BASE + 300 + 250 * part, BASE + 300 + 250 * (part + 1)), against_numbers)


# -- the programs themselves -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn():
    """Programs enough that every row has its turn, and again; the same at every run."""
    return [draw(seed, ROWS) for seed in range(4 * len(ROWS))]


OURS = [name for name, op in ar.OPS.items() if op.forward.__module__.startswith("autograd_rnn.")]


def test_every_public_operation_is_drawn(drawn):
    public = {name for name in ops.__all__ if callable(getattr(ops, name))} | {name for name in OURS if not name.startswith("_")}
    called = set(re.findall(r"\b(?:ar|np)\.(\w+)", " ".join(program.body() for program in drawn)))
    assert sorted(public - called - set(UNDRAWN)) == [], "give each a line in tests/oracles/programs/rows.py, or a reason there"
    assert not set(UNDRAWN) & called, "a reason in UNDRAWN is out of date"


def test_a_seed_is_a_program_and_no_other_is(drawn):
    assert [str(draw(program.seed, ROWS)) for program in drawn[:20]] == [str(program) for program in drawn[:20]]
    assert len({str(program) for program in drawn}) == len(drawn)


def test_programs_are_as_varied_as_they_should_be(drawn):
    """Shapes (), (1,) and size 0, both precisions, one tensor many times, weights shared by batches of different size."""
    leaves = [x for program in drawn for x in program.leaves.values()]
    assert {(), (1,)} <= {x.shape for x in leaves} and any(not x.size for x in leaves)
    assert {np.dtype("float32"), np.dtype("float64")} == {x.dtype for x in leaves}
    assert sum(3 <= len(program.lines) <= 15 or bool(program.doomed) for program in drawn) > 0.97 * len(drawn)  # some find no operand
    assert any(len(re.findall(rf"\b{name}\b", program.body())) >= 6 for program in drawn for name in program.leaves)
    assert any("(c" in program.body() and "ar.constant(" in program.body() for program in drawn)


def test_a_program_can_be_pasted(drawn):
    for program in drawn[:40]:
        if not program.doomed:
            names = execute(str(program), {})
            plain = execute(program.body(), {"ar": ar, "np": np, **program.leaves, **program.constants})
            for name in made(program):
                ours, wanted = (getattr(there[name], "value", there[name]) for there in (names, plain))
                np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-5)  # numpy 1 widens plain numbers
