"""The colours and the style of all figures, for a light and a dark page."""

from typing import Any, NamedTuple

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap


class Colour(NamedTuple):
    """One meaning, two colours.

    Args:
        light: Hexadecimal colour on the light page.
        dark: The same thing on the dark page.
    """

    light: str
    dark: str


# Figures are drawn with the light colours; the site makes the dark figure by replacing them in the SVG.
# None is a pure grey, so that a grey pixel (equal red, green and blue) is never taken for one of them.
PALETTE = {
    "ink": Colour("#1f2430", "#e4e7ec"),
    "muted": Colour("#5b6472", "#9aa4b2"),
    "grid": Colour("#d5dae1", "#363d48"),
    "paper": Colour("#fdfeff", "#15171b"),
    "blue": Colour("#1f6fb2", "#6fb1ec"),
    "orange": Colour("#b4530a", "#f0a25e"),
    "green": Colour("#1d7a4c", "#63c795"),
    "red": Colour("#bf2f3b", "#f28b8b"),
    "purple": Colour("#7a4fb0", "#bd9cf0"),
    "teal": Colour("#0c7480", "#55c2cb"),
}

SERIES = ("blue", "orange", "green", "purple", "red", "teal")  # the order in which lines take their colours

# On a pixel, whose colour is the same on both pages, numbers are black or white on both pages.
BLACK, WHITE = "#000000", "#ffffff"

DIVERGING = LinearSegmentedColormap.from_list("cnn_guide_diverging", ["#a84b06", "#f3f3f1", "#1a65a6"])


def light(name: str) -> str:
    """Return a colour as it is drawn.

    Example:
        >>> light("blue")
        '#1f6fb2'

    Args:
        name: A name in `PALETTE`.

    Returns:
        The hexadecimal colour for the light page.
    """
    return PALETTE[name].light


STYLE: dict[Any, Any] = {
    "figure.facecolor": "none",
    "figure.dpi": 80,  # of photographs in an SVG; its lines and letters have no resolution
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "savefig.dpi": "figure",
    "svg.fonttype": "path",  # looks the same on every machine
    "svg.hashsalt": "cnn-guide",  # the same figure gives the same file
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.facecolor": "none",
    "axes.edgecolor": light("muted"),
    "axes.labelcolor": light("ink"),
    "axes.labelsize": 10.5,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlecolor": light("ink"),
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.prop_cycle": cycler(color=[light(name) for name in SERIES]),
    "axes.grid.axis": "y",
    "grid.color": light("grid"),
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "text.color": light("ink"),
    "xtick.color": light("muted"),
    "ytick.color": light("muted"),
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.frameon": False,
    "legend.labelcolor": light("ink"),
    "image.cmap": "gray",
    "image.interpolation": "none",
}

styled = mpl.rc_context(STYLE)  # a decorator: a figure of the guide looks the same whatever style the reader has set


def use_style() -> None:
    """Give the reader's own figures the style of the guide's: thin axes, transparent ground, text as outlines.

    Example:
        >>> with mpl.rc_context():  # only here, so that the example changes nothing else
        ...     use_style()
        ...     mpl.rcParams["svg.fonttype"]
        'path'
    """
    mpl.rcParams.update(STYLE)
