"""What `explain` can explain: calls of the size functions, layers, and containers of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import reduce
from operator import add
from typing import Any

from ..arguments import Shape, shape
from ..errors import ShapeError
from ..layers import Layer, Parallel, Residual, Sequential
from ..layers.joins import CONCATENATE
from . import costs
from .axes import Along
from .calls import FUNCTIONS, bound, explain_call, written
from .formula import Symbol
from .layers import told
from .refusing import nearest
from .steps import Explanation, Section, Step

Subject = Layer | type[Layer] | Callable[..., Any]


def explain(subject: Subject, input_size: int | Shape, *values: Any, **named: Any) -> Explanation:
    """How the output of a layer, or of a size function, comes about; or why there is none.

    Example:
        >>> from cnn_guide import conv_output_size, layers
        >>> print(explain(conv_output_size, 10, kernel_size=3, stride=2))  # doctest: +ELLIPSIS
        conv_output_size(10, kernel_size=3, stride=2) = 4
          output size  ⌊(n + 2p − k) / s⌋ + 1 = ⌊(10 + 2·0 − 3) / 2⌋ + 1 = 4
          No padding.
          Pixel 9 is never read: no whole step is left.
        ...
        >>> explain(layers.Conv2d(3, 20, kernel_size=8, stride=2, padding=1), (3, 32, 32)).value
        (20, 14, 14)

    Args:
        subject: a layer or a container of layers; or one of `conv_output_size`, `pool_output_size` and
            `conv_transpose_output_size`; or a class of layers, whose arguments follow.
        input_size: the input's shape without the batch axis, (C, H, W) for images; for a function its input size.
        *values: further arguments of the function or the class.
        **named: the same, by name.

    Returns:
        The explanation: `.value`, `.steps`, and all of it as `.text()`, `.html()` or `.latex()`. Where PyTorch would
        refuse the settings, the value is None, and `.refusal` and `.nearest` say why and what would do instead.

    Raises:
        TypeError: if the subject is something else, or an argument is not a number.
    """
    if isinstance(subject, Layer):
        return _layer(subject, shape("input_shape", input_size))
    if isinstance(subject, type) and issubclass(subject, Layer):
        return _class(subject, shape("input_shape", input_size), *values, **named)
    if subject in FUNCTIONS:
        return explain_call(subject, input_size, *values, **named)
    raise TypeError(
        f"`subject` (={subject!r}) must be a description such as layers.Conv2d(3, 20, kernel_size=8) or one of "
        f"{', '.join(function.__name__ for function in FUNCTIONS)}."
    )


def _class(kind: type[Layer], input_shape: Shape, *values: Any, **named: Any) -> Explanation:
    """A layer of this class, or why its arguments are refused."""
    arguments = bound(kind, *values, **named)

    def output_shape(input_shape: Shape, **arguments: Any) -> Shape:
        return kind(**arguments).output_shape(input_shape)

    try:
        layer = kind(*values, **named)
    except ShapeError as refusal:
        ways = nearest(output_shape, {"input_shape": input_shape, **arguments}, refusal)
        return Explanation(written(kind, values, named), input_shape, None, refusal=refusal, nearest=ways)
    return _layer(layer, input_shape)


def _layer(layer: Layer, input_shape: Shape) -> Explanation:
    if layer.children:
        return _container(layer, input_shape)
    try:
        value = layer.output_shape(input_shape)
    except ShapeError as refusal:
        return _refused(layer, input_shape, refusal)
    along = told(layer, input_shape)
    sections = (*along.sections, *costs.counted(layer, input_shape))
    return Explanation(repr(layer), input_shape, value, sections, along.comparisons)


def _refused(layer: Layer, input_shape: Shape, refusal: ShapeError) -> Explanation:
    arguments = {field.name: getattr(layer, field.name) for field in fields(layer)}

    def output_shape(input_shape: Shape, **arguments: Any) -> Shape:
        return type(layer)(**arguments).output_shape(input_shape)

    ways = nearest(output_shape, {"input_shape": input_shape, **arguments}, refusal)
    sections, comparisons = _as_far_as_possible(layer, input_shape)
    return Explanation(repr(layer), input_shape, None, sections, comparisons, refusal=refusal, nearest=ways)


def _as_far_as_possible(layer: Layer, input_shape: Shape) -> Along:
    """The steps up to the refusal, for layers that look along axes; none where the input has too few, or too many."""
    if len(input_shape) - 1 != getattr(layer, "axes", None):
        return Along(())
    try:
        return told(layer, input_shape)
    except ShapeError:
        return Along(())


def _container(layer: Layer, input_shape: Shape) -> Explanation:
    """Its layers one by one, up to the first that is refused."""
    parts, sizes = list[tuple[str, Explanation]](), input_shape
    for name, child in layer.children:
        part = replace(_layer(child, sizes), comparisons=())
        parts.append((name, part))
        if not isinstance(part.value, tuple):
            break
        sizes = part.value if isinstance(layer, Sequential) else input_shape
    count = len(layer.children)
    whole = Explanation(
        f"{layer.kind} of {count} layer{'s' if count > 1 else ''}", input_shape, None, parts=tuple(parts)
    )
    try:
        value = layer.output_shape(input_shape)
    except ShapeError as refusal:
        return replace(whole, refusal=refusal, nearest=parts[-1][1].nearest)
    return replace(whole, value=value, sections=(*_joined(layer, parts), costs.together(layer, input_shape)))


def _joined(layer: Layer, parts: Sequence[tuple[str, Explanation]]) -> Iterator[Section]:
    """How the outputs of branches become one."""
    shapes = [part.value for _, part in parts if isinstance(part.value, tuple)]
    if isinstance(layer, Parallel) and layer.join == CONCATENATE:
        channels = (Symbol(f"C_{name}", value[0], f"channels of branch {name}") for name, value in enumerate(shapes))
        yield Section(
            "joined", (Step("channels", reduce(add, channels)),), ("The other sizes are those of each branch.",)
        )
    elif not isinstance(layer, Sequential):
        names = "the body and " + ("the shortcut" if len(parts) > 1 else "the input")
        added = names if isinstance(layer, Residual) else "the branches"
        yield Section("joined", notes=(f"The numbers of {added} are added, place by place: {shapes[0]}.",))
