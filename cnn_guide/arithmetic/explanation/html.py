"""An explanation as HTML: headings, tables and lists, without styles or scripts of its own."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from .formula import number

if TYPE_CHECKING:
    from .steps import Comparison, Convention, Explanation, Section, Step


def write(explanation: Explanation) -> str:
    """A block of the class `cnn-explain`."""
    meanings = (f"<var>{escape(symbol)}</var> {escape(meaning)}" for symbol, meaning in explanation.legend.items())
    legend = f'<p class="legend">Symbols: {", ".join(meanings)}.</p>' if explanation.legend else ""
    return f'<div class="cnn-explain">{_title(explanation)}{_body(explanation)}{_refusal(explanation)}{legend}</div>'


def _title(explanation: Explanation) -> str:
    return f'<p class="subject"><code>{escape(explanation.heading)}</code></p>'


def _body(explanation: Explanation, path: str = "") -> str:
    parts = (_part(part, f"{path}.{name}" if path else name) for name, part in explanation.parts)
    tables = (*map(_section, explanation.sections), *map(_comparison, explanation.comparisons))
    return "".join((*parts, *tables))


def _part(part: Explanation, path: str) -> str:
    """Folded, with what goes in and comes out in sight."""
    opened = " open" if part.value is None else ""
    summary = f"<summary>{escape(path)}: <code>{escape(part.heading)}</code></summary>"
    return f"<details{opened}>{summary}{_body(part, path)}</details>"


def _section(section: Section) -> str:
    caption = f"<caption>{escape(section.title)}</caption>" if section.title else ""
    heads = _heads("step", "formula", "with numbers", "value")
    table = f"<table>{caption}{heads}<tbody>{''.join(map(_step, section.steps))}</tbody></table>"
    notes = "".join(f"<li>{escape(note)}</li>" for note in section.notes)
    return (table if section.steps else caption and f"<p>{escape(section.title)}</p>") + (notes and f"<ul>{notes}</ul>")


def _step(step: Step) -> str:
    cells = (step.symbols, step.numbers if step.numbers != number(step.value) else "", number(step.value))
    return f'<tr><th scope="row">{escape(step.name)}</th>{_cells(cells)}</tr>'


def _comparison(comparison: Comparison) -> str:
    heads = _heads("convention", *comparison.headings)
    rows = "".join(map(_convention, comparison.rows))
    note = f"<p>{escape(comparison.note)}</p>" if comparison.note else ""
    return f"<table><caption>{escape(comparison.title)}</caption>{heads}<tbody>{rows}</tbody></table>{note}"


def _convention(row: Convention) -> str:
    name, *cells = row.cells
    return f'<tr><th scope="row">{escape(name)}</th>{_cells(cells)}</tr>'


def _refusal(explanation: Explanation) -> str:
    if explanation.refusal is None:
        return ""
    ways = "".join(f"<li><code>{escape(str(nearest))}</code></li>" for nearest in explanation.nearest)
    ways = ways and f"<p>Nearest settings that are possible, one change each:</p><ul>{ways}</ul>"
    return f'<p class="refusal"><strong>Refused.</strong> {escape(str(explanation.refusal))}</p>{ways}'


def _heads(*names: str) -> str:
    return "<thead><tr>" + "".join(f'<th scope="col">{escape(name)}</th>' for name in names) + "</tr></thead>"


def _cells(values: Iterable[str]) -> str:
    return "".join(f"<td>{escape(value)}</td>" for value in values)
