"""`cnn-guide diff`: what changes from one network to another."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .networks import add_input, add_network, input_size, naming, shapes
from .parsing import add_format

EXAMPLES = """\
examples:
  cnn-guide diff cnn1 cnn2
  cnn-guide diff cnn1 cnn2 --input 1 28 28 --arg num_classes=26
  cnn-guide diff "Conv2d(3, 8, 3)" "Conv2d(3, 8, 5)" --input 3 32 32 --json
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The networks and their input."""
    add_network(parser, "before", "after")
    add_input(parser)
    add_format(parser, "json", "markdown", "html")


def run(options: Namespace) -> None:
    """Print the difference."""
    from ..inspection import summary

    reports = []
    for reference in (options.before, options.after):
        model = shapes(reference, options.arg)
        with naming(reference):
            reports.append(summary(model, input_size(options.input)))
    diff = reports[0].diff(reports[1])
    formats = {"text": diff.to_text, "json": diff.to_json, "markdown": diff.to_markdown, "html": diff._repr_html_}
    print(formats[options.format]())
