"""PyTorch modules as descriptions, where the order of their layers is plain."""

from dataclasses import fields

from torch import nn

from ..arithmetic import layers
from ..arithmetic.layers import Layer, Sequential


def describe(module: nn.Module, name: str = "") -> Layer:
    """The description of a module that is a layer known to the arithmetic, or an `nn.Sequential` of such.

    Example:
        >>> describe(nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU()))
        Sequential(
          Conv2d(1, 16, kernel_size=3),
          ReLU(),
        )

    Raises:
        ValueError: for any other module.
    """
    kind = type(module)
    if isinstance(module, nn.Sequential) and kind.forward is nn.Sequential.forward:
        prefix = f"{name}." if name else ""
        return Sequential(*(describe(child, prefix + key) for key, child in module.named_children()))
    where = f"{name}: {kind.__name__}" if name else kind.__name__
    if getattr(nn, kind.__name__, None) is not kind or not issubclass(getattr(layers, kind.__name__, int), Layer):
        raise ValueError(
            f"{where} is not one of the layers with a rule, so the way through it is unknown. "
            "Give the nn.Sequential part of the model, or a description made of `layers`."
        )
    description: type[Layer] = getattr(layers, kind.__name__)
    return description(**{field.name: _argument(module, field.name) for field in fields(description)})


def _argument(module: nn.Module, name: str) -> object:
    """The layer's argument; where the module holds a tensor of that name, whether it does."""
    if name in _TENSORS:
        return any(getattr(module, tensor, None) is not None for tensor in _TENSORS[name])
    value = getattr(module, name)
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value  # (3, 3) was most likely written 3


_TENSORS = {"bias": ("bias", "in_proj_bias"), "add_bias_kv": ("bias_k",)}
