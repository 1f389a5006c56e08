"""One walk through a description: the shapes at every layer, and what its units see of the input."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from .arguments import Shape, shape
from .errors import ShapeError
from .layers import Layer, Sequential
from .layers.joins import Residual
from .receptive_field import View
from .windows import Whole


class Step(NamedTuple):
    """A layer at its place in a network.

    Args:
        name: its path; "" for the network itself.
        layer: its description.
        input_shape: shape of its input, (C, H, W) for images.
        output_shape: shape of its output.
        view: what the units of its output see; None where their places are lost, or nothing asked for them.
    """

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    view: View | None


def trace(layer: Layer, input_shape: Shape, strict: bool = False, views: bool = True) -> list[Step]:
    """The steps of a network on an input of this shape: containers come before the layers inside them.

    Example:
        >>> from cnn_guide.arithmetic.layers import Conv2d, MaxPool2d
        >>> for name, _, _, sizes, view in trace(Sequential(Conv2d(1, 8, 3), MaxPool2d(2)), (1, 28, 28)):
        ...     print(repr(name), sizes, view.size)
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
    steps: list[Step] = []
    _walk(steps, "", layer, sizes, View.of_input(sizes[1:]) if views and len(sizes) > 1 else None, strict)
    return steps


def _walk(
    steps: list[Step], name: str, layer: Layer, sizes: Shape, view: View | None, strict: bool
) -> tuple[Shape, View | None]:
    """Add the steps of a layer and of all inside it; give its output's shape and view."""
    place, children = len(steps), layer.children
    steps.append(None)  # type: ignore[arg-type]  # a container comes first, but its output is known last
    try:
        if not children:
            output = layer._output_shape(sizes)
            seen = None if view is None else _look(layer, sizes, output, view, strict)
        elif isinstance(layer, Sequential):
            output, seen = sizes, view
            path = f"{name}." if name else ""
            for child, inner in children:
                output, seen = _walk(steps, path + child, inner, output, seen, strict)
        else:
            output, seen = _walk_branches(steps, name, layer, sizes, view, strict)
    except ShapeError as error:
        raise error if error.path or error.kind else replace(error, kind=layer.kind, path=name) from None
    steps[place] = Step(name, layer, sizes, output, None if seen is None or seen.lost else seen)
    return output, seen


def _walk_branches(
    steps: list[Step], name: str, layer: Layer, sizes: Shape, view: View | None, strict: bool
) -> tuple[Shape, View | None]:
    """Add the steps of all branches; a residual's way around its body adds none."""
    path = f"{name}." if name else ""
    ends = [_walk(steps, path + child, inner, sizes, view, strict) for child, inner in layer.children]
    if isinstance(layer, Residual) and layer.shortcut is None:
        ends.append((sizes, view))
    output = layer._joined([end for end, _ in ends])
    views = [seen for _, seen in ends if seen is not None]
    return output, View.united(views) if views else None


def _look(layer: Layer, sizes: Shape, output: Shape, view: View, strict: bool) -> View:
    """What the units of a layer's output see, when its input has this view."""
    if strict and layer.mixes_map:
        return view.through((Whole(),) * len(view.units), view.units)
    looks = layer.windows(sizes)
    if not looks:  # its own place, or everything
        return view.through(looks, ())
    if not view.lost and view.units != sizes[1:]:
        view = _rearranged(layer, view, sizes[1:])
    return view.through(looks, output[1:])


def _rearranged(layer: Layer, view: View, units: Shape) -> View:
    """The view of a map whose numbers were laid out anew, where that can be told."""
    if len(view.units) == len(units) and set(view.units) == {1}:
        return view.spread(units)
    return View((), lost=f"{layer.kind} looks at {units} places where a map of {view.units} was flattened")
