"""Precision, recall and F1: how well each class is found."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor


class Averages(NamedTuple):
    """The means of the scores over the classes that have images, each class counting the same."""

    precision: float
    recall: float
    f1: float


class ClassScore(NamedTuple):
    """How well one class is found.

    Example:
        >>> cats = ClassScore("cat", support=10, guessed=8, correct=6)
        >>> cats.precision, cats.recall, round(cats.f1, 3)
        (0.75, 0.6, 0.667)

    Args:
        name: The class.
        support: Images of the class.
        guessed: Images that were taken for it.
        correct: Images of the class that were taken for it.
    """

    name: str
    support: int
    guessed: int
    correct: int

    @property
    def precision(self) -> float | None:
        """The share of the guesses that is right; None where the class was never guessed."""
        return self.correct / self.guessed if self.guessed else None

    @property
    def recall(self) -> float | None:
        """The share of the class's images that is found; None where there are none."""
        return self.correct / self.support if self.support else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None where there is neither an image nor a guess."""
        either = self.guessed + self.support
        return 2 * self.correct / either if either else None

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {**self._asdict(), "precision": self.precision, "recall": self.recall, "f1": self.f1}


def class_scores(confusion: Tensor, names: Sequence[str]) -> tuple[ClassScore, ...]:
    """Return the scores of each class.

    Args:
        confusion: Counts, shape (C, C): row = truth, column = guess.
        names: The classes' names.

    Returns:
        One a class, in their order.
    """
    counts = (confusion.sum(dim=1).tolist(), confusion.sum(dim=0).tolist(), confusion.diagonal().tolist())
    return tuple(ClassScore(*row) for row in zip(names, *counts, strict=True))


def averages(scores: Sequence[ClassScore]) -> Averages:
    """Return the means over the classes that have images; the precision of one that is never guessed counts as 0.

    Args:
        scores: One a class.

    Returns:
        Mean precision, recall (also called balanced accuracy) and F1.
    """
    present = [score for score in scores if score.support]
    return Averages(
        *(sum(getattr(score, name) or 0.0 for score in present) / len(present) for name in Averages._fields)
    )
