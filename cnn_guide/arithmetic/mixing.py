"""Places of numbers that depend on several others along a dimension."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .arguments import Shape
from .layout import EVERYWHERE, OWED, PLAIN, UNKNOWN, Digit, Dim, Lost, Place, digits_of, put_together
from .receptive_field import View
from .windows import Look, Own, Repeat, Whole, Window

_OWN, _WHOLE = Own(), Whole()


def mixed(place: Place, shape: Shape, dims: Collection[int], stir: bool = False) -> Place:
    """The place of numbers of which each depends on all numbers along some dimensions.

    Args:
        place: where the numbers stood before.
        shape: shape of their tensor.
        dims: the dimensions, from 0, which carry plain numbers afterwards.
        stir: whether these keep their places, as in softmax.

    Raises:
        Lost: if only parts of an axis are mixed that make no window.
    """
    if all(place.dims[dim] is None for dim in dims):
        return place
    gone = [digit for dim in dims for digit in digits_of(place.dims[dim], shape[dim])]
    kept = [digit for dim, size in enumerate(shape) if dim not in dims for digit in digits_of(place.dims[dim], size)]
    if place.seen.lost:
        return _mixed_unknown(place, dims, any(digit.axis == UNKNOWN for digit in kept), stir)
    looks: dict[int, Look] = {}
    units = list(place.seen.units)
    for axis in {digit.axis for digit in gone if digit.axis >= 0}:
        inner, outer = ([digit for digit in part if digit.axis == axis] for part in (gone, kept))
        looks[axis] = _window(inner, outer) if outer else _WHOLE
        units[axis] = outer[0].size if outer else units[axis] if stir else 1
    view = place.seen.through([looks.get(axis, _OWN) for axis in range(len(units))], tuple(units))
    partly = {axis for axis, look in looks.items() if look is not _WHOLE}
    left = (
        _left(digits_of(dim, size), partly, tuple(units), place in dims, stir)
        for place, (dim, size) in enumerate(zip(place.dims, shape, strict=True))
    )
    return Place(view, tuple(left))


def _window(inner: Sequence[Digit], outer: Sequence[Digit]) -> Window:
    """How units with one digit of an axis see all those with any other digit."""
    if len(inner) > 1 or len(outer) > 1:
        raise Lost("it mixes parts of an axis that has been cut into more than two")
    return Window(inner[0].size, stride=outer[0].stride, dilation=inner[0].stride)


def slid(place: Place, shape: Shape, looks: Mapping[int, Look], after: Shape) -> Place:
    """The place of numbers that look at others along some dimensions.

    Args:
        place: where the others stand.
        shape: shape of their tensor.
        looks: how each dimension is looked at, from 0.
        after: shape of the result.

    Raises:
        Lost: if a dimension carries more than one axis.
    """
    if place.seen.lost:
        return Place(View.unknown(place.seen.lost), place.dims)
    for dim, look in looks.items():
        place = _with_axis(place, dim, shape[dim], look, after[dim])
    by_axis = {axis: (looks[dim], after[dim]) for dim in looks if isinstance(axis := place.dims[dim], int)}
    if not by_axis:
        return place
    units = place.seen.units
    ways = [by_axis.get(axis, (_OWN, count)) for axis, count in enumerate(units)]
    return Place(place.seen.through([look for look, _ in ways], tuple(count for _, count in ways)), place.dims)


def _with_axis(place: Place, dim: int, size: int, look: Look, units: int) -> Place:
    """The same with a whole axis on this dimension, unless the look treats all its numbers alike."""
    carries = place.dims[dim]
    if isinstance(carries, int):
        return place
    first, *rest = carries or (Digit(size, PLAIN),)
    if any(digit.axis not in (PLAIN, EVERYWHERE) for digit in rest):
        raise Lost("it looks along a dimension that carries more than one axis of the image")
    if first.axis in (PLAIN, EVERYWHERE):
        if look.covers(size, units):
            return place
        free = [axis for axis in _off_the_map(place) if place.seen.units[axis] == 1]
        if not free:
            raise Lost("it pads a dimension that carries no axis of the image")
        return spread(place, dim, free[0], size)  # so that units which see only padding are told from the others
    if (first.size, first.stride) != (place.seen.units[first.axis], 1):
        raise Lost("it looks along a dimension that carries a part of an axis of the image")
    return spread(place, dim, first.axis, size // first.size)


def spread(place: Place, dim: int, axis: int, times: int) -> Place:
    """The same with the axis on this dimension, each of its units so many times in a row."""
    units = place.seen.units
    looks = [Repeat(times) if number == axis else _OWN for number in range(len(units))]
    sizes = tuple(count * times if number == axis else count for number, count in enumerate(units))
    dims = (*place.dims[:dim], axis, *place.dims[dim + 1 :])
    return Place(place.seen.through(looks, sizes), dims)


def _off_the_map(place: Place) -> list[int]:
    """Axes that no dimension carries: every unit sees the same along them."""
    carried = {dim for dim in place.dims if isinstance(dim, int)} | {digit.axis for digit in place.digits()}
    return [axis for axis in range(len(place.seen.units)) if axis not in carried]


def _left(digits: tuple[Digit, ...], partly: set[int], units: Shape, mixed: bool, stir: bool) -> Dim:
    """What a dimension carries after mixing, where parts of these axes were mixed."""
    if not mixed:
        return put_together([d._replace(stride=1) if d.axis in partly else d for d in digits], units)
    if not stir:
        return None
    return put_together([d._replace(axis=PLAIN) if d.axis in {*partly, OWED} else d for d in digits], units)


def _mixed_unknown(place: Place, dims: Collection[int], others: bool, stir: bool) -> Place:
    """Numbers that depend on all of the lost ones see all that these see."""
    if others:
        return place
    left = [_everywhere(dim) if stir or number not in dims else None for number, dim in enumerate(place.dims)]
    return Place(place.seen.through(None, ()), tuple(left))


def _everywhere(dim: Dim) -> Dim:
    """The same dimension, where all places see the same."""
    return tuple(Digit(digit.size, EVERYWHERE) for digit in dim) if isinstance(dim, tuple) else None


def picked(place: Place, shape: Shape, numbers: Mapping[int, int]) -> Place:
    """The place of one slice: at some dimensions a single number is taken, and the dimension falls away.

    Raises:
        Lost: if parts of an axis are taken that make no window, or numbers that see less than the view says.
    """
    kept = [
        (dim, size) for number, (dim, size) in enumerate(zip(place.dims, shape, strict=True)) if number not in numbers
    ]
    taken = [part for dim, index in numbers.items() for part in _values(digits_of(place.dims[dim], shape[dim]), index)]
    if any(digit.axis in (UNKNOWN, OWED) for digit, _ in taken):
        raise Lost(place.lost)
    by_axis: dict[int, int] = {}
    for digit, value in taken:
        if digit.axis >= 0:
            by_axis[digit.axis] = by_axis.get(digit.axis, 0) + value * digit.stride
    if not by_axis:
        return Place(place.seen, tuple(dim for dim, _ in kept))
    digits = [digits_of(dim, size) for dim, size in kept]
    looks: list[Look] = [_OWN] * len(place.seen.units)
    units = list(place.seen.units)
    for axis, start in by_axis.items():
        outer = [digit for dim in digits for digit in dim if digit.axis == axis]
        if len(outer) > 1:
            raise Lost("it picks from an axis that has been cut into more than two parts")
        looks[axis] = Window(1, outer[0].stride if outer else 1, -start)
        units[axis] = outer[0].size if outer else 1
    view = place.seen.through(looks, tuple(units))
    return Place(view, tuple(_left(dim, set(by_axis), tuple(units), False, False) for dim in digits))


def _values(digits: Sequence[Digit], index: int) -> list[tuple[Digit, int]]:
    """The value of each digit at an index of the dimension."""
    found = []
    for digit in reversed(digits):
        index, value = divmod(index, digit.size)
        found.append((digit, value))
    return found
