"""Fitting a network with Lightning, and judging it on images it has not seen; names are loaded on first use."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnn_guide.training.checkpoints import Trained, load
    from cnn_guide.training.classifier import ImageClassifier
    from cnn_guide.training.fitting import fit
    from cnn_guide.training.judging.calibration import Calibration
    from cnn_guide.training.judging.class_scores import ClassScore
    from cnn_guide.training.judging.evaluation import Confusion, Evaluation, Mistake, evaluate
    from cnn_guide.training.judging.intervals import wilson_interval
    from cnn_guide.training.judging.outputs import class_logits
    from cnn_guide.training.judging.picture_sources import Unreadable
    from cnn_guide.training.judging.prediction import Guess, Prediction, Predictions, predict
    from cnn_guide.training.judging.thresholds import Curve, Verdict
    from cnn_guide.training.learning_rates import LearningRates, find_learning_rate
    from cnn_guide.training.metrics import Epoch
    from cnn_guide.training.overfitting import overfit_one_batch
    from cnn_guide.training.run import Fit
    from cnn_guide.training.transfer.finetuning import GradualUnfreezing, prepare
    from cnn_guide.training.transfer.freezing import freeze, hold_statistics, parameter_groups, unfreeze
    from cnn_guide.training.transfer.heads import replace_head
    from cnn_guide.training.transfer.trainable import trainable_table

_FILES = {  # names, by the file that they are in
    "checkpoints": ("Trained", "load"),
    "classifier": ("ImageClassifier",),
    "fitting": ("fit",),
    "judging.calibration": ("Calibration",),
    "judging.class_scores": ("ClassScore",),
    "judging.evaluation": ("Confusion", "Evaluation", "Mistake", "evaluate"),
    "judging.intervals": ("wilson_interval",),
    "judging.outputs": ("class_logits",),
    "judging.picture_sources": ("Unreadable",),
    "judging.prediction": ("Guess", "Prediction", "Predictions", "predict"),
    "judging.thresholds": ("Curve", "Verdict"),
    "learning_rates": ("LearningRates", "find_learning_rate"),
    "metrics": ("Epoch",),
    "overfitting": ("overfit_one_batch",),
    "run": ("Fit",),
    "transfer.finetuning": ("GradualUnfreezing", "prepare"),
    "transfer.freezing": ("freeze", "hold_statistics", "parameter_groups", "unfreeze"),
    "transfer.heads": ("replace_head",),
    "transfer.trainable": ("trainable_table",),
}
_MODULES = {name: file for file, names in _FILES.items() for name in names}

__all__ = [
    "Calibration",
    "ClassScore",
    "Confusion",
    "Curve",
    "Epoch",
    "Evaluation",
    "Fit",
    "GradualUnfreezing",
    "Guess",
    "ImageClassifier",
    "LearningRates",
    "Mistake",
    "Prediction",
    "Predictions",
    "Trained",
    "Unreadable",
    "Verdict",
    "class_logits",
    "evaluate",
    "find_learning_rate",
    "fit",
    "freeze",
    "hold_statistics",
    "load",
    "overfit_one_batch",
    "parameter_groups",
    "predict",
    "prepare",
    "replace_head",
    "trainable_table",
    "unfreeze",
    "wilson_interval",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value  # a function, not the file of the same name that importing has put here
    return value


def __dir__() -> list[str]:
    return __all__
