"""Files from elsewhere: the folders where they are kept, and downloads that are resumed, checked and locked.

Asking where things lie loads no network code: what downloads is loaded on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .folder import cache, root

if TYPE_CHECKING:
    from .checksum import matches
    from .remote import DownloadError, download

_FILES = {"DownloadError": "remote", "download": "remote", "matches": "checksum"}

__all__ = ["DownloadError", "cache", "download", "matches", "root"]


def __getattr__(name: str) -> object:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_FILES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
