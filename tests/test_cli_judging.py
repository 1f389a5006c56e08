"""`cnn-guide evaluate` and `cnn-guide predict`: what they print, write and refuse, and their exit codes."""

import io
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from cnn_guide import data, models, training
from cnn_guide.cli import main

Command = Callable[[str], tuple[int, str, str]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short training on the built-in digits."""
    folder = tmp_path_factory.mktemp("runs") / "dense"
    torch.manual_seed(0)
    digits = data.Digits(image_size=28)
    training.fit(models.create("dense"), digits, epochs=3, folder=folder, progress=False)
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command line; give its exit code, stdout and stderr."""

    def command(line: str) -> tuple[int, str, str]:
        try:
            code = main(shlex.split(line))
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


@pytest.fixture
def digit(tmp_path: Path) -> Path:
    """A test image as a file."""
    path = tmp_path / "digit.png"
    image = data.Digits(image_size=28).test.images[0, 0]
    Image.fromarray((255 * image).round().byte().numpy()).save(path)
    return path


# --- evaluate ---


def test_a_run_is_judged_on_the_test_images_of_its_training(run: Command, trained: Path) -> None:
    """The report is that of `training.evaluate`."""
    code, out, err = run(f"evaluate {trained}")
    found = training.evaluate(training.load(trained).model, data.Digits(image_size=28))
    assert (code, err) == (0, "")
    assert out == f"{found}\n"
    assert found.accuracy > 0.6


def test_json_says_what_was_judged(run: Command, trained: Path) -> None:
    """The record of the evaluation, and network, epoch, data and part before it."""
    _, out, _ = run(f"evaluate {trained / 'last.ckpt'} --part val --json")
    record = json.loads(out)
    assert {name: record[name] for name in ("network", "epoch", "data", "part")} == {
        **{"network": "dense", "epoch": 3, "data": "digits", "part": "val"}
    }
    found = training.evaluate(training.load(trained / "last.ckpt").model, data.Digits(image_size=28).val)
    assert record["accuracy"] == found.accuracy
    assert record["total"] == 144


def test_other_formats_and_all_parts(run: Command, trained: Path) -> None:
    """Tables for pages, and every image of the set."""
    assert "| 0 | 178 |" in run(f"evaluate {trained} --part all --markdown")[1]
    assert run(f"evaluate {trained} --html --data digits")[1].startswith('<div class="cnn-table"')


@pytest.mark.parametrize(
    ("name", "begin"), [("report.svg", b"<?xml"), ("report.png", b"\x89PNG"), ("report.pdf", b"%PDF")]
)
def test_a_picture_is_written(run: Command, trained: Path, tmp_path: Path, name: str, begin: bytes) -> None:
    """Its ending says the format; an SVG follows its viewer, unless it is to be dark."""
    path = tmp_path / name
    assert run(f"evaluate {trained} --picture {path}")[0] == 0
    assert path.read_bytes().startswith(begin)
    if name.endswith(".svg"):
        assert "prefers-color-scheme: dark" in path.read_text()
        run(f"evaluate {trained} --picture {path} --dark")
        assert "prefers-color-scheme" not in path.read_text()


def test_a_folder_of_pictures_can_be_judged(run: Command, tmp_path: Path) -> None:
    """The classes are those of its folders, and must be those of the network."""
    for name, brightness in (("dark", 20), ("bright", 230)):
        for index in range(20):
            path = tmp_path / "pictures" / name / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (28, 28), brightness + index).save(path)
    pictures = data.Folder(tmp_path / "pictures", image_size=28, channels=1, batch_size=8)
    torch.manual_seed(0)
    network = models.create("dense", num_classes=2)
    training.fit(network, pictures, epochs=3, folder=tmp_path / "run", progress=False)
    code, out, _ = run(f"evaluate {tmp_path / 'run'} --data {tmp_path / 'pictures'} --part all --json")
    assert code == 0
    assert (json.loads(out)["total"], json.loads(out)["classes"]) == (40, ["bright", "dark"])
    (tmp_path / "pictures" / "dark").rename(tmp_path / "pictures" / "dim")
    code, out, err = run(f"evaluate {tmp_path / 'run'} --data {tmp_path / 'pictures'}")
    assert (code, out) == (2, "")
    assert "the network tells bright, dark apart, and pictures shows bright, dim" in err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("evaluate cnn2", "cnn2 is the name of a network, which has not learnt yet. Give a checkpoint."),
        ("evaluate runs/missing", "There is no checkpoint 'runs/missing'"),
        ("evaluate {run} --data cifar10", "the network tells 0, 1, 2 and 7 more apart, and CIFAR-10 shows airplane"),
        ("evaluate {run} --data digit", "there is no data set 'digit'. Did you mean 'digits'?"),
        ("evaluate {run} --part tests", "there is no part 'tests'. Did you mean 'test'?"),
        ("evaluate {run} --picture report.gif", "there is no kind of picture '.gif'. Use .svg, .png, .pdf."),
        ("evaluate {run} --picture nowhere/report.svg", "there is no folder 'nowhere' for the picture."),
        ("predict {run}/no.ckpt a.png", "There is no checkpoint"),
        ("predict resnet19 a.png", "there is no network 'resnet19'. Did you mean 'resnet18'?"),
        ("predict resnet18 --weights IMAGENET a.png", "`weights` (='IMAGENET') are none of resnet18's"),
        (
            "predict {run} --weights IMAGENET1K_V1 a.png",
            "is a checkpoint with weights of its own: leave --weights out.",
        ),
        ("predict cnn2 a.png", "nobody has published weights of cnn2"),
        ("predict {run} --top 0 a.png", "must be at least 1, not 0"),
        ("predict {run}", "the following arguments are required: PICTURE"),
    ],
)
def test_what_cannot_be_done_is_refused(run: Command, trained: Path, line: str, words: str) -> None:
    """Exit code 2, the reason on stderr, and nothing on stdout."""
    code, out, err = run(line.format(run=trained))
    assert (code, out) == (2, "")
    assert err.startswith("cnn-guide: ")
    assert words in err


def test_a_damaged_checkpoint_is_refused(run: Command, trained: Path, tmp_path: Path) -> None:
    """It is named, without a traceback."""
    content = (trained / "best.ckpt").read_bytes()
    (tmp_path / "cut.ckpt").write_bytes(content[: len(content) // 2])
    code, _, err = run(f"evaluate {tmp_path / 'cut.ckpt'}")
    assert code == 2
    assert "cut.ckpt" in err
    assert "damaged" in err


# --- predict ---


def test_pictures_are_predicted_by_a_run(run: Command, trained: Path, digit: Path) -> None:
    """The table of `training.predict`."""
    code, out, err = run(f"predict {trained} {digit} --top 2")
    assert (code, err) == (0, "")
    assert out == f"{training.predict(training.load(trained), digit, k=2)}\n"


def test_a_digit_that_was_learnt_is_read_from_its_file(run: Command, trained: Path, digit: Path) -> None:
    """The picture's own guess is the one for the tensor that it was made of."""
    model, images = training.load(trained).model, data.Digits(image_size=28).test
    with torch.no_grad():
        expected = model(images.images[:1]).softmax(dim=1)[0]
    (prediction,) = json.loads(run(f"predict {trained} {digit} --json --top 10")[1])["predictions"]
    assert prediction["guesses"][0]["class"] == str(expected.argmax().item())
    assert prediction["guesses"][0]["probability"] == pytest.approx(expected.max().item(), abs=0.01)  # rounded to bytes


def test_a_picture_can_come_through_a_pipe(
    run: Command, trained: Path, digit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """- is standard input."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(digit.read_bytes())))
    piped = json.loads(run(f"predict {trained} - --json")[1])["predictions"][0]
    direct = json.loads(run(f"predict {trained} {digit} --json")[1])["predictions"][0]
    assert piped["source"] == "-"
    assert piped["guesses"] == direct["guesses"]


def test_dark_ink_on_white_paper_is_inverted(run: Command, trained: Path, digit: Path, tmp_path: Path) -> None:
    """The guesses are those of the bright digit on black."""
    paper = tmp_path / "paper.png"
    Image.open(digit).point(lambda value: 255 - value).save(paper)
    plain, inverted = (
        json.loads(run(f"predict {trained} {words} --json")[1]) for words in (digit, f"{paper} --invert")
    )
    assert inverted["predictions"][0]["guesses"] == plain["predictions"][0]["guesses"]


@pytest.mark.parametrize("form", ["", " --json"])
def test_unreadable_pictures_are_named_and_the_exit_code_is_1(
    run: Command, trained: Path, digit: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The readable one is predicted; the others are named on stderr, and in JSON."""
    monkeypatch.setenv("COLUMNS", "300")  # whole paths
    (tmp_path / "letter.png").write_text("Dear reader")
    code, out, err = run(f"predict {trained} {tmp_path} {tmp_path / 'missing.png'}{form}")
    assert code == 1
    named = [line.split(": ")[1] for line in err.splitlines()]
    assert named == [str(tmp_path / "letter.png"), str(tmp_path / "missing.png")]
    assert str(digit) in out
    if form:
        assert [each["source"] for each in json.loads(out)["unreadable"]] == named


def test_a_published_network_predicts_with_its_own_names(
    run: Command, digit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its weights are fetched (here from a file of random ones); no option is needed."""
    torch.manual_seed(0)
    torch.save(models.create("squeezenet1_1").state_dict(), tmp_path / "weights.pth")
    monkeypatch.setattr("cnn_guide.models.loading.fetched", lambda entry, progress: tmp_path / "weights.pth")
    code, out, _ = run(f"predict squeezenet1_1 {digit} --json --top 5")
    assert code == 0
    guesses = json.loads(out)["predictions"][0]["guesses"]
    assert len(guesses) == 5
    assert {each["class"] for each in guesses} <= set(models.published.imagenet_classes())


def test_a_file_of_weights_alone_does_not_say_what_pictures_are_to_be(
    run: Command, digit: Path, tmp_path: Path
) -> None:
    """The way out is a checkpoint, which does."""
    torch.save(models.create("cnn2").state_dict(), tmp_path / "weights.pth")
    code, _, err = run(f"predict cnn2 --weights {tmp_path / 'weights.pth'} {digit}")
    assert code == 2
    assert "`preprocessing` is not known for this network" in err
