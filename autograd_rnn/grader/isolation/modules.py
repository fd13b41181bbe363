"""What a submission may import: modules that compute. All of it is loaded before a worker gives up its files."""

PLAIN = (
    *("numpy", "numpy.linalg", "numpy.random", "numpy.ma", "numpy.testing", "numpy.lib.stride_tricks", "__future__"),
    *("math", "cmath", "random", "copy", "itertools", "functools", "operator", "collections", "collections.abc", "typing", "dataclasses"),
    *("abc", "enum", "warnings", "time", "string", "re", "numbers", "fractions", "decimal", "statistics", "types", "contextlib", "logging"),
)
