"""Which architectures there are, as data: the file that each is written in, and the pictures that it reads.

A file has one function a name, and is imported when one of its names is created.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

DIGIT, TINY, PHOTO = (1, 28, 28), (3, 32, 32), (3, 224, 224)  # (C, H, W)

_FILES = [  # file, shape of its pictures, names of its functions: in the order of the lessons, then of the papers
    ("dense", DIGIT, "dense"),
    ("cnn1", DIGIT, "cnn1"),
    ("cnn2", DIGIT, "cnn2 cnn2_plain"),
    ("fully_convolutional", DIGIT, "fully_convolutional"),
    ("lenet", DIGIT, "lenet5_1998 lenet5"),
    ("alexnet", PHOTO, "alexnet_2012 alexnet"),
    ("vgg", PHOTO, "vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn"),
    ("googlenet_2014", PHOTO, "googlenet_2014"),
    ("googlenet", PHOTO, "googlenet"),
    ("resnet", PHOTO, "resnet50_2015 resnet101_2015 resnet152_2015"),
    ("resnet", PHOTO, "resnet18 resnet34 resnet50 resnet101 resnet152"),
    ("small_resnet", TINY, "resnet20 resnet32 resnet44 resnet56 resnet110"),
    ("squeezenet", PHOTO, "squeezenet1_0 squeezenet1_1"),
    ("densenet", PHOTO, "densenet121"),
    ("mobilenet_v2", PHOTO, "mobilenet_v2"),
    ("mobilenet_v3", PHOTO, "mobilenet_v3_small mobilenet_v3_large"),
    ("efficientnet", PHOTO, "efficientnet_b0"),
    ("convnext", PHOTO, "convnext_tiny"),
]


@dataclass(frozen=True)
class Architecture:
    """A network's name, the file in this folder that holds it, and the shape (C, H, W) of one of its pictures."""

    name: str
    file: str
    input_size: tuple[int, int, int]

    @property
    def factory(self) -> Callable[..., nn.Module]:
        """The function that builds the network; it is called as the architecture is."""
        factory: Callable[..., nn.Module] = getattr(import_module(f"{__package__}.{self.file}"), self.name)
        return factory


CATALOGUE = {name: Architecture(name, file, size) for file, size, names in _FILES for name in names.split()}


def architecture(name: str) -> Architecture:
    """The entry of a name.

    Raises:
        ValueError: if there is no network of that name.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    close = get_close_matches(str(name), CATALOGUE, n=1)
    meant = f"Did you mean {close[0]!r}?" if close else f"Use one of {', '.join(CATALOGUE)}."
    raise ValueError(f"`name` (={name!r}) is no network of the guide. {meant}")
