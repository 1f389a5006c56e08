"""Quizzes: fences that become a question, its answers, and a reason for each of them.

The result is plain HTML that can be read without scripts: the question, its options, and the answers folded away.
`docs/assets/javascripts/quiz.js` makes it answerable; `docs/contributing/writing_a_page.md` explains the markers.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

_ANSWER = re.compile(r"(?P<mark>\([ x]\)|\[[ x]\]|=|≠|\d+\.)[ ]+(?P<text>\S.*)$")
_KINDS = {"(": "single", "[": "several", "=": "value", "≠": "value"}
_NUMBER = re.compile(r"[-+−]?\d[\d,]*(\.\d+)?\s?%?$")
_SHAPE = re.compile(r"\(?\d+(\s*[,×x]\s*\d+)+,?\)?$")
_COMPUTED = re.compile(r"(`+)\{py\} [^`\n]+\1$")


class QuizError(Exception):
    """A fault of a quiz, on a line of its fence, from 0."""

    def __init__(self, line: int, message: str):
        super().__init__(message)
        self.line = line


class Answer(NamedTuple):
    """Something that a reader may answer."""

    mark: str
    text: str
    reason: str
    line: int

    @property
    def right(self) -> bool:
        """Whether it is a right answer; in an order, every item is."""
        return self.mark not in ("( )", "[ ]", "≠")


@dataclass(frozen=True)
class Quiz:
    """A question with its answers. `kind` is single, several, value or order."""

    question: str
    kind: str
    answers: tuple[Answer, ...]


def parse(source: str) -> Quiz:
    r"""Read a quiz.

    >>> quiz = parse("Which has weights?\n\n( ) ReLU\n    It compares.\n(x) Conv2d\n    Its kernels.\n")
    >>> quiz.kind, [answer.text for answer in quiz.answers if answer.right]
    ('single', ['Conv2d'])

    Raises:
        QuizError: the question or a reason is missing, or the answers do not fit together.
    """
    lines = source.splitlines()
    starts = [at for at, line in enumerate(lines) if _ANSWER.match(line)]
    question = "\n".join(lines[: starts[0] if starts else len(lines)]).strip()
    if not question or not starts:
        raise QuizError(0, "a quiz needs a question and, below it, answers that begin with (x), [x], = or 1.")
    bounds = zip(starts, [*starts[1:], len(lines)], strict=True)
    answers = tuple(_answer(lines, start, end) for start, end in bounds)
    kinds = {_KINDS.get(answer.mark[0], "order") for answer in answers}
    if len(kinds) > 1:
        raise QuizError(starts[0], f"the answers of one quiz must be of one kind, not {' and '.join(sorted(kinds))}")
    quiz = Quiz(question, kinds.pop(), answers)
    _refuse(quiz, starts[0])
    return quiz


def _answer(lines: list[str], start: int, end: int) -> Answer:
    match = _ANSWER.match(lines[start])
    assert match is not None  # that is how the start was found
    rest = lines[start + 1 : end]
    for at, line in enumerate(rest, start + 1):
        if line.strip() and not line.startswith("  "):
            raise QuizError(at, f"{line.strip()!r} is neither an answer nor, indented, the reason of one")
    reason = " ".join(line.strip() for line in rest if line.strip())
    if not reason:
        raise QuizError(start, f"the answer {match['text']!r} has no reason; write it below, indented")
    return Answer(match["mark"], match["text"].strip(), reason, start)


def _refuse(quiz: Quiz, line: int) -> None:
    """Refuse answers that cannot be answered."""
    texts = [answer.text for answer in quiz.answers]
    right = sum(answer.right for answer in quiz.answers)
    if len(set(texts)) < len(texts):
        raise QuizError(line, "two answers are the same")
    if quiz.kind in ("single", "value") and right != 1:
        raise QuizError(line, f"a quiz of this kind has one right answer, not {right}")
    if quiz.kind == "several" and not right:
        raise QuizError(line, "none of the answers is right; mark them with [x]")
    if quiz.kind != "value" and len(quiz.answers) < 2:
        raise QuizError(line, "one answer leaves nothing to choose; give two or more")


def check_source(source: str) -> None:
    """Refuse a quiz whose fault can be seen before the page runs; the key of a number or a shape must be computed."""
    for answer in parse(source).answers:
        if answer.mark == "=" and not _COMPUTED.match(answer.text):
            raise QuizError(answer.line, f"the key {answer.text!r} is typed; compute it: = `{{py}} …`")


def render(source: str, number: int) -> str:
    r"""Return the quiz as Markdown: the question, the options, and the answers in a block that folds.

    Args:
        source: the fence's text, with its computed values in place.
        number: which of the page's quizzes it is, from 1.

    Raises:
        QuizError: as `parse`; or a key is neither a number nor a shape.
    """
    quiz = parse(source)
    order = shown_order(quiz)
    right = [int(answer.right) for answer in quiz.answers]
    data: dict[str, str | list[int] | list[str]] = {"kind": _sort(quiz), "order": order, "right": right}
    if quiz.kind == "value":
        data["keys"] = [answer.text for answer in quiz.answers]
    attributes = " ".join(f"data-{name}='{escape(_text(value))}'" for name, value in data.items())
    options = "" if quiz.kind == "value" else "\n".join(f"- {quiz.answers[at].text}" for at in order)
    return "\n\n".join(
        [
            f'<div class="quiz" id="quiz-{number}" {attributes} markdown="1">',
            f'<div class="quiz__question" markdown="1">\n\n{quiz.question}\n\n</div>',
            options,
            '<details class="quiz__answers" markdown="1">',
            f"<summary>{'Answer' if quiz.kind == 'value' else 'Answers'}</summary>",
            *(answer_text(quiz, at) for at in range(len(quiz.answers))),
            "</details>\n</div>",
        ]
    )


def _text(value: str | list[int] | list[str]) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sort(quiz: Quiz) -> str:
    """The kind, where numbers and shapes are told apart by the key."""
    if quiz.kind != "value":
        return quiz.kind
    key = next(answer for answer in quiz.answers if answer.right)
    if _NUMBER.match(key.text):  # first: a comma without a blank parts thousands
        return "number"
    if _SHAPE.match(key.text):
        return "shape"
    raise QuizError(key.line, f"the key {key.text!r} is neither a number nor a shape such as (16, 26, 26)")


def shown_order(quiz: Quiz) -> list[int]:
    """Return the places of the answers as they are shown; what is to be sorted is not shown in its right order."""
    order = list(range(len(quiz.answers)))
    if quiz.kind != "order":
        return order
    order.sort(key=lambda at: hashlib.sha256(f"{quiz.question} {quiz.answers[at].text}".encode()).digest())
    return order if order != sorted(order) else order[1:] + order[:1]


def answer_text(quiz: Quiz, at: int) -> str:
    """Return an answer with its verdict and its reason, as an item of a list."""
    answer = quiz.answers[at]
    if quiz.kind == "order":
        return f"{at + 1}. **{answer.text}** {answer.reason}"
    return f"- **{answer.text}** – {'right' if answer.right else 'not right'}. {answer.reason}"
