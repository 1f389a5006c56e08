"""Layers refuse wrong arguments when they are made, and inputs that do not fit, with the way out."""

import pytest
import torch
from torch import nn

from cnn_guide import ShapeError, layers

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
    (lambda: layers.Parallel(layers.ReLU(), join="sum"), 'Parallel: `join` (=\'sum\') must be "concatenate" or "add".'),
    (lambda: layers.Conv2d(1, 6, (3,)), "Conv2d: `kernel_size` (=(3,)) has 1 value, but there are 2 axes."),
    (
        lambda: layers.Conv2d(1, 6, 3, padding_mode="mirror"),
        'Conv2d: `padding_mode` (=\'mirror\') must be "zeros", "reflect", "replicate" or "circular".',
    ),
    (lambda: layers.Conv2d(1, 6, 3, padding=(1,), padding_mode="reflect"), "`padding` (=(1,)) has 1 value"),
    (lambda: layers.Conv2d(1, 6, 3, padding="same", dilation=(2,), padding_mode="reflect"), "`dilation` (=(2,)) has 1"),
    (lambda: layers.Conv2d(1, 6, 3, padding=-1), "Conv2d: `padding` (=-1) must be at least 0."),
    (lambda: layers.ConvTranspose2d(1, 6, 3, padding_mode="reflect"), "`padding_mode` (='reflect') must be \"zeros\"."),
    (lambda: layers.ConvTranspose2d(1, 6, 3, dilation=0), "ConvTranspose2d: `dilation` (=0) must be at least 1."),
    (lambda: layers.AvgPool2d(2, divisor_override=0), "AvgPool2d: `divisor_override` (=0) divides the sum"),
    (lambda: layers.LPPool2d(0, 2), "LPPool2d: `norm_type` (=0) is the power of the norm"),
    (lambda: layers.AdaptiveMaxPool2d((1, 0)), "AdaptiveMaxPool2d: `output_size` (=0) must be at least 1."),
    (
        lambda: layers.ZeroPad2d((1, 2, 3)),
        "ZeroPad2d: `padding` (=(1, 2, 3)) must be one number, or 4: before and after, the last axis first.",
    ),
    (lambda: layers.ReflectionPad2d((1, 2)), "ReflectionPad2d: `padding` (=(1, 2)) must be one number, or 4"),
    (layers.Upsample, "Upsample: `size` (=None) and `scale_factor` (=None): exactly one must be given."),
    (lambda: layers.Upsample(3, 2), "Upsample: `size` (=3) and `scale_factor` (=2): exactly one must be given."),
    (lambda: layers.Upsample(0), "Upsample: `size` (=0) must be at least 1."),
    (lambda: layers.Upsample(scale_factor=0), "Upsample: `scale_factor` (=0) must be above 0 and finite."),
    (lambda: layers.Upsample(scale_factor=float("inf")), "`scale_factor` (=inf) must be above 0 and finite."),
    (lambda: layers.Upsample(3, mode="cubic"), 'Upsample: `mode` (=\'cubic\') must be "nearest", "nearest-exact",'),
    (
        lambda: layers.Upsample(3, align_corners=False),
        "`align_corners` (=False) means something in the modes linear,"
        " bilinear, bicubic, trilinear only, not in 'nearest'. Leave it out.",
    ),
    (
        lambda: layers.Upsample(3, recompute_scale_factor=True),
        "`recompute_scale_factor` (=True) needs a `scale_factor`",
    ),
    (lambda: layers.PixelShuffle(0), "PixelShuffle: `upscale_factor` (=0) must be at least 1."),
    (lambda: layers.Unflatten(1, ()), "Unflatten: `unflattened_size` (=()) must have one size or more"),
    (
        lambda: layers.Unflatten(1, (-1, -1)),
        "`unflattened_size` (=(-1, -1)) must have one size or more, and at most one",
    ),
    (lambda: layers.Unfold((2,)), "Unfold: `kernel_size` (=(2,)) has 1 value, but there are 2 axes."),
    (lambda: layers.GroupNorm(3, 8), "GroupNorm: `num_groups` (=3) must divide `num_channels` (=8). Use num_groups=2."),
    (lambda: layers.BatchNorm2d(8, eps=-1), "BatchNorm2d: `eps` (=-1) must be at least 0."),
    (lambda: layers.LayerNorm(()), "LayerNorm: `normalized_shape` (=()) must have at least one size."),
    (lambda: layers.LocalResponseNorm(0), "LocalResponseNorm: `size` (=0) must be at least 1."),
    (
        lambda: layers.Embedding(5, 2, padding_idx=5),
        "`padding_idx` (=5) must lie between -5 and 4, the words' numbers.",
    ),
    (lambda: layers.MultiheadAttention(6, 4), "`num_heads` (=4) must divide `embed_dim` (=6). Use num_heads=3."),
    (lambda: layers.RReLU(0.5, 0.1), "RReLU: `lower` (=0.5) must not be above `upper` (=0.1)."),
    (lambda: layers.Hardtanh(1, 1), "Hardtanh: `min_val` (=1) must be below `max_val` (=1)."),
    (lambda: layers.CELU(0), "CELU: `alpha` (=0) divides the input: it can't be 0."),
    (lambda: layers.Softshrink(-0.5), "Softshrink: `lambd` (=-0.5) must be at least 0."),
    (lambda: layers.GELU("erf"), 'GELU: `approximate` (=\'erf\') must be "none" or "tanh".'),
]


@pytest.mark.parametrize(
    ("construct", "words"),
    [
        (lambda: layers.LeakyReLU("steep"), "`negative_slope` (='steep') must be a number, not str."),
        (lambda: layers.ReLU(inplace=1), "`inplace` (=1) must be True or False, not int."),
        (lambda: layers.AdaptiveAvgPool2d(None), "`output_size` (=None) must be an integer, not NoneType."),
        (lambda: layers.AdaptiveAvgPool1d((None,)), "`output_size` (=None) must be an integer, not NoneType."),
        (lambda: layers.LPPool1d(2, (3,)), "`kernel_size` (=(3,)) must be an integer, not tuple."),
        (lambda: layers.ConvTranspose2d(1, 6, 3, padding="same"), "`padding` (='same') must be an integer, not str."),
        (lambda: layers.Unflatten(1, 6), "`unflattened_size` (=6) must be a tuple of sizes such as (32, 5, 5)."),
    ],
)  # fmt: skip
def test_layers_refuse_arguments_of_the_wrong_type(construct, words):
    """A mistake in the call is a TypeError, as everywhere in Python."""
    with pytest.raises(TypeError) as caught:
        construct()
    assert words in str(caught.value)


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
        (layers.Flatten(0), (1, 28, 28), "`start_dim` (=0) is the batch axis, which stays as it is. Use 1 or more."),
        (layers.Flatten(1, 5), (1, 28, 28), "`end_dim` (=5) must lie between -4 and 3, the batch axis being 0."),
        (layers.Flatten(3, 2), (1, 28, 28), "`start_dim` (=3) comes after `end_dim` (=2)."),
        (layers.BatchNorm2d(8), (4, 7, 7), "`num_features` (=8) does not match the 4 channels"),
        (layers.PReLU(8), (4, 7, 7), "`num_parameters` (=8) does not match the 4 channels"),
        (layers.ReLU(), (4, 0), "`input_shape` (=0) must be at least 1."),
        (layers.Residual(layers.Conv2d(8, 8, 3)), (8, 6, 6), "Residual: `body` gives (8, 4, 4) and the shortcut (8, 6, 6):"
            " only equal shapes are added."),
        (layers.Parallel(layers.Conv2d(8, 8, 3), layers.Identity()), (8, 6, 6), "Parallel: Branch 1 gives (8, 6, 6) and"
            " branch 0 (8, 4, 4): only channels may differ."),
        (layers.Parallel(layers.Flatten(), layers.Identity()), (8, 6, 6), "Branch 1 gives (8, 6, 6) and branch 0 (288,)"),
        (layers.Parallel(layers.Conv2d(8, 4, 1), layers.Identity(), join="add"), (8, 6, 6), "Parallel: Branch 1 gives"
            " (8, 6, 6) and branch 0 (4, 6, 6): only equal shapes are added."),
        (layers.Conv2d(8, 8, 3, padding=6, padding_mode="reflect"), (8, 9, 6), "Conv2d: Along the width, `padding` (=6) with"
            " mode 'reflect' needs more pixels than the 6 of the input. Use padding ≤ 5, or the mode 'replicate'."),
        (layers.CircularPad1d(7), (8, 6), "`padding` (=7) with mode 'circular' needs more pixels than the 6 of the input."),
        (layers.CircularPad1d((2, -1)), (8, 6), "`padding` (=(2, -1)) cuts off on one side what the other side would go"
            " around to. Cut and pad in two layers."),
        (layers.ReplicationPad1d(-3), (8, 6), "`padding` (=(-3, -3)) cuts 6 pixels off the 6 of the input: nothing is left."
            " Cut off 5 at most."),
        (layers.ZeroPad1d((-7, 9)), (8, 6), "`padding` (=(-7, 9)) cuts more off than the 6 pixels of the input."),
        (layers.ZeroPad2d(1), (8,), "ZeroPad2d: `input_shape` (=(8,)) must have 3 axes, (C, H, W), not 1."),
        (layers.AvgPool3d(2, 1, 1), (8, 6, 6, 1), "AvgPool3d: Along the width, `kernel_size` (=2) must be at most the 1"
            " pixels of the input, without padding."),
        (layers.Upsample(scale_factor=0.3), (8, 3), "`scale_factor` (=0.3) leaves nothing of 3 pixels: ⌊3 · 0.3⌋ = 0. Use"
            " scale_factor ≥ 0.333."),
        (layers.Upsample(scale_factor=(2, 2)), (8, 3), "`scale_factor` (=(2, 2)) has 2 values for 1 axis. Give one number,"),
        (layers.Upsample((3,)), (8, 3, 3), "Upsample: `size` (=(3,)) has 1 value, but there are 2 axes."),
        (layers.Upsample(3, mode="bilinear"), (8, 3), "`input_shape` (=(8, 3)) must be (C, H, W) with the mode 'bilinear'."),
        (layers.Upsample(3), (8,), "`input_shape` (=(8,)) must be (C, L) or (C, H, W) or (C, D, H, W) with the mode"),
        (layers.PixelShuffle(2), (6, 3, 3), "`upscale_factor²` (=4) must divide the channels of the input (=6)."),
        (layers.PixelShuffle(2), (6, 3), "PixelShuffle: `input_shape` (=(6, 3)) must have 3 axes, (C, H, W), not 2."),
        (layers.PixelUnshuffle(2), (6, 4, 3), "`downscale_factor` (=2) must divide the width of the input (=3). Use"
            " downscale_factor=1."),
        (layers.PixelUnshuffle(2), (6, 3), "must have 3 axes, (C, H, W), not 2."),
        (layers.ChannelShuffle(4), (6, 3, 3), "`groups` (=4) must divide the channels of the input (=6). Use groups=3."),
        (layers.ChannelShuffle(4), (8,), "ChannelShuffle: `input_shape` (=(8,)) must have 3 axes, (C, H, W), not 1."),
        (layers.Unflatten(1, (4, 2)), (6, 3), "`unflattened_size` (=(4, 2)) does not multiply up to the 6 of `dim` (=1)."),
        (layers.Unflatten(0, (1, 1)), (6, 3), "Unflatten: `dim` (=0) is the batch axis, which stays as it is."),
        (layers.Fold(4, 2), (8, 8), "`output_size` (=4) has 9 windows, but the input (8, 8) has 8 columns."),
        (layers.Fold(4, 2), (6, 9), "`kernel_size²` (=4) must divide the channels of the input (=6)."),
        (layers.Fold(4, 5), (25, 1), "Fold: Along the height, `kernel_size` (=5) spans 5 pixels, but the padded input has 4"),
        (layers.InstanceNorm2d(8), (8, 1, 1), "A map with a single pixel a channel has no variance: the input is (8, 1, 1)."),
        (layers.GroupNorm(2, 8), (6, 3), "`num_channels` (=8) does not match the 6 channels of the input (6, 3)."),
        (layers.GroupNorm(2, 8, affine=False), (), "`num_channels` (=8) does not match the input (), which has no channels."),
        (layers.LayerNorm((3, 4)), (8, 4, 3), "`normalized_shape` (=(3, 4)) does not match the last axes of the input"
            " (8, 4, 3). Use normalized_shape=(4, 3)."),
        (layers.LocalResponseNorm(2), (8,), "LocalResponseNorm: `input_shape` (=(8,)) must have 3 axes, (C, H, W), not 1."),
        (layers.Dropout1d(), (8, 3, 3), "Dropout1d: `input_shape` (=(8, 3, 3)) must have 2 axes, (C, L), not 3."),
        (layers.Softmax(4), (8, 3), "Softmax: `dim` (=4) must lie between -3 and 2, the batch axis being 0."),
        (layers.Softmax2d(), (8, 3), "Softmax2d: `input_shape` (=(8, 3)) must have 3 axes, (C, H, W), not 2."),
        (layers.GLU(), (8, 3), "GLU: `dim` (=-1) has 3 numbers, which can't be halved."),
        (layers.MultiheadAttention(6, 2), (8,), "`input_shape` (=(8,)) must have 2 axes, (L, E), not 1."),
        (layers.MultiheadAttention(6, 2), (5, 8), "`embed_dim` (=6) does not match the last axis of the input (5, 8). Use"
            " embed_dim=8."),
        (layers.MultiheadAttention(6, 2, kdim=5), (5, 6), "`kdim` (=5) does not match the last axis of the input (5, 6)."),
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


AXES = [(name, axes) for axes in (1, 2, 3) for name in (
    f"Conv{axes}d", f"ConvTranspose{axes}d", f"MaxPool{axes}d", f"AvgPool{axes}d", f"LPPool{axes}d",
    f"AdaptiveAvgPool{axes}d", f"AdaptiveMaxPool{axes}d", f"ReflectionPad{axes}d", f"ReplicationPad{axes}d",
    f"CircularPad{axes}d", f"InstanceNorm{axes}d",
)]  # fmt: skip


@pytest.mark.parametrize(("name", "axes"), AXES)
def test_a_sample_is_what_pytorch_takes_without_a_batch(name, axes):
    """PyTorch's layers take one sample as it is: the same shape; fewer axes and more are refused here."""
    arguments = {"LPPool": (2, 2), "Conv": (2, 4, 2), "Inst": (2,)}.get(name[: 6 if name[0] == "L" else 4], (1,))
    layer, module = getattr(layers, name)(*arguments), getattr(nn, name)(*arguments)
    shape = (2, 5, 6, 7)[: axes + 1]
    assert layer.output_shape(shape) == tuple(module(torch.zeros(shape)).shape)
    for other in (shape[1:], (1, *shape)):
        with pytest.raises(ShapeError, match="`input_shape`"):
            layer.output_shape(other)
