"""Homework graded by the tape: the parent judges, the worker only computes.

>>> from autograd_rnn import grader
>>> grader.grade("cs231n-rnn", "no-such-file.py", seed=1).score
0.0
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from autograd_rnn.grader.grading import Grader, begun, check, grade, isolation_here
from autograd_rnn.grader.report import Report
from autograd_rnn.grader.spec import available as assignments

if TYPE_CHECKING:
    from autograd_rnn.grader.auditing import audit
    from autograd_rnn.grader.batch.classroom import grade_all
    from autograd_rnn.grader.bundling import bundle

LATER = {"audit": "auditing", "grade_all": "batch.classroom", "bundle": "bundling"}  # loaded with their first use
__all__ = ["Grader", "Report", "assignments", "audit", "begun", "bundle", "check", "grade", "grade_all", "isolation_here"]


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"autograd_rnn.grader has no {name!r}: it has {', '.join(__all__)}")
    found = globals()[name] = getattr(importlib.import_module(f"autograd_rnn.grader.{LATER[name]}"), name)
    return found
