"""How many numbers a network holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from ..arithmetic.layers import Layer

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ParameterCount:
    """Numbers in a network's tensors; a shared tensor counts once.

    Args:
        total: in all parameters.
        weights: in parameters named weight.
        biases: in parameters named bias.
        other: in all other parameters.
        trainable: in parameters that training changes.
        frozen: in parameters that training leaves as they are.
        buffers: in tensors that are stored but not trained, such as running means.
        shared: in parameters that occur in more than one place.
    """

    total: int
    weights: int
    biases: int
    other: int
    trainable: int
    frozen: int
    buffers: int
    shared: int


def count_parameters(model: Layer | nn.Module) -> ParameterCount:
    """Count the numbers in a network's parameters and buffers.

    Example:
        >>> from cnn_guide import layers
        >>> count = count_parameters(layers.Linear(20_000, 100))
        >>> count.weights, count.biases, count.total
        (2000000, 100, 2000100)

    Args:
        model: a description made of `cnn_guide.layers`, or any `nn.Module`.

    Returns:
        The counts.

    Raises:
        TypeError: if `model` is neither.
        ValueError: if a lazy layer of the module has not seen any data.
    """
    if isinstance(model, Layer):
        return _count_description(model)
    from .modules import check_module, check_shapes

    module = check_module(model)
    check_shapes(module)
    return _count_module(module)


def _count_description(model: Layer) -> ParameterCount:
    times = Counter(id(layer) for _, layer in model.walk())
    layers = {id(layer): layer for _, layer in model.walk()}
    sizes = [
        (name, prod(shape), True, times[key] > 1)
        for key, layer in layers.items()
        for name, shape in layer.parameter_shapes.items()
    ]
    return _count(sizes, sum(prod(shape) for layer in layers.values() for shape in layer.buffer_shapes.values()))


def _count_module(model: nn.Module) -> ParameterCount:
    times = Counter(id(tensor) for _, tensor in model.named_parameters(remove_duplicate=False))
    sizes = [
        (name.rpartition(".")[2], tensor.numel(), tensor.requires_grad, times[id(tensor)] > 1)
        for name, tensor in model.named_parameters()
    ]
    return _count(sizes, sum(tensor.numel() for tensor in model.buffers()))


def _count(sizes: Iterable[tuple[str, int, bool, bool]], buffers: int) -> ParameterCount:
    """Sum up (name, numbers, trainable, shared) of all parameters."""
    count: Counter[str] = Counter()
    for name, numbers, trainable, shared in sizes:
        part = "weights" if "weight" in name else "biases" if "bias" in name else "other"
        count.update({"total": numbers, part: numbers, "trainable" if trainable else "frozen": numbers})
        count["shared"] += numbers if shared else 0
    parts = ("total", "weights", "biases", "other", "trainable", "frozen")
    return ParameterCount(**{part: count[part] for part in parts}, buffers=buffers, shared=count["shared"])
