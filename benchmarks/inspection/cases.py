"""What a tool is given: a model, and an input as a shape or as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


@dataclass(frozen=True)
class Case:
    """A model and its input."""

    model: nn.Module
    shape: tuple[int, ...]
    """Of the input, with the batch axis if it has one."""
    data: Callable[[], tuple[Any, ...]] | None = None
    """Makes the arguments of forward, where a shape does not say what they are."""
    batched: bool = True
    other: nn.Module | None = None
    """A second model to compare with."""

    def arguments(self) -> tuple[Any, ...]:
        """Return the arguments of forward as real tensors, on the model's device."""
        if self.data is not None:
            return self.data()
        return (torch.zeros(self.shape, device=self.device),)

    @property
    def device(self) -> torch.device:
        """The device of the model's first parameter."""
        return next((parameter.device for parameter in self.model.parameters()), torch.device("cpu"))
