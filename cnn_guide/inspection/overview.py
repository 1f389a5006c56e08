"""A network layer by layer: shapes, parameters, costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..arithmetic.arguments import Shape, integer, shape
from ..arithmetic.layers import Layer
from ..report import Cost, Summary
from .descriptions import description_summary

if TYPE_CHECKING:
    from torch import nn


def summary(
    model: Layer | nn.Module,
    input_size: tuple[int, ...] | None = None,
    *,
    input_data: Any = None,
    batch_size: int = 1,
    batched: bool = True,
) -> Summary:
    """A table of a network's layers with their shapes, parameters, costs and receptive fields.

    It computes on shapes alone: the model stays as it is, whatever its size, and a description needs no PyTorch.

    Example:
        >>> from cnn_guide import layers
        >>> network = layers.Sequential(layers.Conv2d(1, 16, 3), layers.Flatten(), layers.Linear(10816, 10))
        >>> table = summary(network, (1, 28, 28))
        >>> table.total_params, table.macs
        (108330, 205504)
        >>> table.rows[0].output_shape
        (16, 26, 26)

    Args:
        model: a description made of `cnn_guide.layers`, or any `nn.Module` (looked at in evaluation mode).
        input_size: shape of one input, without the batch axis, such as (1, 28, 28); without it, parameters alone.
        input_data: for a module, in place of `input_size`: a batch as its forward takes it (a tensor, a tuple of
            arguments or a dict of named ones). Costs are then those of the whole batch.
        batch_size: inputs in the batch whose costs are counted, for `input_size`.
        batched: whether the module's forward takes a batch axis; False for one that takes single inputs.

    Returns:
        The summary; print it, or end a notebook cell with it.

    Raises:
        ShapeError: if the input does not fit, with the layer that refuses it.
        TypeError: if `model` is neither a description nor a module.
        ValueError: if the module's way depends on the numbers in its input.
    """
    size = None if input_size is None else shape("input_size", input_size)
    if size is not None and input_data is not None:
        raise TypeError("Give `input_size` or `input_data`, not both.")
    batch = integer("batch_size", batch_size, least=1)
    if not isinstance(model, Layer):
        return _of_module(model, size, input_data, batch if batched else None)
    if input_data is not None:
        raise TypeError("A description needs shapes only: give `input_size`, not `input_data`.")
    return description_summary(model, size, batch)


def _of_module(model: nn.Module, size: Shape | None, input_data: Any, batch_size: int | None) -> Summary:
    try:
        from . import inputs, rows
        from .modules import check_module
    except ImportError as error:
        raise ImportError("`model` is not a description, and modules need PyTorch: pip install torch") from error
    model = check_module(model)
    if size is None and input_data is None:
        return rows.plain_summary(model)
    if size is not None:
        batch = () if batch_size is None else (batch_size,)
        return rows.run_summary(model, *inputs.sized(model, batch + size), batched=batch_size is not None)
    return rows.run_summary(model, *inputs.shaped(input_data), batched=batch_size is not None)


def cost(
    model: Layer | nn.Module,
    input_size: tuple[int, ...] | None = None,
    *,
    input_data: Any = None,
    batch_size: int = 1,
    batched: bool = True,
) -> Cost:
    """What a forward pass through a network costs, without running it.

    Memory of activations is that of a forward pass in evaluation: in inference a map is freed once nothing refers to it
    any more; for training, all that operations make is kept for the backward pass. Views and operations in place take
    none, and what an operation needs for itself while it works is not counted.

    Example:
        >>> from cnn_guide import layers
        >>> found = cost(layers.Sequential(layers.Conv2d(1, 16, 3), layers.ReLU(), layers.MaxPool2d(2)), (1, 28, 28))
        >>> found.macs, found.flops  # 16 * 26 * 26 * 9
        (97344, 194688)
        >>> found.inference_bytes  # 4 for each number of the image and of two maps: 784 + 2 * 16 * 26 * 26
        89664
        >>> found.parameter_bytes
        {'float32': 640}

    Args:
        model: a description made of `cnn_guide.layers`, or any `nn.Module` (looked at in evaluation mode).
        input_size: shape of one input, without the batch axis; without any input, memory of the tensors alone.
        input_data: for a module, in place of `input_size`: a batch as its forward takes it.
        batch_size: inputs in the batch, for `input_size`.
        batched: whether the module's forward takes a batch axis.

    Returns:
        The costs of the whole batch.

    Raises:
        ShapeError: if the input does not fit, with the layer that refuses it.
        TypeError: if `model` is neither a description nor a module.
        ValueError: if the module's way depends on the numbers in its input.
    """
    found = summary(model, input_size, input_data=input_data, batch_size=batch_size, batched=batched)
    return found.cost or Cost()
