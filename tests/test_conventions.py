"""TensorFlow's padding: the formulas of its documentation, and what PyTorch reads with the same padding."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from cnn_guide import ShapeError, conv_output_size, conv_transpose_output_size
from cnn_guide.arithmetic.conventions import (
    tf_output_size,
    tf_same_padding,
    tf_transpose_crop,
    tf_transpose_output_size,
)

SIZES, KERNELS, STRIDES, DILATIONS = st.integers(1, 40), st.integers(1, 9), st.integers(1, 6), st.integers(1, 3)

SAME = [  # input, kernel, stride, dilation; padding, output; source
    (13, 6, 5, 1, (1, 2), 3, "the worked example of TensorFlow's notes on padding"),
    (224, 7, 2, 1, (2, 3), 112, "ResNet's first layer; PyTorch pads 3 and 3"),
    (224, 3, 2, 1, (0, 1), 112, "MobileNet's first layer: Keras pads ((0, 1), (0, 1))"),
    (28, 3, 1, 1, (1, 1), 28, "an odd kernel at stride 1"),
    (28, 4, 1, 1, (1, 2), 28, "an even kernel: the odd pixel goes after"),
    (28, 3, 1, 4, (4, 4), 28, "a dilated kernel"),
    (10, 1, 3, 1, (0, 0), 4, "windows that step over pixels need no padding"),
]


@pytest.mark.parametrize(("n", "k", "s", "d", "padding", "output", "source"), SAME)
def test_same_pads_as_documented(n, k, s, d, padding, output, source):
    """Known paddings and sizes of TensorFlow come out."""
    assert tf_same_padding(n, k, s, d) == padding, source
    assert tf_output_size(n, k, s, "SAME", d) == output, source


def test_valid_is_the_documented_example():
    """The worked example of the notes on padding drops the last two of 13 pixels."""
    assert tf_output_size(13, 6, 5, "VALID") == 2


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_same_follows_both_forms_of_the_formula(n, k, s, d):
    """The documentation writes the total padding by the output size, and once more by the remainder of n / s."""
    span = d * (k - 1) + 1
    by_output = max((math.ceil(n / s) - 1) * s + span - n, 0)
    by_remainder = max(span - s, 0) if n % s == 0 else max(span - n % s, 0)
    before, after = tf_same_padding(n, k, s, d)
    assert before + after == by_output == by_remainder
    assert after - before in (0, 1)


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_pytorch_gives_the_sizes_of_same_with_its_padding(n, k, s, d):
    """Padding by hand, and a convolution without padding, is TensorFlow's SAME."""
    pair = tf_same_padding(n, k, s, d)
    output = F.conv1d(F.pad(torch.zeros(1, 1, n), pair), torch.zeros(1, 1, k), stride=s, dilation=d)
    assert output.shape[-1] == tf_output_size(n, k, s, "SAME", d) == conv_output_size(n, k, s, (pair,), d)


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_valid_is_no_padding(n, k, s, d):
    """VALID gives the sizes, and the refusals, of PyTorch without padding."""
    try:
        expected = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), stride=s, dilation=d).shape[-1]
    except RuntimeError:
        with pytest.raises(ShapeError, match=r"`kernel_size` \(=\d+\) spans \d+ pixels, but VALID leaves"):
            tf_output_size(n, k, s, "VALID", d)
    else:
        assert tf_output_size(n, k, s, "VALID", d) == expected


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_transposed_follows_keras(n, k, s, d):
    """Keras: SAME makes n·s pixels, VALID n·s + max(span − s, 0)."""
    span = d * (k - 1) + 1
    assert tf_transpose_output_size(n, k, s, "SAME", d) == n * s
    assert tf_transpose_output_size(n, k, s, "valid", d) == n * s + max(span - s, 0)


@given(SIZES, KERNELS, STRIDES, DILATIONS, st.sampled_from(["SAME", "VALID"]))
def test_the_crop_leads_to_the_size(n, k, s, d, padding):
    """What is cut off PyTorch's full output, or added to it, leaves TensorFlow's size."""
    before, after = tf_transpose_crop(n, k, s, padding, d)
    assert conv_transpose_output_size(n, k, s, dilation=d) - before - after == tf_transpose_output_size(
        n, k, s, padding, d
    )


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_the_crop_undoes_the_padding_of_the_convolution(n, k, s, d):
    """A transposed convolution is the gradient of a convolution: SAME cuts off what SAME padded there."""
    before, after = tf_transpose_crop(n, k, s, "SAME", d)
    assert tf_same_padding(n * s, k, s, d) == (before, max(after, 0))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: tf_output_size(8, 3, padding="full"),
            '`padding` (=\'full\') must be "SAME" or "VALID" in TensorFlow.',
        ),
        (lambda: tf_output_size(0, 3), "`input_size` (=0) must be at least 1."),
        (lambda: tf_same_padding(8, 3, stride=0), "`stride` (=0) must be at least 1."),
        (lambda: tf_transpose_output_size(8, 0), "`kernel_size` (=0) must be at least 1."),
        (lambda: tf_transpose_crop(8, 3, dilation=0), "`dilation` (=0) must be at least 1."),
        (lambda: tf_output_size(4, 7, padding="VALID"), "Use a smaller kernel or SAME."),
    ],
)
def test_wrong_arguments_are_named(call, words):
    """A refusal says which argument, its value and the rule."""
    with pytest.raises(ShapeError) as caught:
        call()
    assert words in str(caught.value)
