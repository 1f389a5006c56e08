"""Five classic networks as plain modules, written as users write them; sizes and arguments are torchvision's.

Each has two parts: `features`, to whose last map the receptive fields of the literature belong, and `classifier`.

Example:
    >>> from benchmarks.networks import AlexNet
    >>> sum(parameter.numel() for parameter in AlexNet().parameters())
    61100840
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


class Network(nn.Module):
    """Features of a picture, and a classifier on top of them."""

    def __init__(self, features: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.features = features
        self.classifier = classifier

    def forward(self, x: Tensor) -> Tensor:  # (N, 3, H, W)
        return self.classifier(self.features(x))  # (N, classes)


class AlexNet(Network):
    """Krizhevsky (2014), "One weird trick for parallelizing convolutional neural networks"."""

    def __init__(self, classes: int = 1000) -> None:
        features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(6),
            nn.Flatten(),
            nn.Dropout(),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, classes),
        )
        super().__init__(features, classifier)


class VGG16(Network):
    """Simonyan and Zisserman (2014), configuration D."""

    def __init__(self, classes: int = 1000) -> None:
        classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(7),
            nn.Flatten(),
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, classes),
        )
        super().__init__(nn.Sequential(*vgg_layers()), classifier)


def vgg_layers() -> Iterator[nn.Module]:
    before = 3
    for channels, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(convolutions):
            yield nn.Conv2d(before, channels, kernel_size=3, padding=1)
            yield nn.ReLU(inplace=True)
            before = channels
        yield nn.MaxPool2d(kernel_size=2, stride=2)


class BasicConv(nn.Module):
    """A convolution without bias, batch normalisation and ReLU, as everywhere in GoogLeNet."""

    def __init__(self, before: int, channels: int, kernel_size: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, channels, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.bn(self.conv(x)), inplace=True)


class Inception(nn.Module):
    """Four branches on the same input, concatenated along the channels."""

    def __init__(self, before: int, one: int, three: tuple[int, int], five: tuple[int, int], pool: int) -> None:
        super().__init__()
        self.one = BasicConv(before, one, 1)
        self.three = nn.Sequential(BasicConv(before, three[0], 1), BasicConv(*three, 3, padding=1))
        # torchvision's weights have a 3×3 window where the paper has 5×5
        self.five = nn.Sequential(BasicConv(before, five[0], 1), BasicConv(*five, 3, padding=1))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, padding=1, ceil_mode=True), BasicConv(before, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


class GoogLeNet(Network):
    """Szegedy et al. (2014), torchvision's variant with batch normalisation, without the auxiliary heads."""

    def __init__(self, classes: int = 1000) -> None:
        features = nn.Sequential(
            BasicConv(3, 64, 7, stride=2, padding=3),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            BasicConv(64, 64, 1),
            BasicConv(64, 192, 3, padding=1),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Inception(192, 64, (96, 128), (16, 32), 32),
            Inception(256, 128, (128, 192), (32, 96), 64),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Inception(480, 192, (96, 208), (16, 48), 64),
            Inception(512, 160, (112, 224), (24, 64), 64),
            Inception(512, 128, (128, 256), (24, 64), 64),
            Inception(512, 112, (144, 288), (32, 64), 64),
            Inception(528, 256, (160, 320), (32, 128), 128),
            nn.MaxPool2d(2, stride=2, ceil_mode=True),
            Inception(832, 256, (160, 320), (32, 128), 128),
            Inception(832, 384, (192, 384), (48, 128), 128),
        )
        classifier = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(1024, classes))
        super().__init__(features, classifier)


class BasicBlock(nn.Module):
    """Two 3×3 convolutions around which the input is led."""

    expansion = 1

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)  # one module, called after each sum too
        self.shortcut = shortcut(before, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.shortcut is None else self.shortcut(x)
        return self.relu(out)


class Bottleneck(nn.Module):
    """A 1×1, a 3×3 and a 1×1 convolution; the stride is in the 3×3 one, as torchvision has it."""

    expansion = 4

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = shortcut(before, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.shortcut is None else self.shortcut(x)
        return self.relu(out)


def shortcut(before: int, after: int, stride: int) -> nn.Module | None:
    """Return the short way around a block: a 1×1 convolution where the shape changes."""
    if stride == 1 and before == after:
        return None
    return nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))


class ResNet(Network):
    """He et al. (2015), four stages of residual blocks."""

    def __init__(self, block: type[BasicBlock] | type[Bottleneck], depths: tuple[int, ...], classes: int) -> None:
        stem = [nn.Conv2d(3, 64, 7, 2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
        stages, before = [], 64
        for number, depth in enumerate(depths):
            width, stride = 64 * 2**number, 2 if number else 1
            after = width * block.expansion
            others = [block(after, width, 1) for _ in range(depth - 1)]
            stages.append(nn.Sequential(block(before, width, stride), *others))
            before = after
        classifier = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))
        super().__init__(nn.Sequential(*stem, nn.MaxPool2d(3, 2, padding=1), *stages), classifier)


class ResNet18(ResNet):
    """He et al. (2015), 18 layers."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__(BasicBlock, (2, 2, 2, 2), classes)


class ResNet50(ResNet):
    """He et al. (2015), 50 layers."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__(Bottleneck, (3, 4, 6, 3), classes)
