"""Convolution."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

from ..arguments import Axes, Padding, Shape, choice, flag, integer, per_axis
from ..costs import PER_BIAS, PER_MAC
from ..padding import PADDING_MODES, check_mirrored
from ..sizes import ConvAxis, conv_axes, conv_size, each_axis
from ..windows import Window
from .base import Layer, alike, check_channels, check_divisor, check_map


@dataclass(frozen=True, repr=False, eq=False)
class _Conv(Layer):
    """Windows with weights, on any number of axes."""

    axes: ClassVar[int]

    in_channels: int
    out_channels: int
    kernel_size: Axes
    stride: Axes = 1
    padding: Padding = 0
    dilation: Axes = 1
    groups: int = 1
    bias: bool = True
    padding_mode: str = "zeros"

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """One filter (in_channels / groups, …) and one bias for each output channel."""
        weight = (self.out_channels, self.in_channels // self.groups, *(axis.kernel_size for axis in self._along))
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def windows(self, input_shape: Shape) -> tuple[Window, ...]:
        """The dilated kernel along each axis."""
        return self._looks

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, self.axes)
        check_channels(input_shape, "in_channels", self.in_channels)
        sizes = input_shape[1:]
        if self.padding_mode != "zeros":
            each_axis(self._check_padding, sizes, self._along)
        return (self.out_channels, *each_axis(conv_size, sizes, self._along))

    def _macs(self, input_shape: Shape, output_shape: Shape) -> int:
        """Every weight of a filter once for each number of the output."""
        return self._filter * prod(output_shape)

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return (PER_MAC * self._filter + PER_BIAS * self.bias) * prod(output_shape)

    def _between(self, input_shape: Shape, output_shape: Shape) -> int:
        """The padded input: only zeros need no copy."""
        if self.padding_mode == "zeros":
            return 0
        return input_shape[0] * prod(map(_padded, input_shape[1:], self._along))

    @cached_property
    def _along(self) -> tuple[ConvAxis, ...]:
        least = 0 if self.padding_mode == "zeros" else None  # the other modes cut off where padding is below 0
        return conv_axes(self.axes, self.kernel_size, self.stride, self.padding, self.dilation, least)

    @cached_property
    def _filter(self) -> int:
        return prod(self.parameter_shapes["weight"][1:])

    @cached_property
    def _looks(self) -> tuple[Window, ...]:
        if all(axis[:4] == (1, 1, 0, 0) for axis in self._along):
            return ()
        mode = self.padding_mode
        return alike(
            Window, [(axis.kernel_size, axis.stride, axis.before, axis.dilation, mode) for axis in self._along]
        )

    def _check_padding(self, size: int, axis: ConvAxis) -> int:
        check_mirrored(size, (axis.before, axis.after), self.padding_mode)
        return size

    def _check(self) -> None:
        check_conv_channels(self.in_channels, self.out_channels, self.groups)
        flag("bias", self.bias)
        choice("padding_mode", self.padding_mode, PADDING_MODES)
        per_axis("kernel_size", self.kernel_size, self.axes, least=1, exact=True)
        if self.padding_mode != "zeros":
            self._check_lengths()
        self._along  # noqa: B018 - works the arguments out, and refuses wrong ones

    def _check_lengths(self) -> None:
        """Beside zeros, PyTorch pads the last axis alone where it is given one number in a tuple."""
        if self.padding == "same":
            per_axis("dilation", self.dilation, self.axes, least=1, exact=True)
        elif _is_short(self.padding):
            per_axis("padding", self.padding, self.axes, least=None, exact=True)


class Conv1d(_Conv):
    """Convolution of a sequence (C, L).

    Example:
        >>> Conv1d(1, 8, kernel_size=5).output_shape((1, 100))
        (8, 96)
    """

    axes = 1


class Conv2d(_Conv):
    """Convolution of an image (C, H, W).

    Beyond PyTorch's, `padding` may be pairs ((top, bottom), (left, right)).

    Example:
        >>> conv = Conv2d(3, 20, kernel_size=8, stride=2, padding=1)
        >>> conv.output_shape((3, 32, 32))
        (20, 14, 14)
        >>> conv.parameters  # 20 * (3 * 8 * 8 + 1)
        3860
    """

    axes = 2


class Conv3d(_Conv):
    """Convolution of a volume or a clip (C, D, H, W).

    Example:
        >>> Conv3d(3, 8, kernel_size=3).output_shape((3, 16, 32, 32))
        (8, 14, 30, 30)
    """

    axes = 3


def check_conv_channels(in_channels: int, out_channels: int, groups: int) -> None:
    """Refuse channels that are not whole groups."""
    integer("groups", groups, least=1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        check_divisor("groups", groups, integer(name, channels, least=1), f"`{name}`")


def _is_short(padding: Padding) -> bool:
    return isinstance(padding, (tuple, list)) and len(padding) == 1 and not isinstance(padding[0], (tuple, list))


def _padded(size: int, axis: ConvAxis) -> int:
    return size + axis.before + axis.after
