"""What is counted while a network learns: losses and right guesses, over all devices."""

from typing import NamedTuple

import torch
from torch import Tensor
from torchmetrics import Metric


class Epoch(NamedTuple):
    """What was measured in one pass over the training images.

    Args:
        epoch: Its number, from 1.
        train_loss: Mean loss on the training batches, while the network learnt from them (dropout on).
        train_accuracy: Share of them guessed right, likewise.
        val_loss: Mean cross-entropy on the validation images, after the pass (dropout off); nan without such images.
        val_accuracy: Share of them guessed right, likewise.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float


class Tally(Metric):
    """Mean loss and accuracy of all batches since the last reset, of all processes together.

    The sums stay tensors until they are asked for: reading a number off in each step would make a GPU wait.

    Example:
        >>> tally = Tally()
        >>> tally.update(torch.tensor(1.5), torch.tensor([True, False]))
        >>> tally.update(torch.tensor(1.0), torch.tensor([True]))
        >>> [round(mean, 3) for mean in tally.means()]
        [1.333, 0.667]
    """

    full_state_update = False
    loss: Tensor
    correct: Tensor
    total: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("loss", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("correct", torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("total", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, loss: Tensor, right: Tensor) -> None:
        """Count a batch.

        Args:
            loss: The mean of its images' losses, a scalar.
            right: Which of its images are guessed right, bool, shape (N,).
        """
        self.count(loss, right)

    def count(self, loss: Tensor, right: Tensor) -> None:
        """Do what `update` does without what torchmetrics does around it, which takes longer than the counting."""
        self.loss.add_(loss, alpha=len(right))
        self.correct.add_(right.sum())
        self.total.add_(len(right))
        self.__dict__["_update_count"] = 1

    def compute(self) -> Tensor:
        """Return the mean loss and the accuracy, shape (2,); nan where nothing was counted."""
        return torch.stack([self.loss, self.correct.to(self.loss)]) / self.total

    def means(self) -> tuple[float, float]:
        """Return the mean loss and the accuracy as numbers."""
        loss, correct, total = self.sums()
        return (loss / total, correct / total) if total else (float("nan"), float("nan"))

    def sums(self) -> list[float]:
        """Return what was counted by all processes since the last reset, for a checkpoint."""
        with self.sync_context(should_sync=self.update_called):
            return [float(self.loss), float(self.correct), float(self.total)]

    def resume(self, sums: list[float]) -> None:
        """Go on from what `sums` returned."""
        self.loss, self.correct, self.total = (
            torch.tensor(sums[0]),
            torch.tensor(int(sums[1])),
            torch.tensor(int(sums[2])),
        )
        self._update_count = 1
