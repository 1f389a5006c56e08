"""Layer descriptions: shapes, parameters and buffers as PyTorch's, and the numbers of the lessons."""

import inspect
from math import prod

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from cnn_guide import layers, summary

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


# Against PyTorch: the same class with the same arguments on a real tensor -------------------------------------------

INPUTS = {1: (4, 9), 2: (4, 9, 8), 3: (4, 5, 6, 7)}
CASES = [
    *((f"{kind}{axes}d", arguments, INPUTS[axes])
      for axes in (1, 2, 3)
      for kind, arguments in (
          ("Conv", {"in_channels": 4, "out_channels": 6, "kernel_size": 3}),
          ("Conv", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "padding": "same", "dilation": 2, "groups": 2}),
          ("Conv", {"in_channels": 4, "out_channels": 8, "kernel_size": 2, "stride": 2, "bias": False, "groups": 4}),
          ("Conv", {"in_channels": 4, "out_channels": 8, "kernel_size": 2, "padding": 2, "padding_mode": "circular"}),
          ("ConvTranspose", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "stride": 2, "output_padding": 1}),
          ("ConvTranspose", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "groups": 2, "dilation": 2}),
          ("MaxPool", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
          ("MaxPool", {"kernel_size": 2, "dilation": 2}),
          ("AvgPool", {"kernel_size": 2, "ceil_mode": True, "count_include_pad": False}),
          ("LPPool", {"norm_type": 2, "kernel_size": 3, "stride": 2}),
          ("AdaptiveAvgPool", {"output_size": 1}),
          ("AdaptiveMaxPool", {"output_size": 3}),
          ("BatchNorm", {"num_features": 4}),
          ("BatchNorm", {"num_features": 4, "affine": False, "track_running_stats": False}),
          ("InstanceNorm", {"num_features": 4}),
          ("InstanceNorm", {"num_features": 4, "affine": True, "track_running_stats": True}),
          ("ZeroPad", {"padding": tuple(range(2 * axes))}),
          ("ConstantPad", {"padding": -1, "value": 3.5}),
          ("ReflectionPad", {"padding": 2}),
          ("ReplicationPad", {"padding": 9}),
          ("CircularPad", {"padding": 3}),
          ("Dropout", {}),
      )),
    ("AdaptiveAvgPool2d", {"output_size": (None, 3)}, INPUTS[2]),
    ("AvgPool2d", {"kernel_size": 2, "divisor_override": 3}, INPUTS[2]),
    ("BatchNorm1d", {"num_features": 4}, (4,)),
    ("GroupNorm", {"num_groups": 2, "num_channels": 4}, INPUTS[2]),
    ("GroupNorm", {"num_groups": 2, "num_channels": 4, "affine": False}, INPUTS[1]),
    ("LayerNorm", {"normalized_shape": (9, 8)}, INPUTS[2]),
    ("LayerNorm", {"normalized_shape": 8, "bias": False}, INPUTS[2]),
    ("RMSNorm", {"normalized_shape": 8}, INPUTS[2]),
    ("LocalResponseNorm", {"size": 3}, INPUTS[2]),
    ("Flatten", {}, INPUTS[2]),
    ("Flatten", {"start_dim": 2}, INPUTS[2]),
    ("Flatten", {"start_dim": -3, "end_dim": -2}, INPUTS[2]),
    ("Unflatten", {"dim": 1, "unflattened_size": (2, -1)}, INPUTS[2]),
    ("Unfold", {"kernel_size": (3, 2), "padding": 1, "stride": 2}, INPUTS[2]),
    ("Fold", {"output_size": (4, 5), "kernel_size": 2}, (8, 12)),
    ("PixelShuffle", {"upscale_factor": 2}, INPUTS[2]),
    ("PixelUnshuffle", {"downscale_factor": 2}, (4, 6, 8)),
    ("ChannelShuffle", {"groups": 2}, INPUTS[2]),
    ("Upsample", {"scale_factor": 1.5}, INPUTS[1]),
    ("Upsample", {"size": (7, 20), "mode": "bilinear", "align_corners": True}, INPUTS[2]),
    ("Upsample", {"scale_factor": (2, 1, 0.5), "mode": "trilinear"}, INPUTS[3]),
    ("Upsample", {"scale_factor": 1.3, "mode": "bicubic"}, INPUTS[2]),
    ("Upsample", {"scale_factor": 0.7, "mode": "area"}, INPUTS[2]),
    ("UpsamplingNearest2d", {"scale_factor": 2}, INPUTS[2]),
    ("UpsamplingBilinear2d", {"size": 20}, INPUTS[2]),
    ("Linear", {"in_features": 8, "out_features": 3}, INPUTS[2]),
    ("Linear", {"in_features": 4, "out_features": 3, "bias": False}, (4,)),
    ("Embedding", {"num_embeddings": 10, "embedding_dim": 6, "padding_idx": 0}, (7,)),
    ("MultiheadAttention", {"embed_dim": 6, "num_heads": 2}, (5, 6)),
    ("MultiheadAttention", {"embed_dim": 6, "num_heads": 3, "add_bias_kv": True, "add_zero_attn": True}, (5, 6)),
    ("PReLU", {"num_parameters": 4}, INPUTS[2]),
    ("Threshold", {"threshold": 0.1, "value": 20}, INPUTS[2]),
    ("GLU", {"dim": 1}, INPUTS[2]),
    *((name, {}, INPUTS[2]) for name in (
        "AlphaDropout", "CELU", "Dropout", "ELU", "FeatureAlphaDropout", "GELU", "GLU", "Hardshrink", "Hardsigmoid",
        "Hardswish", "Hardtanh", "Identity", "LeakyReLU", "LogSigmoid", "Mish", "PReLU", "RReLU", "ReLU", "ReLU6", "SELU",
        "SiLU", "Sigmoid", "Softmax2d", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink"
    )),
    *((name, {"dim": 1}, INPUTS[2]) for name in ("LogSoftmax", "Softmax", "Softmin")),
]  # fmt: skip


def torch_module(name, arguments):
    batch_first = {"batch_first": True} if name == "MultiheadAttention" else {}
    return getattr(nn, name)(**arguments, **batch_first).eval()


def torch_output(module, shape):
    """What the module makes of one sample in a batch: of its three inputs, where it has three."""
    image = torch.zeros(1, *shape, dtype=torch.long if isinstance(module, nn.Embedding) else torch.float)
    return module(image, image, image)[0] if isinstance(module, nn.MultiheadAttention) else module(image)


@pytest.mark.parametrize(("name", "arguments", "shape"), CASES)
def test_layers_agree_with_torch(name, arguments, shape):
    """A description has the output shape, the parameters and the buffers of PyTorch's layer of that name."""
    description = getattr(layers, name)(**arguments)
    module = torch_module(name, arguments)
    assert description.output_shape(shape) == tuple(torch_output(module, shape).shape[1:])
    assert description.parameter_shapes == {key: tuple(value.shape) for key, value in module.named_parameters()}
    assert description.buffer_shapes == {key: tuple(value.shape) for key, value in module.named_buffers()}


@pytest.mark.parametrize(("name", "arguments", "shape"), CASES)
def test_summaries_of_layers_agree_with_torch(name, arguments, shape):
    """The summary of the module says the same without running it, and counts what the description counts."""
    if name == "Embedding":  # its input holds words, which `input_size` does not say
        return
    module, description = torch_module(name, arguments), getattr(layers, name)(**arguments)
    report = summary(module, shape) if name != "MultiheadAttention" else summary(module, input_data=three(shape))
    output, row = tuple(torch_output(module, shape).shape[1:]), report.rows[0]
    assert row.output_shape == output
    assert (report.macs, report.complete, row.operations) == (
        description.macs(shape),
        True,
        description.operations(shape),
    )
    stored = prod(output) * description.makes_new + description._between(shape, output)
    assert row.output_bytes == 4 * stored


def three(shape):
    return (torch.zeros(1, *shape),) * 3


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_arguments_are_those_of_torch(name):
    """Whoever knows PyTorch's layers knows these: the same names in the same order, with the same defaults."""
    theirs = {key: each.default for key, each in inspect.signature(getattr(nn, name)).parameters.items()}
    ours = {key: each.default for key, each in inspect.signature(getattr(layers, name)).parameters.items()}
    of_tensors = {"device", "dtype", "args", "kwargs", "_weight", "_freeze"}
    old_names = {"min_value", "max_value"} if name == "Hardtanh" else set()
    assert list(ours.items()) == [item for item in theirs.items() if item[0] not in of_tensors | old_names]


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
