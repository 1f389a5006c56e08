"""Costs of whole networks: the same for descriptions and modules, and to the byte those of a real run."""

import pytest
import torch
from real_runs import watched
from test_layers import CASES, torch_module
from torch import nn

from cnn_guide import cost, layers, summary
from cnn_guide.inspection.translation import describe


class Block(nn.Module):
    """What `layers.Residual` describes."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + (x if self.shortcut is None else self.shortcut(x))


class Branches(nn.Module):
    """What `layers.Parallel` describes."""

    def __init__(self, *branches, join="concatenate"):
        super().__init__()
        self.branches, self.join = nn.ModuleList(branches), join

    def forward(self, x):
        outputs = [branch(x) for branch in self.branches]
        return torch.cat(outputs, dim=1) if self.join == "concatenate" else sum(outputs[1:], outputs[0])


class Modules:
    """The same names as `layers`, for modules."""

    Residual, Parallel = Block, Branches

    def __getattr__(self, name):
        return getattr(nn, name)


def lenet(m):
    return m.Sequential(
        m.Conv2d(3, 6, 5), m.Tanh(), m.AvgPool2d(2), m.Conv2d(6, 16, 5), m.Tanh(), m.Flatten(), m.Linear(1024, 10)
    )


def in_place(m):
    return m.Sequential(m.Conv2d(3, 8, 3, padding=1), m.BatchNorm2d(8), m.ReLU(inplace=True), m.Dropout(), m.Sigmoid())


def residual(m):
    body = m.Sequential(m.Conv2d(3, 8, 3, 2, 1, bias=False), m.BatchNorm2d(8), m.ReLU(inplace=True))
    return m.Sequential(m.Residual(body, m.Conv2d(3, 8, 1, 2)), m.Residual(m.Sequential(m.Conv2d(8, 8, 1))), m.ReLU())


def inception(m):
    branches = [m.Conv2d(3, 4, 1), m.Sequential(m.Conv2d(3, 2, 1), m.Conv2d(2, 4, 3, padding=1)), m.Identity()]
    return m.Sequential(m.Parallel(*branches), m.AdaptiveAvgPool2d(1), m.Flatten(), m.Linear(11, 2))


def added(m):
    return m.Sequential(m.Parallel(m.Conv2d(3, 4, 1), m.Conv2d(3, 4, 3, padding=1), join="add"), m.GELU())


def decoder(m):
    return m.Sequential(
        m.ConvTranspose2d(3, 8, 2, 2), m.Upsample(scale_factor=2), m.ReflectionPad2d(1), m.Conv2d(8, 8, 3)
    )


def normalised(m):
    return m.Sequential(
        m.GroupNorm(1, 3), m.SiLU(), m.InstanceNorm2d(3, affine=True), m.PReLU(), m.LayerNorm(16), m.Softmax(1)
    )


def padded(m):
    return m.Sequential(m.Conv2d(3, 4, 3, padding=1, padding_mode="circular"), m.PixelUnshuffle(2), m.PixelShuffle(2))


NETWORKS = [lenet, in_place, residual, inception, added, decoder, normalised, padded]
SIZE = (3, 16, 16)
LENET = (3, 28, 28)


def size(network):
    return LENET if network is lenet else SIZE


@pytest.mark.parametrize("batch_size", [1, 5])
@pytest.mark.parametrize("network", NETWORKS)
def test_descriptions_cost_what_modules_cost(network, batch_size):
    """Arithmetic, memory of activations and of tensors, for any batch."""
    of_module, of_description = (
        summary(network(kind), size(network), batch_size=batch_size) for kind in (Modules(), layers)
    )
    of_module_cost, of_description_cost = of_module.cost, of_description.cost
    for part in ("macs", "operations", "inference_bytes", "training_bytes", "parameter_bytes", "complete"):
        assert getattr(of_module_cost, part) == getattr(of_description_cost, part), part
    for one, other in zip(leaves(of_module), leaves(of_description), strict=True):
        assert one._replace(name="") == other._replace(name="")


@pytest.mark.parametrize(("name", "arguments", "shape"), [case for case in CASES if case[0] != "MultiheadAttention"])
def test_every_layer_costs_what_its_module_costs(name, arguments, shape):
    """The row of a layer is that of its module, which can be described by it."""
    layer, module = getattr(layers, name)(**arguments), torch_module(name, arguments)
    of_layer, of_module = summary(layer, shape), summary(module, shape)
    assert of_module.rows == of_layer.rows
    assert of_module.cost.training_bytes == of_layer.cost.training_bytes
    assert summary(describe(module), shape).rows == of_layer.rows


def leaves(report):
    """Rows of layers that hold no others."""
    return [row for row in report.rows if not row.container]


@pytest.mark.parametrize("network", [network for network in NETWORKS if network not in (decoder, normalised)])
def test_memory_is_that_of_a_real_run(network):
    """The bytes of a run on numbers, as its storages come and go."""
    model = network(Modules())
    report = cost(model, size(network), batch_size=2)
    seen = watched(model, (torch.rand(2, *size(network)),), {})
    assert (report.inference_bytes, report.training_bytes, report.macs) == (
        seen.inference_bytes, seen.training_bytes, seen.macs
    )  # fmt: skip


def test_inference_frees_what_nothing_refers_to():
    """Two maps at a time beside the input, which its caller holds; training keeps them all."""
    chain = [nn.Conv2d(4, 4, 1, bias=False) for _ in range(6)]
    each = 4 * 4 * 10 * 10
    found = cost(nn.Sequential(*chain), (4, 10, 10))
    assert (found.inference_bytes, found.training_bytes) == (3 * each, 7 * each)


def test_containers_hold_their_input():
    """While a nested container runs, its input is held by its caller."""
    each = 4 * 4 * 10 * 10
    inner = nn.Sequential(*[nn.Conv2d(4, 4, 1) for _ in range(3)])
    assert cost(nn.Sequential(nn.Conv2d(4, 4, 1), inner), (4, 10, 10)).inference_bytes == 4 * each


def test_memory_of_tensors_is_told_by_type():
    """Parameters by type, buffers, each tensor once; without an input too."""
    model = nn.Sequential(nn.Linear(4, 4).half(), nn.BatchNorm1d(4), nn.Linear(4, 4).half())
    model[2].weight = model[0].weight
    for given in ((), ((4,),)):
        found = cost(model, *given) if not given else cost(model[:1], *given)
        assert found.parameter_bytes["float16"] == (2 * (16 + 4 + 4) if not given else 2 * 20)
    found = cost(model)
    assert found.parameter_bytes == {"float16": 48, "float32": 32}
    assert found.buffer_bytes == 2 * 16 + 8
    assert (found.macs, found.operations, found.inference_bytes, found.complete) == (None, None, None, False)


def test_flops_are_two_a_mac():
    """And all operations are counted under a name of their own."""
    found = cost(nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU()), (1, 28, 28))
    assert (found.macs, found.flops) == (97_344, 194_688)
    assert found.operations == 194_688 + 16 * 26 * 26 + 16 * 26 * 26  # biases, comparisons


def test_double_precision_takes_twice_the_memory():
    """Activations have the type of the weights."""
    once, twice = (cost(nn.Conv2d(3, 4, 3).to(kind), (3, 8, 8)) for kind in (torch.float32, torch.float64))
    assert twice.inference_bytes == 2 * once.inference_bytes
    assert twice.parameter_bytes == {"float64": 8 * 112}


def test_costs_of_a_batch_are_those_of_its_inputs():
    """Sixty-four inputs cost as much as one input sixty-four times; the parameters stay."""
    one, many = (cost(lenet(nn), LENET, batch_size=batch) for batch in (1, 64))
    assert (many.macs, many.operations, many.inference_bytes) == (
        64 * one.macs,
        64 * one.operations,
        64 * one.inference_bytes,
    )
    assert many.parameter_bytes == one.parameter_bytes
    with pytest.raises(ValueError, match=r"`batch_size` \(=0\)"):
        cost(lenet(nn), LENET, batch_size=0)
