"""One walk through a description: the shapes at every layer, and what its units see of the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .arguments import Shape, shape
from .errors import ShapeError
from .joining import concatenated, joined
from .layers import Flatten, Fold, Layer, Linear, MultiheadAttention, Unflatten, Unfold
from .layers.joins import Parallel, Residual
from .layout import Dim, Lost, Place, lost_place, reshaped
from .mixing import mixed, slid
from .receptive_field import View
from .windows import Look, Own, Stamp, Whole

_MAPS: dict[int, tuple[Dim, ...]] = {axes: (None, *range(axes - 1)) for axes in (2, 3, 4)}  # (C, H, W) as it comes


class Step(NamedTuple):
    """A layer at its place in a network.

    Args:
        name: its path; "" for the network itself.
        layer: its description.
        input_shape: shape of its input, (C, H, W) for images.
        output_shape: shape of its output.
        place: what the numbers of its output see, and where they stand; None where nothing asked for it.
    """

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    place: Place | None

    @property
    def view(self) -> View | None:
        """What the units of its output see; None where their places are lost."""
        return self.place.view if self.place else None


def trace(layer: Layer, input_shape: Shape, strict: bool = False, views: bool = True) -> list[Step]:
    """The steps of a network on an input of this shape: containers come before the layers inside them.

    Example:
        >>> from cnn_guide.arithmetic.layers import Conv2d, MaxPool2d, Sequential
        >>> for step in trace(Sequential(Conv2d(1, 8, 3), MaxPool2d(2)), (1, 28, 28)):
        ...     print(repr(step.name), step.output_shape, step.view.size)
        '' (8, 13, 13) (4, 4)
        '0' (8, 26, 26) (3, 3)
        '1' (8, 13, 13) (4, 4)

    Args:
        layer: a layer or a network of them.
        input_shape: shape of the input, (C, H, W) for images.
        strict: whether normalisation over the map counts as seeing the whole map.
        views: whether to follow what the units see.

    Raises:
        ShapeError: if a layer cannot take its input, with its path.
    """
    sizes = shape("input_shape", input_shape)
    start = None
    if views and len(sizes) > 1:
        start = Place(View.of_input(sizes[1:]), (None, *range(len(sizes) - 1)))
    steps: list[Step] = []
    _walk(steps, "", layer, sizes, start, strict)
    return steps


def _walk(
    steps: list[Step], name: str, layer: Layer, sizes: Shape, place: Place | None, strict: bool
) -> tuple[Shape, Place | None]:
    """Add the steps of a layer and of all inside it; give its output's shape and place."""
    try:
        if not layer.children:
            output = layer._output_shape(sizes)
            if place is not None:
                looks = layer.windows(sizes)
                if looks != () or strict or len(sizes) != len(output):
                    place = _seen(layer, sizes, output, place, looks, strict)
            steps.append(Step(name, layer, sizes, output, place))
            return output, place
        index = len(steps)
        steps.append(None)  # type: ignore[arg-type]  # a container comes first, but its output is known last
        if isinstance(layer, (Residual, Parallel)):
            output, place = _walk_branches(steps, name, layer, sizes, place, strict)
        else:
            output, path = sizes, f"{name}." if name else ""
            for child, inner in layer.children:
                output, place = _walk(steps, path + child, inner, output, place, strict)
    except ShapeError as error:
        raise error if error.path or error.kind else error.of(layer.kind).inside(name) from None
    steps[index] = Step(name, layer, sizes, output, place)
    return output, place


def _walk_branches(
    steps: list[Step], name: str, layer: Residual | Parallel, sizes: Shape, place: Place | None, strict: bool
) -> tuple[Shape, Place | None]:
    """Add the steps of all branches; a residual's way around its body adds none."""
    path = f"{name}." if name else ""
    ends = [_walk(steps, path + child, inner, sizes, place, strict) for child, inner in layer.children]
    if isinstance(layer, Residual) and layer.shortcut is None:
        ends.append((sizes, place))
    output = layer._joined([end for end, _ in ends])
    places = [(seen, end) for end, seen in ends if seen]
    if not places:
        return output, None
    try:
        if isinstance(layer, Parallel) and layer.join == "concatenate":
            return output, concatenated(places, output, dim=0)
        return output, joined(places, output)
    except Lost as lost:
        return output, lost_place(f"{layer.kind}: {lost}", len(output))


def _seen(
    layer: Layer, sizes: Shape, output: Shape, place: Place, looks: tuple[Look, ...] | None, strict: bool
) -> Place:
    """What the numbers of a layer's output see, and where they stand."""
    if strict and layer.mixes_map:
        return mixed(place, sizes, range(1, len(sizes)), stir=True)
    if looks and place.dims == _MAPS.get(len(output)) and not isinstance(layer, (Linear, Unfold)):
        return Place(place.seen.through(looks, output[1:]), place.dims)
    try:
        return _rearranged(layer, sizes, output, place, looks)
    except Lost as lost:
        return lost_place(f"{layer.kind}: {lost}", len(output))


def _rearranged(layer: Layer, sizes: Shape, output: Shape, place: Place, looks: tuple[Look, ...] | None) -> Place:
    """The same for layers that lay numbers out anew, and for what is not a map in the usual order."""
    if isinstance(layer, (Flatten, Unflatten)):
        return reshaped(place, sizes, output)
    if isinstance(layer, Unfold):
        blocks = (output[0], *layer.positions(sizes))
        return reshaped(_slid(place, sizes, blocks, layer.windows(sizes)), blocks, output)
    if isinstance(layer, Fold):
        reverse = Unfold(layer.kernel_size, layer.dilation, layer.padding, layer.stride)
        blocks = (sizes[0], *reverse.positions(output))
        stamps = [Stamp(w.kernel_size, w.stride, w.before, w.dilation) for w in reverse.windows(output)]
        return _slid(reshaped(place, sizes, blocks), blocks, output, stamps)
    if isinstance(layer, Linear):
        return mixed(place, sizes, (len(sizes) - 1,))
    if looks is not None:
        return _slid(place, sizes, output, looks)
    if isinstance(layer, MultiheadAttention):
        return mixed(place, sizes, (0, 1), stir=True)
    raise Lost(f"its way from {sizes} to {output} is unknown")


def _slid(place: Place, sizes: Shape, output: Shape, looks: Sequence[Look]) -> Place:
    """Through one look for each axis after the channels."""
    whole = [dim for dim, look in enumerate(looks, 1) if isinstance(look, Whole)]
    place = mixed(place, sizes, whole, stir=all(sizes[dim] == output[dim] for dim in whole))
    others = {dim: look for dim, look in enumerate(looks, 1) if not isinstance(look, (Own, Whole))}
    return slid(place, sizes, others, output)
