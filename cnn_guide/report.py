"""Results as text, Markdown, HTML, JSON and DataFrame."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from typing import Any

from .arithmetic.arguments import Shape

WIDTH = 80  # columns of a terminal; names are cut to fit
SHORTEST_NAME = 8  # but not below this
NO_BREAK = "\u00a0"  # a space that HTML keeps
BYTES = 4  # of a float32


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


@dataclass(frozen=True)
class Row:
    """One layer of a summary.

    Args:
        name: the layer's path in the network, such as `features.0`.
        kind: the layer's class.
        input_shape: without the batch axis; None where the layer is not called or no input is known.
        output_shape: likewise.
        params: numbers in the layer's own tensors that no earlier row has counted.
        trainable_params: those of them that training changes.
        macs: multiply-accumulates of convolution and linear layers; None without an input or a call.
        unknown: operations of this layer whose MACs are not known.
        container: whether the layer only joins layers with rows of their own.
        shared: whether its tensors are counted in an earlier row.
    """

    name: str
    kind: str
    input_shape: Shape | None
    output_shape: Shape | None
    params: int
    trainable_params: int
    macs: int | None
    unknown: tuple[str, ...] = ()
    container: bool = False
    shared: bool = False

    @property
    def joins_only(self) -> bool:
        """Whether all that the row could count is counted in the rows of its children."""
        return self.container and not (self.params or self.macs or self.unknown or self.shared)


@dataclass(frozen=True, repr=False)
class Summary:
    """A network layer by layer, with its totals; printed as a table, shown as HTML in notebooks.

    Args:
        model: name of the network.
        input_shape: shape of one input, without the batch axis; None where none was given.
        rows: the layers in the order in which data passes.
        batch_size: inputs in the batch that `macs` is counted for.
    """

    model: str
    input_shape: Shape | None
    rows: tuple[Row, ...]
    batch_size: int = 1

    @property
    def total_params(self) -> int:
        """Numbers in all parameters; a shared tensor counts once."""
        return sum(row.params for row in self.rows)

    @property
    def trainable_params(self) -> int:
        """Numbers that training changes."""
        return sum(row.trainable_params for row in self.rows)

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of all convolution and linear layers; None without an input. See `complete`."""
        return None if self.input_shape is None else sum(row.macs or 0 for row in self.rows)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Operations that `macs` leaves out, each with its layer."""
        found = (f"{operation} in {row.name or row.kind}" for row in self.rows for operation in row.unknown)
        return tuple(dict.fromkeys(found))

    @property
    def complete(self) -> bool:
        """Whether `macs` is known and leaves nothing out."""
        return self.input_shape is not None and not self.unknown

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values."""
        return {
            "model": self.model,
            "input_shape": self.input_shape,
            "batch_size": self.batch_size,
            "total_params": self.total_params,
            "trainable_params": self.trainable_params,
            "macs": self.macs,
            "complete": self.complete,
            "rows": [asdict(row) for row in self.rows],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """Everything as JSON."""
        return json.dumps(self.to_dict(), indent=indent)

    def to_dataframe(self) -> Any:
        """The rows as a pandas DataFrame.

        Raises:
            ImportError: if pandas is not installed.
        """
        try:
            from pandas import DataFrame  # type: ignore[import-untyped]
        except ImportError as error:
            raise ImportError("Summary.to_dataframe needs pandas: pip install pandas") from error
        return DataFrame([asdict(row) for row in self.rows])

    def to_markdown(self) -> str:
        """The table in Markdown, with the totals as its last rows."""
        table = self._table()
        rows = tuple((row.name, *cells[1:]) for row, cells in zip(self.rows, table.rows, strict=True))
        return replace(table, rows=rows).markdown()  # whole paths, since Markdown has no tree

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        labels, branches = tree([row.name for row in self.rows])
        known = self.input_shape is not None
        headings = ("Name", "Layer", "Output shape", "Parameters", "MACs") if known else ("Name", "Layer", "Parameters")
        rows = tuple(self._cells(label, row, known) for label, row in zip(labels, self.rows, strict=True))
        title = f"{self.model} on {self.input_shape}" if known else self.model
        return Table(title, headings, rows, branches, self._totals(), left=3 if known else 2)

    def _cells(self, label: str, row: Row, known: bool) -> tuple[str, ...]:
        params = "shared" if row.shared else "" if row.joins_only else f"{row.params:,}"
        if not known:
            return label, row.kind, params
        macs = "?" if row.unknown else "" if row.joins_only or row.macs is None else f"{row.macs:,}"
        return label, row.kind, "" if row.output_shape is None else str(row.output_shape), params, macs

    def _totals(self) -> tuple[tuple[str, str], ...]:
        totals = [("Parameters", f"{self.total_params:,}")]
        totals.append(("  trainable", f"{self.trainable_params:,}"))
        totals.append(("  in memory, 4 bytes each", _bytes(BYTES * self.total_params)))
        if self.macs is not None:
            batch = f", batch of {self.batch_size}" if self.batch_size > 1 else ""
            totals.append((f"MACs (convolution, linear{batch})", f"{self.macs:,}"))
        totals += [("  without", operation) for operation in self.unknown]
        return tuple(totals)


def _bytes(number: int) -> str:
    """A number of bytes in the unit that fits.

    Example:
        >>> _bytes(229096)
        '229.1 kB'
    """
    size, units = float(number), ["B", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:,.0f} B" if units[0] == "B" else f"{size:,.1f} {units[0]}"


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
