"""One operation as its way sees it: arguments with the places of their tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from torch import Tensor

from ...arithmetic.arguments import Shape
from ...arithmetic.layout import Lost, Place

Placed: TypeAlias = tuple[Place, Shape]  # a place and the shape of its tensor


class Call:
    """An operation that has run.

    Args:
        name: PyTorch's name of the function, without underscores.
        args: its arguments.
        kwargs: its named arguments.
        result: what it returned.
        strict: whether statistics and gates count as seeing the whole map.
        seeing: the tensors among the arguments that depend on the image.
    """

    def __init__(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: Any,
        strict: bool,
        seeing: Sequence[Tensor],
    ) -> None:
        self.name = name
        self.args = args
        self.kwargs = kwargs
        self.result = result
        self.strict = strict
        self.seeing = seeing

    def given(self, index: int, name: str, default: Any = None) -> Any:
        """The argument at this position or of this name."""
        return self.args[index] if len(self.args) > index else self.kwargs.get(name, default)

    @property
    def input(self) -> Any:
        """The first argument."""
        return self.args[0] if self.args else next(iter(self.kwargs.values()))

    @property
    def place(self) -> Place:
        """The place of the first argument, where that alone depends on the image.

        Raises:
            Lost: if another one does, such as filters that the network computes.
        """
        if len(self.seeing) > 1 or self.seeing[0] is not self.input:
            raise Lost("another argument than its input depends on the image")
        return self.first

    @property
    def first(self) -> Place:
        """The place of the first tensor that depends on the image."""
        place: Place = self.seeing[0].__dict__["_place"]
        return place

    @property
    def shape(self) -> Shape:
        """Shape of the first argument."""
        return tuple(self.input.shape)

    @property
    def output(self) -> Shape:
        """Shape of the result, or of the first tensor in it."""
        return tuple((self.result if isinstance(self.result, Tensor) else tensors((self.result,))[0]).shape)

    def placed(self) -> list[Placed]:
        """All arguments that depend on the image."""
        return [(tensor.__dict__["_place"], tuple(tensor.shape)) for tensor in self.seeing]


Way: TypeAlias = Callable[[Call], Any]  # gives the place of the result, or one for each tensor in it


def place_of(value: Any) -> Place | None:
    """The place that `follow` has written on a tensor; None where no pixel reaches it."""
    return value.__dict__.get("_place") if isinstance(value, Tensor) else None


def tensors(values: Iterable[Any]) -> list[Tensor]:
    """The tensors among these values, and in tuples, lists and dicts among them."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (tuple, list, dict)):
            found += tensors(value.values() if isinstance(value, dict) else value)
    return found


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
