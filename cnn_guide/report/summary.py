"""A network layer by layer."""

import json
from dataclasses import dataclass, replace
from typing import Any

from ..arithmetic.arguments import Shape
from .rows import Cost, Row
from .table import Table, tree

BYTES = 4  # of a float32


@dataclass(frozen=True, repr=False)
class Summary:
    """A network layer by layer, with its totals; printed as a table, shown as HTML in notebooks.

    Args:
        model: name of the network.
        input_shape: shape of one input, without the batch axis; None where none was given.
        rows: the layers in the order in which data passes.
        batch_size: inputs in the batch that the costs are counted for.
        cost: totals of the forward pass, and the memory of the parameters.
        unused: names of parameters that no operation reads.
    """

    model: str
    input_shape: Shape | None
    rows: tuple[Row, ...]
    batch_size: int = 1
    cost: Cost | None = None
    unused: tuple[str, ...] = ()

    @property
    def total_params(self) -> int:
        """Numbers in all parameters; a shared tensor counts once."""
        return sum(row.params for row in self.rows)

    @property
    def trainable_params(self) -> int:
        """Numbers that training changes."""
        return sum(row.trainable_params for row in self.rows)

    @property
    def frozen_params(self) -> int:
        """Numbers that training leaves as they are."""
        return self.total_params - self.trainable_params

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
            "rows": [row._asdict() for row in self.rows],
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
        return DataFrame([row._asdict() for row in self.rows])

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
