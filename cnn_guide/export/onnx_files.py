"""A network as an ONNX file, which ONNX Runtime and many other programs run, in browsers and on phones too."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
import torch
from torch import nn
from torch.export import ExportedProgram

from .checking import check_onnx
from .feature_maps import IMAGES, LOGITS
from .metadata import check_folder, metadata, replace_file
from .tracing import first_logits, trace

if TYPE_CHECKING:
    from cnn_guide.preprocessing import Preprocessing


def to_onnx(
    model: nn.Module,
    path: str | os.PathLike[str],
    input_size: tuple[int, int, int],
    *,
    feature_maps: Sequence[str] = (),
    preprocessing: Preprocessing | None = None,
    classes: Sequence[str] | None = None,
) -> Path:
    """Write a network into one ONNX file: input "images" (batch, C, H, W), output "logits" and the maps asked for.

    The network is written as it works in evaluation mode, and is left as it was. What would compute something else than
    the network is not written: `check_onnx` runs both before. The file's metadata hold the
    architecture, the input size, the classes and the preprocessing (JSON, but for the architecture's name), and
    nothing about the machine.

    Example:
        >>> import tempfile, onnxruntime
        >>> from cnn_guide import models
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = to_onnx(models.create("cnn1"), f"{folder}/digits.onnx", (1, 28, 28), feature_maps=["0"])
        ...     session = onnxruntime.InferenceSession(file)
        >>> {output.name: output.shape for output in session.get_outputs()}
        {'logits': ['batch', 10], '0': ['batch', 16, 26, 26]}

    Args:
        model: Maps images (N, C, H, W) to logits (N, classes).
        path: Where to write.
        input_size: (C, H, W) of the images.
        feature_maps: Modules, as `model.named_modules()` calls them, whose outputs become outputs of these names.
        preprocessing: How a picture becomes such an image; left out, what the network itself carries.
        classes: Names in the order of the logits; left out, what the network itself carries.

    Returns:
        The path.

    Raises:
        ValueError: If the images or the classes do not fit, or a name has no map.
        ExportError: If the network can't be followed by `torch.export`, or the file computes something else.
        FileNotFoundError: If the folder does not exist.
    """
    path = Path(path)
    check_folder(path)
    described = metadata(model, first_logits(model, input_size, feature_maps), input_size, preprocessing, classes)
    proto = _proto(trace(model, input_size, feature_maps), [LOGITS, *feature_maps])
    _strip(proto)
    _rename(proto)
    onnx.checker.check_model(proto)
    for key, value in described.items():
        proto.metadata_props.add(key=key, value=value if isinstance(value, str) else json.dumps(value))
    content = proto.SerializeToString(deterministic=True)
    check_onnx(content, model)
    replace_file(path, content)
    return path


def _proto(program: ExportedProgram, outputs: list[str]) -> Any:
    """The program as an ONNX model."""
    with _quiet():
        made = torch.onnx.export(program, dynamo=True, input_names=[IMAGES], output_names=outputs, verbose=False)
    assert made is not None  # only the exporter for TorchScript returns nothing
    return made.model_proto


def _strip(proto: Any) -> None:
    """Take out what the exporter notes for its own developers: code, stack traces, names of files."""
    graph = proto.graph
    for part in (proto, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def _rename(proto: Any) -> None:
    """Call the batch axis "batch", and weights as the network calls them."""
    graph = proto.graph
    symbol = graph.input[0].type.tensor_type.shape.dim[0].dim_param
    for value in (*graph.input, *graph.output, *graph.value_info):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param == symbol:
                dim.dim_param = "batch"
    inner = "model."  # the name of the network in `WithMaps`
    for initializer in graph.initializer:
        initializer.name = initializer.name.removeprefix(inner)
    for node in graph.node:
        node.input[:] = [name.removeprefix(inner) for name in node.input]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter's reports, and its remarks on libraries that are not there; errors still come through."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
