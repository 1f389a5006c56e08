"""Inverse questions: every answer, and no other, against brute force and PyTorch; smallest inputs against trying all."""

from itertools import product
from math import prod

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_guide import (
    ShapeError,
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
    receptive_field,
    smallest_input,
    solve_conv,
    solve_conv_transpose,
    solve_input,
    solve_kernel,
    solve_output_padding,
    solve_padding,
    solve_pool,
    solve_receptive_field,
    solve_same,
    solve_stride,
)
from cnn_guide import layers as L
from cnn_guide.arithmetic.solving import ConvSettings, ConvTransposeSettings, Inputs, PoolSettings, Stack

SIZES, KERNELS, STRIDES, PADS, DILATIONS = (
    st.integers(*bounds) for bounds in ((1, 30), (1, 7), (1, 5), (0, 4), (1, 3))
)


def answers(call, *arguments):
    """The answers, or none where the question is refused."""
    try:
        return call(*arguments)
    except ShapeError:
        return ()


def gives(wanted, size, *settings):
    """Whether a convolution with these settings fits and gives the wanted size."""
    try:
        return conv_output_size(size, *settings) == wanted
    except ShapeError:
        return False


# One setting


@given(SIZES, SIZES, KERNELS, STRIDES, DILATIONS)
def test_padding_is_every_one_that_works(n, o, k, s, d):
    """No answer is missing and none is wrong, among all paddings up to far more than needed."""
    expected = tuple(p for p in range(200) if gives(o, n, k, s, p, d))
    assert answers(lambda: solve_padding(n, o, k, s, d)) == expected


@given(SIZES, SIZES, STRIDES, PADS, DILATIONS)
def test_kernel_is_every_one_that_works(n, o, s, p, d):
    """No answer is missing and none is wrong, among all kernels."""
    assert answers(lambda: solve_kernel(n, o, s, p, d)) == tuple(k for k in range(1, 60) if gives(o, n, k, s, p, d))


@given(SIZES, SIZES, KERNELS, PADS, DILATIONS)
def test_stride_is_every_one_that_works(n, o, k, p, d):
    """No answer is missing and none is wrong, among all strides up to the padded input's size."""
    expected = tuple(s for s in range(1, n + 2 * p + 1) if gives(o, n, k, s, p, d))
    assert answers(lambda: solve_stride(n, o, k, p, d)) == expected


def test_small_settings_exhaustively_against_pytorch():
    """Every setting of a small range that PyTorch accepts is among the answers to each question about it."""
    checked = 0
    for n, k, s, p, d in product(range(1, 9), (1, 2, 3), (1, 2, 3), (0, 1, 2), (1, 2)):
        try:
            o = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), stride=s, padding=p, dilation=d).shape[-1]
        except RuntimeError:
            continue
        assert p in solve_padding(n, o, k, s, d)
        assert k in solve_kernel(n, o, s, p, d)
        assert s in solve_stride(n, o, k, p, d) or s > n + 2 * p
        extra = solve_output_padding(n, k, s, p, d)
        back = F.conv_transpose1d(
            torch.zeros(1, 1, o), torch.zeros(1, 1, k), stride=s, padding=p, output_padding=extra, dilation=d
        )
        assert back.shape[-1] == n
        checked += 1
    assert checked > 300


def test_several_axes_are_answered_together():
    """A tuple of sizes gives tuples: each answer of one axis with each of the other."""
    assert solve_padding((28, 30), (28, 15), kernel_size=(3, 4), stride=(1, 2)) == ((1, 1),)
    assert solve_kernel((32, 32), 16, stride=2, padding=1) == ((3, 3), (3, 4), (4, 3), (4, 4))
    assert solve_stride((224, 112), (112, 112), kernel_size=3, padding=1) == ((2, 1),)


def test_long_axes_are_answered_at_once():
    """The answers are found by halving, not by trying all."""
    assert solve_padding(10**9, 10**9, kernel_size=10**6 + 1) == (500_000,)
    assert solve_kernel(10**9, 10**9 - 2) == (3,)
    assert solve_stride(10**9, 5 * 10**8, kernel_size=2) == (2,)


@given(SIZES, KERNELS, STRIDES, PADS, DILATIONS)
def test_output_padding_undoes_a_convolution(n, k, s, p, d):
    """There is always exactly one, and the transposed convolution takes it."""
    o = answers(lambda: conv_output_size(n, k, s, p, d))
    if not o:
        with pytest.raises(ShapeError, match="spans"):
            solve_output_padding(n, k, s, p, d)
        return
    extra = solve_output_padding(n, k, s, p, d)
    assert conv_transpose_output_size(o, k, s, p, extra, d) == n


def test_output_padding_takes_axes():
    """One number an axis."""
    assert solve_output_padding((32, 33), kernel_size=3, stride=2, padding=1) == (1, 0)


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_same_of_tensorflow_rounds_up(n, k, s, d):
    """The pairs lead to ⌈n / s⌉ pixels."""
    pairs = solve_same(n, k, s, d, convention="tensorflow")
    assert conv_output_size(n, k, s, pairs, d) == -(-n // s)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")  # PyTorch's own, about speed
@given(SIZES, KERNELS, DILATIONS)
def test_same_of_pytorch_keeps_the_size(n, k, d):
    """The pairs are those that PyTorch's own "same" uses."""
    pairs = solve_same((n, n), k, dilation=d)
    assert conv_output_size((n, n), k, padding=pairs, dilation=d) == (n, n)
    kernel = torch.arange(1.0, k + 1)[None, None]
    row = torch.arange(1.0, n + 1)[None, None]
    by_name = F.conv1d(row, kernel, padding="same", dilation=d)
    assert torch.equal(F.conv1d(F.pad(row, pairs[0]), kernel, dilation=d), by_name)


# All settings


@given(st.integers(1, 20), st.integers(1, 20))
def test_conv_settings_are_all_that_work(n, o):
    """In the default ranges nothing is missing, and every answer is right."""
    expected = {
        (k, s, p) for k, s in product(range(1, 12), range(1, 5)) for p in range(k // 2 + 1) if gives(o, n, k, s, p)
    }
    found = answers(lambda: solve_conv(n, o))
    assert {(each.kernel_size, each.stride, each.padding) for each in found} == expected
    assert len(found) == len(expected)


@given(st.integers(1, 16), st.integers(1, 16))
def test_pool_settings_are_right(n, o):
    """Every answer is checked by PyTorch itself."""
    for each in answers(lambda: solve_pool(n, o)):
        stride = each.kernel_size if each.stride is None else each.stride
        output = F.max_pool1d(torch.zeros(1, 1, n), each.kernel_size, stride, each.padding, 1, each.ceil_mode)
        assert output.shape[-1] == o == pool_output_size(n, **each)


@settings(deadline=None)  # a busy machine takes its time
@given(st.integers(1, 16), st.integers(1, 40))
def test_transposed_settings_are_right(n, o):
    """Every answer is checked forward."""
    for each in answers(lambda: solve_conv_transpose(n, o)):
        assert conv_transpose_output_size(n, **each) == o


def test_the_simplest_settings_come_first():
    """The ones that the architectures use: halving by 2 or by 3 with padding, doubling by an even kernel."""
    assert solve_conv(32, 16)[:2] == (ConvSettings(2, 2), ConvSettings(3, 2, 1))
    assert solve_conv(28, 28)[:3] == (ConvSettings(1), ConvSettings(3, 1, 1), ConvSettings(5, 1, 2))
    assert solve_conv(32, 16)[-1] == ConvSettings(1, 2), "a window that leaves pixels out comes last"
    assert [each.dilation for each in solve_conv(9, 9, kernel_size=3, dilation=range(1, 4))] == [1, 2, 3]
    assert solve_pool(26, 13)[0] == PoolSettings(2)
    assert solve_pool(11, 6, padding=0, stride=2)[0] == PoolSettings(1, 2), "without ceil_mode first"
    assert solve_conv_transpose(14, 28)[:2] == (ConvTransposeSettings(2, 2), ConvTransposeSettings(4, 2, 1))


def test_fixed_settings_stay_fixed():
    """A number is kept, a range is searched, a tuple gives each axis its own."""
    assert solve_conv(32, 16, kernel_size=5, stride=2, padding=2) == (ConvSettings(5, 2, 2),)
    assert {each.kernel_size for each in solve_conv(32, 16, kernel_size=range(3, 5))} == {3, 4}
    assert solve_conv((32, 48), 16, kernel_size=(2, 3), padding=0) == (ConvSettings((2, 3), (2, 3)),)
    assert {each.ceil_mode for each in solve_pool(11, 5, ceil_mode=False)} == {False}
    assert {each.padding for each in solve_pool(12, 6, kernel_size=2, stride=range(2, 3), padding=range(2))} == {0}
    found = solve_conv_transpose(14, 28, kernel_size=3, stride=2, padding=range(3), output_padding=1)
    assert found == (ConvTransposeSettings(3, 2, 1, 1),)


def test_one_setting_for_all_axes_is_preferred():
    """Axes get settings of their own only where none serves all."""
    assert solve_conv((32, 64), (16, 32))[:2] == (ConvSettings(2, 2), ConvSettings(3, 2, 1))
    apart = solve_conv((32, 48), (16, 16))
    assert apart[0] == ConvSettings((2, 3), (2, 3))
    assert all(conv_output_size((32, 48), **each) == (16, 16) for each in apart)


def test_settings_are_code():
    """They print as they are written, and go into layers and functions with two stars."""
    setting = ConvSettings(kernel_size=3, stride=2, padding=1)
    assert repr(setting) == "ConvSettings(kernel_size=3, stride=2, padding=1)"
    assert eval(repr(setting)) == setting
    assert L.Conv2d(3, 8, **setting) == L.Conv2d(3, 8, kernel_size=3, stride=2, padding=1)
    assert torch.nn.Conv2d(3, 8, **setting).stride == (2, 2)
    assert setting.to_dict() == {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1}
    assert L.AvgPool2d(**PoolSettings(2, 2)) == L.AvgPool2d(2), "the default dilation is left out: AvgPool has none"


# Receptive fields


@pytest.mark.parametrize(
    ("size", "settings", "first"),
    [
        (31, {}, Stack(depth=15, kernel_size=3)),
        (31, {"growth": 2}, Stack(depth=4, kernel_size=3, growth=2)),
        (13, {"kernel_size": range(2, 8)}, Stack(depth=2, kernel_size=7)),
        (15, {"stride": 2}, Stack(depth=3, kernel_size=3, stride=2)),
        (9, {"dilation": (2, 4)}, Stack(depth=2, kernel_size=3, dilation=2)),
        (1024, {"kernel_size": 2, "growth": 2}, Stack(depth=10, kernel_size=2, growth=2)),  # WaveNet
    ],
)
def test_stacks_see_what_is_wanted(size, settings, first):
    """The simplest comes first, and the layers it stands for have this receptive field."""
    found = solve_receptive_field(size, **settings)
    assert found[0] == first
    for stack in found:
        span = stack.field * 3
        assert stack.field == size
        assert receptive_field(stack.layers(channels=1, axes=1), (1, span)).size == (size,)


@given(st.integers(1, 40))
def test_stacks_are_all_that_work(size):
    """In given ranges nothing is missing."""
    ranges = {"depth": range(1, 5), "kernel_size": range(1, 5), "stride": (1, 2), "dilation": (1, 2)}
    stacks = (Stack(*values) for values in product(*ranges.values()))
    expected = {stack for stack in stacks if stack.field == size}
    assert set(answers(lambda: solve_receptive_field(size, **ranges))) == expected


def test_stacks_are_code():
    """They print as they are written."""
    stack = Stack(depth=3, kernel_size=3, dilation=2)
    assert eval(repr(stack)) == stack
    assert stack.to_dict() == {"depth": 3, "kernel_size": 3, "stride": 1, "dilation": 2, "growth": 1}
    assert [layer.dilation for layer in stack.layers(channels=4, axes=3)] == [2, 2, 2]


# Inputs of a layer or a network

LENET = L.Sequential(
    L.Conv2d(1, 6, 5), L.Tanh(), L.AvgPool2d(2), L.Conv2d(6, 16, 5), L.Tanh(), L.AvgPool2d(2),
    L.Flatten(), L.Linear(400, 120), L.Tanh(), L.Linear(120, 10),
)  # fmt: skip
DOWN_AND_UP = L.Residual(L.Sequential(L.MaxPool2d(2), L.Conv2d(3, 3, 3, padding=1), L.Upsample(scale_factor=2)))
NETWORKS = {
    "convolutions": L.Sequential(L.Conv2d(3, 8, 5), L.MaxPool2d(2), L.Conv2d(8, 8, 3)),
    "ceil_mode": L.Sequential(L.Conv2d(3, 8, 4), L.MaxPool2d(3, 2, ceil_mode=True), L.MaxPool2d(3, 2, ceil_mode=True)),
    "axes that differ": L.Sequential(L.Conv2d(1, 4, (3, 7)), L.MaxPool2d((1, 4))),
    "a U-shape": L.Sequential(L.Conv2d(1, 3, 3), DOWN_AND_UP),
    "reflection": L.Sequential(L.ReflectionPad2d(4), L.Conv2d(2, 2, 3)),
    "adaptive": L.Sequential(L.Conv2d(1, 4, 3), L.AdaptiveAvgPool2d(2), L.Flatten(), L.Linear(16, 10)),
    "a global map": L.Sequential(L.Conv2d(1, 4, 6), L.Flatten(), L.BatchNorm1d(4), L.Linear(4, 2)),
    "flatten and linear": L.Sequential(L.Conv2d(1, 2, 3), L.MaxPool2d(2), L.Flatten(), L.Dropout(), L.Linear(16, 3)),
    "flatten alone": L.Sequential(L.Conv2d(1, 2, 3), L.Flatten()),
    "flatten to one number": L.Sequential(L.Conv2d(1, 1, 3), L.Flatten(), L.Linear(1, 3)),
    "linear on the rows": L.Sequential(L.Conv2d(1, 2, 3), L.Linear(7, 3)),
    "a norm of two sides": L.Sequential(L.Conv2d(1, 2, 3), L.LayerNorm((2, 4, 7))),
    "half a flatten": L.Sequential(L.MaxPool2d(2), L.Flatten(2), L.Linear(6, 2)),
    "unflatten": L.Sequential(L.Conv2d(1, 2, 3), L.Flatten(), L.Unflatten(1, (4, 5)), L.Conv1d(4, 2, 2)),
    "unfold": L.Sequential(L.Conv2d(1, 2, 3), L.Unfold(2)),
    "unfold and fold": L.Sequential(L.Conv2d(1, 2, 3), L.Unfold(2, stride=2), L.Fold((4, 6), 2, stride=2)),
    "branches": L.Parallel(L.Conv2d(1, 2, 3, stride=2), L.Conv2d(1, 2, 5, stride=2, padding=1)),
    "one axis": L.Sequential(L.Conv1d(2, 4, 5, stride=3), L.Conv1d(4, 4, 3), L.Flatten(), L.Linear(8, 2)),
}
LIMIT = 14


def legal(network, channels, axes):
    """Every input up to the limit that the network takes, by trying all."""
    shapes = ((channels, *sizes) for sizes in product(range(1, LIMIT + 1), repeat=axes))
    return {shape: output for shape in shapes if (output := answers(network.output_shape, shape))}


@pytest.mark.parametrize("name", NETWORKS)
def test_inputs_are_all_that_pass(name):
    """Groups of inputs cover every legal input once, and no other."""
    network = NETWORKS[name]
    groups = solve_input(network, limit=LIMIT)
    axes, channels = len(groups[0].sizes), groups[0].channels
    listed = [(channels, *sizes) for group in groups for sizes in product(*group.sizes)]
    assert set(listed) == set(legal(network, channels, axes))
    assert len(listed) == len(set(listed))
    assert all(shape in next(group for group in groups if shape in group) for shape in listed)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_smallest_input_is_the_smallest(name):
    """It passes, and no input with fewer pixels does."""
    network = NETWORKS[name]
    shape = smallest_input(network, limit=LIMIT)
    assert network.output_shape(shape)
    assert prod(shape) == min(map(prod, legal(network, shape[0], len(shape) - 1)))


@pytest.mark.parametrize("name", ["convolutions", "ceil_mode", "axes that differ", "a U-shape", "unfold and fold"])
def test_inputs_for_one_output_are_all_that_give_it(name):
    """For every size that the network makes at all."""
    network = NETWORKS[name]
    outputs = legal(network, smallest_input(network, limit=LIMIT)[0], 2)
    for wanted in {output[1:] for output in outputs.values()}:
        groups = solve_input(network, wanted, limit=LIMIT)
        listed = {(group.channels, *sizes) for group in groups for sizes in product(*group.sizes)}
        assert listed == {shape for shape, output in outputs.items() if output[1:] == wanted}


@given(SIZES, KERNELS, STRIDES, PADS, DILATIONS)
def test_inputs_of_one_layer_are_a_range(o, k, s, p, d):
    """All inputs of a convolution that give one output size follow one another."""
    layer = L.Conv1d(1, 1, k, s, p, d)
    expected = [n for n in range(1, 300) if gives(o, n, k, s, p, d)]
    found = answers(lambda: solve_input(layer, o, limit=299))
    assert [list(inputs.sizes[0]) for inputs in found] == ([expected] if expected else [])


def test_known_networks():
    """LeNet-5 takes 32 by 32 up to 35 by 35, a multilayer perceptron its numbers, a U-shape multiples of 4."""
    assert smallest_input(LENET) == (1, 32, 32)
    assert solve_input(LENET)[0] == Inputs(1, (range(32, 36), range(32, 36)))
    assert smallest_input(L.Sequential(L.Linear(784, 10), L.ReLU())) == (784,)
    assert solve_input(L.Linear(784, 10)) == (Inputs(784, ()),)
    assert smallest_input(L.Sequential(L.Flatten(), L.Linear(784, 10))) == (1, 28, 28)
    inner = L.Residual(L.Sequential(L.MaxPool2d(2), L.Residual(L.Sequential(L.MaxPool2d(2), L.Upsample(scale_factor=2))),
                                    L.Upsample(scale_factor=2)))  # fmt: skip
    assert solve_input(inner, channels=3)[0].sizes == (range(4, 1025, 4),) * 2
    assert smallest_input(L.MaxPool2d(3), channels=5) == (5, 3, 3)
    assert smallest_input(L.Upsample(scale_factor=2), axes=1) == (1, 1)


def test_inputs_are_plain_values():
    """They know what they hold, and become JSON."""
    inputs = Inputs(3, (range(4, 13, 4), (5, 9)))
    assert (3, 8, 9) in inputs
    assert (3, 8, 8) not in inputs
    assert (1, 8, 9) not in inputs
    assert (3, 8) not in inputs
    assert inputs.smallest == (3, 4, 5)
    assert inputs.to_dict() == {"channels": 3, "sizes": [[4, 8, 12], [5, 9]]}


def test_sizes_that_are_not_equally_far_apart_are_listed():
    """Where no range describes them."""
    ragged = L.Residual(L.Sequential(L.MaxPool1d(2), L.Upsample(scale_factor=2.0)), L.Upsample(scale_factor=1.0))
    assert solve_input(ragged, axes=1, limit=9)[0].sizes == (range(2, 9, 2),)
    steps = L.Residual(L.Upsample(scale_factor=0.7), L.Upsample(scale_factor=0.75))
    sizes = [n for n in range(1, 20) if int(n * 0.7) == int(n * 0.75) and int(n * 0.7)]
    assert solve_input(steps, axes=1, limit=19)[0].sizes == (tuple(sizes),)


# Where there is no answer


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: solve_padding(28, 28, 4),
            "No `padding` makes 28 out of 28 pixels. padding=1 gives 27 and padding=2 gives 29. "
            "It takes 3 in all, an odd number: the pair (1, 2) as padding does. Read: https://"),
        (lambda: solve_padding(28, 20, 3), "padding=0 gives 26, the smallest size there is."),
        (lambda: solve_padding((28, 30), (28, 31), 3), "Along the width: No `padding` makes 31 out of 30 pixels."),
        (lambda: solve_padding((8,) * 4, (8, 8, 8, 9), 3), "Along axis 3: No `padding`"),
        (lambda: solve_kernel(28, 40), "No `kernel_size` makes 40 out of 28 pixels. kernel_size=1 gives 28, the largest"),
        (lambda: solve_kernel(28, 13, stride=3), "kernel_size=1 gives 10, the largest size there is."),
        (lambda: solve_stride(28, 20, 3), "stride=1 gives 26 and stride=2 gives 13."),
        (lambda: solve_stride(4, 2, 7), "`kernel_size` (=7) spans 7 pixels, but the padded input has 4"),
        (lambda: solve_conv(32, 100),
            "No setting in these ranges makes 100 out of 32 pixels. ConvSettings(kernel_size=2, padding=1) gives 33. "
            "Or search wider ranges."),
        (lambda: solve_conv((32, 32), (16, 100)), "Along the width: No setting in these ranges makes 100"),
        (lambda: solve_conv(2, 2, kernel_size=9, padding=0), "No setting in these ranges fits at all."),
        (lambda: solve_pool(8, 30), "No setting in these ranges makes 30 out of 8 pixels."),
        (lambda: solve_conv_transpose(2, 60), "No setting in these ranges makes 60 out of 2 pixels."),
        (lambda: solve_receptive_field(32),
            "No stack in these ranges sees exactly 32 pixels. Stack(depth=15, kernel_size=3) sees 31 and "
            "Stack(depth=16, kernel_size=3) sees 33."),
        (lambda: solve_receptive_field(0), "`size` (=0) must be at least 1."),
        (lambda: solve_same(28, 3, stride=2), '`padding` (="same") needs stride 1, but `stride` is 2.'),
        (lambda: solve_same(28, 3, convention="keras"), '`convention` (=\'keras\') must be "pytorch" or "tensorflow".'),
        (lambda: solve_output_padding(4, 7), "`kernel_size` (=7) spans 7 pixels"),
        (lambda: solve_input(L.Conv2d(1, 1, 3, stride=2), 2000), "No input that was tried gives 2000 pixels. 1023 pixels give 511."),
        (lambda: solve_input(DOWN_AND_UP, 5), "Along the height: No input that was tried gives 5 pixels. 4 pixels give 4 and 6 "),
        (lambda: smallest_input(L.Sequential(L.Conv2d(1, 8, 3), L.Flatten(), L.Linear(801, 10))),
            "No input that was tried gives the 801 numbers that the layer behind Flatten takes. 12×12 pixels give 800 and "
            "13×13 pixels give 968."),
        (lambda: smallest_input(L.Sequential(L.Conv2d(1, 8, 3), L.Conv2d(4, 8, 3)), limit=9),
            "No input with 1 channel and sizes up to 9 passes through the network. The last one tried was refused: "
            "`in_channels` (=4)"),
        (lambda: smallest_input(L.Sequential(L.Flatten(), L.Linear(1, 2), L.Linear(5, 2)), limit=3),
            "The last one refused: `in_features` (="),
        (lambda: smallest_input(L.Sequential(L.Linear(4, 2), L.Linear(5, 2))), "1: Linear: `in_features` (=5)"),
        (lambda: solve_input(L.Sequential(L.Conv2d(1, 1, 3), L.Flatten()), 4), "passes through the network and gives what"),
    ],
)  # fmt: skip
def test_no_answer_says_why_and_what_is_near(call, words):
    """The error names the nearest sizes that can be reached."""
    with pytest.raises(ShapeError) as caught:
        call()
    assert words in str(caught.value)


def test_wrong_kinds_of_arguments():
    """A fraction is not a size."""
    with pytest.raises(TypeError, match=r"`kernel_size` \(=2\.5\) must be an integer"):
        solve_padding(28, 28, kernel_size=2.5)
    with pytest.raises(TypeError, match=r"`depth` \(=1\.5\) must be an integer"):
        solve_receptive_field(31, depth=1.5)
