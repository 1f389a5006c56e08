"""A drawing of which classes a network takes for which."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnn_guide.figures.board import Array, Board, as_plane
from cnn_guide.figures.palette import light, styled

_SHORT, _WORD, _LETTER = 1.6, 1.1, 0.24  # cells for short names and the word beside them, that word, a letter
_LONGEST = 14  # letters of a name
_SHOWN = 12  # classes, where there are more than can be drawn
MOST_CLASSES = 30  # that can be drawn
MOST_NUMBERS = 15  # classes of which the counts can be read


class _Counts(NamedTuple):
    counts: Array
    names: list[str]
    note: str

    @property
    def margin(self) -> float:
        """Cells for the longest name and the word beside the names."""
        return self.letter_scale * max(_SHORT, _WORD + _LETTER * max(map(len, self.names)))

    @property
    def has_long_names(self) -> bool:
        return self.margin > self.letter_scale * _SHORT

    @property
    def has_numbers(self) -> bool:
        return len(self.names) <= MOST_NUMBERS

    @property
    def letter_scale(self) -> float:
        """Letters of names, compared with those in the cells of a small table."""
        return 1.0 if self.has_numbers else 1.8


@styled
def confusion_matrix(confusion: Any, classes: Sequence[str] | None = None) -> Figure:
    """Draw how often each class (row) was taken for each class (column); the mistakes are tinted, the rest is muted.

    Of more than 30 classes, those with the most mistakes are drawn, and a line says so.

    The alt text should name the most frequent confusions with their counts.

    Example:
        >>> figure = confusion_matrix([[8, 2], [0, 9]], classes=["cat", "dog"])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['8', '2', '·', '9', 'cat', 'cat', 'dog', 'dog', 'guess', 'truth']

    Args:
        confusion: Counts, shape (C, C): row = truth, column = guess.
        classes: The classes' names; left out, their numbers.

    Returns:
        The figure.

    Raises:
        ValueError: If the counts are not square, or there are not as many names as classes.
    """
    return draw_confusion(confusion, classes).figure


def draw_confusion(confusion: Any, classes: Sequence[str] | None, axes: Axes | None = None) -> Board:
    """Draw the table into a figure of its own, or on axes.

    Args:
        confusion: As for `confusion_matrix`.
        classes: As for `confusion_matrix`.
        axes: Where to draw; left out, a figure of its own.

    Returns:
        The board on which it is drawn.
    """
    counts = as_plane(confusion, "confusion")
    names = [str(index) for index in range(len(counts))] if classes is None else list(classes)
    if counts.shape != (len(names), len(names)):
        raise ValueError(f"`confusion` (shape {counts.shape}) must have one row and one column for each class.")
    drawn = _selected(counts, list(map(_shortened, names)))
    side = drawn.margin + len(drawn.names) + 0.1
    board = Board(side, side + (1.0 if drawn.note else 0.0), axes=axes)
    _draw_counts(board, drawn)
    _draw_names(board, drawn)
    return board


def _shortened(name: str) -> str:
    """A long name without its middle: the end often tells it from others."""
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[: half - 1]}…{name[-half:]}"


def _selected(counts: Array, names: list[str]) -> _Counts:
    """All classes, or of too many those with the most mistakes, in their order."""
    if len(names) <= MOST_CLASSES:
        return _Counts(counts, names, "")
    wrong = counts * (1 - np.eye(len(counts)))
    worst = np.sort(np.argsort(-(wrong.sum(axis=0) + wrong.sum(axis=1)), kind="stable")[:_SHOWN])
    note = f"{_SHOWN} of {len(names):,} classes: those with the most mistakes"
    return _Counts(counts[np.ix_(worst, worst)], [names[index] for index in worst], note)


def _draw_counts(board: Board, drawn: _Counts) -> None:
    counts, margin = drawn.counts, drawn.margin
    most = float((counts * (1 - np.eye(len(counts)))).max())  # of one confusion
    digits = len(f"{counts.max():.0f}")
    size = min(board.number_size, 72 * board.cell * 0.95 / (0.64 * digits))  # all counts within their cells
    for (row, column), count in np.ndenumerate(counts):
        right = row == column
        if count and not right:
            board.tint(margin + column, margin + row, "orange", count / most)
        if drawn.has_numbers:
            style = {"color": light("muted")} if right or not count else {"weight": "bold"}
            text = f"{count:.0f}" if count or right else "·"
            board.write(margin + column + 0.5, margin + row + 0.5, text, size=size, **style)
    board.lines(margin, margin, *counts.shape)


def _draw_names(board: Board, drawn: _Counts) -> None:
    margin, middle, scale = drawn.margin, drawn.margin + len(drawn.names) / 2, drawn.letter_scale
    size = min(10.5, board.number_size * scale)
    upright = {"rotation": 90, "ha": "center", "va": "bottom"} if drawn.has_long_names else {}
    for index, name in enumerate(drawn.names):
        board.write(margin - 0.2, margin + index + 0.5, name, ha="right", size=size)
        above = 0.2 if upright else 0.35 * scale
        board.write(margin + index + 0.5, margin - above, name, **{"size": size, **upright})
    board.write(middle, 0.5 * scale, "guess", weight="bold", size=size)
    board.write(0.45 * scale, middle, "truth", weight="bold", rotation=90, va="center", size=size)
    if drawn.note:
        board.write(margin, margin + len(drawn.names) + 0.6, drawn.note, ha="left", size=size, color=light("muted"))
