"""Checkpoints as files that can be read on their own: weights, and what the network and its images are."""

import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnn_guide import models
from cnn_guide.preprocessing import Preprocessing
from cnn_guide.training.classifier import FORMAT, OURS, ImageClassifier

PREFIX = "network."


@dataclass(frozen=True, eq=False)
class Trained:
    """A network as a training left it, and how to use it.

    Args:
        model: The network, in evaluation mode, on the CPU.
        classes: The classes' names, in the order of the logits.
        preprocessing: Makes a picture into what the network expects.
        data: Name and options with which `data.create` gives the images of the training; None if it does not know them.
        epoch: How many epochs the network has learnt.
    """

    model: nn.Module
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    data: dict[str, Any] | None
    epoch: int


def load(path: str | Path, network: nn.Module | None = None) -> Trained:
    """Read a checkpoint that `fit` or `cnn-guide train` wrote; nothing in the file is executed.

    Example:
        >>> load("missing.ckpt")
        Traceback (most recent call last):
        FileNotFoundError: There is no checkpoint 'missing.ckpt'. `fit(…, folder=…)` writes best.ckpt and last.ckpt.

    Args:
        path: The file, or the folder of a run: its `best.ckpt`.
        network: Gets the weights; left out, the network is made by its name, which the checkpoint holds.

    Returns:
        The network and what belongs to it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, no checkpoint of ours, or of a network that only its owner can make.
    """
    path = Path(path)
    checkpoint = read(path / "best.ckpt" if path.is_dir() else path)
    ours = checkpoint[OURS]
    model = _made(ours["network"], path) if network is None else network
    weights = checkpoint["state_dict"].items()
    try:
        model.load_state_dict({name.removeprefix(PREFIX): value for name, value in weights if name.startswith(PREFIX)})
    except RuntimeError as error:
        raise ValueError(f"{path} holds the weights of another network: {error}") from error
    return Trained(
        model.eval(),
        tuple(ours["classes"]),
        Preprocessing.from_dict(ours["preprocessing"]),
        ours["data"],
        len(ours["history"]),
    )


def read(path: Path) -> dict[str, Any]:
    """Return what a checkpoint of ours holds, tensors and plain values alone, on the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or no checkpoint of ours.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no checkpoint {str(path)!r}. `fit(…, folder=…)` writes best.ckpt and last.ckpt."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's guesses on strange files
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError, ValueError, IndexError, KeyError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"{path} is damaged, or holds more than tensors and plain values: {reason}") from error
    if not isinstance(checkpoint, dict) or OURS not in checkpoint:
        raise ValueError(f"{path} is no checkpoint of `fit` or `cnn-guide train`.")
    if checkpoint[OURS]["format"] != FORMAT:
        raise ValueError(f"{path} has the format {checkpoint[OURS]['format']}, which this version cannot read.")
    return checkpoint


def take_over(classifier: ImageClassifier, checkpoint: dict[str, Any]) -> None:
    """Give a classifier the weights and the history of a checkpoint."""
    classifier.load_state_dict(checkpoint["state_dict"])
    classifier.eval()


def _made(description: dict[str, Any], path: Path) -> nn.Module:
    name = description["name"]
    if name not in models.names():  # a name such as "package.module:factory" would let the file choose what is run
        raise ValueError(
            f"{path} holds a network that is not one of `models.names()`: make it, and pass it as `network`."
        )
    with torch.random.fork_rng(devices=[]):
        return models.create(name, **description["options"])
