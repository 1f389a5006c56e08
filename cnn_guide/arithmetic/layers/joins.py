"""Ways to join layers: one after the other, around a shortcut, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import overload

from ..arguments import Shape
from ..errors import ShapeError
from .base import Layer


@dataclass(frozen=True, repr=False)
class _Join(Layer):
    """A container: a layer made of named layers."""

    @property
    def makes_new(self) -> bool:
        """Only a sum or a concatenation is stored anew."""
        return not isinstance(self, Sequential)

    def _outputs(self, input_shape: Shape) -> list[Shape]:
        return [_step(name, layer, sizes) for name, layer, sizes in self.routes(input_shape)]

    def __repr__(self) -> str:
        """One child a line, indented."""
        lines = [repr(layer).replace("\n", "\n  ") for _, layer in self.children]
        return f"{self.kind}(\n  " + ",\n  ".join(lines) + ",\n)" if lines else f"{self.kind}()"


@dataclass(frozen=True, repr=False, init=False)
class Sequential(_Join):
    """Layers one after the other.

    Example:
        >>> from cnn_guide.arithmetic.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
        >>> network = Sequential(
        ...     Conv2d(1, 16, kernel_size=3),  # (16, 26, 26)
        ...     ReLU(),
        ...     MaxPool2d(2),  # (16, 13, 13)
        ...     Flatten(),  # (2704,)
        ...     Linear(2704, 10),
        ... )
        >>> network.output_shape((1, 28, 28)), network.parameters
        ((10,), 27210)

    Args:
        *layers: the layers, in order; `network[2]` is the third, `network[:2]` the first two.
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        _set_layers(self, layers)

    @property
    def children(self) -> tuple[tuple[str, Layer], ...]:
        """The layers, named by their index."""
        return tuple((str(index), layer) for index, layer in enumerate(self.layers))

    def routes(self, input_shape: Shape) -> Iterator[tuple[str, Layer, Shape]]:
        """Each layer with the output of the one before as its input."""
        sizes = input_shape
        for name, layer in self.children:
            yield name, layer, sizes
            sizes = _step(name, layer, sizes)

    def _output_shape(self, input_shape: Shape) -> Shape:
        sizes = input_shape
        for name, layer in self.children:
            sizes = _step(name, layer, sizes)
        return sizes

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Layer | Sequential:
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]


@dataclass(frozen=True, repr=False)
class Residual(_Join):
    """A body whose output is added to its input, as in ResNet.

    Example:
        >>> from cnn_guide.arithmetic.layers import Conv2d
        >>> Residual(Conv2d(64, 64, kernel_size=3, padding=1)).output_shape((64, 56, 56))
        (64, 56, 56)

    Args:
        body: the layers of the long way.
        shortcut: the layer of the short way, where shapes have to change; None leaves the input as it is.
    """

    function = "add"

    body: Layer
    shortcut: Layer | None = None

    @property
    def children(self) -> tuple[tuple[str, Layer], ...]:
        """The body, and the shortcut where there is one."""
        shortcut = () if self.shortcut is None else (("shortcut", self.shortcut),)
        return (("body", self.body), *shortcut)

    def _output_shape(self, input_shape: Shape) -> Shape:
        added = self._outputs(input_shape)
        long, short = added[0], added[1] if self.shortcut else input_shape
        if long != short:
            raise ShapeError(
                f"`body` gives {long} and the shortcut {short}: only equal shapes are added.",
                "Give a `shortcut` that changes the shape in the same way, such as a 1×1 convolution.",
                expected=long,
                got=short,
            )
        return long

    def _check(self) -> None:
        _check_layers((self.body,) if self.shortcut is None else (self.body, self.shortcut))


@dataclass(frozen=True, repr=False, init=False)
class Parallel(_Join):
    """Branches on the same input, joined along the channels, as in GoogLeNet.

    Example:
        >>> from cnn_guide.arithmetic.layers import Conv2d
        >>> Parallel(Conv2d(8, 4, kernel_size=1), Conv2d(8, 16, kernel_size=3, padding=1)).output_shape((8, 28, 28))
        (20, 28, 28)

    Args:
        *branches: the layers side by side.
    """

    branches: tuple[Layer, ...]

    def __init__(self, *branches: Layer) -> None:
        _check_layers(branches)
        if not branches:
            raise ShapeError("`branches` is empty: there is nothing to join.", kind="Parallel")
        object.__setattr__(self, "branches", branches)

    @property
    def children(self) -> tuple[tuple[str, Layer], ...]:
        """The branches, named by their index."""
        return tuple((str(index), layer) for index, layer in enumerate(self.branches))

    def _output_shape(self, input_shape: Shape) -> Shape:
        outputs = self._outputs(input_shape)
        for name, sizes in enumerate(outputs):
            if sizes[1:] != outputs[0][1:]:
                raise ShapeError(
                    f"Branch {name} gives {sizes} and branch 0 {outputs[0]}: only channels may differ.",
                    "Adjust stride and padding.",
                    expected=outputs[0][1:],
                    got=sizes[1:],
                )
        return (sum(sizes[0] for sizes in outputs), *outputs[0][1:])


def _step(name: str, layer: Layer, input_shape: Shape) -> Shape:
    try:
        return layer.output_shape(input_shape)
    except ShapeError as error:
        raise error.inside(name) from None


def _set_layers(sequential: Sequential, layers: tuple[Layer, ...]) -> None:
    _check_layers(layers)
    object.__setattr__(sequential, "layers", layers)  # the dataclass is frozen


def _check_layers(layers: tuple[Layer, ...]) -> None:
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"Layer {index} (={layer!r}) is not a description such as layers.ReLU().")
