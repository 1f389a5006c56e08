"""The settings of `fit` as the YAML that `cnn-guide train --config` reads."""

from collections.abc import Mapping
from typing import Any

import yaml

from cnn_guide import data
from cnn_guide.data import ImageData
from cnn_guide.training.classifier import ImageClassifier
from cnn_guide.training.run import DEFAULTS


def configuration(classifier: ImageClassifier, images: ImageData, trainer: Mapping[str, Any], **run: Any) -> str:
    """Write down how a training was done; the command makes it again where it can make network and images by name.

    Example:
        >>> text = configuration(ImageClassifier("cnn1"), data.MNIST(), {"max_epochs": 3}, patience=2)
        >>> "network: cnn1" in text, "class_path: cnn_guide.data.MNIST" in text, "max_epochs: 3" in text
        (True, True, True)

    Args:
        classifier: What is trained.
        images: What it learns from.
        trainer: Options of Lightning's trainer.
        run: Options of `Run`.
    """
    recipe = images.recipe
    made = None if recipe is None else {"class_path": data_class(recipe["name"]), "init_args": recipe["options"]}
    options = {name: value for name, value in trainer.items() if isinstance(value, str | int | float | bool)}
    settings = {"trainer": DEFAULTS | options, "model": classifier.arguments(), "data": made, **run}
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def data_class(name: str) -> str:
    """Return where a data set's class is to be imported from.

    Example:
        >>> data_class("fashion_mnist")
        'cnn_guide.data.FashionMNIST'

    Args:
        name: One of `data.names()`.
    """
    found = {getattr(value, "key", None): public for public in data.__all__ if (value := getattr(data, public))}
    return f"cnn_guide.data.{found[name]}"
