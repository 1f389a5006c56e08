"""How much memory of activations is in use while a network runs."""

from __future__ import annotations


class Memory:
    """Counts the bytes of the activations: now, at most, and all that were ever made.

    Example:
        >>> memory = Memory()
        >>> image = memory.hold(400)
        >>> features = memory.hold(1600)
        >>> del image
        >>> small = memory.hold(100)
        >>> memory.now, memory.most, memory.made
        (1700, 2000, 2100)
    """

    def __init__(self) -> None:
        self.now = self.most = self.made = 0

    def hold(self, size: int) -> Held:
        """A token for so many bytes: they are in use until nobody holds the token any more."""
        self.made += size
        self.now += size
        if self.now > self.most:
            self.most = self.now
        return Held(self, size)


class Held:
    """Bytes in use; Python's own reference counts say how long."""

    __slots__ = ("memory", "size")

    def __init__(self, memory: Memory, size: int) -> None:
        self.memory, self.size = memory, size

    def __del__(self) -> None:
        self.memory.now -= self.size
