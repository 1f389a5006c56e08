"""A figure in two themes: drawn once in the light colours, then in the dark ones."""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from cnn_guide.figures import PALETTE

SVG_LIMIT = 200_000  # bytes; a heavier drawing is sent as two PNG pictures
_PROPERTIES = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def _dark_of() -> dict[str, str]:
    return {colour.light.lower(): colour.dark.lower() for colour in PALETTE.values()}


def draw(figure: Figure) -> dict[str, Any]:
    """Return `{"kind": "svg" | "png", "light": text or bytes, "dark": …, "width": …, "height": CSS pixels}`."""
    light = _save(figure, "svg").decode()
    if len(light) <= SVG_LIMIT:
        return {"kind": "svg", "light": light, "dark": darken(light), **_size(light)}
    pictures = {"light": _save(figure, "png")}
    recolour(figure, _dark_of())
    pictures["dark"] = _save(figure, "png")
    return {"kind": "png", **pictures, **_size(light)}


def darken(svg: str) -> str:
    """Replace every light colour of the palette by its dark partner."""
    dark = _dark_of()
    return re.sub("|".join(dark), lambda match: dark[match[0].lower()], svg, flags=re.I)


def recolour(figure: Figure, colours: dict[str, str]) -> None:
    """Change, in place, every artist's colours that stand in `colours` (hex to hex)."""
    for artist in figure.findobj():
        for name in _PROPERTIES:
            _recolour_property(artist, name, colours)


def _recolour_property(artist: Artist, name: str, colours: dict[str, str]) -> None:
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


def _save(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    unstable = (
        ("Date", "Creator", "Format", "Type") if kind == "svg" else ("Software",)
    )  # left out: the same bytes always
    figure.savefig(
        buffer,
        format=kind,
        bbox_inches="tight",
        dpi=144 if kind == "png" else "figure",
        metadata=dict.fromkeys(unstable),
    )
    return buffer.getvalue()


def _size(svg: str) -> dict[str, int]:
    """Return the drawing's size in CSS pixels, of which an inch has 96, as it has 72 of the SVG's points."""
    points = re.search(r'<svg[^>]*?\swidth="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if not points:
        raise ValueError(f"matplotlib's SVG does not begin with its size: {svg[:300]!r}")
    return {"width": round(float(points[1]) * 96 / 72), "height": round(float(points[2]) * 96 / 72)}
