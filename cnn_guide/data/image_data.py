"""What every data module of the guide has in common."""

from typing import Any, ClassVar

import pytorch_lightning as pl

from cnn_guide.data.augmentation import Augmentation
from cnn_guide.data.loader import BatchLoader
from cnn_guide.data.parts import Parts, held_back
from cnn_guide.data.tensors import TensorSet
from cnn_guide.preprocessing import Preprocessing


class ImageData(pl.LightningDataModule):
    """Labelled images in three parts: `train` to learn from, `val` to watch the training, `test` for the final mark.

    Nothing is read before a part is asked for. `prepare_data` downloads what is missing, `setup` reads; asking for a
    part does both.

    Example:
        >>> import torch
        >>> images, labels = torch.zeros(20, 1, 8, 8), torch.arange(20) % 2
        >>> data = ImageData("squares", ("a", "b"), TensorSet(images, labels), TensorSet(images, labels), batch_size=6)
        >>> len(data.train), len(data.val), len(data.test)
        (18, 2, 20)
        >>> [len(labels) for images, labels in data.train_dataloader()]
        [6, 6, 6]

    Args:
        name: What the pages call the data set.
        classes: The classes' names, in the order of the labels.
        training_images: All images for training, float32 or bytes; one in ten is split off as `val`. A subclass that
            reads them itself, in `read`, leaves them and `test` out.
        test: The images that no training sees, float32 or bytes.
        batch_size: Images a training batch, over all devices.
        seed: Decides the split and the order of the shuffles.
        augmentation: How training images are changed at random, anew in each epoch; None: not at all.
        preprocessing: How a picture becomes one of these images; left out, it is resized to their shape.
        image_shape: (C, H, W); left out, that of the training images.

    Raises:
        ValueError: If `batch_size` is below 1.
    """

    key: ClassVar[str | None] = None  # the name under which `data.create` knows the set

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        training_images: TensorSet | None = None,
        test: TensorSet | None = None,
        batch_size: int = 64,
        seed: int = 0,
        *,
        augmentation: Augmentation | None = None,
        preprocessing: Preprocessing | None = None,
        image_shape: tuple[int, int, int] | None = None,
    ) -> None:
        super().__init__()
        if batch_size < 1:
            raise ValueError(f"`batch_size` (={batch_size}) must be at least 1.")
        self.name = name
        self.batch_size = batch_size
        self.seed = seed
        self.augmentation = augmentation
        self._classes = classes
        self._given = (training_images, test)
        self._parts: Parts | None = None
        self.image_shape = _shape(training_images) if image_shape is None else image_shape
        channels, *size = self.image_shape
        self.preprocessing = preprocessing or Preprocessing(channels=channels, resize=(size[0], size[1]))

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names, in the order of the labels."""
        return self._classes

    @property
    def train(self) -> TensorSet:
        """The images to learn from."""
        return self._read_once().train

    @property
    def val(self) -> TensorSet:
        """The images to watch the training with."""
        return self._read_once().val

    @property
    def test(self) -> TensorSet:
        """The images for the final mark."""
        return self._read_once().test

    def read(self) -> Parts:
        """Return the three parts; data sets that lie on the disk override this."""
        training_images, test = self._given
        if training_images is None or test is None:
            raise NotImplementedError(f"{type(self).__name__} was made without images, so it must override `read`.")
        train, val = held_back(len(training_images), self.seed)
        return Parts(training_images.subset(train), training_images.subset(val), test)

    def setup(self, stage: str | None = None) -> None:
        """Read the images from the disk, once; Lightning calls this in each process.

        Args:
            stage: Lightning's word for what comes next; all parts are read whatever it says.
        """
        if self._parts is None:
            self._parts = self.read().settled()

    def train_dataloader(self, seed: int | None = None) -> BatchLoader:
        """Return the training batches, shuffled and augmented anew in each pass.

        Args:
            seed: Decides the order; left out, the data module's own seed does.

        Returns:
            Batches of images (N, C, H, W) and labels (N,).
        """
        if getattr(self.trainer, "overfit_batches", 0):
            return BatchLoader(self.train, self.batch_size)  # the same batches, in the same order, again and again
        order = self.seed if seed is None else seed
        return BatchLoader(self.train, self.batch_size, order, augmentation=self.augmentation)

    def val_dataloader(self) -> BatchLoader:
        """Return the validation batches, in order."""
        return BatchLoader(self.val, self.batch_size)

    def test_dataloader(self) -> BatchLoader:
        """Return the test batches, in order."""
        return BatchLoader(self.test, self.batch_size)

    @property
    def recipe(self) -> dict[str, Any] | None:
        """What `data.create` needs to make this module again, as plain values; None for images given as tensors.

        Example:
            >>> from cnn_guide.data import Digits, create
            >>> recipe = Digits(seed=3, image_size=28).recipe
            >>> recipe["name"], create(recipe["name"], **recipe["options"]).seed
            ('digits', 3)
        """
        if self.key is None:
            return None
        augmentation = None if self.augmentation is None else self.augmentation.to_dict()
        common = {"batch_size": self.batch_size, "seed": self.seed, "augmentation": augmentation}
        return {"name": self.key, "options": {**common, **self._own_options()}}

    def _own_options(self) -> dict[str, Any]:
        """Return the options that a subclass adds, as plain values."""
        return {}

    def __str__(self) -> str:
        if self._parts is None:
            return f"{self.name}: not read yet"
        return f"{self.name}: {len(self.train)} training, {len(self.val)} validation and {len(self.test)} test images"

    __repr__ = __str__  # Lightning's own lists its loaders

    def _read_once(self) -> Parts:
        if self._parts is None:
            self.prepare_data()
            self.setup()
        assert self._parts is not None
        return self._parts


def _shape(images: TensorSet | None) -> tuple[int, int, int]:
    if images is None:
        raise TypeError("`training_images` is missing; a data module that reads them itself needs `image_shape`.")
    channels, height, width = images.pixels.shape[1:]
    return channels, height, width
