"""Inverse questions: which settings, which input, how many layers give what is wanted.

Every answer is checked forward with the same functions that answer the questions the other way round.
"""

from .fields import Stack, solve_receptive_field
from .inputs import Inputs, smallest_input, solve_input
from .search import solve_conv, solve_conv_transpose, solve_pool
from .settings import ConvSettings, ConvTransposeSettings, PoolSettings
from .window import solve_kernel, solve_output_padding, solve_padding, solve_same, solve_stride

__all__ = [
    "ConvSettings",
    "ConvTransposeSettings",
    "Inputs",
    "PoolSettings",
    "Stack",
    "smallest_input",
    "solve_conv",
    "solve_conv_transpose",
    "solve_input",
    "solve_kernel",
    "solve_output_padding",
    "solve_padding",
    "solve_pool",
    "solve_receptive_field",
    "solve_same",
    "solve_stride",
]
