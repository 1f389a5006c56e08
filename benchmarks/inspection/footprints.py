"""What a call leaves behind: in a model, in PyTorch's random numbers, and in PyTorch's functions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

HOOKS = [name for name in vars(nn.Module()) if name.endswith("_hooks")]
PLACES = {"torch": torch, "torch.nn.functional": nn.functional, "torch.Tensor": torch.Tensor}


def changes_of_model(model: nn.Module, call: Callable[[], object]) -> list[str]:
    """Name what the call has changed in the model or in the state of the random numbers.

    >>> layer = nn.Linear(2, 1)
    >>> changes_of_model(layer, layer.eval)
    ['training flags']
    """
    before = footprint(model)
    call()
    after = footprint(model)
    return [name for name in before if before[name] != after[name]]


def footprint(model: nn.Module) -> dict[str, Any]:
    """Return what must stay the same, under the names that a report uses."""
    modules = dict(model.named_modules())
    state = model.state_dict()
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {
        "training flags": {name: module.training for name, module in modules.items()},
        "hooks": {name: [list(getattr(module, hooks)) for hooks in HOOKS] for name, module in modules.items()},
        "attributes": {name: sorted(vars(module)) for name, module in modules.items()},
        "keys of state_dict": list(state),
        "values of state_dict": {name: digest(value) for name, value in state.items()},
        "requires_grad": {name: tensor.requires_grad for name, tensor in tensors.items()},
        "device": {name: str(tensor.device) for name, tensor in tensors.items()},
        "gradients": {name: tensor.grad is not None for name, tensor in tensors.items()},
        "random numbers": digest(torch.get_rng_state()),
    }


def digest(tensor: Any) -> str:
    """Return a fingerprint of a tensor's numbers; a tensor on the meta device has none."""
    if not isinstance(tensor, torch.Tensor) or tensor.is_meta or nn.parameter.is_lazy(tensor):
        return ""
    return hashlib.sha256(tensor.detach().flatten().view(torch.uint8).numpy().tobytes()).hexdigest()


def changes_of_torch(call: Callable[[], object]) -> list[str]:
    """Name the functions of PyTorch that are others after the call.

    >>> changes_of_torch(lambda: None)
    []
    """
    before = dict(functions())
    call()
    return [name for name, function in functions() if before.get(name, function) is not function]


def functions() -> Iterator[tuple[str, object]]:
    for place, holder in PLACES.items():
        yield from ((f"{place}.{name}", value) for name, value in vars(holder).items() if callable(value))
