"""Descriptions of networks written as text, as their repr writes them."""

import ast
from difflib import get_close_matches
from textwrap import dedent
from typing import Any, NoReturn

from . import layers
from .errors import ShapeError
from .layers import Layer

_PREFIXES = ("layers", "nn", "torch.nn", "cnn_guide.layers")  # a line copied from a program may name the module


def parse(text: str) -> Layer:
    """The description that a text stands for: layers' names, their arguments, and nothing else.

    Layers are written as in Python, on as many lines as you like, with comments. The text is read, not run.

    Example:
        >>> parse("Sequential(Conv2d(1, 16, kernel_size=3), ReLU())  # a first layer")
        Sequential(
          Conv2d(1, 16, kernel_size=3),
          ReLU(),
        )

    Args:
        text: one layer, most often a container such as `Sequential(…)`.

    Returns:
        The description; `parse(repr(layer))` equals `layer`.

    Raises:
        ValueError: if the text is not a layer, with its line.
        ShapeError: if a layer's arguments cannot be.
    """
    try:
        return _network(ast.parse(dedent(text), mode="eval").body)
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}.") from None
    except (RecursionError, MemoryError):
        raise ValueError("the layers are nested too deeply to be read.") from None


def _network(expression: ast.expr) -> Layer:
    if not isinstance(expression, ast.Call):
        _refuse(expression, "this is not a layer. Write one such as Conv2d(1, 16, kernel_size=3).")
    return _layer(expression)


def _layer(call: ast.Call) -> Layer:
    """The layer that a call makes."""
    kind = _kind(call.func)
    values = [_value(argument) for argument in call.args]
    named = {
        keyword.arg or _refuse(keyword.value, "** is not read."): _value(keyword.value) for keyword in call.keywords
    }
    try:
        return kind(*values, **named)
    except ShapeError:
        raise
    except (TypeError, ValueError) as error:
        _refuse(call, f"{kind.__name__}: {str(error).replace(f'{kind.__name__}.__init__() ', '')}")


def _kind(name: ast.expr) -> type[Layer]:
    """The class of layers that is called."""
    prefix, _, word = ast.unparse(name).rpartition(".")
    known = {name for name, kind in vars(layers).items() if isinstance(kind, type) and issubclass(kind, Layer)}
    if (prefix and prefix not in _PREFIXES) or word not in known - {"Layer"}:
        close = get_close_matches(word, known - {"Layer"}, n=1)
        _refuse(name, f"there is no layer {ast.unparse(name)!r}.{f' Did you mean {close[0]!r}?' if close else ''}")
    kind: type[Layer] = getattr(layers, word)
    return kind


def _value(argument: ast.expr) -> Any:
    """A layer, a number, a word, or a tuple of them."""
    if isinstance(argument, ast.Call):
        return _layer(argument)
    if isinstance(argument, (ast.Tuple, ast.List)):
        return tuple(map(_value, argument.elts))
    try:
        return ast.literal_eval(argument)
    except ValueError:
        _refuse(argument, f"{ast.unparse(argument)!r} is neither a layer nor a number, a word or a tuple of them.")


def _refuse(place: ast.expr, problem: str) -> NoReturn:
    raise ValueError(f"line {place.lineno}: {problem}") from None
