"""Long families of tests: a few in every run, all of them in the sweep (``-m sweep``, which .ci/run runs)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(cases: Iterable[Any], every: int) -> list[Any]:
    """The cases of a parametrised test: one of so many in the quick suite, the others in the sweep."""
    apart = [(case if isinstance(case, tuple) else (case,)) for case in cases]
    return [pytest.param(*case, marks=pytest.mark.sweep if k % every else ()) for k, case in enumerate(apart)]


def called(name: str, forward: Any) -> Any:
    """A function under a name, as an operation needs one."""
    forward.__name__ = name
    return forward
