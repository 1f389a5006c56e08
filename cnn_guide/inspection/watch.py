"""The twin of a model, which keeps book of the calls of its modules."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin

from ..arithmetic.arguments import Shape
from .inputs import tensors_of
from .operations import Follow, ShapesOnly, Work
from .straight import straight
from .twins import Twins

_Plainly = torch._C.DisableTorchFunction  # in it, tensors answer for themselves


class Call(Work):
    """What is seen of one call of one module.

    Args:
        name: the module's path.
        module: the module.
        twin: what runs in its place.
    """

    input_shape: Shape | None = None  # of the first tensor, with the batch axis
    output_shape: Shape | None = None  # likewise
    more_outputs = 0
    place: Any = None  # of the first output, as `places.follow` knows it

    def __init__(self, name: str, module: nn.Module, twin: nn.Module) -> None:
        self.name, self.module, self.twin = name, module, twin

    @property
    def kind(self) -> str:
        """The module's class."""
        return type(self.module).__name__

    @property
    def where(self) -> str:
        """Path and class, for messages."""
        return f"{self.name}: {self.kind}" if self.name else self.kind


class Watch:
    """Makes a twin of a model and sees what its modules do.

    Args:
        model: the module.
        follow: called after each operation with its name, its arguments and its result.
    """

    def __init__(self, model: nn.Module, follow: Follow | None) -> None:
        modules = dict(model.named_modules())
        for name, module in modules.items():
            if isinstance(module, torch.jit.ScriptModule):
                where = f"`model` holds TorchScript ({name or type(module).__name__}), which can't be looked into."
                raise TypeError(f"{where} Pass the module that it was made from.")
        twins = Twins()
        self.root = twins.of(model)
        self.modules = {name: (module, twins.of(module)) for name, module in modules.items()}
        self.calls: list[Call] = []
        self._names: dict[int, tuple[str, str]] = {}  # of the parameters: the module's and their own
        for name, (module, twin) in self.modules.items():
            self._install(name, module, twin)
            for own, parameter in twin._parameters.items():
                if parameter is not None:
                    self._names.setdefault(id(parameter), (name, own))
        device = next((tensor.device for tensor in chain(model.parameters(), model.buffers())), torch.device("cpu"))
        self.mode = ShapesOnly(device, set(self._names), follow)

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of the parameters that no operation has read."""
        left = (names for key, names in self._names.items() if key in self.mode.unread)
        return tuple(f"{name}.{own}" if name else own for name, own in left)

    def release(self) -> None:
        """Undo the circles of references in the twins, which would wait for the garbage collector."""
        for _, twin in self.modules.values():
            vars(twin).pop("_compiled_call_impl", None)

    def _install(self, name: str, module: nn.Module, twin: nn.Module) -> None:
        """Let the twin report its calls. This takes the place of all hooks."""
        kind = type(twin)
        if kind.__call__ is nn.Module.__call__:
            vars(twin)["_compiled_call_impl"] = self._reported(name, module, twin, None)
        else:  # a class with a way of its own to be called
            vars(twin)["_compiled_call_impl"] = twin.forward
            whole = self._reported(name, module, twin, lambda *args, **kwargs: kind.__call__(twin, *args, **kwargs))
            twin.__class__ = type(kind.__name__, (kind,), {"__call__": staticmethod(whole)})

    def _reported(
        self, name: str, module: nn.Module, twin: nn.Module, run: Callable[..., Any] | None
    ) -> Callable[..., Any]:
        """The call of a twin, written down; what runs is its forward, if nothing else is said."""
        hooks = list(twin._forward_pre_hooks.values())
        lazy = isinstance(twin, LazyModuleMixin)
        answer = None if hooks else straight(twin)

        def call(*args: Any, **kwargs: Any) -> Any:
            seen = Call(name, module, twin)
            self.calls.append(seen)
            mode = self.mode
            outer, mode.work = mode.work, seen
            try:
                with _Plainly():
                    seen.input_shape, _, _ = first_of(args[0] if len(args) == 1 else args or kwargs)
                    if lazy:
                        _initialise(twin, args, kwargs)
                    if answer is not None and len(args) == 1 and not kwargs and type(args[0]) is Tensor:
                        output = answer(mode, twin, args[0])
                        if output is not None:
                            seen.output_shape, _, seen.place = first_of(output)
                            return output
                for hook in hooks:
                    hook(twin, args)
                output = twin.forward(*args, **kwargs) if run is None else run(*args, **kwargs)
                with _Plainly():
                    seen.output_shape, seen.more_outputs, seen.place = first_of(output)
                return output
            except Exception as error:
                vars(error).setdefault("_failed_in", seen)
                raise
            finally:
                mode.work = outer

        return call


def first_of(value: Any) -> tuple[Shape | None, int, Any]:
    """Shape of the first tensor, how many follow, and the place of the first on the network's input."""
    if type(value) is Tensor:
        return tuple(value.shape), 0, value.__dict__.get("_place")
    found = list(tensors_of(value))
    return (tuple(found[0].shape), len(found) - 1, found[0].__dict__.get("_place")) if found else (None, 0, None)


def _initialise(twin: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Give a lazy layer its shapes."""
    if "_initialize_hook" in vars(twin):
        del vars(twin)["_initialize_hook"]
        twin.initialize_parameters(*args, **kwargs)
        twin.__class__ = twin.cls_to_become or type(twin)
