"""Effective receptive fields: measured by gradients, with the model left as it is."""

import pytest
import torch
from torch import nn

from cnn_guide import layers
from cnn_guide.inspection.effective import effective_receptive_field


def ones(*modules):
    """A network all of whose weights are 1."""
    network = nn.Sequential(*modules)
    for parameter in network.parameters():
        nn.init.ones_(parameter)
    return network


def convolutions(count, axes=1):
    conv = (nn.Conv1d, nn.Conv2d)[axes - 1]
    return ones(*(conv(1, 1, 3, padding=1, bias=False) for _ in range(count)))


def test_one_convolution_counts_its_pixels_alike():
    """Three pixels, a third each; 4σ = 4 √(2/3)."""
    field = effective_receptive_field(convolutions(1), (1, 9), samples=3)
    assert field.map.tolist() == pytest.approx([0, 0, 0, 1 / 3, 1 / 3, 1 / 3, 0, 0, 0])
    assert (field.unit, field.region, field.layer) == ((4,), ((3, 5),), "")
    assert field.size == pytest.approx((4 * (2 / 3) ** 0.5,))
    assert field.centre == pytest.approx((4,))
    assert (field.pixels, field.share) == (3, 1)


@pytest.mark.parametrize("count", [4, 16])
def test_effective_field_grows_with_the_root_of_the_depth(count):
    """n layers of equal weights: σ² = n · 2/3, while the theoretical field grows with n (Luo et al., section 2)."""
    field = effective_receptive_field(convolutions(count, axes=2), (1, 51, 51), samples=1)
    assert field.sigma == pytest.approx([(count * 2 / 3) ** 0.5] * 2)
    assert field.share < 1


def test_a_unit_and_a_layer_can_be_chosen():
    """The middle unit of the last map is the usual one."""
    network = ones(
        nn.Conv2d(1, 2, 3, 2, bias=False), nn.ReLU(), nn.Conv2d(2, 1, 2, bias=False), nn.Flatten(), nn.Linear(9, 2)
    )
    usual = effective_receptive_field(network, (1, 10, 10), samples=2)
    assert (usual.layer, usual.unit, usual.region) == ("3", (1, 1), ((2, 6), (2, 6)))
    first = effective_receptive_field(network, (1, 10, 10), samples=2, layer="0", unit=(0, 3))
    assert (first.layer, first.region) == ("0", ((0, 2), (6, 8)))
    assert first.map[:3, 6:9].sum() == pytest.approx(1)


def test_flattened_units_are_found():
    """A token's numbers are picked out of the dimension that holds both axes."""
    network = ones(nn.Conv2d(1, 3, 2, 2, bias=False), nn.Flatten(2))
    field = effective_receptive_field(network, (1, 6, 8), samples=1, unit=(2, 1))
    assert field.map[4:6, 2:4].sum() == pytest.approx(1)


def test_the_second_call_of_a_layer_can_be_meant():
    """A layer that is called twice has two rows; the network's field belongs to the later one."""

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(1, 1, 3, bias=False)

        def forward(self, x):
            return self.conv(self.conv(x)).mean(2)

    field = effective_receptive_field(ones(Twice()), (1, 9), samples=1)
    assert (field.layer, field.region) == ("0.conv", ((2, 6),))
    assert field.map.tolist() == pytest.approx([0, 0, *[n / 9 for n in (1, 2, 3, 2, 1)], 0, 0])


def test_numbers_are_drawn_from_the_seed():
    """The same seed gives the same map; the generators that others use do not move."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(1, 4, 3), nn.ReLU(), nn.Conv1d(4, 4, 3))
    state = torch.get_rng_state()
    maps = [effective_receptive_field(network, (1, 9), samples=2, seed=seed).map for seed in (0, 0, 1)]
    assert torch.equal(maps[0], maps[1])
    assert not torch.equal(maps[0], maps[2])
    assert torch.equal(state, torch.get_rng_state())


class Failing(nn.Module):
    """Runs on shapes, but not on numbers."""

    def forward(self, x):
        if x.device.type != "meta" and x.requires_grad:
            raise RuntimeError("no numbers, please")
        return x


@pytest.mark.parametrize("last", [nn.Identity(), Failing()])
def test_the_model_stays_as_it_is(last):
    """Flags, hooks, gradients, statistics and weights are those from before, also after an exception."""
    network = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2), nn.Dropout(), last)
    network[1].eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    flags = [module.training for module in network.modules()]
    if isinstance(last, Failing):
        with pytest.raises(RuntimeError, match="no numbers, please"):
            effective_receptive_field(network, (1, 9), samples=1)
    else:
        with torch.no_grad():
            effective_receptive_field(network, (1, 9), samples=1)
    assert [module.training for module in network.modules()] == flags
    assert not any(module._forward_hooks for module in network.modules())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_models_in_half_precision_and_without_weights_are_measured():
    """The inputs have the type of the weights."""
    assert effective_receptive_field(convolutions(1).half(), (1, 9), samples=1).pixels == 3
    assert effective_receptive_field(nn.AvgPool1d(3), (1, 9), samples=1).pixels == 3


@pytest.mark.parametrize(
    ("model", "options", "kind", "words"),
    [
        (layers.Conv1d(1, 1, 3), {}, TypeError, "`model` is a description, which has no weights"),
        (nn.Conv1d(1, 1, 3), {"samples": 0}, ValueError, "`samples` (=0) must be at least 1"),
        (nn.Conv1d(1, 1, 3), {"unit": 9}, ValueError, "`unit` (=(9,)) must be an index below (7,)"),
        (nn.Sequential(nn.Conv1d(1, 1, 3)), {"layer": "1"}, KeyError, "There is no layer '1'"),
        (nn.Sequential(nn.Conv1d(1, 1, 3), nn.Threshold(9e9, 0)), {}, ValueError, "No pixel changes unit (3,) of Sequential"),
        (nn.Conv1d(1, 1, 1, padding=2), {"unit": 0}, ValueError, "No pixel changes unit (0,) of Conv1d"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(model, options, kind, words):
    """The message says what is missing."""
    with pytest.raises(kind) as caught:
        effective_receptive_field(model, (1, 9), **options)
    assert words in str(caught.value)


def test_a_layer_without_places_is_refused():
    """Places that are lost can't be measured."""

    class Pyramid(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleList([Flat(), nn.Linear(18, 1)])

        def forward(self, x):
            return self.parts[1](self.parts[0](x))

    class Flat(nn.Module):
        def forward(self, x):
            return torch.cat([x.flatten(1), x.flatten(1)], 1)

    with pytest.raises(ValueError, match=r"The units of parts\.0: Flat have no known places"):
        effective_receptive_field(Pyramid(), (1, 3, 3), layer="parts.0")


def test_it_is_shown_in_one_line():
    """Both sizes, the unit, and the share of pixels that count."""
    words = str(effective_receptive_field(convolutions(2), (1, 15), samples=1))
    assert words == "EffectiveField(5 of 5 pixels, unit (7,), 100% of the pixels count)"
