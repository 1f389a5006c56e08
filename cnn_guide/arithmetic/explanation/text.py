"""An explanation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import TextWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .steps import Comparison, Explanation, Section, Step

WIDTH = 80
INDENT = "  "


def write(explanation: Explanation) -> str:
    """Lines of at most 80 characters."""
    lines = [*_body(explanation, "")]
    if explanation.legend:
        meanings = ", ".join(f"{symbol} {meaning}" for symbol, meaning in explanation.legend.items())
        lines += ["", *_wrapped(f"Symbols: {meanings}.")]
    return "\n".join(lines)


def _body(explanation: Explanation, indent: str, name: str = "") -> Iterator[str]:
    """The heading, then the parts, the steps and the conventions, all of them further in for a part of a whole."""
    yield from _wrapped(f"{name}: {explanation.heading}" if name else explanation.heading, indent, more=4)
    inner = indent + INDENT if name else indent
    for part_name, part in explanation.parts:
        yield ""
        yield from _body(part, inner, f"{name}.{part_name}" if name else part_name)
    for section in explanation.sections:
        yield from _section(section, inner)
    if not name:  # the refusal of a part is that of the whole
        yield from _refusal(explanation)
    for comparison in explanation.comparisons:
        yield from _comparison(comparison, inner)


def _section(section: Section, indent: str) -> Iterator[str]:
    if section.title:
        yield from ("", indent + section.title)
    widest = max((len(step.name) for step in section.steps), default=0)
    for step in section.steps:
        yield from _step(f"{indent}{INDENT}{step.name:{widest}}  ", step)
    for note in section.notes:
        yield from _wrapped(note, indent + INDENT)


def _step(head: str, step: Step) -> Iterator[str]:
    """One line, or one for each of symbols, numbers and value where one would be too long."""
    first, *rest = step.chain()
    line = head + " = ".join((first, *rest))
    if len(line) <= WIDTH:
        yield line
        return
    yield from _wrapped(head + first, more=8)
    for form in rest:
        yield from _wrapped(f"= {form}", " " * 8, more=2)


def _comparison(comparison: Comparison, indent: str) -> Iterator[str]:
    yield from ("", indent + comparison.title)
    rows = [("", *comparison.headings), *(row.cells for row in comparison.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, padding, size, unused in rows:
        line = f"{name:{widths[0]}}  {padding:>{widths[1]}}  {size:>{widths[2]}}  {unused}"
        yield from _wrapped(line, indent + INDENT, more=6 + sum(widths[:3]))
    if comparison.note:
        yield from _wrapped(comparison.note, indent + INDENT)


def _refusal(explanation: Explanation) -> Iterator[str]:
    if explanation.refusal is None:
        return
    yield ""
    yield from _wrapped(f"Refused: {explanation.refusal}", more=2)
    if explanation.nearest:
        yield "Nearest settings that are possible, one change each:"
    for nearest in explanation.nearest:
        yield from _wrapped(str(nearest), INDENT, more=2)


def _wrapped(line: str, indent: str = "", more: int = 0) -> list[str]:
    """The line, broken at spaces where it is too long, and its other lines so many places further in."""
    wrapper = TextWrapper(WIDTH, indent, indent + " " * more, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(line)
