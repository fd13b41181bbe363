"""Recurrent nets on one tape: numbers, formulas and pictures are all read off the same record of a run.

>>> W = ar.tensor([[0.5, -0.2], [0.1, 0.3]], name="W")
>>> L = ar.tanh(W @ np.array([1.0, 2.0])).sum()
>>> L.backward()[W].round(3)
array([[0.99 , 1.98 ],
       [0.635, 1.269]])
"""

from __future__ import annotations

import builtins
import importlib
from typing import TYPE_CHECKING, Any

from autograd_rnn.engine import *  # noqa: F403
from autograd_rnn.engine import __all__ as _engine

__version__ = "0.1.0"

# What needs more than numpy, or is not needed at once, is imported when it is first used: {name: module}.
LAZY = dict.fromkeys(("Bidirectional", "Cell", "EncoderDecoder", "GRU", "Jordan", "LSTM", "Model", "RNN", "Run", "Stacked",
                      "cross_entropy", "one_hot", "squared_error", "unroll"), "autograd_rnn.nets") | {
    "conventions": "autograd_rnn.nets.conventions",
    "derive": "autograd_rnn.formulas",
    "draw": "autograd_rnn.drawing",
    "gradcheck": "autograd_rnn.engine.gradcheck",
    "fit": "autograd_rnn.nets.training",
    "generate": "autograd_rnn.nets.training",
    "load": "autograd_rnn.nets.files",
    "step": "autograd_rnn.steps",
    "verify": "autograd_rnn.formulas",
}  # fmt: skip

if TYPE_CHECKING:  # so that editors know them
    from autograd_rnn.drawing import draw
    from autograd_rnn.engine.gradcheck import gradcheck
    from autograd_rnn.formulas import derive, verify
    from autograd_rnn.nets import *  # noqa: F403
    from autograd_rnn.nets import conventions
    from autograd_rnn.nets.files import load
    from autograd_rnn.nets.training import fit, generate
    from autograd_rnn.steps import step

_names = [*_engine, *LAZY]
__all__ = [name for name in _names if not hasattr(builtins, name)]  # import * leaves Python's own sum, abs, max and min alone


def __getattr__(name: str) -> Any:
    if name in LAZY:
        module = importlib.import_module(LAZY[name])
        found = globals()[name] = module if name == "conventions" else getattr(module, name)
        return found
    if name == "nets":  # the room itself, as if it had been imported
        return importlib.import_module("autograd_rnn.nets")
    from autograd_rnn.engine.meanings import missing

    raise missing(name, "autograd_rnn")


def __dir__() -> list[str]:
    return sorted(_names)
