"""Floor 5: a derivation walked through, one step at a time."""

from autograd_rnn.steps.navigator import Navigator, step

__all__ = ["Navigator", "step"]
