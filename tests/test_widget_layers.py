"""The layers that are built in the page are those of the package: compared in V8, without a browser or node."""

from __future__ import annotations

import ast
import json
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from math import prod
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from py_mini_racer import MiniRacer
from torch import nn

from cnn_guide import ShapeError, layers, models, summary
from site_builder.widgets import files

WIDGETS = Path(__file__).parents[1] / "docs" / "widgets"
Stack = dict[str, Any]


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as engine:
        for file in dict.fromkeys(file for part in ("code", "link", "parse") for file in files(f"layers_{part}.js")):
            engine.eval((WIDGETS / file).read_text(encoding="utf-8"))
        yield engine


def call(engine: MiniRacer, function: str, items: list[Any]) -> list[Any]:
    """What a JavaScript function makes of each item."""
    return json.loads(engine.eval(f"JSON.stringify({json.dumps(items)}.map({function}))"))


def axes(random: Random, *values: int) -> int | list[int]:
    """A number for both axes, or one each."""
    return [random.choice(values) for _ in "hw"] if random.random() < 0.2 else random.choice(values)


def convolution(random: Random, shape: tuple[int, ...]) -> Stack:
    groups = random.choice((1, 1, 1, 2, 3))
    wrong = random.random() < 0.02
    return {
        "kind": "Conv2d",
        "in_channels": shape[0] + wrong,
        "out_channels": groups * random.randint(1, 4) + (random.random() < 0.02),
        "kernel_size": axes(random, 1, 2, 3, 3, 5, 7),
        "stride": axes(random, 1, 1, 1, 2, 3),
        "padding": random.choice(["same", "valid", *[axes(random, 0, 1, 2, 3)] * 6]),
        "dilation": axes(random, 1, 1, 1, 2, 3),
        "groups": groups if shape[0] % groups == 0 or random.random() < 0.1 else 1,
        "bias": random.random() < 0.7,
    }


def pooling(random: Random, kind: str) -> Stack:
    layer = {
        "kind": kind,
        "kernel_size": axes(random, 1, 2, 2, 3, 4),
        "stride": random.choice((None, axes(random, 1, 2, 3))),
        "padding": random.choice((0, 0, 0, 1, axes(random, 0, 1, 2))),
        "ceil_mode": random.random() < 0.4,
    }
    return {**layer, "dilation": axes(random, 1, 1, 2)} if kind == "MaxPool2d" else layer


def some_layer(random: Random, kind: str, shape: tuple[int, ...]) -> Stack:
    """A layer that mostly fits."""
    off = random.random() < 0.03
    if kind == "Conv2d":
        return convolution(random, shape)
    if kind in ("MaxPool2d", "AvgPool2d"):
        return pooling(random, kind)
    if kind == "AdaptiveAvgPool2d":
        return {"kind": kind, "output_size": random.choice((1, 2, 3, 5, [2, 3], [None, 2]))}
    if kind == "BatchNorm2d":
        return {
            "kind": kind,
            "num_features": shape[0] + off,
            "affine": random.random() < 0.8,
            "bias": random.random() < 0.8,
        }
    if kind == "Dropout":
        return {"kind": kind, "p": 1.5 if off else random.choice((0.1, 0.5))}
    if kind == "Linear":
        features = prod(shape) if off else shape[-1]
        return {
            "kind": kind,
            "in_features": features,
            "out_features": random.randint(1, 9),
            "bias": random.random() < 0.8,
        }
    return {"kind": kind}


MAPS = (
    ["Conv2d"] * 5 + ["MaxPool2d"] * 2 + ["AvgPool2d", "AdaptiveAvgPool2d", "BatchNorm2d", "ReLU", "Dropout", "Flatten"]
)
LISTS = ["Linear"] * 4 + ["ReLU", "Dropout", "Flatten"]


def described(layer: Stack) -> layers.Layer:
    """The package's description of a layer."""
    arguments = {name: tuple(value) if isinstance(value, list) else value for name, value in layer.items()}
    kind = arguments.pop("kind")
    return getattr(layers, kind)(**arguments)


def random_stack(seed: int) -> tuple[Stack, ShapeError | None]:
    """A stack, and what is wrong with its last layer."""
    random = Random(seed)
    shape: tuple[int, ...] = (random.randint(1, 4), random.randint(4, 40), random.randint(4, 40))
    stack: Stack = {"input": list(shape), "layers": []}
    for _ in range(random.randint(1, 10)):
        fitting, others = (MAPS, LISTS) if len(shape) == 3 else (LISTS, MAPS)
        kind = random.choice(others if random.random() < 0.02 else fitting)
        stack["layers"].append(some_layer(random, kind, shape))
        try:
            shape = described(stack["layers"][-1]).output_shape(shape)
        except ShapeError as error:
            return stack, error
    return stack, None


SOME = [random_stack(seed) for seed in range(6000)]
SOUND = [stack for stack, error in SOME if not error]
REFUSED = [(stack, error) for stack, error in SOME if error]


def test_there_are_enough_stacks():
    """Of every kind of layer, sound ones and others."""
    assert len(SOUND) > 3000
    assert len(REFUSED) > 300
    assert {layer["kind"] for stack in SOUND for layer in stack["layers"]} == {*MAPS, *LISTS}


def test_every_layer_is_as_in_the_package(engine):
    """Shapes, parameters, MACs, activations and receptive fields."""
    found = call(engine, "stack => cnnGuide.layers.trace(stack)", SOUND)
    for stack, traced in zip(SOUND, found, strict=True):
        expected = summary(layers.Sequential(*map(described, stack["layers"])), tuple(stack["input"]))
        assert traced["refusal"] is None, stack
        for row, mine in zip(expected.rows, traced["rows"], strict=True):
            numbers = [mine["output"], mine["parameters"], mine["macs"], 4 * mine["activations"]]
            assert numbers == [list(row.output_shape), row.params, row.macs, row.output_bytes], stack
            if row.kind == "Linear" and 1 in row.input_shape[1:]:
                break  # a dense layer on a single row or column; what windows see after it, the two count differently
            assert row.receptive_field is None or tuple(mine["field"]) == row.receptive_field, stack
        assert (traced["parameters"], traced["macs"]) == (expected.total_params, expected.macs)


def test_refusals_are_those_of_the_package(engine):
    """The same layer, the same words, the same way out; ours may say more where the package says nothing."""
    found = call(engine, "stack => cnnGuide.layers.trace(stack).refusal", [stack for stack, _ in REFUSED])
    for (stack, error), refusal in zip(REFUSED, found, strict=True):
        assert refusal, stack
        assert (refusal["place"], refusal["kind"]) == (len(stack["layers"]) - 1, error.kind)
        assert refusal["problem"] == error.problem
        assert not error.hint or refusal["hint"] == error.hint


def test_ready_made_networks_are_those_of_the_package(engine):
    """Layer by layer; where a network joins its parts in `forward`, its Flatten is a layer here."""
    names = json.loads(engine.eval("JSON.stringify(Object.keys(cnnGuide.layerLinks.NETWORKS))"))
    assert names == ["cnn1", "cnn2", "lenet5", "alexnet", "vgg16"]
    traces = call(
        engine, "name => cnnGuide.layers.trace(cnnGuide.layerLinks.parse(cnnGuide.layerLinks.NETWORKS[name][1]))", names
    )
    for name, traced in zip(names, traces, strict=True):
        with torch.device("meta"):
            model = models.create(name)
        expected = summary(model, models.input_size(name))
        rows = [row for row in expected.rows if not row.container]
        mine = [row for row in traced["rows"] if name not in ("alexnet", "vgg16") or row["layer"]["kind"] != "Flatten"]
        assert [row["layer"]["kind"] for row in mine] == [row.kind for row in rows]
        for ours, row in zip(mine, rows, strict=True):
            found = (ours["output"], ours["parameters"], ours["macs"], tuple(ours["field"]))
            assert found == (list(row.output_shape), row.params, row.macs, row.receptive_field)
        assert (traced["parameters"], traced["macs"]) == (expected.total_params, expected.macs)


def test_links_keep_everything(engine):
    """A stack written for an address and read again is the same stack."""
    again = call(engine, "stack => cnnGuide.layerLinks.parse(cnnGuide.layerLinks.write(stack))", SOUND)
    assert again == [complete(stack) for stack in SOUND]
    texts = call(engine, "cnnGuide.layerLinks.write", SOUND)
    assert not set("".join(texts)) & set(",:&#%+ ")  # signs that an address, or the shared code, uses otherwise


@pytest.mark.parametrize("dialect", ["PyTorch", "cnn_guide"])
def test_written_code_can_be_pasted(engine, dialect):
    """What the builder writes, it reads as the same stack, with the size of its input."""
    again = call(engine, "text => cnnGuide.parseLayers(text)", codes(engine, dialect, SOUND))
    assert again == [{**complete(stack), "notes": []} for stack in SOUND]


def complete(stack: Stack) -> Stack:
    """Two equal numbers are written as one."""
    one = [
        {name: value[0] if isinstance(value, list) and value[0] == value[1] else value for name, value in layer.items()}
        for layer in stack["layers"]
    ]
    return {"input": stack["input"], "layers": one}


def codes(engine: MiniRacer, dialect: str, stacks: list[Stack]) -> list[str]:
    """The code that the builder writes."""
    return call(
        engine, f"stack => cnnGuide.layerCode('{dialect}', stack.input, cnnGuide.layers.trace(stack).rows)", stacks
    )


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    with redirect_stdout(StringIO()) as printed:
        exec(code, names)
    return {**names, "printed": printed.getvalue()}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_pytorch_code_runs(engine):
    """In a fresh namespace; the summary of the module is the builder's."""
    stacks = [stack for stack in SOUND if "Linear" not in [layer["kind"] for layer in stack["layers"]][:-1]][:300]
    traces = call(engine, "stack => cnnGuide.layers.trace(stack)", stacks)
    for code, stack, traced in zip(codes(engine, "PyTorch", stacks), stacks, traces, strict=True):
        names = run(code)
        expected = summary(names["model"], tuple(stack["input"]))
        assert [row.kind for row in expected.rows] == [layer["kind"] for layer in stack["layers"]]
        assert (expected.total_params, expected.macs) == (traced["parameters"], traced["macs"])
        assert names["printed"].strip() == f"torch.Size({[2, *traced['rows'][-1]['output']]})"


def test_descriptions_run(engine):
    """As Python, in a fresh namespace, and as the package's own reader of descriptions sees them."""
    stacks = SOUND[:300]
    for code, stack in zip(codes(engine, "cnn_guide", stacks), stacks, strict=True):
        names = run(code)
        assert names["model"] == layers.Sequential(*map(described, stack["layers"]))
        assert names["printed"].startswith("Sequential on")


def test_keras_code_is_python(engine):
    """Keras is no dependency: its code is parsed, and every layer of the stack stands in it."""
    for code, stack in zip(codes(engine, "Keras", SOUND), SOUND, strict=True):
        calls = [
            node.func.attr
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        ]
        kinds = Counter(layer["kind"] for layer in stack["layers"])
        for kind, name in {
            "Conv2d": "Conv2D",
            "BatchNorm2d": "BatchNormalization",
            "ReLU": "ReLU",
            "Linear": "Dense",
            "Dropout": "Dropout",
            "Flatten": "Flatten",
        }.items():
            assert calls.count(name) == kinds[kind], code


def test_what_print_shows_can_be_pasted(engine):
    """Names in brackets, no commas, every argument written out, containers in containers."""
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 4, (3, 5), padding=1), nn.BatchNorm2d(4), nn.ReLU()),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(4, 2, bias=False),
    )
    found = call(engine, "text => cnnGuide.parseLayers(text)", [str(model)])[0]
    assert [layer["kind"] for layer in found["layers"]] == [
        "Conv2d",
        "BatchNorm2d",
        "ReLU",
        "MaxPool2d",
        "Flatten",
        "Dropout",
        "Linear",
    ]
    assert found["layers"][0]["kernel_size"] == [3, 5]
    assert found["layers"][0]["padding"] == 1
    assert found["layers"][6] == {"kind": "Linear", "in_features": 4, "out_features": 2, "bias": False}
    assert (found["input"], found["notes"]) == (None, [])


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("nn.Sequential(OrderedDict([('a', nn.ReLU()), ('b', nn.Flatten())]))", ["ReLU", "Flatten"]),
        (
            "import torch\nnet = torch.nn.Sequential(\n  nn.ReLU(),  # first\n  nn.Linear(16 * 5 * 5, 2),\n)",
            ["ReLU", "Linear"],
        ),
        ("nn.Conv2d(1, 2, 3),\nnn.ReLU(),", ["Conv2d", "ReLU"]),
        (">>> net = nn.Sequential(\n...     nn.ReLU(),\n... )\n>>> net", ["ReLU"]),
        ("nn.Sequential(*[nn.ReLU()])", None),
        ("nn.Sequential(nn.ReLU(inplace=True))", ["ReLU"]),
    ],
)
def test_ways_to_write_a_stack(engine, text, kinds):
    """As people write it; what can't be read is refused."""
    found = call(
        engine,
        "text => { try { return cnnGuide.parseLayers(text).layers.map(it => it.kind) } catch { return null } }",
        [text],
    )
    assert found == [kinds]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Line 1: there is no nn.Sequential(…) here, and no layer such as nn.Conv2d(1, 16, 3)."),
        (
            "nn.Sequential(\n  nn.ReLU(),\n  nn.Sigmoid(),\n)",
            "Line 3: the builder has no Sigmoid. It has Conv2d, MaxPool2d",
        ),
        ("nn.Sequential(\n  nn.conv2d(1, 2, 3))", "Line 2: the builder has no conv2d. Did you mean Conv2d?"),
        ("nn.Sequential(nn.Conv2d(1, n, 3))", "Line 1: `n` is a name; write its value."),
        ("nn.Sequential(nn.Conv2d(1, 2, 3)", "Line 1: a “)” is missing at the end."),
        ("nn.Sequential(\nnn.Conv2d(1, 2 3))", "Line 2: “,” is missing before “3”."),
        ("nn.Sequential(nn.Conv2d(1, 2, kernel=3))", "Line 1: Conv2d has no argument `kernel`; it has in_channels"),
        ("nn.Sequential(nn.Conv2d(1, 2))", "Line 1: Conv2d needs `kernel_size`."),
        (
            "nn.Sequential(nn.Conv2d(1, 2, 3.5))",
            "Line 1: `kernel_size` of Conv2d must be a whole number, or two of them.",
        ),
        ("nn.Sequential(nn.Linear(1, 2, 3, 4))", "Line 1: Linear takes 3 arguments at most."),
        ("nn.Sequential(nn.Linear(1, 2, in_features=3))", "Line 1: Linear is given `in_features` twice."),
        ("nn.Sequential(nn.Flatten(2))", "Line 1: here Flatten joins all axes: start_dim=1 and end_dim=-1."),
        ("nn.Sequential(features, nn.ReLU())", "Line 1: “features” is not a layer that is written out here."),
        ("nn.Sequential()", "Line 1: there are no layers in it."),
        ("nn.Sequential(nn.ReLU(),\n nn.Dropout(", "Line 2: the text ends in the middle of a layer."),
        ("nn.Sequential($)", "Line 1: “$” can’t be read."),
    ],
)
def test_what_cannot_be_read_is_named(engine, text, message):
    """With its line, and a way out where there is one."""
    found = call(
        engine, "text => { try { return cnnGuide.parseLayers(text) } catch (error) { return error.message } }", [text]
    )[0]
    assert isinstance(found, str)
    assert found.startswith(message)


def test_what_is_left_out_is_said(engine):
    """An argument that changes no number shown here does not vanish in silence."""
    found = call(
        engine,
        "text => cnnGuide.parseLayers(text).notes",
        ["nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(1, 2, 3, padding_mode='reflect'))"],
    )[0]
    assert [note.split(" was left out")[0] for note in found] == [
        "Line 1: inplace=True",
        "Line 1: padding_mode=reflect",
    ]


def test_ways_out_lead_out(engine):
    """Taking the way out of a refusal ends it: the layer fits, or another one of its arguments is at fault."""
    stacks = [stack for stack, _ in REFUSED]
    pairs = call(
        engine,
        """stack => {
      const { refusal } = cnnGuide.layers.trace(stack);
      return refusal.repair && [refusal, cnnGuide.layers.trace(cnnGuide.layers.repaired(stack, refusal)).refusal];
    }""",
        stacks,
    )
    repairs = [each for each in pairs if each]
    assert len(repairs) > len(stacks) / 2
    for before, after in repairs:
        assert after is None or after["problem"] != before["problem"]


def test_what_comes_in_is_followed(engine):
    """Without its own number of channels or features a layer takes what there is; a map is flattened on demand."""
    conv = {
        "kind": "Conv2d",
        "in_channels": None,
        "out_channels": 4,
        "kernel_size": 3,
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "groups": 1,
        "bias": True,
    }
    linear = {"kind": "Linear", "in_features": None, "out_features": 2, "bias": True}
    stack = {"input": [3, 8, 8], "layers": [conv, linear]}
    traced, repaired = call(
        engine,
        "it => it",
        call(
            engine,
            """stack => {
      const first = cnnGuide.layers.trace(stack);
      return [first, cnnGuide.layers.trace(cnnGuide.layers.repaired(stack, first.refusal))];
    }""",
            [stack],
        )[0],
    )
    assert traced["rows"][0]["layer"]["in_channels"] == 3
    assert traced["refusal"]["hint"] == "Put Flatten() before it: 4 · 6 · 6 = 144."
    assert repaired["rows"][-1]["layer"]["in_features"] == 144


def test_keras_code_runs(engine, monkeypatch):
    """Where Keras is installed: shapes and parameters are the builder's, and so are the numbers with PyTorch's weights."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("keras")
    whole = [
        (stack, code)
        for stack, code in zip(SOUND, codes(engine, "Keras", SOUND), strict=True)
        if "no counterpart" not in code
    ][:60]
    compared = 0
    for stack, code in whole:
        traced = call(engine, "stack => cnnGuide.layers.trace(stack)", [stack])[0]
        model = run(code)["model"]
        output = traced["rows"][-1]["output"]
        assert list(model.output_shape[1:]) == (output if len(output) < 3 else [*output[1:], output[0]]), code
        assert sum(prod(weight.shape) for weight in model.trainable_weights) == traced["parameters"], code
        if "Flatten" not in code and "−∞" not in code:  # another order, and a difference that a comment admits
            compared += 1
            assert same_numbers(model, stack), code
    assert compared > 20


def same_numbers(model: Any, stack: Stack) -> bool:
    """Whether Keras answers as PyTorch does, with the same weights."""
    twin = nn.Sequential(*[module(layer) for layer in stack["layers"]]).eval()
    pairs = zip(
        [layer for layer in twin if list(layer.parameters())],
        [layer for layer in model.layers if layer.trainable_weights],
        strict=True,
    )
    for theirs, layer in pairs:
        weights = [parameter.detach() for parameter in theirs.parameters()]
        if isinstance(theirs, nn.BatchNorm2d):
            continue  # fresh ones leave numbers as they are, but for eps
        kernel = weights[0].permute(2, 3, 1, 0) if weights[0].dim() == 4 else weights[0].T
        layer.set_weights([kernel.numpy(), *[weight.numpy() for weight in weights[1:]]])
    image = torch.rand(2, *stack["input"])
    with torch.no_grad():
        expected, found = twin(image), model(image.permute(0, 2, 3, 1))
    if found.dim() == 4:
        found = found.permute(0, 3, 1, 2)
    return torch.allclose(found, expected, atol=1e-4)


def module(layer: Stack) -> nn.Module:
    arguments = {name: tuple(value) if isinstance(value, list) else value for name, value in layer.items()}
    made: nn.Module = getattr(nn, arguments.pop("kind"))(**arguments)
    return made
