"""Weights that others have trained and published, as data: where they are, how good they are, what they expect."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import torch

from .. import files
from ..preprocessing import Preprocessing
from .catalogue import architecture as known_architecture

MIRROR = "CNN_GUIDE_MIRROR"  # names an address under which the same files lie
BEST = "DEFAULT"  # names the best weights of an architecture, as in torchvision


@dataclass(frozen=True)
class Weights:
    """Published weights of one architecture.

    Example:
        >>> best = weights("resnet50")[-1]
        >>> best.name, best.top1, best.preprocessing.resize
        ('IMAGENET1K_V2', 80.858, 232)

    Args:
        name: such as IMAGENET1K_V1; together with the architecture it names these weights.
        architecture: the name of the network that they belong to.
        url: the address of the file.
        sha256: first digits of the file's SHA-256, which its name carries.
        parameters: how many numbers they are (of GoogLeNet's: without the auxiliary classifiers).
        top1: pictures of ImageNet's validation set named rightly, in per cent; None where nobody measured it.
        top5: pictures whose name is among the five likeliest, in per cent.
        bytes: the file's length, to within some hundred bytes.
        preprocessing: what a picture goes through before the network sees it.
        source: how they were trained.
        best: whether "DEFAULT" means these.
        part: what the useful tensors' names begin with; empty: all of them are of use.

    Source:
        torchvision 0.28; `published.json` names the pages.
    """

    name: str
    architecture: str
    url: str
    sha256: str
    parameters: int
    top1: float | None
    top5: float | None
    bytes: int
    preprocessing: Preprocessing
    source: str
    best: bool = True
    part: str = ""

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.url.rsplit("/", 1)[-1]


def weights(name: str | None = None) -> tuple[Weights, ...]:
    """Published weights, of one architecture or of all.

    Example:
        >>> [entry.name for entry in weights("mobilenet_v2")]
        ['IMAGENET1K_V1', 'IMAGENET1K_V2']

    Args:
        name: an architecture, one of `names()`; None: all.

    Returns:
        One entry for each file; none for an architecture whose weights nobody has published in this form.

    Raises:
        ValueError: if there is no network of that name.
    """
    if name is not None:
        known_architecture(name)
    return tuple(entry for entry in _all() if name in (None, entry.architecture))


def entry_for(architecture: str, name: str) -> Weights:
    """The weights of an architecture that have this name.

    Raises:
        ValueError: if there are none of that name.
    """
    entries = {entry.name: entry for entry in weights(architecture)}
    if not entries:
        raise ValueError(f"nobody has published weights of {architecture} in this form. Train it, or give a file.")
    entries[BEST] = next(entry for entry in entries.values() if entry.best)
    if name not in entries:
        close = get_close_matches(name, entries, n=1)
        meant = f"Did you mean {close[0]!r}?" if close else f"Use one of {', '.join(entries)}, or a file."
        raise ValueError(f"`weights` (={name!r}) are none of {architecture}'s, and no file. {meant}")
    return entries[name]


def fetched(entry: Weights, progress: bool | None = None) -> Path:
    """The file of published weights: found in `files.root()` or among torchvision's files, else downloaded.

    Raises:
        DownloadError: if it is not there and cannot be fetched.
    """
    theirs = Path(torch.hub.get_dir()) / "checkpoints" / entry.file  # where torchvision puts what it downloads
    if files.matches(theirs, entry.sha256):
        return theirs
    mirror = os.environ.get(MIRROR, "").rstrip("/")
    url = f"{mirror}/{entry.file}" if mirror else entry.url
    return files.download(url, files.root() / "weights" / entry.file, sha256=entry.sha256, progress=progress)


@cache
def imagenet_classes() -> tuple[str, ...]:
    """Names of ImageNet's 1,000 classes, in the order of the logits.

    Example:
        >>> imagenet_classes()[:3]
        ('tench', 'goldfish', 'great white shark')

    Source:
        `imagenet.json` names it.
    """
    return tuple(_read("imagenet.json")["names"])


@cache
def _all() -> tuple[Weights, ...]:
    return tuple(
        Weights(**{**values, "preprocessing": Preprocessing.from_dict(values["preprocessing"])})
        for values in _read("published.json")["weights"]
    )


def _read(name: str) -> Any:
    return json.loads(package_files(__package__).joinpath(name).read_text(encoding="utf-8"))
