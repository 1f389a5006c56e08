"""One setting of a convolution, from the sizes before and after it.

The output size only ever grows, or only ever shrinks, as one setting grows. So the answers are neighbours, found by
halving the range in which they can lie, and the values beside them give the nearest sizes that can be reached.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import count, product
from typing import overload

from ..arguments import Axes, Shape, choice, per_axis
from ..conventions import tf_same_padding
from ..errors import ShapeError
from ..padding import Pair, padding_pairs, span
from ..sizes import Size, conv_output_size, conv_transpose_axes
from .axes import named, sizes_per_axis

Solutions = tuple[int, ...] | tuple[Shape, ...]
CONVENTIONS = ("pytorch", "tensorflow")


@overload
def solve_padding(
    input_size: int, output_size: int, kernel_size: Axes, stride: Axes = 1, dilation: Axes = 1
) -> tuple[int, ...]: ...
@overload
def solve_padding(
    input_size: Shape, output_size: Axes, kernel_size: Axes, stride: Axes = 1, dilation: Axes = 1
) -> tuple[Shape, ...]: ...
def solve_padding(
    input_size: int | Shape, output_size: Axes, kernel_size: Axes, stride: Axes = 1, dilation: Axes = 1
) -> Solutions:
    """Every padding, the same on both sides, with which a convolution gives this output size; the smallest first.

    Example:
        >>> solve_padding(32, 14, kernel_size=8, stride=2)
        (1,)
        >>> solve_padding((100, 200), (100, 200), kernel_size=(3, 7))
        ((1, 3),)

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        output_size: pixels wanted; here and below one number for all axes, or one an axis.
        kernel_size: pixels of the kernel.
        stride: pixels between two positions of the window.
        dilation: pixels between two neighbouring kernel entries.

    Returns:
        All answers without a limit: numbers for an `int`, tuples for a tuple, as `padding` takes them.

    Raises:
        ShapeError: if there is none; it names the nearest sizes that can be reached.
    """

    def along(n: int, o: int, k: int, s: int, d: int) -> range:
        least = max(0, -(-(span(k, d) - n) // 2))  # below it the window does not fit
        candidates = range(least, least + o * s + span(k, d))  # the last of them makes the output too large
        return _answers("padding", candidates, lambda p: conv_output_size(n, k, s, p, d), n, o, _odd(n, o, k, s, d))

    return _each_axis(along, input_size, output_size, kernel_size=kernel_size, stride=stride, dilation=dilation)


@overload
def solve_kernel(
    input_size: int, output_size: int, stride: Axes = 1, padding: Axes = 0, dilation: Axes = 1
) -> tuple[int, ...]: ...
@overload
def solve_kernel(
    input_size: Shape, output_size: Axes, stride: Axes = 1, padding: Axes = 0, dilation: Axes = 1
) -> tuple[Shape, ...]: ...
def solve_kernel(
    input_size: int | Shape, output_size: Axes, stride: Axes = 1, padding: Axes = 0, dilation: Axes = 1
) -> Solutions:
    """Every kernel size with which a convolution gives this output size; the smallest first.

    Example:
        >>> solve_kernel(28, 26)
        (3,)
        >>> solve_kernel(32, 16, stride=2, padding=1)
        (3, 4)

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        output_size: pixels wanted; here and below one number for all axes, or one an axis.
        stride: pixels between two positions of the window.
        padding: pixels added on both sides.
        dilation: pixels between two neighbouring kernel entries.

    Returns:
        All answers up to the largest kernel that fits: numbers for an `int`, tuples for a tuple.

    Raises:
        ShapeError: if there is none; it names the nearest sizes that can be reached.
    """

    def along(n: int, o: int, s: int, p: int, d: int) -> range:
        largest = (n + 2 * p - 1) // d + 1
        return _answers("kernel_size", range(1, largest + 1), lambda k: conv_output_size(n, k, s, p, d), n, o)

    return _each_axis(along, input_size, output_size, stride=stride, padding=padding, dilation=dilation)


@overload
def solve_stride(
    input_size: int, output_size: int, kernel_size: Axes, padding: Axes = 0, dilation: Axes = 1
) -> tuple[int, ...]: ...
@overload
def solve_stride(
    input_size: Shape, output_size: Axes, kernel_size: Axes, padding: Axes = 0, dilation: Axes = 1
) -> tuple[Shape, ...]: ...
def solve_stride(
    input_size: int | Shape, output_size: Axes, kernel_size: Axes, padding: Axes = 0, dilation: Axes = 1
) -> Solutions:
    """Every stride with which a convolution gives this output size; the smallest first.

    Example:
        >>> solve_stride(224, 112, kernel_size=7, padding=3)
        (2,)

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        output_size: pixels wanted; here and below one number for all axes, or one an axis.
        kernel_size: pixels of the kernel.
        padding: pixels added on both sides.
        dilation: pixels between two neighbouring kernel entries.

    Returns:
        All answers up to the padded input's size, beyond which a stride changes nothing: numbers for an `int`, tuples
        for a tuple.

    Raises:
        ShapeError: if there is none; it names the nearest sizes that can be reached.
    """

    def along(n: int, o: int, k: int, p: int, d: int) -> range:
        return _answers("stride", range(1, n + 2 * p + 1), lambda s: conv_output_size(n, k, s, p, d), n, o)

    return _each_axis(along, input_size, output_size, kernel_size=kernel_size, padding=padding, dilation=dilation)


def solve_same(
    input_size: int | Shape, kernel_size: Axes, stride: Axes = 1, dilation: Axes = 1, convention: str = "pytorch"
) -> tuple[Pair, ...]:
    """The padding that "same" means: in PyTorch an output as large as the input, in TensorFlow one of ⌈n / s⌉ pixels.

    Example:
        >>> solve_same(224, kernel_size=3, stride=2, convention="tensorflow")
        ((0, 1),)
        >>> conv_output_size(224, kernel_size=3, stride=2, padding=((0, 1),))
        112

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        kernel_size: pixels of the kernel; here and below one number for all axes, or one an axis.
        stride: pixels between two positions of the window; PyTorch's "same" needs 1.
        dilation: pixels between two neighbouring kernel entries.
        convention: "pytorch" or "tensorflow".

    Returns:
        Pairs (before, after), one an axis, as `padding` takes them.

    Raises:
        ShapeError: if PyTorch would refuse.
    """
    choice("convention", convention, CONVENTIONS)
    sizes = input_size if isinstance(input_size, (tuple, list)) else (input_size,)
    settings = {"kernel_size": kernel_size, "stride": stride, "dilation": dilation}
    kernels, strides, dilations = (per_axis(name, value, len(sizes), least=1) for name, value in settings.items())
    if convention == "pytorch":
        return padding_pairs("same", kernels, strides, dilations)
    return tuple(map(tf_same_padding, sizes, kernels, strides, dilations))


def solve_output_padding(
    input_size: Size, kernel_size: Axes, stride: Axes = 1, padding: Axes = 0, dilation: Axes = 1
) -> Size:
    """The output padding with which a transposed convolution undoes a convolution's size, its settings being the same.

    There is always exactly one: the pixels that the convolution leaves over.

    Example:
        >>> solve_output_padding(32, kernel_size=3, stride=2, padding=1)  # 32 -> 16 -> 32
        1
        >>> from cnn_guide import conv_transpose_output_size
        >>> conv_transpose_output_size(16, kernel_size=3, stride=2, padding=1, output_padding=1)
        32

    Args:
        input_size: pixels that went into the convolution: along one axis, or a tuple with one number an axis.
        kernel_size: pixels of the kernel; here and below one number for all axes, or one an axis.
        stride: pixels between two positions of the window.
        padding: pixels added on both sides.
        dilation: pixels between two neighbouring kernel entries.

    Returns:
        A number for an `int`, a tuple for a tuple.

    Raises:
        ShapeError: if the convolution itself does not take this input.
    """
    conv_output_size(input_size, kernel_size, stride, padding, dilation)  # refuses what cannot be
    sizes = input_size if isinstance(input_size, (tuple, list)) else (input_size,)
    axes = conv_transpose_axes(len(sizes), kernel_size, stride, padding, 0, dilation)
    left = tuple((n + 2 * p - span(k, d)) % s for n, (k, s, p, _, d) in zip(sizes, axes, strict=True))
    return left if isinstance(input_size, (tuple, list)) else left[0]


def _answers(name: str, candidates: range, forward: Callable[[int], int], n: int, wanted: int, more: str = "") -> range:
    """The candidates that give the wanted size; they follow one another, since sizes only grow or only shrink."""
    sign = 1 if forward(candidates[0]) <= forward(candidates[-1]) else -1
    first = bisect_left(candidates, sign * wanted, key=lambda value: sign * forward(value))
    end = bisect_right(candidates, sign * wanted, key=lambda value: sign * forward(value))
    if first < end:
        return candidates[first:end]
    near = candidates[max(0, first - 1) : first + 1]
    found = " and ".join(f"{name}={value} gives {forward(value)}" for value in near)
    if len(near) == 1:
        found += f", the {'smallest' if forward(near[0]) > wanted else 'largest'} size there is"
    raise ShapeError(f"No `{name}` makes {wanted} out of {n} pixels.", f"{found}.{more}", expected=wanted)


def _odd(n: int, o: int, k: int, s: int, d: int) -> str:
    """A way out where an odd number of pixels is missing, which no padding shares out evenly."""
    total = (o - 1) * s + span(k, d) - n
    if s > 1 or total < 0 or total % 2 == 0:
        return ""
    return f" It takes {total} in all, an odd number: the pair {(total // 2, total - total // 2)} as padding does."


def _each_axis(rule: Callable[..., range], input_size: int | Shape, output_size: Axes, **settings: Axes) -> Solutions:
    """The rule's answers for one axis, or for several axes each with each."""
    sizes = sizes_per_axis(input_size, output_size)
    numbers = [
        per_axis(name, value, len(sizes), least=0 if name == "padding" else 1) for name, value in settings.items()
    ]
    answers = []
    for axis, (n, o), values in zip(count(), sizes, zip(*numbers, strict=True), strict=False):
        try:
            answers.append(rule(n, o, *values))
        except ShapeError as error:
            raise named(error, axis, len(sizes)) from None
    return tuple(product(*answers)) if isinstance(input_size, (tuple, list)) else tuple(answers[0])
