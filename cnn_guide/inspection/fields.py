"""Receptive fields of descriptions and modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..arithmetic.arguments import Shape
from ..arithmetic.layers import Layer
from ..arithmetic.receptive_field import Field, fields
from ..report import Table, tree

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, repr=False)
class ReceptiveField:
    """What a unit of the network sees of the input, along each axis.

    `size`, `jump` and `start` are those of the last layer whose units still have a place on a map: from a Linear
    layer or a global pooling on, each unit sees everything that the map saw. `table` has every layer.

    Args:
        size: pixels that one unit sees.
        jump: pixels between the fields of two neighbouring units.
        start: first pixel that the first unit sees; below 0 it lies in the padding.
        table: the fields layer by layer.
        model: name of the network.
    """

    size: Shape
    jump: Shape
    start: Shape
    table: tuple[Field, ...]
    model: str = ""

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        labels, branches = tree([field.name for field in self.table])
        cells = [
            (
                label,
                field.kind,
                " × ".join(map(str, field.size)),
                " × ".join(map(str, field.jump)) if any(field.jump) else "–",
                ", ".join(map(str, field.start)),
            )
            for label, field in zip(labels, self.table, strict=True)
        ]
        headings = ("Name", "Layer", "Field", "Jump", "Start")
        return Table(f"Receptive field of {self.model}", headings, tuple(cells), branches)


def receptive_field(model: Layer | nn.Module, input_size: tuple[int, ...]) -> ReceptiveField:
    """What a unit of the network sees of the input.

    Example:
        >>> from cnn_guide import layers
        >>> network = layers.Sequential(layers.Conv2d(1, 16, 3), layers.MaxPool2d(2), layers.Conv2d(16, 32, 3))
        >>> field = receptive_field(network, (1, 28, 28))
        >>> field.size, field.jump, field.start  # 3, then 3 + 1 * 1 = 4, then 4 + 2 * 2 = 8
        ((8, 8), (2, 2), (0, 0))

    Args:
        model: a description, or an `nn.Sequential` of layers that have one.
        input_size: shape of one input, (C, H, W) for images.

    Returns:
        Size, jump and start along each axis, and the table of all layers.

    Raises:
        ShapeError: if the layers do not fit together or the input.
        ValueError: if the way through the model is unknown, or its units see fields of different sizes.
    """
    if isinstance(model, Layer):
        description = model
    else:
        from .modules import check_module
        from .translation import describe

        description = describe(check_module(model))
    table = tuple(fields(description, input_size))
    if not table:
        raise ValueError("`model` has no layers, so there is nothing that sees.")
    last = next((field for field in reversed(table) if all(field.jump)), table[-1])
    return ReceptiveField(last.size, last.jump, last.start, table, type(model).__name__)
