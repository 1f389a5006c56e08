"""When steps of training end: the same clock for every contestant."""

from __future__ import annotations

import time


class Clock:
    """Notes the time at the end of each epoch's first step, so that two notes lie exactly one epoch apart.

    What comes before the first step, such as imports and choosing kernels, is thereby outside all epochs; the
    validation after each epoch is inside.

    >>> clock = Clock(steps=2)
    >>> for _ in range(5):
    ...     clock()
    >>> len(clock.wall), len(clock.epochs)
    (3, 2)

    Args:
        steps: of an epoch.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.count = 0
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __call__(self, *arguments: object) -> None:
        """Note that a step has ended; the arguments of an optimiser's hook are not looked at."""
        if self.count % self.steps == 0:
            self.wall.append(time.monotonic())
            self.cpu.append(time.process_time())
        self.count += 1

    @property
    def epochs(self) -> list[dict[str, float]]:
        """Seconds of each epoch: by the wall clock, and of all processor cores together."""
        return [
            {"wall": self.wall[i + 1] - self.wall[i], "cpu": self.cpu[i + 1] - self.cpu[i]}
            for i in range(len(self.wall) - 1)
        ]
