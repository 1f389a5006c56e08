"""An explanation as HTML: tables and lists, without styles or scripts of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from ..errors import LESSON, ShapeError
from .formula import number

if TYPE_CHECKING:
    from .steps import Comparison, Explanation, Section, Step

HEADINGS = ("step", "formula", "with numbers", "value")


def write(explanation: Explanation) -> str:
    """A block of the class `cnn-explain`."""
    title = f'<p class="subject"><code>{escape(explanation.heading)}</code></p>'
    meanings = (f"<var>{escape(symbol)}</var> {escape(meaning)}" for symbol, meaning in explanation.legend.items())
    legend = f'<p class="legend">Symbols: {", ".join(meanings)}.</p>' if explanation.legend else ""
    return f'<div class="cnn-explain">{title}{_body(explanation)}{legend}</div>'


def _body(explanation: Explanation, path: str = "") -> str:
    parts = (_part(part, f"{path}.{name}" if path else name) for name, part in explanation.parts)
    refusal = "" if path else _refusal(explanation)  # that of a part is the refusal of the whole
    return "".join((*parts, _steps(explanation.sections), refusal, *map(_comparison, explanation.comparisons)))


def _part(part: Explanation, path: str) -> str:
    """Folded, with what goes in and comes out in sight; open where it is refused."""
    opened = " open" if part.value is None else ""
    summary = f"<summary>{escape(path)}: <code>{escape(part.heading)}</code></summary>"
    return f"<details{opened}>{summary}{_body(part, path)}</details>"


def _steps(sections: Sequence[Section]) -> str:
    """One table, so that the columns of all sections stand below each other; sentences alone need none."""
    if not any(section.steps for section in sections):
        return "".join(f"<p>{escape(' '.join(section.notes))}</p>" for section in sections)
    return f'<table class="steps">{_heads(HEADINGS)}{"".join(map(_section, sections))}</table>'


def _section(section: Section) -> str:
    title = section.title and f'<tr><th colspan="4" scope="rowgroup">{escape(section.title)}</th></tr>'
    steps = "".join(map(_step, section.steps))
    notes = section.notes and f'<tr><td colspan="4">{escape(" ".join(section.notes))}</td></tr>'
    return f"<tbody>{title}{steps}{notes or ''}</tbody>"


def _step(step: Step) -> str:
    value = number(step.value)
    return _row(step.name, (step.symbols, step.numbers if step.numbers != value else "", value))


def _comparison(comparison: Comparison) -> str:
    rows = "".join(_row(name, cells) for name, *cells in (row.cells for row in comparison.rows))
    head = f"<caption>{escape(comparison.title)}</caption>{_heads(('convention', *comparison.headings))}"
    note = comparison.note and f"<p>{_with_code(comparison.note)}</p>"
    return f'<table class="conventions">{head}<tbody>{rows}</tbody></table>{note}'


def _refusal(explanation: Explanation) -> str:
    if explanation.refusal is None:
        return ""
    ways = "".join(f"<li><code>{escape(str(nearest))}</code></li>" for nearest in explanation.nearest)
    ways = ways and f"<p>Nearest settings that are possible, one change each:</p><ul>{ways}</ul>"
    return f'<p class="refusal"><strong>Refused.</strong> {_reason(explanation.refusal)}</p>{ways}'


def _reason(refusal: ShapeError) -> str:
    """The error, with its arguments as code and its lesson as a link."""
    words, _, _ = str(refusal).partition(" Read: ")
    return f'{_with_code(words)} <a href="{LESSON}">Read how sizes come about.</a>'


def _with_code(words: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(words))


def _heads(names: Iterable[str]) -> str:
    return "<thead><tr>" + "".join(f'<th scope="col">{escape(name)}</th>' for name in names) + "</tr></thead>"


def _row(name: str, cells: Iterable[str]) -> str:
    return f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
