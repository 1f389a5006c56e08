"""Explanations of calls of the size functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import signature
from typing import Any

from ..arguments import Shape
from ..errors import ShapeError
from ..sizes import conv_output_size, conv_transpose_output_size, pool_output_size
from .axes import Along, convolution, pooling, transposed
from .refusing import nearest
from .steps import Explanation

SizeFunction = Callable[..., int | Shape]


def explain_call(function: SizeFunction, *values: object, **named: object) -> Explanation:
    """How a size comes about, or why there is none."""
    arguments = bound(function, *values, **named)
    subject = written(function, values, named)
    sections, comparisons = _along(function, arguments)
    explanation = Explanation(subject, None, None, sections, comparisons)
    try:
        return replace(explanation, value=function(**arguments))
    except ShapeError as refusal:
        return replace(explanation, refusal=refusal, nearest=nearest(function, arguments, refusal))


def bound(function: Callable[..., Any], *values: object, **named: object) -> dict[str, object]:
    """All arguments of a call by their names, defaults too."""
    call = signature(function).bind(*values, **named)
    call.apply_defaults()
    return dict(call.arguments)


def written(function: Callable[..., Any], values: Sequence[object], named: Mapping[str, object]) -> str:
    """A call as it is written."""
    arguments = (*map(repr, values), *(f"{name}={value!r}" for name, value in named.items()))
    return f"{function.__name__}({', '.join(arguments)})"


def _along(function: SizeFunction, arguments: Mapping[str, Any]) -> Along:
    """The axes of the call; nothing where an argument can't be one at all."""
    size = arguments["input_size"]
    sizes = size if isinstance(size, (tuple, list)) else (size,)
    settings = {name: value for name, value in arguments.items() if name != "input_size"}
    try:
        return FUNCTIONS[function](sizes, single=sizes is not size, **settings)
    except ShapeError:
        return Along((), ())


FUNCTIONS: dict[SizeFunction, Callable[..., Along]] = {
    conv_output_size: convolution,
    pool_output_size: pooling,
    conv_transpose_output_size: transposed,
}
