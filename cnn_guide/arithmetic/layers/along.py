"""Layers along one axis: softmax and its kin, and gates."""

from dataclasses import dataclass

from ..arguments import Shape, integer
from ..errors import ShapeError
from ..windows import Look, Own, Whole, Window
from .base import Layer, axis_index, axis_within, check_map


@dataclass(frozen=True, repr=False, eq=False)
class _AlongAxis(Layer):
    """Numbers along one axis, axis 0 being the batch, turned into shares of a whole."""

    dim: int | None = None  # None leaves the choice to PyTorch, which takes the batch or the channels

    def windows(self, input_shape: Shape) -> tuple[Look, ...]:
        """The whole axis, where it is one of the map."""
        axes = len(input_shape) - 1
        along = 0 if self.dim is None else axis_index("dim", self.dim, input_shape)
        return () if along < 1 else (Own(),) * (along - 1) + (Whole(),) + (Own(),) * (axes - along)

    def _output_shape(self, input_shape: Shape) -> Shape:
        if self.dim is not None:
            axis_index("dim", self.dim, input_shape)
        return input_shape

    def _check(self) -> None:
        if self.dim is not None:
            integer("dim", self.dim)


class Softmax(_AlongAxis):
    """Numbers along one axis turned into probabilities; axis 0 is the batch.

    Example:
        >>> Softmax(1).output_shape((10,))
        (10,)
    """

    function = "softmax"


class LogSoftmax(_AlongAxis):
    """The logarithms of these probabilities."""

    function = "log_softmax"


class Softmin(_AlongAxis):
    """Softmax of the numbers with their signs turned."""

    function = "softmin"


class Softmax2d(Layer):
    """The channels of each pixel turned into probabilities.

    Example:
        >>> Softmax2d().output_shape((10, 28, 28))
        (10, 28, 28)
    """

    function = "softmax"

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, 2)
        return input_shape


@dataclass(frozen=True, repr=False, eq=False)
class GLU(Layer):
    """One half of an axis times the sigmoid of the other half; axis 0 is the batch.

    Example:
        >>> GLU(1).output_shape((16, 26, 26))
        (8, 26, 26)
    """

    function = "glu"

    dim: int = -1

    def windows(self, input_shape: Shape) -> tuple[Look, ...]:
        """Two places half the axis apart, where it is one of the map."""
        axes, along = len(input_shape) - 1, axis_within("dim", self.dim, input_shape)
        if along == 0:
            return ()
        halves = Window(2, dilation=input_shape[along] // 2)
        return (Own(),) * (along - 1) + (halves,) + (Own(),) * (axes - along)

    def _output_shape(self, input_shape: Shape) -> Shape:
        along = axis_within("dim", self.dim, input_shape)
        if input_shape[along] % 2:
            raise ShapeError(f"`dim` (={self.dim}) has {input_shape[along]} numbers, which can't be halved.")
        return (*input_shape[:along], input_shape[along] // 2, *input_shape[along + 1 :])

    def _check(self) -> None:
        integer("dim", self.dim)
