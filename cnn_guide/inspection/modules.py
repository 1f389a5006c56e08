"""Rows of an `nn.Module`, by a forward pass on shapes alone.

The pass runs on a twin of the module whose tensors have no numbers, so the module itself stays as it is.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils._pytree import tree_leaves, tree_map

from ..arithmetic import ShapeError
from ..arithmetic.arguments import Shape
from ..report import Row
from .operations import ShapesOnly, on_meta
from .translation import describe

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


@dataclass
class _Call:
    """What is seen of one call of one module; `macs` is None for a module that is not called."""

    name: str
    kind: str
    input_shape: Shape | None
    output_shape: Shape | None = None
    macs: int | None = 0
    unknown: list[str] = field(default_factory=list)


def check_module(model: object) -> nn.Module:
    """The model, if it is a module that can be looked into.

    Raises:
        TypeError: if it is anything else.
        ValueError: if a lazy layer has not seen any data.
    """
    if not isinstance(model, nn.Module):
        what = f"the class {model.__name__}" if isinstance(model, type) else type(model).__name__
        raise TypeError(f"`model` must be a description made of `layers` or an nn.Module, not {what}.")
    if any(isinstance(module, torch.jit.ScriptModule) for module in model.modules()):
        raise TypeError("`model` holds TorchScript, which can't be looked into. Pass the module that it was made from.")
    for name, parameter in model.named_parameters():
        if is_lazy(parameter):
            raise ValueError(f"`{name}` has no shape yet. Run the model once on data, so that its lazy layers know.")
    return model


def module_rows(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Row, ...]:
    """One row for each call of a module in a forward pass in evaluation mode, and for modules with parameters only.

    Args:
        model: the module; it is not changed.
        args: inputs of its forward, with a batch axis; only their shapes matter.
        kwargs: named inputs.
    """
    calls = _calls(_twin(model), *tree_map(on_meta, (args, kwargs)))
    called = {call.name for call in calls}
    for name, module in model.named_modules():
        if name not in called and any(True for _ in module.parameters(recurse=False)):
            calls.insert(_place(calls, name), _not_called(name, module))
    return _rows(model, calls)


def unrun_rows(model: nn.Module) -> tuple[Row, ...]:
    """One row for each module, without shapes, in the order of definition."""
    return _rows(model, [_not_called(name, module) for name, module in model.named_modules()], run=False)


def forward_arguments(model: nn.Module, size: Shape | None, data: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and named arguments for the model's forward: the data, or a batch of one input of this size."""
    if size is not None:
        kinds = (tensor.dtype for tensor in model.parameters() if tensor.is_floating_point())
        return (torch.empty((1, *size), dtype=next(kinds, torch.get_default_dtype()), device="meta"),), {}
    if isinstance(data, dict):
        return (), data
    return (tuple(data) if isinstance(data, (tuple, list)) else (data,)), {}


def batch_shape(value: object) -> Shape:
    """Shape of the first tensor in the value, with the batch axis.

    Raises:
        TypeError: if there is no tensor.
    """
    for leaf in tree_leaves(value):
        if isinstance(leaf, Tensor) and leaf.dim():
            return tuple(leaf.shape)
    raise TypeError("`input_data` holds no tensor with a batch axis.")


def _first_shape(value: object) -> Shape | None:
    """Shape of the first tensor in the value, without the batch axis."""
    shapes = (tuple(leaf.shape[1:]) for leaf in tree_leaves(value) if isinstance(leaf, Tensor))
    return next(shapes, None)


def _twin(model: nn.Module) -> nn.Module:
    """A copy in evaluation mode, without numbers in its tensors and without anybody's hooks."""
    memo: dict[int, Any] = {}  # what deepcopy shall take instead of copying
    for module in model.modules():
        memo.update({id(getattr(module, hooks)): OrderedDict() for hooks in _HOOKS})
        memo.update({id(value): on_meta(value) for value in vars(module).values() if isinstance(value, Tensor)})
    memo.update({id(tensor): on_meta(tensor) for tensor in model.buffers()})
    memo.update({id(p): nn.Parameter(on_meta(p.detach()), requires_grad=p.requires_grad) for p in model.parameters()})
    try:
        return copy.deepcopy(model, memo).eval()
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"`model` can't be copied, and a summary works on a copy: {error}") from error


def _calls(twin: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[_Call]:
    """Run the twin and watch its modules."""
    names = {module: name for name, module in twin.named_modules()}
    calls: list[_Call] = []
    running: list[tuple[nn.Module, _Call]] = []

    def enter(module: nn.Module, args: Any, kwargs: Any) -> None:
        calls.append(_Call(names[module], type(module).__name__, _first_shape((args, kwargs))))
        running.append((module, calls[-1]))

    def leave(module: nn.Module, args: Any, output: Any) -> None:
        while running[-1][0] is not module:  # left by an exception that the model itself caught
            running.pop()
        running.pop()[1].output_shape = _first_shape(output)

    def report(operation: str, macs: int | None) -> None:
        call = running[-1][1]
        if macs is None:
            call.unknown.append(operation)
        else:
            call.macs = (call.macs or 0) + macs

    for module in names:
        module.register_forward_pre_hook(enter, with_kwargs=True)
        module.register_forward_hook(leave)
    try:
        with torch.no_grad(), torch.device("meta"), ShapesOnly(report):
            twin(*args, **kwargs)
    except (RuntimeError, ValueError, IndexError) as error:
        raise _explained(error, *running[-1]) from error
    return calls


def _explained(error: Exception, module: nn.Module, call: _Call) -> Exception:
    """The error in the words of the arithmetic where it knows the layer, in PyTorch's words otherwise."""
    if "meta tensor" in str(error):
        where = f"{call.name}: {call.kind}" if call.name else call.kind
        return ValueError(f"{where} asks for the numbers in a tensor, and a summary computes on shapes only ({error}).")
    if not isinstance(error, ShapeError):
        error = _by_arithmetic(module, call) or ShapeError(f"PyTorch refuses input {call.input_shape}: {error}.")
    return error.of(call.kind).inside(call.name) if call.name else error.of(call.kind)


def _by_arithmetic(module: nn.Module, call: _Call) -> ShapeError | None:
    try:
        describe(module).output_shape(call.input_shape or ())
    except ShapeError as error:
        return error
    except ValueError:  # not a layer that the arithmetic knows
        return None
    return None


def _not_called(name: str, module: nn.Module) -> _Call:
    return _Call(name, type(module).__name__, input_shape=None, macs=None)


def _place(calls: list[_Call], name: str) -> int:
    """Where a module that is not called belongs: behind all that its parent holds."""
    parent = name.rpartition(".")[0]
    inside = [
        i for i, call in enumerate(calls) if not parent or call.name == parent or call.name.startswith(f"{parent}.")
    ]
    return inside[-1] + 1 if inside else len(calls)


def _rows(model: nn.Module, calls: list[_Call], run: bool = True) -> tuple[Row, ...]:
    """Add the parameters of each module, every tensor in the first row that has it."""
    modules = dict(model.named_modules())
    counted: set[int] = set()
    rows = []
    for call in calls:
        module = modules[call.name]
        own = dict(module.named_parameters(recurse=False))
        new = {key: tensor for key, tensor in own.items() if id(tensor) not in counted}
        counted.update(map(id, own.values()))
        row = Row(
            name=call.name,
            kind=call.kind,
            input_shape=call.input_shape,
            output_shape=call.output_shape,
            params=sum(tensor.numel() for tensor in new.values()),
            trainable_params=sum(tensor.numel() for tensor in new.values() if tensor.requires_grad),
            weights=sum(tensor.numel() for key, tensor in new.items() if "weight" in key),
            biases=sum(tensor.numel() for key, tensor in new.items() if "bias" in key),
            macs=call.macs,
            unknown=tuple(call.unknown),
            container=any(True for _ in module.children()),
            shared=bool(own) and not new,
            called=call.macs is not None or not run,
        )
        if call.name or not row.joins_only:  # the title says what the whole is
            rows.append(row)
    return tuple(rows)
