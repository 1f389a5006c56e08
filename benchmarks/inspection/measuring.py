"""How long a call takes, and how far it raises the memory of its process."""

from __future__ import annotations

import ctypes
import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Measurement = dict[str, Any]

MOST_ROUNDS = 200
BUDGET = 1.0  # seconds for the rounds after the first
PATIENCE = 5.0  # seconds: a first call that takes longer is the only one


def measure(call: Callable[[], object]) -> Measurement:
    """Return the time and the memory of the first call, and the times of the calls that follow.

    >>> sorted(measure(lambda: 1))
    ['fastest', 'first', 'memory', 'rounds', 'seconds', 'slowest']
    """
    first, memory = measure_first(call)
    rounds = list[float]()
    while first < PATIENCE and len(rounds) < MOST_ROUNDS and (len(rounds) < 3 or sum(rounds) < BUDGET):
        rounds.append(seconds(call))
    times = rounds or [first]
    return {
        "first": first,
        "memory": memory,
        "rounds": len(rounds),
        "seconds": statistics.median(times),
        "fastest": min(times),
        "slowest": max(times),
    }


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure_first(call: Callable[[], object]) -> tuple[float, int]:
    """Return the seconds of a call, and by how many bytes the process was larger than before at its peak."""
    gc.collect()
    give_back()
    before = forget_peak()
    took = seconds(call)
    return took, max(0, peak() - before)


def give_back() -> None:
    """Let the allocator return free memory to the system, or the call would use it unseen (glibc)."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)


def forget_peak() -> int:
    """Set the peak to the present size of the process (Linux), and return it in bytes."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    return peak()


def peak() -> int:
    """Return the largest resident size of the process so far, in bytes."""
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text("utf-8")
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
