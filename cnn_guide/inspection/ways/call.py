"""One operation as its way sees it: arguments with the places of their tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from torch import Tensor

from ...arithmetic.arguments import Shape
from ...arithmetic.layout import Place

Placed: TypeAlias = tuple[Place, Shape]  # a place and the shape of its tensor


class Call(NamedTuple):
    """An operation that has run.

    Args:
        name: PyTorch's name of the function, without underscores.
        args: its arguments.
        kwargs: its named arguments.
        result: what it returned.
        strict: whether statistics and gates count as seeing the whole map.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    strict: bool

    def given(self, index: int, name: str, default: Any = None) -> Any:
        """The argument at this position or of this name."""
        return self.args[index] if len(self.args) > index else self.kwargs.get(name, default)

    @property
    def input(self) -> Any:
        """The first argument."""
        return self.args[0] if self.args else next(iter(self.kwargs.values()))

    @property
    def place(self) -> Place:
        """The place of the first argument."""
        place = place_of(self.input)
        assert place is not None
        return place

    @property
    def shape(self) -> Shape:
        """Shape of the first argument."""
        return tuple(self.input.shape)

    @property
    def output(self) -> Shape:
        """Shape of the result, or of the first tensor in it."""
        result = self.result if isinstance(self.result, Tensor) else next(tensors(self.result))
        return tuple(result.shape)

    def placed(self) -> list[Placed]:
        """All arguments with a place."""
        return [(place, tuple(tensor.shape)) for tensor in self.tensors() if (place := place_of(tensor))]

    def tensors(self) -> Iterator[Tensor]:
        """All tensors among the arguments."""
        yield from tensors(self.args)
        yield from tensors(self.kwargs)


Way: TypeAlias = Callable[[Call], Any]  # gives the place of the result, or one for each tensor in it


def place_of(value: Any) -> Place | None:
    """The place that `follow` has written on a tensor; None where no pixel reaches it."""
    return value.__dict__.get("_place") if isinstance(value, Tensor) else None


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors(part)


def along(dim: int, axes: int) -> int:
    """A dimension counted from the front."""
    return dim % axes if axes else 0


def dims_of(value: Any, axes: int) -> tuple[int, ...]:
    """Dimensions given as a number, several numbers, or nothing for all."""
    if value is None or value == ():
        return tuple(range(axes))
    return tuple(along(dim, axes) for dim in ((value,) if isinstance(value, int) else value))


def per_axis(value: Any, axes: int) -> tuple[Any, ...]:
    """One value an axis."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return values * axes if len(values) == 1 else values
