"""The lessons' networks: parameters, shapes, names."""

import pytest
import torch
from torch import nn

from cnn_guide import models

PARAMETERS = [  # source 002, corrected
    ("dense", [100_480, 4_128, 330], 104_938),
    ("cnn1", [160, 346_240, 1_290], 347_690),
    ("cnn2", [160, 4_640, 51_264, 1_040, 170], 57_274),
]


@pytest.mark.parametrize(("name", "each", "total"), PARAMETERS)
def test_networks_have_the_known_parameters(name, each, total):
    """Layer by layer the counts are those of source 002."""
    layers = [sum(p.numel() for p in layer.parameters()) for layer in models.create(name)]
    assert [count for count in layers if count] == each
    assert sum(layers) == total


@pytest.mark.parametrize("name", models.names())
def test_networks_give_logits(name):
    """Images (N, 1, 28, 28) become logits (N, 10): any real numbers, not probabilities."""
    torch.manual_seed(0)
    logits = models.create(name).eval()(torch.rand(5, 1, 28, 28))
    assert logits.shape == (5, 10)
    assert not torch.allclose(logits.softmax(1), logits)


@pytest.mark.parametrize("name", models.names())
def test_options_change_classes_and_channels(name):
    """The same networks read colour images and tell other numbers of classes apart."""
    assert models.create(name, num_classes=2, in_channels=3)(torch.rand(4, 3, 28, 28)).shape == (4, 2)


def test_cnn2_has_its_shapes():
    """28 → 26 → 13 → 11 → 5, and dropout of one half twice."""
    network = models.CNN2()
    sizes, x = [], torch.zeros(1, 1, 28, 28)
    for layer in network[:6]:
        x = layer(x)
        sizes.append(x.shape[-1])
    assert sizes == [26, 26, 13, 11, 11, 5]
    assert [layer.p for layer in network if isinstance(layer, nn.Dropout)] == [0.5, 0.5]


def test_slices_are_plain_networks():
    """A part of a network is a Sequential that shares its layers."""
    network = models.CNN1()
    assert type(network[:3]) is nn.Sequential
    assert network[:3][0] is network[0]


def test_create_takes_names_and_suggests():
    """The classes are found by name; a slip gets the closest one."""
    assert [type(models.create(name)) for name in models.names()] == [models.Dense, models.CNN1, models.CNN2]
    with pytest.raises(
        ValueError, match=r"`name` \(='cnn'\) must be one of 'dense', 'cnn1', 'cnn2'\. Did you mean 'cnn"
    ):
        models.create("cnn")
    with pytest.raises(ValueError, match=r"'cnn2'\.$"):
        models.create("vision transformer")
