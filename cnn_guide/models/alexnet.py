"""AlexNet: the network that won ImageNet's competition in 2012, and began the new age of deep learning.

Its idea: a large convolutional network, trained with ReLU and dropout on two graphics cards, learns its features from
a million photographs better than people design them. Five convolutions, of which the first has large windows and a
stride of 4, are followed by three dense layers, which hold 96 % of the parameters.

`alexnet_2012` is the network of the paper. It was cut in halves, one a graphics card, that meet in the third
convolution alone: hence the groups. `alexnet` is torchvision's, after a later paper, for which there are weights: it
has fewer filters, but none of them in groups, and no normalisation between neighbouring channels.

Source: Krizhevsky, Sutskever, Hinton (2012), "ImageNet Classification with Deep Convolutional Neural Networks";
Krizhevsky (2014), "One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997.

Example:
    >>> import torch
    >>> from cnn_guide import summary
    >>> with torch.device("meta"):  # shapes without numbers
    ...     reports = [summary(network(), (3, 224, 224)) for network in (alexnet, alexnet_2012)]
    >>> [f"{report.total_params:,} parameters, {report.macs:,} MACs" for report in reports]
    ['61,100,840 parameters, 714,188,480 MACs', '60,965,224 parameters, 724,406,816 MACs']
"""

from torch import Tensor, nn


class AlexNet(nn.Module):
    """Torchvision's AlexNet: features, and a classifier on their 6×6 means.

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, of 63×63 pixels or more.
    """

    def __init__(self, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        self.features = nn.Sequential(  # (N, C, 224, 224)
            nn.Conv2d(in_channels, 64, kernel_size=11, stride=4, padding=2),  # (N, 64, 55, 55)
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (N, 64, 27, 27): the windows overlap
            nn.Conv2d(64, 192, kernel_size=5, padding=2),  # (N, 192, 27, 27)
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (N, 192, 13, 13)
            nn.Conv2d(192, 384, kernel_size=3, padding=1),  # (N, 384, 13, 13)
            nn.ReLU(),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),  # (N, 256, 13, 13)
            nn.ReLU(),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),  # (N, 256, 13, 13)
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (N, 256, 6, 6)
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)  # (N, 256, 6, 6) for pictures of any size
        self.classifier = nn.Sequential(  # (N, 9216), 9216 = 256·6·6
            nn.Dropout(),
            nn.Linear(9216, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, num_classes) of pictures (N, C, H, W)."""
        x = self.features(x)  # (N, 256, 6, 6)
        x = self.avgpool(x)
        x = self.classifier(x.flatten(1))
        return x


class AlexNet2012(nn.Module):
    """The paper's AlexNet: grouped convolutions, and normalisation between neighbouring channels.

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, of 224×224 pixels.
    """

    def __init__(self, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        self.features = nn.Sequential(  # (N, C, 224, 224)
            nn.Conv2d(in_channels, 96, kernel_size=11, stride=4, padding=2),  # (N, 96, 55, 55)
            nn.ReLU(),
            normalisation(),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (N, 96, 27, 27)
            nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=2),  # (N, 256, 27, 27)
            nn.ReLU(),
            normalisation(),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (N, 256, 13, 13)
            nn.Conv2d(256, 384, kernel_size=3, padding=1),  # (N, 384, 13, 13): here the two halves meet
            nn.ReLU(),
            nn.Conv2d(384, 384, kernel_size=3, padding=1, groups=2),  # (N, 384, 13, 13)
            nn.ReLU(),
            nn.Conv2d(384, 256, kernel_size=3, padding=1, groups=2),  # (N, 256, 13, 13)
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (N, 256, 6, 6)
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, 9216)
            nn.Linear(9216, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, num_classes),
        )
        self.initialise()

    def initialise(self) -> None:
        """Narrow Gaussians; biases of 1 before most ReLUs, so that these let values through from the start (§5)."""
        layers = [layer for layer in self.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
        for number, layer in enumerate(layers, start=1):
            nn.init.normal_(layer.weight, std=0.01)
            assert layer.bias is not None
            nn.init.constant_(layer.bias, 1.0 if number in (2, 4, 5, 6, 7) else 0.0)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, num_classes) of pictures (N, C, 224, 224)."""
        x = self.features(x)  # (N, 256, 6, 6)
        x = self.classifier(x)
        return x


def normalisation() -> nn.LocalResponseNorm:
    """The paper's normalisation over five neighbouring channels (§3.3).

    PyTorch divides `alpha` by the number of channels, the paper does not: 5e-4 = 5 · 1e-4.
    """
    return nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2.0)


def alexnet(num_classes: int = 1000, in_channels: int = 3) -> AlexNet:
    """The network `alexnet`, as torchvision has it."""
    return AlexNet(num_classes, in_channels)


def alexnet_2012(num_classes: int = 1000, in_channels: int = 3) -> AlexNet2012:
    """The network `alexnet_2012`, as the paper has it."""
    return AlexNet2012(num_classes, in_channels)
