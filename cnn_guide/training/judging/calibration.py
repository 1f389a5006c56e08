"""Whether a network is right as often as it says: nine times in ten where it is 90% sure."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from cnn_guide.training.judging.intervals import wilson_interval

BINS = 15  # as in the papers that compare networks


@dataclass(frozen=True)
class Bin:
    """The images on which a network was about equally sure.

    Args:
        low: They have a higher confidence than this.
        high: And at most this.
        count: How many there are.
        confidence: Their mean confidence; None where there are none.
        accuracy: The share of them that is guessed right; None where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The accuracy's 95% interval: a bin with few images can tell little; None where there are none."""
        return None if self.accuracy is None else wilson_interval(round(self.accuracy * self.count), self.count)

    @property
    def gap(self) -> float:
        """How far confidence and accuracy are apart; 0 where there are no images."""
        return 0.0 if self.confidence is None or self.accuracy is None else abs(self.confidence - self.accuracy)


@dataclass(frozen=True)
class Calibration:
    """Confidence against accuracy, in bins of equal width.

    Args:
        bins: From the least to the most confident.
        confidence: The mean confidence of all images; above the accuracy, the network is overconfident.
        accuracy: The share of all images that is guessed right.
    """

    bins: tuple[Bin, ...]
    confidence: float
    accuracy: float

    @property
    def ece(self) -> float:
        """The expected calibration error: the gap between confidence and accuracy, averaged over the images."""
        return sum(each.count * each.gap for each in self.bins) / sum(each.count for each in self.bins)

    @property
    def mce(self) -> float:
        """The maximum calibration error: the gap of the worst bin, however few images it holds."""
        return max(each.gap for each in self.bins)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {**vars(self), "ece": self.ece, "mce": self.mce, "bins": [asdict(each) for each in self.bins]}


def calibration(confidence: Tensor, right: Tensor, bins: int = BINS) -> Calibration:
    """Sort images into bins by how sure a network was, and count how often it was right in each.

    Example:
        >>> found = calibration(torch.tensor([0.9, 0.9, 0.6]), torch.tensor([True, False, True]), bins=2)
        >>> [(each.low, each.high, each.count) for each in found.bins]
        [(0.0, 0.5, 0), (0.5, 1.0, 3)]
        >>> round(found.ece, 3)  # 0.8 sure on average, 0.667 right
        0.133

    Args:
        confidence: The probability of each guess, from 0 to 1, shape (N,).
        right: Whether each guess is right, bool, shape (N,).
        bins: How many bins of equal width.

    Returns:
        The bins and their errors.

    Raises:
        ValueError: If there are no images, or `bins` is below 1.

    Source:
        C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks, ICML 2017, section 2.
    """
    if bins < 1 or len(confidence) == 0:
        raise ValueError(f"`bins` (={bins}) and the number of images (={len(confidence)}) must be at least 1.")
    sure, correct = confidence.double(), right.double()
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
    place = torch.bucketize(sure, edges[1:-1])  # low < confidence <= high
    counts, total_sure, total_right = (
        torch.bincount(place, weights, minlength=bins).tolist() for weights in (None, sure, correct)
    )
    rows = zip(edges[:-1].tolist(), edges[1:].tolist(), counts, total_sure, total_right, strict=True)
    return Calibration(tuple(_bins(rows)), sure.mean().item(), correct.mean().item())


def _bins(rows: Any) -> Iterator[Bin]:
    for low, high, count, sure, right in rows:
        yield Bin(low, high, int(count), sure / count if count else None, right / count if count else None)
