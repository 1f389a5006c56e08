"""Tables as aligned text that fits a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .quantities import aligned, share, shortened, written
from .table import Table

LEAST_WIDTH = 60  # characters; a narrower terminal breaks the lines
LEAST_NAME = 8  # characters of a name, or of a layer's class, however narrow the terminal
GAP = "  "
PLAIN = str.maketrans("─├└│×…−·→", "-|`|x~-*>")  # for terminals with other character sets


class _Column(NamedTuple):
    heading: str
    cells: Sequence[str]
    right: bool

    @property
    def width(self) -> int:
        return max(map(len, (self.heading, *self.cells)))

    @property
    def lines(self) -> list[str]:
        """Heading and cells, all of one width."""
        side, width = str.rjust if self.right else str.ljust, self.width
        return [side(cell, width) for cell in (self.heading, *self.cells)]


def text(table: Table, width: int | None = None) -> str:
    """The table with a title and a rule above and below its rows.

    Args:
        table: what to write.
        width: characters of a line, at least 60; None takes the terminal's width.
    """
    room = max(LEAST_WIDTH, terminal_width() if width is None else width)
    head, *body = map("".join, zip(*_separated(_fitting(table, room)), strict=True))
    foot = list(_totals(table, room))
    rule = "─" * max(map(len, (head, *foot)))
    lines = [table.title, "", head, rule, *body, *([rule, *foot] if foot else [])]
    return _printable("\n".join(line.rstrip() for line in lines))


def terminal_width() -> int:
    """Characters of a line of the terminal; 80 where there is none."""
    from shutil import get_terminal_size  # it loads every archive format

    return get_terminal_size().columns


def _fitting(table: Table, room: int) -> list[_Column]:
    """The columns in full where there is room; then fewer of them, then short numbers, at last short names."""
    for left_out in range(len(table.optional) + 2):
        columns = _columns(table, with_shares=not left_out, without=table.optional[: max(0, left_out - 1)])
        if _width(columns) <= room:
            return columns
    columns = _columns(table, with_shares=False, without=table.optional, short=True)
    for place in (0, 1):
        columns[place] = _cut(columns[place], columns[place].width + room - _width(columns))
    return columns


def _columns(table: Table, with_shares: bool, without: Sequence[str], short: bool = False) -> list[_Column]:
    columns = []
    for place, (heading, cells) in enumerate(table.columns.items()):
        if heading in without:
            continue
        words = list(map(shortened, cells)) if short else aligned(cells)
        if not place:
            words = [branch + word for branch, word in zip(table.branches, words, strict=True)]
        columns.append(_Column(heading, words, right=place >= table.left))
        if with_shares and (whole := table.whole(heading)):
            parts = [share(cell, whole) if isinstance(cell, int) else "" for cell in cells]
            columns.append(_Column("", parts, right=True))
    return columns


def _width(columns: Sequence[_Column]) -> int:
    return sum(column.width for column in columns) + len(GAP) * (len(columns) - 1)


def _cut(column: _Column, width: int) -> _Column:
    """The column with the middle of its long cells left out."""
    most = max(LEAST_NAME, width)
    end = (most - 1) // 2
    cells = [cell if len(cell) <= most else f"{cell[: most - 1 - end]}…{cell[-end:]}" for cell in column.cells]
    return column._replace(cells=cells)


def _separated(columns: Sequence[_Column]) -> Iterator[list[str]]:
    """The columns with gaps between them."""
    for place, column in enumerate(columns):
        if place:
            yield [GAP] * (len(column.cells) + 1)
        yield column.lines


def _totals(table: Table, room: int) -> Iterator[str]:
    """Labels, values and notes below each other; long notes on several lines."""
    if not table.totals:
        return
    from textwrap import wrap

    labels = max(len(total.label) for total in table.totals)
    values = max(len(written(total.value)) for total in table.totals)
    indent = labels + values + 2 * len(GAP)
    for total in table.totals:
        first, *more = wrap(total.note, room - indent) or [""]
        yield f"{total.label:<{labels}}{GAP}{written(total.value):>{values}}{GAP}{first}".rstrip()
        yield from (" " * indent + line for line in more)


def _printable(lines: str) -> str:
    """The text in ASCII, where standard output has no signs for the lines of tables, as in some code pages."""
    try:
        lines.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return lines.translate(PLAIN)
    return lines
