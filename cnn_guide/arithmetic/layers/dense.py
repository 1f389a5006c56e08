"""Linear layers, and the table of vectors that stands in their place where the input is a word."""

from dataclasses import dataclass
from math import prod

from ..arguments import Shape, flag, integer
from ..costs import PER_BIAS, PER_MAC
from ..errors import ShapeError
from ..windows import Own, Whole
from .base import Layer


@dataclass(frozen=True, repr=False, eq=False)
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

    def windows(self, input_shape: Shape) -> tuple[Own | Whole, ...] | None:
        """Everything, after Flatten; on a map the last axis, as far as it goes."""
        axes = len(input_shape) - 1
        return (Own(),) * (axes - 1) + (Whole(),) if axes else None

    def _macs(self, input_shape: Shape, output_shape: Shape) -> int:
        """Every weight once for each row of the input; after Flatten there is one row."""
        return self.in_features * prod(output_shape)

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return (PER_MAC * self.in_features + PER_BIAS * self.bias) * prod(output_shape)

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


@dataclass(frozen=True, repr=False, eq=False)
class Embedding(Layer):
    """A trained vector for each word; the input holds the words' numbers.

    Example:
        >>> Embedding(10_000, 64).output_shape((20,))  # 20 words
        (20, 64)
    """

    function = "embedding"

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None = None
    max_norm: float | None = None  # changes the numbers only, as do those below
    norm_type: float = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """A row for each word."""
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def _output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.embedding_dim)

    def _check(self) -> None:
        words = integer("num_embeddings", self.num_embeddings, least=1)
        integer("embedding_dim", self.embedding_dim, least=1)
        if self.padding_idx is not None and not -words <= integer("padding_idx", self.padding_idx) < words:
            raise ShapeError(
                f"`padding_idx` (={self.padding_idx}) must lie between {-words} and {words - 1}, the words' numbers.",
                got=self.padding_idx,
            )
