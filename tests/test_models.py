"""The catalogue of networks: names, options, refusals, and how long its files are."""

import ast
import subprocess
import sys
from inspect import signature
from pathlib import Path

import pytest
import torch
from torch import nn

from cnn_guide import models
from cnn_guide.models.catalogue import CATALOGUE

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "cnn_guide" / "models").glob("*.py"))
EVERY = pytest.mark.parametrize("name", models.names())
NAMED = [
    "dense", "cnn1", "cnn2", "cnn2_plain", "fully_convolutional", "lenet5_1998", "lenet5", "alexnet_2012", "alexnet",
    "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "googlenet_2014", "googlenet",
    "resnet50_2015", "resnet101_2015", "resnet152_2015", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
    "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "squeezenet1_0", "squeezenet1_1", "densenet121",
    "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "convnext_tiny",
]  # fmt: skip


def shapes_of(name: str, **options: int) -> nn.Module:
    """The network without memory."""
    with torch.device("meta"):
        return models.create(name, **options)


def test_all_architectures_are_there():
    """Those of the lessons, of the papers and of torchvision."""
    assert sorted(models.names()) == sorted(NAMED)


@EVERY
def test_defaults_are_those_of_the_papers(name):
    """1000 classes for photographs, 10 for small pictures, and the channels of the size that the catalogue names."""
    size = models.input_size(name)
    classes = 1000 if size == (3, 224, 224) else 10
    arguments = signature(CATALOGUE[name].factory).parameters
    assert (arguments["num_classes"].default, arguments["in_channels"].default) == (classes, size[0])


@EVERY
def test_options_change_classes_and_channels(name):
    """Every network reads pictures of other channels, and tells other numbers of classes apart."""
    network = shapes_of(name, num_classes=7, in_channels=2).eval()
    pictures = torch.empty(5, 2, *models.input_size(name)[1:], device="meta")
    with torch.no_grad():
        assert network(pictures).shape == (5, 7)
    assert (network.architecture, network.options["num_classes"], network.options["in_channels"]) == (name, 7, 2)


@pytest.mark.parametrize(("name", "options"), [("cnn1", {"num_classes": 3}), ("googlenet", {"aux_logits": False}),
                                               ("lenet5_1998", {"output": "linear", "in_channels": 2})])  # fmt: skip
def test_networks_know_how_to_be_built_again(name, options):
    """From `architecture` and `options` comes a network with the same tensors, options of its own included."""
    network = shapes_of(name, **options)
    again = shapes_of(network.architecture, **network.options)
    assert options.items() <= network.options.items()
    assert again.options == network.options
    assert str(again) == str(network)


@pytest.mark.parametrize("name", ["cnn2", "lenet5_1998", "squeezenet1_1", "resnet20"])
def test_the_seed_decides_the_first_weights(name):
    """The same seed gives the same network, another seed another one."""

    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return nn.utils.parameters_to_vector(models.create(name).parameters()).detach()

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


@pytest.mark.parametrize(
    ("name", "options", "error", "words"),
    [
        ("cnn", {}, ValueError, "`name` (='cnn') is no network of the guide. Did you mean 'cnn2'?"),
        ("resnet-50", {}, ValueError, "Did you mean 'resnet50'?"),
        ("vision transformer", {}, ValueError, "is no network of the guide. Use one of dense, cnn1, cnn2, "),
        (50, {}, ValueError, "`name` (=50) is no network of the guide."),
        ("cnn2", {"num_class": 3}, TypeError, "`num_class` is no option of cnn2, which takes num_classes, in_channels. "
                                              "Did you mean 'num_classes'?"),
        ("vgg16", {"aux_logits": True}, TypeError, "`aux_logits` is no option of vgg16, which takes num_classes, in_"),
        ("cnn2", {"num_classes": 0}, ValueError, "`num_classes` (=0) must be at least 1."),
        ("cnn2", {"in_channels": -3}, ValueError, "`in_channels` (=-3) must be at least 1."),
        ("cnn2", {"num_classes": 2.0}, TypeError, "`num_classes` (=2.0) must be an integer, not float."),
        ("cnn2", {"num_classes": True}, TypeError, "`num_classes` (=True) must be an integer, not bool."),
        ("lenet5_1998", {"output": "softmax"}, ValueError, "`output` (='softmax') must be 'distances' or 'linear'."),
    ],
)  # fmt: skip
def test_refusals_name_the_way_out(name, options, error, words):
    """What is wrong, what there is, and what was probably meant."""
    with pytest.raises(error) as refused:
        models.create(name, **options)
    assert words in str(refused.value)


def test_input_size_refuses_unknown_names():
    """In the words of `create`."""
    with pytest.raises(ValueError, match=r"`name` \(='vgg_16'\) is no network of the guide\. Did you mean 'vgg16'\?"):
        models.input_size("vgg_16")


def test_the_lessons_classes_are_public():
    """`models.Dense` and so on are the classes of the networks of these names."""
    classes = {"dense": models.Dense, "cnn1": models.CNN1, "cnn2": models.CNN2}
    assert all(type(models.create(name)) is kind for name, kind in classes.items())
    assert set(classes.values()) <= {getattr(models, name) for name in dir(models)}
    with pytest.raises(AttributeError, match="has no attribute 'CNN3'"):
        models.CNN3  # noqa: B018


def test_names_are_there_without_torch():
    """Asking for names and sizes loads no library, and a file is loaded when its network is created."""
    program = """if True:
        import sys
        from cnn_guide import models
        assert "resnet50" in models.names() and models.input_size("resnet50") == (3, 224, 224)
        assert "torch" not in sys.modules
        models.create("cnn1")
        print(*sorted(name for name in sys.modules if name in ("torch", "cnn_guide.models.cnn1", "cnn_guide.models.vgg")))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["cnn_guide.models.cnn1", "torch"]


def long_parts(source: str, most: int) -> list[str]:
    """Functions with more lines than this, their docstrings left out."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            if node.end_lineno - first.lineno + 1 > most:
                found.append(node.name)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_read_at_a_sitting(path):
    """About 200 lines a file, about 30 a function."""
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 200
    assert long_parts(source, 30) == []


def test_the_test_sees_long_functions():
    """The docstring is left out, and nothing else."""
    source = 'def short():\n    """One\n\n    two."""\n    a = 1\n    b = 2\n\ndef long():\n    a = 1\n\n    return a\n'
    assert long_parts(source, 2) == ["long"]
