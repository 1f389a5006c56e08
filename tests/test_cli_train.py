"""`cnn-guide train`: short words and Lightning's mix, files round-trip, and slips are answered in one line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cnn_guide import training
from cnn_guide.cli import main
from cnn_guide.cli.train import split
from cnn_guide.training.lightning_cli import Training

FAST = ["--data.batch_size=500", "--epochs", "1", "--accelerator", "cpu"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The exit code, what is printed, and what is complained of, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        try:
            code = main(["train", *words])
        except SystemExit as stop:  # of argparse, after it has printed what was asked for
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return call


def test_short_words_and_lightnings_say_the_same(run: Any, tmp_path: Path) -> None:
    """Today's words are translated; both ways end in the same weights, and nothing is written unasked."""
    short = run("dense", *FAST, "--learning-rate", "0.01", "--seed", "3", "--json")
    long = ["--model.learning_rate=0.01", "--model.seed=3", "--data.seed=3", "--data=cnn_guide.data.Digits"]
    same = run("--model.network", "dense", *long, "--data.image_size", "28", *FAST, "--json")
    assert short[0] == same[0] == 0
    assert json.loads(short[1])["epochs"] == json.loads(same[1])["epochs"]
    assert short[2] == same[2] == ""
    assert list(tmp_path.iterdir()) == []


def test_a_saved_configuration_does_the_run_again(run: Any, tmp_path: Path) -> None:
    """The folder's YAML alone is enough; a word on the command line wins over it, wherever it stands."""
    first = json.loads(run("cnn1", *FAST, "--optimizer", "sgd", "--learning-rate=0.1", "--folder=a", "--json")[1])
    config = str(tmp_path / "a" / "config.yaml")
    again = json.loads(run("--config", config, "--folder=b", "--json")[1])
    other = json.loads(run("--learning-rate=0.2", "--folder=c", "--json", "--config", config)[1])
    assert again["epochs"] == first["epochs"] != other["epochs"]
    assert training.load(tmp_path / "b").model.options == {"num_classes": 10, "in_channels": 1}


def test_the_configuration_of_fit_is_read_by_the_command(run: Any, tmp_path: Path) -> None:
    """What was trained in Python is trained again from the command line."""
    from cnn_guide import data

    images = data.Digits(batch_size=500, image_size=28)
    fit = training.fit("dense", images, epochs=1, accelerator="cpu", schedule="cosine", folder=tmp_path / "a")
    code, out, err = run("--config=a/config.yaml", "--folder=b", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["epochs"] == [epoch._asdict() for epoch in fit.history]


def test_the_printed_configuration_is_complete_and_reads_nothing(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting with its value, as a file to begin with; no data are there to be read."""
    monkeypatch.setenv("CNN_GUIDE_DATA", "/nowhere")
    for printing in ("--print-config", "--print_config"):
        code, out, _ = run("cnn2", "--data", "mnist", "--model.warmup", "0.5", "--freeze", "0.*", printing)
        assert code == 0
        for line in (
            "  network: cnn2",
            "  warmup: 0.5",
            "  - 0.*",
            "  class_path: cnn_guide.data.MNIST",
            "  max_epochs: 5",
        ):
            assert f"\n{line}\n" in out, line


def test_a_run_goes_on_and_says_when_it_is_finished(run: Any) -> None:
    """--resume where there is a run, and where there is none."""
    words = ("dense", *FAST, "--folder", "run")
    assert "before" not in run(*words, "--resume")[1]
    code, _, err = run(*words)
    assert (code, "Pass resume=True (--resume)" in err) == (2, True)
    assert "run is finished: nothing was left to do. To go on, ask for more epochs." in run(*words, "--resume")[1]
    assert "Epochs 1 to 1 were done before." in run(*words, "--resume", "--epochs", "2")[1]


def test_the_checks_before_a_training(run: Any) -> None:
    """One batch by heart, the learning rates, and where the time goes."""
    assert re.search(
        r"^One batch, 100 times: the loss falls from 2\.\d+ to 0\.\d+\.$", run("dense", "--overfit-one-batch")[1]
    )
    assert json.loads(run("dense", "--overfit-one-batch", "--json")[1])["losses"][0] == pytest.approx(2.3, abs=0.1)
    assert re.search(r"^Suggested: \d\.\de-\d\d$", run("dense", "--find-learning-rate")[1], re.M)
    code, out, err = run("dense", *FAST, "--profile")
    assert (code, "training_step" in err, "training_step" in out) == (0, True, False)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("dnese", "there is no network 'dnese'. Did you mean 'dense'?"),
        ("dense --data mnits", "argument --data: there is no data set 'mnits'. Did you mean 'mnist'? Help: cnn-guide"),
        ("dense --epocs 3", "there is no option '--epocs'. Did you mean '--epochs'?"),
        (
            "dense --optimizer adan",
            "`optimizer` (='adan') must be one of adam, adamw, sgd, rmsprop. Did you mean 'adam'?",
        ),
        ("dense --schedule cos", "`schedule` (='cos') must be one of constant, cosine, step, one_cycle."),
        (
            "dense --model.learning_rte 3",
            "There is no option '--model.learning_rte'. Did you mean '--model.learning_rate'?",
        ),
        ("dense --model.warmup x", "--model.warmup: expected float, not 'x'."),
        ("dense --trainer.max_steps x", "--trainer.max_steps: expected int, not 'x'."),
        ("dense --data.image_size 9", "`image_size` (=9) must be one of (8, 28)"),
        (
            "dense --data.batch_sze 9",
            "--data: Problem with given class_path 'cnn_guide.data.Digits': Option 'batch_sze'",
        ),
        ("dense --config missing.yaml", "--config: File does not exist: "),
        ("dense --accelerator abacus", "You selected an invalid accelerator name: `accelerator='abacus'`"),
        ("dense --arg num_classes=3", "outputs have the shape (64, 3), but the images have 10 classes"),
        ("dense --weights nothing.ckpt", "There is no checkpoint 'nothing.ckpt'."),
        ("--data digits", "the following arguments are required: model.network."),
        ("dense --patience 0", "argument --patience: must be at least 1, not 0."),
        ("dense --strategy fsdp --devices 2 --accelerator cpu", "The strategy `fsdp` requires a GPU accelerator"),
        ("cnn_guide.models:crete", "`network` (='cnn_guide.models:crete') is not to be found"),
    ],
)
def test_slips_are_answered_in_a_line(run: Any, words: str, answer: str) -> None:
    """Exit code 2, no traceback, nothing written."""
    code, _, err = run(*words.split())
    assert code == 2
    assert err.startswith("cnn-guide: ")
    assert answer in err
    assert "Traceback" not in err
    assert list(Path().iterdir()) == []


def test_a_wrong_file_is_answered_too(run: Any) -> None:
    """With the option that was meant."""
    Path("bad.yaml").write_text("model: {network: dense, learning_rat: 3}\n", encoding="utf-8")
    assert (
        "There is no option '--model.learning_rat'. Did you mean '--model.learning_rate'?"
        in run("--config=bad.yaml")[2]
    )
    Path("broken.yaml").write_text("model: {network: [dense\n", encoding="utf-8")
    assert "Problems parsing config" in run("--config=broken.yaml")[2]


def test_words_are_parted() -> None:
    """Options with a dot are Lightning's, each with its value."""
    assert split(["cnn2", "--a.b", "1", "--json", "--c.d=2", "--print_config", "--config", "x"]) == (
        ["cnn2", "--json"],
        ["--a.b", "1", "--c.d=2", "--print_config", "--config", "x"],
    )


def test_factories_and_options_of_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function of the user's own, and arguments of a named network."""
    own = Training(["--model.network=torch.nn:Identity", "--data=cnn_guide.data.Digits"])
    assert own.model.description == {"name": "torch.nn:Identity", "options": {}}
    named = Training(["--model.network=dense", "--model.options.num_classes=3", "--data=cnn_guide.data.Digits"])
    assert named.model.description["options"] == {"num_classes": 3}
