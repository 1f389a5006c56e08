"""`cnn-guide explain`: what a layer does to the shape of its input."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from .networks import add_input, described
from .parsing import UsageError, add_format

if TYPE_CHECKING:
    from ..arithmetic.explanation import Explanation

EXAMPLES = """\
examples:
  cnn-guide explain "Conv2d(3, 20, kernel_size=8, stride=2, padding=1)" --input 3 32 32
  cnn-guide explain "Sequential(MaxPool2d(2, ceil_mode=True), Flatten())" --input 16 9 9
  cnn-guide explain "Linear(784, 10)" --input 784 --latex
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The layer and its input."""
    parser.add_argument("layer", help="a layer as it is written in Python, or a file that holds one")
    add_input(parser, required=True)
    add_format(parser, "json", "html", "latex")


def run(options: Namespace) -> None:
    """Explain the layer on its input."""
    from ..arithmetic.explanation import explain

    show(explain(described(options.layer), tuple(options.input)), options.format)


def show(explanation: Explanation, form: str) -> None:
    """Print an explanation, or refuse what it refuses, with what would do instead."""
    if explanation.refusal is not None:
        raise UsageError("\n  Or: ".join(map(str, (explanation.refusal, *explanation.nearest))))
    if form == "json":
        import json

        print(json.dumps(explanation.to_dict(), indent=2))
    else:
        print({"text": explanation.text, "html": explanation.html, "latex": explanation.latex}[form]())
