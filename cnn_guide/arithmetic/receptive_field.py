"""Receptive fields: what the units of a map see of the network's input, exactly, on any graph of layers.

Along each axis of the input a unit looks at units of the map before, which looked at units before, and so on. The way
back is kept, so that the pixels of a single unit can be asked for; the pattern on an image without ends is computed at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from .arguments import Shape
from .patterns import Pattern, Span, line_up, united
from .windows import Look, Own, Whole

Region: TypeAlias = tuple[Span | None, ...]

_OWN, _WHOLE = Own(), Whole()


class Sight:
    """What the units of one axis of a map see of one axis of the input.

    Args:
        units: how many units there are.
        pattern: what they see on an image without ends.
        parents: the sights through which they look, and how; none for the input itself.
    """

    __slots__ = ("blind", "depth", "parents", "pattern", "units")

    def __init__(self, units: int, pattern: Pattern, parents: tuple[tuple[Sight, Look], ...] = ()) -> None:
        self.units = units
        self.pattern = pattern
        self.parents = parents
        self.depth: int = 1 + max([parent.depth for parent, _ in parents], default=-1)
        self.blind = self._find_blind()

    @classmethod
    def of_input(cls, size: int) -> Sight:
        """Every unit sees its own pixel."""
        return cls(size, Pattern(((0, 0),), 1))

    @classmethod
    def united(cls, sights: Sequence[Sight]) -> Sight:
        """Units that see what the units of all of these see."""
        first = sights[0]
        if all(sight is first for sight in sights):
            return first
        pattern = united([sight.pattern for sight in sights], first.units)
        return cls(first.units, pattern, tuple((sight, _OWN) for sight in sights))

    def through(self, look: Look, units: int) -> Sight:
        """So many units that look at the present ones."""
        return Sight(units, self.pattern.through(look, self.units, units), ((self, look),))

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

    def _find_blind(self) -> frozenset[int]:
        """Units that see nothing of the image, since padding or a gap is all that they look at."""
        if all(not parent.blind and look.covers(parent.units, self.units) for parent, look in self.parents):
            return frozenset()
        return frozenset(unit for unit in range(self.units) if self._is_blind(unit))

    def _is_blind(self, unit: int) -> bool:
        return all(parent.blind.issuperset(look.sources(unit, parent.units)) for parent, look in self.parents)


class View:
    """What the units of a map see of the image, along each axis.

    A unit sees a rectangle, or several where branches met of which one can be blind at a place: these are its terms.

    Example:
        >>> from cnn_guide.arithmetic.windows import Window
        >>> view = View.of_input((28, 28)).through((Window(3), Window(3)), (26, 26))
        >>> view.size, view.region((0, 25))
        ((3, 3), ((0, 2), (25, 27)))

    Args:
        terms: a sight for each axis; a unit sees all terms.
        aligned: whether the fields of branches that met were centred on the same places.
        lost: why the units' places are unknown; empty where they are known.
    """

    __slots__ = ("_patterns", "aligned", "lost", "terms")

    def __init__(self, terms: tuple[tuple[Sight, ...], ...], aligned: bool = True, lost: str = "") -> None:
        self.terms = terms
        self.aligned = aligned
        self.lost = lost
        self._patterns: tuple[Pattern, ...] | None = None

    @classmethod
    def of_input(cls, sizes: Shape) -> View:
        """The image itself: every unit sees its own pixel."""
        made = {size: Sight.of_input(size) for size in sizes}  # axes with the same history share their sights
        return cls((tuple(made[size] for size in sizes),))

    @classmethod
    def united(cls, views: Sequence[View]) -> View:
        """What units see that get the sum of these maps, or their concatenation along the channels."""
        first = views[0]
        if all(view is first for view in views):
            return first
        terms = tuple(term for view in views for term in view.terms)
        lost = next((view.lost for view in views if view.lost), "")
        if lost:
            return cls(terms, lost=lost)
        units = first.units
        axes = set(zip(units, zip(*[view.patterns for view in views], strict=True), strict=True))
        aligned = all(view.aligned for view in views) and all(line_up(seen, count) for count, seen in axes)
        return cls(_merged(terms), aligned)

    def through(self, looks: Sequence[Look] | None, units: Shape) -> View:
        """What units see that look at these units.

        Args:
            looks: one an axis; () for the same place only, None for all units of all axes.
            units: how many there are along each axis; with None there is one, which all numbers of the output share.
        """
        if looks is None:
            ones = (1,) * len(self.terms[0]) if self.terms else ()
            terms = tuple(_through(term, (_WHOLE,) * len(term), ones) for term in self.terms)
            return View(_merged(terms), self.aligned, "" if terms else self.lost)
        if not looks:
            return self
        if self.lost:
            return View((), lost=self.lost)
        return View(tuple(_through(term, looks, units) for term in self.terms), self.aligned)

    @property
    def units(self) -> Shape:
        """How many units there are along each axis."""
        return tuple(sight.units for sight in self.terms[0])

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """What the units see on an image without ends, along each axis."""
        if self._patterns is None:
            self._patterns = tuple(map(_pattern, zip(*self.terms, strict=True)))
        return self._patterns

    @property
    def size(self) -> Shape:
        """Pixels that a unit sees along each axis, on an image without ends; the largest where units differ."""
        return tuple(pattern.size for pattern in self.patterns)

    @property
    def jump(self) -> tuple[int | Fraction, ...]:
        """Pixels between the fields of two neighbours, on average; 0 where all units see the same."""
        return tuple(pattern.jump for pattern in self.patterns)

    @property
    def start(self) -> Shape:
        """First pixel that the first unit sees along each axis; below 0 it lies in the padding."""
        return tuple(pattern.start for pattern in self.patterns)

    @property
    def uniform(self) -> tuple[bool, ...]:
        """Whether all units see equally many pixels along each axis."""
        return tuple(pattern.uniform for pattern in self.patterns)

    def region(self, unit: Sequence[int]) -> Region:
        """First and last pixel of the image that a unit sees along each axis; None where it sees nothing.

        Args:
            unit: its place, an index an axis.

        Raises:
            ValueError: if there is no such unit.
        """
        place = tuple(unit)
        if len(place) != len(self.units) or any(not 0 <= i < n for i, n in zip(place, self.units, strict=False)):
            raise ValueError(f"`unit` (={place}) must be an index below {self.units}, one for each axis.")
        seen = [[sight.pixels(i) for sight, i in zip(term, place, strict=True)] for term in self.terms]
        boxes = [pixels for pixels in seen if all(pixels)]
        if not boxes:
            return (None,) * len(place)
        return tuple((min(map(min, axis)), max(map(max, axis))) for axis in zip(*boxes, strict=True))


def _depth(sight: Sight) -> int:
    return sight.depth


def _through(term: tuple[Sight, ...], looks: Sequence[Look], units: Shape) -> tuple[Sight, ...]:
    """Each axis through its look; neighbouring axes with the same history are computed once."""
    found: list[Sight] = []
    for axis, (sight, look, count) in enumerate(zip(term, looks, units, strict=True)):
        last = axis - 1
        if axis and sight is term[last] and count == units[last] and (look is looks[last] or look == looks[last]):
            found.append(found[last])
        elif isinstance(look, Own):
            found.append(sight)
        else:
            found.append(sight.through(look, count))
    return tuple(found)


def _merged(terms: tuple[tuple[Sight, ...], ...]) -> tuple[tuple[Sight, ...], ...]:
    """Fewer terms that say the same: along a single axis, or with the same blind units, spans can be put together."""
    if len(terms) < 2:
        return terms
    alike: dict[object, list[tuple[Sight, ...]]] = {}
    for term in terms:
        key = tuple(sight.blind for sight in term) if len(term) > 1 else ()
        alike.setdefault(key, []).append(term)
    return tuple(_together(group) for group in alike.values())


def _together(terms: Sequence[tuple[Sight, ...]]) -> tuple[Sight, ...]:
    found: list[Sight] = []
    axes = list(zip(*terms, strict=True))
    for axis, sights in enumerate(axes):
        same = axis and all(a is b for a, b in zip(sights, axes[axis - 1], strict=True))
        found.append(found[-1] if same else Sight.united(sights))
    return tuple(found)


def _pattern(sights: Sequence[Sight]) -> Pattern:
    return sights[0].pattern if len(sights) == 1 else united([sight.pattern for sight in sights], sights[0].units)
