"""What a submission was given and why: one object, printed as a table and written in every form that a course system reads."""

from __future__ import annotations

import html
import json
from typing import Any, NamedTuple

from autograd_rnn.grader.judging.example import Example
from autograd_rnn.grader.showing import card, said
from autograd_rnn.visible import visible

SCHEMA = "autograd_rnn report 1"  # what JSON holds, see `Report.to_json`
MARKS = {"correct": "passed", "correct in another convention": "failed"}


class Item(NamedTuple):
    """One function: its points, the verdict in a word and in a sentence, who is to see it; where numbers are wrong, why, and the smallest
    call that shows it."""

    name: str
    score: float
    max_score: float
    verdict: str
    message: str = ""
    visibility: str = "visible"
    outputs: dict[str, str] = {}
    diagnosis: Any = None
    example: Example | None = None


class Report:
    """A graded submission. ``isolation``: ``full``, ``partial`` or ``process``, by ``layers``; ``seed`` draws the same numbers again.

    Made by `grade`; prints as a table.
    """

    def __init__(
        self,
        assignment: str,
        submission: str,
        items: list[Item],
        isolation: str,
        layers: list[str],
        seed: int,
        notes: list[str],
        hint: int = 3,
    ):
        self.assignment, self.submission, self.items = assignment, submission, items
        self.isolation, self.layers, self.seed, self.notes, self.hint = isolation, layers, seed, notes, hint
        self.integrity: list[str] = []  # for the instructor alone: no form that a student sees has it
        self.fingerprint = ""

    @property
    def score(self) -> float:
        """The points that were earned."""
        return round(sum(item.score for item in self.items), 6)

    @property
    def max_score(self) -> float:
        """The points that there are."""
        return round(sum(item.max_score for item in self.items), 6)

    @property
    def full(self) -> bool:
        """Whether there is nothing left to earn."""
        return self.score == self.max_score

    def __str__(self) -> str:
        from autograd_rnn.table import table

        rows = [(item.name, f"{item.score:g} of {item.max_score:g}", item.verdict, self.words(item)) for item in self.items]
        title = f"{self.submission} in {self.assignment}: {self.score:g} of {self.max_score:g} points"
        private = [f"For the instructor: {line}" for line in self.integrity]
        example = [str(self.items[0].example)] if len(self.items) == 1 and self.items[0].example is not None and self.hint > 1 else []
        note = "\n".join([*example, *self.notes, *private, f"Isolation: {self.isolation}. Seed: {self.seed}."])
        return table(("function", "points", "verdict", "why"), rows, title, note, width=80)

    __repr__ = __str__  # at a prompt, in a notebook

    def words(self, item: Item) -> str:
        """What is said of an item, as far as the hint goes: which output, in which equation and when, which term."""
        found = item.diagnosis
        if found is None or self.hint == 1:
            return item.message + ". The mistake is not recognised" * (item.verdict == "wrong" and self.hint > 1)
        said = f"{found.where[0].upper()}{found.where[1:]}" if self.hint == 2 else f"{found.sentence}; {found.where}"
        return f"{said}. {item.message}"

    # -- forms that others read --------------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """JSON: schema, assignment, submission, score, max_score, isolation, layers, seed, hint, notes, integrity and
        fingerprint (for the instructor), items; each item as its fields. The schema is ``report.schema.json``, beside this file."""
        told = {
            2: ("where", "first_wrong", "outputs"),
            3: ("sentence", "also", "where", "first_wrong", "outputs", "formula", "latex", "place"),
        }
        fields = told.get(self.hint, ())
        diagnoses = [x.diagnosis and {name: value for name, value in x.diagnosis.as_dict().items() if name in fields} for x in self.items]
        examples = [x.example._asdict() if x.example is not None and self.hint > 1 else None for x in self.items]
        told_of = zip(self.items, diagnoses, examples, strict=True)
        items = [item._asdict() | {"diagnosis": diagnosis or None, "example": example} for item, diagnosis, example in told_of]
        names = "assignment submission score max_score isolation layers seed hint notes integrity fingerprint"
        top = {name: getattr(self, name) for name in names.split()}
        return json.dumps({"schema": SCHEMA, **top, "items": items}, indent=1, ensure_ascii=False)

    def to_gradescope(self) -> str:
        """Gradescope's ``results.json``: score, output, one test a function with its visibility and status."""
        tests = [
            {
                "name": item.name,
                "score": item.score,
                "max_score": item.max_score,
                "status": MARKS.get(item.verdict, "failed"),
                "output": visible(f"{item.verdict}. {self.words(item)}".strip(), lines=True),
                "output_format": "text",
                "visibility": item.visibility,
            }
            for item in self.items
        ]
        notes = visible("\n".join([*self.notes, f"Isolation: {self.isolation}."]), lines=True)
        return json.dumps({"score": self.score, "output": notes, "output_format": "text", "tests": tests}, indent=1, ensure_ascii=False)

    def to_markdown(self) -> str:
        """A table in Markdown."""
        lines = [f"## {_plain(self.submission)}: {self.score:g} of {self.max_score:g} points", ""]
        lines += ["| function | points | verdict | why |", "|---|---|---|---|"]
        for item in self.items:
            lines.append(f"| `{item.name}` | {item.score:g} of {item.max_score:g} | {item.verdict} | {_plain(self.words(item))} |")
        lines += ["", *(f"- {_plain(note)}" for note in self.notes), f"- isolation: {self.isolation}, seed: {self.seed}"]
        return "\n".join(lines) + "\n"

    def to_junit(self) -> str:
        """JUnit's XML: one test case a function, a failure for each that has not all its points."""
        from xml.etree import ElementTree as tree

        failed = sum(item.score < item.max_score for item in self.items)
        suite = tree.Element("testsuite", name=visible(self.assignment), tests=str(len(self.items)), failures=str(failed), errors="0")
        for item in self.items:
            case = tree.SubElement(suite, "testcase", classname=visible(self.submission), name=item.name)
            if item.score < item.max_score:
                tree.SubElement(case, "failure", message=item.verdict).text = visible(self.words(item))
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tree.tostring(suite, encoding="unicode") + "\n"

    def to_html(self) -> str:
        """One page that needs nothing else."""
        rows = "".join(
            f'<tr class="{"right" if item.score == item.max_score else "wrong"}"><td><code>{html.escape(item.name)}</code></td>'
            f"<td>{item.score:g} of {item.max_score:g}</td><td>{item.verdict}</td><td>{said(self.words(item))}</td></tr>\n"
            for item in self.items
        )
        ends = (*self.notes, f"Isolation: {self.isolation}", f"Seed: {self.seed}")
        notes = "".join(f"<li>{html.escape(visible(note))}</li>" for note in ends)
        title = f"{self.submission} in {self.assignment}: {self.score:g} of {self.max_score:g} points"
        cards = "".join(card(item, self.hint) for item in self.items)
        return page(title, f"<table>{HEAD}{rows}</table>\n{cards}<ul>{notes}</ul>")


class Told(NamedTuple):
    """A diagnosis as it was written down."""

    sentence: str = ""
    also: tuple[str, ...] = ()
    where: str = ""
    first_wrong: int | None = None
    outputs: tuple[str, ...] = ()
    formula: str = ""
    latex: str = ""
    place: dict[str, Any] | None = None

    def draw(self) -> Any:
        """The picture of its place in the net unfolded."""
        from autograd_rnn.grader.diagnosis.diagnosed import at_place

        assert self.place is not None
        return at_place(self.place, self.first_wrong)

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return self._asdict() | {"also": list(self.also), "outputs": list(self.outputs)}


def again(found: dict[str, Any]) -> Report:
    """A report from what `Report.to_json` wrote, read as JSON."""
    items = [
        Item(**item | {name: kind(**item[name]) if item.get(name) else None for name, kind in (("diagnosis", Told), ("example", Example))})
        for item in found["items"]
    ]
    fields = ("assignment", "submission", "isolation", "layers", "seed", "notes")
    report = Report(items=items, hint=found.get("hint", 3), **{name: found[name] for name in fields})
    report.integrity, report.fingerprint = found["integrity"], found["fingerprint"]
    return report


def failed(spec: Any, submission: str, seed: int, why: str) -> Report:
    """The report on a submission that could not be graded."""
    items = [Item(f.name, 0.0, f.points, "crashed", why, f.visibility) for f in spec.asked]
    return Report(spec.name, submission, items, "none", [], seed, [])


def page(title: str, body: str) -> str:
    """A page that needs nothing else. ``body`` is markup, the title is text."""
    head = '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    text = html.escape(visible(title))
    return f"{head}<title>{text}</title><style>{STYLE}</style>\n<h1>{text}</h1>\n{body}\n</html>\n"


STYLE = """:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.3rem }
table { border-collapse: collapse; width: 100% }
td, th { padding: .4rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid #8886 }
td:nth-child(2) { white-space: nowrap }
h2 { font-size: 1.1rem; margin-top: 2rem }
.bar { width: 40% }
.bar i { display: block; height: 1em; background: #4a7fb5; }
.right td:nth-child(3) { color: light-dark(#17692f, #6fcf88) }
.card { border: 1px solid #8886; border-radius: .6rem; padding: 0 1.2rem .8rem; margin: 1.5rem 0 }
.said { font-size: 1.15rem; margin: .6rem 0 }
.also { margin: .3rem 0; opacity: .8 }
.formula { margin: 1rem 0; font-size: 1.2rem; overflow: auto hidden; padding-bottom: .3rem }
.formula span { display: block; font-size: .85rem; opacity: .7 }
.net { display: block; max-width: 100%; max-height: 24rem; background: #fff; border-radius: .4rem; padding: .4rem; margin: 1rem 0 }
.call { font-size: .9rem }
.call caption { text-align: left; font-weight: 600; padding: .4rem 0 }
.call td { padding: .2rem .6rem .2rem 0; overflow-wrap: anywhere }
.call td:first-child { white-space: nowrap; width: 1% }
.got td:last-child { color: light-dark(#a3160d, #ff9a90) }
.true td:last-child { color: light-dark(#17692f, #6fcf88) }
.wrong td:nth-child(3) { color: light-dark(#a3160d, #ff9a90) }"""
HEAD = "<tr><th>function</th><th>points</th><th>verdict</th><th>why</th></tr>\n"


def _plain(text: str) -> str:
    """Text in a cell of a table in Markdown: nothing in it is markup."""
    return "".join(f"\\{x}" if x in "\\`*_{}[]<>#|!~$" else x for x in visible(text))
