"""Showing images to a network without changing it, and reading its outputs as logits of classes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor, nn


class Holder(Protocol):
    """What a training returns, or what is read from a checkpoint: it has a network."""

    @property
    def model(self) -> nn.Module: ...  # noqa: D102


def network_of(model: nn.Module | Holder) -> nn.Module:
    """Return the network itself, whether it is given alone or with what belongs to it."""
    return model if isinstance(model, nn.Module) else model.model


@contextmanager
def judging(model: nn.Module) -> Iterator[Callable[[Tensor], Tensor]]:
    """Give a function from images to logits: no dropout, no gradients, and the network left as it was.

    Example:
        >>> model = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(4, 3))
        >>> with judging(model) as judge:
        ...     judge(torch.rand(2, 1, 2, 2)).shape, model.training
        (torch.Size([2, 3]), False)
        >>> model.training
        True

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes), or (N, 1) for two classes; it works where it lies.

    Yields:
        The function; its logits are float32 on the CPU, shape (N, classes).
    """
    own = next(filter(torch.is_floating_point, model.parameters()), torch.empty(0))

    def judge(images: Tensor) -> Tensor:
        return class_logits(model(images.to(own)))  # the device and the precision of the weights

    flags = [(module, module.training) for module in model.modules()]  # one by one: frozen layers have their own
    model.eval()
    try:
        with torch.inference_mode():
            yield judge
    finally:
        for module, training in flags:
            module.training = training


def class_logits(outputs: Tensor) -> Tensor:
    """Return a network's outputs as float32 logits on the CPU, at least two an image.

    The softmax of the two logits (0, z) is the sigmoid of z; so one output z a network is judged as two.

    Example:
        >>> class_logits(torch.tensor([[1.5], [-2.0]]))
        tensor([[ 0.0000,  1.5000],
                [ 0.0000, -2.0000]])

    Args:
        outputs: Shape (N, classes), or (N, 1).

    Returns:
        Shape (N, classes), with two classes where there is one output.

    Raises:
        ValueError: If the outputs have another shape, or are not finite.
    """
    if not isinstance(outputs, Tensor) or outputs.ndim != 2 or outputs.shape[1] == 0:
        found = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
        raise ValueError(f"The network's outputs ({found}) must be logits of the shape (images, classes).")
    logits = outputs.detach().float().cpu()
    broken = int((~logits.isfinite()).any(dim=1).sum())
    if broken:
        raise ValueError(
            f"The network's outputs are not finite for {broken} of {len(logits)} images: it has diverged "
            "in training (try a smaller learning rate), or its weights are damaged."
        )
    return torch.cat([torch.zeros_like(logits), logits], dim=1) if logits.shape[1] == 1 else logits
