"""Drawings of quantities against each other, each line labelled where it ends."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from cnn_guide.figures.board import WIDTH
from cnn_guide.figures.palette import SERIES, light, styled


class Record(Protocol):
    """One epoch's losses and accuracies."""

    @property
    def epoch(self) -> int: ...  # noqa: D102
    @property
    def train_loss(self) -> float: ...  # noqa: D102
    @property
    def train_accuracy(self) -> float: ...  # noqa: D102
    @property
    def val_loss(self) -> float: ...  # noqa: D102
    @property
    def val_accuracy(self) -> float: ...  # noqa: D102


class Trained(Protocol):
    """A training's history, such as `training.fit` returns."""

    @property
    def history(self) -> Sequence[Record]: ...  # noqa: D102


class Measured(Protocol):
    """An accuracy with its 95% interval, such as `training.evaluate` returns."""

    @property
    def accuracy(self) -> float: ...  # noqa: D102
    @property
    def interval(self) -> tuple[float, float]: ...  # noqa: D102


@styled
def parameters_against_side(sides: Sequence[int], layers: Mapping[str, Callable[[int], int]]) -> Figure:
    """Draw how many parameters a layer needs as the image's side grows, both on logarithmic scales.

    The alt text should give each layer's number at the smallest and at the largest side.

    Example:
        >>> figure = parameters_against_side([8, 16], {"dense": lambda side: 100 * side**2 + 100})
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['dense']

    Args:
        sides: Sides of the square image, in pixels, rising.
        layers: For each layer's name, a function from the side to the number of parameters.

    Returns:
        The figure.
    """
    figure, axes = plt.subplots(figsize=(WIDTH, 3.2))
    ends = {}
    for index, (name, parameters) in enumerate(layers.items()):
        values = [parameters(side) for side in sides]
        axes.plot(sides, values, marker="o", color=_colour(index))
        ends[name] = (values[-1], _colour(index))
    axes.set(xscale="log", yscale="log", xlabel="side of the image in pixels", title="parameters")
    axes.set_xticks(sides[:: -(-len(sides) // 7)])  # at most seven
    axes.xaxis.set_major_formatter(FuncFormatter(_large_number))
    axes.yaxis.set_major_formatter(FuncFormatter(_large_number))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(True)
    _label_ends(axes, ends)
    return figure


@styled
def training_curves(fits: Mapping[str, Trained]) -> Figure:
    """Draw loss and accuracy of several trainings, epoch by epoch: validation as lines, training as dashes.

    The alt text should say which network ends best, and where training and validation part.

    Args:
        fits: Each training under its network's name.

    Returns:
        The figure.

    Raises:
        ValueError: If there is no training.
    """
    if not fits:
        raise ValueError("`fits` must hold at least one training.")
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(WIDTH, 5.0), sharex=True)
    _draw_histories(upper, fits, "loss")
    _draw_histories(lower, fits, "accuracy")
    upper.set_title("loss (lines: validation, dashes: training)")
    lower.set(title="accuracy", xlabel="epoch")
    lower.yaxis.set_major_formatter(FuncFormatter(_percent))
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


@styled
def model_comparison(models: Mapping[str, tuple[int, Measured]]) -> Figure:
    """Draw each network's accuracy with its 95% interval against its number of parameters.

    The alt text should name the networks with their accuracies, and say which intervals overlap.

    Args:
        models: For each network's name, its number of parameters and its evaluation.

    Returns:
        The figure.
    """
    figure, axes = plt.subplots(figsize=(WIDTH, 3.2))
    for index, (name, (parameters, measured)) in enumerate(models.items()):
        low, high = measured.interval
        bars = [[measured.accuracy - low], [high - measured.accuracy]]
        axes.errorbar([parameters], [measured.accuracy], bars, fmt="o", color=_colour(index), capsize=4)
        axes.annotate(
            f"{name}\n{measured.accuracy:.1%}",
            (parameters, measured.accuracy),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=_colour(index),
        )
    axes.set(xscale="log", xlabel="parameters", title="accuracy on the test images, with its 95% interval")
    axes.margins(x=0.25, y=0.15)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_large_number))
    axes.yaxis.set_major_formatter(FuncFormatter(_percent))
    axes.grid(True)
    return figure


def _draw_histories(axes: Axes, fits: Mapping[str, Trained], quantity: str) -> None:
    ends = {}
    for index, (name, fit) in enumerate(fits.items()):
        epochs = [record.epoch for record in fit.history]
        colour = _colour(index)
        axes.plot(epochs, _column(fit, f"train_{quantity}"), color=colour, linestyle=(0, (3, 2)), linewidth=1.1)
        axes.plot(epochs, _column(fit, f"val_{quantity}"), color=colour, marker="o")
        ends[name] = (_column(fit, f"val_{quantity}")[-1], colour)
    axes.grid(True)
    _label_ends(axes, ends)


def _column(fit: Trained, name: str) -> list[float]:
    return [getattr(record, name) for record in fit.history]


def _label_ends(axes: Axes, ends: Mapping[str, tuple[float, str]], gap: float = 0.085) -> None:
    """Write each line's name beside its end, apart by at least `gap` of the axes' height."""
    to_fraction = axes.transData + axes.transAxes.inverted()
    x = axes.get_xlim()[1]
    heights = {name: float(to_fraction.transform((x, value))[1]) for name, (value, _) in ends.items()}
    for name, height in _spread(heights, gap).items():
        axes.text(1.01, height, name, transform=axes.transAxes, va="center", color=ends[name][1])


def _spread(heights: Mapping[str, float], gap: float) -> dict[str, float]:
    """Push labels apart, upwards from the lowest, then back below the top."""
    placed: dict[str, float] = {}
    lowest = 0.0
    for name in sorted(heights, key=lambda name: heights[name]):
        placed[name] = max(heights[name], lowest)
        lowest = placed[name] + gap
    ceiling = 1.0
    for name in reversed(placed):
        placed[name] = min(placed[name], ceiling)
        ceiling = placed[name] - gap
    return placed


def _colour(index: int) -> str:
    return light(SERIES[index % len(SERIES)])


def _large_number(value: float, _: Any = None) -> str:
    for size, unit in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _percent(value: float, _: Any = None) -> str:
    return f"{100 * value:.4g}%"
