"""A figure in two themes: drawn once in the light colours, then in the dark ones."""

from __future__ import annotations

import io
import re
from typing import Any

from matplotlib.figure import Figure

from cnn_guide.figures import darken, recolour

SVG_LIMIT = 200_000  # bytes; a heavier drawing is sent as two PNG pictures


def draw(figure: Figure) -> dict[str, Any]:
    """Return `{"kind": "svg" | "png", "light": text or bytes, "dark": …, "width": …, "height": CSS pixels}`."""
    light = _save(figure, "svg").decode()
    if len(light) <= SVG_LIMIT:
        return {"kind": "svg", "light": light, "dark": darken(light), **_size(light)}
    pictures = {"light": _save(figure, "png")}
    recolour(figure)
    pictures["dark"] = _save(figure, "png")
    return {"kind": "png", **pictures, **_size(light)}


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
