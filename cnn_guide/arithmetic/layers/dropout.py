"""Dropout: numbers set to 0 at random while training; here, as in evaluation, nothing happens."""

from dataclasses import dataclass

from ..arguments import Shape, flag, real
from ..errors import ShapeError
from .base import Layer, check_map


@dataclass(frozen=True, repr=False, eq=False)
class _Dropout(Layer):
    """Nothing, in evaluation."""

    function = "dropout"

    p: float = 0.5
    inplace: bool = False

    @property
    def makes_new(self) -> bool:
        """In evaluation the output is the input."""
        return False

    def _check(self) -> None:
        if not 0 <= real("p", self.p) <= 1:
            raise ShapeError(f"`p` (={self.p}) must be a probability between 0 and 1.", got=self.p)
        flag("inplace", self.inplace)


class Dropout(_Dropout):
    """Numbers set to 0 at random while training.

    Example:
        >>> Dropout(0.5).output_shape((64,))
        (64,)
    """


class Dropout1d(_Dropout):
    """Whole channels of a sequence (C, L) set to 0 at random while training."""

    def _output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:  # PyTorch takes (C,) for a sequence without a batch axis
            check_map(input_shape, 1)
        return input_shape


class Dropout2d(_Dropout):
    """Whole channels of an image (C, H, W) set to 0 at random while training."""


class Dropout3d(_Dropout):
    """Whole channels of a volume (C, D, H, W) set to 0 at random while training."""


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance, for SELU."""


class FeatureAlphaDropout(_Dropout):
    """Alpha dropout of whole channels."""
