"""Plain descriptions of a network and of its images, from which they can be made again."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import torch
from torch import nn

from cnn_guide import models
from cnn_guide.data import ImageData

Description = dict[str, Any]


def describe(network: nn.Module | str, options: Mapping[str, Any]) -> Description:
    """Say how to make a network again: its name, and the arguments of its function.

    Example:
        >>> describe(models.create("cnn1"), {})
        {'name': 'cnn1', 'options': {'num_classes': 10, 'in_channels': 1}}
        >>> describe(nn.Linear(4, 2), {})  # known to its owner alone
        {'name': None, 'options': {}}

    Args:
        network: A network, or its name.
        options: Arguments, beside a name.

    Raises:
        ValueError: If the name is unknown.
    """
    if isinstance(network, str):
        if ":" not in network:
            models.input_size(network)  # refuses a name that is unknown
        return {"name": network, "options": dict(options)}
    if options:
        raise ValueError(f"`options` (={dict(options)}) belong to a name; the network that was given is made already.")
    return {"name": getattr(network, "architecture", None), "options": dict(getattr(network, "options", {}))}


def build(description: Description, images: ImageData, seed: int) -> tuple[nn.Module, Description]:
    """Make the network of a description for the given images; torch's random state stays as it was.

    Args:
        description: What `describe` returns for a name.
        images: Decide the number of classes and channels, where the description does not.
        seed: Decides the first weights.

    Returns:
        The network, and its full description.
    """
    name, options = description["name"], description["options"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if ":" in name:
            network = _function(name)(**options)
        else:
            sizes = {"num_classes": len(images.classes), "in_channels": images.image_shape[0]}
            network = models.create(name, **sizes | options)
    return network, describe(network, {}) if ":" not in name else description


def about(images: ImageData) -> Description:
    """Say what a network must know of its images: how pictures are prepared, and what the classes are called.

    Example:
        >>> from cnn_guide.data import Digits
        >>> about(Digits())["image_shape"]
        [1, 8, 8]
    """
    return {
        "data": images.recipe,
        "classes": list(images.classes),
        "image_shape": list(images.image_shape),
        "preprocessing": images.preprocessing.to_dict(),
    }


def _function(reference: str) -> Any:
    """What "package.module:factory" names."""
    module, _, name = reference.partition(":")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"`network` (={reference!r}) is not to be found: {error}.") from error
