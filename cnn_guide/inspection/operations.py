"""Multiply-accumulates of single PyTorch operations, seen while a forward pass runs on shapes."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from .rules import RULES

# Operations that neither convolve nor multiply matrices. In-place and operator forms go by the same name.
_FREE = {
    "number by number": """
        abs add addcdiv addcmul and celu clamp clamp_max clamp_min clip div elu eq erf exp floor floordiv ge gelu glu gt
        hardshrink hardsigmoid hardswish hardtanh iadd imul invert isub itruediv le leaky_relu log log1p log_sigmoid
        log_softmax logical_and logical_not logical_or logsigmoid lt masked_fill maximum minimum mish mul multiply ne
        neg or pow prelu radd rdiv reciprocal relu relu6 rmul round rpow rrelu rsqrt rsub rtruediv selu sigmoid sign
        silu softmax softmin softplus softshrink softsign sqrt square sub subtract tanh tanhshrink threshold true_divide
        truediv where xor alpha_dropout dropout dropout1d dropout2d dropout3d feature_alpha_dropout""",
    "pooling": """
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d
        adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d adaptive_max_pool1d_with_indices
        adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices avg_pool1d avg_pool2d avg_pool3d
        lp_pool1d lp_pool2d max_pool1d max_pool2d max_pool3d
        max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices""",
    "statistics": """
        all amax amin any argmax argmin batch_norm cumsum group_norm instance_norm layer_norm local_response_norm max
        mean median min norm normalize prod rms_norm std sum topk var""",
    "moving numbers": """
        broadcast_to cat channel_shuffle chunk clone concat concatenate contiguous detach embedding expand expand_as
        flatten flip fold gather get getitem hstack index_select interpolate moveaxis movedim narrow one_hot pad permute
        pixel_shuffle pixel_unshuffle ravel repeat repeat_interleave requires_grad reshape reshape_as roll rot90 select
        setitem split squeeze stack swapaxes swapdims t tensor_split tile transpose tril triu unbind unflatten unfold
        unsqueeze upsample view view_as vstack""",
    "making tensors": """
        arange as_tensor bool double empty empty_like eye float full full_like half int linspace long new_empty new_full
        new_ones new_tensor new_zeros ones ones_like rand rand_like randn randn_like tensor to type type_as zeros
        zeros_like""",
}
FREE = frozenset(" ".join(_FREE.values()).split())
CONVOLUTIONS = frozenset({"conv1d", "conv2d", "conv3d"})
TRANSPOSED = frozenset({"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"})


class ShapesOnly(TorchFunctionMode):
    """Runs every operation on the meta device, where tensors have shapes but no numbers, and reports its MACs.

    Args:
        report: called with the operation's name and its MACs; None for an operation without a rule.
    """

    def __init__(self, report: Callable[[str, int | None], None]) -> None:
        super().__init__()
        self.report = report

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Answer one operation by a rule, or by PyTorch."""
        args, kwargs = tree_map(on_meta, (args, kwargs or {}))
        if "device" in kwargs:
            kwargs["device"] = torch.device("meta")
        name = getattr(func, "__name__", repr(func)).strip("_")
        result = RULES[name](*args, **kwargs) if name in RULES else None
        if result is None:
            result = func(*args, **kwargs)
        if any(isinstance(leaf, Tensor) for leaf in tree_leaves(result)):
            self.report(name, operation_macs(name, args, kwargs, result))
        return result


def on_meta(value: Any) -> Any:
    """A tensor without its numbers; any other value as it is."""
    if not isinstance(value, Tensor) or value.is_meta:
        return value
    return torch.empty_like(value, device="meta")


def operation_macs(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> int | None:
    """MACs of one operation: 0 where it multiplies no weights, None where there is no rule.

    Example:
        >>> image, filters = torch.zeros(1, 1, 28, 28), torch.zeros(16, 1, 3, 3)
        >>> operation_macs("conv2d", (image, filters), {}, torch.conv2d(image, filters))  # 16 * 26 * 26 * 9
        97344
    """
    if name in CONVOLUTIONS:  # weight (out, in / groups, …): so many products for each number of the output
        return int(result.numel() * _argument(args, kwargs, 1, "weight")[0].numel())
    if name in TRANSPOSED:  # weight (in, out / groups, …): so many products for each number of the input
        return int(_argument(args, kwargs, 0, "input").numel() * _argument(args, kwargs, 1, "weight")[0].numel())
    if name == "linear":  # weight (out, in)
        return int(result.numel() * _argument(args, kwargs, 1, "weight").shape[-1])
    return 0 if name in FREE or name == "get" else None


def _argument(args: tuple[Any, ...], kwargs: dict[str, Any], index: int, name: str) -> Any:
    return args[index] if len(args) > index else kwargs[name]
