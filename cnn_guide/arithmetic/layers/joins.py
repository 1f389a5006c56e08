"""Ways to join layers: one after the other, around a shortcut, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import overload

from ..arguments import Shape, choice
from ..costs import PER_NUMBER
from ..errors import ShapeError
from .base import Layer

CONCATENATE, ADD = "concatenate", "add"


class _Join(Layer):
    """A container: a layer made of named layers."""

    def _outputs(self, input_shape: Shape) -> list[Shape]:
        return [_step(name, layer, input_shape) for name, layer in self.children]

    def __repr__(self) -> str:
        """One child a line, indented."""
        lines = [repr(layer).replace("\n", "\n  ") for _, layer in self.children] + self._arguments()
        return f"{self.kind}(\n  " + ",\n  ".join(lines) + ",\n)" if lines else f"{self.kind}()"

    def _arguments(self) -> list[str]:
        return []


@dataclass(frozen=True, repr=False, eq=False, init=False)
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
        _check_layers(layers)
        object.__setattr__(self, "layers", layers)  # the dataclass is frozen

    @cached_property
    def children(self) -> tuple[tuple[str, Layer], ...]:
        """The layers, named by their index."""
        return tuple((str(index), layer) for index, layer in enumerate(self.layers))

    @property
    def makes_new(self) -> bool:
        """Only its layers do."""
        return False

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


@dataclass(frozen=True, repr=False, eq=False)
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

    @cached_property
    def children(self) -> tuple[tuple[str, Layer], ...]:
        """The body, and the shortcut where there is one."""
        shortcut = () if self.shortcut is None else (("shortcut", self.shortcut),)
        return (("body", self.body), *shortcut)

    def _output_shape(self, input_shape: Shape) -> Shape:
        return self._joined([*self._outputs(input_shape), input_shape])

    def _joined(self, outputs: Sequence[Shape]) -> Shape:
        """Shape of the sum: of the body's output, and that of the shortcut or else the input."""
        long, short = outputs[:2]
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


@dataclass(frozen=True, repr=False, eq=False, init=False)
class Parallel(_Join):
    """Branches on the same input, joined along the channels as in GoogLeNet, or added.

    Example:
        >>> from cnn_guide.arithmetic.layers import Conv2d
        >>> one, three = Conv2d(8, 16, kernel_size=1), Conv2d(8, 16, kernel_size=3, padding=1)
        >>> Parallel(one, three).output_shape((8, 28, 28))
        (32, 28, 28)
        >>> Parallel(one, three, join="add").output_shape((8, 28, 28))
        (16, 28, 28)

    Args:
        *branches: the layers side by side.
        join: "concatenate" puts their channels one behind the other, "add" adds the numbers at the same place.
    """

    branches: tuple[Layer, ...]
    join: str = CONCATENATE

    def __init__(self, *branches: Layer, join: str = CONCATENATE) -> None:
        _check_layers(branches)
        object.__setattr__(self, "branches", branches)  # the dataclass is frozen
        object.__setattr__(self, "join", join)
        self.__post_init__()

    @cached_property
    def children(self) -> tuple[tuple[str, Layer], ...]:
        """The branches, named by their index."""
        return tuple((str(index), layer) for index, layer in enumerate(self.branches))

    def _output_shape(self, input_shape: Shape) -> Shape:
        return self._joined(self._outputs(input_shape))

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        sums = len(self.branches) - 1 if self.join == ADD else 0
        return PER_NUMBER["add"] * sums * prod(output_shape)

    def _joined(self, outputs: Sequence[Shape]) -> Shape:
        """Shape of the branches' outputs together."""
        first = outputs[0]
        same = 0 if self.join == ADD else 1  # the first axis that must be alike
        for name, sizes in enumerate(outputs):
            if sizes[same:] != first[same:] or len(sizes) != len(first):
                rule = "only equal shapes are added" if self.join == ADD else "only channels may differ"
                raise ShapeError(
                    f"Branch {name} gives {sizes} and branch 0 {first}: {rule}.",
                    "Adjust stride and padding.",
                    expected=first[same:],
                    got=sizes[same:],
                )
        return first if self.join == ADD else (sum(sizes[0] for sizes in outputs), *first[1:])

    def _arguments(self) -> list[str]:
        return [] if self.join == CONCATENATE else [f"join={self.join!r}"]

    def _check(self) -> None:
        if not self.branches:
            raise ShapeError("`branches` is empty: there is nothing to join.")
        choice("join", self.join, (CONCATENATE, ADD))


def _step(name: str, layer: Layer, input_shape: Shape) -> Shape:
    try:
        return layer._output_shape(input_shape)
    except ShapeError as error:
        raise error.of(layer.kind).inside(name) from None


def _check_layers(layers: tuple[Layer, ...]) -> None:
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"Layer {index} (={layer!r}) is not a description such as layers.ReLU().")
