"""The data sets by name."""

from difflib import get_close_matches
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnn_guide.data.image_data import ImageData

_CLASSES = {  # name → file, class
    "digits": ("digits", "Digits"),
    "mnist": ("mnist", "MNIST"),
    "fashion_mnist": ("mnist", "FashionMNIST"),
    "cifar10": ("cifar10", "CIFAR10"),
    "cars": ("cars", "Cars"),
    "folder": ("folder", "Folder"),
}


def names() -> tuple[str, ...]:
    """Return the names that `create` knows.

    Example:
        >>> names()
        ('digits', 'mnist', 'fashion_mnist', 'cifar10', 'cars', 'folder')
    """
    return tuple(_CLASSES)


def create(name: str, **options: Any) -> "ImageData":
    """Make the data module of the given name; nothing is read or downloaded yet.

    Example:
        >>> create("digits", image_size=28).image_shape
        (1, 28, 28)

    Args:
        name: One of `names()`.
        options: The arguments of its class; `augmentation` may be a dict of an `Augmentation`'s settings.

    Returns:
        The data module.

    Raises:
        ValueError: If no data set has that name.
        TypeError: If it has no such option, or needs one that is missing.
    """
    if name not in _CLASSES:
        raise ValueError(f"There is no data set {name!r}; these are: {', '.join(_CLASSES)}.{_meant(name, _CLASSES)}")
    file, class_name = _CLASSES[name]
    factory = getattr(import_module(f"cnn_guide.data.sets.{file}"), class_name)
    known = signature(factory).parameters
    for option in options:
        if option not in known:
            raise TypeError(f"{name} has no option {option!r}; it has {', '.join(known)}.{_meant(option, known)}")
    needed = [option for option, parameter in known.items() if parameter.default is parameter.empty]
    if missing := [option for option in needed if option not in options]:
        raise TypeError(f"{name} needs the option `{missing[0]}`.")
    data: ImageData = factory(**{option: _made(option, value) for option, value in options.items()})
    return data


def _made(option: str, value: Any) -> Any:
    """Make the objects that options may describe by plain values, as a configuration or a checkpoint does."""
    from cnn_guide.data.augmentation import Augmentation
    from cnn_guide.preprocessing import Preprocessing

    if option == "augmentation":
        return Augmentation.of(value)
    return Preprocessing.from_dict(value) if option == "preprocessing" and isinstance(value, dict) else value


def _meant(word: str, known: Any) -> str:
    close = get_close_matches(word, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
