"""Data sets of four IDX files, as MNIST was published: found on the disk, or downloaded and checked."""

import gzip
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from cnn_guide.data.augmentation import Augmentation
from cnn_guide.data.image_data import ImageData
from cnn_guide.data.inventory import locate
from cnn_guide.data.parts import Parts, held_back
from cnn_guide.data.sets import idx
from cnn_guide.data.sources import IdxFile, IdxSource
from cnn_guide.data.tensors import TensorSet
from cnn_guide.files import DownloadError, download, root


class IdxData(ImageData):
    """Images of one shade of grey from four IDX files; one training image in ten is split off for validation.

    Args:
        name: What the pages call the data set.
        classes: The classes' names, in the order of the labels.
        batch_size: Images a training batch, over all devices.
        seed: Decides the validation split and the order of the shuffles.
        download: Whether missing files may be downloaded.
        augmentation: How training images are changed at random, anew in each epoch; None: not at all.
    """

    source: ClassVar[IdxSource]  # the files, their checksums and their addresses

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        batch_size: int,
        seed: int,
        download: bool,
        augmentation: Augmentation | None,
    ) -> None:
        _, height, width = self.source.train_images.shape
        super().__init__(
            name=name,
            classes=classes,
            batch_size=batch_size,
            seed=seed,
            augmentation=augmentation,
            image_shape=(1, height, width),
        )
        self._may_download = download

    def prepare_data(self) -> None:
        """Download the files that are missing.

        Raises:
            FileNotFoundError: If files are missing and may not be downloaded.
            DownloadError: If no mirror delivers a missing file.
        """
        _provide(self.source, self._folder, self._may_download)

    def read(self) -> Parts:
        """Return the three parts.

        Raises:
            FileNotFoundError: If files are missing.
            ValueError: If a file is damaged.
        """
        source = self.source
        training = _read_set(source.train_images, source.train_labels, self._folder)
        train, val = held_back(len(training), self.seed)
        test = _read_set(source.test_images, source.test_labels, self._folder)
        return Parts(training.subset(train), training.subset(val), test)

    @property
    def _folder(self) -> Path:
        return root() / self.source.name


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
            download(mirror + name, folder / name, sha256=file.sha256, gzipped=not file.packed)
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
    if path is None:
        raise FileNotFoundError(f"{folder} lacks {file.name}.gz: call `prepare_data`. {_way_out(folder)}")
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
