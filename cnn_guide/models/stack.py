"""What the sequential networks have in common."""

from typing import Any

from torch import nn


class Stack(nn.Sequential):
    """Layers one after the other, of which a slice is a plain `nn.Sequential`.

    PyTorch would call the network's own class with the layers of the slice, which takes other arguments.

    Example:
        >>> Stack(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))[:2]
        Sequential(
          (0): Linear(in_features=4, out_features=8, bias=True)
          (1): ReLU()
        )
    """

    def __getitem__(self, index: int | slice) -> Any:
        """One layer, or a network of several."""
        return nn.Sequential(*list(self)[index]) if isinstance(index, slice) else super().__getitem__(index)
