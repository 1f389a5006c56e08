"""Files from elsewhere: the folder where they are kept, and downloads that are resumed, checked and locked.

They are loaded on first use: asking where things lie loads no network code.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .folder import root

if TYPE_CHECKING:
    from .remote import DownloadError, download, matches

__all__ = ["DownloadError", "download", "matches", "root"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.remote"), name)


def __dir__() -> list[str]:
    return __all__
