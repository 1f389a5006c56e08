"""What an exported file says about its network besides the weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

if TYPE_CHECKING:
    from cnn_guide.preprocessing import Preprocessing


def metadata(
    model: nn.Module,
    logits: Tensor,
    input_size: tuple[int, int, int],
    preprocessing: Preprocessing | None,
    classes: Sequence[str] | None,
) -> dict[str, Any]:
    """Gather what a program needs to use the network: plain values, for JSON.

    Args:
        model: The network; its own `architecture`, `classes` and `preprocessing` fill in what is not given.
        logits: Any logits of it (N, classes).
        input_size: (C, H, W) of its images.
        preprocessing: How a picture becomes such an image.
        classes: The classes' names, in the order of the logits.

    Returns:
        `architecture`, `input_size`, `classes` and `preprocessing`; the last two only where they are known.

    Raises:
        ValueError: If there are not as many classes as logits.
    """
    classes = classes if classes is not None else getattr(model, "classes", None)
    preprocessing = preprocessing if preprocessing is not None else getattr(model, "preprocessing", None)
    found: dict[str, Any] = {
        "architecture": getattr(model, "architecture", type(model).__name__),
        "input_size": list(input_size),
    }
    if classes is not None:
        outputs = logits.shape[1]
        if len(classes) != (2 if outputs == 1 else outputs):  # one logit tells two classes apart
            raise ValueError(f"`classes` holds {len(classes)} names, but the network has {outputs} outputs.")
        found["classes"] = list(classes)
    if preprocessing is not None:
        found["preprocessing"] = preprocessing.to_dict()
    return found


def replace_file(path: Path, content: bytes) -> None:
    """Write a file as a whole: a program that is stopped leaves the old one, or none."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def check_folder(path: Path) -> None:
    """Refuse a path whose folder is not there, before any work is done.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"`path` (={str(path)!r}) lies in a folder that does not exist. Make {path.parent} first."
        )
