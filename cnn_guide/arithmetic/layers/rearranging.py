"""Layers that move numbers: from axis to axis, from channels to pixels and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from ..arguments import Axes, Shape, count, integer, per_axis, shape
from ..costs import PER_NUMBER
from ..errors import ShapeError
from ..sizes import ConvAxis, conv_axes, conv_size, each_axis
from ..windows import Repeat, Window
from .base import Layer, alike, axis_within, check_divisor, check_map


@dataclass(frozen=True, repr=False, eq=False)
class Flatten(Layer):
    """Axes joined into one; axis 0 is the batch, as in PyTorch, and stays.

    Example:
        >>> Flatten().output_shape((32, 5, 5))  # 32 * 5 * 5
        (800,)
    """

    function = "flatten"

    start_dim: int = 1
    end_dim: int = -1

    @property
    def makes_new(self) -> bool:
        """The same numbers, seen in another shape."""
        return False

    def _output_shape(self, input_shape: Shape) -> Shape:
        start = axis_within("start_dim", self.start_dim, input_shape)
        end = axis_within("end_dim", self.end_dim, input_shape)
        if start > end:
            raise ShapeError(f"`start_dim` (={self.start_dim}) comes after `end_dim` (={self.end_dim}).")
        return (*input_shape[:start], prod(input_shape[start : end + 1]), *input_shape[end + 1 :])

    def _check(self) -> None:
        integer("start_dim", self.start_dim)
        integer("end_dim", self.end_dim)


@dataclass(frozen=True, repr=False, eq=False)
class Unflatten(Layer):
    """One axis split into several; axis 0 is the batch, as in PyTorch, and stays.

    Example:
        >>> Unflatten(1, (32, 5, 5)).output_shape((800,))
        (32, 5, 5)
        >>> Unflatten(1, (-1, 5, 5)).output_shape((800,))  # -1 is worked out
        (32, 5, 5)
    """

    function = "unflatten"

    dim: int
    unflattened_size: Sequence[int]

    def windows(self, input_shape: Shape) -> tuple[Window, ...] | None:
        """Nothing changes along the other axes; the parts of a map's axis have no place of their own."""
        return () if axis_within("dim", self.dim, input_shape) == 0 else None

    @property
    def makes_new(self) -> bool:
        """The same numbers, seen in another shape."""
        return False

    def _output_shape(self, input_shape: Shape) -> Shape:
        index = axis_within("dim", self.dim, input_shape)
        size, known = input_shape[index], prod(part for part in self.unflattened_size if part != -1)
        parts = tuple(size // known if part == -1 else part for part in self.unflattened_size)
        if prod(parts) != size:
            raise ShapeError(
                f"`unflattened_size` (={self.unflattened_size!r}) does not multiply up to the {size} of `dim` "
                f"(={self.dim}).",
                expected=size,
                got=prod(parts),
            )
        return (*input_shape[:index], *parts, *input_shape[index + 1 :])

    def _check(self) -> None:
        integer("dim", self.dim)
        sizes = self.unflattened_size
        if not isinstance(sizes, (tuple, list)):
            raise TypeError(f"`unflattened_size` (={sizes!r}) must be a tuple of sizes such as (32, 5, 5).")
        shape("unflattened_size", [1 if size == -1 else size for size in sizes])
        if not sizes or sizes.count(-1) > 1:
            raise ShapeError(f"`unflattened_size` (={sizes!r}) must have one size or more, and at most one of them -1.")


@dataclass(frozen=True, repr=False, eq=False)
class PixelShuffle(Layer):
    """Channels turned into pixels: (C·r², H, W) to (C, H·r, W·r).

    Example:
        >>> PixelShuffle(2).output_shape((64, 14, 14))  # 64 / 2², 14 * 2
        (16, 28, 28)
    """

    function = "pixel_shuffle"

    upscale_factor: int

    def windows(self, input_shape: Shape) -> tuple[Repeat, ...] | None:
        """The pixel from whose channels an output pixel comes."""
        return (Repeat(self.upscale_factor),) * 2 if len(input_shape) == 3 else None

    def _output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 3:
            check_map(input_shape, 2)
        factor, (*more, channels, height, width) = self.upscale_factor, input_shape
        check_divisor("upscale_factor²", factor**2, channels, "the channels of the input")
        return (*more, channels // factor**2, height * factor, width * factor)

    def _check(self) -> None:
        integer("upscale_factor", self.upscale_factor, least=1)


@dataclass(frozen=True, repr=False, eq=False)
class PixelUnshuffle(Layer):
    """Pixels turned into channels: (C, H·r, W·r) to (C·r², H, W).

    Example:
        >>> PixelUnshuffle(2).output_shape((16, 28, 28))  # 16 * 2², 28 / 2
        (64, 14, 14)
    """

    function = "pixel_unshuffle"

    downscale_factor: int

    def windows(self, input_shape: Shape) -> tuple[Window, ...] | None:
        """The square of pixels that became channels."""
        return (Window(self.downscale_factor, self.downscale_factor),) * 2 if len(input_shape) == 3 else None

    def _output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 3:
            check_map(input_shape, 2)
        factor, (*more, channels, height, width) = self.downscale_factor, input_shape
        check_divisor("downscale_factor", factor, height, "the height of the input")
        check_divisor("downscale_factor", factor, width, "the width of the input")
        return (*more, channels * factor**2, height // factor, width // factor)

    def _check(self) -> None:
        integer("downscale_factor", self.downscale_factor, least=1)


@dataclass(frozen=True, repr=False, eq=False)
class ChannelShuffle(Layer):
    """Channels dealt out to the groups of the next convolution, as in ShuffleNet.

    Example:
        >>> ChannelShuffle(4).output_shape((64, 14, 14))
        (64, 14, 14)
    """

    function = "channel_shuffle"

    groups: int

    def _output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 2:
            check_map(input_shape, 2)
        check_divisor("groups", self.groups, input_shape[0], "the channels of the input")
        return input_shape

    def _check(self) -> None:
        integer("groups", self.groups, least=1)


@dataclass(frozen=True, repr=False, eq=False)
class Unfold(Layer):
    """Every window of an image (C, H, W) as a column, windows in the order of their rows: (C·k·k, L).

    Example:
        >>> Unfold(3).output_shape((3, 10, 10))  # 3 * 3 * 3 numbers, 8 * 8 windows
        (27, 64)
    """

    function = "unfold"

    kernel_size: Axes
    dilation: Axes = 1
    padding: Axes = 0
    stride: Axes = 1

    def windows(self, input_shape: Shape) -> tuple[Window, ...]:
        """The window along each axis; the windows' two axes are joined into one, as by Flatten."""
        return alike(Window, [(axis.kernel_size, axis.stride, axis.before, axis.dilation) for axis in self._along])

    def positions(self, input_shape: Shape) -> Shape:
        """Windows along each axis."""
        return each_axis(conv_size, input_shape[1:], self._along)

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, 2)
        return (input_shape[0] * _entries(self._along), prod(self.positions(input_shape)))

    @cached_property
    def _along(self) -> tuple[ConvAxis, ...]:
        return _block_axes(self.kernel_size, self.dilation, self.padding, self.stride)

    def _check(self) -> None:
        self._along  # noqa: B018 - works the arguments out, and refuses wrong ones


@dataclass(frozen=True, repr=False, eq=False)
class Fold(Layer):
    """Columns (C·k·k, L) put back as windows of an image (C, H, W), overlaps added up; the reverse of Unfold.

    Example:
        >>> Fold((10, 10), kernel_size=3).output_shape((27, 64))
        (3, 10, 10)
    """

    function = "fold"

    output_size: Axes
    kernel_size: Axes
    dilation: Axes = 1
    padding: Axes = 0
    stride: Axes = 1

    def windows(self, input_shape: Shape) -> None:
        """The columns are one axis, the image has two: the places can't be followed."""
        return

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, 1)
        columns = prod(each_axis(conv_size, self._size, self._along))
        entries = _entries(self._along)
        check_divisor("kernel_size²", entries, input_shape[0], "the channels of the input")
        if input_shape[1] != columns:
            raise ShapeError(
                f"`output_size` (={self.output_size!r}) has {columns} windows, but the input {input_shape} has "
                f"{count(input_shape[1], 'column')}.",
                expected=columns,
                got=input_shape[1],
            )
        return (input_shape[0] // entries, *self._size)

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return PER_NUMBER[self.function] * prod(input_shape)

    @cached_property
    def _along(self) -> tuple[ConvAxis, ...]:
        return _block_axes(self.kernel_size, self.dilation, self.padding, self.stride)

    @cached_property
    def _size(self) -> Shape:
        return per_axis("output_size", self.output_size, axes=2, least=1, exact=True)

    def _check(self) -> None:
        self._size, self._along  # noqa: B018 - works the arguments out, and refuses wrong ones


def _block_axes(kernel_size: Axes, dilation: Axes, padding: Axes, stride: Axes) -> tuple[ConvAxis, ...]:
    """PyTorch asks for one number or two, nothing else."""
    kernels, dilations, pads, strides = (
        per_axis(name, value, axes=2, least=0 if name == "padding" else 1, exact=True)
        for name, value in (
            ("kernel_size", kernel_size), ("dilation", dilation), ("padding", padding), ("stride", stride)
        )
    )  # fmt: skip
    return conv_axes(2, kernels, strides, pads, dilations)


def _entries(along: tuple[ConvAxis, ...]) -> int:
    return prod(axis.kernel_size for axis in along)
