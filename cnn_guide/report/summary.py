"""A network layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..arithmetic.arguments import Shape, integer
from . import records
from .columns import COLUMNS, OPTIONAL, WORDS
from .cost import Cost
from .quantities import Bytes, listed, written
from .rows import Row
from .table import Table, Total
from .tree import tree

if TYPE_CHECKING:
    from .diff import Diff


@dataclass(frozen=True, repr=False)
class Summary:
    """A network layer by layer, with its totals; printed as a table, shown as HTML in notebooks.

    Args:
        model: name of the network.
        input_shape: shape of one input, without the batch axis; None where none was given.
        rows: the layers in the order in which data passes; a layer that is called again has another row.
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
        """Multiply-accumulates of convolutions, linear layers and matrix products; None without an input."""
        return None if self.input_shape is None else sum(row.macs or 0 for row in self.rows)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Operations that the costs leave out, each with its layer."""
        found = (f"{operation} in {row.name or row.kind}" for row in self.rows for operation in row.unknown)
        return tuple(dict.fromkeys(found))

    @property
    def complete(self) -> bool:
        """Whether the costs are known and leave nothing out."""
        return self.input_shape is not None and not self.unknown

    def __getitem__(self, name: str) -> Row:
        """The row of a layer, by its path; the first one of a layer that is called again.

        Raises:
            KeyError: if there is no such layer, with the closest name.
        """
        for row in self.rows:
            if row.name == name:
                return row
        from difflib import get_close_matches

        close = get_close_matches(str(name), [row.name for row in self.rows], n=1)
        raise KeyError(f"there is no layer {name!r} in {self.model}.{f' Did you mean {close[0]!r}?' if close else ''}")

    def to_depth(self, depth: int) -> Summary:
        """The summary with what lies deeper than so many levels added to the layer around it.

        Args:
            depth: levels to keep; 1 keeps the outermost layers.
        """
        integer("depth", depth, least=1)
        _, branches = tree([row.name for row in self.rows])
        rows: list[Row] = []
        for row, branch in zip(self.rows, branches, strict=True):
            if len(branch) < 2 * depth:  # two characters a level
                rows.append(row)
            else:
                rows[-1] = rows[-1].including(row)
        return replace(self, rows=tuple(rows))

    def diff(self, other: Summary) -> Diff:
        """What another network has that this one has not, and the other way round.

        Args:
            other: the summary to compare with, such as that of a changed network.
        """
        from .diff import difference

        return difference(self, other)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values, as `cnn_guide.report.json_schema()` describes it."""
        return records.summary_record(self)

    def to_json(self, indent: int | None = 2) -> str:
        """Everything as JSON, as `cnn_guide.report.json_schema()` describes it."""
        return records.to_json(self.to_dict(), indent)

    @staticmethod
    def from_dict(record: dict[str, Any]) -> Summary:
        """The summary that `to_dict` was called on.

        Raises:
            ValueError: if the record is not one of a summary, or of a version to come.
        """
        return records.summary_of(record)

    @staticmethod
    def from_json(text: str) -> Summary:
        """The summary that `to_json` was called on.

        Raises:
            ValueError: if the text is not the JSON of a summary, or of a version to come.
        """
        return records.summary_of(records.from_json(text))

    def to_dataframe(self) -> Any:
        """The rows as a pandas DataFrame.

        Raises:
            ImportError: if pandas is not installed.
        """
        return records.dataframe([row._asdict() for row in self.rows], "Summary")

    def to_text(self, width: int | None = None) -> str:
        """The table as text, with as many columns as fit into so many characters; None takes the terminal's width."""
        return self._table().text(width)

    def to_markdown(self) -> str:
        """The table in Markdown, with whole paths and a list of the totals."""
        table = self._table()
        rows = tuple((row.name, *cells[1:]) for row, cells in zip(self.rows, table.rows, strict=True))
        return replace(table, rows=rows).markdown()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        labels, branches = tree([row.name for row in self.rows])
        headings = self._headings()
        rows = tuple(
            (label, *(COLUMNS[heading](row) for heading in headings))
            for label, row in zip(labels, self.rows, strict=True)
        )
        words = 1 + sum(heading in WORDS for heading in headings)
        return Table(
            title=self.title,
            headings=("Name", *headings),
            rows=rows,
            branches=branches,
            totals=tuple(self._totals()),
            left=words,
            optional=tuple(heading for heading in OPTIONAL if heading in headings),
            shares=("Parameters", "MACs"),
        )

    def _headings(self) -> list[str]:
        """The columns that have something to say."""
        known = self.input_shape is not None
        wanted = {
            "Layer": True,
            "Output": known,
            "Parameters": True,
            "Trainable": 0 < self.trainable_params < self.total_params,
            "MACs": known,
            "Field": any(row.receptive_field for row in self.rows),
            "Memory": any(row.output_bytes for row in self.rows),
        }
        return [heading for heading, is_wanted in wanted.items() if is_wanted]

    @property
    def title(self) -> str:
        """The network and its input."""
        batch = f", batch of {self.batch_size}" if self.batch_size > 1 else ""
        return self.model if self.input_shape is None else f"{self.model} on {written(self.input_shape)}{batch}"

    def _totals(self) -> Iterator[Total]:
        yield Total("Parameters", self.total_params, "; ".join(filter(None, (self._memory(), self._training()))))
        if self.unused:
            yield Total("Unused", len(self.unused), listed(self.unused))
        yield from (self.cost or Cost(macs=self.macs, unknown=self.unknown)).totals()

    def _memory(self) -> str:
        """Memory of the parameters by type, and of the buffers."""
        if self.cost is None:
            return ""
        parts = [f"{written(Bytes(size))} of {kind}" for kind, size in self.cost.parameter_bytes.items()]
        buffers = self.cost.buffer_bytes
        return ", ".join([*parts, *([f"{written(Bytes(buffers))} of buffers"] if buffers else [])])

    def _training(self) -> str:
        """Which parameters training changes."""
        if not self.frozen_params:
            return "all trainable" if self.total_params else ""
        return "all frozen" if not self.trainable_params else f"{self.frozen_params:,} frozen"
