"""A figure in two themes: drawn in the light colours, then recoloured for a dark ground; and both in one file."""

import io
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from cnn_guide.figures.palette import PALETTE, light

PICTURE_SUFFIXES = (".svg", ".png", ".pdf")
_DOTS = 144  # per inch of a PNG
_ARTIST_COLOURS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def darken(svg: str) -> str:
    """Replace every light colour of the palette by its dark partner.

    Example:
        >>> darken('<path style="fill: #1f2430"/>')
        '<path style="fill: #e4e7ec"/>'

    Args:
        svg: A figure as matplotlib writes it.

    Returns:
        The same figure for a dark page.
    """
    dark = {colour.light: colour.dark for colour in PALETTE.values()}
    return re.sub("|".join(dark), lambda found: dark[found[0].lower()], svg, flags=re.I)


def follow_the_viewer(svg: str) -> str:
    """Let a file be light or dark as its viewer's settings say; a program without such settings shows it light.

    Example:
        >>> follow_the_viewer('<svg><path style="fill: #1f2430"/></svg>').splitlines()[-1]
        '<path style="fill: #1f2430; fill: var(--ink, #1f2430)"/></svg>'

    Args:
        svg: A figure as matplotlib writes it.

    Returns:
        The same figure with both colours in it.
    """
    dark = "".join(f"--{name}:{colour.dark};" for name, colour in PALETTE.items())
    sheet = f"\n<style>@media (prefers-color-scheme: dark) {{:root {{{dark}}}}}</style>\n"
    names = {colour.light: name for name, colour in PALETTE.items()}
    both = re.sub(
        rf"(fill|stroke): ({'|'.join(names)})",
        lambda found: f"{found[0]}; {found[1]}: var(--{names[found[2]]}, {found[2]})",
        svg,
    )
    return re.sub(r"(<svg\b[^>]*>)", lambda found: found[0] + sheet, both, count=1)


def recolour(figure: Figure) -> None:
    """Give every artist the dark partner of its colour, in place.

    Args:
        figure: Drawn in the light colours of the palette.
    """
    colours = {colour.light: colour.dark for colour in PALETTE.values()}
    for artist in figure.findobj():
        for name in _ARTIST_COLOURS:
            _recolour(artist, name, colours)


def save(figure: Figure, path: str | Path, *, dark: bool = False, close: bool = False) -> None:
    """Write a figure to a file, with the ground of a page behind it.

    An SVG file is light or dark as its viewer prefers; PNG and PDF files are light.

    Args:
        figure: One of the guide's.
        path: Where to; its ending says the format: .svg, .png or .pdf.
        dark: Whether to write the dark figure in any case; it then keeps its dark colours in memory, too.
        close: Whether the figure is done with, and pyplot is to forget it.

    Raises:
        ValueError: If the ending is another one.
    """
    kind = Path(path).suffix.lower()
    if kind not in PICTURE_SUFFIXES:
        raise ValueError(f"`path` (={str(path)!r}) must end with {', '.join(PICTURE_SUFFIXES)}.")
    if dark:
        recolour(figure)
    ground = PALETTE["paper"].dark if dark else light("paper")
    content = _drawn(figure, kind[1:], ground)
    if kind == ".svg" and not dark:
        content = follow_the_viewer(content.decode()).encode()
    Path(path).write_bytes(content)
    if close:
        plt.close(figure)


def _drawn(figure: Figure, kind: str, ground: str) -> bytes:
    unstable = {"svg": ("Date",), "pdf": ("CreationDate",), "png": ("Software",)}[kind]  # the same bytes always
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "cnn-guide"}):
        style: dict[str, Any] = {"facecolor": ground, "bbox_inches": "tight", "pad_inches": 0.15}
        figure.savefig(buffer, format=kind, dpi=_DOTS, metadata=dict.fromkeys(unstable), **style)
    return buffer.getvalue()


def _recolour(artist: Artist, name: str, colours: dict[str, str]) -> None:
    getter, setter = getattr(artist, f"get_{name}", None), getattr(artist, f"set_{name}", None)
    if getter is None or setter is None:
        return
    old = getter()
    if isinstance(old, str) and old == "none":
        return
    rows = mpl.colors.to_rgba_array(old)
    new = [mpl.colors.to_rgba(colours.get(to_hex(row), to_hex(row)), row[3]) for row in rows]
    if any(to_hex(row) in colours for row in rows):
        setter(new if len(new) > 1 else new[0])
