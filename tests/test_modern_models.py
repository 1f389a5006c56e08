"""ResNets, MobileNets, DenseNet, EfficientNet and ConvNeXt: their tables, and what each of them brought."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from cnn_guide import models, receptive_field, summary
from cnn_guide.models.blocks import SqueezeExcitation, StochasticDepth, conv_norm, initialise_convolutions
from cnn_guide.models.convnext import CNBlock, LayerNorm2d
from cnn_guide.models.densenet import DenseLayer
from cnn_guide.models.mobilenet_v3 import multiple_of_eight
from cnn_guide.models.resnet import BasicBlock, Bottleneck, Bottleneck2015
from cnn_guide.models.small_resnet import SmallBlock


class Known(NamedTuple):
    """What is known of a network."""

    name: str
    layers: int  # convolutions and dense layers, without those of the shortcuts
    parameters: int
    macs: int
    field: int  # of the last map
    stages: str  # where which map comes out: module channels×side


RESNET18 = "layer1 64×56 layer2 128×28 layer3 256×14 layer4 512×7"
RESNET50 = "layer1 256×56 layer2 512×28 layer3 1024×14 layer4 2048×7"
SMALL = "layer1 16×32 layer2 32×16 layer3 64×8"

KNOWN = [
    # parameters: torchvision's documentation; MACs of the paper's own: He et al., table 1, has 3.8, 7.6 and 11.3 billion;
    # fields: Araujo et al. (2019), "Computing Receptive Fields of Convolutional Neural Networks", has 483, 1027 and 1507
    Known("resnet18", 18, 11_689_512, 1_814_073_344, 435, RESNET18),
    Known("resnet34", 34, 21_797_672, 3_663_761_408, 899, RESNET18),
    Known("resnet50", 50, 25_557_032, 4_089_184_256, 427, RESNET50),
    Known("resnet101", 101, 44_549_160, 7_801_405_440, 971, RESNET50),
    Known("resnet152", 152, 60_192_808, 11_513_626_624, 1451, RESNET50),
    Known("resnet50_2015", 50, 25_557_032, 3_857_973_248, 483, RESNET50),
    Known("resnet101_2015", 101, 44_549_160, 7_570_194_432, 1027, RESNET50),
    Known("resnet152_2015", 152, 60_192_808, 11_282_415_616, 1507, RESNET50),
    # He et al., table 6: 0.27, 0.46, 0.66, 0.85 and 1.7 million parameters
    Known("resnet20", 20, 269_722, 40_551_040, 81, SMALL),
    Known("resnet32", 32, 464_154, 68_862_592, 137, SMALL),
    Known("resnet44", 44, 658_586, 97_174_144, 193, SMALL),
    Known("resnet56", 56, 853_018, 125_485_696, 249, SMALL),
    Known("resnet110", 110, 1_727_962, 252_887_680, 501, SMALL),
    # Sandler et al., table 4: 3.4 million parameters, 300 million MACs
    Known(
        "mobilenet_v2", 53, 3_504_872, 300_774_272, 491,
        "features.0 32×112 features.1 16×112 features.3 24×56 features.6 32×28 features.10 64×14 features.13 96×14 "
        "features.16 160×7 features.17 320×7 features.18 1280×7",
    ),
    # Howard et al., table 3: 2.5 and 5.4 million parameters, 56 and 219 million MACs
    Known(
        "mobilenet_v3_small", 54, 2_542_856, 56_510_400, 639,
        "features.0 16×112 features.1 16×56 features.3 24×28 features.6 40×14 features.8 48×14 features.11 96×7 "
        "features.12 576×7",
    ),
    Known(
        "mobilenet_v3_large", 64, 5_483_032, 216_589_760, 595,
        "features.0 16×112 features.1 16×112 features.3 24×56 features.6 40×28 features.10 80×14 features.12 112×14 "
        "features.15 160×7 features.16 960×7",
    ),
    # Huang et al., table 1, has the shapes
    Known(
        "densenet121", 121, 7_978_856, 2_834_161_664, 2071,
        "features.pool0 64×56 features.denseblock1 256×56 features.transition1 128×28 features.denseblock2 512×28 "
        "features.transition2 256×14 features.denseblock3 1024×14 features.transition3 512×7 features.denseblock4 1024×7",
    ),
    # Tan and Le, tables 1 and 2: 5.3 million parameters, 0.39 billion MACs
    Known(
        "efficientnet_b0", 82, 5_288_548, 385_814_752, 851,
        "features.0 32×112 features.1 16×112 features.2 24×56 features.3 40×28 features.4 80×14 features.5 112×14 "
        "features.6 192×7 features.7 320×7 features.8 1280×7",
    ),
    # Liu et al., table 1: 28.6 million parameters, 4.5 billion MACs
    Known(
        "convnext_tiny", 59, 28_589_128, 4_455_531_264, 1688,
        "features.0 96×56 features.1 96×56 features.3 192×28 features.5 384×14 features.7 768×7",
    ),
]  # fmt: skip
EVERY = pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
FAMILIES = ["resnet18", "resnet50_2015", "resnet20", "mobilenet_v2", "mobilenet_v3_small", "densenet121",
            "efficientnet_b0", "convnext_tiny"]  # fmt: skip


def weightless(name: str, **options: object) -> nn.Module:
    """The network on the meta device, in evaluation mode."""
    with torch.device("meta"):
        return models.create(name, **options).eval()


@EVERY
def test_the_networks_are_those_of_their_papers(known):
    """Layers, parameters, multiply-accumulates, and the maps at the ends of the stages."""
    network, size = weightless(known.name), models.input_size(known.name)
    layers = [path for path, module in network.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert sum("downsample" not in path for path in layers) == known.layers
    table = summary(network, size)
    assert table.complete
    assert (table.total_params, table.macs) == (known.parameters, known.macs)
    words = known.stages.split()
    for path, shape in zip(words[::2], words[1::2], strict=True):
        channels, side = map(int, shape.split("×"))
        assert table[path].output_shape == (channels, side, side), path


@EVERY
def test_the_last_map_sees_what_the_paper_s_table_says(known):
    """Along the longest way each layer adds its kernel less one, times the strides before it."""
    network = weightless(known.name)
    end = [path for path, _ in network.named_children()].index("avgpool")
    last = receptive_field(nn.Sequential(*list(network.children())[:end]), models.input_size(known.name))
    assert last.size == (known.field, known.field)
    field, jump = 1, 1
    for path, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) and "downsample" not in path:
            kernel, stride = (
                value if isinstance(value, int) else value[0] for value in (module.kernel_size, module.stride)
            )
            field, jump = field + (kernel - 1) * jump, jump * stride
    assert (field, (jump, jump)) == (known.field, last.jump)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_parameter_learns_with_other_channels_and_classes(name):
    """Grey pictures of any size become three logits, and each parameter gets a gradient."""
    torch.manual_seed(0)
    still = {"stochastic_depth": 0.0} if name in ("efficientnet_b0", "convnext_tiny") else {}
    network = models.create(name, num_classes=3, in_channels=1, **still)
    logits = network(torch.rand(3, 1, 64, 48))
    assert logits.shape == (3, 3)
    nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2])).backward()
    assert [path for path, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


# ResNet


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck, Bottleneck2015, SmallBlock])
def test_a_residual_block_without_weights_does_nothing(block):
    """Where the shape stays, the input comes out again: a deeper network can begin as a shallower one."""
    x = torch.rand(2, 16, 8, 8)
    same = block(16, 16 if block in (BasicBlock, SmallBlock) else 4).eval()
    last = same.bn3 if hasattr(same, "bn3") else same.bn2
    nn.init.zeros_(last.weight)
    assert torch.equal(same(x), x)


def test_shortcuts_have_weights_where_the_shape_changes_only():
    """The first block of a stage has a projection; in ResNet-18's first stage, where nothing changes, none has."""
    for name, changing in (("resnet18", {2, 3, 4}), ("resnet50", {1, 2, 3, 4})):
        projected = {path for path, _ in weightless(name).named_modules() if path.endswith("downsample")}
        assert projected == {f"layer{stage}.0.downsample" for stage in changing}


def test_the_stride_moved_from_the_first_to_the_middle_convolution():
    """The paper's bottleneck skips pixels in its 1×1 convolution, version 1.5 reads all of them; the weights fit both."""
    for name, moved in (("resnet50_2015", "conv1"), ("resnet50", "conv2")):
        strides = {path for path, module in weightless(name).named_modules() if getattr(module, "stride", 0) == (2, 2)}
        assert strides == {"conv1"} | {f"layer{n}.0.{part}" for n in (2, 3, 4) for part in (moved, "downsample.0")}
    old, new = Bottleneck2015(8, 4, stride=2).eval(), Bottleneck(8, 4, stride=2).eval()
    new.load_state_dict(old.state_dict())
    x = torch.rand(1, 8, 6, 6)
    changed = x.clone()
    changed[:, :, 1::2] += 1  # every other row
    assert torch.equal(old(x), old(changed))
    assert not torch.allclose(new(x), new(changed))
    assert not torch.allclose(old(x), new(x))


def test_small_resnets_shortcuts_take_every_other_pixel_and_add_zeros():
    """Option A: no parameters; the shapes agree for odd sizes too."""
    block = SmallBlock(2, 4, stride=2)
    x = torch.arange(2.0 * 5 * 7).view(1, 2, 5, 7)
    short = block.shortcut(x)
    assert torch.equal(short[:, :2], x[:, :, ::2, ::2])
    assert short.shape == (1, 4, 3, 4) == block(x).shape
    assert not short[:, 2:].any()
    assert "shortcut" not in " ".join(weightless("resnet20").state_dict())


def test_small_resnets_read_digits():
    """MNIST's pictures of 28×28 pixels shrink to 14 and 7."""
    table = summary(weightless("resnet20", in_channels=1), (1, 28, 28))
    assert [table[f"layer{n}"].output_shape for n in (1, 2, 3)] == [(16, 28, 28), (32, 14, 14), (64, 7, 7)]
    assert table.total_params == 269_722 - 2 * 16 * 9  # two channels of the first convolution less


# What the others brought


@pytest.mark.parametrize("kernel_size", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_normalised_convolutions_keep_the_size_or_halve_it(kernel_size, stride):
    """The padding is half the kernel; a stride of 2 rounds up."""
    out = conv_norm(2, 4, kernel_size, stride)(torch.rand(2, 2, 9, 8))
    assert out.shape == (2, 4, -(-9 // stride), -(-8 // stride))
    assert out.min() == 0  # the ReLU
    assert conv_norm(2, 4, kernel_size, stride, activation=None)(torch.rand(2, 2, 9, 8)).min() < 0


def test_narrow_ends_are_linear_and_shortcuts_connect_them():
    """MobileNet v2: no activation behind the last convolution of a block, and a sum where the shape stays."""
    blocks = weightless("mobilenet_v2").features[1:-1]
    assert [type(block.conv[-1]) for block in blocks] == [nn.BatchNorm2d] * 17
    assert sum(block.residual for block in blocks) == 10  # 1 + 2 + 3 + 2 + 2, the stages' other blocks
    torch.manual_seed(0)
    block = models.create("mobilenet_v2").features[3].eval()
    x = torch.rand(1, 24, 6, 6)
    assert torch.equal(block(x), x + block.conv(x))


def test_channels_are_rounded_to_multiples_of_eight():
    """To the nearest, but never by more than a tenth down; the paper's squeezed channels are among them."""
    for channels, rounded in {4: 8, 8: 8, 18: 24, 24: 24, 30: 32, 60: 64, 120: 120, 168: 168, 240: 240}.items():
        assert multiple_of_eight(channels) == rounded
    gates = [m for m in weightless("mobilenet_v3_small").modules() if isinstance(m, SqueezeExcitation)]
    assert [gate.fc1.out_channels for gate in gates] == [8, 24, 64, 64, 32, 40, 72, 144, 144]


def test_gates_weigh_channels_by_their_means():
    """Squeeze and excitation by hand: mean, dense layer, activation, dense layer, gate; one factor a channel."""
    torch.manual_seed(0)
    gate = SqueezeExcitation(4, 2, activation=nn.SiLU)
    x = torch.rand(3, 4, 5, 6)
    hidden = nn.functional.silu(x.mean((2, 3)) @ gate.fc1.weight.flatten(1).T + gate.fc1.bias)
    factors = torch.sigmoid(hidden @ gate.fc2.weight.flatten(1).T + gate.fc2.bias)
    assert torch.allclose(gate(x), x * factors[:, :, None, None], atol=1e-6)


def test_dense_layers_append_and_change_nothing():
    """What comes in is the first part of what comes out, so later layers see all earlier maps."""
    x = torch.rand(2, 6, 5, 5)
    out = DenseLayer(6, growth=3).eval()(x)
    assert out.shape == (2, 9, 5, 5)
    assert torch.equal(out[:, :6], x)


def test_stochastic_depth_drops_whole_pictures_and_keeps_the_mean():
    """A quarter of the branches is zero, the others are divided by three quarters; evaluation drops nothing."""
    torch.manual_seed(0)
    x = torch.rand(4000, 2, 3)
    drop = StochasticDepth(0.25)
    out = drop(x)
    kept = out.flatten(1).any(1)
    assert 0.22 < 1 - kept.float().mean() < 0.28
    assert torch.allclose(out[kept], x[kept] / 0.75)
    assert torch.allclose(out.mean(), x.mean(), atol=0.02)
    assert drop.eval()(x) is x
    assert StochasticDepth(0).train()(x) is x


@pytest.mark.parametrize("p", [-0.1, 1, 1.5])
def test_stochastic_depth_refuses_what_is_no_probability(p):
    """Dropping every time would divide by zero."""
    with pytest.raises(ValueError, match=rf"`p` \(={p}\) must be a probability from 0 up to but not including 1\."):
        StochasticDepth(p)


def test_later_blocks_are_dropped_more_often():
    """The probability rises from 0 block by block; ConvNeXt's last has all of it, EfficientNet's 15 of 16 parts."""
    for name, blocks, last in (("efficientnet_b0", 16, 0.2 * 15 / 16), ("convnext_tiny", 18, 0.1)):
        drops = [module.p for module in weightless(name).modules() if isinstance(module, StochasticDepth)]
        assert drops == pytest.approx([last * number / (blocks - 1) for number in range(blocks)])
    assert weightless("convnext_tiny", stochastic_depth=0.3).features[7][-1].stochastic_depth.p == pytest.approx(0.3)


def test_dropout_is_an_option():
    """As much as is asked for, 0.2 unless told, in front of the classes."""
    for name in ("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0"):
        for options, p in (({}, 0.2), ({"dropout": 0.5}, 0.5)):
            network = weightless(name, **options)
            assert [module.p for module in network.modules() if isinstance(module, nn.Dropout)] == [p]


def test_convnext_begins_as_the_identity():
    """Each block's output is multiplied by a millionth at first."""
    torch.manual_seed(0)
    x = torch.rand(1, 8, 9, 9)
    block = CNBlock(8, drop=0.0)
    assert 0 < (block(x) - x).abs().max() < 1e-5


def test_layer_norm_works_on_the_channels_of_a_pixel():
    """Mean and variance by hand."""
    norm, x = LayerNorm2d(6), torch.rand(2, 6, 3, 4)
    nn.init.uniform_(norm.weight)
    nn.init.uniform_(norm.bias)
    plain = (x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, correction=0) + 1e-6).sqrt()
    assert torch.allclose(norm(x), plain * norm.weight[:, None, None] + norm.bias[:, None, None], atol=1e-6)


# How training begins


def deviations(name: str) -> dict[str, Tensor]:
    """Standard deviations of the larger tensors of a fresh network."""
    torch.manual_seed(0)
    parameters = models.create(name).named_parameters()
    return {path: p.detach().std() for path, p in parameters if p.dim() > 1 and p.numel() > 5000}


@pytest.mark.parametrize(
    ("name", "convolution", "deviation"),
    [
        ("resnet18", "layer4.1.conv2.weight", (2 / (512 * 9)) ** 0.5),  # He et al.: 2 over outgoing connections
        ("resnet20", "layer3.2.conv2.weight", (2 / (64 * 9)) ** 0.5),
        ("mobilenet_v2", "features.18.0.weight", (2 / 1280) ** 0.5),
        ("mobilenet_v3_small", "features.12.0.weight", (2 / 576) ** 0.5),
        ("densenet121", "features.denseblock1.denselayer1.conv1.weight", (2 / 64) ** 0.5),  # incoming ones
        ("efficientnet_b0", "features.8.0.weight", (2 / 1280) ** 0.5),
        ("efficientnet_b0", "classifier.1.weight", (1 / (3 * 1000)) ** 0.5),  # evenly between ± 1/√1000
        ("mobilenet_v2", "classifier.1.weight", 0.01),
        ("convnext_tiny", "features.1.0.block.3.weight", 0.02),
    ],
    ids=lambda value: str(value)[:20],
)
def test_weights_begin_as_published(name, convolution, deviation):
    """Variances are those of the papers and of torchvision, so that trainings can be compared."""
    assert deviations(name)[convolution] == pytest.approx(deviation, rel=0.03)


def test_all_biases_of_convolutions_begin_at_zero():
    """Also those of the gates; normalisation begins as the identity."""
    network = nn.Sequential(SqueezeExcitation(8, 4), nn.BatchNorm2d(8))
    initialise_convolutions(network)
    assert not any(p.any() for path, p in network.named_parameters() if path.endswith("bias"))
    assert torch.equal(network[1].weight, torch.ones(8))
