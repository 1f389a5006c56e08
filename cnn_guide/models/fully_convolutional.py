"""A network for digits that reads pictures of any size.

Its ideas are younger than LeNet-5: 3×3 windows alone, batch normalisation after each convolution, and the mean of the
last maps in place of hidden dense layers. Convolutions know no size: on a larger picture the maps are larger, and the
mean is over more places. The layer that gives the classes comes after the mean; as a 1×1 convolution in front of it, a
map for each class, it would give the same logits.

It is a plain chain of modules, and small enough to run in a browser.

Source: Lin, Chen, Yan (2013), "Network in Network", arXiv:1312.4400, §3.2, for the mean of the maps; Ioffe, Szegedy
(2015), "Batch Normalization", arXiv:1502.03167.

Example:
    >>> from cnn_guide import summary
    >>> report = summary(fully_convolutional(), (1, 28, 28))
    >>> f"{report.total_params:,} parameters, {report.macs:,} MACs"
    '62,018 parameters, 2,500,608 MACs'
"""

from torch import nn

from .stack import Stack


class FullyConvolutional(Stack):
    """Six 3×3 convolutions and a mean.

    Example:
        >>> import torch
        >>> FullyConvolutional()(torch.zeros(64, 1, 50, 80)).shape
        torch.Size([64, 10])

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, 1 for grey; these have 16×16 pixels or more.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1) -> None:
        super().__init__(  # (N, C, 28, 28)
            *convolution(in_channels, 8, padding=0),  # (N, 8, 26, 26)
            *convolution(8, 16, padding=0),  # (N, 16, 24, 24)
            nn.MaxPool2d(2),  # (N, 16, 12, 12)
            *convolution(16, 32, padding=0),  # (N, 32, 10, 10)
            *convolution(32, 32, padding=0),  # (N, 32, 8, 8)
            nn.MaxPool2d(2),  # (N, 32, 4, 4)
            *convolution(32, 64, padding=1),  # (N, 64, 4, 4)
            *convolution(64, 48, padding=1),  # (N, 48, 4, 4)
            nn.AdaptiveAvgPool2d(1),  # (N, 48, 1, 1)
            nn.Flatten(),  # (N, 48)
            nn.Linear(48, num_classes),
        )


def convolution(in_channels: int, out_channels: int, padding: int) -> tuple[nn.Module, nn.Module, nn.Module]:
    """A 3×3 convolution, batch normalisation and ReLU."""
    return (
        nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=padding, bias=False),  # a bias is in the next layer
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def fully_convolutional(num_classes: int = 10, in_channels: int = 1) -> FullyConvolutional:
    """The network `fully_convolutional`."""
    return FullyConvolutional(num_classes, in_channels)
