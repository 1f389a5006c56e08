"""Output sizes of convolution, pooling and transposed convolution.

Symbols: n input size, k kernel size, s stride, p padding, d dilation, o output size.
The rules are PyTorch's, and what PyTorch refuses is refused here. An output without a pixel is refused too.

Each rule is a function of one axis: its size, and the window's numbers along it in a tuple. These numbers are brought
into order once, so that a layer is quick on every input.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from .arguments import Axes, Padding, Shape, flag, per_axis
from .errors import ShapeError
from .padding import extra_padding, padding_pairs, pool_padding, span

AXIS_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
Size = TypeVar("Size", int, tuple[int, ...])  # pixels along one axis, or a tuple with one number an axis
Numbers = TypeVar("Numbers")


class ConvAxis(NamedTuple):
    """A convolution along one axis."""

    kernel_size: int
    stride: int
    before: int
    after: int
    dilation: int


class PoolAxis(NamedTuple):
    """Pooling along one axis."""

    kernel_size: int
    stride: int
    padding: int
    dilation: int
    ceil_mode: bool


class ConvTransposeAxis(NamedTuple):
    """A transposed convolution along one axis."""

    kernel_size: int
    stride: int
    padding: int
    output_padding: int
    dilation: int


def conv_output_size(
    input_size: Size, kernel_size: Axes, stride: Axes = 1, padding: Padding = 0, dilation: Axes = 1
) -> Size:
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
    along = conv_axes(len(sizes), kernel_size, stride, padding, dilation)
    return _like(input_size, each_axis(conv_size, sizes, along))


def pool_output_size(
    input_size: Size,
    kernel_size: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    dilation: Axes = 1,
    ceil_mode: bool = False,
) -> Size:
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
        padding: pixels added on both sides, at most half the kernel (without its dilation).
        dilation: pixels between two neighbouring entries of the window.
        ceil_mode: whether a last window that sticks out counts, as long as it starts inside the input or the padding
            in front of it.

    Returns:
        The output size: an `int` for an `int`, a tuple for a tuple.

    Raises:
        ShapeError: if no window fits, or an argument is out of range.
        TypeError: if a size is not an integer.
    """
    sizes = _input_sizes(input_size)
    along = pool_axes(len(sizes), kernel_size, stride, padding, dilation, ceil_mode)
    return _like(input_size, each_axis(pool_size, sizes, along))


def conv_transpose_output_size(
    input_size: Size,
    kernel_size: Axes,
    stride: Axes = 1,
    padding: Axes = 0,
    output_padding: Axes = 0,
    dilation: Axes = 1,
) -> Size:
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
    along = conv_transpose_axes(len(sizes), kernel_size, stride, padding, output_padding, dilation)
    return _like(input_size, each_axis(conv_transpose_size, sizes, along))


def conv_axes(
    axes: int, kernel_size: Axes, stride: Axes, padding: Padding, dilation: Axes, least: int | None = 0
) -> tuple[ConvAxis, ...]:
    """A convolution's arguments, axis by axis; `least` is the smallest padding allowed, None allows cutting off."""
    kernels, strides, dilations = _windows(axes, kernel_size, stride, dilation)
    befores, afters = zip(*padding_pairs(padding, kernels, strides, dilations, least), strict=True)
    return tuple(map(ConvAxis, kernels, strides, befores, afters, dilations))


def pool_axes(
    axes: int, kernel_size: Axes, stride: Axes | None, padding: Axes, dilation: Axes, ceil_mode: bool
) -> tuple[PoolAxis, ...]:
    """A pooling layer's arguments, axis by axis."""
    kernels, strides, dilations = _windows(axes, kernel_size, kernel_size if stride is None else stride, dilation)
    ceils = (flag("ceil_mode", ceil_mode),) * axes
    return tuple(map(PoolAxis, kernels, strides, pool_padding(padding, kernels), dilations, ceils))


def conv_transpose_axes(
    axes: int, kernel_size: Axes, stride: Axes, padding: Axes, output_padding: Axes, dilation: Axes
) -> tuple[ConvTransposeAxis, ...]:
    """A transposed convolution's arguments, axis by axis."""
    kernels, strides, dilations = _windows(axes, kernel_size, stride, dilation)
    pads = per_axis("padding", padding, axes, least=0)
    return tuple(
        map(ConvTransposeAxis, kernels, strides, pads, extra_padding(output_padding, strides, dilations), dilations)
    )


def conv_size(size: int, along: ConvAxis) -> int:
    """Output pixels of a convolution along one axis."""
    kernel, stride, before, after, dilation = along
    room = size + before + after - dilation * (kernel - 1) - 1
    if room < 0:
        raise _does_not_fit(size, kernel, before, after, dilation, padding_limit=None)
    return room // stride + 1


def pool_size(size: int, along: PoolAxis) -> int:
    """Output pixels of pooling along one axis."""
    kernel, stride, padding, dilation, ceil_mode = along
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    output = (room + stride - 1 if ceil_mode else room) // stride + 1
    if ceil_mode and (output - 1) * stride >= size + padding:  # the last window would start in the padding at the end
        output -= 1
    if output < 1:
        raise _does_not_fit(size, kernel, padding, padding, dilation, padding_limit=kernel // 2)
    return output


def conv_transpose_size(size: int, along: ConvTransposeAxis) -> int:
    """Output pixels of a transposed convolution along one axis."""
    kernel, stride, padding, extra, dilation = along
    uncut = (size - 1) * stride + dilation * (kernel - 1) + 1 + extra
    if uncut <= 2 * padding:
        raise ShapeError(
            f"`padding` (={padding}) cuts {2 * padding} pixels off an output of {uncut}: nothing is left.",
            f"Use padding ≤ {(uncut - 1) // 2}.",
            expected=(uncut - 1) // 2,
            got=padding,
        )
    return uncut - 2 * padding


def each_axis(rule: Callable[[int, Numbers], int], sizes: Sequence[int], along: Sequence[Numbers]) -> Shape:
    """The rule's answer for each axis; its refusal names the axis."""
    answers: list[int] = []
    try:
        for size, numbers in zip(sizes, along):  # noqa: B905 - `strict` would cost a tenth of the time
            answers.append(rule(size, numbers))
    except ShapeError as error:
        raise _along(len(answers), len(along), error) from None
    return tuple(answers)


def _along(axis: int, axes: int, error: ShapeError) -> ShapeError:
    error.axis = axis
    if axes > 1:
        name = f"the {AXIS_NAMES[axes][axis]}" if axes in AXIS_NAMES else f"axis {axis}"
        error.problem = f"Along {name}, {error.problem}"
    return error


def _input_sizes(input_size: int | tuple[int, ...]) -> Shape:
    axes = len(input_size) if isinstance(input_size, (tuple, list)) else 1
    if not axes:
        raise ShapeError("`input_size` (=()) has no axis.", "Give a number of pixels, or one an axis.")
    return per_axis("input_size", input_size, axes, least=1)


def _like(input_size: Size, sizes: Shape) -> Size:
    return sizes if isinstance(input_size, (tuple, list)) else sizes[0]


def _windows(axes: int, kernel_size: Axes, stride: Axes, dilation: Axes) -> tuple[Shape, Shape, Shape]:
    return (
        per_axis("kernel_size", kernel_size, axes, least=1),
        per_axis("stride", stride, axes, least=1),
        per_axis("dilation", dilation, axes, least=1),
    )


def _does_not_fit(n: int, k: int, before: int, after: int, d: int, padding_limit: int | None) -> ShapeError:
    """The window is longer than the padded input; enough padding is a way out, where the layer allows as much."""
    added = f"2·{before}" if before == after else f"{before} + {after}"
    dilated = f" with `dilation` (={d})" if d > 1 else ""
    enough = -(-(span(k, d) - n) // 2)
    within = padding_limit is None or enough <= padding_limit
    hint = f"Use a smaller kernel or padding ≥ {enough}." if within else "Use a smaller kernel."
    return ShapeError(
        f"`kernel_size` (={k}){dilated} spans {span(k, d)} pixels, but the padded input has {n + before + after} "
        f"({n} + {added}).",
        hint,
        expected=span(k, d),
        got=n + before + after,
    )
