"""Ways of looking of convolution and pooling; the other ways can be had from here too."""

from collections.abc import Sequence
from math import gcd

from .looks import Look, Mirror, Own, Past, PeriodicLook, Piece, Repeat, Whole, on_axis
from .resampling import Resampling, Shares

__all__ = [
    "Look",
    "Mirror",
    "Own",
    "Past",
    "PeriodicLook",
    "Piece",
    "Repeat",
    "Resampling",
    "Shares",
    "Stamp",
    "Whole",
    "Window",
]


class Window(PeriodicLook):
    """A window that slides: convolution, pooling, cropping, padding and pixel unshuffling.

    Example:
        >>> list(Window(3, stride=2, before=1).sources(0, inputs=8))  # place -1 is padding
        [0, 1]
        >>> list(Window(3, before=1, mode="circular").sources(0, inputs=8))
        [7, 0, 1]

    Args:
        kernel_size: places that the window has.
        stride: units between two windows.
        before: padding in front of the input, in units; below 0 the first window starts inside.
        dilation: units between two neighbouring places of a window.
        mode: what stands in the padding: "zeros", or the units that "reflect", "replicate" or "circular" put there.
    """

    __slots__ = ("before", "dilation", "kernel_size", "mode", "stride")

    def __init__(
        self, kernel_size: int, stride: int = 1, before: int = 0, dilation: int = 1, mode: str = "zeros"
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = stride
        self.before = before
        self.dilation = dilation
        self.mode = mode

    @property
    def period(self) -> tuple[int, int]:
        """One unit further it reads one stride further."""
        return 1, self.stride

    def endless(self, unit: int) -> range:
        """Every place of the window."""
        first = unit * self.stride - self.before
        return range(first, first + self.kernel_size * self.dilation, self.dilation)

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """The places that lie on the input, and the units that stand in the padding."""
        places = self.endless(unit)
        if places[0] >= 0 and places[-1] < inputs:
            return places
        if self.mode == "zeros":
            return on_axis(places, inputs)
        return [_PADDING[self.mode](place, inputs) for place in places]

    def covers(self, inputs: int, outputs: int) -> bool:
        """Whether no window lies in padding, neither at the ends nor with its places around a short input."""
        if self.mode != "zeros":
            return True
        reaches_in = self.before <= 0 or (
            (self.kernel_size - 1) * self.dilation >= self.before and self.dilation <= inputs
        )
        return reaches_in and (outputs - 1) * self.stride - self.before < inputs


class Stamp(PeriodicLook):
    """A transposed convolution: each input unit stamps the kernel on the output, a stride apart.

    Output unit o reads input unit i where o + before - i * stride = t * dilation for an entry t of the kernel.

    Example:
        >>> stamp = Stamp(3, stride=2)
        >>> [list(stamp.sources(unit, inputs=3)) for unit in range(5)]  # every second one lies under two stamps
        [[0], [0], [0, 1], [1], [1, 2]]

    Args:
        kernel_size: entries of the kernel.
        stride: output units between two stamps.
        before: output units cut off in front (the layer's `padding`).
        dilation: output units between two neighbouring entries of a stamp.
    """

    __slots__ = ("before", "dilation", "kernel_size", "stride")

    def __init__(self, kernel_size: int, stride: int = 1, before: int = 0, dilation: int = 1) -> None:
        self.kernel_size = kernel_size
        self.stride = stride
        self.before = before
        self.dilation = dilation

    @property
    def period(self) -> tuple[int, int]:
        """One stride further it reads one unit further."""
        return self.stride, 1

    def endless(self, unit: int) -> range:
        """Units whose stamp covers this one; there may be none."""
        place, common = unit + self.before, gcd(self.stride, self.dilation)
        each = self.stride // common  # every so many entries one falls on a unit
        entries = (t for t in range(min(each, self.kernel_size)) if (place - t * self.dilation) % self.stride == 0)
        first = next(entries, None)
        if first is None:
            return range(0)
        nearest = (place - first * self.dilation) // self.stride
        step, more = self.dilation // common, (self.kernel_size - 1 - first) // each
        return range(nearest - more * step, nearest + 1, step)

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """The units of the input whose stamp covers this one."""
        return on_axis(self.endless(unit), inputs)

    def covers(self, inputs: int, outputs: int) -> bool:
        """Whether the stamps leave no gap, neither between them nor behind the last."""
        last = (outputs - 1 + self.before - self.kernel_size) // self.stride + 1
        return self.dilation == 1 and self.kernel_size >= self.stride and last < inputs


def _replicated(place: int, inputs: int) -> int:
    return min(max(place, 0), inputs - 1)


def _reflected(place: int, inputs: int) -> int:
    return inputs - 1 - abs(inputs - 1 - abs(place))


def _circular(place: int, inputs: int) -> int:
    return place % inputs


_PADDING = {"reflect": _reflected, "replicate": _replicated, "circular": _circular}
