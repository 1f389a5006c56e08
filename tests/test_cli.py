"""The command line: outputs, exit codes, suggestions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnn_guide import __version__
from cnn_guide.cli import main

NETWORK = """
from torch import nn
from cnn_guide import layers

def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

described = layers.Sequential(layers.Flatten(), layers.Linear(784, 10))
nothing = 3

class Broken(nn.Module):
    def __init__(self, width):
        super().__init__()
"""


@pytest.fixture
def run(capsys):
    """Run a command line; give its exit code, stdout and stderr."""

    def command(line: str) -> tuple[int, str, str]:
        try:
            code = main(line.split())
        except SystemExit as stop:  # argparse ends the process itself
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


def test_conv_shows_the_formula_with_its_numbers(run):
    """The quiz of source 001: 14, and how."""
    assert run("conv 32 --kernel-size 8 --stride 2 --padding 1") == (
        0, "Output size: 14\n⌊(n + 2p − k) / s⌋ + 1 = ⌊(32 + 2·1 − 8) / 2⌋ + 1 = 14\nEvery pixel is used.\n", ""
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "formula", "unused"),
    [
        ("10 -k 3 -s 2", "⌊(10 + 2·0 − 3) / 2⌋ + 1 = 4", "Never used: pixel 9 of 0 to 9."),
        ("28 -k 4 -p same", "⌊(n + p + p' − k) / s⌋ + 1 = ⌊(28 + 1 + 2 − 4) / 1⌋ + 1 = 28", "Every pixel is used."),
        ("28 -k 3 -p valid", "⌊(28 + 2·0 − 3) / 1⌋ + 1 = 26", "Every pixel is used."),
        ("12 -k 3 -d 2 -s 6", "⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 = ⌊(12 + 2·0 − 2·(3 − 1) − 1) / 6⌋ + 1 = 2",
            "Never used: pixels 1, 3, 5, 7, 9, 11 of 0 to 11."),
        ("20 -k 1 -s 5", "= 4", "Never used: pixels 1-4, 6-9, 11-14, 16-19 of 0 to 19."),
        ("99 -k 1 -s 10", "= 10", "Never used: pixels 1-9, 11-19, 21-29, 31-39, 41-49, 51-59, … of 0 to 98."),
    ],
)  # fmt: skip
def test_conv_names_unused_pixels(run, line, formula, unused):
    """What the floor drops, and what lies between the windows, is named."""
    code, out, _ = run(f"conv {line}")
    assert (code, out.splitlines()[2]) == (0, unused)
    assert out.splitlines()[1].endswith(formula)


def test_conv_takes_several_axes(run):
    """Several sizes are height and width; one number serves both."""
    code, out, _ = run("conv 100 200 --kernel-size 3 5 --stride 2")
    assert (code, out.splitlines()) == (0, [
        "Output size: 49 × 98",
        "height: ⌊(n + 2p − k) / s⌋ + 1 = ⌊(100 + 2·0 − 3) / 2⌋ + 1 = 49. Never used: pixel 99 of 0 to 99.",
        "width: ⌊(n + 2p − k) / s⌋ + 1 = ⌊(200 + 2·0 − 5) / 2⌋ + 1 = 98. Never used: pixel 199 of 0 to 199.",
    ])  # fmt: skip


def test_conv_gives_json(run):
    """The same for programs."""
    code, out, _ = run("conv 10 --kernel-size 3 --stride 2 --json")
    assert (code, json.loads(out)) == (0, {
        "output_size": [4],
        "axes": [{"input_size": 10, "kernel_size": 3, "stride": 2, "padding": [0, 0], "dilation": 1, "output_size": 4,
                  "unused_pixels": [9]}],
    })  # fmt: skip


def test_conv_explains_what_cannot_be(run):
    """A shape error is one line on stderr, without a traceback, and exit code 2."""
    code, out, err = run("conv 4 --kernel-size 7")
    assert (code, out) == (2, "")
    assert err.startswith("cnn-guide: `kernel_size` (=7) spans 7 pixels, but the padded input has 4 (4 + 2·0).")
    assert run("conv 4 5 6 --kernel-size 3 3")[0] == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cnov 4", "there is no command 'cnov'. Did you mean 'conv'?"),
        ("xyz", "there is no command 'xyz'. Use conv, summary, train."),
        ("summary cnn3", "there is no network 'cnn3'. Did you mean 'cnn2'?"),
        ("summary resnet", "there is no network 'resnet'. Use dense, cnn1, cnn2."),
        ("train dnese", "there is no network 'dnese'. Did you mean 'dense'?"),
        ("train cnn1 --data mnits", "invalid choice: 'mnits'"),
        ("train cnn1 --epochs 0", "must be at least 1, not 0"),
        ("train cnn1 --learning-rate -1", "must be above 0, not -1"),
        ("conv 4", "the following arguments are required: --kernel-size"),
        ("conv 4 -k 3 -p full", 'invalid number, "same" or "valid" value: \'full\''),
        ("summary cnn2 --input 1 32 32", "cnn2: 7: Linear: `in_features` (=800) does not match"),
        ("summary cnn2 --input 0", "`input_size` (=0) must be at least 1."),
    ],
)
def test_mistakes_are_answered_with_a_way_out(run, line, words):
    """Exit code 2, a message on stderr, nothing on stdout."""
    code, out, err = run(line)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_summary_prints_a_table_or_json(run):
    """A network of the lessons, by its name."""
    code, out, _ = run("summary cnn2 --input 1 28 28")
    assert (code, out.splitlines()[0]) == (0, " CNN2 on (1, 28, 28)")
    assert "57,274" in out
    assert json.loads(run("summary cnn2 --input 1 28 28 --json")[1])["macs"] == 707_296
    assert "MACs" not in run("summary cnn2")[1]


def test_summary_takes_networks_from_anywhere(run, tmp_path, monkeypatch):
    """`package.module:name` is a function, a class or a network, in the current folder too."""
    (tmp_path / "my_networks.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))  # puts sys.path back afterwards
    for name in ("build", "described"):
        code, out, err = run(f"summary my_networks:{name} --input 1 28 28 --json")
        assert (code, err) == (0, "")
        assert json.loads(out)["total_params"] == 7850
    for name, words in (
        ("biuld", "there is no name 'biuld' in my_networks. Did you mean 'build'?"),
        ("nothing", "must be a description made of `layers` or an nn.Module, not int."),
        ("Broken", "missing 1 required positional argument: 'width'"),
    ):
        code, _, err = run(f"summary my_networks:{name}")
        assert code == 2
        assert words in err
    assert "No module named 'no_networks'" in run("summary no_networks:build")[2]


def test_train_prints_epochs_and_the_test(run):
    """One line an epoch, then the accuracy on unseen images with its interval."""
    code, out, err = run("train dense --data digits --epochs 2 --seed 1")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith("digits: ")
    assert [line.split(":")[0] for line in lines[1:3]] == ["epoch 1", "epoch 2"]
    assert " interval " in lines[3]
    repeated = run("train dense --data digits --epochs 2 --seed 1")[1].splitlines()
    assert repeated[:3] == lines[:3]


def test_train_says_what_to_do_without_data(run, tmp_path, monkeypatch):
    """Damaged files end in a message, not in a traceback."""
    monkeypatch.setenv("CNN_GUIDE_DATA", str(tmp_path / "file"))
    (tmp_path / "file").write_text("not a folder")
    code, _, err = run("train dense --data mnist")
    assert code == 2
    assert err.startswith("cnn-guide: ")
    assert "Traceback" not in err


def test_missing_torch_says_what_to_install(run, monkeypatch):
    """The light core runs alone; what needs more says so."""
    for name in ("cnn_guide.models", "torch"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr("cnn_guide.models", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, err = run("summary cnn2")
    assert code == 2
    assert "pip install 'cnn-guide[train]'" in err


@pytest.mark.parametrize(("line", "words"), [
    ("--help", ["conv", "summary", "train", "cnn-guide conv --help"]),
    ("", ["conv", "summary", "train"]),
    ("conv --help", ["--kernel-size", "same", "cnn-guide conv 32 --kernel-size 8 --stride 2 --padding 1"]),
    ("summary --help", ["package.module:factory", "cnn-guide summary cnn2 --input 1 28 28"]),
    ("train --help", ["CNN_GUIDE_DATA", "--epochs", "cnn-guide train cnn2 --data mnist --epochs 5 --seed 0"]),
    ("--version", [f"cnn-guide {__version__}"]),
])  # fmt: skip
def test_help_is_helpful(run, line, words):
    """Each command explains itself with examples."""
    code, out, _ = run(line)
    assert code == 0
    assert all(word in out for word in words)


def test_examples_of_the_help_run(run):
    """No example in a help text is out of date (training has a test of its own)."""
    examples = [
        line.split("(")[0].split("cnn-guide ")[1]
        for command in ("conv", "summary")
        for line in run(f"{command} --help")[1].splitlines()
        if line.startswith("  cnn-guide") and "my_package" not in line
    ]
    assert len(examples) >= 5
    assert [run(example)[0] for example in examples] == [0] * len(examples)


def test_module_runs_as_a_program():
    """`python -m cnn_guide.cli` is the same command, even where the terminal knows ASCII only."""
    done = subprocess.run(
        [sys.executable, "-m", "cnn_guide.cli", "conv", "10", "--kernel-size", "3"],
        capture_output=True, encoding="ascii", check=True, cwd=Path(__file__).parents[1],
        env={"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.stdout.splitlines()[0] == "Output size: 8"
    assert done.stderr == ""
