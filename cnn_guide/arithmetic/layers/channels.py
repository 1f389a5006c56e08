"""Normalisation channel by channel, over the batch or over each map."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

from ..arguments import Shape, flag, integer, real
from ..costs import PER_NUMBER
from ..errors import ShapeError
from .base import check_channels, check_map
from .normalisation import Norm, scale_and_shift


@dataclass(frozen=True, repr=False, eq=False)
class _ChannelNorm(Norm):
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
        return scale_and_shift((self.num_features,), self.affine, self.bias)

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


class BatchNorm2d(_ChannelNorm):
    """Channels of (C, H, W) brought to one scale by the mean and variance over the batch.

    Example:
        >>> BatchNorm2d(16).output_shape((16, 26, 26))
        (16, 26, 26)
    """

    axes = 2
    function = "instance_norm"


class BatchNorm3d(_ChannelNorm):
    """Channels of (C, D, H, W) brought to one scale by the mean and variance over the batch.

    Example:
        >>> BatchNorm3d(16).output_shape((16, 4, 26, 26))
        (16, 4, 26, 26)
    """

    axes = 3
    function = "instance_norm"


@dataclass(frozen=True, repr=False, eq=False)
class _InstanceNorm(_ChannelNorm):
    """Each map by itself."""

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


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sequence (C, L) brought to one scale.

    Example:
        >>> InstanceNorm1d(8).output_shape((8, 96)), InstanceNorm1d(8).parameters
        ((8, 96), 0)
    """

    axes = 1


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each image (C, H, W) brought to one scale.

    Example:
        >>> InstanceNorm2d(8, affine=True).parameters
        16
    """

    axes = 2


class InstanceNorm3d(_InstanceNorm):
    """Each channel of each volume (C, D, H, W) brought to one scale.

    Example:
        >>> InstanceNorm3d(8).output_shape((8, 4, 26, 26))
        (8, 4, 26, 26)
    """

    axes = 3
