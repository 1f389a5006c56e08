"""Parts of tensors: x[…] and x[…] = y.

A rule takes a function's arguments; it returns None where it does not apply: then PyTorch answers.
"""

# ruff: noqa: A002 - the parameters have PyTorch's names

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .making import broadcast, made, on_meta
from .worked import NumbersNeededError


def picked(input: Tensor, index: Any) -> Any:
    """x[…]: a view where the indices are numbers and slices, which PyTorch makes; new where tensors are among them."""
    parts = [place for part in _parts(index) for place in _places(part)]
    at = [position for position, part in enumerate(parts) if isinstance(part, Tensor)]
    if not at:
        return on_meta(input)[tuple(parts)]
    shape = broadcast(parts[position].shape for position in at)
    apart = at[-1] - at[0] >= len(at)  # then PyTorch puts the new axes first
    if apart or any(part is None or isinstance(part, int) for part in parts):
        return None
    rest = on_meta(input)[tuple(slice(None) if isinstance(part, Tensor) else part for part in parts)]
    before = at[0] if Ellipsis not in parts[: at[0]] else rest.dim() - (len(parts) - at[0])
    return made((*rest.shape[:before], *shape, *rest.shape[before + len(at) :]), input.dtype)


def put(input: Tensor, index: Any, value: Any) -> Any:
    """x[…] = y, where y goes into what x[…] is; one number goes into any number of places."""
    if not isinstance(value, Tensor) or not value.dim():
        return input
    into = picked(input, index)
    return None if into is None or broadcast([into.shape, value.shape]) != tuple(into.shape) else input


def _parts(index: Any) -> list[Any]:
    parts = index if isinstance(index, tuple) else (index,)
    return [torch.tensor(part) if isinstance(part, list) else part for part in parts]


def _places(part: Any) -> tuple[Any, ...]:
    """An index as it is; a mask as the places where it is true, one tensor an axis.

    Raises:
        NumbersNeededError: if they depend on the network's input.
    """
    if not isinstance(part, Tensor) or part.dtype not in (torch.bool, torch.uint8):
        return (part,)
    if part.is_meta:
        raise NumbersNeededError("x[mask]")
    return part.nonzero(as_tuple=True)


RULES: dict[str, Callable[..., Any]] = {"getitem": picked, "setitem": put}
