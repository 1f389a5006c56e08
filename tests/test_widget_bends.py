"""What the page computes with two kernels and a bend between is what torch computes: compared in V8, without a browser."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from py_mini_racer import MiniRacer
from torch import Tensor

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
BENDS = {
    "none": lambda sums: sums,
    "relu": F.relu,
    "leaky": lambda sums: F.leaky_relu(sums, 0.1),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def setting(seed: int) -> dict[str, Any]:
    """A picture large enough to fit a kernel to, some of it black; two kernels; a bias; a bend."""
    chance = torch.Generator().manual_seed(seed)

    def numbers(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=chance, dtype=torch.float64)

    side = 9 + seed % 6
    picture = numbers(side, side).clamp(0, 1) if seed % 3 else numbers(side, side)
    kernels = {"first": numbers(9).tolist(), "second": numbers(9).tolist()}
    bias = 3 * numbers(1).item() if seed % 4 else 0.0
    between = list(BENDS)[seed % len(BENDS)]
    return {"grid": picture.flatten().tolist(), "side": side, **kernels, "bias": bias, "between": between}


SETTINGS = [setting(seed) for seed in range(2000)]


@pytest.fixture(scope="module")
def engine() -> Iterator[MiniRacer]:
    with MiniRacer() as engine:
        engine.eval((WIDGETS / "bends.js").read_text(encoding="utf-8"))
        yield engine


@pytest.fixture(scope="module")
def computed(engine: MiniRacer) -> list[dict[str, Any]]:
    """What the page makes of every setting."""
    found: list[dict[str, Any]] = json.loads(
        engine.eval(f"JSON.stringify({json.dumps(SETTINGS)}.map(cnnGuide.bends.compare))")
    )
    return found


def maps(it: dict[str, Any]) -> dict[str, Tensor]:
    """The two layers of a setting, by torch."""
    picture = torch.tensor(it["grid"], dtype=torch.float64).reshape(1, 1, it["side"], it["side"])
    first, second = (torch.tensor(it[name], dtype=torch.float64).reshape(1, 1, 3, 3) for name in ("first", "second"))
    sums = F.conv2d(picture, first) + it["bias"]
    bent = BENDS[it["between"]](sums)
    return {"picture": picture, "sums": sums, "first": bent, "second": F.conv2d(bent, second)}


@pytest.mark.parametrize("name", ["sums", "first", "second"])
def test_both_layers_are_those_of_torch(computed: list[dict[str, Any]], name: str) -> None:
    """Two thousand pictures, kernels and biases, with each bend."""
    for it, found in zip(SETTINGS, computed, strict=True):
        ours = torch.tensor(found[name], dtype=torch.float64)
        assert torch.allclose(ours, maps(it)[name].flatten(), atol=1e-9), it


def test_one_kernel_does_what_two_do_with_nothing_between(computed: list[dict[str, Any]]) -> None:
    """The merged kernel, used by torch, gives the second map, and nothing is left over."""
    straight = 0
    for it, found in zip(SETTINGS, computed, strict=True):
        if it["between"] == "none":
            straight += 1
            kernel = torch.tensor(found["kernel"], dtype=torch.float64).reshape(1, 1, 5, 5)
            expected = maps(it)
            assert torch.allclose(F.conv2d(expected["picture"], kernel) + found["shift"], expected["second"], atol=1e-9)
            assert found["straight"]
            assert max(found["largest"], found["missed"]) < 1e-9
    assert straight == len(SETTINGS) // len(BENDS)


def test_no_other_kernel_comes_closer(computed: list[dict[str, Any]]) -> None:
    """With a bend, the squares that are left are as small as those of torch's least squares."""
    bent = 0
    for it, found in list(zip(SETTINGS, computed, strict=True))[::4]:  # least squares take their time
        if found["straight"]:
            continue
        bent += 1
        expected = maps(it)
        windows = F.pad(F.unfold(expected["picture"], 5)[0].T, (0, 1), value=1)  # ones for the bias
        target = expected["second"].flatten()[:, None]
        best = torch.linalg.lstsq(windows, target, driver="gelsd").solution
        left, ours = (windows @ best - target).norm(), torch.tensor(found["off"], dtype=torch.float64).norm()
        assert ours <= left * 1.001 + 1e-3 * target.norm(), it
        spread = (target - target.mean()).norm()
        assert found["missed"] == pytest.approx((ours / spread).item() if spread > 1e-9 else 0, abs=1e-9)
    assert bent > len(SETTINGS) // 8


@pytest.mark.parametrize(("bias", "positive"), [(-100, 0), (100, 49)])
def test_relu_kills_the_map_or_does_nothing(engine: MiniRacer, bias: int, positive: int) -> None:
    """Far below 0 no sum is positive, and the maps are empty; far above, the two layers are straight again."""
    it = {**SETTINGS[0], "bias": bias, "between": "relu"}
    found = json.loads(engine.eval(f"JSON.stringify(cnnGuide.bends.compare({json.dumps(it)}))"))
    assert found["positive"] == positive
    assert found["straight"] == (positive > 0)
    assert any(found["second"]) == (positive > 0)
    assert found["largest"] < 1e-9
