"""Checks of a page's source that need no run: numbers typed in prose; and the line on which something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from site_builder.exercise import prose
from site_builder.page import Page, PageError, replace_exercises, replace_quizzes

ALLOWED = Path(__file__).with_name("allowed_numbers.txt")
_NUMBER = re.compile(r"(?<![\w.#/&-])[-+−]?\d[\d,.]*(?![\w-])")
_SMALL = re.compile(r"[-+−]?[0-3]$")
_NOT_PROSE = (
    r"\A---\n.*?\n---[ \t]*\n",  # front matter
    r"^[ ]*(`{3,}|~{3,})[^\n]*\n.*?^[ ]*\1[ ]*$",  # code
    r"<!--.*?-->",
    r"(`+)(?!`).+?(?<!`)\1(?!`)",  # code in a sentence, and the computed values
    r"\]\([^)]*\)",  # addresses of links
    r"\]\[[^\]]*\]",
    r"\{[^}\n]*\}(?=\s|$)",  # attribute lists
    r"https?://\S+",
    r"^\s*\d+\.\s",  # list numbers
    r"\[\^[^\]]+\]",  # footnotes
    r"<[^>]+>",  # tags
    r"^## Sources\n.*?(?=^## |\Z)",  # years, volumes and pages of references
)


def typed_numbers(page: Page) -> Iterator[PageError]:
    r"""Find the numbers in a page's prose and formulas that were typed instead of computed.

    Numbers up to 3 may be typed, and what `allowed_numbers.txt` lists.

    >>> from site_builder.page import parse
    >>> print(*typed_numbers(parse("It has 104,938 parameters.", "docs/a.md")))  # doctest: +ELLIPSIS
    docs/a.md:1: the number 104,938 is typed; ...
    """
    text = replace_quizzes(page.text, lambda source, number: f"\n{source}")  # a quiz is prose
    text = replace_exercises(text, lambda exercise, number: f"\n{prose(exercise.source)}")
    for pattern in (*_NOT_PROSE, *_allowed()):
        text = re.sub(pattern, _blank, text, flags=re.S | re.M)
    for line, row in enumerate(text.splitlines(), 1):
        for match in _NUMBER.finditer(row):
            number = match[0].rstrip(" .,")
            if number and not _SMALL.match(number):
                way_out = f"compute it with `{{py}} …` (names and years go into {ALLOWED.parent.name}/{ALLOWED.name})"
                yield PageError(page.path, page.line_in_file(line), f"the number {number} is typed; {way_out}")


@cache
def _allowed() -> tuple[str, ...]:
    rows = [row.partition("  #")[0].strip() for row in ALLOWED.read_text(encoding="utf-8").splitlines()]
    return tuple(row for row in rows if row and not row.startswith("#"))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def line_of(text: str, needle: str, normalise: bool = False) -> int:
    r"""Return the line of `text` on which `needle` stands, or 1 where it was not typed so.

    >>> line_of("one\ntwo", "two")
    2
    """
    if normalise:  # a formula: white space and escapes may differ
        pattern = r"\s*".join(re.escape(word) for word in re.findall(r"\\?\w+|\S", needle))
        match = re.search(pattern, text)
        at = match.start() if match else -1
    else:
        at = text.find(needle)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1
