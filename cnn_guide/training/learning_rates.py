"""Which learning rates a network stands: a short training in which the rate rises step by step."""

from contextlib import redirect_stderr
from copy import deepcopy
from io import StringIO
from math import ceil
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytorch_lightning as pl
from pytorch_lightning.tuner.tuning import Tuner
from torch import nn

from cnn_guide.data import ImageData
from cnn_guide.training.classifier import ImageClassifier
from cnn_guide.training.run import DEFAULTS
from cnn_guide.training.surroundings import undisturbed


class LearningRates(NamedTuple):
    """What a search for a learning rate has seen.

    Args:
        rates: The rates that were tried, rising.
        losses: The loss, smoothed, with each of them; the search stops where it grows to four times its least.
        suggestion: The rate at which the loss falls most steeply; None where it does not.
    """

    rates: list[float]
    losses: list[float]
    suggestion: float | None


def find_learning_rate(
    model: nn.Module | str | ImageClassifier,
    data: ImageData,
    *,
    optimizer: str = "adam",
    steps: int = 100,
    lowest: float = 1e-6,
    highest: float = 1.0,
    seed: int = 0,
    accelerator: str = "auto",
) -> LearningRates:
    """Train for some steps with a rate that rises from step to step; a copy of the network is trained.

    Example:
        >>> from cnn_guide.data import Digits
        >>> found = find_learning_rate(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), Digits(), steps=60)
        >>> 1e-6 < found.suggestion < 1
        True

    Args:
        model: Maps images to logits; or its name, or a classifier with settings of its own.
        data: Gives the training images.
        optimizer: As in `fit`.
        steps: Rates that are tried.
        lowest: The first rate.
        highest: The last rate.
        seed: Decides the order of the images and the dropout.
        accelerator: Lightning's name for the device.

    Raises:
        ValueError: If the rates are not above 0 and rising, or `steps` is below 10.

    Source:
        L. N. Smith, Cyclical learning rates for training neural networks, WACV 2017, section 3.3.
    """
    if steps < 10 or not 0 < lowest < highest:
        raise ValueError(
            f"`steps` (={steps}) must be at least 10, and `lowest` (={lowest}) be above 0 and below `highest`."
        )
    classifier = _copy(model, optimizer, seed)
    classifier.build(data)
    batches = data.train_dataloader(classifier.seed)
    with undisturbed(classifier.seed), TemporaryDirectory() as folder:  # Lightning keeps the first weights in a file
        trainer = pl.Trainer(
            **DEFAULTS, enable_progress_bar=False, accelerator=accelerator, devices=1, default_root_dir=folder,
            max_epochs=ceil(steps / len(batches)),
        )  # fmt: skip
        classifier.train()
        with redirect_stderr(StringIO()):  # a progress bar that cannot be switched off
            finder = Tuner(trainer).lr_find(
                classifier, batches, min_lr=lowest, max_lr=highest, num_training=steps, update_attr=False
            )
    assert finder is not None  # it is there where a search has run
    rates, losses = list(finder.results["lr"]), list(finder.results["loss"])
    return LearningRates(rates, losses, steepest(rates, losses))


def steepest(rates: list[float], losses: list[float]) -> float | None:
    """Return the rate at which the loss falls most from one rate to the next; None where it nowhere falls.

    Lightning's own suggestion divides by the difference of the rates, so that noise at the smallest rates wins.

    Example:
        >>> steepest([1e-4, 1e-3, 1e-2, 1e-1], [2.3, 2.2, 1.5, 4.0])
        0.001
    """
    falls = [losses[place] - losses[place + 1] for place in range(len(losses) - 1)]
    best = max(range(len(falls)), key=falls.__getitem__, default=None)
    return rates[best] if best is not None and falls[best] > 0 else None


def _copy(model: nn.Module | str | ImageClassifier, optimizer: str, seed: int) -> ImageClassifier:
    copied = deepcopy(model)
    return copied if isinstance(copied, ImageClassifier) else ImageClassifier(copied, optimizer=optimizer, seed=seed)
