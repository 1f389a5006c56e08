"""Layers that leave every shape as it is: activations, dropout, batch normalisation."""

from dataclasses import dataclass
from typing import ClassVar

from ..arguments import Shape, flag, integer
from ..errors import ShapeError
from .base import Layer, check_channels, check_rank


@dataclass(frozen=True, repr=False)
class Identity(Layer):
    """Nothing at all; useful where a layer is left out."""


@dataclass(frozen=True, repr=False)
class _Activation(Layer):
    inplace: bool = False


@dataclass(frozen=True, repr=False)
class ReLU(_Activation):
    """max(x, 0) for every number.

    Example:
        >>> ReLU().output_shape((16, 26, 26))
        (16, 26, 26)
    """


@dataclass(frozen=True, repr=False)
class ReLU6(_Activation):
    """ReLU cut off at 6."""


@dataclass(frozen=True, repr=False)
class SiLU(_Activation):
    """x · sigmoid(x), also called Swish."""


@dataclass(frozen=True, repr=False)
class Hardswish(_Activation):
    """SiLU made of straight pieces and one parabola."""


@dataclass(frozen=True, repr=False)
class LeakyReLU(Layer):
    """ReLU that lets a little of the negative side through."""

    negative_slope: float = 0.01
    inplace: bool = False


@dataclass(frozen=True, repr=False)
class ELU(Layer):
    """ReLU with an exponential negative side."""

    alpha: float = 1.0
    inplace: bool = False


@dataclass(frozen=True, repr=False)
class GELU(Layer):
    """x times the normal distribution's probability below x."""

    approximate: str = "none"


@dataclass(frozen=True, repr=False)
class Sigmoid(Layer):
    """1 / (1 + exp(−x)), between 0 and 1."""


@dataclass(frozen=True, repr=False)
class Tanh(Layer):
    """The hyperbolic tangent, between −1 and 1."""


@dataclass(frozen=True, repr=False)
class Softmax(Layer):
    """Numbers along one axis turned into probabilities; axis 0 is the batch."""

    dim: int | None = None


@dataclass(frozen=True, repr=False)
class PReLU(Layer):
    """Leaky ReLU whose slope is trained, one for all channels or one each.

    Example:
        >>> PReLU(16).parameters
        16
    """

    num_parameters: int = 1
    init: float = 0.25

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """The slopes."""
        return {"weight": (self.num_parameters,)}

    def _output_shape(self, input_shape: Shape) -> Shape:
        if self.num_parameters > 1:
            check_channels(input_shape, "num_parameters", self.num_parameters)
        return input_shape

    def _check(self) -> None:
        integer("num_parameters", self.num_parameters, least=1)


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """Numbers set to 0 at random while training.

    Example:
        >>> Dropout(0.5).output_shape((64,))
        (64,)
    """

    p: float = 0.5
    inplace: bool = False

    def _check(self) -> None:
        if not 0 <= self.p <= 1:
            raise ShapeError(f"`p` (={self.p}) must be a probability between 0 and 1.", got=self.p)


@dataclass(frozen=True, repr=False)
class _BatchNorm(Layer):
    axes: ClassVar[int]

    num_features: int
    eps: float = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    track_running_stats: bool = True

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """A scale and a shift for each channel."""
        return {"weight": (self.num_features,), "bias": (self.num_features,)} if self.affine else {}

    @property
    def buffer_shapes(self) -> dict[str, Shape]:
        """A running mean and variance for each channel, and a counter."""
        if not self.track_running_stats:
            return {}
        each = (self.num_features,)
        return {"running_mean": each, "running_var": each, "num_batches_tracked": ()}

    def _output_shape(self, input_shape: Shape) -> Shape:
        if not (self.axes == 1 and len(input_shape) == 1):  # BatchNorm1d takes flat features too
            check_rank(input_shape, self.axes)
        check_channels(input_shape, "num_features", self.num_features)
        return input_shape

    def _check(self) -> None:
        integer("num_features", self.num_features, least=1)
        flag("affine", self.affine)
        flag("track_running_stats", self.track_running_stats)


@dataclass(frozen=True, repr=False)
class BatchNorm1d(_BatchNorm):
    """Channels of (C, L), or features (C,), brought to one scale.

    Example:
        >>> BatchNorm1d(64).parameters  # a scale and a shift each
        128
    """

    axes = 1


@dataclass(frozen=True, repr=False)
class BatchNorm2d(_BatchNorm):
    """Channels of (C, H, W) brought to one scale.

    Example:
        >>> BatchNorm2d(16).output_shape((16, 26, 26))
        (16, 26, 26)
    """

    axes = 2


@dataclass(frozen=True, repr=False)
class BatchNorm3d(_BatchNorm):
    """Channels of (C, D, H, W) brought to one scale.

    Example:
        >>> BatchNorm3d(16).output_shape((16, 4, 26, 26))
        (16, 4, 26, 26)
    """

    axes = 3
