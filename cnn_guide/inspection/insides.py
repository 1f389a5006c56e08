"""What happens inside an operation that has no rule: the operations of PyTorch's core that it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ..arithmetic.costs import PER_INPUT, PER_NUMBER
from .constants import tensors_in
from .rules import RULES, Worked, words

_FREE = words("""
    alias arange as_strided bernoulli cauchy convert_element_type copy copy_to detach empty empty_like empty_strided
    exponential full full_like geometric index index_fill index_put lift_fresh log_normal multinomial new_empty
    new_empty_strided new_full new_ones new_zeros normal ones ones_like rand randint randn random randperm resolve_conj
    resolve_neg scalar_tensor select_scatter slice slice_scatter to_copy unfold uniform unsafe_view view_as_complex
    view_as_real zeros zeros_like""")


class Insides(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts what an operation does; names what can't be counted."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.macs = self.operations = 0
        self.unknown: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation of the core, and count it."""
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__.strip("_").removeprefix("native_").removeprefix("safe_")
        work = core_work(name, args, result)
        if work is None:
            self.unknown.append(name)
        else:
            self.macs += work[0]
            self.operations += work[1]
        return result


def core_work(name: str, args: tuple[Any, ...], result: Any) -> tuple[int, int] | None:
    """MACs and all operations of an operation of PyTorch's core; None where they are not known."""
    if name in _PRODUCTS:
        answer = _PRODUCTS[name](*args)
        return answer and (answer.macs, answer.operations)
    if name not in PER_NUMBER:
        return (0, 0) if name in _FREE else None
    counted = next(tensors_in([*args] if name in PER_INPUT else [result]), None)
    return 0, 0 if counted is None else PER_NUMBER[name] * counted.numel()


def _convolution(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    transposed: bool,
    output_padding: list[int],
    groups: int,
) -> Worked | None:
    settings: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    if transposed:
        settings["output_padding"] = output_padding
    rule: Callable[..., Worked | None] = RULES[f"conv{'_transpose' if transposed else ''}{weight.dim() - 2}d"]
    return rule(input, weight, bias, **settings)


_PRODUCTS: dict[str, Callable[..., Worked | None]] = {
    **{name: RULES[name] for name in ("mm", "bmm", "addmm", "baddbmm", "mv", "dot")},
    "convolution": _convolution,
}
