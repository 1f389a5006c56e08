"""What a rule answers."""

from typing import Any, NamedTuple


class Worked(NamedTuple):
    """What an operation returns, and the work that it is."""

    result: Any
    macs: int
    operations: int


class NumbersNeededError(ValueError):
    """A forward pass asks for numbers that depend on its input, of which the shapes alone are known."""
