"""What the units of one axis see of the image, pixel by pixel, by going back the way that data came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from .arguments import Shape
from .patterns import Span
from .windows import Look, Own

Blind: TypeAlias = frozenset[int]
Term: TypeAlias = tuple["Sight", ...]  # a sight for each axis of the image

_OWN = Own()
_NONE_BLIND: Blind = frozenset()


class Sight:
    """What the units of one axis of a map see of one axis of the image.

    Args:
        units: how many units there are.
        parents: the sights through which they look, and how; none for the image itself.
        blind: those that see nothing of the image, since padding or a gap is all that they look at.
    """

    __slots__ = ("_ends", "blind", "depth", "parents", "units")

    def __init__(self, units: int, parents: tuple[tuple[Sight, Look], ...] = (), blind: Blind = _NONE_BLIND) -> None:
        self.units = units
        self.parents = parents
        self.blind = blind
        self._ends: dict[int, Span | None] = {}
        self.depth: int = max((parent.depth for parent, _ in parents), default=-1) + 1

    @classmethod
    def united(cls, sights: Sequence[Sight]) -> Sight:
        """Units that see what the units of all of these see."""
        first = sights[0]
        if all(sight is first for sight in sights):
            return first
        blind = first.blind.intersection(*(sight.blind for sight in sights))
        return cls(first.units, tuple((sight, _OWN) for sight in sights), blind)

    def through(self, look: Look, units: int) -> Sight:
        """So many units that look at the present ones."""
        if isinstance(look, Own):
            return self
        blind = _NONE_BLIND
        if self.blind or not look.covers(self.units, units):
            read = (look.sources(unit, self.units) for unit in range(units))
            blind = frozenset(unit for unit, sources in enumerate(read) if self.blind.issuperset(sources))
        return Sight(units, ((self, look),), blind)

    def ends(self, unit: int) -> Span | None:
        """First and last pixel of the image that this unit sees; None where it sees none."""
        if unit not in self._ends:
            pixels = self.pixels(unit)
            self._ends[unit] = (min(pixels), max(pixels)) if pixels else None
        return self._ends[unit]

    def pixels(self, unit: int) -> set[int]:
        """All pixels of the input that this unit sees."""
        wanted = {self: {unit}}
        while True:
            sight = max(wanted, key=_depth)  # all that look at it are done
            units = wanted.pop(sight)
            if not sight.parents:
                return units
            for parent, look in sight.parents:
                read = wanted.setdefault(parent, set())
                for unit in units:
                    read.update(look.sources(unit, parent.units))


def image(sizes: Shape) -> Term:
    """The axes of an image; those of the same size share their sight."""
    made = {size: Sight(size) for size in sizes}
    return tuple(made[size] for size in sizes)


def looked_through(term: Term, looks: Sequence[Look], units: Shape) -> Term:
    """Each axis through its look; neighbouring axes with the same history are computed once."""
    found: list[Sight] = []
    for axis, (sight, look, count) in enumerate(zip(term, looks, units, strict=True)):
        if axis and sight is term[axis - 1] and look == looks[axis - 1] and count == units[axis - 1]:
            found.append(found[-1])
        else:
            found.append(sight.through(look, count))
    return tuple(found)


def merged(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Fewer terms that say the same: along a single axis, or with the same blind units, they can be put together."""
    alike: dict[tuple[Blind, ...], list[Term]] = {}
    for term in terms:
        alike.setdefault(tuple(sight.blind for sight in term) if len(term) > 1 else (), []).append(term)
    return tuple(_together(group) for group in alike.values())


def _together(terms: Sequence[Term]) -> Term:
    """The terms as one, axis by axis."""
    axes = list(zip(*terms, strict=True))
    made = {tuple(map(id, sights)): Sight.united(sights) for sights in axes}
    return tuple(made[tuple(map(id, sights))] for sights in axes)


def _depth(sight: Sight) -> int:
    return sight.depth
