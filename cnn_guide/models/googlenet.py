"""GoogLeNet: windows of several sizes side by side, and a mean in place of dense layers.

Its idea is the Inception module. What is to be seen may be small or large, so four branches look at the same map: 1×1,
3×3 and 5×5 convolutions, and a pooling; their outputs are concatenated along the channels. 1×1 convolutions first
reduce the channels that the larger windows have to read. The mean of each of the last 1024 maps goes straight to the
classes, so the network has a twentieth of VGG-16's parameters. Two auxiliary heads on maps half-way help to train it,
and are not used afterwards.

`googlenet` is torchvision's, for which there are weights: batch normalisation after each convolution, and 3×3 windows
in the branch that has 5×5 in the paper (an old slip, which the weights have made permanent). `googlenet_2014`, in a
file of its own, is the network of the paper.

Source: Szegedy et al. (2014), "Going Deeper with Convolutions", arXiv:1409.4842, table 1.

Example:
    >>> from cnn_guide import summary
    >>> with torch.device("meta"):  # shapes without numbers
    ...     reports = [summary(googlenet(aux_logits=aux_logits), (3, 224, 224)) for aux_logits in (True, False)]
    >>> [f"{report.total_params:,} parameters, {report.macs:,} MACs" for report in reports]
    ['13,004,888 parameters, 1,498,376,192 MACs', '6,624,904 parameters, 1,498,376,192 MACs']
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class GoogLeNetOutputs(NamedTuple):
    """What the network returns while it is trained; the loss of each auxiliary head counts 0.3 times (§5)."""

    logits: Tensor
    aux_logits2: Tensor
    aux_logits1: Tensor


class GoogLeNet(nn.Module):
    """Three convolutions, nine Inception modules, a mean.

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the pictures.
        aux_logits: whether the network has the two auxiliary heads.
    """

    def __init__(self, num_classes: int, in_channels: int, aux_logits: bool) -> None:
        super().__init__()
        self.conv1 = BasicConv2d(in_channels, 64, kernel_size=7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        self.conv2 = BasicConv2d(64, 64, kernel_size=1)
        self.conv3 = BasicConv2d(64, 192, kernel_size=3, padding=1)
        self.maxpool2 = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        self.inception3a = Inception(192, 64, (96, 128), (16, 32), 32)
        self.inception3b = Inception(256, 128, (128, 192), (32, 96), 64)
        self.maxpool3 = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        self.inception4a = Inception(480, 192, (96, 208), (16, 48), 64)
        self.inception4b = Inception(512, 160, (112, 224), (24, 64), 64)
        self.inception4c = Inception(512, 128, (128, 256), (24, 64), 64)
        self.inception4d = Inception(512, 112, (144, 288), (32, 64), 64)
        self.inception4e = Inception(528, 256, (160, 320), (32, 128), 128)
        self.maxpool4 = nn.MaxPool2d(kernel_size=2, stride=2, ceil_mode=True)
        self.inception5a = Inception(832, 256, (160, 320), (32, 128), 128)
        self.inception5b = Inception(832, 384, (192, 384), (48, 128), 128)
        self.aux1 = AuxiliaryHead(512, num_classes) if aux_logits else None
        self.aux2 = AuxiliaryHead(528, num_classes) if aux_logits else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(1024, num_classes)
        self.initialise()

    def initialise(self) -> None:
        """Narrow Gaussians; batch normalisation finds the scale."""
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.trunc_normal_(layer.weight, std=0.01)

    def forward(self, x: Tensor) -> Tensor | GoogLeNetOutputs:
        """Logits (N, num_classes) of pictures (N, C, H, W); in training mode, those of the auxiliary heads too."""
        x = self.stem(x)  # (N, 192, 28, 28)
        x = self.inception3a(x)  # (N, 256, 28, 28)
        x = self.inception3b(x)  # (N, 480, 28, 28)
        x = self.maxpool3(x)  # (N, 480, 14, 14)
        early = x = self.inception4a(x)  # (N, 512, 14, 14)
        x = self.inception4b(x)
        x = self.inception4c(x)
        late = x = self.inception4d(x)  # (N, 528, 14, 14)
        x = self.inception4e(x)  # (N, 832, 14, 14)
        x = self.maxpool4(x)  # (N, 832, 7, 7)
        x = self.inception5a(x)
        x = self.inception5b(x)  # (N, 1024, 7, 7)
        aux1 = self.aux1(early) if self.training and self.aux1 is not None else None
        aux2 = self.aux2(late) if self.training and self.aux2 is not None else None
        x = self.avgpool(x)  # (N, 1024, 1, 1)
        x = self.fc(self.dropout(x.flatten(1)))
        return x if aux1 is None or aux2 is None else GoogLeNetOutputs(x, aux2, aux1)

    def stem(self, x: Tensor) -> Tensor:
        """The convolutions in front: 224 → 112 → 56 → 28 pixels a side."""
        x = self.conv1(x)  # (N, 64, 112, 112)
        x = self.maxpool1(x)  # (N, 64, 56, 56)
        x = self.conv2(x)
        x = self.conv3(x)  # (N, 192, 56, 56)
        x = self.maxpool2(x)  # (N, 192, 28, 28)
        return x


class BasicConv2d(nn.Module):
    """A convolution without bias, batch normalisation and ReLU."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """The map (N, out_channels, H', W')."""
        x = self.bn(self.conv(x))
        return x.relu()


class Inception(nn.Module):
    """Four branches on the same map.

    Args:
        in_channels: channels of the input.
        one: channels that the 1×1 windows give.
        three: channels after the reduction, and those that the 3×3 windows behind it give.
        five: the same for the branch that has 5×5 windows in the paper.
        pool: channels that remain of the pooled map.
    """

    def __init__(self, in_channels: int, one: int, three: tuple[int, int], five: tuple[int, int], pool: int) -> None:
        super().__init__()
        self.branch1 = BasicConv2d(in_channels, one, kernel_size=1)
        self.branch2 = nn.Sequential(
            BasicConv2d(in_channels, three[0], kernel_size=1),
            BasicConv2d(*three, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            BasicConv2d(in_channels, five[0], kernel_size=1),
            BasicConv2d(*five, kernel_size=3, padding=1),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1, ceil_mode=True),
            BasicConv2d(in_channels, pool, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The branches one behind the other: (N, one + three[1] + five[1] + pool, H, W)."""
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class AuxiliaryHead(nn.Module):
    """A small classifier on a map half-way, so that gradients reach the first layers (§5)."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.conv = BasicConv2d(in_channels, 128, kernel_size=1)
        self.fc1 = nn.Linear(2048, 1024)  # 2048 = 128·4·4
        self.fc2 = nn.Linear(1024, num_classes)
        self.dropout = nn.Dropout(0.7)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, num_classes) of a map (N, in_channels, 14, 14)."""
        x = self.conv(self.pool(x))  # (N, 128, 4, 4)
        x = self.fc1(x.flatten(1)).relu()  # (N, 1024)
        x = self.fc2(self.dropout(x))
        return x


def googlenet(num_classes: int = 1000, in_channels: int = 3, aux_logits: bool = True) -> GoogLeNet:
    """The network `googlenet`, as torchvision has it."""
    return GoogLeNet(num_classes, in_channels, aux_logits)
