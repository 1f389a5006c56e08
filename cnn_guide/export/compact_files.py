"""A small network as JSON and one binary file, for a reader of a few lines in any language.

The JSON file names the layers in order; the binary file holds their weights one after the other, little-endian.
docs/reference/exporting.md describes the form, version 1; `compact_reader` is a reader of it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from .compact_layers import Layers, Record, fold, outputs, record, rounded, straight_layers
from .compact_reader import FORMAT, VECTORS, VERSION, read_compact
from .feature_maps import evaluating
from .metadata import check_folder, metadata, replace_file
from .tracing import example_images, first_logits

if TYPE_CHECKING:
    from cnn_guide.preprocessing import Preprocessing

_TYPES = {"float32": torch.float32, "float16": torch.float16}


class _Pack:
    """Arrays one after the other, and where each begins."""

    def __init__(self, dtype: str) -> None:
        self.dtype, self.content = dtype, bytearray()

    def add(self, tensor: Tensor) -> Record:
        entry = {"shape": list(tensor.shape), "offset": len(self.content)}
        array = tensor.detach().cpu().numpy().astype(np.dtype(self.dtype).newbyteorder("<"))
        self.content += array.tobytes()
        return entry

    def index(self, path: Path) -> Record:
        """What the JSON file says about the binary one."""
        digest = hashlib.sha256(self.content).hexdigest()
        return {"file": path.name, "dtype": self.dtype, "bytes": len(self.content), "sha256": digest}


def to_compact(
    model: nn.Module,
    path: str | os.PathLike[str],
    input_size: tuple[int, int, int],
    *,
    dtype: str = "float32",
    images: Tensor | None = None,
    preprocessing: Preprocessing | None = None,
    classes: Sequence[str] | None = None,
) -> Path:
    """Write a network into NAME.json and NAME.bin, and test vectors for readers into NAME.vectors.json and .bin.

    Batch norms are folded into the convolutions before them, and dropout is left out.

    Example:
        >>> import tempfile
        >>> from cnn_guide import models
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     written = to_compact(models.create("cnn1"), f"{folder}/digits.json", (1, 28, 28), dtype="float16")
        ...     sorted((file.name, file.stat().st_size) for file in written.parent.glob("*.bin"))[0]
        ('digits.bin', 695380)

    Args:
        model: A straight chain of layers from images (N, C, H, W) to logits; left as it was.
        path: Where to write; the name must end in ".json".
        input_size: (C, H, W) of the images.
        dtype: Of the weights in the file: "float32", or "float16" for half the size and three digits.
        images: A few images (N, C, H, W) for the test vectors; left out, two of noise.
        preprocessing: How a picture becomes such an image; left out, what the network itself carries.
        classes: Names in the order of the logits; left out, what the network itself carries.

    Returns:
        The path of the JSON file.

    Raises:
        ExportError: If the network has a layer, a setting or a branch that the form does not hold.
        ValueError: If the ending, the type, the images or the classes do not fit.
        FileNotFoundError: If the folder does not exist.
    """
    path = Path(path)
    _check(path, dtype, input_size, images)
    described = metadata(model, first_logits(model, input_size), input_size, preprocessing, classes)
    with evaluating(model):
        example = example_images(model, input_size)
        layers = rounded(fold(straight_layers(model, example)), _TYPES[dtype])
        given = torch.rand(2, *input_size, generator=torch.Generator().manual_seed(0)) if images is None else images
        contents = {**_network(path, layers, described, dtype, example), **_vectors(path, layers, given.to(example))}
    for name, content in contents.items():
        replace_file(path.with_name(name), content)
    return path


def check_compact(path: str | os.PathLike[str], model: nn.Module, images: Tensor) -> float:
    """Run the files with the reader, and return the largest difference of a logit from the network's.

    Args:
        path: The JSON file of `to_compact`.
        model: The network that it was made from.
        images: Images (N, C, H, W) to try.

    Returns:
        The largest absolute difference: rounding alone for float32, about a thousandth of a logit for float16.
    """
    with evaluating(model):
        expected = model(images.to(example_images(model, tuple(images.shape[1:]))))  # type: ignore[arg-type]  # three sizes
    return float(np.abs(read_compact(path).run(images.numpy()) - expected.cpu().numpy()).max())


def _check(path: Path, dtype: str, input_size: tuple[int, int, int], images: Tensor | None) -> None:
    if path.suffix != ".json":
        raise ValueError(f"`path` (={str(path)!r}) must end in .json; the weights go beside it, into a .bin file.")
    if dtype not in _TYPES:
        raise ValueError(f"`dtype` (={dtype!r}) must be one of {', '.join(map(repr, _TYPES))}.")
    if images is not None and tuple(images.shape[1:]) != tuple(input_size):
        raise ValueError(
            f"`images` (shape {tuple(images.shape)}) must be images (N, C, H, W) of `input_size` {input_size}."
        )
    check_folder(path)


def _network(path: Path, layers: Layers, described: Record, dtype: str, example: Tensor) -> dict[str, bytes]:
    """The two files of the network, by name."""
    pack, records = _Pack(dtype), []
    for (name, module), (_, output) in zip(layers, outputs(layers, example.float()), strict=True):
        weights = {part: pack.add(tensor) for part, tensor in module.named_parameters()}
        records.append({**record(name, module), **weights, "output_size": list(output.shape[1:])})
    binary = path.with_suffix(".bin")
    head = {"format": FORMAT, "version": VERSION, **described, "weights": pack.index(binary), "layers": records}
    return {binary.name: bytes(pack.content), path.name: _json(head)}


def _vectors(path: Path, layers: Layers, images: Tensor) -> dict[str, bytes]:
    """The two files of the test vectors, by name: images, and what each layer makes of them."""
    pack = _Pack("float32")
    head: dict[str, Any] = {"format": VECTORS, "version": VERSION, "network": path.name, "images": pack.add(images)}
    head["outputs"] = {name: pack.add(output) for name, output in outputs(layers, images.float())}
    binary = path.with_suffix(".vectors.bin")
    head["arrays"] = pack.index(binary)
    return {binary.name: bytes(pack.content), path.with_suffix(".vectors.json").name: _json(head)}


def _json(head: Record) -> bytes:
    """JSON with a line for each entry and for each layer, to be read by people too."""
    entries = []
    for key, value in head.items():
        layers = isinstance(value, list) and isinstance(value[0], dict)
        text = f"[\n  {_lines(value)}\n ]" if layers else json.dumps(value, ensure_ascii=False)
        entries.append(f" {json.dumps(key)}: {text}")
    return ("{\n" + ",\n".join(entries) + "\n}\n").encode()


def _lines(records: list[Record]) -> str:
    return ",\n  ".join(json.dumps(record, ensure_ascii=False) for record in records)
