"""The receptive fields that the page draws are those of the package and of torch: compared in V8, without a browser."""

import json
from pathlib import Path
from random import Random

import pytest
import torch
from py_mini_racer import MiniRacer
from torch.nn import functional

from cnn_guide import ShapeError, layers, receptive_field

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"


def stacks(count: int, seed: int) -> list[tuple[int, list[dict]]]:
    """Rows of pixels, and up to eight layers on them, most of which fit."""
    chance = Random(seed)
    return [(chance.randint(1, 32), [layer(chance) for _ in range(chance.randint(1, 8))]) for _ in range(count)]


def layer(chance: Random) -> dict:
    kernel = chance.choice((1, 2, 2, 3, 3, 3, 4, 5, 7))
    kind = chance.choice(("conv", "conv", "pool"))
    padding = chance.randint(0, kernel // 2 if kind == "pool" else 4)
    return {"kind": kind, "k": kernel, "s": chance.choice((1, 1, 1, 2, 3)), "d": chance.choice((1, 1, 2)), "p": padding}


STACKS = stacks(4000, seed=0)


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as engine:
        for file in ("sizes.js", "fields.js"):
            engine.eval((WIDGETS / file).read_text(encoding="utf-8"))
        yield engine


def answers(engine: MiniRacer, given: list, call: str) -> list:
    """What an expression in `it` comes to for each of the given."""
    return json.loads(engine.eval(f"JSON.stringify({json.dumps(given)}.map(it => {call}))"))


@pytest.fixture(scope="module")
def levels(engine) -> list[list[dict]]:
    return answers(engine, STACKS, "cnnGuide.receptiveField.levels(...it)")


def network(stack: list[dict]) -> layers.Sequential:
    def made(it: dict) -> layers.Layer:
        options = {"stride": it["s"], "padding": it["p"], "dilation": it["d"]}
        return layers.MaxPool2d(it["k"], **options) if it["kind"] == "pool" else layers.Conv2d(1, 1, it["k"], **options)

    return layers.Sequential(*[made(it) for it in stack])


def test_size_jump_and_start(levels):
    """Of every level of thousands of stacks; a stack is cut off at the layer that the package refuses, too."""
    cut = 0
    for (pixels, stack), found in zip(STACKS, levels, strict=True):
        whole = [level for level in found if "why" not in level]
        if len(whole) < len(found):
            cut += 1
            with pytest.raises(ShapeError):
                receptive_field(network(stack[: len(whole)]), (1, pixels, pixels))
        for depth, level in enumerate(whole[1:], 1):
            field = receptive_field(network(stack[:depth]), (1, pixels, pixels))
            assert field.units[0] == level["units"]
            assert (field.size[0], field.jump[0], field.start[0]) == (level["size"], level["jump"], level["start"])
    assert 500 < cut < 3500


def test_the_region_of_a_unit(engine, levels):
    """First and last pixel that the first, the last and some unit in between see; none where all is padding."""
    asked = [
        (pixels, stack[: len(whole) - 1], len(whole) - 1, unit)
        for (pixels, stack), found in zip(STACKS, levels, strict=True)
        if len(whole := [level for level in found if "why" not in level]) > 1
        for unit in sorted({0, (whole[-1]["units"] - 1) // 2, whole[-1]["units"] - 1})
    ]
    assert len(asked) > 5000
    for (pixels, stack, _, unit), counts in zip(
        asked, answers(engine, asked, "cnnGuide.receptiveField.ways(...it)"), strict=True
    ):
        seen = [pixel for pixel, count in enumerate(counts[0]) if count]
        region = receptive_field(network(stack), (1, pixels, pixels)).region((unit, unit))[0]
        assert region == ((seen[0], seen[-1]) if seen else None), (pixels, stack, unit)


def test_ways_are_gradients(engine, levels):
    """With all weights 1 and sums for pooling, the slope for a pixel is the number of ways from it to the unit."""
    for (pixels, stack), found in list(zip(STACKS, levels, strict=True))[:1000]:
        depth = len([level for level in found if "why" not in level]) - 1
        units = found[depth]["units"]
        row = torch.ones(1, 1, pixels, dtype=torch.float64, requires_grad=True)
        above = row
        for it in stack[:depth]:
            ones = torch.ones(1, 1, it["k"], dtype=torch.float64)
            above = functional.conv1d(above, ones, stride=it["s"], padding=it["p"], dilation=it["d"])
        slopes = torch.autograd.grad(above[0, 0, units // 2], row)[0][0, 0].tolist()
        assert (
            answers(engine, [(pixels, stack, depth, units // 2)], "cnnGuide.receptiveField.ways(...it)")[0][0] == slopes
        )


def test_a_stack_is_written_as_it_is_read(engine):
    """Links and the options of authors hold it as text; what is left out is what PyTorch assumes."""
    given = [stack for _, stack in STACKS[:500]]
    assert answers(engine, given, "cnnGuide.receptiveField.read(cnnGuide.receptiveField.written(it))") == given
    (short,) = answers(engine, ["conv3 pool2, conv5s2p2 nonsense"], "cnnGuide.receptiveField.read(it)")
    assert [[*layer.values()] for layer in short] == [["conv", 3, 1, 1, 0], ["pool", 2, 2, 1, 0], ["conv", 5, 2, 1, 2]]
