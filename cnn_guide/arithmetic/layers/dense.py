"""Layers that forget the place of a pixel: Linear and Flatten."""

from dataclasses import dataclass
from math import prod

from ..arguments import Shape, flag, integer
from ..costs import PER_BIAS, PER_MAC
from ..errors import ShapeError
from .base import Layer, Window


@dataclass(frozen=True, repr=False)
class Linear(Layer):
    """A dense layer on the last axis: each output is connected to each input.

    Example:
        >>> Linear(20_000, 100).parameters  # 20,000 * 100 + 100
        2000100
        >>> Linear(800, 64).output_shape((800,))
        (64,)
    """

    in_features: int
    out_features: int
    bias: bool = True

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """A row of weights and one bias for each output."""
        weight = (self.out_features, self.in_features)
        return {"weight": weight, "bias": (self.out_features,)} if self.bias else {"weight": weight}

    def _macs(self, input_shape: Shape, output_shape: Shape) -> int:
        """Every weight once for each row of the input; after Flatten there is one row."""
        return prod(output_shape) * self.in_features

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return (PER_MAC * self.in_features + PER_BIAS * self.bias) * prod(output_shape)

    def windows(self, input_shape: Shape) -> tuple[Window, ...] | None:
        """Everything, after Flatten; on a map the layer mixes one axis only, which no window describes."""
        if len(input_shape) > 1:
            raise ValueError(f"{self!r} on {input_shape} mixes columns only. Flatten the map before it.")
        return None

    def _output_shape(self, input_shape: Shape) -> Shape:
        got = input_shape[-1] if input_shape else 0
        if got != self.in_features:
            raise ShapeError(
                f"`in_features` (={self.in_features}) does not match the last axis of the input {input_shape}.",
                self._way_out(input_shape),
                axis=len(input_shape) - 1,
                expected=self.in_features,
                got=got,
            )
        return (*input_shape[:-1], self.out_features)

    def _way_out(self, input_shape: Shape) -> str:
        flat = prod(input_shape)
        if len(input_shape) > 1 and flat == self.in_features:
            return f"Put Flatten() before it: {' · '.join(map(str, input_shape))} = {flat}."
        if len(input_shape) > 1:
            return f"Put Flatten() before it and use in_features={flat}, or in_features={input_shape[-1]} for each row."
        return f"Use in_features={flat}."

    def _check(self) -> None:
        integer("in_features", self.in_features, least=1)
        integer("out_features", self.out_features, least=1)
        flag("bias", self.bias)


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """Axes joined into one; axis 0 is the batch, as in PyTorch, and stays.

    Example:
        >>> Flatten().output_shape((32, 5, 5))  # 32 * 5 * 5
        (800,)
    """

    start_dim: int = 1
    end_dim: int = -1

    def windows(self, input_shape: Shape) -> tuple[Window, ...]:
        """A unit still sees what it saw on the map."""
        if len(self.output_shape(input_shape)) not in (1, len(input_shape)):
            raise ValueError(f"{self!r} joins some axes of {input_shape} only: the units' places can't be followed.")
        return ()

    def _output_shape(self, input_shape: Shape) -> Shape:
        axes = len(input_shape) + 1  # with the batch axis, which the arguments count
        start, end = (self._axis(name, getattr(self, name), axes) for name in ("start_dim", "end_dim"))
        if start > end:
            raise ShapeError(f"`start_dim` (={self.start_dim}) comes after `end_dim` (={self.end_dim}).")
        return (*input_shape[: start - 1], prod(input_shape[start - 1 : end]), *input_shape[end:])

    @staticmethod
    def _axis(name: str, dim: int, axes: int) -> int:
        if not -axes <= dim < axes:
            raise ShapeError(f"`{name}` (={dim}) must lie between {-axes} and {axes - 1}, the batch axis being 0.")
        if dim % axes == 0:
            raise ShapeError(f"`{name}` (={dim}) would join the batch axis.", "Use 1 or more.", got=dim)
        return dim % axes

    def _check(self) -> None:
        for name in ("start_dim", "end_dim"):
            integer(name, getattr(self, name))
