"""Trained networks as files for other programs: ONNX, PyTorch's own exported form, and a compact form for web pages.

The names are loaded on first use: importing the package loads neither torch nor onnx.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .checking import check_onnx
    from .compact_files import check_compact, to_compact
    from .compact_reader import Compact, read_compact
    from .onnx_files import to_onnx
    from .torch_files import to_torch
    from .tracing import ExportError

_MODULES = {
    "Compact": "compact_reader",
    "ExportError": "tracing",
    "check_compact": "compact_files",
    "check_onnx": "checking",
    "read_compact": "compact_reader",
    "to_compact": "compact_files",
    "to_onnx": "onnx_files",
    "to_torch": "torch_files",
}

__all__ = ["Compact", "ExportError", "check_compact", "check_onnx", "read_compact", "to_compact", "to_onnx", "to_torch"]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
