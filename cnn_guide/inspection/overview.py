"""A network layer by layer: shapes, parameters and MACs."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any

from ..arithmetic.arguments import Shape, shape
from ..arithmetic.layers import Layer
from ..arithmetic.layers.base import join
from ..report import Row, Summary

if TYPE_CHECKING:
    from torch import nn


def summary(model: Layer | nn.Module, input_size: tuple[int, ...] | None = None, *, input_data: Any = None) -> Summary:
    """A table of a network's layers with their output shapes, parameters and MACs.

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
            arguments or a dict of named ones). MACs are then those of the whole batch.

    Returns:
        The summary; print it, or end a notebook cell with it.

    Raises:
        ShapeError: if the input does not fit, with the layer that refuses it.
        TypeError: if `model` is neither a description nor a module.
    """
    size = None if input_size is None else shape("input_size", input_size)
    if size is not None and input_data is not None:
        raise TypeError("Give `input_size` or `input_data`, not both.")
    if isinstance(model, Layer):
        if input_data is not None:
            raise TypeError("A description needs shapes only: give `input_size`, not `input_data`.")
        return Summary(type(model).__name__, size, tuple(_described(model, size)))
    return _of_module(model, size, input_data)


def _described(model: Layer, size: Shape | None) -> Iterator[Row]:
    """Rows of a description; a layer object that occurs again shares its parameters, as in PyTorch."""
    if size is not None:
        model.output_shape(size)  # refuses what cannot be, with the layer's path
    counted: set[int] = set()
    for name, layer, sizes in _visits("", model, size):
        own = sum(map(prod, layer.parameter_shapes.values()))
        new = 0 if id(layer) in counted else own
        counted.add(id(layer))
        row = Row(
            name=name,
            kind=layer.kind,
            input_shape=sizes,
            output_shape=None if sizes is None else layer.output_shape(sizes),
            params=new,
            trainable_params=new,
            weights=_named("weight", layer) if new else 0,
            biases=_named("bias", layer) if new else 0,
            macs=None if sizes is None else 0 if layer.children else layer.macs(sizes),
            container=bool(layer.children),
            shared=bool(own) and not new,
        )
        if name or not row.joins_only:
            yield row


def _named(part: str, layer: Layer) -> int:
    """Numbers in the layer's tensors of this name."""
    return sum(prod(sizes) for name, sizes in layer.parameter_shapes.items() if part in name)


def _visits(name: str, layer: Layer, size: Shape | None) -> Iterator[tuple[str, Layer, Shape | None]]:
    """Path, layer and input shape of a layer and of all inside it."""
    yield name, layer, size
    steps = layer.routes(size) if size is not None else ((child, inner, None) for child, inner in layer.children)
    for child, inner, sizes in steps:
        yield from _visits(join(name, child), inner, sizes)


def _of_module(model: nn.Module, size: Shape | None, input_data: Any) -> Summary:
    try:
        from . import modules
    except ImportError as error:
        raise ImportError("`model` is not a description, and modules need PyTorch: pip install torch") from error
    name = type(modules.check_module(model)).__name__
    if size is None and input_data is None:
        return Summary(name, None, modules.unrun_rows(model))
    args, kwargs = modules.forward_arguments(model, size, input_data)
    batch_size, *input_shape = modules.batch_shape((args, kwargs))
    rows = modules.module_rows(model, args, kwargs)
    return Summary(name, tuple(input_shape), rows, batch_size)
