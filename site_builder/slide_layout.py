"""What stands on a slide, and how large: slides have a fixed size, so this is computed while the site is built.

A stage of 1280 × 720 pixels is scaled to whatever the slides are shown on. Code and its results are set one above the
other, or side by side, or on two slides: whichever makes the smallest of them largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1136, 516  # pixels below the heading
GAP = 20
LARGEST, SMALLEST = 30, 14  # type of code
COMFORTABLE = 24  # type of code that a lecture hall reads from the last row
PICTURE = 1.25  # how much larger than on the page a figure should be, for the same reader
ENLARGED = 1.9  # and at most
CROWDED = 0.74  # below this score, code and results go on two slides


@dataclass(frozen=True)
class Part:
    """Something on a slide: text of so many rows and columns, or a picture of so many pixels."""

    html: str
    rows: float = 0
    columns: float = 0
    width: float = 0
    height: float = 0
    code: bool = False

    def text_height(self, size: float) -> float:
        """Height at a type size: lines, padding and frame."""
        return self.rows * size * 1.45 + 30 if self.rows else 0

    def text_width(self, size: float) -> float:
        """Width at a type size; a letter of the code's type is 0.6 as wide as it is high."""
        return self.columns * size * 0.6 + 44 if self.rows else 0


@dataclass(frozen=True)
class Layout:
    """How parts are set, and how well they can be read: 1 is comfortable."""

    score: float
    size: float = LARGEST
    scale: float = 1
    beside: bool = False


def arrange(parts: Sequence[Part], height: float = HEIGHT) -> list[str]:
    """Return the bodies of the slides, one or more, that these parts fill.

    >>> code, output = Part("code", rows=8, columns=60, code=True), Part("output", rows=2, columns=20)
    >>> len(arrange([code, output]))
    1
    >>> len(arrange([code, Part("a long output", rows=30, columns=90)]))
    2
    """
    layout = best(parts, height)
    if layout.score >= CROWDED or len(parts) == 1:
        return [_body(parts, layout)]
    first = [part for part in parts if part.code] or list(parts[:1])
    rest = [part for part in parts if part not in first]
    return [_body(first, best(first, height)), *(arrange(rest, height) if rest else [])]


def best(parts: Sequence[Part], height: float = HEIGHT) -> Layout:
    """Return the layout in which the smallest type or picture is largest."""
    layouts = [
        layout
        for size in range(LARGEST, SMALLEST - 1, -1)
        for layout in (_stacked(parts, size, WIDTH, height), _beside(parts, size, height))
    ]
    return max(layouts, key=lambda layout: layout.score)


def _stacked(parts: Sequence[Part], size: float, width: float, height: float) -> Layout:
    """One above the other."""
    pictures = [part for part in parts if part.height]
    room = height - GAP * (len(parts) - 1) - sum(part.text_height(size) for part in parts)
    if room < 0 or any(part.text_width(size) > width for part in parts):
        return Layout(-1, SMALLEST)
    scale = ENLARGED
    if pictures:
        tall, wide = sum(part.height for part in pictures), max(part.width for part in pictures)
        scale = min(ENLARGED, room / tall, width / wide)
    texts = [size / COMFORTABLE] if any(part.rows for part in parts) else []
    return Layout(min([1.0, *texts, *([scale / PICTURE] if pictures else [])]), size, scale)


def _beside(parts: Sequence[Part], size: float, height: float) -> Layout:
    """Code on the left, what it gives on the right."""
    left, right = [part for part in parts if part.code], [part for part in parts if not part.code]
    if not left or not right:
        return Layout(-1, SMALLEST)
    taken = max(part.text_width(size) for part in left)
    over, under = _stacked(left, size, taken, height), _stacked(right, size, WIDTH - GAP - taken, height)
    return Layout(min(over.score, under.score), size, under.scale, beside=True)


def _body(parts: Sequence[Part], layout: Layout) -> str:
    """Sizes are given as properties, which count on slides and on paper; on a telephone the text flows."""
    columns = [parts]
    if layout.beside:
        columns = [[part for part in parts if part.code is code] for code in (True, False)]
    inner = "".join(f'<div class="part">{"".join(_sized(part, layout) for part in column)}</div>' for column in columns)
    kind = "parts parts--beside" if layout.beside else "parts"
    return f'<div class="{kind}" style="--code:{layout.size:g}px">{inner}</div>'


def _sized(part: Part, layout: Layout) -> str:
    if not part.height:
        return part.html
    width, height = (round(side * layout.scale) for side in (part.width, part.height))
    return f'<div class="picture" style="--w:{width}px;--h:{height}px">{part.html}</div>'
