"""One thread a process for the libraries below numpy and PyTorch, set before either is imported, and so for child processes too: the tests'
matrices are small, and threads that wait for each other by spinning took most of the processor beside pytest-xdist's own processes."""

import os

for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
