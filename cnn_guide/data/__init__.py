"""Data sets of the lessons: the built-in digits, and MNIST from its original files.

The names are loaded on first use: asking what is on the disk (`available`, `fingerprint`) does not import torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from cnn_guide.data.folder import available, fingerprint, root

if TYPE_CHECKING:
    from cnn_guide.data.digits import Digits
    from cnn_guide.data.image_data import ImageData
    from cnn_guide.data.mnist import MNIST, mnist_or_digits
    from cnn_guide.data.remote import DownloadError, download
    from cnn_guide.data.tensors import BatchLoader, TensorSet

_MODULES = {
    "BatchLoader": "tensors",
    "Digits": "digits",
    "DownloadError": "remote",
    "ImageData": "image_data",
    "MNIST": "mnist",
    "TensorSet": "tensors",
    "download": "remote",
    "mnist_or_digits": "mnist",
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
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
