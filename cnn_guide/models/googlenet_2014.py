"""GoogLeNet as the paper has it: without batch normalisation, with true 5×5 windows.

The ideas are told in `googlenet.py`. What differs from torchvision's network: convolutions with biases and ReLU alone,
AlexNet's normalisation between neighbouring channels in the stem, 5×5 windows, a last pooling of 3×3 windows, more
dropout. In the paper the auxiliary heads are part of training; here they are asked for, so that the parameters are
those of the network that is used.

Source: Szegedy et al. (2014), "Going Deeper with Convolutions", arXiv:1409.4842, table 1 and §5. The paper does not
say how the weights begin; here they are He's.

Example:
    >>> from cnn_guide import summary
    >>> with torch.device("meta"):  # shapes without numbers
    ...     report = summary(googlenet_2014(), (3, 224, 224))
    >>> f"{report.total_params:,} parameters, {report.macs:,} MACs"
    '6,998,552 parameters, 1,582,671,872 MACs'
"""

import torch
from torch import Tensor, nn

from .alexnet import normalisation
from .googlenet import GoogLeNetOutputs


class GoogLeNet2014(nn.Module):
    """Three convolutions, nine Inception modules, a mean.

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the pictures.
        aux_logits: whether the network has the two auxiliary heads.
    """

    def __init__(self, num_classes: int, in_channels: int, aux_logits: bool) -> None:
        super().__init__()
        self.stem = stem(in_channels)  # (N, 192, 28, 28)
        self.early = nn.Sequential(
            Inception(192, 64, (96, 128), (16, 32), 32),  # (N, 256, 28, 28)
            Inception(256, 128, (128, 192), (32, 96), 64),  # (N, 480, 28, 28)
            nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # (N, 480, 14, 14)
            Inception(480, 192, (96, 208), (16, 48), 64),  # (N, 512, 14, 14)
        )
        self.middle = nn.Sequential(
            Inception(512, 160, (112, 224), (24, 64), 64),
            Inception(512, 128, (128, 256), (24, 64), 64),
            Inception(512, 112, (144, 288), (32, 64), 64),  # (N, 528, 14, 14)
        )
        self.late = nn.Sequential(
            Inception(528, 256, (160, 320), (32, 128), 128),  # (N, 832, 14, 14)
            nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # (N, 832, 7, 7)
            Inception(832, 256, (160, 320), (32, 128), 128),
            Inception(832, 384, (192, 384), (48, 128), 128),  # (N, 1024, 7, 7)
        )
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4), nn.Linear(1024, num_classes)
        )
        self.aux1 = auxiliary_head(512, num_classes) if aux_logits else None
        self.aux2 = auxiliary_head(528, num_classes) if aux_logits else None
        self.initialise()

    def initialise(self) -> None:
        """He's Gaussian before each ReLU, and biases of 0."""
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                assert layer.bias is not None
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor | GoogLeNetOutputs:
        """Logits (N, num_classes) of pictures (N, C, H, W); in training mode, those of the auxiliary heads too."""
        early = self.early(self.stem(x))  # (N, 512, 14, 14)
        middle = self.middle(early)  # (N, 528, 14, 14)
        x = self.classifier(self.late(middle))
        if self.aux1 is None or self.aux2 is None or not self.training:
            return x
        return GoogLeNetOutputs(x, self.aux2(middle), self.aux1(early))


class Inception(nn.Module):
    """Four branches on the same map; the arguments are those of torchvision's variant."""

    def __init__(self, in_channels: int, one: int, three: tuple[int, int], five: tuple[int, int], pool: int) -> None:
        super().__init__()
        self.one = nn.Sequential(*convolution(in_channels, one, 1))
        self.three = nn.Sequential(*convolution(in_channels, three[0], 1), *convolution(*three, 3))
        self.five = nn.Sequential(*convolution(in_channels, five[0], 1), *convolution(*five, 5))
        self.pool = nn.Sequential(nn.MaxPool2d(kernel_size=3, stride=1, padding=1), *convolution(in_channels, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        """The branches one behind the other: (N, one + three[1] + five[1] + pool, H, W)."""
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


def convolution(in_channels: int, out_channels: int, kernel_size: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    """A convolution that keeps the size of the map (at stride 1), and ReLU."""
    return nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding=kernel_size // 2), nn.ReLU()


def stem(in_channels: int) -> nn.Sequential:
    """The convolutions in front, with AlexNet's normalisation."""
    return nn.Sequential(  # (N, C, 224, 224)
        *convolution(in_channels, 64, 7, stride=2),  # (N, 64, 112, 112)
        nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # (N, 64, 56, 56)
        normalisation(),
        *convolution(64, 64, 1),
        *convolution(64, 192, 3),  # (N, 192, 56, 56)
        normalisation(),
        nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # (N, 192, 28, 28)
    )


def auxiliary_head(in_channels: int, num_classes: int) -> nn.Sequential:
    """A small classifier on a map half-way (§5)."""
    return nn.Sequential(  # (N, in_channels, 14, 14)
        nn.AvgPool2d(kernel_size=5, stride=3),  # (N, in_channels, 4, 4)
        *convolution(in_channels, 128, 1),
        nn.Flatten(),  # (N, 2048), 2048 = 128·4·4
        nn.Linear(2048, 1024),
        nn.ReLU(),
        nn.Dropout(0.7),
        nn.Linear(1024, num_classes),
    )


def googlenet_2014(num_classes: int = 1000, in_channels: int = 3, aux_logits: bool = False) -> GoogLeNet2014:
    """The network `googlenet_2014`, as the paper has it."""
    return GoogLeNet2014(num_classes, in_channels, aux_logits)
