"""Which channels a filter reads, and what layers cost: the page's arithmetic in V8 against torch and the package."""

import json
from itertools import product
from pathlib import Path

import pytest
import torch
from py_mini_racer import MiniRacer
from torch.nn.functional import conv2d

from cnn_guide import ShapeError, layers

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
SETTINGS = [
    {"inChannels": inside, "outChannels": outside, "k": kernel, "groups": groups, "bias": bias}
    for inside, outside, kernel, groups, bias in product(
        (1, 2, 3, 4, 6, 8, 12, 16, 512),
        (1, 2, 3, 4, 6, 12, 32, 512),
        (1, 2, 3, 11),
        (1, 2, 3, 4, 6, 16, 512),
        (True, False),
    )
]


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as engine:
        for file in ("sizes.js", "parameters.js", "filters.js"):
            engine.eval((WIDGETS / file).read_text(encoding="utf-8"))
        yield engine


def answers(engine: MiniRacer, settings: list[dict], call: str) -> list:
    """What an expression in `it`, the setting, comes to."""
    return json.loads(engine.eval(f"JSON.stringify({json.dumps(settings)}.map(it => {call}))"))


def layer(setting: dict, **changes: int) -> layers.Conv2d:
    inside, outside, kernel, groups, bias = {**setting, **changes}.values()
    return layers.Conv2d(inside, outside, kernel, groups=groups, bias=bias)


def possible(setting: dict) -> bool:
    try:
        layer(setting)
    except ShapeError:
        return False
    return True


POSSIBLE = [setting for setting in SETTINGS if possible(setting)]


def test_there_is_enough_to_compare():
    assert len(SETTINGS) > 3000
    assert 1000 < len(POSSIBLE) < len(SETTINGS)


def test_each_filter_reads_what_it_reads_in_torch(engine):
    """A one in one channel after the other shows which outputs depend on it."""
    shown = {(s["inChannels"], s["outChannels"], s["groups"]): s for s in POSSIBLE if s["inChannels"] < 512}
    call = "Array.from({ length: it.outChannels }, (_, filter) => cnnGuide.filters.reads(filter, it))"
    for (inside, outside, groups), found in zip(shown, answers(engine, list(shown.values()), call), strict=True):
        ones = torch.eye(inside)[:, :, None, None]  # a picture of one pixel for each channel
        depends = conv2d(ones, torch.ones(outside, inside // groups, 1, 1), groups=groups)[:, :, 0, 0].T != 0
        expected = [[row.nonzero().min().item(), row.nonzero().max().item() + 1] for row in depends]
        assert found == expected, (inside, outside, groups)


def test_costs_and_refusals(engine):
    """Kernels and weights of a filter, parameters of the layer; what the package refuses is refused."""
    for setting, found in zip(SETTINGS, answers(engine, SETTINGS, "cnnGuide.filters.cost(it)"), strict=True):
        if not possible(setting):
            assert "must divide both" in found["why"], setting
            continue
        described = layer(setting)
        _, kernels, *sides = described.parameter_shapes["weight"]
        expected = {"total": described.parameters, "kernels": kernels, "weights": kernels * sides[0] * sides[1]}
        assert found == expected, setting


def test_three_ways(engine):
    """Without groups, as it is, and depthwise followed by 1×1."""
    for setting, found in zip(POSSIBLE, answers(engine, POSSIBLE, "cnnGuide.filters.ways(it)"), strict=True):
        inside = setting["inChannels"]
        depthwise = layer(setting, outChannels=inside, groups=inside)
        pair = depthwise.parameters + layer(setting, groups=1, k=1).parameters
        whole = layer(setting, groups=1).parameters
        assert found == {"ordinary": whole, "this": layer(setting).parameters, "separable": pair}, setting


def test_presets_are_what_they_say(engine):
    """Whatever was set before, the layer is possible, and of the kind on the button."""
    made = {
        name: answers(engine, SETTINGS, f"cnnGuide.filters.PRESETS.{name}(it)") for name in ("ordinary", "pointwise")
    }
    assert all(possible(one) and one["groups"] == 1 for found in made.values() for one in found)
    assert {one["k"] for one in made["pointwise"]} == {1}
    assert {one["k"] for one in made["ordinary"]} == {3, 11}
    for before, one in zip(SETTINGS, answers(engine, SETTINGS, "cnnGuide.filters.PRESETS.depthwise(it)"), strict=True):
        assert one["groups"] == one["inChannels"] == before["inChannels"]
        assert one["outChannels"] % one["inChannels"] == 0
        assert one["k"] == max(before["k"], 3)
