"""The command line: `cnn-guide conv`, `cnn-guide summary` and so on, one command a file.

A command's file is imported when the command runs, and what it needs when it needs it, so that `cnn-guide conv`
answers at once. Each file has `EXAMPLES`, and `add_arguments(parser)` and `run(options)`, or `main(parser, words)`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from .. import __version__
from .parsing import Parser, UsageError, among

__all__ = ["COMMANDS", "main"]

COMMANDS = {  # names, and what the commands do
    "conv": "output size of a convolution, step by step",
    "pool": "output size of a pooling layer, step by step",
    "transpose": "output size of a transposed convolution, step by step",
    "explain": "what a layer does to the shape of its input, step by step",
    "solve": "settings that give a wanted size or receptive field",
    "summary": "layers, shapes, parameters and costs of a network",
    "receptive-field": "what the units of a network see of its input",
    "diff": "what changes from one network to another",
    "models": "architectures by name, with their parameters and published weights",
    "train": "train a network and test it",
    "evaluate": "judge a trained network on pictures that it has not seen",
    "predict": "say what is in pictures",
    "export": "write a trained network as ONNX, or in the form that web pages read",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: words after `cnn-guide`; None takes those of the process.

    Returns:
        The exit code: 0, or 2 where the command line or the sizes in it are wrong.
    """
    from ..arithmetic.errors import ShapeError

    _replace_what_cannot_be_printed()
    try:
        _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except (UsageError, ShapeError) as error:
        print(f"cnn-guide: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"cnn-guide: {error}. What it needs comes with: pip install 'cnn-guide[train]'", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(words: list[str]) -> None:
    if not words or words[0].startswith("-"):
        _overview().parse_args(words or ["--help"])
        return
    name = among("command", COMMANDS)(words[0])
    command = import_module(f".{name.replace('-', '_')}", __name__)
    parser = Parser(f"cnn-guide {name}", COMMANDS[name], command.EXAMPLES)
    if hasattr(command, "main"):  # a command with a parser of its own behind ours
        command.main(parser, words[1:])
        return
    command.add_arguments(parser)
    command.run(parser.parse_args(words[1:]))


def _overview() -> Parser:
    """What there is, for a command line without a command."""
    listed = "\n".join(f"  {name:<17}{text}" for name, text in COMMANDS.items())
    parser = Parser(
        "cnn-guide",
        "layer arithmetic, inspection of networks, and training",
        f"commands:\n{listed}\n\nEach command has its own help with examples: cnn-guide conv --help",
    )
    parser.usage = "cnn-guide COMMAND ..."
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _replace_what_cannot_be_printed() -> None:
    """Show "?" for what the terminal's encoding lacks, such as the brackets of formulas in a Windows code page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
