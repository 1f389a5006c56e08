"""Building blocks that several of the newer networks share."""

from collections.abc import Callable

from torch import Tensor, nn

__all__ = ["SqueezeExcitation", "StochasticDepth", "conv_norm", "initialise_convolutions"]


def conv_norm(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    *,
    groups: int = 1,
    norm: Callable[[int], nn.Module] = nn.BatchNorm2d,
    activation: type[nn.Module] | None = nn.ReLU,
) -> nn.Sequential:
    """Convolution, normalisation and activation; the padding keeps the size where the stride is 1.

    Example:
        >>> conv_norm(8, 8, 3, stride=2, groups=8)[0]
        Conv2d(8, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), groups=8, bias=False)

    Args:
        in_channels: channels before.
        out_channels: channels after.
        kernel_size: side of the square kernel, odd.
        stride: pixels from one window to the next.
        groups: as in `nn.Conv2d`; as many as channels make the convolution depthwise.
        norm: the normalisation, called with `out_channels`.
        activation: the activation's class, or None for a linear block.
    """
    padding = kernel_size // 2
    # no bias: the normalisation would subtract it again
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False)
    return nn.Sequential(conv, norm(out_channels), *([] if activation is None else [activation()]))


class SqueezeExcitation(nn.Module):
    """Weighs the channels of a map by what the whole map shows (Hu et al. 2018, "Squeeze-and-Excitation Networks").

    Squeeze: every channel's mean. Excitation: two dense layers, written as 1×1 convolutions, make of the means
    one factor a channel.

    Example:
        >>> import torch
        >>> SqueezeExcitation(16, 4)(torch.zeros(2, 16, 7, 7)).shape
        torch.Size([2, 16, 7, 7])

    Args:
        channels: channels of the map.
        squeezed: channels between the two layers.
        activation: between the two layers.
        gate: brings the factors between 0 and 1.
    """

    def __init__(
        self,
        channels: int,
        squeezed: int,
        activation: type[nn.Module] = nn.ReLU,
        gate: type[nn.Module] = nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = activation()
        self.gate = gate()

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W)
        """The map, each channel multiplied by its factor."""
        factors: Tensor = self.activation(self.fc1(self.avgpool(x)))  # (N, squeezed, 1, 1)
        factors = self.gate(self.fc2(factors))  # (N, C, 1, 1)
        return x * factors  # (N, C, H, W)


class StochasticDepth(nn.Module):
    """Leaves out a residual branch at random, picture by picture, while training.

    What is kept is divided by the probability of keeping it, so that the expected value stays the same, and
    evaluation needs no correction.

    Example:
        >>> import torch
        >>> StochasticDepth(0.5).eval()(torch.ones(3, 1, 1, 1)).flatten().tolist()
        [1.0, 1.0, 1.0]
        >>> _ = torch.manual_seed(0)
        >>> sorted(set(StochasticDepth(0.5)(torch.ones(100, 1, 1, 1)).flatten().tolist()))
        [0.0, 2.0]

    Args:
        p: probability of leaving the branch out, from 0 up to but not including 1.

    Raises:
        ValueError: if `p` is no such probability.

    Source:
        Huang et al. (2016), "Deep Networks with Stochastic Depth", dropped for a whole batch; per picture since
        EfficientNet.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"`p` (={p}) must be a probability from 0 up to but not including 1.")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:  # (N, …)
        """The branch's output, zero for the pictures whose branch is left out."""
        if not self.training or self.p == 0:
            return x
        kept = x.new_empty(x.shape[0], *(1 for _ in x.shape[1:])).bernoulli_(1 - self.p)  # (N, 1, …)
        return x * kept / (1 - self.p)

    def extra_repr(self) -> str:
        """The probability, in the printed network."""
        return f"p={self.p}"


def initialise_convolutions(network: nn.Module, mode: str = "fan_out") -> None:
    """Draw the weights of all convolutions so that activations, or gradients, keep their variance through ReLUs.

    Example:
        >>> network = nn.Sequential(nn.Conv2d(64, 64, 3))
        >>> initialise_convolutions(network)
        >>> bool(abs(network[0].weight.std() - (2 / (64 * 9)) ** 0.5) < 0.001), network[0].bias.count_nonzero().item()
        (True, 0)

    Args:
        network: whose convolutions are changed, in place; their biases become 0.
        mode: "fan_in" keeps the variance of activations, "fan_out" that of gradients.

    Source:
        He et al. (2015), "Delving Deep into Rectifiers", equations 10 and 14.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode=mode, nonlinearity="relu")  # type: ignore[arg-type]
            if module.bias is not None:
                nn.init.zeros_(module.bias)
