"""Receptive fields of descriptions and modules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from ..arithmetic.arguments import Shape, shape
from ..arithmetic.layers import Layer
from ..arithmetic.layout import Place
from ..arithmetic.receptive_field import Region, View
from ..arithmetic.trace import trace
from ..report import Table, Total, tree

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Field:
    """What the units of one layer's output see of the input.

    Args:
        name: the layer's path; "" for the network itself.
        kind: the layer's class.
        place: what its numbers see, and where they stand; None where no pixel reaches them.
    """

    name: str
    kind: str
    place: Place | None

    @property
    def view(self) -> View | None:
        """What the units see; None where their places are lost, or no pixel reaches them."""
        return self.place.view if self.place else None

    @property
    def lost(self) -> str:
        """Why the units' places are unknown; empty where they are known."""
        return self.place.lost if self.place else ""

    @property
    def on_map(self) -> bool:
        """Whether the units still have places on a map, rather than one number standing for all of them."""
        return self.place is not None and not self.place.lost and self.place.on_map

    @property
    def size(self) -> Shape | None:
        """Pixels that one unit sees along each axis; None where the places are lost."""
        return self.view.size if self.view else None

    @property
    def jump(self) -> tuple[int | Fraction, ...] | None:
        """Pixels between the fields of two neighbours along each axis; None where the places are lost."""
        return self.view.jump if self.view else None

    @property
    def start(self) -> Shape | None:
        """First pixel that the first unit sees along each axis; None where the places are lost."""
        return self.view.start if self.view else None

    def region(self, unit: int | Sequence[int]) -> Region:
        """First and last pixel of the image that one unit sees along each axis; None where it sees only padding.

        Raises:
            ValueError: if there is no such unit, or the places are lost.
        """
        if self.view is None:
            raise ValueError(f"The units of {self.where} have no known places. {self.lost}")
        return self.view.region((unit,) if isinstance(unit, int) else unit)

    @property
    def where(self) -> str:
        """Path and class, for messages."""
        return f"{self.name}: {self.kind}" if self.name else self.kind


@dataclass(frozen=True, repr=False)
class ReceptiveField:
    """What a unit of the network sees of the input, along each axis.

    It is told of the last layer whose units still have a place on a map: from a Linear layer or a global pooling on,
    each unit sees everything that the map saw. `table` has every layer.

    Args:
        layer: that layer's row.
        output: what the numbers that the network returns see.
        rows: the fields of the network (whose name is "") and of all layers; containers come before those inside them.
        model: name of the network.
    """

    layer: Field
    output: Field
    rows: tuple[Field, ...]
    model: str = ""

    @property
    def table(self) -> tuple[Field, ...]:
        """The rows of the layers, without that of the whole network."""
        return self.rows[1:] or self.rows

    def __getitem__(self, name: str) -> Field:
        """The row of the layer with this path, in its first call."""
        row = next((row for row in self.rows if row.name == name), None)
        if row is None:
            close = get_close_matches(name, [row.name for row in self.rows], n=1)
            raise KeyError(f"There is no layer {name!r}." + (f" Did you mean {close[0]!r}?" if close else ""))
        return row

    @property
    def size(self) -> Shape:
        """Pixels that one unit sees, on an image without ends; the largest number where units differ."""
        return self._view.size

    @property
    def jump(self) -> tuple[int | Fraction, ...]:
        """Pixels between the fields of two neighbouring units, on average; below 1 after upsampling."""
        return self._view.jump

    @property
    def start(self) -> Shape:
        """First pixel that the first unit sees; below 0 it lies in the padding."""
        return self._view.start

    @property
    def uniform(self) -> tuple[bool, ...]:
        """Whether all units see equally many pixels; transposed convolutions and upsampling may make them differ."""
        return self._view.uniform

    @property
    def units(self) -> Shape:
        """How many units the layer has."""
        return self._view.units

    @property
    def aligned(self) -> bool:
        """Whether branches, wherever they met, had fields with the same centres."""
        return self._view.aligned

    def region(self, unit: int | Sequence[int]) -> Region:
        """First and last pixel of the image that one unit of that layer sees along each axis.

        Example:
            >>> from cnn_guide import layers
            >>> field = receptive_field(layers.Conv2d(1, 1, 3, padding=1), (1, 28, 28))
            >>> field.region((0, 27)), field.region((5, 5))  # one row and one column of the first lie in the padding
            (((0, 1), (26, 27)), ((4, 6), (4, 6)))

        Args:
            unit: its place, (row, column) on an image; a number on a sequence.

        Returns:
            (first, last) for each axis; None where the unit sees nothing but padding. No pixel outside can change it.

        Raises:
            ValueError: if the layer has no such unit.
        """
        return self.layer.region(unit)

    @property
    def _view(self) -> View:
        view = self.layer.view
        assert view is not None  # `receptive_field` refuses a network whose places are lost
        return view

    def to_dict(self) -> dict[str, Any]:
        """The field of the last units that have a place, and those of all layers, as plain values."""
        return {
            "model": self.model,
            "layer": self.layer.name,
            **_plain(self.layer),
            "uniform": list(self.uniform),
            "aligned": self.aligned,
            "layers": [{"name": row.name, "kind": row.kind, **_plain(row)} for row in self.table],
        }

    def to_json(self) -> str:
        """The same as JSON; jumps below 1 are decimal numbers."""
        return json.dumps(self.to_dict(), indent=2)

    def to_markdown(self) -> str:
        """The table for a page or an issue."""
        return self._table().markdown()

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        labels, branches = tree([field.name for field in self.table])
        cells = tuple(_cells(label, field) for label, field in zip(labels, self.table, strict=True))
        headings = ("Name", "Layer", "Field", "Jump", "Start")
        total = Total("Field", self.size, f"of the units of {self.layer.where}")
        return Table(f"Receptive field of {self.model}", headings, cells, branches, (total,))


def receptive_field(model: Layer | nn.Module, input_size: tuple[int, ...], *, strict: bool = False) -> ReceptiveField:
    """What a unit of the network sees of the input.

    A unit sees a pixel if the pixel can change it. By convention the statistics of normalisation layers and the gates
    of squeeze-and-excitation, through which every pixel has a say everywhere, are left out; `strict` takes them in.

    Example:
        >>> from cnn_guide import layers
        >>> network = layers.Sequential(layers.Conv2d(1, 16, 3), layers.MaxPool2d(2), layers.Conv2d(16, 32, 3))
        >>> field = receptive_field(network, (1, 28, 28))
        >>> field.size, field.jump, field.start  # 3, then 3 + 1 * 1 = 4, then 4 + 2 * 2 = 8
        ((8, 8), (2, 2), (0, 0))
        >>> field.region((0, 10))
        ((0, 7), (20, 27))

    Args:
        model: a description, or any `nn.Module` (looked at in evaluation mode, on shapes alone).
        input_size: shape of one input, (C, H, W) for images.
        strict: whether normalisation statistics and gates count as seeing the whole map.

    Returns:
        Size, jump and start along each axis, the region of any unit, and the table of all layers.

    Raises:
        ShapeError: if the layers do not fit together or the input.
        ValueError: if the output depends on an operation through which the units' places can't be followed.
    """
    sizes = shape("input_size", input_size)
    if len(sizes) < 2:
        raise ValueError(f"`input_size` (={sizes}) must have a channel axis and at least one axis to look along.")
    table = _of_description(model, sizes, strict) if isinstance(model, Layer) else _of_module(model, sizes, strict)
    done = _in_order_of_completion(table)
    end = done[-1].place
    if end is None:
        raise ValueError(f"The output of `model` (a {type(model).__name__}) depends on no pixel of its input.")
    if end.lost:
        raise ValueError(_why_lost(next(field for field in done if field.lost)))
    last = next((field for field in reversed(done) if field.on_map), done[-1])
    return ReceptiveField(last, done[-1], tuple(table), type(model).__name__)


def _of_description(model: Layer, sizes: Shape, strict: bool) -> list[Field]:
    return [Field(step.name, step.layer.kind, step.place) for step in trace(model, sizes, strict)]


def _of_module(model: nn.Module, sizes: Shape, strict: bool) -> list[Field]:
    from .inputs import sized
    from .modules import check_module, run_on_shapes
    from .places import follow, place_input

    args, kwargs = sized(check_module(model), (1, *sizes))
    place_input(args[0], range(2, 1 + len(sizes)))
    run = run_on_shapes(model, args, kwargs, partial(follow, strict=strict))
    return [Field(call.name, call.kind, call.place) for call in run.calls]


def _in_order_of_completion(table: Sequence[Field]) -> list[Field]:
    """A container, which comes before the layers inside it, behind them."""
    running: list[Field] = []
    done: list[Field] = []
    for field in table:
        while running and running[-1].name and not field.name.startswith(f"{running[-1].name}."):
            done.append(running.pop())
        running.append(field)
    return done + running[::-1]


def _why_lost(field: Field) -> str:
    return f"The output depends on {field.where}, where the units' places are lost: {field.lost}."


def _plain(field: Field) -> dict[str, Any]:
    """Size, jump and start as lists; None where the places are lost."""
    jump = field.jump and [int(step) if step == int(step) else float(step) for step in field.jump]
    return {"size": field.size and list(field.size), "jump": jump, "start": field.start and list(field.start)}


def _cells(label: str, field: Field) -> tuple[str, ...]:
    if field.view is None:
        return label, field.kind, "lost", "", ""
    jump = " × ".join(map(str, field.view.jump)) if any(field.view.jump) else "–"
    return label, field.kind, " × ".join(map(str, field.view.size)), jump, ", ".join(map(str, field.view.start))
