"""Adaptive pooling: as many windows as the output is to have."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd, prod
from typing import ClassVar

from ..arguments import Shape, count, flag, integer
from ..costs import PER_NUMBER
from ..errors import ShapeError
from ..windows import Look, Own, Shares, Whole
from .base import Layer, check_map


@dataclass(frozen=True, repr=False, eq=False)
class _AdaptivePool(Layer):
    """Windows that share the map out."""

    axes: ClassVar[int]

    output_size: int | Sequence[int | None]

    def windows(self, input_shape: Shape) -> tuple[Look, ...]:
        """Windows that share the axis out; the whole axis where there is one."""
        return tuple(map(_share, input_shape[1:], self._output_shape(input_shape)[1:]))

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, self.axes)
        sizes = zip(input_shape[1:], self._sizes, strict=True)
        return (input_shape[0], *[n if size is None else size for n, size in sizes])

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        entries = prod(map(window_entries, input_shape[1:], output_shape[1:]))
        return PER_NUMBER[self.function] * input_shape[0] * entries

    @cached_property
    def _sizes(self) -> tuple[int | None, ...]:
        if not isinstance(self.output_size, (tuple, list)):
            return (integer("output_size", self.output_size, least=1),) * self.axes
        if len(self.output_size) != self.axes:
            raise ShapeError(
                f"`output_size` (={self.output_size!r}) has {count(len(self.output_size), 'value')}, but the layer has "
                f"{count(self.axes, 'axis')}.",
                expected=self.axes,
                got=len(self.output_size),
            )
        if self.axes == 1:  # only images and volumes have an axis to keep beside one to pool
            return (integer("output_size", self.output_size[0], least=1),)
        return tuple(None if size is None else integer("output_size", size, least=1) for size in self.output_size)

    def _check(self) -> None:
        self._sizes  # noqa: B018 - works the argument out, and refuses a wrong one


class AdaptiveAvgPool1d(_AdaptivePool):
    """Means over as many windows as the output is to have.

    Example:
        >>> AdaptiveAvgPool1d(1).output_shape((8, 96))
        (8, 1)
    """

    axes = 1
    function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptivePool):
    """Means over as many windows as the output is to have; with 1, global average pooling.

    Example:
        >>> AdaptiveAvgPool2d(1).output_shape((512, 7, 7))
        (512, 1, 1)
        >>> AdaptiveAvgPool2d((None, 3)).output_shape((512, 7, 7))  # None keeps an axis
        (512, 7, 3)
    """

    axes = 2
    function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptivePool):
    """Means over as many windows as the output is to have.

    Example:
        >>> AdaptiveAvgPool3d(1).output_shape((8, 4, 7, 7))
        (8, 1, 1, 1)
    """

    axes = 3
    function = "adaptive_avg_pool3d"


@dataclass(frozen=True, repr=False, eq=False)
class _AdaptiveMaxPool(_AdaptivePool):
    """The largest number of each of them."""

    return_indices: bool = False  # changes what PyTorch returns, not its shape

    def _check(self) -> None:
        flag("return_indices", self.return_indices)
        super()._check()


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Largest numbers of as many windows as the output is to have.

    Example:
        >>> AdaptiveMaxPool1d(4).output_shape((8, 96))
        (8, 4)
    """

    axes = 1
    function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Largest numbers of as many windows as the output is to have.

    Example:
        >>> AdaptiveMaxPool2d((2, 4)).output_shape((8, 28, 28))
        (8, 2, 4)
    """

    axes = 2
    function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Largest numbers of as many windows as the output is to have.

    Example:
        >>> AdaptiveMaxPool3d(2).output_shape((8, 4, 28, 28))
        (8, 2, 2, 2)
    """

    axes = 3
    function = "adaptive_max_pool3d"


def window_entries(inputs: int, outputs: int) -> int:
    """Entries of all windows [⌊i·n/o⌋, ⌈(i + 1)·n/o⌉) of one axis together: neighbours may share a pixel.

    Example:
        >>> window_entries(8, 2), window_entries(5, 3)  # 4 + 4, and 2 + 3 + 2
        (8, 7)
    """
    return inputs + outputs - gcd(inputs, outputs)


def _share(inputs: int, outputs: int) -> Look:
    if outputs == 1:
        return Whole()
    return Own() if inputs == outputs else Shares(inputs, outputs)
