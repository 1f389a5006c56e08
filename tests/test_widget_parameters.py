"""The parameters that the page counts are those of the package: compared in V8, without a browser or node."""

import json
from itertools import product
from math import prod
from pathlib import Path

import pytest
from py_mini_racer import MiniRacer

from cnn_guide import ShapeError, count_parameters, layers, models

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
CHANNELS = (1, 2, 3, 4, 6, 12, 16, 60)
CONVOLUTIONS = [
    {"inChannels": inside, "outChannels": outside, "k": kernel, "groups": groups, "bias": bias}
    for inside, outside, kernel, groups, bias in product(
        CHANNELS, CHANNELS, (1, 2, 3, 5, 11), (1, 2, 3, 4, 5, 16), (True, False)
    )
]
NETWORKS = [
    dict(zip(("side", "channels", "filters", "k", "units", "padding", "pooling", "mean"), values, strict=True))
    for values in product(
        (8, 11, 28, 32, 224), (1, 3), (1, 16), (1, 3, 5), (1, 128), (True, False), (True, False), (True, False)
    )
]


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as engine:
        for file in ("sizes.js", "parameters.js"):
            engine.eval((WIDGETS / file).read_text(encoding="utf-8"))
        yield engine


def answers(engine: MiniRacer, settings: list[dict], call: str) -> list:
    """What an expression in `it`, the setting, comes to."""
    return json.loads(engine.eval(f"JSON.stringify({json.dumps(settings)}.map(it => {call}))"))


def convolution(setting: dict) -> int | None:
    """What the package says: a number, None where it refuses."""
    try:
        return layers.Conv2d(
            setting["inChannels"], setting["outChannels"], setting["k"], groups=setting["groups"], bias=setting["bias"]
        ).parameters
    except ShapeError:
        return None


def test_dense_layers(engine):
    """Small ones, and the largest that the fields of the widget allow, to the last unit."""
    sizes = [*product((1, 2, 3, 784, 2704), (1, 10, 128)), (4096**2 * 512, 100_000)]
    settings = [{"inputs": inputs, "units": units, "bias": bias} for inputs, units in sizes for bias in (True, False)]
    expected = [layers.Linear(s["inputs"], s["units"], bias=s["bias"]).parameters for s in settings]
    assert answers(engine, settings, "cnnGuide.parameters.dense(it)") == expected


def test_convolutions(engine):
    """Counts and refusals, with groups, with and without biases."""
    expected = [convolution(setting) for setting in CONVOLUTIONS]
    assert len(expected) > 3000
    assert None in expected
    assert answers(engine, CONVOLUTIONS, "cnnGuide.parameters.conv(it).total ?? null") == expected


def test_the_proposed_groups_are_possible(engine):
    """A refusal names a number of groups that is accepted, and none between it and the wish is."""
    refused = [setting for setting in CONVOLUTIONS if convolution(setting) is None]
    for setting, hint in zip(refused, answers(engine, refused, "cnnGuide.parameters.conv(it).hint"), strict=True):
        proposed = int(hint.removeprefix("Use ").rstrip("."))
        between = range(proposed, setting["groups"])
        assert [groups for groups in between if convolution({**setting, "groups": groups})] == [proposed], setting


def test_networks(engine):
    """Each layer's shape and parameters, for all switches and many sizes."""
    for setting, rows in zip(NETWORKS, answers(engine, NETWORKS, "cnnGuide.parameters.network(it)"), strict=True):
        found = [(row["parameters"], tuple(row["shape"])) for row in rows if row["there"]]
        assert found == ledger(setting), setting


def ledger(setting: dict) -> list[tuple[int, tuple[int, ...]]]:
    """Parameters and output shape of the package's layers; Flatten, which the page does not list, is left out."""
    side, channels, filters = setting["side"], setting["channels"], setting["filters"]
    shape = (channels, side, side)
    chain = [layers.Conv2d(channels, filters, setting["k"], padding="same" if setting["padding"] else 0)]
    chain += [layers.MaxPool2d(2)] if setting["pooling"] else []
    chain += [layers.AdaptiveAvgPool2d(1)] if setting["mean"] else []
    numbers = prod(layers.Sequential(*chain).output_shape(shape))
    chain += [layers.Flatten(), layers.Linear(numbers, setting["units"]), layers.Linear(setting["units"], 10)]
    rows = []
    for layer in chain:
        shape = layer.output_shape(shape)
        rows.append((layer.parameters, shape))
    return [row for row, layer in zip(rows, chain, strict=True) if not isinstance(layer, layers.Flatten)]


def test_the_numbers_of_the_lessons(engine):
    """The network without a switch turned is CNN 1; padding and the lack of pooling make it larger, a mean small."""
    switches = [
        {"pooling": True},
        {"pooling": True, "padding": True},
        {"pooling": False},
        {"pooling": True, "mean": True},
    ]
    totals = answers(engine, switches, "cnnGuide.parameters.total(cnnGuide.parameters.network(it))")
    assert totals == [count_parameters(models.create("cnn1")).total, 402_986, 1_386_026, 3_626]
    assert totals[0] == 347_690
