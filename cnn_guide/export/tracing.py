"""The network as a graph of PyTorch's operations, which all exported files but the compact one are made of."""

from __future__ import annotations

import warnings
from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from .feature_maps import IMAGES, WithMaps, check_maps, check_names, evaluating


class ExportError(ValueError):
    """A network that can't be written in the form that was asked for; the message names what stands in the way."""


def example_images(model: nn.Module, input_size: tuple[int, int, int], count: int = 2) -> Tensor:
    """Return black images (count, C, H, W) that the network takes: of its type, on its device.

    Raises:
        ValueError: If `input_size` is not three sizes of at least 1.
    """
    if len(input_size) != 3 or min(input_size) < 1:
        raise ValueError(f"`input_size` (={input_size!r}) must be (channels, height, width), without the batch axis.")
    first = next((each for each in model.parameters() if each.is_floating_point()), torch.zeros(0))
    return torch.zeros(count, *input_size, dtype=first.dtype, device=first.device)


def first_logits(model: nn.Module, input_size: tuple[int, int, int], feature_maps: Collection[str] = ()) -> Tensor:
    """Run the network once as it is, so that what does not fit is told in plain words before anything is traced.

    Returns:
        Logits (2, classes) of black images.

    Raises:
        ValueError: If the images do not fit the network, or a name in `feature_maps` has no map.
    """
    check_names(model, feature_maps)
    images = example_images(model, input_size)
    with evaluating(model):
        try:
            return check_maps(model, feature_maps, images)
        except RuntimeError as error:
            raise ValueError(f"`input_size` (={input_size}) does not fit the network: {error}") from error


def trace(model: nn.Module, input_size: tuple[int, int, int], feature_maps: Collection[str] = ()) -> ExportedProgram:
    """Trace the network with a free batch size.

    Args:
        model: Maps images (N, C, H, W) to logits; left as it was.
        input_size: (C, H, W).
        feature_maps: Modules whose outputs are returned beside the logits.

    Returns:
        A program that maps images (N, C, H, W) to a dict of outputs, without traces of where it was made.

    Raises:
        ExportError: If `torch.export` can't follow the network.
    """
    shapes = {IMAGES: {0: Dim("batch")}}
    with evaluating(model), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's own, about its own trees
        try:
            whole = WithMaps(model, feature_maps).eval()
            program = torch.export.export(whole, (example_images(model, input_size),), dynamic_shapes=shapes)
        except Exception as error:  # torch.export fails with many kinds
            reason = str(error).strip().split("\n")[0]
            raise ExportError(
                f"`model` ({type(model).__name__}) can't be followed by torch.export: {reason}"
            ) from error
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # names files of this machine
    return program
