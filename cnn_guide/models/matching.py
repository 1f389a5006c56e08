"""Whether the tensors of a file fit into a network: all is compared before anything is copied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

_OLD_DENSENET = re.compile(r"(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)")  # norm.1.weight, today norm1.weight
_COUNTER = "num_batches_tracked"  # batch norms count their batches since PyTorch 0.4.1; older files do not
_SHOWN = 3  # names that a message lists


class Match(NamedTuple):
    """What is to be copied into a network, by the names of its tensors, and what stays as it is."""

    taken: dict[str, Tensor]
    fresh: tuple[str, ...]


class _Gaps(NamedTuple):
    missing: list[str]
    unexpected: list[str]
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]  # in the file, in the network


def match(model: nn.Module, state: Mapping[str, Tensor], *, strict: bool = True, part: str = "") -> Match:
    """Match tensors with those of a network, by name and shape.

    Args:
        model: the network; it is not changed.
        state: tensors by their names, of this or of an older form.
        strict: whether missing and unexpected tensors are refused.
        part: if not empty, only tensors whose names begin so are taken, and only those may be missing.

    Returns:
        What fits. Another number of classes is no fault: the classifier stays fresh then.

    Raises:
        ValueError: if tensors are missing, unexpected or of another shape; the message names them.
    """
    own = model.state_dict()
    given = _of_today(state, own)
    given = {name: tensor for name, tensor in given.items() if name.startswith(part)}
    gaps = _gaps(given, {name: tensor for name, tensor in own.items() if name.startswith(part)})
    classifier = _classifier(gaps.shapes)
    shapes = {name: pair for name, pair in gaps.shapes.items() if name not in classifier}
    gaps = gaps._replace(shapes=shapes)
    refused = gaps if strict else gaps._replace(missing=[], unexpected=[])
    taken = {name: tensor for name, tensor in given.items() if name in own and name not in classifier}
    if any(refused) or not taken:
        raise ValueError(_complaint(model, gaps, own, anything=bool(taken)))
    return Match(taken, tuple(name for name in own if name not in taken))


def _of_today(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under today's names, with the counters that old files lack, without heads that the network lacks."""
    renamed = {_OLD_DENSENET.sub(r"\1\2", name): tensor for name, tensor in state.items()}
    if {"aux1.fc1.weight", "fc.weight"} <= set(renamed) and not any(name.startswith("aux") for name in own):
        renamed = {name: tensor for name, tensor in renamed.items() if not name.startswith("aux")}  # GoogLeNet's
    for name, tensor in own.items():
        if name.endswith(_COUNTER) and name.replace(_COUNTER, "running_mean") in renamed:
            renamed.setdefault(name, torch.zeros_like(tensor))
    return renamed


def _gaps(given: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> _Gaps:
    pairs = {name: (tuple(given[name].shape), tuple(tensor.shape)) for name, tensor in own.items() if name in given}
    return _Gaps(
        missing=[name for name in own if name not in given],
        unexpected=[name for name in given if name not in own],
        shapes={name: pair for name, pair in pairs.items() if pair[0] != pair[1]},
    )


def _classifier(shapes: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]) -> set[str]:
    """The tensors of another shape, if one number of a layer's outputs in place of another explains them all."""
    alike = all(theirs and ours and theirs[1:] == ours[1:] for theirs, ours in shapes.values())
    numbers = {(theirs[:1], ours[:1]) for theirs, ours in shapes.values()}
    has_layer = any(len(theirs) > 1 for theirs, _ in shapes.values())
    return set(shapes) if alike and has_layer and len(numbers) == 1 else set()


def _complaint(model: nn.Module, gaps: _Gaps, own: Mapping[str, Tensor], *, anything: bool) -> str:
    shapes = [f"{name}: {theirs}, the network's {ours}" for name, (theirs, ours) in gaps.shapes.items()]
    parts = [
        _listed("missing", gaps.missing, f" of {len(own)} tensors"),
        _listed("unexpected", gaps.unexpected),
        _listed("of another shape", shapes),
    ]
    name = getattr(model, "architecture", type(model).__name__)
    return f"`weights` do not fit {name}: {'; '.join(filter(None, parts))}. {_way_out(gaps, anything)}"


def _listed(fault: str, names: list[str], among: str = "") -> str:
    more = ", …" if len(names) > _SHOWN else ""
    return f"{fault}: {len(names)}{among} ({', '.join(names[:_SHOWN])}{more})" if names else ""


def _way_out(gaps: _Gaps, anything: bool) -> str:
    for theirs, ours in gaps.shapes.values():
        if len(ours) == len(theirs) == 4 and theirs[:1] + theirs[2:] == ours[:1] + ours[2:]:
            return (
                f"They take pictures with {theirs[1]} channels: create the network with in_channels={theirs[1]}. "
                f"Preprocessing(channels={theirs[1]}) converts grey and coloured pictures."
            )
    if gaps.shapes or not anything:
        return "Create the network under the name and with the options with which they were trained."
    return "With strict=False what fits is loaded, and `model.fresh` names the rest."
