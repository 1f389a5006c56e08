"""Networks of the guide on the command line: by name, with their own input, at once."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cnn_guide import models
from cnn_guide.cli import main, networks

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(capsys):
    """Run a command line; give its exit code, stdout and stderr."""

    def command(line: str) -> tuple[int, str, str]:
        code = main(shlex.split(line))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


def test_summaries_take_the_networks_own_input(run):
    """Without --input, a network of the guide is summed up on the pictures that it was made for."""
    assert run("summary resnet50 --json") == run("summary resnet50 --input 3 224 224 --json")
    report = json.loads(run("summary resnet50 --json")[1])
    assert (report["total_params"], report["macs"]) == (25_557_032, 4_089_184_256)
    assert run("summary cnn2")[1].startswith("CNN2 on 1 × 28 × 28")


def test_the_own_input_has_the_channels_that_are_asked_for(run):
    """With --arg in_channels the pictures have them too."""
    assert run("summary cnn2 --arg in_channels=3")[1].startswith("CNN2 on 3 × 28 × 28")


def test_receptive_fields_take_the_networks_own_input(run):
    """The field of ResNet-50's last map; what is no network of the guide needs --input."""
    assert "427 × 427" in run("receptive-field resnet50")[1]
    code, _, err = run("receptive-field 'ReLU()'")
    assert code == 2
    assert "ReLU() needs --input, the shape of one input, such as --input 3 224 224." in err


def test_descriptions_without_input_are_counted(run):
    """Where no input is known, the summary has parameters alone, as before."""
    code, out, _ = run("summary 'Linear(3, 4)'")
    assert (code, "16" in out, "MACs" in out) == (0, True, False)


def test_a_users_network_of_the_guide_has_its_input_too(run, tmp_path, monkeypatch):
    """`package.module:factory` that returns one of them; a stranger's `architecture` means nothing."""
    (tmp_path / "my_own.py").write_text(
        "from cnn_guide import models\nfrom torch import nn\n"
        "def build(): return models.create('cnn1')\n"
        "class Stranger(nn.Linear):\n    architecture = 'cnn1'\n    def __init__(self): super().__init__(3, 4)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert run("summary my_own:build")[1].startswith("CNN1 on 1 × 28 × 28")
        assert "MACs" not in run("summary my_own:Stranger")[1]
    finally:
        sys.modules.pop("my_own", None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("summary resnet-50", "there is no network 'resnet-50'. Did you mean 'resnet50'?"),
        ("summary vgg16 --arg aux_logits=True", "vgg16: `aux_logits` is no option of vgg16, which takes num_classes, in_"),
        ("summary vgg16 --arg num_classes=0", "vgg16: `num_classes` (=0) must be at least 1."),
        ("summary cnn2 --input 1 32 32", "cnn2: 7: Linear: `in_features` (=800) does not match"),
    ],
)  # fmt: skip
def test_slips_are_answered(run, line, words):
    """With the network's name and the way out."""
    code, _, err = run(line)
    assert code == 2
    assert words in err


def test_only_shapes_are_made_for_shapes():
    """What is summed up has no weights; what is trained has."""
    assert all(parameter.is_meta for parameter in networks.shapes("vgg19", []).parameters())
    assert not any(parameter.is_meta for parameter in networks.network("cnn1", []).parameters())


def test_summaries_of_all_networks_are_there_at_once():
    """None of them loads PyTorch's compiler, which takes longer than everything else."""
    program = "import sys\nfrom cnn_guide.cli import main\n"
    program += f"for name in {models.names()}:\n    assert main(['summary', name, '--json']) == 0\n"
    program += "print('torch' in sys.modules, 'torch._dynamo' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split()[-2:] == ["True", "False"]
