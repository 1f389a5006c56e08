"""Data sets of the lessons as Lightning data modules: digits, clothes, small photographs, and a folder of your own.

The names are loaded on first use: asking what is on the disk (`available`, `fingerprint`) does not import torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from cnn_guide.data.catalogue import create, names
from cnn_guide.data.inventory import available, fingerprint
from cnn_guide.files import root

if TYPE_CHECKING:
    from cnn_guide.data.augmentation import Augmentation
    from cnn_guide.data.image_data import ImageData
    from cnn_guide.data.loader import BatchLoader
    from cnn_guide.data.pictures import PICTURE_SUFFIXES, PictureError, read_picture
    from cnn_guide.data.sets.cars import Cars
    from cnn_guide.data.sets.cifar10 import CIFAR10
    from cnn_guide.data.sets.digits import Digits
    from cnn_guide.data.sets.folder import Folder
    from cnn_guide.data.sets.mnist import MNIST, FashionMNIST, mnist_or_digits
    from cnn_guide.data.tensors import TensorSet
    from cnn_guide.files import DownloadError, download

_FILES = {  # name → where it is written
    "Augmentation": "cnn_guide.data.augmentation",
    "BatchLoader": "cnn_guide.data.loader",
    "CIFAR10": "cnn_guide.data.sets.cifar10",
    "Cars": "cnn_guide.data.sets.cars",
    "Digits": "cnn_guide.data.sets.digits",
    "DownloadError": "cnn_guide.files",
    "FashionMNIST": "cnn_guide.data.sets.mnist",
    "Folder": "cnn_guide.data.sets.folder",
    "ImageData": "cnn_guide.data.image_data",
    "MNIST": "cnn_guide.data.sets.mnist",
    "PICTURE_SUFFIXES": "cnn_guide.data.pictures",
    "PictureError": "cnn_guide.data.pictures",
    "TensorSet": "cnn_guide.data.tensors",
    "download": "cnn_guide.files",
    "mnist_or_digits": "cnn_guide.data.sets.mnist",
    "read_picture": "cnn_guide.data.pictures",
}

__all__ = [
    "CIFAR10",
    "MNIST",
    "PICTURE_SUFFIXES",
    "Augmentation",
    "BatchLoader",
    "Cars",
    "Digits",
    "DownloadError",
    "FashionMNIST",
    "Folder",
    "ImageData",
    "PictureError",
    "TensorSet",
    "available",
    "create",
    "download",
    "fingerprint",
    "mnist_or_digits",
    "names",
    "read_picture",
    "root",
]


def __getattr__(name: str) -> object:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_FILES[name]), name)


def __dir__() -> list[str]:
    return __all__
