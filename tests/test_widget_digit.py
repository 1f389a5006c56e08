"""The digit network in the page computes what PyTorch computes: its values, what they are made of, and its evidence."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from math import dist
from typing import Any

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer
from torch import Tensor, nn

from cnn_guide import data, receptive_field
from site_builder.cache import ROOT
from site_builder.page import read
from site_builder.run import run_pages
from site_builder.widgets import FOLDER

HOME = ROOT / "docs" / "index.md"
FILES = ("digit-network.json", "digit-network.bin", "digit-samples.json")
ON_TORCH = 200  # pictures compared number by number
SIDE = 28


@pytest.fixture(scope="module")
def published() -> dict[str, bytes]:
    """What the home page publishes; from the cache where nothing it depends on has changed."""
    run = run_pages([read(HOME, ROOT)], log=lambda line: None)
    assert not run.errors
    outputs = [output for outputs in run.results["docs/index.md"] if isinstance(outputs, list) for output in outputs]
    return {output["name"]: base64.b64decode(output["data"]) for output in outputs if output["kind"] == "file"}


@pytest.fixture(scope="module")
def engine(published) -> Iterator[MiniRacer]:
    head, content = published["digit-network.json"].decode(), list(published["digit-network.bin"])
    with MiniRacer() as engine:
        for file in ("digit.js", "digit_ink.js"):
            engine.eval((FOLDER / file).read_text(encoding="utf-8"))
        engine.eval(f"const layers = cnnGuide.digit.unpack({head}, Uint8Array.from({content}))")
        engine.eval(
            "const run = (picture) => cnnGuide.digit.run(layers, Float64Array.from(picture, (ink) => ink / 255))"
        )
        yield engine


@pytest.fixture(scope="module")
def network(published) -> nn.Sequential:
    """The published file as PyTorch's own layers, in the order of the page's; read without the code under test."""
    head = json.loads(published["digit-network.json"])
    layers = [made for layer in head["layers"] if (made := layer_of(layer, published["digit-network.bin"]))]
    return nn.Sequential(*layers).eval()


def layer_of(layer: dict[str, Any], content: bytes) -> nn.Module | None:
    """One layer; flattening is left to the mean, which the linear layer follows."""
    kind = layer["type"]
    if kind == "flatten":
        return None
    if kind in ("conv", "linear"):
        out, into, *kernel = layer["weight"]["shape"]
        made = nn.Conv2d(into, out, kernel, layer["stride"], layer["padding"]) if kernel else nn.Linear(into, out)
        for part in ("weight", "bias"):
            shape, offset = layer[part]["shape"], layer[part]["offset"]
            values = np.frombuffer(content, "<f2", int(np.prod(shape)), offset).reshape(shape)
            getattr(made, part).data = torch.tensor(values.astype(np.float32))
        return made.requires_grad_(False)
    if kind == "maxpool":
        return nn.MaxPool2d(layer["kernel_size"], layer["stride"], layer["padding"])
    return {"relu": nn.ReLU(), "global_average_pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())}[kind]


@pytest.fixture(scope="module")
def test_set() -> tuple[Tensor, Tensor]:
    found = data.mnist_or_digits().test
    return (255 * found.images).round().byte(), found.labels


def ask(engine: MiniRacer, code: str, given: Any) -> Any:
    return json.loads(engine.eval(f"JSON.stringify(({code})({json.dumps(given)}))"))


def values_of(network: nn.Sequential, picture: Tensor) -> list[Tensor]:
    """The picture, and what each layer makes of it."""
    values = [picture]
    for layer in network:
        values.append(layer(values[-1]))
    return values


def test_the_file_is_small(published):
    """Weights below 150 kB, in base64 too."""
    assert sorted(published) == sorted(FILES)
    assert len(base64.b64encode(published["digit-network.bin"])) < 150_000


def test_the_scripts_are_small():
    """Each below 10 kB, which is read in one go; all of them below 15 kB as the host sends them."""
    scripts = sorted(FOLDER.glob("digit*.js"))
    assert all(path.stat().st_size < 10_000 for path in scripts), scripts
    assert len(gzip.compress(b"".join(path.read_bytes() for path in scripts))) < 15_000


def test_every_layer_is_that_of_torch(engine, network, test_set):
    """Real test digits, every value of every layer, within a hundred-thousandth."""
    assert ON_TORCH >= 100
    for picture in test_set[0][:ON_TORCH]:
        mine = ask(engine, "(picture) => run(picture).map((values) => Array.from(values))", picture.flatten().tolist())
        for found, expected in zip(mine, values_of(network, picture[None].float() / 255), strict=True):
            assert np.abs(np.array(found) - expected.flatten().numpy()).max() < 1e-5


def test_every_test_digit_gets_the_class_that_torch_gives(engine, network, test_set):
    """All of them, on MNIST ten thousand, and as many right as the page claims at least."""
    images, labels = test_set
    guesses = []
    for part in images.split(1000):
        code = "(text) => JSON.parse(text).map((picture) => { const scores = run(picture).at(-1); return scores.indexOf(Math.max(...scores)); })"
        guesses += ask(engine, code, json.dumps(part.flatten(1).tolist()))
    with torch.no_grad():
        expected = torch.cat([network(part.float() / 255).argmax(1) for part in images.split(500)])
    assert guesses == expected.tolist()
    on_mnist = len(labels) == 10_000
    assert (torch.tensor(guesses) == labels).double().mean() > (0.985 if on_mnist else 0.9)


def test_a_unit_is_the_sum_of_its_terms_and_they_are_its_derivatives(engine, network, test_set):
    """In every layer: bias and value × weight add up to the unit, and each weight is what PyTorch differentiates to."""
    generator = torch.Generator().manual_seed(0)
    network = network.double()
    for picture in test_set[0][:4]:
        values = values_of(network, picture[None].double() / 255)
        for i, layer in enumerate(network):
            units = torch.randint(values[i + 1].numel(), (6,), generator=generator).tolist()
            for unit in units:
                code = "([picture, i, at]) => { const values = run(picture); return { terms: cnnGuide.digit.terms(layers, values, i, at), bias: cnnGuide.digit.bias(layers[i], at) }; }"
                found = ask(engine, code, [picture.flatten().tolist(), i, unit])
                given = values[i].clone().requires_grad_()
                output = layer(given).flatten()[unit]
                (slope,) = torch.autograd.grad(output, given)
                mine = torch.zeros(given.numel(), dtype=torch.double)
                for term in found["terms"]:
                    assert term["at"] >= 0 or term["value"] == 0  # the padding
                    if term["at"] >= 0:
                        mine[term["at"]] += term["weight"]
                assert torch.allclose(mine, slope.flatten(), atol=1e-9), (i, unit)
                total = found["bias"] + sum(term["value"] * term["weight"] for term in found["terms"])
                assert abs(total - output.item()) < 1e-9
    network.float()


def test_the_trail_is_the_receptive_field(engine, network):
    """What is framed on the picture is the region that the package computes for the unit."""
    for i in range(8):
        field = receptive_field(network[: i + 1], (1, SIDE, SIDE))
        side = SIDE // (1 if i < 2 else 2 if i < 5 else 4)
        for row, column in [(0, 0), (side // 2, side // 3), (side - 1, side - 1)]:
            trail = ask(engine, "([i, at]) => cnnGuide.digit.trail(layers, i, at)", [i, row * side + column])
            expected = [tuple(span) for span in field.region((row, column))]
            top, left, bottom, right = trail[-1]
            assert [(top, bottom), (left, right)] == expected
            assert len(trail) == i + 2


def test_evidence_adds_up_and_is_grad_cam(engine, network, test_set):
    """Its sum and the bias are the score of the class; what is above zero is Grad-CAM, by PyTorch's gradients."""
    network = network.double()
    for picture in test_set[0][:20]:
        values = values_of(network, picture[None].double() / 255)
        maps = values[-3].clone().requires_grad_()
        scores = network[-1](network[-2](maps))[0]
        code = "(picture) => { const values = run(picture); return [0, 3, 7].map((digit) => Array.from(cnnGuide.digit.evidence(layers, values, digit))); }"
        for digit, found in zip((0, 3, 7), ask(engine, code, picture.flatten().tolist()), strict=True):
            (slope,) = torch.autograd.grad(scores[digit], maps, retain_graph=True)
            alpha = slope.mean(dim=(2, 3), keepdim=True)  # Selvaraju et al. 2017, equation 1
            weighed = (alpha * maps).sum(dim=1).flatten()
            assert np.allclose(np.maximum(found, 0), weighed.relu().detach().numpy(), atol=1e-9)
            assert abs(sum(found) + network[-1].bias[digit].item() - scores[digit].item()) < 1e-9
    network.float()


def test_halves_are_numpy_s(engine):
    """All numbers of 16 bits that are numbers: normal, small, and the two zeros."""
    bits = np.arange(2**16, dtype=np.uint16)
    bits = bits[np.isfinite(bits.view(np.float16))]
    found = json.loads(engine.eval(f"JSON.stringify({bits.tolist()}.map(cnnGuide.digit.half))"))
    assert np.array_equal(found, bits.view(np.float16).astype(float))


STROKES = {  # as somebody might draw them, in hundredths of the pad
    "one": [[[52, 15], [48, 85]]],
    "seven": [[[25, 20], [75, 20], [45, 85]]],
    "small and in a corner": [[[5, 5], [20, 5], [12, 25]]],
    "four": [[[35, 15], [25, 55], [75, 55]], [[60, 15], [60, 90]]],
}


@pytest.mark.parametrize("name", STROKES)
def test_strokes_are_scaled_and_centred_as_those_of_mnist(engine, name):
    """The longer side is 20 pixels, the centre of mass lies on pixel (14, 14), and place and size do not count."""
    strokes = STROKES[name]
    picture = np.array(ask(engine, "(strokes) => Array.from(cnnGuide.digitInk.picture(strokes))", strokes)).reshape(
        SIDE, SIDE
    )
    rows, columns = np.nonzero(picture.sum(1) > 0)[0], np.nonzero(picture.sum(0) > 0)[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (20, 21, 22)  # the fading edge may touch one more at each end
    where = [(picture.sum(1 - axis) * np.arange(SIDE)).sum() / picture.sum() for axis in (0, 1)]
    assert dist(where, (14, 14)) < 0.05
    assert picture.min() == 0
    assert picture.max() == 1
    moved = [[[10 + 0.5 * x, 20 + 0.5 * y] for x, y in stroke] for stroke in strokes]
    if name != "small and in a corner":
        again = ask(engine, "(strokes) => Array.from(cnnGuide.digitInk.picture(strokes))", moved)
        assert np.allclose(again, picture.flatten(), atol=1e-9)


def test_ink_is_as_broad_and_as_centred_as_mnist_s(engine):
    """Without MNIST there is nothing to compare with; with it, an upright one has its median width."""
    digits = data.mnist_or_digits()
    if digits.name != "MNIST":
        pytest.skip("no MNIST on this machine")
    images = digits.train.images[:, 0]
    at, mass = torch.arange(float(SIDE)), images.sum((1, 2))
    centre = [((images.sum(axis) * at).sum(1) / mass).mean().item() for axis in (1, 2)]
    assert dist(centre, (14, 14)) < 0.05
    ones = images[digits.train.labels == 1][:, 10:18]
    lean = ((ones * at).sum(2) / ones.sum(2).clamp(min=0.1)).diff(dim=1).mean(1)
    width = (ones.sum(2).mean(1) / (1 + lean**2).sqrt()).median().item()
    picture = ask(engine, "(strokes) => Array.from(cnnGuide.digitInk.picture(strokes))", STROKES["one"])
    mine = np.array(picture).reshape(SIDE, SIDE)[10:18].sum(1).mean()
    assert abs(mine - width) < 0.3


def test_nothing_and_a_dot_are_pictures_too(engine):
    """An empty pad is black; a dot stays a dot, in the middle."""
    empty, dot = ask(
        engine, "(all) => all.map((strokes) => Array.from(cnnGuide.digitInk.picture(strokes)))", [[], [[[80, 80]]]]
    )
    assert sum(empty) == 0
    assert 5 < sum(dot) < 8
    assert dot[14 * SIDE + 14] == 1


def test_what_is_drawn_is_read(engine):
    """Simple strokes of a hand get the class that their names say."""
    if data.mnist_or_digits().name != "MNIST":
        pytest.skip("the built-in digits are blurred; strokes as sharp as these were not among them")
    for name, digit in (("one", 1), ("seven", 7), ("four", 4)):
        code = "(strokes) => { const scores = cnnGuide.digit.run(layers, cnnGuide.digitInk.picture(strokes)).at(-1); return scores.indexOf(Math.max(...scores)); }"
        assert ask(engine, code, STROKES[name]) == digit, name


def test_samples_are_test_digits_with_a_few_mistakes_at_the_end(engine, published, test_set):
    """One of each class that the network reads, and then some that it does not."""
    samples = json.loads(published["digit-samples.json"])
    assert [sample["label"] for sample in samples[:10]] == list(range(10))
    known = {image.numpy().tobytes(): int(label) for image, label in zip(*test_set, strict=True)}
    guesses = []
    for sample in samples:
        pixels = base64.b64decode(sample["pixels"])
        assert known[pixels] == sample["label"]
        scores = ask(engine, "(picture) => Array.from(run(picture).at(-1))", list(pixels))
        guesses.append(int(np.argmax(scores)) == sample["label"])
    assert guesses == [True] * 10 + [False] * (len(samples) - 10)
    assert len(samples) > 10 or data.mnist_or_digits().name != "MNIST"
