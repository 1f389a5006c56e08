"""Run the answers of exercises: which need more than a browser has, and does each get the verdict meant for it?"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache as remembered
from typing import Any

from site_builder import cache
from site_builder.exercise import Exercise, Part
from site_builder.page import Page, PageError

SECONDS = 60  # for all answers of one page
HELPFUL = 20  # characters that a message to the reader has at least
Raised = dict[str, Any] | None


def attempts(pairs: Sequence[tuple[str, str]], pure: bool = False) -> list[Raised]:
    """Run pairs of answer and check in a process of their own; with `pure`, it has only what a browser has.

    Raises:
        subprocess.TimeoutExpired: the answers took longer than a minute.
    """
    command = [sys.executable, "-m", "site_builder.attempt", *(["pure"] if pure else [])]
    done = subprocess.run(command, input=json.dumps(pairs), capture_output=True, encoding="utf-8", check=True,
                          cwd=cache.ROOT, timeout=SECONDS)  # fmt: skip
    found: list[Raised] = json.loads(done.stdout)
    return found


def runs(page: Page) -> list[bool]:
    """Say for each exercise of a page whether it runs in the page; kept on disk, since that takes an interpreter.

    Raises:
        PageError: the solutions do not come to an end.
    """
    pairs = [(exercise.solution.text, exercise.check.text) for exercise in page.exercises]
    if not pairs:
        return []
    identity = json.dumps([_environment(), pairs])
    path = cache.folder() / "exercises" / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.json"
    try:
        known: list[bool] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = [raised is None for raised in _of_page(page, pairs, pure=True)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(known), encoding="utf-8")
    return known


def _of_page(page: Page, pairs: Sequence[tuple[str, str]], pure: bool = False) -> list[Raised]:
    try:
        return attempts(pairs, pure) if pairs else []
    except subprocess.TimeoutExpired:
        line = page.line_in_file(page.exercises[0].stub.line)
        message = f"the answers of this and the page's other exercises did not end within {SECONDS} s"
        raise PageError(page.path, line, message) from None


@remembered
def _environment() -> str:
    own = [cache.ROOT / "site_builder" / name for name in ("attempt.py", "judging.py")]
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted([*(cache.ROOT / "cnn_guide").rglob("*.py"), *own]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def faults(page: Page) -> Iterator[PageError]:
    """Judge the answers of a page's exercises: the solution passes, the others fail with the message meant for them."""
    pairs = [(part.text, exercise.check.text) for exercise in page.exercises for part in exercise.answers]
    try:
        raised = iter(_of_page(page, pairs))
    except PageError as error:
        yield error
        return
    for exercise in page.exercises:
        for part, line, message in _verdicts(exercise, raised):
            where = f"the {part} of the exercise “{exercise.title}”"
            yield PageError(page.path, page.line_in_file(line), f"{where} {message}")


def _verdicts(exercise: Exercise, raised: Iterable[Raised]) -> Iterator[tuple[str, int, str]]:
    for part, error in zip(exercise.answers, raised, strict=False):
        if part is exercise.solution:
            if error:
                yield "solution", part.line, f"fails: {error['type']}: {error['message']}"
        else:
            name = "stub" if part is exercise.stub else "wrong answer"
            if fault := _lenient(part, error):
                yield name, part.line, fault


def _lenient(part: Part, error: Raised) -> str:
    """What is amiss where an answer should be refused, with help for the reader."""
    if error is None:
        return "passes the check"
    if error["type"] != "AssertionError":
        return f"ends with {error['type']}: {error['message']}; the check should catch it with a message"
    if part.message not in error["message"]:
        return f"should be told {part.message!r}, but is told {error['message']!r}"
    return f"is told only {error['message']!r}" if len(error["message"]) < HELPFUL else ""
