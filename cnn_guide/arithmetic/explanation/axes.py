"""The axes of a convolution, of pooling and of a transposed convolution: their steps and conventions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..arguments import Axes, Padding
from ..sizes import conv_axes, conv_transpose_axes, pool_axes
from . import comparing, stamping
from .places import Place, alike, alone
from .sliding import Sliding
from .stamping import Stamping
from .steps import Comparison, Section


class Along(NamedTuple):
    """What is said of the axes of a call or a layer."""

    sections: tuple[Section, ...]
    comparisons: tuple[Comparison, ...] = ()


def sections(axes: Sequence[Sliding] | Sequence[Stamping], single: bool = False) -> tuple[Section, ...]:
    """A section for each group of axes with the same settings."""
    groups: list[tuple[Place, Any]] = [(alone(), axes[0])] if single else alike(axes)
    return tuple(axis.section(where) for where, axis in groups)


def convolution(
    sizes: Sequence[int], *, padding: Padding, single: bool = False, filler: str = "of zeros", **window: Any
) -> Along:
    """A convolution along each axis."""
    named = isinstance(padding, str)
    along = conv_axes(len(sizes), padding=padding, **window)
    axes = [
        Sliding(n, each.kernel_size, each.stride, (each.before, each.after), each.dilation, filler=filler, named=named)
        for n, each in zip(sizes, along, strict=True)
    ]
    return Along(sections(axes, single), comparing.compared(axes, repr(padding), single))


def pooling(
    sizes: Sequence[int],
    *,
    padding: Axes,
    single: bool = False,
    filler: str = "of padding",
    remark: str = "",
    pooled: str = "any",
    **window: Any,
) -> Along:
    """Pooling along each axis."""
    along = pool_axes(len(sizes), padding=padding, **window)
    axes = [
        Sliding(n, each.kernel_size, each.stride, (each.padding,) * 2, each.dilation, each.ceil_mode, filler, remark)
        for n, each in zip(sizes, along, strict=True)
    ]
    return Along(sections(axes, single), comparing.compared(axes, repr(padding), single, pooled))


def transposed(sizes: Sequence[int], *, padding: Axes, single: bool = False, **window: Any) -> Along:
    """A transposed convolution along each axis."""
    along = conv_transpose_axes(len(sizes), padding=padding, **window)
    axes = [
        Stamping(n, each.kernel_size, each.stride, each.padding, each.output_padding, each.dilation)
        for n, each in zip(sizes, along, strict=True)
    ]
    return Along(sections(axes, single), stamping.compared(axes, repr(padding), single))
