"""Drawings of images: in rows, as numbers, and with what a network took them for."""

from collections.abc import Sequence
from typing import Any, Protocol

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from cnn_guide.figures.board import WIDTH, Array, Board, as_array, as_plane
from cnn_guide.figures.palette import light, styled


class LabelledImages(Protocol):
    """Images (C, H, W), from 0 to 1, with their labels, such as `data.test`."""

    def pick(self, indices: Any, /) -> tuple[Any, Any]: ...  # noqa: D102


class Verdicts(Protocol):
    """What a network says about the images, such as `training.evaluate` returns."""

    @property
    def predictions(self) -> Any: ...  # noqa: D102
    @property
    def probabilities(self) -> Any: ...  # noqa: D102

    def mistakes(self, k: int | None = None) -> Any: ...  # noqa: D102


@styled
def image_row(
    images: Any,
    titles: Sequence[object] | None = None,
    *,
    columns: int = 5,
    maximum: float | None = None,
    largest: float = 1.9,
) -> Figure:
    """Draw grey or coloured images side by side, in as many rows as it takes.

    The alt text should say what the images show, in order.

    Example:
        >>> figure = image_row([[[0, 1], [1, 0]], [[1, 0], [0, 1]]], titles=["falling", "rising"])
        >>> [axes.get_title() for axes in figure.axes]
        ['falling', 'rising']

    Args:
        images: Values from 0 (black), each of shape (H, W), (1, H, W) or (3, H, W).
        titles: One an image; anything that can be printed.
        columns: Images in a row.
        maximum: The value drawn white; left out, the largest in all images, and of coloured ones 1 or 255.
        largest: The width of an image in inches, where there is that much room.

    Returns:
        The figure.

    Raises:
        ValueError: If there are no images, or not as many titles as images.
    """
    drawn = [as_picture(image, "images") for image in images]
    if not drawn:
        raise ValueError("`images` must hold at least one image.")
    if titles is not None and len(titles) != len(drawn):
        raise ValueError(f"`titles` (length {len(titles)}) must hold one title for each of the {len(drawn)} images.")
    brightest = maximum or white(drawn)
    aspect = max(image.shape[0] / image.shape[1] for image in drawn)
    lines = 0 if titles is None else 1 + max(str(title).count("\n") for title in titles)
    figure, grid = image_grid(len(drawn), columns, aspect, title_lines=lines, largest=largest)
    draw_titled(grid, drawn, titles or [""] * len(drawn), brightest)
    return figure


def draw_titled(grid: Sequence[Axes], images: Sequence[Array], titles: Sequence[object], brightest: float) -> None:
    """Draw images with titles in the middle above them.

    Args:
        grid: Where to draw.
        images: Of the shapes (H, W) and (H, W, 3).
        titles: One an image.
        brightest: The value drawn white.
    """
    for axes, image, title in zip(grid, images, titles, strict=True):
        draw_image(axes, image, maximum=brightest)
        axes.set_title(str(title), loc="center", weight="normal")


def as_picture(values: Any, name: str) -> Array:
    """Make an array that can be drawn: grey planes as they are, colours as the last axis.

    Example:
        >>> as_picture([[[1, 2]], [[3, 4]], [[5, 6]]], "image").shape
        (1, 2, 3)

    Args:
        values: Numbers, shape (H, W), (1, H, W) or (3, H, W).
        name: The argument's name, for the message.

    Returns:
        The numbers, shape (H, W) or (H, W, 3).

    Raises:
        ValueError: If another shape is given.
    """
    array = as_array(values)
    if array.ndim == 3 and len(array) == 3:
        return array.transpose(1, 2, 0)
    if array.ndim == 2 or (array.ndim == 3 and len(array) == 1):
        return array.reshape(array.shape[-2:])
    raise ValueError(f"`{name}` (shape {array.shape}) must have the shape (H, W), (1, H, W) or (3, H, W).")


def white(images: Sequence[Array]) -> float:
    """The largest value of grey images; that of the format for coloured ones, whose shades say more."""
    largest = max(float(image.max()) for image in images)
    return (1.0 if largest <= 1 else 255.0) if images[0].ndim == 3 else largest


@styled
def image_numbers(image: Any, *, maximum: float | None = None) -> Figure:
    """Draw a small image with each pixel's value written on it; up to about 16×16 the numbers are legible.

    The alt text should say what the image shows, and where its values are high and low.

    Example:
        >>> [text.get_text() for text in image_numbers([[0, 128], [255, 64]]).axes[0].texts]
        ['0', '128', '255', '64']

    Args:
        image: Values from 0 (black), shape (H, W) or (1, H, W).
        maximum: The value drawn white; left out, the largest.

    Returns:
        The figure.
    """
    plane = as_plane(image, "image")
    board = Board(plane.shape[1] + 0.1, plane.shape[0] + 0.1)
    board.pixels(0.05, 0.05, plane, maximum or float(plane.max()) or 1.0)
    return board.figure


@styled
def mistakes(
    dataset: LabelledImages, verdicts: Verdicts, k: int = 8, *, classes: Sequence[str] | None = None, columns: int = 4
) -> Figure:
    """Draw the images that a network got wrong and was surest about: truth → guess, and the guess's probability.

    The alt text should name some of the confusions and say whether a human would make them.

    Args:
        dataset: The images that the network was shown, for example `data.test`.
        verdicts: What it said, from `training.evaluate` on the same images.
        k: How many images at most.
        classes: The classes' names; left out, their numbers.
        columns: Images in a row.

    Returns:
        The figure.

    Raises:
        ValueError: If nothing was wrong.
    """
    images, titles = worst(dataset, verdicts, k, classes)
    if not images:
        raise ValueError("`verdicts` holds no mistake: there is nothing to draw.")
    return image_row(images, titles, columns=columns)


def worst(
    dataset: LabelledImages, verdicts: Verdicts, k: int, classes: Sequence[str] | None
) -> tuple[list[Any], list[str]]:
    """Pick the images that a network got wrong and was surest about, and describe what it took them for.

    Args:
        dataset: The images that the network was shown.
        verdicts: What it said.
        k: How many images at most.
        classes: The classes' names; left out, their numbers.

    Returns:
        The images, and a title for each.
    """
    places = verdicts.mistakes(k)
    images, labels = dataset.pick(places)
    titles = [
        _confusion(int(label), verdicts, int(index), classes) for index, label in zip(places, labels, strict=True)
    ]
    return list(images), titles


def _confusion(truth: int, verdicts: Verdicts, index: int, classes: Sequence[str] | None) -> str:
    guess = int(verdicts.predictions[index])
    names = [classes[label] if classes else str(label) for label in (truth, guess)]
    arrow = "\n→ " if max(map(len, names)) > 5 else " → "  # long names one below the other
    return f"{names[0]}{arrow}{names[1]}\n{float(verdicts.probabilities[index][guess]):.0%} sure"


def image_grid(
    count: int, columns: int, aspect: float, *, title_lines: int = 1, largest: float = 1.9
) -> tuple[Figure, list[Axes]]:
    """Make a figure with room for `count` images, the last row filled from the left.

    Args:
        count: How many images.
        columns: Images in a row.
        aspect: Height of an image divided by its width.
        title_lines: Lines of text above each image.
        largest: The width of an image in inches, where few images leave that much room.

    Returns:
        The figure and its axes.
    """
    columns = min(columns, count)
    rows = -(-count // columns)  # rounded up
    each = min(WIDTH / columns, largest)
    height = rows * (each * aspect + 0.12 + 0.2 * title_lines)
    figure, axes = plt.subplots(rows, columns, figsize=(columns * each, height), squeeze=False)
    for spare in axes.flat[count:]:
        spare.remove()
    return figure, list(axes.flat[:count])


def draw_image(
    axes: Axes, image: Array, *, maximum: float, minimum: float = 0.0, colours: str | Colormap = "gray"
) -> None:
    """Draw an image on axes without ticks; a small one keeps its sharp pixels, a photograph is scaled smoothly.

    Args:
        axes: Where to draw.
        image: Shape (H, W), or (H, W, 3) with red, green and blue.
        maximum: The value drawn in the last colour.
        minimum: The value drawn in the first colour.
        colours: The colours in between.
    """
    levels = plt.get_cmap(colours)
    style: dict[str, Any] = {"interpolation": "none"}
    if max(image.shape[:2]) > 64:  # fewer shades and pixels keep a photograph's file small
        levels, style = levels.resampled(32), {"interpolation": "antialiased", "interpolation_stage": "data"}
    if image.ndim == 3:
        axes.imshow((image / maximum).clip(0, 1), interpolation=style["interpolation"])
    else:
        axes.imshow(image, cmap=levels, vmin=minimum, vmax=maximum, **style)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=light("grid"))
