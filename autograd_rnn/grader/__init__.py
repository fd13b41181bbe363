"""Homework graded by the tape: the parent judges, the worker only computes.

>>> from autograd_rnn import grader
>>> grader.grade("cs231n-rnn", "no-such-file.py", seed=1).score
0.0
"""

from autograd_rnn.grader.audit import audit
from autograd_rnn.grader.batch.classroom import grade_all
from autograd_rnn.grader.bundle import bundle
from autograd_rnn.grader.grading import Grader, begun, check, grade, isolation_here
from autograd_rnn.grader.report import Report
from autograd_rnn.grader.spec import available as assignments

__all__ = ["Grader", "Report", "assignments", "audit", "begun", "bundle", "check", "grade", "grade_all", "isolation_here"]
