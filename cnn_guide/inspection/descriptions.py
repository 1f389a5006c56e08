"""Summaries of descriptions, which need no PyTorch.

A network has hundreds of layers and its summary should be there at once, so that everything is found in one pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from ..arithmetic.arguments import Shape
from ..arithmetic.layers import Layer, Parallel, Residual
from ..arithmetic.trace import Step, trace
from ..report import Cost, Row, Summary

BYTES = 4  # of a number: float32, PyTorch's default


def description_summary(model: Layer, size: Shape | None, batch_size: int) -> Summary:
    """A description layer by layer; a layer object that occurs again shares its parameters, as in PyTorch."""
    counter = _Counter()
    if size is None:
        rows = [counter.described(name, layer) for name, layer in model.walk()]
        cost = Cost(**counter.memory())
    else:
        steps = trace(model, size)
        rows = _run(steps, batch_size, counter)
        macs, operations = sum([row.macs or 0 for row in rows]), sum([row.operations or 0 for row in rows])
        cost = Cost(macs, operations, *activation_bytes(steps, batch_size), **counter.memory())
    shown = rows[1:] if rows[0].joins_only else rows  # the title names the whole
    return Summary(type(model).__name__, size, tuple(shown), batch_size, cost)


class _Counter:
    """Counts the numbers of each layer once."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.parameters = self.buffers = 0

    def count(self, layer: Layer) -> tuple[int, int, int, bool]:
        """Parameters, weights and biases that are not counted yet, and whether there were any but are no more."""
        parameters, weights, biases, buffers = layer._numbers
        if not (parameters or buffers):
            return 0, 0, 0, False
        if id(layer) in self.seen:
            return 0, 0, 0, parameters > 0
        self.seen.add(id(layer))
        self.parameters += parameters
        self.buffers += buffers
        return parameters, weights, biases, False

    def described(self, name: str, layer: Layer) -> Row:
        """A layer without an input."""
        params, weights, biases, shared = self.count(layer)
        container = bool(layer.children)
        return Row(name, layer.kind, None, None, params, params, weights, biases, container=container, shared=shared)

    def memory(self) -> dict[str, dict[str, int] | int]:
        """Bytes of the parameters and the buffers."""
        parameters = {"float32": BYTES * self.parameters} if self.parameters else {}
        return {"parameter_bytes": parameters, "buffer_bytes": BYTES * self.buffers}


def _run(steps: Sequence[Step], batch_size: int, counter: _Counter) -> list[Row]:
    """Rows with shapes and costs."""
    rows = []
    last, field = None, None  # most layers leave the places as they are
    for name, layer, sizes, output, place in steps:
        params, weights, biases, shared = counter.count(layer)
        container = bool(layer.children)
        if place is not last:
            last, view = place, place and place.view
            field = view and view.size
        macs, operations = batch_size * layer._macs(sizes, output), batch_size * layer._operations(sizes, output)
        size = BYTES * batch_size * _made(layer, container, sizes, output)
        costs = (macs, operations, size, field, (), container, shared)
        rows.append(Row(name, type(layer).__name__, sizes, output, params, params, weights, biases, *costs))
    return rows


def _made(layer: Layer, container: bool, sizes: Shape, output: Shape) -> int:
    """Numbers that the layer itself stores anew: containers that only hand numbers on store none."""
    if container and not isinstance(layer, (Residual, Parallel)):
        return 0
    return prod(output) + layer._between(sizes, output) if layer.makes_new else 0


def activation_bytes(steps: Sequence[Step], batch_size: int) -> tuple[int, int]:
    """Bytes of a description's activations in inference and in training, as a module of these layers has them."""
    memory = _Memory(prod(steps[0].input_shape))
    memory.run(iter(steps))
    return BYTES * batch_size * memory.most, BYTES * batch_size * memory.made


class _Memory:
    """Numbers in use: now, at most, and all that were ever made.

    Args:
        image: numbers of the input, which stays.
    """

    def __init__(self, image: int) -> None:
        self.now = self.most = self.made = image

    def run(self, steps: Iterator[Step]) -> int:
        """Run the next layer; gives the numbers that it has newly stored, 0 where it hands on what it was given."""
        _, layer, sizes, output, _ = next(steps)
        children = layer.children
        if not children:
            return self.store(prod(output), layer._between(sizes, output)) if layer.makes_new else 0
        if isinstance(layer, (Residual, Parallel)):
            branches = [self.run(steps) for _ in children]
            result = self.store(prod(output), 0)
            self.now -= sum(branches)  # which have met
            return result
        held = 0  # the output of the last layer: freed when the next one has made its own
        for _ in children:
            new = self.run(steps)
            if new:
                self.now -= held
                held = new
        return held

    def store(self, numbers: int, between: int) -> int:
        """Store a layer's output, and what it needs on the way there."""
        self.now += numbers + between
        self.made += numbers + between
        self.most = max(self.most, self.now)
        self.now -= between
        return numbers
