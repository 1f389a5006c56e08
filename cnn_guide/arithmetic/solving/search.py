"""All settings of a layer that give the wanted size: every combination in the given ranges is tried."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import TypeVar

from ..arguments import Axes, Shape, per_axis
from ..coverage import unused_runs
from ..errors import ShapeError
from ..padding import span
from ..sizes import conv_output_size, conv_transpose_output_size, pool_output_size
from .axes import named, sizes_per_axis
from .settings import ConvSettings, ConvTransposeSettings, PoolSettings, Settings

Choice = int | range | Sequence[int]
Numbers = tuple[int, ...]  # the settings along one axis, in the order of their fields
AnySettings = TypeVar("AnySettings", bound="Settings")
KERNELS, STRIDES = range(1, 12), range(1, 5)
ONE_AT_LEAST = ("kernel_size", "stride", "dilation")


def solve_conv(
    input_size: int | Shape,
    output_size: Axes,
    kernel_size: Choice = KERNELS,
    stride: Choice = STRIDES,
    padding: Choice | None = None,
    dilation: Choice = 1,
) -> tuple[ConvSettings, ...]:
    """Every convolution in the given ranges that makes the one size out of the other, the simplest first.

    In order: little dilation, windows that leave no pixel out, little padding, short strides, small kernels.

    Example:
        >>> solve_conv(32, 16, kernel_size=range(1, 6))[:2]
        (ConvSettings(kernel_size=2, stride=2), ConvSettings(kernel_size=3, stride=2, padding=1))
        >>> solve_conv((100, 200), (100, 200), kernel_size=(3, 5), stride=1)
        (ConvSettings(kernel_size=(3, 5), padding=(1, 2)),)

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        output_size: pixels wanted; one number for all axes, or one an axis.
        kernel_size: a number, a tuple with one an axis, or a range to search; here and below.
        stride: by default 1 to 4.
        padding: by default none up to half of what the kernel spans.
        dilation: by default 1.

    Returns:
        The settings. For several axes those that serve all of them; only where there are none, each axis has its own.

    Raises:
        ShapeError: if there are none; it names the nearest sizes that can be reached.
    """

    def candidates(k: Iterable[int], s: Iterable[int], p: Iterable[int] | None, d: Iterable[int]) -> Iterator[Numbers]:
        for kernel, step, gap in product(k, s, d):
            for pad in range(span(kernel, gap) // 2 + 1) if p is None else p:
                yield kernel, step, pad, gap

    def order(n: int, o: int, numbers: Numbers) -> Numbers:
        k, s, p, d = numbers
        return d, _leaves_out(n, o, k, s, p, d), p, s, k

    ranges = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    return _search(ConvSettings, conv_output_size, candidates, order, input_size, output_size, ranges)


def solve_pool(
    input_size: int | Shape,
    output_size: Axes,
    kernel_size: Choice = range(1, 6),
    stride: Choice | None = None,
    padding: Choice | None = None,
    dilation: Choice = 1,
    ceil_mode: bool | None = None,
) -> tuple[PoolSettings, ...]:
    """Every pooling layer in the given ranges that makes the one size out of the other, the simplest first.

    In order: without ceil_mode, little dilation, windows that leave no pixel out, little padding, small kernels, short
    strides.

    Example:
        >>> solve_pool(11, 6)[:2]
        (PoolSettings(kernel_size=2, padding=1), PoolSettings(kernel_size=3, stride=2, padding=1))

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        output_size: pixels wanted; one number for all axes, or one an axis.
        kernel_size: a number, a tuple with one an axis, or a range to search; here and below. By default 1 to 5.
        stride: by default 1 up to the kernel's size.
        padding: by default none up to half the kernel, which is all that pooling allows.
        dilation: by default 1; only max pooling has it.
        ceil_mode: by default either.

    Returns:
        The settings. For several axes those that serve all of them; only where there are none, each axis has its own.

    Raises:
        ShapeError: if there are none; it names the nearest sizes that can be reached.
    """
    ceils = (False, True) if ceil_mode is None else (ceil_mode,)

    def candidates(
        k: Iterable[int], s: Iterable[int] | None, p: Iterable[int] | None, d: Iterable[int]
    ) -> Iterator[Numbers]:
        for ceil, kernel, gap in product(ceils, k, d):
            steps = range(1, kernel + 1) if s is None else s
            pads = range(kernel // 2 + 1) if p is None else p
            yield from ((kernel, step, pad, gap, ceil) for step, pad in product(steps, pads))

    def order(n: int, o: int, numbers: Numbers) -> Numbers:
        k, s, p, d, ceil = numbers
        return ceil, d, _leaves_out(n, o, k, s, p, d), p, k, s

    ranges = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    return _search(PoolSettings, pool_output_size, candidates, order, input_size, output_size, ranges)


def solve_conv_transpose(
    input_size: int | Shape,
    output_size: Axes,
    kernel_size: Choice = KERNELS,
    stride: Choice = STRIDES,
    padding: Choice | None = None,
    output_padding: Choice | None = None,
    dilation: Choice = 1,
) -> tuple[ConvTransposeSettings, ...]:
    """Every transposed convolution in the given ranges that makes the one size out of the other, the simplest first.

    In order: little dilation, no output_padding, stamps that overlap evenly (no checkerboard), little padding, short
    strides, small kernels.

    Example:
        >>> solve_conv_transpose(14, 28)[:2]
        (ConvTransposeSettings(kernel_size=2, stride=2), ConvTransposeSettings(kernel_size=4, stride=2, padding=1))

    Args:
        input_size: pixels along one axis, or a tuple with one number an axis.
        output_size: pixels wanted; one number for all axes, or one an axis.
        kernel_size: a number, a tuple with one an axis, or a range to search; here and below. By default 1 to 11.
        stride: by default 1 to 4.
        padding: by default none up to half of what the kernel spans.
        output_padding: by default everything that is allowed: less than the stride or the dilation.
        dilation: by default 1.

    Returns:
        The settings. For several axes those that serve all of them; only where there are none, each axis has its own.

    Raises:
        ShapeError: if there are none; it names the nearest sizes that can be reached.
    """

    def candidates(
        k: Iterable[int],
        s: Iterable[int],
        p: Iterable[int] | None,
        e: Iterable[int] | None,
        d: Iterable[int],
    ) -> Iterator[Numbers]:
        for kernel, step, gap in product(k, s, d):
            pads = range(span(kernel, gap) // 2 + 1) if p is None else p
            extras = range(max(step, gap)) if e is None else e
            yield from ((kernel, step, pad, extra, gap) for pad, extra in product(pads, extras))

    def order(n: int, o: int, numbers: Numbers) -> Numbers:
        k, s, p, e, d = numbers
        return d, e, k % s > 0, p, s, k

    ranges = {
        "kernel_size": kernel_size,
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    return _search(
        ConvTransposeSettings, conv_transpose_output_size, candidates, order, input_size, output_size, ranges
    )


def _leaves_out(n: int, o: int, k: int, s: int, p: int, d: int) -> bool:
    return next(unused_runs(n, k, s, p, d, output_size=o), None) is not None


def _search(
    kind: Callable[..., AnySettings],
    forward: Callable[..., int],
    candidates: Callable[..., Iterator[Numbers]],
    order: Callable[[int, int, Numbers], Numbers],
    input_size: int | Shape,
    output_size: Axes,
    ranges: dict[str, Choice | None],
) -> tuple[AnySettings, ...]:
    """Settings for all axes together, or each with each where no setting serves all."""
    sizes = sizes_per_axis(input_size, output_size)
    choices = zip(*(_choices(name, value, len(sizes)) for name, value in ranges.items()), strict=True)
    found = []
    for axis, ((n, o), choice) in enumerate(zip(sizes, choices, strict=True)):
        try:
            found.append(_along(kind, forward, n, o, candidates(*choice)))
        except ShapeError as error:
            raise named(error, axis, len(sizes)) from None
    together: Iterable[tuple[Numbers, ...]] = [
        (each,) * len(found) for each in found[0] if all(each in f for f in found)
    ]
    ranked = sorted(
        together or product(*found),
        key=lambda all_axes: sorted(
            (order(n, o, each) for (n, o), each in zip(sizes, all_axes, strict=True)), reverse=True
        ),
    )
    return tuple(kind(*map(_joined, zip(*all_axes, strict=True))) for all_axes in ranked)


def _choices(name: str, value: Choice | None, axes: int) -> Sequence[Iterable[int] | None]:
    """What is to be tried along each axis; None where the default depends on other settings."""
    if value is None or isinstance(value, range):
        return (value,) * axes
    return [(number,) for number in per_axis(name, value, axes, least=1 if name in ONE_AT_LEAST else 0)]


def _along(
    kind: Callable[..., Settings], forward: Callable[..., int], n: int, wanted: int, candidates: Iterable[Numbers]
) -> list[Numbers]:
    """The settings of one axis that give the wanted size."""
    found, others = [], dict[int, Numbers]()
    for numbers in candidates:
        try:
            size = forward(n, **kind(*numbers))
        except ShapeError:
            continue
        others.setdefault(size, numbers)
        if size == wanted:
            found.append(numbers)
    if found:
        return found
    below = max((size for size in others if size < wanted), default=None)
    above = min((size for size in others if size > wanted), default=None)
    near = [f"{kind(*others[size])!r} gives {size}" for size in (below, above) if size is not None]
    hint = f"{' and '.join(near)}. Or search wider ranges." if near else "No setting in these ranges fits at all."
    raise ShapeError(f"No setting in these ranges makes {wanted} out of {n} pixels.", hint, expected=wanted)


def _joined(values: tuple[int, ...]) -> Axes:
    """One number where it is the same for all axes."""
    return values[0] if len(set(values)) == 1 else values
