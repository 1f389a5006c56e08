"""What a trained network says about pictures from files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from cnn_guide.preprocessing import Preprocessing
from cnn_guide.report import Table
from cnn_guide.training.judging.outputs import Holder, judging, network_of
from cnn_guide.training.judging.picture_sources import Pictures, Source, Unreadable

VERSION = 1  # of the record; it rises when a key changes its meaning or goes
_BATCH = 32  # pictures at once


class Trained(Holder, Protocol):
    """A network with all that it takes to use it, such as `training.load` returns."""

    @property
    def classes(self) -> Sequence[str] | None: ...  # noqa: D102
    @property
    def preprocessing(self) -> Preprocessing | None: ...  # noqa: D102


class Guess(NamedTuple):
    """A class that a picture may show.

    Args:
        name: The class.
        probability: How likely the network thinks it.
    """

    name: str
    probability: float


class Prediction(NamedTuple):
    """What a network says about one picture.

    Args:
        source: The picture's path, "-" for standard input, "bytes" for bytes.
        guesses: The most likely classes, the likeliest first.
    """

    source: str
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class Predictions:
    """What a network says about several pictures; printed as a table.

    Args:
        predictions: One a picture that could be read, in the order of the sources.
        unreadable: The sources that gave no picture.
    """

    predictions: tuple[Prediction, ...]
    unreadable: tuple[Unreadable, ...] = ()

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.predictions)

    def __len__(self) -> int:
        return len(self.predictions)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        rows = [
            {"source": each.source, "guesses": [{"class": name, "probability": share} for name, share in each.guesses]}
            for each in self.predictions
        ]
        return {"version": VERSION, "predictions": rows, "unreadable": [asdict(each) for each in self.unreadable]}

    def to_json(self, indent: int | None = 2) -> str:
        """Return everything as JSON."""
        import json

        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def to_text(self, width: int | None = None) -> str:
        """Return a table of so many characters a line; None takes the terminal's width."""
        return self._table().text(width)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        rows = tuple(
            ("" if place else each.source, guess.name, f"{guess.probability:.1%}")
            for each in self.predictions
            for place, guess in enumerate(each.guesses)
        )
        pictures = f"{len(self)} picture{'' if len(self) == 1 else 's'}"
        title = f"{pictures}, {len(self.unreadable)} unreadable" if self.unreadable else pictures
        return Table(title, ("Picture", "Guess", "Probability"), rows, ("",) * len(rows))


def predict(
    model: nn.Module | Trained,
    sources: Source | Iterable[Source],
    *,
    k: int = 3,
    invert: bool = False,
    classes: Sequence[str] | None = None,
    preprocessing: Preprocessing | None = None,
) -> Predictions:
    """Read pictures, prepare them as the network expects them, and return what it says.

    Pictures that cannot be read are named in the result; the others are predicted all the same.

    Example:
        >>> from cnn_guide import models
        >>> found = predict(models.create("cnn2"), [], preprocessing=Preprocessing(channels=1, resize=(28, 28)))
        >>> len(found), found.unreadable
        (0, ())

    Args:
        model: A network with published weights, or what `training.load` returns; or any network.
        sources: A path or several: files, folders (with all that is in them), "-" for a picture on standard input;
            or bytes of a picture file.
        k: How many classes to name for each picture.
        invert: Whether to swap dark and bright: networks for digits have learnt bright ink on a black ground.
        classes: The classes' names; left out, those of the network, or numbers.
        preprocessing: What is done to a picture before the network sees it; left out, what belongs to the network.

    Returns:
        The guesses for each picture, and the sources that gave none.

    Raises:
        ValueError: If `k` is below 1, no preprocessing is known, or the number of names is not that of the outputs.
    """
    if k < 1:
        raise ValueError(f"`k` (={k}) must be at least 1: the number of guesses for each picture.")
    prepare = preprocessing or getattr(model, "preprocessing", None)
    if prepare is None:
        raise ValueError(
            "`preprocessing` is not known for this network. Say how its pictures were prepared, "
            "for example preprocessing=Preprocessing(channels=1, resize=(28, 28))."
        )
    pictures = Pictures([sources] if isinstance(sources, str | Path | bytes) else sources, prepare.channels)
    names = classes or getattr(model, "classes", None)
    found: list[Prediction] = []
    with judging(network_of(model)) as judge:
        for batch in _batches(_prepared(pictures, prepare, invert)):
            logits = judge(torch.stack([picture for _, picture in batch]))
            found += _predictions([name for name, _ in batch], logits, names, k)
    return Predictions(tuple(found), tuple(pictures.unreadable))


def _prepared(pictures: Pictures, prepare: Preprocessing, invert: bool) -> Iterator[tuple[str, Tensor]]:
    """The pictures as the network expects them; what cannot be made so is noted too."""
    for name, picture in pictures:
        try:
            yield name, prepare(255 - picture if invert else picture)
        except ValueError as error:
            pictures.refuse(name, error)


def _batches(pictures: Iterable[tuple[str, Tensor]]) -> Iterator[list[tuple[str, Tensor]]]:
    """Neighbours of one size together."""
    for _, group in groupby(pictures, key=lambda pair: pair[1].shape):
        while batch := list(islice(group, _BATCH)):
            yield batch


def _predictions(sources: Sequence[str], logits: Tensor, names: Sequence[str] | None, k: int) -> list[Prediction]:
    count = logits.shape[1]
    names = list(map(str, range(count))) if names is None else names
    if len(names) != count:
        raise ValueError(f"`classes` (length {len(names)}) must name each of the network's {count} classes.")
    best = logits.softmax(dim=1).topk(min(k, count), dim=1)
    return [
        Prediction(source, tuple(Guess(names[place], share) for place, share in zip(places, shares, strict=True)))
        for source, places, shares in zip(sources, best.indices.tolist(), best.values.tolist(), strict=True)
    ]
