"""Products of matrices, look-ups in tables, attention.

A rule takes a function's arguments by PyTorch's names; it returns None where it does not apply: then PyTorch answers.
"""

# ruff: noqa: A002 - the parameters have PyTorch's names, since operations are called with named arguments too

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from string import ascii_uppercase
from typing import Any

import torch
from torch import Tensor

from ...arithmetic import ShapeError
from ...arithmetic.costs import PER_BIAS, PER_MAC, PER_NUMBER
from .making import broadcast, made, same_type
from .worked import Worked


def _product(result: Tensor, depth: int, added: int = 0) -> Worked:
    """A result of which each number is a sum of so many products, and of some numbers more."""
    numbers = result.numel()
    return Worked(result, numbers * depth, numbers * (PER_MAC * depth + added))


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Worked | None:
    """A dense layer on the last axis."""
    shape, sizes = input.shape, weight.shape
    same_type(input, weight)
    if len(sizes) != 2 or not shape:
        return None
    if shape[-1] != sizes[1]:
        raise ShapeError(
            f"`weight` {tuple(sizes)} does not fit the last axis of the input {tuple(shape)}.",
            expected=sizes[1],
            got=shape[-1],
        )
    if bias is not None and bias.shape != (sizes[0],):
        return None
    return _product(made((*shape[:-1], sizes[0]), input.dtype), sizes[1], 0 if bias is None else PER_BIAS)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Worked | None:
    """A number x1 W x2 for each output, with a matrix W of its own."""
    out, one, other = weight.shape
    if input1.shape[-1] != one or input2.shape[-1] != other or input1.shape[:-1] != input2.shape[:-1]:
        return None
    result = made((*input1.shape[:-1], out), input1.dtype)
    return _product(result, one * other + one, 0 if bias is None else PER_BIAS)  # W x2, then x1 times that


def matmul(input: Tensor, other: Tensor) -> Worked | None:
    """A product of matrices or vectors, with the first axes broadcast; mm, bmm, mv and dot are cases of it."""
    one, two = tuple(input.shape), tuple(other.shape)
    same_type(input, other)
    if not one or not two:
        return None
    rows, columns = one[-2:-1], two[-1:] if len(two) > 1 else ()
    first = broadcast([one[:-2], two[:-2]])
    depth = two[-2 if len(two) > 1 else 0]
    if one[-1] != depth:
        raise ShapeError(
            f"Matrices {one} and {two} can't be multiplied: rows of {one[-1]} numbers by columns of {depth}.",
            expected=one[-1],
            got=depth,
        )
    return _product(made(first + rows + columns, input.dtype), one[-1])


def rmatmul(input: Tensor, other: Tensor) -> Worked | None:
    """`other @ input`."""
    return matmul(other, input)


def matrices(axes: int, input: Tensor, mat2: Tensor) -> Worked | None:
    """Products without broadcasting: mm and bmm."""
    fits = input.dim() == mat2.dim() == axes and input.shape[:-2] == mat2.shape[:-2]
    return matmul(input, mat2) if fits else None


def added_product(
    axes: int, input: Tensor, one: Tensor, other: Tensor, *, beta: float = 1, alpha: float = 1
) -> Worked | None:
    """A product of matrices and something added to it: addmm and baddbmm."""
    answer = matrices(axes, one, other)
    if answer is None:
        return None
    shape = tuple(answer.result.shape)
    if broadcast([input.shape, shape]) != shape:
        raise ShapeError(f"`input` {tuple(input.shape)} can't be added to a product of the shape {shape}.")
    return Worked(answer.result, answer.macs, answer.operations + answer.result.numel())


def outer(input: Tensor, vec2: Tensor) -> Worked | None:
    """Each number of one vector times each of another."""
    if input.dim() != 1 or vec2.dim() != 1:
        return None
    result = made((*input.shape, *vec2.shape), torch.promote_types(input.dtype, vec2.dtype))
    return Worked(result, 0, result.numel())


def einsum(equation: Any, *operands: Any) -> Worked | None:
    """A sum of products by Einstein's convention, of two tensors after the other, as PyTorch does it."""
    tensors = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    if not isinstance(equation, str) or len(tensors) < 2:
        return None
    terms, right = _terms(equation, [tensor.dim() for tensor in tensors])
    sizes = _sizes(terms, tensors)
    if any(len(set(term)) < len(term) for term in (*terms, right)) or not set(right) <= sizes.keys():
        return None
    term, *others = terms
    macs = operations = 0
    for index, other in enumerate(others):
        needed = set(right).union(*others[index + 1 :])
        joined = "".join(dict.fromkeys(term + other))
        work = prod(sizes[letter] for letter in joined)
        term = "".join(letter for letter in joined if letter in needed)
        macs += work if len(term) < len(joined) else 0  # else nothing is summed up
        operations += PER_MAC * work if len(term) < len(joined) else work
    return Worked(made([sizes[letter] for letter in right], tensors[0].dtype), macs, operations)


def _terms(equation: str, axes: list[int]) -> tuple[list[str], str]:
    """A letter for each axis of each tensor, and of the result; capital letters for those of an ellipsis."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    given = list(zip(left.split(","), axes, strict=True))
    most = max([count - len(term) + 3 for term, count in given if "..." in term], default=0)
    free = [letter for letter in ascii_uppercase if letter not in equation][:most]
    whole = [term.replace("...", "".join(free[most - (count - len(term) + 3) :])) for term, count in given]
    if not arrow:
        letters = left.replace(",", "").replace(".", "")
        right = "..." * ("..." in left) + "".join(sorted(letter for letter in letters if letters.count(letter) == 1))
    return whole, right.replace("...", "".join(free))


def _sizes(terms: list[str], tensors: Any) -> dict[str, int]:
    """The size of each letter.

    Raises:
        ValueError: if two tensors differ in it.
    """
    sizes: dict[str, int] = {}
    for term, tensor in zip(terms, tensors, strict=True):
        for letter, size in zip(term, tensor.shape, strict=True):
            if sizes.get(letter, 1) != 1 and size not in (1, sizes[letter]):
                raise ValueError(letter)
            sizes[letter] = max(sizes.get(letter, 1), size)
    return sizes


def embedded(input: Tensor, weight: Tensor, *arguments: Any, **named: Any) -> Tensor | None:
    """Rows of a table; torch.embedding takes the table first."""
    indices, table = (input, weight) if weight.is_floating_point() else (weight, input)
    if indices.is_floating_point() and not getattr(indices, "_of_any_type", False):
        return None
    return made((*indices.shape, table.shape[1]), table.dtype)


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Worked | None:
    """Scores of queries (…, L, E) with keys (…, S, E), softmax, and sums of values (…, S, V) by them."""
    *batch, targets, size = query.shape
    if key.shape[-1] != size or key.shape[-2] != value.shape[-2]:
        return None
    first = tuple(batch) if enable_gqa else broadcast([batch, key.shape[:-2], value.shape[:-2]])
    result = made((*first, targets, value.shape[-1]), query.dtype)
    scores = prod(first) * targets * key.shape[-2]
    macs = scores * (size + value.shape[-1])
    others = (
        query.numel() + (PER_NUMBER["softmax"] + (attn_mask is not None)) * scores
    )  # the scale of the queries first
    return Worked(result, macs, PER_MAC * macs + others)


def multi_head_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    *,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    key_padding_mask: Tensor | None = None,
    average_attn_weights: bool = True,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    **named: Any,
) -> Worked | None:
    """What nn.MultiheadAttention does, on queries (L, N, E) and keys (S, N, …), or both without N."""
    batch, size = tuple(query.shape[1:-1]), query.shape[-1]
    fits = size == embed_dim_to_check and size % num_heads == 0 and tuple(key.shape[1:-1]) == batch
    if not fits or key.shape[:-1] != value.shape[:-1] or static_k is not None or static_v is not None:
        return None
    times, targets = prod(batch), query.shape[0]
    sources = key.shape[0] + (bias_k is not None) + add_zero_attn
    scores = times * num_heads * targets * sources
    macs = size * (2 * query.numel() + key.numel() + value.numel()) + 2 * scores * (size // num_heads)
    biases = (times * 2 * key.shape[0] * size + query.numel() if in_proj_bias is not None else 0) + (
        query.numel() if out_proj_bias is not None else 0
    )
    masks = (attn_mask is not None) + (key_padding_mask is not None)
    others = PER_BIAS * biases + query.numel() + (PER_NUMBER["softmax"] + masks) * scores
    heads = () if average_attn_weights else (num_heads,)
    weights = made((*batch, *heads, targets, sources), query.dtype) if need_weights else None
    return Worked((made(query.shape, query.dtype), weights), macs, PER_MAC * macs + others)


RULES: dict[str, Callable[..., Any]] = {
    "linear": linear,
    "bilinear": bilinear,
    "matmul": matmul,
    "mv": matmul,
    **dict.fromkeys(("dot", "vdot"), partial(matrices, 1)),
    "rmatmul": rmatmul,
    "mm": partial(matrices, 2),
    "bmm": partial(matrices, 3),
    "addmm": partial(added_product, 2),
    "baddbmm": partial(added_product, 3),
    "einsum": einsum,
    "outer": outer,
    "embedding": embedded,
    "scaled_dot_product_attention": attention,
    "multi_head_attention_forward": multi_head_attention,
}
