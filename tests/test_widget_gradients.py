"""The gradients that the page shows are those of autograd: compared in V8, without a browser."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from py_mini_racer import MiniRacer

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
RATE = 0.01


def setting(seed: int) -> dict[str, Any]:
    """A picture, a kernel and a target of whole numbers, with ReLU or without."""
    chance = Random(seed)
    side = chance.randint(2, 6)
    kernel = chance.randint(1, side)
    sides = {"picture": side, "kernel": kernel, "target": side - kernel + 1}
    grids = {name: [[chance.randint(-9, 9) for _ in range(n)] for _ in range(n)] for name, n in sides.items()}
    return {**grids, "relu": chance.random() < 0.5}


SETTINGS = [setting(seed) for seed in range(2000)]
ASK = f"JSON.stringify(given.map(it => ({{...cnnGuide.gradients.run(it), next: cnnGuide.gradients.step(it, {RATE})}})))"


@pytest.fixture(scope="module")
def engine() -> Iterator[MiniRacer]:
    with MiniRacer() as engine:
        engine.eval((WIDGETS / "gradients.js").read_text(encoding="utf-8"))
        engine.eval(f"const given = {json.dumps(SETTINGS)}")
        yield engine


@pytest.fixture(scope="module")
def computed(engine: MiniRacer) -> list[dict[str, Any]]:
    """What the page makes of every setting."""
    return json.loads(engine.eval(ASK))


def expected(it: dict[str, Any]) -> dict[str, Any]:
    picture, kernel, target = (
        torch.tensor(it[name], dtype=torch.double)[None, None] for name in ("picture", "kernel", "target")
    )
    picture.requires_grad_()
    kernel.requires_grad_()
    sums = F.conv2d(picture, kernel)
    sums.retain_grad()
    outputs = sums.relu() if it["relu"] else sums
    loss = ((outputs - target) ** 2).sum() / 2
    loss.backward()
    assert picture.grad is not None
    assert kernel.grad is not None
    assert sums.grad is not None
    after = kernel - RATE * kernel.grad
    found = {"sums": sums, "outputs": outputs, "delta": sums.grad, "ofKernel": kernel.grad}
    grids = {name: grid[0, 0].tolist() for name, grid in {**found, "ofPicture": picture.grad, "next": after}.items()}
    return {**grids, "loss": loss.item()}


@pytest.fixture(scope="module")
def right_answers() -> list[dict[str, Any]]:
    """What autograd makes of every setting."""
    return [expected(it) for it in SETTINGS]


@pytest.mark.parametrize("name", ["sums", "outputs", "delta", "loss", "ofKernel", "ofPicture", "next"])
def test_everything_is_that_of_autograd(
    computed: list[dict[str, Any]], right_answers: list[dict[str, Any]], name: str
) -> None:
    """For two thousand pictures, kernels and targets of all sides, with ReLU and without."""
    for it, found, wanted in zip(SETTINGS, computed, right_answers, strict=True):
        numbers, right = (torch.tensor(all_[name], dtype=torch.double) for all_ in (found, wanted))
        assert torch.allclose(numbers, right, rtol=1e-9, atol=1e-9), it


def test_the_terms_that_are_shown_add_up_to_the_number(engine: MiniRacer) -> None:
    """The sentence below the grids lists them, and names the places that it marks."""
    ask = """JSON.stringify(given.slice(0, 300).map(it => {
      const {gradients} = cnnGuide, found = gradients.run(it), all = {...it, ...found};
      const off = (name, of, other, result, [first, second]) => all[result].flatMap((row, r) => row.map((value, c) => {
        const terms = gradients[name](all, [r, c]);
        const right = terms.every(t => all[first][t.at[0]][t.at[1]] === t.one && all[second][t.by[0]][t.by[1]] === t.other);
        return right ? Math.abs(terms.reduce((sum, t) => sum + t.one * t.other, 0) - value) : NaN;
      }));
      return [
        ...off("forOutput", 0, 0, "sums", ["picture", "kernel"]),
        ...off("forWeight", 0, 0, "ofKernel", ["delta", "picture"]),
        ...off("forPixel", 0, 0, "ofPicture", ["delta", "kernel"]),
      ];
    }).flat())"""
    found = json.loads(engine.eval(ask))
    assert len(found) > 3000
    assert all(value is not None and value < 1e-9 for value in found)


def test_a_single_bright_pixel_shows_delta_turned(engine: MiniRacer) -> None:
    """What the lesson says of the preset: the slopes of the kernel are then delta, seen from the pixel."""
    ask = """JSON.stringify(cnnGuide.gradients.run({
      picture: [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]],
      kernel: [[0, 0, 0], [0, 0, 0], [0, 0, 0]], target: [[1, 2], [3, 4]], relu: false}))"""
    found = json.loads(engine.eval(ask))
    assert found["delta"] == [[-1, -2], [-3, -4]]
    assert found["ofKernel"] == [[0, 0, 0], [0, -4, -3], [0, -2, -1]]
    assert found["ofPicture"] == [[0] * 4] * 4  # a kernel of zeros hands nothing on
