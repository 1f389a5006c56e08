"""A drawing of which classes a network takes for which."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnn_guide.figures.board import Array, Board, as_plane
from cnn_guide.figures.palette import light, styled

_LEFT, _TOP = 1.6, 1.6  # cells for the classes' names and the word beside them


@styled
def confusion_matrix(confusion: Any, classes: Sequence[str] | None = None) -> Figure:
    """Draw how often each class (row) was taken for each class (column); the mistakes are tinted, the rest is muted.

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
    counts = as_plane(confusion, "confusion")
    names = [str(index) for index in range(len(counts))] if classes is None else list(classes)
    if counts.shape != (len(names), len(names)):
        raise ValueError(f"`confusion` (shape {counts.shape}) must have one row and one column for each class.")
    board = Board(_LEFT + len(names) + 0.1, _TOP + len(names) + 0.1)
    _draw_counts(board, counts)
    _draw_names(board, names)
    return board.figure


def _draw_counts(board: Board, counts: Array) -> None:
    most = float((counts * (1 - np.eye(len(counts)))).max())  # of one confusion
    for (row, column), count in np.ndenumerate(counts):
        right = row == column
        if count and not right:
            board.tint(_LEFT + column, _TOP + row, "orange", count / most)
        style = {"color": light("muted")} if right or not count else {"weight": "bold"}
        board.write(_LEFT + column + 0.5, _TOP + row + 0.5, f"{count:.0f}" if count or right else "·", **style)
    board.lines(_LEFT, _TOP, *counts.shape)


def _draw_names(board: Board, names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        board.write(_LEFT - 0.2, _TOP + index + 0.5, name, ha="right")
        board.write(_LEFT + index + 0.5, _TOP - 0.35, name)
    middle = len(names) / 2
    board.write(_LEFT + middle, 0.5, "guess", weight="bold")
    board.write(0.45, _TOP + middle, "truth", weight="bold", rotation=90, va="center")
