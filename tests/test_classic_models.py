"""The lessons' networks, LeNet-5, AlexNet, VGG, GoogLeNet, SqueezeNet, the fully convolutional one: facts and ideas."""

from itertools import combinations, pairwise

import pytest
import torch
from torch import nn

from cnn_guide import models, summary
from cnn_guide.models.alexnet import normalisation
from cnn_guide.models.googlenet import GoogLeNetOutputs
from cnn_guide.models.lenet import C3, Distances, ScaledTanh, SparseConv2d, Subsampling
from cnn_guide.models.squeezenet import Fire

TOTALS = [  # name, parameters, MACs, receptive field of the last map, where these numbers are from
    ("dense", 104_938, 104_768, None, "source 002"),
    ("cnn1", 347_690, 444_736, 4, "source 002; MACs by hand: 16·9·26² + 346,112 + 1,280"),
    ("cnn2", 57_274, 707_296, 10, "source 002; MACs by hand: 97,344 + 557,568 + 51,200 + 1,024 + 160"),
    ("cnn2_plain", 56_714, 706_752, 10, "CNN 2, and 650 in place of 1,040 + 170 parameters, 640 of 1,184 MACs"),
    ("lenet5", 61_706, 416_520, 16, "156 + 2,416 + 48,120 + 10,164 + 850"),
    ("lenet5_1998", 60_000, 325_680, 32, "LeCun et al. (1998), §II-B: 60,000 trainable free parameters"),
    ("fully_convolutional", 62_018, 2_500_608, 32, "by hand, in the test of its layers below"),
    (
        "alexnet_2012",
        60_965_224,
        724_406_816,
        195,
        "Krizhevsky et al. (2012): 60 million; in Caffe's model zoo exactly",
    ),
    ("alexnet", 61_100_840, 714_188_480, 195, "torchvision's documentation; field: Araujo et al. (2019)"),
    ("vgg11", 132_863_336, 7_609_090_048, 150, "Simonyan, Zisserman (2014), table 2: 133 million"),
    ("vgg13", 133_047_848, 11_308_466_176, 156, "table 2: 133 million; field: two convolutions in front, 6 more"),
    ("vgg16", 138_357_544, 15_470_264_320, 212, "table 2: 138 million; field: Araujo et al. (2019)"),
    ("vgg19", 143_667_240, 19_632_062_464, 268, "table 2: 144 million; field: 212 + 8 + 16 + 32"),
    ("googlenet_2014", 6_998_552, 1_582_671_872, 715, "Szegedy et al. (2014), table 1: about 7 million, 1.5 billion"),
    ("squeezenet1_0", 1_248_424, 818_924_576, None, "torchvision's documentation: 0.82 billion"),
    ("squeezenet1_1", 1_235_496, 349_151_936, None, "torchvision's documentation: 0.35 billion"),
]


def shapes_of(name: str, **options: object) -> nn.Module:
    """The network without memory, in evaluation mode."""
    with torch.device("meta"):
        return models.create(name, **options).eval()


def sizes(network: nn.Module, x: torch.Tensor, *kinds: type[nn.Module]) -> list[tuple[int, ...]]:
    """Shapes, without the batch axis, that modules of these kinds give, in the order in which they run."""
    found: list[tuple[int, ...]] = []
    for module in network.modules():
        if isinstance(module, kinds):
            module.register_forward_hook(lambda module, args, output: found.append(tuple(output.shape[1:])))
    with torch.no_grad():
        network(x)
    return found


@pytest.mark.parametrize(("name", "parameters", "macs", "field", "source"), TOTALS, ids=lambda value: str(value)[:14])
def test_networks_have_the_known_totals(name, parameters, macs, field, source):
    """Parameters and multiply-accumulates, and the pixels that a unit of the last map sees."""
    table = summary(shapes_of(name), models.input_size(name))
    assert (table.total_params, table.macs, table.complete) == (parameters, macs, True), source
    maps = [row.receptive_field for row in table.rows if row.kind in ("Conv2d", "MaxPool2d")]
    assert field is None or max(filter(None, maps)) == (field, field), source


# The lessons' networks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "counts"),
    [("dense", [100_480, 4_128, 330]), ("cnn1", [160, 346_240, 1_290]), ("cnn2", [160, 4_640, 51_264, 1_040, 170])],
)
def test_the_lessons_layers_have_the_known_parameters(name, counts):
    """Layer by layer, as source 002 counts them."""
    layers = [sum(p.numel() for p in layer.parameters()) for layer in models.create(name)]
    assert [count for count in layers if count] == counts


def test_cnn2_has_its_shapes():
    """28 → 26 → 13 → 11 → 5, and dropout of one half twice; the plain variant has none."""
    network = models.CNN2()
    assert [side for _, _, side in sizes(network, torch.zeros(1, 1, 28, 28), nn.Conv2d, nn.MaxPool2d)] == [
        26,
        13,
        11,
        5,
    ]
    assert [layer.p for layer in network if isinstance(layer, nn.Dropout)] == [0.5, 0.5]
    assert not any(isinstance(layer, nn.Dropout) for layer in models.create("cnn2_plain"))


def test_slices_are_plain_networks():
    """A part of a network is a Sequential that shares its layers."""
    network = models.CNN1()
    assert type(network[:3]) is nn.Sequential
    assert network[:3][0] is network[0]


@pytest.mark.parametrize("name", ["dense", "cnn1", "cnn2_plain", "lenet5", "lenet5_1998", "fully_convolutional"])
def test_digit_networks_learn(name):
    """Each of them begins to learn some random patterns by heart: gradients reach all parameters, the loss falls."""
    torch.manual_seed(0)
    network, pictures, labels = models.create(name), torch.rand(20, 1, 4, 4), torch.arange(20) % 10
    pictures = nn.functional.interpolate(pictures, scale_factor=7)
    optimiser, losses = torch.optim.Adam(network.parameters(), lr=3e-3), []
    for _ in range(40):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(network(pictures), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert all(parameter.grad.abs().max() > 0 for parameter in network.parameters())
    assert losses[-1] < 0.5 * losses[0]


# LeNet-5 -----------------------------------------------------------------------------------------------------------------


def test_lenet_has_the_papers_layers():
    """Trainable parameters and connections, layer by layer, as §II-B gives them (a connection is a MAC, or a bias)."""
    network = shapes_of("lenet5_1998")
    counts = [sum(p.numel() for p in layer.parameters()) for layer in network]
    assert [count for count in counts if count] == [156, 12, 1_516, 32, 48_120, 10_164]
    rows = {row.name: row for row in summary(network, (1, 28, 28)).rows}
    assert rows["0"].macs + 6 * 28 * 28 == 122_304
    assert sum(rows[f"4.convs.{number}"].macs for number in range(16)) + 16 * 10 * 10 == 151_600
    assert rows["8"].macs + 120 == 48_120


def test_each_map_of_c3_sees_the_maps_of_its_column():
    """Table I: six maps see three in a row, six see four in a row, three see four with gaps, one sees all."""
    assert [len(maps) for maps in C3] == [3] * 6 + [4] * 9 + [6]
    assert [sum(number in maps for maps in C3) for number in range(6)] == [10] * 6
    assert len(set(C3)) == 16
    layer, x = SparseConv2d(C3, kernel_size=5), torch.rand(1, 6, 14, 14, requires_grad=True)
    for number, maps in enumerate(C3):
        (gradient,) = torch.autograd.grad(layer(x)[0, number].sum(), x)
        assert tuple(gradient.abs().sum(dim=(0, 2, 3)).nonzero().flatten().tolist()) == maps


def test_sparse_convolutions_are_full_ones_with_holes():
    """The same numbers as one convolution whose weights are 0 for the maps that are not seen."""
    torch.manual_seed(0)
    layer, full = SparseConv2d(C3, kernel_size=5), nn.Conv2d(6, 16, 5)
    with torch.no_grad():
        full.weight.zero_()
        for number, (maps, conv) in enumerate(zip(C3, layer.convs, strict=True)):
            full.weight[number, list(maps)] = conv.weight[0]
            full.bias[number] = conv.bias[0]
    x = torch.rand(2, 6, 14, 14)
    assert torch.allclose(layer(x), full(x), atol=1e-6)


def test_subsampling_has_a_weight_and_a_bias_a_map():
    """The sum of four units, times the weight, plus the bias; at first it is their mean."""
    layer, x = Subsampling(2), torch.arange(32.0).view(1, 2, 4, 4)
    assert torch.equal(layer(x), nn.functional.avg_pool2d(x, 2))
    with torch.no_grad():
        layer.weight[1], layer.bias[1] = 2.0, -5.0
    assert layer(x)[0, 1, 0, 0] == 2 * (16 + 17 + 20 + 21) - 5


def test_the_activation_keeps_one():
    """f(1) = 1, f(-1) = -1, and it stays below 1.7159."""
    x = torch.tensor([-100.0, -1.0, 0.0, 1.0, 100.0])
    assert torch.allclose(ScaledTanh()(x), torch.tensor([-1.7159, -1.0, 0.0, 1.0, 1.7159]), atol=1e-4)


def test_classes_are_distances_from_codes():
    """Units that are a digit's code have logit 0 for it; the codes are ±1, and those of two digits differ."""
    layer = Distances(10)
    assert torch.equal(layer.codes.abs(), torch.ones(10, 84))
    logits = layer(layer.codes)
    assert torch.equal(logits.diagonal(), torch.zeros(10))
    apart = [-logits[a, b].item() / 4 for a, b in combinations(range(10), 2)]  # pixels that differ: (1 - (-1))² = 4
    assert min(apart) >= 5
    assert Distances(26).codes.unique(dim=0).shape == (26, 84)
    assert torch.equal(Distances(26).codes, Distances(26).codes)
    assert list(layer.parameters()) == []


def test_lenet_can_end_with_a_dense_layer():
    """850 parameters more, and no codes."""
    network = models.create("lenet5_1998", output="linear")
    assert sum(parameter.numel() for parameter in network.parameters()) == 60_850
    assert list(network.buffers()) == []


def test_lenet_begins_with_small_weights():
    """Uniform up to 2.4 divided by the number of inputs, which in C3 differs from map to map."""
    torch.manual_seed(0)
    for layer in models.create("lenet5_1998").modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            bound = 2.4 / layer.weight[0].numel()
            assert 0.8 * bound < layer.weight.abs().max() <= bound


# AlexNet, VGG, SqueezeNet ------------------------------------------------------------------------------------------------


def test_alexnet_has_the_papers_maps():
    """55 → 27 → 13 → 6 pixels a side, with 96, 256, 384, 384 and 256 filters."""
    shapes = sizes(shapes_of("alexnet_2012"), torch.empty(1, 3, 224, 224, device="meta"), nn.Conv2d, nn.MaxPool2d)
    assert shapes == [(96, 55, 55), (96, 27, 27), (256, 27, 27), (256, 13, 13), (384, 13, 13), (384, 13, 13),
                      (256, 13, 13), (256, 6, 6)]  # fmt: skip


def test_alexnets_halves_meet_in_the_third_convolution_alone():
    """A filter of the second, fourth and fifth convolution reads the maps of its own half."""
    network = shapes_of("alexnet_2012")
    groups = [layer.groups for layer in network.features if isinstance(layer, nn.Conv2d)]
    assert groups == [1, 2, 1, 2, 2]


def test_the_normalisation_is_the_papers():
    """b = a / (2 + 1e-4 · Σ a²)^0.75 over five channels around a unit (§3.3), whatever PyTorch calls alpha."""
    torch.manual_seed(0)
    a = 50 * torch.rand(1, 9, 1, 1)
    b = normalisation()(a)
    for channel in range(9):
        around = a[0, max(0, channel - 2) : channel + 3]
        assert torch.isclose(b[0, channel], a[0, channel] / (2 + 1e-4 * around.square().sum()) ** 0.75, rtol=1e-5)


def test_alexnet_begins_as_the_paper_says():
    """Weights of standard deviation 0.01; biases of 1 in layers 2, 4, 5 and the dense hidden ones, else 0 (§5)."""
    torch.manual_seed(0)
    network = models.create("alexnet_2012")
    layers = [layer for layer in network.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    assert [layer.bias.unique().tolist() for layer in layers] == [[0], [1], [0], [1], [1], [1], [1], [0]]
    assert all(abs(layer.weight.std() - 0.01) < 1e-4 for layer in layers)


@pytest.mark.parametrize(("name", "convolutions"), [("vgg11", 8), ("vgg13", 10), ("vgg16", 13), ("vgg19", 16)])
def test_vgg_is_small_windows(name, convolutions):
    """Every convolution is 3×3, the name is the number of layers with weights, and five poolings halve the map."""
    network = shapes_of(f"{name}_bn")
    windows = [layer.kernel_size for layer in network.features if isinstance(layer, nn.Conv2d)]
    assert windows == [(3, 3)] * convolutions
    assert int(name[3:]) == convolutions + 3
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in network.features) == convolutions
    poolings = sizes(network, torch.empty(1, 3, 224, 224, device="meta"), nn.MaxPool2d)
    assert poolings == [(64, 112, 112), (128, 56, 56), (256, 28, 28), (512, 14, 14), (512, 7, 7)]


@pytest.mark.parametrize("name", ["alexnet", "vgg11", "squeezenet1_1", "googlenet"])
def test_torchvisions_networks_read_other_sizes(name):
    """A mean over windows, or over the whole map, in front of the classes makes them independent of the size."""
    network = shapes_of(name)
    for size in ((97, 130), (224, 160)):
        assert network(torch.empty(1, 3, *size, device="meta")).shape == (1, 1000)


def test_fire_modules_squeeze_then_expand():
    """1×1 and 3×3 windows on few channels; their outputs are concatenated."""
    fire = Fire(128, 16, 64)
    assert sum(parameter.numel() for parameter in fire.parameters()) == 128 * 16 + 16 + 64 * 16 + 64 + 64 * 16 * 9 + 64
    out = fire(torch.rand(1, 128, 5, 5))
    assert out.shape == (1, 128, 5, 5)
    assert out.min() == 0


# GoogLeNet ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["googlenet", "googlenet_2014"])
def test_inception_modules_have_the_papers_channels(name):
    """The outputs of 3a to 5b: channels and pixels of table 1."""
    network = shapes_of(name, aux_logits=False)
    kinds = {type(module) for module in network.modules() if type(module).__name__ == "Inception"}
    shapes = sizes(network, torch.empty(1, 3, 224, 224, device="meta"), *kinds)
    assert [channels for channels, _, _ in shapes] == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    assert [side for _, _, side in shapes] == [28, 28, 14, 14, 14, 14, 14, 7, 7]


@pytest.mark.parametrize("name", ["googlenet", "googlenet_2014"])
def test_auxiliary_heads_help_in_training_only(name):
    """In training mode three logits come back, in evaluation mode one tensor; the heads do not run then."""
    network = shapes_of(name, aux_logits=True, num_classes=5)
    x = torch.empty(2, 3, 224, 224, device="meta")
    outputs = network.train()(x)
    assert type(outputs) is GoogLeNetOutputs
    assert outputs._fields == ("logits", "aux_logits2", "aux_logits1")
    assert [tuple(logits.shape) for logits in outputs] == [(2, 5)] * 3
    network.aux1 = network.aux2 = nn.Identity()  # would give maps
    assert network.eval()(x).shape == (2, 5)


def test_auxiliary_heads_cost_parameters():
    """Torchvision's network with and without them, and the paper's with them."""
    for name, with_heads, without in (("googlenet", 13_004_888, 6_624_904), ("googlenet_2014", 13_378_280, 6_998_552)):
        for aux_logits, count in ((True, with_heads), (False, without)):
            network = shapes_of(name, aux_logits=aux_logits)
            assert sum(parameter.numel() for parameter in network.parameters()) == count
        assert isinstance(network.train()(torch.empty(1, 3, 224, 224, device="meta")), torch.Tensor)


def test_gradients_of_a_head_stop_where_it_branches_off():
    """The first head reaches the layers before it, and none behind it."""
    torch.manual_seed(0)
    network = models.create("googlenet_2014", aux_logits=True, num_classes=3)
    network(torch.rand(1, 3, 224, 224)).aux_logits1.sum().backward()
    reached = {name.partition(".")[0] for name, value in network.named_parameters() if value.grad is not None}
    assert reached == {"stem", "early", "aux1"}


def test_the_papers_windows_are_five_by_five():
    """Nine of them, where torchvision's weights have 3×3."""
    windows = {
        name: [m.kernel_size[0] for m in shapes_of(name).modules() if isinstance(m, nn.Conv2d)]
        for name in ("googlenet", "googlenet_2014")
    }
    assert [windows[name].count(5) for name in windows] == [0, 9]


# The fully convolutional network -----------------------------------------------------------------------------------------


def test_the_fully_convolutional_network_is_a_plain_chain():
    """Layers that a page can run: 3×3 convolutions with normalisation and ReLU, poolings, one dense layer on a mean."""
    network = models.create("fully_convolutional")
    kinds = "".join({"Conv2d": "c", "BatchNorm2d": "b", "ReLU": "r", "MaxPool2d": "M", "AdaptiveAvgPool2d": "A",
                     "Flatten": "f", "Linear": "l"}[type(layer).__name__] for layer in network)  # fmt: skip
    assert kinds == "cbrcbrM" + "cbrcbrM" + "cbrcbr" + "Afl"
    widths = [1, 8, 16, 32, 32, 64, 48]
    convolutions = sum(9 * before * after for before, after in pairwise(widths))
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == convolutions + 2 * sum(widths[1:]) + 48 * 10 + 10 == 62_018
    assert all(layer.kernel_size == (3, 3) and layer.bias is None for layer in network if isinstance(layer, nn.Conv2d))


@pytest.mark.parametrize("size", [(16, 16), (28, 28), (29, 40), (100, 17)])
def test_the_fully_convolutional_network_knows_no_size(size):
    """Pictures of 16×16 pixels or more give ten logits."""
    assert models.create("fully_convolutional")(torch.rand(2, 1, *size)).shape == (2, 10)


def test_a_larger_picture_gives_the_mean_of_more_places():
    """The logits are the mean of a map for each class, whichever of mean and dense layer comes first."""
    torch.manual_seed(0)
    network = models.create("fully_convolutional").eval()
    features, dense = network[:-3], network[-1]
    for side, places in ((28, 4), (56, 11)):
        picture = torch.rand(1, 1, side, side)
        maps = features(picture)
        assert maps.shape == (1, 48, places, places)
        classes = nn.functional.conv2d(maps, dense.weight[:, :, None, None], dense.bias)
        assert torch.allclose(classes.mean(dim=(2, 3)), network(picture), atol=1e-6)
