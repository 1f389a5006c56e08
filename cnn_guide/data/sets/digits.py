"""The handwritten digits that come with scikit-learn: no download, no waiting."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

from cnn_guide.data.augmentation import Augmentation
from cnn_guide.data.image_data import ImageData
from cnn_guide.data.parts import Parts, held_back
from cnn_guide.data.tensors import TensorSet

SIZES = (8, 28)


class Digits(ImageData):
    """The 1,797 handwritten digits of scikit-learn, 8×8 pixels, split by class into about 80% training and 20% test.

    They are not small MNIST pictures. They come from a different, older collection of forms: each was scanned to
    32×32 black-or-white dots, and a pixel counts the dots of ink in a block of 4×4, from 0 to 16; here that is divided
    by 16. A network trained on one set need not work on the other.

    Example:
        >>> digits = Digits()
        >>> digits.train.images.shape, digits.val.images.shape, digits.test.images.shape
        (torch.Size([1293, 1, 8, 8]), torch.Size([144, 1, 8, 8]), torch.Size([360, 1, 8, 8]))
        >>> Digits(image_size=28).test.images.shape
        torch.Size([360, 1, 28, 28])

    Args:
        batch_size: Images a training batch.
        seed: Decides both splits and the order of the shuffles.
        image_size: 8 as they are; 28 for networks that expect MNIST's size: enlarged to 20×20, with a border of 4.
        augmentation: How training images are changed at random, anew in each epoch; None: not at all.

    Raises:
        ValueError: If `image_size` is neither 8 nor 28.

    Source:
        E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
    """

    key = "digits"

    def __init__(
        self, batch_size: int = 64, seed: int = 0, image_size: int = 8, *, augmentation: Augmentation | None = None
    ) -> None:
        if image_size not in SIZES:
            raise ValueError(f"`image_size` (={image_size}) must be one of {SIZES}: as they are, or as large as MNIST.")
        super().__init__(
            name="digits",
            classes=tuple("0123456789"),
            batch_size=batch_size,
            seed=seed,
            augmentation=augmentation,
            image_shape=(1, image_size, image_size),
        )

    def read(self) -> Parts:
        """Return the three parts; the digits come with scikit-learn, so nothing is downloaded."""
        images, labels = _load(self.image_shape[1])
        train, test = train_test_split(np.arange(len(labels)), test_size=0.2, random_state=self.seed, stratify=labels)
        digits = TensorSet(images, labels)
        learnt, watched = held_back(len(train), self.seed)
        training = digits.subset(torch.from_numpy(train))
        return Parts(training.subset(learnt), training.subset(watched), digits.subset(torch.from_numpy(test)))

    def _own_options(self) -> dict[str, Any]:
        return {"image_size": self.image_shape[1]}


def _load(image_size: int) -> tuple[Tensor, Tensor]:
    bunch = load_digits()
    images = torch.tensor(bunch.images / 16, dtype=torch.float32).unsqueeze(1)  # (N, 1, 8, 8)
    return (images if image_size == 8 else _as_large_as_mnist(images)), torch.tensor(bunch.target, dtype=torch.int64)


def _as_large_as_mnist(images: Tensor) -> Tensor:
    """Enlarge 8×8 to 20×20 and pad to 28×28, MNIST's layout: digits within 20×20, in the middle of 28×28."""
    enlarged = F.interpolate(images, size=(20, 20), mode="bilinear", align_corners=False)
    return F.pad(enlarged, (4, 4, 4, 4))  # 20 + 2·4 = 28
