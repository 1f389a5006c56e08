"""Padding as a layer of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from ..arguments import Shape, integer, real
from ..errors import ShapeError
from ..padding import Pair, check_mirrored
from ..sizes import each_axis
from ..windows import Own, Window
from .base import Layer, alike, check_map


@dataclass(frozen=True, repr=False, eq=False)
class _Pad(Layer):
    """Pixels around a map."""

    axes: ClassVar[int]
    mode: ClassVar[str]
    function = "pad"

    padding: int | Sequence[int]

    def windows(self, input_shape: Shape) -> tuple[Window | Own, ...]:
        """A single pixel, so many places further on; axes in front of those that are padded stay as they are."""
        looks, axes = self._looks, len(input_shape) - 1
        if len(looks) == axes:
            return looks
        return (Own(),) * (axes - len(looks)) + looks[max(0, len(looks) - axes) :]

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, self.axes)
        return (input_shape[0], *each_axis(self._padded, input_shape[1:], self._pairs))

    def _padded(self, size: int, pair: Pair) -> int:
        check_mirrored(size, pair, self.mode)
        padded = size + pair[0] + pair[1]
        if padded < 1:
            raise ShapeError(
                f"`padding` (={pair}) cuts {-sum(pair)} pixels off the {size} of the input: nothing is left.",
                f"Cut off {size - 1} at most.",
                expected=1 - size,
                got=sum(pair),
            )
        return padded

    @cached_property
    def _pairs(self) -> tuple[Pair, ...]:
        """Before and after for each axis; PyTorch's tuples begin with the last axis."""
        if not isinstance(self.padding, (tuple, list)):
            return ((integer("padding", self.padding),) * 2,) * self.axes
        numbers = [integer("padding", number) for number in self.padding]
        self._check_length(numbers)
        return tuple(zip(numbers[-2::-2], numbers[::-2], strict=True))

    @cached_property
    def _looks(self) -> tuple[Window, ...]:
        return alike(Window, [(1, 1, before, 1, self.mode) for before, _ in self._pairs])

    def _check_length(self, numbers: list[int]) -> None:
        if len(numbers) != 2 * self.axes:
            raise ShapeError(
                f"`padding` (={self.padding!r}) must be one number, or {2 * self.axes}: before and after, the last "
                "axis first.",
                expected=2 * self.axes,
                got=len(numbers),
            )

    def _check(self) -> None:
        self._pairs  # noqa: B018 - works the argument out, and refuses a wrong one


class _ConstantPad(_Pad):
    """PyTorch pads the last axes of any shape with a constant, whatever the layer's name says."""

    mode = "zeros"

    def _output_shape(self, input_shape: Shape) -> Shape:
        kept = len(input_shape) - len(self._pairs)
        if kept < 0:
            check_map(input_shape, self.axes)
        return (*input_shape[:kept], *each_axis(self._padded, input_shape[kept:], self._pairs))

    def _padded(self, size: int, pair: Pair) -> int:
        if min(size + pair[0], size + min(pair[0], 0) + pair[1]) < 0:
            raise ShapeError(
                f"`padding` (={pair}) cuts more off than the {size} pixels of the input.",
                f"Cut off {size} at most.",
                expected=-size,
                got=min(pair),
            )
        return super()._padded(size, pair)

    def _check_length(self, numbers: list[int]) -> None:
        if not numbers or len(numbers) % 2:
            super()._check_length(numbers)


class ZeroPad1d(_ConstantPad):
    """Zeros around a sequence (C, L).

    Example:
        >>> ZeroPad1d((2, 0)).output_shape((8, 96))  # a causal convolution looks back only
        (8, 98)
    """

    axes = 1


class ZeroPad2d(_ConstantPad):
    """Zeros around an image (C, H, W).

    Example:
        >>> ZeroPad2d((0, 1, 0, 1)).output_shape((3, 28, 28))  # left, right, top, bottom
        (3, 29, 29)
        >>> ZeroPad2d(-2).output_shape((3, 28, 28))  # below 0 it crops
        (3, 24, 24)
    """

    axes = 2


class ZeroPad3d(_ConstantPad):
    """Zeros around a volume (C, D, H, W).

    Example:
        >>> ZeroPad3d(1).output_shape((1, 4, 28, 28))
        (1, 6, 30, 30)
    """

    axes = 3


@dataclass(frozen=True, repr=False, eq=False)
class _AnyConstantPad(_ConstantPad):
    """The same number in all of them."""

    value: float

    def _check(self) -> None:
        real("value", self.value)
        super()._check()


class ConstantPad1d(_AnyConstantPad):
    """One number, again and again, around a sequence (C, L).

    Example:
        >>> ConstantPad1d(2, 0.5).output_shape((8, 96))
        (8, 100)
    """

    axes = 1


class ConstantPad2d(_AnyConstantPad):
    """One number, again and again, around an image (C, H, W).

    Example:
        >>> ConstantPad2d(2, 0.5).output_shape((3, 28, 28))
        (3, 32, 32)
    """

    axes = 2


class ConstantPad3d(_AnyConstantPad):
    """One number, again and again, around a volume (C, D, H, W).

    Example:
        >>> ConstantPad3d(1, 0.5).output_shape((1, 4, 28, 28))
        (1, 6, 30, 30)
    """

    axes = 3


class ReflectionPad1d(_Pad):
    """A sequence (C, L) mirrored at its ends: c b | a b c d | c b.

    Example:
        >>> ReflectionPad1d(2).output_shape((8, 96))
        (8, 100)
    """

    axes = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """An image (C, H, W) mirrored at its borders.

    Example:
        >>> ReflectionPad2d(3).output_shape((3, 28, 28))
        (3, 34, 34)
    """

    axes = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """A volume (C, D, H, W) mirrored at its borders.

    Example:
        >>> ReflectionPad3d(1).output_shape((1, 4, 28, 28))
        (1, 6, 30, 30)
    """

    axes = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """The ends of a sequence (C, L) repeated: a a | a b c d | d d.

    Example:
        >>> ReplicationPad1d(2).output_shape((8, 96))
        (8, 100)
    """

    axes = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """The border of an image (C, H, W) repeated.

    Example:
        >>> ReplicationPad2d(3).output_shape((3, 28, 28))
        (3, 34, 34)
    """

    axes = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """The border of a volume (C, D, H, W) repeated.

    Example:
        >>> ReplicationPad3d(1).output_shape((1, 4, 28, 28))
        (1, 6, 30, 30)
    """

    axes = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """A sequence (C, L) closed to a ring: c d | a b c d | a b.

    Example:
        >>> CircularPad1d(2).output_shape((8, 96))
        (8, 100)
    """

    axes = 1
    mode = "circular"


class CircularPad2d(_Pad):
    """An image (C, H, W) whose opposite borders touch.

    Example:
        >>> CircularPad2d(3).output_shape((3, 28, 28))
        (3, 34, 34)
    """

    axes = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """A volume (C, D, H, W) whose opposite borders touch.

    Example:
        >>> CircularPad3d(1).output_shape((1, 4, 28, 28))
        (1, 6, 30, 30)
    """

    axes = 3
    mode = "circular"
