"""Twins of modules, to run in their place: what a forward pass may change is copied, the tensors are not.

No twin ever writes to a tensor, since every operation on tensors goes through `operations.ShapesOnly`.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from operator import is_
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, NoneType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from . import straight

_NEVER_CHANGED = frozenset(
    {NoneType, bool, int, float, complex, str, bytes, type, range, BuiltinFunctionType}
    | {Tensor, nn.Parameter, torch.dtype, torch.device, torch.Size}
)
_HOOKS = frozenset(name for name in vars(nn.Module()) if name.endswith("hooks") or "_hooks_" in name)
_TRAINERS = frozenset({"_trainer", "_fabric"})  # what Lightning hangs on a module: it leads to all the data
_LEFT_OUT = _HOOKS | _TRAINERS | {"_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"}
_LEFT_OUT_OF_LAYERS = _LEFT_OUT | straight.OWN
_WRAPPERS = {  # modules that hand their input to one child, after steps that are of no use on shapes
    "OptimizedModule": "_orig_mod",
    "DataParallel": "module",
    "DistributedDataParallel": "module",
}


def unwrapped(model: nn.Module) -> nn.Module:
    """The network inside `torch.compile` and `DataParallel`."""
    inner = _wrapped(model)
    return model if inner is None else unwrapped(inner)


def _wrapped(module: nn.Module) -> nn.Module | None:
    kind = type(module)
    if kind.__name__ not in _WRAPPERS or not kind.__module__.startswith("torch."):
        return None
    return module._modules[_WRAPPERS[kind.__name__]]


class Twins:
    """Makes one twin of each module, in evaluation mode and without hooks.

    Example:
        >>> network = nn.Sequential(nn.Linear(4, 2), nn.Dropout())
        >>> twin = Twins().of(network)
        >>> twin is network, twin[0].weight is network[0].weight, twin[1].training
        (False, True, False)
    """

    def __init__(self) -> None:
        self._copies: dict[int, Any] = {}  # by the original's id
        hooks: OrderedDict[int, Any] = OrderedDict()  # one for all, since nobody calls what is in it
        self._instead = dict.fromkeys(_HOOKS, hooks) | {"training": False, "_compiled_call_impl": None}

    def of(self, module: nn.Module) -> nn.Module:
        """The twin of this module."""
        twin: nn.Module | None = self._copies.get(id(module))
        if twin is None:
            twin = self._wrapper(module)
        return self._twin(module) if twin is None else twin

    def _wrapper(self, module: nn.Module) -> nn.Module | None:
        inner = _wrapped(module)
        if inner is None:
            return None
        twin = self._copies[id(module)] = nn.Module().eval()
        twin.add_module(_WRAPPERS[type(module).__name__], self.of(inner))
        vars(twin)["forward"] = self.of(inner)  # set as an attribute, it would become a child
        return twin

    def _twin(self, module: nn.Module) -> nn.Module:
        twin: nn.Module = object.__new__(type(module))
        self._copies[id(module)] = twin
        own = vars(twin)
        own.update(vars(module))
        for name in own.keys() - (_LEFT_OUT_OF_LAYERS if type(module) in straight.KINDS else _LEFT_OUT):
            if type(own[name]) not in _NEVER_CHANGED:
                own[name] = self.copied(own[name])
        own.update(self._instead)
        for name in _TRAINERS:
            if name in own:
                own[name] = None
        own["_parameters"], own["_buffers"] = self._tensors(module._parameters), self._tensors(module._buffers)
        own["_non_persistent_buffers_set"] = set(module._non_persistent_buffers_set)
        own["_modules"] = {name: None if child is None else self.of(child) for name, child in module._modules.items()}
        if isinstance(module, LazyModuleMixin):
            own["reset_parameters"] = _nothing  # first values are of no use on shapes
        if module._forward_pre_hooks:
            own["_forward_pre_hooks"] = OrderedDict(self._weight_hooks(module))
        return twin

    def _tensors(self, tensors: dict[str, Any]) -> dict[str, Any]:
        """The same tensors; new ones for those that have no shape yet."""
        if _NEVER_CHANGED.issuperset(map(type, tensors.values())):
            return tensors.copy()
        return {name: self.copied(tensor) for name, tensor in tensors.items()}

    def _weight_hooks(self, module: nn.Module) -> Iterator[tuple[int, Any]]:
        """Hooks of weight_norm, spectral_norm and pruning, without which a layer has no weight."""
        for key, hook in module._forward_pre_hooks.items():
            if any(kind.__module__.startswith("torch.nn.utils.") for kind in type(hook).__mro__):
                yield key, self.copied(hook)

    def copied(self, value: Any) -> Any:
        """A copy of a value down to its tensors, with twins for the modules in it; what can't be copied is shared."""
        kind = type(value)
        if kind in _NEVER_CHANGED:
            return value
        copies = _COPIES.get(kind)
        if copies is None and isinstance(value, nn.Module):
            return self.of(value)
        found = self._copies.get(id(value))
        return (copies or Twins._object)(self, value) if found is None else found

    def _dict(self, value: dict[Any, Any]) -> dict[Any, Any]:
        new = self._copies[id(value)] = value.copy()
        new.update({key: self.copied(entry) for key, entry in value.items()})
        return new

    def _list(self, value: list[Any]) -> list[Any]:
        new = self._copies[id(value)] = value.copy()
        new[:] = map(self.copied, value)
        return new

    def _set(self, value: set[Any]) -> set[Any]:
        new = self._copies[id(value)] = set(map(self.copied, value)) if value else set()
        return new

    def _tuple(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if _NEVER_CHANGED.issuperset(map(type, value)):
            return value
        new = tuple(map(self.copied, value))
        return value if all(map(is_, new, value)) else new

    def _method(self, value: MethodType) -> MethodType:
        return MethodType(value.__func__, self.copied(value.__self__))

    def _partial(self, value: partial[Any]) -> partial[Any]:
        return partial(self.copied(value.func), *map(self.copied, value.args), **self.copied(value.keywords))

    def _function(self, value: FunctionType) -> FunctionType:
        """A function that holds a module, such as a lambda on `self`, holds its twin instead."""
        cells = value.__closure__ or ()
        if not any(isinstance(_content(cell), nn.Module) for cell in cells):
            return value
        inside = tuple(CellType(self.copied(_content(cell))) for cell in cells)
        new = FunctionType(value.__code__, value.__globals__, value.__name__, value.__defaults__, inside)
        new.__kwdefaults__ = value.__kwdefaults__
        return new

    def _unshaped(self, value: UninitializedParameter | UninitializedBuffer) -> Any:
        kind: Any = type(value)
        new = self._copies[id(value)] = kind(requires_grad=value.requires_grad, device="meta", dtype=value.dtype)
        return new

    def _object(self, value: Any) -> Any:
        """A shallow copy, then copies of what it holds."""
        if isinstance(value, (Tensor, type)):
            return value
        try:
            new = copy.copy(value)
        except Exception:  # a lock or a file, say
            return value
        self._copies[id(value)] = new
        for own, entries in self._contents(new):
            for key, entry in entries:
                own(key, self.copied(entry))
        return new

    @staticmethod
    def _contents(value: Any) -> list[tuple[Callable[[Any, Any], None], list[tuple[Any, Any]]]]:
        """How to set an entry or an attribute, and all that there are."""
        found: list[tuple[Callable[[Any, Any], None], list[tuple[Any, Any]]]] = []
        if isinstance(value, dict):
            found.append((partial(dict.__setitem__, value), list(dict.items(value))))
        if isinstance(value, list):
            found.append((partial(list.__setitem__, value), list(enumerate(list.__iter__(value)))))
        if hasattr(value, "__dict__"):
            found.append((vars(value).__setitem__, list(vars(value).items())))
        return found


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _nothing() -> None:
    pass


_COPIES: dict[type, Callable[[Twins, Any], Any]] = {
    dict: Twins._dict,
    OrderedDict: Twins._dict,
    list: Twins._list,
    set: Twins._set,
    tuple: Twins._tuple,
    MethodType: Twins._method,
    FunctionType: Twins._function,
    partial: Twins._partial,
    UninitializedParameter: Twins._unshaped,
    UninitializedBuffer: Twins._unshaped,
}
