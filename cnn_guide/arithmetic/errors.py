"""The error of sizes and shapes that cannot be."""

LESSON = "https://cnn-guide.github.io/cnn-guide/foundations/padding_stride_and_size/"


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

    def __init__(
        self,
        problem: str,
        hint: str = "",
        axis: int | None = None,
        expected: object = None,
        got: object = None,
        kind: str = "",
        path: str = "",
    ) -> None:
        super().__init__(problem)  # pickling calls the class with it, and sets the fields to what they are then
        self.problem = problem
        self.hint = hint
        self.axis = axis
        self.expected = expected
        self.got = got
        self.kind = kind
        self.path = path

    @property
    def layer(self) -> str | None:
        """The layer at fault, such as `2: Conv2d`; None where a bare size is."""
        return ": ".join(part for part in (self.path, self.kind) if part) or None

    def __str__(self) -> str:
        where = f"{self.layer}: " if self.layer else ""
        return f"{where}{' '.join(part for part in (self.problem, self.hint) if part)} Read: {LESSON}"

    def of(self, kind: str) -> "ShapeError":
        """The same error, said of a layer of this kind."""
        return self._said(self.kind or kind, self.path)

    def inside(self, name: str) -> "ShapeError":
        """The same error, said of the layer with this name in its container."""
        return self._said(self.kind, f"{name}.{self.path}" if self.path else name)

    def _said(self, kind: str, path: str) -> "ShapeError":
        return ShapeError(self.problem, self.hint, self.axis, self.expected, self.got, kind, path)
