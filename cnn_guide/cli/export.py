"""`cnn-guide export`: a trained network as a file for other programs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .parsing import UsageError, add_format, among
from .trained import add_trained, is_name, trained

if TYPE_CHECKING:
    from torch import nn

    from ..preprocessing import Preprocessing

EXAMPLES = """\
examples:
  cnn-guide export runs/digits digits.onnx
  cnn-guide export runs/digits/last.ckpt digits.json --dtype float16
  cnn-guide export resnet18 resnet18.onnx --weights IMAGENET1K_V1 --feature-maps layer1
  cnn-guide export cnn2 untrained.pt2 --input 1 28 28

The ending of the file says what is written:
  .onnx   for ONNX Runtime and many other programs
  .pt2    for torch.export.load
  .json   the compact form for web pages; the weights go into a .bin file beside it
"""
FORMS = (".onnx", ".pt2", ".json")


def add_arguments(parser: ArgumentParser) -> None:
    """The network, the file, and what is to be in it."""
    add = parser.add_argument
    add_trained(parser)
    add("file", help="where to write; the ending says in which form")
    add("--input", nargs=3, type=int, metavar=("C", "H", "W"), help="shape of an image (default: that of the training)")
    add(
        "--feature-maps",
        nargs="+",
        default=[],
        metavar="NAME",
        help="modules whose outputs are outputs of the file too",
    )
    add("--dtype", type=among("type", ("float32", "float16")), default="float32", metavar="TYPE",
        help="of the compact form's weights: float32 or float16")  # fmt: skip
    add_format(parser, "json")


def run(options: Namespace) -> None:
    """Write the file, run it beside the network, and say how far they are apart."""
    path = Path(options.file)
    among("form of file", FORMS)(path.suffix)
    if options.feature_maps and path.suffix == ".json":
        raise UsageError("the compact form gives the maps of all its layers: leave --feature-maps out.")
    found = trained(options.network, options.weights)
    size = tuple(options.input or input_size(found.model, found.preprocessing))
    kept = {"classes": found.classes or None, "preprocessing": found.preprocessing}
    try:
        fresh = is_name(options.network) and not options.weights
        written = {"trained": not fresh, **_write(path, found.model, size, options, kept)}
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
    print(_json(written) if options.format == "json" else _text(written))


def input_size(model: nn.Module, preprocessing: Preprocessing | None) -> tuple[int, int, int]:
    """The shape (C, H, W) of the images that a network was trained on, or else made for."""
    from .. import models

    size = preprocessing and (preprocessing.crop or preprocessing.resize)
    if preprocessing and isinstance(size, tuple):
        return (preprocessing.channels, *size)
    if preprocessing and isinstance(preprocessing.crop, int):
        return (preprocessing.channels, preprocessing.crop, preprocessing.crop)
    name = getattr(model, "architecture", None)
    if name not in models.names():
        raise UsageError("the size of its images is not known. Add --input C H W.")
    return models.input_size(name)


def _write(path: Path, model: nn.Module, size: Any, options: Namespace, kept: dict[str, Any]) -> dict[str, Any]:
    """Write the file; return what there is to say about it."""
    import torch

    from .. import export

    if path.suffix == ".json":
        export.to_compact(model, path, size, dtype=options.dtype, **kept)
        difference = export.check_compact(path, model, torch.rand(4, *size, generator=torch.Generator().manual_seed(0)))
    elif path.suffix == ".onnx":
        export.to_onnx(model, path, size, feature_maps=options.feature_maps, **kept)
        difference = export.check_onnx(path, model)
    else:
        export.to_torch(model, path, size, feature_maps=options.feature_maps, **kept)
        difference = None
    files = [path, path.with_suffix(".bin")] if path.suffix == ".json" else [path]
    return {
        "files": [{"file": str(file), "bytes": file.stat().st_size} for file in files],
        "input_size": list(size),
        "feature_maps": options.feature_maps,
        "largest_difference": difference,
    }


def _text(written: dict[str, Any]) -> str:
    lines = [f"{file['file']}: {file['bytes']:,} bytes" for file in written["files"]]
    maps = ", ".join(["logits", *written["feature_maps"]])
    lines.append(f"input: images (batch, {', '.join(map(str, written['input_size']))}); output: {maps}")
    if written["largest_difference"] is not None:
        lines.append(f"largest difference from the network's outputs: {written['largest_difference']:.1e}")
    if not written["trained"]:
        lines.append("the weights are those of a new network, which has learnt nothing: name --weights or a checkpoint")
    return "\n".join(lines)


def _json(written: dict[str, Any]) -> str:
    import json

    return json.dumps(written, indent=2)
