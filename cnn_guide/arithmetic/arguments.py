"""Checks of arguments, shared by sizes and layers."""

import operator
from collections.abc import Sequence
from numbers import Real
from typing import TypeAlias

from .errors import ShapeError

Axes: TypeAlias = int | Sequence[int]  # one value for all axes, or one an axis
Padding: TypeAlias = Axes | str | Sequence[Sequence[int]]
Shape: TypeAlias = tuple[int, ...]

PLURALS = {"axis": "axes"}


def integer(name: str, value: object, least: int | None = None) -> int:
    """The value as an `int`, of at least `least` if given; a bool or a float is refused.

    Example:
        >>> integer("stride", 2, least=1)
        2
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"`{name}` (={value!r}) must be an integer, not {type(value).__name__}.")
    number = operator.index(value)
    if least is not None and number < least:
        raise ShapeError(f"`{name}` (={number}) must be at least {least}.", expected=least, got=number)
    return number


def real(name: str, value: object) -> float:
    """The value, which must be a number; a bool is refused.

    Example:
        >>> real("negative_slope", 0.1)
        0.1
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"`{name}` (={value!r}) must be a number, not {type(value).__name__}.")
    return float(value)


def per_axis(name: str, value: object, axes: int, least: int | None, exact: bool = False) -> Shape:
    """The value as one `int` an axis; a single number serves all axes, and so does a tuple with one number.

    Example:
        >>> per_axis("stride", 2, axes=2, least=1), per_axis("stride", (2,), axes=2, least=1)
        ((2, 2), (2, 2))

    Args:
        name: the argument, for the error.
        value: an integer, or a tuple of them.
        axes: how many axes there are.
        least: the smallest value that is allowed; None allows all.
        exact: whether a tuple must have a number for each axis, as PyTorch asks for some arguments.
    """
    if not isinstance(value, (tuple, list)):
        return (integer(name, value, least),) * axes
    if len(value) == 1 and not exact:
        return (integer(name, value[0], least),) * axes
    if len(value) != axes:
        raise ShapeError(
            f"`{name}` (={value!r}) has {count(len(value), 'value')}, but there {'is' if axes == 1 else 'are'} "
            f"{count(axes, 'axis')}.",
            f"Give one number, or {axes} of them.",
            expected=axes,
            got=len(value),
        )
    return tuple(integer(name, number, least) for number in value)


def count(number: int, noun: str) -> str:
    """A number with its noun in the right form.

    Example:
        >>> count(1, "channel"), count(3, "channel"), count(2, "axis")
        ('1 channel', '3 channels', '2 axes')
    """
    return f"{number} {noun if number == 1 else PLURALS.get(noun, noun + 's')}"


def flag(name: str, value: object) -> bool:
    """The value, which must be True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"`{name}` (={value!r}) must be True or False, not {type(value).__name__}.")
    return value


def choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Refuse a value that is not one of these words.

    Example:
        >>> choice("mode", "nearest", ("nearest", "area"))
    """
    if value not in choices:
        *words, last = (f'"{word}"' for word in choices)
        allowed = f"{', '.join(words)} or {last}" if words else last
        raise ShapeError(f"`{name}` (={value!r}) must be {allowed}.", expected=tuple(choices), got=value)


def shape(name: str, value: object) -> Shape:
    """The value as a shape: a tuple of positive sizes.

    Example:
        >>> shape("input_shape", (1, 28, 28))
        (1, 28, 28)
    """
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"`{name}` (={value!r}) must be a tuple of sizes such as (1, 28, 28).")
    return tuple(integer(name, size, least=1) for size in value)
