"""The nearest settings that are possible, where some are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..arguments import Shape
from ..errors import ShapeError
from .steps import Nearest

REACH = 64  # how far from the given number to look


def nearest(
    call: Callable[..., int | Shape], arguments: Mapping[str, object], refusal: ShapeError
) -> tuple[Nearest, ...]:
    """For each argument, the nearest value that makes the call possible with all others as they are.

    Example:
        >>> from cnn_guide import conv_output_size
        >>> try:
        ...     conv_output_size(4, kernel_size=7)
        ... except ShapeError as refusal:
        ...     nearest(conv_output_size, {"input_size": 4, "kernel_size": 7, "padding": 0}, refusal)[1]
        Nearest(name='kernel_size', value=4, result=1)
    """
    return tuple(found for name in arguments for found in _first(call, arguments, name, refusal))


def _first(
    call: Callable[..., int | Shape], arguments: Mapping[str, object], name: str, refusal: ShapeError
) -> Iterator[Nearest]:
    for value in _candidates(arguments, name, refusal):
        try:
            result = call(**{**arguments, name: value})
        except (ShapeError, TypeError):
            continue
        yield Nearest(name, value, result)
        return


def _candidates(arguments: Mapping[str, object], name: str, refusal: ShapeError) -> Iterator[object]:
    value = arguments[name]
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from _around(value, refusal)
    elif isinstance(value, (tuple, list)):
        yield from _changed(tuple(value), refusal)
    elif value == "same":
        yield from _half(arguments)


def _around(value: int, refusal: ShapeError) -> list[int]:
    """Numbers by their distance, smaller ones first; what the rule asks for and what it met belong to them."""
    told = (number for number in (refusal.expected, refusal.got) if isinstance(number, int))
    numbers = {*range(value - REACH, value + REACH + 1), *told} - {value}
    return sorted((number for number in numbers if number >= 0), key=lambda number: (abs(number - value), number))


def _changed(values: tuple[object, ...], refusal: ShapeError) -> list[tuple[object, ...]]:
    """The tuple with one of its numbers changed, the smallest changes first."""
    changed = [
        (abs(number - value), (*values[:index], number, *values[index + 1 :]))
        for index, value in enumerate(values)
        if isinstance(value, int)
        for number in _around(value, refusal)
    ]
    return [change for _, change in sorted(changed, key=lambda change: change[0])]


def _half(arguments: Mapping[str, object]) -> Iterator[object]:
    """The numbers that come nearest to "same": half of what a window spans beside one pixel."""
    kernels, dilations = (_tuple(arguments[name]) for name in ("kernel_size", "dilation"))
    axes = max(len(kernels), len(dilations))
    both = zip(kernels * (axes // len(kernels)), dilations * (axes // len(dilations)), strict=True)
    halves = tuple(dilation * (kernel - 1) // 2 for kernel, dilation in both)
    yield halves if axes > 1 else halves[0]


def _tuple(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)
