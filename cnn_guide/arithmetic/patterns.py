"""What the units of one axis see on an image without ends: intervals that repeat themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .windows import Look, PeriodicLook, Shares, Whole, Window

if TYPE_CHECKING:
    from fractions import Fraction

Span: TypeAlias = tuple[int, int]  # first and last pixel


class Pattern(NamedTuple):
    """The spans of the first units, and how many pixels further the next ones lie.

    Example:
        >>> upsampled = Pattern(((0, 2), (0, 2)), 1)  # units in pairs; the next pair sees 1 pixel further
        >>> upsampled.at(5)
        (2, 4)

    Args:
        spans: first and last pixel of each unit until the pattern repeats itself; None for a unit that sees nothing.
        shift: pixels between a unit's span and that of the unit so many further; None where nothing repeats itself
            and the spans are those of all units that there are.
    """

    spans: tuple[Span | None, ...]
    shift: int | None

    def at(self, unit: int) -> Span | None:
        """First and last pixel that this unit sees."""
        if self.shift is None:
            return self.spans[unit]
        rounds, place = divmod(unit, len(self.spans))
        span = self.spans[place]
        return span and (span[0] + rounds * self.shift, span[1] + rounds * self.shift)

    @property
    def start(self) -> int:
        """First pixel of the first unit that sees any."""
        return next((span[0] for span in self.spans if span), 0)

    @property
    def size(self) -> int:
        """Pixels of the largest span."""
        if len(self.spans) == 1 and (span := self.spans[0]):
            return span[1] - span[0] + 1
        return max((last - first + 1 for first, last in filter(None, self.spans)), default=0)

    @property
    def uniform(self) -> bool:
        """Whether all units see equally many pixels."""
        return len({span and span[1] - span[0] for span in self.spans}) == 1

    @property
    def jump(self) -> int | Fraction:
        """Pixels from one unit's span to the next one's, on average."""
        if self.shift is not None:
            return _ratio(self.shift, len(self.spans))
        seen = [(unit, sum(span)) for unit, span in enumerate(self.spans) if span]
        (first, left), (last, right) = (seen[0], seen[-1]) if seen else ((0, 0), (0, 0))
        return _ratio(right - left, 2 * max(last - first, 1))

    def through(self, look: Look, inputs: int, outputs: int) -> Pattern:
        """The pattern of so many units that look in this way at so many units with the present one."""
        if isinstance(look, Window) and len(self.spans) == 1 and self.shift is not None and self.shift >= 0:
            return self._slid(look)
        if isinstance(look, Whole) or (isinstance(look, Shares) and outputs == 1):
            units = (0, inputs - 1) if len(self.spans) == 1 and self.shift is not None else range(inputs)
            return Pattern((hull(map(self.at, units)),), 0)
        if isinstance(look, PeriodicLook) and self.shift is not None:
            steps, inner = look.period
            rounds = len(self.spans) // gcd(len(self.spans), inner)
            if steps * rounds <= max(outputs, 1):
                spans = tuple(hull(map(self.at, look.endless(unit))) for unit in range(steps * rounds))
                return _shortest(spans, self.shift * (inner * rounds // len(self.spans)))
        return Pattern(tuple(hull(map(self.at, look.sources(unit, inputs))) for unit in range(outputs)), None)

    def _slid(self, look: Window) -> Pattern:
        """The short way for the frequent case: all units alike, under a window."""
        (span,), shift = self.spans, self.shift or 0
        if span is None:
            return self
        first, last = span[0] - look.before * shift, span[1] - look.before * shift
        return Pattern(((first, last + (look.kernel_size - 1) * look.dilation * shift),), look.stride * shift)


PIXEL = Pattern(((0, 0),), 1)  # every unit sees its own pixel


def meet(patterns: Sequence[Pattern], units: int) -> tuple[Pattern, bool]:
    """The pattern of units that see what the units of all of these see, and whether all have the same centres.

    Centres are compared on average over the units of a period: an upsampled map lines up with the map that it came
    from. Patterns in which all units see the same have no places to line up.

    Example:
        >>> meet([Pattern(((0, 0),), 2), Pattern(((-1, 1),), 2)], units=7)  # the centre of both is 0
        (Pattern(spans=((-1, 1),), shift=2), True)
    """
    spans, shift = patterns[0]
    span = spans[0]
    if len(spans) > 1 or span is None or shift is None:
        return _united(patterns, units), _line_up(patterns, units)
    first, last = span
    aligned = True
    for spans, other in patterns:  # the frequent case: each has one span, and all go on at the same pace
        span = spans[0]
        if len(spans) > 1 or span is None or other != shift:
            return _united(patterns, units), _line_up(patterns, units)
        aligned = aligned and (span[0] + span[1] == first + last or shift == 0)
        first, last = min(first, span[0]), max(last, span[1])
    return Pattern(((first, last),), shift), aligned


def _united(patterns: Sequence[Pattern], units: int) -> Pattern:
    count, shift = lcm(*(len(pattern.spans) for pattern in patterns)), _common_shift(patterns)
    if shift is None or count > units:
        return Pattern(tuple(hull(pattern.at(unit) for pattern in patterns) for unit in range(units)), None)
    spans = tuple(hull(pattern.at(unit) for pattern in patterns) for unit in range(count))
    return _shortest(spans, int(shift * count))


def _line_up(patterns: Sequence[Pattern], units: int) -> bool:
    moving = [pattern for pattern in patterns if pattern.shift != 0]
    shift = _common_shift(moving)
    count = units if shift is None else lcm(*(len(pattern.spans) for pattern in moving))
    spans = [[pattern.at(unit) for unit in range(count)] for pattern in moving]
    seen = [place for place in zip(*spans, strict=True) if None not in place]
    return len({sum(first + last for first, last in column) for column in zip(*seen, strict=True)}) < 2


def _common_shift(patterns: Sequence[Pattern]) -> int | Fraction | None:
    """Pixels from unit to unit, if they are the same in all patterns."""
    shifts = {None if pattern.shift is None else pattern.jump for pattern in patterns}
    return shifts.pop() if len(shifts) == 1 else None


def _ratio(number: int, parts: int) -> int | Fraction:
    if number % parts == 0:
        return number // parts
    from fractions import Fraction  # it loads much, and few networks upsample

    return Fraction(number, parts)


def _shortest(spans: tuple[Span | None, ...], shift: int) -> Pattern:
    """The same pattern with the fewest spans."""
    pattern = Pattern(spans, shift)
    for count in range(1, len(spans) // 2 + 1):
        if len(spans) % count or shift * count % len(spans):
            continue
        shorter = Pattern(spans[:count], shift * count // len(spans))
        if all(shorter.at(unit) == span for unit, span in enumerate(spans)):
            return shorter
    return pattern


def hull(spans: Iterable[Span | None]) -> Span | None:
    """From the first pixel of all spans to the last."""
    seen = [span for span in spans if span]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None
