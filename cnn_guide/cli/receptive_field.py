"""`cnn-guide receptive-field`: what the units of a network see of its input."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .networks import add_input, add_network, naming, network
from .parsing import add_format

EXAMPLES = """\
examples:
  cnn-guide receptive-field "Sequential(Conv2d(1, 16, 3), MaxPool2d(2))" --input 1 28 28
  cnn-guide receptive-field cnn2 --input 1 28 28
  cnn-guide receptive-field my_network.txt --input 3 224 224 --json
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The network and its input."""
    add_network(parser, "network")
    add_input(parser, required=True)
    parser.add_argument(
        "--strict", action="store_true",
        help="let normalisation over a map, and gates such as squeeze-and-excitation, see the whole map",
    )  # fmt: skip
    add_format(parser, "json", "markdown", "html")


def run(options: Namespace) -> None:
    """Print the field of the last units, and that of every layer."""
    from ..inspection import receptive_field

    model = network(options.network, options.arg)
    with naming(options.network):
        field = receptive_field(model, tuple(options.input), strict=options.strict)
    formats = {"text": field.__repr__, "json": field.to_json, "markdown": field.to_markdown, "html": field._repr_html_}
    print(formats[options.format]())
