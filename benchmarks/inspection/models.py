"""The small models of the questions: each has something that a summary can get wrong.

Convolutions and linear layers have no bias, and there are no activations: so all tools mean the same by a MAC.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from cnn_guide.models import create

Conv = partial(nn.Conv2d, bias=False)
ConvTranspose = partial(nn.ConvTranspose2d, bias=False)
Linear = partial(nn.Linear, bias=False)


class Forward(nn.Module):
    """A module whose forward is the function that it is given: `Forward(lambda m, x: m.conv(x), conv=…)`."""

    def __init__(self, function: Any, **parts: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: Any, mask: Tensor | None = None) -> Any:
        return self.function(self, x)


def chain(**layers: nn.Module) -> nn.Sequential:
    """Return the layers, one after the other, under their names."""
    return nn.Sequential(OrderedDict(layers))


def shared() -> nn.Module:
    layer = Conv(8, 8, 3, padding=1)
    return nn.Sequential(layer, layer)


def tied() -> nn.Module:
    encoder, decoder = Linear(16, 32), nn.Linear(16, 32, bias=False)
    decoder.weight = encoder.weight
    return Forward(lambda m, x: m.encoder(x) + m.decoder(x), encoder=encoder, decoder=decoder)


def raw_parameter() -> nn.Module:
    scale = nn.Parameter(torch.ones(8, 1, 1))
    return Forward(lambda m, x: m.conv(x) * m.scale, conv=Conv(3, 8, 3), scale=scale)


def frozen() -> nn.Module:
    model = chain(backbone=Conv(3, 8, 3), head=Conv(8, 4, 1))
    model.backbone.requires_grad_(False)
    return model


def unused() -> nn.Module:
    return Forward(lambda m, x: m.conv(x), conv=Conv(3, 8, 3), spare=Conv(8, 8, 3))


def mixed_precision() -> nn.Module:
    return Forward(lambda m, x: m.conv(x.half()).float(), conv=Conv(3, 8, 3).half(), scale=nn.Parameter(torch.ones(8)))


def called_twice() -> nn.Module:
    return Forward(lambda m, x: m.conv(m.conv(x)), conv=Conv(8, 8, 3, padding=1))


def functional() -> nn.Module:
    weight = nn.Parameter(torch.ones(4, 3, 3, 3))
    return Forward(lambda m, x: nn.functional.conv2d(x, m.weight), weight=weight)


def matrix_product() -> nn.Module:
    return Forward(lambda m, x: x @ m.weight, weight=nn.Parameter(torch.ones(16, 32)))


def attention() -> nn.Module:
    layer = nn.MultiheadAttention(16, 2, bias=False, batch_first=True)
    return Forward(lambda m, x: m.attention(x, x, x, need_weights=False)[0], attention=layer)


def dot_product() -> nn.Module:
    def function(m: Any, x: Tensor) -> Tensor:
        queries = m.query(x)
        return nn.functional.scaled_dot_product_attention(queries, queries, queries)

    return Forward(function, query=Linear(16, 16))


def recurrent() -> nn.Module:
    return Forward(lambda m, x: m.lstm(x)[0], lstm=nn.LSTM(8, 16, bias=False, batch_first=True))


def spectrum() -> nn.Module:
    return Forward(lambda m, x: torch.fft.fft2(m.conv(x)).real, conv=Conv(3, 4, 3))


def reversed_order() -> nn.Module:
    """Its layers are registered last to first."""
    return Forward(lambda m, x: m.second(m.first(x)), second=Conv(8, 4, 3), first=Conv(3, 8, 3, stride=2))


def optional_mask() -> nn.Module:
    return Forward(lambda m, x: m.conv(x), conv=Conv(3, 8, 3))


def dict_input() -> nn.Module:
    return Forward(lambda m, batch: m.conv(batch["image"]), conv=Conv(3, 8, 3))


class Parts(nn.Module):
    """Gives a dict that holds a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = Conv(3, 8, 3)

    def forward(self, x: Tensor) -> dict[str, tuple[Tensor, None]]:
        return {"map": (self.conv(x), None)}


def nested_output() -> nn.Module:
    return Forward(lambda m, x: m.head(m.parts(x)["map"][0]), parts=Parts(), head=Conv(8, 4, 1))


def huge() -> nn.Module:
    """25 billion parameters, 100 GB, of which none has memory."""
    with torch.device("meta"):
        return nn.Sequential(Linear(50_000, 250_000), Linear(250_000, 50_000))


def ordinary() -> nn.Module:
    """A network in training, with everything that a report could change."""
    model = chain(conv=nn.Conv2d(3, 8, 3), norm=nn.BatchNorm2d(8), drop=nn.Dropout(), last=nn.Conv2d(8, 4, 3))
    model.conv.requires_grad_(False)
    model.norm.eval()  # frozen statistics: the flag of a part differs from that of the whole
    return model


def failing() -> nn.Module:
    def function(m: Any, x: Tensor) -> Tensor:
        m.first(x)
        raise ValueError("a fault of the model itself")

    return Forward(function, first=Conv(3, 8, 3), norm=nn.BatchNorm2d(8))


def residual() -> nn.Module:
    body = nn.Sequential(Conv(3, 4, 3, padding=1), Conv(4, 4, 3, padding=1))
    return Forward(lambda m, x: m.body(x) + m.shortcut(x), body=body, shortcut=Conv(3, 4, 1))


def inception() -> nn.Module:
    parts = {"one": Conv(3, 4, 1), "three": Conv(3, 4, 3, padding=1), "five": Conv(3, 4, 5, padding=2)}
    return Forward(lambda m, x: torch.cat([m.one(x), m.three(x), m.five(x)], dim=1), **parts)


def widened() -> nn.Module:
    return chain(stem=Conv(3, 8, 3), widened=Conv(8, 16, 3))


def narrow() -> nn.Module:
    return chain(stem=Conv(3, 8, 3), widened=Conv(8, 4, 3))


def resnet50_features() -> nn.Module:
    """Return ResNet-50 up to its last map, without the mean and the classes."""
    return nn.Sequential(*list(create("resnet50").children())[:-2])
