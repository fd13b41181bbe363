"""`EncoderDecoder`: one net reads a sequence, a second writes another of its own length."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_rnn.engine import Tensor
from autograd_rnn.engine.resting import resting
from autograd_rnn.engine.rule import VARIABLE
from autograd_rnn.nets.cell import Cell
from autograd_rnn.nets.given import array_of, size
from autograd_rnn.nets.inputs import checked, masks_of, net_of, parameters_of, placed, ragged
from autograd_rnn.nets.losses import loss_of, one_hot
from autograd_rnn.nets.model import Scored
from autograd_rnn.nets.readout import Readout
from autograd_rnn.nets.run import Run
from autograd_rnn.nets.unrolling import Chain, Series, Unrolled, affordable, names_in, unroll_net
from autograd_rnn.nets.weighing import counts_of
from autograd_rnn.nets.wiring import Bidirectional, cells_in, layers_of


class EncoderDecoder(Scored):
    """A sequence read by one net, another of its own length written by a second that starts from the first one's last state.
    Sutskever, Vinyals and Le 2014; Cho et al. 2014.

    The decoder's input at step u is the previous target (teacher forcing), or with ``teacher_forcing=False`` its own previous answer: the
    most probable class, for squared_error the scores, for binary_cross_entropy 1 where that is likelier. The first input is zero.

    >>> model = EncoderDecoder(GRU(3, 4), GRU(5, 4, seed=1), output_size=5)
    >>> run = model.unroll(np.ones((6, 3)), y=[4, 2, 0])
    >>> len(run.scores), sorted(run.backward().keys())[:2]
    (3, ['W_hy', 'Wdec_hn'])
    """

    task = "many-to-many"

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        output_size: int,
        loss: str | None = None,
        reduction: str = "sum",
        seed: int = 0,
        bias: bool = True,
        class_weights: Any = None,
        output: str | None = None,
    ):
        self.encoder, self.decoder = net_of(encoder), net_of(decoder)
        self.nets = [self.encoder, self.decoder]
        pairs = [cells_in(net) for net in self.nets]
        if encoder is decoder or set(map(id, pairs[0])) & set(map(id, pairs[1])):
            raise ValueError("EncoderDecoder needs two nets with parameters of their own: make the decoder anew, with another seed")
        if any(isinstance(layer, Bidirectional) for layer in layers_of(decoder)):
            raise ValueError("a decoder writes one step after the other, so it cannot be bidirectional")
        states = [[(cell.states, *map(cell.state_size, cell.states)) for cell in cells] for cells in pairs]
        if states[0] != states[1]:
            raise ValueError(
                f"the decoder starts from the encoder's last state, so both need the same layers: {encoder!r} has {states[0]}, "
                f"{decoder!r} has {states[1]} (states, sizes)"
            )
        if not any(cell.states for cell in pairs[0]):
            raise ValueError(f"a decoder starts from the encoder's last state, and {encoder!r} has none: take rnn, lstm or gru cells")
        if decoder.input_size != size("output_size", output_size):
            got = f"output_size={output_size}, not {decoder.input_size}"
            raise ValueError(f"the decoder reads its own answers: its input_size must be {got}")
        if any(cell.learn_initial for cell in pairs[1]):
            raise ValueError("a decoder starts from the encoder's last state, so it has none to learn: build it with learn_initial=False")
        encoder.set_tag("enc")
        decoder.set_tag("dec")
        self.readout = Readout(decoder, output_size, loss_of(output, loss), reduction, seed, bias, class_weights)

    @resting
    def unroll(
        self,
        x: Any,
        y: Any = None,
        lengths: Any = None,
        h0: Any = None,
        steps: int | None = None,
        teacher_forcing: bool = True,
        parameters: Any = None,
        target_lengths: Any = None,
        where: Any = None,
        weights: Any = None,
    ) -> Run:
        """Unroll over x (T, D) or (T, B, D) and, with targets y (S) or (S, B), their losses; ``steps=S`` without y runs freely.
        ``target_lengths`` (B): padding of the targets has no loss; ``where`` and ``weights`` as of a `Model`.
        ``parameters``: as `Model.unroll` takes them, by the tags ``enc``, ``dec`` (``enc1``, ...) and ``readout``."""
        net, r = self.encoder, self.readout
        given, (x, lengths, _) = x, ragged(x, "x", 2, lengths, {})
        axes, several = 1 if r.loss == "cross_entropy" else 2, x is not given
        y, target_lengths, each = ragged(y, "y", axes, target_lengths, dict(where=where, weights=weights), "target_lengths", several)
        where, weights = each["where"], each["weights"]
        x = checked(x, "x", net.input_size, net.dtype)
        batch = x.shape[1:-1]
        if y is None and steps is None:
            raise ValueError("give targets y of length S, or steps=S to run freely")
        count = steps if y is None else len(np.atleast_1d(array_of(y, "y")))
        if y is not None and steps is not None and size("steps", steps) != count:
            raise ValueError(f"steps={steps}, but y has {count} steps")
        if y is not None and not count:
            raise ValueError("y has no steps: a decoder writes at least one")
        S = size("steps", count)
        affordable(self.encoder, len(x), batch)
        affordable(self.decoder, S, batch)
        counts = counts_of(where, weights, masks_of(target_lengths, S, batch, "target_lengths", "S"), (S, *batch))
        targets = None if y is None else r.targets(y, (S, *batch), counts=counts.rows)
        ys = None if targets is None else placed(np.array(targets), "y")
        taught = self._taught(array_of(y, "y"), targets) if targets is not None and teacher_forcing else None
        given = parameters_of(self.nets, r, parameters)
        read = unroll_net(net, given, placed(x, "x"), batch, h0, masks_of(lengths, len(x), batch))
        states: Any = read.last()
        inputs, scores, pieces = [], [], []
        answer: Any = np.zeros((*batch, self.decoder.input_size), self.decoder.dtype)
        op = VARIABLE if isinstance(x, Tensor) else None  # over a variable x all that is made of inputs alone is on the tape, here too
        for u in range(1, S + 1):
            entered = answer if isinstance(answer, Tensor) else placed(answer[None], "x", u, op)[0]
            piece = unroll_net(self.decoder, given, [entered], batch, states[0] if isinstance(self.decoder, Cell) else states, start=u)
            scores.append(r.score(piece.outputs()[0], u, given.get(r)))
            states = piece.last()
            inputs.append(entered)
            pieces.append(piece)
            answer = self._answer(scores[-1]) if taught is None else taught[u - 1]
        written = Unrolled(self.decoder, _joined(pieces), inputs, 1)
        scored = Series("s", 1, scores)
        if ys is None:
            counts.unused()
            return Run([read, written], given, scored, Series("L", 1, []), None, self, 1, lengths, False, None, target_lengths)
        losses, total, weighed = r.answered(scores, ys, counts, 1, names_in([read, written], given), op)
        answered = Series("L", 1, losses)
        return Run([read, written], given, scored, answered, total, self, 1, lengths, teacher_forcing, weighed, target_lengths)

    def _taught(self, y: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """What a teacher gives the decoder to read: the targets, classes as rows with a single one, of what is no class (padding) zeros."""
        if self.readout.loss != "cross_entropy":
            return targets
        return one_hot(targets, self.readout.output_size, self.decoder.dtype) * (targets == y)[..., None]

    def _answer(self, s: Tensor) -> Any:
        """What the scores stand for, as the decoder reads it."""
        if self.readout.loss == "squared_error":
            return s
        if self.readout.loss == "binary_cross_entropy":
            return (s.value > 0).astype(self.decoder.dtype)
        return one_hot(s.value.argmax(-1), self.readout.output_size, self.decoder.dtype)

    def config(self) -> dict[str, Any]:
        """What `load` needs to build the model again."""
        nets = dict(encoder=self.encoder.config(), decoder=self.decoder.config())
        return {"class": "EncoderDecoder", **nets, **self.readout.config()}

    def __repr__(self) -> str:
        return f"EncoderDecoder({self.encoder!r}, {self.decoder!r}, output_size={self.readout.output_size}, {self.readout})"


def _joined(pieces: list[Unrolled]) -> list[list[Chain]]:
    """One-step pieces as whole chains."""
    whole = []
    for level, layer in enumerate(pieces[0].layers):
        parts = [[piece.layers[level][k] for piece in pieces] for k in range(len(layer))]
        whole.append([Chain(p[0].cell, p[0].first, [c.steps[0] for c in p], [c.xs[0] for c in p]) for p in parts])
    return whole
