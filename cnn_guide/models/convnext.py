"""ConvNeXt: a ResNet brought up to date, step by step, with what vision transformers had shown to work.

The stem cuts the picture into 4×4 patches. A block is a depthwise 7×7 convolution, which mixes pixels, and two dense
layers on every pixel, which mix channels, as attention and its dense layers do in a transformer. There is one
normalisation (over the channels of a pixel, not over the batch) and one activation a block, and the maps shrink between
the stages by convolutions of their own.

Example:
    >>> from cnn_guide import summary
    >>> table = summary(convnext_tiny(), (3, 224, 224))
    >>> table.total_params, table.macs
    (28589128, 4455531264)

Source:
    Liu et al. (2022), "A ConvNet for the 2020s", arXiv:2201.03545, section 2 and table 9.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import StochasticDepth


class LayerNorm2d(nn.LayerNorm):
    """Normalises the channels of each pixel of a map.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> x = LayerNorm2d(8)(torch.rand(2, 8, 5, 5))
        >>> bool(x.mean(1).abs().max() < 1e-5), bool((x.var(1, correction=0) - 1).abs().max() < 1e-3)
        (True, True)

    Args:
        channels: channels of the map.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W)
        """The map with mean 0 and variance 1 over the channels, then scaled and shifted."""
        x = x.permute(0, 2, 3, 1)  # (N, H, W, C)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)  # (N, C, H, W)


class Permute(nn.Module):
    """Changes the order of the axes, as a layer."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        """The same numbers with their axes in the new order."""
        return x.permute(self.dims)

    def extra_repr(self) -> str:
        """The order, in the printed network."""
        return ", ".join(map(str, self.dims))


class CNBlock(nn.Module):
    """A depthwise 7×7 convolution, then two dense layers on each pixel; the input is added.

    Args:
        channels: channels before and after.
        drop: probability of leaving the block out for a picture, while training.
        layer_scale: what the block's output is multiplied by at first; a factor a channel is learned.
    """

    def __init__(self, channels: int, drop: float, layer_scale: float = 1e-6) -> None:
        super().__init__()
        self.block = nn.Sequential(  # (N, C, H, W)
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels),
            Permute(0, 2, 3, 1),  # (N, H, W, C), for the layers on the last axis
            nn.LayerNorm(channels, eps=1e-6),
            nn.Linear(channels, 4 * channels),  # (N, H, W, 4·C)
            nn.GELU(),
            nn.Linear(4 * channels, channels),  # (N, H, W, C)
            Permute(0, 3, 1, 2),  # (N, C, H, W)
        )
        self.layer_scale = nn.Parameter(torch.full((channels, 1, 1), layer_scale))
        self.stochastic_depth = StochasticDepth(drop)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, H, W)
        """The input and what the block adds to it; next to nothing before training."""
        out: Tensor = self.layer_scale * self.block(x)
        x = x + self.stochastic_depth(out)
        return x


class ConvNeXt(nn.Module):
    """Patches, four stages of blocks with halving between them, global average pooling and one dense layer.

    Args:
        channels: of the four stages.
        depths: blocks in each stage.
        num_classes: number of logits at the end.
        in_channels: channels of the pictures, 3 for colour.
        stochastic_depth: the probability of dropping a block rises from 0 at the first to this at the last.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        depths: tuple[int, ...],
        num_classes: int,
        in_channels: int,
        stochastic_depth: float,
    ) -> None:
        super().__init__()
        patches = nn.Conv2d(in_channels, channels[0], 4, stride=4)
        features = [nn.Sequential(patches, LayerNorm2d(channels[0]))]  # (N, 96, 56, 56)
        drops = iter(torch.linspace(0, stochastic_depth, sum(depths), device="cpu").tolist())
        for before, after, depth in zip((0, *channels), channels, depths, strict=False):
            if before:
                features.append(halve(before, after))
            features.append(nn.Sequential(*(CNBlock(after, next(drops)) for _ in range(depth))))
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(LayerNorm2d(channels[-1]), nn.Flatten(), nn.Linear(channels[-1], num_classes))
        self.apply(initialise)

    def forward(self, x: Tensor) -> Tensor:  # (N, C, 224, 224)
        """Logits of pictures; ConvNeXt-Tiny's stages have 96, 192, 384 and 768 channels at 56, 28, 14 and 7."""
        x = self.avgpool(self.features(x))  # (N, 768, 1, 1)
        x = self.classifier(x)  # (N, num_classes)
        return x


def halve(in_channels: int, out_channels: int) -> nn.Sequential:
    """Return what lies between two stages: each 2×2 window becomes a pixel."""
    return nn.Sequential(LayerNorm2d(in_channels), nn.Conv2d(in_channels, out_channels, 2, stride=2))


def initialise(module: nn.Module) -> None:
    """Draw small weights for a convolution or dense layer, without bias."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def convnext_tiny(num_classes: int = 1000, in_channels: int = 3, stochastic_depth: float = 0.1) -> ConvNeXt:
    """ConvNeXt-Tiny."""
    channels, depths = (96, 192, 384, 768), (3, 3, 9, 3)
    return ConvNeXt(channels, depths, num_classes, in_channels, stochastic_depth)
