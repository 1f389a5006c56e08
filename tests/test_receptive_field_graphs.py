"""Receptive fields of random graphs: every unit's region against gradients, as a description and as a module."""

import random
from dataclasses import fields
from functools import partial

import pytest
import torch
from torch import nn

from cnn_guide import ShapeError, layers, receptive_field

GRAPHS = 50  # for each test below


class Branches(nn.Module):
    """Branches on the same input, added or put side by side."""

    def __init__(self, branches, add):
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.add = add

    def forward(self, x):
        outputs = [branch(x) for branch in self.branches]
        return sum(outputs) if self.add else torch.cat(outputs, 1)


def module_of(layer):
    """The PyTorch module that a description describes."""
    if isinstance(layer, layers.Sequential):
        return nn.Sequential(*map(module_of, layer))
    if isinstance(layer, layers.Residual):
        return Branches(
            [module_of(layer.body), module_of(layer.shortcut) if layer.shortcut else nn.Identity()], add=True
        )
    if isinstance(layer, layers.Parallel):
        return Branches(map(module_of, layer.branches), layer.join == "add")
    return getattr(nn, layer.kind)(**{field.name: getattr(layer, field.name) for field in fields(layer)})


def random_layer(draw, shape):
    """A layer that may or may not take an input of this shape."""
    axes, channels = len(shape) - 1, shape[0]
    k, s, d = draw.randint(1, 4), draw.randint(1, 3), draw.randint(1, 2)
    kernels = k if draw.random() < 0.7 else tuple(draw.randint(1, 4) for _ in range(axes))
    before, after = draw.randint(0, 3), draw.randint(0, 2)
    linear = {1: "linear", 2: "bilinear"}[axes]

    def made(name, *args, **options):
        return getattr(layers, f"{name}{axes}d")(*args, **options)

    modes = draw.choice(["zeros", "zeros", "zeros", "reflect", "replicate", "circular"])
    makers = [
        partial(made, "Conv", channels, draw.randint(1, 2), kernels, s, before, d, bias=False, padding_mode=modes),
        partial(made, "Conv", channels, 2, kernels, 1, "same", d, bias=False),
        partial(made, "AvgPool", kernels, s, draw.randint(0, k // 2), ceil_mode=draw.random() < 0.5),
        partial(
            made,
            "ConvTranspose",
            channels,
            1,
            kernels,
            s,
            draw.randint(0, 2),
            draw.randint(0, 1),
            bias=False,
            dilation=d,
        ),
        partial(made, "AdaptiveAvgPool", draw.randint(1, shape[-1] + 2)),
        partial(
            layers.Upsample,
            scale_factor=draw.choice([2, 3, 1.5]),
            mode=draw.choice(["nearest", "nearest-exact", "area"]),
        ),
        partial(layers.Upsample, size=draw.randint(1, 2 * shape[-1]), mode=linear, align_corners=draw.random() < 0.5),
        partial(layers.Upsample, scale_factor=draw.choice([2, 0.5]), mode=linear),
        partial(made, "ZeroPad", (before, after - 1) * axes),  # -1 cuts one off
        partial(made, draw.choice(["ReflectionPad", "ReplicationPad", "CircularPad"]), (before, after) * axes),
        partial(made, "BatchNorm", channels),
    ]
    if axes == 2:
        makers.append(partial(layers.PixelUnshuffle, 2))
        makers.append(lambda: layers.Sequential(layers.Conv2d(channels, 4, 1, bias=False), layers.PixelShuffle(2)))
    return draw.choice(makers)()


def random_chain(draw, shape, longest):
    """Layers one after the other, and the shape of their output."""
    chain = []
    for _ in range(draw.randint(1, longest)):
        try:
            layer = random_layer(draw, shape)
            output = layer.output_shape(shape)
        except ShapeError:
            continue
        if max(output[1:]) <= 24:
            chain.append(layer)
            shape = output
    return chain, shape


def to_size(draw, shape, sizes):
    """A layer that brings a map to these sizes."""
    if draw.random() < 0.5:
        ends = [side for old, new in zip(shape[:0:-1], sizes[::-1], strict=True) for side in (0, new - old)]
        return layers.ZeroPad1d(tuple(ends)) if len(sizes) == 1 else layers.ZeroPad2d(tuple(ends))
    return getattr(layers, f"AdaptiveAvgPool{len(sizes)}d")(sizes)


def random_graph(draw, shape, depth=2):
    """A chain in which some links are residual blocks or parallel branches."""
    links = []
    for _ in range(draw.randint(1, 3)):
        if depth and draw.random() < 0.5:
            link = random_join(draw, shape, depth - 1)
            links.append(link)
            shape = link.output_shape(shape)
        else:
            chain, shape = random_chain(draw, shape, 2)
            links += chain
    return layers.Sequential(*links)


def random_join(draw, shape, depth):
    """Two or three branches that end with maps of the same size."""
    branches = [random_graph(draw, shape, depth) for _ in range(draw.randint(1, 3))]
    sizes = branches[0].output_shape(shape)[1:]
    if len(branches) == 1:
        sizes = shape[1:]
    ends = []
    for branch in branches:
        output = branch.output_shape(shape)
        fit = [] if output[1:] == sizes else [to_size(draw, output, sizes)]
        ends.append(layers.Sequential(*branch, *fit))
    if len(ends) > 1 and draw.random() < 0.5:
        return layers.Parallel(*ends)
    conv = f"Conv{len(shape) - 1}d"
    ends = [
        layers.Sequential(*end, getattr(layers, conv)(end.output_shape(shape)[0], shape[0], 1, bias=False))
        for end in ends
    ]
    return layers.Residual(*ends) if len(ends) == 1 else layers.Parallel(*ends, join="add")


def positive(network):
    """The network with weights above zero, so that no influence is lost by chance."""
    network = network.double().eval()
    for parameter in network.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    return network


def influences(network, shape):
    """Which pixels change which units: the network is linear, so that its gradient is its answer to single pixels."""
    pixels = torch.eye(torch.Size(shape[1:]).numel(), dtype=torch.double).reshape(-1, 1, *shape[1:])
    with torch.no_grad():
        answers = network(pixels.expand(-1, shape[0], *shape[1:])) - network(torch.zeros(1, *shape, dtype=torch.double))
    return answers.abs().sum(1).reshape(*shape[1:], *answers.shape[2:]) > 1e-9  # (pixels' axes, units' axes)


def regions(seen, axes):
    """First and last pixel that each unit sees along each axis, from a table of influences."""
    found = {}
    units = seen.flatten(0, axes - 1).any(0)
    spans = []
    for axis in range(axes):
        others = [other for other in range(axes) if other != axis]
        along = seen.any(dim=others) if others else seen  # (pixels, units' axes)
        spans.append((along.int().argmax(0), along.shape[0] - 1 - along.flip(0).int().argmax(0)))
    for unit in units.new_ones(units.shape).nonzero().tolist():
        place = tuple(unit)
        found[place] = tuple((int(first[place]), int(last[place])) if units[place] else None for first, last in spans)
    return found


def random_networks(seed, axes):
    """So many random graphs with their input shapes."""
    draw = random.Random(f"{seed} {axes}")
    count = 0
    while count < GRAPHS:
        shape = (draw.randint(1, 2), *(draw.randint(4, 14 if axes == 1 else 9) for _ in range(axes)))
        graph = random_graph(draw, shape)
        if len(graph):
            count += 1
            yield graph, shape


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_every_unit_sees_what_its_gradient_says(seed, axes):
    """Chains, residual blocks and branches of all kinds of layers, on descriptions and on modules: none is wrong."""
    for graph, shape in random_networks(seed, axes):
        torch.manual_seed(0)
        network = positive(module_of(graph))
        right = regions(influences(network, shape), axes)
        for model in (graph, network):
            output = receptive_field(model, shape).output
            wrong = {unit: (output.region(unit), seen) for unit, seen in right.items() if output.region(unit) != seen}
            assert not wrong, (graph, shape, wrong)
