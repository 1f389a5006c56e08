"""DenseNet: every layer sees the maps of all layers before it in its block.

ResNet adds a layer's output to its input; DenseNet appends it. A layer then makes only a few maps of its own, 32 here
(the growth rate), and nothing that an earlier layer has found gets lost. Between the blocks a transition halves
channels and sides.

Example:
    >>> from cnn_guide import summary
    >>> table = summary(densenet121(), (3, 224, 224))
    >>> table.total_params, table.macs
    (7978856, 2834161664)

Source:
    Huang et al. (2017), "Densely Connected Convolutional Networks", arXiv:1608.06993, table 1 (DenseNet-BC).
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from .blocks import initialise_convolutions


class DenseLayer(nn.Module):
    """Appends `growth` maps: a 1×1 convolution to four times as many, then a 3×3 one, each behind norm and ReLU.

    Args:
        in_channels: channels before; `in_channels + growth` come out.
        growth: maps to append.
    """

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(in_channels, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # (N, in_channels, H, W)
        """All maps so far and the new ones behind them."""
        new = self.conv1(self.relu1(self.norm1(x)))  # (N, 4·growth, H, W)
        new = self.conv2(self.relu2(self.norm2(new)))  # (N, growth, H, W)
        return torch.cat([x, new], 1)  # (N, in_channels + growth, H, W)


def dense_block(in_channels: int, depth: int, growth: int) -> nn.Sequential:
    """Return `depth` layers, each of which appends `growth` channels."""
    layers = ((f"denselayer{n + 1}", DenseLayer(in_channels + n * growth, growth)) for n in range(depth))
    return nn.Sequential(OrderedDict[str, nn.Module](layers))


def transition(in_channels: int) -> nn.Sequential:
    """Return what halves the channels, by a 1×1 convolution, and the sides, by average pooling."""
    layers = OrderedDict[str, nn.Module](
        norm=nn.BatchNorm2d(in_channels),
        relu=nn.ReLU(),
        conv=nn.Conv2d(in_channels, in_channels // 2, 1, bias=False),
        pool=nn.AvgPool2d(2),
    )
    return nn.Sequential(layers)


def stem(in_channels: int, channels: int) -> OrderedDict[str, nn.Module]:
    """Return the layers in front of the blocks, as in ResNet."""
    return OrderedDict(
        conv0=nn.Conv2d(in_channels, channels, 7, stride=2, padding=3, bias=False),  # (N, 64, 112, 112)
        norm0=nn.BatchNorm2d(channels),
        relu0=nn.ReLU(),
        pool0=nn.MaxPool2d(3, stride=2, padding=1),  # (N, 64, 56, 56)
    )


class DenseNet(nn.Module):
    """A stem, four dense blocks with transitions between them, global average pooling and one dense layer.

    Args:
        depths: layers in each of the blocks.
        growth: maps that each layer appends.
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, 3 for colour.
    """

    def __init__(self, depths: tuple[int, ...], growth: int, num_classes: int, in_channels: int) -> None:
        super().__init__()
        channels = 2 * growth
        features = stem(in_channels, channels)
        for number, depth in enumerate(depths, start=1):
            features[f"denseblock{number}"] = dense_block(channels, depth, growth)
            channels += depth * growth
            if number < len(depths):
                features[f"transition{number}"] = transition(channels)
                channels //= 2
        features[f"norm{len(depths) + 1}"] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(features)
        self.relu = nn.ReLU()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, num_classes)
        initialise_convolutions(self, mode="fan_in")
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, 224, 224)
        """Logits of pictures; DenseNet-121's blocks end with 256, 512, 1024 and 1024 channels at 56, 28, 14 and 7."""
        x = self.relu(self.features(x))  # (N, 1024, 7, 7)
        x = self.avgpool(x).flatten(1)  # (N, 1024)
        x = self.classifier(x)  # (N, num_classes)
        return x


def densenet121(num_classes: int = 1000, in_channels: int = 3) -> DenseNet:
    """DenseNet-121: 2·(6 + 12 + 24 + 16) + 5 layers with weights."""
    return DenseNet((6, 12, 24, 16), 32, num_classes, in_channels)
