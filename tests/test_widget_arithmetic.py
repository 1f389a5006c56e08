"""The arithmetic that runs in the page is that of the package: compared in V8, without a browser or node."""

import json
from itertools import product
from pathlib import Path
from random import Random

import pytest
from py_mini_racer import MiniRacer

from cnn_guide import ShapeError, conv_output_size, conv_transpose_output_size, pool_output_size
from cnn_guide.arithmetic.conventions import tf_output_size, tf_same_padding

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
SETTINGS = [
    dict(zip("nkspd", values, strict=True))
    for values in product((*range(1, 14), 28, 32, 64, 224), range(1, 12), (1, 2, 3, 4, 5), (0, 1, 2, 3, 5), (1, 2, 3))
]
SOME = Random(0).sample(SETTINGS, 3000)


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as engine:
        engine.eval((WIDGETS / "sizes.js").read_text(encoding="utf-8"))
        yield engine


def answers(engine: MiniRacer, function: str, settings: list[dict]) -> list[object]:
    """What a function of sizes.js says to each setting: a size, None where it refuses."""
    call = f"JSON.stringify({json.dumps(settings)}.map(it => cnnGuide.sizes.{function}(it).size ?? null))"
    return json.loads(engine.eval(call))


def size(function, *args, **options) -> int | None:
    """What the package says: a size, None where it refuses."""
    try:
        return function(*args, **options)
    except ShapeError:
        return None


def test_there_are_enough_settings():
    """The issue of this comparison is small sizes, where everything goes wrong first."""
    assert len(SETTINGS) > 10_000


def test_convolutions(engine):
    """Sizes and refusals."""
    expected = [size(conv_output_size, *setting.values()) for setting in SETTINGS]
    assert None in expected
    assert answers(engine, "conv", SETTINGS) == expected


@pytest.mark.parametrize("ceil", [False, True])
def test_pooling(engine, ceil):
    """Sizes and refusals, rounded down and up."""
    expected = [size(pool_output_size, *setting.values(), ceil_mode=ceil) for setting in SETTINGS]
    assert None in expected
    assert answers(engine, "pool", [{**setting, "ceil": ceil} for setting in SETTINGS]) == expected


@pytest.mark.parametrize("extra", [0, 1, 2])
def test_transposed_convolutions(engine, extra):
    """Sizes and refusals, with output padding."""
    expected = [
        size(conv_transpose_output_size, s["n"], s["k"], s["s"], s["p"], output_padding=extra, dilation=s["d"])
        for s in SETTINGS
    ]
    assert None in expected
    assert answers(engine, "transpose", [{**setting, "outputPadding": extra} for setting in SETTINGS]) == expected


@pytest.mark.parametrize(("function", "padding"), [("tfSame", "SAME"), ("tfValid", "VALID")])
def test_tensorflow(engine, function, padding):
    """The sizes of the other library."""
    expected = [size(tf_output_size, s["n"], s["k"], s["s"], padding, s["d"]) for s in SETTINGS]
    assert answers(engine, function, SETTINGS) == expected


def test_padding_of_same(engine):
    """Before and after."""
    call = f"JSON.stringify({json.dumps(SOME)}.map(cnnGuide.sizes.tfSamePadding))"
    expected = [list(tf_same_padding(s["n"], s["k"], s["s"], s["d"])) for s in SOME]
    assert json.loads(engine.eval(call)) == expected


def test_pixels_that_are_never_read(engine):
    """The same pixels as in the explanations of the package."""
    fitting = [(setting, made) for setting in SOME if (made := size(conv_output_size, *setting.values()))]
    pairs = [[made, setting] for setting, made in fitting]
    found = json.loads(engine.eval(f"JSON.stringify({json.dumps(pairs)}.map(it => cnnGuide.sizes.unread(...it)))"))
    for (setting, made), unread in zip(fitting, found, strict=True):
        read = {o * setting["s"] - setting["p"] + t * setting["d"] for o in range(made) for t in range(setting["k"])}
        assert unread == [pixel for pixel in range(setting["n"]) if pixel not in read], setting


def test_hints_work(engine):
    """A padding that a refusal proposes is enough, and one less is not."""
    refused = [setting for setting in SETTINGS if size(conv_output_size, *setting.values()) is None]
    hints = json.loads(engine.eval(f"JSON.stringify({json.dumps(refused)}.map(it => cnnGuide.sizes.conv(it).hint))"))
    for setting, hint in zip(refused, hints, strict=True):
        padding = int(hint.split("padding ")[1].split()[0])
        assert size(conv_output_size, **{**arguments(setting), "padding": padding}) is not None
        assert size(conv_output_size, **{**arguments(setting), "padding": padding - 1}) is None


def arguments(setting: dict) -> dict:
    names = {"n": "input_size", "k": "kernel_size", "s": "stride", "p": "padding", "d": "dilation"}
    return {names[symbol]: value for symbol, value in setting.items()}
