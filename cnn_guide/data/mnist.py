"""MNIST: 70,000 handwritten digits, read from the four files in which it was published."""

import gzip
import zlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cnn_guide.data import idx
from cnn_guide.data.digits import Digits
from cnn_guide.data.folder import is_complete, locate
from cnn_guide.data.image_data import ImageData
from cnn_guide.data.sources import MNIST_SOURCE, IdxFile, IdxSource
from cnn_guide.data.tensors import TensorSet
from cnn_guide.files import DownloadError, download, root


class MNIST(ImageData):
    """MNIST's 60,000 training and 10,000 test images of handwritten digits, 28×28 pixels.

    The files, packed with gzip or not, are looked for in `root()/mnist`; what is missing there is downloaded.
    One training image in ten is split off for validation: 54,000 `train`, 6,000 `val`, 10,000 `test`.

    Args:
        batch_size: Images a training batch.
        seed: Decides the validation split and the order of the shuffles.
        download: Whether missing files may be downloaded.
        source: The files, their checksums and their addresses.

    Raises:
        FileNotFoundError: If files are missing and may not be downloaded.
        DownloadError: If no mirror delivers a missing file.
        ValueError: If a file is damaged.

    Source:
        Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document recognition,
        Proceedings of the IEEE 86(11), 1998.
    """

    def __init__(
        self, batch_size: int = 128, seed: int = 0, download: bool = True, source: IdxSource = MNIST_SOURCE
    ) -> None:
        folder = root() / source.name
        _provide(source, folder, may_download=download)
        super().__init__(
            name="MNIST",
            classes=tuple("0123456789"),
            training_images=_read_set(source.train_images, source.train_labels, folder),
            test=_read_set(source.test_images, source.test_labels, folder),
            batch_size=batch_size,
            seed=seed,
        )


def mnist_or_digits(batch_size: int = 128, seed: int = 0) -> ImageData:
    """Return MNIST where its files are on the disk, the built-in digits at MNIST's size elsewhere; never downloads.

    Example:
        >>> mnist_or_digits().test.images.shape[1:]
        torch.Size([1, 28, 28])

    Args:
        batch_size: Images a training batch.
        seed: Decides the splits and the order of the shuffles.

    Returns:
        A data module; its `name` is "MNIST" or "digits".
    """
    if is_complete(MNIST_SOURCE):
        return MNIST(batch_size, seed, download=False)
    return Digits(batch_size, seed, image_size=28)


def _provide(source: IdxSource, folder: Path, may_download: bool) -> None:
    missing = [file for file in source if locate(file, folder) is None]
    if missing and not may_download:
        names = ", ".join(f"{file.name}.gz" for file in missing)
        raise FileNotFoundError(
            f"{folder} lacks {names} (missing, cut short or unreadable). {_way_out(folder)} Or pass download=True."
        )
    for file in missing:
        _download_from_any(source, file, folder)


def _download_from_any(source: IdxSource, file: IdxFile, folder: Path) -> None:
    name = f"{file.name}.gz"
    failures = []
    for mirror in source.mirrors:
        try:
            download(mirror + name, folder / name, sha256=file.sha256, gzipped=True)
            return
        except DownloadError as error:
            failures.append(f"- {error}")
    raise DownloadError("\n".join([f"No mirror delivered {name}.", *failures, _way_out(folder)]))


def _way_out(folder: Path) -> str:
    return (
        f"Put the files into {folder}, or set CNN_GUIDE_DATA to a folder that has them in {folder.name}/; "
        "cnn_guide.data.Digits() needs no files."
    )


def _read_set(images: IdxFile, labels: IdxFile, folder: Path) -> TensorSet:
    pixels = torch.tensor(_read(images, folder))  # (N, H, W), bytes: floats would be moved about four times as slowly
    return TensorSet(pixels.unsqueeze(1), torch.tensor(_read(labels, folder), dtype=torch.int64))


def _read(file: IdxFile, folder: Path) -> NDArray[np.uint8]:
    path = locate(file, folder)
    assert path is not None  # `_provide` has made sure
    try:
        array = idx.parse(_content(path))
        if array.shape != file.shape:
            raise ValueError(f"its shape is {array.shape}, expected {file.shape}")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}. Delete it, and it will be downloaded again.") from error
    return array


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content
