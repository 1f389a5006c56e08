"""Trained networks named on a command line: a checkpoint, the folder of a run, or a name with published weights."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .networks import naming
from .parsing import UsageError, among

if TYPE_CHECKING:
    from torch import nn

    from ..preprocessing import Preprocessing

PUBLISHED = "IMAGENET1K_V1"


@dataclass(frozen=True)
class Ready:
    """A network with what it takes to use it, as far as that is known; see `training.Trained`."""

    model: nn.Module
    classes: tuple[str, ...] | None = None
    preprocessing: Preprocessing | None = None
    data: dict[str, Any] | None = None
    epoch: int | None = None


def add_trained(parser: ArgumentParser) -> None:
    """A trained network: one that `cnn-guide train --folder` wrote, or a published one."""
    parser.add_argument("network", metavar="NETWORK", help="a checkpoint, a run's folder, or a name such as resnet18")
    parser.add_argument("--weights", metavar="NAME", help="published weights of a named network: IMAGENET1K_V1, …")


def trained(reference: str, weights: str | None = None) -> Ready:
    """The network of a checkpoint, of a run's folder, or of a name; the latter fresh where no weights are named.

    Args:
        reference: what the user has written.
        weights: the name of published weights, or a file with a state dict.

    Raises:
        UsageError: if there is no such network, or its weights cannot be had.
    """
    is_file = os.path.exists(reference) or os.path.dirname(reference) != "" or reference.endswith(".ckpt")
    if is_file and weights:
        raise UsageError(f"{reference} is a checkpoint with weights of its own: leave --weights out.")
    try:
        return _loaded(reference) if is_file else _named(reference, weights)
    except OSError as error:  # a DownloadError is one, too
        raise UsageError(str(error)) from error


def is_name(reference: str) -> bool:
    """Whether it names an architecture, not a file."""
    from .. import models

    return reference in models.names() and not os.path.exists(reference)


def _loaded(path: str) -> Ready:
    from ..training import load

    with naming(path):
        found = load(path)
    return Ready(found.model, found.classes, found.preprocessing, found.data, found.epoch)


def _named(name: str, weights: str | None) -> Ready:
    from .. import models

    with naming(name):
        model = models.create(among("network", models.names())(name)).eval()
        if weights:
            models.load_weights(model, weights)
    return Ready(model, getattr(model, "classes", None), getattr(model, "preprocessing", None))
