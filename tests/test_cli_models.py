"""`cnn-guide models`: which networks there are, and their published weights."""

import json
import shlex

import pytest

from cnn_guide import models
from cnn_guide.cli import main
from cnn_guide.models import Weights
from cnn_guide.preprocessing import Preprocessing


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command line on a wide terminal; give its exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "120")

    def command(line: str) -> tuple[int, str, str]:
        code = main(shlex.split(line))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


def test_every_network_and_every_file_of_weights_has_a_line(run):
    """Names, input sizes and parameters without weights; accuracies where there are some."""
    code, out, err = run("models")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines() if "×" in line]
    shown = [line.split()[0] for line in lines]
    assert [name for name in models.names() for _ in range(max(1, len(models.weights(name))))] == shown
    assert "dense 1 × 28 × 28 104,938" in lines
    assert "resnet50 IMAGENET1K_V2 3 × 224 × 224 25,557,032 80.9 % 95.4 % 102.5 MB" in lines


def test_names_choose_networks_in_their_order(run):
    out = run("models squeezenet1_1 cnn2 --markdown")[1]
    assert out.index("squeezenet1_1") < out.index("cnn2")
    assert "resnet" not in out


def test_json_holds_all_that_is_known(run):
    """What is printed makes the same entries again."""
    (found,) = json.loads(run("models mobilenet_v2 --json")[1])
    assert (found["parameters"], found["input_size"]) == (3504872, [3, 224, 224])
    again = [
        Weights(**{**values, "architecture": "mobilenet_v2", "preprocessing": Preprocessing(**values["preprocessing"])})
        for values in found["weights"]
    ]
    assert tuple(again) == models.weights("mobilenet_v2")


def test_unknown_names_get_the_closest_one(run):
    assert run("models resnet5") == (2, "", "cnn-guide: there is no network 'resnet5'. Did you mean 'resnet56'?\n")
