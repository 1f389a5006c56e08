"""A set of labelled images that lies in memory."""

from typing import Any

import torch
from torch import Tensor


class TensorSet:
    """Labelled images in memory; an index picks an image with its label, a slice picks several.

    Bytes take a quarter of the memory of floats; a set keeps what it is given, and hands out floats.

    Example:
        >>> two = TensorSet(images=torch.zeros(2, 1, 8, 8), labels=torch.tensor([3, 7]))
        >>> image, label = two[1]
        >>> image.shape, label
        (torch.Size([1, 8, 8]), tensor(7))
        >>> TensorSet(torch.full((1, 1, 1, 1), 255, dtype=torch.uint8), torch.tensor([0])).images
        tensor([[[[1.]]]])

    Args:
        images: From 0 (black) to 1 (white), float32, or from 0 to 255, bytes; shape (N, C, H, W).
        labels: Class indices, int64, shape (N,).
        mean: What is taken off each channel before a network sees it, C numbers; empty: nothing.
        std: What each channel is divided by afterwards, C numbers; empty: nothing.

    Raises:
        ValueError: If there are not as many labels as images.
    """

    def __init__(
        self, images: Tensor, labels: Tensor, mean: tuple[float, ...] = (), std: tuple[float, ...] = ()
    ) -> None:
        if len(images) != len(labels):
            raise ValueError(
                f"`labels` (length {len(labels)}) must hold one label for each of the {len(images)} images."
            )
        self.pixels = images
        self.labels = labels
        self.mean = tuple(mean)
        self.std = tuple(std)

    @property
    def images(self) -> Tensor:
        """All images from 0 (black) to 1 (white), float32, (N, C, H, W); a set of bytes is converted at each call."""
        return _as_float(self.pixels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Any) -> tuple[Tensor, Tensor]:
        return self.normalise(_as_float(self.pixels[index])), self.labels[index]

    def pick(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Return some images, from 0 to 1 and not normalised, and their labels.

        Args:
            indices: Positions, int64, shape (M,).

        Returns:
            Images, float32, (M, C, H, W), and labels, (M,), in new memory.
        """
        # index_select copies rows; indexing with a tensor computes where each value lies
        return _as_float(self.pixels.index_select(0, indices)), self.labels.index_select(0, indices)

    def normalise(self, images: Tensor) -> Tensor:
        """Take off `mean` and divide by `std`, a number a channel of images (…, C, H, W); without them, do nothing."""
        if self.mean:
            images = images - images.new_tensor(self.mean).view(-1, 1, 1)
        return images / images.new_tensor(self.std).view(-1, 1, 1) if self.std else images

    def subset(self, indices: Tensor) -> "TensorSet":
        """Return the images and labels at the given positions.

        Args:
            indices: Positions, int64, shape (M,).

        Returns:
            A set of M images.
        """
        chosen = self.pixels.index_select(0, indices), self.labels.index_select(0, indices)
        return TensorSet(*chosen, self.mean, self.std)

    def as_float(self) -> "TensorSet":
        """Return the set with bytes from 0 to 255 made numbers from 0 to 1; a set of such numbers stays as it is."""
        return self if self.pixels.is_floating_point() else TensorSet(self.images, self.labels, self.mean, self.std)

    def __repr__(self) -> str:
        return f"TensorSet({len(self)} images of {' × '.join(map(str, self.pixels.shape[1:]))})"


def _as_float(pixels: Tensor) -> Tensor:
    return pixels.float().div_(255) if pixels.dtype == torch.uint8 else pixels
