"""A board of square cells, on which the drawings of small arrays lay their numbers."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from cnn_guide.figures.palette import BLACK, WHITE, light

WIDTH = 5.2  # inches of every figure: wide enough for a page, and still legible when shrunk to a phone's 360 pixels

Array = NDArray[np.float64]


def as_array(values: Any) -> Array:
    """Make an array of a list, a NumPy array or a tensor (with its gradient's history left behind).

    Example:
        >>> as_array([[1, 2]])
        array([[1., 2.]])

    Args:
        values: Numbers of any nesting.

    Returns:
        Floating-point numbers of the same shape.
    """
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, dtype=np.float64)


def as_plane(values: Any, name: str) -> Array:
    """Make an array with two axes, dropping axes of length 1 in front (channels, batch).

    Example:
        >>> as_plane([[[1, 2], [3, 4]]], "image").shape
        (2, 2)

    Args:
        values: Numbers, shape (H, W), (1, H, W) or (1, 1, H, W).
        name: The argument's name, for the message.

    Returns:
        The numbers, shape (H, W).

    Raises:
        ValueError: If another shape is given.
    """
    array = as_array(values)
    if array.ndim < 2 or any(size != 1 for size in array.shape[:-2]):
        raise ValueError(f"`{name}` (shape {array.shape}) must have the shape (H, W) or (1, H, W): one grey plane.")
    return array.reshape(array.shape[-2:])


def as_text(value: float) -> str:
    """Write a number briefly, with a real minus sign.

    Example:
        >>> as_text(-5.0), as_text(0.125), as_text(1 / 3)
        ('−5', '0.12', '0.33')

    Args:
        value: The number.

    Returns:
        At most two decimals, none where it is whole.
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0") else text.replace("-", "−")


def free_figure(width: float, height: float) -> Figure:
    """Make a figure on which everything is placed by hand.

    Args:
        width: In inches.
        height: In inches.

    Returns:
        The figure. Its layout engine does nothing; with none, matplotlib would take that of the style once it has saved
        the figure, and move everything.
    """
    return plt.figure(figsize=(width, height), layout=PlaceHolderLayoutEngine(True, True))


class Board:
    """A figure measured in cells, (0, 0) at the top left, in which panels stand side by side.

    Args:
        columns: Its width in cells.
        rows: Its height in cells.
        cell: The largest cell in inches; cells shrink until the board is `WIDTH` inches wide.
        axes: Where to draw, as large as there is room; left out, on a figure of the board's size.
    """

    def __init__(self, columns: float, rows: float, cell: float = 0.42, axes: Axes | None = None) -> None:
        if axes is None:
            self.cell = min(cell, WIDTH / columns)  # inches
            self.figure: Figure = free_figure(columns * self.cell, rows * self.cell)
            self.axes: Axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        else:
            dots = axes.figure.dpi
            self.cell = min(axes.bbox.width / dots / columns, axes.bbox.height / dots / rows)
            self.axes = axes
            self.axes.set_aspect("equal", anchor="NW")
        self.axes.set(xlim=(0, columns), ylim=(rows, 0))
        self.axes.axis("off")

    @property
    def number_size(self) -> float:
        """Points of a number that fits its cell."""
        return min(10.5, 72 * self.cell * 0.38)

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write text centred on a point, in ink unless `style` says otherwise."""
        style = {"ha": "center", "va": "center_baseline", "size": self.number_size, "color": light("ink"), **style}
        self.axes.text(x, y, text, **style)

    def frame(self, x: float, y: float, width: float, height: float, colour: str, *, thin: bool = False) -> None:
        """Draw a frame around cells, strong or thin, set off from whatever lies below."""
        strength = 1.2 if thin else 2.4
        halo = [withStroke(linewidth=2 * strength, foreground=light("paper"))]
        style: dict[str, Any] = {"edgecolor": light(colour), "linewidth": strength, "path_effects": halo}
        self.axes.add_patch(Rectangle((x, y), width, height, fill=False, zorder=2 if thin else 3, **style))

    def pixels(self, x: float, y: float, image: Array, maximum: float) -> None:
        """Draw an image, 0 black and `maximum` white, with its values written on it."""
        rows, columns = image.shape
        extent = (x, x + columns, y + rows, y)
        self.axes.imshow(image, cmap="gray", vmin=0, vmax=maximum, extent=extent, aspect="auto", zorder=0)
        for (row, column), value in np.ndenumerate(image):
            self.write(x + column + 0.5, y + row + 0.5, as_text(value), color=text_over(value / maximum))
        self.lines(x, y, rows, columns)

    def cells(self, x: float, y: float, values: Array, limit: float) -> None:
        """Draw numbers on cells tinted blue where positive, orange where negative, fully from `limit` on."""
        for (row, column), value in np.ndenumerate(values):
            self.tint(x + column, y + row, "blue" if value > 0 else "orange", abs(value) / limit if limit else 0.0)
            self.write(x + column + 0.5, y + row + 0.5, as_text(value))
        self.lines(x, y, *values.shape)

    def tint(self, x: float, y: float, colour: str, share: float) -> None:
        """Colour a cell, by a share from 0 to 1 of the strongest tint on which ink is still easy to read."""
        alpha = 0.45 * min(1.0, share)
        self.axes.add_patch(Rectangle((x, y), 1, 1, facecolor=light(colour), alpha=alpha, linewidth=0))

    def lines(self, x: float, y: float, rows: int, columns: int) -> None:
        """Draw the thin lines between and around cells."""
        style: dict[str, Any] = {"color": light("muted"), "linewidth": 0.5, "alpha": 0.7, "zorder": 1.5}
        self.axes.hlines([y + row for row in range(rows + 1)], x, x + columns, **style)
        self.axes.vlines([x + column for column in range(columns + 1)], y, y + rows, **style)


def text_over(brightness: float) -> str:
    """Choose black or white for text on a grey pixel, by the higher contrast (WCAG 2.2, relative luminance).

    Example:
        >>> text_over(0.0), text_over(1.0)
        ('#ffffff', '#000000')

    Args:
        brightness: The pixel's value from 0 (black) to 1 (white).

    Returns:
        The text's colour.
    """
    luminance = ((brightness + 0.055) / 1.055) ** 2.4 if brightness > 0.04045 else brightness / 12.92
    return BLACK if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else WHITE
