"""Receptive fields: known values, and gradients as the oracle."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from cnn_guide import ShapeError, layers, models, receptive_field

LENET = (  # C1 to C5 of LeNet-5
    layers.Conv2d(1, 6, 5), layers.AvgPool2d(2), layers.Conv2d(6, 16, 5), layers.AvgPool2d(2), layers.Conv2d(16, 120, 5)
)  # fmt: skip


def vgg16() -> layers.Sequential:
    """The convolutions and poolings of VGG-16."""
    channels, found = 3, []
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        found.append(layers.Conv2d(channels, width, 3, padding=1) if width else layers.MaxPool2d(2))
        channels = width or channels
    return layers.Sequential(*found)


FIELDS = [  # network, input, size, jump, start
    (layers.Conv2d(1, 1, 3), (1, 28, 28), 3, 1, 0),
    (layers.Sequential(layers.Conv2d(1, 1, 3, 2), layers.Conv2d(1, 1, 3, 2)), (1, 28, 28), 7, 4, 0),
    (layers.Sequential(layers.Conv2d(1, 1, 3, dilation=2), layers.Conv2d(1, 1, 3)), (1, 28, 28), 7, 1, 0),
    (layers.Sequential(*LENET[:4]), (1, 32, 32), 16, 4, 0),
    (layers.Sequential(*LENET), (1, 32, 32), 32, 4, 0),
    (vgg16(), (3, 224, 224), 212, 32, -90),
    (layers.Sequential(*vgg16()[:10]), (3, 224, 224), 44, 8, -18),
]


@pytest.mark.parametrize(("network", "shape", "size", "jump", "start"), FIELDS)
def test_fields_of_known_networks(network, shape, size, jump, start):
    """Values of the lessons and of the architectures come out along both axes."""
    field = receptive_field(network, shape)
    assert (field.size, field.jump, field.start) == ((size, size), (jump, jump), (start, start))


@pytest.mark.parametrize(("name", "size"), [("cnn1", 4), ("cnn2", 10)])
def test_fields_of_the_lessons_networks(name, size):
    """CNN 1 sees 4 pixels a side after its pooling, CNN 2 sees 10."""
    assert receptive_field(models.create(name), (1, 28, 28)).size == (size, size)


def test_table_follows_the_field_layer_by_layer():
    """From the first Linear layer on, each unit sees what the whole map saw: 26 of 28 pixels, as 11 → 5 drops some."""
    table = receptive_field(models.create("cnn2"), (1, 28, 28)).table
    assert [row.size[0] for row in table] == [3, 3, 4, 8, 8, 10, 10, 26, 26, 26, 26, 26, 26, 26]
    assert [row.jump[0] for row in table] == [1, 1, 2, 2, 2, 4, 4, 0, 0, 0, 0, 0, 0, 0]
    assert [(row.name, row.kind) for row in table[:2]] == [("0", "Conv2d"), ("1", "ReLU")]


def test_global_pooling_sees_the_map_to_its_ends():
    """A single unit has no neighbour: the size before it is what stands for the network."""
    network = layers.Sequential(layers.Conv2d(1, 8, 3, padding=1), layers.AdaptiveAvgPool2d(1))
    field = receptive_field(network, (1, 10, 10))
    assert field.size == (3, 3)
    assert field.table[-1].size == (12, 12)  # 10 pixels and one of padding on each side


def test_axes_differ_where_kernels_do():
    """Each axis has its own field."""
    field = receptive_field(layers.Conv2d(1, 1, (3, 5), stride=(1, 2), padding=(0, 2)), (1, 20, 20))
    assert (field.size, field.jump, field.start) == ((3, 5), (1, 2), (0, -2))


def test_branches_unite():
    """A residual block and parallel branches see what their ways see together."""
    wide, narrow = layers.Conv2d(4, 4, 5, padding=2), layers.Conv2d(4, 4, 3, padding=1)
    assert receptive_field(layers.Residual(wide), (4, 20, 20)).size == (5, 5)
    assert receptive_field(layers.Residual(layers.Identity(), shortcut=wide), (4, 20, 20)).size == (5, 5)
    assert receptive_field(layers.Parallel(narrow, wide, layers.Sequential()), (4, 20, 20)).size == (5, 5)


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2)),
        min_size=1,
        max_size=4,
    ),
    st.integers(8, 40),
)
@settings(deadline=None, max_examples=150)
def test_fields_agree_with_gradients(steps, length):
    """A unit away from the borders has a gradient exactly from the first to the last pixel of its field."""
    modules = [
        nn.AvgPool1d(k, s, min(p, k // 2)) if pool else nn.Conv1d(1, 1, k, s, p, d, bias=False)
        for pool, k, s, p, d in steps
    ]
    network = nn.Sequential(*modules).double()
    for parameter in network.parameters():
        nn.init.ones_(parameter)
    try:
        field = receptive_field(network, (1, length))
    except ShapeError:
        assume(False)
    image = torch.ones(1, 1, length, dtype=torch.double, requires_grad=True)
    output = network(image)
    for unit in range(output.shape[-1]):
        first = field.start[0] + unit * field.jump[0]
        if first < 0 or first + field.size[0] > length:
            continue  # at the border the field is cut
        (gradient,) = torch.autograd.grad(output[0, 0, unit], image, retain_graph=True)
        seen = gradient[0, 0].nonzero().flatten()
        assert (int(seen[0]), int(seen[-1])) == (first, first + field.size[0] - 1)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (layers.ConvTranspose2d(1, 1, 2, 2), "ConvTranspose2d differs from pixel to pixel"),
        (layers.AdaptiveAvgPool2d(5), "AdaptiveAvgPool2d(5) on 28 pixels differ in size, since 5 does not divide 28"),
        (layers.Linear(28, 3), "mixes columns only. Flatten the map before it."),
        (layers.Flatten(2), "joins some axes of (1, 28, 28) only"),
        (layers.Sequential(), "`model` has no layers"),
        (nn.Sequential(nn.ReLU(), nn.PixelShuffle(2)), "1: PixelShuffle is not one of the layers with a rule"),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"), "Conv2d pads circularly"),
    ],
)
def test_no_answer_is_better_than_a_wrong_one(model, words):
    """Where the field has no single size, or the way through a model is unknown, the reason is given."""
    with pytest.raises(ValueError) as caught:
        receptive_field(model, (1, 28, 28))
    assert words in str(caught.value)


def test_branches_that_do_not_line_up_are_refused():
    """Two ways with different jumps meet pixel by pixel only by accident."""
    network = layers.Parallel(layers.Conv2d(1, 1, 1, stride=2), layers.Conv2d(1, 1, 1, stride=3))
    with pytest.raises(ValueError, match=r"Branches with jumps \(3, 3\) and \(2, 2\) meet: their units don't line up"):
        receptive_field(network, (1, 4, 4))  # both give 2 × 2


def test_a_forward_of_its_own_is_not_guessed():
    """The order of layers in a class with its own forward can't be read off its attributes."""

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3)

        def forward(self, x):
            return self.conv(self.conv(x))

    with pytest.raises(ValueError, match=r"Network is not one of the layers with a rule.*Give the nn\.Sequential part"):
        receptive_field(Network(), (1, 28, 28))


def test_shapes_are_checked_first():
    """A network that does not fit has no field."""
    with pytest.raises(ShapeError, match="1: Conv2d: `in_channels`"):
        receptive_field(layers.Sequential(layers.Conv2d(1, 8, 3), layers.Conv2d(4, 8, 3)), (1, 28, 28))
    with pytest.raises(ValueError, match="at least one axis to look along"):
        receptive_field(layers.Linear(784, 10), (784,))


def test_table_is_shown_in_three_numbers_a_layer():
    """The printed table names field, jump and start; a dash where all units see the same."""
    lines = str(receptive_field(models.create("cnn1"), (1, 28, 28))).splitlines()
    assert lines[0].strip() == "Receptive field of CNN1"
    assert lines[2].split() == ["Name", "Layer", "Field", "Jump", "Start"]
    assert lines[6].split() == ["2", "MaxPool2d", "4", "×", "4", "2", "×", "2", "0,", "0"]
    assert lines[8].split() == ["4", "Linear", "28", "×", "28", "–", "0,", "0"]
    assert (
        "<caption>Receptive field of CNN1</caption>"
        in receptive_field(models.create("cnn1"), (1, 28, 28))._repr_html_()
    )
