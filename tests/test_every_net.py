"""What is true of a cell is true of it in every net: encoder and decoder, both directions, layers, one step or many, one answer or many."""

import numpy as np
import pytest

import autograd_rnn as ar

H = 3


def free(model):
    """A decoder's run that feeds it what it wrote."""
    y = [0, 2, 1] if model.readout.loss == "cross_entropy" else np.ones((3, model.readout.output_size))
    return model.unroll(np.ones((4, model.encoder.input_size)), y, teacher_forcing=False)


NETS = {
    "many-to-many": lambda cell: ar.Model(cell(2), 4),
    "many-to-one": lambda cell: ar.Model(cell(2), 4, task="many-to-one"),
    "one-to-many": lambda cell: ar.Model(cell(2), 4, task="one-to-many"),
    "one-to-one": lambda cell: ar.Model(cell(2), 4, task="one-to-one"),
    "both directions": lambda cell: ar.Model(ar.Bidirectional(cell(2), cell(2)), 4),
    "both directions, one answer": lambda cell: ar.Model(ar.Bidirectional(cell(2), cell(2)), 4, task="many-to-one"),
    "layers": lambda cell: ar.Model(ar.Stacked([cell(2), cell(H)]), 4),
    "encoder and decoder": lambda cell: ar.EncoderDecoder(cell(2), cell(4), 4),
    "fed its own words": lambda cell: free(ar.EncoderDecoder(cell(2), cell(4), 4)),
    "fed its own numbers": lambda cell: free(ar.EncoderDecoder(cell(2), cell(4), 4, loss="squared_error")),
}


def own(answer, states=("h",)):
    """A cell of any input size whose step is ``answer(p, x, *states)``."""

    class Own(ar.Cell):
        def shapes(self):
            return {"W": (H, self.input_size), "U": (H, H), "b": (H,)}

        def step(self, p, x, *before):
            return answer(p, x, *before)

    Own.states = states
    return lambda size: Own(size, H)


OF_INPUTS = [
    lambda x: ar.tanh(x),
    lambda x: 2 * x + 1,
    lambda x: x * ar.sum(x),
    lambda x: ar.softmax(x),
    lambda x: ar.maximum(x, 0.3),
    lambda x: ar.constant(np.arange(1.0, x.size + 1)),
    lambda x: ar.constant(np.full(x.shape, 2.0)),
    lambda x: ar.tensor(np.full(x.shape, 2.0)),
    lambda x: x,
]


@pytest.mark.parametrize("net", NETS)
def test_a_quantity_may_be_made_of_inputs_alone(net, random_seed):
    rng = np.random.default_rng(random_seed)
    for first, second in zip(rng.permutation(len(OF_INPUTS)), rng.permutation(len(OF_INPUTS)), strict=True):

        def answer(p, x, h, first=first, second=second):
            u, v = OF_INPUTS[first](x), OF_INPUTS[second](x)
            a = p.W @ (u + v * x) + p.U @ h + p.b
            return dict(u=u, v=v, a=a, h=ar.tanh(a))

        derivation = ar.derive(NETS[net](own(answer)))
        for steps in (1, 4):
            proof = derivation.verify(steps)
            assert proof.ok, f"{first} and {second}: {proof}"
        assert {q.left.name[:1] for q in derivation.forward} >= set("uvah")
