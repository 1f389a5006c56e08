"""`cnn-guide predict`: what a trained network says about pictures."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from .parsing import UsageError, add_format, positive
from .trained import PUBLISHED, add_trained, is_name, trained

EXAMPLES = f"""\
examples:
  cnn-guide predict runs/digits digit.png
  cnn-guide predict runs/digits --invert scans/ --json
  cnn-guide predict resnet18 --weights {PUBLISHED} cat.jpg dog.jpg
  cat cat.jpg | cnn-guide predict resnet18 -

Folders are searched with all that is in them; - is a picture on standard input.
What cannot be read is named on standard error, and the exit code is then 1.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The network, the pictures, and how many guesses are wanted."""
    add_trained(parser)
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help="files, folders, or - for standard input")
    add("--top", type=positive, default=3, metavar="K", help="guesses for each picture (default: 3)")
    add("--invert", action="store_true", help="swap dark and bright: for dark digits on white paper")
    add_format(parser, "json")


def run(options: Namespace) -> None:
    """Print the guesses; end with 1 where a picture could not be read."""
    from ..training import predict

    weights = options.weights or (PUBLISHED if is_name(options.network) else None)
    found = trained(options.network, weights)
    try:
        said = predict(found, options.pictures, k=options.top, invert=options.invert)
    except (ValueError, RuntimeError) as error:  # of a network that cannot take such pictures
        raise UsageError(f"{options.network}: {error}") from error
    print(said.to_json() if options.format == "json" else said.to_text())
    for each in said.unreadable:
        print(f"cnn-guide: {each.source}: {each.reason}", file=sys.stderr)
    if said.unreadable:
        sys.stdout.flush()
        raise SystemExit(1)
