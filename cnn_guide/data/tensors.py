"""A set of labelled images that lies in memory, and its batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class TensorSet:
    """Labelled images in memory; an index picks an image with its label, a slice picks several.

    Example:
        >>> two = TensorSet(images=torch.zeros(2, 1, 8, 8), labels=torch.tensor([3, 7]))
        >>> image, label = two[1]
        >>> image.shape, label
        (torch.Size([1, 8, 8]), tensor(7))

    Args:
        images: Values from 0 (black) to 1 (white), float32, shape (N, C, H, W); bytes until `as_float`.
        labels: Class indices, int64, shape (N,).

    Raises:
        ValueError: If there are not as many labels as images.
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise ValueError(
                f"`labels` (length {len(self.labels)}) must hold one label for each of the {len(self.images)} images."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Any) -> tuple[Tensor, Tensor]:
        return self.images[index], self.labels[index]

    def subset(self, indices: Tensor) -> "TensorSet":
        """Return the images and labels at the given positions.

        Args:
            indices: Positions, int64, shape (M,).

        Returns:
            A set of M images.
        """
        return TensorSet(self.images[indices], self.labels[indices])

    def as_float(self) -> "TensorSet":
        """Return the set with bytes from 0 to 255 made numbers from 0 to 1; a set of such numbers stays as it is."""
        return self if self.images.is_floating_point() else TensorSet(self.images.float().div_(255), self.labels)

    def __repr__(self) -> str:
        return f"TensorSet({len(self)} images of {' × '.join(map(str, self.images.shape[1:]))})"


class BatchLoader:
    """Cuts a `TensorSet` into batches, each picked from memory at once.

    A `torch.utils.data.DataLoader` fetches one item after the other and stacks them; on images this small that takes
    longer than the training step.

    Example:
        >>> ten = TensorSet(torch.zeros(10, 1, 8, 8), torch.arange(10))
        >>> [len(labels) for images, labels in BatchLoader(ten, batch_size=4)]
        [4, 4, 2]

    Args:
        dataset: The images and labels.
        batch_size: Images a batch; the last batch holds what is left.
        shuffle_seed: None keeps the order; an integer shuffles, differently in each pass, alike for equal seeds.

    Raises:
        ValueError: If `batch_size` is below 1.
    """

    def __init__(self, dataset: TensorSet, batch_size: int, shuffle_seed: int | None = None) -> None:
        if batch_size < 1:
            raise ValueError(f"`batch_size` (={batch_size}) must be at least 1.")
        self.dataset = dataset
        self.batch_size = batch_size
        self._generator = None if shuffle_seed is None else torch.Generator().manual_seed(shuffle_seed)

    def __len__(self) -> int:
        return ceil(len(self.dataset) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        count = len(self.dataset)
        order = torch.arange(count) if self._generator is None else torch.randperm(count, generator=self._generator)
        for start in range(0, count, self.batch_size):
            yield self.dataset[order[start : start + self.batch_size]]
