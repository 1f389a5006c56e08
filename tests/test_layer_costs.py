"""What layers cost: multiply-accumulates, all operations by the table, and whether they store anything new."""

import pytest
import torch
import torch.nn.functional as F
from test_layers import CASES, CNN2, torch_module
from torch import nn

from cnn_guide import layers
from cnn_guide.arithmetic.costs import PER_ENTRY, PER_INPUT, PER_NUMBER


def test_macs_count_each_weight_once_a_position():
    """Convolution by output positions, transposed convolution by input positions, Linear by rows; the rest is free."""
    assert layers.Conv2d(3, 20, 8, stride=2, padding=1).macs((3, 32, 32)) == 20 * 14 * 14 * 3 * 8 * 8
    assert layers.Conv2d(8, 8, 3, groups=8, bias=False).macs((8, 10, 10)) == 8 * 8 * 8 * 1 * 3 * 3
    assert layers.ConvTranspose2d(16, 4, 2, stride=2).macs((16, 7, 7)) == 7 * 7 * 16 * 4 * 2 * 2
    assert layers.Linear(20, 5).macs((3, 20)) == 3 * 20 * 5
    assert layers.MaxPool2d(2).macs((3, 8, 8)) == layers.BatchNorm2d(3).macs((3, 8, 8)) == 0
    assert CNN2.macs((1, 28, 28)) == 97_344 + 557_568 + 51_200 + 1_024 + 160


def test_transposed_convolution_is_counted_by_its_input():
    """Output padding and stride make the output larger, not the work: flops-counter.pytorch#57, thop#92, fvcore#78."""
    by_input = 7 * 7 * 16 * 4 * 3 * 3
    for arguments in ({"stride": 1}, {"stride": 2}, {"stride": 2, "output_padding": 1}, {"stride": 3, "padding": 1}):
        assert layers.ConvTranspose2d(16, 4, 3, **arguments).macs((16, 7, 7)) == by_input


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # about a copy that PyTorch then makes
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kernel_size", [3, 4, (2, 5)])
def test_string_padding_is_counted(padding, kernel_size):
    """As with numbers, even kernels too: other counters give 0, or the size of an odd kernel (fvcore, calflops)."""
    layer, module = layers.Conv2d(3, 8, kernel_size, padding=padding), nn.Conv2d(3, 8, kernel_size, padding=padding)
    output = module(torch.zeros(1, 3, 9, 10))
    assert layer.output_shape((3, 9, 10)) == tuple(output.shape[1:])
    assert layer.macs((3, 9, 10)) == output.numel() * module.weight[0].numel()


@pytest.mark.parametrize("name", ["Conv2d", "ConvTranspose2d"])
def test_a_number_and_a_tuple_are_the_same(name):
    """A kernel, a stride or a padding written once or for each axis costs the same (torchscan tells them apart)."""
    kind, shape = getattr(layers, name), (3, 9, 9)
    once, twice = kind(3, 8, 3, 2, 1), kind(3, 8, (3, 3), (2, 2), (1, 1))
    for question in ("output_shape", "macs", "operations", "windows"):
        assert getattr(once, question)(shape) == getattr(twice, question)(shape)
    assert once.parameters == twice.parameters
    pool, wide = layers.MaxPool2d(3, 2, 1), layers.MaxPool2d((3, 3), (2, 2), (1, 1))
    assert (pool.output_shape(shape), pool.operations(shape)) == (wide.output_shape(shape), wide.operations(shape))


def test_linear_works_on_every_row():
    """On (T, C) and (B, T, C) each row is multiplied (torchinfo counts one)."""
    layer = layers.Linear(64, 10)
    assert layer.output_shape((20, 64)) == (20, 10)
    assert [layer.macs(shape) for shape in ((64,), (20, 64), (7, 20, 64))] == [640, 20 * 640, 7 * 20 * 640]


OPERATIONS = [  # layer, input, operations
    (layers.Conv2d(3, 8, 3), (3, 10, 10), 8 * 8 * 8 * (2 * 27 + 1), "two a MAC, one for the bias"),
    (layers.Conv2d(3, 8, 3, bias=False), (3, 10, 10), 8 * 8 * 8 * 2 * 27, "no bias"),
    (layers.ConvTranspose2d(3, 8, 2, 2), (3, 5, 5), 2 * 75 * 8 * 4 + 8 * 100, "MACs by the input, biases by the output"),
    (layers.Linear(20, 5), (3, 20), 3 * 5 * (2 * 20 + 1), "two a MAC, one for the bias"),
    (layers.ReLU(), (3, 10, 10), 300, "one comparison"),
    (layers.Sigmoid(), (10,), 30, "exp, add, divide"),
    (layers.SiLU(), (10,), 40, "sigmoid, multiply"),
    (layers.Softmax(1), (10,), 30, "exp, sum, divide"),
    (layers.MaxPool2d(2), (3, 11, 11), 3 * 25 * 4, "one an entry of the windows that exist"),
    (layers.AvgPool2d(3, 1, 1), (3, 5, 5), 3 * 25 * 9, "padding included"),
    (layers.LPPool1d(2, 3), (2, 9), 2 * 3 * 3 * 2, "a power and a sum"),
    (layers.AdaptiveAvgPool2d(1), (8, 7, 7), 8 * 49, "one window over everything"),
    (layers.AdaptiveAvgPool1d(3), (2, 5), 2 * (2 + 3 + 2), "windows that share pixels"),
    (layers.BatchNorm2d(3), (3, 4, 4), 2 * 48, "one scale and one shift in evaluation"),
    (layers.BatchNorm2d(3, track_running_stats=False), (3, 4, 4), 7 * 48, "the statistics of the map itself"),
    (layers.InstanceNorm2d(3), (3, 4, 4), 5 * 48, "no scale, no shift"),
    (layers.GroupNorm(1, 3), (3, 4, 4), 7 * 48, "statistics, scale, shift"),
    (layers.LayerNorm(4, bias=False), (3, 4, 4), 6 * 48, "statistics, scale"),
    (layers.RMSNorm(4), (3, 4, 4), 4 * 48, "square, sum, divide, scale"),
    (layers.LocalResponseNorm(5), (8, 3, 3), (5 + 5) * 72, "five, and a sum over five channels"),
    (layers.Upsample(scale_factor=2), (3, 4, 4), 0, "moves numbers"),
    (layers.Upsample(scale_factor=2, mode="bilinear"), (3, 4, 4), 7 * 3 * 64, "four products and their sum"),
    (layers.Upsample(3, mode="area"), (2, 5), 2 * (2 + 3 + 2), "the same as adaptive pooling"),
    (layers.Fold((4, 4), 2), (8, 9), 72, "one addition for each number put back"),
    (layers.Embedding(10, 6), (7,), 0, "looks up"),
    (layers.Flatten(), (3, 4, 4), 0, "moves nothing"),
    (layers.Dropout(), (3, 4, 4), 0, "nothing in evaluation"),
    (layers.MultiheadAttention(6, 2), (5, 6), 2 * (4 * 5 * 36 + 2 * 25 * 6) + (4 + 1) * 30 + 3 * 2 * 25,
        "projections, products, biases, scale, softmax"),
    (layers.Residual(layers.ReLU()), (3, 4, 4), 2 * 48, "the layers inside, and one sum"),
    (layers.Parallel(layers.ReLU(), layers.ReLU()), (3, 4, 4), 2 * 48, "a concatenation moves numbers"),
    (layers.Parallel(layers.ReLU(), layers.ReLU(), layers.ReLU(), join="add"), (3, 4, 4), 5 * 48, "two sums"),
    (layers.Sequential(layers.ReLU(), layers.Sequential(layers.Sigmoid())), (10,), 10 + 30, "one after the other"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "operations", "source"), OPERATIONS)
def test_operations_follow_the_table(layer, shape, operations, source):
    """Counted by hand, from the convention of `arithmetic.costs`."""
    assert layer.operations(shape) == operations, source


@pytest.mark.parametrize(("name", "arguments", "shape"), CASES)
def test_operations_hold_the_macs(name, arguments, shape):
    """Each MAC is two operations, and no layer costs less than nothing."""
    layer = getattr(layers, name)(**arguments)
    assert layer.operations(shape) >= 2 * layer.macs(shape) >= 0


def test_the_table_knows_pytorchs_functions():
    """Every name is a function of PyTorch, and every function that a layer names has a cost."""
    homes = (torch, F, torch.Tensor, torch._C._nn, torch.ops.aten)
    unknown = [
        name
        for name in PER_NUMBER
        if not any(hasattr(home, each) for home in homes for each in (name, f"__{name}__", f"{name}_"))
    ]
    assert unknown == ["identity"]  # nn.Identity calls none
    assert {getattr(layers, name).function for name in layers.__all__} <= set(PER_NUMBER)
    assert set(PER_NUMBER) >= PER_ENTRY | PER_INPUT
    assert not PER_ENTRY & PER_INPUT


@pytest.mark.parametrize(("name", "arguments", "shape"), CASES)
def test_new_memory_is_what_pytorch_takes(name, arguments, shape):
    """A layer that makes nothing new gives back its input's memory, and no other does."""
    module = torch_module(name, arguments)
    image = torch.zeros(1, *shape, dtype=torch.long if name == "Embedding" else torch.float)
    with torch.no_grad():
        output = module(image, image, image)[0] if name == "MultiheadAttention" else module(image)
    assert getattr(layers, name)(**arguments).makes_new == (output.data_ptr() != image.data_ptr())


@pytest.mark.parametrize(
    "name",
    [
        "ReLU",
        "ReLU6",
        "LeakyReLU",
        "RReLU",
        "ELU",
        "CELU",
        "SELU",
        "SiLU",
        "Mish",
        "Hardswish",
        "Hardsigmoid",
        "Hardtanh",
    ],
)
def test_layers_in_place_make_nothing_new(name):
    """With `inplace` the output takes the input's memory, as in PyTorch."""
    image = torch.zeros(1, 4, 4)
    assert getattr(nn, name)(inplace=True).eval()(image).data_ptr() == image.data_ptr()
    assert not getattr(layers, name)(inplace=True).makes_new


def test_containers_store_what_they_join():
    """A sum and a concatenation are new; a sequence stores nothing by itself."""
    assert layers.Residual(layers.ReLU()).makes_new
    assert layers.Parallel(layers.ReLU()).makes_new
    assert not layers.Sequential(layers.ReLU()).makes_new


def test_normalisation_by_the_map_mixes_it():
    """Taken literally, a number depends on all whose mean it is compared with; running statistics come from outside."""
    mixing = {name for name, arguments, _ in CASES if getattr(layers, name)(**arguments).mixes_map}
    norms = {f"{kind}Norm{axes}d" for kind in ("Batch", "Instance") for axes in (1, 2, 3)}
    assert mixing == norms | {"GroupNorm", "LayerNorm", "RMSNorm"}
    assert not layers.BatchNorm2d(8).mixes_map
    assert not layers.InstanceNorm2d(8, track_running_stats=True).mixes_map


def test_large_sizes_are_exact():
    """Sizes beyond the integers of other languages: no float takes part."""
    long = 2**62 + 1
    conv = layers.Conv1d(1, 2**31, kernel_size=3)
    assert conv.output_shape((1, long)) == (2**31, long - 2)
    assert conv.macs((1, long)) == 2**31 * (long - 2) * 3
    assert layers.MaxPool1d(2, ceil_mode=True).output_shape((1, long)) == (1, 2**61 + 1)
    assert layers.ConvTranspose1d(1, 1, 2, stride=2).output_shape((1, long)) == (1, 2 * long)
    assert layers.Upsample(scale_factor=2).output_shape((1, long)) == (1, 2 * long)
