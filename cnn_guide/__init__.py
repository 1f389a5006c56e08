"""CNN Guide: layer arithmetic, model summaries and training, as used by the lessons.

Names are loaded on first use, so that importing the package loads neither torch nor numpy.

Example:
    >>> import cnn_guide
    >>> cnn_guide.conv_output_size(28, kernel_size=3)
    26
"""

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for type checkers and editors, which do not see names loaded on first use
    from . import layers
    from .arithmetic import ShapeError, conv_output_size, conv_transpose_output_size, pool_output_size
    from .inspection import count_parameters, receptive_field, summary

__version__ = "0.1.0"

__all__ = [
    "ShapeError",
    "conv_output_size",
    "conv_transpose_output_size",
    "count_parameters",
    "layers",
    "pool_output_size",
    "receptive_field",
    "summary",
]

_INSPECTION = ("count_parameters", "receptive_field", "summary")  # the other names are arithmetic
_HOMES = {name: ".inspection" if name in _INSPECTION else ".arithmetic" for name in __all__ if name != "layers"}
_MODULES = ("data", "figures", "layers", "models", "training")  # `import *` brings layers alone: it needs no torch


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name], __name__), name)
    elif name in _MODULES:
        value = import_module(f".{name}", __name__)
    else:
        close = get_close_matches(name, __dir__(), n=1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{meant}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names and subpackages."""
    return sorted({*__all__, *_MODULES, "__version__"})
