"""A kernel that stamps: transposed convolution along an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..conventions import tf_transpose_crop
from ..coverage import unused_runs
from .formula import Formula, Symbol
from .places import Place, alike, alone
from .steps import Comparison, Convention, Section, Step


class Stamping(NamedTuple):
    """The settings of a transposed convolution along one axis.

    Args:
        n: pixels of the input.
        k: pixels of the kernel.
        s: stride, pixels between two stamps on the output.
        p: pixels cut off on both sides.
        extra: output_padding, pixels added at the end.
        d: dilation.
    """

    n: int
    k: int
    s: int
    p: int
    extra: int
    d: int = 1

    @property
    def size(self) -> int:
        """The output size; below 1 where nothing is left."""
        return int(self._output.value)

    def unwritten(self) -> Iterator[range]:
        """Output pixels that no stamp reaches, as runs."""
        # Output pixel o lies under stamp i where o + p = i·s + t·d: what a convolution of the output would read.
        return unused_runs(self.size, self.k, self.s, self.p, self.d, output_size=self.n)

    def section(self, where: Place) -> Section:
        """The steps to the output size, and what happens at the border."""
        title = f"{where.axis}: {self.n} → {self.size}" if where.axis and self.size > 0 else where.axis
        steps = (Step("stamps reach over", self._reach), Step("output size", self._output))
        return Section(title, steps, tuple(self._notes(where)) if self.size > 0 else ())

    @property
    def _reach(self) -> Formula:
        n, s, k = Symbol("n", self.n, "input size"), Symbol("s", self.s, "stride"), Symbol("k", self.k, "kernel size")
        if self.d == 1:
            return (n - 1) * s + k
        return (n - 1) * s + Symbol("d", self.d, "dilation") * (k - 1) + 1

    @property
    def _output(self) -> Formula:
        cut = self._reach - 2 * Symbol("p", self.p, "padding, cut off on each side")
        return cut + Symbol("e", self.extra, "output_padding") if self.extra else cut

    def _notes(self, where: Place) -> Iterator[str]:
        yield f"{where.some(self.p)} cut off on each side." if self.p else "Nothing is cut off."
        if self.extra:
            yield f"output_padding adds {where.some(self.extra)} {where.last}."
        if next(self.unwritten(), None) is None:
            yield f"Every output {' and '.join(where.units)} lies under a stamp."
        else:
            yield f"{where.never('written', self.unwritten())}: they hold the bias alone."
        if self.d == 1 and self.s > 1 and self.k % self.s and self.k > self.s:
            fewer = self.k // self.s
            yield (
                f"The stride {self.s} does not divide the kernel {self.k}: {fewer} or {fewer + 1} stamps overlap in "
                "turn, which can show as a checkerboard."
            )


def compared(axes: Sequence[Stamping], given: str, single: bool = False) -> tuple[Comparison, ...]:
    """PyTorch's size beside TensorFlow's, a table for each group of axes with the same settings."""
    groups = [(alone(), axes[0])] if single else alike(axes)
    title = "PyTorch and TensorFlow side by side"
    return tuple(
        Comparison(
            f"{title}: {where.axis}" if len(groups) > 1 else title,
            _rows(where, axis, given),
            headings=("cut off", "output", "never written"),
        )
        for where, axis in groups
    )


def _rows(where: Place, axis: Stamping, given: str) -> tuple[Convention, ...]:
    rows = [_row(where, axis, f"PyTorch, padding={given}", (axis.p, axis.p - axis.extra))]
    for name in ("SAME", "VALID"):
        before, after = tf_transpose_crop(axis.n, axis.k, axis.s, name, axis.d)
        # The same stamps, cut as TensorFlow does: what is missing behind is added there.
        rows.append(_row(where, axis._replace(p=before, extra=before - after), f"TensorFlow {name}", (before, after)))
    return tuple(rows)


def _row(where: Place, axis: Stamping, name: str, cut: tuple[int, int]) -> Convention:
    if axis.size < 1:
        return Convention(name, *cut, None, "")
    return Convention(name, *cut, axis.size, where.listed(axis.unwritten()) or "nothing")
