"""CIFAR-10: 60,000 small photographs of ten kinds of animals and vehicles."""

from collections.abc import Sequence
from typing import Any

import torch

from cnn_guide.data.augmentation import Augmentation
from cnn_guide.data.image_data import ImageData
from cnn_guide.data.inventory import stored
from cnn_guide.data.parts import Parts, held_back
from cnn_guide.data.sets.cifar10_files import read_cifar10
from cnn_guide.data.sources import CIFAR10_SOURCE, CIFAR_CLASSES, CifarSource
from cnn_guide.data.tensors import TensorSet
from cnn_guide.files import DownloadError, download, root

FORMS = ("auto", "binary", "jpeg")


class CIFAR10(ImageData):
    """CIFAR-10's 50,000 training and 10,000 test photographs, 3×32×32, or those of some of its classes.

    The authors' archive is looked for in `root()` and `root()/cifar10`, then pictures as JPEG files
    (`cifar10-jpeg.tar.xz`, or unpacked as `train/CLASS/0000.jpg`); if there is neither, the archive is downloaded.
    JPEG loses a little, so accuracies can differ by a fraction of a point. One training picture in ten is split off
    for validation, the same ones whatever the classes: 45,000 `train`, 5,000 `val`, 10,000 `test`.

    Example:
        >>> CIFAR10(without="automobile").classes
        ('airplane', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck')

    Args:
        batch_size: Images a training batch, over all devices.
        seed: Decides the validation split and the order of the shuffles.
        download: Whether the archive may be downloaded.
        without: One class or several to leave out; the others are numbered from 0.
        only: One class or several to keep, in this order.
        form: "binary" (the authors' files), "jpeg", or "auto": what is there.
        augmentation: How training images are changed at random, anew in each epoch; None: not at all.

    Raises:
        ValueError: If a class or a form is unknown, or no two classes are left.

    Source:
        A. Krizhevsky, Learning multiple layers of features from tiny images, 2009.
    """

    key = "cifar10"
    source: CifarSource = CIFAR10_SOURCE  # the files, their checksum and their addresses

    def __init__(
        self,
        batch_size: int = 128,
        seed: int = 0,
        download: bool = True,
        *,
        without: str | Sequence[str] = (),
        only: str | Sequence[str] = (),
        form: str = "auto",
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__(
            name="CIFAR-10",
            classes=_chosen(_several(without), _several(only)),
            batch_size=batch_size,
            seed=seed,
            augmentation=augmentation,
            image_shape=(3, 32, 32),
        )
        if form not in FORMS:
            raise ValueError(f"`form` (={form!r}) must be one of {', '.join(FORMS)}.")
        self.form = form
        self._may_download = download

    def prepare_data(self) -> None:
        """Download the archive if there are no pictures.

        Raises:
            FileNotFoundError: If there are none, and nothing may be downloaded.
            DownloadError: If no address delivers the archive.
        """
        if stored(self.source, self.form) is not None:
            return
        if self.form == "jpeg" or not self._may_download:
            raise FileNotFoundError(self._way_out())
        failures = []
        for url in self.source.urls:
            try:
                download(url, root() / self.source.name / self.source.archive, sha256=self.source.sha256)
                return
            except DownloadError as error:
                failures.append(f"- {error}")
        raise DownloadError("\n".join([f"No address delivered {self.source.archive}.", *failures, self._way_out()]))

    def read(self) -> Parts:
        """Return the three parts, with the chosen classes.

        Raises:
            FileNotFoundError: If there are no pictures.
            ValueError: If a file is damaged.
        """
        found = stored(self.source, self.form)
        if found is None:
            raise FileNotFoundError(self._way_out())
        training, test = read_cifar10(found, self.source)
        train, val = held_back(len(training), self.seed)
        parts = training.subset(train), training.subset(val), test
        return Parts(*parts) if self.classes == CIFAR_CLASSES else Parts(*map(self._kept, parts))

    def _kept(self, part: TensorSet) -> TensorSet:
        numbers = [self.classes.index(name) if name in self.classes else -1 for name in CIFAR_CLASSES]
        labels = torch.tensor(numbers)[part.labels]
        return TensorSet(part.pixels[labels >= 0], labels[labels >= 0])

    def _own_options(self) -> dict[str, Any]:
        return {"only": [] if self.classes == CIFAR_CLASSES else list(self.classes), "form": self.form}

    def _way_out(self) -> str:
        return (
            f"CIFAR-10 is not in {root()} (missing or cut short). Put {self.source.archive} or {self.source.pictures} "
            "there, or set CNN_GUIDE_DATA to a folder that has one of them"
            + ("." if self._may_download and self.form != "jpeg" else ', or pass download=True and form="auto".')
        )


def _several(classes: str | Sequence[str]) -> tuple[str, ...]:
    return (classes,) if isinstance(classes, str) else tuple(classes)


def _chosen(without: tuple[str, ...], only: tuple[str, ...]) -> tuple[str, ...]:
    for name, given in (("without", without), ("only", only)):
        if unknown := [word for word in given if word not in CIFAR_CLASSES]:
            raise ValueError(f"`{name}` (={unknown[0]!r}) must name classes of CIFAR-10: {', '.join(CIFAR_CLASSES)}.")
    if without and only:
        raise ValueError("`without` and `only` exclude each other: give one of them.")
    chosen = only or tuple(name for name in CIFAR_CLASSES if name not in without)
    if len(set(chosen)) < max(2, len(chosen)):
        raise ValueError(f"At least two classes, each once, must be left; these are: {', '.join(chosen) or 'none'}.")
    return chosen
