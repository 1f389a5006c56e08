"""What is said of each kind of layer."""

from functools import reduce, singledispatch
from operator import mul
from typing import Any

from .. import layers as kinds
from ..arguments import Shape, per_axis
from ..layers import Layer
from ..layers.base import axis_within
from ..sizes import conv_output_size
from . import maps
from .axes import Along, convolution, pooling, transposed
from .costs import sides
from .formula import Formula, Symbol
from .steps import Section, Step

Convolution = kinds.Conv1d | kinds.Conv2d | kinds.Conv3d
Transposed = kinds.ConvTranspose1d | kinds.ConvTranspose2d | kinds.ConvTranspose3d
MaxPool = kinds.MaxPool1d | kinds.MaxPool2d | kinds.MaxPool3d
AvgPool = kinds.AvgPool1d | kinds.AvgPool2d | kinds.AvgPool3d
LPPool = kinds.LPPool1d | kinds.LPPool2d | kinds.LPPool3d
AdaptiveMean = kinds.AdaptiveAvgPool1d | kinds.AdaptiveAvgPool2d | kinds.AdaptiveAvgPool3d
Adaptive = AdaptiveMean | kinds.AdaptiveMaxPool1d | kinds.AdaptiveMaxPool2d | kinds.AdaptiveMaxPool3d
Upsampling = kinds.Upsample | kinds.UpsamplingNearest2d | kinds.UpsamplingBilinear2d
Constant = (
    kinds.ZeroPad1d
    | kinds.ZeroPad2d
    | kinds.ZeroPad3d
    | kinds.ConstantPad1d
    | kinds.ConstantPad2d
    | kinds.ConstantPad3d
)
Mirror = kinds.ReflectionPad1d | kinds.ReflectionPad2d | kinds.ReflectionPad3d
Repeat = kinds.ReplicationPad1d | kinds.ReplicationPad2d | kinds.ReplicationPad3d
Circle = kinds.CircularPad1d | kinds.CircularPad2d | kinds.CircularPad3d
FILLERS = {
    "zeros": "of zeros",
    "reflect": "mirrored at the border",
    "replicate": "repeating the border",
    "circular": "from the opposite side",
}
LETTERS = {1: ("C",), 2: ("C", "L"), 3: ("C", "H", "W"), 4: ("C", "D", "H", "W")}
MEANINGS = {"C": "channels", "L": "length", "D": "depth", "H": "height", "W": "width"}


@singledispatch
def told(layer: Layer, input_shape: Shape) -> Along:
    """How a layer's output gets its shape; the layer need not take this input, if only it has the right axes."""
    kept = layer.output_shape(input_shape) == input_shape
    return Along((Section("", notes=("The shape stays as it is.",)),) if kept else ())


@told.register
def _convolution(layer: Convolution, input_shape: Shape) -> Along:
    return convolution(
        input_shape[1:],
        padding=layer.padding,
        filler=FILLERS[layer.padding_mode],
        kernel_size=layer.kernel_size,
        stride=layer.stride,
        dilation=layer.dilation,
        least=0 if layer.padding_mode == "zeros" else None,  # the other modes may cut off
    )


@told.register
def _transposed(layer: Transposed, input_shape: Shape) -> Along:
    return transposed(
        input_shape[1:],
        padding=layer.padding,
        kernel_size=layer.kernel_size,
        stride=layer.stride,
        output_padding=layer.output_padding,
        dilation=layer.dilation,
    )


@told.register
def _max_pool(layer: MaxPool, input_shape: Shape) -> Along:
    return _pool(layer, input_shape, pooled="maximum", padding=layer.padding, dilation=layer.dilation, filler="of −∞")


@told.register
def _avg_pool(layer: AvgPool, input_shape: Shape) -> Along:
    counts = "counts in the mean" if layer.count_include_pad else "is left out of the mean"
    remark = f"Padding {counts} (count_include_pad={layer.count_include_pad})."
    return _pool(layer, input_shape, pooled="mean", padding=layer.padding, filler="of zeros", remark=remark)


@told.register
def _lp_pool(layer: LPPool, input_shape: Shape) -> Along:
    return _pool(layer, input_shape, pooled="norm")


def _pool(layer: MaxPool | AvgPool | LPPool, input_shape: Shape, **settings: Any) -> Along:
    window = {"kernel_size": layer.kernel_size, "stride": layer.stride, "padding": 0, "dilation": 1}
    return pooling(input_shape[1:], ceil_mode=layer.ceil_mode, **{**window, **settings})


@told.register
def _adaptive(layer: Adaptive, input_shape: Shape) -> Along:
    return Along(maps.adaptive(input_shape[1:], layer.output_shape(input_shape)[1:]))


@told.register
def _upsampled(layer: Upsampling, input_shape: Shape) -> Along:
    return Along(maps.upsampled(input_shape[1:], layer.output_shape(input_shape)[1:], layer.scale_factor))


@told.register
def _constant_pad(layer: Constant, input_shape: Shape) -> Along:
    value = getattr(layer, "value", 0)
    return _pad(layer, input_shape, "of zeros" if value == 0 else f"of the number {value}")


@told.register
def _mirror_pad(layer: Mirror, input_shape: Shape) -> Along:
    return _pad(layer, input_shape, FILLERS["reflect"])


@told.register
def _repeat_pad(layer: Repeat, input_shape: Shape) -> Along:
    return _pad(layer, input_shape, FILLERS["replicate"])


@told.register
def _circular_pad(layer: Circle, input_shape: Shape) -> Along:
    return _pad(layer, input_shape, FILLERS["circular"])


def _pad(layer: Constant | Mirror | Repeat | Circle, input_shape: Shape, filler: str) -> Along:
    sizes, outputs = input_shape[1:], layer.output_shape(input_shape)[1:]
    befores = [getattr(look, "before", 0) for look in layer.windows(input_shape)]
    pairs = [(before, o - n - before) for n, o, before in zip(sizes, outputs, befores, strict=True)]
    return Along(maps.padded(sizes, pairs, filler))


@told.register
def _shuffled(layer: kinds.PixelShuffle, input_shape: Shape) -> Along:
    return Along(maps.shuffled(input_shape, layer.upscale_factor, down=False))


@told.register
def _unshuffled(layer: kinds.PixelUnshuffle, input_shape: Shape) -> Along:
    return Along(maps.shuffled(input_shape, layer.downscale_factor, down=True))


@told.register
def _unfolded(layer: kinds.Unfold, input_shape: Shape) -> Along:
    along = convolution(
        input_shape[1:],
        padding=layer.padding,
        kernel_size=layer.kernel_size,
        stride=layer.stride,
        dilation=layer.dilation,
    )
    channels, rows = input_shape[0], layer.output_shape(input_shape)[0]
    column = Symbol("C", channels, "channels") * Symbol("entries of the kernel", rows // channels)
    positions = sides("o", layer.positions(input_shape), "output")
    steps = (Step("numbers in each", column), Step("columns", reduce(mul, positions)))
    return Along((*along.sections, Section("columns", steps)))


@told.register
def _flattened(layer: kinds.Flatten, input_shape: Shape) -> Along:
    first = axis_within("start_dim", layer.start_dim, input_shape)
    last = axis_within("end_dim", layer.end_dim, input_shape)
    names = LETTERS.get(len(input_shape)) or tuple(f"n_{axis}" for axis in range(len(input_shape)))
    symbols = [Symbol(name, size, MEANINGS.get(name, "")) for name, size in zip(names, input_shape, strict=True)]
    joined: Formula = reduce(mul, symbols[first : last + 1])
    return Along((Section("", (Step("numbers", joined),)),))


@told.register
def _unflattened(layer: kinds.Unflatten, input_shape: Shape) -> Along:
    first = axis_within("dim", layer.dim, input_shape)
    sizes = layer.output_shape(input_shape)[first : first + len(layer.unflattened_size)]
    parts: list[Formula] = [Symbol(f"n_{index}", size) for index, size in enumerate(sizes)]
    return Along((Section("", (Step("numbers", reduce(mul, parts)),)),))


@told.register
def _folded(layer: kinds.Fold, input_shape: Shape) -> Along:
    size = per_axis("output_size", layer.output_size, axes=2, least=1)
    windows = conv_output_size(size, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    channels = layer.output_shape(input_shape)[0]
    each = Symbol("rows", input_shape[0], "numbers in a column") / Symbol(
        "k", input_shape[0] // channels, "entries of the kernel"
    )
    steps = (Step("columns", reduce(mul, sides("o", windows, "windows"))), Step("channels", each))
    return Along((Section("", steps, ("Where windows overlap, their numbers are added.",)),))


@told.register
def _embedded(layer: kinds.Embedding, input_shape: Shape) -> Along:
    note = f"Each number of the input picks one of {layer.num_embeddings} vectors of {layer.embedding_dim}."
    return Along((Section("", notes=(note,)),))


@told.register
def _gated(layer: kinds.GLU, input_shape: Shape) -> Along:
    halved = Symbol("n", input_shape[axis_within("dim", layer.dim, input_shape)], "size of the axis")
    return Along((Section("", (Step("half of the axis", halved / 2),)),))
