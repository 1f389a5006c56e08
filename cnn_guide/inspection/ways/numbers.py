"""Ways of places through operations that work number by number, and through statistics along dimensions."""

from __future__ import annotations

from torch import Tensor

from ...arithmetic.joining import joined
from ...arithmetic.layout import Place
from ...arithmetic.mixing import mixed, slid
from ...arithmetic.windows import Past, Window
from .call import Call, Way, along, dims_of


def one_by_one(call: Call) -> Place:
    """Each number from the numbers at its place."""
    return joined(call.placed(), call.output)


def scaled(call: Call) -> Place:
    """A product; where a map meets numbers that stand for all its places, these are a gate, which may be left out."""
    placed = call.placed()
    maps = [part for part in placed if part[0].on_map or part[0].lost]
    return joined(maps if maps and not call.strict else placed, call.output)


def reduced(call: Call, first: int = 1) -> Place:
    """One number for all along some dimensions."""
    axes = len(call.shape)
    given = call.given(first, "dim", call.kwargs.get("axis"))
    if isinstance(given, Tensor):
        return one_by_one(call)  # the larger of two numbers
    dims = dims_of(None if isinstance(given, bool) else given, axes)
    place = mixed(call.place, call.shape, dims)
    if len(call.output) == axes:
        return place
    return Place(place.seen, tuple(dim for number, dim in enumerate(place.dims) if number not in dims))


def normed(call: Call) -> Place:
    """A norm, whose second argument is its order."""
    return reduced(call, first=2)


def weighed(call: Call) -> Place:
    """Softmax and sorting: every number depends on all along one dimension."""
    first = 2 if call.name == "topk" else 1
    usual = -1 if call.name in ("topk", "sort", "argsort") else 0 if len(call.shape) in (0, 1, 3) else 1
    given = call.given(first, "dim")
    dim = along(usual if given is None else given, len(call.shape))
    return mixed(call.place, call.shape, (dim,), stir=call.output[dim] == call.shape[dim])


def run_up(call: Call) -> Place:
    """Running sums: a number depends on all before it along one dimension."""
    dim = along(call.given(1, "dim"), len(call.shape))
    if call.place.dims[dim] is None:
        return call.place
    return slid(call.place, call.shape, {dim: Past()}, call.output)


def gated(call: Call) -> Place:
    """One half of a dimension times a gate made of the other."""
    dim = along(call.given(1, "dim", -1), len(call.shape))
    if call.place.dims[dim] is None:
        return call.place
    return slid(call.place, call.shape, {dim: Window(2, 1, 0, call.output[dim])}, call.output)


def normalised_over_map(call: Call) -> Place:
    """Group and instance normalisation, taken literally: their statistics reach over the map and the channels."""
    return mixed(call.place, call.shape, range(1, len(call.shape)), stir=True)


def normalised_in_batch(call: Call) -> Place:
    """Batch normalisation, taken literally: stored statistics, unless it has none."""
    if not call.given(5, "training", False):
        return call.place
    return mixed(call.place, call.shape, (0, *range(2, len(call.shape))), stir=True)


def normalised_last(call: Call) -> Place:
    """Layer and RMS normalisation, taken literally: statistics of the last dimensions."""
    axes = len(call.shape)
    return mixed(call.place, call.shape, range(axes - len(call.given(1, "normalized_shape")), axes), stir=True)


def normalised_along(call: Call) -> Place:
    """Vectors brought to length 1, taken literally."""
    return mixed(call.place, call.shape, dims_of(call.given(2, "dim", 1), len(call.shape)), stir=True)


_FROM_ONE = """
    abs absolute acos acosh alpha_dropout asin asinh atan atanh bfloat16 bitwise_not bool ceil celu channel_shuffle
    clone contiguous cos cosh cpu cuda detach double dropout dropout1d dropout2d dropout3d elu erf erfc exp exp2 expm1
    feature_alpha_dropout float floor frac gelu half hardshrink hardsigmoid hardswish hardtanh imag int invert isfinite
    isinf isnan leaky_relu local_response_norm log log10 log1p log2 log_sigmoid logical_not logit logsigmoid long mish
    nan_to_num neg negative positive real reciprocal relu relu6 requires_grad round rrelu rsqrt selu sigmoid sign
    silu sin sinc sinh softplus softshrink softsign sqrt square tan tanh tanhshrink threshold to tril triu trunc type
    type_as"""
_FROM_SEVERAL = """
    add addcdiv addcmul and atan2 bitwise_and bitwise_or bitwise_xor clamp clamp_max clamp_min clip copy div eq
    floor_divide floordiv fmod ge greater gt iadd idiv isclose isub itruediv le lerp less logaddexp logical_and
    logical_or logical_xor lt masked_fill maximum minimum mod ne or pow prelu radd rdiv remainder rfloordiv rmod rpow
    rsub rtruediv sub subtract true_divide truediv where xor"""
_REDUCED = """
    all amax amin any argmax argmin count_nonzero logsumexp max mean median min mode nanmean nansum prod std std_mean
    sum var var_mean aminmax"""
NORMALISES = frozenset(("batch_norm", "group_norm", "instance_norm", "layer_norm", "normalize", "rms_norm"))
KEEPS = NORMALISES | frozenset(_FROM_ONE.split())  # each number sees what the one at its place in the input saw
WAYS: dict[str, Way] = {
    **dict.fromkeys(_FROM_SEVERAL.split(), one_by_one),
    **dict.fromkeys(("mul", "multiply", "rmul", "imul"), scaled),
    **dict.fromkeys(_REDUCED.split(), reduced),
    **dict.fromkeys(("norm", "quantile"), normed),
    **dict.fromkeys(("softmax", "softmin", "log_softmax", "topk", "sort", "argsort"), weighed),
    **dict.fromkeys(("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"), run_up),
    "glu": gated,
    **dict.fromkeys(("group_norm", "instance_norm"), normalised_over_map),
    "batch_norm": normalised_in_batch,
    **dict.fromkeys(("layer_norm", "rms_norm"), normalised_last),
    "normalize": normalised_along,
}
