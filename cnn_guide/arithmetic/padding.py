"""How far a kernel spans, and what is padded around it: PyTorch's rules and refusals."""

from typing import TypeAlias

from .arguments import Axes, Padding, Shape, integer, per_axis
from .errors import ShapeError

Pair: TypeAlias = tuple[int, int]  # padding before and after; below 0 it is cut off
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def span(kernel_size: int, dilation: int) -> int:
    """Pixels from the first to the last entry of a dilated kernel: d(k − 1) + 1.

    Example:
        >>> span(3, dilation=4)  # x···x···x
        9
    """
    return dilation * (kernel_size - 1) + 1


def padding_pairs(
    padding: Padding, kernels: Shape, strides: Shape, dilations: Shape, least: int | None = 0
) -> tuple[Pair, ...]:
    """A convolution's padding as (before, after) for each axis; the odd pixel of "same" goes after, as in PyTorch.

    Example:
        >>> padding_pairs("same", kernels=(3, 4), strides=(1, 1), dilations=(1, 1))
        ((1, 1), (1, 2))

    Args:
        padding: numbers, pairs, "same" or "valid".
        kernels: kernel size of each axis.
        strides: stride of each axis.
        dilations: dilation of each axis.
        least: the smallest padding that is allowed; None allows cutting off.
    """
    if isinstance(padding, str):
        return _named_padding(padding, kernels, strides, dilations)
    axes = len(kernels)
    if isinstance(padding, (tuple, list)) and any(isinstance(pair, (tuple, list)) for pair in padding):
        if len(padding) != axes or any(not isinstance(pair, (tuple, list)) or len(pair) != 2 for pair in padding):
            raise ShapeError(
                f"`padding` (={padding!r}) must have one pair (before, after) for each of the {axes} axes.",
                expected=axes,
                got=len(padding),
            )
        return tuple((integer("padding", a, least), integer("padding", b, least)) for a, b in padding)
    return tuple((pad, pad) for pad in per_axis("padding", padding, axes, least))


def pool_padding(padding: Axes, kernels: Shape) -> Shape:
    """A pooling layer's padding for each axis: at most half the kernel, so that no window lies in padding alone."""
    pads = per_axis("padding", padding, len(kernels), least=0)
    for axis, (pad, kernel) in enumerate(zip(pads, kernels, strict=True)):
        if pad > kernel // 2:
            raise ShapeError(
                f"`padding` (={pad}) must be at most half of `kernel_size` (={kernel}) in pooling.",
                f"Use padding ≤ {kernel // 2}.",
                axis=axis,
                expected=kernel // 2,
                got=pad,
            )
    return pads


def extra_padding(output_padding: Axes, strides: Shape, dilations: Shape) -> Shape:
    """A transposed convolution's `output_padding` for each axis: smaller than the stride or the dilation."""
    extras = per_axis("output_padding", output_padding, len(strides), least=0)
    for axis, (extra, stride, dilation) in enumerate(zip(extras, strides, dilations, strict=True)):
        if extra >= max(stride, dilation):
            raise ShapeError(
                f"`output_padding` (={extra}) must be smaller than `stride` (={stride}) or `dilation` (={dilation}).",
                f"Use output_padding ≤ {max(stride, dilation) - 1}.",
                axis=axis,
                expected=max(stride, dilation) - 1,
                got=extra,
            )
    return extras


def check_mirrored(size: int, pair: Pair, mode: str) -> None:
    """Refuse more padding on one side than the axis has pixels to fill it with.

    Example:
        >>> check_mirrored(4, (3, 3), "reflect")  # d c b | a b c d | c b a
        >>> check_mirrored(4, (4, 4), "circular")  # a b c d | a b c d | a b c d

    Args:
        size: pixels of the axis.
        pair: padding before and after.
        mode: "reflect" does not repeat the outermost pixel, "circular" goes around once; "zeros" and "replicate" have
            no limit.
    """
    if mode not in ("reflect", "circular"):
        return
    limit = size if mode == "circular" else size - 1
    if max(pair) > limit:
        raise ShapeError(
            f"`padding` (={max(pair)}) with mode {mode!r} needs more pixels than the {size} of the input.",
            f"Use padding ≤ {limit}, or the mode 'replicate'.",
            expected=limit,
            got=max(pair),
        )
    if mode == "circular" and min(pair) < 0 < max(pair):
        raise ShapeError(
            f"`padding` (={pair}) cuts off on one side what the other side would go around to.",
            "Cut and pad in two layers.",
            got=pair,
        )


def _named_padding(padding: str, kernels: Shape, strides: Shape, dilations: Shape) -> tuple[Pair, ...]:
    if padding not in ("same", "valid"):
        raise ShapeError(f'`padding` (={padding!r}) must be a number, "same" or "valid".', got=padding)
    if padding == "valid":
        return ((0, 0),) * len(kernels)
    totals = [span(k, d) - 1 for k, d in zip(kernels, dilations, strict=True)]
    for axis, (stride, total) in enumerate(zip(strides, totals, strict=True)):
        if stride != 1:
            number = f"padding={total // 2}, which gives ⌈n / {stride}⌉ pixels" if total % 2 == 0 else "a number"
            raise ShapeError(
                f'`padding` (="same") needs stride 1, but `stride` is {stride}.',
                f"Use {number}.",
                axis=axis,
                expected=1,
                got=stride,
            )
    return tuple((total // 2, total - total // 2) for total in totals)
