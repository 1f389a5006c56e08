"""MobileNet v3: v2's blocks, arranged by a search for speed on a telephone, then improved by hand.

New in the blocks are squeeze and excitation, which weighs the channels, and the hard swish x·ReLU6(x + 3)/6, nearly as
good as x·sigmoid(x) and cheaper. By hand the authors halved the channels of the first convolution and moved the last
one behind the global pooling, where a map has one pixel instead of forty-nine.

Example:
    >>> from cnn_guide import summary
    >>> [(table.total_params, table.macs) for table in (summary(mobilenet_v3_small(), (3, 224, 224)),
    ...                                                 summary(mobilenet_v3_large(), (3, 224, 224)))]
    [(2542856, 56510400), (5483032, 216589760)]

Source:
    Howard et al. (2019), "Searching for MobileNetV3", arXiv:1905.02244, tables 1 and 2.
"""

from functools import partial
from typing import NamedTuple

from torch import Tensor, nn

from .blocks import SqueezeExcitation, conv_norm, initialise_convolutions
from .mobilenet_v2 import initialise_classifier

NORM = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)  # as in the TensorFlow original


class Row(NamedTuple):
    """A block, as a row of the paper's tables."""

    kernel_size: int
    width: int  # channels inside the block
    channels: int  # channels behind it
    squeeze: bool
    activation: type[nn.Module]
    stride: int


RE, HS = nn.ReLU, nn.Hardswish

LARGE = (  # table 1, behind the first convolution: (N, 16, 112, 112)
    Row(3, 16, 16, False, RE, 1),
    Row(3, 64, 24, False, RE, 2),  # (N, 24, 56, 56)
    Row(3, 72, 24, False, RE, 1),
    Row(5, 72, 40, True, RE, 2),  # (N, 40, 28, 28)
    Row(5, 120, 40, True, RE, 1),
    Row(5, 120, 40, True, RE, 1),
    Row(3, 240, 80, False, HS, 2),  # (N, 80, 14, 14)
    Row(3, 200, 80, False, HS, 1),
    Row(3, 184, 80, False, HS, 1),
    Row(3, 184, 80, False, HS, 1),
    Row(3, 480, 112, True, HS, 1),  # (N, 112, 14, 14)
    Row(3, 672, 112, True, HS, 1),
    Row(5, 672, 160, True, HS, 2),  # (N, 160, 7, 7)
    Row(5, 960, 160, True, HS, 1),
    Row(5, 960, 160, True, HS, 1),
)
SMALL = (  # table 2, behind the first convolution: (N, 16, 112, 112)
    Row(3, 16, 16, True, RE, 2),  # (N, 16, 56, 56)
    Row(3, 72, 24, False, RE, 2),  # (N, 24, 28, 28)
    Row(3, 88, 24, False, RE, 1),
    Row(5, 96, 40, True, HS, 2),  # (N, 40, 14, 14)
    Row(5, 240, 40, True, HS, 1),
    Row(5, 240, 40, True, HS, 1),
    Row(5, 120, 48, True, HS, 1),  # (N, 48, 14, 14)
    Row(5, 144, 48, True, HS, 1),
    Row(5, 288, 96, True, HS, 2),  # (N, 96, 7, 7)
    Row(5, 576, 96, True, HS, 1),
    Row(5, 576, 96, True, HS, 1),
)


class InvertedResidual(nn.Module):
    """Widen, filter each channel, weigh the channels, narrow; the input is added where its shape is the output's.

    Args:
        in_channels: channels before.
        row: the block's row in the paper's table.
    """

    def __init__(self, in_channels: int, row: Row) -> None:
        super().__init__()
        kernel_size, width, channels, squeeze, activation, stride = row
        block: list[nn.Module] = []
        if width != in_channels:
            block.append(conv_norm(in_channels, width, 1, norm=NORM, activation=activation))
        block.append(conv_norm(width, width, kernel_size, stride, groups=width, norm=NORM, activation=activation))
        if squeeze:
            block.append(SqueezeExcitation(width, multiple_of_eight(width // 4), gate=nn.Hardsigmoid))
        block.append(conv_norm(width, channels, 1, norm=NORM, activation=None))
        self.block = nn.Sequential(*block)
        self.residual = stride == 1 and in_channels == channels

    def forward(self, x: Tensor) -> Tensor:  # (N, in_channels, H, W)
        """What the block says, added to its input where the shapes agree."""
        out: Tensor = self.block(x)  # (N, channels, H/stride, W/stride)
        return x + out if self.residual else out


def multiple_of_eight(channels: int) -> int:
    """Return the nearest multiple of 8, which telephones compute quickly, but not below 90 % of the channels.

    Example:
        >>> [multiple_of_eight(channels) for channels in (4, 18, 30, 60)]
        [8, 24, 32, 64]
    """
    rounded = max(8, (channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8


class MobileNetV3(nn.Module):
    """A convolution, the blocks of a table, a 1×1 convolution, global average pooling and two dense layers.

    Args:
        rows: the blocks.
        features: units of the first dense layer.
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, 3 for colour.
        dropout: probability of dropping a feature in front of the last layer.
    """

    def __init__(
        self,
        rows: tuple[Row, ...],
        features: int,
        num_classes: int,
        in_channels: int,
        dropout: float,
    ) -> None:
        super().__init__()
        before = (16, *(row.channels for row in rows))
        self.features = nn.Sequential(  # (N, C, 224, 224)
            conv_norm(in_channels, 16, 3, stride=2, norm=NORM, activation=nn.Hardswish),  # (N, 16, 112, 112)
            *(InvertedResidual(channels, row) for channels, row in zip(before, rows, strict=False)),  # (N, C', 7, 7)
            conv_norm(before[-1], 6 * before[-1], 1, norm=NORM, activation=nn.Hardswish),  # (N, 6·C', 7, 7)
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(  # (N, 6·C')
            nn.Linear(6 * before[-1], features),
            nn.Hardswish(),
            nn.Dropout(dropout),
            nn.Linear(features, num_classes),
        )
        initialise_convolutions(self)
        initialise_classifier(self.classifier)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W)
        """Logits of pictures."""
        x = self.avgpool(self.features(x)).flatten(1)  # (N, 6·C')
        x = self.classifier(x)  # (N, num_classes)
        return x


def mobilenet_v3_small(num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> MobileNetV3:
    """MobileNet v3 small."""
    return MobileNetV3(SMALL, 1024, num_classes, in_channels, dropout)


def mobilenet_v3_large(num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> MobileNetV3:
    """MobileNet v3 large."""
    return MobileNetV3(LARGE, 1280, num_classes, in_channels, dropout)
