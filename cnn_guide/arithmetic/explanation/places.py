"""How rows and columns are spoken of: `rows 3–5 and 9`, `1 column of zeros on the right`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, islice
from typing import NamedTuple, TypeVar

MOST = 6  # runs of pixels that are listed one by one
T = TypeVar("T")


class Place(NamedTuple):
    """The words for one axis, or for several that are treated alike."""

    axis: str  # "height and width"
    units: tuple[str, ...]  # ("row", "column")
    first: str  # "at the top and on the left"
    last: str  # "at the bottom and on the right"

    def some(self, count: int) -> str:
        """A number of rows or columns.

        Example:
            >>> place(2, [0, 1]).some(2)
            '2 rows or columns'
        """
        return f"{count} {' or '.join(_plural(unit, count) for unit in self.units)}"

    def listed(self, runs: Iterable[range]) -> str:
        """Pixels by their numbers, not all of them where there are many; nothing if there are none.

        Example:
            >>> place(2, [0]).listed([range(3, 6), range(9, 10)])
            'rows 3–5, 9'
        """
        shown = list(islice(runs, MOST + 1))
        count = sum(map(len, shown))
        pixels = [f"{run[0]}" if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in shown[:MOST]]
        more = ["…"] if len(shown) > MOST else []
        return (
            f"{' and '.join(_plural(unit, count) for unit in self.units)} {', '.join(pixels + more)}" if shown else ""
        )

    def never(self, done: str, runs: Iterable[range]) -> str:
        """The beginning of a sentence on pixels that something never happens to.

        Example:
            >>> place(2, [1]).never("read", [range(9, 10)])
            'Column 9 is never read'
        """
        first, *rest = islice(runs, MOST + 1)
        listed = self.listed([first, *rest])
        one = len(self.units) == 1 and len(first) == 1 and not rest
        return f"{listed[0].upper()}{listed[1:]} {'is' if one else 'are'} never {done}"

    def padded(self, before: int, after: int, filler: str) -> str:
        """A sentence about the padding.

        Example:
            >>> place(2, [1]).padded(1, 2, "of zeros")
            '1 column of zeros on the left and 2 columns of zeros on the right.'
        """
        if before == after:
            return f"{self._row(before, filler)} on each side." if before else "No padding."
        sides = ((before, self.first), (after, self.last))
        return f"{' and '.join(f'{self._row(pixels, filler)} {side}' for pixels, side in sides if pixels)}."

    def _row(self, pixels: int, filler: str) -> str:
        return f"{self.some(abs(pixels))} {filler if pixels > 0 else 'cut off'}"


_PLACES = {
    "pixels": Place("", ("pixel",), "at the start", "at the end"),
    "length": Place("length", ("place",), "at the start", "at the end"),
    "depth": Place("depth", ("slice",), "in front", "at the back"),
    "height": Place("height", ("row",), "at the top", "at the bottom"),
    "width": Place("width", ("column",), "on the left", "on the right"),
}
_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def place(axes: int, indices: Sequence[int]) -> Place:
    """The words for these axes out of so many."""
    names = _NAMES.get(axes)
    if names is None:
        numbers = " and ".join(map(str, indices))
        return Place(f"axis {numbers}", (f"place along axis {numbers}",), "at the start", "at the end")
    return _together([_PLACES[names[index]] for index in indices])


def alone() -> Place:
    """The words for a single row of pixels, whose axis has no name."""
    return _PLACES["pixels"]


def alike(settings: Sequence[T]) -> list[tuple[Place, T]]:
    """Neighbouring axes with the same settings, spoken of together.

    Example:
        >>> [(where.axis, numbers) for where, numbers in alike([(32, 3), (32, 3)])]
        [('height and width', (32, 3))]
    """
    groups = [list(group) for _, group in groupby(enumerate(settings), key=lambda entry: entry[1])]
    return [(place(len(settings), [index for index, _ in group]), group[0][1]) for group in groups]


def _together(places: Sequence[Place]) -> Place:
    return Place(
        _and([each.axis for each in places]),
        tuple(each.units[0] for each in places),
        _and([each.first for each in places]),
        _and([each.last for each in places]),
    )


def _and(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _plural(unit: str, count: int) -> str:
    if count == 1:
        return unit
    head, _, tail = unit.partition(" ")
    return f"{head}s {tail}".rstrip()
