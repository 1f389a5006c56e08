"""Fitting a network with Lightning, and judging it on images it has not seen; names are loaded on first use."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnn_guide.training.classifier import Epoch, ImageClassifier
    from cnn_guide.training.evaluation import Evaluation, evaluate, wilson_interval
    from cnn_guide.training.fitting import Fit, fit
    from cnn_guide.training.overfitting import overfit_one_batch

_MODULES = {
    "Epoch": "classifier",
    "Evaluation": "evaluation",
    "Fit": "fitting",
    "ImageClassifier": "classifier",
    "evaluate": "evaluation",
    "fit": "fitting",
    "overfit_one_batch": "overfitting",
    "wilson_interval": "evaluation",
}

__all__ = ["Epoch", "Evaluation", "Fit", "ImageClassifier", "evaluate", "fit", "overfit_one_batch", "wilson_interval"]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
