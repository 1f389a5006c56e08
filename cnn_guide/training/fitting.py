"""Fitting a network to a data set: one call, quiet, repeatable."""

import logging
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import TQDMProgressBar
from torch import nn

from cnn_guide.data import ImageData
from cnn_guide.training.classifier import Epoch, ImageClassifier


@dataclass(frozen=True, eq=False)
class Fit:
    """A trained network and how it went.

    Args:
        model: The network that was given, now trained and in evaluation mode.
        history: One record an epoch.
        seconds: How long the training took, validation included.
    """

    model: nn.Module
    history: list[Epoch]
    seconds: float


def fit(
    model: nn.Module,
    data: ImageData,
    *,
    epochs: int = 5,
    learning_rate: float = 1e-3,
    seed: int = 0,
    progress: bool | None = None,
    accelerator: str = "auto",
) -> Fit:
    """Train a network in place with Adam and cross-entropy, and note what each epoch brings.

    The result depends on the network's first weights and on `seed`, on nothing else. The first weights are drawn where
    the network is made: call `torch.manual_seed` before that. Training the same network again goes on where it was.
    `seed` decides the order of the images and what dropout drops; torch's own random state is put back afterwards.

    Example:
        >>> from cnn_guide.data import Digits
        >>> _ = torch.manual_seed(0)
        >>> result = fit(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), Digits(), epochs=2, progress=False)
        >>> [record.epoch for record in result.history]
        [1, 2]

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes).
        data: Gives the training and the validation images.
        epochs: Passes over the training images.
        learning_rate: Adam's step size.
        seed: Decides the shuffles and the dropout.
        progress: Whether to show a progress bar on stderr; left out, only where stderr is a terminal.
        accelerator: Lightning's name for the device: "auto" takes a GPU where there is one, "cpu" never.

    Returns:
        The trained network, its history and the time.

    Raises:
        ValueError: If `epochs` is below 1 or `learning_rate` is not above 0.
    """
    if epochs < 1:
        raise ValueError(f"`epochs` (={epochs}) must be at least 1.")
    if learning_rate <= 0:
        raise ValueError(f"`learning_rate` (={learning_rate}) must be above 0; 1e-3 is a good start for Adam.")
    classifier = ImageClassifier(model, learning_rate)
    start = time.perf_counter()
    with _quiet(), _interruptible(), _seeded(seed):
        trainer = _trainer(epochs, sys.stderr.isatty() if progress is None else progress, accelerator)
        model.train()
        trainer.fit(classifier, data.train_dataloader(seed), data.val_dataloader())
        model.eval()
    return Fit(model, classifier.history, time.perf_counter() - start)


def _trainer(epochs: int, progress: bool, accelerator: str) -> pl.Trainer:
    return pl.Trainer(
        max_epochs=epochs,
        accelerator=accelerator,
        devices=1,
        callbacks=[TQDMProgressBar()] if progress else [],
        enable_progress_bar=progress,
        logger=False,  # no lightning_logs/
        enable_checkpointing=False,
        enable_model_summary=False,  # cnn_guide.summary shows more
        num_sanity_val_steps=0,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's remarks on hardware, its advertisement and its advice; errors still come through."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed torch, and afterwards put the random state back."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt on Ctrl-C; Lightning alone would ignore the key from then on and exit the interpreter."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as stop:
        if not isinstance(stop.__context__, KeyboardInterrupt):
            raise
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from None
