"""What a class's journal says, as files: ``grades.csv``, a page a student, and one of the class: which mistakes, how often, which functions
tell people apart."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
import unicodedata
from collections import Counter
from typing import Any

from autograd_rnn.grader.assignment import Spec
from autograd_rnn.grader.batch.journal import Journal
from autograd_rnn.grader.integrity import alike
from autograd_rnn.grader.report import Report, again, page
from autograd_rnn.grader.showing import said
from autograd_rnn.visible import visible
from autograd_rnn.writing import named, writable, write


def write_pages(journal: Journal, spec: Spec) -> None:
    """Write everything that can be read off the journal into its folder. Raises ValueError for a journal that says what none says."""
    try:
        rows = list(journal.all())
        pages = {"grades.csv": grades(rows, spec), "class.html": of_class(rows, spec)}
        pages |= {f"students/{page_name(row['number'])}.html": again(row["report"]).to_html() for row in rows}
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise ValueError(f"the journal in {named(journal.folder)} was not written by this program: choose another folder") from None
    students = journal.folder / "students"
    if not students.is_dir():
        writable(students)
        students.mkdir()
    for old in [path for path in students.glob("*.html") if f"students/{path.name}" not in pages]:
        old.unlink()  # of somebody whose submission is gone
    for name, text in pages.items():
        write(journal.folder / name, text.encode())


PLAIN = re.compile(
    r"(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|.*-[0-9a-f]{12}$)[\w-][\w.-]{0,59}", re.DOTALL
)  # names that mean a file everywhere


def page_name(number: str) -> str:
    """A number or name as the name of a file. What some system could not tell from another, or takes for something else than a file, has
    a mark of its own behind it."""
    if PLAIN.fullmatch(number) and number == unicodedata.normalize("NFC", number.casefold()):
        return number
    plain = re.sub(r"[^\w-]", "_", number).encode()[:100].decode(errors="ignore") or "_"
    return f"{plain}-{hashlib.sha256(number.encode(errors='surrogatepass')).hexdigest()[:12]}"


def _cell(text: str) -> str:
    """Text in a spreadsheet: never a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def grades(rows: list[dict[str, Any]], spec: Spec) -> str:
    """A line a student: number, name, file, score, then each function's points and verdict."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [function.name for function in spec.asked]
    writer.writerow(
        ["id", "name", "file", "score", "max_score", *(f"{n} {what}" for n in names for what in ("points", "verdict")), "notes"]
    )
    for row in rows:
        items = {item["name"]: item for item in row["report"]["items"]}
        cells = [str(items[name][key]) if name in items else "" for name in names for key in ("score", "verdict")]
        texts = (row["number"], row["who"], row["file"])
        writer.writerow([*map(_cell, texts), row["score"], row["max_score"], *cells, _cell(noted(row))])
    return out.getvalue()


def noted(row: dict[str, Any]) -> str:
    """What is noted of a student: late, one of several; and the one reason for which nothing of the work has a point."""
    whys = {(item["verdict"], item["message"]) for item in row["report"]["items"]}
    words, messages = {word for word, _ in whys}, {message for _, message in whys}
    notes = list(row["notes"])
    if len(words) == 1 and not row["score"]:
        notes.append(f"{words.pop()}: {messages.pop() if len(messages) == 1 else 'every function'}")
    return "; ".join(notes)


def of_class(rows: list[dict[str, Any]], spec: Spec) -> str:
    """The class on one page: scores, verdicts and mistakes as bars, each student with a link."""
    reports: list[Report] = [again(row["report"]) for row in rows]
    top = max((row["max_score"] for row in rows), default=0.0)
    mean = sum(row["score"] for row in rows) / len(rows) if rows else 0.0
    parts = [f"<p>{len(rows)} submissions, {mean:.3g} of {top:g} points on average.</p>"]
    bins = Counter(min(9, int(10 * row["score"] / top)) if top else 0 for row in rows)
    parts.append(_bars("Scores", [(f"{10 * k} to {10 * k + 10} %", bins[k]) for k in reversed(range(10))]))
    right = Counter(item.name for report in reports for item in report.items if item.score == item.max_score)
    parts.append(_bars("Right", [(function.name, right[function.name]) for function in spec.asked], len(rows)))
    verdicts = Counter(item.verdict for report in reports for item in report.items)
    parts.append(_bars("Verdicts", verdicts.most_common()))
    mistakes = Counter(
        f"{item.name}: {item.diagnosis.sentence if item.diagnosis else 'not recognised'}"
        for report in reports
        for item in report.items
        if item.verdict == "wrong"
    )
    parts.append(_bars("Mistakes", mistakes.most_common(40)))
    parts.append(_separating(rows, reports, spec))
    looked = [f"{row['who']}: {line}" for row, report in zip(rows, reports, strict=True) for line in report.integrity]
    looked += alike([(row["who"], report.fingerprint) for row, report in zip(rows, reports, strict=True)])
    lines = "".join(f"<li>{html.escape(visible(line))}</li>\n" for line in looked)
    parts.append(f"<h2>To be looked at by a person</h2>\n<ul>{lines}</ul>" if looked else "")
    people = "".join(
        f'<tr><td><a href="students/{html.escape(page_name(row["number"]))}.html">{html.escape(visible(row["who"]))}</a></td>'
        f"<td>{row['score']:g} of {row['max_score']:g}</td><td>{html.escape(visible(noted(row)))}</td></tr>\n"
        for row in rows
    )
    parts.append(f"<h2>Students</h2>\n<table><tr><th>name</th><th>points</th><th>notes</th></tr>\n{people}</table>")
    return page(f"{spec.title}: the class", "\n".join(parts))


def _bars(title: str, rows: list[tuple[str, int]], most: int = 0) -> str:
    """Counts as bars."""
    top = most or max((count for _, count in rows), default=0) or 1
    bar = '<td class="bar"><i style="width:{:.0f}%"></i></td>'
    cells = ((said(name), count, bar.format(max(0.0, 100 * count / top))) for name, count in rows)
    lines = "".join(f"<tr><td>{name}</td><td>{count}</td>{drawn}</tr>\n" for name, count, drawn in cells)
    return f"<h2>{title}</h2>\n<table>{lines}</table>" if rows else ""


def _separating(rows: list[dict[str, Any]], reports: list[Report], spec: Spec) -> str:
    """Which functions tell people apart: the points of those who have them right less those of the others, in the rest of the work."""
    found = []
    for function in spec.asked:
        groups: dict[bool, list[float]] = {True: [], False: []}
        for row, report in zip(rows, reports, strict=True):
            item = next((item for item in report.items if item.name == function.name), None)
            if item is not None and row["max_score"] > item.max_score:
                groups[item.score == item.max_score].append((row["score"] - item.score) / (row["max_score"] - item.max_score))
        if all(groups.values()):
            apart = sum(groups[True]) / len(groups[True]) - sum(groups[False]) / len(groups[False])
            found.append((function.name, round(100 * apart)))
    return _bars("What separates: points in the rest, of those who have it right less those of the others (%)", found, 100) if found else ""
