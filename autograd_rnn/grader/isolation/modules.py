"""What a submission may import: modules that compute. All of it is loaded before a worker gives up its files."""

import functools

PLAIN = (
    *("numpy", "numpy.linalg", "numpy.random", "numpy.ma", "numpy.testing", "numpy.lib.stride_tricks", "numpy.fft", "numpy.polynomial"),
    *("math", "cmath", "random", "copy", "itertools", "functools", "operator", "collections", "collections.abc", "typing", "dataclasses"),
    *("abc", "enum", "warnings", "time", "string", "re", "numbers", "fractions", "decimal", "statistics", "types", "contextlib", "logging"),
    *("__future__", "builtins", "sys", "heapq", "bisect", "datetime", "pprint", "textwrap"),
)

# What programs for Python 2 and 3 import so that both read alike: here it is Python 3's own.
OLD = ("past", "past.builtins", "six", "six.moves")
OLD_NAMES = {"xrange": range, "range": range, "zip": zip, "map": map, "filter": filter, "reduce": functools.reduce, "basestring": str}

REMOVED = {  # from numpy: what stands in its place, and how that is written
    **{kind.__name__: (kind, kind.__name__) for kind in (int, float, object, complex, bool, str)},
    **{"long": (int, "int"), "unicode": (str, "str"), "Inf": (float("inf"), "np.inf"), "NaN": (float("nan"), "np.nan")},
    **{"float_": ("float64", "np.float64"), "complex_": ("complex128", "np.complex128"), "product": ("prod", "np.prod")},
    **{"cumproduct": ("cumprod", "np.cumprod"), "alltrue": ("all", "np.all"), "sometrue": ("any", "np.any")},
}
