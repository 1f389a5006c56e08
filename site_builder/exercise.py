"""Exercises: fences with a task, a stub to start from, a check, a worked solution, and answers that are wrong.

The result is plain HTML that can be read without scripts: the task, the stub, and the solution folded away.
`docs/assets/javascripts/exercise.js` lets the reader edit and check an answer in the page where it `runs` there;
`site_builder/judging.py` runs all answers; `docs/contributing/writing_a_page.md` explains the fence.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from site_builder.page import Page

LEVELS = {"compute": "Compute", "code": "Code", "think": "Think"}
ORDER = ("stub", "check", "solution", "why", "wrong")
_INFO = re.compile(r'exercise((?:[ ]+\w+="[^"]*")*)[ ]*$')
_MARKER = re.compile(r'^---[ ]*(\w+)(?:[ ]+"([^"\n]*)")?[ ]*$', re.M)


class ExerciseError(Exception):
    """A fault of an exercise, on a line of the page's text."""

    def __init__(self, line: int, message: str):
        super().__init__(message)
        self.line = line


class Part(NamedTuple):
    """What stands below a marker: its text, the line where it begins, and what the marker says."""

    text: str
    line: int
    message: str = ""  # of `--- wrong "…"`: part of the message that this answer must get


@dataclass(frozen=True)
class Exercise:
    """A parsed exercise; `stub`, `solution` and each of `wrong` are programs, to be followed by `check`."""

    title: str
    level: str
    task: str
    stub: Part
    check: Part
    solution: Part
    why: str
    wrong: tuple[Part, ...]
    source: str  # the fence's text

    @property
    def answers(self) -> tuple[Part, ...]:
        """Every program that somebody may hand in."""
        return (self.stub, self.solution, *self.wrong)


def parse(info: str, source: str, line: int = 1) -> Exercise:
    r"""Read an exercise.

    >>> info = 'exercise level="compute" title="Two"'
    >>> parts = ["--- stub", "n = ...", "--- check", "assert n == 2, f'{n} is not 2'", "--- solution", "n = 2"]
    >>> parts += ["--- why", "One and one.", '--- wrong "3 is not"', "n = 3"]
    >>> found = parse(info, "\n".join(["What is 1 + 1?", *parts]))
    >>> found.level, found.task, found.solution.text, found.wrong[0].message
    ('compute', 'What is 1 + 1?', 'n = 2\n', '3 is not')

    Args:
        info: what stands after the fence.
        source: what the fence holds.
        line: of the text, on which `source` begins.

    Raises:
        ExerciseError: a part is missing, stands in the wrong place, or is not understood.
    """
    options = _options(info, line - 1)
    task, parts = _parts(source, line)
    found = {name: tuple(part for other, part in parts if other == name) for name in ORDER}
    _refuse(task, parts, found, line)
    for name in ("stub", "check", "solution", "wrong"):
        for part in found[name]:
            _refuse_code(name, part)
    (stub,), (check,), (solution,), (why,) = (found[name] for name in ORDER[:4])
    _refuse_silent(check)
    return Exercise(
        options["title"], options["level"], task, stub, check, solution, why.text.strip(), found["wrong"], source
    )


def _options(info: str, line: int) -> dict[str, str]:
    match = _INFO.match(info.strip())
    options = dict(re.findall(r'(\w+)="([^"]*)"', match[1])) if match else {}
    if not match or set(options) != {"level", "title"} or not options["title"].strip():
        raise ExerciseError(
            line, f'an exercise begins with ```exercise level="compute" title="…" (got {info.strip()!r})'
        )
    if options["level"] not in LEVELS:
        raise ExerciseError(line, f"`level` (={options['level']!r}) must be one of {', '.join(LEVELS)}")
    return options


def _parts(source: str, line: int) -> tuple[str, list[tuple[str, Part]]]:
    """The task, and the parts below their markers, in their order."""
    markers = list(_MARKER.finditer(source))
    parts = []
    for marker, end in zip(markers, _ends(markers, source), strict=True):
        at = line + source.count("\n", 0, marker.start())
        if marker[1] not in ORDER:
            close = difflib.get_close_matches(marker[1], ORDER, 1)
            hint = f"; did you mean `{close[0]}`?" if close else ""
            raise ExerciseError(at, f"unknown part `--- {marker[1]}`{hint} Known: {', '.join(ORDER)}")
        if (marker[1] == "wrong") != bool(marker[2]):
            raise ExerciseError(at, f'only, and every, `--- wrong "…"` names its message (got {marker[0].strip()!r})')
        parts.append((marker[1], Part(source[marker.end() + 1 : end].rstrip() + "\n", at + 1, marker[2] or "")))
    return source[: markers[0].start() if markers else len(source)].strip(), parts


def _ends(markers: list[re.Match[str]], source: str) -> list[int]:
    """Where the part of each marker ends: at the next one."""
    return [marker.start() for marker in markers[1:]] + [len(source)] * bool(markers)


def _refuse(task: str, parts: list[tuple[str, Part]], found: dict[str, tuple[Part, ...]], line: int) -> None:
    """Refuse parts that are missing, empty, given twice or in another order than everywhere."""
    if not task:
        raise ExerciseError(line, "the exercise has no task; write it above `--- stub`")
    for name in ORDER:
        if not found[name]:
            example = ' "part of the message meant for it"' if name == "wrong" else ""
            raise ExerciseError(line, f"the exercise has no part `--- {name}{example}`")
        if name != "wrong" and len(found[name]) > 1:
            raise ExerciseError(found[name][1].line - 1, f"`--- {name}` is given twice")
    for (before, _), (after, part) in pairwise(parts):
        if ORDER.index(after) < ORDER.index(before):
            raise ExerciseError(part.line - 1, f"`--- {after}` must stand before `--- {before}`")
    for name, part in parts:
        if not part.text.strip():
            raise ExerciseError(part.line - 1, f"`--- {name}` is empty")


def _refuse_code(name: str, part: Part) -> None:
    try:
        compile(part.text, name, "exec")
    except SyntaxError as error:
        raise ExerciseError(part.line + (error.lineno or 1) - 1, f"`--- {name}` is not Python: {error.msg}") from None


def _refuse_silent(check: Part) -> None:
    """A check speaks to the reader: through the message of each of its assertions."""
    asserts = [node for node in ast.walk(ast.parse(check.text)) if isinstance(node, ast.Assert)]
    if not asserts:
        raise ExerciseError(check.line, "`--- check` asserts nothing")
    for node in asserts:
        if node.msg is None:
            raise ExerciseError(
                check.line + node.lineno - 1, "this assertion has no message; tell the reader what is missing"
            )


def prose(source: str) -> str:
    r"""Return the text of an exercise with its programs blanked, at the same length and on the same lines.

    >>> prose("What?\n--- stub\nn = ...\n--- why\nSo.")
    'What?\n        \n       \n       \nSo.'
    """
    markers, blanked = list(_MARKER.finditer(source)), source
    for marker, end in zip(markers, _ends(markers, source), strict=True):
        start, until = marker.start(), marker.end() if marker[1] == "why" else end
        blanked = blanked[:start] + re.sub(r"[^\n]", " ", source[start:until]) + blanked[until:]
    return blanked


def render(exercise: Exercise, number: int, runs: bool, notebook: str) -> str:
    """Return the exercise as Markdown: the task, the stub, and the solution in a block that folds.

    Args:
        exercise: with computed values in place.
        number: which of the page's exercises it is, from 1.
        runs: whether it runs in the page.
        notebook: the address of the page's notebook.
    """
    box = f'<div class="exercise" id="exercise-{number}" data-runs="{"yes" if runs else "no"}" markdown="1">'
    link = f'<a href="{notebook}" download>this page’s notebook</a>'
    where = f"It does not run in the page: work in {link}, or copy it.\n{{ .exercise__where }}"
    parts = [
        box,
        f'<p class="exercise__kind">Exercise {number} · {LEVELS[exercise.level]}</p>',
        f"### {exercise.title}",
        exercise.task,
        "" if runs else where,
        _fence(exercise.stub.text, "{ .python .exercise__stub .no-copy }"),
        '<details class="exercise__solution" markdown="1">\n<summary>Solution</summary>',
        _fence(exercise.solution.text, "{ .python }"),
        exercise.why,
        "</details>\n</div>",
    ]
    return "\n\n".join(part for part in parts if part)


def _fence(code: str, info: str) -> str:
    return f"````` {info}\n{code.rstrip()}\n`````"


def data(page: Page) -> dict[str, dict[str, Any]]:
    """Return what the script needs of each exercise of a page, by its number."""
    from site_builder import judging  # it reads pages, and these read exercises

    return {
        str(number): {"runs": runs, "stub": exercise.stub.text, "check": exercise.check.text}
        for number, (exercise, runs) in enumerate(zip(page.exercises, judging.runs(page), strict=True), 1)
    }


def programs(exercises: Iterable[Exercise]) -> Iterator[tuple[Part, ...]]:
    """Yield what is to be linted together: each answer by itself, and the check below the stub, whose names it uses."""
    for exercise in exercises:
        yield exercise.stub, exercise.check
        yield from ((part,) for part in exercise.answers[1:])
