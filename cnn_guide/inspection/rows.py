"""Rows of a summary from a run, or from the modules alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..arithmetic.arguments import Shape
from ..report import Cost, Row, Summary
from .inputs import tensors_of
from .modules import Run, check_shapes, run_on_shapes
from .places import follow, place_input
from .watch import Call


def plain_summary(model: nn.Module) -> Summary:
    """A row for each module, without shapes, in the order of definition."""
    check_shapes(model)
    counter = _Counter()
    rows = [_uncalled(name, type(module).__name__, module, counter) for name, module in model.named_modules()]
    return Summary(type(model).__name__, None, _shown(rows), cost=Cost(**counter.memory(model.modules())))


def run_summary(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], batched: bool) -> Summary:
    """A row for each call of a module on these inputs, and for modules with parameters that are not called.

    Args:
        model: the module.
        args: inputs of its forward, as `inputs` makes them.
        kwargs: named inputs.
        batched: whether the first axis of the inputs is that of the batch.
    """
    first = next(tensors_of([args, kwargs]))
    shape = tuple(first.shape)
    axes = range(2 if batched else 1, len(shape))
    if axes:
        place_input(first, axes)
    run = run_on_shapes(model, args, kwargs, follow)
    batch = shape[0] if batched and shape else None
    counter = _Counter()
    rows = [_called(call, counter, batch) for call in run.calls]
    _add_uncalled(rows, run, counter)
    cost = Cost(
        sum([row.macs or 0 for row in rows]),
        sum([row.operations or 0 for row in rows]),
        run.inference_bytes,
        run.training_bytes,
        **counter.memory([twin for _, twin in run.modules.values()]),
    )
    summary = Summary(type(model).__name__, _without(shape, batch), _shown(rows), batch or 1, cost, run.unused)
    return replace(summary, cost=replace(cost, unknown=summary.unknown))


def _add_uncalled(rows: list[Row], run: Run, counter: _Counter) -> None:
    """Modules with parameters that no call has shown; their parents' operations may have read these."""
    called = {row.name for row in rows}
    for name, (module, twin) in run.modules.items():
        if name not in called and any(tensor is not None for tensor in twin._parameters.values()):
            path = f"{name}." if name else ""
            idle = set(run.unused).issuperset([path + part for part in twin._parameters])
            row = _uncalled(name, type(module).__name__, twin, counter)._replace(called=not idle)
            rows.insert(_behind_its_parent(rows, name), row)


def _shown(rows: list[Row]) -> tuple[Row, ...]:
    """All rows but the first, that of the whole, if the rows of its parts say all: the title names it."""
    return tuple(rows[1:] if rows[0].joins_only else rows)


def _without(shape: Shape | None, batch: int | None) -> Shape | None:
    """A shape without the batch axis, where its first axis is that."""
    return shape[1:] if shape and batch is not None and shape[0] == batch else shape


class _Numbers(NamedTuple):
    """Numbers in the parameters of one module that no earlier row has counted."""

    params: int
    trainable: int
    weights: int
    biases: int
    shared: bool


_NONE = _Numbers(0, 0, 0, 0, shared=False)


class _Counter:
    """Counts the numbers of each parameter once."""

    def __init__(self) -> None:
        self.tensors: dict[int, Tensor] = {}  # those counted, by their id

    def count(self, module: nn.Module) -> _Numbers:
        """The numbers in a module's own parameters."""
        if not module._parameters:
            return _NONE
        params = trainable = weights = biases = present = 0
        for name, tensor in module._parameters.items():
            present += tensor is not None
            if tensor is None or id(tensor) in self.tensors:
                continue
            self.tensors[id(tensor)] = tensor
            numbers = tensor.numel()
            params += numbers
            trainable += numbers if tensor.requires_grad else 0
            weights += numbers if "weight" in name else 0
            biases += numbers if "bias" in name and "weight" not in name else 0
        return _Numbers(params, trainable, weights, biases, shared=bool(present) and not params)

    def memory(self, modules: Iterable[nn.Module]) -> dict[str, Any]:
        """Bytes of the parameters counted, by type, and of the modules' buffers."""
        sizes: Counter[torch.dtype] = Counter()
        for tensor in self.tensors.values():
            sizes[tensor.dtype] += tensor.nbytes
        buffers = {id(tensor): tensor for module in modules for tensor in module._buffers.values()}
        return {
            "parameter_bytes": {str(dtype).removeprefix("torch."): size for dtype, size in sizes.items()},
            "buffer_bytes": sum(_bytes(tensor) for tensor in buffers.values() if tensor is not None),
        }


def _bytes(tensor: Tensor) -> int:
    """Memory of a tensor; of a sparse one that of its entries."""
    return tensor.nbytes if tensor.layout is torch.strided else tensor._nnz() * tensor.dtype.itemsize


def _called(call: Call, counter: _Counter, batch: int | None) -> Row:
    module, place = call.twin, call.place
    params, trainable, weights, biases, shared = counter.count(module)
    return Row(
        call.name,
        call.kind,
        _without(call.input_shape, batch),
        _without(call.output_shape, batch),
        params,
        trainable,
        weights,
        biases,
        call.macs,
        call.operations,
        call.bytes,
        place.view.size if place is not None and place.view is not None else None,
        call.unknown,
        bool(module._modules),
        shared,
        more_outputs=call.more_outputs,
    )


def _uncalled(name: str, kind: str, module: nn.Module, counter: _Counter) -> Row:
    params, trainable, weights, biases, shared = counter.count(module)
    container = bool(module._modules)
    return Row(name, kind, None, None, params, trainable, weights, biases, container=container, shared=shared)


def _behind_its_parent(rows: list[Row], name: str) -> int:
    """Where a module that is not called belongs: behind all that its parent holds."""
    parent = name.rpartition(".")[0]
    inside = [i for i, row in enumerate(rows) if not parent or row.name == parent or row.name.startswith(f"{parent}.")]
    return inside[-1] + 1 if inside else len(rows)
