"""Descriptions of layers with PyTorch's names and arguments: shapes, parameters and MACs without a tensor.

Example:
    >>> from cnn_guide.layers import Conv2d, ReLU, Sequential
    >>> Sequential(Conv2d(1, 16, kernel_size=3), ReLU()).output_shape((1, 28, 28))
    (16, 26, 26)
"""

from .arithmetic.layers import *  # noqa: F403 - the same names, under the path that users write
from .arithmetic.layers import __all__ as __all__
