"""Tensors that have a shape and a type but no numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from ...arithmetic import ShapeError

META = torch.device("meta")


def words(text: str) -> frozenset[str]:
    """The names in a text.

    Example:
        >>> sorted(words("relu add"))
        ['add', 'relu']
    """
    return frozenset(text.split())


def made(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """A tensor of this shape and type.

    Example:
        >>> made((2, 3), torch.float16).shape
        torch.Size([2, 3])
    """
    return torch.empty(shape, dtype=dtype, device=META)


def like(tensor: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """A new tensor of the same shape, and of the same order in memory as PyTorch keeps it.

    Example:
        >>> like(torch.zeros(2, 3).T).stride()
        (1, 3)
    """
    dtype = dtype or tensor.dtype
    if tensor.is_contiguous() or not _dense(tensor):
        return torch.empty(tensor.shape, dtype=dtype, device=META)
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=dtype, device=META)


def on_meta(value: Any) -> Any:
    """A value with ghosts for its tensors, down through lists, tuples and dicts; those without numbers are kept."""
    if isinstance(value, Tensor):
        return value if value.is_meta else ghost(value)
    kind = type(value)
    if kind is list or kind is tuple:
        return kind(map(on_meta, value))
    return {key: on_meta(entry) for key, entry in value.items()} if kind is dict else value


def ghost(tensor: Tensor) -> Tensor:
    """A tensor of the same shape, type and place without numbers, to stand in for one whose memory is not counted."""
    if tensor.layout is torch.strided and not tensor.is_quantized:
        stand_in = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META)
    else:
        stand_in = made(tensor.shape, tensor.dtype)
    stand_in.__dict__["_held"] = None
    if "_place" in tensor.__dict__:
        stand_in.__dict__["_place"] = tensor.__dict__["_place"]
    return stand_in


def _dense(tensor: Tensor) -> bool:
    """Whether its numbers fill a piece of memory in some order of the axes."""
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1:
            if stride != expected:
                return False
            expected *= size
    return True


def broadcast(shapes: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """The shape that tensors of these shapes have together.

    Example:
        >>> broadcast([(8, 1, 5), (3, 1)])
        (8, 3, 5)

    Raises:
        ShapeError: if they don't go together.
    """
    joined: list[int] = []
    given = [tuple(shape) for shape in shapes]
    for shape in given:
        joined = [1] * (len(shape) - len(joined)) + joined
        for axis in range(-len(shape), 0):
            if joined[axis] == 1:
                joined[axis] = shape[axis]
            elif shape[axis] not in (1, joined[axis]):
                raise ShapeError(
                    f"Tensors of the shapes {listed(given)} don't go together: in axis {axis} they have {joined[axis]} "
                    f"and {shape[axis]}, and neither is 1.",
                    expected=joined[axis],
                    got=shape[axis],
                )
    return tuple(joined)


def listed(shapes: Sequence[Sequence[int]]) -> str:
    """Shapes as words.

    Example:
        >>> listed([(2, 3), (4,), (1,)])
        '(2, 3), (4,) and (1,)'
    """
    *first, last = map(str, map(tuple, shapes))
    return f"{', '.join(first)} and {last}"


def place(dim: int, axes: int) -> int:
    """The axis that a dimension means, counted from the front.

    Raises:
        ShapeError: if there is no such axis.
    """
    if not -axes <= dim < axes:
        raise ShapeError(f"`dim` (={dim}) must lie between {-axes} and {axes - 1}.", expected=axes, got=dim)
    return dim % axes


def same_type(one: Tensor, other: Tensor) -> None:
    """Refuse two tensors of different types, which the meta device would take.

    Raises:
        ShapeError: where no autocast brings them to one type.
    """
    if one.dtype is not other.dtype and not (torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")):
        raise ShapeError(f"The types {one.dtype} and {other.dtype} do not go together.", "Convert one of the two.")
