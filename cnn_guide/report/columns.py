"""What the columns of a table of layers show of a row."""

from __future__ import annotations

from collections.abc import Callable

from ..arithmetic.arguments import Shape
from .quantities import Bytes, Cell
from .rows import Row

WORDS = ("Layer", "Input", "Output")  # the other columns are numbers
OPTIONAL = ("Memory", "Field", "Trainable")  # left out where there is no room, in this order


def _output(row: Row) -> Cell:
    return row.output_shape if row.called else "not called"


def _parameters(row: Row) -> Cell:
    return "shared" if row.shared else row.params or None


def _macs(row: Row) -> Cell:
    """With a question mark where an operation is unknown."""
    if row.unknown:
        return f"{row.macs:,} + ?" if row.macs else "?"
    return row.macs or None


def _field(row: Row) -> Cell:
    """One number where it is as high as wide."""
    field: Shape | None = row.receptive_field
    return field[0] if field and len(set(field)) == 1 else field or None


COLUMNS: dict[str, Callable[[Row], Cell]] = {  # a zero is left blank: the eye finds where the numbers are
    "Layer": lambda row: row.kind,
    "Input": lambda row: row.input_shape,
    "Output": _output,
    "Parameters": _parameters,
    "Trainable": lambda row: row.trainable_params or None,
    "MACs": _macs,
    "Operations": lambda row: row.operations or None,
    "Field": _field,
    "Memory": lambda row: Bytes(row.output_bytes) if row.output_bytes else None,
}
