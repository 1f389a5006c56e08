"""Frequent operations answered by the arithmetic, on tensors that have shapes but no numbers.

PyTorch could answer them too, but for these it would first load its compiler, which takes seconds. A rule returns None
where it does not apply, such as for wrong channels: then PyTorch answers, or refuses in its own words.
"""

# ruff: noqa: A002 - the parameters have PyTorch's names, since operations are called with named arguments too

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor

from ..arithmetic import conv_output_size, conv_transpose_output_size, layers


def _convolved(
    axes: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor | None:
    if not _fit(axes, input, weight, channels=weight.shape[1] * groups):
        return None
    kernel, steps = tuple(weight.shape[2:]), map(_one_for_all, (stride, padding, dilation))
    sizes = conv_output_size(tuple(input.shape[-axes:]), kernel, *steps)
    return input.new_empty((*input.shape[: -axes - 1], weight.shape[0], *sizes))


def _transposed(
    axes: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor | None:
    if not _fit(axes, input, weight, channels=weight.shape[0]):
        return None
    kernel, steps = tuple(weight.shape[2:]), map(_one_for_all, (stride, padding, output_padding, dilation))
    sizes = conv_transpose_output_size(tuple(input.shape[-axes:]), kernel, *steps)
    return input.new_empty((*input.shape[: -axes - 1], weight.shape[1] * groups, *sizes))


def _pooled(axes: int, layer: type[layers.Layer], input: Tensor, *arguments: Any, **named: Any) -> Tensor | None:
    if input.dim() - axes not in (1, 2) or len(arguments) > 4 or named.get("return_indices"):
        return None  # beyond the fourth argument the function and the layer order theirs differently
    description = layer(*map(_one_for_all, arguments), **{name: _one_for_all(value) for name, value in named.items()})
    output = description.output_shape(tuple(input.shape[-axes - 1 :]))
    return input.new_empty((*input.shape[: -axes - 1], *output))


def _linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor | None:
    fits = input.dim() and weight.dim() == 2 and (input.shape[-1], input.dtype) == (weight.shape[1], weight.dtype)
    return input.new_empty((*input.shape[:-1], weight.shape[0])) if fits else None


def _normalised(input: Tensor, *arguments: Any, **named: Any) -> Tensor | None:
    tensors = [value for value in (*arguments, *named.values()) if isinstance(value, Tensor)]
    fits = input.dim() > 1 and all(tensor.shape == (input.shape[1],) for tensor in tensors)
    return input.new_empty(input.shape) if fits else None


def _number_by_number(input: Tensor, *arguments: Any, **named: Any) -> Tensor | None:
    others = [value for value in (*arguments, *named.values()) if isinstance(value, Tensor | complex)]
    same = all(
        isinstance(other, Tensor) and (other.shape, other.dtype) == (input.shape, input.dtype) for other in others
    )
    return input.new_empty(input.shape) if same and input.is_floating_point() else None


def _fit(axes: int, image: Tensor, weight: Tensor, channels: int) -> bool:
    return (
        weight.dim() == axes + 2
        and image.dim() - axes in (1, 2)
        and image.shape[-axes - 1] == channels
        and image.dtype == weight.dtype
    )


def _one_for_all(value: Any) -> Any:
    """PyTorch takes (1,) for 1."""
    return value[0] if isinstance(value, (tuple, list)) and len(value) == 1 else value


_SAME_SHAPE = """
    add alpha_dropout celu div dropout dropout1d dropout2d dropout3d elu feature_alpha_dropout gelu hardsigmoid
    hardswish hardtanh iadd imul isub itruediv leaky_relu mish mul radd relu relu6 rmul rsub selu sigmoid silu softplus
    sub tanh truediv"""
RULES: dict[str, Callable[..., Tensor | None]] = {
    **{f"conv{axes}d": partial(_convolved, axes) for axes in (1, 2, 3)},
    **{f"conv_transpose{axes}d": partial(_transposed, axes) for axes in (1, 2, 3)},
    **{
        f"{name}_pool{axes}d": partial(_pooled, axes, getattr(layers, f"{kind}Pool{axes}d"))
        for name, kind in (
            ("max", "Max"), ("avg", "Avg"), ("adaptive_avg", "AdaptiveAvg"), ("adaptive_max", "AdaptiveMax")
        )
        for axes in (1, 2, 3)
    },
    "linear": _linear,
    "batch_norm": _normalised,
    **dict.fromkeys(_SAME_SHAPE.split(), _number_by_number),
}  # fmt: skip
