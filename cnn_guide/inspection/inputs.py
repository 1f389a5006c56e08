"""What modules take and return: tensors, alone or in lists, tuples, mappings and dataclasses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from ..arithmetic.arguments import Shape
from .rules import made

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def sized(model: nn.Module, size: Shape) -> Arguments:
    """Arguments for the model's forward: one tensor of this size, of the type of the model's weights.

    Args:
        model: the module.
        size: with the batch axis, if there is one.
    """
    kinds = (tensor.dtype for tensor in chain(model.parameters(), model.buffers()) if tensor.is_floating_point())
    tensor = made(size, next(kinds, torch.get_default_dtype()))
    tensor.__dict__["_of_any_type"] = True  # nobody has said that it holds no indices
    return (tensor,), {}


def shaped(data: Any) -> Arguments:
    """Arguments for the model's forward: tensors without numbers, of the shapes of the data.

    Args:
        data: a tensor, a tuple or list of arguments, or a mapping of named ones.

    Raises:
        TypeError: if it holds no tensor.
    """
    fresh: dict[int, Tensor] = {}  # a tensor that is given twice stays one

    def shape(value: Any) -> Any:
        return fresh.setdefault(id(value), made(value.shape, value.dtype)) if isinstance(value, Tensor) else value

    args = tree_map(shape, data)
    if not fresh:
        raise TypeError("`input_data` holds no tensor. Give a tensor, a tuple of arguments, or a dict of named ones.")
    if isinstance(args, Mapping):
        return (), dict(args)
    return (tuple(args) if type(args) in (tuple, list) else (args,)), {}


def tensors_of(value: Any) -> Iterator[Tensor]:
    """The tensors in what a module takes or returns.

    Example:
        >>> [tuple(tensor.shape) for tensor in tensors_of({"a": [torch.zeros(2)], "b": None})]
        [(2,)]
    """
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from tensors_of(entry)
    elif isinstance(value, Mapping):
        yield from tensors_of(list(value.values()))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from tensors_of(list(vars(value).values()))
