"""Places of units while a module runs on shapes: what each tensor sees of the network's input.

The place is written on the tensor itself. A tensor without one sees nothing of the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ..arithmetic.layout import Lost, Place, lost_place
from ..arithmetic.receptive_field import View
from .ways import WAYS, Call, place_of, tensors

_NEW_NUMBERS = """
    bernoulli empty_like full_like new_empty new_full new_ones new_tensor new_zeros ones_like rand_like randint_like
    randn_like zeros_like"""
_SEES_NOTHING = frozenset(_NEW_NUMBERS.split())


def place_input(tensor: Tensor, axes: Sequence[int]) -> None:
    """Mark the input of a network: every unit sees its own pixel.

    Args:
        tensor: the input, with its batch axis.
        axes: its dimensions that lie on the image: 2 and 3 for (N, C, H, W).
    """
    view = View.of_input(tuple(tensor.shape[axis] for axis in axes))
    dims = tuple(axes.index(dim) if dim in axes else None for dim in range(tensor.dim()))
    _write(tensor, Place(view, dims))


def follow(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any, strict: bool = False) -> None:
    """Write the places of an operation's results on them.

    Args:
        name: PyTorch's name of the function, without underscores.
        args: its arguments.
        kwargs: its named arguments.
        result: what it returned.
        strict: whether statistics and gates count as seeing the whole map.
    """
    if name in _SEES_NOTHING or not _sees(args, kwargs):
        return
    outputs = [args[0]] if name == "setitem" else list(tensors(result))
    call = Call(name, args, kwargs, result, strict)
    try:
        way = WAYS.get(name)
        if way is None:
            raise Lost("the way through it is unknown")
        places = way(call)
        found = [places] * len(outputs) if isinstance(places, Place) else list(places)
    except Lost as lost:
        reason = f"`{name}`: {lost}"
        found = [lost_place(reason, output.dim()) for output in outputs]
    for output, place in zip(outputs, found, strict=True):
        _write(output, place)


def _sees(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the input's pixels reach any argument."""
    if args and place_of(args[0]):
        return True
    return any(map(place_of, tensors(args))) or any(map(place_of, tensors(kwargs)))


def _write(tensor: Tensor, place: Place) -> None:
    tensor.__dict__["_place"] = place
