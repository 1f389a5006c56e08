"""Cars against the rest: CIFAR-10's automobiles and its nine other classes, with few or many labelled pictures."""

from typing import Any

import torch
from torch import Tensor

from cnn_guide.data.augmentation import Augmentation
from cnn_guide.data.image_data import ImageData
from cnn_guide.data.parts import Parts
from cnn_guide.data.seeds import generator
from cnn_guide.data.sets.cifar10 import CIFAR10
from cnn_guide.data.sources import CIFAR_CLASSES
from cnn_guide.data.tensors import TensorSet

CAR = CIFAR_CLASSES.index("automobile")
OTHERS = ("all", "balanced")


class Cars(ImageData):
    """CIFAR-10 with two classes: 1 for its automobiles, 0 for everything else.

    Nine pictures in ten are no cars: a network that always says "other" is right in 90% of them. `others="balanced"`
    keeps as many others as cars in each part.

    Example:
        >>> Cars(labelled=50).classes
        ('other', 'car')

    Args:
        batch_size: Images a training batch, over all devices.
        seed: Decides the validation split, which pictures are kept, and the order of the shuffles.
        download: Whether CIFAR-10 may be downloaded.
        labelled: Train on so many pictures only, one half cars; the pictures of a smaller number are among those of
            a larger one. None: on all.
        others: "all" pictures of the nine other classes, or "balanced": as many as cars.
        form: "binary" (the authors' files), "jpeg", or "auto": what is there.
        augmentation: How training images are changed at random, anew in each epoch; None: not at all.

    Raises:
        ValueError: If `labelled` is below 2 or more than there are, or `others` is unknown.
    """

    key = "cars"

    def __init__(
        self,
        batch_size: int = 128,
        seed: int = 0,
        download: bool = True,
        *,
        labelled: int | None = None,
        others: str = "all",
        form: str = "auto",
        augmentation: Augmentation | None = None,
    ) -> None:
        if labelled is not None and labelled < 2:
            raise ValueError(f"`labelled` (={labelled}) must be at least 2: a car, and something else.")
        if others not in OTHERS:
            raise ValueError(f"`others` (={others!r}) must be one of {', '.join(OTHERS)}.")
        super().__init__(
            name="cars",
            classes=("other", "car"),
            batch_size=batch_size,
            seed=seed,
            augmentation=augmentation,
            image_shape=(3, 32, 32),
        )
        self.labelled = labelled
        self.others = others
        self._cifar10 = CIFAR10(batch_size, seed, download, form=form)

    def prepare_data(self) -> None:
        """Download CIFAR-10 if it is not there."""
        self._cifar10.prepare_data()

    def read(self) -> Parts:
        """Return the three parts."""
        train, val, test = (TensorSet(part.pixels, (part.labels == CAR).long()) for part in self._cifar10.read())
        if self.labelled is not None:
            train = self._some(train, self.labelled // 2, self.labelled - self.labelled // 2)
        elif self.others == "balanced":
            train = self._balanced(train)
        return Parts(train, *(self._balanced(part) if self.others == "balanced" else part for part in (val, test)))

    def _balanced(self, part: TensorSet) -> TensorSet:
        cars = int(part.labels.sum())
        return self._some(part, cars, cars)

    def _some(self, part: TensorSet, cars: int, others: int) -> TensorSet:
        """Keep so many cars and others, drawn by the seed, in the order in which they stand."""
        kept = torch.cat([self._drawn(part.labels, 1, cars), self._drawn(part.labels, 0, others)])
        return part.subset(kept.sort().values)

    def _drawn(self, labels: Tensor, label: int, count: int) -> Tensor:
        positions = (labels == label).nonzero().flatten()
        if count > len(positions):
            raise ValueError(
                f"`labelled` (={self.labelled}) asks for {count} pictures of the class {self.classes[label]!r}; "
                f"there are {len(positions)} to train on."
            )
        order = torch.randperm(len(positions), generator=generator(self.seed, "labelled", label))
        return positions[order[:count]]

    def _own_options(self) -> dict[str, Any]:
        return {"labelled": self.labelled, "others": self.others, "form": self._cifar10.form}
