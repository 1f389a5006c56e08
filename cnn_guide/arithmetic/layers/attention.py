"""Attention of a sequence to itself."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

from ..arguments import Shape, flag, integer, real
from ..costs import PER_BIAS, PER_MAC, PER_NUMBER
from ..errors import ShapeError
from .base import Layer, check_divisor


@dataclass(frozen=True, repr=False, eq=False)
class MultiheadAttention(Layer):
    """Each vector of a sequence (L, E) mixed with those that it attends to: queries, keys and values are the sequence.

    Example:
        >>> attention = MultiheadAttention(64, num_heads=8)
        >>> attention.output_shape((20, 64)), attention.parameters
        ((20, 64), 16640)
        >>> attention.macs((20, 64))  # 4 projections of 20 * 64 * 64, and 2 products of 20 * 20 * 64
        378880
    """

    function = "softmax"

    embed_dim: int
    num_heads: int
    dropout: float = 0.0
    bias: bool = True
    add_bias_kv: bool = False
    add_zero_attn: bool = False
    kdim: int | None = None
    vdim: int | None = None
    batch_first: bool = False  # the description has no batch

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """The projections of queries, keys and values, in one tensor where they are alike, and that of the output."""
        size = self.embed_dim
        shapes: dict[str, Shape] = {"in_proj_weight": (3 * size, size)}
        if self._sources != (size, size):
            keys, values = self._sources
            weights = {"q": (size, size), "k": (size, keys), "v": (size, values)}
            shapes = {f"{name}_proj_weight": sizes for name, sizes in weights.items()}
        shapes |= {"out_proj.weight": (size, size)}
        if self.bias:
            shapes |= {"in_proj_bias": (3 * size,), "out_proj.bias": (size,)}
        if self.add_bias_kv:
            shapes |= {"bias_k": (1, 1, size), "bias_v": (1, 1, size)}
        return shapes

    def windows(self, input_shape: Shape) -> None:
        """Everything."""
        return

    def _output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 2:
            raise ShapeError(
                f"`input_shape` (={input_shape}) must have 2 axes, (L, E), not {len(input_shape)}.",
                got=len(input_shape),
            )
        for name, wanted in zip(("embed_dim", "kdim", "vdim"), (self.embed_dim, *self._sources), strict=True):
            if wanted != input_shape[1]:
                raise ShapeError(
                    f"`{name}` (={wanted}) does not match the last axis of the input {input_shape}.",
                    f"Use {name}={input_shape[1]}.",
                    expected=wanted,
                    got=input_shape[1],
                )
        return input_shape

    def _macs(self, input_shape: Shape, output_shape: Shape) -> int:
        """Four projections, queries by keys, and weights by values."""
        return (4 * self.embed_dim + 2 * self._keys(input_shape)) * prod(input_shape)

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        """Besides the MACs: the biases of the projections, the scale of the queries, the softmax of each head."""
        numbers, weights = prod(input_shape), self.num_heads * input_shape[0] * self._keys(input_shape)
        others = (4 * PER_BIAS * self.bias + PER_NUMBER["mul"]) * numbers + PER_NUMBER[self.function] * weights
        return PER_MAC * self._macs(input_shape, output_shape) + others

    def _between(self, input_shape: Shape, output_shape: Shape) -> int:
        """The mean weights of the heads, which PyTorch gives back too."""
        return input_shape[0] * self._keys(input_shape)

    def _keys(self, input_shape: Shape) -> int:
        """Keys that each vector attends to: all vectors, and up to two that the layer adds."""
        return input_shape[0] + self.add_bias_kv + self.add_zero_attn

    @property
    def _sources(self) -> tuple[int, int]:
        """Numbers of each key's and each value's source."""
        size = self.embed_dim
        return (size if self.kdim is None else self.kdim, size if self.vdim is None else self.vdim)

    def _check(self) -> None:
        integer("num_heads", self.num_heads, least=1)
        check_divisor("num_heads", self.num_heads, integer("embed_dim", self.embed_dim, least=1), "`embed_dim`")
        real("dropout", self.dropout)
        for name in ("kdim", "vdim"):
            if getattr(self, name) is not None:
                integer(name, getattr(self, name), least=1)
        for name in ("bias", "add_bias_kv", "add_zero_attn", "batch_first"):
            flag(name, getattr(self, name))
