"""Cells in rows and columns, to be written in several ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .quantities import Cell


class Total(NamedTuple):
    """A line below a table: a label, a value and what is to be said of it."""

    label: str
    value: Cell
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Cells with a heading a column, ready to be written as text, Markdown and HTML.

    A cell is a word, a number, a shape or an amount of memory (`Bytes`); None is left blank.

    Example:
        >>> cells = (("first", "Conv2d", (16, 26, 26), 160), ("second", "Flatten", (10816,), None))
        >>> print(Table("Two layers", ("Name", "Layer", "Output", "Parameters"), cells, ("", ""), left=3).text())
        Two layers
        <BLANKLINE>
        Name    Layer    Output           Parameters
        ────────────────────────────────────────────
        first   Conv2d      16 × 26 × 26         160
        second  Flatten  10816

    Args:
        title: what the table shows.
        headings: one a column.
        rows: the cells of each row; the first one names the row.
        branches: lines of the tree in front of each row's first cell.
        totals: what stands below the rows.
        left: how many columns are aligned left; the others are numbers, aligned right.
        optional: headings of the columns that are left out where there is no room; the first goes first.
        shares: headings of the columns whose numbers are also shown as shares of their sum.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    branches: tuple[str, ...]
    totals: tuple[Total, ...] = ()
    left: int = 2
    optional: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, list[Cell]]:
        """The cells of each column, by its heading."""
        return {heading: [row[place] for row in self.rows] for place, heading in enumerate(self.headings)}

    def whole(self, heading: str) -> int:
        """Sum of a column's numbers, if their shares are wanted; else 0."""
        numbers = (cell for cell in self.columns[heading] if isinstance(cell, int))
        return sum(numbers) if heading in self.shares else 0

    def text(self, width: int | None = None) -> str:
        """Aligned columns that fit into so many characters; None takes the terminal's width."""
        from .terminal import text

        return text(self, width)

    def markdown(self) -> str:
        """A table with a list of the totals."""
        from .markup import markdown

        return markdown(self)

    def html(self) -> str:
        """A table that screen readers can follow, on light and dark pages."""
        from .markup import html

        return html(self)
