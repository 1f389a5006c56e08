"""The command line: `cnn-guide conv`, `cnn-guide summary`, `cnn-guide train`.

What a command needs is imported when it runs, so that `cnn-guide conv` answers at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from inspect import isclass, isroutine
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, NamedTuple

from . import __version__
from .arithmetic import ShapeError, conv_output_size
from .arithmetic.arguments import per_axis
from .arithmetic.coverage import unused_pixels
from .arithmetic.padding import Pair, padding_pairs
from .arithmetic.sizes import AXIS_NAMES

if TYPE_CHECKING:
    from torch import nn

CONV_EXAMPLES = """\
examples:
  cnn-guide conv 28 --kernel-size 3
  cnn-guide conv 32 --kernel-size 8 --stride 2 --padding 1
  cnn-guide conv 100 200 --kernel-size 3 5 --padding same     (height and width)
"""
SUMMARY_EXAMPLES = """\
examples:
  cnn-guide summary cnn2
  cnn-guide summary cnn2 --input 1 28 28
  cnn-guide summary my_package.networks:build --input 3 224 224 --json
"""
TRAIN_EXAMPLES = """\
examples:
  cnn-guide train cnn1 --data digits
  cnn-guide train cnn2 --data mnist --epochs 5 --seed 0

The environment variable CNN_GUIDE_DATA names the folder of data sets.
"""


class UsageError(Exception):
    """A command line that cannot be carried out; its text goes to stderr."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: words after `cnn-guide`; None takes those of the process.

    Returns:
        The exit code: 0, or 2 where the command line or the sizes in it are wrong.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    _replace_what_cannot_be_printed()
    parser, commands = _parser()
    try:
        if words and not words[0].startswith("-"):
            _check_name("command", words[0], commands)
        options = parser.parse_args(words)
        options.run(options)
    except (UsageError, ShapeError) as error:
        print(f"cnn-guide: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"cnn-guide: {error}. What it needs comes with: pip install 'cnn-guide[train]'", file=sys.stderr)
        return 2
    return 0


def _replace_what_cannot_be_printed() -> None:
    """Show "?" for what the terminal's encoding lacks, such as the rules of a table in a Windows code page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _check_name(what: str, name: str, names: Sequence[str], where: str = "") -> None:
    if name not in names:
        close = get_close_matches(name, names, n=1)
        listed = f" Use {', '.join(names)}." if len(names) < 10 else ""
        raise UsageError(f"there is no {what} {name!r}{where}.{f' Did you mean {close[0]!r}?' if close else listed}")


def _parser() -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser and the names of its commands."""
    parser = argparse.ArgumentParser(
        prog="cnn-guide",
        description="Layer arithmetic, model summaries and training, as in the lessons of the CNN Guide.",
        epilog="Each command has its own help with examples: cnn-guide conv --help",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(run=lambda options: parser.print_help())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add, name, text, examples in (
        (_add_conv, "conv", "output size of a convolution, with the formula", CONV_EXAMPLES),
        (_add_summary, "summary", "layers, shapes, parameters and MACs of a network", SUMMARY_EXAMPLES),
        (_add_train, "train", "train a network of the lessons and test it", TRAIN_EXAMPLES),
    ):
        layout = argparse.RawDescriptionHelpFormatter  # keeps the lines of the examples
        description = f"{text[0].upper()}{text[1:]}."
        add(commands.add_parser(name, help=text, description=description, epilog=examples, formatter_class=layout))
    return parser, list(commands.choices)


def _add_conv(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("size", nargs="+", type=int, help="pixels of the input; several numbers mean several axes")
    add("--kernel-size", "-k", nargs="+", type=int, required=True, metavar="K", help="pixels of the kernel")
    add("--stride", "-s", nargs="+", type=int, default=[1], metavar="S", help="step of the window (default: 1)")
    add(
        "--padding",
        "-p",
        nargs="+",
        type=_pad,
        default=[0],
        metavar="P",
        help='pixels on both sides, "same" or "valid"',
    )
    add("--dilation", "-d", nargs="+", type=int, default=[1], metavar="D", help="step inside the kernel (default: 1)")
    add("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_conv)


def _add_summary(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", help="a network of the lessons (dense, cnn1, cnn2), or package.module:factory")
    add("--input", nargs="+", type=int, metavar="SIZE", help="shape of one input without the batch axis: C H W")
    add("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_summary)


def _add_train(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", help="a network of the lessons: dense, cnn1, cnn2")
    add("--data", choices=("digits", "mnist"), default="digits", help="images to learn from (default: digits)")
    add("--epochs", type=_positive, default=5, help="passes over the training images (default: 5)")
    add("--learning-rate", type=_above_zero, default=1e-3, metavar="RATE", help="step size of Adam (default: 0.001)")
    add("--seed", type=int, default=0, help="decides first weights, shuffles and dropout (default: 0)")
    parser.set_defaults(run=_train)


def _pad(word: str) -> int | str:
    return word if word in ("same", "valid") else int(word)


_pad.__name__ = 'number, "same" or "valid"'  # argparse says "invalid … value"


def _positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def _above_zero(word: str) -> float:
    number = float(word)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"must be above 0, not {word}")
    return number


class _Axis(NamedTuple):
    """A convolution along one axis."""

    n: int
    k: int
    s: int
    pad: Pair
    d: int
    o: int

    @property
    def formula(self) -> str:
        """The rule with symbols, with numbers, and its value."""
        before, after = self.pad
        symbols, numbers = ("2p", f"2·{before}") if before == after else ("p + p'", f"{before} + {after}")
        kernel = ("k", f"{self.k}") if self.d == 1 else ("d(k − 1) − 1", f"{self.d}·({self.k} − 1) − 1")
        return (
            f"⌊(n + {symbols} − {kernel[0]}) / s⌋ + 1 = "
            f"⌊({self.n} + {numbers} − {kernel[1]}) / {self.s}⌋ + 1 = {self.o}"
        )

    @property
    def unused(self) -> tuple[int, ...]:
        """Pixels that no window reads."""
        return unused_pixels(self.n, self.k, self.s, self.pad[0], self.d, output_size=self.o)


def _conv(options: argparse.Namespace) -> None:
    sizes = tuple(options.size)
    kernels, strides, dilations = (
        per_axis(name, _one_or_all(getattr(options, name)), len(sizes), least=1)
        for name in ("kernel_size", "stride", "dilation")
    )
    padding = _one_or_all(options.padding)
    outputs = conv_output_size(sizes, kernels, strides, padding, dilations)
    pads = padding_pairs(padding, kernels, strides, dilations)
    axes = [_Axis(*axis) for axis in zip(sizes, kernels, strides, pads, dilations, outputs, strict=True)]
    print(_conv_json(axes) if options.json else _conv_text(axes))


def _one_or_all(values: list[int]) -> int | tuple[int, ...]:
    return values[0] if len(values) == 1 else tuple(values)


def _conv_json(axes: list[_Axis]) -> str:
    names = ("input_size", "kernel_size", "stride", "padding", "dilation", "output_size")
    records = [dict(zip(names, axis, strict=True)) | {"unused_pixels": axis.unused} for axis in axes]
    return json.dumps({"output_size": [axis.o for axis in axes], "axes": records}, indent=2)


def _conv_text(axes: list[_Axis]) -> str:
    names = AXIS_NAMES.get(len(axes), tuple(f"axis {index}" for index in range(len(axes))))
    lines = [f"Output size: {' × '.join(str(axis.o) for axis in axes)}"]
    for name, axis in zip(names, axes, strict=True):
        unused = f"Never used: {_listed(axis.unused)} of 0 to {axis.n - 1}." if axis.unused else "Every pixel is used."
        lines += [f"{name}: {axis.formula}. {unused}"] if len(axes) > 1 else [axis.formula, unused]
    return "\n".join(lines)


def _listed(pixels: tuple[int, ...], most: int = 6) -> str:
    """Pixels as runs: pixels 3-5, 9.

    Example:
        >>> _listed((3, 4, 5, 9))
        'pixels 3-5, 9'
    """
    starts = [pixel for pixel in pixels if pixel - 1 not in pixels]
    ends = [pixel for pixel in pixels if pixel + 1 not in pixels]
    runs = [f"{a}" if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]
    more = ", …" if len(runs) > most else ""
    return f"{'pixel' if len(pixels) == 1 else 'pixels'} {', '.join(runs[:most])}{more}"


def _summary(options: argparse.Namespace) -> None:
    from .inspection import summary

    try:
        model: Any = _made(options.model) if ":" in options.model else _lesson_model(options.model)
        report = summary(model, tuple(options.input) if options.input else None)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{options.model}: {error}") from error
    print(report.to_json() if options.json else report)


def _lesson_model(name: str) -> nn.Module:
    from . import models

    _check_name("network", name, models.names())
    return models.create(name)


def _made(reference: str) -> object:
    """What `package.module:factory` gives; the current folder is searched first, as by `python -m`."""
    module_name, _, name = reference.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        raise UsageError(f"{reference}: {error}.") from error
    _check_name("name", name, [word for word in dir(module) if not word.startswith("_")], f" in {module_name}")
    found = getattr(module, name)
    return found() if isclass(found) or isroutine(found) else found


def _train(options: argparse.Namespace) -> None:
    """Train, with a line an epoch, and say how good the network is on images it has not seen."""
    import torch

    from . import data, training

    torch.manual_seed(options.seed)
    model = _lesson_model(options.model)
    try:
        mnist = options.data == "mnist"
        images = data.MNIST(seed=options.seed) if mnist else data.Digits(seed=options.seed, image_size=28)
        print(images)
        fit = training.fit(model, images, epochs=options.epochs, learning_rate=options.learning_rate, seed=options.seed)
    except (OSError, ValueError, data.DownloadError) as error:
        raise UsageError(str(error)) from error
    for epoch in fit.history:
        print(f"epoch {epoch.epoch}: {epoch.train_accuracy:.1%} training, {epoch.val_accuracy:.1%} validation accuracy")
    print(f"{fit.seconds:.0f} s. Test images: {training.evaluate(fit.model, images.test)}")


if __name__ == "__main__":
    raise SystemExit(main())
