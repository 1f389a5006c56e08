"""An evaluation as a record for programs and as a table for people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnn_guide.report import Table, Total
from cnn_guide.report.quantities import Cell
from cnn_guide.training.judging.class_scores import ClassScore

if TYPE_CHECKING:
    from cnn_guide.training.judging.evaluation import Evaluation

VERSION = 1  # of the record; it rises when a key changes its meaning or goes
MOST_CLASSES = 30  # rows of a table; those with the lowest F1 where there are more
MOST_CONFUSIONS, MOST_MISTAKES = 5, 5  # named below the table
RECORDED_CONFUSIONS = 100


def record(evaluation: "Evaluation", mistakes: int | None) -> dict[str, Any]:
    """Return an evaluation as plain values; None stands for what is not defined.

    Args:
        evaluation: What to record.
        mistakes: How many of the surest mistakes to list; None lists all.
    """
    return {
        "version": VERSION,
        "total": evaluation.total,
        "correct": evaluation.correct,
        "accuracy": evaluation.accuracy,
        "interval": list(evaluation.interval),
        "loss": evaluation.loss,
        "classes": list(evaluation.names),
        "confusion": evaluation.confusion.tolist(),
        "per_class": [score.to_dict() for score in evaluation.per_class],
        "averages": evaluation.averages._asdict(),
        "calibration": evaluation.calibration().to_dict(),
        "confusions": [vars(each) for each in evaluation.confusions(RECORDED_CONFUSIONS)],
        "mistakes": [vars(each) for each in evaluation.worst(mistakes)],
        "two_classes": _two_classes(evaluation),
    }


def _two_classes(evaluation: "Evaluation") -> dict[str, Any] | None:
    if len(evaluation.names) != 2:
        return None
    return {"positive": evaluation.names[1], "roc_auc": evaluation.roc_auc, **evaluation.at(0.5).to_dict()}


def table(evaluation: "Evaluation") -> Table:
    """Return the scores of the classes, with what else there is to say below.

    Args:
        evaluation: What to show.
    """
    scores = evaluation.per_class
    if len(scores) > MOST_CLASSES:
        scores = tuple(sorted(scores, key=lambda score: 2 if score.f1 is None else score.f1)[:MOST_CLASSES])
    return Table(
        title=repr(evaluation),
        headings=("Class", "Images", "Precision", "Recall", "F1"),
        rows=tuple(_row(score) for score in scores),
        branches=("",) * len(scores),
        totals=tuple(_totals(evaluation, len(scores))),
        left=1,
    )


def _row(score: ClassScore) -> tuple[Cell, ...]:
    return score.name, score.support, *map(_percent, (score.precision, score.recall, score.f1))


def _totals(evaluation: "Evaluation", shown: int) -> Iterator[Total]:
    if shown < len(evaluation.names):
        yield Total("Classes", len(evaluation.names), f"above: the {shown} with the lowest F1")
    means = evaluation.averages
    scores = f"precision {means.precision:.1%}, recall {means.recall:.1%}, F1 {means.f1:.1%}"
    yield Total("Mean of classes", None, scores)
    yield Total("Loss", f"{evaluation.loss:.4f}", "mean cross-entropy")
    yield _calibration(evaluation)
    if len(evaluation.names) > 10:
        yield Total("Among the first 5", _percent(evaluation.top_accuracy(5)), "top-5 accuracy")
    if evaluation.roc_auc is not None:
        yield Total("ROC AUC", f"{evaluation.roc_auc:.4f}", f"positive: {evaluation.names[1]}")
    yield from _errors(evaluation)


def _calibration(evaluation: "Evaluation") -> Total:
    found = evaluation.calibration()
    claim = f"ECE; {found.confidence:.1%} sure on average, {found.accuracy:.1%} right"
    return Total("Calibration error", f"{found.ece:.1%}", claim)


def _errors(evaluation: "Evaluation") -> Iterator[Total]:
    pairs = [f"{each.truth} → {each.guess} ({each.count:,})" for each in evaluation.confusions(MOST_CONFUSIONS)]
    wrong = [
        f"image {each.index}: {each.truth} → {each.guess} ({each.confidence:.1%} sure)"
        for each in evaluation.worst(MOST_MISTAKES)
    ]
    if wrong:
        yield Total("Most confused", None, ", ".join(pairs))
        yield Total("Surest mistakes", None, ", ".join(wrong))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
