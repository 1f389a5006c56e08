"""CNN Guide: layer arithmetic, model summaries and training, as used by the lessons.

Names are loaded on first use, so that importing the package loads neither torch nor numpy.

Example:
    >>> import cnn_guide
    >>> cnn_guide.conv_output_size(28, kernel_size=3)
    26
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for type checkers and editors, which do not see names loaded on first use
    from . import layers
    from .arithmetic import ShapeError, conv_output_size, conv_transpose_output_size, pool_output_size
    from .arithmetic.explanation import explain
    from .arithmetic.solving import (
        smallest_input,
        solve_conv,
        solve_conv_transpose,
        solve_input,
        solve_kernel,
        solve_output_padding,
        solve_padding,
        solve_pool,
        solve_receptive_field,
        solve_same,
        solve_stride,
    )
    from .inspection import cost, count_parameters, effective_receptive_field, receptive_field, summary

__version__ = "0.1.0"

__all__ = [
    "ShapeError",
    "conv_output_size",
    "conv_transpose_output_size",
    "cost",
    "count_parameters",
    "effective_receptive_field",
    "explain",
    "layers",
    "pool_output_size",
    "receptive_field",
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
    "summary",
]

_INSPECTION = ("cost", "count_parameters", "effective_receptive_field", "receptive_field", "summary")
# `import *` brings layers alone
_MODULES = ("data", "export", "figures", "layers", "models", "preprocessing", "report", "training")


def _home(name: str) -> str:
    """The module that a public name is loaded from."""
    if name in _INSPECTION:
        return ".inspection"
    if name == "explain":
        return ".arithmetic.explanation"
    return ".arithmetic.solving" if name.startswith("solve_") or name == "smallest_input" else ".arithmetic"


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    if name in _MODULES:
        value: object = import_module(f".{name}", __name__)
    elif name in __all__:
        value = getattr(import_module(_home(name), __name__), name)
    else:
        from difflib import get_close_matches  # not needed by those who write the names right

        close = get_close_matches(name, __dir__(), n=1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{meant}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names and modules."""
    return sorted({*__all__, *_MODULES, "__version__"})
