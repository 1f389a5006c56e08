"""How good a network is on images it has not seen, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnn_guide.data import ImageData, TensorSet
from cnn_guide.report import Table
from cnn_guide.training.judging import thresholds
from cnn_guide.training.judging.calibration import BINS, Calibration, calibration
from cnn_guide.training.judging.class_scores import Averages, ClassScore, averages, class_scores
from cnn_guide.training.judging.intervals import wilson_interval
from cnn_guide.training.judging.outputs import Holder, class_logits, judging, network_of

_BATCH = 1000  # images at once: quick, and the first maps of digits stay in a few tens of megabytes
_VALUES = 64 * 3 * 224 * 224  # numbers of such a batch at most: fewer photographs at once


@dataclass(frozen=True)
class Confusion:
    """How often one class was taken for another.

    Args:
        truth: The class that the images show.
        guess: What they were taken for.
        count: How many.
    """

    truth: str
    guess: str
    count: int


@dataclass(frozen=True)
class Mistake:
    """An image that was guessed wrong.

    Args:
        index: Its place among the images.
        truth: The class that it shows.
        guess: What it was taken for.
        confidence: The probability that the network gave to the guess.
    """

    index: int
    truth: str
    guess: str
    confidence: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a network says about N images with C classes, beside the truth; printed as a report.

    A network with one output z has the two logits 0 and z: their softmax is the sigmoid of z.

    Example:
        >>> found = Evaluation(torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), torch.tensor([0, 1, 1]))
        >>> found
        2 of 3 right: 66.67% (95% interval 20.77% to 93.85%)
        >>> found.confusion.tolist()
        [[1, 0], [1, 1]]
        >>> found.mistakes().tolist()
        [2]

    Args:
        logits: The network's outputs, shape (N, C), or (N, 1) for two classes.
        labels: The truth, shape (N,).
        classes: The classes' names; left out, their numbers.

    Raises:
        ValueError: If there are no images, the shapes do not fit, an output is not finite, or a label is no class.
    """

    logits: Tensor
    labels: Tensor
    classes: Sequence[str] | None = None

    def __post_init__(self) -> None:
        logits, labels = class_logits(self.logits), self.labels
        count = logits.shape[1]
        names = tuple(map(str, range(count) if self.classes is None else self.classes))
        if labels.shape != logits.shape[:1] or len(labels) == 0:
            raise ValueError(f"`labels` (shape {tuple(labels.shape)}) must hold one class for each of N ≥ 1 images.")
        if not 0 <= labels.min() <= labels.max() < count:
            worst = int(labels.max() if labels.min() >= 0 else labels.min())
            raise ValueError(f"`labels` hold {worst}, but the network tells {count} classes apart: 0 to {count - 1}.")
        if len(names) != count:
            raise ValueError(f"`classes` (length {len(names)}) must name each of the network's {count} classes.")
        object.__setattr__(self, "logits", logits)
        object.__setattr__(self, "classes", names)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes' names, or their numbers."""
        return tuple(self.classes or ())

    @cached_property
    def predictions(self) -> Tensor:
        """The class with the largest logit, shape (N,)."""
        return self.logits.argmax(dim=1)

    @cached_property
    def probabilities(self) -> Tensor:
        """The softmax of the logits, shape (N, C)."""
        return self.logits.softmax(dim=1)

    @cached_property
    def confidence(self) -> Tensor:
        """The probability of each guess, shape (N,)."""
        return self.probabilities.gather(1, self.predictions[:, None])[:, 0]

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

    def top_accuracy(self, k: int) -> float:
        """Return the share of images whose class is among the `k` that are thought most likely."""
        best = self.logits.topk(min(k, self.logits.shape[1]), dim=1).indices
        return int((best == self.labels[:, None]).sum()) / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95% interval: what a test set of this size can tell (see `wilson_interval`)."""
        return wilson_interval(self.correct, self.total)

    @cached_property
    def confusion(self) -> Tensor:
        """Counts, int64, shape (C, C): row = true class, column = predicted class."""
        classes = self.logits.shape[1]
        return torch.bincount(self.labels * classes + self.predictions, minlength=classes**2).reshape(classes, classes)

    def confusions(self, k: int | None = None) -> list[Confusion]:
        """Return which classes are taken for which, the most frequent first; at most `k` of them."""
        wrong = self.confusion.clone().fill_diagonal_(0).flatten()
        order = wrong.argsort(descending=True, stable=True)[: int((wrong > 0).sum())][:k]
        pairs = ((*divmod(place, len(self.names)), int(wrong[place])) for place in order.tolist())
        return [Confusion(self.names[truth], self.names[guess], count) for truth, guess, count in pairs]

    @cached_property
    def per_class(self) -> tuple[ClassScore, ...]:
        """Precision, recall and F1 of each class."""
        return class_scores(self.confusion, self.names)

    @property
    def averages(self) -> Averages:
        """The means of the classes' scores, each class counting the same."""
        return averages(self.per_class)

    def calibration(self, bins: int = BINS) -> Calibration:
        """Return how confidence and accuracy agree, in `bins` of equal width."""
        return calibration(self.confidence, self.predictions == self.labels, bins)

    def mistakes(self, k: int | None = None) -> Tensor:
        """Return where the network is wrong, surest errors first.

        Args:
            k: How many at most; left out, all.

        Returns:
            Indices into the images, sorted by falling probability of the wrong guess.
        """
        wrong = (self.predictions != self.labels).nonzero().flatten()
        return wrong[self.confidence[wrong].argsort(descending=True, stable=True)][:k]

    def worst(self, k: int | None = None) -> list[Mistake]:
        """Return the same mistakes with their classes' names."""
        found = self.mistakes(k)
        rows = (each[found].tolist() for each in (self.labels, self.predictions, self.confidence))
        return [
            Mistake(index, self.names[truth], self.names[guess], sure)
            for index, truth, guess, sure in zip(found.tolist(), *rows, strict=True)
        ]

    @cached_property
    def roc_auc(self) -> float | None:
        """The area under the ROC curve; None for more than two classes, or where only one of the two occurs."""
        one_kind = bool((self.labels == self.labels[0]).all())
        return None if len(self.names) != 2 or one_kind else thresholds.roc_auc(self.roc_curve())

    def roc_curve(self) -> thresholds.Curve:
        """Return true against false positive rates, the second of two classes being the positive one."""
        return thresholds.roc_curve(*self._second_class())

    def precision_recall_curve(self) -> thresholds.Curve:
        """Return precision against recall, the second of two classes being the positive one."""
        return thresholds.precision_recall_curve(*self._second_class())

    def at(self, threshold: float) -> thresholds.Verdict:
        """Return precision, recall and so on where the second of two classes is guessed from a probability on."""
        return thresholds.verdict(*self._second_class(), threshold)

    def _second_class(self) -> tuple[Tensor, Tensor]:
        """Its probabilities and where it is; in float64, since in float32 all very sure images would be equals."""
        if len(self.names) != 2:
            raise ValueError(f"A threshold needs two classes, and there are {len(self.names)}: see `per_class`.")
        return self.logits.double().softmax(dim=1)[:, 1], self.labels == 1

    def to_dict(self, mistakes: int | None = 20) -> dict[str, Any]:
        """Return everything as plain values, the logits left out; the keys are explained in the reference.

        Args:
            mistakes: How many of the surest mistakes to list; None lists all.
        """
        from cnn_guide.training.judging.evaluation_report import record

        return record(self, mistakes)

    def to_json(self, indent: int | None = 2, mistakes: int | None = 20) -> str:
        """Return the same as JSON; there are no NaN in it, and null stands for what is not defined."""
        import json

        return json.dumps(self.to_dict(mistakes), indent=indent, allow_nan=False)

    def to_text(self, width: int | None = None) -> str:
        """Return the report as text of so many characters a line; None takes the terminal's width."""
        return self._table().text(width)

    def to_markdown(self) -> str:
        """Return the report in Markdown."""
        return self._table().markdown()

    def __repr__(self) -> str:
        low, high = self.interval
        return f"{self.correct:,} of {self.total:,} right: {self.accuracy:.2%} (95% interval {low:.2%} to {high:.2%})"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        from cnn_guide.training.judging.evaluation_report import table

        return table(self)


def evaluate(
    model: nn.Module | Holder, dataset: TensorSet | ImageData, *, classes: Sequence[str] | None = None
) -> Evaluation:
    """Show a network images and note what it says: no dropout, no gradients, the network left as it was.

    Example:
        >>> always_first = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        >>> _ = nn.init.zeros_(always_first[1].weight), nn.init.zeros_(always_first[1].bias)
        >>> evaluate(always_first, TensorSet(torch.rand(4, 1, 2, 2), torch.tensor([0, 0, 0, 1])))
        3 of 4 right: 75.00% (95% interval 30.06% to 95.44%)

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes), or (N, 1) for two classes; it works where it lies. What
            `fit` or `load` returns will do, too.
        dataset: The images and their labels, for example `data.val`; of a data module, its test images.
        classes: The classes' names; left out, those of the data module, or numbers.

    Returns:
        Logits, predictions and the figures that follow from them, on the CPU.

    Raises:
        ValueError: If there are no images, or the network's outputs do not fit the labels.
    """
    if isinstance(dataset, ImageData):
        classes = dataset.classes if classes is None else classes
        dataset = dataset.test
    if len(dataset) == 0:
        raise ValueError("`dataset` must hold at least one image.")
    first, _ = dataset[:1]
    size = max(1, min(_BATCH, _VALUES // first.numel()))
    with judging(
        network_of(model)
    ) as judge:  # all images in every process, so not by the batches of a distributed training
        logits = [judge(dataset[start : start + size][0]) for start in range(0, len(dataset), size)]
    return Evaluation(torch.cat(logits), dataset.labels, classes)
