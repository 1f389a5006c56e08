"""Tables in Markdown and HTML."""

from __future__ import annotations

import re
from html import escape
from math import ceil

from .quantities import Cell, aligned, written
from .table import Table, Total

NO_BREAK = "\u00a0"  # a space that HTML keeps
DIGIT_SPACE = "\u2007"  # one as wide as a digit
# Colours come from the page around, so that the table is legible in light and dark notebooks; a page may set its own.
STYLE = """
.cnn-table{--rule:var(--cnn-table-rule,color-mix(in srgb,currentColor 25%,transparent));
--bar:var(--cnn-table-bar,color-mix(in srgb,#2a8ca5 30%,transparent));container-type:inline-size;overflow-x:auto}
.cnn-table table.cnn-summary{border:0;border-collapse:collapse;color:inherit;font-variant-numeric:tabular-nums;margin:0}
.cnn-table table.cnn-summary caption{caption-side:top;color:inherit;font-weight:600;padding:0 0 .5em;text-align:left}
.cnn-table table.cnn-summary :is(thead,tbody,tfoot) :is(tr,th,td){background-color:transparent;border:0;color:inherit;
font-weight:400;padding:.2em 1.2em .2em 0;text-align:left;vertical-align:baseline;white-space:normal}
.cnn-table table.cnn-summary thead tr th{border-bottom:1px solid var(--rule);font-weight:600}
.cnn-table table.cnn-summary :is(thead,tbody) tr :is(.number,th){white-space:nowrap}
.cnn-table table.cnn-summary :is(thead,tbody) tr .number{text-align:right}
.cnn-table table.cnn-summary :is(thead,tbody,tfoot) tr :last-child{padding-right:0}
.cnn-table table.cnn-summary td[style]{
background:linear-gradient(to left,var(--bar) var(--share),transparent 0) content-box no-repeat}
.cnn-table table.cnn-summary .tree{opacity:.5}
.cnn-table table.cnn-summary tfoot tr:first-child :is(th,td){border-top:1px solid var(--rule)}
@container (max-width:32em){.cnn-table table.cnn-summary :is(thead,tbody,tfoot) :is(th,td){padding-right:.6em}}
""".replace("\n", "")
NARROW = "@container (max-width:{0}em){{.cnn-table .wide-{0}{{display:none}}}}"  # a column without room
DIGIT, SPACE = 0.6, 1.2  # em: a digit, which is the average sign too; the space between columns


def markdown(table: Table) -> str:
    """A title in bold, the table and a list of its totals."""
    marks = ["---" if place < table.left else "---:" for place in range(len(table.headings))]
    rows = ([written(cell).replace("|", "\\|") for cell in row] for row in table.rows)
    lines = [f"| {' | '.join(cells)} |" for cells in (table.headings, marks, *rows)]
    totals = ["", *map(_item, table.totals)] if table.totals else []
    return "\n".join([f"**{table.title}**", "", *lines, *totals])


def _item(total: Total) -> str:
    value = f"**{written(total.value)}**" if total.value is not None else ""
    return f"- {total.label}: {', '.join(filter(None, (value, total.note)))}"


def html(table: Table) -> str:
    """A table with a caption, headings that screen readers can follow, and a style sheet for itself alone."""
    classes = _classes(table)
    columns = [_html_column(table, place, kind) for place, kind in enumerate(classes)]
    head, *body = (f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    totals = "".join(_html_total(total, len(columns)) for total in table.totals)
    title = escape(table.title)
    narrow = "".join(map(NARROW.format, re.findall(r"wide-(\d+)", "".join(classes))))
    styles = f"<style>{STYLE}</style>{narrow and f'<style>{narrow}</style>'}"  # the first is the same for all tables
    return (
        f'<div class="cnn-table" tabindex="0" role="group" aria-label="{title}">{styles}'
        f'<table class="cnn-summary"><caption>{title}</caption><thead>{head}</thead><tbody>{"".join(body)}</tbody>'
        f"{totals and f'<tfoot>{totals}</tfoot>'}</table></div>"
    )


def _classes(table: Table) -> list[str]:
    """The class attribute of each column's cells: numbers, and the width below which the column is left out."""
    kinds = {heading: ["number"] if place >= table.left else [] for place, heading in enumerate(table.headings)}
    widths = {
        heading: SPACE + DIGIT * max(map(len, (heading, *aligned(cells)))) for heading, cells in table.columns.items()
    }
    widths[table.headings[0]] += DIGIT * max(map(len, table.branches), default=0)
    for heading in table.optional:
        kinds[heading].append(f"wide-{ceil(sum(widths.values()))}")
        del widths[heading]
    return [f' class="{" ".join(kind)}"' if kind else "" for kind in kinds.values()]


def _html_column(table: Table, place: int, kind: str) -> list[str]:
    """The column's heading and cells, each with its tag."""
    heading = table.headings[place]
    head = f'<th scope="col"{kind}>{escape(heading)}</th>'
    cells = table.columns[heading]
    words = [_unbroken(cell, escape(word)) for cell, word in zip(cells, aligned(cells, DIGIT_SPACE), strict=True)]
    if not place:
        return [head, *map(_html_name, words, table.branches)]
    whole = table.whole(heading)
    return [head, *(f"<td{kind}{_bar(cell, whole)}>{word}</td>" for cell, word in zip(cells, words, strict=True))]


def _unbroken(cell: Cell, word: str) -> str:
    """The word on one line if it is a shape; a sentence may take several."""
    return word.replace(" ", NO_BREAK) if isinstance(cell, tuple) else word


def _html_name(word: str, branch: str) -> str:
    tree = f'<span class="tree" aria-hidden="true">{branch.replace(" ", NO_BREAK)}</span>' if branch else ""
    return f'<th scope="row">{tree}{word}</th>'


def _bar(cell: Cell, whole: int) -> str:
    """The length of the bar behind a number."""
    return f' style="--share:{cell / whole:.1%}"' if whole and isinstance(cell, int) and cell else ""


def _html_total(total: Total, columns: int) -> str:
    """A label below name and class, a value and its note below the rest."""
    value = f"<b>{escape(written(total.value))}</b> " if total.value is not None else ""
    first = 2 if columns > 2 else 1
    label = f'<th scope="row" colspan="{first}">{escape(total.label)}</th>'
    return f'<tr>{label}<td colspan="{max(1, columns - first)}">{value}{escape(total.note)}</td></tr>'
