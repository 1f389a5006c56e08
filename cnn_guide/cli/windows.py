"""What the commands about one sliding window share: conv, pool and transpose."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any

from .explain import show
from .parsing import one_or_all

Pad = int | str | tuple[int, int]


def pad(word: str) -> Pad:
    """Pixels on both sides, two numbers for before and after, "same" or "valid"."""
    if word in ("same", "valid"):
        return word
    try:
        numbers = tuple(map(int, word.split(",")))
    except ValueError:
        numbers = ()
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 2:
        return numbers[0], numbers[1]
    raise ArgumentTypeError(f"must be a number, two as in 0,1, same or valid, not {word!r}")


TEXTS = {
    "kernel_size": "pixels of the kernel",
    "stride": "pixels between two positions of the window",
    "padding": "pixels added on both sides",
    "dilation": "pixels between two neighbouring kernel entries",
    "output_padding": "pixels added at the end of the output",
}


def add_window(parser: ArgumentParser, *names: str, named_padding: bool = False, **texts: str) -> None:
    """The sizes of an input, and the settings of a window that slides over it, one for all axes or one an axis."""
    add = parser.add_argument
    add("size", nargs="+", type=int, help="pixels of the input; several numbers mean several axes")
    for name in names:
        short = [] if name == "output_padding" else [f"-{name[0]}"]
        kind: Callable[[str], Any] = pad if name == "padding" and named_padding else int
        text = texts.get(name, TEXTS[name])
        flags = [f"--{name.replace('_', '-')}", *short]
        add(*flags, nargs="+", type=kind, metavar=name[0].upper(), required=name == "kernel_size", help=text)


def show_size(function: Callable[..., Any], options: Namespace, *names: str) -> None:
    """How the size comes about; only the settings that are given are named."""
    from ..arithmetic.explanation.calls import explain_call

    given = {name: getattr(options, name) for name in names}
    settings = {name: settled(value, len(options.size)) for name, value in given.items() if value}
    show(explain_call(function, one_or_all(options.size), **settings), options.format)


def settled(values: bool | list[Any], axes: int) -> Any:
    """A setting as the functions take it: one value for all axes, or one an axis; pairs if any sides differ."""
    if isinstance(values, bool):
        return values
    if any(isinstance(value, tuple) for value in values):
        pairs = tuple(value if isinstance(value, tuple) else (value, value) for value in values)
        return pairs * axes if len(pairs) == 1 else pairs
    return one_or_all(values)
