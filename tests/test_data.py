"""Data sets: what the parts hold, how files are read, found and fetched, and what is said of damaged ones."""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnn_guide import data
from cnn_guide.data.inventory import locate
from cnn_guide.data.parts import Parts
from cnn_guide.data.sets import idx
from cnn_guide.data.sources import FASHION_MNIST_SOURCE, MNIST_SOURCE, IdxFile, IdxSource


def as_idx(array: np.ndarray) -> bytes:
    """Write the format down a second time, independently of the parser."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


# --- the format ---


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, max_side=5)))
def test_what_is_written_is_read(array: np.ndarray) -> None:
    np.testing.assert_array_equal(idx.parse(as_idx(array)), array)


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, max_side=5)), st.data())
def test_a_file_cut_anywhere_is_refused(array: np.ndarray, draw: st.DataObject) -> None:
    content = as_idx(array)
    with pytest.raises(ValueError, match=r"it must start with|it needs \d+ bytes, and has \d+"):
        idx.parse(content[: draw.draw(st.integers(0, len(content) - 1))])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x1f\x8b\x08\x00", "must start with two zero bytes"),
        (bytes([0, 0, 0x0D, 1, 0, 0, 0, 1]), "type 0x0d; only unsigned bytes"),
        (as_idx(np.zeros((2, 3))) + b"!", r"the shape \(2, 3\) it needs 18 bytes, and has 19"),
        (b"", "must start with two zero bytes"),
    ],
)
def test_a_file_in_another_format_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        idx.parse(content)


# --- a small data set like MNIST, on the disk and on a server ---


def arrays_like_mnist() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    shapes = [(20, 4, 4), (20,), (10, 4, 4), (10,)]
    return [random.integers(0, 256 if len(shape) == 3 else 10, shape, dtype=np.uint8) for shape in shapes]


def describe(mirrors: tuple[str, ...] = ()) -> IdxSource:
    files = [
        IdxFile(f"file-{number}", array.shape, hashlib.sha256(as_idx(array)).hexdigest())
        for number, array in enumerate(arrays_like_mnist())
    ]
    return IdxSource("small", mirrors, *files)


def of(kind: type[data.MNIST], source: IdxSource, **options: object) -> data.MNIST:
    """A data set like MNIST, of other files."""
    return type("Small", (kind,), {"source": source})(**options)


def write(folder: Path, *, packed: bool) -> None:
    folder.mkdir(parents=True)
    for number, array in enumerate(arrays_like_mnist()):
        if packed:
            (folder / f"file-{number}.gz").write_bytes(gzip.compress(as_idx(array), mtime=number))
        else:
            (folder / f"file-{number}").write_bytes(as_idx(array))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNN_GUIDE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "data"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A server that holds the four packed files."""
    write(tmp_path / "server", packed=True)
    handler = partial(QuietHandler, directory=str(tmp_path / "server"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("packed", [True, False])
def test_files_are_read_packed_or_not(root: Path, packed: bool) -> None:
    write(root / "small", packed=packed)
    small = of(data.MNIST, batch_size=4, source=describe(), download=False)
    images, labels, test_images, test_labels = arrays_like_mnist()
    assert (len(small.train), len(small.val), len(small.test)) == (18, 2, 10)
    torch.testing.assert_close(small.test.images, torch.tensor(test_images[:, None] / 255, dtype=torch.float32))
    assert small.test.labels.tolist() == test_labels.tolist()
    both = torch.cat([small.train.labels, small.val.labels])
    assert sorted(both.tolist()) == sorted(labels.tolist())
    assert torch.cat([small.train.images, small.val.images]).sum().item() == pytest.approx(images.sum() / 255)


def test_missing_files_are_downloaded_once(root: Path, mirror: str) -> None:
    first = of(data.MNIST, source=describe((mirror,)))
    first.prepare_data()
    assert sorted(path.name for path in (root / "small").iterdir()) == [f"file-{n}.gz" for n in range(4)]
    again = of(data.MNIST, source=describe(()), download=False)  # nowhere to fetch from
    assert torch.equal(first.test.images, again.test.images)


def test_the_next_mirror_is_asked_when_one_fails(root: Path, mirror: str) -> None:
    assert len(of(data.MNIST, source=describe((f"{mirror}nowhere/", mirror))).test) == 10


def test_without_any_mirror_the_error_lists_the_reasons_and_the_way_out(root: Path, mirror: str) -> None:
    with pytest.raises(data.DownloadError) as error:
        of(data.MNIST, source=describe((f"{mirror}a/", f"{mirror}b/"))).prepare_data()
    message = str(error.value)
    assert message.startswith("No mirror delivered file-0.gz.")
    assert "a/file-0.gz: the server answers 404" in message
    assert "b/file-0.gz: the server answers 404" in message
    assert f"Put the files into {root / 'small'}, or set CNN_GUIDE_DATA" in message
    assert list((root / "small").iterdir()) == []


def test_a_mirror_with_other_content_is_refused(root: Path, mirror: str) -> None:
    source = describe((mirror,))
    source = replace(source, test_labels=replace(source.test_labels, sha256="0" * 64))
    with pytest.raises(data.DownloadError, match=f"expected {'0' * 64}"):
        of(data.MNIST, source=source).prepare_data()
    assert not (root / "small" / "file-3.gz").exists()


def test_without_a_download_the_error_names_what_is_missing(root: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"lacks file-0\.gz, .*Digits\(\) needs no files.*download=True"):
        of(data.MNIST, source=describe(), download=False).train  # noqa: B018


def test_a_file_cut_short_counts_as_missing_and_is_replaced(root: Path, mirror: str) -> None:
    write(root / "small", packed=True)
    file = root / "small" / "file-1.gz"
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    with pytest.raises(FileNotFoundError, match=r"lacks file-1\.gz"):
        of(data.MNIST, source=describe(), download=False).train  # noqa: B018
    assert len(of(data.MNIST, source=describe((mirror,))).train) == 18
    assert file.read_bytes() == whole


@pytest.mark.parametrize("packed", [True, False])
def test_a_damaged_file_is_named_with_the_way_out(root: Path, packed: bool) -> None:
    write(root / "small", packed=packed)
    file = next((root / "small").glob("file-0*"))
    content = bytearray(file.read_bytes())
    content[2 if not packed else len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(ValueError, match=f"{file} is damaged: .* Delete it, and it will be downloaded again"):
        of(data.MNIST, source=describe(), download=False).train  # noqa: B018


def test_a_file_of_another_shape_is_damaged(root: Path) -> None:
    write(root / "small", packed=False)
    (root / "small" / "file-0").write_bytes(as_idx(arrays_like_mnist()[0].reshape(20, 2, 8)))
    with pytest.raises(ValueError, match=r"its shape is \(20, 2, 8\), expected \(20, 4, 4\)"):
        of(data.MNIST, source=describe(), download=False).train  # noqa: B018


# --- the folder ---


def test_the_folder_is_the_users_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CNN_GUIDE_DATA", str(tmp_path))
    assert data.root() == tmp_path


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "{cache}/cnn-guide"),
        ("linux", None, "{home}/.cache/cnn-guide"),
        ("darwin", None, "{home}/Library/Caches/cnn-guide"),
        ("win32", "LOCALAPPDATA", "{cache}/cnn-guide"),
        ("win32", None, "{home}/AppData/Local/cnn-guide"),
    ],
)
def test_otherwise_it_lies_in_the_platforms_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, variable: str | None, expected: str
) -> None:
    for name in ("CNN_GUIDE_DATA", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    assert data.root() == Path(expected.format(cache=tmp_path, home=Path.home()))


def test_available_and_fingerprint_follow_the_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnn_guide.data.inventory._SOURCES", {"small": describe()})
    assert data.available("digits")
    assert not data.available("small")
    nothing = data.fingerprint()
    write(root / "small", packed=True)
    assert data.available("small")
    packed = data.fingerprint()
    for number, array in enumerate(arrays_like_mnist()):
        (root / "small" / f"file-{number}.gz").unlink()
        (root / "small" / f"file-{number}").write_bytes(as_idx(array))
    assert data.fingerprint() == packed != nothing
    (root / "small" / "file-1").write_bytes(as_idx(arrays_like_mnist()[1][::-1]))
    assert data.fingerprint() not in (packed, nothing)
    (root / "small" / "file-1").unlink()
    assert not data.available("small")
    assert data.fingerprint() == nothing


def test_an_unreadable_file_is_not_available(root: Path) -> None:
    file = describe().train_labels
    (root / file.name).mkdir(parents=True)  # a folder in its place
    (root / f"{file.name}.gz").write_bytes(b"abc")
    assert locate(file, root) is None


def test_an_unknown_data_set_is_refused_by_name() -> None:
    with pytest.raises(
        ValueError, match=r"`name` \(='minst'\) must be one of digits, mnist, .* Did you mean 'mnist'\?"
    ):
        data.available("minst")


def test_asking_for_the_files_loads_neither_torch_nor_numpy_and_is_quick() -> None:
    program = (
        "import sys, time; from cnn_guide import data; start = time.perf_counter();"
        "data.available('mnist'); data.fingerprint(); seconds = time.perf_counter() - start;"
        "assert not {'torch', 'numpy', 'pytorch_lightning'} & set(sys.modules), 'heavy import';"
        "assert seconds < 0.5, seconds; data.TensorSet; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# --- the sets ---


def test_labels_must_match_images() -> None:
    with pytest.raises(ValueError, match=r"`labels` \(length 2\) must hold one label for each of the 3 images"):
        data.TensorSet(torch.zeros(3, 1, 2, 2), torch.zeros(2))


@given(count=st.integers(1, 30), batch_size=st.integers(1, 40), seed=st.none() | st.integers(0, 9))
def test_batches_hold_each_image_once_and_are_counted(count: int, batch_size: int, seed: int | None) -> None:
    numbered = data.TensorSet(torch.arange(count).reshape(-1, 1, 1, 1).float(), torch.arange(count))
    loader = data.BatchLoader(numbered, batch_size, shuffle_seed=seed)
    batches = list(loader)
    assert len(batches) == len(loader)
    assert sorted(torch.cat([labels for _, labels in batches]).tolist()) == list(range(count))
    assert all(torch.equal(images.flatten().long(), labels) for images, labels in batches)


def test_a_batch_needs_an_image() -> None:
    with pytest.raises(ValueError, match=r"`batch_size` \(=0\) must be at least 1"):
        data.BatchLoader(data.TensorSet(torch.zeros(1, 1, 1, 1), torch.zeros(1)), 0)


def order(loader: data.BatchLoader) -> list[int]:
    return torch.cat([labels for _, labels in loader]).tolist()


def test_shuffles_differ_between_passes_and_repeat_with_the_seed() -> None:
    digits = data.Digits(seed=3)
    loader = digits.train_dataloader()
    passes = [order(loader), order(loader)]
    assert passes[0] != passes[1]
    again = digits.train_dataloader()
    assert [order(again), order(again)] == passes
    assert order(digits.train_dataloader(seed=4)) != passes[0]
    assert order(digits.val_dataloader()) == digits.val.labels.tolist()
    assert order(digits.test_dataloader()) == digits.test.labels.tolist()


@pytest.mark.parametrize("image_size", [8, 28])
def test_digits_are_split_by_class_without_a_common_image(image_size: int) -> None:
    digits = data.Digits(image_size=image_size)
    assert digits.name == "digits"
    assert digits.classes == tuple("0123456789")
    parts = (digits.train, digits.val, digits.test)
    assert sum(map(len, parts)) == 1797
    assert len(digits.test) == 360
    assert all(part.images.dtype == torch.float32 and part.labels.dtype == torch.int64 for part in parts)
    assert all(part.images.min() >= 0 and part.images.max() <= 1 for part in parts)
    assert all(part.images.shape[1:] == (1, image_size, image_size) for part in parts)
    assert digits.test.labels.bincount().tolist() == pytest.approx([36] * 10, abs=2)
    assert digits.train.labels.bincount(minlength=10).min() > 100
    images = torch.cat([part.images for part in parts]).flatten(1)
    assert len(images.unique(dim=0)) == 1797


def test_digits_repeat_with_the_seed() -> None:
    assert torch.equal(data.Digits(seed=1).train.images, data.Digits(seed=1).train.images)
    assert not torch.equal(data.Digits(seed=1).train.images, data.Digits(seed=2).train.images)


def test_enlarged_digits_have_mnists_empty_border() -> None:
    images = data.Digits(image_size=28).test.images.clone()
    assert images[:, :, 4:24, 4:24].sum() == images.sum() > 0


def test_digits_come_in_two_sizes() -> None:
    with pytest.raises(ValueError, match=r"`image_size` \(=32\) must be one of \(8, 28\)"):
        data.Digits(image_size=32)


def test_the_digits_stand_in_where_mnist_is_not(root: Path) -> None:
    stand_in = data.mnist_or_digits(batch_size=32)
    assert stand_in.name == "digits"
    assert stand_in.batch_size == 32
    assert str(stand_in) == "digits: 1293 training, 144 validation and 360 test images"


# --- by name ---


def test_every_name_has_a_class_that_is_made_without_reading_anything(root: Path) -> None:
    classes = {name: data.create(name, **({"path": "nowhere"} if name == "folder" else {})) for name in data.names()}
    assert list(classes) == ["digits", "mnist", "fashion_mnist", "cifar10", "cars", "folder"]
    assert all(isinstance(made, data.ImageData) for made in classes.values())
    assert all(str(made).endswith(": not read yet") for made in classes.values())
    assert not root.exists()
    shapes = [made.image_shape for made in classes.values()]
    assert shapes == [(1, 8, 8), (1, 28, 28), (1, 28, 28), (3, 32, 32), (3, 32, 32), (3, 64, 64)]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("digits", {"image_size": 28, "seed": 4}),
        ("mnist", {"batch_size": 7}),
        ("fashion_mnist", {"augmentation": {"shift": 2, "erasing": 0.5}}),
        ("cifar10", {"without": ["cat", "dog"], "form": "jpeg"}),
        ("cars", {"labelled": 50, "others": "balanced"}),
        ("folder", {"path": "pets", "image_size": 32, "channels": 1, "val_share": 0.2}),
    ],
)
def test_a_recipe_is_plain_and_makes_the_same_module_again(name: str, options: dict[str, object]) -> None:
    first = data.create(name, **options)
    recipe = json.loads(json.dumps(first.recipe))
    again = data.create(recipe["name"], **recipe["options"])
    assert type(again) is type(first)
    assert again.recipe == first.recipe
    assert (again.batch_size, again.seed, again.augmentation) == (first.batch_size, first.seed, first.augmentation)
    assert again.preprocessing == first.preprocessing
    assert name == "folder" or again.classes == first.classes


def test_images_given_as_tensors_have_no_recipe() -> None:
    few = data.TensorSet(torch.zeros(10, 1, 2, 2), torch.zeros(10))
    assert data.ImageData("few", ("a", "b"), few, few).recipe is None


@pytest.mark.parametrize(
    ("name", "options", "error", "words"),
    [
        ("minst", {}, ValueError, r"There is no data set 'minst'; these are: digits, mnist, .*Did you mean 'mnist'\?"),
        ("xyz", {}, ValueError, r"There is no data set 'xyz'; these are: [a-z0-9_, ]+\.$"),
        ("digits", {"imagesize": 28}, TypeError, r"digits has no option 'imagesize'; .* Did you mean 'image_size'\?"),
        ("folder", {}, TypeError, "folder needs the option `path`"),
        ("mnist", {"augmentation": {"shft": 1}}, ValueError, "`augmentation` has no step 'shft'"),
    ],
)
def test_slips_are_answered_by_what_was_meant(
    name: str, options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        data.create(name, **options)


def test_a_module_of_ones_own_reads_when_asked() -> None:
    class Squares(data.ImageData):
        readings = 0

        def read(self) -> Parts:
            self.readings += 1
            return Parts(*[data.TensorSet(torch.zeros(4, 1, 2, 2), torch.arange(4))] * 3)

    squares = Squares("squares", ("a", "b"), image_shape=(1, 2, 2))
    assert squares.readings == 0
    assert len(squares.train) == len(squares.val) == len(squares.test) == 4
    squares.setup("fit")
    assert squares.readings == 1
    assert squares.preprocessing.resize == (2, 2)
    with pytest.raises(NotImplementedError, match="Empty was made without images, so it must override `read`"):
        type("Empty", (data.ImageData,), {})("empty", (), image_shape=(1, 2, 2)).setup()
    with pytest.raises(TypeError, match="`training_images` is missing; a data module that reads them itself needs `im"):
        data.ImageData("nothing", ())


def test_several_threads_may_be_the_first_at_once(root: Path, mirror: str) -> None:
    """Downloads by several processes are tested with `files.download`, which does them."""
    sums: list[float] = []
    source = describe((mirror,))
    jobs = [
        threading.Thread(target=lambda: sums.append(float(of(data.MNIST, source=source).train.images.sum())))
        for _ in range(4)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert len(sums) == 4
    assert len(set(sums)) == 1
    assert sorted(path.name for path in (root / "small").iterdir()) == [f"file-{n}.gz" for n in range(4)]


# --- the sources ---


def test_the_sources_are_those_of_their_authors() -> None:
    """Sums of the packed files as TensorFlow Datasets gives them (url_checksums/fashion_mnist.txt), shapes as MNIST's."""
    assert [file.sha256[:12] for file in FASHION_MNIST_SOURCE] == [
        "3aede38d6186", "a04f17134ac0", "346e55b948d9", "67da17c76eaf",
    ]  # fmt: skip
    for mnist, fashion in zip(MNIST_SOURCE, FASHION_MNIST_SOURCE, strict=True):
        assert (fashion.name, fashion.shape) == (mnist.name, mnist.shape)
        assert (mnist.packed, fashion.packed) == (False, True)
        assert len(mnist.sha256) == len(fashion.sha256) == 64


def test_sums_of_packed_files_are_checked_too(root: Path, tmp_path: Path, mirror: str) -> None:
    """Fashion-MNIST's published sums are those of the gzip files."""

    def with_sum_of_the_packed(file: IdxFile) -> IdxFile:
        packed = (tmp_path / "server" / f"{file.name}.gz").read_bytes()
        return replace(file, sha256=hashlib.sha256(packed).hexdigest(), packed=True)

    source = IdxSource("small", (mirror,), *map(with_sum_of_the_packed, describe()))
    assert len(of(data.FashionMNIST, source=source).train) == 18
    shutil.rmtree(root / "small")
    wrong = replace(source, train_labels=replace(source.train_labels, sha256="0" * 64))
    with pytest.raises(data.DownloadError, match="expected 0000"):
        of(data.FashionMNIST, source=wrong).prepare_data()


# --- the real files, where they are ---

needs_mnist = pytest.mark.skipif(
    not data.available("mnist"), reason="MNIST is not in CNN_GUIDE_DATA or the cache folder; nothing is downloaded"
)


@needs_mnist
def test_the_files_of_mnist_are_the_published_ones() -> None:
    for file in MNIST_SOURCE:
        path = locate(file, data.root() / "mnist")
        assert path is not None
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256


@needs_mnist
def test_mnist_holds_what_its_authors_say() -> None:
    mnist = data.mnist_or_digits()
    assert mnist.name == "MNIST"
    assert str(mnist) == "MNIST: 54000 training, 6000 validation and 10000 test images"
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert mnist.test.labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.train.images.shape == (54_000, 1, 28, 28)
    pixels = torch.cat([mnist.train.images, mnist.val.images])
    assert pixels.mean().item() == pytest.approx(0.1307, abs=5e-5)  # the constants of PyTorch's MNIST example
    assert pixels.double().std().item() == pytest.approx(0.3081, abs=5e-5)
    assert (pixels.min(), pixels.max()) == (0, 1)


@needs_mnist
def test_mnist_is_loaded_in_a_moment() -> None:
    data.MNIST(download=False).setup()  # the first call also loads the libraries
    start = time.process_time()
    data.MNIST(download=False).setup()
    assert time.process_time() - start < 5  # about half a second; the margin is for busy machines
