"""Layer descriptions: shapes, parameters and MACs as PyTorch's, refusals with the way out."""

import pickle

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from cnn_guide import ShapeError, layers, summary

CNN1 = layers.Sequential(
    layers.Conv2d(1, 16, kernel_size=3),
    layers.ReLU(),
    layers.MaxPool2d(2),
    layers.Flatten(),
    layers.Linear(2704, 128),
    layers.ReLU(),
    layers.Linear(128, 10),
)
CNN2 = layers.Sequential(
    layers.Conv2d(1, 16, kernel_size=3),
    layers.ReLU(),
    layers.MaxPool2d(2),
    layers.Conv2d(16, 32, kernel_size=3),
    layers.ReLU(),
    layers.MaxPool2d(2),
    layers.Flatten(),
    layers.Linear(800, 64),
    layers.ReLU(),
    layers.Dropout(0.5),
    layers.Linear(64, 16),
    layers.ReLU(),
    layers.Dropout(0.5),
    layers.Linear(16, 10),
)


def dense(hidden: int) -> layers.Sequential:
    return layers.Sequential(
        layers.Flatten(), layers.Linear(784, hidden), layers.Linear(hidden, 32), layers.Linear(32, 10)
    )


PARAMETERS = [
    (layers.Linear(20_000, 100), 2_000_100, "source 000: 200×100 pixels to 100 units"),
    (layers.Conv2d(1, 100, 3), 1_000, "100 3×3 filters instead"),
    (layers.Linear(10_000, 1_000, bias=False), 10_000_000, "source 003: 100×100 pixels to 1,000 units"),
    (layers.Linear(10_000, 1_000), 10_001_000, "with biases"),
    (layers.Linear(30_000, 1_000), 30_001_000, "in colour"),
    (dense(128), 104_938, "source 002: 784-128-32-10"),
    (dense(64), 52_650, "source 002's text says 64 units"),
    (layers.Linear(1, 1), 2, "Keras' Dense(1) on an image"),
    (layers.Conv2d(3, 20, 8, stride=1), 3_860, "source 001: 20 filters of 8×8×3"),
    (layers.Conv2d(3, 20, 8, stride=4), 3_860, "source 001: a stride changes no parameter"),
    (layers.Conv2d(3, 10, 3), 280, "channels and filters"),
    (layers.Conv2d(16, 32, 3), 4_640, "CNN 2's second convolution"),
    (layers.Sequential(layers.Conv2d(1, 32, 3), layers.Conv2d(32, 64, 3)), 18_816, "source 000: 320 + 18,496"),
    (layers.Linear(784, 10_816), 8_490_560, "weight sharing: dense in place of CNN 1's convolution"),
    (layers.Conv2d(1, 16, 3), 160, "weight sharing: CNN 1's convolution"),
    (CNN1, 347_690, "source 002: CNN 1"),
    (CNN2, 57_274, "source 002: CNN 2"),
    (layers.MaxPool2d(2), 0, "source 002: pooling has no parameters"),
]


@pytest.mark.parametrize(("layer", "parameters", "source"), PARAMETERS)
def test_parameters_are_those_of_the_lessons(layer, parameters, source):
    """The worked counts of the lessons come out."""
    assert layer.parameters == parameters, source


SHAPES = [
    (layers.Sequential(layers.Conv2d(1, 32, 3), layers.Conv2d(32, 64, 3)), (1, 100, 200), (64, 96, 196)),  # source 000
    (layers.Conv2d(3, 20, 8, stride=2, padding=1), (3, 32, 32), (20, 14, 14)),  # source 001's quiz
    (CNN1[:3], (1, 28, 28), (16, 13, 13)),
    (CNN2[:6], (1, 28, 28), (32, 5, 5)),  # 28 → 26 → 13 → 11 → 5
    (CNN2[:7], (1, 28, 28), (800,)),
    (CNN1, (1, 28, 28), (10,)),
]


@pytest.mark.parametrize(("layer", "given_shape", "expected"), SHAPES)
def test_shapes_are_those_of_the_lessons(layer, given_shape, expected):
    """The worked shapes of the lessons come out."""
    assert layer.output_shape(given_shape) == expected


def test_macs_count_each_weight_once_a_position():
    """Convolution by output positions, transposed convolution by input positions, Linear by rows; the rest is free."""
    assert layers.Conv2d(3, 20, 8, stride=2, padding=1).macs((3, 32, 32)) == 20 * 14 * 14 * 3 * 8 * 8
    assert layers.Conv2d(8, 8, 3, groups=8, bias=False).macs((8, 10, 10)) == 8 * 8 * 8 * 1 * 3 * 3
    assert layers.ConvTranspose2d(16, 4, 2, stride=2).macs((16, 7, 7)) == 7 * 7 * 16 * 4 * 2 * 2
    assert layers.Linear(20, 5).macs((3, 20)) == 3 * 20 * 5
    assert layers.MaxPool2d(2).macs((3, 8, 8)) == layers.BatchNorm2d(3).macs((3, 8, 8)) == 0
    assert CNN2.macs((1, 28, 28)) == 97_344 + 557_568 + 51_200 + 1_024 + 160


# Against PyTorch: the same class with the same arguments on a real tensor -------------------------------------------

INPUTS = {1: (4, 9), 2: (4, 9, 8), 3: (4, 5, 6, 7)}
CASES = [
    *((f"{kind}{axes}d", arguments, INPUTS[axes])
      for axes in (1, 2, 3)
      for kind, arguments in (
          ("Conv", {"in_channels": 4, "out_channels": 6, "kernel_size": 3}),
          ("Conv", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "padding": "same", "dilation": 2, "groups": 2}),
          ("Conv", {"in_channels": 4, "out_channels": 8, "kernel_size": 2, "stride": 2, "bias": False, "groups": 4}),
          ("ConvTranspose", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "stride": 2, "output_padding": 1}),
          ("ConvTranspose", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "groups": 2, "dilation": 2}),
          ("MaxPool", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
          ("MaxPool", {"kernel_size": 2, "dilation": 2}),
          ("AvgPool", {"kernel_size": 2, "ceil_mode": True, "count_include_pad": False}),
          ("AdaptiveAvgPool", {"output_size": 1}),
          ("AdaptiveMaxPool", {"output_size": 3}),
          ("BatchNorm", {"num_features": 4}),
          ("BatchNorm", {"num_features": 4, "affine": False, "track_running_stats": False}),
      )),
    ("AdaptiveAvgPool2d", {"output_size": (None, 3)}, INPUTS[2]),
    ("AvgPool2d", {"kernel_size": 2, "divisor_override": 3}, INPUTS[2]),
    ("BatchNorm1d", {"num_features": 4}, (4,)),
    ("Flatten", {}, INPUTS[2]),
    ("Flatten", {"start_dim": 2}, INPUTS[2]),
    ("Flatten", {"start_dim": -3, "end_dim": -2}, INPUTS[2]),
    ("Linear", {"in_features": 8, "out_features": 3}, INPUTS[2]),
    ("Linear", {"in_features": 4, "out_features": 3, "bias": False}, (4,)),
    ("PReLU", {"num_parameters": 4}, INPUTS[2]),
    *((name, {}, INPUTS[2]) for name in (
        "ELU", "GELU", "Hardswish", "Identity", "LeakyReLU", "PReLU", "ReLU", "ReLU6", "SiLU", "Sigmoid", "Tanh", "Dropout"
    )),
    ("Softmax", {"dim": 1}, INPUTS[2]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "shape"), CASES)
def test_layers_agree_with_torch(name, arguments, shape):
    """A description has the output shape, the parameters and the buffers of PyTorch's layer of that name."""
    description = getattr(layers, name)(**arguments)
    module = getattr(nn, name)(**arguments).eval()
    assert description.output_shape(shape) == tuple(module(torch.zeros(1, *shape)).shape[1:])
    assert description.parameter_shapes == {key: tuple(value.shape) for key, value in module.named_parameters()}
    assert description.buffer_shapes == {key: tuple(value.shape) for key, value in module.named_buffers()}


@pytest.mark.parametrize(("name", "arguments", "shape"), CASES)
def test_summaries_of_layers_agree_with_torch(name, arguments, shape):
    """The summary of the module says the same without running it, and counts what the description counts."""
    module = getattr(nn, name)(**arguments).eval()
    report = summary(module, shape)
    assert report.rows[0].output_shape == tuple(module(torch.zeros(1, *shape)).shape[1:])
    assert (report.macs, report.complete) == (getattr(layers, name)(**arguments).macs(shape), True)


def test_every_layer_is_compared_with_torch():
    """No description escapes the comparison, but for those that PyTorch has no layer for."""
    own = {"Layer", "Sequential", "Residual", "Parallel"}
    assert set(layers.__all__) - own == {name for name, _, _ in CASES}


@given(
    st.integers(0, 7), st.integers(0, 7), st.integers(1, 4), st.integers(0, 4), st.integers(-1, 3), st.integers(0, 3),
    st.integers(0, 4), st.booleans(), st.integers(1, 9),
)  # fmt: skip
@settings(deadline=None, max_examples=300)
def test_convolution_layers_agree_with_torch(in_channels, out_channels, k, s, p, d, groups, bias, n):
    """Shapes, parameters and refusals are those of nn.Conv2d on a real image; the module's summary has them too."""
    assume(in_channels and out_channels)  # PyTorch builds some layers without channels, with a warning; here none exist
    arguments = (in_channels, out_channels, k, s, p, d, groups, bias)

    def torch_says():
        module = nn.Conv2d(*arguments)
        output = module(torch.zeros(1, in_channels, n, 5))
        return tuple(output.shape[1:]), sum(parameter.numel() for parameter in module.parameters())

    def we_say():
        layer = layers.Conv2d(*arguments)
        return layer.output_shape((in_channels, n, 5)), layer.parameters

    def summary_says():
        report = summary(nn.Conv2d(*arguments), (in_channels, n, 5))
        return report.rows[0].output_shape, report.total_params

    answers = []
    for say in (torch_says, we_say, summary_says):
        try:
            answers.append(say())
        except (RuntimeError, ValueError):
            answers.append("refused")
    assert answers[0] == answers[1] == answers[2]


# Refusals --------------------------------------------------------------------------------------------------------------

CONSTRUCTIONS = [
    (lambda: layers.Conv2d(4, 6, 3, groups=4), "Conv2d: `groups` (=4) must divide `out_channels` (=6). Use groups=3."),
    (lambda: layers.Conv2d(3, 6, 3, groups=2), "Conv2d: `groups` (=2) must divide `in_channels` (=3). Use groups=1."),
    (lambda: layers.Conv2d(0, 6, 3), "Conv2d: `in_channels` (=0) must be at least 1."),
    (lambda: layers.Conv1d(1, 6, 0), "Conv1d: `kernel_size` (=0) must be at least 1."),
    (lambda: layers.Conv2d(1, 6, 3, 2, "same"), 'Conv2d: `padding` (="same") needs stride 1, but `stride` is 2.'),
    (lambda: layers.Conv2d(1, 6, (3, 3, 3)), "`kernel_size` (=(3, 3, 3)) has 3 values, but there are 2 axes."),
    (lambda: layers.ConvTranspose2d(1, 6, 3, output_padding=1), "Use output_padding ≤ 0."),
    (lambda: layers.MaxPool2d(2, padding=2), "MaxPool2d: `padding` (=2) must be at most half of `kernel_size` (=2)"),
    (lambda: layers.AdaptiveAvgPool2d((1, 2, 3)), "`output_size` (=(1, 2, 3)) has 3 values, but the layer has 2 axes."),
    (lambda: layers.AdaptiveAvgPool2d(0), "AdaptiveAvgPool2d: `output_size` (=0) must be at least 1."),
    (lambda: layers.Linear(0, 5), "Linear: `in_features` (=0) must be at least 1."),
    (lambda: layers.Dropout(1.5), "Dropout: `p` (=1.5) must be a probability between 0 and 1."),
    (lambda: layers.BatchNorm2d(0), "BatchNorm2d: `num_features` (=0) must be at least 1."),
    (layers.Parallel, "Parallel: `branches` is empty"),
]


@pytest.mark.parametrize(("construct", "words"), CONSTRUCTIONS)
def test_layers_refuse_wrong_arguments_when_they_are_made(construct, words):
    """The mistake is reported where it is made, not where an image arrives."""
    with pytest.raises(ShapeError) as caught:
        construct()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (layers.Conv2d(3, 8, 3), (1, 28, 28), "Conv2d: `in_channels` (=3) does not match the 1 channel of the input"
            " (1, 28, 28). Use in_channels=1."),
        (layers.Conv2d(3, 8, 3), (28, 28, 3), "PyTorch puts the channels first: (3, 28, 28)."),
        (layers.Conv2d(1, 8, 3), (28, 28), "`input_shape` (=(28, 28)) must have 3 axes, (C, H, W), not 2."
            " Add the channel axis: (1, 28, 28)."),
        (layers.Conv2d(1, 8, 3), (64, 1, 28, 28), "Leave the batch axis out: (1, 28, 28)."),
        (layers.Conv2d(1, 8, 3), (10,), "must have 3 axes, (C, H, W), not 1. Read"),
        (layers.Conv2d(1, 8, 3), (1, 28, 2), "Conv2d: Along the width, `kernel_size` (=3) spans 3 pixels"),
        (layers.MaxPool2d(2), (1, 28, 1), "MaxPool2d: Along the width, `kernel_size` (=2) spans 2 pixels"),
        (layers.Linear(2704, 10), (16, 13, 13), "Put Flatten() before it: 16 · 13 · 13 = 2704."),
        (layers.Linear(99, 10), (16, 13, 13), "Put Flatten() before it and use in_features=2704, or in_features=13"),
        (layers.Linear(99, 10), (2704,), "`in_features` (=99) does not match the last axis of the input (2704,)."
            " Use in_features=2704."),
        (layers.Flatten(0), (1, 28, 28), "`start_dim` (=0) would join the batch axis. Use 1 or more."),
        (layers.Flatten(1, 5), (1, 28, 28), "`end_dim` (=5) must lie between -4 and 3, the batch axis being 0."),
        (layers.Flatten(3, 2), (1, 28, 28), "`start_dim` (=3) comes after `end_dim` (=2)."),
        (layers.BatchNorm2d(8), (4, 7, 7), "`num_features` (=8) does not match the 4 channels"),
        (layers.PReLU(8), (4, 7, 7), "`num_parameters` (=8) does not match the 4 channels"),
        (layers.ReLU(), (4, 0), "`input_shape` (=0) must be at least 1."),
        (layers.Residual(layers.Conv2d(8, 8, 3)), (8, 6, 6), "Residual: `body` gives (8, 4, 4) and the shortcut (8, 6, 6):"
            " only equal shapes are added."),
        (layers.Parallel(layers.Conv2d(8, 8, 3), layers.Identity()), (8, 6, 6), "Parallel: Branch 1 gives (8, 6, 6) and"
            " branch 0 (8, 4, 4): only channels may differ."),
    ],
)  # fmt: skip
def test_layers_refuse_inputs_that_do_not_fit(layer, shape, words):
    """The message names the argument, the input and the way out."""
    with pytest.raises(ShapeError) as caught:
        layer.output_shape(shape)
    assert words in str(caught.value)


def test_errors_inside_containers_name_the_path():
    """The layer at fault is found in a long network."""
    network = layers.Sequential(
        layers.Identity(), layers.Sequential(layers.ReLU(), layers.Residual(layers.Conv2d(3, 8, 3, padding=1)))
    )
    with pytest.raises(ShapeError, match=r"^1\.1\.body: Conv2d: `in_channels` \(=3\)") as caught:
        network.output_shape((1, 8, 8))
    assert caught.value.layer == "1.1.body: Conv2d"


@pytest.mark.parametrize("shape", [28, "1x28x28", (1, 28.0, 28), (1, True, 28)])
def test_shapes_are_tuples_of_integers(shape):
    """Anything else is a mistake in the call."""
    with pytest.raises(TypeError, match="`input_shape`"):
        layers.ReLU().output_shape(shape)


def test_containers_hold_descriptions_only():
    """A class without its brackets, or a PyTorch module, is refused."""
    with pytest.raises(TypeError, match=r"Layer 1 \(=<class .*ReLU'>\) is not a description such as layers\.ReLU\(\)"):
        layers.Sequential(layers.Identity(), layers.ReLU)
    with pytest.raises(TypeError, match="is not a description"):
        layers.Residual(nn.ReLU())


# Values ----------------------------------------------------------------------------------------------------------------


def test_descriptions_are_values():
    """Equal arguments make equal, hashable layers that cannot be changed."""
    assert layers.Conv2d(1, 16, 3) == layers.Conv2d(1, 16, kernel_size=3) != layers.Conv2d(1, 16, 5)
    assert len({layers.ReLU(), layers.ReLU(), layers.Sequential(layers.ReLU())}) == 2
    with pytest.raises(AttributeError, match="cannot assign to field"):
        layers.Linear(3, 4).in_features = 5
    assert pickle.loads(pickle.dumps(CNN2)) == CNN2


def test_repr_can_be_pasted():
    """A description is shown as it is written."""
    block = layers.Sequential(layers.Conv2d(1, 16, 3, padding="same"), layers.Residual(layers.Conv2d(16, 16, 1)))
    assert repr(block) == (
        "Sequential(\n  Conv2d(1, 16, kernel_size=3, padding='same'),\n"
        "  Residual(\n    Conv2d(16, 16, kernel_size=1),\n  ),\n)"
    )
    for network in (block, CNN2, layers.Sequential()):
        assert eval(repr(network), vars(layers)) == network


def test_sequential_is_indexed_like_a_list():
    """Parts of a network are networks."""
    assert len(CNN1) == 7
    assert CNN1[-1] == layers.Linear(128, 10)
    assert CNN1[:3] == layers.Sequential(*list(CNN1)[:3])


def test_a_layer_used_twice_counts_once():
    """The same object in two places shares its weights, as in PyTorch; equal objects do not."""
    conv, torch_conv = layers.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3)
    shared = nn.Sequential(torch_conv, torch_conv)
    assert (
        layers.Sequential(conv, conv).parameters == sum(parameter.numel() for parameter in shared.parameters()) == 584
    )
    assert layers.Sequential(layers.Conv2d(8, 8, 3), layers.Conv2d(8, 8, 3)).parameters == 2 * 584
