"""Trained weights into a network: published ones, or those of a file."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from .matching import match
from .published import BEST, Weights, entry_for, fetched, imagenet_classes, weights

M = TypeVar("M", bound=nn.Module)
Source = str | Path | Weights | Mapping[str, Tensor]


def load_weights(
    model: M, weights: Source = "IMAGENET1K_V1", *, progress: bool | None = None, strict: bool = True
) -> M:
    """Give a network trained weights. All is checked before anything is copied, so nothing is half loaded.

    Published weights are downloaded once, into `weights` below `files.root()`; set CNN_GUIDE_MIRROR to an address
    under which the same files lie to fetch them from there. If the network has another number of classes, all but
    its classifier is loaded.

    Example:
        >>> from cnn_guide import models
        >>> trained, network = models.create("cnn1"), models.create("cnn1", num_classes=26)
        >>> load_weights(network, trained.state_dict()).fresh
        ('6.weight', '6.bias')

    Args:
        model: the network, made by `create` if published weights are named.
        weights: the name of published weights ("DEFAULT": the best), an entry of `weights()`, a file that
            `torch.save(model.state_dict(), …)` wrote, or such a state dict.
        progress: whether to show how far a download is; None: on a terminal only.
        strict: False loads what fits where tensors are missing or unexpected; those of another shape are refused still.

    Returns:
        The same network, with `fresh`, the names of the tensors that were not loaded. With published weights, it has
        also `preprocessing`, what pictures must go through, and, if nothing is fresh, `classes`, the outputs' names.

    Raises:
        ValueError: if there are no such weights, they do not fit, or a file is damaged or holds more than tensors.
        FileNotFoundError: if there is no such file.
        DownloadError: if they cannot be fetched.
    """
    _refuse_empty(model)
    entry = _entry(model, weights)
    state = _state(fetched(entry, progress) if entry else weights)
    taken, fresh = match(model, state, strict=strict, part=entry.part if entry else "")
    model.load_state_dict({**model.state_dict(), **taken})
    vars(model)["fresh"] = fresh  # nn.Module declares no attributes of these types
    if entry:
        vars(model)["preprocessing"] = entry.preprocessing
        vars(model).pop("classes", None)
        if not fresh:
            vars(model)["classes"] = imagenet_classes()
    return model


def _refuse_empty(model: nn.Module) -> None:
    if any(tensor.is_meta for tensor in model.state_dict().values()):
        raise ValueError("`model` lies on the meta device, which holds no values. Create it on a real one.")


def _entry(model: nn.Module, source: Any) -> Weights | None:
    """The published weights that are meant; None if it is a file or a state dict."""
    if isinstance(source, Weights):
        return source
    if not isinstance(source, str) or (source not in _names() and _is_path(source)):
        return None
    architecture = getattr(model, "architecture", None)
    if architecture is None:
        raise ValueError(
            f"`model` (a {type(model).__name__}) has no `architecture`, so that {source!r} means nothing for it. "
            "Make it by models.create(…), or give a file or a state dict."
        )
    return entry_for(architecture, source)


def _names() -> set[str]:
    return {BEST, *(entry.name for entry in weights())}


def _is_path(word: str) -> bool:
    return Path(word).exists() or bool(Path(word).suffix) or len(Path(word).parts) > 1


def _state(source: Any) -> dict[str, Tensor]:
    """The tensors by their names."""
    content = _content(Path(source)) if isinstance(source, (str, Path)) else source
    origin = f" (={str(source)!r})" if isinstance(source, (str, Path)) else ""
    if not isinstance(content, Mapping):
        raise ValueError(f"`weights`{origin} hold a {type(content).__name__}, not tensors by their names. {_SAVE}")
    if isinstance(content.get("state_dict"), Mapping):
        raise ValueError(
            f"`weights`{origin} are a checkpoint of a training. Read it with cnn_guide.training.load, or pass its "
            "'state_dict'."
        )
    for name, tensor in content.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ValueError(f"`weights`{origin} hold a {type(tensor).__name__} under {name!r}, not a tensor. {_SAVE}")
    return dict(content)


_SAVE = "Save a network with torch.save(model.state_dict(), path)."


def _content(path: Path) -> Any:
    """What lies in the file, of which nothing is run: a file from elsewhere could hold any program."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Detected pickle protocol")  # others than 2 are read, or refused, as well
            return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"`weights` (={str(path)!r}): there is no such file.") from error
    except UnpicklingError as error:
        if found := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise ValueError(
                f"`weights` (={str(path)!r}) are refused: the file holds more than tensors ({found[1]}), and reading "
                f"that could run any program. Nothing was run. {_SAVE}"
            ) from error
        raise _damaged(path, error) from error
    except (OSError, EOFError, RuntimeError, KeyError, ValueError, AttributeError, TypeError, IndexError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ValueError:
    reason = str(error).partition("WeightsUnpickler error:")[2] or str(error)  # without PyTorch's advice to trust it
    reason = next(iter(reason.strip().splitlines()), type(error).__name__)[:100].rstrip(". ")
    return ValueError(
        f"`weights` (={str(path)!r}) cannot be read: the file is damaged, or no file of PyTorch's ({reason}). Delete "
        "it if it was downloaded, and fetch it again."
    )
