"""Explanations: their numbers against the layers and PyTorch, their words, and that text, HTML and LaTeX are sound."""

import json
import re
from html.parser import HTMLParser
from itertools import chain

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from cnn_guide import ShapeError, conv_output_size, conv_transpose_output_size, explain, pool_output_size
from cnn_guide import layers as L
from cnn_guide.arithmetic import explanation as package
from cnn_guide.arithmetic.coverage import unused_runs
from cnn_guide.arithmetic.explanation.formula import Symbol, ceil, floor
from site_builder import maths

LAYERS = [  # every kind of layer that changes shapes or has weights, with an input
    (L.Conv1d(2, 4, 5, stride=3), (2, 40)),
    (L.Conv2d(3, 20, 8, stride=2, padding=1), (3, 32, 32)),
    (L.Conv2d(4, 8, (3, 5), stride=(2, 1), padding=(1, 2), dilation=2, groups=4, bias=False), (4, 24, 20)),
    (L.Conv2d(1, 1, 4, padding="same"), (1, 28, 20)),
    (L.Conv2d(1, 1, 3, padding=((0, 1), (2, 0))), (1, 28, 20)),
    (L.Conv2d(1, 1, 3, padding=2, padding_mode="reflect"), (1, 9, 9)),
    (L.Conv2d(1, 1, 3, padding=2, padding_mode="replicate"), (1, 9, 9)),
    (L.Conv2d(1, 1, 3, padding=-1, padding_mode="circular"), (1, 9, 9)),
    (L.Conv3d(1, 2, 3, stride=2), (1, 8, 9, 10)),
    (L.ConvTranspose1d(2, 4, 5, stride=2, output_padding=1), (2, 10)),
    (L.ConvTranspose2d(16, 2, 5, stride=2, padding=1, groups=2), (16, 14, 14)),
    (L.ConvTranspose2d(1, 1, 2, stride=3, dilation=2), (1, 5, 4)),
    (L.ConvTranspose3d(1, 1, 3, stride=1, padding=1), (1, 3, 4, 5)),
    (L.MaxPool1d(3, 2, padding=1), (2, 20)),
    (L.MaxPool2d(3, 2, padding=1, ceil_mode=True), (8, 112, 111)),
    (L.MaxPool3d(2), (1, 5, 6, 7)),
    (L.AvgPool1d(4), (2, 21)),
    (L.AvgPool2d(3, 2, padding=1), (8, 12, 11)),
    (L.AvgPool2d(3, 2, padding=1, count_include_pad=False), (8, 12, 11)),
    (L.AvgPool3d(2, ceil_mode=True), (1, 5, 6, 7)),
    (L.LPPool1d(2, 3), (1, 20)),
    (L.LPPool2d(2, 3, ceil_mode=True), (1, 20, 21)),
    (L.LPPool3d(2, 2), (1, 4, 5, 6)),
    (L.AdaptiveAvgPool1d(4), (2, 10)),
    (L.AdaptiveAvgPool2d((3, None)), (8, 14, 14)),
    (L.AdaptiveAvgPool3d(1), (8, 4, 5, 6)),
    (L.AdaptiveMaxPool1d(20), (2, 7)),
    (L.AdaptiveMaxPool2d(7), (8, 14, 28)),
    (L.AdaptiveMaxPool3d((1, 2, 3)), (8, 4, 5, 6)),
    (L.Upsample(scale_factor=2), (8, 7, 7)),
    (L.Upsample(scale_factor=(1.5, 2.5), mode="bilinear"), (8, 7, 9)),
    (L.Upsample(size=10), (8, 7)),
    (L.UpsamplingNearest2d(scale_factor=2), (8, 7, 7)),
    (L.UpsamplingBilinear2d(size=(3, 4)), (8, 7, 7)),
    (L.ZeroPad1d((2, 0)), (8, 9)),
    (L.ZeroPad2d((0, 1, 0, 1)), (3, 28, 28)),
    (L.ZeroPad3d(-1), (1, 4, 5, 6)),
    (L.ConstantPad1d(1, 0.5), (1, 4)),
    (L.ConstantPad2d((1, 2, -1, 0), 3.0), (1, 4, 5)),
    (L.ConstantPad3d(1, 0.0), (1, 4, 5, 6)),
    (L.ReflectionPad2d(2), (1, 4, 5)),
    (L.ReflectionPad1d(2), (1, 4)),
    (L.ReflectionPad3d(1), (1, 4, 5, 6)),
    (L.ReplicationPad1d((1, 2)), (1, 4)),
    (L.ReplicationPad2d(1), (1, 4, 5)),
    (L.ReplicationPad3d(1), (1, 4, 5, 6)),
    (L.CircularPad1d(2), (1, 4)),
    (L.CircularPad2d(2), (1, 4, 5)),
    (L.CircularPad3d(2), (1, 4, 5, 6)),
    (L.PixelShuffle(2), (8, 4, 5)),
    (L.PixelUnshuffle(2), (2, 8, 10)),
    (L.ChannelShuffle(2), (8, 4, 5)),
    (L.Unfold(3, stride=2), (3, 10, 12)),
    (L.Fold((4, 4), 2), (8, 9)),
    (L.Flatten(), (32, 5, 5)),
    (L.Flatten(2), (2, 3, 4, 5, 6)),
    (L.Unflatten(1, (2, 4)), (8,)),
    (L.Linear(800, 64), (800,)),
    (L.Linear(20, 64, bias=False), (5, 20)),
    (L.Embedding(100, 8), (20,)),
    (L.MultiheadAttention(16, 4), (10, 16)),
    (L.MultiheadAttention(16, 4, bias=False, add_bias_kv=True, add_zero_attn=True), (10, 16)),
    (L.GLU(1), (16, 5)),
    (L.BatchNorm1d(16), (16,)),
    (L.BatchNorm2d(16), (16, 4, 4)),
    (L.BatchNorm3d(16, affine=False), (16, 4, 4, 4)),
    (L.InstanceNorm1d(16), (16, 4)),
    (L.InstanceNorm2d(16, affine=True), (16, 4, 4)),
    (L.InstanceNorm3d(16), (16, 4, 4, 4)),
    (L.LocalResponseNorm(5), (16, 4, 4)),
    (L.RMSNorm(4), (16, 4, 4)),
    (L.Threshold(0.1, 20), (16, 4, 4)),
    (L.GroupNorm(4, 16), (16, 4, 4)),
    (L.LayerNorm((4, 4)), (16, 4, 4)),
    (L.PReLU(16), (16, 4, 4)),
    (L.ReLU(), (16, 4, 4)),
    (L.Dropout(0.5), (16,)),
    (L.Softmax(1), (10,)),
    (L.Sequential(), (16, 4)),
    (L.Sequential(L.Conv2d(1, 16, 3), L.ReLU(), L.MaxPool2d(2), L.Flatten(), L.Linear(2704, 10)), (1, 28, 28)),
    (L.Residual(L.Conv2d(8, 8, 3, padding=1)), (8, 9, 9)),
    (L.Residual(L.Conv2d(8, 4, 3, 2, 1), L.Conv2d(8, 4, 1, 2)), (8, 9, 9)),
    (L.Parallel(L.Conv2d(8, 4, 1), L.Sequential(L.Conv2d(8, 6, 3, padding=1), L.ReLU())), (8, 9, 9)),
    (L.Parallel(L.Conv2d(8, 4, 1), L.Conv2d(8, 4, 3, padding=1), join="add"), (8, 9, 9)),
]  # fmt: skip
IDS = [f"{index}-{layer.kind}" for index, (layer, _) in enumerate(LAYERS)]
REFUSALS = [
    lambda: explain(conv_output_size, 4, kernel_size=7),
    lambda: explain(conv_output_size, 28, 3, stride=2, padding="same"),
    lambda: explain(conv_output_size, (4, 9), kernel_size=(7, 3), dilation=2),
    lambda: explain(conv_output_size, 8, kernel_size=0),
    lambda: explain(pool_output_size, 5, 2, padding=2),
    lambda: explain(conv_transpose_output_size, 2, 3, stride=2, padding=3),
    lambda: explain(conv_transpose_output_size, 2, 3, stride=2, output_padding=2),
    lambda: explain(L.Conv2d(3, 8, 3), (1, 28, 28)),
    lambda: explain(L.Conv2d(3, 8, 3), (28, 28)),
    lambda: explain(L.Conv2d(3, 8, 9), (3, 4, 28)),
    lambda: explain(L.Conv2d(1, 8, 3, padding=9, padding_mode="reflect"), (1, 4, 28)),
    lambda: explain(L.Linear(800, 10), (32, 5, 5)),
    lambda: explain(L.ReflectionPad2d(4), (32, 4, 4)),
    lambda: explain(L.Conv2d, (3, 32, 32), 3, 8, kernel_size=(3, 5), stride=2, padding="same"),
    lambda: explain(L.AdaptiveAvgPool2d(2), (28, 28)),
    lambda: explain(L.Conv2d, (3, 32, 32), 3, 8, kernel_size=3, stride=2, padding="same"),
    lambda: explain(L.Conv2d, (3, 32, 32), 3, 8, kernel_size=3, groups=2),
    lambda: explain(L.Sequential(L.Conv2d(1, 16, 3), L.Flatten(), L.Linear(10, 10)), (1, 28, 28)),
    lambda: explain(L.Residual(L.Conv2d(8, 8, 3)), (8, 9, 9)),
    lambda: explain(L.Parallel(L.Conv2d(8, 4, 1), L.Conv2d(8, 4, 3)), (8, 9, 9)),
]


def everything():
    """All explanations of this file, refused or not."""
    return [*(explain(*case) for case in LAYERS), *(make() for make in REFUSALS)]


def calculated(written):
    """A formula with its numbers put in, worked out by Python."""
    for sign, code in {
        "⌊": "math.floor(", "⌋": ")", "⌈": "math.ceil(", "⌉": ")", "·": "*", "−": "-", ",": "",
    }.items():  # fmt: skip
        written = written.replace(sign, code)
    return eval(written, {"math": __import__("math")})


def last_step(explanation, name):
    return [step.value for step in explanation.steps if step.name == name][-1]


# Numbers


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=IDS)
def test_values_are_those_of_the_layer(layer, shape):
    """The value is the output's shape; counted parameters and MACs are the layer's own."""
    explanation = explain(layer, shape)
    assert explanation.value == layer.output_shape(shape)
    assert explanation.refusal is None
    counted = {step.name: step.value for step in explanation.steps if step.name in ("parameters", "MACs")}
    assert counted.get("parameters", 0) == layer.parameters
    assert counted.get("MACs", 0) == layer.macs(shape)


def test_every_kind_of_layer_is_explained():
    """Those that change shapes or are trained stand in the table above; the others need no argument."""
    for name in set(L.__all__) - {layer.kind for layer, _ in LAYERS} - {"Layer"}:
        axes = int(name[-2]) if name[-1] == "d" and name[-2].isdigit() else 2
        layer, shape = getattr(L, name)(), (4, *(6,) * axes)
        assert explain(layer, shape).value == layer.output_shape(shape), name


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=IDS)
def test_numbers_put_in_come_to_the_value(layer, shape):
    """What is written can be worked out, and gives what is written behind it."""
    for step in explain(layer, shape).steps:
        assert calculated(step.numbers) == step.value, step


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=IDS)
def test_sizes_are_explained_axis_by_axis(layer, shape):
    """Every section on an axis is headed by the sizes before and after."""
    explanation = explain(layer, shape)
    for section in explanation.sections:
        if "→" in section.title:
            axis, sizes = section.title.split(": ")
            before, after = map(int, sizes.split(" → "))
            index = {"length": -1, "depth": -3, "height": -2, "width": -1}[axis.split(" and ")[0].split(", ")[0]]
            assert before == shape[index]
            if not isinstance(layer, L.Unfold):
                assert after == explanation.value[index]


AXES = st.integers(1, 20), st.integers(1, 7), st.integers(1, 5), st.integers(0, 4), st.integers(1, 3)


def read_by_pytorch(n, call):
    """Pixels of a row that have an influence on the output, by their gradients."""
    row = torch.ones(1, 1, n, requires_grad=True)
    (gradient,) = torch.autograd.grad(call(row).sum(), row)
    return {pixel for pixel in range(n) if gradient[0, 0, pixel]}


@given(*AXES)
def test_convolution_step_by_step(n, k, s, p, d):
    """The last step is the size, and the pixels named as never read are those without a gradient."""
    explanation = explain(conv_output_size, n, k, s, p, d)
    if explanation.value is None:
        with pytest.raises(ShapeError, match=re.escape(explanation.refusal.problem)):
            conv_output_size(n, k, s, p, d)
        return
    assert explanation.value == conv_output_size(n, k, s, p, d) == last_step(explanation, "output size")
    used = read_by_pytorch(n, lambda row: F.conv1d(row, torch.ones(1, 1, k), stride=s, padding=p, dilation=d))
    unused = tuple(chain.from_iterable(unused_runs(n, k, s, p, d, output_size=explanation.value)))
    assert set(unused) == set(range(n)) - used
    assert ("Every pixel is read." in explanation.notes) == (not unused)
    assert any("never read: " in note for note in explanation.notes) == bool(unused)


@given(*AXES, st.booleans())
def test_pooling_step_by_step(n, k, s, p, d, ceil_mode):
    """The same for pooling, where a window that is rounded up to may be dropped again."""
    explanation = explain(pool_output_size, n, k, s, p, d, ceil_mode)
    try:
        expected = F.max_pool1d(torch.zeros(1, 1, n), k, s, p, d, ceil_mode=ceil_mode).shape[-1]
    except RuntimeError:
        assert explanation.value is None
        return
    assert explanation.value == expected == last_step(explanation, "output size")
    dropped = any("last window is dropped" in note for note in explanation.notes)
    assert dropped == (
        ceil_mode and last_step(explanation, "output size") != -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1
    )


@given(*AXES, st.integers(0, 4))
def test_transposed_convolution_step_by_step(n, k, s, p, d, extra):
    """The same for a transposed convolution; pixels named as never written are those that only hold the bias."""
    explanation = explain(conv_transpose_output_size, n, k, s, p, extra, d)
    try:
        output = F.conv_transpose1d(
            torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s, padding=p, output_padding=extra, dilation=d
        )[0, 0]
    except RuntimeError:
        assert explanation.value is None
        return
    assert explanation.value == len(output) == last_step(explanation, "output size")
    assert any("never written" in note for note in explanation.notes) == bool((output == 0).any())


@given(st.integers(1, 30), st.integers(1, 12))
def test_adaptive_windows_are_those_of_pytorch(n, o):
    """The listed windows have PyTorch's means of 0, 1, 2, ..."""
    explanation = explain(L.AdaptiveAvgPool1d(o), (1, n))
    listed = next(note for note in explanation.notes if note.startswith("Windows: "))
    windows = listed.removeprefix("Windows: ").rstrip(".").removesuffix(", …").split(", ")
    means = F.adaptive_avg_pool1d(torch.arange(n, dtype=torch.float64)[None], o)[0].tolist()
    for window, mean in zip(windows, means, strict=False):
        first, _, last = window.partition("–")
        assert (int(first) + int(last or first)) / 2 == pytest.approx(mean)
    assert len(windows) == min(o, 8)


# The conventions


def conventions(explanation):
    return {row.name: row[1:] for comparison in explanation.comparisons for row in comparison.rows}


def test_conventions_stand_side_by_side():
    """The example of the lessons: PyTorch 14, SAME 16, VALID 13."""
    explanation = explain(conv_output_size, 32, kernel_size=8, stride=2, padding=1)
    assert conventions(explanation) == {
        "PyTorch, padding=1": (1, 1, 14, "nothing"),
        "TensorFlow SAME": (3, 3, 16, "nothing"),
        "TensorFlow VALID": (0, 0, 13, "nothing"),
    }
    assert explanation.comparisons[-1].note == "PyTorch reads what SAME reads with `padding=3`."


@pytest.mark.parametrize(
    ("explanation", "note"),
    [
        (lambda: explain(L.Conv2d(3, 64, 7, stride=2, padding=3), (3, 224, 224)),
            "SAME pads one side more than the other: PyTorch does so with `nn.ZeroPad2d((2, 3, 2, 3))` before it; "
            "in a description, `padding=((2, 3), (2, 3))`."),
        (lambda: explain(L.Conv2d(3, 64, (3, 4)), (3, 224, 200)), "nn.ZeroPad2d((1, 2, 1, 1))"),
        (lambda: explain(L.Conv2d(3, 64, (3, 5)), (3, 224, 200)), "PyTorch reads what SAME reads with `padding=(1, 2)`."),
        (lambda: explain(L.MaxPool2d(2), (3, 7, 8)), 'PyTorch does so with `nn.ConstantPad2d((0, 0, 0, 1), float("-inf"))`.'),
        (lambda: explain(L.MaxPool1d(3, 1, dilation=2), (3, 7)), "SAME pads more than half the kernel: PyTorch does so with "),
        (lambda: explain(pool_output_size, 7, 2), 'nn.ConstantPad1d((0, 1), float("-inf"))` before max pooling.'),
        (lambda: explain(L.AvgPool2d(3), (3, 9, 9)), "with `padding=0` and `count_include_pad=False`."),
        (lambda: explain(L.AvgPool2d(2), (3, 7, 8)), "SAME pads one side more than the other: no argument of PyTorch does."),
    ],
)  # fmt: skip
def test_the_way_to_tensorflow_is_shown(explanation, note):
    """What PyTorch has to do to read the pixels that SAME reads."""
    assert note in explanation().comparisons[-1].note


@given(*AXES[:3])
def test_the_padding_layer_for_same_is_right(n, k, s):
    """Padding by the layer that is shown, and then no padding, gives the size of SAME."""
    explanation = explain(conv_output_size, n, k, s)
    _, before, after, size, _ = explanation.comparisons[0].rows[1]
    assert F.conv1d(F.pad(torch.zeros(1, 1, n), (before, after)), torch.zeros(1, 1, k), stride=s).shape[-1] == size


def test_axes_that_differ_are_compared_one_by_one():
    """A table for the height and one for the width."""
    explanation = explain(L.Conv2d(3, 8, 3), (3, 10, 12))
    assert [comparison.title for comparison in explanation.comparisons] == [
        "PyTorch and TensorFlow side by side: height",
        "PyTorch and TensorFlow side by side: width",
    ]


def test_transposed_conventions():
    """What each library cuts off; where output_padding adds more than is cut off, the sign says so."""
    explanation = explain(conv_transpose_output_size, 14, 3, 2, 0, 1)
    assert [row.cells for row in explanation.comparisons[0].rows] == [
        ("PyTorch, padding=0", "0 − 1", "30", "pixel 29"),
        ("TensorFlow SAME", "0 + 1", "28", "nothing"),
        ("TensorFlow VALID", "0 + 0", "29", "nothing"),
    ]
    refused = explain(conv_transpose_output_size, 2, 3, stride=2, padding=3)
    assert refused.comparisons[0].rows[0].size is None
    apart = explain(L.ConvTranspose2d(1, 1, 3, stride=(1, 2)), (1, 5, 5))
    assert [comparison.title.partition(": ")[2] for comparison in apart.comparisons] == ["height", "width"]


# Words


@pytest.mark.parametrize(
    ("explanation", "note"),
    [
        (lambda: explain(conv_output_size, 10, 3, stride=2), "Pixel 9 is never read: no whole step is left."),
        (lambda: explain(L.Conv2d(1, 1, 3, stride=2), (1, 10, 9)), "Row 9 is never read: no whole step is left."),
        (lambda: explain(L.Conv2d(1, 1, 3, stride=2), (1, 10, 9)), "Every column is read."),
        (lambda: explain(L.Conv2d(1, 1, 3, stride=2), (1, 10, 10)), "Row and column 9 are never read: no whole step is left."),
        (lambda: explain(L.Conv2d(1, 1, 1, stride=3), (1, 8, 8)), "Rows and columns 1–2, 4–5, 7 are never read: the windows step over them."),
        (lambda: explain(conv_output_size, 40, 1, stride=3), "Pixels 1–2, 4–5, 7–8, 10–11, 13–14, 16–17, … are never read"),
        (lambda: explain(L.Conv3d(1, 1, 3, padding=1), (1, 8, 8, 8)), "1 slice or row or column of zeros on each side."),
        (lambda: explain(L.Conv2d(1, 1, 4, padding="same"), (1, 28, 20)), "1 row of zeros at the top and 2 rows of zeros at the bottom."),
        (lambda: explain(L.Conv2d(1, 1, 3, padding=((0, 1), (2, 0))), (1, 28, 20)), "1 row of zeros at the bottom."),
        (lambda: explain(L.Conv2d(1, 1, 3, padding=((0, 1), (2, 0))), (1, 28, 20)), "2 columns of zeros on the left."),
        (lambda: explain(L.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), (1, 8, 8)), "1 row or column mirrored at the border on each side."),
        (lambda: explain(L.Conv2d(1, 1, 3, padding=-1, padding_mode="reflect"), (1, 8, 8)), "1 row or column cut off on each side."),
        (lambda: explain(L.Conv2d(3, 64, 7, stride=2, padding=3), (3, 224, 224)),
            "Of the padding at the bottom and on the right only 2 of 3 are read: no whole step is left."),
        (lambda: explain(conv_output_size, 9, 3, stride=3, padding=2), "Of the padding at the end only 1 of 2 is read: no whole step is left."),
        (lambda: explain(conv_output_size, 224, 3, stride=2, padding=1), "Of the padding at the end nothing is read: no whole step is left."),
        (lambda: explain(conv_output_size, 4, 1, padding=1), "2 windows lie in padding alone."),
        (lambda: explain(conv_output_size, 4, 1, stride=2, padding=1), "1 window lies in padding alone."),
        (lambda: explain(pool_output_size, 11, 2, ceil_mode=True), "The last window sticks out by 1 pixel; ceil_mode keeps it, cut off."),
        (lambda: explain(pool_output_size, 10, 2, 3, 1, ceil_mode=True), "The last window is dropped: it would start behind the input, in padding alone."),
        (lambda: explain(L.MaxPool2d(3, 2, 1), (1, 8, 8)), "1 row or column of −∞ on each side."),
        (lambda: explain(L.AvgPool2d(3, 2, 1), (1, 8, 8)), "Padding counts in the mean (count_include_pad=True)."),
        (lambda: explain(L.AvgPool2d(3, 2, 1, count_include_pad=False), (1, 8, 8)), "Padding is left out of the mean (count_include_pad=False)."),
        (lambda: explain(conv_transpose_output_size, 5, 3, stride=2), "The stride 2 does not divide the kernel 3: 1 or 2 stamps overlap in turn, which can show as a checkerboard."),
        (lambda: explain(conv_transpose_output_size, 5, 2, stride=3), "Pixels 2, 5, 8, 11 are never written: they hold the bias alone."),
        (lambda: explain(conv_transpose_output_size, 5, 4, stride=2), "Every output pixel lies under a stamp."),
        (lambda: explain(conv_transpose_output_size, 5, 4, 2, 1, 1), "output_padding adds 1 pixel at the end."),
        (lambda: explain(L.ConvTranspose2d(1, 1, 4, 2, 1), (1, 5, 5)), "1 row or column cut off on each side."),
        (lambda: explain(L.AdaptiveAvgPool2d((3, 7)), (1, 14, 14)), "Windows: 0–4, 4–9, 9–13."),
        (lambda: explain(L.AdaptiveAvgPool2d((3, 7)), (1, 14, 14)), "3 does not divide 14: a window has 5 or 6 pixels."),
        (lambda: explain(L.AdaptiveAvgPool2d((3, 7)), (1, 14, 14)), "2 columns in each window: the same as pooling with kernel_size=2."),
        (lambda: explain(L.AdaptiveAvgPool1d(7), (1, 7)), "Every window is a single pixel: nothing changes."),
        (lambda: explain(L.AdaptiveAvgPool1d(6), (1, 3)), "There are more windows than pixels: pixels are used again."),
        (lambda: explain(L.AdaptiveAvgPool1d(6), (1, 3)), "6 does not divide 3: a window has 1 pixel."),
        (lambda: explain(L.Upsample(size=10), (8, 7)), "The size is given, whatever the input."),
        (lambda: explain(L.ConstantPad2d((1, 2, -1, 0), 3.0), (1, 4, 5)), "1 column of the number 3.0 on the left and 2 columns of the number 3.0 on the right."),
        (lambda: explain(L.ConstantPad2d((1, 2, -1, 0), 3.0), (1, 4, 5)), "1 row cut off at the top."),
        (lambda: explain(L.Embedding(100, 8), (20,)), "Each number of the input picks one of 100 vectors of 8."),
        (lambda: explain(L.Fold((4, 4), 2), (8, 9)), "Where windows overlap, their numbers are added."),
        (lambda: explain(L.ReLU(), (8,)), "The shape stays as it is."),
        (lambda: explain(L.Residual(L.ReLU()), (8, 9)), "The numbers of the body and the input are added, place by place: (8, 9)."),
        (lambda: explain(L.Residual(L.ReLU(), L.Tanh()), (8, 9)), "The numbers of the body and the shortcut are added, place by place: (8, 9)."),
        (lambda: explain(L.Parallel(L.ReLU(), L.Tanh(), join="add"), (8, 9)), "The numbers of the branches are added, place by place: (8, 9)."),
        (lambda: explain(conv_output_size, (9,) * 4, 3, stride=(2, 2, 2, 3)), "Every place along axis 0 and 1 and 2 is read."),
    ],
)  # fmt: skip
def test_what_happens_at_the_border_is_named(explanation, note):
    """A sentence for padding, for dropped pixels and for windows that are cut off."""
    assert any(sentence.startswith(note) for sentence in explanation().notes), explanation().notes


def test_one_layer_object_twice_is_counted_once():
    """As PyTorch counts shared parameters."""
    conv = L.Conv2d(8, 8, 3, padding=1)
    explanation = explain(L.Sequential(conv, conv), (8, 9, 9))
    together = explanation.sections[-1].steps
    assert [step.numbers for step in together] == ["584", "46,656 + 46,656"]
    nested = explain(L.Sequential(L.Sequential(conv), conv), (8, 9, 9)).sections[-1].steps
    assert [(step.symbols, step.value) for step in nested] == [
        ("sum over all layers", 584), ("Sequential + Conv2d", 93_312)
    ]  # fmt: skip


# Refusals


@pytest.mark.parametrize("make", REFUSALS)
def test_refusals_are_explained(make):
    """There is no value, but a reason with the lesson's address; text and HTML hold it."""
    explanation = make()
    assert explanation.value is None
    assert "Read: https://" in str(explanation.refusal)
    assert "Refused:" in explanation.text()
    assert "Refused." in explanation.html()
    assert explanation.heading.endswith(": refused")


@pytest.mark.parametrize(
    ("make", "nearest"),
    [
        (REFUSALS[0], ["input_size=7 gives 1", "kernel_size=4 gives 1", "padding=2 gives 2"]),
        (REFUSALS[1], ["stride=1 gives 28", "padding=1 gives 14"]),
        (REFUSALS[4], ["kernel_size=4 gives 2", "padding=1 gives 3"]),
        (REFUSALS[7], ["input_shape=(3, 28, 28) gives (8, 26, 26)", "in_channels=1 gives (8, 26, 26)"]),
        (REFUSALS[11], ["in_features=5 gives (32, 5, 10)"]),
        (REFUSALS[12], ["padding=3 gives (32, 10, 10)"]),
        (REFUSALS[13], ["padding=(1, 2) gives (8, 16, 16)"]),
        (REFUSALS[15], ["stride=1 gives (8, 32, 32)", "padding=1 gives (8, 16, 16)"]),
        (REFUSALS[17], ["in_features=10816 gives (10,)"]),
    ],
)
def test_the_nearest_settings_are_shown(make, nearest):
    """What would do instead, if one argument alone is changed."""
    found = [str(each) for each in make().nearest]
    assert [each for each in found if each in nearest] == nearest


@given(st.integers(1, 8), st.integers(5, 12), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3))
def test_nothing_nearer_is_possible(n, k, s, p, d):
    """Each shown setting is possible, and every number between it and the given one is refused."""
    arguments = {"input_size": n, "kernel_size": k, "stride": s, "padding": p, "dilation": d}
    for name, value, result in explain(conv_output_size, **arguments).nearest:
        assert conv_output_size(**{**arguments, name: value}) == result
        low, high = sorted((value, arguments[name]))
        for between in range(low + 1, high):
            with pytest.raises(ShapeError):
                conv_output_size(**{**arguments, name: between})


def test_a_container_is_explained_up_to_its_fault():
    """The layers before it are explained; the refusal names the layer's place."""
    network = L.Sequential(L.Conv2d(1, 16, 3), L.Sequential(L.MaxPool2d(2), L.Conv2d(8, 8, 3)), L.ReLU())
    explanation = explain(network, (1, 28, 28))
    assert [path for path, _ in explanation.walk()] == ["", "0", "1", "1.0", "1.1"]
    assert str(explanation.refusal).startswith("1.1: Conv2d: `in_channels` (=8) does not match the 16 channels")
    assert "\n  1.1: Conv2d(8, 8, kernel_size=3): (16, 13, 13): refused" in explanation.text()
    assert explanation.text().count("Refused:") == 1


# Text, HTML, LaTeX, plain values


class Balance(HTMLParser):
    """Whether every tag is closed where it should be, and what there is."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_text_fits_a_terminal():
    """No line is longer than 80 characters, unless it is the code of a layer or an address."""
    for explanation in everything():
        for line in explanation.text().splitlines():
            assert len(line) <= 80, line
            assert line == line.rstrip()


def test_html_is_sound_and_accessible():
    """Tags are balanced, headings say what they stand over, errors are linked; there is no style and no script."""
    for explanation in everything():
        parser = Balance()
        parser.feed(explanation.html())
        assert not parser.open
        tags = [tag for tag, _ in parser.seen]
        assert not {"script", "style"} & set(tags)
        assert all({"style", "onclick", "id"}.isdisjoint(attributes) for _, attributes in parser.seen)
        assert all(
            attributes.get("scope") in ("col", "row", "rowgroup") for tag, attributes in parser.seen if tag == "th"
        )
        assert parser.seen[0] == ("div", {"class": "cnn-explain"})
        assert explanation.heading in " ".join(parser.words)
        assert "`" not in explanation.html()
        assert explanation._repr_html_() == explanation.html()


def test_html_escapes_what_it_shows():
    """A layer's code may hold any character."""
    explanation = explain(L.Flatten(), (2, 3))
    object.__setattr__(explanation, "subject", "<b>&")
    assert "&lt;b&gt;&amp;" in explanation.html()


def test_latex_is_valid():
    """KaTeX, which renders the site's formulas, takes every block and every formula, in its strictest mode."""
    formulas = [explanation.latex() for explanation in everything() if explanation.steps]
    steps = [step for explanation in everything() for step in explanation.steps]
    formulas += [step.formula.latex(numbers) for step in steps for numbers in (False, True)]
    page = "".join(
        rf'<div class="arithmatex">\[{formula.replace("&", "&amp;").replace("<", "&lt;")}\]</div>'
        for formula in formulas
    )
    rendered, errors = maths.render(page)
    assert errors == []
    assert rendered.count('class="katex-display"') == len(formulas)
    assert explain(L.ReLU(), (3,)).latex() == ""


def test_latex_says_what_the_text_says():
    """Symbols, numbers and value of the example in the lessons."""
    assert explain(conv_output_size, 32, kernel_size=8, stride=2, padding=1).latex() == (
        "\\begin{aligned}\n"
        "\\text{padded input} &= n + 2p = 32 + 2 \\cdot 1 = 34 \\\\\n"
        "\\text{output size} &= \\left\\lfloor \\frac{n + 2p - k}{s} \\right\\rfloor + 1 \\\\\n"
        "&= \\left\\lfloor \\frac{32 + 2 \\cdot 1 - 8}{2} \\right\\rfloor + 1 \\\\\n"
        "&= 14\n"
        "\\end{aligned}"
    )
    titled = explain(L.Sequential(L.Conv2d(1, 16, 3)), (1, 28, 28)).latex()
    assert "&\\textbf{0, height and width: 28 to 26}" in titled


def test_plain_values_are_json():
    """What the command line prints with --json."""
    for explanation in everything():
        assert json.loads(json.dumps(explanation.to_dict()))["subject"] == explanation.subject
    record = explain(conv_output_size, 10, 3, stride=2).to_dict()
    assert record["value"] == 4
    assert record["sections"][0]["steps"][0]["symbols"] == "⌊(n + 2p − k) / s⌋ + 1"
    assert record["conventions"][0]["rows"][0]["unused"] == "pixel 9"
    assert explain(conv_output_size, 4, 7).to_dict()["nearest"][0] == {"name": "input_size", "value": 7, "result": 1}


def test_text_of_the_lessons_example():
    """The whole text, as a reader sees it."""
    assert (
        str(explain(L.Conv2d(3, 20, 8, stride=2, padding=1), (3, 32, 32)))
        == """\
Conv2d(3, 20, kernel_size=8, stride=2, padding=1): (3, 32, 32) → (20, 14, 14)

height and width: 32 → 14
  padded input  n + 2p = 32 + 2·1 = 34
  output size   ⌊(n + 2p − k) / s⌋ + 1 = ⌊(32 + 2·1 − 8) / 2⌋ + 1 = 14
  1 row or column of zeros on each side.
  Every row and column is read.

parameters and MACs
  weights     C_out·C_in·k·k = 20·3·8·8 = 3,840
  parameters  weights + C_out = 3,840 + 20 = 3,860
  MACs        weights·o·o = 3,840·14·14 = 752,640

PyTorch and TensorFlow side by side
                      padding  output  never read
  PyTorch, padding=1    1 + 1      14  nothing
  TensorFlow SAME       3 + 3      16  nothing
  TensorFlow VALID      0 + 0      13  nothing
  PyTorch reads what SAME reads with `padding=3`.

Symbols: n input size, p padding on each side, k kernel size, s stride, C_out
output channels, C_in input channels, o output size."""
    )


# Formulas and coverage


def test_formulas_are_written_as_in_books():
    """Dots only where they are needed, brackets only where they matter."""
    n, k, d = Symbol("n", 9), Symbol("k", 3), Symbol("d", 2)
    assert (2 * n).text() == "2n"
    assert (n * k).text() == "n·k"
    assert (d * (k - 1)).text() == "d(k − 1)"
    assert ((n - 1) * k).text() == "(n − 1)k"
    assert (n - (k - 1)).text(numbers=True) == "9 − (3 − 1)"
    assert (n / (k * d)).text() == "n / (k·d)"
    assert (floor(n / k) * 2).text() == "⌊n / k⌋·2"
    assert ceil((n + 1) / k).latex() == r"\left\lceil \frac{n + 1}{k} \right\rceil"
    assert ((n / k) * d).latex() == r"\left(\frac{n}{k}\right) \cdot d"
    assert Symbol("C_in", -1200).text(numbers=True) == "(−1,200)"
    assert Symbol("C_in", 1200).latex() == r"C_{\text{in}}"
    assert Symbol("k_h", 3).latex() == "k_h"
    assert Symbol("p′", 3).latex() == "p'"
    assert Symbol("all_layers & 5%", 3).latex() == r"\text{all\_layers \& 5\%}"
    assert (n / k).value == 3
    assert float((k / d).value) == 1.5


def test_unused_pixels_of_a_long_axis_are_found_at_once():
    """Where windows overlap without a gap, only the borders are looked at."""
    assert list(unused_runs(10**9, 3, 2, 1, output_size=5 * 10**8)) == []
    assert next(unused_runs(10**9, 1, 2, output_size=10**8)) == range(1, 2)


# What can be explained


def test_other_subjects_are_refused():
    """The error says what can be explained."""
    with pytest.raises(
        TypeError, match=r"must be a description such as layers\.Conv2d\(.*\) or one of conv_output_size"
    ):
        explain(torch.nn.ReLU(), (3,))
    with pytest.raises(TypeError, match=r"`kernel_size` \(=2\.5\) must be an integer"):
        explain(conv_output_size, 9, kernel_size=2.5)
    with pytest.raises(TypeError, match="missing a required argument: 'kernel_size'"):
        explain(conv_output_size, 9)
    with pytest.raises(TypeError, match=r"`input_shape` \(=9\) must be a tuple of sizes"):
        explain(L.ReLU(), 9)


def test_names_are_loaded_on_first_use():
    """All that the package offers is there, and nothing else."""
    for name in package.__all__:
        package.__dict__.pop(name, None)
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'explane'"):
        package.explane  # noqa: B018


def test_classes_are_explained_like_their_layers():
    """The arguments of the class follow the input."""
    assert explain(L.Conv2d, (3, 32, 32), 3, 8, kernel_size=3) == explain(L.Conv2d(3, 8, kernel_size=3), (3, 32, 32))
