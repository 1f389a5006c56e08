"""Checks of arguments, shared by sizes and layers."""

import operator
from collections.abc import Sequence
from typing import TypeAlias

from .errors import ShapeError

Axes: TypeAlias = int | Sequence[int]  # one value for all axes, or one an axis
Padding: TypeAlias = Axes | str | Sequence[Sequence[int]]
Shape: TypeAlias = tuple[int, ...]


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


def per_axis(name: str, value: object, axes: int, least: int) -> Shape:
    """The value as one `int` an axis; a single number serves all axes.

    Example:
        >>> per_axis("kernel_size", 3, axes=2, least=1)
        (3, 3)
    """
    if not isinstance(value, (tuple, list)):
        return (integer(name, value, least),) * axes
    if len(value) != axes:
        raise ShapeError(
            f"`{name}` (={value!r}) has {len(value)} values, but there {_are(axes)}.",
            f"Give one number, or {axes} of them.",
            expected=axes,
            got=len(value),
        )
    return tuple(integer(name, number, least) for number in value)


def _are(axes: int) -> str:
    return "is 1 axis" if axes == 1 else f"are {axes} axes"


def flag(name: str, value: object) -> bool:
    """The value, which must be True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"`{name}` (={value!r}) must be True or False, not {type(value).__name__}.")
    return value


def shape(name: str, value: object) -> Shape:
    """The value as a shape: a tuple of positive sizes.

    Example:
        >>> shape("input_shape", (1, 28, 28))
        (1, 28, 28)
    """
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"`{name}` (={value!r}) must be a tuple of sizes such as (1, 28, 28).")
    return tuple(integer(name, size, least=1) for size in value)
