"""One picture of what is known about a network: how often it is right, what it confuses, where it is sure and wrong."""

from collections.abc import Sequence
from typing import Any, Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnn_guide.figures.board import WIDTH, free_figure
from cnn_guide.figures.confusion import draw_confusion
from cnn_guide.figures.images import LabelledImages, as_picture, draw_titled, white, worst
from cnn_guide.figures.palette import light, styled
from cnn_guide.figures.reliability import Calibrated, Rates, draw_reliability, draw_roc

_COLUMNS = 8  # mistakes in a row
_PAGE, _HEAD, _MIDDLE, _LINE = (
    2 * WIDTH,
    0.75,
    4.5,
    0.2,
)  # inches: the width; the height of each part, and of a title's line


class Judged(Protocol):
    """What is known of a network, such as `training.evaluate` returns."""

    @property
    def correct(self) -> int: ...  # noqa: D102
    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def accuracy(self) -> float: ...  # noqa: D102
    @property
    def interval(self) -> tuple[float, float]: ...  # noqa: D102
    @property
    def confusion(self) -> Any: ...  # noqa: D102
    @property
    def predictions(self) -> Any: ...  # noqa: D102
    @property
    def probabilities(self) -> Any: ...  # noqa: D102

    @property
    def roc_auc(self) -> float | None: ...  # noqa: D102
    def roc_curve(self) -> Rates: ...  # noqa: D102
    def calibration(self) -> Calibrated: ...  # noqa: D102
    def mistakes(self, k: int | None = None) -> Any: ...  # noqa: D102


@styled
def evaluation(
    verdicts: Judged,
    dataset: LabelledImages | None = None,
    *,
    title: str = "",
    classes: Sequence[str] | None = None,
    k: int = _COLUMNS,
) -> Figure:
    """Draw accuracy, confusion matrix, reliability and the worst mistakes as one picture, twice as wide as the others.

    The alt text should give the accuracy, the most frequent confusion, and say whether the network is overconfident.

    Args:
        verdicts: What `training.evaluate` returns.
        dataset: The images that the network was shown; left out, no mistakes are drawn.
        title: What was judged on what, above the picture.
        classes: The classes' names; left out, their numbers.
        k: How many mistakes at most.

    Returns:
        The figure.
    """
    images, titles = worst(dataset, verdicts, k, classes) if dataset is not None else ([], [])
    rows = -(-len(images) // _COLUMNS)  # rounded up
    row = _PAGE / _COLUMNS + 0.05 + _LINE * max((words.count("\n") + 1 for words in titles), default=0)
    page = _Page(_HEAD + _MIDDLE + rows * row + (0.15 if rows else 0.0))
    _draw_head(page, verdicts, title)
    _draw_classes(page, verdicts, classes)
    upper, lower = page.axes(5.9, _HEAD + 0.3, 4.4, 2.6), page.axes(5.9, _HEAD + 3.2, 4.4, 0.75)
    draw_reliability(upper, lower, verdicts.calibration())
    upper.tick_params(labelbottom=False)
    if rows:
        _draw_mistakes(page, images, titles, row)
    return page.figure


class _Page:
    """A figure on which everything has its place, in inches from the top left corner."""

    def __init__(self, height: float) -> None:
        self.height = height
        self.figure = free_figure(_PAGE, height)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes of this size."""
        bottom = self.height - top - height
        return self.figure.add_axes((left / _PAGE, bottom / self.height, width / _PAGE, height / self.height))

    def write(self, left: float, top: float, text: str, **style: Any) -> None:
        """Text, in ink unless `style` says otherwise."""
        style = {"va": "top", "color": light("ink"), **style}
        self.figure.text(left / _PAGE, 1 - top / self.height, text, **style)


def _draw_head(page: _Page, verdicts: Judged, title: str) -> None:
    low, high = verdicts.interval
    counts = f"{verdicts.correct:,} of {verdicts.total:,} images, 95% interval {low:.2%} to {high:.2%}"
    page.write(0.0, 0.0, f"{verdicts.accuracy:.2%} right", size=17, weight="bold")
    page.write(0.0, 0.4, counts)
    page.write(_PAGE, 0.0, title, ha="right", color=light("muted"))


def _draw_classes(page: _Page, verdicts: Judged, classes: Sequence[str] | None) -> None:
    """The confusion matrix; the small one of two classes leaves room for the ROC curve."""
    two = verdicts.roc_auc is not None
    draw_confusion(
        verdicts.confusion, classes, page.axes(0.0, _HEAD, 1.7 if two else 5.0, 1.7 if two else _MIDDLE - 0.2)
    )
    if verdicts.roc_auc is not None:
        draw_roc(page.axes(0.55, _HEAD + 2.0, 4.3, 1.95), verdicts.roc_curve(), verdicts.roc_auc)


def _draw_mistakes(page: _Page, images: Sequence[Any], titles: Sequence[str], row: float) -> None:
    top, side = _HEAD + _MIDDLE, _PAGE / _COLUMNS - 0.1
    page.write(0.0, top, "the surest mistakes: truth → guess", weight="bold")
    places = (
        (index % _COLUMNS * (side + 0.1), top + (index // _COLUMNS + 1) * row + 0.1) for index in range(len(images))
    )
    grid = [page.axes(left + 0.05, bottom - side, side, side) for left, bottom in places]
    drawn = [as_picture(image, "dataset") for image in images]
    draw_titled(grid, drawn, titles, white(drawn))
