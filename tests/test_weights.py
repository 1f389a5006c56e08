"""Published weights: the table is true, files come whole from a real server, and nothing is half loaded."""

import os
import pickle
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torch import nn

from cnn_guide import models
from cnn_guide.files import DownloadError
from cnn_guide.models import Weights, load_weights, weights
from cnn_guide.models.matching import match
from cnn_guide.models.published import imagenet_classes

PUBLISHED = sorted({entry.architecture for entry in weights()})
TRAINED_BY_TORCHVISION = {
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "mobilenet_v2", "mobilenet_v3_large",
    "mobilenet_v3_small", "resnet101", "resnet152", "resnet18", "resnet34", "resnet50", "squeezenet1_0", "squeezenet1_1",
    "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn",
}  # fmt: skip


@cache
def shapes(name: str, **options: object) -> nn.Module:
    """A network without values: enough to compare names and shapes with."""
    with torch.device("meta"):
        return models.create(name, **options)


# --- the table ---


def test_every_architecture_of_torchvision_has_weights() -> None:
    assert set(PUBLISHED) == TRAINED_BY_TORCHVISION
    assert all(weights(name)[0].name == "IMAGENET1K_V1" for name in PUBLISHED)
    assert weights("cnn2") == ()


def test_entries_are_told_apart() -> None:
    """No name, address or checksum stands for two files, and each architecture has one best."""
    for key in ("url", "sha256"):
        assert max(Counter(getattr(entry, key) for entry in weights()).values()) == 1
    assert max(Counter((entry.architecture, entry.name) for entry in weights()).values()) == 1
    assert Counter(entry.architecture for entry in weights() if entry.best) == Counter(PUBLISHED)


@pytest.mark.parametrize("entry", weights(), ids=lambda entry: f"{entry.architecture}-{entry.name}")
def test_each_entry_agrees_with_its_network(entry: Weights) -> None:
    """Parameters, the length of the file, the checksum in its name, the size of the pictures."""
    network = shapes(entry.architecture)
    parameters = {name: parameter.numel() for name, parameter in network.named_parameters()}
    assert entry.parameters == sum(number for name, number in parameters.items() if not name.startswith("aux"))
    content = sum(tensor.numel() * tensor.element_size() for tensor in network.state_dict().values())
    assert content < entry.bytes < 1.01 * content + 10_000  # 1 % for the names
    assert entry.url == f"https://download.pytorch.org/models/{entry.file}"
    assert entry.file.endswith(f"-{entry.sha256}.pth")
    assert len(entry.sha256) == 8
    assert entry.preprocessing.crop == models.input_size(entry.architecture)[1]
    assert entry.source.startswith("https://github.com/")
    assert entry.top1 is None or 50 < entry.top1 < entry.top5 < 100


@pytest.mark.parametrize(
    ("name", "top1", "top5", "resize", "interpolation"),
    [
        ("alexnet", [56.522], [79.066], [256], "bilinear"),
        ("vgg16", [71.592, None], [90.382, None], [256, 256], "bilinear"),
        ("resnet18", [69.758], [89.078], [256], "bilinear"),
        ("resnet50", [76.130, 80.858], [92.862, 95.434], [256, 232], "bilinear"),
        ("mobilenet_v2", [71.878, 72.154], [90.286, 90.822], [256, 232], "bilinear"),
        ("efficientnet_b0", [77.692], [93.532], [256], "bicubic"),
        ("convnext_tiny", [82.520], [96.146], [236], "bilinear"),
    ],
)  # fmt: skip
def test_accuracies_and_sizes_are_those_of_torchvisions_page(
    name: str, top1: list[float], top5: list[float], resize: list[int], interpolation: str
) -> None:
    found = weights(name)
    assert [entry.top1 for entry in found] == top1
    assert [entry.top5 for entry in found] == top5
    assert [entry.preprocessing.resize for entry in found] == resize
    assert {entry.preprocessing.interpolation for entry in found} == {interpolation}


def test_googlenets_pictures_are_those_that_torchvisions_network_makes_inside() -> None:
    """There, ImageNet's normalisation comes first, and `transform_input` turns its values into others; ours is both."""
    value = torch.rand(3, 4, 4)
    mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    inside = (value - mean) / std * (std / 0.5) + (mean - 0.5) / 0.5
    prepare = replace(weights("googlenet")[0].preprocessing, resize=None, crop=None)
    torch.testing.assert_close(prepare(value), inside)


def test_classes_are_imagenets() -> None:
    """Some whose numbers are widely known."""
    names = imagenet_classes()
    assert len(names) == len(set(names)) == 1000
    assert [names[number] for number in (0, 207, 281, 817, 999)] == [
        "tench", "golden retriever", "tabby", "sports car", "toilet tissue",
    ]  # fmt: skip


def test_unknown_architectures_get_the_closest_one() -> None:
    with pytest.raises(ValueError, match=r"'mobilenet2'.* Did you mean 'mobilenet_v2'\?"):
        weights("mobilenet2")


# --- a server with a file ---


@dataclass
class Site:
    """A server with a folder, and the paths that it was asked for."""

    folder: Path
    address: str = ""
    asked: list[str] = field(default_factory=list)

    def publish(self, network: nn.Module, **changes: object) -> Weights:
        """Put a network's weights on the server, as its first published ones."""
        entry = weights(network.architecture)[0]
        torch.save(network.state_dict(), self.folder / entry.file)
        digest = sha256((self.folder / entry.file).read_bytes()).hexdigest()[:8]
        return replace(entry, url=self.address + entry.file, sha256=digest, **changes)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("CNN_GUIDE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("CNN_GUIDE_MIRROR", raising=False)
    site = Site(tmp_path / "server")
    site.folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, form: str, *values: object) -> None:
            site.asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site.folder)))
    site.address = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield site
    server.shutdown()
    server.server_close()


def same(network: nn.Module, other: nn.Module, but: tuple[str, ...] = ()) -> bool:
    """Whether all tensors are equal, bit by bit."""
    theirs = other.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in network.state_dict().items() if name not in but)


def test_published_weights_come_once_by_their_name(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pictures must go through, and what the outputs mean, come with them."""
    trained, network = models.create("squeezenet1_1"), models.create("squeezenet1_1")
    entry = site.publish(trained)
    monkeypatch.setattr("cnn_guide.models.published._all", lambda: (entry,))
    assert load_weights(network, "IMAGENET1K_V1") is network
    assert same(network, trained)
    assert (network.preprocessing, network.classes, network.fresh) == (entry.preprocessing, imagenet_classes(), ())
    load_weights(models.create("squeezenet1_1"), "DEFAULT")
    assert site.asked == [f"/{entry.file}"]


def test_another_number_of_classes_keeps_the_rest(site: Site) -> None:
    """The classifier stays as it was made, and is named."""
    trained = models.create("squeezenet1_1")
    network = models.create("squeezenet1_1", num_classes=10)
    before = network.classifier[1].weight.clone()
    load_weights(network, site.publish(trained))
    assert network.fresh == ("classifier.1.weight", "classifier.1.bias")
    assert same(network, trained, but=network.fresh)
    assert torch.equal(network.classifier[1].weight, before)
    assert not hasattr(network, "classes")
    assert network.preprocessing.crop == 224


def test_a_mirror_can_take_the_servers_place(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    network = models.create("squeezenet1_1")
    entry = replace(site.publish(network), url="http://no-such-host.invalid/models/squeezenet1_1-b8a52dc0.pth")
    monkeypatch.setenv("CNN_GUIDE_MIRROR", site.address)
    assert load_weights(models.create("squeezenet1_1"), entry).fresh == ()


def test_what_torchvision_has_downloaded_is_found(site: Site, tmp_path: Path) -> None:
    network = models.create("squeezenet1_1")
    entry = site.publish(network)
    theirs = tmp_path / "torch" / "hub" / "checkpoints"
    theirs.mkdir(parents=True)
    (site.folder / entry.file).rename(theirs / entry.file)
    assert same(load_weights(models.create("squeezenet1_1"), entry), network)
    assert site.asked == []


def test_a_damaged_file_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    network = models.create("squeezenet1_1")
    entry = site.publish(network)
    place = tmp_path / "data" / "weights" / entry.file
    place.parent.mkdir(parents=True)
    place.write_bytes((site.folder / entry.file).read_bytes()[:-1000])
    assert same(load_weights(models.create("squeezenet1_1"), entry), network)


@pytest.mark.parametrize("fault", ["truncated", "another", "missing", "offline"])
def test_a_download_that_fails_leaves_the_network_as_it_was(site: Site, tmp_path: Path, fault: str) -> None:
    network, trained = models.create("squeezenet1_1"), models.create("squeezenet1_1")
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    entry = site.publish(trained)
    file = site.folder / entry.file
    if fault == "missing":
        file.unlink()
    elif fault == "offline":
        entry = replace(entry, url=f"http://no-such-host.invalid/{entry.file}")
    else:
        file.write_bytes(file.read_bytes()[:-1000] if fault == "truncated" else b"another")
    words = {"missing": "answers 404", "offline": "cannot be reached"}.get(
        fault, "it was damaged or changed on its way"
    )
    with pytest.raises(DownloadError, match=words) as error:
        load_weights(network, entry)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert not hasattr(network, "preprocessing")
    if fault == "offline":
        assert f"put it at {tmp_path / 'data' / 'weights' / entry.file}, or set CNN_GUIDE_DATA to" in str(error.value)


# --- names, files and state dicts ---


class Small(nn.Module):
    """A small network with a batch norm and a classifier."""

    def __init__(self, num_classes: int = 5, in_channels: int = 3, width: int = 4) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3)
        self.bn1 = nn.BatchNorm2d(width)
        self.fc = nn.Linear(width, num_classes)


def test_a_file_or_a_state_dict_will_do(tmp_path: Path) -> None:
    """They say nothing of classes and pictures, so what the network knows of these stays."""
    trained, path = Small(), tmp_path / "trained.pt"
    torch.save(trained.state_dict(), path)
    for source in (
        path,
        str(path),
        trained.state_dict(),
        dict(trained.named_parameters()) | dict(trained.named_buffers()),
    ):
        network = Small()
        network.classes = ("a", "b", "c", "d", "e")
        assert same(load_weights(network, source), trained)
        assert (network.fresh, network.classes) == ((), ("a", "b", "c", "d", "e"))
        assert not hasattr(network, "preprocessing")


def test_pytorchs_older_files_are_read_too(tmp_path: Path) -> None:
    trained, path = Small(), tmp_path / "trained.pt"
    torch.save(trained.state_dict(), path, _use_new_zipfile_serialization=False)
    assert same(load_weights(Small(), path), trained)


class Evil:
    """Runs a program when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_file_with_a_program_in_it_is_refused_and_nothing_is_run(tmp_path: Path, form: str) -> None:
    network, path, mark = Small(), tmp_path / "weights.pth", tmp_path / "was-run"
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    state = {**network.state_dict(), "evil": Evil(mark)}
    if form == "pickle":
        path.write_bytes(pickle.dumps(state["evil"], protocol=2))
    else:
        torch.save(state, path, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(
        ValueError, match=r"are refused: the file holds more than tensors \(\w+\.mkdir\), .* Nothing was run"
    ):
        load_weights(network, path)
    assert not mark.exists()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    torch.load(path, weights_only=False) if form != "pickle" else pickle.loads(path.read_bytes())
    assert mark.exists()  # so the file was as evil as it should be


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>not found</html>", b"PK\x03\x04", bytes(1000), pickle.dumps([1], 4), pickle.dumps([1], 2)],
)
def test_what_is_no_file_of_weights_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"`weights` \(='{path}'\) (cannot be read: the file is damaged|hold a list)"):
        load_weights(Small(), path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, share: float, zipped: bool) -> None:
    path = tmp_path / "weights.pth"
    torch.save(Small().state_dict(), path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(ValueError, match=r"cannot be read: the file is damaged|are refused"):
        load_weights(Small(), path)


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("IMAGENET1K_V3", ValueError, r"`weights` \(='IMAGENET1K_V3'\) are none of squeezenet1_1's, and no file\. Did you mean 'IMAGENET1K_V1'\?"),
        ("IMAGENET1K_V2", ValueError, r"are none of squeezenet1_1's"),
        ("best", ValueError, r"\(='best'\) are none of squeezenet1_1's, and no file\. Use one of IMAGENET1K_V1, DEFAULT, or a file"),
        ("nowhere.pth", FileNotFoundError, r"`weights` \(='nowhere.pth'\): there is no such file"),
        ("no/such/file", FileNotFoundError, r"\(='no/such/file'\): there is no such file"),
        (3, ValueError, r"`weights` hold a int, not tensors by their names\. Save a network with torch\.save"),
        ({"epoch": 3}, ValueError, r"`weights` hold a int under 'epoch', not a tensor"),
        ({"epoch": 3, "state_dict": {}}, ValueError, r"are a checkpoint of a training\. Read it with cnn_guide\.training\.load"),
    ],
)  # fmt: skip
def test_sources_that_mean_nothing_are_refused(source: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        load_weights(squeezenet(), source)


@cache
def squeezenet() -> nn.Module:
    return models.create("squeezenet1_1")


def test_a_name_needs_an_architecture_with_published_weights() -> None:
    with pytest.raises(ValueError, match=r"`model` \(a Small\) has no `architecture`, so that 'DEFAULT' means nothing"):
        load_weights(Small(), "DEFAULT")
    with pytest.raises(
        ValueError, match=r"nobody has published weights of cnn2 in this form\. Train it, or give a file"
    ):
        load_weights(models.create("cnn2"))


def test_a_network_without_values_is_refused() -> None:
    with pytest.raises(ValueError, match="lies on the meta device, which holds no values"):
        load_weights(shapes("cnn2"), models.create("cnn2").state_dict())


def test_a_network_elsewhere_keeps_its_precision() -> None:
    """Values are copied into what is there."""
    trained, network = Small(), Small().to(torch.bfloat16)
    weight = network.fc.weight
    load_weights(network, trained.state_dict())
    assert network.fc.weight is weight
    assert weight.dtype == torch.bfloat16
    torch.testing.assert_close(weight.float(), trained.fc.weight, rtol=0.01, atol=0.01)


# --- what does not fit ---


def without(*names: str) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in Small().state_dict().items() if name not in names}


@pytest.mark.parametrize(
    ("network", "state", "words"),
    [
        (Small(), without("fc.bias"), r"do not fit Small: missing: 1 of 9 tensors \(fc\.bias\)\. With strict=False"),
        (Small(), {**without(), "old": torch.ones(1)}, r"unexpected: 1 \(old\)\. With strict=False"),
        (Small(), {}, r"missing: 9 of 9 tensors \(conv1\.weight, conv1\.bias, bn1\.weight, …\)\. Create the network under"),
        (Small(), {"x": torch.ones(1)}, r"missing: 9 of 9 tensors .*; unexpected: 1 \(x\)"),
        (Small(width=6), without(), r"of another shape: 7 \(conv1\.weight: \(4, 3, 3, 3\), the network's \(6, 3, 3, 3\); |, …\)"),
        (Small(in_channels=1), without(), r"of another shape: 1 \(conv1\.weight: \(4, 3, 3, 3\), the network's \(4, 1, 3, 3\)\)\. They take pictures with 3 channels: create the network with in_channels=3"),
        (Small(num_classes=7, in_channels=1), without(), r"create the network with in_channels=3"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_and_nothing_is_loaded(
    network: nn.Module, state: dict[str, torch.Tensor], words: str
) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(ValueError, match=words):
        load_weights(network, state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert not hasattr(network, "fresh")


def test_what_fits_can_be_loaded_without_the_rest() -> None:
    network, state = Small(), {**without("fc.bias", "conv1.bias"), "old": torch.ones(1)}
    load_weights(network, state, strict=False)
    assert network.fresh == ("conv1.bias", "fc.bias")
    assert torch.equal(network.fc.weight, state["fc.weight"])
    with pytest.raises(ValueError, match="of another shape: 6"):
        load_weights(Small(width=6), state, strict=False)
    with pytest.raises(ValueError, match="missing: 9 of 9 tensors"):
        load_weights(Small(), {"old": torch.ones(1)}, strict=False)


# --- irregular files ---


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_classifier_is_known_by_its_shape(name: str) -> None:
    """With another number of classes all but the last layer's tensors are loaded, the auxiliary classifiers' too."""
    taken, fresh = match(shapes(name, num_classes=7), shapes(name).state_dict())
    last = {tensor for tensor, values in shapes(name).state_dict().items() if values.shape[:1] == (1000,)}
    assert set(fresh) == last
    assert len(last) == (6 if name == "googlenet" else 2)
    assert len(taken) + len(fresh) == len(shapes(name).state_dict())


def test_densenets_old_names_are_read() -> None:
    """Its file was written when the layers' names had another point: norm.1 for norm1."""
    state = shapes("densenet121").state_dict()
    old = {name.replace("norm1.", "norm.1.").replace("norm2.", "norm.2.") if "denselayer" in name else name: tensor
           for name, tensor in state.items()}  # fmt: skip
    old = {name.replace("conv1.", "conv.1.").replace("conv2.", "conv.2."): tensor for name, tensor in old.items()}
    assert "features.denseblock1.denselayer1.norm.1.running_mean" in old
    taken, fresh = match(shapes("densenet121"), old)
    assert fresh == ()
    assert all(taken[name] is state[name] for name in state)


def test_googlenets_auxiliary_heads_are_left_out_where_the_network_has_none() -> None:
    """Its file holds them."""
    file = shapes("googlenet").state_dict()
    assert match(shapes("googlenet"), file).fresh == ()
    taken, fresh = match(shapes("googlenet", aux_logits=False), file)
    assert fresh == ()
    assert not any(name.startswith("aux") for name in taken)
    with pytest.raises(ValueError, match=r"missing: 20 of 364 tensors \(aux1\.conv\.conv\.weight, "):
        match(shapes("googlenet"), taken)


def test_counters_of_batches_may_be_missing() -> None:
    """Files from before PyTorch 0.4.1 have none; they begin at zero, and nothing else may be missing."""
    state, network = Small().state_dict(), Small()
    del state["bn1.num_batches_tracked"]
    network.bn1.num_batches_tracked.fill_(7)
    assert load_weights(network, state).fresh == ()
    assert network.bn1.num_batches_tracked == 0
    del state["bn1.running_mean"]
    with pytest.raises(ValueError, match=r"missing: 2 of 9 tensors \(bn1\.running_mean, bn1\.num_batches_tracked\)"):
        load_weights(network, state)


def test_of_weights_for_features_the_classifier_is_not_taken(site: Site) -> None:
    """Of VGG-16's, only the convolutions are of use; so there are no classes."""
    entry = next(entry for entry in weights("vgg16") if entry.part)
    assert (entry.name, entry.part, entry.top1) == ("IMAGENET1K_FEATURES", "features.", None)
    assert match(shapes("vgg16"), shapes("vgg16").state_dict(), part=entry.part).fresh == tuple(
        name for name in shapes("vgg16").state_dict() if name.startswith("classifier.")
    )
    network = models.create("squeezenet1_1")
    load_weights(network, site.publish(models.create("squeezenet1_1"), part="features."))
    assert network.fresh == ("classifier.1.weight", "classifier.1.bias")
    assert not hasattr(network, "classes")
