"""Upsampling and downsampling by interpolation."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, prod

from ..arguments import Axes, Shape, choice, count, flag, per_axis, real
from ..costs import PER_NUMBER
from ..errors import ShapeError
from ..sizes import each_axis
from ..windows import Resampling
from .adaptive import window_entries
from .base import MAPS, Layer, alike

MODES = {  # how many axes each mode serves, and PyTorch's name of what it does
    "nearest": {axes: f"upsample_nearest{axes}d" for axes in (1, 2, 3)},
    "nearest-exact": {axes: f"upsample_nearest{axes}d" for axes in (1, 2, 3)},
    "area": {axes: f"adaptive_avg_pool{axes}d" for axes in (1, 2, 3)},
    "linear": {1: "upsample_linear1d"},
    "bilinear": {2: "upsample_bilinear2d"},
    "bicubic": {2: "upsample_bicubic2d"},
    "trilinear": {3: "upsample_trilinear3d"},
}
WITH_CORNERS = ("linear", "bilinear", "bicubic", "trilinear")


@dataclass(frozen=True, repr=False, eq=False)
class _Upsample(Layer):
    """A map of another size."""

    size: Axes | None = None
    scale_factor: float | Sequence[float] | None = None

    def windows(self, input_shape: Shape) -> tuple[Resampling, ...]:
        """The pixels around the place that the scale leads to."""
        sizes = input_shape[1:]
        looks = zip(sizes, self._output_shape(input_shape)[1:], self._placing(sizes), strict=True)
        return alike(Resampling, [(self._mode, *look, bool(self._corners)) for look in looks])

    def _placing(self, sizes: Shape) -> Sequence[float | None]:
        """The factor of each axis; None where PyTorch goes by the sizes, as it does for images that stay or double."""
        if not self._by_scale:
            return (None,) * len(sizes)
        scales = self._scales(len(sizes))
        if self._mode != "nearest" or len(sizes) != 2:
            return scales
        return [None if int(n * scale) in (n, 2 * n) else scale for n, scale in zip(sizes, scales, strict=True)]

    def _output_shape(self, input_shape: Shape) -> Shape:
        axes = len(input_shape) - 1
        if axes not in MODES[self._mode]:
            wanted = " or ".join(MAPS[number] for number in MODES[self._mode])
            raise ShapeError(
                f"`input_shape` (={input_shape}) must be {wanted} with the mode {self._mode!r}.",
                got=len(input_shape),
            )
        if self.size is not None:
            return (input_shape[0], *per_axis("size", self.size, axes, least=1, exact=True))
        return (input_shape[0], *each_axis(_scaled, input_shape[1:], self._scales(axes)))

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        cost = PER_NUMBER[MODES[self._mode][len(input_shape) - 1]]
        if self._mode == "area":
            return cost * input_shape[0] * prod(map(window_entries, input_shape[1:], output_shape[1:]))
        return cost * prod(output_shape)

    @cached_property
    def _factors(self) -> tuple[float, ...]:
        given = self.scale_factor if isinstance(self.scale_factor, (tuple, list)) else (self.scale_factor,)
        for factor in given:
            if not (isfinite(real("scale_factor", factor)) and factor > 0):
                raise ShapeError(f"`scale_factor` (={factor}) must be above 0 and finite.", got=factor)
        return tuple(int(factor) if factor == int(factor) else float(factor) for factor in given)  # exact on long axes

    def _scales(self, axes: int) -> tuple[float, ...]:
        if not isinstance(self.scale_factor, (tuple, list)):
            return self._factors * axes
        if len(self._factors) != axes:
            raise ShapeError(
                f"`scale_factor` (={self.scale_factor!r}) has {count(len(self._factors), 'value')} for "
                f"{count(axes, 'axis')}.",
                "Give one number, or one an axis.",
                expected=axes,
                got=len(self._factors),
            )
        return self._factors

    @property
    @abstractmethod
    def _mode(self) -> str: ...

    @property
    def _corners(self) -> bool | None:
        return None

    @property
    def _by_scale(self) -> bool:
        """Whether PyTorch places the pixels by the factor itself, not by the ratio of the two sizes."""
        return self.scale_factor is not None

    def _check(self) -> None:
        if (self.size is None) == (self.scale_factor is None):
            raise ShapeError(
                f"`size` (={self.size!r}) and `scale_factor` (={self.scale_factor!r}): exactly one must be given."
            )
        if self.size is None:
            self._factors  # noqa: B018 - works the argument out, and refuses a wrong one
        else:
            axes = len(self.size) if isinstance(self.size, (tuple, list)) else 1
            per_axis("size", self.size, axes, least=1)


@dataclass(frozen=True, repr=False, eq=False)
class Upsample(_Upsample):
    """A map enlarged, or shrunk, by interpolation.

    Example:
        >>> Upsample(scale_factor=2).output_shape((64, 14, 14))
        (64, 28, 28)
        >>> Upsample(scale_factor=1.5, mode="bilinear").output_shape((64, 7, 7))  # ⌊7 * 1.5⌋
        (64, 10, 10)
        >>> Upsample((32, 48)).output_shape((3, 9, 9))
        (3, 32, 48)
    """

    mode: str = "nearest"
    align_corners: bool | None = None
    recompute_scale_factor: bool | None = None

    @property
    def _mode(self) -> str:
        return self.mode

    @property
    def _corners(self) -> bool | None:
        return self.align_corners

    @property
    def _by_scale(self) -> bool:
        return self.scale_factor is not None and self.mode != "area" and not self.recompute_scale_factor

    def _check(self) -> None:
        choice("mode", self.mode, tuple(MODES))
        super()._check()
        for name in ("align_corners", "recompute_scale_factor"):
            if getattr(self, name) is not None:
                flag(name, getattr(self, name))
        if self.align_corners is not None and self.mode not in WITH_CORNERS:
            raise ShapeError(
                f"`align_corners` (={self.align_corners}) means something in the modes {', '.join(WITH_CORNERS)} only, "
                f"not in {self.mode!r}.",
                "Leave it out.",
                got=self.align_corners,
            )
        if self.recompute_scale_factor and self.size is not None:
            raise ShapeError("`recompute_scale_factor` (=True) needs a `scale_factor`, not a `size`.", "Leave it out.")


class UpsamplingNearest2d(_Upsample):
    """An image enlarged by repeating its pixels; the same as `Upsample`, which PyTorch recommends.

    Example:
        >>> UpsamplingNearest2d(scale_factor=2).output_shape((64, 14, 14))
        (64, 28, 28)
    """

    @property
    def _mode(self) -> str:
        return "nearest"


class UpsamplingBilinear2d(_Upsample):
    """An image enlarged by linear interpolation, its corners kept in their places.

    Example:
        >>> UpsamplingBilinear2d(scale_factor=2).output_shape((64, 14, 14))
        (64, 28, 28)
    """

    @property
    def _mode(self) -> str:
        return "bilinear"

    @property
    def _corners(self) -> bool | None:
        return True


def _scaled(size: int, factor: float) -> int:
    scaled = int(size * factor)
    if scaled < 1:
        raise ShapeError(
            f"`scale_factor` (={factor}) leaves nothing of {size} pixels: ⌊{size} · {factor}⌋ = 0.",
            f"Use scale_factor ≥ {1 / size:.3g}.",
            got=factor,
        )
    return scaled
