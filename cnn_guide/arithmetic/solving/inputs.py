"""Which inputs a network takes, and which of them give an output of the wanted size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import prod
from typing import Any

from ..arguments import Axes, Shape, count, integer, per_axis
from ..errors import ShapeError
from ..layers import Layer, Linear, Sequential
from .reach import JOINING, MOST, Reached, direct, through

LIMIT = 1024  # pixels of an axis up to which inputs are looked at
Sizes = Sequence[int]


@dataclass(frozen=True)
class Inputs:
    """Input shapes that go together: any size of the first axis with any of the second, and so on.

    Args:
        channels: channels of the input.
        sizes: the sizes of each axis; a range where they are equally far apart.
    """

    channels: int
    sizes: tuple[Sizes, ...]

    @property
    def smallest(self) -> Shape:
        """The smallest of the shapes."""
        return (self.channels, *(sizes[0] for sizes in self.sizes))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python values."""
        return {"channels": self.channels, "sizes": [list(sizes) for sizes in self.sizes]}

    def __contains__(self, shape: Shape) -> bool:
        return (
            len(shape) == 1 + len(self.sizes)
            and shape[0] == self.channels
            and all(size in sizes for size, sizes in zip(shape[1:], self.sizes, strict=True))
        )


def smallest_input(network: Layer, channels: int | None = None, axes: int | None = None, limit: int = LIMIT) -> Shape:
    """The smallest input that a network takes: the fewest pixels, and the squarest of those.

    Example:
        >>> from cnn_guide import layers
        >>> network = layers.Sequential(
        ...     layers.Conv2d(3, 8, kernel_size=5), layers.MaxPool2d(2), layers.Conv2d(8, 8, kernel_size=3)
        ... )
        >>> smallest_input(network)  # 10 -> 6 -> 3 -> 1
        (3, 10, 10)

    Args:
        network: the description of a layer or a network.
        channels: channels of the input; None takes those of the first layer that has some.
        axes: axes after the channels; None takes those of the first layer that has some, or 2.
        limit: the largest size of an axis that is tried.

    Returns:
        Its shape (C, H, W), or (features,) where a network begins with Linear.

    Raises:
        ShapeError: if there is no such input up to the limit.
    """
    found = _solutions(network, None, channels, axes, limit, smallest=True)
    return min((inputs.smallest for inputs in found), key=lambda shape: (prod(shape), _unevenness(shape), shape))


def solve_input(
    network: Layer,
    output_size: Axes | None = None,
    channels: int | None = None,
    axes: int | None = None,
    limit: int = LIMIT,
) -> tuple[Inputs, ...]:
    """All inputs that a layer or a network takes, or those of them that give an output of this size.

    Example:
        >>> from cnn_guide import layers
        >>> solve_input(layers.Conv1d(1, 8, kernel_size=8, stride=2, padding=1), 14)
        (Inputs(channels=1, sizes=(range(32, 34),)),)
        >>> network = layers.Sequential(
        ...     layers.Conv2d(1, 8, kernel_size=3), layers.MaxPool2d(2), layers.Flatten(), layers.Linear(32, 10)
        ... )
        >>> for inputs in solve_input(network):  # 8 maps of 2×2, 1×4 or 4×1
        ...     print(inputs)
        Inputs(channels=1, sizes=(range(6, 8), range(6, 8)))
        Inputs(channels=1, sizes=(range(4, 6), range(10, 12)))
        Inputs(channels=1, sizes=(range(10, 12), range(4, 6)))

    Args:
        network: the description of a layer or a network.
        output_size: pixels wanted of the last map; one number for all axes, or one an axis; None takes any.
        channels: channels of the input; None takes those of the first layer that has some.
        axes: axes after the channels; None takes those of the first layer that has some, or 2.
        limit: the largest size of an axis that is tried.

    Returns:
        Groups of shapes. There is one, unless a layer such as Flatten mixes the axes; then the squarest comes first.

    Raises:
        ShapeError: if there is no such input up to the limit; it names the nearest sizes that can be reached.
    """
    found = _solutions(network, output_size, channels, axes, limit)
    return tuple(sorted(found, key=lambda inputs: (_unevenness(inputs.smallest), inputs.smallest)))


def _solutions(
    network: Layer, output_size: Axes | None, channels: int | None, axes: int | None, limit: int, smallest: bool = False
) -> list[Inputs]:
    first = _first_with_axes(network)
    if isinstance(first, Linear):
        network.output_shape((first.in_features,))  # refuses what cannot be
        return [Inputs(first.in_features, ())]
    body, tail = _split(network)
    given = _channels(body) if channels is None else integer("channels", channels, least=1)
    number = getattr(first, "axes", 2) if axes is None else integer("axes", axes, least=1)
    start = _any_input(body, given, number, integer("limit", limit, least=1))
    limits = start[1:] if smallest and not tail else (limit,) * number
    reach = [_reach(body, start, axis, end) for axis, end in enumerate(limits)]
    wanted = None if output_size is None else per_axis("output_size", output_size, number, least=1)
    ways = through(tail, body.output_shape(start)[0], reach, wanted) if tail else direct(reach, wanted)
    return [Inputs(given, tuple(map(_progression, way))) for way in ways]


def _first_with_axes(network: Layer) -> Layer | None:
    """The first layer that says how many axes its input has."""
    leaves = (layer for _, layer in network.walk() if not layer.children)
    return next((layer for layer in leaves if hasattr(layer, "axes") or isinstance(layer, (Linear, *JOINING))), None)


def _split(network: Layer) -> tuple[Sequential, Sequential | None]:
    """The layers that treat each axis by itself, and those from the first on that does not."""
    steps = list(_steps(network))
    mixing = (any(isinstance(inner, JOINING) for _, inner in step.walk()) for step in steps)
    first = next((index for index, mixes in enumerate(mixing) if mixes), len(steps))
    return Sequential(*steps[:first]), Sequential(*steps[first:]) if steps[first:] else None


def _steps(layer: Layer) -> Iterator[Layer]:
    if not isinstance(layer, Sequential):
        yield layer
        return
    for inner in layer:
        yield from _steps(inner)


def _channels(body: Layer) -> int:
    names = ("in_channels", "num_features", "num_channels")
    found = (getattr(layer, name) for _, layer in body.walk() for name in names if hasattr(layer, name))
    return next(found, 1)


def _any_input(body: Layer, channels: int, axes: int, limit: int) -> Shape:
    """The first input that the body takes: equal sizes first, then small ones of any kind."""
    equal = ((size,) * axes for size in range(1, limit + 1))
    small = sorted(product(range(1, min(limit, MOST) + 1), repeat=axes), key=prod) if axes > 1 else []
    for sizes in chain(equal, small):
        try:
            body.output_shape((channels, *sizes))
        except ShapeError as error:
            refusal = error
            continue
        return (channels, *sizes)
    raise ShapeError(
        f"No input with {count(channels, 'channel')} and sizes up to {limit} passes through the network.",
        f"The last one tried was refused: {refusal.problem}",
    ) from refusal


def _reach(body: Layer, start: Shape, axis: int, limit: int) -> Reached:
    """The sizes that the body makes along one axis, each with the inputs that lead to it."""
    reached = Reached()
    for size in range(1, limit + 1):
        try:
            output = body.output_shape((*start[: axis + 1], size, *start[axis + 2 :]))
        except ShapeError:
            continue
        reached.setdefault(output[axis + 1], []).append(size)
    return reached


def _progression(sizes: Sequence[int]) -> Sizes:
    """A range where the sizes are equally far apart."""
    step = sizes[1] - sizes[0] if len(sizes) > 1 else 1
    steps = range(sizes[0], sizes[-1] + 1, step)
    return steps if list(steps) == list(sizes) else tuple(sizes)


def _unevenness(shape: Shape) -> int:
    return max(shape[1:], default=0) - min(shape[1:], default=0)
