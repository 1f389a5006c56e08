"""Which images form which batch: a function of the seed and the epoch, so that a training can be taken up anywhere."""

from collections.abc import Iterator
from math import ceil
from typing import Any

import torch
from torch import Tensor

from cnn_guide.data.seeds import generator


class Batches:
    """The positions of each batch's images, pass after pass.

    Each pass is an epoch. It begins where `set_epoch` or `load_state_dict` says, else after the last one.

    Example:
        >>> batches = Batches(count=5, batch_size=2)
        >>> [positions.tolist() for number, positions in batches]
        [[0, 1], [2, 3], [4]]
        >>> shuffled = Batches(count=5, batch_size=2, seed=0)
        >>> first, second = list(shuffled), list(shuffled)
        >>> shuffled.set_epoch(0)
        >>> all(torch.equal(ours, theirs) for (_, ours), (_, theirs) in zip(first, shuffled))
        True

    Args:
        count: Images in all.
        batch_size: Images a batch; the last batch holds what is left.
        seed: Decides the orders; None: the images' own order in each pass.

    Raises:
        ValueError: If `batch_size` is below 1.
    """

    def __init__(self, count: int, batch_size: int, seed: int | None = None) -> None:
        if batch_size < 1:
            raise ValueError(f"`batch_size` (={batch_size}) must be at least 1.")
        self.count = count
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0
        self._given = 0  # batches of this epoch that were handed out
        self._begun = False  # whether a pass over this epoch is under way or over

    @property
    def sampler(self) -> "Batches":
        """Itself: Lightning looks for `set_epoch` at a loader's `batch_sampler.sampler`."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Make the next pass that of the given epoch, from its first batch, or where `load_state_dict` has put it."""
        if self._begun or epoch != self.epoch:
            self._given = 0
        self.epoch, self._begun = epoch, False

    def state_dict(self) -> dict[str, int]:
        """Return the epoch and the number of its batches that were handed out."""
        return {"epoch": self.epoch, "batches": self._given}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Make the next pass go on where `state_dict` was called."""
        self.epoch, self._given, self._begun = int(state["epoch"]), int(state["batches"]), False

    def size(self, number: int) -> int:
        """Return how many images the batch of the given number holds, on all devices together."""
        return min(self.batch_size, self.count - number * self.batch_size)

    def __len__(self) -> int:
        return ceil(self.count / self.batch_size)

    def __iter__(self) -> Iterator[tuple[int, Tensor]]:
        """Yield each batch's number and its images' positions; nothing is noted before the first is asked for."""
        if self._begun:
            self.epoch, self._given = self.epoch + 1, 0
        self._begun = True
        order = self._order()
        for number in range(self._given, len(self)):
            self._given = number + 1  # before it is handed out: Lightning never asks for what follows the last
            yield number, order[number * self.batch_size : (number + 1) * self.batch_size]

    def _order(self) -> Tensor:
        if self.seed is None:
            return torch.arange(self.count)
        return torch.randperm(self.count, generator=generator(self.seed, self.epoch))
