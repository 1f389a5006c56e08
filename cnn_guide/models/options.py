"""What a network's function may be given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from inspect import signature
from typing import Any


def checked(name: str, factory: Callable[..., object], options: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of the factory: the options, and its defaults for the others.

    Raises:
        TypeError: if the factory has no such option, or `num_classes` or `in_channels` is no integer.
        ValueError: if one of these two is below 1.
    """
    defaults = {option: parameter.default for option, parameter in signature(factory).parameters.items()}
    for option in options:
        if option not in defaults:
            close = get_close_matches(option, defaults, n=1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise TypeError(f"`{option}` is no option of {name}, which takes {', '.join(defaults)}.{meant}")
    for option in ("num_classes", "in_channels"):
        _check_number(option, options.get(option, 1))
    return {**defaults, **options}


def _check_number(option: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"`{option}` (={value!r}) must be an integer, not {type(value).__name__}.")
    if value < 1:
        raise ValueError(f"`{option}` (={value}) must be at least 1.")
