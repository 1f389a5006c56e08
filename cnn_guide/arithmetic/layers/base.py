"""What every layer description can do."""

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from math import prod
from typing import ClassVar, NamedTuple

from ..arguments import Shape, shape
from ..costs import PER_NUMBER
from ..errors import ShapeError


class Window(NamedTuple):
    """How a unit looks at its layer's input along one axis."""

    span: int  # pixels from the first to the last that it sees
    stride: int  # pixels between the windows of two neighbouring units
    before: int  # pixels of padding in front of the input


@dataclass(frozen=True)
class Layer:
    """A description of a layer: its arguments, and what follows from them without any tensor.

    Methods that start with an underscore are the quick ones, for shapes that are known to be good: tuples of integers
    of at least 1, without a batch axis. Their costs are the layer's own: a container leaves out its children.
    """

    function: ClassVar[str] = "identity"  # PyTorch's name of what the layer does, which `costs.PER_NUMBER` knows

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of the output for an input of this shape, both without the batch axis.

        Args:
            input_shape: (C, H, W) for images, (C, L) for sequences, (features,) after Flatten.

        Raises:
            ShapeError: if the layer cannot take such an input.
        """
        try:
            return self._output_shape(shape("input_shape", input_shape))
        except ShapeError as error:
            raise error.of(self.kind) from None

    def macs(self, input_shape: Shape) -> int:
        """Multiply-accumulates of convolution, linear layers and attention for one input of this shape."""
        return self._macs(input_shape, self.output_shape(input_shape)) + sum(
            layer.macs(sizes) for _, layer, sizes in self.routes(input_shape)
        )

    def operations(self, input_shape: Shape) -> int:
        """All arithmetic operations for one input of this shape, as `arithmetic.costs` counts them."""
        return self._operations(input_shape, self.output_shape(input_shape)) + sum(
            layer.operations(sizes) for _, layer, sizes in self.routes(input_shape)
        )

    def windows(self, input_shape: Shape) -> tuple[Window, ...] | None:
        """How one output unit looks at the input, a window an axis; () for its own place, None for everything."""
        return ()

    @property
    def mixes_map(self) -> bool:
        """Whether, taken literally, a unit sees the whole map, through the statistics of a normalisation."""
        return False

    @property
    def makes_new(self) -> bool:
        """Whether the output is stored anew; views, and layers that work in place, reuse the memory of the input."""
        return True

    @property
    def kind(self) -> str:
        """Name of the layer's class."""
        return type(self).__name__

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """Shapes of the trainable tensors, by PyTorch's names."""
        return {}

    @property
    def buffer_shapes(self) -> dict[str, Shape]:
        """Shapes of the tensors that are stored but not trained, by PyTorch's names."""
        return {}

    @property
    def children(self) -> tuple[tuple[str, "Layer"], ...]:
        """Names and layers of a container; nothing for any other layer."""
        return ()

    def routes(self, input_shape: Shape) -> Iterator[tuple[str, "Layer", Shape]]:
        """Name, layer and input shape of each child, in the order in which data passes."""
        return ((name, layer, input_shape) for name, layer in self.children)

    @property
    def parameters(self) -> int:
        """How many numbers the layer trains; a layer object that occurs several times counts once, as in PyTorch."""
        layers = {id(layer): layer for _, layer in self.walk()}.values()
        return sum(prod(sizes) for layer in layers for sizes in layer.parameter_shapes.values())

    def walk(self, path: str = "") -> Iterator[tuple[str, "Layer"]]:
        """Paths and layers: this one and all inside it."""
        yield path, self
        for name, layer in self.children:
            yield from layer.walk(join(path, name))

    def _output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def _macs(self, input_shape: Shape, output_shape: Shape) -> int:
        return 0

    def _operations(self, input_shape: Shape, output_shape: Shape) -> int:
        return PER_NUMBER[self.function] * prod(output_shape)

    def __post_init__(self) -> None:
        try:
            self._check()
        except ShapeError as error:
            raise error.of(self.kind) from None

    def _check(self) -> None:
        """Refuse arguments that PyTorch would refuse."""

    def __repr__(self) -> str:
        """As it is written: required arguments by position, others by name where they differ from the default."""
        shown = []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.default is MISSING and field.name != "kernel_size":
                shown.append(repr(value))
            elif value != field.default:
                shown.append(f"{field.name}={value!r}")
        return f"{self.kind}({', '.join(shown)})"


def join(path: str, name: str) -> str:
    """The path of a child: names joined by dots."""
    return f"{path}.{name}" if path else name


def check_rank(input_shape: Shape, axes: int) -> None:
    """Refuse a shape that is not (C, …) with this many spatial axes."""
    if len(input_shape) == axes + 1:
        return
    wanted = "(C, L)" if axes == 1 else "(C, H, W)" if axes == 2 else "(C, D, H, W)"
    hint = ""
    if len(input_shape) == axes + 2:
        hint = f"Leave the batch axis out: {input_shape[1:]}."
    elif len(input_shape) == axes:
        hint = f"Add the channel axis: {(1, *input_shape)}."
    raise ShapeError(
        f"`input_shape` (={input_shape}) must have {axes + 1} axes, {wanted}, not {len(input_shape)}.",
        hint,
        expected=axes + 1,
        got=len(input_shape),
    )


def check_channels(input_shape: Shape, name: str, channels: int) -> None:
    """Refuse a shape (C, …) with another number of channels."""
    got = input_shape[0]
    if got == channels:
        return
    last = len(input_shape) > 1 and input_shape[-1] == channels
    hint = f"Use {name}={got}."
    if last:
        hint = f"PyTorch puts the channels first: {(channels, *input_shape[:-1])}."
    raise ShapeError(
        f"`{name}` (={channels}) does not match the {got} {'channel' if got == 1 else 'channels'} of the input "
        f"{input_shape}.",
        hint,
        expected=channels,
        got=got,
    )
