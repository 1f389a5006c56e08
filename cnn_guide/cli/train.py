"""`cnn-guide train`: train a network and test it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from .networks import add_network, network
from .parsing import UsageError, above_zero, add_format, among, positive

if TYPE_CHECKING:
    from torch import nn

    from ..data import ImageData
    from ..training import Evaluation, Fit

EXAMPLES = """\
examples:
  cnn-guide train cnn1 --data digits
  cnn-guide train cnn2 --data mnist --epochs 5 --seed 0
  cnn-guide train dense --epochs 3 --json

The environment variable CNN_GUIDE_DATA names the folder of data sets.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The network, its images, and how it learns."""
    add = parser.add_argument
    add_network(parser, "network")
    add("--data", type=among("data set", ("digits", "mnist")), default="digits", metavar="NAME",
        help="images to learn from: digits or mnist (default: digits)")  # fmt: skip
    add("--epochs", type=positive, default=5, metavar="N", help="passes over the training images (default: 5)")
    add("--learning-rate", type=above_zero, default=1e-3, metavar="RATE", help="step size of Adam (default: 0.001)")
    add("--seed", type=int, default=0, metavar="N", help="decides first weights, shuffles and dropout (default: 0)")
    add_format(parser, "json")


def run(options: Namespace) -> None:
    """Train, with a line an epoch, and say how good the network is on images it has not seen."""
    import torch

    from .. import data, training

    torch.manual_seed(options.seed)
    model = _trainable(options)
    try:
        images = _images(options.data, options.seed)
        if options.format == "text":
            print(images, flush=True)
        fit = training.fit(model, images, epochs=options.epochs, learning_rate=options.learning_rate, seed=options.seed)
    except (OSError, ValueError, data.DownloadError) as error:
        raise UsageError(str(error)) from error
    test = training.evaluate(fit.model, images.test)
    print(_json(fit, test) if options.format == "json" else _text(fit, test))


def _trainable(options: Namespace) -> nn.Module:
    from torch import nn

    model = network(options.network, options.arg)
    if not isinstance(model, nn.Module):
        raise UsageError(f"{options.network} is a description, which has no weights to train. Name an nn.Module.")
    return model


def _images(name: str, seed: int) -> ImageData:
    from .. import data

    return data.MNIST(seed=seed) if name == "mnist" else data.Digits(seed=seed, image_size=28)


def _text(fit: Fit, test: Evaluation) -> str:
    epochs = (
        f"epoch {epoch.epoch}: {epoch.train_accuracy:.1%} training, {epoch.val_accuracy:.1%} validation accuracy"
        for epoch in fit.history
    )
    return "\n".join([*epochs, f"{fit.seconds:.0f} s. Test images: {test}"])


def _json(fit: Fit, test: Evaluation) -> str:
    import json

    marks = {"correct": test.correct, "total": test.total, "accuracy": test.accuracy, "interval": test.interval}
    epochs = [epoch._asdict() for epoch in fit.history]
    return json.dumps({"epochs": epochs, "seconds": fit.seconds, "test": marks}, indent=2)
