"""`cnn-guide models`: the architectures, and the weights that are published for them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .networks import shapes
from .parsing import add_format, among

if TYPE_CHECKING:
    from ..models import Weights
    from ..report.quantities import Cell
    from ..report.table import Table

EXAMPLES = """\
examples:
  cnn-guide models
  cnn-guide models resnet50 mobilenet_v2
  cnn-guide models convnext_tiny --json

Load weights by models.load_weights(network, NAME), or by --weights NAME elsewhere.
"""
HEADINGS = ("Name", "Weights", "Input", "Parameters", "Top-1", "Top-5", "File")


def add_arguments(parser: ArgumentParser) -> None:
    """The names that are wanted."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="architectures to show (default: all)")
    add_format(parser, "json", "markdown", "html")


def run(options: Namespace) -> None:
    """Print the list."""
    from .. import models

    read = among("network", models.names())
    found = [_architecture(read(name)) for name in options.names or models.names()]
    if options.format == "json":
        import json

        print(json.dumps(found, indent=2))
        return
    table = _table(found)
    print({"text": table.text, "markdown": table.markdown, "html": table.html}[options.format]())


def _architecture(name: str) -> dict[str, Any]:
    """An architecture as plain values, with its parameters counted."""
    from .. import count_parameters, models

    return {
        "name": name,
        "input_size": models.input_size(name),
        "parameters": count_parameters(shapes(name, [])).total,
        "weights": [_published(weights) for weights in models.weights(name)],
    }


def _published(weights: Weights) -> dict[str, Any]:
    named = {key: value for key, value in asdict(weights).items() if key not in ("architecture", "preprocessing")}
    return {**named, "preprocessing": weights.preprocessing.to_dict()}


def _table(found: list[dict[str, Any]]) -> Table:
    from ..report.table import Table

    rows = tuple(row for architecture in found for row in _rows(architecture))
    title = "Networks; accuracies of published weights on ImageNet's validation pictures"
    return Table(title, HEADINGS, rows, ("",) * len(rows), optional=("File", "Top-5", "Input"))


def _rows(architecture: dict[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """A row for each file of weights; one without if there is none."""
    from ..report.quantities import Bytes

    size, parameters = tuple(architecture["input_size"]), architecture["parameters"]
    if not architecture["weights"]:
        yield architecture["name"], None, size, parameters, None, None, None
    for weights in architecture["weights"]:
        marks = [None if mark is None else f"{mark:.1f} %" for mark in (weights["top1"], weights["top5"])]
        yield architecture["name"], weights["name"], size, parameters, *marks, Bytes(weights["bytes"])
