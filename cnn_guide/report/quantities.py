"""Numbers, shapes and amounts of memory, written for people: in full, and short where there is little room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TypeAlias

from ..arithmetic.arguments import Shape


class Bytes(int):
    """An amount of memory."""


Cell: TypeAlias = str | int | Shape | None  # None is left blank


def written(cell: Cell) -> str:
    """A cell in full.

    Example:
        >>> written(57274), written((16, 26, 26)), written(Bytes(229096)), written("shared"), written(None)
        ('57,274', '16 × 26 × 26', '229.1 kB', 'shared', '')
    """
    if isinstance(cell, tuple):
        return " × ".join(map(str, cell)) or "scalar"
    if isinstance(cell, Bytes):
        size, unit = _scaled(cell, ("B", "kB", "MB", "GB", "TB"))
        return f"{size:,.0f} B" if unit == "B" else f"{size:,.1f} {unit}"
    return f"{cell:,}" if isinstance(cell, int) else cell or ""


def shortened(cell: Cell) -> str:
    """A cell with three digits and a unit, or without spaces.

    Example:
        >>> shortened(57274), shortened(4089184256), shortened((16, 26, 26))
        ('57.3 k', '4.09 G', '16×26×26')
    """
    if isinstance(cell, tuple):
        return written(cell).replace(" ", "")
    if isinstance(cell, int) and cell > 9999:
        size, unit = _scaled(cell, ("", "k", "M", "G", "T"))
        return f"{size:.3g} {unit}"
    return written(cell)


def _scaled(number: int, units: Sequence[str]) -> tuple[float, str]:
    """A number in the unit that leaves at most three digits before the point."""
    size, left = float(number), list(units)
    while size >= 999.5 and len(left) > 1:
        size, left = size / 1000, left[1:]
    return size, left[0]


def share(part: int, whole: int) -> str:
    """A part as a percentage; nothing where it is below one percent.

    Example:
        >>> share(20, 80), share(1, 1000)
        ('25%', '')
    """
    return f"{part / whole:.0%}" if whole and part / whole >= 0.01 else ""


def signed(number: int) -> str:
    """A difference with its sign.

    Example:
        >>> signed(1200), signed(-1200), signed(0)
        ('+1,200', '−1,200', '0')
    """
    return f"{number:+,}".replace("-", "−") if number else "0"


def aligned(shapes: Iterable[Cell], space: str = " ") -> list[str]:
    """Shapes with each axis below the one before, filled up with spaces; anything else as it is.

    Example:
        >>> aligned([(16, 26, 26), (1000,), (8, 13, 9)])
        ['  16 × 26 × 26', '1000', '   8 × 13 ×  9']
    """
    cells = list(shapes)
    numbers = [list(map(str, cell)) for cell in cells if isinstance(cell, tuple)]
    widths = [max(map(len, axis)) for axis in zip_longest(*numbers, fillvalue="")]
    return [
        " × ".join(str(size).rjust(width, space) for size, width in zip(cell, widths, strict=False))
        if isinstance(cell, tuple) and cell
        else written(cell)
        for cell in cells
    ]


def listed(names: Sequence[str], most: int = 6) -> str:
    """The first names of a list, and how many follow.

    Example:
        >>> listed(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
