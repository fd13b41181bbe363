"""What people know from another library, as it is written here: names that a tensor or the package is asked for, and names of options."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

NUMBERS = "write t.value, the read-only array"
NUMPYS = "write numpy's: plain arrays are constants"
READ_ONLY = "tensors are read-only: W.assign(array) gives a variable a new value, an operation makes a new tensor"
COMPARE = "write t == 1, t < 1 and so on, which answer with truth values"
MAKE = "write autograd_rnn.tensor(values) for a variable to differentiate, autograd_rnn.constant(values) for what is not"
EVERY = "leave it out: every tensor(...) is differentiated, and no constant(...) is"
ADDED = "leave it out: grads = loss.backward() has the gradient of any tensor, grads[h]"
HERE = "leave it out: numpy computes, on the processor"
AS_WRITTEN = "leave it out: functions run as they are written, on arrays with batches"
RECORDED = "write grads = loss.backward(), then grads[W]: every operation on a tensor(...) is recorded, without a with statement"
TRAINED = "write autograd_rnn.fit(model, data, optimizer='adam', lr=0.01), or W.assign(W.value - lr * W.grad)"
LAYERS = "write autograd_rnn.Model(LSTM(3, 4), output_size=2), a net with its loss; linear(W, x, b) is the product in a layer"
OWN = "declare an operation of your own with @autograd_rnn.op, which has its vjp"
JACOBIAN = "write autograd_rnn.jacobian(f), or autograd_rnn.vjp(f) and autograd_rnn.jvp(f) for products with it"
CLASSES = "write autograd_rnn.cross_entropy(scores, classes)"

NAMES = {
    "numpy": f"{NUMBERS}; numpy's own functions take tensors",
    **dict.fromkeys(("data", "cpu", "read_value"), NUMBERS),
    **dict.fromkeys(("flags", "strides", "nbytes", "itemsize", "flat", "base", "tobytes", "tofile", "dump"), f"{NUMBERS}, which has it"),
    **dict.fromkeys(("argmax", "argmin", "argsort", "isnan", "isfinite", "allclose", "is_tensor"), "write numpy's, of t.value"),
    **dict.fromkeys(
        ("zeros", "ones", "empty", "full", "rand", "randn", "arange", "eye", "linspace", "zeros_like", "ones_like", "empty_like",
         "rand_like", "randn_like", "new_zeros", "new_ones", "from_numpy", "asarray"), NUMPYS),
    **dict.fromkeys(
        ("fill", "fill_", "zero_", "copy_", "add_", "sub_", "mul_", "div_", "pow_", "clamp_", "exp_", "sqrt_", "normal_", "uniform_",
         "index_add_", "scatter_", "scatter_add_", "masked_fill_", "assign_add", "assign_sub", "put", "itemset", "resize", "resize_",
         "partition", "setflags", "set_value"), READ_ONLY),
    **dict.fromkeys(("Variable", "variable", "Parameter", "as_tensor", "convert_to_tensor"), MAKE),
    **dict.fromkeys(("requires_grad_", "enable_grad", "watch"), EVERY),
    **dict.fromkeys(("retain_grad", "register_hook"), ADDED),
    **dict.fromkeys(("cuda", "to", "device", "is_cuda", "pin_memory", "contiguous", "is_contiguous", "block_until_ready"), HERE),
    **dict.fromkeys(("jit", "vmap", "pmap", "compile", "function"), AS_WRITTEN),
    **dict.fromkeys(("autograd", "GradientTape", "gradient", "gradients"), RECORDED),
    **dict.fromkeys(("optim", "optimizers", "optax", "SGD", "Adam", "RMSprop", "step"), TRAINED),
    **dict.fromkeys(
        ("nn", "keras", "layers", "functional", "Module", "Linear", "Dense", "Sequential", "Embedding", "LSTMCell", "GRUCell", "RNNCell",
         "SimpleRNN"), LAYERS),
    **dict.fromkeys(("Function", "custom_vjp", "custom_gradient", "custom_jvp", "primitive", "defvjp"), OWN),
    **dict.fromkeys(("jacfwd", "jacrev", "elementwise_grad", "make_vjp", "make_jvp"), JACOBIAN),
    **dict.fromkeys(("stop_gradient", "lax", "detach_"), "write autograd_rnn.detach(t), a constant of the same value"),
    **dict.fromkeys(("set_grad_enabled", "inference_mode"), "write with autograd_rnn.no_grad()"),
    **dict.fromkeys(("eq", "ne", "gt", "ge", "lt", "le", "equal", "greater", "less"), COMPARE),
    **dict.fromkeys(("mm", "bmm", "mv"), "write a @ b"),
    **dict.fromkeys(("div", "true_divide"), "write a / b"),
    **dict.fromkeys(("t", "mT", "mH"), "write t.T, or swapaxes(t, -1, -2) of a stack of matrices"),
    **dict.fromkeys(("cat", "concat"), "write autograd_rnn.concatenate(tensors, axis)"),
    **dict.fromkeys(("chunk", "unbind"), "write autograd_rnn.split(t, sections, axis), or t[k]"),
    **dict.fromkeys(("narrow", "index_select", "select", "compress", "choose"), "write t[a:b], t[mask] or t[[0, 2]], as in numpy"),
    **dict.fromkeys(("gather", "take_along_dim"), "write autograd_rnn.take_along_axis(t, indices, axis)"),
    **dict.fromkeys(("masked_fill", "at"), "write autograd_rnn.where(mask, number, t)"),
    **dict.fromkeys(("scatter_add", "index_add", "segment_sum"), "write t + autograd_rnn.scatter(x, index, t.shape)"),
    **dict.fromkeys(("expand", "expand_as"), "write autograd_rnn.broadcast_to(t, shape)"),
    **dict.fromkeys(("view", "view_as"), "write t.reshape(shape)"),
    **dict.fromkeys(("clamp", "clip_by_value", "relu6"), "write autograd_rnn.clip(t, low, high)"),
    **dict.fromkeys(("amax", "reduce_max"), "write autograd_rnn.max(t, axis)"),
    **dict.fromkeys(("amin", "reduce_min"), "write autograd_rnn.min(t, axis)"),
    **dict.fromkeys(("float", "float32", "half", "float16"), "write t.astype(numpy.float32)"),
    **dict.fromkeys(("double", "float64"), "write t.astype(numpy.float64)"),
    **dict.fromkeys(("long", "int", "bool", "int64"), "write t.value.astype(int): whole numbers and truth values have no gradient"),
    **dict.fromkeys(("dim", "rank"), "write t.ndim"),
    **dict.fromkeys(("numel", "nelement"), "write t.size"),
    **dict.fromkeys(("real", "imag", "conj", "complex"), "tensors are real: complex numbers have no derivative here"),
    **{f"a{name}": f"write autograd_rnn.arc{name}(t)" for name in ("cos", "sin", "tan", "cosh", "sinh", "tanh")},
    **dict.fromkeys(("layer_norm", "LayerNorm"), "write (t - t.mean(-1, True)) / autograd_rnn.sqrt(t.var(-1, True) + 1e-5)"),
    **dict.fromkeys(("BCELoss", "BCEWithLogitsLoss", "sigmoid_cross_entropy_with_logits"), "write autograd_rnn.binary_cross_entropy(s, y)"),
    **dict.fromkeys(("addmm", "baddbmm"), "write c + a @ b"),
    **dict.fromkeys(("matvec", "vecmat"), "write A @ x"),
    **dict.fromkeys(("topk", "cummax", "cummin"), "take the elements you mean from autograd_rnn.sort, or by numpy.argsort of t.value"),
    **dict.fromkeys(("hvp", "hessian_vector_product"), "write autograd_rnn.grad(lambda x: (autograd_rnn.grad(f)(x) * v).sum())"),
    "atan2": "write autograd_rnn.arctan2(a, b)",
    "swish": "write autograd_rnn.silu(t)",
    "mish": "write t * autograd_rnn.tanh(autograd_rnn.softplus(t))",
    "softsign": "write t / (1 + autograd_rnn.abs(t))",
    "hardtanh": "write autograd_rnn.clip(t, -1, 1)",
    "expit": "write autograd_rnn.sigmoid(t)",
    "logsigmoid": "write autograd_rnn.log_sigmoid(t)",
    "logit": "write autograd_rnn.log(p) - autograd_rnn.log1p(-p)",
    "inverse": "write autograd_rnn.inv(A)",
    "logdet": "write autograd_rnn.slogdet(A)[1]",
    "cosine_similarity": "write (a * b).sum() / (autograd_rnn.norm(a) * autograd_rnn.norm(b))",
    "sgn": "write autograd_rnn.sign(t)",
    "rsqrt": "write 1 / autograd_rnn.sqrt(t)",
    "neg": "write -t",
    "lerp": "write a + w * (b - a)",
    "l1_loss": "write autograd_rnn.abs(s - y).mean()",
    "remainder": "write autograd_rnn.mod(a, b)",
    "floordiv": "write a // b",
    "permute_dims": "write t.transpose(axes)",
    "hadamard": "write a * b",
    **dict.fromkeys(("mse_loss", "MSELoss"), "write autograd_rnn.squared_error(s, y)"),
    **dict.fromkeys(("nll_loss", "CrossEntropyLoss", "softmax_cross_entropy_with_logits"), CLASSES),
    **dict.fromkeys(("manual_seed", "random"), "give a cell its seed, as in RNN(3, 4, seed=1); numpy draws all else"),
    **dict.fromkeys(("dropout", "Dropout"), "write h * (rng.random(h.shape) > p) / (1 - p)"),
    "pow": "write a ** b",
    "mul": "write a * b",
    "sub": "write a - b",
    "requires_grad": "write t.op is not None: a variable, or the result of an operation on one",
    "is_leaf": "write not t.inputs",
    "grad_fn": "write t.op, the operation, and t.inputs",
    "permute": "write t.transpose(axes)",
    "unsqueeze": "write autograd_rnn.expand_dims(t, axis)",
    "flatten": "write t.flatten()",
    "clone": "write t.copy()",
    "type": "write t.dtype, or t.astype(dtype)",
    "reduce_sum": "write autograd_rnn.sum(t, axis)",
    "reduce_mean": "write autograd_rnn.mean(t, axis)",
    "ptp": "write t.max() - t.min()",
    "save": "write model.save(path), which autograd_rnn.load reads; numpy.savez keeps arrays",
    "np": "write import numpy as np: its functions take tensors",
}  # fmt: skip

OPTIONS = {
    **dict.fromkeys(("dim", "dims"), "is axis= here, as in numpy"),
    **dict.fromkeys(("keepdim", "keep_dims"), "is keepdims= here, as in numpy"),
    **dict.fromkeys(("argnums", "wrt"), "is argnum= here: the number or the name of an argument, or a tuple of those"),
    **dict.fromkeys(("gradient", "grad_outputs", "grad_tensors", "output_gradients"), "is seed= here: the adjoint of this tensor itself"),
    **dict.fromkeys(("retain_graph", "persistent"), "is not needed: a tape stays as long as its tensor, and can be swept again"),
    **dict.fromkeys(("inputs", "sources"), "is not needed: grads = loss.backward() has the gradient of any tensor, grads[h]"),
    **dict.fromkeys(("requires_grad", "trainable"), "is not needed: every tensor(...) is differentiated, and no constant(...) is"),
    **dict.fromkeys(("device", "non_blocking"), "is not needed: numpy computes, on the processor"),
    "allow_unused": "is unused='zero' here",
    "has_aux": "is not taken: return the number alone, and read other tensors after the call",
    "dtype": "is that of the array: give numpy.asarray(values, dtype)",
}


def other_option(function: str, names: Any, given: Any) -> TypeError | None:
    """The error for an option that another library has and this function has not, if there is one among those given."""
    foreign = next((name for name in given if name in OPTIONS and name not in names), None)
    return foreign and TypeError(f"{function}: {foreign}= {OPTIONS[foreign]}")


def spoken(function: F) -> F:
    """A function that says how its options are called here; looked for only where a call fails, so that ours cost nothing."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except TypeError:
            if error := other_option(function.__name__, names, options):
                raise error from None
            raise

    return called  # type: ignore[return-value]
