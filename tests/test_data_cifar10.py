"""CIFAR-10 and cars: every form in which they lie on a disk gives the same pictures; damage is named."""

import gzip
import hashlib
import io
import pickle
import shutil
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnn_guide import data
from cnn_guide.data.sets import cifar10_files
from cnn_guide.data.sources import CIFAR10_SOURCE, CIFAR_CLASSES, CifarSource

RECORDS = 40  # pictures in each of the six files
STEP = 17
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Pictures of one colour each, (240, 3, 32, 32), and labels; four of each class in each file.

    The colours differ by STEP at least, so that JPEG does not blur which is which.
    """
    random = np.random.default_rng(0)
    levels = np.stack(np.meshgrid(*[np.arange(0, 256, STEP)] * 3), axis=-1).reshape(-1, 3, 1, 1)
    colours = random.permutation(levels)[: 6 * RECORDS].astype(np.uint8)
    labels = np.concatenate([random.permutation(RECORDS) % 10 for _ in range(6)])
    return np.broadcast_to(colours, (6 * RECORDS, 3, 32, 32)).copy(), labels


def binary_files() -> dict[str, bytes]:
    """Write the authors' format down a second time: a label, then the red, the green and the blue values."""
    images, labels = pictures()
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    files = {}
    for at, name in enumerate(names):
        rows = range(at * RECORDS, (at + 1) * RECORDS)
        files[name] = b"".join(bytes([labels[row]]) + images[row].tobytes() for row in rows)
    return files


def jpeg_files() -> dict[str, bytes]:
    images, labels = pictures()
    files = {}
    for row, (image, label) in enumerate(zip(images, labels, strict=True)):
        stream = io.BytesIO()
        Image.fromarray(image.transpose(1, 2, 0)).save(stream, "JPEG", quality=100, subsampling=0)
        part = "train" if row < 5 * RECORDS else "test"
        files[f"{part}/{CLASSES[label]}/{row:04}.jpg"] = stream.getvalue()
    return files


def packed(files: dict[str, bytes], form: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{form}") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


ARCHIVE = packed({f"cifar-10-batches-bin/{name}": content for name, content in binary_files().items()}, "gz")
SOURCE = CifarSource(urls=(), sha256=hashlib.sha256(ARCHIVE).hexdigest(), size=len(ARCHIVE), records=RECORDS)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNN_GUIDE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(data.CIFAR10, "source", SOURCE)
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def lay_out(root: Path, form: str) -> None:
    match form:
        case "binary archive":
            write(root, {"cifar-10-binary.tar.gz": ARCHIVE})
        case "binary archive in its folder":
            write(root / "cifar10", {"cifar-10-binary.tar.gz": ARCHIVE})
        case "binary folder":
            write(root / "cifar10" / "cifar-10-batches-bin", binary_files())
        case "jpeg archive":
            write(root, {"cifar10-jpeg.tar.xz": packed(jpeg_files(), "xz")})
        case "jpeg folder":
            write(root / "cifar10-jpeg", jpeg_files())
        case "jpeg folder named as the set":
            write(root / "cifar10", jpeg_files())


FORMS = ["binary archive", "binary archive in its folder", "binary folder", "jpeg archive", "jpeg folder",
         "jpeg folder named as the set"]  # fmt: skip


def small(**options: object) -> data.CIFAR10:
    cifar = data.CIFAR10(**{"download": False, **{name: value for name, value in options.items() if name != "source"}})
    cifar.source = options.get("source", SOURCE)
    return cifar


def everything(parts: data.ImageData) -> dict[tuple[int, ...], int]:
    """Colour → label of all pictures of all parts."""
    found = {}
    for part in (parts.train, parts.val, parts.test):
        for image, label in zip(part.images, part.labels, strict=True):
            found[tuple((image.mean(dim=(1, 2)) * 255 / STEP).round().long().tolist())] = int(label)
    return found


# --- the forms ---


@pytest.mark.parametrize("form", FORMS)
def test_each_form_holds_the_same_pictures(root: Path, form: str) -> None:
    lay_out(root, form)
    assert data.inventory.stored(SOURCE)
    cifar = small()
    assert str(cifar) == "CIFAR-10: not read yet"
    assert (len(cifar.train), len(cifar.val), len(cifar.test)) == (180, 20, 40)
    assert cifar.classes == CLASSES == CIFAR_CLASSES
    assert cifar.train.images.shape == (180, 3, 32, 32)
    assert cifar.test.labels.bincount().tolist() == [4] * 10
    images, labels = pictures()
    expected = {tuple(image[:, 0, 0] // STEP): label for image, label in zip(images, labels, strict=True)}
    assert everything(cifar) == expected


def test_the_authors_form_is_preferred_and_either_can_be_asked_for(root: Path) -> None:
    lay_out(root, "jpeg folder")
    with pytest.raises(FileNotFoundError, match="CIFAR-10 is not in"):
        small(form="binary").prepare_data()
    lay_out(root, "binary archive")
    assert data.inventory.stored(SOURCE).path.name == "cifar-10-binary.tar.gz"
    assert data.inventory.stored(SOURCE, "jpeg").path.name == "cifar10-jpeg"
    assert len(small(form="jpeg").train) == 180


# --- finding and fetching ---


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    write(tmp_path / "server", {"cifar-10-binary.tar.gz": ARCHIVE, "damaged.tar.gz": ARCHIVE[:-100] + bytes(100)})

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    service = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "server")))
    threading.Thread(target=service.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{service.server_port}"
    service.shutdown()
    service.server_close()


def test_a_missing_archive_is_fetched_from_the_first_address_that_has_it(root: Path, server: str) -> None:
    urls = (f"{server}/nowhere.tar.gz", f"{server}/damaged.tar.gz", f"{server}/cifar-10-binary.tar.gz")
    source = replace(SOURCE, urls=urls)
    assert len(small(source=source, download=True).train) == 180
    assert (root / "cifar10" / "cifar-10-binary.tar.gz").read_bytes() == ARCHIVE
    assert len(small().train) == 180  # again, with nowhere to fetch from


def test_without_an_address_the_error_lists_the_reasons_and_the_way_out(root: Path, server: str) -> None:
    source = replace(SOURCE, urls=(f"{server}/nowhere.tar.gz", f"{server}/damaged.tar.gz"))
    with pytest.raises(data.DownloadError) as error:
        small(source=source, download=True).prepare_data()
    message = str(error.value)
    assert message.startswith("No address delivered cifar-10-binary.tar.gz.")
    assert "the server answers 404" in message
    assert "SHA-256" in message
    assert f"CIFAR-10 is not in {root}" in message
    assert "Put cifar-10-binary.tar.gz or cifar10-jpeg.tar.xz there, or set CNN_GUIDE_DATA" in message
    assert "download=True" not in message
    assert not (root / "cifar10" / "cifar-10-binary.tar.gz").exists()


@pytest.mark.parametrize("options", [{"download": False}, {"form": "jpeg", "download": True}])
def test_where_nothing_may_be_fetched_the_error_says_how(root: Path, options: dict[str, object]) -> None:
    with pytest.raises(FileNotFoundError, match=r'or pass download=True and form="auto"\.'):
        small(**options).prepare_data()
    with pytest.raises(FileNotFoundError, match=r"CIFAR-10 is not in"):
        small(**options).setup()


def test_several_threads_may_be_the_first_at_once(root: Path, server: str) -> None:
    source = replace(SOURCE, urls=(f"{server}/cifar-10-binary.tar.gz",))
    sizes: list[int] = []
    threads = [
        threading.Thread(target=lambda: sizes.append(len(small(source=source, download=True).train))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [180] * 4


# --- damage ---


def test_an_archive_cut_short_is_missing(root: Path) -> None:
    write(root, {"cifar-10-binary.tar.gz": ARCHIVE[:-1]})
    assert data.inventory.stored(SOURCE) is None


def with_label(content: bytes, label: int) -> bytes:
    return bytes([label]) + content[1:]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"data_batch_3.bin": binary_files()["data_batch_3.bin"][:-1]},
            r"data_batch_3.bin is missing or not 122,920 b",
        ),
        ({"test_batch.bin": b""}, "test_batch.bin is missing or not 122,920 bytes long"),
        (
            {"data_batch_1.bin": with_label(binary_files()["data_batch_1.bin"], 10)},
            "it holds the label 10; there are 10 cl",
        ),
    ],
)
def test_a_damaged_binary_file_is_named(root: Path, files: dict[str, bytes], words: str) -> None:
    contents = {f"cifar-10-batches-bin/{name}": content for name, content in {**binary_files(), **files}.items()}
    archive = packed(contents, "gz")
    write(root, {"cifar-10-binary.tar.gz": archive})
    with pytest.raises(ValueError, match=rf"{root}/cifar-10-binary.tar.gz is damaged: .*{words}.* Delete it"):
        small(source=replace(SOURCE, size=len(archive))).setup()


def test_an_archive_that_is_none_is_named(root: Path) -> None:
    for content in (bytes(len(ARCHIVE)), gzip.compress(bytes(1000))):
        write(root, {"cifar-10-binary.tar.gz": content})
        with pytest.raises(ValueError, match=r"cifar-10-binary\.tar\.gz is damaged"):
            small(source=replace(SOURCE, size=len(content))).setup()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files.pop("train/" + next(name for name in files if name.startswith("train"))[6:]), "it holds 199 train pictures, expected 200"),
        (lambda files: files.update({next(iter(files)): b"nonsense"}), "cannot identify image file"),
        (lambda files: files.update({"train/tank/0.jpg": files.pop(next(iter(files)))}), "there is no class 'tank'"),
        (lambda files: files.update({next(iter(files)): tiny_jpeg()}), r"has the shape \(8, 8, 3\), expected \(32, 32, 3\)"),
    ],
    ids=["missing", "no picture", "class", "size"],
)  # fmt: skip
def test_damaged_pictures_are_named(root: Path, change: object, words: str) -> None:
    files = jpeg_files()
    change(files)
    write(root, {"cifar10-jpeg.tar.xz": packed(files, "xz")})
    with pytest.raises(ValueError, match=rf"cifar10-jpeg\.tar\.xz is damaged: .*{words}"):
        small().setup()
    assert not list(root.rglob("*.part"))


def tiny_jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG")
    return stream.getvalue()


def test_nothing_is_unpickled(root: Path) -> None:
    """The Python version of CIFAR-10 is pickles, which run what they like when read: it is not touched."""

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (root / "sprung",)

    write(root, {"cifar-10-batches-py/data_batch_1": pickle.dumps(Trap())})
    write(root, {"cifar-10-python.tar.gz": packed({"cifar-10-batches-py/data_batch_1": pickle.dumps(Trap())}, "gz")})
    with pytest.raises(FileNotFoundError):
        small().prepare_data()
    assert not (root / "sprung").exists()


# --- decoded once ---


def decoded_files(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.rglob("*decoded-*.bin"))


@pytest.mark.parametrize("form", ["jpeg archive", "jpeg folder"])
def test_pictures_are_decoded_once(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    lay_out(root, form)
    first = small()
    first.setup()
    assert len(decoded_files(tmp_path)) == 1
    monkeypatch.setattr(cifar10_files, "_decoded", lambda *_: pytest.fail("decoded again"))
    again = small()
    assert torch.equal(again.train.images, first.train.images)
    assert torch.equal(again.train.labels, first.train.labels)


def test_other_pictures_are_decoded_anew_and_a_broken_cache_is_not_believed(root: Path, tmp_path: Path) -> None:
    lay_out(root, "jpeg archive")
    first = small().test.images
    cache = decoded_files(tmp_path)[0]
    cache.write_bytes(cache.read_bytes()[:-1])
    assert torch.equal(small().test.images, first)
    files = dict(zip(jpeg_files(), reversed(jpeg_files().values()), strict=True))
    write(root, {"cifar10-jpeg.tar.xz": packed(files, "xz")})
    assert not torch.equal(small().test.images, first)
    assert len(decoded_files(tmp_path)) == 2


def test_threads_that_decode_at_once_leave_one_whole_file(root: Path, tmp_path: Path) -> None:
    lay_out(root, "jpeg archive")
    sums: list[float] = []
    threads = [threading.Thread(target=lambda: sums.append(float(small().train.images.sum()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(sums)) == 1
    assert len(sums) == 4
    assert [path.stat().st_size for path in decoded_files(tmp_path)] == [6 * RECORDS * 3073]
    assert not list(tmp_path.rglob("*.part"))


def test_a_full_disk_does_not_stop_the_reading(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    lay_out(root, "jpeg archive")
    monkeypatch.setattr(Path, "replace", full)
    assert len(small().train) == 180
    assert decoded_files(tmp_path) == []
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_marked_as_read_only_is_left_alone(root: Path, tmp_path: Path) -> None:
    lay_out(root, "jpeg archive")
    root.chmod(0o555)
    try:
        small().setup()
        assert [path.name for path in root.iterdir()] == ["cifar10-jpeg.tar.xz"]
    finally:
        root.chmod(0o755)


# --- classes ---


def test_classes_can_be_left_out_and_the_others_are_numbered_from_0(root: Path) -> None:
    lay_out(root, "binary archive")
    whole, nine = small(seed=5), small(seed=5, without="automobile")
    assert nine.classes == tuple(name for name in CLASSES if name != "automobile")
    assert nine.test.labels.bincount().tolist() == [4] * 9
    for part in ("train", "val", "test"):
        kept = getattr(whole, part).labels != 1
        assert torch.equal(getattr(nine, part).images, getattr(whole, part).images[kept])
        names = [CLASSES[label] for label in getattr(whole, part).labels[kept]]
        assert [nine.classes[label] for label in getattr(nine, part).labels] == names


def test_classes_can_be_chosen_in_an_order(root: Path) -> None:
    lay_out(root, "binary archive")
    two = small(only=("dog", "cat"))
    assert two.classes == ("dog", "cat")
    cats = {colour for colour, label in everything(small()).items() if label == 3}
    assert {colour for colour, label in everything(two).items() if label == 1} == cats


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"without": "car"}, r"`without` \(='car'\) must name classes of CIFAR-10: airplane, automobile, "),
        ({"only": ["cat", "cow"]}, r"`only` \(='cow'\) must name classes"),
        ({"only": "cat"}, r"At least two classes, each once, must be left; these are: cat"),
        ({"only": ("cat", "cat")}, r"At least two classes, each once"),
        ({"without": CLASSES}, r"At least two classes, each once, must be left; these are: none"),
        ({"only": ("cat", "dog"), "without": "cat"}, r"exclude each other"),
        ({"form": "png"}, r"`form` \(='png'\) must be one of auto, binary, jpeg"),
        ({"batch_size": 0}, r"`batch_size` \(=0\) must be at least 1"),
    ],
)
def test_choices_that_make_no_sense_are_refused_at_once(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        data.CIFAR10(**options)


# --- cars ---


def cars(**options: object) -> data.Cars:
    return data.Cars(**{"download": False, **options})


def test_cars_are_1_and_the_rest_0(root: Path) -> None:
    lay_out(root, "binary archive")
    ours, whole = cars(), small()
    assert ours.classes == ("other", "car")
    for part in ("train", "val", "test"):
        assert torch.equal(getattr(ours, part).labels, (getattr(whole, part).labels == 1).long())
        assert torch.equal(getattr(ours, part).images, getattr(whole, part).images)


def test_few_labelled_pictures_are_half_cars_and_nested(root: Path) -> None:
    lay_out(root, "binary archive")
    sets = {}
    for labelled in (2, 9, 20):
        train = cars(labelled=labelled).train
        assert train.labels.bincount().tolist() == [labelled - labelled // 2, labelled // 2]
        sets[labelled] = {image.numpy().tobytes() for image in train.images[:, :, 0, 0]}
    assert sets[2] < sets[9] < sets[20]
    assert len(cars(labelled=2).val) == 20
    assert not torch.equal(cars(labelled=9, seed=1).train.images, cars(labelled=9).train.images)


def test_balanced_others_are_as_many_as_cars_in_each_part(root: Path) -> None:
    lay_out(root, "binary archive")
    even = cars(others="balanced")
    for part in (even.train, even.val, even.test):
        assert part.labels.bincount().tolist() == [part.labels.sum()] * 2
    assert len(even.test) == 8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labelled": 1}, r"`labelled` \(=1\) must be at least 2: a car, and something else"),
        ({"others": "few"}, r"`others` \(='few'\) must be one of all, balanced"),
    ],
)
def test_settings_of_cars_that_make_no_sense_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        data.Cars(**options)


def test_more_labelled_pictures_than_there_are_cannot_be_had(root: Path) -> None:
    lay_out(root, "binary archive")
    with pytest.raises(
        ValueError, match=r"`labelled` \(=100\) asks for 50 pictures of the class 'car'; there are \d+ to train"
    ):
        cars(labelled=100).setup()


# --- what is on the disk ---


def test_available_and_fingerprint_know_every_form(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnn_guide.data.inventory._SOURCES", {"cifar10": SOURCE, "cars": SOURCE})
    assert not data.available("cifar10")
    prints = [data.fingerprint()]
    for form in FORMS:
        lay_out(root, form)
        assert data.available("cifar10")
        assert data.available("cars")
        prints.append(data.fingerprint())
        assert data.fingerprint() == prints[-1]
        shutil.rmtree(root)
        root.mkdir()
    assert prints[1] == prints[2]  # the same archive, in another place
    assert len(set(prints)) == len(prints) - 1
    assert data.fingerprint() == prints[0]


def test_changed_pictures_change_the_fingerprint(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnn_guide.data.inventory._SOURCES", {"cifar10": SOURCE})
    lay_out(root, "jpeg folder")
    before = data.fingerprint()
    next((root / "cifar10-jpeg").rglob("*.jpg")).write_bytes(tiny_jpeg())
    assert data.fingerprint() != before


# --- the real pictures, where they are ---


@pytest.fixture(scope="module")
def real() -> data.CIFAR10:
    if not data.available("cifar10"):
        pytest.skip("CIFAR-10 is not in CNN_GUIDE_DATA or the cache folder; nothing is downloaded")
    return data.CIFAR10(download=False)


def test_cifar10_holds_what_its_author_says(real: data.CIFAR10) -> None:
    assert str(real) == "CIFAR-10: not read yet"
    assert (len(real.train), len(real.val), len(real.test)) == (45_000, 5_000, 10_000)
    assert real.test.labels.bincount().tolist() == [1000] * 10
    assert (real.train.labels.bincount() + real.val.labels.bincount()).tolist() == [5000] * 10
    means = real.val.images.mean(dim=(0, 2, 3)).tolist()
    assert means == pytest.approx([0.4914, 0.4822, 0.4465], abs=0.01)  # the usual constants, here from 5,000 pictures


def test_a_tenth_of_cifar10_is_cars(real: data.CIFAR10) -> None:
    parts = data.Cars(download=False, others="balanced")
    assert parts.test.labels.bincount().tolist() == [1000, 1000]


def test_the_sources_are_those_of_their_authors() -> None:
    """Sums and sizes as TensorFlow Datasets gives them: url_checksums/cifar10.txt."""
    assert CIFAR10_SOURCE.urls[0] == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    assert CIFAR10_SOURCE.sha256 == "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
    assert CIFAR10_SOURCE.size == 170_052_171
    assert CIFAR10_SOURCE.file_size == 30_730_000  # 10,000 records of 3,073 bytes
