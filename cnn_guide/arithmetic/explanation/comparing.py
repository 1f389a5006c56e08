"""PyTorch's padding beside TensorFlow's SAME and VALID."""

from __future__ import annotations

from collections.abc import Sequence

from ..conventions import tf_same_padding
from .places import Place, alike, alone
from .sliding import Sliding
from .steps import Comparison, Convention

TITLE = "PyTorch and TensorFlow side by side"


def compared(axes: Sequence[Sliding], given: str, single: bool = False, pooled: str = "") -> tuple[Comparison, ...]:
    """A table for each group of axes with the same settings.

    Args:
        axes: the window along each axis.
        given: PyTorch's padding as it was written.
        single: whether there is one axis without a name.
        pooled: for pooling what is taken of each window, "maximum", "mean", "norm" or "any".
    """
    groups = [(alone(), axes[0])] if single else alike(axes)
    tables = [_table(where, axis, given, len(groups) > 1) for where, axis in groups]
    return (*tables[:-1], tables[-1]._replace(note=_way(axes, pooled)))


def _table(where: Place, axis: Sliding, given: str, several: bool) -> Comparison:
    same = tf_same_padding(axis.n, axis.k, axis.s, axis.d)
    rows = (
        _row(where, axis, f"PyTorch, padding={given}"),
        _row(where, axis._replace(padding=same, ceil_mode=False), "TensorFlow SAME"),
        _row(where, axis._replace(padding=(0, 0), ceil_mode=False), "TensorFlow VALID"),
    )
    return Comparison(f"{TITLE}: {where.axis}" if several else TITLE, rows)


def _row(where: Place, axis: Sliding, name: str) -> Convention:
    if axis.size < 1:
        return Convention(name, *axis.padding, None, "")
    return Convention(name, *axis.padding, axis.size, where.listed(axis.unread()) or "nothing")


def _way(axes: Sequence[Sliding], pooled: str) -> str:
    """How PyTorch reads the pixels that SAME reads."""
    pairs = [tf_same_padding(axis.n, axis.k, axis.s, axis.d) for axis in axes]
    even = all(before == after for before, after in pairs)
    allowed = not pooled or all(before <= axis.k // 2 for (before, _), axis in zip(pairs, axes, strict=True))
    if even and allowed:
        numbers = [before for before, _ in pairs]
        padding = f"`padding={numbers[0] if len(set(numbers)) == 1 else tuple(numbers)}`"
        left_out = " and `count_include_pad=False`" if pooled == "mean" else ""
        return f"PyTorch reads what SAME reads with {padding}{left_out}."
    uneven = "SAME pads more than half the kernel" if even else "SAME pads one side more than the other"
    if pooled in ("mean", "norm"):
        return f"{uneven}: no argument of PyTorch does."
    flat = tuple(pixels for pair in reversed(pairs) for pixels in pair)  # PyTorch's layers name the last axis first
    if pooled:
        before = " before max pooling" if pooled == "any" else ""
        return f'{uneven}: PyTorch does so with `nn.ConstantPad{len(pairs)}d({flat}, float("-inf"))`{before}.'
    here = f"in a description, `padding={tuple(pairs)}`"
    return f"{uneven}: PyTorch does so with `nn.ZeroPad{len(pairs)}d({flat})` before it; {here}."
