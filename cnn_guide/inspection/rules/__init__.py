"""Frequent operations answered by integers, on tensors that have shapes but no numbers.

PyTorch could answer them too, but for these it would first load its compiler, which takes a second, and then take 50
times as long. `RULES` has one function for each of PyTorch's, by its name without underscores.
"""

from collections.abc import Callable
from typing import Any

from . import images, indexing, matrices, moving, numbers, sequences
from .making import META, ghost, made, on_meta, words
from .worked import NumbersNeededError, Worked

__all__ = ["COUNTED", "IN_PLACE", "META", "RULES", "NumbersNeededError", "Worked", "ghost", "made", "on_meta", "words"]

RULES: dict[str, Callable[..., Any]] = {
    **images.RULES, **indexing.RULES, **matrices.RULES, **moving.RULES, **numbers.RULES, **sequences.RULES
}  # fmt: skip
IN_PLACE = RULES | numbers.IN_PLACE
"""The same for functions that write into their first argument."""

COUNTED = frozenset([*images.RULES, *matrices.RULES, *sequences.RULES])
"""Functions whose rules count their work themselves: without the rule's answer it is not known."""
