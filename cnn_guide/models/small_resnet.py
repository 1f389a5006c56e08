"""The small ResNets for 32×32 pictures, with which the paper studied depth on CIFAR-10.

Three stages of n pairs of 3×3 convolutions at 32×32, 16×16 and 8×8 pixels, so 6n + 2 layers. All shortcuts are free
of parameters ("option A"): where a stage halves the map and doubles the channels, the shortcut takes every other
pixel and adds channels of zeros.

Example:
    >>> from cnn_guide import summary
    >>> table = summary(resnet20(), (3, 32, 32))
    >>> table.total_params, table.macs
    (269722, 40551040)

Source:
    He et al. (2015), "Deep Residual Learning for Image Recognition", arXiv:1512.03385, section 4.2 and table 6.
"""

import torch
from torch import Tensor, nn

from .blocks import initialise_convolutions


class SmallBlock(nn.Module):
    """Two 3×3 convolutions, and their input added without any parameters.

    Args:
        in_channels: channels before.
        channels: channels after, at least as many.
        stride: 2 halves the map.
    """

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:  # (N, in_channels, H, W)
        """The sum of both ways, after a ReLU."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        x = self.relu(out + self.shortcut(x))
        return x  # (N, channels, H/stride, W/stride)

    def shortcut(self, x: Tensor) -> Tensor:
        """The input in the shape of the output: every stride-th pixel, and zeros in the added channels."""
        stride, added = self.conv1.stride[0], self.conv1.out_channels - self.conv1.in_channels
        x = x[:, :, ::stride, ::stride]
        return torch.cat([x, x.new_zeros(x.shape[0], added, *x.shape[2:])], 1) if added else x


class SmallResNet(nn.Module):
    """A 3×3 convolution, three stages of residual blocks, global average pooling and one dense layer.

    Args:
        depth: blocks in each stage; 6·depth + 2 layers in all.
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, 3 for colour.
    """

    def __init__(self, depth: int, num_classes: int, in_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        self.layer1 = stage(16, 16, depth, stride=1)
        self.layer2 = stage(16, 32, depth, stride=2)
        self.layer3 = stage(32, 64, depth, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, num_classes)
        initialise_convolutions(self)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, 32, 32)
        """Logits of pictures (N, C, H, W); the sizes in the comments are those at 32×32."""
        x = self.relu(self.bn1(self.conv1(x)))  # (N, 16, 32, 32)
        x = self.layer1(x)  # (N, 16, 32, 32)
        x = self.layer2(x)  # (N, 32, 16, 16)
        x = self.layer3(x)  # (N, 64, 8, 8)
        x = self.avgpool(x).flatten(1)  # (N, 64)
        x = self.fc(x)  # (N, num_classes)
        return x


def stage(in_channels: int, channels: int, depth: int, stride: int) -> nn.Sequential:
    """Return `depth` blocks on maps of one size; the first changes size and channels."""
    others = [SmallBlock(channels, channels) for _ in range(depth - 1)]
    return nn.Sequential(SmallBlock(in_channels, channels, stride), *others)


def resnet20(num_classes: int = 10, in_channels: int = 3) -> SmallResNet:
    """ResNet-20, 0.27 million parameters."""
    return SmallResNet(3, num_classes, in_channels)


def resnet32(num_classes: int = 10, in_channels: int = 3) -> SmallResNet:
    """ResNet-32, 0.46 million parameters."""
    return SmallResNet(5, num_classes, in_channels)


def resnet44(num_classes: int = 10, in_channels: int = 3) -> SmallResNet:
    """ResNet-44, 0.66 million parameters."""
    return SmallResNet(7, num_classes, in_channels)


def resnet56(num_classes: int = 10, in_channels: int = 3) -> SmallResNet:
    """ResNet-56, 0.85 million parameters."""
    return SmallResNet(9, num_classes, in_channels)


def resnet110(num_classes: int = 10, in_channels: int = 3) -> SmallResNet:
    """ResNet-110, 1.7 million parameters."""
    return SmallResNet(18, num_classes, in_channels)
