"""The networks of the lessons: plain PyTorch modules, one architecture a file.

Each takes images (N, C, H, W) and returns logits (N, num_classes).

Example:
    >>> from cnn_guide import models
    >>> models.names()
    ('dense', 'cnn1', 'cnn2')
"""

from collections.abc import Callable
from difflib import get_close_matches

from torch import nn

from .cnn1 import CNN1
from .cnn2 import CNN2
from .dense import Dense

__all__ = ["CNN1", "CNN2", "Dense", "create", "names"]

_MODELS: dict[str, Callable[..., nn.Module]] = {"dense": Dense, "cnn1": CNN1, "cnn2": CNN2}


def names() -> tuple[str, ...]:
    """Names that `create` knows.

    Example:
        >>> "cnn2" in names()
        True
    """
    return tuple(_MODELS)


def create(name: str, **options: int) -> nn.Module:
    """Build a network by its name.

    Example:
        >>> sum(parameter.numel() for parameter in create("cnn2").parameters())
        57274

    Args:
        name: one of `names()`.
        **options: arguments of the network, such as `num_classes` and `in_channels`.

    Returns:
        The network with freshly initialised parameters.

    Raises:
        ValueError: if there is no network of that name.
    """
    if name not in _MODELS:
        close = get_close_matches(name, _MODELS, n=1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"`name` (={name!r}) must be one of {', '.join(map(repr, _MODELS))}.{meant}")
    return _MODELS[name](**options)
