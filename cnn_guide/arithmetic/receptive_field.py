"""Receptive fields: what the units of a map see of the network's input, exactly, on any graph of layers.

Along each axis of the input a unit looks at units of the map before, which looked at units before, and so on. The way
back is kept, so that the pixels of a single unit can be asked for; the pattern on an image without ends is computed at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from .arguments import Shape
from .patterns import PIXEL, Pattern, Span, hull, meet
from .sights import Term, image, looked_through, merged
from .windows import Look, Whole

if TYPE_CHECKING:
    from fractions import Fraction

Region: TypeAlias = tuple[Span | None, ...]

_WHOLE = Whole()


class View:
    """What the units of a map see of the image, along each axis.

    The pattern on an image without ends is computed at once; the single pixels when somebody asks for them.

    Example:
        >>> from cnn_guide.arithmetic.windows import Window
        >>> view = View.of_input((28, 28)).through((Window(3), Window(3)), (26, 26))
        >>> view.size, view.region((0, 25))
        ((3, 3), ((0, 2), (25, 27)))

    Args:
        units: how many units there are along each axis.
        patterns: what they see along each axis of an image without ends.
        parents: the views through which they look; none for the image itself.
        looks: how they look at a single parent, along each axis; () where they see what all parents see.
        aligned: whether the fields of branches that met were centred on the same places.
        lost: why the units' places are unknown, empty where they are known; the parents then hold all units.
    """

    parents: tuple[View, ...] = ()
    looks: Sequence[Look] = ()
    aligned: bool = True
    lost: str = ""
    _size: Shape | None = None
    _terms: tuple[Term, ...] | None = None

    def __init__(self, units: Shape, patterns: tuple[Pattern, ...], parents: tuple[View, ...] = ()) -> None:
        self.units = units
        self.patterns = patterns
        self.parents = parents

    @classmethod
    def of_input(cls, sizes: Shape) -> View:
        """The image itself: every unit sees its own pixel."""
        return cls(sizes, (PIXEL,) * len(sizes))

    @classmethod
    def unknown(cls, reason: str, views: Sequence[View] = ()) -> View:
        """Units whose places are unknown, of which it is known at most that they are those of these views."""
        known = (part for view in views for part in (view.parents if view.lost else (view,)))
        view = cls((), (), tuple({id(view): view for view in known}.values()))
        view.lost = reason
        return view

    @classmethod
    def united(cls, views: Sequence[View]) -> View:
        """What units see that get the sum of these maps, or their concatenation along the channels."""
        units = views[0].units
        axes = len(units)
        if units.count(units[0]) == axes and all([v.patterns.count(v.patterns[0]) == axes for v in views]):  # noqa: C419
            pattern, aligned = meet([view.patterns[0] for view in views], units[0])
            patterns: tuple[Pattern, ...] = (pattern,) * axes  # the frequent case of a square
        else:
            columns = zip(*[view.patterns for view in views], strict=True)
            met = [meet(column, count) for column, count in zip(columns, units, strict=True)]
            patterns, aligned = tuple(pattern for pattern, _ in met), all(lined_up for _, lined_up in met)
        union = cls(units, patterns, tuple(views))
        if not aligned or any([not view.aligned for view in views]):  # noqa: C419 - quicker on two or three views
            union.aligned = False
        return union

    def through(self, looks: Sequence[Look] | None, units: Shape) -> View:
        """What units see that look at these units.

        Args:
            looks: one an axis; () for the same place only, None for all units of all axes.
            units: how many there are along each axis; with None there is one, which all numbers of the output share.
        """
        if looks is None:
            return self._whole()
        if not looks:
            return self
        mine, seen, first = self.patterns, self.units, looks[0]
        patterns = [mine[0].through(first, seen[0], units[0])]
        for axis in range(1, len(looks)):
            if looks[axis] is first and mine[axis] is mine[0] and (seen[axis], units[axis]) == (seen[0], units[0]):
                patterns.append(patterns[0])  # the frequent case of a square
            else:
                patterns.append(mine[axis].through(looks[axis], seen[axis], units[axis]))
        view = View(units, tuple(patterns), (self,))
        view.looks = looks
        if not self.aligned:
            view.aligned = False
        return view

    def _whole(self) -> View:
        if not self.lost:
            axes = len(self.units)
            return self.through((_WHOLE,) * axes, (1,) * axes)
        return View.united([view._whole() for view in self.parents]) if self.parents else self

    @property
    def terms(self) -> tuple[Term, ...]:
        """What each unit sees, pixel by pixel: a rectangle, or several where branches met of which one can be blind."""
        pending = [self]
        while self._terms is None:  # a loop, since networks can be deeper than Python's stack
            view = pending[-1]
            missing = [parent for parent in view.parents if parent._terms is None]
            pending += missing
            if not missing and pending.pop()._terms is None:  # made already if it was pending twice
                view._terms = view._made_of([parent.terms for parent in view.parents])
        return self._terms

    def _made_of(self, parents: Sequence[tuple[Term, ...]]) -> tuple[Term, ...]:
        if not parents:
            return (image(self.units),)
        if self.looks:
            return merged([looked_through(term, self.looks, self.units) for term in parents[0]])
        return merged([term for terms in parents for term in terms])

    @property
    def size(self) -> Shape:
        """Pixels that a unit sees along each axis, on an image without ends; the largest where units differ."""
        if self._size is None:
            self._size = tuple([pattern.size for pattern in self.patterns])
        return self._size

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
        seen = [[sight.ends(i) for sight, i in zip(term, place, strict=True)] for term in self.terms]
        boxes = [[span for span in box if span] for box in seen if all(box)]
        if not boxes:
            return (None,) * len(place)
        return tuple(hull(axis) for axis in zip(*boxes, strict=True))
