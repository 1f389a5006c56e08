"""The networks of the lessons and of the classic papers: plain PyTorch modules, one family a file.

Each takes pictures (N, C, H, W) and returns logits (N, num_classes).

Example:
    >>> from cnn_guide import models
    >>> models.create("resnet18", num_classes=10).fc
    Linear(in_features=512, out_features=10, bias=True)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .catalogue import CATALOGUE, architecture
from .options import checked

if TYPE_CHECKING:
    from torch import nn

    from .cnn1 import CNN1
    from .cnn2 import CNN2
    from .dense import Dense
    from .loading import load_weights
    from .published import Weights, weights

_FILES = {  # they need PyTorch, and are loaded on first use
    "CNN1": "cnn1",
    "CNN2": "cnn2",
    "Dense": "dense",
    "Weights": "published",
    "load_weights": "loading",
    "weights": "published",
}

__all__ = ["CNN1", "CNN2", "Dense", "Weights", "create", "input_size", "load_weights", "names", "weights"]


def names() -> tuple[str, ...]:
    """Names that `create` knows: those of torchvision, and the lessons' own.

    Example:
        >>> "resnet50" in names()
        True
    """
    return tuple(CATALOGUE)


def input_size(name: str) -> tuple[int, int, int]:
    """The shape (C, H, W) of the pictures that an architecture was made for.

    Example:
        >>> input_size("resnet50")
        (3, 224, 224)

    Args:
        name: one of `names()`.

    Raises:
        ValueError: if there is no network of that name.
    """
    return architecture(name).input_size


def create(name: str, num_classes: int | None = None, in_channels: int | None = None, **options: Any) -> nn.Module:
    """Build a network by its name.

    Example:
        >>> network = create("cnn2", num_classes=26)
        >>> sum(parameter.numel() for parameter in network.parameters())
        57546
        >>> network.architecture, network.options
        ('cnn2', {'num_classes': 26, 'in_channels': 1})

    Args:
        name: one of `names()`.
        num_classes: number of logits; None takes that of the paper.
        in_channels: channels of the pictures; None takes those of the paper.
        **options: what else the network's function takes, such as `aux_logits` of GoogLeNet.

    Returns:
        The network with freshly initialised parameters. Its attributes `architecture` and `options` say how to
        build it again: `create(network.architecture, **network.options)`.

    Raises:
        ValueError: if there is no network of that name, or a number is below 1.
        TypeError: if the network has no such option, or a number is none.
    """
    factory = architecture(name).factory
    given = {"num_classes": num_classes, "in_channels": in_channels}
    complete = checked(name, factory, {key: value for key, value in given.items() if value is not None} | options)
    network = factory(**complete)
    vars(network).update(architecture=name, options=complete)  # nn.Module declares no attributes of these types
    return network


def __getattr__(name: str) -> object:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_FILES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
