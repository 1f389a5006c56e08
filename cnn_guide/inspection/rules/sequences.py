"""Recurrent layers and packed sequences.

A rule takes a function's arguments by PyTorch's names; it returns None where it does not apply: then PyTorch answers.
"""

# ruff: noqa: A002 - the parameters have PyTorch's names, since operations are called with named arguments too

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...arithmetic.costs import PER_BIAS, PER_MAC, PER_NUMBER
from .making import META, made
from .worked import NumbersNeededError, Worked


class _Gates(NamedTuple):
    """A kind of cell: its gates, and the operations on them for each hidden number, besides products and biases."""

    gates: int
    operations: int


_SIGMOID, _TANH = PER_NUMBER["sigmoid"], PER_NUMBER["tanh"]
_CELLS = {  # each gate joins what comes from the input and from the state: one addition
    "lstm": _Gates(4, 4 + 3 * _SIGMOID + _TANH + 3 + _TANH + 1),  # c = f c + i g; h = o tanh(c)
    "gru": _Gates(3, 3 + 2 * _SIGMOID + 1 + _TANH + 4),  # n = tanh(… + r …); h = (1 - z) n + z h
    "rnn_tanh": _Gates(1, 1 + _TANH),
    "rnn_relu": _Gates(1, 1 + PER_NUMBER["relu"]),
}


def _work(kind: str, weights: Sequence[Tensor], steps: int) -> tuple[int, int]:
    """MACs and all operations of so many steps through all the layers that these weights make up."""
    macs = operations = 0
    for weight in weights:
        if weight.dim() == 2:
            macs += steps * weight.numel()
        else:
            operations += steps * weight.numel() * PER_BIAS
    cell = _CELLS[kind]
    hidden = sum(weight.shape[0] // cell.gates for weight in weights if weight.dim() == 2 and _is_gate(weight, weights))
    return macs, PER_MAC * macs + operations + steps * cell.operations * hidden // 2  # each has two such matrices


def _is_gate(weight: Tensor, weights: Sequence[Tensor]) -> bool:
    """Whether it makes gates, of the input or the state; an LSTM's projection does not."""
    return weight.shape[0] == weights[0].shape[0]


def recurrent(kind: str, input: Tensor, *arguments: Any) -> Worked | None:
    """LSTM, GRU and RNN on a sequence, or on packed sequences (data, sizes of the batches, …)."""
    packed = isinstance(arguments[2], (list, tuple))  # (sizes, state, weights, …), else (state, weights, …)
    state, weights, _, _, _, _, both_ways, *batch_first = arguments[packed:]
    first = state if isinstance(state, Tensor) else state[0]
    if input.shape[-1] != weights[0].shape[1] or input.dim() != (2 if packed else 3):
        return None
    shape = (*input.shape[:-1], first.shape[-1] * (2 if both_ways else 1))
    output = _steps_first(shape, input.dtype) if batch_first == [True] else made(shape, input.dtype)
    states = [made(tensor.shape, input.dtype) for tensor in ([state] if isinstance(state, Tensor) else state)]
    return Worked((output, *states), *_work(kind, weights, prod(input.shape[:-1])))


def _steps_first(shape: tuple[int, int, int], dtype: torch.dtype) -> Tensor:
    """A tensor (N, L, H) that is stored step by step, as recurrent layers do it."""
    batch, _, size = shape
    return torch.empty_strided(shape, (size, batch * size, 1), dtype=dtype, device=META)


def cell(kind: str, input: Tensor, state: Any, *weights: Tensor) -> Worked | None:
    """One step of an LSTM, GRU or RNN."""
    given = [weight for weight in weights if weight is not None]
    if input.shape[-1] != given[0].shape[1]:
        return None
    states = [made(tensor.shape, input.dtype) for tensor in ([state] if isinstance(state, Tensor) else state)]
    return Worked(states[0] if kind != "lstm" else tuple(states), *_work(kind, given, prod(input.shape[:-1])))


def packed(input: Tensor, lengths: Tensor, batch_first: bool) -> Worked | None:
    """Sequences of several lengths one step after the other, without their padding."""
    if lengths.is_meta:
        raise NumbersNeededError("pack_padded_sequence")
    steps = [int(length) for length in lengths]
    sizes = [sum(length > step for length in steps) for step in range(max(steps))]
    data = made((sum(sizes), *input.shape[2:]), input.dtype)
    return Worked((data, torch.tensor(sizes)), 0, 0)


def unpacked(
    data: Tensor, batch_sizes: Tensor, batch_first: bool, padding_value: float, total_length: int
) -> Worked | None:
    """Packed sequences as one tensor with padding, and their lengths."""
    sizes = [int(size) for size in batch_sizes]
    steps, batch = max(total_length, len(sizes)), sizes[0]
    lengths = torch.tensor([sum(size > row for size in sizes) for row in range(batch)])
    shape = (batch, steps) if batch_first else (steps, batch)
    return Worked((made((*shape, *data.shape[1:]), data.dtype), lengths), 0, 0)


RULES: dict[str, Callable[..., Any]] = {
    **{kind: partial(recurrent, kind) for kind in _CELLS},
    **{f"{kind}_cell": partial(cell, kind) for kind in _CELLS},
    "pack_padded_sequence": packed,
    "pad_packed_sequence": unpacked,
}
