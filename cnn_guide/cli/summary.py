"""`cnn-guide summary`: layers, shapes, parameters and costs of a network."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .networks import add_input, add_network, input_size, naming, shapes
from .parsing import add_format, positive

EXAMPLES = """\
examples:
  cnn-guide summary cnn2
  cnn-guide summary resnet50 --input 3 160 160 --arg num_classes=10
  cnn-guide summary "Sequential(Conv2d(3, 8, kernel_size=3), ReLU())" --input 3 32 32
  cnn-guide summary my_package.networks:build --input 3 224 224 --batch-size 64 --depth 2
  cnn-guide summary cnn1 --input 1 28 28 --json
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The network, its input, and how much is to be shown."""
    add_network(parser, "network")
    add_input(parser)
    parser.add_argument("--batch-size", type=positive, default=1, metavar="N", help="inputs in the batch (default: 1)")
    parser.add_argument("--depth", type=positive, metavar="N", help="levels of nested layers to show (default: all)")
    add_format(parser, "json", "markdown", "html")


def run(options: Namespace) -> None:
    """Print the summary."""
    from ..inspection import summary

    model = shapes(options.network, options.arg)
    with naming(options.network):
        report = summary(model, input_size(options.input, model), batch_size=options.batch_size)
    shown = report.to_depth(options.depth) if options.depth else report
    formats = {"text": shown.to_text, "json": shown.to_json, "markdown": shown.to_markdown, "html": shown._repr_html_}
    print(formats[options.format]())
