"""Where the page says that a pixel's numbers lie, and how it scales them, compared with torch in V8, without a browser."""

import json
from itertools import product
from pathlib import Path

import pytest
import torch
from py_mini_racer import MiniRacer

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
SHAPES = list(product((1, 2, 10), (1, 3), (1, 7, 28), (1, 9, 28)))  # (N, C, H, W)
AXES = ("n", "c", "row", "column")


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as engine:
        engine.eval((WIDGETS / "pixels.js").read_text(encoding="utf-8"))
        yield engine


def named(shape: tuple[int, ...]) -> str:
    return json.dumps(dict(zip("nchw", shape, strict=True)))


def every_place(engine: MiniRacer, layout: str, shape: tuple[int, ...]) -> list[list[int]]:
    """The place that the page finds for each number in memory, from the first to the last."""
    place = f"cnnGuide.pixels.place('{layout}', {named(shape)}, at)"
    count = torch.Size(shape).numel()
    call = f"Array.from({{length: {count}}}, (_, at) => {place}).map(({{n, c, row, column}}) => [n, c, row, column])"
    return json.loads(engine.eval(f"JSON.stringify({call})"))


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_places_in_memory(engine, layout):
    """In both layouts, every number of every shape lies where torch has it, and the way back leads to it."""
    checked = 0
    for shape in SHAPES:
        numbers = torch.arange(torch.Size(shape).numel()).reshape(shape)
        in_memory = numbers if layout == "NCHW" else numbers.permute(0, 2, 3, 1).contiguous()
        places = every_place(engine, layout, shape)
        found = numbers[tuple(torch.tensor(places).T)]
        assert torch.equal(found, in_memory.flatten()), shape
        wanted = [dict(zip(AXES, place, strict=True)) for place in places]
        call = f"{json.dumps(wanted)}.map(place => cnnGuide.pixels.offset('{layout}', {named(shape)}, place))"
        assert json.loads(engine.eval(f"JSON.stringify({call})")) == list(range(len(places))), shape
        checked += len(places)
    assert checked > 10_000


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_strides(engine, layout):
    """The steps along the axes are those that torch reports."""
    for shape in SHAPES:
        tensor = torch.zeros(shape) if layout == "NCHW" else torch.zeros(shape).permute(0, 2, 3, 1).contiguous()
        found = json.loads(engine.eval(f"JSON.stringify(cnnGuide.pixels.strides('{layout}', {named(shape)}))"))
        assert tuple(found) == tuple(torch.zeros(tensor.shape).stride()), shape


def test_scales(engine):
    """All bytes on all three scales, for each channel with its own mean and deviation."""
    mean, std = [0.1307, 0.5, 0.25], [0.3081, 0.25, 0.1]
    of = json.dumps({"mean": mean, "std": std})
    pixels = torch.arange(256).to(torch.float64)
    expected = {"bytes": pixels, "unit": pixels / 255}
    for channel in range(3):
        expected["standard"] = (pixels / 255 - mean[channel]) / std[channel]
        for scale, numbers in expected.items():
            call = f"cnnGuide.pixels.scaled(byte, '{scale}', {of}, {channel})"
            found = json.loads(engine.eval(f"JSON.stringify(Array.from({{length: 256}}, (_, byte) => {call}))"))
            assert torch.allclose(torch.tensor(found, dtype=torch.float64), numbers, atol=1e-12), (scale, channel)


def test_numbers_as_they_are_written(engine):
    """Bytes whole, others with two decimals, a real minus sign, and no zero with a sign."""
    cases = [(212, "bytes"), (0.5, "unit"), (-1.239, "standard"), (-0.001, "standard"), (-0.0, "standard")]
    call = f"{json.dumps(cases)}.map(([value, scale]) => cnnGuide.pixels.written(value, scale))"
    assert json.loads(engine.eval(f"JSON.stringify({call})")) == ["212", "0.50", "−1.24", "0.00", "0.00"]


def test_the_published_file_is_read(engine):
    """A line of JSON, letters beyond ASCII included, then the bytes of each set, all 256 of them, where they belong."""
    engine.eval(DECODER)
    first, second = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16), torch.full((1, 3, 1, 2), 10).byte()
    sets = [
        {"name": name, "about": "6 × 6", "shape": dict(zip("nchw", images.shape, strict=True))}
        for name, images in (("first", first), ("second", second))
    ]
    header = json.dumps(sets, ensure_ascii=False).encode()
    content = header + b"\n" + first.numpy().tobytes() + second.numpy().tobytes()
    letters = json.dumps([chr(byte) for byte in content])
    call = f"cnnGuide.pixels.read({letters}.join('')).map(({{bytes, about}}) => [[...bytes], about])"
    found = json.loads(engine.eval(f"JSON.stringify({call})"))
    assert found == [[list(range(256)), "6 × 6"], [[10] * 6, "6 × 6"]]


DECODER = """
globalThis.TextDecoder ??= class { // V8 alone has none; browsers have
  decode(bytes) { return decodeURIComponent([...bytes].map(byte => '%' + byte.toString(16).padStart(2, '0')).join('')); }
};
"""
