"""Questions asked of one axis, or of several at once."""

from ..arguments import Axes, Shape, per_axis
from ..errors import ShapeError
from ..sizes import AXIS_NAMES


def sizes_per_axis(input_size: int | Shape, output_size: Axes) -> list[tuple[int, int]]:
    """Input and wanted output of each axis.

    Example:
        >>> sizes_per_axis((100, 200), 50), sizes_per_axis(28, 26)
        ([(100, 50), (200, 50)], [(28, 26)])
    """
    axes = len(input_size) if isinstance(input_size, (tuple, list)) else 1
    inputs = per_axis("input_size", input_size, axes, least=1)
    return list(zip(inputs, per_axis("output_size", output_size, axes, least=1), strict=True))


def named(error: ShapeError, axis: int, axes: int) -> ShapeError:
    """The same error, said of this axis."""
    error.axis = axis
    if axes > 1:
        name = f"the {AXIS_NAMES[axes][axis]}" if axes in AXIS_NAMES else f"axis {axis}"
        error.problem = f"Along {name}: {error.problem}"
    return error
