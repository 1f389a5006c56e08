"""Receptive fields of descriptions and modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..arithmetic.layers import Layer
from ..arithmetic.receptive_field import fields
from ..report import ReceptiveField

if TYPE_CHECKING:
    from torch import nn


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
