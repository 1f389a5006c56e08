"""`cnn-guide receptive-field`: what the units of a network see of its input."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from .networks import add_input, add_network, input_size, naming, shapes
from .parsing import UsageError, add_format

if TYPE_CHECKING:
    from ..arithmetic.receptive_field import Region
    from ..inspection import ReceptiveField

EXAMPLES = """\
examples:
  cnn-guide receptive-field "Sequential(Conv2d(1, 16, 3), MaxPool2d(2))" --input 1 28 28
  cnn-guide receptive-field cnn2 --unit 0 2
  cnn-guide receptive-field my_network.txt --input 3 224 224 --json
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The network, its input, and a unit of interest."""
    add_network(parser, "network")
    add_input(parser)
    add = parser.add_argument
    add("--unit", nargs="+", type=int, metavar="PLACE", help="row and column of a unit of the last map: what it sees")
    gates = "let normalisation over a map, and gates such as squeeze-and-excitation, see the whole map"
    add("--strict", action="store_true", help=gates)
    add_format(parser, "json", "html")


def run(options: Namespace) -> None:
    """Print the field of the last units, and that of every layer."""
    from ..inspection import receptive_field

    model = shapes(options.network, options.arg)
    size = input_size(options.input, model)
    if size is None:
        raise UsageError(f"{options.network} needs --input, the shape of one input, such as --input 3 224 224.")
    with naming(options.network):
        field = receptive_field(model, size, strict=options.strict)
        seen = {"region": field.region(options.unit)} if options.unit else {}
    if options.format == "json":
        import json

        print(json.dumps(_record(field) | seen, indent=2, default=str))  # a jump may be a fraction: "1/2"
        return
    print(field if options.format == "text" else field._repr_html_())
    for region in seen.values():
        print(f"\nunit {tuple(options.unit)} sees {_pixels(region)}")


def _record(field: ReceptiveField) -> dict[str, Any]:
    names = ("model", "size", "jump", "start", "units", "uniform", "aligned")
    rows = [
        {name: getattr(row, name) for name in ("name", "kind", "size", "jump", "start", "lost")} for row in field.table
    ]
    return {name: getattr(field, name) for name in names} | {"layer": field.layer.name, "table": rows}


def _pixels(region: Region) -> str:
    """Rows and columns of the input, first and last."""
    return " × ".join("nothing" if ends is None else f"{ends[0]}-{ends[1]}" for ends in region)
