"""Bugs that users have met in other tools, by the number of the issue: none of them may be ours."""

import sys

import awkward
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnn_guide import ShapeError, cost, count_parameters, layers, summary


def test_shared_layers_count_once():
    """A layer at two places has its parameters once, its work twice: torchinfo#322, #327, #377."""
    layer = nn.Linear(8, 8)
    model = nn.Sequential(layer, nn.ReLU(), nn.Sequential(layer, nn.ReLU()), layer)
    report = summary(model, (8,))
    assert (report.total_params, report.macs) == (72, 3 * 64)
    assert [(row.name, row.params, row.shared) for row in report.rows if row.kind == "Linear"] == [
        ("0", 72, False), ("0", 0, True), ("0", 0, True)
    ]  # fmt: skip
    assert count_parameters(model).shared == 72


@pytest.mark.parametrize("settings", [{}, {"stride": 2}, {"stride": 3, "output_padding": 2}, {"padding": 1}])
def test_transposed_convolution_counts_by_its_input(settings):
    """Its stride does not make more work: flops-counter.pytorch#57, #149, ultralytics/thop#92, fvcore#78."""
    assert summary(nn.ConvTranspose2d(3, 8, 4, **settings), (3, 5, 5)).macs == 5 * 5 * 3 * 8 * 16


def test_the_model_is_neither_moved_nor_changed():
    """Device, type and mode are as before, also of a model on the meta device: torchinfo#227, #287."""
    with torch.device("meta"):
        model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).train().half()
    summary(model, (4,))
    assert {tensor.device.type for tensor in model.state_dict().values()} == {"meta"}
    assert {tensor.dtype for tensor in model.parameters()} == {torch.float16}
    assert all(module.training for module in model.modules())


def test_nothing_is_left_in_the_state():
    """No buffers, hooks or attributes stay behind: pytorch-OpCounter#82, #168."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    keys, names = list(model.state_dict()), [sorted(vars(module)) for module in model.modules()]
    summary(model, (3, 8, 8))
    cost(model, (3, 8, 8))
    assert (list(model.state_dict()), [sorted(vars(module)) for module in model.modules()]) == (keys, names)
    assert all(not vars(tensor) for tensor in model.state_dict(keep_vars=True).values())


def test_parameters_of_the_module_itself_count():
    """Those that belong to no layer have a row: pytorch-summary#148."""
    report = summary(awkward.Raw(), (3, 8, 8))
    assert (report.total_params, report.rows[0].params, report.rows[0].weights) == (168, 168, 0)


def test_a_layer_called_twice_has_two_rows():
    """Each call has its own shapes and its own work: pytorch-summary#37, #201."""
    report = summary(awkward.Twice(), (4, 8, 8))
    assert [(row.name, row.input_shape, row.output_shape, row.params) for row in report.rows] == [
        ("conv", (4, 8, 8), (4, 6, 6), 144), ("conv", (4, 6, 6), (4, 4, 4), 0)
    ]  # fmt: skip


def test_frozen_parameters_are_told_apart():
    """They count, but not as trainable: pytorch-summary#156, flops-counter.pytorch#75."""
    model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    model[0].weight.requires_grad_(False)
    report = summary(model, (4,))
    assert (report.total_params, report.trainable_params, report.frozen_params) == (58, 26, 32)
    assert [row.trainable_params for row in report.rows] == [8, 18]


def test_functions_and_attention_are_never_silently_nothing():
    """Work without a layer is counted, or named where it can't be: torchinfo#126, #226."""

    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.filters = nn.Parameter(torch.zeros(4, 3, 3, 3))

        def forward(self, x):
            y = F.conv2d(x, self.filters).flatten(2)
            return F.scaled_dot_product_attention(y, y, y), torch.fft.rfft(y)

    report = summary(Functional(), (3, 8, 8))
    assert report.macs == 4 * 36 * 27 + 2 * 4 * 4 * 36
    assert report.unknown == ("fft_rfft in Functional",)
    assert not report.complete
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), num_layers=2)
    assert summary(encoder.eval(), (5, 8)).macs == 2 * (4 * 5 * 64 + 2 * 25 * 8 + 2 * 5 * 128)


@pytest.mark.parametrize("kernel_size", [3, 4, (2, 5)])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_string_padding_is_understood(padding, kernel_size):
    """Neither 0 MACs (fvcore) nor the size of an odd kernel where it is even (calflops)."""
    model = nn.Conv2d(3, 4, kernel_size, padding=padding)
    output = model(torch.zeros(1, 3, 9, 9))
    report = summary(model, (3, 9, 9))
    assert (report.rows[0].output_shape, report.macs) == (
        tuple(output.shape[1:]),
        output.numel() * model.weight[0].numel(),
    )


def test_an_exception_leaves_pytorch_as_it_was():
    """No function stays replaced when a model fails: calflops patches PyTorch, and leaves it patched."""
    functions = (F.relu, F.linear, torch.matmul, torch.Tensor.__matmul__, nn.Module.__call__, nn.Linear.forward)
    with pytest.raises(ShapeError):
        summary(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(5, 5)), (4,))
    after = (F.relu, F.linear, torch.matmul, torch.Tensor.__matmul__, nn.Module.__call__, nn.Linear.forward)
    assert all(one is other for one, other in zip(functions, after, strict=True))
    assert torch._C._len_torch_function_stack() == 0
    assert torch.relu(torch.ones(1) @ torch.ones(1)).item() == 1


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (nn.MaxPool2d(2, stride=3, ceil_mode=True), (1, 5, 6)),
        (nn.AvgPool2d(3, 2, 1, ceil_mode=True), (1, 6, 7)),
        (nn.MaxPool1d(1, stride=2, ceil_mode=True), (1, 4)),
        (nn.AvgPool3d(2, ceil_mode=True), (1, 3, 4, 5)),
    ],
)
def test_ceil_mode_is_that_of_a_real_run(module, shape):
    """The last window must begin inside the image: pytorch#148123, #57178, #116420."""
    expected = tuple(module(torch.zeros(1, *shape)).shape[1:])
    assert summary(module, shape).rows[0].output_shape == expected
    assert layers.MaxPool2d(2, stride=3, ceil_mode=True).output_shape((1, 5, 6)) == (1, 2, 2)


@pytest.mark.parametrize("settings", [{"stride": 2, "output_padding": 2}, {"output_padding": 1}, {"padding": 9}])
def test_impossible_transposed_convolutions_are_refused(settings):
    """The meta device takes what no real run does: pytorch#178125, #178127."""
    module = nn.ConvTranspose2d(1, 1, 3, **settings)
    with pytest.raises(RuntimeError):
        module(torch.zeros(1, 1, 4, 4))
    with pytest.raises(ShapeError):
        summary(module, (1, 4, 4))


def test_a_failure_is_an_error():
    """Where ptflops returns (None, None), the reason is said."""
    with pytest.raises(ShapeError, match=r"^1: Conv2d: `in_channels` \(=3\) does not match the 4 channels"):
        summary(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)), (3, 8, 8))


def test_an_import_error_is_not_masked(monkeypatch):
    """What is missing is named, with its cause: rfa_toolbox hides it."""
    for name in [name for name in sys.modules if name.startswith("cnn_guide.inspection.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    from cnn_guide.inspection.overview import summary as fresh

    with pytest.raises(ImportError, match="modules need PyTorch: pip install torch") as caught:
        fresh(object(), (3, 8, 8))
    assert "torch" in str(caught.value.__cause__)


def test_a_number_and_a_tuple_mean_the_same():
    """A kernel of 3 is one of (3, 3): torchscan tells them apart."""
    one, other = (summary(nn.Conv2d(3, 4, size, 2, 1), (3, 9, 9)) for size in (3, (3, 3)))
    assert one.rows == other.rows
    pools = [summary(nn.MaxPool2d(size), (3, 9, 9)).rows for size in (3, (3, 3))]
    assert pools[0] == pools[1]


def test_linear_layers_work_on_every_row():
    """On (B, T, C) as on (B, C): torchinfo counts one row."""
    assert summary(nn.Linear(8, 4), (8,)).macs == 32
    assert summary(nn.Linear(8, 4), (5, 8)).macs == 5 * 32
    assert summary(nn.Linear(8, 4), input_data=torch.zeros(2, 3, 5, 8)).macs == 2 * 3 * 5 * 32
