"""Normalisation: numbers brought to one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

from ..arguments import Shape, flag, integer, real, shape
from ..costs import PER_AFFINE, PER_NUMBER
from ..errors import ShapeError
from .base import Layer, check_channels, check_divisor, check_map


@dataclass(frozen=True, repr=False)
class _Norm(Layer):
    """A normalisation by statistics of the input, with a trained scale and shift."""

    @property
    def mixes_map(self) -> bool:
        """Each number depends on all others by their mean and variance."""
        return True

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return (PER_NUMBER[self.function] + PER_AFFINE * len(self.parameter_shapes)) * prod(output_shape)


@dataclass(frozen=True, repr=False)
class _ChannelNorm(_Norm):
    """A normalisation channel by channel, with running statistics where it keeps them."""

    axes: ClassVar[int]

    num_features: int
    eps: float = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    track_running_stats: bool = True
    bias: bool = True

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """A scale and a shift for each channel."""
        return _scale_and_shift((self.num_features,), self.affine, self.bias)

    @property
    def buffer_shapes(self) -> dict[str, Shape]:
        """A running mean and variance for each channel, and a counter."""
        if not self.track_running_stats:
            return {}
        each = (self.num_features,)
        return {"running_mean": each, "running_var": each, "num_batches_tracked": ()}

    @property
    def mixes_map(self) -> bool:
        """In evaluation the running statistics stand in for those of the map."""
        return not self.track_running_stats

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        if self.track_running_stats:
            return PER_NUMBER["batch_norm"] * prod(output_shape)
        return super()._operations(input_shape, output_shape)

    def _output_shape(self, input_shape: Shape) -> Shape:
        check_map(input_shape, self.axes)
        if self.affine or self.track_running_stats:  # else PyTorch takes any number of channels
            check_channels(input_shape, "num_features", self.num_features)
        return input_shape

    def _check(self) -> None:
        integer("num_features", self.num_features, least=1)
        if real("eps", self.eps) < 0:
            raise ShapeError(f"`eps` (={self.eps}) must be at least 0.", expected=0, got=self.eps)
        for name in ("affine", "track_running_stats", "bias"):
            flag(name, getattr(self, name))


@dataclass(frozen=True, repr=False)
class BatchNorm1d(_ChannelNorm):
    """Channels of (C, L), or features (C,), brought to one scale by the mean and variance over the batch.

    Example:
        >>> BatchNorm1d(64).parameters  # a scale and a shift each
        128
    """

    axes = 1
    function = "instance_norm"  # without running statistics

    def _output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:
            return super()._output_shape(input_shape)
        return super()._output_shape((*input_shape, 1))[:1]


@dataclass(frozen=True, repr=False)
class BatchNorm2d(_ChannelNorm):
    """Channels of (C, H, W) brought to one scale by the mean and variance over the batch.

    Example:
        >>> BatchNorm2d(16).output_shape((16, 26, 26))
        (16, 26, 26)
    """

    axes = 2
    function = "instance_norm"


@dataclass(frozen=True, repr=False)
class BatchNorm3d(_ChannelNorm):
    """Channels of (C, D, H, W) brought to one scale by the mean and variance over the batch.

    Example:
        >>> BatchNorm3d(16).output_shape((16, 4, 26, 26))
        (16, 4, 26, 26)
    """

    axes = 3
    function = "instance_norm"


@dataclass(frozen=True, repr=False)
class _InstanceNorm(_ChannelNorm):
    function = "instance_norm"

    affine: bool = False
    track_running_stats: bool = False

    def _output_shape(self, input_shape: Shape) -> Shape:
        output = super()._output_shape(input_shape)
        if not self.track_running_stats and prod(input_shape[1:]) == 1:
            raise ShapeError(
                f"A map with a single pixel a channel has no variance: the input is {input_shape}.",
                "Leave the layer out there.",
                got=input_shape,
            )
        return output


@dataclass(frozen=True, repr=False)
class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sequence (C, L) brought to one scale.

    Example:
        >>> InstanceNorm1d(8).output_shape((8, 96)), InstanceNorm1d(8).parameters
        ((8, 96), 0)
    """

    axes = 1


@dataclass(frozen=True, repr=False)
class InstanceNorm2d(_InstanceNorm):
    """Each channel of each image (C, H, W) brought to one scale.

    Example:
        >>> InstanceNorm2d(8, affine=True).parameters
        16
    """

    axes = 2


@dataclass(frozen=True, repr=False)
class InstanceNorm3d(_InstanceNorm):
    """Each channel of each volume (C, D, H, W) brought to one scale.

    Example:
        >>> InstanceNorm3d(8).output_shape((8, 4, 26, 26))
        (8, 4, 26, 26)
    """

    axes = 3


@dataclass(frozen=True, repr=False)
class GroupNorm(_Norm):
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
        return _scale_and_shift((self.num_channels,), self.affine, self.bias)

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


@dataclass(frozen=True, repr=False)
class _LastNorm(_Norm):
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


@dataclass(frozen=True, repr=False)
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
        return _scale_and_shift(self._sizes, self.elementwise_affine, self.bias)

    def _check(self) -> None:
        super()._check()
        real("eps", self.eps)
        flag("elementwise_affine", self.elementwise_affine)
        flag("bias", self.bias)


@dataclass(frozen=True, repr=False)
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
        return _scale_and_shift(self._sizes, self.elementwise_affine, shift=False)

    def _check(self) -> None:
        super()._check()
        flag("elementwise_affine", self.elementwise_affine)


@dataclass(frozen=True, repr=False)
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


def _scale_and_shift(sizes: Shape, affine: bool, shift: bool) -> dict[str, Shape]:
    if not affine:
        return {}
    return {"weight": sizes, "bias": sizes} if shift else {"weight": sizes}
