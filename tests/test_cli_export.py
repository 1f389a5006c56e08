"""`cnn-guide export` writes a checkpoint or a named network in the form that the file's ending says."""

import json
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest
import torch

from cnn_guide import data, export, models, training
from cnn_guide.cli import main
from cnn_guide.cli.export import input_size
from cnn_guide.cli.parsing import UsageError
from cnn_guide.preprocessing import Preprocessing

Run = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in an empty folder; return the exit code and what was printed."""
    monkeypatch.chdir(tmp_path)

    def command(line: str) -> tuple[int, str, str]:
        code = main(["export", *line.split()])
        return code, *capsys.readouterr()

    return command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run."""
    path = tmp_path_factory.mktemp("run") / "dense"
    training.fit(models.create("dense"), data.create("digits", image_size=28), epochs=1, folder=path, progress=False)
    return path


def test_a_run_becomes_an_onnx_file_with_what_the_checkpoint_knows(run: Run, folder: Path) -> None:
    code, out, err = run(f"{folder} digits.onnx --feature-maps 1")
    assert (code, err) == (0, "")
    assert "input: images (batch, 1, 28, 28); output: logits, 1" in out
    assert "largest difference from the network's outputs: " in out
    session = onnxruntime.InferenceSession("digits.onnx")
    assert json.loads(session.get_modelmeta().custom_metadata_map["classes"]) == list("0123456789")
    assert [output.name for output in session.get_outputs()] == ["logits", "1"]


def test_a_checkpoint_becomes_the_compact_form(run: Run, folder: Path) -> None:
    code, out, err = run(f"{folder / 'last.ckpt'} digits.json --dtype float16 --json")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert [file["file"] for file in said["files"]] == ["digits.json", "digits.bin"]
    assert said["files"][1]["bytes"] == 2 * 104_938  # parameters of the dense network
    assert said["trained"]
    assert 0 < said["largest_difference"] < 0.05
    trained = training.load(folder / "last.ckpt")
    assert export.check_compact("digits.json", trained.model, data.Digits(image_size=28).test.images) < 0.1


def test_a_named_network_says_that_it_has_learnt_nothing(run: Run) -> None:
    code, out, err = run("cnn1 network.pt2 --input 1 28 28")
    assert (code, err) == (0, "")
    assert "has learnt nothing: name --weights or a checkpoint" in out
    assert torch.export.load("network.pt2").module()(torch.zeros(3, 1, 28, 28))["logits"].shape == (3, 10)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cnn1 network.onxn", "there is no form of file '.onxn'. Did you mean '.onnx'?"),
        ("cnn1 network", "there is no form of file ''. Use .onnx, .pt2, .json."),
        ("cnn1 network.json --feature-maps 1", "gives the maps of all its layers: leave --feature-maps out"),
        ("cnn1 network.pt2 --feature-maps 99", "`feature_maps` names '99', but the network has no module"),
        ("cnn1 network.pt2 --input 3 28 28", "`input_size` (=(3, 28, 28)) does not fit the network"),
        ("cnn1 missing/network.pt2", "lies in a folder that does not exist. Make missing first."),
        ("resnet20 network.json", "holds one straight chain of layers"),
        ("cn1 network.onnx", "there is no network 'cn1'. Did you mean 'cnn1'?"),
        ("cnn1 network.json --dtype float61", "there is no type 'float61'. Did you mean 'float16'?"),
        ("missing.ckpt network.onnx", "missing.ckpt"),
    ],
)
def test_what_cannot_be_written_is_refused(line: str, words: str, run: Run, tmp_path: Path) -> None:
    code, out, err = run(line)
    assert (code, out) == (2, "")
    assert words in err
    assert list(tmp_path.iterdir()) == []


def test_the_images_are_those_of_the_training() -> None:
    """A crop, or exact sizes; else those that the architecture was made for."""
    network = models.create("cnn1")
    assert input_size(network, Preprocessing(resize=256, crop=224)) == (3, 224, 224)
    assert input_size(network, Preprocessing(channels=1, resize=(20, 30))) == (1, 20, 30)
    assert input_size(network, Preprocessing(channels=1)) == (1, 28, 28)
    assert input_size(network, None) == (1, 28, 28)
    with pytest.raises(UsageError, match=r"the size of its images is not known\. Add --input C H W"):
        input_size(torch.nn.Flatten(), None)
