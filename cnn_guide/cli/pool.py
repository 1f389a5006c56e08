"""`cnn-guide pool`: output size of a pooling layer."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .parsing import add_format
from .windows import add_window, show_size

EXAMPLES = """\
examples:
  cnn-guide pool 28 --kernel-size 2
  cnn-guide pool 11 --kernel-size 2 --ceil-mode
  cnn-guide pool 112 112 --kernel-size 3 --stride 2 --padding 1     (height and width)
"""
SETTINGS = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")


def add_arguments(parser: ArgumentParser) -> None:
    """The input and the settings of the window."""
    strides = "pixels between two windows (default: the kernel's size)"
    paddings = "pixels added on both sides, at most half the kernel"
    add_window(parser, *SETTINGS[:-1], stride=strides, padding=paddings)
    parser.add_argument("--ceil-mode", action="store_true", help="count a last window that sticks out")
    add_format(parser, "json", "html", "latex")


def run(options: Namespace) -> None:
    """Explain the output size."""
    from ..arithmetic.sizes import pool_output_size

    show_size(pool_output_size, options, *SETTINGS)
