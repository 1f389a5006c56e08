"""A folder of your own pictures: what is read, how it is split, and that nothing is left out in silence."""

import shutil
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnn_guide import data
from cnn_guide.data.sets.folder_files import Found, split
from cnn_guide.preprocessing import Preprocessing

COLOURS = {"cat": (255, 0, 0), "dog": (0, 255, 0), "owl": (0, 0, 255)}


def save(
    path: Path, colour: object = (255, 0, 0), size: tuple[int, int] = (12, 10), mode: str = "RGB", **options: object
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
    return path


def animals(folder: Path, count: int = 10, classes: tuple[str, ...] = ("cat", "dog")) -> Path:
    for name in classes:
        for number in range(count):
            save(folder / name / f"{number:02}.png", COLOURS[name])
    return folder


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return animals(tmp_path / "pets")


def folder(path: Path, **options: object) -> data.Folder:
    return data.Folder(path, **{"image_size": 8, "batch_size": 4, **options})


def names(pets: data.Folder) -> set[str]:
    return {f"{path.relative_to(pets.path).as_posix()}: {reason}" for path, reason in pets.skipped}


# --- what is read ---


def test_each_folder_is_a_class(pets: Path) -> None:
    animals(pets, classes=("owl",))
    ours = folder(pets)
    assert str(ours) == "pets: not read yet"
    assert ours.classes == ("cat", "dog", "owl")
    assert ours.image_shape == (3, 8, 8)
    for part in (ours.train, ours.val, ours.test):
        for image, label in zip(part.images, part.labels, strict=True):
            colour = torch.tensor(COLOURS[ours.classes[label]]).view(3, 1, 1) / 255
            torch.testing.assert_close(image, colour.expand(3, 8, 8))
    assert [part.labels.bincount().tolist() for part in (ours.train, ours.val, ours.test)] == [
        [7] * 3,
        [1] * 3,
        [2] * 3,
    ]
    assert str(ours) == "pets: 21 training, 3 validation and 6 test images"
    assert ours.skipped == ()


def test_nested_folders_belong_to_their_class_and_hidden_files_to_none(pets: Path) -> None:
    save(pets / "cat" / "wild" / "lynx" / "a.jpeg")
    save(pets / "cat" / "B.JPG")
    (pets / ".git").mkdir()
    save(pets / ".thumbnails" / "cat" / "a.png")
    save(pets / "cat" / ".trash" / "a.png")
    save(pets / "cat" / "._00.png")
    (pets / "cat" / "Thumbs.db").write_bytes(b"x")
    save(pets / "__MACOSX" / "a.png")
    ours = folder(pets)
    assert ours.classes == ("cat", "dog")
    assert sum(len(part) for part in (ours.train, ours.val, ours.test)) == 22
    assert ours.skipped == ()


def test_pictures_of_all_kinds_are_brought_to_one_form(tmp_path: Path) -> None:
    """Greyscale, transparent, turned, large, tiny, high and wide pictures all fit into one batch."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    for name in ("a", "b"):
        place = tmp_path / "mixed" / name
        save(place / "grey.png", 128, mode="L")
        save(place / "clear.png", (0, 0, 0, 0), mode="RGBA")
        save(place / "turned.jpg", (0, 0, 255), exif=exif)
        save(place / "large.jpg", (0, 255, 0), size=(900, 400))
        save(place / "tiny.png", (9, 9, 9), size=(1, 1))
        save(place / "high.png", (255, 255, 0), size=(5, 90))
    ours = folder(tmp_path / "mixed")
    ours.setup()
    assert ours.skipped == ()
    assert next(iter(ours.train_dataloader()))[0].shape == (4, 3, 8, 8)
    grey = folder(tmp_path / "mixed", channels=1)
    assert grey.image_shape == (1, 8, 8)
    values = torch.cat([part.images[:, 0, 4, 4] for part in (grey.train, grey.val, grey.test)]).mul(255).round()
    lumas = {128, 255, 29, 150, 9, 226}  # grey, clear, blue, green, tiny and yellow, by 0.299, 0.587 and 0.114
    assert set(values.long().tolist()) == lumas


def test_turned_photographs_stand_upright(tmp_path: Path) -> None:
    """Blue below, red above, stored lying on the side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = np.zeros((40, 40, 3), np.uint8)
    upright[:20, :, 0] = upright[20:, :, 2] = 255
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(4):
            Image.fromarray(np.rot90(upright, 1)).save(tmp_path / name / f"{number}.png", exif=exif)
    image = folder(tmp_path).train.images[0]
    assert image[:, 0, 4].tolist() == pytest.approx([1, 0, 0], abs=0.01)
    assert image[:, -1, 4].tolist() == pytest.approx([0, 0, 1], abs=0.01)


def test_the_networks_preprocessing_takes_the_place_of_the_size(pets: Path) -> None:
    steps = Preprocessing(resize=12, crop=10, mean=(0.5, 0.5, 0.5), std=(0.5, 0.25, 0.5))
    ours = folder(pets, preprocessing=steps)
    assert ours.image_shape == (3, 10, 10)
    assert ours.preprocessing == steps
    assert 0 <= ours.train.images.min() <= ours.train.images.max() <= 1
    batch, labels = next(iter(ours.val_dataloader()))
    expected = [[1, -2, -1] if label == 0 else [-1, 2, -1] for label in labels]
    torch.testing.assert_close(batch[:, :, 5, 5], torch.tensor(expected, dtype=torch.float32))
    torch.testing.assert_close(ours.val[0][0], batch[0])


def test_what_predict_sees_is_what_training_saw(pets: Path) -> None:
    """Reading and preparing one file gives the data set's image, within half a step of its bytes."""
    noise = np.random.default_rng(0).integers(0, 256, (31, 47, 3), dtype=np.uint8)
    for name in ("cat", "dog"):
        shutil.rmtree(pets / name)
        (pets / name).mkdir()
        for number in range(3):
            Image.fromarray(noise).save(pets / name / f"{number}.png")
    ours = folder(pets)
    prepared = ours.preprocessing(data.read_picture(pets / "cat" / "0.png"))
    assert (ours.test.images[0] - prepared).abs().max() <= 0.5 / 255 + 1e-6


# --- what is not read is named ---


def bomb() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def spoil(pets: Path) -> None:
    whole = save(pets / "cat" / "whole.jpg", size=(300, 300)).read_bytes()
    (pets / "cat" / "cut.jpg").write_bytes(whole[:400])
    (pets / "cat" / "empty.png").write_bytes(b"")
    (pets / "cat" / "text.png").write_text("no picture")
    (pets / "cat" / "bomb.png").write_bytes(bomb())
    (pets / "cat" / "notes.txt").write_text("cats are nice")
    (pets / "labels.csv").write_text("a,b")
    (pets / "dog" / "nowhere.png").symlink_to(pets / "missing.png")


def test_what_cannot_be_used_is_skipped_and_named_with_its_reason(pets: Path) -> None:
    spoil(pets)
    ours = folder(pets)
    with pytest.warns(UserWarning, match=r"^.*/pets: skipped 7 of 28 files: ") as record:
        ours.setup()
    assert len(record) == 1
    message = str(record[0].message)
    assert "labels.csv (it lies outside the classes' folders), cat/notes.txt (its ending is not that of a p" in message
    assert message.endswith("and 2 more. `.skipped` lists them all.")
    found = names(ours)
    assert {
        "cat/empty.png: it is empty",
        "cat/text.png: it is no picture that can be read",
        "cat/notes.txt: its ending is not that of a picture",
        "labels.csv: it lies outside the classes' folders",
        "dog/nowhere.png: it cannot be opened (No such file or directory)",
        "cat/bomb.png: it has far more pixels than the 100,000,000 that are read",
    } < found
    assert any(line.startswith("cat/cut.jpg: it is cut short or damaged (") for line in found)
    assert len(found) == 7
    assert sum(len(part) for part in (ours.train, ours.val, ours.test)) == 21


def test_labels_stay_with_their_pictures_when_some_are_skipped(pets: Path) -> None:
    for number in (0, 3, 4):
        (pets / "cat" / f"{number:02}.png").write_bytes(b"")
    ours = folder(pets)
    with pytest.warns(
        UserWarning, match=r"skipped 3 of 20 files: cat/00.png \(it is empty\), cat/03.png \(it is empty\), cat/04.png"
    ):
        ours.setup()
    for part in (ours.train, ours.val, ours.test):
        red = part.images[:, 0].mean(dim=(1, 2))
        assert torch.equal(red > 0.5, part.labels == 0)
    assert len(ours.train) + len(ours.val) + len(ours.test) == 17


def test_one_picture_that_is_odd_but_whole_gives_no_warning(pets: Path) -> None:
    """Pillow's own remarks, for example on transparency in a palette, do not reach the user."""
    palette = Image.new("P", (12, 10), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.save(pets / "cat" / "odd.png", transparency=bytes([0, 255]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        folder(pets).setup()


# --- what is refused ---


def none(path: Path) -> Path:
    return path / "none"


def a_file(path: Path) -> Path:
    return save(path / "pets.png")


def nothing(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def loose(path: Path) -> Path:
    return save(path / "loose" / "a.png").parent


def single(path: Path) -> Path:
    return animals(path / "single", classes=("cat",))


def hollow(path: Path) -> Path:
    animals(path / "hollow")
    (path / "hollow" / "cow").mkdir()
    return path / "hollow"


def unreadable(path: Path) -> Path:
    animals(path / "unreadable")
    (path / "unreadable" / "cow").mkdir()
    (path / "unreadable" / "cow" / "a.png").write_bytes(b"moo")
    return path / "unreadable"


def few(path: Path) -> Path:
    animals(path / "few")
    save(path / "few" / "cow" / "a.png")
    save(path / "few" / "cow" / "b.png")
    return path / "few"


def strange(path: Path) -> Path:
    animals(path / "strange" / "train")
    animals(path / "strange" / "test", classes=("cat", "owl"))
    return path / "strange"


def twice(path: Path) -> Path:
    animals(path / "twice" / "train")
    animals(path / "twice" / "val")
    animals(path / "twice" / "valid")
    return path / "twice"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (none, FileNotFoundError, r"`path` \(='.*none'\) does not exist"),
        (
            a_file,
            NotADirectoryError,
            r"`path` \(='.*pets.png'\) must be a folder that holds a folder of pictures a class",
        ),
        (nothing, ValueError, r"has no folders\. Put the pictures of each class into a folder of its own; two classes"),
        (loose, ValueError, r"has no folders\. Put the pictures"),
        (single, ValueError, r"has one class alone, 'cat'\. Put the pictures of each class"),
        (hollow, ValueError, r"The class 'cow' has no picture to learn from\. Add some, or remove its folder"),
        (
            unreadable,
            ValueError,
            r"The class 'cow' has no picture to learn from \(a.png: it is no picture that can be re",
        ),
        (few, ValueError, r"The class 'cow' has too few pictures: 2; one a part needs 3\. Add pictures, or sort"),
        (strange, ValueError, r"has the folder test/owl, but the training has no class of that name"),
        (twice, ValueError, r"has two folders for one part: train, val, valid"),
    ],
)
def test_folders_that_are_no_data_set_are_refused(
    tmp_path: Path, make: object, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        folder(make(tmp_path)).setup()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": 0}, r"`resize` \(=0\)"),
        ({"channels": 2}, r"`channels` \(=2\) must be 1 \(grey\) or 3"),
        ({"val_share": 0}, r"`val_share` \(=0\) must lie above 0 and below 0.5"),
        ({"test_share": 0.5}, r"`test_share` \(=0.5\) must lie above 0 and below 0.5"),
        ({"preprocessing": Preprocessing(resize=8)}, r"gives pictures of different sizes\. Let it crop, or resize to"),
        ({"batch_size": -1}, r"`batch_size` \(=-1\) must be at least 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_once(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        data.Folder("nowhere", **options)


def test_more_pictures_than_memory_are_refused_before_they_are_read(pets: Path) -> None:
    with pytest.raises(
        ValueError, match=r"20 pictures of 3 × 8 × 8 take 3,840 bytes, more than `memory` \(=3,839\)\. Take a s"
    ):
        folder(pets, memory=3839).setup()
    folder(pets, memory=3840).setup()


# --- the parts ---


@pytest.fixture
def spread(tmp_path: Path) -> Path:
    """Twenty pictures of two classes that all differ."""
    for at, name in enumerate(("cat", "dog")):
        for number in range(20):
            save(tmp_path / "spread" / name / f"{number:02}.png", (at * 100, number * 10, 0))
    return tmp_path / "spread"


def numbers(part: data.TensorSet) -> set[tuple[int, int]]:
    return {
        (int(label), round(float(image[1, 4, 4]) * 25.5)) for image, label in zip(part.images, part.labels, strict=True)
    }


def test_the_parts_are_disjoint_and_repeat_with_the_seed(spread: Path) -> None:
    first, again, other = folder(spread), folder(spread), folder(spread, seed=1)
    parts = [numbers(part) for part in (first.train, first.val, first.test)]
    assert [len(part) for part in parts] == [28, 4, 8]
    assert set.union(*parts) == {(label, number) for label in range(2) for number in range(20)}
    assert [numbers(part) for part in (again.train, again.val, again.test)] == parts
    assert numbers(other.test) != parts[2]


def test_the_split_is_pinned(tmp_path: Path) -> None:
    """A split that changed with a version would leak pictures of the test into a training that is taken up."""
    files = [
        Found(tmp_path / name / f"{number}.jpg", label, None) for label, name in enumerate("ab") for number in range(10)
    ]
    parts = split(files, tmp_path, seed=0, shares={"val": 0.1, "test": 0.2})
    held_back = {f"{found.path.parent.name}{found.path.stem}": part for found, part in zip(files, parts, strict=True)}
    expected = {"a0": "val", "a4": "test", "a7": "test", "b6": "val", "b8": "test", "b9": "test"}
    assert {name: part for name, part in held_back.items() if part != "train"} == expected


def test_few_pictures_change_parts_when_one_is_added(spread: Path) -> None:
    before = folder(spread)
    before.setup()
    save(spread / "cat" / "new.png", (0, 250, 0))
    after = folder(spread)
    assert len(numbers(before.test) - numbers(after.test)) <= 1
    assert {pair for pair in numbers(before.test) if pair[0] == 1} == {
        pair for pair in numbers(after.test) if pair[0] == 1
    }


def test_parts_that_are_given_stay_as_they_are(tmp_path: Path) -> None:
    for part, count in (("Training", 6), ("valid", 2), ("test", 3)):
        animals(tmp_path / part, count)
    ours = folder(tmp_path)
    assert [len(part) for part in (ours.train, ours.val, ours.test)] == [12, 4, 6]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"train": 10}, [14, 2, 4]),
        ({"train": 10, "test": 5}, [18, 2, 10]),
        ({"train": 10, "val": 3}, [16, 6, 4]),
        ({"train": 10, "val": 3, "test": 5}, [20, 6, 10]),
    ],
)
def test_parts_that_are_missing_are_drawn_from_the_training(
    tmp_path: Path, parts: dict[str, int], expected: list[int]
) -> None:
    for part, count in parts.items():
        animals(tmp_path / part, count)
    ours = folder(tmp_path)
    assert [len(part) for part in (ours.train, ours.val, ours.test)] == expected


def test_a_class_called_train_among_others_is_a_class(tmp_path: Path) -> None:
    for name in ("train", "car", "test"):
        for number in range(5):
            save(tmp_path / name / f"{number}.png")
    assert folder(tmp_path).classes == ("car", "test", "train")


# --- made by name ---


def test_a_recipe_makes_the_same_folder_again(pets: Path) -> None:
    steps = Preprocessing(resize=(9, 7), mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    for options in ({"channels": 1, "image_size": 6}, {"preprocessing": steps}):
        first = folder(pets, seed=3, augmentation=data.Augmentation(flip=True), **options)
        recipe = first.recipe
        again = data.create(recipe["name"], **recipe["options"])
        assert again.recipe == recipe
        assert again.preprocessing == first.preprocessing
        assert torch.equal(again.train.images, first.train.images)
