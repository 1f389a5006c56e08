"""EfficientNet-B0: a small network found by search, made to be enlarged.

The paper's point is the enlarging: depth, width and the pictures' side grow together by fixed factors, which gave
B1 to B7. B0, from which they start, has the inverted residuals of MobileNet v2 with squeeze and excitation in each,
x·sigmoid(x) as activation ("SiLU", "swish"), and drops whole residual branches while training.

Example:
    >>> from cnn_guide import summary
    >>> table = summary(efficientnet_b0(), (3, 224, 224))
    >>> table.total_params, table.macs
    (5288548, 385814752)

Source:
    Tan and Le (2019), "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv:1905.11946,
    table 1.
"""

import math

from torch import Tensor, nn

from .blocks import SqueezeExcitation, StochasticDepth, conv_norm, initialise_convolutions

STAGES = (  # table 1: expansion, kernel size, stride of the first block, channels, blocks
    (1, 3, 1, 16, 1),  # (N, 16, 112, 112)
    (6, 3, 2, 24, 2),  # (N, 24, 56, 56)
    (6, 5, 2, 40, 2),  # (N, 40, 28, 28)
    (6, 3, 2, 80, 3),  # (N, 80, 14, 14)
    (6, 5, 1, 112, 3),  # (N, 112, 14, 14)
    (6, 5, 2, 192, 4),  # (N, 192, 7, 7)
    (6, 3, 1, 320, 1),  # (N, 320, 7, 7)
)
BLOCKS = sum(depth for *_, depth in STAGES)


class MBConv(nn.Module):
    """Widen, filter each channel, weigh the channels, narrow; the input is added where its shape is the output's.

    Args:
        in_channels: channels before.
        out_channels: channels after.
        kernel_size: of the depthwise convolution.
        stride: 2 halves the map.
        expansion: how many times wider the map is inside.
        drop: probability of leaving the block out for a picture, while training.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int, expansion: int, drop: float
    ) -> None:
        super().__init__()
        width = expansion * in_channels
        widen = [] if expansion == 1 else [conv_norm(in_channels, width, 1, activation=nn.SiLU)]
        self.block = nn.Sequential(
            *widen,  # (N, width, H, W)
            conv_norm(width, width, kernel_size, stride, groups=width, activation=nn.SiLU),
            SqueezeExcitation(width, in_channels // 4, activation=nn.SiLU),  # (N, width, H/stride, W/stride)
            conv_norm(width, out_channels, 1, activation=None),  # (N, out_channels, H/stride, W/stride)
        )
        self.residual = stride == 1 and in_channels == out_channels
        self.stochastic_depth = StochasticDepth(drop)

    def forward(self, x: Tensor) -> Tensor:  # (N, in_channels, H, W)
        """What the block says, added to its input where the shapes agree."""
        out: Tensor = self.block(x)
        return x + self.stochastic_depth(out) if self.residual else out


class EfficientNet(nn.Module):
    """A convolution, seven stages of inverted residuals, a 1×1 convolution, global average pooling, a dense layer.

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, 3 for colour.
        dropout: probability of dropping a feature in front of the dense layer.
        stochastic_depth: the probability of dropping a block rises from 0 at the first towards this at the last.
    """

    def __init__(self, num_classes: int, in_channels: int, dropout: float, stochastic_depth: float) -> None:
        super().__init__()
        self.features = nn.Sequential(  # (N, C, 224, 224)
            conv_norm(in_channels, 32, 3, stride=2, activation=nn.SiLU),  # (N, 32, 112, 112)
            *stages(32, stochastic_depth),  # (N, 320, 7, 7)
            conv_norm(320, 1280, 1, activation=nn.SiLU),  # (N, 1280, 7, 7)
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        dense = nn.Linear(1280, num_classes)
        self.classifier = nn.Sequential(nn.Dropout(dropout), dense)
        initialise_convolutions(self)
        nn.init.uniform_(dense.weight, -1 / math.sqrt(num_classes), 1 / math.sqrt(num_classes))
        nn.init.zeros_(dense.bias)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W)
        """Logits of pictures."""
        x = self.avgpool(self.features(x)).flatten(1)  # (N, 1280)
        x = self.classifier(x)  # (N, num_classes)
        return x


def stages(in_channels: int, stochastic_depth: float) -> list[nn.Sequential]:
    """Return the seven stages of blocks."""
    made, number = [], 0
    for expansion, kernel_size, first_stride, channels, depth in STAGES:
        blocks = []
        for place in range(depth):
            stride = 1 if place else first_stride
            drop = stochastic_depth * number / BLOCKS
            blocks.append(MBConv(in_channels, channels, kernel_size, stride, expansion, drop))
            in_channels, number = channels, number + 1
        made.append(nn.Sequential(*blocks))
    return made


def efficientnet_b0(
    num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2, stochastic_depth: float = 0.2
) -> EfficientNet:
    """EfficientNet-B0."""
    return EfficientNet(num_classes, in_channels, dropout, stochastic_depth)
