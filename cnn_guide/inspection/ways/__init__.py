"""The ways that places take through PyTorch's operations, by their names without underscores."""

from . import maps, moving, numbers, products
from .call import Call, Way, place_of, tensors

__all__ = ["KEEPS", "NORMALISES", "WAYS", "Call", "Way", "place_of", "tensors"]

KEEPS, NORMALISES = numbers.KEEPS, numbers.NORMALISES
WAYS: dict[str, Way] = {**numbers.WAYS, **maps.WAYS, **moving.WAYS, **products.WAYS}
