"""The results as tables: what was measured, and what was asked."""

from __future__ import annotations

import html
import re
from typing import Any

from benchmarks.inspection.questions import QUESTIONS, Question
from benchmarks.inspection.wants import OURS, batches, find

Results = dict[str, Any]

MARKS = {"right": "✓", "wrong": "✗", "incomplete": "≥", "not offered": "—", "error": "!"}
NONE = "—"
SUBJECTS = {"description": "ResNet-50 as a description", "module": "", "keras": "Keras' own ResNet-50"}
ISSUE = "https://github.com/{}/issues/{}"


# What was measured


def measured_table(results: Results) -> str:
    """Return the table of times and memory as HTML."""
    sizes = batches(results)
    heads = ["Tool", "Shapes", "Import (CPU)"]
    heads += [f"Batch {size}: {what}" for size in sizes for what in ("time", "first call", "memory")]
    heads += [f"On the meta device, batch {size}" for size in sizes[-1:]]
    rows = [row for tool in results["tools"] for row in measured_rows(results, tool, sizes)]
    return table(f"Reports of ResNet-50 at 224×224, {results['date']}", heads, rows)


def measured_rows(results: Results, tool: Results, sizes: list[int]) -> list[list[str]]:
    """Return a row for each form of ResNet-50 that the tool reports on."""
    rows = []
    for subject, title in SUBJECTS.items():
        mine = [
            found for found in results["measurements"] if (found["tool"], found["subject"]) == (tool["tool"], subject)
        ]
        if mine:
            name = link(f"{tool['tool']} {tool['version']}", tool["home"]) + (f"<br>{title}" if title else "")
            row = [name, "✓" if mine[0]["shapes"] else NONE, import_time(results, tool["tool"])]
            row += [cell for size in sizes for cell in measured_cells(mine, size)]
            meta = [find(results, "meta", size, tool["tool"]) for size in sizes[-1:] if subject == "module"]
            rows.append(row + [duration(found["seconds"]) if found else NONE for found in meta or [None]])
    return rows


def measured_cells(mine: list[Results], batch: int) -> list[str]:
    """Return time, first call and memory of one size of the batch."""
    found = next((each for each in mine if each["batch"] == batch), None)
    if found is None:
        return [NONE, NONE, NONE]
    if "error" in found:
        return [html.escape(found["error"]), NONE, NONE]
    return [duration(found["seconds"]), duration(found["first"]), size(found["memory"])]


def import_time(results: Results, tool: str) -> str:
    """Return the processor's time that the import of a tool takes."""
    return duration(next(found["seconds"] for found in results["imports"] if found["tool"] == tool))


def duration(seconds: float) -> str:
    """Return a time with two or three digits.

    >>> duration(0.000312), duration(0.0042), duration(0.123), duration(6.3456), duration(61.2)
    ('0.31 ms', '4.2 ms', '123 ms', '6.3 s', '61 s')
    """
    value, unit = (seconds, "s") if seconds >= 1 else (1000 * seconds, "ms")
    return f"{value:.{2 if value < 1 else 1 if value < 10 else 0}f} {unit}"


def size(memory: int) -> str:
    """Return bytes as MB or GB.

    >>> size(400_000), size(62_000_000), size(5_512_000_000)
    ('0.4 MB', '62 MB', '5.5 GB')
    """
    value, unit = (memory / 10**9, "GB") if memory >= 10**9 else (memory / 10**6, "MB")
    return f"{value:.{1 if value < 10 else 0}f} {unit}"


# What was asked


def answers_table(results: Results) -> str:
    """Return the table of questions and answers as HTML."""
    answers = {(answer["question"], answer["tool"]): answer for answer in results["answers"]}
    tools = [tool for tool in results["tools"] if any(name == tool["tool"] for _, name in answers)]
    rows: list[list[str]] = []
    for group in dict.fromkeys(question.group for question in QUESTIONS):
        rows.append([f"<strong>{group}</strong>"])
        for question in QUESTIONS:
            if question.group == group:
                found = [answers.get((question.key, tool["tool"])) for tool in tools]
                rows.append([title(question), right_answer(question), *map(mark, found)])
    heads = ["Question", "Right", *(link(tool["tool"], tool["home"]) for tool in tools)]
    return table("Questions, and what each tool answers", heads, rows)


def title(question: Question) -> str:
    """Return the question with links to where users have met wrong answers."""
    text = re.sub(r"`(.+?)`", r"<code>\1</code>", html.escape(question.title, quote=False))
    return " ".join([text, *(f"<small>{issue(name)}</small>" for name in question.issues)])


def issue(name: str) -> str:
    """Return a link to an issue.

    >>> issue("owner/tool#12")
    '<a href="https://github.com/owner/tool/issues/12">tool#12</a>'
    """
    repository, number = name.split("#")
    return link(name.split("/")[1], ISSUE.format(repository, number))


def right_answer(question: Question) -> str:
    """Return the right answer where it is a number."""
    right = next(iter(question.answers.values()))
    return f"{right:,}" if isinstance(right, int) else ""


def mark(answer: Results | None) -> str:
    r"""Return the sign of an answer, with the number that it gave where that is not the right one.

    >>> mark({"verdict": "right", "answer": 6}), mark({"verdict": "wrong", "answer": 1200}), mark(None)
    ('✓', '✗\xa01,200', '—')
    """
    if answer is None:
        return NONE
    sign = MARKS[answer["verdict"]]
    if answer["verdict"] in ("wrong", "incomplete") and isinstance(answer["answer"], int):
        return f"{sign}\u00a0{answer['answer']:,}"
    return sign


def scores(results: Results) -> dict[str, int]:
    """Return how many questions each tool answers rightly."""
    tools = dict.fromkeys(answer["tool"] for answer in results["answers"])
    return {
        tool: sum(answer["verdict"] == "right" for answer in results["answers"] if answer["tool"] == tool)
        for tool in tools
    }


# Their form


def table(caption: str, heads: list[str], rows: list[list[str]]) -> str:
    """Return an HTML table; a row of a single cell is the title of the rows below it."""
    lines = [f"<table>\n<caption>{caption}</caption>", "<thead><tr>"]
    lines += [f'<th scope="col">{head}</th>' for head in heads]
    lines.append("</tr></thead>\n<tbody>")
    for first, *others in rows:
        if others:
            lines.append(f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others) + "</tr>")
        else:
            lines.append(f'<tr><th scope="rowgroup" colspan="{len(heads)}">{first}</th></tr>')
    return "\n".join([*lines, "</tbody>\n</table>"])


def link(text: str, address: str) -> str:
    return f'<a href="{address}">{html.escape(text)}</a>'


def as_text(results: Results) -> str:
    """Return the results for the terminal: times and memory, wrong answers, scores."""
    lines = []
    for found in results["measurements"]:
        what = f"{found['tool']}, {found['subject']}" + (f", batch {found['batch']}" if "batch" in found else "")
        if "error" in found:
            lines.append(f"{what}: {found['error']}")
        else:
            times = f"{duration(found['seconds'])} ({duration(found['fastest'])}–{duration(found['slowest'])})"
            lines.append(f"{what}: {times}, first {duration(found['first'])}, {size(found['memory'])}")
    for found in results["imports"]:
        loads = " and ".join(found["loads"]) or "nothing heavy"
        lines.append(f"{found['tool']}, `{found['statement']}`: {duration(found['seconds'])}, loads {loads}")
    total = len({answer["question"] for answer in results["answers"]})
    lines += [f"{tool}: {right} of {total} answers right" for tool, right in scores(results).items()]
    for answer in results["answers"]:
        if answer["tool"] == OURS and answer["verdict"] != "right":
            lines.append(f"{OURS}, {answer['question']}: {answer}")
    return "\n".join(lines)
