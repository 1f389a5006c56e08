"""Feature maps of a network by the names of its modules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import torch
from torch import Tensor, nn

LOGITS = "logits"
IMAGES = "images"


class WithMaps(nn.Module):
    """A network that returns its logits together with what some of its modules put out, by name.

    Example:
        >>> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
        >>> {name: tuple(output.shape) for name, output in WithMaps(network, ["0"])(torch.zeros(2, 1, 8, 8)).items()}
        {'logits': (2, 10), '0': (2, 4, 6, 6)}

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes).
        names: Modules of `model`, as `named_modules` calls them.
    """

    def __init__(self, model: nn.Module, names: Collection[str] = ()) -> None:
        super().__init__()
        self.model = model
        self.names = tuple(names)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return the logits and the maps; a copy of each, so that a ReLU in place does not change it afterwards."""
        maps: dict[str, Tensor] = {}
        with _watched(self.model, self.names, lambda name, output: maps.__setitem__(name, output.clone())):
            logits = self.model(images)
        return {LOGITS: logits, **{name: maps[name] for name in self.names}}


def check_names(model: nn.Module, names: Collection[str]) -> None:
    """Refuse names that are no modules of the network, or that an output can't have.

    Raises:
        ValueError: If a name is unknown, taken or given twice.
    """
    known = [name for name, _ in model.named_modules() if name]
    for name in names:
        if name in (LOGITS, IMAGES):
            raise ValueError(f"`feature_maps` names {name!r}, which is what the exported file calls its own {name}.")
        if name not in known:
            close = get_close_matches(name, known, n=1)
            meant = f"Did you mean {close[0]!r}?" if close else f"It has {', '.join(map(repr, known[:20]))}."
            raise ValueError(f"`feature_maps` names {name!r}, but the network has no module of that name. {meant}")
    if len(set(names)) < len(names):
        raise ValueError(f"`feature_maps` (={tuple(names)}) names a module twice.")


def check_maps(model: nn.Module, names: Collection[str], images: Tensor) -> Tensor:
    """Run the network once, refuse modules that have no single map to give, and return the logits.

    Raises:
        ValueError: If a module is not called, is called several times, or returns something else than a tensor.
    """
    found: dict[str, list[Any]] = {name: [] for name in names}
    with _watched(model, names, lambda name, output: found[name].append(output)):
        logits = model(images)
    for name, outputs in found.items():
        if len(outputs) != 1:
            often = f"calls {len(outputs)} times, so it has no single map" if outputs else "never calls"
            raise ValueError(f"`feature_maps` names {name!r}, which the network {often}. Name the block around it.")
        if not isinstance(outputs[0], Tensor):
            kind = type(outputs[0]).__name__
            raise ValueError(f"`feature_maps` names {name!r}, which returns a {kind}, not a tensor. Name a part of it.")
    if not isinstance(logits, Tensor):
        raise ValueError(f"`model` returns a {type(logits).__name__}; it must return logits, one tensor (N, classes).")
    return logits


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put the network into evaluation mode, without gradients, and every module back into its own mode afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def _watched(model: nn.Module, names: Collection[str], note: Callable[[str, Any], None]) -> Iterator[None]:
    """Call `note` with the name and the output of each of these modules whenever it has been called."""

    def hook(name: str) -> Callable[..., None]:
        return lambda module, arguments, output: note(name, output)

    handles = [model.get_submodule(name).register_forward_hook(hook(name)) for name in names]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
