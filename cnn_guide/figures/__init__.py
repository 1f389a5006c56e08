"""Drawings of the lessons' core objects, legible on light and dark pages; each function returns a `Figure`."""

from cnn_guide.figures.confusion import confusion_matrix
from cnn_guide.figures.convolution import convolution_grid, coverage, kernel_gallery
from cnn_guide.figures.curves import model_comparison, parameters_against_side, training_curves
from cnn_guide.figures.evaluation import evaluation
from cnn_guide.figures.images import image_numbers, image_row, mistakes
from cnn_guide.figures.network import network
from cnn_guide.figures.palette import PALETTE, Colour, use_style
from cnn_guide.figures.reliability import reliability, roc
from cnn_guide.figures.themes import darken, recolour, save

__all__ = [
    "PALETTE",
    "Colour",
    "confusion_matrix",
    "convolution_grid",
    "coverage",
    "darken",
    "evaluation",
    "image_numbers",
    "image_row",
    "kernel_gallery",
    "mistakes",
    "model_comparison",
    "network",
    "parameters_against_side",
    "recolour",
    "reliability",
    "roc",
    "save",
    "training_curves",
    "use_style",
]
