"""Ways of looking at an axis that is brought to another size: adaptive pooling and interpolation."""

import struct
from collections.abc import Sequence
from math import gcd

from .looks import PeriodicLook


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
        return sorted({min(max(place, 0), inputs - 1) for place in places})

    def _nearest(self, unit: int) -> int:
        """PyTorch finds the nearest unit in single precision, which may round to its neighbour."""
        scale = _single(self.inputs / self.outputs if self.scale is None else 1 / self.scale)
        return int(_single((unit + 0.5 if self.mode == "nearest-exact" else unit) * scale))


def _inverse(scale: float) -> tuple[int, int]:
    """1 / scale as a ratio of whole numbers; 0.1 is meant as 1/10."""
    from fractions import Fraction  # it loads much, and hardly anybody scales by a fraction

    ratio = 1 / Fraction(scale).limit_denominator(10_000)
    return ratio.numerator, ratio.denominator


def _single(number: float) -> float:
    """The number rounded to single precision."""
    return float(struct.unpack("f", struct.pack("f", number))[0])
