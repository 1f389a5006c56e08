"""Predictions: every picture gets its guesses, and what is no picture gets its reason."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from cnn_guide import models, training
from cnn_guide.preprocessing import Preprocessing

GREY = Preprocessing(channels=1, resize=(4, 4))


class Brightness(nn.Module):
    """Tells dark from bright pictures by their mean; notes how many it is shown at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[tuple[int, ...]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.batches.append(tuple(images.shape))
        mean = images.mean(dim=(1, 2, 3))
        return 8 * torch.stack([0.5 - mean, mean - 0.5], dim=1)


def ready(preprocessing: Preprocessing | None = GREY, **options: object) -> SimpleNamespace:
    return SimpleNamespace(
        **{"model": Brightness(), "classes": ("dark", "bright"), "preprocessing": preprocessing, **options}
    )


def picture(path: Path, brightness: int, size: tuple[int, int] = (6, 6)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (brightness,) * 3).save(path)
    return path


def first_guesses(said: training.Predictions) -> list[str]:
    return [each.guesses[0].name for each in said]


def test_files_are_predicted_in_their_order(tmp_path: Path) -> None:
    """Paths as text or as Path, one or several."""
    night, day = picture(tmp_path / "night.png", 20), picture(tmp_path / "day.jpg", 230)
    said = training.predict(ready(), [str(day), night, str(day)])
    assert first_guesses(said) == ["bright", "dark", "bright"]
    assert [each.source for each in said] == [str(day), str(night), str(day)]
    assert said.unreadable == ()
    assert first_guesses(training.predict(ready(), night)) == ["dark"]


def test_a_prediction_is_what_the_network_says(tmp_path: Path) -> None:
    """The softmax of its logits for the picture as Pillow reads it and the preprocessing makes it."""
    torch.manual_seed(0)
    network = models.create("cnn2").eval()
    path = tmp_path / "noise.png"
    Image.fromarray(torch.randint(0, 256, (40, 30), dtype=torch.uint8).numpy()).save(path)
    prepare = Preprocessing(channels=1, resize=(28, 28))
    with torch.no_grad():
        expected = network(prepare(Image.open(path)).unsqueeze(0)).softmax(dim=1)[0]
    (said,) = training.predict(network, path, k=10, preprocessing=prepare)
    assert {guess.name: guess.probability for guess in said.guesses} == {
        str(index): pytest.approx(value, abs=1e-6) for index, value in enumerate(expected.tolist())
    }
    shares = [guess.probability for guess in said.guesses]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)


def test_folders_are_searched_with_all_that_is_in_them(tmp_path: Path) -> None:
    """Sorted, endings in any case; what is no picture by its name is passed over."""
    for name in ("b.PNG", "a/deep/er.jpg", "a/c.webp"):
        picture(tmp_path / name, 200)
    (tmp_path / "notes.txt").write_text("not a picture")
    said = training.predict(ready(), tmp_path)
    assert [each.source for each in said] == [str(tmp_path / name) for name in ("a/c.webp", "a/deep/er.jpg", "b.PNG")]
    assert said.unreadable == ()


def test_what_cannot_be_read_is_named_and_the_rest_predicted(tmp_path: Path) -> None:
    """A missing file, an empty one, one cut short, one that is no picture, and a folder without pictures."""
    good = picture(tmp_path / "good.png", 200)
    whole = picture(tmp_path / "cut.png", 90, size=(64, 64)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "letter.png").write_text("Dear reader")
    (tmp_path / "hollow").mkdir()
    names = ["missing.png", "cut.png", "empty.png", "letter.png", "hollow"]
    said = training.predict(ready(), [*(tmp_path / name for name in names), good])
    assert [each.source for each in said] == [str(good)]
    assert {each.source for each in said.unreadable} == {str(tmp_path / name) for name in names}
    reasons = {Path(each.source).name: each.reason for each in said.unreadable}
    assert reasons["missing.png"] == "No such file or directory"
    assert "empty" in reasons["empty.png"]
    assert reasons["hollow"].startswith("The folder holds no pictures (.bmp, ")
    assert all(reasons.values())


def test_bytes_and_standard_input_are_pictures_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a web server or a pipe has at hand."""
    content = picture(tmp_path / "day.png", 250).read_bytes()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    said = training.predict(ready(), ["-", content, b"nothing"])
    assert [(each.source, each.guesses[0].name) for each in said] == [("-", "bright"), ("bytes", "bright")]
    assert [each.source for each in said.unreadable] == ["bytes"]


def test_dark_digits_on_white_paper_can_be_inverted(tmp_path: Path) -> None:
    """Digit networks have learnt bright ink on black."""
    path = picture(tmp_path / "paper.png", 240)
    assert first_guesses(training.predict(ready(), path, invert=True)) == ["dark"]
    (plain,), (inverted,) = (
        training.predict(ready(), picture(tmp_path / "x.png", 255 * it), invert=bool(it)) for it in (0, 1)
    )
    assert plain.guesses == inverted.guesses


def test_pictures_of_one_size_are_shown_together(tmp_path: Path) -> None:
    """Thirty-two at a time; a network for any size sees each size on its own."""
    for index in range(40):
        picture(tmp_path / f"{index:02}.png", 200)
    resized, whole = ready(), ready(Preprocessing(channels=1))
    training.predict(resized, tmp_path)
    assert resized.model.batches == [(32, 1, 4, 4), (8, 1, 4, 4)]
    sizes = [picture(tmp_path / "wide.png", 9, (8, 6)), picture(tmp_path / "also.png", 9, (8, 6)), tmp_path / "00.png"]
    assert len(training.predict(whole, sizes)) == 3
    assert whole.model.batches == [(2, 1, 6, 8), (1, 1, 6, 6)]


def test_a_picture_that_cannot_be_prepared_is_unreadable(tmp_path: Path) -> None:
    """A crop larger than the picture, for example."""
    small, large = picture(tmp_path / "small.png", 9, (6, 6)), picture(tmp_path / "large.png", 9, (9, 9))
    said = training.predict(ready(Preprocessing(channels=1, crop=8)), [small, large])
    assert [each.source for each in said] == [str(large)]
    assert [each.source for each in said.unreadable] == [str(small)]
    assert "crop" in said.unreadable[0].reason


def test_one_output_names_both_classes(tmp_path: Path) -> None:
    """The sigmoid of one logit, and the rest."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 1))
    nn.init.zeros_(model[1].weight)
    nn.init.constant_(model[1].bias, 2.0)
    (said,) = training.predict(model, picture(tmp_path / "a.png", 1), classes=["other", "car"], preprocessing=GREY)
    assert [guess.name for guess in said.guesses] == ["car", "other"]
    assert said.guesses[0].probability == pytest.approx(torch.tensor(2.0).sigmoid().item())


def test_a_network_carries_its_own_names_and_preprocessing(tmp_path: Path) -> None:
    """As one with published weights does; no more guesses than classes are given."""
    model = Brightness()
    vars(model).update(classes=("night", "day"), preprocessing=GREY)
    (said,) = training.predict(model, picture(tmp_path / "a.png", 200), k=99)
    assert [guess.name for guess in said.guesses] == ["day", "night"]
    (said,) = training.predict(model, picture(tmp_path / "a.png", 200), k=1, classes=["0", "1"])
    assert said.guesses[0].name == "1"


def test_the_network_is_left_as_it_was(tmp_path: Path) -> None:
    """In training mode, for example."""
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, 2)).train()
    path = picture(tmp_path / "a.png", 200)
    first, second = (training.predict(model, path, preprocessing=GREY) for _ in range(2))
    assert first == second  # without dropout
    assert model.training


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"k": 0}, r"`k` \(=0\) must be at least 1"),
        ({"preprocessing": None}, "`preprocessing` is not known for this network. Say how its pictures were prepared"),
        ({"classes": ["a"]}, r"`classes` \(length 1\) must name each of the network's 2 classes"),
    ],
)
def test_what_cannot_be_predicted_is_refused(options: dict[str, object], words: str, tmp_path: Path) -> None:
    """Each with the argument, its value and the rule."""
    given = {"preprocessing": GREY, **options}
    with pytest.raises(ValueError, match=words):
        training.predict(Brightness(), picture(tmp_path / "a.png", 200), **given)


def test_predictions_are_a_table_and_a_record(tmp_path: Path) -> None:
    """A row a guess, the picture named in its first; JSON for programs."""
    path = picture(tmp_path / "día.png", 255)
    said = training.predict(ready(), [path, tmp_path / "missing.png"], k=2)
    lines = said.to_text(200).splitlines()
    assert lines[0] == "1 picture, 1 unreadable"
    assert lines[2].split() == ["Picture", "Guess", "Probability"]
    assert lines[4].split() == [str(path), "bright", "100.0%"]
    assert lines[5].split() == ["dark", "0.0%"]
    assert str(said).splitlines()[0] == lines[0]
    assert said._repr_html_().count("<tr>") == 3
    record = json.loads(said.to_json())
    assert record == said.to_dict()
    assert record["predictions"][0]["source"] == str(path)
    assert record["predictions"][0]["guesses"][0] == {"class": "bright", "probability": pytest.approx(1, abs=1e-3)}
    assert record["unreadable"] == [{"source": str(tmp_path / "missing.png"), "reason": "No such file or directory"}]
