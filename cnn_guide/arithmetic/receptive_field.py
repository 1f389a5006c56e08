"""Receptive fields of layer descriptions: what a unit can see of the input."""

from dataclasses import dataclass, replace

from .arguments import Shape, shape
from .layers import Layer, Parallel, Residual, Sequential
from .layers.base import Window, join


@dataclass(frozen=True)
class Field:
    """What the units of one layer see of the input, along each axis.

    Unit i sees the pixels from `start + i * jump` on, `size` of them; places below 0 lie in the padding.

    Args:
        name: the layer's path in the network.
        kind: the layer's class.
        size: pixels that one unit sees.
        jump: pixels between the fields of two neighbours; 0 where each unit sees the same.
        start: first pixel that the first unit sees.
        units: how many units there are.
    """

    name: str
    kind: str
    size: tuple[int, ...]
    jump: tuple[int, ...]
    start: tuple[int, ...]
    units: tuple[int, ...]

    def through(self, windows: tuple[Window, ...] | None) -> "Field":
        """The fields of units that look at this layer's units through these windows.

        Example:
            >>> pixel = Field("", "", size=(1,), jump=(1,), start=(0,), units=(28,))
            >>> pixel.through((Window(3, 2, 1),)).size
            (3,)
        """
        if windows is None:
            windows = tuple(Window(units, 0, 0) for units in self.units)
        if not windows:
            return self
        axes = list(zip(windows, self.size, self.jump, self.start, strict=True))
        return replace(
            self,
            size=tuple(size + (window.span - 1) * jump for window, size, jump, _ in axes),
            jump=tuple(window.stride * jump for window, _, jump, _ in axes),
            start=tuple(start - window.before * jump for window, _, jump, start in axes),
        )

    def united(self, other: "Field") -> "Field":
        """The fields of units that see what the units of two branches see."""
        if self.jump != other.jump:
            raise ValueError(f"Branches with jumps {self.jump} and {other.jump} meet: their units don't line up.")
        start = tuple(min(pair) for pair in zip(self.start, other.start, strict=True))
        end = (max(pair) for pair in zip(self._end(), other._end(), strict=True))
        return replace(self, start=start, size=tuple(e - s for s, e in zip(start, end, strict=True)))

    def _end(self) -> tuple[int, ...]:
        return tuple(start + size for start, size in zip(self.start, self.size, strict=True))


def fields(layer: Layer, input_shape: Shape) -> list[Field]:
    """The field after each layer that does something by itself, in order.

    Example:
        >>> from cnn_guide.arithmetic.layers import Conv2d
        >>> [field.size for field in fields(Sequential(Conv2d(1, 1, 3), Conv2d(1, 1, 3)), (1, 28, 28))]
        [(3, 3), (5, 5)]

    Raises:
        ShapeError: if the layers do not fit together.
        ValueError: if the units of a layer see fields of different sizes.
    """
    sizes = shape("input_shape", input_shape)
    if len(sizes) < 2:
        raise ValueError(f"`input_size` (={sizes}) must have a channel axis and at least one axis to look along.")
    layer.output_shape(sizes)  # refuses what cannot be, with the layer's path
    each = len(sizes) - 1
    pixel = Field("", "", size=(1,) * each, jump=(1,) * each, start=(0,) * each, units=sizes[1:])
    return _walk("", layer, sizes, pixel)


def _walk(name: str, layer: Layer, input_shape: Shape, before: Field) -> list[Field]:
    """Fields inside a layer; the last one is that of its output."""
    if isinstance(layer, Sequential):
        found: list[Field] = []
        for child, inner, sizes in layer.routes(input_shape):
            found += _walk(join(name, child), inner, sizes, found[-1] if found else before)
        return found
    if isinstance(layer, (Residual, Parallel)):
        return _branches(name, layer, input_shape, before)
    output = layer.output_shape(input_shape)
    units = output[1:] if len(output) > 1 else before.units
    return [replace(before.through(layer.windows(input_shape)), name=name, kind=layer.kind, units=units)]


def _branches(name: str, layer: Residual | Parallel, input_shape: Shape, before: Field) -> list[Field]:
    found: list[Field] = []
    ends = [before] if isinstance(layer, Residual) and layer.shortcut is None else []
    for child, inner, sizes in layer.routes(input_shape):
        inside = _walk(join(name, child), inner, sizes, before)
        found += inside
        ends.append(inside[-1] if inside else before)
    united = ends[-1]
    for end in ends[:-1]:
        united = united.united(end)
    return [*found, replace(united, name=name, kind=layer.kind)]
