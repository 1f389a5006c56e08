"""Transposed convolution."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

from ..arguments import Axes, Shape, choice, flag, per_axis
from ..costs import PER_BIAS, PER_MAC
from ..sizes import ConvTransposeAxis, conv_transpose_axes, conv_transpose_size, each_axis
from ..windows import Stamp
from .base import Layer, alike, check_channels, check_map
from .convolution import check_conv_channels


@dataclass(frozen=True, repr=False, eq=False)
class _ConvTranspose(Layer):
    """Stamps with weights, on any number of axes."""

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
    padding_mode: str = "zeros"

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """One stamp (out_channels / groups, …) for each input channel, one bias for each output channel."""
        weight = (self.in_channels, self.out_channels // self.groups, *(axis.kernel_size for axis in self._along))
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def windows(self, input_shape: Shape) -> tuple[Stamp, ...]:
        """The input pixels whose stamps cover an output pixel, along each axis."""
        return self._looks

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, self.axes)
        check_channels(input_shape, "in_channels", self.in_channels)
        return (self.out_channels, *each_axis(conv_transpose_size, input_shape[1:], self._along))

    def _macs(self, input_shape: Shape, output_shape: Shape) -> int:
        """Every weight of a stamp once for each number of the *input*: each of them stamps the kernel on the output."""
        return self._stamp * prod(input_shape)

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return PER_MAC * self._stamp * prod(input_shape) + PER_BIAS * self.bias * prod(output_shape)

    @cached_property
    def _along(self) -> tuple[ConvTransposeAxis, ...]:
        return conv_transpose_axes(
            self.axes, self.kernel_size, self.stride, self.padding, self.output_padding, self.dilation
        )

    @cached_property
    def _stamp(self) -> int:
        return prod(self.parameter_shapes["weight"][1:])

    @cached_property
    def _looks(self) -> tuple[Stamp, ...]:
        if all(axis[:4] == (1, 1, 0, 0) for axis in self._along):
            return ()
        return alike(Stamp, [(axis.kernel_size, axis.stride, axis.padding, axis.dilation) for axis in self._along])

    def _check(self) -> None:
        check_conv_channels(self.in_channels, self.out_channels, self.groups)
        flag("bias", self.bias)
        choice("padding_mode", self.padding_mode, ("zeros",))
        per_axis("kernel_size", self.kernel_size, self.axes, least=1, exact=True)
        self._along  # noqa: B018 - works the arguments out, and refuses wrong ones


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution of a sequence (C, L).

    Example:
        >>> ConvTranspose1d(8, 1, kernel_size=4, stride=2, padding=1).output_shape((8, 50))
        (1, 100)
    """

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution of an image (C, H, W).

    Example:
        >>> ConvTranspose2d(16, 1, kernel_size=4, stride=2, padding=1).output_shape((16, 14, 14))
        (1, 28, 28)
    """

    axes = 2


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution of a volume (C, D, H, W).

    Example:
        >>> ConvTranspose3d(8, 1, kernel_size=2, stride=2).output_shape((8, 4, 4, 4))
        (1, 8, 8, 8)
    """

    axes = 3
