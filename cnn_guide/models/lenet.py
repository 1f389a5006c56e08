"""LeNet-5: the network that read cheques, and the pattern of all that followed.

Its ideas: units that see a small window only, that share their weights with all other places, and maps that become
smaller and more numerous from layer to layer. Everything, from pixel to class, is learnt together.

`lenet5_1998` is the network of the paper. Its 16 maps in C3 each see only some of the six before, so that they learn
different things; its pooling has weights; its activation is a scaled tanh; and its classes are distances from drawn
digits. `lenet5` is what is called LeNet-5 today: the same sizes with full connections, ReLU, maxima and a dense layer.

The paper's pictures are 32×32, with the digit in the middle; a padding of 2 makes that of 28×28 pictures.

Source: LeCun, Bottou, Bengio, Haffner (1998), "Gradient-Based Learning Applied to Document Recognition", §II-B.

Example:
    >>> from cnn_guide import summary
    >>> reports = [summary(network(), (1, 28, 28)) for network in (lenet5, lenet5_1998)]
    >>> [f"{report.total_params:,} parameters, {report.macs:,} MACs" for report in reports]
    ['61,706 parameters, 416,520 MACs', '60,000 parameters, 325,680 MACs']
"""

from random import Random

import torch
from torch import Tensor, nn

from .stack import Stack

C3 = [  # which of the six maps of S2 each of the 16 maps of C3 sees: table I
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
]  # fmt: skip

DIGITS = """\
.#####. ...#... .#####. .#####. ....##. ####### ..####. ####### .#####. .#####.
##...## ..##... ##...## ##...## ...###. ##..... .##.... .....## ##...## ##...##
##...## .###... .....## .....## ..####. ##..... ##..... .....## ##...## ##...##
##...## ...#... .....## .....## .##.##. ##..... ##..... ....##. ##...## ##...##
##...## ...#... ....##. ..####. ##..##. ######. ######. ....##. .#####. ##...##
##...## ...#... ...##.. .....## ##..##. .....## ##...## ...##.. ##...## .######
##...## ...#... ..##... .....## ####### .....## ##...## ...##.. ##...## .....##
##...## ...#... .##.... .....## ....##. .....## ##...## ..##... ##...## .....##
##...## ...#... ##..... ##...## ....##. ##...## ##...## ..##... ##...## ....##.
.#####. .#####. ####### .#####. ....##. .#####. .#####. ..##... .#####. .####..
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
....... ....... ....... ....... ....... ....... ....... ....... ....... ......."""  # 7×12 pixels each


class LeNet5(Stack):
    """LeNet-5 as it is built today.

    Example:
        >>> LeNet5()(torch.zeros(64, 1, 28, 28)).shape
        torch.Size([64, 10])

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the 28×28 pictures, 1 for grey.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1) -> None:
        super().__init__(  # (N, C, 28, 28)
            nn.Conv2d(in_channels, 6, kernel_size=5, padding=2),  # C1: (N, 6, 28, 28)
            nn.ReLU(),
            nn.MaxPool2d(2),  # S2: (N, 6, 14, 14)
            nn.Conv2d(6, 16, kernel_size=5),  # C3: (N, 16, 10, 10)
            nn.ReLU(),
            nn.MaxPool2d(2),  # S4: (N, 16, 5, 5)
            nn.Flatten(),  # (N, 400), 400 = 16·5·5
            nn.Linear(400, 120),  # C5: a 5×5 window on a 5×5 map
            nn.ReLU(),
            nn.Linear(120, 84),  # F6
            nn.ReLU(),
            nn.Linear(84, num_classes),
        )


class LeNet51998(Stack):
    """LeNet-5 as it was built then.

    Example:
        >>> LeNet51998(output="linear")(torch.zeros(64, 1, 28, 28)).shape
        torch.Size([64, 10])

    Args:
        num_classes: number of logits at the end.
        in_channels: channels of the 28×28 pictures, 1 for grey.
        output: "distances", the paper's output, or "linear" for a dense layer.

    Raises:
        ValueError: if there is no such output.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1, output: str = "distances") -> None:
        if output not in ("distances", "linear"):
            raise ValueError(f"`output` (={output!r}) must be 'distances' or 'linear'.")
        super().__init__(  # (N, C, 28, 28)
            nn.Conv2d(in_channels, 6, kernel_size=5, padding=2),  # C1: (N, 6, 28, 28), 156 parameters
            ScaledTanh(),
            Subsampling(6),  # S2: (N, 6, 14, 14), 12 parameters
            ScaledTanh(),
            SparseConv2d(C3, kernel_size=5),  # C3: (N, 16, 10, 10), 1,516 parameters
            ScaledTanh(),
            Subsampling(16),  # S4: (N, 16, 5, 5), 32 parameters
            ScaledTanh(),
            nn.Conv2d(16, 120, kernel_size=5),  # C5: (N, 120, 1, 1), 48,120 parameters
            ScaledTanh(),
            nn.Flatten(),  # (N, 120)
            nn.Linear(120, 84),  # F6: 10,164 parameters
            ScaledTanh(),
            Distances(num_classes) if output == "distances" else nn.Linear(84, num_classes),
        )
        self.initialise()

    def initialise(self) -> None:
        """Uniform weights up to 2.4 divided by the number of inputs (appendix A)."""
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                bound = 2.4 / layer.weight[0].numel()
                nn.init.uniform_(layer.weight, -bound, bound)


class ScaledTanh(nn.Module):
    """The activation 1.7159 · tanh(2x / 3), which leaves 1 and -1 where they are (appendix A)."""

    def forward(self, x: Tensor) -> Tensor:
        """Activations of the same shape."""
        return 1.7159 * torch.tanh(x * (2 / 3))


class Subsampling(nn.Module):
    """The sum of each 2×2 window, times a weight of the map, plus a bias of the map.

    Args:
        channels: number of maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mean = nn.AvgPool2d(2)
        self.weight = nn.Parameter(torch.full((channels, 1, 1), 0.25))  # begins as a mean
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Maps of half the size."""
        sums: Tensor = 4 * self.mean(x)
        return sums * self.weight + self.bias


class SparseConv2d(nn.Module):
    """A convolution in which each output map sees only some of the input maps.

    Args:
        table: for each output map, the input maps that it sees.
        kernel_size: height and width of the windows.
    """

    def __init__(self, table: list[tuple[int, ...]], kernel_size: int) -> None:
        super().__init__()
        self.table = table
        self.convs = nn.ModuleList(nn.Conv2d(len(maps), 1, kernel_size) for maps in table)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, len(table), H', W')."""
        maps = x.chunk(x.shape[1], dim=1)
        seen = [torch.cat([maps[number] for number in numbers], dim=1) for numbers in self.table]
        return torch.cat([conv(some) for conv, some in zip(self.convs, seen, strict=True)], dim=1)


class Distances(nn.Module):
    """Minus the squared distance of the 84 units from each class's code of ±1: no parameters.

    The codes of ten classes are drawn digits, 84 = 7·12 (drawn anew here, after the idea of figure 3); those of any
    other number of classes are random, which the paper names as the other way.
    """

    codes: Tensor

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        random = Random(0)  # the same codes for all networks
        drawn = ["".join(row.split()[digit] for row in DIGITS.splitlines()) for digit in range(10)]
        codes = drawn if num_classes == 10 else [random.choices("#.", k=84) for _ in range(num_classes)]
        self.register_buffer("codes", torch.tensor([[1.0 if dot == "#" else -1.0 for dot in code] for code in codes]))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, num_classes) of the units (N, 84)."""
        return -(x.unsqueeze(1) - self.codes).square().sum(dim=2)


def lenet5(num_classes: int = 10, in_channels: int = 1) -> LeNet5:
    """The network `lenet5`."""
    return LeNet5(num_classes, in_channels)


def lenet5_1998(num_classes: int = 10, in_channels: int = 1, output: str = "distances") -> LeNet51998:
    """The network `lenet5_1998`."""
    return LeNet51998(num_classes, in_channels, output)
