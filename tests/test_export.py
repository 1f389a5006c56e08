"""Exported files compute what the network computes, name their outputs, and say nothing about the machine."""

import json
import logging
import os
import sys
import warnings
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.inspection.footprints import footprint
from cnn_guide import data, export, models
from cnn_guide.export import metadata, onnx_files, tracing
from cnn_guide.export.feature_maps import evaluating
from cnn_guide.preprocessing import Preprocessing

SIZE = (1, 8, 8)
MAPS = ["stem.0", "block.conv", "block", "head"]
CLASSES = tuple("0123456789")
PREPROCESSING = Preprocessing(channels=1, resize=(8, 8))


class Block(nn.Module):
    """A shortcut around a convolution; its ReLU is called twice, its last part never."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.pair = Pair()
        self.spare = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.pair(self.relu(self.norm(self.conv(x))))
        return self.relu(first + second + x)


class Pair(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x, 2 * x


class Network(nn.Module):
    """Branches, functions, dropout, and a ReLU in place right behind a map that is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True))
        self.block = Block()
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(4, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = self.block(self.stem(images))
        return self.head(self.drop(F.adaptive_avg_pool2d(x, 1).flatten(1)))


@cache
def network() -> Network:
    torch.manual_seed(0)
    made = Network()
    made(torch.randn(20, *SIZE))  # statistics of the batch norm that are not 0 and 1
    made.block.eval()  # some parts in evaluation, some in training
    return made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "network.onnx"
    return export.to_onnx(network(), path, SIZE, feature_maps=MAPS, preprocessing=PREPROCESSING, classes=CLASSES)


# --- ONNX ---


def test_inputs_outputs_and_the_batch_axis_have_names(file: Path) -> None:
    session = onnxruntime.InferenceSession(file)
    assert {each.name: each.shape for each in session.get_inputs()} == {"images": ["batch", *SIZE]}
    assert {each.name: each.shape for each in session.get_outputs()} == {
        "logits": ["batch", 10],
        "stem.0": ["batch", 4, 8, 8],
        "block.conv": ["batch", 4, 8, 8],
        "block": ["batch", 4, 8, 8],
        "head": ["batch", 10],
    }


def test_all_outputs_are_the_networks_for_random_and_for_real_images(file: Path) -> None:
    digits = data.Digits().test.images
    assert export.check_onnx(file, network(), digits, batch_sizes=(1, 3, 64)) < 1e-5


def test_a_map_is_what_its_module_returned_before_others_changed_it(file: Path) -> None:
    """The ReLU behind the first convolution works in place; the map still has numbers below 0."""
    images = torch.randn(2, *SIZE, generator=torch.Generator().manual_seed(1))
    (found,) = onnxruntime.InferenceSession(file).run(["stem.0"], {"images": images.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), network().stem[0](images), atol=1e-6, rtol=1e-5)
    assert found.min() < 0


def test_a_file_of_other_weights_is_found_out(file: Path) -> None:
    torch.manual_seed(1)
    with pytest.raises(export.ExportError, match=r"Output '\S+' of the file differs .* by .*made from this network"):
        export.check_onnx(file, Network())


def test_what_the_exporter_gets_wrong_is_not_written(tmp_path: Path) -> None:
    """PyTorch's exporter forgets the divisor of this pooling, and would write another network without a word."""
    model = nn.Sequential(nn.AvgPool2d(2, divisor_override=1), nn.Flatten(), nn.Linear(16, 10))
    with pytest.raises(
        export.ExportError, match=r"Output 'logits' .* Or PyTorch's exporter has a fault: write the layer"
    ):
        export.to_onnx(model, tmp_path / "network.onnx", SIZE)
    assert list(tmp_path.iterdir()) == []


def test_the_metadata_say_how_to_use_the_file(file: Path) -> None:
    found = onnxruntime.InferenceSession(file).get_modelmeta().custom_metadata_map
    assert found["architecture"] == "Network"
    assert json.loads(found["input_size"]) == list(SIZE)
    assert tuple(json.loads(found["classes"])) == CLASSES
    assert Preprocessing.from_dict(json.loads(found["preprocessing"])) == PREPROCESSING


def test_what_the_network_carries_goes_into_the_metadata() -> None:
    carrying = models.create("cnn1")
    carrying.classes, carrying.preprocessing = CLASSES, Preprocessing(channels=1)
    found = metadata.metadata(carrying, torch.zeros(1, 10), (1, 28, 28), None, None)
    assert found["architecture"] == "cnn1"
    assert (found["classes"], found["preprocessing"]["channels"]) == (list(CLASSES), 1)
    assert set(metadata.metadata(network(), torch.zeros(1, 10), SIZE, None, None)) == {"architecture", "input_size"}
    assert metadata.metadata(network(), torch.zeros(1, 1), SIZE, None, ["no", "yes"])["classes"] == ["no", "yes"]


TRACES = [
    str(Path.cwd()),
    sys.prefix,
    os.path.expanduser("~"),
    str(Path(torch.__file__).parents[2]),
    ".py",
    "stack_trace",
]


def traces(content: bytes) -> list[str]:
    """What a file says about the machine that it was written on."""
    return [word for word in TRACES if word != "/" and word.encode() in content]


def test_the_file_says_nothing_about_the_machine(file: Path) -> None:
    assert traces(file.read_bytes()) == []
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    assert not any(part.metadata_props or part.doc_string for part in (model.graph, *model.graph.node))


def test_the_exporters_own_file_would_say_it() -> None:
    """The test above can fail: the exporter writes file names into every node."""
    program = torch.export.export(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), (torch.zeros(2, *SIZE),))
    proto = onnx_files._proto(program, ["logits"])
    assert ".py" in traces(proto.SerializeToString())
    onnx_files._strip(proto)
    assert traces(proto.SerializeToString()) == []


def test_weights_keep_their_names(file: Path) -> None:
    names = {initializer.name for initializer in onnx.load(file).graph.initializer}
    assert {"stem.0.weight", "head.bias"} <= names


def test_a_network_of_the_catalogue_is_exported(tmp_path: Path) -> None:
    """The digit network of the site, batch norms and all."""
    torch.manual_seed(0)
    model = models.create("fully_convolutional")
    file = export.to_onnx(model, tmp_path / "network.onnx", models.input_size("fully_convolutional"))
    assert export.check_onnx(file, model, batch_sizes=(1, 3)) < 1e-4


# --- What is left behind ---


def refused(file: Path, folder: Path) -> None:
    with pytest.raises(ValueError, match="never calls"):
        export.to_onnx(network(), folder / "network.onnx", SIZE, feature_maps=["block.spare"])


@pytest.mark.parametrize(
    "work",
    [
        lambda file, folder: export.to_onnx(network(), folder / "network.onnx", SIZE, feature_maps=MAPS[:1]),
        lambda file, folder: export.to_torch(network(), folder / "network.pt2", SIZE, feature_maps=MAPS[:1]),
        lambda file, folder: export.check_onnx(file, network()),
        refused,
    ],
    ids=["to_onnx", "to_torch", "check_onnx", "refused"],
)
def test_the_network_is_left_as_it_was_and_nothing_is_printed(
    work: Callable[[Path, Path], object],
    file: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Modes, hooks, gradients, values and random numbers; also after a refusal."""
    before = footprint(network())
    work(file, tmp_path)
    after = footprint(network())
    assert [name for name in before if before[name] != after[name]] == []
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(b"old")

    def fail(*arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(metadata.os, "replace", fail)
    with pytest.raises(OSError, match="no space left"):
        metadata.replace_file(path, b"new")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"network.onnx": b"old"}


# --- torch.export ---


def test_a_pt2_file_gives_its_outputs_by_name_for_any_batch(tmp_path: Path) -> None:
    path = export.to_torch(network(), tmp_path / "network.pt2", SIZE, feature_maps=MAPS, classes=CLASSES)
    extra = {"metadata.json": ""}
    run = torch.export.load(path, extra_files=extra).module()
    assert json.loads(extra["metadata.json"])["classes"] == list(CLASSES)
    with evaluating(network()):
        for count in (1, 2, 5):
            images = torch.randn(count, *SIZE)
            found = run(images)
            assert list(found) == ["logits", *MAPS]
            torch.testing.assert_close(found["logits"], network()(images))
    with zipfile.ZipFile(path) as archive:
        assert [traces(archive.read(name)) for name in archive.namelist()] == [[]] * len(archive.namelist())


# --- Refusals ---


class Deciding(nn.Module):
    """Decides by the values of its input, which no graph can."""

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1) if images.sum() > 1 else -images.flatten(1)


class Talkative(nn.Module):
    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return images, images


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"feature_maps": ["blok"]}, r"`feature_maps` names 'blok', .*no module of that name. Did you mean 'block'\?"),
        ({"feature_maps": ["zzz"]}, r"names 'zzz', .* It has 'stem', 'stem.0'"),
        ({"feature_maps": ["logits"]}, "names 'logits', which is what the exported file calls its own logits"),
        ({"feature_maps": ["block", "block"]}, r"`feature_maps` \(=\('block', 'block'\)\) names a module twice"),
        (
            {"feature_maps": ["block.relu"]},
            "'block.relu', which the network calls 2 times, .* Name the block around it",
        ),
        ({"feature_maps": ["block.spare"]}, "'block.spare', which the network never calls"),
        ({"feature_maps": ["block.pair"]}, "'block.pair', which returns a tuple, not a tensor"),
        ({"input_size": (3, 8, 8)}, r"`input_size` \(=\(3, 8, 8\)\) does not fit the network: .*expected input"),
        ({"input_size": (8, 8)}, r"`input_size` \(=\(8, 8\)\) must be \(channels, height, width\)"),
        ({"classes": ["a", "b"]}, "`classes` holds 2 names, but the network has 10 outputs"),
        ({"model": Talkative()}, "`model` returns a tuple; it must return logits"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    change: dict[str, object], words: str, tmp_path: Path
) -> None:
    arguments = {"model": network(), "path": tmp_path / "network.pt2", "input_size": SIZE, **change}
    for write in (export.to_onnx, export.to_torch):
        with pytest.raises(ValueError, match=words):
            write(**arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_cannot_be_followed_is_named(tmp_path: Path) -> None:
    with pytest.raises(export.ExportError, match=r"`model` \(Deciding\) can't be followed by torch.export: "):
        export.to_torch(Deciding(), tmp_path / "network.pt2", SIZE)


def test_paths_are_checked_first(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"lies in a folder that does not exist\. Make .*missing"):
        export.to_onnx(network(), tmp_path / "missing" / "network.onnx", SIZE)
    with pytest.raises(ValueError, match=r"must end in \.pt2"):
        export.to_torch(network(), tmp_path / "network.pt", SIZE)


def test_warnings_of_the_network_come_through(tmp_path: Path) -> None:
    """Only what the exporter itself says is silenced."""

    class Warner(nn.Flatten):
        def forward(self, images: Tensor) -> Tensor:
            warnings.warn("from the network", stacklevel=2)
            return super().forward(images)

    with pytest.warns(UserWarning, match="from the network"):
        tracing.first_logits(Warner(), SIZE)
