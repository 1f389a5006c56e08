"""Output sizes: known values, properties, and PyTorch as the oracle for answers and refusals."""

import pickle
from collections.abc import Callable
from itertools import chain

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_guide import ShapeError, conv_output_size, conv_transpose_output_size, pool_output_size
from cnn_guide.arithmetic.coverage import unused_runs

LESSON = "https://cnn-guide.github.io/cnn-guide/foundations/padding_stride_and_size/"

# Invalid values are drawn too: what PyTorch refuses must be refused.
SIZES, KERNELS, STRIDES, PADDINGS, DILATIONS = (
    st.integers(*bounds) for bounds in ((0, 14), (0, 6), (0, 5), (-1, 4), (0, 4))
)


def answer_or_refusal(call: Callable[[], object]) -> object:
    try:
        return call()
    except (RuntimeError, ValueError):
        return "refused"


CONVOLUTIONS = [  # input, keywords, output, source
    (32, {"kernel_size": 8, "stride": 2, "padding": 1}, 14, "the lost quiz of source 001: 14×14×20"),
    (32, {"kernel_size": 8, "stride": 2}, 13, "source 001: VALID"),
    (10, {"kernel_size": 3, "stride": 2}, 4, "one column is never used"),
    (5, {"kernel_size": 3}, 3, "source 001"),
    (5, {"kernel_size": 3, "padding": 1}, 5, "source 001: 5 → 7 → 5"),
    (
        5,
        {"kernel_size": 3, "stride": 2, "padding": 1},
        3,
        "source 001: p = (f − 1) / 2 keeps the size for stride 1 only",
    ),
    (5, {"kernel_size": 4, "padding": 1}, 4, "an even kernel has no symmetric same padding"),
    (5, {"kernel_size": 4, "padding": 2}, 6, "an even kernel has no symmetric same padding"),
    (6, {"kernel_size": 3}, 4, "source 003: 6×6 gives 4×4, not 5×5"),
    (6, {"kernel_size": 2}, 5, "6 → 5 holds for a kernel of 2"),
    (28, {"kernel_size": 3}, 26, "source 002, CNN 1"),
    (13, {"kernel_size": 3}, 11, "source 002, CNN 2"),
    (9, {"kernel_size": 3, "dilation": 4}, 1, "a dilated kernel of 9 pixels"),
    (28, {"kernel_size": 4, "padding": "same"}, 28, "PyTorch pads 1 and 2"),
    (28, {"kernel_size": 3, "padding": "valid"}, 26, "no padding"),
    (28, {"kernel_size": 3, "padding": ((1, 2),)}, 29, "one pixel before, two after"),
    ((100, 200), {"kernel_size": 3}, (98, 198), "source 000: 100 × 200 pixels"),
    ((100, 200), {"kernel_size": (3, 5), "stride": (1, 2), "padding": (0, 2)}, (98, 100), "one number an axis"),
    ((6, 6), {"kernel_size": 2, "padding": ((0, 1), (0, 1))}, (6, 6), "one-sided padding of an even kernel"),
]


@pytest.mark.parametrize(("size", "keywords", "expected", "source"), CONVOLUTIONS)
def test_convolution_gives_the_known_sizes(size, keywords, expected, source):
    """The worked values of the lessons come out."""
    assert conv_output_size(size, **keywords) == expected, source


@pytest.mark.parametrize(
    ("size", "keywords", "expected"),
    [
        (26, {"kernel_size": 2}, 13),
        (11, {"kernel_size": 2}, 5),  # CNN 2: the last row and column are dropped
        (11, {"kernel_size": 2, "ceil_mode": True}, 6),
        (11, {"kernel_size": 3, "stride": 2}, 5),
        (112, {"kernel_size": 3, "stride": 2, "padding": 1}, 56),  # ResNet
        (4, {"kernel_size": 5, "ceil_mode": True}, 1),
        ((26, 11), {"kernel_size": (2, 3), "stride": (2, 1)}, (13, 9)),
    ],
)
def test_pooling_gives_the_known_sizes(size, keywords, expected):
    """Windows of pooling step by their own size, unless told otherwise."""
    assert pool_output_size(size, **keywords) == expected


@pytest.mark.parametrize(
    ("size", "keywords", "expected", "issue"),
    [
        (10, {"kernel_size": 1, "stride": 2}, 5, "#148123: 6 by the manual's formula"),
        (32, {"kernel_size": 1, "stride": 2}, 16, "#57178: 17 by the manual's formula"),
        (9, {"kernel_size": 4, "stride": 4, "padding": 2}, 3, "#116420: 4 by the manual's formula"),
        (
            5,
            {"kernel_size": 2, "stride": 2, "padding": 1},
            3,
            "the fourth window would start in the padding at the end",
        ),
        (7, {"kernel_size": 2, "stride": 3, "padding": 1}, 3, "a last window that starts on the last pixel stays"),
        (1, {"kernel_size": 4, "stride": 1}, None, "#88464: no window fits, whichever way it is rounded"),
    ],
)
def test_the_last_window_starts_inside(size, keywords, expected, issue):
    """With `ceil_mode` a window that would start in the padding at the end is left out, as PyTorch does."""
    ours = answer_or_refusal(lambda: pool_output_size(size, ceil_mode=True, **keywords))
    theirs = answer_or_refusal(lambda: F.max_pool1d(torch.zeros(1, 1, size), ceil_mode=True, **keywords).shape[-1])
    assert ours == theirs == (expected or "refused"), issue


@pytest.mark.parametrize(
    ("stride", "output_padding", "dilation"),
    [(1, 1, 1), (2, 2, 1), (2, 3, 3), (1, 5, 2)],
)
def test_output_padding_is_refused_where_the_meta_device_takes_it(stride, output_padding, dilation):
    """PyTorch's CPU refuses it; its meta device does not look (pytorch#178125, #178127), so size tools may pass it on."""
    arguments = (None, stride, 0, output_padding, 1, dilation)
    with pytest.raises(RuntimeError, match="output padding must be smaller"):
        F.conv_transpose1d(torch.zeros(1, 1, 5), torch.zeros(1, 1, 3), *arguments)
    with pytest.raises(ShapeError, match=r"`output_padding` \(=\d\) must be smaller than `stride`"):
        conv_transpose_output_size(5, 3, stride, 0, output_padding, dilation)


def test_transposed_convolution_undoes_the_size():
    """The transposed convolution with the same arguments leads back, `output_padding` deciding what the floor lost."""
    for size in (31, 32):
        small = conv_output_size(size, kernel_size=4, stride=2, padding=1)
        back = {conv_transpose_output_size(small, 4, stride=2, padding=1, output_padding=extra) for extra in (0, 1)}
        assert size in back


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # about a copy that PyTorch then makes
@given(SIZES, KERNELS, STRIDES, PADDINGS | st.sampled_from(["same", "valid"]), DILATIONS)
@settings(deadline=None, max_examples=400)
def test_convolution_agrees_with_torch(n, k, s, p, d):
    """The same size as F.conv1d, or a refusal where it refuses."""
    image, kernel = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
    torch_says = answer_or_refusal(lambda: F.conv1d(image, kernel, stride=s, padding=p, dilation=d).shape[-1])
    assert answer_or_refusal(lambda: conv_output_size(n, k, s, p, d)) == torch_says


@given(SIZES, KERNELS, st.none() | STRIDES, PADDINGS, DILATIONS, st.booleans())
@settings(deadline=None, max_examples=400)
def test_max_pooling_agrees_with_torch(n, k, s, p, d, ceil):
    """The same size as F.max_pool1d, or a refusal where it refuses."""
    torch_says = answer_or_refusal(lambda: F.max_pool1d(torch.zeros(1, 1, n), k, s, p, d, ceil).shape[-1])
    assert answer_or_refusal(lambda: pool_output_size(n, k, s, p, d, ceil)) == torch_says


@given(SIZES, KERNELS, STRIDES, PADDINGS, st.booleans())
@settings(deadline=None, max_examples=200)
def test_average_pooling_agrees_with_torch(n, k, s, p, ceil):
    """The same sizes as F.avg_pool2d along both axes, or a refusal where it refuses."""
    image = torch.zeros(1, 1, n, n + 1)
    torch_says = answer_or_refusal(lambda: tuple(F.avg_pool2d(image, k, s, p, ceil).shape[2:]))
    assert answer_or_refusal(lambda: pool_output_size((n, n + 1), k, s, p, ceil_mode=ceil)) == torch_says


@given(SIZES, KERNELS, STRIDES, PADDINGS, st.integers(-1, 4), DILATIONS)
@settings(deadline=None, max_examples=400)
def test_transposed_convolution_agrees_with_torch(n, k, s, p, extra, d):
    """The same size as F.conv_transpose1d on the CPU, or a refusal where it refuses."""
    image, kernel = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
    torch_says = answer_or_refusal(lambda: F.conv_transpose1d(image, kernel, None, s, p, extra, 1, d).shape[-1])
    assert answer_or_refusal(lambda: conv_transpose_output_size(n, k, s, p, extra, d)) == torch_says


@given(*(st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(1, 3)) for _ in range(3)))
@settings(deadline=None, max_examples=50)
def test_axes_are_independent(first, second, third):
    """A tuple is answered axis by axis."""
    n, k, s = zip(first, second, third, strict=True)
    one_by_one = answer_or_refusal(lambda: tuple(conv_output_size(*axis) for axis in zip(n, k, s, strict=True)))
    assert answer_or_refusal(lambda: conv_output_size(n, k, s)) == one_by_one


@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 6), st.integers(0, 5), st.integers(1, 3))
def test_unused_pixels_are_those_that_do_not_matter(n, k, s, p, d):
    """Changing an unused pixel never changes the output, changing any other does."""
    output = answer_or_refusal(lambda: conv_output_size(n, k, s, p, d))
    if output == "refused":
        return
    impulses = torch.eye(n).unsqueeze(1)  # one image for each pixel
    reacts = F.conv1d(impulses, torch.ones(1, 1, k), stride=s, padding=p, dilation=d).amax(dim=(1, 2)) > 0
    unused = tuple(chain.from_iterable(unused_runs(n, k, s, p, d, output_size=output)))
    assert unused == tuple(pixel for pixel in range(n) if not reacts[pixel])


REFUSALS = [
    (lambda: conv_output_size(4, 7), "`kernel_size` (=7) spans 7 pixels, but the padded input has 4 (4 + 2·0)."
        " Use a smaller kernel or padding ≥ 2."),
    (lambda: conv_output_size(6, 4, dilation=3), "`kernel_size` (=4) with `dilation` (=3) spans 10 pixels, but the"
        " padded input has 6 (6 + 2·0). Use a smaller kernel or padding ≥ 2."),
    (lambda: conv_output_size(2, 9, padding=((1, 2),)), "the padded input has 5 (2 + 1 + 2)."),
    (lambda: conv_output_size((9, 2), 3), "Along the width, `kernel_size` (=3) spans 3 pixels"),
    (lambda: conv_output_size(4, 0), "`kernel_size` (=0) must be at least 1."),
    (lambda: conv_output_size(4, 3, padding=-1), "`padding` (=-1) must be at least 0."),
    (lambda: conv_output_size(4, 3, stride=2, padding="same"), '`padding` (="same") needs stride 1, but `stride` is 2.'
        " Use padding=1, which gives ⌈n / 2⌉ pixels."),
    (lambda: conv_output_size(4, 3, padding="full"), "`padding` (='full') must be a number, \"same\" or \"valid\"."),
    (lambda: conv_output_size((4, 4), (3, 3, 3)), "`kernel_size` (=(3, 3, 3)) has 3 values, but there are 2 axes."),
    (lambda: conv_output_size(4, (3, 3)), "`kernel_size` (=(3, 3)) has 2 values, but there is 1 axis."),
    (lambda: conv_output_size((4, 4), 3, padding=((1, 1),)), "must have one pair (before, after) for each of the 2 axes"),
    (lambda: conv_output_size((), 3), "`input_size` (=()) has no axis. Give a number of pixels, or one an axis."),
    (lambda: pool_output_size(8, 3, padding=2), "`padding` (=2) must be at most half of `kernel_size` (=3) in pooling."
        " Use padding ≤ 1."),
    (lambda: pool_output_size(1, 3), "`kernel_size` (=3) spans 3 pixels, but the padded input has 1 (1 + 2·0)."
        " Use a smaller kernel or padding ≥ 1."),
    (lambda: pool_output_size(1, 9), "the padded input has 1 (1 + 2·0). Use a smaller kernel or padding ≥ 4."),
    (lambda: pool_output_size(1, 4, dilation=3), "Use a smaller kernel. Read"),
    (lambda: conv_transpose_output_size(2, 3, padding=3), "`padding` (=3) cuts 6 pixels off an output of 4: nothing is"
        " left. Use padding ≤ 1."),
    (lambda: conv_transpose_output_size(4, 3, stride=2, output_padding=2), "`output_padding` (=2) must be smaller than"
        " `stride` (=2) or `dilation` (=1). Use output_padding ≤ 1."),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSALS)
def test_refusals_name_argument_value_rule_and_way_out(call, words):
    """Each message says what is wrong, how to mend it, and where to read why."""
    with pytest.raises(ShapeError) as caught:
        call()
    assert words in str(caught.value)
    assert str(caught.value).endswith(f" Read: {LESSON}")


@pytest.mark.parametrize(("value", "kind"), [(2.0, "float"), (True, "bool"), ("2", "str"), (None, "NoneType")])
def test_only_integers_are_sizes(value, kind):
    """A float or a bool is not taken for a size."""
    with pytest.raises(TypeError, match=rf"`stride` \(={value!r}\) must be an integer, not {kind}\."):
        conv_output_size(8, 3, stride=value)


def test_integers_of_other_libraries_are_sizes():
    """What Python takes as an index, such as an integer tensor, is an integer."""
    assert conv_output_size(torch.tensor(28), kernel_size=torch.tensor(3)) == 26


def test_ceil_mode_is_a_switch():
    """Any number passed by mistake in its place is refused."""
    with pytest.raises(TypeError, match=r"`ceil_mode` \(=1\) must be True or False, not int"):
        pool_output_size(8, 2, ceil_mode=1)


def test_shape_error_carries_its_parts():
    """A program can read what was expected, what came and where."""
    with pytest.raises(ShapeError) as caught:
        conv_output_size((9, 4), 7)
    error = caught.value
    assert (error.axis, error.expected, error.got, error.layer) == (1, 7, 4, None)
    assert error.hint == "Use a smaller kernel or padding ≥ 2."


def test_shape_error_survives_pickling():
    """Pages run in other processes: their errors come back whole."""
    error = ShapeError("`a` is wrong.", "Use b.", axis=1, expected=2, got=3, kind="Conv2d", path="0.2")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.layer, copy.axis, copy.expected, copy.got, copy.hint) == (
        (ShapeError, str(error), "0.2: Conv2d", 1, 2, 3, "Use b.")
    )
