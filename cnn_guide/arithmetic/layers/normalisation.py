"""Normalisation by the numbers of one sample: groups of channels, the last axes, the channels around."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from ..arguments import Shape, flag, integer, real, shape
from ..costs import PER_AFFINE, PER_NUMBER
from ..errors import ShapeError
from .base import Layer, check_channels, check_divisor, check_map


class Norm(Layer):
    """A normalisation by statistics of the input, with a trained scale and shift."""

    @property
    def mixes_map(self) -> bool:
        """Each number depends on all others by their mean and variance."""
        return True

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return (PER_NUMBER[self.function] + PER_AFFINE * len(self.parameter_shapes)) * prod(output_shape)


@dataclass(frozen=True, repr=False, eq=False)
class GroupNorm(Norm):
    """Groups of channels brought to one scale.

    Example:
        >>> GroupNorm(4, 16).output_shape((16, 26, 26)), GroupNorm(4, 16).parameters
        ((16, 26, 26), 32)
    """

    function = "group_norm"

    num_groups: int
    num_channels: int
    eps: float = 1e-5
    affine: bool = True
    bias: bool = True

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """A scale and a shift for each channel."""
        return scale_and_shift((self.num_channels,), self.affine, self.bias)

    def _output_shape(self, input_shape: Shape) -> Shape:
        if self.affine or not input_shape:  # without scales PyTorch takes any number of whole groups
            check_channels(input_shape, "num_channels", self.num_channels)
        check_divisor("num_groups", self.num_groups, input_shape[0], "the channels of the input")
        return input_shape

    def _check(self) -> None:
        integer("num_groups", self.num_groups, least=1)
        check_divisor("num_groups", self.num_groups, integer("num_channels", self.num_channels, 1), "`num_channels`")
        real("eps", self.eps)
        flag("affine", self.affine)
        flag("bias", self.bias)


@dataclass(frozen=True, repr=False, eq=False)
class _LastNorm(Norm):
    """A normalisation over the last axes."""

    normalized_shape: int | Sequence[int]

    def _output_shape(self, input_shape: Shape) -> Shape:
        got = input_shape[-len(self._sizes) :]
        if got != self._sizes:
            raise ShapeError(
                f"`normalized_shape` (={self.normalized_shape!r}) does not match the last axes of the input "
                f"{input_shape}.",
                f"Use normalized_shape={got}.",
                expected=self._sizes,
                got=got,
            )
        return input_shape

    @cached_property
    def _sizes(self) -> Shape:
        many = isinstance(self.normalized_shape, (tuple, list))
        sizes = shape("normalized_shape", self.normalized_shape if many else (self.normalized_shape,))
        if not sizes:
            raise ShapeError("`normalized_shape` (=()) must have at least one size.")
        return sizes

    def _check(self) -> None:
        self._sizes  # noqa: B018 - works the argument out, and refuses a wrong one


@dataclass(frozen=True, repr=False, eq=False)
class LayerNorm(_LastNorm):
    """The last axes brought to one scale.

    Example:
        >>> LayerNorm(64).output_shape((20, 64)), LayerNorm(64).parameters
        ((20, 64), 128)
    """

    function = "layer_norm"

    eps: float = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """A scale and a shift for each number of these axes."""
        return scale_and_shift(self._sizes, self.elementwise_affine, self.bias)

    def _check(self) -> None:
        super()._check()
        real("eps", self.eps)
        flag("elementwise_affine", self.elementwise_affine)
        flag("bias", self.bias)


@dataclass(frozen=True, repr=False, eq=False)
class RMSNorm(_LastNorm):
    """The last axes divided by the root of their mean square.

    Example:
        >>> RMSNorm(64).output_shape((20, 64)), RMSNorm(64).parameters
        ((20, 64), 64)
    """

    function = "rms_norm"

    eps: float | None = None
    elementwise_affine: bool = True

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """A scale for each number of these axes."""
        return scale_and_shift(self._sizes, self.elementwise_affine, shift=False)

    def _check(self) -> None:
        super()._check()
        flag("elementwise_affine", self.elementwise_affine)


@dataclass(frozen=True, repr=False, eq=False)
class LocalResponseNorm(Layer):
    """Each number divided by the squares in the channels around it, as in AlexNet.

    Example:
        >>> LocalResponseNorm(5).output_shape((96, 27, 27))
        (96, 27, 27)
    """

    function = "local_response_norm"

    size: int
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0

    def _output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 2:
            check_map(input_shape, 2)
        return input_shape

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return (PER_NUMBER[self.function] + self.size) * prod(output_shape)

    def _check(self) -> None:
        integer("size", self.size, least=1)
        for name in ("alpha", "beta", "k"):
            real(name, getattr(self, name))


def scale_and_shift(sizes: Shape, affine: bool, shift: bool) -> dict[str, Shape]:
    """Shapes of a normalisation's parameters: a scale and a shift for each number of these sizes."""
    if not affine:
        return {}
    return {"weight": sizes, "bias": sizes} if shift else {"weight": sizes}
