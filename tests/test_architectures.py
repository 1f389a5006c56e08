"""Five classic networks: known totals and receptive fields, the same from the module and from the description."""

from itertools import takewhile
from typing import NamedTuple

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import descriptions
from cnn_guide import count_parameters, models, receptive_field, summary

PICTURE = (3, 224, 224)


class Known(NamedTuple):
    """What is known of a network at 224×224."""

    name: str
    parameters: int  # as torchvision's documentation gives them; GoogLeNet's without the auxiliary heads
    macs: int
    field: int  # of the last map in front of the classifier; Araujo et al. (2019), "Computing Receptive Fields"
    map: tuple[int, int, int]
    options: dict[str, bool] | None = None


KNOWN = [
    Known("alexnet", 61_100_840, 714_188_480, 195, (256, 6, 6)),
    Known("vgg16", 138_357_544, 15_470_264_320, 212, (512, 7, 7)),
    Known("googlenet", 6_624_904, 1_498_376_192, 379, (1024, 7, 7), {"aux_logits": False}),
    Known("resnet18", 11_689_512, 1_814_073_344, 435, (512, 7, 7)),
    Known("resnet50", 25_557_032, 4_089_184_256, 427, (2048, 7, 7)),
]
EVERY = pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)


def module(known: Known) -> nn.Module:
    """The guide's network without its memory: on the meta device."""
    with torch.device("meta"):
        return models.create(known.name, **known.options or {}).eval()


def features(network: nn.Module) -> dict[str, nn.Module]:
    """The modules up to the last map, by name."""
    return dict(takewhile(lambda child: child[0] != "avgpool", network.named_children()))


def description(known: Known):
    """The description of the same network."""
    return getattr(descriptions, known.name)()


@EVERY
def test_the_modules_are_the_networks_that_they_are_called(known):
    """PyTorch itself finds the known totals in the modules, so the tests below ask about the right networks."""
    network = module(known)
    with FlopCounterMode(display=False) as counter:
        assert network(torch.empty(1, *PICTURE, device="meta")).shape == (1, 1000)
    assert sum(parameter.numel() for parameter in network.parameters()) == known.parameters
    assert counter.get_total_flops() == 2 * known.macs


@EVERY
def test_summaries_give_the_known_totals(known):
    """Module and description have the known parameters and MACs, and nothing in them is unknown."""
    for network in (module(known), description(known)):
        table = summary(network, PICTURE)
        assert (table.total_params, table.trainable_params, table.macs) == (
            known.parameters,
            known.parameters,
            known.macs,
        )
        assert table.complete
        assert count_parameters(network).total == known.parameters


@EVERY
def test_receptive_fields_are_those_of_the_literature(known):
    """The last map in front of the classifier sees what the literature says, in the module and in the description."""
    described = description(known)[0]
    assert described.output_shape(PICTURE) == known.map
    assert receptive_field(described, PICTURE).size == (known.field, known.field)
    built = nn.Sequential(*features(module(known)).values())
    assert receptive_field(built, PICTURE).size == (known.field, known.field)


@EVERY
def test_whole_networks_show_the_field_of_their_features(known):
    """The last module of the features has the same field in a summary; a class sees what all units of its map see."""
    network = module(known)
    table, last = summary(network, PICTURE), list(features(network))[-1]
    assert table[last].receptive_field == (known.field, known.field)
    assert table[last].output_shape == known.map
    everything = known.field + 32 * (known.map[-1] - 1)  # neighbouring units lie 32 pixels apart in all five
    assert table.rows[-1].receptive_field == (everything, everything)


@EVERY
def test_a_unit_in_the_middle_sees_its_region(known):
    """The region of a unit is as wide as the field, clipped to the picture."""
    middle = tuple(side // 2 for side in known.map[1:])
    regions = receptive_field(description(known)[0], PICTURE).region(middle)
    built = nn.Sequential(*features(module(known)).values())
    assert regions == receptive_field(built, PICTURE).region(middle)
    for first, last in regions:
        assert (first, last) == (0, 223) or last - first + 1 <= known.field


@EVERY
def test_module_and_description_cost_the_same(known):
    """The layers with weights come in the same order, with the same shapes, parameters and MACs."""

    def layers(network: object) -> list[tuple[object, ...]]:
        rows = [row for row in summary(network, PICTURE).rows if row.params]
        return sorted((row.kind, row.output_shape, row.params, row.macs) for row in rows if not row.container)

    assert layers(module(known)) == layers(description(known))
