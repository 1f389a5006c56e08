"""Which learning rates a network stands: a short training in which the rate rises step by step."""

from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from cnn_guide.data import ImageData
from cnn_guide.training.classifier import ImageClassifier
from cnn_guide.training.optimisers import optimizer as optimiser

SMOOTHING = 0.9  # what the losses before weigh against the newest
TOO_MUCH = 4.0  # times the least loss: the search is over


class LearningRates(NamedTuple):
    """What a search for a learning rate has seen.

    Args:
        rates: The rates that were tried, rising.
        losses: The loss with each of them, smoothed; the search stops where it is four times its least.
        suggestion: The rate at which the loss falls most steeply; None where it never falls.
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
) -> LearningRates:
    """Train a copy of a network for some steps, with a rate that rises from one to the next.

    Example:
        >>> from cnn_guide.data import Digits
        >>> _ = torch.manual_seed(0)
        >>> found = find_learning_rate(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), Digits(), steps=60)
        >>> 1e-6 < found.suggestion < 1
        True

    Args:
        model: Maps images to logits, and stays as it is; or its name, or a classifier with settings of its own.
        data: Gives the training images.
        optimizer: As in `fit`.
        steps: Rates that are tried, in equal proportions.
        lowest: The first rate.
        highest: The last rate.
        seed: Decides the order of the images and the dropout.

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
    rates = [lowest * (highest / lowest) ** (step / (steps - 1)) for step in range(steps)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(classifier.seed)
        losses = _losses(classifier, data, rates)
    return LearningRates(rates[: len(losses)], losses, steepest(rates, losses))


def steepest(rates: list[float], losses: list[float]) -> float | None:
    """Return the rate at which the loss falls most from one rate to the next; None where it never falls.

    Example:
        >>> steepest([1e-4, 1e-3, 1e-2, 1e-1], [2.3, 2.2, 1.5, 4.0])
        0.001
    """
    falls = [losses[place] - losses[place + 1] for place in range(len(losses) - 1)]
    best = max(range(len(falls)), key=falls.__getitem__, default=None)
    return rates[best] if best is not None and falls[best] > 0 else None


def _losses(classifier: ImageClassifier, data: ImageData, rates: list[float]) -> list[float]:
    """The smoothed loss of one step with each rate, as far as it goes."""
    network = classifier.built.train()
    settings = {name: getattr(classifier, name) for name in ("learning_rate", "weight_decay", "momentum")}
    optimizer = optimiser(classifier.optimizer, network.parameters(), **settings)
    losses: list[float] = []
    mean = 0.0
    for step, (rate, (images, labels)) in enumerate(zip(rates, _endless(data, classifier.seed), strict=False), start=1):
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = classifier.loss(network(images), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss.item()
        losses.append(mean / (1 - SMOOTHING**step))  # the mean began at 0
        if not losses[-1] < TOO_MUCH * min(losses):
            break
    return losses


def _endless(data: ImageData, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    batches = data.train_dataloader(seed)
    while True:
        yield from batches


def _copy(model: nn.Module | str | ImageClassifier, optimizer: str, seed: int) -> ImageClassifier:
    copied = deepcopy(model)
    return copied if isinstance(copied, ImageClassifier) else ImageClassifier(copied, optimizer=optimizer, seed=seed)
