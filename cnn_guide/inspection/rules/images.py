"""Convolution, pooling, padding and resampling, answered by the layers of the arithmetic.

A rule takes a function's arguments by PyTorch's names; it returns None where it does not apply: then PyTorch answers.
"""

# ruff: noqa: A002 - the parameters have PyTorch's names, since operations are called with named arguments too

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from math import prod
from typing import Any

import torch
from torch import Tensor

from ...arithmetic import ShapeError, layers
from ...arithmetic.arguments import Shape
from ...arithmetic.costs import PER_MAC, PER_NUMBER
from ...arithmetic.layers import Layer
from .making import made, same_type
from .worked import Worked


@lru_cache(maxsize=4096)  # integers alone: a network has few kinds of layers, which it uses again and again
def _passed(kind: str, axes: int, shape: Shape, *arguments: Any) -> tuple[Shape, int, int] | None:
    """Shape, MACs and operations of a layer on (C, …) or a batch of such; None for any other shape.

    Raises:
        ShapeError: if the layer refuses.
    """
    batch, one = tuple(shape[: -axes - 1]), tuple(shape[-axes - 1 :])
    if len(batch) > 1 or len(one) <= axes or 0 in one:
        return None
    layer: Layer = getattr(layers, kind)(*map(_plain, arguments))
    output = layer._output_shape(one)
    times = prod(batch)
    return batch + output, times * layer._macs(one, output), times * layer._operations(one, output)


def _through(kind: str, axes: int, image: Tensor, *arguments: Any) -> Worked | None:
    """The image through a layer of the arithmetic with these arguments."""
    try:
        found = _passed(kind, axes, image.shape, *arguments)
    except TypeError:  # lists among the arguments
        found = _passed(kind, axes, image.shape, *map(_plain, arguments))
    return found and Worked(made(found[0], image.dtype), found[1], found[2])


def _plain(value: Any) -> Any:
    """As a description takes it: PyTorch has (1,) for 1, and takes lists."""
    if isinstance(value, (tuple, list)):
        return value[0] if len(value) == 1 else tuple(value)
    return value


def convolved(
    axes: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Worked | None:
    """A convolution: F.conv1d, F.conv2d, F.conv3d."""
    out, each, *kernel = weight.shape
    _check(axes, input, weight, bias, out)
    settings = (tuple(kernel), stride, padding, dilation, groups, bias is not None)
    return _through(f"Conv{axes}d", axes, input, each * groups, out, *settings)


def transposed(
    axes: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Worked | None:
    """A transposed convolution; the meta device would accept any `output_padding`."""
    channels, each, *kernel = weight.shape
    out = each * groups
    _check(axes, input, weight, bias, out)
    settings = (tuple(kernel), stride, padding, output_padding, groups, bias is not None, dilation)
    return _through(f"ConvTranspose{axes}d", axes, input, channels, out, *settings)


def _check(axes: int, image: Tensor, weight: Tensor, bias: Tensor | None, out: int) -> None:
    """Refuse what the meta device would take, but no real run."""
    same_type(image, weight)
    if weight.dim() != axes + 2:
        raise ShapeError(f"`weight` {tuple(weight.shape)} must have {axes + 2} axes, not {weight.dim()}.")
    if bias is not None and bias.shape != (out,):
        raise ShapeError(f"`bias` {tuple(bias.shape)} must have one number for each of the {out} output channels.")


def max_pooled(
    axes: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Worked | None:
    """Max pooling, with the places of the largest numbers where they are asked for."""
    settings = (kernel_size, _stride(stride), padding, dilation, False, ceil_mode)
    return _with_indices(_through(f"MaxPool{axes}d", axes, input, *settings), return_indices)


def average_pooled(
    axes: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Worked | None:
    """Average pooling."""
    return _through(f"AvgPool{axes}d", axes, input, kernel_size, _stride(stride), padding, ceil_mode)


def power_pooled(
    axes: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Worked | None:
    """LP pooling."""
    return _through(f"LPPool{axes}d", axes, input, float(norm_type), kernel_size, _stride(stride), ceil_mode)


def adaptively_pooled(
    kind: str, axes: int, input: Tensor, output_size: Any, return_indices: bool = False
) -> Worked | None:
    """Adaptive pooling."""
    return _with_indices(_through(f"Adaptive{kind}Pool{axes}d", axes, input, output_size), return_indices)


def _stride(stride: Any) -> Any:
    return None if stride in ([], ()) else stride


def _with_indices(answer: Worked | None, wanted: bool) -> Worked | None:
    if answer is None or not wanted:
        return answer
    values, macs, operations = answer
    return Worked((values, made(values.shape, torch.int64)), macs, operations)


def padded(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Worked | None:
    """Padding at the borders."""
    pads = tuple(pad)
    axes = len(pads) // 2
    if mode == "constant" or not 1 <= axes <= 3 or len(pads) % 2:
        return _padded_with_constant(input, pads)
    kind = {"reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}[mode]
    return _through(f"{kind}{axes}d", axes, input, pads)


def _padded_with_constant(input: Tensor, pads: tuple[int, ...]) -> Worked | None:
    """Any number of the last axes, the last one first."""
    shape = list(input.shape)
    for axis, (before, after) in enumerate(zip(pads[::2], pads[1::2], strict=True), start=1):
        shape[-axis] += before + after
        if shape[-axis] < 0:
            return None
    return Worked(made(shape, input.dtype), 0, 0)


def resampled(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Worked | None:
    """F.interpolate and F.upsample."""
    if antialias:  # its cost depends on the factor
        return None
    return _through("Upsample", input.dim() - 2, input, size, scale_factor, mode, align_corners, recompute_scale_factor)


def shuffled(input: Tensor, upscale_factor: int) -> Worked | None:
    """Channels turned into pixels."""
    return _through("PixelShuffle", 2, input, upscale_factor)


def unshuffled(input: Tensor, downscale_factor: int) -> Worked | None:
    """Pixels turned into channels."""
    return _through("PixelUnshuffle", 2, input, downscale_factor)


def columns(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Worked | None:
    """F.unfold: each window as a column."""
    return _through("Unfold", 2, input, kernel_size, dilation, padding, stride)


def image_of_columns(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Worked | None:
    """F.fold: windows summed up at their places."""
    return _through("Fold", 1, input, output_size, kernel_size, dilation, padding, stride)


def sampled(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Worked | None:
    """F.grid_sample: pixels at the places of the grid (N, H, W, 2), or (N, D, H, W, 3)."""
    axes = input.dim() - 2
    if axes not in (2, 3) or grid.dim() != input.dim() or grid.shape[-1] != axes or grid.shape[0] != input.shape[0]:
        return None
    result = made((*input.shape[:2], *grid.shape[1:-1]), input.dtype)
    way = {"nearest": "nearest", "bilinear": "bilinear" if axes == 2 else "trilinear", "bicubic": "bicubic"}[mode]
    return Worked(result, 0, PER_NUMBER[f"upsample_{way}{axes}d"] * result.numel())


def affine_places(theta: Tensor, size: Any, align_corners: bool | None = None) -> Worked:
    """F.affine_grid: the places (N, H, W, 2) where matrices (N, 2, 3) send the pixels of a grid."""
    result = made((theta.shape[0], *size[2:], theta.shape[1]), theta.dtype)
    macs = result.numel() * theta.shape[2]
    return Worked(result, macs, PER_MAC * macs)


RULES: dict[str, Callable[..., Any]] = {
    "pad": padded,
    "interpolate": resampled,
    "upsample": resampled,
    "pixel_shuffle": shuffled,
    "pixel_unshuffle": unshuffled,
    "im2col": columns,
    "fold": image_of_columns,
    "grid_sample": sampled,
    "affine_grid": affine_places,
}
for _axes in (1, 2, 3):
    RULES |= {
        f"conv{_axes}d": partial(convolved, _axes),
        f"conv_transpose{_axes}d": partial(transposed, _axes),
        f"max_pool{_axes}d": partial(max_pooled, _axes),
        f"max_pool{_axes}d_with_indices": partial(max_pooled, _axes, return_indices=True),
        f"avg_pool{_axes}d": partial(average_pooled, _axes),
        f"lp_pool{_axes}d": partial(power_pooled, _axes),
        f"adaptive_avg_pool{_axes}d": partial(adaptively_pooled, "Avg", _axes),
        f"adaptive_max_pool{_axes}d": partial(adaptively_pooled, "Max", _axes),
        f"adaptive_max_pool{_axes}d_with_indices": partial(adaptively_pooled, "Max", _axes, return_indices=True),
    }
