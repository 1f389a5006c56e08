"""Places of units while a module runs on shapes: what each tensor sees of the network's input.

The place is written on the tensor itself. A tensor without one sees nothing of the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ..arithmetic.layout import Lost, Place, lost_place
from ..arithmetic.receptive_field import View
from .ways import KEEPS, NORMALISES, WAYS, Call, tensors

_NEW_NUMBERS = """
    bernoulli empty_like full_like new_empty new_full new_ones new_tensor new_zeros ones_like rand_like randint_like
    randn_like zeros_like"""
_SEES_NOTHING = frozenset(_NEW_NUMBERS.split())
_SHAPED_BY_ANOTHER = frozenset({"expand_as", "reshape_as", "view_as"})


def place_input(tensor: Tensor, axes: Sequence[int]) -> None:
    """Mark the input of a network: every unit sees its own pixel.

    Args:
        tensor: the input, with its batch axis.
        axes: its dimensions that lie on the image: 2 and 3 for (N, C, H, W).
    """
    view = View.of_input(tuple(tensor.shape[axis] for axis in axes))
    dims = tuple(axes.index(dim) if dim in axes else None for dim in range(tensor.dim()))
    tensor.__dict__["_place"] = Place(view, dims)


def follow(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any, strict: bool = False) -> None:
    """Write the places of an operation's results on them.

    Args:
        name: PyTorch's name of the function, without underscores.
        args: its arguments.
        kwargs: its named arguments.
        result: what it returned.
        strict: whether statistics and gates count as seeing the whole map.
    """
    keeps = name in KEEPS and not (strict and name in NORMALISES)
    if keeps and args and type(args[0]) is Tensor and type(result) is Tensor:  # the frequent case
        place = args[0].__dict__.get("_place")
        if place is not None:  # other arguments only say how
            result.__dict__["_place"] = place
        return
    seeing = [tensor for tensor in tensors((args, kwargs)) if tensor.__dict__.get("_place")]
    if not seeing or name in _SEES_NOTHING:
        return
    if name in KEEPS or name in _SHAPED_BY_ANOTHER:
        if seeing[0] is not (args[0] if args else next(iter(kwargs.values()))):
            return
        seeing = seeing[:1]
    if keeps:
        result.__dict__["_place"] = seeing[0].__dict__["_place"]
        return
    if name == "setitem":
        outputs = [args[0]]
        _take_back(*args)
    else:
        outputs = list(tensors((result,)))
    call = Call(name, args, kwargs, result, strict, seeing)
    try:
        places = _found(call)
    except Lost as lost:
        reason = f"`{name}`: {lost}"
        places = [lost_place(reason, output.dim()) for output in outputs]
    for output, place in zip(outputs, [places] * len(outputs) if isinstance(places, Place) else places, strict=False):
        before = output.__dict__.get("_place")
        output.__dict__["_place"] = place
        if args and output is args[0] and output._base is not None and place is not before:
            _write_into(output._base, output)


def _write_into(whole: Tensor, part: Tensor) -> None:
    """Numbers of a tensor are changed through a view of it: what it sees from now on is not followed."""
    own = whole.__dict__
    own["_before"] = id(part), own.get("_place")
    own["_place"] = lost_place("a tensor is changed through a view of it", whole.dim())


def _take_back(whole: Tensor, index: Any, part: Any) -> None:
    """Python writes `x[i] += y` as a change through a view, which is then put back: this is followed."""
    changed, place = whole.__dict__.pop("_before", (None, None))
    if changed == id(part):
        whole.__dict__["_place"] = place


def _found(call: Call) -> Place | list[Place]:
    """The place of the results, or one for each.

    Raises:
        Lost: if the operation has no known way, or the way is not made for these arguments.
    """
    way = WAYS.get(call.name)
    if way is None:
        raise Lost("the way through it is unknown")
    try:
        places = way(call)
        return places if isinstance(places, Place) else list(places)
    except (TypeError, ValueError, LookupError, AttributeError) as error:  # a summary is worth more than its fields
        raise Lost(f"the way through it is unknown for these arguments ({error})") from error
