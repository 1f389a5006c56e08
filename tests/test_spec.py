"""Descriptions written as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_guide import ShapeError, layers
from cnn_guide.arithmetic.spec import parse

NETWORK = layers.Sequential(
    layers.Conv2d(3, 16, (3, 5), stride=2, padding="valid", groups=1, bias=False),
    layers.Residual(layers.Sequential(layers.Conv2d(16, 16, 3, padding=1), layers.LeakyReLU(-0.5))),
    layers.Parallel(layers.Conv2d(16, 4, 1), layers.Sequential(layers.MaxPool2d(3, 1, padding=1), layers.ReLU())),
    layers.AdaptiveAvgPool2d((None, 1)),
    layers.Flatten(),
)


def test_repr_comes_back_as_the_same_network():
    """What is printed can be read again."""
    assert parse(repr(NETWORK)) == NETWORK


@given(
    st.builds(
        layers.Conv2d,
        *[st.sampled_from([2, 4])] * 2,
        st.integers(1, 5) | st.tuples(st.integers(1, 5), st.integers(1, 5)),
        stride=st.integers(1, 3),
        padding=st.integers(0, 3) | st.just("valid"),
        groups=st.sampled_from([1, 2]),
        bias=st.booleans(),
    )
)
def test_any_convolution_comes_back(layer):
    """With whatever arguments."""
    assert parse(repr(layer)) == layer


@pytest.mark.parametrize(
    "text",
    [
        "layers.ReLU()",
        "nn.ReLU()",
        "torch.nn.ReLU()",
        "cnn_guide.layers.ReLU()",
        "\n  # a comment\n  ReLU(\n  )  # here\n",
    ],
)
def test_lines_from_programs_are_read(text):
    """Module names, comments and space around do not matter."""
    assert parse(text) == layers.ReLU()


def test_lists_are_tuples():
    """Both are written for shapes."""
    assert parse("Conv2d(1, 2, [3, 5], padding=[[0, 1], [1, 1]])").kernel_size == (3, 5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 0: invalid syntax."),
        ("3", "line 1: this is not a layer. Write one such as Conv2d(1, 16, kernel_size=3)."),
        ("ReLU", "line 1: this is not a layer"),
        ("Sequential(\n  ReLU(),\n  Conv2(1, 2, 3),\n)", "line 3: there is no layer 'Conv2'. Did you mean 'Conv"),
        ("Layer()", "line 1: there is no layer 'Layer'"),
        ("os.system('ls')", "line 1: there is no layer 'os.system'"),
        ("Sequential.__class__()", "there is no layer 'Sequential.__class__'"),
        ("ReLU(__import__('os'))", "there is no layer '__import__'"),
        ("Linear(2 * 3, 4)", "line 1: '2 * 3' is neither a layer nor a number, a word or a tuple of them."),
        ("Linear(width, 4)", "'width' is neither"),
        ("Sequential(*[ReLU()])", "'*[ReLU()]' is neither"),
        ("ReLU(**{})", "line 1: ** is not read."),
        ("Linear(2)", "line 1: Linear: missing 1 required positional argument: 'out_features'"),
        ("Linear(2, 3, biass=True)", "Linear: got an unexpected keyword argument 'biass'"),
        ("Sequential(3)", "line 1: Sequential: "),
        ("Conv2d(1, 2, 3", "line 1: '(' was never closed."),
        ("Sequential(" * 300 + ")" * 300, "nested"),
        ("ReLU(" + "-" * 600 + "1)", "the layers are nested too deeply to be read."),
        ("ReLU(" + "-" * 100_000 + "1)", "the layers are nested too deeply to be read."),
    ],
)  # fmt: skip
def test_other_text_is_refused_with_its_line(text, words):
    """The text is read, not run."""
    with pytest.raises(ValueError) as caught:
        parse(text)
    assert words in str(caught.value)


def test_arguments_that_cannot_be_are_shape_errors():
    """In the words of the layer."""
    with pytest.raises(ShapeError, match=r"Conv2d: `stride` \(=0\) must be at least 1"):
        parse("Sequential(ReLU(), Conv2d(1, 2, 3, stride=0))")
