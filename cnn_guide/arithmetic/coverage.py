"""Which pixels a sliding window sees."""

from collections.abc import Iterable, Iterator
from itertools import chain

from .padding import span


def unused_runs(
    input_size: int, kernel_size: int, stride: int = 1, before: int = 0, dilation: int = 1, *, output_size: int
) -> Iterator[range]:
    """Pixels of one axis that no window position reads, as runs of neighbours, one after the other: it may be long.

    Example:
        >>> list(unused_runs(10, kernel_size=1, stride=4, output_size=3))  # 0, 4, 8
        [range(1, 4), range(5, 8), range(9, 10)]

    Args:
        input_size: pixels along the axis.
        kernel_size: pixels of the kernel.
        stride: pixels between two positions.
        before: pixels of padding in front of the input.
        dilation: pixels between two neighbouring kernel entries.
        output_size: how many positions there are.
    """
    run = range(0)
    for pixel in _border(input_size, kernel_size, stride, before, dilation, output_size):
        places = (pixel + before - entry * dilation for entry in range(kernel_size))
        if any(place % stride == 0 and 0 <= place < output_size * stride for place in places):
            continue
        if run and pixel == run.stop:
            run = range(run.start, pixel + 1)
            continue
        if run:
            yield run
        run = range(pixel, pixel + 1)
    if run:
        yield run


def _border(n: int, k: int, s: int, before: int, d: int, o: int) -> Iterable[int]:
    """Pixels to look at: all, unless windows overlap so that none between the first and the last can be missed."""
    first, last = span(k, d) - 1 - before, (o - 1) * s - before  # from here to there every entry lies on some pixel
    if first > last or len({entry * d % s for entry in range(min(k, s))}) < s:
        return range(n)
    return chain(range(min(first, n)), range(max(last + 1, 0), n))
