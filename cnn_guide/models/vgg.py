"""VGG: depth from small windows.

Its idea: two convolutions with 3×3 windows see what one with 5×5 sees, three what one with 7×7 sees, with fewer
parameters and a ReLU after each. So every convolution is 3×3, every pooling 2×2, and the number of channels doubles
where the map is halved. What differs between the networks is how many convolutions each of the five stages has.

More than nine tenths of VGG-11's parameters are in its dense layers, which GoogLeNet replaced by a mean.

Source: Simonyan, Zisserman (2014), "Very Deep Convolutional Networks for Large-Scale Image Recognition",
arXiv:1409.1556, table 1. Batch normalisation is younger than the paper; torchvision added it as `vgg16_bn` and so on.

Example:
    >>> import torch
    >>> from cnn_guide import summary
    >>> with torch.device("meta"):  # shapes without numbers
    ...     reports = [summary(network(), (3, 224, 224)) for network in (vgg11, vgg13, vgg16, vgg16_bn, vgg19)]
    >>> for report in reports:
    ...     print(f"{report.total_params:,} parameters, {report.macs:,} MACs")
    132,863,336 parameters, 7,609,090,048 MACs
    133,047,848 parameters, 11,308,466,176 MACs
    138,357,544 parameters, 15,470,264,320 MACs
    138,365,992 parameters, 15,470,264,320 MACs
    143,667,240 parameters, 19,632,062,464 MACs
"""

from collections.abc import Iterator

from torch import Tensor, nn

CHANNELS = (64, 128, 256, 512, 512)  # of the five stages


class VGG(nn.Module):
    """Five stages of 3×3 convolutions, and three dense layers.

    Args:
        depths: number of convolutions in each of the five stages.
        batch_norm: whether batch normalisation follows each convolution.
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, of 32×32 pixels or more.
    """

    def __init__(self, depths: tuple[int, ...], batch_norm: bool, num_classes: int, in_channels: int) -> None:
        super().__init__()
        self.features = nn.Sequential(*stages(depths, batch_norm, in_channels))  # (N, 512, 7, 7)
        self.avgpool = nn.AdaptiveAvgPool2d(7)  # (N, 512, 7, 7) for pictures of any size
        self.classifier = nn.Sequential(  # (N, 25088), 25088 = 512·7·7
            nn.Linear(25088, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, num_classes),
        )
        self.initialise()

    def initialise(self) -> None:
        """He's Gaussian for the convolutions, a narrow one for the dense layers."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.01)
            if isinstance(layer, (nn.Conv2d, nn.Linear)) and layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, num_classes) of pictures (N, C, H, W)."""
        x = self.features(x)  # (N, 512, 7, 7)
        x = self.avgpool(x)
        x = self.classifier(x.flatten(1))
        return x


def stages(depths: tuple[int, ...], batch_norm: bool, in_channels: int) -> Iterator[nn.Module]:
    """The layers in front of the dense ones: 224 → 112 → 56 → 28 → 14 → 7 pixels a side."""
    for channels, depth in zip(CHANNELS, depths, strict=True):
        for _ in range(depth):
            yield nn.Conv2d(in_channels, channels, kernel_size=3, padding=1)  # the map keeps its size
            if batch_norm:
                yield nn.BatchNorm2d(channels)
            yield nn.ReLU()
            in_channels = channels
        yield nn.MaxPool2d(kernel_size=2, stride=2)  # halves it


def vgg11(num_classes: int = 1000, in_channels: int = 3) -> VGG:
    """The network `vgg11`: configuration A, 8 convolutions and 3 dense layers."""
    return VGG((1, 1, 2, 2, 2), False, num_classes, in_channels)


def vgg11_bn(num_classes: int = 1000, in_channels: int = 3) -> VGG:
    """The network `vgg11_bn`: VGG-11 with batch normalisation."""
    return VGG((1, 1, 2, 2, 2), True, num_classes, in_channels)


def vgg13(num_classes: int = 1000, in_channels: int = 3) -> VGG:
    """The network `vgg13`: configuration B, 10 convolutions and 3 dense layers."""
    return VGG((2, 2, 2, 2, 2), False, num_classes, in_channels)


def vgg13_bn(num_classes: int = 1000, in_channels: int = 3) -> VGG:
    """The network `vgg13_bn`: VGG-13 with batch normalisation."""
    return VGG((2, 2, 2, 2, 2), True, num_classes, in_channels)


def vgg16(num_classes: int = 1000, in_channels: int = 3) -> VGG:
    """The network `vgg16`: configuration D, 13 convolutions and 3 dense layers."""
    return VGG((2, 2, 3, 3, 3), False, num_classes, in_channels)


def vgg16_bn(num_classes: int = 1000, in_channels: int = 3) -> VGG:
    """The network `vgg16_bn`: VGG-16 with batch normalisation."""
    return VGG((2, 2, 3, 3, 3), True, num_classes, in_channels)


def vgg19(num_classes: int = 1000, in_channels: int = 3) -> VGG:
    """The network `vgg19`: configuration E, 16 convolutions and 3 dense layers."""
    return VGG((2, 2, 4, 4, 4), False, num_classes, in_channels)


def vgg19_bn(num_classes: int = 1000, in_channels: int = 3) -> VGG:
    """The network `vgg19_bn`: VGG-19 with batch normalisation."""
    return VGG((2, 2, 4, 4, 4), True, num_classes, in_channels)
