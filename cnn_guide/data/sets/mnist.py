"""MNIST and Fashion-MNIST: 70,000 small grey pictures each, read from the four files in which they were published."""

from cnn_guide.data.augmentation import Augmentation
from cnn_guide.data.image_data import ImageData
from cnn_guide.data.inventory import is_complete
from cnn_guide.data.sets.digits import Digits
from cnn_guide.data.sets.idx_set import IdxData
from cnn_guide.data.sources import FASHION_MNIST_SOURCE, MNIST_SOURCE


class MNIST(IdxData):
    """MNIST's 60,000 training and 10,000 test images of handwritten digits, 28×28 pixels.

    The files, packed with gzip or not, are looked for in `root()/mnist`; what is missing there is downloaded.
    One training image in ten is split off for validation: 54,000 `train`, 6,000 `val`, 10,000 `test`.

    Example:
        >>> MNIST(batch_size=100)  # nothing is read or downloaded before it is asked for
        MNIST: not read yet

    Args:
        batch_size: Images a training batch, over all devices.
        seed: Decides the validation split and the order of the shuffles.
        download: Whether missing files may be downloaded.
        augmentation: How training images are changed at random, anew in each epoch; None: not at all.

    Source:
        Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document recognition,
        Proceedings of the IEEE 86(11), 1998.
    """

    key = "mnist"
    source = MNIST_SOURCE

    def __init__(
        self,
        batch_size: int = 128,
        seed: int = 0,
        download: bool = True,
        *,
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__("MNIST", tuple("0123456789"), batch_size, seed, download, augmentation)


class FashionMNIST(IdxData):
    """Fashion-MNIST's 60,000 training and 10,000 test pictures of clothes, 28×28 pixels: harder than digits.

    The files, packed with gzip or not, are looked for in `root()/fashion_mnist`; what is missing is downloaded.
    One training image in ten is split off for validation: 54,000 `train`, 6,000 `val`, 10,000 `test`.

    Example:
        >>> FashionMNIST().classes[:4]
        ('t-shirt', 'trouser', 'pullover', 'dress')

    Args:
        batch_size: Images a training batch, over all devices.
        seed: Decides the validation split and the order of the shuffles.
        download: Whether missing files may be downloaded.
        augmentation: How training images are changed at random, anew in each epoch; None: not at all.

    Source:
        H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning
        algorithms, 2017.
    """

    key = "fashion_mnist"
    source = FASHION_MNIST_SOURCE

    def __init__(
        self,
        batch_size: int = 128,
        seed: int = 0,
        download: bool = True,
        *,
        augmentation: Augmentation | None = None,
    ) -> None:
        classes = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
        super().__init__("Fashion-MNIST", classes, batch_size, seed, download, augmentation)


def mnist_or_digits(batch_size: int = 128, seed: int = 0) -> ImageData:
    """Return MNIST where its files are on the disk, the built-in digits at MNIST's size elsewhere; never downloads.

    Example:
        >>> mnist_or_digits().test.images.shape[1:]
        torch.Size([1, 28, 28])

    Args:
        batch_size: Images a training batch, over all devices.
        seed: Decides the splits and the order of the shuffles.

    Returns:
        A data module that has been read; its `name` is "MNIST" or "digits".
    """
    data: ImageData
    if is_complete(MNIST_SOURCE):
        data = MNIST(batch_size, seed, download=False)
    else:
        data = Digits(batch_size, seed, image_size=28)
    data.setup()
    return data
