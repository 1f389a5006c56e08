"""How good a network is on images it has not seen, and how sure that is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnn_guide.data import BatchLoader, TensorSet

_BATCH = 1000  # large enough to be quick, small enough for a first layer's maps to stay in a few tens of megabytes
_Z_95 = 1.959963984540054  # a normal variable lies within ± this with probability 0.95


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a network says about N images with C classes, beside the truth.

    Args:
        logits: The network's outputs, shape (N, C).
        labels: The truth, shape (N,).
    """

    logits: Tensor
    labels: Tensor

    @cached_property
    def predictions(self) -> Tensor:
        """The class with the largest logit, shape (N,)."""
        return self.logits.argmax(dim=1)

    @cached_property
    def probabilities(self) -> Tensor:
        """The softmax of the logits, shape (N, C)."""
        return self.logits.softmax(dim=1)

    @cached_property
    def loss(self) -> float:
        """The mean cross-entropy."""
        return F.cross_entropy(self.logits, self.labels).item()

    @property
    def total(self) -> int:
        """The number of images."""
        return len(self.labels)

    @cached_property
    def correct(self) -> int:
        """The number of images whose class is guessed right."""
        return int((self.predictions == self.labels).sum())

    @property
    def accuracy(self) -> float:
        """The share guessed right, from 0 to 1."""
        return self.correct / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95% interval: what a test set of this size can tell (see `wilson_interval`)."""
        return wilson_interval(self.correct, self.total)

    @cached_property
    def confusion(self) -> Tensor:
        """Counts, int64, shape (C, C): row = true class, column = predicted class."""
        classes = self.logits.shape[1]
        return torch.bincount(self.labels * classes + self.predictions, minlength=classes**2).reshape(classes, classes)

    def mistakes(self, k: int | None = None) -> Tensor:
        """Return where the network is wrong, surest errors first.

        Args:
            k: How many at most; left out, all.

        Returns:
            Indices into the images, sorted by falling probability of the wrong guess.
        """
        wrong = (self.predictions != self.labels).nonzero().flatten()
        sureness = self.probabilities[wrong, self.predictions[wrong]]
        return wrong[sureness.argsort(descending=True, stable=True)][:k]

    def __repr__(self) -> str:
        low, high = self.interval
        return f"{self.correct} of {self.total} right: {self.accuracy:.2%} (95% interval {low:.2%} to {high:.2%})"


def evaluate(model: nn.Module, dataset: TensorSet) -> Evaluation:
    """Show a network images and note what it says: no dropout, no gradients, the network left as it was.

    Example:
        >>> always_first = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        >>> _ = nn.init.zeros_(always_first[1].weight), nn.init.zeros_(always_first[1].bias)
        >>> evaluate(always_first, TensorSet(torch.rand(4, 1, 2, 2), torch.tensor([0, 0, 0, 1])))
        3 of 4 right: 75.00% (95% interval 30.06% to 95.44%)

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes).
        dataset: The images and their labels, for example `data.test`.

    Returns:
        Logits, predictions and the figures that follow from them, on the CPU.

    Raises:
        ValueError: If there are no images.
    """
    if len(dataset) == 0:
        raise ValueError("`dataset` must hold at least one image.")
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    with _evaluation_mode(model), torch.no_grad():
        logits = [model(images.to(device)).cpu() for images, _ in BatchLoader(dataset, _BATCH)]
    return Evaluation(torch.cat(logits), dataset.labels)


def wilson_interval(correct: int, total: int) -> tuple[float, float]:
    """Return the 95% interval of a share that was estimated from `correct` of `total`.

    With p = correct / total, n = total and z = 1.96:
    (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n).
    Unlike p ± z·√(p(1 − p)/n) it stays within 0 and 1 and has a width even where nothing (or everything) went wrong.

    Example:
        >>> low, high = wilson_interval(9700, 10_000)
        >>> f"{low:.4f} to {high:.4f}"
        '0.9665 to 0.9732'

    Args:
        correct: Successes.
        total: Trials, at least 1.

    Returns:
        The lower and the upper end.

    Raises:
        ValueError: If `correct` is not between 0 and `total`, or `total` is below 1.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference,
        Journal of the American Statistical Association 22(158), 1927, pages 209-212.
    """
    if total < 1 or not 0 <= correct <= total:
        raise ValueError(f"`correct` (={correct}) must lie between 0 and `total` (={total}), which is at least 1.")
    p, z2_n = correct / total, _Z_95**2 / total
    centre = p + z2_n / 2
    half = sqrt(z2_n * p * (1 - p) + z2_n**2 / 4)
    return max(0.0, (centre - half) / (1 + z2_n)), min(1.0, (centre + half) / (1 + z2_n))


@contextmanager
def _evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Switch dropout and its like off, and afterwards put each layer's flag back, frozen layers' too."""
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in flags:
            module.training = training
