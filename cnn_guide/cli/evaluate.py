"""`cnn-guide evaluate`: how good a trained network is on pictures that it has not seen."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .networks import naming
from .parsing import UsageError, add_format, among
from .trained import Ready, is_name, trained

if TYPE_CHECKING:
    from ..data import ImageData, TensorSet
    from ..training import Evaluation

EXAMPLES = """\
examples:
  cnn-guide evaluate runs/digits
  cnn-guide evaluate runs/digits/last.ckpt --part val --json
  cnn-guide evaluate runs/digits --picture report.svg
  cnn-guide evaluate runs/flowers --data more_flowers/ --part all

Without --data, the pictures are those of the data set that the network was trained on.
The ending of the picture says its format: .svg (light and dark), .png or .pdf.
"""
PARTS = ("test", "val", "train", "all")
PICTURES = (".svg", ".png", ".pdf")


def add_arguments(parser: ArgumentParser) -> None:
    """The network, the pictures, and what is to be written."""
    add = parser.add_argument
    add("network", metavar="CHECKPOINT", help="a checkpoint of cnn-guide train, or the folder of a run")
    add("--data", metavar="NAME", help="a data set, or a folder with a folder of pictures a class")
    add("--part", type=among("part", PARTS), default="test", metavar="PART",
        help="which of its pictures: test (default), val, train or all")  # fmt: skip
    add("--picture", metavar="FILE", help="draw confusions, calibration and mistakes as .svg, .png or .pdf")
    add("--dark", action="store_true", help="draw the picture on a dark ground")
    add_format(parser, "json", "markdown", "html")


def run(options: Namespace) -> None:
    """Print the report, and draw the picture."""
    if options.picture:
        _check(Path(options.picture))
    if is_name(options.network):
        raise UsageError(f"{options.network} is the name of a network, which has not learnt yet. Give a checkpoint.")
    found = trained(options.network)
    with naming(options.network):
        images = _images(found, options.data)
        _compare(found, images)
        pictures = _part(images, options.part)
        evaluation = _evaluated(found, images, pictures)
    print(_written(evaluation, options.format, _about(found, images, options)))
    if options.picture:
        _draw(evaluation, pictures, options, f"{_name(found)}, {options.part} pictures of {images.name}")


def _check(picture: Path) -> None:
    """Refuse what cannot be written before anything is computed."""
    among("kind of picture", PICTURES)(picture.suffix.lower())
    if not picture.parent.is_dir():
        raise UsageError(f"there is no folder {str(picture.parent)!r} for the picture.")


def _images(found: Ready, name: str | None) -> ImageData:
    """The data set that is named, or that of the training."""
    from .. import data

    if name is None and found.data is None:
        raise UsageError("the checkpoint does not say what it was trained on. Add --data NAME.")
    if name is None:
        assert found.data is not None
        return data.create(found.data["name"], **found.data["options"])
    if name not in data.names() and os.path.isdir(name):
        return data.create("folder", path=name, preprocessing=found.preprocessing)
    same = found.data is not None and found.data["name"] == name
    options = found.data["options"] if found.data is not None and same else {}
    return data.create(among("data set", data.names())(name), **options)


def _part(images: ImageData, part: str) -> TensorSet:
    try:
        parts: list[TensorSet] = [images.train, images.val, images.test] if part == "all" else [getattr(images, part)]
    except OSError as error:  # no network, no such folder
        raise UsageError(str(error)) from error
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[TensorSet]) -> TensorSet:
    from torch import cat

    from ..data import TensorSet

    first = parts[0]
    return TensorSet(cat([each.pixels for each in parts]), cat([each.labels for each in parts]), first.mean, first.std)


def _evaluated(found: Ready, images: ImageData, pictures: TensorSet) -> Evaluation:
    from ..training import evaluate

    try:
        return evaluate(found.model, pictures, classes=images.classes)
    except RuntimeError as error:  # of a network for another size of pictures
        raise UsageError(f"the network cannot take pictures of {images.name}, {images.image_shape}: {error}") from error


def _compare(found: Ready, images: ImageData) -> None:
    """Refuse a data set with other classes, before it is downloaded."""
    from ..report.quantities import listed

    if found.classes and tuple(found.classes) != tuple(images.classes):
        ours, theirs = (listed(names, most=3) for names in (found.classes, images.classes))
        raise UsageError(f"the network tells {ours} apart, and {images.name} shows {theirs}.")


def _name(found: Ready) -> str:
    return str(getattr(found.model, "architecture", type(found.model).__name__))


def _about(found: Ready, images: ImageData, options: Namespace) -> dict[str, Any]:
    return {"network": _name(found), "epoch": found.epoch, "data": images.name, "part": options.part}


def _written(evaluation: Evaluation, form: str, about: dict[str, Any]) -> str:
    import json

    if form == "json":
        return json.dumps({**about, **evaluation.to_dict()}, indent=2, allow_nan=False)
    forms = {"text": evaluation.to_text, "markdown": evaluation.to_markdown, "html": evaluation._repr_html_}
    return forms[form]()


def _draw(evaluation: Evaluation, pictures: TensorSet, options: Namespace, title: str) -> None:
    os.environ.setdefault("MPLBACKEND", "Agg")  # no window
    from .. import figures

    figure = figures.evaluation(evaluation, pictures, title=title, classes=evaluation.names)
    try:
        figures.save(figure, options.picture, dark=options.dark, close=True)
    except OSError as error:
        raise UsageError(f"{options.picture}: {error.strerror}") from error
