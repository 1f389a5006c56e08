"""What every layer description can do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cached_property
from math import prod
from typing import ClassVar, TypeVar

from ..arguments import Shape, count, shape
from ..costs import BYTES, COUNTER_BYTES, PER_NUMBER
from ..errors import ShapeError
from ..windows import Look

AnyLook = TypeVar("AnyLook", bound=Look)
MAPS = {1: "(C, L)", 2: "(C, H, W)", 3: "(C, D, H, W)"}


@dataclass(frozen=True, repr=False, eq=False)
class Layer:
    """A description of a layer: its arguments, and what follows from them without any tensor.

    Methods that start with an underscore are the quick ones, for shapes that are known to be good: tuples of integers
    of at least 1, without a batch axis. Their costs are the layer's own: a container leaves out its children.
    Whatever depends on the arguments alone is worked out once.
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

    def windows(self, input_shape: Shape) -> tuple[Look, ...] | None:
        """How an output unit looks at the input, for each axis after the channels.

        Returns:
            One look an axis; () where every unit sees its own place; None where a unit sees everything.
        """
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

    @cached_property
    def _numbers(self) -> tuple[int, int, int, int]:
        """Numbers in the layer's own parameters, in those named weight and bias, and the bytes of its buffers."""
        sizes = {name: prod(shape) for name, shape in self.parameter_shapes.items()}
        weights = sum(size for name, size in sizes.items() if "weight" in name)
        biases = sum(size for name, size in sizes.items() if "bias" in name and "weight" not in name)
        buffer_bytes = sum(BYTES * prod(shape) if shape else COUNTER_BYTES for shape in self.buffer_shapes.values())
        return sum(sizes.values()), weights, biases, buffer_bytes

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

    def _between(self, input_shape: Shape, output_shape: Shape) -> int:
        """Numbers that it stores besides its output, on the way there."""
        return 0

    def __post_init__(self) -> None:
        try:
            self._check()
        except ShapeError as error:
            raise error.of(self.kind) from None

    def _check(self) -> None:
        """Refuse arguments that PyTorch would refuse."""

    def __eq__(self, other: object) -> bool:
        """Equal arguments make equal layers. Written here once, since loading it for each class would take time."""
        return type(self) is type(other) and isinstance(other, Layer) and arguments_of(self) == arguments_of(other)

    def __hash__(self) -> int:
        return hash((type(self), *arguments_of(self)))

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


def arguments_of(layer: Layer) -> tuple[object, ...]:
    """The layer's arguments, in their order."""
    return tuple(getattr(layer, field.name) for field in fields(layer))


def join(path: str, name: str) -> str:
    """The path of a child: names joined by dots."""
    return f"{path}.{name}" if path else name


def alike(make: Callable[..., AnyLook], arguments: Sequence[tuple[object, ...]]) -> tuple[AnyLook, ...]:
    """A look for each axis, the same object for axes that are alike."""
    looks = {each: make(*each) for each in arguments}
    return tuple(looks[each] for each in arguments)


def check_map(input_shape: Shape, axes: int) -> None:
    """Refuse a shape that is not (C, …) with this many axes after the channels."""
    if len(input_shape) == axes + 1:
        return
    hint = ""
    if len(input_shape) == axes + 2:
        hint = f"Leave the batch axis out: {input_shape[1:]}."
    elif len(input_shape) == axes:
        hint = f"Add the channel axis: {(1, *input_shape)}."
    raise ShapeError(
        f"`input_shape` (={input_shape}) must have {axes + 1} axes, {MAPS[axes]}, not {len(input_shape)}.",
        hint,
        expected=axes + 1,
        got=len(input_shape),
    )


def check_channels(input_shape: Shape, name: str, channels: int) -> None:
    """Refuse a shape (C, …) with another number of channels."""
    if input_shape and input_shape[0] == channels:
        return
    if not input_shape:
        raise ShapeError(f"`{name}` (={channels}) does not match the input (), which has no channels.")
    got = input_shape[0]
    hint = f"Use {name}={got}."
    if len(input_shape) > 1 and input_shape[-1] == channels:
        hint = f"PyTorch puts the channels first: {(channels, *input_shape[:-1])}."
    raise ShapeError(
        f"`{name}` (={channels}) does not match the {count(got, 'channel')} of the input {input_shape}.",
        hint,
        expected=channels,
        got=got,
    )


def check_divisor(name: str, divisor: int, number: int, of_what: str) -> None:
    """Refuse a number that this argument does not divide.

    Example:
        >>> check_divisor("groups", 2, 8, of_what="channels of the input")
    """
    if number % divisor:
        fits = max(d for d in range(1, min(number, divisor) + 1) if number % d == 0)
        raise ShapeError(
            f"`{name}` (={divisor}) must divide {of_what} (={number}).", f"Use {name}={fits}.", got=divisor
        )


def axis_index(name: str, dim: int, input_shape: Shape) -> int:
    """Which axis of the shape `dim` means; PyTorch counts the batch axis, which has number -1 here.

    Example:
        >>> axis_index("dim", 1, (16, 26, 26)), axis_index("dim", -1, (16, 26, 26))
        (0, 2)
    """
    axes = len(input_shape) + 1
    if not -axes <= dim < axes:
        raise ShapeError(f"`{name}` (={dim}) must lie between {-axes} and {axes - 1}, the batch axis being 0.")
    return dim % axes - 1


def axis_within(name: str, dim: int, input_shape: Shape) -> int:
    """The same, where the layer changes the axis: the batch axis is refused."""
    index = axis_index(name, dim, input_shape)
    if index < 0:
        raise ShapeError(f"`{name}` (={dim}) is the batch axis, which stays as it is.", "Use 1 or more.", got=dim)
    return index
