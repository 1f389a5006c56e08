"""What a network costs as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import records
from .quantities import Bytes, Cell
from .table import Table, Total


@dataclass(frozen=True, repr=False)
class Cost:
    """What a network costs: arithmetic and memory of a forward pass, and memory of its tensors.

    Example:
        >>> print(Cost(macs=97_344, operations=205_504, inference_bytes=46_400, training_bytes=46_400))
        Costs of a forward pass
        <BLANKLINE>
        Cost         Of                                                Amount
        ─────────────────────────────────────────────────────────────────────
        MACs         convolutions, linear layers and matrix products   97,344
        FLOPs        2 · MACs                                         194,688
        Operations   all arithmetic, elementwise layers included      205,504
        Activations  alive at one time in inference                   46.4 kB
        Activations  kept for the backward pass in training           46.4 kB

    Args:
        macs: multiply-accumulates of convolutions, linear layers and matrix products; None without an input.
        operations: all arithmetic operations; None without an input.
        inference_bytes: most memory that the input and the layers' outputs take at one time, without gradients.
        training_bytes: memory of the input and of all outputs, which training keeps for its backward pass.
        parameter_bytes: memory of the parameters, by the name of their type, such as "float32".
        buffer_bytes: memory of the tensors that are stored but not trained.
        unknown: operations that are left out, each with its layer.
    """

    macs: int | None = None
    operations: int | None = None
    inference_bytes: int | None = None
    training_bytes: int | None = None
    parameter_bytes: Mapping[str, int] = field(default_factory=dict)
    buffer_bytes: int = 0
    unknown: tuple[str, ...] = ()

    @property
    def flops(self) -> int | None:
        """Floating-point operations of the multiply-accumulates: two for each; None without an input."""
        return None if self.macs is None else 2 * self.macs

    @property
    def complete(self) -> bool:
        """Whether the costs are known and leave nothing out."""
        return self.macs is not None and not self.unknown

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values."""
        return records.cost_record(self)

    def to_json(self, indent: int | None = 2) -> str:
        """Everything as JSON."""
        return records.to_json(self.to_dict(), indent)

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> Cost:
        """The costs that `to_dict` was called on.

        Raises:
            ValueError: if the record is not one of costs, or of a version to come.
        """
        return records.cost_of(record)

    @staticmethod
    def from_json(text: str) -> Cost:
        """The costs that `to_json` was called on.

        Raises:
            ValueError: if the text is not the JSON of costs, or of a version to come.
        """
        return records.cost_of(records.from_json(text))

    def to_markdown(self) -> str:
        """The costs as a table in Markdown."""
        return self._table().markdown()

    def totals(self) -> Iterator[Total]:
        """The costs of the forward pass line by line, as far as they are known."""
        if self.macs is not None:
            yield Total("MACs", self._open(self.macs), "convolutions, linear layers and matrix products")
            yield Total("FLOPs", self._open(2 * self.macs), "2 · MACs")
        if self.operations is not None:
            yield Total("Operations", self._open(self.operations), "all arithmetic, elementwise layers included")
        if self.inference_bytes is not None:
            yield Total("Activations", Bytes(self.inference_bytes), "alive at one time in inference")
        if self.training_bytes is not None:
            yield Total("Activations", Bytes(self.training_bytes), "kept for the backward pass in training")
        for operation in self.unknown:
            yield Total("Left out", "?", operation)

    def _open(self, number: int) -> Cell:
        """The number, with a question mark where something is left out."""
        return f"{number:,} + ?" if self.unknown else number

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        title = "Memory of the network" if self.macs is None else "Costs of a forward pass"
        lines = [*self.totals(), *self._memory()]
        rows = tuple((label, note, value) for label, value, note in lines)
        return Table(title, ("Cost", "Of", "Amount"), rows, ("",) * len(rows))

    def _memory(self) -> Iterator[Total]:
        for kind, size in self.parameter_bytes.items():
            yield Total("Parameters", Bytes(size), kind)
        if self.buffer_bytes:
            yield Total("Buffers", Bytes(self.buffer_bytes), "stored but not trained")
