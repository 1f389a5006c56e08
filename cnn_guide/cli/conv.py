"""`cnn-guide conv`: output size of a convolution."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .parsing import add_format
from .windows import add_window, show_size

EXAMPLES = """\
examples:
  cnn-guide conv 28 --kernel-size 3
  cnn-guide conv 32 --kernel-size 8 --stride 2 --padding 1
  cnn-guide conv 100 200 --kernel-size 3 5 --padding same     (height and width)
  cnn-guide conv 10 --kernel-size 2 --padding 0,1             (before and after)
"""
SETTINGS = ("kernel_size", "stride", "padding", "dilation")


def add_arguments(parser: ArgumentParser) -> None:
    """The input and the settings of the convolution."""
    paddings = 'pixels added on both sides; two as in 0,1 for before and after; "same" or "valid"'
    add_window(parser, *SETTINGS, named_padding=True, padding=paddings)
    add_format(parser, "json", "html", "latex")


def run(options: Namespace) -> None:
    """Explain the output size."""
    from ..arithmetic.sizes import conv_output_size

    show_size(conv_output_size, options, *SETTINGS)
