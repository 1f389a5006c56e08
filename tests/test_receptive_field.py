"""Receptive fields: known values, conventions, messages, and what is printed."""

import json
from dataclasses import fields
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F
from functional import Functional
from torch import nn

from cnn_guide import ShapeError, layers, models, receptive_field
from cnn_guide.arithmetic.receptive_field import View
from cnn_guide.arithmetic.trace import trace

LENET = (  # C1 to C5 of LeNet-5
    layers.Conv2d(1, 6, 5), layers.AvgPool2d(2), layers.Conv2d(6, 16, 5), layers.AvgPool2d(2), layers.Conv2d(16, 120, 5)
)  # fmt: skip


def vgg16():
    """The convolutions and poolings of VGG-16."""
    channels, found = 3, []
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        found.append(layers.Conv2d(channels, width, 3, padding=1) if width else layers.MaxPool2d(2))
        channels = width or channels
    return layers.Sequential(*found)


def alexnet():
    """Those of AlexNet."""
    return layers.Sequential(
        layers.Conv2d(3, 64, 11, 4, 2), layers.MaxPool2d(3, 2), layers.Conv2d(64, 192, 5, padding=2),
        layers.MaxPool2d(3, 2), layers.Conv2d(192, 384, 3, padding=1), layers.Conv2d(384, 256, 3, padding=1),
        layers.Conv2d(256, 256, 3, padding=1), layers.MaxPool2d(3, 2),
    )  # fmt: skip


def resnet(blocks, deep):
    """A residual network; its blocks have two convolutions, or three where it is deep."""
    network, before = [layers.Conv2d(3, 64, 7, 2, 3), layers.MaxPool2d(3, 2, 1)], 64
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride, width = (2 if stage and not block else 1), 64 * 2**stage
            after = width * 4 if deep else width
            ways = ((1, 1, before, width), (3, stride, width, width), (1, 1, width, after)) if deep else (
                (3, stride, before, width), (3, 1, width, width))  # fmt: skip
            body = layers.Sequential(*(layers.Conv2d(i, o, k, s, k // 2) for k, s, i, o in ways))
            network.append(layers.Residual(body, layers.Conv2d(before, after, 1, stride)))
            before = after
    return layers.Sequential(*network, layers.AdaptiveAvgPool2d(1), layers.Flatten(), layers.Linear(before, 1000))


def googlenet():
    """GoogLeNet with 3 × 3 kernels in its third branches, as in torchvision."""

    def inception(before):
        one = layers.Conv2d(before, 8, 1)
        wide = layers.Sequential(layers.Conv2d(before, 8, 1), layers.Conv2d(8, 8, 3, padding=1))
        pool = layers.Sequential(layers.MaxPool2d(3, 1, 1, ceil_mode=True), layers.Conv2d(before, 8, 1))
        return layers.Parallel(one, wide, wide, pool)

    pool, stem = layers.MaxPool2d(3, 2, ceil_mode=True), layers.Conv2d(3, 64, 7, 2, 3)
    first = (stem, pool, layers.Conv2d(64, 64, 1), layers.Conv2d(64, 32, 3, padding=1), pool)
    blocks = [inception(32) for _ in range(9)]
    return layers.Sequential(*first, *blocks[:2], pool, *blocks[2:7], layers.MaxPool2d(2, 2), *blocks[7:])


FIELDS = [  # network, input, size, jump, start
    (layers.Conv2d(1, 1, 3), (1, 28, 28), 3, 1, 0),
    (layers.Sequential(layers.Conv2d(1, 1, 3, 2), layers.Conv2d(1, 1, 3, 2)), (1, 28, 28), 7, 4, 0),
    (layers.Sequential(layers.Conv2d(1, 1, 3, dilation=2), layers.Conv2d(1, 1, 3)), (1, 28, 28), 7, 1, 0),
    (layers.Sequential(*LENET[:4]), (1, 32, 32), 16, 4, 0),
    (layers.Sequential(*LENET), (1, 32, 32), 32, 4, 0),
    (vgg16(), (3, 224, 224), 212, 32, -90),
    (layers.Sequential(*vgg16()[:10]), (3, 224, 224), 44, 8, -18),
    (alexnet(), (3, 224, 224), 195, 32, -66),
    (resnet((2, 2, 2, 2), deep=False), (3, 224, 224), 435, 32, -217),
    (resnet((3, 4, 6, 3), deep=True), (3, 224, 224), 427, 32, -213),
    (googlenet(), (3, 224, 224), 379, 32, -167),
    (layers.Sequential(), (1, 28, 28), 1, 1, 0),
]


@pytest.mark.parametrize(("network", "shape", "size", "jump", "start"), FIELDS)
def test_fields_of_known_networks(network, shape, size, jump, start):
    """Values of the lessons and of the architectures come out along both axes."""
    field = receptive_field(network, shape)
    assert (field.size, field.jump, field.start) == ((size, size), (jump, jump), (start, start))
    assert field.aligned
    assert field.uniform == (True, True)


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
    assert (field.size, field.layer.name) == ((3, 3), "0")
    assert field.table[-1].size == (12, 12)  # 10 pixels and one of padding on each side
    assert field.output.region((0, 0)) == ((0, 9), (0, 9))  # on the image


def test_axes_differ_where_kernels_do():
    """Each axis has its own field."""
    field = receptive_field(layers.Conv2d(1, 1, (3, 5), stride=(1, 2), padding=(0, 2)), (1, 20, 20))
    assert (field.size, field.jump, field.start) == ((3, 5), (1, 2), (0, -2))
    assert field.region((17, 9)) == ((17, 19), (16, 19))


def test_branches_unite():
    """A residual block and parallel branches see what their ways see together."""
    wide, narrow = layers.Conv2d(4, 4, 5, padding=2), layers.Conv2d(4, 4, 3, padding=1)
    assert receptive_field(layers.Residual(wide), (4, 20, 20)).size == (5, 5)
    assert receptive_field(layers.Residual(layers.Identity(), shortcut=wide), (4, 20, 20)).size == (5, 5)
    assert receptive_field(layers.Parallel(narrow, wide, layers.Sequential()), (4, 20, 20)).size == (5, 5)


UPSAMPLED = [  # network, size, jump, uniform
    (layers.ConvTranspose1d(1, 1, 4, 2, 1), 2, Fraction(1, 2), True),
    (layers.ConvTranspose1d(1, 1, 3, 2, 1), 2, Fraction(1, 2), False),  # one pixel, two pixels, one pixel, …
    (layers.ConvTranspose1d(1, 1, 1, 2), 1, Fraction(1, 2), False),  # every second unit sees nothing
    (layers.Upsample(scale_factor=3), 1, Fraction(1, 3), True),
    (layers.Upsample(scale_factor=2, mode="linear"), 2, Fraction(1, 2), True),
    (layers.Upsample(size=23, mode="linear", align_corners=True), 2, Fraction(1, 2), False),
    (layers.AdaptiveAvgPool1d(5), 4, Fraction(12, 5), False),  # 0-2, 2-4, 4-7, 7-9, 9-11 of 12 pixels
    (layers.AdaptiveAvgPool1d(4), 3, 3, True),
    (layers.Sequential(layers.ConvTranspose1d(1, 1, 2, 2), layers.Conv1d(1, 1, 2, 2)), 1, 1, True),
    (layers.Sequential(layers.AvgPool1d(2), layers.Upsample(scale_factor=2), layers.Conv1d(1, 1, 3)), 4, 1, True),
]


@pytest.mark.parametrize(("network", "size", "jump", "uniform"), UPSAMPLED)
def test_fields_repeat_themselves_after_upsampling(network, size, jump, uniform):
    """Where neighbours see differently many pixels, the largest number is told, and that they differ."""
    field = receptive_field(network, (1, 12))
    assert (field.size, field.jump, field.uniform) == ((size,), (jump,), (uniform,))


ALIGNED = [
    (layers.Residual(layers.Conv1d(1, 1, 3, padding=1)), True),
    (layers.Residual(layers.Conv1d(1, 1, 4, padding="same")), False),  # half a pixel to the right
    (layers.Sequential(layers.Residual(layers.Conv1d(1, 1, 2, padding="same")), layers.Conv1d(1, 1, 3)), False),
    (layers.Residual(layers.Sequential(layers.AvgPool1d(2), layers.Upsample(scale_factor=2))), True),
    (layers.Residual(layers.Sequential(layers.AdaptiveAvgPool1d(1), layers.Upsample(size=12))), True),
    (layers.Parallel(layers.Conv1d(1, 1, 3, 2, 1), layers.Conv1d(1, 1, 1, 2)), True),
    (layers.Parallel(layers.AdaptiveAvgPool1d(5), layers.ConstantPad1d((-3, -4), 0.0)), False),
]


@pytest.mark.parametrize(("network", "aligned"), ALIGNED)
def test_branches_line_up_or_not(network, aligned):
    """Fields of branches have the same centres, on average over a period."""
    assert receptive_field(network, (1, 12)).aligned is aligned


def test_single_units_are_cut_at_the_image():
    """A region holds pixels of the image only; a unit that sees padding alone sees nothing."""
    field = receptive_field(layers.Conv2d(1, 1, 2, padding=(2, 0)), (1, 5, 5))
    assert field.units == (8, 4)
    assert field.region((1, 3)) == ((0, 0), (3, 4))
    assert field.region((0, 3)) == (None, None)
    assert receptive_field(layers.Conv1d(1, 1, 3), (1, 9)).region(2) == ((2, 4),)


@pytest.mark.parametrize("unit", [(8, 0), (0, -1), (0,), (0, 0, 0)])
def test_a_unit_that_is_not_there_is_refused(unit):
    """The message names the unit and how many there are."""
    with pytest.raises(ValueError, match=r"`unit` \(=\(.*\)\) must be an index below \(8, 4\), one for each axis"):
        receptive_field(layers.Conv2d(1, 1, 2, padding=(2, 0)), (1, 5, 5)).region(unit)


PEERS = [  # what other tools get wrong: pytorch-receptive-field#17, torch-scan#41
    (layers.Residual(layers.Sequential(layers.Conv2d(4, 4, 3, padding=1), layers.Conv2d(4, 4, 3, padding=1))), 5, 1),
    (layers.Sequential(layers.Conv2d(4, 4, 3, 2, 1), layers.Residual(layers.Identity())), 3, 2),
    (layers.Conv2d(4, 4, 3, dilation=3), 7, 1),
    (layers.Sequential(layers.Conv2d(4, 4, 3, dilation=2), layers.Conv2d(4, 4, 3, dilation=4)), 13, 1),
    (layers.Sequential(layers.Conv2d(4, 4, 2, 2), layers.ConvTranspose2d(4, 4, 2, 2)), 2, 1),
    (layers.Sequential(layers.MaxPool2d(2), layers.ConvTranspose2d(4, 4, 4, 2, 1), layers.Conv2d(4, 4, 3)), 6, 1),
]


@pytest.mark.parametrize(("network", "size", "jump"), PEERS)
def test_bugs_of_other_tools_are_not_ours(network, size, jump):
    """Shortcuts do not add up, dilation widens the kernel, transposed convolutions divide the jump."""
    field = receptive_field(network, (4, 32, 32))
    assert (field.size, field.jump) == ((size, size), (jump, jump))


def test_very_deep_networks_are_followed():
    """Thousands of layers are no matter for Python's stack."""
    network = layers.Sequential(*[layers.Residual(layers.Conv1d(1, 1, 3, padding=1))] * 2000)
    field = receptive_field(network, (1, 8))
    assert field.size == (4001,)
    assert field.region(3) == ((0, 7),)


def test_flattened_branches_are_found_again_by_a_dense_layer():
    """Side by side their units have no common places, but a Linear layer sees them all."""
    pyramid = layers.Parallel(layers.Flatten(), layers.Sequential(layers.AdaptiveAvgPool2d(2), layers.Flatten()))
    network = layers.Sequential(layers.Conv2d(1, 1, 3, 2, 1), pyramid, layers.ReLU(), layers.Linear(20, 3))
    field = receptive_field(network, (1, 8, 8))
    assert (field.layer.name, field.output.region((0, 0))) == ("1.1", ((0, 7), (0, 7)))
    assert field["1"].size is None
    assert "flattened maps stand side by side" in field["1"].lost
    with pytest.raises(ValueError, match="depends on 1: Parallel, where"):
        receptive_field(network[:3], (1, 8, 8))


def test_attention_sees_all_places():
    """In a description, attention is over the channels of a map and mixes everything."""
    field = receptive_field(layers.Sequential(layers.Conv1d(4, 6, 3), layers.MultiheadAttention(5, 1)), (4, 7))
    assert (field.size, field.jump, field.region(2)) == ((7,), (0,), ((0, 6),))


AS_MODULES = [  # description, input
    (layers.Sequential(layers.Conv2d(2, 3, 3, 2), layers.Flatten(), layers.Unflatten(1, (3, 3, 4)), layers.Conv2d(3, 1, 2)), (2, 8, 9)),
    (layers.Sequential(layers.Conv2d(2, 3, 3, 2), layers.Flatten(2), layers.Linear(12, 5)), (2, 8, 9)),
    (layers.Sequential(layers.Conv2d(2, 3, 3, 2), layers.Flatten(2), layers.Softmax(-1)), (2, 8, 9)),
    (layers.Sequential(layers.Flatten(), layers.Linear(12, 12), layers.Unflatten(1, (1, 3, 4)), layers.Conv2d(1, 1, 1, padding=1)), (1, 3, 4)),
    (layers.Sequential(layers.Linear(9, 9), layers.GLU(2), layers.Softmax(3)), (2, 8, 9)),
    (layers.Sequential(layers.Unfold(3, padding=1), layers.Conv1d(18, 9, 1), layers.Fold((8, 9), 3, padding=1)), (2, 8, 9)),
    (layers.Sequential(layers.Conv3d(1, 2, 2), layers.AdaptiveAvgPool3d((None, 1, 1)), layers.Flatten(3), layers.Flatten(2)), (1, 4, 5, 6)),
    (layers.Sequential(layers.Linear(4, 3), layers.Linear(3, 2)), (2, 2, 3, 3, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("description", "shape"), AS_MODULES)
def test_descriptions_and_modules_agree(description, shape):
    """Flattened, folded and dense maps are followed alike."""
    settings = [{field.name: getattr(layer, field.name) for field in fields(layer)} for layer in description]
    network = nn.Sequential(*(getattr(nn, layer.kind)(**own) for layer, own in zip(description, settings, strict=True)))
    mine, other = (receptive_field(model, shape).output for model in (description, network))
    assert (mine.size, mine.jump, mine.view.units) == (other.size, other.jump, other.view.units)
    for unit in torch.ones(mine.view.units).nonzero().tolist():
        assert mine.region(unit) == other.region(unit)


def squeeze_and_excite(x, conv, gate):
    y = conv(x)
    return y * torch.sigmoid(gate(y.mean((2, 3), keepdim=True)))


STATISTICS = [  # module, size by convention, size taken literally
    (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)), 3, 3),  # its statistics are stored
    (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4, track_running_stats=False)), 3, 12),
    (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.LayerNorm((4, 10, 10))), 3, 12),
    (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.GroupNorm(2, 4)), 3, 12),
    (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.InstanceNorm2d(4)), 3, 12),
    (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.LocalResponseNorm(2)), 3, 3),
    (Functional(lambda x, n: n(x.permute(0, 2, 3, 1)), nn.LayerNorm(4)), 1, 1),  # over channels alone
    (Functional(F.normalize), 1, 1),
    (Functional(lambda x: F.normalize(x, dim=(2, 3))), 1, 10),
    (Functional(squeeze_and_excite, nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 1)), 3, 12),
    (layers.Sequential(layers.Conv2d(4, 4, 3, padding=1), layers.GroupNorm(2, 4)), 3, 12),
    (layers.Sequential(layers.Conv2d(4, 4, 3, padding=1), layers.LayerNorm((4, 10, 10))), 3, 12),
]


@pytest.mark.parametrize(("model", "size", "literal"), STATISTICS)
def test_statistics_and_gates_are_left_out_unless_strict(model, size, literal):
    """Through them every pixel has a say everywhere, which hides what the convolutions see."""
    assert receptive_field(model, (4, 10, 10)).output.size == (size, size)
    strict = receptive_field(model, (4, 10, 10), strict=True).output
    assert strict.size == (literal, literal)
    if literal > 10:
        assert strict.region((5, 5)) == ((0, 9), (0, 9))


def test_a_gate_from_one_place_is_no_gate():
    """A product of two maps unites what both see."""
    network = Functional(lambda x, conv: x * conv(x), nn.Conv2d(1, 1, 3, padding=1))
    assert receptive_field(network, (1, 8, 8)).size == (3, 3)
    alone = Functional(lambda x: x.mean((2, 3)) * x.amax((2, 3)))
    assert receptive_field(alone, (1, 8, 8)).output.size == (8, 8)


class Transformer(nn.Module):
    """Patches as tokens behind a token of their own, two layers of attention, and a head."""

    def __init__(self, head):
        super().__init__()
        self.patches = nn.Conv2d(1, 8, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.encoder = nn.Sequential(*(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True) for _ in range(2)))
        self.norm = nn.LayerNorm(8)
        self.head = head

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], 1)
        return self.head(self.norm(self.encoder(tokens)))


@pytest.mark.parametrize("head", [nn.Identity(), Functional(lambda x: x[:, 0]), Functional(lambda x: x.mean(1))])
def test_attention_tells_no_places_apart(head):
    """A token in front shifts the patches in their dimension; after attention each sees the image all the same."""
    field = receptive_field(Transformer(head), (1, 12, 16))
    assert field["patches"].size == (4, 4)
    assert (field.size, field.jump, field.output.size) == ((12, 16), (0, 0), (12, 16))
    assert field.layer.name in ("", "head", "norm")


def test_recurrent_layers_see_what_came_before():
    """The largest number is that of the last unit; each one's region ends at its own place."""
    field = receptive_field(
        Functional(lambda x, lstm: lstm(x.transpose(1, 2))[0], nn.LSTM(2, 3, batch_first=True)), (2, 6)
    )
    assert (field.size, field.uniform) == ((6,), (False,))
    assert [field.region(unit) for unit in range(3)] == [((0, 0),), ((0, 1),), ((0, 2),)]


def tokens(x):
    return x.flatten(2).transpose(1, 2)


def with_token(x):
    return torch.cat([x.new_zeros(len(x), 1, x.shape[-1]), x], 1)


def blocks(x):
    return x.view(1, 1, 2, 2, 2, 2).permute(0, 2, 4, 3, 5, 1).reshape(4, 4, 1)


def packed(x, lstm):
    sequence = nn.utils.rnn.pack_padded_sequence(x.permute(2, 0, 1), torch.tensor([x.shape[-1]]))
    return lstm(sequence)[0].data


def written_over(x):
    y = x + 1
    y[:, :, 1:3] = 0
    return y


def written_apart(x):
    y = torch.zeros_like(x)
    y[:, :, ::2] = x[:, :, ::2]
    return y


def conv_in_blocks(x, conv):
    return conv(x.view(1, 1, 2, 4, 2, 4).permute(0, 2, 4, 1, 3, 5).reshape(4, 1, 4, 4))


LOST = [  # module, its input, words
    (Functional(lambda x: F.grid_sample(x, torch.zeros(1, 8, 8, 2))), (1, 8, 8), "`grid_sample`: the way through it is unknown"),
    (Functional(lambda x: x * F.grid_sample(x, torch.zeros(1, 8, 8, 2))), (1, 8, 8), "`grid_sample`: the way through it is unknown"),
    (Functional(lambda x, c: c(with_token(tokens(x)).mT), nn.Conv1d(1, 1, 3)), (1, 3, 4), "flattened maps stand side by side"),
    (Functional(lambda x: torch.cat([with_token(tokens(x)), tokens(x)], 1)), (1, 3, 4), "flattened maps stand side by side"),
    (Functional(lambda x: with_token(blocks(x)).mean(1)), (1, 4, 4), "flattened maps stand side by side"),
    (Functional(lambda x: with_token(tokens(x))[:, 0]), (1, 3, 4), "flattened maps stand side by side"),
    (layers.Sequential(layers.Flatten(2), layers.Conv1d(1, 1, 3)), (1, 8, 8), "1: Conv1d, where the units' places are lost: Conv1d: it looks"),
    (layers.PixelShuffle(2), (4, 4, 3, 3), "its way from (4, 4, 3, 3) to (4, 1, 6, 6) is unknown"),
    (layers.Parallel(layers.Flatten(2), layers.Sequential(layers.AdaptiveAvgPool2d((6, 4)), layers.Flatten(2)), join="add"), (1, 4, 6), "different numbers of units along an axis"),
    (Functional(lambda x: x.flatten(2) + x.mT.flatten(2)), (1, 4, 6), "cut into blocks of different sizes"),
    (Functional(lambda x: x[:, :, torch.tensor([1, 0])]), (1, 8, 8), "`getitem`: numbers are picked by a tensor or a list"),
    (Functional(lambda x: x.repeat(1, 1, 2, 1)), (1, 8, 8), "copies of an axis of the image stand side by side"),
    (Functional(lambda x: x.repeat_interleave(2)), (1, 8, 8), "numbers are repeated by counts or in a flat tensor"),
    (Functional(lambda x: torch.roll(x, 1)), (1, 8, 8), "a flat tensor is rolled"),
    (Functional(lambda x: F.interpolate(x, size=4, mode="bilinear", antialias=True)), (1, 8, 8), "antialiasing looks at places"),
    (Functional(lambda x: x + x.transpose(2, 3)), (1, 8, 8), "axes lie on different dimensions"),
    (Functional(lambda x: x.reshape(1, 1, 3, 16)), (1, 8, 6), "cuts across an axis of the image"),
    (Functional(lambda x, c: c(x.flatten(2)), nn.Conv1d(1, 1, 3)), (1, 8, 8), "carries more than one axis of the image"),
    (Functional(conv_in_blocks, nn.Conv2d(1, 1, 3)), (1, 8, 8), "carries a part of an axis of the image"),
    (Functional(lambda x: tokens(x) @ tokens(x).mT), (2, 3, 4), "was not summed over all places of one of them"),
    (Functional(lambda x: (tokens(x) @ tokens(x).mT)[..., 0]), (2, 3, 4), "was not summed over all places of one of them"),
    (Functional(lambda x: F.scaled_dot_product_attention(*[tokens(x)] * 3, is_causal=True)), (2, 3, 4), "a causal mask hides"),
    (Functional(lambda x, a: a(*[tokens(x)] * 3)[1], nn.MultiheadAttention(2, 1, batch_first=True)), (2, 3, 4), "stand for pairs of places"),
    (Functional(lambda x: torch.einsum("nchw,nchw", x, x)), (1, 8, 8), "does not name its output"),
    (Functional(lambda x: torch.einsum("nchw,nchv,nchu->nwvu", x, x, x)), (1, 8, 8), "multiplies several maps place by place"),
    (Functional(packed, nn.LSTM(2, 3)), (2, 6), "sequences of different lengths are packed together"),
    (Functional(lambda x, r: r(torch.zeros(4, 1, 2), (x.mean(2)[None], x.mean(2)[None]))[0], nn.LSTM(2, 2)), (2, 6), "another argument than its input depends on the image"),
    (Functional(lambda x: F.conv2d(x, x[:, :, :3, :3])), (1, 8, 8), "another argument than its input depends on the image"),
    (Functional(written_over), (1, 8, 8), "numbers that see the image are written over"),
    (Functional(written_apart), (1, 8, 8), "written with gaps between them"),
    (Functional(lambda x: x.view(1, 1, 2, 2, 2, 8).mean(3)), (1, 8, 8), "cut into more than two"),
    (Functional(lambda x: x.view(1, 1, 2, 2, 2, 8)[:, :, 1]), (1, 8, 8), "cut into more than two parts"),
    (Functional(lambda x, c: c(x.permute(0, 2, 3, 1)), nn.Conv2d(8, 2, 1, groups=2)), (1, 8, 8), "its groups divide a dimension"),
    (Functional(lambda x: F.pixel_shuffle(x.permute(0, 2, 3, 1), 2)), (8, 8, 8), "its channels carry an axis of the image"),
    (Functional(lambda x: x.view(1, 1, 2, 4, 8)[:, :, :, 1:3]), (1, 8, 8), "carries a part of an axis of the image"),
    (Functional(lambda x, c: c(x[:, :, None]), nn.Conv3d(1, 1, 1, padding=1)), (1, 8, 8), "pads a dimension that carries no axis"),
    (Functional(lambda x: F.avg_pool2d(x, 2)[:, :, :, None] + F.avg_pool2d(x, (3, 2))[:, :, None]), (1, 6, 8), "different numbers of units"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "shape", "words"), LOST)
def test_no_answer_is_better_than_a_wrong_one(network, shape, words):
    """Where places can't be followed, the layer, the operation and the reason are named."""
    with pytest.raises(ValueError) as caught:
        receptive_field(network, shape)
    assert "The output depends on " in str(caught.value)
    assert words in str(caught.value)


CHOICES = [  # module, its input, size: which pixels count depends on the numbers; any may
    (Functional(lambda x, conv: torch.max(x, conv(x)), nn.Conv2d(1, 1, 3, padding=1)), (1, 8, 8), (3, 3)),
    (Functional(lambda x: x.sort(dim=2)[0]), (1, 8, 8), (8, 1)),
    (Functional(lambda x: x.topk(3, dim=2)[0]), (1, 8, 8), (8, 1)),
    (Functional(lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2)), (1, 8, 8), (2, 2)),
    (Functional(lambda x: F.max_unpool2d(*F.max_pool2d(x, 3, 2, return_indices=True), 3, 2)), (1, 9, 9), (5, 5)),
    (Functional(lambda x: F.glu(x, 1)), (2, 8, 8), (1, 1)),
    (Functional(lambda x: x[:, :1].cumsum(1) * x.std((2, 3), keepdim=True).detach()), (2, 8, 8), (1, 1)),
]


@pytest.mark.parametrize(("network", "shape", "size"), CHOICES)
def test_choices_see_all_that_they_choose_from(network, shape, size):
    """What may come to count is seen."""
    assert receptive_field(network, shape).output.size == size


def test_what_the_output_does_not_need_may_be_lost():
    """An operation without a known way matters only if its result does."""

    def beside(x, conv):
        y = conv(x)
        return y, F.grid_sample(y, torch.zeros(1, 4, 4, 2))

    assert receptive_field(Functional(beside, nn.Conv2d(1, 1, 3)), (1, 8, 8)).size == (3, 3)
    through = nn.Sequential(Functional(lambda x: F.grid_sample(x, torch.zeros(1, 4, 4, 2))), nn.ReLU())
    with pytest.raises(ValueError, match=r"depends on 0: Functional, where the units' places are lost: `grid_sample`"):
        receptive_field(through, (1, 8, 8))


def test_an_output_without_pixels_is_refused():
    """There must be something to see."""
    constant = Functional(lambda x: torch.zeros_like(x) + x.shape[-1])
    with pytest.raises(ValueError, match=r"The output of `model` \(a Functional\) depends on no pixel of its input"):
        receptive_field(constant, (1, 8, 8))


def test_shapes_and_models_are_checked_first():
    """A network that does not fit has no field; what is no network neither."""
    with pytest.raises(ShapeError, match="1: Conv2d: `in_channels`"):
        receptive_field(layers.Sequential(layers.Conv2d(1, 8, 3), layers.Conv2d(4, 8, 3)), (1, 28, 28))
    with pytest.raises(ShapeError, match=r"body\.0: Conv2d: `in_channels`"):
        receptive_field(layers.Residual(layers.Sequential(layers.Conv2d(4, 8, 3))), (1, 28, 28))
    with pytest.raises(ShapeError, match=r"^Residual: `body` gives"):
        receptive_field(layers.Residual(layers.Conv2d(1, 8, 3)), (1, 28, 28))
    with pytest.raises(ValueError, match="at least one axis to look along"):
        receptive_field(layers.Linear(784, 10), (784,))
    with pytest.raises(TypeError, match="`model` must be a description"):
        receptive_field("resnet50", (3, 224, 224))


def test_a_trace_without_views_needs_no_map():
    """Shapes alone are there for any input."""
    assert [step.view for step in trace(layers.Sequential(layers.Linear(4, 2)), (4,))] == [None, None]
    shapes = [step.output_shape for step in trace(layers.Residual(layers.ReLU()), (1, 5), views=False)]
    assert shapes == [(1, 5), (1, 5)]


def test_rows_are_found_by_name():
    """A wrong name gets the closest one; a layer whose places are lost says so."""
    network = layers.Sequential(
        layers.Conv2d(1, 4, 3), layers.Parallel(layers.Flatten(), layers.Flatten()), layers.Linear(288, 2)
    )
    field = receptive_field(network, (1, 8, 8))
    assert (field["0"].jump, field["0"].start, field[""].size) == ((1, 1), (0, 0), (8, 8))
    assert (field["1"].jump, field["1"].start) == (None, None)
    with pytest.raises(ValueError, match=r"The units of 1: Parallel have no known places\. flattened maps"):
        field["1"].region((0, 0))
    with pytest.raises(KeyError, match=r"There is no layer '1.5'. Did you mean '1.1'\?"):
        field["1.5"]
    with pytest.raises(KeyError, match=r"There is no layer 'features'\.\"$"):
        field["features"]


def test_table_is_shown_in_three_numbers_a_layer():
    """The printed table names field, jump and start; a dash where all units see the same."""
    lines = str(receptive_field(models.create("cnn1"), (1, 28, 28))).splitlines()
    assert lines[0].strip() == "Receptive field of CNN1"
    assert lines[2].split() == ["Name", "Layer", "Field", "Jump", "Start"]
    assert lines[6].split() == ["2", "MaxPool2d", "4", "×", "4", "2", "×", "2", "0,", "0"]
    assert lines[8].split() == ["4", "Linear", "28", "×", "28", "–", "0,", "0"]


def test_table_tells_where_places_are_lost():
    """The row says so in place of a number."""
    network = layers.Sequential(layers.Parallel(layers.Flatten(), layers.Flatten()), layers.Linear(128, 2))
    assert "Parallel   lost" in str(receptive_field(network, (1, 8, 8)))


def test_fields_are_written_in_other_formats():
    """HTML for notebooks, Markdown for pages, JSON for programs."""
    field = receptive_field(layers.Sequential(layers.Conv1d(1, 1, 3), layers.Upsample(scale_factor=2)), (1, 8))
    assert "<caption>Receptive field of Sequential</caption>" in field._repr_html_()
    assert "Upsample" in field.to_markdown()
    values = json.loads(field.to_json())
    assert values == field.to_dict()
    assert (values["size"], values["jump"], values["start"], values["aligned"]) == ([3], [0.5], [0], True)
    assert values["layers"][0] == {"name": "0", "kind": "Conv1d", "size": [3], "jump": [1], "start": [0]}


def test_a_view_is_made_for_any_number_of_axes():
    """Axes of the same size share their history, others do not."""
    view = View.of_input((4, 5, 4))
    assert view.region((1, 2, 3)) == ((1, 1), (2, 2), (3, 3))
    assert view.terms[0][0] is view.terms[0][2]
