"""A window that slides along an axis: convolution and pooling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..coverage import unused_runs
from ..padding import Pair, span
from .formula import Formula, Symbol, ceil, floor
from .places import Place
from .steps import Section, Step


class Sliding(NamedTuple):
    """The settings of a window along one axis.

    Args:
        n: pixels of the input.
        k: pixels of the kernel.
        s: stride.
        padding: pixels of padding before and after the input.
        d: dilation.
        ceil_mode: whether a last window that sticks out counts.
        filler: what the padding holds.
        remark: a sentence on what becomes of it.
        named: whether the padding was given by name, "same" or "valid".
    """

    n: int
    k: int
    s: int
    padding: Pair
    d: int = 1
    ceil_mode: bool = False
    filler: str = "of zeros"
    remark: str = ""
    named: bool = False

    @property
    def size(self) -> int:
        """The output size; below 1 where no window fits."""
        return self._rounded - self._too_far

    @property
    def end(self) -> int:
        """The first pixel behind the last window, counted from the input's first."""
        return (self.size - 1) * self.s + span(self.k, self.d) - self.padding[0]

    def unread(self) -> Iterator[range]:
        """Pixels of the input that no window reads, as runs."""
        return unused_runs(self.n, self.k, self.s, self.padding[0], self.d, output_size=self.size)

    def section(self, where: Place) -> Section:
        """The steps to the output size, and what happens at the border."""
        if self.size < 1:
            return Section(where.axis, (*self._room(), Step("window spans", self._spanned)))
        title = f"{where.axis}: {self.n} → {self.size}" if where.axis else ""
        return Section(title, (*self._room(), *self._answer()), tuple(self._notes(where)))

    def _room(self) -> Iterator[Step]:
        if self.named and any(self.padding):
            yield Step("padding in total", self._dilated_kernel)
        if any(self.padding):
            yield Step("padded input", self._padded)

    def _answer(self) -> Iterator[Step]:
        if self.d > 1:
            yield Step("window spans", self._spanned)
        if not self._too_far:
            yield Step("output size", self._windows)
            return
        o = Symbol("o", self._rounded, "number of windows before one is dropped")
        yield Step("windows", self._windows)
        yield Step("the last starts at", (o - 1) * Symbol("s", self.s, "stride"))
        yield Step("input ends before", self._input + Symbol("p", self.padding[0], "padding on each side"))
        yield Step("output size", o - 1)

    @property
    def _input(self) -> Symbol:
        return Symbol("n", self.n, "input size")

    @property
    def _kernel(self) -> Symbol:
        return Symbol("k", self.k, "kernel size")

    @property
    def _dilated_kernel(self) -> Formula:
        return Symbol("d", self.d, "dilation") * (self._kernel - 1)

    @property
    def _spanned(self) -> Formula:
        return self._dilated_kernel + 1

    @property
    def _padded(self) -> Formula:
        before, after = self.padding
        if before == after:
            return self._input + 2 * Symbol("p", before, "padding on each side")
        return self._input + Symbol("p", before, "padding before") + Symbol("p′", after, "padding after")

    @property
    def _windows(self) -> Formula:
        """Windows that fit, or that at least start early enough to be rounded up to."""
        room = self._padded - self._kernel if self.d == 1 else self._padded - self._dilated_kernel - 1
        steps = room / Symbol("s", self.s, "stride")
        return (ceil(steps) if self.ceil_mode else floor(steps)) + 1

    @property
    def _rounded(self) -> int:
        return int(self._windows.value)

    @property
    def _too_far(self) -> bool:
        """Whether the last window would start behind the input; only rounding up gets there."""
        return self.ceil_mode and (self._rounded - 1) * self.s >= self.n + self.padding[0]

    def _notes(self, where: Place) -> Iterator[str]:
        (before, after), end = self.padding, self.end
        yield where.padded(before, after, self.filler)
        if self.remark and (before or after or end > self.n):
            yield self.remark
        if self._too_far:
            yield "The last window is dropped: it would start behind the input, in padding alone."
        if end > self.n + after:
            out = where.some(end - self.n - after)
            yield f"The last window sticks out by {out}; ceil_mode keeps it, cut off."
        elif end < self.n + after and after > 0:
            read = max(end - self.n, 0)
            found = f"only {read} of {after} {'is' if read == 1 else 'are'} read" if read else "nothing is read"
            yield f"Of the padding {where.last} {found}: no whole step is left."
        yield from self._empty_windows()
        yield self._unread_note(where)

    def _empty_windows(self) -> Iterator[str]:
        """Windows that see no pixel: those that end before the input, and those that start behind it."""
        before, spanned = self.padding[0], span(self.k, self.d)
        in_front = (before - spanned) // self.s + 1 if before >= spanned else 0
        behind = max(0, self.size - -(-(self.n + before) // self.s))
        if in_front + behind:
            count = min(in_front + behind, self.size)
            yield f"{count} {'window lies' if count == 1 else 'windows lie'} in padding alone."

    def _unread_note(self, where: Place) -> str:
        first = next(self.unread(), None)
        if first is None:
            return f"Every {' and '.join(where.units)} is read."
        reason = "no whole step is left" if first.start >= self.end else "the windows step over them"
        return f"{where.never('read', self.unread())}: {reason}."
