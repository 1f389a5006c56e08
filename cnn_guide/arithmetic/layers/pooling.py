"""Pooling: windows without weights."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

from ..arguments import Axes, Shape, flag, integer, per_axis, real
from ..costs import PER_NUMBER
from ..errors import ShapeError
from ..sizes import PoolAxis, each_axis, pool_axes, pool_size
from ..windows import Window
from .base import Layer, alike, check_map


class _Pool(Layer):
    """Windows without weights, on any number of axes."""

    axes: ClassVar[int]

    def windows(self, input_shape: Shape) -> tuple[Window, ...]:
        """The window along each axis."""
        return self._looks

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, self.axes)
        return (input_shape[0], *each_axis(pool_size, input_shape[1:], self._along))

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return self._each * prod(output_shape)

    @property
    @abstractmethod
    def _along(self) -> tuple[PoolAxis, ...]: ...

    @cached_property
    def _each(self) -> int:
        return PER_NUMBER[self.function] * prod(axis.kernel_size for axis in self._along)

    @cached_property
    def _looks(self) -> tuple[Window, ...]:
        if all((axis.kernel_size, axis.stride, axis.padding) == (1, 1, 0) for axis in self._along):
            return ()
        return alike(Window, [(axis.kernel_size, axis.stride, axis.padding, axis.dilation) for axis in self._along])

    def _check(self) -> None:
        self._along  # noqa: B018 - works the arguments out, and refuses wrong ones


@dataclass(frozen=True, repr=False, eq=False)
class _MaxPool(_Pool):
    """The largest number of each window."""

    kernel_size: Axes
    stride: Axes | None = None
    padding: Axes = 0
    dilation: Axes = 1
    return_indices: bool = False  # changes what PyTorch returns, not its shape
    ceil_mode: bool = False

    @cached_property
    def _along(self) -> tuple[PoolAxis, ...]:
        return pool_axes(self.axes, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)

    def _check(self) -> None:
        flag("return_indices", self.return_indices)
        super()._check()


class MaxPool1d(_MaxPool):
    """The largest number of each window of a sequence (C, L).

    Example:
        >>> MaxPool1d(2).output_shape((8, 96))
        (8, 48)
    """

    axes = 1
    function = "max_pool1d"


class MaxPool2d(_MaxPool):
    """The largest number of each window of an image (C, H, W).

    Example:
        >>> MaxPool2d(2).output_shape((32, 11, 11))  # the last row and column are dropped
        (32, 5, 5)
    """

    axes = 2
    function = "max_pool2d"


class MaxPool3d(_MaxPool):
    """The largest number of each window of a volume (C, D, H, W).

    Example:
        >>> MaxPool3d(2).output_shape((8, 16, 32, 32))
        (8, 8, 16, 16)
    """

    axes = 3
    function = "max_pool3d"


class _SumPool(_Pool):
    """Pooling that adds up. In three axes PyTorch wants the window to fit into the input without its padding."""

    def _output_shape(self, input_shape: Shape) -> Shape:
        output = super()._output_shape(input_shape)
        if self.axes == 3:
            each_axis(_within, input_shape[1:], self._along)
        return output


@dataclass(frozen=True, repr=False, eq=False)
class _AvgPool(_SumPool):
    """The mean of each window."""

    kernel_size: Axes
    stride: Axes | None = None
    padding: Axes = 0
    ceil_mode: bool = False
    count_include_pad: bool = True  # changes the mean, not the shape

    @cached_property
    def _along(self) -> tuple[PoolAxis, ...]:
        return pool_axes(self.axes, self.kernel_size, self.stride, self.padding, 1, self.ceil_mode)

    def _check(self) -> None:
        flag("count_include_pad", self.count_include_pad)
        super()._check()


@dataclass(frozen=True, repr=False, eq=False)
class _DividedPool(_AvgPool):
    """The sum of each window, divided by a number of one's own."""

    divisor_override: int | None = None  # changes the mean, not the shape

    def _check(self) -> None:
        if self.divisor_override is not None and integer("divisor_override", self.divisor_override) == 0:
            raise ShapeError("`divisor_override` (=0) divides the sum of each window: it can't be 0.", got=0)
        super()._check()


class AvgPool1d(_AvgPool):
    """The mean of each window of a sequence (C, L).

    Example:
        >>> AvgPool1d(2).output_shape((8, 96))
        (8, 48)
    """

    axes = 1
    function = "avg_pool1d"


class AvgPool2d(_DividedPool):
    """The mean of each window of an image (C, H, W).

    Example:
        >>> AvgPool2d(2).output_shape((6, 28, 28))
        (6, 14, 14)
    """

    axes = 2
    function = "avg_pool2d"


class AvgPool3d(_DividedPool):
    """The mean of each window of a volume (C, D, H, W).

    Example:
        >>> AvgPool3d(2).output_shape((8, 16, 32, 32))
        (8, 8, 16, 16)
    """

    axes = 3
    function = "avg_pool3d"


@dataclass(frozen=True, repr=False, eq=False)
class _LPPool(_SumPool):
    """The norm of each window."""

    norm_type: float
    kernel_size: Axes
    stride: Axes | None = None
    ceil_mode: bool = False

    @cached_property
    def _along(self) -> tuple[PoolAxis, ...]:
        kernels = per_axis("kernel_size", self.kernel_size, self.axes, least=1, exact=True)
        return pool_axes(self.axes, kernels, self.stride, 0, 1, self.ceil_mode)

    def _check(self) -> None:
        if real("norm_type", self.norm_type) == 0:
            raise ShapeError("`norm_type` (=0) is the power of the norm: its root needs a number other than 0.", got=0)
        super()._check()


class LPPool1d(_LPPool):
    """The norm (Σ xᵖ)^(1/p) of each window of a sequence (C, L).

    Example:
        >>> LPPool1d(2, kernel_size=3).output_shape((8, 96))
        (8, 32)
    """

    axes = 1
    function = "lp_pool1d"

    def _check(self) -> None:
        integer("kernel_size", self.kernel_size, least=1)  # PyTorch takes no tuple here
        super()._check()


class LPPool2d(_LPPool):
    """The norm (Σ xᵖ)^(1/p) of each window of an image (C, H, W).

    Example:
        >>> LPPool2d(2, kernel_size=3, stride=2).output_shape((8, 28, 28))
        (8, 13, 13)
    """

    axes = 2
    function = "lp_pool2d"


class LPPool3d(_LPPool):
    """The norm (Σ xᵖ)^(1/p) of each window of a volume (C, D, H, W).

    Example:
        >>> LPPool3d(2, kernel_size=2).output_shape((8, 4, 28, 28))
        (8, 2, 14, 14)
    """

    axes = 3
    function = "lp_pool3d"


def _within(size: int, axis: PoolAxis) -> int:
    if axis.kernel_size > size:
        raise ShapeError(
            f"`kernel_size` (={axis.kernel_size}) must be at most the {size} pixels of the input, without padding.",
            f"Use kernel_size ≤ {size}.",
            expected=size,
            got=axis.kernel_size,
        )
    return size
