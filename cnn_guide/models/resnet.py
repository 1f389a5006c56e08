"""ResNet: layers learn what to add to their input, so that a hundred of them can be trained.

Plain networks got worse, on the training pictures too, when layers were added to them. He et al. led the input of
every few layers around them: such a block only has to learn the difference from doing nothing, and gradients reach
the first layers along the shortcuts.

Example:
    >>> from cnn_guide import summary
    >>> table = summary(resnet50(), (3, 224, 224))
    >>> table.total_params, table.macs
    (25557032, 4089184256)

Source:
    He et al. (2015), "Deep Residual Learning for Image Recognition", arXiv:1512.03385, table 1.
"""

from typing import ClassVar

from torch import Tensor, nn

from .blocks import initialise_convolutions


class BasicBlock(nn.Module):
    """Two 3×3 convolutions, and their input added to what they say; ResNet-18 and -34 are made of it.

    Args:
        in_channels: channels before.
        width: channels after.
        stride: 2 halves the map, in the first convolution and in the shortcut.
    """

    expansion: ClassVar[int] = 1

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = projection(in_channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:  # (N, in_channels, H, W)
        """The sum of both ways, after a ReLU."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        x = self.relu(out + (x if self.downsample is None else self.downsample(x)))
        return x  # (N, width, H/stride, W/stride)


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions: the costly middle one works on a quarter of the channels.

    The stride is in the 3×3 convolution, which sees all pixels ("version 1.5").

    Args:
        in_channels: channels before.
        width: channels in the middle; four times as many come out.
        stride: 2 halves the map.
    """

    expansion: ClassVar[int] = 4
    stride_first: ClassVar[bool] = False

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        first, middle = (stride, 1) if self.stride_first else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, width, 1, first, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, middle, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU()
        self.downsample = projection(in_channels, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:  # (N, in_channels, H, W)
        """The sum of both ways, after a ReLU."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        x = self.relu(out + (x if self.downsample is None else self.downsample(x)))
        return x  # (N, 4·width, H/stride, W/stride)


class Bottleneck2015(Bottleneck):
    """The paper's own: the stride is in the first 1×1 convolution, which skips three pixels of four."""

    stride_first: ClassVar[bool] = True


def projection(in_channels: int, out_channels: int, stride: int) -> nn.Sequential | None:
    """Return the shortcut: a 1×1 convolution where the shape changes, else None, for the input itself."""
    if stride == 1 and in_channels == out_channels:
        return None
    conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels))


class ResNet(nn.Module):
    """A stem, four stages of residual blocks, global average pooling and one dense layer.

    Args:
        block: what the stages are made of.
        depths: blocks in each of the four stages.
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, 3 for colour.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: tuple[int, int, int, int],
        num_classes: int,
        in_channels: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = stage(block, 64, 64, depths[0], stride=1)
        self.layer2 = stage(block, 64 * block.expansion, 128, depths[1], stride=2)
        self.layer3 = stage(block, 128 * block.expansion, 256, depths[2], stride=2)
        self.layer4 = stage(block, 256 * block.expansion, 512, depths[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        initialise_convolutions(self)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, 224, 224)
        """Logits of pictures (N, C, H, W); the sizes in the comments are those at 224×224."""
        x = self.relu(self.bn1(self.conv1(x)))  # (N, 64, 112, 112)
        x = self.maxpool(x)  # (N, 64, 56, 56)
        x = self.layer1(x)  # (N, 64·expansion, 56, 56)
        x = self.layer2(x)  # (N, 128·expansion, 28, 28)
        x = self.layer3(x)  # (N, 256·expansion, 14, 14)
        x = self.layer4(x)  # (N, 512·expansion, 7, 7)
        x = self.avgpool(x).flatten(1)  # (N, 512·expansion)
        x = self.fc(x)  # (N, num_classes)
        return x


def stage(
    block: type[BasicBlock] | type[Bottleneck], in_channels: int, width: int, depth: int, stride: int
) -> nn.Sequential:
    """Return `depth` blocks on maps of one size; the first changes size and channels."""
    others = [block(width * block.expansion, width) for _ in range(depth - 1)]
    return nn.Sequential(block(in_channels, width, stride), *others)


def resnet18(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet-18 of basic blocks."""
    return ResNet(BasicBlock, (2, 2, 2, 2), num_classes, in_channels)


def resnet34(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet-34 of basic blocks."""
    return ResNet(BasicBlock, (3, 4, 6, 3), num_classes, in_channels)


def resnet50(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet-50 of bottlenecks, version 1.5."""
    return ResNet(Bottleneck, (3, 4, 6, 3), num_classes, in_channels)


def resnet101(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet-101 of bottlenecks, version 1.5."""
    return ResNet(Bottleneck, (3, 4, 23, 3), num_classes, in_channels)


def resnet152(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet-152 of bottlenecks, version 1.5."""
    return ResNet(Bottleneck, (3, 8, 36, 3), num_classes, in_channels)


def resnet50_2015(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet-50 as in the paper."""
    return ResNet(Bottleneck2015, (3, 4, 6, 3), num_classes, in_channels)


def resnet101_2015(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet-101 as in the paper."""
    return ResNet(Bottleneck2015, (3, 4, 23, 3), num_classes, in_channels)


def resnet152_2015(num_classes: int = 1000, in_channels: int = 3) -> ResNet:
    """ResNet-152 as in the paper."""
    return ResNet(Bottleneck2015, (3, 8, 36, 3), num_classes, in_channels)
