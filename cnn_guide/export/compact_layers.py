"""The layers that the compact form holds, and how a network is brought to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_conv_bn_eval

from .tracing import ExportError

Layers = list[tuple[str, nn.Module]]
Record = dict[str, Any]

_NOTHING = (nn.Dropout, nn.Dropout2d, nn.Identity)  # what these do in evaluation


def straight_layers(model: nn.Module, images: Tensor) -> Layers:
    """Return the network's layers in the order in which the images pass, each with its name.

    Raises:
        ExportError: If the layers do not form one straight chain.
    """
    calls: list[tuple[str, nn.Module, Tensor, Tensor]] = []
    leaves = [(name, module) for name, module in model.named_modules() if not any(module.children())]

    def hook(name: str) -> Callable[..., None]:
        return lambda module, inputs, output: calls.append((name, module, inputs[0], output))

    handles = [module.register_forward_hook(hook(name)) for name, module in leaves]
    try:
        logits = model(images)
    finally:
        for handle in handles:
            handle.remove()
    _check_straight(
        [("the input", images, images), *((name, a, b) for name, _, a, b in calls), ("the output", logits, logits)]
    )
    return [(name, module) for name, module, _, _ in calls]


def _check_straight(calls: list[tuple[str, Tensor, Tensor]]) -> None:
    """Refuse a network in which something happens between its layers: a sum, a function, a second branch."""
    for (before, _, output), (name, given, _) in pairwise(calls):
        if given is not output:
            raise ExportError(
                f"{name!r} does not take what {before!r} puts out, but the compact form holds one straight chain "
                "of layers. Write functions as modules, such as nn.Flatten(); a network with branches goes into ONNX."
            )
    names = [name for name, _, _ in calls]
    for name in names:
        if names.count(name) > 1:
            raise ExportError(f"{name!r} is called twice; the compact form wants a layer of its own for each place.")


def fold(layers: Layers) -> Layers:
    """Work batch norms into the convolutions before them, and leave out what does nothing in evaluation.

    A folded layer has the name of its batch norm, whose output it gives.

    Raises:
        ExportError: If a batch norm does not stand right behind a convolution, or has no running statistics.
    """
    folded: Layers = []
    for name, module in layers:
        if isinstance(module, nn.BatchNorm2d):
            before = folded.pop()[1] if folded else None
            if not isinstance(before, nn.Conv2d) or module.running_mean is None:
                raise ExportError(
                    f"{name!r} is a BatchNorm2d that can't be folded: no convolution stands right before it."
                )
            folded.append((name, fuse_conv_bn_eval(before, module)))
        elif not isinstance(module, _NOTHING):
            folded.append((name, module))
    return folded


def rounded(layers: Layers, dtype: torch.dtype) -> Layers:
    """Return copies whose weights are what a file of this type holds, as float32.

    Raises:
        ExportError: If a weight is no number, or too large for the type.
    """
    copies = [(name, deepcopy(module).to(dtype).float()) for name, module in layers]
    for name, module in copies:
        if not all(torch.isfinite(tensor).all() for tensor in module.parameters()):
            raise ExportError(
                f"{name!r} has weights that are no finite numbers in {dtype}. Use float32, or train again."
            )
    return copies


def outputs(layers: Layers, images: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield each layer's name and its output for these images."""
    for name, module in layers:
        images = module(images)
        yield name, images


def record(name: str, module: nn.Module) -> Record:
    """Describe a layer by its type and its settings; its weights are added by whoever writes them.

    Example:
        >>> record("2", nn.MaxPool2d(2))
        {'name': '2', 'type': 'maxpool', 'kernel_size': [2, 2], 'stride': [2, 2], 'padding': [0, 0]}

    Raises:
        ExportError: If the compact form does not hold such a layer, or such a setting.
    """
    describe = _RECORDS.get(type(module))
    if describe is None:
        held = ", ".join(sorted({kind.__name__ for kind in (*_RECORDS, *_NOTHING, nn.BatchNorm2d)}))
        raise ExportError(
            f"{name!r} is a {type(module).__name__}, which the compact form does not hold. It holds {held}."
        )
    kind, settings = describe(name, module)
    return {"name": name, "type": kind, **settings}


def _convolution(name: str, module: Any) -> tuple[str, Record]:
    _only(name, module, {"groups": 1, "dilation": (1, 1), "padding_mode": "zeros"})
    if module.padding == "same" and not all(size % 2 for size in module.kernel_size):
        raise ExportError(
            f"{name!r} pads unevenly: padding 'same' with `kernel_size` {module.kernel_size}. Use odd sizes."
        )
    same = [size // 2 for size in module.kernel_size]
    padding = {"same": same, "valid": [0, 0]}.get(module.padding) or list(module.padding)
    return "conv", {"stride": list(module.stride), "padding": padding}


def _max_pool(name: str, module: Any) -> tuple[str, Record]:
    _only(name, module, {"ceil_mode": False, "return_indices": False, "dilation": (1, 1)})
    settings = ("kernel_size", "stride", "padding")
    return "maxpool", {setting: list(_pair(getattr(module, setting))) for setting in settings}


def _global_average(name: str, module: Any) -> tuple[str, Record]:
    _only(name, module, {"output_size": (1, 1)})
    return "global_average_pool", {}


def _flatten(name: str, module: Any) -> tuple[str, Record]:
    _only(name, module, {"start_dim": 1, "end_dim": -1})
    return "flatten", {}


_RECORDS: dict[type[nn.Module], Callable[[str, Any], tuple[str, Record]]] = {
    nn.Conv2d: _convolution,
    nn.ReLU: lambda name, module: ("relu", {}),
    nn.MaxPool2d: _max_pool,
    nn.AdaptiveAvgPool2d: _global_average,
    nn.Flatten: _flatten,
    nn.Linear: lambda name, module: ("linear", {}),
}


def _only(name: str, module: Any, allowed: Mapping[str, object]) -> None:
    """Refuse a layer with a setting that the form has no place for."""
    for setting, value in allowed.items():
        found = getattr(module, setting)
        if (_pair(found) if isinstance(value, tuple) else found) != value:
            kind = type(module).__name__
            raise ExportError(
                f"{name!r} is a {kind} with `{setting}`={found!r}; the compact form holds {value!r} alone."
            )


def _pair(value: Any) -> tuple[Any, Any]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)
