"""Five of the guide's networks as descriptions: no tensor is made, and PyTorch is not needed.

Each has two parts: the features, up to the last map, and the classifier.

Example:
    >>> from benchmarks.descriptions import resnet50
    >>> resnet50().output_shape((3, 224, 224)), resnet50().parameters
    ((1000,), 25557032)
"""

from __future__ import annotations

from collections.abc import Callable

from cnn_guide.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    Parallel,
    ReLU,
    Residual,
    Sequential,
)


def alexnet(classes: int = 1000) -> Sequential:
    features = Sequential(
        Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
        ReLU(),
        MaxPool2d(3, stride=2),
        Conv2d(64, 192, kernel_size=5, padding=2),
        ReLU(),
        MaxPool2d(3, stride=2),
        Conv2d(192, 384, kernel_size=3, padding=1),
        ReLU(),
        Conv2d(384, 256, kernel_size=3, padding=1),
        ReLU(),
        Conv2d(256, 256, kernel_size=3, padding=1),
        ReLU(),
        MaxPool2d(3, stride=2),
    )
    dense = [Dropout(), Linear(9216, 4096), ReLU(), Dropout(), Linear(4096, 4096), ReLU(), Linear(4096, classes)]
    return Sequential(features, Sequential(AdaptiveAvgPool2d(6), Flatten(), *dense))


def vgg16(classes: int = 1000) -> Sequential:
    stages: list[Layer] = []
    before = 3
    for channels, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(convolutions):
            stages += [Conv2d(before, channels, kernel_size=3, padding=1), ReLU()]
            before = channels
        stages.append(MaxPool2d(2))
    dense = [Linear(25088, 4096), ReLU(), Dropout(), Linear(4096, 4096), ReLU(), Dropout(), Linear(4096, classes)]
    return Sequential(Sequential(*stages), Sequential(AdaptiveAvgPool2d(7), Flatten(), *dense))


def normalised(before: int, channels: int, kernel_size: int, stride: int = 1) -> tuple[Layer, Layer]:
    """Return a convolution that keeps the size apart from its stride, and batch normalisation."""
    padding = kernel_size // 2
    return Conv2d(before, channels, kernel_size, stride, padding, bias=False), BatchNorm2d(channels)


def inception(before: int, one: int, three: tuple[int, int], five: tuple[int, int], pool: int) -> Parallel:
    branches = (
        Sequential(*normalised(before, one, 1), ReLU()),
        Sequential(*normalised(before, three[0], 1), ReLU(), *normalised(*three, 3), ReLU()),
        Sequential(*normalised(before, five[0], 1), ReLU(), *normalised(*five, 3), ReLU()),
        Sequential(MaxPool2d(3, stride=1, padding=1, ceil_mode=True), *normalised(before, pool, 1), ReLU()),
    )
    return Parallel(*branches)


def googlenet(classes: int = 1000) -> Sequential:
    features = Sequential(
        *(*normalised(3, 64, 7, stride=2), ReLU()),
        MaxPool2d(3, stride=2, ceil_mode=True),
        *(*normalised(64, 64, 1), ReLU()),
        *(*normalised(64, 192, 3), ReLU()),
        MaxPool2d(3, stride=2, ceil_mode=True),
        inception(192, 64, (96, 128), (16, 32), 32),
        inception(256, 128, (128, 192), (32, 96), 64),
        MaxPool2d(3, stride=2, ceil_mode=True),
        inception(480, 192, (96, 208), (16, 48), 64),
        inception(512, 160, (112, 224), (24, 64), 64),
        inception(512, 128, (128, 256), (24, 64), 64),
        inception(512, 112, (144, 288), (32, 64), 64),
        inception(528, 256, (160, 320), (32, 128), 128),
        MaxPool2d(2, stride=2, ceil_mode=True),
        inception(832, 256, (160, 320), (32, 128), 128),
        inception(832, 384, (192, 384), (48, 128), 128),
    )
    return Sequential(features, Sequential(AdaptiveAvgPool2d(1), Flatten(), Dropout(0.2), Linear(1024, classes)))


def basic_block(before: int, width: int, stride: int) -> Residual:
    body = Sequential(*normalised(before, width, 3, stride), ReLU(), *normalised(width, width, 3))
    return Residual(body, shortcut(before, width, stride))


def bottleneck(before: int, width: int, stride: int) -> Residual:
    body = Sequential(
        *(*normalised(before, width, 1), ReLU()),
        *(*normalised(width, width, 3, stride), ReLU()),
        *normalised(width, 4 * width, 1),
    )
    return Residual(body, shortcut(before, 4 * width, stride))


def shortcut(before: int, after: int, stride: int) -> Layer | None:
    return None if (before, stride) == (after, 1) else Sequential(*normalised(before, after, 1, stride))


def resnet18(classes: int = 1000) -> Sequential:
    return residual_network(basic_block, (2, 2, 2, 2), 1, classes)


def resnet50(classes: int = 1000) -> Sequential:
    return residual_network(bottleneck, (3, 4, 6, 3), 4, classes)


def residual_network(
    block: Callable[[int, int, int], Residual], depths: tuple[int, ...], expansion: int, classes: int
) -> Sequential:
    features: list[Layer] = [*normalised(3, 64, 7, stride=2), ReLU(), MaxPool2d(3, stride=2, padding=1)]
    before = 64
    for number, depth in enumerate(depths):
        width = 64 * 2**number
        for place in range(depth):
            features += [block(before, width, 2 if number and not place else 1), ReLU()]
            before = width * expansion
    return Sequential(Sequential(*features), Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(before, classes)))
