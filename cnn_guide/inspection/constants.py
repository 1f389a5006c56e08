"""Tensors whose numbers are known while a network runs on shapes, since they do not depend on its input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

SMALL = 1024  # numbers; what is larger is not worth being computed
NOTHING = object()


class Constants:
    """Computes with small tensors that do not depend on the input: positions, sizes, masks, buffers of the model.

    A forward pass may read their numbers to decide what it does. The model's own tensors are read, never written to:
    where an operation would change one, its numbers count as unknown from then on.
    """

    def __init__(self) -> None:
        self._own: set[int] = set()  # where the numbers of the tensors made here are stored
        self._changed: set[int] = set()  # where the model's numbers are stored that it would have changed

    def known(self, tensors: Sequence[Tensor]) -> bool:
        """Whether the numbers of all these tensors are known and few."""
        return all(tensor.numel() <= SMALL and self.readable(tensor) for tensor in tensors)

    def readable(self, tensor: Tensor) -> bool:
        """Whether its numbers may be read, however many they are."""
        return not tensor.is_meta and _storage(tensor) not in self._changed

    def writable(self, tensor: Tensor) -> bool:
        """Whether it was made here and is not the model's."""
        return _storage(tensor) in self._own

    def forget(self, tensor: Tensor) -> None:
        """Take its numbers for unknown, since it would have been changed."""
        self._changed.add(_storage(tensor))

    def computed(self, func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """What the function returns for known tensors; NOTHING where PyTorch refuses, or the result is not small."""
        given = set(map(_storage, tensors_in([*args, *kwargs.values()])))
        if "device" in kwargs and not given:
            kwargs = kwargs | {"device": "cpu"}
        try:
            result = func(*args, **kwargs)
        except (RuntimeError, TypeError, ValueError, LookupError):
            return NOTHING
        found = list(tensors_in([result]))
        if any(tensor.numel() > SMALL for tensor in found):
            return NOTHING
        self._own |= {_storage(tensor) for tensor in found} - given
        return result


def tensors_in(values: Iterable[Any]) -> Iterator[Tensor]:
    """The tensors among some values, and in the lists and tuples among them."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from tensors_in(value)


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr() if tensor.layout is torch.strided else id(tensor)
