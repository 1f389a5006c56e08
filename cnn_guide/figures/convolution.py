"""Drawings of a convolution: the window on the image, what kernels respond to, how often a pixel is used."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view

from cnn_guide import conv_output_size
from cnn_guide.figures.board import WIDTH, Array, Board, as_plane, as_text
from cnn_guide.figures.images import draw_image, image_grid
from cnn_guide.figures.palette import DIVERGING, light, styled

_GAP = 1.1  # cells between two panels
_HEAD = 0.9  # cells above a panel, for its title
_MOST = 16  # cells side by side on which numbers can still be read on a phone


@styled
def convolution_grid(
    image: Any,
    kernel: Any,
    position: tuple[int, int] | None = None,
    *,
    stride: int = 1,
    padding: int = 0,
    maximum: float | None = None,
) -> Figure:
    """Draw image, kernel and output with their numbers; at `position`, the window, its output cell and the sum.

    The alt text should name the three sizes, where the window lies, and the number that comes out.

    Example:
        >>> figure = convolution_grid([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, 1]], position=(0, 0))
        >>> figure.axes[0].texts[-1].get_text()
        '1·1 + 2·0 + 4·0 + 5·1 = 6'

    Args:
        image: Values from 0 (drawn black), shape (H, W).
        kernel: Shape (K, L).
        position: Row and column of an output cell.
        stride: Pixels from one window to the next.
        padding: Rows and columns of zeros around the image.
        maximum: The value drawn white; left out, the image's largest.

    Returns:
        The figure.

    Raises:
        ValueError: If the kernel does not fit, or the output has no such position.
    """
    plane, weights = as_plane(image, "image"), as_plane(kernel, "kernel")
    padded = np.pad(plane, padding)
    output = correlate(padded, weights, stride)
    right = padded.shape[1] + _GAP  # kernel and output one above the other: side by side, a phone makes them too small
    below = _HEAD + len(weights) + _HEAD
    bottom = max(_HEAD + len(padded), below + len(output))
    board = Board(right + max(weights.shape[1], output.shape[1]) + 0.1, bottom + (0.9 if position else 0.1))
    corner = (0.1, (bottom + _HEAD - len(padded)) / 2)
    board.pixels(*corner, padded, maximum or max(float(padded.max()), 1e-12))
    board.cells(right, _HEAD, weights, float(np.abs(weights).max()))
    board.cells(right, below, output, float(np.abs(output).max()))
    _title(board, *corner, f"image {_size(plane)}" + (f" with padding {padding}" if padding else ""))
    _title(board, right, _HEAD, f"kernel {_size(weights)}")
    _title(board, right, below, f"output {_size(output)}")
    if padding:
        board.frame(corner[0] + padding, corner[1] + padding, plane.shape[1], plane.shape[0], "blue", thin=True)
    if position is not None:
        (row, column), (height, width) = _checked(position, output), weights.shape
        board.frame(corner[0] + column * stride, corner[1] + row * stride, width, height, "orange")
        board.frame(right + column, below + row, 1, 1, "orange")
        window = sliding_window_view(padded, weights.shape)[row * stride, column * stride]
        _write_sum(board, bottom + 0.5, window, weights, float(output[row, column]))
    return board.figure


def correlate(image: Array, kernel: Array, stride: int = 1) -> Array:
    """Slide a kernel over an image: at each place, the sum of the products (cross-correlation, as in PyTorch).

    Example:
        >>> correlate(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, -1.0]]))
        array([[-1., -1.]])

    Args:
        image: Shape (H, W).
        kernel: Shape (K, L).
        stride: Pixels from one window to the next.

    Returns:
        The output; its size is `conv_output_size`.

    Raises:
        ValueError: If the kernel does not fit.
    """
    conv_output_size(image.shape, kernel.shape, stride)  # says what is wrong where the kernel does not fit
    windows = sliding_window_view(image, kernel.shape)[::stride, ::stride]
    result: Array = (windows * kernel).sum(axis=(2, 3))
    return result


def _checked(position: tuple[int, int], output: Array) -> tuple[int, int]:
    if not all(0 <= index < size for index, size in zip(position, output.shape, strict=True)):
        raise ValueError(f"`position` (={position}) must lie within the output ({_size(output)}, counted from 0).")
    return position


def _write_sum(board: Board, y: float, window: Array, kernel: Array, result: float) -> None:
    if kernel.size <= 9:  # more terms than that do not fit on a phone
        width = board.axes.get_xlim()[1]
        board.write(width / 2, y, _sum_of_products(window, kernel, result), size=min(9.5, 72 * board.cell * width / 34))


def _sum_of_products(window: Array, kernel: Array, result: float) -> str:
    """Write out a·b + c·d + … = result, a negative product with its minus in front."""
    terms = [
        f"{'−' if weight < 0 else '+'} {as_text(value)}·{as_text(abs(weight))}"
        for value, weight in zip(window.flat, kernel.flat, strict=True)
    ]
    return " ".join(terms).removeprefix("+ ") + f" = {as_text(result)}"


def _size(panel: Array) -> str:
    return f"{panel.shape[0]}×{panel.shape[1]}"


def _title(board: Board, x: float, y: float, text: str) -> None:
    board.write(x, y - 0.4, text, size=9.5, weight="bold", ha="left")


@styled
def coverage(counts: Any) -> Figure:
    """Draw how often each pixel is used, with the number in each cell.

    The alt text should name the counts at the corners, the edges and the centre.

    Example:
        >>> figure = coverage({"padding 0": [[1, 2, 1]], "padding 1": [[2, 3, 2]]})
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['1', '2', '1', 'padding 0', '2', '3', '2', 'padding 1']

    Args:
        counts: Counts of shape (H, W), or several, each under its title: they share one scale.

    Returns:
        The figure.
    """
    named = counts if isinstance(counts, Mapping) else {"": counts}
    panels = {title: as_plane(values, "counts") for title, values in named.items()}
    limit = max(float(panel.max()) for panel in panels.values())
    places, columns, rows = _flow(panels)
    board = Board(columns + 0.2, rows + 0.1)
    for (title, panel), (x, y) in zip(panels.items(), places, strict=True):
        board.cells(x, y, panel, limit)
        if title:
            _title(board, x, y, title)
    return board.figure


def _flow(panels: Mapping[str, Array]) -> tuple[list[tuple[float, float]], float, float]:
    """Find room for panels side by side, in a new row where a phone would make the cells too small."""
    head = _HEAD if any(panels) else 0.1
    places: list[tuple[float, float]] = []
    x = y = right = bottom = 0.0
    for panel in panels.values():
        height, width = panel.shape
        if x and x + width > _MOST:
            x, y = 0.0, bottom
        places.append((x + 0.1, y + head))
        right, bottom = max(right, x + width), max(bottom, y + head + height)
        x += width + 0.6
    return places, right, bottom


@styled
def kernel_gallery(image: Any, kernels: Mapping[str, Any], *, columns: int = 2) -> Figure:
    """Draw an image and its response under each kernel, with a small picture of the kernel beside its name.

    A kernel that sums to 0 answers 0 where the image is flat: its response is drawn blue where positive, orange where
    negative. Any other response is drawn as an image.

    The alt text should say what the image shows and what each kernel brings out.

    Example:
        >>> figure = kernel_gallery(np.eye(5), {"edge": [[-1, 1]]})
        >>> [axes.get_title(loc="left") for axes in figure.axes][:2]
        ['image', 'edge']

    Args:
        image: Values from 0 to 1, shape (H, W).
        kernels: Each kernel, shape (K, L), under its name.
        columns: Pictures in a row.

    Returns:
        The figure.
    """
    plane = as_plane(image, "image")
    figure, grid = image_grid(1 + len(kernels), columns, plane.shape[0] / plane.shape[1], largest=WIDTH / 2)
    draw_image(grid[0], plane, maximum=1.0)
    grid[0].set_title("image")
    for axes, (name, values) in zip(grid[1:], kernels.items(), strict=True):
        kernel = as_plane(values, "kernels")
        _draw_response(axes, correlate(plane, kernel), signed=abs(kernel.sum()) < 1e-6)
        axes.set_title(name, y=1.0)  # a fixed place, which the small kernel does not push away
        _draw_small(axes, kernel)
    return figure


def _draw_response(axes: Axes, response: Array, signed: bool) -> None:
    if not signed:
        draw_image(axes, response, maximum=1.0)
        return
    limit = float(np.quantile(np.abs(response), 0.97)) or 1.0  # a few extreme pixels must not make the rest pale
    draw_image(axes, response, maximum=limit, minimum=-limit, colours=DIVERGING)


def _draw_small(axes: Axes, kernel: Array) -> None:
    """Draw the kernel, coloured like the responses, above the right end of a picture."""
    height = 0.09 * axes.get_xlim()[1] / axes.get_ylim()[0]
    inset = axes.inset_axes((0.91, 1.02, 0.09, height), label="kernel")
    limit = float(np.abs(kernel).max()) or 1.0
    inset.imshow(kernel, cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="none")
    inset.set(xticks=[], yticks=[])
    inset.spines[:].set(visible=True, color=light("muted"), linewidth=0.5)
