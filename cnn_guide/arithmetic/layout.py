"""Where the axes of the image lie among the dimensions of a tensor, and what its units see.

A dimension carries channels or other plain numbers, one axis of the image, or digits: parts of axes and plain numbers,
the last one running fastest. Flattening puts digits side by side; cutting a map into blocks takes an axis apart into
the block's digit and the digit inside the block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from .arguments import Shape
from .receptive_field import View

# What a digit may carry in place of an axis:
PLAIN = -1  # channels and other numbers that say nothing of a place
EVERYWHERE = -2  # places that all see the same, such as those of tokens after attention
UNKNOWN = -3  # places that can't be told from each other any more
OWED = -4  # plain numbers that see less than the view says, until all of them have been mixed


class Lost(Exception):  # noqa: N818 - it is caught inside: the places end here
    """The way of the units' places can't be followed; the message says why."""


class Digit(NamedTuple):
    """Part of a dimension: so many values, which carry an axis of the image (or one of the codes above).

    Args:
        size: how many values it takes.
        axis: the axis, or a code.
        stride: units of the axis between two neighbouring values.
    """

    size: int
    axis: int
    stride: int = 1


Dim: TypeAlias = int | tuple[Digit, ...] | None  # a whole axis, plain numbers, or digits


class Place:
    """What the numbers of a tensor see, and where they stand.

    Args:
        seen: the view of the units; where they are lost, it says why.
        dims: what each dimension carries.
    """

    __slots__ = ("dims", "seen")

    def __init__(self, seen: View, dims: tuple[Dim, ...]) -> None:
        self.seen = seen
        self.dims = dims

    @property
    def lost(self) -> str:
        """Why the units' places are unknown; empty where they are known."""
        if self.seen.lost:
            return self.seen.lost
        for dim in self.dims:
            if isinstance(dim, tuple) and any(digit.axis == OWED for digit in dim):
                return "a product of two maps was not summed over all places of one of them"
        return ""

    @property
    def view(self) -> View | None:
        """What the units see; None where their places are unknown."""
        return None if self.lost else self.seen

    @property
    def on_map(self) -> bool:
        """Whether the numbers still have places, rather than one number standing for all of them."""
        if self.seen.lost:
            return False
        if any(digit.axis == EVERYWHERE for digit in self.digits()):
            return True
        axes = {dim for dim in self.dims if isinstance(dim, int)} | {digit.axis for digit in self.digits()}
        jumps, units = self.seen.jump, self.seen.units
        return any(jumps[axis] or units[axis] > 1 for axis in axes if axis >= 0)

    def digits(self) -> list[Digit]:
        """The digits of all dimensions that have several or special ones."""
        return [digit for dim in self.dims if isinstance(dim, tuple) for digit in dim]


def lost_place(reason: str, axes: int) -> Place:
    """The place of a tensor with so many dimensions, of which nothing is known."""
    return Place(View.unknown(reason), (None,) * axes)


def digits_of(dim: Dim, size: int) -> tuple[Digit, ...]:
    """A dimension taken apart; a single value needs no digit."""
    if isinstance(dim, tuple):
        return dim
    return () if size == 1 else (Digit(size, PLAIN if dim is None else dim),)


def put_together(digits: Sequence[Digit], units: Shape) -> Dim:
    """A dimension made of digits, in its simplest form."""
    found: list[Digit] = []
    for digit in digits:
        last = found[-1] if found else None
        if last and last.axis == digit.axis and (digit.axis < 0 or last.stride == digit.size * digit.stride):
            found[-1] = Digit(last.size * digit.size, digit.axis, digit.stride)
        else:
            found.append(digit)
    if all(digit.axis == PLAIN for digit in found):
        return None
    if len(found) == 1 and found[0].axis >= 0 and found[0].size == units[found[0].axis]:
        return found[0].axis
    return tuple(found)


def reshaped(place: Place, before: Shape, after: Shape) -> Place:
    """The place of the same numbers in the same order, in another shape.

    Raises:
        Lost: if a new dimension would begin in the middle of a step along an axis.
    """
    left = [digit for dim, size in zip(place.dims, before, strict=True) for digit in digits_of(dim, size)]
    units = () if place.seen.lost else place.seen.units
    dims: list[Dim] = []
    for size in reversed(after):
        inside: list[Digit] = []
        while size > 1:
            digit = left.pop()
            inner = digit.size if size % digit.size == 0 else size
            if digit.size % inner:
                raise Lost(f"{before} is laid out as {after}, which cuts across an axis of the image")
            inside.insert(0, Digit(inner, digit.axis, digit.stride))
            if inner < digit.size:
                left.append(Digit(digit.size // inner, digit.axis, digit.stride * inner))
            size //= inner
        dims.insert(0, put_together(inside, units))
    return Place(place.seen, tuple(dims))
