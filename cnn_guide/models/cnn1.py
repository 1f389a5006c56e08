"""One convolution before the dense layers."""

from torch import nn

from .stack import Stack


class CNN1(Stack):
    """One convolution, one pooling, two dense layers.

    Example:
        >>> import torch
        >>> CNN1()(torch.zeros(64, 1, 28, 28)).shape
        torch.Size([64, 10])

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the 28×28 images, 1 for grey.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1) -> None:
        super().__init__(  # (N, C, 28, 28)
            nn.Conv2d(in_channels, 16, kernel_size=3),  # (N, 16, 26, 26)
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 16, 13, 13)
            nn.Flatten(),  # (N, 2704), 2704 = 16·13·13
            nn.Linear(2704, 128),  # (N, 128)
            nn.ReLU(),
            nn.Linear(128, num_classes),  # (N, num_classes)
        )


def cnn1(num_classes: int = 10, in_channels: int = 1) -> CNN1:
    """The network `cnn1`."""
    return CNN1(num_classes, in_channels)
