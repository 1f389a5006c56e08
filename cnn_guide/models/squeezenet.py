"""SqueezeNet: AlexNet's accuracy with a fiftieth of its parameters.

Its idea is the Fire module. A 3×3 convolution costs nine times as much as a 1×1, and as much as it has input channels.
So a 1×1 convolution first squeezes the channels together; then one half of the output comes from 1×1 windows, the
other from 3×3 windows, on few channels. There is no dense layer: a last 1×1 convolution gives a map for each class,
and the mean of a map is the class's logit.

Version 1.1 has smaller windows in front and pools earlier: 2.3 times fewer MACs, and no loss of accuracy.

Source: Iandola et al. (2016), "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
arXiv:1602.07360; version 1.1 is from the authors' repository.

Example:
    >>> from cnn_guide import summary
    >>> with torch.device("meta"):  # shapes without numbers
    ...     reports = [summary(network(), (3, 224, 224)) for network in (squeezenet1_0, squeezenet1_1)]
    >>> [f"{report.total_params:,} parameters, {report.macs:,} MACs" for report in reports]
    ['1,248,424 parameters, 818,924,576 MACs', '1,235,496 parameters, 349,151,936 MACs']
"""

import torch
from torch import Tensor, nn


class Fire(nn.Module):
    """Squeeze the channels, then expand them with windows of two sizes.

    Args:
        in_channels: channels of the input.
        squeezed: channels between the two steps.
        expanded: channels from the 1×1 windows, and as many from the 3×3 windows.
    """

    def __init__(self, in_channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(in_channels, squeezed, kernel_size=1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, kernel_size=1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:  # (N, in_channels, H, W)
        """Both expansions, one behind the other: (N, 2·expanded, H, W)."""
        x = self.squeeze(x).relu()  # (N, squeezed, H, W)
        return torch.cat([self.expand1x1(x), self.expand3x3(x)], dim=1).relu()


class SqueezeNet(nn.Module):
    """Fire modules, and a map for each class.

    Args:
        features: the layers that end with 512 channels.
        num_classes: number of logits at the end.
    """

    def __init__(self, features: nn.Sequential, num_classes: int) -> None:
        super().__init__()
        self.features = features  # (N, 512, 13, 13)
        self.classifier = nn.Sequential(
            nn.Dropout(),
            nn.Conv2d(512, num_classes, kernel_size=1),  # (N, num_classes, 13, 13)
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),  # (N, num_classes, 1, 1)
        )
        self.initialise()

    def initialise(self) -> None:
        """He's uniform weights, but a narrow Gaussian in front of the classes."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                if layer is self.classifier[1]:
                    nn.init.normal_(layer.weight, std=0.01)
                else:
                    nn.init.kaiming_uniform_(layer.weight)
                assert layer.bias is not None
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, num_classes) of pictures (N, C, H, W)."""
        x = self.features(x)  # (N, 512, 13, 13)
        x = self.classifier(x)  # (N, num_classes, 1, 1)
        return x.flatten(1)


def pooling() -> nn.MaxPool2d:
    """Overlapping windows, the last of which may reach over the edge."""
    return nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)


def squeezenet1_0(num_classes: int = 1000, in_channels: int = 3) -> SqueezeNet:
    """The network `squeezenet1_0`, that of the paper."""
    features = nn.Sequential(  # (N, C, 224, 224)
        nn.Conv2d(in_channels, 96, kernel_size=7, stride=2),  # (N, 96, 109, 109)
        nn.ReLU(),
        pooling(),  # (N, 96, 54, 54)
        Fire(96, 16, 64),  # (N, 128, 54, 54)
        Fire(128, 16, 64),
        Fire(128, 32, 128),  # (N, 256, 54, 54)
        pooling(),  # (N, 256, 27, 27)
        Fire(256, 32, 128),
        Fire(256, 48, 192),  # (N, 384, 27, 27)
        Fire(384, 48, 192),
        Fire(384, 64, 256),  # (N, 512, 27, 27)
        pooling(),  # (N, 512, 13, 13)
        Fire(512, 64, 256),
    )
    return SqueezeNet(features, num_classes)


def squeezenet1_1(num_classes: int = 1000, in_channels: int = 3) -> SqueezeNet:
    """The network `squeezenet1_1`, with 2.3 times fewer MACs."""
    features = nn.Sequential(  # (N, C, 224, 224)
        nn.Conv2d(in_channels, 64, kernel_size=3, stride=2),  # (N, 64, 111, 111)
        nn.ReLU(),
        pooling(),  # (N, 64, 55, 55)
        Fire(64, 16, 64),  # (N, 128, 55, 55)
        Fire(128, 16, 64),
        pooling(),  # (N, 128, 27, 27)
        Fire(128, 32, 128),  # (N, 256, 27, 27)
        Fire(256, 32, 128),
        pooling(),  # (N, 256, 13, 13)
        Fire(256, 48, 192),  # (N, 384, 13, 13)
        Fire(384, 48, 192),
        Fire(384, 64, 256),  # (N, 512, 13, 13)
        Fire(512, 64, 256),
    )
    return SqueezeNet(features, num_classes)
