"""Stacks of equal layers whose units see as much of the input as is wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import product

from ..arguments import integer
from ..errors import ShapeError
from ..layers import Conv1d, Conv2d, Conv3d, Sequential
from .search import Choice

CONVOLUTIONS = {1: Conv1d, 2: Conv2d, 3: Conv3d}


@dataclass(frozen=True, repr=False)
class Stack:
    """Convolutions one after the other, all alike but for their dilation, which may grow from layer to layer.

    Example:
        >>> stack = Stack(depth=3, kernel_size=3, growth=2)  # dilation 1, 2, 4
        >>> stack.field, stack.layers(channels=8, axes=1)
        (15, Sequential(
          Conv1d(8, 8, kernel_size=3),
          Conv1d(8, 8, kernel_size=3, dilation=2),
          Conv1d(8, 8, kernel_size=3, dilation=4),
        ))

    Args:
        depth: how many layers there are.
        kernel_size: pixels of each kernel.
        stride: stride of each layer.
        dilation: dilation of the first layer.
        growth: dilation of each layer over that of the one before.
    """

    depth: int
    kernel_size: int
    stride: int = 1
    dilation: int = 1
    growth: int = 1

    @property
    def field(self) -> int:
        """Pixels of the input that a unit of the last layer sees: 1 + Σ d(k − 1)·(stride of all layers before)."""
        field = jump = 1
        for dilation in self._dilations():
            field += dilation * (self.kernel_size - 1) * jump
            jump *= self.stride
        return field

    def layers(self, channels: int, axes: int = 2) -> Sequential:
        """The layers, each from so many channels to as many."""
        convolution = CONVOLUTIONS[axes]
        return Sequential(
            *(
                convolution(channels, channels, self.kernel_size, self.stride, dilation=dilation)
                for dilation in self._dilations()
            )
        )

    def _dilations(self) -> Iterator[int]:
        """The dilation of each layer."""
        dilation = self.dilation
        for _ in range(self.depth):
            yield dilation
            dilation *= self.growth

    def to_dict(self) -> dict[str, int]:
        """Everything as plain Python values."""
        return asdict(self)

    def __repr__(self) -> str:
        """As it is written: what differs from the default."""
        values = ((field, getattr(self, field.name)) for field in fields(self))
        return f"Stack({', '.join(f'{field.name}={value}' for field, value in values if value != field.default)})"


def solve_receptive_field(
    size: int,
    kernel_size: Choice = 3,
    stride: Choice = 1,
    dilation: Choice = 1,
    growth: Choice = 1,
    depth: Choice = range(1, 65),
) -> tuple[Stack, ...]:
    """Every stack of equal convolutions whose units see this many pixels, the simplest first.

    In order: no growth of the dilation, little dilation, short strides, few layers, small kernels.

    Example:
        >>> solve_receptive_field(31)
        (Stack(depth=15, kernel_size=3),)
        >>> solve_receptive_field(31, growth=2)  # dilation 1, 2, 4, 8
        (Stack(depth=4, kernel_size=3, growth=2),)
        >>> solve_receptive_field(13, kernel_size=range(2, 8))[:2]
        (Stack(depth=2, kernel_size=7), Stack(depth=3, kernel_size=5))

    Args:
        size: pixels that a unit is to see along an axis.
        kernel_size: a number, or a range or tuple of numbers to search; here and below.
        stride: stride of each layer.
        dilation: dilation of the first layer.
        growth: dilation of each layer over that of the one before; 2 doubles it from layer to layer.
        depth: how many layers; by default 1 to 64.

    Raises:
        ShapeError: if there are none; it names the nearest fields that can be reached.
    """
    wanted = integer("size", size, least=1)
    given = {"growth": growth, "dilation": dilation, "stride": stride, "depth": depth, "kernel_size": kernel_size}
    choices = {name: _numbers(name, value) for name, value in given.items()}
    found, others = [], dict[int, Stack]()
    for values in product(*choices.values()):
        stack = Stack(**dict(zip(choices, values, strict=True)))
        others.setdefault(stack.field, stack)
        if stack.field == wanted:
            found.append(stack)
    if found:
        return tuple(found)
    raise _out_of_reach(wanted, others)


def _numbers(name: str, value: Choice) -> Sequence[int]:
    if isinstance(value, (range, tuple, list)):
        return [integer(name, number, least=1) for number in value]
    return [integer(name, value, least=1)]


def _out_of_reach(wanted: int, others: dict[int, Stack]) -> ShapeError:
    below = max((size for size in others if size < wanted), default=None)
    above = min((size for size in others if size > wanted), default=None)
    near = [f"{others[size]!r} sees {size}" for size in (below, above) if size is not None]
    return ShapeError(
        f"No stack in these ranges sees exactly {wanted} pixels.",
        f"{' and '.join(near)}. Or search wider ranges.",
        expected=wanted,
    )
