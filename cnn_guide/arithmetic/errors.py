"""The error of sizes and shapes that cannot be."""

from dataclasses import dataclass, replace

LESSON = "https://cnn-guide.github.io/cnn-guide/foundations/padding_stride_and_size/"


@dataclass(eq=False)
class ShapeError(ValueError):
    """A size, shape or layer argument that PyTorch would refuse too.

    Example:
        >>> from cnn_guide import conv_output_size
        >>> try:
        ...     conv_output_size(4, kernel_size=7)
        ... except ShapeError as error:
        ...     print(error.expected, error.got)
        7 4

    Args:
        problem: what is wrong, with the argument's name and value.
        hint: the way out.
        axis: index of the spatial axis, from 0, where one axis is at fault.
        expected: what the rule asks for.
        got: what was there instead.
        kind: class of the layer at fault, such as `Conv2d`.
        path: the layer's place in the network, such as `features.2`.
    """

    problem: str
    hint: str = ""
    axis: int | None = None
    expected: object = None
    got: object = None
    kind: str = ""
    path: str = ""

    @property
    def layer(self) -> str | None:
        """The layer at fault, such as `2: Conv2d`; None where a bare size is."""
        return ": ".join(part for part in (self.path, self.kind) if part) or None

    def __str__(self) -> str:
        where = f"{self.layer}: " if self.layer else ""
        return f"{where}{' '.join(part for part in (self.problem, self.hint) if part)} Read: {LESSON}"

    def of(self, kind: str) -> "ShapeError":
        """The same error, said of a layer of this kind."""
        return replace(self, kind=self.kind or kind)

    def inside(self, name: str) -> "ShapeError":
        """The same error, said of the layer with this name in its container."""
        return replace(self, path=f"{name}.{self.path}" if self.path else name)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by fields: pages run in processes of their own."""
        fields = (self.problem, self.hint, self.axis, self.expected, self.got, self.kind, self.path)
        return type(self), fields
