"""What a data set's files are and where they are to be had; nothing here reads or fetches anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class IdxFile:
    """One IDX file, described by its unpacked content: mirrors pack the same content differently.

    Args:
        name: Its name without `.gz`.
        shape: The shape of the array of bytes within.
        sha256: SHA-256 of the unpacked content, in hexadecimal.
        packed: Whether `sha256` is that of the gzip file as it is distributed instead.
    """

    name: str
    shape: tuple[int, ...]
    sha256: str
    packed: bool = False

    @property
    def size(self) -> int:
        """Bytes when unpacked: a magic number, one size an axis (4 bytes each), then one byte a value."""
        return 4 + 4 * len(self.shape) + prod(self.shape)


@dataclass(frozen=True)
class IdxSource:
    """A data set of four IDX files, and the addresses under which they lie.

    Args:
        name: The folder's name under `root()`.
        mirrors: Addresses that end in a slash, tried in this order; `<mirror><file name>.gz` is fetched.
        train_images: Training images, shape (N, H, W).
        train_labels: Training labels, shape (N,).
        test_images: Test images, shape (M, H, W).
        test_labels: Test labels, shape (M,).
    """

    name: str
    mirrors: tuple[str, ...]
    train_images: IdxFile
    train_labels: IdxFile
    test_images: IdxFile
    test_labels: IdxFile

    def __iter__(self) -> Iterator[IdxFile]:
        return iter((self.train_images, self.train_labels, self.test_images, self.test_labels))


MNIST_SOURCE = IdxSource(
    name="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    train_images=IdxFile(
        "train-images-idx3-ubyte",
        (60_000, 28, 28),
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    train_labels=IdxFile(
        "train-labels-idx1-ubyte",
        (60_000,),
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    test_images=IdxFile(
        "t10k-images-idx3-ubyte",
        (10_000, 28, 28),
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    test_labels=IdxFile(
        "t10k-labels-idx1-ubyte",
        (10_000,),
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

# The sums are those of TensorFlow Datasets, url_checksums/fashion_mnist.txt, for the files as Zalando distributes them.
FASHION_MNIST_SOURCE = IdxSource(
    name="fashion_mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    train_images=IdxFile(
        "train-images-idx3-ubyte",
        (60_000, 28, 28),
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        packed=True,
    ),
    train_labels=IdxFile(
        "train-labels-idx1-ubyte",
        (60_000,),
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        packed=True,
    ),
    test_images=IdxFile(
        "t10k-images-idx3-ubyte",
        (10_000, 28, 28),
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        packed=True,
    ),
    test_labels=IdxFile(
        "t10k-labels-idx1-ubyte",
        (10_000,),
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        packed=True,
    ),
)


@dataclass(frozen=True)
class CifarSource:
    """CIFAR-10 as its authors distribute it for C programs, and as JPEG pictures.

    Args:
        urls: Where the archive lies, tried in this order.
        sha256: SHA-256 of the archive.
        size: Its bytes.
        records: Pictures in each of its six files: five to train on, one to test on.
        name: The folder below `root()` into which it is downloaded.
        archive: The archive's name.
        folder: The folder within it, which may also lie unpacked on the disk.
        pictures: The name of an archive of JPEG pictures, `train/CLASS/0000.jpg` and `test/CLASS/0000.jpg`.
    """

    urls: tuple[str, ...]
    sha256: str
    size: int
    records: int = 10_000
    name: str = "cifar10"
    archive: str = "cifar-10-binary.tar.gz"
    folder: str = "cifar-10-batches-bin"
    pictures: str = "cifar10-jpeg.tar.xz"

    @property
    def files(self) -> tuple[str, ...]:
        """The six files, those to train on first."""
        return (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")

    @property
    def file_size(self) -> int:
        """Bytes of each file: a record is a label and 3 × 32 × 32 values, a byte each."""
        return self.records * CIFAR_RECORD


CIFAR_RECORD = 1 + 3 * 32 * 32
CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

# Sum and size are those of TensorFlow Datasets, url_checksums/cifar10.txt.
CIFAR10_SOURCE = CifarSource(
    urls=(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz",
    ),
    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    size=170_052_171,
)
