"""Data sets of the lessons: the built-in digits, and MNIST from its original files.

The names are loaded on first use: asking what is on the disk (`available`, `fingerprint`) does not import torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from cnn_guide.data.folder import available, fingerprint
from cnn_guide.files import root

if TYPE_CHECKING:
    from cnn_guide.data.digits import Digits
    from cnn_guide.data.image_data import ImageData
    from cnn_guide.data.mnist import MNIST, mnist_or_digits
    from cnn_guide.data.tensors import BatchLoader, TensorSet
    from cnn_guide.files import DownloadError, download

_MODULES = {
    "BatchLoader": "cnn_guide.data.tensors",
    "Digits": "cnn_guide.data.digits",
    "DownloadError": "cnn_guide.files",
    "ImageData": "cnn_guide.data.image_data",
    "MNIST": "cnn_guide.data.mnist",
    "TensorSet": "cnn_guide.data.tensors",
    "download": "cnn_guide.files",
    "mnist_or_digits": "cnn_guide.data.mnist",
}

__all__ = [
    "MNIST",
    "BatchLoader",
    "Digits",
    "DownloadError",
    "ImageData",
    "TensorSet",
    "available",
    "download",
    "fingerprint",
    "mnist_or_digits",
    "root",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
