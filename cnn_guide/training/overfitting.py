"""The first check of a new network: can it learn one batch by heart?"""

from copy import deepcopy

import torch
from torch import nn

from cnn_guide.data import ImageData
from cnn_guide.training.losses import Loss


def overfit_one_batch(
    model: nn.Module, data: ImageData, *, steps: int = 100, learning_rate: float = 1e-3, seed: int = 0
) -> list[float]:
    """Train a copy of a network on one batch again and again: the loss must fall to nearly nothing.

    Where it does not, something is broken (labels, shapes, the loss, the learning rate), and no long training will
    help. Dropout stays on as in training, so a network with much of it falls more slowly.

    Example:
        >>> from cnn_guide.data import Digits
        >>> _ = torch.manual_seed(0)
        >>> network = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
        >>> losses = overfit_one_batch(network, Digits(), steps=50, learning_rate=0.02)
        >>> losses[-1] < losses[0] / 10
        True

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes); it stays as it is.
        data: Gives the batch: the first that training would see.
        steps: How often the batch is shown.
        learning_rate: Adam's step size.
        seed: Decides the batch and the dropout.

    Returns:
        The loss before each step.
    """
    images, labels = next(iter(data.train_dataloader(seed)))
    model = deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    measure, losses = Loss(), []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(steps):
            loss = measure(model(images), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
            losses.append(loss.item())
    return losses
