"""Ways of looking: which units of its input's axis a unit of a layer's output reads."""

import struct
from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import gcd


class Look(ABC):
    """How the units of one axis of an output look at the units of one axis of the input.

    A look stays as it is made; two of the same kind with the same values are equal.
    """

    __slots__: tuple[str, ...] = ()  # the names of its values: light classes, since every import of layers makes them

    @abstractmethod
    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """Real units that this output unit reads, of an input axis with so many; padding is left out."""

    def covers(self, inputs: int, outputs: int) -> bool:
        """Whether each of so many output units is sure to read a real unit."""
        return True

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Look) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({values})"


class PeriodicLook(Look):
    """A look that repeats itself, so that it has a meaning on an axis without ends too."""

    __slots__ = ()

    @property
    @abstractmethod
    def period(self) -> tuple[int, int]:
        """So many units further in the output it reads the same pattern so many units further in the input."""

    @abstractmethod
    def endless(self, unit: int) -> range:
        """Units that this output unit reads on an axis without ends."""


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
            return _on_axis(places, inputs)
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
        return _on_axis(self.endless(unit), inputs)

    def covers(self, inputs: int, outputs: int) -> bool:
        """Whether the stamps leave no gap, neither between them nor behind the last."""
        last = (outputs - 1 + self.before - self.kernel_size) // self.stride + 1
        return self.dilation == 1 and self.kernel_size >= self.stride and last < inputs


class Shares(PeriodicLook):
    """Adaptive pooling: window i reaches from ⌊i·n/o⌋ to ⌈(i+1)·n/o⌉.

    Example:
        >>> [list(Shares(5, 3).sources(unit, inputs=5)) for unit in range(3)]
        [[0, 1], [1, 2, 3], [3, 4]]

    Args:
        inputs: units of the input axis, n.
        outputs: units of the output axis, o.
    """

    __slots__ = ("inputs", "outputs")

    def __init__(self, inputs: int, outputs: int) -> None:
        self.inputs = inputs
        self.outputs = outputs

    @property
    def period(self) -> tuple[int, int]:
        """The ratio of the two sizes in lowest terms."""
        common = gcd(self.inputs, self.outputs)
        return self.outputs // common, self.inputs // common

    def endless(self, unit: int) -> range:
        """The window."""
        return range(unit * self.inputs // self.outputs, -(-(unit + 1) * self.inputs // self.outputs))

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """The window, which always lies inside."""
        return self.endless(unit)


class Resampling(PeriodicLook):
    """Upsampling and downsampling by interpolation, as in PyTorch.

    Example:
        >>> list(Resampling("nearest", 4, 8).sources(3, inputs=4))
        [1]
        >>> list(Resampling("bilinear", 4, 8).sources(3, inputs=4))  # place (3 + 1/2) / 2 - 1/2 = 1.25
        [1, 2]

    Args:
        mode: "nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic" or "area".
        inputs: units of the input axis.
        outputs: units of the output axis.
        scale: the factor, where it was given in place of a size and PyTorch goes by it.
        align_corners: whether the outermost units of both axes share their centres.
    """

    __slots__ = ("align_corners", "inputs", "mode", "outputs", "ratio", "scale")

    def __init__(
        self, mode: str, inputs: int, outputs: int, scale: float | None = None, align_corners: bool = False
    ) -> None:
        self.mode, self.inputs, self.outputs = mode, inputs, outputs
        self.scale, self.align_corners = scale, align_corners
        if align_corners:
            ratio = inputs - 1, max(outputs - 1, 1)
        elif scale is None or (inputs == outputs and mode.endswith("linear")):
            ratio = inputs, outputs
        else:
            ratio = _inverse(scale)
        common = gcd(*ratio)
        self.ratio = ratio[0] // common, ratio[1] // common  # so many input units for so many output units

    @property
    def period(self) -> tuple[int, int]:
        """The ratio of the two sizes in lowest terms."""
        return self.ratio[1], self.ratio[0]

    def endless(self, unit: int) -> range:
        """Units with a weight above 0, or below it in bicubic interpolation."""
        number, parts = self.ratio
        if self.mode == "area":
            return range(unit * number // parts, -(-(unit + 1) * number // parts))
        if self.mode == "nearest":
            return range(unit * number // parts, unit * number // parts + 1)
        if self.align_corners:
            whole, rest = divmod(unit * number, parts)
        else:  # the centre lies at (unit + 1/2) * ratio - 1/2
            shift = 0 if self.mode == "nearest-exact" else parts
            whole, rest = divmod((2 * unit + 1) * number - shift, 2 * parts)
        if self.mode == "nearest-exact" or not rest:
            return range(whole, whole + 1)
        return range(whole - 1, whole + 3) if self.mode == "bicubic" else range(whole, whole + 2)

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """Those units; beyond the ends of the axis its outermost unit stands for them."""
        places = self.endless(unit)
        if self.mode.startswith("nearest"):
            places = range(self._nearest(unit), self._nearest(unit) + 1)
        if places[0] >= 0 and places[-1] < inputs:
            return places
        return sorted({_replicated(place, inputs) for place in places})

    def _nearest(self, unit: int) -> int:
        """PyTorch finds the nearest unit in single precision, which may round to its neighbour."""
        scale = _single(self.inputs / self.outputs if self.scale is None else 1 / self.scale)
        return int(_single((unit + 0.5 if self.mode == "nearest-exact" else unit) * scale))


class Repeat(PeriodicLook):
    """Pixel shuffle and broadcasting: so many output units in a row read the same unit.

    Example:
        >>> [list(Repeat(2).sources(unit, inputs=2)) for unit in range(4)]
        [[0], [0], [1], [1]]

    Args:
        factor: output units for each input unit.
    """

    __slots__ = ("factor",)

    def __init__(self, factor: int) -> None:
        self.factor = factor

    @property
    def period(self) -> tuple[int, int]:
        """One factor further it reads one unit further."""
        return self.factor, 1

    def endless(self, unit: int) -> range:
        """The one unit."""
        return range(unit // self.factor, unit // self.factor + 1)

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """The one unit."""
        return self.endless(unit)


class Own(PeriodicLook):
    """Every unit reads the unit at its own place only.

    Example:
        >>> list(Own().sources(3, inputs=8))
        [3]
    """

    @property
    def period(self) -> tuple[int, int]:
        """One unit further it reads one unit further."""
        return 1, 1

    def endless(self, unit: int) -> range:
        """The one unit."""
        return range(unit, unit + 1)

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """The one unit."""
        return (unit,)


class Whole(Look):
    """Every unit reads the whole axis: global pooling, dense layers, attention.

    Example:
        >>> list(Whole().sources(3, inputs=8))
        [0, 1, 2, 3, 4, 5, 6, 7]
    """

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """All units."""
        return range(inputs)


class Past(Look):
    """A recurrent layer or a running sum: a unit reads its own place and all before it.

    Example:
        >>> list(Past().sources(3, inputs=8))
        [0, 1, 2, 3]
    """

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """All units up to its own place."""
        return range(unit + 1)


class Mirror(PeriodicLook):
    """A flipped axis: the first unit reads the last.

    Example:
        >>> list(Mirror(8).sources(0, inputs=8))
        [7]

    Args:
        inputs: units of the axis.
    """

    __slots__ = ("inputs",)

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs

    @property
    def period(self) -> tuple[int, int]:
        """One unit further it reads one unit back."""
        return 1, -1

    def endless(self, unit: int) -> range:
        """The opposite unit."""
        return range(self.inputs - 1 - unit, self.inputs - unit)

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """The opposite unit."""
        return self.endless(unit)


class Piece(Look):
    """One piece of an axis put together from several: its units follow `start` others.

    Example:
        >>> [list(Piece(2).sources(unit, inputs=1)) for unit in range(4)]
        [[], [], [0], []]

    Args:
        start: units in front of the piece.
    """

    __slots__ = ("start",)

    def __init__(self, start: int) -> None:
        self.start = start

    def sources(self, unit: int, inputs: int) -> Sequence[int]:
        """The unit of this piece, if the place belongs to it."""
        return _on_axis(range(unit - self.start, unit - self.start + 1), inputs)

    def covers(self, inputs: int, outputs: int) -> bool:
        """Whether there is no other piece."""
        return inputs == outputs


def _on_axis(places: range, inputs: int) -> range:
    """The places from 0 up to the end of the axis."""
    first = places.start if places.start >= 0 else places.start % places.step
    return range(first, min(places.stop, inputs), places.step)


def _replicated(place: int, inputs: int) -> int:
    return min(max(place, 0), inputs - 1)


def _reflected(place: int, inputs: int) -> int:
    return inputs - 1 - abs(inputs - 1 - abs(place))


def _circular(place: int, inputs: int) -> int:
    return place % inputs


_PADDING = {"reflect": _reflected, "replicate": _replicated, "circular": _circular}


def _inverse(scale: float) -> tuple[int, int]:
    """1 / scale as a ratio of whole numbers; 0.1 is meant as 1/10."""
    from fractions import Fraction  # it loads much, and hardly anybody scales by a fraction

    ratio = 1 / Fraction(scale).limit_denominator(10_000)
    return ratio.numerator, ratio.denominator


def _single(number: float) -> float:
    """The number rounded to single precision."""
    return float(struct.unpack("f", struct.pack("f", number))[0])
