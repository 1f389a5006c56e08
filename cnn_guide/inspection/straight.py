"""Layers whose forward is one operation: it is answered at once, without PyTorch's way from the layer to it.

Nothing needs this but speed: these layers are most of those there are, and the way takes as long as the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .operations import ShapesOnly
from .rules import words

Straight = Callable[[ShapesOnly, Any, Tensor], Tensor | None]


def straight(layer: nn.Module) -> Straight | None:
    """How the layer is answered; None where its forward has to run."""
    return None if "forward" in vars(layer) else _WAYS.get(type(layer))


def _convolution(function: Any) -> Straight:
    def run(mode: ShapesOnly, layer: Any, image: Tensor) -> Tensor | None:
        if layer.padding_mode != "zeros":
            return None
        settings = (layer.stride, layer.padding, layer.dilation, layer.groups)
        answer: Tensor = mode.__torch_function__(function, (), (image, layer.weight, layer.bias, *settings))
        return answer

    return run


def _normalisation(*axes: int) -> Straight:
    def run(mode: ShapesOnly, layer: Any, image: Tensor) -> Tensor | None:
        if image.dim() not in axes:
            return None
        own, statistics = layer._parameters, layer._buffers
        mean, variance = statistics["running_mean"], statistics["running_var"]
        named = {"weight": own["weight"], "bias": own["bias"], "training": mean is None and variance is None}
        answer: Tensor = mode.__torch_function__(F.batch_norm, (), (image, mean, variance), named)
        return answer

    return run


def _relu(mode: ShapesOnly, layer: Any, image: Tensor) -> Tensor:
    answer: Tensor = mode.__torch_function__(F.relu, (), (image,), {"inplace": layer.inplace})
    return answer


def _linear(mode: ShapesOnly, layer: Any, image: Tensor) -> Tensor:
    answer: Tensor = mode.__torch_function__(F.linear, (), (image, layer.weight, layer.bias))
    return answer


_WAYS: dict[type[nn.Module], Straight] = {
    nn.Conv1d: _convolution(torch.conv1d),
    nn.Conv2d: _convolution(torch.conv2d),
    nn.Conv3d: _convolution(torch.conv3d),
    nn.BatchNorm1d: _normalisation(2, 3),
    nn.BatchNorm2d: _normalisation(4),
    nn.BatchNorm3d: _normalisation(5),
    nn.ReLU: _relu,
    nn.Linear: _linear,
}

KINDS = frozenset(_WAYS)
OWN = words("""
    affine dilation eps groups in_channels in_features inplace kernel_size momentum num_features out_channels
    out_features output_padding padding padding_mode stride track_running_stats training transposed
    _is_full_backward_hook _reversed_padding_repeated_twice""")
"""What these layers have of their own: nothing that a forward pass changes."""
