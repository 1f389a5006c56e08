"""Two classes, and where to draw the line between them: precision, recall and the ROC curve."""

from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

from torch import Tensor

from cnn_guide.training.judging.class_scores import ClassScore


class Curve(NamedTuple):
    """Points of a curve, one a threshold.

    Args:
        x: False positive rates of an ROC curve, recalls of a precision-recall curve.
        y: True positive rates, or precisions.
        thresholds: From this probability on, an image is taken for the positive class.
    """

    x: list[float]
    y: list[float]
    thresholds: list[float]


@dataclass(frozen=True)
class Verdict:
    """What comes of taking everything above a threshold for the positive class.

    Args:
        threshold: From this probability on, an image is taken for the positive class.
        true_positives: Images of the positive class taken for it.
        false_positives: Other images taken for it.
        false_negatives: Images of the positive class not taken for it.
        true_negatives: Other images not taken for it.
    """

    threshold: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def precision(self) -> float | None:
        """The share of the images taken for the positive class that belong to it."""
        return self._score.precision

    @property
    def recall(self) -> float | None:
        """The share of the positive class that is found: the true positive rate."""
        return self._score.recall

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall."""
        return self._score.f1

    @property
    def false_positive_rate(self) -> float | None:
        """The share of the other images that are taken for the positive class."""
        others = self.false_positives + self.true_negatives
        return self.false_positives / others if others else None

    @property
    def accuracy(self) -> float:
        """The share of all images that is judged right."""
        counts = (self.true_positives, self.true_negatives, self.false_positives, self.false_negatives)
        return sum(counts[:2]) / sum(counts)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        names = ("precision", "recall", "f1", "false_positive_rate", "accuracy")
        return {**vars(self), **{name: getattr(self, name) for name in names}}

    @property
    def _score(self) -> ClassScore:
        support, guessed = (self.true_positives + other for other in (self.false_negatives, self.false_positives))
        return ClassScore("positive", support, guessed, self.true_positives)


def verdict(probabilities: Tensor, positive: Tensor, threshold: float) -> Verdict:
    """Return what comes of a threshold.

    Example:
        >>> import torch
        >>> found = verdict(torch.tensor([0.9, 0.4, 0.6]), torch.tensor([True, True, False]), threshold=0.3)
        >>> found.precision, found.recall
        (0.6666666666666666, 1.0)

    Args:
        probabilities: Of the positive class, shape (N,).
        positive: Whether an image belongs to it, bool, shape (N,).
        threshold: From this probability on, an image is taken for the positive class; from 0 to 1.

    Returns:
        The four counts, and what follows from them.

    Raises:
        ValueError: If `threshold` is not between 0 and 1.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"`threshold` (={threshold}) must lie between 0 and 1: it is a probability.")
    taken = probabilities >= threshold
    pairs = ((taken, positive), (taken, ~positive), (~taken, positive), (~taken, ~positive))
    return Verdict(threshold, *(int((one & other).sum()) for one, other in pairs))


def roc_curve(probabilities: Tensor, positive: Tensor) -> Curve:
    """Return true against false positive rates, from the strictest to the laxest threshold.

    Args:
        probabilities: Of the positive class, shape (N,).
        positive: Whether an image belongs to it, bool, shape (N,); both kinds occur.

    Returns:
        The curve; its first threshold is infinite, and takes nothing for the positive class.
    """
    from torchmetrics.functional.classification import binary_roc

    x, y, thresholds = binary_roc(probabilities, positive.long())
    return Curve(x.tolist(), y.tolist(), [inf, *thresholds[1:].tolist()])


def precision_recall_curve(probabilities: Tensor, positive: Tensor) -> Curve:
    """Return precision against recall, from the strictest to the laxest threshold.

    Args:
        probabilities: Of the positive class, shape (N,).
        positive: Whether an image belongs to it, bool, shape (N,); both kinds occur.

    Returns:
        The curve; its first threshold is infinite: nothing is found, and nothing found is wrong.
    """
    from torchmetrics.functional.classification import binary_precision_recall_curve

    precision, recall, thresholds = binary_precision_recall_curve(probabilities, positive.long())
    return Curve(recall.flip(0).tolist(), precision.flip(0).tolist(), [inf, *thresholds.flip(0).tolist()])


def roc_auc(curve: Curve) -> float:
    """Return the area under an ROC curve: how often a positive image gets a higher probability than another one.

    Example:
        >>> roc_auc(Curve([0.0, 0.0, 1.0], [0.0, 0.5, 1.0], [inf, 0.7, 0.2]))
        0.75

    Args:
        curve: As `roc_curve` returns it.

    Returns:
        1 for a perfect order, 0.5 for chance.

    Source:
        T. Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27(8), 2006, section 7.
    """
    steps = range(1, len(curve.x))
    return sum((curve.x[at] - curve.x[at - 1]) * (curve.y[at] + curve.y[at - 1]) / 2 for at in steps)
