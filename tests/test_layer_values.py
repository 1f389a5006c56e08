"""Layer descriptions as values: equal, hashable, shown as they are written; and what joins and windows are made of."""

import pickle

import pytest
import torch
from test_layers import CNN1, CNN2
from torch import nn

from cnn_guide import layers


def test_descriptions_are_values():
    """Equal arguments make equal, hashable layers that cannot be changed."""
    assert layers.Conv2d(1, 16, 3) == layers.Conv2d(1, 16, kernel_size=3) != layers.Conv2d(1, 16, 5)
    assert len({layers.ReLU(), layers.ReLU(), layers.Sequential(layers.ReLU())}) == 2
    with pytest.raises(AttributeError, match="cannot assign to field"):
        layers.Linear(3, 4).in_features = 5
    assert pickle.loads(pickle.dumps(CNN2)) == CNN2


def test_repr_can_be_pasted():
    """A description is shown as it is written."""
    block = layers.Sequential(layers.Conv2d(1, 16, 3, padding="same"), layers.Residual(layers.Conv2d(16, 16, 1)))
    assert repr(block) == (
        "Sequential(\n  Conv2d(1, 16, kernel_size=3, padding='same'),\n"
        "  Residual(\n    Conv2d(16, 16, kernel_size=1),\n  ),\n)"
    )
    added = layers.Parallel(layers.ReLU(), layers.Tanh(), join="add")
    assert repr(added) == "Parallel(\n  ReLU(),\n  Tanh(),\n  join='add',\n)"
    for network in (block, CNN2, layers.Sequential(), added, layers.LPPool2d(2, 3), layers.ZeroPad2d((1, 2, 0, -1))):
        assert eval(repr(network), vars(layers)) == network


def test_sequential_is_indexed_like_a_list():
    """Parts of a network are networks."""
    assert len(CNN1) == 7
    assert CNN1[-1] == layers.Linear(128, 10)
    assert CNN1[:3] == layers.Sequential(*list(CNN1)[:3])


def test_a_layer_used_twice_counts_once():
    """The same object in two places shares its weights, as in PyTorch; equal objects do not."""
    conv, torch_conv = layers.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3)
    shared = nn.Sequential(torch_conv, torch_conv)
    assert (
        layers.Sequential(conv, conv).parameters == sum(parameter.numel() for parameter in shared.parameters()) == 584
    )
    assert layers.Sequential(layers.Conv2d(8, 8, 3), layers.Conv2d(8, 8, 3)).parameters == 2 * 584


def test_attention_projects_keys_and_values_of_other_sizes():
    """The parameters are those of PyTorch, though a sequence can't attend to itself then."""
    for sizes in ({"kdim": 5}, {"vdim": 3}, {"kdim": 5, "vdim": 3, "bias": False}):
        theirs = nn.MultiheadAttention(6, 2, **sizes).named_parameters()
        ours = layers.MultiheadAttention(6, 2, **sizes).parameter_shapes
        assert ours == {name: tuple(tensor.shape) for name, tensor in theirs}


def test_sizes_on_both_sides_of_a_convolution_may_differ():
    """Pairs are what nn.ZeroPad2d in front of the convolution does."""
    pairs = layers.Conv2d(3, 8, 3, stride=2, padding=((1, 0), (2, 3)))
    padded = layers.Sequential(layers.ZeroPad2d((2, 3, 1, 0)), layers.Conv2d(3, 8, 3, stride=2))
    module = nn.Sequential(nn.ZeroPad2d((2, 3, 1, 0)), nn.Conv2d(3, 8, 3, stride=2))
    output = module(torch.zeros(1, 3, 10, 11))
    for layer in (pairs, padded):
        assert layer.output_shape((3, 10, 11)) == tuple(output.shape[1:])
        assert layer.macs((3, 10, 11)) == output.numel() * 27


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.Linear(8, 3), (8,)),
        (layers.MultiheadAttention(6, 2), (5, 6)),
        (layers.Fold(4, 2), (8, 9)),
        (layers.Unflatten(2, (3, 3)), (4, 9)),
        (layers.PixelShuffle(2), (2, 4, 3, 3)),
    ],
)
def test_layers_that_lose_the_place_say_so(layer, shape):
    """None in place of windows: everything is seen, or what is seen has no place on the map."""
    assert layer.windows(shape) is None
