"""A drawing of a network, layer under layer, made from its summary."""

from collections.abc import Sequence
from typing import Any, Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnn_guide.figures.board import WIDTH, free_figure
from cnn_guide.figures.palette import light, styled

_ROW = 0.36  # inches from one layer to the next
_COLOURS = {"Conv": "blue", "Linear": "orange", "Pool": "green", "Dropout": "purple"}  # by a part of the layer's kind


class Layer(Protocol):
    """A row of a summary."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def input_shape(self) -> Sequence[int] | None: ...  # noqa: D102
    @property
    def output_shape(self) -> Sequence[int] | None: ...  # noqa: D102
    @property
    def params(self) -> int: ...  # noqa: D102
    @property
    def container(self) -> bool: ...  # noqa: D102


class Layers(Protocol):
    """A summary, such as `cnn_guide.summary` returns."""

    @property
    def rows(self) -> Sequence[Layer]: ...  # noqa: D102
    @property
    def total_params(self) -> int: ...  # noqa: D102


@styled
def network(summary: Layers) -> Figure:
    """Draw a network from its input down to its output: each layer with its output's shape and its parameters.

    A layer is tinted from the left by its share of all parameters, so that it is seen where they lie.

    The alt text should name the layers in order and say which holds most of the parameters.

    Args:
        summary: What `cnn_guide.summary(model, input_size)` returns.

    Returns:
        The figure.

    Raises:
        ValueError: If the summary has no layers.
    """
    layers = [row for row in summary.rows if not row.container]
    if not layers:
        raise ValueError("`summary` has no layers: there is nothing to draw.")
    height = _ROW * (len(layers) + 3)  # the names of the columns, the input, the layers, the sum
    figure = free_figure(WIDTH, height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, 1), ylim=(len(layers) + 2, -1))
    axes.axis("off")
    _write(axes, -1, ("layer", "output", "parameters"), color=light("muted"))
    _write(axes, 0, ("input", _shape(layers[0].input_shape), ""), color=light("muted"))
    for place, layer in enumerate(layers, start=1):
        _draw_layer(axes, place, layer, layer.params / max(summary.total_params, 1))
    _write(axes, len(layers) + 1, ("total", "", f"{summary.total_params:,}"), weight="bold")
    return figure


def _draw_layer(axes: Axes, place: int, layer: Layer, share: float) -> None:
    colour = next((colour for part, colour in _COLOURS.items() if part in layer.kind), "muted")
    top, height = place + 0.08, 0.84
    axes.add_patch(Rectangle((0.005, top), 0.99 * share, height, facecolor=light(colour), alpha=0.3, linewidth=0))
    axes.add_patch(Rectangle((0.005, top), 0.99, height, fill=False, edgecolor=light("grid"), linewidth=0.8))
    axes.add_patch(Rectangle((0.005, top), 0.012, height, facecolor=light(colour), linewidth=0))
    _write(axes, place, (layer.kind, _shape(layer.output_shape), f"{layer.params:,}" if layer.params else "–"))


def _write(axes: Axes, place: float, texts: tuple[str, str, str], **style: Any) -> None:
    for x, text, side in zip((0.04, 0.60, 0.97), texts, ("left", "center", "right"), strict=True):
        axes.text(x, place + 0.5, text, ha=side, va="center_baseline", **style)


def _shape(shape: Sequence[int] | None) -> str:
    return "unknown" if shape is None else "×".join(map(str, shape))
