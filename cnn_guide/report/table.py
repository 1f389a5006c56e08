"""Text cells in rows, written as text, Markdown and HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 80  # columns of a terminal; names are cut to fit
SHORTEST_NAME = 8  # but not below this
NO_BREAK = "\u00a0"  # a space that HTML keeps


@dataclass(frozen=True)
class Table:
    """Text cells with a heading a column, ready to be written in several ways.

    Args:
        title: what the table shows.
        headings: one a column.
        rows: the cells of each row.
        branches: lines of the tree in front of each row's first cell.
        totals: labels and values below the rows.
        left: how many columns are words, aligned left; the others are numbers, aligned right.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    branches: tuple[str, ...]
    totals: tuple[tuple[str, str], ...] = ()
    left: int = 2

    def text(self) -> str:
        """Aligned columns between thin rules."""
        rest = [max(map(len, column)) for column in zip(self.headings, *self.rows, strict=True)][1:]
        room = max(SHORTEST_NAME, WIDTH - sum(rest) - 2 * len(self.headings))
        names = (_shortened(branch + row[0], room) for branch, row in zip(self.branches, self.rows, strict=True))
        rows = [self.headings, *((name, *row[1:]) for name, row in zip(names, self.rows, strict=True))]
        widths = [max(len(row[0]) for row in rows), *rest]
        needed = max([len(self.title) + 2, *(len(label) + len(value) + 4 for label, value in self.totals)])
        widths[0] += max(0, needed - sum(widths) - 2 * len(widths))
        width = sum(widths) + 2 * len(widths)
        rule = "─" * width
        head, *body = (" " + "  ".join(map(self._aligned, row, widths, range(len(row)))).rstrip() for row in rows)
        foot = [f" {label}{value:>{width - len(label) - 2}}" for label, value in self.totals]
        return "\n".join([f" {self.title}", rule, head, rule, *body, rule, *foot, *([rule] if foot else [])])

    def markdown(self) -> str:
        """A table with the totals as its last rows."""
        marks = ["---" if column < self.left else "---:" for column in range(len(self.headings))]
        blank = ("",) * (len(self.headings) - 2)
        totals = [(f"**{label.strip()}**", *blank, f"**{value}**") for label, value in self.totals]
        lines = [self.headings, marks, *self.rows, *totals]
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

    def html(self) -> str:
        """A table that screen readers can follow; its looks are left to the page's style sheet."""
        heads = "".join(f'<th scope="col"{self._class(i)}>{escape(cell)}</th>' for i, cell in enumerate(self.headings))
        rows = "".join(map(self._html_row, self.rows, self.branches))
        totals = "".join(self._html_total(label.strip(), value) for label, value in self.totals)
        foot = f"<tfoot>{totals}</tfoot>" if totals else ""
        return (
            f'<table class="cnn-summary"><caption>{escape(self.title)}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>{foot}</table>"
        )

    def _html_row(self, row: tuple[str, ...], branch: str) -> str:
        tree = f'<span class="tree" aria-hidden="true">{branch.replace(" ", NO_BREAK)}</span>' if branch else ""
        cells = "".join(f"<td{self._class(i)}>{escape(cell)}</td>" for i, cell in enumerate(row) if i)
        return f'<tr><th scope="row">{tree}{escape(row[0])}</th>{cells}</tr>'

    def _html_total(self, label: str, value: str) -> str:
        head = f'<th scope="row" colspan="{len(self.headings) - 1}">{escape(label)}</th>'
        return f'<tr>{head}<td class="number">{escape(value)}</td></tr>'

    def _class(self, column: int) -> str:
        return "" if column < self.left else ' class="number"'

    def _aligned(self, cell: str, width: int, column: int) -> str:
        return cell.ljust(width) if column < self.left else cell.rjust(width)


def _shortened(name: str, room: int) -> str:
    return name if len(name) <= room else f"{name[: room - 1]}…"


def tree(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Each path as its last part, with the lines of a tree to draw in front of it.

    Example:
        >>> tree(["features", "features.0", "features.1", "head"])
        (['features', '0', '1', 'head'], ('', '├ ', '└ ', ''))
    """
    ancestors: list[str] = []
    labels, depths = [], []
    for name in names:
        while ancestors and not name.startswith(f"{ancestors[-1]}."):
            ancestors.pop()
        labels.append(name[len(ancestors[-1]) + 1 :] if ancestors else name or "(itself)")
        depths.append(len(ancestors))
        ancestors += [name] if name else []
    return labels, tuple(_branch(depths, index) for index in range(len(depths)))


def _branch(depths: list[int], index: int) -> str:
    """Lines in front of one row: a tee or a corner at its own depth, bars where an outer branch goes on below."""
    depth = depths[index]
    if not depth:
        return ""
    outer = "".join("│ " if _goes_on(depths, index, level) else "  " for level in range(1, depth))
    return outer + ("├ " if _goes_on(depths, index, depth) else "└ ")


def _goes_on(depths: list[int], index: int, level: int) -> bool:
    later = (depth for depth in depths[index + 1 :] if depth <= level)
    return next(later, 0) == level
