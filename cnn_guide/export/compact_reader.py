"""A reader of the compact form in NumPy: what a page's script does, in Python."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Record = dict[str, Any]

FORMAT = "cnn-guide compact network"
VECTORS = "cnn-guide compact test vectors"
VERSION = 1


@dataclass(frozen=True, eq=False)
class Compact:
    """A network of the compact form, ready to run.

    Args:
        head: What the JSON file holds: `architecture`, `input_size`, `layers` and so on.
        arrays: The weights of each layer, by the layer's name: `weight` and `bias`.
    """

    head: Record
    arrays: dict[str, dict[str, Array]] = field(repr=False)

    def run(self, images: Array) -> Array:
        """Return the logits (N, classes) of images (N, C, H, W)."""
        *_, (_, logits) = self._steps(images)
        return logits

    def maps(self, images: Array) -> dict[str, Array]:
        """Return what each layer makes of images (N, C, H, W), by its name."""
        return dict(self._steps(images))

    def _steps(self, images: Array) -> Iterator[tuple[str, Array]]:
        values = images.astype(np.float64)
        for layer in self.head["layers"]:
            values = _WAYS[layer["type"]](values, layer, **self.arrays[layer["name"]])
            yield layer["name"], values


def read_compact(path: str | os.PathLike[str]) -> Compact:
    """Read a network from its JSON file and the binary file beside it.

    Args:
        path: The JSON file.

    Returns:
        The network.

    Raises:
        ValueError: If the file is of another format or version, or the weights are not those that belong to it.
    """
    path = Path(path)
    head = _head(path, FORMAT)
    content = _content(path, head["weights"])
    arrays = {
        layer["name"]: {
            part: _array(content, layer[part], head["weights"]) for part in ("weight", "bias") if part in layer
        }
        for layer in head["layers"]
    }
    return Compact(head, arrays)


def read_vectors(path: str | os.PathLike[str]) -> tuple[Array, dict[str, Array]]:
    """Read the test vectors NAME.vectors.json: images (N, C, H, W), and what each layer makes of them."""
    path = Path(path)
    head = _head(path, VECTORS)
    content = _content(path, head["arrays"])
    found = {name: _array(content, entry, head["arrays"]) for name, entry in head["outputs"].items()}
    return _array(content, head["images"], head["arrays"]), found


def _head(path: Path, form: str) -> Record:
    head: Record = json.loads(path.read_text("utf-8"))
    if (head.get("format"), head.get("version")) != (form, VERSION):
        raise ValueError(
            f"{path} is not a {form!r} of version {VERSION}: it says {head.get('format')!r}, {head.get('version')!r}."
        )
    return head


def _content(path: Path, index: Record) -> bytes:
    content = path.with_name(index["file"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != index["sha256"]:
        raise ValueError(f"{index['file']} is not the file that {path.name} was written with. Write both again.")
    return content


def _array(content: bytes, entry: Record, index: Record) -> Array:
    """One array; its numbers are little-endian and lie in the order of rows."""
    dtype = np.dtype(index["dtype"]).newbyteorder("<")
    count = int(np.prod(entry["shape"]))
    return np.frombuffer(content, dtype, count, entry["offset"]).reshape(entry["shape"]).astype(np.float64)


def _padded(values: Array, padding: list[int], fill: float) -> Array:
    rows, columns = padding
    return np.pad(values, ((0, 0), (0, 0), (rows, rows), (columns, columns)), constant_values=fill)


def _windows(values: Array, size: tuple[int, ...], stride: list[int]) -> Array:
    """Every window of the last two axes: (N, C, H, W) → (N, C, rows, columns, height, width)."""
    windows: Array = np.lib.stride_tricks.sliding_window_view(values, size, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1]]


def _convolve(values: Array, layer: Record, weight: Array, bias: Array | float = 0.0) -> Array:
    windows = _windows(_padded(values, layer["padding"], 0.0), weight.shape[2:], layer["stride"])
    sums: Array = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3)))  # (N, rows, columns, channels)
    return (sums + bias).transpose(0, 3, 1, 2)


def _max_pool(values: Array, layer: Record) -> Array:
    padded = _padded(values, layer["padding"], -np.inf)
    largest: Array = _windows(padded, tuple(layer["kernel_size"]), layer["stride"]).max(axis=(4, 5))
    return largest


def _linear(values: Array, layer: Record, weight: Array, bias: Array | float = 0.0) -> Array:
    sums: Array = values @ weight.T + bias
    return sums


_WAYS: dict[str, Callable[..., Array]] = {
    "conv": _convolve,
    "relu": lambda values, layer: np.maximum(values, 0),
    "maxpool": _max_pool,
    "global_average_pool": lambda values, layer: values.mean(axis=(2, 3), keepdims=True),
    "flatten": lambda values, layer: values.reshape(len(values), -1),
    "linear": _linear,
}
