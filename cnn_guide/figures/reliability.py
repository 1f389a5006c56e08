"""Drawings of how far a network's probabilities can be trusted."""

from collections.abc import Sequence
from typing import Protocol

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cnn_guide.figures.board import WIDTH
from cnn_guide.figures.palette import light, styled


class Bin(Protocol):
    """The images on which a network was about equally sure."""

    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102
    @property
    def count(self) -> int: ...  # noqa: D102
    @property
    def confidence(self) -> float | None: ...  # noqa: D102
    @property
    def accuracy(self) -> float | None: ...  # noqa: D102
    @property
    def interval(self) -> tuple[float, float] | None: ...  # noqa: D102


class Calibrated(Protocol):
    """Confidence and accuracy, such as `training.Evaluation.calibration` returns."""

    @property
    def bins(self) -> Sequence[Bin]: ...  # noqa: D102
    @property
    def ece(self) -> float: ...  # noqa: D102


class Rates(Protocol):
    """True against false positive rates, such as `training.Evaluation.roc_curve` returns."""

    @property
    def x(self) -> Sequence[float]: ...  # noqa: D102
    @property
    def y(self) -> Sequence[float]: ...  # noqa: D102


@styled
def reliability(calibration: Calibrated) -> Figure:
    """Draw how often a network is right where it is so and so sure, with 95% intervals; below, on how many images.

    On the diagonal it is right as often as it says; below it, it is overconfident.

    The alt text should say on which side of the diagonal the points lie, and where most images are.

    Args:
        calibration: What `calibration()` of an evaluation returns.

    Returns:
        The figure.
    """
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(WIDTH, 4.4), sharex=True, height_ratios=(3.2, 1))
    draw_reliability(upper, lower, calibration)
    return figure


def draw_reliability(upper: Axes, lower: Axes, calibration: Calibrated) -> None:
    """Draw the same on two axes, one below the other.

    Args:
        upper: For the shares that are right.
        lower: For the numbers of images.
        calibration: As for `reliability`.
    """
    _draw_diagonal(upper)
    upper.text(0.01, 0.97, "underconfident", color=light("muted"), va="top")
    upper.text(0.99, 0.03, "overconfident", color=light("muted"), ha="right")
    for each in calibration.bins:
        if each.confidence is not None and each.accuracy is not None and each.interval is not None:
            ends = [[max(0.0, each.accuracy - each.interval[0])], [max(0.0, each.interval[1] - each.accuracy)]]
            upper.errorbar([each.confidence], [each.accuracy], ends, fmt="o", color=light("blue"), capsize=3)
    upper.set(
        title=f"share that is right (calibration error {calibration.ece:.1%})", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02)
    )
    _draw_counts(lower, calibration.bins)
    for axis in (upper.yaxis, lower.xaxis):
        axis.set_major_formatter(FuncFormatter(_percent))


def _draw_diagonal(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=light("muted"), linestyle=(0, (3, 2)), linewidth=1.1)
    axes.grid(True)


def _draw_counts(axes: Axes, bins: Sequence[Bin]) -> None:
    centres, widths = [(each.low + each.high) / 2 for each in bins], [0.9 * (each.high - each.low) for each in bins]
    axes.bar(centres, [each.count for each in bins], widths, color=light("blue"), alpha=0.45, linewidth=0)
    axes.set(title="images", xlabel="how sure the network is", xlim=(-0.02, 1.02))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=2, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


@styled
def roc(curve: Rates, area: float) -> Figure:
    """Draw the true against the false positive rate of a network for two classes, over all thresholds.

    The alt text should say how close to the upper left corner the curve comes, and the area below it.

    Example:
        >>> from types import SimpleNamespace
        >>> roc(SimpleNamespace(x=[0, 0, 1], y=[0, 0.5, 1]), area=0.75).axes[0].get_title(loc="left")
        'positives found (area below the curve: 0.750)'

    Args:
        curve: What `roc_curve()` of an evaluation returns.
        area: Its `roc_auc`.

    Returns:
        The figure.
    """
    figure, axes = plt.subplots(figsize=(WIDTH, 3.8))
    draw_roc(axes, curve, area)
    return figure


def draw_roc(axes: Axes, curve: Rates, area: float) -> None:
    """Draw the same on axes.

    Args:
        axes: Where to draw.
        curve: As for `roc`.
        area: As for `roc`.
    """
    _draw_diagonal(axes)
    axes.plot(curve.x, curve.y, color=light("blue"))
    axes.text(0.62, 0.54, "a coin's guesses", color=light("muted"), va="top")
    title = f"positives found (area below the curve: {area:.3f})"
    axes.set(title=title, xlabel="others that are taken for positives", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_percent))


def _percent(value: float, _: object = None) -> str:
    return f"{100 * value:.0f}%"
