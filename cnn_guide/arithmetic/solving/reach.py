"""From the sizes that layers make along each axis to the inputs that all layers take.

Most layers treat each axis by itself. A layer such as Flatten joins the axes: what is behind it decides which sizes go
together.
"""

from __future__ import annotations

from itertools import chain, product
from math import prod

from ..arguments import Shape
from ..errors import ShapeError
from ..layers import Embedding, Flatten, Fold, Layer, MultiheadAttention, Sequential, Unflatten, Unfold
from .axes import named

JOINING = (Flatten, Unflatten, Unfold, Fold, Embedding, MultiheadAttention)  # any other treats each axis by itself
MOST = 64  # sizes of an axis that are tried behind a joining layer, where a plain Flatten does not tell its number
ANY = 0  # stands for any number of numbers
Reached = dict[int, list[int]]  # sizes of the output along one axis, each with the inputs that lead to it


def direct(reach: list[Reached], wanted: Shape | None) -> list[tuple[list[int], ...]]:
    """One group: the axes do not depend on each other."""
    if wanted is None:
        return [tuple(sorted(chain(*sizes.values())) for sizes in reach)]
    for axis, (size, reached) in enumerate(zip(wanted, reach, strict=True)):
        if size not in reached:
            raise named(_not_reached(size, reached), axis, len(reach))
    return [tuple(reached[size] for size, reached in zip(wanted, reach, strict=True))]


def _not_reached(size: int, reached: Reached) -> ShapeError:
    below = max((each for each in reached if each < size), default=None)
    above = min((each for each in reached if each > size), default=None)
    near = [f"{reached[each][0]} pixels give {each}" for each in (below, above) if each is not None]
    return ShapeError(f"No input that was tried gives {size} pixels.", f"{' and '.join(near)}.", expected=size)


def through(tail: Sequential, channels: int, reach: list[Reached], wanted: Shape | None) -> list[tuple[list[int], ...]]:
    """A group for each combination of sizes that the joining layers take."""
    if wanted is None and _flattens(tail[0], len(reach)):
        taken = _taken(tail[1:])
        if taken == ANY:
            return direct(reach, None)
        if taken is not None:
            return _filling(taken, channels, reach)
    return _tried(tail, channels, reach, wanted)


def _flattens(layer: Layer, axes: int) -> bool:
    return isinstance(layer, Flatten) and len(layer.output_shape((1,) * (axes + 1))) == 1


def _taken(rest: Sequential) -> int | None:
    """How many numbers the layers behind Flatten take; None if the first refusal does not tell."""
    if any(isinstance(layer, JOINING) for _, layer in rest.walk()):
        return None
    for number in (1, 2):
        refusal = _refusal(rest, number)
        if refusal is None:
            continue
        told = refusal.expected
        return told if refusal.got == number and isinstance(told, int) and _refusal(rest, told) is None else None
    return ANY


def _refusal(rest: Sequential, number: int) -> ShapeError | None:
    try:
        rest.output_shape((number,))
    except ShapeError as error:
        return error
    return None


def _filling(number: int, channels: int, reach: list[Reached]) -> list[tuple[list[int], ...]]:
    """Maps that hold so many numbers together."""
    *others, last = reach
    found = []
    for sizes in product(*others):
        size, rest = divmod(number, channels * prod(sizes))
        if not rest and size in last:
            found.append(tuple(reached[each] for reached, each in zip(reach, (*sizes, size), strict=True)))
    if not found:
        raise _not_filled(number, channels, reach)
    return found


def _not_filled(number: int, channels: int, reach: list[Reached]) -> ShapeError:
    """The nearest numbers that maps with equal sides hold."""
    sides = sorted(set.intersection(*map(set, reach)))
    holds = {side: channels * side ** len(reach) for side in sides}
    below = [side for side in sides if holds[side] < number][-1:]
    above = [side for side in sides if holds[side] > number][:1]
    near = [
        f"{'×'.join(str(reached[side][0]) for reached in reach)} pixels give {holds[side]}" for side in below + above
    ]
    return ShapeError(
        f"No input that was tried gives the {number} numbers that the layer behind Flatten takes.",
        f"{' and '.join(near)}.",
        expected=number,
    )


def _tried(tail: Sequential, channels: int, reach: list[Reached], wanted: Shape | None) -> list[tuple[list[int], ...]]:
    """The combinations of small sizes that pass, and give what is wanted."""
    found, refusal = [], None
    for sizes in product(*(sorted(reached)[:MOST] for reached in reach)):
        try:
            output = tail.output_shape((channels, *sizes))
        except ShapeError as error:
            refusal = error
            continue
        if wanted is None or output[1:] == wanted:
            found.append(tuple(reached[size] for reached, size in zip(reach, sizes, strict=True)))
    if not found:
        last = "" if refusal is None else f"The last one refused: {refusal.problem}"
        raise ShapeError("No input that was tried passes through the network and gives what is wanted.", last)
    return found
