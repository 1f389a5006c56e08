"""Summaries and counts of modules: right, and without a trace on the model."""

import copy
import random
from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnn_guide import ShapeError, cost, count_parameters, layers, models, summary
from cnn_guide.inspection.translation import describe


class Block(nn.Module):
    """A residual block with the operators and functions that people write."""

    def __init__(self, channels: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.down = nn.Conv2d(channels, channels, 1, stride) if stride > 1 else nn.Identity()
        self.scale = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.conv2(y) * self.scale
        y += self.down(x)
        return torch.cat([y.relu_(), x.new_zeros(y.shape)], dim=1).flatten(1).view(x.size(0), -1)


class Functional(nn.Module):
    """Weights used by functions, not by layers."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(8, 3, 3, 3))

    def forward(self, x):
        return F.conv_transpose2d(F.conv2d(x, self.weight), weight=self.weight, stride=2)


class Odd(nn.Module):
    """Everything that a summary must not disturb: state of its own, random numbers, hooks, a buffer that counts."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))
        self.constant = torch.arange(4.0)  # a tensor that is neither parameter nor buffer
        self.calls, self.log, self.last = 0, [], None

    def forward(self, x):
        self.calls += 1
        self.log.append(self.calls)
        self.seen += 1
        self.last = self.drop(self.norm(self.conv(x)))
        noise = torch.rand(4, 1, 1, device=x.device) + torch.zeros(4, 1, 1)
        return self.last * self.constant.view(4, 1, 1) + noise


def rows(model, *arguments, **keywords):
    return {row.name: row for row in summary(model, *arguments, **keywords).rows}


# Totals and rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "params", "macs"),
    [("dense", 104_938, 104_768), ("cnn1", 347_690, 97_344 + 346_112 + 1_280), ("cnn2", 57_274, 707_296)],
)
def test_lessons_networks_have_their_numbers(name, params, macs):
    """Parameters of source 002, MACs by hand; the total is complete."""
    report = summary(models.create(name), (1, 28, 28))
    assert (report.total_params, report.trainable_params, report.macs, report.complete) == (params, params, macs, True)


@pytest.mark.parametrize("name", ["dense", "cnn1", "cnn2", "cnn2_plain", "lenet5", "fully_convolutional"])
def test_module_and_description_give_the_same_rows(name):
    """The two ways to a summary agree in every number."""
    module = models.create(name)
    assert summary(module, (1, 28, 28)).rows == summary(describe(module), (1, 28, 28)).rows
    assert summary(module).rows == summary(describe(module)).rows
    assert count_parameters(module) == count_parameters(describe(module))


def test_shapes_are_those_of_a_real_pass():
    """Hooks on a real forward pass see what the summary says, module by module."""
    model, seen = nn.Sequential(Block(3), nn.Unflatten(1, (6, 64)), nn.Conv1d(6, 2, 5), nn.Flatten()), {}
    for name, module in model.named_modules():
        module.register_forward_hook(
            lambda module, args, output, name=name: seen.update({name: tuple(output.shape[1:])})
        )
    model.eval()(torch.zeros(1, 3, 8, 8))
    found = rows(model, (3, 8, 8))
    assert {name: row.output_shape for name, row in found.items()} == {name: seen[name] for name in found}
    assert list(found) == ["0", "0.conv1", "0.bn1", "0.conv2", "0.down", "1", "2", "3"]


def test_nested_networks_count_every_tensor_in_its_own_row():
    """A container's row has its own tensors only, so that the column adds up to the total."""
    model = nn.Sequential(Block(3, stride=2), nn.Linear(96, 10))
    found = rows(model, (3, 8, 8))
    assert found["0"].params == 3
    assert found["0.conv1"].params == 3 * 3 * 9
    assert found["0.conv1"].macs == 3 * 4 * 4 * 3 * 9
    assert sum(row.params for row in found.values()) == count_parameters(model).total
    assert summary(model, (3, 8, 8)).complete


def test_functions_count_where_they_are_called():
    """Convolutions that are functions have MACs too: by output positions, transposed ones by input positions."""
    report = summary(Functional(), (3, 10, 10))
    assert (report.macs, report.complete) == (8 * 8 * 8 * 27 + 8 * 8 * 8 * 27, True)
    (row,) = report.rows
    assert (row.name, row.kind, row.params, row.output_shape) == ("", "Functional", 216, (3, 17, 17))


def test_modules_called_twice_have_two_rows_and_count_once():
    """Shared weights are counted in the first row; the work is counted in both."""
    shared = nn.Linear(8, 8)
    report = summary(nn.Sequential(shared, nn.ReLU(), shared), (8,))
    assert [(row.name, row.params, row.macs, row.shared) for row in report.rows] == [
        ("0", 72, 64, False), ("1", 0, 0, False), ("0", 0, 64, True)
    ]  # fmt: skip
    assert (report.total_params, report.macs) == (72, 128)


def test_tied_tensors_count_once():
    """One tensor under two names is one tensor."""
    model = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    model[1].weight = model[0].weight
    count = count_parameters(model)
    assert (count.total, count.weights, count.biases, count.shared) == (80, 64, 16, 64)
    assert summary(model, (8,)).total_params == summary(model).total_params == 80


def test_modules_that_are_not_called_keep_their_parameters():
    """A branch that evaluation leaves out still counts; its shapes are unknown."""
    model = nn.Sequential(OrderedDict(body=nn.Sequential(nn.Linear(4, 4)), head=nn.Linear(4, 2)))
    model.body.add_module("spare", nn.Linear(4, 9))
    model.body.forward = lambda x: x
    report = summary(model, (4,))
    assert [row.name for row in report.rows] == ["body", "body.0", "body.spare", "head"]
    assert report.total_params == count_parameters(model).total
    spare = rows(model, (4,))["body.spare"]
    assert (spare.params, spare.output_shape, spare.macs) == (45, None, None)


def test_operations_without_a_rule_make_the_total_incomplete():
    """What is not counted is named, never passed over in silence."""

    class Spectrum(nn.Module):
        def forward(self, x):
            return torch.fft.rfft(x).abs()

    report = summary(nn.Sequential(nn.Linear(8, 8), Spectrum()), (5, 8))
    assert (report.macs, report.complete, report.unknown) == (5 * 8 * 8, False, ("fft_rfft in 1",))
    assert cost(nn.Sequential(Spectrum()), (5, 8)).unknown == ("fft_rfft in 0",)
    assert "?" in str(report)


# The model stays as it is ------------------------------------------------------------------------------------------------


def state(model):
    return (
        copy.deepcopy(model.state_dict()),
        [(name, module.training) for name, module in model.named_modules()],
        [(name, p.requires_grad, p.device, p.grad, id(p)) for name, p in model.named_parameters()],
        [(len(m._forward_hooks), len(m._forward_pre_hooks), sorted(vars(m))) for m in model.modules()],
        (model.calls, list(model.log), model.last, model.constant.clone()),
        torch.get_rng_state(),
        random.getstate(),
        (torch.is_grad_enabled(), torch.get_default_device()),
    )


def assert_same(before, after):
    torch.testing.assert_close(before[0], after[0], rtol=0, atol=0)
    torch.testing.assert_close(before[4][3], after[4][3])
    assert before[1:4] == after[1:4]
    assert before[4][:3] == after[4][:3]
    assert torch.equal(before[5], after[5])
    assert before[6:] == after[6:]


@pytest.mark.parametrize("training", [True, False])
def test_summary_leaves_no_trace(training):
    """Weights, buffers, flags, hooks, attributes and random numbers are as before; the user's hooks are not called."""
    model, hooked = Odd().train(training), []
    model.conv.weight.requires_grad_(False)
    model.conv.register_forward_hook(lambda *args: hooked.append("after"))
    model.register_forward_pre_hook(lambda *args: hooked.append("before"))
    before = state(model)
    report = summary(model, (1, 8, 8))
    assert_same(before, state(model))
    assert hooked == []
    assert (report.total_params, report.trainable_params, report.complete) == (48, 12, True)


def test_summary_leaves_no_trace_after_an_error():
    """Nor does a summary that fails half-way."""
    model = Odd()
    before = state(model)
    with pytest.raises(ShapeError):
        summary(model, (3, 8, 8))
    assert_same(before, state(model))
    assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 4, 6, 6)


def test_summary_allocates_no_weights_or_activations():
    """A network of terabytes on the meta device, or a huge input, is as quick as a small one."""
    with torch.device("meta"):
        giant = nn.Linear(10**6, 10**6)
    assert summary(giant, (10**6,)).total_params == 10**12 + 10**6
    report = summary(models.create("cnn2")[:6], (1, 10**5, 10**5))
    assert report.rows[-1].output_shape == (32, 24_998, 24_998)


def test_weights_made_by_hooks_are_no_obstacle():
    """A weight that is recomputed before each forward is taken with its shape."""
    with pytest.warns(FutureWarning, match="weight_norm"):
        model = nn.utils.weight_norm(nn.Conv2d(1, 4, 3))
    model(torch.zeros(1, 1, 8, 8))
    report = summary(model, (1, 8, 8))
    assert (report.total_params, report.macs) == (36 + 4 + 4, 4 * 36 * 9)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_input_has_the_type_of_the_weights(dtype):
    """Networks in double or half precision are looked at as they are."""
    assert summary(models.create("cnn1").to(dtype), (1, 28, 28)).macs == 444_736


# Inputs ------------------------------------------------------------------------------------------------------------------


def test_input_data_takes_what_forward_takes():
    """A tensor, several or named ones; MACs are those of the batch, and the total says so."""

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.linear = nn.Embedding(7, 4), nn.Linear(4, 2)

        def forward(self, words, scale):
            return {"logits": self.linear(self.embedding(words)) * scale}

    words, scale = torch.zeros(8, 5, dtype=torch.long), torch.ones(8, 1, 1)
    for data in ((words, scale), {"words": words, "scale": scale}):
        report = summary(Two(), input_data=data)
        assert (report.batch_size, report.input_shape, report.macs) == (8, (5,), 8 * 5 * 4 * 2)
        assert report["linear"].output_shape == (5, 2)
        assert "batch of 8" in str(report)
    assert summary(nn.Linear(4, 2), input_data=torch.zeros(3, 4)).macs == 3 * 4 * 2


def test_without_input_there_are_parameters_alone():
    """No shapes, no MACs, no claim to completeness."""
    report = summary(models.create("cnn2"))
    assert (report.total_params, report.macs, report.complete) == (57_274, None, False)
    assert {row.output_shape for row in report.rows} == {None}
    assert "MACs" not in str(report)


# Errors ------------------------------------------------------------------------------------------------------------------


def test_forgetting_flatten_is_explained():
    """The layer that fails is named, in the words of the lesson."""
    model = nn.Sequential(nn.Conv2d(1, 16, 3), nn.MaxPool2d(2), nn.Linear(2704, 10))
    with pytest.raises(
        ShapeError, match=r"^2: Linear: `in_features` \(=2704\).*Put Flatten\(\) before it: 16 · 13 · 13"
    ):
        summary(model, (1, 28, 28))


@pytest.mark.parametrize(
    ("module", "shape", "words"),
    [
        (nn.BatchNorm2d(4), (4, 8), r"`input_shape` \(=\(4, 8\)\) must have 3 axes"),
        (nn.BatchNorm2d(3), (4, 8, 8), r"`num_features` \(=3\) does not match the 4 channels"),
        (nn.Conv2d(3, 4, 3), (4, 8, 8), r"`in_channels` \(=3\) does not match the 4 channels"),
    ],
)
def test_frequent_layers_refuse_as_all_others_do(module, shape, words):
    """Layers that are answered at once check their input too."""
    with pytest.raises(ShapeError, match=f"^0: {type(module).__name__}: {words}"):
        summary(nn.Sequential(module), shape)


def test_output_padding_is_checked():
    """PyTorch checks it on real tensors only; a summary that passed would be wrong."""
    model = nn.Sequential(nn.ConvTranspose2d(1, 1, 3, stride=2, output_padding=2))
    with pytest.raises(RuntimeError, match="output padding must be smaller"):
        model(torch.zeros(1, 1, 4, 4))
    with pytest.raises(ShapeError, match=r"^0: ConvTranspose2d: `output_padding` \(=2\) must be smaller than `stride`"):
        summary(model, (1, 4, 4))


def test_refusals_of_unknown_layers_keep_the_words_of_torch():
    """Where the arithmetic has no rule, the layer's path and PyTorch's message stand."""
    model = nn.Sequential(nn.Sequential(nn.Bilinear(3, 3, 1)))
    model[0][0].forward = lambda x: nn.functional.bilinear(x, x, torch.zeros(1, 4, 4))
    with pytest.raises(ShapeError, match=r"^0\.0: Bilinear: PyTorch refuses input \(1, 3\): .*bilinear"):
        summary(model, (3,))


def test_forward_that_reads_numbers_is_refused():
    """A path that depends on the pixels cannot be known from shapes."""

    class Choosy(nn.Module):
        def forward(self, x):
            return x if x.sum().item() > 0 else -x

    with pytest.raises(
        ValueError, match=r"0: Choosy asks for the numbers in a tensor \(item\), and a summary computes on shapes"
    ):
        summary(nn.Sequential(Choosy()), (3,))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: summary(models.CNN2), TypeError, "or an nn.Module, not the class CNN2."),
        (
            lambda: summary("cnn2"),
            TypeError,
            "`model` must be a description made of `layers` or an nn.Module, not str.",
        ),
        (lambda: count_parameters(3), TypeError, "not int."),
        (lambda: summary(models.CNN2(), 28), TypeError, "`input_size` (=28) must be a tuple of sizes"),
        (lambda: summary(models.CNN2(), (1, 28), input_data=3), TypeError, "`input_size` or `input_data`, not both"),
        (lambda: summary(models.CNN2(), input_data=3), TypeError, "`input_data` holds no tensor. Give a tensor"),
        (lambda: summary(layers.ReLU(), input_data=3), TypeError, "A description needs shapes only"),
        (lambda: summary(nn.LazyLinear(3)), ValueError, "`weight` has no shape yet: its layer is lazy."),
        (lambda: count_parameters(nn.LazyLinear(3)), ValueError, "`weight` has no shape yet: its layer is lazy."),
    ],
)
def test_wrong_calls_are_refused(call, error, words):
    """Each message says what was expected."""
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


# Counts ------------------------------------------------------------------------------------------------------------------


def test_counts_are_split_by_name_and_by_training():
    """Weights, biases, others; trainable and frozen; buffers."""
    model = nn.Sequential(Block(4), nn.LSTM(3, 2))
    model[0].conv1.requires_grad_(False)
    count = count_parameters(model)
    total = sum(parameter.numel() for parameter in model.parameters())
    assert (count.total, count.trainable, count.frozen) == (total, total - 144, 144)
    assert (count.other, count.biases, count.buffers, count.shared) == (4, 4 + 16, 9, 0)
    assert count.weights == total - 4 - 20


def test_counts_of_descriptions():
    """Buffers and shared layers of a description count as those of the module."""
    conv = layers.Conv2d(4, 4, 3)
    count = count_parameters(layers.Sequential(conv, layers.BatchNorm2d(4), layers.PReLU(), conv))
    assert (count.total, count.weights, count.biases, count.buffers, count.shared) == (157, 149, 8, 9, 148)
