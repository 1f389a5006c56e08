"""Pooling: windows without weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from ..arguments import Axes, Shape, flag, integer, per_axis
from ..errors import ShapeError
from ..padding import pool_padding, span
from ..sizes import pool_output_size
from .base import Layer, Window, check_rank

OutputSize: TypeAlias = int | Sequence[int | None] | None


@dataclass(frozen=True, repr=False)
class _Pool(Layer):
    axes: ClassVar[int]

    kernel_size: Axes
    stride: Axes | None = None
    padding: Axes = 0

    def windows(self, input_shape: Shape) -> tuple[Window, ...]:
        """The window along each axis."""
        return self._windows()

    def _dilation_and_ceil_mode(self) -> tuple[Axes, bool]:
        return 1, False  # neither, where a kind of pooling does not say otherwise

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_rank(input_shape, self.axes)
        dilation, ceil_mode = self._dilation_and_ceil_mode()
        sizes = pool_output_size(input_shape[1:], self.kernel_size, self.stride, self.padding, dilation, ceil_mode)
        return (input_shape[0], *sizes)

    def _check(self) -> None:
        flag("ceil_mode", self._dilation_and_ceil_mode()[1])
        self._windows()

    def _windows(self) -> tuple[Window, ...]:
        kernels = per_axis("kernel_size", self.kernel_size, self.axes, least=1)
        strides = kernels if self.stride is None else per_axis("stride", self.stride, self.axes, least=1)
        dilations = per_axis("dilation", self._dilation_and_ceil_mode()[0], self.axes, least=1)
        pads = pool_padding(self.padding, kernels)
        steps = zip(kernels, strides, dilations, pads, strict=True)
        return tuple(Window(span(k, d), s, before) for k, s, d, before in steps)


@dataclass(frozen=True, repr=False)
class _MaxPool(_Pool):
    dilation: Axes = 1
    return_indices: bool = False  # changes what PyTorch returns, not its shape
    ceil_mode: bool = False

    def _dilation_and_ceil_mode(self) -> tuple[Axes, bool]:
        return self.dilation, self.ceil_mode


@dataclass(frozen=True, repr=False)
class MaxPool1d(_MaxPool):
    """The largest number of each window of a sequence (C, L).

    Example:
        >>> MaxPool1d(2).output_shape((8, 96))
        (8, 48)
    """

    axes = 1


@dataclass(frozen=True, repr=False)
class MaxPool2d(_MaxPool):
    """The largest number of each window of an image (C, H, W).

    Example:
        >>> MaxPool2d(2).output_shape((32, 11, 11))  # the last row and column are dropped
        (32, 5, 5)
    """

    axes = 2


@dataclass(frozen=True, repr=False)
class MaxPool3d(_MaxPool):
    """The largest number of each window of a volume (C, D, H, W).

    Example:
        >>> MaxPool3d(2).output_shape((8, 16, 32, 32))
        (8, 8, 16, 16)
    """

    axes = 3


@dataclass(frozen=True, repr=False)
class _AvgPool(_Pool):
    ceil_mode: bool = False
    count_include_pad: bool = True  # changes the mean, not the shape

    def _dilation_and_ceil_mode(self) -> tuple[Axes, bool]:
        return 1, self.ceil_mode


@dataclass(frozen=True, repr=False)
class AvgPool1d(_AvgPool):
    """The mean of each window of a sequence (C, L).

    Example:
        >>> AvgPool1d(2).output_shape((8, 96))
        (8, 48)
    """

    axes = 1


@dataclass(frozen=True, repr=False)
class AvgPool2d(_AvgPool):
    """The mean of each window of an image (C, H, W).

    Example:
        >>> AvgPool2d(2).output_shape((6, 28, 28))
        (6, 14, 14)
    """

    axes = 2
    divisor_override: int | None = None  # changes the mean, not the shape


@dataclass(frozen=True, repr=False)
class AvgPool3d(_AvgPool):
    """The mean of each window of a volume (C, D, H, W).

    Example:
        >>> AvgPool3d(2).output_shape((8, 16, 32, 32))
        (8, 8, 16, 16)
    """

    axes = 3
    divisor_override: int | None = None


@dataclass(frozen=True, repr=False)
class _AdaptivePool(Layer):
    axes: ClassVar[int]

    output_size: OutputSize

    def windows(self, input_shape: Shape) -> tuple[Window, ...]:
        """Windows of one size where the output size divides the input size; refused otherwise."""
        outputs = self.output_shape(input_shape)[1:]
        for n, o in zip(input_shape[1:], outputs, strict=True):
            if n % o:
                raise ValueError(
                    f"The windows of {self!r} on {n} pixels differ in size, since {o} does not divide {n}: "
                    "the receptive field has no single size."
                )
        # One unit for the whole map has no neighbour: its stride is 0, as for every unit that sees everything.
        return tuple(Window(n // o, n // o if o > 1 else 0, 0) for n, o in zip(input_shape[1:], outputs, strict=True))

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_rank(input_shape, self.axes)
        sizes = zip(input_shape[1:], self._sizes(), strict=True)
        return (input_shape[0], *(n if size is None else size for n, size in sizes))

    def _check(self) -> None:
        self._sizes()

    def _sizes(self) -> tuple[int | None, ...]:
        given = self.output_size if isinstance(self.output_size, (tuple, list)) else (self.output_size,) * self.axes
        if len(given) != self.axes:
            raise ShapeError(
                f"`output_size` (={self.output_size!r}) has {len(given)} values, but the layer has {self.axes} axes.",
                expected=self.axes,
                got=len(given),
            )
        return tuple(None if size is None else integer("output_size", size, least=1) for size in given)


@dataclass(frozen=True, repr=False)
class AdaptiveAvgPool1d(_AdaptivePool):
    """Means over as many windows as the output is to have.

    Example:
        >>> AdaptiveAvgPool1d(1).output_shape((8, 96))
        (8, 1)
    """

    axes = 1


@dataclass(frozen=True, repr=False)
class AdaptiveAvgPool2d(_AdaptivePool):
    """Means over as many windows as the output is to have; with 1, global average pooling.

    Example:
        >>> AdaptiveAvgPool2d(1).output_shape((512, 7, 7))
        (512, 1, 1)
        >>> AdaptiveAvgPool2d((None, 3)).output_shape((512, 7, 7))  # None keeps an axis
        (512, 7, 3)
    """

    axes = 2


@dataclass(frozen=True, repr=False)
class AdaptiveAvgPool3d(_AdaptivePool):
    """Means over as many windows as the output is to have.

    Example:
        >>> AdaptiveAvgPool3d(1).output_shape((8, 4, 7, 7))
        (8, 1, 1, 1)
    """

    axes = 3


@dataclass(frozen=True, repr=False)
class _AdaptiveMaxPool(_AdaptivePool):
    return_indices: bool = False  # changes what PyTorch returns, not its shape


@dataclass(frozen=True, repr=False)
class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Largest numbers of as many windows as the output is to have.

    Example:
        >>> AdaptiveMaxPool1d(4).output_shape((8, 96))
        (8, 4)
    """

    axes = 1


@dataclass(frozen=True, repr=False)
class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Largest numbers of as many windows as the output is to have.

    Example:
        >>> AdaptiveMaxPool2d((2, 4)).output_shape((8, 28, 28))
        (8, 2, 4)
    """

    axes = 2


@dataclass(frozen=True, repr=False)
class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Largest numbers of as many windows as the output is to have.

    Example:
        >>> AdaptiveMaxPool3d(2).output_shape((8, 4, 28, 28))
        (8, 2, 2, 2)
    """

    axes = 3
