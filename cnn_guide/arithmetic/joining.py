"""Places of numbers that are computed from several tensors, one by one or side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from operator import floordiv, mul

from .arguments import Shape
from .layout import EVERYWHERE, UNKNOWN, Digit, Dim, Lost, Place, digits_of, put_together
from .mixing import slid, spread
from .receptive_field import View
from .windows import Own, Piece, Repeat

_OWN = Own()


def joined(places: Sequence[tuple[Place, Shape]], shape: Shape) -> Place:
    """The place of numbers that are computed one by one from numbers of several tensors, by PyTorch's broadcasting.

    Args:
        places: where the numbers stand, and the shapes of their tensors.
        shape: shape of the result.

    Raises:
        Lost: if the axes lie differently in the tensors.
    """
    dims = places[0][0].dims
    for place, before in places:
        if place.dims != dims or before != shape or place.seen.lost:
            break
    else:  # the frequent case: maps that lie alike
        return Place(View.united([place.seen for place, _ in places]), dims)
    aligned = [_broadcast(place, before, shape) for place, before in places]
    first = aligned[0].dims
    if any(place.seen.lost for place in aligned):
        return _joined_unknown(aligned, shape)
    if any(place.dims != first for place in aligned):
        aligned = _laid_alike(aligned, shape)
    return Place(View.united([place.seen for place in aligned]), aligned[0].dims)


def concatenated(places: Sequence[tuple[Place | None, Shape]], shape: Shape, dim: int) -> Place:
    """The place of numbers that stand side by side along a dimension; None stands for numbers that see nothing.

    Raises:
        Lost: if the axes lie differently in the tensors.
    """
    dims = places[0][0].dims if places[0][0] else ()
    if all(place and place.dims == dims and not place.seen.lost for place, _ in places) and dims[dim] is None:
        return Place(View.united([place.seen for place, _ in places if place]), dims)  # the frequent case, channels
    ends = list(accumulate(before[dim] for _, before in places))
    parts = [(p, before, end - before[dim]) for (p, before), end in zip(places, ends, strict=True) if p]
    if any(place.seen.lost for place, _, _ in parts):
        return _joined_unknown([place for place, _, _ in parts], shape)
    axes = {axis for place, _, _ in parts for axis in _axes((place.dims[dim],))}
    if not axes:
        return joined([(place, shape) for place, _, _ in parts], shape)
    axis = axes.pop()
    if axes or any(place.dims[dim] not in (None, axis) for place, _, _ in parts):
        marked = [Place(place.seen, _marked(place.dims)) for place, _, _ in parts]
        return _joined_unknown(marked, shape, "flattened maps stand side by side")
    pieces = []
    for place, before, start in parts:
        whole = place if place.dims[dim] == axis else spread(place, dim, axis, before[dim])
        pieces.append((slid(whole, before, {dim: Piece(start)}, shape), shape))
    return joined(pieces, shape)


def _broadcast(place: Place, before: Shape, after: Shape) -> Place:
    if before == after:
        return place
    sizes = (1,) * (len(after) - len(before)) + before
    dims = (None,) * (len(after) - len(before)) + place.dims
    kept = (dim if old == new else None for dim, old, new in zip(dims, sizes, after, strict=True))
    return Place(place.seen, tuple(kept))


def _laid_alike(places: Sequence[Place], shape: Shape) -> list[Place]:
    """The same places with the same dimensions in each; what stands once for several units is repeated."""
    units = tuple(map(max, zip(*[place.seen.units for place in places], strict=True)))
    if any(most % have for place in places for most, have in zip(units, place.seen.units, strict=True)):
        raise Lost("it joins maps with different numbers of units along an axis")
    times = [tuple(map(floordiv, units, place.seen.units)) for place in places]
    dims: list[Dim] = []
    for column, size in zip(zip(*[place.dims for place in places], strict=True), shape, strict=True):
        digits = [
            [d._replace(stride=d.stride * often[d.axis]) if d.axis >= 0 else d for d in digits_of(dim, size)]
            for dim, often in zip(column, times, strict=True)
        ]
        dims.append(put_together([_shared(alike, times) for alike in _matched(digits)], units))
    return [Place(_repeated(place.seen, often), tuple(dims)) for place, often in zip(places, times, strict=True)]


def _repeated(view: View, times: Shape) -> View:
    looks = [Repeat(often) if often > 1 else _OWN for often in times]
    return view.through(looks if max(times) > 1 else (), tuple(map(mul, view.units, times)))


def _matched(columns: Sequence[list[Digit]]) -> list[tuple[Digit, ...]]:
    """The digits of several tensors cut into pieces of the same sizes, and put beside each other."""
    found: list[tuple[Digit, ...]] = []
    left = [list(digits) for digits in columns]
    while any(left):
        last = [digits.pop() for digits in left]
        size = min(digit.size for digit in last)
        for digits, digit in zip(left, last, strict=True):
            if digit.size % size:
                raise Lost("it joins maps that are cut into blocks of different sizes")
            if digit.size > size:
                digits.append(Digit(digit.size // size, digit.axis, digit.stride * size))
        found.insert(0, tuple(digit._replace(size=size) for digit in last))
    return found


def _shared(digits: Sequence[Digit], times: Sequence[Shape]) -> Digit:
    """The digit that says most of several; the others must stand for all its values at once."""
    best = max(digits, key=_axis)
    if best.axis < 0:
        return min(digits, key=_axis)
    for digit, often in zip(digits, times, strict=True):
        if digit != best and (digit.axis >= 0 or best.stride * best.size > often[best.axis]):
            raise Lost("it joins maps whose axes lie on different dimensions")
    return best


def _axis(digit: Digit) -> int:
    return digit.axis


def _axes(dims: Sequence[Dim | Digit]) -> set[int]:
    """Axes that stand on some dimensions, or in some digits."""
    found: set[int] = set()
    for dim in dims:
        if isinstance(dim, Digit):
            found.add(dim.axis)
        elif dim is not None:
            found |= {dim} if isinstance(dim, int) else _axes(dim)
    return {axis for axis in found if axis >= 0}


def _marked(dims: Sequence[Dim]) -> tuple[Dim, ...]:
    """Unknown places wherever there were some."""
    return tuple(None if dim is None else (Digit(1, UNKNOWN),) for dim in dims)


def _joined_unknown(places: Sequence[Place], shape: Shape, reason: str = "") -> Place:
    """Numbers computed from some whose places are unknown: known again only where the others see all that these see."""
    lost = [place for place in places if place.seen.lost]
    known = [place for place in places if not place.seen.lost]
    columns = zip(*[place.dims for place in places], strict=True)
    code = EVERYWHERE if lost and known and all(_sees_all(known, place) for place in lost) else UNKNOWN
    marks = tuple(
        None if set(column) == {None} else (Digit(n, code),) for column, n in zip(columns, shape, strict=True)
    )
    if code == UNKNOWN:
        return Place(View.unknown(lost[0].seen.lost if lost else reason, [place.seen for place in places]), marks)
    rest = joined([(place, shape) for place in known], shape)
    return Place(rest.seen, tuple(dim if dim is not None else mark for dim, mark in zip(rest.dims, marks, strict=True)))


def _sees_all(known: Sequence[Place], lost: Place) -> bool:
    """Whether units that stand for all places see whatever the lost ones can see."""
    wide = [place.seen for place in known if not _axes(place.dims) and set(place.seen.units) == {1}]
    seen = [[sight.pixels(0) for sight in term] for view in wide for term in view.terms]
    pool = lost.seen.through(None, ()).terms if lost.seen.parents else ()
    return bool(pool) and all(
        any(all(map(set.issuperset, box, [sight.pixels(0) for sight in term])) for box in seen) for term in pool
    )
