"""`explain`: how a size or a shape comes about, step by step, and why some settings are refused.

Names are loaded on first use: a call of a size function is explained without the descriptions of layers.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .steps import Comparison, Convention, Explanation, Nearest, Section, Step
    from .subjects import explain

__all__ = ["Comparison", "Convention", "Explanation", "Nearest", "Section", "Step", "explain"]


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}.")
    value: object = getattr(import_module(".subjects" if name == "explain" else ".steps", __name__), name)
    globals()[name] = value
    return value
