"""How the parameters and the multiply-accumulates of a layer are counted."""

from collections.abc import Sequence
from functools import reduce, singledispatch
from math import prod
from operator import add, mul

from ..arguments import Shape
from ..layers import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    Layer,
    Linear,
    MultiheadAttention,
)
from .formula import Formula, Symbol
from .steps import Section, Step

Convolution = Conv1d | Conv2d | Conv3d
Transposed = ConvTranspose1d | ConvTranspose2d | ConvTranspose3d
COST = "parameters and MACs"
SIDES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
MOST = 5  # terms of a sum that are written one by one


@singledispatch
def counted(layer: Layer, input_shape: Shape) -> tuple[Section, ...]:
    """The numbers of each trained tensor added up; no section where there is nothing to count."""
    return (Section("parameters", (_parameters(layer),)),) if layer.parameter_shapes else ()


@counted.register
def _convolution(layer: Convolution, input_shape: Shape) -> tuple[Section, ...]:
    """Every weight is used once at each position of the output."""
    return _filters(layer, sides("o", layer.output_shape(input_shape)[1:], "output"))


@counted.register
def _transposed(layer: Transposed, input_shape: Shape) -> tuple[Section, ...]:
    """Every weight is used once for each pixel of the input, which stamps the kernel on the output."""
    return _filters(layer, sides("n", input_shape[1:], "input"))


@counted.register
def _linear(layer: Linear, input_shape: Shape) -> tuple[Section, ...]:
    """A weight for each pair of input and output, used once for each row of the input."""
    inputs, outputs = Symbol("in", layer.in_features, "in_features"), Symbol("out", layer.out_features, "out_features")
    rows = [Symbol("rows", prod(input_shape[:-1]), "rows of the input")] if len(input_shape) > 1 else []
    return (_section(inputs * outputs, outputs if layer.bias else None, rows),)


@counted.register
def _attention(layer: MultiheadAttention, input_shape: Shape) -> tuple[Section, ...]:
    """Queries, keys, values and output are projected; each query meets each key, and weighs each value."""
    length, size = Symbol("L", input_shape[0], "vectors of the input"), Symbol("E", layer.embed_dim, "embed_dim")
    keys = Symbol("K", input_shape[0] + layer.add_bias_kv + layer.add_zero_attn, "keys, with those that are added")
    projections, mixing = 4 * length * size * size, 2 * length * keys * size
    both = Symbol("projections", int(projections.value)) + Symbol("attention", int(mixing.value))
    macs = (Step("projections", projections), Step("attention", mixing), Step("MACs", both))
    return (Section(COST, (_parameters(layer), *macs)),)


def together(container: Layer, input_shape: Shape) -> Section:
    """The sums over the layers of a container; one layer object that occurs twice is trained once."""
    once = {id(layer): layer for _, layer in container.children}.values()
    parameters = _total([(layer.kind, layer.parameters) for layer in once], container.parameters)
    macs = [(layer.kind, layer.macs(sizes)) for _, layer, sizes in container.routes(input_shape)]
    return Section(
        "all together", (Step("parameters", parameters), Step("MACs", _total(macs, container.macs(input_shape))))
    )


def sides(letter: str, sizes: Shape, of_what: str) -> list[Symbol]:
    """A symbol for each side; the same for all where they are equal.

    Example:
        >>> [symbol.name for symbol in sides("k", (3, 3), "kernel")], sides("o", (5, 7), "output")[1].name
        (['k', 'k'], 'o_w')
    """
    if len(set(sizes)) == 1:
        return [Symbol(letter, size, f"{of_what} size") for size in sizes]
    names = SIDES[len(sizes)]
    return [Symbol(f"{letter}_{name[0]}", size, f"{of_what} {name}") for name, size in zip(names, sizes, strict=True)]


def _parameters(layer: Layer) -> Step:
    tensors = [Symbol(name, prod(sizes)) for name, sizes in layer.parameter_shapes.items()]
    return Step("parameters", reduce(add, tensors))


def _filters(layer: Convolution | Transposed, positions: Sequence[Symbol]) -> tuple[Section, ...]:
    outputs = Symbol("C_out", layer.out_channels, "output channels")
    inputs: Formula = Symbol("C_in", layer.in_channels, "input channels")
    if layer.groups > 1:
        inputs = inputs / Symbol("g", layer.groups, "groups")
    weights = reduce(mul, sides("k", layer.parameter_shapes["weight"][2:], "kernel"), outputs * inputs)
    return (_section(weights, outputs if layer.bias else None, positions),)


def _section(weights: Formula, biases: Symbol | None, positions: Sequence[Symbol]) -> Section:
    count = Symbol("weights", int(weights.value))
    parameters = Step("parameters", count + biases if biases else count)
    return Section(COST, (Step("weights", weights), parameters, Step("MACs", reduce(mul, positions, count))))


def _total(terms: Sequence[tuple[str, int]], total: int) -> Formula:
    """The terms that are not 0, where they are few and add up; layers inside two others are counted once."""
    symbols = [Symbol(name, number) for name, number in terms if number]
    if 0 < len(symbols) <= MOST and sum(symbol.value for symbol in symbols) == total:
        return reduce(add, symbols)
    return Symbol("sum over all layers", total)
