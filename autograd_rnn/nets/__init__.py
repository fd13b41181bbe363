"""Floor 3: cells, wiring, models, losses, training, files and weight conventions. Needs numpy only, but for a progress bar."""

from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.cells import GRU, LSTM, RNN, Jordan
from autograd_rnn.nets.encoder_decoder import EncoderDecoder
from autograd_rnn.nets.feed_forward import FeedForward
from autograd_rnn.nets.losses import binary_cross_entropy, cross_entropy, one_hot, squared_error
from autograd_rnn.nets.model import Model, unroll
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.wiring import Bidirectional, Stacked

__all__ = [
    "Bidirectional",
    "Cell",
    "EncoderDecoder",
    "FeedForward",
    "GRU",
    "Jordan",
    "LSTM",
    "Model",
    "RNN",
    "Run",
    "Stacked",
    "binary_cross_entropy",
    "cross_entropy",
    "one_hot",
    "squared_error",
    "unroll",
]
