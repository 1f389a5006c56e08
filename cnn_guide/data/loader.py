"""Batches of images and labels, each picked from memory at once."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from cnn_guide.data.batches import Batches
from cnn_guide.data.seeds import generator
from cnn_guide.data.tensors import TensorSet

Augment = Callable[[Tensor, torch.Generator, slice, int], Tensor]


class BatchLoader:
    """Cuts a `TensorSet` into batches, each picked from memory at once.

    A `torch.utils.data.DataLoader` fetches one item after the other and stacks them; on images this small that takes
    longer than the training step.

    The order of the images and what is drawn for the augmentation depend on the seed, the epoch and the batch alone. In
    distributed training each process gets its share of each batch: `batch_size` counts the images of all of them, and
    the same images meet whatever the number of processes.

    Example:
        >>> ten = TensorSet(torch.zeros(10, 1, 8, 8), torch.arange(10))
        >>> [len(labels) for images, labels in BatchLoader(ten, batch_size=4)]
        [4, 4, 2]
        >>> [labels.tolist() for images, labels in BatchLoader(ten, batch_size=4, share=(1, 2))]
        [[2, 3], [6, 7], [9]]

    Args:
        dataset: The images and labels.
        batch_size: Images a batch, over all processes; the last batch holds what is left.
        shuffle_seed: None keeps the order; an integer shuffles, differently in each pass, alike for equal seeds.
        augmentation: Changes the images: an `Augmentation`, or a function of the same arguments; None: nothing.
        share: (r, n): this process is number r, from 0, of n; left out, torch.distributed knows. (0, 1): all.

    Raises:
        ValueError: If `batch_size` is below 1.
    """

    def __init__(
        self,
        dataset: TensorSet,
        batch_size: int,
        shuffle_seed: int | None = None,
        *,
        augmentation: Augment | None = None,
        share: tuple[int, int] | None = None,
    ) -> None:
        self.batch_sampler = Batches(len(dataset), batch_size, shuffle_seed)  # the name under which Lightning looks
        self.dataset = dataset
        self.batch_size = batch_size
        self.augmentation = augmentation
        self._share = share

    def set_epoch(self, epoch: int) -> None:
        """Make the next pass that of the given epoch, from 0; without it, each pass is the one after the last."""
        self.batch_sampler.set_epoch(epoch)

    def state_dict(self) -> dict[str, int]:
        """Return where the pass is: the epoch, and how many of its batches were handed out."""
        return self.batch_sampler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Make the next pass go on where `state_dict` was called."""
        self.batch_sampler.load_state_dict(state)

    def weight(self, number: int) -> float:
        """Return the factor that makes a mean over processes of their mean losses the mean over the whole batch.

        It is 1 wherever the processes have equal shares. A process without a share of a small last batch gets a copy
        of its first image, with the weight 0.

        Example:
            >>> three = TensorSet(torch.zeros(3, 1, 8, 8), torch.arange(3))
            >>> [BatchLoader(three, batch_size=3, share=(rank, 2)).weight(0) for rank in (0, 1)]
            [1.3333333333333333, 0.6666666666666666]

        Args:
            number: The batch's number in its epoch, from 0.

        Returns:
            Processes × images here / images of the whole batch.
        """
        whole, processes = self.batch_sampler.size(number), self.share[1]
        rows = self._rows(whole)
        return float(processes * (rows.stop - rows.start) / whole)

    @property
    def share(self) -> tuple[int, int]:
        """This process's number, from 0, and the number of processes among which each batch is parted."""
        if self._share is not None:
            return self._share
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            return torch.distributed.get_rank(), torch.distributed.get_world_size()
        return 0, 1

    def __len__(self) -> int:
        return len(self.batch_sampler)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for number, positions in self.batch_sampler:
            rows, whole = self._rows(len(positions)), len(positions)
            rows = rows if rows.stop > rows.start else slice(0, 1)
            images, labels = self.dataset.pick(positions[rows])
            if self.augmentation is not None:
                random = generator(self.batch_sampler.seed or 0, self.batch_sampler.epoch, number)
                images = self.augmentation(images, random, rows, whole)
            yield self.dataset.normalise(images), labels

    def _rows(self, whole: int) -> slice:
        """Which rows of a batch are this process's: as equal shares as can be, in order."""
        rank, processes = self.share
        return slice(-(-rank * whole // processes), -(-(rank + 1) * whole // processes))
