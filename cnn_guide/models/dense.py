"""The network without convolutions: every pixel is connected to every unit."""

from torch import nn

from .stack import Stack


class Dense(Stack):
    """Two hidden layers on the flattened image, 784-128-32-10.

    Example:
        >>> import torch
        >>> Dense()(torch.zeros(64, 1, 28, 28)).shape
        torch.Size([64, 10])

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the 28×28 images, 1 for grey.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1) -> None:
        super().__init__(  # (N, C, 28, 28)
            nn.Flatten(),  # (N, C·784)
            nn.Linear(in_channels * 28 * 28, 128),  # (N, 128)
            nn.ReLU(),
            nn.Linear(128, 32),  # (N, 32)
            nn.ReLU(),
            nn.Linear(32, num_classes),  # (N, num_classes)
        )


def dense(num_classes: int = 10, in_channels: int = 1) -> Dense:
    """The network `dense`."""
    return Dense(num_classes, in_channels)
