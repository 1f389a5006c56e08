"""How far a download is, on one line of a terminal."""

import sys
import time

_EVERY = 0.1  # seconds


class Progress:
    """Counts bytes, and shows them on standard error.

    Args:
        name: What is downloaded.
        received: Bytes that are there already.
        whole: Bytes of the whole file; 0 if the server does not say.
        shown: Whether to show anything; None: on a terminal only.
    """

    def __init__(self, name: str, received: int, whole: int, shown: bool | None = None) -> None:
        self._name, self._received, self._whole = name, received, whole
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._last = 0.0

    def add(self, count: int) -> None:
        """Count what has arrived, and say so now and then."""
        self._received += count
        if time.monotonic() - self._last >= _EVERY:
            self._print()

    def close(self) -> None:
        """Say how much it was, and end the line."""
        self._print("\n")

    def _print(self, end: str = "") -> None:
        self._last = time.monotonic()
        if self._shown:
            share = f" of {self._whole / 1e6:.1f}" if self._whole else ""
            print(f"\r{self._name}: {self._received / 1e6:.1f}{share} MB", end=end, file=sys.stderr, flush=True)
