"""What to write in place of a numpy function that has no derivative here: by what it means, not by how it is spelled."""

from __future__ import annotations

from typing import Any

from autograd_rnn.engine import ops
from autograd_rnn.engine.habits import NAMES
from autograd_rnn.engine.op import FUNCTIONS, UFUNCS
from autograd_rnn.visible import shown

IN_PLACE = "it writes into its argument, and tensors are read-only: build a new one with where, concatenate or stack"
SORTED = "take the elements you mean from autograd_rnn.sort"
SPECTRAL = "of spectra autograd_rnn.eigh has one, for symmetric matrices, and svd for any"
CHOOSE = "choose with autograd_rnn.where"
MASK = "replace the nan first, with autograd_rnn.where or numpy.nan_to_num"
FOURIER = "no Fourier transform has one: it is a product with a matrix of cos and sin"
WINDOWS = "sum the products of shifted slices"
COUNTS = "counts are flat; weights, where there are any, add up with autograd_rnn.scatter(weights, index, (n,))"
MEANT = {
    **dict.fromkeys(("put", "put_along_axis", "place", "putmask", "fill_diagonal", "at"), IN_PLACE),
    "copyto": f"{IN_PLACE}. In place of numpy.full_like(array, tensor): autograd_rnn.full_like(array, tensor)",
    **dict.fromkeys(("median", "percentile", "quantile", "nanmedian", "nanpercentile", "nanquantile", "unique"), SORTED),
    **dict.fromkeys(("eig", "eigvals", "matrix_rank"), SPECTRAL),
    "eigvalsh": "the values of autograd_rnn.eigh",
    "svdvals": "the S of autograd_rnn.svd",
    "cond": "s[0] / s[-1] of the singular values that autograd_rnn.svd gives",
    "qr": "autograd_rnn.cholesky has one: R is cholesky(A.T @ A).T, up to signs",
    "lstsq": "least squares are autograd_rnn.pinv(A) @ b",
    **dict.fromkeys(("tensorsolve", "tensorinv"), "reshape, then autograd_rnn.solve or inv"),
    **dict.fromkeys(("matrix_power", "multi_dot"), "write the products with @"),
    **dict.fromkeys(("piecewise", "choose", "heaviside", "interp", "unwrap"), CHOOSE),
    **dict.fromkeys(("nanmax", "nanmin", "nanprod", "nanvar", "nanstd", "nancumsum", "nancumprod"), MASK),
    **dict.fromkeys(("convolve", "correlate"), WINDOWS),
    **dict.fromkeys(("cov", "corrcoef"), "centre the rows with mean, then multiply with @"),
    **dict.fromkeys(("compress", "extract", "trim_zeros"), "index the tensor: t[mask], t[a:b] or t[[0, 2]]"),
    **dict.fromkeys(("setdiff1d", "union1d", "intersect1d", "setxor1d"), "index the tensor with the places that .value tells"),
    "vander": "the columns are powers: x[:, None] ** numpy.arange(n)[::-1]",
    "polyfit": "solve the normal equations of the powers: autograd_rnn.solve(V.T @ V, V.T @ y)",
    "copysign": "autograd_rnn.abs(x) * numpy.where(numpy.signbit(other), -1, 1)",
    "ldexp": "x * 2.0**k",
    "resize": "autograd_rnn.tile, then reshape",
    "ediff1d": "autograd_rnn.diff is the nearest that has one",
    **dict.fromkeys(("trapezoid", "trapz", "cumulative_trapezoid"), "sum the slices: ((y[1:] + y[:-1]) / 2 * diff(x)).sum()"),
    **dict.fromkeys(("histogram", "histogram2d", "histogramdd", "bincount"), COUNTS),
    **dict.fromkeys(("block", "insert", "delete", "r_", "c_"), "autograd_rnn.concatenate joins slices"),
    **dict.fromkeys(("fmod", "divmod"), "autograd_rnn.mod and floor_divide are the nearest that have one"),
    "modf": "autograd_rnn.trunc gives the whole part, x - trunc(x) the fraction",
    "cbrt": "sign(x) * abs(x) ** (1 / 3) has one",
    "meshgrid": "autograd_rnn.broadcast_to gives each its axis",
    "polyval": "write the powers, or x * (x * a + b) + c",
    "vecdot": "sum the product: (a * b).sum(-1)",
    **dict.fromkeys(("apply_along_axis", "apply_over_axes", "vectorize"), "most operations take axis="),
    "cumulative_sum": "autograd_rnn.cumsum is the nearest that has one",
    "cumulative_prod": "autograd_rnn.cumprod is the nearest that has one",
}


def missing(name: str, of: str) -> AttributeError:
    """The error for an attribute that a tensor does not have, or a function that the package does not."""
    if of == "a tensor" and name in ops.__all__:
        return AttributeError(f"a tensor has no .{name}: write autograd_rnn.{name}(t, ...)")
    hint = NAMES.get(name) or MEANT.get(name)
    for function in (*UFUNCS, *FUNCTIONS):
        if not hint and function.__name__ == name:
            hint = f"{getattr(function, '__module__', None) or 'numpy'}.{name} takes tensors"
    return AttributeError(f"{of} has no {shown(name)}{f': {hint}' if hint else ''}")


def instead(name: str, module: str = "") -> str:
    """What to write in place of numpy's function of that name."""
    if "fft" in module:
        return FOURIER
    last = name.rpartition(".")[2]
    if last in MEANT:
        return MEANT[last]
    import difflib

    near = difflib.get_close_matches(last, ops.__all__, 1, 0.8)  # a slip, not a likeness
    return f"autograd_rnn.{near[0]} is the nearest that has one" if near else "see autograd_rnn.OPS for those that have one"


def refused(name: str, module: Any = "numpy") -> TypeError:
    """The error for a function of numpy on a tensor with a gradient to lose."""
    home = "numpy.linalg." if "linalg" in str(module) else "numpy.fft." if "fft" in str(module) else "numpy."
    return TypeError(f"{home}{name} has no derivative here: {instead(name, str(module))}; for the numbers alone use .value")
