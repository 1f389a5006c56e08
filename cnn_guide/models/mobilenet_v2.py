"""MobileNet v2: blocks that are wide inside and narrow outside, for telephones.

A depthwise convolution filters every channel by itself, a 1×1 convolution mixes the channels: together an eighth of the
cost of a 3×3 convolution. The block turns ResNet's bottleneck inside out: a 1×1 convolution widens a narrow map six
times, the depthwise convolution filters it, and a 1×1 convolution narrows it again. The narrow end is linear, because
a ReLU would lose what few channels hold; shortcuts connect the narrow ends.

Example:
    >>> from cnn_guide import summary
    >>> table = summary(mobilenet_v2(), (3, 224, 224))
    >>> table.total_params, table.macs
    (3504872, 300774272)

Source:
    Sandler et al. (2018), "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv:1801.04381, table 2.
"""

from torch import Tensor, nn

from .blocks import conv_norm, initialise_convolutions

STAGES = (  # table 2: expansion, channels, blocks, stride of the first block
    (1, 16, 1, 1),  # (N, 16, 112, 112)
    (6, 24, 2, 2),  # (N, 24, 56, 56)
    (6, 32, 3, 2),  # (N, 32, 28, 28)
    (6, 64, 4, 2),  # (N, 64, 14, 14)
    (6, 96, 3, 1),  # (N, 96, 14, 14)
    (6, 160, 3, 2),  # (N, 160, 7, 7)
    (6, 320, 1, 1),  # (N, 320, 7, 7)
)


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow; the input is added where its shape is the output's.

    Args:
        in_channels: channels before.
        out_channels: channels after.
        stride: 2 halves the map.
        expansion: how many times wider the map is inside.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = expansion * in_channels
        widen = [] if expansion == 1 else [conv_norm(in_channels, width, 1, activation=nn.ReLU6)]
        self.conv = nn.Sequential(
            *widen,  # (N, width, H, W)
            conv_norm(width, width, 3, stride, groups=width, activation=nn.ReLU6),  # (N, width, H/stride, W/stride)
            *conv_norm(width, out_channels, 1, activation=None),  # (N, out_channels, H/stride, W/stride)
        )
        self.residual = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:  # (N, in_channels, H, W)
        """What the block says, added to its input where the shapes agree."""
        out: Tensor = self.conv(x)
        return x + out if self.residual else out


class MobileNetV2(nn.Module):
    """A convolution, seventeen inverted residuals, a 1×1 convolution, global average pooling and one dense layer.

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, 3 for colour.
        dropout: probability of dropping a feature in front of the dense layer.
    """

    def __init__(self, num_classes: int, in_channels: int, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(  # (N, C, 224, 224)
            conv_norm(in_channels, 32, 3, stride=2, activation=nn.ReLU6),  # (N, 32, 112, 112)
            *inverted_residuals(32),  # (N, 320, 7, 7)
            conv_norm(320, 1280, 1, activation=nn.ReLU6),  # (N, 1280, 7, 7)
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(1280, num_classes))
        initialise_convolutions(self)
        initialise_classifier(self.classifier)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W)
        """Logits of pictures."""
        x = self.avgpool(self.features(x)).flatten(1)  # (N, 1280)
        x = self.classifier(x)  # (N, num_classes)
        return x


def inverted_residuals(in_channels: int) -> list[InvertedResidual]:
    """Return the blocks of all stages."""
    blocks = []
    for expansion, channels, depth, stride in STAGES:
        for place in range(depth):
            blocks.append(InvertedResidual(in_channels, channels, 1 if place else stride, expansion))
            in_channels = channels
    return blocks


def initialise_classifier(classifier: nn.Module) -> None:
    """Draw small weights for the dense layers, without bias: all classes start out about equally likely."""
    for module in classifier.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)


def mobilenet_v2(num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> MobileNetV2:
    """MobileNet v2 of width 1."""
    return MobileNetV2(num_classes, in_channels, dropout)
