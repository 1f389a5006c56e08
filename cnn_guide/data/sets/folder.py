"""Your own pictures: a folder a class."""

import os
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnn_guide.data.augmentation import Augmentation
from cnn_guide.data.image_data import ImageData
from cnn_guide.data.parts import Parts
from cnn_guide.data.pictures import PictureError, decode, without_remarks
from cnn_guide.data.sets.folder_files import Found, Listing, Skipped, listed, split
from cnn_guide.data.tensors import TensorSet
from cnn_guide.preprocessing import Preprocessing

_SHOWN = 5  # skipped files that the warning names


class Folder(ImageData):
    """The pictures of a folder: `path/cat/tom.jpg` shows a cat.

    Sub-folders of a class belong to it; hidden files are passed over. Where the pictures already lie in folders
    `train`, `val` and `test`, each with a folder a class, these are the three parts; what is missing of them is drawn
    from the others, the same share of each class. All pictures are read at first use, turned as their EXIF data say,
    resized and kept in memory as bytes. What cannot be read is named in one warning, and listed with the reasons in
    `skipped`.

    Args:
        path: The folder.
        image_size: Side in pixels: the shorter side is resized to it, and a square cut from the middle.
        channels: 3 for colour, 1 for shades of grey; pictures are converted to it.
        batch_size: Images a training batch, over all devices.
        seed: Decides which pictures are held back, and the order of the shuffles.
        val_share: Share of each class to watch the training with, where no folder `val` is given.
        test_share: Share of each class for the final mark, where no folder `test` is given.
        preprocessing: In place of `image_size` and `channels`: what a network expects, such as `model.preprocessing`;
            if it normalises, so do the batches and `dataset[i]`.
        memory: Bytes that the pictures may take.
        augmentation: How training images are changed at random, anew in each epoch; None: not at all.

    Raises:
        ValueError: If a number is out of its range, or `preprocessing` gives pictures of no fixed size.
    """

    key = "folder"

    def __init__(
        self,
        path: str | os.PathLike[str],
        image_size: int = 64,
        channels: int = 3,
        batch_size: int = 32,
        seed: int = 0,
        *,
        val_share: float = 0.1,
        test_share: float = 0.2,
        preprocessing: Preprocessing | None = None,
        memory: int = 8_000_000_000,
        augmentation: Augmentation | None = None,
    ) -> None:
        steps = preprocessing or Preprocessing(channels=channels, resize=image_size, crop=image_size)
        super().__init__(
            name=Path(path).name or str(path),
            classes=(),
            batch_size=batch_size,
            seed=seed,
            augmentation=augmentation,
            preprocessing=steps,
            image_shape=_image_shape(steps),
        )
        self.path = Path(path)
        self.shares = {"val": _share("val_share", val_share), "test": _share("test_share", test_share)}
        self.memory = memory
        self._given_preprocessing = preprocessing
        self._skipped: tuple[Skipped, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names: those of their folders, sorted."""
        return self._listing.classes

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The files that are not used, each as (path, reason)."""
        self._read_once()
        return self._skipped

    def read(self) -> Parts:
        """Return the three parts.

        Raises:
            OSError: If there is no such folder.
            ValueError: If there are not two classes, one is empty or too small to be split, or the pictures take more
                than `memory`.
        """
        listing = self._listing
        self._check_memory(len(listing.files))
        pixels, readable, unreadable = self._decoded(listing.files)
        self._skipped = (*listing.skipped, *unreadable)
        _check_classes(listing, readable, self._skipped)
        if self._skipped:
            warnings.warn(self._summary(len(listing.files) + len(listing.skipped)), stacklevel=2)
        return self._parted(listing, pixels, readable)

    @cached_property
    def _listing(self) -> Listing:
        return listed(self.path)

    def _decoded(self, files: list[Found]) -> tuple[Tensor, list[Found], list[Skipped]]:
        """Read all pictures, on several threads; what cannot be read takes no room."""
        pixels = torch.empty((len(files), *self.image_shape), dtype=torch.uint8)
        readable: list[Found] = []
        unreadable: list[Skipped] = []
        with without_remarks(), ThreadPoolExecutor() as threads:
            for found, picture in zip(files, threads.map(self._picture, files), strict=True):
                if isinstance(picture, str):
                    unreadable.append(Skipped(found.path, picture))
                else:
                    pixels[len(readable)] = picture
                    readable.append(found)
        return pixels[: len(readable)], readable, unreadable

    def _picture(self, found: Found) -> Tensor | str:
        """Return a picture's bytes (C, H, W), or why there are none."""
        try:
            picture = decode(found.path, self.preprocessing.channels)
        except PictureError as error:
            return str(error)
        except OSError as error:
            return f"it cannot be opened ({error.strerror})"
        floats = replace(self.preprocessing, mean=(), std=())(picture)
        return (floats * 255).round().clamp(0, 255).byte()

    def _parted(self, listing: Listing, pixels: Tensor, readable: list[Found]) -> Parts:
        missing = {part: share for part, share in self.shares.items() if part not in listing.given_parts}
        _check_enough(listing, readable, 1 + len(missing))
        parts = split(readable, self.path, self.seed, missing)
        labels = torch.tensor([found.label for found in readable])
        steps = self.preprocessing
        everything = TensorSet(pixels, labels, steps.mean, steps.std)
        return Parts(*(everything.subset(_positions(parts, name)) for name in Parts._fields))

    def _check_memory(self, count: int) -> None:
        channels, height, width = self.image_shape
        needed = count * channels * height * width
        if needed > self.memory:
            raise ValueError(
                f"{count:,} pictures of {channels} × {height} × {width} take {needed:,} bytes, more than `memory` "
                f"(={self.memory:,}). Take a smaller `image_size`, or allow more."
            )

    def _summary(self, count: int) -> str:
        named = [f"{_relative(path, self.path)} ({reason})" for path, reason in self._skipped[:_SHOWN]]
        more = [f"and {len(self._skipped) - _SHOWN} more"] if len(self._skipped) > _SHOWN else []
        files = f"{self.path}: skipped {len(self._skipped)} of {count} files: {', '.join(named + more)}."
        return f"{files} `.skipped` lists them all." if more else files

    def _own_options(self) -> dict[str, Any]:
        steps = self._given_preprocessing
        size = {"image_size": self.image_shape[1], "channels": self.image_shape[0]}
        return {
            "path": str(self.path),
            **(size if steps is None else {"preprocessing": steps.to_dict()}),
            "val_share": self.shares["val"],
            "test_share": self.shares["test"],
            "memory": self.memory,
        }


def _share(name: str, share: float) -> float:
    if not 0 < share < 0.5:
        raise ValueError(f"`{name}` (={share}) must lie above 0 and below 0.5: it is a share of each class.")
    return share


def _image_shape(steps: Preprocessing) -> tuple[int, int, int]:
    size = steps.crop or steps.resize
    if size is None or (steps.crop is None and isinstance(size, int)):
        raise ValueError(
            f"`preprocessing` (={steps}) gives pictures of different sizes. Let it crop, or resize to (height, width)."
        )
    height, width = (size, size) if isinstance(size, int) else size
    return steps.channels, height, width


def _positions(parts: list[str], name: str) -> Tensor:
    return torch.tensor([at for at, part in enumerate(parts) if part == name], dtype=torch.int64)


def _check_classes(listing: Listing, readable: list[Found], skipped: Iterable[Skipped]) -> None:
    learnt = {found.label for found in readable if found.part in ("train", None)}
    for label, name in enumerate(listing.classes):
        if label not in learnt:
            reasons = [f"{path.name}: {reason}" for path, reason in skipped if name in path.parts][:_SHOWN]
            why = f" ({'; '.join(reasons)})" if reasons else ""
            raise ValueError(f"The class {name!r} has no picture to learn from{why}. Add some, or remove its folder.")


def _check_enough(listing: Listing, readable: list[Found], fewest: int) -> None:
    for label, name in enumerate(listing.classes):
        count = sum(found.label == label and found.part in ("train", None) for found in readable)
        if count < fewest:
            raise ValueError(
                f"The class {name!r} has too few pictures: {count}; one a part needs {fewest}. Add pictures, or sort "
                "all into folders train, val and test."
            )


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
