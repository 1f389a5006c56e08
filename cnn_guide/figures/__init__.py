"""Drawings of the lessons' core objects, legible on light and dark pages; each function returns a matplotlib `Figure`."""

from cnn_guide.figures.palette import PALETTE, Colour, use_style

__all__ = ["PALETTE", "Colour", "use_style"]
