"""Operations number by number, along axes, and normalisations.

A rule takes a function's arguments by PyTorch's names; it returns None where it does not apply: then PyTorch answers.
"""

# ruff: noqa: A002 - the parameters have PyTorch's names, since operations are called with named arguments too

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce
from math import prod
from typing import Any

import torch
from torch import Tensor

from ...arithmetic import ShapeError
from ...arithmetic.costs import PER_AFFINE, PER_NUMBER
from .making import broadcast, like, made, place, words
from .worked import Worked

_COMPARISONS = words("""
    eq ne lt le gt ge greater greater_equal less less_equal not_equal logical_and logical_or logical_not
    logical_xor isnan isinf isfinite""")
_ON_INTEGERS = words("""
    abs absolute add and bitwise_and bitwise_not bitwise_or bitwise_xor ceil clamp clip floor floor_divide floordiv fmod
    iadd iand ifloordiv imod imul invert ior ipow isub maximum minimum mod mul multiply neg negative or pos pow radd
    relu relu6 remainder rfloordiv rmod rmul round rpow rsub sign square sub subtract trunc where xor""")


def number_by_number(name: str, *operands: Any, inplace: bool = False, **named: Any) -> Tensor | None:
    """One number of the result for those of the operands in the same place."""
    tensors = [value for value in operands if isinstance(value, Tensor)]
    if named:
        tensors += [value for value in named.values() if isinstance(value, Tensor)]
    first = tensors[0]
    shape, dtype = first.shape, first.dtype
    alike = all(other.shape == shape and other.dtype is dtype for other in tensors[1:]) and first is operands[0]
    if alike and dtype.is_floating_point and name not in _COMPARISONS:
        return first if inplace else like(first)
    return _joined(name, tensors, operands, inplace)


def _joined(name: str, tensors: list[Tensor], operands: Sequence[Any], inplace: bool) -> Tensor | None:
    """Operands of several shapes or types."""
    shape = broadcast(tensor.shape for tensor in tensors)
    if any(tensor.is_complex() for tensor in tensors) or isinstance(operands[0], complex):
        return None
    if inplace:
        return tensors[0] if shape == tuple(tensors[0].shape) else None
    dtype = torch.bool if name in _COMPARISONS else _type(name, tensors if name != "where" else tensors[1:], operands)
    return like(tensors[0], dtype) if shape == tuple(tensors[0].shape) else made(shape, dtype)


def _type(name: str, tensors: list[Tensor], operands: Sequence[Any]) -> torch.dtype:
    """The type that PyTorch promotes the operands to."""
    kinds: list[Any] = [*tensors, *[value for value in operands if type(value) in (bool, int, float)]]
    pairs = [torch.result_type(kinds[0], other) for other in kinds[1:]] or [kinds[0].dtype]
    dtype = reduce(torch.promote_types, pairs)
    return dtype if dtype.is_floating_point or name in _ON_INTEGERS else torch.get_default_dtype()


def same(input: Tensor, *arguments: Any, inplace: bool = False, **named: Any) -> Tensor:
    """The same shape and type, whatever the arguments: dropout, cumulative sums."""
    return input if inplace else like(input)


def as_if_quantised(input: Tensor, *arguments: Any, **named: Any) -> Worked:
    """Numbers divided, rounded, clamped and multiplied again, in training for quantised weights."""
    return Worked(like(input), 0, 5 * input.numel())


def dropped_out(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, **named: Any) -> Tensor:
    """Dropout, which hands its input on in evaluation."""
    return like(input) if named.get("train", training) and p and not inplace else input


def scaled_below(input: Tensor, weight: Tensor) -> Tensor | None:
    """PReLU: one slope, or one a channel."""
    channels = input.shape[1] if input.dim() > 1 else 1
    return like(input) if weight.numel() in (1, channels) else None


def along(input: Tensor, dim: int, *arguments: Any, dtype: Any = None, **named: Any) -> Tensor:
    """Softmax and its kin: the same shape, by the numbers along one axis."""
    place(dim, max(1, input.dim()))
    if not (dtype or input.dtype).is_floating_point:
        raise ShapeError(f"The type {input.dtype} has no softmax.", "Convert the numbers with .float().")
    return like(input, dtype)


def accumulated(input: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Sums or products of all numbers up to each one along an axis."""
    place(dim, max(1, input.dim()))
    return like(input, dtype or (input.dtype if input.is_floating_point() else torch.int64))


def halved(input: Tensor, dim: int = -1) -> Tensor | None:
    """GLU: one half of the numbers is the gate of the other."""
    shape = list(input.shape)
    axis = place(dim, len(shape))
    if shape[axis] % 2:
        return None
    shape[axis] //= 2
    return made(shape, input.dtype)


def normalised(
    name: str, fits: Callable[[Tensor, Sequence[Any]], bool], input: Tensor, *arguments: Any, **named: Any
) -> Worked | None:
    """A normalisation by statistics of the input, with a scale and a shift where they are given."""
    values = (*arguments, *named.values())
    trained = sum(isinstance(value, Tensor) for value in values)
    if not fits(input, values):
        return None
    return Worked(like(input), 0, (PER_NUMBER[name] + PER_AFFINE * trained) * input.numel())


def batch_normalised(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    *arguments: Any,
    **named: Any,
) -> Worked | None:
    """Normalisation of each channel: one scale and one shift by the running statistics, else by those of the input."""
    channels = input.shape[1] if input.dim() > 1 else 0
    if training and input.numel() <= channels:
        return None
    for tensor in (running_mean, running_var, weight, bias):
        if tensor is not None and tensor.numel() != channels:
            return None
    if not training:
        return Worked(like(input), 0, PER_NUMBER["batch_norm"] * input.numel())
    trained = (weight is not None) + (bias is not None)
    return Worked(like(input), 0, (PER_NUMBER["instance_norm"] + PER_AFFINE * trained) * input.numel())


def instance_normalised(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    *arguments: Any,
    **named: Any,
) -> Worked | None:
    """The same for each input of the batch."""
    if use_input_stats and prod(input.shape[2:]) == 1:
        return None
    return batch_normalised(input, running_mean, running_var, weight, bias, use_input_stats)


def _of_last_axes(input: Tensor, values: Sequence[Any]) -> bool:
    """Whether the normalised shape, and scale and shift, are those of the last axes."""
    sizes = tuple(values[0])
    tensors = [value for value in values[1:] if isinstance(value, Tensor)]
    return tuple(input.shape[-len(sizes) :]) == sizes and all(tensor.shape == sizes for tensor in tensors)


def _of_groups(input: Tensor, values: Sequence[Any]) -> bool:
    """Whether the channels fall into so many groups, and what is trained is one number a channel."""
    channels = input.shape[1]
    return channels % values[0] == 0 and all(v.shape == (channels,) for v in values if isinstance(v, Tensor))


def across_channels(input: Tensor, size: int, *arguments: Any, **named: Any) -> Worked:
    """Local response normalisation: a sum over neighbouring channels besides."""
    return Worked(like(input), 0, (PER_NUMBER["local_response_norm"] + size) * input.numel())


def reduced(
    name: str, input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: torch.dtype | None = None, **named: Any
) -> Any:
    """One number for all those along some axes."""
    dim = named.pop("axis", dim)
    if isinstance(dim, Tensor):
        return number_by_number("maximum", input, dim)
    if named or isinstance(dim, bool) or input.is_complex():
        return None
    if name == "mean" and not (dtype or input.dtype).is_floating_point:
        return None
    shape = _left(input, dim, keepdim)
    result = made(shape, dtype or _reduced_type(name, input.dtype))
    if dim is None or name not in _WITH_PLACES:
        return result
    return getattr(torch.return_types, name)((result, made(shape, torch.int64)))


def _left(input: Tensor, dim: Any, keepdim: bool) -> list[int]:
    """The axes that are left when these are gone."""
    axes = input.dim()
    given = range(axes) if dim is None or dim == () else (dim,) if isinstance(dim, int) else dim
    gone = {place(axis, max(1, axes)) for axis in given}
    sizes = enumerate(input.shape)
    return [1 if axis in gone else size for axis, size in sizes if keepdim or axis not in gone]


_WITH_PLACES = frozenset({"max", "min", "median"})


def _reduced_type(name: str, dtype: torch.dtype) -> torch.dtype:
    if name in ("any", "all"):
        return torch.bool
    if name in ("argmax", "argmin", "count_nonzero") or (name in ("sum", "prod") and not dtype.is_floating_point):
        return torch.int64
    return dtype


def spread(input: Tensor, dim: Any = None, *arguments: Any, keepdim: bool = False, **named: Any) -> Tensor | None:
    """Variance and standard deviation."""
    if isinstance(dim, bool) or len(arguments) > 2:
        return None
    return made(_left(input, dim, arguments[1] if len(arguments) == 2 else keepdim), input.dtype)


def length(
    input: Tensor, p: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: torch.dtype | None = None, **named: Any
) -> Tensor | None:
    """The norm of vectors."""
    return None if named or input.is_complex() else made(_left(input, dim, keepdim), dtype or input.dtype)


def likeness(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Worked:
    """F.cosine_similarity: three sums of products along an axis, then two roots, a product and a quotient."""
    shape = broadcast([x1.shape, x2.shape])
    axis = place(dim, len(shape))
    rest = shape[:axis] + shape[axis + 1 :]
    return Worked(made(rest, x1.dtype), 0, 6 * prod(shape) + 4 * prod(rest))


def in_order(input: Tensor, dim: int = -1, *arguments: Any, **named: Any) -> Any:
    """The numbers along an axis sorted, and their places."""
    place(dim, max(1, input.dim()))
    return torch.return_types.sort((like(input), like(input, torch.int64)))


def largest(input: Tensor, k: int, dim: int = -1, *arguments: Any, **named: Any) -> Any:
    """The largest numbers along an axis, and their places."""
    shape = list(input.shape)
    axis = place(dim, len(shape))
    if k > shape[axis]:
        return None
    shape[axis] = k
    return torch.return_types.topk((made(shape, input.dtype), made(shape, torch.int64)))


_BY_NUMBER = (
    _COMPARISONS
    | _ON_INTEGERS
    | words("""
        addcdiv addcmul celu cos cosh div divide elu erf exp exp2 expm1 gelu hardshrink hardsigmoid hardswish hardtanh
        idiv itruediv leaky_relu lerp log log10 log1p log2 logsigmoid mish rdiv reciprocal rrelu rsqrt rtruediv selu
        sigmoid silu sin sinh softplus softshrink softsign sqrt tan tanh tanhshrink threshold true_divide truediv""")
)
_REDUCTIONS = words("all amax amin any argmax argmin count_nonzero logsumexp max mean median min prod sum")
_DROPOUT = words("alpha_dropout dropout dropout1d dropout2d dropout3d feature_alpha_dropout")
IN_PLACE = {name: partial(number_by_number, name, inplace=True) for name in _BY_NUMBER}
RULES: dict[str, Callable[..., Any]] = {
    **{name: partial(number_by_number, name) for name in _BY_NUMBER},
    **{name: partial(reduced, name) for name in _REDUCTIONS},
    **dict.fromkeys(_DROPOUT, dropped_out),
    **dict.fromkeys(("softmax", "log_softmax", "softmin"), along),
    **dict.fromkeys(("cumsum", "cumprod"), accumulated),
    **dict.fromkeys(("masked_fill", "normalize"), same),
    **dict.fromkeys(("var", "std"), spread),
    **dict.fromkeys(("norm", "vector_norm"), length),
    **dict.fromkeys(("fake_quantize_per_tensor_affine", "fake_quantize_per_channel_affine"), as_if_quantised),
    "glu": halved,
    "prelu": scaled_below,
    "topk": largest,
    "sort": in_order,
    "cosine_similarity": likeness,
    "batch_norm": batch_normalised,
    "layer_norm": partial(normalised, "layer_norm", _of_last_axes),
    "rms_norm": partial(normalised, "rms_norm", _of_last_axes),
    "group_norm": partial(normalised, "group_norm", _of_groups),
    "instance_norm": instance_normalised,
    "local_response_norm": across_channels,
}
