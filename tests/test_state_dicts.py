"""Networks that torchvision has too: its tensors, its cost and its answers, from the facts in `state_dicts/`."""

from functools import partial
from pathlib import Path

import fingerprint
import pytest
import torch
from torch import nn

from cnn_guide import models, summary

FOLDER = Path(__file__).parent / "state_dicts"
FACTS = {path.stem: path.read_text("utf-8").splitlines() for path in sorted(FOLDER.glob("*.txt"))}
EVERY = pytest.mark.parametrize("name", FACTS)
OURS = ("dense", "cnn1", "cnn2", "cnn2_plain", "fully_convolutional", "lenet5", "lenet5_1998")
SMALL = ("resnet20", "resnet32", "resnet44", "resnet56", "resnet110")
OTHERS = {"googlenet_without_heads": ("googlenet", {"aux_logits": False})}


def network(name: str) -> nn.Module:
    """The guide's network for these facts, without memory."""
    name, options = OTHERS.get(name, (name, {}))
    with torch.device("meta"):
        return models.create(name, **options)


def known(name: str, *words: str) -> list[str]:
    """The facts whose first word is one of these; without words, those of the tensors."""
    totals = ("parameters", "macs", "training", "evaluation")
    return [line for line in FACTS[name] if (line.split()[0] in words if words else line.split()[0] not in totals)]


def same_answers(name: str, answers: dict[str, list[float]]) -> bool:
    """Whether these are the known logits, to the digits that are written down."""
    for line in known(name, "training", "evaluation"):
        mode, *logits = line.split()
        expected, slack = list(map(float, logits)), 1e-8 * max(map(abs, map(float, logits)))
        if answers[mode] != pytest.approx(expected, rel=0, abs=slack):
            return False
    return True


def test_the_facts_are_there():
    """There is a file for each of torchvision's networks that the guide has, with totals, answers and tensors."""
    papers = {name for name in models.names() if name.endswith(("_2012", "_2014", "_2015"))}
    assert set(FACTS) - set(OTHERS) == set(models.names()) - set(OURS) - set(SMALL) - papers
    for name, lines in FACTS.items():
        assert [line.split()[0] for line in lines[:4]] == ["parameters", "macs", "training", "evaluation"]
        assert len(known(name)) == len(lines) - 4 >= 8


@EVERY
def test_tensors_have_torchvisions_names_shapes_types_and_order(name):
    """So published weights fit, name by name, and optimiser states, which go by the order."""
    assert fingerprint.tensors(network(name)) == known(name)


@EVERY
def test_totals_are_torchvisions(name):
    """Parameters and multiply-accumulates, as PyTorch counts them and as the guide's summary does."""
    totals = known(name, "parameters", "macs")
    built = network(name)
    assert fingerprint.totals(built) == totals
    table = summary(built.eval(), fingerprint.PICTURE)
    assert [f"parameters {table.total_params}", f"macs {table.macs}"] == totals


@pytest.mark.parametrize("name", [name for name in FACTS if name not in ("vgg13", "vgg13_bn", "vgg16", "vgg19_bn")])
def test_answers_are_torchvisions(name):
    """With the same numbers in all tensors the logits are the same, in training and in evaluation mode.

    The four large networks that are left out, to save seconds, are the others' code with other numbers of layers.
    """
    assert same_answers(name, fingerprint.logits(network(name)))


def resnet(**changes: object) -> nn.Module:
    """ResNet-18 with some attributes of its modules changed, by dotted name."""
    changed = network("resnet18")
    for path, value in changes.items():
        module, _, attribute = path.rpartition(".")
        setattr(changed.get_submodule(module), attribute, value)
    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda net: setattr(net, "bn2", net.__dict__["_modules"].pop("bn1")),  # another name
        lambda net: net._modules.update(conv1=net._modules.pop("conv1")),  # another order
        lambda net: setattr(net, "conv1", nn.Conv2d(3, 64, 5, device="meta", bias=False)),  # another shape
        lambda net: setattr(net, "fc", nn.Linear(512, 1000, bias=False, device="meta")),  # a tensor less
        lambda net: net.bn1.register_buffer("extra", torch.zeros((), device="meta")),  # a tensor more
        lambda net: net.fc.half(),  # another type
    ],
    ids=["name", "order", "shape", "less", "more", "type"],
)
def test_a_change_of_a_tensor_is_noticed(change):
    """The comparison fails for each way in which a network's tensors could stop fitting."""
    changed = network("resnet18")
    change(changed)
    assert fingerprint.tensors(changed) != known("resnet18")


@pytest.mark.parametrize(
    "changes",
    [
        {"layer3.1.bn2.eps": 1e-3},
        {"layer3.1.bn2.momentum": 0.01},
        {"maxpool.padding": 0},
        {"layer2.0.conv1.stride": (1, 1), "layer2.0.conv2.stride": (2, 2)},
        {"layer4.1.relu": nn.ReLU6()},
        {"layer1.0.relu": nn.Hardswish()},
        {"avgpool": nn.AdaptiveMaxPool2d(1)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_change_of_behaviour_is_noticed(changes):
    """The answers differ when a constant, a stride, a padding or an activation does, though all tensors fit."""
    assert fingerprint.tensors(resnet(**changes)) == known("resnet18")
    assert not same_answers("resnet18", fingerprint.logits(resnet(**changes)))


def test_a_change_of_cost_is_noticed():
    """The totals differ when a stride does."""
    assert fingerprint.totals(resnet(**{"conv1.stride": (1, 1)})) != known("resnet18", "parameters", "macs")


def test_the_facts_are_written_as_they_are_read():
    """A file made anew, as the README there shows, has the same lines; only last digits depend on the machine."""
    first_words = [line.split()[0] for line in fingerprint.facts(network("squeezenet1_1"))]
    assert first_words == [line.split()[0] for line in FACTS["squeezenet1_1"]]


def test_tensors_are_described_in_full():
    """The lines show names, shapes and types, a module a line, and those of the network itself."""
    small = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), partial(nn.Linear, dtype=torch.half)(2, 4, bias=False))
    small.scale = nn.Parameter(torch.ones(2, 1, 1))
    assert fingerprint.tensors(small) == [
        " scale 2×1×1",
        "0 weight 2×1×3×3, bias 2",
        "1 weight 2, bias 2, running_mean 2, running_var 2, num_batches_tracked scalar int64",
        "2 weight 4×2 float16",
    ]
