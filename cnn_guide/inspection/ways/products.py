"""Ways of places through products of matrices, attention, recurrent layers, reductions and normalisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...arithmetic.arguments import Shape
from ...arithmetic.joining import joined
from ...arithmetic.layout import OWED, Digit, Lost, Place, lost_place
from ...arithmetic.mixing import mixed, slid
from ...arithmetic.windows import Past
from .call import Call, Placed, Way, place_of, tensors


def dense(call: Call) -> Place:
    """A linear layer: all numbers along the last dimension."""
    return mixed(call.place, call.shape, (len(call.shape) - 1,))


def contracted(operands: Sequence[tuple[Place | None, Shape, str]], labels: str, output: Shape) -> Place:
    """A product of tensors whose dimensions have names, summed over the names that the output lacks."""
    parts: list[Placed] = []
    for place, shape, names in operands:
        if place is None:
            continue
        left = mixed(place, shape, [dim for dim, name in enumerate(names) if name not in labels])
        where = [names.find(label) for label in labels]
        dims = tuple(None if dim < 0 else left.dims[dim] for dim in where)
        sizes = tuple(1 if dim < 0 else shape[dim] for dim in where)
        parts.append((Place(left.seen, dims), sizes))
    try:
        return joined(parts, output)
    except Lost:
        return _owing(parts, operands, labels, output)


def _owing(
    parts: Sequence[Placed], operands: Sequence[tuple[Place | None, Shape, str]], labels: str, output: Shape
) -> Place:
    """Each place of one map by each of another, as in the scores of attention.

    No axis can lie on two dimensions; so the second map is taken as a whole, which becomes true once the scores have
    been weighed against each other or summed.
    """
    if len(parts) != 2:
        raise Lost("it multiplies several maps place by place")
    (first, before), (second, sizes) = parts
    own = {d for d, label in enumerate(labels) if label not in operands[0][2] and second.dims[d] is not None}
    whole = mixed(second, sizes, own)
    dims = tuple(
        (Digit(size, OWED),) if d in own else dim for d, (dim, size) in enumerate(zip(whole.dims, sizes, strict=True))
    )
    return joined([(first, before), (Place(whole.seen, dims), sizes)], output)


def multiplied(call: Call) -> Place:
    """A product of matrices, or of two tensors full of them."""
    first, second = call.args[0], call.given(1, "other", call.given(1, "mat2"))
    if call.name == "rmatmul":
        first, second = second, first
    return _product(first, second, call.output)


def added_product(call: Call) -> Place:
    """A product of matrices, added to another tensor."""
    _, first, second = call.args[:3]
    added = place_of(call.input)
    parts = [(added, call.shape)] if added else []
    if any(map(place_of, (first, second))):
        parts.append((_product(first, second, call.output), call.output))
    return joined(parts, call.output)


def _product(first: Any, second: Any, output: Shape) -> Place:
    names = "abcdefgh"[: max(first.dim(), second.dim()) - 2]
    left = "k" if first.dim() == 1 else names[len(names) - first.dim() + 2 :] + "mk"
    right = "k" if second.dim() == 1 else names[len(names) - second.dim() + 2 :] + "kn"
    labels = names + "m" * (first.dim() > 1) + "n" * (second.dim() > 1)
    operands = [(place_of(t), tuple(t.shape), axes) for t, axes in ((first, left), (second, right))]
    return contracted(operands, labels, output)


def summed(call: Call) -> Place:
    """Einstein's sums."""
    inputs, arrow, labels = call.args[0].replace(" ", "").partition("->")
    given = tensors(call.args[1:])
    if not arrow or any(len(set(names)) < len(names) for names in inputs.replace("...", "").split(",")):
        raise Lost("the sum takes a diagonal, or does not name its output")
    terms = [_dotless(names, tensor.dim()) for names, tensor in zip(inputs.split(","), given, strict=True)]
    operands = [(place_of(tensor), tuple(tensor.shape), names) for tensor, names in zip(given, terms, strict=True)]
    return contracted(operands, _dotless(labels, len(call.output)), call.output)


def _dotless(names: str, axes: int) -> str:
    """Names with digits for the dimensions that dots stand for, counted from the last."""
    dots = axes - len(names.replace("...", ""))
    return names.replace("...", "".join(str(dots - place - 1) for place in range(dots)))


def attended(call: Call) -> Place:
    """Attention: each query sees all keys and values."""
    if call.given(5, "is_causal", False):
        raise Lost("a causal mask hides the later places")
    query, key, value = (call.given(place, name) for place, name in enumerate(("query", "key", "value")))
    names = "abcdefgh"[: query.dim() - 2]
    given = ((query, names + "qe"), (key, names + "ke"), (value, names + "kv"))
    return contracted([(place_of(t), tuple(t.shape), axes) for t, axes in given], names + "qv", call.output)


def many_attended(call: Call) -> Iterator[Place]:
    """Attention with several heads, from (tokens, batch, numbers) through all its projections; and its weights."""
    tokens = [call.given(place, name) for place, name in enumerate(("query", "key", "value"))]
    batch = "b" * (tokens[0].dim() - 2)
    operands = [
        (place_of(tensor), tuple(tensor.shape), name + batch + "e") for tensor, name in zip(tokens, "qkk", strict=True)
    ]
    yield contracted(operands, f"q{batch}v", call.output)
    for weights in tensors((call.result,))[1:]:
        yield lost_place("the weights of attention stand for pairs of places", weights.dim())


def recurrent(call: Call) -> Iterator[Place]:
    """A recurrent layer: a unit sees those before it, or all where the layer reads both ways; and its last states."""
    if not isinstance(call.args[3], bool):
        raise Lost("sequences of different lengths are packed together")
    both, time = call.args[7], 1 if call.args[8] else 0
    place, shape = mixed(call.place, call.shape, (2,)), (*call.shape[:2], 1)
    output = (*shape[:2], call.output[2])
    if both or place.dims[time] is None:
        yield mixed(place, shape, (time,), stir=True)
    else:
        yield slid(place, shape, {time: Past()}, output)
    last = mixed(place, shape, (time,))
    for _ in call.result[1:]:
        yield Place(last.seen, (None, last.dims[1 - time], None))


def cell(call: Call) -> Place:
    """One step of a recurrent layer."""
    numbers = [(place, shape) for place, shape in call.placed() if len(shape) == len(call.output)]
    parts = [(mixed(place, shape, (len(shape) - 1,)), (*shape[:-1], 1)) for place, shape in numbers]
    return joined(parts, call.output)


WAYS: dict[str, Way] = {
    "linear": dense,
    **dict.fromkeys(("matmul", "rmatmul", "mm", "bmm", "mv", "dot"), multiplied),
    **dict.fromkeys(("addmm", "baddbmm"), added_product),
    "einsum": summed,
    "scaled_dot_product_attention": attended,
    "multi_head_attention_forward": many_attended,
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), recurrent),
    **dict.fromkeys(("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"), cell),
    "bilinear": cell,
}
