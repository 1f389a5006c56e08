"""The folders on this machine in which data sets and weights are kept, and what is made of them."""

import os
import sys
from pathlib import Path


def root() -> Path:
    """Return the folder of data sets and weights: `CNN_GUIDE_DATA`, or `cnn-guide` in the user's cache folder.

    Example:
        >>> (root() / "mnist").name
        'mnist'

    Returns:
        The folder; it need not exist.
    """
    chosen = os.environ.get("CNN_GUIDE_DATA")
    return Path(chosen).expanduser() if chosen else _cache_folder() / "cnn-guide"


def cache() -> Path:
    """Return the folder of what can be made again from the files, such as decoded pictures.

    It lies in the folder of data sets, or, where that is not to be written, in the user's cache folder.

    Example:
        >>> cache().name
        'cache'

    Returns:
        The folder; it need not exist.
    """
    near = root() / "cache"
    return near if _is_writable(near) else _cache_folder() / "cnn-guide" / "cache"


def _is_writable(folder: Path) -> bool:
    """Whether the folder is there, or can be made, and written. An administrator too leaves read-only ones alone."""
    places = (folder, *folder.absolute().parents)
    nearest = next(place for place in places if os.path.exists(place))  # not Path.exists, which may raise
    return nearest.is_dir() and os.access(nearest, os.W_OK) and bool(nearest.stat().st_mode & 0o222)


def _cache_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
