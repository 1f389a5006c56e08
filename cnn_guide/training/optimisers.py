"""Optimisers and learning-rate schedules by name."""

from collections.abc import Callable, Iterable
from math import cos, pi
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from cnn_guide.training.naming import known

Groups = list[dict[str, Any]]
OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop")
FUSED = ("cpu", "cuda")  # where torch updates all parameters in one call


def optimizer(
    name: str,
    parameters: Iterable[nn.Parameter] | Groups,
    *,
    learning_rate: float,
    weight_decay: float,
    momentum: float,
) -> torch.optim.Optimizer:
    """Make an optimiser; Adam, AdamW and SGD are fused: one call a step for all parameters.

    Example:
        >>> weights = [nn.Parameter(torch.zeros(3))]
        >>> optimizer("sgd", weights, learning_rate=0.1, weight_decay=0.0, momentum=0.9).defaults["momentum"]
        0.9

    Args:
        name: "adam", "adamw", "sgd" (with Nesterov's momentum) or "rmsprop".
        parameters: Those that learn, or groups of them as torch's optimisers take them, each with its own `lr`.
        learning_rate: The step size of groups without one.
        weight_decay: How strongly weights are pulled towards 0; for "adamw" apart from the gradient.
        momentum: Of "sgd" and "rmsprop".

    Raises:
        ValueError: If there is no optimiser of that name.
    """
    groups: list[Any] = list(parameters)
    common: dict[str, Any] = {"lr": learning_rate, "weight_decay": weight_decay}
    if known("optimizer", name, OPTIMIZERS) == "rmsprop":
        return torch.optim.RMSprop(groups, momentum=momentum, **common)
    common["fused"] = _fusible(groups)
    if name == "sgd":
        return torch.optim.SGD(groups, momentum=momentum, nesterov=momentum > 0, **common)
    return (torch.optim.Adam if name == "adam" else torch.optim.AdamW)(groups, **common)


def schedule(name: str, optimizer: torch.optim.Optimizer, *, steps: int, warmup: int = 0) -> LambdaLR | None:
    """Make the schedule of the learning rate over a training; None where it never changes.

    Example:
        >>> sgd = torch.optim.SGD([nn.Parameter(torch.zeros(3))], lr=0.1)
        >>> cosine = schedule("cosine", sgd, steps=4)
        >>> [round(0.1 * factor("cosine", step, 4, 0), 3) for step in range(5)]
        [0.1, 0.085, 0.05, 0.015, 0.0]

    Args:
        name: One of `SCHEDULES`.
        optimizer: Its groups keep the proportions of their rates.
        steps: Steps of the whole training.
        warmup: Steps at the start in which the rate rises linearly.

    Raises:
        ValueError: If there is no schedule of that name.
    """
    known("schedule", name, SCHEDULES)
    if name == "constant" and warmup == 0:
        return None
    return LambdaLR(optimizer, lambda step: factor(name, step, steps, warmup))


def factor(name: str, step: int, steps: int, warmup: int) -> float:
    """Return the share of the full learning rate in a step, counted from 0."""
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return SCHEDULES[name]((step - warmup) / max(1, steps - warmup))


def _cosine(progress: float) -> float:
    return (1 + cos(pi * min(progress, 1.0))) / 2


def _in_steps(progress: float) -> float:
    """Divide by 10 after half and after three quarters, as K. He et al. (2015, section 4.2) do."""
    return 0.1 ** ((progress >= 0.5) + (progress >= 0.75))


def _one_cycle(progress: float) -> float:
    """Rise from 1/25 for three tenths of the training, then fall to nearly 0 (L. N. Smith and N. Topin, 2018)."""
    rise = 0.3
    return 1 - 0.96 * _cosine(progress / rise) if progress < rise else _cosine((progress - rise) / (1 - rise))


SCHEDULES: dict[str, Callable[[float], float]] = {  # share of the full rate, by the share of the training that is over
    "constant": lambda progress: 1.0,
    "cosine": _cosine,
    "step": _in_steps,
    "one_cycle": _one_cycle,
}


def _fusible(groups: list[Any]) -> bool:
    """Whether all parameters are floats on a device for which torch has fused optimisers."""
    parameters = [p for group in groups for p in (group["params"] if isinstance(group, dict) else [group])]
    return all(p.device.type in FUSED and p.is_floating_point() for p in parameters)
