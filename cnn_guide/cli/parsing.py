"""Command lines read with argparse, and answers to slips of the pen."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Collection, Sequence
from typing import Any, NoReturn


class UsageError(ArgumentTypeError):
    """A command line that cannot be carried out; its text goes to stderr."""


class Parser(ArgumentParser):
    """The options of one command.

    Args:
        prog: the command as it is typed.
        text: what it does, in lower case.
        examples: lines below the help.
    """

    def __init__(self, prog: str, text: str, examples: str) -> None:
        layout = RawDescriptionHelpFormatter  # keeps the lines of the examples
        super().__init__(prog, description=f"{text[0].upper()}{text[1:]}.", epilog=examples, formatter_class=layout)

    def parse_args(self, words: Sequence[str]) -> Namespace:  # type: ignore[override]  # always given here
        """The options, with an answer to a misspelt one before any other complaint."""
        options = self._option_string_actions
        for word in words:
            name = word.partition("=")[0]
            if name.startswith("--") and not any(option.startswith(name) for option in options):
                among("option", options)(name)
        return super().parse_args(words)

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise UsageError(f"{message.rstrip('.')}{'' if message.endswith('?') else '.'} Help: {self.prog} --help")


def among(what: str, names: Collection[str]) -> Callable[[str], str]:
    """A reader of words that accepts these names, and suggests the closest one for any other word."""

    def read(word: str) -> str:
        if word in names:
            return word
        from difflib import get_close_matches

        close = get_close_matches(word, names, n=1)
        listed = f" Use {', '.join(names)}." if len(names) < 20 else ""
        raise UsageError(f"there is no {what} {word!r}.{f' Did you mean {close[0]!r}?' if close else listed}")

    return read


def positive(word: str) -> int:
    """An integer of at least 1."""
    number = int(word)
    if number < 1:
        raise ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def above_zero(word: str) -> float:
    """A number above 0."""
    number = float(word)
    if not number > 0:
        raise ArgumentTypeError(f"must be above 0, not {word}")
    return number


def one_or_all(values: list[Any]) -> Any:
    """The value, if there is one for all axes; else a tuple with one an axis."""
    return values[0] if len(values) == 1 else tuple(values)


def add_format(parser: ArgumentParser, *formats: str) -> None:
    """Options for the format of what is printed; text is the default."""
    for name in formats:
        parser.add_argument(f"--{name}", dest="format", action="store_const", const=name, help=f"print {FORMATS[name]}")
    parser.set_defaults(format="text")


FORMATS = {"json": "JSON", "markdown": "Markdown", "html": "HTML", "latex": "LaTeX"}
