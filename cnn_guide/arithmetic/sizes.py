"""Output sizes of convolution, pooling and transposed convolution, an axis at a time.

Symbols: n input size, k kernel size, s stride, p padding, d dilation, o output size.
The rules are PyTorch's, and what PyTorch refuses is refused here.
"""

from collections.abc import Callable
from typing import overload

from .arguments import Axes, Padding, Shape, flag, per_axis
from .errors import ShapeError
from .padding import Pair, extra_padding, padding_pairs, pool_padding, span

AXIS_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@overload
def conv_output_size(
    input_size: int, kernel_size: Axes, stride: Axes = 1, padding: Padding = 0, dilation: Axes = 1
) -> int: ...
@overload
def conv_output_size(
    input_size: tuple[int, ...], kernel_size: Axes, stride: Axes = 1, padding: Padding = 0, dilation: Axes = 1
) -> tuple[int, ...]: ...
def conv_output_size(
    input_size: int | tuple[int, ...], kernel_size: Axes, stride: Axes = 1, padding: Padding = 0, dilation: Axes = 1
) -> int | tuple[int, ...]:
    """Size of a convolution's output: ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1.

    Example:
        >>> conv_output_size(32, kernel_size=8, stride=2, padding=1)  # ⌊(32 + 2 - 7 - 1) / 2⌋ + 1
        14
        >>> conv_output_size((100, 200), kernel_size=(3, 5), padding="same")
        (100, 200)

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        kernel_size: pixels of the kernel; here and below one number for all axes, or one an axis.
        stride: pixels between two positions of the window.
        padding: pixels added on both sides; or "valid" (none), "same" (output size = input size, needs stride 1),
            or pairs ((before, after), …) with one pair an axis.
        dilation: pixels between two neighbouring kernel entries.

    Returns:
        The output size: an `int` for an `int`, a tuple for a tuple.

    Raises:
        ShapeError: if the window does not fit into the padded input, or an argument is out of range.
        TypeError: if a size is not an integer.

    Source:
        Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016), relationships 6 and 15.
    """
    sizes = _input_sizes(input_size)
    axes = len(sizes)
    kernels, strides, dilations = _windows(axes, kernel_size, stride, dilation)
    pads = padding_pairs(padding, kernels, strides, dilations)
    return _each_axis(input_size, _conv, sizes, kernels, strides, pads, dilations)


@overload
def pool_output_size(
    input_size: int,
    kernel_size: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    dilation: Axes = 1,
    ceil_mode: bool = False,
) -> int: ...
@overload
def pool_output_size(
    input_size: tuple[int, ...],
    kernel_size: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    dilation: Axes = 1,
    ceil_mode: bool = False,
) -> tuple[int, ...]: ...
def pool_output_size(
    input_size: int | tuple[int, ...],
    kernel_size: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    dilation: Axes = 1,
    ceil_mode: bool = False,
) -> int | tuple[int, ...]:
    """Size of a pooling layer's output: as for a convolution, rounded up with `ceil_mode`.

    Example:
        >>> pool_output_size(11, kernel_size=2)
        5
        >>> pool_output_size(11, kernel_size=2, ceil_mode=True)
        6

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        kernel_size: pixels of the window.
        stride: pixels between two windows; None means `kernel_size`.
        padding: pixels added on both sides, at most half the kernel.
        dilation: pixels between two neighbouring entries of the window.
        ceil_mode: whether a last window that sticks out counts, as long as it starts inside the input or its padding.

    Returns:
        The output size: an `int` for an `int`, a tuple for a tuple.

    Raises:
        ShapeError: if no window fits, or an argument is out of range.
        TypeError: if a size is not an integer.
    """
    sizes = _input_sizes(input_size)
    axes = len(sizes)
    kernels, strides, dilations = _windows(axes, kernel_size, kernel_size if stride is None else stride, dilation)
    pads = pool_padding(padding, kernels)
    ceils = (flag("ceil_mode", ceil_mode),) * axes
    return _each_axis(input_size, _pool, sizes, kernels, strides, pads, dilations, ceils)


@overload
def conv_transpose_output_size(
    input_size: int,
    kernel_size: Axes,
    stride: Axes = 1,
    padding: Axes = 0,
    output_padding: Axes = 0,
    dilation: Axes = 1,
) -> int: ...
@overload
def conv_transpose_output_size(
    input_size: tuple[int, ...],
    kernel_size: Axes,
    stride: Axes = 1,
    padding: Axes = 0,
    output_padding: Axes = 0,
    dilation: Axes = 1,
) -> tuple[int, ...]: ...
def conv_transpose_output_size(
    input_size: int | tuple[int, ...],
    kernel_size: Axes,
    stride: Axes = 1,
    padding: Axes = 0,
    output_padding: Axes = 0,
    dilation: Axes = 1,
) -> int | tuple[int, ...]:
    """Size of a transposed convolution's output: (n − 1)s − 2p + d(k − 1) + output_padding + 1.

    Example:
        >>> conv_transpose_output_size(14, kernel_size=4, stride=2, padding=1)  # 13*2 - 2 + 3 + 0 + 1
        28

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        kernel_size: pixels of the kernel.
        stride: pixels between two stamps of the kernel on the output.
        padding: pixels cut off the output on both sides.
        output_padding: pixels added to the output at its end; smaller than the stride or the dilation.
        dilation: pixels between two neighbouring kernel entries.

    Returns:
        The output size: an `int` for an `int`, a tuple for a tuple.

    Raises:
        ShapeError: if nothing is left of the output, or an argument is out of range.
        TypeError: if a size is not an integer.
    """
    sizes = _input_sizes(input_size)
    axes = len(sizes)
    kernels, strides, dilations = _windows(axes, kernel_size, stride, dilation)
    pads = per_axis("padding", padding, axes, least=0)
    extras = extra_padding(output_padding, strides, dilations)
    return _each_axis(input_size, _conv_transpose, sizes, kernels, strides, pads, extras, dilations)


def _input_sizes(input_size: int | tuple[int, ...]) -> Shape:
    axes = len(input_size) if isinstance(input_size, (tuple, list)) else 1
    return per_axis("input_size", input_size, axes, least=1)


def _windows(axes: int, kernel_size: Axes, stride: Axes, dilation: Axes) -> tuple[Shape, Shape, Shape]:
    return (
        per_axis("kernel_size", kernel_size, axes, least=1),
        per_axis("stride", stride, axes, least=1),
        per_axis("dilation", dilation, axes, least=1),
    )


def _each_axis(
    input_size: int | tuple[int, ...], rule: Callable[..., int], *arguments: tuple[object, ...]
) -> int | tuple[int, ...]:
    sizes = tuple(
        _one_axis(axis, len(arguments[0]), rule, *values) for axis, values in enumerate(zip(*arguments, strict=True))
    )
    return sizes if isinstance(input_size, (tuple, list)) else sizes[0]


def _one_axis(axis: int, axes: int, rule: Callable[..., int], *values: object) -> int:
    try:
        return rule(*values)
    except ShapeError as error:
        error.axis = axis
        if axes > 1:
            name = f"the {AXIS_NAMES[axes][axis]}" if axes in AXIS_NAMES else f"axis {axis}"
            error.problem = f"Along {name}, {error.problem}"
        raise


def _conv(n: int, k: int, s: int, pad: Pair, d: int) -> int:
    padded = n + sum(pad)
    if span(k, d) > padded:
        raise _does_not_fit(n, k, pad, d, padding_limit=None)
    return (padded - span(k, d)) // s + 1


def _pool(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    room = n + 2 * p - span(k, d)
    size = (room + (s - 1 if ceil_mode else 0)) // s + 1
    if ceil_mode and (size - 1) * s >= n + p:  # the last window would start in the padding at the end
        size -= 1
    if size < 1:
        raise _does_not_fit(n, k, (p, p), d, padding_limit=k // 2)
    return size


def _conv_transpose(n: int, k: int, s: int, p: int, extra: int, d: int) -> int:
    size = (n - 1) * s - 2 * p + span(k, d) + extra
    if size < 1:
        raise ShapeError(
            f"`padding` (={p}) cuts {2 * p} pixels off an output of {size + 2 * p}: nothing is left.",
            f"Use padding ≤ {(size + 2 * p - 1) // 2}.",
            expected=(size + 2 * p - 1) // 2,
            got=p,
        )
    return size


def _does_not_fit(n: int, k: int, pad: Pair, d: int, padding_limit: int | None) -> ShapeError:
    """The window is longer than the padded input; enough padding is a way out, where the layer allows as much."""
    before, after = pad
    added = f"2·{before}" if before == after else f"{before} + {after}"
    dilated = f" with `dilation` (={d})" if d > 1 else ""
    missing = span(k, d) - n
    enough = -(-missing // 2)
    hint = (
        "Use a smaller kernel"
        if padding_limit is not None and enough > padding_limit
        else (f"Use a smaller kernel or padding ≥ {enough}")
    )
    return ShapeError(
        f"`kernel_size` (={k}){dilated} spans {span(k, d)} pixels, but the padded input has {n + before + after} "
        f"({n} + {added}).",
        f"{hint}.",
        expected=span(k, d),
        got=n + before + after,
    )
