"""The arithmetic of the convolution player is PyTorch's: compared in V8, on whole numbers, to the last digit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from py_mini_racer import MiniRacer

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
FILES = ("sizes.js", "convolution.js", "convolution_code.js", "convolution_presets.js")
MODES = ("zeros", "reflect", "replicate", "circular")
CHANNELS = ((1, 1, 1), (2, 1, 1), (2, 2, 2), (4, 6, 2), (3, 2, 1))  # in, out, groups
PER_KIND = 1200

Case = dict[str, Any]


@pytest.fixture(scope="module")
def engine() -> Iterator[MiniRacer]:
    with MiniRacer() as engine:
        for file in FILES:
            engine.eval((WIDGETS / file).read_text(encoding="utf-8"))
        yield engine


def ask(engine: MiniRacer, function: str, given: list[Any]) -> list[Any]:
    """Apply a function, written in JavaScript, to each of many cases."""
    found: list[Any] = json.loads(engine.eval(f"JSON.stringify({json.dumps(given)}.map({function}))"))
    return found


def whole(random: Random, *shape: int) -> list[Any]:
    """Nested lists of small whole numbers."""
    if not shape:
        return random.randint(-9, 9)  # type: ignore[return-value]
    return [whole(random, *shape[1:]) for _ in range(shape[0])]


def case(random: Random, mode: str, transposed: bool, largest: int = 7) -> Case:
    """One setting with its numbers; small, since everything goes wrong first where things hardly fit."""

    def pair(least: int, most: int) -> list[int]:
        return [random.randint(least, most), random.randint(least, most)]

    channels, out, groups = random.choice(CHANNELS)
    k = pair(1, 4)
    kernel = (channels, out // groups, *k) if transposed else (out, channels // groups, *k)
    n = pair(1, largest)
    sizes = {"n": n, "k": k, "s": pair(1, 3), "p": pair(0, 3), "d": pair(1, 3), "extra": pair(0, 2)}
    switches = {"mode": mode, "transposed": transposed, "turned": random.random() < 0.3, "groups": groups}
    return {"setting": sizes | switches, "input": whole(random, channels, *n), "kernel": whole(random, *kernel)}


def by_torch(case: Case) -> torch.Tensor | None:
    """What PyTorch computes; None where it refuses."""
    x = torch.tensor(case["input"], dtype=torch.float64, requires_grad=True)
    return convolve(x, case)


def convolve(x: torch.Tensor, case: Case) -> torch.Tensor | None:
    setting = case["setting"]
    weight = torch.tensor(case["kernel"], dtype=torch.float64)
    weight = weight.flip(-2, -1) if setting["turned"] else weight
    s, p, d, groups = setting["s"], setting["p"], setting["d"], setting["groups"]
    try:
        if setting["transposed"]:
            return F.conv_transpose2d(x[None], weight, None, s, p, setting["extra"], groups, d)[0]
        if setting["mode"] == "zeros":
            return F.conv2d(x[None], weight, None, s, p, d, groups)[0]
        padded = F.pad(x[None], (p[1], p[1], p[0], p[0]), mode=setting["mode"])
        return F.conv2d(padded, weight, None, s, 0, d, groups)[0]
    except RuntimeError:
        return None


def cases(kind: str, count: int, seed: int = 0) -> list[Case]:
    random = Random(f"{kind}{seed}")
    return [case(random, kind if kind in MODES else "zeros", kind == "transposed") for _ in range(count)]


KINDS = (*MODES, "transposed")
COMPUTED = """({setting, input, kernel}) => cnnGuide.convolution.outputSize(setting).why ? null
  : cnnGuide.convolution.apply(setting, input, kernel)"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_outputs_are_those_of_torch(engine, kind, seed):
    """All modes of padding, strides, dilations, groups and turned kernels; refused where PyTorch refuses."""
    given = cases(kind, PER_KIND, seed)
    expected = [found.tolist() if (found := by_torch(one)) is not None else None for one in given]
    assert 0.05 < expected.count(None) / len(expected) < 0.7
    for one, mine, theirs in zip(given, ask(engine, COMPUTED, given), expected, strict=True):
        assert mine == theirs, one


def test_there_are_enough_settings():
    """Of each kind many, and more than ten thousand in all."""
    assert 2 * PER_KIND * len(KINDS) > 10_000


TERMS = """({setting, input, kernel}) => cnnGuide.convolution.apply(setting, input, kernel).map((plane, o) => plane.map((row, i) =>
  row.map((_, j) => cnnGuide.convolution.terms(setting, input, kernel, [o, i, j]))))"""


def jacobian(case: Case) -> torch.Tensor:
    """How much each output changes with each pixel: the weight with which it uses the pixel. (outputs…, inputs…)"""
    x = torch.tensor(case["input"], dtype=torch.float64)
    return torch.autograd.functional.jacobian(lambda pixels: convolve(pixels, case), x)


@pytest.fixture(scope="module")
def some() -> list[Case]:
    """Possible settings of every kind, few enough for their derivatives."""
    random = Random(2)
    kinds = [(mode, False) for mode in MODES] + [("zeros", True)]
    found = [case(random, *kind, largest=5) for kind in kinds for _ in range(100)]
    return [one for one in found if by_torch(one) is not None]


def test_terms_are_the_derivatives_and_add_up(engine, some):
    """Each term's pixel, with its weight, is what PyTorch differentiates to; the sum of the terms is the output."""
    assert len(some) > 200
    for one, planes in zip(some, ask(engine, TERMS, some), strict=True):
        expected = jacobian(one)
        matrix = np.zeros(expected.shape)
        sums = np.zeros(matrix.shape[:3])
        for o, plane in enumerate(planes):
            for i, row in enumerate(plane):
                for j, terms in enumerate(row):
                    for term in terms:
                        sums[o, i, j] += term["weight"] * term["value"]
                        if term["pixel"]:
                            matrix[o, i, j, term["channel"], term["pixel"][0], term["pixel"][1]] += term["weight"]
        assert np.array_equal(matrix, expected.numpy()), one["setting"]
        assert np.array_equal(sums, by_torch(one).detach().numpy()), one["setting"]


USES = """({setting, input, kernel}) => input.map((plane, c) => plane.map((row, i) => row.map((_, j) =>
  cnnGuide.convolution.uses(setting, input, kernel, [c, i, j]))))"""


def test_uses_are_the_derivatives_too(engine, some):
    """The other direction: the outputs that a pixel is said to go into, with the same weights, and no others."""
    for one, planes in zip(some, ask(engine, USES, some), strict=True):
        expected = jacobian(one)
        matrix = np.zeros(expected.shape)
        for c, plane in enumerate(planes):
            for i, row in enumerate(plane):
                for j, uses in enumerate(row):
                    assert len({tuple(use["at"]) for use in uses}) == len(uses)
                    for use in uses:
                        out, y, x = use["at"]
                        matrix[out, y, x, c, i, j] = sum(term["weight"] for term in use["terms"])
        assert np.array_equal(matrix, expected.numpy()), one["setting"]


NEAREST = "({setting}) => cnnGuide.convolution.nearest(setting)"
RANGES = {"p": (0, 8), "k": (1, 16), "d": (1, 8), "extra": (0, 7), "n": (1, 16), "s": (1, 8)}


def sized(setting: dict[str, Any]) -> Case:
    """A case of one channel for a setting, with any numbers."""
    ones = {"input": torch.ones(1, *setting["n"]).tolist(), "kernel": torch.ones(1, 1, *setting["k"]).tolist()}
    return {"setting": setting | {"groups": 1}, **ones}


def test_the_nearest_setting_is_possible(engine):
    """PyTorch takes it, its fields are within their ranges, and only the named fields differ."""
    refused = [one["setting"] for kind in KINDS for one in cases(kind, 300, seed=3) if by_torch(one) is None]
    assert len(refused) > 300
    for setting, found in zip(refused, ask(engine, NEAREST, [{"setting": one} for one in refused]), strict=True):
        assert by_torch(sized(found["setting"])) is not None, (setting, found)
        changed = {name for name in setting if setting[name] != found["setting"][name]}
        assert changed == set(found["names"]) != set()
        assert all(low <= value <= high for name, (low, high) in RANGES.items() for value in found["setting"][name])


def test_no_other_setting_is_nearer(engine):
    """Along one axis, nothing that differs by less is possible: every smaller change is tried."""
    refused = [one["setting"] for kind in KINDS for one in cases(kind, 60, seed=4) if by_torch(one) is None][:40]
    square = [{name: [v[0], v[0]] if isinstance(v, list) else v for name, v in setting.items()} for setting in refused]
    square = [setting for setting in square if by_torch(sized(setting)) is None]
    assert len(square) > 20
    for setting, found in zip(square, ask(engine, NEAREST, [{"setting": one} for one in square]), strict=True):
        cost = sum(abs(found["setting"][name][0] - setting[name][0]) for name in RANGES)
        nearer = range(-cost + 1, cost)
        for changes in product(nearer, repeat=2):
            for one, two in product(RANGES, repeat=2):
                tried = {one: setting[one][0] + changes[0], two: setting[two][0] + changes[1]}
                distance = sum(abs(value - setting[name][0]) for name, value in tried.items())
                if distance < cost and all(
                    RANGES[name][0] <= value <= RANGES[name][1] for name, value in tried.items()
                ):
                    changed = setting | {name: [value, value] for name, value in tried.items()}
                    assert by_torch(sized(changed)) is None, (changed, found)


def test_what_is_too_large_to_draw_is_refused(engine):
    """PyTorch would compute it; the page says why it does not, and what it would."""
    setting = {"n": [16, 16], "k": [3, 3], "s": [8, 8], "p": [0, 0], "d": [1, 1], "extra": [0, 0]}
    setting |= {"mode": "zeros", "transposed": True, "turned": False}
    [why] = ask(engine, "setting => cnnGuide.convolution.check(setting).why", [setting])
    assert why == "The output would have 123 cells along one side; more than 32 are not drawn here."
    [found] = ask(engine, NEAREST, [{"setting": setting}])
    assert max(by_torch(sized(found["setting"])).shape) <= 32


# the numbers as a reader has them: one or two channels, planes of weights
def drawn(random: Random, kind: str) -> Case:
    one = case(random, kind if kind in MODES else "zeros", kind == "transposed")
    count = random.choice([1, 2])
    one["setting"]["groups"] = random.choice([1, count])
    one["input"] = whole(random, count, *one["setting"]["n"])
    one["kernel"] = whole(random, count, *one["setting"]["k"])
    return one


def as_torch(one: Case) -> Case:
    """The same with the kernel laid out as a weight."""
    apart = one["setting"]["transposed"] or one["setting"]["groups"] > 1
    return one | {"kernel": [[plane] for plane in one["kernel"]] if apart else [one["kernel"]]}


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_computes_what_the_page_shows(engine, kind, capsys):
    """Each program is run as it stands, and prints the page's output."""
    random = Random(kind)
    some = [one for one in (drawn(random, kind) for _ in range(120)) if by_torch(as_torch(one)) is not None]
    programs = ask(engine, "it => cnnGuide.convolutionCode.python(it.setting, it.input, it.kernel)", some)
    shown = ask(engine, COMPUTED, [as_torch(one) for one in some])
    for program, output in zip(programs, shown, strict=True):
        exec(compile(program, "page", "exec"), {})
        printed = capsys.readouterr().out
        assert printed == f"{torch.tensor(output, dtype=torch.float32)}\n", program


LINKED = """state => {
  const { encode, decode } = cnnGuide.convolutionCode;
  const words = Object.entries(encode(state)).map(pair => pair.join(":")).join(",");  // as cnnGuide.permalink does
  return decode(Object.fromEntries(words.split(",").map(pair => pair.split(":"))), cnnGuide.convolutionPresets.example("Blur"));
}"""


def test_a_link_brings_everything_back(engine):
    """Sizes, switches, every number and the place."""
    random = Random(5)
    states = [drawn(random, kind) | {"at": random.randint(0, 9)} for kind in KINDS for _ in range(40)]
    states[0]["input"][0][0][0] = -0.0625
    assert ask(engine, LINKED, states) == states


@pytest.mark.parametrize(
    "words",
    [{"input": "99"}, {"stride": "x"}, {"mode": "mirror"}, {"padding": "1x1x1"}, {"kernel": "-3"}, {"dilation": "1.5"}],
)
def test_a_broken_link_is_no_state(engine, words):
    """The page then shows its own example."""
    decode = 'words => cnnGuide.convolutionCode.decode(words, cnnGuide.convolutionPresets.example("Blur")) ?? null'
    assert ask(engine, decode, [words]) == [None]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1 2\n3 4", [[[1, 2], [3, 4]]]),
        ("[[1., -2.],\n [3, 4e0]]", [[[1, -2], [3, 4]]]),
        ("1 −2\n\n3 4", [[[1, -2]], [[3, 4]]]),
        ("", "Type at least one number."),
        ("1 two", "Only numbers up to a million"),
        ("1 2\n3", "All rows must be of the same length"),
        ("1\n\n2\n\n3", "There are at most two channels."),
        ("1 " * 17, "At most 16 rows of 16 numbers are drawn here, not 1 of 17."),
    ],
)
def test_typed_numbers_are_read(engine, typed, expected):
    """As rows, as Python's lists, with the minus of books; or the reason why not."""
    [found] = ask(engine, "text => cnnGuide.convolutionCode.parse(text)", [typed])
    assert found == {"planes": expected} if isinstance(expected, list) else found["why"].startswith(expected)


def test_every_example_is_possible(engine):
    """And the first is the lesson's: −5 in the corner."""
    examples = "name => { const it = cnnGuide.convolutionPresets.example(name); return it; }"
    names = json.loads(engine.eval("JSON.stringify(cnnGuide.convolutionPresets.examples)"))
    states = ask(engine, examples, names)
    outputs = [by_torch(as_torch(state)) for state in states]
    assert all(output is not None for output in outputs)
    assert outputs[0][0, 0, 0] == -5
    turned = next(one for one, state in zip(outputs, states, strict=True) if state["setting"]["turned"])
    assert turned[0, 1:4, 1:4].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]  # what its name says
