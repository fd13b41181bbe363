"""Writes torch_golden.npz: what PyTorch's recurrent nets compute, and their gradients, on small random cases. Needs torch.

Every array is called ``case/what``. The loss is the sum of all outputs and final states, each weighted by a random number (``v_out``,
``v_h``, ``v_c``), so that every adjoint in the net differs from every other.
"""

from pathlib import Path

import numpy as np

PATH = Path(__file__).with_name("torch_golden.npz")
KINDS = ("rnn_tanh", "rnn_relu", "lstm", "gru")


def torch_case(kind, layers, bidirectional, T, B, D, H, seed):
    """One PyTorch net on one random batch: weights, inputs, outputs, and every gradient, as arrays by name."""
    import torch

    rng = np.random.default_rng(seed)
    name, _, nonlinearity = kind.partition("_")
    options = {"nonlinearity": nonlinearity} if nonlinearity else {}
    net = getattr(torch.nn, name.upper())(D, H, layers, bidirectional=bidirectional, dtype=torch.float64, **options)
    with torch.no_grad():
        for value in net.parameters():
            value.copy_(torch.from_numpy(rng.normal(scale=0.5, size=tuple(value.shape))))
    chains = layers * (2 if bidirectional else 1)
    leaves = {"x": rng.normal(size=(T, B, D)), "h_0": rng.normal(size=(chains, B, H))}
    if name == "lstm":
        leaves["c_0"] = rng.normal(size=(chains, B, H))
    x, *states = [torch.tensor(value, requires_grad=True) for value in leaves.values()]
    output, last = net(x, tuple(states) if name == "lstm" else states[0])
    results = {"out": output, **dict(zip("hc", last if name == "lstm" else (last,), strict=False))}
    weights = {f"v_{what}": rng.normal(size=tuple(value.shape)) for what, value in results.items()}
    sum((torch.from_numpy(weights[f"v_{what}"]) * value).sum() for what, value in results.items()).backward()
    arrays = {f"weights/{key}": value.detach().numpy() for key, value in net.named_parameters()}
    arrays |= {f"gradients/{key}": value.grad.numpy() for key, value in net.named_parameters()}
    arrays |= {f"d{key}": value.grad.numpy() for key, value in zip(leaves, (x, *states), strict=True)}
    return {**arrays, **leaves, **weights, **{key: value.detach().numpy() for key, value in results.items()}}


def cases(T=5, B=3, D=4, H=6, first=0):
    """{name: arrays} of every kind of net, with one and two layers, in one and both directions."""
    options = [(kind, layers, both) for kind in KINDS for layers in (1, 2) for both in (False, True)]
    return {f"{kind}-{layers}{'-both' if both else ''}": torch_case(kind, layers, both, T, B, D, H, first + seed)
            for seed, (kind, layers, both) in enumerate(options)}  # fmt: skip


if __name__ == "__main__":
    np.savez_compressed(PATH, **{f"{case}/{key}": value for case, arrays in cases().items() for key, value in arrays.items()})
    print(PATH)
