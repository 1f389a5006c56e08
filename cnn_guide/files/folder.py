"""The folder on this machine in which data sets and weights are kept."""

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


def _cache_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
