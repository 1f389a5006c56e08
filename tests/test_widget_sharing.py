"""What the page computes while an object is dragged is what torch computes: compared in V8, without a browser."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from py_mini_racer import MiniRacer
from torch import Tensor

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
SIDE = 16


def setting(seed: int) -> dict[str, Any]:
    """An object that may stick out of the field, a kernel, a window."""
    chance = Random(seed)
    rows, columns = chance.randint(1, 9), chance.randint(1, 9)
    return {
        "object": {"rows": rows, "columns": columns, "pixels": [chance.randint(0, 255) for _ in range(rows * columns)]},
        "at": [chance.randint(-6, SIDE - 2), chance.randint(-6, SIDE - 2)],
        "kernel": [chance.randint(-8, 8) for _ in range(9)],
        "size": chance.choice((1, 2, 4, 8)),
        "move": [chance.randint(-9, 9), chance.randint(-9, 9)],
        "wrap": chance.random() < 0.5,
    }


SETTINGS = [setting(seed) for seed in range(1000)]
ASK = f"""
JSON.stringify(given.map(({{object, at, kernel, size, move, wrap}}) => {{
  const {{sharing}} = cnnGuide;
  const field = sharing.place(object, {SIDE}, ...at, wrap);
  const map = sharing.respond(field, {SIDE}, kernel, wrap);
  return {{field, map, pooled: sharing.pool(map, {SIDE}, size), moved: sharing.move(map, {SIDE}, ...move, wrap)}};
}}))
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[MiniRacer]:
    with MiniRacer() as engine:
        engine.eval((WIDGETS / "sharing.js").read_text(encoding="utf-8"))
        yield engine


@pytest.fixture(scope="module")
def computed(engine: MiniRacer) -> list[dict[str, list[int]]]:
    """What the page makes of every setting."""
    engine.eval(f"const given = {json.dumps(SETTINGS)}")
    return json.loads(engine.eval(ASK))


def rolled(grid: Tensor, down: int, right: int, wrap: bool) -> Tensor:
    """Return the grid moved: around, or with black coming in."""
    if wrap:
        return grid.roll((down, right), (0, 1))
    side, frame = len(grid), max(abs(down), abs(right))
    return F.pad(grid, (frame,) * 4).roll((down, right), (0, 1))[frame : frame + side, frame : frame + side]


def expected(it: dict[str, Any]) -> dict[str, list[int]]:
    thing = torch.tensor(it["object"]["pixels"]).reshape(it["object"]["rows"], it["object"]["columns"])
    corner = F.pad(thing, (0, SIDE - thing.shape[1], 0, SIDE - thing.shape[0]))
    field = rolled(corner, *it["at"], it["wrap"]).double()
    framed = F.pad(field[None, None], (1, 1, 1, 1), mode="circular" if it["wrap"] else "constant")
    map_ = F.conv2d(framed, torch.tensor(it["kernel"]).double().reshape(1, 1, 3, 3)).relu()[0]
    pooled = F.max_pool2d(map_, it["size"])
    moved = rolled(map_[0], *it["move"], it["wrap"])
    grids = {"field": field, "map": map_, "pooled": pooled, "moved": moved}
    return {name: grid.flatten().int().tolist() for name, grid in grids.items()}


@pytest.mark.parametrize("name", ["field", "map", "pooled", "moved"])
def test_every_grid_is_that_of_torch(computed: list[dict[str, list[int]]], name: str) -> None:
    """For a thousand objects, places, kernels and windows, with a black border and with a joined one."""
    wrong = [it for it, found in zip(SETTINGS, computed, strict=True) if found[name] != expected(it)[name]]
    assert not wrong, wrong[0]


def test_an_object_that_is_not_cut_takes_its_map_along(engine: MiniRacer) -> None:
    """Equivariance, to the last number: what the lesson claims holds in its widget."""
    ask = """(down, right) => {
      const {sharing} = cnnGuide, object = {rows: 2, columns: 2, pixels: [9, 4, 7, 1]}, kernel = [1, -2, 3, -4, 5, -6, 7, -8, 9];
      const map = (row, column) => sharing.respond(sharing.place(object, 16, row, column, false), 16, kernel, false);
      return sharing.count(sharing.differing(map(7 + down, 7 + right), sharing.move(map(7, 7), 16, down, right, false)));
    }"""
    steps = [(down, right) for down in range(-7, 8) for right in range(-7, 8)]
    assert [engine.eval(f"({ask})({down}, {right})") for down, right in steps] == [0] * len(steps)
    assert engine.eval(f"({ask})(8, 0)") > 0  # cut by the border
