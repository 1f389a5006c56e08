"""Operations that move numbers or make tensors; those that only look at a tensor in another way are PyTorch's own.

A rule takes a function's arguments by PyTorch's names; it returns None where it does not apply: then PyTorch answers.
"""

# ruff: noqa: A002 - the parameters have PyTorch's names, since operations are called with named arguments too

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import ceil
from typing import Any

import torch
from torch import Tensor

from ...arithmetic import ShapeError
from .making import like, listed, made, place, same_type


def joined(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """torch.cat."""
    dim = dim if axis is None else axis
    first, *others = tensors
    shape = list(first.shape)
    index = place(dim, len(shape))
    dtype = first.dtype
    for other in others:
        sizes = list(other.shape)
        shape[index] += sizes[index]
        sizes[index] = shape[index]
        if sizes != shape:
            shapes = [tensor.shape for tensor in tensors]
            raise ShapeError(
                f"Tensors of the shapes {listed(shapes)} can't be joined along axis {index}: others differ."
            )
        if other.dtype is not dtype:
            dtype = torch.promote_types(dtype, other.dtype)
    return made(shape, dtype)


def stacked(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """torch.stack."""
    first = tensors[0]
    if any(other.shape != first.shape for other in tensors):
        raise ShapeError(f"Tensors of the shapes {listed([tensor.shape for tensor in tensors])} can't be stacked.")
    index = place(dim, first.dim() + 1)
    dtype = reduce(torch.promote_types, (tensor.dtype for tensor in tensors))
    return made((*first.shape[:index], len(tensors), *first.shape[index:]), dtype)


def repeated(input: Tensor, *sizes: Any) -> Tensor | None:
    """Tensor.repeat and torch.tile."""
    times = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    if len(times) < input.dim():
        return None
    shape = (1,) * (len(times) - input.dim()) + tuple(input.shape)
    return made([size * time for size, time in zip(shape, times, strict=True)], input.dtype)


def tiled(input: Tensor, *dims: Any) -> Tensor | None:
    """torch.tile: repeated at least once along each axis."""
    times = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return repeated(input, (1,) * (input.dim() - len(times)) + tuple(times))


def side_by_side(tensors: Sequence[Tensor]) -> Tensor | None:
    """torch.hstack."""
    return joined(tensors, 0 if tensors[0].dim() == 1 else 1)


def same_shape(input: Tensor, *arguments: Any, **named: Any) -> Tensor:
    """Numbers moved about inside a tensor: roll, flip, tril."""
    return like(input)


def of_two(real: Tensor, imag: Tensor) -> Tensor | None:
    """torch.complex: the real and the imaginary part."""
    same_type(real, imag)
    return made(real.shape, real.dtype.to_complex()) if real.shape == imag.shape else None


def one_of_many(input: Tensor, num_classes: int = -1) -> Tensor | None:
    """F.one_hot, with as many classes as are given."""
    return made((*input.shape, num_classes), torch.int64) if num_classes > 0 else None


def cloned(input: Tensor, *, memory_format: torch.memory_format = torch.preserve_format) -> Tensor | None:
    """Tensor.clone."""
    return like(input) if memory_format is torch.preserve_format else None


def gathered(input: Tensor, dim: int, index: Tensor, **named: Any) -> Tensor | None:
    """torch.gather: as many numbers as there are places."""
    return None if named or index.dim() != input.dim() else made(index.shape, input.dtype)


def selected(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """torch.index_select."""
    shape = list(input.shape)
    shape[place(dim, len(shape))] = index.numel()
    return made(shape, input.dtype)


def converted(input: Tensor, *arguments: Any, **named: Any) -> Tensor:
    """Tensor.to: another type, or only another device, which makes no difference on shapes."""
    kinds = [value.dtype if isinstance(value, Tensor) else value for value in (*arguments, *named.values())]
    dtype = next((value for value in kinds if isinstance(value, torch.dtype)), input.dtype)
    return input if dtype is input.dtype and not named.get("copy") else like(input, dtype)


def named_type(dtype: torch.dtype) -> Callable[..., Tensor]:
    """Tensor.half and its kin."""

    def convert(input: Tensor, *arguments: Any, **named: Any) -> Tensor:
        return converted(input, dtype)

    return convert


def as_another(input: Tensor, *arguments: Any, dtype: torch.dtype | None = None, **named: Any) -> Tensor:
    """torch.zeros_like and its kin."""
    return like(input, dtype)


def of_size(*size: Any, dtype: torch.dtype | None = None, **named: Any) -> Tensor | None:
    """torch.zeros, torch.rand and their kin."""
    shape = named.pop("size", size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size)
    return made(shape, dtype or torch.get_default_dtype())


def new_of_size(input: Tensor, *size: Any, dtype: torch.dtype | None = None, **named: Any) -> Tensor | None:
    """Tensor.new_zeros and its kin."""
    return of_size(*size, dtype=dtype or input.dtype, **named)


def counted(start: Any, end: Any = None, step: Any = 1, *, dtype: torch.dtype | None = None, **named: Any) -> Tensor:
    """torch.arange."""
    first, last = (0, start) if end is None else (start, end)
    whole = all(isinstance(value, int) for value in (first, last, step))
    return made((max(0, ceil((last - first) / step)),), dtype or (torch.int64 if whole else torch.get_default_dtype()))


def filled(size: Sequence[int], fill_value: Any, *, dtype: torch.dtype | None = None, **named: Any) -> Tensor:
    """torch.full."""
    kinds = {bool: torch.bool, int: torch.int64}
    return made(size, dtype or kinds.get(type(fill_value), torch.get_default_dtype()))


def whole_numbers(*bounds: Any, dtype: torch.dtype = torch.int64, **named: Any) -> Tensor:
    """torch.randint, whose last argument is the size."""
    return made(named.get("size", bounds[-1]), dtype)


def permuted(n: int, *, dtype: torch.dtype = torch.int64, **named: Any) -> Tensor:
    """torch.randperm."""
    return made((n,), dtype)


def spaced(start: Any, end: Any, steps: int, *, dtype: torch.dtype | None = None, **named: Any) -> Tensor:
    """torch.linspace."""
    return made((steps,), dtype or torch.get_default_dtype())


def identity(n: int, m: int | None = None, *, dtype: torch.dtype | None = None, **named: Any) -> Tensor:
    """torch.eye."""
    return made((n, n if m is None else m), dtype or torch.get_default_dtype())


RULES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("cat", "concat", "concatenate"), joined),
    "stack": stacked,
    "repeat": repeated,
    "tile": tiled,
    "hstack": side_by_side,
    **dict.fromkeys(
        ("roll", "flip", "tril", "triu", "bernoulli", "channel_shuffle", "native_channel_shuffle"), same_shape
    ),
    "clone": cloned,
    "complex": of_two,
    "one_hot": one_of_many,
    "gather": gathered,
    "index_select": selected,
    **dict.fromkeys(("to", "cpu", "cuda", "type_as"), converted),
    **{
        name: named_type(getattr(torch, name))
        for name in ("half", "float", "double", "bfloat16", "int", "long", "bool")
    },
    **{f"{name}_like": as_another for name in ("zeros", "ones", "empty", "full", "rand", "randn")},
    **dict.fromkeys(("zeros", "ones", "empty", "rand", "randn"), of_size),
    **dict.fromkeys(("new_zeros", "new_ones", "new_empty"), new_of_size),
    "arange": counted,
    "full": filled,
    "randint": whole_numbers,
    "randperm": permuted,
    **dict.fromkeys(("linspace", "logspace"), spaced),
    "eye": identity,
}
