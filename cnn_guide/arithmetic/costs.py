"""How many arithmetic operations a function does: one table for descriptions and modules.

The convention: an addition, a product, a comparison and an elementary function (exp, log, tanh, a root) are one
operation each; moving numbers is none. A multiply-accumulate is two, a bias one for each number it is added to.
Everything is as in evaluation: dropout does nothing, batch normalisation is one scale and one shift.

Example:
    >>> PER_NUMBER["sigmoid"], PER_NUMBER["flatten"]  # exp, add, divide; moves numbers
    (3, 0)
"""

BYTES = 4  # of a number: float32, PyTorch's default
COUNTER_BYTES = 8  # of a single number that counts, such as batches: int64

PER_MAC = 2
PER_BIAS = 1
PER_AFFINE = 1  # a trained scale after a normalisation, and a trained shift

_EACH_OUTPUT: dict[int, str] = {
    0: """
        adjoint alpha_dropout atleast_1d atleast_2d atleast_3d bfloat16 broadcast_tensors broadcast_to cat
        channel_shuffle chunk clone concat concatenate constant_pad_nd contiguous copy cpu cuda detach diagonal double
        dropout dropout1d dropout2d dropout3d embedding expand expand_as feature_alpha_dropout fill flatten flip float
        full_like gather getitem half hsplit hstack identity im2col index_put index_select int long masked_fill
        masked_select max_unpool1d max_unpool2d max_unpool3d meshgrid moveaxis movedim narrow native_channel_shuffle
        one_hot ones_like pad permute pixel_shuffle pixel_unshuffle ravel repeat repeat_interleave requires_grad
        reshape reshape_as resize roll rot90 scatter select setitem split squeeze stack swapaxes swapdims t take
        tensor_split tile to transpose tril triu type type_as unbind unflatten unfold unsqueeze upsample_nearest
        upsample_nearest1d upsample_nearest2d upsample_nearest3d view view_as vsplit vstack where zero zeros_like""",
    1: """
        abs absolute add and bitwise_and bitwise_not bitwise_or bitwise_xor ceil cos cosh div divide eq erf erfc exp
        exp2 expm1 float_power floor floor_divide floordiv fmod ge greater greater_equal gt iadd iand idiv ifloordiv
        imod imul invert ior ipow isfinite isinf isnan isub itruediv le less less_equal log log10 log1p log2
        logical_and logical_not logical_or logical_xor lt maximum minimum mod mul multiply ne neg negative not_equal
        or pos pow radd rdiv reciprocal relu remainder rfloordiv rmod rmul round rpow rsqrt rsub rtruediv sign sin
        sinh sqrt square sub subtract tan tanh threshold true_divide truediv trunc xor""",
    2: """
        addcdiv addcmul batch_norm clamp clip hardshrink hardtanh leaky_relu lerp prelu relu6 rrelu tanhshrink""",
    3: """
        log_sigmoid log_softmax logsigmoid rms_norm sigmoid softmax softmin softplus softshrink softsign
        upsample_linear1d""",
    4: "elu glu hardsigmoid normalize silu",
    5: "celu gelu group_norm hardswish instance_norm layer_norm local_response_norm mish selu",
    7: "upsample_bilinear2d",  # 4 products and their sum
    15: "upsample_trilinear3d",
    31: "upsample_bicubic2d",
}
_EACH_ENTRY: dict[int, str] = {
    1: """
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
        adaptive_max_pool1d_with_indices adaptive_max_pool2d adaptive_max_pool2d_with_indices adaptive_max_pool3d
        adaptive_max_pool3d_with_indices avg_pool1d avg_pool2d avg_pool3d fractional_max_pool2d
        fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices max_pool1d
        max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices""",
    2: "lp_pool1d lp_pool2d lp_pool3d",  # a power and a sum
}
_EACH_INPUT: dict[int, str] = {
    1: """
        all amax amin any argmax argmin argsort col2im count_nonzero cumprod cumsum fold max mean median min nanmean
        nansum prod sort sum topk""",  # sorting too is counted as one comparison a number; folding adds up
    2: "logsumexp norm linalg_vector_norm",  # exp or square, and the sum
    4: "std var",  # the mean, the difference, its square, their sum
}

PER_ENTRY = frozenset(name for names in _EACH_ENTRY.values() for name in names.split())
"""Functions that count by the entries of all their windows, padding included: pooling."""

PER_INPUT = frozenset(name for names in _EACH_INPUT.values() for name in names.split())
"""Functions that count by the numbers of their input: reductions."""

PER_NUMBER: dict[str, int] = {
    name: cost
    for table in (_EACH_OUTPUT, _EACH_ENTRY, _EACH_INPUT)
    for cost, names in table.items()
    for name in names.split()
}
"""Operations by PyTorch's function name: for each number of the output, but for those in `PER_ENTRY` and `PER_INPUT`.

The normalisations that work on statistics of the input add `PER_AFFINE` for a scale and for a shift, and
`local_response_norm` adds the sum over its `size` channels. GELU counts the same in both of its forms.
"""
