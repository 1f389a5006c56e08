"""Pooling as the page shows it is PyTorch's, forwards and backwards: compared in V8, without a browser."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from py_mini_racer import MiniRacer

from cnn_guide import ShapeError, pool_output_size

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"


def setting(seed: int) -> dict[str, Any]:
    """A map of small whole numbers, so that ties are common, and a window that may not fit."""
    chance = Random(seed)
    side, highest = chance.randint(1, 8), chance.choice((1, 4, 9))
    return {
        "kind": chance.choice(("max", "mean")),
        "side": side,
        "k": chance.randint(1, 6),
        "s": chance.randint(1, 6),
        "p": chance.randint(0, 3),
        "ceil": chance.random() < 0.5,
        "numbers": [chance.randint(-highest, highest) for _ in range(side * side)],
    }


SETTINGS = [setting(seed) for seed in range(4000)]


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    with MiniRacer() as engine:
        for file in ("sizes.js", "pooling.js"):
            engine.eval((WIDGETS / file).read_text(encoding="utf-8"))
        ask = f"JSON.stringify({json.dumps(SETTINGS)}.map(it => cnnGuide.pooling.pool(it, it.numbers)))"
        found: list[dict[str, Any]] = json.loads(engine.eval(ask))
        return found


def in_torch(it: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs, and the gradient of their sum."""
    numbers = torch.tensor(it["numbers"], dtype=torch.float64).reshape(1, 1, it["side"], -1).requires_grad_()
    function = F.max_pool2d if it["kind"] == "max" else F.avg_pool2d
    pooled = function(numbers, it["k"], stride=it["s"], padding=it["p"], ceil_mode=it["ceil"])
    pooled.sum().backward()
    assert numbers.grad is not None
    return pooled.detach().flatten(), numbers.grad.flatten()


def test_outputs_and_gradients_are_those_of_torch(answers):
    """Ties, overlap, frames, and windows that stick out, in thousands of settings."""
    compared = 0
    for it, found in zip(SETTINGS, answers, strict=True):
        if "why" in found:
            continue
        for name, expected in zip(("outputs", "gradient"), in_torch(it), strict=True):
            torch.testing.assert_close(torch.tensor(found[name], dtype=torch.float64), expected, msg=f"{name} of {it}")
        compared += 1
    assert compared > 1500


def test_what_torch_refuses_is_refused_with_a_way_out(answers):
    """The same settings as the package's, and each with a hint."""
    for it, found in zip(SETTINGS, answers, strict=True):
        try:
            pool_output_size(it["side"], it["k"], it["s"], it["p"], ceil_mode=it["ceil"])
        except ShapeError:
            assert found["why"]
            assert found["hint"]
        else:
            assert "why" not in found, it


def test_each_output_names_its_window(answers):
    """The places of a window are those of the map that the output depends on, in reading order."""
    for it, found in zip(SETTINGS[:300], answers, strict=False):
        for at, window in enumerate(found.get("windows", [])):
            places = window["places"]
            assert places == sorted(places)
            row, column = divmod(at, found["size"])
            assert places[0] == max(0, row * it["s"] - it["p"]) * it["side"] + max(0, column * it["s"] - it["p"])
            assert len(places) <= min(window["divisor"], it["k"] ** 2)
