"""The lessons' formulas, in pure Python on integers: sizes here, descriptions of layers in `arithmetic.layers`."""

from .errors import ShapeError
from .sizes import conv_output_size, conv_transpose_output_size, pool_output_size

__all__ = ["ShapeError", "conv_output_size", "conv_transpose_output_size", "pool_output_size"]
