"""Activations: one function for every number by itself."""

from dataclasses import dataclass, fields

from ..arguments import Shape, choice, flag, integer, real
from ..errors import ShapeError
from .base import Layer, check_channels


class Identity(Layer):
    """Nothing at all; useful where a layer is left out."""

    @property
    def makes_new(self) -> bool:
        """The output is the input."""
        return False


class _Activation(Layer):
    """A function whose arguments are numbers and, for most, `inplace`."""

    @property
    def makes_new(self) -> bool:
        """In place, the output takes the memory of the input."""
        return not getattr(self, "inplace", False)

    def _check(self) -> None:
        for field in fields(self):
            check = flag if field.name == "inplace" else real
            check(field.name, getattr(self, field.name))


@dataclass(frozen=True, repr=False, eq=False)
class _InPlace(_Activation):
    """A function without other arguments."""

    inplace: bool = False


class ReLU(_InPlace):
    """max(x, 0) for every number.

    Example:
        >>> ReLU().output_shape((16, 26, 26))
        (16, 26, 26)
    """

    function = "relu"


class ReLU6(_InPlace):
    """ReLU cut off at 6."""

    function = "relu6"


@dataclass(frozen=True, repr=False, eq=False)
class LeakyReLU(_Activation):
    """ReLU that lets a little of the negative side through."""

    function = "leaky_relu"

    negative_slope: float = 0.01
    inplace: bool = False


@dataclass(frozen=True, repr=False, eq=False)
class RReLU(_Activation):
    """Leaky ReLU whose slope is drawn at random while training."""

    function = "rrelu"

    lower: float = 1 / 8
    upper: float = 1 / 3
    inplace: bool = False

    def _check(self) -> None:
        super()._check()
        if self.lower > self.upper:
            raise ShapeError(f"`lower` (={self.lower}) must not be above `upper` (={self.upper}).", got=self.lower)


@dataclass(frozen=True, repr=False, eq=False)
class PReLU(Layer):
    """Leaky ReLU whose slope is trained, one for all channels or one each.

    Example:
        >>> PReLU(16).parameters
        16
    """

    function = "prelu"

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
        real("init", self.init)


@dataclass(frozen=True, repr=False, eq=False)
class _Exponential(_Activation):
    """ReLU with an exponential negative side, of this scale."""

    alpha: float = 1.0
    inplace: bool = False


class ELU(_Exponential):
    """ReLU with an exponential negative side."""

    function = "elu"


class CELU(_Exponential):
    """ELU whose slope has no kink, whatever its scale."""

    function = "celu"

    def _check(self) -> None:
        super()._check()
        if self.alpha == 0:
            raise ShapeError("`alpha` (=0) divides the input: it can't be 0.", got=0)


class SELU(_InPlace):
    """ELU scaled so that mean and variance stay as they are from layer to layer."""

    function = "selu"


@dataclass(frozen=True, repr=False, eq=False)
class GELU(Layer):
    """x times the normal distribution's probability below x."""

    function = "gelu"

    approximate: str = "none"

    def _check(self) -> None:
        choice("approximate", self.approximate, ("none", "tanh"))


class SiLU(_InPlace):
    """x · sigmoid(x), also called Swish."""

    function = "silu"


class Mish(_InPlace):
    """x · tanh(softplus(x))."""

    function = "mish"


class Hardswish(_InPlace):
    """SiLU made of straight pieces and one parabola."""

    function = "hardswish"


class Sigmoid(_Activation):
    """1 / (1 + exp(−x)), between 0 and 1."""

    function = "sigmoid"


class Hardsigmoid(_InPlace):
    """Sigmoid made of three straight pieces."""

    function = "hardsigmoid"


class LogSigmoid(_Activation):
    """The logarithm of the sigmoid."""

    function = "logsigmoid"


class Tanh(_Activation):
    """The hyperbolic tangent, between −1 and 1."""

    function = "tanh"


@dataclass(frozen=True, repr=False, eq=False)
class Hardtanh(_Activation):
    """Numbers cut off below `min_val` and above `max_val`."""

    function = "hardtanh"

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False

    def _check(self) -> None:
        super()._check()
        if self.min_val >= self.max_val:
            raise ShapeError(
                f"`min_val` (={self.min_val}) must be below `max_val` (={self.max_val}).", got=self.min_val
            )


class Tanhshrink(_Activation):
    """x − tanh(x)."""

    function = "tanhshrink"


@dataclass(frozen=True, repr=False, eq=False)
class _Shrink(_Activation):
    """A function that is 0 between −`lambd` and `lambd`."""

    lambd: float = 0.5


class Hardshrink(_Shrink):
    """Numbers between −`lambd` and `lambd` set to 0."""

    function = "hardshrink"


class Softshrink(_Shrink):
    """Numbers moved towards 0 by `lambd`, and not beyond."""

    function = "softshrink"

    def _check(self) -> None:
        super()._check()
        if self.lambd < 0:
            raise ShapeError(f"`lambd` (={self.lambd}) must be at least 0.", expected=0, got=self.lambd)


@dataclass(frozen=True, repr=False, eq=False)
class Softplus(_Activation):
    """log(1 + exp(x)), a smooth ReLU."""

    function = "softplus"

    beta: float = 1.0
    threshold: float = 20.0


class Softsign(_Activation):
    """x / (1 + |x|), between −1 and 1."""

    function = "softsign"


@dataclass(frozen=True, repr=False, eq=False)
class Threshold(_Activation):
    """Numbers up to `threshold` replaced by `value`.

    Example:
        >>> Threshold(0.1, 20).output_shape((16, 26, 26))
        (16, 26, 26)
    """

    function = "threshold"

    threshold: float
    value: float
    inplace: bool = False
