"""Two convolutions before the dense layers, with dropout between those."""

from torch import nn

from .stack import Stack


class CNN2(Stack):
    """Two convolutions with pooling, three dense layers with dropout.

    Example:
        >>> import torch
        >>> CNN2()(torch.zeros(64, 1, 28, 28)).shape
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
            nn.Conv2d(16, 32, kernel_size=3),  # (N, 32, 11, 11)
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 32, 5, 5): the last row and column of the 11 are dropped
            nn.Flatten(),  # (N, 800), 800 = 32·5·5
            nn.Linear(800, 64),  # (N, 64)
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(64, 16),  # (N, 16)
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(16, num_classes),  # (N, num_classes)
        )


def cnn2(num_classes: int = 10, in_channels: int = 1) -> CNN2:
    """The network `cnn2`."""
    return CNN2(num_classes, in_channels)


class CNN2Plain(Stack):
    """CNN 2 without dropout and without the layer of 16 units.

    Example:
        >>> sum(parameter.numel() for parameter in CNN2Plain().parameters())
        56714

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the 28×28 images, 1 for grey.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1) -> None:
        super().__init__(  # (N, C, 28, 28)
            nn.Conv2d(in_channels, 16, kernel_size=3),  # (N, 16, 26, 26)
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 16, 13, 13)
            nn.Conv2d(16, 32, kernel_size=3),  # (N, 32, 11, 11)
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 32, 5, 5)
            nn.Flatten(),  # (N, 800), 800 = 32·5·5
            nn.Linear(800, 64),  # (N, 64)
            nn.ReLU(),
            nn.Linear(64, num_classes),  # (N, num_classes)
        )


def cnn2_plain(num_classes: int = 10, in_channels: int = 1) -> CNN2Plain:
    """The network `cnn2_plain`."""
    return CNN2Plain(num_classes, in_channels)
