"""Edge case 63: values and gradients equal PyTorch's, from recorded numbers and, where torch is installed, live."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import autograd_rnn as ar

ORACLES = Path(__file__).parent / "oracles"
CASES = [f"{kind}-{layers}{both}" for kind in ("rnn_tanh", "rnn_relu", "lstm", "gru") for layers in (1, 2) for both in ("", "-both")]


@pytest.fixture(scope="module")
def golden():
    """{case: {name: array}} as recorded by make_golden.py."""
    cases = {}
    with np.load(ORACLES / "torch_golden.npz") as file:
        for key in file.files:
            case, _, name = key.partition("/")
            cases.setdefault(case, {})[name] = file[key]
    return cases


def net_like(case, D, H, fused):
    """Our net for a case such as ``lstm-2-both``."""
    kind, layers, *both = case.split("-")

    def cell(width, seed):
        if kind == "lstm":
            return ar.LSTM(width, H, fused=fused, seed=seed)
        if kind == "gru":
            return ar.GRU(width, H, reset="after", update="keep", fused=fused, seed=seed)
        return ar.RNN(width, H, activation=kind.removeprefix("rnn_"), seed=seed)

    def layer(width, seed):
        return ar.Bidirectional(cell(width, seed), cell(width, seed + 1)) if both else cell(width, seed)

    widths = [D, (2 if both else 1) * H][: int(layers)]
    return layer(D, 0) if layers == "1" else ar.Stacked([layer(width, 2 * k) for k, width in enumerate(widths)])


def close(got, wanted):
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-10)


def agree(case, arrays, fused):
    """Load the weights, run, sweep, and compare every output, final state and gradient."""
    net = net_like(case, arrays["x"].shape[-1], arrays["h_0"].shape[-1], fused)
    weights = {name.removeprefix("weights/"): value for name, value in arrays.items() if name.startswith("weights/")}
    ar.conventions.load_weights(net, weights)
    x = ar.tensor(arrays["x"], name="x")
    states = [name for name in ("h_0", "c_0") if name in arrays]
    h0 = [tuple(ar.tensor(arrays[name][k], name=name) for name in states) for k in range(len(arrays["h_0"]))]
    run = ar.unroll(net, x, h0=h0[0] if len(h0) == 1 else h0)

    top = run.unrolled[0]
    outputs = [step[0] if len(step) == 1 else ar.concatenate(step, axis=-1) for step in top.outputs()]
    close(np.stack([h.value for h in outputs]), arrays["out"])
    for k, last in enumerate(top.last()):
        for name, value in zip("hc", last, strict=False):
            close(value.value, arrays[name][k])

    loss = sum(((v * h).sum() for v, h in zip(arrays["v_out"], outputs, strict=True)), start=0.0)
    for k, last in enumerate(top.last()):
        for name, value in zip("hc", last, strict=False):
            loss = loss + (arrays[f"v_{name}"][k] * value).sum()
    grads = loss.backward()
    close(grads[x], arrays["dx"])
    for k, given in enumerate(h0):
        for name, value in zip(states, given, strict=True):
            close(grads[value], arrays[f"d{name}"][k])
    dumped = ar.conventions.dump_weights(net, gradients=True)
    assert sorted(dumped) == sorted(weights)
    for name, value in dumped.items():
        close(value, arrays[f"gradients/{name}"])


def fused_options(case):
    return (False,) if case.startswith("rnn") else (False, True)


@pytest.mark.parametrize("case, fused", [(case, fused) for case in CASES for fused in fused_options(case)])
def test_63_values_and_gradients_equal_those_recorded_from_pytorch(golden, case, fused):
    agree(case, golden[case], fused)


@pytest.fixture(scope="module")
def live():
    """The same cases computed by the torch that is installed, with other sizes and numbers."""
    pytest.importorskip("torch", reason="compares with a live PyTorch where there is one; the recorded numbers are always compared")
    spec = importlib.util.spec_from_file_location("make_golden", ORACLES / "make_golden.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.cases(T=4, B=2, D=3, H=5, first=100)


@pytest.mark.parametrize("case, fused", [(case, fused) for case in CASES for fused in fused_options(case)])
def test_63_values_and_gradients_equal_those_of_pytorch_live(live, case, fused):
    agree(case, live[case], fused)


def test_every_recorded_case_is_compared(golden):
    assert sorted(golden) == sorted(CASES)
