"""Recurrent nets on one tape: numbers, formulas and pictures are all read off the same record of a run.

>>> W = ar.tensor([[0.5, -0.2], [0.1, 0.3]], name="W")
>>> L = ar.tanh(W @ np.array([1.0, 2.0])).sum()
>>> L.backward()[W].round(3)
array([[0.99 , 1.98 ],
       [0.635, 1.269]])
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, which takes a while

__version__ = "0.1.0"

# Everything is imported when it is first used, so that a command can say in a sentence what comes in between: the engine at the first of
# its names, what needs more than numpy by name, {name: module}.
LAZY = dict.fromkeys(("Bidirectional", "Cell", "EncoderDecoder", "FeedForward", "GRU", "Jordan", "LSTM", "Model", "RNN", "Run", "Stacked",
                      "binary_cross_entropy", "cross_entropy", "one_hot", "squared_error", "unroll"), "autograd_rnn.nets") | {
    "compare": "autograd_rnn.nets.comparing",
    "conventions": "autograd_rnn.nets.conventions",
    "derive": "autograd_rnn.formulas",
    "Picture": "autograd_rnn.drawing",
    "frames": "autograd_rnn.drawing",
    "draw": "autograd_rnn.drawing",
    "gradcheck": "autograd_rnn.engine.gradcheck",
    "fit": "autograd_rnn.nets.training",
    "generate": "autograd_rnn.nets.training",
    "load": "autograd_rnn.nets.files",
    "step": "autograd_rnn.steps",
    "verify": "autograd_rnn.formulas",
}  # fmt: skip

if TYPE_CHECKING:  # so that editors know them
    from typing import Any

    from autograd_rnn.drawing import Picture, draw, frames
    from autograd_rnn.engine import *  # noqa: F403
    from autograd_rnn.engine.gradcheck import gradcheck
    from autograd_rnn.formulas import derive, verify
    from autograd_rnn.nets import *  # noqa: F403
    from autograd_rnn.nets import conventions
    from autograd_rnn.nets.comparing import compare
    from autograd_rnn.nets.files import load
    from autograd_rnn.nets.training import fit, generate
    from autograd_rnn.steps import step


def _imported(module: str) -> Any:
    """A module, imported with the collector at rest: what an import makes stays, and to look for garbage in it takes a tenth of the time.
    Frozen and thawed it is among what is old, where otherwise all of it would be looked at as soon as the collector goes on."""
    import gc
    import importlib

    if not gc.isenabled() or gc.get_freeze_count():  # a person's own arrangement
        return importlib.import_module(module)
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        gc.unfreeze()
        gc.enable()


def __getattr__(name: str) -> Any:
    if name in LAZY:
        module = _imported(LAZY[name])
        found = globals()[name] = module if name == "conventions" else getattr(module, name)
        return found
    if name.startswith("__") and name != "__all__":  # Python asks for some that no package has
        raise AttributeError(name)
    if name == "nets":  # the room itself, as if it had been imported
        return _imported("autograd_rnn.nets")
    _load()
    if name not in globals():
        from autograd_rnn.engine.meanings import missing

        raise missing(name, "autograd_rnn")
    return globals()[name]


def __dir__() -> list[str]:
    _load()
    return sorted([*_engine, *LAZY])


_engine: list[str] = []


def _load() -> None:
    """Import the engine, and give its names to the package."""
    if _engine:
        return
    import builtins

    engine = _imported("autograd_rnn.engine")
    names = {name: getattr(engine, name) for name in engine.__all__}
    everything = [name for name in (*names, *LAZY) if not hasattr(builtins, name)]  # import * leaves Python's own sum, abs, max, min alone
    globals().update(names, __all__=everything)
    _engine.extend(names)
