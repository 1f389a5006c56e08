"""The compact form holds the small networks exactly, is read by a few lines of NumPy, and refuses the rest by name."""

import json
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from benchmarks.inspection.footprints import footprint
from cnn_guide import export, models
from cnn_guide.export.compact_reader import read_vectors

SIZE = (1, 28, 28)
NAMES = ("dense", "cnn1", "cnn2", "lenet5", "fully_convolutional")


def lively(model: nn.Module, size: tuple[int, int, int] = SIZE) -> nn.Module:
    """The network with batch norms that have seen something."""
    generator = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight.data, module.bias.data, module.running_mean, module.running_var):
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return model


def network(name: str) -> nn.Module:
    torch.manual_seed(0)
    return lively(models.create(name))


def torch_maps(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """What each module returns, by its name."""
    found: dict[str, Tensor] = {}
    handles = [
        module.register_forward_hook(lambda m, a, output, name=name: found.__setitem__(name, output.clone()))
        for name, module in model.named_modules()
    ]
    with torch.no_grad():
        model.eval()(images)
    for handle in handles:
        handle.remove()
    return found


def noise(number: int, size: tuple[int, ...] = SIZE) -> Tensor:
    return torch.rand(number, *size, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("name", NAMES)
def test_the_reader_agrees_with_torch_in_every_map(name: str, tmp_path: Path) -> None:
    """Also behind folded batch norms, whose names the folded layers have."""
    model = network(name)
    compact = export.read_compact(export.to_compact(model, tmp_path / "network.json", SIZE))
    images = noise(3)
    expected = torch_maps(model, images)
    for layer, values in compact.maps(images.numpy()).items():
        np.testing.assert_allclose(values, expected[layer].numpy(), atol=1e-5, err_msg=layer)
    np.testing.assert_allclose(compact.run(images.numpy()), expected[""].numpy(), atol=1e-5)
    assert export.check_compact(tmp_path / "network.json", model, images) < 1e-5
    assert compact.head["architecture"] == name


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_test_vectors_are_what_a_reader_must_find(dtype: str, tmp_path: Path) -> None:
    """They are made with the weights as they are in the file, so that half precision is no excuse for a difference."""
    images = noise(4)
    path = export.to_compact(network("fully_convolutional"), tmp_path / "digits.json", SIZE, dtype=dtype, images=images)
    given, outputs = read_vectors(tmp_path / "digits.vectors.json")
    np.testing.assert_allclose(given, images.numpy(), atol=0)
    maps = export.read_compact(path).maps(given)
    assert list(outputs) == list(maps)
    for name, expected in outputs.items():
        np.testing.assert_allclose(maps[name], expected, atol=1e-5, err_msg=name)


def test_the_digit_network_is_small(tmp_path: Path) -> None:
    """A page can load it: below 150 kB in half precision, and its logits hardly differ."""
    model = network("fully_convolutional")
    path = export.to_compact(model, tmp_path / "digits.json", SIZE, dtype="float16")
    assert sum(file.stat().st_size for file in (path, path.with_suffix(".bin"))) < 150_000
    assert export.check_compact(path, model, noise(8)) < 0.02


def test_the_form_is_the_one_that_is_documented(tmp_path: Path) -> None:
    """Another layout of the files asks for another version."""
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3)
    )
    path = export.to_compact(model, tmp_path / "net.json", (1, 8, 8), dtype="float16", classes="abc")
    head = json.loads(path.read_text("utf-8"))
    assert head["weights"].pop("sha256").isalnum()
    assert head == {
        "format": "cnn-guide compact network",
        "version": 1,
        "architecture": "Sequential",
        "input_size": [1, 8, 8],
        "classes": ["a", "b", "c"],
        "weights": {"file": "net.bin", "dtype": "float16", "bytes": 94},
        "layers": [
            {"name": "0", "type": "conv", "stride": [2, 2], "padding": [1, 1], "output_size": [2, 4, 4],
             "weight": {"shape": [2, 1, 3, 3], "offset": 0}, "bias": {"shape": [2], "offset": 36}},
            {"name": "1", "type": "relu", "output_size": [2, 4, 4]},
            {"name": "2", "type": "maxpool", "kernel_size": [2, 2], "stride": [2, 2], "padding": [0, 0], "output_size": [2, 2, 2]},
            {"name": "3", "type": "flatten", "output_size": [8]},
            {"name": "4", "type": "linear", "output_size": [3],
             "weight": {"shape": [3, 8], "offset": 40}, "bias": {"shape": [3], "offset": 88}},
        ],
    }  # fmt: skip
    content = path.with_suffix(".bin").read_bytes()
    assert len(content) == 94
    assert np.frombuffer(content, "<f2", 18).tolist() == model[0].weight.half().flatten().tolist()


def test_the_network_is_left_as_it_was(tmp_path: Path) -> None:
    model = network("fully_convolutional").train()
    before = footprint(model)
    export.to_compact(model, tmp_path / "network.json", SIZE, dtype="float16")
    assert footprint(model) == before


windows = st.integers(1, 3)


@st.composite
def chains(draw: st.DrawFn) -> nn.Sequential:
    """Convolutions with all settings that the form holds, and what may stand between them."""
    torch.manual_seed(draw(st.integers(0, 99)))
    layers: list[nn.Module] = []
    channels = 2
    for _ in range(draw(st.integers(1, 3))):
        out, size = draw(st.integers(1, 4)), (draw(windows), draw(windows))
        padding = draw(st.sampled_from([0, 1, (0, 2), "valid", "same"]))
        odd = padding != "same" or all(each % 2 for each in size)
        stride = 1 if padding == "same" else draw(st.sampled_from([1, 2, (2, 1)]))
        layers.append(nn.Conv2d(channels, out, size if odd else 3, stride, padding, bias=draw(st.booleans())))
        extras = [[nn.BatchNorm2d(out), nn.ReLU(inplace=True)], [nn.ReLU()], [nn.Dropout2d()],
                  [nn.MaxPool2d(3, draw(windows), padding=1)], []]  # fmt: skip
        layers += draw(st.sampled_from(extras))
        channels = out
    pooled = draw(st.booleans())
    body = nn.Sequential(*layers, *([nn.AdaptiveAvgPool2d(1)] if pooled else []), nn.Flatten()).eval()
    features = body(torch.zeros(1, 2, 12, 12)).shape[1]
    return nn.Sequential(body, nn.Dropout(), nn.Linear(features, 3, bias=draw(st.booleans())))


numbers = count()


@given(chains())
@settings(max_examples=40, deadline=None)
def test_any_chain_of_these_layers_is_held(tmp_path_factory: pytest.TempPathFactory, model: nn.Sequential) -> None:
    path = tmp_path_factory.getbasetemp() / f"chain_{next(numbers)}.json"
    size = (2, 12, 12)
    export.to_compact(lively(model), path, size)
    assert export.check_compact(path, model, noise(2, size)) < 1e-4


# --- Refusals ---


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 1, 3), nn.Linear(676, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.conv(images).flatten(1))


class Ending(nn.Sequential):
    def forward(self, images: Tensor) -> Tensor:
        return 2 * super().forward(images)


def ending(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(10))


relu = nn.ReLU()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (ending(nn.Conv2d(1, 2, 3), nn.Sigmoid()), "'1' is a Sigmoid, which the compact form does not hold. It holds Adapt"),
        (ending(nn.AvgPool2d(2)), "'0' is a AvgPool2d"),
        (ending(nn.Conv2d(1, 2, 3, dilation=2)), r"'0' is a Conv2d with `dilation`=\(2, 2\); .* holds \(1, 1\) alone"),
        (ending(nn.Conv2d(1, 2, 1), nn.Conv2d(2, 2, 3, groups=2)), "'1' is a Conv2d with `groups`=2"),
        (ending(nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect")), "`padding_mode`='reflect'"),
        (ending(nn.MaxPool2d(3, ceil_mode=True)), "'0' is a MaxPool2d with `ceil_mode`=True"),
        (ending(nn.AdaptiveAvgPool2d(2)), "with `output_size`=2"),
        (nn.Sequential(nn.Flatten(), nn.Unflatten(1, SIZE), nn.Flatten()), "'1' is a Unflatten"),
        (ending(nn.BatchNorm2d(1)), "'0' is a BatchNorm2d that can't be folded"),
        (ending(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.BatchNorm2d(2)), "'2' is a BatchNorm2d that can't be folded"),
        (ending(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2, track_running_stats=False)), "'1' is a BatchNorm2d that can't"),
        (Functional(), r"'fc' does not take what 'conv' puts out, .* Write functions as modules, such as nn.Flatten"),
        (Ending(nn.Flatten(), nn.Linear(784, 10)), "'the output' does not take what '1' puts out"),
        (ending(relu, nn.Conv2d(1, 2, 3), relu), "'0' is called twice"),
    ],
)  # fmt: skip
def test_what_the_form_does_not_hold_is_refused_by_name(model: nn.Module, words: str, tmp_path: Path) -> None:
    with torch.no_grad():
        model(torch.zeros(2, *SIZE))  # lazy layers get their sizes
    with pytest.raises(export.ExportError, match=words):
        export.to_compact(model, tmp_path / "network.json", SIZE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_uneven_padding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(export.ExportError, match=r"'0' pads unevenly: padding 'same' with `kernel_size` \(2, 2\)"):
        export.to_compact(ending(nn.Conv2d(1, 2, 2, padding="same")), tmp_path / "network.json", SIZE)


def test_weights_beyond_half_precision_are_refused(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    model[1].weight.data[0, 0] = 1e5
    with pytest.raises(
        export.ExportError, match=r"'1' has weights that are no finite numbers in torch.float16. Use float32"
    ):
        export.to_compact(model, tmp_path / "network.json", SIZE, dtype="float16")
    export.to_compact(model, tmp_path / "network.json", SIZE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": "network.bin"}, "must end in .json; the weights go beside it"),
        ({"dtype": "int8"}, r"`dtype` \(='int8'\) must be one of 'float32', 'float16'"),
        ({"input_size": (3, 28, 28)}, "does not fit the network"),
        (
            {"images": torch.zeros(2, 784)},
            r"`images` \(shape \(2, 784\)\) must be images \(N, C, H, W\) of `input_size`",
        ),
        ({"classes": ["one"]}, "`classes` holds 1 names"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, object], words: str, tmp_path: Path) -> None:
    given = {"path": "network.json", "input_size": SIZE, **arguments}
    with pytest.raises(ValueError, match=words):
        export.to_compact(network("cnn1"), **{**given, "path": tmp_path / str(given["path"])})
    assert list(tmp_path.iterdir()) == []


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    path = export.to_compact(network("dense"), tmp_path / "network.json", SIZE)
    text = path.read_text("utf-8")
    path.write_text(text.replace('"version": 1', '"version": 2'), "utf-8")
    with pytest.raises(ValueError, match=r"is not a 'cnn-guide compact network' of version 1: it says .*, 2"):
        export.read_compact(path)
    path.write_text(text, "utf-8")
    binary = path.with_suffix(".bin")
    binary.write_bytes(binary.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"network\.bin is not the file that network.json was written with"):
        export.read_compact(path)
