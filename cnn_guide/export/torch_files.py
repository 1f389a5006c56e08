"""A network as PyTorch's own exported program, a .pt2 file that runs without the network's Python code."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from .metadata import check_folder, metadata, replace_file
from .tracing import first_logits, trace

if TYPE_CHECKING:
    from cnn_guide.preprocessing import Preprocessing


def to_torch(
    model: nn.Module,
    path: str | os.PathLike[str],
    input_size: tuple[int, int, int],
    *,
    feature_maps: Sequence[str] = (),
    preprocessing: Preprocessing | None = None,
    classes: Sequence[str] | None = None,
) -> Path:
    """Write a network as a `torch.export` program, which returns its outputs by name.

    `torch.export.load(path).module()` runs it; the extra file "metadata.json" holds what `to_onnx` writes as metadata.

    Example:
        >>> import tempfile
        >>> from cnn_guide import models
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     network = torch.export.load(to_torch(models.create("cnn1"), f"{folder}/d.pt2", (1, 28, 28))).module()
        >>> network(torch.zeros(5, 1, 28, 28))["logits"].shape
        torch.Size([5, 10])

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes); left as it was.
        path: Where to write; the name must end in ".pt2".
        input_size: (C, H, W) of the images.
        feature_maps: Modules, as `model.named_modules()` calls them, whose outputs are returned as well.
        preprocessing: How a picture becomes such an image; left out, what the network itself carries.
        classes: Names in the order of the logits; left out, what the network itself carries.

    Returns:
        The path.

    Raises:
        ValueError: If the path's ending, the images or the classes do not fit, or a name has no map.
        ExportError: If the network can't be followed by `torch.export`.
        FileNotFoundError: If the folder does not exist.
    """
    path = Path(path)
    if path.suffix != ".pt2":
        raise ValueError(f"`path` (={str(path)!r}) must end in .pt2, the ending that torch.export.load asks for.")
    check_folder(path)
    described = metadata(model, first_logits(model, input_size, feature_maps), input_size, preprocessing, classes)
    content = io.BytesIO()
    program = trace(model, input_size, feature_maps)
    torch.export.save(program, content, extra_files={"metadata.json": json.dumps(described)})
    replace_file(path, content.getvalue())
    return path
