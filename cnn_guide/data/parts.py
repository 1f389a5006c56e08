"""The three parts of a data set, and how images are held back from the training."""

from typing import NamedTuple

import torch

from cnn_guide.data.tensors import TensorSet

VALIDATION_SHARE = 0.1  # one training image in ten watches the training
FLOATS = 2**26  # values; up to here (268 MB) a part is kept as floats, beyond as bytes


class Parts(NamedTuple):
    """What to learn from, what to watch the learning with, and what the final mark is taken on."""

    train: TensorSet
    val: TensorSet
    test: TensorSet

    def settled(self) -> "Parts":
        """Return the parts as they are kept: small ones as floats, which spares the conversion of each batch."""
        return Parts(*(part if part.pixels.numel() > FLOATS else part.as_float() for part in self))


def held_back(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Part the positions of the training images into those to learn from and those to watch the training with.

    Example:
        >>> train, val = held_back(20, seed=0)
        >>> len(train), len(val), sorted([*train.tolist(), *val.tolist()]) == list(range(20))
        (18, 2, True)

    Args:
        count: How many training images there are.
        seed: Decides which are held back.

    Returns:
        Two rising sequences of positions; the second holds one image in ten.
    """
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    val = round(VALIDATION_SHARE * count)
    return order[val:].sort().values, order[:val].sort().values
