"""Ways of places through operations on maps: convolution, pooling, resampling, padding, pixels and channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from ...arithmetic.arguments import Shape
from ...arithmetic.joining import joined
from ...arithmetic.layout import Lost, Place, reshaped
from ...arithmetic.mixing import mixed, slid
from ...arithmetic.windows import Look, Own, Repeat, Resampling, Shares, Stamp, Window
from .call import Call, Way, per_axis


def through(place: Place, before: Shape, looks: Sequence[Look], after: Shape) -> Place:
    """Through one look for each of the last dimensions."""
    count = len(looks)
    if place.dims[-count:] == tuple(range(count)) and not place.lost and len(place.seen.units) == count:
        return Place(place.seen.through(looks, after[-count:]), place.dims)  # the frequent case, a map in order
    first = len(before) - count
    return slid(place, before, {first + axis: look for axis, look in enumerate(looks)}, after)


def convolved(call: Call) -> Place:
    """Convolution: a window along each axis."""
    kernels = tuple(call.given(1, "weight").shape[2:])
    place = _channels_mixed(call, len(kernels))
    given = (call.given(3, "stride", 1), call.given(4, "padding", 0), call.given(5, "dilation", 1))
    looks = _windows(kernels, *[tuple(value) if isinstance(value, list) else value for value in given])
    return through(place, call.shape, looks, call.output) if looks else place


@lru_cache(maxsize=256)
def _windows(kernels: Shape, stride: Any, padding: Any, dilation: Any) -> tuple[Window, ...]:
    """The windows of a convolution; none where each unit sees its own place."""
    strides, dilations = per_axis(stride, len(kernels)), per_axis(dilation, len(kernels))
    if padding == "same":
        pads = tuple((kernel - 1) * step // 2 for kernel, step in zip(kernels, dilations, strict=True))
    else:
        pads = per_axis(0 if padding == "valid" else padding, len(kernels))
    sizes = list(zip(kernels, strides, pads, dilations, strict=True))
    if all(each[:3] == (1, 1, 0) for each in sizes):
        return ()
    made = {each: Window(*each) for each in sizes}  # one for axes that are alike
    return tuple(made[each] for each in sizes)


def stamped(call: Call) -> Place:
    """Transposed convolution: stamps along each axis."""
    kernels = tuple(call.given(1, "weight").shape[2:])
    given = ((3, "stride", 1), (4, "padding", 0), (7, "dilation", 1))
    sizes = [_each(call, *argument, len(kernels)) for argument in given]
    return through(_channels_mixed(call, len(kernels)), call.shape, list(map(Stamp, kernels, *sizes)), call.output)


def _channels_mixed(call: Call, axes: int) -> Place:
    """The input, after each number has seen all channels; their dimension hardly ever carries a place."""
    place = call.place
    channels = len(place.dims) - axes - 1
    if place.dims[channels] is None:
        return place
    if call.given(6, "groups", 1) > 1:
        raise Lost("its groups divide a dimension that carries an axis of the image")
    return mixed(place, call.shape, (channels,))


def pooled(axes: int, first: int = 1, dilated: bool = False) -> Way:
    """Pooling over this many axes, whose kernel is the argument at the place `first`."""

    def way(call: Call) -> Place:
        kernels = _each(call, first, "kernel_size", None, axes)
        strides = _each(call, first + 1, "stride", None, axes)
        if None in strides or not strides:
            strides = kernels
        pads = _each(call, first + 2, "padding", 0, axes) if first == 1 else (0,) * axes
        dilations = _each(call, first + 3, "dilation", 1, axes) if dilated else (1,) * axes
        return through(call.place, call.shape, list(map(Window, kernels, strides, pads, dilations)), call.output)

    return way


def unpooled(axes: int) -> Way:
    """Maxima put back where they came from: anywhere in their window."""

    def way(call: Call) -> Place:
        kernels = _each(call, 2, "kernel_size", None, axes)
        strides = kernels if call.given(3, "stride") is None else _each(call, 3, "stride", None, axes)
        looks = list(map(Stamp, kernels, strides, _each(call, 4, "padding", 0, axes)))
        both = joined(call.placed(), call.shape)  # the numbers, and where they came from
        return through(both, call.shape, looks, call.output)

    return way


def shared_out(axes: int) -> Way:
    """Adaptive pooling: windows that share the axis out."""

    def way(call: Call) -> Place:
        sizes = zip(call.shape[-axes:], call.output[-axes:], strict=True)
        return through(call.place, call.shape, [Own() if n == o else Shares(n, o) for n, o in sizes], call.output)

    return way


def resampled(call: Call) -> Place:
    """Interpolation to another size."""
    mode, given = call.given(3, "mode", "nearest"), call.given(2, "scale_factor")
    corners, worked_out = bool(call.given(4, "align_corners")), call.given(5, "recompute_scale_factor")
    if call.given(6, "antialias", False):
        raise Lost("antialiasing looks at places that depend on the scale")
    axes = len(call.shape) - 2
    scales = (None,) * axes if given is None or worked_out else per_axis(given, axes)
    looks = [
        Resampling(mode, before, after, None if _by_sizes(mode, axes, before, after) else scale, corners)
        for before, after, scale in zip(call.shape[2:], call.output[2:], scales, strict=True)
    ]
    return through(call.place, call.shape, looks, call.output)


def _by_sizes(mode: str, axes: int, before: int, after: int) -> bool:
    """Whether PyTorch goes by the sizes even where a scale was given."""
    return mode == "area" or (mode == "nearest" and axes == 2 and after in (before, 2 * before))


def padded(call: Call) -> Place:
    """Padding and cropping, from the last dimension on."""
    pads = tuple(call.given(1, "pad"))
    mode = {"constant": "zeros"}.get(name := call.given(2, "mode", "constant"), name)
    befores = pads[-2::-2]
    looks = [
        Window(1, 1, before, 1, mode) if before or before_after != (0, 0) else Own()
        for before, before_after in zip(befores, zip(pads[-2::-2], pads[::-2], strict=True), strict=True)
    ]
    if len(call.shape) - len(looks) <= 1 < len(call.shape) and call.place.dims[1] is None:
        looks[1 - len(call.shape)] = Own()  # channels of zeros, as many a residual network adds: all channels are one
    return through(call.place, call.shape, looks, call.output)


def shuffled(call: Call) -> Place:
    """Channels turned into pixels."""
    _needs_plain_channels(call)
    return through(call.place, call.shape, [Repeat(call.given(1, "upscale_factor"))] * 2, call.output)


def unshuffled(call: Call) -> Place:
    """Pixels turned into channels."""
    _needs_plain_channels(call)
    factor = call.given(1, "downscale_factor")
    return through(call.place, call.shape, [Window(factor, factor)] * 2, call.output)


def columns(call: Call) -> Place:
    """Windows laid out as columns, in the order of their rows."""
    kernels, dilations, pads, strides = _blocks(call, 1)
    looks = list(map(Window, kernels, strides, pads, dilations))
    blocks = (*call.output[:-1], *_positions(call.shape[-2:], looks, pads))
    return reshaped(through(call.place, call.shape, looks, blocks), blocks, call.output)


def image_of_columns(call: Call) -> Place:
    """Columns put back as windows of an image."""
    kernels, dilations, pads, strides = _blocks(call, 2)
    looks = list(map(Window, kernels, strides, pads, dilations))
    blocks = (*call.shape[:-1], *_positions(call.output[-2:], looks, pads))
    stamps = list(map(Stamp, kernels, strides, pads, dilations))
    return through(reshaped(call.place, call.shape, blocks), blocks, stamps, call.output)


def _blocks(call: Call, first: int) -> list[tuple[int, ...]]:
    given = (("kernel_size", None), ("dilation", 1), ("padding", 0), ("stride", 1))
    return [_each(call, first + place, name, default, 2) for place, (name, default) in enumerate(given)]


def _positions(sizes: Shape, looks: Sequence[Window], pads: Sequence[int]) -> Shape:
    return tuple(
        (size + 2 * pad - look.dilation * (look.kernel_size - 1) - 1) // look.stride + 1
        for size, look, pad in zip(sizes, looks, pads, strict=True)
    )


def _needs_plain_channels(call: Call) -> None:
    if call.place.dims[-3] is not None:
        raise Lost("its channels carry an axis of the image")


def _each(call: Call, index: int, name: str, default: Any, axes: int) -> tuple[Any, ...]:
    return per_axis(call.given(index, name, default), axes)


def _by_axes(name: str, make: Callable[[int], Way]) -> dict[str, Way]:
    return {f"{name}{axes}d{ending}": make(axes) for axes in (1, 2, 3) for ending in ("", "_with_indices")}


WAYS: dict[str, Way] = {
    **{f"conv{axes}d": convolved for axes in (1, 2, 3)},
    **{f"conv_transpose{axes}d": stamped for axes in (1, 2, 3)},
    **_by_axes("avg_pool", pooled),
    **_by_axes("max_pool", lambda axes: pooled(axes, dilated=True)),
    **_by_axes("lp_pool", lambda axes: pooled(axes, first=2)),
    **_by_axes("adaptive_avg_pool", shared_out),
    **_by_axes("adaptive_max_pool", shared_out),
    **_by_axes("max_unpool", unpooled),
    "interpolate": resampled,
    "upsample": resampled,
    "pad": padded,
    "pixel_shuffle": shuffled,
    "pixel_unshuffle": unshuffled,
    "im2col": columns,
    "fold": image_of_columns,
}
