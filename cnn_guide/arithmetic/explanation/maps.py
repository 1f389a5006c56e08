"""Layers that give a map another size without a sliding window: adaptive pooling, upsampling, padding, shuffling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import gcd

from ..arguments import Shape
from ..padding import Pair
from .formula import Formula, Symbol, ceil, floor
from .places import Place, alike
from .steps import Section, Step

MOST = 8  # windows that are listed one by one


def adaptive(sizes: Shape, outputs: Shape) -> tuple[Section, ...]:
    """Windows that share an axis out, a section for each group of axes."""
    return tuple(_shared(where, n, o) for where, (n, o) in alike(list(zip(sizes, outputs, strict=True))))


def _shared(where: Place, n: int, o: int) -> Section:
    last = Symbol("i", o - 1, "number of a window, here the last, counted from 0")
    inputs, outputs = Symbol("n", n, "input size"), Symbol("o", o, "output size, as asked for")
    steps = (
        Step("window i starts at", floor(last * inputs / outputs)),
        Step("and ends before", ceil((last + 1) * inputs / outputs)),
    )
    return Section(f"{where.axis}: {n} → {o}", steps, tuple(_window_notes(where, n, o)))


def _window_notes(where: Place, n: int, o: int) -> Iterator[str]:
    windows = (range(i * n // o, -(-(i + 1) * n // o)) for i in range(o))
    shown = [f"{window[0]}–{window[-1]}" if len(window) > 1 else f"{window[0]}" for window in islice(windows, MOST)]
    yield f"Windows: {', '.join(shown)}{', …' if o > MOST else '.'}"
    if n == o:
        yield "Every window is a single pixel: nothing changes."
    elif n % o == 0:
        yield f"{where.some(n // o)} in each window: the same as pooling with kernel_size={n // o}."
    else:
        lengths = sorted({-(-(i + 1) * n // o) - i * n // o for i in range(o // gcd(n, o))})
        pixels = " or ".join(map(str, lengths))
        yield f"{o} does not divide {n}: a window has {pixels} pixel{'s' if lengths != [1] else ''}."
        if n < o:
            yield "There are more windows than pixels: pixels are used again."


def upsampled(sizes: Shape, outputs: Shape, factor: float | Sequence[float] | None) -> tuple[Section, ...]:
    """Sizes times a factor, or as asked for where there is none."""
    factors = factor if isinstance(factor, (tuple, list)) else (factor,) * len(sizes)
    axes = alike(list(zip(sizes, outputs, factors, strict=True)))
    return tuple(_scaled(where, *sizes_and_factor) for where, sizes_and_factor in axes)


def _scaled(where: Place, n: int, o: int, factor: float | None) -> Section:
    title = f"{where.axis}: {n} → {o}"
    if factor is None:
        return Section(title, (Step("output size", Symbol("size", o)),), ("The size is given, whatever the input.",))
    size = floor(Symbol("n", n, "input size") * Symbol("f", factor, "scale factor"))
    return Section(title, (Step("output size", size),))


def padded(sizes: Shape, pairs: Sequence[Pair], filler: str) -> tuple[Section, ...]:
    """Sizes with what is added on each side; below 0 it is cut off."""
    return tuple(_framed(where, n, pair, filler) for where, (n, pair) in alike(list(zip(sizes, pairs, strict=True))))


def _framed(where: Place, n: int, pair: Pair, filler: str) -> Section:
    size = Symbol("n", n, "input size") + Symbol("a", pair[0], "added before") + Symbol("b", pair[1], "added after")
    steps = (Step("output size", size),)
    return Section(f"{where.axis}: {n} → {size.value}", steps, (where.padded(*pair, filler),))


def shuffled(input_shape: Shape, factor: int, down: bool) -> tuple[Section, ...]:
    """Channels dealt out to r × r pixels, or collected from them."""
    r = Symbol("r", factor, "factor")
    *_, channels, height, width = input_shape
    before = Symbol("C", channels, "channels"), Symbol("H", height, "height"), Symbol("W", width, "width")
    steps = zip(("channels", "height", "width"), before, strict=True)

    def changed(name: str, size: Symbol) -> Formula:
        if name == "channels":
            return size * r * r if down else size / (r * r)
        return size / r if down else size * r

    return (Section("", tuple(Step(name, changed(name, size)) for name, size in steps)),)
