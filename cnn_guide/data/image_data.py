"""What every data module of the guide has in common."""

import pytorch_lightning as pl
import torch

from cnn_guide.data.tensors import BatchLoader, TensorSet

VALIDATION_SHARE = 0.1  # one training image in ten watches the training


class ImageData(pl.LightningDataModule):
    """Labelled images in three parts: `train` to learn from, `val` to watch the training, `test` for the final mark.

    Example:
        >>> images, labels = torch.zeros(20, 1, 8, 8), torch.arange(20) % 2
        >>> data = ImageData("squares", ("a", "b"), TensorSet(images, labels), TensorSet(images, labels), batch_size=6)
        >>> len(data.train), len(data.val), len(data.test)
        (18, 2, 20)
        >>> [len(labels) for images, labels in data.train_dataloader()]
        [6, 6, 6]

    Args:
        name: What the pages call the data set.
        classes: The classes' names, in the order of the labels.
        training_images: All images for training, float32 or bytes; one in ten is split off as `val`.
        test: The images that no training sees, float32 or bytes.
        batch_size: Images a training batch.
        seed: Decides the split and the order of the shuffles.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        training_images: TensorSet,
        test: TensorSet,
        batch_size: int,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.name = name
        self.classes = classes
        self.batch_size = batch_size
        self.seed = seed
        self.train, self.val = (part.as_float() for part in _split(training_images, seed))
        self.test = test.as_float()

    def train_dataloader(self, seed: int | None = None) -> BatchLoader:
        """Return the training batches, shuffled anew in each pass.

        Args:
            seed: Decides the order; left out, the data module's own seed does.

        Returns:
            Batches of images (N, C, H, W) and labels (N,).
        """
        return BatchLoader(self.train, self.batch_size, shuffle_seed=self.seed if seed is None else seed)

    def val_dataloader(self) -> BatchLoader:
        """Return the validation batches, in order."""
        return BatchLoader(self.val, self.batch_size)

    def test_dataloader(self) -> BatchLoader:
        """Return the test batches, in order."""
        return BatchLoader(self.test, self.batch_size)

    def __str__(self) -> str:
        return f"{self.name}: {len(self.train)} training, {len(self.val)} validation and {len(self.test)} test images"

    __repr__ = __str__  # Lightning's own lists its loaders


def _split(images: TensorSet, seed: int) -> tuple[TensorSet, TensorSet]:
    """Part the training images into those to learn from and those to watch the training with."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    held_back = round(VALIDATION_SHARE * len(images))
    return images.subset(order[held_back:].sort().values), images.subset(order[:held_back].sort().values)
