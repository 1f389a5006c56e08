"""Ways of looking: which units of its input's axis a unit of a layer's output reads."""

from abc import ABC, abstractmethod
from collections.abc import Sequence


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
        return on_axis(range(unit - self.start, unit - self.start + 1), inputs)

    def covers(self, inputs: int, outputs: int) -> bool:
        """Whether there is no other piece."""
        return inputs == outputs


def on_axis(places: range, inputs: int) -> range:
    """The places from 0 up to the end of the axis.

    Example:
        >>> list(on_axis(range(-3, 6, 2), inputs=4))
        [1, 3]
    """
    first = places.start if places.start >= 0 else places.start % places.step
    return range(first, min(places.stop, inputs), places.step)
