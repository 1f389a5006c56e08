"""Summaries of descriptions, which need no PyTorch.

A network has hundreds of layers and its summary should be there at once, so that everything is found in one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..arithmetic.arguments import Shape
from ..arithmetic.costs import BYTES
from ..arithmetic.layers import Layer, Parallel, Residual
from ..arithmetic.layout import Place
from ..arithmetic.trace import Step, trace
from ..report import Cost, Row, Summary


def description_summary(model: Layer, size: Shape | None, batch_size: int) -> Summary:
    """A description layer by layer; a layer object that occurs again shares its parameters, as in PyTorch."""
    counter = _Counter()
    if size is None:
        rows = [counter.described(name, layer) for name, layer in model.walk()]
        cost = Cost(parameter_bytes=counter.parameter_bytes, buffer_bytes=counter.buffer_bytes)
    else:
        steps = trace(model, size)
        memory, each = _Memory(steps), BYTES * batch_size
        rows = _run(steps, batch_size, counter, memory.each)
        macs, operations = sum([row.macs or 0 for row in rows]), sum([row.operations or 0 for row in rows])
        sizes = (each * memory.most, each * memory.made)
        cost = Cost(macs, operations, *sizes, counter.parameter_bytes, counter.buffer_bytes)
    shown = rows[1:] if rows[0].joins_only else rows  # the title names the whole
    return Summary(type(model).__name__, size, tuple(shown), batch_size, cost)


_NONE = (0, 0, 0, 0)
_NOTHING_NEW = (0, 0, 0, False)


class _Counter:
    """Counts the numbers of each layer once."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.parameters = self.buffer_bytes = 0

    def count(self, layer: Layer) -> tuple[int, int, int, bool]:
        """Parameters, weights and biases that are not counted yet, and whether there were any but are no more."""
        numbers = layer._numbers
        if numbers == _NONE:
            return _NOTHING_NEW
        parameters, weights, biases, buffer_bytes = numbers
        if id(layer) in self.seen:
            return 0, 0, 0, parameters > 0
        self.seen.add(id(layer))
        self.parameters += parameters
        self.buffer_bytes += buffer_bytes
        return parameters, weights, biases, False

    def described(self, name: str, layer: Layer) -> Row:
        """A layer without an input."""
        params, weights, biases, shared = self.count(layer)
        container = bool(layer.children)
        return Row(name, layer.kind, None, None, params, params, weights, biases, container=container, shared=shared)

    @property
    def parameter_bytes(self) -> dict[str, int]:
        """Memory of all parameters counted, by type."""
        return {"float32": BYTES * self.parameters} if self.parameters else {}


def _run(steps: Sequence[Step], batch_size: int, counter: _Counter, stored: Sequence[int]) -> list[Row]:
    """Rows with shapes and costs."""
    rows = []
    last: Place | None = None  # most layers leave the places as they are
    field: Shape | None = None
    each = BYTES * batch_size
    for (name, layer, sizes, output, place), made in zip(steps, stored, strict=True):
        params, weights, biases, shared = counter.count(layer)
        if place is not last:
            last, view = place, place.view if place else None
            field = view.size if view else None
        macs, operations = batch_size * layer._macs(sizes, output), batch_size * layer._operations(sizes, output)
        container = bool(layer.children)
        costs = (macs, operations, each * made, field, (), container, shared, True, 0)
        rows.append(Row._make((name, type(layer).__name__, sizes, output, params, params, weights, biases, *costs)))
    return rows


class _Memory:
    """Numbers stored while a network runs: by each layer, now, at most, and all together.

    A module of these layers needs the same: what its variables hold is held here.

    Args:
        steps: the network's, on its input, which stays.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.now = self.most = self.made = prod(steps[0].input_shape)
        self.each = [0] * len(steps)
        self._next = enumerate(steps)
        self._run()

    def _run(self) -> int:
        """Run the next layer; gives the numbers that it has newly stored, 0 where it hands on what it was given."""
        index, (_, layer, sizes, output, _) = next(self._next)
        children = layer.children
        if not children:
            return self._store(index, prod(output), layer._between(sizes, output)) if layer.makes_new else 0
        if isinstance(layer, (Residual, Parallel)):
            branches = [self._run() for _ in children]
            self._store(index, prod(output), 0)
            self.now -= sum(branches)  # which have met
            return prod(output)
        held = 0  # the output of the last layer: freed when the next one has made its own
        for _ in children:
            new = self._run()
            if new:
                self.now -= held
                held = new
        return held

    def _store(self, index: int, numbers: int, between: int) -> int:
        """Store a layer's output, and what it needs on the way there."""
        self.each[index] = made = numbers + between
        self.made += made
        self.now += made
        if self.now > self.most:
            self.most = self.now
        self.now -= between
        return numbers
