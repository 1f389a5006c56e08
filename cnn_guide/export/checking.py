"""Whether an ONNX file computes what its network computes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from .feature_maps import IMAGES, LOGITS, WithMaps, check_names, evaluating
from .tracing import ExportError, example_images

NOISE = 1e-6  # of outputs that are all but zero


def check_onnx(
    file: str | os.PathLike[str] | bytes,
    model: nn.Module,
    images: Tensor | None = None,
    *,
    batch_sizes: Sequence[int] = (1, 2, 7),
    tolerance: float = 1e-4,
) -> float:
    """Run an ONNX file and its network on the same images, and return the largest difference between their outputs.

    Args:
        file: A file of `to_onnx`, or its content.
        model: The network that it was made from.
        images: Real images (N, C, H, W), which are tried besides random ones.
        batch_sizes: How many images to give at once.
        tolerance: What a difference may be, as a share of the largest value of that output.

    Returns:
        The largest absolute difference, over all outputs.

    Raises:
        ExportError: If an output differs by more.
    """
    source = file if isinstance(file, bytes) else os.fspath(file)
    session = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    maps = [name for name in names if name != LOGITS]
    check_names(model, maps)
    largest = 0.0
    with evaluating(model):
        for batch in _batches(session, model, images, batch_sizes):
            expected = WithMaps(model, maps)(batch)
            found = session.run(names, {IMAGES: batch.cpu().numpy()})
            for name, output in zip(names, found, strict=True):
                largest = max(largest, _difference(name, output, expected[name].cpu().numpy(), tolerance))
    return largest


def _batches(session: Any, model: nn.Module, images: Tensor | None, sizes: Sequence[int]) -> Iterator[Tensor]:
    """Random images, then real ones, in batches of each size."""
    input_size = json.loads(session.get_modelmeta().custom_metadata_map["input_size"])
    generator = torch.Generator().manual_seed(0)
    for size in sizes:
        like = example_images(model, input_size, size)
        yield torch.randn(like.shape, generator=generator).to(like)
        if images is not None:
            yield images[:size].to(like)


def _difference(name: str, found: Any, expected: Any, tolerance: float) -> float:
    difference = float(np.abs(found - expected).max())
    largest = float(np.abs(expected).max())
    if not difference <= tolerance * largest + NOISE:  # "not", for NaN
        raise ExportError(
            f"Output {name!r} of the file differs from the network's by {difference:.2g}, where the largest value is "
            f"{largest:.2g}. Was the file made from this network, with these weights? "
            "Or PyTorch's exporter has a fault: write the layer before this output in another way."
        )
    return difference
