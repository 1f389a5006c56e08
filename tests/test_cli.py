"""The command line: outputs, exit codes, suggestions."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cnn_guide import __version__, layers
from cnn_guide.cli import COMMANDS, main
from cnn_guide.report import Summary

ROOT = Path(__file__).parents[1]
NETWORK = """
from torch import nn
from cnn_guide import layers

def build(classes=10, *, name="none"):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, classes))

described = layers.Sequential(layers.Flatten(), layers.Linear(784, 10))
nothing = 3

class Broken(nn.Module):
    def __init__(self, width):
        super().__init__()

class Picky(nn.Module):
    def __init__(self, width):
        raise ValueError(f"`width` (={width!r}) must be even.")
"""


@pytest.fixture
def run(capsys):
    """Run a command line; give its exit code, stdout and stderr."""

    def command(line: str) -> tuple[int, str, str]:
        try:
            code = main(shlex.split(line))
        except SystemExit as stop:  # argparse ends the process itself, after --help and --version
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a module and a description in it."""
    (tmp_path / "my_networks.py").write_text(NETWORK)
    (tmp_path / "my_broken.py").write_text("import no_such_library")
    (tmp_path / "small.txt").write_text("# a first network\nSequential(\n  Flatten(),\n  Linear(784, 10),\n)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))  # puts sys.path back afterwards
    yield tmp_path
    for name in ("my_networks", "my_broken"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("line", "size", "words"),
    [
        ("conv 32 --kernel-size 8 --stride 2 --padding 1", "14", "⌊(n + 2p − k) / s⌋ + 1 = ⌊(32 + 2·1 − 8) / 2⌋ + 1 = 14"),
        ("conv 10 -k 3 -s 2", "4", "Pixel 9 is never read"),
        ("conv 28 -k 4 -p same", "28", "padding='same'"),
        ("conv 28 -k 3 -p valid", "26", "Every pixel is read."),
        ("conv 12 -k 3 -d 2 -s 6", "2", "dilation=2"),
        ("conv 100 200 --kernel-size 3 5 --stride 2", "(49, 98)", "width"),
        ("conv 10 -k 2 -p 0,1", "10", "padding=((0, 1),)"),
        ("conv 10 20 -k 2 -p 0,1", "(10, 20)", "padding=((0, 1), (0, 1))"),
        ("conv 10 20 -k 2 -p 1 0,1", "(11, 20)", "padding=((1, 1), (0, 1))"),
        ("pool 11 --kernel-size 2", "5", "pool_output_size(11, kernel_size=2)"),
        ("pool 11 -k 2 --ceil-mode", "6", "ceil_mode=True"),
        ("pool 112 112 -k 3 -s 2 -p 1", "(56, 56)", "height and width"),
        ("transpose 14 -k 4 -s 2 -p 1", "28", "conv_transpose_output_size(14"),
        ("transpose 7 -k 3 -s 2 -p 1 --output-padding 1", "14", "output_padding=1"),
    ],
)  # fmt: skip
def test_sizes_come_with_their_steps(run, line, size, words):
    """The size on the first line, then the formula with its numbers, and what is never read."""
    code, out, err = run(line)
    assert (code, err) == (0, "")
    assert f") = {size} " in re.sub(r"\s+", " ", out)  # a long call takes two lines
    assert words in out


@pytest.mark.parametrize("line", ["conv 10 -k 3 -s 2", "pool 10 -k 2", "transpose 4 -k 3",
                                  "explain 'Conv2d(1, 2, 3)' --input 1 8 8"])  # fmt: skip
def test_explanations_have_other_formats(run, line):
    """For programs, for pages and for papers."""
    assert json.loads(run(f"{line} --json")[1])["value"] is not None
    assert run(f"{line} --html")[1].startswith("<")
    assert "\\" in run(f"{line} --latex")[1]


def test_explain_takes_a_layer_or_a_file(run, folder):
    """As it is written in Python."""
    code, out, _ = run("explain 'Conv2d(3, 20, kernel_size=8, stride=2, padding=1)' --input 3 32 32")
    assert code == 0
    assert "(20, 14, 14)" in out
    assert "7,850" in run("explain small.txt --input 784")[1]


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("padding --input 32 --output 14 --kernel-size 8 --stride 2", "padding=1"),
        ("padding --input 100 200 --output 100 200 -k 3 7", "padding=(1, 3)"),
        ("kernel --input 32 --output 16 -s 2 -p 1", "kernel_size=3\nkernel_size=4"),
        ("stride --input 224 --output 112 -k 7 -p 3", "stride=2"),
        ("same --input 224 -k 3 -s 2 --convention tensorflow", "padding=((0, 1),)"),
        ("output-padding --input 32 -k 3 -s 2 -p 1", "output_padding=1"),
        ("output-padding --input 32 33 -k 3 -s 2 -p 1", "output_padding=(1, 0)"),
        (
            "conv --input 32 --output 16 -k 1-3",
            "kernel_size=2, stride=2\nkernel_size=3, stride=2, padding=1\nkernel_size=1, stride=2",
        ),
        ("pool --input 11 --output 6 -k 2 -s 2 -p 0 --ceil-mode", "kernel_size=2, ceil_mode=True"),
        ("transpose --input 14 --output 28 -k 4 -p 1", "kernel_size=4, stride=2, padding=1"),
        ("input 'Conv1d(1, 8, kernel_size=8, stride=2, padding=1)' --output 14", "channels=1, sizes=32-33"),
        ("input 'Conv2d(1, 8, kernel_size=3)' --output 1", "channels=1, sizes=3 × 3"),
        ("smallest-input 'Sequential(Conv2d(3, 8, kernel_size=5), MaxPool2d(2))'", "input_size=(3, 6, 6)"),
        ("receptive-field --size 31 --growth 2", "depth=4, kernel_size=3, growth=2"),
    ],
)
def test_solve_prints_answers_as_they_are_written_in_python(run, line, printed):
    """Each on a line of its own, the simplest first."""
    assert run(f"solve {line}") == (0, f"{printed}\n", "")


def test_solve_prints_the_first_answers(run):
    """Ten of them, and how many follow."""
    lines = run("solve conv --input 32 --output 16")[1].splitlines()
    assert len(lines) == 11
    more = int(re.search(r"^… and (\d+) more: --most (\d+)$", lines[-1])[1])
    everything = run(f"solve conv --input 32 --output 16 --most {10 + more}")[1].splitlines()
    assert everything[:10] == lines[:10]
    assert len(everything) == 10 + more


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("padding --input 32 --output 14 -k 8 -s 2", [{"padding": 1}]),
        ("receptive-field --size 5", [{"depth": 2, "kernel_size": 3}]),
        ("input 'Conv1d(1, 8, kernel_size=3, stride=2)' --output 4 --limit 64",
            [{"channels": 1, "sizes": [{"first": 9, "last": 10, "step": 1}]}]),
    ],
)  # fmt: skip
def test_solve_gives_json(run, line, answers):
    """The same for programs."""
    data = json.loads(run(f"solve {line} --json")[1])
    assert data == {"question": line.split()[0], "answers": answers}


def test_ranges_of_inputs_with_gaps_say_their_step(run):
    """Upsampling reaches every fourth size only from every size, pixel unshuffle takes every second one."""
    assert run("solve input 'PixelUnshuffle(2)' --limit 9") == (0, "channels=1, sizes=2-8 by 2 × 2-8 by 2\n", "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cnov 4", "there is no command 'cnov'. Did you mean 'conv'?"),
        ("xyz", "there is no command 'xyz'. Use conv, pool, transpose, explain, solve, summary, receptive-field, diff, "
                "models, train, evaluate, predict, export."),
        ("--versoin", "there is no option '--versoin'. Did you mean '--version'?"),
        ("conv 4 --kernal-size 3", "there is no option '--kernal-size'. Did you mean '--kernel-size'?"),
        ("conv 4 --kernal-size=3", "Did you mean '--kernel-size'?"),
        ("summary cnn3", "there is no network 'cnn3'. Did you mean 'cnn2'?"),
        ("summary resnet", "there is no network 'resnet'."),
        ("train dnese", "there is no network 'dnese'. Did you mean 'dense'?"),
        ("train cnn1 --data mnits", "there is no data set 'mnits'. Did you mean 'mnist'?"),
        ("train cnn1 --epochs 0", "argument --epochs: must be at least 1, not 0. Help: cnn-guide train --help"),
        ("train cnn1 --learning-rate -1", "must be above 0, not -1"),
        ("train ReLU()", "ReLU() is a description, which has no weights to train. Name an nn.Module."),
        ("conv 4", "the following arguments are required: --kernel-size/-k. Help: cnn-guide conv --help"),
        ("conv 4 -k 3 -p full", "must be a number, two as in 0,1, same or valid, not 'full'"),
        ("conv 4 -k 3 -p 1,2,3", "must be a number, two as in 0,1, same or valid, not '1,2,3'"),
        ("conv x -k 3", "argument size: invalid int value: 'x'"),
        ("pool 4 -k 3 -p same", "invalid int value: 'same'"),
        ("summary cnn2 --input 1 32 32", "cnn2: 7: Linear: `in_features` (=800) does not match"),
        ("summary cnn2 --input 0", "`input_size` (=0) must be at least 1."),
        ("summary cnn2 --arg classes", "--arg 'classes' must be a name and a value, such as num_classes=100."),
        ("summary cnn2 --arg widht=3", "cnn2: "),
        ("summary cnn2 --input 1 28 28 --depth 0", "must be at least 1, not 0"),
        ("summary ReLU() --arg a=1", "ReLU() is a description, which takes no --arg."),
        ("summary 'Conv2(3)'", "description: line 1: there is no layer 'Conv2'. Did you mean 'Conv2d'?"),
        ("summary 'Conv2d(1, 2, 3)' --input 2 8 8", "Conv2d: `in_channels` (=1) does not match the 2 channels"),
        ("summary nothing.txt", "there is no file 'nothing.txt'."),
        ("summary some/where", "there is no file 'some/where'."),
        ("explain nothing --input 3", "'nothing' is neither a file nor a layer such as 'Conv2d(1, 16, kernel_size=3)'."),
        ("receptive-field ReLU() --input 1 8 8 --unit 9 9", "ReLU(): "),
        ("diff cnn1 cnn2 --input 3 28 28", "cnn1: 0: Conv2d: `in_channels` (=1) does not match"),
        ("solve", "the following arguments are required: QUESTION"),
        ("solve paddings --input 4", "there is no question 'paddings'. Did you mean 'padding'?"),
        ("solve padding --input 4", "solve padding needs --output. Help: cnn-guide solve --help"),
        ("solve padding ReLU() --input 4 --output 4 -k 3", "solve padding takes no NETWORK."),
        ("solve same --input 4 -k 3 --most 2 --growth 2", "solve same takes no --growth."),
        ("solve smallest-input", "solve smallest-input needs NETWORK."),
        ("solve padding --input 4 --output 4 -k 1-3", "solve padding takes no range for --kernel-size. conv, pool,"),
        ("solve conv --input 4 --output 4 -k 1-x", "must be a number, or a range such as 1-7, not '1-x'"),
        ("solve stride --input 10 --output 100 -k 3", "No `stride` makes 100 out of 10 pixels."),
        ("solve same --input 9 -k 3 --convention keras", "there is no convention 'keras'. Use pytorch, tensorflow."),
    ],
)  # fmt: skip
def test_mistakes_are_answered_with_a_way_out(run, line, words):
    """Exit code 2, a message on stderr, nothing on stdout."""
    code, out, err = run(line)
    assert (code, out) == (2, "")
    assert err.startswith("cnn-guide: ")
    assert words in err
    assert "Traceback" not in err


def test_refused_settings_come_with_possible_ones(run):
    """What the arithmetic refuses is told in its words, with the changes that would do."""
    code, out, err = run("conv 4 --kernel-size 7")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert lines[0].startswith("cnn-guide: `kernel_size` (=7) spans 7 pixels, but the padded input has 4 (4 + 2·0).")
    assert "  Or: padding=2 gives 2" in lines[1:]
    assert run("conv 4 5 6 --kernel-size 3 3")[0] == 2


def test_summary_prints_a_table(run, monkeypatch):
    """A network of the lessons, by its name; as wide as the terminal."""
    monkeypatch.setenv("COLUMNS", "60")
    code, out, _ = run("summary cnn2 --input 1 28 28")
    assert (code, out.splitlines()[0]) == (0, "CNN2 on 1 × 28 × 28")
    assert "57,274" in out
    assert max(map(len, out.splitlines())) <= 60
    assert "MACs" in run("summary cnn2")[1]  # on pictures of the size that it was made for
    assert "MACs" not in run("summary 'Linear(3, 4)'")[1]


def test_summary_has_other_formats(run):
    """JSON comes back as the same summary."""
    line = "summary cnn2 --input 1 28 28 --batch-size 4"
    report = Summary.from_json(run(f"{line} --json")[1])
    assert (report.macs, report.batch_size) == (4 * 707_296, 4)
    assert run(f"{line} --markdown")[1].startswith("**CNN2 on 1 × 28 × 28, batch of 4**")
    assert "<table" in run(f"{line} --html")[1]


def test_summary_folds_layers(run):
    """With --depth, what lies deeper is added up."""
    line = "summary 'Sequential(Sequential(Linear(2, 2), Linear(2, 2)), ReLU())' --input 2"
    rows = json.loads(run(f"{line} --depth 1 --json")[1])["rows"]
    assert [(row["name"], row["params"]) for row in rows] == [("0", 12), ("1", 0)]


def test_networks_come_from_anywhere(run, folder):
    """`package.module:name` is a function, a class or a network, in the current folder too; a file is a description."""
    for reference in ("my_networks:build", "my_networks:described", "small.txt", "./small.txt",
                      "'Sequential(Flatten(), Linear(784, 10))'"):  # fmt: skip
        code, out, err = run(f"summary {reference} --input 1 28 28 --json")
        assert (code, err) == (0, ""), reference
        assert json.loads(out)["total_params"] == 7850, reference


def test_factories_take_arguments(run, folder):
    """Numbers, words and whatever else is a literal."""
    out = run("summary my_networks:build --arg classes=3 --arg name=some-word --json")[1]
    assert json.loads(out)["total_params"] == 3 * 785


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("my_networks:biuld", "there is no name in my_networks 'biuld'. Did you mean 'build'?"),
        ("my_networks:nothing", "must be a description made of `layers` or an nn.Module, not int."),
        ("my_networks:Broken", "missing 1 required positional argument: 'width'"),
        ("my_networks:Picky --arg width=3", "my_networks:Picky: `width` (=3) must be even."),
        ("my_networks:described --arg a=1", "my_networks:described is a Sequential, which takes no --arg."),
        ("no_networks:build", "no_networks:build: No module named 'no_networks'."),
        ("my_broken:build", "No module named 'no_such_library'. What it needs comes with: pip install"),
    ],
)
def test_factories_that_fail_are_named(run, folder, reference, words):
    """The reference, and what is wrong with it."""
    code, _, err = run(f"summary {reference}")
    assert code == 2
    assert words in err


def test_receptive_field_prints_a_table_or_json(run):
    """Of a description or a module."""
    line = "receptive-field 'Sequential(Conv2d(1, 16, kernel_size=3), MaxPool2d(2))' --input 1 28 28"
    code, out, err = run(line)
    assert (code, err) == (0, "")
    assert "MaxPool2d" in out
    assert json.loads(run(f"{line} --json")[1])["size"] == [4, 4]
    assert json.loads(run("receptive-field cnn2 --input 1 28 28 --json")[1])["jump"] == [4, 4]
    assert "<table" in run(f"{line} --html")[1]
    assert run(f"{line} --unit 0 12")[1].splitlines()[-1] == "unit (0, 12) sees 0-3 × 24-27"
    data = json.loads(run(f"{line} --unit 0 12 --json")[1])
    assert (data["region"], data["table"][0]["kind"]) == ([[0, 3], [24, 27]], "Conv2d")
    up = "receptive-field 'Upsample(scale_factor=2)' --input 1 8 8 --json"
    assert json.loads(run(up)[1])["jump"] == ["1/2", "1/2"]


def test_units_that_see_nothing_say_so(run):
    """Padding alone."""
    line = "receptive-field 'Conv1d(1, 1, kernel_size=1, padding=2)' --input 1 4 --unit 0"
    assert run(line)[1].splitlines()[-1] == "unit (0,) sees nothing"


def test_receptive_field_can_be_strict(run):
    """A normalisation over the map sees all of it."""
    line = "receptive-field 'Sequential(Conv2d(1, 4, kernel_size=3), GroupNorm(2, 4))' --input 1 28 28 --json"
    assert json.loads(run(line)[1])["size"] == [3, 3]
    assert json.loads(run(f"{line} --strict")[1])["size"] != [3, 3]


def test_diff_prints_what_changes(run):
    """Two networks on the same input."""
    line = "diff 'Conv2d(3, 8, kernel_size=3)' 'Conv2d(3, 8, kernel_size=5)' --input 3 32 32"
    code, out, _ = run(line)
    assert code == 0
    assert re.search(r"^\+ .*Conv2d +8 × 28 × 28 +608 +470,400$", out, re.M)
    assert json.loads(run(f"{line} --json")[1])["after"]["total_params"] == 608
    assert run(f"{line} --markdown")[1].startswith("**Conv2d on 3 × 32 × 32 → ")
    assert "<table" in run(f"{line} --html")[1]
    assert run("diff cnn1 cnn1")[1].splitlines()[-1] == "Parameters  347,690  as before"


def test_train_prints_epochs_and_the_test(run):
    """One line an epoch, then the accuracy on unseen images with its interval."""
    code, out, err = run("train dense --data digits --epochs 2 --seed 1 --learning-rate 0.002")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith("digits: ")
    assert [line.split(":")[0] for line in lines[1:3]] == ["epoch 1", "epoch 2"]
    assert " interval " in lines[3]
    data = json.loads(run("train dense --data digits --epochs 2 --seed 1 --learning-rate 0.002 --json")[1])
    accuracies = [f"epoch {e['epoch']}: {e['train_accuracy']:.1%} training" for e in data["epochs"]]
    assert [line.split(",")[0] for line in lines[1:3]] == accuracies
    assert data["test"]["total"] == 360


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


@pytest.mark.parametrize("line", ["", "--help", "-h"])
def test_help_names_every_command(run, line):
    """With what each of them does."""
    code, out, _ = run(line)
    assert code == 0
    for name, text in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(text)}$", out, re.M)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_own_help(run, name):
    """What it does, its options and examples; the lines fit the page."""
    code, out, _ = run(f"{name} --help")
    assert code == 0
    assert COMMANDS[name][1:] in out
    assert "--json" in out
    assert len(examples(out)) >= 2
    assert max(map(len, out.splitlines())) <= 90


def test_version_is_the_package_s(run):
    """As everywhere."""
    assert run("--version") == (0, f"cnn-guide {__version__}\n", "")


def examples(help_text: str) -> list[str]:
    """The command lines of the help, without the remarks beside them."""
    lines = re.findall(r"^  cnn-guide (.*)$", help_text, re.M)
    return [re.sub(r" {2,}\(.*\)$", "", line) for line in lines]


TRAINED = ("train", "evaluate", "predict", "export")  # their examples need a trained network, and tests of their own


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in TRAINED])
def test_examples_of_the_help_run(run, name):
    """No example in a help text is out of date."""
    for example in examples(run(f"{name} --help")[1]):
        if "my_" not in example:
            code, out, err = run(example)
            assert (code, err) == (0, ""), example
            assert out, example


def test_every_command_is_on_its_page():
    """The page of the command line runs the help and an example of each command."""
    page = (ROOT / "docs/reference/command_line.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"\n## `{name}`" in page
        assert re.search(rf'cnn_guide\("{name} --help"\)', page)
        assert len(re.findall(rf"cnn_guide\(['\"]+{name} ", page)) >= 2


def program(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A process of its own."""
    settings = {"capture_output": True, "text": True, "cwd": ROOT, "check": False} | options
    return subprocess.run([sys.executable, "-m", "cnn_guide.cli", *words], **settings)  # noqa: PLW1510 - it is in settings


def test_module_runs_as_a_program():
    """`python -m cnn_guide.cli` is the same command, even where the terminal knows ASCII only."""
    done = program("conv", "10", "--kernel-size", "3", encoding="ascii", env={"PYTHONIOENCODING": "ascii"})
    assert done.stdout.splitlines()[0] == "conv_output_size(10, kernel_size=3) = 8"
    assert (done.returncode, done.stderr) == (0, "")


def test_program_ends_with_its_exit_code():
    """2 for a mistake, with the reason on stderr."""
    done = program("conv", "4", "-k", "7", env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("cnn-guide: `kernel_size` (=7)")


@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
def test_a_reader_that_stops_early_is_no_fault():
    """`cnn-guide … | head -1` ends quietly."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = program("solve", "conv", "--input", "32", "--output", "16", stdout=write, stderr=subprocess.PIPE,
                       capture_output=False)  # fmt: skip
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


LIGHT = ["conv 32 -k 8", "pool 9 -k 2", "transpose 9 -k 2", "explain 'Linear(3, 4)' --input 3", "--help", "summary --help",
         "solve padding --input 32 --output 14 -k 8 -s 2", "summary 'Linear(3, 4)' --input 3",
         "diff 'Linear(3, 4)' 'Linear(3, 5)' --input 3", "receptive-field 'Conv1d(1, 1, 3)' --input 1 9"]  # fmt: skip


@pytest.mark.parametrize("line", LIGHT)
def test_commands_without_modules_need_no_torch(line):
    """Descriptions are answered by the standard library alone."""
    code = f"import sys\nfrom cnn_guide.cli import main\ntry:\n  main({shlex.split(line)!r})\nexcept SystemExit: pass\n"
    heavy = "print(*{'torch', 'numpy', 'pandas', 'matplotlib'} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.strip() == ""


def test_descriptions_are_written_as_python_writes_them(run, folder):
    """What is printed can be put into a file."""
    network = layers.Sequential(layers.Conv2d(1, 4, 3), layers.Residual(layers.Conv2d(4, 4, 3, padding=1)))
    (folder / "network.txt").write_text(repr(network))
    assert json.loads(run("summary network.txt --json")[1])["total_params"] == network.parameters
