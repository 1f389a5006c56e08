"""The Lightning module: what one training step is, and what is noted down in each epoch."""

from typing import NamedTuple

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Epoch(NamedTuple):
    """What was measured in one pass over the training images.

    Args:
        epoch: Its number, from 1.
        train_loss: Mean cross-entropy on the training batches, while the network learnt from them (dropout on).
        train_accuracy: Share of them guessed right, likewise.
        val_loss: Mean cross-entropy on the validation images, after the pass (dropout off).
        val_accuracy: Share of them guessed right, likewise.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float


class _Tally:
    """Sums losses and right guesses as tensors: reading numbers off in each step would make a GPU wait."""

    def __init__(self) -> None:
        self.loss: Tensor | float = 0.0
        self.correct: Tensor | int = 0
        self.total = 0

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        self.loss += loss.detach() * len(labels)
        self.correct += (logits.detach().argmax(dim=1) == labels).sum()
        self.total += len(labels)

    def means(self) -> tuple[float, float]:
        total = max(self.total, 1)
        return float(self.loss) / total, float(self.correct) / total


class ImageClassifier(pl.LightningModule):
    """Trains a network that maps images to logits, with cross-entropy and Adam.

    Example:
        >>> classifier = ImageClassifier(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)))
        >>> classifier(torch.zeros(2, 1, 8, 8)).shape
        torch.Size([2, 10])

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes); trained in place.
        learning_rate: Adam's step size.
    """

    def __init__(self, model: nn.Module, learning_rate: float = 1e-3) -> None:
        super().__init__()
        self.model = model
        self.learning_rate = learning_rate
        self.history: list[Epoch] = []
        self._train = _Tally()
        self._val = _Tally()

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, classes) of images (N, C, H, W)."""
        logits: Tensor = self.model(images)
        return logits

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of one batch; Lightning computes its gradients and lets Adam take a step."""
        return self._loss(batch, self._train)

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        """Count the loss and the right guesses of one validation batch."""
        self._loss(batch, self._val)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam over the parameters that are not frozen."""
        trainable = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        return torch.optim.Adam(trainable, lr=self.learning_rate)

    def on_train_epoch_start(self) -> None:
        """Begin the counts of an epoch anew."""
        self._train, self._val = _Tally(), _Tally()

    def on_train_epoch_end(self) -> None:
        """Note the epoch down; Lightning has run the validation by then."""
        self.history.append(Epoch(len(self.history) + 1, *self._train.means(), *self._val.means()))

    def _loss(self, batch: tuple[Tensor, Tensor], tally: _Tally) -> Tensor:
        images, labels = batch
        logits = self(images)
        loss = F.cross_entropy(logits, labels)
        tally.add(loss, logits, labels)
        return loss
