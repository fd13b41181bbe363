"""A submission graded in this process: what the tests plant does no harm, and thousands of workers would take long."""

from __future__ import annotations

from autograd_rnn.grader.grading import Grader
from autograd_rnn.grader.judging.judge import Judge
from autograd_rnn.grader.local import Local


class Here(Local):
    """Stands in for a worker."""

    def __init__(self, source):
        self.names, self.answers, self.file = {"__name__": "submission"}, [], "submission"
        exec(compile(source, self.file, "exec"), self.names)


class Grading:
    """Grades functions of sources for one assignment and one seed."""

    def __init__(self, assignment, seed):
        self.grader = Grader(assignment, seed)
        self.functions = {function.name: function for function in self.grader.spec.functions}

    def tried(self, source, name):
        """What came of one function: the word of its verdict, that of each output, and the diagnosis."""
        judge = Judge(self.grader.cases, Here(source), lambda: Here(source), self.grader.recognised)
        tried = judge.tried(self.functions[name])
        words = {output: verdict.word for output, verdict in tried.outputs.items()}
        wrong = [output for output, word in words.items() if word == "wrong"]
        diagnosis = self.grader._diagnosed(judge, self.functions[name], wrong) if wrong else None
        return tried.verdict.word, words, diagnosis
