"""Convolution and transposed convolution."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from ..arguments import Axes, Padding, Shape, flag, integer, per_axis
from ..costs import PER_BIAS, PER_MAC
from ..errors import ShapeError
from ..padding import extra_padding, padding_pairs, span
from ..sizes import conv_output_size, conv_transpose_output_size
from .base import Layer, Window, check_channels, check_rank


@dataclass(frozen=True, repr=False)
class _Conv(Layer):
    axes: ClassVar[int]

    in_channels: int
    out_channels: int
    kernel_size: Axes
    stride: Axes = 1
    padding: Padding = 0
    dilation: Axes = 1
    groups: int = 1
    bias: bool = True

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """One filter (in_channels / groups, …) and one bias for each output channel."""
        filters = (self.out_channels, self.in_channels // self.groups)
        return _weight_and_bias((*filters, *_kernel(self.kernel_size, self.axes)), self.out_channels, self.bias)

    def _macs(self, input_shape: Shape, output_shape: Shape) -> int:
        """Every weight once for each output position."""
        return prod(self.parameter_shapes["weight"]) * prod(output_shape[1:])

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return PER_MAC * self._macs(input_shape, output_shape) + PER_BIAS * self.bias * prod(output_shape)

    def windows(self, input_shape: Shape) -> tuple[Window, ...]:
        """The dilated kernel along each axis."""
        kernels, strides, dilations = self._steps()
        pads = padding_pairs(self.padding, kernels, strides, dilations)
        return tuple(
            Window(span(k, d), s, before)
            for k, s, d, (before, _) in zip(kernels, strides, dilations, pads, strict=True)
        )

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_rank(input_shape, self.axes)
        check_channels(input_shape, "in_channels", self.in_channels)
        sizes = conv_output_size(input_shape[1:], self.kernel_size, self.stride, self.padding, self.dilation)
        return (self.out_channels, *sizes)

    def _check(self) -> None:
        _check_channels(self.in_channels, self.out_channels, self.groups)
        flag("bias", self.bias)
        padding_pairs(self.padding, *self._steps())

    def _steps(self) -> tuple[Shape, Shape, Shape]:
        return _steps(self.kernel_size, self.stride, self.dilation, self.axes)


@dataclass(frozen=True, repr=False)
class Conv1d(_Conv):
    """Convolution of a sequence (C, L).

    Example:
        >>> Conv1d(1, 8, kernel_size=5).output_shape((1, 100))
        (8, 96)
    """

    axes = 1


@dataclass(frozen=True, repr=False)
class Conv2d(_Conv):
    """Convolution of an image (C, H, W).

    Example:
        >>> conv = Conv2d(3, 20, kernel_size=8, stride=2, padding=1)
        >>> conv.output_shape((3, 32, 32))
        (20, 14, 14)
        >>> conv.parameters  # 20 * (3 * 8 * 8 + 1)
        3860
    """

    axes = 2


@dataclass(frozen=True, repr=False)
class Conv3d(_Conv):
    """Convolution of a volume or a clip (C, D, H, W).

    Example:
        >>> Conv3d(3, 8, kernel_size=3).output_shape((3, 16, 32, 32))
        (8, 14, 30, 30)
    """

    axes = 3


@dataclass(frozen=True, repr=False)
class _ConvTranspose(Layer):
    axes: ClassVar[int]

    in_channels: int
    out_channels: int
    kernel_size: Axes
    stride: Axes = 1
    padding: Axes = 0
    output_padding: Axes = 0
    groups: int = 1
    bias: bool = True
    dilation: Axes = 1

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """One stamp (out_channels / groups, …) for each input channel, one bias for each output channel."""
        stamps = (self.in_channels, self.out_channels // self.groups)
        return _weight_and_bias((*stamps, *_kernel(self.kernel_size, self.axes)), self.out_channels, self.bias)

    def _macs(self, input_shape: Shape, output_shape: Shape) -> int:
        """Every weight once for each *input* position: each input pixel stamps the kernel on the output."""
        return prod(self.parameter_shapes["weight"]) * prod(input_shape[1:])

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return PER_MAC * self._macs(input_shape, output_shape) + PER_BIAS * self.bias * prod(output_shape)

    def windows(self, input_shape: Shape) -> tuple[Window, ...] | None:
        """Refused: neighbouring output pixels see windows of different sizes."""
        raise ValueError(f"The receptive field of {self.kind} differs from pixel to pixel; it has no single size.")

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_rank(input_shape, self.axes)
        check_channels(input_shape, "in_channels", self.in_channels)
        sizes = conv_transpose_output_size(
            input_shape[1:], self.kernel_size, self.stride, self.padding, self.output_padding, self.dilation
        )
        return (self.out_channels, *sizes)

    def _check(self) -> None:
        _check_channels(self.in_channels, self.out_channels, self.groups)
        flag("bias", self.bias)
        per_axis("padding", self.padding, self.axes, least=0)
        _, strides, dilations = _steps(self.kernel_size, self.stride, self.dilation, self.axes)
        extra_padding(self.output_padding, strides, dilations)


@dataclass(frozen=True, repr=False)
class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution of a sequence (C, L).

    Example:
        >>> ConvTranspose1d(8, 1, kernel_size=4, stride=2, padding=1).output_shape((8, 50))
        (1, 100)
    """

    axes = 1


@dataclass(frozen=True, repr=False)
class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution of an image (C, H, W).

    Example:
        >>> ConvTranspose2d(16, 1, kernel_size=4, stride=2, padding=1).output_shape((16, 14, 14))
        (1, 28, 28)
    """

    axes = 2


@dataclass(frozen=True, repr=False)
class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution of a volume (C, D, H, W).

    Example:
        >>> ConvTranspose3d(8, 1, kernel_size=2, stride=2).output_shape((8, 4, 4, 4))
        (1, 8, 8, 8)
    """

    axes = 3


def _kernel(kernel_size: Axes, axes: int) -> Shape:
    return per_axis("kernel_size", kernel_size, axes, least=1)


def _steps(kernel_size: Axes, stride: Axes, dilation: Axes, axes: int) -> tuple[Shape, Shape, Shape]:
    strides = per_axis("stride", stride, axes, least=1)
    return _kernel(kernel_size, axes), strides, per_axis("dilation", dilation, axes, least=1)


def _weight_and_bias(weight: Shape, out_channels: int, bias: bool) -> dict[str, Shape]:
    return {"weight": weight, "bias": (out_channels,)} if bias else {"weight": weight}


def _check_channels(in_channels: int, out_channels: int, groups: int) -> None:
    integer("groups", groups, least=1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if integer(name, channels, least=1) % groups:
            raise ShapeError(
                f"`groups` (={groups}) must divide `{name}` (={channels}).",
                f"Use groups={_divisor(channels, groups)}.",
                got=groups,
            )


def _divisor(number: int, limit: int) -> int:
    return max(d for d in range(1, min(number, limit) + 1) if number % d == 0)
