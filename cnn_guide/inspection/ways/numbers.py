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
    """Group, instance and (untrained) batch normalisation: their statistics reach over the map and the channels."""
    return _standardised(call, tuple(range(1, len(call.shape))))


def normalised_in_batch(call: Call) -> Place:
    """Batch normalisation: stored statistics, unless it has none."""
    uses_batch = call.given(5, "training", False)
    return _standardised(call, (0, *range(2, len(call.shape)))) if uses_batch else call.place


def normalised_last(call: Call) -> Place:
    """Layer and RMS normalisation: statistics of the last dimensions."""
    axes = len(call.shape)
    return _standardised(call, tuple(range(axes - len(call.given(1, "normalized_shape")), axes)))


def normalised_along(call: Call) -> Place:
    """Vectors brought to length 1."""
    return _standardised(call, dims_of(call.given(2, "dim", 1), len(call.shape)))


def _standardised(call: Call, dims: tuple[int, ...]) -> Place:
    """By convention statistics do not count as seeing; taken literally they do."""
    return mixed(call.place, call.shape, dims, stir=True) if call.strict else call.place


_ONE_BY_ONE = """
    abs absolute acos acosh add addcdiv addcmul alpha_dropout and asin asinh atan atan2 atanh bitwise_and bitwise_not
    bitwise_or bitwise_xor bool ceil celu channel_shuffle clamp clamp_max clamp_min clip clone contiguous copy cos cosh
    detach div double dropout dropout1d dropout2d dropout3d elu eq erf erfc exp exp2 expm1 feature_alpha_dropout float
    floor floor_divide floordiv fmod frac ge gelu greater gt half hardshrink hardsigmoid hardswish hardtanh iadd idiv
    imul int invert isclose isfinite isinf isnan isub itruediv lcm le leaky_relu lerp less local_response_norm log log10
    log1p log2 log_sigmoid logaddexp logical_and logical_not logical_or logical_xor logit logsigmoid long lt
    masked_fill maximum minimum mish mod nan_to_num ne neg negative or pow positive prelu radd rdiv
    reciprocal relu relu6 remainder requires_grad rfloordiv rmod round rpow rrelu rsqrt rsub rtruediv selu sigmoid sign
    silu sin sinc sinh softplus softshrink softsign sqrt square sub subtract tan tanh tanhshrink threshold to tril triu
    true_divide truediv trunc type type_as where xor bfloat16 cpu cuda fill_diagonal real imag alias"""
_REDUCED = """
    all amax amin any argmax argmin count_nonzero logsumexp max mean median min mode nanmean nansum prod std std_mean
    sum var var_mean aminmax"""
WAYS: dict[str, Way] = {
    **dict.fromkeys(_ONE_BY_ONE.split(), one_by_one),
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
