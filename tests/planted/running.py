"""A submission graded in this process: what the tests plant does no harm, and thousands of workers would take long."""

from __future__ import annotations

import copy

import numpy as np

from autograd_rnn.grader.grading import Grader
from autograd_rnn.grader.isolation.wire import Kept
from autograd_rnn.grader.judging.judge import Judge


class Here:
    """Stands in for a worker."""

    ended = False

    def __init__(self, source):
        self.functions, self.results = {}, {}
        exec(compile(source, "submission", "exec"), self.functions)

    def call(self, name, *arguments, names=(), **asked):
        given = [self.kept(x) if isinstance(x, Kept) else copy.deepcopy(x) for x in arguments]
        self.functions.update(names)
        try:
            with np.errstate(all="ignore"):
                result = self.functions[name](*given)
        except Exception as error:
            return {"raised": type(error).__name__, "message": str(error), "line": 1}
        self.results[len(self.results) + 1] = result
        return {"result": copy.deepcopy(result), "call": len(self.results), "changed": []}

    def kept(self, x):
        value = self.results[x.call]
        for k in x.path:
            value = value[k]
        return value


class Grading:
    """Grades functions of sources for one assignment and one seed."""

    def __init__(self, assignment, seed):
        self.grader = Grader(assignment, seed)
        self.functions = {function.name: function for function in self.grader.spec.functions}

    def tried(self, source, name):
        """What came of one function: the word of its verdict, that of each output, and the diagnosis."""
        judge = Judge(self.grader.cases, Here(source), lambda: Here(source))
        tried = judge.tried(self.functions[name])
        words = {output: verdict.word for output, verdict in tried.outputs.items()}
        wrong = [output for output, word in words.items() if word == "wrong"]
        diagnosis = self.grader._diagnosed(judge, self.functions[name], wrong) if wrong else None
        return tried.verdict.word, words, diagnosis
