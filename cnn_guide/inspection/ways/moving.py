"""Ways of places through operations that move numbers: into other shapes, orders and tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from torch import Tensor

from ...arithmetic.arguments import Shape
from ...arithmetic.joining import concatenated, joined
from ...arithmetic.layout import Dim, Lost, Place, reshaped
from ...arithmetic.mixing import picked, slid
from ...arithmetic.windows import Look, Mirror, Piece, Repeat, Window
from .call import Call, Way, along, dims_of, place_of


def laid_out(call: Call) -> Place:
    """The same numbers in the same order, in another shape."""
    return reshaped(call.place, call.shape, call.output)


def permuted(call: Call) -> Place:
    """Dimensions in another order; without one, all of them reversed."""
    axes = len(call.shape)
    order = call.given(1, "dims", tuple(reversed(range(axes))))
    return _ordered(call.place, dims_of(call.args[1:] if isinstance(order, int) else order, axes))


def swapped(call: Call) -> Place:
    """Two dimensions exchanged; without any, the last two."""
    axes = len(call.shape)
    first, second = (
        along(call.given(index, name, call.kwargs.get(other, -index)), axes)
        for index, name, other in ((1, "dim0", "axis0"), (2, "dim1", "axis1"))
    )
    order = list(range(axes))
    order[first], order[second] = second, first
    return _ordered(call.place, order)


def moved(call: Call) -> Place:
    """Some dimensions put elsewhere, the others in their order."""
    axes = len(call.shape)
    sources, goals = (dims_of(call.given(i, name), axes) for i, name in ((1, "source"), (2, "destination")))
    places = dict(zip(goals, sources, strict=True))
    others = iter([dim for dim in range(axes) if dim not in sources])
    return _ordered(call.place, [places[dim] if dim in places else next(others) for dim in range(axes)])


def _ordered(place: Place, order: Any) -> Place:
    return Place(place.seen, tuple(place.dims[dim] for dim in order))


def widened(call: Call) -> Place:
    """Repeated by broadcasting."""
    return joined([(call.place, call.shape)], call.output)


def tiled(call: Call) -> Place:
    """Copies side by side, of dimensions that carry no place."""
    output = call.output
    before = (1,) * (len(output) - len(call.shape)) + call.shape
    dims: tuple[Dim, ...] = (None,) * (len(output) - len(call.shape)) + call.place.dims
    if any(old != new and old > 1 and dim is not None for old, new, dim in zip(before, output, dims, strict=True)):
        raise Lost("copies of an axis of the image stand side by side")
    return Place(
        call.place.seen, tuple(None if old != new else d for old, new, d in zip(before, output, dims, strict=True))
    )


def stretched(call: Call) -> Place:
    """Each number so many times in a row."""
    times, dim = call.given(1, "repeats"), call.given(2, "dim")
    if dim is None or isinstance(times, Tensor):
        raise Lost("numbers are repeated by counts or in a flat tensor")
    return slid(call.place, call.shape, {along(dim, len(call.shape)): Repeat(times)}, call.output)


def put_in_a_row(call: Call) -> Place:
    """Tensors side by side along a dimension."""
    parts = call.given(0, "tensors")
    dim = along(call.given(1, "dim", call.kwargs.get("axis", 0)), len(call.output))
    sizes = [(place_of(part), tuple(part.shape)) for part in parts if part.dim() == len(call.output)]
    return concatenated(sizes, call.output, dim)


def stacked(call: Call) -> Place:
    """Tensors on top of each other, in a new dimension."""
    output = call.output
    dim = along(call.given(1, "dim", 0), len(output))
    one = (*output[:dim], 1, *output[dim + 1 :])
    return joined([(reshaped(place, before, one), one) for place, before in call.placed()], output)


def parted(call: Call) -> Iterator[Place]:
    """A tensor cut into parts along a dimension."""
    dim = along(call.given(2, "dim", 0), len(call.shape))
    parts = [tuple(part.shape) for part in call.result]
    starts = accumulate((part[dim] for part in parts), initial=0)
    for part, start in zip(parts, starts, strict=False):
        yield _cut(call.place, call.shape, {dim: (start, 1)}, part)


def unbound(call: Call) -> Iterator[Place]:
    """The slices of a tensor along a dimension."""
    dim = along(call.given(1, "dim", 0), len(call.shape))
    return (picked(call.place, call.shape, {dim: index}) for index in range(call.shape[dim]))


def narrowed(call: Call) -> Place:
    """A stretch of a dimension."""
    dim = along(call.given(1, "dim"), len(call.shape))
    return _cut(call.place, call.shape, {dim: (call.given(2, "start") % call.shape[dim], 1)}, call.output)


def selected(call: Call) -> Place:
    """One slice along a dimension."""
    dim = along(call.given(1, "dim"), len(call.shape))
    return picked(call.place, call.shape, {dim: call.given(2, "index") % call.shape[dim]})


def indexed(call: Call) -> Place:
    """Numbers, slices, `None` and `...` in square brackets."""
    place, shape = call.place, call.shape
    indices = _spelt_out(call.args[1], len(shape))
    numbers = {d: i % shape[d] for d, i in _by_dimension(indices) if isinstance(i, int)}
    slices = {d: i for d, i in _by_dimension(indices) if isinstance(i, slice)}
    starts = {d: (i.indices(shape[d])[0], i.indices(shape[d])[2]) for d, i in slices.items()}
    cut = tuple(len(range(*slices[d].indices(n))) if d in slices else n for d, n in enumerate(shape))
    place = picked(_cut(place, shape, starts, cut), cut, numbers)
    left = tuple(size for dim, size in enumerate(cut) if dim not in numbers)
    return reshaped(place, left, call.output)  # `None` makes dimensions of size 1


def _spelt_out(index: Any, axes: int) -> list[Any]:
    """One index for each dimension, and `None` between them."""
    indices = list(index) if isinstance(index, tuple) else [index]
    if any(isinstance(part, (Tensor, list, bool)) for part in indices):
        raise Lost("numbers are picked by a tensor or a list")
    used = sum(part is not None and part is not Ellipsis for part in indices)
    place = next((i for i, part in enumerate(indices) if part is Ellipsis), len(indices))
    return [*indices[:place], *[slice(None)] * (axes - used), *indices[place + 1 :]]


def _by_dimension(indices: list[Any]) -> Iterator[tuple[int, Any]]:
    return enumerate(part for part in indices if part is not None)


def _cut(place: Place, before: Shape, starts: Mapping[int, tuple[int, int]], after: Shape) -> Place:
    """Stretches of some dimensions: (start, step) for each."""
    looks: dict[int, Look] = {
        dim: Window(1, step, -start)
        for dim, (start, step) in starts.items()
        if before[dim] != after[dim] and place.dims[dim] is not None
    }
    return slid(place, before, looks, after) if looks else place


def mirrored(call: Call) -> Place:
    """Dimensions read backwards."""
    dims = dims_of(call.given(1, "dims") if len(call.args) < 3 else call.args[1:], len(call.shape))
    looks: dict[int, Look] = {d: Mirror(call.shape[d]) for d in dims if call.place.dims[d] is not None}
    return slid(call.place, call.shape, looks, call.output)


def rolled(call: Call) -> Place:
    """Dimensions turned round by so many places."""
    shifts, dims = call.given(1, "shifts"), call.given(2, "dims")
    if dims is None or dims == ():
        raise Lost("a flat tensor is rolled")
    axes = len(call.shape)
    by_dim = zip(dims_of(dims, axes), (shifts,) if isinstance(shifts, int) else shifts, strict=True)
    looks: dict[int, Look] = {
        dim: Window(1, 1, shift % call.shape[dim], 1, "circular")
        for dim, shift in by_dim
        if call.place.dims[dim] is not None
    }
    return slid(call.place, call.shape, looks, call.output)


def windowed(call: Call) -> Place:
    """Windows along one dimension; the places inside them become the last one."""
    dim = along(call.given(1, "dimension"), len(call.shape))
    look = Window(call.given(2, "size"), call.given(3, "step"))
    place = slid(call.place, call.shape, {dim: look}, call.output[:-1])
    return Place(place.seen, (*place.dims, None))


def put(call: Call) -> Place:
    """Numbers written into part of a tensor: outside of it the old ones stay."""
    shape, target, value = call.shape, place_of(call.input), place_of(call.args[2])
    spans = _region(call.args[1], shape)
    region = tuple(map(len, spans))
    parts = [(_set_in(_brought_to(region, value, call), region, spans, shape), shape)] if value else []
    if target and (region != shape or not value):
        _check_kept(target, region, shape)
        parts.append((target, shape))
    return joined(parts, shape)


def _region(index: Any, shape: Shape) -> list[range]:
    """Where an index writes, along each dimension."""
    indices = _spelt_out(index, len(shape))
    if None in indices or any(isinstance(part, slice) and part.step not in (None, 1) for part in indices):
        raise Lost("numbers are written with gaps between them, or where an index with new dimensions points")
    return [
        range(size)[part] if isinstance(part, slice) else range(part % size, part % size + 1)
        for part, size in zip(indices, shape, strict=True)
    ]


def _check_kept(target: Place, region: Shape, shape: Shape) -> None:
    """Refuse a region of the map in all its channels: its units no longer see what they saw."""
    covered = list(zip(target.dims, region, shape, strict=True))
    if all(part == whole for dim, part, whole in covered if dim is None):
        raise Lost("numbers that see the image are written over")


def _brought_to(region: Shape, value: Place, call: Call) -> Place:
    """The value's place where the index leaves out dimensions and PyTorch repeats numbers."""
    indices = _spelt_out(call.args[1], len(region))
    left = tuple(size for size, part in zip(region, indices, strict=True) if isinstance(part, slice))
    before = tuple(call.args[2].shape)
    fitting = before[max(0, len(before) - len(left)) :]  # PyTorch drops dimensions of size 1 in front
    return reshaped(joined([(reshaped(value, before, fitting), fitting)], left), left, region)


def _set_in(inside: Place, region: Shape, spans: list[range], shape: Shape) -> Place:
    """The place of a region in the whole tensor, outside of which nothing is seen."""
    looks: dict[int, Look] = {
        dim: Piece(span.start)
        for dim, (span, size) in enumerate(zip(spans, shape, strict=True))
        if len(span) != size and inside.dims[dim] is not None
    }
    return slid(inside, region, looks, shape) if looks else inside


_SHAPES = """
    flatten ravel reshape reshape_as squeeze unflatten unsqueeze view view_as atleast_1d atleast_2d atleast_3d"""

WAYS: dict[str, Way] = {
    **dict.fromkeys(_SHAPES.split(), laid_out),
    "permute": permuted,
    "t": swapped,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims", "adjoint"), swapped),
    **dict.fromkeys(("movedim", "moveaxis"), moved),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), widened),
    **dict.fromkeys(("repeat", "tile"), tiled),
    "repeat_interleave": stretched,
    **dict.fromkeys(("cat", "concat", "concatenate"), put_in_a_row),
    "stack": stacked,
    **dict.fromkeys(("chunk", "split", "tensor_split", "split_with_sizes", "unsafe_chunk", "unsafe_split"), parted),
    "unbind": unbound,
    "narrow": narrowed,
    "select": selected,
    "getitem": indexed,
    "setitem": put,
    "flip": mirrored,
    "roll": rolled,
    "unfold": windowed,
}
