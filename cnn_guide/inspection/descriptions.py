"""Summaries of descriptions, which need no PyTorch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import prod

from ..arithmetic.arguments import Shape
from ..arithmetic.layers import Layer, Parallel, Residual, Sequential
from ..arithmetic.trace import Step, trace
from ..report import Cost, Row, Summary
from .memory import Held, Memory

BYTES = 4  # of a number: float32, PyTorch's default


def description_summary(model: Layer, size: Shape | None, batch_size: int) -> Summary:
    """A description layer by layer; a layer object that occurs again shares its parameters, as in PyTorch."""
    counted: set[int] = set()
    if size is None:
        rows = [_described(name, layer, counted) for name, layer in model.walk()]
    else:
        steps = trace(model, size)
        rows = [_run(step, batch_size, _described(step.name, step.layer, counted)) for step in steps]
    parameters = sum([row.params for row in rows])
    cost = Cost(
        parameter_bytes={"float32": BYTES * parameters} if parameters else {}, buffer_bytes=_buffer_bytes(model)
    )
    if size is not None:
        inference, training = activation_bytes(steps, batch_size)
        macs, operations = (sum([getattr(row, name) for row in rows]) for name in ("macs", "operations"))
        cost = replace(cost, macs=macs, operations=operations, inference_bytes=inference, training_bytes=training)
    shown = tuple([row for row in rows if row.name or not row.joins_only])
    return Summary(type(model).__name__, size, shown, batch_size, cost)


def _buffer_bytes(model: Layer) -> int:
    """Of all layers, each once."""
    layers = {id(layer): layer for _, layer in model.walk()}.values()
    return BYTES * sum([prod(sizes) for layer in layers for sizes in layer.buffer_shapes.values()])


def _described(name: str, layer: Layer, counted: set[int]) -> Row:
    """A layer and its parameters, if they are not counted yet."""
    shapes = layer.parameter_shapes
    if not shapes or id(layer) in counted:
        return Row(name, layer.kind, container=bool(layer.children), shared=bool(shapes))
    counted.add(id(layer))
    numbers = {name: prod(sizes) for name, sizes in shapes.items()}
    params = sum(numbers.values())
    weights = sum(number for name, number in numbers.items() if "weight" in name)
    biases = sum(number for name, number in numbers.items() if "bias" in name and "weight" not in name)
    return Row(name, layer.kind, None, None, params, params, weights, biases, container=bool(layer.children))


def _run(step: Step, batch_size: int, row: Row) -> Row:
    """The row with shapes and costs."""
    layer, sizes, output = step.layer, step.input_shape, step.output_shape
    makes = layer.makes_new and not isinstance(layer, Sequential)
    view = step.view
    return row._replace(
        input_shape=sizes,
        output_shape=output,
        macs=batch_size * layer._macs(sizes, output),
        operations=batch_size * layer._operations(sizes, output),
        output_bytes=batch_size * BYTES * prod(output) if makes else 0,
        receptive_field=None if view is None else view.size,
    )


def activation_bytes(steps: Iterable[Step], batch_size: int) -> tuple[int, int]:
    """Bytes of a description's activations in inference and in training, as a module of these layers has them."""
    memory, each = Memory(), BYTES * batch_size
    rest = iter(steps)

    def run(image: Held) -> Held:
        """Run the next layer; the variables hold what those of PyTorch's containers hold."""
        step = next(rest)
        layer = step.layer
        if isinstance(layer, (Residual, Parallel)):
            branches = [run(image) for _ in layer.children]
            image = memory.hold(each * prod(step.output_shape))
            del branches  # which have met
            return image
        features = image
        for _ in layer.children:
            features = run(features)
        if layer.children or not layer.makes_new:
            return features
        return memory.hold(each * prod(step.output_shape))

    image = memory.hold(each * prod(next(iter(steps)).input_shape))
    run(image)
    return memory.most, memory.made
