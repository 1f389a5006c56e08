"""`cnn-guide transpose`: output size of a transposed convolution."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .parsing import add_format
from .windows import add_window, show_size

EXAMPLES = """\
examples:
  cnn-guide transpose 14 --kernel-size 4 --stride 2 --padding 1
  cnn-guide transpose 7 9 --kernel-size 3 --stride 2 --padding 1 --output-padding 1
"""
SETTINGS = ("kernel_size", "stride", "padding", "output_padding", "dilation")


def add_arguments(parser: ArgumentParser) -> None:
    """The input and the settings of the transposed convolution."""
    strides = "pixels between two stamps of the kernel on the output"
    paddings = "pixels cut off the output on both sides"
    add_window(parser, *SETTINGS, stride=strides, padding=paddings)
    add_format(parser, "json", "html", "latex")


def run(options: Namespace) -> None:
    """Explain the output size."""
    from ..arithmetic.sizes import conv_transpose_output_size

    show_size(conv_transpose_output_size, options, *SETTINGS)
