"""The answer of a rule."""

from typing import Any, NamedTuple


class Worked(NamedTuple):
    """What an operation returns, and the work that it is."""

    result: Any
    macs: int
    operations: int
